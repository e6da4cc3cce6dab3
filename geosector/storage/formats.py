"""A table in the format that its file's name asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd

from geosector.storage.atomic import AnyPath, atomic_path, require_format
from geosector.storage.cells import Frame, in_degrees
from geosector.storage.sheets import write_csv, write_records, write_xlsx
from geosector.storage.stamps import stamp_of, stamping
from geosector.storage.vectors import (
    write_fgb,
    write_geojson,
    write_gpkg,
    write_gpx,
    write_kml,
    write_parquet,
)


def write_table(table: Frame, path: AnyPath, *, layer: str | None = None) -> None:
    """Write a table in the format that the file's extension names.

    Coordinates go out in EPSG:4326; the index is not written. Text is text in every format, as
    it stands in the cell, with these exceptions: what no file can hold (NUL, half surrogates)
    becomes U+FFFD, as do control characters in XLSX, KML and GPX; XLSX, KML and GPX keep every
    line end as a line feed. Lists and dicts become JSON. A missing cell is empty. Of columns
    that the format cannot tell apart, the second is called ``name_2``. Where the table was released
    to an audience, or inside `stamping`, the file says for whom it is, if its format has room.

    ==========  ====================================================================
    .csv        UTF-8 with a byte order mark (Excel reads Arabic); points as ``lat`` and ``lon``
                (without height), other shapes as WKT with their system in ``crs``; texts that a
                spreadsheet would calculate are guarded, headers too (`guard_formula`)
    .xlsx       likewise, but nothing needs guarding: text cells are marked as text. The sheet
                runs from right to left where the current language does.
    .gpkg       GeoPackage with a spatial index; lines and polygons as multi-part shapes; each layer
                with its drawing rules for QGIS (``layer_styles``), in the current language
    .geojson    GeoJSON
    .json       GeoJSON; a table without shapes as a list of records
    .fgb        FlatGeobuf, rows in order, hence without its index
    .parquet    GeoParquet, or Parquet without shapes
    .kml .gpx   for phones. ``name`` becomes the place's name; its description is made here, in the
                current language, and a column of that name is called ``description_2``, since
                programs show it as a web page. Column names keep
                letters and digits only, and in GPX a text that begins with
                ``<`` gets a blank before it.
    ==========  ====================================================================

    Parameters
    ----------
    table : pandas.DataFrame or geopandas.GeoDataFrame
        Any columns. Shapes need a coordinate system.
    path : str or path
        Replaced where it exists.
    layer : str, optional
        Name of the layer or sheet. Default: the file's name without its extension.

    Raises
    ------
    InputError
        Where the extension is not known, or the format cannot hold the table.
    MissingCRSError
        Where shapes have no coordinate system.
    StorageError
        Where writing failed. The file that stood there before is whole.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = Path(folder.name) / "shelters.csv"
    >>> write_table(pd.DataFrame({"name": ["=cmd()", None], "people": [40, -5]}), file)
    >>> print(file.read_text(encoding="utf-8-sig"))
    name,people
    '=cmd(),40
    ,-5
    <BLANKLINE>
    >>> write_table(pd.DataFrame({"name": []}), file)
    >>> print(file.read_text(encoding="utf-8-sig"))
    name
    <BLANKLINE>
    >>> folder.cleanup()
    >>> write_table(pd.DataFrame(), "shelters.doc")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: shelters.doc: '.doc' is not a format that geosector writes. ...
    """
    write = _WRITERS[require_format(path, _WRITERS)]
    name = layer or Path(path).stem
    ready = in_degrees(table, path)
    with atomic_path(path) as temporary, stamping(stamp_of([table])):
        write({name: ready}, temporary, path)


def write_layers(layers: Mapping[str, Frame], path: AnyPath) -> None:
    """Write several tables into one file: layers of a GeoPackage or sheets of a workbook.

    Parameters
    ----------
    layers : mapping of str to pandas.DataFrame or geopandas.GeoDataFrame
        Written in order. A layer without rows keeps its columns and, where it is a table of
        geosector (``sectors``, ``borders`` …), its kind of geometry.
    path : str or path
        ``.gpkg`` or ``.xlsx``. Replaced where it exists, with everything in it.

    Raises
    ------
    InputError
        Where the extension is another one.
    MissingCRSError
        Where shapes have no coordinate system.
    StorageError
        Where writing failed. The file that stood there before is whole.

    Examples
    --------
    >>> import tempfile
    >>> import pyogrio
    >>> from shapely.geometry import box
    >>> sectors = gpd.GeoDataFrame({"sector_id": [1]}, geometry=[box(0, 0, 1, 1)], crs="EPSG:4326")
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = Path(folder.name) / "layout.gpkg"
    >>> write_layers({"sectors": sectors, "blocks": sectors.head(0)}, file)
    >>> pyogrio.list_layers(file).tolist()
    [['sectors', 'MultiPolygon'], ['blocks', 'MultiPolygon'], ['layer_styles', None]]
    >>> folder.cleanup()
    >>> write_layers({"sectors": sectors}, "layout.geojson")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: layout.geojson: '.geojson' is not a format that ...
    """
    write = _WRITERS[require_format(path, LAYERED_FORMATS)]
    ready = {name: in_degrees(table, path) for name, table in layers.items()}
    with atomic_path(path) as temporary, stamping(stamp_of(layers.values())):
        write(ready, temporary, path)


# (tables by layer name, where to write, what the user calls the file)
_Writer: TypeAlias = Callable[[Mapping[str, Frame], Path, AnyPath], None]


def _write_json(layers: Mapping[str, Frame], temporary: Path, path: AnyPath) -> None:
    (table,) = layers.values()
    write = write_geojson if isinstance(table, gpd.GeoDataFrame) else write_records
    write(layers, temporary, path)


_WRITERS: dict[str, _Writer] = {
    ".csv": write_csv,
    ".xlsx": write_xlsx,
    ".gpkg": write_gpkg,
    ".geojson": write_geojson,
    ".json": _write_json,
    ".fgb": write_fgb,
    ".parquet": write_parquet,
    ".kml": write_kml,
    ".gpx": write_gpx,
}
TABLE_FORMATS = tuple(_WRITERS)
LAYERED_FORMATS = (".gpkg", ".xlsx")
