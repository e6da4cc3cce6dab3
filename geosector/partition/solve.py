"""Blocks → sectors: the cheapest borders that keep every sector whole and of like population.

Minimises the sum over cut borders of metres × cost(road class), with exactly ``count`` sectors,
each connected over pairs one can pass between, and |people / mean − 1| ≤ tolerance.

1. **Plans.** Some tens of plans are made on their own, each through ever coarser graphs
   (`search.new_plan`).
2. **Cells.** Ground that every one of these plans keeps together is one cell: what is left is a
   small graph whose borders are the good borders of many plans.
3. **Search.** On the cells, a few neighbouring sectors at a time are divided anew
   (`search.explore`), at a falling temperature; while it is warm, sectors may miss the tolerance
   a little, because more plans lead to each other then.
4. **Polish.** The best plan is improved on the blocks themselves.
5. **Rounding.** Sectors are made rounder while that is worth its cost (`rounding`): borders that
   run straight are easier to know, to close and to cross into. Not where people have homes: nobody
   moves for the form of a sector.

How far the search has come is a share of its budget, so that a longer one cools more slowly.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geosector.errors import ToleranceNotReachedError
from geosector.language import number, percent, text
from geosector.partition import exact, kernels, rounding, search
from geosector.partition.graph import BlockGraph, bound_groups, edge_costs
from geosector.partition.search import ROUNDING, Schedule, Wish
from geosector.progress import progress

if TYPE_CHECKING:
    import tqdm

Short = NDArray[np.int32]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# A block that must have its label costs this many times all borders together elsewhere.
_NAILED = 10.0


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

    ``plans``: most plans made on their own; ``planning``: share of the budget for them.
    ``polishing``: share for the blocks themselves after the search. ``rounding``: share for rounder
    sectors at the end; ``worth``: hundredths of the cost that a hundredth of mean Polsby–Popper may
    cost, up to ``enough`` of it; ``dearer``: what all rounding may cost, as a share of the cost: so
    many blocks of a sector, because the finer the ground, the less a rounder sector need cost.
    ``most``: most sectors divided at once. ``afresh``: share of attempts from nothing. ``heat``:
    temperature at the start, in mean sector borders. ``loose``: by how much the tolerance is
    widened at the start, as a share of a sector; ``tight``: share of the search after which it is
    not. ``small``: blocks per sector up to which the search goes over the blocks from the start.
    ``first``, ``then``: how plans are made at first, and in the search.
    """

    plans: int = 18
    planning: float = 0.15
    polishing: float = 0.07
    rounding: float = 0.1
    worth: float = 1.0
    enough: float = 0.51
    dearer: float = 3.0
    most: int = 5
    afresh: float = 0.4
    heat: float = 0.13
    loose: float = 0.06
    tight: float = 0.5
    small: int = 60
    first: Schedule = Schedule(sweeps=100.0, fine_sweeps=12.0, squeeze_sweeps=15.0)
    then: Schedule = Schedule(warm=1.5)


class Ties(NamedTuple):
    """What of a plan is given; every part may be missing.

    ``together``: group number of blocks that must share a sector, -1 for free ones; a group hangs
    together over pairs one can pass between. ``home``: label 0 … count − 1 that each block should
    have, -1 for none. ``price``: what a person away from home costs, in weighted metres.
    ``fixed``: label that a block must have, -1 for free ones.
    """

    together: Ints | None = None
    home: Ints | None = None
    price: float = 0.0
    fixed: Ints | None = None


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

    def tick(self, cost: float) -> None:
        """Count a step, and show how far the search has come and at what cost."""
        self._ticks += 1
        self._bar.set_postfix_str(f"{cost / 1000:.1f}", refresh=False)
        self._bar.update(min(int(self.spent() * self.STEPS), self.STEPS) - self._bar.n)


class _Roundness(NamedTuple):
    """What rounder sectors are worth, see `Search`; ``most``: times the cost of the cheapest."""

    outline: rounding.Outline
    worth: float
    enough: float
    most: float


