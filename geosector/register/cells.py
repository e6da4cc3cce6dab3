"""Cells of a table and cells of the file: what is kept of a value, and how it comes back.

The file holds what GeoPackage allows: texts, numbers, 0 and 1, days as ``2024-03-01``, moments as
``2024-03-01T10:00:00.000Z`` (the clock of the place: no time zone is known), and shapes. A value
that is compared or signed is such a cell; a shape is its WKB in hexadecimal digits.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geosector.crs import WGS84
from geosector.errors import InputError
from geosector.language import text
from geosector.tables import table, whole_letters

Kind: TypeAlias = Literal["TEXT", "INTEGER", "REAL", "BOOLEAN", "DATE", "DATETIME", "GEOMETRY"]
Value: TypeAlias = str | int | float | None
Cells: TypeAlias = dict[str, Value]

GEOMETRY = "geometry"
SRS_ID = 4326
_KINDS: dict[str, Kind] = {
    "text": "TEXT",
    "choice": "TEXT",
    "list": "TEXT",
    "json": "TEXT",
    "integer": "INTEGER",
    "number": "REAL",
    "flag": "BOOLEAN",
    "date": "DATE",
}
_LARGEST = 2**63


# --------------------------------------------------------------- kinds of columns


def known_kinds(name: str) -> dict[str, Kind]:
    """Say of which kind each column of a table of `geosector.tables` is in the file.

    Parameters
    ----------
    name : str
        The table.

    Returns
    -------
    dict
        Column → kind, in the order of the table.
    """
    columns = table(name).columns
    # Only where a precision is stated may a date have a time of day.
    timed = "DATETIME" if "date_precision" in columns else "DATE"
    return {
        column.name: timed if column.name == "date" else _KINDS[column.type]  # type: ignore[misc]
        for column in columns.values()
    }


def kind_of(declared: str) -> Kind:
    """Say of which kind a column is that the file declares so; other programs add columns too."""
    word = declared.upper()
    if word in {"BOOLEAN", "DATE", "DATETIME"}:
        return word  # type: ignore[return-value]
    if "INT" in word:
        return "INTEGER"
    return "REAL" if word in {"REAL", "DOUBLE", "FLOAT"} else "TEXT"


def kind_for(cells: pd.Series) -> Kind:
    """Choose the kind of a column that no table knows."""
    if pd.api.types.is_bool_dtype(cells):
        return "BOOLEAN"
    if pd.api.types.is_integer_dtype(cells):
        return "INTEGER"
    has_numbers = pd.api.types.is_float_dtype(cells) and cells.notna().any()
    return "REAL" if has_numbers else "TEXT"


# --------------------------------------------------------------- into the file


def fit(cell: object, kind: Kind, column: str) -> Value:
    """Bring a cell into the form that the file keeps.

    Parameters
    ----------
    cell : object
        Anything that stands in a table; a missing value of any sort is None.
    kind : str
        Of the column.
    column : str
        Its name, for the error.

    Returns
    -------
    str, int, float or None

    Raises
    ------
    InputError
        Where the column cannot hold it without changing it.

    Examples
    --------
    >>> fit(5.0, "INTEGER", "beds"), fit(dt.date(2024, 3, 1), "DATE", "since")
    (5, '2024-03-01')
    >>> fit(float("nan"), "REAL", "capacity") is None
    True
    >>> fit("many", "REAL", "capacity")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: capacity cannot hold 'many': it is of the kind REAL. ...
    """
    if is_missing(cell):
        return None
    plain = cell.item() if isinstance(cell, np.generic) else cell
    fitted = _FITS[kind](plain)
    if fitted is None and not (isinstance(plain, shapely.Geometry) and plain.is_empty):
        raise InputError(
            text(
                "{column} cannot hold '{value}': it is of the kind {kind}. Give another value, or "
                "another column.",
                column=column,
                value=cell,
                kind=kind,
            )
        )
    return fitted


def is_missing(cell: object) -> bool:
    """Say whether a cell is a missing value of any sort."""
    return cell is None or cell is pd.NA or cell is pd.NaT or cell != cell  # noqa: PLR0124


def _fit_text(cell: object) -> Value:
    if isinstance(cell, list | tuple | dict | np.ndarray):
        listed = cell.tolist() if isinstance(cell, np.ndarray) else cell
        cell = json.dumps(listed, ensure_ascii=False, default=str)
    written = cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)
    return whole_letters(written).replace("\0", "\ufffd")


def _fit_integer(cell: object) -> Value:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return int(cell) if isinstance(cell, int) and abs(cell) < _LARGEST else None


def _fit_real(cell: object) -> Value:
    return float(cell) if isinstance(cell, int | float) else None


def _fit_flag(cell: object) -> Value:
    return int(cell) if isinstance(cell, bool | int | float) and cell in {0, 1} else None


def _fit_day(cell: object) -> Value:
    moment = _moment(cell)
    return None if moment is None else moment.date().isoformat()


def _fit_moment(cell: object) -> Value:
    moment = _moment(cell)
    return None if moment is None else f"{moment.isoformat(timespec='milliseconds')}Z"


def _moment(cell: object) -> dt.datetime | None:
    """Read a day or a moment as the clock shows it; a stated time zone is brought to UTC."""
    if isinstance(cell, str):
        try:
            cell = dt.datetime.fromisoformat(re.sub(r"(?<=\d)Z$", "", cell.strip()))
        except ValueError:
            return None
    if isinstance(cell, pd.Timestamp):
        cell = cell.to_pydatetime(warn=False)
    if isinstance(cell, dt.datetime):
        return cell if cell.tzinfo is None else cell.astimezone(dt.UTC).replace(tzinfo=None)
    return dt.datetime.combine(cell, dt.time()) if isinstance(cell, dt.date) else None


def _fit_shape(cell: object) -> Value:
    if not isinstance(cell, shapely.Geometry) or cell.is_empty:
        return None
    return str(shapely.to_wkb(cell, hex=True, byte_order=1, flavor="iso")).lower()


_FITS = {
    "TEXT": _fit_text,
    "INTEGER": _fit_integer,
    "REAL": _fit_real,
    "BOOLEAN": _fit_flag,
    "DATE": _fit_day,
    "DATETIME": _fit_moment,
    "GEOMETRY": _fit_shape,
}


def blob(value: Value) -> bytes | None:
    """Give a shape as GeoPackage keeps it: a head of eight bytes, then its WKB."""
    if value is None:
        return None
    return b"GP\x00\x01" + SRS_ID.to_bytes(4, "little") + bytes.fromhex(str(value))


def add_functions(database: sqlite3.Connection) -> None:
    """Give SQLite the functions that the triggers of a spatial index call.

    QGIS makes such an index where it is asked to; without them no row could be changed any more.
    """

    def bound(at: int) -> Callable[[bytes | None], float | None]:
        def of(cell: bytes | None) -> float | None:
            shape = shape_of(from_file(cell, "GEOMETRY"))
            return None if shape is None else float(shape.bounds[at])

        return of

    for at, name in enumerate(("ST_MinX", "ST_MinY", "ST_MaxX", "ST_MaxY")):
        database.create_function(name, 1, bound(at), deterministic=True)
    database.create_function(
        "ST_IsEmpty", 1, lambda cell: int(from_file(cell, "GEOMETRY") is None), deterministic=True
    )


# --------------------------------------------------------------- out of the file

_ENVELOPES = (0, 32, 48, 48, 64)  # bytes, by the number in the head
_EMPTY = 0x10  # in the flags: whatever follows, other programs see no shape


def from_file(cell: object, kind: Kind) -> Value:
    """Read a cell of the file, as this register or any other program left it.

    Parameters
    ----------
    cell : object
        What SQLite gives.
    kind : str
        Of the column.

    Returns
    -------
    str, int, float or None
        As `fit` makes it where the cell can be understood, else what stands there.
    """
    if cell is None:
        return None
    if isinstance(cell, bytes):
        return _wkb(cell) if kind == "GEOMETRY" else cell.hex()
    if kind in {"DATE", "DATETIME"}:
        return _FITS[kind](cell) or str(cell)
    if kind == "REAL" and isinstance(cell, int):
        return float(cell)
    return cell  # type: ignore[return-value]


def _wkb(cell: bytes) -> str | None:
    """Give the shape of a GeoPackage cell; None where it is empty or none."""
    envelope = (cell[3] >> 1) & 7 if cell[:2] == b"GP" and len(cell) > 8 else len(_ENVELOPES)  # noqa: PLR2004
    if envelope >= len(_ENVELOPES) or cell[3] & _EMPTY:
        return None
    begin = 8 + _ENVELOPES[envelope]
    if cell[begin : begin + 5] == b"\x01\x01\x00\x00\x00" and len(cell) == begin + 21:
        return cell[begin:].hex()  # a plain point: as it stands
    shape = shapely.from_wkb(cell[begin:], on_invalid="ignore")
    return None if shape is None else _fit_shape(shape)  # type: ignore[return-value]


def shape_of(value: Value) -> shapely.Geometry | None:
    """Give the shape of a value; None for a missing one."""
    return None if value is None else shapely.from_wkb(str(value), on_invalid="ignore")


def series(values: Sequence[Value], kind: Kind) -> pd.Series:
    """Give a column of a table from values, of the type that readers give.

    A value that the column cannot hold, left there by another program, is missing.
    """
    if kind in {"DATE", "DATETIME"}:
        return pd.Series([_moment(value) for value in values], dtype="datetime64[us]")
    if kind == "REAL":
        numbers = [value if isinstance(value, int | float) else math.nan for value in values]
        return pd.Series(numbers, dtype="float64")
    if kind in {"INTEGER", "BOOLEAN"}:
        whole = [value if isinstance(value, int) else None for value in values]
        return pd.Series(whole, dtype="Int64" if kind == "INTEGER" else "boolean")
    return pd.Series(list(values), dtype="object")


def frame(rows: Sequence[Cells], kinds: dict[str, Kind]) -> gpd.GeoDataFrame:
    """Make a table of rows.

    Parameters
    ----------
    rows : sequence of dict
        Column → value; a column may be missing.
    kinds : dict
        Column → kind, ``geometry`` among them.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326, rows numbered from 0.
    """
    columns: dict[str, Any] = {
        column: series([row.get(column) for row in rows], kind)
        for column, kind in kinds.items()
        if kind != "GEOMETRY"
    }
    shapes = np.array([row.get(GEOMETRY) for row in rows], dtype=object)
    places = gpd.GeoSeries(shapely.from_wkb(shapes, on_invalid="ignore"), crs=WGS84)
    return gpd.GeoDataFrame(pd.DataFrame(columns), geometry=places)
