"""Every table once: what a header means, what a word means, what is about persons."""

from __future__ import annotations

import pandas as pd
import pytest

from geosector import tables
from geosector.errors import InputError
from geosector.language import LANGUAGES

TYPES = {"text", "integer", "number", "date", "choice", "list", "json", "flag"}
every_table = pytest.mark.parametrize("name", tables.table_names())


@every_table
def test_every_column_is_fully_described(name):
    for column in tables.table(name).columns.values():
        assert column.meaning.endswith((".", "…", "}.")), column.name
        assert column.type in TYPES
        assert column.seen_by in tables.AUDIENCES
        assert (column.type == "choice") == bool(column.values), column.name


@every_table
def test_no_word_means_two_columns(name):
    meaning = {}
    for column in tables.table(name).columns.values():
        for word in (column.name, *column.synonyms, *column.label.values()):
            folded = tables.fold_label(word)
            assert meaning.setdefault(folded, column.name) == column.name, word


@every_table
def test_no_word_means_two_values_of_a_choice(name):
    for column in tables.table(name).columns.values():
        meaning = {}
        for value, words in column.values.items():  # noqa: PD011 - a field of Column
            for word in (value, *words):
                assert meaning.setdefault(tables.fold_label(word), value) == value, word


@every_table
def test_what_forms_offer_means_one_value_and_is_said_in_every_language(name):
    for column in tables.table(name).columns.values():
        assert set(column.label) in ({}.keys(), LANGUAGES.keys()), column.name
        if column.type == "choice" and column.choices:
            assert list(column.choices) == list(column.values)
        for value, labels in column.choices.items():
            assert labels.keys() == LANGUAGES.keys()
            assert {tables.match_value(name, column.name, word) for word in labels.values()} == {
                value
            }


@every_table
def test_what_a_row_needs_exists_and_nothing_it_has_looks_personal(name):
    table = tables.table(name)
    assert set(table.needs_one_of) <= {*table.columns, "geometry"}
    for column in table.columns.values():
        assert not [word for word in (column.name, *column.synonyms) if tables.looks_personal(word)]


def test_an_unknown_table_is_named():
    with pytest.raises(InputError, match=r"'people' is not a table\. Use one of: incidents"):
        tables.table("people")


def test_casualties_are_counted_by_group_with_their_ranges():
    columns = tables.table("incidents").columns
    made = [f"{fate}_{group}{bound}"
            for fate in ("killed", "injured")
            for group in ("man", "woman", "boy", "girl", "child", "unspecified")
            for bound in ("", "_min", "_max")]  # fmt: skip
    assert set(made) <= set(columns)
    assert all(columns[name].minimum == 0 for name in made)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Date_of-Incident ", "date of incident"),
        ("المُحافظـة", "المحافظه"),
        ("إحصاء", "احصاء"),
        ("کۆگا", "كۆگا"),
        ("تاری\u200cخ", "تاریخ"),
        ("عام ٢٠٢٤", "عام 2024"),
        ("NAVÇE", "navçe"),
        ("ﻻ", "لا"),
    ],
)
def test_spelling_does_not_matter(one, other):
    assert tables.fold_label(one) == tables.fold_label(other) != ""


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT, "", " _ "])
def test_a_missing_label_is_empty(missing):
    assert tables.fold_label(missing) == ""


@pytest.mark.parametrize(
    ("header", "column"),
    [("Governorate", "admin1"), ("المحافظة", "admin1"), ("parêzgeh", "admin1"), ("پارێزگا", "admin1"),
     ("killed", "killed_unspecified"), ("قتلى نساء", "killed_woman"), ("killed min", "killed_unspecified_min")],
)  # fmt: skip
def test_headers_are_understood_in_four_languages(header, column):
    assert tables.match_columns("incidents", [header]) == {header: column}


def test_the_columns_own_name_wins_over_a_synonym_and_the_first_over_the_second():
    assert tables.match_columns("incidents", ["place", "locality"]) == {"locality": "locality"}
    assert tables.match_columns("incidents", ["place", "town"]) == {"place": "locality"}


