"""Blocks → sectors: the cheapest borders that keep every sector whole and of like population.

Minimises the sum over cut borders of metres × cost(road class), with exactly ``count`` connected
sectors and |people / mean − 1| ≤ tolerance. Multilevel: blocks are gathered into ever larger
clusters along the borders that are dearest to cut, the clusters are divided, and the plan is
improved at every size on the way back (`kernels.anneal`). A pool of such plans is then improved in
rounds: one plan is gathered and divided anew (a V-cycle), or two are crossed by gathering only what
both keep together.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geosector.errors import ToleranceNotReachedError
from geosector.language import number, percent, text
from geosector.partition import kernels
from geosector.partition.graph import BlockGraph, bound_groups, edge_costs
from geosector.progress import progress

Short = NDArray[np.int32]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# People are whole, their shares are not: what lies on the tolerance is within it.
_ROUNDING = 1e-9
# Plans nearer in rating than a millimetre of main road are taken for the same.
_SAME_RATING = 1e-3
# Gathering stops when a step leaves more than this share of the nodes.
_STALLED = 0.93


class Budget(NamedTuple):
    """How long to look for a better plan.

    ``iterations``: rounds; the same number gives the same plan everywhere.
    ``seconds``: if given, wins over iterations, and the plan depends on the machine.
    """

    iterations: int = 400
    seconds: float | None = None


class Ties(NamedTuple):
    """What a plan must keep, by block.

    ``together``: number of the blocks that must share a sector, -1 free; ``home``: previous label,
    -1 none; ``price``: weighted metres for each person not in its home; ``fixed``: label that a
    block must have, -1 free.
    """

    together: Ints | None = None
    home: Ints | None = None
    price: float = 0.0
    fixed: Ints | None = None


class Search(NamedTuple):
    """How the solver looks. None of these depends on the city.

    ``pool``: plans kept; where they differ by less than ``alike``, all but the best give way to new
    ones. ``cluster``: most people of a cluster, in sectors. ``coarsest``: clusters per sector at
    which gathering stops. ``hot``, ``warm``, ``cold``: temperatures at the start of a new plan, at
    the start of an improvement and at the end, in mean border weights; ``cooler``: the start's
    factor from level to finer level. ``sweeps``, ``fine_sweeps``: moves tried per border node at
    the coarsest and at each finer level. ``slack``: how far clusters may miss the tolerance, in
    mean clusters. ``price``: what a sector's worth of people out of bounds costs, in mean sector
    borders; ``squeeze``: the same in the last, cold sweeps (``squeeze_sweeps``), which bring the
    plan within the tolerance.
    """

    pool: int = 8
    alike: float = 0.01
    cluster: float = 0.12
    coarsest: int = 20
    hot: float = 2.0
    warm: float = 1.0
    cold: float = 0.1
    cooler: float = 0.7
    sweeps: int = 600
    fine_sweeps: int = 60
    slack: float = 1.0
    price: float = 3.0
    squeeze: float = 200.0
    squeeze_sweeps: int = 100


class _Graph(NamedTuple):
    """What the kernels take."""

    indptr: Short
    indices: Short
    weights: Floats
    people: Floats


@dataclass(frozen=True)
class _Wish:
    """What is asked for."""

    count: int
    mean: float
    tolerance: float


class _Level(NamedTuple):
    """A graph, and which of its nodes each node of the finer graph went to (empty at first)."""

    graph: _Graph
    cluster: Short


class _Plan(NamedTuple):
    """Labels, their border cost, and the cost with what is out of tolerance priced in."""

    labels: Short
    cost: float
    rating: float


def solve(  # noqa: PLR0917 - the order is the contract between solver and house
    graph: BlockGraph,
    population: Ints,
    count: int,
    tolerance: float,
    costs: Mapping[str, float] | None = None,
    budget: Budget | None = None,
    seed: int = 0,
    ties: Ties | None = None,  # noqa: ARG001 - until the new solver is here
) -> Short:
    """Divide blocks into sectors.

    Parameters
    ----------
    graph : BlockGraph
        Connected, of at least ``count`` blocks.
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
    task = _Graph(graph.indptr, graph.indices, edge_costs(graph, costs), people)
    wish = _Wish(count, float(people.sum()) / count, tolerance)
    group = bound_groups(graph, people, count, tolerance)
    best = _search(_contracted(task, group), wish, Search(), budget or Budget(), seed)
    labels = best.labels[group]
    # Checked anew on the blocks themselves, whatever the search believes.
    reached = deviation(people, labels, count)
    if reached > tolerance + _ROUNDING or not is_whole(graph, labels, count):
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
    """Say whether a plan has exactly ``count`` sectors, each connected in the graph."""
    one = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    same = labels[one] == labels[graph.indices]
    kept = coo_array(
        (np.ones(int(same.sum())), (one[same], graph.indices[same])),
        shape=(graph.size, graph.size),
    )
    pieces = connected_components(kept, directed=False)[0]
    return int(pieces) == count == len(np.unique(labels))


