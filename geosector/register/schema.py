"""The file of a register: a GeoPackage with two layers, their changes, and its version.

``facilities`` and ``incidents`` are layers like any other, to be opened in QGIS. ``changes`` is
their audit: a line is added for each change of a row, and triggers refuse anything else.
``register`` holds facts about the file; the version of this schema is among them, because
``PRAGMA user_version`` of a GeoPackage is the version of GeoPackage.

What ``changes`` holds:

==============  ============================================================================
sequence        1, 2, 3 …, without a gap
batch           sequence of the first change that was made together with this one
office          code of the office that signs
at              moment, UTC, by the clock of the computer
table_name      facilities or incidents
row             ``fid`` of the row, never used again; empty where it is about all rows
row_id          ``id`` of the row; empty after a purge
action          add, change, close, undo, outside, merge, purge; apart (two reports are of two
                events; since version 2)
about           sequence of the change that this one undoes; empty otherwise
detail          JSON, never a value of a row: what a purge or a merge must say besides
before, after   JSON, column → value, of the columns that changed; empty where the row was not
                there before or is not there after
secret          32 hexadecimal digits, from which the salts of the values are made; empty after
                a purge in this change
remains         JSON, after a purge: the salts of what is left, the digests of what is gone
previous, hash  the chain: `geosector.register.chain`
==============  ============================================================================

``merged_changes`` holds what other registers, merged into this one, had written down: the same
columns as they were signed there, ``source``, the sequence of the merge here, and ``here``, the
``fid`` of the row in this file (below zero where it never had one).

Since version 2, ``layer_styles`` tells QGIS how to draw the layers, and ``touched`` says which
facilities were written last, by whatever program: ``place`` grows with each write of a ``row``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

from geosector.errors import InputError, UnreadableFileError
from geosector.language import text
from geosector.register.cells import GEOMETRY, SRS_ID, Kind, add_functions, kind_of, known_kinds
from geosector.register.styles import dress
from geosector.storage import AnyPath, database_errors, transaction

TABLES = ("facilities", "incidents")
VERSION = 2
# Columns of the file itself; a column of a table that is called so gets another name.
_OWN = ("fid", "geom")
# Incidents have no status: when one was closed is a column of the register.
CLOSED_ON = "closed_on"
_GPKG_ID, _GPKG_VERSION = 0x47504B47, 10300

_WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,'
    'AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,'
    'AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],'
    'AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]'
)
# GeoPackage 1.3 (OGC 12-128r17), tables 2 to 6. The bounds of a layer stay empty: they would be
# coordinates of a row.
_GPKG = f"""
PRAGMA application_id = {_GPKG_ID};
PRAGMA user_version = {_GPKG_VERSION};
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', NULL),
  ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', NULL),
  ('WGS 84 geodetic', {SRS_ID}, 'EPSG', {SRS_ID}, '{_WGS84}', NULL);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE register (name TEXT PRIMARY KEY NOT NULL, value TEXT);
