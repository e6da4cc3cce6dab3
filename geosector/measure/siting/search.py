"""The search for the best choice of sites: greedy, swaps, a bound, and HiGHS where it can prove."""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geosector.language import text
from geosector.measure.siting import exact, loops, rooms
from geosector.measure.siting.loops import Rules, Ways
from geosector.progress import progress

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

ITERATIONS = 20
UNCOUNTED = 400  # iterations within a budget in seconds: then HiGHS has its turn
SEARCH_SHARE = 0.4  # of the seconds; HiGHS has the rest
ALL_LISTED = 4_000_000  # pairs: beyond, each demand lists some candidates only
LISTED = 8  # times as many candidates as there are to each site
FEWEST_LISTED = 100
BOUND_ROUNDS = 40  # of the bound in each iteration
SHAKES = 2  # searches from a shaken choice in each iteration
COVER_SHAKES = 40  # the same where costs are all or nothing: many choices are alike
PROVEN = 1e-9  # a gap as small is rounding
SMALL = 20_000  # pairs that HiGHS is given without a budget in seconds
SMALL_IN_TIME = 200_000  # with one
SMALL_COVER = 60_000  # of a covering, whose table for HiGHS is smaller
COVER_NODES = 200
UNLIMITED = 1 << 30
SMALL_WITH_ROOMS = 6_000
NODES = 2_000
NEAR = 15  # candidates tried for a site where there are rooms
ROUNDS_WITH_ROOMS = 12
SHARED_EXACTLY = 200_000  # pairs


class Budget(NamedTuple):
    """How long to search: ``iterations``, and ``seconds`` where time matters more than bytes."""

    iterations: int
    seconds: float | None
    seed: int


class Task(NamedTuple):
    """What is to be served, as numbers.

    ``by_site``: shape (candidates, demands), what serving all people of a demand costs; ``rest``:
    what it costs not to serve them; ``all_or_nothing``: whether a cost is 0 or the rest.
    """

    by_site: Floats
    rest: Floats
    people: Floats
    size: int
    rules: Rules
    room: Floats | None
    split: bool
    all_or_nothing: bool


class Found(NamedTuple):
    """A choice.

    ``sites``: in the order in which each saves most. ``shares``: shape (demands, sites), which
    share of a demand each serves. ``cost`` of it all; ``bound``, which no choice goes below;
    ``method``: what it was found by; ``proven``: by what it is known that there is no better one.
    """

    sites: Ints
    shares: Floats
    cost: float
    bound: float
    method: str


def search(task: Task, budget: Budget) -> Found:
    """Search for the choice that costs least.

    Parameters
    ----------
    task : Task
    budget : Budget

    Returns
    -------
    Found
    """
    found = _search(task, budget)
    is_proven = found.cost - found.bound <= PROVEN * abs(found.cost)
    return found._replace(bound=found.cost) if is_proven else found


def _search(task: Task, budget: Budget) -> Found:
    ways = list_ways(task.by_site, task.rest, task.size)
    now = time.monotonic()
    end = None if budget.seconds is None else now + budget.seconds
    turn = None if budget.seconds is None else now + budget.seconds * SEARCH_SHARE
    rng = np.array([budget.seed % (2**31 - 2) + 1])
    loops.step(rng)
    if task.room is None:
        chosen, cost, bound = _without_rooms(task, ways, budget, turn, rng)
        method = "swap"
        if cost - bound > PROVEN * abs(cost):
            chosen, cost, bound, method = _prove(task, ways, chosen, cost, bound, end)
        chosen = in_order(task, chosen)
        first, _, _ = loops.nearest_two(ways, chosen)
        shares = np.zeros((len(task.rest), len(chosen)))
        there = np.flatnonzero(first >= 0)
        shares[there, first[there]] = 1.0
        return Found(chosen, shares, cost, bound, method)
    chosen, cost, bound = _with_rooms(task, ways, budget, turn, rng)
    return _housed(task, ways, chosen, cost, bound, end)


