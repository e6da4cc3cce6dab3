"""What real maps hold: medians, roundabouts, slip roads, bridges, tunnels, broken lines and limits."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import GeometryCollection, LineString, MultiLineString, Point, Polygon, box

from geosector import crs
from geosector.partition.blocks import make_blocks
from geosector.partition.graph import make_graph
from tests.drawn import HEIGHT_M, ORIGIN, WIDTH_M, draw_town, more_roads, street
from tests.partition.towns import NINE_BLOCKS, TWO_PARTS

# Four streets reach the main road from the north, none from the south.
SIDE_STREETS = """
+---+---+---+---+
|   |   |   |   |
|   |   |   |   |
+===+===+===+===+
|               |
|               |
+---------------+
"""


def blocks_of(picture, *streets):
    town = draw_town(picture)
    return make_blocks(town.boundary, more_roads(town, *streets))


def metres_by_class(fabric):
    classes = fabric.ways["road_class"].to_numpy()[fabric.borders.way]
    return pd.Series(fabric.borders.metres).groupby(classes).sum().round(1).to_dict()


def neighbours(fabric):
    graph = make_graph(fabric)
    return [found.tolist() for found in np.split(graph.indices, graph.indptr[1:-1])]


def actions(fabric):
    """List what was said of rows; NINE_BLOCKS has 24 streets, so that the next one is row 26."""
    return [(problem.row, problem.column, problem.action) for problem in fabric.problems]


def in_metres(shapes, **columns):
    """Make a table of shapes given in metres east and south of a town's north-western corner."""
    turned = shapely.transform(np.array(shapes, object), lambda xy: xy * [1, -1])
    metric = crs.metric_crs((*ORIGIN, *ORIGIN))
    return crs.to_wgs84(gpd.GeoDataFrame(geometry=turned, crs=metric).assign(**columns))


# ------------------------------------------------------------------ medians


def boulevard(width_m, **facts):
    """Draw the main road of SIDE_STREETS as two carriageways so far apart."""
    town = draw_town(SIDE_STREETS)
    roads = town.roads.assign(oneway="")
    main = roads["road_class"] == "primary"
    roads.loc[main, "name"] = facts["name"]
    roads.loc[main, "oneway"] = facts["oneway"][0]
    row = 3 + width_m / HEIGHT_M
    other = street(
        (0, row), (16, row), road_class="primary", name=facts["name"], oneway=facts["oneway"][1]
    )
    return make_blocks(town.boundary, pd.concat([roads, other], ignore_index=True))


TWO_WAYS = {"name": "Great Street", "oneway": ("yes", "-1")}
NOTHING_KNOWN = {"name": "", "oneway": ("", "")}


@pytest.mark.parametrize(
    ("width_m", "facts"),
    [(6, NOTHING_KNOWN), (20, NOTHING_KNOWN), (6, TWO_WAYS), (20, TWO_WAYS), (50, TWO_WAYS)],
)
def test_a_median_of_any_width_is_shared_out_among_the_blocks_of_one_side(width_m, facts):
    fabric = boulevard(width_m, **facts)
    assert len(fabric.blocks) == 5
    assert metres_by_class(fabric)["primary"] == pytest.approx(320 + 3 * width_m, abs=0.2)


@pytest.mark.parametrize("facts", [NOTHING_KNOWN, TWO_WAYS])
def test_nothing_connects_along_a_median(facts):
    south = 0  # the westernmost block that reaches furthest south
    around = neighbours(boulevard(20, **facts))
    assert [set(found) - {south} for found in around[1:]] == [{2}, {1, 3}, {2, 4}, {3}]


def test_a_border_along_a_median_follows_one_carriageway():
    fabric = boulevard(20, **TWO_WAYS)
    south = (fabric.borders.left == 0) | (fabric.borders.right == 0)
    assert len(set(fabric.borders.ends[south][:, [1, 3]].ravel().round(-3))) == 1


def test_what_lies_between_two_streets_is_a_block():
    different = {"name": "Great Street", "oneway": ("yes", "yes")}
    assert len(boulevard(50, **different).blocks) == 6


def test_a_wide_strip_of_which_nothing_is_known_is_a_block():
    assert len(boulevard(60, **NOTHING_KNOWN).blocks) == 6


def test_a_strip_into_which_a_street_leads_is_a_block():
    town = draw_town(SIDE_STREETS)
    twin = street((0, 3.6), (16, 3.6), road_class="primary", name="Row 3")
    lane = street((7, 3), (7, 3.4), road_class="service")
    assert len(make_blocks(town.boundary, more_roads(town, twin)).blocks) == 5
    assert len(make_blocks(town.boundary, more_roads(town, twin, lane)).blocks) == 6