def test_a_header_that_means_nothing_is_left_out():
    assert tables.match_columns("incidents", ["colour", "date"]) == {"date": "date"}


@pytest.mark.parametrize(
    ("word", "value"), [("حريق", "fire"), ("agir", "fire"), ("ئاگر", "fire"), ("Fire", "fire")]
)
def test_values_are_understood_in_four_languages(word, value):
    assert tables.match_value("incidents", "kind", word) == value


@pytest.mark.parametrize("word", ["picnic", None, ""])
def test_an_unknown_word_has_no_value(word):
    assert tables.match_value("incidents", "kind", word) is None


@pytest.mark.parametrize(
    "header",
    ["contact_phone_no", "اسم المصاب", "_submitted_by", "National ID", "هاتف", "ناوی نەخۆش"],
)
def test_columns_about_persons_are_noticed(header):
    assert tables.looks_personal(header)


@pytest.mark.parametrize("header", ["name", "locality", "reported_by", "الاسم", "megaphones", None])
def test_other_columns_are_not(header):
    assert not tables.looks_personal(header)


def test_problems_become_a_table_with_nullable_rows():
    made = tables.problems_table(
        [tables.Problem("a.csv", 2, "date", "30 Feb", "a date", "row left out"),
         tables.Problem("a.csv", None, None, "", "a coordinate system", "refused")]
    )  # fmt: skip
    assert made.columns.tolist() == list(tables.PROBLEM_COLUMNS)
    assert made["row"].tolist() == [2, pd.NA]
    assert made["column"].isna().tolist() == [False, True]


def test_the_same_row_gives_the_same_id_whatever_stands_beside_it():
    march = pd.DataFrame({"place": ["Idlib", "Salqin"], "killed": [2, 0]})
    april = pd.DataFrame({"killed": [None, 2], "note": [None, None], "place": ["Harim", "Idlib"]})
    assert tables.content_ids(march)[0] == tables.content_ids(april)[1]


def test_equal_rows_are_told_apart_and_the_index_is_kept():
    ids = tables.content_ids(pd.DataFrame({"a": ["x", "x", "y"]}, index=[7, 3, 5]))
    assert ids.index.tolist() == [7, 3, 5]
    assert ids[3] == f"{ids[7]}-2"
    assert ids.is_unique


@pytest.mark.parametrize("headers", [["name", "lat", "lon", "names", "pcode"], ["lat", "lon"]])
def test_tables_whose_places_everyone_sees_are_never_guessed(headers):
    with pytest.raises(InputError, match="Say it with --as"):
        tables.recognise(headers)


def test_half_letters_in_a_problem_are_written_as_unknown():
    given = tables.Problem("bad\udcff.csv", 2, "date", "\ud800", "a date", "Left out.")
    assert tables.problems_table([given]).iloc[0, [0, 3]].tolist() == ["bad\ufffd.csv", "\ufffd"]


def test_a_name_that_is_no_text_is_no_table():
    with pytest.raises(InputError, match="is not a table"):
        tables.table([])


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        (["activity", "locality", "reached", "planned"], "activities"),
        (["sector_id", "role", "hours", "posts", "filled"], "shifts"),
        (["sector", "item", "unit", "quantity"], "stock"),
    ],
)
def test_what_an_office_brings_is_not_taken_for_what_is_made_of_it(headers, name):
    assert tables.recognise(headers) == name


@pytest.mark.parametrize(
    "headers", [["id", "name", "sector"], ["sector_id", "item", "unit", "need", "gap", "usable"]]
)
def test_lists_that_may_be_of_shelters_or_of_needs_are_not_guessed(headers):
    with pytest.raises(InputError, match="It is not clear which table this is"):
        tables.recognise(headers)


def test_a_word_for_all_together_is_known_in_any_spelling():
    assert all(map(tables.is_total, ("TOTAL", "الاجمالي", "هەموو", "hemû ")))
    assert not any(map(tables.is_total, ("totally", "", None, "infants")))
