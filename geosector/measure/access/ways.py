"""The best way from nodes to the nearest of some goals, by several numbers in their order.

What weighs most is made as little as can be; among the ways that are equal in that, the next, and
so on. `scipy.sparse.csgraph` does the searches.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geosector.measure.access.facilities import Links

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_PER_METRE = 10  # metres are compared in steps of 0.1 m, rounded up


class Way(NamedTuple):
    """A way to a goal.

    ``to``: its position among the goals. ``seconds``. Of each piece of street, in the order of
    going: ``piece``, its position among the pieces of the links, and ``onward``, whether one goes
    from its start to its end.
    """

    to: int
    seconds: float
    piece: Ints
    onward: Flags


class _Steps(NamedTuple):
    """Steps as a search from the goals takes them, by origin: one goes from ``target`` to it.

    ``seconds``; ``piece``, -1 beside the streets; ``onward``.
    """

    origin: Ints
    target: Ints
    seconds: Floats
    piece: Ints
    onward: Flags


class _Tree(NamedTuple):
    """What a search found: of each node the goal's node, the seconds and the step to take; -1."""

    goal: Ints
    seconds: Floats
    step: Ints


def find_ways(
    links: Links, goals: Ints, starts: Ints, burden: Floats, *, count: int = 1
) -> list[list[Way]]:
    """Find ways from some nodes to the nearest goal, with as little of a burden as can be.

    Parameters
    ----------
    links : Links
    goals : array of int
        Nodes of ``links``; -1 is none.
    starts : array of int
        Nodes of ``links``; from -1 there is no way.
    burden : array of float, shape (pieces,), metres
        What each piece of street has of what is to be avoided.
    count : int
        How many ways for each start.

    Returns
    -------
    list of list of Way
        For each start. A further way shares as few metres with those before it as can be; there is
        none where it would be the same.

    Notes
    -----
    Ways that are the least in one number are those along steps (a, b) with d(b) = d(a) + w(a, b),
    where d are the distances by it (E. W. Dijkstra, A note on two problems in connexion with
    graphs, Numerische Mathematik 1, 1959). So the next number is searched on these steps alone.
    """
    steps = _steps(links)
    met = np.unique(goals[goals >= 0])
    first_of = {int(node): at for at, node in reversed(list(enumerate(goals.tolist())))}
    if not len(met) or not len(starts):
        return [[] for _ in starts]
    count_nodes = links.graph.seconds.shape[0]
    inside = _units(burden, steps)
    tree = _search(steps, met, [inside], count_nodes)
    found: list[list[Way]] = []
    for start in starts.tolist():
        several: list[Way] = []
        found.append(several)
        if start < 0 or tree.goal[start] < 0:
            continue
        several.append(_walk(tree, start, steps, first_of))
        while len(several) < count:
            used = np.zeros(len(links.stretch))
            for way in several:
                used[way.piece] = links.metres[way.piece]
            other = _search(steps, met, [inside, _units(used, steps)], count_nodes)
            way = _walk(other, start, steps, first_of)
            if any(np.array_equal(way.piece, one.piece) for one in several):
                break
            several.append(way)
    return found


def _steps(links: Links) -> _Steps:
    """List the steps over pieces of street, and those between streets and places beside them."""
    piece = np.arange(len(links.stretch))
    there = links.nodes[links.nodes >= 0]
    entry = links.graph.seconds.indptr[there]
    beside = links.graph.seconds.indices[entry].astype(np.int64)
    off = links.graph.seconds.data[entry]
    none = np.full(len(there), -1)
    either = np.ones(len(there), bool)
    every = _Steps(
        np.concatenate([links.end, links.start, there, beside]),
        np.concatenate([links.start, links.end, beside, there]),
        np.concatenate([links.onward, links.back, off, off]),
        np.concatenate([piece, piece, none, none]),
        np.concatenate([np.ones(len(piece), bool), np.zeros(len(piece), bool), either, either]),
    )
    order = np.flatnonzero(np.isfinite(every.seconds))
    order = order[np.argsort(every.origin[order], kind="stable")]
    return _Steps(
        every.origin[order],
        every.target[order],
        every.seconds[order],
        every.piece[order],
        every.onward[order],
    )


def _units(burden: Floats, steps: _Steps) -> Floats:
    """Give the burden of each step, in whole units: sums of them are exact."""
    units = np.ceil(np.round(burden * _PER_METRE, 6))
    return np.where(steps.piece >= 0, units[steps.piece], 0.0) if len(units) else 0 * steps.seconds


def _search(steps: _Steps, goals: Ints, burdens: list[Floats], nodes: int) -> _Tree:
    """Search from the goals, burden by burden; the seconds decide last."""
    kept = np.arange(len(steps.seconds))
    for burden in burdens:
        if not burden[kept].any():
            continue
        least = dijkstra(_graph(steps, kept, burden, nodes), indices=goals, min_only=True)
        origin, target = steps.origin[kept], steps.target[kept]
        reached = np.isfinite(least[origin])  # else both ends are infinite, and equal
        kept = kept[reached & (least[origin] + burden[kept] == least[target])]
    seconds, before, goal = dijkstra(
        _graph(steps, kept, steps.seconds, nodes),
        indices=goals,
        min_only=True,
        return_predecessors=True,
    )
    origin, target = steps.origin[kept], steps.target[kept]
    taken = (before[target] == origin) & (seconds[origin] + steps.seconds[kept] == seconds[target])
    step = np.full(nodes, -1)
    step[target[taken][::-1]] = kept[taken][::-1]  # of two stretches as quick the first one
    return _Tree(np.where(np.isfinite(seconds), goal, -1), seconds, step)


def _graph(steps: _Steps, kept: Ints, weight: Floats, nodes: int) -> csr_array:
    """Make a graph of some steps; there may be several between two nodes."""
    sizes = np.bincount(steps.origin[kept], minlength=nodes)
    pointer = np.concatenate([[0], np.cumsum(sizes)])
    return csr_array((weight[kept], steps.target[kept], pointer), shape=(nodes, nodes))


def _walk(tree: _Tree, start: int, steps: _Steps, first_of: dict[int, int]) -> Way:
    """Go from a node to its goal."""
    taken = []
    node = start
    while tree.step[node] >= 0:
        taken.append(tree.step[node])
        node = int(steps.origin[tree.step[node]])
    own = np.array(taken, np.int64)
    own = own[steps.piece[own] >= 0]
    return Way(
        first_of[int(tree.goal[start])],
        float(tree.seconds[start]),
        steps.piece[own],
        steps.onward[own],
    )
