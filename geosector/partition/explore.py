"""Dividing some neighbouring sectors of a plan anew: the step of which every search is made.

A few neighbouring sectors are taken out (`take_out`), divided in some way, and put back where that
is cheaper, or, while the search is warm, not much dearer (`put_back`). Because each attempt is
judged on its own ground, what is gained in one part of the city is never paid for by chance in
another. `explore` divides them through ever coarser graphs; `cross` as other plans do.
"""

# ruff: noqa: PLR0917 - compiled functions take plain arrays, by place

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from geosector.partition.kernels import (
    Floats,
    Graph,
    Ints,
    Places,
    Short,
    draw,
    part_of,
    plan_cost,
)
from geosector.partition.rounding import NO_METRES
from geosector.partition.search import ROUNDING, Schedule, Wish, better_plan, new_plan

# Sectors divided anew from nothing at once: with more, the result is seldom better.
_FEW = 3


class Shape(NamedTuple):
    """What rounder sectors are worth while parts of a plan are divided anew.

    ``area``, ``edge``: by node, ``metres``: by way, see `rounding.Outline`. ``paid``: what a mean
    Polsby–Popper higher by 1 may cost, up to ``enough`` of it. ``pull``: share of this that a metre
    of border is charged with, as its sectors have it on average, where parts are divided: the
    result is judged without. Of no size where the form does not count.
    """

    area: Floats
    edge: Floats
    metres: Floats
    paid: float
    enough: float
    pull: float


NO_SHAPE = Shape(np.zeros(0), np.zeros(0), np.zeros(0), 0.0, 0.0, 0.0)


class View(NamedTuple):
    """What is known of a plan while parts of it are divided anew.

    ``labels``: sector of each node. ``ways``: by pair of sectors, the ways by which one can pass
    from one to the other. ``area``, ``around``: of each sector, m² and metres of perimeter; of no
    size where the form does not count. ``charge``: what each metre of border costs more where parts
    are divided.
    """

    labels: Short
    ways: Ints
    area: Floats
    around: Floats
    charge: float


class Taken(NamedTuple):
    """Neighbouring sectors taken out of a plan.

    ``sectors``: which. ``nodes``: theirs, in the whole graph. ``part``: the graph of these.
    ``before``: of each, the place of its sector in ``sectors``.
    """

    sectors: Short
    nodes: Places
    part: Graph
    before: Short


@njit(cache=True)
def ways_between(graph: Graph, labels: Short, count: int) -> Ints:
    """Count the ways by which one can pass from sector to sector, in both directions."""
    owner, indices, passable = graph.owner, graph.indices, graph.passable
    ways = np.zeros((count, count), np.int64)
    for way in range(len(indices)):
        ways[labels[owner[way]], labels[indices[way]]] += passable[way]
    return ways


@njit(cache=True)
def neighbourhood(ways: Ints, start: int, many: int, rng: Ints) -> tuple[Short, int]:
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
def view_of(graph: Graph, labels: Short, count: int, shape: Shape) -> View:
    """Find what has to be known of a plan; `put_back` keeps it true, and changes the labels."""
    formed = count if len(shape.area) else 0
    area, around, charge = np.zeros(formed), np.full(formed, NO_METRES), 0.0
    if formed:
        _measure(graph, labels, np.arange(len(labels)).astype(np.uint32), shape, area, around)
        # A metre is on two perimeters; what it takes from the mean: see `rounding.compactness`.
        slope = (8 * np.pi * area / around**3).mean() / count
        charge = 2 * shape.pull * shape.paid * slope
    return View(labels, ways_between(graph, labels, count), area, around, charge)


@njit(cache=True)
def charged(graph: Graph, shape: Shape, view: View) -> Graph:
    """Give the graph whose borders cost what parts are divided by."""
    weights = graph.weights
    if view.charge:
        weights = weights + view.charge * shape.metres
    return Graph(
        graph.indptr,
        graph.indices,
        graph.owner,
        graph.twin,
        weights,
        graph.passable,
        graph.people,
        graph.home,
        graph.stay,
    )


