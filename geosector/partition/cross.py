"""Crossing plans: some neighbouring sectors of one plan are divided as another plan divides them.

Two good plans mostly differ in places that have nothing to do with each other, and each is better
in some of them. A region of some sectors of the other plan is looked for on which both plans have
as many of them; there the other's borders are taken over, mended where the region ends and kept
where that is cheaper. So the best of many plans comes together in one, far sooner than by looking
for the same borders again, and in more sectors at once than could be divided anew with success.
"""

# ruff: noqa: PLR0917 - compiled functions take plain arrays, by place

from __future__ import annotations

import numpy as np
from numba import njit

from geosector.partition.explore import (
    Shape,
    charged,
    neighbourhood,
    put_back,
    take_out,
    view_of,
)
from geosector.partition.kernels import Graph, Ints, Short, draw, grow, name_by_home
from geosector.partition.search import ROUNDING, Schedule, Wish, refined

# A sector whose people are in one of the other plan by more than this share is the same sector.
_SAME = 0.999


@njit(cache=True)
def cross(
    graph: Graph,
    plans: Short,
    which: int,
    ways: Ints,
    wish: Wish,
    how: Schedule,
    shape: Shape,
    scale: float,
    most: int,
    rounds: int,
    rng: Ints,
) -> float:
    """Take over from other plans what is cheaper there, in place; gives the change of the rating.

    ``plans``: of one graph, one by row; ``which`` of them takes over. ``ways``: by plan, what
    `ways_between` says; true afterwards, too. ``how``: how what is taken over is mended. ``most``:
    sectors at once.
    """
    count, labels = wish.sectors, plans[which]
    price = how.squeeze * scale / wish.mean
    change = 0.0
    view = view_of(graph, labels, count, shape)
    graph = charged(graph, shape, view)
    for _ in range(rounds):
        drawn = int(draw(rng) * len(plans))
        other = plans[drawn]
        many = min(2 + int(draw(rng) * (most - 1)), count)
        start = other[int(draw(rng) * len(labels))]
        theirs, made = neighbourhood(ways[drawn], start, many, rng)
        local = _counterpart(graph, labels, other, theirs, made)
        if local.max() < 0:
            continue
        taken = take_out(graph, labels, local, made)
        after = theirs[other[taken.nodes]]
        if not _mend(taken.part, after, made, rng):
            continue
        task = Wish(made, wish.mean, wish.tolerance)
        levels = [(taken.part, np.zeros(0, np.int32))]
        after = refined(levels, after, task, how, how.warm, scale, rng)
        change -= put_back(graph, view, shape, taken, after, wish, price, 0.0, rng)
    ways[which] = view.ways
    return change


@njit(cache=True)
def _counterpart(graph: Graph, labels: Short, other: Short, theirs: Short, made: int) -> Short:
    """Find the sectors most of whose people are in a region of another plan.

    ``theirs``: by sector of the other plan, its place in the region, -1 outside. Gives the same for
    the sectors of this one; -1 everywhere if they are not as many, or are divided alike.
    """
    count = len(theirs)
    total, inside = np.zeros(count), np.zeros((count, made))
    for node in range(len(labels)):
        # Where nobody lives is ground, too.
        people = graph.people[node] + ROUNDING
        total[labels[node]] += people
        place = theirs[other[node]]
        if place >= 0:
            inside[labels[node], place] += people
    local = np.full(count, -1, np.int32)
    found, alike = 0, True
    for sector in range(count):
        if 2 * inside[sector].sum() > total[sector]:
            alike &= inside[sector].max() > _SAME * total[sector]
            local[sector] = found
            found += 1
    if found != made or alike:
        local[:] = -1
    return local


@njit(cache=True)
def _mend(graph: Graph, labels: Short, count: int, rng: Ints) -> bool:
    """Make a plan of one that leaves nodes free (-1) and sectors in pieces, in place.

    Of every sector the largest piece is kept, and what is free then goes to these. Says whether
    every sector has a place, and every node can be reached from one.
    """
    if not _keep_largest_pieces(graph, labels, count):
        return False
    grow(graph, labels, count, rng)
    if labels.min() < 0:
        return False
    name_by_home(graph, labels, count)
    return True


@njit(cache=True)
def _keep_largest_pieces(graph: Graph, labels: Short, count: int) -> bool:
    """Leave of every label its piece with most people, in place: others get -1.

    False if a label has no node.
    """
    size = len(labels)
    piece = np.full(size, -1, np.int32)
    stack = np.empty(size, np.uint32)
    most, largest = np.full(count, -1.0), np.full(count, -1, np.int32)
    pieces = 0
    for first in range(size):
        label = labels[first]
        if label < 0 or piece[first] >= 0:
            continue
        piece[first], stack[0], left, people = pieces, first, 1, 0.0
        while left:
            left -= 1
            node = stack[left]
            people += graph.people[node]
            for place in range(graph.indptr[node], graph.indptr[node + 1]):
                other = graph.indices[place]
                if graph.passable[place] and labels[other] == label and piece[other] < 0:
                    piece[other] = pieces
                    stack[left] = other
                    left += 1
        if people > most[label]:
            most[label], largest[label] = people, pieces
        pieces += 1
    for node in range(size):
        if labels[node] >= 0 and piece[node] != largest[labels[node]]:
            labels[node] = -1
    return bool(largest.min() >= 0)
