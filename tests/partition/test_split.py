"""Blocks that hold more people than a sector may are cut, where the user so chooses."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import Polygon, box

from geosector import crs
from geosector.errors import BlockOverQuotaError, InputError
from geosector.partition import diagnose_city, partition_city, split
from geosector.partition.blocks import make_blocks
from geosector.partition.split import Crowd, CutRules, _at_share_of_area, _between_points, crowd_of
from geosector.partition.tell import tell_summary
from tests.drawn import draw_town, more_roads, street

# A park of 360 × 180 m west of a street, and two small blocks east of it.
PARK = """
+-----------------+-----+
|100 100 100 100  | 100 |
|                 |     |
|                 |     |
|100 100 100 100  +-----+
|                 |     |
|                 | 100 |
+-----------------+-----+
"""


def layout_of(town, count, roads=None, **options):
    options = {"population": town.people, "iterations": 6, "split": "cut", **options}
    return partition_city(town.boundary, town.roads if roads is None else roads, count, **options)


def lawful(layout, town):
    """Check what must hold whatever was cut."""
    metres = crs.to_metres(layout.sectors)
    boundary = crs.to_metres(town.boundary, metres.crs).geometry[0]
    inner = (metres.length.sum() - shapely.union_all(metres.geometry).length) / 2
    return (
        shapely.coverage_is_valid(layout.blocks.geometry.values)
        and metres.area.sum() == pytest.approx(boundary.area, rel=1e-6)
        and layout.borders["length_m"].sum() == pytest.approx(inner, rel=1e-5)
        and layout.blocks["population"].sum() == layout.summary["people"]["inside"]
    )


@pytest.fixture(scope="module")
def park():
    return draw_town(PARK)


def test_without_the_choice_the_error_names_the_block_and_the_option(park):
    with pytest.raises(BlockOverQuotaError, match=r"Block 0 at 32\.99.*800 people.*--split cut"):
        layout_of(park, 2, split="refuse")


def test_a_block_over_quota_is_cut_into_pieces_of_at_most_a_quarter(park):
    layout = layout_of(park, 2)
    (cut,) = layout.summary["ground"]["blocks_cut"]
    # The mean is 500, a quarter of it 125: each of the eight points gets a piece.
    assert (cut["population"], cut["pieces"]) == (800, 8)
    assert layout.blocks["population"].tolist() == [100] * 10
    assert lawful(layout, park)
    assert layout.sectors["population"].tolist() == [500, 500]


def test_cut_blocks_are_problems_and_are_told(park):
    layout = layout_of(park, 2)
    row = layout.problems[layout.problems["action"].str.startswith("cut")]
    assert row["action"].tolist() == ["cut into 8 pieces"]
    assert "one block of 800 people" in row["given"].iloc[0]
    assert "1 block held more people than a sector may and was cut into 8 pieces." in tell_summary(
        layout.summary
    )


def test_cuts_follow_no_road_and_cost_as_a_minor_one(park):
    layout = layout_of(park, 2)
    roadless = layout.borders[layout.borders["road_class"] == ""]
    assert len(roadless)
    assert layout.summary["reached"]["border_cost_km"] == pytest.approx(
        10 * layout.borders["length_m"].sum() / 1000, abs=1e-3
    )


def test_nothing_is_cut_where_nothing_is_too_full(park):
    layout = layout_of(park, 1)
    assert layout.summary["ground"]["blocks_cut"] == []
    assert len(layout.blocks) == 3


def test_without_people_a_block_is_cut_by_area(park):
    layout = layout_of(park, 3, population=None, tolerance=0.2)
    (cut,) = layout.summary["ground"]["blocks_cut"]
    # 340 × 180 of 480 × 180 m: three quarters of the city, twelve quarters of a sector at most.
    pieces = layout.blocks["population"].sort_values().iloc[: cut["pieces"]]
    assert cut["pieces"] >= 9
    assert pieces.max() <= layout.sectors["population"].mean() / 4 + 1
    assert lawful(layout, park)


def test_people_of_a_polygon_go_to_its_pieces(park):
    metres = crs.to_metres(park.boundary)
    zone = crs.to_wgs84(metres.assign(population=900))
    layout = layout_of(park, 3, population=zone, tolerance=0.2)
    assert layout.blocks["population"].sum() == 900
    assert lawful(layout, park)


def test_a_street_that_ends_inside_is_led_on_to_the_other_side(park):
    # From the north, 100 m into the park, at column 8; half of the points lie on either side.
    lane = street((8, 0), (8, 3.4), road_class="residential", name="Lane")
    layout = layout_of(park, 2, roads=more_roads(park, lane), tolerance=0.0)
    blocks = crs.to_metres(layout.blocks)
    west, south, _, north = blocks.total_bounds
    before = box(west - 1, south - 1, west + 160, north + 1)
    share = blocks.intersection(before).area / blocks.area
    assert share.round(3).tolist() == [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    fabric = make_blocks(park.boundary, more_roads(park, lane), cuts=np.zeros(0, object))
    assert shapely.length(fabric.loose).sum() == pytest.approx(102, abs=0.1)


def test_a_street_that_leads_nowhere_fair_is_not_led_on(park):
    # At column 1 all people are on one side.
    lane = street((0.7, 0), (0.7, 3.4), road_class="residential", name="Lane")
    layout = layout_of(park, 2, roads=more_roads(park, lane))
    ahead = street((0.7, 4), (0.7, 5.5)).to_crs(layout.blocks.crs).geometry[0]
    assert layout.blocks.covers(ahead).sum() == 1
    assert layout.blocks.boundary.intersects(ahead).sum() == 0


def test_people_at_one_place_cannot_be_cut_apart(park):
    people = park.people.assign(population=[900, *[10] * 9])
    with pytest.raises(BlockOverQuotaError, match=r"It cannot be cut.*as several points"):
        layout_of(park, 2, population=people)


def test_a_block_that_alone_leads_to_others_is_cut_until_they_fit():
    # The north is reached through the middle alone; the two together hold too many.
    town = draw_town("""
