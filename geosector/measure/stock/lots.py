"""What lies where and until when: the rows of the table stock, judged on a day.

``expires`` is the last day on which something may be used: on that day it may be, on the next it
is expired. What says nothing of it is kept, and flagged as unknown. The day is the planner's; no
clock is read.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from geosector.errors import InputError
from geosector.language import number, text
from geosector.measure.coded import require_whole
from geosector.measure.stock.given import (
    day_of,
    is_missing,
    key_of,
    keys_of,
    read_days,
    read_numbers,
    row_of,
)
from geosector.measure.stock.goods import good_of, unit_of
from geosector.tables import Problem, problems_table

SOON_DAYS = 30
EXPIRED, SOON, LATER, UNKNOWN = "expired", "soon", "later", "unknown"


class Lot(NamedTuple):
    """A row of stock that can be used for a plan.

    ``row`` is its position in the table. Words are those that goods are compared by; ``facility``
    and ``sector`` are keys, or None. A ``target`` that is not stated is NaN.
    """

    row: int
    facility: str | None
    sector: str | None
    item: str
    unit: str
    quantity: float
    target: float
    expires: dt.date | None
    state: str


class Lots(NamedTuple):
    """Rows of stock, and the rows that do not count or were changed."""

    lots: list[Lot]
    problems: list[Problem]


class Judged(NamedTuple):
    """Stock with how long it lasts, and the cells that are no dates."""

    table: pd.DataFrame
    problems: pd.DataFrame


def judge_stock(
    stock: pd.DataFrame,
    *,
    day: dt.date | str,
    soon_days: int = SOON_DAYS,
    file: str = "stock",
) -> Judged:
    """Tell of every row whether it is expired on a day.

    Parameters
    ----------
    stock : pandas.DataFrame
        ``expires`` (dates, or text such as 2026-11-27), which may be missing.
    day : datetime.date or str
        Of the plan.
    soon_days : int
        What expires within so many days, the last of them counted, expires soon.
    file : str, optional
        What the list of problems calls the table.

    Returns
    -------
    Judged
        The same rows on the same index with ``days_left`` (below 0 where it is expired, missing
        where nobody knows) and ``expiry``: ``expired``, ``soon``, ``later`` or ``unknown``.

    Raises
    ------
    InputError
        Where ``day`` is no date, or ``soon_days`` is below 0.

    Notes
    -----
    days_left = expires − day; expired where it is below 0, soon where it is at most soon_days.

    Examples
    --------
    >>> stock = pd.DataFrame({"item": "serum", "expires": ["2026-11-26", "2026-11-27",
    ...                       "2026-12-27", "2026-12-28", None]})
    >>> judged = judge_stock(stock, day="2026-11-27").table
    >>> judged["expiry"].tolist()
    ['expired', 'soon', 'soon', 'later', 'unknown']
    >>> judged["days_left"].tolist()
    [-1.0, 0.0, 30.0, 31.0, nan]
    >>> judge_stock(stock[:0], day="2026-11-27").table.empty
    True
    >>> judge_stock(stock, day="tomorrow")
    Traceback (most recent call last):
    geosector.errors.InputError: 'tomorrow' is no day; expected a date such as 2026-11-27.
    """
    require_whole(stock, name=file)
    today = plan_day(day)
    read = read_days(stock, "expires", file=file, action=text("taken as not known"))
    states = [state_of(expires, today, soon_days) for expires in read.found]
    left = [math.nan if end is None else float((end - today).days) for end in read.found]
    clashing = {"days_left", "expiry"} & set(stock.columns)
    table = pd.DataFrame(stock).rename(columns={name: f"{name}_input" for name in clashing})
    table = table.assign(days_left=left, expiry=pd.Series(states, stock.index, dtype="string"))
    return Judged(table, problems_table(read.problems))


def state_of(expires: dt.date | None, day: dt.date, soon_days: int = SOON_DAYS) -> str:
    """Tell how long something lasts, seen from a day.

    Examples
    --------
    >>> state_of(dt.date(2026, 11, 27), dt.date(2026, 11, 28)), state_of(None, dt.date(2026, 1, 1))
    ('expired', 'unknown')
    """
    if not soon_days >= 0:
        raise InputError(
            text(
                "What expires within {days} days is asked for; expected 0 or more.",
                days=number(soon_days),
            )
        )
    if expires is None:
        return UNKNOWN
    left = (expires - day).days
    return EXPIRED if left < 0 else SOON if left <= soon_days else LATER


def plan_day(day: dt.date | str) -> dt.date:
    """Give the day of a plan.

    Raises
    ------
    InputError
        Where it is none.

    Examples
    --------
    >>> str(plan_day("2026-11-27"))
    '2026-11-27'
    """
    found = day_of(day)
    if found is None:
        raise InputError(
            text("'{given}' is no day; expected a date such as 2026-11-27.", given=day)
        )
    return found


def find_lots(
    stock: pd.DataFrame,
    *,
    day: dt.date | str,
    soon_days: int = SOON_DAYS,
    facilities: pd.DataFrame | Mapping[Any, Any] | None = None,
    file: str = "stock",
) -> Lots:
    """Read the rows of stock, each with the sector where it lies.

    Parameters
    ----------
    stock : pandas.DataFrame
        ``item, quantity`` and ``sector_id`` or ``facility_id``; where they are there ``unit,
        target, expires, id``.
    day, soon_days
        As for `judge_stock`.
    facilities : pandas.DataFrame or mapping, optional
        ``id, sector_id`` as `geosector.assign` writes it, or the sector of each facility.
    file : str, optional
        What the list of problems calls the table.

    Returns
    -------
    Lots
        A row without an item is left out. One whose quantity is no number from 0 counts as nothing
        there. A row without a sector lies where its facility lies, as ``facilities`` or its other
        rows say. Where it names one sector and its facility lies in another, the facility counts.
        The same row twice under one id counts once; of two quantities of one lot under one id the
        smaller counts: too much on paper is what leaves a sector without. Each is listed.

    Raises
    ------
    MissingColumnError
        Where ``item`` or ``quantity`` is missing.
    InputError
        Where a facility is said to lie in two sectors.

    Examples
    --------
    >>> stock = pd.DataFrame({"facility_id": ["a", "a"], "item": ["serum", None], "quantity": 5})
    >>> found = find_lots(stock, day="2026-11-27", facilities={"a": 3})
    >>> [(one.facility, one.sector, one.item, one.quantity) for one in found.lots]
    [('a', '3', 'serum', 5.0)]
    >>> [(one.row, one.expected, one.action) for one in found.problems]
    [(1, 'a row with item', 'left out')]
    >>> find_lots(stock[:0], day="2026-11-27").lots
    []
    >>> find_lots(stock[["item"]], day="2026-11-27")
    Traceback (most recent call last):
    geosector.errors.MissingColumnError: The table stock lacks the column quantity; it has: item.
    """
    require_whole(stock, "item", "quantity", name=file)
    today = plan_day(day)
    homes = {**_homes_in(stock), **_sectors_of(facilities)}
    unknown = text("taken as not known")
    counts = read_numbers(stock, "quantity", file=file, action=text("counted as nothing"))
    targets = read_numbers(stock, "target", file=file, action=unknown)
    days = read_days(stock, "expires", file=file, action=unknown)
    problems = [*counts.problems, *targets.problems, *days.problems]
    places = {name: _column(stock, name) for name in ("facility_id", "sector_id", "unit", "id")}
    lots: list[Lot] = []
    for at, item in enumerate(stock["item"].tolist()):
        facility, own = key_of(places["facility_id"][at]), key_of(places["sector_id"][at])
        sector = homes.get(facility, own) if facility else own
        told = _Row(file, row_of(stock.index[at]))
        if not good_of(item):
            problems.append(told.lacks("item"))
            continue
        if is_missing(stock["quantity"].iloc[at]):
            problems.append(told.lacks("quantity", text("counted as nothing")))
        if own and sector != own:
            expected = text("the sector of its facility, {sector}", sector=sector)
            problems.append(told.wrong("sector_id", own, expected, text("the facility counts")))
        lots.append(
            Lot(
                at,
                facility,
                sector,
                good_of(item),
                unit_of(places["unit"][at]),
                0.0 if math.isnan(counts.found[at]) else float(counts.found[at]),
                float(targets.found[at]),
                days.found[at],
                state_of(days.found[at], today, soon_days),
            )
        )
    kept, more = _once(lots, keys_of(places["id"]), stock, file)
    return Lots(kept, [*problems, *more])


class _Row(NamedTuple):
    """A row to tell a problem of."""

    file: str
    row: int | None

    def lacks(self, column: str, action: str | None = None) -> Problem:
        expected = text("a row with {column}", column=column)
        return self.wrong(column, text("nothing"), expected, action or text("left out"))

    def wrong(self, column: str, given: str, expected: str, action: str) -> Problem:
        return Problem(self.file, self.row, column, given, expected, action)


def _column(stock: pd.DataFrame, name: str) -> list[Any]:
    return stock[name].tolist() if name in stock.columns else [None] * len(stock)


def _sectors_of(facilities: pd.DataFrame | Mapping[Any, Any] | None) -> dict[str, str | None]:
    """Give the sector of each facility; one that is in none is left to the row's own word."""
    if facilities is None:
        return {}
    if isinstance(facilities, pd.DataFrame):
        require_whole(facilities, "id", "sector_id", name="facilities")
        pairs = zip(facilities["id"].tolist(), facilities["sector_id"].tolist(), strict=True)
    else:
        pairs = zip(facilities.keys(), facilities.values(), strict=True)
    found: dict[str, str | None] = {}
    for facility, sector in pairs:
        key, home = key_of(facility), key_of(sector)
        if key is not None and home is not None and found.setdefault(key, home) != home:
            raise two_sectors(key, found[key], home)
    return found


