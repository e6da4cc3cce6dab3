"""After a purge no byte of the value is left, and the chain still holds."""

from __future__ import annotations

import os
import sqlite3
import struct
import subprocess
import sys
from contextlib import closing

import pytest
from shapely.geometry import Point

from geosector import Register
from geosector.errors import InputError, StorageError, UnknownRowError
from geosector.register import purging, schema
from tests.register.conftest import synthetic_shelters

SECRET, LON, LAT = "Synthetic سرّي place", 37.123456789, 36.987654321
WORDS = [SECRET, "سرّي", str(LON), "syn-secret"]


def traces(path):
    """List what is left of the secret in the file and in everything beside it."""
    patterns = {
        f"{word} {code}": word.encode(code)
        for word in WORDS
        for code in ("utf-8", "utf-16-le", "utf-16-be")
    }
    for value in (LON, LAT):
        for order in "<>":
            packed = struct.pack(f"{order}d", value)
            patterns[f"{value} {order}"] = packed
            patterns[f"{value} {order} hex"] = packed.hex().encode()
            patterns[f"{value} {order} HEX"] = packed.hex().upper().encode()
    files = [file for file in path.parent.iterdir() if file.name.startswith(path.name)]
    return [
        (file.name, name)
        for file in files
        for name, pattern in patterns.items()
        if pattern in file.read_bytes()
    ]


@pytest.fixture
def secret(register):
    row = synthetic_shelters(1).assign(id="syn-secret", name=SECRET, notes=SECRET)
    row.geometry = [Point(LON, LAT)]
    register.add("facilities", row)
    register.change("facilities", "syn-secret", {"name": "other", "geometry": Point(37, 36)})
    register.undo("facilities", "syn-secret")
    register.change("facilities", "syn-secret", {"name": SECRET + "!", "notes": None})
    return register


def test_a_purged_row_leaves_no_byte_and_the_chain_holds(secret, path):
    assert traces(path)
    head = str(secret.head())
    made = secret.purge("facilities", "syn-secret")
    assert traces(path) == []
    assert len(made) == 1
    assert secret.verify(head=head).empty
    assert "syn-secret" not in secret.table("facilities")["id"].tolist()
    with pytest.raises(UnknownRowError):
        secret.history("facilities", "syn-secret")
    assert len(secret.as_of("facilities", 5)) == 3
    secret.shut()
    assert traces(path) == []


def test_purged_columns_of_a_row_are_gone_and_the_rest_stays(secret, path):
    secret.purge("facilities", "syn-secret", columns=["name", "notes", "geometry"])
    assert {word.split()[0] for _, word in traces(path)} == {"syn-secret"}
    assert secret.verify().empty
    row = secret.table("facilities").iloc[-1]
    assert (row["name"], row["geometry"], row["status"]) == (None, None, "open")
    told = secret.history("facilities", "syn-secret")
    assert told.query("column == 'name'")[["before", "after"]].isna().all(axis=None)
    assert told.query("column == 'capacity'")["after"].tolist() == [10]
    with pytest.raises(InputError, match="its values have been purged"):
        secret.undo("facilities", "syn-secret")
    secret.change("facilities", "syn-secret", {"name": "new"})
    secret.undo("facilities", "syn-secret")
    assert secret.verify().empty
    secret.purge("facilities", "syn-secret")
    assert traces(path) == []
    assert secret.verify().empty


def test_a_purged_column_is_gone_from_all_rows(secret, path):
    secret.purge("facilities", columns=["name", "notes"])
    assert {word.split()[0] for _, word in traces(path)} == {"syn-secret", str(LON), str(LAT)}
    assert secret.table("facilities")["name"].isna().all()
    assert secret.as_of("facilities", 3)["name"].isna().all()
    assert secret.verify().empty
    secret.change("facilities", "syn-1", {"name": "again"})
    assert secret.as_of("facilities", secret.head().sequence)["name"].tolist()[0] == "again"
    assert secret.verify().empty


