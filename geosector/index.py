"""A spatial index of points that come and go: insert, delete, nearest.

For points that stay as they are, use `scipy.spatial.cKDTree` or `shapely.STRtree`: they are faster
to fill. This one is for registers that change while they are asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rtree.index import Index

from geosector.crs import WGS84, metric_crs, point_converter
from geosector.errors import InputError
from geosector.language import text

# The tree compares rounded distances; a millionth more of reach lets no equal neighbour escape.
_REACH = 1 + 1e-6


class _Place(NamedTuple):
    key: int
    x: float  # metres
    y: float


class LiveIndex:
    """Points under ids, asked for the nearest ones in metres.

    Parameters
    ----------
    bounds : tuple = (west, south, east, north)
        Degrees, EPSG:4326: the area where the points will mostly be. Distances are measured in
        the local metric system of this area (`geosector.crs.metric_crs`): off by less than 4 in
        100,000 within 50 km of its middle, and more beyond.

    Raises
    ------
    InputError
        Where the bounds are not finite degrees.

    Examples
    --------
    >>> shelters = LiveIndex((37.0, 36.0, 37.2, 36.2))
    >>> shelters.insert("school", 37.10, 36.10)
    >>> shelters.insert("mosque", 37.11, 36.10)
    >>> [(name, round(metres)) for name, metres in shelters.nearest(37.10, 36.10, k=2)]
    [('school', 0), ('mosque', 900)]
    >>> shelters.delete("school")
    >>> [name for name, _ in shelters.nearest(37.10, 36.10, k=2)]
    ['mosque']
    >>> len(shelters), "school" in shelters
    (1, False)
    >>> shelters.insert("mosque", 37.0, 36.0)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: 'mosque' is in the index already. Delete it first.
    """

    def __init__(self, bounds: tuple[float, float, float, float] | NDArray[np.float64]) -> None:
        self._convert = point_converter(WGS84, metric_crs(bounds))
        self._tree = Index()
        self._places: dict[str, _Place] = {}
        self._ids: dict[int, str] = {}
        self._next_key = 0

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def insert(self, name: str, lon: float, lat: float) -> None:
        """Put a point in.

        Parameters
        ----------
        name : str
            Its id.
        lon, lat : float
            Degrees, EPSG:4326.

        Raises
        ------
        InputError
            Where the id is in already, or the coordinates are missing or no degrees.
        """
        if name in self._places:
            raise InputError(text("'{id}' is in the index already. Delete it first.", id=name))
        x, y = self._to_metres(lon, lat)
        key = self._next_key
        self._next_key += 1
        self._tree.insert(key, (x, y, x, y))
        self._places[name] = _Place(key, x, y)
        self._ids[key] = name

    def fill(
        self, names: Sequence[str], lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> None:
        """Put many points into an index that is empty: several times faster than one by one.

        Parameters
        ----------
        names : sequence of str
            Their ids.
        lon, lat : array, shape (n,)
            Degrees, EPSG:4326.

        Raises
        ------
        InputError
            Where the index is not empty, an id comes twice, or a point could not be inserted.
        """
        x, y = self._convert(lon, lat)
        if self._places or len(set(names)) < len(names) or not np.isfinite([x, y]).all():
            raise InputError(
                text(
                    "An index is filled once, with ids that differ and points that are near. "
                    "Insert them one by one to see which is wrong."
                )
            )
        if not len(names):
            return
        boxes = zip(x.tolist(), y.tolist(), strict=True)
        self._places = {
            name: _Place(key, *place)
            for key, (name, place) in enumerate(zip(names, boxes, strict=True))
        }
        self._ids = {place.key: name for name, place in self._places.items()}
        self._next_key = len(names)
        self._tree = Index((key, (at, up, at, up), None) for key, at, up in self._places.values())

    def delete(self, name: str) -> None:
        """Take a point out.

        Parameters
        ----------
        name : str
            Its id.

        Raises
        ------
        InputError
            Where no point has this id.
        """
        place = self._places.pop(name, None)
        if place is None:
            raise InputError(text("'{id}' is not in the index.", id=name))
        self._tree.delete(place.key, (place.x, place.y, place.x, place.y))
        del self._ids[place.key]

    def nearest(self, lon: float, lat: float, k: int = 1) -> list[tuple[str, float]]:
        """Find the nearest points.

        Parameters
        ----------
        lon, lat : float
            Degrees, EPSG:4326.
        k : int
            How many.

        Returns
        -------
        list of tuple = (id, distance_m)
            Nearest first; equal distances in order of the ids. Shorter than k where there are
            fewer points.

        Raises
        ------
        InputError
            Where the coordinates are missing or no degrees, or k is less than 1.
        """
        if k < 1:
            raise InputError(text("At least 1 neighbour must be asked for, not {k}.", k=k))
        x, y = self._to_metres(lon, lat)
        near = sorted(self._distance(key, x, y) for key in self._tree.nearest((x, y, x, y), k + 1))
        if len(near) > k and near[k][0] <= (reach := near[k - 1][0] * _REACH):
            # Of those that are equally far, the tree may have left out some.
            box = (x - reach, y - reach, x + reach, y + reach)
            near = sorted(self._distance(key, x, y) for key in self._tree.intersection(box))
        return [(name, metres) for metres, name in near[:k]]

    def _distance(self, key: int, x: float, y: float) -> tuple[float, str]:
        name = self._ids[key]
        place = self._places[name]
        return math.hypot(place.x - x, place.y - y), name

    def _to_metres(self, lon: float, lat: float) -> tuple[float, float]:
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):  # noqa: PLR2004 - also refuses NaN
            raise InputError(
                text(
                    "A point needs a longitude and a latitude in degrees, not {lon}, {lat}.",
                    lon=lon,
                    lat=lat,
                )
            )
        x, y = self._convert(np.array([lon], float), np.array([lat], float))
        if not (math.isfinite(x[0]) and math.isfinite(y[0])):
            raise InputError(
                text(
                    "The point {lon}, {lat} is on the other side of the world from this area.",
                    lon=lon,
                    lat=lat,
                )
            )
        return float(x[0]), float(y[0])