class _Best:
    """The best plan seen: a lawful one before any other, then the one worth most.

    ``rank``: by how much its worst sector misses the tolerance, and its cost; where roundness
    counts, ln(cost) − ``worth`` × mean Polsby–Popper up to ``enough``, among the lawful plans that
    cost at most ``most`` times as much as the cheapest.
    """

    def __init__(
        self, graph: kernels.Graph, wish: Wish, roundness: _Roundness | None = None
    ) -> None:
        self._graph, self._wish, self._roundness = graph, wish, roundness
        self.rank = (np.inf, np.inf)
        self.cost = self._cheapest = np.inf
        self.labels = np.zeros(0, np.int32)
        self.compactness, self.slope = 0.0, np.zeros(0)

    def offer(self, labels: Short) -> bool:
        """Take a plan if it is better."""
        missed = deviation(self._graph.people, labels, self._wish.sectors) - self._wish.tolerance
        missed = max(missed - ROUNDING, 0.0)
        if missed > self.rank[0]:
            return False
        cost = kernels.plan_cost(self._graph, labels, self._wish.sectors, 0.0, np.inf, 0.0)
        rank, compactness, slope, ceiling = (missed, cost), 0.0, self.slope, np.inf
        if self._roundness is not None:
            if not missed:
                self._cheapest = min(self._cheapest, cost)
            ceiling = self._cheapest * self._roundness.most
            if cost > ceiling:
                return False
            compactness, slope = rounding.compactness(
                self._roundness.outline, self._graph.indices, labels, self._wish.sectors
            )
            gain = self._roundness.worth * min(compactness, self._roundness.enough)
            rank = (missed, float(np.log(max(cost, ROUNDING))) - gain)
        # Once a cheaper plan has lowered the ceiling, the best so far may lie above it.
        if rank >= self.rank and self.cost <= ceiling:
            return False
        self.rank, self.cost, self.labels = rank, cost, labels.copy()
        self.compactness, self.slope = compactness, slope
        return True


def solve(  # noqa: PLR0917 - the order is the contract between solver and house
    graph: BlockGraph,
    population: Ints,
    count: int,
    tolerance: float,
    costs: Mapping[str, float] | None = None,
    budget: Budget | None = None,
    seed: int = 0,
    ties: Ties | None = None,
    form: rounding.Form | None = None,
) -> Short:
    """Divide blocks into sectors.

    Parameters
    ----------
    graph : BlockGraph
        Connected over passable pairs, of at least ``count`` blocks.
    population : array of int, shape (graph.size,)
        People by block.
    count : int
        Sectors wanted.
    tolerance : float
        Greatest |people / mean − 1| of a sector.
    costs : mapping, optional
        Cost of a metre by road class, see `geosector.partition.classes.cost_per_metre`.
    budget : Budget, optional
    seed : int
        The same seed and iterations give the same plan. Interrupting (Ctrl-C) keeps the best plan
        so far, where there is one within the tolerance.
    ties : Ties, optional
        Blocks that must stay together, homes and what leaving them costs, labels that are given.
    form : rounding.Form, optional
        If given, sectors are made rounder where it is worth its cost, see `Search`.

    Returns
    -------
    array of int32, shape (graph.size,)
        Sector of each block, 0 … count − 1: each connected, none empty, all within tolerance.

    Raises
    ------
    ToleranceNotReachedError
        Where no plan within the tolerance was found: says which was reached, and what to do.
    """
    if count == 1:
        return np.zeros(graph.size, np.int32)
    people = np.asarray(population, float)
    ties = ties or Ties()
    task = _task(graph, people, edge_costs(graph, costs), ties)
    group = _groups(bound_groups(graph, people, count, tolerance), ties.together)
    wish = Wish(count, float(people.sum()) / count, float(tolerance))
    contracted = kernels.contract(_settled(task, group), group, int(group.max()) + 1)
    labels = _proven(contracted, wish)
    if labels is None:
        outline = None
        if form is not None and contracted.home.max() < 0:
            outline = rounding.outline(graph, form, group)
        labels = _search(contracted, wish, Search(), budget or Budget(), seed, outline)
    labels = labels[group]
    # Checked anew on the blocks themselves, whatever the search believes.
    reached = deviation(people, labels, count)
    if reached > tolerance + ROUNDING or not is_whole(graph, labels, count):
        raise ToleranceNotReachedError(
            text(
                "No plan of {count} sectors within {tolerance} was found: the best deviates by "
                "{reached}. Raise the tolerance, ask for fewer sectors or give more iterations.",
                count=number(count),
                tolerance=percent(tolerance, decimals=1),
                reached=percent(reached, decimals=1),
            )
        )
    return labels


def deviation(people: Floats, labels: Short, count: int) -> float:
    """Give the greatest |people / mean − 1| of the sectors.

    Examples
    --------
    >>> deviation(np.array([100.0, 100.0, 40.0]), np.array([0, 0, 1]), 2).__round__(3)
    0.667
    """
    load = np.bincount(labels, people, count)
    return float(np.abs(load / (people.sum() / count) - 1).max())


def is_whole(graph: BlockGraph, labels: Short, count: int) -> bool:
    """Say whether a plan has exactly ``count`` sectors, each connected over passable pairs."""
    one = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    same = (labels[one] == labels[graph.indices]) & graph.passable
    kept = coo_array(
        (np.ones(int(same.sum())), (one[same], graph.indices[same])),
        shape=(graph.size, graph.size),
    )
    pieces = connected_components(kept, directed=False)[0]
    return int(pieces) == count == len(np.unique(labels))


