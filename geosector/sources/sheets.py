"""The cells of an Excel file as most programs write them, not element by element.

Excel, LibreOffice, openpyxl and others write a sheet as ``<row><c r="A1" s="2" t="s"><v>7</v></c>``
without anything between. Such sheets are read by their letters; of anything else in a workbook
(another prefix, comments, rich words, attributes nobody needs) nothing is guessed: it is left to
openpyxl as a whole. To openpyxl goes in any case what is around the rows: titles, styles, dates.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple
from xml.sax.saxutils import unescape

from geosector.language import text
from geosector.sources.limits import without_collector
from geosector.sources.workbooks import open_workbook

_MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_WORDS = "xl/sharedStrings.xml"
# What XML forbids, and what is read only with care: a file with any of it is left to openpyxl.
_CONTROLS = bytes({*range(32)} - {0x09, 0x0A})
_WITH_CARE = (b"<!", b"<?", b"]]>", b"\xef\xbf\xbe", b"\xef\xbf\xbf")
_OTHER_ENTITY = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)")
_ROW = re.compile(rb"\s*<row((?: [^<>]*?)?)(/?)>")
_NUMBER = re.compile(rb' r="([1-9]\d{0,6})"')
_ROW_BEGINS, _ROW_NUMBER = b'<row r="', re.compile(rb"[1-9]\d{0,6}")
_HIDDEN = re.compile(rb' hidden="(?:1|true)"')
_CELL = re.compile(
    rb'(<c(?: r="([A-Z]{1,3})[1-9]\d{0,6}")?(?: s="(\d{1,9})")?(?: t="(\w+)")?(?: ?/>|>'
    rb"(<f(?: [^<>]*)?(?:/>|>[^<]*</f>))?"
    rb'(?:<v>([^<]*)</v>|<v ?/>|<is><t(?: xml:space="preserve")?>([^<]*)</t></is>)?</c>))'
)
_WORD = re.compile(rb'(<si>(?:<t ?/>|<t(?: xml:space="preserve")?>([^<]*)</t>)</si>\s*)')
_WHOLE = itemgetter(0)  # of a cell in its parts
_ENTITIES = {"&quot;": '"', "&apos;": "'"}
# What stands for a day that no calendar has; no other text is this object.
_BEYOND = "#VALUE!"
_PIECE = 4 * 1024**2
LAST_ROW = 1_048_576  # of a sheet of Excel


class Told(NamedTuple):
    """What is told of one cell: the row's number, what stood there, what was expected and done."""

    number: int
    given: str
    expected: str
    action: str


class Grid(NamedTuple):
    """The rows of one sheet that hold anything, each with its number and its values.

    ``is_filled``: some cell is not empty; ``shows``: some cell is more than nothing, no or 0.
    """

    rows: list[tuple[int, list[Any]]]
    told: list[Told]
    hidden_rows: frozenset[int]
    is_filled: bool
    shows: bool


class Workbook(NamedTuple):
    """A workbook whose sheets are read: ``book`` of openpyxl without its rows, ``around`` them."""

    book: Any
    grids: dict[str, Grid]
    around: dict[str, bytes]


class _UnusualError(Exception):
    """Something is written as only openpyxl reads it."""


