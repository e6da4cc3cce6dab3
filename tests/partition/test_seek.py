"""How the budget of the solver is spent: runs, crossing, the blocks themselves."""

import itertools

import numpy as np
import pytest

from geosector.partition import kernels
from geosector.partition import seek as seeking
from geosector.partition import solve as solving
from geosector.partition.best import deviation, rate
from geosector.partition.graph import BlockGraph, compressed
from geosector.partition.search import Wish
from geosector.partition.seek import Budget, Search, seek

SIDE = 16
WISH = Wish(6, SIDE * SIDE * 10 / 6, 0.05)


def synthetic_grid(home=None):
    """Give a synthetic grid of blocks of 10 people whose borders cost 100 or 300 by chance."""
    block = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    left = np.concatenate([block[:, :-1].ravel(), block[:-1].ravel()])
    right = np.concatenate([block[:, 1:].ravel(), block[1:].ravel()])
    indptr, indices, edge = compressed(left, right, SIDE * SIDE)
    cost = np.where(np.random.default_rng(3).random(len(left)) < 0.5, 100.0, 300.0)
    people = np.full(SIDE * SIDE, 10.0)
    stay = None if home is None else np.full(SIDE * SIDE, 50.0)
    open_ = np.ones(len(indices), bool)
    return kernels.as_graph(indptr, indices, cost[edge], open_, people, home, stay)


def is_whole(graph, labels):
    """Say whether a plan of the grid has all sectors, each in one piece."""
    metres = np.ones((len(graph.indices), 1))
    blocks = BlockGraph(graph.indptr, graph.indices, metres, ("x",), (), graph.passable)
    return solving.is_whole(blocks, labels, WISH.sectors)


@pytest.fixture
def runs(monkeypatch):
    """Note of every run: cells it goes over, where it begins and ends, what it starts from."""
    noted = []
    real = seeking._run

    def note(task, cell, start, length, end):
        begin = task.clock.spent()
        plan = real(task, cell, start, length, end)
        noted.append((int(cell.max()) + 1, begin, task.clock.spent(), start, plan))
        return plan

    monkeypatch.setattr(seeking, "_run", note)
    return noted


def test_a_small_budget_goes_to_one_run(runs):
    how = Search(small=1, least=60)
    seek(synthetic_grid(), WISH, how, Budget(150), 0)
    assert len(runs) == 1
    assert runs[0][2] == pytest.approx(1 - how.polishing, abs=0.02)


@pytest.fixture
def crossings(monkeypatch):
    """Note of every crossing: plans before and after, where it begins and ends."""
    noted = []
    real = seeking._cross

    def note(task, found, end):
        begin = task.clock.spent()
        crossed = real(task, found, end)
        noted.append((found, crossed, begin, task.clock.spent()))
        return crossed

    monkeypatch.setattr(seeking, "_cross", note)
    return noted


def test_a_large_budget_goes_to_runs_crossing_runs_and_crossing(runs, crossings):
    how = Search(small=1, run=0.02, least=4)
    seek(synthetic_grid(), WISH, how, Budget(400), 0)
    (_, crossed, begin, end), (both, _, begin_again, end_again) = crossings
    first = [run for run in runs if run[2] <= begin]
    assert len(crossed) == len(first) >= 4
    assert len(both) == len(runs) > len(first)
    last = 1 - how.polishing
    assert end_again == pytest.approx(last, abs=0.02)
    assert begin_again == pytest.approx(last - how.crossing, abs=0.02)
    assert end == pytest.approx(last - how.crossing - how.again, abs=0.02)
    assert begin == pytest.approx(end - how.crossing, abs=0.02)
    # What crossed plans keep together is less than what new ones do.
    cells = [run[0] for run in runs]
    assert np.mean(cells[len(first) :]) < np.mean(cells[: len(first)])


