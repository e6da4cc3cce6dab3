"""A new plan that remembers the one before, and pins that keep blocks together."""

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, box

from geosector import crs
from geosector.errors import InputError, MissingCRSError, PinError
from geosector.partition import compare_layouts, layout, partition_city
from geosector.partition.best import deviation
from geosector.partition.blocks import make_blocks
from geosector.partition.graph import edge_costs, make_graph
from geosector.partition.population import place_people
from geosector.partition.solve import is_whole, solve
from geosector.partition.ties import Wish, hold, past_of
from tests.drawn import HEIGHT_M, ORIGIN, WIDTH_M, draw_town, more_roads, street
from tests.partition.towns import NINE_BLOCKS, THREE_QUARTERS

METRIC = crs.metric_crs((*ORIGIN, *ORIGIN))


def best_plan(  # noqa: PLR0917 - as the solver takes them
    graph, people, count, tolerance, costs, ties
):
    """Find the best plan of a very small town by trying all."""
    weights = edge_costs(graph, costs)
    one = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    groups = [np.flatnonzero(ties.together == group) for group in range(ties.together.max() + 1)]
    best = (np.inf, None)
    for plan in itertools.product(range(count), repeat=graph.size):
        labels = np.array(plan, np.int32)
        if (
            (labels[ties.fixed >= 0] != ties.fixed[ties.fixed >= 0]).any()
            or any(len(set(labels[group])) > 1 for group in groups)
            or len(set(plan)) < count
            or deviation(people.astype(float), labels, count) > tolerance + 1e-9
        ):
            continue
        away = (ties.home >= 0) & (labels != ties.home)
        cost = weights[labels[one] != labels[graph.indices]].sum() / 2
        cost += ties.price * people[away].sum()
        if cost < best[0] - 1e-9 and is_whole(graph, labels, count):
            best = (cost, labels)
    assert best[1] is not None
    return best[1]


@pytest.fixture
def exact(monkeypatch):
    """Let partition_city be solved exactly, with ties."""
    taken = {}

    def remember(*args, **options):
        taken["held"] = hold(*args, **options)
        return taken["held"]

    def solved(graph, people, count, tolerance, costs, budget, seed, ties, form):  # noqa: PLR0917
        if ties is None:
            return solve(graph, people, count, tolerance, costs, budget, seed, form=form)
        return best_plan(graph, people, count, tolerance, costs, ties)

    monkeypatch.setattr(layout, "hold", remember)
    monkeypatch.setattr(layout, "solve", solved)
    return taken


def city(picture, count, *, roads=None, people=None, **options):
    town = draw_town(picture)
    return partition_city(
        town.boundary,
        town.roads if roads is None else roads,
        count,
        population=town.people if people is None else people,
        **{"iterations": 12, **options},
    )


def area(left, top, right, bottom):
    return box(left * WIDTH_M, -bottom * HEIGHT_M, right * WIDTH_M, -top * HEIGHT_M)


def pins(*shapes, **columns):
    table = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=METRIC)
    return crs.to_wgs84(table)


def held_in(picture, count, tolerance=0.1, **options):
    town = draw_town(picture)
    fabric = make_blocks(town.boundary, town.roads)
    graph = make_graph(fabric)
    people = place_people(fabric, town.people).by_block
    return hold(fabric, graph, people, Wish(count, tolerance), **options)


def sector_at(made, column, row):
    """Say which sector a place of the picture is in."""
    spot = crs.to_wgs84(pins(Point(column * WIDTH_M, -row * HEIGHT_M))).geometry[0]
    (found,) = made.sectors.loc[made.sectors.intersects(spot), "sector_id"]
    return int(found)


