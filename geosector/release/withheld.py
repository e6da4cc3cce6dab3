"""Small counts are withheld together with others, so that subtraction does not give them back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Counts from 1 to one below this are small (OCHA Centre for Humanitarian Data, guidance note on
# statistical disclosure control: thresholds of 3 to 10 are usual).
SMALLEST_COUNT = 5


def withhold(
    counts: Floats | Ints, smallest: int = SMALLEST_COUNT, *, small: Flags | None = None
) -> Flags:
    """Choose the counts to withhold from a list whose total may be known.

    Small counts are withheld, and then the next larger ones, until there are at least two and
    subtraction leaves each of them at least ``smallest`` possible values (their sum known, each
    at least one, since zeros are shown).

    Parameters
    ----------
    counts : array, shape (n,)
        Whole numbers, not negative.
    smallest : int
        Counts from 1 to one below this are small.
    small : array of bool, shape (n,), optional
        Counts that are small whatever they are.

    Returns
    -------
    array of bool, shape (n,)

    Examples
    --------
    >>> withhold(np.array([0, 3, 40, 12, 90])).tolist()
    [False, True, False, True, False]
    >>> withhold(np.array([0, 40, 12])).tolist(), withhold(np.array([])).tolist()
    ([False, False, False], [])
    """
    counts = np.asarray(counts, float)
    withheld = _small(counts, smallest, small).copy()
    if not withheld.any():
        return withheld
    for next_one in np.lexsort((np.arange(len(counts)), counts, counts == 0)):
        number = int(withheld.sum())
        if number > 1 and counts[withheld].sum() - number >= smallest - 1:
            break
        withheld[next_one] = True
    return withheld


def withhold_table(
    counts: Floats | Ints, smallest: int = SMALLEST_COUNT, *, small: Flags | None = None
) -> Flags:
    """Choose the cells to withhold from a table whose row and column totals may be known.

    The cells withheld are those of some rows in some columns, all of them. For such a block the
    values that the totals allow are known (Fréchet's bounds): at most the lesser of the block's
    row and column total, at least their sum less the block's total. Rows and columns are added,
    greatest first, until every small cell may have at least ``smallest`` values and every other
    withheld cell at least two; failing that, all is withheld.

    Parameters
    ----------
    counts : array, shape (rows, columns)
        Whole numbers, not negative.
    smallest : int
        Counts from 1 to one below this are small.
    small : array of bool, shape (rows, columns), optional
        Cells that hold small counts whatever their sum: rows of a table that are shown one by one.

    Returns
    -------
    array of bool, shape (rows, columns)

    Examples
    --------
    >>> withhold_table(np.array([[3, 20, 30], [40, 50, 60], [0, 10, 5]])).tolist()
    [[True, False, True], [True, False, True], [False, False, False]]
    >>> withhold_table(np.array([[3, 0], [0, 0]])).tolist()
    [[True, True], [True, True]]
    """
    counts = np.asarray(counts, float)
    if counts.ndim == 2 and 1 in counts.shape:  # noqa: PLR2004 - a list, lying or standing
        known = None if small is None else small.ravel()
        return withhold(counts.ravel(), smallest, small=known).reshape(counts.shape)
    small = _small(counts, smallest, small)
    rows, columns = np.asarray(small.any(axis=1)), np.asarray(small.any(axis=0))
    while small.any() and not (rows.all() and columns.all()):
        block = counts[np.ix_(rows, columns)]
        across, along, total = block.sum(axis=1)[:, None], block.sum(axis=0), block.sum()
        free = np.minimum(across, along) - np.maximum(across + along - total, 0)
        if (free >= np.where(small[np.ix_(rows, columns)], smallest - 1, 1)).all():
            break
        more_rows = np.where(rows, -np.inf, counts[:, columns].sum(axis=1))
        more_columns = np.where(columns, -np.inf, counts[rows].sum(axis=0))
        if columns.all() or (rows.sum() <= columns.sum() and not rows.all()):
            rows[np.argmax(more_rows)] = True
        else:
            columns[np.argmax(more_columns)] = True
    return np.outer(rows, columns)


def _small(counts: Floats | Ints, smallest: int, known: Flags | None) -> Flags:
    # What is below nought is no count, and no more to be seen.
    small: Flags = (counts != 0) & (counts < smallest)
    return small if known is None else small | known