def test_many_small_blocks_are_joined_until_they_are_large_enough_and_no_further():
    paths = [street((0, row), (18, row)) for row in np.arange(0.2, 9, 0.2)]
    fabric = blocks_of(NINE_BLOCKS, *paths)
    assert 9 < len(fabric.blocks) < 9 * 15
    assert (2 * shapely.area(fabric.blocks) >= 8 * shapely.length(fabric.blocks)).all()


# ------------------------------------------------------------------ junctions


@pytest.mark.parametrize("radius_m", [8, 15, 30])
def test_the_island_of_a_roundabout_is_no_block(radius_m):
    turn = np.linspace(0, 2 * np.pi, 33)
    ring = LineString(np.c_[120 + radius_m * np.cos(turn), 180 + radius_m * np.sin(turn)])
    town = draw_town(NINE_BLOCKS)
    roads = pd.concat([town.roads, in_metres([ring], road_class="trunk")], ignore_index=True)
    inner = roads.geometry.intersects(in_metres([ring.envelope.buffer(-1)]).geometry.iloc[0])
    island = in_metres([Polygon(ring)]).geometry.iloc[0]
    roads.loc[inner, "geometry"] = roads.loc[inner, "geometry"].difference(island)
    roads.loc[len(roads) - 1, "geometry"] = in_metres([ring]).geometry.iloc[0]
    assert len(make_blocks(town.boundary, roads).blocks) == 9


@pytest.mark.parametrize("reach_m", [20, 45, 80])
def test_the_triangle_of_a_slip_road_is_no_block(reach_m):
    slip = in_metres([LineString([(120 + reach_m, 180), (120, 180 + reach_m)])])
    slip["road_class"] = "primary_link"
    main = street((6, 0), (6, 9), road_class="primary")
    assert len(blocks_of(NINE_BLOCKS, main, slip).blocks) == 9


def test_a_slip_road_across_a_block_of_minor_streets_bounds_blocks():
    slip = in_metres([LineString([(240, 90), (360, 0)])], road_class="primary_link")
    assert len(blocks_of(NINE_BLOCKS, slip).blocks) == 10


# ------------------------------------------------------------------ bridges and tunnels


def road_in_pieces(**middle):
    """Cross two blocks of the western column from north to south, the middle piece as told."""
    return [
        street((3, 0), (3, 2), road_class="primary"),
        street((3, 2), (3, 4), road_class="primary", **middle),
        street((3, 4), (3, 6), road_class="primary"),
    ]


@pytest.mark.parametrize(
    "middle",
    [{"layer": 1}, {"layer": "1"}, {"layer": "1.0"}, {"bridge": "yes"}, {"layer": np.nan},
     {"layer": None}, {"layer": -1, "tunnel": "yes"}, {"layer": "-1;0"}],
)  # fmt: skip
def test_a_road_goes_on_bounding_blocks_over_a_bridge_and_through_an_underpass(middle):
    fabric = blocks_of(NINE_BLOCKS, *road_in_pieces(**middle))
    assert len(fabric.blocks) == 11
    assert not fabric.problems


@pytest.mark.parametrize("high", [{"layer": 1}, {"layer": 2.0}, {"bridge": True}, {"layer": "3;2"}])
def test_a_bridge_from_nowhere_to_nowhere_bounds_nothing_and_is_listed(high):
    fabric = blocks_of(NINE_BLOCKS, street((2, 4), (16, 4), road_class="motorway", **high))
    assert len(fabric.blocks) == 9
    assert actions(fabric) == [(26, "layer", "no border")]


def test_bridges_in_a_row_are_one_bridge():
    row = [street((start, 4), (start + 5, 4), layer=1, road_class="trunk") for start in (2, 7, 12)]
    fabric = blocks_of(NINE_BLOCKS, *row)
    assert len(fabric.blocks) == 9
    assert len(fabric.problems) == 3


@pytest.mark.parametrize("deep", [{"layer": -1}, {"layer": "-2"}, {"tunnel": "yes"}])
def test_a_long_tunnel_bounds_nothing_however_it_is_cut_up_and_is_listed(deep):
    pieces = [street((a, 4), (b, 4), road_class="trunk", **deep) for a, b in ((0, 4), (4, 6))]
    fabric = blocks_of(NINE_BLOCKS, *pieces)
    assert len(fabric.blocks) == 9
    assert [action for *_, action in actions(fabric)] == ["no border"] * 2