def _search(graph: _Graph, wish: _Wish, how: Search, budget: Budget, seed: int) -> _Plan:
    """Fill the pool with new plans, then improve and cross them until the budget is spent."""
    rng = np.array([1 + (1 + seed) * 7919 % 2147483646], np.int64)
    pool: list[_Plan] = []
    steps = budget.iterations if budget.seconds is None else math.ceil(budget.seconds)
    with progress(steps, text("Dividing into sectors")) as bar:
        try:
            for done in _turns(budget):
                if len(pool) > 1 and _alike(pool, how):
                    pool[:] = [min(pool, key=_rating)]
                if len(pool) < how.pool:
                    pool.append(_new_plan(graph, wish, how, rng))
                else:
                    _improve_pool(pool, graph, wish, how, rng)
                bar.set_postfix_str(f"{min(pool, key=_rating).cost / 1000:.1f}", refresh=False)
                bar.update(done - bar.n)
        except KeyboardInterrupt:
            if not pool:
                raise
    return min(pool, key=_rating)


def _alike(pool: list[_Plan], how: Search) -> bool:
    """Say whether crossing the plans of a full pool can bring nothing new."""
    ratings = [plan.rating for plan in pool]
    return len(pool) == how.pool and max(ratings) < min(ratings) * (1 + how.alike)


def _rating(plan: _Plan) -> float:
    return plan.rating


def _turns(budget: Budget) -> Iterator[int]:
    """Give the steps of the budget spent, round by round until it is spent; at least one round."""
    start = time.monotonic()
    turn, spent = 0, 0.0
    while turn == 0 or spent < (budget.seconds or budget.iterations):
        yield int(spent)
        turn += 1
        spent = turn if budget.seconds is None else time.monotonic() - start


def _new_plan(graph: _Graph, wish: _Wish, how: Search, rng: Ints) -> _Plan:
    """Gather blocks into clusters, grow sectors of these, and refine on the way back."""
    everything = np.zeros(len(graph.people), np.int64)
    levels = _gather(graph, everything, wish, how, rng)
    top = levels[-1].graph
    labels = kernels.grow(*top, wish.count, rng)
    scale = _sector_border(top, labels, wish)
    return _refined(levels, labels, wish, how, how.hot, scale, rng)


