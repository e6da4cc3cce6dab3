"""Few blocks are divided in the best of all ways."""

import numpy as np
import pytest

from geosector.partition import exact, kernels
from tests.partition.test_kernels import graph_of, grid, lawful_plans

pytestmark = pytest.mark.nojit


@pytest.mark.parametrize(("wide", "high", "count"), [(3, 3, 2), (4, 2, 3), (3, 3, 4)])
def test_the_best_cover_is_the_cheapest_of_all_plans(wide, high, count):
    graph = grid(wide, high)
    graph.people[:] = 1 + np.arange(wide * high) % 3
    mean = graph.people.sum() / count
    low, high = mean * 0.6, mean * 1.4
    best = min(kernels.cut_weight(graph, plan) for plan in lawful_plans(graph, count, low, high))
    proven, labels = exact.best_cover(graph, count, low, high)
    assert proven
    assert kernels.cut_weight(graph, labels) == best
    assert len(set(labels.tolist())) == count


def test_no_cover_is_no_labels_and_proven():
    proven, labels = exact.best_cover(grid(3, 1), 2, 1.5, 1.5)
    assert proven
    assert len(labels) == 0


def test_sectors_hold_together_only_where_one_can_pass():
    ring = graph_of(
        np.array([0, 2, 4, 6, 8], np.int32),
        np.array([1, 3, 0, 2, 1, 3, 0, 2], np.int32),
        np.array([1.0, 5, 1, 1, 1, 1, 5, 1]),
        np.ones(4),
        np.array([1, 0, 1, 1, 1, 1, 0, 1], bool),
    )
    _, labels = exact.best_cover(ring, 2, 2.0, 2.0)
    assert labels.tolist() == [0, 0, 1, 1]


def test_a_search_that_grows_too_large_gives_up():
    proven, labels = exact.best_cover(grid(3, 3), 3, 3.0, 3.0, 5)
    assert not proven
    assert len(labels) == 0
