"""Streets and stops from which places are reached in time, cut where the time is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geosector.measure.access.around import Around
from geosector.measure.access.facilities import Links, Stops
from geosector.measure.access.network import Network, stretch_lines

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]


class Pieces(NamedTuple):
    """Streets from which places are reached: one entry for each place and each stretch of street.

    ``place``, ``stretch``, and which share of the stretch, from ``begin`` to ``finish``.
    """

    place: Ints
    stretch: Ints
    begin: Floats
    finish: Floats


def reached_pieces(links: Links, around: Around, seconds: float) -> Pieces:
    """Find the streets from which each place is reached in time, cut where the time is over.

    Parameters
    ----------
    links : Links
    around : Around
        From `find_around` on the graph of ``links``, for as many seconds or more.
    seconds : float
        The limit.

    Returns
    -------
    Pieces
    """
    near = around.seconds <= seconds
    which, end = _beside([links.start, links.end], around.node[near], len(links.xy))
    left = seconds - around.seconds[near][which]
    share = np.minimum(left / np.concatenate([links.back, links.onward])[end], 1.0)
    side, piece = np.divmod(end, max(len(links.stretch), 1))
    # Of one place and piece, what is reached from its start stands before what is from its end.
    key = (around.place[near][which] * len(links.stretch) + piece) * 2 + side
    order = np.argsort(key)
    key, share = key[order], share[order]
    opens = np.ones(len(key), bool)
    opens[1:] = key[1:] // 2 != key[:-1] // 2
    pair = np.cumsum(opens) - 1
    shares = np.zeros((int(opens.sum()), 2))
    shares[pair, key % 2] = share
    place, piece = np.divmod(key[opens] // 2, max(len(links.stretch), 1))
    whole = shares.sum(axis=1) >= 1
    shares[whole] = 1.0, 0.0
    begin, wide = links.begin[piece], (links.finish - links.begin)[piece]
    begins = np.column_stack([begin, begin + (1 - shares[:, 1]) * wide])
    finishes = np.column_stack([begin + shares[:, 0] * wide, links.finish[piece]])
    finishes[whole, 0] = links.finish[piece[whole]]
    there = (shares > 0).ravel()
    return Pieces(
        np.repeat(place, 2)[there],
        np.repeat(links.stretch[piece], 2)[there],
        begins.ravel()[there],
        finishes.ravel()[there],
    )


def _beside(ends: Sequence[Ints], asked: Ints, nodes: int) -> tuple[Ints, Ints]:
    """Give what ends at each of the nodes asked for: positions among the asked and the ends."""
    node = np.concatenate(ends)
    by_node = np.argsort(node)
    first = np.searchsorted(node[by_node], np.arange(nodes + 1))
    begin = first[asked]
    sizes = first[asked + 1] - begin
    which = np.repeat(np.arange(len(asked)), sizes)
    before = np.cumsum(sizes) - sizes
    return which, by_node[np.arange(len(which)) + np.repeat(begin - before, sizes)]


def piece_lines(network: Network, pieces: Pieces) -> Shapes:
    """Draw pieces of stretches as lines.

    Parameters
    ----------
    network : Network
    pieces : Pieces

    Returns
    -------
    array of shapely LineString, shape (pieces,), metres
    """
    lines = np.empty(len(pieces.stretch), object)
    whole = (pieces.begin <= 0) & (pieces.finish >= 1)
    stretches, which = np.unique(pieces.stretch[whole], return_inverse=True)
    lines[whole] = stretch_lines(network, stretches)[which.ravel()]
    cut = ~whole
    lines[cut] = _cut_lines(network, pieces.stretch[cut], pieces.begin[cut], pieces.finish[cut])
    return lines


def _cut_lines(network: Network, stretch: Ints, begin: Floats, finish: Floats) -> Shapes:
    """Cut stretches at shares of their length."""
    if not len(stretch):
        return np.zeros(0, object)
    steps = np.hypot(*np.diff(network.vertices, axis=0).T)
    steps[network.first[1:-1] - 1] = 0.0  # from the end of a stretch to the next one
    along = np.concatenate([[0.0], np.cumsum(steps)])
    first, last = network.first[stretch], network.first[stretch + 1] - 1
    length = along[last] - along[first]
    ends = []
    for share in (begin, finish):
        wanted = along[first] + share * length
        before = np.clip(np.searchsorted(along, wanted, side="right") - 1, first, last - 1)
        step = along[before + 1] - along[before]
        part = ((wanted - along[before]) / step)[:, None]
        here, there = network.vertices[before], network.vertices[before + 1]
        ends.append((before, here + np.clip(part, 0.0, 1.0) * (there - here)))
    (low, opening), (high, closing) = ends
    inner = high - low  # vertices between both ends
    owner = np.repeat(np.arange(len(stretch)), inner)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(inner) - inner, inner)
    between = network.vertices[np.repeat(low, inner) + 1 + place]
    every = np.concatenate([np.arange(len(stretch)), owner, np.arange(len(stretch))])
    rank = np.concatenate([np.full(len(stretch), -1), place, inner])
    order = np.lexsort((rank, every))
    found: Shapes = shapely.linestrings(
        np.vstack([opening, between, closing])[order], indices=every[order]
    )
    return found


def reached_stops(
    links: Links, stops: Stops, around: Around, pace: float, seconds: float
) -> tuple[Ints, Ints, Floats]:
    """Find from which stops each place is reached in time.

    Parameters
    ----------
    links : Links
    stops : Stops
    around : Around
        On the graph of ``links``, for as many seconds or more.
    pace : float
        Seconds a metre beside the streets.
    seconds : float
        The limit.

    Returns
    -------
    tuple = (place, stop, seconds)
        By place and stop.
    """
    met = np.flatnonzero(stops.stretch >= 0)
    keys = links.stretch + 1j * links.begin
    piece = np.searchsorted(keys, stops.stretch[met] + 1j * stops.share[met], side="right") - 1
    share = (stops.share[met] - links.begin[piece]) / (links.finish - links.begin)[piece]
    off = stops.off_m[met] * pace
    with np.errstate(invalid="ignore"):  # no share of a way that nobody can go takes no time
        to_start = np.where(share > 0, links.back[piece] * share, 0.0) + off
        to_end = np.where(share < 1, links.onward[piece] * (1 - share), 0.0) + off
    which, side = _beside([links.start[piece], links.end[piece]], around.node, len(links.xy))
    taken = around.seconds[which] + np.concatenate([to_start, to_end])[side]
    near = taken <= seconds
    place, taken = around.place[which][near], taken[near]
    stop = met[side[near] % max(len(met), 1)]
    order = np.lexsort((taken, stop, place))
    place, stop, taken = place[order], stop[order], taken[order]
    quickest = np.ones(len(place), bool)
    quickest[1:] = (np.diff(place) != 0) | (np.diff(stop) != 0)
    return place[quickest], stop[quickest], taken[quickest]
