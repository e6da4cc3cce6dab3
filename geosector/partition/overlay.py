"""Two sets of areas laid over each other, so that nobody is lost between them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.partition.noding import UNITS_PER_METRE

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]

# Pieces below this share of an area are the rounding of its corners, no ground.
ROUNDING_SHARE = 1e-7


def on_millimetres(table: gpd.GeoDataFrame, metric: pyproj.CRS) -> Shapes:
    """Give the shapes of a table in metres, every corner on a whole millimetre.

    A layout's corners were on whole millimetres before they became degrees: they come back to
    exactly where they were.

    Parameters
    ----------
    table : geopandas.GeoDataFrame
        With a coordinate system.
    metric : pyproj.CRS
        The metric system.

    Returns
    -------
    array of shapely geometry, shape (len(table),)
    """
    shapes = np.asarray(crs.to_metres(table, metric).geometry.values, object)
    rounded: Shapes = shapely.transform(
        shapely.force_2d(shapes), lambda xy: np.rint(xy * UNITS_PER_METRE) / UNITS_PER_METRE
    )
    return rounded


def overlay(new: Shapes, old: Shapes) -> pd.DataFrame:
    """Measure the ground that each new area shares with each old one.

    Parameters
    ----------
    new, old : array of shapely Polygon or MultiPolygon, metres
        Areas of one set should not overlap.

    Returns
    -------
    pandas.DataFrame
        ``new, old`` (places in the arrays), ``area`` (m²), in that order of both.

    Examples
    --------
    >>> from shapely import box
    >>> new, old = np.array([box(0, 0, 2, 1)]), np.array([box(0, 0, 1, 1), box(1, 0, 2, 3)])
    >>> overlay(new, old).values.tolist()
    [[0.0, 0.0, 1.0], [0.0, 1.0, 1.0]]
    >>> overlay(new, old[:0]).empty
    True
    """
    place = {code: spot for spot, code in enumerate(_codes(old))}
    twin = np.array([place.get(code, -1) for code in _codes(new)], np.int64)
    same, rest = np.flatnonzero(twin >= 0), np.flatnonzero(twin < 0)
    found, other = shapely.STRtree(old).query(new[rest], predicate="intersects")
    found = rest[found]
    shared = shapely.area(shapely.intersection(new[found], old[other]))
    real = shared > ROUNDING_SHARE * np.minimum(shapely.area(new[found]), shapely.area(old[other]))
    pieces = pd.DataFrame(
        {
            "new": np.concatenate([same, found[real]]).astype(np.int64),
            "old": np.concatenate([twin[same], other[real]]).astype(np.int64),
            "area": np.concatenate([shapely.area(new[same]), shared[real]]),
        }
    )
    return pieces.sort_values(["new", "old"], ignore_index=True)


def _codes(shapes: Shapes) -> list[bytes]:
    return list(shapely.to_wkb(shapely.normalize(shapes)))


def whole_shares(group: Ints, weight: Floats, total: Ints) -> Ints:
    """Share out each group's people by weight, in whole people, so that none is lost.

    The largest remainders are rounded up; of equal ones the first.

    Parameters
    ----------
    group : array of int, shape (n,)
        Which group each share is of.
    weight : array of float, shape (n,)
        At least 0, and above 0 somewhere in each group.
    total : array of int, shape (groups,)
        People of each group.

    Returns
    -------
    array of int, shape (n,)

    Examples
    --------
    Ten people on pieces of 1, 1 and 1 m², and five on one piece:

    >>> whole_shares(np.array([0, 0, 0, 1]), np.ones(4), np.array([10, 5])).tolist()
    [4, 3, 3, 5]
    >>> whole_shares(np.array([], int), np.array([]), np.array([], int)).tolist()
    []
    """
    whole_weight = np.bincount(group, weight, len(total))
    exact = total[group] * weight / whole_weight[group]
    whole = np.floor(exact).astype(np.int64)
    missing = total - np.bincount(group, whole, len(total)).astype(np.int64)
    order = np.lexsort((whole - exact, group))
    sizes = np.bincount(group, minlength=len(total))
    first = np.cumsum(sizes) - sizes
    rank = np.arange(len(group)) - first[group[order]]
    whole[order] += rank < missing[group[order]]
    return whole
