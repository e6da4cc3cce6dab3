"""Pairs of reports that an office says are of two events, so that nobody is asked again.

Such a decision is a change like any other, in the chain: one for each of the two rows, of which it
changes no column. Both name the pair by a random word (``detail``: ``pair``, and ``apart``), since
an id must be free to be purged. An undo is a pair of changes that says the opposite. Decisions
that came with another register count too; of two that differ, the later one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from geosector.register import ledger
from geosector.register.chain import Change, new_secret
from geosector.register.kinship import FILE, merged_changes, merges
from geosector.register.ledger import PAIR, Edit

_LAYER = "incidents"


class Apart(NamedTuple):
    """Two reports of two events: ids in the order of letters, and the change that says so.

    ``sequence`` is None where another register brought the decision.
    """

    first: str
    second: str
    office: str
    at: str
    sequence: int | None


class _Word(NamedTuple):
    """What one change says about a pair; ``row`` is the ``fid`` in this file."""

    change: Change
    row: int | None
    sequence: int | None


def keep_apart(database: sqlite3.Connection, office: str, rows: tuple[int, int]) -> int:
    """Write down that two reports are of two events; inside a transaction of the caller.

    Returns
    -------
    int
        Sequence of the last change.
    """
    said = {PAIR: new_secret(), "apart": True}
    edits = [Edit(_LAYER, row, "apart", {}, detail=said) for row in rows]
    return ledger.record(database, office, edits)[-1]


def kept_apart(database: sqlite3.Connection) -> list[Apart]:
    """List the pairs of reports that are of two events, as far as both are still there.

    A report that was merged into another one counts as that one: what is true of an event is true
    of every report of it.
    """
    said: dict[str, list[_Word]] = {}
    for word in sorted(_words(database), key=lambda word: word.change.at):
        said.setdefault(str((word.change.detail or {})[PAIR]), []).append(word)
    found: dict[tuple[str, str], Apart] = {}
    for words in said.values():
        last = words[-1]
        if not (last.change.detail or {}).get("apart"):
            continue
        rows = {word.row for word in words if word.row is not None}
        stands = {here for row in rows if (here := stands_for(database, row)) is not None}
        ids = sorted(name for row in stands if (name := _id(database, row)) is not None)
        if len(ids) == 2:  # noqa: PLR2004 - a pair
            change = last.change
            pair = (ids[0], ids[1])
            found.setdefault(pair, Apart(*pair, change.office, change.at, last.sequence))
    return [found[pair] for pair in sorted(found)]


def _words(database: sqlite3.Connection) -> Iterator[_Word]:
    heads = merges(ledger.changes(database, "table_name = ?", FILE))
    for one in merged_changes(database, f"action IN ('apart', 'undo') AND detail LIKE '%{PAIR}%'"):
        if one.source in heads and PAIR in (one.change.detail or {}):
            yield _Word(one.change, one.here, None)
    own = ledger.changes(database, f"action IN ('apart', 'undo') AND detail LIKE '%{PAIR}%'")
    for change in own:
        if PAIR in (change.detail or {}):
            yield _Word(change, change.row, change.sequence)


def _id(database: sqlite3.Connection, row: int) -> str | None:
    found = database.execute(f"SELECT id FROM {_LAYER} WHERE fid = ?", (row,)).fetchone()
    return None if found is None or found[0] is None else str(found[0])


def stands_for(database: sqlite3.Connection, row: int) -> int | None:
    """Give the row into which a report was merged; itself where it is there; None where gone."""
    passed = set()
    while row not in passed:
        if database.execute(f"SELECT 1 FROM {_LAYER} WHERE fid = ?", (row,)).fetchone():
            return row
        passed.add(row)
        found = list(ledger.changes(database, "table_name = ? AND row = ?", _LAYER, row))
        into = (found[-1].detail or {}).get("into") if found else None
        if into is None:
            return None
        row = int(into)
    return None
