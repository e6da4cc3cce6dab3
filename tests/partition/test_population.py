"""Nobody is lost on the way to a block."""

import re
from decimal import Decimal

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import GeometryCollection, LineString, MultiPoint, Point, Polygon, box

from geosector.errors import BlockOverQuotaError, InputError, MissingColumnError
from geosector.partition import diagnose_city, partition_city
from geosector.partition.blocks import make_blocks
from geosector.partition.population import Spread, place_people, whole_people
from geosector.partition.tell import tell_summary
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
    west, south, *_ = extent(fabric)
    zones = [
        box(west, south, west + 120, south + 90),
        box(west + 60, south, west + 180, south + 90),
    ]
    people = place_people(fabric, in_town(fabric, zones, [10, 20]))
    assert people.by_block.sum() == 30
    clash = people.problems[0]
    assert (clash.row, clash.given, clash.expected) == (
        3, "0.01 km² shared with row 2", "no overlap",
    )  # fmt: skip


def test_a_zone_that_is_there_twice_is_listed_and_a_neighbour_is_not(fabric):
    zones = [fabric.blocks[0], fabric.blocks[1], fabric.blocks[0].reverse()]
    people = place_people(fabric, in_town(fabric, zones, [10, 10, 10]))
    assert people.by_block[:2].tolist() == [20, 10]
    assert [problem.row for problem in people.problems if problem.expected == "no overlap"] == [4]


def test_a_thousand_equal_zones_are_a_line_each_not_a_million(fabric):
    people = place_people(fabric, in_town(fabric, [fabric.blocks[0]] * 1000, [1] * 1000))
    assert people.by_block[0] == 1000
    assert len(people.problems) == 1000  # 999 repeats, and the ground that no zone covers


def test_numbers_that_are_none_count_nothing_and_are_listed(fabric):
    table = in_town(fabric, [block.centroid for block in fabric.blocks[:3]], ["12", "many", "-4"])
    people = place_people(fabric, table)
    assert people.by_block.sum() == 12
    assert [(problem.row, problem.given) for problem in people.problems] == [(3, "many"), (4, "-4")]


def test_problems_name_the_row_of_the_file_where_the_table_knows_it(fabric):
    table = in_town(fabric, [block.centroid for block in fabric.blocks[:2]], [5, None])
    people = place_people(fabric, table.set_axis([1, 7]))
    assert [problem.row for problem in people.problems] == [7]


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


# ------------------------------------------------------------------ shapes of every kind


def test_a_collection_counts_by_its_areas_or_else_by_its_points(fabric):
    block, point = fabric.blocks[0], fabric.blocks[1].centroid
    mixed = GeometryCollection([block, GeometryCollection([point]), LineString([(0, 0), (1, 1)])])
    people = place_people(
        fabric,
        in_town(fabric, [mixed, GeometryCollection([point]), GeometryCollection()], [6, 7, 2]),
    )
    assert (people.by_block[:2].tolist(), people.outside) == ([6, 7], 2)


def test_a_polygon_without_area_counts_at_its_middle_and_is_listed(fabric):
    x, y = fabric.blocks[4].centroid.coords[0]
    flat = Polygon([(x, y), (x, y), (x, y)])
    people = place_people(fabric, in_town(fabric, [flat, fabric.blocks[0]], [8, 1]))
    assert people.by_block[[0, 4]].tolist() == [1, 8]
    assert "counted at its middle" in [problem.action for problem in people.problems]


def test_a_bow_tie_is_mended(fabric):
    west, south, *_ = extent(fabric)
    corners = [(west + x, south + y) for x, y in [(0, 0), (100, 80), (100, 0), (0, 80)]]
    people = place_people(fabric, in_town(fabric, [Polygon(corners)], [40]))
    assert (people.by_block[0], people.outside) == (40, 0)


def test_people_in_places_that_no_map_can_show_are_outside(fabric):
    table = gpd.GeoDataFrame(
        {"population": [3, 4, 5]},
        geometry=[
            Point(-150.0, -33.0),
            Point(np.nan, np.nan),
            draw_town(NINE_BLOCKS).people.geometry[0],
        ],
        crs="EPSG:4326",
    )
    people = place_people(fabric, table)
    assert (people.by_block.sum(), people.outside) == (5, 7)


