"""Dividing sectors anew, and as other plans do, against plain ways to rate a plan.

Also run without the compiler.
"""

import numpy as np
import pytest

from geosector.partition import cross, explore, kernels, rounding, search
from tests.partition.test_kernels import grid, half_open, whole

pytestmark = [pytest.mark.nojit, pytest.mark.filterwarnings("ignore:overflow encountered")]

PRICE = 5.0  # of a person out of bounds
WIDE, HIGH = 12, 9
WISH = search.Wish(4, WIDE * HIGH / 4, 0.1)
HOW = search.Schedule(warm=0.3, cold=0.05, squeeze=PRICE * WISH.mean)


def rng(seed=1):
    return np.array([seed], np.int64)


def shape_of(graph, paid, pull):
    """Give blocks of 100 m side, and what it is worth that sectors of them are round."""
    degree = np.diff(graph.indptr.astype(np.int64))
    metres = np.full(len(graph.indices), 100.0)
    return explore.Shape(np.full(len(degree), 1e4), (4 - degree) * 100.0, metres, paid, 0.6, pull)


def rated(graph, labels, shape, wish=WISH):
    """Give cost and price of misses less what the form is worth."""
    low = wish.mean * (1 - wish.tolerance) * (1 - 1e-9)
    high = wish.mean * (1 + wish.tolerance) * (1 + 1e-9)
    rating = kernels.plan_cost(graph, labels, wish.sectors, low, high, PRICE)
    if len(shape.area):
        outline = rounding.Outline(shape.area, shape.edge, graph.owner, shape.metres)
        form = rounding.compactness(outline, graph.indices, labels, wish.sectors)
        rating -= shape.paid * min(form, shape.enough)
    return rating


def some_plans(graph, many, seed):
    numbers = rng(seed)
    plans = [search.new_plan(graph, WISH, HOW, 1.0, numbers) for _ in range(many)]
    ways = np.array([explore.ways_between(graph, plan, WISH.sectors) for plan in plans])
    return np.array(plans), ways


def whole_sectors(graph, labels):
    return [sector for sector in range(WISH.sectors) if whole(graph, labels, sector)]


SHAPES = [(0.0, 0.0), (40.0, 0.0), (40.0, 0.5)]


