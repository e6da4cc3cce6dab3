"""The hot loops, compiled once per installation by numba.

Randomness is a whole-number generator kept in ``rng`` (one number), so that the same seed gives
the same plan on every machine, compiled or not. ``labels`` gives each node its sector.
"""

# ruff: noqa: PLR0917 - compiled functions take plain arrays, by place

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Short = NDArray[np.int32]
# Numbers with which others are looked up. Where a number may be below 0, numba asks at every look
# whether it counts from the end, which costs more than the look.
Places = NDArray[np.uint32]
Numbers = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# A miss of one part in this many of two sectors weighs double.
STEEPNESS = 100.0
# A walk is not worth changing for less than this.
LEAST_GAIN = 1e-6
# Random numbers have so many bits; 2³¹ − 1 is their modulus.
BITS = 31
_MERSENNE = (1 << BITS) - 1
# A bond of no weight still binds more than none.
_LEAST_BOND = 1e-9
# The share of a border with a sector that there is no way into, with room for all shares.
_NO_WAY = -2.0


class Graph(NamedTuple):
    """Nodes with people, and the borders between them, as compressed sparse rows.

    The neighbours of node ``i`` are ``indices[indptr[i]:indptr[i + 1]]``, each pair in both
    directions. By place in ``indices``: ``owner``: the node ``i``. ``twin``: the place of the other
    direction. ``weights``: cost of cutting a pair. ``passable``: whether one can move from one to
    the other; sectors hold together over such pairs only. By node: ``people``. ``home``: the label
    that a node should have, -1 for none. ``stay``: what another label costs for the node.
    """

    indptr: Places
    indices: Places
    owner: Places
    twin: Places
    weights: Floats
    passable: Flags
    people: Floats
    home: Short
    stay: Floats


def as_graph(
    indptr: Numbers,
    indices: Numbers,
    weights: Floats,
    passable: Flags,
    people: Floats,
    home: Short | None = None,
    stay: Floats | None = None,
) -> Graph:
    """Write a graph as the kernels take it; without more said, no node has a home.

    Examples
    --------
    >>> row = as_graph([0, 1, 3, 4], [1, 0, 2, 1], np.ones(4), np.ones(4, bool), np.ones(3))
    >>> row.owner.tolist(), row.twin.tolist()
    ([0, 1, 1, 2], [1, 0, 3, 2])
    """
    size, ends = len(people), np.asarray(indices, np.uint32)
    owner = np.repeat(np.arange(size, dtype=np.uint32), np.diff(indptr))
    twin = np.empty(len(ends), np.uint32)
    twin[np.lexsort((owner, ends))] = np.lexsort((ends, owner))
    return Graph(
        np.asarray(indptr, np.uint32),
        ends,
        owner,
        twin,
        weights,
        passable,
        people,
        np.full(size, -1, np.int32) if home is None else home,
        np.zeros(size) if stay is None else stay,
    )


@njit(cache=True)
def drawn_after(state: int) -> int:
    """Give the number of 31 bits, not 0, that is drawn after this one.

    Park and Miller's minimal standard generator.
    """
    product = state * 48271
    # The remainder by 2³¹ − 1 without a division, which would cost more than all else here.
    state = (product & _MERSENNE) + (product >> BITS)
    return state - _MERSENNE if state >= _MERSENNE else state


@njit(cache=True)
def draw(rng: Ints) -> float:
    """Draw a number in 0 … 1."""
    state = drawn_after(rng[0])
    rng[0] = state
    return state * (1 / _MERSENNE)


@njit(cache=True)
def shuffled(size: int, rng: Ints) -> Ints:
    """Give 0 … size − 1 in random order."""
    order = np.arange(size)
    for last in range(size - 1, 0, -1):
        other = int(draw(rng) * (last + 1))
        order[last], order[other] = order[other], order[last]
    return order


# --------------------------------------------------------------- coarser and finer graphs


