"""The roads table → the lines that bound blocks: which they are, and how important.

- Roads on the ground bound blocks.
- Roads above the ground (``layer`` > 0, or ``bridge`` and no layer) bound blocks too, whether they
  cross water or other roads: the line is there to be seen, and a main road would bound nothing on
  either side of a bridge that was taken out of it. One is set aside only where it crosses a road of
  another layer and an end of it meets no road: then it leads from nowhere to nowhere.
- Roads below the ground (``layer`` < 0, or ``tunnel`` and no layer) bound nothing, except an
  underpass: up to 100 m that continue a road at both ends (`UNDERPASS_M`).
- ``layer`` may hold several numbers ("-1;0"): the one nearest the ground counts.

What is left out or set aside is a problem in the list.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geosector.language import number, text
from geosector.partition.classes import NO_ROAD, UNCLASSIFIED, rank
from geosector.partition.noding import SNAP_M
from geosector.partition.pieces import joined
from geosector.partition.rows import kind_of, row_number, text_column
from geosector.tables import Problem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

UNDERPASS_M = 100.0
# Further than this from the middle of a city a coordinate is a mistake, and no longer exact.
FARTHEST_M = 2e6

_NO = ("", "no", "false", "0", "0.0", "none", "nan", "f", "n")
_ALONG = ("yes", "true", "1", "1.0", "t", "y", "forward", "along")
_AGAINST = ("-1", "-1.0", "reverse", "backward", "against")
_CIRCULAR = ("roundabout", "circular")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_LINEAR_RING = 2  # type numbers of shapely: point 0, line 1, ring 2, then polygon and collections


class Ways(NamedTuple):
    """Lines that bound blocks.

    ``lines``: LineStrings, metres. ``way``: row of ``table`` of each. ``heading``: 1 where one
    may drive only along the line, -1 only against it, 0 otherwise. ``table``: ``road_class`` and
    ``name``, each pair once, the most important first; the last row, both empty, is no road.
    """

    lines: NDArray[np.object_]
    way: Ints
    heading: Ints
    table: pd.DataFrame
    problems: list[Problem]


def read_ways(roads: gpd.GeoDataFrame, limits: BaseGeometry) -> Ways:
    """Take the lines inside the limits that bound blocks; number class and name by importance.

    Parameters
    ----------
    roads : geopandas.GeoDataFrame
        In metres, with ``road_class``, ``name``, ``layer``, ``bridge``, ``tunnel``, ``oneway``,
        ``junction`` (OpenStreetMap values), each of which may be missing.
    limits : shapely Polygon or MultiPolygon
        In the same metres.

    Returns
    -------
    Ways

    Examples
    --------
    >>> from shapely.geometry import LineString, box
    >>> lines = [LineString([(0, 5), (9, 5)]), LineString([(5, 0), (5, 9)]), None]
    >>> roads = gpd.GeoDataFrame({"layer": ["", "-1", ""]}, geometry=lines)
    >>> ways = read_ways(roads, box(0, 0, 9, 9))
    >>> len(ways.lines), ways.table["road_class"].tolist()
    (1, ['unclassified', ''])
    >>> [(problem.row, problem.column, problem.action) for problem in ways.problems]
    [(4, 'geometry', 'left out'), (None, 'road_class', 'unclassified'), (3, 'layer', 'no border')]
    """
    shapes = np.asarray(roads.geometry.values, object)
    sound = _sound(shapes)
    problems = [
        _problem(roads, row, "geometry", kind_of(shapes[row]), text("a line"), text("left out"))
        for row in np.flatnonzero(~sound).tolist()
    ]
    classes, names = text_column(roads, "road_class"), text_column(roads, "name")
    unclassed = int((classes == "").sum())
    if unclassed:
        given = text("{count} streets without a class", count=number(unclassed))
        expected = text("a highway value of OpenStreetMap")
        problems.append(_problem(roads, None, "road_class", given, expected, UNCLASSIFIED))
    classes[classes == ""] = UNCLASSIFIED
    heading = _headings(roads, classes)
    layer, unread = read_layers(roads)
    lines, row = _lines_within(shapes, sound, limits)
    bounding = _bounding(lines, layer[row], limits)
    aside = np.setdiff1d(row[~bounding], row[bounding]).tolist()
    given_layer = text_column(roads, "layer")[aside]
    problems += unread
    problems += [
        _problem(roads, place, "layer", given, text("a road on the ground"), text("no border"))
        for place, given in zip(aside, given_layer, strict=True)
    ]
    lines, row = lines[bounding], row[bounding]
    way, table = _numbered(classes[row], names[row])
    return Ways(lines, way, heading[row], table, problems)


def _problem(  # noqa: PLR0917 - private, in the order of Problem
    roads: gpd.GeoDataFrame, row: int | None, column: str, given: str, expected: str, action: str
) -> Problem:
    number_of = None if row is None else row_number(roads, row)
    return Problem("roads", number_of, column, given, expected, action)


def _sound(shapes: NDArray[np.object_]) -> Flags:
    """Say which shapes are lines with a length, at places that can be."""
    reach = np.abs(shapely.bounds(shapes)).max(axis=1, initial=0)
    is_line = (shapely.get_dimensions(shapes) == 1) & (shapely.length(shapes) > 0)
    # A comparison with what is no number is false.
    sound: Flags = is_line & (reach <= FARTHEST_M) & np.isfinite(shapely.length(shapes))
    return sound


def _headings(roads: gpd.GeoDataFrame, classes: NDArray[np.object_]) -> Ints:
    """Read ``oneway``; roundabouts and, where the column is there, motorways are one-way unsaid."""
    given = pd.Series(text_column(roads, "oneway")).str.casefold()
    heading = np.zeros(len(roads), np.int64)
    heading[given.isin(_ALONG)] = 1
    heading[given.isin(_AGAINST)] = -1
    circular = pd.Series(text_column(roads, "junction")).str.casefold().isin(_CIRCULAR)
    unsaid = circular | ((classes == "motorway") & bool(heading.any()))
    heading[(given == "") & unsaid] = 1
    return heading


def read_layers(roads: gpd.GeoDataFrame) -> tuple[Floats, list[Problem]]:
    """Read the height of each road: below 0, on the ground, above 0.

    Parameters
    ----------
    roads : geopandas.GeoDataFrame
        With ``layer``, ``bridge``, ``tunnel``, each of which may be missing.

    Returns
    -------
    tuple = (layer, problems)

    Examples
    --------
    >>> table = {"layer": ["-1;0", "", "up"], "bridge": ["", "yes", ""]}
    >>> layer, problems = read_layers(gpd.GeoDataFrame(table, geometry=[None] * 3))
    >>> layer.tolist(), [problem.given for problem in problems]
    ([0.0, 1.0, 0.0], ['up'])
    """
    given = text_column(roads, "layer")
    layer = np.zeros(len(roads))
    problems = []
    for place in np.flatnonzero(given != "").tolist():
        numbers = _NUMBER.findall(given[place])
        if not numbers:
            expected, action = text("a whole number"), text("taken to be empty")
            problems.append(_problem(roads, place, "layer", given[place], expected, action))
        else:
            layer[place] = min((float(found) for found in numbers), key=abs)
    ground = layer == 0
    bridge = ~pd.Series(text_column(roads, "bridge")).str.casefold().isin(_NO).to_numpy()
    tunnel = ~pd.Series(text_column(roads, "tunnel")).str.casefold().isin(_NO).to_numpy()
    layer[ground & tunnel] = -1
    layer[ground & bridge] = 1
    return layer, problems


def _lines_within(
    shapes: NDArray[np.object_], sound: Flags, limits: BaseGeometry
) -> tuple[NDArray[np.object_], Ints]:
    """Take shapes apart into lines that meet the limits, and the row of each."""
    shapely.prepare(limits)
    rows = np.flatnonzero(sound)
    rows = rows[shapely.intersects(limits, shapes[rows])]
    lines, row = shapes[rows], rows
    while (shapely.get_type_id(lines) > _LINEAR_RING).any():
        lines, part = shapely.get_parts(lines, return_index=True)
        row = row[part]
    if shapely.has_z(lines).any():
        lines = shapely.force_2d(lines)
    met = (shapely.get_dimensions(lines) == 1) & shapely.intersects(limits, lines)
    return lines[met], row[met]


def _bounding(lines: NDArray[np.object_], layer: Floats, limits: BaseGeometry) -> Flags:
    """Say which lines bound blocks on the ground (see the head of this file)."""
    kept: Flags = layer >= 0
    above, below = np.flatnonzero(layer > 0), np.flatnonzero(layer < 0)
    if len(above) == len(below) == 0:
        return kept
    passing, passed = shapely.STRtree(lines).query(lines[above], predicate="crosses")
    crossing = np.zeros(len(above), bool)
    crossing[passing[layer[above[passing]] != layer[passed]]] = True
    # Pieces end to end are one bridge, or one tunnel.
    chain = _chains(lines[above])
    over = above[np.isin(chain, chain[crossing])]
    chain = _chains(lines[below])
    metres = np.bincount(chain, shapely.length(lines[below]))
    under = below[metres[chain] <= UNDERPASS_M]
    kept[under] = True
    doubtful = np.concatenate([over, under])
    while len(doubtful):
        hanging = _hanging(lines, doubtful, kept, limits)
        if not hanging.any():
            break
        kept[doubtful[hanging]] = False
        doubtful = doubtful[~hanging]
    return kept


def _ends(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Give the two ends of each line, shape (2, n)."""
    ends: NDArray[np.object_] = np.stack(
        [shapely.get_point(lines, 0), shapely.get_point(lines, -1)]
    )
    return ends


