"""What is scarce is shared as the shares say: equal to trying every plan in small cases."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geosector.errors import InfeasibleError, InputError
from geosector.measure.stock import sharing
from geosector.measure.stock.sharing import SHARES, Offers, share_out


@st.composite
def offers(draw: st.DrawFn, most: int = 4, starts: int = 2, ends: int = 3) -> Offers:
    """Draw a synthetic problem that can be solved by trying everything."""
    count, wanted = draw(st.integers(1, starts)), draw(st.integers(1, ends))
    ways = draw(
        st.lists(
            st.tuples(st.integers(0, count - 1), st.integers(0, wanted - 1)),
            unique=True,
            max_size=5,
        )
    )
    whole = st.integers(0, most)
    group = draw(st.lists(st.integers(0, 1), min_size=count, max_size=count))

    def each(number: int) -> np.ndarray:
        return np.array(draw(st.lists(whole, min_size=number, max_size=number)), np.int64)

    minutes = draw(st.lists(st.integers(1, 9), min_size=len(ways), max_size=len(ways)))
    return Offers(
        each(count), np.array(group), each(2) + 2, each(wanted),
        np.array([one for one, _ in ways], np.int64), np.array([to for _, to in ways], np.int64),
        np.array(minutes, float),
    )  # fmt: skip


def received(problem: Offers, plan: tuple[int, ...]) -> list[int]:
    got = [0] * len(problem.demand)
    for to, quantity in zip(problem.target.tolist(), plan, strict=True):
        got[to] += quantity
    return got


def is_allowed(problem: Offers, plan: tuple[int, ...]) -> bool:
    left = [0] * len(problem.supply)
    for at, quantity in zip(problem.origin.tolist(), plan, strict=True):
        left[at] += quantity
    together = [0] * len(problem.limit)
    for at, quantity in enumerate(left):
        together[problem.group[at]] += quantity
    return (
        all(np.array(left) <= problem.supply)
        and all(np.array(together) <= problem.limit)
        and all(np.array(received(problem, plan)) <= problem.demand)
    )


def every_plan(problem: Offers) -> list[tuple[int, ...]]:
    tops = [
        range(min(problem.supply[at], problem.demand[to]) + 1)
        for at, to in zip(problem.origin, problem.target, strict=True)
    ]
    return [plan for plan in product(*tops) if is_allowed(problem, plan)]


def cost(problem: Offers, plan: tuple[int, ...]) -> float:
    return float(problem.minutes @ np.array(plan, float)) if plan else 0.0


@given(offers())
@settings(max_examples=200, deadline=None)
def test_the_nearest_are_served_first_as_when_every_plan_is_tried(problem: Offers) -> None:
    best = min((-sum(plan), cost(problem, plan)) for plan in every_plan(problem))
    found = tuple(share_out(problem, "nearest").tolist())
    assert is_allowed(problem, found)
    assert (-sum(found), cost(problem, found)) == best


@given(offers())
@settings(max_examples=200, deadline=None)
def test_max_min_raises_whoever_has_least_as_when_every_plan_is_tried(problem: Offers) -> None:
    def merit(plan: tuple[int, ...]) -> tuple[object, ...]:
        reached = set(problem.target.tolist())
        got = [one for to, one in enumerate(received(problem, plan)) if to in reached]
        return sum(plan), sorted(got)

    best = max(merit(plan) for plan in every_plan(problem))
    found = tuple(share_out(problem, "max_min").tolist())
    assert is_allowed(problem, found)
    assert merit(found) == best
    same = [
        plan for plan in every_plan(problem) if received(problem, plan) == received(problem, found)
    ]
    assert cost(problem, found) == min(cost(problem, plan) for plan in same)


@given(offers(most=9, starts=1), st.integers(0, 20))
@settings(max_examples=100, deadline=None)
def test_from_one_place_everybody_gets_the_same_share_within_a_unit(
    problem: Offers, there: int
) -> None:
    problem = problem._replace(
        supply=np.array([there]), group=np.array([0]), limit=np.array([there, 0])
    )
    found = share_out(problem, "proportional")
    reached = np.unique(problem.target)
    wanted = int(problem.demand[reached].sum())
    got = received(problem, tuple(found.tolist()))
    assert sum(got) == min(there, wanted)
    for to in reached.tolist():
        exact = Fraction(min(there, wanted) * int(problem.demand[to]), max(wanted, 1))
        assert abs(got[to] - exact) < 1


@given(offers(), st.sampled_from(SHARES))
@settings(max_examples=100, deadline=None)
def test_as_much_as_possible_is_brought_however_it_is_shared(problem: Offers, shares) -> None:
    found = tuple(share_out(problem, shares).tolist())
    assert is_allowed(problem, found)
    assert sum(found) == max(sum(plan) for plan in every_plan(problem))


def test_a_share_that_one_cannot_take_goes_to_the_others() -> None:
    """30 bags for 10, 20 and 40: the first is reached only from a place that has one."""
    problem = Offers(
        np.array([1, 29]), np.array([0, 1]), np.array([1, 29]), np.array([10, 20, 40]),
        np.array([0, 1, 1]), np.array([0, 1, 2]), np.array([5.0, 5.0, 5.0]),
    )  # fmt: skip
    assert share_out(problem, "proportional").tolist() == [1, 10, 19]
    assert share_out(problem, "max_min").tolist() == [1, 14, 15]


def test_the_largest_remainder_is_rounded_up() -> None:
    problem = Offers(
        np.array([10]), np.array([0]), np.array([10]), np.array([7, 7, 6]),
        np.array([0, 0, 0]), np.array([0, 1, 2]), np.array([1.0, 2.0, 3.0]),
    )  # fmt: skip
    assert sum(share_out(problem, "proportional")) == 10
    assert share_out(problem._replace(demand=np.array([1, 100, 0])), "proportional")[1] == 10


def test_large_quantities_stay_whole() -> None:
    rng = np.random.default_rng(0)
    origin, target = (one.ravel() for one in np.indices((12, 20)))
    supply = rng.integers(0, 10**8, 12)
    problem = Offers(
        supply, np.arange(12), supply, rng.integers(0, 10**8, 20), origin, target,
        rng.uniform(1, 90, len(origin)),
    )  # fmt: skip
    for shares in SHARES:
        found = share_out(problem, shares)
        assert found.sum() == min(supply.sum(), problem.demand.sum())
        assert (np.bincount(origin, found) <= supply).all()
        assert (np.bincount(target, found) <= problem.demand).all()


def test_another_word_is_refused() -> None:
    with pytest.raises(InputError, match="'dice' is no way to share"):
        share_out(Offers(*[np.zeros(0, np.int64)] * 7), "dice")


def test_a_solver_that_gives_up_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    gave_up = SimpleNamespace(status=4, message="Numerical difficulties.")
    monkeypatch.setattr(sharing, "linprog", lambda *_, **__: gave_up)
    one = np.array([0])
    with pytest.raises(InfeasibleError, match=r"Numerical difficulties\. Give smaller numbers"):
        share_out(Offers(one + 3, one, one + 3, one + 2, one, one, one + 1.0))
