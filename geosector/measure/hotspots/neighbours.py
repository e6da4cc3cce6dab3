"""Which areas are neighbours: those that touch, those within a distance, or the nearest few."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geosector import crs
from geosector.errors import InputError
from geosector.language import number, text
from geosector.tables import require_table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]

TOUCH_M = 0.5  # borders drawn twice lie this near to each other
_TIE_M = 1e-3  # distances are compared in millimetres
MOST_PAIRS = 20_000_000


class Neighbours(NamedTuple):
    """Pairs of areas by position, sorted: ``other`` is a neighbour of ``one``; no area is its own.

    ``areas``: how many there are. ``alone``: shape (areas,), those without any neighbour.
    """

    areas: int
    one: Ints
    other: Ints
    alone: NDArray[np.bool_]


def touching(areas: gpd.GeoDataFrame) -> Neighbours:
    """Take areas that touch, in a border or in a corner (queen contiguity).

    Parameters
    ----------
    areas : geopandas.GeoDataFrame
        Polygons, in any coordinate system; a row without ground has no neighbours.

    Returns
    -------
    Neighbours
        Borders that were drawn twice and miss each other by less than 0.5 m touch.

    Raises
    ------
    InputError
        Where there are points or lines: they touch nothing.
    MissingCRSError
        Where there is no coordinate system.

    Examples
    --------
    Two squares side by side, one at a corner of the second, one alone:

    >>> corners = [(0, 0), (100, 0), (200, 100), (900, 0)]
    >>> squares = [shapely.box(5e5 + x, 4e6 + y, 5e5 + x + 100, 4e6 + y + 100) for x, y in corners]
    >>> near = touching(gpd.GeoDataFrame(geometry=squares, crs=32637))
    >>> list(zip(near.one.tolist(), near.other.tolist())), near.alone.tolist()
    ([(0, 1), (1, 0), (1, 2), (2, 1)], [False, False, False, True])
    >>> touching(gpd.GeoDataFrame(geometry=[], crs=32637)).areas
    0
    >>> touching(gpd.GeoDataFrame(geometry=[shapely.Point(5e5, 4e6)], crs=32637))
    Traceback (most recent call last):
    geosector.errors.InputError: Neighbours that touch need polygons, and there is a Point. Give
    polygons, or take neighbours within a distance.
    """
    placed = _in_metres(areas)
    shapes = placed.geometry.to_numpy()
    there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    flat = shapely.get_dimensions(shapes[there]) < 2  # noqa: PLR2004 - no polygon
    if flat.any():
        raise InputError(
            text(
                "Neighbours that touch need polygons, and there is a {given}. Give polygons, or "
                "take neighbours within a distance.",
                given=shapes[there][flat][0].geom_type,
            )
        )
    one, other = shapely.STRtree(shapes[there]).query(
        shapes[there], predicate="dwithin", distance=TOUCH_M
    )
    return _neighbours(len(areas), there[one], there[other])


def within_metres(areas: gpd.GeoDataFrame, distance_m: float) -> Neighbours:
    """Take areas whose middles are at most so far from each other.

    Parameters
    ----------
    areas : geopandas.GeoDataFrame
        Points or polygons (their centroids count), in any coordinate system.
    distance_m : float
        Above 0.

    Returns
    -------
    Neighbours

    Raises
    ------
    InputError
        Where the distance is no number above 0, or makes more than 20 million pairs.
    MissingCRSError
        Where there is no coordinate system.

    Examples
    --------
    >>> places = gpd.points_from_xy([5e5, 500300, 500900], [4e6] * 3)
    >>> near = within_metres(gpd.GeoDataFrame(geometry=places, crs=32637), 500)
    >>> near.one.tolist(), near.other.tolist(), near.alone.tolist()
    ([0, 1], [1, 0], [False, False, True])
    >>> within_metres(gpd.GeoDataFrame(geometry=places, crs=32637), -1)
    Traceback (most recent call last):
    geosector.errors.InputError: The distance is -1 m; give a number above 0.
    """
    known = isinstance(distance_m, int | float | np.number)
    if not (known and 0 < distance_m < np.inf):
        raise InputError(
            text("The distance is {given} m; give a number above 0.", given=distance_m)
        )
    there, xy = _middles(areas)
    if not len(there):
        return _neighbours(len(areas), there, there)
    tree = cKDTree(xy)
    pairs = int(tree.count_neighbors(tree, distance_m + _TIE_M))
    if pairs > MOST_PAIRS:
        raise InputError(
            text(
                "A distance of {given} m makes {n} pairs of neighbours; give a shorter one.",
                given=number(float(distance_m)),
                n=number(pairs),
            )
        )
    found = tree.query_pairs(distance_m + _TIE_M, output_type="ndarray").astype(np.int64)
    one, other = np.vstack([found, found[:, ::-1]]).T
    return _neighbours(len(areas), there[one], there[other])


def nearest_few(areas: gpd.GeoDataFrame, count: int) -> Neighbours:
    """Take of each area the nearest few others, by their middles; all that are equally near.

    Parameters
    ----------
    areas : geopandas.GeoDataFrame
        Points or polygons (their centroids count), in any coordinate system.
    count : int
        1 or more.

    Returns
    -------
    Neighbours
        Distances that differ by less than a millimetre are equal, so that the order of the rows
        decides nothing.

    Raises
    ------
    InputError
        Where the number is no whole number from 1.
    MissingCRSError
        Where there is no coordinate system.

    Examples
    --------
    >>> places = gpd.points_from_xy([5e5, 500300, 500900], [4e6] * 3)
    >>> near = nearest_few(gpd.GeoDataFrame(geometry=places, crs=32637), 1)
    >>> near.one.tolist(), near.other.tolist()
    ([0, 1, 2], [1, 0, 1])
    >>> nearest_few(gpd.GeoDataFrame(geometry=places, crs=32637), 0)
    Traceback (most recent call last):
    geosector.errors.InputError: The number of neighbours is 0; give a whole number from 1.
    """
    known = isinstance(count, int | np.integer)
    if not (known and count >= 1):
        raise InputError(
            text("The number of neighbours is {given}; give a whole number from 1.", given=count)
        )
    there, xy = _middles(areas)
    others = min(int(count), len(there) - 1)
    if others < 1:
        return _neighbours(len(areas), there[:0], there[:0])
    tree = cKDTree(xy)
    far = tree.query(xy, others + 1)[0][:, -1] + _TIE_M  # the first is the area itself
    found = tree.query_ball_point(xy, far)
    one = np.repeat(np.arange(len(there)), [len(row) for row in found])
    other = np.concatenate([np.asarray(row, np.int64) for row in found])
    return _neighbours(len(areas), there[one], there[other])


def _in_metres(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    placed = crs.require_crs(require_table(areas, "areas"), "areas")
    there = ~(placed.geometry.isna() | placed.geometry.is_empty)
    return crs.to_metres(placed) if there.any() else placed


def _middles(areas: gpd.GeoDataFrame) -> tuple[Ints, Floats]:
    shapes = _in_metres(areas).geometry.to_numpy()
    there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    middles = shapely.centroid(shapes[there])
    xy = np.column_stack([shapely.get_x(middles), shapely.get_y(middles)])
    known = np.isfinite(xy).all(axis=1)
    return there[known], xy[known]


def _neighbours(count: int, one: Ints, other: Ints) -> Neighbours:
    apart = one != other
    one, other = one[apart].astype(np.int64), other[apart].astype(np.int64)
    order = np.lexsort((other, one))
    one, other = one[order], other[order]
    return Neighbours(count, one, other, np.bincount(one, minlength=count) == 0)
