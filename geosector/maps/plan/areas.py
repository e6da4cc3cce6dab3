"""What planning found, by area: a choropleth of sectors, one of localities, bands of minutes.

Each table of a plan that has a row for an area asks a question; what it counts are the measures to
choose from. Classes are cut among the values shown, and what is withheld, unknown or lacking is
hatched and said so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.maps import theme
from geosector.maps.areas import HATCHED, Zones
from geosector.maps.classes import classify
from geosector.maps.layers import UNIT, Layer, pack_rings
from geosector.maps.plan.cells import DECIMALS, SHARES, cell
from geosector.maps.plan.sums import flags, numbers, summed
from geosector.maps.plan.words import VALUES, column_name, table_name
from geosector.maps.saying import Words, joined, number, said, share

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Asked(NamedTuple):
    """What a table tells of areas: which column names them, apart by what, and which numbers."""

    key: str
    parts: tuple[str, ...]
    figures: tuple[str, ...]
    coded: str = ""


ASKED = {
    "access": Asked(
        "sector_id", ("kind", "minutes"), ("within_share", "within", "share", "unknown")
    ),
    "sheltering": Asked("sector_id", (), ("people", "unknown")),
    "left_over": Asked("sector_id", (), ("people",)),
    "stock_gaps": Asked("sector_id", ("item", "unit"), ("gap", "need", "usable")),
    "posts": Asked(
        "sector_id", ("role", "date_from", "date_to"), ("share", "posts", "filled", "empty")
    ),
    "hot_spots": Asked("area_id", (), ("count",), "spot"),
    "trends": Asked("area_id", (), ("before", "after"), "trend"),
    "activity_gaps": Asked("area_id", ("activity", "group"), ("gap", "people", "reached")),
    "coverage": Asked("area_id", ("activity", "group"), ("ratio", "people", "reached")),
    "need_scores": Asked("area_id", (), ("score",)),
    "allocation": Asked("area_id", ("item", "unit"), ("quantity",)),
    "who_does_what": Asked("locality_id", ("activity",), ("organisations", "reached")),
    "catalogue": Asked("locality_id", ("activity", "month"), ("times", "reached")),
    "returned": Asked("locality_id", ("month", "source"), ("people", "people_min", "people_max")),
}  # fmt: skip
# A red and a blue that every common kind of colour blindness tells apart, as dark as each other.
CODES = {
    "hot": "#AF4A00", "cold": "#0066A0", "rising": "#AF4A00", "falling": "#0066A0",
    "none": "#F4F3EF",
}  # fmt: skip
MOST_QUESTIONS = 60  # what is left then stands in the report


def of_areas(
    tables: Mapping[str, pd.DataFrame], zones: Zones, *, shown: bool
) -> tuple[list[Layer], set[str]]:
    """Make the choropleth of what a plan tells of some areas.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        As the audience may see them.
    zones : Zones
        The areas.
    shown : bool
        Whether the layer is on when the map opens.

    Returns
    -------
    layers, drawn : list of dict, set of str
        None or one layer, as in `geosector.maps.areas.layer`; the tables that tell of these areas.
    """
    keys = [key_of(key) for key in zones.table[zones.key]]
    kinds: list[dict[str, Any]] = []
    drawn: set[str] = set()
    for name, asked in ASKED.items():
        rows = tables.get(name)
        if rows is None or asked.key not in rows.columns:
            continue
        rows = summed(name, pd.DataFrame(rows))
        at = pd.Index(keys).get_indexer(pd.Index([key_of(one) for one in rows[asked.key]]))
        if (at >= 0).any():
            drawn.add(name)
            kinds += list(_questions(name, asked, rows, at, len(keys)))
    if not kinds:
        return [], drawn
    left = len(kinds) - MOST_QUESTIONS
    notes = [*zones.notes]
    if left > 0:
        notes.append(said("Further questions, in the tables only: {n}", n=number(left)))
    made = shading(
        zones.layer.replace("rates", "plan"), zones.title, (zones.table, zones.names),
        kinds[:MOST_QUESTIONS], notes, shown=shown,
    )  # fmt: skip
    return [made], drawn


def key_of(value: object) -> str:
    """Write what names an area alike, whether a file kept it as a number or as a word.

    Examples
    --------
    >>> key_of(3), key_of(3.0), key_of("3")
    ('3', '3', '3')
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


def shading(
    identity: str,
    title: Words,
    named: tuple[gpd.GeoDataFrame, Sequence[Words]],
    kinds: list[dict[str, Any]],
    notes: list[Words],
    *,
    shown: bool,
) -> Layer:
    """Make a choropleth of areas.

    Parameters
    ----------
    identity : str
        Of the layer.
    title : Words
    named : tuple = (geopandas.GeoDataFrame, sequence of Words)
        The areas, EPSG:4326, and what each is called.
    kinds : list of dict
        The questions, as in `geosector.maps.areas.layer`; ``rows`` are further rows of each card.
    notes : list of Words
        Of the legend.
    shown : bool

    Returns
    -------
    dict
    """
    table, names = named
    middles = table.geometry.representative_point()
    return {
        "kind": "choropleth",
        "id": identity,
        "name": title,
        "shown": shown,
        "notes": notes,
        "unit": UNIT,
        "lines": pack_rings(table.geometry.to_numpy()),
        "items": [
            {"name": name, "at": [round(middle.y, 6), round(middle.x, 6)], "people": None}
            for name, middle in zip(names, middles, strict=True)
        ],
        "says": {"kind": said("What is asked"), "measure": said("Shown on the map")},
        "cells": False,
        "kinds": kinds,
    }


