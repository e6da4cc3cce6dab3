"""The register as planners use it: add, change, close, undo; what is, what was, who did it."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, NamedTuple, Self

import geopandas as gpd
import numpy as np
import pandas as pd

from geosector.crs import require_crs, to_wgs84
from geosector.errors import ChangedMeanwhileError, InputError, StorageError, UnreadableFileError
from geosector.language import text
from geosector.register import apart, audit, deciding, ledger, merging, purging
from geosector.register.cells import (
    GEOMETRY,
    Cells,
    Kind,
    Value,
    fit,
    frame,
    is_missing,
    kind_for,
    shape_of,
)
from geosector.register.chain import Change
from geosector.register.deciding import Decided
from geosector.register.duplicates import THRESHOLD, propose_duplicates
from geosector.register.ledger import Edit
from geosector.register.log import require_own_log
from geosector.register.near import LiveFacilities
from geosector.register.schema import (
    CLOSED_ON,
    TABLES,
    add_columns,
    columns_of,
    file_names,
    layer_kinds,
    prepare,
    require_layer,
    version_of,
)
from geosector.register.styles import dress
from geosector.storage import AnyPath, Database, database_errors, transaction
from geosector.tables import content_ids, is_office_code, problems_table, require_table, table

HISTORY_COLUMNS = ("sequence", "office", "at", "action", "column", "before", "after", "about")


class Head(NamedTuple):
    """The end of the chain: written down elsewhere, it proves that nothing was cut off."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"


class Near(NamedTuple):
    """A facility near a point."""

    id: str
    distance_m: float


