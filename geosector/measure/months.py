"""The spans of time that a report compares: a month, the one before, the year before, to date."""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

import pandas as pd

from geosector.errors import InputError
from geosector.language import text
from geosector.measure.coded import require

_WRITTEN = re.compile(r"(?P<year>[12]\d{3})(?:-(?P<month>0[1-9]|1[0-2]))?")
# How far an incident's date may lie after its first possible day.
_WIDTHS = {"month": pd.offsets.MonthEnd(0), "year": pd.offsets.YearEnd(0)}


class Span(NamedTuple):
    """Days from ``first`` to ``last``, both counted."""

    first: dt.date
    last: dt.date


class Spans(NamedTuple):
    """The spans that a report on one month or one year sets side by side."""

    current: Span
    previous: Span
    year_before: Span
    to_date: Span


def spans_of(period: str) -> Spans:
    """Read a month (``2024-04``) or a year (``2024``) and give what it is compared with.

    Parameters
    ----------
    period : str
        Four digits of the year, and two of the month after a hyphen. In 0–9.

    Returns
    -------
    Spans
        For a month: it, the month before, the same month a year before, the year to its end. For
        a year: it, the year before (twice), it again.

    Raises
    ------
    InputError
        For anything else.

    Examples
    --------
    >>> spans = spans_of("2024-03")
    >>> str(spans.current.last), str(spans.previous.last), str(spans.year_before.first)
    ('2024-03-31', '2024-02-29', '2023-03-01')
    >>> str(spans_of("2024").to_date.last)
    '2024-12-31'
    >>> spans_of("2024-13")
    Traceback (most recent call last):
    geosector.errors.InputError: 2024-13 is no month; expected YYYY-MM as in 2024-04, or a year.
    """
    found = _WRITTEN.fullmatch(period.strip())
    if found is None:
        raise InputError(
            text("{given} is no month; expected YYYY-MM as in 2024-04, or a year.", given=period)
        )
    year = int(found["year"])
    if found["month"] is None:
        whole, before = _span(year, 1, 12), _span(year - 1, 1, 12)
        return Spans(whole, before, before, whole)
    month = int(found["month"])
    earlier = (year, month - 1) if month > 1 else (year - 1, 12)
    return Spans(
        _span(year, month, month),
        _span(earlier[0], earlier[1], earlier[1]),
        _span(year - 1, month, month),
        _span(year, 1, month),
    )


def within(incidents: pd.DataFrame, span: Span) -> pd.DataFrame:
    """Keep the incidents that lie wholly in a span, as precisely as their dates are known.

    An incident of which only the year is known belongs to that year and to none of its months.

    Parameters
    ----------
    incidents : pandas.DataFrame
        With ``date`` (datetime) and, where known, ``date_precision``.
    span : Span

    Returns
    -------
    pandas.DataFrame
        Rows of the input, in its order.

    Raises
    ------
    MissingColumnError
        Where ``date`` is not there.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {
    ...         "date": pd.to_datetime(["2024-04-30", "2024-04-01", "2024-01-01", None]),
    ...         "date_precision": ["day", "month", "year", None],
    ...     }
    ... )
    >>> list(within(rows, spans_of("2024-04").current).index)
    [0, 1]
    >>> list(within(rows, spans_of("2024").current).index)
    [0, 1, 2]
    """
    require(incidents, "date")
    first = pd.to_datetime(incidents["date"]).dt.normalize()
    precision = incidents.get("date_precision", pd.Series("day", incidents.index))
    last = first
    for coarse, width in _WIDTHS.items():
        last = last.where((precision != coarse).to_numpy(), first + width)
    inside = (first >= pd.Timestamp(span.first)) & (last <= pd.Timestamp(span.last))
    return incidents[inside.to_numpy()]


def months_in(span: Span) -> list[Span]:
    """Give the months of a span, in order.

    Examples
    --------
    >>> [str(month.first) for month in months_in(spans_of("2024-02").to_date)]
    ['2024-01-01', '2024-02-01']
    """
    starts = pd.date_range(span.first, span.last, freq="MS")
    return [_span(start.year, start.month, start.month) for start in starts]


def _span(year: int, first: int, last: int) -> Span:
    end = pd.Timestamp(year, last, 1) + pd.offsets.MonthEnd(0)
    return Span(dt.date(year, first, 1), end.date())