@pytest.mark.parametrize(("paid", "pull"), SHAPES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_dividing_anew_tells_the_change_of_the_rating_and_keeps_every_sector_whole(
    paid, pull, seed
):
    graph = grid(WIDE, HIGH)
    shape = shape_of(graph, paid, pull) if paid else explore.NO_SHAPE
    labels = some_plans(graph, 1, seed)[0][0]
    before = rated(graph, labels, shape)
    rest = shape, 1.0, 3, 0.5, 2.0, 6, rng(seed)
    change = explore.explore(graph, labels, WISH, HOW, HOW, *rest)
    assert before + change == pytest.approx(rated(graph, labels, shape))
    assert whole_sectors(graph, labels) == [0, 1, 2, 3]


@pytest.mark.parametrize(("paid", "pull"), SHAPES)
@pytest.mark.parametrize("open_share", [0.9, 1.0])
def test_crossing_never_makes_a_plan_worse_and_keeps_every_sector_whole(paid, pull, open_share):
    graph = half_open(WIDE, HIGH, 5, open_share) if open_share < 1 else grid(WIDE, HIGH)
    shape = shape_of(graph, paid, pull) if paid else explore.NO_SHAPE
    plans, ways = some_plans(graph, 8, 4)
    others, fell = plans.copy(), 0
    for which in range(8):
        before = rated(graph, plans[which], shape)
        rest = HOW, shape, 1.0, 4, 30, rng(which)
        change = cross.cross(graph, plans, which, ways, WISH, *rest)
        assert change <= 0
        assert before + change == pytest.approx(rated(graph, plans[which], shape))
        assert whole_sectors(graph, plans[which]) == [0, 1, 2, 3]
        assert (ways[which] == explore.ways_between(graph, plans[which], 4)).all()
        # Only the one that takes over is changed.
        assert (plans[which + 1 :] == others[which + 1 :]).all()
        fell += change < 0
    assert fell >= 4


def test_a_plan_takes_over_the_half_in_which_another_is_cheaper():
    """Eight columns in four sectors: a border down the middle of each half costs 1, others 9."""
    graph = grid(8, 4)
    cheap = np.isin(graph.owner % 8 + graph.indices % 8, (3, 11)) & (
        graph.owner // 8 == graph.indices // 8
    )
    middle = (graph.owner % 8 + graph.indices % 8 == 7) & (graph.owner // 8 == graph.indices // 8)
    graph.weights[:] = np.where(cheap | middle, 1.0, 9.0)
    row, column = np.divmod(np.arange(32), 8)
    by_columns, by_rows = column % 4 // 2, row // 2
    left = column < 4
    best = np.where(left, by_columns, 2 + by_columns).astype(np.int32)
    one = np.where(left, by_columns, 2 + by_rows).astype(np.int32)
    # The sectors of the other have other numbers, which mean nothing.
    two = np.where(left, 3 - by_rows, by_columns).astype(np.int32)
    plans = np.array([one, two])
    ways = np.array([explore.ways_between(graph, plan, 4) for plan in plans])
    wish, cold = search.Wish(4, 8.0, 0.0), HOW._replace(warm=0.01, cold=0.001)
    for which in (0, 1):
        crossed = plans.copy()
        rest = cold, explore.NO_SHAPE, 1.0, 2, 60, rng()
        change = cross.cross(graph, crossed, which, ways.copy(), wish, *rest)
        assert change == -32.0
        assert kernels.cut_weight(graph, crossed[which]) == kernels.cut_weight(graph, best) == 12.0


def test_a_plan_has_nothing_to_take_over_from_itself():
    graph = grid(WIDE, HIGH)
    plans, ways = some_plans(graph, 1, 1)
    before = plans.copy()
    rest = HOW, explore.NO_SHAPE, 1.0, 4, 20, rng()
    assert cross.cross(graph, plans, 0, ways, WISH, *rest) == 0
    assert (plans == before).all()


def test_the_counterpart_of_a_region_has_as_many_sectors_or_there_is_none():
    graph = grid(6, 1)
    labels = np.array([0, 0, 1, 1, 2, 2], np.int32)

    def counterpart(other, theirs, made):
        other, theirs = np.array(other, np.int32), np.array(theirs, np.int32)
        return cross._counterpart(graph, labels, other, theirs, made).tolist()

    # Sectors 0 and 1 of the other lie on 0 and 1 here, but are divided elsewhere.
    assert counterpart([0, 1, 1, 1, 2, 2], [0, 1, -1], 2) == [0, 1, -1]
    assert counterpart([2, 2, 0, 1, 1, 1], [0, 1, -1], 2) == [-1, 0, 1]
    # The same sectors under other numbers.
    assert counterpart([2, 2, 0, 0, 1, 1], [0, 1, -1], 2) == [-1, -1, -1]
    # Two sectors there, three here, and one.
    assert counterpart([0, 0, 0, 1, 1, 1], [0, 1, -1], 2) == [-1, -1, -1]
    assert counterpart([0, 1, 2, 2, 2, 2], [0, 1, -1], 2) == [-1, -1, -1]


def test_what_is_taken_over_is_mended_where_the_region_ends():
    graph = grid(6, 1)
    labels = np.array([0, -1, 1, 1, 0, -1], np.int32)
    graph.people[:2] = 5.0
    assert cross._mend(graph, labels, 2, rng())
    # The smaller piece of sector 0 goes to 1, what is free to either.
    assert labels[[0, 2, 3, 4, 5]].tolist() == [0, 1, 1, 1, 1]


def test_a_sector_without_a_place_or_ground_out_of_reach_is_not_taken_over():
    labels = np.array([0, 0, -1, -1], np.int32)
    assert not cross._mend(grid(4, 1), labels, 2, rng())
    closed = grid(4, 1)
    closed.passable[-2:] = False
    assert not cross._mend(closed, np.array([0, 1, 1, -1], np.int32), 2, rng())


def test_sectors_taken_over_are_named_after_the_homes_in_them():
    home = np.array([1, 1, 1, 0, 0, 0], np.int32)
    graph = grid(6, 1)._replace(home=home, stay=np.full(6, 10.0))
    plans = np.array([[1, 1, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1]], np.int32)
    ways = np.array([explore.ways_between(graph, plan, 2) for plan in plans])
    wish, rest = search.Wish(2, 3.0, 0.0), (explore.NO_SHAPE, 1.0, 2, 20, rng())
    assert cross.cross(graph, plans, 0, ways, wish, HOW, *rest) < 0
    assert plans[0].tolist() == home.tolist()
