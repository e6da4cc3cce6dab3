"""What the chain notices, and what other programs may do to the file."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing

import pyogrio
import pytest
from shapely.geometry import Point

from geosector import Register
from geosector.errors import InputError
from geosector.register import schema
from tests.register.conftest import synthetic_shelters


def by_hand(path, *statements, protected=False):
    """Change the file behind the register's back; like QGIS, or like somebody with bad aims."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in statements if protected else ():
            database.execute(statement)
        if not protected:
            for trigger in schema.TRIGGERS:
                database.execute(f"DROP TRIGGER {trigger}")
            for statement in statements:
                database.execute(statement)
            for trigger in schema.TRIGGERS.values():
                database.execute(trigger)


def found(register, **asked):
    problems = register.verify(**asked).fillna({"column": ""})
    return problems[["file", "row", "column"]].to_numpy().tolist()


def test_a_register_that_was_only_used_has_no_problems(register):
    register.change("facilities", "syn-1", {"capacity": 11})
    register.undo("facilities", "syn-2")
    assert register.verify().empty


@pytest.mark.parametrize(
    "altering",
    [
        "UPDATE changes SET office = 'ALP-OPS' WHERE sequence = 2",
        "UPDATE changes SET at = '2020-01-01T00:00:00.000Z' WHERE sequence = 2",
        "UPDATE changes SET action = 'change' WHERE sequence = 2",
        "UPDATE changes SET after = replace(after, '20.0', '21.0') WHERE sequence = 2",
        "UPDATE changes SET after = NULL WHERE sequence = 2",
        "UPDATE changes SET after = '[]' WHERE sequence = 2",
        "UPDATE changes SET after = '{' WHERE sequence = 2",
        "UPDATE changes SET row_id = 'syn-9' WHERE sequence = 2",
        "UPDATE changes SET row = 9 WHERE sequence = 2",
        "UPDATE changes SET secret = NULL, remains = '{}' WHERE sequence = 2",
        "UPDATE changes SET secret = 'ff' WHERE sequence = 2",
    ],
)
def test_an_altered_change_is_noticed(register, path, altering):
    by_hand(path, altering)
    assert ["synthetic.gpkg: changes", 2, "hash"] in found(register)


def test_a_change_that_was_left_out_is_noticed(register, path):
    by_hand(path, "DELETE FROM changes WHERE sequence = 2")
    assert ["synthetic.gpkg: changes", 3, "previous"] in found(register)


def test_a_tail_that_was_cut_off_is_noticed_by_who_wrote_the_head_down(register, path):
    before = register.head()
    register.change("facilities", "syn-1", {"capacity": 11})
    head = str(register.head())
    by_hand(
        path, "DELETE FROM changes WHERE sequence = 4",
        "UPDATE facilities SET capacity = 10 WHERE id = 'syn-1'",
    )  # fmt: skip
    assert register.verify().empty
    assert register.verify(head=before).empty
    assert found(register, head=head) == [["synthetic.gpkg: changes", 4, "hash"]]
    with pytest.raises(InputError, match="'4' is not the head of a register"):
        register.verify(head="4")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE changes SET office = 'X'",
        "DELETE FROM changes",
        "INSERT OR REPLACE INTO changes SELECT * FROM changes WHERE sequence = 1",
        "INSERT INTO changes SELECT 9, * FROM (SELECT batch, office, at, table_name, row, row_id, action, about, detail, before, after, secret, remains, previous, hash FROM changes LIMIT 1)",
    ],
)
def test_the_audit_is_only_added_to(register, path, statement):
    with pytest.raises(sqlite3.IntegrityError, match=r"audit|after the last"):
        by_hand(path, statement, protected=True)


def test_a_trigger_that_is_missing_is_noticed(register, path):
    by_hand(path, "DROP TRIGGER changes_are_not_deleted", protected=True)
    assert register.verify()["given"].tolist() == ["changes_are_not_deleted"]


