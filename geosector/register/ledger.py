"""Making changes: each goes into its layer and into the audit, in one transaction.

Whoever makes changes says what a row shall be (`Edit`); what it was, the row of the layer tells,
and what it should have been, the audit. Where these two differ, another program changed the row:
that is written down first, so that nothing is lost and the audit stays complete.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from geosector.errors import ChangedMeanwhileError, InputError, UnknownRowError
from geosector.language import text
from geosector.register.cells import GEOMETRY, Cells, Kind, Value, blob, from_file
from geosector.register.chain import FIRST, Change, from_row, new_secret, signed, to_row
from geosector.register.schema import add_columns, columns_of, layer_kinds, quoted
from geosector.register.styles import dress_for

_SELECT = f"SELECT {', '.join(Change._fields)} FROM changes"
_INSERT = (
    f"INSERT INTO changes ({', '.join(Change._fields)}) "
    f"VALUES ({', '.join('?' * len(Change._fields))})"
)
ALL = "*"  # in the detail of a purge: every column
PAIR = "pair"  # in the detail of a change that says whether two reports are of two events


class Edit(NamedTuple):
    """What shall become of a row.

    ``row`` is its ``fid``, or None for a new row. ``values`` are the columns that shall change
    (all of a new row, ``id`` among them), as `geosector.register.cells.fit` makes them; None
    takes the row out of the layer. ``detail`` must never hold a value or an id of a row.
    """

    table_name: str
    row: int | None
    action: str
    values: Cells | None
    about: int | None = None
    detail: dict[str, Any] | None = None


class _Entry(NamedTuple):
    """A change as it will be written down."""

    row: int
    row_id: str | None
    action: str
    before: Cells | None
    after: Cells | None


# --------------------------------------------------------------- reading


def changes(database: sqlite3.Connection, where: str = "1", *given: object) -> Iterator[Change]:
    """Read changes, the first one first."""
    for row in database.execute(f"{_SELECT} WHERE {where} ORDER BY sequence", given):
        yield from_row(row)


def tip(database: sqlite3.Connection) -> tuple[int, str]:
    """Give the sequence and the hash of the last change; 0 and zeros where there is none."""
    found = database.execute(
        "SELECT sequence, hash FROM changes ORDER BY sequence DESC LIMIT 1"
    ).fetchone()
    return (0, FIRST) if found is None else (int(found[0]), str(found[1]))


def row_of(
    database: sqlite3.Connection, name: str, row: int, kinds: dict[str, Kind] | None = None
) -> Cells | None:
    """Give the values of a row that are not missing; None where the layer has no such row."""
    kinds = columns_of(database, name) if kinds is None else kinds
    listed = ", ".join(file_column(column) for column in kinds)
    found = database.execute(f"SELECT {listed} FROM {name} WHERE fid = ?", (row,)).fetchone()
    return None if found is None else cells_from(found, kinds)


def cells_from(found: Iterable[object], kinds: dict[str, Kind]) -> Cells:
    """Read a row of a layer: its values that are not missing."""
    read = (
        (column, from_file(cell, kind))
        for cell, (column, kind) in zip(found, kinds.items(), strict=True)
        if cell is not None
    )
    return {column: value for column, value in read if value is not None}


def file_column(column: str) -> str:
    """Name a column as the file has it, for SQL."""
    return "geom" if column == GEOMETRY else quoted(column)


def find(database: sqlite3.Connection, name: str, row_id: str) -> int | None:
    """Give the ``fid`` of the row with an id; None where the layer has none."""
    found = database.execute(f"SELECT fid FROM {name} WHERE id = ?", (row_id,)).fetchone()
    return None if found is None else int(found[0])


def require(database: sqlite3.Connection, name: str, row_id: str) -> int:
    """Give the ``fid`` of the row with an id, or refuse."""
    row = find(database, name, row_id)
    if row is None:
        raise UnknownRowError(
            text(
                "There is no '{id}' in {table}. Look its id up in the table.",
                id=row_id,
                table=name,
            )
        )
    return row


def last_known(database: sqlite3.Connection, name: str, row_id: str) -> int | None:
    """Give the ``fid`` of the row that has an id, or had it last."""
    row = find(database, name, row_id)
    if row is not None:
        return row
    found = database.execute(
        "SELECT row FROM changes WHERE table_name = ? AND row_id = ? ORDER BY sequence DESC",
        (name, row_id),
    ).fetchone()
    return None if found is None else int(found[0])


# --------------------------------------------------------------- writing


def record(
    database: sqlite3.Connection, office: str, edits: Iterable[Edit], *, batch: int | None = None
) -> list[int]:
    """Change rows and write it down; inside a transaction of the caller.

    Parameters
    ----------
    database : sqlite3.Connection
    office : str
        Who signs.
    edits : iterable of Edit
        In order. They make one batch.
    batch : int, optional
        The batch that they go on with. Default: a new one.

    Returns
    -------
    list of int
        The sequences of the changes, one for each edit and one for each change that another
        program had made before; nothing for an edit that changes nothing.
    """
    sequence, previous = tip(database)
    batch, at = sequence + 1 if batch is None else batch, _now()
    kinds: dict[str, dict[str, Kind]] = {}
    places: dict[str, list[Value]] = {}
    written = []
    for edit in edits:
        name = edit.table_name
        if name not in kinds:
            kinds[name] = columns_of(database, name)
        _make_room(database, edit, kinds)
        for entry in _entries(database, edit, kinds[name]):
            sequence += 1
            is_own = entry.action == edit.action
            change = signed(
                Change(
                    sequence, batch, office, at, name, *entry[:3],
                    edit.about if is_own else None, edit.detail if is_own else None,
                    entry.before, entry.after, new_secret(), None, previous, "",
                )
            )  # fmt: skip
            database.execute(_INSERT, to_row(change))
            previous = change.hash
            written.append(sequence)
            places.setdefault(name, []).append((entry.after or {}).get(GEOMETRY))
    for name, listed in places.items():
        dress_for(database, name, kinds[name], listed)
    return written


def append(database: sqlite3.Connection, change: Change) -> Change:
    """Write down a change that changes no row, after the last one."""
    sequence, previous = tip(database)
    made = signed(
        change._replace(
            sequence=sequence + 1, batch=sequence + 1, at=_now(), previous=previous, remains=None
        )
    )
    database.execute(_INSERT, to_row(made))
    return made


def _now() -> str:
    return f"{dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _make_room(database: sqlite3.Connection, edit: Edit, kinds: dict[str, dict[str, Kind]]) -> None:
    """Make the known columns that an edit needs and the layer lacks."""
    name = edit.table_name
    lacking = [column for column in edit.values or () if column not in kinds[name]]
    if lacking:
        known = layer_kinds(name)
        add_columns(database, name, {column: known.get(column, "TEXT") for column in lacking})
        kinds[name] = columns_of(database, name)


def _entries(database: sqlite3.Connection, edit: Edit, kinds: dict[str, Kind]) -> Iterator[_Entry]:
    """Change one row; say what is to be written down of it."""
    name = edit.table_name
    if edit.row is None or (there := row_of(database, name, edit.row, kinds)) is None:
        if edit.row is not None and (stated := _stated(database, name, edit.row, {*kinds})):
            lost: Cells = {column: value for column, value in stated.items() if value is not None}
            yield _Entry(edit.row, _id(lost), "outside", lost, None)
        if edit.values is not None:
            after: Cells = {
                column: value for column, value in edit.values.items() if value is not None
            }
            row = _insert(database, name, edit.row, after)
            yield _Entry(row, _id(after), edit.action, None, after)
        return
    touched = there if edit.values is None else edit.values
    yield from _from_outside(database, name, edit.row, there, touched)
    if edit.values is None:
        database.execute(f"DELETE FROM {name} WHERE fid = ?", (edit.row,))
        yield _Entry(edit.row, _id(there), edit.action, there, None)
        return
    after = {column: value for column, value in edit.values.items() if value != there.get(column)}
    if after or PAIR in (edit.detail or {}):
        if after:
            _update(database, name, edit.row, after)
        before = {column: there.get(column) for column in after}
        yield _Entry(edit.row, _id({**there, **after}), edit.action, before, after)


def _id(cells: Mapping[str, Value]) -> str | None:
    row_id = cells.get("id")
    return None if row_id is None else str(row_id)


def _insert(database: sqlite3.Connection, name: str, row: int | None, cells: Cells) -> int:
    columns = ["fid", *(file_column(column) for column in cells)]
    values = [row, *(_to_file(column, value) for column, value in cells.items())]
    made = database.execute(
        f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(values))})",
        values,
    )
    return int(made.lastrowid or 0)


def _update(database: sqlite3.Connection, name: str, row: int, cells: Cells) -> None:
    placed = ", ".join(f"{file_column(column)} = ?" for column in cells)
    values = [_to_file(column, value) for column, value in cells.items()]
    database.execute(f"UPDATE {name} SET {placed} WHERE fid = ?", [*values, row])


def _to_file(column: str, value: Value) -> object:
    return blob(value) if column == GEOMETRY else value


def _from_outside(
    database: sqlite3.Connection, name: str, row: int, there: Cells, touched: Iterable[str]
) -> Iterator[_Entry]:
    """Write down what another program did to the columns that are about to change."""
    stated = _stated(database, name, row, set(touched))
    if stated is None:  # the row itself came from outside
        yield _Entry(row, _id(there), "outside", None, there)
        return
    before = {
        column: stated.get(column) for column in touched if stated.get(column) != there.get(column)
    }
    if before:
        after = {column: there.get(column) for column in before}
        yield _Entry(row, _id(there), "outside", before, after)


def _stated(database: sqlite3.Connection, name: str, row: int, columns: set[str]) -> Cells | None:
    """Give the values that the audit states for columns of a row; None where it knows no row."""
    found: Cells = {}
    looked_for = set(columns)
    latest = database.execute(
        f"{_SELECT} WHERE table_name = ? AND (row = ? OR row IS NULL) ORDER BY sequence DESC",
        (name, row),
    )
    for change in map(from_row, latest):
        if change.action == "purge":
            looked_for -= purged_columns(change, looked_for)
        elif change.after is None:
            return None
        else:
            seen = looked_for & change.after.keys()
            found |= {column: change.after[column] for column in seen}
            looked_for -= seen
        if not looked_for or (change.before is None and change.action != "purge"):
            latest.close()
            return found
    return None


def purged_columns(change: Change, columns: Iterable[str]) -> set[str]:
    """Say which of some columns a purge has emptied."""
    listed = (change.detail or {}).get("purged", [])
    return set(columns) if ALL in listed else set(columns) & set(listed)


# --------------------------------------------------------------- undoing


def inverses(
    database: sqlite3.Connection, name: str, row_id: str, sequence: int | None
) -> list[Edit]:
    """Say what takes back a change; of two reports that were merged into one, both changes."""
    change = _change_to_undo(database, name, row_id, sequence)
    if PAIR in (change.detail or {}):
        return _unsaid(database, change, row_id)
    merged = list(
        changes(database, "batch = ? AND table_name = ? AND action = 'merge'", change.batch, name)
    )
    if change.action != "merge" or "into" not in (merged[-1].detail or {}):
        return [inverse(database, name, row_id, sequence)]
    return [inverse(database, name, str(one.row_id), one.sequence) for one in merged]


def _unsaid(database: sqlite3.Connection, change: Change, row_id: str) -> list[Edit]:
    """Say the opposite about two reports that were said to be of two events, or no longer."""
    said = change.detail or {}
    detail = {PAIR: said[PAIR], "apart": not said.get("apart")}
    both = changes(database, "batch = ? AND table_name = ?", change.batch, change.table_name)
    edits = [
        Edit(one.table_name, one.row, "undo", {}, about=one.sequence, detail=detail)
        for one in both
        if (one.detail or {}).get(PAIR) == said[PAIR]
        and one.row is not None
        and row_of(database, one.table_name, one.row) is not None
    ]
    if not edits:
        raise _undone_or_changed(database, change, row_id)
    return edits


def inverse(database: sqlite3.Connection, name: str, row_id: str, sequence: int | None) -> Edit:
    """Say what takes back a change: the last one of a row, or the one with this sequence.

    Raises
    ------
    UnknownRowError
        Where the row has no such change.
    ChangedMeanwhileError
        Where what the change made has been changed since.
    InputError
        Where its values have been purged.
    """
    change = _change_to_undo(database, name, row_id, sequence)
    if change.remains is not None or change.action == "purge":
        raise InputError(
            text(
                "Change {sequence} of '{id}' cannot be undone: its values have been purged.",
                sequence=change.sequence,
                id=row_id,
            )
        )
    row = change.row if change.row is not None else 0
    there = row_of(database, name, row)
    if change.after is None:
        stands = there is None
        back = change.before
    elif change.before is None:
        stands = there == change.after
        back = None
    else:
        stands = there is not None and all(
            there.get(column) == value for column, value in change.after.items()
        )
        back = change.before
    wanted = None if back is None else back.get("id")
    taken = None if wanted is None else find(database, name, str(wanted))
    if not stands or taken not in {None, row}:
        raise _undone_or_changed(database, change, row_id)
    return Edit(name, row, "undo", back, about=change.sequence)


def _change_to_undo(
    database: sqlite3.Connection, name: str, row_id: str, sequence: int | None
) -> Change:
    row = last_known(database, name, row_id)
    listed = list(
        changes(database, "table_name = ? AND row = ?", name, row)
        if sequence is None
        else changes(database, "table_name = ? AND row = ? AND sequence = ?", name, row, sequence)
    )
    if not listed:
        raise UnknownRowError(
            text(
                "'{id}' in {table} has no such change. Look its history up.",
                id=row_id,
                table=name,
            )
        )
    return listed[-1]


def _undone_or_changed(
    database: sqlite3.Connection, change: Change, row_id: str
) -> ChangedMeanwhileError:
    columns = set(change.after or change.before or {})
    later = [
        one
        for one in changes(
            database,
            "table_name = ? AND row = ? AND sequence > ?",
            change.table_name,
            change.row,
            change.sequence,
        )
        if not columns.isdisjoint({*(one.before or {}), *(one.after or {})})
    ]
    if not later:
        return ChangedMeanwhileError(
            text(
                "Change {sequence} of '{id}' cannot be undone: another program has changed the "
                "row since. Accept what was changed outside, and undo that first.",
                sequence=change.sequence,
                id=row_id,
            )
        )
    return ChangedMeanwhileError(
        text(
            "Change {sequence} of '{id}' by {office} cannot be undone: change {later} by {other} "
            "({at}) came after it. Undo that first.",
            sequence=change.sequence,
            id=row_id,
            office=change.office,
            later=later[-1].sequence,
            other=later[-1].office,
            at=later[-1].at,
        )
    )


# --------------------------------------------------------------- replaying

State = dict[str, dict[int, Cells]]


def replay(listed: Iterable[Change], state: State) -> State:
    """Bring a state forward by changes: table → ``fid`` → the values that are not missing."""
    for change in listed:
        rows = state.setdefault(change.table_name, {})
        if change.action == "purge":
            _replay_purge(change, rows)
        elif change.row is not None:
            if change.after is None:
                rows.pop(change.row, None)
                continue
            cells = rows.setdefault(change.row, {})
            for column, value in change.after.items():
                if value is None:
                    cells.pop(column, None)
                else:
                    cells[column] = value
    return state


def _replay_purge(change: Change, rows: dict[int, Cells]) -> None:
    if change.row is not None and ALL in (change.detail or {}).get("purged", []):
        rows.pop(change.row, None)
        return
    for row in list(rows) if change.row is None else [change.row]:
        cells = rows.get(row, {})
        for column in purged_columns(change, cells):
            del cells[column]
