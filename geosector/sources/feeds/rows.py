"""What the readers of feeds share: codes with their meanings, dates as coarse as their code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from geosector.language import text
from geosector.sources.check import row_number
from geosector.sources.dates import read_dates
from geosector.sources.values import is_missing, read_as, western, written_as
from geosector.tables import Problem

_SHORT_LIST = 7
_WRITTEN = {"month": "%Y-%m", "year": "%Y"}


class Codes(NamedTuple):
    """The codes of one column: what each means here, and what any other code is taken for."""

    column: str
    means: Mapping[str, Any]
    otherwise: Any


def read_codes(cells: pd.DataFrame, codes: Codes, file: str) -> tuple[list[Any], list[Problem]]:
    """Read a column of codes.

    Parameters
    ----------
    cells : pandas.DataFrame
        With the column; where it is missing, no code is known.
    codes : Codes
        Their keys in small letters.
    file : str
        For the problems.

    Returns
    -------
    tuple = (values, problems)
        One value for each row; each unknown or missing code is listed, as what it was taken for.

    Examples
    --------
    >>> codes = Codes("prec", {"1": "day", "2": "month"}, "month")
    >>> found, problems = read_codes(pd.DataFrame({"prec": ["1", 2.0, "9", None]}), codes, "x.csv")
    >>> found, [(problem.given, problem.expected) for problem in problems]
    (['day', 'month', 'month', 'month'], [('9', 'one of: 1, 2'), ('', 'one of: 1, 2')])
    """
    if codes.column not in cells.columns:
        return [codes.otherwise] * len(cells), [
            Problem(
                file, None, codes.column, "", text("a column of codes"), _taken(codes.otherwise)
            )
        ]
    written = [written_as(cell).strip() for cell in cells[codes.column].tolist()]
    # A column with gaps comes out of some programs as 1.0, 2.0.
    keys = [western(word).casefold().removesuffix(".0") for word in written]
    known = [key in codes.means for key in keys]
    expected = (
        text("one of: {codes}", codes=", ".join(codes.means))
        if len(codes.means) <= _SHORT_LIST
        else text("a code that the codebook of the feed knows")
    )
    return [codes.means.get(key, codes.otherwise) for key in keys], [
        Problem(file, row_number(cells.index, place), codes.column, written[place], expected,
                _taken(codes.otherwise))
        for place in np.flatnonzero(~np.array(known, bool)).tolist()
    ]  # fmt: skip


def _taken(value: object) -> str:
    return text("Left without a value.") if value is None else read_as(written_as(value))


def as_coarse_as(cells: pd.Series, precision: list[str]) -> pd.Series:
    """Write dates with no more than is known of them.

    Parameters
    ----------
    cells : pandas.Series
        Dates as the feed writes them.
    precision : list of str
        For each ``day``, ``month`` or ``year``.

    Returns
    -------
    pandas.Series
        A month or a year instead of a day that is only its code's middle or first; all others,
        and what is no date, as they were.

    Examples
    --------
    >>> dates = pd.Series(["2024-04-15", "2024-04-15", "soon"])
    >>> as_coarse_as(dates, ["day", "month", "year"]).tolist()
    ['2024-04-15', '2024-04', 'soon']
    """
    dates, _, _ = read_dates(cells)
    coarse = [
        cell if said not in _WRITTEN or pd.isna(date) else date.strftime(_WRITTEN[said])
        for cell, date, said in zip(cells.tolist(), dates.tolist(), precision, strict=True)
    ]
    return pd.Series(coarse, index=cells.index, dtype=object)


def with_columns(cells: pd.DataFrame, made: Mapping[str, Any]) -> pd.DataFrame:
    """Add columns; what the file had under such a name becomes ``<name>_input``.

    Parameters
    ----------
    cells : pandas.DataFrame
    made : mapping
        Name → values.

    Returns
    -------
    pandas.DataFrame
        On the same index.

    Examples
    --------
    >>> with_columns(pd.DataFrame({"kind": ["x"]}), {"kind": ["fire"]}).loc[0].to_dict()
    {'kind_input': 'x', 'kind': 'fire'}
    """
    moved = {name: f"{name}_input" for name in made if name in cells.columns}
    columns = {
        name: values
        if isinstance(values, pd.Series)
        else pd.Series(values, index=cells.index, dtype=object)
        for name, values in made.items()
    }
    return cells.rename(columns=moved).assign(**columns)


def noted(rows: list[bool], problem: Problem) -> list[Problem]:
    """List once for the file what holds for some of its rows, with their number.

    Parameters
    ----------
    rows : list of bool
        For which rows it holds.
    problem : Problem
        Without a row; the number of rows is added to what was given.

    Returns
    -------
    list of Problem
        Empty where it holds for none.

    Examples
    --------
    >>> problem = Problem("x.csv", None, "frp", "0", "more", "Kept.")
    >>> noted([True, False], problem)[0].given, noted([False], problem)
    ('0 (rows: 1)', [])
    """
    if not any(rows):
        return []
    given = text("{given} (rows: {number})", given=problem.given, number=sum(rows))
    return [problem._replace(given=given)]


def is_filled(cells: pd.DataFrame, column: str) -> list[bool]:
    """Say which rows have something in a column.

    Parameters
    ----------
    cells : pandas.DataFrame
    column : str

    Returns
    -------
    list of bool
        All False where there is no such column.

    Examples
    --------
    >>> is_filled(pd.DataFrame({"a": ["x", " "]}), "a"), is_filled(pd.DataFrame({"a": ["x"]}), "b")
    ([True, False], [False])
    """
    if column not in cells.columns:
        return [False] * len(cells)
    return [not is_missing(cell) for cell in cells[column].tolist()]
