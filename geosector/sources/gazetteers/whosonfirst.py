"""Who's On First: one GeoJSON record for each place, in folders or in one archive.

https://whosonfirst.org/docs/: names by language (``name:ara_x_preferred``), a hierarchy of ids,
and flags for what is no longer so. Data CC0, with names of GeoNames (CC BY) and others.
"""

from __future__ import annotations

import json
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geosector.crs import WGS84
from geosector.errors import UnreadableFileError
from geosector.language import text
from geosector.sources.files import BROKEN_ARCHIVE, damaged
from geosector.sources.gazetteers.rows import by_script, level_by_people, unite
from geosector.sources.spreadsheet import row_left_out
from geosector.sources.values import is_missing
from geosector.tables import Problem

MARK = "wof:id"
# One record with the outline of a country has some 30 MB; a country has some 50,000 records.
MAX_RECORD_BYTES, MAX_RECORDS, MAX_BYTES = 64 * 1024**2, 500_000, 4 * 1024**3
_LEVELS = {
    "region": "admin1", "county": "admin2", "localadmin": "admin3", "borough": "neighbourhood",
    "macrohood": "neighbourhood", "neighbourhood": "neighbourhood", "microhood": "neighbourhood",
}  # fmt: skip
_PARENTS = {"region_id": "admin1", "county_id": "admin2", "localadmin_id": "admin3"}
_REGISTERS = {"gn:id": "gn", "wd:id": "wd", "osm:id": "osm"}
_OPEN_DATES = frozenset({"", "uuuu", "u", "..", "open"})
_FURTHER = ("_x_preferred", "_x_variant", "_x_colloquial", "_x_historical")
_NOWHERE = -1


class Records(NamedTuple):
    """The properties of records, with their geometry, and what could not be read."""

    cells: gpd.GeoDataFrame
    problems: list[Problem]


def read_bundle(path: Path) -> Records | None:
    """Read a folder or an archive (zip, tar, tar.bz2, tar.gz) of records.

    Parameters
    ----------
    path : Path

    Returns
    -------
    tuple = (cells, problems) or None
        None where it is neither, or holds no such record. The index counts records from 1, in
        the order of their names. Alternative outlines (``…-alt-….geojson``) are passed over.
        Nothing is unpacked to disk, and links are not followed.

    Raises
    ------
    UnreadableFileError
        Where the archive is damaged or would unpack to too much.
    """
    if path.is_dir():
        contents: Iterable[tuple[str, bytes]] = _in_folder(path)
    elif path.is_file() and zipfile.is_zipfile(path):
        contents = _in_zip(path)
    elif path.is_file() and tarfile.is_tarfile(path):
        contents = _in_tar(path)
    else:
        return None
    properties: list[dict[str, Any]] = []
    shapes: list[Any] = []
    problems: list[Problem] = []
    try:
        for name, data in contents:
            record = _record(data)
            if record is None:
                problems.append(
                    Problem(path.name, None, None, name, text("one record of Who's On First"),
                            row_left_out())
                )  # fmt: skip
            else:
                properties.append(record[0])
                shapes.append(record[1])
    except UnreadableFileError:
        raise
    except (*BROKEN_ARCHIVE, tarfile.TarError) as error:
        raise damaged(path.name, error) from error
    if not properties:
        return None
    cells = pd.DataFrame({"properties": properties}, index=pd.RangeIndex(1, len(properties) + 1))
    return Records(gpd.GeoDataFrame(cells, geometry=shapes, crs=WGS84), problems)


def _wanted(name: str) -> bool:
    own = name.rpartition("/")[2].casefold()
    return own.endswith(".geojson") and "-alt-" not in own and not own.startswith(".")


def _in_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    files = sorted(
        (one for one in folder.rglob("*.geojson") if _wanted(one.name) and not one.is_symlink()),
        key=lambda one: one.name,
    )
    _require_bearable(folder.name, len(files), sum(one.stat().st_size for one in files))
    for file in files:
        yield file.name, file.read_bytes()


def _in_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        entries = sorted(
            (e for e in archive.infolist() if _wanted(e.filename) and not e.flag_bits & 1),
            key=lambda e: e.filename.rpartition("/")[2],
        )
        _require_bearable(path.name, len(entries), sum(entry.file_size for entry in entries))
        for entry in entries:
            yield entry.filename, archive.read(entry)


