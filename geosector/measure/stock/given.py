"""Numbers, days and keys read out of the cells of a table; what is none is listed, never guessed.

Tables from `read_table` are sound already. Tables made in a notebook, or joined by hand, are not:
a number may be a word, below zero or without end, a key 1 in one table and "1" in another.
"""

from __future__ import annotations

import datetime as dt
import math
import numbers
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import number, text
from geosector.tables import Problem

Floats = NDArray[np.float64]

# No count of people or goods is greater; and what is added up must fit into whole numbers.
MOST = 10**12

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ].*)?")
_BETWEEN = re.compile(r"[;؛|,،\n]")
_SPAN = re.compile(r"(\d+)\s*[-–]\s*(\d+)")
_LONGEST_SPAN = 1000
_FLAGS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "yes", "1", "نعم", "erê", "بەڵێ"), True),
    **dict.fromkeys(("false", "no", "0", "لا", "na", "نەخێر"), False),
    "": None,
}
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


class Numbers(NamedTuple):
    """Of each row a number, NaN where there is none; and the cells that are no such number."""

    found: Floats
    problems: list[Problem]


class Days(NamedTuple):
    """Of each row a day, ``None`` where there is none; and the cells that are no date."""

    found: list[dt.date | None]
    problems: list[Problem]


def read_numbers(
    rows: pd.DataFrame, column: str, *, file: str, action: str, whole: bool = False
) -> Numbers:
    """Read a column of numbers from 0.

    Parameters
    ----------
    rows : pandas.DataFrame
    column : str
        May be missing: then every number is.
    file, action : str
        For the problems: what the table is called, and what becomes of such a row.
    whole : bool
        Whether only whole numbers are meant.

    Returns
    -------
    Numbers
        What is below 0, without end, above `MOST` or no number is missing and listed.

    Examples
    --------
    >>> rows = pd.DataFrame({"quantity": ["12", -1, None, float("inf"), "many", True]})
    >>> read = read_numbers(rows, "quantity", file="stock", action="left out")
    >>> read.found.tolist(), [one.row for one in read.problems]
    ([12.0, nan, nan, nan, nan, nan], [1, 3, 4, 5])
    >>> read_numbers(rows, "target", file="stock", action="left out").found.tolist()[:2]
    [nan, nan]
    """
    values = np.full(len(rows), np.nan)
    problems: list[Problem] = []
    if column not in rows.columns:
        return Numbers(values, problems)
    low = number(0)
    expected = text("a whole number, {low} or more", low=low)
    expected = expected if whole else text("a number, {low} or more", low=low)
    ranged = text("a number from {low} to {high}", low=low, high=number(MOST))
    for at, (label, cell) in enumerate(zip(rows.index, rows[column].tolist(), strict=True)):
        if is_missing(cell):
            continue
        value = _number(cell)
        if value is not None and value > MOST:
            problems.append(Problem(file, row_of(label), column, str(cell), ranged, action))
        elif value is None or (whole and value % 1):
            problems.append(Problem(file, row_of(label), column, str(cell), expected, action))
        else:
            values[at] = value
    return Numbers(values, problems)


def read_days(rows: pd.DataFrame, column: str, *, file: str, action: str) -> Days:
    """Read a column of dates.

    Parameters
    ----------
    rows : pandas.DataFrame
    column : str
        May be missing: then every day is.
    file, action : str
        For the problems.

    Returns
    -------
    Days
        Text counts only as 2024-04-30: in 03/04/2024 nobody knows the month.

    Examples
    --------
    >>> rows = pd.DataFrame({"expires": ["2024-04-30", "03/04/2024", None, dt.date(2024, 5, 1)]})
    >>> read = read_days(rows, "expires", file="stock", action="taken as not known")
    >>> [str(day) for day in read.found], [one.given for one in read.problems]
    (['2024-04-30', 'None', 'None', '2024-05-01'], ['03/04/2024'])
    >>> read_days(rows[:0], "expires", file="stock", action="").found
    []
    """
    if column not in rows.columns:
        return Days([None] * len(rows), [])
    values, problems = [], []
    for label, cell in zip(rows.index, rows[column].tolist(), strict=True):
        day = None if is_missing(cell) else day_of(cell)
        values.append(day)
        if day is None and not is_missing(cell):
            expected = text("a date such as 2024-04-30")
            problems.append(Problem(file, row_of(label), column, str(cell), expected, action))
    return Days(values, problems)


def read_flags(rows: pd.DataFrame, column: str, *, name: str) -> list[bool | None]:
    """Read a column of true and false; where it may mean either, nobody goes on.

    Parameters
    ----------
    rows : pandas.DataFrame
    column : str
        May be missing: then every flag is.
    name : str
        What the table is called.

    Returns
    -------
    list of bool or None

    Raises
    ------
    InputError
        For any other word.

    Examples
    --------
    >>> read_flags(pd.DataFrame({"hot": [True, 0, "Yes", "لا", None]}), "hot", name="sectors")
    [True, False, True, False, None]
    >>> read_flags(pd.DataFrame({"id": [1]}), "hot", name="sectors")
    [None]
    >>> read_flags(pd.DataFrame({"hot": ["rather"]}), "hot", name="sectors")
    Traceback (most recent call last):
    geosector.errors.InputError: The column hot of sectors holds 'rather'; expected true or false.
    """
    if column not in rows.columns:
        return [None] * len(rows)
    flags: list[bool | None] = []
    for cell in rows[column].tolist():
        word = "" if is_missing(cell) else str(cell).strip().casefold().removesuffix(".0")
        if word not in _FLAGS:
            raise InputError(
                text(
                    "The column {column} of {name} holds '{given}'; expected true or false.",
                    column=column,
                    name=name,
                    given=cell,
                )
            )
        flags.append(_FLAGS[word])
    return flags