def test_crossing_makes_no_plan_worse_and_says_how_good_each_is(crossings):
    graph = synthetic_grid()
    # Runs of two steps leave something to take over.
    seek(graph, WISH, Search(small=1, run=0.005, least=1, anew=2), Budget(400), 1)
    for before, after, *_ in crossings:
        for old, new in zip(before, after, strict=True):
            assert is_whole(graph, new.labels)
            assert new.rating.rank <= old.rating.rank
            assert new.rating.cost == pytest.approx(rate(graph, new.labels, WISH, None).cost)
    assert any(
        new.rating.rank < old.rating.rank for old, new in zip(*crossings[0][:2], strict=True)
    )


def test_one_run_follows_another_without_a_gap_longer_than_the_plans_made_for_it(runs):
    how = Search(small=1, run=0.02, least=4)
    seek(synthetic_grid(), WISH, how, Budget(400), 0)
    first = [run for run in runs if run[1] < 1 - how.polishing - how.again - 2 * how.crossing]
    gaps = [two[1] - one[2] for one, two in itertools.pairwise(first)]
    assert max(gaps) <= how.anew / 400 + 1e-9


def test_a_run_gives_no_worse_a_plan_than_it_starts_from(runs):
    seek(synthetic_grid(), WISH, Search(small=1, run=0.02, least=4), Budget(300), 1)
    for *_, start, plan in runs:
        assert plan.rating.rank <= start.rating.rank


def test_the_answer_is_no_worse_than_any_run(runs):
    graph = synthetic_grid()
    labels = seek(graph, WISH, Search(small=1, run=0.02, least=4), Budget(300), 2)
    best = min(plan.rating.rank for *_, plan in runs)
    assert rate(graph, labels, WISH, None).rank <= best


def test_few_blocks_are_searched_as_they_are(runs):
    graph = synthetic_grid()
    seek(graph, WISH, Search(small=1000, run=0.02, least=4), Budget(200), 0)
    assert runs[0][0] == len(graph.people)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_seed_and_steps_give_the_same_plan(seed):
    how = Search(small=1, run=0.05, least=4)
    one, two = (seek(synthetic_grid(), WISH, how, Budget(200), seed) for _ in range(2))
    assert np.array_equal(one, two)


@pytest.mark.parametrize("steps", [1, 2, 5, 20, 61, 130, 260])
def test_every_budget_ends_with_a_lawful_plan(steps):
    graph = synthetic_grid()
    labels = seek(graph, WISH, Search(small=1), Budget(steps), 0)
    assert is_whole(graph, labels)
    assert deviation(graph.people, labels, WISH.sectors) <= WISH.tolerance + 1e-9


def test_more_steps_find_cheaper_borders():
    graph, how = synthetic_grid(), Search(small=1)
    few, many = (
        [rate(graph, seek(graph, WISH, how, Budget(n), s), WISH, None).cost for s in range(3)]
        for n in (20, 600)
    )
    assert np.mean(many) < np.mean(few)


def test_plans_of_a_run_are_its_new_ones_the_homely_one_and_some_of_the_others():
    home = (np.arange(SIDE * SIDE) // SIDE * 6 // SIDE).astype(np.int32)
    for graph, kept in ((synthetic_grid(home), [0]), (synthetic_grid(), [])):
        task = seeking._Task(graph, WISH, Search(), None, np.ones(1, np.int64), None, None)
        plans = [seeking._Plan(None, np.full(1, spot)) for spot in range(30)]
        drawn = [int(plan.labels[0]) for plan in seeking._draw(task, plans, 12, 5)]
        assert len(set(drawn)) == len(drawn) == 12
        assert set(drawn) >= {25, 26, 27, 28, 29, *kept}


def test_homes_are_kept_where_leaving_them_costs_more_than_any_border():
    home = (np.arange(SIDE * SIDE) % SIDE * 6 // SIDE).astype(np.int32)
    graph = synthetic_grid(home)._replace(stay=np.full(SIDE * SIDE, 1e5))
    wish = WISH._replace(tolerance=0.3)
    labels = seek(graph, wish, Search(small=1, run=0.05, least=4), Budget(200), 0)
    assert np.array_equal(labels, home)
