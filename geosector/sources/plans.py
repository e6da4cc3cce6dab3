"""The results of planning, read back from the files in which the commands and offices keep them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from geosector.errors import InputError
from geosector.language import text
from geosector.sources.check import missing_columns
from geosector.sources.files import GPKG, XLSX, open_source
from geosector.sources.limits import within_memory
from geosector.sources.read import read_source, read_table
from geosector.sources.spreadsheet import sheets_of
from geosector.sources.vector import every_layer
from geosector.tables import RESULTS, fold_label, problems_table, table

BLOCKS = "blocks"  # the ground of the table reach


@within_memory
def read_plan(
    path: str | os.PathLike[str], *, crs: str | None = None
) -> tuple[Mapping[str, pd.DataFrame], pd.DataFrame]:
    r"""Read every result of planning that a file holds.

    Parameters
    ----------
    path : str or path
        A GeoPackage, whose layers are called like the tables (``access, routes, sites`` …), a
        workbook, whose sheets are, or any other file that is: ``stock_gaps.csv``.
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    tuple = (tables, problems)
        By name, in the order of `geosector.tables.RESULTS`; ``blocks`` too, where a GeoPackage has
        it beside ``reach``. Other layers and sheets are left alone.

    Raises
    ------
    InputError
        Where nothing in it is called like a result of planning.
    MissingColumnError
        Where a table has no column of the result that it is called like: a damaged file without
        rows is no answer that nobody is cut off.
    UnreadableFileError
        Where it cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = Path(folder.name) / "stock_gaps.csv"
    >>> _ = file.write_text("sector_id,item,usable,gap\n1,water,20,30\n", encoding="utf-8")
    >>> tables, problems = read_plan(file)
    >>> tables["stock_gaps"]["gap"].tolist(), len(problems)
    ([30.0], 0)
    >>> _ = file.write_text("sector_id,item,usable,gap\n", encoding="utf-8")
    >>> [len(told) for told in (read_plan(file)[0]["stock_gaps"], read_plan(file)[1])]
    [0, 0]
    >>> read_plan(file.rename(file.with_name("numbers.csv")))
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: numbers.csv holds no result of planning. Call its layer, ...
    >>> folder.cleanup()
    """
    source = open_source(path)
    if source.kind == GPKG:
        layers = every_layer(source)
        names = [name for name in RESULTS if name in layers]
        if "reach" in names and BLOCKS in layers:
            names.append(BLOCKS)
        read = {name: read_table(path, name, crs=crs) for name in names}
    elif source.kind == XLSX:
        shown = [title for part in sheets_of(source, lambda _: True) for title in part]
        sheets = {_table_called(title): title for title in shown}
        read = {
            name: read_source(replace(source, sheet=sheets[name]), name, crs=crs)
            for name in RESULTS
            if name in sheets
        }
    else:
        name = _table_called(Path(path).name.partition(".")[0])
        read = {name: read_table(path, name, crs=crs)} if name in RESULTS else {}
    if not read:
        raise InputError(
            text(
                "{file} holds no result of planning. Call its layer, its sheet or the file like "
                "one of the tables: {known}.",
                file=Path(path).name,
                known=", ".join(RESULTS),
            )
        )
    for name, (rows, _) in read.items():
        _require_a_column(name, rows, Path(path).name)
    # A result without rows is an answer (nobody is cut off), and no file that could not be read.
    told = [found for rows, found in read.values() if len(rows) or found["row"].notna().any()]
    problems = pd.concat([problems_table([]), *told], ignore_index=True)
    return {name: rows for name, (rows, _) in read.items()}, problems


def _require_a_column(name: str, rows: pd.DataFrame, file: str) -> None:
    """Refuse what has the name of a result and nothing else of it: it would read as no answer."""
    # A kind is set where none stands, so it tells nothing of the file.
    known = [column for column in table(name).columns if column not in {"kind", "geometry"}]
    if name != BLOCKS and not set(known) & set(rows.columns):
        raise missing_columns(file, known, rows.drop(columns="kind", errors="ignore"))


def _table_called(title: str) -> str:
    return fold_label(title).replace(" ", "_")
