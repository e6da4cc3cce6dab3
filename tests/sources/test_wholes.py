"""All people and some of them by sex and age, in one table: nobody twice, nobody lost."""

from __future__ import annotations

import pandas as pd
import pytest

from geosector.sources import check_table, read_services


def incidents(**columns: list[object]) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = len(next(iter(columns.values())))
    events = {"kind": ["attack"] * rows, "date": ["2024-05-02"] * rows, "locality": ["A"] * rows}
    return check_table(pd.DataFrame({**events, **columns}, dtype=object), "incidents", file="sheet")


@pytest.mark.parametrize(
    ("whole", "part"),
    [("Killed", "Killed women"), ("عدد القتلى", "قتلى نساء"), ("Kuştî", "Kuştî jin"),
     ("کوژراو", "کوژراو ژن"), ("Total deaths", "dead female")],
)  # fmt: skip
def test_of_whom_women_is_not_and_women_besides(whole: str, part: str) -> None:
    rows, problems = incidents(**{whole: ["5", "1", "٤"], part: ["2", "", "4"]})
    assert rows["killed_unspecified"].tolist() == [3, 1, 0]
    assert problems["row"].tolist() == [0, 2]
    assert problems["action"][0] == "Read as all: 3 of them are unspecified."


def test_a_whole_smaller_than_its_parts_keeps_the_parts_and_is_listed() -> None:
    rows, problems = incidents(Injured=["2", "6", "3"], injured_man=["3", "1", "1"])
    assert rows["injured_unspecified"].tolist() == [0, 5, 2]
    assert problems["action"].tolist()[0] == "The parts are counted."
    assert "at least the 3 of the parts" in problems["expected"][0]


def test_numbers_that_are_mostly_smaller_than_the_others_are_people_besides_them() -> None:
    rows, problems = incidents(Killed=["0", "1", "1"], killed_woman=["2", "0", "3"])
    assert rows["killed_unspecified"].tolist() == [0, 1, 1]
    assert problems[["row", "action"]].to_numpy().tolist() == [
        [2, "Counted besides the parts, as in most rows."]
    ]


def test_the_unspecified_of_their_own_grow_by_what_the_whole_has_more() -> None:
    rows, problems = incidents(
        **{
            "القتلى": ["5", None, "1"],
            "قتلى غير محدد": ["1", "2", "1"],
            "قتلى نساء": ["2", "0", "0"],
        }
    )
    assert rows["killed_unspecified"].tolist() == [3, 2, 1]
    assert problems["row"].tolist() == [0]


def test_a_range_of_all_leaves_a_range_of_the_unspecified() -> None:
    rows, _ = incidents(Killed=["5-7", "1"], killed_woman=["2", "0"])
    ends = ["killed_unspecified", "killed_unspecified_min", "killed_unspecified_max"]
    assert rows[ends].astype(object).where(rows[ends].notna(), None).to_numpy().tolist() == [
        [None, 3, 5],
        [1, None, None],
    ]


def test_a_whole_without_parts_is_as_it_was() -> None:
    rows, problems = incidents(Killed=["3", None])
    assert rows["killed_unspecified"].tolist() == [3, pd.NA]
    assert problems.empty


def test_a_table_without_rows_has_no_remainder() -> None:
    rows, problems = incidents(Killed=[], killed_woman=[])
    assert (len(rows), problems.empty) == (0, True)


def test_a_count_with_a_percent_sign_is_percent(tmp_path):
    file = tmp_path / "synthetic.csv"
    file.write_text(
        "measure,key,count,unit\nwater,a,12%,percent\nwater,b,٪٣,\nwater,c,5%,count\nwater,d,7,\n",
        encoding="utf-8",
    )
    rows, problems = read_services(file)
    assert rows[["key", "count"]].to_numpy().tolist() == [["a", 12], ["b", 3], ["d", 7]]
    assert rows["unit"].tolist()[:2] == ["percent", "percent"]
    assert problems["row"].unique().tolist() == [4]
