"""Rows from CSV and Excel files, however they were written.

Any separator, any of the encodings that field offices use, titles above the header, blank rows,
stray quotes: the rows that can be read are read, and each row keeps the number that a person
counts in the file. Formulas are never evaluated: the value that the writer stored is taken.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import UnreadableFileError
from geosector.language import text
from geosector.sources.blanks import parted_by_blanks
from geosector.sources.evenly import AROUND, Even, Parted, part
from geosector.sources.files import BROKEN_ARCHIVE, Source, damaged, utf16_order
from geosector.sources.headers import is_export, is_repeat
from geosector.sources.limits import MOST_BY_ELEMENT, require_cells
from geosector.sources.lines import Row, records
from geosector.sources.sheets import LAST_ROW, Grid, Told, Workbook, read_plain
from geosector.sources.values import is_missing, objects, read_as, written_as
from geosector.sources.workbooks import open_workbook, plain_workbook
from geosector.storage import unguard_formula
from geosector.tables import Problem, fold_label, match_columns

SEPARATORS = ",;\t|،؛"
# A header stands near the top; above it may be titles, dates, the name of the office. Where no row
# near the top knows a column, one further down may.
HEADER_WITHIN = 20
HEADER_WITHIN_AT_MOST = 200
LONGEST_LABEL = 500
LAST_COLUMN = 16_384  # of a sheet of Excel
# openpyxl lets whatever it meets in a damaged file fall through (XML: SyntaxError).
_BROKEN_BOOK = (*BROKEN_ARCHIVE, LookupError, TypeError, AttributeError, SyntaxError)
# Turkish and Western European differ in six letters; Icelandic is not written here.
LEGACY_ENCODINGS = ["cp1256", "cp1254"]


class Sheet(NamedTuple):
    """The rows of one sheet, and what was wrong on the way."""

    rows: list[Row]
    problems: list[Problem]
    # Rows between these in the file, where it is large: as columns, all as wide as the header.
    even: Even | None = None


def read_spreadsheet(source: Source, name: str | None = None) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a CSV or Excel file as cells.

    Parameters
    ----------
    source : Source
        Of kind ``text`` or ``xlsx``.
    name : str, optional
        The table that it should be: its column words tell the header from titles above it.

    Returns
    -------
    tuple = (cells, problems)
        ``cells`` has the headers as they stand and the row's number in the file as index (the
        first row of a sheet is 1); nothing is interpreted. Blank rows are left out.

    Raises
    ------
    UnreadableFileError
        Where the file is damaged or holds no row.
    """
    if source.kind == "xlsx":
        cells, problems, _ = read_workbook(source, name)
        return cells, problems
    return _framed(_text_rows(source, name), source.name, name, even=True)


def read_workbook(
    source: Source, name: str | None = None
) -> tuple[pd.DataFrame, list[Problem], dict[str, pd.DataFrame]]:
    """Read an Excel file as cells, with the repeats of a field form that lie in further sheets.

    Parameters
    ----------
    source : Source
        Of kind ``xlsx``; where it names a sheet only that one is read.
    name : str, optional
        The table that it should be.

    Returns
    -------
    tuple = (cells, problems, repeats)
        ``repeats`` are the cells of each sheet whose rows belong to rows of another sheet.

    Raises
    ------
    UnreadableFileError
        Where the file is damaged or holds no row.
    """
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    found = _workbook(source)
    sheets = _visible(found)
    if source.sheet is not None:
        sheets = {source.sheet: sheets[source.sheet]}
    inner = _repeat_titles(sheets) if name is not None else []
    main = _main_sheet({k: v for k, v in sheets.items() if k not in inner} or sheets, name)
    hidden = [title for title, grid in found.grids.items() if title not in sheets and grid.shows]
    problems = [
        Problem(source.name, None, None, other, text("one sheet with rows"),
                text("Only the sheet {sheet} was read.", sheet=main))
        for other in (*(title for title, grid in sheets.items() if grid.is_filled), *hidden)
        if other not in {main, *inner} and source.sheet is None
    ]  # fmt: skip
    if found.book.epoch == CALENDAR_MAC_1904:
        problems.append(
            Problem(source.name, None, None, "1904", text("days that are counted from 1900"),
                    text("Cells that are no dates but numbers may be four years off."))
        )  # fmt: skip
    cells, more = _framed(_excel_rows(found, main, source.name), source.name, name, even=False)
    problems += more
    repeats = {}
    for title in inner if main not in inner else ():
        at = f"{source.name}/{title}"
        sheet = _excel_rows(found, title, at)
        if len(sheet.rows) > 1:  # more than its header
            repeats[title], more = _framed(sheet, at, name, even=False)
            problems += more
    return cells, problems, repeats


