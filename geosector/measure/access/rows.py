"""Which row of its file a row of a table is, so that a problem can be found again."""

from __future__ import annotations

import numpy as np
import pandas as pd


def row_numbers(table: pd.DataFrame, rows: pd.Index | None = None) -> list[int | None]:
    """Give the number in its file of each row: the index of readers, else counted from 2.

    Parameters
    ----------
    table : pandas.DataFrame
    rows : pandas.Index, optional
        Some of its index. Default: all of it.

    Returns
    -------
    list of int, or None for a row whose index is no number

    Examples
    --------
    >>> row_numbers(pd.DataFrame({"a": [5, 6]})), row_numbers(pd.DataFrame(index=[7, 9]))
    ([2, 3], [7, 9])
    """
    counted = isinstance(table.index, pd.RangeIndex) and table.index.start == 0
    own = table.index if rows is None else rows
    return [int(one) + 2 * counted if isinstance(one, int | np.integer) else None for one in own]