@njit(cache=True)
def match(graph: Graph, keep_apart: Ints, cap: float, rng: Ints) -> Short:
    """Pair each node with the neighbour to which it is bound most: greatest w² / (p q).

    Only nodes of one ``keep_apart`` value and one home, passable to each other and together of at
    most ``cap`` people are paired. Gives the number of the pair (or lone node) of each node,
    0 … k − 1.
    """
    indptr, indices, weights = graph.indptr, graph.indices, graph.weights
    passable, people, home = graph.passable, graph.people, graph.home
    size = len(people)
    floor = people.sum() / size * 0.05 + _LEAST_BOND
    light = 1 / (people + floor)
    cluster = np.full(size, -1, np.int32)
    made = 0
    for node in shuffled(size, rng):
        if cluster[node] >= 0:
            continue
        best, best_rating = node, -1.0
        crowd, fence, place_of_home = people[node], keep_apart[node], home[node]
        for place in range(indptr[node], indptr[node + 1]):
            other = indices[place]
            # Asked all at once: which of these fails, no processor can guess.
            fits = (cluster[other] < 0) & passable[place] & (keep_apart[other] == fence)
            fits &= (home[other] == place_of_home) & (crowd + people[other] <= cap)
            bond = weights[place] + _LEAST_BOND
            rating = bond * bond * light[other]
            is_better = fits & (rating > best_rating)
            best = other if is_better else best
            best_rating = rating if is_better else best_rating
        cluster[node] = made
        cluster[best] = made
        made += 1
    return cluster


@njit(cache=True)
def contract(graph: Graph, cluster: Short, size: int) -> Graph:
    """Make one node of each cluster; weights between two clusters add up, as do their people.

    The home of a cluster is that of its last node that has one: clusters are not mixed.
    """
    start, member = _members(cluster, size)
    people = np.zeros(size, np.float64)
    home = np.full(size, -1, np.int32)
    stay = np.zeros(size, np.float64)
    old_people, old_home, old_stay = graph.people, graph.home, graph.stay
    for node in range(len(cluster)):
        into = cluster[node]
        people[into] += old_people[node]
        if old_home[node] >= 0:
            home[into] = old_home[node]
            stay[into] += old_stay[node]
    indptr, indices, weights, passable = graph.indptr, graph.indices, graph.weights, graph.passable
    half = len(indices) // 2
    ends = np.empty((half, 2), np.uint32)
    weight = np.empty(half, np.float64)
    is_open = np.empty(half, np.bool_)
    seat = np.full(size, -1, np.int64)
    used = 0
    for one in range(size):
        begin = used
        for spot in range(start[one], start[one + 1]):
            node = member[spot]
            for place in range(indptr[node], indptr[node + 1]):
                two = cluster[indices[place]]
                if two <= one:
                    continue
                if seat[two] < begin:
                    seat[two] = used
                    ends[used, 0], ends[used, 1] = one, two
                    weight[used] = weights[place]
                    is_open[used] = passable[place]
                    used += 1
                else:
                    weight[seat[two]] += weights[place]
                    is_open[seat[two]] |= passable[place]
    return _as_rows(ends[:used], weight, is_open, people, home, stay)


@njit(cache=True)
def _as_rows(
    ends: Places, weight: Floats, is_open: Flags, people: Floats, home: Short, stay: Floats
) -> Graph:
    """Write pairs of neighbours (shape (k, 2)) as compressed sparse rows."""
    size, pairs = len(people), len(ends)
    indptr = np.zeros(size + 1, np.uint32)
    for pair in range(pairs):
        indptr[ends[pair, 0] + 1] += 1
        indptr[ends[pair, 1] + 1] += 1
    for node in range(size):
        indptr[node + 1] += indptr[node]
    indices = np.empty(2 * pairs, np.uint32)
    owner = np.empty(2 * pairs, np.uint32)
    twin = np.empty(2 * pairs, np.uint32)
    weights = np.empty(2 * pairs, np.float64)
    passable = np.empty(2 * pairs, np.bool_)
    fill = indptr.copy()
    for pair in range(pairs):
        one, two = ends[pair]
        there, back = fill[one], fill[two]
        fill[one] += 1
        fill[two] += 1
        indices[there], indices[back] = two, one
        owner[there], owner[back] = one, two
        twin[there], twin[back] = back, there
        weights[there] = weights[back] = weight[pair]
        passable[there] = passable[back] = is_open[pair]
    return Graph(indptr, indices, owner, twin, weights, passable, people, home, stay)