# Columns of the nine blocks, from west to east: 1, 7, 9.
@pytest.fixture(scope="module")
def columns():
    made = city(NINE_BLOCKS, 3)
    west = made.blocks.bounds["minx"].round(3).rank(method="dense").astype(int)
    blocks = made.blocks.assign(sector_id=west.map({1: 7, 2: 1, 3: 9}))
    sectors = blocks.dissolve("sector_id").reset_index()[["sector_id", "geometry"]]
    sectors["name"] = ["Middle", "West", None]
    return {"sectors": sectors, "blocks": blocks, "summary": {"version": 4}}


# ------------------------------------------------------------------ the layout before


def test_where_moving_is_dear_nobody_moves(exact, columns):
    made = city(NINE_BLOCKS, 3, previous=columns, move_price=1000)
    assert compare_layouts(columns, made).summary["people_moved"] == 0
    assert made.summary["previous"]["people_moved"] == 0
    assert sorted(made.sectors["sector_id"]) == [1, 7, 9]


def test_where_moving_is_free_the_best_plan_is_found(exact, columns):
    free = city(NINE_BLOCKS, 3, previous=columns, move_price=0)
    alone = city(NINE_BLOCKS, 3, iterations=40)
    assert free.summary["reached"]["border_cost_km"] <= alone.summary["reached"]["border_cost_km"]
    moved = free.summary["previous"]["people_moved"]
    assert moved == compare_layouts(columns, free).summary["people_moved"] > 0


def test_the_summary_tells_the_price_and_what_moving_cost(exact, columns):
    made = city(NINE_BLOCKS, 3, previous=columns, move_price=0.5)
    told = made.summary["previous"]
    assert told["move_price"] == 0.5
    assert told["move_cost_km"] == pytest.approx(0.5 * told["people_moved"] / 1000)
    assert told["version"] == 4
    assert made.summary["version"] == 5


def test_the_default_price_is_a_sectors_border_for_a_sectors_people(columns):
    held = held_in(NINE_BLOCKS, 3, previous=columns)
    # Two borders of 270 m through minor streets, 10 a metre; each counts for two sectors.
    assert held.price == pytest.approx(2 * 2 * 270 * 10 / 900, rel=1e-3)


def test_numbers_and_names_live_on_and_new_ones_follow(columns):
    made = city(NINE_BLOCKS, 4, tolerance=0.4, previous=columns)
    assert made.sectors["sector_id"].tolist() == [1, 7, 9, 10]
    names = dict(zip(made.sectors["sector_id"], made.sectors["name"], strict=True))
    assert (names[1], names[7]) == ("Middle", "West")
    assert all(one.startswith(("Row", "Column")) for one in (names[9], names[10]))
    assert len(set(names.values())) == 4
    assert set(made.borders[["left", "right"]].to_numpy().ravel()) <= {1, 7, 9, 10}
    assert set(made.blocks["sector_id"]) == {1, 7, 9, 10}


def test_fewer_sectors_keep_the_numbers_of_the_largest(columns):
    people = draw_town(NINE_BLOCKS).people
    people["population"] = [100, 100, 60] * 3
    held = held_in(NINE_BLOCKS, 2, tolerance=0.5, previous=columns)
    assert held.label_ids.tolist() == [1, 7]
    made = city(NINE_BLOCKS, 2, people=people, tolerance=0.5, previous=columns)
    assert set(made.sectors["sector_id"]) < {1, 7, 9}
    assert made.summary["previous"]["sectors_kept"] == 2


def test_homes_are_labels_in_order_of_the_numbers_before(columns):
    held = held_in(NINE_BLOCKS, 3, previous=columns)
    assert held.label_ids.tolist() == [1, 7, 9]
    assert held.home.tolist() == [1, 1, 1, 0, 0, 0, 2, 2, 2]
    assert (held.together == -1).all()
    assert (held.fixed == -1).all()


