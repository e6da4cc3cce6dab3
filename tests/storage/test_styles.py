"""A GeoPackage tells QGIS how to draw each of its layers."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from xml.etree.ElementTree import Element

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from defusedxml import ElementTree
from shapely.geometry import LineString, Point, box

from geosector import palette, storage, tables
from geosector.language import speaking
from geosector.maps import theme, words
from geosector.maps.saying import spoken
from geosector.report.sector_map import BORDERS, border_style, style_name
from geosector.sources import read_facilities, read_tables
from geosector.storage import styles

POINTS = [Point(37, 36), Point(37.1, 36)]
SECTORS = gpd.GeoDataFrame(
    {"sector_id": [1, 2, 3], "name": ["شمال", "it's", "a\x07"]},
    geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1), box(0, 1, 2, 2)],
    crs="EPSG:4326",
)
LAYERS = {
    "sectors": SECTORS,
    "borders": gpd.GeoDataFrame(
        {"left": [1], "right": [2], "road_class": ["primary_link"], "name": ["شارع"]},
        geometry=[LineString([(1, 0), (1, 1)])],
        crs="EPSG:4326",
    ),
    "blocks": SECTORS.assign(block_id=[1, 2, 3], kind=["block", "plot", "water"]),
    "facilities": gpd.GeoDataFrame(
        {"kind": ["shelter", "clinic"], "status": ["open", "closed"], "name": ["a", "b"]},
        geometry=POINTS,
        crs="EPSG:4326",
    ),
    "incidents": gpd.GeoDataFrame(
        {"kind": ["fire", "x"], "date": pd.to_datetime(["2024-04-16"] * 2)},
        geometry=POINTS,
        crs="EPSG:4326",
    ),
    "matches": gpd.GeoDataFrame(
        {"decision": ["review", "refused"], "match_id": ["1", "2"], "match_name": ["إدلب", ""]},
        geometry=[POINTS[0], None],
        crs="EPSG:4326",
    ),
    "roads": gpd.GeoDataFrame(
        {"road_class": ["primary"], "state": ["closed"]},
        geometry=[LineString([(1, 0), (1, 1)])],
        crs="EPSG:4326",
    ),
    "others": gpd.GeoDataFrame({"a": [1, 2]}, geometry=POINTS, crs="EPSG:4326"),
    "summary": pd.DataFrame({"a": [1]}),
}


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    file = tmp_path_factory.mktemp("styles") / "a.gpkg"
    with speaking("en"):
        storage.write_layers(LAYERS, file)
    return file


def asked(file, question):
    with closing(sqlite3.connect(file)) as opened:
        return opened.execute(question).fetchall()


def drawn(table, layer="anything") -> tuple[str, Element]:
    name, document = styles.layer_style(layer, table)
    return name, ElementTree.fromstring(document)


def legend(table):
    return [rule.get("label") for rule in drawn(table)[1].iter("rule")]


def filters(table):
    return [rule.get("filter") for rule in drawn(table)[1].iter("rule")]


def test_every_layer_with_shapes_has_one_style_that_is_its_default(package):
    found = asked(package, "select f_table_name, useAsDefault from layer_styles order by id")
    assert found == [(name, 1) for name in LAYERS if name != "summary"]


def test_a_style_names_the_column_in_which_the_shapes_are(package):
    named = asked(package, "select f_table_name, f_geometry_column from layer_styles")
    assert set(named) == set(
        asked(package, "select table_name, column_name from gpkg_geometry_columns")
    )


def test_the_styles_are_registered_as_a_plain_table(package):
    facts = "select data_type, last_change from gpkg_contents where table_name = 'layer_styles'"
    assert asked(package, facts) == [("attributes", "1980-01-01T00:00:00.000Z")]


def test_the_styles_have_the_columns_that_qgis_makes(package):
    columns = [column[1:3] for column in asked(package, "pragma table_info(layer_styles)")]
    assert [name for name, _ in columns] == [
        "id", "f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column",
        "styleName", "styleQML", "styleSLD", "useAsDefault", "description", "owner", "ui",
        "update_time",
    ]  # fmt: skip
    assert {"useAsDefault": "BOOLEAN", "update_time": "DATETIME"}.items() <= dict(columns).items()


def test_a_table_without_shapes_needs_no_styles(tmp_path):
    storage.write_layers({"summary": LAYERS["summary"]}, tmp_path / "a.gpkg")
    assert pyogrio.list_layers(tmp_path / "a.gpkg")[:, 0].tolist() == ["summary"]


def test_styles_of_the_user_are_not_replaced(tmp_path):
    mine = pd.DataFrame({"f_table_name": ["sectors"], "styleQML": ["<qgis/>"]})
    storage.write_layers({"sectors": SECTORS, "layer_styles": mine}, tmp_path / "a.gpkg")
    assert asked(tmp_path / "a.gpkg", "select styleQML from layer_styles") == [("<qgis/>",)]


@pytest.mark.parametrize("layer", [name for name in LAYERS if name != "summary"])
def test_every_rule_has_a_symbol_of_the_kind_of_its_layer(layer):
    _, root = drawn(LAYERS[layer])
    kind = {"0": "marker", "1": "line", "2": "fill"}[root.findtext("layerGeometryType")]
    symbols = {symbol.get("name"): symbol for symbol in root.iter("symbol")}
    assert {rule.get("symbol") for rule in root.iter("rule")} == set(symbols)
    assert {symbol.get("type") for symbol in symbols.values()} == {kind}
    for symbol in symbols.values():
        told = {
            one.get("name"): one.get("value") for one in symbol.iter("Option") if one.get("name")
        }
        assert told == {one.get("k"): one.get("v") for one in symbol.iter("prop")}


def test_colours_are_those_of_the_map():
    for kind, mark in theme.MARKS.items():
        assert mark.colour == palette.INCIDENTS[kind]
    for kind, symbol in theme.SYMBOLS.items():
        assert symbol.colour == palette.FACILITIES[kind]
    assert {style: look["color"] for style, look in BORDERS.items()} == {
        style: look.colour for style, look in palette.BORDERS.items()
    }
    assert border_style("secondary_link") == palette.BORDER_STYLES["secondary"]


@pytest.mark.parametrize("code", ["en", "ar", "kmr", "ckb"])
def test_the_legend_says_what_the_map_says(code):
    with speaking(code):
        incidents, borders = legend(LAYERS["incidents"]), legend(LAYERS["borders"])
        facilities = legend(LAYERS["facilities"])
        styles_of_sheets = [style_name(style) for style in palette.BORDERS if style != "limit"]
    assert incidents == [spoken(words.incident_kind(kind), code) for kind in palette.INCIDENTS]
    assert facilities[:8] == [
        spoken(words.facility_kind(kind), code) for kind in palette.FACILITIES
    ]
    assert facilities[8:] == [
        spoken(words.facility_status(status), code) for status in ("closed", "damaged", "planned")
    ]
    assert borders == styles_of_sheets


def test_no_two_kinds_are_told_apart_by_colour_alone():
    for table, count in (("incidents", 5), ("facilities", 8), ("matches", 3)):
        root = drawn(LAYERS[table])[1]
        shapes = [one.get("v") for one in root.iter("prop") if one.get("k") == "name"][:count]
        assert len(set(shapes)) == count


def test_a_kind_without_a_name_of_its_own_is_among_the_others():
    assert filters(LAYERS["incidents"])[-1] == (
        "\"kind\" IS NULL OR NOT \"kind\" IN ('attack', 'fire', 'traffic', 'drowning')"
    )


def test_facilities_without_a_state_have_no_signs_for_it():
    assert len(filters(LAYERS["facilities"].drop(columns="status"))) == 8


@pytest.mark.parametrize(
    ("code", "columns", "label"),
    [
        ("ckb", ["name", "name_ckb"], ["name_ckb", "name"]),
        ("ar", ["name", "name_ckb"], ["name"]),
        ("en", ["kind"], []),
    ],
)
def test_a_place_is_labelled_in_the_language_where_it_has_such_a_name(code, columns, label):
    table = LAYERS["facilities"][["kind", "geometry"]].assign(**dict.fromkeys(columns, "shelter"))
    with speaking(code):
        root = drawn(table)[1]
    written = root.find(".//text-style")
    named = [] if written is None else re.findall(r'"(\w+)"', written.get("fieldName"))
    assert (named, root.get("labelsEnabled")) == (label, "1" if label else "0")


def test_neighbours_have_fills_of_their_own():
    root = drawn(SECTORS)[1]
    fills = [one.get("v") for one in root.iter("prop") if one.get("k") == "color"]
    assert len(set(fills)) == 3


def test_names_of_sectors_are_text_and_never_markup_or_code():
    assert legend(SECTORS) == ["شمال", "it's", "a\ufffd"]
    assert filters(SECTORS)[0] == '"sector_id" IN (1)'
    by_name = SECTORS.assign(sector_id=["it's", 'x" or 1', "\\"])
    assert filters(by_name)[0] == "\"sector_id\" IN ('it''s')"
    assert filters(by_name)[2] == "\"sector_id\" IN ('\\\\')"


def test_sectors_too_many_for_a_legend_are_drawn_alike():
    many = gpd.GeoDataFrame({"sector_id": range(201)}, geometry=[box(0, 0, 1, 1)] * 201, crs=4326)
    assert filters(many) == [None]


def test_blocks_of_which_no_kind_is_told_are_drawn_alike():
    assert filters(LAYERS["blocks"].drop(columns="kind")) == [None]


@pytest.mark.parametrize("name", tables.table_names())
def test_a_table_without_rows_is_drawn_as_what_it_will_hold(name):
    empty = gpd.GeoDataFrame({"a": []}, geometry=[], crs=4326)
    kind = {"0": "point", "1": "line", "2": "polygon"}[
        drawn(empty, name)[1].findtext("layerGeometryType")
    ]
    assert kind == tables.table(name).geometry.replace("any", "point")


def of_several_shapes(**columns):
    shapes = [Point(0, 0), LineString([(0, 0), (1, 1)]), box(0, 0, 1, 1)]
    return gpd.GeoDataFrame({"kind": ["shelter"] * 3, **columns}, geometry=shapes, crs=4326)


@pytest.mark.parametrize("columns", [{"status": ["open"] * 3}, {"date": ["2024-04-16"] * 3}])
def test_places_of_every_shape_carry_the_sign_of_their_kind(columns):
    table = of_several_shapes(**columns)
    signs = []
    for at in range(3):
        root = drawn(table.iloc[[at]])[1]
        signs.append([one.get("v") for one in root.iter("prop") if one.get("k") == "name"])
        carried = root.iter("layer")
        assert {one.get("class") for one in carried} == [
            {"SimpleMarker"},
            {"SimpleLine", "MarkerLine", "SimpleMarker"},
            {"SimpleFill", "CentroidFill", "SimpleMarker"},
        ][at]
    assert signs[0] == signs[1] == signs[2]


def test_a_layer_of_several_shapes_has_rules_for_each_and_is_taken_for_any():
    name, root = drawn(of_several_shapes(status="open", name="a"))
    assert name == "Facilities by kind and state"
    assert root.find("layerGeometryType") is None  # QGIS would refuse it for the other two
    branches = root.findall("./renderer-v2/rules/rule")
    assert [branch.get("label") for branch in branches] == ["Lines", "Points", "Areas"]
    assert [len(branch) for branch in branches] == [11, 11, 11]
    assert len({branch.get("filter") for branch in branches}) == 3
    symbols = {one.get("name"): one.get("type") for one in root.find("./renderer-v2/symbols")}
    for branch, kind in zip(branches, ("line", "marker", "fill"), strict=True):
        assert {symbols[rule.get("symbol")] for rule in branch} == {kind}
    labels = root.findall("./labeling/rules/rule")
    assert [rule.get("filter") for rule in labels] == [one.get("filter") for one in branches]


def test_a_line_or_an_area_with_a_kind_only_may_be_anything():
    assert drawn(of_several_shapes().iloc[[1]])[0] == "Lines"
    assert drawn(of_several_shapes().iloc[[2]])[0] == "Areas"


def test_our_readers_take_no_style_for_a_table(package, tmp_path):
    facilities, problems = read_facilities(package)
    assert facilities["kind"].tolist() == ["shelter", "clinic"]
    assert not problems["given"].str.contains("layer_styles").any()
    storage.write_layers(
        {name: LAYERS[name] for name in ("sectors", "borders")}, tmp_path / "b.gpkg"
    )
    assert set(read_tables(tmp_path / "b.gpkg")) == {"sectors", "borders"}