@njit(cache=True)
def _members(cluster: Short, size: int) -> tuple[Places, Places]:
    """Give the nodes of cluster ``k`` as ``member[start[k]:start[k + 1]]``."""
    start = np.zeros(size + 1, np.uint32)
    for node in range(len(cluster)):
        start[cluster[node] + 1] += 1
    for one in range(size):
        start[one + 1] += start[one]
    fill = start.copy()
    member = np.empty(len(cluster), np.uint32)
    for node in range(len(cluster)):
        member[fill[cluster[node]]] = node
        fill[cluster[node]] += 1
    return start, member


@njit(cache=True)
def part_of(graph: Graph, labels: Short, local: Short) -> tuple[Places, Graph]:
    """Cut some sectors out of a graph: those whose ``local`` number is not -1.

    Gives the nodes taken, in order, and their graph; homes become local numbers, and a home that
    is not among these sectors none, because the node is away from it whatever is decided here.
    """
    old_indptr, old_indices, old_twin = graph.indptr, graph.indices, graph.twin
    old_weights, old_passable, old_home = graph.weights, graph.passable, graph.home
    size = len(labels)
    seat = np.empty(size, np.int32)
    nodes = np.empty(size, np.uint32)
    taken = 0
    for node in range(size):
        is_taken = local[labels[node]] >= 0
        seat[node] = taken if is_taken else -1
        nodes[taken] = node
        taken += is_taken
    nodes = nodes[:taken].copy()
    # One place more than is needed: pairs are written first, and kept if the other node is taken.
    most = 1
    for spot in range(taken):
        most += int(old_indptr[nodes[spot] + 1]) - int(old_indptr[nodes[spot]])
    indptr = np.zeros(taken + 1, np.uint32)
    indices = np.empty(most, np.uint32)
    owner = np.empty(most, np.uint32)
    weights = np.empty(most, np.float64)
    passable = np.empty(most, np.bool_)
    home = np.full(taken, -1, np.int32)
    # Where each place of the whole graph went, and came from.
    into = np.empty(len(old_indices), np.uint32)
    source = np.empty(most, np.uint32)
    used = 0
    for spot in range(taken):
        node = nodes[spot]
        if old_home[node] >= 0:
            home[spot] = local[old_home[node]]
        for place in range(old_indptr[node], old_indptr[node + 1]):
            other = seat[old_indices[place]]
            indices[used] = other
            owner[used] = spot
            source[used] = place
            weights[used] = old_weights[place]
            passable[used] = old_passable[place]
            into[place] = used
            used += other >= 0
        indptr[spot + 1] = used
    twin = np.empty(used, np.uint32)
    for place in range(used):
        twin[place] = into[old_twin[source[place]]]
    return nodes, Graph(
        indptr,
        indices[:used],
        owner[:used],
        twin,
        weights[:used],
        passable[:used],
        graph.people[nodes],
        home,
        graph.stay[nodes],
    )