def border_cost(
    graph: BlockGraph, labels: Short, costs: Mapping[str, float] | None = None
) -> float:
    """Add up metres × cost over the borders between sectors.

    Parameters
    ----------
    graph : BlockGraph
    labels : array of int, shape (graph.size,)
    costs : mapping, optional
        As in `solve`.
    """
    one = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    cut = labels[one] != labels[graph.indices]
    return float(edge_costs(graph, costs)[cut].sum() / 2)


# --------------------------------------------------------------- the task


def _task(graph: BlockGraph, people: Floats, weights: Floats, ties: Ties) -> kernels.Graph:
    """Write blocks, borders and homes as the kernels take them."""
    home = np.full(graph.size, -1, np.int32)
    stay = np.zeros(graph.size)
    if ties.home is not None:
        home[:] = ties.home
        stay = np.where(home >= 0, ties.price * people, 0.0)
    if ties.fixed is not None:
        fixed = ties.fixed >= 0
        home[fixed] = ties.fixed[fixed]
        stay[fixed] = _NAILED * max(float(weights.sum()), 1.0)
    return kernels.as_graph(
        graph.indptr, graph.indices, weights, graph.passable, people, home, stay
    )


def _groups(bound: Short, together: Ints | None) -> Short:
    """Join the groups that must be one because blocks of them must stay together."""
    if together is None:
        return bound
    tied = np.flatnonzero(together >= 0)
    size = int(bound.max()) + 1
    link = coo_array(
        (np.ones(len(tied)), (bound[tied], size + together[tied])),
        shape=(size + int(together.max(initial=0)) + 1,) * 2,
    )
    component = connected_components(link, directed=False)[1][:size]
    joined: Short = np.unique(component, return_inverse=True)[1][bound].astype(np.int32)
    return joined


def _settled(task: kernels.Graph, group: Short) -> kernels.Graph:
    """Give all blocks of a group one home: that to which most ties them."""
    if task.home.max(initial=-1) < 0:
        return task
    labels = int(task.home.max()) + 1
    homes = np.zeros((int(group.max()) + 1, labels))
    known = task.home >= 0
    np.add.at(homes, (group[known], task.home[known]), task.stay[known])
    lived_in = np.zeros(len(homes), bool)
    lived_in[group[known]] = True
    of_group = np.where(lived_in, homes.argmax(axis=1), -1).astype(np.int32)
    home = of_group[group]
    stay = np.where(task.home == home, task.stay, 0.0)
    return task._replace(home=home, stay=stay)


def _proven(graph: kernels.Graph, wish: Wish) -> Short | None:
    """Give the best of all plans where there are few blocks, and None where there are many."""
    if len(graph.people) > exact.MOST_BLOCKS or graph.home.max() >= 0:
        return None
    low, high = (1 - wish.tolerance) * (1 - ROUNDING), (1 + wish.tolerance) * (1 + ROUNDING)
    proven, labels = exact.best_cover(graph, wish.sectors, wish.mean * low, wish.mean * high)
    return labels if proven and len(labels) else None


# --------------------------------------------------------------- the search


