"""Cells, spellings and places of activities: what is one, what is not, what is listed."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from geosector.errors import InputError
from geosector.measure.coordination.cells import days_in, ids_in, numbers_in, one_day
from geosector.measure.coordination.places import find_places
from geosector.measure.coordination.reported import compare_rows
from geosector.measure.coordination.spelling import keys_of, one_spelling, spelling_key


def test_days_are_those_that_are_written() -> None:
    moment = pd.Timestamp("2024-04-30 23:30", tz="Asia/Damascus")
    given = pd.DataFrame({"day": [moment, dt.date(2024, 4, 30), "2024-04-30 01:00", " ", pd.NaT]})
    days, problems = days_in(given.astype("object"), "day", file="x")
    assert days[:3].astype(str).tolist() == ["2024-04-30"] * 3
    assert np.isnat(days[3:]).all()
    assert problems == []
    aware = pd.DataFrame({"day": pd.Series([moment])})
    assert str(days_in(aware, "day", file="x")[0][0]) == "2024-04-30"
    assert np.isnat(days_in(aware, "other", file="x")[0]).all()


@pytest.mark.parametrize("given", [dt.date(2024, 4, 30), "2024-04-30", pd.Timestamp("2024-04-30")])
def test_one_day_is_read_in_every_form(given: object) -> None:
    assert one_day(given) == np.datetime64("2024-04-30")


@pytest.mark.parametrize("given", [None, "", "April", 7])
def test_what_is_no_day_is_refused(given: object) -> None:
    with pytest.raises(InputError, match="is not a date"):
        one_day(given)


def test_numbers_that_are_none_are_listed() -> None:
    given = pd.DataFrame({"n": pd.Series([1, "2", None, float("inf"), -1, "x", ""], dtype=object)})
    numbers, problems = numbers_in(given, "n", file="x")
    assert np.nan_to_num(numbers, nan=-9).tolist() == [1, 2, -9, -9, -9, -9, -9]
    assert [problem.row for problem in problems] == [3, 4, 5]
    assert numbers_in(given, "n", file="x", below_zero=True)[0][4] == -1
    assert np.isnan(numbers_in(given, "m", file="x")[0]).all()


def test_ids_are_text() -> None:
    given = pd.DataFrame({"id": pd.Series([1, 2.0, "03", None, pd.NA, 1.5], dtype="object")})
    assert ids_in(given, "id") == ["1", "2", "03", None, None, "1.5"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("White Helmets", "WHITE-HELMETS"),
        ("الخوذ البيضاء", "الخوذ  البيضـاء"),
        ("إغاثة", "اغاثه"),
        ("هیوا", "هيوا"),
        ("Rêxistin", "rexistin"),
        ("I.R.C", "irc"),
    ],
)
def test_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert spelling_key(one) == spelling_key(other) != ""


@pytest.mark.parametrize("given", [None, "", " - ", "unknown", "غير محدد", "غير معروف", pd.NA])
def test_no_name_has_no_key(given: object) -> None:
    assert spelling_key(given) == ""


def test_the_commonest_spelling_is_the_name_and_yours_wins() -> None:
    assert one_spelling(["irc", "IRC", "IRC"]).names == ["IRC"]
    assert one_spelling(["irc", "IRC", "Rescue"], {"I.R.C.": ["rescue"]}).names == ["I.R.C."]
    assert keys_of({"": [""]}) == {}


@pytest.mark.parametrize(
    ("one", "other"), [("Camp 1-12", "Camp 11-2"), ("Block 3 / 14", "Block 31 / 4"), ("A1", "A 11")]
)
def test_numbers_beside_each_other_stay_apart(one: str, other: str) -> None:
    assert spelling_key(one) != spelling_key(other)


def test_a_table_with_a_column_twice_is_refused() -> None:
    given = pd.DataFrame([["a", "x", "y", "z"]])
    given.columns = ["organisation", "activity", "locality", "locality"]
    with pytest.raises(InputError, match="has the column locality twice"):
        compare_rows(given)


def test_a_cell_that_is_a_list_is_a_name_like_any_other() -> None:
    given = pd.DataFrame({"organisation": [["a", "b"]], "activity": "x", "locality": "y"})
    assert len(compare_rows(given).rows) == 1


def test_statuses_of_one_project_that_differ_are_listed() -> None:
    given = pd.DataFrame(
        {"organisation": "a", "activity": "x", "locality": "y", "status": ["ongoing", "cancelled"]}
    )
    reported = compare_rows(given)
    assert len(reported.rows) == 1
    assert [problem.given for problem in reported.problems] == ["ongoing", "cancelled"]
    assert len(compare_rows(given, status="cancelled").rows) == 1


def test_admin_units_tell_places_of_one_name_apart() -> None:
    given = pd.DataFrame(
        {
            "locality": "Kafr",
            "admin1": ["Idlib", "Homs", None, "Idlib"],
            "admin2": ["x", None, None, ""],
        }
    )
    places = find_places(given, file="x")
    assert places.number[0] == places.number[3] != places.number[1]
    assert places.number[2] == -1
    assert len(places.problems) == 1


def test_a_row_without_an_id_takes_the_one_that_its_units_leave() -> None:
    given = pd.DataFrame(
        {"locality_id": ["1", "2", None, None], "locality": "Kafr",
         "admin1": ["Idlib", "Homs", "homs", None]}
    )  # fmt: skip
    places = find_places(given, file="x")
    assert places.number.tolist() == [0, 1, 1, -1]


def test_districts_of_a_gazetteer_are_no_localities() -> None:
    towns = pd.DataFrame({"id": ["t", "d"], "name": "Idlib", "level": ["city", "admin2"]})
    given = pd.DataFrame({"locality": ["IDLIB"]})
    assert find_places(given, towns, file="x").table["locality_id"].tolist() == ["t"]


def test_the_index_of_the_table_is_the_row_of_a_problem() -> None:
    given = pd.DataFrame(
        {"organisation": ["a", None], "activity": "x", "locality": "y"}, index=[2, 3]
    )
    assert [problem.row for problem in compare_rows(given).problems] == [3]
    named = given.set_axis(["p", "q"])
    assert [problem.row for problem in compare_rows(named).problems] == [None]


def test_of_rows_that_are_one_the_greatest_number_counts() -> None:
    given = pd.DataFrame(
        {"organisation": "a", "activity": "x", "locality": "y", "date_from": "2024-04-01",
         "date_to": "2024-04-02", "reached": [5, None, 9], "planned": [20, 10, None]}
    )  # fmt: skip
    rows = compare_rows(given).rows
    assert rows[["reached", "planned", "id"]].to_numpy(object).tolist() == [[9.0, 20.0, "0|1|2"]]


@pytest.mark.parametrize("dtype", ["object", "string", "category"])
def test_text_of_every_type_is_read(dtype: str) -> None:
    given = pd.DataFrame(
        {"organisation": ["a", None], "activity": ["x", "x"], "locality": ["y", "Y"],
         "status": ["ongoing", None]}, dtype=dtype,
    )  # fmt: skip
    reported = compare_rows(given)
    assert reported.organisations.names == ["a"]
    assert len(reported.rows) == 1
    assert [problem.row for problem in reported.problems] == [1]
