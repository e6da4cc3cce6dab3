"""The hot loops of siting, compiled once per installation by numba.

A cost is that of all people of a demand together (weight × cost). Every demand has a list of
candidates in the order of its costs; ``rest`` is what it costs to be served by nobody, and no cost
in a list is as high. All loops give the same answer for the same seed on every machine.
"""

# ruff: noqa: C901, PLR0912, PLR0917 - compiled functions take plain arrays, and are all loops

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_MERSENNE = (1 << 31) - 1
LEAST_GAIN = 1e-10  # of all costs: a swap that gains less is rounding
_LONGEST_STEP, SHORTEST_STEP = 0.5, 1e-5
PATIENCE = 16  # rounds without a better bound before the step is cut
_LEAST_SCALE = 1e-3  # of the mean
CUT = 1.5  # of the step
MEMORY = 0.8  # of the direction before (Camerini, Fratta and Maffioli 1975)


class Ways(NamedTuple):
    """Costs from demands to candidates.

    Of demand ``i``, ``site[start[i]:start[i + 1]]`` are candidates, the cheapest first, and
    ``cost`` what they cost; where ``whole[i]`` is false, there are dearer ones that are not listed.
    ``by_site``: shape (candidates, demands), every cost. ``rest``: of being served by nobody.
    """

    start: Ints
    site: NDArray[np.int32]
    cost: Floats
    whole: Flags
    by_site: Floats
    rest: Floats


class Rules(NamedTuple):
    """What binds the choice: ``fixed`` candidates stay; of each ``group`` (-1: none) one is there.

    ``groups``: how many there are.
    """

    fixed: Flags
    group: Ints
    groups: int


@njit(cache=True)
def step(rng: Ints) -> int:
    """Draw a whole number of 31 bits, not 0 (Park and Miller's minimal standard generator)."""
    rng[0] = (rng[0] * 48271) % _MERSENNE
    return int(rng[0])


@njit(cache=True)
def _two_nearest(ways: Ways, demand: int, here: Ints) -> tuple[int, int, float, float]:
    """Find the two cheapest chosen sites; ``here`` is the position of a site, -1 for no site."""
    one, two, cheap, dear = -1, -1, ways.rest[demand], ways.rest[demand]
    for at in range(ways.start[demand], ways.start[demand + 1]):
        where = here[ways.site[at]]
        if where >= 0:
            if one < 0:
                one, cheap = where, ways.cost[at]
            else:
                return one, where, cheap, ways.cost[at]
    if ways.whole[demand]:
        return one, two, cheap, dear
    one, two, cheap, dear = -1, -1, ways.rest[demand], ways.rest[demand]
    for site in range(len(here)):
        where = here[site]
        if where < 0:
            continue
        cost = ways.by_site[site, demand]
        if cost < cheap:
            one, two, cheap, dear = where, one, cost, cheap
        elif cost < dear:
            two, dear = where, cost
    return one, two, cheap, dear


@njit(cache=True)
def nearest_two(ways: Ways, chosen: Ints) -> tuple[Ints, Floats, Floats]:
    """Give of each demand the position of the cheapest chosen site, its cost, and the next cost."""
    here = np.full(ways.by_site.shape[0], -1, np.int64)
    for at in range(len(chosen)):
        here[chosen[at]] = at
    count = len(ways.rest)
    first = np.empty(count, np.int64)
    cheap, dear = np.empty(count), np.empty(count)
    for demand in range(count):
        first[demand], _, cheap[demand], dear[demand] = _two_nearest(ways, demand, here)
    return first, cheap, dear


@njit(cache=True)
def _tell(
    ways: Ways, demand: int, first: int, cheap: float, dear: float, sign: float,
    gain: Floats, loss: Floats, extra: Floats,
) -> None:  # fmt: skip
    """Add what one demand says of every swap; with ``sign`` -1 take it back.

    A swap that puts ``j`` for the site at position ``r`` saves
    ``gain[j] - loss[r] + extra[r, j]``.
    """
    if first >= 0:
        loss[first] += sign * (dear - cheap)
    begin, end = ways.start[demand], ways.start[demand + 1]
    beyond = not ways.whole[demand] and ways.cost[end - 1] < dear
    if beyond:
        for site in range(ways.by_site.shape[0]):
            cost = ways.by_site[site, demand]
            if cost < dear:
                if cost < cheap:
                    gain[site] += sign * (cheap - cost)
                if first >= 0:
                    extra[first, site] += sign * (dear - max(cost, cheap))
        return
    for at in range(begin, end):
        cost = ways.cost[at]
        if cost >= dear:
            break
        site = ways.site[at]
        if cost < cheap:
            gain[site] += sign * (cheap - cost)
        if first >= 0:
            extra[first, site] += sign * (dear - max(cost, cheap))