def _chains(lines: NDArray[np.object_]) -> Ints:
    """Give lines that are joined end to end the same number."""
    count = len(lines)
    if count == 0:
        return np.zeros(0, np.int64)
    ends = _ends(lines).ravel()
    one, two = shapely.STRtree(ends).query(ends, predicate="dwithin", distance=SNAP_M)
    return joined(count, one % count, two % count)


def _hanging(
    lines: NDArray[np.object_], doubtful: Ints, kept: Flags, limits: BaseGeometry
) -> Flags:
    """Say which doubtful lines have an end within the limits that meets no other kept line."""
    others = np.flatnonzero(kept)
    ends = _ends(lines[doubtful])
    tip, found = shapely.STRtree(lines[others]).query(
        ends.ravel(), predicate="dwithin", distance=SNAP_M
    )
    owner = np.tile(doubtful, 2)
    met = np.zeros(2 * len(doubtful), bool)
    met[tip[others[found] != owner[tip]]] = True
    met |= ~shapely.intersects(limits, ends.ravel())
    one, two = met.reshape(2, -1)
    hanging: Flags = np.logical_not(one & two)
    return hanging


def _numbered(
    classes: NDArray[np.object_], names: NDArray[np.object_]
) -> tuple[Ints, pd.DataFrame]:
    """Give each pair of class and name a number, the most important the lowest."""
    pairs = sorted(
        set(zip(classes, names, strict=True)),
        key=lambda pair: (rank(pair[0]), pair[0], pair[1] == "", pair[1]),
    )
    number = {pair: place for place, pair in enumerate(pairs)}
    way = np.array([number[pair] for pair in zip(classes, names, strict=True)], np.int64)
    return way, pd.DataFrame([*pairs, (NO_ROAD, "")], columns=["road_class", "name"])
