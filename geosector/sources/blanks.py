"""Rows whose columns are set apart by blanks alone: lists that were printed, not exported."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from geosector.sources.lines import Row

_FEWEST_COLUMNS = 2
_SEARCHED = 200  # lines among which the header is looked for
_LONGEST_LINE = 10_000


def parted_by_blanks(rows: list[Row], known: Callable[[Row], int]) -> list[Row] | None:
    """Split lines at their blanks.

    Parameters
    ----------
    rows : list of Row
        Each with the whole line as its one cell.
    known : callable
        How many columns of the wanted table a row of headers knows.

    Returns
    -------
    list of Row or None
        From the header on: at every blank where all lines then have as many words as the header,
        else in the columns that are blank in every line. None where that gives no known header.

    Examples
    --------
    >>> lines = [Row(1, ["id  date"]), Row(2, ["a   2024"]), Row(3, ["b c 2025"])]
    >>> known = lambda row: len({"id", "date"} & {*row.cells})
    >>> [row.cells for row in parted_by_blanks(lines, known)]
    [['id', 'date'], ['a', '2024'], ['b c', '2025']]
    >>> parted_by_blanks([Row(1, ["a report"]), Row(2, ["of nothing at all"])], lambda _: 0)
    >>> parted_by_blanks([], lambda _: 0)
    """
    lines = [(row.number, str(row.cells[0])) for row in rows]
    if max((len(line) for _, line in lines), default=_LONGEST_LINE) >= _LONGEST_LINE:
        return None
    knows = [known(Row(number, line.split())) for number, line in lines[:_SEARCHED]]
    if max(knows) < _FEWEST_COLUMNS:
        return None
    table = lines[knows.index(max(knows)) :]
    words = [line.split() for _, line in table]
    if all(len(cells) == len(words[0]) for cells in words):
        return [Row(number, cells) for (number, _), cells in zip(table, words, strict=True)]
    cuts = _columns(table)
    made = [
        Row(number, [line[start:end].strip() for start, end in pairwise(cuts)])
        for number, line in table
    ]
    return made if known(made[0]) >= _FEWEST_COLUMNS else None


def _columns(table: list[tuple[int, str]]) -> list[int]:
    """Find where columns begin: behind what is blank in every line."""
    width = max(len(line) for _, line in table)
    filled = bytearray(width + 1)
    for _, line in table:
        for word in re.finditer(r"\S+", line):
            filled[word.start() : word.end()] = b"\1" * len(word[0])
    begins = [at for at in range(width) if filled[at] and not (at and filled[at - 1])]
    return [*begins, width]
