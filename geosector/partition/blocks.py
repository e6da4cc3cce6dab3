"""Streets → blocks: the pieces of ground between streets, of which sectors are made.

Streets and the boundary are noded (see `noding`), the faces between them are the blocks, and every
metre between two blocks knows by exact coordinates which road it follows. Choices made here:

- Ground outside the boundary, its holes included, is in no block. Ground inside is in exactly one.
- Where several roads share their ground, the most important class names the border.
- A street that ends inside a block bounds nothing, even a main one: it is not extended, except
  over the last 0.1 m to a street it was meant to reach.
- Roads below the ground (``layer`` < 0) bound nothing. Roads above it (``layer`` > 0) bound blocks
  where they cross no road of another layer (a bridge over water); where they cross one, they are
  set aside whole, because people pass under them and there is no junction.
- Slivers (medians of dual carriageways, islands of roundabouts, gaps between a road and a boundary
  drawn beside it) go to the neighbour with which they share the longest border.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geosector import crs
from geosector.errors import InputError
from geosector.language import text
from geosector.partition import noding
from geosector.partition.classes import NO_ROAD, UNCLASSIFIED, rank
from geosector.tables import Problem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BlockRules:
    """When a face between streets is no block of its own but a sliver.

    ``sliver_width_m``: mean width 2·area/perimeter below which it is one.
    ``sliver_area_m2``: area below which it is one.
    """

    sliver_width_m: float = 8.0
    sliver_area_m2: float = 400.0


class Borders(NamedTuple):
    """Straight pieces of border between two blocks, each following one road or none.

    ``left`` < ``right``: numbers of blocks. ``way``: row of `Fabric.ways`. ``ends``: shape (n, 4),
    millimetres. ``metres``: length of each.
    """

    left: Ints
    right: Ints
    way: Ints
    ends: Ints
    metres: Floats


@dataclass(frozen=True)
class Fabric:
    """A city as blocks, in metres.

    ``blocks``: polygons, ordered from west to east and south to north, covering the boundary.
    ``ways``: the roads that borders may follow (``road_class``, ``name``), the most important
    first; the last row, both empty, is no road. ``parts``: polygons of the dissolved boundary.
    ``loose``: straight pieces of street that bound nothing, because the street ends inside a block;
    found only where blocks may be cut.
    """

    crs: pyproj.CRS
    blocks: NDArray[np.object_]
    borders: Borders
    ways: pd.DataFrame
    parts: NDArray[np.object_]
    facts: dict[str, int]
    problems: tuple[Problem, ...]
    loose: NDArray[np.object_]


def make_blocks(
    boundary: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    rules: BlockRules | None = None,
    cuts: NDArray[np.object_] | None = None,
) -> Fabric:
    """Cut the ground inside a boundary into blocks along streets.

    Parameters
    ----------
    boundary : geopandas.GeoDataFrame
        Polygons, any number; they are dissolved. With a coordinate system.
    roads : geopandas.GeoDataFrame
        Lines with ``road_class``, ``name`` and ``layer``, each of which may be missing.
    rules : BlockRules, optional
        What counts as a sliver.
    cuts : array of shapely LineString, optional
        Borders that follow no road, in metres, from `geosector.partition.split`. Given, even if
        empty, they let the streets that end inside blocks be found.

    Returns
    -------
    Fabric

    Raises
    ------
    InputError
        Where the boundary holds no area.
    MissingCRSError
        Where one of the two has no coordinate system.
    """
    crs.require_crs(boundary, text("The boundary"))
    crs.require_crs(roads, text("The roads table"))
    metric = crs.metric_crs(crs.to_wgs84(boundary).total_bounds)
    limits, problems = _dissolved(crs.to_metres(boundary, metric))
    lines, way, ways, road_problems = _sorted_ways(crs.to_metres(roads, metric), limits)
    rings = shapely.get_rings(shapely.get_parts(limits))
    roadless = np.concatenate([rings, [] if cuts is None else cuts])
    no_way = np.full(len(roadless), len(ways) - 1)
    cut = noding.cut_into_segments(np.concatenate([lines, roadless]), np.concatenate([way, no_way]))
    segments = noding.node(cut)
    faces = _faces(segments, limits)
    borders = _borders_between(faces, segments)
    label, slivers = _absorb(faces, borders, rules or BlockRules())
    blocks, borders = _merged(faces, borders, label)
    return Fabric(
        crs=metric,
        blocks=blocks,
        borders=borders,
        ways=ways,
        parts=shapely.get_parts(limits),
        facts={"slivers_absorbed": slivers},
        problems=(*problems, *road_problems),
        loose=np.zeros(0, object) if cuts is None else _loose(faces, segments),
    )


def _dissolved(boundary: gpd.GeoDataFrame) -> tuple[BaseGeometry, list[Problem]]:
    """Make one area of many, on whole millimetres."""
    shapes = np.asarray(boundary.geometry.values, object)
    polygonal = (shapely.get_dimensions(shapes) == 2) & ~shapely.is_empty(shapes)  # noqa: PLR2004
    problems = [
        Problem("boundary", int(row) + 2, "geometry", _kind(shapes[row]), "polygon", "left out")
        for row in np.flatnonzero(~polygonal)
    ]
    # In the order of their bytes, so that the order of the rows does not matter.
    whole = sorted(shapely.to_wkb(shapely.normalize(_whole(shape))) for shape in shapes[polygonal])
    area = shapely.union_all(shapely.from_wkb(whole), grid_size=1 / noding.UNITS_PER_METRE)
    if area.area == 0:
        raise InputError(text("The boundary holds no area. Give at least one polygon."))
    return area, problems


def _whole(shape: BaseGeometry) -> BaseGeometry:
    """Repair a polygon and keep only what has an area."""
    repaired = shapely.make_valid(shapely.force_2d(shape), method="structure")
    return shapely.set_precision(repaired, 1 / noding.UNITS_PER_METRE)


def _kind(shape: BaseGeometry | None) -> str:
    return "" if shape is None else str(shape.geom_type)


def _text_column(table: gpd.GeoDataFrame, column: str) -> NDArray[np.object_]:
    """Give a column as text, empty where a cell or the whole column is missing."""
    if column not in table:
        return np.full(len(table), "", object)
    cells = table[column]
    return np.asarray(cells.astype("string").fillna("").str.strip(), object)


def _sorted_ways(
    roads: gpd.GeoDataFrame, limits: BaseGeometry
) -> tuple[NDArray[np.object_], Ints, pd.DataFrame, list[Problem]]:
    """Take the lines at ground level inside the limits; number class and name by importance."""
    problems = _road_problems(roads)
    shapes = shapely.force_2d(np.asarray(roads.geometry.values, object))
    classes, names = _text_column(roads, "road_class"), _text_column(roads, "name")
    classes[classes == ""] = UNCLASSIFIED
    layer = np.zeros(len(roads))
    if "layer" in roads:
        layer = pd.to_numeric(roads["layer"], errors="coerce").fillna(0).to_numpy(float)
    shapely.prepare(limits)
    lines, row = shapely.get_parts(shapes, return_index=True)
    usable = (shapely.get_dimensions(lines) == 1) & shapely.intersects(limits, lines)
    lines, row = lines[usable], row[usable]
    ground = _at_ground(lines, layer[row])
    lines, row = lines[ground], row[ground]
    pairs = sorted(
        set(zip(classes[row], names[row], strict=True)),
        key=lambda pair: (rank(pair[0]), pair[0], pair[1] == "", pair[1]),
    )
    number = {pair: place for place, pair in enumerate(pairs)}
    way = np.array([number[pair] for pair in zip(classes[row], names[row], strict=True)], np.int64)
    ways = pd.DataFrame([*pairs, (NO_ROAD, "")], columns=["road_class", "name"])
    return lines, way, ways, problems


def _road_problems(roads: gpd.GeoDataFrame) -> list[Problem]:
    shapes = np.asarray(roads.geometry.values, object)
    no_line = (shapely.get_dimensions(shapes) != 1) | ~(shapely.length(shapes) > 0)
    problems = [
        Problem("roads", int(row) + 2, "geometry", _kind(shapes[row]), "line", "left out")
        for row in np.flatnonzero(no_line)
    ]
    unclassed = int((_text_column(roads, "road_class") == "").sum())
    if unclassed:
        problems.append(
            Problem(
                "roads", None, "road_class", f"{unclassed} empty", "highway value", UNCLASSIFIED
            )
        )
    return problems


def _at_ground(lines: NDArray[np.object_], layer: Floats) -> NDArray[np.bool_]:
    """Say which lines bound blocks on the ground (see the head of this file)."""
    above = np.flatnonzero(layer > 0)
    ground: NDArray[np.bool_] = layer >= 0
    bridge, crossed = shapely.STRtree(lines).query(lines[above], predicate="crosses")
    ground[above[bridge[layer[above[bridge]] != layer[crossed]]]] = False
    return ground


def _faces(segments: noding.Segments, limits: BaseGeometry) -> NDArray[np.object_]:
    """Make the polygons between segments that lie inside the limits."""
    lines = shapely.linestrings(segments.ends.reshape(-1, 2, 2) / noding.UNITS_PER_METRE)
    faces = shapely.get_parts(shapely.polygonize(lines))
    shapely.prepare(limits)
    inside: NDArray[np.object_] = faces[shapely.contains(limits, shapely.point_on_surface(faces))]
    return inside


def _loose(faces: NDArray[np.object_], segments: noding.Segments) -> NDArray[np.object_]:
    """Find the segments that are on the side of no face."""
    rings = shapely.get_rings(faces)
    sides = noding.cut_into_segments(rings, np.zeros(len(rings), np.int64))
    bounding = noding.is_among(segments.ends, sides.ends)
    lines: NDArray[np.object_] = shapely.linestrings(
        segments.ends[~bounding].reshape(-1, 2, 2) / noding.UNITS_PER_METRE
    )
    return lines


def _borders_between(faces: NDArray[np.object_], segments: noding.Segments) -> Borders:
    """Join the sides of faces to each other and to segments, by exact coordinates."""
    rings, face_of_ring = shapely.get_rings(faces, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    points = np.rint(xy * noding.UNITS_PER_METRE).astype(np.int64)
    same = ring[1:] == ring[:-1]
    one, two = points[:-1][same], points[1:][same]
    face = face_of_ring[ring[1:][same]]
    a, b = noding.point_code(one), noding.point_code(two)
    low, high = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((face, high, low))
    low, high, face = low[order], high[order], face[order]
    shared = np.flatnonzero((low[1:] == low[:-1]) & (high[1:] == high[:-1]))
    sides = pd.DataFrame({"low": low[shared], "high": high[shared]})
    sides["left"], sides["right"] = face[shared], face[shared + 1]
    known = pd.DataFrame(
        {
            "low": noding.point_code(segments.ends[:, :2]),
            "high": noding.point_code(segments.ends[:, 2:]),
            "place": np.arange(len(segments.way)),
        }
    )
    place = sides.merge(known, on=["low", "high"], how="left")["place"].to_numpy(np.int64)
    ends = segments.ends[place]
    metres = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]) / noding.UNITS_PER_METRE
    return Borders(
        face[shared].astype(np.int64),
        face[shared + 1].astype(np.int64),
        segments.way[place],
        ends,
        metres,
    )


def _absorb(faces: NDArray[np.object_], borders: Borders, rules: BlockRules) -> tuple[Ints, int]:
    """Give each face the number of the block it is part of, and count the slivers."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    label = np.arange(len(faces))
    area, perimeter = shapely.area(faces), shapely.length(faces)
    slivers = 0
    while True:
        blocks = len(area)
        thin = (area < rules.sliver_area_m2) | (2 * area < rules.sliver_width_m * perimeter)
        pairs = _shared_metres(label, borders)
        both = pd.concat(
            [pairs, pairs.rename(columns={"left": "right", "right": "left"})], ignore_index=True
        )
        both = both[thin[both["left"]]]
        if both.empty:
            return label, slivers
        # The longest border wins; of equally long ones the neighbour that comes first.
        both = both.sort_values(["left", "metres", "right"], ascending=[True, False, True])
        chosen = both.drop_duplicates("left")
        slivers += len(chosen)
        link = coo_array(
            (np.ones(len(chosen)), (chosen["left"], chosen["right"])), shape=(blocks, blocks)
        )
        number, merged = connected_components(link, directed=False)
        area = np.bincount(merged, area, number)
        perimeter = np.bincount(merged, perimeter, number)
        label = merged[label].astype(np.int64)
        swallowed = pairs[merged[pairs["left"]] == merged[pairs["right"]]]
        perimeter -= 2 * np.bincount(merged[swallowed["left"]], swallowed["metres"], number)