def test_numbers_in_any_dress_are_read_or_listed(fabric):
    points = [block.centroid for block in fabric.blocks[:5]]
    given = [Decimal("1.5"), "2", True, 10**400, [4]]
    people = place_people(fabric, in_town(fabric, points, pd.Series(given, dtype=object)))
    assert people.by_block.sum() == round(1.5 + 2 + 1)
    assert [problem.row for problem in people.problems] == [5, 6]


def test_two_columns_of_people_are_refused(fabric):
    table = in_town(fabric, [fabric.blocks[0]], [5])
    twice = gpd.GeoDataFrame(pd.concat([table[["population"]], table], axis=1))
    with pytest.raises(InputError, match="several columns 'population'"):
        place_people(fabric, twice)


def test_what_is_no_table_is_refused(fabric):
    with pytest.raises(InputError, match="The population table is a str; give a DataFrame"):
        place_people(fabric, "people.csv")


# ------------------------------------------------------------------ great and small numbers


def test_a_thousand_million_people_in_one_place_stay_whole(fabric):
    zones = [*fabric.blocks[:3], box(*extent(fabric))]
    people = place_people(fabric, in_town(fabric, zones, [1e9, 1, 1, 1e9]))
    assert people.by_block.sum() + people.outside == 2_000_000_002


def test_together_more_people_than_the_earth_has_are_refused(fabric):
    points = [block.centroid for block in fabric.blocks[:3]]
    with pytest.raises(InputError, match="adds up to 15,000,000,000, more people than the earth"):
        place_people(fabric, in_town(fabric, points, [5e9] * 3))


def test_equal_remainders_are_not_all_rounded_up_at_one_end():
    whole = whole_people(np.full(1000, 0.4), 400)
    assert whole.sum() == 400
    assert [whole[part : part + 100].sum() for part in range(0, 1000, 100)] == pytest.approx(
        [40] * 10, abs=1
    )


def test_all_people_in_one_block_are_too_many_for_it():
    town = draw_town(NINE_BLOCKS)
    everybody = town.people.assign(population=[10**9, *[0] * 8])
    with pytest.raises(BlockOverQuotaError, match="1,000,000,000 people"):
        partition_city(town.boundary, town.roads, 3, population=everybody)
    assert len(partition_city(town.boundary, town.roads, 1, population=everybody).sectors) == 1


# ------------------------------------------------------------------ by buildings


def house(fabric, block, wide, deep):
    """Draw a building in the middle of a block."""
    x, y = fabric.blocks[block].centroid.coords[0]
    return box(x - wide / 2, y - deep / 2, x + wide / 2, y + deep / 2)


def table_of(fabric, shapes, **columns):
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=fabric.crs)


def by_buildings(fabric, zones, people, buildings):
    return place_people(fabric, in_town(fabric, zones, people), Spread("buildings", buildings))


def test_a_zone_is_shared_out_by_floor_area(fabric):
    # 10 × 10 m with 6 floors, 20 × 10 m with 2: 600 and 400 m² of floor.
    homes = table_of(fabric, [house(fabric, 0, 10, 10), house(fabric, 4, 20, 10)], floors=[6, 2])
    people = by_buildings(fabric, [box(*extent(fabric))], [1000], homes)
    assert people.by_block.tolist() == [600, 0, 0, 0, 400, 0, 0, 0, 0]
    assert (people.outside, people.source, people.weight) == (0, "polygons", "floor_area_m2")


def test_a_height_stands_for_floors_and_the_middle_of_them_for_none(fabric):
    shapes = [house(fabric, block, 10, 10) for block in range(4)]
    homes = table_of(
        fabric, shapes, floors=[4, None, 0, "?"], height_m=[None, 12.4, 2.0, None]
    )  # 4 floors; 12.4 m are 4; 2 m are 1; nothing known is the middle of 4, 4 and 1
    people = by_buildings(fabric, [box(*extent(fabric))], [130], homes)
    assert people.by_block[:4].tolist() == [40, 40, 10, 40]
    assert people.problems[-1][2:] == ("floors", "1 without a usable number", "0 …", "4")


