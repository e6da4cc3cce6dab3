"""Counting: parts add up to the whole, what is unknown stays unknown, places count once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geosector.errors import InputError, MissingColumnError
from geosector.measure.coded import code_incidents, code_of, is_known, is_unspecified, label_of
from geosector.measure.counts import (
    count_by,
    count_casualties,
    count_localities,
    count_places,
    counted,
    locality_keys,
    percentages,
    top,
)
from geosector.measure.months import months_in, spans_of, within


def test_equal_counts_stand_in_the_order_of_their_names() -> None:
    parts = count_by(pd.DataFrame({"x": ["b", "a", "c", "c"]}), "x")
    assert list(parts["key"]) == ["c", "a", "b"]


def test_unspecified_is_last_even_where_it_is_most() -> None:
    parts = count_by(pd.DataFrame({"x": [None, None, "غير محدد", "a"]}), "x")
    assert list(parts["key"]) == ["a", "unspecified"]
    assert list(parts["count"]) == [1, 3]


def test_unknown_is_a_part_of_its_own() -> None:
    parts = count_by(pd.DataFrame({"x": ["unknown", None]}), "x")
    assert list(parts["key"]) == ["unknown", "unspecified"]


def test_a_part_without_a_count_is_left_out() -> None:
    assert list(counted(["a", "b"], [0, 2])["key"]) == ["b"]


def test_percentages_of_a_third_each_come_to_a_hundred() -> None:
    assert list(percentages([1, 1, 1])) == [34, 33, 33]


def test_percentages_of_great_counts_do_not_overflow() -> None:
    assert percentages([10**15, 10**15]).sum() == 100


def test_top_keeps_all_that_are_equal_to_the_last() -> None:
    parts = counted(["a", "b", "c", "d"], [5, 2, 2, 1])
    assert list(top(parts, 2)["key"]) == ["a", "b", "c"]


def test_top_leaves_out_equals_that_would_drown_the_others() -> None:
    parts = counted([f"p{n:02}" for n in range(30)], [9, *[1] * 29])
    assert list(top(parts, 3)["key"]) == ["p00"]


def test_top_of_many_equals_alone_is_cut() -> None:
    parts = counted([f"p{n:02}" for n in range(30)], [1] * 30)
    assert len(top(parts, 3)) == 6


def test_a_place_hit_besides_is_not_in_the_count() -> None:
    rows = pd.DataFrame({"place_type": ["home", None], "other_places": ["school;home", "school"]})
    parts = count_places(rows).set_index("key")
    assert parts["count"].sum() == 2
    assert parts.loc["school", "besides"] == 2
    assert parts.loc["school", "count"] == 0
    assert parts.loc["home", "besides"] == 0


def test_a_range_gives_both_bounds_and_an_open_one_its_least() -> None:
    rows = pd.DataFrame(
        {
            "killed_man": [1, None, None],
            "killed_man_min": [None, 2, 3],
            "killed_man_max": [None, 5, None],
        }
    )
    assert count_casualties(rows, "killed").to_numpy().tolist() == [["man", 6, 9]]


def test_boys_and_girls_are_children_and_parts_of_them() -> None:
    rows = pd.DataFrame({"injured_boy": [1], "injured_girl": [2], "injured_child": [4]})
    found = count_casualties(rows, "injured").set_index("key")["low"]
    assert found.to_dict() == {"child": 7, "boy": 1, "girl": 2}


def test_nobody_is_called_a_man_who_was_not_reported_as_one() -> None:
    rows = pd.DataFrame({"killed_unspecified": [5]})
    assert list(count_casualties(rows, "killed")["key"]) == ["unspecified"]


def test_another_fate_is_refused() -> None:
    with pytest.raises(InputError, match="no counts of missing"):
        count_casualties(pd.DataFrame(), "missing")


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(InputError, match="-1"):
        percentages([2, -1])


def test_namesakes_in_two_districts_are_two_places() -> None:
    rows = pd.DataFrame({"locality": ["Kafr", "kafr", "Kafr"], "admin3": ["a", "A", "b"]})
    assert locality_keys(rows).nunique() == 2


def test_a_place_is_counted_once_whatever_its_rows() -> None:
    rows = pd.DataFrame({"locality_id": ["a"] * 5 + [None], "locality": ["A"] * 5 + [None]})
    found = count_localities(rows)
    assert (found.communities, found.unplaced) == (1, 1)


def test_a_place_is_a_camp_where_one_of_its_rows_says_so() -> None:
    rows = pd.DataFrame({"locality_id": ["a", "a"], "locality_type": ["community", "camp"]})
    found = count_localities(rows)
    assert (found.communities, found.camps) == (0, 1)


def test_a_neighbourhood_is_no_community() -> None:
    rows = pd.DataFrame({"locality_id": ["a", "b"], "locality_type": ["neighbourhood", None]})
    found = count_localities(rows)
    assert (found.communities, found.neighbourhoods) == (1, 1)


def test_words_of_four_languages_become_one_code() -> None:
    words = ["drone", "طائرة مسيرة", "dron", "درۆن", "Drones"]
    assert {code_of("weapon", word) for word in words} == {"drone"}


def test_a_word_that_is_not_known_is_kept_and_counted_by_itself() -> None:
    coded = code_incidents(pd.DataFrame({"kind": ["fire"], "cause": ["meteor"]}))
    assert list(coded.table["cause"]) == ["meteor"]
    assert coded.problems.empty
    assert not is_known("cause", "meteor")


def test_every_code_has_a_label_in_every_language_and_is_its_own_word() -> None:
    from geosector.measure.coded import COLUMNS, _vocabulary

    for column in COLUMNS:
        for code in _vocabulary()[column]:
            assert code_of(column, code) == code
            for lang in ("ar", "kmr", "ckb", "en"):
                assert label_of(column, code, lang)
                assert code_of(column, label_of(column, code, lang)) == code


def test_changed_words_are_listed_with_their_row() -> None:
    rows = pd.DataFrame({"kind": ["fire"] * 2, "cause": ["gas", "gas_leak"]}, index=[7, 8])
    problems = code_incidents(rows, file="a.csv").problems
    assert problems[["file", "row", "column", "given", "expected"]].to_numpy().tolist() == [
        ["a.csv", 7, "cause", "gas", "gas_leak"]
    ]


def test_places_hit_besides_are_coded_too() -> None:
    rows = pd.DataFrame({"kind": ["attack"], "other_places": ["منازل; سوق"]})
    assert list(code_incidents(rows).table["other_places"]) == ["home;market"]


@pytest.mark.parametrize("word", ["", " ", None, np.nan, pd.NA, "غير محدد", "nediyar", "نادیار"])
def test_words_for_nothing_are_unspecified(word: object) -> None:
    assert is_unspecified(word)


def test_a_table_without_kinds_is_refused() -> None:
    with pytest.raises(MissingColumnError, match="kind"):
        code_incidents(pd.DataFrame({"weapon": ["drone"]}))


@pytest.mark.parametrize("word", ["2024-4", "2024-00", "2024-13", "24-04", "2024-04-01", "", "x"])
def test_what_is_no_month_is_refused(word: str) -> None:
    with pytest.raises(InputError, match="expected YYYY-MM"):
        spans_of(word)


def test_january_is_compared_with_the_december_before() -> None:
    spans = spans_of("2024-01")
    assert str(spans.previous.first) == "2023-12-01"
    assert spans.to_date == spans.current


def test_an_incident_known_by_its_year_is_in_no_month() -> None:
    rows = pd.DataFrame({"date": pd.to_datetime(["2024-01-01"]), "date_precision": ["year"]})
    assert within(rows, spans_of("2024-01").current).empty
    assert len(within(rows, spans_of("2024").current)) == 1


def test_the_last_minute_of_a_month_is_in_it() -> None:
    rows = pd.DataFrame({"date": pd.to_datetime(["2024-04-30 23:59", "2024-05-01 00:00"])})
    assert list(within(rows, spans_of("2024-04").current).index) == [0]


def test_a_year_has_twelve_months() -> None:
    assert len(months_in(spans_of("2023").current)) == 12
