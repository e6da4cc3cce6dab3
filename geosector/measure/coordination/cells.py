"""Numbers, days and ids as tables hold them; what cannot be used is listed, never guessed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import number, text
from geosector.measure.coded import require_whole
from geosector.tables import Problem

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
Flags = NDArray[np.bool_]

# No count of people or goods is greater; and what is added up must fit into whole numbers.
MOST = 10**12
_DAY = len("2024-04-30")


def whole_table(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Refuse what is no table, and one whose columns are not told apart by their names.

    Examples
    --------
    >>> len(whole_table(pd.DataFrame(), "needs"))
    0
    >>> whole_table(pd.DataFrame([[1, 2]], columns=["people", "people"]), "needs")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The table needs has the column people twice. Take one away.
    """
    require_whole(rows, name=name)
    return rows


def numbers_in(
    rows: pd.DataFrame, column: str, *, file: str, below_zero: bool = False
) -> tuple[Floats, list[Problem]]:
    """Read the numbers of a column.

    Parameters
    ----------
    rows : pandas.DataFrame
        A column that is not there is missing in every row.
    column : str
    file : str
        What the problems call the table.
    below_zero : bool
        Whether numbers below 0 are possible.

    Returns
    -------
    tuple = (array of float, list of Problem)
        Shape (rows,); NaN where a cell is missing, or where it is no number, infinite, above
        `MOST` or below 0, which is listed.

    Examples
    --------
    >>> given = pd.DataFrame({"people": ["5", None, -1, "many"]})
    >>> numbers, problems = numbers_in(given, "people", file="needs.csv")
    >>> numbers.tolist(), [problem.given for problem in problems]
    ([5.0, nan, nan, nan], ['-1', 'many'])
    >>> numbers_in(given.iloc[:0], "people", file="needs.csv")
    (array([], dtype=float64), [])
    """
    if column not in rows:
        return np.full(len(rows), np.nan), []
    given = rows[column]
    try:
        read = pd.to_numeric(given, errors="coerce").astype("Float64")
    except (OverflowError, TypeError):  # a whole number of 300 digits, or a complex one
        read = pd.to_numeric(given.map(str), errors="coerce").astype("Float64")
    numbers = np.array(read.to_numpy(float, na_value=np.nan), float)
    wrong = (np.isnan(numbers) & _stated(given)) | (np.abs(numbers) > MOST)
    if not below_zero:
        wrong |= numbers < 0
    numbers[wrong] = np.nan
    expected = text("a number") if below_zero else text("a number, {low} or more", low=number(0))
    return numbers, _listed(rows, column, wrong, expected, file)


def days_in(rows: pd.DataFrame, column: str, *, file: str) -> tuple[Days, list[Problem]]:
    """Read the days of a column, as they are written: no time zone moves one.

    Parameters
    ----------
    rows : pandas.DataFrame
        A column that is not there is missing in every row.
    column : str
        Dates, or text as 2024-04-30.
    file : str
        What the problems call the table.

    Returns
    -------
    tuple = (array of datetime64[D], list of Problem)
        Shape (rows,); NaT where a cell is missing, or where it is no day, which is listed.

    Examples
    --------
    >>> given = pd.DataFrame({"date_to": ["2024-04-30T23:00+03:00", None, "2024-02-30"]})
    >>> days, problems = days_in(given, "date_to", file="activities.csv")
    >>> days.tolist()[0].isoformat(), [problem.given for problem in problems]
    ('2024-04-30', ['2024-02-30'])
    >>> len(days_in(given.iloc[:0], "date_to", file="activities.csv")[0])
    0
    """
    if column not in rows:
        return np.full(len(rows), np.datetime64("NaT"), "datetime64[D]"), []
    given = rows[column]
    if pd.api.types.is_datetime64_any_dtype(given.dtype):
        days = pd.Series(given).dt.tz_localize(None).to_numpy("datetime64[D]")
        return days, []
    stated = _stated(given)
    written = given.astype("object").where(stated, None).astype("string").str.strip()
    read = pd.to_datetime(written.str[:_DAY], format="%Y-%m-%d", errors="coerce")
    days = read.to_numpy("datetime64[D]")
    return days, _listed(
        rows, column, stated & np.isnat(days), text("a date such as 2024-04-30"), file
    )


def one_day(given: object) -> np.datetime64:
    """Read one day that was given, not stated in a table.

    Examples
    --------
    >>> one_day("2024-04-30")
    np.datetime64('2024-04-30')
    >>> one_day("April")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: 'April' is not a date; write it as 2024-04-30.
    """
    days, problems = days_in(pd.DataFrame({"day": pd.Series([given], dtype="object")}), "day",
                             file="")  # fmt: skip
    if problems or np.isnat(days[0]):
        raise InputError(text("'{given}' is not a date; write it as 2024-04-30.", given=given))
    return np.datetime64(days[0])


def ids_in(rows: pd.DataFrame, column: str) -> list[str | None]:
    """Read ids: a whole number is the same id as text, as a number and as a decimal.

    Examples
    --------
    >>> ids_in(pd.DataFrame({"sector_id": [1.0, None, " 2 ", ""]}), "sector_id")
    ['1', None, '2', None]
    >>> ids_in(pd.DataFrame(), "sector_id")
    []
    """
    if column not in rows:
        return [None] * len(rows)
    return [_id(cell) for cell in rows[column].astype("object").tolist()]


def is_missing(cell: object) -> bool:
    """Tell whether a cell holds nothing; what is no single value holds something.

    Examples
    --------
    >>> is_missing(pd.NA), is_missing(""), is_missing([None])
    (True, False, False)
    """
    return not isinstance(cell, str) and bool(pd.api.types.is_scalar(cell) and pd.isna(cell))


def is_number(value: object) -> bool:
    """Tell whether a value is a number, and no text or truth value.

    Examples
    --------
    >>> is_number(2), is_number(np.float64(0.5)), is_number("2"), is_number(True)
    (True, True, False, False)
    """
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _id(cell: object) -> str | None:
    if is_missing(cell):
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip() or None


def row_of(rows: pd.DataFrame, at: int) -> int | None:
    """Give the number of a row in its file, where its index says it.

    Examples
    --------
    >>> row_of(pd.DataFrame(index=[2, 3]), 1), row_of(pd.DataFrame(index=["a"]), 0)
    (3, None)
    """
    label = rows.index[at]
    return int(label) if isinstance(label, int | np.integer) else None


def _stated(given: pd.Series) -> Flags:
    blank = given.astype("object").map(lambda cell: isinstance(cell, str) and not cell.strip())
    return np.asarray(given.notna() & ~blank.astype(bool), bool)


def _listed(
    rows: pd.DataFrame, column: str, wrong: Flags, expected: str, file: str
) -> list[Problem]:
    cells = rows[column]
    return [
        Problem(file, row_of(rows, at), column, str(cells.iloc[at]), expected,
                text("Left without a value."))
        for at in np.flatnonzero(wrong).tolist()
    ]  # fmt: skip