def test_the_people_of_buildings_win_over_their_floors(fabric):
    shapes = [house(fabric, 0, 10, 10), house(fabric, 1, 10, 10).centroid]
    homes = table_of(fabric, shapes, floors=[9, 1], people=[30, 90])
    people = by_buildings(fabric, [box(*extent(fabric))], [1000], homes)
    assert (people.by_block[:2].tolist(), people.weight) == ([250, 750], "people")


def test_buildings_as_points_are_counted(fabric):
    spots = [fabric.blocks[block].centroid for block in (0, 0, 0, 5)]
    people = by_buildings(fabric, [box(*extent(fabric))], [100], table_of(fabric, spots))
    assert (people.by_block[[0, 5]].tolist(), people.weight) == ([75, 25], "buildings")


def test_a_point_among_outlines_is_as_large_as_the_middle_one(fabric):
    shapes = [
        house(fabric, 0, 10, 10), house(fabric, 1, 10, 20), house(fabric, 2, 10, 30),
        fabric.blocks[3].centroid,
    ]  # fmt: skip
    people = by_buildings(fabric, [box(*extent(fabric))], [80], table_of(fabric, shapes))
    assert people.by_block[:4].tolist() == [10, 20, 30, 20]


def test_a_building_across_a_street_counts_on_both_sides(fabric):
    x = fabric.blocks[0].bounds[2]
    _, y = fabric.blocks[0].centroid.coords[0]
    other = next(b for b in range(1, 9) if fabric.blocks[b].intersects(box(x, y, x + 1, y + 1)))
    homes = table_of(fabric, [box(x - 30, y, x + 10, y + 5)])
    people = by_buildings(fabric, [box(*extent(fabric))], [400], homes)
    assert people.by_block[[0, other]].tolist() == [300, 100]


def test_zones_do_not_reach_for_the_buildings_of_others(fabric):
    west, south, east, north = extent(fabric)
    middle = (west + east) / 2
    zones = [box(west, south, middle - 1, north), box(middle - 1, south, east, north)]
    homes = table_of(fabric, [house(fabric, 0, 10, 10), house(fabric, 8, 10, 10)], floors=[1, 50])
    people = by_buildings(fabric, zones, [70, 30], homes)
    assert people.by_block[[0, 8]].tolist() == [70, 30]


def test_a_zone_without_buildings_falls_back_to_area_and_is_listed(fabric):
    zones = [fabric.blocks[0], fabric.blocks[1], fabric.blocks[2]]
    homes = table_of(fabric, [house(fabric, 0, 10, 10)])
    people = by_buildings(fabric, zones, [10, 20, 0], homes)
    assert people.by_block[:3].tolist() == [10, 20, 0]
    assert people.fallbacks["zones_by_area"] == {"rows": 1, "people": 20}
    told = [problem for problem in people.problems if problem.action == "shared out by area"]
    assert [(problem.row, problem.given) for problem in told] == [(3, "20 people")]


def test_buildings_beyond_the_boundary_keep_their_people_outside(fabric):
    west, south, east, north = extent(fabric)
    zone = box(west - 100, south, east, north)
    homes = table_of(
        fabric, [house(fabric, 0, 10, 10), box(west - 50, south, west - 40, south + 30)]
    )
    people = by_buildings(fabric, [zone], [400], homes)
    assert (people.by_block.sum(), people.outside) == (100, 300)
    assert "zones_cut_at_boundary" not in people.fallbacks


def test_buildings_that_end_at_the_boundary_are_noticed(fabric):
    west, south, east, north = extent(fabric)
    zone = box(west - 100, south, east, north)
    people = by_buildings(fabric, [zone], [400], table_of(fabric, [house(fabric, 0, 10, 10)]))
    assert (people.by_block.sum(), people.outside) == (400, 0)
    assert people.fallbacks["zones_cut_at_boundary"] == {"rows": 1, "people": 400}
    assert people.problems[-1].action == "all their people counted inside"


def test_points_stay_where_they_are_whatever_the_buildings(fabric):
    homes = table_of(fabric, [house(fabric, 5, 10, 10)])
    people = by_buildings(fabric, [fabric.blocks[0].centroid], [12], homes)
    assert (people.by_block[0], people.source, people.weight) == (12, "points", "")


