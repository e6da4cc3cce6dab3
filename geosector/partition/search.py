"""How the solver looks for plans: through coarser graphs, and in one part of the city at a time.

- `new_plan`: nodes are gathered into ever larger clusters along the borders that are dearest to
  cut, the clusters are divided, and the plan is improved at every size on the way back.
- `explore`: a few neighbouring sectors are taken out and divided anew in that way; the result is
  kept where it is cheaper, or, while the search is warm, not much dearer. Because each attempt is
  judged on its own ground, what is gained in one part of the city is never paid for by chance in
  another.
"""

# ruff: noqa: PLR0917 - compiled functions take plain arrays, by place

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from geosector.partition.anneal import anneal, find_borders
from geosector.partition.kernels import (
    Graph,
    Ints,
    Places,
    Short,
    contract,
    cut_weight,
    draw,
    grow,
    match,
    name_by_home,
    part_of,
    plan_cost,
)


class Wish(NamedTuple):
    """What is asked for: sectors, people of each on average, the greatest deviation."""

    sectors: int
    mean: float
    tolerance: float


class Schedule(NamedTuple):
    """How one plan is made. None of these depends on the city.

    ``cluster``: most people of a cluster, in sectors. ``coarsest``: clusters per sector at which
    gathering stops. ``hot``, ``cold``: temperatures at the start of a new plan and at the end, in
    mean border weights; ``cooler``: the start's factor from level to finer level. ``sweeps``,
    ``fine_sweeps``: moves tried per way across a border at the coarsest and at each finer level.
    ``slack``: how far clusters may miss the tolerance, in mean clusters. ``price``: what a sector's
    worth of people out of bounds costs, in mean sector borders; ``squeeze``: the same in the last,
    cold sweeps (``squeeze_sweeps``), which bring the plan within the tolerance.
    """

    cluster: float = 0.12
    coarsest: float = 20.0
    hot: float = 2.0
    warm: float = 1.0
    cold: float = 0.1
    cooler: float = 0.7
    sweeps: float = 20.0
    fine_sweeps: float = 12.0
    slack: float = 1.0
    price: float = 3.0
    squeeze: float = 200.0
    squeeze_sweeps: float = 8.0


# Graphs from fine to coarse, each with the nodes to which those of the finer one went.
Levels = list[tuple[Graph, Short]]

# Sectors divided anew from nothing at once: with more, the result is seldom better.
FEW = 3
# Among few nodes, people out of bounds cost up to this many times more, by chance.
DEAREST = 100.0
# Gathering stops when a step leaves more than this share of the nodes.
_STALLED = 0.93
# People are whole, their shares are not: what lies on the tolerance is within it.
ROUNDING = 1e-9
# The least scale of costs, where borders cost nothing.
_LEAST = 1e-9


@njit(cache=True)
def _gather(graph: Graph, apart: Ints, most: float, coarsest: float, rng: Ints) -> Levels:
    """Gather nodes into clusters again and again: each level's graph, and where its nodes went."""
    levels = [(graph, np.zeros(0, np.int32))]
    while len(graph.people) > coarsest:
        cluster = match(graph, apart, most, rng)
        size = int(cluster.max()) + 1
        if size > _STALLED * len(cluster):
            break
        gathered = np.empty(size, np.int64)
        for node in range(len(cluster)):
            gathered[cluster[node]] = apart[node]
        apart = gathered
        graph = contract(graph, cluster, size)
        levels.append((graph, cluster))
    return levels


@njit(cache=True)
def _refined(
    levels: Levels,
    labels: Short,
    wish: Wish,
    how: Schedule,
    hot: float,
    scale: float,
    rng: Ints,
) -> Short:
    """Anneal at the coarsest level, then at each finer one, cooler from level to level."""
    sweeps = how.sweeps
    unit = 1.0
    price = how.price * scale / wish.mean
    if len(levels) == 1:
        # Few nodes: the lawful plans may lie far from the plans that are cheap at any one price.
        price *= DEAREST ** draw(rng)
    for depth in range(len(levels) - 1, -1, -1):
        graph, cluster = levels[depth]
        unit = max(graph.weights.mean(), _LEAST) if len(graph.weights) else 1.0
        tolerance = wish.tolerance
        if depth:
            tolerance = max(tolerance, how.slack * wish.sectors / len(graph.people))
        borders = find_borders(graph, labels, wish.sectors)
        anneal(
            graph,
            labels,
            borders,
            wish.mean * (1 - tolerance),
            wish.mean * (1 + tolerance),
            price,
            max(hot, how.cold) * unit,
            how.cold * unit,
            sweeps,
            rng,
        )
        if depth:
            labels = labels[cluster]
        hot *= how.cooler
        sweeps = how.fine_sweeps
    anneal(
        levels[0][0],
        labels,
        borders,
        wish.mean * (1 - wish.tolerance),
        wish.mean * (1 + wish.tolerance),
        how.squeeze * scale / wish.mean,
        how.cold * unit,
        how.cold * unit / 10,
        how.squeeze_sweeps,
        rng,
    )
    return labels


@njit(cache=True)
def sector_border(graph: Graph, labels: Short, count: int) -> float:
    """Give the mean cost of a sector's border; not 0, which would put no price on people."""
    cut = cut_weight(graph, labels)
    if cut <= 0:
        cut = max(graph.weights.sum() / 2, _LEAST)
    return float(2 * cut / count)