+-----------+
|    400    |
|           |
+-----------+
|    300    |
|           |
+-----+-----+
| 150 | 150 |
|     |     |
+-----+-----+
""")
    found = diagnose_city(town.boundary, town.roads, 2, population=town.people, tolerance=0.1)
    assert "alone connects them cut (--split cut)" in found["diagnosis"]["reason"]
    layout = layout_of(town, 2, population=crs.to_wgs84(_spread(town)), tolerance=0.1, iterations=6)
    assert layout.summary["ground"]["blocks_cut"][0]["population"] == 300
    assert lawful(layout, town)


def _spread(town):
    """Give each block's people as a polygon."""
    fabric = make_blocks(town.boundary, town.roads)
    points = crs.to_metres(town.people, fabric.crs)
    spread = [int(points["population"][points.within(block)].sum()) for block in fabric.blocks]
    return gpd.GeoDataFrame({"population": spread}, geometry=fabric.blocks, crs=fabric.crs)


def test_where_the_gate_cannot_be_cut_the_error_says_what_else_helps(monkeypatch):
    town = draw_town("""
+-----+-----+-----+
| 450 | 100 | 450 |
|     |     |     |
+-----+-----+-----+
""")
    monkeypatch.setattr(split, "cut_block", lambda *_: [])
    with pytest.raises(BlockOverQuotaError, match="Cutting the block that alone connects them"):
        layout_of(town, 2, tolerance=0.02)


def test_the_order_of_the_input_does_not_matter(park):
    one = layout_of(park, 2)
    two = layout_of(park, 2, roads=park.roads.iloc[::-1], population=park.people.iloc[::-1])
    pd.testing.assert_frame_equal(one.sectors, two.sectors)
    pd.testing.assert_frame_equal(one.blocks, two.blocks)
    assert one.summary == two.summary


def test_a_choice_that_means_nothing_is_refused(park):
    with pytest.raises(InputError, match=r"split is 'halve'\. Use 'refuse' or 'cut'"):
        layout_of(park, 2, split="halve")


def test_points_of_population_are_the_crowd_and_polygons_are_not(park):
    table = pd.concat(
        [park.people, park.people.iloc[:1].assign(population=None)], ignore_index=True
    )
    crowd = crowd_of(table, crs.metric_crs(crs.to_wgs84(park.boundary).total_bounds))
    assert crowd.people.tolist() == [100] * 10
    assert len(crowd_of(None, "EPSG:32636").people) == 0


def test_the_place_between_points_leaves_the_wanted_share():
    crowd = Crowd(np.array([[0.0, 0], [10, 0], [20, 5]]), np.array([1.0, 1, 2]))
    along = np.array([1.0, 0])
    assert _between_points(crowd, along, 0.5) == 15
    assert _between_points(crowd, along, 0.2) == 5
    assert _between_points(Crowd(np.zeros((3, 2)), np.ones(3)), along, 0.5) is None


def test_the_place_by_area_leaves_the_wanted_share():
    east, north = np.array([1.0, 0]), np.array([0.0, 1])
    assert _at_share_of_area(box(0, 0, 10, 4), east, north, 0.25) == pytest.approx(2.5)
    triangle = Polygon([(0, 0), (10, 0), (0, 10)])
    assert _at_share_of_area(triangle, east, north, 0.75) == pytest.approx(5)


def test_the_rules_have_sound_defaults():
    assert CutRules().piece_share == CutRules().street_share == 0.25
