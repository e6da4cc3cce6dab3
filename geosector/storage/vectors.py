"""Tables with shapes: GeoPackage, GeoJSON, FlatGeobuf, KML, GPX and GeoParquet."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import NamedTuple
from xml.sax.saxutils import escape

import geopandas as gpd
import pandas as pd
import pyogrio

from geosector import tables
from geosector.errors import InputError
from geosector.language import text
from geosector.storage.atomic import AnyPath, failure
from geosector.storage.cells import (
    EXACT_DIGITS,
    NOT_IN_XML,
    Cell,
    Frame,
    distinct,
    free_name,
    plain,
    split,
    written_out,
)
from geosector.storage.clock import moment_of_files
from geosector.storage.phones import descriptions
from geosector.storage.stamps import current_stamp
from geosector.storage.styles import STYLES_LAYER, styles_table

_KML_HEAD = b'<Document id="root_doc">'
_GDAL_LOCK = Lock()  # its clock is one setting for the whole process


class _Shapes(NamedTuple):
    """What a format needs to be told."""

    driver: str
    is_xml: bool = False
    dataset: Mapping[str, str] = {}
    layer: Mapping[str, str] = {}
    # Which option, of the file or of its layer, says for whom it is.
    stamp: tuple[str, str] | None = ("layer", "DESCRIPTION")


# Version 1.2 and whole milliseconds: what QGIS of the last years reads without a warning.
_GPKG = _Shapes("GPKG", dataset={"VERSION": "1.2"})
# AUTODETECT_JSON_STRINGS: a text that looks like JSON would stop being a text.
_GEOJSON = _Shapes("GeoJSON", layer={"AUTODETECT_JSON_STRINGS": "NO"})
# The index would sort the rows.
_FGB = _Shapes("FlatGeobuf", layer={"SPATIAL_INDEX": "NO"})
_KML = _Shapes("KML", is_xml=True, stamp=None)
_GPX = _Shapes(
    "GPX",
    is_xml=True,
    dataset={"GPX_USE_EXTENSIONS": "YES"},
    stamp=("dataset", "METADATA_DESCRIPTION"),
)


def write_gpkg(layers: Mapping[str, Frame], temporary: Path, path: AnyPath) -> None:
    """Write each table as a layer of one GeoPackage, and how QGIS is to draw each."""
    drawn = []
    for count, (name, table) in enumerate(layers.items()):
        taken = {str(column).casefold() for column in table.columns}
        names = {
            "FID": free_name("fid", taken),
            "DATETIME_PRECISION": "MILLISECOND",
        }
        if _has_shapes(table):
            names["GEOMETRY_NAME"] = free_name("geom", taken)
        shapes = _GPKG._replace(layer=names)
        kind = _geometry_kind(table, name) if _has_shapes(table) else None
        _write_shapes(table, temporary, path, name, shapes, kind=kind, append=count > 0)
        if _has_shapes(table) and name != STYLES_LAYER:
            drawn.append((name, names["GEOMETRY_NAME"], table))
    if drawn and STYLES_LAYER not in layers:
        styles = styles_table(drawn, pd.Timestamp(moment_of_files()))
        shapes = _GPKG._replace(layer={"FID": "id", "DATETIME_PRECISION": "MILLISECOND"})
        _write_shapes(styles, temporary, path, STYLES_LAYER, shapes, kind=None, append=True)


def write_geojson(layers: Mapping[str, Frame], temporary: Path, path: AnyPath) -> None:
    """Write one table as GeoJSON."""
    ((name, table),) = layers.items()
    _write_shapes(table, temporary, path, name, _GEOJSON, kind="Unknown")


def write_fgb(layers: Mapping[str, Frame], temporary: Path, path: AnyPath) -> None:
    """Write one table as FlatGeobuf."""
    ((name, table),) = layers.items()
    kind = _geometry_kind(_require_shapes(table, path), name)
    _write_shapes(table, temporary, path, name, _FGB, kind=kind)


def write_kml(layers: Mapping[str, Frame], temporary: Path, path: AnyPath) -> None:
    """Write one table as KML."""
    ((name, table),) = layers.items()
    _write_shapes(_require_shapes(table, path), temporary, path, name, _KML, kind="Unknown")
    stamp = current_stamp()
    if stamp is not None:  # GDAL has no option for it
        head, document, rest = temporary.read_bytes().partition(_KML_HEAD)
        told = f"\n<description>{escape(stamp.line())}</description>".encode()
        temporary.write_bytes(head + document + told + rest)


def write_gpx(layers: Mapping[str, Frame], temporary: Path, path: AnyPath) -> None:
    """Write one table of points or of lines as GPX."""
    (table,) = layers.values()
    kinds = set(_require_shapes(table, path).geometry.geom_type)
    if kinds <= {"Point"}:
        _write_shapes(table, temporary, path, "waypoints", _GPX, kind="Point")
    elif kinds <= {"LineString", "MultiLineString"}:
        _write_shapes(table, temporary, path, "tracks", _GPX, kind="MultiLineString")
    else:
        raise InputError(
            text(
                "{path} cannot hold this table: GPX takes points or lines, and every row needs "
                "one. Write .gpkg.",
                path=os.fspath(path),
            )
        )


def write_parquet(layers: Mapping[str, Frame], temporary: Path, _path: AnyPath) -> None:
    """Write one table as GeoParquet, or as Parquet where it has no shapes."""
    (table,) = layers.values()
    _typed_columns(table, str).to_parquet(temporary, index=False)
    stamp = current_stamp()
    if stamp is None:
        return
    from pyarrow import parquet

    written = parquet.read_table(temporary)
    facts = {**(written.schema.metadata or {}), b"stamp": stamp.line().encode()}
    parquet.write_table(written.replace_schema_metadata(facts), temporary)


def _has_shapes(table: Frame) -> bool:
    return isinstance(table, gpd.GeoDataFrame)


def _require_shapes(table: Frame, path: AnyPath) -> gpd.GeoDataFrame:
    if not isinstance(table, gpd.GeoDataFrame):
        raise InputError(
            text(
                "{path} cannot hold this table: it has no coordinates. Write .csv.",
                path=os.fspath(path),
            )
        )
    return table


def _write_shapes(
    table: Frame,
    temporary: Path,
    path: AnyPath,
    name: str,
    shapes: _Shapes,
    *,
    kind: str | None,
    append: bool = False,
) -> None:
    if not len(table.columns):
        raise InputError(
            text("{path} cannot hold this table: it has no columns.", path=os.fspath(path))
        )
    ready = _typed_columns(table, str.casefold if shapes.driver == "GPKG" else str)
    if shapes.is_xml:
        ready = _fit_for_xml(ready, shapes.driver)
    shapes = _stamped(shapes)
    # A GeoPackage is a database and checks what it writes. Other drivers of GDAL say nothing when
    # the disk is full: they write into memory, and the bytes are put on the disk here.
    memory = None if shapes.driver == "GPKG" else io.BytesIO()
    try:
        with _fixed_clock():
            pyogrio.write_dataframe(
                ready,
                temporary if memory is None else memory,
                layer=name,
                driver=shapes.driver,
                geometry_type=kind if _has_shapes(ready) else None,
                promote_to_multi=str(kind).startswith("Multi"),
                append=append,
                dataset_options=dict(shapes.dataset),
                layer_options=dict(shapes.layer),
            )
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
        pyogrio.errors.FieldError,
        pyogrio.errors.GeometryError,
    ) as error:
        raise failure(path, error) from error
    if memory is not None:
        temporary.write_bytes(memory.getbuffer())


def _stamped(shapes: _Shapes) -> _Shapes:
    """Let the file say for whom it is, where its format has an option for that."""
    stamp = current_stamp()
    if stamp is None or shapes.stamp is None:
        return shapes
    where, option = shapes.stamp
    told = {option: stamp.line()}
    if where == "dataset":
        return shapes._replace(dataset={**shapes.dataset, **told})
    return shapes._replace(layer={**shapes.layer, **told})


@contextmanager
def _fixed_clock() -> Iterator[None]:
    """Keep the time of writing out of a GeoPackage, and leave GDAL as it was."""
    option = "OGR_CURRENT_DATE"
    with _GDAL_LOCK:
        before = pyogrio.get_gdal_config_option(option)
        pyogrio.set_gdal_config_options({option: f"{moment_of_files():%Y-%m-%dT%H:%M:%S}.000Z"})
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options({option: before})


def _geometry_kind(table: gpd.GeoDataFrame, layer: str) -> str:
    """Name the geometry of a layer: multi-part for lines and polygons, whatever today's rows."""
    present = table.geometry[table.geometry.notna()]
    kinds = {kind.removeprefix("Multi") for kind in present.geom_type}
    if not kinds and layer in tables.table_names():
        stated = tables.table(layer).geometry
        kinds = {"LineString" if stated == "line" else stated.capitalize()}
    if kinds == {"Point"} and not present.geom_type.str.startswith("Multi").any():
        kind = "Point"
    elif len(kinds) == 1 and kinds <= {"Point", "LineString", "Polygon"}:
        kind = f"Multi{kinds.pop()}"
    else:
        return "Unknown"
    return f"{kind} Z" if present.has_z.any() else kind


