"""Gaps by sector, item and unit: what is expired, unknown, in other units or said twice."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pandas as pd
import pytest

from geosector.errors import InputError, MissingColumnError
from geosector.measure.stock.gaps import stock_gaps
from geosector.measure.stock.lots import find_lots, judge_stock
from geosector.sources import read_table

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to"
DAY = dt.date(2026, 11, 27)


def stock(rows: list[tuple[object, ...]], **more: object) -> pd.DataFrame:
    columns = ["sector_id", "item", "unit", "quantity", "expires"]
    return pd.DataFrame(rows, columns=columns).assign(**more)


def need(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["sector_id", "item", "unit", "need"])


def figures(table: pd.DataFrame, *columns: str) -> list[list[object]]:
    rows = table[list(columns)].astype(object)
    return rows.where(rows.notna(), None).to_numpy().tolist()


def test_on_its_last_day_a_thing_may_be_used_and_on_the_next_it_is_expired() -> None:
    table = stock([(1, "serum", "box", 5, "2026-11-27"), (1, "serum", "box", 3, "2026-11-26")])
    found = stock_gaps(table, day=DAY).table
    assert figures(found, "usable", "expired", "expires_soon") == [[5, 3, 5]]


def test_the_days_to_what_expires_soon_are_a_parameter() -> None:
    table = stock([(1, "serum", "box", 5, "2026-12-10")])
    soon = [
        stock_gaps(table, day=DAY, soon_days=days).table["expires_soon"][0] for days in (12, 13)
    ]
    assert soon == [0, 5]
    with pytest.raises(InputError, match="within -1 days is asked for"):
        stock_gaps(table, day=DAY, soon_days=-1)


@pytest.mark.parametrize("expires", [None, "next year", "03/04/2027", pd.NaT])
def test_what_nobody_knows_the_expiry_of_is_usable_and_flagged(expires: object) -> None:
    found = stock_gaps(stock([(1, "serum", "box", 5, expires)]), day=DAY)
    assert figures(found.table, "usable", "expiry_unknown") == [[5, 5]]
    assert len(found.problems) == (0 if expires is None or expires is pd.NaT else 1)


def test_a_date_that_means_never_is_later() -> None:
    judged = judge_stock(stock([(1, "rope", "m", 5, "9999-12-31")]), day="2026-11-27").table
    assert judged["expiry"].tolist() == ["later"]


def test_judging_keeps_rows_index_and_a_column_of_that_name() -> None:
    table = stock([(1, "a", "m", 5, None), (2, "b", "m", 5, None)], expiry="x").set_axis([7, 3])
    judged = judge_stock(table, day=DAY).table
    assert judged.index.tolist() == [7, 3]
    assert judged["expiry_input"].tolist() == ["x", "x"]


def test_words_for_one_item_and_unit_are_one_and_different_units_are_never_added() -> None:
    table = stock([(1, "Medical-Bag", "bag", 5, None), (1, "medical bags ", "حقيبة", 2, None),
                   (1, "medical bag", "box", 9, None), (1, "medical bag", None, 1, None)])  # fmt: skip
    found = stock_gaps(table, day=DAY)
    assert figures(found.table, "unit", "usable") == [[None, 1], ["bag", 7], ["box", 9]]
    listed = found.problems[found.problems["column"] == "unit"]
    assert listed["expected"].tolist() == ["one unit for each item"]
    assert listed["given"].tolist()[0].endswith("nothing, bag, box")


def test_arabic_words_for_an_item_are_one_however_they_are_spelt() -> None:
    table = stock([(1, "المياه", "لتر", 5, None), (1, "مياه", "ليتر", 6, None)])
    assert figures(stock_gaps(table, day=DAY).table, "usable") == [[11]]


def test_blood_groups_and_strengths_stay_apart() -> None:
    items = ["blood A+", "blood A-", "blood A−", "saline 0.9%", "saline 0,9 %", "saline 9%"]
    table = stock([(1, item, "bag", 1, None) for item in items])
    assert sorted(stock_gaps(table, day=DAY).table["usable"]) == [1, 1, 2, 2]


def test_gap_and_surplus_are_never_below_nought_and_one_of_them_is_nought() -> None:
    table = stock([(1, "bag", "piece", 12.5, None), (2, "bag", "piece", 3, None)])
    found = stock_gaps(table, need((1, "bag", "piece", 10), (2, "bag", "piece", 10)), day=DAY).table
    assert figures(found, "gap", "surplus", "need_from") == [[0, 2.5, "people"], [7, 0, "people"]]


def test_a_sector_without_any_stock_has_its_whole_need_as_gap() -> None:
    table = stock([(1, "bag", "piece", 3, None)])
    found = stock_gaps(table, need((2, "bag", "piece", 10)), day=DAY, sectors=[1, 2, 3]).table
    assert figures(found, "sector_id", "need", "usable", "gap") == [
        [1, None, 3, None], [2, 10, 0, 10], [3, None, 0, None],
    ]  # fmt: skip


def test_the_need_of_people_counts_before_the_target_and_the_target_where_it_is_unknown() -> None:
    table = stock([(1, "bag", "piece", 3, None), (2, "bag", "piece", 3, None)], target=[20, 30])
    found = stock_gaps(
        table, need((1, "bag", "piece", 10), (2, "bag", "piece", None)), day=DAY
    ).table
    assert figures(found, "need", "need_from") == [[10, "people"], [30, "target"]]


def test_the_target_of_a_place_counts_once_however_many_lots_lie_there() -> None:
    table = stock([(1, "bag", "piece", 3, "2027-01-01"), (1, "bag", "piece", 2, "2028-01-01"),
                   (1, "bag", "piece", 1, None)],
                  target=[10, 10, 6], facility_id=["a", "a", "b"])  # fmt: skip
    assert figures(stock_gaps(table, day=DAY).table, "need", "gap") == [[16, 10]]
    contradicting = stock_gaps(table.assign(target=[10, 12, 6]), day=DAY)
    assert figures(contradicting.table, "need") == [[18]]
    assert contradicting.problems["given"].tolist() == ["10"]


def test_a_facility_tells_the_sector_and_counts_before_the_word_of_a_row() -> None:
    table = stock([(None, "bag", "piece", 3, None), (9, "bag", "piece", 4, None)],
                  facility_id=["a", "a"])  # fmt: skip
    facilities = pd.DataFrame({"id": ["a", "b"], "sector_id": [2, None]})
    for given in (facilities, {"a": 2}):
        found = stock_gaps(table, day=DAY, facilities=given, sectors=[2])
        assert figures(found.table, "sector_id", "usable") == [[2, 7]]
        assert found.problems["action"].tolist() == ["the facility counts"]
    with pytest.raises(InputError, match="The facility a lies in the sectors 1 and 2"):
        stock_gaps(table, day=DAY,
                   facilities=pd.DataFrame({"id": ["a", "a"], "sector_id": [1, 2]}))  # fmt: skip


def test_a_row_without_a_sector_lies_where_its_facility_is_said_to_lie() -> None:
    table = stock([(None, "bag", "piece", 3, None), (4, "bag", "piece", 1, None)], facility_id="a")
    assert figures(stock_gaps(table, day=DAY).table, "sector_id", "usable") == [[4, 4]]


def test_stock_of_which_nothing_says_where_it_lies_is_refused() -> None:
    table = stock([(None, "bag", "piece", 3, None)], facility_id="a")
    with pytest.raises(InputError, match="No row of stock says in which sector it lies"):
        stock_gaps(table, day=DAY, facilities={"b": 1})
    with pytest.raises(MissingColumnError, match="stock lacks the column quantity"):
        stock_gaps(table.drop(columns="quantity"), day=DAY)
    with pytest.raises(MissingColumnError, match="need lacks the column unit"):
        stock_gaps(table, need().drop(columns="unit"), day=DAY, facilities={"a": 1})


def test_rows_of_other_sectors_are_left_out_and_listed() -> None:
    table = stock([(1, "bag", "piece", 3, None), (8, "bag", "piece", 3, None),
                   (None, "bag", "piece", 3, None)])  # fmt: skip
    found = stock_gaps(table, need((7, "bag", "piece", 3)), day=DAY, sectors=[1], hot=[1, 6])
    assert figures(found.table, "usable") == [[3]]
    assert sorted(found.problems["given"]) == ["6", "7", "8", "nothing"]


@pytest.mark.parametrize("wrong", [None, -1, "some", float("inf"), float("nan")])
def test_a_quantity_that_is_none_counts_as_nothing_and_keeps_its_target(wrong: object) -> None:
    table = stock([(1, "bag", "piece", wrong, None)], target=4)
    found = stock_gaps(table, day=DAY)
    assert figures(found.table, "usable", "gap") == [[0, 4]]
    assert found.problems["action"].tolist() == ["counted as nothing"]


def test_a_row_without_an_item_is_left_out_and_listed() -> None:
    table = stock([(1, None, "piece", 3, None), (1, "bag", "piece", 1, None)])
    found = stock_gaps(table, day=DAY)
    assert figures(found.table, "usable") == [[1]]
    assert found.problems["expected"].tolist() == ["a row with item"]


def test_one_lot_under_one_id_counts_once_and_the_smaller_of_two_quantities() -> None:
    rows = [
        (1, "bag", "piece", 9, None),
        (1, "bag", "piece", 4, None),
        (1, "bag", "piece", 4, None),
    ]
    for order in (rows, rows[::-1]):
        found = stock_gaps(stock(order, id="x"), day=DAY)
        assert figures(found.table, "usable") == [[4]]
        assert sorted(found.problems["action"]) == [
            "left out", "left out; the smaller quantity counts",
        ]  # fmt: skip


def test_one_id_on_different_lots_is_listed_and_both_count() -> None:
    table = stock([(1, "bag", "piece", 9, None), (2, "bag", "piece", 4, None)], id="x")
    found = stock_gaps(table, day=DAY)
    assert figures(found.table, "usable") == [[9], [4]]
    assert found.problems["expected"].tolist() == ["an id of its own"]


def test_rows_that_are_alike_and_have_no_id_count_and_are_listed() -> None:
    found = stock_gaps(stock([(1, "bag", "piece", 9, None)] * 2), day=DAY)
    assert figures(found.table, "usable") == [[18]]
    assert found.problems["action"].tolist() == ["counted besides; give ids"]


def test_of_two_needs_for_one_place_the_greater_counts() -> None:
    table = stock([(1, "bag", "piece", 1, None)])
    for order in ([5, 8], [8, 5]):
        wanted = need(*[(1, "bag", "piece", each) for each in order], (None, "bag", "piece", 2))
        found = stock_gaps(table, wanted, day=DAY)
        assert figures(found.table, "need") == [[8]]
        assert sorted(found.problems["expected"]) == [
            "a row with sector_id", "one number for each sector, item and unit",
        ]  # fmt: skip


def test_hot_and_cut_off_come_from_ids_or_columns_and_are_missing_where_nobody_looked() -> None:
    table = stock([(1, "bag", "piece", 1, None), (2, "bag", "piece", 1, None)])
    plain = stock_gaps(table, day=DAY).table
    assert plain[["hot", "cut_off"]].isna().all(axis=None)
    given = stock_gaps(table, day=DAY, hot=["2"], cut_off=[]).table
    assert given["hot"].tolist() == [False, True]
    assert given["cut_off"].tolist() == [False, False]
    sectors = pd.DataFrame({"sector_id": [1, 2], "hot": ["yes", None], "cut_off": [0, 1]})
    told = stock_gaps(table, day=DAY, sectors=sectors).table
    assert told["hot"].tolist() == [True, pd.NA]
    assert told["cut_off"].tolist() == [False, True]
    with pytest.raises(InputError, match="The column hot of sectors holds 'warm'"):
        stock_gaps(table, day=DAY, sectors=sectors.assign(hot="warm"))


def test_keys_of_text_and_of_numbers_are_the_same_and_numbers_stay_numbers() -> None:
    table = stock([("1", "bag", "piece", 1, None), ("01", "bag", "piece", 2, None)])
    found = stock_gaps(table, need((1.0, "bag", "piece", 5)), day=DAY, sectors=[1])
    assert figures(found.table, "sector_id", "usable", "need") == [[1, 3, 5]]
    assert found.problems.empty


def test_lots_are_read_without_a_sector_for_depots() -> None:
    table = stock([(None, "bag", "piece", 1, None)], facility_id="depot")
    assert find_lots(table, day=DAY).lots[0].sector is None


@pytest.mark.parametrize("day", ["27.11.2026", "2026-13-01", "", 20261127])
def test_what_is_no_day_is_refused(day: object) -> None:
    with pytest.raises(InputError, match="is no day; expected a date such as 2026-11-27"):
        stock_gaps(stock([(1, "bag", "piece", 1, None)]), day=day)  # type: ignore[arg-type]


def test_a_sheet_in_arabic_is_read_and_set_against_needs(tmp_path: Path) -> None:
    file = tmp_path / "synthetic_stock.csv"
    rows = "القطاع,الصنف,الكمية,الوحدة,تاريخ انتهاء الصلاحية\n١,حقيبة طبية,١٢,حقيبة,2026-12-01\n"
    file.write_text(rows + "2,الحقيبة الطبية,3,حقيبة,\n", encoding="utf-8")
    table, problems = read_table(file, "stock")
    assert problems.empty
    wanted = need((1, "حقيبة طبية", "حقيبة", 15), (2, "حقيبة طبية", "حقيبة", 1))
    found = stock_gaps(table, wanted, day=DAY, sectors=[1, 2])
    assert figures(found.table, "gap", "surplus", "expires_soon", "expiry_unknown") == [
        [3, 0, 12, 0], [0, 2, 0, 3],
    ]  # fmt: skip
    assert found.problems.empty


@pytest.mark.parametrize("page", ["stock", "organisation"])
def test_the_code_of_the_pages_runs_and_gives_what_they_say(page: str) -> None:
    told = (HOW_TO / f"{page}.md").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", told, re.DOTALL):
        exec(block, names)  # noqa: S102 - our own page
    if page == "stock":
        assert names["plan"].table["quantity"].tolist() == [9, 11]
        assert len(names["between"])
    else:
        assert names["posts"]["share"].round(2).tolist() == [0.42, 0, 0.5, 0]
        assert names["counted"].problems["given"].tolist() == ["chess"]
