"""The best choice there is, by HiGHS, where the table is small enough to prove it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array

from geosector.measure.siting.loops import Rules

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_OPTIMAL = 0


class Proven(NamedTuple):
    """What HiGHS found: ``sites`` (none where it found no choice), ``cost``, ``bound``."""

    sites: Ints
    cost: float
    bound: float


class Pairs(NamedTuple):
    """Pairs of a demand and a candidate that are cheaper than nobody: ``demand, site, cost``."""

    demand: Ints
    site: Ints
    cost: Floats


def pairs_of(by_site: Floats, rest: Floats, sites: Ints) -> Pairs:
    """List the pairs of every demand with some candidates; ``site`` is the place in ``sites``."""
    place, demand = np.nonzero(by_site[sites] < rest)
    return Pairs(demand, place, by_site[sites[place], demand])


def choose_exactly(
    pairs: Pairs,
    rest: Floats,
    size: int,
    rules: Rules,
    *,
    people: Floats,
    room: Floats | None,
    split: bool,
    nodes: int,
    seconds: float | None = None,
) -> Proven:
    """Choose by branch and bound.

    min Σ rest + Σ (cost − rest) · x, where x of a pair is the share of the demand that the site
    serves: Σ x ≤ 1 of a demand, x ≤ y, Σ people · x ≤ room · y of a site, Σ y = size.

    Parameters
    ----------
    pairs : Pairs
    rest : array of float, shape (demands,)
    size : int
        Sites in all.
    rules : Rules
        Of these candidates.
    people : array of float, shape (demands,)
    room : array of float, shape (candidates,), optional
        People whom each can hold.
    split : bool
        Whether people of one demand may go to several sites.
    nodes : int
        Budget, in branches.
    seconds : float, optional
        Budget besides.

    Returns
    -------
    Proven
        Where no choice satisfies all, ``sites`` is empty and ``cost`` infinite.
    """
    demands, candidates, ways = len(rest), len(rules.group), len(pairs.cost)
    demand, site, cost = pairs
    row = np.arange(ways)
    served = _matrix(np.ones(ways), demand, row, (demands, ways + candidates))
    tied = _matrix(
        np.concatenate([np.ones(ways), -np.ones(ways)]),
        np.concatenate([row, row]),
        np.concatenate([row, ways + site]),
        (ways, ways + candidates),
    )
    one = np.zeros((1, ways + candidates))
    one[0, ways:] = 1
    limits = [
        LinearConstraint(served, -np.inf, 1),
        LinearConstraint(tied, -np.inf, 0),
        LinearConstraint(one, size, size),
    ]
    if room is not None:
        held = np.minimum(room, people.sum())
        full = _matrix(
            np.concatenate([people[demand], -held]),
            np.concatenate([site, np.arange(candidates)]),
            np.concatenate([row, ways + np.arange(candidates)]),
            (candidates, ways + candidates),
        )
        limits.append(LinearConstraint(full, -np.inf, 0))
    for group in range(rules.groups):
        of_group = np.zeros((1, ways + candidates))
        of_group[0, ways:] = rules.group == group
        limits.append(LinearConstraint(of_group, 1, np.inf))
    low = np.concatenate([np.zeros(ways), rules.fixed.astype(float)])
    whole = np.concatenate([np.full(ways, 0 if split else 1), np.ones(candidates)])
    options: dict[str, float] = {"node_limit": nodes, "mip_rel_gap": 0.0}
    if seconds is not None:
        options["time_limit"] = max(seconds, 0.0)
    found = milp(
        np.concatenate([cost - rest[demand], np.zeros(candidates)]),
        constraints=limits, bounds=Bounds(low, 1), integrality=whole, options=options,
    )  # fmt: skip
    bound = getattr(found, "mip_dual_bound", None)
    least = -np.inf if bound is None else float(rest.sum() + bound)
    if found.x is None:
        return Proven(np.zeros(0, np.int64), np.inf, least)
    value = float(rest.sum() + found.fun)
    sites = np.flatnonzero(found.x[ways:] > 0.5)  # noqa: PLR2004 - 0 or 1, but for rounding
    return Proven(sites, value, value if found.status == _OPTIMAL else min(least, value))


def cover_exactly(
    pairs: Pairs, rest: Floats, size: int, rules: Rules, *, nodes: int, seconds: float | None = None
) -> Proven:
    """Choose by branch and bound where a demand is covered or not, and sites hold everyone.

    max Σ rest · z, where z of a demand is at most Σ y of the sites that cover it (Church and
    ReVelle 1974). Parameters and result as those of `choose_exactly`; ``cost`` is of those who are
    not covered.
    """
    demands, candidates = len(rest), len(rules.group)
    covered = _matrix(
        np.concatenate([np.ones(demands), -np.ones(len(pairs.demand))]),
        np.concatenate([np.arange(demands), pairs.demand]),
        np.concatenate([np.arange(demands), demands + pairs.site]),
        (demands, demands + candidates),
    )
    one = np.zeros((1, demands + candidates))
    one[0, demands:] = 1
    limits = [LinearConstraint(covered, -np.inf, 0), LinearConstraint(one, size, size)]
    for group in range(rules.groups):
        of_group = np.zeros((1, demands + candidates))
        of_group[0, demands:] = rules.group == group
        limits.append(LinearConstraint(of_group, 1, np.inf))
    low = np.concatenate([np.zeros(demands), rules.fixed.astype(float)])
    options: dict[str, float] = {"node_limit": nodes, "mip_rel_gap": 0.0}
    if seconds is not None:
        options["time_limit"] = max(seconds, 0.0)
    found = milp(
        np.concatenate([-rest, np.zeros(candidates)]),
        constraints=limits, bounds=Bounds(low, 1),
        integrality=np.concatenate([np.zeros(demands), np.ones(candidates)]), options=options,
    )  # fmt: skip
    bound = getattr(found, "mip_dual_bound", None)
    least = -np.inf if bound is None else float(rest.sum() + bound)
    if found.x is None:
        return Proven(np.zeros(0, np.int64), np.inf, least)
    value = float(rest.sum() + found.fun)
    sites = np.flatnonzero(found.x[demands:] > 0.5)  # noqa: PLR2004 - 0 or 1, but for rounding
    return Proven(sites, value, value if found.status == _OPTIMAL else min(least, value))


def house_exactly(pairs: Pairs, rest: Floats, people: Floats, room: Floats, split: bool) -> Floats:  # noqa: FBT001
    """Share people out over chosen sites at the least cost (the transportation problem).

    Parameters
    ----------
    pairs : Pairs
        With the chosen sites alone.
    rest, people : array of float, shape (demands,)
    room : array of float, shape (sites,)
    split : bool
        Whether people of one demand may go to several sites.

    Returns
    -------
    array of float, shape (demands, sites)
        The share of each demand at each site; empty where HiGHS found none.
    """
    demand, site, cost = pairs
    ways = len(cost)
    shares = np.zeros((len(rest), len(room)))
    if not ways:
        return shares
    row = np.arange(ways)
    limits = _matrix(
        np.concatenate([np.ones(ways), people[demand]]),
        np.concatenate([demand, len(rest) + site]),
        np.concatenate([row, row]),
        (len(rest) + len(room), ways),
    )
    most = np.concatenate([np.ones(len(rest)), np.minimum(room, people.sum())])
    # Options keep HiGHS from trying for ever to prove the last of a hundred thousand.
    whole = {} if split else {"integrality": np.ones(ways), "options": {"mip_rel_gap": 1e-4}}
    found = linprog(cost - rest[demand], A_ub=limits, b_ub=most, bounds=(0, 1), **whole)
    if found.x is None:
        return np.zeros((0, len(room)))
    shares[demand, site] = np.clip(found.x, 0, 1)
    return shares


def _matrix(values: Floats, row: Ints, column: Ints, shape: tuple[int, int]) -> coo_array:
    return coo_array((values, (row, column)), shape=shape).tocsr()
