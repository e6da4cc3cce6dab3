"""Verifying what came with other registers: it is whole and signed, and a merge brought it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from geosector.errors import UnreadableFileError
from geosector.language import text
from geosector.register.chain import FIRST, Change, fits
from geosector.register.kinship import FILE, Merged, merged_changes
from geosector.register.ledger import purged_columns
from geosector.tables import Problem


def problems(database: sqlite3.Connection, main: list[Change], file: str) -> Iterator[Problem]:
    """List what is wrong with the changes that other registers brought.

    Parameters
    ----------
    database : sqlite3.Connection
    main : list of Change
        The chain of the register itself.
    file : str
        How problems call the register.

    Yields
    ------
    Problem
        ``row`` is the sequence that the change has in the register that it came from.
    """
    try:
        brought = merged_changes(database)
    except UnreadableFileError as error:
        yield Problem(
            f"{file}: merged_changes", None, None, str(error), text("what was signed"),
            text("It was altered afterwards. Compare with a copy."),
        )  # fmt: skip
        return
    known = {change.hash for change in main} | {one.change.hash for one in brought} | {FIRST}
    for one in brought:
        if not fits(one.change):
            yield _problem(
                file, one.change, "hash", text("a change that does not fit its hash"),
                text("what was signed"),
            )  # fmt: skip
        if one.change.previous not in known:
            yield _problem(
                file, one.change, "previous", text("a change whose predecessor is missing"),
                text("an unbroken chain"),
            )  # fmt: skip
    yield from _ends(main, known, file)
    yield from _strangers(main, brought, file)
    yield from _gaps(main, brought, file)


def _problem(file: str, change: Change, column: str, given: str, expected: str) -> Problem:
    return Problem(
        f"{file}: merged_changes", change.sequence, column, given, expected,
        text("Changes were altered, left out or put in. Compare with a copy."),
    )  # fmt: skip


def _heads(main: list[Change]) -> dict[int, str]:
    return {
        change.sequence: str((change.detail or {}).get("end"))
        for change in main
        if change.table_name == FILE and change.action == "merge"
    }


def _ends(main: list[Change], known: set[str], file: str) -> Iterator[Problem]:
    """List merges of which the end of the other chain is missing."""
    for sequence, end in _heads(main).items():
        if end not in known:
            yield Problem(
                f"{file}: changes", sequence, "detail",
                text("a merge whose other register is missing"), end,
                text("Changes were altered, left out or put in. Compare with a copy."),
            )  # fmt: skip


def _strangers(main: list[Change], brought: list[Merged], file: str) -> Iterator[Problem]:
    """List changes that no merge brought: nothing follows them up to the end of a chain."""
    followed = {one.change.previous for one in brought} | {*_heads(main).values()}
    followed |= {
        str((one.change.detail or {}).get("end")) for one in brought if one.change.action == "merge"
    }
    heads = _heads(main)
    for one in brought:
        if one.source not in heads or one.change.hash not in followed:
            yield _problem(
                file, one.change, "source", text("a change that no merge brought"),
                text("an unbroken chain"),
            )  # fmt: skip


def _gaps(main: list[Change], brought: list[Merged], file: str) -> Iterator[Problem]:
    """List values that are gone although no purge that was written down took them."""
    purges = [(change, change.row) for change in main if change.action == "purge"]
    purges += [(one.change, one.here) for one in brought if one.change.action == "purge"]
    for one in brought:
        gone = set((one.change.remains or {}).get("digests", {}))
        columns = {cell.partition(":")[2] for cell in gone}
        for purge, row in purges:
            if purge.table_name == one.change.table_name and row in {None, one.here}:
                columns -= purged_columns(purge, columns)
        if columns:
            yield _problem(
                file, one.change, ", ".join(sorted(columns - {""})) or "row_id",
                text("a value that is gone"), text("a purge that is written down"),
            )  # fmt: skip
