"""The ground from which each facility is reached within some minutes, and who lives on it.

An isochrone is told in three ways: the streets, cut where the time is over; the blocks, each of
which is in or out by the same minutes that `access` gives it; and an area to draw, all that lies
within some metres of these streets. Nothing here is called safe.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import InputError
from geosector.language import text
from geosector.measure.access.around import Around, find_around
from geosector.measure.access.facilities import (
    FARTHEST_M,
    Links,
    find_stops,
    identities,
    link,
    off_streets,
    open_facilities,
)
from geosector.measure.access.network import Network
from geosector.measure.access.people import people_of
from geosector.measure.access.reached import Pieces, piece_lines, reached_pieces, reached_stops
from geosector.measure.access.travel import Travel

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]

WIDTH_M = 50.0  # half a block: what lies further from a street is not drawn as reached
_ARC = 2  # corners of a quarter circle: the area is at most 2 % narrower there
_STRAIGHT = 20  # bends of less than this part of the width are drawn straight


class Served(NamedTuple):
    """What each facility serves.

    ``areas``: ``facility_id, kind, minutes`` (or ``metres``), ``people, geometry``, one row a
    facility and limit. ``blocks``: ``block`` (of the index), ``facility_id, minutes`` (or
    ``metres``), one row a block and facility that it reaches. ``problems``: facilities that cannot
    be used.
    """

    areas: gpd.GeoDataFrame
    blocks: pd.DataFrame
    problems: pd.DataFrame


def isochrones(
    facilities: gpd.GeoDataFrame,
    network: Network,
    travel: Travel,
    *,
    minutes: Sequence[float] | None = None,
    metres: Sequence[float] | None = None,
    blocks: gpd.GeoDataFrame | None = None,
    width_m: float = WIDTH_M,
    farthest_m: float = FARTHEST_M,
) -> Served:
    """Find the ground and the blocks from which each open facility is reached within some time.

    Parameters
    ----------
    facilities : geopandas.GeoDataFrame
        ``id``, ``kind`` and ``status``, each of which may be missing; only ``open`` ones count.
    network, travel : Network, Travel
        On foot or by car, with what is closed.
    minutes : sequence of float, optional
        The limits. Default: 5, 10 and 15.
    metres : sequence of float, optional
        Limits in metres of way, in the place of minutes.
    blocks : geopandas.GeoDataFrame, optional
        ``population``. Default: nobody is counted, and ``people`` is missing.
    width_m : float
        How far beside a street the area is drawn.
    farthest_m : float
        From a block or a facility to its street.

    Returns
    -------
    Served
        EPSG:4326. A facility that no street reaches has no area.

    Raises
    ------
    InputError
        Where a limit or ``width_m`` is not above 0, or both kinds of limits are given.
    MissingColumnError
        Where ``blocks`` lacks ``population``.

    Notes
    -----
    Of a stretch whose ends are ``a`` and ``b`` seconds from the facility and that takes ``s``
    seconds, the shares (T − a) / s from one end and (T − b) / s from the other are within T: all of
    it, where they meet.

    Examples
    --------
    A street of 1,000 m with a clinic at its west end; 5 minutes at 1.2 m/s are 360 m:

    >>> from geosector.measure.access.network import build_network
    >>> from geosector.measure.access.travel import travel_times
    >>> street = shapely.LineString([(5e5, 4e6), (501000, 4e6)])
    >>> roads = gpd.GeoDataFrame(geometry=[street], crs=32637)
    >>> network = build_network(roads, metric=roads.crs).network
    >>> travel = travel_times(network, roads)
    >>> place = lambda *xs: gpd.points_from_xy(xs, [4e6] * len(xs), crs=32637)
    >>> clinic = gpd.GeoDataFrame({"id": ["c"], "kind": ["clinic"]}, geometry=place(5e5))
    >>> homes = gpd.GeoDataFrame({"population": [7, 9]}, geometry=place(500300, 500400))
    >>> found = isochrones(clinic, network, travel, minutes=[5], blocks=homes)
    >>> found.areas[["facility_id", "kind", "minutes", "people"]].to_numpy().tolist()
    [['c', 'clinic', 5.0, 7.0]]
    >>> found.blocks.round(2).to_numpy().tolist()
    [[0, 'c', 4.17]]
    >>> isochrones(clinic[:0], network, travel).areas.empty
    True
    >>> isochrones(clinic, network, travel, minutes=[0])
    Traceback (most recent call last):
    geosector.errors.InputError: A limit of 0 is given; expected a number above 0.
    """
    unit, limits = limits_of(minutes, metres)
    _require_above_0(width_m)
    usable, problems = open_facilities(facilities)
    if metres is not None:
        travel = by_metres(network, travel)
    stops = find_stops(network, travel, usable, farthest_m=farthest_m)
    problems = pd.concat(
        [problems, off_streets(usable, stops, facilities, farthest_m)], ignore_index=True
    )
    links = link(network, travel, stops)
    met = np.flatnonzero(links.nodes >= 0)
    seconds = limits * (60.0 if unit == "minutes" else 1.0)
    around = find_around(links.graph, links.xy, links.nodes[met], seconds.max())
    ids = identities(usable)[met]
    reached = _reached_blocks(blocks, links, around, network, travel, farthest_m, seconds.max())
    people = _people(reached, blocks, len(met), seconds)
    pieces = [reached_pieces(links, around, limit) for limit in seconds.tolist()]
    kinds = usable.get("kind", pd.Series(None, usable.index, dtype=object)).astype(object)
    of_place = np.repeat(np.arange(len(met)), len(limits))
    areas = gpd.GeoDataFrame(
        {
            "facility_id": ids[of_place],
            "kind": kinds.to_numpy(object)[met][of_place],
            unit: np.tile(limits, len(met)),
            "people": people.ravel(),
        },
        geometry=areas_of(network, pieces, len(met), width_m).ravel(),
        crs=network.crs,
    )
    place, block, taken = reached
    index = pd.RangeIndex(0) if blocks is None else blocks.index
    table = pd.DataFrame(
        {
            "block": index[block],
            "facility_id": ids[place],
            unit: taken / (60.0 if unit == "minutes" else 1.0),
        }
    )
    return Served(crs.to_wgs84(areas), table, problems)


def limits_of(
    minutes: Sequence[float] | None, metres: Sequence[float] | None = None
) -> tuple[str, Floats]:
    """Give the limits, rising and each once, and what they are in.

    Examples
    --------
    >>> limits_of([15, 5]), limits_of(None, [800])
    (('minutes', array([ 5., 15.])), ('metres', array([800.])))
    >>> limits_of([])
    Traceback (most recent call last):
    geosector.errors.InputError: No limit is given; expected one or more, such as 5, 10, 15.
    """
    if minutes is not None and metres is not None:
        raise InputError(text("Minutes and metres are given; expected one of them."))
    unit, given = ("metres", metres) if metres is not None else ("minutes", minutes)
    told = [5.0, 10.0, 15.0] if given is None else [float(one) for one in given]
    if not told:
        raise InputError(text("No limit is given; expected one or more, such as 5, 10, 15."))
    for one in told:
        _require_above_0(one)
    return unit, np.unique(np.array(told))


def _require_above_0(limit: float) -> None:
    if not 0 < limit < np.inf:
        raise InputError(
            text("A limit of {limit} is given; expected a number above 0.", limit=f"{limit:g}")
        )


def by_metres(network: Network, travel: Travel) -> Travel:
    """Count metres for seconds, wherever one can pass.

    Parameters
    ----------
    network : Network
    travel : Travel

    Returns
    -------
    Travel
    """
    return travel._replace(
        onward=np.where(np.isfinite(travel.onward), network.length_m, np.inf),
        back=np.where(np.isfinite(travel.back), network.length_m, np.inf),
        pace=1.0,
    )


# --------------------------------------------------------------- areas


def areas_of(
    network: Network, pieces: Sequence[Pieces], count: int, width_m: float = WIDTH_M
) -> Shapes:
    """Draw all that lies within some metres of the streets of each place.

    Parameters
    ----------
    network : Network
    pieces : sequence of Pieces
        For each limit, rising: what is within one is within the next.
    count : int
        Places.
    width_m : float

    Returns
    -------
    array of shapely Polygon or MultiPolygon, shape (count, limits), metres
        None where a place has no streets.
    """
    found = np.full((count, len(pieces)), None, object)
    drawn: set[tuple[float, ...]] = set()
    for limit, own in enumerate(pieces):
        rows = list(zip(*(column.tolist() for column in own), strict=True))
        new = np.array([row not in drawn for row in rows], bool)
        drawn.update(rows)
        lines = piece_lines(network, Pieces(*(column[new] for column in own)))
        first = np.searchsorted(own.place[new], np.arange(count + 1))
        for place in range(count):
            before = [] if limit == 0 else [found[place, limit - 1]]
            merged = shapely.line_merge(
                shapely.multilinestrings(lines[first[place] : first[place + 1]])
            )
            parts = shapely.get_parts(shapely.simplify(merged, width_m / _STRAIGHT))
            wide = shapely.buffer(parts[~shapely.is_empty(parts)], width_m, quad_segs=_ARC)
            shapes = [one for one in (*before, *wide) if one is not None]
            found[place, limit] = shapely.union_all(shapes) if shapes else None
    return found


# --------------------------------------------------------------- blocks


def _reached_blocks(  # noqa: PLR0917 - private
    blocks: gpd.GeoDataFrame | None,
    links: Links,
    around: Around,
    network: Network,
    travel: Travel,
    farthest_m: float,
    seconds: float,
) -> tuple[Ints, Ints, Floats]:
    """Give the blocks from which each place is reached in time, and how long it takes."""
    if blocks is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    stops = find_stops(network, travel, blocks, farthest_m=farthest_m)
    return reached_stops(links, stops, around, travel.pace, seconds)


def _people(
    reached: tuple[Ints, Ints, Floats], blocks: gpd.GeoDataFrame | None, count: int, limits: Floats
) -> Floats:
    """Count the people of each place within each limit."""
    if blocks is None:
        return np.full((count, len(limits)), np.nan)
    place, block, taken = reached
    population = people_of(blocks)
    found = np.zeros((count, len(limits)))
    for at, limit in enumerate(limits.tolist()):
        near = taken <= limit
        found[:, at] = np.bincount(place[near], population[block[near]], minlength=count)
    return found
