"""The proven best plan of few blocks: every way to cover them with lawful sectors is looked at.

A set of blocks is a whole number with one bit per block. First all sets are listed that hold
together and have lawful people: from each block on, sets are grown over passable pairs, each new
block once taken and once left out for good. Then blocks are covered one after the other with such
sets, and a cover is given up where it cannot become cheaper than the best one known: what is
covered so far and what is not share a border that the rest has to pay once more.

Both searches count their steps and give up beyond a limit, so that they are exact for a village, a
camp or a test, and cost no more than a moment elsewhere.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numba.typed import List

from geosector.partition.kernels import Floats, Graph, Ints, Short

# A set is one number of 64 bits, one of them the sign.
MOST_BLOCKS = 62
# Where each of the two searches gives up: about a second, and some tens of megabytes.
_MOST_SETS = 2_000_000
_MOST_STEPS = 20_000_000


@njit(cache=True)
def _ways(graph: Graph) -> Ints:
    """Give the blocks that can be reached from each, as sets."""
    indptr, indices, passable = graph.indptr, graph.indices, graph.passable
    ways = np.zeros(len(graph.people), np.int64)
    for node in range(len(ways)):
        for place in range(indptr[node], indptr[node + 1]):
            if passable[place]:
                ways[node] |= np.int64(1) << np.int64(indices[place])
    return ways


@njit(cache=True)
def _first(chosen: int) -> int:
    """Give the lowest block of a set that is not empty."""
    node = 0
    while not (chosen >> node) & 1:
        node += 1
    return node


@njit(cache=True)
def _weight_into(graph: Graph, node: int, chosen: int) -> float:
    """Add up the border weights between a block and a set."""
    total = 0.0
    for place in range(graph.indptr[node], graph.indptr[node + 1]):
        if (chosen >> np.int64(graph.indices[place])) & 1:
            total += graph.weights[place]
    return total


@njit(cache=True)
def _lawful_sets(
    graph: Graph, low: float, high: float, patience: int
) -> tuple[bool, Ints, Ints, Floats]:
    """List the sets that may be a sector.

    Gives whether the list is complete, the sets, the first block of each, and the weight of its
    border.
    """
    size = len(graph.people)
    ways = _ways(graph)
    rim = np.array([_weight_into(graph, node, -1) for node in range(size)])
    sets, firsts, cuts = (
        List.empty_list(np.int64(0)),
        List.empty_list(np.int64(0)),
        List.empty_list(0.0),
    )
    depth_limit = size + 2
    chosen = np.zeros(depth_limit, np.int64)
    barred = np.zeros(depth_limit, np.int64)
    near = np.zeros(depth_limit, np.int64)
    crowd = np.zeros(depth_limit, np.float64)
    cut = np.zeros(depth_limit, np.float64)
    steps = 0
    for first in range(size):
        one = np.int64(1) << np.int64(first)
        chosen[0], barred[0], near[0] = one, one - 1, ways[first]
        crowd[0], cut[0] = graph.people[first], rim[first]
        if crowd[0] > high:
            continue
        if crowd[0] >= low:
            sets.append(chosen[0])
            firsts.append(np.int64(first))
            cuts.append(cut[0])
        depth = 0
        while depth >= 0:
            steps += 1
            if steps > patience or len(sets) > _MOST_SETS:
                return False, np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
            ahead = near[depth] & ~chosen[depth] & ~barred[depth]
            if ahead == 0:
                depth -= 1
                continue
            node = _first(ahead)
            bit = np.int64(1) << np.int64(node)
            # On the way back the block is left out for good.
            barred[depth] |= bit
            more = crowd[depth] + graph.people[node]
            if more > high:
                continue
            chosen[depth + 1] = chosen[depth] | bit
            barred[depth + 1] = barred[depth] & ~bit
            near[depth + 1] = near[depth] | ways[node]
            crowd[depth + 1] = more
            cut[depth + 1] = cut[depth] + rim[node] - 2 * _weight_into(graph, node, chosen[depth])
            depth += 1
            if more >= low:
                sets.append(chosen[depth])
                firsts.append(np.int64(first))
                cuts.append(cut[depth])
    total = len(sets)
    listed, first_of, cut_of = np.empty(total, np.int64), np.empty(total, np.int64), np.empty(total)
    for place in range(total):
        listed[place], first_of[place], cut_of[place] = sets[place], firsts[place], cuts[place]
    return True, listed, first_of, cut_of


@njit(cache=True)
def best_cover(
    graph: Graph, count: int, low: float, high: float, patience: int = _MOST_STEPS
) -> tuple[bool, Short]:
    """Find the cheapest plan of a graph of few nodes (at most `MOST_BLOCKS`) without homes.

    Parameters
    ----------
    graph : Graph
    count : int
        Sectors wanted.
    low, high : float
        Fewest and most people of a sector.
    patience : int
        Steps after which each of the two searches gives up.

    Returns
    -------
    tuple = (proven, labels)
        ``proven``: whether all plans were looked at. ``labels``: the best plan seen; empty where
        none was.
    """
    size = len(graph.people)
    complete, sets, first, cuts = _lawful_sets(graph, low, high, patience)
    if not complete:
        return False, np.zeros(0, np.int32)
    # By first block, the cheapest border first: a good cover is found early.
    order = np.argsort(cuts, kind="mergesort")
    order = order[np.argsort(first[order], kind="mergesort")]
    sets, cuts, first = sets[order], cuts[order], first[order]
    start = np.searchsorted(first, np.arange(size + 1))
    best, best_cost = np.zeros(0, np.int64), np.inf
    cover = np.zeros(count, np.int64)
    cost = np.zeros(count + 1, np.float64)
    taken = np.zeros(count + 1, np.int64)
    rim = np.zeros(count + 1, np.float64)
    place = np.zeros(count, np.int64)
    everything = (np.int64(1) << np.int64(size)) - 1
    depth, steps = 0, 0
    while depth >= 0 and steps <= patience:
        steps += 1
        node = _first(~taken[depth])
        if place[depth] >= start[node + 1] or cost[depth] + cuts[place[depth]] >= best_cost:
            depth -= 1
            continue
        chosen = place[depth]
        place[depth] += 1
        if sets[chosen] & taken[depth]:
            continue
        shared = _shared_weight(graph, sets[chosen], taken[depth])
        spent = cost[depth] + cuts[chosen]
        outside = rim[depth] + cuts[chosen] - 2 * shared
        # What is left pays for its border with what is covered once more.
        if spent + outside >= best_cost:
            continue
        cover[depth] = sets[chosen]
        covered = taken[depth] | sets[chosen]
        if depth + 1 == count:
            if covered == everything:
                best, best_cost = cover.copy(), spent
        elif covered != everything:
            depth += 1
            taken[depth], cost[depth], rim[depth] = covered, spent, outside
            place[depth] = start[_first(~covered)]
    return steps <= patience, _as_labels(best, size)


@njit(cache=True)
def _shared_weight(graph: Graph, one: int, two: int) -> float:
    """Add up the border weights between two sets."""
    total = 0.0
    for node in range(len(graph.people)):
        if (one >> node) & 1:
            total += _weight_into(graph, node, two)
    return total


@njit(cache=True)
def _as_labels(sets: Ints, size: int) -> Short:
    """Give each node the place of its set; nothing where there are no sets."""
    labels = np.zeros(size if len(sets) else 0, np.int32)
    for sector in range(len(sets)):
        for node in range(size):
            if (sets[sector] >> node) & 1:
                labels[node] = sector
    return labels