def test_values_taken_away_without_a_purge_are_noticed(register, path):
    register.purge("facilities", "syn-1", columns=["name"])
    with closing(sqlite3.connect(path)) as database:
        (remains,) = database.execute("SELECT remains FROM changes WHERE sequence = 1").fetchone()
    assert "after:name" in remains
    by_hand(path, "DELETE FROM changes WHERE sequence = 4")
    assert ["synthetic.gpkg: changes", 1, "name"] in found(register)


# ------------------------------------------------------------------ other programs


def test_rows_changed_outside_are_listed_and_accepted(register, path):
    by_hand(
        path,
        "UPDATE facilities SET capacity = 77, name = NULL WHERE id = 'syn-1'",
        "DELETE FROM facilities WHERE id = 'syn-2'",
        "INSERT INTO facilities (kind, status) VALUES ('shelter', 'open')",
        protected=True,
    )
    assert found(register) == [
        ["synthetic.gpkg: facilities", row, column]
        for row, column in ((1, "name"), (1, "capacity"), (2, ""), (4, ""))
    ]
    before = register.table("facilities").drop(columns="id")
    register.accept_outside()
    assert register.verify().empty
    assert register.table("facilities").drop(columns="id").equals(before)
    ids = register.table("facilities")["id"].tolist()
    assert ids[:2] == ["syn-1", "syn-3"]
    assert ids[2].startswith("outside-4-")
    assert register.history("facilities", "syn-2")["action"].tolist()[-1] == "outside"
    register.undo("facilities", "syn-2")
    assert "syn-2" in register.table("facilities")["id"].tolist()
    register.undo("facilities", "syn-1")
    assert register.table("facilities").set_index("id").loc["syn-1", "capacity"] == 10
    assert register.verify().empty
    assert register.accept_outside() == []


def test_a_change_over_an_edit_from_outside_keeps_both(register, path):
    by_hand(path, "UPDATE facilities SET capacity = 77 WHERE id = 'syn-1'", protected=True)
    register.change("facilities", "syn-1", {"capacity": 78})
    told = register.history("facilities", "syn-1").tail(2)
    assert told["action"].tolist() == ["outside", "change"]
    assert told["before"].tolist() == [10, 77]
    assert register.verify().empty


def test_an_undo_that_an_edit_from_outside_blocks_is_refused(register, path):
    register.change("facilities", "syn-1", {"capacity": 11})
    by_hand(path, "UPDATE facilities SET capacity = 77 WHERE id = 'syn-1'", protected=True)
    with pytest.raises(InputError, match="another program has changed the row since"):
        register.undo("facilities", "syn-1")


def test_a_row_deleted_outside_comes_back_by_undoing(register, path):
    register.undo("facilities", "syn-2")
    by_hand(path, "INSERT INTO facilities (fid, id) VALUES (2, 'syn-2')", protected=True)
    register.change("facilities", "syn-2", {"capacity": 5})
    by_hand(path, "DELETE FROM facilities WHERE id = 'syn-2'", protected=True)
    register.accept_outside()
    register.undo("facilities", "syn-2")
    assert register.table("facilities")["capacity"].tolist() == [10, 5, 30]
    assert register.verify().empty


def test_gdal_reads_every_layer_with_its_crs_and_letters(register, path):
    layers = dict(pyogrio.list_layers(path).tolist())
    assert set(layers) == {
        "facilities", "incidents", "register", "changes", "merged_changes", "layer_styles",
    }  # fmt: skip
    read = pyogrio.read_dataframe(path, layer="facilities")
    assert read.crs == "EPSG:4326"
    assert read["name_ar"].tolist() == ["ملجأ مُختلَق"] * 3
    assert read.geometry.tolist() == register.table("facilities").geometry.tolist()
    changes = pyogrio.read_dataframe(path, layer="changes")
    assert "ملجأ مُختلَق" in changes["after"].iloc[0]