def _search(  # noqa: PLR0917 - private, each argument a different type
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
        roundness = _Roundness(outline, how.worth, how.enough, most)
    rng = np.array([1 + (1 + seed) * 7919 % 2147483646], np.int64)
    best = _Best(graph, wish, roundness)
    _compile()
    with progress(_Clock.STEPS, text("Dividing into sectors")) as bar:
        clock = _Clock(budget, bar)
        try:
            plans = _plans(graph, wish, how, rng, clock, best)
            scale = search.sector_border(graph, best.labels, wish.sectors)
            cell = np.arange(len(graph.people), dtype=np.int32)
            if len(cell) > how.small * wish.sectors:
                cell = kernels.common_cells(graph, np.array(plans))
            labels = _explore(graph, cell, roundness, wish, how, scale, rng, clock, best)
            _polish(graph, labels, wish, how, scale, rng, clock, best)
            if roundness is not None:
                _round(graph, roundness, wish, how, scale, rng, clock, best)
        except KeyboardInterrupt:
            if best.rank[0] == np.inf:
                raise
    return best.labels


def _compile() -> None:
    """Load the compiled loops, or compile them: once per installation, not on the budget."""
    one, both = np.ones(2), np.ones(2, np.bool_)
    pair = kernels.as_graph(np.array([0, 1, 2]), np.array([1, 0]), one, both, one)
    wish, how, rng = Wish(2, 1.0, 0.0), Schedule(), np.ones(1, np.int64)
    with progress(1, text("Loading the compiled loops (the first time takes a minute)")) as bar:
        plan = search.new_plan(pair, wish, how, 0.0, rng)
        search.explore(pair, plan, wish, how, 1.0, 2, 0.5, 0.0, 4, rng)
        kernels.contract(pair, kernels.common_cells(pair, np.array([plan])), 2)
        bar.update(1)


def _plans(  # noqa: PLR0917 - private, each argument a different type
    graph: kernels.Graph, wish: Wish, how: Search, rng: Ints, clock: _Clock, best: _Best
) -> list[Short]:
    """Make plans on their own, each offered as the best; at least two.

    Where blocks have homes, the first plan is the one that leaves most of them there.
    """
    plans = []
    if graph.home.max() >= 0:
        plans.append(_homely(graph, wish, how, rng))
        best.offer(plans[0])
    scale = 0.0
    while len(plans) < 2 or (len(plans) < how.plans and clock.spent() < how.planning):  # noqa: PLR2004
        plans.append(search.new_plan(graph, wish, how.first, scale, rng))
        scale = scale or search.sector_border(graph, plans[-1], wish.sectors)
        best.offer(plans[-1])
        clock.tick(best.cost)
    return plans


def _homely(graph: kernels.Graph, wish: Wish, how: Search, rng: Ints) -> Short:
    """Leave the largest piece of every home together, and grow the rest from these."""
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
    kernels.grow(graph, labels, wish.sectors, rng)
    scale = search.sector_border(graph, labels, wish.sectors)
    return search.better_plan(graph, labels, wish, how.then._replace(warm=0.0), scale, rng)


def _explore(  # noqa: PLR0917 - private, each argument a different type
    graph: kernels.Graph,
    cell: Short,
    roundness: _Roundness | None,
    wish: Wish,
    how: Search,
    scale: float,
    rng: Ints,
    clock: _Clock,
    best: _Best,
) -> Short:
    """Divide neighbouring sectors of cells anew at a falling temperature; give the best found."""
    cells = kernels.contract(graph, cell, int(cell.max()) + 1)
    labels = np.empty(len(cells.people), np.int32)
    labels[cell] = best.labels
    if roundness is not None:
        outline = rounding.gathered(roundness.outline, graph.indptr, graph.indices, cell)
        roundness = roundness._replace(outline=outline)
    found = _Best(cells, wish, roundness)
    found.offer(labels)
    begin, end = clock.spent(), 1 - how.polishing - how.rounding
    rounds = wish.sectors + 1
    while clock.spent() < end:
        left = 1 - (clock.spent() - begin) / (end - begin)
        heat = how.heat * scale * left
        # More plans lead to each other while sectors may miss the tolerance a little.
        miss = how.loose * max(left - 1 + how.tight, 0.0) / how.tight
        task = wish._replace(tolerance=wish.tolerance + miss)
        search.explore(
            cells, labels, task, how.then, scale, how.most, how.afresh, heat, rounds, rng
        )
        if found.offer(labels):
            best.offer(labels[cell])
        clock.tick(best.cost)
    return found.labels[cell]


def _polish(  # noqa: PLR0917 - private, each argument a different type
    graph: kernels.Graph,
    labels: Short,
    wish: Wish,
    how: Search,
    scale: float,
    rng: Ints,
    clock: _Clock,
    best: _Best,
) -> None:
    """Improve a plan on the blocks themselves until it is time to round it."""
    rounds, end = wish.sectors + 1, 1 - how.rounding
    while clock.spent() < end:
        search.explore(graph, labels, wish, how.then, scale, 4, 0.5, 0.0, rounds, rng)
        best.offer(labels)
        clock.tick(best.cost)


def _round(  # noqa: PLR0917 - private, each argument a different type
    graph: kernels.Graph,
    roundness: _Roundness,
    wish: Wish,
    how: Search,
    scale: float,
    rng: Ints,
    clock: _Clock,
    best: _Best,
) -> None:
    """Make the sectors of the best plan rounder, or cheaper, until the budget is spent.

    Where borders are looked at anew, they cost more by what they do to the form of the sectors.
    """
    # About as many sectors in a step as there are.
    rounds = 1 + wish.sectors // search.FEW
    while clock.spent() < 1:
        labels, weights = best.labels.copy(), graph.weights
        if best.compactness < roundness.enough:
            paid = roundness.worth * best.cost * best.slope
            outline = roundness.outline
            weights = weights + rounding.surcharge(outline, graph.indices, labels, paid)
        search.explore(
            graph._replace(weights=weights),
            labels,
            wish,
            how.then,
            scale,
            search.FEW,
            how.afresh,
            0.0,
            rounds,
            rng,
        )
        best.offer(labels)
        clock.tick(best.cost)
