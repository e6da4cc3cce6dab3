"""Nobody is lost on the way to a block."""

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, MultiPoint, box

from geosector.errors import InputError, MissingColumnError
from geosector.partition.blocks import make_blocks
from geosector.partition.population import place_people
from tests.drawn import draw_town
from tests.partition.towns import NINE_BLOCKS


@pytest.fixture(scope="module")
def fabric():
    town = draw_town(NINE_BLOCKS)
    return make_blocks(town.boundary, town.roads)


def in_town(fabric, shapes, people):
    """People in shapes given in metres of the town."""
    return gpd.GeoDataFrame({"population": people}, geometry=shapes, crs=fabric.crs)


def extent(fabric):
    return fabric.parts[0].bounds


def test_without_a_table_people_are_spread_by_area(fabric):
    people = place_people(fabric, None)
    assert people.source == "by_area"
    assert people.by_block.tolist() == pytest.approx([10_800] * 9, rel=1e-3)


def test_points_go_to_their_blocks(fabric):
    people = place_people(fabric, draw_town(NINE_BLOCKS).people)
    assert (people.by_block.tolist(), people.outside, people.source) == ([100] * 9, 0, "points")


def test_people_outside_are_counted(fabric):
    west, south, *_ = extent(fabric)
    inside, outside = box(west + 10, south + 10, west + 20, south + 20).centroid, None
    table = in_town(
        fabric, [inside, box(west - 9, south, west - 8, south + 1).centroid, outside], [5, 7, 2]
    )
    people = place_people(fabric, table)
    assert (people.by_block.sum(), people.outside) == (5, 9)
    assert people.problems[0].action == "counted outside"


def test_a_point_on_a_border_counts_once(fabric):
    corner = fabric.blocks[4].exterior.coords[0]
    people = place_people(
        fabric, in_town(fabric, gpd.points_from_xy(*zip(corner, strict=True)), [3])
    )
    assert people.by_block.sum() == 3


def test_a_multipoint_shares_its_people(fabric):
    spots = MultiPoint([fabric.blocks[0].centroid, fabric.blocks[1].centroid])
    people = place_people(fabric, in_town(fabric, [spots], [10]))
    assert people.by_block[:2].tolist() == [5, 5]


def test_zones_are_shared_out_by_area_and_what_lies_outside_is_counted(fabric):
    west, south, east, north = extent(fabric)
    middle = (south + north) / 2
    zone = box(west - (east - west), south, east, middle)
    people = place_people(fabric, in_town(fabric, [zone], [1000]))
    assert (people.by_block.sum(), people.outside, people.source) == (500, 500, "polygons")


def test_inside_and_outside_add_up_to_the_total_in_whole_people(fabric):
    west, south, east, north = extent(fabric)
    zones = [box(west - 7, south - 3, east - 33, north), box(east - 33, south, east + 11, north)]
    people = place_people(fabric, in_town(fabric, zones, [1000.4, 777.3]))
    assert people.by_block.sum() + people.outside == 1778


def test_points_and_zones_together(fabric):
    shapes = [fabric.blocks[0], fabric.blocks[1].centroid]
    people = place_people(fabric, in_town(fabric, shapes, [10, 20]))
    assert people.source == "points_and_polygons"
    assert people.by_block[:2].tolist() == [10, 20]


def test_overlapping_zones_are_listed(fabric):
    people = place_people(fabric, in_town(fabric, [fabric.blocks[0]] * 2, [10, 20]))
    assert people.by_block[0] == 30
    assert people.problems[0].expected == "no overlap"


def test_numbers_that_are_none_count_nothing_and_are_listed(fabric):
    table = in_town(fabric, [block.centroid for block in fabric.blocks[:3]], ["12", "many", "-4"])
    people = place_people(fabric, table)
    assert people.by_block.sum() == 12
    assert [(problem.row, problem.given) for problem in people.problems] == [(3, "many"), (4, "-4")]


def test_the_order_of_rows_does_not_matter(fabric):
    west, south, *_ = extent(fabric)
    rng = np.random.default_rng(3)
    shapes = [
        box(west + x, south + y, west + x + 60, south + y + 40)
        for x, y in rng.uniform(-20, 300, (30, 2))
    ]
    table = in_town(fabric, shapes, rng.uniform(0, 9, 30))
    one, two = place_people(fabric, table), place_people(fabric, table.iloc[::-1])
    assert np.array_equal(one.by_block, two.by_block)


def test_a_town_where_nobody_lives_is_refused(fabric):
    with pytest.raises(InputError, match="Nobody lives inside the boundary"):
        place_people(fabric, in_town(fabric, [fabric.blocks[0].centroid], [0]))


def test_lines_hold_no_people(fabric):
    line = LineString(fabric.blocks[0].exterior.coords[:2])
    people = place_people(fabric, in_town(fabric, [line, fabric.blocks[0].centroid], [5, 6]))
    assert (people.by_block.sum(), people.outside) == (6, 5)


def test_a_table_without_people_is_refused(fabric):
    with pytest.raises(MissingColumnError, match="no column 'population'"):
        place_people(fabric, gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)], crs=fabric.crs))


def test_more_people_than_the_earth_has_are_listed_and_count_nothing():
    town = draw_town(NINE_BLOCKS)
    people = town.people.assign(population=[1e308, *[5.0] * (len(town.people) - 1)])
    placed = place_people(make_blocks(town.boundary, town.roads), people)
    assert [problem.given for problem in placed.problems] == ["1e+308"]
    assert placed.by_block.sum() == 5 * (len(town.people) - 1)
