"""Sectors are made rounder where that costs little."""

import numpy as np
import pytest
import shapely

from geosector.partition import solve as solving
from geosector.partition.best import Best, Roundness, deviation, rate
from geosector.partition.graph import BlockGraph, compressed, edge_costs
from geosector.partition.kernels import contract
from geosector.partition.rounding import Outline, compactness, measure_form, outline
from geosector.partition.search import Wish
from geosector.partition.seek import Budget, Search, seek
from geosector.partition.solve import Ties, solve

SIDE = 14


def dear_grid():
    """Give a synthetic grid of 196 blocks of 100 m whose borders cost 1 or 3 by chance."""
    block = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    left = np.concatenate([block[:, :-1].ravel(), block[:-1].ravel()])
    right = np.concatenate([block[:, 1:].ravel(), block[1:].ravel()])
    indptr, indices, edge = compressed(left, right, SIDE * SIDE)
    main = np.random.default_rng(0).random(len(left)) < 0.5
    metres = np.stack([main, ~main], axis=1)[edge] * 100.0
    passable = np.ones(len(indices), bool)
    return BlockGraph(indptr, indices, metres, ("primary", "tertiary"), (), passable)


def squares():
    row, column = np.divmod(np.arange(SIDE * SIDE), SIDE) * np.array([[100.0], [100.0]])
    return shapely.box(column, row, column + 100, row + 100)


def own_nodes(graph):
    return np.arange(graph.size, dtype=np.int32)


def four_of(size):
    return np.random.default_rng(4).integers(0, 4, size).astype(np.int32)


def polsby_popper(labels):
    shapes = [shapely.union_all(squares()[labels == label]) for label in range(labels.max() + 1)]
    return float(np.mean(4 * np.pi * shapely.area(shapes) / shapely.length(shapes) ** 2))


def test_the_form_of_a_plan_is_that_of_its_drawn_sectors():
    graph = dear_grid()
    labels = four_of(graph.size)
    shape = outline(graph, measure_form(squares()), own_nodes(graph))
    assert compactness(shape, graph.indices, labels, 4) == pytest.approx(polsby_popper(labels))


def test_groups_have_the_form_of_their_blocks():
    graph = dear_grid()
    group = (np.arange(graph.size) // 2).astype(np.int32)
    labels = four_of(graph.size // 2)
    together = outline(graph, measure_form(squares()), group)
    ways = contract(
        solving._task(graph, np.ones(graph.size), edge_costs(graph), Ties()), group, len(labels)
    ).indices
    found = compactness(together, ways, labels, 4)
    assert found == pytest.approx(polsby_popper(labels[group]))


def test_ground_of_no_size_has_no_form():
    nothing = Outline(np.zeros(2), np.zeros(2), np.array([0, 1]), np.zeros(2))
    assert compactness(nothing, np.array([1, 0], np.int32), np.array([0, 1], np.int32), 2) == 0.0


def tracker(worth=100.0):
    """Give a keeper of the best plan of two sectors, and its graph."""
    graph = dear_grid()
    people = np.ones(graph.size)
    task = solving._task(graph, people, edge_costs(graph), Ties())
    shape = outline(graph, measure_form(squares()), own_nodes(graph))
    wish = Wish(2, graph.size / 2, 0.2)
    return Best(task, wish, Roundness(shape, worth, 0.9)), task


def straight_and_jagged():
    """Give a plan cut along a straight line, and one along a line of teeth."""
    row, column = np.divmod(np.arange(SIDE * SIDE), SIDE)
    straight = (column >= SIDE // 2).astype(np.int32)
    return straight, (column >= SIDE // 2 + row % 2).astype(np.int32)


def make_straight_dear(task):
    """Let a border cost 100 along the straight line and 1 elsewhere, along the teeth too."""
    one = np.repeat(np.arange(len(task.people)), np.diff(task.indptr))
    straight, jagged = (cut[one] != cut[task.indices] for cut in straight_and_jagged())
    task.weights[:] = np.where(straight & ~jagged, 100.0, 1.0)


def test_a_rounder_plan_is_better_where_it_costs_little():
    straight, jagged = straight_and_jagged()
    best, _ = tracker()
    assert best.offer(jagged)
    assert best.offer(straight)
    assert not best.offer(jagged)


def test_a_plan_that_costs_more_than_its_form_is_worth_is_not_taken():
    straight, jagged = straight_and_jagged()
    best, task = tracker(worth=2.0)
    make_straight_dear(task)
    assert best.offer(jagged)
    assert not best.offer(straight)
    assert np.array_equal(best.labels, jagged)


def test_no_plan_is_passed_over_that_its_form_would_have_made_better():
    offered, task = tracker()
    rated, _ = tracker()
    random = np.random.default_rng(6)
    row, column = np.divmod(np.arange(SIDE * SIDE), SIDE)
    taken = []
    for _ in range(300):
        teeth = random.integers(5, 6 + random.integers(1, 4), SIDE)
        plan = (column >= teeth[row]).astype(np.int32)
        rating = rate(task, plan, rated._wish, rated._roundness)
        taken.append(rated.take(rating, plan))
        assert offered.offer(plan) == taken[-1]
    assert np.array_equal(offered.labels, rated.labels)
    assert sum(taken) > 3


def test_sectors_are_rounder_for_it_and_stay_whole_and_within_the_tolerance():
    graph, people = dear_grid(), np.full(SIDE * SIDE, 10.0)
    task = solving._task(graph, people, edge_costs(graph), Ties())
    wish = Wish(6, people.sum() / 6, 0.1)
    how = Search(small=5, worth=2.5, enough=0.9)
    shape = outline(graph, measure_form(squares()), own_nodes(graph))
    rounded = [seek(task, wish, how, Budget(60), seed, shape) for seed in range(3)]
    plain = [seek(task, wish, how, Budget(60), seed) for seed in range(3)]
    for labels in rounded:
        assert solving.is_whole(graph, labels, 6)
        assert deviation(people, labels, 6) <= 0.1 + 1e-9
    form, form_before = (sum(map(polsby_popper, plans)) / 3 for plans in (rounded, plain))
    assert form > form_before + 0.01


def test_the_same_seed_gives_the_same_rounded_plan():
    graph, people, form = dear_grid(), np.full(SIDE * SIDE, 10), measure_form(squares())
    one, two = (solve(graph, people, 2, 0.1, None, Budget(40), 5, form=form) for _ in range(2))
    assert np.array_equal(one, two)


def test_nobody_moves_from_home_for_the_form_of_a_sector():
    graph, people = dear_grid(), np.full(SIDE * SIDE, 10)
    home = straight_and_jagged()[1].astype(int)
    ties, form = Ties(home=home, price=1e4), measure_form(squares())
    assert np.array_equal(solve(graph, people, 2, 0.2, None, Budget(20), 0, ties, form), home)


def test_few_blocks_keep_the_cheapest_plan():
    graph, people, form = dear_grid(), np.full(SIDE * SIDE, 10), measure_form(squares())
    plain = solve(graph, people, 4, 0.1, None, Budget(20), 1)
    assert np.array_equal(solve(graph, people, 4, 0.1, None, Budget(20), 1, form=form), plain)
