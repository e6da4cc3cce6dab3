"""How QGIS draws the layers of a register: styles that come with it, and those that users made.

A style that geosector wrote is known by its digest, which stands among the facts of the file. One
that was edited has another digest: it belongs to whoever edited it, and is left alone. Another fact
tells for which shapes it was made: where a row brings another one, the style is made anew.
"""

from __future__ import annotations

import hashlib
import html
import re
import sqlite3
from collections.abc import Collection, Iterable, Mapping

import geopandas as gpd
import shapely

from geosector.register.cells import Value, from_file
from geosector.storage import STYLES_LAYER, layer_style

_GEOMETRY = "geom"
_NOW = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
# The codes of WKB without height, and a shape of that kind to stand for those of a layer.
_SHAPES = {1: "point", 2: "line", 3: "polygon", 4: "point", 5: "line", 6: "polygon"}
_STANDS_FOR = {
    "point": shapely.Point(0, 0),
    "line": shapely.LineString([(0, 0), (1, 1)]),
    "polygon": shapely.box(0, 0, 1, 1),
}
_SHORTEST = 3  # letters of a value that is looked for in a style
# As QGIS itself makes it; where a user saved a style before, it is there already.
_TABLE = f"""
CREATE TABLE IF NOT EXISTS {STYLES_LAYER} (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
  f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
  styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT,
  owner TEXT(30), ui TEXT(30), update_time DATETIME DEFAULT CURRENT_TIMESTAMP)
"""


def dress(database: sqlite3.Connection, layers: Mapping[str, Collection[str]]) -> list[str]:
    """Give layers their style, in the current language; inside a transaction of the caller.

    Parameters
    ----------
    database : sqlite3.Connection
    layers : mapping of str to collection of str
        Layer → its columns.

    Returns
    -------
    list of str
        The layers that were styled: those that had no style, and those whose style is one of
        geosector that nobody edited.
    """
    database.execute(_TABLE)
    database.execute(
        "INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier) "
        f"VALUES ('{STYLES_LAYER}', 'attributes', '{STYLES_LAYER}')"
    )
    return [name for name, columns in layers.items() if _dress_one(database, name, columns)]


def _dress_one(database: sqlite3.Connection, layer: str, columns: Collection[str]) -> bool:
    shapes = _shapes_in(database, layer)
    like = [_STANDS_FOR[shape] for shape in shapes]
    rows = {column: [None] * len(like) for column in columns if column != "geometry"}
    name, document = layer_style(layer, gpd.GeoDataFrame(rows, geometry=like, crs="EPSG:4326"))
    there = database.execute(
        f"SELECT id, styleQML FROM {STYLES_LAYER} WHERE lower(f_table_name) = ?", (layer,)
    ).fetchall()
    stated = database.execute("SELECT value FROM register WHERE name = ?", (_fact(layer),))
    written = stated.fetchone()
    own = [row for row, qml in there if written is not None and _digest(qml) == written[0]]
    if not there:
        database.execute(
            f"INSERT INTO {STYLES_LAYER} (f_table_catalog, f_table_schema, f_table_name, "
            "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner, "
            f"update_time) VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '', {_NOW})",
            (layer, _GEOMETRY, name, document, name),
        )
    elif own:
        database.execute(
            f"UPDATE {STYLES_LAYER} SET styleName = ?, styleQML = ?, description = ?, "
            f"update_time = {_NOW} WHERE id = ?",
            (name, document, name, own[0]),
        )
    else:
        return False
    database.executemany(
        "INSERT OR REPLACE INTO register VALUES (?, ?)",
        [(_fact(layer), _digest(document)), (_shapes_fact(layer), ",".join(shapes))],
    )
    return True


def dress_for(
    database: sqlite3.Connection, layer: str, columns: Collection[str], places: Iterable[Value]
) -> None:
    """Give a layer a style for the shapes that came with new places, where its own has none.

    Parameters
    ----------
    database : sqlite3.Connection
        Inside a transaction of the caller.
    layer : str
    columns : collection of str
        Of the layer.
    places : iterable of str
        Shapes as the register keeps them.
    """
    found = {shape for place in places if (shape := _shape_of(place)) is not None}
    if not found:
        return
    stated = database.execute("SELECT value FROM register WHERE name = ?", (_shapes_fact(layer),))
    known = stated.fetchone()
    # A register that was made before the shapes were stated has a style for points.
    if not found <= set(("point" if known is None else str(known[0])).split(",")):
        dress(database, {layer: columns})


def _shapes_in(database: sqlite3.Connection, layer: str) -> list[str]:
    found = {
        _shape_of(from_file(cell, "GEOMETRY"))
        for (cell,) in database.execute(f"SELECT geom FROM {layer} WHERE geom NOT NULL")
    }
    return [shape for shape in _STANDS_FOR if shape in found]


def _shape_of(place: Value) -> str | None:
    """Say which shape a place is; None for a mixture, which QGIS does not draw."""
    if not isinstance(place, str):
        return None
    code = int.from_bytes(bytes.fromhex(place[2:10]), "little")
    return _SHAPES.get(code % 1000)  # thousands tell of heights


def undress(database: sqlite3.Connection, layer: str, values: Collection[str]) -> bool:
    """Take away the styles of a layer that tell one of some values, as one by name would.

    Returns
    -------
    bool
        Whether there was one. The layer is to be given a style again.
    """
    there = database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (STYLES_LAYER,))
    spelled = sorted(
        re.escape(form)
        for value in values
        if len(value) >= _SHORTEST
        for form in {value, value.replace("'", "''")}
    )
    if not spelled or there.fetchone() is None:
        return False
    sought = re.compile(rf"(?<!\w)(?:{'|'.join(spelled)})(?!\w)")
    told = [
        (number,)
        for number, *documents in database.execute(
            f"SELECT id, styleName, styleQML, styleSLD, description FROM {STYLES_LAYER} "
            "WHERE lower(f_table_name) = ?",
            (layer,),
        )
        if any(sought.search(html.unescape(str(document))) for document in documents)
    ]
    database.executemany(f"DELETE FROM {STYLES_LAYER} WHERE id = ?", told)
    return bool(told)


def _fact(layer: str) -> str:
    return f"style of {layer}"


def _shapes_fact(layer: str) -> str:
    return f"shapes in the style of {layer}"


def _digest(document: object) -> str:
    return hashlib.sha256(str(document).encode("utf-8", "replace")).hexdigest()
