"""Joining the registers of two offices, such as one that comes on a memory stick.

The result is the first register with its whole chain, then one batch of changes that brings in what
the second one has besides, headed by a change that names both ends. The second one's chain stands
beside, in ``merged_changes``, as it was signed. Neither file is touched.

Rows are told by ``id``. What only one office changed is taken; where both changed the same columns,
a rule chooses (`geosector.register.settling`) and the conflict is listed: by the hashes of the two
changes, so that the list holds no value of its own that a purge could forget. A row that one office
took out and the other went on changing stays. What either office purged is purged from both.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from geosector.errors import ChangedMeanwhileError, InputError, UnreadableFileError
from geosector.language import text
from geosector.register import audit, ledger, purging
from geosector.register.cells import GEOMETRY, Cells, Kind, Value, fit, shape_of
from geosector.register.chain import FIRST, Change, new_secret, to_row
from geosector.register.kinship import (
    FILE,
    Merged,
    Side,
    look_at,
    merged_changes,
    merges,
    name_of_merge,
    rows_in_common,
    rows_now,
)
from geosector.register.ledger import ALL, Edit
from geosector.register.log import require_own_log
from geosector.register.purging import Wish
from geosector.register.schema import (
    TABLES,
    add_columns,
    columns_of,
    file_names,
    prepare,
    quoted,
)
from geosector.register.settling import Account, settle
from geosector.storage import (
    AnyPath,
    atomic_path,
    copy_database,
    database_errors,
    open_database,
    transaction,
)
from geosector.tables import is_office_code

CONFLICT_COLUMNS = (
    "merge", "table", "id", "column", "first", "second", "kept", "rule", "decided",
)  # fmt: skip
_STAYS, _PURGED = "row stays", "purged"


class Found(NamedTuple):
    """A conflict: where, by which changes (hashes), and the rule that chose."""

    table_name: str
    row_id: str
    column: str | None
    first: str | None
    second: str | None
    rule: str


# --------------------------------------------------------------- merging


def bring_in(
    database: sqlite3.Connection, other: sqlite3.Connection, office: str, names: tuple[str, str]
) -> int | None:
    """Bring into a register what another one has besides; both are copies that may be changed.

    Parameters
    ----------
    database : sqlite3.Connection
        Inside a transaction of the caller. It becomes the result.
    other : sqlite3.Connection
        Inside a transaction that the caller takes back: purges and edits of other programs are
        written down in it, to be brought along.
    office : str
        Who signs.
    names : tuple of two str
        How errors call the two.

    Returns
    -------
    int or None
        Sequence of the change that heads the merge; None where there was nothing to bring in.

    Raises
    ------
    UnreadableFileError
        Where the chain of one of them does not hold.
    """
    ours, theirs = look_at(database), look_at(other)
    ends = (ours.tip, theirs.tip)
    is_new = theirs.tip not in {FIRST, *ours.known}
    edited = False
    for one, name in ((database, names[0]), (other, names[1])):
        edited = bool(ledger.record(one, office, list(audit.outside_edits(one))))
        _require_whole(one, name)
    if not is_new and not edited:
        return None
    _follow_purges(database, office, theirs, ours)
    _follow_purges(other, office, ours, theirs)
    before, theirs = look_at(database), look_at(other)
    columns = {name: list(columns_of(database, name)) for name in TABLES}
    _columns_for(database, other)
    edits, conflicts = _compare(before, theirs)
    if not is_new and not edits:
        _drop_columns(database, columns)
        return None
    said = {"merge": name_of_merge(*ends), "end": theirs.tip, "columns": columns}
    head = _write_head(database, office, conflicts, said)
    ledger.record(database, office, edits, batch=head)
    _drop_columns(database, columns)
    _keep_chain(database, before, theirs, head)
    return head


def _require_whole(database: sqlite3.Connection, name: str) -> None:
    found = audit.problems_inside(database, name, None)
    if found:
        raise UnreadableFileError(
            text(
                "{path} is not merged: its changes do not hold ({given}). See what geosector check "
                "says.",
                path=name,
                given=found[0].given,
            )
        )


def _write_head(
    database: sqlite3.Connection, office: str, conflicts: list[Found], said: dict[str, Any]
) -> int:
    listed: list[list[Any]] = [[*one] for one in conflicts]
    for one in listed:
        # No id of a row: it may be purged later.
        one[1] = ledger.last_known(database, str(one[0]), str(one[1]))
    head = Change(
        0, 0, office, "", FILE, None, None, "merge", None, {**said, "conflicts": listed}, None,
        None, new_secret(), None, FIRST, "",
    )  # fmt: skip
    return ledger.append(database, head).sequence


# --------------------------------------------------------------- purges


def _follow_purges(database: sqlite3.Connection, office: str, of: Side, to: Side) -> None:
    """Purge in a register what another one has purged, where it does not know that yet."""
    every = [Merged(change, 0, change.row) for change in of.main] + of.merged
    ids = {name: _every_id(database, name) for name in TABLES}
    known, digests = set(to.known), _Digests(ids)
    for purge, _, row in every:
        detail = purge.detail or {}
        by = str(detail.get("by", purge.hash))
        if purge.action != "purge" or {by, purge.hash} & known:
            continue
        known.add(by)
        name = purge.table_name
        row_id = purge.row_id if purge.row_id in ids[name] else digests.find(purge)
        rows: set[int | None] = set()
        if row is None:
            rows = {None} if ids[name] else set()
        else:
            rows |= set() if row_id is None else {*purging.rows_of(database, name, row_id)}
            rows |= _same_rows(of, to, name, row)
        columns = None if ALL in detail["purged"] else detail["purged"]
        wish = Wish(row_id, columns, by)
        purging.take_rows_out(database, office, name, sorted(rows, key=str), wish)


def _every_id(database: sqlite3.Connection, name: str) -> set[str]:
    found = database.execute(
        f"SELECT id FROM {name} WHERE id NOT NULL UNION "
        "SELECT row_id FROM changes WHERE table_name = :name AND row_id NOT NULL UNION "
        "SELECT row_id FROM merged_changes WHERE table_name = :name AND row_id NOT NULL",
        {"name": name},
    )
    return {str(one) for (one,) in found}


class _Digests:
    """The ids of a register under the salts of others, to tell which one a purge took."""

    def __init__(self, ids: dict[str, set[str]]) -> None:
        self._ids = ids
        self._found: dict[tuple[str, str], dict[str, str]] = {}

    def find(self, purge: Change) -> str | None:
        tombstone = (purge.detail or {}).get("tombstone")
        if tombstone is None:
            return None
        salt, digest = tombstone
        name = purge.table_name
        if (salt, name) not in self._found:
            self._found[salt, name] = {
                purging.id_digest(salt, name, one): one for one in self._ids[name]
            }
        return self._found[salt, name].get(digest)


def _same_rows(of: Side, to: Side, name: str, row: int) -> set[int]:
    """Find the rows of a register that the same changes made as a row of another one."""
    made = {change.hash for change in of.main if (change.table_name, change.row) == (name, row)}
    made |= {
        change.hash for change, _, here in of.merged if (change.table_name, here) == (name, row)
    }
    rows = {change.row for change in to.main if change.hash in made}
    rows |= {here for change, _, here in to.merged if change.hash in made}
    return {row for row in rows if row is not None}


# --------------------------------------------------------------- rows


def _columns_for(database: sqlite3.Connection, other: sqlite3.Connection) -> None:
    """Give the layers the columns that only the other register has."""
    for name in TABLES:
        there, wanted = columns_of(database, name), columns_of(other, name)
        names = file_names((one for one in wanted if one != GEOMETRY), there)
        lacking = {column: wanted[one] for one, column in names.items() if column not in there}
        add_columns(database, name, lacking)


def _compare(ours: Side, theirs: Side) -> tuple[list[Edit], list[Found]]:
    """Say what must become of our rows, and list what was changed on both sides."""
    mine, yours, common = rows_now(ours), rows_now(theirs), rows_in_common(ours, theirs)
    writers = (_Writers(ours), _Writers(theirs))
    edits: list[Edit] = []
    conflicts: list[Found] = []
    for name in TABLES:
        kinds = columns_of(ours.database, name)
        added = _first_added(ours, name), _first_added(theirs, name)
        for row_id in dict.fromkeys([*mine[name], *yours[name]]):
            one = mine[name].get(row_id)
            other = _fitted(yours[name].get(row_id), kinds)
            was = _fitted(common[name].get(row_id), kinds)
            if one == other:
                continue
            if was is None and (first := added[0].get(row_id)) == added[1].get(row_id):
                was = first
            wanted, found = _joined(name, (one, other), was, (writers, row_id))
            conflicts += found
            if wanted != one:
                edits.append(_edit(ours.database, name, row_id, (one, wanted)))
    return edits, conflicts


def _first_added(side: Side, name: str) -> dict[str, Cells]:
    """Give the rows as they were first added: two offices may begin with the same list."""
    found: dict[str, Cells] = {}
    for change in side.main:
        if (change.table_name, change.action) == (name, "add") and change.after is not None:
            found.setdefault(str(change.row_id), change.after)
    return found


def _fitted(cells: Cells | None, kinds: dict[str, Kind]) -> Cells | None:
    """Bring a row of the other register into our columns, as far as they can hold it."""
    if cells is None:
        return None
    names = file_names((column for column in cells if column != GEOMETRY), kinds)
    names[GEOMETRY] = GEOMETRY
    fitted: Cells = {}
    for column, value in cells.items():
        name = names[column]
        kind = kinds.get(name, "TEXT")
        if kind == "GEOMETRY":
            fitted[name] = value
            continue
        try:
            fitted[name] = fit(value, kind, name)
        except InputError:
            # The same word is a number there and a text here: both stay, side by side.
            fitted[f"{name}_merged"] = str(value)
    return fitted


def _joined(
    name: str,
    rows: tuple[Cells | None, Cells | None],
    was: Cells | None,
    asked: tuple[tuple[_Writers, _Writers], str],
) -> tuple[Cells | None, list[Found]]:
    """Join two accounts of a row, of which one may be that it is not there."""
    (first, second), row_id = asked
    one, other = rows
    if one is None or other is None:
        stays = other if one is None else one
        if was is None:
            return stays, []  # only one office ever had it
        if stays == was:
            return None, []  # the other one took it out
        return stays, [
            Found(name, row_id, None, first.last(name, row_id), second.last(name, row_id), _STAYS)
        ]
    accounts = (
        Account(one, first.moments(name, row_id, one)),
        Account(other, second.moments(name, row_id, other)),
    )
    settled, found = settle(name, accounts, was)
    return settled, [
        Found(
            name, row_id, column,
            first.hash(name, row_id, column, one), second.hash(name, row_id, column, other), rule,
        )
        for column, rule in found
    ]  # fmt: skip


class _Writers:
    """Which change wrote the values of a row, in one register; read when it is first asked."""

    def __init__(self, side: Side) -> None:
        self._side = side
        self._changes: dict[tuple[str, str], list[Change]] | None = None

    def _of(self, name: str, row_id: str) -> list[Change]:
        if self._changes is None:
            self._changes = {}
            every = [*(one.change for one in self._side.merged), *self._side.main]
            for change in every:
                key = (change.table_name, str(change.row_id))
                self._changes.setdefault(key, []).append(change)
        return self._changes.get((name, row_id), [])

    def last(self, name: str, row_id: str) -> str | None:
        """Give the hash of the last change of a row."""
        found = self._of(name, row_id)
        return found[-1].hash if found else None

    def hash(self, name: str, row_id: str, column: str, cells: Cells) -> str | None:
        """Give the hash of the change that wrote the value of a column."""
        found = self._writer(name, row_id, column, cells)
        return None if found is None else found.hash

    def moments(self, name: str, row_id: str, cells: Cells) -> dict[str, str]:
        """Say when each value was written; of what other programs wrote, nobody knows when."""
        columns = {column: None for change in self._of(name, row_id) for column in _values(change)}
        written = {
            column: self._writer(name, row_id, column, cells) for column in [*columns, *cells]
        }
        return {
            column: change.at
            for column, change in written.items()
            if change is not None and change.action != "outside"
        }

    def _writer(self, name: str, row_id: str, column: str, cells: Cells) -> Change | None:
        found = [
            change
            for change in self._of(name, row_id)
            if column in _values(change) and _values(change)[column] == cells.get(column)
        ]
        # A merge only passes on what an office wrote, unless nobody wrote just this.
        own = [change for change in found if change.action != "merge"]
        return max(own or found, key=lambda change: change.at, default=None)


def _values(change: Change) -> Cells:
    return change.after or {}


def _edit(
    database: sqlite3.Connection, name: str, row_id: str, rows: tuple[Cells | None, Cells | None]
) -> Edit:
    there, wanted = rows
    row = ledger.last_known(database, name, row_id)
    if wanted is None or there is None:
        return Edit(name, row, "merge", wanted)
    changed = {
        column: wanted.get(column)
        for column in {**there, **wanted}
        if wanted.get(column) != there.get(column)
    }
    return Edit(name, row, "merge", changed)


# --------------------------------------------------------------- the chain that is kept beside


def _keep_chain(database: sqlite3.Connection, ours: Side, theirs: Side, head: int) -> None:
    """Keep what the other register had written down, as it was signed there."""
    rows = _rows_here(database, ours, theirs)
    fields = ", ".join(Change._fields)
    marks = ", ".join("?" * len(Change._fields))
    listed = [
        *theirs.merged,
        *(Merged(change, 0, change.row) for change in theirs.main),
    ]
    for one in listed:
        if one.change.hash in ours.known:
            continue
        key = (one.change.table_name, one.here)
        database.execute(
            f"INSERT INTO merged_changes ({fields}, source, here) VALUES ({marks}, ?, ?)",
            (*to_row(one.change), head, rows.get(key)),
        )


def _rows_here(
    database: sqlite3.Connection, ours: Side, theirs: Side
) -> dict[tuple[str, int | None], int]:
    """Say which row of this file each row of the other register is."""
    main = {change.hash: change.row for change in ours.main}
    rows: dict[tuple[str, int | None], int] = {}
    lowest = min((one.here or 0 for one in merged_changes(database)), default=0)
    lowest = min(lowest, 0)
    every = [*theirs.merged, *(Merged(change, 0, change.row) for change in theirs.main)]
    for change, _, row in every:
        key = (change.table_name, row)
        if row is None or change.table_name not in TABLES:
            continue
        here = main.get(change.hash)
        if here is None and change.row_id is not None and rows.get(key, -1) < 0:
            here = ledger.last_known(database, change.table_name, change.row_id)
        if here is not None:
            rows[key] = here
        elif key not in rows:
            lowest -= 1
            rows[key] = lowest
    return rows


# --------------------------------------------------------------- taking a merge back


def take_back(database: sqlite3.Connection, office: str, sequence: int | None) -> int:
    """Take back a merge: every row is as it was before, but for what was purged since.

    Parameters
    ----------
    database : sqlite3.Connection
        Inside a transaction of the caller.
    office : str
        Who signs.
    sequence : int or None
        The merge; None for the last one.

    Returns
    -------
    int
        Sequence of the change that says so.

    Raises
    ------
    InputError
        Where there is no such merge.
    ChangedMeanwhileError
        Where a row that it changed was changed since.
    """
    heads = merges(ledger.changes(database))
    head = heads.get(max(heads, default=0) if sequence is None else sequence)
    if head is None:
        raise InputError(text("The register holds no such merge. Look at its changes."))
    listed = list(
        ledger.changes(database, "batch = ? AND sequence > ?", head.sequence, head.sequence)
    )
    edits = [_inverse(database, change) for change in reversed(listed) if not _is_gone(change)]
    undone = Change(
        0, 0, office, "", FILE, None, None, "undo", head.sequence, None, None, None, new_secret(),
        None, FIRST, "",
    )  # fmt: skip
    made = ledger.append(database, undone).sequence
    ledger.record(database, office, edits, batch=made)
    _drop_columns(database, (head.detail or {}).get("columns", {}))
    return made


def _is_gone(change: Change) -> bool:
    return change.action != "merge" or (change.remains is not None and change.row_id is None)


def _inverse(database: sqlite3.Connection, change: Change) -> Edit:
    name, row = change.table_name, change.row or 0
    there = ledger.row_of(database, name, row)
    gone = {one.partition(":")[2] for one in (change.remains or {}).get("digests", {})}
    after = change.after
    stands = (
        there is None
        if after is None
        else there is not None
        and all(there.get(one) == value for one, value in after.items() if one not in gone)
        and (change.before is not None or there.keys() == after.keys())
    )
    if not stands:
        raise ChangedMeanwhileError(
            text(
                "The merge is not taken back: '{id}' in {table} was changed since. Undo that "
                "first.",
                id=change.row_id,
                table=name,
            )
        )
    return Edit(name, row, "undo", change.before, about=change.sequence)


def _drop_columns(database: sqlite3.Connection, before: dict[str, list[str]]) -> None:
    """Take away the columns that came with the merge, where nothing stands in them."""
    for name, columns in before.items():
        for column in columns_of(database, name).keys() - {*columns}:
            held = database.execute(f"SELECT 1 FROM {name} WHERE {quoted(column)} NOT NULL LIMIT 1")
            if held.fetchone() is None:
                database.execute(f"ALTER TABLE {name} DROP COLUMN {quoted(column)}")


# --------------------------------------------------------------- conflicts, for people


def conflicts(database: sqlite3.Connection) -> pd.DataFrame:
    """List the conflicts of all merges that were not taken back, and what was purged with them."""
    main = list(ledger.changes(database))
    beside = merged_changes(database)
    by_hash = {change.hash: change for change in [*main, *(one.change for one in beside)]}
    told = [
        _told(database, head, listed, (main, by_hash))
        for head in merges(main).values()
        for listed in (head.detail or {}).get("conflicts", [])
    ]
    told += _purged(main, beside)
    return pd.DataFrame(told, columns=list(CONFLICT_COLUMNS), dtype="object").astype(
        {"merge": "Int64", "decided": "bool"}
    )


def _told(
    database: sqlite3.Connection,
    head: Change,
    listed: list[Any],
    known: tuple[list[Change], dict[str, Change]],
) -> tuple[Any, ...]:
    name, row, column, first, second, rule = listed
    main, by_hash = known
    values: list[str | None]
    kept: str | None
    there = ledger.row_of(database, name, row) or {}
    since = [
        change
        for change in main
        if change.batch > head.sequence and (change.table_name, change.row) == (name, row)
    ]
    decided = any(
        change.after is None or column is None or column in change.after for change in since
    )
    if column is None:
        values = [
            text("no row") if change is None or change.after is None else text("a row")
            for change in (by_hash.get(first), by_hash.get(second))
        ]
        kept = text("a row") if there else text("no row")
    else:
        values = [_shown(column, by_hash.get(one)) for one in (first, second)]
        kept = _value(column, there.get(column))
    return (head.sequence, name, there.get("id"), column, *values, kept, rule, decided)


def _shown(column: str, change: Change | None) -> str | None:
    return None if change is None else _value(column, (change.after or {}).get(column))


def _value(column: str, value: Value) -> str | None:
    if value is None:
        return None
    return str(shape_of(value)) if column == GEOMETRY else str(value)


def _purged(main: Iterable[Change], beside: Iterable[Merged]) -> Iterator[tuple[Any, ...]]:
    """Tell what was purged because the other office had purged it; a value is not told."""
    every = [(change.sequence, change) for change in main]
    every += [(one.source, one.change) for one in beside]
    for sequence, change in every:
        if change.action == "purge" and "by" in (change.detail or {}):
            columns = ", ".join((change.detail or {})["purged"])
            yield (
                sequence, change.table_name, change.row_id, columns, None, None, None, _PURGED,
                True,
            )  # fmt: skip


# --------------------------------------------------------------- files


class Merger(NamedTuple):
    """What came of a merge.

    ``sequence`` is that of the change that heads it, None where the second register held nothing
    new; ``conflicts`` is the table that `geosector.Register.conflicts` gives.
    """

    sequence: int | None
    conflicts: pd.DataFrame


def merge_registers(
    first: AnyPath, second: AnyPath, out: AnyPath, *, office: str = "MERGE"
) -> Merger:
    """Join the registers of two offices into a new file; neither of the two is touched.

    Parameters
    ----------
    first, second : str or path
        Two registers, also on a write-protected memory stick. Whichever is named first, the rows
        are the same.
    out : str or path
        The GeoPackage to write: the changes of the first one, then one batch that brings in what
        the second one has besides. A file that stands there is replaced.
    office : str
        Code of the office that signs the merge.

    Returns
    -------
    Merger

    Raises
    ------
    UnreadableFileError
        Where one of them is no register, or its changes do not hold.
    InputError
        Where the office is no code, or the result would replace one of the two.
    StorageError
        Where it could not be written. Nothing was changed then.

    Notes
    -----
    Rows are told by ``id``. A value that one office changed is taken. Where both changed the same
    columns, the more careful status, the smaller capacity, the earlier last day, wider ranges of
    casualties and else what was written later are kept, and the conflict is listed. A row that one
    office took out while the other changed it stays. What one office purged is purged.

    Examples
    --------
    >>> import tempfile
    >>> import geopandas as gpd
    >>> from geosector.register.book import Register
    >>> folder = tempfile.TemporaryDirectory()
    >>> one, other, out = (f"{folder.name}/synthetic-{name}.gpkg" for name in ("a", "b", "r"))
    >>> for path, status in ((one, "open"), (other, "closed")):
    ...     shelters = gpd.GeoDataFrame(
    ...         {"id": ["s1"], "kind": "shelter", "name": [None], "status": status},
    ...         geometry=gpd.points_from_xy([37.1], [36.1]), crs="EPSG:4326")
    ...     with Register(path, office="IDL-OPS") as register:
    ...         _ = register.add("facilities", shelters)
    >>> merged = merge_registers(one, other, out)
    >>> merged.conflicts[["id", "column", "first", "second", "kept", "rule"]]
       id  column first  second    kept     rule
    0  s1  status  open  closed  closed  careful
    >>> merge_registers(one, f"{folder.name}/none.gpkg", out)
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: ...none.gpkg is not there. Give a file that exists.
    >>> folder.cleanup()
    """
    if not is_office_code(office):
        raise InputError(
            text(
                "'{office}' is not the code of an office. Give one such as IDL-OPS: short, "
                "without blanks, and no name of a person.",
                office=office,
            )
        )
    require_other(Path(out), (Path(first), Path(second)))
    with atomic_path(out, mode=0o600) as temporary:
        beside = temporary.with_name(f"{temporary.stem}.other{temporary.suffix}")
        with (
            closing(_copy(first, temporary)) as database,
            closing(_copy(second, beside)) as other,
        ):
            names = (str(first), str(second))
            with transaction(database, out), _taken_back(other):
                sequence = bring_in(database, other, office, names)
            with database_errors(out):
                purging.sweep(database)
                found = conflicts(database)
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Merger(sequence, found)


def _copy(path: AnyPath, copy: Path) -> sqlite3.Connection:
    """Open a private copy of a register, so that the original is only read."""
    copy_database(path, copy)
    with database_errors(path):
        if not copy.stat().st_size:
            raise UnreadableFileError(text("{path} is empty.", path=str(path)))
    require_own_log(copy, called=path)
    database = open_database(copy)
    try:
        prepare(database, path)
        with database_errors(path):
            purging.sweep(database)
    except (InputError, OSError):
        database.close()
        raise
    return database


@contextmanager
def _taken_back(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN")
    try:
        yield
    finally:
        database.execute("ROLLBACK")


def require_other(path: Path, others: Iterable[Path]) -> None:
    """Refuse a result that would replace one of the registers, or one that is in use."""
    if path.resolve() in {other.resolve() for other in others}:
        raise InputError(
            text(
                "{file} would be replaced by what this command writes. Write elsewhere.", file=path
            )
        )
    log = path.resolve().with_name(f"{path.resolve().name}-wal")
    if log.exists() and log.stat().st_size:
        raise InputError(
            text("{path} is in use by another program. Write elsewhere.", path=str(path))
        )
