"""From any cell to one that every file holds, and from a table to the columns of a sheet."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geosector.crs import WGS84, require_crs, to_wgs84
from geosector.storage.atomic import AnyPath
from geosector.storage.documents import json_value

Frame: TypeAlias = "pd.DataFrame | gpd.GeoDataFrame"

# NUL ends a text in C, and half a surrogate pair is no letter: no file format holds them.
_UNWRITABLE = re.compile(r"[\0\ud800-\udfff]")
# What XML cannot hold besides.
NOT_IN_XML = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def clean(written: str) -> str:
    """Replace what no file holds."""
    return _UNWRITABLE.sub("\ufffd", written)


# Larger whole numbers lose their last digits in a sheet: ids become text.
EXACT_DIGITS = 10**15

Cell: TypeAlias = bool | int | float | str | dt.date | dt.time | None


def plain(cell: object) -> Cell:
    """Make one cell plain: lists and dicts become JSON, shapes WKT, anything else its text."""
    if isinstance(cell, str):
        return clean(cell)
    if isinstance(cell, np.generic):  # whole numbers of a column that may lack some are such
        cell = cell.item()
    if isinstance(cell, int):
        return cell
    if isinstance(cell, list | tuple | dict | set | frozenset | np.ndarray):
        plain = list(cell) if isinstance(cell, tuple) else cell
        return clean(json.dumps(plain, ensure_ascii=False, default=json_value))
    if isinstance(cell, shapely.Geometry):
        return str(shapely.to_wkt(cell, rounding_precision=-1))
    if cell is None or pd.isna(cell):
        return None
    return cell if isinstance(cell, float | dt.date | dt.time) else clean(str(cell))


def cells_of(column: pd.Series) -> list[Cell]:
    """Give the cells of a column, plain."""
    cells = [plain(cell) for cell in column]
    # Days without a time of day are written as days.
    if any(isinstance(cell, dt.datetime) for cell in cells) and all(
        cell is None
        or (isinstance(cell, dt.datetime) and cell.tzinfo is None and cell.time() == dt.time(0))
        for cell in cells
    ):
        return [cell.date() if isinstance(cell, dt.datetime) else None for cell in cells]
    return cells


def written_out(cell: Cell) -> str:
    """Give a plain cell as text; a missing one is empty."""
    if cell is None:
        return ""
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)


def distinct(names: Iterable[object], fold: Callable[[str], str]) -> list[str]:
    """Make column names texts that differ; the second of a name is called ``name_2``."""
    seen: set[str] = set()
    made: list[str] = []
    for name in names:
        wanted = clean(str(name)) or "column"
        made.append(free_name(wanted, seen, fold))
        seen.add(fold(made[-1]))
    return made


def free_name(wanted: str, taken: set[str], fold: Callable[[str], str] = str.casefold) -> str:
    """Give a name that is not taken yet; ``taken`` is folded."""
    name, count = wanted, 1
    while fold(name) in taken:
        count += 1
        name = f"{wanted}_{count}"
    return name


def in_degrees(table: Frame, path: AnyPath) -> Frame:
    """Take a table out of the caller's hands: EPSG:4326, rows numbered anew, nothing attached."""
    if isinstance(table, gpd.GeoDataFrame):
        if table.active_geometry_name is None:
            table = pd.DataFrame(table)
        else:
            table = to_wgs84(require_crs(table, os.fspath(path)))
    fresh = table.reset_index(drop=True)
    fresh.attrs = {}  # Parquet would carry them along: what a file tells is in its cells
    return fresh


def split(table: Frame) -> tuple[pd.DataFrame, gpd.GeoSeries | None]:
    """Take the shapes apart from the other columns."""
    if not isinstance(table, gpd.GeoDataFrame):
        return table, None
    return pd.DataFrame(table.drop(columns=table.geometry.name)), table.geometry


def sheet_columns(table: Frame) -> dict[str, list[Cell]]:
    """Give a table as a sheet has it: points become lat and lon, other shapes WKT and crs."""
    rows, shapes = split(table)
    names = distinct(rows.columns, str)
    columns = {name: cells_of(rows.iloc[:, at]) for at, name in enumerate(names)}
    if shapes is None:
        return columns
    present = shapes[shapes.notna()]
    if (present.geom_type == "Point").all():
        has_place = (shapes.notna() & ~shapes.is_empty).to_numpy()
        added: dict[str, list[Cell]] = {
            axis: [float(at) if here else None for at, here in zip(places, has_place, strict=True)]
            for axis, places in (
                ("lat", shapely.get_y(shapes.to_numpy())),
                ("lon", shapely.get_x(shapes.to_numpy())),
            )
        }
    else:
        # Well-known text tells no system: a column does, so that nobody has to guess it.
        added = {
            "geometry": [plain(shape) for shape in shapes],
            "crs": [WGS84] * len(shapes),
        }
    # On a clash the table's own column is kept under another name, unless it says the same.
    clashing = {name: cells for name, cells in columns.items() if name in added}
    renamed = {
        name: free_name(f"{name}_input", set(columns), str)
        for name, cells in clashing.items()
        if cells != added[name]
    }
    kept = {
        renamed.get(name, name): cells
        for name, cells in columns.items()
        if name not in clashing or name in renamed
    }
    return kept | added
