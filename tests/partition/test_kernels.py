"""The compiled loops against plain ones; also run with the compiler off (marker nojit)."""

import itertools

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geosector.partition import explore, kernels
from geosector.partition.graph import compressed

pytestmark = pytest.mark.nojit


def grid(wide, high):
    """Make a grid of nodes with weights of 1 to 7."""
    node = np.arange(wide * high).reshape(high, wide)
    left = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    right = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    indptr, indices, edge = compressed(left, right, wide * high)
    return graph_of(indptr, indices, 1.0 + edge % 7, np.ones(wide * high))


def half_open(wide, high, seed, share):
    """Make a grid some of whose borders cannot be passed."""
    graph = grid(wide, high)
    graph.passable[:] = np.random.default_rng(seed).random(len(graph.indices)) < share
    graph.passable[:] &= graph.passable[graph.twin]
    return graph


def graph_of(indptr, indices, weights, people, passable=None):
    """Make a graph; without more said, all can be passed and nobody has a home."""
    passable = np.ones(len(indices), bool) if passable is None else passable
    return kernels.as_graph(indptr, indices, weights, passable, people)


def rng():
    return np.array([12345], np.int64)


def whole(graph, labels, sector):
    """Say the slow way whether a sector is in one piece."""
    indptr, indices, passable = graph.indptr, graph.indices, graph.passable
    members = np.flatnonzero(labels == sector)
    one = np.repeat(np.arange(len(labels)), np.diff(indptr))
    kept = np.isin(one, members) & np.isin(indices, members) & passable
    size = len(labels)
    links = coo_array((np.ones(kept.sum()), (one[kept], indices[kept])), shape=(size, size))
    pieces = connected_components(links, directed=False)[1]
    return len(set(pieces[members])) <= 1


def test_the_same_seed_draws_the_same_numbers():
    assert kernels.draw(rng()) == kernels.draw(rng()) == pytest.approx(12345 * 48271 / 2147483647)


def test_shuffling_keeps_every_number():
    assert sorted(kernels.shuffled(9, rng()).tolist()) == list(range(9))


def test_matching_pairs_neighbours_only_and_heeds_cap_and_fences():
    graph = grid(4, 2)
    fence = np.array([0, 0, 1, 1, 0, 0, 1, 1])
    cluster = kernels.match(graph, fence, 2.0, rng())
    sizes = np.bincount(cluster)
    assert sizes.max() == 2
    assert all(len(set(fence[cluster == one])) == 1 for one in range(len(sizes)))
    assert kernels.match(graph, fence, 1.0, rng()).max() == 7


def assert_written_both_ways(graph):
    """Every place of a graph has its node and the place of the other direction."""
    one = np.repeat(np.arange(len(graph.people)), np.diff(graph.indptr))
    assert graph.owner.tolist() == one.tolist()
    assert graph.owner[graph.twin].tolist() == graph.indices.tolist()
    assert graph.indices[graph.twin].tolist() == one.tolist()
    assert graph.weights[graph.twin].tolist() == graph.weights.tolist()
    assert graph.passable[graph.twin].tolist() == graph.passable.tolist()


def test_every_graph_knows_the_other_direction_of_a_pair():
    graph = half_open(5, 4, 9, 0.8)
    labels = np.repeat(np.arange(4, dtype=np.int32), 5)
    cluster = np.array([0, 0, 1, 1, 2] * 2 + [3, 3, 4, 4, 5] * 2, np.int32)
    assert_written_both_ways(graph)
    assert_written_both_ways(kernels.contract(graph, cluster, 6))
    assert_written_both_ways(kernels.part_of(graph, labels, np.array([1, -1, 0, 2], np.int32))[1])


def test_contracting_keeps_what_is_cut():
    graph = grid(4, 3)
    cluster = np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5], np.int32)
    labels = np.array([0, 1, 0, 1, 2, 2], np.int32)
    small = kernels.contract(graph, cluster, 6)
    assert kernels.cut_weight(small, labels) == kernels.cut_weight(graph, labels[cluster])
    assert small.people.tolist() == [2.0] * 6


def test_growing_gives_connected_sectors():
    graph = grid(5, 4)
    labels = np.full(20, -1, np.int32)
    labels[7] = 1
    kernels.grow(graph, labels, 3, rng())
    assert labels[7] == 1
    assert sorted(set(labels.tolist())) == [0, 1, 2]
    assert all(whole(graph, labels, sector) for sector in range(3))


