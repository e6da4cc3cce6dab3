"""A drawn town: an ASCII picture becomes roads, a boundary and people.

::

    +=====+-----+        +  a junction, or the end of a street
    H  40 |  60 |        = H  main street (primary), across and down
    +-----+~~~~~+        ~ !  tertiary street
                         - |  minor street (residential)
                         40   people living there (a point at the middle of the number)

A street runs from one + to the next, or ends where its strokes end. One character is 20 m wide and
30 m high. The boundary is the bounding box of each drawing; drawings that do not touch are parts.
All of it is synthetic and lies nowhere near a real town.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry import LineString, Point, box

from geosector import crs

WIDTH_M, HEIGHT_M = 20.0, 30.0
# Open sea, far from every town.
ORIGIN = (30.0, 33.0)

ACROSS = {"=": "primary", "~": "tertiary", "-": "residential"}
DOWN = {"H": "primary", "!": "tertiary", "|": "residential"}


class Town(NamedTuple):
    """Tables in EPSG:4326.

    ``boundary`` polygons; ``roads`` with road_class, name, layer; ``people`` points with population.
    """

    boundary: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    people: gpd.GeoDataFrame


def draw_town(picture: str) -> Town:
    """Read a picture."""
    rows = picture.strip("\n").splitlines()
    wide = max(len(row) for row in rows)
    rows = [row.ljust(wide) for row in rows]
    lines, classes, names = [], [], []
    for kinds, grid, across in ((ACROSS, rows, True), (DOWN, _turned(rows), False)):
        for number, row in enumerate(grid):
            for start, stop, sign in _strokes(row, kinds):
                ends = [(start, number), (stop, number)]
                lines.append(LineString([_place(*(end if across else end[::-1])) for end in ends]))
                classes.append(kinds[sign])
                names.append(f"{'Row' if across else 'Column'} {number}")
    people = [
        (int(found.group()), _place((found.start() + found.end() - 1) / 2, number))
        for number, row in enumerate(rows)
        for found in re.finditer(r"\d+", row)
    ]
    return Town(
        _table([box(*part) for part in _boxes(lines)]),
        _table(lines, road_class=classes, name=names, layer=0),
        _table([Point(place) for _, place in people], population=[count for count, _ in people]),
    )


def street(*places: tuple[float, float], **facts: object) -> gpd.GeoDataFrame:
    """Make one more street through (column, row) places, fractions allowed."""
    return _table([LineString([_place(*place) for place in places])], **facts)


def more_roads(town: Town, *streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give a town's roads with more streets behind them."""
    import pandas as pd

    return pd.concat([town.roads, *streets], ignore_index=True)


def _turned(rows: list[str]) -> list[str]:
    return ["".join(column) for column in zip(*rows, strict=True)]


def _strokes(row: str, kinds: dict[str, str]) -> list[tuple[int, int, str]]:
    """Find runs of one sign, reaching to the + on either side where there is one."""
    found = []
    for run in re.finditer("|".join(re.escape(sign) + "+" for sign in kinds), row):
        start, stop = run.span()
        start -= start > 0 and row[start - 1] == "+"
        stop -= not (stop < len(row) and row[stop] == "+")
        found.append((int(start), int(stop), run.group()[0]))
    return found


def _place(column: float, row: float) -> tuple[float, float]:
    return column * WIDTH_M, -row * HEIGHT_M


def _boxes(lines: list[LineString]) -> list[tuple[float, float, float, float]]:
    """Bounding boxes of the drawings: of lines that touch, then of boxes inside others."""
    whole = shapely.get_parts(shapely.union_all([line.buffer(1) for line in lines]))
    reaches = [
        box(*shapely.union_all([ln for ln in lines if ln.intersects(part)]).bounds)
        for part in whole
    ]
    return [
        part.bounds
        for place, part in enumerate(reaches)
        if not any(other.contains(part) for spot, other in enumerate(reaches) if spot != place)
    ]


def _table(shapes: list[object], **columns: object) -> gpd.GeoDataFrame:
    metric = crs.metric_crs((*ORIGIN, *ORIGIN))
    table = gpd.GeoDataFrame(geometry=np.array(shapes, object), crs=metric)
    return crs.to_wgs84(table.assign(**columns))
