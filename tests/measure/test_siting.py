"""The choice of sites equals that of trying every choice, and its gap tells the truth."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geosector.errors import InputError, TooFewCandidatesError, TooLittleRoomError
from geosector.measure.siting import Choice, exact, max_covering, p_median
from geosector.measure.siting.choose import UNREACHED
from geosector.measure.siting.loops import Rules

pytestmark = pytest.mark.nojit


@st.composite
def towns(draw: st.DrawFn) -> dict:
    """Draw a synthetic town: minutes to candidates, people, sites in all, those that stay, groups."""
    demands, candidates = draw(st.integers(1, 7)), draw(st.integers(1, 6))
    minute = st.sampled_from([0.0, 1.0, 2.0, 2.5, 7.0, np.inf])
    rows = st.lists(minute, min_size=candidates, max_size=candidates)
    costs = np.array(draw(st.lists(rows, min_size=demands, max_size=demands)))
    people = st.sampled_from([0.0, 1.0, 3.0, 8.5])
    weights = np.array(draw(st.lists(people, min_size=demands, max_size=demands)))
    fixed = draw(st.sets(st.integers(0, candidates - 1), max_size=2))
    k = draw(st.integers(max(1, len(fixed)), candidates))
    groups = draw(
        st.none()
        | st.lists(st.integers(-1, 1), min_size=candidates, max_size=candidates).map(np.array)
    )
    return {"costs": costs, "weights": weights, "k": k, "fixed": sorted(fixed), "groups": groups}


def lawful(town: dict) -> list[tuple[int, ...]]:
    """List every choice that the rules allow."""
    candidates, groups = town["costs"].shape[1], town["groups"]
    every = itertools.combinations(range(candidates), town["k"])
    wanted = set() if groups is None else {int(one) for one in groups if one >= 0}
    return [
        one for one in every
        if set(town["fixed"]) <= set(one)
        and (groups is None or wanted <= {int(groups[site]) for site in one})
    ]  # fmt: skip


def median_cost(town: dict, sites: tuple[int, ...]) -> float:
    """Sum what a choice costs, as the docstring says."""
    costs, weights = town["costs"], town["weights"]
    finite = costs[np.isfinite(costs)]
    unreached = UNREACHED * finite.max(initial=0.0) or 1.0
    total = 0.0
    for row, many in zip(costs, weights, strict=True):
        if np.isfinite(row).any():
            total += many * min(row[list(sites)].min(), unreached)
    return total


def covered(town: dict, sites: tuple[int, ...], reach: float) -> float:
    within = (town["costs"][:, list(sites)] <= reach).any(axis=1)
    return float(town["weights"][within].sum())


def solve(town: dict, how, *more: float, **options: object) -> Choice | None:
    """Choose, or give None where the rules leave no choice."""
    words = {**town, **options}
    costs, weights, k = (words.pop(name) for name in ("costs", "weights", "k"))
    if not lawful(town):
        with pytest.raises(TooFewCandidatesError):
            how(costs, weights, k, *more, **words)
        return None
    return how(costs, weights, k, *more, **words)


@settings(max_examples=60)
@given(towns())
def test_the_p_median_is_the_best_of_all_choices(town) -> None:
    chosen = solve(town, p_median)
    if chosen is None:
        return
    best = min(median_cost(town, one) for one in lawful(town))
    assert chosen.objective == pytest.approx(best)
    assert chosen.gap == pytest.approx(0, abs=1e-6)
    assert median_cost(town, tuple(chosen.sites)) == pytest.approx(chosen.objective)
    assert tuple(sorted(chosen.sites)) in lawful(town)


@settings(max_examples=60)
@given(towns(), st.sampled_from([0.5, 1.0, 2.5]))
def test_the_covering_is_the_best_of_all_choices(town, reach) -> None:
    chosen = solve(town, max_covering, reach)
    if chosen is None:
        return
    best = max(covered(town, one, reach) for one in lawful(town))
    assert chosen.objective == pytest.approx(best)
    assert covered(town, tuple(chosen.sites), reach) == pytest.approx(chosen.objective)
    assert chosen.gap == pytest.approx(0, abs=1e-6)


@settings(max_examples=60)
@given(towns(), st.data())
def test_everyone_is_somewhere_and_no_site_holds_more_than_it_can(town, data) -> None:
    candidates = town["costs"].shape[1]
    room = st.sampled_from([0.0, 2.0, 5.0, 30.0, np.inf])
    rooms = np.array(data.draw(st.lists(room, min_size=candidates, max_size=candidates)))
    split = data.draw(st.booleans())
    for how, more in ((p_median, ()), (max_covering, (2.0,))):
        try:
            chosen = solve(town, how, *more, capacities=rooms, split=split)
        except TooLittleRoomError:
            reached = town["weights"][np.isfinite(town["costs"]).any(axis=1)].sum()
            assert (
                max(rooms[list(one)].sum() for one in lawful(town)) < reached
                or town["groups"] is not None
            )
            continue
        if chosen is None:
            continue
        there = np.bincount(chosen.demand, weights=chosen.people, minlength=len(town["weights"]))
        assert there == pytest.approx(town["weights"])
        for site in chosen.sites:
            assert chosen.people[chosen.site == site].sum() <= rooms[site] + 1e-6
        assert set(chosen.site) - {-1} <= set(chosen.sites)
        if not split:
            assert len(chosen.demand) == len(set(chosen.demand.tolist()))


@settings(max_examples=40)
@given(towns(), st.randoms(use_true_random=False))
def test_the_order_of_demands_does_not_change_what_is_achieved(town, random) -> None:
    order = list(range(len(town["weights"])))
    random.shuffle(order)
    turned = {**town, "costs": town["costs"][order], "weights": town["weights"][order]}
    one, other = solve(town, p_median), solve(turned, p_median)
    if one is not None and other is not None:
        assert one.objective == pytest.approx(other.objective)


def synthetic(demands: int, candidates: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    homes, sites = random.random((demands, 2)), random.random((candidates, 2))
    return np.hypot(*(homes[:, None] - sites[None]).transpose(2, 0, 1)), random.integers(
        1, 90, demands
    ).astype(float)


def milp_with_rooms(costs, weights, k, rooms, *, split: bool) -> float:
    """Solve the capacitated p-median by HiGHS directly, written for this test alone."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    n, m = costs.shape
    ways = n * m
    whole = np.zeros((n, ways + m))
    full = np.zeros((m, ways + m))
    for i in range(n):
        whole[i, i * m : (i + 1) * m] = 1
        full[np.arange(m), i * m + np.arange(m)] = weights[i]
    full[np.arange(m), ways + np.arange(m)] = -rooms
    tied = np.zeros((ways, ways + m))
    tied[np.arange(ways), np.arange(ways)] = 1
    tied[np.arange(ways), ways + np.arange(ways) % m] = -1
    some = np.concatenate([np.zeros(ways), np.ones(m)])[None]
    found = milp(
        np.concatenate([(costs * weights[:, None]).ravel(), np.zeros(m)]),
        constraints=[LinearConstraint(whole, 1, 1), LinearConstraint(full, -np.inf, 0),
                     LinearConstraint(tied, -np.inf, 0), LinearConstraint(some, k, k)],
        bounds=Bounds(0, 1), integrality=np.concatenate([np.full(ways, 0 if split else 1), np.ones(m)]),
    )  # fmt: skip
    assert found.status == 0
    return float(found.fun)


