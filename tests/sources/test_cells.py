"""Numbers, dates and flags in the dress in which field offices send them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from geosector.sources.dates import parse_date, read_dates
from geosector.sources.figures import decimal_degrees, parse_number, read_numbers, read_range
from geosector.sources.values import read_flags, written_as
from geosector.tables import Column, table

POPULATION = table("population").columns["population"]
KILLED = table("incidents").columns["killed_man"]
RADIUS = table("incidents").columns["radius_m"]
NEW_YEAR = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a day has no time zone
LAT = table("gazetteer").columns["lat"]


def numbers(cells: list[object], column: Column) -> tuple[list[object], list[tuple[int, str]]]:
    values, remarks = read_numbers(pd.Series(cells, dtype=object), column)
    return values.tolist(), [(remark.position, remark.action) for remark in remarks]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("٣٦٫٢٠", 36.2), ("۱۲", 12), ("36,2021", 36.2021), ("1 234 567", 1234567),
        ("1.234.567,5", 1234567.5), ("1,234.5", 1234.5), ("١٬٢٣٤", 1234), ("−5", -5),
        ("0,123", 0.123), ("1e3", 1000), ("1'234", 1234), ("12,34,567", None), ("5 people", None),
        ("12.5.1", None), ("1,23.4,5", None), ("1 23,5.5", None), ("1234,5.5", None), ("12,345.5", 12345.5), ("1234.5", 1234.5),
        ("1.234,5", 1234.5), ("1234,567.5", None),
    ],
)  # fmt: skip
def test_a_number_is_read_in_any_dress(written, value):
    assert parse_number(written).value == value


def test_digits_of_another_script_are_not_remarked_upon():
    assert numbers(["١", "2", None, "-", "N/A"], KILLED) == ([1, 2, pd.NA, pd.NA, pd.NA], [])


@pytest.mark.parametrize("cell", [-1, "2.5", "ten", True, float("inf"), 1e300, dt.date(2024, 4, 1)])
def test_a_count_that_cannot_be_is_left_out_and_listed(cell):
    values, remarks = numbers([3, cell], KILLED)
    assert values == [3, pd.NA]
    assert remarks == [(1, "The value was left out; the row was kept.")]


def test_typed_columns_are_checked_as_well():
    values, remarks = read_numbers(pd.Series([1.0, -2.0, np.nan]), POPULATION)
    assert values.fillna(0).tolist() == [1, 0, 0]
    assert [(r.position, r.given, r.expected) for r in remarks] == [
        (1, "-2", "a number, 0 or more")
    ]


def test_a_comma_before_three_digits_groups_people_without_a_word():
    assert numbers(["1,234"], POPULATION) == ([1234.0], [])


def test_a_comma_that_could_be_decimal_is_listed():
    assert numbers(["1,234"], RADIUS) == ([1234.0], [(0, "Read as 1234.")])


def test_other_decimal_commas_of_the_column_settle_it():
    assert numbers(["1,234", "20,5"], RADIUS) == ([1.234, 20.5], [])


def test_the_allowed_values_settle_it():
    assert numbers(["36,202"], LAT) == ([36.202], [])
    assert numbers(["1.234"], KILLED) == ([1234], [])


def test_what_is_expected_of_a_latitude_names_both_ends():
    _, remarks = read_numbers(pd.Series([95.0]), LAT)
    assert remarks[0].expected == "a number from -90 to 90"


def test_what_is_expected_of_an_unbounded_number_names_none():
    column = table("sectors").columns["deviation"]
    assert read_numbers(pd.Series(["x"]), column)[1][0].expected == "a number"
    whole = table("roads").columns["layer"]
    assert read_numbers(pd.Series(["x"]), whole)[1][0].expected == "a whole number"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("10-15", (10, 15)),
        ("١٠–١٥", (10, 15)),
        ("10 إلى 15", (10, 15)),
        ("15-10", None),
        ("x", None),
    ],
)
def test_a_range_rises(written, found):
    assert read_range(written) == found


@pytest.mark.parametrize(
    ("written", "day", "precision"),
    [
        ("2024-04-16", "2024-04-16", "day"), ("١ نيسان ٢٠٢٤", "2024-04-01", "day"),
        ("نيسان/أبريل 2024", "2024-04-01", "month"), ("٢٠٢٤/٠٤", "2024-04-01", "month"),
        ("04/2024", "2024-04-01", "month"), ("2024", "2024-01-01", "year"),
        ("16/4/2024", "2024-04-16", "day"), ("4/16/2024", "2024-04-16", "day"),
        ("16ê nîsana 2024an", "2024-04-16", "day"), ("٥ی نیسانی ٢٠٢٤", "2024-04-05", "day"),
        ("April 16, 2024", "2024-04-16", "day"), ("16-Apr-2024", "2024-04-16", "day"),
        ("الثلاثاء 16 نيسان 2024", "2024-04-16", "day"), ("تشرين الأول 2023", "2023-10-01", "month"),
        ("٣ كانون الثاني ٢٠٢٤", "2024-01-03", "day"), ("2024-04-16T10:30:00.0+03:00", "2024-04-16 10:30", "minute"),
        ("16/04/2024 10:30", "2024-04-16 10:30", "minute"), (dt.date(2024, 4, 16), "2024-04-16", "day"),
        (pd.Timestamp("2024-04-16 09:05").to_pydatetime(), "2024-04-16 09:05", "minute"), (2024, "2024-01-01", "year"),
        ("45383", "2024-04-01", "day"), (45383.5, "2024-04-01 12:00", "minute"),
    ],
)  # fmt: skip
def test_a_date_is_read_in_any_dress(written, day, precision):
    found = parse_date(written)
    assert found is not None
    assert (pd.Timestamp(found.when), found.precision) == (pd.Timestamp(day), precision)


@pytest.mark.parametrize(
    "written",
    [
        "30/02/2024", "2024-02-30", "1445-09-15", "15 رمضان 1445", "24/4/5", "0/4/2024", "2024-00",
        "1 نيسان 2024 حتى 5 نيسان 2024", "yesterday", "2024-04 10:30", "2024-04-16 25:00", 5.5,
        "1 April May 2024", "30 شباط 2024", dt.date(1445, 1, 1), "April", "12:30",
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused(written):
    assert parse_date(written) is None
    values, precision, remarks = read_dates(pd.Series([written], dtype=object))
    assert values.isna().all()
    assert precision.isna().all()
    assert [remark.given for remark in remarks] == [written_as(written)]


def test_a_date_whose_order_is_open_is_read_day_first_and_listed():
    values, _, remarks = read_dates(pd.Series(["05/04/2024", "06/06/2024"]))
    assert values.dt.strftime("%m-%d").tolist() == ["04-05", "06-06"]
    assert [(remark.position, remark.action) for remark in remarks] == [(0, "Read as 2024-04-05.")]


def test_other_dates_of_the_column_settle_the_order():
    day_first = read_dates(pd.Series(["05/04/2024", "16/04/2024"]))
    assert (day_first[0].dt.day.tolist(), day_first[2]) == ([5, 16], [])
    month_first = read_dates(pd.Series(["05/04/2024", "04/16/2024 10:00"]))
    assert (month_first[0].dt.month.tolist(), month_first[2]) == ([5, 4], [])


def test_contrary_proofs_leave_the_order_open():
    values, _, remarks = read_dates(pd.Series(["05/04/2024", "16/04/2024", "04/16/2024"]))
    assert values.dt.month.tolist() == [4, 4, 4]
    assert [remark.position for remark in remarks] == [0]


def test_a_number_of_days_and_a_year_of_two_digits_are_listed_as_readings():
    _, _, remarks = read_dates(pd.Series(["45383", "16/4/24"]))
    assert [remark.action for remark in remarks] == ["Read as 2024-04-01.", "Read as 2024-04-16."]


def test_an_empty_column_of_dates_stays_empty():
    values, precision, remarks = read_dates(pd.Series([None, "", "-"], dtype=object))
    assert (values.isna().all(), precision.isna().all(), remarks) == (True, True, [])


def test_flags_take_four_languages_and_the_kinds_of_bridge():
    values, remarks = read_flags(
        pd.Series(["نعم", "viaduct", "na", True, "maybe", None, 0], dtype=object)
    )
    assert values.tolist() == [True, True, False, True, pd.NA, pd.NA, False]
    assert [(remark.given, remark.expected) for remark in remarks] == [("maybe", "yes or no")]


def test_cells_are_shown_as_a_person_sees_them():
    assert written_as(pd.Timestamp("2024-04-01").to_pydatetime()) == "2024-04-01"
    assert written_as(2.5) == "2.5"


@pytest.mark.parametrize("digits", [20, 5_000])
def test_numbers_of_endless_digits_are_no_dates_and_no_ranges(digits):
    endless = "2" * digits
    for written in (f"5 April {endless}", f"{endless} April 2024", f"{endless}/04/2024", endless):
        assert parse_date(written) is None
    assert read_range(f"1-{endless}") is None


def test_a_year_of_two_digits_is_of_the_last_century_where_this_one_were_too_late():
    dates = pd.Series(["25/10/45", "25/10/24", "10/11/45"])
    values, _, remarks = read_dates(dates, NEW_YEAR)
    assert values.dt.year.tolist() == [1945, 2024, 1945]
    assert [remark.position for remark in remarks] == [0, 1, 2]


def test_a_date_that_expires_may_lie_in_any_future():
    values, _, remarks = read_dates(pd.Series(["25/10/45", "2060-01-01"]))
    assert values.dt.year.tolist() == [2045, 2060]
    assert [remark.position for remark in remarks] == [0]


def test_a_date_later_than_the_column_can_be_is_kept_and_listed():
    values, _, remarks = read_dates(pd.Series(["2031-05-04", "2025-01-01"]), NEW_YEAR)
    assert values.dt.year.tolist() == [2031, 2025]
    assert [(remark.position, remark.action) for remark in remarks] == [(0, "Read as 2031-05-04.")]


def test_counts_that_no_event_has_are_kept_and_listed():
    values, remarks = numbers(["5000000", 999999999, "12"], KILLED)
    assert values == [5000000, 999999999, 12]
    assert remarks == [(0, "Kept as it is."), (1, "Kept as it is.")]


def test_a_count_that_a_spreadsheet_shortened_is_listed():
    assert numbers(["1e3", "4"], KILLED) == ([1000, 4], [(0, "Read as 1000.")])


def test_people_with_a_stop_before_three_digits_are_a_thousand_and_listed():
    values, remarks = numbers(["1.234", "12.345", "950"], POPULATION)
    assert values == [1234, 12345, 950]
    assert [position for position, _ in remarks] == [0, 1]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1.234", "0.5"], [1.234, 0.5]),
        (["1.234", 2.5], [1.234, 2.5]),
        (["1.234", "0.125"], [1.234, 0.125]),
        (["1.234", "1.234.567"], [1234, 1234567]),
    ],
)
def test_a_column_proves_what_its_stops_are(cells, values):
    assert numbers(cells, POPULATION) == (values, [])


def test_a_quote_left_behind_the_side_of_a_degree_is_nothing():
    assert decimal_degrees("35°56'24N\"") == 35.94
