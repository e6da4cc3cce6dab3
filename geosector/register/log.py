"""The log beside a register: whether it is its own.

SQLite keeps the latest changes in a log beside the file and brings whatever log lies there into the
file, without asking whose it is. After a power cut a log is left; where somebody then puts another
copy of the register in the place of the file, the two would be mixed, silently or to ruin.

A register is append-only, which tells: a change that the file alone ends with, and that fits its
own hash, stands in every later state of the same register, followed by an unbroken chain.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from geosector.errors import UnreadableFileError
from geosector.language import text
from geosector.register.chain import FIRST, Change, fits, from_row
from geosector.storage import AnyPath, without_and_with_log

_FIELDS = ", ".join(Change._fields)
# What the system refuses says nothing about the log; opening the file will tell it.
_NOT_TOLD = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_NOMEM,
}  # fmt: skip


def require_own_log(path: AnyPath, *, called: AnyPath | None = None) -> None:
    """Refuse a register beside which the log of another copy lies; nothing is written.

    Parameters
    ----------
    path : str or path
        A register, or any other file, or none: only the log of a register is looked at.
    called : str or path, optional
        What the error calls it.

    Raises
    ------
    UnreadableFileError
        Where the file and the log are not of one register.
    """
    with without_and_with_log(path) as views:
        if views is None:
            return
        alone, together = views
        end = _end(alone)
        if end is not None and not _goes_on(together, *end):
            name = Path(path if called is None else called)
            raise UnreadableFileError(
                text(
                    "{log} is of another copy of {path}: opened together, they would ruin it. Move "
                    "{log} and {index} to another folder, then open {path} again.",
                    path=str(name),
                    log=f"{name.name}-wal",
                    index=f"{name.name}-shm",
                )
            )


def _end(alone: sqlite3.Connection) -> tuple[int, str] | None:
    """Give the last change of the file alone; None where it cannot be trusted.

    A file may be in the midst of taking in its own log: then its pages do not agree.
    """
    try:
        last = alone.execute(
            f"SELECT {_FIELDS} FROM changes ORDER BY sequence DESC LIMIT 1"
        ).fetchone()
        if last is None:
            return 0, FIRST
        change = from_row(last)
    except (sqlite3.Error, UnicodeDecodeError, UnreadableFileError):
        return None
    return (change.sequence, change.hash) if fits(change) else None


def _goes_on(together: sqlite3.Connection, sequence: int, hashed: str) -> bool:
    """Say whether the chain leads on from a change without a break."""
    try:
        listed = together.execute(
            "SELECT sequence, previous, hash FROM changes WHERE sequence >= ? ORDER BY sequence",
            (sequence,),
        ).fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _NOT_TOLD
    if sequence:
        if not listed or (listed[0][0], listed[0][2]) != (sequence, hashed):
            return False
        listed = listed[1:]
    for number, previous, own in listed:
        if (number, previous) != (sequence + 1, hashed):
            return False
        sequence, hashed = number, own
    return True
