"""Where a row is: coordinates in columns, geometries as drawn, checked and brought to degrees.

A place that cannot be is left out and listed: beyond the earth, at 0° 0° (where lost coordinates
go), broken beyond repair, of a kind that the table does not take. What can be repaired is
repaired and listed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector.crs import WGS84, is_system, require_crs, to_wgs84
from geosector.language import text
from geosector.sources.exchanged import Doubts, exchanged_places
from geosector.sources.figures import decimal_degrees, plain_numbers, read_numbers
from geosector.sources.outliers import doubtful_places, shown
from geosector.sources.values import Remark, distinct, is_missing, read_as, western, written_as
from geosector.tables import Column, Table, fold_label, table

_WRITTEN_GEOMETRY = frozenset({"geometry", "wkt", "geom", "the geom"})
# Headers that leave the coordinate system open: degrees as well as metres are called so.
_OPEN = frozenset(
    fold_label(word)
    for word in (
        "x", "y", "easting", "northing", "utm x", "utm y", "utm easting", "utm northing", "point x",
        "point y", "x coord", "y coord", "xcoord", "ycoord", "coord x", "coord y",
        "الإحداثي الشرقي", "الإحداثي الشمالي", "شرقيات", "شماليات",
    )
)  # fmt: skip
_POINT, _LINE, _POLYGON = frozenset({0, 4}), frozenset({1, 2, 5}), frozenset({3, 6})
_FITTING = {"point": _POINT, "line": _LINE, "polygon": _POLYGON, "any": _POINT | _LINE | _POLYGON}
_COLLECTION = 7


class Located(NamedTuple):
    """Rows with their geometry in degrees, and what was wrong, column by column."""

    rows: gpd.GeoDataFrame | pd.DataFrame
    remarks: dict[str, list[Remark]]
    notes: list[tuple[str, str, str]]


def locate(
    rows: pd.DataFrame, wanted: Table, headers: dict[str, str], *, file: str, crs: str | None
) -> Located:
    """Give each row its geometry.

    Parameters
    ----------
    rows : DataFrame or GeoDataFrame
        Columns under the names of the table.
    wanted : Table
        Says which kinds of geometry fit.
    headers : dict
        Column → header as it stood in the file.
    file : str
        For messages.
    crs : str, optional
        The coordinate system that the user states, where the file states none.

    Returns
    -------
    tuple = (rows, remarks, notes)
        ``rows`` is a GeoDataFrame in EPSG:4326, or the DataFrame as it was where nothing says
        where. ``remarks`` by column; ``notes`` are (given, expected, action) for the file.

    Raises
    ------
    MissingCRSError
        Where coordinates are without a system and none was stated.
    """
    remarks: dict[str, list[Remark]] = {}
    pairs: str | None = None
    second: list[tuple[str, str, str]] = []
    axes = ("lat", "lon") if {"lat", "lon"} <= set(wanted.columns) else None
    if isinstance(rows, gpd.GeoDataFrame):
        placed = rows if rows.geometry.name == "geometry" else _under_our_name(rows)
        placed = require_crs(placed, file, crs)
        second = _degrees_said_to_be_metres(placed)
    else:
        rows, joined = _with_minutes_joined(rows)
        lat, lon = _coordinate_columns(rows, wanted)
        if lat is None and lon is None and crs is None and wanted.geometry in {"any", "point"}:
            rows, pairs = _split_pairs(rows)
            lat, lon = ("lat", "lon") if pairs else (None, None)
        drawn = next((c for c in rows.columns if fold_label(c) in _WRITTEN_GEOMETRY), None)
        if drawn is not None and _is_written_geometry(rows[drawn]):
            placed, remarks["geometry"] = _from_words(rows, drawn, file, crs)
            if lat is not None and lon is not None:
                placed, more = _completed(placed, rows[drawn], lat, lon, headers, file=file)
                remarks |= more
        elif lat is not None and lon is not None:
            second = [*joined, *_second_places(rows, {"lat": lat, "lon": lon})]
            placed, remarks = _from_columns(rows, lat, lon, headers, file=file, crs=crs)
            axes = axes or ((lat, lon) if crs is None else None)
        else:
            notes = []
            if "locality" in wanted.columns:  # others are refused as a whole for want of a place
                remarks |= _unread(rows, wanted)
                notes = [] if remarks else _unnamed_pair(rows, wanted)
            # A column of that name that is no geometry must not be taken for one.
            return Located(rows.rename(columns={"geometry": "geometry_input"}), remarks, notes)
    placed = to_wgs84(placed)
    checked, found, notes = _checked(placed.geometry.to_numpy(), wanted)
    doubts = exchanged_places(placed, checked) if wanted.geometry in {"point", "any"} else None
    remarks["geometry"] = [*remarks.get("geometry", []), *found, *_doubts(checked, doubts)]
    notes += doubts.notes if doubts is not None else []
    if wanted.name == "points":  # every row is kept, so that one without a place must be told
        remarks["geometry"] += _placeless(checked, remarks)
    placed = placed.set_geometry(gpd.GeoSeries(checked, index=placed.index, crs=WGS84))
    if axes is not None:  # what the columns say is what the geometry says, a refused one nothing
        points = _middles(checked)
        placed = placed.assign(**{axes[0]: shapely.get_y(points), axes[1]: shapely.get_x(points)})
    if pairs is not None:
        columns = text("latitude and longitude in columns of their own")
        notes.append((pairs, columns, read_as("lat, lon")))
    return Located(placed, remarks, [*notes, *second])


def _doubts(geometries: NDArray[np.object_], exchanged: Doubts | None) -> list[Remark]:
    """Tell of places that are hardly where they are said to be, each once."""
    named = exchanged.remarks if exchanged is not None else []
    told = {remark.position for remark in named}
    return sorted(
        [*named, *(one for one in doubtful_places(geometries) if one.position not in told)]
    )


def _degrees_said_to_be_metres(placed: gpd.GeoDataFrame) -> list[tuple[str, str, str]]:
    """Tell of a projected system whose coordinates all are such as degrees have.

    As metres they would lie within a few steps of where the system begins.
    """
    bounds = np.abs(placed.total_bounds)
    if placed.crs is None or not placed.crs.is_projected or np.isnan(bounds).any():
        return []
    if bounds.max() > 180 or bounds.max() < 1:  # noqa: PLR2004 - degrees of longitude
        return []
    given = ", ".join(f"{one:.6g}" for one in placed.total_bounds)
    return [
        (given, text("coordinates in the unit of {crs}", crs=placed.crs.name),
         text("Kept as it is: the numbers look like degrees."))
    ]  # fmt: skip


def _placeless(geometries: NDArray[np.object_], remarks: dict[str, list[Remark]]) -> list[Remark]:
    """Tell of rows that have no place, where nothing was said of them yet."""
    told = {remark.position for of_column in remarks.values() for remark in of_column}
    return [
        Remark(place, "", text("a place"), text("Kept without a place."))
        for place in np.flatnonzero(shapely.is_missing(geometries)).tolist()
        if place not in told
    ]


def _middles(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Give the middle of each geometry; a point is its own."""
    drawn = np.flatnonzero(~np.isin(shapely.get_type_id(geometries), [0, -1]))
    if not len(drawn):
        return geometries
    middles = geometries.copy()
    middles[drawn] = shapely.centroid(geometries[drawn])
    return middles


