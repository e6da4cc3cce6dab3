"""Where a row is: a point of its geometry, and the sector that holds it."""

from __future__ import annotations

from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector.assign import OUTSIDE, Assigner

Frame: TypeAlias = "pd.DataFrame | gpd.GeoDataFrame"
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def middles(rows: gpd.GeoDataFrame) -> tuple[Floats, Floats]:
    """Give a point of each geometry: longitude and latitude, NaN where there is none on earth."""
    shapes = np.asarray(rows.geometry.array)
    # A point of what reaches to infinity would be (0, 0).
    ends = np.abs(shapely.bounds(shapes)).reshape(-1, 4)
    there = np.flatnonzero((ends <= (180, 90, 180, 90)).all(axis=1))  # of nothing they are NaN
    lon, lat = np.full((2, len(shapes)), np.nan)
    places = shapely.point_on_surface(shapes[there])
    lon[there], lat[there] = shapely.get_x(places), shapely.get_y(places)
    return lon, lat


def owners(rows: Frame, sectors: gpd.GeoDataFrame) -> tuple[Assigner, Ints]:
    """Give the position of each row's sector; -1 outside all of them and without a place."""
    zones = Assigner(sectors)
    if not isinstance(rows, gpd.GeoDataFrame):
        return zones, np.full(len(rows), OUTSIDE)
    return zones, zones.assign(*middles(rows)).astype(np.int64)


def keys_at(zones: Assigner, position: Ints) -> Any:  # noqa: ANN401 - a pandas array
    """Give the sector at each position; missing outside all of them."""
    keys = pd.array(zones.keys[position], "Int64" if zones.keys.dtype.kind == "i" else "string")
    keys[position == OUTSIDE] = pd.NA
    return keys
