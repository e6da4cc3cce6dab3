"""How many people live in the ring around a masked point: among so few, a place is no secret."""

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
        With ``population``; EPSG:4326. Areas stand for a point of theirs; where they are greater
        than a ring, only so many of their people as may live in it are counted, spread evenly.
    zones : Assigner, optional
        Where it is given, people count only for points of their own sector.
    """

    def __init__(self, people: gpd.GeoDataFrame, zones: Assigner | None) -> None:
        lon, lat = middles(people)
        number = whole(people["population"])
        home = np.zeros(len(lon), np.int64) if zones is None else zones.assign(lon, lat)
        area_m2 = crs.area_km2(people) * 1e6 if len(people) else np.empty(0)
        there = np.flatnonzero(np.isfinite(lon) & (number > 0) & np.isfinite(number))
        order = there[np.argsort(lat[there], kind="stable")]
        self.lon, self.lat, self.number = lon[order], lat[order], number[order]
        self.home, self.area_m2 = np.asarray(home)[order], np.asarray(area_m2)[order]

    def around(
        self, lon: Floats, lat: Floats, radius_m: Floats, home: Ints, *, nearest: float
    ) -> Floats:
        """Count the people in the ring around each point, in the sector ``home``.

        The ring reaches from the share ``nearest`` of the radius to the radius. Who lives nearer
        hides nobody: a reader knows that the place is not there.
        """
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
            near = near[(way >= nearest * radius) & (way <= radius)]
            ring_m2 = np.pi * radius**2 * (1 - nearest**2)
            share = ring_m2 / np.maximum(self.area_m2[near], ring_m2)
            counted[x, y, radius, own] = float((self.number[near] * share).sum())
        return np.array([counted[row] for row in rows], float)
