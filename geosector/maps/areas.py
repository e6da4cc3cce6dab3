"""Choropleths: how many incidents in each sector and locality, and how many for its people.

A layer for each kind of area, with two questions to choose from in its legend: which kind of
incident, and whether its number, its rate or its smoothed rate. All numbers come from what the
audience may see; classes are cut among shown values only, so that neither a colour nor the limit
of a class tells of a withheld one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.assign import OUTSIDE, Assigner
from geosector.maps import layers, theme, words
from geosector.maps.classes import classify
from geosector.maps.saying import Words, by_language, counted, number, said
from geosector.measure import localities as places
from geosector.measure import rates as measures
from geosector.tables import Audience

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

HATCHED = "hatched"  # in place of a colour


@dataclass(frozen=True)
class Zones:
    """Areas to count in.

    ``table`` has the column ``key`` and polygons, EPSG:4326; ``names`` and ``grounds`` say for
    each what it is called and what its outline is (None: nothing to say).
    """

    layer: str  # id of the layer
    title: Words
    key: str
    table: gpd.GeoDataFrame
    names: list[Words]
    grounds: list[Words | None]
    notes: list[Words]


class Counted(NamedTuple):
    """Incidents with their area (column ``key``), and how they came to it.

    ``table`` has ``kind``, ``key`` and ``count``; ``lost`` marks those without a place and
    ``vague`` those whose place is known too roughly to tell the area.
    """

    table: pd.DataFrame
    lost: Flags
    vague: Flags
    by_place: Flags


def sector_zones(sectors: gpd.GeoDataFrame) -> Zones:
    """Take sectors as areas to count in."""
    names = [
        words.numbered(sector) if not name or words.only_numbered(sector, name) else name
        for sector, name in zip(
            sectors["sector_id"], words.labels(layers.column(sectors, "name")), strict=True
        )
    ]
    return Zones(
        "rates-sectors", said("Incidents by sector"), "sector_id", sectors, names,
        [None] * len(sectors), [],
    )  # fmt: skip


def locality_zones(localities: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame | None) -> Zones:
    """Take localities as areas to count in: their outlines, or the cells of their points.

    Raises
    ------
    InputError
        Where points have no boundary, or none lies within it.
    """
    table, problems = places.locality_ground(localities, boundary)
    names = _locality_names(table)
    cells = (table["ground"] == places.NEAREST).to_numpy(bool)
    grounds = [
        said("Voronoi cell of {place}, no administrative border", place=name) if cell else None
        for name, cell in zip(names, cells, strict=True)
    ]
    merged = int(table["merged"].map(len).sum())
    notes = []
    if cells.any():
        notes.append(
            said(
                "Areas: Voronoi cells of the places in the gazetteer, within the boundary; no "
                "administrative borders"
            )
        )
    if merged:
        notes.append(said("Places at the point of another, counted with it: {n}", n=number(merged)))
    if len(problems) > merged:
        notes.append(
            said("Places outside the boundary, not used: {n}", n=number(len(problems) - merged))
        )
    return Zones(
        "rates-localities", said("Incidents by locality"), "id", table, names, grounds, notes
    )


def _locality_names(table: gpd.GeoDataFrame) -> list[Words]:
    """Name localities in each language, as far as the table has names; else by their id."""
    own = {code: words.labels(layers.column(table, f"name_{code}")) for code in ("ar", "ckb", "kmr")}
    rows = zip(
        words.labels(layers.column(table, "name")), words.labels(table["id"]), *own.values(),
        strict=True,
    )  # fmt: skip
    names: list[Words] = []
    for name, key, arabic, sorani, kurmanji in rows:
        plain = name or arabic or sorani or kurmanji or key
        told = {"ar": arabic, "ckb": sorani or arabic, "kmr": kurmanji, "en": name}
        told = {code: word for code, word in told.items() if word and word != plain}
        names.append(by_language({**told, "": plain}) if told else plain)
    return names


# --------------------------------------------------------------- counting


def in_sectors(incidents: pd.DataFrame, sectors: Zones, audience: Audience) -> Counted:
    """Say in which sector each incident is: by its place, as everywhere else."""
    at = _assigned(incidents, sectors)
    keys = pd.Series(sectors.table["sector_id"].to_numpy()[at], dtype="object").mask(at < 0)
    lon, _ = _middles(incidents)
    return Counted(
        _facts(incidents, "sector_id", keys, audience),
        np.isnan(lon),
        np.zeros(len(at), bool),
        at != OUTSIDE,
    )


def in_localities(incidents: pd.DataFrame, zones: Zones, audience: Audience) -> Counted:
    """Say in which locality each incident is: by its id, else by a place that is precise enough."""
    at = _assigned(incidents, zones)
    reach = np.append(places.reach_m(zones.table), np.inf)[at]
    stated = words.numbers(incidents, "radius_m", 0.0).to_numpy(float)
    vague = (at != OUTSIDE) & (stated > reach)
    by_place = pd.Series(zones.table["id"].to_numpy()[at], dtype="object").mask((at < 0) | vague)
    keys = places.locality_of(incidents, zones.table, by_place.to_numpy())
    named = keys.notna().to_numpy(bool)
    lon, _ = _middles(incidents)
    told = places.locality_of(incidents, zones.table, [None] * len(incidents)).notna()
    return Counted(
        _facts(incidents, "id", keys.reset_index(drop=True), audience),
        np.isnan(lon) & ~named,
        vague & ~named,
        named & ~told.to_numpy(bool),
    )


def _facts(incidents: pd.DataFrame, key: str, keys: pd.Series, audience: Audience) -> pd.DataFrame:
    count: Any = 1
    if audience == "public":
        count = incidents["count"].to_numpy()
    kinds = words.labels(incidents["kind"]).to_numpy()
    return pd.DataFrame({"kind": kinds, key: keys.to_numpy(), "count": count})


def _assigned(incidents: pd.DataFrame, zones: Zones) -> Ints:
    """Give the row of the area that holds each incident, -1 where none does."""
    lon, lat = _middles(incidents)
    if zones.table.empty:
        return np.full(len(lon), OUTSIDE, np.int64)
    assigner = Assigner(zones.table, column=zones.key)
    row_of = pd.Index(zones.table[zones.key]).get_indexer(pd.Index(assigner.keys))
    return np.append(row_of, OUTSIDE)[assigner.assign(lon, lat)].astype(np.int64)


def _middles(incidents: pd.DataFrame) -> tuple[Floats, Floats]:
    """Give a point of each incident: longitude and latitude, NaN where there is none."""
    if not isinstance(incidents, gpd.GeoDataFrame):
        return np.full(len(incidents), np.nan), np.full(len(incidents), np.nan)
    points = incidents.geometry.representative_point()
    lon, lat = points.x.to_numpy(float), points.y.to_numpy(float)
    there = np.isfinite(lon) & np.isfinite(lat)
    return np.where(there, lon, np.nan), np.where(there, lat, np.nan)


# --------------------------------------------------------------- the layer


def layer(zones: Zones, counted_in: Counted, period: Words, *, shown: bool) -> layers.Layer:
    """Make a choropleth of incidents in areas, with all its questions.

    Returns
    -------
    dict
        ``items`` has for each area its ``name``, ``at`` and ``people`` (None where not known);
        ``kinds`` for each kind of incident its ``name``, ``notes`` and ``measures``; a measure has
        ``name``, ``decimals``, ``values`` (for each area, None where there is none), ``classes``
        (``colour`` or ``hatched``, and ``label``) and ``of`` (the class of each area). ``says``
        holds the labels of a card, which is made of these in the browser.
    """
    counts = measures.count_by_area(
        counted_in.table, zones.table[zones.key], area=zones.key, count="count"
    )
    people = pd.DataFrame({zones.key: zones.table[zones.key]})
    people["population"] = words.numbers(zones.table, "population", np.nan).to_numpy()
    rated = measures.rates(counts, people, area=zones.key)
    met = [kind for kind in measures.kinds() if _met(counts, kind)]
    rings, owners = layers.rings(zones.table.geometry.to_numpy())
    middles = zones.table.geometry.representative_point()
    items = [
        {
            "name": name,
            "at": layers.at(middle),
            "people": None if np.isnan(n) else n,
            "ground": ground,
        }
        for name, middle, n, ground in zip(
            zones.names, middles, people["population"].tolist(), zones.grounds, strict=True
        )
    ]
    return {
        "kind": "choropleth",
        "id": zones.layer,
        "name": zones.title,
        "shown": shown,
        "notes": [period, *zones.notes, *_left_out(counted_in), CLASSES_NOTE()],
        "unit": layers.UNIT,
        "lines": layers.pack(rings, owners),
        "items": items,
        "says": _says(),
        "kinds": [
            _kind(kind, rated[(rated["kind"] == kind).to_numpy()], zones.key)
            for kind in (met if len(met) == 1 else [measures.ALL, *met])
        ],
    }