def read_plain(data: bytes) -> Workbook | None:
    """Read a workbook that is written as most are.

    Parameters
    ----------
    data : bytes
        The whole file, already known to be an Excel file that is safe to unpack.

    Returns
    -------
    Workbook or None
        None where openpyxl has to read it whole, be it to say what is wrong with it.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            hollow, sheets, words = _hollowed(archive)
        book = open_workbook(hollow.getvalue())
        grids, around = {}, {}
        for sheet in book.worksheets:
            path = sheet._worksheet_path  # noqa: SLF001 - what iter_rows opens
            rows = sheets.pop(path)
            around[sheet.title] = rows.part[: rows.begin] + rows.part[rows.end :]
            with without_collector(rows.end - rows.begin):
                grids[sheet.title] = _Reader(book, words).read(rows)
            sheet.reset_dimensions()
            for _ in sheet.iter_rows():  # there is none; what stands around them is read as ever
                pass
    except (_UnusualError, ValueError, LookupError, TypeError, AttributeError, SyntaxError):
        return None
    return Workbook(book, grids, around)


def _hollowed(
    archive: zipfile.ZipFile,
) -> tuple[io.BytesIO, dict[str, _Span], list[str]]:
    """Give the archive without rows and words, and these beside it."""
    sheets: dict[str, _Span] = {}
    words: list[str] = []
    hollow = io.BytesIO()
    names = archive.namelist()
    if len(set(names)) < len(names):
        raise _UnusualError
    with zipfile.ZipFile(hollow, "w") as made:
        for name in names:
            part = archive.read(name)
            if _SHEET.fullmatch(name):
                rows = sheets[name] = _parted(part)
                part = rows.part[: rows.begin] + rows.part[rows.end :]
            elif name == _WORDS:
                words = _words(part)
                part = b"<sst " + _MAIN + b"/>"
            made.writestr(name, part)
    return hollow, sheets, words


class _Span(NamedTuple):
    """A sheet, and between which of its bytes the rows stand."""

    part: bytes
    begin: int
    end: int


def _parted(part: bytes) -> _Span:
    """Find the rows of a sheet, if nothing in them is unusual."""
    if b"\r" in part:
        part = part.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    begin, end = part.find(b"<sheetData>"), part.rfind(b"</sheetData>")
    before = part[: max(begin, 0)]
    if not 0 <= begin < end or _MAIN not in before or not _is_utf8(before):
        raise _UnusualError
    begin += len(b"<sheetData>")
    if _is_unusual(part, begin, end):
        raise _UnusualError
    return _Span(part, begin, end)


def _is_unusual(part: bytes, begin: int, end: int) -> bool:
    """Say whether XML has anything between two of its bytes that is read only with care."""
    if any(part.find(sign, begin, end) >= 0 for sign in _WITH_CARE):
        return True
    if _OTHER_ENTITY.search(part, begin, end):
        return True
    pieces = (part[at : min(at + _PIECE, end)] for at in range(begin, end, _PIECE))
    return any(len(piece.translate(None, _CONTROLS)) < len(piece) for piece in pieces)


def _is_utf8(start: bytes) -> bool:
    """Say whether XML says nothing of another encoding."""
    stated = re.search(rb"""^\s*<\?xml[^>]*encoding=["']([\w-]+)""", start)
    return start[:2] not in {b"\xff\xfe", b"\xfe\xff"} and (
        stated is None or stated[1].lower() in {b"utf-8", b"utf8"}
    )


def _words(part: bytes) -> list[str]:
    """Read the words that the sheets share."""
    opened = re.search(rb"<sst(?: [^<>]*)?>", part)
    if opened is None or _MAIN not in opened[0] or not _is_utf8(part[: opened.start()]):
        raise _UnusualError
    end = part.rfind(b"</sst>")
    body = part[opened.end() : max(end, opened.end())]
    if _is_unusual(body, 0, len(body)):
        raise _UnusualError
    found = _WORD.findall(body.lstrip())
    if sum(len(whole) for whole, _ in found) != len(body.lstrip()):
        raise _UnusualError
    # openpyxl takes these letters away, so that what it escaped itself comes back.
    return [_written(word).replace("x005F_", "") for _, word in found]


def _written(raw: bytes) -> str:
    written = raw.decode()
    return unescape(written, _ENTITIES) if "&" in written else written


class _Shape(NamedTuple):
    """How a row is written around its values, so that the next one need not be taken apart.

    ``written``: with ``%b`` for each value, and NUL for the row's number; ``tags`` counts what
    begins with ``<``; ``width`` cells, with values at ``places``, each read by one of ``reads``.
    """

    written: bytes
    tags: int
    width: int
    places: list[int]
    reads: list[Callable[[bytes], Any]]
    has_dates: bool


def _around_values(row: bytes) -> tuple[list[bytes], list[bytes]]:
    """Part what a row is written with from its values."""
    parts = row.replace(b"</v>", b"<v>").split(b"<v>")
    return parts[::2], parts[1::2]


