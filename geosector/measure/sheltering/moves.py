"""The loops of `transport`, compiled once per installation by numba: who moves from where to where.

A lot is the people of one block at one place. Each place knows its cheapest move to each other one;
a search over these moves finds the cheapest chain from an over-full place to one with room.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Short = NDArray[np.int32]
Flags = NDArray[np.bool_]

NO_WAY = np.iinfo(np.int32).max
ENDLESS = np.iinfo(np.int64).max // 4


class Lots(NamedTuple):
    """Lots of people, each in two chains: of those at its place, and of those of its block.

    Of each lot: ``block``, ``place``, ``people``; ``before`` and ``after`` it at its place,
    ``beside`` it of its block, -1 for none. ``at``: the first lot of each place; ``of``: the first
    of each block. ``spare``: the first lot that is not in use, chained by ``after``, and how many
    such there are.
    """

    block: Ints
    place: Ints
    people: Ints
    before: Ints
    after: Ints
    beside: Ints
    at: Ints
    of: Ints
    spare: Ints


class Plan(NamedTuple):
    """People at places, of which the last, of no limit, is that of people without room.

    ``cost``, shape (blocks, places), `NO_WAY` where there is no way; ``far``: what it costs to be
    without room. ``room``, ``load``, ``price`` of each place: price is what one more person there
    costs all together, 0 where rooms are free. ``least``, shape (places, places): the cheapest move
    of a person from one place to another, and ``whose``, the block.
    """

    cost: Short
    far: int
    room: Ints
    lots: Lots
    load: Ints
    price: Ints
    least: Ints
    whose: Ints


@njit(cache=True)
def fill(plan: Plan, people: Ints, nearest: Ints) -> None:
    """Put the people of each block at its nearest place, whatever its room."""
    for block in range(len(people)):
        if people[block] > 0:
            arrive(plan, block, nearest[block], people[block])


@njit(cache=True)
def spread(plan: Plan) -> bool:
    """Send people on from each over-full place; say whether all is done, or more lots are wanted.

    Chains go one at a time and prices rise with each, so that no move is ever worth undoing.
    """
    count = len(plan.room)
    away, came = np.empty(count, np.int64), np.empty(count, np.int64)
    settled = np.empty(count, np.int64)
    for place in range(count - 1):
        while plan.load[place] > plan.room[place]:
            if plan.lots.spare[1] < count:
                return False
            end = search(plan, place, away, came, settled)
            send(plan, place, end, came)
    return True


@njit(cache=True)
def search(plan: Plan, start: int, away: Ints, came: Ints, settled: Ints) -> int:
    """Find the place with room to which the cheapest chain of moves leads, and raise prices.

    ``away`` and ``came``: how dear the chain to each place is, and from where it comes. Moves are
    reckoned with prices, so none is below 0 (E. W. Dijkstra's search, among few places).
    """
    count, price = len(plan.room), plan.price
    away[:] = ENDLESS
    settled[:] = 0
    away[start] = 0
    place = start
    while place != count - 1 and plan.load[place] >= plan.room[place]:
        settled[place] = ENDLESS
        base = away[place] - price[place]
        least = plan.least[place]
        # Without branches, so that several places are reckoned at once. No move is below 0, so
        # that what is settled does not change.
        for other in range(count):
            there = base + least[other] + price[other]
            nearer = there < away[other]
            away[other] = there if nearer else away[other]
            came[other] = place if nearer else came[other]
        nearest = 2 * ENDLESS
        for other in range(count):
            nearest = min(nearest, away[other] + settled[other])
        place = 0
        while away[place] + settled[place] != nearest:
            place += 1
    for other in range(count):
        if settled[other] > 0:
            price[other] += away[place] - away[other]
    return int(place)


@njit(cache=True)
def send(plan: Plan, start: int, end: int, came: Ints) -> None:
    """Move as many people along a chain as all of its moves allow."""
    many = plan.load[start] - plan.room[start]
    if end < len(plan.room) - 1:
        many = min(many, plan.room[end] - plan.load[end])
    place = end
    while place != start:
        block = plan.whose[came[place], place]
        many = min(many, plan.lots.people[find(plan.lots, block, came[place])])
        place = came[place]
    place = end
    while place != start:
        before = came[place]
        block = plan.whose[before, place]
        leave(plan, block, before, many)
        arrive(plan, block, place, many)
        place = before


@njit(cache=True)
def arrive(plan: Plan, block: int, place: int, people: int) -> None:
    """Add people of a block at a place, which then offers their moves, too."""
    lots = plan.lots
    plan.load[place] += people
    lot = lots.of[block]
    while lot >= 0:
        if lots.place[lot] == place:
            lots.people[lot] += people
            return
        lot = lots.beside[lot]
    lot = lots.spare[0]
    lots.spare[0] = lots.after[lot]
    lots.spare[1] -= 1
    lots.block[lot], lots.place[lot], lots.people[lot] = block, place, people
    first = lots.at[place]
    lots.before[lot], lots.after[lot] = -1, first
    if first >= 0:
        lots.before[first] = lot
    lots.at[place] = lot
    lots.beside[lot] = lots.of[block]
    lots.of[block] = lot
    last = len(plan.room) - 1
    own = np.int64(plan.far if place == last else plan.cost[block, place])
    least, whose, costs = plan.least[place], plan.whose[place], plan.cost[block]
    for other in range(last):
        if costs[other] != NO_WAY and costs[other] - own < least[other] and other != place:
            least[other] = costs[other] - own
            whose[other] = block
    if place != last and plan.far - own < least[last]:
        least[last] = plan.far - own
        whose[last] = block


@njit(cache=True)
def leave(plan: Plan, block: int, place: int, people: int) -> None:
    """Take people of a block from a place; where none are left, others offer their moves."""
    lots = plan.lots
    plan.load[place] -= people
    lot = find(lots, block, place)
    lots.people[lot] -= people
    if lots.people[lot] > 0:
        return
    drop(lots, lot)
    last = len(plan.room) - 1
    least, whose = plan.least[place], plan.whose[place]
    lost = np.flatnonzero(whose == block)
    least[lost] = ENDLESS
    whose[lost] = -1
    lot = lots.at[place]
    while lot >= 0:
        one = lots.block[lot]
        own = np.int64(plan.cost[one, place])
        for other in lost:
            there = np.int64(plan.far if other == last else plan.cost[one, other])
            if there != NO_WAY and there - own < least[other]:
                least[other] = there - own
                whose[other] = one
        lot = lots.after[lot]


@njit(cache=True)
def find(lots: Lots, block: int, place: int) -> int:
    """Find the lot of a block at a place, where it is known to be."""
    lot = lots.of[block]
    while lots.place[lot] != place:
        lot = lots.beside[lot]
    return int(lot)


@njit(cache=True)
def drop(lots: Lots, lot: int) -> None:
    """Take a lot out of its chains."""
    before, after, block = lots.before[lot], lots.after[lot], lots.block[lot]
    if before >= 0:
        lots.after[before] = after
    else:
        lots.at[lots.place[lot]] = after
    if after >= 0:
        lots.before[after] = before
    if lots.of[block] == lot:
        lots.of[block] = lots.beside[lot]
    else:
        other = lots.of[block]
        while lots.beside[other] != lot:
            other = lots.beside[other]
        lots.beside[other] = lots.beside[lot]
    lots.people[lot] = 0
    lots.after[lot] = lots.spare[0]
    lots.spare[0] = lot
    lots.spare[1] += 1
