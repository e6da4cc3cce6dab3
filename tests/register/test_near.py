"""The nearest open shelters, now: with the changes of everybody."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import Point, box

from geosector import Register
from geosector.errors import InputError
from geosector.register import near
from tests.register.conftest import synthetic_shelters
from tests.register.test_deciding import synthetic_reports

HERE = (37.1, 36.1)


def ids(register, *asked, **more):
    return [found.id for found in register.nearest("shelter", *HERE, *asked, **more)]


def test_the_nearest_come_first_with_their_distance(register):
    found = register.nearest("shelter", *HERE, k=2)
    assert [one.id for one in found] == ["syn-1", "syn-2"]
    assert [round(one.distance_m) for one in found] == [90, 180]
    assert len(register.nearest("shelter", *HERE, k=99)) == 3
    assert register.nearest("warehouse", *HERE) == []


def test_only_the_kind_and_status_that_were_asked_for(register):
    register.add("facilities", synthetic_shelters(1, begin=0).assign(kind="clinic"))
    register.close("facilities", "syn-1", day="2020-01-01")
    assert ids(register, 9) == ["syn-2", "syn-3"]
    assert ids(register, 9, status="closed") == []
    assert ids(register, 9, status="closed", at=dt.date(2020, 1, 1)) == ["syn-1"]
    assert [one.id for one in register.nearest(None, *HERE, 2, status=None)] == ["syn-0", "syn-2"]


def test_only_what_holds_on_the_day(register):
    many = synthetic_shelters(40, begin=10).assign(valid_to="2020-06-30")
    register.add("facilities", many)
    register.change("facilities", "syn-1", {"valid_from": "2021-01-01", "valid_to": None})
    assert ids(register, 3, at=dt.date(2020, 12, 31)) == ["syn-2", "syn-3"]
    assert ids(register, 3, at=dt.date(2021, 1, 1)) == ["syn-1", "syn-2", "syn-3"]
    assert len(ids(register, 99, at=dt.date(2020, 6, 30))) == 42


def test_it_follows_every_change_of_its_own_and_of_others(register, path):
    assert ids(register) == ["syn-1"]
    with Register(path, office="ALP-OPS") as other:
        assert ids(other) == ["syn-1"]
        other.add("facilities", synthetic_shelters(1, begin=0))
        assert ids(register, 2) == ["syn-0", "syn-1"]
        register.close("facilities", "syn-0")
        assert ids(register, 2, at=dt.date(2100, 1, 1)) == ["syn-1", "syn-2"]
        assert ids(other, 1) == ["syn-1"]
        other.undo("facilities", "syn-1")
        other.change("facilities", "syn-3", {"geometry": Point(*HERE)})
        other.change("facilities", "syn-2", {"geometry": None})
        assert ids(register, 9) == ["syn-3"]
        other.purge("facilities", "syn-3")
        assert ids(register, 9) == []


def test_it_follows_what_other_programs_do_and_the_purge_of_a_column(register, path):
    assert ids(register) == ["syn-1"]
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("UPDATE facilities SET status = 'closed' WHERE id = 'syn-1'")
    assert ids(register) == ["syn-2"]
    register.purge("facilities", columns=["geometry"])
    assert ids(register) == []


def test_ids_exchanged_outside_and_a_row_that_vanished_are_followed(register, path):
    assert ids(register) == ["syn-1"]
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for number, name in ((1, "x"), (2, "syn-1"), (1, "syn-2")):
            database.execute("UPDATE facilities SET id = ? WHERE fid = ?", (name, number))
        database.execute("DELETE FROM facilities WHERE fid = 3")
    assert ids(register, 9) == ["syn-2", "syn-1"]
    register.accept_outside()
    assert register.verify().empty
    assert ids(register, 9) == ["syn-2", "syn-1"]


def test_an_area_counts_by_a_point_inside(register):
    area = gpd.GeoDataFrame(
        {"id": ["area"], "kind": ["shelter"], "status": ["open"]},
        geometry=[box(37.0999, 36.0999, 37.1001, 36.1001)],
        crs="EPSG:4326",
    )
    register.add("facilities", area)
    assert ids(register) == ["area"]


def test_a_point_typed_wrong_leaves_the_distances_of_the_others_right(register):
    wrong = synthetic_shelters(1, begin=50)
    wrong.geometry = [Point(-143, 36)]
    register.add("facilities", wrong)
    register.add("facilities", synthetic_shelters(30, begin=60))
    found = register.nearest("shelter", *HERE, k=99)
    assert round(found[0].distance_m) == 90
    register.undo("facilities", "syn-50")
    assert len(register.nearest("shelter", *HERE, k=99)) == 33


def test_it_finds_what_measuring_all_would_find(path):
    random = np.random.default_rng(0)
    points = gpd.points_from_xy(*random.uniform([[37], [36]], [[37.2], [36.2]], (2, 300)))
    rows = gpd.GeoDataFrame(
        {
            "id": [f"syn-{n:03}" for n in range(300)],
            "kind": random.choice(["shelter", "clinic"], 300),
            "status": random.choice(["open", "closed"], 300),
        },
        geometry=points,
        crs="EPSG:4326",
    )
    with Register(path, office="IDL-OPS") as register:
        register.add("facilities", rows)
        chosen = rows.query("kind == 'shelter' and status == 'open'")
        far = chosen.to_crs("EPSG:32637").distance(
            gpd.GeoSeries([Point(37.1, 36.1)], crs="EPSG:4326").to_crs("EPSG:32637").iloc[0]
        )
        expected = chosen.assign(far=far).sort_values("far")["id"].head(10).tolist()
        assert [one.id for one in register.nearest("shelter", 37.1, 36.1, 10)] == expected


def test_no_place_is_refused(register):
    for lon, lat, k in ((np.nan, 36, 1), (37, 99, 1), (37, 36, 0)):
        with pytest.raises(InputError):
            register.nearest("shelter", lon, lat, k)


def test_an_edit_of_another_program_is_not_hidden_by_changes_that_are_written_down(register, path):
    assert ids(register) == ["syn-1"]
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("UPDATE facilities SET status = 'closed' WHERE id = 'syn-1'")
    with Register(path, office="ALP-OPS") as other:
        other.change("facilities", "syn-3", {"capacity": 1})
    assert ids(register) == ["syn-2"]


def test_only_rows_that_were_written_are_read_again(register, path, monkeypatch):
    assert ids(register) == ["syn-1"]
    asked = []
    read = near._read

    def noted(database, rows):
        asked.append(rows)
        return read(database, rows)

    monkeypatch.setattr(near, "_read", noted)
    with Register(path, office="ALP-OPS") as other:
        other.add("incidents", synthetic_reports())
        assert ids(register) == ["syn-1"]
        other.change("facilities", "syn-2", {"capacity": 1})
        assert ids(register) == ["syn-1"]
    assert asked == [{2}]


@pytest.mark.parametrize(
    ("edit", "nearest"),
    [
        (("INSERT OR REPLACE INTO facilities (id, kind, status, geom) "
         "SELECT 'syn-1', kind, status, geom FROM facilities WHERE id = 'syn-3'"),
         ["syn-2", "syn-1", "syn-3"]),
        ("UPDATE facilities SET fid = 77 WHERE id = 'syn-1'", ["syn-1", "syn-2", "syn-3"]),
        ("DELETE FROM facilities WHERE id = 'syn-1'", ["syn-2", "syn-3"]),
        ("DELETE FROM facilities", []),
    ],
)  # fmt: skip
def test_rows_that_another_program_replaces_or_deletes_are_followed(register, path, edit, nearest):
    assert len(ids(register, 9)) == 3
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(edit)
    assert ids(register, 9) == nearest
    with Register(path) as anew:
        assert ids(anew, 9) == nearest
