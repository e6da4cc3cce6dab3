"""Who borders whom."""

import numpy as np
import pytest

from geosector.errors import BoundaryInPartsError, InputError
from geosector.partition.blocks import make_blocks
from geosector.partition.graph import Room, bound_groups, edge_costs, make_graph
from tests.drawn import draw_town
from tests.partition.towns import NINE_BLOCKS, TWO_PARTS


def fabric_of(picture):
    town = draw_town(picture)
    return make_blocks(town.boundary, town.roads)


def test_blocks_that_meet_in_a_corner_are_no_neighbours():
    graph = make_graph(fabric_of(NINE_BLOCKS))
    assert graph.size == 9
    assert np.diff(graph.indptr).tolist() == [2, 3, 2, 3, 4, 3, 2, 3, 2]


def test_every_pair_is_there_in_both_directions_at_the_same_cost():
    graph = make_graph(fabric_of(NINE_BLOCKS))
    one = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    costs = dict(zip(zip(one, graph.indices, strict=True), edge_costs(graph), strict=True))
    assert all(costs[two, one] == cost for (one, two), cost in costs.items())
    assert sum(costs.values()) / 2 == pytest.approx(360 * 1 + 120 * 3 + 780 * 10, rel=1e-6)


def test_a_detached_part_is_linked_to_its_nearest_block():
    graph = make_graph(fabric_of(TWO_PARTS))
    link = graph.links[0]
    assert (link.left in {2, 3}, link.right, round(link.gap_m)) == (True, 4, 100)
    assert edge_costs(graph).min() == 0


def test_a_part_is_linked_to_a_block_with_which_it_fits_into_a_sector():
    fabric = fabric_of(TWO_PARTS)
    nearest = make_graph(fabric).links[0].left
    people = np.full(5, 100)
    people[nearest] = 400
    links = make_graph(fabric, "join", Room(people, 400.0, 0.1)).links
    assert links[0].left not in {nearest, 4}
    assert links[0].gap_m >= 100


def test_where_no_block_fits_the_nearest_is_taken():
    fabric = fabric_of(TWO_PARTS)
    links = make_graph(fabric, "join", Room(np.full(5, 100), 110.0, 0.01)).links
    assert links == make_graph(fabric).links


def test_a_part_that_makes_a_sector_of_its_own_is_linked_to_the_nearest():
    fabric = fabric_of(TWO_PARTS)
    assert make_graph(fabric, "join", Room(np.full(5, 100), 100.0, 0.1)).links


def test_refusing_parts_names_them():
    with pytest.raises(BoundaryInPartsError, match=r"in 2 parts: 0\.03 km² .*; 0\.01 km²"):
        make_graph(fabric_of(TWO_PARTS), "refuse")


def test_refusing_parts_lets_one_part_pass():
    assert make_graph(fabric_of(NINE_BLOCKS), "refuse").links == ()


def test_an_unknown_way_with_parts_is_refused():
    with pytest.raises(InputError, match=r"parts is 'ignore'\. Use 'join' or 'refuse'"):
        make_graph(fabric_of(NINE_BLOCKS), "ignore")


def test_a_detached_part_too_small_for_a_sector_is_bound_to_its_block():
    graph = make_graph(fabric_of(TWO_PARTS))
    groups = bound_groups(graph, np.full(5, 100), 2, 0.1)
    assert groups[4] == groups[graph.links[0].left]
    assert len(set(groups.tolist())) == 4
