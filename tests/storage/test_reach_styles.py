"""QGIS draws who reaches what: every row of these layers is chosen by a rule, in any shape."""

from __future__ import annotations

import geopandas as gpd
import pytest
from defusedxml import ElementTree
from shapely.geometry import LineString, Point, box

from geosector.storage.reach_styles import reach_look
from geosector.storage.styles import layer_style

AREA, LINE, SPOT = box(0, 0, 1, 1), LineString([(0, 0), (1, 1)]), Point(0, 0)


def table(shape, **columns):
    count = len(next(iter(columns.values())))
    return gpd.GeoDataFrame(columns, geometry=[shape] * count, crs=4326)


def filters(look):
    return [rule.expression for rule in look.rules]


@pytest.mark.parametrize(("name", "shape"), [("polygon", AREA), ("point", SPOT)])
def test_blocks_are_drawn_by_minutes_and_those_that_reach_nothing_too(name, shape):
    blocks = table(shape, block_id=[1], cut_off=[False], clinic_minutes=[7.0])
    look = reach_look(name, blocks)
    assert look.name == "Minutes to the nearest: Clinics"
    assert filters(look) == [
        '"clinic_minutes" <= 5',
        '"clinic_minutes" <= 10 AND "clinic_minutes" > 5',
        '"clinic_minutes" <= 15 AND "clinic_minutes" > 10',
        '"clinic_minutes" <= 30 AND "clinic_minutes" > 15',
        '"clinic_minutes" > 30',
        '"clinic_minutes" IS NULL',
    ]


def test_the_widest_service_area_is_drawn_first():
    areas = table(AREA, facility_id=[1, 1], kind=["clinic"] * 2, minutes=[5.0, 15.0])
    assert filters(reach_look("polygon", areas)) == ['"minutes" = 15', '"minutes" = 5']
    assert filters(reach_look("polygon", areas[:0])) == [""]


@pytest.mark.parametrize(("name", "shape"), [("polygon", AREA), ("point", SPOT)])
def test_parts_that_are_cut_off_tell_their_people(name, shape):
    look = reach_look(name, table(shape, part=[1], sector_ids=["1"], people=[3.0]))
    assert "people" in look.label
    assert len(look.rules) == 1


@pytest.mark.parametrize(("name", "shape"), [("line", LINE), ("point", SPOT)])
def test_critical_places_are_drawn_by_the_people_they_cut_off(name, shape):
    look = reach_look(name, table(shape, what=["stretch"], name=["a"], people=[3.0]))
    assert filters(look) == [
        '"people" > 0 AND "people" < 100', '"people" >= 100 AND "people" < 1000',
        '"people" >= 1000',
    ]  # fmt: skip


def test_a_way_that_is_not_known_is_dashed():
    known, unknown = reach_look("line", table(LINE, to=["a"], rank=[1], known=[True])).rules
    assert known.settings["use_custom_dash"] == "0"
    assert unknown.settings["use_custom_dash"] == "1"


def test_a_layer_of_lines_and_points_has_rules_for_both():
    both = gpd.GeoDataFrame(
        {"what": ["stretch", "junction"], "people": [5.0, 5.0], "name": ["a", "b"]},
        geometry=[LINE, SPOT], crs=4326,
    )  # fmt: skip
    name, document = layer_style("critical", both)
    assert name == "Streets and junctions whose loss cuts off people"
    assert len(list(ElementTree.fromstring(document).iter("symbol"))) == 6


def test_other_layers_are_none_of_these():
    assert reach_look("polygon", table(AREA, a=[1])) is None
    assert reach_look("point", table(SPOT, to=["a"], rank=[1], known=[True])) is None