@njit(cache=True)
def common_cells(graph: Graph, plans: Short) -> Short:
    """Find the pieces of ground that every plan (shape (k, n)) keeps together: a number by node."""
    indptr, indices, passable, home = graph.indptr, graph.indices, graph.passable, graph.home
    size = len(home)
    cell = np.full(size, -1, np.int32)
    queue = np.empty(size, np.int64)
    made = 0
    for seed in range(size):
        if cell[seed] >= 0:
            continue
        cell[seed] = made
        queue[0] = seed
        head, tail = 0, 1
        while head < tail:
            node = queue[head]
            head += 1
            for place in range(indptr[node], indptr[node + 1]):
                other = indices[place]
                if cell[other] >= 0 or not passable[place]:
                    continue
                if home[other] != home[node]:
                    continue
                together = True
                for plan in range(len(plans)):
                    if plans[plan, other] != plans[plan, node]:
                        together = False
                        break
                if together:
                    cell[other] = made
                    queue[tail] = other
                    tail += 1
        made += 1
    return cell


# --------------------------------------------------------------- a first plan


@njit(cache=True)
def grow(graph: Graph, labels: Short, count: int, rng: Ints) -> None:
    """Give every free node (label -1) a sector, in place.

    Sectors without a node begin at seeds far from all others; then the sector with the fewest
    people takes the free node most of whose border is with it. The graph must be connected over
    passable pairs and have a free node for every sector that has none yet.
    """
    size = len(labels)
    hops = np.full(size, size + 1, np.int64)
    load = np.zeros(count, np.float64)
    begun = np.zeros(count, np.bool_)
    owner, weights, people = graph.owner, graph.weights, graph.people
    rim = np.full(size, _LEAST_BOND, np.float64)
    for way in range(len(owner)):
        rim[owner[way]] += weights[way]
    # What share of each node's border is with each sector; far below 0 where there is no way in.
    share = np.full((count, size), _NO_WAY, np.float64)
    for node in range(size):
        if labels[node] >= 0:
            load[labels[node]] += people[node]
            begun[labels[node]] = True
            _spread(graph, hops, node)
            _take(graph, share, rim, labels[node], node)
    for sector in range(count):
        if not begun[sector]:
            seed = _far_seed(labels, hops, rng)
            labels[seed] = sector
            load[sector] = people[seed]
            _spread(graph, hops, seed)
            _take(graph, share, rim, sector, seed)
    can_grow = np.ones(count, np.bool_)
    for _ in range(size + count):
        sector = _smallest(load, can_grow)
        if sector < 0:
            break
        best = share[sector].argmax()
        if share[sector, best] < 0:
            can_grow[sector] = False
        else:
            labels[best] = sector
            load[sector] += people[best]
            _take(graph, share, rim, sector, best)


@njit(cache=True)
def _smallest(load: Floats, can_grow: Flags) -> int:
    """Find the sector with the fewest people of those that can grow; -1 where none can."""
    smallest = -1
    for sector in range(len(load)):
        if can_grow[sector] and (smallest < 0 or load[sector] < load[smallest]):
            smallest = sector
    return smallest


@njit(cache=True)
def _take(graph: Graph, share: Floats, rim: Floats, sector: int, node: int) -> None:
    """Tell the neighbours of a node that it is in a sector; no sector shall take it again."""
    indptr, indices, weights, passable = graph.indptr, graph.indices, graph.weights, graph.passable
    share[:, node] = -np.inf
    for place in range(indptr[node], indptr[node + 1]):
        other = indices[place]
        share[sector, other] += weights[place] / rim[other]
        if passable[place] and share[sector, other] < 0:
            share[sector, other] -= _NO_WAY


@njit(cache=True)
def _far_seed(labels: Short, hops: Ints, rng: Ints) -> int:
    """Choose a free node far from the seeds before it, with some chance in it."""
    far, seed = -1.0, -1
    for node in range(len(labels)):
        reach = hops[node] * (0.7 + 0.3 * draw(rng))
        if labels[node] < 0 and reach > far:
            far, seed = reach, node
    return seed


