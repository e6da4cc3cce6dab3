"""How the solver spends its budget: many short runs, and what is best in each of them.

One long search ends in whichever valley it chose early on. So the budget goes to many short ones:

1. **Runs.** Some plans are made through ever coarser graphs (`search.new_plan`). Ground that every
   one of them keeps together is one cell: what is left is a small graph whose borders are the good
   borders of many plans. On it, a few neighbouring sectors at a time are divided anew
   (`explore.explore`), at a falling temperature; while it is warm, sectors may miss the tolerance a
   little, because more plans lead to each other then. Every run makes some plans of its own, so
   that no two see the same cells.
2. **Crossing.** What all the plans so found keep together is one cell. Each plan takes over from
   the others what is better there (`cross.cross`), the better ones more often.
3. **Runs again**, over what some of the crossed plans and a few new ones keep together, so that
   what no plan had is found; and these are crossed with all others.
4. **Polish.** The best plan is improved on the blocks themselves.

Where plans are crossed and polished, sectors are made rounder if that is worth its cost: borders
that run straight are easier to know, to close and to cross into. Not where people have homes:
nobody moves for the form of a sector. Runs know nothing of form but that the plan they give is the
best by both: without it they find more.

How far a run has come is a share of its part of the budget, so that in a longer one it cools more
slowly.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geosector.language import text
from geosector.partition import cross, explore, kernels, rounding, search
from geosector.partition.best import Best, Rating, Roundness, rate
from geosector.partition.search import ROUNDING, Schedule, Wish
from geosector.progress import progress

if TYPE_CHECKING:
    import tqdm

Short = NDArray[np.int32]
Ints = NDArray[np.int64]


class Budget(NamedTuple):
    """How long to look for a better plan.

    ``iterations``: steps, each a new plan or about as many attempts as there are sectors; the same
    number gives the same plan everywhere. ``seconds``: if given, wins over iterations, and the plan
    depends on the machine; compiling, once per installation, is not counted.
    """

    iterations: int = 400
    seconds: float | None = None


class Search(NamedTuple):
    """How the budget is spent. None of these depends on the city.

    ``plans``: plans whose overlay a run goes over, ``anew`` of them made for it. ``run``: share of
    the budget for a run; ``least``: steps that it has at least. ``crossing``: share for each of the
    two times that plans are crossed; ``widest``: most sectors taken over at once; ``contest``:
    plans drawn of which the best takes over. ``again``: share for runs from crossed plans;
    ``parents``: how many of these are overlaid, ``fresh``: new plans added to them. ``polishing``:
    share for the blocks themselves at the end, the rest is for runs from new plans. ``worth``:
    hundredths of the cost that a hundredth of mean Polsby–Popper may cost, up to ``enough`` of it;
    ``pull``: see `explore.Shape`. ``most``: most sectors divided at once. ``afresh``: share of
    attempts from nothing. ``heat``: temperature at the start of a run, in mean sector borders.
    ``loose``: by how much the tolerance is widened at the start, as a share of a sector; ``tight``:
    share of the run after which it is not. ``small``: blocks per sector up to which runs go over
    the blocks from the start. ``first``: how plans of all sectors are made; ``new``: how some are
    divided from nothing; ``better``: how what is there is improved; ``mend``: how what is taken
    over is.
    """

    plans: int = 18
    anew: int = 9
    run: float = 0.013
    least: int = 60
    crossing: float = 0.125
    widest: int = 10
    contest: int = 4
    again: float = 0.25
    parents: int = 10
    fresh: int = 6
    polishing: float = 0.07
    worth: float = 3.0
    enough: float = 0.502
    pull: float = 0.2
    most: int = 5
    afresh: float = 0.5
    heat: float = 0.13
    loose: float = 0.06
    tight: float = 0.5
    small: int = 60
    first: Schedule = Schedule(sweeps=100.0, fine_sweeps=12.0, squeeze_sweeps=15.0)
    new: Schedule = Schedule(hot=1.0, cold=0.05, sweeps=8.0, fine_sweeps=6.0)
    better: Schedule = Schedule(coarsest=30.0, warm=0.8, cold=0.05, sweeps=10.0, fine_sweeps=6.0)
    mend: Schedule = Schedule(warm=0.3, cold=0.05, sweeps=6.0)


# A run that would leave less than this of its own length to the next takes it all.
_REST = 0.5
# Fewer runs than this are not worth crossing: one has all the time.
_FEW_RUNS = 6


class _Plan(NamedTuple):
    rating: Rating
    labels: Short


class _Clock:
    """How much of a budget is spent, shown by a bar."""

    STEPS = 1000  # of the bar

    def __init__(self, budget: Budget, bar: tqdm.tqdm) -> None:
        self._budget, self._bar = budget, bar
        self._start, self._ticks = time.monotonic(), 0

    def spent(self) -> float:
        """Give the share of the budget that is spent."""
        if self._budget.seconds is not None:
            return (time.monotonic() - self._start) / self._budget.seconds
        return self._ticks / self._budget.iterations

    def at_least(self, share: float, steps: int) -> float:
        """Give a share of the budget, or what so many steps take by now if that is more."""
        return max(share, steps * self.spent() / max(self._ticks, 1))

    def tick(self, cost: float) -> None:
        """Count a step, and show how far the search has come and at what cost."""
        self._ticks += 1
        self._bar.set_postfix_str(f"{cost / 1000:.1f}", refresh=False)
        self._bar.update(min(int(self.spent() * self.STEPS), self.STEPS) - self._bar.n)


class _Task(NamedTuple):
    """What does not change from stage to stage."""

    graph: kernels.Graph
    wish: Wish
    how: Search
    roundness: Roundness | None
    rng: Ints
    clock: _Clock
    best: Best


def seek(  # noqa: PLR0917 - the order is the contract between solver and search
    graph: kernels.Graph,
    wish: Wish,
    how: Search,
    budget: Budget,
    seed: int,
    outline: rounding.Outline | None = None,
) -> Short:
    """Spend the budget; give the best plan, also where it is interrupted."""
    roundness = None
    # Among few blocks a border has nowhere to go, and the cheapest plan is all but proven.
    if outline is not None and len(graph.people) > how.small * wish.sectors:
        roundness = Roundness(outline, how.worth, how.enough)
    rng = np.array([1 + (1 + seed) * 7919 % 2147483646], np.int64)
    best = Best(graph, wish, roundness)
    _compile()
    with progress(_Clock.STEPS, text("Dividing into sectors")) as bar:
        clock = _Clock(budget, bar)
        task = _Task(graph, wish, how, roundness, rng, clock, best)
        try:
            found = _run_from_plans(task)
            if len(found) > 1:
                end = 1 - how.polishing
                crossed = _cross(task, found, end - how.crossing - how.again)
                again = _run_from_crossed(task, crossed, end - how.crossing)
                _cross(task, crossed + again, end)
            _polish(task)
        except KeyboardInterrupt:
            if best.rating.missed == np.inf:
                raise
    return best.labels


def _compile() -> None:
    """Load the compiled loops, or compile them: once per installation, not on the budget."""
    one, both = np.ones(2), np.ones(2, np.bool_)
    pair = kernels.as_graph(np.array([0, 1, 2]), np.array([1, 0]), one, both, one)
    wish, how, rng = Wish(2, 1.0, 0.0), Schedule(), np.ones(1, np.int64)
    with progress(1, text("Loading the compiled loops (the first time takes a minute)")) as bar:
        plan = search.new_plan(pair, wish, how, 0.0, rng)
        shape = explore.NO_SHAPE
        explore.explore(pair, plan, wish, how, how, shape, 1.0, 2, 0.5, 0.0, 4, rng)
        ways = explore.ways_between(pair, plan, 2)[None]
        cross.cross(pair, plan[None], 0, ways, wish, how, shape, 1.0, 2, 1, rng)
        kernels.contract(pair, kernels.common_cells(pair, np.array([plan])), 2)
        kernels.shuffled(2, rng)
        bar.update(1)


# --------------------------------------------------------------- runs


def _run_from_plans(task: _Task) -> list[_Plan]:
    """Run over the cells of plans made for it, again and again; give what the runs found."""
    how, clock = task.how, task.clock
    end = 1 - how.polishing - 2 * how.crossing - how.again
    plans: list[_Plan] = []
    found: list[_Plan] = []
    if task.graph.home.max() >= 0:
        # Whatever else is overlaid: the plan that leaves most of the homes as they are is in it.
        plans.append(_rated(task, _homely(task)))
    size = 2 if _is_small(task) else how.plans
    while True:
        begin = clock.spent()
        new = _add_plans(task, plans, how.anew if found else size)
        drawn = _draw(task, plans, size, new)
        length = clock.at_least(how.run, how.least)
        if not found and end - begin < _FEW_RUNS * (clock.spent() - begin + length):
            end = 1 - how.polishing
            length = end
        if _is_small(task):
            cell = np.arange(len(task.graph.people), dtype=np.int32)
        else:
            cell = _overlay(task, [plan.labels for plan in drawn])
        start = min(drawn, key=lambda plan: plan.rating.rank)
        found.append(_run(task, cell, start, length, end))
        if clock.spent() >= end:
            return found


def _add_plans(task: _Task, plans: list[_Plan], most: int) -> int:
    """Make new plans, as long as a run takes at most; give how many. There are two afterwards."""
    how, clock, begin = task.how, task.clock, task.clock.spent()
    for made in range(most):
        length = clock.at_least(how.run, how.least)
        if len(plans) > 1 and made and clock.spent() - begin > length:
            return made
        plans.append(_rated(task, _new_plan(task, plans)))
        clock.tick(task.best.rating.cost)
    return most


def _draw(task: _Task, plans: list[_Plan], size: int, new: int) -> list[_Plan]:
    """Give the last ``new`` plans, the homely one and, up to ``size``, some of the others."""
    older, drawn = plans[: len(plans) - new], plans[len(plans) - new :]
    if task.graph.home.max() >= 0:
        drawn = [older[0], *drawn]
        older = older[1:]
    order = kernels.shuffled(len(older), task.rng)
    return drawn + [older[spot] for spot in order[: max(size - len(drawn), 0)]]


def _run_from_crossed(task: _Task, crossed: list[_Plan], end: float) -> list[_Plan]:
    """Run over the cells of some of the crossed plans and new ones; give what the runs found."""
    how, clock = task.how, task.clock
    found: list[_Plan] = []
    while clock.spent() < end:
        order = kernels.shuffled(len(crossed), task.rng)[: how.parents]
        parents = [crossed[spot] for spot in order]
        overlaid = [plan.labels for plan in parents]
        overlaid += [_new_plan(task, crossed) for _ in range(how.fresh)]
        start = min(parents, key=lambda plan: plan.rating.rank)
        length = clock.at_least(how.run, how.least)
        found.append(_run(task, _overlay(task, overlaid), start, length, end))
    return found


def _overlay(task: _Task, plans: list[Short]) -> Short:
    """Give the cells that every one of the plans keeps together: a number by node."""
    return kernels.common_cells(task.graph, np.array(plans))


def _run(task: _Task, cell: Short, start: _Plan, length: float, end: float) -> _Plan:
    """Divide neighbouring sectors of cells anew at a falling temperature; give the best found."""
    wish, how, rng, clock, best = task.wish, task.how, task.rng, task.clock, task.best
    cells, roundness = _contracted(task, cell)
    labels = np.empty(len(cells.people), np.int32)
    labels[cell] = start.labels
    scale = search.sector_border(cells, labels, wish.sectors)
    found = Best(cells, wish, roundness)
    found.offer(labels)
    begin = clock.spent()
    if begin + (1 + _REST) * length > end:
        length = end - begin
    while (left := 1 - (clock.spent() - begin) / length if length > 0 else 0.0) > 0:
        # More plans lead to each other while sectors may miss the tolerance a little.
        miss = how.loose * max(left - 1 + how.tight, 0.0) / how.tight
        explore.explore(
            cells,
            labels,
            wish._replace(tolerance=wish.tolerance + miss),
            how.better,
            how.new,
            explore.NO_SHAPE,
            scale,
            how.most,
            how.afresh,
            how.heat * scale * left,
            wish.sectors + 1,
            rng,
        )
        if found.offer(labels):
            best.offer(labels[cell])
        clock.tick(best.rating.cost)
    return _rated(task, found.labels[cell])


def _contracted(task: _Task, cell: Short) -> tuple[kernels.Graph, Roundness | None]:
    """Give the graph of cells, and what rounder sectors of these are worth."""
    graph, roundness = task.graph, task.roundness
    cells = kernels.contract(graph, cell, int(cell.max()) + 1)
    if roundness is not None:
        outline = rounding.gathered(roundness.outline, graph.indptr, graph.indices, cell)
        roundness = roundness._replace(outline=outline)
    return cells, roundness


def _is_small(task: _Task) -> bool:
    return len(task.graph.people) <= task.how.small * task.wish.sectors


def _rated(task: _Task, labels: Short) -> _Plan:
    rating = rate(task.graph, labels, task.wish, task.roundness)
    task.best.take(rating, labels)
    return _Plan(rating, labels)


def _new_plan(task: _Task, plans: list[_Plan]) -> Short:
    """Make a plan from nothing; what a border costs is known from the plans before it."""
    scale = 0.0
    if plans:
        scale = search.sector_border(task.graph, plans[0].labels, task.wish.sectors)
    return search.new_plan(task.graph, task.wish, task.how.first, scale, task.rng)


def _homely(task: _Task) -> Short:
    """Leave the largest piece of every home together, and grow the rest from these."""
    graph, wish = task.graph, task.wish
    one = np.repeat(np.arange(len(graph.people)), np.diff(graph.indptr))
    same = (graph.home[one] == graph.home[graph.indices]) & graph.passable
    same &= graph.home[one] >= 0
    link = coo_array(
        (np.ones(int(same.sum())), (one[same], graph.indices[same])), shape=(len(graph.people),) * 2
    )
    piece = connected_components(link, directed=False)[1]
    # What is given weighs more than any crowd; a piece where nobody lives still counts a little.
    weight = np.bincount(piece, graph.stay + graph.people + ROUNDING)[piece]
    labels = np.full(len(graph.people), -1, np.int32)
    for label in range(wish.sectors):
        here = np.flatnonzero(graph.home == label)
        if len(here):
            labels[piece == piece[here[np.argmax(weight[here])]]] = label
    kernels.grow(graph, labels, wish.sectors, task.rng)
    scale = search.sector_border(graph, labels, wish.sectors)
    still = task.how.better._replace(warm=0.0)
    return search.better_plan(graph, labels, wish, still, scale, task.rng)


# --------------------------------------------------------------- what is best in each


def _cross(task: _Task, found: list[_Plan], end: float) -> list[_Plan]:
    """Let plans take over from each other what is better there; give what becomes of them."""
    wish, how, rng, clock, best = task.wish, task.how, task.rng, task.clock, task.best
    cell = _overlay(task, [plan.labels for plan in found])
    cells, roundness = _contracted(task, cell)
    plans = np.empty((len(found), len(cells.people)), np.int32)
    for spot, plan in enumerate(found):
        plans[spot, cell] = plan.labels
    ratings = [plan.rating for plan in found]
    ways = np.array([explore.ways_between(cells, plan, wish.sectors) for plan in plans])
    scale = search.sector_border(task.graph, best.labels, wish.sectors)
    shape = _shape(how, roundness, best.rating.cost)
    while clock.spent() < end:
        drawn = kernels.shuffled(len(plans), rng)[: how.contest]
        which = int(min(drawn, key=lambda spot: ratings[spot].rank))
        change = cross.cross(
            cells,
            plans,
            which,
            ways,
            wish,
            how.mend,
            shape,
            scale,
            how.widest,
            wish.sectors + 1,
            rng,
        )
        if change < 0:
            ratings[which] = rate(cells, plans[which], wish, roundness)
            best.take(ratings[which], plans[which][cell])
        clock.tick(best.rating.cost)
    return [_Plan(*pair) for pair in zip(ratings, plans[:, cell], strict=True)]


def _shape(how: Search, roundness: Roundness | None, cost: float) -> explore.Shape:
    """Say what rounder sectors of a plan that costs so much are worth."""
    if roundness is None:
        return explore.NO_SHAPE
    area, edge, _, metres = roundness.outline
    return explore.Shape(area, edge, metres, how.worth * cost, how.enough, how.pull)


def _polish(task: _Task) -> None:
    """Improve the best plan on the blocks themselves until the budget is spent."""
    graph, wish, how, roundness, rng, clock, best = task
    labels = best.labels.copy()
    scale = search.sector_border(graph, labels, wish.sectors)
    shape = _shape(how, roundness, best.rating.cost)
    while clock.spent() < 1:
        explore.explore(
            graph,
            labels,
            wish,
            how.better,
            how.new,
            shape,
            scale,
            how.most,
            how.afresh,
            0.0,
            wish.sectors + 1,
            rng,
        )
        best.offer(labels)
        clock.tick(best.rating.cost)