@njit(cache=True)
def new_plan(graph: Graph, wish: Wish, how: Schedule, scale: float, rng: Ints) -> Short:
    """Make a plan from nothing: gather, divide, refine.

    ``scale``: mean cost of a sector's border; 0 where it is not known yet.
    """
    apart = np.zeros(len(graph.people), np.int64)
    most, coarsest = how.cluster * wish.mean, how.coarsest * wish.sectors
    levels = _gather(graph, apart, most, coarsest, rng)
    top = levels[-1][0]
    labels = np.full(len(top.people), -1, np.int32)
    grow(top, labels, wish.sectors, rng)
    name_by_home(top, labels, wish.sectors)
    if scale <= 0:
        scale = sector_border(top, labels, wish.sectors)
    return _refined(levels, labels, wish, how, how.hot, scale, rng)


@njit(cache=True)
def better_plan(
    graph: Graph, labels: Short, wish: Wish, how: Schedule, scale: float, rng: Ints
) -> Short:
    """Improve a plan by one V-cycle: only what it keeps together is gathered."""
    most, coarsest = how.cluster * wish.mean, how.coarsest * wish.sectors
    levels = _gather(graph, labels.astype(np.int64), most, coarsest, rng)
    for depth in range(1, len(levels)):
        cluster = levels[depth][1]
        coarse = np.empty(len(levels[depth][0].people), np.int32)
        for node in range(len(cluster)):
            coarse[cluster[node]] = labels[node]
        labels = coarse
    return _refined(levels, labels.copy(), wish, how, how.warm, scale, rng)


@njit(cache=True)
def _ways_between(graph: Graph, labels: Short, count: int) -> Ints:
    """Count the ways by which one can pass from sector to sector, in both directions."""
    owner, indices, passable = graph.owner, graph.indices, graph.passable
    ways = np.zeros((count, count), np.int64)
    for way in range(len(indices)):
        ways[labels[owner[way]], labels[indices[way]]] += passable[way]
    return ways


@njit(cache=True)
def _neighbourhood(ways: Ints, start: int, many: int, rng: Ints) -> tuple[Short, int]:
    """Choose neighbouring sectors by chance, each as likely as it has ways to those before it.

    Gives each sector its place in the choice (-1: not chosen), and how many were chosen.
    """
    count = len(ways)
    local = np.full(count, -1, np.int32)
    local[start] = 0
    touch = ways[start].copy()
    made = 1
    while made < many:
        total = 0
        for sector in range(count):
            if local[sector] < 0:
                total += touch[sector]
        left = int(draw(rng) * total)
        chosen = -1
        for sector in range(count):
            if local[sector] >= 0:
                continue
            if touch[sector] > left:
                chosen = sector
                break
            left -= touch[sector]
        if chosen < 0:
            break
        local[chosen] = made
        made += 1
        for sector in range(count):
            touch[sector] += ways[chosen, sector]
    return local, made


@njit(cache=True)
def _relabel(graph: Graph, labels: Short, nodes: Places, after: Short, ways: Ints) -> None:
    """Give nodes other sectors, in place, and keep the count of the ways between sectors true."""
    indptr, indices, passable = graph.indptr, graph.indices, graph.passable
    for spot in range(len(nodes)):
        node, label = nodes[spot], after[spot]
        before = labels[node]
        if label == before:
            continue
        for place in range(indptr[node], indptr[node + 1]):
            if passable[place]:
                other = labels[indices[place]]
                ways[before, other] -= 1
                ways[other, before] -= 1
                ways[label, other] += 1
                ways[other, label] += 1
        labels[node] = label


@njit(cache=True)
def explore(
    graph: Graph,
    labels: Short,
    wish: Wish,
    better: Schedule,
    anew: Schedule,
    scale: float,
    most: int,
    afresh: float,
    heat: float,
    rounds: int,
    rng: Ints,
) -> float:
    """Divide neighbouring sectors anew, some at a time, in place; gives the change of the rating.

    ``most``: sectors at once. ``afresh``: share of rounds that begin from nothing, as ``anew``
    says; the others improve what is there, as ``better`` says. ``heat``: a result dearer by this is
    kept with probability 1/e.
    """
    low = wish.mean * (1 - wish.tolerance) * (1 - ROUNDING)
    high = wish.mean * (1 + wish.tolerance) * (1 + ROUNDING)
    price = better.squeeze * scale / wish.mean
    change = 0.0
    ways = _ways_between(graph, labels, wish.sectors)
    for _ in range(rounds):
        new = draw(rng) < afresh
        many = min(2 + int(draw(rng) * ((FEW if new else most) - 1)), wish.sectors)
        start = labels[int(draw(rng) * len(labels))]
        local, made = _neighbourhood(ways, start, many, rng)
        nodes, part = part_of(graph, labels, local)
        before = np.empty(len(nodes), np.int32)
        for spot in range(len(nodes)):
            before[spot] = local[labels[nodes[spot]]]
        task = Wish(made, wish.mean, wish.tolerance)
        if new:
            after = new_plan(part, task, anew, scale, rng)
        else:
            after = better_plan(part, before, task, better, scale, rng)
        gain = plan_cost(part, before, made, low, high, price) - plan_cost(
            part, after, made, low, high, price
        )
        if gain >= 0 or (heat > 0 and draw(rng) < np.exp(gain / heat)):
            sector = np.empty(made, np.int32)
            for label in range(wish.sectors):
                if local[label] >= 0:
                    sector[local[label]] = label
            _relabel(graph, labels, nodes, sector[after], ways)
            change -= gain
    return change