def list_ways(by_site: Floats, rest: Floats, size: int) -> Ways:
    """List the candidates of every demand, the cheapest first; not all, where there are many."""
    candidates, demands = by_site.shape
    if candidates == 0 or demands == 0:
        none = np.zeros(0)
        start = np.zeros(demands + 1, np.int64)
        return Ways(start, np.zeros(0, np.int32), none, np.ones(demands, bool), by_site, rest)
    listed = candidates
    if candidates * demands > ALL_LISTED:
        listed = min(candidates, max(FEWEST_LISTED, LISTED * candidates // size))
    sites, costs, counts = [], [], np.zeros(demands, np.int64)
    whole = np.ones(demands, bool)
    lot = max(1, ALL_LISTED // candidates)
    for begin in range(0, demands, lot):  # a lot at a time: indices of all would fill the memory
        part = np.ascontiguousarray(by_site[:, begin : begin + lot].T)
        own = slice(begin, begin + len(part))
        if listed < candidates:
            near = np.argpartition(part, listed - 1, axis=1)[:, :listed]
            near.sort(axis=1)
            part = np.take_along_axis(part, near, 1)
            order = np.argsort(part, axis=1, kind="stable")
            site = np.take_along_axis(near, order, 1)
        else:
            site = order = np.argsort(part, axis=1, kind="stable")
        cost = np.take_along_axis(part, order, 1)
        cheaper = cost < rest[own, None]
        if listed < candidates:
            whole[own] = ~cheaper[:, -1]
        counts[own] = cheaper.sum(axis=1)
        sites.append(site[cheaper].astype(np.int32))
        costs.append(cost[cheaper])
    start = np.concatenate([[0], np.cumsum(counts)])
    return Ways(start, np.concatenate(sites), np.concatenate(costs), whole, by_site, rest)


def _without_rooms(
    task: Task, ways: Ways, budget: Budget, end: float | None, rng: Ints
) -> tuple[Ints, float, float]:
    """Search where a site holds whoever comes."""
    size, rules = task.size, task.rules
    chosen = loops.choose_greedily(ways, size, rules)
    cost = loops.swap_down(ways, chosen, rules, UNLIMITED)
    _, cheap, dear = loops.nearest_two(ways, chosen)
    dual = loops.new_dual((cheap + dear) / 2)
    shakes = COVER_SHAKES if task.all_or_nothing else SHAKES
    strength = max(2, size // 6)
    with progress(budget.iterations, text("Sites")) as bar:
        for _ in range(budget.iterations):
            picked = loops.raise_bound(ways, size, rules, cost, BOUND_ROUNDS, dual)
            if len(picked) == size:
                other = loops.swap_down(ways, picked, rules, UNLIMITED)
                if other < cost:
                    chosen, cost = picked, other
            bar.update()
            if cost - dual.state[0] <= PROVEN * abs(cost) or _is_over(end):
                break
            chosen, cost = loops.search_again(ways, chosen, cost, rules, shakes, strength, rng)
    last = _last_left(task, ways, dual.best, cost) if task.rules.groups == 0 else None
    if last is not None:
        other = float(loops.nearest_two(ways, last)[1].sum())
        chosen, cost = (last, other) if other < cost else (chosen, cost)
        return chosen, cost, cost
    return chosen, cost, min(float(dual.state[0]), cost)


def _is_over(end: float | None) -> bool:
    return end is not None and time.monotonic() >= end


def _last_left(task: Task, ways: Ways, price: Floats, cost: float) -> Ints | None:
    """Give the only choice that may be better than one of a cost; None where there are several.

    At the prices of the bound, a choice with a candidate that is not picked costs at least so much
    more as that is worth less than the last one picked, and likewise a choice without one that is.
    """
    worth = np.empty(len(task.rules.group))
    loops.value_sites(ways, price, worth)
    picked, total = loops.pick(worth, task.size, task.rules)
    bound = price.sum() + total
    inside = np.zeros(len(worth), bool)
    inside[picked] = True
    changing = inside & ~task.rules.fixed
    if not changing.any() or inside.all():
        return picked
    last, following = worth[changing].max(), worth[~inside].min()
    must = bound - worth[changing] + following > cost
    never = bound + worth[~inside] - last > cost
    return picked if must.all() and never.all() else None


def _prove(  # noqa: PLR0917 - private
    task: Task, ways: Ways, chosen: Ints, cost: float, bound: float, end: float | None
) -> tuple[Ints, float, float, str]:
    """Let HiGHS search on where it has a chance."""
    seconds = None if end is None else end - time.monotonic()
    if seconds is not None and seconds < 1:
        return chosen, cost, bound, "swap"
    sites = np.arange(len(task.rules.group))
    if task.all_or_nothing:
        pairs = exact.pairs_of(task.by_site, task.rest, sites)
        if len(pairs.cost) > SMALL_COVER and seconds is None:
            return chosen, cost, bound, "swap"
        found = exact.cover_exactly(
            pairs,
            task.rest,
            task.size,
            task.rules,
            nodes=COVER_NODES if seconds is None else UNLIMITED,
            seconds=seconds,
        )
    else:
        if len(ways.cost) > (SMALL if seconds is None else SMALL_IN_TIME):
            return chosen, cost, bound, "swap"
        found = exact.choose_exactly(
            exact.pairs_of(task.by_site, task.rest, sites), task.rest, task.size, task.rules,
            people=task.people, room=None, split=True,
            nodes=NODES if seconds is None else UNLIMITED, seconds=seconds,
        )  # fmt: skip
    return _better(task, ways, chosen, cost, bound, found)


def _better(  # noqa: PLR0917 - private
    task: Task, ways: Ways, chosen: Ints, cost: float, bound: float, found: exact.Proven
) -> tuple[Ints, float, float, str]:
    """Take the better of two choices and of two bounds."""
    method = "swap"
    if len(found.sites) == task.size:
        other = float(loops.nearest_two(ways, found.sites)[1].sum())
        if other < cost - PROVEN * abs(cost):
            chosen, cost, method = found.sites, other, "milp"
    return chosen, cost, min(max(bound, found.bound), cost), method


# --------------------------------------------------------------- with rooms


def _with_rooms(
    task: Task, ways: Ways, budget: Budget, end: float | None, rng: Ints
) -> tuple[Ints, float, float]:
    """Search where each site holds so many people."""
    assert task.room is not None  # noqa: S101 - for the types: the caller asked
    people, size, rules, room = task.people, task.size, task.rules, task.room
    near = len(room) if len(room) * len(people) <= SMALL_WITH_ROOMS else NEAR
    cheapest = _without_rooms(
        task._replace(room=None), ways, budget._replace(iterations=3), end, rng
    )
    starts = [cheapest[0], loops.pick(-room, size, rules)[0]]
    chosen, cost = starts[0], np.inf
    for start in starts:
        other = rooms.swap_down_with_rooms(ways, people, room, start, rules, task.split, near, rng)
        if other < cost:
            chosen, cost = start, other
    _, cheap, dear = loops.nearest_two(ways, chosen)
    dual = loops.new_dual((cheap + dear) / 2)
    with progress(budget.iterations, text("Sites")) as bar:
        for _ in range(budget.iterations):
            picked = rooms.raise_bound_with_rooms(
                ways, people, room, size, rules, cost, ROUNDS_WITH_ROOMS, dual
            )
            trials = [picked] if len(picked) == size else []
            if task.by_site.size <= SMALL_IN_TIME:  # beyond, a search takes too long for a chance
                strength = 1 + loops.step(rng) % max(2, size // 6)
                trials.append(loops.shake(chosen, rules, strength, rng))
            for trial in trials:
                other = rooms.swap_down_with_rooms(
                    ways, people, room, trial, rules, task.split, near, rng
                )
                if other < cost:
                    chosen, cost = trial, other
            bar.update()
            if cost - dual.state[0] <= PROVEN * abs(cost) or _is_over(end):
                break
    bound = max(float(dual.state[0]), cheapest[2])
    return chosen, cost, bound


def _housed(  # noqa: PLR0917 - private
    task: Task, ways: Ways, chosen: Ints, cost: float, bound: float, end: float | None
) -> Found:
    """Share the people out at the least cost; where the table is small, prove the choice."""
    assert task.room is not None  # noqa: S101 - for the types: the caller asked
    room, people, method = task.room, task.people, "swap"
    shares, cost = _shared(task, ways, chosen)
    seconds = None if end is None else end - time.monotonic()
    in_time = seconds is not None and seconds >= 1
    small = task.by_site.size <= (SMALL_IN_TIME if in_time else SMALL_WITH_ROOMS)
    if small and cost - bound > PROVEN * abs(cost):
        every = exact.pairs_of(task.by_site, task.rest, np.arange(len(room)))
        found = exact.choose_exactly(
            every, task.rest, task.size, task.rules,
            people=people, room=room, split=task.split,
            nodes=NODES if seconds is None else UNLIMITED, seconds=seconds,
        )  # fmt: skip
        bound = max(bound, found.bound)
        if len(found.sites) == task.size:
            other_shares, other = _shared(task, ways, found.sites)
            if other < cost - PROVEN * abs(cost):
                chosen, shares, cost, method = found.sites, other_shares, other, "milp"
    ordered = in_order(task, chosen)
    place = {int(site): at for at, site in enumerate(chosen)}
    shares = shares[:, [place[int(site)] for site in ordered]]
    return Found(ordered, shares, cost, min(bound, cost), method)


def _shared(task: Task, ways: Ways, chosen: Ints) -> tuple[Floats, float]:
    """Share people out over chosen sites: the better of HiGHS and our own way."""
    assert task.room is not None  # noqa: S101 - for the types: the caller asked
    cost, shares = rooms.house(ways, task.people, task.room, chosen, task.split)
    pairs = exact.pairs_of(task.by_site, task.rest, chosen)
    if 0 < len(pairs.cost) <= (SHARED_EXACTLY if task.split else SMALL_WITH_ROOMS):
        other = exact.house_exactly(
            pairs, task.rest, task.people, task.room[chosen], split=task.split
        )
        if len(other):
            other_cost = _cost_of(task, chosen, other)
            if other_cost < cost:
                return other, other_cost
    return shares, _cost_of(task, chosen, shares)


def _cost_of(task: Task, chosen: Ints, shares: Floats) -> float:
    """Sum what shares cost, and those whom nobody serves."""
    served = (shares * task.by_site[chosen].T).sum()
    return float(served + (task.rest * np.clip(1 - shares.sum(axis=1), 0, 1)).sum())


def in_order(task: Task, chosen: Ints) -> Ints:
    """Set sites in the order of building: those that stay, then each time what saves most."""
    chosen = np.sort(chosen)
    stays = task.rules.fixed[chosen]
    costs = task.by_site[chosen]
    cheap = np.minimum(costs[stays].min(axis=0, initial=np.inf), task.rest)
    ordered, left = chosen[stays].tolist(), np.flatnonzero(~stays).tolist()
    while left:
        saved = [float(np.maximum(cheap - costs[at], 0).sum()) for at in left]
        best = left.pop(int(np.argmax(saved)))
        ordered.append(int(chosen[best]))
        cheap = np.minimum(cheap, costs[best])
    return np.array(ordered, np.int64)
