"""Where incidents become more or fewer: two periods set side by side, or a series of months.

A month of which nothing is known is missing, not 0: `missing` names such months, for all areas or
for some. Incidents of a month that is said to be missing are not counted, and listed; so is a month
in which the table has no incident of any kind, which counts as 0 where it is not called missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import number, text
from geosector.measure.coded import require_whole
from geosector.measure.hotspots.chance import (
    FEWEST_MONTHS,
    LEVEL,
    compare_rates,
    false_discovery,
    mann_kendall,
    require_level,
)
from geosector.measure.hotspots.events import (
    Period,
    days_in,
    possible_days,
    read_period,
    row_problem,
    take_events,
)
from geosector.measure.hotspots.whereabouts import NONE, find_areas, key_column
from geosector.measure.months import Span, months_in
from geosector.tables import Problem, problems_table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
# Months such as "2024-02" of which nothing is known; or a table of areas and months.
Missing: TypeAlias = "Sequence[str] | pd.DataFrame"

MONTH_DAYS = 30  # slopes of two periods are per so many days


class Trends(NamedTuple):
    """Areas with their trends, and the incidents and areas that are in none of them."""

    table: pd.DataFrame
    problems: pd.DataFrame


def compare_periods(
    incidents: pd.DataFrame,
    areas: pd.DataFrame,
    kinds: str | Iterable[str],
    *,
    before: Period,
    after: Period,
    area: str = "sector_id",
    missing: Missing = (),
    level: float = LEVEL,
) -> Trends:
    """Tell in which areas there were more, or fewer, incidents a day in the later of two periods.

    Parameters
    ----------
    incidents, areas, area
        As in `find_areas`.
    kinds : str or iterable of str
        One or several of ``attack``, ``fire``, ``traffic``, ``drowning``.
    before, after : str or two dates
        Each a month (``2024-04``), a year, or the first and the last day. They may differ in
        length.
    missing : sequence of str, or pandas.DataFrame, optional
        Months of which nothing is known, in all areas; or a table of ``area`` and ``month``.
    level : float
        Of the areas flagged, the share that may be chance.

    Returns
    -------
    Trends
        ``table``: the areas in their order, on their index, with ``area_id``, ``before``,
        ``after`` (incidents), ``before_days``, ``after_days`` (without missing months), ``slope``
        (incidents more in 30 days), ``p``, ``q``, ``trend`` (``rising``, ``falling``, ``none``).
        Where a period has no known day in an area, its count, slope and p are missing.

    Raises
    ------
    InputError
        For another kind, a period or month that is none, periods that overlap or are in the wrong
        order, keys that are missing or stand twice.
    MissingColumnError
        Where ``kind``, ``date`` or the keys of the areas are not there.

    Notes
    -----
    `compare_rates` has the test, `false_discovery` the meaning of q.

    Examples
    --------
    One fire in January, nine in February of 2023: 30 · 9/28 − 30 · 1/31 = 8.67 more in 30 days.

    >>> days = ["2023-01-05", *["2023-02-03"] * 9]
    >>> seen = pd.DataFrame({"kind": "fire", "date": days, "sector_id": 1})
    >>> town = pd.DataFrame({"sector_id": [1, 2]})
    >>> found = compare_periods(seen, town, "fire", before="2023-01", after="2023-02").table
    >>> found[["before", "after", "slope", "p", "trend"]].round(3).values.tolist()
    [[1, 9, 8.675, 0.009, 'rising'], [0, 0, 0.0, 1.0, 'none']]
    >>> compare_periods(seen[:0], town[:0], "fire", before="2023-01", after="2023-02").table.empty
    True
    >>> compare_periods(seen, town, "fire", before="2023-02", after="2023-01")
    Traceback (most recent call last):
    geosector.errors.InputError: The period 2023-01-01 to 2023-01-31 does not come after 2023-02-01
    to 2023-02-28. Give two periods without a common day, the earlier one first.
    """
    require_level(level)
    spans = _pair(before, after)
    unknown, strange = _missing_months(missing, areas, area)
    counts, problems = _counts(incidents, areas, kinds, area=area, spans=spans, unknown=unknown)
    problems += strange
    days = np.column_stack([_known_days(span, unknown, len(areas)) for span in spans])
    known = (days > 0).all(axis=1)
    shown = np.where(days > 0, counts, np.nan)
    slope = np.full(len(areas), np.nan)
    slope[known] = np.diff(MONTH_DAYS * counts[known] / days[known], axis=1).ravel()
    p = compare_rates(shown[:, 0], shown[:, 1], days[:, 0], days[:, 1])
    keys = areas[key_column(areas, area)]
    problems += _untested(keys[~known], text("a known day in both periods"))
    columns = {
        "before": pd.array(shown[:, 0], "Int64"),
        "after": pd.array(shown[:, 1], "Int64"),
        "before_days": days[:, 0],
        "after_days": days[:, 1],
    }
    table = areas.assign(area_id=keys.to_numpy(), **columns)
    return Trends(_judged(table, slope, p, slope, level), problems_table(problems))


def follow_months(
    incidents: pd.DataFrame,
    areas: pd.DataFrame,
    kinds: str | Iterable[str],
    *,
    period: Period,
    area: str = "sector_id",
    missing: Missing = (),
    level: float = LEVEL,
) -> Trends:
    """Tell in which areas incidents rise or fall from month to month.

    Parameters
    ----------
    incidents, areas, kinds, area, missing, level
        As in `compare_periods`.
    period : str or two dates
        Whole months: a year, or the first day of the first and the last day of the last one.

    Returns
    -------
    Trends
        ``table``: the areas in their order, on their index, with ``area_id``, a column for each
        month (``2024-01`` …; missing where nothing is known), ``slope`` (incidents more in each
        month), ``p``, ``q``, ``trend``. With fewer than 8 known months an area is not tested, and
        listed.

    Raises
    ------
    InputError
        As in `compare_periods`; for a period that is not made of whole months, too.
    MissingColumnError
        Where ``kind``, ``date`` or the keys of the areas are not there.

    Notes
    -----
    `mann_kendall` has the test. Months are not set against their lengths: 28 days against 31 are
    too little to tell, and would break ties.

    Examples
    --------
    One attack more in each month of 2024: 12 rising months are one order of 12!.

    >>> days = [f"2024-{month:02d}-01" for month in range(1, 13) for _ in range(month)]
    >>> seen = pd.DataFrame({"kind": "attack", "date": days, "sector_id": 1})
    >>> found = follow_months(seen, pd.DataFrame({"sector_id": [1]}), "attack", period="2024")
    >>> found.table[["2024-01", "2024-12", "slope", "trend"]].values.tolist()
    [[1, 12, 1.0, 'rising']]
    >>> nowhere = pd.DataFrame({"sector_id": []})
    >>> follow_months(seen, nowhere, "attack", period="2024").table.empty
    True
    >>> half = ("2024-01-01", "2024-06-15")
    >>> follow_months(seen, pd.DataFrame({"sector_id": [1]}), "attack", period=half)
    Traceback (most recent call last):
    geosector.errors.InputError: The period 2024-01-01 to 2024-06-15 is not made of whole months.
    """
    require_level(level)
    months = _whole_months(read_period(period))
    unknown, strange = _missing_months(missing, areas, area)
    counts, problems = _counts(incidents, areas, kinds, area=area, spans=months, unknown=unknown)
    problems += strange
    days = np.column_stack([_known_days(month, unknown, len(areas)) for month in months])
    shown = np.where(days > 0, counts, np.nan)
    tests = [mann_kendall(series) for series in shown]
    s, slope, p = (np.array([test[at] for test in tests], float) for at in range(3))
    keys = areas[key_column(areas, area)]
    few = (days > 0).sum(axis=1) < FEWEST_MONTHS
    problems += _untested(keys[few], text("{n} known months", n=number(FEWEST_MONTHS)))
    columns = {
        f"{month.first:%Y-%m}": pd.array(one, "Int64")
        for month, one in zip(months, shown.T, strict=True)
    }
    table = areas.assign(area_id=keys.to_numpy(), **columns)
    return Trends(_judged(table, slope, p, s, level), problems_table(problems))


# --------------------------------------------------------------- periods


def _pair(before: Period, after: Period) -> list[Span]:
    spans = [read_period(before), read_period(after)]
    if spans[1].first <= spans[0].last:
        first, second = (
            text("{first} to {last}", first=span.first, last=span.last) for span in spans
        )
        raise InputError(
            text(
                "The period {second} does not come after {first}. Give two periods without a "
                "common day, the earlier one first.",
                second=second,
                first=first,
            )
        )
    return spans


def _whole_months(span: Span) -> list[Span]:
    months = months_in(span)
    if not months or months[0].first != span.first or months[-1].last != span.last:
        raise InputError(
            text(
                "The period {first} to {last} is not made of whole months.",
                first=span.first,
                last=span.last,
            )
        )
    return months


def _missing_months(
    missing: Missing, areas: pd.DataFrame, area: str
) -> tuple[list[tuple[Span, Flags]], list[Problem]]:
    """Give each missing month, and of which areas nothing is known then; list what is no area."""
    keys = areas[key_column(areas, area)].astype("object").map(_as_written)
    if not isinstance(missing, pd.DataFrame):
        everywhere = np.ones(len(areas), bool)
        return [(_month(given), everywhere) for given in dict.fromkeys(missing)], []
    require_whole(missing, area, "month", name="missing")
    # A table from a file has 1 as text where the areas have it as a number.
    named = pd.Series([_as_written(key) for key in missing[area].tolist()], dtype="object")
    months = [str(given) for given in missing["month"].tolist()]
    found = [
        (_month(month), keys.isin(named[[one == month for one in months]]).to_numpy(bool))
        for month in sorted(set(months))
    ]
    strange = [
        Problem("missing", None, area, key, text("one of the areas"), text("left out"))
        for key in named[~named.isin(keys)]
    ]
    return found, strange


def _as_written(key: object) -> str:
    return str(int(key)) if isinstance(key, float) and key.is_integer() else str(key)


def _month(given: object) -> Span:
    span = read_period(str(given))
    if span.first.day != 1 or not 28 <= days_in(span) <= 31:  # noqa: PLR2004 - a day, or a year
        raise InputError(
            text("The missing month is '{given}'; write it as 2024-04.", given=str(given))
        )
    return span


def _known_days(span: Span, unknown: list[tuple[Span, Flags]], areas: int) -> Ints:
    """Give how many days of a period are known in each area."""
    days = np.full(areas, days_in(span))
    for month, where in unknown:
        first, last = max(span.first, month.first), min(span.last, month.last)
        if first <= last:
            days[where] -= days_in(Span(first, last))
    return days


# --------------------------------------------------------------- counts


def _counts(
    incidents: pd.DataFrame,
    areas: pd.DataFrame,
    kinds: str | Iterable[str],
    *,
    area: str,
    spans: Sequence[Span],
    unknown: list[tuple[Span, Flags]],
) -> tuple[Floats, list[Problem]]:
    """Count the incidents of each area in each period, shape (areas, periods)."""
    events = take_events(incidents, kinds, periods=spans)
    at, problems = find_areas(incidents, events.rows, areas, area=area)
    problems = [*events.problems, *problems, *_silent_months(incidents, spans, unknown)]
    counted = at != NONE
    for month, where in unknown:
        begin, end = np.datetime64(month.first), np.datetime64(month.last)
        inside = counted & (events.last >= begin) & (events.first <= end)
        inside[inside] = where[at[inside]]
        problems += [
            row_problem(int(row), "date", f"{month.first:%Y-%m}",
                        text("a month that is not called missing"), text("not counted"))
            for row in events.rows[inside]
        ]  # fmt: skip
        counted &= ~inside
    counts = np.zeros((len(areas), len(spans)))
    for place, span in enumerate(spans):
        inside = counted & (events.first >= np.datetime64(span.first))
        inside &= events.last <= np.datetime64(span.last)
        counts[:, place] = np.bincount(at[inside], minlength=len(areas))
    return counts, problems


def _silent_months(
    incidents: pd.DataFrame, spans: Sequence[Span], unknown: list[tuple[Span, Flags]]
) -> list[Problem]:
    """List months in which the whole table has nothing of any kind, so that somebody asks why."""
    first, last = possible_days(incidents)
    called = {month for month, where in unknown if where.all()}
    asked = (months_in(Span(span.first.replace(day=1), span.last)) for span in spans)
    problems = []
    for month in dict.fromkeys(month for months in asked for month in months):
        begin, end = np.datetime64(month.first), np.datetime64(month.last)
        if month in called or ((first <= end) & (last >= begin)).any():
            continue
        problems.append(
            Problem("incidents", None, "date", f"{month.first:%Y-%m}",
                    text("incidents of any kind, or the month called missing"),
                    text("counted as 0"))
        )  # fmt: skip
    return problems


def _untested(keys: pd.Series, expected: str) -> list[Problem]:
    return [Problem("areas", None, "date", str(key), expected, text("not tested")) for key in keys]


def _judged(
    table: pd.DataFrame, slope: Floats, p: Floats, direction: Floats, level: float
) -> pd.DataFrame:
    q = false_discovery(p)
    flagged = np.nan_to_num(q, nan=1.0) <= level
    trend = np.select(
        [flagged & (direction > 0), flagged & (direction < 0)], ["rising", "falling"], "none"
    )
    return table.assign(slope=slope, p=p, q=q, trend=pd.array(trend, dtype="string"))
