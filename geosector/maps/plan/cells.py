"""The cells of a plan in words: one way of saying a number, for the map and for the report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from geosector.maps.plan.words import UNKNOWN, column_name, value_name
from geosector.maps.saying import Words, day, digits, number, said, share

SHARES = ("within_share", "share", "ratio", "coverage_after")
FLAGS = ("missing", "existing", "hot", "cut_off", "late", "avoided", "chosen")
DATES = ("last_date", "date_from", "date_to", "valid_to", "expires")
DECIMALS = {
    "gini": 3,
    "hoover": 3,
    "minutes": 1,
    "score": 2,
    "z": 2,
    "q": 3,
    "slope": 2,
    "per_km2": 2,
    "expected": 1,
}
# What names a row: a number in it is not counted with.
NAMING = (
    "sector_id", "area_id", "block_id", "facility_id", "id", "from_id", "to_id", "locality_id",
    "part", "order", "sector_ids",
)  # fmt: skip


def cell(table: str, column: str, row: Mapping[str, object]) -> Words:
    """Say a cell of a result of planning.

    Parameters
    ----------
    table, column : str
    row : mapping
        Of the same row, as ``oldest_report_days`` is unknown where ``known`` is not true, and what
        is missing may be withheld.

    Returns
    -------
    Words

    Examples
    --------
    >>> from geosector.maps.saying import spoken
    >>> way = {"minutes": 12.04, "oldest_report_days": 45.0, "known": False, "to": None}
    >>> [spoken(cell("routes", column, way), "en") for column in ("minutes", "to")]
    ['12.0', '—']
    >>> spoken(cell("routes", "oldest_report_days", way), "en")
    '45, unknown'
    """
    value = row.get(column)
    if column == "oldest_report_days":
        return _age(row)
    if is_missing(value):
        return said("withheld") if is_true(row.get("withheld")) else "—"
    if (table, column) == ("need_scores", "missing"):
        return " · ".join(str(value).split("|"))
    if (table, column) == ("candidates", "usable"):  # of stock, how much of it
        return _flag(value)
    say = next((say for columns, say in _SAID if column in columns), None)
    return say(value) if say else _plain(column, value)


def _plain(column: str, value: object) -> Words:
    if isinstance(value, str):
        return value_name(column, value)
    if isinstance(value, bool | np.bool_):
        return _flag(value)
    try:
        amount = float(str(value))
    except ValueError:
        return str(value)
    return number(amount, DECIMALS.get(column, 0))


def card_rows(table: str, columns: tuple[str, ...], row: Mapping[str, object]) -> list[list[Words]]:
    """Give label and value of some columns of a row, those that it has.

    Examples
    --------
    >>> from geosector.maps.saying import told
    >>> told(card_rows("sites", ("people", "capacity"), {"people": 1200.0}), "en")
    [['People', '1,200']]
    """
    named = [column for column in columns if column in row]
    return [[column_name(table, column), cell(table, column, row)] for column in named]


def is_true(value: object) -> bool:
    """Say whether a flag is set, as Python, a file or a sheet writes it; a missing one is not.

    Examples
    --------
    >>> is_true(True), is_true("1"), is_true(0.0), is_true(None)
    (True, True, False, False)
    """
    return str(value).strip().casefold() in {"true", "1", "1.0", "yes"}


def is_missing(value: object) -> bool:
    """Say whether a cell is empty.

    Examples
    --------
    >>> is_missing(None), is_missing(float("nan")), is_missing(0)
    (True, True, False)
    """
    return value is None or value is pd.NA or value is pd.NaT or value != value  # noqa: PLR0124


def _age(row: Mapping[str, object]) -> Words:
    """Say how old the oldest report on a way is, and that the way is unknown where that is old."""
    age = row.get("oldest_report_days")
    if is_missing(age):
        return UNKNOWN
    days = number(float(str(age)))
    return days if is_true(row.get("known")) else said("{n}, unknown", n=days)


def _flag(value: object) -> Words:
    return said("Yes") if is_true(value) else said("No")


def _share(value: object) -> Words:
    return share(float(str(value)))


def _date(value: object) -> Words:
    found = pd.to_datetime(str(value), errors="coerce")
    return str(value) if found is pd.NaT else day(found.date())


def _month(value: object) -> Words:
    try:
        return day(dt.date.fromisoformat(f"{str(value)[:7]}-01"), "month")
    except ValueError:
        return str(value)


def _word(value: object) -> Words:
    """Write what names a row: a number in the digits of the language, a code as it is."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    name = str(value)
    return digits(name) if name.isdecimal() else name


_SAID: tuple[tuple[tuple[str, ...], Callable[[object], Words]], ...] = (
    (FLAGS, _flag), (SHARES, _share), (DATES, _date), (("month",), _month), (NAMING, _word),
)  # fmt: skip