@pytest.mark.parametrize("split", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_with_rooms_the_choice_is_that_of_highs(seed, split) -> None:
    costs, weights = synthetic(12, 6, seed)
    rooms = np.full(6, weights.sum() / 3 * 1.25)
    chosen = p_median(costs, weights, 3, capacities=rooms, split=split, seed=seed)
    best = milp_with_rooms(costs, weights, 3, rooms, split=split)
    assert chosen.objective <= best * (1 + chosen.gap + 1e-6)
    assert chosen.bound <= best * (1 + 1e-6)
    assert chosen.objective >= best * (1 - 1e-6)


def test_the_same_seed_gives_the_same_choice() -> None:
    costs, weights = synthetic(60, 20, 1)
    one, other = (p_median(costs, weights, 4, seed=3, iterations=4) for _ in range(2))
    assert one.sites.tolist() == other.sites.tolist()
    assert one.objective == other.objective


def test_a_gap_is_told_where_nothing_is_proven() -> None:
    costs, weights = synthetic(60, 20, 2)
    chosen = p_median(costs, weights, 6, iterations=1)
    assert chosen.bound <= chosen.objective
    assert chosen.gap == pytest.approx((chosen.objective - chosen.bound) / chosen.objective)


def test_a_budget_in_seconds_ends() -> None:
    costs, weights = synthetic(40, 15, 3)
    assert p_median(costs, weights, 5, seconds=0.05).gap < 0.2
    assert max_covering(costs, weights, 3, 0.2, seconds=1.5).gap == 0.0


def test_large_tables_list_some_candidates_and_find_the_same(monkeypatch) -> None:
    costs, weights = synthetic(80, 40, 4)
    whole = p_median(costs, weights, 4)
    monkeypatch.setattr("geosector.measure.siting.search.ALL_LISTED", 100)
    monkeypatch.setattr("geosector.measure.siting.search.FEWEST_LISTED", 6)
    monkeypatch.setattr("geosector.measure.siting.search.LISTED", 0)
    few = p_median(costs, weights, 4)
    assert few.objective == pytest.approx(whole.objective)
    assert few.bound <= whole.objective * (1 + 1e-9)


def test_no_people_cost_nothing_and_choose_as_many_sites() -> None:
    chosen = p_median(np.ones((3, 4)), [0, 0, 0], 2)
    assert (len(chosen.sites), chosen.objective, chosen.gap) == (2, 0.0, 0.0)
    covering = max_covering(np.ones((3, 4)), [0, 0, 0], 2, 1.0)
    assert (len(covering.sites), covering.objective, covering.gap) == (2, 0.0, 0.0)


def test_whom_no_candidate_reaches_is_in_no_objective_and_listed() -> None:
    costs = [[1, np.inf], [np.inf, np.inf]]
    chosen = p_median(costs, [5, 7], 1)
    assert (chosen.objective, chosen.unreachable, chosen.unserved) == (5.0, 7.0, 0.0)
    assert chosen.site.tolist() == [0, -1]


def test_whom_no_chosen_site_reaches_counts_twice_the_longest_way() -> None:
    chosen = p_median([[1, np.inf], [np.inf, 2]], [5, 9], 1)
    assert chosen.sites.tolist() == [1]
    assert (chosen.objective, chosen.unserved) == (9 * 2 + 5 * 4, 5.0)
    cheap = p_median([[1, np.inf], [np.inf, 2]], [5, 7], 1, unreached=1.5)
    assert cheap.objective == 5 * 1 + 7 * 1.5


def test_equal_and_repeated_candidates_are_no_trouble() -> None:
    chosen = p_median(np.ones((4, 3)), [1, 2, 3, 4], 2)
    assert (len(set(chosen.sites.tolist())), chosen.objective) == (2, 10.0)


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"k": 0}, InputError, "0 sites are asked for; expected 1 or more"),
        ({"k": 1.5}, InputError, "give a whole number"),
        ({"k": 3}, TooFewCandidatesError, "3 sites are asked for, but there are 2 candidates"),
        ({"k": 1, "fixed": [0, 1]}, TooFewCandidatesError, "2 of them stay"),
        ({"fixed": [2]}, InputError, "fixed holds 2; the candidates are 0 to 1"),
        ({"fixed": ["a"]}, InputError, "fixed holds a"),
        ({"costs": [[1, np.nan]]}, InputError, "costs holds nan at 0, 1"),
        ({"costs": [[1, -1]]}, InputError, "costs holds -1 at 0, 1"),
        ({"costs": [["a", 1]]}, InputError, "costs holds what is no number"),
        ({"costs": [1, 2]}, InputError, "costs has 1 dimensions"),
        ({"weights": [-3]}, InputError, "weights holds -3 at 0"),
        ({"weights": [np.nan]}, InputError, "weights holds nan at 0"),
        ({"weights": [np.inf]}, InputError, "weights holds inf at 0"),
        ({"weights": [1, 2]}, InputError, "weights has 2 numbers; costs asks for 1"),
        ({"capacities": [1, np.nan]}, InputError, "capacities holds nan at 1"),
        ({"capacities": [1]}, InputError, "capacities has 1 numbers"),
        ({"capacities": [1, 2]}, TooLittleRoomError, "1 site holds at most 2 people, but 5"),
        ({"groups": [0]}, InputError, "groups has 1 numbers"),
        ({"groups": [0, 1]}, TooFewCandidatesError, "one in each of 2 groups"),
        ({"iterations": 0}, InputError, "0 iterations are given"),
        ({"seconds": -1}, InputError, "seconds is -1"),
        ({"unreached": 0}, InputError, "unreached is 0"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(given, error, said) -> None:
    words = {"costs": [[1, 2]], "weights": [5], "k": 1, **given}
    with pytest.raises(error, match=said):
        p_median(words.pop("costs"), words.pop("weights"), words.pop("k"), **words)


def test_more_sites_never_make_it_worse_and_sites_come_in_order() -> None:
    costs, weights = synthetic(30, 12, 5)
    sums = [p_median(costs, weights, k).objective for k in range(1, 13)]
    assert sums == sorted(sums, reverse=True)
    chosen = p_median(costs, weights, 4, fixed=[3])
    assert chosen.sites[0] == 3
    left = [costs[:, chosen.sites[: at + 1]].min(axis=1) @ weights for at in range(4)]
    assert left == sorted(left, reverse=True)


# Seven places and seven candidates, each beside three, any two with one in common: the shares of
# sites that a bound allows cover more than whole sites can.
FANO = np.array(
    [[0.0 if (at - line) % 7 in {0, 1, 3} else 1.0 for line in range(7)] for at in range(7)]
)


def test_highs_closes_a_gap_that_the_bound_leaves() -> None:
    chosen = max_covering(FANO, np.ones(7), 2, 0.5)
    assert (chosen.objective, chosen.gap) == (5.0, 0.0)
    timed = max_covering(FANO, np.ones(7), 2, 0.5, seconds=4)
    assert (timed.objective, timed.gap) == (5.0, 0.0)
    median = p_median(FANO, np.ones(7), 2)
    assert (median.objective, median.gap) == (2.0, 0.0)
    grouped = max_covering(FANO, np.ones(7), 2, 0.5, groups=[0, 0, 0, 1, 1, 1, 1])
    assert (grouped.objective, grouped.gap) == (5.0, 0.0)


def test_what_is_too_large_to_prove_keeps_its_gap(monkeypatch) -> None:
    monkeypatch.setattr("geosector.measure.siting.search.SMALL", 0)
    monkeypatch.setattr("geosector.measure.siting.search.SMALL_COVER", 0)
    for chosen in (max_covering(FANO, np.ones(7), 2, 0.5), p_median(FANO, np.ones(7), 2)):
        assert 0 < chosen.gap < 1
        assert chosen.method == "swap"


def test_rooms_and_a_budget_in_seconds_go_together() -> None:
    chosen = p_median(FANO, np.ones(7), 2, capacities=[3.5] * 7, seconds=4)
    assert chosen.objective == pytest.approx(2.0)
    assert chosen.gap == pytest.approx(0, abs=1e-9)


def test_highs_finds_no_choice_where_none_is_lawful() -> None:
    rules = Rules(np.zeros(2, bool), np.array([0, 1]), 2)
    rest, by_site = np.ones(2), np.zeros((2, 2))
    pairs = exact.pairs_of(by_site, rest, np.arange(2))
    for found in (
        exact.cover_exactly(pairs, rest, 1, rules, nodes=10),
        exact.choose_exactly(pairs, rest, 1, rules, people=rest, room=None, split=True, nodes=10),
    ):
        assert len(found.sites) == 0
        assert found.cost == np.inf
    nobody = exact.pairs_of(np.ones((2, 2)), rest, np.arange(2))
    assert exact.house_exactly(nobody, rest, rest, rest, split=True).tolist() == [[0, 0], [0, 0]]
