"""Verifying a register: whether its chain holds, and its rows are what the changes made of them.

What a chain proves: no change that it holds was altered, left out or put between others after the
hash of a later one was written down elsewhere. What it cannot see: whether the latest changes were
cut off, or the whole chain made anew by somebody who knows how, where nobody remembers its head.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geosector.errors import InputError, UnreadableFileError
from geosector.language import text
from geosector.register import beside
from geosector.register.cells import Cells, shape_of
from geosector.register.chain import FIRST, Change, fits, from_row
from geosector.register.ledger import (
    Edit,
    State,
    cells_from,
    changes,
    file_column,
    purged_columns,
    replay,
)
from geosector.register.schema import (
    TABLES,
    TOUCHES,
    TRIGGERS,
    columns_of,
    fact,
)
from geosector.tables import Problem

UNFINISHED = "purge"  # the fact that says that purged values may still lie in the file


def problems(database: sqlite3.Connection, path: object, head: str | None) -> list[Problem]:
    """List everything that is wrong with a register, as one moment shows it.

    Parameters
    ----------
    database : sqlite3.Connection
    path : str or path
    head : str, optional
        A head that was written down: ``sequence:hash``.

    Returns
    -------
    list of Problem
        ``file`` names the register and the table, ``row`` is the sequence of a change or the
        ``fid`` of a row.
    """
    database.execute("BEGIN")
    try:
        return problems_inside(database, path, head)
    finally:
        database.execute("ROLLBACK")


def problems_inside(database: sqlite3.Connection, path: object, head: str | None) -> list[Problem]:
    """List the same; inside a transaction of the caller."""
    file = Path(str(path)).name
    found = list(_damage(database, file))
    listed, unreadable = _read(database, file)
    found += [*unreadable, *_links(listed, file), *_gaps(listed, file)]
    found += _cut_off(listed, file, head)
    if not unreadable:
        found += beside.problems(database, listed, file)
        found += _outside(database, file, replay(listed, {}))
    return found


def _damage(database: sqlite3.Connection, file: str) -> Iterator[Problem]:
    for (said,) in database.execute("PRAGMA integrity_check"):
        if said != "ok":
            yield Problem(
                file, None, None, str(said), text("a whole file"),
                text("Take the last copy that can be read."),
            )  # fmt: skip
    there = dict(database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    # A register of version 1 that is only read has not got the others yet.
    stated_all = TRIGGERS if fact(database, "version") == "1" else {**TRIGGERS, **TOUCHES}
    for name, stated in stated_all.items():
        expected = text("a trigger that protects the changes")
        if name in TOUCHES:
            expected = text("a trigger that notes which facilities are written")
        if " ".join(str(there.get(name)).split()) != " ".join(stated.split()):
            yield Problem(
                file, None, None, name, expected,
                text("Somebody took it away or altered it. Compare with a copy."),
            )  # fmt: skip
    if fact(database, UNFINISHED) is not None:
        yield Problem(
            file, None, None, text("an unfinished purge"), text("no trace of purged values"),
            text("Close all programs that use the file, then open it with an office."),
        )  # fmt: skip


def _read(database: sqlite3.Connection, file: str) -> tuple[list[Change], list[Problem]]:
    listed, found = [], []
    fields = ", ".join(Change._fields)
    for row in database.execute(f"SELECT {fields} FROM changes ORDER BY sequence"):
        try:
            listed.append(from_row(row))
        except UnreadableFileError:
            found.append(_altered(file, row[0]))
    return listed, found


def _altered(file: str, sequence: int) -> Problem:
    return Problem(
        f"{file}: changes", sequence, "hash", text("a change that does not fit its hash"),
        text("what was signed"), text("It was altered afterwards. Compare with a copy."),
    )  # fmt: skip


def _links(listed: list[Change], file: str) -> Iterator[Problem]:
    sequence, previous = 0, FIRST
    for change in listed:
        if change.sequence != sequence + 1 or change.previous != previous:
            yield Problem(
                f"{file}: changes", change.sequence, "previous",
                text("a change that does not follow change {sequence}", sequence=sequence),
                text("an unbroken chain"),
                text("Changes were left out or put in. Compare with a copy."),
            )  # fmt: skip
        if not fits(change):
            yield _altered(file, change.sequence)
        sequence, previous = change.sequence, change.hash


def _gaps(listed: list[Change], file: str) -> Iterator[Problem]:
    """List values that are gone although no purge that was written down took them."""
    purges = [change for change in listed if change.action == "purge"]
    for change in listed:
        gone = set((change.remains or {}).get("digests", {}))
        columns = {cell.partition(":")[2] for cell in gone}
        for purge in purges:
            if (
                purge.sequence > change.sequence
                and purge.table_name == change.table_name
                and purge.row in {None, change.row}
            ):
                columns -= purged_columns(purge, columns)
        if columns:
            yield Problem(
                f"{file}: changes", change.sequence, ", ".join(sorted(columns - {""})) or "row_id",
                text("a value that is gone"), text("a purge that is written down"),
                text("It was taken away by hand. Compare with a copy."),
            )  # fmt: skip


def _cut_off(listed: list[Change], file: str, head: str | None) -> Iterator[Problem]:
    if head is None:
        return
    sequence, _, hashed = head.strip().partition(":")
    if not sequence.isdecimal() or len(hashed) != len(FIRST):
        raise InputError(
            text(
                "'{head}' is not the head of a register. Give sequence:hash, as it was written "
                "down.",
                head=head,
            )
        )
    hashes = {0: FIRST, **{change.sequence: change.hash for change in listed}}
    if hashes.get(int(sequence)) != hashed:
        yield Problem(
            f"{file}: changes", int(sequence), "hash", str(hashes.get(int(sequence), "")), hashed,
            text("The changes up to the head that was written down are not there. Find the copy "
                 "that has them."),
        )  # fmt: skip


# --------------------------------------------------------------- rows changed by other programs


def _layers(database: sqlite3.Connection) -> State:
    state: State = {}
    for name in TABLES:
        kinds = columns_of(database, name)
        listed = ", ".join(map(file_column, kinds))
        state[name] = {
            int(row[0]): cells_from(row[1:], kinds)
            for row in database.execute(f"SELECT fid, {listed} FROM {name}")
        }
    return state


def _differences(
    stated: State, found: State
) -> Iterator[tuple[str, int, Cells | None, Cells | None]]:
    """List the rows that are not what the changes made of them: table, row, stated, found."""
    for name in TABLES:
        by_changes, by_file = stated.get(name, {}), found[name]
        for row in sorted(by_changes.keys() | by_file.keys()):
            one, other = by_changes.get(row), by_file.get(row)
            if one != other:
                yield name, row, one, other


def _outside(database: sqlite3.Connection, file: str, stated: State) -> Iterator[Problem]:
    accept = text("Changed by another program, such as QGIS. Accept it, or set it back.")
    for name, row, one, other in _differences(stated, _layers(database)):
        if one is None or other is None:
            yield Problem(
                f"{file}: {name}", row, None,
                text("no row") if other is None else text("a row"),
                text("no row") if one is None else text("a row"), accept,
            )  # fmt: skip
            continue
        for column in dict.fromkeys([*one, *other]):
            if one.get(column) != other.get(column):
                yield Problem(
                    f"{file}: {name}", row, column, _shown(column, other), _shown(column, one),
                    accept,
                )  # fmt: skip


def _shown(column: str, cells: Cells) -> str:
    value: Any = cells.get(column)
    if column == "geometry":
        value = shape_of(value)
    return "" if value is None else str(value)


def outside_edits(database: sqlite3.Connection) -> Iterator[Edit]:
    """Say what makes the audit agree with what other programs made of the rows.

    A row that came without an id gets one from its ``fid`` and its content.
    """
    stated = replay(changes(database), {})
    for name, row, one, other in _differences(stated, _layers(database)):
        if other is None:
            yield Edit(name, row, "outside", None)
            continue
        touched = [
            column
            for column in {**(one or {}), **other}
            if one is None or one.get(column) != other.get(column)
        ]
        values = {column: other.get(column) for column in touched}
        if "id" not in other:
            # Two offices count their rows from one: the content tells theirs apart.
            written = json.dumps(other, sort_keys=True).encode()
            values["id"] = f"outside-{row}-{hashlib.sha256(written).hexdigest()[:8]}"
        yield Edit(name, row, "outside", values)
