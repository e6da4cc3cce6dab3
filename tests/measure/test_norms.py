"""People are counted once and multiplied by norms; what nobody knows stays unknown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geosector.errors import InputError, MissingColumnError
from geosector.measure.stock.norms import item_needs, people_in_need


def needs(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["area_id", "group", "people", "date", "source"])


def everybody(table: pd.DataFrame) -> dict[object, float]:
    rows = people_in_need(table).table
    return dict(rows.loc[rows["group"].isna(), ["area_id", "people"]].to_numpy().tolist())


def norms(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"item": ["water"], "unit": ["litre"], "per_person": [15], **columns})


def test_groups_add_up_and_a_row_for_all_of_them_is_not_added() -> None:
    rows = [(1, "infants", 10, None, None), (1, "adults", 30, None, None)]
    assert everybody(needs(rows)) == {1: 40}
    for word in ("Total", "المجموع", None, ""):
        assert everybody(needs([*rows, (1, word, 35, None, None)])) == {1: 35}


def test_a_row_for_all_without_a_number_leaves_the_sum_of_the_groups() -> None:
    rows = [(1, "infants", 10, None, None), (1, "total", None, None, None)]
    assert everybody(needs(rows)) == {1: 10}


def test_the_latest_count_of_a_group_counts_and_the_older_one_is_listed() -> None:
    table = needs([(1, "adults", 80, "2026-10-01", "a"), (1, "Adults", 50, "2026-11-01", "a"),
                   (1, "adults", 99, None, "a")])  # fmt: skip
    assert everybody(table) == {1: 50}
    found = people_in_need(table).problems
    assert found["row"].tolist() == [0, 2]
    assert set(found["expected"]) == {"the latest count"}


def test_of_several_sources_on_one_day_the_greatest_counts() -> None:
    table = needs([(1, "x", 80, "2026-10-01", "a"), (1, "x", 20, "2026-10-01", "b"),
                   (1, "x", 70, "2026-10-01", "b")])  # fmt: skip
    assert everybody(table) == {1: 90}
    assert people_in_need(table).problems["given"].tolist() == ["80"]


def test_a_row_that_was_pasted_twice_counts_once() -> None:
    table = needs([(1, "x", 80, "2026-10-01", "a")] * 2)
    assert everybody(table) == {1: 80}
    assert people_in_need(table).problems["expected"].tolist() == [
        "a row that is not there already"
    ]


def test_a_later_row_without_a_number_takes_nothing_away() -> None:
    table = needs([(1, "x", 80, "2026-10-01", "a"), (1, "x", None, "2026-11-01", "a")])
    assert everybody(table) == {1: 80}
    assert people_in_need(table).problems["expected"].tolist() == ["a number of people"]


def test_a_group_without_a_number_leaves_the_sum_unknown() -> None:
    assert np.isnan(everybody(needs([(1, "x", 80, None, None), (1, "y", None, None, None)]))[1])


@pytest.mark.parametrize("wrong", [-3, "many", float("inf"), True])
def test_what_is_no_number_of_people_is_listed_and_unknown(wrong: object) -> None:
    table = needs([(1, "x", wrong, None, None)])
    found = people_in_need(table)
    assert found.table["people"].isna().all()
    assert found.problems["action"].tolist() == ["taken as not known"]


def test_a_row_without_an_area_is_left_out_and_listed() -> None:
    found = people_in_need(needs([(None, "x", 8, None, None), (2, "x", 9, None, None)]))
    assert found.table["area_id"].tolist() == [2, 2]
    assert found.problems["expected"].tolist() == ["a row with area_id"]


def test_the_order_of_rows_changes_nothing() -> None:
    rows = [(1, "x", 0.1, None, "a"), (1, "y", 0.2, None, "a"), (1, "z", 0.3, None, "a"),
            (2, None, 4, "2026-01-01", "b"), (2, None, 4, "2026-01-01", "c")]  # fmt: skip
    assert people_in_need(needs(rows)).table.equals(people_in_need(needs(rows[::-1])).table)


def test_blocks_of_one_sector_add_up_even_where_they_are_alike() -> None:
    blocks = pd.DataFrame({"sector_id": [1, 1, 2], "population": [50, 50, 7]})
    found = item_needs(blocks, norms()).table
    assert found[["sector_id", "people", "need"]].to_numpy().tolist() == [
        [1, 100, 1500],
        [2, 7, 105],
    ]


def test_a_daily_norm_is_multiplied_by_the_days() -> None:
    sectors = pd.DataFrame({"sector_id": ["a"], "population": [200]})
    assert item_needs(sectors, norms(daily=True), days=7).table["need"].tolist() == [21_000]
    assert item_needs(sectors, norms(daily=False), days=7).table["need"].tolist() == [3000]


def test_a_norm_for_a_group_takes_only_its_people() -> None:
    people = needs([("a", "infants", 10, None, None), ("a", "total", 100, None, None)])
    table = pd.DataFrame({"item": ["milk", "water", "Water"], "unit": ["box", "l", "litre"],
                          "per_person": [2, 15, 5], "group": ["Infants", None, "infants"]})  # fmt: skip
    found = item_needs(people, table).table.set_index("item")
    assert found.loc["milk", ["people", "need"]].tolist() == [10, 20]
    assert found.loc["Water", ["people", "need"]].tolist() == [100, 1550]


def test_the_need_of_a_group_that_nobody_counted_is_unknown() -> None:
    people = needs([("a", None, 100, None, None)])
    assert item_needs(people, norms(group="infants")).table["need"].isna().all()


def test_of_two_norms_the_greater_counts_and_it_is_listed() -> None:
    people = pd.DataFrame({"sector_id": [1], "people": [10]})
    for order in ([15, 20], [20, 15]):
        table = pd.DataFrame({"item": "water", "unit": "l", "per_person": order})
        found = item_needs(people, table)
        assert found.table["need"].tolist() == [200]
        assert found.problems["action"].tolist() == ["the greatest counts"]


def test_norms_that_cannot_be_used_are_listed() -> None:
    table = pd.DataFrame({"item": ["water", None, "tents", "soap"], "unit": "l",
                          "per_person": [15, 2, None, -1]})  # fmt: skip
    found = item_needs(pd.DataFrame({"area_id": [1], "people": [1]}), table)
    assert found.table["item"].tolist() == ["water"]
    assert sorted(found.problems["row"]) == [1, 2, 3]


def test_what_is_missing_or_not_clear_is_refused() -> None:
    people = pd.DataFrame({"sector_id": [1], "population": [1]})
    with pytest.raises(MissingColumnError, match="norms lacks the column unit"):
        item_needs(people, norms().drop(columns="unit"))
    with pytest.raises(MissingColumnError, match="people lacks the column sector_id"):
        item_needs(people.drop(columns="sector_id"), norms())
    with pytest.raises(InputError, match="The column daily of norms holds 'perhaps'"):
        item_needs(people, norms(daily="perhaps"))
    with pytest.raises(InputError, match=r"Needs are asked for 0\.50 days|above 0"):
        item_needs(people, norms(), days=-0.5)
