"""The layers of a scene: what the page draws, as plain dicts ready for JSON.

A scene holds ``lang`` (in which it opens), ``words``, ``title``, ``stamp``, ``audience``,
``bounds`` ([[south, west], [north, east]]), ``statuses``, ``notes``, ``shading`` (kinds of layer of
which at most one is on at a time, and one at opening) and ``layers``, lowest first.
Each layer has ``kind`` (which maker of ``script/`` draws it), ``id``, ``name``, ``shown`` and
``notes`` (lines of its legend); lines are packed (`geosector.maps.encoding`); a ``card`` is a
title and rows of label and value. Text is `geosector.maps.saying.Words`: the same scene is shown
in four languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.language import LANGUAGES
from geosector.maps import theme, words
from geosector.maps.encoding import pack_lines
from geosector.maps.saying import Words, by_language, joined, number, said

Layer = dict[str, Any]
Row = list[Words]  # label and value

STATUSES = ("open", "closed", "damaged", "planned", "unknown")
# What shades the ground: two of these over one another cannot be read.
SHADING = ("choropleth", "density", "frames", "difference")
UNIT = 1e-5  # degrees, about a metre: what lines are rounded to


def _pack(lines: NDArray[np.object_], labels: NDArray[np.int64]) -> str:
    sizes = shapely.get_num_coordinates(lines).astype(np.int64)
    return pack_lines(shapely.get_coordinates(lines), sizes, labels, UNIT)


def sectors(table: gpd.GeoDataFrame, told: Mapping[object, list[Row]]) -> Layer:
    """Make the sectors, each with its number, its name and a card.

    Parameters
    ----------
    table : geopandas.GeoDataFrame
        `sectors`, EPSG:4326, every geometry there.
    told : mapping of sector_id to rows
        What the card of each sector tells beside the sector itself.
    """
    areas = words.numbers(table, "area_km2", np.nan).to_numpy()
    if np.isnan(areas).any():
        areas = np.where(np.isnan(areas), crs.area_km2(table), areas)
    people = words.numbers(table, "population", np.nan).to_numpy()
    places = table.geometry.representative_point()
    items = []
    for at, (sector, given) in enumerate(
        zip(table["sector_id"], words.labels(words.cells(table, "name")), strict=True)
    ):
        name = "" if words.only_numbered(sector, given) else given
        rows = [[said("Number"), words.in_digits(sector)]] if name else []
        if not np.isnan(people[at]):
            rows.append([said("People"), number(people[at])])
        rows.append([said("Area"), words.square_kilometres(float(areas[at]))])
        rows += told.get(sector, [])
        items.append(
            {
                "number": words.in_digits(sector),
                "name": name,
                "at": _at(places.iloc[at]),
                "card": {"title": name or words.numbered(sector), "rows": rows},
            }
        )
    return {
        "kind": "areas",
        "id": "sectors",
        "name": said("Sectors"),
        "shown": True,
        "notes": [],
        "unit": UNIT,
        "lines": pack_rings(table.geometry.to_numpy()),
        "items": items,
    }


def pack_rings(polygons: NDArray[np.object_]) -> str:
    """Pack the rings of polygons, each with the number of its polygon.

    Examples
    --------
    >>> pack_rings(np.array([shapely.box(37, 36, 37.1, 36.1)])) != pack_rings(np.array([]))
    True
    """
    parts, owners = shapely.get_parts(polygons, return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    return _pack(rings, owners[part_of].astype(np.int64))


def pack_lines_of(shapes: NDArray[np.object_]) -> str:
    """Pack the lines of shapes, each with the number of its shape.

    Examples
    --------
    >>> way = shapely.LineString([(37, 36), (37.1, 36)])
    >>> pack_lines_of(np.array([way])) != pack_lines_of(np.array([]))
    True
    """
    parts, owners = shapely.get_parts(shapes, return_index=True)
    lines = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    return _pack(parts[lines], owners[lines].astype(np.int64))


def borders(table: gpd.GeoDataFrame) -> Layer:
    """Make the borders between sectors, wider along more important roads."""
    items = []
    lengths = words.numbers(table, "length_m", np.nan).to_numpy()
    if np.isnan(lengths).any():
        lengths = np.where(np.isnan(lengths), crs.to_metres(table).length, lengths)
    columns = (
        table["left"],
        table["right"],
        words.cells(table, "road_class"),
        words.cells(table, "name"),
    )
    for at, (left, right, road_class, name) in enumerate(zip(*columns, strict=True)):
        look = theme.road(words.label(road_class))
        rows = [
            [said("Between"), joined(words.in_digits(left), " – ", words.in_digits(right))],
            [said("Length"), words.metres(float(lengths[at]))],
        ]
        if words.label(road_class):
            rows.append([said("Road class"), words.road_rank(look.rank)])
        title = words.label(name) or said("Border without a named road")
        weight = round(1 + look.width, 1)
        card = {"title": title, "rows": rows}
        items.append({"weight": weight, "name": words.label(name), "card": card})
    return {
        "kind": "lines",
        "id": "borders",
        "name": said("Borders of sectors"),
        "shown": True,
        "notes": [],
        "unit": UNIT,
        "lines": pack_lines_of(table.geometry.to_numpy()),
        "items": items,
    }


def facilities(table: gpd.GeoDataFrame) -> list[Layer]:
    """Make one layer for each kind of facility, each facility with its status and a card."""
    kinds = words.labels(table["kind"])
    kinds = kinds.where(kinds.isin(theme.SYMBOLS), "other")
    return [
        _facility_layer(kind, table[(kinds == kind).to_numpy()])
        for kind in theme.SYMBOLS
        if (kinds == kind).any()
    ]


def _facility_layer(kind: str, table: gpd.GeoDataFrame) -> Layer:
    names = _names(table)
    statuses = words.labels(words.cells(table, "status"))
    capacities = words.labels(words.cells(table, "capacity"))
    cells = (capacities, words.cells(table, "capacity_unit"), names, statuses)
    places = table.geometry.representative_point()
    items = []
    for place, capacity, unit, named, status in zip(places, *cells, strict=True):
        rows: list[Row] = [[said("Kind"), words.facility_kind(kind)]] if named else []
        known = status if status in STATUSES else "unknown"
        rows.append([said("Status"), words.facility_status(known)])
        if capacity:
            rows.append([said("Capacity"), _with_unit(capacity, words.label(unit))])
        title = named or words.facility_kind(kind)
        card = {"title": title, "rows": rows}
        items.append({"at": _at(place), "status": known, "card": card})
    return {
        "kind": "places",
        "id": f"facilities-{kind}",
        "name": joined(words.facility_kind(kind), " (", number(len(items)), ")"),
        "shown": True,
        "notes": [],
        **theme.SYMBOLS[kind]._asdict(),
        "items": items,
    }


def _names(table: pd.DataFrame) -> list[Words]:
    """Give the name of each facility, in each language in which the table has one."""
    named = words.labels(words.cells(table, "name"))
    columns = {code: words.labels(words.cells(table, f"name_{code}")) for code in LANGUAGES}
    own = zip(*columns.values(), strict=True)
    return [
        by_language(dict(zip(columns, texts, strict=True)), name)
        for texts, name in zip(own, named, strict=True)
    ]


def _with_unit(amount: str, unit: str) -> Words:
    written = words.in_digits(amount)
    return joined(written, " ", unit) if unit else written


def circles(places: pd.DataFrame, name: Words, *, shown: bool) -> Layer:
    """Make circles of counts at places, their ground growing with the count.

    Parameters
    ----------
    places : pandas.DataFrame
        From `geosector.maps.heat.by_place`.
    name : Words
        Of the layer.
    shown : bool
        Whether the layer is on when the map opens.
    """
    kinds = [kind for kind in words.INCIDENT_KINDS if kind in places]
    items = []
    for row in places.to_dict("records"):
        total = sum(row[kind] for kind in kinds)
        rows = [[words.incident_kind(kind), number(row[kind])] for kind in kinds if row[kind]]
        rows.append([said("Known within"), words.metres(float(row["radius_m"]))])
        title = row["locality"] or said("Place without a name")
        items.append(
            {
                "at": [round(row["lat"], 6), round(row["lon"], 6)],
                "radius": round(float(6 + 2 * np.sqrt(total)), 1),
                "card": {"title": title, "rows": rows},
            }
        )
    count = sum(int(places[kind].sum()) for kind in kinds)
    return {
        "kind": "circles",
        "id": "circles",
        "name": joined(name, " (", number(count), ")"),
        "shown": shown,
        "notes": [],
        "items": items,
    }


def statuses(made: list[Layer]) -> list[tuple[str, Words]]:
    """List the statuses that the facilities of a scene have, for the legend."""
    met = {item["status"] for layer in made if layer["kind"] == "places" for item in layer["items"]}
    return [(status, words.facility_status(status)) for status in STATUSES if status in met]


def _at(place: shapely.Point) -> list[float]:
    return [round(place.y, 6), round(place.x, 6)]
