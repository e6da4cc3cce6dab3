"""What a file writes otherwise than it was read: digits, dates and words, each with its row.

None of these is a problem: ``٣``, ``١٢ نيسان`` and ``حريق`` are as good as 3, a date and ``fire``.
But whoever answers for a report must be able to see what every cell was taken for.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from geosector.language import text
from geosector.sources.values import is_missing, written_as
from geosector.tables import Problem, match_columns, problems_table, table

_TYPES = ("date", "integer", "number", "choice", "text")
_ENDS = {"month": 7, "year": 4}  # how many signs of 2024-04-02 are known


def list_readings(
    cells: pd.DataFrame, rows: pd.DataFrame, name: str, *, file: str, besides: pd.DataFrame
) -> pd.DataFrame:
    """List the cells that hold another text than the value that was read.

    Parameters
    ----------
    cells : pandas.DataFrame
        As `read_rows` gives them.
    rows : pandas.DataFrame
        The same file as its own reader gives it.
    name : str
        The table.
    file : str
        What the list calls the file.
    besides : pandas.DataFrame
        Problems: a cell that is among them is not listed again.

    Returns
    -------
    pandas.DataFrame
        ``file, row, column, given, expected, action``; ``expected`` is the value.

    Examples
    --------
    >>> cells = pd.DataFrame({"التاريخ": ["١ نيسان ٢٠٢٤", "2024-04-02"], "killed_man": ["٣", "4"]})
    >>> days = pd.to_datetime(["2024-04-01", "2024-04-02"])
    >>> rows = pd.DataFrame({"date": days, "killed_man": [3, 4]})
    >>> none = problems_table([])
    >>> found = list_readings(cells, rows, "incidents", file="april.csv", besides=none)
    >>> found[["row", "column", "expected"]].to_numpy().tolist()
    [[0, 'date', '2024-04-01'], [0, 'killed_man', '3']]
    >>> list_readings(cells[:0], rows[:0], "incidents", file="april.csv", besides=none).empty
    True
    """
    columns = table(name).columns
    meant = match_columns(name, [str(header) for header in cells.columns])
    told = set(zip(besides["row"], besides["column"], strict=True))
    found = []
    for header, column in meant.items():
        if column not in rows.columns or columns[column].type not in _TYPES:
            continue
        given = cells[header].reindex(rows.index)
        known = rows.get("date_precision", pd.Series("day", rows.index))
        for row, cell, value, precision in zip(
            rows.index, given, rows[column].astype(object), known, strict=True
        ):
            # Of text the blanks around it count, too.
            given_as = (
                cell if isinstance(cell, str) and isinstance(value, str) else written_as(cell)
            )
            read = _written(value, str(precision))
            if read and not is_missing(cell) and given_as != read and (row, column) not in told:
                found.append((row, column, given_as, read))
    action = text("Read so.")
    return problems_table([Problem(file, *one, action) for one in found])


def _written(value: object, precision: str) -> str:
    """Write a value as it is counted; a date as far as it is known."""
    if isinstance(value, dt.datetime) and precision != "minute":
        return "" if is_missing(value) else value.date().isoformat()[: _ENDS.get(precision, 10)]
    return written_as(value)
