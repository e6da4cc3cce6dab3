"""The nearest of many places for every node of a network, the next nearest, and so on.

One search for each rank, whatever the number of places: the first from all of them at once, each
further one from the nodes where what is nearer changes. `scipy.sparse.csgraph` does the searches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Graph(NamedTuple):
    """Steps between nodes, turned round: what is found from a place are the ways to it.

    ``seconds``: shape (nodes, nodes). ``metres`` and ``age_days`` of each of its entries, in the
    same order; the age of what was never reported is infinite.
    """

    seconds: csr_array
    metres: Floats
    age_days: Floats


class Nearest(NamedTuple):
    """Of each node, shape (nodes, count): the nearest place first.

    ``which`` is the position among the places, -1 where there are fewer; ``seconds`` and ``metres``
    of the quickest way to it, infinite there; ``age_days`` of the oldest report on that way.
    """

    which: Ints
    seconds: Floats
    metres: Floats
    age_days: Floats


def graph_of(  # noqa: PLR0917 - in the order of their making
    count: int, start: Ints, end: Ints, onward: Floats, back: Floats, metres: Floats, age: Floats
) -> Graph:
    """Make a graph of stretches between nodes.

    Parameters
    ----------
    count : int
        Nodes.
    start, end : array of int
        Of each stretch.
    onward, back : array of float
        Seconds from start to end, and from end to start; infinite where one cannot pass.
    metres, age : array of float
        Of each stretch; an age that nobody knows is NaN.

    Returns
    -------
    Graph
        Of two stretches between the same nodes the quicker one counts.

    Examples
    --------
    >>> one, two = np.array([0]), np.array([1])
    >>> graph = graph_of(2, one, two, np.array([5.0]), np.array([np.inf]), np.array([6.0]), one)
    >>> graph.seconds.toarray().tolist(), graph.metres.tolist()
    ([[0.0, 0.0], [5.0, 0.0]], [6.0])
    """
    origin, target = np.concatenate([end, start]), np.concatenate([start, end])
    seconds = np.concatenate([onward, back])
    order = np.flatnonzero(np.isfinite(seconds))
    order = order[np.argsort(origin[order].astype(np.int64) * count + target[order])]
    order = _quickest_last(order, origin, target, seconds)
    origin, target, seconds = origin[order], target[order], seconds[order]
    quickest = np.ones(len(order), bool)
    quickest[:-1] = (origin[1:] != origin[:-1]) | (target[1:] != target[:-1])
    of_stretch = order[quickest] % len(start) if len(start) else order
    pointer = np.searchsorted(origin[quickest], np.arange(count + 1))
    kept = csr_array((seconds[quickest], target[quickest], pointer), shape=(count, count))
    ages = np.where(np.isnan(age), np.inf, age)
    return Graph(kept, metres[of_stretch], ages[of_stretch])


def _quickest_last(order: Ints, origin: Ints, target: Ints, seconds: Floats) -> Ints:
    """Sort stretches between the same two nodes, the quickest last; of equals the first one."""
    same = np.zeros(len(order) + 1, bool)
    same[1:-1] = (np.diff(origin[order]) == 0) & (np.diff(target[order]) == 0)
    several = np.flatnonzero(same[1:] | same[:-1])
    if len(several):
        own = order[several]
        order = order.copy()
        order[several] = own[np.lexsort((-own, -seconds[own], target[own], origin[own]))]
    return order


def find_nearest(graph: Graph, places: Ints, count: int = 1) -> Nearest:
    """Find the nearest places of every node.

    Parameters
    ----------
    graph : Graph
    places : array of int, shape (places,)
        The node of each; several may be at one.
    count : int
        How many for each node.

    Returns
    -------
    Nearest
        Of places that are as near the first counts.

    Examples
    --------
    >>> steps = np.array([0, 1]), np.array([1, 2])
    >>> seconds, metres = np.array([2.0, 3.0]), np.array([20.0, 30.0])
    >>> graph = graph_of(3, *steps, seconds, seconds, metres, np.array([1.0, 4.0]))
    >>> found = find_nearest(graph, np.array([0, 2]), 2)
    >>> found.which.tolist(), found.seconds.tolist()
    ([[0, 1], [0, 1], [1, 0]], [[0.0, 5.0], [2.0, 3.0], [0.0, 5.0]])
    >>> found.metres[0].tolist(), found.age_days[0].tolist()
    ([0.0, 50.0], [0.0, 4.0])
    >>> find_nearest(graph, np.array([], int)).which.ravel().tolist()
    [-1, -1, -1]
    """
    nodes, node_of = np.unique(np.asarray(places, np.int64), return_inverse=True)
    return _each_place(_nearest_nodes(graph, nodes, count), node_of.ravel(), count)


def _nearest_nodes(graph: Graph, places: Ints, count: int) -> Nearest:
    """Find the nearest of different nodes, rank by rank."""
    nodes = graph.seconds.shape[0]
    endless = np.full((nodes, count), np.inf)
    found = Nearest(np.full((nodes, count), -1), endless, endless.copy(), endless.copy())
    if not len(places) or not nodes:
        return found
    seconds, before, source = dijkstra(
        graph.seconds, indices=places, min_only=True, return_predecessors=True
    )
    reached = np.isfinite(seconds)
    found.seconds[:, 0] = seconds
    found.which[reached, 0] = np.searchsorted(places, source[reached])
    origin = np.repeat(np.arange(nodes), np.diff(graph.seconds.indptr))
    begin = np.where(before < 0, np.arange(nodes), before).astype(np.int64)
    step = _step(graph, origin, begin)
    for values, own, along in _carried(found, graph):
        values[reached, 0] = _down(begin, _of_steps(own, step), along)[reached]
    for rank in range(1, min(count, len(places))):
        _next_rank(graph, origin, found, rank)
    return found


Along = Callable[[Floats, Floats], Floats]


def _carried(found: Nearest, graph: Graph) -> tuple[tuple[Floats, Floats, Along], ...]:
    """Name what is carried along a way: metres add up, of ages the greatest counts."""
    return (
        (found.metres, graph.metres, np.add),
        (found.age_days, graph.age_days, np.maximum),
    )


def _next_rank(graph: Graph, origin: Ints, found: Nearest, rank: int) -> None:
    """Fill in the next nearest of every node, where the nearer ones are known.

    Its way comes over some neighbour, of which it is the nearest but those that are nearer to the
    node itself. Either the neighbour knows it by now; or both have the same nearer ones, and it is
    the next nearest of the neighbour, too. So one search from what is known finds all of them.
    """
    nodes, target = graph.seconds.shape[0], graph.seconds.indices
    first = np.full(len(target), -1)  # the neighbour's nearest that the node does not know
    for at in range(rank - 1, -1, -1):
        theirs = found.which[origin, at]
        new = (theirs >= 0) & (found.which[target, :rank] != theirs[:, None]).all(axis=1)
        first[new] = at
    told = np.flatnonzero(first >= 0)
    value = found.seconds[origin[told], first[told]] + graph.seconds.data[told]
    order = np.lexsort((value, target[told]))
    told, value = told[order], value[order]
    opens = np.ones(len(told), bool)
    opens[1:] = target[told][1:] != target[told][:-1]
    told, value = told[opens], value[opens]
    same = np.flatnonzero(first < 0)
    pointer = np.searchsorted(same, graph.seconds.indptr)
    more = csr_array(
        (
            np.concatenate([graph.seconds.data[same], value]),
            np.concatenate([target[same], target[told]]),
            np.append(pointer, pointer[-1] + len(told)),
        ),
        shape=(nodes + 1, nodes + 1),
    )
    seconds, before = dijkstra(more, indices=nodes, return_predecessors=True)
    seconds = seconds[:nodes]
    reached = np.isfinite(seconds)
    begin = before[:nodes].astype(np.int64)
    begun = reached & (begin == nodes)
    begin[begun | ~reached] = np.flatnonzero(begun | ~reached)
    label = np.full(nodes, -1)
    label[target[told]] = found.which[origin[told], first[told]]
    found.seconds[:, rank] = seconds
    found.which[reached, rank] = label[_root(begin)[reached]]
    step = _step(graph, origin, begin)
    by_target = np.full(nodes, -1)
    by_target[target[told]] = told
    for values, own, along in _carried(found, graph):
        carried = _of_steps(own, step)
        seed = by_target[begun]
        carried[begun] = along(values[origin[seed], first[seed]], own[seed])
        values[reached, rank] = _down(begin, carried, along)[reached]


def _step(graph: Graph, origin: Ints, begin: Ints) -> Ints:
    """Find the entry of the graph from ``begin`` to each node; -1 where both are one."""
    there = np.flatnonzero(begin[graph.seconds.indices] == origin)
    found = np.full(len(begin), -1)
    found[graph.seconds.indices[there]] = there
    found[begin == np.arange(len(begin))] = -1
    return found


def _of_steps(own: Floats, step: Ints) -> Floats:
    """Give what each step has; of none, 0."""
    values = np.zeros(len(step))
    values[step >= 0] = own[step[step >= 0]]
    return values


def _root(begin: Ints) -> Ints:
    """Follow each node to where its way began."""
    root = begin
    while (root[root] != root).any():
        root = root[root]
    return root


def _down(begin: Ints, own: Floats, along: Along) -> Floats:
    """Carry what each step has from where its way began: by twice as many steps each time."""
    here = np.arange(len(begin))
    end = len(begin)  # before a way begins there is nothing
    carried = np.append(own, [-np.inf if along is np.maximum else 0.0])
    above = np.append(np.where(begin == here, end, begin), [end])
    while (above < end).any():
        carried = along(carried, carried[above])
        above = above[above]
    return carried[:end]


def _each_place(found: Nearest, node_of: Ints, count: int) -> Nearest:
    """Give places for nodes: several may be at one."""
    times = np.bincount(node_of) if len(node_of) else np.zeros(0, np.int64)
    by_node = np.argsort(node_of, kind="stable")
    first = np.cumsum(times) - times
    most = min(int(times.max(initial=1)), count)
    wide = Nearest(
        np.repeat(found.which, most, axis=1),
        np.repeat(found.seconds, most, axis=1),
        np.repeat(found.metres, most, axis=1),
        np.repeat(found.age_days, most, axis=1),
    )
    for at in range(most):
        named = found.which >= 0
        named[named] = times[found.which[named]] > at
        which, seconds = wide.which[:, at::most], wide.seconds[:, at::most]
        which[named] = by_node[first[found.which[named]] + at]
        which[~named], seconds[~named] = -1, np.inf
    which, seconds, metres, age = in_order([wide])
    return Nearest(which[:, :count], seconds[:, :count], metres[:, :count], age[:, :count])


def in_order(several: Sequence[Nearest]) -> Nearest:
    """Set what was found in several ways beside each other, the quickest first."""
    order = np.argsort(np.hstack([one.seconds for one in several]), axis=1, kind="stable")
    return Nearest(
        np.take_along_axis(np.hstack([one.which for one in several]), order, axis=1),
        np.take_along_axis(np.hstack([one.seconds for one in several]), order, axis=1),
        np.take_along_axis(np.hstack([one.metres for one in several]), order, axis=1),
        np.take_along_axis(np.hstack([one.age_days for one in several]), order, axis=1),
    )