def sheets_of(
    source: Source, is_header: Callable[[list[str]], bool]
) -> tuple[list[str], list[str]]:
    """Tell the sheets of a workbook that have a header of one kind from its others with rows.

    Parameters
    ----------
    source : Source
        Of kind ``xlsx``.
    is_header : callable
        Whether the cells of a row are such a header.

    Returns
    -------
    tuple = (titles, others)
        In the order of the workbook; hidden sheets are neither.
    """
    sheets = _visible(_workbook(source))
    filled = [title for title, grid in sheets.items() if grid.is_filled]
    found = [
        title
        for title in filled
        if any(
            is_header([written_as(value) for value in values])
            for _, values in sheets[title].rows[:HEADER_WITHIN]
        )
    ]
    return found, [title for title in filled if title not in found]


def _visible(book: Workbook) -> dict[str, Grid]:
    return {
        sheet.title: book.grids[sheet.title]
        for sheet in book.book.worksheets
        if sheet.sheet_state == "visible"
    }


def _repeat_titles(sheets: dict[str, Grid]) -> list[str]:
    """Name the sheets whose rows belong to rows of another."""
    return [
        title
        for title, grid in sheets.items()
        if any(is_repeat(values) for _, values in grid.rows[:HEADER_WITHIN])
    ]


def _unguarded(row: Row) -> Row:
    if not any(cell.startswith("'") for cell in row.cells):
        return row
    return row._replace(cells=[unguard_formula(cell) for cell in row.cells])


# ---------------------------------------------------------------- text


def _text_rows(source: Source, name: str | None) -> Sheet:
    written, problems = decode(source.bytes(), source.name)
    if "\r" in written:
        written = written.replace("\r\n", "\n").replace("\r", "\n")
    problems += _two_scripts(written, source.name)
    if "\0" in written:  # left by a torn disk, or by a program that counts its letters
        problems += [
            Problem(source.name, number, None, line.replace("\0", "␀")[:80],
                    text("text without NUL signs"), text("They were left out."))
            for number, line in enumerate(written.split("\n"), start=1) if "\0" in line
        ]  # fmt: skip
        written = written.replace("\0", "")
    separator = _separator(written.split("\n", HEADER_WITHIN_AT_MOST)[:HEADER_WITHIN_AT_MOST])
    require_cells(source.kind, written.count(separator) + written.count("\n"), source.name)
    rows, stray, even = _large_rows(written, separator, name) or _all_rows(written, name)
    is_mangled = any(sign in written for sign in _SIGNS_OF_LOSS)
    if is_mangled:
        problems += _lost_letters(rows, source.name)
        problems += [] if even is None else _lost_in_columns(even, source.name)
    if "'" in written:  # what our own files guard against being calculated
        rows = [_unguarded(row) for row in rows]
    problems += [
        Problem(source.name, number, None, line[:80], text("quotes in pairs"),
                text("The quotes were read as ordinary signs."))
        for number, line in stray
    ]  # fmt: skip
    if even is None:
        return Sheet(rows, problems)
    return _with_odd_rows_apart(Sheet(rows, problems, _as_cells(even)), written, name)


def _all_rows(written: str, name: str | None) -> tuple[list[Row], list[tuple[int, str]], None]:
    """Read a text row by row."""
    lines = written.split("\n")
    separator = _separator(lines)
    if lines[0].casefold().startswith("sep="):  # a line for Excel alone
        separator = lines[0].strip()[4:5] or separator
        lines[0] = ""
    rows, stray = records(lines, separator)
    if rows and all(len(row.cells) == 1 for row in rows):
        rows = _within_lines(rows, name)
    if _DRAWN.search(written):
        rows = [row._replace(cells=_whole_geometries(row.cells, separator)) for row in rows]
    return rows, stray, None