def test_the_home_of_a_new_block_is_where_most_of_its_people_were():
    town = draw_town(THREE_QUARTERS)
    before = city(THREE_QUARTERS, 3)
    people = before.blocks["population"].where(before.blocks["block_id"] != 2, 900)
    # Without the street between, one block of the west and one of the middle become one.
    roads = town.roads[town.roads["name"] != "Column 8"]
    fabric = make_blocks(town.boundary, roads)
    past = past_of(before.blocks.assign(population=people), fabric)
    assert past.ids.tolist() == [1, 2, 3]
    assert len(fabric.blocks) == 10
    merged = np.flatnonzero(shapely.area(fabric.blocks) > 10_000)
    assert past.home[merged].tolist() == [0, 0]
    assert np.bincount(past.home).tolist() == [4, 2, 4]


def test_where_nobody_lived_the_area_decides():
    town = draw_town(THREE_QUARTERS)
    before = city(THREE_QUARTERS, 3)
    roads = more_roads(town, street((2, 0), (2, 6), road_class="residential"))
    fabric = make_blocks(town.boundary, roads)
    past = past_of(before.blocks.assign(population=0), fabric)
    assert np.bincount(past.home).tolist() == [6, 4, 4]


def test_new_ground_has_no_home(columns):
    west = columns["blocks"][columns["blocks"]["sector_id"] == 7]
    held = held_in(NINE_BLOCKS, 3, previous=west)
    assert held.home.tolist() == [0, 0, 0, -1, -1, -1, -1, -1, -1]


def test_a_layout_divided_again_from_itself_keeps_every_number():
    before = city(THREE_QUARTERS, 3)
    after = city(THREE_QUARTERS, 3, previous=before)
    pd.testing.assert_frame_equal(before.sectors, after.sectors)
    assert after.summary["version"] == 2
    assert after.summary["previous"]["people_moved"] == 0


def test_the_order_of_the_previous_rows_does_not_matter(columns):
    turned = {name: columns[name].iloc[::-1] for name in ("sectors", "blocks")}
    one, two = (city(NINE_BLOCKS, 3, previous=each) for each in (columns, turned))
    pd.testing.assert_frame_equal(one.sectors, two.sectors)


def test_previous_layouts_and_prices_without_meaning_are_refused(columns):
    with pytest.raises(InputError, match="The price of moving a person is -1"):
        city(NINE_BLOCKS, 3, previous=columns, move_price=-1)
    with pytest.raises(InputError, match="needs a previous layout"):
        city(NINE_BLOCKS, 3, move_price=1)
    far = columns["blocks"].set_geometry(columns["blocks"].translate(1, 0))
    with pytest.raises(InputError, match="no ground in common"):
        city(NINE_BLOCKS, 3, previous=far)
    with pytest.raises(InputError, match="neither sectors nor blocks"):
        city(NINE_BLOCKS, 3, previous={})


# ------------------------------------------------------------------ pins


def test_blocks_that_a_pin_touches_stay_together(exact):
    # Over the main street, where the best border would be.
    camp = area(4, 1, 8, 2)
    made = city(NINE_BLOCKS, 3, pins=pins(camp, name=["Camp"]))
    assert sector_at(made, 3, 1.5) == sector_at(made, 9, 1.5)
    assert made.summary["pins"] == [
        {"names": ["Camp"], "blocks": [2, 5], "joined_by": [], "population": 200, "sector_id": None}
    ]


def test_a_pin_with_a_sector_keeps_its_blocks_in_it(exact, columns):
    camp = pins(area(7, 1, 11, 2), name=["Camp"], sector_id=[7])
    made = city(NINE_BLOCKS, 3, tolerance=0.4, previous=columns, move_price=100, pins=camp)
    # Nobody else moves: four blocks, two and three.
    assert sector_at(made, 9, 1.5) == 7
    assert made.summary["previous"]["people_moved"] == 100
    assert made.sectors["population"].tolist() == [200, 400, 300]


def test_a_point_pins_the_block_it_lies_in():
    held = held_in(NINE_BLOCKS, 3, pins=pins(Point(3 * WIDTH_M, -1 * HEIGHT_M)))
    assert held.groups[0].blocks == (2,)
    assert held.groups[0].names == ("row 2",)


