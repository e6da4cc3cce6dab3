"""How plans are made: through coarser graphs.

Nodes are gathered into ever larger clusters along the borders that are dearest to cut, the clusters
are divided (`new_plan`) or keep the sectors they have (`better_plan`), and the plan is improved at
every size on the way back.
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
    Short,
    contract,
    cut_weight,
    draw,
    grow,
    match,
    name_by_home,
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
def refined(
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
    return refined(levels, labels, wish, how, how.hot, scale, rng)


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
    return refined(levels, labels.copy(), wish, how, how.warm, scale, rng)