def test_what_is_left_of_a_change_is_still_proven(secret, path):
    secret.purge("facilities", "syn-secret", columns=["name"])
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("DROP TRIGGER changes_are_not_altered")
        database.execute(
            "UPDATE changes SET after = replace(after, '10.0', '11.0') WHERE sequence = 4"
        )
        database.execute(schema.NO_UPDATE)
    assert 4 in secret.verify()["row"].tolist()


def test_every_row_that_had_the_id_is_purged(secret, path):
    secret.undo("facilities", "syn-secret")
    secret.undo("facilities", "syn-secret", sequence=4)
    secret.add("facilities", synthetic_shelters(1).assign(id="syn-secret"))
    assert len(secret.purge("facilities", "syn-secret")) == 2
    assert traces(path) == []
    assert secret.verify().empty


def test_a_row_that_is_no_longer_there_is_purged(register, path):
    register.add("facilities", synthetic_shelters(1).assign(id="syn-secret"))
    register.undo("facilities", "syn-secret")
    register.purge("facilities", "syn-secret")
    assert traces(path) == []
    assert register.verify().empty


def test_bounds_that_other_programs_wrote_are_purged(secret, path):
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("UPDATE gpkg_contents SET min_x = ?, max_y = ?", (LON, LAT))
        database.execute("ANALYZE")
    secret.purge("facilities", "syn-secret")
    assert traces(path) == []


def test_nothing_is_purged_by_mistake(register):
    before = register.head()
    with pytest.raises(InputError, match="Name a row, or columns"):
        register.purge("facilities")
    for column in ("id", "colour"):
        with pytest.raises(InputError, match=f"'{column}' is no column"):
            register.purge("facilities", "syn-1", columns=[column])
    with pytest.raises(UnknownRowError):
        register.purge("facilities", "nobody")
    assert register.head() == before


def test_a_purge_that_a_reader_holds_up_says_so_and_is_finished_later(secret, path, monkeypatch):
    secret._database.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM facilities").fetchone()
        with pytest.raises(StorageError, match="another program holds the log"):
            secret.purge("facilities", "syn-secret")
        assert secret.verify()["given"].tolist() == ["an unfinished purge"]
    with Register(path, office="IDL-OPS") as again:
        assert traces(path) == []
        assert again.verify().empty


def test_a_purge_for_which_the_disk_is_too_full_says_so_and_is_finished_later(
    secret, path, monkeypatch
):
    def full(_database):
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(purging, "sweep", full)
    with pytest.raises(StorageError, match=r"are purged, but .* \(database or disk is full\)"):
        secret.purge("facilities", "syn-secret")
    assert secret.verify()["given"].tolist() == ["an unfinished purge"]
    monkeypatch.undo()
    secret.shut()
    with Register(path, office="IDL-OPS") as again:
        assert traces(path) == []
        assert again.verify().empty


KILLED = """
import os, sqlite3, sys

real, left = sqlite3.connect, [int(sys.argv[2])]

def count(statement):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), 9)

def connect(*args, **more):
    database = real(*args, **more)
    database.set_trace_callback(count)
    return database

sqlite3.connect = connect
from geosector import Register
with Register(sys.argv[1], office="IDL-OPS") as register:
    register.purge("facilities", "syn-secret")
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX systems")
@pytest.mark.parametrize("statement", [24, 34, 36, 38, 40])
def test_a_purge_that_is_killed_is_not_begun_or_finished_when_the_register_is_opened(
    secret, path, statement
):
    secret.shut()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(statement)], check=False, timeout=120
    )
    assert done.returncode in {0, -9}
    with Register(path, office="IDL-OPS") as again:
        is_there = "syn-secret" in again.table("facilities")["id"].tolist()
        assert bool(traces(path)) == is_there
        assert again.verify().empty
