"""Choropleths: how many incidents in each sector and locality, and how many for its people.

One layer for each kind of area, with two questions to choose from in its legend: which kind of
incident, and whether its number, its rate or its smoothed rate. Everything is counted from what
the audience may see. Classes are cut among the values shown, so that neither a colour nor the
limit of a class tells of a withheld one; and the public, who see counts by locality, get none by
sector, since the difference of the two would tell where in a locality something happened.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector.assign import OUTSIDE, Assigner
from geosector.maps import theme, words
from geosector.maps.classes import classify
from geosector.maps.layers import UNIT, Layer, pack_rings
from geosector.maps.saying import Words, by_language, counted, number, said
from geosector.measure import localities as places
from geosector.measure import rates as measures
from geosector.tables import Audience

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

HATCHED = "hatched"  # in place of a colour, where a number is not known or not shown
MOST_DECIMALS = 4


@dataclass(frozen=True)
class Zones:
    """Areas to count in.

    ``table`` has the column ``key``, polygons in EPSG:4326, and may have ``population``; ``names``
    say what each is called. ``cells`` are Voronoi cells, no outlines that anybody drew.
    """

    layer: str  # id of the layer
    title: Words
    key: str
    table: gpd.GeoDataFrame
    names: list[Words]
    cells: bool
    notes: list[Words]


class Placed(NamedTuple):
    """Incidents summed up: ``kind``, the key of the area and ``count``, NaN where withheld.

    ``table`` has a row for each area (missing: none of them) and kind; ``notes`` say how many could
    not be placed, and how well the others are.
    """

    table: pd.DataFrame
    notes: list[Words]


# --------------------------------------------------------------- areas


def sector_zones(sectors: gpd.GeoDataFrame) -> Zones:
    """Take sectors as areas to count in."""
    given = words.labels(words.cells(sectors, "name"))
    names = [
        words.numbered(key) if not name or words.only_numbered(key, name) else name
        for key, name in zip(sectors["sector_id"], given, strict=True)
    ]
    title = said("Incidents by sector")
    return Zones("rates-sectors", title, "sector_id", sectors, names, cells=False, notes=[])


def locality_zones(localities: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame | None) -> Zones:
    """Take localities as areas to count in: their outlines, or the cells of their points.

    Raises
    ------
    InputError
        Where points have no boundary, or none lies within it.
    """
    table, problems = places.locality_ground(localities, boundary)
    names = _locality_names(table)
    cells = bool((table["ground"] == places.NEAREST).all())
    notes: list[Words] = []
    if cells:
        notes.append(
            said(
                "The areas are Voronoi cells of places, cut off at the boundary: the ground "
                "nearest to each place, no administrative borders"
            )
        )
    merged = int(table["merged"].map(len).sum())
    if merged:
        notes.append(said("Places at the point of another, counted with it: {n}", n=number(merged)))
    unused = len(localities) - len(table) - merged
    if unused:
        notes.append(said("Places without ground in the boundary, not used: {n}", n=number(unused)))
    overlapping = int(problems["given"].isin(table["id"].astype(str)).sum())
    if overlapping:
        notes.append(
            said(
                "Outlines over smaller ones, where the smaller one counts: {n}",
                n=number(overlapping),
            )
        )
    title = said("Incidents by locality")
    return Zones("rates-localities", title, "id", table, names, cells, notes)


def _locality_names(table: gpd.GeoDataFrame) -> list[Words]:
    """Name localities in each language, as far as the table has names; else by their id."""
    columns = ("name", "name_ar", "name_ckb", "name_kmr", "id")
    rows = zip(*(words.labels(words.cells(table, column)) for column in columns), strict=True)
    return [
        by_language(
            {"ar": arabic, "ckb": sorani or arabic, "kmr": kurmanji},
            name or arabic or sorani or kurmanji or key,
        )
        for name, arabic, sorani, kurmanji, key in rows
    ]


def named(zones: Zones, title: Words) -> Zones:
    """Give areas another title."""
    return replace(zones, title=title)


# --------------------------------------------------------------- which area


def in_sectors(incidents: pd.DataFrame, zones: Zones, audience: Audience) -> Placed:
    """Say in which sector each incident is: by its place, as in every other table."""
    lon, lat = _points(incidents)
    at, reach = _assigned(lon, lat, zones)
    weights = _weights(incidents, audience)
    notes = _left_out(weights, at == OUTSIDE, np.isnan(lon))
    rough = _how_many(weights, (at != OUTSIDE) & (_radius(incidents) > reach))
    if rough:
        notes.append(said("Of these, known less precisely than the area is wide: {n}", n=rough))
    return Placed(_summed(incidents["kind"], weights, at, zones), notes)


def in_localities(incidents: pd.DataFrame, zones: Zones, audience: Audience) -> Placed:
    """Say in which locality each incident is: by its id, else by a place precise enough."""
    lon, lat = _points(incidents)
    at, reach = _assigned(lon, lat, zones)
    vague = (at != OUTSIDE) & (_radius(incidents) > reach)
    keys = zones.table["id"].to_numpy(object)
    nowhere = np.full(len(at), None, object)
    by_place = np.where(vague, nowhere, np.array([*keys, None], object)[at])
    named = places.locality_of(incidents, zones.table, nowhere).notna().to_numpy(bool)
    own = places.locality_of(incidents, zones.table, by_place).to_numpy(object)
    found = pd.Index(keys, dtype="object").get_indexer(pd.Index(own, dtype="object"))
    weights = _weights(incidents, audience)
    notes = _left_out(weights, (found == OUTSIDE) & ~vague, np.isnan(lon) & ~named)
    rough = _how_many(weights, vague & ~named)
    if rough:
        notes.append(said("Known less precisely than the area is wide, not counted: {n}", n=rough))
    masked = _how_many(weights, (found != OUTSIDE) & ~named)
    if masked and audience != "internal":
        notes.append(said("Counted where their masked or rounded place lies: {n}", n=masked))
    return Placed(_summed(incidents["kind"], weights, found.astype(np.int64), zones), notes)


def _points(incidents: pd.DataFrame) -> tuple[Floats, Floats]:
    """Give a point of each incident: longitude and latitude, NaN where there is none."""
    lon, lat = np.full((2, len(incidents)), np.nan)
    if not isinstance(incidents, gpd.GeoDataFrame):
        return lon, lat
    shapes = np.asarray(incidents.geometry.array, object)
    points = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    others = np.flatnonzero(points & (shapely.get_type_id(shapes) != shapely.GeometryType.POINT))
    shapes[others] = shapely.point_on_surface(shapes[others])
    lon[points], lat[points] = shapely.get_x(shapes[points]), shapely.get_y(shapes[points])
    there = np.isfinite(lon) & np.isfinite(lat)
    return np.where(there, lon, np.nan), np.where(there, lat, np.nan)


def _assigned(lon: Floats, lat: Floats, zones: Zones) -> tuple[Ints, Floats]:
    """Give the row of the area that holds each point, -1 for none, and how far it reaches."""
    if zones.table.empty:
        return np.full(len(lon), OUTSIDE, np.int64), np.full(len(lon), np.inf)
    assigner = Assigner(zones.table, column=zones.key)
    row_of = pd.Index(zones.table[zones.key]).get_indexer(pd.Index(assigner.keys))
    at = np.append(row_of, OUTSIDE)[assigner.assign(lon, lat)].astype(np.int64)
    return at, np.append(places.reach_m(zones.table), np.inf)[at]


def _radius(incidents: pd.DataFrame) -> Floats:
    return np.asarray(words.numbers(incidents, "radius_m", 0.0), float)


def _weights(incidents: pd.DataFrame, audience: Audience) -> Floats:
    """Say how many incidents each row stands for: one, but for the public; NaN where withheld."""
    if audience != "public":
        return np.ones(len(incidents))
    return np.asarray(words.numbers(incidents, "count", np.nan), float)


def _summed(kinds: pd.Series, weights: Floats, at: Ints, zones: Zones) -> pd.DataFrame:
    """Sum up the incidents of one kind in one area, so that millions are a small table."""
    codes, met = pd.factorize(words.labels(kinds))
    cells = (at + 1) * len(met) + codes
    sums = np.bincount(cells, weights, minlength=(len(zones.table) + 1) * len(met))
    areas = pd.Series([None, *zones.table[zones.key]], dtype="object")
    return pd.DataFrame(
        {
            "kind": np.tile(np.asarray(met, object), len(areas)),
            zones.key: np.repeat(areas.to_numpy(object), len(met)),
            "count": sums,
        }
    )


def _left_out(weights: Floats, outside: Flags, away: Flags) -> list[Words]:
    notes: list[Words] = []
    beyond = _how_many(weights, outside & ~away)
    if beyond:
        notes.append(said("Outside these areas, not counted: {n}", n=beyond))
    lost = _how_many(weights, away)
    if lost:
        notes.append(said("Without a place, not counted: {n}", n=lost))
    return notes


def _how_many(weights: Floats, which: Flags) -> Words | None:
    """Say how many incidents some rows stand for; None for none."""
    total = float(weights[which].sum())
    if np.isnan(total):
        return said("withheld")
    return number(total) if total else None


# --------------------------------------------------------------- the layer


def layer(zones: Zones, placed: Placed, period: Words, *, shown: bool) -> Layer:
    """Make the choropleth of incidents in areas, with all its questions.

    Parameters
    ----------
    zones : Zones
    placed : Placed
        From `in_sectors` or `in_localities`.
    period : Words
        Of the incidents.
    shown : bool
        Whether the layer is on when the map opens.

    Returns
    -------
    dict
        ``lines`` are rings, each with the number of its area. ``items`` holds for each area its
        ``name``, ``at`` and ``people`` (None where not known); ``cells`` says whether they are
        Voronoi cells. ``kinds`` holds for each kind of incident its ``name`` and ``measures``; a
        measure has ``name``, ``notes``, ``decimals``, ``values`` (of each area; None where there
        is none), ``classes`` (``colour``, which may be ``hatched``, and ``label``) and ``of`` (of
        each area, which class). ``says`` are the words of a card, which the page makes of these.
    """
    key = zones.key
    counts = measures.count_by_area(placed.table, zones.table[key], area=key, count="count")
    people = pd.DataFrame({key: zones.table[key].to_numpy(object)})
    people["population"] = words.numbers(zones.table, "population", np.nan).to_numpy()
    rated = measures.rates(counts, people, area=key)
    met = [kind for kind in measures.kinds() if _met(counts[counts["kind"] == kind])]
    asked = met if len(met) == 1 else [*met, measures.ALL]
    middles = zones.table.geometry.representative_point()
    return {
        "kind": "choropleth",
        "id": zones.layer,
        "name": zones.title,
        "shown": shown,
        "notes": [period, *placed.notes, *zones.notes],
        "unit": UNIT,
        "lines": pack_rings(zones.table.geometry.to_numpy()),
        "items": [
            {
                "name": name,
                "at": [round(middle.y, 6), round(middle.x, 6)],
                "people": _or_none(dwell),
            }
            for name, middle, dwell in zip(
                zones.names, middles, people["population"].tolist(), strict=True
            )
        ],
        "says": _says(),
        "cells": zones.cells,
        "kinds": [
            _question(kind, rated[(rated["kind"] == kind).to_numpy()], key) for kind in asked
        ],
    }


def _met(counts: pd.DataFrame) -> bool:
    return bool(counts["count"].isna().any() or (counts["count"] > 0).any())


def _says() -> dict[str, Words]:
    return {
        "kind": said("Kind of incident"),
        "measure": said("Shown on the map"),
        "people": said("People"),
        "people_unknown": said("not known or withheld"),
        "method": said("Smoothing"),
        "bayes": said("empirical Bayes (Marshall 1991)"),
        "outline": said("Outline"),
        "cell": said("Voronoi cell of {place}, no administrative border", place=""),
    }


def _question(kind: str, rows: pd.DataFrame, key: str) -> dict[str, Any]:
    """Ask for one kind of incident: how many, and how many for the people there."""
    areas = rows[rows[key].notna().to_numpy(bool)]
    asked = [_number(kind, areas)]
    if areas["rate"].notna().any():
        asked.append(_rate(kind, areas))
        if areas["smoothed"].notna().any():
            asked.append(_smoothed(kind, areas))
        asked[1]["notes"] += _not_smoothed(areas)
    else:
        asked[0]["notes"].append(
            said("No rates: in no area both the incidents and the people are known")
        )
    name = said("All incidents") if kind == measures.ALL else words.incident_kind(kind)
    return {"name": name, "measures": asked}


def _number(kind: str, areas: pd.DataFrame) -> dict[str, Any]:
    counts = areas["count"].astype("Float64").to_numpy(float, na_value=np.nan)
    notes: list[Words] = []
    if not np.isnan(counts).any():
        notes.append(counted("{n} incident", "{n} incidents", int(counts.sum())))
    name = said("Number of incidents")
    return _measure(name, kind, counts, areas["no_rate"], decimals=0, notes=notes)


def _rate(kind: str, areas: pd.DataFrame) -> dict[str, Any]:
    rates = areas["rate"].to_numpy(float)
    mean = float(areas["mean"].iloc[0])
    decimals = _decimals(rates)
    notes: list[Words] = [
        said("Incidents per 10,000 people of the area, over the whole period"),
        said(
            "Of all areas with people together: {rate}",
            rate=number(mean, _decimals(np.array([mean]))),
        ),
    ]
    name = said("Per 10,000 people")
    return _measure(name, kind, rates, areas["no_rate"], decimals=decimals, notes=notes)


def _smoothed(kind: str, areas: pd.DataFrame) -> dict[str, Any]:
    smoothed = areas["smoothed"].to_numpy(float)
    notes: list[Words] = [
        said("Incidents per 10,000 people of the area, over the whole period"),
        said(
            "Smoothed by empirical Bayes (Marshall 1991): the fewer people an area has, the closer "
            "its rate is drawn to the mean of all areas, {rate}",
            rate=number(float(areas["mean"].iloc[0]), _decimals(smoothed)),
        ),
    ]
    if (areas["not_smoothed"] == "no_spread").any():
        notes.append(said("The areas differ no more than by chance: each is given the mean"))
    name = said("Per 10,000 people, smoothed")
    decimals = _decimals(smoothed)
    return _measure(name, kind, smoothed, areas["no_rate"], decimals=decimals, notes=notes)


def _not_smoothed(areas: pd.DataFrame) -> list[Words]:
    reason = areas["not_smoothed"].iloc[0]
    if reason is not pd.NA and reason == "few_areas":
        least = number(measures.FEWEST_AREAS)
        return [said("Not smoothed: that needs {n} areas with people or more", n=least)]
    if reason is not pd.NA and reason == "none_happened":
        return [said("Not smoothed: there are no incidents in areas with people")]
    return []


def _measure(
    name: Words,
    kind: str,
    values: Floats,
    reasons: pd.Series,
    *,
    decimals: int,
    notes: list[Words],
) -> dict[str, Any]:
    """Put the values of areas into classes, and those without one into classes of their own."""
    shown = np.round(values, decimals)
    limits, of = classify(shown)
    above = [limit for limit in limits if limit[1] > 0]
    colours = [theme.NOTHING] * (len(limits) - len(above)) + theme.shades(kind, len(above))
    classes = [
        {"colour": colour, "label": _limits(low, high, decimals)}
        for colour, (low, high) in zip(colours, limits, strict=True)
    ]
    for reason, colour, label in (
        ("withheld", HATCHED, said("Number withheld")),
        ("people_unknown", HATCHED, said("People not known or withheld")),
        # A gazetteer may say 0 where it does not know, GeoNames does.
        ("no_people", theme.NO_PEOPLE, said("No people stated")),
    ):
        own = (reasons == reason).fillna(value=False).to_numpy(bool) & np.isnan(values)
        if own.any():
            of[own] = len(classes)
            classes.append({"colour": colour, "label": label})
    return {
        "name": name,
        "notes": [*notes, *_how_cut(above)],
        "decimals": decimals,
        "values": [_or_none(value) for value in shown.tolist()],
        "classes": classes,
        "of": of.tolist(),
    }


def _how_cut(above: list[tuple[float, float]]) -> list[Words]:
    if all(low == high for low, high in above):
        return []
    return [said("Classes: natural breaks (Fisher 1958, Jenks)")]


def _limits(low: float, high: float, decimals: int) -> Words:
    if low == high:
        return number(low, decimals)
    return said("{low} to {high}", low=number(low, decimals), high=number(high, decimals))


def _decimals(values: Floats) -> int:
    """Choose decimals: two digits of the greatest value, one of the least above zero.

    Examples
    --------
    >>> _decimals(np.array([120.0, 3.0])), _decimals(np.array([120.0, 0.034]))
    (1, 2)
    >>> _decimals(np.array([0.0, np.nan]))
    1
    """
    above = values[values > 0]
    if not len(above):
        return 1
    most, least = np.floor(np.log10([above.max(), above.min()]))
    return int(np.clip(max(1 - most, -least), 1, MOST_DECIMALS))


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value
