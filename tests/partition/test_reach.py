"""Between which blocks one can pass."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry import box

from geosector import crs
from geosector.errors import CutOffError
from geosector.partition.graph import bound_groups, make_graph, passable_rows
from geosector.partition.reach import Reach, find_passages
from geosector.partition.terrain import Terrain, lay_mosaic
from tests.drawn import HEIGHT_M, ORIGIN, WIDTH_M, _table, draw_town, more_roads, street

# The river comes from the north at column 9: on its west four blocks, on its east two.
TWO_BANKS = """
+-----+-----+
| 100 | 100 |
|     |     |
+-----+-----+
| 100 | 100 |
|     |     |
+-----+-----+
"""
RIVER = street((9, -1), (9, 7), kind="river")
MIDDLE = "Row 3"


class City:
    """A drawn town made into blocks, with what is passable."""

    def __init__(self, roads, terrain, town, parts="join"):
        self.mosaic = lay_mosaic(town.boundary, roads, terrain)
        self.passages = find_passages(self.mosaic.fabric, self.mosaic.streets, terrain.reach)
        self.graph = make_graph(self.mosaic.fabric, parts, None, self.passages)

    def at(self, column, row):
        point = shapely.Point(column * WIDTH_M, -row * HEIGHT_M)
        return int(np.flatnonzero(shapely.contains(self.mosaic.fabric.blocks, point))[0])

    def passable(self, one, two):
        """Say whether blocks at two places are passable; None where they are no pair."""
        a, b = self.at(*one), self.at(*two)
        start, stop = self.graph.indptr[a : a + 2]
        where = start + np.flatnonzero(self.graph.indices[start:stop] == b)
        return bool(self.graph.passable[where[0]]) if len(where) else None


def city(roads=None, barriers=RIVER, town=TWO_BANKS, parts="join", **reach):
    town = draw_town(town)
    roads = town.roads if roads is None else roads
    return City(roads, Terrain(barriers=barriers, reach=Reach(**reach)), town, parts)


def only_middle_crosses(state="open"):
    """Close the streets over the river, but for the middle one, which gets a state."""
    roads = draw_town(TWO_BANKS).roads
    crossing = shapely.intersects(
        crs.to_metres(roads, crs.metric_crs((*ORIGIN, *ORIGIN))).geometry,
        shapely.LineString([(9 * WIDTH_M, 100), (9 * WIDTH_M, -1000)]),
    )
    middle = crossing & (roads["name"] == MIDDLE)
    return roads.assign(state=np.where(middle, state, np.where(crossing, "closed", None)))


NORTH = ((8, 1), (10, 1))
SOUTH = ((8, 4), (10, 4))


def test_a_river_cuts_blocks_and_one_gets_over_it_on_open_streets():
    found = city()
    assert found.graph.size == 6
    assert found.passable(*NORTH)
    assert found.passable(*SOUTH)
    assert found.passages.crossings == 3
    assert found.graph.links == ()


def test_without_barriers_every_neighbour_is_passable():
    found = city(barriers=None)
    assert found.graph.passable.all()
    assert len(found.passages.blocked) == 0


def test_a_bridge_joins_the_blocks_beside_it():
    roads = only_middle_crosses()
    assert city(roads).passable(*NORTH)
    assert city(roads).passable(*SOUTH)
    assert city(roads).passages.crossings == 1


@pytest.mark.parametrize(
    ("state", "options", "open_"),
    [
        ("closed", {}, False),
        ("damaged", {}, False),
        ("damaged", {"damaged_is_open": True}, True),
        ("مقطوع", {}, False),
        (None, {}, True),
    ],
)
def test_only_open_bridges_count(state, options, open_):
    found = city(only_middle_crosses(state), **options)
    assert found.passable(*SOUTH) is open_ or found.graph.links
    assert (found.passages.crossings == 1) is open_


def test_banks_without_a_bridge_are_linked_once_over_their_longest_border():
    found = city(only_middle_crosses("closed"))
    assert [link.gap_m for link in found.graph.links] == [0.0]
    assert found.graph.passable.sum() == 2 * (4 + 1 + 1)
    pairs = {link[:2] for link in found.graph.links}
    assert pairs <= {tuple(sorted((found.at(*one), found.at(*two)))) for one, two in (NORTH, SOUTH)}


def test_banks_without_a_bridge_are_refused_where_asked():
    with pytest.raises(CutOffError, match=r"No open street or bridge joins the 2 pieces"):
        city(only_middle_crosses("closed"), parts="refuse")
    assert city(only_middle_crosses(), parts="refuse").graph.links == ()


def test_a_street_that_ends_at_the_river_is_no_bridge():
    roads = only_middle_crosses("closed")
    quay = street((7, 1), (9, 1), road_class="residential", name="Quay", layer=0)
    assert city(pd.concat([roads, quay])).passages.crossings == 0


def test_a_lane_that_bounds_no_block_is_a_bridge_too():
    lane = street((8, 1), (10, 1), road_class="footway", name="Footbridge", layer=0)
    found = city(pd.concat([only_middle_crosses("closed"), lane]))
    assert found.passable(*NORTH)
    assert found.passages.crossings == 1


def test_a_street_along_the_front_line_does_not_lead_over_it():
    front = street((6, -1), (6, 7), kind="front_line")
    roads = draw_town(TWO_BANKS).roads
    closed = roads.assign(state=np.where(roads["name"].str.startswith("Row"), "closed", None))
    found = city(closed, front)
    assert found.passages.crossings == 0
    assert len(found.passages.blocked) == 2


def test_a_front_line_along_a_street_is_crossed_where_another_street_crosses():
    front = street((6, -1), (6, 7), kind="front_line")
    roads = draw_town(TWO_BANKS).roads
    assert city(roads.assign(state="open"), front).passages.crossings == 3
    assert city(roads, front).passages.crossings == 0
    assert city(roads, front, stated_across=()).passages.crossings == 3


@pytest.mark.parametrize(("state", "joined"), [("open", 1), (None, 0)])
def test_nor_does_a_tunnel_lead_under_a_front_line_unless_it_is_stated_to_be_open(state, joined):
    front = street((9, -1), (9, 7), kind="front_line")
    tunnel = street((7, 3), (11, 3), road_class="primary", layer=-1, state=state)
    crossing = street((8, 0), (8, 6), road_class="residential", layer=0)
    roads = pd.concat([only_middle_crosses("closed"), crossing, tunnel])
    assert city(roads, front).passages.crossings == joined


def test_a_river_beside_a_road_stays_a_barrier_though_the_strip_between_is_a_sliver():
    beside = street((6.2, -1), (6.2, 7), kind="river")
    roads = draw_town(TWO_BANKS).roads
    closed = roads.assign(state=np.where(roads["name"].str.startswith("Row"), "closed", None))
    found = city(closed, beside)
    assert found.graph.size == 4
    assert len(found.passages.blocked) == 2


def test_a_barrier_that_crosses_itself_or_lies_outside_is_sound():
    loop = street((8, 1), (10, 2), (10, 1), (8, 2), kind="wall")
    outside = street((50, 1), (50, 7), kind="wall")
    assert city(barriers=pd.concat([loop, outside])).graph.size >= 4


# ------------------------------------------------------------------ above and below


def test_a_tunnel_joins_the_blocks_at_its_ends():
    quays = [
        street((column, 0), (column, 6), road_class="residential", name="Quay", layer=0)
        for column in (8, 10)
    ]
    tunnel = street((7, 3), (11, 3), road_class="primary", name="Tunnel", layer=-1)
    roads = pd.concat([only_middle_crosses("closed"), *quays, tunnel])
    found = city(roads)
    ends = [found.passable((7, row), (11, row)) for row in (1, 4)]
    assert sorted(ends, key=str) == [None, True]
    assert found.passable((8.5, 1), (9.5, 1)) is False
    assert found.passages.crossings == 1
    assert found.graph.metres[found.graph.passable].sum(axis=1).min() == 0


def test_a_closed_tunnel_joins_nothing():
    tunnel = street((7, 3), (11, 3), road_class="primary", layer=-1, state="closed")
    assert city(pd.concat([only_middle_crosses("closed"), tunnel])).passages.crossings == 0


def test_a_street_under_a_railway_alone_goes_on_bounding_blocks():
    roads = draw_town(TWO_BANKS).roads
    east = np.flatnonzero(roads["name"] == MIDDLE)[1]
    roads["layer"] = np.where(np.arange(len(roads)) == east, -1, 0)
    found = city(roads, street((9, -1), (9, 7), kind="railway"))
    assert found.graph.size == 6
    assert found.passable(*NORTH)


@pytest.mark.parametrize("layer", [-1, 1])
def test_a_metro_and_a_viaduct_hinder_nobody(layer):
    found = city(barriers=street((9, -1), (9, 7), kind="railway", layer=layer))
    assert found.graph.size == 4
    assert found.graph.passable.all()


def test_a_river_lies_on_the_ground_whatever_its_layer():
    assert city(barriers=street((9, -1), (9, 7), kind="river", layer=-1)).graph.size == 6


# ------------------------------------------------------------------ water


def wide_river(left=8.5, right=9.5):
    water = box(left * WIDTH_M, -300, right * WIDTH_M, 100)
    return _table([water], kind="river")


def test_water_is_a_block_of_its_own_joined_to_both_banks_by_one_bridge():
    found = city(only_middle_crosses(), wide_river())
    assert found.passages.water.sum() == 2
    north, south = found.at(9, 1), found.at(9, 4)
    assert found.passages.water[[north, south]].all()
    for row, water in ((1, (9, 1)), (4, (9, 4))):
        assert found.passable((8, row), water) is True
        assert found.passable(water, (10, row)) is True
    assert found.graph.links == ()
    assert found.passages.crossings == 1


def test_water_never_joins_two_bridges():
    found = city(None, wide_river())
    graph = found.graph
    without_land = {found.at(9, 1), found.at(9, 4)}
    entered = [
        {int(graph.indices[k]) for k in range(*graph.indptr[w : w + 2]) if graph.passable[k]}
        for w in sorted(without_land)
    ]
    assert all(len(neighbours) >= 2 for neighbours in entered)
    assert found.passages.crossings >= 1


def test_water_without_a_bridge_is_linked_and_does_not_count_as_cut_off():
    found = city(only_middle_crosses("closed"), wide_river())
    assert len(found.graph.links) == 3
    lake = _table([box(140, -150, 160, -120)], kind="river")
    assert len(city(None, lake, parts="refuse").graph.links) == 1


def test_a_stream_too_narrow_for_a_block_is_a_barrier_all_the_same():
    stream = wide_river(8.95, 9.05)
    found = city(only_middle_crosses(), stream)
    assert found.passages.water.sum() == 0
    assert found.passable(*NORTH)
    assert found.passages.crossings == 1
    assert not city(only_middle_crosses("closed"), stream).passages.crossings


def test_the_middle_line_of_a_wide_river_adds_nothing():
    both = pd.concat([wide_river(), RIVER])
    assert city(None, both).graph.size == city(None, wide_river()).graph.size


# ------------------------------------------------------------------ streets


MOTORWAY = """
+-----+-----+
| 100 H 100 |
|     H     |
+-----+-----+
| 100 H 100 |
|     H     |
+-----+-----+
"""


def by_streets(roads=None, town=MOTORWAY, barriers=None, **reach):
    return city(roads, barriers, town, contiguity="streets", **reach)


def with_motorway(**states):
    roads = draw_town(MOTORWAY).roads
    roads.loc[roads["road_class"] == "primary", "road_class"] = "motorway"
    return roads.assign(state=roads["name"].map(states))


def test_a_motorway_parts_blocks_but_for_the_streets_that_cross_it():
    found = by_streets(with_motorway())
    assert found.passable((3, 1), (9, 1))
    closed = by_streets(with_motorway(**{MIDDLE: "closed", "Row 0": "closed", "Row 6": "closed"}))
    assert len(closed.passages.blocked) == 2
    assert len(closed.graph.links) == 1


def test_by_borders_the_same_motorway_parts_nothing():
    assert city(with_motorway(), None, MOTORWAY).graph.passable.all()


def test_which_classes_are_not_walked_is_for_the_user_to_say():
    assert by_streets(with_motorway(), not_walked=()).graph.passable.all()
    primary = by_streets(None, not_walked=("primary", "residential"))
    assert not set(map(tuple, primary.passages.blocked.tolist())) - {(0, 1), (0, 2), (1, 3), (2, 3)}
    assert len(primary.passages.blocked) == 4


def test_a_closed_street_joins_nothing_but_its_neighbours_at_the_ends_do():
    roads = draw_town(TWO_BANKS).roads
    closed = roads.assign(state=np.where(roads["name"] == "Column 6", "closed", "open"))
    assert by_streets(closed, TWO_BANKS).graph.passable.all()


def test_a_city_without_open_streets_is_linked_into_one_all_the_same():
    roads = draw_town(TWO_BANKS).roads.assign(state="closed")
    found = by_streets(roads, TWO_BANKS)
    assert found.graph.passable.sum() == 2 * 3
    assert len(found.graph.links) == 3


def test_barrier_and_streets_together_still_need_a_bridge():
    found = by_streets(only_middle_crosses("damaged"), TWO_BANKS, RIVER)
    assert len(found.graph.links) == 1


def test_what_is_reached_only_over_passable_borders_is_bound_to_them():
    found = city(only_middle_crosses())
    indptr, indices = passable_rows(found.graph)
    assert indptr[-1] == len(indices) == found.graph.passable.sum()
    assert len(set(bound_groups(found.graph, np.full(6, 100), 2, 0.1).tolist())) <= 6


def test_the_order_of_rows_does_not_matter():
    roads, barriers = only_middle_crosses(), pd.concat([RIVER, wide_river(2, 2.5)])
    one, two = city(roads, barriers), city(roads.iloc[::-1], barriers.iloc[::-1])
    assert np.array_equal(one.graph.passable, two.graph.passable)
    assert np.array_equal(one.graph.metres, two.graph.metres)
    assert one.graph.links == two.graph.links


def test_roads_without_any_facts_are_open_ground_streets():
    bare = draw_town(TWO_BANKS).roads[["geometry"]]
    assert city(bare).passable(*NORTH)
    assert more_roads(draw_town(TWO_BANKS), bare).shape[0] == 2 * len(bare)


@st.composite
def torn_towns(draw):
    """Draw a town's streets with random states, and rivers, walls and water across it."""
    roads = draw_town(TWO_BANKS).roads
    states = [draw(st.sampled_from([None, "open", "closed", "damaged"])) for _ in range(len(roads))]
    layers = [draw(st.sampled_from([0, 0, 0, 1, -1])) for _ in range(len(roads))]
    place = st.tuples(st.integers(-1, 13), st.integers(-1, 7))
    lines = [
        street(*draw(st.lists(place, min_size=2, max_size=4, unique=True)), kind=kind)
        for kind in draw(st.lists(st.sampled_from(["river", "wall", "front_line"]), max_size=3))
    ]
    if draw(st.booleans()):
        left = draw(st.floats(0, 11))
        lines.append(wide_river(left, left + draw(st.floats(0.1, 3))))
    barriers = pd.concat(lines) if lines else None
    return roads.assign(state=states, layer=layers), barriers


@given(torn_towns(), st.sampled_from(["borders", "streets"]))
def test_whatever_is_torn_the_graph_is_connected_over_passable_pairs(torn, contiguity):
    found = city(*torn, contiguity=contiguity)
    graph = found.graph
    indptr, indices = passable_rows(graph)
    size = graph.size
    whole = csr_array((np.ones(len(indices)), indices, indptr), shape=(size, size))
    assert connected_components(whole, directed=False)[0] == 1
    one = np.repeat(np.arange(size), np.diff(graph.indptr))
    pairs = dict(zip(zip(one, graph.indices, strict=True), graph.passable, strict=True))
    assert len(pairs) == len(one)
    assert all(pairs[two, one] == open_ for (one, two), open_ in pairs.items())
    linked = {link[:2] for link in graph.links}
    blocked = set(map(tuple, found.passages.blocked.tolist()))
    assert {pair for pair in blocked if pairs[pair]} <= linked
