"""How many people live around a masked point: among so few, a place is no secret."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geosector import crs
from geosector.assign import Assigner
from geosector.release.places import middles
from geosector.release.words import whole

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

METRES_OF_DEGREE = 110_500.0  # of latitude, where it is shortest


class Crowd:
    """People by place and sector.

    Parameters
    ----------
    people : geopandas.GeoDataFrame
        With ``population``; EPSG:4326. Areas stand for a point of theirs.
    zones : Assigner, optional
        Where it is given, people count only for points of their own sector.
    """

    def __init__(self, people: gpd.GeoDataFrame, zones: Assigner | None) -> None:
        lon, lat = middles(people)
        number = whole(people["population"])
        home = np.zeros(len(lon), np.int64) if zones is None else zones.assign(lon, lat)
        there = np.flatnonzero(np.isfinite(lon) & (number > 0))
        order = there[np.argsort(lat[there], kind="stable")]
        self.lon, self.lat, self.number = lon[order], lat[order], number[order]
        self.home = np.asarray(home)[order]

    def around(self, lon: Floats, lat: Floats, radius_m: Floats, home: Ints) -> Floats:
        """Count the people within a radius of each point, in the sector ``home``."""
        counted = {}
        rows = list(zip(lon.tolist(), lat.tolist(), radius_m.tolist(), home.tolist(), strict=True))
        for x, y, radius, own in set(rows):
            reach = radius / METRES_OF_DEGREE
            first, last = np.searchsorted(self.lat, (y - reach, y + reach))
            near = np.arange(first, last)[self.home[first:last] == own]
            count = len(near)
            way = crs.distances_m(
                np.full(count, x), np.full(count, y), self.lon[near], self.lat[near]
            )
            counted[x, y, radius, own] = float(self.number[near][way <= radius].sum())
        return np.array([counted[row] for row in rows], float)
