"""Neighbours in number are neighbours on the ground, where the ground allows it."""

import numpy as np
import pytest
from scipy.spatial import Delaunay

from geosector.partition.numbering import walk_order


def jumps(order, apart):
    return int(apart[order[:-1], order[1:]].sum())


def net(size, kept, seed):
    """Draw places at random and make neighbours of a share of those side by side."""
    chance = np.random.default_rng(seed)
    places = 1000 * chance.random((size, 2))
    apart = np.ones((size, size), bool)
    for corner in Delaunay(places).simplices:
        for one, two in zip(corner, np.roll(corner, 1), strict=True):
            if chance.random() < kept:
                apart[one, two] = apart[two, one] = False
    return places, apart


def hidden_walk(size, seed):
    """Give a net with a walk in it, whatever else was taken away."""
    places, apart = net(size, 0.3, seed)
    walk = np.argsort(places[:, 0] // 250 * 10_000 + places[:, 1])
    apart[walk[:-1], walk[1:]] = apart[walk[1:], walk[:-1]] = False
    return places, apart


@pytest.mark.parametrize("seed", range(12))
def test_where_a_walk_without_a_jump_exists_it_is_found(seed):
    places, apart = hidden_walk(24, seed)
    assert jumps(walk_order(*places.T, apart), apart) == 0


@pytest.mark.parametrize(("rays", "least"), [(3, 1), (4, 2), (7, 5)])
def test_a_star_jumps_as_seldom_as_it_can(rays, least):
    turn = np.linspace(0, 2 * np.pi, rays, endpoint=False)
    x, y = np.r_[0, 500 * np.cos(turn)], np.r_[0, 500 * np.sin(turn)]
    apart = np.ones((rays + 1, rays + 1), bool)
    apart[0], apart[:, 0] = False, False
    assert jumps(walk_order(x, y, apart), apart) == least


def test_the_walk_begins_in_the_north_west():
    x, y = (axis.ravel() * 100.0 for axis in np.meshgrid(range(4), range(3)))
    apart = np.abs(x[:, None] - x) + np.abs(y[:, None] - y) > 100
    order = walk_order(x, y, apart)
    assert jumps(order, apart) == 0
    assert x[order[0]] - y[order[0]] <= x[order[-1]] - y[order[-1]]


def test_the_order_of_places_does_not_matter():
    places, apart = net(30, 0.8, 5)
    mixed = np.random.default_rng(1).permutation(30)
    order = walk_order(*places.T, apart)
    again = walk_order(*places[mixed].T, apart[np.ix_(mixed, mixed)])
    assert mixed[again].tolist() == order.tolist()
