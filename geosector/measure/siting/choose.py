"""Which k of many candidates serve people best: the p-median and the maximal covering.

From numbers to numbers; `site_facilities` does it from table to table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geosector.errors import InputError
from geosector.language import text
from geosector.measure.siting.given import Wish, check_wish, require_room
from geosector.measure.siting.search import ITERATIONS, UNCOUNTED, Budget, Found, Task, search

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

UNREACHED = 2.0  # times the greatest cost counts whoever is not reached
_SHARE = 1e-9  # a share of a demand as small is rounding


class Choice(NamedTuple):
    """The sites chosen, whom they serve, and how good that is known to be.

    ``sites``: candidates, those that stay first, then in the order of building: each time the one
    that saves most. ``demand``, ``site``, ``people``: rows that say how many people of a demand go
    to which candidate, -1 where they go to none. ``objective``: what was sought; ``bound``: no
    choice does better; ``gap``: how far the choice may be from the best one, as a share of it
    (p-median: (objective − bound) / objective; covering: (bound − objective) / objective).
    ``unreachable``: people whom no candidate reaches, who are not in ``objective``; ``unserved``:
    people whom some candidate reaches, but none that was chosen, or those are full. ``method``:
    ``swap`` (greedy, swaps and restarts) or ``milp`` (HiGHS). ``seed``: of the search.
    """

    sites: Ints
    demand: Ints
    site: Ints
    people: Floats
    objective: float
    bound: float
    gap: float
    unreachable: float
    unserved: float
    method: str
    seed: int


def p_median(
    costs: ArrayLike,
    weights: ArrayLike,
    k: int,
    *,
    fixed: Sequence[int] | Ints = (),
    capacities: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    unreached: float | None = None,
    split: bool = True,
    seed: int = 0,
    iterations: int | None = None,
    seconds: float | None = None,
) -> Choice:
    """Choose k sites so that the way of all people together is as short as can be.

    Parameters
    ----------
    costs : array of float, shape (demands, candidates)
        Minutes (or metres) from each demand to each candidate; infinite where one does not get
        there.
    weights : array of float, shape (demands,)
        People of each demand, 0 or more.
    k : int
        Sites in all, those that stay among them.
    fixed : sequence of int, optional
        Candidates that stay: they are chosen whatever they cost.
    capacities : array of float, shape (candidates,), optional
        People whom each candidate can hold; infinite where nothing limits it.
    groups : array of int, shape (candidates,), optional
        Of each group at least one candidate is chosen; -1 (or missing) is of no group.
    unreached : float, optional
        The cost that counts for a person whom no chosen site serves. Default: twice the
        greatest finite cost.
    split : bool
        With capacities: whether people of one demand may go to several sites.
    seed : int
        Of the random choices.
    iterations : int, optional
        Budget of the search, 20 by default. The same seed and iterations give the same choice.
    seconds : float, optional
        Budget in seconds instead; another machine may then find another choice.

    Returns
    -------
    Choice
        ``objective`` = Σ people × cost.

    Raises
    ------
    InputError
        Where a number is missing, negative or of the wrong shape.
    TooFewCandidatesError
        Where there are fewer candidates than k, or k is fewer than stay or than there are groups.
    TooLittleRoomError
        Where no k sites hold all the people who can be reached.

    Notes
    -----
    The p-median of S. L. Hakimi, Optimum locations of switching centers, Operations Research 12
    (1964). A greedy choice is bettered by the best swap of two sites as long as there is one (fast
    interchange: R. Whitaker, INFOR 21, 1983; M. G. C. Resende and R. F. Werneck, Annals of
    Operations Research 150, 2007), again from choices shaken by lot and from those that the bound
    proposes. The bound is Lagrangian (G. Cornuéjols, M. L. Fisher and G. L. Nemhauser, Management
    Science 23, 1977), with capacities after J. M. Mulvey and M. P. Beck (1984). Where the table is
    small and a gap is left, HiGHS (scipy.optimize.milp) closes it.

    Of sites that are equally good the choice is not said; of demands without people nothing
    depends.

    Examples
    --------
    Three places on a street at 0, 1 and 5 km with 10, 10 and 30 people; each may be a site:

    >>> km = np.array([[0, 1, 5], [1, 0, 4], [5, 4, 0]])
    >>> chosen = p_median(km, [10, 10, 30], 2)
    >>> chosen.sites.tolist(), chosen.objective, chosen.gap
    ([2, 0], 10.0, 0.0)
    >>> p_median(km, [10, 10, 30], 2, fixed=[1]).objective
    10.0

    With room for 25 people each, 5 of the third place go 4 km:

    >>> full = p_median(km, [10, 10, 30], 2, capacities=[25, 25, 25])
    >>> full.sites.tolist(), round(full.objective, 6), full.people.round(6).tolist()
    ([2, 1], 30.0, [10.0, 10.0, 25.0, 5.0])
    >>> p_median(np.zeros((0, 2)), [], 1).objective
    0.0
    >>> p_median(km, [10, 10, 30], 4)
    Traceback (most recent call last):
    geosector.errors.TooFewCandidatesError: 4 sites are asked for, but there are 3 candidates. ...
    """
    wish = check_wish(costs, weights, k, fixed=fixed, capacities=capacities, groups=groups)
    budget = _budget(seed, iterations, seconds)
    reached = np.isfinite(wish.costs)
    served: Flags = np.asarray(reached.any(axis=1))
    if unreached is None:
        unreached = UNREACHED * float(wish.costs[reached].max(initial=0.0)) or 1.0
    _require_above(unreached, "unreached")
    people = np.where(served, wish.people, 0.0)
    require_room(wish, float(people.sum()))
    rest = unreached * people
    by_site = np.minimum(np.where(reached, wish.costs, unreached).T * people, rest)
    task = Task(
        np.ascontiguousarray(by_site),
        rest,
        people,
        wish.size,
        wish.rules,
        wish.room,
        split=split,
        all_or_nothing=False,
    )
    found = search(task, budget)
    gap = (found.cost - found.bound) / found.cost if found.cost > 0 else 0.0
    return _told(wish, found, served, found.cost, found.bound, gap, seed)


def max_covering(
    costs: ArrayLike,
    weights: ArrayLike,
    k: int,
    reach: float,
    *,
    fixed: Sequence[int] | Ints = (),
    capacities: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    split: bool = True,
    seed: int = 0,
    iterations: int | None = None,
    seconds: float | None = None,
) -> Choice:
    """Choose k sites so that as many people as can be are within reach of one.

    Parameters
    ----------
    costs, weights, k, fixed, capacities, groups, split, seed, iterations, seconds
        As those of `p_median`.
    reach : float
        The greatest cost (minutes, metres) that is within reach.

    Returns
    -------
    Choice
        ``objective``: people within reach of a chosen site that has a place for them. Whom no
        candidate covers is ``unreachable``.

    Raises
    ------
    InputError, TooFewCandidatesError
        As `p_median`. With too little room for all, as many are served as there are places.

    Notes
    -----
    R. L. Church and C. ReVelle, The maximal covering location problem, Papers of the Regional
    Science Association 32 (1974). It is a p-median whose costs are 0 within reach and 1 beyond, and
    is searched as one; HiGHS gets what is left of ``seconds``, or a small table. The better of both
    counts.

    Examples
    --------
    Places at 0, 1, 5 and 6 km with 10, 20, 30 and 5 people:

    >>> km = np.abs(np.subtract.outer([0, 1, 5, 6], [0, 1, 5, 6]))
    >>> covered = max_covering(km, [10, 20, 30, 5], 1, 1.0)
    >>> covered.sites.tolist(), covered.objective, covered.gap, covered.unserved
    ([2], 35.0, 0.0, 30.0)
    >>> max_covering(km, [10, 20, 30, 5], 1, 1.0, capacities=[30, 30, 20, 20]).objective
    30.0
    >>> max_covering(np.zeros((0, 2)), [], 1, 1.0).objective
    0.0
    >>> max_covering(km, [10, 20, 30, 5], 1, -1.0)
    Traceback (most recent call last):
    geosector.errors.InputError: reach is -1; give a number above 0.
    """
    wish = check_wish(costs, weights, k, fixed=fixed, capacities=capacities, groups=groups)
    budget = _budget(seed, iterations, seconds)
    _require_above(reach, "reach")
    within = wish.costs <= reach
    served: Flags = np.asarray(within.any(axis=1))
    people = np.where(served, wish.people, 0.0)
    by_site = np.where(within.T, 0.0, people)
    task = Task(
        np.ascontiguousarray(by_site),
        people,
        people,
        wish.size,
        wish.rules,
        wish.room,
        split=split,
        all_or_nothing=True,
    )
    found = search(task, budget)
    covered, most = float(people.sum()) - found.cost, float(people.sum()) - found.bound
    gap = (most - covered) / covered if covered > 0 else float(most > 0)
    found = _to_nearest(found, wish) if wish.room is None else found
    return _told(wish, found, served, covered, most, gap, seed)


def _budget(seed: int, iterations: int | None, seconds: float | None) -> Budget:
    if iterations is not None and iterations < 1:
        raise InputError(
            text("{count} iterations are given; expected 1 or more.", count=iterations)
        )
    if seconds is not None:
        _require_above(seconds, "seconds")
        return Budget(iterations or UNCOUNTED, seconds, seed)
    return Budget(iterations or ITERATIONS, None, seed)


def _require_above(given: float, name: str) -> None:
    if not (np.isfinite(given) and given > 0):
        raise InputError(
            text("{name} is {given}; give a number above 0.", name=name, given=f"{given:g}")
        )


def _to_nearest(found: Found, wish: Wish) -> Found:
    """Send those who are covered to the nearest of the sites that cover them."""
    covered = np.flatnonzero(found.shares.any(axis=1))
    nearest = wish.costs[np.ix_(covered, found.sites)].argmin(axis=1)
    shares = np.zeros_like(found.shares)
    shares[covered, nearest] = 1.0
    return found._replace(shares=shares)


def _told(  # noqa: PLR0917 - private
    wish: Wish,
    found: Found,
    reached: Flags,
    objective: float,
    bound: float,
    gap: float,
    seed: int,
) -> Choice:
    """List who goes where, demand by demand."""
    shares = np.where(found.shares > _SHARE, found.shares, 0.0)
    shares[~reached] = 0.0
    left = 1 - shares.sum(axis=1)
    left[left < _SHARE] = 0.0
    wide = np.column_stack([shares, left])
    demand, place = np.nonzero(wide)
    people = wide[demand, place] * wish.people[demand]
    site = np.append(found.sites, -1)[place]
    nobody = site < 0
    return Choice(
        found.sites,
        demand,
        site,
        people,
        objective,
        bound,
        max(gap, 0.0),
        float(wish.people[~reached].sum()),
        float(people[nobody & reached[demand]].sum()),
        found.method,
        seed,
    )
