"""Streets → blocks: the pieces of ground between streets, of which sectors are made.

Streets and the boundary are noded (see `noding`), the faces between them are the blocks, and every
metre between two blocks knows by exact coordinates which road it follows. Choices made here:

- Ground outside the boundary, its holes included, is in no block. Ground inside is in exactly one.
  Cracks in the boundary narrower than 0.1 m, as between districts drawn one by one, are filled.
- Where several roads share their ground, the most important class names the border.
- A street that ends inside a block bounds nothing, even a main one: it is not extended, except
  over the last 0.1 m to a street it was meant to reach.
- Roads above and below the ground: see `geosector.partition.ways`.
- Slivers (medians of dual carriageways, islands of roundabouts, ground inside junctions, gaps
  between a road and a boundary drawn beside it) go to a neighbour: see
  `geosector.partition.slivers`.
- What is left out is a problem in the list. Roads wholly outside the boundary are none.
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
from geosector.partition.classes import is_road
from geosector.partition.faces import OUTSIDE, inside, polygonize
from geosector.partition.rows import kind_of, row_number
from geosector.partition.slivers import BlockRules, Mesh, absorb, cut_strips, find_slivers
from geosector.partition.ways import FARTHEST_M, Ways, read_ways
from geosector.tables import Problem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_GRID_M = 1 / noding.UNITS_PER_METRE


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
    cuts: NDArray[np.object_] | None = None,
) -> Fabric:
    """Cut the ground inside a boundary into blocks along streets.

    Parameters
    ----------
    boundary : geopandas.GeoDataFrame
        Polygons, any number; they are dissolved. With a coordinate system.
    roads : geopandas.GeoDataFrame
        Lines with ``road_class``, ``name``, ``layer``, ``bridge`` and ``oneway``, each of which
        may be missing.
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
    limits, problems = _dissolved(crs.to_metres(crs.densify(boundary), metric))
    ways = read_ways(crs.to_metres(crs.densify(roads), metric), limits)
    segments = _noded(ways, limits, cuts)
    faces = inside(polygonize(segments), limits)
    rules = BlockRules()
    mesh = cut_strips(find_slivers(faces, segments, ways.table, rules))
    blocks, borders = _merged(mesh.faces, _borders(mesh), absorb(mesh, rules))
    return Fabric(
        crs=metric,
        blocks=blocks,
        borders=borders,
        ways=ways.table,
        parts=shapely.get_parts(limits),
        facts={"slivers_absorbed": len(faces) - len(blocks)},
        problems=(*problems, *ways.problems),
        loose=np.zeros(0, object) if cuts is None else _loose(mesh, ways.table),
    )


def _noded(ways: Ways, limits: BaseGeometry, cuts: NDArray[np.object_] | None) -> noding.Segments:
    """Cut the roads and the outline into segments that meet only at their ends."""
    rings = shapely.get_rings(shapely.get_parts(limits))
    roadless = rings if cuts is None else np.concatenate([rings, cuts])
    none = np.zeros(len(roadless), np.int64)
    return noding.node(
        noding.cut_into_segments(
            np.concatenate([ways.lines, roadless]),
            np.concatenate([ways.way, none + len(ways.table) - 1]),
            np.concatenate([ways.heading, none]),
        )
    )


def _dissolved(boundary: gpd.GeoDataFrame) -> tuple[BaseGeometry, list[Problem]]:
    """Make one area of many, on whole millimetres."""
    shapes = np.asarray(boundary.geometry.values, object)
    reach = np.abs(shapely.bounds(shapes)).max(axis=1, initial=0)
    # A comparison with what is no number is false.
    sound = (shapely.area(shapes) > 0) & (reach <= FARTHEST_M)
    problems = [
        Problem("boundary", row_number(boundary, row), "geometry", kind_of(shapes[row]),
                text("a polygon"), text("left out"))
        for row in np.flatnonzero(~sound).tolist()
    ]  # fmt: skip
    # In the order of their bytes, so that the order of the rows does not matter.
    whole = sorted(shapely.to_wkb(shapely.normalize(_whole(shape))) for shape in shapes[sound])
    area = _without_cracks(shapely.union_all(shapely.from_wkb(whole), grid_size=_GRID_M))
    if area.area == 0:
        raise InputError(text("The boundary holds no area. Give at least one polygon."))
    return area, problems


def _whole(shape: BaseGeometry) -> BaseGeometry:
    """Repair a polygon and keep only what has an area."""
    repaired = shapely.make_valid(shapely.force_2d(shape), method="structure")
    parts = shapely.get_parts(shapely.get_parts(repaired))
    polygons = parts[shapely.get_dimensions(parts) == 2]  # noqa: PLR2004 - an area
    return shapely.set_precision(shapely.union_all(polygons), _GRID_M)


def _without_cracks(area: BaseGeometry) -> BaseGeometry:
    """Fill gaps narrower than the snapping distance, as left between districts drawn one by one."""
    if shapely.get_num_geometries(area) == 1 == len(shapely.get_rings(area)):
        return area
    grown = shapely.buffer(area, noding.SNAP_M / 2, join_style="mitre")
    closed = shapely.buffer(grown, -noding.SNAP_M / 2, join_style="mitre")
    cracks = shapely.get_parts(shapely.difference(closed, area, grid_size=_GRID_M))
    return shapely.union_all([area, *cracks], grid_size=_GRID_M)


def _loose(mesh: Mesh, ways: pd.DataFrame) -> NDArray[np.object_]:
    """Find the pieces of street that are on the side of no face."""
    loose = ways["road_class"].map(is_road).to_numpy(bool)[mesh.segments.way]
    loose[mesh.sides.segment] = False
    lines: NDArray[np.object_] = shapely.linestrings(
        mesh.segments.ends[loose].reshape(-1, 2, 2) / noding.UNITS_PER_METRE
    )
    return lines


def _borders(mesh: Mesh) -> Borders:
    """Take the segments that lie between two faces."""
    sides = mesh.sides
    once = np.flatnonzero(sides.left & (sides.other != OUTSIDE))
    segment = sides.segment[once]
    return Borders(
        sides.face[once],
        sides.other[once],
        mesh.segments.way[segment],
        mesh.segments.ends[segment],
        sides.metres[once],
    )


def _merged(
    faces: NDArray[np.object_], borders: Borders, label: Ints
) -> tuple[NDArray[np.object_], Borders]:
    """Dissolve faces into blocks, number these by place, and keep only the borders between them."""
    blocks = dissolve(faces, label)
    order = order_of_places(blocks)
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    one, two = number[label[borders.left]], number[label[borders.right]]
    left, right = np.minimum(one, two), np.maximum(one, two)
    keep = left != right
    place = np.lexsort((*borders.ends[keep].T[::-1], right[keep], left[keep]))
    kept = Borders(left, right, borders.way, borders.ends, borders.metres)
    return blocks[order], Borders(*(column[keep][place] for column in kept))


def order_of_places(blocks: NDArray[np.object_]) -> Ints:
    """Give the order of blocks from west to east and south to north."""
    bounds = shapely.bounds(blocks)
    order: Ints = np.lexsort((shapely.area(blocks), bounds[:, 3], bounds[:, 1], bounds[:, 0]))
    return order


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
