"""Workbooks that openpyxl opens badly, made plain first: strict ones, and numbers that are none."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from itertools import pairwise
from typing import Any

from geosector.language import text

_STRICT = b"http://purl.oclc.org/ooxml/"
# Strict workbooks say the same in words of their own; the more particular ones first.
_TRANSITIONAL = (
    (b"spreadsheetml/main", b"spreadsheetml/2006/main"),
    (b"drawingml/main", b"drawingml/2006/main"),
    (b"officeDocument/relationships", b"officeDocument/2006/relationships"),
    (b"officeDocument/sharedTypes", b"officeDocument/2006/sharedTypes"),
    (b"officeDocument/extendedProperties", b"officeDocument/2006/extended-properties"),
    (b"officeDocument/customProperties", b"officeDocument/2006/custom-properties"),
    (b"officeDocument/docPropsVTypes", b"officeDocument/2006/docPropsVTypes"),
)
# What other programs write where they had no number. A cell without a type is one of numbers.
_NO_NUMBER = re.compile(
    rb"(<(?:\w+:)?c\b)((?:\s+(?!t=)[\w:]+=\"[^\"<]*\"|\s+t=\"n\")*)\s*"
    rb"(>\s*<(?:\w+:)?v>\s*[+-]?(?:nan|inf|infinity|1\.#\w+)\s*</)",
    re.IGNORECASE,
)
# Python would count such a word from the end.
_WORD_BELOW_0 = re.compile(rb'<(?:\w+:)?c\b[^<>]*\st="s"[^<>]*>\s*<(?:\w+:)?v>\s*-')
_TYPE = re.compile(rb'\s+t="n"')
_MAYBE = re.compile(rb">\s*[+-]?(?:nan|inf|1\.#)", re.IGNORECASE)


def open_workbook(data: bytes, *, stored: bool = False) -> Any:  # noqa: ANN401 - openpyxl has no types
    """Open a workbook for reading, without what openpyxl says to programmers.

    Parameters
    ----------
    data : bytes
        The file.
    stored : bool
        The values that were stored with formulas, instead of the formulas.

    Returns
    -------
    openpyxl.Workbook
        Read-only: rows are read while they are asked for.
    """
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=stored)


def plain_workbook(data: bytes) -> bytes:
    """Make a workbook plain where it has to be.

    Parameters
    ----------
    data : bytes
        The file, of which the archive was measured before.

    Returns
    -------
    bytes
        The same where nothing is to be done. Strict names become the usual ones, and ``NaN`` or
        ``INF`` in a cell of numbers becomes a word, to be refused with its row.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        changed = {
            entry: plain
            for entry in archive.infolist()
            if entry.filename.casefold().endswith((".xml", ".rels"))
            and (plain := _plain_part(archive, entry)) is not None
        }
        if not changed:
            return data
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
            for entry in archive.infolist():
                copy.writestr(entry.filename, changed.get(entry) or archive.read(entry))
    return made.getvalue()


def _plain_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes | None:
    """Make one part plain; None where it is."""
    written = archive.read(entry)
    plain = written
    if _STRICT in written:
        for strict, usual in _TRANSITIONAL:
            plain = plain.replace(_STRICT + strict, b"http://schemas.openxmlformats.org/" + usual)
    if "/worksheets/" in entry.filename and _MAYBE.search(plain):
        plain = _NO_NUMBER.sub(
            lambda found: found[1] + _TYPE.sub(b"", found[2]) + b' t="str"' + found[3], plain
        )
    if "/worksheets/" in entry.filename:
        if _WORD_BELOW_0.search(plain):
            raise ValueError(text("a shared word with a number below 0"))
        plain = _rows_in_order(plain)
    return None if plain == written else plain


_ROW = re.compile(rb'<((?:\w+:)?row)\b[^>]*?\sr="(\d+)"[^>]*?(?:/>|>.*?</\1>)', re.DOTALL)


def _rows_in_order(part: bytes) -> bytes:
    """Put the rows of a sheet in the order of their numbers: openpyxl passes over one that is late.

    What stands between two rows is left out where they are moved.
    """
    rows = list(_ROW.finditer(part))
    numbers = [int(row[2]) for row in rows]
    if all(one < other for one, other in pairwise(numbers)):
        return part
    if len(set(numbers)) < len(numbers):
        raise ValueError(
            text("two rows with the number {number}", number=max(numbers, key=numbers.count))
        )
    in_order = b"".join(row[0] for row in sorted(rows, key=lambda row: int(row[2])))
    return part[: rows[0].start()] + in_order + part[rows[-1].end() :]
