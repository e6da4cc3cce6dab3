"""Overlaps: all that are there, none that is not, in every dress of a table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geosector.errors import InputError, MissingColumnError
from geosector.measure.coordination import overlaps as module
from geosector.measure.coordination.overlaps import find_overlaps
from geosector.measure.coordination.reported import compare_rows
from geosector.measure.coordination.spelling import Known
from tests.planted import DRESSES, planted


def rows(**columns: object) -> pd.DataFrame:
    usual: dict[str, object] = {
        "id": ["a", "b"],
        "organisation": ["WFP", "IRC"],
        "activity": "food",
        "locality": "Sarmin",
        "date_from": "2024-04-01",
        "date_to": "2024-04-30",
        "status": "ongoing",
    }
    return pd.DataFrame({**usual, **columns})


def pairs(table: pd.DataFrame) -> set[frozenset[str]]:
    return {frozenset(ids.split("|")) for ids in table["ids"]}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("dress", DRESSES)
def test_fifty_planted_overlaps_among_twenty_thousand_rows_are_found_and_none_is_invented(
    seed: int, dress: str
) -> None:
    made = planted(seed, dress=dress)
    found = find_overlaps(made.activities)
    assert len(made.activities) >= 20_000
    assert pairs(found.table) == made.overlaps
    assert len(found.table) == len(made.overlaps) == 50
    assert found.possible.empty
    assert set(found.problems["expected"]) == {"each row once"}


def test_the_common_days_are_stated() -> None:
    found = find_overlaps(
        rows(date_from=["2024-04-01", "2024-04-20"], date_to=["2024-04-25", "2024-05-09"])
    ).table
    assert found["date_from"].dt.strftime("%Y-%m-%d").tolist() == ["2024-04-20"]
    assert found["date_to"].dt.strftime("%Y-%m-%d").tolist() == ["2024-04-25"]
    assert found["days"].tolist() == [6]
    assert found[["organisation", "other"]].to_numpy(object).tolist() == [["IRC", "WFP"]]


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"date_to": ["2024-04-14", "2024-04-30"], "date_from": ["2024-04-01", "2024-04-14"]}, 1),
        ({"date_to": ["2024-04-14", "2024-04-30"], "date_from": ["2024-04-01", "2024-04-15"]}, 0),
        ({"organisation": ["WFP", "w.f.p."]}, 0),
        ({"organisation": ["منظمة الإغاثة", "منظمه الاغاثه"]}, 0),
        ({"activity": ["Food-basket", "food  basket"]}, 1),
        ({"activity": ["food", "water"]}, 0),
        ({"locality": ["سرمين", "سـرمين"]}, 1),
        ({"locality_id": ["1", "2"]}, 0),
        ({"locality_id": [1, 1.0]}, 1),
        ({"locality_id": ["1", "1"], "locality": ["Sarmin", "سرمين"]}, 1),
        ({"locality_id": ["1", None]}, 1),
        ({"status": ["ongoing", "cancelled"]}, 0),
        ({"status": ["ongoing", "suspended"]}, 0),
        ({"status": ["planned", None]}, 1),
        ({"status": ["Ongoing", "ملغى"]}, 0),
        ({"admin1": ["Idlib", "Homs"]}, 0),
        ({"admin1": ["Idlib", None]}, 1),
    ],
)
def test_an_overlap_is_one_activity_one_place_two_organisations_and_a_common_day(
    columns: dict[str, object], found: int
) -> None:
    assert len(find_overlaps(rows(**columns)).table) == found


def test_names_of_a_list_are_one() -> None:
    table = rows(
        organisation=["WFP", "World Food Programme"],
    )
    assert len(find_overlaps(table).table) == 1
    known = Known(organisations={"WFP": ["World Food Programme"]})
    assert find_overlaps(table, known).table.empty
    words = rows(activity=["سلال غذائية", "food"])
    assert find_overlaps(words).table.empty
    called = find_overlaps(words, Known(activities={"Food": ["سلال غذائية"]})).table
    assert called["activity"].tolist() == ["Food"]


def test_places_of_a_gazetteer_are_known_by_every_name() -> None:
    table = rows(locality=["Sarmin", "سرمين"])
    places = pd.DataFrame({"id": [7], "name": ["Sarmin"], "name_ar": ["سرمين"]})
    assert find_overlaps(table).table.empty
    assert find_overlaps(table, Known(places=places)).table["locality_id"].tolist() == ["7"]


def test_statuses_that_are_asked_for_count() -> None:
    table = rows(status=["ongoing", "cancelled"])
    found = find_overlaps(table, status=["ongoing", "cancelled"]).table
    assert found[["status", "other_status"]].to_numpy(object).tolist() == [["cancelled", "ongoing"]]
    with pytest.raises(InputError, match="'finished' is no status"):
        find_overlaps(table, status=["finished"])
    with pytest.raises(InputError, match="'finished' is no status"):
        find_overlaps(table, status="finished")


def test_an_unknown_period_is_reported_apart() -> None:
    table = rows(date_to=["2024-04-30", None])
    found = find_overlaps(table)
    assert found.table.empty
    assert pairs(found.possible) == {frozenset("ab")}
    assert find_overlaps(table, open_end=True).table["days"].tolist() == [30]
    both = find_overlaps(rows(date_to=[None, None]), open_end=True).table
    assert both["days"].isna().all()
    assert both["date_to"].isna().all()


def test_an_unknown_period_that_cannot_meet_another_is_none() -> None:
    table = rows(date_from=["2024-04-01", "2024-05-01"], date_to=["2024-04-30", None])
    found = find_overlaps(table)
    assert found.table.empty
    assert found.possible.empty


def test_a_date_that_cannot_be_read_is_no_open_end() -> None:
    found = find_overlaps(rows(date_to=["2024-04-30", "later"]), open_end=True)
    assert found.table.empty
    assert pairs(found.possible) == {frozenset("ab")}
    assert found.problems["given"].tolist() == ["later"]


def test_rows_that_cannot_be_compared_are_listed_and_cost_no_others() -> None:
    bad = pd.DataFrame(
        {
            "id": list("cdefg"),
            "organisation": ["X", None, "unknown", "Y", "Z"],
            "activity": ["food", "food", "food", " ", "food"],
            "locality": [None, "Sarmin", "Sarmin", "Sarmin", "Sarmin"],
            "date_from": ["2024-04-01"] * 4 + ["2024-04-30"],
            "date_to": ["2024-04-30"] * 4 + ["2024-04-01"],
            "status": "ongoing",
        }
    )
    found = find_overlaps(pd.concat([rows(), bad], ignore_index=True))
    assert pairs(found.table) == {frozenset("ab")}
    assert found.problems["row"].tolist() == [2, 3, 4, 5, 6]
    assert found.problems["action"].str.contains("left out").all()


def test_an_unknown_status_is_listed_and_counts() -> None:
    found = find_overlaps(rows(status=["ongoing", "hopeful"]))
    assert len(found.table) == 1
    assert found.problems["given"].tolist() == ["hopeful"]


def test_a_name_of_two_places_is_listed_and_overlaps_with_nothing() -> None:
    table = pd.concat(
        [rows(locality_id=["1", "2"]), rows(id=["c", "d"], organisation=["X", "Y"])],
        ignore_index=True,
    )
    found = find_overlaps(table)
    assert found.table.empty
    assert found.problems["expected"].unique().tolist() == ["a name of one place only, or its id"]
    assert len(found.problems) == 2


def test_a_row_pasted_twice_is_one_overlap() -> None:
    table = pd.concat([rows(), rows(id=["c", "d"])], ignore_index=True)
    found = find_overlaps(table)
    assert found.table["ids"].tolist() == ["a|b|c|d"]
    assert found.problems["expected"].tolist() == ["each row once"] * 2


def test_too_many_pairs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 0)
    with pytest.raises(InputError, match="one name seems to stand for many"):
        find_overlaps(rows())


def test_pairs_are_the_same_however_many_are_looked_at_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = planted(3, rows=2_000, each=20).activities
    whole = find_overlaps(made).table
    monkeypatch.setattr(module, "_AT_ONCE", 1)
    pd.testing.assert_frame_equal(find_overlaps(made).table, whole)


def test_the_order_of_rows_does_not_matter() -> None:
    made = planted(4, rows=3_000, each=20)
    table = made.activities
    shuffled = table.iloc[np.random.default_rng(0).permutation(len(table))]
    one, other = find_overlaps(table), find_overlaps(shuffled)
    pd.testing.assert_frame_equal(one.table, other.table)


def test_an_empty_table_and_one_without_ids_or_dates_are_understood() -> None:
    assert find_overlaps(rows().iloc[:0]).table.empty
    bare = rows()[["organisation", "activity", "locality"]]
    found = find_overlaps(bare)
    assert found.table.empty
    assert found.possible["ids"].tolist() == ["0|1"]


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(MissingColumnError, match="lacks the column locality"):
        find_overlaps(rows().drop(columns="locality"))
    with pytest.raises(InputError, match="give a DataFrame"):
        find_overlaps(None)


def test_undated_rows_of_other_numbers_are_not_one() -> None:
    table = rows(organisation="WFP", date_from=None, date_to=None, reached=[5, 6])
    assert len(compare_rows(table).rows) == 2
    assert len(compare_rows(table.assign(reached=5)).rows) == 1
