"""The file: who may read it, what is refused, what a full disk and a crash leave."""

from __future__ import annotations

import errno
import multiprocessing
import os
import random
import shutil
import sqlite3
import stat
from contextlib import closing

import pytest

from geosector import Register
from geosector.errors import InputError, StorageError, UnreadableFileError
from geosector.register import is_register
from geosector.storage import databases, open_database, transaction
from tests.register.conftest import synthetic_shelters

posix = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX systems")


@posix
def test_only_its_owner_reads_a_new_register(register, path):
    files = [file for file in path.parent.iterdir() if file.name.startswith(path.name)]
    assert len(files) == 3  # the log and its index too
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_closed_register_is_one_file(register, path):
    register.shut()
    assert [file.name for file in path.parent.iterdir()] == ["synthetic.gpkg"]
    assert is_register(path)


def test_a_slip_in_a_path_is_noticed(tmp_path):
    for asked in ({"office": "IDL-OPS", "create": False}, {}):
        with pytest.raises(UnreadableFileError, match="is not there"):
            Register(tmp_path / "slip.gpkg", **asked)
    with pytest.raises(StorageError, match="does not exist"):
        Register(tmp_path / "slip" / "slip.gpkg", office="IDL-OPS")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"id,kind\n1,shelter\n" * 20, b"\0" * 5000, b"PK\3\4"])
def test_something_else_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError):
        Register(path, office="IDL-OPS")
    assert path.read_bytes() == content
    assert not is_register(path)


def test_an_empty_file_becomes_a_register_only_for_an_office(path):
    path.touch()
    with pytest.raises(UnreadableFileError, match="is empty"):
        Register(path)
    Register(path, office="IDL-OPS").shut()
    assert is_register(path)