@njit(cache=True)
def swap_down(ways: Ways, chosen: Ints, rules: Rules, most: int) -> float:
    """Swap a chosen site for another while that saves anything: always the best swap.

    Fast interchange (Whitaker 1983; Resende and Werneck 2007): what each demand says of all swaps
    is kept, and told anew only where a swap changes its two cheapest sites. ``chosen`` is changed.
    Gives the cost of it.
    """
    sites, count, size = ways.by_site.shape[0], len(ways.rest), len(chosen)
    here = np.full(sites, -1, np.int64)
    held = np.zeros(rules.groups + 1, np.int64)
    for at in range(size):
        here[chosen[at]] = at
        held[rules.group[chosen[at]]] += 1
    gain, loss, extra = np.zeros(sites), np.zeros(size), np.zeros((size, sites))
    first, second = np.empty(count, np.int64), np.empty(count, np.int64)
    cheap, dear = np.empty(count), np.empty(count)
    for demand in range(count):
        one, two, low, high = _two_nearest(ways, demand, here)
        first[demand], second[demand], cheap[demand], dear[demand] = one, two, low, high
        _tell(ways, demand, one, low, high, 1.0, gain, loss, extra)
    least = LEAST_GAIN * ways.rest.sum()
    for _ in range(most):
        best, leave, come = least, -1, -1
        for at in range(size):
            old = chosen[at]
            if rules.fixed[old]:
                continue
            group = rules.group[old]
            bound = group >= 0 and held[group] == 1
            for site in range(sites):
                saved = gain[site] - loss[at] + extra[at, site]
                if saved > best and here[site] < 0 and (not bound or rules.group[site] == group):
                    best, leave, come = saved, at, site
        if come < 0:
            break
        old = chosen[leave]
        held[rules.group[old]] -= 1
        held[rules.group[come]] += 1
        here[old], here[come], chosen[leave] = -1, leave, come
        for demand in range(count):
            cost = ways.by_site[come, demand]
            touched = first[demand] == leave or second[demand] == leave
            if not touched and cost >= dear[demand]:
                continue
            _tell(ways, demand, first[demand], cheap[demand], dear[demand], -1.0,
                  gain, loss, extra)  # fmt: skip
            if touched:
                one, two, low, high = _two_nearest(ways, demand, here)
            elif cost < cheap[demand]:
                one, two, low, high = leave, first[demand], cost, cheap[demand]
            else:
                one, two, low, high = first[demand], leave, cheap[demand], cost
            first[demand], second[demand], cheap[demand], dear[demand] = one, two, low, high
            _tell(ways, demand, one, low, high, 1.0, gain, loss, extra)
    return float(cheap.sum())


@njit(cache=True)
def choose_greedily(ways: Ways, size: int, rules: Rules) -> Ints:
    """Choose the fixed sites, then one for each group that lacks one, then what saves most."""
    sites, count = ways.by_site.shape[0], len(ways.rest)
    chosen = np.empty(size, np.int64)
    here, held = np.zeros(sites, np.bool_), np.zeros(rules.groups + 1, np.int64)
    cheap = ways.rest.copy()
    made, lacking = 0, rules.groups
    for site in range(sites):
        if rules.fixed[site]:
            chosen[made], here[site] = site, True
            made += 1
            if rules.group[site] >= 0:
                lacking -= held[rules.group[site]] == 0
                held[rules.group[site]] += 1
            cheap = np.minimum(cheap, ways.by_site[site])
    gain = np.zeros(sites)
    for demand in range(count):
        _save(ways, demand, cheap[demand], 1.0, gain)
    while made < size:
        best, come = -np.inf, -1
        for site in range(sites):
            group = rules.group[site]
            allowed = size - made > lacking or (group >= 0 and held[group] == 0)
            if not here[site] and allowed and gain[site] > best:
                best, come = gain[site], site
        if come < 0:
            break
        chosen[made], here[come] = come, True
        made += 1
        if rules.group[come] >= 0:
            lacking -= held[rules.group[come]] == 0
            held[rules.group[come]] += 1
        for demand in range(count):
            cost = ways.by_site[come, demand]
            if cost < cheap[demand]:
                _save(ways, demand, cheap[demand], -1.0, gain)
                cheap[demand] = cost
                _save(ways, demand, cost, 1.0, gain)
    return chosen[:made]


@njit(cache=True)
def _save(ways: Ways, demand: int, cheap: float, sign: float, gain: Floats) -> None:
    """Add what each candidate would save a demand; with ``sign`` -1 take it back."""
    begin, end = ways.start[demand], ways.start[demand + 1]
    if not ways.whole[demand] and ways.cost[end - 1] < cheap:
        for site in range(ways.by_site.shape[0]):
            gain[site] += sign * max(0.0, cheap - ways.by_site[site, demand])
        return
    for at in range(begin, end):
        if ways.cost[at] >= cheap:
            break
        gain[ways.site[at]] += sign * (cheap - ways.cost[at])