CREATE TABLE changes (
  sequence INTEGER PRIMARY KEY NOT NULL, batch INTEGER NOT NULL, office TEXT NOT NULL,
  at DATETIME NOT NULL, table_name TEXT NOT NULL, row INTEGER, row_id TEXT,
  action TEXT NOT NULL, about INTEGER, detail TEXT, before TEXT, after TEXT,
  secret TEXT, remains TEXT, previous TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TABLE merged_changes (
  sequence INTEGER NOT NULL, batch INTEGER NOT NULL, office TEXT NOT NULL,
  at DATETIME NOT NULL, table_name TEXT NOT NULL, row INTEGER, row_id TEXT,
  action TEXT NOT NULL, about INTEGER, detail TEXT, before TEXT, after TEXT,
  secret TEXT, remains TEXT, previous TEXT NOT NULL, hash TEXT NOT NULL,
  source INTEGER NOT NULL, here INTEGER, place INTEGER PRIMARY KEY NOT NULL);
CREATE INDEX merged_changes_of_a_row ON merged_changes (table_name, here);
CREATE INDEX changes_of_a_row ON changes (table_name, row);
CREATE INDEX changes_of_an_id ON changes (table_name, row_id);
INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES
  ('register', 'attributes', 'register'), ('changes', 'attributes', 'changes'),
  ('merged_changes', 'attributes', 'merged_changes');
"""

# A purge takes the first one away while it works, in the same transaction.
NO_UPDATE = """
CREATE TRIGGER changes_are_not_altered BEFORE UPDATE ON changes
BEGIN SELECT RAISE(ABORT, 'the audit of a register is not altered'); END
"""
_NO_DELETE = """
CREATE TRIGGER changes_are_not_deleted BEFORE DELETE ON changes
BEGIN SELECT RAISE(ABORT, 'the audit of a register is not deleted'); END
"""
_NEXT_ONLY = """
CREATE TRIGGER changes_follow_the_last BEFORE INSERT ON changes
WHEN NEW.sequence IS NOT (SELECT ifnull(max(sequence), 0) + 1 FROM changes)
BEGIN SELECT RAISE(ABORT, 'a change is added after the last one'); END
"""
TRIGGERS = {
    "changes_are_not_altered": NO_UPDATE,
    "changes_are_not_deleted": _NO_DELETE,
    "changes_follow_the_last": _NEXT_ONLY,
}


_TOUCHED = """
CREATE TABLE touched (row INTEGER PRIMARY KEY NOT NULL, place INTEGER UNIQUE NOT NULL);
"""


def _touching(when: str, *rows: str) -> str:
    """Write the trigger that says which rows of the facilities a statement writes."""
    # No conflict is left to SQLite: it would be settled as the outer statement says.
    steps = [
        f"UPDATE touched SET place = (SELECT max(place) + 1 FROM touched) WHERE row = {row}; "
        f"INSERT INTO touched SELECT {row}, (SELECT ifnull(max(place), 0) + 1 FROM touched) "
        f"WHERE {row} NOT NULL AND NOT EXISTS (SELECT 1 FROM touched WHERE row = {row});"
        for row in rows
    ]
    name = f"facilities_touched_{when.replace(' ', '_').lower()}"
    return f"CREATE TRIGGER {name} {when} ON facilities BEGIN {' '.join(steps)} END"


# INSERT OR REPLACE takes a row with the same id out and calls no trigger for it.
_REPLACED = "(SELECT fid FROM facilities WHERE id = NEW.id)"
TOUCHES = {
    statement.split()[2]: statement
    for statement in (
        _touching("BEFORE INSERT", _REPLACED),
        _touching("AFTER INSERT", "NEW.fid"),
        _touching("AFTER UPDATE", "OLD.fid", "NEW.fid"),
        _touching("AFTER DELETE", "OLD.fid"),
    )
}


# --------------------------------------------------------------- versions


def _to_version_1(database: sqlite3.Connection) -> None:
    run_script(database, _GPKG)
    for name in TABLES:
        _create_layer(database, name)
    for trigger in TRIGGERS.values():
        database.execute(trigger)


def _to_version_2(database: sqlite3.Connection) -> None:
    run_script(database, _TOUCHED)
    for trigger in TOUCHES.values():
        database.execute(trigger)
    dress(database, {name: columns_of(database, name) for name in TABLES})


# Version n → how to make version n + 1 of it. An entry that was released is never edited. Rows and
# changes stay as they were signed: a reader needs no migration, and does without what is new.
MIGRATIONS: dict[int, Callable[[sqlite3.Connection], None]] = {0: _to_version_1, 1: _to_version_2}


def prepare(database: sqlite3.Connection, path: AnyPath, *, migrate: bool = True) -> None:
    """Make sure that a file is a register of this version: make one of an empty file, migrate.

    All steps to this version are one transaction: whenever it is cut off, the file is of the
    version that it was.

    Parameters
    ----------
    database : sqlite3.Connection
        From `geosector.storage.open_database`.
    path : str or path
        What errors call it.
    migrate : bool
        False leaves an older version as it is, to be read only.

    Raises
    ------
    UnreadableFileError
        Where it is something else, or of a newer version.
    StorageError
        Where it cannot be written although it must be migrated.
    """
    add_functions(database)
    if version_of(database, path) < VERSION and migrate:
        with transaction(database, path):
            # Asked again: another program may have done it while this one waited.
            for step in range(version_of(database, path), VERSION):
                MIGRATIONS[step](database)
                database.execute(
                    "INSERT OR REPLACE INTO register VALUES ('version', ?)", (str(step + 1),)
                )
        with database_errors(path):  # other programs look at the head of the file, not at its log
            database.execute("PRAGMA wal_checkpoint(PASSIVE)")


def version_of(database: sqlite3.Connection, path: AnyPath) -> int:
    """Give the version of a register's schema; 0 for an empty file."""
    with database_errors(path):
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        if not names:
            return 0
        found = None
        if {"register", "changes", *TABLES} <= names:
            found = fact(database, "version")
    if found is None or not found.isdecimal():
        raise UnreadableFileError(
            text(
                "{path} is a database, but no register of geosector. Give another file.",
                path=str(path),
            )
        )
    if int(found) > VERSION:
        raise UnreadableFileError(
            text(
                "{path} was written by a newer geosector (version {found} of the register; this "
                "one knows {known}). Install the newer one.",
                path=str(path),
                found=found,
                known=VERSION,
            )
        )
    return int(found)


def is_register(path: AnyPath) -> bool:
    """Say whether a file is to be opened as a register.

    Parameters
    ----------
    path : str or path
        Any file, or none.

    Returns
    -------
    bool
        True for a register of whatever version, and for a database that is too damaged to tell:
        opening it says what is wrong.
    """
    file = Path(path)
    try:
        if not file.is_file():
            return False
        with file.open("rb") as opened:
            if opened.read(16) != b"SQLite format 3\0":
                return False
    except (OSError, ValueError):  # not to be read, or a name that no file can have
        return False
    try:
        database = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        try:
            found = database.execute(
                "SELECT count(*) FROM sqlite_master WHERE name IN ('register', 'changes')"
            ).fetchone()
        finally:
            database.close()
    except (sqlite3.Error, UnicodeDecodeError):
        return True
    return bool(found[0] == 2)  # noqa: PLR2004 - both of them


def fact(database: sqlite3.Connection, name: str) -> str | None:
    """Give a fact about the file; None where it is not stated."""
    found = database.execute("SELECT value FROM register WHERE name = ?", (name,)).fetchone()
    return None if found is None else str(found[0])


def run_script(database: sqlite3.Connection, script: str) -> None:
    """Run several statements inside the transaction; `executescript` would end it."""
    for statement in script.split(";\n"):
        if statement.strip():
            database.execute(statement)


# --------------------------------------------------------------- layers and their columns


def _create_layer(database: sqlite3.Connection, name: str) -> None:
    database.execute(
        f"CREATE TABLE {name} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom GEOMETRY, "
        "id TEXT UNIQUE)"
    )
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
        "VALUES (?, 'features', ?, ?)",
        (name, name, SRS_ID),
    )
    database.execute(
        "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'GEOMETRY', ?, 2, 2)", (name, SRS_ID)
    )
    # Counts of casualties come in sixty columns: each is made when it is first needed.
    common: dict[str, Kind] = {
        column: kind for column, kind in layer_kinds(name).items() if kind != "INTEGER"
    }
    add_columns(database, name, common)


