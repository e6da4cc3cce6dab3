"""Tables as rows of cells: CSV, workbooks and JSON records."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from geosector.errors import InputError
from geosector.language import current, language, text
from geosector.storage.atomic import AnyPath
from geosector.storage.cells import (
    EXACT_DIGITS,
    NOT_IN_XML,
    Cell,
    Frame,
    distinct,
    sheet_columns,
    written_out,
)
from geosector.storage.clock import moment_of_files
from geosector.storage.documents import json_value
from geosector.storage.formulas import guard_formula, would_calculate
from geosector.storage.stamps import current_stamp


def write_csv(layers: Mapping[str, Frame], temporary: Path, _path: AnyPath) -> None:
    """Write one table as CSV."""
    (table,) = layers.values()
    columns = sheet_columns(table)
    lines = [",".join(_csv_cell(name) for name in columns)]
    written = [[_csv_cell(cell) for cell in cells] for cells in columns.values()]
    # A line without a character would be skipped by readers: a row would be lost.
    lines += [",".join(row) or '""' for row in zip(*written, strict=True)]
    temporary.write_bytes(("\n".join(lines) + "\n").encode("utf-8-sig"))


# The semicolon and the tab separate cells too, on computers with other settings.
_NEEDS_QUOTES = re.compile(r'[",;\t\r\n]|^\s|\s$')


def _csv_cell(cell: Cell) -> str:
    written = guard_formula(cell) if isinstance(cell, str) else written_out(cell)
    if _NEEDS_QUOTES.search(written):
        return '"' + written.replace('"', '""') + '"'
    return written


_SHEET_ROWS, _CELL_LETTERS = 1_048_576, 32_767  # what Excel opens
_FIRST_SHEET_YEAR = 1901
# What a spreadsheet takes for a number, a date or a truth when it is typed: 007, 1e5, MAR1.
_LOOKS_OTHERWISE = re.compile(r"\d|^(?:true|false)$", re.IGNORECASE)


def write_xlsx(layers: Mapping[str, Frame], temporary: Path, path: AnyPath) -> None:
    """Write each table on a sheet of its own."""
    from openpyxl import Workbook

    names = distinct((re.sub(r"[\[\]:*?/\\']", "_", name)[:28] for name in layers), str.casefold)
    sheets = [sheet_columns(table) for table in layers.values()]
    for columns in sheets:
        require_room(columns, path)
    moment = moment_of_files()
    book = Workbook(write_only=True)
    for name, columns in zip(names, sheets, strict=True):
        sheet = book.create_sheet(name)
        sheet.sheet_view.rightToLeft = language(current()).direction == "rtl"
        sheet.freeze_panes = "A2"
        sheet.append([sheet_cell(sheet, name) for name in columns])
        for row in zip(*columns.values(), strict=True):
            sheet.append([sheet_cell(sheet, cell) for cell in row])
    save_book(book, temporary, moment)


def require_room(columns: Mapping[str, list[Cell]], path: AnyPath) -> None:
    """Refuse what a sheet would cut off."""
    is_long = any(len(cells) >= _SHEET_ROWS for cells in columns.values())
    is_wide = any(
        isinstance(cell, str) and len(cell) > _CELL_LETTERS
        for name, cells in columns.items()
        for cell in (name, *cells)
    )
    if is_long or is_wide:
        raise InputError(
            text(
                "{path} cannot hold this table: a sheet ends at {rows} rows and a cell at "
                "{letters} letters. Write .csv or .parquet.",
                path=os.fspath(path),
                rows=_SHEET_ROWS,
                letters=_CELL_LETTERS,
            )
        )


def sheet_cell(sheet: Any, cell: Cell) -> Any:  # noqa: ANN401 - openpyxl is untyped
    """Make a cell of a workbook that stays what it is when somebody edits it."""
    from openpyxl.cell import WriteOnlyCell

    if isinstance(cell, dt.date) and (
        cell.year < _FIRST_SHEET_YEAR or (isinstance(cell, dt.datetime) and cell.tzinfo)
    ):
        cell = cell.isoformat()  # a sheet knows neither time zones nor the years before
    elif isinstance(cell, int | float) and not abs(cell) < EXACT_DIGITS:
        cell = str(cell)
    if not isinstance(cell, str):
        return WriteOnlyCell(sheet, cell)
    written = NOT_IN_XML.sub("\ufffd", cell).replace("\r\n", "\n").replace("\r", "\n")
    made = WriteOnlyCell(sheet, written)
    made.data_type = "s"  # whatever it looks like
    # So that it stays text when somebody edits the cell:
    if would_calculate(written):
        made.quotePrefix = True
    if _LOOKS_OTHERWISE.search(written):
        made.number_format = "@"
    return made


def save_book(book: Any, temporary: Path, moment: dt.datetime) -> None:  # noqa: ANN401 - openpyxl
    """Save a workbook with its stamp, without the clock, which openpyxl writes in two places."""
    from openpyxl.xml.constants import ARC_CORE
    from openpyxl.xml.functions import tostring

    saved = io.BytesIO()
    book.save(saved)
    book.properties.created = book.properties.modified = moment.replace(tzinfo=None)
    stamp = current_stamp()
    if stamp is not None:
        book.properties.description, book.properties.keywords = stamp.line(), stamp.audience
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(temporary, "w") as made:
        for entry in source.namelist():
            content = source.read(entry)
            if entry == ARC_CORE:
                content = tostring(book.properties.to_tree())
            fixed = zipfile.ZipInfo(entry, moment.timetuple()[:6])
            fixed.compress_type, fixed.create_system = zipfile.ZIP_DEFLATED, 3
            fixed.external_attr = 0o644 << 16
            made.writestr(fixed, content)


def write_records(layers: Mapping[str, Frame], temporary: Path, _path: AnyPath) -> None:
    """Write one table without shapes as a list of JSON objects."""
    (table,) = layers.values()
    columns = sheet_columns(table)
    finite = {
        name: [
            None if isinstance(cell, float) and not np.isfinite(cell) else cell for cell in cells
        ]
        for name, cells in columns.items()
    }
    rows = [dict(zip(finite, row, strict=True)) for row in zip(*finite.values(), strict=True)]
    written = json.dumps(rows, ensure_ascii=False, indent=1, default=json_value)
    temporary.write_bytes((written + "\n").encode())
