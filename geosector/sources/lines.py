"""Lines of text as rows of cells: one row each, or several where a quoted cell holds line breaks.

A quote that is never closed costs only its own line, whatever stands below it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

# A quoted cell may hold line breaks, but not a whole file: that is a quote never closed.
MAX_LINES_IN_CELL = 100


class Row(NamedTuple):
    """One row as it stands: its number in the file, its cells."""

    number: int
    cells: list[Any]


class Taken(NamedTuple):
    """One row as text has it: its cells, over how many lines it goes, and if its quotes fail."""

    cells: list[str]
    lines: int
    is_stray: bool


def records(lines: Sequence[str], separator: str) -> tuple[list[Row], list[tuple[int, str]]]:
    r"""Split lines into rows.

    Parameters
    ----------
    lines : sequence of str
        Without their ends.
    separator : str

    Returns
    -------
    tuple = (rows, stray)
        Rows that hold anything, each with its number; a cell with line breaks is in one row, as it
        is in a spreadsheet program. ``stray`` are lines whose quotes are no pairs, each with the
        number of its row.

    Examples
    --------
    >>> records(["a;b", '"one\ntwo";3'.split("\n")[0], 'two";3'], ";")[0][1]
    Row(number=2, cells=['one\ntwo', '3'])
    >>> records([], ";"), records(['a;"b', "c;d"], ";")[1]
    (([], []), [(1, 'a;"b')])
    """
    rows: list[Row] = []
    stray: list[tuple[int, str]] = []
    width, start, number = 0, 0, 0
    while start < len(lines):
        number += 1
        cells, taken, is_stray = take(lines, start, separator, width)
        if is_stray:
            stray.append((number, lines[start]))
        start += taken
        if cells and (cells[0].strip() or any(cell.strip() for cell in cells)):
            width = width or (len(cells) if len(cells) > 1 else 0)
            rows.append(Row(number, cells))
    return rows, stray


def take(lines: Sequence[str], start: int, separator: str, width: int) -> Taken:
    """Read the row that begins on a line.

    Parameters
    ----------
    lines : sequence of str
    start : int
        Which of them.
    separator : str
    width : int
        How many cells the first row has; 0 where it is not known.

    Returns
    -------
    Taken

    Examples
    --------
    >>> take(['a;"b;c"'], 0, ";", 2)
    Taken(cells=['a', 'b;c'], lines=1, is_stray=False)
    >>> take([""], 0, ";", 2)
    Taken(cells=[], lines=1, is_stray=False)
    """
    line = lines[start]
    if '"' not in line:
        return Taken(line.split(separator) if line else [], 1, is_stray=False)
    cells, taken = _quoted(lines, start, separator)
    if taken > 1:
        over = [lines[place] for place in range(start, min(start + taken, len(lines)))]
        if _swallowed(over, cells, width, separator):
            return Taken(line.split(separator), 1, is_stray=True)
    return Taken(cells, taken, is_stray=False)


def _swallowed(lines: list[str], cells: list[str], width: int, separator: str) -> bool:
    """Say whether a cell over several lines has taken whole rows for its own text."""
    is_open = sum(line.count('"') for line in lines) % 2 == 1
    if is_open or not cells or not width:
        return is_open or not cells
    inner = lines[1:-1]
    return len(cells) != width or any(line.count(separator) >= width - 1 for line in inner)


def _quoted(lines: Sequence[str], start: int, separator: str) -> tuple[list[str], int]:
    """Read one row that has quotes, and say over how many lines it went."""
    taken = 0

    def following() -> Iterator[str]:
        nonlocal taken
        for place in range(start, min(start + MAX_LINES_IN_CELL, len(lines))):
            taken += 1
            yield f"{lines[place]}\n"

    try:
        cells = next(csv.reader(following(), delimiter=separator))
    except csv.Error:  # a cell longer than any cell: the quote was never closed
        return [], MAX_LINES_IN_CELL
    cells[-1] = cells[-1].removesuffix("\n")
    return cells, taken
