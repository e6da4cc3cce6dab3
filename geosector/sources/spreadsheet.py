"""Rows from CSV and Excel files, however they were written.

Any separator, any of the encodings that field offices use, titles above the header, blank rows,
stray quotes: the rows that can be read are read, and each row keeps the number that a person
counts in the file. Formulas are never evaluated: the value that the writer stored is taken.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import UnreadableFileError
from geosector.language import text
from geosector.sources.evenly import AROUND, Even, part
from geosector.sources.files import BROKEN_ARCHIVE, Source, damaged, utf16_order
from geosector.sources.headers import is_export, is_repeat
from geosector.sources.values import is_missing, read_as, written_as
from geosector.storage import unguard_formula
from geosector.tables import Problem, fold_label, match_columns

SEPARATORS = ",;\t|،؛"
# A header stands near the top; above it may be titles, dates, the name of the office.
HEADER_WITHIN = 20
# A quoted cell may hold line breaks, but not a whole file: that is a quote never closed.
MAX_LINES_IN_CELL = 100
LONGEST_LABEL = 500
# What a sheet of Excel can hold.
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
# openpyxl lets whatever it meets in a damaged file fall through (XML: SyntaxError).
_BROKEN_BOOK = (*BROKEN_ARCHIVE, LookupError, TypeError, AttributeError, SyntaxError)
# Turkish and Western European differ in six letters; Icelandic is not written here.
LEGACY_ENCODINGS = ["cp1256", "cp1254"]


class Row(NamedTuple):
    """One row as it stands: its number in the file, its cells."""

    number: int
    cells: list[Any]


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
        Of kind ``xlsx``.
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
    sheets = _sheets(source, stored=False)
    inner = _repeat_titles(sheets) if name is not None else []
    main = _main_sheet({k: v for k, v in sheets.items() if k not in inner} or sheets, name)
    stored: dict[str, list[tuple[int, list[_Cell]]]] = {}
    if any(cell.formula for title in (main, *inner) for _, cells in sheets.get(title, [])
           for cell in cells):  # fmt: skip
        stored = _sheets(source, stored=True)
    marks = _sheet_marks(source, main)
    problems = [
        Problem(source.name, None, None, other, text("one sheet with rows"),
                text("Only the sheet {sheet} was read.", sheet=main))
        for other in (*_filled(sheets), *marks.hidden_sheets)
        if other not in {main, *inner}
    ]  # fmt: skip
    if marks.counts_from_1904:
        problems.append(
            Problem(source.name, None, None, "1904", text("days that are counted from 1900"),
                    text("Cells that are no dates but numbers may be four years off."))
        )  # fmt: skip
    sheet = _excel_rows(sheets.get(main, []), stored.get(main, []), marks, source.name)
    cells, found = _framed(sheet, source.name, name, even=False)
    repeats = {}
    for title in inner if main not in inner else ():
        at = f"{source.name}/{title}"
        marks = _sheet_marks(source, title)
        sheet = _excel_rows(sheets[title], stored.get(title, []), marks, at)
        if len(sheet.rows) > 1:  # more than its header
            repeats[title], more = _framed(sheet, at, name, even=False)
            found += more
    return cells, [*problems, *found], repeats


def _repeat_titles(sheets: dict[str, list[tuple[int, list[_Cell]]]]) -> list[str]:
    """Name the sheets whose rows belong to rows of another."""
    return [
        title
        for title, rows in sheets.items()
        if any(is_repeat(cell.value for cell in cells) for _, cells in rows[:HEADER_WITHIN])
    ]


def _unguarded(row: Row) -> Row:
    if not any(cell.startswith("'") for cell in row.cells):
        return row
    return row._replace(cells=[unguard_formula(cell) for cell in row.cells])


# ---------------------------------------------------------------- text


def _text_rows(source: Source, name: str | None) -> Sheet:
    written, problems = decode(source.bytes(), source.name)
    problems += _two_scripts(written, source.name)
    if "\r" in written:
        written = written.replace("\r\n", "\n").replace("\r", "\n")
    is_mangled = _LOST.search(written) is not None
    large = None if is_mangled else _large_sheet(written, problems, name)
    if large is not None:
        return large
    lines = written.split("\n")
    torn = [place for place, line in enumerate(lines) if "\0" in line] if "\0" in written else []
    for place in torn:  # left by a torn disk, or by a program that counts its letters
        problems.append(
            Problem(source.name, place + 1, None, lines[place].replace("\0", "␀")[:80],
                    text("text without NUL signs"), text("They were left out."))
        )  # fmt: skip
        lines[place] = lines[place].replace("\0", "")
    separator = _separator(lines)
    if lines[0].casefold().startswith("sep="):  # a line for Excel alone
        separator = lines[0].strip()[4:5] or separator
        lines[0] = ""
    rows, stray = _records(lines, separator)
    if rows and all(len(row.cells) == 1 for row in rows):  # every line as a whole in quotes
        inner = ["".join(row.cells) for row in rows]
        within = _separator(inner)
        if within in inner[0]:  # else it is a table of one column
            rows = [row._replace(cells=found.cells) for row, line in zip(rows, inner, strict=True)
                    for found in _records([line], within)[0]]  # fmt: skip
    if is_mangled:
        problems += _lost_letters(rows, source.name)
    if "'" in written:  # what our own files guard against being calculated
        rows = [_unguarded(row) for row in rows]
    problems += [
        Problem(source.name, number, None, line[:80], text("quotes in pairs"),
                text("The quotes were read as ordinary signs."))
        for number, line in stray
    ]  # fmt: skip
    return Sheet(rows, problems)


def _large_sheet(written: str, problems: list[Problem], name: str | None) -> Sheet | None:
    """Read a large file whose rows are even; None where it has to be read row by row."""
    lines = written.split("\n", 200)[:200]
    if lines[0].casefold().startswith("sep="):  # a line for Excel alone
        return None
    separator = _separator(lines)
    parted = part(written, separator, _guarded_cell if "'" in written else _text_cell)
    if parted is None:
        return None
    rows = [_unguarded(Row(number, line.split(separator))) for number, line in parted.others]
    rows = [row for row in rows if any(cell.strip() for cell in row.cells)]
    first = [row for row in rows if row.number <= AROUND]
    last = [row for row in rows if row.number > parted.lines - AROUND]
    if min(len(first), len(last)) < 2 * HEADER_WITHIN:
        return None
    labels = first[_header_place(first, name)].cells
    if len(labels) != len(parted.even.columns):
        return None
    labels = [label.strip() for label in labels]
    if written.count(max(labels, key=len)) == 1:
        return Sheet(rows, problems, parted.even)
    again = _header_again(parted.even, labels)
    rows += [
        Row(int(parted.even.numbers[place]), [cells[place] for cells in parted.even.columns])
        for place in np.flatnonzero(again).tolist()
    ]
    rows.sort(key=lambda row: row.number)
    return Sheet(rows, problems, parted.even.only(~again))


def _text_cell(written: str) -> str | None:
    return written if written and not written.isspace() else None


def _guarded_cell(written: str) -> str | None:
    return _text_cell(unguard_formula(written))


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


def _lost_letters(rows: list[Row], file: str) -> list[Problem]:
    return [
        Problem(file, row.number, None, cell[:80], text("the letters that were written"),
                text("Kept as it is."))
        for row in rows for cell in row.cells
        if _LOST.search(cell)
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
        for number, line in enumerate(written.splitlines(), start=1)
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
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    foreign = [place for place, line in enumerate(lines) if not is_utf8(line)]
    native = sum(not line.isascii() for line in lines) - len(foreign)
    if native < len(foreign):
        return _decode_legacy(data, file)
    decoded = []
    problems = []
    for place, line in enumerate(lines):
        if place in set(foreign):
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
    as_arabic = data.decode("cp1256")
    letters = [letter for letter in as_arabic if letter.isalpha() and not letter.isascii()]
    arabic = sum("\u0600" <= letter <= "\u06ff" for letter in letters)
    if arabic > 0.8 * len(letters):
        return as_arabic, []
    from charset_normalizer import from_bytes

    best = from_bytes(data, cp_isolation=LEGACY_ENCODINGS).best()
    encoding = "cp1256" if best is None else best.encoding
    problem = Problem(file, None, None, encoding, text("text in UTF-8"),
                      text("Read as {value}.", value=encoding))  # fmt: skip
    return data.decode(encoding, "replace"), [problem]


def _separator(lines: list[str]) -> str:
    """Choose the sign that gives the most rows of one width, and then the widest."""
    # All of it in one cell, by a stray quote, is still below the longest cell that csv takes.
    sample = [line[:2000] for line in lines[:200] if line.strip()][:50]
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


def _records(lines: list[str], separator: str) -> tuple[list[Row], list[tuple[int, str]]]:
    """Split lines into rows; a quote that is never closed costs only its own line.

    A cell with line breaks is one row, as it is in a spreadsheet program.
    """
    rows: list[Row] = []
    stray: list[tuple[int, str]] = []
    width, start, number = 0, 0, 0
    while start < len(lines):
        number += 1
        line = lines[start]
        taken = 1
        if '"' in line:
            cells, taken = _quoted(lines, start, separator)
            if taken > 1 and _swallowed(lines[start : start + taken], cells, width, separator):
                cells, taken = line.split(separator), 1
                stray.append((number, line))
        else:
            cells = line.split(separator) if line else []
        start += taken
        if cells and (cells[0].strip() or any(cell.strip() for cell in cells)):
            width = width or (len(cells) if len(cells) > 1 else 0)
            rows.append(Row(number, cells))
    return rows, stray


def _swallowed(lines: list[str], cells: list[str], width: int, separator: str) -> bool:
    """Say whether a cell over several lines has taken whole rows for its own text."""
    is_open = sum(line.count('"') for line in lines) % 2 == 1
    if is_open or not cells or not width:
        return is_open or not cells
    inner = lines[1:-1]
    return len(cells) != width or any(line.count(separator) >= width - 1 for line in inner)


def _quoted(lines: list[str], start: int, separator: str) -> tuple[list[str], int]:
    """Read one row that has quotes, and say over how many lines it went."""
    taken = 0

    def following() -> Iterator[str]:
        nonlocal taken
        for line in lines[start : start + MAX_LINES_IN_CELL]:
            taken += 1
            yield f"{line}\n"

    try:
        cells = next(csv.reader(following(), delimiter=separator))
    except csv.Error:  # a cell longer than any cell: the quote was never closed
        return [], MAX_LINES_IN_CELL
    cells[-1] = cells[-1].removesuffix("\n")
    return cells, taken


# ---------------------------------------------------------------- Excel


def _excel_rows(
    sheet: list[tuple[int, list[_Cell]]],
    stored: list[tuple[int, list[_Cell]]],
    marks: _Marks,
    file: str,
) -> Sheet:
    values_stored = {
        (number, place): cell.value for number, cells in stored for place, cell in enumerate(cells)
    }
    problems = []
    rows = []
    for number, cells in sheet:
        values = []
        if number in marks.hidden_rows and any(cell.value is not None for cell in cells):
            problems.append(
                Problem(file, number, None, written_as(cells[0].value),
                        text("a row that can be seen"), text("The hidden row was read."))
            )  # fmt: skip
        for place, cell in enumerate(cells):
            value, problem = _cell_value(cell, values_stored.get((number, place)))
            if problem:
                problems.append(Problem(file, number, None, str(cell.value), *problem))
            values.append(value)
        rows.append(Row(number, values))
    problems += _fill_merged(rows, marks.merged, file)
    return Sheet([row for row in rows if not all(map(is_missing, row.cells))], problems)


class _Marks(NamedTuple):
    """What a sheet says beside its cells."""

    hidden_sheets: list[str]
    hidden_rows: frozenset[int]
    # First row, last row, column: each counted from 1.
    merged: list[tuple[int, int, int]]
    counts_from_1904: bool


_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b(?=[^>]*\shidden="(?:1|true)")[^>]*?\sr="(\d+)"')
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\sref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')


def _sheet_marks(source: Source, title: str) -> _Marks:
    """Find what is hidden, and which cells were made one from top to bottom."""
    import openpyxl
    from openpyxl.utils import column_index_from_string
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    try:
        book = openpyxl.load_workbook(io.BytesIO(source.bytes()), read_only=True)
        hidden = [
            sheet.title
            for sheet in book.worksheets
            if sheet.sheet_state != "visible" and any(map(any, sheet.iter_rows(values_only=True)))
        ]
        written = b""
        if title:
            with book[title]._get_source() as file:  # noqa: SLF001 - what iter_rows reads
                written = file.read()
    except _BROKEN_BOOK as error:
        raise damaged(source.name, error) from error
    merged = []
    for left, top, right, bottom in _MERGED.findall(written):
        if int(bottom) > int(top):
            first, last = (column_index_from_string(c.decode()) for c in (left, right))
            merged += [(int(top), int(bottom), column) for column in range(first, last + 1)]
    rows = frozenset(int(number) for number in _HIDDEN_ROW.findall(written))
    return _Marks(hidden, rows, merged, bool(book.epoch == CALENDAR_MAC_1904))


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


def _sheets(source: Source, *, stored: bool) -> dict[str, list[tuple[int, list[_Cell]]]]:
    """Load the visible sheets: formulas as they are written, or the values stored with them."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(source.bytes()), read_only=True, data_only=stored)
        return {
            sheet.title: list(_sheet_cells(sheet))
            for sheet in book.worksheets
            if sheet.sheet_state == "visible"
        }
    except _BROKEN_BOOK as error:
        raise damaged(source.name, error) from error


