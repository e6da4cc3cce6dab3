"""Periods: days, weeks, months and years of incidents, and how much of a date is known.

A day is the day where it happened, as it was written: an offset from universal time is passed
over. A week begins on Monday (ISO 8601). Of a date known by its month or year only, the days on
which it may have been are kept; such an incident lies in a period that holds all of them.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import text
from geosector.maps import words
from geosector.maps.saying import Words, day, said

Days: TypeAlias = NDArray[np.datetime64]
Ints = NDArray[np.int64]
# A month "2024-04", a year "2024", or the first and the last day (or month, or year).
GivenPeriod: TypeAlias = "str | tuple[dt.date | str, dt.date | str]"

STEPS = ("day", "week", "month", "year")
MOST_CHOSEN = 31  # a month of days, seven of weeks, two and a half years of months
FIRST_DAY = np.datetime64("0001-01-01")  # of the calendar of Python's dates
MOST = 400  # what a reader may step through where the step is given


class Period(NamedTuple):
    """A run of days, the last one included."""

    first: dt.date
    last: dt.date

    @property
    def days(self) -> int:
        """Give its length."""
        return (self.last - self.first).days + 1

    def in_words(self) -> Words:
        """Say it: a day, a whole month or year by its name, else the first and the last day.

        Examples
        --------
        >>> from geosector.maps.saying import spoken
        >>> spoken(Period(dt.date(2024, 4, 1), dt.date(2024, 4, 30)).in_words(), "en")
        'April 2024'
        >>> spoken(Period(dt.date(2024, 4, 1), dt.date(2024, 4, 7)).in_words(), "en")
        '1 April 2024 – 7 April 2024'
        """
        first, last = np.datetime64(self.first), np.datetime64(self.last)
        for step in ("day", "month", "year"):
            number = units(np.array([first, last]), step)
            if number[0] == number[1] and unit_period(int(number[0]), step) == self:
                return day(self.first, step)
        return said("{first} – {last}", first=day(self.first), last=day(self.last))

    def holds(self, first: Days, last: Days) -> NDArray[np.bool_]:
        """Find what may have been on no other days than these; a missing date is nowhere."""
        inside = (first >= np.datetime64(self.first)) & (last <= np.datetime64(self.last))
        return np.asarray(inside)


def possible_days(table: pd.DataFrame) -> tuple[Days, Days]:
    """Give the first and the last day on which each incident may have been.

    Parameters
    ----------
    table : pandas.DataFrame
        Table `incidents`: ``date``, and ``date_precision`` where it is known.

    Returns
    -------
    tuple of two arrays of datetime64[D], shape (n,)
        NaT where no date is stated. Text such as "2024-04" or "2024" is a month or a year
        whatever the precision says.

    Examples
    --------
    >>> first, last = possible_days(pd.DataFrame({"date": ["2024-04-02", "2024-04", None]}))
    >>> first.astype(str).tolist(), last.astype(str).tolist()
    (['2024-04-02', '2024-04-01', 'NaT'], ['2024-04-02', '2024-04-30', 'NaT'])
    """
    column = table["date"]
    if pd.api.types.is_datetime64_any_dtype(column):
        first = column.dt.tz_localize(None).to_numpy().astype("datetime64[D]")
        last = first.copy()
    else:
        codes, cells = pd.factorize(column)  # a missing cell has the code -1: the last one
        ends = _written_days(words.labels(pd.Series([*cells, ""], dtype="object")))
        first, last = (end[codes] for end in ends)
    if "date_precision" in table:
        stated = words.labels(table["date_precision"]).to_numpy()
        for precision, unit in (("month", "datetime64[M]"), ("year", "datetime64[Y]")):
            _widen(first, last, stated == precision, unit)
    return first, last


# What names no day: 2024-04, 4/2024, April 2024, 2024. A reader would put the first of the month.
_MONTH = r"\d{4}[-/. ]\d{1,2}|\d{1,2}[-/. ]\d{4}|[^\W\d]+[-/., ]+\d{4}|\d{4}[-/., ]+[^\W\d]+"
_YEAR = r"\d{4}"


def _written_days(cells: pd.Series) -> tuple[Days, Days]:
    """Read dates written in any of the ways that pandas reads."""
    written = cells.str.strip()
    local = written.str.replace(r"(?<=:\d\d)(\.\d+)?\s*(Z|[+-]\d\d:?\d\d)$", "", regex=True)
    read = pd.to_datetime(local, errors="coerce", format="mixed")
    first = read.to_numpy().astype("datetime64[D]")
    last = first.copy()
    for form, unit in ((_MONTH, "datetime64[M]"), (_YEAR, "datetime64[Y]")):
        _widen(first, last, written.str.fullmatch(form).to_numpy(bool), unit)
    return first, last


def _widen(first: Days, last: Days, rough: NDArray[np.bool_], unit: str) -> None:
    """Let rough dates begin and end with their month or year."""
    start = first[rough].astype(unit)
    first[rough] = start.astype("datetime64[D]")
    last[rough] = (last[rough].astype(unit) + 1).astype("datetime64[D]") - 1


# 1 January 1970, the day 0, was a Thursday.
_MONDAY = 3


def units(days: Days, step: str) -> Ints:
    """Give the number of the day, week, month or year of each day; none of use for NaT."""
    if step == "week":
        return (days.astype("datetime64[D]").astype(np.int64) + _MONDAY) // 7
    return days.astype(f"datetime64[{step[0].upper()}]").astype(np.int64)


def unit_period(number: int, step: str) -> Period:
    """Give the period of a number from `units`.

    Examples
    --------
    >>> unit_period(int(units(np.array(["2024-04-03"], "M8[D]"), "week")[0]), "week")
    Period(first=datetime.date(2024, 4, 1), last=datetime.date(2024, 4, 7))
    """
    numbers = np.array([number, number + 1])
    if step == "week":
        starts = (7 * numbers - _MONDAY).astype("datetime64[D]")
    else:
        starts = numbers.astype(f"datetime64[{step[0].upper()}]").astype("datetime64[D]")
    return Period(starts[0].astype(object), (starts[1] - 1).astype(object))


def choose_step(first: Days, last: Days) -> str:
    """Choose the finest step of which at most 31 hold every dated incident.

    So days up to a month, weeks up to seven months, months up to two and a half years, else years.
    A step in which no incident lies, since their dates are not known so well, is passed over.

    Parameters
    ----------
    first, last : array of datetime64[D], shape (n,)
        From `possible_days`.

    Examples
    --------
    >>> days = np.array(["2024-04-01", "2024-06-01", "NaT"], "M8[D]")
    >>> choose_step(days, days), choose_step(days[:0], days[:0])
    ('week', 'year')
    """
    for step in STEPS:
        number = within(first, last, step)
        if len(number[number >= 0]) and np.ptp(number[number >= 0]) < MOST_CHOSEN:
            return step
    return STEPS[-1]


def within(first: Days, last: Days, step: str) -> Ints:
    """Give the number of the unit in which each incident certainly lies; −1 where there is none.

    Numbers count from the year 1, so that none is negative.

    Examples
    --------
    >>> first, last = possible_days(pd.DataFrame({"date": ["2024-04", "2024-05-03", None]}))
    >>> [number - 24279 for number in within(first, last, "month").tolist()]
    [0, 1, -24280]
    >>> within(first, last, "day").tolist()[0]
    -1
    """
    first, last, row = distinct(first, last)
    origin = units(np.array(["0001-01-01"], "M8[D]"), step)[0]
    start, end = units(first, step), units(last, step)
    known = ~(np.isnat(first) | np.isnat(last)) & (start == end)
    return np.asarray(np.where(known, start - origin, -1)[row])


def distinct(first: Days, last: Days) -> tuple[Days, Days, Ints]:
    """Give each pair of days once, and which of them each row has: there are few, and many rows.

    Examples
    --------
    >>> days = np.array(["2024-04-01", "NaT", "2024-04-01"], "M8[D]")
    >>> once, _, row = distinct(days, days)
    >>> once.astype(str).tolist(), row.tolist()
    (['2024-04-01', 'NaT'], [0, 1, 0])
    """
    row, found = pd.factorize(first.view(np.int64))
    once = found.view("datetime64[D]")
    if (found[row] == last.view(np.int64)).all():
        return once, once, row
    ends, found = pd.factorize(last.view(np.int64))
    row, pairs = pd.factorize(row * len(found) + ends)
    return once[pairs // len(found)], found.view("datetime64[D]")[pairs % len(found)], row


def checked_step(step: str | None) -> str | None:
    """Give a step, or None for the usual one; refuse what is none.

    Examples
    --------
    >>> checked_step("week"), checked_step(None)
    ('week', None)
    >>> checked_step("hour")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The step is 'hour'; give one of day, week, month, year.
    """
    if step is not None and step not in STEPS:
        raise InputError(
            text("The step is '{given}'; give one of {known}.", given=step, known=", ".join(STEPS))
        )
    return step


def run(number: Ints, step: str) -> list[Period]:
    """List the periods from the first to the last in which an incident lies, empty ones too.

    Parameters
    ----------
    number : array of int64, shape (n,)
        From `within`.
    step : {"day", "week", "month", "year"}

    Returns
    -------
    list of Period

    Raises
    ------
    InputError
        Where there are more than 400.

    Examples
    --------
    >>> first, last = possible_days(pd.DataFrame({"date": ["2024-04-02", "2024-06"]}))
    >>> [period.first.month for period in run(within(first, last, "month"), "month")]
    [4, 5, 6]
    >>> run(np.array([-1]), "day")
    []
    >>> run(np.array([730000, 740000]), "day")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The step 'day' makes 10001 periods of these dates; ...
    """
    known = number[number >= 0]
    if not len(known):
        return []
    low, high = int(known.min()), int(known.max())
    if high - low >= MOST:
        raise InputError(
            text(
                "The step '{step}' makes {n} periods of these dates; a map takes up to {most}. "
                "Give a longer step, or fewer incidents.",
                n=high - low + 1,
                step=step,
                most=MOST,
            )
        )
    origin = int(units(np.array(["0001-01-01"], "M8[D]"), step)[0])
    return [unit_period(at + origin, step) for at in range(low, high + 1)]


def read_pair(given: tuple[GivenPeriod, GivenPeriod]) -> tuple[Period, Period]:
    """Read two periods to be compared, the earlier one first.

    Parameters
    ----------
    given : two periods
        Each a month ("2024-04"), a year ("2024"), a day, or its first and its last day.

    Returns
    -------
    tuple of Period

    Raises
    ------
    InputError
        Where one cannot be read or ends before it begins, or they overlap, or the second lies
        before the first.

    Examples
    --------
    >>> [period.days for period in read_pair(("2024-03", ("2024-04-01", "2024-04-15")))]
    [31, 15]
    >>> read_pair(("2024-04", "2024-03"))
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The period 2024-03-01 to 2024-03-31 does not come after ...
    """
    periods: object = given
    if not isinstance(periods, tuple | list) or len(periods) != 2:  # noqa: PLR2004 - two periods
        raise InputError(
            text(
                "To compare takes two periods, and {given} was given; give for example "
                "2024-03 and 2024-04.",
                given=str(given),
            )
        )
    one, other = (_read_period(period) for period in periods)
    if other.first <= one.last:
        raise InputError(
            text(
                "The period {second} does not come after {first}. Give two periods without a "
                "common day, the earlier one first.",
                first=_written(one),
                second=_written(other),
            )
        )
    return one, other


def _written(period: Period) -> str:
    return text("{first} to {last}", first=period.first, last=period.last)


def _read_period(given: GivenPeriod) -> Period:
    ends = (given, given) if isinstance(given, str | dt.date) else tuple(given)
    if len(ends) != 2:  # noqa: PLR2004 - the first and the last day
        raise InputError(
            text(
                "A period is a month, or its first and its last day; {given} is neither.",
                given=str(given),
            )
        )
    first, last = possible_days(pd.DataFrame({"date": pd.Series(ends, dtype="object")}))
    unread = [np.isnat(end) or end < FIRST_DAY for end in (first[0], last[1])]
    if any(unread):
        wrong = ends[0] if unread[0] else ends[1]
        raise InputError(
            text("'{given}' is not a date; write it as 2024-04-30 or 2024-04.", given=wrong)
        )
    period = Period(first[0].astype(object), last[1].astype(object))
    if period.days < 1:
        raise InputError(
            text(
                "The period {first} to {last} ends before it begins.",
                first=period.first,
                last=period.last,
            )
        )
    return period