@njit(cache=True)
def _spread(graph: Graph, hops: Ints, seed: int) -> None:
    """Bring down the hops to the nearest seed for one seed more."""
    indptr, indices = graph.indptr, graph.indices
    queue = np.empty(len(hops), np.int64)
    hops[seed] = 0
    queue[0] = seed
    head, tail = 0, 1
    while head < tail:
        node = queue[head]
        head += 1
        for place in range(indptr[node], indptr[node + 1]):
            other = indices[place]
            if hops[other] > hops[node] + 1:
                hops[other] = hops[node] + 1
                queue[tail] = other
                tail += 1


@njit(cache=True)
def name_by_home(graph: Graph, labels: Short, count: int) -> None:
    """Renumber sectors in place so that much of each stays at home: the best pair first."""
    gain = np.zeros((count, count), np.float64)
    for node in range(len(labels)):
        if graph.home[node] >= 0:
            gain[labels[node], graph.home[node]] += graph.stay[node]
    if gain.max() <= 0:
        return
    number = np.full(count, -1, np.int32)
    free = np.ones(count, np.bool_)
    for _ in range(count):
        best, at, to = -1.0, -1, -1
        for one in range(count):
            for two in range(count):
                if number[one] < 0 and free[two] and gain[one, two] > best:
                    best, at, to = gain[one, two], one, two
        number[at] = to
        free[to] = False
    for node in range(len(labels)):
        labels[node] = number[labels[node]]


# --------------------------------------------------------------- what a plan costs


@njit(cache=True)
def excess(load: float, low: float, high: float) -> float:
    """Give by how many people a sector misses its bounds, far misses weighing more than near ones.

    Misses of two sectors so are worth evening out, and a want travels from neighbour to neighbour
    until it reaches a sector with people to spare.
    """
    missed = max(load - high, low - load, 0.0)
    return missed * (1 + missed * (STEEPNESS / (low + high)))


@njit(cache=True)
def cut_weight(graph: Graph, labels: Short) -> float:
    """Add up the weights between different sectors."""
    owner, indices, weights = graph.owner, graph.indices, graph.weights
    total = 0.0
    for way in range(len(indices)):
        total += weights[way] * (labels[indices[way]] != labels[owner[way]])
    return total / 2


@njit(cache=True)
def plan_cost(
    graph: Graph, labels: Short, count: int, low: float, high: float, price: float
) -> float:
    """Add up cut weight, what leaving home costs, and ``price`` × people out of bounds."""
    people, home, stay = graph.people, graph.home, graph.stay
    load = np.zeros(count, np.float64)
    total = cut_weight(graph, labels)
    for node in range(len(labels)):
        load[labels[node]] += people[node]
        if home[node] >= 0 and home[node] != labels[node]:
            total += stay[node]
    for sector in range(count):
        total += price * excess(load[sector], low, high)
    return total


# --------------------------------------------------------------- a short walk, groups that hold


@njit(cache=True)
def shortest_walk(steps: Floats, start: Ints) -> Ints:
    """Order places so that the walk through all of them is short (2-opt and or-opt on a path).

    ``steps``: shape (n, n), symmetric. ``start``: the order to improve. Ends where neither
    reversing a stretch nor moving up to three places elsewhere, either way round, shortens it.
    """
    size = len(start)
    path = start.copy()
    better = True
    while better:
        better = False
        for i in range(size):
            for j in range(i + 1, size):
                gain = 0.0
                if i > 0:
                    gain += steps[path[i - 1], path[i]] - steps[path[i - 1], path[j]]
                if j < size - 1:
                    gain += steps[path[j], path[j + 1]] - steps[path[i], path[j + 1]]
                if gain > LEAST_GAIN:
                    path[i : j + 1] = path[i : j + 1][::-1].copy()
                    better = True
        for length in range(1, 4):
            for i in range(size - length + 1):
                better = _moved(path, steps, i, length) or better
    return path