def test_a_torn_file_is_refused_at_any_length(register, path):
    register.shut()
    whole = path.read_bytes()
    for length in (10, 99, 100, 512, 4096, len(whole) // 2, len(whole) - 4096, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(UnreadableFileError, match="damaged or of another kind"):
            Register(path, office="IDL-OPS")


def test_a_page_that_was_overwritten_is_one_typed_error_or_a_problem(register, path):
    register.add("facilities", synthetic_shelters(200, begin=10))
    register.shut()
    whole = path.read_bytes()
    refused = listed = 0
    for page in range(1, len(whole) // 4096):
        path.write_bytes(whole[: page * 4096] + b"\xa5" * 4096 + whole[(page + 1) * 4096 :])
        try:
            with Register(path, office="IDL-OPS") as damaged:
                listed += not damaged.verify().empty
        except UnreadableFileError:
            refused += 1
    assert refused + listed == len(whole) // 4096 - 1


def test_a_bit_that_turned_is_one_typed_error_or_a_problem_or_changes_nothing(register, path):
    register.change("facilities", "syn-1", {"name": "synthetic"})
    expected = register.table("facilities")
    register.shut()
    whole = path.read_bytes()
    chance = random.Random(3)  # noqa: S311 - bits of a test
    outcomes = set()
    for _ in range(150):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            with Register(path) as read:
                is_sound = read.verify().empty
                assert not is_sound or read.table("facilities").equals(expected)
                outcomes.add(is_sound)
        except UnreadableFileError:
            outcomes.add(None)
    assert outcomes >= {True, False}


def test_letters_of_the_schema_that_are_damaged_are_a_typed_error(register, path):
    register.shut()
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE changes", b"CREATE T\xc5BLE changes"))
    assert is_register(path)
    with pytest.raises(UnreadableFileError, match="damaged or of another kind"):
        Register(path)


def test_a_shape_that_says_it_is_empty_is_noticed(register, path):
    register.shut()
    path.write_bytes(path.read_bytes().replace(b"GP\x00\x01", b"GP\x00\x11"))
    with Register(path) as read:
        assert read.verify()["column"].tolist() == ["geometry"] * 3


def test_a_damaged_change_is_one_typed_error_when_it_is_needed(register, path):
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("DROP TRIGGER changes_are_not_altered")
        database.execute("UPDATE changes SET after = '{'")
    for ask in (
        lambda: register.history("facilities", "syn-1"),
        lambda: register.change("facilities", "syn-1", {"capacity": 1}),
    ):
        with pytest.raises(UnreadableFileError, match="of the register is damaged"):
            ask()


# ------------------------------------------------------------------ write-protected


def read_protected(monkeypatch, *paths):
    """Say that these cannot be written, also to a test that runs as root."""
    real = os.access

    def access(asked, mode, **more):
        return not (mode & os.W_OK and str(asked) in map(str, paths)) and real(asked, mode, **more)

    monkeypatch.setattr(os, "access", access)


def test_a_write_protected_register_is_read_and_not_changed(register, path, monkeypatch):
    register.shut()
    read_protected(monkeypatch, path)
    with Register(path, office="IDL-OPS") as reader:
        assert len(reader.table("facilities")) == 3
        assert reader.verify().empty
        assert len(reader.nearest("shelter", 37.1, 36.1, 2)) == 2
        with pytest.raises(StorageError, match="could not be written"):
            reader.change("facilities", "syn-1", {"capacity": 1})
        with pytest.raises(StorageError):
            reader.purge("facilities", "syn-1")


def test_changes_that_are_still_in_the_log_are_never_overlooked(
    register, path, monkeypatch, tmp_path
):
    copy = tmp_path / "stick"
    copy.mkdir()
    for ending in ("", "-wal"):
        shutil.copy(f"{path}{ending}", copy / f"copied.gpkg{ending}")
    read_protected(monkeypatch, copy, copy / "copied.gpkg")
    with pytest.raises(UnreadableFileError, match=r"still in copied.gpkg-wal. Copy both"):
        Register(copy / "copied.gpkg")
    read_protected(monkeypatch)
    monkeypatch.undo()
    with Register(copy / "copied.gpkg") as both:
        assert len(both.table("facilities")) == 3


# ------------------------------------------------------------------ full, busy


def test_a_full_disk_is_one_typed_error_and_the_register_stays_whole(register):
    (pages,) = register._database.execute("PRAGMA page_count").fetchone()
    register._database.execute(f"PRAGMA max_page_count = {pages + 2}")
    head = register.head()
    with pytest.raises(StorageError, match="database or disk is full"):
        register.add("facilities", synthetic_shelters(500, begin=10))
    assert register.head() == head
    assert register.verify().empty
    register.change("facilities", "syn-1", {"capacity": 11})


def test_a_busy_register_is_one_typed_error(register, path):
    register._database.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="kept busy by another program"):
            register.change("facilities", "syn-1", {"capacity": 11})
        assert len(register.table("facilities")) == 3  # reading never waits


def test_a_transaction_that_fails_leaves_nothing(path):
    with closing(open_database(path, create=True)) as database:
        with pytest.raises(UnreadableFileError), transaction(database, path):
            database.execute("CREATE TABLE half (id TEXT)").execute("no statement")
        assert database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


def test_a_file_that_the_system_does_not_give_is_a_typed_error(path, monkeypatch):
    def refuse(*_args):
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    monkeypatch.setattr(databases.os, "open", refuse)
    with pytest.raises(StorageError, match="quota"):
        Register(path, office="IDL-OPS")


def open_and_add(path, number):
    with Register(path, office="IDL-OPS") as register:
        register.add("facilities", synthetic_shelters(1, begin=number))


@posix
def test_a_register_may_be_made_by_several_programs_at_once(path):
    start = multiprocessing.get_context("forkserver")
    makers = [start.Process(target=open_and_add, args=(path, number)) for number in range(2)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    with Register(path) as register:
        assert len(register.table("facilities")) == len(makers)
        assert register.verify().empty


def test_a_register_that_cannot_be_opened_holds_no_file_open(path):
    path.write_bytes(b"x" * 200)
    with pytest.raises(InputError):
        Register(path, office="IDL-OPS")
    path.unlink()
    Register(path, office="IDL-OPS").shut()
