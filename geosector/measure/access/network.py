"""Streets as a network: places where streets meet, and the stretches between them.

Streets meet where they share a vertex, where they cross on the same level, and where one ends
within 0.1 m of another. What passes above or below (``layer``, ``bridge``, ``tunnel``) meets only
what its ends reach. Nothing is simplified: a stretch keeps every vertex of its street.
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geosector import crs
from geosector.language import text
from geosector.measure.access.rows import row_numbers
from geosector.tables import Problem, problems_table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Shapes = NDArray[np.object_]

JOIN_M = 0.1  # an end this near to another street reaches it
_PER_METRE = 1000  # coordinates are compared in millimetres
_ALONG = frozenset({"yes", "true", "1", "1.0", "t", "y", "forward", "along"})
_AGAINST = frozenset({"-1", "-1.0", "reverse", "backward", "against"})
_NO = frozenset({"", "no", "false", "0", "0.0", "none", "nan", "f", "n", "<na>"})


class Network(NamedTuple):
    """Stretches of street between nodes.

    ``xy``: shape (nodes, 2), metres of ``crs``. Of each stretch: ``start`` and ``end``, its nodes;
    ``length_m``; ``heading``, 1 where one may drive only from start to end, -1 only from end to
    start, 0 both ways; ``road``, the position of its row in the table of roads; its vertices are
    ``vertices[first[i]:first[i + 1]]``, from start to end.
    """

    crs: pyproj.CRS
    xy: Floats
    start: Ints
    end: Ints
    length_m: Floats
    heading: Ints
    road: Ints
    vertices: Floats
    first: Ints


class Built(NamedTuple):
    """A network, and the rows of the roads table that are not in it or were changed for it."""

    network: Network
    problems: pd.DataFrame


def build_network(roads: gpd.GeoDataFrame, *, metric: pyproj.CRS | None = None) -> Built:
    """Make a network of streets.

    Parameters
    ----------
    roads : geopandas.GeoDataFrame
        Lines in any coordinate system; ``layer``, ``bridge``, ``tunnel``, ``oneway`` (as in
        OpenStreetMap) are heeded where they are there.
    metric : pyproj.CRS, optional
        The metric system to use. Default: a local one of the roads.

    Returns
    -------
    Built
        ``problems``: ``file, row, column, given, expected, action``; rows that are no lines are
        left out and listed.

    Raises
    ------
    InputError
        Where the table has no coordinate system.

    Examples
    --------
    Two streets that cross, and a bridge above both:

    >>> from shapely.geometry import LineString
    >>> lines = [[(0, 0), (2, 0)], [(1, -1), (1, 1)], [(0, -1), (2, 1)]]
    >>> roads = gpd.GeoDataFrame(
    ...     {"bridge": ["", "", "yes"]}, geometry=[LineString(one) for one in lines], crs=32637
    ... )
    >>> network = build_network(roads).network
    >>> len(network.xy), len(network.length_m), network.road.tolist()
    (7, 5, [0, 0, 1, 1, 2])
    >>> none = build_network(roads[:0]).network
    >>> len(none.xy), len(none.length_m)
    (0, 0)
    >>> import shapely
    >>> dot = gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=32637)
    >>> build_network(dot).problems[["row", "given", "action"]].to_numpy().tolist()
    [[2, 'Point', 'left out']]
    """
    placed = _in_metres(crs.require_crs(roads, "roads"), metric)
    lines, road, problems = _lines(placed)
    level = _levels(placed)[road]
    vertices, line = _with_meetings(lines, level)
    network = _cut(
        vertices, line, road=road, level=level, heading=_headings(placed)[road], system=placed.crs
    )
    return Built(network, problems)


def _in_metres(roads: gpd.GeoDataFrame, metric: pyproj.CRS | None) -> gpd.GeoDataFrame:
    if roads.empty:
        system = metric or crs.metric_crs((37.0, 36.0, 37.0, 36.0))
        return gpd.GeoDataFrame(roads.drop(columns=roads.geometry.name), geometry=[], crs=system)
    return crs.to_metres(roads, metric)


def _lines(roads: gpd.GeoDataFrame) -> tuple[Shapes, Ints, pd.DataFrame]:
    """Take the lines out of the rows, each knowing its row; list what is none."""
    shapes = np.asarray(roads.geometry.values, object)
    sound = (shapely.get_dimensions(shapes) == 1) & (shapely.length(shapes) > 0)
    numbers = row_numbers(roads)
    problems = [
        Problem(
            "roads",
            numbers[place],
            "geometry",
            text("nothing") if shapes[place] is None else shapes[place].geom_type,
            text("a line"),
            text("left out"),
        )
        for place in np.flatnonzero(~sound).tolist()
    ]
    rows = np.flatnonzero(sound)
    parts, part_of = shapely.get_parts(shapely.force_2d(shapes[rows]), return_index=True)
    rows = rows[part_of]
    lines = shapely.get_dimensions(parts) == 1
    return parts[lines], rows[lines], problems_table(problems)


def _column(roads: gpd.GeoDataFrame, name: str) -> list[str]:
    if name not in roads.columns:
        return [""] * len(roads)
    return [
        "" if value is None or value is pd.NA else str(value).strip().lower()
        for value in roads[name].astype(object)
    ]


def _levels(roads: gpd.GeoDataFrame) -> Ints:
    """Say on which level each street lies: its layer, else 1 for a bridge and -1 for a tunnel."""
    levels = np.zeros(len(roads), np.int64)
    columns = (_column(roads, name) for name in ("layer", "bridge", "tunnel"))
    for at, (layer, bridge, tunnel) in enumerate(zip(*columns, strict=True)):
        try:
            levels[at] = round(float(layer)) if layer not in _NO else 0
        except (ValueError, OverflowError):
            levels[at] = 0
        if levels[at] == 0 and layer in _NO:
            levels[at] = int(bridge not in _NO) - int(tunnel not in _NO)
    return levels


def _headings(roads: gpd.GeoDataFrame) -> Ints:
    told = _column(roads, "oneway")
    return np.array([(one in _ALONG) - (one in _AGAINST) for one in told], np.int64)


# --------------------------------------------------------------- where streets meet


def _with_meetings(lines: Shapes, level: Ints) -> tuple[Floats, Ints]:
    """Give the vertices of all lines, with one more wherever a line meets another without any."""
    vertices, line = shapely.get_coordinates(lines, return_index=True)
    if not len(lines):
        return vertices, line.astype(np.int64)
    for one in np.unique(level).tolist():
        of_level = np.flatnonzero(level == one)
        found, places = _crossings(lines[of_level])
        vertices, line = _inserted(vertices, line, places, of_level[found], lines)
    return _reaching(vertices, line, lines)


def _crossings(lines: Shapes) -> tuple[Ints, Floats]:
    """Find where lines cross or lie upon each other: the line, and the point on it."""
    tree = shapely.STRtree(lines)
    pairs = [tree.query(lines, predicate=how) for how in ("crosses", "overlaps")]
    one, two = np.hstack(pairs)
    first = one < two
    one, two = one[first], two[first]
    shared = shapely.intersection(lines[one], lines[two])
    points, pair = shapely.get_coordinates(shared, return_index=True)
    owner = np.concatenate([one[pair], two[pair]])
    return owner, np.vstack([points, points])


def _inserted(
    vertices: Floats, line: Ints, points: Floats, owner: Ints, lines: Shapes
) -> tuple[Floats, Ints]:
    """Put points into the lines that they lie on, each at its place along the line."""
    if not len(points):
        return vertices, line
    steps = np.hypot(*np.diff(vertices, axis=0).T)
    steps[line[1:] != line[:-1]] = 0.0
    along = np.concatenate([[0.0], np.cumsum(steps)])
    begin = along[np.searchsorted(line, np.arange(len(lines)))]
    position = along - begin[line]
    located = shapely.line_locate_point(lines[owner], shapely.points(points))
    every_line = np.concatenate([line, owner])
    order = np.lexsort((np.concatenate([position, located]), every_line))
    return np.vstack([vertices, points])[order], every_line[order]


def _reaching(vertices: Floats, line: Ints, lines: Shapes) -> tuple[Floats, Ints]:
    """Let ends that stop just before a street, or upon it between vertices, reach it."""
    is_end = np.r_[True, line[1:] != line[:-1]] | np.r_[line[1:] != line[:-1], True]
    keys = np.rint(vertices * _PER_METRE).astype(np.int64)
    _, of_place, times = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    loose = np.flatnonzero(is_end & (times[of_place.ravel()] == 1))
    if not len(loose):
        return vertices, line
    ends = shapely.points(vertices[loose])
    tree = shapely.STRtree(lines)
    end, near = tree.query(ends, predicate="dwithin", distance=JOIN_M)
    other = near != line[loose[end]]
    end, near = end[other], near[other]
    end, firsts = np.unique(end, return_index=True)  # the line that comes first
    near = near[firsts]
    if not len(end):
        return vertices, line
    located = shapely.line_locate_point(lines[near], ends[end])
    reached = shapely.get_coordinates(shapely.line_interpolate_point(lines[near], located))
    moved = vertices.copy()
    moved[loose[end]] = reached
    return _inserted(moved, line, reached, near, lines)


# --------------------------------------------------------------- stretches


def _cut(
    vertices: Floats,
    line: Ints,
    *,
    road: Ints,
    level: Ints,
    heading: Ints,
    system: pyproj.CRS,
) -> Network:
    """Cut lines into stretches at the nodes."""
    vertices, line, keys = _without_repeats(vertices, line)
    if not len(vertices):
        nothing = np.zeros(0, np.int64)
        return Network(
            system, np.zeros((0, 2)), nothing, nothing, np.zeros(0), nothing, nothing, vertices,
            np.zeros(1, np.int64),
        )  # fmt: skip
    begins = np.r_[True, line[1:] != line[:-1]]
    ends = np.r_[line[1:] != line[:-1], True]
    place = _places(keys, level[line], begins | ends)
    is_node = (begins | ends) | (np.bincount(place)[place] > 1)
    # Each pair of neighbouring vertices of one line is of the stretch that its last node began.
    pair = np.flatnonzero(~ends)
    stretch = np.cumsum(is_node[pair]) - 1
    steps = np.hypot(*(vertices[pair + 1] - vertices[pair]).T)
    opening = pair[is_node[pair]]
    closing = pair[np.r_[np.diff(stretch) > 0, True]] + 1
    nodes, node_of = np.unique(place[is_node], return_inverse=True)
    number = np.full(len(vertices), -1)
    number[is_node] = node_of
    xy = np.zeros((len(nodes), 2))
    xy[node_of] = vertices[is_node]
    sizes = closing - opening + 1
    first = np.concatenate([[0], np.cumsum(sizes)])
    taken = np.arange(first[-1]) - np.repeat(first[:-1], sizes) + np.repeat(opening, sizes)
    return Network(
        system,
        xy,
        number[opening],
        number[closing],
        np.bincount(stretch, weights=steps, minlength=len(opening)).astype(np.float64),
        heading[line[opening]],
        road[line[opening]],
        vertices[taken],
        first,
    )


def _without_repeats(vertices: Floats, line: Ints) -> tuple[Floats, Ints, Ints]:
    """Leave out vertices on the one before them; and lines of which one place is left."""
    keys = np.rint(vertices * _PER_METRE).astype(np.int64)
    kept = np.ones(len(line), bool)
    kept[1:] = (line[1:] != line[:-1]) | (keys[1:] != keys[:-1]).any(axis=1)
    vertices, line, keys = vertices[kept], line[kept], keys[kept]
    long = np.bincount(line, minlength=1)[line] > 1 if len(line) else np.zeros(0, bool)
    return vertices[long], line[long], keys[long]


def _places(keys: Ints, level: Ints, is_end: Flags) -> Ints:
    """Give each vertex the number of its place; levels meet only where a line ends."""
    there = np.column_stack([keys, level])
    _, on_level = np.unique(there, axis=0, return_inverse=True)
    _, anywhere = np.unique(keys, axis=0, return_inverse=True)
    on_level, anywhere = on_level.ravel(), anywhere.ravel()
    has_end = np.zeros(anywhere.max() + 1, bool)
    has_end[anywhere[is_end]] = True
    joined = has_end[anywhere]
    count = on_level.max() + 1
    # Where a line ends, all levels of the place are tied to one vertex of it.
    tie = np.full(anywhere.max() + 1, -1)
    tie[anywhere[joined]] = on_level[joined]
    ties = coo_array(
        (np.ones(joined.sum(), bool), (on_level[joined], tie[anywhere[joined]])),
        shape=(count, count),
    )
    number: Ints = connected_components(ties, directed=False)[1][on_level].astype(np.int64)
    return number


def take_stretches(network: Network, stretches: Ints) -> Network:
    """Give a network of some stretches alone, in the order of ``stretches``.

    Parameters
    ----------
    network : Network
    stretches : array of int

    Returns
    -------
    Network
        With the nodes that these stretches have, numbered anew in their old order.
    """
    ends = np.concatenate([network.start[stretches], network.end[stretches]])
    nodes, number = np.unique(ends, return_inverse=True)
    start, end = np.split(number.ravel(), 2)
    vertices, first = _vertices_of(network, stretches)
    return Network(
        network.crs,
        network.xy[nodes],
        start,
        end,
        network.length_m[stretches],
        network.heading[stretches],
        network.road[stretches],
        vertices,
        first,
    )


def stretch_lines(network: Network, stretches: Ints) -> Shapes:
    """Draw stretches as lines, from start to end.

    Parameters
    ----------
    network : Network
    stretches : array of int

    Returns
    -------
    array of shapely LineString, metres
    """
    vertices, first = _vertices_of(network, stretches)
    owner = np.repeat(np.arange(len(stretches)), np.diff(first))
    if not len(stretches):
        return np.zeros(0, object)
    lines: Shapes = shapely.linestrings(vertices, indices=owner)
    return lines


def _vertices_of(network: Network, stretches: Ints) -> tuple[Floats, Ints]:
    """Give the vertices of stretches one after the other, and where each begins."""
    sizes = network.first[stretches + 1] - network.first[stretches]
    first = np.concatenate([[0], np.cumsum(sizes)])
    place = np.repeat(network.first[stretches] - first[:-1], sizes) + np.arange(first[-1])
    return network.vertices[place], first
