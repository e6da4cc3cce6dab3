"""Counts by area, rates with their denominators, smoothing that says when it cannot be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geosector.errors import InputError, MissingColumnError
from geosector.measure.rates import count_by_area, kinds, rates, smooth


def incidents(**columns: object) -> pd.DataFrame:
    usual = {"kind": ["attack", "attack", "fire", "picnic"], "sector_id": [1, 2, 2, None]}
    return pd.DataFrame({**usual, **columns})


def counted(counts: pd.DataFrame, kind: str) -> list[object]:
    return counts.loc[counts["kind"] == kind, "count"].tolist()


def test_every_area_has_a_count_for_every_kind_and_a_last_row_is_for_none_of_them() -> None:
    counts = count_by_area(incidents(), [1, 2, 3], area="sector_id")
    assert counts["kind"].unique().tolist() == [*kinds(), "all"]
    assert counted(counts, "attack") == [1, 1, 0, 0]
    assert counted(counts, "other") == [0, 0, 0, 1]
    assert counted(counts, "all") == [1, 2, 0, 1]


def test_the_keys_of_assign_are_understood() -> None:
    seen = incidents(sector_id=pd.array([1, 2, 2, None], "Int64"))
    assert counted(count_by_area(seen, [1, 2, 3], area="sector_id"), "all") == [1, 2, 0, 1]
    named = incidents(sector_id=pd.array(["a", "b", "b", None], "string"))
    assert counted(count_by_area(named, ["b", "a"], area="sector_id"), "all") == [2, 1, 1]


def test_an_area_that_is_not_among_them_is_none_of_them() -> None:
    seen = incidents(sector_id=[7, 7, 7, 1])
    assert counted(count_by_area(seen, [1], area="sector_id"), "all") == [1, 3]


def test_a_row_may_stand_for_several_incidents() -> None:
    seen = incidents(count=[10, 5, 1, 0])
    assert counted(count_by_area(seen, [1, 2], area="sector_id", count="count"), "all") == [
        10,
        6,
        0,
    ]


def test_a_withheld_count_withholds_every_sum_that_holds_it() -> None:
    seen = incidents(count=pd.array([10, None, 1, 0], "Int64"))
    counts = count_by_area(seen, [1, 2], area="sector_id", count="count")
    assert counted(counts, "attack") == [10, pd.NA, 0]
    assert counted(counts, "fire") == [0, 1, 0]
    assert counted(counts, "all") == [10, pd.NA, 0]


@pytest.mark.parametrize("wrong", [-1, 1.5, "many"])
def test_a_count_that_is_none_is_refused(wrong: object) -> None:
    seen = incidents(count=pd.Series([1, 1, 1, wrong], dtype="object"))
    with pytest.raises(InputError, match=f"holds '{wrong}'"):
        count_by_area(seen, [1], area="sector_id", count="count")


def test_a_missing_column_is_named() -> None:
    with pytest.raises(MissingColumnError, match="lacks the column sector_id"):
        count_by_area(incidents().drop(columns="sector_id"), [1], area="sector_id")
    with pytest.raises(MissingColumnError, match="people lacks the column population"):
        rates(
            pd.DataFrame({"id": [], "kind": [], "count": []}), pd.DataFrame({"id": []}), area="id"
        )


def test_the_same_table_comes_out_with_rates_beside_it() -> None:
    counts = count_by_area(incidents(), [1, 2], area="sector_id")
    people = pd.DataFrame({"sector_id": [2, 1], "population": [40_000, 10_000]})
    made = rates(counts, people, area="sector_id")
    assert made[counts.columns].equals(counts)
    assert made.loc[made["kind"] == "all", "rate"].tolist()[:2] == [1.0, 0.5]
    assert made.loc[made["kind"] == "all", "no_rate"].fillna("").tolist() == ["", "", "outside"]
    assert set(made["not_smoothed"]) == {"few_areas"}


def rated(count: object, population: object) -> pd.Series:
    counts = pd.DataFrame({"id": ["a"], "kind": "fire", "count": pd.array([count], "Int64")})
    people = pd.DataFrame({"id": ["a"], "population": pd.Series([population], dtype="object")})
    return rates(counts, people, area="id").iloc[0]


@pytest.mark.parametrize(
    ("count", "population", "why"),
    [
        (None, 1000, "withheld"), (None, 0, "withheld"), (3, None, "people_unknown"),
        (3, 0, "no_people"), (0, 0, "no_people"),
    ],
)  # fmt: skip
def test_where_there_is_no_rate_it_is_said_why(count: object, population: object, why: str) -> None:
    row = rated(count, population)
    assert row["no_rate"] == why
    assert np.isnan(row["rate"])


@pytest.mark.parametrize("wrong", [-1, "crowd", float("inf")])
def test_people_that_are_no_number_are_refused(wrong: object) -> None:
    with pytest.raises(InputError, match="The column population holds"):
        rated(1, wrong)


# --------------------------------------------------------------- smoothing


def test_smoothing_equals_a_reckoning_by_hand() -> None:
    y, n = np.array([12, 3, 7, 0, 40.0]), np.array([900, 400, 800, 50, 2500.0])
    mean = 62 / 4650
    spread = (n * (y / n - mean) ** 2).sum() / 4650 - mean / 930
    trust = max(spread, 0) / (max(spread, 0) + mean / n)
    done = smooth(y, n)
    assert np.allclose(done.rates, mean + trust * (y / n - mean))
    assert done.mean == pytest.approx(mean)


def test_areas_that_differ_as_chance_would_have_it_all_get_the_mean() -> None:
    done = smooth([5, 5, 5, 5, 5], [100] * 5)
    assert done.problem == "no_spread"
    assert done.rates.tolist() == [0.05] * 5


@pytest.mark.parametrize(
    ("counts", "population", "why"),
    [
        ([1, 2, 3, 4], [10] * 4, "few_areas"),
        ([1, 2, 3, 4, np.nan], [10] * 5, "few_areas"),
        ([1, 2, 3, 4, 5], [10, 10, 10, 10, 0], "few_areas"),
        ([0] * 6, [10] * 6, "none_happened"),
    ],
)
def test_where_nothing_can_be_smoothed_it_is_said_why(
    counts: list[float], population: list[float], why: str
) -> None:
    done = smooth(counts, population)
    assert done.problem == why
    assert np.isnan(done.rates).all()


def test_what_is_withheld_moves_no_other_rate() -> None:
    counts, population = np.array([9, 2, 4, 1, 30, 0.0]), np.full(6, 1000.0)
    without = smooth(counts[:5], population[:5])
    for hidden in ([np.nan, 1000.0], [1e6, np.nan], [1e6, 0.0]):
        withheld = smooth([*counts[:5], hidden[0]], [*population[:5], hidden[1]])
        assert np.array_equal(withheld.rates[:5], without.rates)
        assert withheld.mean == without.mean
        assert np.isnan(withheld.rates[5])
