"""Barriers among the roads: what they cost, what of them cannot be used, and a whole layout."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import Point

from geosector import crs, read_barriers
from geosector.errors import MissingCRSError
from geosector.partition import diagnose_city, partition_city
from geosector.partition.barriers import with_barriers
from geosector.partition.classes import cost_per_metre
from geosector.partition.graph import edge_costs, make_graph
from geosector.partition.reach import Reach
from geosector.partition.tell import tell_summary
from geosector.partition.terrain import Terrain, lay_mosaic
from tests.drawn import ORIGIN, _table, draw_town, street
from tests.partition.test_reach import RIVER, TWO_BANKS, wide_river

METRIC = crs.metric_crs((*ORIGIN, *ORIGIN))


def made(barriers, roads=None):
    return with_barriers(draw_town(TWO_BANKS).roads if roads is None else roads, barriers, METRIC)


def classes_of(barriers):
    roads = made(barriers).roads
    return roads["road_class"].tolist()[len(draw_town(TWO_BANKS).roads) :]


@pytest.mark.parametrize(
    ("facts", "road_class"),
    [
        ({"kind": "river"}, "barrier:river:"),
        ({"kind": "نهر", "cost": 2}, "barrier:river:2.0"),
        ({"kind": "eniya şer"}, "barrier:front_line:"),
        ({"kind": "سكة حديد", "cost": None}, "barrier:railway:"),
        ({}, "barrier:barrier:"),
    ],
)
def test_kind_and_cost_are_kept(facts, road_class):
    assert classes_of(street((9, -1), (9, 7), **facts)) == [road_class]


@pytest.mark.parametrize(
    ("facts", "column", "given"),
    [
        ({"kind": "hedge"}, "kind", "hedge"),
        ({"cost": -1}, "cost", "-1"),
        ({"cost": "much"}, "cost", "much"),
    ],
)
def test_what_cannot_be_used_is_listed_and_the_default_taken(facts, column, given):
    found = made(street((9, -1), (9, 7), **facts))
    assert [(one.column, one.given) for one in found.problems] == [(column, given)]
    assert classes_of(street((9, -1), (9, 7), **facts)) == ["barrier:barrier:"]


def test_points_and_missing_shapes_are_no_barriers():
    table = _table([Point(0, 0), None], kind=["river", "river"])
    found = made(table)
    assert [one.given for one in found.problems] == ["Point", ""]
    assert len(found.roads) == len(draw_town(TWO_BANKS).roads)


def test_areas_that_touch_are_one_with_the_name_and_class_they_have():
    parts = pd.concat(
        [wide_river(8, 8.5).assign(name=""), wide_river(8.5, 9).assign(name="Quweiq")]
    )
    found = made(parts).roads.iloc[-1]
    assert (found["road_class"], found["name"]) == ("barrier:river:", "Quweiq")
    assert round(found.geometry.length) == 2 * (400 + 20)


def test_barriers_without_a_system_are_refused():
    with pytest.raises(MissingCRSError):
        made(gpd.GeoDataFrame(geometry=[Point(0, 0)]))


def test_own_costs_win_over_the_users_and_these_over_the_defaults():
    graph = make_graph(
        lay_mosaic(
            draw_town(TWO_BANKS).boundary,
            draw_town(TWO_BANKS).roads,
            Terrain(barriers=RIVER.assign(cost=4.0)),
        ).fabric
    )
    assert "barrier:river:4.0" in graph.classes
    assert edge_costs(graph, {"river": 7}).tolist() == edge_costs(graph).tolist()
    assert cost_per_metre(["barrier:river:", "barrier:front_line:"], {"river": 7}).tolist() == [
        7,
        0,
    ]


def layout_of(roads=None, **options):
    town = draw_town(TWO_BANKS)
    town = town if roads is None else town._replace(roads=roads)
    options = {"population": town.people, "iterations": 12, "tolerance": 0.5, **options}
    return partition_city(town.boundary, town.roads, 2, **options)


PEOPLE = _table(
    [Point(x * 20, -y * 30) for x in (3, 7.5, 11) for y in (1, 4)],
    population=[50, 50, 50, 50, 100, 100],
)


def test_borders_say_which_barrier_they_follow():
    layout = layout_of(barriers=RIVER.assign(name="Quweiq", cost=0.5), population=PEOPLE)
    assert layout.borders["road_class"].tolist() == ["river"]
    assert layout.borders["name"].tolist() == ["Quweiq"]
    assert layout.borders["length_m"].round().tolist() == [180]
    assert layout.summary["reached"]["border_cost_km"] == pytest.approx(0.09, rel=1e-3)
    assert layout.summary["reached"]["main_border_share"] == 0
    assert layout.summary["ground"]["crossings"] == 3
    assert layout.summary["asked"]["costs"]["front_line"] == 0
    assert layout.sectors["population"].tolist() == [200, 200]


def test_water_is_marked_and_nobody_lives_on_it():
    layout = layout_of(barriers=wide_river(), population=None, tolerance=0.9)
    assert layout.blocks["kind"].value_counts().to_dict() == {"block": 6, "water": 2}
    assert layout.blocks.loc[layout.blocks["kind"] == "water", "population"].sum() == 0
    assert layout.summary["ground"]["water"] == 2


def test_what_was_cut_off_is_said_in_words():
    roads = draw_town(TWO_BANKS).roads.assign(state="closed")
    layout = layout_of(barriers=RIVER, population=PEOPLE, roads=roads)
    assert any("no open street or bridge reaches" in line for line in tell_summary(layout.summary))


def test_the_diagnosis_takes_barriers_too():
    town = draw_town(TWO_BANKS)
    found = diagnose_city(town.boundary, town.roads, 2, barriers=RIVER, contiguity=Reach("streets"))
    assert found["ground"]["blocks"] == 6


def test_no_barriers_change_nothing():
    plain, none = layout_of(), layout_of(barriers=RIVER.iloc[:0])
    pd.testing.assert_frame_equal(plain.blocks, none.blocks)
    pd.testing.assert_frame_equal(plain.borders, none.borders)


def test_a_cost_of_what_is_not_there_is_listed():
    found = layout_of(costs={"mian": 2.0, "river": 1.0})
    assert found.problems["column"].tolist() == ["mian"]


def test_classes_that_pass_for_barriers_are_emptied():
    town = draw_town(TWO_BANKS)
    roads = town.roads.assign(road_class=["barrier:moat:x", "plot:", *["primary"] * 10])
    mosaic = lay_mosaic(town.boundary, roads)
    assert set(mosaic.fabric.ways["road_class"]) == {"unclassified", "primary", ""}


def test_barriers_are_read_from_a_file(tmp_path):
    file = tmp_path / "barriers.geojson"
    table = pd.concat(
        [RIVER.assign(kind="نهر"), street((0, 0), (1, 1), kind="سور"), street((0, 0), (1, 2))]
    )
    table.to_file(file)
    read, problems = read_barriers(file)
    assert read["kind"].tolist() == ["river", "wall", "barrier"]
    assert problems["row"].tolist() == [3]
    assert shapely.get_dimensions(np.asarray(read.geometry)).tolist() == [1, 1, 1]
