"""Removing values for good: from the layers, the audit, the free pages of the file and its log.

What stays are the salted digests, so that the chain still holds, and a change that says that
something was purged, by whom and when. Of a purged id it keeps a digest with its salt: who guesses
the id can test the guess, which is what keeps another register from bringing the row back. Copies
of the file elsewhere, and what the electronics of a disk keep, are out of reach.
"""

from __future__ import annotations

import hmac
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from geosector.errors import UnknownRowError
from geosector.language import text
from geosector.register.audit import UNFINISHED
from geosector.register.cells import GEOMETRY
from geosector.register.chain import (
    FIRST,
    Change,
    cells_of,
    from_row,
    new_secret,
    to_row,
    without,
)
from geosector.register.ledger import ALL, append, file_column, find
from geosector.register.schema import NO_UPDATE, columns_of, fact
from geosector.register.styles import dress, undress
from geosector.tables import table

_PURGED = ("row_id", "before", "after", "secret", "remains")
# Where changes are kept: the table, its key, and which of its columns is the row of this file.
_AUDITS = (("changes", "sequence", "row"), ("merged_changes", "place", "here"))
_SALT = "tombstones"  # the fact that salts the digests of purged ids


def take_out(
    database: sqlite3.Connection,
    office: str,
    name: str,
    row_id: str | None,
    columns: Collection[str] | None,
) -> list[int]:
    """Take values out of a layer and of the audit; inside a transaction of the caller.

    Returns
    -------
    list of int
        The sequences of the changes that say so.

    Raises
    ------
    UnknownRowError
        Where no row ever had this id.
    """
    rows: Sequence[int | None] = [None] if row_id is None else rows_of(database, name, row_id)
    if not rows:
        raise UnknownRowError(
            text(
                "There is no '{id}' in {table}. Look its id up in the table.", id=row_id, table=name
            )
        )
    return take_rows_out(database, office, name, rows, Wish(row_id, columns))


class Wish(NamedTuple):
    """What is to be purged of rows: all (None) or some columns, and which purge is followed."""

    row_id: str | None
    columns: Collection[str] | None
    by: str | None = None


def take_rows_out(
    database: sqlite3.Connection, office: str, name: str, rows: Iterable[int | None], wish: Wish
) -> list[int]:
    """Take values out of rows, told by ``fid``; None for all rows."""
    row_id, columns, by = wish
    detail: dict[str, Any] = {"purged": [ALL] if columns is None else sorted(columns)}
    if by is not None:
        detail["by"] = by
    if columns is None and row_id is not None:
        detail["tombstone"] = _tombstone(database, name, row_id)
    database.execute("DROP TRIGGER IF EXISTS changes_are_not_altered")
    made = []
    gone: set[str] = set()
    for row in rows:
        gone |= _from_changes(database, name, row, columns)
        gone |= _from_layer(database, name, row, columns)
        change = Change(
            0, 0, office, "", name, row, None if columns is None else row_id, "purge", None,
            detail, None, None, new_secret(), None, FIRST, "",
        )  # fmt: skip
        made.append(append(database, change).sequence)
    if undress(database, name, gone):
        dress(database, {name: columns_of(database, name)})
    database.execute(NO_UPDATE)
    database.execute("INSERT OR REPLACE INTO register VALUES (?, ?)", (UNFINISHED, "1"))
    return made


def _tombstone(database: sqlite3.Connection, name: str, row_id: str) -> list[str]:
    """Make what recognises a purged id when another register brings it again: salt and digest."""
    salt = fact(database, _SALT)
    if salt is None:
        salt = new_secret()
        database.execute("INSERT INTO register VALUES (?, ?)", (_SALT, salt))
    return [salt, id_digest(salt, name, row_id)]


def id_digest(salt: str, name: str, row_id: str) -> str:
    """Give the digest of an id in a table under the salt of a register."""
    return hmac.digest(bytes.fromhex(salt), f"{name}:{row_id}".encode(), "sha256").hex()


