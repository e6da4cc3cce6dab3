"""How the solver spends its budget: many short runs, and runs on what the best of them share.

One long search ends in whichever valley it chose early on. So the budget goes to many short ones:

1. **Runs from new plans.** Some plans are made through ever coarser graphs (`search.new_plan`).
   Ground that every one of them keeps together is one cell: what is left is a small graph whose
   borders are the good borders of many plans. On it, a few neighbouring sectors at a time are
   divided anew (`search.explore`), at a falling temperature; while it is warm, sectors may miss
   the tolerance a little, because more plans lead to each other then. Every run makes some plans of
   its own, so that no two see the same cells.
2. **Runs from runs.** What several of the plans so found, and a few new ones, keep together is one
   cell, and the search goes on over these few cells in the same way. A plan that is better than
   the worst of those it comes from takes its place.
3. **Polish.** The best plan is improved on the blocks themselves.
4. **Rounding.** Sectors are made rounder while that is worth its cost (`rounding`): borders that
   run straight are easier to know, to close and to cross into. Not where people have homes: nobody
   moves for the form of a sector.

How far the search has come is a share of its budget, so that in a longer one every run cools more
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
from geosector.partition import kernels, rounding, search
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

    ``plans``: plans whose overlay a run goes over, ``anew`` of them made for it. ``run``,
    ``again``: share of the budget for a run from new plans and for one from other runs; ``least``:
    steps that a run has at least. ``beginning``: share of the runs' time for those from new plans.
    ``parents``: runs that one goes on from, ``fresh``: new plans added to these.
    ``polishing``: share for the blocks themselves after the search. ``rounding``: share for rounder
    sectors at the end; ``worth``: hundredths of the cost that a hundredth of mean Polsby–Popper may
    cost, up to ``enough`` of it; ``dearer``: what all rounding may cost, as a share of the cost: so
    many blocks of a sector, because the finer the ground, the less a rounder sector need cost.
    ``most``: most sectors divided at once. ``afresh``: share of attempts from nothing. ``heat``:
    temperature at the start of a run, in mean sector borders. ``loose``: by how much the tolerance
    is widened at the start, as a share of a sector; ``tight``: share of the run after which it is
    not. ``small``: blocks per sector up to which runs go over the blocks from the start.
    ``first``: how plans of all sectors are made; ``new``: how some are divided from nothing;
    ``better``: how what is there is improved.
    """

    plans: int = 18
    anew: int = 9
    run: float = 0.013
    again: float = 0.03
    least: int = 60
    beginning: float = 0.5
    parents: int = 10
    fresh: int = 6
    polishing: float = 0.05
    rounding: float = 0.1
    worth: float = 3.0
    enough: float = 0.505
    dearer: float = 6.0
    most: int = 5
    afresh: float = 0.5
    heat: float = 0.13
    loose: float = 0.06
    tight: float = 0.5
    small: int = 60
    first: Schedule = Schedule(sweeps=100.0, fine_sweeps=12.0, squeeze_sweeps=15.0)
    new: Schedule = Schedule(hot=1.0, cold=0.05, sweeps=8.0, fine_sweeps=6.0)
    better: Schedule = Schedule(coarsest=30.0, warm=0.8, cold=0.05, sweeps=10.0, fine_sweeps=6.0)


# A run that would leave less than this of its own length to the next takes it all.
_REST = 0.5
# Fewer runs from new plans than this are not worth putting together: one has all the time.
_FEW_RUNS = 3


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
    if outline is None or len(graph.people) <= how.small * wish.sectors:
        # Among few blocks a border has nowhere to go, and the cheapest plan is all but proven.
        how = how._replace(polishing=how.polishing + how.rounding, rounding=0.0)
    else:
        most = 1 + how.dearer * wish.sectors / len(graph.people)
        roundness = Roundness(outline, how.worth, how.enough, most)
    rng = np.array([1 + (1 + seed) * 7919 % 2147483646], np.int64)
    best = Best(graph, wish, roundness)
    _compile()
    with progress(_Clock.STEPS, text("Dividing into sectors")) as bar:
        clock = _Clock(budget, bar)
        task = _Task(graph, wish, how, roundness, rng, clock, best)
        try:
            _run_from_runs(task, _run_from_plans(task))
            scale = search.sector_border(graph, best.labels, wish.sectors)
            _polish(task, scale)
            if roundness is not None:
                _round(task, roundness, scale)
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
        search.explore(pair, plan, wish, how, how, 1.0, 2, 0.5, 0.0, 4, rng)
        kernels.contract(pair, kernels.common_cells(pair, np.array([plan])), 2)
        kernels.shuffled(2, rng)
        bar.update(1)


