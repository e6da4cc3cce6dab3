"""Two offices' registers become one: nothing lost, conflicts listed, neither file touched."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import geopandas as gpd
import pandas as pd
import pytest

from geosector import Register
from geosector.cli import main
from geosector.errors import (
    ChangedMeanwhileError,
    InputError,
    StorageError,
    UnreadableFileError,
)
from geosector.register import merge_registers
from geosector.storage import databases
from tests.register.conftest import synthetic_shelters
from tests.register.test_purge import KILLED


def content(path, name="facilities"):
    with Register(path) as register:
        table = register.table(name)
        table = table.loc[:, table.notna().any() | (table.columns == "geometry")]
        return {
            row["id"]: {key: str(value) for key, value in row.items() if pd.notna(value)}
            for row in table.to_dict("records")
        }


def whole(path):
    with Register(path) as register:
        return register.verify().empty


@pytest.fixture
def offices(tmp_path):
    """Two files with a history in common, and a place for the result."""
    one, other, out = (tmp_path / f"synthetic-{name}.gpkg" for name in "abr")
    with Register(one, office="IDL-OPS") as register:
        register.add("facilities", synthetic_shelters())
    shutil.copy(one, other)
    return one, other, out


def change(path, row_id, office="ALP-OPS", **values):
    with Register(path, office=office) as register:
        return register.change("facilities", row_id, values)


def both_ways(one, other, out):
    """Merge in both orders; the rows must be the same. Gives the conflicts of the first."""
    merged = merge_registers(one, other, out)
    turned = out.with_name("synthetic-turned.gpkg")
    merge_registers(other, one, turned)
    assert content(out) == content(turned)
    assert whole(out)
    assert whole(turned)
    return merged.conflicts


def test_what_only_one_office_changed_is_taken(offices):
    one, other, out = offices
    change(one, "syn-1", capacity=77)
    change(other, "syn-2", status="closed")
    with Register(other, office="ALP-OPS") as register:
        register.add("facilities", synthetic_shelters(1, begin=9))
    assert both_ways(*offices).empty
    rows = content(out)
    assert rows["syn-1"]["capacity"] == "77.0"
    assert rows["syn-2"]["status"] == "closed"
    assert len(rows) == 4


def test_two_columns_of_one_row_are_both_taken(offices):
    one, other, out = offices
    change(one, "syn-1", name="synthetic north")
    change(other, "syn-1", status="damaged")
    assert both_ways(*offices).empty
    assert content(out)["syn-1"]["name"] == "synthetic north"
    assert content(out)["syn-1"]["status"] == "damaged"


@pytest.mark.parametrize(
    ("first", "second", "kept", "rule"),
    [
        ({"status": "closed"}, {"status": "damaged"}, "closed", "careful"),
        ({"status": None}, {"status": "planned"}, "planned", "careful"),
        ({"capacity": 5}, {"capacity": 6}, "5.0", "smaller"),
        ({"valid_to": "2026-01-02"}, {"valid_to": "2026-01-01"}, "2026-01-01 00:00:00", "earlier"),
        ({"valid_from": "2026-01-02"}, {"valid_from": "2026-01-01"}, "2026-01-02 00:00:00",
         "later day"),
        ({"name": "z"}, {"name": "b"}, "b", "later"),
    ],
)  # fmt: skip
def test_where_both_changed_a_value_a_rule_chooses_and_it_is_listed(
    offices, first, second, kept, rule
):
    one, other, out = offices
    change(one, "syn-1", **first)
    change(other, "syn-1", **second)
    found = both_ways(*offices)
    (column,) = first
    assert content(out)["syn-1"][column] == kept
    assert found[["id", "column", "rule", "decided"]].to_numpy().tolist() == [
        ["syn-1", column, rule, False]
    ]


def test_a_conflict_is_decided_when_somebody_changes_the_value(offices):
    one, other, out = offices
    change(one, "syn-1", name="one")
    change(other, "syn-1", name="other")
    merge_registers(one, other, out)
    change(out, "syn-1", name="one")
    with Register(out) as register:
        assert register.conflicts()[["first", "second", "kept", "decided"]].to_numpy().tolist() == [
            ["one", "other", "one", True]
        ]


def test_a_row_that_one_took_out_and_the_other_changed_stays(offices):
    one, other, out = offices
    with Register(one, office="IDL-OPS") as register:
        register.undo("facilities", "syn-1")
        register.undo("facilities", "syn-2")
    change(other, "syn-2", capacity=5)
    found = both_ways(*offices)
    assert sorted(content(out)) == ["syn-2", "syn-3"]
    assert found[["id", "first", "second", "kept", "rule"]].to_numpy().tolist() == [
        ["syn-2", "no row", "a row", "a row", "row stays"]
    ]


def test_merging_again_changes_nothing(offices, tmp_path):
    one, other, out = offices
    change(one, "syn-1", name="one")
    change(other, "syn-1", name="other", status="closed")
    merge_registers(one, other, out)
    again = tmp_path / "again.gpkg"
    for second in (other, one, out):
        assert merge_registers(out, second, again).sequence is None
        with Register(out) as was, Register(again) as now:
            assert was.head() == now.head()
            assert was.table("facilities").equals(now.table("facilities"))


def test_going_on_after_a_merge_needs_no_decision_twice(offices, tmp_path):
    one, other, out = offices
    change(one, "syn-1", name="one")
    change(other, "syn-1", name="other")
    merge_registers(one, other, out)
    change(other, "syn-1", name="newer")
    again = tmp_path / "again.gpkg"
    merged = merge_registers(out, other, again)
    assert len(merged.conflicts) == 1
    assert content(again)["syn-1"]["name"] == "newer"


def test_offices_that_merge_each_in_its_own_order_have_the_same_history(offices, tmp_path):
    one, other, out = offices
    change(one, "syn-1", name="one")
    change(other, "syn-1", name="other")
    turned, last = tmp_path / "turned.gpkg", tmp_path / "last.gpkg"
    merge_registers(one, other, out)
    merge_registers(other, one, turned)
    change(out, "syn-1", name="newest")
    assert len(both_ways(out, turned, last)) == 1
    assert content(last)["syn-1"]["name"] == "newest"


def test_a_merge_taken_back_gives_the_first_register_again(offices):
    one, other, out = offices
    with Register(other, office="ALP-OPS") as register:
        register.undo("facilities", "syn-1")
        register.add("facilities", synthetic_shelters(1, begin=9).assign(colour="blue"))
    change(one, "syn-2", name="one")
    change(other, "syn-2", name="other", status="closed")
    merge_registers(one, other, out)
    with Register(out, office="IDL-OPS") as merged, Register(one) as first:
        assert not merged.table("facilities").equals(first.table("facilities"))
        at = merged.head().sequence
        merged.undo_merge()
        assert merged.table("facilities").equals(first.table("facilities"))
        assert merged.verify().empty
        assert merged.conflicts().empty
        assert merged.as_of("facilities", at)["colour"].tolist()[-1] == "blue"
        with pytest.raises(InputError, match="no such merge"):
            merged.undo_merge()
    again = out.with_name("again.gpkg")
    assert merge_registers(out, other, again).sequence is not None
    assert whole(again)
    assert len(content(again)) == 3


def test_a_merge_is_not_taken_back_over_a_later_change(offices):
    one, other, out = offices
    change(other, "syn-2", name="other")
    merge_registers(one, other, out)
    change(out, "syn-2", name="later")
    with Register(out, office="IDL-OPS") as merged:
        with pytest.raises(ChangedMeanwhileError, match="'syn-2' in facilities was changed since"):
            merged.undo_merge()
        merged.undo("facilities", "syn-2")
        merged.undo_merge()
        assert merged.verify().empty


def test_neither_file_is_touched_and_nothing_is_left_beside(offices, tmp_path):
    one, other, out = offices
    stick = tmp_path / "stick"
    stick.mkdir()
    change(other, "syn-2", name="other")
    kept = stick / "b.gpkg"
    shutil.move(other, kept)
    before = [(file, file.read_bytes(), file.stat().st_mtime_ns) for file in (one, kept)]
    kept.chmod(0o444)
    stick.chmod(0o500)
    try:
        merge_registers(one, kept, out)
    finally:
        stick.chmod(0o700)
    assert [(file, file.read_bytes(), file.stat().st_mtime_ns) for file in (one, kept)] == before
    assert {file.name for file in tmp_path.iterdir()} == {one.name, out.name, "stick"}
    assert [file.name for file in stick.iterdir()] == ["b.gpkg"]
    assert out.stat().st_mode & 0o777 == 0o600


def test_changes_that_are_still_in_the_log_come_along(offices):
    one, other, out = offices
    with Register(other, office="ALP-OPS") as register:
        register.change("facilities", "syn-1", {"name": "in the log"})
        merge_registers(one, other, out)
    assert content(out)["syn-1"]["name"] == "in the log"


def test_edits_of_other_programs_come_along(offices):
    _, other, out = offices
    with closing(sqlite3.connect(other, isolation_level=None)) as database:
        database.execute("UPDATE facilities SET name = 'by hand' WHERE id = 'syn-1'")
        database.execute("INSERT INTO facilities (name) VALUES ('new')")
    assert both_ways(*offices).empty
    assert content(out)["syn-1"]["name"] == "by hand"
    assert len(content(out)) == 4
    again = out.with_name("again.gpkg")
    assert merge_registers(out, other, again).sequence is None


@pytest.mark.parametrize("copied", [True, False])
@pytest.mark.parametrize("purger", [0, 1])
def test_what_one_office_purged_never_comes_back(offices, copied, purger):
    one, other, out = offices
    if not copied:
        other.unlink()
        with Register(other, office="ALP-OPS") as register:
            register.add("facilities", synthetic_shelters())
    paths = (one, other)
    change(paths[1 - purger], "syn-1", name="Synthetic secret")
    with Register(paths[purger], office="IDL-OPS") as register:
        register.purge("facilities", "syn-1")
        register.purge("facilities", "syn-2", columns=["name"])
    found = both_ways(*offices)
    assert "purged" in found["rule"].tolist()
    assert sorted(content(out)) == ["syn-2", "syn-3"]
    assert "name" not in content(out)["syn-2"]
    for word in ("Synthetic secret", "syn-1", "Synthetic shelter 2"):
        assert word.encode() not in out.read_bytes()


def test_a_purge_after_a_merge_takes_the_value_from_both_chains(offices):
    one, other, out = offices
    change(other, "syn-1", name="Synthetic secret")
    merge_registers(one, other, out)
    with Register(out, office="IDL-OPS") as merged:
        merged.purge("facilities", "syn-1")
        assert merged.verify().empty
        assert b"Synthetic secret" not in out.read_bytes()
        merged.undo_merge()
        assert merged.verify().empty
    again = out.with_name("again.gpkg")
    merge_registers(out, other, again)
    assert b"Synthetic secret" not in again.read_bytes()
    assert "syn-1" not in content(again)
    assert whole(again)


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX systems")
@pytest.mark.parametrize("statement", [10, 40, 60, 80])
def test_a_merge_that_is_killed_leaves_both_and_what_stood_there(offices, statement):
    one, other, out = offices
    change(other, "syn-1", name="other")
    shutil.copy(one, out)
    before = {file: file.read_bytes() for file in offices}
    program = KILLED[: KILLED.index("from geosector")] + (
        "from geosector import merge_registers\nmerge_registers(sys.argv[1], *sys.argv[3:])"
    )
    words = [sys.executable, "-c", program, str(one), str(statement), str(other), str(out)]
    assert subprocess.run(words, check=False, timeout=120).returncode == -signal.SIGKILL
    assert {file: file.read_bytes() for file in offices} == before
    merge_registers(one, other, out)
    assert content(out)["syn-1"]["name"] == "other"
    assert sorted(file.name for file in out.parent.iterdir()) == sorted(
        file.name for file in offices
    )


def test_a_full_disk_is_a_fault_of_the_result_and_not_of_what_is_merged(offices, monkeypatch):
    one, other, out = offices

    def refuse(*_args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(databases.os, "fdopen", refuse)
    with pytest.raises(StorageError, match=r"synthetic-r.gpkg could not be written: No space left"):
        merge_registers(one, other, out)
    assert not out.exists()


def test_registers_of_three_offices_meet(offices, tmp_path):
    one, other, out = offices
    third, all_three = tmp_path / "c.gpkg", tmp_path / "all.gpkg"
    shutil.copy(one, third)
    change(other, "syn-1", name="other")
    change(third, "syn-2", name="third")
    merge_registers(one, other, out)
    assert both_ways(out, third, all_three).empty
    assert content(all_three)["syn-1"]["name"] == "other"
    assert content(all_three)["syn-2"]["name"] == "third"
    assert merge_registers(all_three, other, tmp_path / "again.gpkg").sequence is None


def test_rows_under_one_id_that_were_never_compared_are_not_mixed(tmp_path):
    one, other, out = (tmp_path / f"synthetic-{name}.gpkg" for name in "abr")
    for path, place in ((one, 1), (other, 2)):
        with Register(path, office="IDL-OPS") as register:
            register.add("facilities", synthetic_shelters(1, begin=place).assign(id="x"))
    found = both_ways(one, other, out)
    assert set(found["column"]) == {"name", "capacity", "geometry"}
    row = content(out)["x"]
    assert row["name"] == "Synthetic shelter 2"
    assert row["geometry"].startswith("POINT (37.102")


@pytest.mark.parametrize("column", ["hash", "after", "previous"])
def test_a_chain_that_does_not_hold_is_not_merged(offices, column):
    one, other, out = offices
    with closing(sqlite3.connect(other, isolation_level=None)) as database:
        database.execute("DROP TRIGGER changes_are_not_altered")
        database.execute(f"UPDATE changes SET {column} = '{{}}' WHERE sequence = 2")  # noqa: S608 - no value
    with pytest.raises(UnreadableFileError, match="is not merged: its changes do not hold"):
        merge_registers(one, other, out)
    assert not out.exists()


def test_what_is_no_register_or_would_be_replaced_is_refused(offices, tmp_path):
    one, other, out = offices
    with pytest.raises(InputError, match="Write elsewhere"):
        merge_registers(one, other, other)
    with pytest.raises(InputError, match="not the code of an office"):
        merge_registers(one, other, out, office="a person")
    empty = tmp_path / "empty.gpkg"
    empty.touch()
    with pytest.raises(UnreadableFileError, match="empty"):
        merge_registers(one, empty, out)
    table = tmp_path / "table.gpkg"
    gpd.GeoDataFrame(geometry=gpd.points_from_xy([1], [1]), crs="EPSG:4326").to_file(table)
    with pytest.raises(UnreadableFileError, match="no register"):
        merge_registers(one, table, out)
    assert not out.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE merged_changes SET after = '{}' WHERE after NOT NULL",
        "UPDATE merged_changes SET after = 'x'",
        "DELETE FROM merged_changes",
        "UPDATE merged_changes SET previous = hash",
        "UPDATE merged_changes SET source = 1",
    ],
)
def test_check_sees_what_was_done_to_the_chain_of_the_other_office(offices, statement):
    one, other, out = offices
    change(other, "syn-1", name="other")
    change(other, "syn-1", name="again")
    merge_registers(one, other, out)
    with closing(sqlite3.connect(out, isolation_level=None)) as database:
        database.execute(statement)
    with Register(out) as merged:
        assert not merged.verify().empty


def test_the_command_writes_the_register_and_lists_conflicts_beside(offices, capsys):
    one, other, out = offices
    change(one, "syn-1", name="=one")
    change(other, "syn-1", name="other")
    words = ["merge", str(one), str(other), "--office", "IDL-OPS", "--out", str(out)]
    assert main([*words, "--lang", "en"]) == 0
    said = capsys.readouterr()
    assert said.err.startswith("1 conflict, listed in ")
    beside = out.with_suffix(".conflicts.csv")
    assert pd.read_csv(beside)[["id", "column", "kept"]].to_numpy().tolist() == [
        ["syn-1", "name", "other"]
    ]
    assert beside.stat().st_mode & 0o777 == 0o600
    with Register(out) as merged:
        assert str(merged.head()) in said.out
        told = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
        assert told["source"] == f"{one.name}, {other.name}"
        assert {name: told[name] for name in ("audience", "rows", "conflicts", "head")} == {
            "audience": "internal", "rows": {"facilities": 3, "incidents": 0},
            "conflicts": 1, "head": str(merged.head()),
        }  # fmt: skip
    assert main(["check", str(out)]) == 0
    again = out.with_name("again.gpkg")
    assert main(["merge", str(out), str(other), "--out", str(again), "--lang", "en"]) == 0
    assert "holds nothing new" in capsys.readouterr().out


def test_the_command_refuses_to_replace_a_register(offices, capsys):
    one, other, _ = offices
    before = other.read_bytes()
    assert main(["merge", str(one), str(other), "--out", str(other), "--lang", "en"]) == 2
    assert "would be replaced" in capsys.readouterr().err
    assert other.read_bytes() == before


def test_what_came_by_a_merge_and_was_purged_does_not_come_back_from_where_it_came(offices):
    one, other, out = offices
    other.unlink()
    Register(other, office="ALP-OPS").shut()
    merge_registers(other, one, out)
    with Register(out, office="ALP-OPS") as register:
        register.purge("facilities", "syn-1")
        register.undo("facilities", "syn-2")
    change(one, "syn-3", name="newer")
    again = out.with_name("again.gpkg")
    for pair in ((out, one), (one, out)):
        merge_registers(*pair, again)
        assert sorted(content(again)) == ["syn-3"]
        assert b"Synthetic shelter 1" not in again.read_bytes()
        assert whole(again)
