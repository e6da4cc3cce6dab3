"""A register as offices have it that began with version 1 of the schema."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

DUMP = Path(__file__).with_name("version_1.sql")


def write_version_1(path: Path) -> Path:
    """Write the synthetic register of ``version_1.sql``."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript(DUMP.read_text("utf-8"))
    return path


def version_in(path: Path) -> str:
    """Say of which version a register is, without opening it as one."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT value FROM register WHERE name = 'version'").fetchone()[0]
