"""Registers of an older version: read as they are, migrated whole, or refused."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from geosector import Register, merge_registers
from geosector.errors import UnreadableFileError
from geosector.register import schema
from tests.register.old import version_in, write_version_1

KILLED = """
import os, signal, sys
from geosector import Register
from geosector.register import schema

step = schema.MIGRATIONS[1]

def killed(database):
    step(database)
    os.kill(os.getpid(), signal.SIGKILL)

schema.MIGRATIONS[1] = killed
Register(sys.argv[1], office="IDL-OPS")
"""


@pytest.fixture
def old(tmp_path):
    return write_version_1(tmp_path / "old.gpkg")


def objects(path):
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


def test_a_register_of_version_1_becomes_one_of_this_version_and_its_chain_holds(old):
    with Register(old) as reader:
        before = reader.head(), reader.table("facilities"), reader.conflicts()
    with Register(old, office="IDL-OPS") as register:
        assert register.verify(head=before[0]).empty
        assert register.head() == before[0]
        assert register.table("facilities").equals(before[1])
        assert register.conflicts().equals(before[2])
        register.change("facilities", "s1", {"capacity": 12})
        assert register.verify().empty
    assert version_in(old) == str(schema.VERSION)


def test_a_migrated_register_has_all_that_a_new_one_has(old, path):
    for file in (old, path):
        Register(file, office="IDL-OPS").shut()
    names = [
        {name for name, _ in objects(file) if "touched" in name or name == "layer_styles"}
        for file in (old, path)
    ]
    assert names[0] == names[1] >= {"touched", "layer_styles"}


@pytest.mark.parametrize("name", [*schema.TRIGGERS, *schema.TOUCHES])
def test_a_trigger_that_was_taken_away_is_a_problem(register, path, name):
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(f"DROP TRIGGER {name}")
    assert register.verify()["given"].tolist() == [name]


def test_a_register_that_is_only_read_stays_of_its_version(old):
    before = objects(old)
    with Register(old) as reader:
        assert reader.verify().empty
        assert reader.nearest("shelter", 37.1, 36.1)[0].id == "s1"
        assert len(reader.history("facilities", "s2")) > 1
    assert objects(old) == before
    assert version_in(old) == "1"


def test_a_reader_of_version_1_follows_what_others_write(old):
    with Register(old) as reader:
        assert reader.nearest("shelter", 37.1, 36.1)[0].id == "s1"
        assert reader.nearest("shelter", 37.1, 36.1)[0].id == "s1"
        with closing(sqlite3.connect(old, isolation_level=None)) as database:
            database.execute("UPDATE facilities SET status = 'closed' WHERE id = 's1'")
        assert reader.nearest("shelter", 37.1, 36.1)[0].id == "t1"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill -9")
def test_killed_in_the_middle_of_a_migration_a_register_is_of_version_1_and_whole(old):
    before = objects(old)
    done = subprocess.run([sys.executable, "-c", KILLED, old], check=False)
    assert done.returncode == -signal.SIGKILL
    assert objects(old) == before
    with Register(old) as reader:
        assert reader.verify().empty
    with Register(old, office="IDL-OPS") as register:
        assert register.verify().empty
    assert version_in(old) == str(schema.VERSION)


def test_a_step_that_fails_leaves_the_register_as_it_was(old, monkeypatch):
    def failing(database):
        schema.run_script(database, "CREATE TABLE half (id INTEGER)")
        raise sqlite3.OperationalError

    before = objects(old)
    monkeypatch.setitem(schema.MIGRATIONS, 1, failing)
    with pytest.raises(UnreadableFileError):
        Register(old, office="IDL-OPS")
    assert (objects(old), version_in(old)) == (before, "1")


@pytest.mark.parametrize("office", [None, "IDL-OPS"])
def test_an_older_geosector_refuses_a_newer_register(path, monkeypatch, office):
    Register(path, office="IDL-OPS").shut()
    monkeypatch.setattr(schema, "VERSION", 1)
    with pytest.raises(UnreadableFileError, match="newer geosector"):
        Register(path, office=office)


def test_registers_of_two_versions_are_merged_and_neither_is_touched(old, register, tmp_path):
    register.shut()
    before = objects(old)
    merge_registers(old, register.path, tmp_path / "out.gpkg", office="IDL-OPS")
    with Register(tmp_path / "out.gpkg") as merged:
        assert merged.verify().empty
        assert {"s1", "syn-1"} <= set(merged.table("facilities")["id"])
    assert (objects(old), version_in(old)) == (before, "1")
