"""Moving nodes across borders against plain ways to say the same; also run without the compiler."""

import numpy as np
import pytest

from geosector.partition import anneal, kernels
from tests.partition.test_kernels import grid, half_open, rng, whole

# Without the compiler, numpy warns where a product of bits runs over, as it is meant to.
pytestmark = [pytest.mark.nojit, pytest.mark.filterwarnings("ignore:overflow encountered")]


def annealed(graph, labels, count, low, high, *how):
    """Anneal a plan in place; give what is known of its borders afterwards."""
    borders = anneal.find_borders(graph, labels, count)
    anneal.anneal(graph, labels, borders, low, high, *how, rng())
    return borders


@pytest.mark.parametrize(("wide", "high"), [(4, 3), (16, 5), (16, 9)])
def test_the_fast_tests_of_what_holds_equal_the_slow_one(wide, high):
    """One word of bits, two of them, and a graph too large for that."""
    graph, size, random = half_open(wide, high, 9, 0.95), wide * high, rng()
    mark, queue, stamp = np.zeros(size, np.int64), np.empty(size + 1, np.uint32), 1
    holds = []
    for _ in range(6):
        labels = np.full(size, -1, np.int32)
        kernels.grow(graph, labels, 4, random)
        borders = anneal.find_borders(graph, labels, 4)
        assert len(borders.reach) == (2 * size if size <= 128 else 0)
        label_of = labels.view(np.uint32)
        for node in range(size):
            without = labels.copy()
            without[node] = 9
            holds.append(whole(graph, without, labels[node]))
            stamp += 2
            rows = graph.indptr, graph.indices, graph.passable, label_of
            assert anneal.holds_without(*rows, node, mark, stamp, queue) == holds[-1]
            if len(borders.reach):
                bits = borders.reach, borders.members_of
                assert anneal.bits_hold_without(*bits, node, label_of[node]) == holds[-1]
    assert min(sum(holds), len(holds) - sum(holds)) > 5


@pytest.mark.parametrize("size", [(8, 6), (12, 10), (14, 10)])
def test_what_is_known_of_the_borders_stays_true(size):
    graph = half_open(*size, 3, 0.95)
    labels = (np.arange(size[0] * size[1]) % size[0] * 3 // size[0]).astype(np.int32)
    borders = annealed(graph, labels, 3, 10.0, 60.0, 5.0, 5.0, 0.5, 20)
    true = anneal.find_borders(graph, labels, 3)
    crossings = borders.tally[0]
    assert crossings == true.tally[0] > 0
    assert set(borders.ways[:crossings]) == set(true.ways[:crossings])
    assert (borders.seat[borders.ways[:crossings]] == np.arange(crossings)).all()
    assert borders.bond == pytest.approx(true.bond)
    for kept, fresh in zip(borders[:2] + borders[-2:], true[:2] + true[-2:], strict=True):
        assert kept.tolist() == fresh.tolist()


def test_annealing_twice_goes_on_from_what_is_known():
    graph = grid(6, 6)
    labels = np.repeat(np.arange(2, dtype=np.int32), [6, 30])
    borders = annealed(graph, labels, 2, 10.0, 26.0, 50.0, 5.0, 0.5, 20)
    random = rng()
    anneal.anneal(graph, labels, borders, 18.0, 18.0, 50.0, 1.0, 0.1, 100, random)
    assert np.bincount(labels).tolist() == [18, 18]
    assert whole(graph, labels, 0)
    assert whole(graph, labels, 1)
    assert random[0] != rng()[0]


def test_annealing_keeps_sectors_whole_and_brings_people_within_bounds():
    graph = grid(4, 4)
    labels = np.zeros(16, np.int32)
    labels[15] = 1
    annealed(graph, labels, 2, 8.0, 8.0, 50.0, 5.0, 0.1, 300)
    assert np.bincount(labels).tolist() == [8, 8]
    assert whole(graph, labels, 0)
    assert whole(graph, labels, 1)


def test_annealing_never_leads_a_sector_through_what_cannot_be_passed():
    # Two rows of four; between the rows one can pass at the left end only.
    graph = grid(4, 2)
    one = np.repeat(np.arange(8), np.diff(graph.indptr))
    across = np.abs(graph.indices - one) == 4
    graph.passable[across & (one % 4 > 0)] = False
    labels = np.array([0, 0, 1, 1, 0, 0, 0, 0], np.int32)
    annealed(graph, labels, 2, 4.0, 4.0, 50.0, 5.0, 0.1, 300)
    assert whole(graph, labels, 0)
    assert whole(graph, labels, 1)
    assert labels[4:].tolist() == [labels[4]] * 4


def test_what_leaving_home_costs_keeps_nodes_at_home():
    weights = grid(4, 2)
    home = np.array([0, 0, 0, 1, 0, 0, 0, 1], np.int32)
    graph = weights._replace(home=home, stay=np.full(8, 1000.0))
    labels = np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int32)
    annealed(graph, labels, 2, 0.0, 8.0, 1.0, 5.0, 0.1, 300)
    assert labels.tolist() == home.tolist()
    assert kernels.plan_cost(graph, labels, 2, 0.0, 8.0, 1.0) == kernels.cut_weight(graph, labels)


def test_annealing_one_sector_changes_nothing():
    graph = grid(2, 2)
    labels = np.zeros(4, np.int32)
    annealed(graph, labels, 1, 4.0, 4.0, 1.0, 1.0, 0.1, 10)
    assert labels.tolist() == [0] * 4


def test_the_list_of_ways_stays_true_while_nodes_change_sector():
    graph = half_open(4, 3, 9, 0.8)
    random = np.random.default_rng(5)
    labels = random.integers(0, 3, 12).astype(np.uint32)
    rows = graph.indices, graph.passable, labels
    ways, seat, crossings = anneal._find_ways(graph.owner, *rows)
    for _ in range(40):
        node, target = int(random.integers(12)), int(random.integers(3))
        source = int(labels[node])
        if target != source:
            labels[node] = target
            crossings = anneal._turn_ways(
                graph.indptr, *rows, node, source, graph.twin, ways, seat, crossings
            )
        anew, _, count = anneal._find_ways(graph.owner, *rows)
        assert sorted(ways[:crossings].tolist()) == anew[:count].tolist()
        assert seat[ways[:crossings]].tolist() == list(range(crossings))


def test_what_binds_a_node_to_each_sector_is_the_weight_of_its_neighbours_there():
    graph = grid(3, 2)
    labels = np.array([0, 1, 1, 0, 0, 2], np.uint32)
    bond = anneal._bonds(graph, labels, 3).reshape(6, 3)
    for node in range(6):
        here = slice(graph.indptr[node], graph.indptr[node + 1])
        for sector in range(3):
            there = labels[graph.indices[here]] == sector
            assert bond[node, sector] == graph.weights[here][there].sum()
