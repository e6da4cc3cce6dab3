"""Features from every vector format that GDAL and Arrow read, one broken geometry at a time.

A geometry that cannot be decoded costs its own row, never the file; what GDAL complains about is
passed on as a problem of the file.
"""

from __future__ import annotations

import codecs
import decimal
import io
import json
import re
import warnings
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from defusedxml import ElementTree
from numpy.typing import NDArray

from geosector.crs import WGS84, is_system
from geosector.errors import UnreadableFileError
from geosector.language import text
from geosector.sources.answers import MARKS, part_of_more
from geosector.sources.feeds import is_feed
from geosector.sources.files import (
    ARROW,
    GDB,
    GEOJSON,
    GPKG,
    GPX,
    KML,
    PARQUET,
    SHP,
    Source,
    damaged,
    shapefiles,
    utf16_order,
)
from geosector.sources.geopackage import count_of, drawn_in, others_in
from geosector.sources.limits import (
    require_bytes,
    require_cells,
    require_features,
    require_room,
    without_collector,
)
from geosector.sources.shapefile import (
    headers_decoded,
    part_of,
    places_beyond_reach,
    rows_deleted,
    with_whole_headers,
)
from geosector.sources.spreadsheet import is_utf8, row_left_out
from geosector.sources.values import value_left_out
from geosector.sources.written import decoded, plainly_written
from geosector.storage.phones import MADE_HERE
from geosector.tables import Problem, fold_label, match_columns, table, table_names

_GPX_OWN = "ogr_"  # GDAL calls columns so that GPX itself does not know
_GPX_WORDS = "{http://osgeo.org/gdal}"
_GPX_ELEMENTS = {"waypoints": "{*}wpt", "tracks": "{*}trk", "routes": "{*}rte"}
_SHORTENED = re.compile(r"\+|0\d|\d{16}")
_KML_DRAWING = frozenset(
    {"tessellate", "extrude", "visibility", "drawOrder", "altitudeMode", "icon"}
)
# Tables of which a public feed may be one; None where it is not yet known which table it is.
_OF_FEEDS = frozenset({"incidents", "points", None})
_TYPES = {"point": "point", "line": "linestring", "polygon": "polygon"}
_DBF_CODE_PAGE = 29
# Systems in the newer well-known text, which GDAL does not look for in a .prj.
_LATER_WKT = ("GEOGCRS[", "PROJCRS[", "BOUNDCRS[", "COMPOUNDCRS[")
_EARLIER_WKT = ("GEOGCS[", "PROJCS[", "COMPD_CS[")
# What pyogrio calls a file in memory: another each time.
_IN_MEMORY = re.compile(r"/vsimem/\w+")
# The older form of GeoJSON names its system before the features, or behind them.
_GEOJSON_CRS = re.compile(
    rb'"crs"\s*:\s*\{[^{}]*"properties"\s*:\s*\{[^{}]*"(?:name|href)"\s*:\s*"([^"]*)"'
)
_WRITTEN_IN_BYTES = frozenset({"geometry", "geom", "the geom", "wkb", "wkb geometry"})
_UNSTATED_CODE_PAGES = frozenset({0x00, 0x57})


def read_vector(
    source: Source, name: str | None = None
) -> tuple[gpd.GeoDataFrame | pd.DataFrame, list[Problem]]:
    """Read the features of a vector or Parquet file.

    Parameters
    ----------
    source : Source
        Of a vector kind.
    name : str, optional
        The table that it should be: a layer of that name is preferred, then one whose geometry
        fits.

    Returns
    -------
    tuple = (features, problems)
        A GeoDataFrame in the file's own coordinate system (a DataFrame where the file has no
        geometry). The index counts features from 1.

    Raises
    ------
    UnreadableFileError
        Where the file as a whole cannot be read.
    """
    told: list[Problem] = []
    if source.kind in {PARQUET, ARROW}:
        features, problems = _read_arrow(source)
    else:
        _require_few(source)
        source, told = plainly_written(source)
        features, problems = _read_layers(source, name)
    problems = [*told, *problems]
    for column in features.columns:
        if column != _geometry_name(features) and features[column].dtype == object:
            features[column] = features[column].map(_flat)
    return features, problems


_FEATURE_BEGINS = {GEOJSON: b'"Feature"', KML: b"<Placemark", GPX: b"<wpt"}


def _require_few(source: Source) -> None:
    """Refuse a drawing in words that would take too long: by its features, and line by line."""
    if source.kind not in _FEATURE_BEGINS:
        return
    written = source.bytes()
    require_features(written.count(_FEATURE_BEGINS[source.kind]), source.name)
    if source.kind == GEOJSON and b'"FeatureCollection"' not in written:
        require_bytes("geojsonl", len(written), source.name)