def test_a_strip_thinner_than_a_metre_does_not_touch():
    sloppy = box(10, -80, 120.8, -10)
    assert held_in(NINE_BLOCKS, 3, pins=pins(sloppy)).groups[0].blocks == (2,)
    hut = box(50, -50, 50.5, -50.5)
    assert held_in(NINE_BLOCKS, 3, pins=pins(hut)).groups[0].blocks == (2,)


def test_pins_on_one_block_make_one_group_whatever_their_order():
    first, second = area(2, 1, 8, 2), area(8, 1, 14, 2)
    one = held_in(NINE_BLOCKS, 2, 0.5, pins=pins(first, second, name=["A", "B"]))
    two = held_in(NINE_BLOCKS, 2, 0.5, pins=pins(second, first, name=["B", "A"]))
    assert one.groups == two.groups
    assert one.groups[0].blocks == (2, 5, 8)
    assert one.groups[0].names == ("A", "B")
    assert one.together.tolist() == [-1, -1, 0, -1, -1, 0, -1, -1, 0]


def test_blocks_that_lie_apart_are_joined_by_the_shortest_chain():
    apart = MultiPolygon([area(1, 1, 3, 2), area(13, 1, 15, 2)])
    held = held_in(NINE_BLOCKS, 2, 0.5, pins=pins(apart))
    assert held.groups[0].blocks == (2, 8)
    assert held.groups[0].chain == (5,)
    assert held.together.tolist() == [-1, -1, 0, -1, -1, 0, -1, -1, 0]


def test_of_equally_short_chains_that_with_fewest_people_is_taken():
    corner = MultiPolygon([area(1, 1, 3, 2), area(7, 4, 9, 5)])
    picture = NINE_BLOCKS.replace("H 100 | 100 | 100 |", "H  99 | 101 | 100 |", 1)
    held = held_in(picture, 2, 0.5, pins=pins(corner))
    assert held.groups[0].chain == (1,)  # 100 people, not 101


def test_a_chain_does_not_lead_through_another_pin():
    apart = MultiPolygon([area(1, 1, 3, 2), area(13, 1, 15, 2)])
    between = area(7, 1, 9, 2)
    held = held_in(NINE_BLOCKS, 2, 0.5, pins=pins(apart, between))
    assert held.groups[0].chain == (1, 4, 7)
    wall = area(7, 1, 9, 8)
    with pytest.raises(PinError, match="The blocks of pin row 2 lie apart"):
        held_in(NINE_BLOCKS, 2, 0.5, pins=pins(apart, wall))


def test_a_pin_with_more_people_than_a_sector_may_hold_is_refused():
    with pytest.raises(PinError, match=r"by Camp are 400 people; a sector may hold 330\."):
        city(NINE_BLOCKS, 3, pins=pins(area(1, 1, 9, 5), name=["Camp"]))


def test_pins_of_one_sector_count_together(columns):
    two = pins(area(1, 1, 9, 2), area(1, 7, 9, 8), name=["A", "B"], sector_id=[7, 7])
    with pytest.raises(PinError, match="by B, A are 400 people"):
        city(NINE_BLOCKS, 3, previous=columns, pins=two)


def test_pins_on_one_block_that_ask_for_two_sectors_are_refused(columns):
    two = pins(area(1, 1, 3, 2), area(2, 1, 5, 2), name=["A", "B"], sector_id=[7, 1])
    with pytest.raises(PinError, match="Pins B and A share blocks, but one asks for sector 1"):
        city(NINE_BLOCKS, 3, previous=columns, pins=two)


