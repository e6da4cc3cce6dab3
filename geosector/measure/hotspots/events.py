"""Incidents that count: those of the four kinds, each once, on the days that are known of them.

Attacks, fires, traffic accidents and drownings are counted; nothing here takes persons or crimes.
A date known by its month only lies in a period that holds the whole month. Whatever cannot be
counted is listed, and costs no other row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import text
from geosector.measure.coded import require_whole
from geosector.measure.months import Span, spans_of
from geosector.tables import Problem

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Days: TypeAlias = NDArray[np.datetime64]
# A month "2024-04", a year "2024", or the first and the last day.
Period: TypeAlias = "str | Span | tuple[dt.date | str, dt.date | str]"

KINDS = ("attack", "fire", "traffic", "drowning")
_OTHER = "other"
_MONTH, _YEAR = r"\d{4}-\d{2}", r"\d{4}"


class Events(NamedTuple):
    """Incidents that count: positions of their rows, the days on which they may have been.

    ``rows``: shape (n,), in the order of the input. ``first``, ``last``: days, NaT where no date is
    known. ``problems``: a list.
    """

    rows: Ints
    first: Days
    last: Days
    problems: list[Problem]


def require_kinds(kinds: str | Iterable[str]) -> tuple[str, ...]:
    """Take one or several of the four kinds of incident; refuse everything else.

    Parameters
    ----------
    kinds : str or iterable of str

    Returns
    -------
    tuple of str

    Raises
    ------
    InputError
        For any other kind, ``other`` too, and for none.

    Examples
    --------
    >>> require_kinds("fire"), require_kinds(["attack", "fire"])
    (('fire',), ('attack', 'fire'))
    >>> require_kinds("arrest")
    Traceback (most recent call last):
    geosector.errors.InputError: The kind of incident is 'arrest'; give attack, fire, traffic or
    drowning: nothing here takes persons or crimes.
    """
    several: object = (kinds,) if isinstance(kinds, str) else kinds
    given = tuple(dict.fromkeys(several)) if isinstance(several, Iterable) else (str(several),)
    wrong = [kind for kind in given if kind not in KINDS] or ([] if given else [""])
    if wrong:
        raise InputError(
            text(
                "The kind of incident is '{given}'; give attack, fire, traffic or drowning: "
                "nothing here takes persons or crimes.",
                given=wrong[0],
            )
        )
    return given


def read_period(period: Period) -> Span:
    """Read a month, a year, or a first and a last day.

    Examples
    --------
    >>> str(read_period("2024-02").last), days_in(read_period(("2024-02-01", "2024-02-10")))
    ('2024-02-29', 10)
    >>> read_period(("2024-02-01", "2024-01-01"))
    Traceback (most recent call last):
    geosector.errors.InputError: The period 2024-02-01 to 2024-01-01 ends before it begins.
    """
    if isinstance(period, str):
        return spans_of(period).current
    given: object = period
    ends = [_day(end) for end in given] if isinstance(given, tuple | list) else []
    if len(ends) != 2:  # noqa: PLR2004 - the first and the last day
        raise InputError(
            text(
                "A period is a month, or its first and its last day; {given} is neither.",
                given=str(period),
            )
        )
    span = Span(*ends)
    if span.last < span.first:
        raise InputError(
            text("The period {first} to {last} ends before it begins.", **span._asdict())
        )
    return span


def days_in(span: Span) -> int:
    """Give the length of a period in days.

    Examples
    --------
    >>> days_in(read_period("2024-04"))
    30
    """
    return (span.last - span.first).days + 1


def take_events(
    incidents: pd.DataFrame, kinds: str | Iterable[str], *, periods: Sequence[Span] = ()
) -> Events:
    """Take the incidents of some kinds; with periods, those that lie wholly in one of them.

    Parameters
    ----------
    incidents : pandas.DataFrame
        With ``kind``; ``id``, ``date`` and ``date_precision`` are heeded where they are there.
        ``date`` is needed where periods are given.
    kinds : str or iterable of str
        Of the four.
    periods : sequence of Span, optional
        None of them overlap. Default: every date, and incidents without one.

    Returns
    -------
    Events
        Listed are: an id that stands twice (it counts once), a kind that is none of ours, and with
        periods, dates that are missing or too rough to lie in one of them.

    Raises
    ------
    InputError
        For a kind that is not of the four.
    MissingColumnError
        Where ``kind`` is not there, or ``date`` where periods are given.

    Examples
    --------
    >>> seen = pd.DataFrame({"kind": ["fire", "attack", "fire"],
    ...                      "date": ["2024-04-30", "2024-04-02", "2024"]})
    >>> events = take_events(seen, "fire", periods=[read_period("2024-04")])
    >>> events.rows.tolist(), [(one.row, one.given) for one in events.problems]
    ([0], [(4, '2024')])
    >>> take_events(seen[:0], "fire").rows.tolist()
    []
    >>> take_events(seen, "other")
    Traceback (most recent call last):
    geosector.errors.InputError: The kind of incident is 'other'; give ...
    """
    wanted = require_kinds(kinds)
    require_whole(incidents, "kind", *(["date"] if periods else []))
    kind = incidents["kind"].astype("object")
    strange = ~(kind.isin([*KINDS, _OTHER]) | kind.isna())
    problems = [
        row_problem(row, "kind", str(kind.iloc[row]), ", ".join(KINDS), text("not counted"))
        for row in np.flatnonzero(strange.to_numpy(bool)).tolist()
    ]
    taken = kind.isin(wanted).to_numpy(bool, copy=True)
    taken[_again(incidents, taken, problems)] = False
    rows = np.flatnonzero(taken)
    first, last = possible_days(incidents.iloc[rows])
    if not periods:
        return Events(rows, first, last, problems)
    inside, rough = np.zeros((2, len(rows)), bool)
    for span in periods:
        begin, end = np.datetime64(span.first), np.datetime64(span.last)
        inside |= (first >= begin) & (last <= end)
        rough |= (first <= end) & (last >= begin)
    written = incidents["date"].iloc[rows]
    for at in np.flatnonzero(~inside & (rough | np.isnat(first))).tolist():
        given = text("nothing") if np.isnat(first[at]) else _written_date(written.iloc[at])
        expected = text("a date within the period")
        problems.append(row_problem(int(rows[at]), "date", given, expected, text("not counted")))
    return Events(rows[inside], first[inside], last[inside], problems)


def possible_days(incidents: pd.DataFrame) -> tuple[Days, Days]:
    """Give the first and the last day on which each incident may have been.

    Parameters
    ----------
    incidents : pandas.DataFrame
        ``date`` (dates, or text such as 2024-04-30, 2024-04, 2024), and ``date_precision``.

    Returns
    -------
    tuple of two arrays of datetime64[D], shape (n,)
        NaT where no date can be read, or there is no such column.

    Examples
    --------
    >>> seen = pd.DataFrame({"date": ["2024-04-02", "2024-02", None, "soon"]})
    >>> first, last = possible_days(seen)
    >>> first.astype(str).tolist(), last.astype(str).tolist()
    (['2024-04-02', '2024-02-01', 'NaT', 'NaT'], ['2024-04-02', '2024-02-29', 'NaT', 'NaT'])
    """
    if "date" not in incidents:
        nowhen = np.full(len(incidents), np.datetime64("NaT"), "datetime64[D]")
        return nowhen, nowhen.copy()
    column = incidents["date"]
    stated = incidents.get("date_precision", pd.Series("", incidents.index)).astype("object")
    month, year = (stated.isin([unit]).to_numpy(bool) for unit in ("month", "year"))
    if not pd.api.types.is_datetime64_any_dtype(column):
        written = column.map(lambda cell: "" if pd.isna(cell) else str(cell).strip())
        cells = written.astype("str")
        of_month, of_year = (cells.str.fullmatch(form).to_numpy(bool) for form in (_MONTH, _YEAR))
        month, year = month | of_month, year | of_year
        # The day where it happened is the one that was written, whatever the offset behind it.
        local = cells.str.slice(0, 10)
        local = local.where(~of_year, local + "-01-01").where(~of_month, local + "-01")
        column = pd.to_datetime(local, errors="coerce", format="%Y-%m-%d")
    first = column.dt.tz_localize(None).to_numpy().astype("datetime64[D]")
    last = first.copy()
    for rough, unit in ((month, "datetime64[M]"), (year & ~month, "datetime64[Y]")):
        start = first[rough].astype(unit)
        first[rough] = start.astype("datetime64[D]")
        last[rough] = (start + 1).astype("datetime64[D]") - 1
    return first, last


# --------------------------------------------------------------- one by one


def row_problem(place: int, column: str, given: str, expected: str, action: str) -> Problem:
    """List a cell of an incident by its position, as a person counts rows in the file."""
    return Problem("incidents", place + 2, column, given, expected, action)


def _day(given: object) -> dt.date:
    if isinstance(given, dt.datetime):  # a timestamp is one, and a date
        return given.date()
    if isinstance(given, dt.date):
        return given
    try:
        return dt.date.fromisoformat(str(given).strip())
    except ValueError:
        raise InputError(
            text("'{given}' is not a date; write it as 2024-04-30 or 2024-04.", given=str(given))
        ) from None


def _written_date(cell: object) -> str:
    return str(cell.date()) if isinstance(cell, dt.datetime) else str(cell)


def _again(incidents: pd.DataFrame, taken: Flags, problems: list[Problem]) -> Ints:
    """Find rows whose id an earlier one has, in an order that the table's does not change."""
    if "id" not in incidents:
        return np.zeros(0, np.int64)
    ids = incidents["id"].astype("object")
    twice = np.flatnonzero(taken & ids.notna() & ids.where(taken).duplicated(keep=False))
    content = {int(row): str(tuple(incidents.iloc[row])) for row in twice}
    seen: set[object] = set()
    again = []
    for row in sorted(content, key=lambda one: content[one]):
        if ids.iloc[row] in seen:
            again.append(row)
        seen.add(ids.iloc[row])
    expected = text("an id of its own")
    problems += [row_problem(row, "id", str(ids.iloc[row]), expected, text("counted once"))
                 for row in sorted(again)]  # fmt: skip
    return np.array(again, np.int64)
