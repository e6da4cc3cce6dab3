"""Every node within some seconds of each of many places.

A place looks no further than the ground that can be reached in that time, so that three hundred
places in a city cost little more than the streets around them, and the answer is as long as what
was found. `scipy.sparse.csgraph` does the searches.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geosector.errors import InputError
from geosector.language import text
from geosector.measure.access.nearest import Graph

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_TILE = 3.0  # a tile is so many times as wide as what can be reached
_LARGEST = 2**22  # distances held at once


class Around(NamedTuple):
    """What is near each place: one entry for each place and each node, by place and node.

    ``place``: position among the places. ``node``. ``seconds`` from the node to the place.
    """

    place: Ints
    node: Ints
    seconds: Floats


def find_around(graph: Graph, xy: Floats, places: Ints, seconds: float) -> Around:
    """Find the nodes from which each place is reached within some time.

    Parameters
    ----------
    graph : Graph
    xy : array of float, shape (nodes, 2)
        Where the nodes are, metres.
    places : array of int, shape (places,)
        The node of each; several may be at one.
    seconds : float
        How long a way may take.

    Returns
    -------
    Around

    Raises
    ------
    InputError
        Where ``seconds`` is negative or no number.

    Notes
    -----
    A search bounded at T seconds (E. W. Dijkstra, A note on two problems in connexion with graphs,
    Numerische Mathematik 1, 1959) from each place. No step covers more ground in a second than the
    fastest one of the graph, v metres in a straight line; so a node further than v · T from a place
    is not asked.

    Examples
    --------
    >>> from geosector.measure.access.nearest import graph_of
    >>> steps = np.array([0, 1]), np.array([1, 2])
    >>> times, metres = np.array([2.0, 3.0]), np.array([20.0, 30.0])
    >>> graph = graph_of(3, *steps, times, times, metres, np.array([0.0, 0.0]))
    >>> xy = np.array([[0.0, 0], [20, 0], [50, 0]])
    >>> found = find_around(graph, xy, np.array([0, 2]), 3.0)
    >>> found.place.tolist(), found.node.tolist(), found.seconds.tolist()
    ([0, 0, 1, 1], [0, 1, 1, 2], [0.0, 2.0, 3.0, 0.0])
    >>> find_around(graph, xy, np.array([], int), 3.0).node.tolist()
    []
    >>> find_around(graph, xy, np.array([0]), -1.0)
    Traceback (most recent call last):
    geosector.errors.InputError: A way of -1 seconds is asked for; expected 0 or more.
    """
    if not seconds >= 0:
        raise InputError(
            text("A way of {seconds} seconds is asked for; expected 0 or more.",
                 seconds=f"{seconds:g}")
        )  # fmt: skip
    nothing = np.zeros(0, np.int64)
    found = [Around(nothing, nothing, np.zeros(0))]
    for group, own in _tiles(graph, xy, np.asarray(places, np.int64), seconds):
        number = np.full(len(xy), -1, np.int32)
        number[own] = np.arange(len(own), dtype=np.int32)
        near = _part(graph, own, number)
        most = max(1, _LARGEST // len(own))
        for at in range(0, len(group), most):
            some = group[at : at + most]
            taken = dijkstra(near, indices=number[places[some]], limit=seconds)
            place, node = np.nonzero(np.isfinite(taken))
            found.append(Around(some[place], own[node], taken[place, node]))
    place, node, taken = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(place * len(xy) + node)
    return Around(place[order], node[order], taken[order])


def _tiles(graph: Graph, xy: Floats, places: Ints, seconds: float) -> Iterator[tuple[Ints, Ints]]:
    """Give the places of each tile of the ground, and all nodes that they may reach."""
    if not len(places):
        return
    every = np.arange(len(xy))
    origin = np.repeat(every, np.diff(graph.seconds.indptr))
    straight = np.hypot(*(xy[origin] - xy[graph.seconds.indices]).T)
    fastest = (straight / graph.seconds.data).max(initial=0.0)
    reach = fastest * seconds * (1 + 1e-9) + 1e-6
    if not np.isfinite(reach):
        yield np.arange(len(places)), every
        return
    by_x = np.argsort(xy[:, 0])
    x, y = xy[by_x].T
    cells = np.floor((xy[places] - xy[places].min(axis=0)) / (_TILE * reach)).astype(np.int64)
    order = np.lexsort(cells.T)
    for group in np.split(order, np.flatnonzero(np.diff(cells[order], axis=0).any(axis=1)) + 1):
        low, high = xy[places[group]].min(axis=0) - reach, xy[places[group]].max(axis=0) + reach
        first, last = np.searchsorted(x, [low[0], high[0]])
        inside = (y[first:last] >= low[1]) & (y[first:last] <= high[1])
        yield group, np.sort(by_x[first:last][inside])


def _part(graph: Graph, own: Ints, number: NDArray[np.int32]) -> csr_array:
    """Take some nodes out of a graph, with the steps between them."""
    begin = graph.seconds.indptr[own]
    sizes = graph.seconds.indptr[own + 1] - begin
    first = np.concatenate([[0], np.cumsum(sizes)])
    entry = np.repeat(begin - first[:-1], sizes) + np.arange(first[-1])
    target = number[graph.seconds.indices[entry]]
    kept = target >= 0
    pointer = np.concatenate([[0], np.cumsum(kept)])[first]
    return csr_array(
        (graph.seconds.data[entry][kept], target[kept], pointer), shape=(len(own), len(own))
    )
