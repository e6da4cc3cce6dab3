"""Lines of a large text file as columns: what is even goes by millions, the rest line by line.

Most lines of a large file have no quote and as many cells as the others. Arrow splits these and
finds the different cells of each column, so that nothing is asked of each cell in turn. The lines
around them (the first, where headers stand, the last, where sums stand, and every line that is
not as wide as most) are left to the reader of rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geosector.sources.values import objects

# Below this, reading row by row takes no time.
MANY_LINES = 5_000
# Lines at the beginning and at the end that are read row by row in any case.
AROUND = 500
_LINE_END = 10
_LONGEST_LINE = 4 * 1024**2


class Even(NamedTuple):
    """Rows of one width: their numbers in the file, and an array of cells for each column."""

    numbers: NDArray[np.int64]
    columns: list[NDArray[np.object_]]

    def only(self, kept: NDArray[np.bool_]) -> Even:
        """Keep some of the rows."""
        if kept.all():
            return self
        return Even(self.numbers[kept], [cells[kept] for cells in self.columns])


class Parted(NamedTuple):
    """The even rows of a file, and the other lines, each with its number."""

    even: Even
    others: list[tuple[int, str]]
    lines: int


def part(written: str, separator: str, read: Callable[[str], Any]) -> Parted | None:
    r"""Split a large text into its even rows and its other lines.

    Parameters
    ----------
    written : str
        Lines that end with ``\n``.
    separator : str
    read : callable
        From what stands between separators to a cell; asked once for each different one.

    Returns
    -------
    Parted or None
        Rows without any cell are left out. None where the text is small, has quotes or NUL signs,
        or is not for Arrow to split.

    Examples
    --------
    >>> found = part("a;b\n" * 6000 + "c\n" + "d;e\n" * 600, ";", str)
    >>> len(found.even.numbers), [cells[0] for cells in found.even.columns], found.lines
    (5601, ['a', 'b'], 6602)
    >>> (6001, "c") in found.others
    True
    >>> part("", ";", str) is None, part('"a";b\n' * 6000, ";", str) is None
    (True, True)
    """
    if '"' in written or "\0" in written or not separator.isascii() or len(separator) != 1:
        return None
    if written.count("\n") < max(MANY_LINES, 2 * AROUND):
        return None
    data = written.encode()
    starts, widths = _measured(data, separator)
    middle = np.zeros(len(starts), bool)
    middle[AROUND:-AROUND] = True
    width = int(np.bincount(widths[middle]).argmax())
    even = middle & (widths == width)
    begin, end = (int(starts[place]) for place in (AROUND, -AROUND))
    columns = _split(memoryview(data)[begin:end], separator, width, int(even.sum()))
    if columns is None:
        return None
    cells = [objects(list(map(read, known)))[codes] for known, codes in columns]
    numbers = np.flatnonzero(even) + 1
    filled = np.any([codes_of != None for codes_of in cells], axis=0)  # noqa: E711 - each of them
    ends = np.append(starts[1:] - 1, len(data))
    others = [
        (place + 1, data[starts[place] : ends[place]].decode())
        for place in np.flatnonzero(~even).tolist()
    ]
    return Parted(Even(numbers, cells).only(filled), others, len(starts))


def _measured(data: bytes, separator: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Say where each line begins, and how many cells it has."""
    letters = np.frombuffer(data, np.uint8)
    starts = np.concatenate([[0], np.flatnonzero(letters == _LINE_END) + 1])
    marks = np.flatnonzero(letters == ord(separator))
    before = np.searchsorted(marks, np.append(starts, len(data)))
    return starts, np.diff(before) + 1


def _split(
    data: memoryview, separator: str, width: int, count: int
) -> list[tuple[list[str], NDArray[np.int32]]] | None:
    """Split even lines: for each column its different cells, and the place of each row's own."""
    import pyarrow as pa
    from pyarrow import csv

    names = [str(place) for place in range(width)]
    words = pa.dictionary(pa.int32(), pa.string())
    try:
        if width == 1:  # an empty line would be a row
            return None
        table = csv.read_csv(
            pa.BufferReader(data),
            csv.ReadOptions(use_threads=False, column_names=names, block_size=_LONGEST_LINE),
            csv.ParseOptions(
                delimiter=separator, quote_char=False, invalid_row_handler=lambda _: "skip"
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
