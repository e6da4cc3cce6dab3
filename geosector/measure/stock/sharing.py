"""Who gets how much of what is scarce, and from where: a transportation problem in whole units.

First as much as possible is brought; then, where that is not enough for all, it is shared; then
the ways are as short as they can be. Each step is a linear program (HiGHS, through
`scipy.optimize.linprog`) over a matrix that is totally unimodular, so its corners are whole numbers
(A. J. Hoffman, J. B. Kruskal, Integral boundary points of convex polyhedra, 1956).
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, hstack, vstack

from geosector.errors import InfeasibleError, InputError
from geosector.language import text

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

Shares = Literal["proportional", "max_min", "nearest"]
SHARES: tuple[Shares, ...] = get_args(Shares)
_DUAL = 1e-9
_ALMOST = 1 - 1e-9  # so that no rounding makes a level that was reached out of reach


class Offers(NamedTuple):
    """What may go where.

    ``supply``: whole units at each origin. ``group`` of each origin, and ``limit``: whole units
    that may leave each group together. ``demand``: whole units wanted at each destination. Of each
    way: ``origin``, ``target``, ``minutes``.
    """

    supply: Ints
    group: Ints
    limit: Ints
    demand: Ints
    origin: Ints
    target: Ints
    minutes: Floats


def share_out(offers: Offers, shares: Shares = "proportional") -> Ints:
    """Decide how much goes along each way.

    Parameters
    ----------
    offers : Offers
    shares : {"proportional", "max_min", "nearest"}
        How what does not suffice is shared among all who can be reached. ``proportional``: the
        same share of what each one wants. ``max_min``: the same quantity for each, but no more
        than it wants. Both as far as the ways allow; in both whoever has least gets as much as is
        possible, then the next. ``nearest``: to those with the shortest ways.

    Returns
    -------
    array of int, shape (ways,)
        Whole units.

    Raises
    ------
    InputError
        For another word for ``shares``.

    Notes
    -----
    With x of each way: 1. Σ x is greatest, subject to Σ x ≤ supply of each origin, ≤ limit of each
    group and ≤ demand of each destination. 2. Among these, what each destination receives, in
    parts of its demand or in units, is the lexicographically optimal base (S. Fujishige,
    Lexicographically optimal base of a polymatroid with respect to a weight vector, Math. Oper.
    Res. 5, 1980), rounded to whole units by the largest remainder, as far as the ways allow.
    3. Among these, Σ minutes · x is least.

    Examples
    --------
    Six units for two places that want 4 and 8, the second nearer:

    >>> one, both = np.array([0]), np.array([0, 1])
    >>> offers = Offers(np.array([6]), one, np.array([6]), np.array([4, 8]), one.repeat(2), both,
    ...                 np.array([30.0, 10.0]))
    >>> {shares: share_out(offers, shares).tolist() for shares in SHARES}
    {'proportional': [2, 4], 'max_min': [3, 3], 'nearest': [0, 6]}
    >>> share_out(offers._replace(origin=one[:0], target=one[:0], minutes=np.array([]))).tolist()
    []
    >>> share_out(offers, "lottery")
    Traceback (most recent call last):
    geosector.errors.InputError: 'lottery' is no way to share; expected one of: proportional, ...
    """
    if shares not in SHARES:
        raise InputError(
            text(
                "'{given}' is no way to share; expected one of: {known}.",
                given=shares,
                known=", ".join(SHARES),
            )
        )
    if not len(offers.origin):
        return np.zeros(0, np.int64)
    program = _program(offers)
    ways = len(offers.origin)
    everything = csr_array(np.ones((1, ways)))
    most = np.rint([-_solved(-np.ones(ways), program).fun])
    wanted = offers.demand[np.unique(offers.target)].sum()
    if shares == "nearest" or most[0] >= wanted:
        return _whole(_solved(offers.minutes, program, everything, most).x)
    received = _fairly(offers, program, most, by_demand=shares == "proportional")
    return _whole(_solved(offers.minutes, program, program.received, received).x)


class _Program(NamedTuple):
    """``rows`` · x ≤ ``most``; ``received`` · x is what each destination receives."""

    rows: csr_array
    most: Floats
    received: csr_array


def _program(offers: Offers) -> _Program:
    ways = np.arange(len(offers.origin))

    def sums(of: Ints, count: int) -> csr_array:
        return csr_array(coo_array((np.ones(len(ways)), (of, ways)), shape=(count, len(ways))))

    received = sums(offers.target, len(offers.demand))
    leaving = sums(offers.origin, len(offers.supply))
    together = sums(offers.group[offers.origin], len(offers.limit))
    most = np.concatenate([offers.supply, offers.limit, offers.demand]).astype(float)
    return _Program(csr_array(vstack([leaving, together, received])), most, received)


def _fairly(offers: Offers, program: _Program, most: Floats, *, by_demand: bool) -> Floats:
    """Say how many whole units each destination receives."""
    weight = offers.demand if by_demand else np.ones_like(offers.demand)
    low, remainder = _levelled(offers, program, weight)
    # One unit more goes first to the largest remainder; of equal ones to whoever wants more.
    rank = np.argsort(np.lexsort((-offers.demand, -remainder))).astype(float)
    bounded = _Program(
        csr_array(vstack([program.rows, -program.received, program.received])),
        np.concatenate([program.most, -low, low + (remainder > 0)]),
        program.received,
    )
    everything = csr_array(np.ones((1, len(offers.origin))))
    given = _whole(_solved(rank[offers.target], bounded, everything, most).x)
    return np.asarray(program.received @ given, np.float64)


def _levelled(offers: Offers, program: _Program, weight: Ints) -> tuple[Floats, Floats]:
    """Raise what all receive together, for each by its weight; whoever cannot get more stays.

    Those who stay share what they can receive beyond those who stayed before: a whole number, so
    that shares are exact. Gives their whole part, and what remains, 0 to 1.
    """
    rising = np.unique(offers.target[offers.demand[offers.target] > 0])
    settled, had = rising[:0], 0
    low, remainder, aimed = (np.zeros(len(offers.demand)) for _ in range(3))
    ways = len(offers.origin)
    scale = max(float(program.most.max()), 1.0)
    while len(rising):
        level = np.concatenate([weight[rising], np.zeros(len(settled))]) / scale
        least = hstack([-program.received[np.append(rising, settled)], level[:, None]])
        rows = vstack([least, hstack([program.rows, np.zeros((program.rows.shape[0], 1))])])
        bounds = [np.zeros(len(rising)), -aimed[settled] * _ALMOST, program.most]
        done = _solved(
            np.append(np.zeros(ways), -1.0),
            _Program(csr_array(rows), np.concatenate(bounds) / scale, program.received),
        )
        # What holds the level down has a price; somebody always does.
        price = np.abs(done.ineqlin.marginals[: len(rising)])
        held = price >= min(_DUAL, price.max() / 2)
        settled = np.append(settled, rising[held])
        most = round(-_solved(-np.isin(offers.target, settled).astype(float), program).fun)
        together = int(weight[rising[held]].sum())
        for one in rising[held].tolist():
            whole, rest = divmod((most - had) * int(weight[one]), together)
            low[one], remainder[one] = whole, rest / together
            aimed[one] = whole + remainder[one]
        rising, had = rising[~held], most
    return low, remainder


def _solved(
    cost: Floats, program: _Program, same: csr_array | None = None, as_much: Floats | None = None
) -> Any:  # noqa: ANN401 - what scipy returns
    """Find a corner where the cost is least."""
    done = linprog(cost, program.rows, program.most, same, as_much, method="highs-ds")
    if done.status:
        raise InfeasibleError(
            text(
                "The solver found no plan for these quantities: {reason} Give smaller numbers.",
                reason=done.message,
            )
        )
    return done


def _whole(found: Floats) -> Ints:
    return np.rint(found).astype(np.int64)
