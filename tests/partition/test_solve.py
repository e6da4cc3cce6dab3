"""Blocks become sectors."""

import itertools

import numpy as np
import pytest

from geosector.errors import ToleranceNotReachedError
from geosector.partition import seek as seeking
from geosector.partition import solve as solving
from geosector.partition.best import deviation
from geosector.partition.blocks import make_blocks
from geosector.partition.graph import make_graph
from geosector.partition.search import Wish
from geosector.partition.seek import Budget, Search, seek
from geosector.partition.solve import Ties, border_cost, is_whole, solve
from tests.drawn import draw_town
from tests.partition.towns import NINE_BLOCKS, THREE_QUARTERS, TWO_PARTS

FEW = Budget(12)


def graph_of(picture):
    town = draw_town(picture)
    return make_graph(make_blocks(town.boundary, town.roads))


def test_three_sectors_of_nine_blocks_are_the_best_of_all_plans():
    graph, people = graph_of(NINE_BLOCKS), np.full(9, 100)
    found = solve(graph, people, 3, 0.0, None, FEW)
    # Every plan of three blocks each: choose three, then three of the rest.
    best = np.inf
    for one in itertools.combinations(range(9), 3):
        rest = [block for block in range(9) if block not in one]
        for two in itertools.combinations(rest, 3):
            labels = np.zeros(9, np.int32)
            labels[list(one)], labels[list(two)] = 1, 2
            if is_whole(graph, labels, 3):
                best = min(best, border_cost(graph, labels))
    assert border_cost(graph, found) == pytest.approx(best)


def test_borders_follow_main_roads():
    graph = graph_of(THREE_QUARTERS)
    labels = solve(graph, np.full(12, 100), 3, 0.1, None, FEW)
    assert border_cost(graph, labels) == pytest.approx(360, rel=1e-6)


def test_costs_decide_which_roads_borders_follow():
    graph = graph_of(THREE_QUARTERS)
    dear = {"main": 100.0, "minor": 1.0}
    labels = solve(graph, np.full(12, 100), 2, 0.0, dear, FEW)
    classes = np.array(graph.classes) == "primary"
    one = np.repeat(np.arange(12), np.diff(graph.indptr))
    assert graph.metres[labels[one] != labels[graph.indices]][:, classes].sum() == 0


def test_one_sector_is_the_whole_city():
    assert solve(graph_of(NINE_BLOCKS), np.full(9, 1), 1, 0.0).tolist() == [0] * 9


def test_the_same_seed_gives_the_same_plan():
    graph, people = graph_of(NINE_BLOCKS), np.arange(9) + 20
    one, two = (solve(graph, people, 3, 0.2, None, FEW, seed=5) for _ in range(2))
    assert np.array_equal(one, two)


def test_blocks_where_nobody_lives_are_in_a_sector_too():
    people = np.array([100, 0, 100, 0, 100, 0, 100, 0, 100])
    graph = graph_of(NINE_BLOCKS)
    labels = solve(graph, people, 5, 0.0, None, FEW)
    assert is_whole(graph, labels, 5)


def test_a_budget_in_seconds_gives_a_lawful_plan():
    graph = graph_of(NINE_BLOCKS)
    labels = solve(graph, np.full(9, 100), 3, 0.0, None, Budget(seconds=0.3))
    assert is_whole(graph, labels, 3)


def test_borders_that_cost_nothing_still_make_lawful_sectors():
    graph = graph_of(NINE_BLOCKS)
    free = {"main": 0.0, "tertiary": 0.0, "minor": 0.0}
    assert is_whole(graph, solve(graph, np.full(9, 100), 3, 0.0, free, FEW), 3)


def test_a_tolerance_out_of_reach_is_told_with_what_was_reached():
    people = np.array([100, 130, 100, 100, 100, 100, 100, 100, 100])
    with pytest.raises(
        ToleranceNotReachedError, match=r"within 1\.0% was found.*deviates by 6\.5%"
    ):
        solve(graph_of(NINE_BLOCKS), people, 3, 0.01, None, FEW)


