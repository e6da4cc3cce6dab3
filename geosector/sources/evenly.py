"""Lines of a large text file as columns: what is even goes by millions, the rest row by row.

Most rows of a large file have as many cells as the others, and quotes, where they have any, that
stand in pairs around whole cells. Arrow splits these and finds the different cells of each column,
so that nothing is asked of each cell in turn. The rows around them (the first, where headers stand,
the last, where sums stand, and every row that is not as wide as most or whose quotes are not beyond
doubt) are left to the reader of rows.

What is beyond doubt is found for all lines at once, under both assumptions: that the line begins
outside of quotes, or inside. A quote opens a cell where it stands at the beginning of one, closes
it where it stands at the end of one, and is a sign of the text where two stand together; there
Arrow and the reader of rows agree. Which assumption holds follows from line to line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geosector.sources.limits import require_room
from geosector.sources.lines import MAX_LINES_IN_CELL, Taken, take

# Below this, reading row by row takes no time.
MANY_LINES = 5_000
# Rows at the beginning and at the end that are read row by row in any case.
AROUND = 500
_LINE_END, _QUOTE = 10, 34
_LONGEST_LINE = 4 * 1024**2
# Bytes of a row with quotes: the reader of rows takes no cell of 131,072 letters.
_LONGEST_QUOTED = 100_000
# Lines are measured in pieces of about this size, which stay close to the processor.
_PIECE = 4 * 1024**2

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


class Even(NamedTuple):
    """Rows of one width: their numbers in the file, and an array of cells for each column."""

    numbers: Ints
    columns: list[NDArray[np.object_]]

    def only(self, kept: Bools) -> Even:
        """Keep some of the rows."""
        if kept.all():
            return self
        return Even(self.numbers[kept], [cells[kept] for cells in self.columns])


class Parted(NamedTuple):
    """The even rows of a file, and the others.

    ``columns`` of the even ones: their different cells as they are written, and for each row the
    place of its own. ``others`` are the cells of each further row with its number, without the
    lines on which nothing stands; ``stray`` the lines whose quotes are no pairs; ``total`` counts
    all rows.
    """

    numbers: Ints
    columns: list[tuple[list[str], NDArray[np.int32]]]
    others: list[tuple[int, list[str]]]
    stray: list[tuple[int, str]]
    total: int


def part(written: str, separator: str) -> Parted | None:
    r"""Split a large text into its even rows and its other ones.

    Parameters
    ----------
    written : str
        Lines that end with ``\n``.
    separator : str

    Returns
    -------
    Parted or None
        None where the text is small, has NUL signs, or is not for Arrow to split.

    Examples
    --------
    >>> found = part("a;b\n" * 6000 + "c\n" + "d;e\n" * 600, ";")
    >>> len(found.numbers), [known for known, _ in found.columns], found.total
    (5601, [['a', 'd'], ['b', 'e']], 6602)
    >>> (6001, ["c"]) in found.others
    True
    >>> part('a;"b ""c"" d"\n' * 6000, ";").columns[1][0]
    ['b "c" d']
    >>> part("", ";") is None
    True
    """
    if "\0" in written or not separator.isascii() or len(separator) != 1:
        return None
    if written.count("\n") < max(MANY_LINES, 2 * AROUND):
        return None
    data = written.encode()
    lines = _measured(data, separator)
    found = _rows(lines, separator)
    if found is None or len(found.starts) < 2 * AROUND:
        return None
    middle = np.zeros(len(found.starts), bool)
    middle[AROUND:-AROUND] = True
    known = found.widths[middle & (found.widths > 1)]  # an empty line would be a row
    if not len(known):
        return None
    width = int(np.bincount(known).argmax())
    even = middle & (found.widths == width)
    columns = _split(
        _middle(lines, found), separator, width, int(even.sum()), quoted='"' in written
    )
    if columns is None:
        return None
    others, stray = [], []
    is_empty = lines.starts[found.starts + 1] - lines.starts[found.starts] == 1
    for place in np.flatnonzero(~even & ~is_empty).tolist():
        line = int(found.starts[place])
        row = found.odd.get(line) or take(lines, line, separator, found.first_width)
        others.append((place + 1, row.cells))
        if row.is_stray:
            stray.append((place + 1, lines[line]))
    return Parted(np.flatnonzero(even) + 1, columns, others, stray, len(found.starts))


# ---------------------------------------------------------------- lines


class _Lines(Sequence[str]):
    """The lines of a text, each written out only where it is asked for, and what is known of all.

    ``starts`` where each begins; ``marks`` separators in it; ``outside`` and ``inside``: those that
    stand outside of quotes, if the line begins outside or inside; ``is_odd``: whether the number of
    its quotes is; ``doubts``: whether a quote is in doubt, under each assumption.
    """

    def __init__(self, data: bytes, parts: list[tuple[NDArray[Any], ...]]) -> None:
        self.data = data
        facts = [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]
        self.starts: Ints = np.append(facts[0], len(data) + 1)
        self.marks, self.outside, self.inside, self.quotes, *doubts = facts[1:]
        self.is_odd: Bools = self.quotes % 2 == 1
        self.doubts: tuple[Bools, Bools] = (doubts[0], doubts[1])

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, place: Any) -> Any:  # noqa: ANN401 - only single lines are asked for
        begin, end = self.starts[place : place + 2].tolist()
        return self.data[begin : end - 1].decode()


def _measured(data: bytes, separator: str) -> _Lines:
    """Measure all lines, piece by piece."""
    letters = np.frombuffer(data, np.uint8)
    parts = [_facts(letters[begin:end], begin, ord(separator)) for begin, end in _pieces(data)]
    if data.endswith(b"\n"):  # an empty line stands behind the last end
        zero = np.zeros(1, np.int32)
        parts.append((np.array([len(data)]), zero, zero, zero, zero, zero > 0, zero > 0))
    return _Lines(data, parts)


def _pieces(data: bytes) -> Iterator[tuple[int, int]]:
    """Cut a text behind line ends, however long its lines are."""
    begin = 0
    while begin < len(data):
        end = data.rfind(b"\n", begin, begin + _PIECE) + 1
        end = end or data.find(b"\n", begin + _PIECE) + 1 or len(data)
        yield begin, end
        begin = end


def _facts(letters: NDArray[np.uint8], begin: int, mark: int) -> tuple[NDArray[Any], ...]:
    """Measure the lines of one piece; see `_Lines`."""
    ends = np.flatnonzero(letters == _LINE_END)
    starts = np.concatenate([[0], ends + 1])
    starts = starts[starts < len(letters)]
    is_mark, is_quote = letters == mark, letters == _QUOTE
    marks = np.add.reduceat(is_mark, starts, dtype=np.int32)
    if not is_quote.any():
        none = np.zeros(len(starts), np.int32)
        return starts + begin, marks, marks, none, none, none > 0, none > 0
    is_within = np.cumsum(is_quote, dtype=np.uint8) & 1  # a quote itself counts as behind it
    within = np.add.reduceat(is_mark & (is_within == 1), starts, dtype=np.int32)
    quotes = np.add.reduceat(is_quote, starts, dtype=np.int32)
    turned = (np.cumsum(quotes) - quotes) % 2 == 1
    outside = np.where(turned, within, marks - within)
    doubts = _doubts(letters, np.flatnonzero(is_quote), quotes, mark)
    return starts + begin, marks, outside, marks - outside, quotes, *doubts


def _doubts(
    letters: NDArray[np.uint8], places: Ints, quotes: NDArray[np.int32], mark: int
) -> tuple[Bools, Bools]:
    """Say in which lines a quote is in doubt, if they begin outside of quotes, and if inside."""
    around = np.concatenate([[_LINE_END], letters, [_LINE_END]]).astype(np.uint8, copy=False)
    before, behind = around[places], around[places + 2]
    opens = np.isin(before, [mark, _LINE_END, _QUOTE])
    closes = np.isin(behind, [mark, _LINE_END, _QUOTE])
    line = np.repeat(np.arange(len(quotes)), quotes)
    is_second = (np.arange(len(places)) - (np.cumsum(quotes) - quotes)[line]) % 2 == 1
    found = []
    for is_closing in (is_second, ~is_second):
        bad = np.where(is_closing, ~closes, ~opens)
        found.append(np.bincount(line[bad], minlength=len(quotes)) > 0)
    return found[0], found[1]


# ---------------------------------------------------------------- rows


class _Rows(NamedTuple):
    """On which line each row begins, and how many cells it has; 0 where it is left to `take`.

    ``odd`` are the rows that were read already, by their line.
    """

    starts: Ints
    widths: Ints
    odd: dict[int, Taken]
    first_width: int


def _rows(lines: _Lines, separator: str) -> _Rows | None:
    """Find the rows; None where the width of the first tells nothing of the others."""
    widths = lines.outside.astype(np.int64) + 1
    if not lines.quotes.any():
        return _Rows(np.arange(len(lines)), widths, {}, 0)
    odd, first = _until_wide(lines, separator)
    if not first:
        return None
    length = np.diff(lines.starts)
    single = ~lines.doubts[0] & ~lines.is_odd & ((lines.quotes == 0) | (length < _LONGEST_QUOTED))
    joined = _joined(lines, first)
    begins = np.ones(len(lines), bool)
    position = 0
    for line in sorted({*odd, *np.flatnonzero(~single).tolist()}):
        if line < position:
            continue
        if line in joined and line not in odd:
            last, widths[line] = joined[line]
        else:
            odd[line] = odd.get(line) or take(lines, line, separator, first)
            last, widths[line] = line + odd[line].lines - 1, 0
        begins[line + 1 : last + 1] = False
        position = last + 1
    starts = np.flatnonzero(begins)
    return _Rows(starts, widths[starts], odd, first)


def _until_wide(lines: _Lines, separator: str) -> tuple[dict[int, Taken], int]:
    """Read the rows up to the first of several cells, whose width tells of the others."""
    read: dict[int, Taken] = {}
    line = 0
    while line < len(lines) and len(read) < AROUND:
        row = read[line] = take(lines, line, separator, 0)
        if len(row.cells) > 1 and any(cell.strip() for cell in row.cells):
            return read, len(row.cells)
        line += row.lines
    return read, 0


def _joined(lines: _Lines, first: int) -> dict[int, tuple[int, int]]:
    """Find rows over several lines that are beyond doubt, by the rules of `lines.take`.

    For the line on which such a row would begin: the one on which it ends, and its width.
    """
    odd = np.flatnonzero(lines.is_odd)
    opening, closing = odd[:-1], odd[1:]
    doubted, separated = (
        np.concatenate([[0], np.cumsum(each)])
        for each in (lines.doubts[1] | (lines.marks >= first - 1), lines.inside)
    )
    inner = doubted[closing] - doubted[opening + 1]
    found = lines.outside[opening] + separated[closing + 1] - separated[opening + 1] + 1
    good = ~lines.doubts[0][opening] & ~lines.doubts[1][closing] & (inner == 0)
    good &= (found == first) & (closing - opening < MAX_LINES_IN_CELL)
    good &= lines.starts[closing + 1] - lines.starts[opening] < _LONGEST_QUOTED
    ends = zip(closing[good].tolist(), found[good].tolist(), strict=True)
    return dict(zip(opening[good].tolist(), ends, strict=True))


def _middle(lines: _Lines, rows: _Rows) -> Any:  # noqa: ANN401 - bytes or a view of them
    """Give the text between the first and the last rows, without what was read already."""
    begin, end = rows.starts[[AROUND, -AROUND]].tolist()
    view, pieces = memoryview(lines.data), []
    position = begin
    for line, row in rows.odd.items():
        if begin <= line < end:
            pieces.append(view[lines.starts[position] : lines.starts[line]])
            position = line + row.lines
    pieces.append(view[lines.starts[position] : lines.starts[end]])
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _split(
    data: Any,  # noqa: ANN401 - bytes or a view of them
    separator: str,
    width: int,
    count: int,
    *,
    quoted: bool,
) -> list[tuple[list[str], NDArray[np.int32]]] | None:
    """Split even rows: for each column its different cells, and the place of each row's own."""
    import pyarrow as pa
    from pyarrow import csv

    require_room(len(data))
    names = [str(place) for place in range(width)]
    words = pa.dictionary(pa.int32(), pa.string())
    try:
        table = csv.read_csv(
            pa.BufferReader(data),
            csv.ReadOptions(use_threads=False, column_names=names, block_size=_LONGEST_LINE),
            csv.ParseOptions(
                delimiter=separator,
                quote_char='"' if quoted else False,
                newlines_in_values=quoted,
                invalid_row_handler=lambda _: "skip",
            ),
            csv.ConvertOptions(column_types=dict.fromkeys(names, words), strings_can_be_null=False),
        ).unify_dictionaries()
    except pa.ArrowInvalid:  # a line longer than any
        return None
    if table.num_rows != count:
        return None
    found = []
    for column in table.columns:
        codes = np.concatenate([part.indices.to_numpy() for part in column.chunks])
        found.append((column.chunk(0).dictionary.to_pylist(), codes))
    return found