@njit(cache=True)
def _moved(path: Ints, steps: Floats, first: int, length: int) -> bool:
    """Move a stretch of the path to where it shortens the walk, if there is such a place."""
    size = len(path)
    last = first + length - 1
    stretch = path[first : last + 1].copy()
    rest = np.concatenate((path[:first], path[last + 1 :]))
    saved = 0.0
    if first > 0:
        saved += steps[path[first - 1], path[first]]
    if last < size - 1:
        saved += steps[path[last], path[last + 1]]
    if first > 0 and last < size - 1:
        saved -= steps[path[first - 1], path[last + 1]]
    for gap in range(len(rest) + 1):
        for turned in range(2):
            head = stretch[length - 1] if turned else stretch[0]
            tail = stretch[0] if turned else stretch[length - 1]
            spent = 0.0
            if gap > 0:
                spent += steps[rest[gap - 1], head]
            if gap < len(rest):
                spent += steps[tail, rest[gap]]
            if 0 < gap < len(rest):
                spent -= steps[rest[gap - 1], rest[gap]]
            if saved - spent > LEAST_GAIN:
                path[:gap] = rest[:gap]
                path[gap : gap + length] = stretch[::-1] if turned else stretch
                path[gap + length :] = rest[gap:]
                return True
    return False


@njit(cache=True)
def bound_together(indptr: Short, indices: Short, people: Floats, least: float) -> Short:
    """Find the groups of nodes that every lawful plan keeps together.

    Gives each node the number of its group. Where taking away one node cuts off a piece of fewer
    than ``least`` people, no sector fits into that piece, so all of it belongs to that node's
    sector. The graph must be connected, and ``least`` at most half of all people.
    """
    size = len(people)
    order, parent, reach, weight, nodes = _depth_first(indptr, indices, people, 0)
    # Seen from the smallest subtree that holds half of all people, the far side of every other
    # node holds at least half too: only near sides, which are subtrees, can be too small.
    root = 0
    for node in order:
        if weight[node] * 2 >= weight[0] and nodes[node] < nodes[root]:
            root = node
    order, parent, reach, weight, nodes = _depth_first(indptr, indices, people, root)
    place = np.empty(size, np.int64)
    for spot in range(size):
        place[order[spot]] = spot
    group = np.full(size, -1, np.int32)
    made = 0
    taken_until = 0
    for spot in range(size):
        node = order[spot]
        above = parent[node]
        if spot < taken_until:
            group[node] = group[order[spot - 1]]
        elif above >= 0 and weight[node] < least and reach[node] >= place[above]:
            group[node] = group[above]
            taken_until = spot + nodes[node]
        else:
            group[node] = made
            made += 1
    return group


@njit(cache=True)
def _depth_first(
    indptr: Short, indices: Short, people: Floats, root: int
) -> tuple[Ints, Ints, Ints, Floats, Ints]:
    """Walk a connected graph depth first.

    Gives the nodes in order of discovery, and by node: the one it was found from, the earliest
    place in the order that its subtree borders on, and the subtree's people and nodes.
    """
    size = len(people)
    order = np.empty(size, np.int64)
    parent = np.full(size, -1, np.int64)
    place = np.full(size, -1, np.int64)
    reach = np.empty(size, np.int64)
    following = indptr[:-1].astype(np.int64)
    weight = people.copy()
    nodes = np.ones(size, np.int64)
    stack = np.empty(size, np.int64)
    stack[0] = root
    order[0] = root
    place[root] = 0
    reach[root] = 0
    found, height = 1, 1
    while height > 0:
        node = stack[height - 1]
        if following[node] < indptr[node + 1]:
            other = indices[following[node]]
            following[node] += 1
            if place[other] < 0:
                place[other] = found
                reach[other] = found
                order[found] = other
                parent[other] = node
                found += 1
                stack[height] = other
                height += 1
            elif other != parent[node]:
                reach[node] = min(reach[node], place[other])
        else:
            height -= 1
            above = parent[node]
            if above >= 0:
                reach[above] = min(reach[above], reach[node])
                weight[above] += weight[node]
                nodes[above] += nodes[node]
    return order, parent, reach, weight, nodes
