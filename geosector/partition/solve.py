"""Blocks → sectors: the cheapest borders that keep every sector whole and of like population.

Minimises the sum over cut borders of metres × cost(road class), with exactly ``count`` sectors,
each connected over pairs one can pass between, and |people / mean − 1| ≤ tolerance.

Where there are few blocks, the best of all plans is found (`exact`); where there are many, how the
best is looked for stands in `seek`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geosector.errors import ToleranceNotReachedError
from geosector.language import number, percent, text
from geosector.partition import exact, kernels, rounding
from geosector.partition.best import deviation
from geosector.partition.graph import BlockGraph, bound_groups, edge_costs
from geosector.partition.search import ROUNDING, Wish
from geosector.partition.seek import Budget, Search, seek

Short = NDArray[np.int32]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# A block that must have its label costs this many times all borders together elsewhere.
_NAILED = 10.0


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
        labels = seek(contracted, wish, Search(), budget or Budget(), seed, outline)
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
