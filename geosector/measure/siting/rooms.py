"""The hot loops of siting with capacities, compiled once per installation by numba.

As in `loops`, a cost is that of all people of a demand together, and ``rest`` is what it costs to
be served by nobody. What a site holds is counted in people.
"""

# ruff: noqa: C901, FBT001, FBT003, PLR0912, PLR0917 - compiled functions are all loops

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geosector.measure.siting.loops import (
    CUT,
    LEAST_GAIN,
    MEMORY,
    PATIENCE,
    SHORTEST_STEP,
    Dual,
    Rules,
    Ways,
    pick,
    step,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@njit(cache=True)
def fill(
    costs: Floats, price: Floats, people: Floats, room: float, taken: Floats, put: bool
) -> float:
    """Fill one site with whoever pays most beyond the cost; give what that is worth, below 0.

    Where ``put``, what share of each demand it takes is added to ``taken``.
    """
    count = len(price)
    who, how = np.empty(count, np.int64), np.empty(count)
    made, total, worth = 0, 0.0, 0.0
    for demand in range(count):
        over = price[demand] - costs[demand]
        if over > 0 and people[demand] > 0:
            who[made], how[made] = demand, over / people[demand]
            made += 1
            total += people[demand]
            worth -= over
    if total <= room:
        if put:
            for at in range(made):
                taken[who[at]] += 1.0
        return worth
    worth, left = 0.0, room
    for at in np.argsort(-how[:made], kind="mergesort"):
        demand = who[at]
        share = min(1.0, left / people[demand])
        worth -= share * how[at] * people[demand]
        left -= share * people[demand]
        if put:
            taken[demand] += share
        if left <= 0:
            break
    return worth


@njit(cache=True)
def raise_bound_with_rooms(
    ways: Ways, people: Floats, room: Floats, size: int, rules: Rules, highest: float,
    rounds: int, dual: Dual,
) -> Ints:  # fmt: skip
    """Raise the bound as `raise_bound` does; a site sells no more places than it has."""
    price, best, way, scale, state = dual
    sites, count = ways.by_site.shape
    worth, taken = np.empty(sites), np.empty(count)
    at_best = np.empty(0, np.int64)
    for _ in range(rounds):
        for site in range(sites):
            worth[site] = fill(ways.by_site[site], price, people, room[site], taken, False)
        picked, total = pick(worth, size, rules)
        bound = price.sum() + total
        if bound > state[0]:
            state[2] = 0.0 if bound > state[0] + 1e-6 * abs(highest - state[0]) else state[2] + 1
            state[0] = bound
            best[:] = price
            at_best = picked
        else:
            state[2] += 1
            if state[2] >= PATIENCE:
                state[1], state[2] = state[1] / CUT, 0.0
                price[:] = best
                way[:] = 0.0
                continue
        if state[1] < SHORTEST_STEP or highest - state[0] <= LEAST_GAIN * abs(highest):
            break
        taken[:] = 0.0
        for site in picked:
            fill(ways.by_site[site], price, people, room[site], taken, True)
        norm = 0.0
        for demand in range(count):
            slope = 1.0 - taken[demand]
            if slope > 0 and price[demand] >= ways.rest[demand]:
                slope = 0.0
            way[demand] = slope + MEMORY * way[demand]
            norm += scale[demand] * way[demand] * way[demand]
        if norm <= 0:
            break
        length = state[1] * (highest - bound) / norm
        for demand in range(count):
            paid = price[demand] + length * scale[demand] * way[demand]
            price[demand] = min(max(paid, 0.0), ways.rest[demand])
    return at_best


@njit(cache=True)
def house(
    ways: Ways, people: Floats, room: Floats, chosen: Ints, split: bool
) -> tuple[float, Floats]:
    """Give everyone a place at a chosen site, first those who lose most by being sent elsewhere.

    Gives the cost, and the share of each demand at each chosen site, shape (demands, sites).
    """
    count, size = len(people), len(chosen)
    regret, left = np.empty(count), room[chosen]
    for demand in range(count):
        cheap, dear = ways.rest[demand], ways.rest[demand]
        for site in chosen:
            cost = ways.by_site[site, demand]
            if cost < cheap:
                cheap, dear = cost, cheap
            elif cost < dear:
                dear = cost
        regret[demand] = (dear - cheap) / max(people[demand], 1e-300)
        if not split:  # large ones first: they fit nowhere later
            regret[demand] *= people[demand]
    shares, total = np.zeros((count, size)), 0.0
    for demand in np.argsort(-regret, kind="mergesort"):
        open_share = 1.0
        while open_share > 0:
            at, cheap = -1, ways.rest[demand]
            for place in range(size):
                cost = ways.by_site[chosen[place], demand]
                holds = left[place] > 0 if split else left[place] >= people[demand]
                if cost < cheap and (holds or people[demand] == 0):
                    at, cheap = place, cost
            if at < 0:
                break
            share = open_share
            if split and people[demand] * share > left[at]:
                share = left[at] / people[demand]
            shares[demand, at] += share
            total += share * cheap
            left[at] -= share * people[demand]
            if share == open_share or left[at] < LEAST_GAIN * room[chosen[at]]:
                left[at] = max(left[at], 0.0)
            if share < open_share:
                left[at] = 0.0
            open_share -= share
            if open_share < LEAST_GAIN:
                break
        if open_share >= LEAST_GAIN:
            total += open_share * ways.rest[demand]
    return total, shares


@njit(cache=True)
def swap_down_with_rooms(
    ways: Ways, people: Floats, room: Floats, chosen: Ints, rules: Rules, split: bool,
    near: int, rng: Ints,
) -> float:  # fmt: skip
    """Swap a chosen site for one of the ``near`` most like it while that saves; from a place drawn.

    ``chosen`` is changed. Gives its cost as `house` reckons it.
    """
    sites, size = ways.by_site.shape[0], len(chosen)
    lowest, shares = house(ways, people, room, chosen, split)
    begun = step(rng) % size
    since, at = 0, begun
    while since < size:
        old = chosen[at]
        found = False
        if not rules.fixed[old]:
            here, held = np.zeros(sites, np.bool_), np.zeros(rules.groups + 1, np.int64)
            for site in chosen:
                here[site] = True
                held[rules.group[site]] += 1
            group = rules.group[old]
            lone = group >= 0 and held[group] == 1
            alike = np.zeros(sites)
            for site in range(sites):
                alike[site] = (ways.by_site[site] * shares[:, at]).sum()
            tried = 0
            for site in np.argsort(alike, kind="mergesort"):
                if here[site] or (lone and rules.group[site] != group):
                    continue
                chosen[at] = site
                cost, other = house(ways, people, room, chosen, split)
                if cost < lowest - LEAST_GAIN * abs(lowest):
                    lowest, shares, found = cost, other, True
                    break
                chosen[at] = old
                tried += 1
                if tried >= near:
                    break
        since = 0 if found else since + 1
        at = (at + 1) % size
    return lowest