# --------------------------------------------------------------- runs


def _run_from_plans(task: _Task) -> list[_Plan]:
    """Run over the cells of plans made for it, again and again; give what the runs found."""
    how, clock = task.how, task.clock
    end = how.beginning * _end_of_runs(how)
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
            end = _end_of_runs(how)
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


def _run_from_runs(task: _Task, found: list[_Plan]) -> None:
    """Run over the cells of plans that runs have found, while there is time for it."""
    how, clock = task.how, task.clock
    end = _end_of_runs(how)
    while len(found) > 1 and clock.spent() < end:
        order = kernels.shuffled(len(found), task.rng)[: how.parents]
        chosen = sorted(order.tolist(), key=lambda spot: found[spot].rating.rank)
        overlaid = [found[spot].labels for spot in chosen]
        overlaid += [_new_plan(task, found) for _ in range(how.fresh)]
        length = clock.at_least(how.again, how.least)
        child = _run(task, _overlay(task, overlaid), found[chosen[0]], length, end)
        worst = chosen[-1]
        is_new = all(child.rating.cost != plan.rating.cost for plan in found)
        if is_new and child.rating.rank < found[worst].rating.rank:
            found[worst] = child


def _overlay(task: _Task, plans: list[Short]) -> Short:
    """Give the cells that every one of the plans keeps together: a number by node."""
    return kernels.common_cells(task.graph, np.array(plans))


def _run(task: _Task, cell: Short, start: _Plan, length: float, end: float) -> _Plan:
    """Divide neighbouring sectors of cells anew at a falling temperature; give the best found."""
    graph, wish, how, roundness, rng, clock, best = task
    cells = kernels.contract(graph, cell, int(cell.max()) + 1)
    labels = np.empty(len(cells.people), np.int32)
    labels[cell] = start.labels
    scale = search.sector_border(cells, labels, wish.sectors)
    if roundness is not None:
        outline = rounding.gathered(roundness.outline, graph.indptr, graph.indices, cell)
        roundness = roundness._replace(outline=outline)
    found = Best(cells, wish, roundness)
    found.offer(labels)
    begin = clock.spent()
    if begin + (1 + _REST) * length > end:
        length = end - begin
    while (left := 1 - (clock.spent() - begin) / length if length > 0 else 0.0) > 0:
        # More plans lead to each other while sectors may miss the tolerance a little.
        miss = how.loose * max(left - 1 + how.tight, 0.0) / how.tight
        search.explore(
            cells,
            labels,
            wish._replace(tolerance=wish.tolerance + miss),
            how.better,
            how.new,
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


def _end_of_runs(how: Search) -> float:
    return 1 - how.polishing - how.rounding


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


# --------------------------------------------------------------- the blocks themselves


def _polish(task: _Task, scale: float) -> None:
    """Improve the best plan on the blocks themselves until it is time to round it."""
    graph, wish, how, _, rng, clock, best = task
    labels = best.labels.copy()
    rounds, end = wish.sectors + 1, 1 - how.rounding
    while clock.spent() < end:
        search.explore(graph, labels, wish, how.better, how.new, scale, 4, 0.5, 0.0, rounds, rng)
        best.offer(labels)
        clock.tick(best.rating.cost)


def _round(task: _Task, roundness: Roundness, scale: float) -> None:
    """Make the sectors of the best plan rounder, or cheaper, until the budget is spent.

    Where borders are looked at anew, they cost more by what they do to the form of the sectors.
    """
    graph, wish, how, _, rng, clock, best = task
    # About as many sectors in a step as there are.
    rounds = 1 + wish.sectors // search.FEW
    while clock.spent() < 1:
        labels, weights = best.labels.copy(), graph.weights
        if best.rating.compactness < roundness.enough:
            paid = roundness.worth * best.rating.cost * best.rating.slope
            outline = roundness.outline
            weights = weights + rounding.surcharge(outline, graph.indices, labels, paid)
        search.explore(
            graph._replace(weights=weights),
            labels,
            wish,
            how.better,
            how.new,
            scale,
            search.FEW,
            how.afresh,
            0.0,
            rounds,
            rng,
        )
        best.offer(labels)
        clock.tick(best.rating.cost)