def _shared_metres(label: Ints, borders: Borders) -> pd.DataFrame:
    """Give the metres that each pair of different blocks shares: ``left, right, metres``."""
    left, right = label[borders.left], label[borders.right]
    pairs = pd.DataFrame(
        {
            "left": np.minimum(left, right),
            "right": np.maximum(left, right),
            "metres": borders.metres,
        }
    )
    pairs = pairs[pairs["left"] != pairs["right"]]
    return pairs.groupby(["left", "right"], as_index=False)["metres"].sum()


def _merged(
    faces: NDArray[np.object_], borders: Borders, label: Ints
) -> tuple[NDArray[np.object_], Borders]:
    """Dissolve faces into blocks, number these by place, and keep only the borders between them."""
    blocks = dissolve(faces, label)
    bounds = shapely.bounds(blocks)
    order = np.lexsort((shapely.area(blocks), bounds[:, 3], bounds[:, 1], bounds[:, 0]))
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    one, two = number[label[borders.left]], number[label[borders.right]]
    left, right = np.minimum(one, two), np.maximum(one, two)
    keep = left != right
    place = np.lexsort((*borders.ends[keep].T[::-1], right[keep], left[keep]))
    kept = Borders(left, right, borders.way, borders.ends, borders.metres)
    return blocks[order], Borders(*(column[keep][place] for column in kept))


def dissolve(shapes: NDArray[np.object_], label: Ints) -> NDArray[np.object_]:
    """Unite polygons that share exact vertices.

    Parameters
    ----------
    shapes : array of shapely Polygon, shape (n,)
        Without overlaps, every vertex on a common border in both.
    label : array of int, shape (n,)
        0 … k − 1: which of them go together.

    Returns
    -------
    array of shapely Polygon or MultiPolygon, shape (k,)
        With the same vertices.
    """
    order = np.argsort(label, kind="stable")
    groups = np.split(shapes[order], np.flatnonzero(np.diff(label[order])) + 1)
    return np.array([group[0] if len(group) == 1 else _united(group) for group in groups], object)


def _united(group: NDArray[np.object_]) -> BaseGeometry:
    parts = shapely.get_parts(shapely.coverage_union_all(group))
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