class _Cell(NamedTuple):
    value: Any
    formula: bool
    error: bool


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


def _main_sheet(sheets: dict[str, list[tuple[int, list[_Cell]]]], name: str | None) -> str:
    """Choose the sheet that knows the most columns of the table; the first of equals."""

    def knows(title: str) -> int:
        rows = [Row(number, [cell.value for cell in cells]) for number, cells in sheets[title]]
        return max((_known_labels(row, name) for row in rows[:HEADER_WITHIN]), default=0)

    filled = _filled(sheets)
    return max(filled, key=knows) if filled else next(iter(sheets), "")


def _filled(sheets: dict[str, list[tuple[int, list[_Cell]]]]) -> list[str]:
    return [
        title
        for title, rows in sheets.items()
        if any(cell.value is not None for _, cells in rows for cell in cells)
    ]


# ---------------------------------------------------------------- header


def _framed(
    sheet: Sheet, file: str, name: str | None, *, even: bool
) -> tuple[pd.DataFrame, list[Problem]]:
    """Find the header, and make one column of each label."""
    rows, problems, _ = sheet
    if not rows:
        raise UnreadableFileError(text("{file}: there is no row in it.", file=file))
    widest = max(len(row.cells) for row in rows[:HEADER_WITHIN])
    if widest > LAST_COLUMN:
        raise damaged(file, text("{count} columns", count=widest))
    place = _header_place(rows, name)
    labels = rows[place].cells
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
    columns = {
        header: pd.Series([_cell(row.cells, i) for row in kept], index=numbers, dtype="object")
        for i, header in enumerate(headers)
    }
    cells = pd.DataFrame(columns, index=numbers)
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