def test_a_layer_that_cannot_be_read_is_listed():
    fabric = blocks_of(NINE_BLOCKS, street((0, 4), (6, 4), layer="upper", road_class="primary"))
    assert len(fabric.blocks) == 10
    assert actions(fabric) == [(26, "layer", "taken to be empty")]


# ------------------------------------------------------------------ broken lines


LINE = LineString([(0, 120), (120, 120)])
with np.errstate(invalid="ignore"):
    NO_NUMBERS = (
        LineString([(30, 33), (np.nan, 33), (30.1, 33)]),
        LineString([(30, 33), (np.inf, 33)]),
    )


@pytest.mark.parametrize(
    ("shape", "blocks"),
    [
        (MultiLineString([[(0, 120), (60, 120)], [(60, 120), (120, 120)]]), 10),
        (GeometryCollection([Point(1, 1), GeometryCollection([LINE])]), 10),
        (LineString([(0, 120), (60, 120), (60, 120), (120, 120), (60, 120)]), 10),
        (LineString([(0, 120), (99, 120), (99, 175), (20, 96), (20, 120), (120, 120)]), 11),
        (LineString([(0.05, 120), (119.95, 120)]), 10),
        (LineString([(0.00004, 120), (120.00003, 120)]), 10),
        (LineString([(-500, 120), (500, 120)]), 12),
    ],
)
def test_lines_of_every_form_are_read(shape, blocks):
    fabric = blocks_of(NINE_BLOCKS, in_metres([shape], road_class="primary"))
    assert (len(fabric.blocks), fabric.problems) == (blocks, ())
    assert shapely.coverage_is_valid(fabric.blocks)


def test_heights_of_coordinates_are_passed_over():
    flat = street((0, 4), (6, 4), road_class="primary")
    high = flat.set_geometry(shapely.force_3d(flat.geometry.to_numpy(), 7.0), crs=flat.crs)
    assert blocks_of(NINE_BLOCKS, high).borders.metres.sum() == pytest.approx(
        blocks_of(NINE_BLOCKS, flat).borders.metres.sum()
    )


@pytest.mark.parametrize(
    "shape",
    [
        None,
        LineString(),
        Point(30, 33),
        Polygon([(30, 33), (30.001, 33), (30, 33.001)]),
        LineString([(30, 33), (30, 33)]),
        *NO_NUMBERS,
        LineString([(30, 33), (-150, 33)]),
        GeometryCollection([Point(30, 33)]),
    ],
)
def test_what_is_no_line_is_left_out_and_listed(shape):
    bad = gpd.GeoDataFrame({"road_class": ["primary"]}, geometry=[shape], crs="EPSG:4326")
    fabric = blocks_of(NINE_BLOCKS, bad)
    assert len(fabric.blocks) == 9
    assert actions(fabric) == [(26, "geometry", "left out")]


def test_a_table_of_nothing_but_missing_lines_is_one_block():
    town = draw_town(NINE_BLOCKS)
    roads = gpd.GeoDataFrame(geometry=[None, LineString()], crs="EPSG:4326")
    fabric = make_blocks(town.boundary, roads)
    assert (len(fabric.blocks), len(fabric.problems)) == (1, 3)


# ------------------------------------------------------------------ broken limits


def districts(*boxes):
    return in_metres([box(*corners) for corners in boxes])


def test_cracks_between_districts_are_filled():
    town = draw_town(NINE_BLOCKS)
    fabric = make_blocks(districts((0, 0, 180, 270), (180.06, 0, 360, 270)), town.roads)
    assert (len(fabric.parts), len(fabric.blocks)) == (1, 9)


def test_wider_gaps_are_not():
    town = draw_town(NINE_BLOCKS)
    fabric = make_blocks(districts((0, 0, 180, 270), (181, 0, 360, 270)), town.roads)
    assert len(fabric.parts) == 2


def test_districts_that_overlap_are_one_area():
    town = draw_town(NINE_BLOCKS)
    fabric = make_blocks(districts((0, 0, 200, 270), (160, 0, 360, 270)), town.roads)
    assert shapely.area(fabric.blocks).sum() == pytest.approx(360 * 270, rel=1e-6)


def test_an_island_without_streets_is_a_block_and_linked():
    town = draw_town(TWO_PARTS)
    islet = in_metres([box(400, 0, 410, 10)])
    fabric = make_blocks(pd.concat([town.boundary, islet], ignore_index=True), town.roads)
    assert (len(fabric.parts), len(fabric.blocks)) == (3, 6)
    assert len(make_graph(fabric).links) == 2


