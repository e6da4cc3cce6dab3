"""What a cell is: nothing, a yes or no, digits of some script; and what is said of it.

The readers of columns (here, in ``figures`` and in ``dates``) take one column of cells and give
the column of values with a list of remarks: what was refused, and what was read although its
meaning could be disputed. Digits of another script are never remarked upon.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from geosector.language import text
from geosector.tables import fold_label

# Ways of writing "nothing"; anything wordier could mean none as well as unknown.
BLANKS = frozenset({"", "-", "--", "—", "–", "n/a", "na", "nan", "null", "none", "nil"})
_YES_WORDS = ("yes", "y", "true", "t", "1", "نعم", "erê", "بەڵێ", "بله")
_NO_WORDS = ("no", "n", "false", "f", "0", "لا", "na", "نەخێر", "خیر")
# Values of OpenStreetMap's bridge=*.
_BRIDGES = ("viaduct", "aqueduct", "movable", "cantilever", "covered", "trestle", "boardwalk")
YES = frozenset(fold_label(word) for word in (*_YES_WORDS, *_BRIDGES))
NO = frozenset(fold_label(word) for word in _NO_WORDS)


class Remark(NamedTuple):
    """Something to tell of one cell: where, what stood there, what was expected, what was done."""

    position: int
    given: str
    expected: str
    action: str


def is_missing(cell: object) -> bool:
    """Say whether a cell holds nothing.

    Parameters
    ----------
    cell : object

    Returns
    -------
    bool

    Examples
    --------
    >>> [is_missing(cell) for cell in (None, float("nan"), " ", 0, "x")]
    [True, True, True, False, False]
    """
    if isinstance(cell, str):
        return not cell or cell.isspace()
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return True
    return bool(cell != cell)  # noqa: PLR0124 - the only value that differs from itself is NaN


def western(written: str) -> str:
    """Write digits of any script as 0–9, and drop marks that cannot be seen.

    Parameters
    ----------
    written : str

    Returns
    -------
    str
        With the Arabic decimal mark as a full stop, without Arabic group marks.

    Examples
    --------
    >>> western("٣٦٫٥"), western("۱٬۲۳۴")
    ('36.5', '1234')
    """
    if written.isascii():
        return written.strip()
    kept = []
    for letter in written:
        category = unicodedata.category(letter)
        if category == "Nd":
            kept.append(str(unicodedata.digit(letter)))
        elif category != "Cf" and letter != "٬":
            kept.append(" " if category == "Zs" else _SIGNS.get(letter, letter))
    return "".join(kept).strip()


_SIGNS = {"٫": ".", "−": "-", "–": "-", "—": "-", "،": ",", "’": "'"}


def written_as(cell: object) -> str:
    """Write a cell down as a person would see it.

    Parameters
    ----------
    cell : object

    Returns
    -------
    str
        Whole numbers without a decimal point, dates in ISO form, nothing as an empty text.

    Examples
    --------
    >>> written_as(12.0), written_as(None), written_as("x ")
    ('12', '', 'x ')
    """
    if isinstance(cell, str):
        return cell
    if is_missing(cell):
        return ""
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return str(cell)


def is_blank(cell: object) -> bool:
    """Say whether a cell holds nothing, or a mark for nothing such as "-" or "N/A".

    Parameters
    ----------
    cell : object

    Returns
    -------
    bool

    Examples
    --------
    >>> is_blank("—"), is_blank("none at all"), is_blank(None)
    (True, False, True)
    """
    return is_missing(cell) or (isinstance(cell, str) and cell.strip().casefold() in BLANKS)


def each(cells: pd.Series, read: Callable[[Any], Any]) -> list[Any]:
    """Read every cell of a column, each different one once: columns repeat themselves.

    Parameters
    ----------
    cells : pandas.Series
    read : callable
        From a cell to its value.

    Returns
    -------
    list
        One value for each cell.
    """
    known: dict[Hashable, Any] = {}
    found = []
    for cell in cells.tolist():
        key = (type(cell), cell)
        if key not in known:
            known[key] = read(cell)
        found.append(known[key])
    return found


# ---------------------------------------------------------------- flags


def read_flags(cells: pd.Series) -> tuple[pd.Series, list[Remark]]:
    """Read a column of yes and no.

    Parameters
    ----------
    cells : pandas.Series
        Anything; OpenStreetMap's kinds of bridge are a yes.

    Returns
    -------
    tuple = (values, remarks)
        ``values`` are nullable ``boolean`` on the same index.

    Examples
    --------
    >>> read_flags(pd.Series(["yes", "لا", None]))[0].tolist()
    [True, False, <NA>]
    """
    found = each(cells, _flag)
    remarks = [
        Remark(place, written_as(cell), text("yes or no"), value_left_out())
        for place, (flag, cell) in enumerate(zip(found, cells.tolist(), strict=True))
        if flag is None and not is_blank(cell)
    ]
    return pd.Series(found, index=cells.index, name=cells.name, dtype="boolean"), remarks


def _flag(cell: object) -> bool | None:
    if isinstance(cell, bool | np.bool_):
        return bool(cell)
    folded = fold_label(written_as(cell))
    return True if folded in YES else False if folded in NO else None


# ---------------------------------------------------------------- what was done


def value_left_out() -> str:
    """Say that a value was refused and its row kept."""
    return text("The value was left out; the row was kept.")


def read_as(value: str) -> str:
    """Say how a value was read."""
    return text("Read as {value}.", value=value)
