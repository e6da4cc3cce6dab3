"""A long line of two points bends as the boundary and the streets do.

Straight in degrees is not straight in metres: of 42 km from west to east, at 33° north, the middle
lies 24 m beside the line between the ends, and the whole line 16 m on average. Here two streets
leave a strip 15 m wide between them. Whatever is drawn along the southern one ends there, and does
not reach over the strip.
"""

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, box

from geosector import crs
from geosector.partition import adopt_layout, compare_layouts, partition_city
from geosector.partition.dwellings import from_streets
from geosector.partition.names import name_sectors
from geosector.partition.population import place_people
from geosector.partition.terrain import Terrain, lay_mosaic
from geosector.partition.ties import past_of, read_pins

WEST, EAST = 30.0, 30.45
SOUTH, MIDDLE, STRIP, NORTH = 33.0, 33.005, 33.005135, 33.01


def table(*shapes, **facts):
    return gpd.GeoDataFrame(facts, geometry=list(shapes), crs=crs.WGS84)


def line(lat):
    return LineString([(WEST, lat), (EAST, lat)])


def streets(*lats, **facts):
    kinds = ["residential"] * len(lats)
    return table(*map(line, lats), **{"road_class": kinds, "name": "", **facts})


BOUNDARY = table(box(WEST, SOUTH, EAST, NORTH))
ROADS = streets(MIDDLE, STRIP)
HALVES = table(
    box(WEST, SOUTH, EAST, MIDDLE),
    box(WEST, MIDDLE, EAST, NORTH),
    sector_id=[1, 2],
    population=[5000, 5000],
)


@pytest.fixture(scope="module")
def fabric():
    """South, strip, north, in this order."""
    found = lay_mosaic(BOUNDARY, ROADS).fabric
    assert np.argsort([block.centroid.y for block in found.blocks]).tolist() == [0, 1, 2]
    return found


@pytest.fixture(scope="module")
def layout():
    return partition_city(BOUNDARY, ROADS, 2, iterations=8)


def test_a_barrier_along_the_edge_cuts_nothing_off():
    river = table(line(SOUTH), line(NORTH), kind=["river", "river"])
    assert len(lay_mosaic(BOUNDARY, ROADS.iloc[:0], Terrain(river)).fabric.blocks) == 1


def test_a_main_road_is_the_street_that_it_was_drawn_along():
    drawn = Terrain(main_roads=table(line(MIDDLE)))
    found = lay_mosaic(BOUNDARY, streets(MIDDLE, 33.0075), drawn).streets
    assert found.roads["road_class"].tolist() == ["main", "residential"]
    assert found.problems == ()


def test_the_strip_stays_in_the_sector_it_was_in(fabric):
    assert past_of(HALVES, fabric).home.tolist() == [0, 1, 1]


def test_a_pin_touches_only_what_it_was_drawn_around(fabric):
    (pin,), problems = read_pins(HALVES.iloc[:1].drop(columns="sector_id"), fabric)
    assert (pin.blocks, problems) == ((0,), [])


@pytest.mark.parametrize("borders", ["snap", "keep"])
def test_an_edit_covers_the_city_to_its_edges(layout, borders):
    adopted = adopt_layout(HALVES, layout, borders=borders)
    lat = adopted.blocks.to_crs(crs.WGS84).representative_point().y
    assert adopted.blocks["sector_id"].tolist() == np.where(lat < MIDDLE, 1, 2).tolist()
    assert len(adopted.blocks) == len(layout.blocks)
    assert adopted.summary["adopted"]["gaps"] == adopted.summary["adopted"]["overlaps"] == []


def test_an_edit_in_other_metres_gives_back_the_same_layout():
    # Sides of 800 m from west to east are longer than that in degrees, and get a vertex more.
    metric = "EPSG:32636"
    roads = ROADS.to_crs(metric)
    layout = partition_city(crs.densify(BOUNDARY).to_crs(metric), roads, 2, iterations=8)
    for borders in ("snap", "keep"):
        again = adopt_layout(layout.sectors, layout, borders=borders)
        assert again.blocks.geometry.tolist() == layout.blocks.geometry.tolist()
        assert again.blocks["sector_id"].tolist() == layout.blocks["sector_id"].tolist()
        assert again.problems.empty


def test_nobody_moves_between_a_layout_and_the_same_drawn_by_two_points(layout):
    adopted = adopt_layout(HALVES, layout)
    found = compare_layouts(HALVES, adopted)
    assert found.summary["people_moved"] < 1e-4 * found.summary["people_after"]
    assert found.summary["people_on_new_ground"] < 1e-4 * found.summary["people_after"]


def test_people_of_a_zone_do_not_reach_over_the_street_at_its_edge(fabric):
    zone = HALVES.iloc[:1]
    assert place_people(fabric, zone).by_block.tolist() == [5000, 0, 0]


def test_homes_stand_on_both_sides_of_a_street(fabric):
    homes = from_streets(fabric, streets(MIDDLE))
    metres = np.bincount(homes.block, homes.weight, 3)
    assert np.allclose(metres[:2], metres.sum() / 2, rtol=1e-3)


def test_a_street_names_the_sector_in_which_it_lies():
    road = streets(MIDDLE - 1e-4, name="Long Street")
    assert name_sectors(crs.densify(HALVES), roads=road).tolist()[1] == "Sector 2"