def _improve_pool(pool: list[_Plan], graph: _Graph, wish: _Wish, how: Search, rng: Ints) -> None:
    """Improve one plan, or cross two; what comes out takes the place of the worse if better."""
    one = int(kernels.draw(rng) * len(pool))
    two = int(kernels.draw(rng) * len(pool))
    better, worse = (one, two) if _rating(pool[one]) <= _rating(pool[two]) else (two, one)
    labels = pool[better].labels
    # Together only what both plans keep together; of one plan alone, what it keeps together.
    apart = labels.astype(np.int64) * wish.count + pool[worse].labels
    levels = _gather(graph, apart, wish, how, rng)
    scale = _sector_border(graph, labels, wish)
    for level in levels[1:]:
        top = np.empty(len(level.graph.people), np.int32)
        top[level.cluster] = labels
        labels = top
    plan = _refined(levels, labels.copy(), wish, how, how.warm, scale, rng)
    known = any(abs(plan.rating - other.rating) < _SAME_RATING for other in pool)
    if plan.rating < pool[worse].rating and not known:
        pool[worse] = plan


def _sector_border(graph: _Graph, labels: Short, wish: _Wish) -> float:
    """Give the mean cost of a sector's border; not 0, which would put no price on people."""
    cut = kernels.cut_weight(*graph[:3], labels)
    return max(2 * cut / wish.count, _unit(graph))


def _unit(graph: _Graph) -> float:
    """Give the unit of temperature: the mean border weight."""
    return float(graph.weights.mean()) or 1.0


def _gather(graph: _Graph, apart: Ints, wish: _Wish, how: Search, rng: Ints) -> list[_Level]:
    """Gather nodes into clusters, again and again, only such as have the same ``apart``."""
    levels = [_Level(graph, np.zeros(0, np.int32))]
    cap = how.cluster * wish.mean
    while len(graph.people) > how.coarsest * wish.count:
        cluster = kernels.match(*graph, apart, cap, rng)
        size = int(cluster.max()) + 1
        if size > _STALLED * len(graph.people):
            break
        graph = _contracted(graph, cluster)
        gathered = np.empty(size, np.int64)
        gathered[cluster] = apart
        apart = gathered
        levels.append(_Level(graph, cluster))
    return levels


def _contracted(graph: _Graph, cluster: Short) -> _Graph:
    """Make one node of each cluster."""
    size = int(cluster.max()) + 1
    people = np.bincount(cluster, graph.people, size).astype(float)
    return _Graph(*kernels.contract(*graph[:3], cluster, size), people)


def _refined(  # noqa: PLR0917 - private, each argument a different type
    levels: list[_Level],
    labels: Short,
    wish: _Wish,
    how: Search,
    heat: float,
    scale: float,
    rng: Ints,
) -> _Plan:
    """Anneal at the coarsest level, then at each finer one, cooler from level to level."""
    sweeps = how.sweeps
    for depth in range(len(levels) - 1, -1, -1):
        level = levels[depth]
        unit = _unit(level.graph)
        slack = how.slack / len(level.graph.people) * wish.count
        tolerance = max(wish.tolerance, slack) if depth else wish.tolerance
        price = how.price * scale / wish.mean
        kernels.anneal(
            *level.graph,
            labels,
            wish.count,
            wish.mean * (1 - tolerance),
            wish.mean * (1 + tolerance),
            price,
            max(heat, how.cold) * unit,
            how.cold * unit,
            sweeps,
            rng,
        )
        if depth:
            labels = labels[level.cluster]
        heat, sweeps = heat * how.cooler, how.fine_sweeps
    kernels.anneal(
        *levels[0].graph,
        labels,
        wish.count,
        wish.mean * (1 - wish.tolerance),
        wish.mean * (1 + wish.tolerance),
        how.squeeze * scale / wish.mean,
        how.cold * unit,
        how.cold * unit / 10,
        how.squeeze_sweeps,
        rng,
    )
    return _rated(levels[0].graph, labels, wish, scale)


def _rated(graph: _Graph, labels: Short, wish: _Wish, scale: float) -> _Plan:
    """Price a plan: border cost, and a whole sector's border for each percent out of tolerance."""
    cost = kernels.cut_weight(*graph[:3], labels)
    missed = max(deviation(graph.people, labels, wish.count) - wish.tolerance - _ROUNDING, 0.0)
    return _Plan(labels, cost, cost + (missed > 0) * scale + 100 * missed * scale)
