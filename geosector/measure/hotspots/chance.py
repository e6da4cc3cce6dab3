"""What chance alone would do: tests of counts, and what many tests at once are worth.

Pure functions over arrays. A test that cannot be made gives NaN, and takes no part in the rest.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geosector.errors import InputError
from geosector.language import text

Floats = NDArray[np.float64]

LEVEL = 0.05  # of all that is flagged, the share that may be chance
FEWEST_MONTHS = 8  # of fewer, no order but an extreme one can stand out
MOST_EXACT = 60  # months of which the exact distribution is quick


class Trend(NamedTuple):
    """A test of one series: Kendall's S, Sen's slope per step, the two-sided p."""

    s: float
    slope: float
    p: float


def false_discovery(p: ArrayLike) -> Floats:
    """Turn the p of many tests into q: flag q ≤ 0.05, and at most 5 % of the flags are chance.

    Parameters
    ----------
    p : array, shape (n,)
        NaN where no test could be made.

    Returns
    -------
    array, shape (n,)
        NaN where p is NaN; these are not counted among the tests.

    Notes
    -----
    q of the i-th smallest of m is min over j ≥ i of m · p(j) / j: Y. Benjamini and Y. Hochberg,
    *Controlling the false discovery rate*, Journal of the Royal Statistical Society B 57 (1995),
    289-300. It holds for tests that depend on each other positively, as those of neighbours do:
    M. Caldas de Castro and B. H. Singer, *Controlling the false discovery rate: a new application
    to account for multiple and dependent tests in local statistics of spatial association*,
    Geographical Analysis 38 (2006), 180-208, who compare it for local statistics and prefer it to
    Bonferroni.

    Examples
    --------
    Three tests: 3 · 0.01 / 1, 3 · 0.02 / 2 and 3 · 0.5 / 3.

    >>> false_discovery([0.01, 0.5, float("nan"), 0.02]).round(3).tolist()
    [0.03, 0.5, nan, 0.03]
    >>> false_discovery([]).tolist()
    []
    """
    from scipy.stats import false_discovery_control

    given = np.asarray(p, float)
    known = ~np.isnan(given)
    q = np.full(len(given), np.nan)
    if known.any():
        q[known] = false_discovery_control(given[known])
    return q


def require_level(level: float) -> float:
    """Refuse a level that is no share between 0 and 1.

    Examples
    --------
    >>> require_level(0.05)
    0.05
    >>> require_level(5)
    Traceback (most recent call last):
    geosector.errors.InputError: The level is 5; give a share between 0 and 1, such as 0.05.
    """
    known = isinstance(level, int | float | np.number)
    if not (known and 0 < level < 1):
        raise InputError(
            text("The level is {given}; give a share between 0 and 1, such as 0.05.", given=level)
        )
    return float(level)


def compare_rates(
    before: ArrayLike, after: ArrayLike, before_days: ArrayLike, after_days: ArrayLike
) -> Floats:
    """Test whether counts of two periods come of one rate, each count over its own days.

    Parameters
    ----------
    before, after : array of int, shape (n,)
        Incidents.
    before_days, after_days : array, shape (n,), or a number
        Lengths of the periods, in any one unit.

    Returns
    -------
    array, shape (n,)
        Two-sided p; 1 where nothing happened, NaN where a count is missing or a period has no days.

    Notes
    -----
    Of before + after incidents, with one rate, the later ones are binomial with the share of the
    later days: J. Przyborowski and H. Wilenski, *Homogeneity of results in testing samples from
    Poisson series*, Biometrika 31 (1940), 313-323. p adds up every outcome that is no likelier than
    the one seen.

    Examples
    --------
    None in 30 days, then 5 in 30: 2 · 0.5⁵ = 0.0625. With only 10 days before,
    0.75⁵ and what is no likelier: 0.75⁵ + 0.25⁵ · (1 + 5 · 3 + 10 · 9) = 0.3408.

    >>> compare_rates([0, 0], [5, 5], [30, 10], 30).round(4).tolist()
    [0.0625, 0.3408]
    >>> compare_rates([0, float("nan")], [0, 1], 30, 30).tolist()
    [1.0, nan]
    >>> compare_rates([], [], 30, 30).tolist()
    []
    """
    given = np.broadcast_arrays(*(np.asarray(one, float) for one in
                                  (before, after, before_days, after_days)))  # fmt: skip
    table = np.column_stack([one.ravel() for one in given])
    if not len(table):
        return np.zeros(0)
    cases, case = np.unique(table, axis=0, return_inverse=True)
    return np.array([_binomial(*one) for one in cases.tolist()])[case.ravel()]


def poisson_tail(seen: ArrayLike, expected: ArrayLike) -> Floats:
    """Give the probability of as many incidents or more, where so many are expected.

    Parameters
    ----------
    seen : array of int, shape (n,)
    expected : array, shape (n,)
        0 or more.

    Returns
    -------
    array, shape (n,)
        1 − Σ e^(−μ) μʲ / j! over j < seen (S. D. Poisson, 1837).

    Examples
    --------
    Two or more where one is expected: 1 − 2/e. Two where none can be: 0.

    >>> poisson_tail([2, 0, 2], [1.0, 1.0, 0.0]).round(4).tolist()
    [0.2642, 1.0, 0.0]
    >>> poisson_tail([], []).tolist()
    []
    """
    from scipy.stats import poisson

    return np.asarray(poisson.sf(np.asarray(seen, float) - 1, np.asarray(expected, float)), float)


def mann_kendall(series: ArrayLike) -> Trend:
    """Test whether a series rises or falls, and tell by how much in each step.

    Parameters
    ----------
    series : array, shape (n,)
        Counts or rates, one for each month; NaN where a month is missing, which is not 0.

    Returns
    -------
    Trend
        ``s``: pairs that rise less pairs that fall. ``slope``: the median of
        (later − earlier) / steps between (P. K. Sen, *Estimates of the regression coefficient
        based on Kendall's tau*, JASA 63 (1968), 1379-1389). ``p``: two-sided; NaN, as is the slope,
        with fewer than 8 known months; 1 where all are the same.

    Notes
    -----
    H. B. Mann, *Nonparametric tests against trend*, Econometrica 13 (1945), 245-259; M. G. Kendall,
    *Rank correlation methods*, 4th ed. 1975. To 60 months p is exact, ties and all: the pairs that
    fall, in all orders of the same values, are counted by a q-multinomial coefficient
    (P. A. MacMahon, *Combinatory analysis*, 1915). Beyond, S is near to normal with variance
    [n(n−1)(2n+5) − Σ t(t−1)(2t+5)] / 18, t being the sizes of ties, and continuity is corrected.
    Months are taken to be independent of each other: a season looks like a trend where less than
    whole years are given.

    Examples
    --------
    Eight rising months are one order of 8! = 40,320, and falling would stand out as much:
    p = 2 / 40,320. They rise by 1 in each month.

    >>> rising = mann_kendall([0, 1, 2, 3, 4, 5, 6, 7])
    >>> rising.s, rising.slope, round(40320 * rising.p, 6)
    (28.0, 1.0, 2.0)
    >>> mann_kendall([0, 0, 0, 0, 0, 0, 0, 0])
    Trend(s=0.0, slope=0.0, p=1.0)
    >>> mann_kendall([1, float("nan"), 3]).p
    nan
    """
    values = np.asarray(series, float)
    at = np.flatnonzero(~np.isnan(values))
    values = values[at]
    early, late = np.triu_indices(len(values), 1)
    steps = values[late] - values[early]
    s = float(np.sign(steps).sum())
    if len(values) < FEWEST_MONTHS:
        return Trend(s, np.nan, np.nan)
    slope = float(np.median(steps / (at[late] - at[early])))
    ties = tuple(sorted(np.unique(values, return_counts=True)[1].tolist()))
    return Trend(s, slope, _two_sided(abs(s), ties))


def _binomial(before: float, after: float, before_days: float, after_days: float) -> float:
    from scipy.stats import binomtest

    if not np.isfinite([before, after, before_days, after_days]).all():
        return np.nan
    if before_days <= 0 or after_days <= 0:
        return np.nan
    if before + after == 0:
        return 1.0
    share = after_days / (before_days + after_days)
    return float(binomtest(int(after), int(before + after), share).pvalue)


def _two_sided(s: float, ties: tuple[int, ...]) -> float:
    """Give the probability that S is as far from 0 or further."""
    n = sum(ties)
    if len(ties) < 2:  # noqa: PLR2004 - all the same
        return 1.0
    if n <= MOST_EXACT:
        return _exact(ties)[int(s)]
    from scipy.stats import norm

    groups = np.array([n, *(-t for t in ties)], float)
    sizes = np.abs(groups)
    variance = float((np.sign(groups) * sizes * (sizes - 1) * (2 * sizes + 5)).sum()) / 18
    return min(1.0, float(2 * norm.sf(max(s - 1, 0.0) / np.sqrt(variance))))


@lru_cache(maxsize=4096)
def _exact(ties: tuple[int, ...]) -> list[float]:
    """Give P(|S| ≥ s) for each s, over all orders of values with ties of these sizes.

    Polynomials in q whose coefficients count orders by their pairs that fall; whole numbers, so
    nothing is rounded.
    """
    counts, before = [1], 0
    for size in ties:
        # times the Gaussian binomial of before + size over size
        for step in range(1, size + 1):
            counts = _divided(_multiplied(counts, before + step), step)
        before += size
    whole, pairs = sum(counts), len(counts) - 1
    far = [0] * (pairs + 2)
    for falling, orders in enumerate(counts):
        far[abs(pairs - 2 * falling)] += orders
    for s in range(pairs, -1, -1):
        far[s] += far[s + 1]
    return [orders / whole for orders in far]


def _multiplied(counts: list[int], power: int) -> list[int]:
    """Multiply by 1 − q^power."""
    made = [*counts, *[0] * power]
    for at, count in enumerate(counts):
        made[at + power] -= count
    return made


def _divided(counts: list[int], power: int) -> list[int]:
    """Divide by 1 − q^power, without a rest."""
    made = list(counts)
    for at in range(power, len(made)):
        made[at] += made[at - power]
    return made[: len(made) - power]
