"""How much of a date is known, and in which day, week, month or year an incident certainly lies."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosector.errors import InputError
from geosector.maps.saying import spoken
from geosector.maps.time import periods

DAY = st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1))


def known(*dates: Any, precision: Any = None) -> list[tuple[str, str]]:
    table = pd.DataFrame({"date": pd.Series(dates)})
    if precision is not None:
        table["date_precision"] = precision
    first, last = periods.possible_days(table)
    return list(zip(first.astype(str), last.astype(str), strict=True))


@pytest.mark.parametrize(
    "written",
    [
        "2024-04-02",
        "2024-04-02T23:30:00",
        "2024-04-02 23:30:00+03:00",
        "2024-04-02T00:10:00.5Z",
        dt.date(2024, 4, 2),
        dt.datetime(2024, 4, 2, 1, tzinfo=dt.timezone(dt.timedelta(hours=3))),
        pd.Timestamp("2024-04-02 01:00", tz="Asia/Damascus"),
        pd.Timestamp("2024-04-02 23:59"),
    ],
)
def test_a_day_is_the_day_as_it_was_written_where_it_happened(written: Any) -> None:
    assert known(written) == [("2024-04-02", "2024-04-02")]


def test_offsets_that_differ_from_row_to_row_change_no_day() -> None:
    rows = known("2024-04-02T01:00:00+03:00", "2024-04-02T23:00:00-05:00", "2024-04-02")
    assert set(rows) == {("2024-04-02", "2024-04-02")}


@pytest.mark.parametrize(
    ("written", "precision", "days"),
    [
        ("2024-02-01", "month", ("2024-02-01", "2024-02-29")),
        ("2023-02-17", "month", ("2023-02-01", "2023-02-28")),
        ("2024-06-01", "year", ("2024-01-01", "2024-12-31")),
        ("2024-02", None, ("2024-02-01", "2024-02-29")),
        ("02/2024", None, ("2024-02-01", "2024-02-29")),
        ("Feb 2024", None, ("2024-02-01", "2024-02-29")),
        ("February, 2024", None, ("2024-02-01", "2024-02-29")),
        ("2024", None, ("2024-01-01", "2024-12-31")),
        (2024, None, ("2024-01-01", "2024-12-31")),
        ("2024-02-05", "day", ("2024-02-05", "2024-02-05")),
        ("soon", None, ("NaT", "NaT")),
        (None, "month", ("NaT", "NaT")),
    ],
)
def test_of_a_rough_date_every_day_on_which_it_may_have_been_is_kept(
    written: Any, precision: Any, days: tuple[str, str]
) -> None:
    assert known(written, precision=precision) == [days]


def test_no_dates_are_no_days() -> None:
    assert known() == []


@given(day=DAY, step=st.sampled_from(periods.STEPS))
def test_every_day_lies_in_the_one_period_of_its_number(day: dt.date, step: str) -> None:
    days = np.array([day], "M8[D]")
    number = int(periods.units(days, step)[0])
    period = periods.unit_period(number, step)
    assert period.holds(days, days).all()
    after = periods.unit_period(number + 1, step)
    assert after.first - period.last == dt.timedelta(days=1)
    assert step != "week" or period.first.isoweekday() == 1


@given(
    first=DAY,
    length=st.integers(0, 400),
    step=st.sampled_from(periods.STEPS),
)
def test_an_incident_lies_in_a_period_only_if_all_its_days_do(
    first: dt.date, length: int, step: str
) -> None:
    ends = [np.array([at], "M8[D]") for at in (first, first + dt.timedelta(days=length))]
    number = periods.within(*ends, step)
    (period, *more) = periods.run(number, step) or [None]
    whole = periods.unit_period(int(periods.units(ends[0], step)[0]), step)
    assert (period is not None) == bool(whole.holds(*ends)[0])
    assert more == []


@pytest.mark.parametrize(
    ("last", "step"),
    [
        ("2024-01-31", "day"),  # 31 days
        ("2024-02-01", "week"),
        ("2024-08-04", "week"),  # 31 weeks
        ("2024-08-05", "month"),
        ("2026-07-31", "month"),  # 31 months
        ("2026-08-01", "year"),
        ("2099-01-01", "year"),
    ],
)
def test_the_step_is_the_finest_of_which_thirty_one_are_enough(last: str, step: str) -> None:
    days = np.array(["2024-01-01", last], "M8[D]")
    assert periods.choose_step(days, days) == step


def test_dates_known_by_month_are_stepped_through_by_month() -> None:
    first, last = periods.possible_days(pd.DataFrame({"date": ["2024-03", "2024-04"]}))
    assert periods.choose_step(first, last) == "month"


@pytest.mark.parametrize(
    ("given", "ends"),
    [
        ("2024-02", ("2024-02-01", "2024-02-29")),
        ("2024", ("2024-01-01", "2024-12-31")),
        ("2024-02-03", ("2024-02-03", "2024-02-03")),
        (("2024-02", "2024-03"), ("2024-02-01", "2024-03-31")),
        ((dt.date(2024, 2, 1), "2024-02-10"), ("2024-02-01", "2024-02-10")),
    ],
)
def test_a_period_may_be_given_by_its_name_or_its_ends(given: Any, ends: tuple[str, str]) -> None:
    one, _ = periods.read_pair((given, "2030"))
    assert (one.first.isoformat(), one.last.isoformat()) == ends


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ((("2024-03-01", "2024-03-31"), ("2024-03-31", "2024-04-30")), "does not come after"),
        (("2024-04", "2024-03"), "does not come after"),
        (("2024-04", "2024-04"), "does not come after"),
        ((("2024-03-31", "2024-03-01"), "2024-04"), "ends before it begins"),
        (("2024-03", "soon"), "'soon' is not a date"),
        (("2024-03", ("2024-04-01", None)), "'None' is not a date"),
        (("2024-03", ("2024-04-01",)), "its first and its last day"),
        (("2024-03",), "takes two periods"),
        ("2024-03", "takes two periods"),
    ],
)
def test_periods_that_cannot_be_compared_are_refused(given: Any, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        periods.read_pair(given)


def test_a_period_is_said_by_its_name_where_it_has_one() -> None:
    year = periods.Period(dt.date(2024, 1, 1), dt.date(2024, 12, 31))
    days = periods.Period(dt.date(2024, 4, 2), dt.date(2024, 4, 2))
    assert [spoken(one.in_words(), "en") for one in (year, days)] == ["2024", "2 April 2024"]