class Register:
    """Facilities and incidents that change over time, in one GeoPackage.

    Several programs, and several computers one after the other, may use the file. Each call is
    whole and on the disk when it returns, or nothing of it happened. Every change is written down
    with the office, the moment, and what was there before and after, in a chain that
    `verify` checks. The file is not encrypted; a new one is readable by its owner only.

    Parameters
    ----------
    path : str or path
        The GeoPackage. It must lie on a disk of this computer, not on a network drive.
    office : str, optional
        Code of the office that signs changes, such as ``IDL-OPS``; never the name of a person.
        Without one the register is only read.
    create : bool
        Make the file where there is none.

    Raises
    ------
    UnreadableFileError
        Where the file is torn, or something else than a register, or was written by a newer
        version, or is not there and none is to be made.
    InputError
        Where the office is not a code.
    StorageError
        Where the file cannot be made, or stays busy.

    Notes
    -----
    One object is for one thread and one process: others open the file themselves. Rows are told
    by ``id`` within their table. Salts in the file are random: it is the one file of geosector
    that is not the same when it is made again from the same input.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> shelters = gpd.GeoDataFrame(
    ...     {"id": ["s1", "s2"], "kind": "shelter", "status": "open", "capacity": [40, None]},
    ...     geometry=gpd.points_from_xy([37.10, 37.11], [36.10, 36.10]), crs="EPSG:4326")
    >>> register = Register(f"{folder.name}/synthetic.gpkg", office="IDL-OPS")
    >>> register.add("facilities", shelters).tolist()
    ['s1', 's2']
    >>> register.change("facilities", "s1", {"capacity": 55}, expected={"capacity": 40})
    3
    >>> register.close("facilities", "s1", day="2026-11-27")
    4
    >>> register.history("facilities", "s1")[["sequence", "action", "column", "after"]].tail(3)
       sequence  action    column       after
    5         3  change  capacity        55.0
    6         4   close    status      closed
    7         4   close  valid_to  2026-11-27
    >>> register.undo("facilities", "s1")
    5
    >>> register.verify().empty
    True
    >>> register.change("facilities", "s9", {"capacity": 1})
    Traceback (most recent call last):
    ...
    geosector.errors.UnknownRowError: There is no 's9' in facilities. Look its id up in the table.
    >>> register.shut()
    >>> folder.cleanup()
    """

    def __init__(self, path: AnyPath, *, office: str | None = None, create: bool = True) -> None:
        if office is not None and not is_office_code(office):
            raise InputError(
                text(
                    "'{office}' is not the code of an office. Give one such as IDL-OPS: short, "
                    "without blanks, and no name of a person.",
                    office=office,
                )
            )
        self.path = path
        self.office = office
        self._create = create
        self._held = Database(
            path, create=create and office is not None, prepare=self._prepare, look=require_own_log
        )
        self._live = LiveFacilities()

    def _prepare(self, database: sqlite3.Connection) -> None:
        may_make = self._create and self.office is not None
        if not may_make and version_of(database, self.path) == 0:
            raise UnreadableFileError(text("{path} is empty.", path=str(self.path)))
        prepare(database, self.path, migrate=self.office is not None)
        if self.office is not None:
            with database_errors(self.path):
                purging.sweep(database)

    @property
    def _database(self) -> sqlite3.Connection:
        return self._held.connection()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shut()

    def shut(self) -> None:
        """Let go of the file; the last program to do so brings its log into it."""
        self._held.close()

    # ----------------------------------------------------------- changing

    def add(self, name: str, rows: gpd.GeoDataFrame) -> pd.Series:
        """Add rows.

        A row that was added before, with the same id and the same content, is not added again:
        after a crash the same call can be repeated.

        Parameters
        ----------
        name : str
            ``facilities`` or ``incidents``.
        rows : geopandas.GeoDataFrame
            A checked table (`geosector.read_facilities`, `geosector.read_incidents`), in any
            coordinate system. Unknown columns are kept.

        Returns
        -------
        pandas.Series of str
            The ids, on the index of ``rows``.

        Raises
        ------
        InputError
            Where no office was given, a column cannot hold a value, an id comes twice, or is
            there already with another content.
        MissingCRSError
            Where the table has no coordinate system.
        StorageError
            Where it could not be written; nothing was added then.
        """
        rows = _in_degrees(require_table(rows, name), name)
        ids = _ids(rows)
        with self._changing() as (database, office):
            kinds = _room_for(database, require_layer(name), rows)
            wanted = _cells(rows.assign(id=ids), kinds, name)
            edits = [
                Edit(name, None, "add", cells)
                for cells in wanted
                if not self._is_there(name, cells)
            ]
            ledger.record(database, office, edits)
        return ids

    def change(
        self,
        name: str,
        row_id: str,
        values: Mapping[str, object],
        *,
        expected: Mapping[str, object] | None = None,
    ) -> int:
        """Change a row.

        Parameters
        ----------
        name : str
            ``facilities`` or ``incidents``.
        row_id : str
            The row.
        values : mapping
            Column → new value; None empties it. ``geometry`` takes a shape in EPSG:4326.
        expected : mapping, optional
            Column → the value that whoever changes it has seen. Where another one stands there,
            nothing is changed.

        Returns
        -------
        int
            Sequence of the change; of the row's last one where everything stands there already.

        Raises
        ------
        UnknownRowError
            Where no row has this id.
        ChangedMeanwhileError
            Where the row is not as expected: it names who changed it.
        InputError
            Where a column cannot hold a value.
        StorageError
            Where it could not be written; nothing was changed then.
        """
        return self._change(name, row_id, "change", values, expected)

    def close(
        self, name: str, row_id: str, *, day: dt.date | str | None = None, status: str = "closed"
    ) -> int:
        """Close a row: it stays, and no longer counts as open.

        Parameters
        ----------
        name : str
            ``facilities`` get the status and ``valid_to``; ``incidents`` get ``closed_on``.
        row_id : str
            The row.
        day : datetime.date or str, optional
            Last day on which it was open. Default: today, as this computer shows it.
        status : str
            For facilities, ``closed`` or ``damaged``.

        Returns
        -------
        int
            Sequence of the change.

        Raises
        ------
        UnknownRowError, InputError, StorageError
            As `change`.
        """
        last = _today() if day is None else day
        values = {"status": status, "valid_to": last} if name == "facilities" else {CLOSED_ON: last}
        return self._change(name, row_id, "close", values, None)

    def undo(self, name: str, row_id: str, *, sequence: int | None = None) -> int:
        """Take back a change; that is a change itself, which can be undone.

        Parameters
        ----------
        name : str
            ``facilities`` or ``incidents``.
        row_id : str
            The row, also one that is no longer there.
        sequence : int, optional
            The change. Default: the last one of the row.

        Returns
        -------
        int
            Sequence of the new change.

        Raises
        ------
        UnknownRowError
            Where there is no such change.
        ChangedMeanwhileError
            Where a later change stands in the way: it is named.
        InputError
            Where the values have been purged.
        """
        with self._changing() as (database, office):
            edits = ledger.inverses(database, require_layer(name), row_id, sequence)
            return ledger.record(database, office, edits)[-1]

    @contextmanager
    def _changing(self) -> Iterator[tuple[sqlite3.Connection, str]]:
        if self.office is None:
            raise InputError(
                text(
                    "{path} was opened without an office, to be read only. Open it with the code "
                    "of the office that signs.",
                    path=str(self.path),
                )
            )
        database = self._database
        with transaction(database, self.path):
            yield database, self.office

    def _change(
        self,
        name: str,
        row_id: str,
        action: str,
        values: Mapping[str, object],
        expected: Mapping[str, object] | None,
    ) -> int:
        with self._changing() as (database, office):
            kinds = _room_for_values(database, require_layer(name), values)
            wanted = _fitted(name, values, kinds)
            row = ledger.require(database, name, row_id)
            there = ledger.row_of(database, name, row, kinds) or {}
            if all(there.get(column) == value for column, value in wanted.items()):
                return _last(database, name, row)
            for column, value in _fitted(name, expected or {}, kinds).items():
                if there.get(column) != value:
                    raise _meanwhile(database, name, row_id, (column, there.get(column), value))
            return ledger.record(database, office, [Edit(name, row, action, wanted)])[-1]

    def _is_there(self, name: str, cells: Cells) -> bool:
        """Say whether a row was added before; refuse another one under its id."""
        row = ledger.find(self._database, name, str(cells["id"]))
        if row is None:
            return False
        first = next(ledger.changes(self._database, "table_name = ? AND row = ?", name, row), None)
        added = None if first is None else first.after
        if cells not in (added, ledger.row_of(self._database, name, row)):
            raise InputError(
                text(
                    "There is a '{id}' in {table} already, and it is not the same. Change that "
                    "one, or give this one another id.",
                    id=cells["id"],
                    table=name,
                )
            )
        return True

    def merge_duplicates(self, keep: str, drop: str) -> int:
        """Merge two reports of one event: one stays, the other is taken out.

        Counts are not added up. What the kept row says stays; ranges of casualties that both have
        are widened so that they hold both; what only the dropped row says is filled in, a place or
        a day as a whole. All that the dropped row said stays in its history.

        Parameters
        ----------
        keep : str
            Id of the incident that stays.
        drop : str
            Id of the incident that is taken out.

        Returns
        -------
        int
            Sequence of the change that takes it out. ``undo("incidents", drop)`` takes both back.

        Raises
        ------
        UnknownRowError
            Where one of them is not there.
        InputError
            Where they are one row, or no office was given.
        """
        if keep == drop:
            raise InputError(text("'{id}' is one row. Give the ids of two.", id=keep))
        with self._changing() as (database, office):
            rows = [ledger.require(database, "incidents", row_id) for row_id in (keep, drop)]
            return deciding.merge_rows(database, office, *rows)

    def keep_apart(self, first: str, second: str) -> int:
        """Write down that two reports are of two events: `duplicates` proposes them no more.

        Parameters
        ----------
        first, second : str
            Ids of incidents.

        Returns
        -------
        int
            Sequence of the change. ``undo("incidents", first)`` takes it back.

        Raises
        ------
        UnknownRowError
            Where one of them is not there.
        InputError
            Where they are one row, or no office was given.
        """
        if first == second:
            raise InputError(text("'{id}' is one row. Give the ids of two.", id=first))
        with self._changing() as (database, office):
            one, other = (ledger.require(database, "incidents", row) for row in (first, second))
            return apart.keep_apart(database, office, (one, other))

    def decide_duplicates(self, sheet: pd.DataFrame, *, file: str = "sheet") -> Decided:
        """Carry out what a planner decided on a sheet: all of it at once, or nothing of it.

        Parameters
        ----------
        sheet : pandas.DataFrame
            From `duplicates_sheet`, filled in (`geosector.sources.read_rows`), with headers in any
            language. Rows without an answer stay undecided.
        file : str
            Name of the sheet, for problems.

        Returns
        -------
        Decided
            ``merged, apart, before`` (how many pairs were merged, kept apart, or decided so
            already) and ``problems``: decisions that were not carried out, because they cannot be
            read, contradict each other, or are about reports that were changed since the sheet
            was made. The same sheet may be given again.

        Raises
        ------
        MissingColumnError
            Where the sheet lacks a column.
        InputError
            Where no office was given.
        StorageError
            Where it could not be written; nothing was decided then.
        """
        with self._changing() as (database, office):
            return deciding.decide(database, office, sheet, file)

    def undo_merge(self, sequence: int | None = None) -> int:
        """Take back a merge: the rows are again what they were before it.

        Parameters
        ----------
        sequence : int, optional
            The merge. Default: the last one.

        Returns
        -------
        int
            Sequence of the new change. What was purged stays so.

        Raises
        ------
        InputError
            Where there is no such merge.
        ChangedMeanwhileError
            Where a row that the merge changed was changed since: it is named.
        """
        with self._changing() as (database, office):
            return merging.take_back(database, office, sequence)

    def restyle(self) -> list[str]:
        """Let QGIS draw the layers with names in the current language.

        Returns
        -------
        list of str
            The layers that were given a style: those without one, and those whose style came with
            the register and was not edited since. A style that somebody made or edited in QGIS is
            never replaced.

        Raises
        ------
        InputError
            Where no office was given.
        StorageError
            Where it could not be written.
        """
        with self._changing() as (database, _):
            return dress(database, {name: columns_of(database, name) for name in TABLES})

    # ----------------------------------------------------------- asking

    def table(self, name: str) -> gpd.GeoDataFrame:
        """Give a table as it is now.

        Parameters
        ----------
        name : str
            ``facilities`` or ``incidents``.

        Returns
        -------
        geopandas.GeoDataFrame
            EPSG:4326, in the order in which rows were added: the columns of the table, then
            unknown ones, then ``geometry``. Of casualties, the columns that were ever given.
        """
        with database_errors(self.path):
            kinds = columns_of(self._database, require_layer(name))
            listed = ", ".join(map(ledger.file_column, kinds))
            rows = self._database.execute(f"SELECT {listed} FROM {name} ORDER BY fid").fetchall()
        return frame([ledger.cells_from(row, kinds) for row in rows], kinds)

    def history(self, name: str, row_id: str) -> pd.DataFrame:
        """Tell who changed a row, when, and what was there before and after.

        Parameters
        ----------
        name : str
            ``facilities`` or ``incidents``.
        row_id : str
            The row, also one that is no longer there.

        Returns
        -------
        pandas.DataFrame
            One row for each column of each change: ``sequence, office, at (UTC), action, column,
            before, after, about`` (the change that an undo took back). Purged values are missing.

        Raises
        ------
        UnknownRowError
            Where no row ever had this id, or it was purged.
        """
        with database_errors(self.path):
            row = ledger.last_known(self._database, require_layer(name), row_id)
            if row is None:
                ledger.require(self._database, name, row_id)
            listed = ledger.changes(self._database, "table_name = ? AND row = ?", name, row)
            told = [line for change in listed for line in _told(change)]
        return pd.DataFrame(told, columns=list(HISTORY_COLUMNS), dtype="object").astype(
            {"sequence": "int64", "about": "Int64"}
        )

    def as_of(self, name: str, moment: dt.datetime | int) -> gpd.GeoDataFrame:
        """Give a table as it was, by what had been written down until then.

        Parameters
        ----------
        name : str
            ``facilities`` or ``incidents``.
        moment : datetime.datetime or int
            With a time zone; or the sequence of a change, after which the table is shown. Clocks
            of computers may be wrong: the changes are cut in two where the fewest of their
            moments contradict it.

        Returns
        -------
        geopandas.GeoDataFrame
            As `table`. What has been purged is missing.

        Raises
        ------
        InputError
            Where the moment has no time zone.
        """
        until = moment if isinstance(moment, int) else self._sequence_at(moment)
        with database_errors(self.path):
            kinds = columns_of(self._database, require_layer(name))
            # A purge takes values away at all times, also what was there before it.
            listed = ledger.changes(
                self._database,
                "table_name = ? AND (sequence <= ? OR action = 'purge')",
                name,
                until,
            )
            rows = ledger.replay(listed, {}).get(name, {})
        # Columns that a merge brought are gone again where it was taken back.
        found = dict.fromkeys(column for cells in rows.values() for column in cells)
        gone = [column for column in found if column not in kinds]
        kinds |= {column: layer_kinds(name).get(column, "TEXT") for column in gone}
        return frame([rows[row] for row in sorted(rows)], kinds)

    def _sequence_at(self, moment: dt.datetime) -> int:
        if moment.tzinfo is None:
            raise InputError(
                text(
                    "The moment {moment} has no time zone. Give one, such as UTC.",
                    moment=moment.isoformat(),
                )
            )
        stamp = moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
        with database_errors(self.path):
            listed = self._database.execute("SELECT at FROM changes ORDER BY sequence").fetchall()
        is_later = np.array([at > f"{stamp}Z" for (at,) in listed], dtype=np.int64)
        # Cut after n changes: of the first n, those that are later contradict it; of the others,
        # those that are not.
        wrong = np.concatenate(([0], np.cumsum(is_later))) + np.concatenate(
            (np.cumsum((1 - is_later)[::-1])[::-1], [0])
        )
        return int(np.flatnonzero(wrong == wrong.min())[-1])

    def nearest(
        self,
        kind: str | None,
        lon: float,
        lat: float,
        k: int = 1,
        *,
        status: str | None = "open",
        at: dt.date | None = None,
    ) -> list[Near]:
        """Find the nearest facilities of a kind, as they are now, changes of others included.

        Parameters
        ----------
        kind : str or None
            Such as ``shelter``; None for any.
        lon, lat : float
            Degrees, EPSG:4326.
        k : int
            How many.
        status : str or None
            None for any, also those of which it is not known.
        at : datetime.date, optional
            Day on which they must hold (``valid_from``, ``valid_to``). Default: today, as this
            computer shows it.

        Returns
        -------
        list of Near
            ``id`` and ``distance_m`` (straight, in the local metric system of most facilities; to
            a point inside, where a facility is an area), nearest first. Shorter than k where
            there are fewer.

        Raises
        ------
        InputError
            Where the coordinates are missing or no degrees, or k is less than 1.
        """
        day = _today() if at is None else at
        with database_errors(self.path):
            self._live.follow(self._database)
            found = self._live.nearest((kind, status), (lon, lat), k, day)
        return [Near(*one) for one in found]

    def duplicates(self, *, threshold: float = THRESHOLD) -> pd.DataFrame:
        """Propose pairs of reports that may be of one event, but for those that were kept apart.

        Parameters
        ----------
        threshold : float
            As `geosector.propose_duplicates`.

        Returns
        -------
        pandas.DataFrame
            ``id_a, id_b, score, reasons``, the likeliest pair first.

        Raises
        ------
        InputError
            Where the threshold is none.
        """
        proposed = propose_duplicates(self.table("incidents"), threshold=threshold)
        with database_errors(self.path):
            known = {(one.first, one.second) for one in apart.kept_apart(self._database)}
        pairs = zip(proposed["id_a"], proposed["id_b"], strict=True)
        is_new = np.array([pair not in known for pair in pairs], dtype=bool)
        return proposed[is_new].reset_index(drop=True)

    def duplicates_sheet(self, *, threshold: float = THRESHOLD) -> pd.DataFrame:
        """Put the proposed pairs on a sheet on which a planner marks them.

        Parameters
        ----------
        threshold : float
            As `geosector.propose_duplicates`.

        Returns
        -------
        pandas.DataFrame
            Under headers in the current language: both ids, how likely it is one event and why,
            what both reports say; to be filled in, whether they are the same and which one stays;
            and a check word. `geosector.register.write_duplicates_sheet` writes it,
            `decide_duplicates` takes it back.

        Raises
        ------
        InputError
            Where the threshold is none.
        """
        proposed = self.duplicates(threshold=threshold)
        with database_errors(self.path):
            return deciding.sheet_of(self._database, proposed)

    def kept_apart(self) -> pd.DataFrame:
        """List the pairs of reports that an office says are of two events.

        Returns
        -------
        pandas.DataFrame
            ``id_a, id_b, office, at`` (UTC), ``sequence`` of the change; empty where a merged
            register brought it.
        """
        with database_errors(self.path):
            found = apart.kept_apart(self._database)
        columns = ["id_a", "id_b", "office", "at", "sequence"]
        return pd.DataFrame(found, columns=columns).astype({"sequence": "Int64"})

    def conflicts(self) -> pd.DataFrame:
        """List what two offices had changed differently, of all merges that stand.

        Returns
        -------
        pandas.DataFrame
            ``merge`` (its sequence), ``table, id, column, first, second, kept`` (what stands now),
            ``rule`` (how it was chosen), ``decided`` (whether the column was changed since). A
            purged value is missing; where the rule is ``purged``, no value is told.
        """
        with database_errors(self.path):
            return merging.conflicts(self._database)

    # ----------------------------------------------------------- trusting

    def verify(self, *, head: Head | str | None = None) -> pd.DataFrame:
        """Check the file, the chain, and whether the rows are what the changes made of them.

        Parameters
        ----------
        head : Head or str, optional
            The end of the chain as it was written down earlier: it must be in the chain still.

        Returns
        -------
        pandas.DataFrame
            Problems: ``file, row, column, given, expected, action``; ``row`` is the sequence of
            a change or the ``fid`` of a row. Empty where all is well.

        Raises
        ------
        InputError
            Where ``head`` is none.
        UnreadableFileError
            Where the file is damaged so that it cannot be read.
        """
        with database_errors(self.path):
            found = audit.problems(self._database, self.path, None if head is None else str(head))
        return problems_table(found)

    def accept_outside(self) -> list[int]:
        """Write down what another program, such as QGIS, changed in the layers.

        Returns
        -------
        list of int
            Sequences of the new changes, whose action is ``outside``; the office signs that it
            accepts them. Each can be undone.

        Raises
        ------
        InputError
            Where no office was given.
        StorageError
            Where it could not be written.
        """
        with self._changing() as (database, office):
            return ledger.record(database, office, list(audit.outside_edits(database)))

    def purge(
        self, name: str, row_id: str | None = None, *, columns: Collection[str] | None = None
    ) -> list[int]:
        """Remove values for good: a row, some columns of a row, or some columns of all rows.

        They are taken from the table, the history, the free pages of the file and its log, with
        their salts. The chain keeps their digests and still verifies. This cannot be undone.

        Parameters
        ----------
        name : str
            ``facilities`` or ``incidents``.
        row_id : str, optional
            The row, also one that is no longer there. Default: all rows.
        columns : collection of str, optional
            Default: everything, the id too; then the row must be named.

        Returns
        -------
        list of int
            Sequences of the changes that say that, when and by which office it was done.

        Raises
        ------
        UnknownRowError
            Where no row ever had this id.
        InputError
            Where neither a row nor columns are named, or a column is unknown, or it is the id.
        StorageError
            Where the values are out of the tables, but another program holds the log, in which
            they may still be, or the disk is too full to make the file anew. It is finished when
            the register is next opened with an office.
        """
        with self._changing() as (database, office):
            kinds = columns_of(database, require_layer(name))
            _require_purgeable(row_id, columns, kinds)
            made = purging.take_out(database, office, name, row_id, columns)
        try:
            with database_errors(self.path):
                swept = purging.sweep(self._database)
        except StorageError as error:
            raise StorageError(
                text(
                    "{path}: the values are purged, but the file could not be made anew without "
                    "them ({reason}), and they may still be in its free pages. Mend that, then "
                    "open the register again with an office.",
                    path=str(self.path),
                    reason=str(error.__cause__),
                )
            ) from error
        if not swept:
            raise StorageError(
                text(
                    "{path}: the values are purged, but another program holds the log of the "
                    "file, where they may still be. Close it, and open the register again.",
                    path=str(self.path),
                )
            )
        return made

    def head(self) -> Head:
        """Give the end of the chain.

        Returns
        -------
        Head
            Sequence and hash of the last change; ``str`` of it is what to write down. Only
            somebody who remembers it can tell that the latest changes were cut off.
        """
        with database_errors(self.path):
            return Head(*ledger.tip(self._database))


