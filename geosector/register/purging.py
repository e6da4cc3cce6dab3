"""Removing values for good: from the layers, the audit, the free pages of the file and its log.

What stays are the salted digests, so that the chain still holds, and a change that says that
something was purged, by whom and when. Copies of the file elsewhere, and what the electronics of a
disk keep, are out of reach.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence

from geosector.errors import UnknownRowError
from geosector.language import text
from geosector.register.audit import UNFINISHED
from geosector.register.chain import FIRST, Change, new_secret, to_row, without
from geosector.register.ledger import ALL, append, changes, file_column, find
from geosector.register.schema import NO_UPDATE, fact

_PURGED = ("row_id", "before", "after", "secret", "remains")


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
    rows: Sequence[int | None] = [None] if row_id is None else _rows(database, name, row_id)
    if not rows:
        raise UnknownRowError(
            text(
                "There is no '{id}' in {table}. Look its id up in the table.", id=row_id, table=name
            )
        )
    database.execute("DROP TRIGGER IF EXISTS changes_are_not_altered")
    made = []
    for row in rows:
        _from_changes(database, name, row, columns)
        _from_layer(database, name, row, columns)
        purged = [ALL] if columns is None else sorted(columns)
        change = Change(
            0, 0, office, "", name, row, None if columns is None else row_id, "purge", None,
            {"purged": purged}, None, None, new_secret(), None, FIRST, "",
        )  # fmt: skip
        made.append(append(database, change).sequence)
    database.execute(NO_UPDATE)
    database.execute("INSERT OR REPLACE INTO register VALUES (?, ?)", (UNFINISHED, "1"))
    return made


def _rows(database: sqlite3.Connection, name: str, row_id: str) -> list[int]:
    """List every row that has or ever had an id."""
    found = {
        int(row)
        for (row,) in database.execute(
            "SELECT DISTINCT row FROM changes WHERE table_name = ? AND row_id = ? AND row NOT NULL",
            (name, row_id),
        )
    }
    there = find(database, name, row_id)
    return sorted(found if there is None else found | {there})


def _from_changes(
    database: sqlite3.Connection, name: str, row: int | None, columns: Collection[str] | None
) -> None:
    where, given = ("1", ()) if row is None else ("row = ?", (row,))
    listed = list(changes(database, f"table_name = ? AND {where}", name, *given))
    placed = ", ".join(f"{column} = ?" for column in _PURGED)
    chosen = None if columns is None else set(columns)
    for change in listed:
        left = without(change, chosen, and_id=columns is None)
        if left is not change:
            written = dict(zip(Change._fields, to_row(left), strict=True))
            database.execute(
                f"UPDATE changes SET {placed} WHERE sequence = ?",
                [*(written[column] for column in _PURGED), change.sequence],
            )


def _from_layer(
    database: sqlite3.Connection, name: str, row: int | None, columns: Collection[str] | None
) -> None:
    where, given = ("", ()) if row is None else (" WHERE fid = ?", (row,))
    if columns is None:
        database.execute(f"DELETE FROM {name}{where}", given)
    else:
        emptied = ", ".join(f"{file_column(column)} = NULL" for column in columns)
        database.execute(f"UPDATE {name} SET {emptied}{where}", given)
    # What other programs derive from rows: the bounds of a layer are coordinates of rows.
    database.execute(
        "UPDATE gpkg_contents SET min_x = NULL, min_y = NULL, max_x = NULL, max_y = NULL"
    )
    samples = database.execute("SELECT name FROM sqlite_master WHERE name GLOB 'sqlite_stat*'")
    for (sample,) in samples.fetchall():
        database.execute(f"DELETE FROM {sample}")


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