def day_of(cell: object) -> dt.date | None:
    """Give the day of a date, of a time or of a text such as 2024-04-30; else None.

    Examples
    --------
    >>> day_of("2024-02-30") is None, str(day_of(pd.Timestamp("2024-04-30 08:30")))
    (True, '2024-04-30')
    """
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    found = _DAY.fullmatch(cell.strip()) if isinstance(cell, str) else None
    if found is None:
        return None
    try:
        return dt.date.fromisoformat(found[1])
    except ValueError:
        return None


def key_of(cell: object) -> str | None:
    """Give what a key is compared by: 1, 1.0, "1" and "01" are one key; a missing one is None.

    Examples
    --------
    >>> [key_of(one) for one in (1, 1.0, " 01 ", "SY02", None, "")]
    ['1', '1', '1', 'SY02', None, None]
    """
    if is_missing(cell):
        return None
    if isinstance(cell, numbers.Integral):
        return str(int(cell))
    if isinstance(cell, numbers.Real) and math.isfinite(cell) and float(cell).is_integer():
        return str(math.floor(cell))
    written = str(cell).strip()
    return str(int(written)) if written.isdecimal() else written


def keys_of(cells: Iterable[object]) -> list[str | None]:
    """Give what each of several keys is compared by, as `key_of` does.

    Examples
    --------
    >>> keys_of(pd.Series([2, None]))
    ['2', None]
    """
    return [key_of(cell) for cell in cells]


def in_order(keys: Iterable[str]) -> list[str]:
    """Set different keys in order: numbers by their size, then words.

    Examples
    --------
    >>> in_order(["b", "10", "9", "a", "9"])
    ['9', '10', 'a', 'b']
    """
    return sorted(set(keys), key=lambda one: (not one.isdecimal(), len(one) * one.isdecimal(), one))


def parts_of(cell: object) -> list[str]:
    """Give the keys of a cell that holds several; from 2-4 come 2, 3 and 4.

    Examples
    --------
    >>> parts_of("1; 3،5-7"), parts_of(4.0), parts_of(None)
    (['1', '3', '5', '6', '7'], ['4'], [])
    >>> parts_of("SY-02"), parts_of("7-5")
    (['SY-02'], ['7-5'])
    """
    if is_missing(cell) or not isinstance(cell, str):
        return [key for key in [key_of(cell)] if key is not None]
    found: list[str] = []
    for part in _BETWEEN.split(cell):
        span = _SPAN.fullmatch(part.strip())
        if span and 0 <= int(span[2]) - int(span[1]) < _LONGEST_SPAN:
            found += map(str, range(int(span[1]), int(span[2]) + 1))
        elif part.strip():
            found.append(str(key_of(part)))
    return found


def originals(*columns: Sequence[Any] | pd.Series) -> dict[str, Any]:
    """Give each key as it is first written: a number where any of the columns has a number.

    Examples
    --------
    >>> originals(["1", "b", None], [1])
    {'1': 1, 'b': 'b'}
    """
    found: dict[str, Any] = {}
    for column in columns:
        for cell in column:
            key = key_of(cell)
            if key is not None:
                own = int(key) if isinstance(cell, numbers.Real) and key.isdecimal() else cell
                if key not in found or (isinstance(found[key], str) and not isinstance(own, str)):
                    found[key] = own
    return {
        key: key if isinstance(own, str) and key.isdecimal() else own for key, own in found.items()
    }


def is_missing(cell: Any) -> bool:  # noqa: ANN401 - whatever a cell holds
    """Tell whether a cell holds nothing; what is no single value holds something.

    Examples
    --------
    >>> [is_missing(one) for one in (None, float("nan"), pd.NA, pd.NaT, " ", 0, [None])]
    [True, True, True, True, True, False, False]
    """
    if isinstance(cell, str):
        return not cell.strip()
    return bool(pd.api.types.is_scalar(cell) and pd.isna(cell))


def row_of(label: object) -> int | None:
    """Give the number of a row for a list of problems; None where the index holds no numbers.

    Examples
    --------
    >>> row_of(np.int64(7)), row_of("a")
    (7, None)
    """
    return int(label) if isinstance(label, numbers.Integral) else None


def total(values: Iterable[float]) -> float:
    """Add up, the same in every order; without anything to add, 0.

    Examples
    --------
    >>> total([0.1] * 10), total([])
    (1.0, 0.0)
    """
    return math.fsum(values)


def _number(cell: object) -> float | None:
    """Give a finite number from 0; None for anything else."""
    if isinstance(cell, bool | np.bool_):
        return None
    if isinstance(cell, str):
        if not _NUMBER.fullmatch(cell.strip()):
            return None
    elif not isinstance(cell, numbers.Real | Decimal):
        return None
    try:
        value = float(cell)
    except OverflowError:  # a whole number of more than 300 digits
        return None
    return value if value >= 0 and math.isfinite(value) else None