def _without_digits(pieces: list[bytes]) -> bytes:
    """Write what is around values so that rows of one shape are told without their numbers."""
    return b"<v>".join(pieces).translate(None, b"0123456789")


def _number(raw: bytes) -> int | float:
    return float(raw) if b"." in raw or b"E" in raw or b"e" in raw else int(raw)


class _Reader:
    """Reads the rows of one sheet by what the workbook says of dates and words."""

    def __init__(self, book: Any, words: list[str]) -> None:  # noqa: ANN401 - openpyxl has no types
        self.epoch = book.epoch
        self.dates = {str(style).encode() for style in book._date_formats}  # noqa: SLF001
        self.spans = {str(style).encode() for style in book._timedelta_formats}  # noqa: SLF001
        # By the number as it is written: "-1" is none, and would be the last of a list.
        self.words = {b"%d" % place: word for place, word in enumerate(words)}
        self.told: list[Told] = []
        self.known: dict[tuple[bytes, bytes], Any] = {}
        self.columns: dict[bytes, int] = {}
        self.shapes: dict[bytes, _Shape] = {}
        self.formulas = False

    def read(self, span: _Span) -> Grid:
        """Read all rows."""
        rows: list[tuple[int, list[Any]]] = []
        hidden = set()
        last = 0
        for written in _rows(*span):
            if (alike := self._read_alike(written)) and last < alike[0] <= LAST_ROW:
                last = alike[0]
                rows.append(alike)
                continue
            for attributes, cells in _parts(written):
                stated = _NUMBER.search(attributes)
                number = int(stated[1]) if stated else last + 1
                if not last < number <= LAST_ROW or (not stated and b" r=" in attributes):
                    raise _UnusualError
                last = number
                if _HIDDEN.search(attributes) and stated:
                    hidden.add(number)
                elif stated and cells:
                    self._learn(written, stated[1], cells)
                if values := self._values(number, cells):
                    rows.append((number, values))
        errors = self.formulas or bool(self.told)
        is_filled = errors or any(v is not None for _, values in rows for v in values)
        return Grid(rows, self.told, frozenset(hidden), is_filled,
                    errors or any(any(values) for _, values in rows))  # fmt: skip

    def _read_alike(self, row: bytes) -> tuple[int, list[Any]] | None:
        """Read a row that is written as one before it was, but for its number and its values."""
        pieces, raw = _around_values(row)
        shape = self.shapes.get(_without_digits(pieces))
        number = row[len(_ROW_BEGINS) : row.find(b'"', len(_ROW_BEGINS))]
        if shape is None or len(raw) != len(shape.places) or b"" in raw:
            return None
        if not _ROW_NUMBER.fullmatch(number):
            return None
        is_alike = shape.written.replace(b"\0", number) % tuple(raw) == row
        if not is_alike or row.count(b"<") != shape.tags:
            return None
        values: list[Any] = [None] * shape.width
        for place, read, one in zip(shape.places, shape.reads, raw, strict=True):
            values[place] = read(one)
        # A day that no calendar has is told; where cells are dates, it may be among them.
        if shape.has_dates and any(value is _BEYOND for value in values):
            return None
        return int(number), values

    def _learn(self, row: bytes, number: bytes, cells: list[tuple[bytes, ...]]) -> None:
        """Learn how a row is written around its values, if these are numbers, dates and words."""
        pieces, raw = _around_values(row)
        holds = [cell for cell in cells if b"<v>" in cell[0]]
        is_plain = not any(
            formula or inline or not letters or kind not in {b"", b"n", b"s"}
            for _, letters, _, kind, formula, _, inline in cells
        )
        if not is_plain or not row.startswith(_ROW_BEGINS) or b"%" in b"".join(pieces):
            return
        number_in = re.compile(rb' r="([A-Z]*)' + number + rb'"')
        written = b"<v>%b</v>".join(number_in.sub(rb' r="\1\0"', piece) for piece in pieces)
        if len(holds) != len(raw) or written.replace(b"\0", number) % tuple(raw) != row:
            return
        reads = [self._reader_of(style, kind) for _, _, style, kind, *_ in holds]
        self.shapes[_without_digits(pieces)] = _Shape(
            written,
            row.count(b"<"),
            self._column(cells[-1][1]) + 1,
            [self._column(letters) for _, letters, *_ in holds],
            reads,
            any(isinstance(read, partial) for read in reads),
        )

    def _reader_of(self, style: bytes, kind: bytes) -> Callable[[bytes], Any]:
        """Say what reads the values of a cell."""
        if kind == b"s":
            return self._word
        return partial(self._date, style) if style in self.dates else _number

    def _word(self, raw: bytes) -> str:
        return self.words[raw]

    def _values(self, number: int, cells: list[tuple[bytes, ...]]) -> list[Any]:
        """Give the values of one row, each in its place."""
        values: list[Any] = []
        for whole, letters, style, kind, formula, raw, inline in cells:
            place = self._column(letters) if letters else len(values)
            if place < len(values):
                raise _UnusualError
            values += [None] * (place - len(values))
            value: Any
            if kind == b"s" and raw:
                value = self.words[raw]
            elif kind == b"inlineStr":
                value = _written(inline) if b"<is>" in whole else None
            else:
                value = self._value(style, kind, raw)
            if formula or kind == b"e" or value is _BEYOND:
                value = self._doubtful(number, formula, value)
            values.append(value)
        return values

    def _column(self, letters: bytes) -> int:
        if letters not in self.columns:
            place = 0
            for letter in letters:
                place = 26 * place + letter - 64
            self.columns[letters] = place - 1
        return self.columns[letters]

    def _value(self, style: bytes, kind: bytes, raw: bytes) -> Any:  # noqa: ANN401
        if not raw:
            return None
        if kind in {b"", b"n"}:
            if style in self.dates:
                return self._date(style, raw)
            return _number(raw)
        if kind in {b"str", b"e"}:
            return _written(raw)
        if kind == b"b":
            return bool(int(raw))
        raise _UnusualError

    def _date(self, style: bytes, raw: bytes) -> Any:  # noqa: ANN401 - a day, a time, a span
        from openpyxl.utils.datetime import from_excel

        if (raw, style) not in self.known:
            number = _number(raw)
            try:
                value = from_excel(number, self.epoch, timedelta=style in self.spans)
            except (OverflowError, ValueError):
                value = _BEYOND
            self.known[raw, style] = value
        return self.known[raw, style]

    def _doubtful(self, number: int, formula: bytes, value: Any) -> Any:  # noqa: ANN401
        """Take the stored value of a formula, and no error such as #REF!; tell of both."""
        self.formulas |= bool(formula)
        is_error = not formula or (isinstance(value, str) and value.startswith("#"))
        if value is not None and not is_error:
            return value
        if value is None and not formula:
            return None
        if formula and b" t=" in formula.partition(b">")[0]:
            raise _UnusualError
        given = f"={_written(formula[formula.find(b'>') + 1 : -4])}" if formula else str(value)
        expected = (
            text("a value, not an error of the spreadsheet") if is_error and value is not None
            else text("a formula with its value stored")
        )  # fmt: skip
        self.told.append(Told(number, given, expected, text("Left empty.")))
        return None


def _rows(part: bytes, begin: int, stop: int) -> Iterator[bytes]:
    """Give each row without its end; before it may stand rows that are empty."""
    while begin < stop:
        end = part.rfind(b"</row>", begin, min(begin + _PIECE, stop))
        end = end if end >= 0 else part.find(b"</row>", begin, stop)
        end = stop if end < 0 else end + len(b"</row>")
        yield from part[begin:end].split(b"</row>")
        begin = end


def _parts(row: bytes) -> Iterator[tuple[bytes, list[tuple[bytes, ...]]]]:
    """Give the attributes of a row and of the empty ones before it, and its cells in parts."""
    position = 0
    while head := _ROW.match(row, position):
        position = head.end()
        if not head[2]:
            break
        yield head[1], []
    if head is None:
        if row[position:].strip():
            raise _UnusualError
        return
    cells = _CELL.findall(row, position)
    if sum(map(len, map(_WHOLE, cells))) != len(row) - position:
        raise _UnusualError
    yield head[1], cells
