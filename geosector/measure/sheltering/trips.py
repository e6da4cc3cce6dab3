"""The way from every block to every place: how long it takes, how far it is, how old its reports.

`nearest` knows of each block the few places that are nearest; a plan in which places can be full
needs the way to all of them.
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from geosector.measure.access.facilities import Links, Stops, find_stops, link
from geosector.measure.access.network import Network
from geosector.measure.access.travel import Travel
from geosector.measure.sheltering.moves import NO_WAY

Ints = NDArray[np.int64]
Short = NDArray[np.int32]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

PER_SECOND = 1000  # ways are compared in milliseconds
_AT_ONCE = 8_000_000  # so many seconds are found at once: 64 MB


class Paths(NamedTuple):
    """Streets between blocks and places.

    ``links``: the streets, cut where they meet places. ``begun``: where each block meets the
    streets. Of each block that meets one, ``met``: ``piece`` of a street, and ``share`` of it from
    its start. ``pace``: seconds a metre beside the streets.
    """

    links: Links
    begun: Stops
    met: Ints
    piece: Ints
    share: Floats
    pace: float


class Trips(NamedTuple):
    """Ways from one block to one place each: ``seconds``, ``metres`` and the oldest report.

    ``age_days`` is infinite where a street on the way was never reported.
    """

    seconds: Floats
    metres: Floats
    age_days: Floats


def find_paths(
    network: Network,
    travel: Travel,
    blocks: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    *,
    farthest_m: float,
) -> Paths:
    """Connect blocks and places to the streets.

    Parameters
    ----------
    network : Network
    travel : Travel
    blocks, places : geopandas.GeoDataFrame
        Of an area, a point inside it counts.
    farthest_m : float
        From a block or a place to its street.

    Returns
    -------
    Paths
    """
    links = link(network, travel, find_stops(network, travel, places, farthest_m=farthest_m))
    begun = find_stops(network, travel, blocks, farthest_m=farthest_m)
    met = np.flatnonzero(begun.stretch >= 0)
    keys = links.stretch + 1j * links.begin
    piece = np.searchsorted(keys, begun.stretch[met] + 1j * begun.share[met], side="right") - 1
    share = (begun.share[met] - links.begin[piece]) / (links.finish - links.begin)[piece]
    return Paths(links, begun, met, piece, share, travel.pace)


def milliseconds(paths: Paths, *, seconds: float = np.inf) -> Short:
    """Tell how long the quickest way from every block to every place takes.

    Parameters
    ----------
    paths : Paths
    seconds : float
        A longer way is none.

    Returns
    -------
    array of int32, shape (blocks, places)
        `NO_WAY` where there is none.

    Examples
    --------
    A street of 720 m is walked at 1.2 m/s in 10 minutes, from its fourth part in 7.5:

    >>> import shapely
    >>> from geosector.measure.access.network import build_network
    >>> from geosector.measure.access.travel import travel_times
    >>> street = shapely.LineString([(5e5, 4e6), (500720, 4e6)])
    >>> roads = gpd.GeoDataFrame(geometry=[street], crs=32637)
    >>> network = build_network(roads).network
    >>> travel = travel_times(network, roads)
    >>> place = lambda *xs: gpd.GeoDataFrame(
    ...     geometry=gpd.points_from_xy(xs, [4e6] * len(xs)), crs=32637
    ... )
    >>> paths = find_paths(
    ...     network, travel, place(5e5, 500180, 599999), place(500720), farthest_m=500
    ... )
    >>> (milliseconds(paths) / 60_000).round(1)[:2].ravel().tolist()
    [10.0, 7.5]
    >>> (milliseconds(paths, seconds=480) == NO_WAY).ravel().tolist()
    [True, False, True]
    >>> milliseconds(find_paths(network, travel, place(), place(), farthest_m=500)).shape
    (0, 0)
    """
    links = paths.links
    found = np.full((len(paths.begun.stretch), len(links.nodes)), NO_WAY, np.int32)
    reached = np.flatnonzero(links.nodes >= 0)
    step = max(_AT_ONCE // max(links.graph.seconds.shape[0], 1), 1)
    for begin in range(0, len(reached) if len(paths.met) else 0, step):
        places = reached[begin : begin + step]
        at_nodes = dijkstra(links.graph.seconds, indices=links.nodes[places], limit=seconds)
        onward, back = _sides(paths, np.arange(len(paths.met)))
        start, end = links.start[paths.piece], links.end[paths.piece]
        for place, taken in zip(places.tolist(), at_nodes, strict=True):
            way = np.minimum(taken[start] + back, taken[end] + onward)
            way += paths.begun.off_m[paths.met] * paths.pace
            there = np.isfinite(way) & (way <= seconds)
            found[paths.met[there], place] = np.minimum(
                np.rint(way[there] * PER_SECOND), NO_WAY - 1
            )
    return found


def follow(paths: Paths, block: Ints, place: Ints, cost: Short) -> Trips:
    """Follow the quickest ways of some blocks to a place each.

    Parameters
    ----------
    paths : Paths
    block, place : array of int
        Of each trip; there is a way.
    cost : array of int32
        Milliseconds of each trip, from `milliseconds`: no street farther off is looked at.

    Returns
    -------
    Trips
    """
    links, graph = paths.links, paths.links.graph
    told = Trips(*(np.zeros(len(block)) for _ in range(3)))
    row_of = np.full(len(paths.begun.stretch), -1)
    row_of[paths.met] = np.arange(len(paths.met))
    order = np.argsort(place, kind="stable")
    cuts = np.flatnonzero(np.diff(place[order])) + 1
    for own in np.split(order, cuts) if len(order) else ():
        node = links.nodes[place[own[0]]]
        farthest = cost[own].max() / PER_SECOND + 1
        seconds, before = dijkstra(
            graph.seconds, indices=node, limit=farthest, return_predecessors=True
        )
        row = row_of[block[own]]
        piece, share = paths.piece[row], paths.share[row]
        onward, back = _sides(paths, row)
        by_start = seconds[links.start[piece]] + back <= seconds[links.end[piece]] + onward
        first = np.where(by_start, links.start[piece], links.end[piece])
        off = paths.begun.off_m[block[own]]
        part = np.where(by_start, share, 1 - share)
        metres, age = _walk(
            first, node, before, graph.seconds.indptr, graph.seconds.indices, graph.metres,
            graph.age_days,
        )  # fmt: skip
        street_age = np.nan_to_num(links.age_days[piece], nan=np.inf)
        told.seconds[own] = seconds[first] + np.where(by_start, back, onward) + off * paths.pace
        told.metres[own] = metres + part * links.metres[piece] + off
        told.age_days[own] = np.maximum(age, np.where(part > 0, street_age, 0))
    return told


def _sides(paths: Paths, row: Ints) -> tuple[Floats, Floats]:
    """Give the seconds from where blocks meet their pieces to the end of these, and the start."""
    links, piece, share = paths.links, paths.piece[row], paths.share[row]
    onward, back = np.zeros(len(row)), np.zeros(len(row))
    # A stretch that nobody can pass takes endlessly long, but none of it is no way at all.
    inside = share < 1
    onward[inside] = links.onward[piece[inside]] * (1 - share[inside])
    inside = share > 0
    back[inside] = links.back[piece[inside]] * share[inside]
    return onward, back


@njit(cache=True)
def _walk(  # noqa: PLR0917 - compiled functions take plain arrays, by place
    first: Ints,
    place: int,
    before: Short,
    indptr: Short,
    indices: Short,
    metres: Floats,
    age_days: Floats,
) -> tuple[Floats, Floats]:
    """Add up metres, and find the oldest report, from nodes back to where a search began."""
    far, oldest = np.zeros(len(first)), np.zeros(len(first))
    for at in range(len(first)):
        node = first[at]
        while node != place:
            step = indptr[before[node]]
            while indices[step] != node:
                step += 1
            far[at] += metres[step]
            oldest[at] = max(oldest[at], age_days[step])
            node = before[node]
    return far, oldest
