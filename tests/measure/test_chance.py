"""Tests of chance against brute force: every outcome is counted, nothing is approximated."""

from __future__ import annotations

from itertools import permutations
from math import comb, exp, factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from geosector.errors import InputError
from geosector.measure.hotspots.chance import (
    MOST_EXACT,
    compare_rates,
    false_discovery,
    mann_kendall,
    poisson_tail,
    require_level,
)

shares = st.floats(1e-6, 1.0)


@given(st.lists(shares, min_size=1, max_size=30), st.integers(0, 5))
def test_q_is_that_of_scipy_over_the_tests_that_were_made(p: list[float], missing: int) -> None:
    q = false_discovery([*p, *[np.nan] * missing])
    assert np.allclose(q[: len(p)], stats.false_discovery_control(p))
    assert np.isnan(q[len(p) :]).all()


@given(st.lists(shares, min_size=1, max_size=30), st.randoms())
def test_the_order_of_tests_does_not_matter_to_q(p: list[float], random) -> None:
    order = list(range(len(p)))
    random.shuffle(order)
    assert np.allclose(false_discovery(np.array(p)[order]), false_discovery(p)[order])


@given(st.lists(shares, min_size=1, max_size=30))
def test_q_is_never_below_p(p: list[float]) -> None:
    assert (false_discovery(p) >= np.array(p) - 1e-15).all()


def by_every_outcome(before: int, after: int, before_days: int, after_days: int) -> float:
    whole, share = before + after, after_days / (before_days + after_days)
    chances = [comb(whole, k) * share**k * (1 - share) ** (whole - k) for k in range(whole + 1)]
    return sum(one for one in chances if one <= chances[after] * (1 + 1e-7))


counts = st.integers(0, 25)
days = st.integers(1, 400)


@given(counts, counts, days, days)
def test_two_rates_are_compared_over_every_outcome(b: int, a: int, bd: int, ad: int) -> None:
    assert np.isclose(compare_rates([b], [a], bd, ad)[0], by_every_outcome(b, a, bd, ad))


@given(counts, counts, days)
def test_before_and_after_may_change_places(b: int, a: int, length: int) -> None:
    assert np.isclose(
        compare_rates([b], [a], length, length)[0], compare_rates([a], [b], length, length)[0]
    )


def test_a_period_without_days_tells_nothing() -> None:
    assert np.isnan(compare_rates([3], [4], [0], [30])).all()


@given(st.integers(0, 15), st.floats(0.01, 20))
def test_a_poisson_tail_is_one_less_the_sum_below(seen: int, mean: float) -> None:
    below = sum(exp(-mean) * mean**k / factorial(k) for k in range(seen))
    assert np.isclose(poisson_tail([seen], [mean])[0], 1 - below, atol=1e-12)


def kendall_s(values: tuple[float, ...]) -> int:
    early, late = np.triu_indices(len(values), 1)
    series = np.array(values)
    return int(np.sign(series[late] - series[early]).sum())


@pytest.mark.parametrize(
    "series", [[0, 0, 1, 2, 0, 3, 3, 1], [5, 4, 4, 4, 3, 2, 2, 0], [0, 0, 0, 0, 0, 0, 0, 9]]
)
def test_a_trend_is_judged_among_all_orders_of_the_same_values(series: list[int]) -> None:
    found = mann_kendall(series)
    orders = [abs(kendall_s(order)) for order in permutations(series)]
    assert found.s == kendall_s(tuple(series))
    assert np.isclose(found.p, np.mean(np.array(orders) >= abs(found.s)))


@given(st.permutations(range(12)))
@settings(max_examples=50)
def test_without_ties_a_trend_is_that_of_scipy(series: list[int]) -> None:
    exact = stats.kendalltau(range(12), series, method="exact").pvalue
    assert np.isclose(mann_kendall(series).p, exact)


@given(st.lists(st.integers(0, 4), min_size=8, max_size=30))
@settings(max_examples=50)
def test_a_series_turned_round_falls_as_it_rose(series: list[int]) -> None:
    one, other = mann_kendall(series), mann_kendall(series[::-1])
    assert (one.s, one.slope) == (-other.s, -other.slope)
    assert np.isclose(one.p, other.p)


def test_beyond_the_exact_months_the_normal_p_goes_on_where_the_exact_one_ends() -> None:
    random = np.random.default_rng(5)
    series = random.poisson(1.5, MOST_EXACT) + np.arange(MOST_EXACT) // 40
    early, late = np.triu_indices(MOST_EXACT + 1, 1)
    longer = np.append(series, 1)
    exact, near = mann_kendall(series), mann_kendall(longer)
    n, sizes = len(longer), np.unique(longer, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - (sizes * (sizes - 1) * (2 * sizes + 5)).sum()) / 18
    s = np.sign(longer[late] - longer[early]).sum()
    assert np.isclose(near.p, min(1.0, 2 * stats.norm.sf(max(abs(s) - 1, 0) / variance**0.5)))
    assert abs(exact.p - near.p) < 0.2


def test_a_missing_month_is_a_gap_and_not_a_zero() -> None:
    whole = [float(month) for month in range(10)]
    gap = [*whole[:4], np.nan, *whole[5:]]
    assert mann_kendall(gap).slope == 1.0
    assert mann_kendall(gap).p == pytest.approx(2 / factorial(9))
    assert mann_kendall([*whole[:4], 0.0, *whole[5:]]).p > mann_kendall(gap).p


@pytest.mark.parametrize("wrong", [0, 1, -0.1, float("nan"), "5 %"])
def test_a_level_that_is_no_share_is_refused(wrong: object) -> None:
    with pytest.raises(InputError, match="give a share between 0 and 1"):
        require_level(wrong)  # type: ignore[arg-type]
