"""Trends of areas: periods of unequal length, months that are missing. All data invented."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geosector.errors import InputError, MissingColumnError
from geosector.measure.hotspots.chance import compare_rates, mann_kendall
from geosector.measure.hotspots.trends import compare_periods, follow_months
from geosector.measure.hotspots.whereabouts import count_events

AREAS = pd.DataFrame({"sector_id": [1, 2, 3]}, index=[7, 8, 9])


def fires(days: dict[str, int], sector: int = 1) -> pd.DataFrame:
    dates = [day for day, times in days.items() for _ in range(times)]
    return pd.DataFrame({"kind": "fire", "date": dates, "sector_id": sector})


def test_periods_of_unequal_length_are_compared_by_the_day() -> None:
    seen = pd.concat([fires({"2023-01-10": 12, "2024-01-10": 1}), fires({"2024-01-31": 9}, 2)])
    made = compare_periods(seen, AREAS, "fire", before="2023", after="2024-01")
    table = made.table
    assert table.index.tolist() == [7, 8, 9]
    assert table["area_id"].tolist() == [1, 2, 3]
    assert table[["before", "after"]].to_numpy().tolist() == [[12, 1], [0, 9], [0, 0]]
    assert table["before_days"].tolist() == [365] * 3
    assert table["after_days"].tolist() == [31] * 3
    assert np.allclose(table["slope"], [30 / 31 - 360 / 365, 270 / 31, 0])
    assert np.allclose(table["p"], compare_rates([12, 0, 0], [1, 9, 0], 365, 31))
    assert table["trend"].tolist() == ["none", "rising", "none"]
    assert made.problems["action"].tolist() == ["counted as 0"] * 11


def test_a_fall_is_falling() -> None:
    seen = fires({"2024-01-10": 15})
    made = compare_periods(seen, AREAS, "fire", before="2024-01", after="2024-02").table
    assert made["trend"].tolist() == ["falling", "none", "none"]


def test_a_month_in_which_the_table_has_nothing_at_all_is_asked_about() -> None:
    seen = pd.concat([fires({"2024-01-10": 5}), fires({"2024-03-10": 5}).assign(kind="attack")])
    spans = {"before": "2024-01", "after": ("2024-02-01", "2024-03-31")}
    made = compare_periods(seen, AREAS, "fire", **spans)
    assert made.problems[["row", "given", "action"]].to_numpy().tolist() == [
        [pd.NA, "2024-02", "counted as 0"]
    ]
    called = compare_periods(seen, AREAS, "fire", **spans, missing=["2024-02"])
    assert called.problems.empty
    assert called.table["after_days"].tolist() == [31] * 3


def test_days_of_missing_months_are_no_days_without_fires() -> None:
    seen = fires({"2024-01-10": 4, "2024-02-10": 3, "2024-03-10": 5})
    made = compare_periods(
        seen, AREAS, "fire", before=("2024-01-01", "2024-02-29"), after="2024-03",
        missing=["2024-02"],
    )  # fmt: skip
    assert made.table["before_days"].tolist() == [31] * 3
    assert made.table["before"].tolist() == [4, 0, 0]
    assert made.problems["row"].tolist() == [6, 7, 8]
    assert made.problems["given"].unique().tolist() == ["2024-02"]


def test_a_month_may_be_missing_in_some_areas_only() -> None:
    seen = pd.concat([fires({"2024-02-10": 2}, sector) for sector in (1, 2)])
    gaps = pd.DataFrame({"sector_id": [2, 3], "month": ["2024-02", "2024-02"]})
    made = compare_periods(seen, AREAS, "fire", before="2024-01", after="2024-02", missing=gaps)
    assert made.table["after"].tolist() == [2, pd.NA, pd.NA]
    assert made.table["slope"].isna().tolist() == [False, True, True]
    assert made.table["p"].isna().tolist() == [False, True, True]
    assert made.table["trend"].tolist() == ["none"] * 3
    untested = made.problems[made.problems["file"] == "areas"]
    assert untested["given"].tolist() == ["2", "3"]
    with pytest.raises(MissingColumnError, match="missing lacks the column month"):
        compare_periods(
            seen, AREAS, "fire", before="2024-01", after="2024-02", missing=gaps[["sector_id"]]
        )


def test_a_date_too_rough_for_either_period_is_listed() -> None:
    seen = pd.DataFrame({"kind": "fire", "date": ["2024", "2024-01"], "sector_id": 1})
    made = compare_periods(seen, AREAS, "fire", before="2024-01", after="2024-02")
    assert made.table["before"].tolist() == [1, 0, 0]
    assert made.problems["given"].tolist() == ["2024"]


def test_a_series_of_months_is_that_of_mann_and_kendall() -> None:
    numbers = [0, 1, 1, 3, 2, 4, 4, 6, 5, 7]
    days = {f"2024-{month:02d}-15": n for month, n in enumerate(numbers, 1)}
    made = follow_months(fires(days), AREAS, "fire", period=("2024-01-01", "2024-10-31")).table
    months = [f"2024-{month:02d}" for month in range(1, 11)]
    assert made.loc[7, months].tolist() == numbers
    test = mann_kendall(numbers)
    assert made["slope"].tolist() == [test.slope, 0.0, 0.0]
    assert np.allclose(made["p"], [test.p, 1.0, 1.0])
    assert made["trend"].tolist() == ["rising", "none", "none"]


def test_a_missing_month_of_a_series_is_missing_and_not_zero() -> None:
    days = {f"2024-{month:02d}-15": month for month in range(1, 13)}
    made = follow_months(fires(days), AREAS, "fire", period="2024", missing=["2024-06"])
    assert made.table["2024-06"].isna().all()
    assert made.table.loc[7, "slope"] == 1.0
    assert len(made.problems) == 6


def test_a_series_of_few_known_months_is_not_tested() -> None:
    made = follow_months(
        fires({"2024-01-01": 1}), AREAS, "fire", period=("2024-01-01", "2024-07-31")
    )
    assert made.table[["slope", "p", "q"]].isna().all(axis=None)
    untested = made.problems[made.problems["action"] == "not tested"]
    assert untested["given"].tolist() == ["1", "2", "3"]
    assert untested["expected"].unique().tolist() == ["8 known months"]


def test_the_order_of_rows_does_not_matter_to_trends() -> None:
    random = np.random.default_rng(2)
    days = pd.date_range("2024-01-01", "2024-12-31").to_numpy()
    seen = pd.DataFrame(
        {"kind": "fire", "date": random.choice(days, 300), "sector_id": random.integers(1, 4, 300)}
    )
    mixed, areas = seen.sample(frac=1, random_state=1), AREAS.iloc[::-1]
    one = follow_months(seen, AREAS, "fire", period="2024").table
    assert follow_months(mixed, areas, "fire", period="2024").table.loc[one.index].equals(one)
    halves = {"before": ("2024-01-01", "2024-06-30"), "after": ("2024-07-01", "2024-12-31")}
    one = compare_periods(seen, AREAS, "fire", **halves).table
    assert compare_periods(mixed, areas, "fire", **halves).table.loc[one.index].equals(one)


def test_periods_in_the_wrong_order_and_months_that_are_none_are_refused() -> None:
    seen = fires({"2024-01-10": 1})
    with pytest.raises(InputError, match="Give two periods without a common day"):
        compare_periods(seen, AREAS, "fire", before="2024", after="2024-06")
    with pytest.raises(InputError, match="write it as 2024-04"):
        compare_periods(seen, AREAS, "fire", before="2024-01", after="2024-02", missing=["2024"])
    with pytest.raises(InputError, match="not made of whole months"):
        follow_months(seen, AREAS, "fire", period=("2024-01-02", "2024-12-31"))
    with pytest.raises(InputError, match="persons or crimes"):
        follow_months(seen, AREAS, "murder", period="2024")


def test_a_missing_month_of_an_area_counts_as_missing_however_its_key_is_written() -> None:
    for keys in (["1", "2"], [1.0, 2.0], [1, 2]):
        missing = pd.DataFrame({"sector_id": keys, "month": ["2024-01", "2024-02"]})
        made = follow_months(
            fires({"2024-03-01": 1}), AREAS, "fire", period="2024", missing=missing
        )
        months = made.table[["2024-01", "2024-02"]].isna().to_numpy().tolist()
        assert months == [[True, False], [False, True], [False, False]]


def test_a_missing_month_of_what_is_no_area_is_listed() -> None:
    missing = pd.DataFrame({"sector_id": [77, None], "month": "2024-01"})
    made = follow_months(fires({"2024-03-01": 1}), AREAS, "fire", period="2024", missing=missing)
    strange = made.problems[made.problems["file"] == "missing"]
    assert strange["given"].tolist() == ["77", "nan"]
    assert strange["expected"].tolist() == ["one of the areas"] * 2
    assert made.table["2024-01"].tolist() == [0, 0, 0]


def test_a_day_is_no_missing_month() -> None:
    for days in (["2024-01-01"], pd.DataFrame({"sector_id": [1], "month": ["2024-01-01"]})):
        with pytest.raises(InputError, match="2024-01-01"):
            follow_months(fires({"2024-03-01": 1}), AREAS, "fire", period="2024", missing=days)


def test_a_column_that_stands_twice_is_refused() -> None:
    seen = fires({"2024-03-01": 1})
    for column in ("kind", "date", "sector_id"):
        twice = pd.concat([seen, seen[[column]]], axis=1)
        with pytest.raises(InputError, match=f"has the column {column} twice"):
            count_events(twice, AREAS, "fire")
