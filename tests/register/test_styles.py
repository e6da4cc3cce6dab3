"""A register opens in QGIS styled, and what users made of its styles is theirs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from xml.etree import ElementTree as ET

import pyogrio
import pytest
import shapely
from shapely.geometry import LineString

from geosector import Register
from geosector.language import speaking
from tests.register.conftest import synthetic_shelters
from tests.register.old import write_version_1


def styles(path):
    with closing(sqlite3.connect(path)) as database:
        return dict(database.execute("SELECT f_table_name, styleQML FROM layer_styles"))


def edit(path, layer, document="<qgis>mine</qgis>"):
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(
            "UPDATE layer_styles SET styleQML = ? WHERE f_table_name = ?", (document, layer)
        )


def test_each_layer_has_a_style_that_is_its_default(register, path):
    with closing(sqlite3.connect(path)) as database:
        found = database.execute(
            "SELECT f_table_name, f_geometry_column, useAsDefault FROM layer_styles ORDER BY id"
        ).fetchall()
    assert found == [("facilities", "geom", 1), ("incidents", "geom", 1)]
    labels = {
        layer: [rule.get("label") for rule in ET.fromstring(document).iter("rule")]  # noqa: S314
        for layer, document in styles(path).items()
    }
    assert len(labels["facilities"]) > len(labels["incidents"]) > 1


def test_the_styles_are_registered_and_gdal_lists_them_without_shapes(register, path):
    with closing(sqlite3.connect(path)) as database:
        facts = database.execute(
            "SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'"
        )
        assert facts.fetchall() == [("attributes",)]
    assert dict(pyogrio.list_layers(path).tolist())["layer_styles"] is None
    assert len(pyogrio.read_dataframe(path, layer="layer_styles")) == 2


def test_verify_does_not_mind_a_style_that_was_edited(register, path):
    edit(path, "facilities")
    assert register.verify().empty
    assert register.accept_outside() == []


def test_a_style_that_nobody_edited_is_made_in_the_current_language(register, path):
    before = styles(path)
    with speaking("ar"):
        assert register.restyle() == ["facilities", "incidents"]
    assert styles(path)["facilities"] != before["facilities"]
    with speaking("en"):
        register.restyle()
    assert styles(path) == before


def test_a_style_that_a_user_edited_is_kept(register, path):
    edit(path, "facilities")
    with speaking("ar"):
        assert register.restyle() == ["incidents"]
    assert styles(path)["facilities"] == "<qgis>mine</qgis>"


def synthetic_areas(count):
    rows = synthetic_shelters(count, begin=8)
    return rows.set_geometry(shapely.buffer(rows.geometry.array, 0.001), crs="EPSG:4326")


def shapes_drawn(path, layer="facilities"):
    root = ET.fromstring(styles(path)[layer])  # noqa: S314
    return {one.get("type") for one in root.find("renderer-v2/symbols")}


def test_a_style_grows_with_the_shapes_in_its_layer(register, path):
    assert shapes_drawn(path) == {"marker"}
    register.add("facilities", synthetic_areas(1))
    assert shapes_drawn(path) == {"marker", "fill"}
    before = styles(path)["facilities"]
    register.change("facilities", "syn-1", {"geometry": LineString([(37, 36), (37, 36.1)])})
    assert shapes_drawn(path) == {"marker", "fill", "line"}
    assert shapes_drawn(path, "incidents") == {"marker"}
    register.undo("facilities", "syn-1")
    assert register.restyle() == ["facilities", "incidents"]
    assert styles(path)["facilities"] == before


def test_a_shape_from_outside_is_drawn_when_it_is_accepted(register, path):
    pyogrio.write_dataframe(synthetic_areas(1), path, layer="facilities", append=True)
    assert shapes_drawn(path) == {"marker"}
    register.accept_outside()
    assert shapes_drawn(path) == {"marker", "fill"}


def test_a_new_shape_does_not_replace_a_style_that_a_user_edited(register, path):
    edit(path, "facilities")
    register.add("facilities", synthetic_areas(1))
    assert styles(path)["facilities"] == "<qgis>mine</qgis>"


def test_a_register_that_holds_areas_only_is_drawn_so(tmp_path):
    path = tmp_path / "areas.gpkg"
    with Register(path, office="IDL-OPS") as register:
        register.add("facilities", synthetic_areas(3))
    assert shapes_drawn(path) == {"fill"}


def test_a_style_that_was_deleted_comes_again(register, path):
    before = styles(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("DELETE FROM layer_styles WHERE f_table_name = 'facilities'")
    register.restyle()
    assert styles(path) == before


def test_a_style_that_a_user_added_beside_is_kept_with_its_rank(register, path):
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("UPDATE layer_styles SET useAsDefault = 0")
        database.execute(
            "INSERT INTO layer_styles (f_table_name, styleName, styleQML, useAsDefault) "
            "VALUES ('facilities', 'mine', '<qgis/>', 1)"
        )
    register.restyle()
    with closing(sqlite3.connect(path)) as database:
        asked = "SELECT styleQML FROM layer_styles WHERE useAsDefault AND f_table_name = ?"
        assert database.execute(asked, ("facilities",)).fetchall() == [("<qgis/>",)]


def test_styles_saved_in_a_register_of_version_1_are_kept(tmp_path):
    old = write_version_1(tmp_path / "old.gpkg")
    with closing(sqlite3.connect(old, isolation_level=None)) as database:
        database.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
            "f_table_catalog TEXT, f_table_schema TEXT, f_table_name TEXT, "
            "f_geometry_column TEXT, styleName TEXT, styleQML TEXT, styleSLD TEXT, "
            "useAsDefault BOOLEAN, description TEXT, owner TEXT, ui TEXT, update_time DATETIME)"
        )
        database.execute(
            "INSERT INTO layer_styles (f_table_name, styleQML) VALUES ('Facilities', '<qgis/>')"
        )
        database.execute("INSERT INTO gpkg_contents (table_name, data_type, identifier) "
                         "VALUES ('layer_styles', 'attributes', 'layer_styles')")  # fmt: skip
    with Register(old, office="IDL-OPS") as register:
        assert register.verify().empty
    found = styles(old)
    assert found.pop("Facilities") == "<qgis/>"
    assert list(found) == ["incidents"]


@pytest.mark.parametrize("name", ["Salt_Mill_synthetic", 'Mill & "Salt" <synthetic>'])
def test_a_purge_takes_a_style_that_names_the_value(register, path, name):
    register.change("facilities", "syn-1", {"name": name})
    root = ET.Element("qgis")
    ET.SubElement(root, "category", label=name)
    edit(path, "facilities", ET.tostring(root, encoding="unicode"))
    register.purge("facilities", "syn-1", columns=["name"])
    register.shut()
    assert b"Mill" not in path.read_bytes()
    assert "rule" in styles(path)["facilities"]
    with Register(path) as again:
        assert again.verify().empty


def test_a_purge_of_other_values_leaves_a_style_alone(register, path):
    edit(path, "facilities")
    register.purge("facilities", "syn-1")
    assert styles(path)["facilities"] == "<qgis>mine</qgis>"