def _within_lines(rows: list[Row], name: str | None) -> list[Row]:
    """Split lines that are one cell each: in quotes as a whole, or with blanks alone between."""
    inner = ["".join(row.cells) for row in rows]
    separator = _separator(inner)
    if separator in inner[0]:  # else it is a table of one column, or of none of our signs
        rows = [row._replace(cells=found.cells) for row, line in zip(rows, inner, strict=True)
                for found in records([line], separator)[0]]  # fmt: skip
    if any(len(row.cells) > 1 for row in rows):
        return rows
    return parted_by_blanks(rows, partial(_known_labels, name=name)) or rows


# Geometries in words have commas and semicolons of their own.
_DRAWN = re.compile(r"\bSRID=\d+;|\b(?:POINT|LINESTRING|POLYGON)\s?[ZM]*\s?\(", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\([^()]*\)")
_SYSTEM = re.compile(r"\s*SRID=\d+\s*", re.IGNORECASE)


def _whole_geometries(cells: list[str], separator: str) -> list[str]:
    """Join what was cut inside a geometry that stands without quotes."""
    whole: list[list[str]] = []
    is_open, is_drawn, depth = False, False, 0
    for cell in cells:
        if is_open:
            whole[-1].append(cell)
        else:
            whole.append([cell])
            is_drawn, depth = False, 0
        states_system = _SYSTEM.fullmatch(cell) is not None
        is_drawn = is_drawn or states_system or _DRAWN.search(cell) is not None
        depth += cell.count("(") - cell.count(")")
        is_open = states_system or (is_drawn and depth > 0)
    return cells if is_open else [separator.join(parts) for parts in whole]


def _large_rows(
    written: str, separator: str, name: str | None
) -> tuple[list[Row], list[tuple[int, str]], Parted] | None:
    """Read a large text whose rows are even; None where it has to be read row by row."""
    if written[:4].casefold() == "sep=":  # a line for Excel alone
        return None
    parted = part(written, separator)
    if parted is None:
        return None
    rows = [Row(number, _whole_geometries(cells, separator)) for number, cells in parted.others]
    rows = [row for row in rows if any(cell.strip() for cell in row.cells)]
    first = [_unguarded(row) for row in rows if row.number <= AROUND]
    last = [row for row in rows if row.number > parted.total - AROUND]
    if min(len(first), len(last)) < 2 * HEADER_WITHIN:
        return None
    width = len(first[_header_place(first, name)].cells)
    if width != len(parted.columns) or width == 1:
        return None
    return rows, parted.stray, parted


def _as_cells(parted: Parted) -> Even:
    """Make a cell of what stands between separators, once for each different one."""
    columns = []
    for known, codes in parted.columns:
        bare = [unguard_formula(cell) if cell[:1] == "'" else cell for cell in known]
        cells = [cell if cell and not cell.isspace() else None for cell in bare]
        columns.append(objects(cells)[codes])
    filled = np.any([cells != None for cells in columns], axis=0)  # noqa: E711 - each of them
    return Even(parted.numbers, columns).only(filled)


def _with_odd_rows_apart(sheet: Sheet, written: str, name: str | None) -> Sheet:
    """Put sums, and the header once more, among the rows that are looked at one by one."""
    rows, problems, even = sheet
    if even is None:
        return sheet
    first = [row for row in rows if row.number <= AROUND]
    labels = [label.strip() for label in first[_header_place(first, name)].cells]
    longest = max(labels, key=len)
    apart = _sums(even)
    if written.count(longest) > 1 or {'"', "\n"} & set(longest):
        apart |= _header_again(even, labels)
    rows += [
        Row(int(even.numbers[place]), [cells[place] for cells in even.columns])
        for place in np.flatnonzero(apart).tolist()
    ]
    rows.sort(key=lambda row: row.number)
    return Sheet(rows, problems, even.only(~apart))


def _sums(even: Even) -> NDArray[np.bool_]:
    """Find rows of which the first cell that is filled says that they are a sum."""
    found = np.zeros(len(even.numbers), bool)
    places = np.arange(len(even.numbers))
    for cells in even.columns:
        told = cells[places]
        words = {word for word in set(told.tolist()) if word is not None and _is_total(word)}
        if words:
            found[places[[word in words for word in told.tolist()]]] = True
        places = places[told == None]  # noqa: E711 - each of them
        if not len(places):
            break
    return found


def _header_again(even: Even, labels: list[str]) -> NDArray[np.bool_]:
    """Find rows that are the header once more; most differ in their first cell already."""
    places = np.arange(len(even.numbers))
    for cells, label in zip(even.columns, labels, strict=True):
        told = cells[places].tolist()
        places = places[[(cell or "").strip() == label for cell in told]] if told else places
    return np.isin(np.arange(len(even.numbers)), places)


# What programs leave of letters that they cannot write, and of UTF-8 that they took for Latin.
_LOST = re.compile(
    r"\ufffd|\?{3,}|[ØÙÚÛ][^\x00-\x7f\u0600-\u06ff][^\n]{0,2}[ØÙÚÛ][^\x00-\x7f\u0600-\u06ff]"
)


# One of them stands in all that is lost.
_SIGNS_OF_LOSS = ("\ufffd", "???", "Ø", "Ù", "Ú", "Û")


def _lost_letters(rows: list[Row], file: str) -> list[Problem]:
    return [
        Problem(file, row.number, None, cell[:80], text("the letters that were written"),
                text("Kept as it is."))
        for row in rows for cell in row.cells
        if _LOST.search(cell)
    ]  # fmt: skip


def _lost_in_columns(parted: Parted, file: str) -> list[Problem]:
    """List the same of rows that were read as columns, in the order of the rows."""
    found = []
    for place, (known, codes) in enumerate(parted.columns):
        lost = np.array([_LOST.search(cell) is not None for cell in known], bool)
        found += [
            (int(parted.numbers[row]), place, known[codes[row]])
            for row in np.flatnonzero(lost[codes]).tolist()
        ]
    return [
        Problem(file, number, None, cell[:80], text("the letters that were written"),
                text("Kept as it is."))
        for number, _, cell in sorted(found)
    ]  # fmt: skip


# A byte that was changed on the way makes an Arabic letter of a Latin one, between its neighbours.
_TWO_SCRIPTS = re.compile(r"[A-Za-z][\u0620-\u06d3][A-Za-z]")


def _two_scripts(written: str, file: str) -> list[Problem]:
    """List the lines with a word that is written in two scripts at once."""
    if written.isascii() or _TWO_SCRIPTS.search(written) is None:
        return []
    return [
        Problem(file, number, None, line[:80], text("the letters that were written"),
                text("Kept as it is."))
        for number, line in enumerate(written.split("\n"), start=1)
        if _TWO_SCRIPTS.search(line)
    ]  # fmt: skip


def decode(data: bytes, file: str) -> tuple[str, list[Problem]]:
    """Turn bytes into text.

    Parameters
    ----------
    data : bytes
        UTF-8 with or without a mark, UTF-16 with or without one, Windows-1256 and its kin.
    file : str
        The file's name, for the problems.

    Returns
    -------
    tuple = (written, problems)
        A few lines that are not in the encoding of the rest are decoded by themselves and listed,
        so that one pasted line does not spoil the others.

    Examples
    --------
    >>> decode("مكان".encode("cp1256"), "incidents.csv")
    ('مكان', [])
    >>> decode(b"", "incidents.csv")
    ('', [])
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), []
    order = utf16_order(data[:65536])
    if order is not None:
        return data.decode(order, "replace"), []
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        pass
    try:  # halves of signs that some programs write one by one; what has no other half is lost
        halves = data.decode("utf-8-sig", "surrogatepass").encode("utf-16-le", "surrogatepass")
        return halves.decode("utf-16-le", "replace"), []
    except UnicodeDecodeError:
        pass
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    foreign = {place for place, line in enumerate(lines) if not is_utf8(line)}
    native = sum(not line.isascii() for line in lines) - len(foreign)
    if native < len(foreign):
        return _decode_legacy(data, file)
    decoded = []
    problems = []
    for place, line in enumerate(lines):
        if place in foreign:
            decoded.append(line.decode("cp1256"))
            problems.append(
                Problem(file, place + 1, None, decoded[-1][:80], text("text in UTF-8"),
                        text("Read as {value}.", value="Windows-1256"))
            )  # fmt: skip
        else:
            decoded.append(line.decode("utf-8"))
    return "\n".join(decoded), problems


def is_utf8(line: bytes) -> bool:
    r"""Say whether bytes are UTF-8.

    Parameters
    ----------
    line : bytes

    Returns
    -------
    bool

    Examples
    --------
    >>> is_utf8("مكان".encode()), is_utf8("مكان".encode("cp1256")), is_utf8(b"")
    (True, False, True)
    """
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decode_legacy(data: bytes, file: str) -> tuple[str, list[Problem]]:
    """Arabic letters settle it; otherwise a guess among three, and the guess is told."""
    # Each sign is one byte: of a large file only the 256 are looked at.
    counts = np.bincount(np.frombuffer(data, np.uint8), minlength=256)
    signs = bytes(range(256)).decode("cp1256")
    letters = _count(signs, counts, lambda sign: sign.isalpha() and not sign.isascii())
    arabic = _count(signs, counts, lambda sign: sign.isalpha() and "\u0600" <= sign <= "\u06ff")
    if _is_iso_arabic(counts, arabic):
        named = "ISO-8859-6"
        problem = Problem(file, None, None, named, text("text in UTF-8"), read_as(named))
        return data.decode(named), [problem]
    if arabic > 0.8 * letters:
        return data.decode("cp1256"), []
    from charset_normalizer import from_bytes

    best = from_bytes(data, cp_isolation=LEGACY_ENCODINGS).best()
    encoding = "cp1256" if best is None else best.encoding
    problem = Problem(file, None, None, encoding, text("text in UTF-8"),
                      text("Read as {value}.", value=encoding))  # fmt: skip
    return data.decode(encoding, "replace"), [problem]


def _count(signs: str, counts: NDArray[np.int64], belongs: Callable[[str], bool]) -> int:
    """Count the letters of a text of one byte each, by how often it has every byte."""
    return sum(n for sign, n in zip(signs, counts.tolist(), strict=True) if belongs(sign))


def _is_iso_arabic(counts: NDArray[np.int64], arabic: int) -> bool:
    """Say whether text is in the older standard: more of its letters are Arabic by that.

    Windows-1256 has Latin letters where that one has the most usual Arabic ones, and letters where
    that one has nothing.
    """
    signs = bytes(range(256)).decode("iso8859-6", "replace")
    if _count(signs, counts, lambda sign: sign == "\ufffd"):
        return False
    return _count(signs, counts, lambda sign: "\u0621" <= sign <= "\u064a") > arabic


def _separator(lines: list[str]) -> str:
    """Choose the sign that gives the most rows of one width, and then the widest."""
    # All of it in one cell, by a stray quote, is still below the longest cell that csv takes.
    sample = [line[:2000] for line in lines[:HEADER_WITHIN_AT_MOST] if line.strip()]
    sample = [_IN_BRACKETS.sub("", line) if _DRAWN.search(line) else line
              for line in sample[:50] + sample[-50:]]  # fmt: skip
    best, best_score = ",", (0, 0)
    for separator in SEPARATORS:
        widths = Counter(
            len(cells) for cells in csv.reader(sample, delimiter=separator) if len(cells) > 1
        )
        if widths:
            width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
            if (count, width) > best_score:
                best, best_score = separator, (count, width)
    return best


# ---------------------------------------------------------------- Excel


def _excel_rows(book: Workbook, title: str, file: str) -> Sheet:
    """Take the rows of one sheet, with what is told of them."""
    if title not in book.grids:  # no sheet can be seen
        return Sheet([], [])
    grid = book.grids[title]
    problems = [
        Problem(file, number, None, written_as(values[0]),
                text("a row that can be seen"), text("The hidden row was read."))
        for number, values in grid.rows if grid.hidden_rows
        if number in grid.hidden_rows and any(value is not None for value in values)
    ]  # fmt: skip
    problems += [Problem(file, one.number, None, *one[1:]) for one in grid.told]
    rows = [Row(*row) for row in grid.rows]
    problems += _fill_merged(rows, _merged(book.around[title]), file)
    return Sheet([row for row in rows if not all(map(is_missing, row.cells))], problems)


_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\sref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')


def _merged(around: bytes) -> list[tuple[int, int, int]]:
    """Find cells that were made one from top to bottom: first row, last row, column, from 1."""
    from openpyxl.utils import column_index_from_string

    merged = []
    for left, top, right, bottom in _MERGED.findall(around):
        if int(bottom) > int(top):
            first, last = (column_index_from_string(c.decode()) for c in (left, right))
            merged += [(int(top), int(bottom), column) for column in range(first, last + 1)]
    return merged


def _fill_merged(rows: list[Row], merged: list[tuple[int, int, int]], file: str) -> list[Problem]:
    """Give words and dates to every row of their cell, in place.

    A number stays in its first row alone: in each it would be counted as often.
    """
    places = {row.number: place for place, row in enumerate(rows)}
    problems = []
    for top, bottom, column in merged:
        cells = rows[places[top]].cells if top in places else []
        value = cells[column - 1] if column <= len(cells) else None
        if is_missing(value):
            continue
        is_number = isinstance(value, int | float)
        for number in range(top + 1, min(bottom, rows[-1].number) + 1):
            below = rows[places[number]].cells if number in places else []
            if all(map(is_missing, below)) or column > len(below):
                continue
            if not is_number:
                below[column - 1] = value
            problems.append(
                Problem(file, number, None, "", text("a cell of its own in each row"),
                        text("Left empty.") if is_number else read_as(written_as(value)))
            )  # fmt: skip
    return problems


def _workbook(source: Source) -> Workbook:
    """Read every sheet of a workbook, as it is written by most programs or by any."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as of dates before 1900: the cell tells it
            data = source.bytes()
            found = read_plain(data)
            if found is None:
                plain = plain_workbook(data)
                found = None if plain is data else read_plain(plain)
                found = found or _read_by_openpyxl(plain, source.name)
            return found
    except _BROKEN_BOOK as error:
        raise damaged(source.name, error) from error


def _read_by_openpyxl(data: bytes, file: str) -> Workbook:
    """Read element by element; what is too large for that is refused."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > MOST_BY_ELEMENT * 1024**2:
        raise UnreadableFileError(
            text(
                "{file}: it is large, and written in a way that is slow to read. "
                "Save it once more with Excel or LibreOffice, or as CSV.",
                file=file,
            )
        )
    written, stored = (open_workbook(data, stored=with_values) for with_values in (False, True))
    grids, around = {}, {}
    for sheet in written.worksheets:
        cells = list(_sheet_cells(sheet))
        has_formulas = any(cell.formula for _, row in cells for cell in row)
        values = list(_sheet_cells(stored[sheet.title])) if has_formulas else []
        with sheet._get_source() as part_of_sheet:  # noqa: SLF001 - what iter_rows reads
            around[sheet.title] = part_of_sheet.read()
        hidden = frozenset(int(number) for number in _HIDDEN_ROW.findall(around[sheet.title]))
        grids[sheet.title] = _grid(cells, values, hidden)
    return Workbook(written, grids, around)


def _grid(
    cells: list[tuple[int, list[_Cell]]],
    stored: list[tuple[int, list[_Cell]]],
    hidden: frozenset[int],
) -> Grid:
    values_stored = {
        (number, place): cell.value for number, row in stored for place, cell in enumerate(row)
    }
    told, rows = [], []
    for number, row in cells:
        values = []
        for place, cell in enumerate(row):
            value, problem = _cell_value(cell, values_stored.get((number, place)))
            if problem:
                told.append(Told(number, str(cell.value), *problem))
            values.append(value)
        rows.append((number, values))
    there = [cell.value for _, row in cells for cell in row if cell.value is not None]
    return Grid(rows, told, hidden, bool(there), any(there))


class _Cell(NamedTuple):
    value: Any
    formula: bool
    error: bool


_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b(?=[^>]*\shidden="(?:1|true)")[^>]*?\sr="(\d+)"')


def _sheet_cells(sheet: Any) -> Iterator[tuple[int, list[_Cell]]]:  # noqa: ANN401 - openpyxl has no types
    sheet.reset_dimensions()  # some writers state a wrong size
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if number > LAST_ROW:  # rows are counted up to whatever number one states
            raise ValueError(text("a row beyond the last one, {last}", last=LAST_ROW))
        if cells:  # one cell at the far end of a sheet makes a million empty rows before it
            yield (
                number,
                [_Cell(cell.value, cell.data_type == "f", cell.data_type == "e") for cell in cells],
            )


def _cell_value(cell: _Cell, stored: Any) -> tuple[Any, tuple[str, str] | None]:  # noqa: ANN401
    """Take the stored value of a formula, and no error such as #REF!."""
    if cell.error or (cell.formula and isinstance(stored, str) and stored.startswith("#")):
        return None, (text("a value, not an error of the spreadsheet"), text("Left empty."))
    if not cell.formula:
        return cell.value, None
    if stored is None:
        return None, (text("a formula with its value stored"), text("Left empty."))
    return stored, None


def _main_sheet(sheets: dict[str, Grid], name: str | None) -> str:
    """Choose the sheet that knows the most columns of the table; the first of equals."""

    def knows(title: str) -> int:
        rows = [Row(*row) for row in sheets[title].rows[:HEADER_WITHIN_AT_MOST]]
        for most in (HEADER_WITHIN, HEADER_WITHIN_AT_MOST):
            known = max((_known_labels(row, name) for row in rows[:most]), default=0)
            if known:
                return known
        return 0

    filled = [title for title, grid in sheets.items() if grid.is_filled]
    return max(filled, key=knows) if filled else next(iter(sheets), "")


# ---------------------------------------------------------------- header


def _framed(
    sheet: Sheet, file: str, name: str | None, *, even: bool
) -> tuple[pd.DataFrame, list[Problem]]:
    """Find the header, and make one column of each label."""
    rows, problems, _ = sheet
    if not rows:
        raise UnreadableFileError(text("{file}: there is no row in it.", file=file))
    place = _header_place(rows, name)
    labels = rows[place].cells
    if len(labels) > LAST_COLUMN:
        raise damaged(file, text("{count} columns", count=len(labels)))
    headers = _headers(labels)
    problems += [
        Problem(file, None, label, label, text("a header of its own"), read_as(header))
        for header, label in zip(headers, map(written_as, labels), strict=True)
        if not is_missing(label) and header != label.strip()
    ]
    once = [written_as(label).strip() for label in labels]
    kept: list[Row] = []
    for row in rows[place + 1 :]:
        if not kept and _is_second_header(row, name):
            continue
        if _is_row(row, once):
            problems.append(
                Problem(file, row.number, None, written_as(row.cells[0]),
                        text("data, not the header once more"), row_left_out())
            )  # fmt: skip
        elif len(row.cells) > len(labels) and not all(map(is_missing, row.cells[len(labels) :])):
            beside = not even  # a note beside a sheet moves no cell; one comma too many moves all
            problems.append(
                Problem(file, row.number, None, str(len(row.cells)),
                        text("{count} cells, as in the header", count=len(labels)),
                        text("Read as far as possible.") if beside else row_left_out())
            )  # fmt: skip
            if beside:
                kept.append(row)
        else:
            if even and len(row.cells) < len(labels):
                problems.append(
                    Problem(file, row.number, None, str(len(row.cells)),
                            text("{count} cells, as in the header", count=len(labels)),
                            text("Left empty."))
                )  # fmt: skip
            kept.append(row)
    kept, sums = _totals_dropped(kept, file, name)
    problems += sums
    numbers = pd.Index([row.number for row in kept], dtype="int64")
    columns = {header: objects(_column(kept, place)) for place, header in enumerate(headers)}
    cells = pd.DataFrame(columns, index=numbers, dtype="object")
    if sheet.even is not None:
        cells = _with_even(cells, sheet.even)
    unnamed = [h for h, label in zip(headers, labels, strict=True) if is_missing(label)]
    return cells.drop(columns=[h for h in unnamed if cells[h].isna().all()]), problems


def _with_even(cells: pd.DataFrame, even: Even) -> pd.DataFrame:
    """Put the rows that were read as columns between those that were read one by one."""
    numbers = np.concatenate([cells.index.to_numpy(), even.numbers])
    order = np.argsort(numbers, kind="stable")
    joined = {
        header: np.concatenate([cells[header].to_numpy(), column])[order]
        for header, column in zip(cells.columns, even.columns, strict=True)
    }
    return pd.DataFrame(joined, index=pd.Index(numbers[order], dtype="int64"), dtype="object")


_TOTALS = frozenset(
    fold_label(word)
    for word in (
        "total", "grand total", "totals", "sum", "subtotal", "sub-total",
        "المجموع الفرعي", "ara toplam", "المجموع", "مجموع", "الإجمالي", "الاجمالي",
        "المجموع الكلي", "المجموع العام", "giştî", "bi giştî", "tevahî", "کۆ", "کۆی گشتی",
        "toplam", "جمع کل",
    )
)  # fmt: skip
_LONGEST_TOTAL = 40
_FORMULAS = ("@", "=")  # of which one may be called so: it is no label
_DIGIT = re.compile(r"\d")


def _totals_dropped(
    kept: list[Row], file: str, name: str | None
) -> tuple[list[Row], list[Problem]]:
    """Take sums away, at the end of a table or between its parts: they would count all twice.

    A list of figures may well have a figure that is called so; there only its end is looked at.
    """
    last = {row.number for row in (kept[-3:] if name == "services" else kept)}
    words = {row.number: _first_word(row) for row in kept if row.number in last}
    sums = {number for number, word in words.items() if _is_total(word)}
    problems = [
        Problem(file, number, None, words[number], text("data, not their sum"), row_left_out())
        for number in sorted(sums)
    ]
    return [row for row in kept if row.number not in sums], problems


def _is_total(word: str) -> bool:
    # Of the many cells of a large file most are numbers or have some in them.
    if len(word) > _LONGEST_TOTAL or _DIGIT.search(word) or word.startswith(_FORMULAS):
        return False
    return fold_label(word.strip(" :")) in _TOTALS


def _first_word(row: Row) -> str:
    """Give the first cell that is filled, where it is a short word."""
    first = next((cell for cell in row.cells if not is_missing(cell)), None)
    return first if isinstance(first, str) else ""


def _is_row(row: Row, written: list[str]) -> bool:
    """Say whether a row is the header once more; most differ in their first cell already."""
    return (
        written_as(row.cells[0]).strip() == written[0]
        and [written_as(cell).strip() for cell in row.cells] == written
    )


def _column(rows: list[Row], place: int) -> list[Any]:
    """Give the cells of one column; nothing where they are blank, or the row ends before them."""
    cells = [row.cells[place] if place < len(row.cells) else None for row in rows]
    # Of millions of cells most are text; the rest of the question costs more.
    return [
        (cell if cell and not cell.isspace() else None) if type(cell) is str
        else None if is_missing(cell) else cell
        for cell in cells
    ]  # fmt: skip


def _header_place(rows: list[Row], name: str | None) -> int:
    """Choose the header: the row that knows most columns, else the first that is wide enough."""
    first = rows[:HEADER_WITHIN]
    exported = [place for place, row in enumerate(first) if is_export(row.cells)]
    if exported:  # a form's own columns tell; its questions stand behind groups that no table knows
        return exported[0]
    for nearest in (first, rows[:HEADER_WITHIN_AT_MOST]):
        known = [_known_labels(row, name) for row in nearest]
        if max(known) > 0:
            return known.index(max(known))
    filled = [sum(not is_missing(cell) for cell in row.cells) for row in first]
    usual = sorted(filled)[len(filled) // 2]
    return next(i for i, count in enumerate(filled) if 2 * count >= usual)


def _known_labels(row: Row, name: str | None) -> int:
    if name is None or len(row.cells) > LAST_COLUMN:
        return 0
    labels = [cell for cell in row.cells if isinstance(cell, str) and cell.strip()]
    labels = [label for label in labels if len(label) <= LONGEST_LABEL]
    return len(match_columns(name, labels))


def _is_second_header(row: Row, name: str | None) -> bool:
    """HXL tags, or the same labels in another language."""
    labels = [cell for cell in row.cells if not is_missing(cell)]
    if all(isinstance(label, str) and label.startswith("#") for label in labels):
        return True
    known = _known_labels(row, name)
    return known > 1 and 2 * known > len(labels)


def _headers(labels: list[Any]) -> list[str]:
    """Name every column once: blank labels by their place, repeated ones by a number."""
    headers: dict[str, None] = {}
    for place, label in enumerate(labels):
        base = f"column_{place + 1}" if is_missing(label) else written_as(label).strip()
        header, repeat = base, 2
        while header in headers:
            header, repeat = f"{base}_{repeat}", repeat + 1
        headers[header] = None
    return list(headers)


def row_left_out() -> str:
    """Say that a row was refused."""
    return text("The row was left out.")
