"""Tables for people to fill in and give back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from geosector.language import current, language
from geosector.storage.atomic import AnyPath, atomic_path, require_format
from geosector.storage.cells import plain, sheet_columns, written_out
from geosector.storage.clock import moment_of_files
from geosector.storage.sheets import require_room, save_book, sheet_cell, write_csv

FORM_FORMATS = (".xlsx", ".csv")
_NARROWEST, _WIDEST = 12, 44  # of a column, in letters


def write_form(
    table: pd.DataFrame, path: AnyPath, choices: Mapping[str, Sequence[str]], *, layer: str
) -> None:
    """Write a table for people to fill in and give back.

    Every cell is text, also the empty ones, so that a spreadsheet leaves ids and coordinates as
    they are typed. In XLSX the first row stays in sight, the columns are wide enough to read, and
    some are filled in from a list. The sheet runs from right to left where the current language
    does. CSV has none of this and the same cells.

    Parameters
    ----------
    table : pandas.DataFrame
        Missing cells are to be filled in.
    path : str or path
        ``.xlsx`` or ``.csv``. Replaced where it exists.
    choices : mapping of str to sequence of str
        Column → what may stand in it. No choice may hold a comma.
    layer : str
        Name of the sheet.

    Raises
    ------
    InputError
        Where the extension is another one, or the format cannot hold the table.
    StorageError
        Where writing failed. The file that stood there before is whole.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = Path(folder.name) / "form.xlsx"
    >>> write_form(pd.DataFrame({"id": ["007"], "answer": [None]}), file,
    ...            {"answer": ["yes", "no"]}, layer="Form")
    >>> pd.read_excel(file, dtype=str)["id"].tolist()
    ['007']
    >>> folder.cleanup()
    >>> write_form(pd.DataFrame({"id": []}), "form.doc", {}, layer="Form")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: form.doc: '.doc' is not a format that geosector writes. ...
    """
    suffix = require_format(path, FORM_FORMATS)
    written = pd.DataFrame(table).astype(object).where(table.notna(), None).reset_index(drop=True)
    cells = written.map(lambda cell: None if cell is None else written_out(plain(cell)))
    with atomic_path(path) as temporary:
        if suffix == ".csv":
            write_csv({layer: cells}, temporary, path)
        else:
            _write_form_book(cells, temporary, path, choices, layer)


def _write_form_book(
    cells: pd.DataFrame,
    temporary: Path,
    path: AnyPath,
    choices: Mapping[str, Sequence[str]],
    layer: str,
) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    columns = sheet_columns(cells)
    require_room(columns, path)
    moment = moment_of_files()
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\']", "_", layer)[:28])
    sheet.sheet_view.rightToLeft = language(current()).direction == "rtl"
    sheet.freeze_panes = "A2"
    for at, (name, written) in enumerate(columns.items(), start=1):
        letter = get_column_letter(at)
        longest = max((len(str(cell)) for cell in (name, *written) if cell is not None), default=0)
        sheet.column_dimensions[letter].width = min(_WIDEST, max(_NARROWEST, longest + 2))
        if name in choices:
            listed = DataValidation(
                "list", formula1=f'"{",".join(choices[name])}"', allow_blank=True
            )
            listed.add(f"{letter}2:{letter}{max(2, len(cells) + 1)}")
            sheet.data_validations.append(listed)
    for row in (tuple(columns), *zip(*columns.values(), strict=True)):
        made = [
            WriteOnlyCell(sheet, None) if cell is None else sheet_cell(sheet, cell) for cell in row
        ]
        for cell in made:
            cell.number_format = "@"
        sheet.append(made)
    save_book(book, temporary, moment)
