"""Moving single nodes across borders: the loop in which the solver spends most of its time.

Nine moves of ten are refused, so what refuses them is kept from move to move (`Borders`), and
brought up to date by the few that are made.
"""

# ruff: noqa: PLR0917 - compiled functions take plain arrays, by place

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geosector.partition.kernels import (
    BITS,
    Flags,
    Floats,
    Graph,
    Ints,
    Places,
    Short,
    drawn_after,
    excess,
)

Bits = NDArray[np.uint64]

# Moves between two steps of the temperature.
STEP = 256
# How many temperatures dearer a plan may become: −ln of the middles of so many equal lots.
LOT_BITS = 10
LOTS = 1 << LOT_BITS
PATIENCE = -np.log((np.arange(LOTS) + 0.5) / LOTS)

# Nodes of one word of bits. In up to twice as many, whether a sector holds together is asked of
# two words of them: a walk from neighbour to neighbour took a third of all the time.
_WORD = 64
_NONE, _ONE = np.uint64(0), np.uint64(1)
_INTO, _WITHIN = np.uint64(6), np.uint64(_WORD - 1)
# A De Bruijn sequence: its six bits from any place on occur once, so that a power of two times it
# tells by its first six bits which power it is.
_SEQUENCE, _FIRST = np.uint64(0x03F79D71B4CB0A89), np.uint64(58)
_POWERS = np.array([(0x03F79D71B4CB0A89 << power) % 2**64 >> 58 for power in range(_WORD)])
_POWER = np.argsort(_POWERS).astype(np.uint32)


class Borders(NamedTuple):
    """What is known of a plan while nodes move across its borders.

    By sector: ``load``: people; ``members``: nodes. ``bond``: by node and sector, what binds the
    one to the other. ``ways``: the places in the graph by which one can move into another sector,
    and ``seat``: by place, where in this list it is. ``tally``: how many such ways there are, and
    the last stamp. Of large graphs, ``mark``, ``queue``: scratch for walks. Of small ones, two
    words of bits each: ``reach``: by node, the neighbours one can move to; ``members_of``: by
    sector, its nodes.
    """

    load: Floats
    members: Ints
    bond: Floats
    ways: Places
    seat: Places
    tally: Ints
    mark: Ints
    queue: Places
    reach: Bits
    members_of: Bits


@njit(cache=True)
def find_borders(graph: Graph, labels: Short, count: int) -> Borders:
    """Find what `anneal` has to know of a plan of ``count`` sectors."""
    label_of, people = labels.view(np.uint32), graph.people
    size = len(labels)
    load = np.zeros(count, np.float64)
    members = np.zeros(count, np.int64)
    for node in range(size):
        load[label_of[node]] += people[node]
        members[label_of[node]] += 1
    ways, seat, crossings = _find_ways(graph.owner, graph.indices, graph.passable, label_of)
    few = size <= 2 * _WORD
    walked = 0 if few else size
    reach = np.zeros(2 * size if few else 0, np.uint64)
    members_of = np.zeros(2 * count, np.uint64)
    if few:
        _fill_bits(graph, label_of, reach, members_of)
    return Borders(
        load,
        members,
        _bonds(graph, label_of, count),
        ways,
        seat,
        np.array([crossings, 1]),
        np.zeros(walked, np.int64),
        np.empty(walked + 1, np.uint32),
        reach,
        members_of,
    )


