"""Adding, changing, closing, undoing; what is, what was, and who did it."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from shapely.geometry import Point, Polygon

import geosector
from geosector import Register
from geosector.errors import (
    ChangedMeanwhileError,
    InputError,
    MissingCRSError,
    UnknownRowError,
)
from geosector.sample import sample_path
from tests.register.conftest import synthetic_shelters


def capacity(register, row_id):
    return register.table("facilities").set_index("id").loc[row_id, "capacity"]


def test_rows_come_back_as_they_went_in(path):
    for name, read in (
        ("facilities", geosector.read_facilities), ("incidents", geosector.read_incidents),
    ):  # fmt: skip
        rows, _ = read(sample_path(name))
        with Register(path, office="IDL-OPS") as register:
            assert register.add(name, rows).tolist() == rows["id"].tolist()
            back = register.table(name)[rows.columns.tolist()]
        expected = rows.reset_index(drop=True)
        for column in expected.columns.drop("geometry"):
            same = back[column].astype(object).where(back[column].notna(), None)
            given = expected[column].astype(object).where(expected[column].notna(), None)
            assert same.tolist() == given.tolist(), column
        assert back.geometry.geom_equals(expected.geometry).sum() == rows.geometry.notna().sum()


def test_unknown_columns_are_kept_with_their_types(register):
    rows = synthetic_shelters(2, begin=10).assign(
        beds=pd.array([4, None], dtype="Int64"),
        lit=pd.array([True, None], dtype="boolean"),
        fid=["a", "b"],
        geom=["x", None],
        Colour=["red", "blue"],
        colour=["1", "2"],
        tags=[["a", "ب"], None],
    )
    register.add("facilities", rows)
    register.add("facilities", rows.assign(id=["syn-90", "syn-91"]))
    back = register.table("facilities").iloc[3:5]
    assert back["beds"].tolist() == [4, pd.NA]
    assert back["lit"].tolist() == [True, pd.NA]
    assert back["fid_input"].tolist() == ["a", "b"]
    assert back["geom_input"].tolist() == ["x", None]
    assert back["Colour"].tolist() == ["red", "blue"]
    assert back["colour_2"].tolist() == ["1", "2"]
    assert back["tags"].tolist() == ['["a", "ب"]', None]
    assert register.table("facilities")["beds"].tolist()[-2:] == [4, pd.NA]


def test_adding_the_same_again_adds_nothing(register, shelters):
    before = register.head()
    assert register.add("facilities", shelters).tolist() == shelters["id"].tolist()
    register.change("facilities", "syn-1", {"capacity": 99})
    register.add("facilities", shelters)  # a retry that comes after somebody's change
    assert register.head().sequence == before.sequence + 1
    assert capacity(register, "syn-1") == 99


def test_another_row_under_the_same_id_is_refused_and_nothing_is_added(register, shelters):
    rows = pd.concat([synthetic_shelters(1, begin=7), shelters.assign(capacity=1.0)])
    with pytest.raises(InputError, match="There is a 'syn-1' in facilities already"):
        register.add("facilities", rows)
    assert len(register.table("facilities")) == 3


def test_a_row_without_an_id_gets_one_from_its_content(register):
    rows = synthetic_shelters(2, begin=20).assign(id=[None, ""])
    ids = register.add("facilities", rows)
    assert ids.str.fullmatch("[0-9a-f]{12}").all()
    assert register.add("facilities", rows.drop(columns="id")).tolist() == ids.tolist()
    assert len(register.table("facilities")) == 5


def test_an_id_that_comes_twice_is_refused(register):
    with pytest.raises(InputError, match="'x' comes twice"):
        register.add("facilities", synthetic_shelters(2, begin=30).assign(id="x"))


def test_coordinates_of_another_system_are_brought_to_degrees(register):
    rows = synthetic_shelters(1, begin=40).to_crs("EPSG:32637")
    register.add("facilities", rows.rename_geometry("shape"))
    place = register.table("facilities").geometry.iloc[-1]
    assert place.distance(Point(37.14, 36.1)) < 1e-9


def test_tables_without_a_system_or_a_geometry_are_refused(register, shelters):
    with pytest.raises(MissingCRSError):
        register.add(
            "facilities",
            gpd.GeoDataFrame(
                shelters.drop(columns="geometry"), geometry=shelters.geometry.to_numpy()
            ),
        )
    with pytest.raises(InputError, match="no geometry column"):
        register.add("facilities", pd.DataFrame({"id": ["a"]}))
    with pytest.raises(InputError, match="give a DataFrame"):
        register.add("facilities", None)
    with pytest.raises(InputError, match="A register holds no 'roads'"):
        register.add("roads", shelters)


def test_shapes_of_every_kind_and_height_come_back(register):
    shapes = [Polygon([(37, 36), (37.1, 36), (37, 36.1)]), Point(37, 36, 450.25), None, Point()]
    rows = gpd.GeoDataFrame({"id": list("abcd")}, geometry=shapes, crs="EPSG:4326")
    register.add("facilities", rows)
    back = register.table("facilities").geometry.tolist()[-4:]
    assert back[0].equals_exact(shapes[0])
    assert back[1].z == 450.25
    assert back[2:] == [None, None]


def test_a_change_is_kept_only_where_it_changes_something(register):
    assert register.change("facilities", "syn-1", {"capacity": 55, "name": None}) == 4
    assert register.change("facilities", "syn-1", {"capacity": 55.0}) == 4
    row = register.table("facilities").iloc[0]
    assert (row["capacity"], row["name"]) == (55, None)


def test_a_change_made_in_between_is_not_overwritten(register, path):
    register.change("facilities", "syn-1", {"capacity": 40}, expected={"capacity": 10})
    with Register(path, office="ALP-OPS") as other:
        other.change("facilities", "syn-1", {"capacity": 41})
    with pytest.raises(
        ChangedMeanwhileError, match=r"capacity is '41.0' \(change 5 by ALP-OPS, .*'40.0' was"
    ):
        register.change("facilities", "syn-1", {"capacity": 50}, expected={"capacity": 40})
    assert capacity(register, "syn-1") == 41


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"capacity": "many"}, "capacity cannot hold 'many'"),
        ({"capacity": -1}, "capacity cannot be '-1.0'"),
        ({"status": "opened"}, "status cannot be 'opened'. Give open, closed"),
        ({"valid_to": "tomorrow"}, "valid_to cannot hold 'tomorrow'"),
        ({"geometry": "POINT (1 2)"}, "geometry cannot hold"),
        ({"id": "other"}, "id of a row is not changed"),
        ({"valid_from": 2024}, "valid_from cannot hold"),
    ],
)
def test_what_a_column_cannot_hold_is_refused_whole(register, values, sentence):
    before = register.head()
    with pytest.raises(InputError, match=sentence):
        register.change("facilities", "syn-1", {"name": "new", **values})
    assert register.head() == before


def test_text_does_not_become_a_number(register):
    register.change("facilities", "syn-1", {"beds": 4})
    with pytest.raises(InputError, match="beds cannot hold '007'"):
        register.change("facilities", "syn-1", {"beds": "007"})
    register.change("facilities", "syn-1", {"code": "007"})
    assert register.table("facilities")["code"].iloc[0] == "007"


def test_a_shape_is_moved(register):
    register.change("facilities", "syn-1", {"geometry": Point(37.5, 36.5)})
    assert register.table("facilities").geometry.iloc[0] == Point(37.5, 36.5)
    moves = register.history("facilities", "syn-1").query("column == 'geometry'")
    assert moves["before"].iloc[-1] == Point(37.101, 36.1)


def test_an_unknown_row_is_refused(register):
    for ask in (
        lambda: register.change("facilities", "nobody", {"capacity": 1}),
        lambda: register.close("incidents", "syn-1"),
        lambda: register.undo("facilities", "nobody"),
        lambda: register.undo("facilities", "syn-1", sequence=2),
        lambda: register.history("facilities", "nobody"),
    ):
        with pytest.raises(UnknownRowError):
            ask()


def test_a_closed_facility_stays_with_its_last_day(register):
    register.close("facilities", "syn-2", day=dt.date(2026, 11, 27), status="damaged")
    row = register.table("facilities").iloc[1]
    assert (row["status"], row["valid_to"]) == ("damaged", pd.Timestamp("2026-11-27"))
    register.close("facilities", "syn-3")
    assert register.table("facilities")["valid_to"].notna().sum() == 2


def test_a_closed_incident_stays_with_the_day(register):
    rows, _ = geosector.read_incidents(sample_path("incidents"))
    register.add("incidents", rows.head(2))
    register.close("incidents", rows["id"].iloc[0], day="2024-04-01")
    assert register.table("incidents")["closed_on"].tolist() == [pd.Timestamp("2024-04-01"), pd.NaT]


def test_undo_takes_back_and_undo_of_undo_brings_back(register):
    register.change("facilities", "syn-1", {"capacity": 11, "code": "x"})
    register.undo("facilities", "syn-1")
    assert capacity(register, "syn-1") == 10
    assert register.table("facilities")["code"].iloc[0] is None
    register.undo("facilities", "syn-1")
    assert capacity(register, "syn-1") == 11


def test_an_undone_row_is_gone_and_comes_back_whole(register):
    before = register.table("facilities")
    register.undo("facilities", "syn-2")
    assert register.table("facilities")["id"].tolist() == ["syn-1", "syn-3"]
    assert register.history("facilities", "syn-2")["action"].tolist()[-1] == "undo"
    register.undo("facilities", "syn-2")
    assert_geodataframe_equal(register.table("facilities"), before)


def test_an_older_change_is_undone_where_nothing_stands_in_the_way(register):
    first = register.change("facilities", "syn-1", {"capacity": 11})
    register.change("facilities", "syn-1", {"name": "Renamed"})
    register.undo("facilities", "syn-1", sequence=first)
    row = register.table("facilities").iloc[0]
    assert (row["capacity"], row["name"]) == (10, "Renamed")
    with pytest.raises(ChangedMeanwhileError, match="change 6 by IDL-OPS"):
        register.undo("facilities", "syn-1", sequence=first)
    with pytest.raises(ChangedMeanwhileError, match="Change 1 of 'syn-1'"):
        register.undo("facilities", "syn-1", sequence=1)


def test_an_id_is_free_again_when_its_row_was_undone(register, shelters):
    register.undo("facilities", "syn-3")
    register.add("facilities", shelters.tail(1).assign(capacity=1.0))
    assert capacity(register, "syn-3") == 1
    assert register.verify().empty


def test_the_history_tells_who_changed_what(register):
    register.change("facilities", "syn-1", {"capacity": 11})
    register.undo("facilities", "syn-1")
    told = register.history("facilities", "syn-1")
    assert told["action"].tolist() == ["add"] * 7 + ["change", "undo"]
    assert told.iloc[-2:][["column", "before", "after"]].to_numpy().tolist() == [
        ["capacity", 10.0, 11.0], ["capacity", 11.0, 10.0],
    ]  # fmt: skip
    assert told["about"].tolist()[-1] == 4
    assert set(told["office"]) == {"IDL-OPS"}
    assert told["at"].str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z").all()


def stamp(monkeypatch, *moments):
    given = iter(moments)
    monkeypatch.setattr("geosector.register.ledger._now", lambda: f"{next(given)}T00:00:00.000Z")


def test_a_table_is_shown_as_it_was(path, shelters, monkeypatch):
    stamp(monkeypatch, "2026-01-01", "2026-01-02", "2026-01-03")
    with Register(path, office="IDL-OPS") as register:
        register.add("facilities", shelters)
        register.change("facilities", "syn-1", {"capacity": 11})
        register.undo("facilities", "syn-3")
        now = register.table("facilities")
        for moment, ids in (
            (dt.datetime(2025, 12, 31, tzinfo=dt.UTC), []),
            (dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC), ["syn-1", "syn-2", "syn-3"]),
            (
                dt.datetime(2026, 1, 3, 2, tzinfo=dt.timezone(dt.timedelta(hours=2))),
                ["syn-1", "syn-2"],
            ),
        ):
            assert register.as_of("facilities", moment)["id"].tolist() == ids
        assert register.as_of("facilities", 3)["capacity"].tolist() == [10, 20, 30]
        assert_geodataframe_equal(register.as_of("facilities", 5), now)
        with pytest.raises(InputError, match="no time zone"):
            register.as_of("facilities", dt.datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("wrong", ["1980-01-01", "2099-01-01"])
def test_one_wrong_clock_does_not_confuse_the_past(path, wrong, monkeypatch):
    days = [f"2026-01-{day:02}" for day in range(1, 8)]
    days[3] = wrong
    stamp(monkeypatch, *days)
    with Register(path, office="IDL-OPS") as register:
        for number in range(7):
            register.add("facilities", synthetic_shelters(1, begin=number))
        for day in (1, 6, 7):  # beside the wrong one, either side is as likely
            moment = dt.datetime(2026, 1, day, 12, tzinfo=dt.UTC)
            assert len(register.as_of("facilities", moment)) == day


def test_a_register_without_an_office_is_only_read(register, path):
    with Register(path) as reader:
        assert len(reader.table("facilities")) == 3
        with pytest.raises(InputError, match="opened without an office"):
            reader.change("facilities", "syn-1", {"capacity": 1})


def test_a_person_does_not_sign(path):
    with pytest.raises(InputError, match="not the code of an office"):
        Register(path, office="Samar Haddad")
    assert not path.exists()


def test_letters_that_no_file_holds_are_replaced(register):
    register.change("facilities", "syn-1", {"name": "a\0b\ud800c", "tags": np.array(["x"])})
    assert register.table("facilities")["name"].iloc[0] == "a\ufffdb\ufffdc"
    assert register.verify().empty
