"""Places that can be, but hardly are: kept as they are and listed, for somebody who knows to look.

Whatever the table, no row is refused for where it lies among the others; a slip looks like this:
latitude and longitude exchanged, a sign or one of the two lost, the same number twice, whole
degrees, a place in another part of the world.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geosector.language import text
from geosector.sources.values import Remark

# Fewer points than these tell nothing of where most of them lie.
FEWEST_TO_COMPARE = 3
LEAST_REACH_DEGREES = 0.02
# A table of one country spans less than this; one of the world many times its median distance.
FAR_DEGREES, FAR_TIMES = 5.0, 10.0


def doubtful_places(geometries: NDArray[np.object_]) -> list[Remark]:
    """Tell of points that are hardly where they are said to be.

    Parameters
    ----------
    geometries : numpy.ndarray of shapely.Geometry
        In degrees, longitude first; missing ones and other kinds than points are passed over.

    Returns
    -------
    list of Remark
        At most one for each point, the most telling first: exchanged axes, then a sign too many, 0
        in one axis, far from the others, whole degrees, the same number twice. The last two are
        told only where fewer than half of the points are so: a table of a coarse grid has no slips
        in it.

    Examples
    --------
    >>> where = [(36.63, 35.93), (36.64, 35.94), (36.65, 35.95), (36.64, 0), (37, 36)]
    >>> [remark.position for remark in doubtful_places(shapely.points(where))]
    [3, 4]
    >>> doubtful_places(shapely.points([(36.63, 35.93), (13.4, 52.5)]))  # two tell nothing
    []
    >>> doubtful_places(shapely.points(np.empty((0, 2))))
    []
    """
    points = np.flatnonzero(shapely.get_type_id(geometries) == 0)
    points = points[~shapely.is_empty(geometries[points])]
    if len(points) < FEWEST_TO_COMPARE:
        return []
    places = shapely.get_coordinates(geometries[points])
    kept = text("Kept as it is.")
    whole = (places == np.round(places)).all(axis=1)
    twice = (places[:, 0] == places[:, 1]) & ~whole
    doubts = [
        (_among_others(places, places[:, ::-1]), text("latitude and longitude in their order"),
         text("Kept as it is: exchanged, it would lie among the others.")),
        (_signed(places), text("the sign of its half of the earth"),
         text("Kept as it is: with the other sign, it would lie among the others.")),
        ((places == 0).any(axis=1), text("latitude and longitude; 0 is where lost ones go"), kept),
        (_far(places), text("a place nearer to the others of the table"), kept),
        (_few(whole), text("a place finer than whole degrees"), kept),
        (_few(twice), text("latitude and longitude, not one of them twice"), kept),
    ]  # fmt: skip
    told: set[int] = set()
    remarks = []
    for found, expected, action in doubts:
        for place in points[found].tolist():
            if place not in told:
                remarks.append(Remark(place, shown(geometries[place]), expected, action))
                told.add(place)
    return sorted(remarks)


def _among_others(places: NDArray[np.float64], mended: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Find points far from all others that would lie among them, were a slip undone.

    Among them: within four times the median distance from the median, in each direction, and at
    most a third as far from the middle.
    """
    middle = np.median(places, axis=0)
    reach = 4 * np.median(np.abs(places - middle), axis=0) + LEAST_REACH_DEGREES
    own = (np.abs(places - middle) <= reach).all(axis=1)
    other = (np.abs(mended - middle) <= reach).all(axis=1)
    nearer = 3 * np.hypot(*(mended - middle).T) <= np.hypot(*(places - middle).T)
    return np.asarray(~own & other & nearer)


def _signed(places: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Find points that a sign too many, or one that is lost, has put into another half."""
    signs = ((1, -1), (-1, 1), (-1, -1))
    found = [_among_others(places, places * sign) for sign in signs]
    return np.asarray(np.any(found, axis=0))


def _far(places: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Find points in another part of the world than most."""
    apart = np.hypot(*(places - np.median(places, axis=0)).T)
    return np.asarray(apart > max(FAR_DEGREES, FAR_TIMES * float(np.median(apart))))


def _few(found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return found if 2 * int(found.sum()) < len(found) else np.zeros_like(found)


def shown(geometry: Any) -> str:  # noqa: ANN401 - any shapely geometry
    """Write a geometry in words, on one line.

    Parameters
    ----------
    geometry : shapely.Geometry

    Returns
    -------
    str

    Examples
    --------
    >>> shown(shapely.Point(36.63, 35.93))
    'POINT (36.63 35.93)'
    """
    written = shapely.to_wkt(geometry, rounding_precision=6)
    return written if len(written) <= 80 else f"{written[:79]}…"  # noqa: PLR2004 - fits one line