@njit(cache=True)
def _measure(
    graph: Graph, labels: Short, nodes: Places, shape: Shape, area: Floats, around: Floats
) -> None:
    """Add the nodes of whole sectors to the area and the perimeter of these, in place."""
    indptr, indices, metres = graph.indptr, graph.indices, shape.metres
    for node in nodes:
        label = labels[node]
        area[label] += shape.area[node]
        around[label] += shape.edge[node]
        for place in range(indptr[node], indptr[node + 1]):
            if labels[indices[place]] != label:
                around[label] += metres[place]


@njit(cache=True)
def take_out(graph: Graph, labels: Short, local: Short, made: int) -> Taken:
    """Take out the sectors that have a place in ``local``; the others have -1 there."""
    sectors = np.empty(made, np.int32)
    for sector in range(len(local)):
        if local[sector] >= 0:
            sectors[local[sector]] = sector
    nodes, part = part_of(graph, labels, local)
    before = np.empty(len(nodes), np.int32)
    for spot in range(len(nodes)):
        before[spot] = local[labels[nodes[spot]]]
    return Taken(sectors, nodes, part, before)


@njit(cache=True)
def put_back(
    graph: Graph,
    view: View,
    shape: Shape,
    taken: Taken,
    after: Short,
    wish: Wish,
    price: float,
    heat: float,
    rng: Ints,
) -> float:
    """Put sectors back, divided as ``after`` says where that is worth it; gives what is gained.

    ``price``: cost of a person out of bounds. ``heat``: a result dearer by this is kept with
    probability 1/e.
    """
    low = wish.mean * (1 - wish.tolerance) * (1 - ROUNDING)
    high = wish.mean * (1 + wish.tolerance) * (1 + ROUNDING)
    sectors, part, area, around = taken.sectors, taken.part, view.area, view.around
    gain = plan_cost(part, taken.before, len(sectors), low, high, price)
    gain -= plan_cost(part, after, len(sectors), low, high, price)
    area_after, around_after = area.copy(), around.copy()
    if len(area):
        _measure_after(graph, view, shape, taken, after, area_after, around_after)
        # Every metre within the part is on two perimeters, and was charged for once.
        gain -= view.charge * (around.sum() - around_after.sum()) / 2
        rounder = min(_form(area_after, around_after), shape.enough)
        gain += shape.paid * (rounder - min(_form(area, around), shape.enough))
    if gain < 0 and not (heat > 0 and draw(rng) < np.exp(gain / heat)):
        return 0.0
    _relabel(graph, view.labels, taken.nodes, sectors[after], view.ways)
    area[:], around[:] = area_after, around_after
    return gain


@njit(cache=True)
def _form(area: Floats, around: Floats) -> float:
    """Give the mean Polsby–Popper of sectors."""
    return float((4 * np.pi * area / around**2).mean())


@njit(cache=True)
def _measure_after(
    graph: Graph,
    view: View,
    shape: Shape,
    taken: Taken,
    after: Short,
    area: Floats,
    around: Floats,
) -> None:
    """Write the area and the perimeter that sectors taken out would have, in place."""
    labels, sectors, nodes = view.labels, taken.sectors, taken.nodes
    for sector in sectors:
        area[sector], around[sector] = 0.0, NO_METRES
    for spot in range(len(nodes)):
        labels[nodes[spot]] = sectors[after[spot]]
    _measure(graph, labels, nodes, shape, area, around)
    for spot in range(len(nodes)):
        labels[nodes[spot]] = sectors[taken.before[spot]]


@njit(cache=True)
def explore(
    graph: Graph,
    labels: Short,
    wish: Wish,
    better: Schedule,
    anew: Schedule,
    shape: Shape,
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
    price = better.squeeze * scale / wish.mean
    change = 0.0
    view = view_of(graph, labels, wish.sectors, shape)
    graph = charged(graph, shape, view)
    for _ in range(rounds):
        new = draw(rng) < afresh
        many = min(2 + int(draw(rng) * ((_FEW if new else most) - 1)), wish.sectors)
        start = labels[int(draw(rng) * len(labels))]
        local, made = neighbourhood(view.ways, start, many, rng)
        taken = take_out(graph, labels, local, made)
        task = Wish(made, wish.mean, wish.tolerance)
        if new:
            after = new_plan(taken.part, task, anew, scale, rng)
        else:
            after = better_plan(taken.part, taken.before, task, better, scale, rng)
        change -= put_back(graph, view, shape, taken, after, wish, price, heat, rng)
    return change
