"""What is written reads back: dates, numbers, ranges, degrees, headers, names, in any digits."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosector.geocode.names import name_keys, normalise
from geosector.sources.dates import parse_date, read_dates
from geosector.sources.figures import decimal_degrees, parse_number, read_range
from geosector.sources.values import western
from geosector.tables import content_ids, fold_label, match_columns, table

DIGITS = st.sampled_from(["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"]).map(
    lambda digits: str.maketrans("0123456789", digits)
)
DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))
DAY_FORMS = (
    "{0:%Y-%m-%d}",
    "{0:%Y/%m/%d}",
    "{0.day}.{0.month}.{0.year}",
    "{0.day} {0:%B} {0.year}",
)
MARKS = st.text("\u0640\u064b\u0650\u0651\u200f\u200c ", max_size=2)
INCIDENTS = table("incidents").columns


@given(DAYS, st.sampled_from(DAY_FORMS), DIGITS)
def test_a_day_reads_back_from_every_form_and_in_any_digits(day, form, digits):
    found = parse_date(form.format(day).translate(digits))
    assert found is not None
    assert (found.when.date(), found.precision) == (day, "day")


@given(DAYS, st.times(), DIGITS)
def test_a_minute_reads_back_whatever_its_zone(day, time, digits):
    written = f"{day:%Y-%m-%d}T{time:%H:%M:%S}+03:00".translate(digits)
    found = parse_date(written)
    assert found is not None
    assert found.when == dt.datetime.combine(day, time.replace(second=0, microsecond=0))
    assert found.precision == "minute"


@given(st.lists(DAYS, min_size=1, max_size=8))
def test_one_day_above_twelve_settles_the_order_of_a_whole_column(days):
    proof = dt.date(2024, 4, 30)
    for form in ("{0:%d/%m/%Y}", "{0:%m/%d/%Y}"):
        column = pd.Series([form.format(day) for day in [proof, *days]])
        values, _, _ = read_dates(column)
        assert values.dt.date.tolist() == [proof, *days]


@given(st.integers(-(10**12), 10**12), DIGITS, st.sampled_from([" ", ",", ".", "'"]))
def test_a_whole_number_reads_back_with_groups_of_three(value, digits, mark):
    written = f"{value:,}".replace(",", mark).translate(digits)
    found = parse_number(written)
    assert float(value) in {found.value, found.other}


@given(st.decimals(-9999, 9999, places=5), DIGITS, st.sampled_from(".,"))
def test_a_decimal_number_reads_back_with_either_mark(value, digits, mark):
    assert parse_number(f"{value:f}".replace(".", mark).translate(digits)).value == float(value)


@given(st.integers(0, 10**6), st.integers(0, 10**6), DIGITS)
def test_a_range_reads_back_where_it_rises_and_nowhere_else(one, two, digits):
    found = read_range(f"{one} - {two}".translate(digits))
    assert found == ((one, two) if one < two else None)


@given(st.integers(0, 179), st.integers(0, 59), st.integers(0, 59), st.sampled_from("NSEW"))
def test_degrees_minutes_and_seconds_are_the_number_that_they_make(whole, minutes, seconds, side):
    found = decimal_degrees(f"{whole}°{minutes}'{seconds}\"{side}")
    sign = -1 if side in "SW" else 1
    assert found == pytest.approx(sign * (whole + minutes / 60 + seconds / 3600), abs=1e-9)


@given(st.text(max_size=40))
def test_western_digits_are_western_already(written):
    assert western(western(written)) == western(written)


@given(st.sampled_from(sorted(INCIDENTS)), st.data(), MARKS)
def test_a_header_means_its_column_however_it_is_spelt(name, data, marks):
    synonyms = [name, *INCIDENTS[name].synonyms]
    written = data.draw(st.sampled_from(synonyms))
    spelt = marks + written.upper().replace(" ", "_") + marks
    expected = match_columns("incidents", [written])
    assert list(match_columns("incidents", [spelt]).values()) == list(expected.values())


@given(st.lists(st.text(max_size=12), unique=True, max_size=8), st.randoms(use_true_random=False))
def test_headers_mean_the_same_columns_in_any_order(headers, random):
    own = ["date", "locality", "killed_man", *headers]
    own = list(dict.fromkeys(own))
    shuffled = random.sample(own, len(own))
    assert set(match_columns("incidents", own).values()) == set(
        match_columns("incidents", shuffled).values()
    )


@given(st.text(max_size=30))
def test_folding_and_normalising_twice_change_nothing(written):
    assert fold_label(fold_label(written)) == fold_label(written)
    assert normalise(normalise(written)) == normalise(written)


@given(st.text("ابتثجحخدذرزسشصضطظعغفقكلمنهويىةآأإ ", max_size=20), MARKS)
def test_marks_between_letters_change_no_key_of_a_name(name, marks):
    unseen = marks.replace(" ", "")
    assert name_keys(unseen.join(name)) == name_keys(name)


@given(st.lists(st.tuples(st.text(max_size=5), st.integers(0, 3)), max_size=8))
def test_ids_made_of_the_content_differ_and_do_not_depend_on_the_order_of_columns(rows):
    cells = pd.DataFrame(rows, columns=["a", "b"])
    ids = content_ids(cells)
    assert ids.is_unique
    assert ids.tolist() == content_ids(cells[["b", "a"]]).tolist()