@njit(cache=True)
def shake(chosen: Ints, rules: Rules, times: int, rng: Ints) -> Ints:
    """Put other candidates, drawn by lot, for some chosen sites; the rules still hold."""
    sites, size = len(rules.group), len(chosen)
    shaken = chosen.copy()
    here, held = np.zeros(sites, np.bool_), np.zeros(rules.groups + 1, np.int64)
    for site in shaken:
        here[site] = True
        held[rules.group[site]] += 1
    for _ in range(times):
        at, come = step(rng) % size, step(rng) % sites
        old = shaken[at]
        group = rules.group[old]
        lone = group >= 0 and held[group] == 1 and rules.group[come] != group
        if here[come] or rules.fixed[old] or lone:
            continue
        here[old], here[come] = False, True
        held[group] -= 1
        held[rules.group[come]] += 1
        shaken[at] = come
    return shaken


@njit(cache=True)
def search_again(
    ways: Ways, chosen: Ints, cost: float, rules: Rules, rounds: int, strength: int, rng: Ints
) -> tuple[Ints, float]:
    """Shake the best choice and swap down, again and again; keep the best."""
    best, lowest = chosen.copy(), cost
    for _ in range(rounds):
        trial = shake(best, rules, 1 + step(rng) % strength, rng)
        found = swap_down(ways, trial, rules, 1 << 30)
        if found < lowest:
            best, lowest = trial, found
    return best, lowest


# --------------------------------------------------------------- a bound


class Dual(NamedTuple):
    """Where the search for a bound stands.

    ``price``: what each demand would pay at most, and ``best`` that of the best ``state[0]``;
    ``way``: the direction of the last step; ``scale``: how far each price moves beside others.
    ``state``: the bound, the step, rounds since it rose.
    """

    price: Floats
    best: Floats
    way: Floats
    scale: Floats
    state: Floats


@njit(cache=True)
def value_sites(ways: Ways, price: Floats, worth: Floats) -> None:
    """Sum what all demands would pay each candidate beyond its cost, as a negative number."""
    worth[:] = 0.0
    for demand in range(len(price)):
        pays = price[demand]
        for at in range(ways.start[demand], ways.start[demand + 1]):
            if ways.cost[at] >= pays:
                break
            worth[ways.site[at]] += ways.cost[at] - pays


@njit(cache=True)
def pick(worth: Floats, size: int, rules: Rules) -> tuple[Ints, float]:
    """Pick the candidates of least worth, under the rules: that choice is the best there is."""
    order = np.argsort(worth, kind="mergesort")
    taken, held = np.zeros(len(worth), np.bool_), np.zeros(rules.groups + 1, np.bool_)
    picked, made, total = np.empty(size, np.int64), 0, 0.0
    for turn in range(3):
        for site in order:
            group = rules.group[site]
            wanted = (
                rules.fixed[site] if turn == 0 else turn == 2 or (group >= 0 and not held[group])  # noqa: PLR2004
            )
            if wanted and not taken[site] and made < size:
                taken[site], picked[made] = True, site
                held[group] = True
                made += 1
                total += worth[site]
    return picked[:made], total


@njit(cache=True)
def raise_bound(
    ways: Ways, size: int, rules: Rules, highest: float, rounds: int, dual: Dual
) -> Ints:
    """Raise the bound by the subgradient method; give the sites picked where it is highest.

    Cornuéjols, Fisher and Nemhauser 1977: each demand offers a price, every candidate is worth what
    is offered beyond its costs, and the sum of the prices less the worth of the best choice is at
    most the cost of any choice.
    """
    price, best, way, scale, state = dual
    count = len(price)
    worth, least = np.empty(ways.by_site.shape[0]), np.empty(count)
    is_picked = np.zeros(len(worth), np.bool_)
    for demand in range(count):  # what is not listed is never below the price
        end = ways.start[demand + 1]
        least[demand] = ways.rest[demand] if ways.whole[demand] else ways.cost[end - 1]
        price[demand] = min(price[demand], least[demand])
    at_best = np.empty(0, np.int64)
    for _ in range(rounds):
        value_sites(ways, price, worth)
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
                value_sites(ways, price, worth)
                picked, total = pick(worth, size, rules)
                bound = price.sum() + total
        if state[1] < SHORTEST_STEP or highest - state[0] <= LEAST_GAIN * abs(highest):
            break
        is_picked[:] = False
        is_picked[picked] = True
        norm = 0.0
        for demand in range(count):
            slope = 1.0
            pays = price[demand]
            for at in range(ways.start[demand], ways.start[demand + 1]):
                if ways.cost[at] >= pays:
                    break
                if is_picked[ways.site[at]]:
                    slope -= 1.0
            if slope > 0 and pays >= least[demand]:
                slope = 0.0
            way[demand] = slope + MEMORY * way[demand]
            norm += scale[demand] * way[demand] * way[demand]
        if norm <= 0:
            break
        length = state[1] * (highest - bound) / norm
        for demand in range(count):
            paid = price[demand] + length * scale[demand] * way[demand]
            price[demand] = min(max(paid, 0.0), least[demand])
    return at_best


def new_dual(price: Floats) -> Dual:
    """Begin the search for a bound at some prices; dear demands move in longer steps."""
    scale = np.maximum(price, _LEAST_SCALE * price.mean()) if len(price) else price.copy()
    state = np.array([0.0, _LONGEST_STEP, 0.0])  # no cost is below 0
    return Dual(price.copy(), price.copy(), np.zeros(len(price)), scale, state)