def two_sectors(facility: object, one: object, other: object) -> InputError:
    """Say that a facility cannot lie in two sectors."""
    return InputError(
        text(
            "The facility {facility} lies in the sectors {one} and {other}; give each facility "
            "one sector.",
            facility=facility,
            one=text("nothing") if one is None else one,
            other=text("nothing") if other is None else other,
        )
    )


def _homes_in(stock: pd.DataFrame) -> dict[str, str | None]:
    """Give the sector of each facility whose rows name one and no other."""
    named: dict[str, set[str]] = defaultdict(set)
    pairs = zip(_column(stock, "facility_id"), _column(stock, "sector_id"), strict=True)
    for facility, sector in pairs:
        key, home = key_of(facility), key_of(sector)
        if key is not None and home is not None:
            named[key].add(home)
    return {key: homes.pop() for key, homes in named.items() if len(homes) == 1}


def _once(
    lots: list[Lot], ids: list[str | None], stock: pd.DataFrame, file: str
) -> tuple[list[Lot], list[Problem]]:
    """Count a lot once that stands there twice; list every row that is like another."""
    contents = list(zip(*(map(str, stock[column]) for column in stock.columns), strict=True))
    alike: dict[object, list[Lot]] = defaultdict(list)
    for lot in lots:
        alike[ids[lot.row] or contents[lot.row]].append(lot)
    kept, problems = [], []
    for same in alike.values():
        # The first of equals is whichever has least, so that no order of rows changes the sums.
        least: dict[object, Lot] = {}
        for lot in sorted(same, key=lambda one: (one.quantity, contents[one.row], one.row)):
            told = _Row(file, row_of(stock.index[lot.row]))
            own = ids[lot.row]
            first = least.setdefault(
                (lot.facility, lot.sector, lot.item, lot.unit, lot.expires), lot
            )
            if own is None:
                kept.append(lot)
                if lot is not same[0]:
                    expected = text("a row that is not there already")
                    problems.append(told.wrong("item", str(contents[lot.row][0]), expected,
                                               text("counted besides; give ids")))  # fmt: skip
            elif first is lot:
                kept.append(lot)
                if len(least) > 1:
                    problems.append(told.wrong("id", own, text("an id of its own"), text("kept")))
            else:
                action = text("left out; the smaller quantity counts")
                if lot.quantity == first.quantity:
                    action = text("left out")
                expected = text("a row that is not there already")
                problems.append(told.wrong("id", own, expected, action))
    return sorted(kept), problems