def layer_kinds(name: str) -> dict[str, Kind]:
    """Say of which kind each known column of a layer is."""
    known = known_kinds(name)
    return known if name == "facilities" else {**known, CLOSED_ON: "DATE"}


def columns_of(database: sqlite3.Connection, name: str) -> dict[str, Kind]:
    """Say which columns a layer has now, and of which kind.

    Returns
    -------
    dict
        Column → kind: the known columns in the order of `geosector.tables`, then the others as
        they came, then ``geometry``.
    """
    listed = database.execute(f"PRAGMA table_info({name})").fetchall()
    there = {column: kind_of(declared) for _, column, declared, *_ in listed if column not in _OWN}
    known = {column: there[column] for column in layer_kinds(name) if column in there}
    return {**known, **there, GEOMETRY: "GEOMETRY"}


def add_columns(database: sqlite3.Connection, name: str, kinds: dict[str, Kind]) -> None:
    """Give a layer the columns that it lacks."""
    there = {column.casefold() for column in columns_of(database, name)}
    for column, kind in kinds.items():
        if column.casefold() not in there and kind != "GEOMETRY":
            database.execute(f"ALTER TABLE {name} ADD COLUMN {quoted(column)} {kind}")


def file_names(columns: Iterable[str], there: Iterable[str]) -> dict[str, str]:
    """Find a name in the file for each column of a table.

    SQLite does not tell ``Colour`` from ``colour``: the second is called ``colour_2``. A column
    that is called like one of the file's own gets ``_input`` at its end.

    Parameters
    ----------
    columns : iterable of str
        Of the table.
    there : iterable of str
        Columns that the layer has.

    Returns
    -------
    dict
        Column → its name in the file.
    """
    own = {column.casefold() for column in (*_OWN, GEOMETRY)}
    present = {column.casefold(): column for column in there}
    names: dict[str, str] = {}
    taken: set[str] = set()
    for column in columns:
        begin = f"{column}_input" if column.casefold() in own else column
        name, count = begin, 1
        while name.casefold() in taken:
            count += 1
            name = f"{begin}_{count}"
        taken.add(name.casefold())
        names[column] = present.get(name.casefold(), name)
    return names


def quoted(column: str) -> str:
    """Write the name of a column as SQL has it."""
    return '"' + column.replace('"', '""') + '"'


def require_layer(name: str) -> str:
    """Refuse a table that a register does not hold."""
    if name not in TABLES:
        raise InputError(
            text(
                "A register holds no '{name}'. Use one of: {known}.",
                name=name,
                known=", ".join(TABLES),
            )
        )
    return name