@njit(cache=True)
def anneal(
    graph: Graph,
    labels: Short,
    borders: Borders,
    low: float,
    high: float,
    price: float,
    hot: float,
    cold: float,
    sweeps: float,
    rng: Ints,
) -> None:
    """Improve a plan in place by moving single nodes across borders, at falling temperature.

    A move changes cut weight + ``price`` × people out of bounds + what leaving home costs; a worse
    plan is taken with probability exp(−change / temperature). No move empties a sector or breaks
    it in two. Each way across a border at the start is tried ``sweeps`` times on average.
    ``borders``: what `find_borders` says of the plan; true of it afterwards too.

    Long because it is the hot loop.
    """
    # Taken out of the tuples once: numba counts references at every look into them.
    indptr, indices, owner, twin, weights, passable, people, _, _ = graph
    load, members, bond, ways, seat, tally, mark, queue, reach, members_of = borders
    label_of = labels.view(np.uint32)
    count, few = len(load), len(reach) > 0
    fine = np.empty(count, np.float64)
    for sector in range(count):
        fine[sector] = price * excess(load[sector], low, high)
    crossings, stamp = tally
    moves = int(sweeps * crossings) if count > 1 else 0
    heat, state = hot, rng[0]
    fall = (cold / hot) ** (STEP / max(moves, STEP))
    for move in range(1, moves + 1):
        if move % STEP == 0:
            heat *= fall
        state = drawn_after(state)
        lot = state * crossings
        way = ways[lot >> BITS]
        node = owner[way]
        source, target = label_of[node], label_of[indices[way]]
        # What is left of the lot says how much dearer the plan may become.
        allowed = heat * PATIENCE[(lot >> (BITS - LOT_BITS)) & (LOTS - 1)]
        change = bond[node * count + source] - bond[node * count + target]
        moved = people[node]
        # Added up before it is asked: one question is guessed wrong less often than two.
        fine_source = price * excess(load[source] - moved, low, high)
        fine_target = price * excess(load[target] + moved, low, high)
        change += fine_source + fine_target - (fine[source] + fine[target])
        if change > allowed or members[source] == 1:
            continue
        if few:
            if not bits_hold_without(reach, members_of, node, source):
                continue
        else:
            stamp += 2
            if not holds_without(indptr, indices, passable, label_of, node, mark, stamp, queue):
                continue
        label_of[node] = target
        for place in range(indptr[node], indptr[node + 1]):
            bond[indices[place] * count + source] -= weights[place]
            bond[indices[place] * count + target] += weights[place]
        crossings = _turn_ways(
            indptr, indices, passable, label_of, node, source, twin, ways, seat, crossings
        )
        load[source] -= moved
        load[target] += moved
        fine[source] = fine_source
        fine[target] = fine_target
        members[source] -= 1
        members[target] += 1
        if few:
            word, bit = _seat_of(node)
            members_of[2 * source + word] ^= bit
            members_of[2 * target + word] ^= bit
    tally[0], tally[1] = crossings, stamp
    rng[0] = state


@njit(cache=True)
def _fill_bits(graph: Graph, labels: Places, reach: Bits, members_of: Bits) -> None:
    """Write who can be reached from whom, and who is in which sector, as bits."""
    owner, indices, passable = graph.owner, graph.indices, graph.passable
    for way in range(len(indices)):
        word, bit = _seat_of(indices[way])
        reach[2 * owner[way] + word] |= bit * np.uint64(passable[way])
    for node in range(len(labels)):
        word, bit = _seat_of(node)
        members_of[2 * labels[node] + word] |= bit


@njit(cache=True, forceinline=True)
def _seat_of(node: int) -> tuple[np.uint64, np.uint64]:
    """Give the word, 0 or 1, in which a node has a bit, and this bit alone."""
    return np.uint64(node) >> _INTO, _ONE << (np.uint64(node) & _WITHIN)


@njit(cache=True, forceinline=True)
def _lowest(bits: np.uint64) -> np.uint32:
    """Give the place of the lowest bit that is set."""
    place: np.uint32 = _POWER[((bits & (~bits + _ONE)) * _SEQUENCE) >> _FIRST]
    return place


@njit(cache=True, forceinline=True)
def bits_hold_without(reach: Bits, members_of: Bits, node: int, sector: int) -> bool:
    """Say whether a sector stays in one piece when a node leaves it, in a small graph.

    See `Borders` for ``reach`` and ``members_of``. From one neighbour on, whoever can be reached
    within the sector is added, one node at a time, until all neighbours are among them or no one
    is left to go on from.
    """
    upper, bit = _seat_of(node)
    stay_0 = members_of[2 * sector] & ~(bit * (_ONE - upper))
    stay_1 = members_of[2 * sector + 1] & ~(bit * upper)
    wanted_0, wanted_1 = reach[2 * node] & stay_0, reach[2 * node + 1] & stay_1
    next_0 = wanted_0 & (~wanted_0 + _ONE)
    next_1 = wanted_1 & (~wanted_1 + _ONE) if wanted_0 == _NONE else _NONE
    met_0, met_1 = next_0, next_1
    while (wanted_0 & ~met_0) | (wanted_1 & ~met_1):
        if next_0 != _NONE:
            here = 2 * _lowest(next_0)
            next_0 &= next_0 - _ONE
        elif next_1 != _NONE:
            here = 2 * (_lowest(next_1) + _WORD)
            next_1 &= next_1 - _ONE
        else:
            return False
        new_0, new_1 = reach[here] & stay_0 & ~met_0, reach[here + 1] & stay_1 & ~met_1
        met_0, met_1 = met_0 | new_0, met_1 | new_1
        next_0, next_1 = next_0 | new_0, next_1 | new_1
    return True