def test_gdal_adds_rows_that_can_be_accepted(register, path):
    pyogrio.write_dataframe(synthetic_shelters(1, begin=9), path, layer="facilities", append=True)
    assert found(register) == [["synthetic.gpkg: facilities", 4, ""]]
    register.accept_outside()
    assert register.table("facilities").iloc[-1]["id"] == "syn-9"
    assert register.table("facilities").geometry.iloc[-1] == Point(37.109, 36.1)
    assert register.verify().empty


def test_a_layer_with_the_spatial_index_of_other_programs_is_still_changed(path, register):
    """The triggers of GeoPackage's rtree extension call functions that SQLite does not have."""
    by_hand(
        path,
        "CREATE VIRTUAL TABLE rtree_facilities_geom USING rtree(id, minx, maxx, miny, maxy)",
        "CREATE TRIGGER rtree_facilities_geom_insert AFTER INSERT ON facilities WHEN "
        "(NEW.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom)) BEGIN INSERT OR REPLACE INTO "
        "rtree_facilities_geom VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), "
        "ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END",
        protected=True,
    )
    register.add("facilities", synthetic_shelters(1, begin=9))
    with closing(sqlite3.connect(path)) as database:
        (row,) = database.execute("SELECT minx, maxy FROM rtree_facilities_geom").fetchall()
    assert row == pytest.approx((37.109, 36.1), abs=1e-4)


def test_cells_that_make_no_sense_are_shown_as_they_are_and_listed(register, path):
    by_hand(
        path,
        "UPDATE facilities SET geom = x'0102', capacity = 'many', valid_to = 'soon', name = x'ff'"
        " WHERE id = 'syn-1'",
        protected=True,
    )
    row = register.table("facilities").iloc[0]
    assert row["geometry"] is None
    assert row[["capacity", "valid_to"]].isna().all()
    assert {column for _, _, column in found(register)} == {
        "geometry", "capacity", "valid_to", "name",
    }  # fmt: skip
    register.accept_outside()
    assert register.verify().empty


# ------------------------------------------------------------------ versions


def test_a_newer_version_and_a_foreign_database_are_refused(register, path, tmp_path):
    by_hand(path, "UPDATE register SET value = '99' WHERE name = 'version'", protected=True)
    with pytest.raises(InputError, match=r"newer geosector \(version 99"):
        Register(path)
    foreign = tmp_path / "foreign.gpkg"
    synthetic_shelters().to_file(foreign, layer="facilities")
    with pytest.raises(InputError, match="no register of geosector"):
        Register(foreign, office="IDL-OPS")
    assert not schema.is_register(foreign)
    assert not schema.is_register(tmp_path)
    assert not schema.is_register("a" * 5000)
    assert not schema.is_register("a\0b")


VERSION_1 = {
    "changes": "sequence batch office at table_name row row_id action about detail before after "
    "secret remains previous hash",
    "register": "name value",
    "facilities": "fid geom id kind name name_ar name_kmr name_ckb capacity capacity_unit status "
    "valid_from valid_to",
}


def test_version_1_is_as_it_was_released(register, path):
    """A change of these columns needs a migration: files in use have them."""
    with closing(sqlite3.connect(path)) as database:
        for name, columns in VERSION_1.items():
            there = [row[1] for row in database.execute(f"PRAGMA table_info({name})")]
            assert there == columns.split()


def test_nothing_is_lost_when_gdal_opens_the_register_in_the_same_program(register, path):
    """Its own SQLite deletes the log that is open here; what came after was lost."""
    for number in range(3):
        register.change("facilities", "syn-1", {"capacity": 100 + number})
        register.nearest("shelter", 37.1, 36.1)
        assert len(pyogrio.read_dataframe(path, layer="facilities")) == 3
    ask = f"""
from geosector import Register
with Register({str(path)!r}) as other:
    print(other.table("facilities")["capacity"].tolist()[0], other.verify().empty)
"""
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["102.0", "True"]
    register.change("facilities", "syn-1", {"capacity": 1})
    assert pyogrio.read_dataframe(path, layer="facilities")["capacity"][0] == 1
    assert register.verify().empty
