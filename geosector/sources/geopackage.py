"""What a GeoPackage really holds, where SQLite keeps other things than its columns promise.

SQLite takes a word in a column of numbers, and bytes of any kind in one of geometries. GDAL gives
0 for such a number and nothing for such a geometry, and counts features by a figure that another
program wrote down once. So the cells are looked at once more, and only those that are not what
they should be.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing

from geosector.sources.files import Source

# The header of a geometry: "GP", version, flags, system; then an envelope of so many bytes.
_HEADER, _ENVELOPES = 8, {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}


def count_of(source: Source, layer: str) -> int | None:
    """Count the features of a layer.

    Parameters
    ----------
    source : Source
        Of kind ``gpkg``.
    layer : str
        A table; a view is not looked at, for it may never end.

    Returns
    -------
    int or None
        None where SQLite does not open the file as a database with such a table.
    """
    try:
        with closing(_opened(source)) as database:
            if not _is_table(database, layer):
                return None
            counted = database.execute(f"SELECT count(*) FROM {_quoted(layer)}")  # noqa: S608
            return int(counted.fetchone()[0])
    except sqlite3.Error:
        return None


def others_in(source: Source, layer: str) -> dict[str, dict[int, object]]:
    """Find the cells that are of another kind than their column.

    Parameters
    ----------
    source : Source
        Of kind ``gpkg``.
    layer : str
        As for `count_of`.

    Returns
    -------
    dict
        Column → place of the feature, in the order of their numbers and from 0 → what stands there.
    """
    try:
        with closing(_opened(source)) as database:
            return _others(database, layer) if _is_table(database, layer) else {}
    except sqlite3.Error:
        return {}


def drawn_in(source: Source, layer: str, places: Collection[int]) -> dict[int, bytes]:
    """Give the bytes of geometries, without the header that a GeoPackage puts before them.

    Parameters
    ----------
    source : Source
        Of kind ``gpkg``.
    layer : str
        As for `count_of`.
    places : collection of int
        Of the features, in the order of their numbers, from 0.

    Returns
    -------
    dict
        Place → bytes; a place that holds nothing is left out.
    """
    try:
        with closing(_opened(source)) as database:
            if not _is_table(database, layer):
                return {}
            column = database.execute(
                "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (layer,)
            ).fetchone()
            cells = database.execute(
                f"SELECT {_quoted(column[0])} FROM {_quoted(layer)} ORDER BY rowid"  # noqa: S608
            )
            return {
                place: _bare(cell)
                for place, (cell,) in enumerate(cells)
                if cell is not None and place in places
            }
    except (sqlite3.Error, TypeError):  # no such column is registered
        return {}


def _opened(source: Source) -> sqlite3.Connection:
    if source.data is None:
        database = sqlite3.connect(f"{source.path.absolute().as_uri()}?mode=ro", uri=True)
    else:
        database = sqlite3.connect(":memory:")
        database.deserialize(source.data)
    database.text_factory = lambda written: written.decode("utf-8", "replace")
    return database


def _is_table(database: sqlite3.Connection, layer: str) -> bool:
    made = database.execute(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (layer,)
    ).fetchone()
    return made is not None and not str(made[0]).upper().startswith("CREATE VIRTUAL")


def _others(database: sqlite3.Connection, layer: str) -> dict[str, dict[int, object]]:
    table = _quoted(layer)
    sound = {
        str(row[1]): kinds
        for row in database.execute(f"PRAGMA table_info({table})")
        for kinds in [_kinds_that_fit(str(row[2]).upper())]
        if kinds
    }
    if not sound:
        return {}
    odd = " OR ".join(f"typeof({_quoted(name)}) NOT IN ({sound[name]})" for name in sound)
    cells = ", ".join(f"{_quoted(name)}, typeof({_quoted(name)})" for name in sound)
    # Names are the file's own, in quotes.
    query = (
        f"SELECT place, {cells} FROM (SELECT row_number() OVER (ORDER BY rowid) - 1 AS place, *"  # noqa: S608
        f" FROM {table}) WHERE {odd}"
    )
    others: dict[str, dict[int, object]] = {}
    for place, *found in database.execute(query):
        for name, cell, kind in zip(sound, found[::2], found[1::2], strict=True):
            if f"'{kind}'" not in sound[name]:
                others.setdefault(name, {})[int(place)] = cell
    return others


def _kinds_that_fit(declared: str) -> str:
    """Name what SQLite may keep in a column of numbers or of words; nothing of any other."""
    if "INT" in declared or declared == "BOOLEAN":
        return "'integer', 'null'"
    if declared.startswith(("REAL", "DOUBLE", "FLOAT")):
        return "'integer', 'real', 'null'"
    return "'text', 'null'" if declared.startswith("TEXT") else ""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _bare(cell: object) -> bytes:
    """Take the header of GeoPackage away; bytes without one stay what they are."""
    if not isinstance(cell, bytes):
        return str(cell).encode()
    if not cell.startswith(b"GP") or len(cell) < _HEADER:
        return cell
    return cell[_HEADER + _ENVELOPES.get(cell[3] >> 1 & 7, 0) :]
