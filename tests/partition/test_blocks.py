"""Streets become blocks; each trap of a real city has a drawn town."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geosector.errors import InputError, MissingCRSError
from geosector.partition.blocks import make_blocks
from tests.drawn import draw_town, more_roads, street
from tests.partition.towns import NINE_BLOCKS, TWO_PARTS


def blocks_of(picture, *streets):
    town = draw_town(picture)
    return make_blocks(town.boundary, more_roads(town, *streets))


def metres_by_class(fabric):
    classes = fabric.ways["road_class"].to_numpy()[fabric.borders.way]
    return pd.Series(fabric.borders.metres).groupby(classes).sum().round(1).to_dict()


def test_nine_blocks_cover_the_boundary_and_do_not_overlap():
    fabric = blocks_of(NINE_BLOCKS)
    assert len(fabric.blocks) == 9
    assert shapely.coverage_is_valid(fabric.blocks)
    covered = shapely.area(fabric.blocks).sum()
    assert covered == pytest.approx(shapely.area(fabric.parts).sum(), rel=1e-9)


def test_every_inner_metre_knows_its_road_and_roads_along_the_limit_are_no_border():
    assert metres_by_class(blocks_of(NINE_BLOCKS)) == {
        "primary": 360.0,
        "tertiary": 120.0,
        "residential": 780.0,
    }


def test_blocks_are_numbered_from_west_to_east_then_south_to_north():
    x, y = shapely.get_coordinates(shapely.centroid(blocks_of(NINE_BLOCKS).blocks)).T
    assert np.array_equal(np.lexsort((y.round(), x.round())), np.arange(9))


def test_a_street_that_ends_inside_a_block_bounds_nothing():
    fabric = blocks_of(NINE_BLOCKS, street((6, 1), (9, 1), road_class="primary"))
    assert len(fabric.blocks) == 9
    assert metres_by_class(fabric)["primary"] == 360.0


def test_the_strip_between_two_carriageways_goes_to_a_neighbour():
    fabric = blocks_of(NINE_BLOCKS, street((0, 6.15), (18, 6.15), road_class="primary"))
    assert len(fabric.blocks) == 9
    assert fabric.facts["slivers_absorbed"] == 3
    assert metres_by_class(fabric)["primary"] == pytest.approx(360.0, abs=0.1)


def test_a_bridge_over_streets_makes_no_blocks():
    flyover = street((2, 4), (16, 4), road_class="motorway", layer=1, bridge=True)
    assert len(blocks_of(NINE_BLOCKS, flyover).blocks) == 9


def test_the_same_line_on_the_ground_does():
    assert len(blocks_of(NINE_BLOCKS, street((0, 4), (18, 4), layer=0)).blocks) == 12


def test_a_bridge_over_no_street_still_bounds_blocks():
    bridge = street((0, 4), (6, 4), road_class="primary", layer=1)
    assert len(blocks_of(NINE_BLOCKS, bridge).blocks) == 10


def test_a_tunnel_makes_no_blocks():
    assert len(blocks_of(NINE_BLOCKS, street((0, 4), (6, 4), layer=-1)).blocks) == 9


def test_doubled_lines_and_lines_of_no_length_change_nothing():
    town = draw_town(NINE_BLOCKS)
    point = street((3, 3), (3, 3), road_class="primary")
    twice = more_roads(town, town.roads, point)
    fabric = make_blocks(town.boundary, twice)
    assert len(fabric.blocks) == 9
    assert [problem.action for problem in fabric.problems] == ["left out"]


def test_where_roads_share_their_ground_the_most_important_class_wins():
    fabric = blocks_of(NINE_BLOCKS, street((6, 0), (6, 9), road_class="trunk"))
    assert metres_by_class(fabric)["trunk"] == 270.0


def test_roads_without_class_are_unclassified_and_the_problem_is_listed():
    town = draw_town(NINE_BLOCKS)
    fabric = make_blocks(town.boundary, town.roads[["geometry"]])
    assert set(metres_by_class(fabric)) == {"unclassified"}
    assert [problem.column for problem in fabric.problems] == ["road_class"]


def test_a_town_without_roads_is_one_block():
    town = draw_town(NINE_BLOCKS)
    fabric = make_blocks(town.boundary, town.roads.iloc[:0])
    assert len(fabric.blocks) == 1
    assert len(fabric.borders.left) == 0


def test_ground_outside_the_boundary_and_its_holes_is_in_no_block():
    town = draw_town(NINE_BLOCKS)
    inner = make_blocks(town.boundary, town.roads)
    hole = gpd.GeoDataFrame(geometry=[inner.blocks[4].buffer(-20)], crs=inner.crs)
    ring = town.boundary.overlay(hole.to_crs(4326), how="difference")
    fabric = make_blocks(ring, town.roads)
    assert len(fabric.blocks) == 9
    lost = shapely.area(inner.blocks).sum() - shapely.area(fabric.blocks).sum()
    assert lost == pytest.approx(hole.area[0], rel=1e-4)


def test_a_boundary_in_two_parts_keeps_both():
    fabric = blocks_of(TWO_PARTS)
    assert (len(fabric.parts), len(fabric.blocks)) == (2, 5)


def test_boundary_rows_without_an_area_are_left_out_and_listed():
    town = draw_town(NINE_BLOCKS)
    rows = pd.concat([town.boundary, town.people.iloc[[0]][["geometry"]]], ignore_index=True)
    fabric = make_blocks(rows, town.roads)
    assert len(fabric.blocks) == 9
    assert (fabric.problems[0].row, fabric.problems[0].given) == (3, "Point")


def test_a_boundary_without_area_is_refused():
    town = draw_town(NINE_BLOCKS)
    with pytest.raises(InputError, match="holds no area"):
        make_blocks(town.people, town.roads)


def test_tables_without_crs_are_refused():
    town = draw_town(NINE_BLOCKS)
    bare = town.roads.set_crs(None, allow_override=True)
    with pytest.raises(MissingCRSError, match="The roads table has no coordinate system"):
        make_blocks(town.boundary, bare)


def test_aleppo_is_covered_exactly(shared_data):
    boundary = gpd.read_file(shared_data / "aleppo" / "windows.geojson").iloc[[0]]
    roads = gpd.read_parquet(shared_data / "aleppo" / "roads.parquet")
    fabric = make_blocks(boundary, roads.rename(columns={"highway": "road_class"}))
    # 5,249 faces; the other 252 are medians, islands, ground inside junctions and gaps.
    assert fabric.facts["slivers_absorbed"] == 252
    assert len(fabric.blocks) == 4_997
    assert shapely.coverage_is_valid(fabric.blocks)
    assert shapely.area(fabric.blocks).sum() == pytest.approx(fabric.parts[0].area, rel=1e-6)
