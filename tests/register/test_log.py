"""A log beside a register is its own, or nothing is opened: SQLite would bring in any."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from geosector import Register, merge_registers
from geosector.cli import main
from geosector.errors import InputError, UnreadableFileError
from tests.register.conftest import synthetic_shelters

ENDINGS = ("", "-wal", "-shm")
OTHERS = "is of another copy of"

CUT_OFF = """
import os, sys
from geosector import Register
from tests.register.conftest import synthetic_shelters

register = Register(sys.argv[1], office="IDL-OPS")
register.change("facilities", "syn-1", {"name": "before the power cut"})
register.add("facilities", synthetic_shelters(30, begin=50))
if sys.argv[2] == "purge":
    import geosector.register.purging as purging
    purging.sweep = lambda database: database.execute("VACUUM")
    register.purge("facilities", "syn-2")
os._exit(1)
"""


def cut_off(path, then="nothing"):
    """Change a register and lose power: its latest changes are in its log."""
    subprocess.run([sys.executable, "-c", CUT_OFF, str(path), then], check=False)
    assert path.with_name(f"{path.name}-wal").stat().st_size > 0


def put(source, target):
    """Put a copy in the place of a register, as a planner would; what lies beside stays."""
    shutil.copyfile(source, target)


@pytest.fixture
def copies(tmp_path):
    """Give a register and a copy of it on a stick."""
    path, stick = tmp_path / "synthetic.gpkg", tmp_path / "stick.gpkg"
    with Register(path, office="IDL-OPS") as register:
        register.add("facilities", synthetic_shelters())
    shutil.copy(path, stick)
    return path, stick


@pytest.mark.parametrize("more", [0, 1, 40])
@pytest.mark.parametrize("office", [None, "IDL-OPS"])
def test_a_copy_put_in_the_place_of_a_register_is_not_mixed_with_the_log_of_that(
    copies, more, office, capsys
):
    path, stick = copies
    with Register(stick, office="ALP-OPS") as other:
        other.change("facilities", "syn-2", {"name": "on the stick"})
        if more:
            other.add("facilities", synthetic_shelters(more, begin=200))
        head = other.head()
    cut_off(path)
    put(stick, path)
    before = path.read_bytes()
    with pytest.raises(UnreadableFileError, match=OTHERS):
        Register(path, office=office)
    assert main(["check", str(path), "--lang", "en"]) == 2
    assert "Move synthetic.gpkg-wal and synthetic.gpkg-shm" in capsys.readouterr().err
    assert path.read_bytes() == before
    for ending in ("-wal", "-shm"):  # what the sentence says
        path.with_name(path.name + ending).unlink()
    with Register(path) as again:
        assert again.verify().empty
        assert again.head() == head


def test_an_older_copy_with_the_log_of_a_later_one_is_not_mixed(copies):
    path, stick = copies
    with Register(path, office="IDL-OPS") as register:
        register.add("facilities", synthetic_shelters(40, begin=200))
    cut_off(path)
    put(stick, path)
    with pytest.raises(UnreadableFileError, match=OTHERS):
        Register(path)


def test_a_log_of_something_else_is_not_brought_in(copies, tmp_path):
    path, _ = copies
    other = tmp_path / "other.gpkg"
    with Register(other, office="IDL-OPS") as register:
        register.add("facilities", synthetic_shelters(1))
    cut_off(other)
    shutil.copy(f"{other}-wal", f"{path}-wal")
    with pytest.raises(UnreadableFileError, match=OTHERS):
        Register(path)


def test_a_stick_with_the_log_of_another_copy_is_not_merged(copies, tmp_path):
    path, stick = copies
    with Register(stick, office="ALP-OPS") as other:
        other.change("facilities", "syn-2", {"name": "on the stick"})
    cut_off(path)
    shutil.copy(f"{path}-wal", f"{stick}-wal")
    with pytest.raises(UnreadableFileError, match=r"stick.gpkg-wal is of another copy of .*stick"):
        merge_registers(path, stick, tmp_path / "out.gpkg")
    assert not (tmp_path / "out.gpkg").exists()


def frames(log):
    """List the pages in a log, in the order in which they were written."""
    written = log.read_bytes()
    size = int.from_bytes(written[8:12], "big")
    for begin in range(32, len(written) - 24 - size + 1, 24 + size):
        yield int.from_bytes(written[begin : begin + 4], "big"), written[begin + 24 :][:size]


@pytest.mark.parametrize("then", ["nothing", "purge"])
def test_its_own_log_is_brought_in_whenever_the_power_is_cut(copies, then):
    """Also where the file had taken in some of its pages already, whichever."""
    path, _ = copies
    cut_off(path, then)
    log = path.with_name(f"{path.name}-wal")
    alone, own = path.read_bytes(), log.read_bytes()
    pages = list(dict(frames(log)).items())
    chance = random.Random(9)  # noqa: S311 - pages of a test
    for _ in range(6):
        half = bytearray(alone)
        for number, page in chance.sample(pages, chance.randrange(len(pages) + 1)):
            begin = (number - 1) * len(page)
            half.extend(bytes(max(begin + len(page) - len(half), 0)))
            half[begin : begin + len(page)] = page
        path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
        path.write_bytes(half)
        log.write_bytes(own)
        with Register(path, office="IDL-OPS") as again:
            assert again.verify().empty
            assert again.table("facilities")["name"][0] == "before the power cut"


def test_a_new_register_whose_tables_are_in_its_log_only_is_opened(tmp_path):
    path = tmp_path / "new.gpkg"
    without = "\n".join(line for line in CUT_OFF.splitlines() if "change" not in line)
    subprocess.run([sys.executable, "-c", without, str(path), "nothing"], check=False)
    with Register(path) as again:
        assert len(again.table("facilities")) == 30


# ------------------------------------------------------------------ renamed, replaced

posix = pytest.mark.skipif(os.name != "posix", reason="elsewhere an open file is not renamed")


@posix
def test_nothing_is_lost_when_the_file_is_renamed_while_it_is_open(copies, tmp_path):
    path, _ = copies
    register = Register(path, office="IDL-OPS")
    register.change("facilities", "syn-1", {"name": "made"})
    moved = Path(shutil.move(path, tmp_path / "moved.gpkg"))
    for _ in range(2):
        with pytest.raises(InputError, match="is not there"):
            register.change("facilities", "syn-1", {"name": "not made"})
    register.shut()
    with Register(moved) as again:
        assert again.verify().empty
        assert again.table("facilities")["name"][0] == "made"


@posix
def test_a_file_that_is_renamed_back_is_used_again(copies, tmp_path):
    path, _ = copies
    with Register(path, office="IDL-OPS") as register:
        path.rename(tmp_path / "moved.gpkg")
        with pytest.raises(InputError, match="is not there"):
            register.table("facilities")
        (tmp_path / "moved.gpkg").rename(path)
        register.change("facilities", "syn-1", {"name": "made"})
    with Register(path) as again:
        assert again.table("facilities")["name"][0] == "made"


@posix
def test_a_file_that_is_replaced_while_it_is_open_is_not_mixed_with_what_was_there(copies):
    path, stick = copies
    with Register(stick, office="ALP-OPS") as other:
        other.change("facilities", "syn-2", {"name": "on the stick"})
    register = Register(path, office="IDL-OPS")
    register.change("facilities", "syn-1", {"name": "made"})
    before = stick.read_bytes()
    stick.replace(path)
    with pytest.raises(UnreadableFileError, match=OTHERS):
        register.change("facilities", "syn-1", {"name": "not made"})
    register.shut()
    assert path.read_bytes() == before
