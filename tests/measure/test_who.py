"""Who does what where: nothing counted twice, nothing parted that cannot be."""

from __future__ import annotations

import pandas as pd
import pytest

from geosector.measure.coordination.spelling import Known
from geosector.measure.coordination.who import as_matrix, who_does_what
from tests.planted import planted


def rows(**columns: object) -> pd.DataFrame:
    usual: dict[str, object] = {
        "organisation": ["WFP", "wfp", "IRC"],
        "activity": "food",
        "locality": "Sarmin",
        "date_from": "2024-04-01",
        "date_to": ["2024-04-30", "2024-04-30", "2024-06-02"],
        "reached": [50, 50, 30],
        "planned": [60, 60, None],
    }
    return pd.DataFrame({**usual, **columns})


def test_an_organisation_in_two_spellings_and_a_row_pasted_twice_count_once() -> None:
    table = who_does_what(rows()).table
    assert table[["organisations", "names", "rows"]].to_numpy(object).tolist() == [
        [2, "IRC; WFP", 2]
    ]
    assert table[["reached", "reached_min", "planned"]].to_numpy(object).tolist() == [
        [80.0, 50.0, 60.0]
    ]


def test_months_are_those_in_which_an_activity_has_a_day() -> None:
    table = who_does_what(rows(), months=True).table
    assert table["month"].tolist() == ["2024-04", "2024-05", "2024-06"]
    assert table["organisations"].tolist() == [2, 1, 1]
    assert table["reached"].fillna(-1).tolist() == [50.0, -1.0, -1.0]
    assert table["without_reached"].tolist() == [1, 1, 1]


def test_the_counts_are_those_of_brute_force() -> None:
    made = planted(5, rows=2_000, each=20).activities
    table = who_does_what(made).table
    serving = made[~made["status"].isin(["cancelled", "suspended"])]
    fold = {"organisation": serving["organisation"].str.lower().str.split(r"[\W_]+").str.join(""),
            "activity": serving["activity"].str.lower().str.replace("_", " ")}  # fmt: skip
    by_hand = serving.assign(**fold).groupby(["locality_id", "activity"])["organisation"].nunique()
    own = table.assign(activity=table["activity"].str.lower().str.replace("_", " "))
    own = own.set_index(["locality_id", "activity"])["organisations"]
    assert own.sort_index().to_dict() == by_hand.sort_index().to_dict()


def test_a_matrix_has_every_place_and_activity() -> None:
    given = rows(activity=["food", "food", "water"], locality=["a", "a", "b"])
    matrix = as_matrix(who_does_what(given, months=True).table)
    assert matrix.columns.tolist() == ["locality_id", "locality", "month", "food", "water"]
    assert matrix[["food", "water"]].sum().tolist() == [1, 3]


def test_names_of_a_list_are_one() -> None:
    known = Known(organisations={"WFP": ["IRC"]})
    assert who_does_what(rows(), known).table["organisations"].tolist() == [1]


@pytest.mark.parametrize("asked", [{"months": True}, {}])
def test_an_empty_table_gives_one(asked: dict[str, bool]) -> None:
    made = who_does_what(rows().iloc[:0], **asked).table
    assert made.empty
    assert as_matrix(made).empty
