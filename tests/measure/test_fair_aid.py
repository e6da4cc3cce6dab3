"""Equity, scores of need and proposals: by hand, at their edges, refused where they must be."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from geosector.errors import InfeasibleError, InputError, MissingColumnError
from geosector.measure.coordination.allocation import allocate, says
from geosector.measure.coordination.evenness import cover, equity, gini, hoover
from geosector.measure.coordination.need import need_scores


def areas(**columns: object) -> pd.DataFrame:
    usual: dict[str, object] = {
        "area_id": ["a", "b", "c"],
        "people": [100, 300, 50],
        "reached": [0, 200, 0],
        "score": [0.9, 0.2, 0.5],
    }
    return pd.DataFrame({**usual, **columns})


# ------------------------------------------------------------------ equity


def test_gini_is_that_of_all_pairs() -> None:
    rng = np.random.default_rng(0)
    values, weights = rng.random(30) * 2, rng.integers(1, 900, 30)
    pairs = np.abs(values[:, None] - values[None, :]) * np.outer(weights, weights)
    mean = np.average(values, weights=weights)
    assert gini(values, weights) == pytest.approx(pairs.sum() / (2 * weights.sum() ** 2 * mean))


def test_what_has_no_weight_takes_no_part() -> None:
    assert gini([0, 1, 50, np.nan], [1, 1, 0, 5]) == 0.5
    assert hoover([0, 1, 50, np.nan], [1, 1, np.nan, 5]) == 0.5
    assert np.isnan(gini([5], [0]))
    with pytest.raises(InputError, match="A value is inf"):
        gini([np.inf])
    with pytest.raises(InputError, match="A value is -2"):
        hoover([1], [-2])


def test_coverage_keeps_rows_and_lists_what_is_no_number() -> None:
    given = areas(people=[100, "many", 0], reached=[150, 5, None]).set_axis([4, 2, 9])
    made = cover(given)
    assert made.table.index.tolist() == [4, 2, 9]
    assert made.table["ratio"].fillna(-1).tolist() == [1.5, -1, -1]
    assert made.table["capped"].tolist()[0] == 1
    assert made.table["over"].tolist() == [True, False, False]
    assert made.table["no_ratio"].tolist()[1:] == ["need_unknown", "no_need"]
    assert made.problems["row"].tolist() == [2]


def test_who_is_not_counted_is_not_taken_for_nought() -> None:
    made = equity(areas(reached=[50, None, 50])).table.iloc[0]
    assert (made["areas"], made["left_out"], made["people"], made["reached"]) == (2, 1, 150, 100)
    assert (made["lowest"], made["highest"]) == (0.5, 1)


def test_sectors_come_in_order_and_the_last_row_is_for_all() -> None:
    made = equity(areas(sector=[10, 9, None]), by="sector").table
    assert made["sector"].tolist() == ["9", "10", None]
    assert made["people"].tolist() == [300, 100, 450]
    named = equity(areas(sector=["north", "2", "east"]), by="sector").table
    assert named["sector"].tolist() == ["2", "east", "north", None]


# ------------------------------------------------------------------ scores


def test_a_missing_input_is_never_nought() -> None:
    given = areas(people=[100, None, 0])
    made = need_scores(given, {"people": 1}).table
    assert made["score"].fillna(-1).tolist() == [1, -1, 0]
    assert made["missing"].tolist() == ["", "people", ""]
    assert made["rank"].tolist() == [1, pd.NA, 2]
    problems = need_scores(given, {"people": 1}).problems
    assert problems["row"].tolist() == [1]


def test_equal_scores_share_a_rank() -> None:
    made = need_scores(areas(people=[5, 5, 1]), {"people": 3}).table
    assert made["rank"].tolist() == [1, 1, 3]


def test_ranks_that_hang_on_a_weight_are_shown() -> None:
    given = pd.DataFrame({"x": [1.0, 0.0, 0.4], "y": [0.0, 1.0, 0.4]})
    made = need_scores(given, {"x": 1.1, "y": 1.0}).table
    assert made["rank"].tolist() == [1, 2, 3]
    assert made["rank_min"].tolist() == [1, 1, 3]
    assert made["rank_max"].tolist() == [2, 2, 3]
    fixed = need_scores(given, {"x": 1.1, "y": 1.0}, vary=0).table
    assert (fixed["rank_min"] == fixed["rank_max"]).all()


def test_bounds_cut_off_and_make_months_comparable() -> None:
    made = need_scores(areas(), {"people": 1}, bounds={"people": (0, 200)}).table
    assert made["score"].tolist() == [0.5, 1, 0.25]


def test_an_input_that_is_the_same_everywhere_is_listed() -> None:
    made = need_scores(areas(flat=7), {"people": 1, "flat": 9})
    assert (
        made.table["score"].tolist() == need_scores(areas(), {"people": 1}).table["score"].tolist()
    )
    assert made.problems["column"].tolist() == ["flat"]
    alone = need_scores(areas(flat=7), {"flat": 1})
    assert alone.table["score"].isna().all()


@pytest.mark.parametrize(
    ("weights", "options", "message"),
    [
        ({}, {}, "No input has a weight"),
        ({"people": 0}, {}, "The weight of people is 0"),
        ({"people": float("nan")}, {}, "The weight of people is nan"),
        ({"people": "2"}, {}, "The weight of people is 2"),
        ({"people": 1}, {"less_is_more": ["water"]}, "water is no input"),
        ({"people": 1}, {"bounds": {"people": (5, 5)}}, "The bounds of people are 5 and 5"),
        ({"people": 1}, {"vary": 2}, "vary is 2"),
        ({"people": 1}, {"least_known": -1}, "least_known is -1"),
        ({"water": 1}, {}, "lacks the column water"),
    ],
)
def test_scores_that_cannot_be_are_refused(
    weights: dict[str, float], options: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        need_scores(areas(), weights, **options)


# ------------------------------------------------------------------ proposals


def given_units(table: pd.DataFrame) -> list[object]:
    return table["quantity"].tolist()


def test_largest_remainders_make_whole_units() -> None:
    # 7 · 100/250 = 2.8, 7 · 100/250 = 2.8, 7 · 50/250 = 1.4
    made = allocate(areas(reached=[0, 200, 0]), 7, rule="proportional").table
    assert given_units(made) == [3, 3, 1]
    assert made["share"].sum() == pytest.approx(1)


def test_what_a_limit_cuts_off_is_shared_again() -> None:
    made = allocate(areas(most=[10, None, 5]), 60, rule="proportional")
    assert given_units(made.table) == [10, 45, 5]
    assert allocate(areas(most=[10, 0, 5]), 60, rule="proportional").left == 45


def test_the_lowest_coverage_is_as_great_as_it_can_be() -> None:
    """Where units are few and areas differ much, rounding a level down would not be best."""
    given = pd.DataFrame({"area_id": range(11), "people": [1000] + [15] * 10})
    made = allocate(given, 69, rule="equal_coverage").table
    assert given_units(made) == [59] + [1] * 10
    assert made["coverage_after"].min() == pytest.approx(0.059)


@pytest.mark.parametrize("seed", range(5))
def test_equal_coverage_is_best_among_all_ways(seed: int) -> None:
    rng = np.random.default_rng(seed)
    people = rng.integers(1, 9, 3)
    reached = np.minimum(rng.integers(0, 5, 3), people)
    quantity, per_unit = int(rng.integers(0, 8)), int(rng.integers(1, 4))
    given = pd.DataFrame({"area_id": list("abc"), "people": people, "reached": reached})
    made = allocate(given, quantity, rule="equal_coverage", per_unit=per_unit)
    need = -((reached - people) // per_unit)
    ways = [
        way
        for way in itertools.product(*(range(top + 1) for top in need))
        if sum(way) == min(quantity, need.sum())
    ]
    best = max(
        tuple(sorted(np.minimum(reached + per_unit * np.array(way), people) / people))
        for way in ways
    )
    assert sorted(made.table["coverage_after"]) == pytest.approx(best)


def test_the_highest_score_comes_first_and_an_unknown_one_last() -> None:
    made = allocate(areas(score=[None, 0.2, 0.5]), 120, rule="priority")
    assert given_units(made.table) == [0, 70, 50]
    assert made.problems["action"].tolist() == ["It comes last."]
    tied = allocate(areas(score=0.5), 125, rule="priority").table
    assert given_units(tied) == [50, 50, 25]


def test_one_unit_serves_several_people() -> None:
    made = allocate(areas(), 100, rule="proportional", per_unit=6)
    assert made.table["need"].tolist() == [17, 17, 9]
    assert made.left == 57
    assert made.table["coverage_after"].tolist() == [1, 1, 1]


def test_what_is_not_known_is_listed_and_gets_nothing_by_chance() -> None:
    made = allocate(areas(people=[100, None, 50], reached=[None, 1, 0]), 30, rule="proportional")
    assert given_units(made.table) == [20, pd.NA, 10]
    assert np.isnan(made.table["coverage_after"].iloc[1])
    assert made.problems["row"].tolist() == [1, 0]
    nobody = allocate(areas(people=[0, 0, 0]), 30, rule="equal_coverage")
    assert (given_units(nobody.table), nobody.left) == ([0, 0, 0], 30)
    assert nobody.table["share"].isna().all()


def test_every_rule_says_what_it_makes_best() -> None:
    said = {says(rule) for rule in ("proportional", "equal_coverage", "priority")}
    assert len(said) == 3
    assert allocate(areas(), 5, rule="priority").says == says("priority")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": "fair"}, "'fair' is no rule"),
        ({"rule": "proportional", "quantity": -1}, "quantity is -1"),
        ({"rule": "proportional", "quantity": 1.5}, "quantity is 1.5"),
        ({"rule": "proportional", "quantity": float("nan")}, "quantity is nan"),
        ({"rule": "proportional", "quantity": "9"}, "quantity is 9"),
        ({"rule": "proportional", "quantity": float("inf")}, "quantity is inf"),
        ({"rule": "proportional", "per_unit": 0}, "per_unit is 0"),
        ({"rule": "proportional", "minimum": 1}, "only for the rule priority"),
    ],
)
def test_proposals_that_cannot_be_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        allocate(areas(), **{"quantity": 10, **options})


def test_an_area_twice_or_without_a_score_is_refused() -> None:
    with pytest.raises(InputError, match="missing or stands twice"):
        allocate(areas(area_id=["a", "a", None]), 5, rule="proportional")
    with pytest.raises(MissingColumnError, match="lacks the column score"):
        allocate(areas().drop(columns="score"), 5, rule="priority")
    with pytest.raises(InfeasibleError, match="takes 15 units and there are 14"):
        allocate(areas(), 14, rule="priority", minimum=5)
