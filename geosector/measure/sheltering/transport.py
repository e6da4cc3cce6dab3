"""People to places with limited room: as many as fit, and of all such plans the shortest ways.

This is the transportation problem. Everybody begins at the nearest place, whatever its room; then
each place that is over-full sends people on, always by the cheapest chain of moves that ends where
there is room (successive shortest paths: R. K. Ahuja, T. L. Magnanti and J. B. Orlin, *Network
Flows*, 1993, chapter 9). Chains lead from place to place, so a search is among hundreds of places
and not among thousands of blocks. Being without room is dearer than any chain. Costs are whole
numbers, so that what is found is the optimum itself, and the prices of the places prove it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import number, text
from geosector.measure.sheltering import moves
from geosector.measure.sheltering.moves import ENDLESS, NO_WAY, Lots, Plan

Ints = NDArray[np.int64]
Short = NDArray[np.int32]

__all__ = ["NO_WAY", "Allotted", "allot"]


class Allotted(NamedTuple):
    """Who goes where.

    Of each lot of people, by block and then by place: ``block``, ``place``, ``people``. ``left``:
    people of each block who find no room. ``cost``: of all ways together; ``bound``: what they cost
    at least in any plan for as many people, by the prices of the places. ``more_people`` and
    ``saved``, of each place: how many more people one more room there would take in, 0 or 1, and
    what it would save of the cost: below 0 where one more person has a way.
    """

    block: Ints
    place: Ints
    people: Ints
    left: Ints
    cost: int
    bound: int
    more_people: Ints
    saved: Ints


def allot(cost: Short, people: Ints, room: Ints) -> Allotted:
    """Send people to places, as many as there is room for, at the least cost.

    Parameters
    ----------
    cost : array of int32, shape (blocks, places)
        Of one person's way, at least 0; `NO_WAY` where there is none.
    people : array of int64, shape (blocks,)
        At least 0.
    room : array of int64, shape (places,)
        How many people each place holds, at least 0.

    Returns
    -------
    Allotted
        Of plans that are as good, always the same one for the same arrays.

    Raises
    ------
    InputError
        Where a cost, a number of people or a room is below 0, or the shapes do not fit.

    Notes
    -----
    With y people of block i at place j at the cost c of each, and M greater than any chain of moves
    saves: least Σ c·y + M·(people without room) with Σⱼ y ≤ people of i and Σᵢ y ≤ room of j. Any
    prices p ≥ 0 of rooms bound it from below by Σᵢ people · min(M, minⱼ(c + p)) − Σⱼ room · p
    (duality of linear programs); ours reach it.

    Examples
    --------
    Three people have 1 minute to the first place and 5 to the second, two others 2 and 9. The first
    place holds three. To send on one of the two costs 7, one of the three only 4:

    >>> cost = np.array([[1, 5], [2, 9]], np.int32)
    >>> plan = allot(cost, np.array([3, 2]), np.array([3, 9]))
    >>> list(zip(plan.block.tolist(), plan.place.tolist(), plan.people.tolist()))
    [(0, 0, 1), (0, 1, 2), (1, 0, 2)]
    >>> plan.cost, plan.bound, plan.saved.tolist()
    (15, 15, [4, 0])

    With room for three in all, two stay without; one more room would take one of them in:

    >>> plan = allot(cost, np.array([3, 2]), np.array([3, 0]))
    >>> plan.left.tolist(), plan.more_people.tolist(), plan.saved.tolist()
    ([0, 2], [1, 1], [-2, -6])
    >>> allot(cost[:0], np.array([], int), np.array([3, 0])).people.tolist()
    []
    >>> allot(cost, np.array([3, -2]), np.array([3, 0]))
    Traceback (most recent call last):
    geosector.errors.InputError: A cost, people or room is below 0; expected 0 or more.
    """
    # Arrays that may be written to, whatever was given: for each sort, loops are compiled anew.
    cost = np.require(cost, np.int32, ["C", "W"])
    people, room = np.array(people, np.int64), np.array(room, np.int64)
    _require_sound(cost, people, room)
    plan = _begin(cost, people, room)
    while not moves.spread(plan):
        plan = plan._replace(lots=_roomier(plan.lots))
    return _told(plan, people)


def _require_sound(cost: Short, people: Ints, room: Ints) -> None:
    if cost.shape != (len(people), len(room)):
        raise InputError(
            text(
                "The costs are of {rows} blocks and {columns} places; expected {blocks} and"
                " {places}.",
                rows=number(len(cost)),
                columns=number(cost.size // max(len(cost), 1)),
                blocks=number(len(people)),
                places=number(len(room)),
            )
        )
    if min(cost.min(initial=0), people.min(initial=0), room.min(initial=0)) < 0:
        raise InputError(text("A cost, people or room is below 0; expected 0 or more."))


def _begin(cost: Short, people: Ints, room: Ints) -> Plan:
    """Put everybody at the nearest place; whoever reaches none is without room."""
    blocks, last = cost.shape
    nearest = np.full(blocks, last)
    if last:
        reached = cost.min(axis=1) < NO_WAY
        nearest[reached] = cost.argmin(axis=1)[reached]
    dearest = int(cost.max(initial=0, where=cost < NO_WAY))
    size = blocks + last + 2
    lots = Lots(
        block=np.full(size, -1),
        place=np.full(size, -1),
        people=np.zeros(size, np.int64),
        before=np.full(size, -1),
        after=np.append(np.arange(1, size), -1),
        beside=np.full(size, -1),
        at=np.full(last + 1, -1),
        of=np.full(blocks, -1),
        spare=np.array([0, size]),
    )
    plan = Plan(
        cost,
        2 * (last + 2) * (dearest + 1),  # twice more than a chain through all places costs
        np.append(room, ENDLESS),
        lots,
        np.zeros(last + 1, np.int64),
        np.zeros(last + 1, np.int64),
        np.full((last + 1, last + 1), ENDLESS),
        np.full((last + 1, last + 1), -1),
    )
    moves.fill(plan, people, nearest)
    return plan


def _roomier(lots: Lots) -> Lots:
    """Give room for twice as many lots."""
    size = len(lots.block)
    none = np.full(size, -1)
    return Lots(
        block=np.append(lots.block, none),
        place=np.append(lots.place, none),
        people=np.append(lots.people, np.zeros(size, np.int64)),
        before=np.append(lots.before, none),
        after=np.concatenate([lots.after, np.arange(size + 1, 2 * size), lots.spare[:1]]),
        beside=np.append(lots.beside, none),
        at=lots.at,
        of=lots.of,
        spare=np.array([size, lots.spare[1] + size]),
    )


def _told(plan: Plan, people: Ints) -> Allotted:
    """Set a plan as arrays, with its cost and the proof that there is no better one."""
    lots, last = plan.lots, len(plan.room) - 1
    used = np.flatnonzero(lots.people)
    used = used[np.lexsort((lots.place[used], lots.block[used]))]
    left = np.zeros(len(people), np.int64)
    without = used[lots.place[used] == last]
    left[lots.block[without]] = lots.people[without]
    used = used[lots.place[used] < last]
    block, place, many = lots.block[used], lots.place[used], lots.people[used]
    gain = _one_more(plan)
    takes_in = (gain > plan.far // 2).astype(np.int64)
    dual = _sum(_cheapest(plan), people) - _sum(plan.price[:last], plan.room[:last])
    return Allotted(
        block,
        place,
        many,
        left,
        _sum(plan.cost[block, place], many),
        dual - plan.far * int(left.sum()),
        takes_in,
        gain - plan.far * takes_in,
    )


def _sum(each: NDArray[np.integer], times: Ints) -> int:
    """Add up products in Python's own whole numbers, which have no end."""
    return sum(one * many for one, many in zip(each.tolist(), times.tolist(), strict=True))


def _cheapest(plan: Plan) -> Ints:
    """Give what a person of each block costs at least, by the prices of rooms."""
    least = np.full(len(plan.cost), plan.far)
    for place in range(plan.cost.shape[1]):
        own = plan.cost[:, place]
        np.minimum(least, own + plan.price[place], out=least, where=own < NO_WAY)
    return least


def _one_more(plan: Plan) -> Ints:
    """Give what one more room at each place saves: the best chain of moves that ends there.

    Prices alone would not tell: they say what a room is worth to somebody, be it one more or one
    less. The chain may begin at any place, which then has one person less, or with one without
    room.
    """
    last = len(plan.room) - 1
    reckoned = plan.least - plan.price[:, None] + plan.price
    best = plan.price.copy()
    while True:
        through = np.minimum(best, (best[:, None] + reckoned).min(axis=0))
        if (through == best).all():
            return (plan.price - best)[:last]
        best = through