@pytest.mark.parametrize(
    ("asked", "message"),
    [(5, "sector 5, which the previous layout does not have. Its sectors are: 1, 7, 9"),
     (2.5, "asks for sector '2.5'"), ("x", "asks for sector 'x'")],
)  # fmt: skip
def test_a_pin_to_a_sector_that_is_not_there_is_refused(columns, asked, message):
    camp = pins(area(1, 1, 3, 2), sector_id=[asked])
    with pytest.raises(PinError, match=message):
        city(NINE_BLOCKS, 3, previous=columns, pins=camp)


def test_a_pin_to_a_sector_without_a_previous_layout_is_refused():
    with pytest.raises(PinError, match="sector 1, which the previous layout does not have"):
        city(NINE_BLOCKS, 3, pins=pins(area(1, 1, 3, 2), sector_id=[1]))


def test_pins_that_ask_for_more_sectors_than_wanted_are_refused(columns):
    three = pins(area(1, 1, 3, 2), area(7, 1, 9, 2), area(13, 1, 15, 2), sector_id=[7, 1, 9])
    with pytest.raises(PinError, match="Pins ask for 3 sectors, but only 2 are wanted"):
        city(NINE_BLOCKS, 2, tolerance=0.5, previous=columns, pins=three)


def test_pins_that_leave_too_few_blocks_are_refused():
    half = pins(area(1, 1, 3, 8))
    with pytest.raises(PinError, match="there are 7 blocks and groups of blocks for 8 sectors"):
        city(NINE_BLOCKS, 8, tolerance=0.99 - 1e-9, people=_empty_west(), pins=half)


def _empty_west():
    people = draw_town(NINE_BLOCKS).people
    west = people.geometry.x < 30.001
    return people.assign(population=np.where(west, 1, 100))


def test_pinned_sectors_live_on_however_small(columns):
    pinned = pins(area(13, 1, 15, 2), sector_id=[9])
    held = held_in(NINE_BLOCKS, 2, 0.5, previous=columns, pins=pinned)
    assert held.label_ids.tolist() == [1, 9]
    assert held.fixed.tolist() == [-1] * 8 + [1]


def test_a_plan_that_parts_a_pin_is_never_returned(monkeypatch):
    monkeypatch.setattr(layout, "solve", lambda *_: np.repeat([0, 1, 2], 3).astype(np.int32))
    with pytest.raises(PinError, match="No plan was found that keeps pin Camp"):
        city(NINE_BLOCKS, 3, pins=pins(area(4, 1, 8, 2), name=["Camp"]))


def test_sectors_that_pins_ask_for_are_never_one(monkeypatch, columns):
    monkeypatch.setattr(layout, "solve", lambda *_: np.array([0, 0, 0, 0, 1, 1, 2, 2, 2], np.int32))
    two = pins(area(1, 1, 3, 2), area(7, 7, 9, 8), sector_id=[7, 1])
    with pytest.raises(PinError, match="No plan was found that keeps pin row"):
        city(NINE_BLOCKS, 3, tolerance=0.4, previous=columns, pins=two)
    apart = pins(area(1, 1, 3, 2), area(7, 1, 9, 2), sector_id=[7, 7])
    with pytest.raises(PinError, match="No plan was found that keeps pin row"):
        city(NINE_BLOCKS, 3, tolerance=0.4, previous=columns, pins=apart)


def test_pins_that_are_no_place_in_the_city_are_listed():
    odd = pins(
        LineString([(0, 0), (50, -50)]), None, area(50, 50, 51, 51), name=["Wall", "", "Far"]
    )
    made = city(NINE_BLOCKS, 3, pins=odd)
    assert made.problems["row"].tolist() == [2, 3, 4]
    assert made.problems["given"].tolist() == ["LineString", "", "Far"]
    assert made.summary["pins"] == []


def test_pins_without_a_coordinate_system_are_refused():
    with pytest.raises(MissingCRSError, match="The table of pins has no coordinate system"):
        city(NINE_BLOCKS, 3, pins=gpd.GeoDataFrame(geometry=[Point(0, 0)]))