def test_the_order_of_buildings_does_not_matter(fabric):
    west, south, *_ = extent(fabric)
    rng = np.random.default_rng(4)
    shapes = [
        box(west + x, south + y, west + x + 11, south + y + 7)
        for x, y in rng.uniform(-20, 300, (80, 2))
    ]
    homes = table_of(fabric, shapes, floors=rng.integers(1, 9, 80))
    zones = [
        box(west - 20, south, west + 170, south + 300),
        box(west + 170, south, west + 400, south + 300),
    ]
    one, two = (
        by_buildings(fabric, zones, [1003, 778], homes.iloc[order])
        for order in (np.arange(80), rng.permutation(80))
    )
    assert np.array_equal(one.by_block, two.by_block)
    assert one.by_block.sum() + one.outside == 1781


def test_unusable_buildings_are_left_out_and_no_building_at_all_is_refused(fabric):
    line = LineString([(0, 0), (1, 1)])
    homes = table_of(fabric, [line, None, house(fabric, 0, 10, 10)])
    people = by_buildings(fabric, [fabric.blocks[0]], [5], homes)
    assert people.by_block[0] == 5
    assert "2 without a place" in [problem.given for problem in people.problems]
    with pytest.raises(InputError, match="The buildings table holds no building"):
        by_buildings(fabric, [fabric.blocks[0]], [5], homes.iloc[:2])


def test_a_way_to_spread_needs_its_table_and_a_known_name(fabric):
    with pytest.raises(InputError, match="spread by buildings, and no table of them was given"):
        place_people(fabric, None, Spread("buildings"))
    with pytest.raises(InputError, match=r"cannot be spread by 'magic'\. Use one of: area, build"):
        place_people(fabric, None, Spread("magic"))


# ------------------------------------------------------------------ by streets


def test_a_zone_is_shared_out_by_length_of_streets():
    # One zone over two blocks, the west with a dead end of 60 m that has homes on both sides.
    town = draw_town(
        """
+-----+-----+
|  +  |     |
|  |  |     |
|  |  |     |
+-----+-----+
"""
    )
    fabric = make_blocks(town.boundary, town.roads)
    zone = in_town(fabric, [shapely.union_all(fabric.blocks)], [1000])
    people = place_people(fabric, zone, Spread("streets", roads=town.roads))
    # Half of each block's 480 m of outline, and the whole of the dead end: 300 and 240.
    assert people.by_block.tolist() == [556, 444]
    assert people.weight == "street_m"


def test_nobody_lives_on_a_motorway_or_a_bridge():
    town = draw_town(NINE_BLOCKS)
    roads = town.roads.assign(road_class="motorway")
    roads.loc[0, "road_class"] = "residential"
    fabric = make_blocks(town.boundary, town.roads)
    zone = in_town(fabric, [box(*extent(fabric))], [900])
    people = place_people(fabric, zone, Spread("streets", roads=roads))
    assert people.by_block[2] == 900  # the first street runs along the north-western block
    with pytest.raises(InputError, match="No street has homes beside it"):
        place_people(fabric, zone, Spread("streets", roads=roads.assign(layer=1)))


def test_a_street_that_is_drawn_twice_counts_once():
    town = draw_town(NINE_BLOCKS)
    fabric = make_blocks(town.boundary, town.roads)
    zone = in_town(fabric, [box(*extent(fabric))], [900])
    twice = town.roads.iloc[[0, 0, *range(len(town.roads))]]
    one, two = (
        place_people(fabric, zone, Spread("streets", roads=each)) for each in (town.roads, twice)
    )
    assert np.array_equal(one.by_block, two.by_block)


# ------------------------------------------------------------------ without people, and in words


