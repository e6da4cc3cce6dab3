"""Which hours of the day a role is filled in a sector, and which posts are empty: no names.

A role that should be there and of which no row tells is empty, and has a row that says so.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import pandas as pd

from geosector.errors import InputError
from geosector.language import number, text
from geosector.measure.coded import UNSPECIFIED, require_whole
from geosector.measure.months import Span
from geosector.measure.stock.given import (
    in_order,
    is_missing,
    keys_of,
    originals,
    read_days,
    read_numbers,
    row_of,
    total,
)
from geosector.measure.stock.goods import good_of, spelling
from geosector.tables import Problem, problems_table

_Role: TypeAlias = tuple[str, str]  # sector and role, as they are compared
DAY_H = 24.0
FILLED, PARTLY, EMPTY = "filled", "partly", "empty"
COLUMNS = (
    "sector_id", "role", "date_from", "date_to", "days", "hours", "hours_needed", "share",
    "days_without", "posts", "filled", "empty", "state", "required", "reported",
)  # fmt: skip


class Posts(NamedTuple):
    """How far roles are filled, and the rows that do not count or contradict each other.

    ``table``: one row for each sector, role and period, ``sector_id, role, date_from, date_to,
    days, hours, hours_needed, share, days_without, posts, filled, empty, state, required,
    reported``.
    """

    table: pd.DataFrame
    problems: pd.DataFrame


class _Shift(NamedTuple):
    row: int | None
    day: dt.date
    hours: float
    posts: float
    filled: float


class _Duty(NamedTuple):
    """What a role should have: posts (NaN: nobody says) and hours a day."""

    posts: float
    hours: float
    required: bool


def count_posts(
    shifts: pd.DataFrame,
    roles: pd.DataFrame | None = None,
    *,
    periods: Span | Sequence[Span],
    sectors: pd.DataFrame | Sequence[Any] | None = None,
    hours_a_day: float = DAY_H,
    file: str = "shifts",
) -> Posts:
    """Tell which hours and posts of each role are filled in each sector.

    Parameters
    ----------
    shifts : pandas.DataFrame
        ``sector_id, date, hours``, and where they are there ``role, posts, filled``.
    roles : pandas.DataFrame, optional
        What must be there: ``role``, and where they are there ``sector_id`` (without one: in every
        sector), ``posts`` and ``hours_a_day``. Default: every role of the shifts in every sector.
    periods : Span or sequence of Span
        First and last day of each, as `spans_of` gives months.
    sectors : pandas.DataFrame or sequence, optional
        ``sector_id`` of every sector, or their ids. Default: those of the shifts and roles.
    hours_a_day : float
        How many hours of a day must be filled, where ``roles`` does not say it; at most 24.
    file : str, optional
        What the list of problems calls the shifts.

    Returns
    -------
    Posts
        ``hours`` are those that count: several rows of one day add up, up to the hours that are
        needed on it, so that no long day makes up for an empty one. ``days_without`` has no hour
        at all. ``posts`` is what ``roles`` says, else what the latest day of the period does;
        ``filled`` what the latest day does: of rows of one day the greatest number of posts and
        the smallest of filled ones. ``state`` is ``filled``, ``partly`` or ``empty``, by posts
        where they are known, else by hours. ``reported``: whether any row tells of it.

    Raises
    ------
    MissingColumnError
        Where a column is missing.
    InputError
        Where ``hours_a_day`` is not above 0 and at most 24, or a period ends before it begins.

    Notes
    -----
    hours = Σ over days of min(Σ hours of the day, needed hours of a day); hours_needed = needed
    hours of a day · days; share = hours / hours_needed; empty = max(posts − filled, 0).

    Examples
    --------
    Two days of 24 hours: 8 + 8 hours on the first, none on the second, so 16 of 48 and a third:

    >>> shifts = pd.DataFrame({"sector_id": 1, "role": "ambulance", "date": "2026-11-01",
    ...                        "hours": [8, 8], "posts": [3, 3], "filled": [2, 2]})
    >>> two_days = Span(dt.date(2026, 11, 1), dt.date(2026, 11, 2))
    >>> found = count_posts(shifts, periods=two_days, sectors=[1, 2]).table
    >>> columns = ["sector_id", "hours", "hours_needed", "days_without", "posts", "filled", "empty"]
    >>> found[columns]
       sector_id  hours  hours_needed  days_without  posts  filled  empty
    0          1   16.0          48.0             1      3       2      1
    1          2    0.0          48.0             2   <NA>       0   <NA>
    >>> found["share"].round(3).tolist(), found["state"].tolist(), found["reported"].tolist()
    ([0.333, 0.0], ['partly', 'empty'], [True, False])
    >>> count_posts(shifts[:0], periods=two_days).table.empty
    True
    >>> count_posts(shifts, periods=two_days, hours_a_day=30)
    Traceback (most recent call last):
    geosector.errors.InputError: 30 hours a day are asked for; expected more than 0 and at most 24.
    """
    require_whole(shifts, "sector_id", "date", "hours", name=file)
    _require_hours(hours_a_day)
    spans = _require_spans([periods] if isinstance(periods, Span) else periods)
    wanted = pd.DataFrame({"role": []}) if roles is None else roles
    require_whole(wanted, "role", name="roles")
    own = _words(wanted, "sector_id")
    if isinstance(sectors, pd.DataFrame):
        require_whole(sectors, "sector_id", name="sectors")
    given: Any = sectors["sector_id"] if isinstance(sectors, pd.DataFrame) else sectors
    listed = [*shifts["sector_id"], *own] if given is None else list(given)
    known = in_order(key for key in keys_of(listed) if key)
    names = originals(listed, shifts["sector_id"], own)
    told, problems = _shifts(shifts, known, file)
    duties, more = _duties(wanted, known, hours_a_day)
    problems += more
    if roles is None:
        seen = sorted({role for _, role in told})
        duties = {
            (key, role): _Duty(math.nan, hours_a_day, required=True)
            for key in known
            for role in seen
        }
    spelt = spelling([*_words(wanted, "role"), *_words(shifts, "role"), UNSPECIFIED], good_of)
    every = {*duties, *told}
    rows = []
    for sector in known:
        for role in sorted(one for key, one in every if key == sector):
            rest = _Duty(math.nan, hours_a_day, required=False)
            duty = duties.get((sector, role), rest)
            for span in spans:
                within = [
                    one
                    for one in told.get((sector, role), [])
                    if span.first <= one.day <= span.last
                ]
                figures, found = _period(within, duty, span, f"{spelt[role]}, {sector}", file)
                problems += found
                rows.append((names[sector], spelt[role], *figures))
    return Posts(_table(rows), problems_table(problems))


def _period(
    shifts: list[_Shift], duty: _Duty, span: Span, where: str, file: str
) -> tuple[tuple[Any, ...], list[Problem]]:
    """Reckon one role of one sector in one period, from ``date_from`` on."""
    days = (span.last - span.first).days + 1
    by_day: dict[dt.date, list[_Shift]] = defaultdict(list)
    for shift in shifts:
        by_day[shift.day].append(shift)
    problems = []
    counted = []
    for day in sorted(by_day):
        hours = total(one.hours for one in by_day[day])
        if hours > DAY_H:
            given, expected = f"{where}, {day}: {hours:g}", text("at most 24 hours a day")
            action = text("hours that count: {hours}", hours=number(duty.hours, decimals=1))
            problems.append(Problem(file, None, "hours", given, expected, action))
        counted.append(min(hours, duty.hours))
    posts, of_posts = _told(by_day, "posts", where, file)
    filled, of_filled = _told(by_day, "filled", where, file)
    problems += [*of_posts, *of_filled]
    if not math.isnan(duty.posts):
        if posts != duty.posts and not math.isnan(posts):
            expected = text("the posts that the role must have: {n}", n=number(duty.posts))
            action = text("what must be there counts")
            problems.append(Problem(file, None, "posts", f"{where}: {posts:g}", expected, action))
        posts = duty.posts
    if filled > posts:
        expected = text("at most as many as there are posts: {n}", n=number(posts))
        action = text("no post is counted as empty")
        problems.append(Problem(file, None, "filled", f"{where}: {filled:g}", expected, action))
    filled = 0.0 if not shifts else filled
    hours, needed = total(counted), duty.hours * days
    without = days - sum(1 for one in counted if one > 0)
    empty = math.nan if math.isnan(posts + filled) else max(posts - filled, 0.0)
    state = _state(posts, filled, hours / needed)
    return (span.first, span.last, days, hours, needed, hours / needed, without, posts, filled,
            empty, state, duty.required, bool(shifts)), problems  # fmt: skip


def _state(posts: float, filled: float, share: float) -> str:
    """Say whether a role is filled: by its posts where they are known, else by its hours."""
    known = not math.isnan(filled) and (filled == 0 or not math.isnan(posts))
    if posts == 0:
        return FILLED
    done = share if not known else filled / posts if posts > 0 else 0.0
    return EMPTY if done <= 0 else FILLED if done >= 1 else PARTLY


def _told(
    by_day: dict[dt.date, list[_Shift]], column: str, where: str, file: str
) -> tuple[float, list[Problem]]:
    """Give the number that the latest day tells; list numbers that contradict each other."""
    of_day = {
        day: [one for one in (getattr(shift, column) for shift in shifts) if not math.isnan(one)]
        for day, shifts in by_day.items()
    }
    of_day = {day: values for day, values in of_day.items() if values}
    if not of_day:
        return math.nan, []
    last = of_day[max(of_day)]
    if column == "posts":
        best = max(last)
        apart = {value for values in of_day.values() for value in values}
        action = text("{n} counts: the greatest of the latest day", n=number(best))
    else:  # posts are filled and left from day to day; two numbers of one day contradict
        best = min(last)
        apart = set(last)
        action = text("{n} counts: the smallest of the latest day", n=number(best))
    if len(apart) == 1:
        return best, []
    given = f"{where}: {'; '.join(f'{value:g}' for value in sorted(apart))}"
    return best, [Problem(file, None, column, given, text("one number"), action)]


# --------------------------------------------------------------- what is given


def _shifts(
    shifts: pd.DataFrame, known: Sequence[str], file: str
) -> tuple[dict[_Role, list[_Shift]], list[Problem]]:
    """Read shifts by sector and role; list the rows that cannot be used."""
    left_out, unknown = text("left out"), text("taken as not known")
    days = read_days(shifts, "date", file=file, action=left_out)
    hours = read_numbers(shifts, "hours", file=file, action=text("counted as nothing"))
    posts = read_numbers(shifts, "posts", file=file, action=unknown, whole=True)
    filled = read_numbers(shifts, "filled", file=file, action=unknown, whole=True)
    problems = [*days.problems, *hours.problems, *posts.problems, *filled.problems]
    roles = _words(shifts, "role") or [None] * len(shifts)
    found: dict[_Role, list[_Shift]] = defaultdict(list)
    for at, sector in enumerate(keys_of(shifts["sector_id"])):
        label, day, worked = row_of(shifts.index[at]), days.found[at], float(hours.found[at])
        if sector is None or sector not in known:
            given = text("nothing") if sector is None else sector
            expected = text("a sector of the plan")
            problems.append(Problem(file, label, "sector_id", given, expected, left_out))
            continue
        if day is None:
            if is_missing(shifts["date"].iloc[at]):
                expected = text("a row with {column}", column="date")
                problems.append(Problem(file, label, "date", text("nothing"), expected, left_out))
            continue
        if worked > DAY_H:
            expected = text("a number from {low} to {high}", low=number(0), high=number(DAY_H))
            action = text("counted as nothing")
            problems.append(Problem(file, label, "hours", f"{worked:g}", expected, action))
        if is_missing(shifts["hours"].iloc[at]):
            expected = text("a row with {column}", column="hours")
            action = text("counted as nothing")
            problems.append(Problem(file, label, "hours", text("nothing"), expected, action))
        counts = worked if worked <= DAY_H else 0.0
        role = good_of(roles[at]) or good_of(UNSPECIFIED)
        found[sector, role].append(
            _Shift(label, day, counts, float(posts.found[at]), float(filled.found[at]))
        )
    return found, problems


def _duties(
    roles: pd.DataFrame, known: Sequence[str], hours_a_day: float
) -> tuple[dict[_Role, _Duty], list[Problem]]:
    """Read what must be there; a row for one sector says more than one for all."""
    unknown = text("taken as not known")
    posts = read_numbers(roles, "posts", file="roles", action=unknown, whole=True)
    hours = read_numbers(roles, "hours_a_day", file="roles", action=unknown)
    problems = [*posts.problems, *hours.problems]
    own = keys_of(_words(roles, "sector_id") or [None] * len(roles))
    everywhere: dict[_Role, _Duty] = {}
    here: dict[_Role, _Duty] = {}
    for at, sector in enumerate(own):
        role, label = good_of(roles["role"].iloc[at]), row_of(roles.index[at])
        if not role or (sector is not None and sector not in known):
            column = "sector_id" if role else "role"
            given = str(sector) if role else text("nothing")
            expected = text("a row with {column}", column="role")
            expected = text("a sector of the plan") if role else expected
            problems.append(Problem("roles", label, column, given, expected, text("left out")))
            continue
        asked = hours_a_day if math.isnan(hours.found[at]) else float(hours.found[at])
        _require_hours(asked)
        duty = _Duty(float(posts.found[at]), asked, required=True)
        found = everywhere if sector is None else here
        for one in known if sector is None else [sector]:
            before = found.setdefault((one, role), duty)
            if not _is_same(before, duty):
                more = max(
                    (one for one in (before.posts, duty.posts) if not math.isnan(one)),
                    default=math.nan,
                )
                found[one, role] = _Duty(more, max(before.hours, duty.hours), required=True)
                expected, action = text("one row for each role"), text("the greatest counts")
                given = str(roles["role"].iloc[at])
                problems.append(Problem("roles", label, "role", given, expected, action))
    return {**everywhere, **here}, list(dict.fromkeys(problems))


def _is_same(one: _Duty, other: _Duty) -> bool:
    posts = one.posts == other.posts or (math.isnan(one.posts) and math.isnan(other.posts))
    return posts and one.hours == other.hours


def _require_hours(hours: float) -> None:
    if not 0 < hours <= DAY_H:
        raise InputError(
            text(
                "{hours} hours a day are asked for; expected more than 0 and at most 24.",
                hours=number(hours),
            )
        )


def _require_spans(spans: Sequence[Span]) -> Sequence[Span]:
    for span in spans:
        if span.last < span.first:
            raise InputError(
                text(
                    "A period runs from {first} to {last}; expected a last day that is not "
                    "before the first.",
                    first=span.first,
                    last=span.last,
                )
            )
    return spans


def _words(rows: pd.DataFrame, column: str) -> list[Any]:
    return rows[column].tolist() if column in rows.columns else []


def _table(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=COLUMNS)
    for column in ("date_from", "date_to"):
        table[column] = table[column].astype(object).astype("datetime64[s]")
    floats = dict.fromkeys(("hours", "hours_needed", "share", "posts", "filled", "empty"), float)
    flags = dict.fromkeys(("required", "reported"), bool)
    table = table.astype({**floats, **flags, "days": "int64", "days_without": "int64"})
    return table.astype(dict.fromkeys(("posts", "filled", "empty"), "Int64"))