# --------------------------------------------------------------- questions


def _questions(
    name: str, asked: Asked, rows: pd.DataFrame, at: Ints, count: int
) -> Iterator[dict[str, Any]]:
    """Ask once for each part of a table, such as each kind of facility."""
    by = [part for part in asked.parts if part in rows.columns and rows[part].notna().any()]
    figures = [figure for figure in asked.figures if figure in rows.columns]
    groups = rows.assign(area=at).groupby(by, dropna=False, sort=True) if by else [((), None)]
    for key, part in groups:
        own = rows.assign(area=at) if part is None else part
        own = own[own["area"] >= 0]
        if own.empty:
            continue
        measures = [_coded(name, asked.coded, own, count)] if asked.coded in own.columns else []
        measures += [
            _figure(name, figure, own, count)
            for figure in figures
            if figure not in SHARES or not own["area"].duplicated().any()
        ]
        if measures:
            facts = [_fact(name, column, value) for column, value in zip(by, key, strict=True)]
            yield {"name": _asked(name, by, facts), "measures": measures}


def _fact(name: str, column: str, value: object) -> Words:
    if column == "minutes" and float(str(value)).is_integer():
        return number(float(str(value)))
    return cell(name, column, {column: value})


def _asked(name: str, by: list[str], facts: list[Words]) -> Words:
    """Name a question: the table, and of which part of it."""
    parts: list[Words] = [table_name(name)]
    for column, fact in zip(by, facts, strict=True):
        told = said("{n} minutes", n=fact) if column == "minutes" else fact
        parts += [" · ", told]
    return joined(*parts) if len(parts) > 1 else parts[0]


def _figure(name: str, figure: str, rows: pd.DataFrame, count: int) -> dict[str, Any]:
    """Measure a number of each area; of several rows the sum, missing where one is missing."""
    given = numbers(rows, figure)
    sums = given.groupby(rows["area"]).sum(min_count=1)
    short = given.isna().groupby(rows["area"]).any()
    values, states = np.full(count, np.nan), np.full(count, "lacking", object)
    values[sums.index] = sums.mask(short).to_numpy(float)
    states[sums.index] = "unknown"
    if "withheld" in rows.columns:
        held = flags(rows, "withheld").groupby(rows["area"]).any()
        states[held.index[held.to_numpy(bool)]] = "withheld"
    return _measure(column_name(name, figure), figure, values, states)


def _measure(
    name: Words, figure: str, values: Floats, states: NDArray[np.object_]
) -> dict[str, Any]:
    """Put numbers into classes, and areas without one into hatched classes of their own."""
    is_share = figure in SHARES
    decimals = 0 if is_share else DECIMALS.get(figure, 0)
    seen = np.round(100 * values if is_share else values, decimals)
    limits, of = classify(np.where(seen >= 0, seen, np.nan))
    above = [limit for limit in limits if limit[1] > 0]
    colours = [theme.NOTHING] * (len(limits) - len(above)) + theme.shades("plan", len(above))
    classes: list[dict[str, Any]] = [
        {"colour": colour, "label": _limits(low, high, decimals, is_share=is_share)}
        for colour, (low, high) in zip(colours, limits, strict=True)
    ]
    of = _hatched(of, states, classes)
    return {
        "name": name,
        "notes": [],
        "decimals": decimals,
        "share": is_share,
        "values": [None if np.isnan(value) else value for value in seen.tolist()],
        "classes": classes,
        "of": of.tolist(),
    }


def _hatched(of: Ints, states: NDArray[np.object_], classes: list[dict[str, Any]]) -> Ints:
    """Give the areas without a class one that says why."""
    reasons = {
        "withheld": said("Number withheld"),
        "unknown": said("unknown"),
        "lacking": said("No row in the plan"),
    }
    for state, label in reasons.items():
        own = (of < 0) & (states == state)
        if own.any():
            of = np.where(own, len(classes), of)
            classes.append({"colour": HATCHED, "label": label})
    return of


def _limits(low: float, high: float, decimals: int, *, is_share: bool) -> Words:
    def write(value: float) -> Words:
        return share(value / 100, decimals) if is_share else number(value, decimals)

    return write(low) if low == high else said("{low} to {high}", low=write(low), high=write(high))


def _coded(name: str, column: str, rows: pd.DataFrame, count: int) -> dict[str, Any]:
    """Measure a code of each area, such as hot, cold or neither."""
    codes = np.full(count, "", object)
    codes[rows["area"]] = rows[column].astype("string").fillna("").to_numpy(object)
    of = np.full(count, -1)
    classes: list[dict[str, Any]] = []
    for code, colour in CODES.items():
        if code in VALUES[column] and (codes == code).any():
            of[codes == code] = len(classes)
            classes.append({"colour": colour, "label": VALUES[column][code]})
    states = np.full(count, "lacking", object)
    states[rows["area"].to_numpy()] = "unknown"
    of = _hatched(of, states, classes)
    return {
        "name": column_name(name, column),
        "notes": [],
        "decimals": 0,
        "share": False,
        "values": [None] * count,
        "classes": classes,
        "of": of.tolist(),
    }