def rows_of(database: sqlite3.Connection, name: str, row_id: str) -> list[int]:
    """List every row that has or ever had an id, here or where changes were merged from."""
    found = {
        int(row)
        for (row,) in database.execute(
            "SELECT row FROM changes WHERE table_name = :name AND row_id = :id AND row NOT NULL "
            "UNION SELECT here FROM merged_changes "
            "WHERE table_name = :name AND row_id = :id AND here NOT NULL",
            {"name": name, "id": row_id},
        )
    }
    there = find(database, name, row_id)
    return sorted(found if there is None else found | {there})


def _from_changes(
    database: sqlite3.Connection, name: str, row: int | None, columns: Collection[str] | None
) -> set[str]:
    """Take values out of the audit, and give the words among them."""
    gone: set[str] = set()
    placed = ", ".join(f"{column} = ?" for column in _PURGED)
    fields = ", ".join(Change._fields)
    chosen = None if columns is None else set(columns)
    for table_name, key, its_row in _AUDITS:
        where, given = ("", ()) if row is None else (f" AND {its_row} = ?", (row,))
        listed = database.execute(
            f"SELECT {key}, {fields} FROM {table_name} WHERE table_name = ?{where}", (name, *given)
        ).fetchall()
        for place, *stored in listed:
            change = from_row(tuple(stored))
            left = without(change, chosen, and_id=columns is None)
            if left is not change:
                gone |= _words(name, cells_of(change)) - _words(name, cells_of(left))
                written = dict(zip(Change._fields, to_row(left), strict=True))
                database.execute(
                    f"UPDATE {table_name} SET {placed} WHERE {key} = ?",
                    [*(written[column] for column in _PURGED), place],
                )
    return gone


def _words(name: str, cells: Mapping[str, object]) -> set[str]:
    """Give the values that are words of their own: no shape, and none of a list of choices."""
    known = table(name).columns
    words = set()
    for cell, value in cells.items():
        column = cell.rpartition(":")[2]
        is_choice = column in known and known[column].type == "choice"
        if isinstance(value, str) and column != GEOMETRY and not is_choice:
            words.add(value)
    return words


def _from_layer(
    database: sqlite3.Connection, name: str, row: int | None, columns: Collection[str] | None
) -> set[str]:
    """Take values out of a layer, and give the words among them."""
    where, given = ("", ()) if row is None else (" WHERE fid = ?", (row,))
    kinds = columns_of(database, name)
    there = sorted(kinds.keys() if columns is None else kinds.keys() & columns)
    gone: set[str] = set()
    if there:
        listed = ", ".join(map(file_column, there))
        for cells in database.execute(f"SELECT {listed} FROM {name}{where}", given):
            gone |= _words(name, dict(zip(there, cells, strict=True)))
    if columns is None:
        database.execute(f"DELETE FROM {name}{where}", given)
    elif there:
        emptied = ", ".join(f"{file_column(column)} = NULL" for column in there)
        database.execute(f"UPDATE {name} SET {emptied}{where}", given)
    # What other programs derive from rows: the bounds of a layer are coordinates of rows.
    database.execute(
        "UPDATE gpkg_contents SET min_x = NULL, min_y = NULL, max_x = NULL, max_y = NULL"
    )
    samples = database.execute("SELECT name FROM sqlite_master WHERE name GLOB 'sqlite_stat*'")
    for (sample,) in samples.fetchall():
        database.execute(f"DELETE FROM {sample}")
    return gone


def sweep(database: sqlite3.Connection) -> bool:
    """Make the file anew without its free pages, and empty its log.

    Returns
    -------
    bool
        False where another program is reading, so that the log could not be emptied.
    """
    if fact(database, UNFINISHED) is None:
        return True
    database.execute("VACUUM")
    if database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        return False
    database.execute("DELETE FROM register WHERE name = ?", (UNFINISHED,))
    return True