def _geometry_name(features: pd.DataFrame) -> str | None:
    return features.geometry.name if isinstance(features, gpd.GeoDataFrame) else None


def _flat(cell: object) -> object:
    """Write lists and objects as text: a cell holds one value."""
    if isinstance(cell, np.ndarray):
        cell = cell.tolist()
    if isinstance(cell, list | tuple | dict):
        return json.dumps(cell, ensure_ascii=False, default=str)
    if isinstance(cell, decimal.Decimal):
        return int(cell) if cell == cell.to_integral_value() else float(cell)
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell


# ---------------------------------------------------------------- GDAL


def _dataset(source: Source) -> str | io.BytesIO:
    """Name the dataset for GDAL: an absolute path is never taken for an address."""
    if source.kind in {SHP, GDB} and source.entry is not None:
        return f"/vsizip/{{{Path(source.path).absolute()}}}/{source.entry}"
    return io.BytesIO(source.data) if source.data is not None else str(source.path.absolute())


def _read_layers(source: Source, name: str | None) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    require_room(0)
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        try:
            layers = _sole_layer(source) or _layers(source, name)
            parts, bytewise = _parts(source, layers)
            if len(parts) == 1 and layers.read == [KML] and not _is_whole(source, parts):
                layers = _layers(source, name)
                parts, bytewise = _parts(source, layers)
        except UnreadableFileError:
            raise
        except (RuntimeError, ValueError, IndexError) as error:  # all of pyogrio's errors
            raise _unread(source, error) from error
    said = sorted(
        {
            _IN_MEMORY.sub(source.name, str(complaint.message))
            for complaint in complaints
            # What came out of an archive has no name of its own to conform.
            if source.data is None or "non conformant file extension" not in str(complaint.message)
        }
    )
    problems = [
        Problem(source.name, None, None, words[:200], text("a file without faults"),
                text("Read as far as possible."))
        for words in said
    ]  # fmt: skip
    problems += [
        Problem(source.name, None, None, layer, text("one layer with the table"),
                text("Only the layer {layer} was read.", layer=", ".join(layers.read)))
        for layer in layers.left
    ]  # fmt: skip
    if not parts:
        raise _unread(source, ValueError(text("it holds no layer")))
    features = parts[0]
    if len(parts) > 1:
        features = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=parts[0].crs)
    features.index, found = _feature_numbers(source, features)
    problems += [*found, *_rest_of_answer(source, len(features))]
    if source.kind == SHP:
        problems += _rows_beside(source)
    if source.kind == GPKG:
        problems += _cells_as_stored(features, source, layers.read[0])
    if source.kind == KML and b"<NetworkLink" in source.bytes():
        problems.append(
            Problem(source.name, None, None, "NetworkLink", text("all places in this one file"),
                    text("The link was not followed."))
        )  # fmt: skip
    problems += _redecode(features, source) if bytewise else []
    features, found = _headers_completed(features, source, name)
    return features, [*problems, *found]