# Written into the loop that calls it: handing over so many arrays takes as long as the answer.
@njit(cache=True, forceinline=True)
def holds_without(
    indptr: Places,
    indices: Places,
    passable: Flags,
    labels: Places,
    node: int,
    mark: Ints,
    stamp: int,
    queue: Places,
) -> bool:
    """Say whether a sector stays in one piece when a node leaves it.

    ``mark`` and ``queue`` are scratch, as long as the graph and longer by one; ``stamp`` must be
    new and go up by at least 2 from call to call.
    """
    sector = labels[node]
    wanted = 0
    for place in range(indptr[node], indptr[node + 1]):
        other = indices[place]
        # Written whether it is wanted or not: which it is, no processor can guess.
        queue[wanted] = other
        wanted += int((labels[other] == sector) & passable[place])
    if wanted <= 1:
        return True
    for spot in range(wanted):
        mark[queue[spot]] = stamp
    done = stamp + 1
    mark[node] = done
    mark[queue[0]] = done
    tail = _met_nearby(indptr, indices, passable, mark, stamp, queue, wanted)
    if tail == wanted:
        return True
    wanted -= tail
    head = 0
    while head < tail:
        here = queue[head]
        head += 1
        for place in range(indptr[here], indptr[here + 1]):
            other = indices[place]
            if labels[other] != sector or mark[other] == done or not passable[place]:
                continue
            if mark[other] == stamp:
                wanted -= 1
                if wanted == 0:
                    return True
            mark[other] = done
            queue[tail] = other
            tail += 1
    return False


@njit(cache=True, forceinline=True)
def _met_nearby(
    indptr: Places,
    indices: Places,
    passable: Flags,
    mark: Ints,
    stamp: int,
    queue: Places,
    wanted: int,
) -> int:
    """Go from the first wanted node to others that are wanted, and give how many are met.

    Mostly all are: the neighbours of a node border on each other.
    """
    done = stamp + 1
    head, tail = 0, 1
    while head < tail < wanted:
        here = queue[head]
        head += 1
        for place in range(indptr[here], indptr[here + 1]):
            other = indices[place]
            is_new = (mark[other] == stamp) & passable[place]
            mark[other] = done if is_new else mark[other]
            queue[tail] = other
            tail += int(is_new)
    return tail


@njit(cache=True)
def _bonds(graph: Graph, labels: Places, count: int) -> Floats:
    """Add up what binds each node to each sector, its home among them, node by node."""
    owner, indices, weights = graph.owner, graph.indices, graph.weights
    home, stay = graph.home, graph.stay
    bond = np.zeros(len(labels) * count, np.float64)
    for way in range(len(indices)):
        bond[owner[way] * count + labels[indices[way]]] += weights[way]
    for node in range(len(labels)):
        if home[node] >= 0:
            bond[node * count + home[node]] += stay[node]
    return bond


@njit(cache=True)
def _find_ways(
    owner: Places, indices: Places, passable: Flags, labels: Places
) -> tuple[Places, Places, int]:
    """List the ways by which one can move into another sector.

    Gives the list, the place in it of each way that is there, and its length.
    """
    ways = np.empty(len(indices), np.uint32)
    seat = np.empty(len(indices), np.uint32)
    crossings = 0
    for way in range(len(indices)):
        # Written whether it crosses or not: which it is, no processor can guess.
        ways[crossings] = way
        seat[way] = crossings
        crossings += int(passable[way] and labels[owner[way]] != labels[indices[way]])
    return ways, seat, crossings


@njit(cache=True)
def _turn_ways(
    indptr: Places,
    indices: Places,
    passable: Flags,
    labels: Places,
    node: int,
    source: int,
    twin: Places,
    ways: Places,
    seat: Places,
    crossings: int,
) -> int:
    """Keep the list of ways true once a node has left ``source``; gives its length."""
    target = labels[node]
    for place in range(indptr[node], indptr[node + 1]):
        if not passable[place]:
            continue
        label = labels[indices[place]]
        if label == source:
            crossings = _enter(place, twin[place], ways, seat, crossings)
        elif label == target:
            crossings = _leave(place, ways, seat, crossings)
            crossings = _leave(twin[place], ways, seat, crossings)
    return crossings


@njit(cache=True)
def _enter(way: int, back: int, ways: Places, seat: Places, crossings: int) -> int:
    """Put a way and the way back on the list; gives its length."""
    ways[crossings], ways[crossings + 1] = way, back
    seat[way], seat[back] = crossings, crossings + 1
    return crossings + 2


@njit(cache=True)
def _leave(way: int, ways: Places, seat: Places, crossings: int) -> int:
    """Take a way off the list; the last one takes its place."""
    last = ways[crossings - 1]
    ways[seat[way]] = last
    seat[last] = seat[way]
    return crossings - 1
