"""Projects, last days, returns and sessions: on a stated day, from what is known."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from geosector.errors import InputError, MissingColumnError
from geosector.measure.coordination.projects import count_projects, project_status
from geosector.measure.coordination.returned import returns_by_month
from geosector.measure.coordination.sessions import not_reached
from geosector.measure.coordination.validity import find_expiring

DAY = "2024-04-30"

# ------------------------------------------------------------------ projects


def projects(**columns: object) -> pd.DataFrame:
    usual: dict[str, object] = {
        "organisation": "IRC",
        "activity": "well",
        "locality": ["a", "b", "c", "d", "e", "f"],
        "date_from": "2024-03-01",
        "date_to": "2024-04-29",
        "status": ["planned", "ongoing", "completed", "suspended", "cancelled", None],
    }
    return pd.DataFrame({**usual, **columns})


def test_what_is_past_and_not_completed_is_late() -> None:
    table = project_status(projects(), DAY).table
    assert table["late"].tolist() == [True, True, False, True, False, pd.NA]
    assert table["late_days"].tolist() == [1, 1, pd.NA, 1, pd.NA, pd.NA]
    assert table["not_begun"].tolist() == [True, False, False, False, False, False]
    on_its_last_day = project_status(projects(), dt.date(2024, 4, 29)).table
    assert not on_its_last_day["late"].any()


def test_statuses_that_speak_against_their_dates_are_listed() -> None:
    given = projects(date_from="2024-05-02", date_to="2024-05-30")
    made = project_status(given, DAY)
    assert made.problems["row"].tolist() == [1, 2]
    assert len(made.table) == 6
    twice = projects(locality="a")
    assert set(project_status(twice, DAY).problems["expected"]) == {"one status for one project"}
    same = projects(locality="a", status=["ongoing"] * 6)
    assert project_status(same, DAY).problems.empty


def test_projects_are_counted_by_place_and_status() -> None:
    counts = count_projects(project_status(projects(locality=list("ababab")), DAY).table)
    assert counts["locality"].tolist() == ["a", "b"]
    assert counts["planned"].tolist() == [1, 0]
    assert counts["not_stated"].tolist() == [0, 1]
    assert counts["late"].tolist() == [1, 2]
    twice = pd.concat([projects(), projects()], ignore_index=True)
    assert count_projects(project_status(twice, DAY).table)["late"].sum() == 3


def test_the_rows_keep_their_index() -> None:
    given = projects(organisation=["IRC", None, "IRC", "IRC", "IRC", "IRC"]).set_axis(
        list("uvwxyz")
    )
    made = project_status(given, DAY)
    assert made.table.index.tolist() == list("uwxyz")
    with pytest.raises(MissingColumnError, match="lacks the column status"):
        project_status(given.drop(columns="status"), DAY)


# ------------------------------------------------------------------ validity


def test_several_tables_and_columns_are_looked_at_together() -> None:
    stock = pd.DataFrame({"expires": ["2024-04-30", "bad", None]}, index=[5, 6, 7])
    places = pd.DataFrame({"id": ["f"], "valid_to": ["2024-05-01"], "date_to": ["2024-06-30"]})
    made = find_expiring({"stock": stock, "facilities": places}, DAY, 1)
    assert made.table[["table", "id", "column", "days"]].to_numpy(object).tolist() == [
        ["stock", "5", "expires", 0],
        ["facilities", "f", "valid_to", 1],
    ]
    assert made.undated.to_numpy(object).tolist() == [["stock", 3, 2], ["facilities", 1, 0]]
    assert made.problems[["file", "row", "given"]].to_numpy(object).tolist() == [
        ["stock", 6, "bad"]
    ]


def test_days_before_none_are_refused() -> None:
    with pytest.raises(InputError, match="within is -1"):
        find_expiring({}, DAY, -1)
    assert find_expiring({}, DAY, 0).table.empty


# ------------------------------------------------------------------ who came back


def returns(**columns: object) -> pd.DataFrame:
    usual: dict[str, object] = {
        "locality_id": "x",
        "people": [20, 30],
        "date_from": ["2024-04-01", "2024-04-15"],
        "date_to": ["2024-04-14", "2024-04-30"],
        "source": "council",
    }
    return pd.DataFrame({**usual, **columns})


def test_weeks_of_one_source_are_added_up_and_sources_are_not() -> None:
    assert returns_by_month(returns()).table["people"].tolist() == [50]
    made = returns_by_month(returns(source=["council", "IOM"])).table
    assert made[["people_min", "people_max", "source", "sources"]].to_numpy(object).tolist() == [
        [20, 30, "IOM; council", 2]
    ]
    assert made["people"].isna().all()


def test_periods_of_one_source_that_share_days_are_a_range() -> None:
    made = returns_by_month(returns(date_from="2024-04-01")).table
    assert made[["people_min", "people_max"]].to_numpy(object).tolist() == [[30, 50]]


def test_a_row_pasted_twice_counts_once_and_one_without_a_month_not_at_all() -> None:
    twice = returns(people=[20, 20], date_from="2024-04-01", date_to=None)
    made = returns_by_month(twice)
    assert made.table["people"].tolist() == [20]
    assert made.problems["expected"].tolist() == ["each row once"]
    other = returns(people=[20, None], date_from=[None, "2024-04-01"], source=None)
    made = returns_by_month(other)
    assert made.table.empty
    assert made.problems["row"].tolist() == [0, 1]


def test_a_missing_source_is_a_source_of_its_own() -> None:
    made = returns_by_month(returns(source=["council", None])).table
    assert made[["source", "sources"]].to_numpy(object).tolist() == [["council", 2]]
    assert returns_by_month(returns().drop(columns="source")).table["source"].tolist() == [None]


# ------------------------------------------------------------------ sessions


SCHOOLS = pd.DataFrame(
    {"id": ["s2", "s1", "c1"], "kind": ["school", "school", "clinic"],
     "name": ["Qalam", "Hibr", "Qalam"], "name_ar": ["مدرسة القلم", None, None]}
)  # fmt: skip


def held(**columns: object) -> pd.DataFrame:
    usual: dict[str, object] = {"activity": "awareness", "status": "completed"}
    return pd.DataFrame({**usual, **columns})


def test_sessions_are_matched_by_id_then_by_any_name() -> None:
    sessions = held(
        facility_id=["s1", None, None], locality=["Daftar", "مدرسه القلم", "QALAM"],
        locality_id=["s2", "town", None], date_from=[None, "2024-04-02", "2024-04-05"],
    )  # fmt: skip
    made = not_reached(SCHOOLS, sessions, kind="school")
    assert made.table.empty
    assert made.reached[["id", "sessions"]].to_numpy(object).tolist() == [["s1", 1], ["s2", 2]]
    assert made.reached["last"].dt.day.fillna(0).tolist() == [0, 5]
    assert made.problems.empty


def test_only_sessions_that_were_held_count() -> None:
    sessions = held(locality="Hibr", status=["planned", "cancelled", None, "ongoing"])
    made = not_reached(SCHOOLS, sessions)
    assert made.table["id"].tolist() == ["c1", "s1", "s2"]
    assert made.problems["row"].tolist() == [2]
    assert not_reached(SCHOOLS, sessions, status=["ongoing"]).reached["id"].tolist() == ["s1"]


def test_other_activities_and_other_months_do_not_count() -> None:
    sessions = held(
        locality=["Hibr"] * 3, activity=["Awareness", "food", "AWARENESS"],
        date_from=["2024-03-01", "2024-04-02", None], date_to=["2024-03-02", None, None],
    )  # fmt: skip
    made = not_reached(SCHOOLS, sessions, activity=["awareness"], period="2024-04")
    assert made.reached.empty
    assert made.problems["row"].tolist() == [2]
    earlier = not_reached(SCHOOLS, sessions, activity=["awareness"], period="2024-03")
    assert earlier.reached["sessions"].tolist() == [1]


def test_a_name_of_two_places_and_of_none_is_listed() -> None:
    made = not_reached(SCHOOLS, held(locality=["Qalam", "Nowhere", None]))
    assert made.table[["id", "maybe"]].to_numpy(object).tolist() == [
        ["c1", True],
        ["s1", False],
        ["s2", True],
    ]
    assert made.problems["given"].tolist() == ["Qalam", "Nowhere", ""]


def test_places_without_kind_or_name_are_listed_by_id() -> None:
    made = not_reached(pd.DataFrame({"id": [1, 2]}), held(locality=["x"])[:0])
    assert made.table["id"].tolist() == ["1", "2"]
    with pytest.raises(MissingColumnError, match="lacks the column kind"):
        not_reached(pd.DataFrame({"id": [1]}), held(locality=["x"]), kind="school")
    with pytest.raises(InputError, match="missing or stands twice"):
        not_reached(pd.DataFrame({"id": [1, None]}), held(locality=["x"]))


def test_a_place_of_unknown_kind_is_of_no_kind_in_any_type_of_column() -> None:
    places = pd.DataFrame({"id": ["a", "b"], "name": ["A", "B"]})
    sessions = pd.DataFrame({"locality": ["A"], "activity": "talk", "status": "completed"})
    for kinds in (pd.array([pd.NA, "school"], "string"), pd.array([None, "school"], object)):
        found = not_reached(places.assign(kind=kinds), sessions, kind="school")
        assert found.table["id"].tolist() == ["b"]
    unknown = places.assign(kind=pd.array([pd.NA, pd.NA], "Int64"))
    assert not_reached(unknown, sessions, kind="school").table.empty


@pytest.mark.parametrize("given", [1e19, 10**400, 1 + 2j])
def test_a_number_that_counts_nobody_is_listed_and_left_out(given: object) -> None:
    people = pd.Series([given, 30], dtype=object)
    table = pd.DataFrame({"locality": ["a", "a"], "people": people, "source": ["x", "y"],
                          "date_from": "2024-04-01", "date_to": "2024-04-30"})  # fmt: skip
    found = returns_by_month(table)
    assert found.table["people_max"].tolist() == [30]
    assert str(given) in found.problems["given"].tolist()