def test_without_people_floors_or_streets_may_be_counted(fabric):
    homes = table_of(fabric, [house(fabric, 0, 10, 10), house(fabric, 1, 10, 30)], floors=[2, 1])
    people = place_people(fabric, None, Spread("buildings", homes))
    assert people.by_block[:2].tolist() == [200, 300]
    assert (people.source, people.unit) == ("buildings", "m2_of_floor")
    counted = place_people(fabric, None, Spread("buildings", homes.assign(people=[7, 8])))
    assert (counted.by_block[:2].tolist(), counted.unit) == ([7, 8], "people")
    streets = place_people(fabric, None, Spread("streets", roads=draw_town(NINE_BLOCKS).roads))
    assert (streets.source, streets.unit) == ("streets", "m_of_street")
    # 8 streets of 360 × 270 m, half of the outer four of them inside.
    assert streets.by_block.sum() == 2 * 360 + 2 * 270 + 360 + 270
    with pytest.raises(InputError, match="Nobody lives inside the boundary"):
        place_people(fabric, None, Spread("buildings", homes.translate(5000).to_frame("geometry")))


def test_the_summary_and_its_sentences_say_how_people_came_to_blocks(fabric):
    town = draw_town(NINE_BLOCKS)
    zones = in_town(fabric, [*fabric.blocks[:6], None], [100] * 7)
    homes = table_of(fabric, [house(fabric, block, 10, 10) for block in range(5)])
    found = diagnose_city(
        town.boundary, town.roads, 2, population=zones, buildings=homes, spread="buildings"
    )
    assert found["people"] == {
        "source": "polygons",
        "weight": "floor_area_m2",
        "unit": "people",
        "inside": 600,
        "outside": 100,
        "total": 700,
        "fallbacks": {
            "rows_without_place": {"rows": 1, "people": 100},
            "zones_by_area": {"rows": 1, "people": 100},
            "ground_without_people": pytest.approx(1 / 3, abs=1e-3),
        },
    }
    reached = {"border_km": 0}
    assert tell_summary({**found, "reached": reached, "diagnosis": {}}) == [
        (
            "People inside the boundary: 600; outside: 100; in all: 700. They are zones. "
            "They were shared out to blocks by floor area of buildings."
        ),
        "1 row with 100 people has no place: they are counted outside.",
        "1 zone with 100 people has no building or street in it: they were shared out by area.",
        "Nothing says who lives on 33.3% of the ground: nobody is counted there.",
    ]


@pytest.mark.parametrize(
    ("people", "sentence"),
    [
        ({"source": "by_area", "unit": "m2"}, "balanced by area"),
        ({"source": "buildings", "unit": "m2_of_floor"}, "balanced by floor area of buildings"),
        ({"source": "buildings", "unit": "buildings"}, "balanced by number of buildings"),
        ({"source": "buildings", "unit": "people"}, "that the buildings table counts"),
        ({"source": "streets", "unit": "m_of_street"}, "balanced by length of streets"),
        ({"source": "points", "weight": ""}, "They are points, each counted in its block."),
        ({"source": "raster", "weight": "area"}, "cells of a raster. They were shared out to blocks by area"),
        ({"source": "points_and_polygons", "weight": "buildings"}, "and zones. They.*by number of buildings"),
        ({"source": "polygons", "weight": "people"}, "by people in buildings"),
        ({"source": "polygons", "weight": "street_m"}, "by length of streets"),
        (
            {"source": "polygons", "fallbacks": {"zones_cut_at_boundary": {"rows": 2, "people": 9}}},
            "2 zones with 9 people reach beyond the boundary",
        ),
    ],
)  # fmt: skip
def test_every_way_has_its_sentence(people, sentence):
    summary = {
        "people": {"inside": 1, "outside": 2, "total": 3, **people},
        "ground": {"links": []},
        "reached": {"border_km": 0},
    }
    assert re.search(sentence, " ".join(tell_summary(summary)))


# ------------------------------------------------------------------ a real city


# Zones reach far beyond the boundary, into fields: streets say that fewer people live there.
@pytest.mark.parametrize(("by", "outside"), [("area", 639_900), ("streets", 293_100)])
def test_all_of_aleppo_is_counted(shared_data, by, outside):
    folder = shared_data / "aleppo"
    boundary = gpd.read_file(folder / "neighbourhoods.geojson")
    roads = gpd.read_parquet(folder / "roads.parquet").rename(columns={"highway": "road_class"})
    zones = gpd.read_file(folder / "population_zones.geojson")
    people = place_people(make_blocks(boundary, roads), zones, Spread(by, roads=roads))
    assert people.by_block.sum() + people.outside == 2_030_000
    assert people.outside == pytest.approx(outside, abs=1000)