def test_the_law_is_checked_on_the_blocks():
    graph = graph_of(NINE_BLOCKS)
    assert not is_whole(graph, np.array([0, 1, 0, 1, 1, 1, 1, 1, 1], np.int32), 2)
    assert not is_whole(graph, np.zeros(9, np.int32), 2)
    assert deviation(np.ones(4), np.array([0, 0, 0, 1]), 2) == 0.5


def many_blocks():
    """Draw a town of 12 × 10 blocks."""
    row = ("|  " * 12 + "|\n") + "+--" * 12 + "+"
    return graph_of("\n".join(["+--" * 12 + "+", row] + [row] * 9))


def interrupt(*_):
    raise KeyboardInterrupt


def test_an_interruption_keeps_the_best_plan_so_far(monkeypatch):
    monkeypatch.setattr(seeking, "_run", interrupt)
    graph = many_blocks()
    assert is_whole(graph, solve(graph, np.full(120, 100), 3, 0.1), 3)


def test_an_interruption_before_the_first_plan_is_passed_on(monkeypatch):
    monkeypatch.setattr(seeking, "_new_plan", interrupt)
    with pytest.raises(KeyboardInterrupt):
        solve(many_blocks(), np.full(120, 100), 3, 0.1)


def test_blocks_that_must_stay_together_do():
    graph = many_blocks()
    together = np.full(120, -1)
    together[[0, 1, 2, 3, 4, 5]] = 0
    together[[60, 61]] = 7
    labels = solve(graph, np.full(120, 10), 6, 0.1, None, FEW, 0, Ties(together=together))
    assert len(set(labels[together == 0])) == len(set(labels[together == 7])) == 1


def test_blocks_with_a_given_sector_are_in_it():
    graph = many_blocks()
    fixed = np.full(120, -1)
    fixed[0], fixed[119] = 2, 1
    labels = solve(graph, np.full(120, 10), 3, 0.1, None, FEW, 0, Ties(fixed=fixed))
    assert (labels[0], labels[119]) == (2, 1)


def test_a_dear_move_leaves_everybody_at_home_and_a_free_one_does_not():
    graph, people = many_blocks(), np.full(120, 10)
    home = solve(graph, people, 4, 0.1, {"minor": 1.0}, FEW, 3)
    stay = solve(graph, people, 4, 0.1, None, FEW, 0, Ties(home=home.astype(int), price=1e4))
    assert np.array_equal(stay, home)


def test_a_home_that_is_out_of_tolerance_is_left_by_as_few_as_need_be():
    graph, people = many_blocks(), np.full(120, 10)
    # Columns from west to east: 5 and 7 of them; both must have 6.
    column = np.argsort(np.argsort(np.arange(120) // 10, kind="stable"), kind="stable") // 10
    home = (column >= 5).astype(int)
    labels = solve(graph, people, 2, 0.0, None, FEW, 0, Ties(home=home, price=1e4))
    assert (labels != home).sum() == 10
    assert np.bincount(labels).tolist() == [60, 60]


def test_a_sector_may_hold_a_detached_part_through_its_link():
    graph = graph_of(TWO_PARTS)
    labels = solve(graph, np.full(5, 100), 2, 0.2, None, FEW)
    link = graph.links[0]
    assert labels[link.left] == labels[link.right]


def test_many_blocks_go_through_several_levels():
    graph = many_blocks()
    labels = solve(graph, np.full(graph.size, 10), 3, 0.05, None, FEW)
    assert graph.size == 120
    assert is_whole(graph, labels, 3)


def test_where_blocks_are_many_the_search_goes_over_the_cells_of_many_plans():
    graph = many_blocks()
    how = Search(small=5)
    task = solving._task(graph, np.full(120, 10.0), solving.edge_costs(graph), Ties())
    wish = Wish(4, 300.0, 0.1)
    labels = seek(task, wish, how, Budget(30), 0)
    assert is_whole(graph, labels, 4)
    assert deviation(task.people, labels, 4) <= 0.1 + 1e-9
