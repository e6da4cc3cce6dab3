"""Geometries of people and buildings, made safe: an area, points, or nothing to go by.

Tables from many hands hold bow-ties, collapsed polygons, collections of everything and coordinates
that no map can show. What is said here about a row decides only where its people are counted,
never whether they are counted.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Shapes = NDArray[np.object_]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_COLLECTION = 7  # shapely's number for GeometryCollection
_SURFACE = 2
# Intersections are made in portions, so that their number does not decide how much memory is used.
_PORTION = 100_000
_POINTS_PER_ZONE = 20


class Places(NamedTuple):
    """Where each row of a table is.

    ``shapes``: valid polygons where ``area``, points where ``point``, anything elsewhere.
    ``flat``: a polygon without area, kept as a point at its middle.
    """

    shapes: Shapes
    area: Flags
    point: Flags
    flat: Flags


def places_of(shapes: Shapes) -> Places:
    """Say of each geometry whether it is an area, a point, or neither, and mend it.

    Parameters
    ----------
    shapes : array of shapely geometry or None, shape (n,)
        In metres; rounded to millimetres. Of a collection only the areas count, or its points
        where it has no area.

    Returns
    -------
    Places

    Examples
    --------
    >>> bow_tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> flat = shapely.Polygon([(0, 0), (4, 0), (0, 0)])
    >>> line = shapely.LineString([(0, 0), (1, 1)])
    >>> places = places_of(np.array([bow_tie, flat, line, shapely.Point(1, 1), None], object))
    >>> shapely.area(places.shapes[places.area]).tolist()
    [2.0]
    >>> places.point.tolist(), places.flat.tolist()
    ([False, True, False, True, False], [False, True, False, False, False])
    """
    # Blocks lie on whole millimetres too: no difference is left that only arithmetic makes.
    shapes = shapely.transform(
        shapely.force_2d(np.array(shapes, object)), lambda xy: np.round(xy, 3) + 0.0
    )
    shapes[~np.isfinite(shapely.bounds(shapes)).all(axis=1)] = None
    for row in np.flatnonzero(shapely.get_type_id(shapes) == _COLLECTION):
        shapes[row] = _of_one_kind(shapes[row])
    drawn = shapely.get_dimensions(shapes) == _SURFACE
    mended = shapes[drawn]
    broken = ~shapely.is_valid(mended)
    mended[broken] = shapely.make_valid(mended[broken], method="structure", keep_collapsed=False)
    solid = shapely.area(mended) > 0
    middles = shapely.centroid(shapes[drawn])
    shapes[drawn] = np.where(solid, mended, middles)
    area, flat = drawn.copy(), np.zeros(len(shapes), bool)
    area[drawn] = solid
    flat[drawn] = ~solid
    return Places(shapes, area, shapely.get_dimensions(shapes) == 0, flat)


def _of_one_kind(collection: BaseGeometry) -> BaseGeometry | None:
    """Keep the areas of a collection, or its points where it has no area."""
    pieces = np.array([collection], object)
    while (shapely.get_type_id(pieces) >= shapely.GeometryType.MULTIPOINT).any():
        pieces = shapely.get_parts(pieces)
    pieces = pieces[~shapely.is_empty(pieces)]
    dimension = shapely.get_dimensions(pieces)
    surfaces = shapely.make_valid(pieces[dimension == _SURFACE], method="structure")
    if shapely.area(surfaces).sum() > 0:
        return shapely.union_all(surfaces)
    points = pieces[dimension == 0]
    return shapely.multipoints(points) if len(points) else None


def shared_ground(one: Shapes, two: Shapes) -> tuple[Ints, Ints, Floats]:
    """Measure the ground that polygons of one kind share with those of another.

    Parameters
    ----------
    one, two : array of shapely Polygon or MultiPolygon, shape (n,) and (m,)
        Valid.

    Returns
    -------
    tuple = (place in one, place in two, area), shape (k,) each
        Every pair that shares some, in order.

    Examples
    --------
    >>> squares = np.array([shapely.box(0, 0, 2, 2), shapely.box(5, 5, 6, 6)])
    >>> others = np.array([shapely.box(1, 1, 3, 3), shapely.box(0, 0, 9, 9)])
    >>> [column.tolist() for column in shared_ground(squares, others)]
    [[0, 0, 1], [0, 1, 1], [1.0, 4.0, 1.0]]
    >>> [column.tolist() for column in shared_ground(squares, others[:0])]
    [[], [], []]
    """
    # The few are prepared, each once, for comparing with the many.
    if len(one) > len(two):
        second, first, area = shared_ground(two, one)
        order = np.lexsort((second, first))
        return first[order], second[order], area[order]
    tree = shapely.STRtree(two)
    first, second = tree.query(one, predicate="intersects")
    # Most pairs lie one inside the other, which is told for far less than an intersection costs.
    holder, held = tree.query(one, predicate="covers")
    holds = np.isin(first * len(two) + second, holder * len(two) + held)
    rest = np.flatnonzero(~holds)
    lies = rest[_frame_holds(two[second[rest]], one[first[rest]])]
    lies = lies[shapely.covers(two[second[lies]], one[first[lies]])]
    area = shapely.area(two)[second]
    area[lies] = shapely.area(one)[first[lies]]
    part = np.setdiff1d(rest, lies, assume_unique=True)
    area[part] = _areas_of_intersections(one[first[part]], two[second[part]])
    shared = np.flatnonzero(area > 0)
    order = shared[np.lexsort((second[shared], first[shared]))]
    return first[order], second[order], area[order]


def _frame_holds(outer: Shapes, inner: Shapes) -> Flags:
    a, b = shapely.bounds(outer), shapely.bounds(inner)
    holds: Flags = ((a[:, :2] <= b[:, :2]) & (a[:, 2:] >= b[:, 2:])).all(axis=1)
    return holds


def _areas_of_intersections(one: Shapes, two: Shapes) -> Floats:
    area = np.empty(len(one))
    for start in range(0, len(one), _PORTION):
        portion = slice(start, start + _PORTION)
        area[portion] = shapely.area(shapely.intersection(one[portion], two[portion]))
    return area


def first_of(polygons: Shapes, points: Shapes) -> Ints:
    """Find the polygon that each point lies in: the first of two on their border, -1 for none.

    Parameters
    ----------
    polygons : array of shapely Polygon or MultiPolygon, shape (m,)
    points : array of shapely Point, shape (n,)

    Returns
    -------
    array of int, shape (n,)

    Examples
    --------
    >>> squares = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> first_of(squares, shapely.points([[0.5, 0.5], [1, 0.5], [9, 9]])).tolist()
    [0, 0, -1]
    """
    found = np.full(len(points), -1, np.int64)
    polygon, point = pairs_within(points, polygons)
    found[point[::-1]] = polygon[::-1]  # in order, so that the first is written last
    return found


def pairs_within(points: Shapes, zones: Shapes) -> tuple[Ints, Ints]:
    """Pair every point with every polygon that it lies in, or on the border of.

    Parameters
    ----------
    points : array of shapely Point, shape (n,)
    zones : array of shapely Polygon or MultiPolygon, shape (m,)

    Returns
    -------
    tuple = (zone, point), shape (k,) each
        In order.

    Examples
    --------
    >>> zones = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> [each.tolist() for each in pairs_within(shapely.points([[1.5, 0.5], [1, 0.5]]), zones)]
    [[0, 1, 1], [1, 0, 1]]
    """
    # Preparing a zone pays where it answers for many points; else the points ask.
    if _POINTS_PER_ZONE * len(zones) <= len(points):
        zone, point = shapely.STRtree(points).query(zones, predicate="intersects")
    else:
        point, zone = shapely.STRtree(zones).query(points, predicate="intersects")
    order = np.lexsort((point, zone))
    return zone[order], point[order]