def _typed_columns(table: Frame, fold: Callable[[str], str]) -> Frame:
    """Give every column one type that a file format knows, and a name of its own."""
    rows, shapes = split(table)
    taken = [] if shapes is None else ["geometry"]
    names = distinct([*taken, *rows.columns], fold)[len(taken) :]
    columns = {name: _typed(rows.iloc[:, at]) for at, name in enumerate(names)}
    made = pd.DataFrame(columns, index=table.index)
    if shapes is None:
        return made
    return gpd.GeoDataFrame(made, geometry=shapes.rename("geometry"), crs=shapes.crs)


def _typed(column: pd.Series) -> pd.Series:
    simple = pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column)
    if simple and not pd.api.types.is_complex_dtype(column):
        return column.astype("float32") if column.dtype == "float16" else column
    cells = [plain(cell) for cell in column]
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {bool}:
        return pd.Series(cells, index=column.index, dtype="boolean")
    if kinds and kinds <= {int, float} and all(_fits(cell) for cell in cells):
        dtype = "Int64" if kinds == {int} else "float64"
        return pd.Series(cells, index=column.index, dtype=dtype)
    written = [None if cell is None else written_out(cell) for cell in cells]
    return pd.Series(written, index=column.index, dtype="object")


def _fits(cell: Cell) -> bool:
    """Say whether a number keeps its digits: no format holds whole numbers of any length."""
    return not isinstance(cell, int) or abs(cell) < EXACT_DIGITS


_MARKUP = re.compile(r"^<")


def _fit_for_xml(table: Frame, driver: str) -> Frame:
    """Take out what XML cannot hold; GDAL puts column names into it as they are."""
    for name in table.columns:
        if table[name].dtype == object:
            written = table[name].str.replace(NOT_IN_XML, "\ufffd", regex=True)
            if driver == "GPX":  # GDAL would write well-formed markup as markup
                written = written.str.replace(_MARKUP, r" \g<0>", regex=True)
            table[name] = written
    names = [re.sub(r"\W+|^(?=\d)", "_", name) for name in table.columns]
    # A description would be shown as a web page: no column may have that name but our own.
    told = {"KML": "description", "GPX": "desc"}[driver]
    made = table.set_axis(distinct([told, *names], str.casefold)[1:], axis="columns")
    made[told] = pd.Series(descriptions(table), index=table.index, dtype="object")
    return made
