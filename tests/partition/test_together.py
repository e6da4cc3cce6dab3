"""The parts of the room together: barriers, buildings, cut blocks, pins, adopted layouts."""

import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import Point, box

from geosector import city_cells, crs, diagnose_city, partition_city, storage, trade_off
from geosector.partition import adopt_layout, layers_of
from geosector.partition.stored import division_of, tables_of
from geosector.sources import read_layout
from tests.drawn import HEIGHT_M, WIDTH_M, _table, draw_town
from tests.partition.test_reach import RIVER, TWO_BANKS

TOWN = draw_town(TWO_BANKS)
PEOPLE = _table(
    [Point(x * WIDTH_M, -y * HEIGHT_M) for x in (3, 7.5, 11) for y in (1, 4)],
    population=[50, 50, 50, 50, 100, 100],
)
BANKS = {"barriers": RIVER.assign(cost=4.0), "population": PEOPLE, "tolerance": 0.5}


def crossed_by(name):
    """Close the streets over the river, but for one."""
    across = TOWN.roads["name"].str.startswith("Row") & (TOWN.roads["name"] != name)
    return TOWN.roads.assign(state=np.where(across, "closed", None))


IN_THE_NORTH = crossed_by("Row 0")


@pytest.fixture(scope="module")
def banks():
    """Two sectors on both sides of a river that one crosses in the north only."""
    return partition_city(TOWN.boundary, IN_THE_NORTH, 2, iterations=12, **BANKS)


def test_a_layout_says_between_which_blocks_one_can_pass(banks):
    river = banks.block_borders[banks.block_borders["road_class"] == "river"]
    assert river["cost"].eq(4).all()
    assert not river["passable"].all()
    assert (
        banks.block_borders.loc[banks.block_borders["road_class"] != "river", "cost"].isna().all()
    )


def test_barriers_survive_the_file_and_an_adoption(banks, tmp_path):
    file = tmp_path / "layout.gpkg"
    storage.write_layers(layers_of(banks), file)
    stored, _ = read_layout(file)
    adopted = adopt_layout(banks.sectors, stored)
    assert adopted.summary["reached"] == banks.summary["reached"]
    assert adopted.summary["adopted"]["in_pieces"] == []
    assert adopted.blocks["kind"].tolist() == banks.blocks["kind"].tolist()
    pd.testing.assert_frame_equal(
        pd.DataFrame(adopted.block_borders.drop(columns="geometry")),
        pd.DataFrame(banks.block_borders.drop(columns="geometry")),
        check_dtype=False,
        atol=1e-3,
    )
    assert adopted.summary["ground"]["links"] == banks.summary["ground"]["links"]


def area(left, top, right, bottom):
    return box(left * WIDTH_M, -bottom * HEIGHT_M, right * WIDTH_M, -top * HEIGHT_M)


def test_a_sector_drawn_over_a_river_without_a_bridge_is_in_pieces():
    roads = crossed_by("")
    made = partition_city(TOWN.boundary, roads, 2, iterations=12, **BANKS)
    north = _table([area(0, 0, 12, 3), area(0, 3, 12, 6)])
    found = adopt_layout(north, made).summary["adopted"]["in_pieces"]
    # One link over the river was stated; the other half is cut by it.
    assert len(found) == 1
    assert found[0]["pieces"] == 2


def test_pieces_of_a_cut_block_pass_where_their_block_did(banks):
    drawn = _table([area(0, 0, 7.5, 6), area(7.5, 0, 12, 6)])
    kept = adopt_layout(drawn, banks, borders="keep")
    assert len(kept.blocks) > len(banks.blocks)
    before, after = (division_of(tables_of(one, "")) for one in (banks, kept))
    assert 0 < len(before.passages.blocked) <= len(after.passages.blocked)
    inner = kept.block_borders[kept.block_borders["road_class"].isna()]
    assert inner["passable"].all()


def test_names_and_kinds_travel_through_an_adoption(banks):
    named = banks.sectors.assign(name=["West bank", None])
    adopted = adopt_layout(named, banks)
    assert adopted.sectors["name"].tolist()[0] == "West bank"
    assert adopted.sectors["name"].is_unique


def test_every_view_of_a_city_takes_the_same_ground():
    options = {**BANKS, "main_names": ["Row 3"], "contiguity": "streets"}
    roads = IN_THE_NORTH
    found = diagnose_city(TOWN.boundary, roads, 2, **options)
    cells = city_cells(TOWN.boundary, roads, 2, **options)
    del options["tolerance"]
    curve = trade_off(TOWN.boundary, roads, 2, tolerances=[0.5], iterations=12, **options)
    assert found["ground"]["impassable_borders"] > 0
    # The river and the street in the middle enclose what is beside them.
    assert cells["cut_by"].eq("main").sum() == 4
    assert curve["feasible"].tolist() == [True]


def test_a_previous_layout_is_kept_beside_barriers(banks):
    again = partition_city(TOWN.boundary, IN_THE_NORTH, 2, iterations=12, previous=banks, **BANKS)
    assert again.summary["version"] == 2
    assert set(again.sectors["sector_id"]) == {1, 2}


def test_blocks_between_buildings_are_cut_where_they_are_still_too_full():
    camp = _table([area(0, 0, 20, 10)])
    tents = _table([Point(40, -150), Point(360, -150)], population=[100, 100])
    roads = TOWN.roads.iloc[:0]
    options = {"population": tents, "buildings": tents, "iterations": 8, "tolerance": 0.1}
    made = partition_city(camp, roads, 2, split="cut", **options)
    assert made.blocks["kind"].eq("plot").all()
    assert made.sectors["population"].tolist() == [100, 100]


def test_nobody_is_counted_on_water_and_it_borders_like_a_barrier():
    water = _table([area(8.5, -1, 9.5, 7)], kind=["river"])
    made = partition_city(TOWN.boundary, TOWN.roads, 2, barriers=water, iterations=12)
    assert made.blocks.loc[made.blocks["kind"] == "water", "population"].eq(0).all()
    metres = crs.to_metres(made.blocks)
    assert np.isclose(
        shapely.union_all(metres.geometry).area, metres.geometry.area.sum(), rtol=1e-9
    )
