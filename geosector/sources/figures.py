"""Numbers as people write them: any digits, either decimal mark, groups of three, ranges."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.language import text
from geosector.sources.values import (
    Distinct,
    Remark,
    distinct,
    is_blank,
    is_missing,
    read_as,
    value_left_out,
    western,
    written_as,
)
from geosector.tables import Column

_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
# No mark before exactly three digits: of millions of cells most are so.
_BEYOND_DOUBT = re.compile(r"[+-]?\d+(?:[.,](?:\d{1,2}|\d{4,}))?", re.ASCII)
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫", "01234567890123456789.")
# What a spreadsheet makes of long numbers, and of codes such as 1E3: their last digits are lost.
_SHORTENED = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+")
_GROUPED = re.compile(r"[+-]?\d{1,3}([ ',.])\d{3}(\1\d{3})*")
# More digits than 18 are no count of anything, and than 4,300 no number that Python reads.
_RANGE = re.compile(
    r"(?:between|from|بين|ما بين|من|di navbera|ji|لە نێوان|نێوان|لە)?\s*(\d{1,18})\s*"
    r"(?:-|/|~|to|and|or|إلى|الى|حتى|و|أو|او|heta|û|an|bo|بۆ|تا|یان|هەتا|ila|veya)\s*(\d{1,18})(?:\s*(?:de|da))?",
    re.IGNORECASE,
)
_AT_LEAST = re.compile(
    r"(?:(?:more than|over|at least|أكثر من|اكثر من|ما لا يقل عن|على الأقل|فوق|zêdetir ji|زیاتر لە"
    r"|>=?|≥)\s*(\d{1,18})|(\d{1,18})\s*(?:\+|or more|فأكثر|على الأقل|أو أكثر))",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"(?:about|around|approximately|approx\.?|ca\.?|circa|~|≈|حوالي|حوالى|نحو|تقريبا|زهاء|قرابة"
    r"|nêzîkî|derdora|نزیکەی)\s*(\d{1,18})|(\d{1,18})\s*(?:تقريبا|تقريباً)",
    re.IGNORECASE,
)


class _Number(NamedTuple):
    """The likely reading, and the other one where ``1,234`` or ``1.234`` leaves two."""

    value: float | None
    other: float | None = None


def parse_number(written: str) -> _Number:
    """Read one written number.

    Parameters
    ----------
    written : str
        Digits of any script; full stop, comma or Arabic mark before decimals; groups of three
        set apart by space, comma, full stop or apostrophe.

    Returns
    -------
    tuple = (value, other)
        ``other`` is the second reading of a mark before exactly three digits: a comma is first
        taken as a group mark, a full stop as a decimal mark. Both are None for what is no number.

    Examples
    --------
    >>> parse_number("٣٦٫٢")[0], parse_number("36,2021")[0], parse_number("1.234.567,5")[0]
    (36.2, 36.2021, 1234567.5)
    >>> tuple(parse_number("1,234"))
    (1234.0, 1.234)
    >>> tuple(parse_number("about 10"))
    (None, None)
    """
    if _BEYOND_DOUBT.fullmatch(plain := written.translate(_DIGITS)):
        return _Number(float(plain.replace(",", ".")))
    digits = western(written)
    comma, stop = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and stop >= 0:  # the last mark is the decimal one
        whole, _, decimals = digits.rpartition("," if comma > stop else ".")
        joined = _joined(whole)
        return _Number(None if joined is None else _plain(f"{joined}.{decimals}"))
    grouped = _joined(digits) if _GROUPED.fullmatch(digits) else None
    decimal = _plain(digits.replace(",", "."))
    if grouped is None:
        return _Number(decimal)
    if decimal is None or digits.lstrip("+-").startswith("0"):
        return _Number(decimal if decimal is not None else float(grouped))
    if "," in digits:
        return _Number(float(grouped), decimal)
    return _Number(decimal, float(grouped))


def _joined(grouped: str) -> str | None:
    """Drop the group marks of a whole number; None where the groups are not of three."""
    return re.sub(r"[ ',.]", "", grouped) if _GROUPED.fullmatch(grouped) else None


def _plain(digits: str) -> float | None:
    return float(digits) if _PLAIN.fullmatch(digits) else None


def read_numbers(cells: pd.Series, column: Column) -> tuple[pd.Series, list[Remark]]:
    """Read a column of numbers.

    Parameters
    ----------
    cells : pandas.Series
        Anything.
    column : tables.Column
        Says whether the numbers are whole, and their least and greatest value.

    Returns
    -------
    tuple = (values, remarks)
        ``values`` on the same index, ``Int64`` or ``float64``; missing where a cell was refused.
    """
    found = distinct(cells)
    readings = None
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        numbers = np.array([np.nan if is_missing(c) else c for c in found.cells], float)
    else:
        readings = _readings(found.cells)
        numbers = _decided(readings, found.cells, column)
    # A cell that is no number is blank here; one that is not finite is refused below.
    refused = ~_allowed(numbers, column) & ~np.isnan(numbers)
    for place in np.flatnonzero(np.isnan(numbers)).tolist():
        refused[place] |= not is_blank(found.cells[place])
    expected, done = expected_number(column), value_left_out()
    given = cells.to_numpy()
    remarks = [
        Remark(place, written_as(given[place]), expected, done) for place, _ in found.rows(refused)
    ]
    if readings is not None:
        disputed = _disputed(readings, refused, found.cells, column)
        remarks += [
            Remark(place, written_as(given[place]), expected, read_as(f"{numbers[code]:g}"))
            for place, code in found.rows(disputed)
        ]
    remarks += _unlikely(found, numbers, refused, column)
    numbers = np.where(refused, np.nan, numbers)[found.codes]
    values = pd.Series(numbers, index=cells.index, name=cells.name)
    return (values.astype("Int64") if column.type == "integer" else values), remarks


class _Readings(NamedTuple):
    """The likely reading of each cell, and the other; NaN where there is none."""

    first: NDArray[np.float64]
    other: NDArray[np.float64]


def _readings(cells: list[Any]) -> _Readings:
    """Read different cells: what is beyond doubt at once, the rest one by one."""
    first, other = plain_numbers(cells), np.full(len(cells), np.nan)
    for place in np.flatnonzero(np.isnan(first)).tolist():
        number = _number_of(cells[place])
        if number.value is not None:
            first[place] = number.value
        if number.other is not None:
            other[place] = number.other
    return _Readings(first, other)


# As in `_BEYOND_DOUBT`, and no longer than what is read alike everywhere.
_PLAINEST = r"^-?[0-9]{1,15}(?:[.,](?:[0-9]{1,2}|[0-9]{4,15}))?$"


def plain_numbers(cells: list[Any]) -> NDArray[np.float64]:
    """Read all cells at once that are plain numbers beyond doubt.

    Parameters
    ----------
    cells : list
        Anything.

    Returns
    -------
    numpy.ndarray of float
        NaN for every other cell, be it a number or not.

    Examples
    --------
    >>> plain_numbers(["36.2", "٣٦٫٢", "36,2", "1,234", "ten", None, 5]).tolist()
    [36.2, 36.2, 36.2, nan, nan, nan, 5.0]
    >>> plain_numbers([]).tolist()
    []
    """
    import pyarrow as pa
    from pyarrow import compute as pc

    numbers = np.array([cell if _is_plain(cell) else np.nan for cell in cells], float)
    places = [place for place, cell in enumerate(cells) if type(cell) is str]
    written = "\n".join([cells[place] for place in places])
    if written.count("\n") != len(places) - 1:  # a cell of several lines, or no cell at all
        places = [place for place in places if "\n" not in cells[place]]
        written = "\n".join([cells[place] for place in places])
    if not places:
        return numbers
    if not written.isascii():
        written = written.translate(_DIGITS).encode("utf-8", "replace").decode()
    words = pa.array(written.split("\n"), pa.string())
    is_plain = pc.match_substring_regex(words, _PLAINEST)
    found = pc.replace_substring(words.filter(is_plain), ",", ".").cast(pa.float64())
    numbers[np.array(places)[is_plain.to_numpy(zero_copy_only=False)]] = found.to_numpy()
    return numbers


def _is_plain(cell: object) -> bool:
    return type(cell) is float or (type(cell) is int and -(2**53) < cell < 2**53)


def _unlikely(
    found: Distinct, numbers: NDArray[np.float64], refused: NDArray[np.bool_], column: Column
) -> list[Remark]:
    """Tell of counts that are hardly meant: beyond the usual, or as a spreadsheet shortens them."""
    remarks = []
    if column.usual_maximum is not None:
        most = f"{column.usual_maximum:g}"
        beyond = ~refused & (np.nan_to_num(numbers) > column.usual_maximum)
        remarks += [
            Remark(place, written_as(found.cells[code]), text("a number up to {most}", most=most),
                   text("Kept as it is."))
            for place, code in found.rows(beyond)
        ]  # fmt: skip
    if column.type == "integer":
        short = [isinstance(c, str) and _SHORTENED.fullmatch(western(c)) is not None
                 for c in found.cells]  # fmt: skip
        remarks += [
            Remark(place, written_as(found.cells[code]), text("a number with all its digits"),
                   read_as(f"{numbers[code]:.0f}"))
            for place, code in found.rows(np.array(short, bool) & ~refused)
        ]  # fmt: skip
    return remarks


def _number_of(cell: object) -> _Number:
    if isinstance(cell, str):
        return parse_number(cell)
    if isinstance(cell, bool) or is_missing(cell):
        return _Number(None)
    return _Number(float(cell)) if isinstance(cell, int | float | np.number) else _Number(None)


def _allowed(numbers: NDArray[np.float64], column: Column) -> NDArray[np.bool_]:
    fits = np.isfinite(numbers)
    if column.minimum is not None:
        fits &= ~(numbers < column.minimum)
    if column.maximum is not None:
        fits &= ~(numbers > column.maximum)
    if column.type == "integer":
        fits &= ~(np.abs(numbers) > 2**53)
        fits &= numbers == np.round(np.where(fits, numbers, 0))
    return fits


def _decided(readings: _Readings, cells: list[Any], column: Column) -> NDArray[np.float64]:
    """Choose between two readings: by what is allowed, then by what the column does elsewhere."""
    first, other = readings
    if np.isnan(other).all():
        return first
    other_fits, first_fits = _allowed(other, column), _allowed(first, column)
    use = other_fits & ~first_fits
    marks = _Marks.of(cells)
    if marks.comma_decimals:
        use |= other_fits & _having(",", cells)
    # People come whole: 1.234 of them are a thousand, unless the column has parts of people.
    if marks.stop_groups or (column.unit == "people" and not marks.stop_decimals):
        use |= other_fits & _having(".", cells)
    return cast("NDArray[np.float64]", np.where(use, other, first))


class _Marks(NamedTuple):
    """What the numbers of a column prove of its marks."""

    comma_decimals: bool
    stop_decimals: bool
    stop_groups: bool

    @classmethod
    def of(cls, cells: list[Any]) -> _Marks:
        written = [western(cell) for cell in cells if isinstance(cell, str)]
        parts = any(isinstance(cell, float) and not cell.is_integer() for cell in cells)
        return cls(
            any(re.fullmatch(r"[+-]?\d+,(\d{1,2}|\d{4,})", one) for one in written),
            parts
            or any(
                re.fullmatch(r"[+-]?(\d+\.(\d{1,2}|\d{4,})|(0|\d{4,})\.\d{3})", one)
                for one in written
            ),
            any(re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+(\.\d{3}|,\d+)", one) for one in written),
        )


def _having(mark: str, cells: list[Any]) -> NDArray[np.bool_]:
    return np.array([isinstance(cell, str) and mark in western(cell) for cell in cells], bool)


def _disputed(
    readings: _Readings, refused: NDArray[np.bool_], cells: list[Any], column: Column
) -> NDArray[np.bool_]:
    """Find numbers that could have been another, by what the rest of the column proves.

    1,234 people are beyond doubt and 1.234 are not; of metres it is the other way round.
    """
    first, other = readings
    both: NDArray[np.bool_] = ~np.isnan(other) & ~refused
    if not both.any():
        return both
    marks = _Marks.of(cells)
    people = column.unit == "people"
    proven = marks.stop_decimals or marks.stop_groups if people else marks.comma_decimals
    if proven:
        return np.zeros(len(cells), bool)
    both &= _having("." if people else ",", cells)
    return both & _allowed(other, column) & _allowed(first, column)


def expected_number(column: Column) -> str:
    """Say what numbers a column takes."""
    low, high = (
        f"{bound:g}" if bound is not None else "" for bound in (column.minimum, column.maximum)
    )
    if column.type == "integer":
        return text("a whole number, {low} or more", low=low) if low else text("a whole number")
    if low and high:
        return text("a number from {low} to {high}", low=low, high=high)
    return text("a number, {low} or more", low=low) if low else text("a number")


def decimal_degrees(cell: object) -> object:
    r"""Write degrees, minutes and seconds as one decimal number.

    Parameters
    ----------
    cell : object

    Returns
    -------
    object
        Degrees, negative in the south and the west; anything else as it was.

    Examples
    --------
    >>> decimal_degrees("36°12'36\"N"), decimal_degrees("٣٧° ٩٫٦′ غ"), decimal_degrees("36.2")
    (36.21, -37.16, '36.2')
    >>> decimal_degrees("36°72'"), decimal_degrees(None)
    ("36°72'", None)
    """
    if not isinstance(cell, str) or len(cell) > _LONGEST_DEGREES:
        return cell
    if not _SAID_TO_BE_DEGREES.search(cell):
        return cell
    found = _DEGREES.fullmatch(western(cell))
    if found is None:
        return cell
    whole, minutes, seconds = (float(found[part] or 0) for part in ("deg", "min", "sec"))
    if minutes >= 60 or seconds >= 60:  # noqa: PLR2004 - minutes of a degree, seconds of a minute
        return cell
    value = round(whole + minutes / 60 + seconds / 3600, 9)
    side = (found["before"] or found["after"] or "N")[0].upper()
    return -value if side in _NEGATIVE else value


_NEGATIVE = frozenset("SWجغ")  # the first letter of each side
_SIDE = "[NSEWشجقغ]|شمال[اً]*|جنوب[اً]*|شرق[اً]*|غرب[اً]*"
# A bare number is no reading of ours: a sign of degrees or a side must say what it is.
_LONGEST_DEGREES = 100  # letters: what is longer is none, and would take long to refuse
_SAID_TO_BE_DEGREES = re.compile(f"[°º]|{_SIDE}", re.IGNORECASE)
_DEGREES = re.compile(
    rf"(?P<before>{_SIDE})?\s*(?P<deg>\d+(?:\.\d+)?)(?:\s*[°º]\s*|\s+|(?=\D|$))"
    r"(?:(?P<min>\d+(?:\.\d+)?)(?:\s*['′]\s*|\s+|(?=[\"″”NSEWشجقغ]|$)))?"
    rf"(?:(?P<sec>\d+(?:\.\d+)?)\s*(?:\"|″|”|'')?\s*)?(?:(?P<after>{_SIDE})\s*[\"″”]?)?",
    re.IGNORECASE,
)


def read_at_least(cell: object) -> int | None:
    """Read "more than 15" or "15+" as the least.

    Parameters
    ----------
    cell : object

    Returns
    -------
    int or None
        None for anything else. Who writes "more than" rarely means one more: the number itself is
        the least.

    Examples
    --------
    >>> read_at_least("أكثر من ١٥"), read_at_least("15+"), read_at_least("15"), read_at_least(None)
    (15, 15, None, None)
    """
    found = _AT_LEAST.fullmatch(western(cell)) if isinstance(cell, str) else None
    return None if found is None else int(found[1] or found[2])


def read_about(cell: object) -> int | None:
    """Read "about 15" as 15.

    Parameters
    ----------
    cell : object

    Returns
    -------
    int or None
        None for anything that is not a number with such a word.

    Examples
    --------
    >>> read_about("حوالي ١٥"), read_about("~15"), read_about("15"), read_about("several")
    (15, 15, None, None)
    """
    found = _ABOUT.fullmatch(western(cell)) if isinstance(cell, str) else None
    return None if found is None else int(found[1] or found[2])


def read_range(cell: object) -> tuple[int, int] | None:
    """Read "10-15" as least and most.

    Parameters
    ----------
    cell : object

    Returns
    -------
    tuple = (least, most) or None
        None for anything that is not a range of whole numbers that rises.

    Examples
    --------
    >>> read_range("١٠ - ١٥"), read_range("15-10"), read_range(None)
    ((10, 15), None, None)
    """
    found = _RANGE.fullmatch(western(cell)) if isinstance(cell, str) else None
    if found is None:
        return None
    least, most = int(found[1]), int(found[2])
    return (least, most) if least < most else None