def _under_our_name(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Call the geometry so; a column that had the name keeps its cells as ``geometry_input``."""
    return rows.rename(columns={"geometry": "geometry_input"}).rename_geometry("geometry")


# ---------------------------------------------------------------- from cells


def _coordinate_columns(rows: pd.DataFrame, wanted: Table) -> tuple[str | None, str | None]:
    """Find latitude and longitude: the table's own columns, else headers that say so."""
    if wanted.geometry not in {"any", "point"}:
        return None, None
    return _column_like(rows, "lat"), _column_like(rows, "lon")


def _column_like(rows: pd.DataFrame, axis: str) -> str | None:
    if axis in rows.columns:
        return axis
    return next(iter(_columns_like(rows, axis)), None)


def _columns_like(rows: pd.DataFrame, axis: str) -> list[str]:
    facts = table("gazetteer").columns[axis]
    words = {fold_label(word) for word in (axis, *facts.synonyms)}
    ending = " latitude" if axis == "lat" else " longitude"
    folded = {str(column): fold_label(column) for column in rows.columns}
    sure = [name for name, label in folded.items() if label in words or label.endswith(ending)]
    dressed = [
        name
        for name, label in folded.items()
        if name not in sure and " ".join(w for w in label.split() if w not in _DRESS) in words
    ]
    return [*sure, *dressed]


# Words beside those that say which axis a column is.
_DRESS = frozenset(
    fold_label(word)
    for word in (
        "gps", "dd", "ddm", "dms", "wgs84", "wgs", "84", "decimal", "degrees", "degree", "deg",
        "site", "point", "location", "coordinate", "coordinates", "geo", "incident", "of", "the",
        "north",
        "east", "إحداثيات", "إحداثية", "إحداثي", "الموقع", "درجة", "عشرية",
    )
)  # fmt: skip
# Latitude and longitude in one cell, with a comma between them, as maps on phones give them. A pair
# without one may as well be the other way round.
_PAIR_HEADERS = frozenset(
    fold_label(word)
    for word in (
        "coordinates", "coordinate", "coords", "gps", "gps coordinates", "lat lon", "latlon",
        "lat long", "latlong", "lat lng", "latlng", "latitude longitude", "الإحداثيات", "إحداثيات",
        "الإحداثية", "إحداثيات الموقع", "koordînat", "کۆئۆردینات", "koordinat", "koordinatlar",
        "مختصات",
    )
)  # fmt: skip
_REVERSED_PAIR_HEADERS = frozenset(
    ("lon lat", "lonlat", "long lat", "lng lat", "lnglat", "longitude latitude", "x y", "xy")
)
_LONGEST_PAIR = 200  # letters: what is longer is no pair, and would take long to refuse
_PAIR = re.compile(r"\(?\s*([^,;\s][^,;]*?)\s*[,;]\s*([^,;]*[^,;\s)])\s*\)?")


def _split_pairs(rows: pd.DataFrame) -> tuple[pd.DataFrame, str | None]:
    """Make ``lat`` and ``lon`` of a column of pairs; what is no pair stays, to be refused.

    A column of which no cell is a pair is left to `_unread`.
    """
    headers = _PAIR_HEADERS | _REVERSED_PAIR_HEADERS
    header = next((c for c in rows.columns if fold_label(c) in headers), None)
    if header is None or {"lat", "lon"} & set(rows.columns):
        return rows, None
    cells = rows[header].tolist()
    pairs = [_pair(cell) for cell in cells]
    if not any(pairs):
        return rows, None
    axes = (1, 0) if fold_label(header) in _REVERSED_PAIR_HEADERS else (0, 1)
    lat, lon = (
        [
            pair[axis] if pair else None if is_missing(cell) else cell
            for pair, cell in zip(pairs, cells, strict=True)
        ]
        for axis in axes
    )
    return rows.drop(columns=[header]).assign(lat=lat, lon=lon), str(header)


def _pair(cell: object) -> tuple[str, str] | None:
    """Split a cell with two coordinates: with a mark between them, or inside a link or a sentence.

    A link to a map and ``Lat: 35.9 Long: 36.7`` are told by two numbers of three decimals or more.
    Two numbers with nothing but a blank between them may be either way round, and are no pair.
    """
    if not isinstance(cell, str) or not cell.strip() or len(cell) > _LONGEST_PAIR:
        return None
    written = western(cell)
    halves = [half.strip(" ()") for half in written.split(";")]
    if len(halves) == 2 and all(_HALF.fullmatch(half) for half in halves):  # noqa: PLR2004
        return halves[0], halves[1]
    found = _PAIR.fullmatch(written)
    if found is not None and ":" not in written:
        return found[1], found[2]
    exact = _EXACT.findall(written)
    if len(exact) != 2 or not _SAID.search(written) or _OTHER_ORDER.search(written):  # noqa: PLR2004
        return None
    first, second = _LON_FIRST.search(written), _LAT_WORD.search(written)
    is_turned = first is not None and (second is None or first.start() < second.start())
    return (exact[1], exact[0]) if is_turned else (exact[0], exact[1])


_HALF = re.compile(r"[+-]?\d{1,3}(?:[.,]\d+)?")
_EXACT = re.compile(r"(?<![\d.])-?\d{1,3}\.\d{3,}(?![\d.])")
_SAID = re.compile(r"[^\W\d_]")  # any letter: a word, a link
# Links that give the longitude first.
_OTHER_ORDER = re.compile(r"yandex|2gis|!2d", re.IGNORECASE)
_LON_FIRST = re.compile(
    r"\b(?:lon|long|lng|longitude|mlon)\b|طول|easting|(?<![^\W\d_])e(?![^\W\d_])", re.IGNORECASE
)
_LAT_WORD = re.compile(
    r"\b(?:lat|latitude|mlat)\b|عرض|northing|(?<![^\W\d_])n(?![^\W\d_])", re.IGNORECASE
)
# A place in words that are no pair of numbers; other commands read it, this reader does not.
_WRITTEN_PLACES = re.compile(
    r"https?://\S*(?:maps|goo\.gl|openstreetmap|osm\.org)|///\S+\.\S+\.\S+|geo:"
    r"|\d{1,2}\s*[C-X]\s*[A-Z]{2}\s*\d{2,5}\s*\d{2,5}|\d{1,2}\s*[C-X]\s+\d{5,7}\s+\d{6,8}"
    r"|(?:[23456789CFGHJMPQRVWX]{2}){2,4}\+[23456789CFGHJMPQRVWX]{2,3}\b"
    r"|-?\d{1,3}\.\d{3,}\s*[,;/ ]\s*-?\d{1,3}\.\d{3,}|\d{1,3}\s*°",
    re.IGNORECASE,
)
_CELLS_LOOKED_AT = 50


def _unread(rows: pd.DataFrame, wanted: Table) -> dict[str, list[Remark]]:
    """List the cells that say where a row is in a way that is not read here: nothing is silent."""
    remarks: dict[str, list[Remark]] = {}
    expected = text("latitude and longitude in columns of their own")
    pairs = _PAIR_HEADERS | _REVERSED_PAIR_HEADERS | _WRITTEN_GEOMETRY
    axes = {name for one in ("lat", "lon") for name in _columns_like(rows, one)}
    for column in rows.columns:
        if column in wanted.columns and column != "geometry":
            continue
        cells = rows[column].tolist()
        filled = [cell for cell in cells if not is_missing(cell)][:_CELLS_LOOKED_AT]
        found = [
            cell for cell in filled
            if isinstance(cell, str) and _WRITTEN_PLACES.search(western(cell[:_LONGEST_PAIR]))
        ]  # fmt: skip
        is_axis = column in axes
        if filled and (fold_label(column) in pairs or is_axis or 2 * len(found) > len(filled)):
            remarks[str(column)] = [
                Remark(place, written_as(cell)[:80], expected, place_left_out())
                for place, cell in enumerate(cells)
                if not is_missing(cell)
            ]
    return remarks


# Headers that may be those of a place and say too little to be read so.
_SIDES = (frozenset({"n", "شمال", "الشمال", "north"}), frozenset({"e", "شرق", "الشرق", "east"}))
_DECIMALS = re.compile(r"[+-]?\d{1,3}[.,]\d{3,}")


def _unnamed_pair(rows: pd.DataFrame, wanted: Table) -> list[tuple[str, str, str]]:
    """Tell of two columns that are written as coordinates are, under headers that do not say so."""
    others = [str(column) for column in rows.columns if column not in wanted.columns]
    exact = [column for column in others if _is_exact(rows[column])]
    sides = [column for column in others for side in _SIDES if fold_label(column) in side]
    found = exact if len(exact) > 1 else sides
    if len(found) < 2 or all(map(is_missing, rows[found[0]].tolist())):  # noqa: PLR2004 - a pair
        return []
    return [
        (", ".join(found)[:200], text("latitude and longitude under headers that say so"),
         text("Kept as it is; no place was made of it."))
    ]  # fmt: skip


def _is_exact(cells: pd.Series) -> bool:
    """Say whether most cells are numbers of degrees with three decimals or more."""
    written = [western(written_as(cell)).strip() for cell in cells.tolist()[:200]
               if not is_missing(cell)]  # fmt: skip
    exact = sum(_DECIMALS.fullmatch(one) is not None for one in written)
    return bool(written) and 2 * exact > len(written)


_UNITS = {
    "deg": frozenset({"deg", "degree", "degrees", "d", "درجة", "درجات", "derece"}),
    "min": frozenset({"min", "minute", "minutes", "m", "دقيقة", "دقائق", "dakika"}),
    "sec": frozenset({"sec", "second", "seconds", "s", "ثانية", "ثوان", "ثواني", "saniye"}),
}


def _with_minutes_joined(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[tuple[str, str, str]]]:
    """Join degrees, minutes and seconds that stand in columns of their own.

    Degrees alone would be off by as much as a hundred kilometres.
    """
    notes = []
    for axis in ("lat", "lon"):
        parts = _parts_of_axis(rows, axis)
        if not {"deg", "min"} <= set(parts) or axis in rows.columns:
            continue
        cells = zip(*(rows[column].tolist() for column in parts.values()), strict=True)
        joined = [_joined_degrees(dict(zip(parts, row, strict=True))) for row in cells]
        rows = rows.drop(columns=list(parts.values())).assign(**{axis: joined})
        notes.append(
            (", ".join(parts.values()), text("one column with {column}", column=axis),
             text("Joined into one number of degrees."))
        )  # fmt: skip
    return rows, notes


def _parts_of_axis(rows: pd.DataFrame, axis: str) -> dict[str, str]:
    words = {fold_label(word) for word in (axis, *table("gazetteer").columns[axis].synonyms)}
    units = {fold_label(word): unit for unit, spelled in _UNITS.items() for word in spelled}
    found: dict[str, str] = {}
    for column in rows.columns:
        label = fold_label(column)
        for before, _, after in (label.partition(" "), label.rpartition(" ")):
            unit = units.get(after) if before in words else None
            unit = unit or (units.get(before) if after in words else None)
            if unit is not None:
                found.setdefault(unit, str(column))
    return {unit: found[unit] for unit in _UNITS if unit in found}


def _joined_degrees(parts: dict[str, Any]) -> str | None:
    """Write degrees, minutes and seconds in one cell, to be read as one that was written so."""
    written = {unit: "" if is_missing(cell) else western(written_as(cell)).strip()
               for unit, cell in parts.items()}  # fmt: skip
    if not any(written.values()):
        return None
    marks = {"deg": "°", "min": "'", "sec": '"'}
    return "".join(f"{cell}{marks[unit]}" for unit, cell in written.items() if cell)


def _second_places(rows: pd.DataFrame, taken: dict[str, str]) -> list[tuple[str, str, str]]:
    """Tell of further columns of coordinates that say something else than those that were taken."""
    return [
        (other, text("one column with {column}", column=axis),
         text("{header} was taken; the other was kept as it is.", header=column))
        for axis, column in taken.items()
        for other in _columns_like(rows.drop(columns=column), axis)
        if fold_label(other) not in _OPEN
        and any(
            not is_missing(cell) and written_as(cell).strip() != written_as(mine).strip()
            for cell, mine in zip(rows[other].tolist(), rows[column].tolist(), strict=True)
        )
    ]  # fmt: skip


def _from_columns(
    rows: pd.DataFrame,
    lat: str,
    lon: str,
    headers: dict[str, str],
    *,
    file: str,
    crs: str | None,
) -> tuple[gpd.GeoDataFrame, dict[str, list[Remark]]]:
    stated = crs
    if stated is None and not {fold_label(headers.get(c, c)) for c in (lat, lon)} & _OPEN:
        stated = WGS84
    values = {}
    remarks: dict[str, list[Remark]] = {}
    for axis, column in (("lat", lat), ("lon", lon)):
        facts: Column = table("gazetteer").columns[axis]
        if crs is not None:  # metres have no bounds of degrees
            facts = replace(facts, minimum=None, maximum=None)
        cells = rows[column]
        if not pd.api.types.is_numeric_dtype(cells):
            cells = _with_degrees(cells)
        values[column], remarks[column] = read_numbers(cells, facts)
    x, y = (values[column].to_numpy(dtype=float) for column in (lon, lat))
    half = np.isnan(x) != np.isnan(y)
    told = {remark.position for axis_remarks in remarks.values() for remark in axis_remarks}
    for place in np.flatnonzero(half).tolist():
        if place not in told:
            empty = lon if np.isnan(x[place]) else lat
            remarks[empty].append(
                Remark(place, "", text("latitude and longitude"), place_left_out())
            )
    there = ~(np.isnan(x) | np.isnan(y))
    points = np.full(len(rows), None, dtype=object)
    points[there] = shapely.points(x[there], y[there])
    kept = rows.assign(**values)
    if "geometry" in kept.columns:
        kept = kept.rename(columns={"geometry": "geometry_input"})
    return require_crs(gpd.GeoDataFrame(kept, geometry=points), file, stated), remarks


def _with_degrees(cells: pd.Series) -> pd.Series:
    """Write degrees, minutes and seconds as numbers; nothing is asked of what is a plain one."""
    found = distinct(cells)
    others = np.flatnonzero(np.isnan(plain_numbers(found.cells))).tolist()
    if not others:
        return cells
    degrees = list(found.cells)
    for place in others:
        degrees[place] = decimal_degrees(degrees[place])
    return pd.Series(found.spread(degrees), cells.index, object, cells.name)


def _is_written_geometry(cells: pd.Series) -> bool:
    written = [cell for cell in cells.tolist() if not is_missing(cell)]
    return any(
        isinstance(cell, str)
        and (cell.lstrip().upper().startswith(_WKT) or _HEXADECIMAL.fullmatch(cell.strip()))
        for cell in written[:50]
    )


_WKT = ("POINT", "LINESTRING", "POLYGON", "MULTI", "GEOMETRYCOLLECTION", "SRID=", '{"TYPE"')
_HEXADECIMAL = re.compile(r"0[01][0-9A-Fa-f]{40,}")


def _from_words(
    rows: pd.DataFrame, column: str, file: str, crs: str | None
) -> tuple[gpd.GeoDataFrame, list[Remark]]:
    """Read geometries written out as well-known text, with ``SRID=4326;`` before it or not."""
    words = ["" if is_missing(cell) else written_as(cell).strip() for cell in rows[column]]
    systems = {word.partition(";")[0][5:] for word in words if word.upper().startswith("SRID=")}
    bare = [word.partition(";")[2] if word.upper().startswith("SRID=") else word for word in words]
    drawn, coded = _drawn(bare)
    systems |= coded
    remarks = [
        Remark(place, word[:80], text("a geometry that can be read"), place_left_out())
        for place, word in enumerate(bare)
        if word and drawn[place] is None
    ]
    beside = _system_beside(rows)
    stated = f"EPSG:{systems.pop()}" if len(systems) == 1 else crs or beside
    kept = rows.drop(columns=[column, *(["crs"] if beside else [])])
    return require_crs(gpd.GeoDataFrame(kept, geometry=drawn), file, stated), remarks


def _drawn(words: list[str]) -> tuple[NDArray[np.object_], set[str]]:
    """Draw well-known text, its bytes as PostGIS writes them, and objects of GeoJSON in cells.

    Give the systems that bytes and objects state beside; what cannot be drawn is None.
    """
    drawn = np.full(len(words), None, dtype=object)
    systems: set[str] = set()
    kinds = np.array([_kind_of_drawing(word) for word in words], dtype=object)
    for kind, read in _DRAWINGS.items():
        places = np.flatnonzero(kinds == kind)
        if len(places):
            drawn[places] = read([words[place] for place in places.tolist()], on_invalid="ignore")
    systems |= {str(one) for one in shapely.get_srid(drawn[kinds == "bytes"]).tolist() if one > 0}
    if (kinds == "object").any():  # in degrees, by its standard
        systems.add("4326")
    return shapely.set_srid(drawn, 0), systems


_DRAWINGS = {"words": shapely.from_wkt, "bytes": shapely.from_wkb, "object": shapely.from_geojson}


def _kind_of_drawing(word: str) -> str:
    if not word:
        return ""
    if word.startswith("{"):
        return "object"
    return "bytes" if _HEXADECIMAL.fullmatch(word) else "words"


def _system_beside(rows: pd.DataFrame) -> str | None:
    """Give the one system that a column ``crs`` states for all rows, as `write_table` does."""
    if "crs" not in rows.columns:
        return None
    stated = {str(cell).strip() for cell in rows["crs"] if not is_missing(cell)}
    system = stated.pop() if len(stated) == 1 else ""
    return system if is_system(system) else None


def _completed(
    placed: gpd.GeoDataFrame,
    words: pd.Series,
    lat: str,
    lon: str,
    headers: dict[str, str],
    *,
    file: str,
) -> tuple[gpd.GeoDataFrame, dict[str, list[Remark]]]:
    """Take latitude and longitude where a row has no geometry written out."""
    placed = to_wgs84(placed)
    blank = np.array([is_missing(word) for word in words], bool)
    if not blank.any() or {fold_label(headers.get(c, c)) for c in (lat, lon)} & _OPEN:
        return placed, {}
    rows = pd.DataFrame(placed.drop(columns="geometry"))
    points, found = _from_columns(rows, lat, lon, headers, file=file, crs=None)
    geometries = np.where(blank, points.geometry.to_numpy(), placed.geometry.to_numpy())
    kept = {
        column: [remark for remark in remarks if blank[remark.position]]
        for column, remarks in found.items()
    }
    return placed.set_geometry(gpd.GeoSeries(geometries, placed.index, WGS84)), kept


# ---------------------------------------------------------------- as drawn


def _checked(
    drawn: NDArray[np.object_], wanted: Table
) -> tuple[NDArray[np.object_], list[Remark], list[tuple[str, str, str]]]:
    """Leave out the impossible, repair the broken, keep what fits the table."""
    geometries = drawn.copy()
    high = shapely.has_z(geometries)
    geometries[high] = shapely.force_2d(geometries[high])
    remarks: list[Remark] = []
    impossible = _impossible(geometries)
    for place, reason in impossible.items():
        remarks.append(Remark(place, shown(geometries[place]), reason, place_left_out()))
        geometries[place] = None
    broken = ~shapely.is_valid(geometries) & ~shapely.is_missing(geometries)
    for place in np.flatnonzero(broken).tolist():
        given = shapely.is_valid_reason(geometries[place])
        repaired = shapely.make_valid(geometries[place])
        # An area that is left as a line was no area.
        whole = shapely.get_dimensions(repaired) == shapely.get_dimensions(geometries[place])
        geometries[place] = repaired if whole else None
        action = text("Repaired.") if whole else place_left_out()
        remarks.append(Remark(place, given, text("a geometry without faults"), action))
    notes = []
    if wanted.geometry == "point":
        wide = np.isin(shapely.get_type_id(geometries), list(_LINE | _POLYGON | {4}))
        if wide.any():
            geometries[wide] = shapely.point_on_surface(geometries[wide])
            notes.append(
                (text("areas or lines"), text("points"), text("A point inside each was taken."))
            )
    fitting = _FITTING[wanted.geometry]
    misfit = ~np.isin(shapely.get_type_id(geometries), list(fitting))
    misfit &= ~shapely.is_missing(geometries)
    for place in np.flatnonzero(misfit).tolist():
        given = geometries[place].geom_type
        geometries[place] = _fitting_part(geometries[place], fitting)
        if geometries[place] is None:
            remarks.append(Remark(place, given, _kind_words(wanted.geometry), place_left_out()))
    return geometries, remarks, notes


def _impossible(geometries: NDArray[np.object_]) -> dict[int, str]:
    """Find geometries that can be nowhere, with what was expected instead."""
    found: dict[int, str] = {}
    empty = shapely.is_empty(geometries) & ~shapely.is_missing(geometries)
    for place in np.flatnonzero(empty).tolist():
        found[place] = text("a geometry that can be read")
    coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    x, y = coordinates[:, 0], coordinates[:, 1]
    beyond = ~(np.isfinite(x) & np.isfinite(y)) | (np.abs(x) > 180) | (np.abs(y) > 90)  # noqa: PLR2004
    for place in np.unique(owner[beyond]).tolist():
        found[place] = text("longitude from -180 to 180, latitude from -90 to 90")
    nowhere = (x == 0) & (y == 0)
    is_point = np.isin(shapely.get_type_id(geometries), [0])
    for place in np.unique(owner[nowhere & is_point[owner]]).tolist():
        found[place] = text("a place; 0, 0 is where lost coordinates go")
    return found


def _fitting_part(geometry: Any, fitting: frozenset[int]) -> Any:  # noqa: ANN401 - any shapely geometry
    """Keep the parts of a collection that fit, which a repair may have left beside others."""
    if shapely.get_type_id(geometry) != _COLLECTION:
        return None
    parts = [part for part in shapely.get_parts(geometry) if shapely.get_type_id(part) in fitting]
    if not parts:
        return None
    best = max(shapely.get_dimensions(part) for part in parts)
    return shapely.union_all([part for part in parts if shapely.get_dimensions(part) == best])


def _kind_words(kind: str) -> str:
    if kind == "line":
        return text("lines")
    return (
        text("areas")
        if kind == "polygon"
        else text("points")
        if kind == "point"
        else text("points, lines or areas")
    )


def place_left_out() -> str:
    """Say that a row has lost its place; whether it can stay without one is decided later."""
    return text("The place was left out.")