# --------------------------------------------------------------- rows on their way in


def _in_degrees(rows: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    if not isinstance(rows, gpd.GeoDataFrame) or rows.active_geometry_name is None:
        raise InputError(text("{what} has no geometry column; give a GeoDataFrame.", what=name))
    placed = to_wgs84(require_crs(rows, name))
    return placed if placed.geometry.name == GEOMETRY else placed.rename_geometry(GEOMETRY)


def _ids(rows: gpd.GeoDataFrame) -> pd.Series:
    """Give each row its id; one that has none gets it from its content."""
    content = rows.drop(columns=["id", GEOMETRY], errors="ignore")
    made = content_ids(content.assign(geometry=rows.geometry.to_wkb(hex=True)))
    given = rows["id"] if "id" in rows.columns else pd.Series(None, rows.index, dtype="object")
    ids = pd.Series(
        [own if is_missing(own) or not str(own) else str(own) for own in given.tolist()],
        index=rows.index,
        dtype="object",
        name="id",
    )
    ids = ids.where(ids.notna() & (ids != ""), made)
    twice = ids[ids.duplicated()]
    if len(twice):
        raise InputError(
            text("The id '{id}' comes twice. Give each row its own.", id=twice.iloc[0])
        )
    return ids


def _room_for(database: sqlite3.Connection, name: str, rows: gpd.GeoDataFrame) -> dict[str, Kind]:
    """Give the layer the columns of a table that it lacks."""
    known = layer_kinds(name)
    plain = rows.drop(columns=GEOMETRY)
    lacking = {
        column: known.get(column) or kind_for(plain[original])
        for original, column in file_names(plain.columns, columns_of(database, name)).items()
    }
    add_columns(database, name, lacking)
    return columns_of(database, name)


def _room_for_values(
    database: sqlite3.Connection, name: str, values: Mapping[str, object]
) -> dict[str, Kind]:
    there = columns_of(database, name)
    known = layer_kinds(name)
    names = file_names((column for column in values if column != GEOMETRY), there)
    lacking: dict[str, Kind] = {
        column: known.get(column) or kind_for(pd.Series([values[original]]))
        for original, column in names.items()
        if column not in there
    }
    add_columns(database, name, lacking)
    return columns_of(database, name) if lacking else there


def _cells(rows: gpd.GeoDataFrame, kinds: dict[str, Kind], name: str) -> list[Cells]:
    names = file_names((column for column in rows.columns if column != GEOMETRY), kinds)
    names[GEOMETRY] = GEOMETRY
    columns = {
        column: _checked(name, column, rows[original].tolist(), kinds[column])
        for original, column in names.items()
    }
    return [
        {column: value for column, value in zip(columns, row, strict=True) if value is not None}
        for row in zip(*columns.values(), strict=True)
    ]


def _fitted(name: str, values: Mapping[str, object], kinds: dict[str, Kind]) -> Cells:
    names = file_names((column for column in values if column != GEOMETRY), kinds)
    if GEOMETRY in values:
        names[GEOMETRY] = GEOMETRY
    if "id" in values:
        raise InputError(text("The id of a row is not changed. Add a new row, and close this one."))
    return {
        column: _checked(name, column, [values[original]], kinds.get(column, "TEXT"))[0]
        for original, column in names.items()
    }


def _checked(name: str, column: str, cells: list[Any], kind: Kind) -> list[Value]:
    """Fit cells to a column and hold them against what its table allows."""
    fitted = [fit(cell, kind, column) for cell in cells]
    facts = table(name).columns.get(column)
    if facts is None:
        return fitted
    low = -np.inf if facts.minimum is None else facts.minimum
    high = np.inf if facts.maximum is None else facts.maximum
    for value in fitted:
        is_outside = not isinstance(value, str) and value is not None and not low <= value <= high
        is_unknown = (
            facts.type == "choice" and value is not None and value not in list(facts.values)
        )
        if is_outside or is_unknown:
            raise InputError(
                text(
                    "{column} cannot be '{value}'. Give {allowed}.",
                    column=column,
                    value=value,
                    allowed=", ".join(facts.values) if is_unknown else f"{low} … {high}",
                )
            )
    return fitted


def _require_purgeable(
    row_id: str | None, columns: Collection[str] | None, kinds: dict[str, Kind]
) -> None:
    unknown = sorted(set(columns or ()) - (kinds.keys() - {"id"}))
    if unknown or (row_id is None and columns is None):
        raise InputError(
            text(
                "Nothing is purged: '{column}' is no column that can be. Name a row, or columns "
                "of these: {known}.",
                column=", ".join(unknown),
                known=", ".join(column for column in kinds if column != "id"),
            )
        )


# --------------------------------------------------------------- what is told


def _today() -> dt.date:
    """Give the day that this computer shows: validity is in days of the place."""
    return dt.datetime.now(dt.UTC).astimezone().date()


def _last(database: sqlite3.Connection, name: str, row: int) -> int:
    found = database.execute(
        "SELECT max(sequence) FROM changes WHERE table_name = ? AND row = ?", (name, row)
    ).fetchone()
    return int(found[0] or 0)


def _meanwhile(
    database: sqlite3.Connection, name: str, row_id: str, clash: tuple[str, Value, Value]
) -> ChangedMeanwhileError:
    column, stands, seen = clash
    who = None
    for change in ledger.changes(database, "table_name = ? AND row_id = ?", name, row_id):
        if column in (change.after or {}):
            who = change
    return ChangedMeanwhileError(
        text(
            "'{id}' was changed in the meantime: {column} is '{stands}' (change {sequence} by "
            "{office}, {at}), and '{seen}' was expected. Look at the row again.",
            id=row_id,
            column=column,
            stands=stands,
            seen=seen,
            sequence="?" if who is None else who.sequence,
            office="?" if who is None else who.office,
            at="?" if who is None else who.at,
        )
    )


def _told(change: Change) -> Iterator[tuple[Any, ...]]:
    before, after = change.before or {}, change.after or {}
    gone = {cell.rpartition(":")[2] for cell in (change.remains or {}).get("digests", {})}
    columns: list[str | None] = [*dict.fromkeys([*before, *after, *sorted(gone - {"row_id"})])]
    for column in columns or [None]:
        values = (
            shape_of(cells.get(GEOMETRY)) if column == GEOMETRY else cells.get(str(column))
            for cells in (before, after)
        )
        yield (
            change.sequence, change.office, change.at, change.action, column, *values,
            change.about,
        )  # fmt: skip