@pytest.mark.parametrize(
    "shape", [None, Polygon(), Point(30, 33), LineString([(30, 33), (31, 33)])]
)
def test_a_limit_without_area_is_left_out_and_listed(shape):
    town = draw_town(NINE_BLOCKS)
    row = gpd.GeoDataFrame(geometry=[shape], crs="EPSG:4326")
    fabric = make_blocks(pd.concat([town.boundary, row], ignore_index=True), town.roads)
    assert len(fabric.blocks) == 9
    assert actions(fabric) == [(3, "geometry", "left out")]


def test_a_limit_that_crosses_itself_is_repaired():
    town = draw_town(NINE_BLOCKS)
    bow = in_metres([Polygon([(0, 0), (360, 270), (360, 0), (0, 270)])])
    fabric = make_blocks(bow, town.roads)
    assert shapely.area(fabric.blocks).sum() == pytest.approx(180 * 270, rel=1e-6)
    assert shapely.coverage_is_valid(fabric.blocks)


def test_a_road_that_wavers_along_the_limit_is_no_inner_border():
    town = draw_town(NINE_BLOCKS)
    wavy = in_metres([LineString([(0, 2), (90, -2), (200, 3), (360, -1)])], road_class="trunk")
    fabric = make_blocks(town.boundary, pd.concat([town.roads, wavy], ignore_index=True))
    assert len(fabric.blocks) == 9
    assert metres_by_class(fabric).get("trunk", 0) < 12


# ------------------------------------------------------------------ laws


def coordinates():
    step = st.integers(-2, 14)
    return st.tuples(step.map(lambda x: x * WIDTH_M), step.map(lambda y: y * HEIGHT_M))


def tangles():
    """Draw lines, many of them overlapping, touching and of no length."""
    line = st.lists(coordinates(), min_size=2, max_size=5).map(LineString)
    facts = st.tuples(
        line,
        st.sampled_from(["primary", "primary_link", "tertiary", "residential", ""]),
        st.sampled_from(["", "A", "B"]),
        st.sampled_from(["", "yes", "-1"]),
        st.sampled_from(["", "0", "1", "-1", "-1;0"]),
    )
    return st.lists(facts, max_size=12)


def town_of(tangle):
    lines, *columns = zip(*tangle, strict=True) if tangle else ([], [], [], [], [])
    names = ("road_class", "name", "oneway", "layer")
    return in_metres(list(lines), **dict(zip(names, map(list, columns), strict=True)))


LIMITS = {"one": [(0, 0, 240, 360)], "two": [(0, 0, 100, 360), (130, 0, 240, 300)]}


@given(tangles(), st.sampled_from(sorted(LIMITS)))
def test_blocks_cover_any_town_without_overlap_and_borders_are_all_their_common_metres(
    tangle, limits
):
    fabric = make_blocks(districts(*LIMITS[limits]), town_of(tangle))
    assert shapely.coverage_is_valid(fabric.blocks)
    assert shapely.area(fabric.blocks).sum() == pytest.approx(
        shapely.area(fabric.parts).sum(), rel=1e-6
    )
    around = shapely.length(fabric.blocks).sum() - shapely.length(fabric.parts).sum()
    assert 2 * fabric.borders.metres.sum() == pytest.approx(around, abs=0.1)
    for one in range(len(fabric.blocks)):
        for two in range(one + 1, len(fabric.blocks)):
            common = shapely.intersection(fabric.blocks[one], fabric.blocks[two]).length
            mine = (fabric.borders.left == one) & (fabric.borders.right == two)
            assert fabric.borders.metres[mine].sum() == pytest.approx(common, abs=1e-3)


@given(tangles(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(tangle, chance):
    mixed = chance.sample(tangle, len(tangle))
    one, two = (make_blocks(districts((0, 0, 240, 360)), town_of(rows)) for rows in (tangle, mixed))
    assert shapely.equals_identical(one.blocks, two.blocks).all()
    assert one.ways.equals(two.ways)
    for mine, yours in zip(one.borders, two.borders, strict=True):
        assert np.array_equal(mine, yours)


def test_every_inner_metre_of_a_drawn_town_knows_its_road():
    fabric = blocks_of(NINE_BLOCKS, street((0, 6.15), (18, 6.15), road_class="primary"))
    assert "" not in metres_by_class(fabric)