def _totals_dropped(
    kept: list[Row], file: str, name: str | None
) -> tuple[list[Row], list[Problem]]:
    """Take sums away, at the end of a table or between its parts: they would count all twice.

    A list of figures may well have a figure that is called so; there only its end is looked at.
    """
    last = {row.number for row in (kept[-3:] if name == "services" else kept)}
    words = {row.number: _first_word(row) for row in kept if row.number in last}
    sums = {number for number, word in words.items() if fold_label(word.strip(" :")) in _TOTALS}
    problems = [
        Problem(file, number, None, words[number], text("data, not their sum"), row_left_out())
        for number in sorted(sums)
    ]
    return [row for row in kept if row.number not in sums], problems


def _first_word(row: Row) -> str:
    """Give the first cell that is filled, where it is a short word."""
    first = next((cell for cell in row.cells if not is_missing(cell)), None)
    return first if isinstance(first, str) and len(first) <= _LONGEST_TOTAL else ""


def _is_row(row: Row, written: list[str]) -> bool:
    """Say whether a row is the header once more; most differ in their first cell already."""
    return (
        written_as(row.cells[0]).strip() == written[0]
        and [written_as(cell).strip() for cell in row.cells] == written
    )


def _cell(cells: list[Any], place: int) -> Any:  # noqa: ANN401 - a cell is anything
    cell = cells[place] if place < len(cells) else None
    if type(cell) is str:  # of millions of cells most are; the rest of the question costs more
        return cell if cell and not cell.isspace() else None
    return None if is_missing(cell) else cell


def _header_place(rows: list[Row], name: str | None) -> int:
    """Choose the header: the row that knows most columns, else the first that is wide enough."""
    first = rows[:HEADER_WITHIN]
    exported = [place for place, row in enumerate(first) if is_export(row.cells)]
    if exported:  # a form's own columns tell; its questions stand behind groups that no table knows
        return exported[0]
    known = [_known_labels(row, name) for row in first]
    if max(known) > 0:
        return known.index(max(known))
    filled = [sum(not is_missing(cell) for cell in row.cells) for row in first]
    usual = sorted(filled)[len(filled) // 2]
    return next(i for i, count in enumerate(filled) if 2 * count >= usual)


def _known_labels(row: Row, name: str | None) -> int:
    if name is None:
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
