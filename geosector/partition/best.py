"""Which of two plans is better: the lawful one, then the cheaper, then the one worth its roundness.

The solver offers every plan it comes by to a `Best`, which keeps the best of them.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geosector.partition import kernels, rounding
from geosector.partition.search import ROUNDING, Wish

Short = NDArray[np.int32]
Floats = NDArray[np.float64]


def deviation(people: Floats, labels: Short, count: int) -> float:
    """Give the greatest |people / mean − 1| of the sectors.

    Examples
    --------
    >>> deviation(np.array([100.0, 100.0, 40.0]), np.array([0, 0, 1]), 2).__round__(3)
    0.667
    """
    load = np.bincount(labels, people, count)
    return float(np.abs(load / (people.sum() / count) - 1).max())


class Roundness(NamedTuple):
    """What rounder sectors are worth.

    ``outline``: of the nodes. ``worth``: hundredths of the cost that a hundredth of mean
    Polsby–Popper may cost, up to ``enough`` of it.
    """

    outline: rounding.Outline
    worth: float
    enough: float


class Rating(NamedTuple):
    """How good a plan is.

    ``missed``: by how much its worst sector misses the tolerance. ``price``: its cost; where
    roundness counts, ln(cost) − what its form is worth. ``cost``: weight of its borders and of who
    leaves home.
    """

    missed: float
    price: float
    cost: float

    @property
    def rank(self) -> tuple[float, float]:
        """A lawful plan comes before any other, then the one of the lowest price."""
        return self.missed, self.price


def rate(graph: kernels.Graph, labels: Short, wish: Wish, roundness: Roundness | None) -> Rating:
    """Rate a plan.

    Examples
    --------
    Three blocks of 100 people in a row; a border costs 5. A third of the people is not a half.

    >>> row = kernels.as_graph(
    ...     [0, 1, 3, 4], [1, 0, 2, 1], np.full(4, 5.0), np.ones(4, bool), np.full(3, 100.0))
    >>> found = rate(row, np.array([0, 1, 1], np.int32), Wish(2, 150.0, 0.3), None)
    >>> found.cost, round(found.missed, 3)
    (5.0, 0.033)
    """
    missed = deviation(graph.people, labels, wish.sectors) - wish.tolerance
    missed = max(missed - ROUNDING, 0.0)
    cost = kernels.plan_cost(graph, labels, wish.sectors, 0.0, np.inf, 0.0)
    rating = Rating(missed, cost, cost)
    return rating if roundness is None else _with_form(rating, graph, labels, wish, roundness)


def _with_form(
    rating: Rating, graph: kernels.Graph, labels: Short, wish: Wish, roundness: Roundness
) -> Rating:
    form = rounding.compactness(roundness.outline, graph.indices, labels, wish.sectors)
    return rating._replace(price=_price(rating.cost, form, roundness))


def _price(cost: float, compactness: float, roundness: Roundness) -> float:
    return math.log(max(cost, ROUNDING)) - roundness.worth * min(compactness, roundness.enough)


class Best:
    """The best plan seen."""

    def __init__(
        self, graph: kernels.Graph, wish: Wish, roundness: Roundness | None = None
    ) -> None:
        self._graph, self._wish, self._roundness = graph, wish, roundness
        self.labels = np.zeros(0, np.int32)
        self.rating = Rating(np.inf, np.inf, np.inf)

    def offer(self, labels: Short) -> bool:
        """Take a plan if it is better."""
        graph, wish, roundness = self._graph, self._wish, self._roundness
        rating = rate(graph, labels, wish, None)
        if roundness is not None:
            # Most plans are so dear that no form would make them better.
            least = _price(rating.cost, roundness.enough, roundness)
            if (rating.missed, least) >= self.rating.rank:
                return False
            rating = _with_form(rating, graph, labels, wish, roundness)
        return self.take(rating, labels)

    def take(self, rating: Rating, labels: Short) -> bool:
        """Take a plan that is rated already, if it is better."""
        if rating.rank >= self.rating.rank:
            return False
        self.rating, self.labels = rating, labels.copy()
        return True
