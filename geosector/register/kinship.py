"""What two registers know of each other: changes in common, and how rows were when they parted.

A change is known by its hash: two files that hold the same one have a history in common up to it.
A register knows the changes it made and those that came with registers merged into it. Two offices
that merge the same two files, each in its own order, get the same rows: such a merge is known by
the ends of both chains, whoever made it.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from geosector.register.cells import Cells
from geosector.register.chain import FIRST, Change, from_row
from geosector.register.ledger import changes, replay
from geosector.register.schema import TABLES

FILE = "register"  # what a merge as a whole has for its table
Rows = dict[str, dict[str, Cells]]  # table → id → values


class Merged(NamedTuple):
    """A change that another register made: by which merge it came, and its row in this file."""

    change: Change
    source: int
    here: int | None


class Side(NamedTuple):
    """A register to be merged, as one moment shows it."""

    database: sqlite3.Connection
    main: list[Change]
    merged: list[Merged]  # of merges that were not undone
    known: frozenset[str]  # hashes of changes, and names of merges

    @property
    def tip(self) -> str:
        """Hash of the last change."""
        return self.main[-1].hash if self.main else FIRST


def look_at(database: sqlite3.Connection) -> Side:
    """Read what a register knows."""
    main = list(changes(database))
    heads = merges(main)
    merged = [one for one in merged_changes(database) if one.source in heads]
    names = {str((head.detail or {}).get("merge")) for head in heads.values()}
    known = {change.hash for change in main} | {one.change.hash for one in merged} | names
    return Side(database, main, merged, frozenset(known))


def merges(main: Iterable[Change]) -> dict[int, Change]:
    """List the merges that were not undone: sequence → the change that heads it."""
    heads: dict[int, Change] = {}
    for change in main:
        if change.table_name == FILE and change.action == "merge":
            heads[change.sequence] = change
        elif change.table_name == FILE and change.action == "undo" and change.about is not None:
            heads.pop(change.about, None)
    return heads


def merged_changes(database: sqlite3.Connection, where: str = "1") -> list[Merged]:
    """Read changes that came with other registers, in the order in which they came."""
    fields = ", ".join(Change._fields)
    return [
        Merged(from_row(tuple(stored)), source, here)
        for source, here, *stored in database.execute(
            f"SELECT source, here, {fields} FROM merged_changes WHERE {where} ORDER BY place"
        )
    ]


def name_of_merge(one: str, other: str) -> str:
    """Name a merge by the ends of both chains, in whatever order."""
    return hashlib.sha256("".join(sorted((one, other))).encode()).hexdigest()


def rows_now(side: Side) -> Rows:
    """Give the rows of a register as its changes made them."""
    return _by_id(replay(side.main, {}))


def rows_in_common(ours: Side, theirs: Side) -> Rows:
    """Give the rows as they were when both registers last knew the same.

    Each register has a last change that the other knows. Where one of these two came after the
    other, it is the moment; where neither did, it is the end of the history that both begin with.
    """
    at_ours, at_theirs = _last_known(ours, theirs), _last_known(theirs, ours)
    # Where a register knows the other one only from merging it, the other need know nothing of it.
    if at_ours == 0 or _marks(ours)[at_ours] & _held(theirs, at_theirs):
        return _by_id(replay(islice(theirs.main, at_theirs), {}))
    if at_theirs == 0 or _marks(theirs)[at_theirs] & _held(ours, at_ours):
        return _by_id(replay(islice(ours.main, at_ours), {}))
    fork = 0
    for one, other in zip(ours.main, theirs.main, strict=False):
        if one.hash != other.hash:
            break
        fork += 1
    return _by_id(replay(islice(ours.main, fork), {}))


def _marks(side: Side) -> dict[int, set[str]]:
    """Say by what a register is known after so many of its changes."""
    marks = {count: {change.hash} for count, change in enumerate(side.main, 1)}
    for head in merges(side.main).values():
        # A merge is whole with the last change of its batch.
        end = max(change.sequence for change in side.main if change.batch == head.sequence)
        marks[end].add(str((head.detail or {}).get("merge")))
    return marks


def _last_known(side: Side, other: Side) -> int:
    """Say after how many of its changes a register was last known to the other."""
    return max((count for count, marks in _marks(side).items() if marks & other.known), default=0)


def _held(side: Side, count: int) -> set[str]:
    """Say what a register knew after so many of its own changes."""
    own = (marks for after, marks in _marks(side).items() if after <= count)
    brought = {one.change.hash for one in side.merged if one.source <= count}
    return brought.union(*own)


def _by_id(state: dict[str, dict[int, Cells]]) -> Rows:
    return {
        name: {str(cells["id"]): cells for cells in state.get(name, {}).values() if "id" in cells}
        for name in TABLES
    }
