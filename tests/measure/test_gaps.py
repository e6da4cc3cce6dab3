"""Gaps: every need that nobody meets, none that somebody does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geosector.errors import InputError, MissingColumnError
from geosector.measure.coordination.gaps import find_gaps, read_span
from geosector.measure.coordination.needs import count_needs
from geosector.measure.coordination.spelling import Known
from tests.planted import DRESSES, planted

PERIOD = ("2023-12-01", "2026-12-31")


def seen(**columns: object) -> pd.DataFrame:
    usual: dict[str, object] = {
        "organisation": ["WFP", "IRC"],
        "activity": ["food", "water"],
        "locality_id": ["a", "b"],
        "locality": ["Sarmin", "Kafr"],
        "date_from": "2024-04-01",
        "date_to": "2024-04-30",
        "reached": [40, 20],
        "status": "ongoing",
    }
    return pd.DataFrame({**usual, **columns})


def needs(**columns: object) -> pd.DataFrame:
    usual: dict[str, object] = {"area_id": ["a", "b"], "activity": "food", "people": [100, 50]}
    return pd.DataFrame({**usual, **columns})


def found(gaps: pd.DataFrame) -> list[list[object]]:
    return gaps[["area_id", "activity", "why"]].to_numpy(object).tolist()


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("dress", DRESSES)
def test_fifty_planted_gaps_are_found_and_none_is_invented(seed: int, dress: str) -> None:
    made = planted(seed, dress=dress)
    gaps = find_gaps(made.needs, made.activities, period=PERIOD)
    listed = set(zip(gaps.table["area_id"], gaps.table["activity"], strict=True))
    assert listed == made.gaps
    assert len(gaps.table) == 50
    assert gaps.possible.empty
    assert set(gaps.table["why"]) == {"none", "stopped", "outside"}


def test_what_nobody_does_and_what_was_given_up_are_gaps() -> None:
    assert found(find_gaps(needs(), seen()).table) == [["b", "food", "none"]]
    stopped = seen(activity="food", status=["ongoing", "cancelled"])
    assert found(find_gaps(needs(), stopped).table) == [["b", "food", "stopped"]]
    assert find_gaps(needs(), stopped, status=["ongoing", "cancelled"]).table.empty


def test_a_list_of_places_and_activities_is_enough() -> None:
    required = pd.DataFrame({"locality": ["SARMIN", "Kafr"], "activity": "Food"})
    gaps = find_gaps(required, seen())
    assert found(gaps.table) == [["Kafr", "Food", "none"]]
    assert gaps.coverage["ratio"].isna().all()


def test_a_row_without_an_id_is_where_its_name_says() -> None:
    required = pd.DataFrame(
        {"locality_id": ["a", None], "locality": ["Sarmin", "Kafr"], "activity": "water"}
    )
    assert found(find_gaps(required, seen()).table) == [["a", "water", "none"]]


def test_names_of_needs_place_activities_without_an_id() -> None:
    required = pd.DataFrame(
        {"area_id": ["x", "y"], "locality": ["Sarmin", "Kafr"], "activity": "food"}
    )
    gaps = find_gaps(required, seen(activity="food").drop(columns="locality_id"))
    assert gaps.table.empty
    assert gaps.problems.empty


def test_a_name_of_two_places_is_no_gap_and_is_listed() -> None:
    activities = seen(locality="Sarmin")
    gaps = find_gaps(pd.DataFrame({"area_id": ["Sarmin"], "activity": ["water"]}), activities)
    assert gaps.table.empty
    assert "a name of one place only, or its id" in gaps.problems["expected"].tolist()


def test_a_period_decides_and_an_unknown_one_is_reported_apart() -> None:
    assert found(find_gaps(needs(), seen(activity="food"), period="2024-05").table) == [
        ["a", "food", "outside"],
        ["b", "food", "outside"],
    ]
    undated = seen(activity="food", date_to=["2024-04-30", None])
    gaps = find_gaps(needs(), undated, period="2024-05")
    assert found(gaps.table) == [["a", "food", "outside"]]
    assert gaps.possible["area_id"].tolist() == ["b"]
    assert find_gaps(needs(), undated, period="2024-05", open_end=True).table[
        "area_id"
    ].tolist() == ["a"]
    # One of its days lies in the month, whenever it ends.
    assert find_gaps(needs(), undated, period="2024-04").possible.empty


def test_too_few_is_a_gap_where_asked_for() -> None:
    assert found(find_gaps(needs(), seen(activity="food"), least=0.41).table) == [
        ["a", "food", "too_few"],
        ["b", "food", "too_few"],
    ]
    assert find_gaps(needs(), seen(activity="food"), least=0.4).table.empty


def test_people_of_several_organisations_are_a_range_and_more_than_all_is_flagged() -> None:
    activities = seen(activity="food", locality_id="a", reached=[70, 60])
    row = find_gaps(needs(), activities).coverage.iloc[0]
    assert (row["organisations"], row["names"]) == (2, "IRC; WFP")
    assert (row["reached_min"], row["reached"], row["gap"], row["gap_max"]) == (70, 130, 0, 30)
    assert row["over"]


def test_an_unknown_number_of_people_is_a_need_and_none_is_not() -> None:
    gaps = find_gaps(needs(people=[0, None], activity="tents"), seen())
    assert gaps.table["area_id"].tolist() == ["b"]
    assert gaps.table["gap"].isna().all()


def test_an_unknown_number_of_reached_is_not_none() -> None:
    row = find_gaps(needs(), seen(reached=[None, 20])).coverage.iloc[0]
    assert np.isnan(row["reached"])
    assert row["without_reached"] == 1
    nobody = find_gaps(needs(), seen()).coverage.iloc[1]
    assert (nobody["reached"], nobody["gap"]) == (0, 50)


def test_groups_that_are_names_of_activities_are_read_as_such() -> None:
    grouped = needs(group=["Food", "Shelter"]).drop(columns="activity")
    assert found(find_gaps(grouped, seen()).table) == [["b", "Shelter", "none"]]


def test_any_activity_answers_groups_of_people_and_they_are_added_up() -> None:
    grouped = pd.DataFrame(
        {"area_id": ["a", "a", "c"], "group": ["displaced", "infants", "displaced"],
         "people": [90, 20, 5]}
    )  # fmt: skip
    gaps = find_gaps(grouped, seen())
    assert gaps.table[["area_id", "why"]].to_numpy(object).tolist() == [["c", "none"]]
    assert gaps.coverage[["people", "people_min"]].to_numpy(object).tolist() == [[110, 90], [5, 5]]


def test_answers_say_what_a_group_needs() -> None:
    grouped = pd.DataFrame({"area_id": ["a"], "group": ["displaced"], "people": [90]})
    answers = {"displaced": ["food", "tents"]}
    assert found(find_gaps(grouped, seen(), answers=answers).table) == [["a", "tents", "none"]]
    with pytest.raises(MissingColumnError, match="lacks the column group"):
        find_gaps(needs(), seen(), answers=answers)


def test_areas_may_be_sectors() -> None:
    activities = seen(sector_id=[1, 2])
    required = needs(area_id=[1.0, 2.0])
    assert found(find_gaps(required, activities, area="sector_id").table) == [["2", "food", "none"]]
    with pytest.raises(MissingColumnError, match="lacks the column sector_id"):
        find_gaps(required, seen(), area="sector_id")


def test_spellings_of_a_list_are_one() -> None:
    known = Known(activities={"food": ["سلال غذائية"]})
    assert len(find_gaps(needs(), seen(activity="سلال غذائية")).table) == 2
    assert find_gaps(needs(), seen(activity="سلال غذائية"), known).table.empty


def test_ids_of_two_kinds_are_noticed() -> None:
    gaps = find_gaps(needs(area_id=["SY01", "SY02"]), seen())
    assert "an area with at least one activity" in gaps.problems["expected"].tolist()
    assert len(gaps.table) == 2


def test_no_needs_no_activities() -> None:
    assert find_gaps(needs().iloc[:0], seen()).coverage.empty
    gaps = find_gaps(needs(), seen().iloc[:0])
    assert gaps.table["why"].tolist() == ["none", "none"]
    assert gaps.problems.empty


@pytest.mark.parametrize("least", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(least: float) -> None:
    with pytest.raises(InputError, match="give a share from 0 to 1"):
        find_gaps(needs(), seen(), least=least)


@pytest.mark.parametrize("period", ["April", ("2024-04-01",), 4, ("2024-04-02", "2024-04-01")])
def test_a_period_that_is_none_is_refused(period: object) -> None:
    with pytest.raises(InputError):
        read_span(period)


def test_needs_without_a_place_are_refused() -> None:
    with pytest.raises(MissingColumnError, match="lacks the column area_id"):
        find_gaps(pd.DataFrame({"activity": ["food"]}), seen())


def test_the_latest_count_of_an_area_counts() -> None:
    counted = pd.DataFrame(
        {"area_id": ["a", "a", None, "b"], "people": [90, 120, 5, -3],
         "date": [None, "2024-04-01", None, "2024-04-01"]}
    )  # fmt: skip
    made = count_needs(counted)
    assert made.table["people"].fillna(-1).tolist() == [120, -1]
    assert made.problems["row"].tolist() == [0, 2, 3]