def test_the_ways_between_sectors_stay_true_while_nodes_change_sector():
    graph = grid(4, 3)
    random = np.random.default_rng(7)
    labels = random.integers(0, 4, 12).astype(np.int32)
    ways = explore.ways_between(graph, labels, 4)
    for _ in range(10):
        nodes = random.permutation(12)[:5]
        after = random.integers(0, 4, 5).astype(np.int32)
        explore._relabel(graph, labels, nodes, after, ways)
        assert labels[nodes].tolist() == after.tolist()
        assert (ways == explore.ways_between(graph, labels, 4)).all()


def test_sectors_are_named_after_the_homes_in_them():
    graph = grid(3, 1)._replace(home=np.array([2, 0, 1], np.int32), stay=np.ones(3))
    labels = np.array([0, 1, 2], np.int32)
    kernels.name_by_home(graph, labels, 3)
    assert labels.tolist() == [2, 0, 1]


def test_cells_are_what_every_plan_keeps_together():
    plans = np.array([[0, 0, 1, 1], [0, 1, 1, 1]], np.int32)
    assert kernels.common_cells(grid(4, 1), plans).tolist() == [0, 1, 2, 2]


def test_sectors_cut_out_keep_their_borders_and_local_homes():
    graph = grid(4, 1)._replace(home=np.array([1, 0, 1, 2], np.int32), stay=np.ones(4))
    labels, local = np.array([0, 1, 1, 2], np.int32), np.array([-1, 1, 0], np.int32)
    nodes, part = kernels.part_of(graph, labels, local)
    assert nodes.tolist() == [1, 2, 3]
    assert part.home.tolist() == [-1, 1, 0]
    assert part.indices.tolist() == [1, 0, 2, 1]


def test_far_misses_weigh_more_than_near_ones():
    assert kernels.excess(10.0, 9.0, 11.0) == 0
    assert kernels.excess(13.0, 9.0, 11.0) > 2 * kernels.excess(12.0, 9.0, 11.0) > 0
    assert kernels.excess(8.0, 9.0, 11.0) == kernels.excess(12.0, 9.0, 11.0)


def test_pieces_too_small_for_a_sector_are_bound_to_the_node_they_hang_on():
    # 0-1-2 with a triangle 2-3-4, and 5 hanging on 4: of 6 people, a sector needs 2.
    left, right = np.array([0, 1, 2, 3, 2, 4]), np.array([1, 2, 3, 4, 4, 5])
    indptr, indices, _ = compressed(left, right, 6)
    group = kernels.bound_together(indptr, indices, np.ones(6), 2.0)
    assert group[0] == group[1]
    assert group[4] == group[5]
    assert len(set(group.tolist())) == 4


def lawful_plans(graph, count, low, high):
    """Give every plan that is lawful, by trying all."""
    size = len(graph.people)
    for plan in itertools.product(range(count), repeat=size):
        labels = np.array(plan, np.int32)
        load = np.bincount(labels, graph.people, count)
        balanced = (load >= low).all() and (load <= high).all()
        if balanced and all(whole(graph, labels, sector) for sector in range(count)):
            yield labels


def test_what_is_bound_together_is_together_in_every_lawful_plan():
    left, right = np.array([0, 1, 2, 2, 4, 5, 6]), np.array([1, 2, 3, 4, 5, 6, 4])
    indptr, indices, _ = compressed(left, right, 7)
    graph = graph_of(indptr, indices, np.ones(14), np.array([1.0, 1, 2, 1, 1, 2, 1]))
    group = kernels.bound_together(indptr, indices, graph.people, 3.0)
    plans = list(lawful_plans(graph, 2, 3.0, 6.0))
    assert plans
    for labels in plans:
        assert all(len(set(labels[group == one])) == 1 for one in range(group.max() + 1))


def test_the_walk_is_the_shortest_of_all():
    random = np.random.default_rng(5)
    x, y = random.uniform(0, 1, (2, 6))
    steps = np.hypot(x[:, None] - x, y[:, None] - y)
    path = kernels.shortest_walk(steps, np.arange(6))
    length = steps[path[:-1], path[1:]].sum()
    best = min(
        sum(steps[one, two] for one, two in itertools.pairwise(order))
        for order in itertools.permutations(range(6))
    )
    assert length == pytest.approx(best, rel=0.05)
    assert sorted(path.tolist()) == list(range(6))