def _headers_completed(
    features: gpd.GeoDataFrame, source: Source, name: str | None
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Complete the headers of a shapefile, where it is known which table it should be."""
    if source.kind != SHP or name is None or name not in table_names():
        return features, []
    return with_whole_headers(features, name, source.name)


def _cells_as_stored(features: pd.DataFrame, source: Source, layer: str) -> list[Problem]:
    """Put back, in place, what stands in a column of another kind; bytes among words are listed."""
    problems = []
    for column, cells in others_in(source, layer).items():
        if column not in features.columns or max(cells) >= len(features):
            continue
        kept = features[column].astype(object).to_numpy(copy=True)
        for place, cell in cells.items():
            kept[place] = None if isinstance(cell, bytes) else cell
            if isinstance(cell, bytes):
                problems.append(
                    Problem(source.name, int(features.index[place]), column,
                            cell[:20].hex(" "), text("text or a number"), value_left_out())
                )  # fmt: skip
        features[column] = pd.Series(kept, features.index, dtype=object)
    return problems


def _parts(source: Source, layers: _Layers) -> tuple[list[gpd.GeoDataFrame], bool]:
    """Read the chosen layers; say whether their words have still to be decoded."""
    bytewise = _code_page(source)
    try:
        return [_read_layer(source, layers, one, bytewise) for one in layers.read], bytewise
    except UnicodeDecodeError:  # one word in another encoding
        return [_read_layer(source, layers, one, bytewise=True) for one in layers.read], True


def _rest_of_answer(source: Source, count: int) -> list[Problem]:
    """Tell that a server of GeoJSON has more features than these."""
    written = source.bytes() if source.kind == GEOJSON else b""
    if not any(mark in written for mark in MARKS):
        return []
    try:
        return part_of_more(
            _PLAIN.decode(written.decode("utf-8-sig", "replace")), count, source.name
        )
    except (ValueError, RecursionError):  # one feature on each line
        return []


def _feature_numbers(source: Source, features: pd.DataFrame) -> tuple[pd.Index, list[Problem]]:
    """Count features from 1, and find those of GeoJSON that GDAL passes over without a word."""
    count = len(features)
    numbers = pd.RangeIndex(1, count + 1)
    if source.kind != GEOJSON:
        return numbers, []
    found = _entries(source)
    if found is None:  # a single feature
        return numbers, []
    entries, doubtful = found
    twice = [
        Problem(source.name, place + 1, None, names, text("each name once"),
                text("The last value was taken."))
        for place in doubtful
        if (names := _names_given_twice(entries[place]))
    ]  # fmt: skip
    lost = [
        number
        for number, entry in enumerate(entries, start=1)
        if not isinstance(entry, dict) or entry.get("type") != "Feature"
    ]
    problems = [
        Problem(source.name, number, None, json.dumps(entries[number - 1])[:80],
                text("a feature"), row_left_out())
        for number in lost
    ] + twice  # fmt: skip
    if count + len(lost) == len(entries):
        problems += _undrawn(source, features, entries, lost)
        return pd.RangeIndex(1, len(entries) + 1).drop(lost), problems
    given = text("{count} of {all} features", count=count, all=len(entries))
    problems = [Problem(source.name, None, None, given, text("a file without faults"),
                        text("Read as far as possible."))]  # fmt: skip
    return numbers, [*problems, *twice]


def _undrawn(
    source: Source, features: pd.DataFrame, entries: list[Any], lost: list[int]
) -> list[Problem]:
    """List the features whose geometry is there and says nothing: no numbers, or too few."""
    if not isinstance(features, gpd.GeoDataFrame):
        return []
    kept = np.delete(np.arange(1, len(entries) + 1), np.array(lost, int) - 1)
    blank = features.geometry.isna().to_numpy()
    return [
        Problem(source.name, number, "geometry", json.dumps(drawn)[:80],
                text("a geometry that can be read"), text("The place was left out."))
        for number in kept[blank].tolist()
        if (drawn := entries[number - 1].get("geometry")) is not None
    ]  # fmt: skip


class _Twice(dict[str, Any]):
    """An object of JSON that gives a name twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Twice(found)


def _names_given_twice(entry: Any) -> str:  # noqa: ANN401 - JSON is anything
    if not isinstance(entry, dict):
        return ""
    parts = (entry, entry.get("properties"), entry.get("geometry"))
    return ", ".join(name for part in parts if isinstance(part, _Twice) for name in part)[:80]


def _entries(source: Source) -> tuple[list[Any], Sequence[int]] | None:
    """List the features as JSON has them: of a collection, or one on each line.

    Beside them the places of those that may give a name twice. None for a single feature. A line
    that is no JSON stands as the words that it is.
    """
    written = source.bytes().decode("utf-8-sig", "replace")
    with without_collector(len(written)):
        return _entries_of(written)


def _entries_of(written: str) -> tuple[list[Any], Sequence[int]] | None:
    try:
        whole = _PLAIN.decode(written)
    except RecursionError:
        return None
    except ValueError:
        return _on_lines(written)
    found = whole.get("features") if isinstance(whole, dict) else whole
    if not isinstance(found, list):
        return None
    names = _names(found) + (_all_names(whole) if isinstance(whole, dict) else 0)
    if written.count('":') == names:
        return found, ()
    whole = _TOLD_TWICE.decode(written)  # names that are given twice, or that are deeper
    told: list[Any] = whole["features"] if isinstance(whole, dict) else whole
    return told, range(len(told))


_PLAIN = json.JSONDecoder(strict=False)
_TOLD_TWICE = json.JSONDecoder(strict=False, object_pairs_hook=_object)


def _on_lines(written: str) -> tuple[list[Any], list[int]]:
    lines = [line for line in (line.strip("\x1e \r\t") for line in written.split("\n")) if line]
    entries, doubtful = [], []
    for place, line in enumerate(lines):
        try:
            entry = decoded(line)
            if line.count('":') != _names((entry,)):
                entry = _TOLD_TWICE.decode(line)
                doubtful.append(place)
        except (ValueError, RecursionError):
            entry = line
        entries.append(entry)
    return entries, doubtful


def _all_names(whole: Any) -> int:  # noqa: ANN401 - JSON is anything
    """Count the names of a collection, but for those of its features."""
    if not isinstance(whole, dict):
        return 0
    return len(whole) + sum(_all_names(part) for name, part in whole.items() if name != "features")


def _names(entries: Iterable[Any]) -> int:
    """Count the names in entries of usual features."""
    objects = [entry for entry in entries if isinstance(entry, dict)]
    parts = [part for entry in objects for part in (entry.get("properties"), entry.get("geometry"))
             if isinstance(part, dict)]  # fmt: skip
    return sum(map(len, objects)) + sum(map(len, parts))


def _unread(source: Source, error: Exception) -> UnreadableFileError:
    if source.kind == SHP:
        return UnreadableFileError(
            text(
                "{file}: the shapefile cannot be opened. Bring its .shp, .shx, .dbf and .prj "
                "together, best as one zip.",
                file=source.name,
            )
        )
    return damaged(source.name, str(error).splitlines()[0][:200])


def layer_names(source: Source) -> list[str]:
    """List the layers of a dataset that hold features of a table.

    Parameters
    ----------
    source : Source
        Of a vector kind.

    Returns
    -------
    list of str

    Raises
    ------
    UnreadableFileError
        Where the file as a whole cannot be read.
    """
    try:
        with warnings.catch_warnings(record=True, action="always"):  # listed when they are read
            found = _layers(source, None)
    except (RuntimeError, ValueError, IndexError) as error:
        raise _unread(source, error) from error
    return [*found.read, *found.left]


def every_layer(source: Source) -> set[str]:
    """List all layers of a dataset, also those that hold nothing.

    Parameters
    ----------
    source : Source
        Of a vector kind.

    Returns
    -------
    set of str

    Raises
    ------
    UnreadableFileError
        Where the file as a whole cannot be read.
    """
    try:
        with warnings.catch_warnings(record=True, action="always"):  # listed when they are read
            return {str(layer) for layer, _ in pyogrio.list_layers(_dataset(source))}
    except (RuntimeError, ValueError) as error:
        raise _unread(source, error) from error


class _Layers:
    """Which layers of a dataset to read, and which with content are left.

    They are opened by number: a layer without a name is called after its file, and bytes have none.
    """

    def __init__(self, read: list[str], left: list[str], numbers: dict[str, int]) -> None:
        self.read = read
        self.left = left
        self.numbers = numbers


def _sole_layer(source: Source) -> _Layers | None:
    """Give the layer of a drawing that seems to have one only: GDAL reads it all to say so."""
    if source.kind == KML:
        written = source.bytes()
        first, last = written.find(b"<Placemark"), written.rfind(b"</Placemark>")
        between = re.compile(rb"<(?:/?Folder|/?Document|NetworkLink)\b")
        names = (b"Folder", b"Document", b"NetworkLink")
        # Most have none of these words there, which is soon said.
        is_parted = any(written.find(name, first, last) >= 0 for name in names)
        if first < 0 or (is_parted and between.search(written, first, last)):
            return None
    elif source.kind != GEOJSON:
        return None
    return _Layers([source.kind], [], {source.kind: 0})


def _is_whole(source: Source, parts: list[gpd.GeoDataFrame]) -> bool:
    """Say whether the one layer of a KML has all its places."""
    return source.kind != KML or len(parts[0]) == source.bytes().count(b"<Placemark")


# In the order of GDAL, which always has all of them and reads them all to say so.
_GPX_LAYERS = {"waypoints": "Point", "routes": "LineString", "tracks": "MultiLineString"}
_GPX_TAGS = {"waypoints": rb"wpt", "routes": rb"rte", "tracks": rb"trk"}


def _layers_of_gpx(source: Source, wanted: str) -> _Layers:
    """Choose those that hold anything, and fit if any does."""
    written = source.bytes()
    filled = [
        layer for layer, tag in _GPX_TAGS.items()
        if tag in written and re.search(rb"<(?:\w{1,40}:)?" + tag + rb"\b", written)
    ] or list(_GPX_LAYERS)  # fmt: skip
    fitting = [layer for layer in filled if wanted in _GPX_LAYERS[layer].casefold()]
    numbers = {layer: number for number, layer in enumerate(_GPX_LAYERS)}
    return _Layers(fitting or filled, [], numbers)


def _wanted(name: str | None) -> str:
    """Give a part of the types of geometry that suit a table; of anything else every type does."""
    return _TYPES.get(table(name).geometry, "") if name in table_names() else ""


def _layers(source: Source, name: str | None) -> _Layers:
    wanted = _wanted(name)
    if source.kind == GPX:
        return _layers_of_gpx(source, wanted)
    listed = pyogrio.list_layers(_dataset(source))
    layers = {str(layer): str(geometry or "") for layer, geometry in listed}
    numbers = {str(layer): number for number, (layer, _) in enumerate(listed)}
    layers.pop("layer_styles", None)  # QGIS keeps its drawing rules among the layers
    if len(layers) <= 1:
        return _Layers(list(layers), [], numbers)
    if name in layers:
        return _Layers([str(name)], [], numbers)
    facts = {
        layer: pyogrio.read_info(_dataset(source), layer=numbers[layer], force_feature_count=True)
        for layer in layers
    }
    filled = {k: geometry for k, geometry in layers.items() if facts[k]["features"]} or layers
    fitting = [
        layer
        for layer, geometry in filled.items()
        if wanted in geometry.casefold() or geometry in {"", "Unknown"}
    ]
    if source.kind == KML:  # its folders are layers of one drawing
        return _Layers(fitting or list(filled), [], numbers)
    choice = fitting or list(filled)
    chosen = next((k for k in choice if _suits(name, facts[k]["fields"])), choice[0])
    return _Layers([chosen], [layer for layer in filled if layer != chosen], numbers)


def _suits(name: str | None, headers: Iterable[object]) -> bool:
    """Say whether columns are those of a public feed, or all that the table requires."""
    written = [str(header) for header in headers]
    if name in _OF_FEEDS and is_feed(written):
        return True
    if name is None:
        return False
    required = {facts.name for facts in table(name).columns.values() if facts.required}
    return bool(required) and required <= set(match_columns(name, written).values())


def best_shapefile(source: Source, name: str | None) -> Source:
    """Choose the shapefile of an archive that suits a table: beside the damage lies the area.

    Parameters
    ----------
    source : Source
        Any; only archives of several shapefiles are searched.
    name : str, optional
        The table that it should be.

    Returns
    -------
    Source
        The same where no other suits better.
    """
    if source.kind != SHP or source.entry is None:
        return source
    parts = shapefiles(source)
    if len(parts) < 2 or _suits_file(source, name):  # noqa: PLR2004 - nothing to choose
        return source
    chosen = next((one for one in parts if _suits_file(one, name)), source)
    if chosen is source:
        return source
    names = {one.entry for one in parts}
    kept = [problem for problem in source.problems if problem.given not in names]
    kept += [
        Problem(source.path.name, None, None, str(one.entry), text("one table in the archive"),
                text("Only {entry} was read.", entry=chosen.entry))
        for one in parts
        if one.entry != chosen.entry
    ]  # fmt: skip
    return Source(source.path, SHP, entry=chosen.entry, problems=tuple(kept))


def _suits_file(source: Source, name: str | None) -> bool:
    try:
        with warnings.catch_warnings(record=True, action="always"):  # listed when they are read
            facts = pyogrio.read_info(_dataset(source), force_feature_count=True)
    except (RuntimeError, ValueError):  # told when it is read
        return False
    return bool(facts["features"]) and _suits(name, facts["fields"])


def _read_layer(
    source: Source,
    layers: _Layers,
    name: str,
    bytewise: bool,  # noqa: FBT001
) -> gpd.GeoDataFrame:
    options: dict[str, Any] = {"layer": layers.numbers[name], "force_2d": True}
    # One letter for each byte, to be decoded later.
    options["encoding"] = "ISO-8859-1" if bytewise else None
    if source.kind not in {KML, GPX, GEOJSON}:  # of these the bytes are counted: they tell nothing
        facts = pyogrio.read_info(
            _dataset(source), layer=options["layer"], encoding=options["encoding"]
        )
        require_cells(source.kind, facts["features"] * (len(facts["fields"]) + 1), source.name)
        if source.kind == GPKG and count_of(source, name) not in {None, facts["features"]}:
            options["where"] = "1 = 1"  # what is counted is the features, not a figure of theirs
    read = pyogrio.read_dataframe(_dataset(source), on_invalid="ignore", **options)
    if not isinstance(read, gpd.GeoDataFrame):
        return read
    if source.kind == GPX:
        read = _words_of_gpx(read, source, name)
    if source.kind in {KML, GPX}:
        read = _own_columns(read)
    if source.kind == GEOJSON and not is_system(_stated_system(source) or WGS84):
        read = read.set_crs(None, allow_override=True)
    if read.crs is not None and read.crs.name.startswith("Undefined"):  # GeoPackage: nobody said
        read = read.set_crs(None, allow_override=True)
    if read.crs is None and source.kind == SHP:
        read = read.set_crs(_later_system(source))
    lost = read.geometry.isna().to_numpy()
    if lost.any():
        raw = _raw_geometries(source, name, lost, options)
        read[read.geometry.name] = _decoded(read.geometry.to_numpy(), raw, lost)
    return read


def _later_system(source: Source) -> str | None:
    """Give the system of a .prj that GDAL does not read: in newer words, or of two bytes each."""
    written = part_of(source, "prj")
    is_wide = written.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    order = "utf-16" if is_wide else utf16_order(written)
    stated = written.decode(order or "utf-8-sig", "replace").strip()
    begins = (*_LATER_WKT, *_EARLIER_WKT) if order else _LATER_WKT
    return stated if stated.startswith(begins) and is_system(stated) else None


def _raw_geometries(
    source: Source, layer: str, lost: NDArray[np.bool_], options: dict[str, Any]
) -> NDArray[np.object_]:
    """Give the bytes of the geometries that were lost; None where there never were any."""
    raw: NDArray[np.object_] | None = pyogrio.raw.read(_dataset(source), columns=[], **options)[2]
    raw = np.full(len(lost), None, dtype=object) if raw is None else raw
    lost = lost & np.array([one is None for one in raw], bool)
    places = set(np.flatnonzero(lost).tolist())
    if places and source.kind == GPKG:
        for place, written in drawn_in(source, layer, places).items():
            raw[place] = written
    elif places and source.kind == SHP:
        for place in places & places_beyond_reach(source):
            raw[place] = b""
    return raw


def _words_of_gpx(read: gpd.GeoDataFrame, source: Source, layer: str) -> gpd.GeoDataFrame:
    """Give back the words of columns that GDAL takes for numbers and thereby shortens: 007."""
    numbers = [
        c for c in read.columns if c.startswith(_GPX_OWN) and pd.api.types.is_numeric_dtype(read[c])
    ]
    written = source.bytes() if numbers else b""
    tags = "|".join(re.escape(c.removeprefix(_GPX_OWN)) for c in numbers).encode()
    if not re.search(rb"<(?:\w{1,40}:)?(?:" + tags + rb")>\s*(?:\+|0\d|\d{16})", written):
        return read
    found = ElementTree.fromstring(source.bytes()).findall(_GPX_ELEMENTS[layer])
    for column in numbers if len(found) == len(read) else []:
        path = f"{{*}}extensions/{_GPX_WORDS}{column.removeprefix(_GPX_OWN)}"
        words = [place.findtext(path) for place in found]
        if any(word is not None and _SHORTENED.match(word.strip()) for word in words):
            read[column] = pd.Series(words, index=read.index, dtype="object")
    return read


def _own_columns(read: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Drop what GDAL adds: the drawing rules of KML, and every column that the format knows.

    A column ``id`` of the writer stands as ``id2`` beside the ids that KML gives its places, and
    one that GPX does not know has ``ogr_`` before its name.
    """
    own = [c for c in read.columns if c not in _KML_DRAWING and not _is_told_again(read[c])]
    if "id2" in own:
        own.remove("id2" if read["id2"].isna().all() else "id")
    empty = [c for c in own if c != read.geometry.name and read[c].isna().all()]
    kept = read[own].drop(columns=empty).rename(columns={"id2": "id"})
    bare = {c: c.removeprefix(_GPX_OWN) for c in kept.columns if c.startswith(_GPX_OWN)}
    return kept.rename(columns={c: name for c, name in bare.items() if name not in kept.columns})


def _is_told_again(column: pd.Series) -> bool:
    """Say whether a column is the description that we wrote for phones: other columns say it."""
    if str(column.name).casefold() not in {"description", "desc"}:
        return False
    words = column.dropna()
    return bool(len(words)) and all(str(word).endswith(MADE_HERE) for word in words)


def _decoded(
    geometries: NDArray[np.object_], raw: NDArray[np.object_], lost: NDArray[np.bool_]
) -> NDArray[np.object_]:
    """Try once more where there were bytes but no geometry: a ring left open can be closed.

    What stays undecodable becomes an empty collection, to be told from what was never drawn.
    """
    found = geometries.copy()
    for place in np.flatnonzero(lost).tolist():
        if raw[place] is None:
            continue
        closed = _closed(raw[place])
        found[place] = shapely.GeometryCollection() if closed is None else closed
    return found


def _closed(written: bytes) -> Any:  # noqa: ANN401 - any shapely geometry
    try:
        return shapely.from_wkb(written, on_invalid="fix")
    except (shapely.errors.ShapelyError, ValueError):
        return None


def _code_page(source: Source) -> bool:
    """Say whether a shapefile leaves the encoding of its words unstated."""
    if source.kind != SHP:
        return False
    if source.entry is not None:
        return _code_page_inside(source)
    attributes = source.path.with_suffix(".dbf")
    if not attributes.exists():
        return False
    for suffix in (".cpg", ".CPG"):
        if source.path.with_suffix(suffix).exists():
            stated = source.path.with_suffix(suffix).read_text("ascii", "replace")
            return _is_doubtful(stated, attributes.read_bytes())
    with attributes.open("rb") as file:
        return file.read(_DBF_CODE_PAGE + 1)[-1] in _UNSTATED_CODE_PAGES


def _code_page_inside(source: Source) -> bool:
    """Say the same of a shapefile in an archive."""
    stem = str(source.entry)[: -len(".shp")].casefold()
    with zipfile.ZipFile(source.path) as archive:
        names = {name.casefold(): name for name in archive.namelist()}
        if f"{stem}.dbf" not in names:
            return False
        if f"{stem}.cpg" in names:
            stated = archive.read(names[f"{stem}.cpg"]).decode("ascii", "replace")
            return _is_doubtful(stated, archive.read(names[f"{stem}.dbf"]))
        with archive.open(names[f"{stem}.dbf"]) as file:
            return file.read(_DBF_CODE_PAGE + 1)[-1] in _UNSTATED_CODE_PAGES


def _rows_beside(source: Source) -> list[Problem]:
    """Tell where a shapefile has more places than rows, or more rows than places."""
    counts = {}
    stem, at = str(source.entry or "")[: -len(".shp")].casefold(), {"shx": 24, "dbf": 4}
    try:
        for ending, place in at.items():
            if source.entry is None:
                with source.path.with_suffix(f".{ending}").open("rb") as file:
                    head = file.read(32)
            else:
                with zipfile.ZipFile(source.path) as archive:
                    names = {name.casefold(): name for name in archive.namelist()}
                    head = archive.open(names[f"{stem}.{ending}"]).read(32)
            number = head[place : place + 4]
            counts[ending] = int.from_bytes(number[::-1] if ending == "shx" else number, "little")
    except (OSError, KeyError):  # a part that is not there is told elsewhere
        return []
    places, rows = (counts["shx"] * 2 - 100) // 8, counts["dbf"]
    deleted = rows_deleted(source)
    problems = [
        Problem(source.name, None, None, text("{count} of {all} features", count=deleted, all=rows),
                text("rows that are not marked as deleted"), text("The rows were left out."))
    ] if deleted else []  # fmt: skip
    if places == rows:
        return problems
    given = text("{count} of {all} features", count=rows, all=places)
    unequal = Problem(source.name, None, None, given, text("as many rows (.dbf) as places (.shp)"),
                      text("Read as far as possible."))  # fmt: skip
    return [*problems, unequal]


def _is_doubtful(stated: str, attributes: bytes) -> bool:
    """Say whether the code page that a .cpg states is none, or the words are UTF-8 nevertheless."""
    page = stated.strip().casefold()
    try:
        known = codecs.lookup(f"cp{page}" if page.isdigit() else page.replace("ansi ", "cp")).name
    except LookupError:
        return page not in _PAGES_OF_GDAL
    if known == "cp720":  # GDAL does not know it, and gives other letters
        return True
    return known != "utf-8" and not attributes[32:].isascii() and _has_utf8_words(attributes)


_PAGES_OF_GDAL = frozenset({"88591", "oem", "system", "big5", "sjis"})
_UTF8_WORD = re.compile(rb"(?:[\xd8-\xdb][\x80-\xbf]){2,}")
# No language writes so: what comes out of the code page 720 of DOS, or of ISO 8859-6.
_MIXED_WORD = re.compile(r"[\u0621-\u06d3][\u00c0-\u00ff]|[\u00c0-\u00ff][\u0621-\u06d3]")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")


def _has_utf8_words(attributes: bytes) -> bool:
    """Say whether all letters beyond ASCII are Arabic in UTF-8; nothing else makes such pairs."""
    body = attributes[int.from_bytes(attributes[8:10], "little") :]
    runs = _BEYOND_ASCII.findall(body)
    return bool(runs) and all(_UTF8_WORD.match(run) for run in runs)


def _redecode(features: gpd.GeoDataFrame, source: Source) -> list[Problem]:
    """Decode words that were read byte by byte, in place: as UTF-8, else as Windows-1256.

    Where the file is UTF-8 otherwise, each word that is not is listed; GeoJSON has to be UTF-8.
    """
    features.columns = pd.Index(headers_decoded(features.columns))
    file, wanted = source.name, text("text in UTF-8")
    done = text("Read as {value}.", value="Windows-1256")
    words = [column for column in features.columns if _is_text(features[column])]
    utf8 = 0
    problems = []
    for column in words:
        decoded = []
        for number, cell in features[column].items():
            value = cell
            if isinstance(cell, str) and not cell.isascii():
                data = cell.encode("iso-8859-1")
                value = data.decode("utf-8") if is_utf8(data) else data.decode("cp1256")
                utf8 += is_utf8(data)
                if not is_utf8(data):
                    problems.append(Problem(file, number, column, value[:80], wanted, done))
            decoded.append(value)
        features[column] = pd.Series(decoded, index=features.index, dtype="object")
    if utf8 or not problems:
        return problems
    if source.kind == GEOJSON:
        return [Problem(file, None, None, "Windows-1256", wanted, done)]
    mixed = [problem for problem in problems if _MIXED_WORD.search(problem.given)]
    if not mixed:
        return []
    stated = text("words in one script; a .cpg beside the file can state another code page")
    return [Problem(file, None, mixed[0].column, mixed[0].given, stated, done)]


def _is_text(cells: pd.Series) -> bool:
    return bool(pd.api.types.is_string_dtype(cells) or cells.dtype == object)


# ---------------------------------------------------------------- Arrow


def _read_arrow(source: Source) -> tuple[gpd.GeoDataFrame | pd.DataFrame, list[Problem]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    parquet = source.kind == PARQUET
    read = gpd.read_parquet if parquet else gpd.read_feather
    plain = pd.read_parquet if parquet else pd.read_feather

    def opened() -> str | io.BytesIO:
        return io.BytesIO(source.data) if source.data is not None else str(source.path)

    try:
        if parquet:
            facts = pq.read_metadata(opened())
            require_cells(source.kind, facts.num_rows * facts.num_columns, source.name)
        # Bytes that lie about their own lengths would crash what reads them below.
        stored = pq.read_table(opened()) if parquet else pa.ipc.open_file(opened()).read_all()
        stored.validate(full=True)
        try:
            return _numbered(read(opened())), []
        except shapely.errors.ShapelyError:
            return _numbered(_undecodable_skipped(plain(opened()), stored.schema.metadata)), []
        except ValueError:  # nothing says what the geometry is: only rows
            return _numbered(_with_wkb_drawn(plain(opened()))), []
    except UnreadableFileError:
        raise
    except (pa.ArrowException, ValueError, KeyError, OSError, RuntimeError) as error:
        raise damaged(source.name, str(error).splitlines()[0][:200]) from error


def _with_wkb_drawn(rows: pd.DataFrame) -> pd.DataFrame:
    """Take a column of bytes for the geometry that it is called; its system is not stated."""
    for column in rows.columns:
        first = next((cell for cell in rows[column] if cell is not None), None)
        if fold_label(column) in _WRITTEN_IN_BYTES and isinstance(first, bytes):
            raw = rows[column].to_numpy(dtype=object)
            found = shapely.from_wkb(raw, on_invalid="ignore")
            drawn = _decoded(found, raw, shapely.is_missing(found))
            return gpd.GeoDataFrame(rows.assign(**{column: drawn}), geometry=column)
    return rows


def _numbered(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.set_axis(pd.RangeIndex(1, len(rows) + 1))


def _undecodable_skipped(rows: pd.DataFrame, metadata: dict[bytes, bytes]) -> gpd.GeoDataFrame:
    """Decode the geometry of each row by itself."""
    facts = json.loads(metadata[b"geo"])
    column = facts["primary_column"]
    raw = rows[column].to_numpy(dtype=object)
    geometries = shapely.from_wkb(raw, on_invalid="ignore")
    rows[column] = _decoded(geometries, raw, shapely.is_missing(geometries))
    # By its standard, GeoParquet that is silent on its system is in degrees; null is unknown.
    crs = facts["columns"][column].get("crs", "OGC:CRS84")
    return gpd.GeoDataFrame(rows, geometry=column, crs=crs)


# ---------------------------------------------------------------- facts about a source


def states_no_crs(source: Source) -> bool:
    """Say whether a file leaves its coordinate system to a convention that people break.

    Parameters
    ----------
    source : Source

    Returns
    -------
    bool
        True for GeoJSON without a ``crs`` member: degrees by its standard, and often metres.
    """
    return source.kind == GEOJSON and _stated_system(source) is None


def _stated_system(source: Source) -> str | None:
    """Give the system that GeoJSON names; GDAL takes an unknown one for degrees."""
    data = source.bytes()
    stated = _GEOJSON_CRS.search(data[:4096]) or _GEOJSON_CRS.search(data[-4096:])
    return None if stated is None else stated[1].decode("utf-8", "replace")
