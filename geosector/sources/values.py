"""What a cell is: nothing, a yes or no, digits of some script; and what is said of it.

The readers of columns (here, in ``figures`` and in ``dates``) take one column of cells and give
the column of values with a list of remarks: what was refused, and what was read although its
meaning could be disputed. Digits of another script are never remarked upon.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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


class Distinct(NamedTuple):
    """A column as its different cells, each once, and for every row the place of its own."""

    cells: list[Any]
    codes: NDArray[np.intp]

    def each(self, read: Callable[[Any], Any]) -> list[Any]:
        """Read every different cell once: columns repeat themselves."""
        return [read(cell) for cell in self.cells]

    def spread(self, values: Sequence[Any]) -> NDArray[np.object_]:
        """Give every row the value of its cell."""
        return objects(values)[self.codes]

    def rows(self, chosen: Sequence[bool] | NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
        """Give the rows whose cell is chosen, in their order, each with the place of its cell."""
        places = np.flatnonzero(np.asarray(chosen, bool)[self.codes])
        return zip(places.tolist(), self.codes[places].tolist(), strict=True)


def distinct(cells: pd.Series) -> Distinct:
    """Find the different cells of a column, so that each has to be read only once.

    Parameters
    ----------
    cells : pandas.Series
        Anything; 1, "1" and True are three cells.

    Returns
    -------
    Distinct
        ``cells`` in the order in which they come first, ``codes`` of the length of the column.

    Examples
    --------
    >>> found = distinct(pd.Series(["a", None, "a"], dtype=object))
    >>> found.cells, found.codes.tolist()
    (['a', None], [0, 1, 0])
    >>> distinct(pd.Series([], dtype=object)).cells
    []
    """
    if cells.dtype == object:
        kind = pd.api.types.infer_dtype(cells, skipna=True)
        if kind not in {"string", "floating", "integer"}:  # nothing but one type, or nothing
            return _told_apart(cells)
    codes, found = pd.factorize(cells.to_numpy() if cells.dtype == object else cells)
    known = found.tolist()
    missing = codes < 0
    if not missing.any():
        return Distinct(known, codes)
    # Nothing stands where it comes first, as any other cell does.
    place = int(codes[: int(missing.argmax())].max(initial=-1)) + 1
    moved = np.where(codes >= place, codes + 1, codes)
    return Distinct([*known[:place], None, *known[place:]], np.where(missing, place, moved))


def _told_apart(cells: pd.Series) -> Distinct:
    """Tell cells of several types apart, which a hash table takes for one (1 and True)."""
    places: dict[Hashable, int] = {}
    known: list[Any] = []
    codes = np.empty(len(cells), np.intp)
    for row, cell in enumerate(cells.tolist()):
        # Two zones may write one moment as two days.
        key = (type(cell), cell, getattr(cell, "tzinfo", None))
        try:
            codes[row] = places.setdefault(key, len(known))
        except TypeError:  # a list or an object in a cell is told apart from any other
            codes[row] = len(known)
        if codes[row] == len(known):
            known.append(cell)
    return Distinct(known, codes)


def objects(values: Sequence[Any]) -> NDArray[np.object_]:
    """Put any values into an array, one by one, whatever they are.

    Parameters
    ----------
    values : sequence

    Returns
    -------
    numpy.ndarray of object

    Examples
    --------
    >>> objects([(1, 2), None]).tolist(), objects([]).tolist()
    ([(1, 2), None], [])
    """
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


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
    found = distinct(cells)
    flags = found.each(_flag)
    refused = [flag is None and not is_blank(c) for flag, c in zip(flags, found.cells, strict=True)]
    remarks = [
        Remark(place, written_as(found.cells[code]), text("yes or no"), value_left_out())
        for place, code in found.rows(refused)
    ]
    values = pd.Series(found.spread(flags), cells.index, "boolean", cells.name)
    return values, remarks


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