def _in_tar(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as archive:
        members = sorted(
            (one for one in archive.getmembers() if one.isfile() and _wanted(one.name)),
            key=lambda one: one.name.rpartition("/")[2],
        )
        _require_bearable(path.name, len(members), sum(member.size for member in members))
        for member in members:
            file = archive.extractfile(member)
            if file is not None:
                yield member.name, file.read()


def _require_bearable(name: str, count: int, size: int) -> None:
    if count > MAX_RECORDS or size > MAX_BYTES:
        raise UnreadableFileError(
            text(
                "{file}: this holds {files} records and {megabytes} MB, "
                "which is more than is read. Take the country that you need.",
                file=name,
                files=count,
                megabytes=size // 1024**2,
            )
        )


def _record(data: bytes) -> tuple[dict[str, Any], Any] | None:
    if len(data) > MAX_RECORD_BYTES:
        return None
    try:
        found = json.loads(data.decode("utf-8-sig"))
        properties = found["properties"]
        if MARK not in properties:
            return None
        shape = found.get("geometry")
        return properties, shapely.from_geojson(json.dumps(shape)) if shape else None
    except (ValueError, LookupError, TypeError, RecursionError, shapely.errors.ShapelyError):
        return None


def from_whosonfirst(cells: gpd.GeoDataFrame, file: str) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Bring records under our names.

    Parameters
    ----------
    cells : GeoDataFrame
        As `read_bundle` gives them, or one column for each property (a collection of features).
    file : str
        For the problems.

    Returns
    -------
    tuple = (cells, problems)
        What is superseded, deprecated, ceased or not current (``mz:is_current`` 0) and what is no
        place in our sense is left out, counted by reason. The point is ``lbl:…`` where it is
        given, else ``geom:…``; the radius follows from the area.
    """
    records = _properties(cells)
    named = {
        record.get(MARK): by_script(*_names(record)).get("name") or record.get("wof:name")
        for record in records
    }
    reasons: Counter[str] = Counter()
    kept: list[int] = []
    rows = []
    for place, record in enumerate(records):
        reason = _no_longer(record)
        level = _level(record)
        if reason is None and level is None:
            reason = f"wof:placetype {record.get('wof:placetype')}"
        if reason is not None:
            reasons[reason] += 1
            continue
        kept.append(place)
        rows.append(_row(record, str(level), named))
    made = pd.DataFrame(rows, index=cells.index[kept], dtype=object)
    shapes = cells.geometry.to_numpy()[kept] if kept else []
    areas = [one if shapely.get_dimensions(one) == 2 else None for one in shapes]  # noqa: PLR2004
    made["radius_m"] = _radii(records, kept, areas)
    placed = _points(records, kept, shapes)
    problems = [
        Problem(file, None, "wof:id", text("{count} records: {reason}", count=count, reason=reason),
                text("places as they are today"), text("They were left out."))
        for reason, count in sorted(reasons.items())
    ]  # fmt: skip
    return gpd.GeoDataFrame(made, geometry=placed, crs=cells.crs), problems


def _properties(cells: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    if "properties" in cells.columns and MARK not in cells.columns:
        return list(cells["properties"])
    rows = cells.drop(columns=cells.geometry.name).to_dict("records")
    return [{str(key): _decoded(cell) for key, cell in row.items()} for row in rows]


def _decoded(cell: Any) -> Any:  # noqa: ANN401 - a cell is anything
    """Read lists and objects that a reader of features wrote out as text."""
    if isinstance(cell, str) and cell[:1] in {"[", "{"}:
        try:
            return json.loads(cell)
        except ValueError:
            return cell
    return None if is_missing(cell) else cell


def _no_longer(record: dict[str, Any]) -> str | None:
    """Say why a record tells of nothing that is there today."""
    if record.get("wof:superseded_by"):
        return "wof:superseded_by"
    for date in ("edtf:superseded", "edtf:deprecated", "edtf:cessation"):
        if str(record.get(date) or "") not in _OPEN_DATES:
            return date
    return "mz:is_current 0" if str(record.get("mz:is_current")) in {"0", "0.0"} else None


def _level(record: dict[str, Any]) -> str | None:
    kind = str(record.get("wof:placetype"))
    if kind != "locality":
        return _LEVELS.get(kind)
    return level_by_people(record.get("wof:population") or record.get("gn:population"))


def _names(record: dict[str, Any]) -> tuple[list[Any], list[Any], list[Any]]:
    def spelled(key: str) -> list[Any]:
        found = record.get(key) or []
        return found if isinstance(found, list) else [found]

    further = [
        name
        for key in sorted(record, key=lambda k: (not k.endswith("_preferred"), k))
        if key.startswith("name:") and key.endswith(_FURTHER)
        for name in spelled(key)
    ]
    english = spelled("name:eng_x_preferred")[:1]
    return [*english, record.get("wof:name")], spelled("name:ara_x_preferred")[:1], further


def _row(record: dict[str, Any], level: str, named: dict[Any, Any]) -> dict[str, Any]:
    concordances = record.get("wof:concordances") or {}
    others = [
        f"{_REGISTERS[key]}:{number}" for key, number in concordances.items() if key in _REGISTERS
    ]
    pcodes = [str(number) for key, number in concordances.items() if key.endswith("pcode")]
    above: dict[str, Any] = next(iter(record.get("wof:hierarchy") or []), {})
    made = {
        "id": f"wof:{record[MARK]}",
        **by_script(*_names(record)),
        "level": level,
        **{column: named.get(above.get(key)) for key, column in _PARENTS.items()},
        "pcode": next(iter(pcodes), None),
        "population": record.get("wof:population") or record.get("gn:population"),
        "same_as": unite(*others),
    }
    town = above.get("locality_id", _NOWHERE)
    if level == "neighbourhood" and town in named:
        made |= {"parent": named[town], "parent_id": f"wof:{town}"}
    return made


def _radii(records: list[dict[str, Any]], kept: list[int], areas: list[Any]) -> list[float | None]:
    radii: list[float | None] = []
    for place, area in zip(kept, areas, strict=True):
        square_m: Any = records[place].get("geom:area_square_m")
        there = area is not None and not is_missing(square_m) and float(square_m) > 0
        radii.append(float(np.round(np.sqrt(float(square_m) / np.pi))) if there else None)
    return radii


def _points(records: list[dict[str, Any]], kept: list[int], shapes: Iterable[Any]) -> list[Any]:
    """Take the point at which the record is to be labelled, else the one of its outline."""
    points = []
    for place, shape in zip(kept, shapes, strict=True):
        found = shape
        for prefix in ("lbl", "geom"):
            lat: Any = records[place].get(f"{prefix}:latitude")
            lon: Any = records[place].get(f"{prefix}:longitude")
            if not is_missing(lat) and not is_missing(lon):
                found = shapely.Point(float(lon), float(lat))
                break
        points.append(found)
    return points
