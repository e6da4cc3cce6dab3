"""Gi* of A. Getis and J. K. Ord: the statistic behind hot spots, and its p by shuffling."""

from __future__ import annotations

from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geosector.errors import MissingPackageError
from geosector.language import text
from geosector.measure.neighbours import Neighbours

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

TIE = 1e-9  # of the largest value: sums this near to each other are equal
_BLOCK = 2_000_000  # numbers held at once
_LONGEST_EXACT, _MOST_STEPS = 40, 20_000_000  # neighbours and steps to which p is made exact
_FEW = 256  # areas: so many are shuffled whole faster than drawn one by one


class GiStar(NamedTuple):
    """Of each area, shape (n,): how far its neighbourhood stands out, and p, two-sided."""

    z: Floats
    p: Floats


def gi_star(
    values: Floats, near: Neighbours, *, ranks: Ints, permutations: int, seed: int
) -> GiStar:
    """Compute Gi* and its p.

    Parameters
    ----------
    values : array, shape (n,)
        Counts or rates, none missing, not all the same.
    near : Neighbours
        Of n areas.
    ranks : array of int, shape (n,)
        An order of the areas that does not depend on that of the rows.
    permutations : int
        How often values are shuffled; 0 takes p from z, as if it were normal.
    seed : int

    Returns
    -------
    GiStar
        z is NaN where all others are neighbours; p there and where nobody is.

    Raises
    ------
    MissingPackageError
        Where esda is not installed.

    Notes
    -----
    With values x of n areas, mean x̄, s² = Σx²/n − x̄², and W areas in the neighbourhood of one,
    itself included: z = (Σx − W x̄) / (s √((n W − W²) / (n − 1))), Σx being the sum over that
    neighbourhood. A. Getis and J. K. Ord, *The analysis of spatial association by use of distance
    statistics*, Geographical Analysis 24 (1992), 189-206; J. K. Ord and A. Getis, *Local spatial
    autocorrelation statistics: distributional issues and an application*, Geographical Analysis 27
    (1995), 286-306. esda computes z.

    p leaves the value of an area where it is and shuffles all others (L. Anselin, *Local indicators
    of spatial association*, Geographical Analysis 27 (1995), 93-115): twice the smaller of the
    shares of shufflings with as much or more, and with as little or less, the real one counted
    among them. Ties count for both, so that an area among zeros is no cold spot for that alone;
    ``p_sim`` of esda counts them only upwards. Where no shuffling had as much, all of them are
    counted: so p of a planted hot spot is small enough among 20,000 cells, too.

    Examples
    --------
    Six areas in a row, 10 in each of the first two: x̄ = 20/6, s² = 200/6 − x̄² = 22.22. The first
    has W = 2: z = (20 − 2 · 20/6) / √(22.22 · (6 · 2 − 4) / 5) = 13.33 / 5.96 = 2.24. Its neighbour
    has 10, as one in five shufflings give it: p = 2 · 0.2.

    >>> one = np.array([0, 1, 1, 2, 2, 3, 3, 4, 4, 5])
    >>> other = np.array([1, 0, 2, 1, 3, 2, 4, 3, 5, 4])
    >>> near = Neighbours(6, one, other, np.zeros(6, bool))
    >>> x = np.array([10.0, 10.0, 0.0, 0.0, 0.0, 0.0])
    >>> found = gi_star(x, near, ranks=np.arange(6), permutations=9999, seed=0)
    >>> found.z.round(2).tolist(), found.p[0].round(1)
    ([2.24, 1.58, 0.0, -1.58, -1.58, -1.12], np.float64(0.4))
    """
    z = _esda_z(values, near)
    if permutations:
        p = _shuffled(values, near, ranks, permutations, seed)
    else:
        from scipy.stats import norm

        p = np.asarray(2 * norm.sf(np.abs(z)), float)
    return GiStar(z, np.where(near.alone | np.isnan(z), np.nan, p))


def _esda_z(values: Floats, near: Neighbours) -> Floats:
    """Let esda compute z of Gi*; NaN for an area of which all others are neighbours."""
    try:
        from esda.getisord import G_Local
        from libpysal.graph import Graph
    except ImportError as error:
        raise MissingPackageError(
            text("Hot spots are computed by the package esda. Install it: pip install {extra}.",
                 extra="geosector[hotspots]")
        ) from error  # fmt: skip
    own = np.arange(near.areas)
    focal, other = np.concatenate([near.one, own]), np.concatenate([near.other, own])
    order = np.lexsort((other, focal))
    graph = Graph.from_arrays(focal[order], other[order], np.ones(len(order)))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = G_Local(values, graph, transform="B", star=True, permutations=0).Zs
    return np.where(np.isfinite(z), z, np.nan)


def _shuffled(
    values: Floats, near: Neighbours, ranks: Ints, permutations: int, seed: int
) -> Floats:
    """Count the shufflings in which the neighbours of an area have as much, or as little.

    One shuffling serves all areas: of an area with d neighbours, the first d others in it stand for
    them. So the sum over the first d is sorted once for all areas with as many neighbours, and only
    the areas that stand among the first d themselves are set right one by one.
    """
    n = near.areas
    degree = np.bincount(near.one, minlength=n)
    order = np.lexsort((ranks, degree, values))  # so that the order of the rows decides nothing
    around = np.bincount(near.one, weights=values[near.other], minlength=n)
    seen = np.asarray(around, float)[order]
    x, degree = values[order], degree[order]
    tie = TIE * float(np.abs(x).max())
    low, high = seen - tie, seen + tie
    more, less = np.zeros((2, n), np.int64)
    longest = min(n, int(degree.max()) + 1)
    random = np.random.default_rng(seed)
    done = 0
    while done < permutations:
        size = min(permutations - done, max(1, _BLOCK // (n if n <= _FEW else longest)))
        drawn = _draw(random, n, longest, size)
        sums = np.cumsum(x[drawn], axis=1)
        for length in np.unique(degree[degree > 0]).tolist():
            same = np.flatnonzero(degree == length)
            ordered = np.sort(sums[:, length - 1])
            more[same] += size - np.searchsorted(ordered, low[same], "left")
            less[same] += np.searchsorted(ordered, high[same], "right")
        row, column = np.nonzero(np.arange(longest) < degree[drawn])
        area = drawn[row, column]
        with_it = sums[row, degree[area] - 1]
        without = sums[row, degree[area]] - x[area]
        more += np.bincount(area[without >= low[area]], minlength=n)
        more -= np.bincount(area[with_it >= low[area]], minlength=n)
        less += np.bincount(area[without <= high[area]], minlength=n)
        less -= np.bincount(area[with_it <= high[area]], minlength=n)
        done += size
    p = np.empty(n)
    fewest = np.minimum(more, less)
    p[order] = np.minimum(1.0, 2 * (fewest + 1) / (permutations + 1))
    rare = np.flatnonzero((fewest == 0) & (degree > 0))
    p[order[rare]] = _refined(x, degree, seen, rare, p[order[rare]])
    return p


def _refined(x: Floats, degree: Ints, seen: Floats, rare: Ints, p: Floats) -> Floats:
    """Count all shufflings, where none of those drawn had as much, or as little.

    Among many areas a p that stops at the number of shufflings could never pass. Counts are whole
    numbers, so the draws of d others that sum up to s can be counted (a generating function); of
    rates, and of so many neighbours that it would be long, p stays as it is.
    """
    made = p.copy()
    if (x != np.rint(x)).any():
        return made
    values, times = np.unique(x.astype(np.int64), return_counts=True)
    shared = int(np.gcd.reduce(values)) or 1
    pairs, pair = np.unique(np.column_stack([degree, x])[rare], axis=0, return_inverse=True)
    for at, (length, own) in enumerate(pairs.astype(np.int64).tolist()):
        others = times - (values == own)
        most = np.repeat(values, np.minimum(others, length))[-length:].sum() // shared
        if length > _LONGEST_EXACT or len(values) * length**2 * most > _MOST_STEPS:
            continue
        chances = _draws(values // shared, others, length, int(most))
        for area in np.flatnonzero(pair.ravel() == at).tolist():
            cut = round(float(seen[rare[area]]) / shared)
            made[area] = min(1.0, 2 * min(chances[cut:].sum(), chances[: cut + 1].sum()))
    return made


def _draws(values: Ints, times: Ints, length: int, most: int) -> Floats:
    """Give the chance of each sum of so many values, drawn without putting back."""
    ways = np.zeros((length + 1, most + 1))
    ways[0, 0] = 1.0
    for value, stock in zip(values.tolist(), times.tolist(), strict=True):
        for drawn in range(length, 0, -1):
            for taken in range(1, min(stock, drawn) + 1):
                further = taken * value
                if further <= most:
                    ways[drawn, further:] += (
                        comb(stock, taken) * ways[drawn - taken, : most + 1 - further]
                    )
    return np.asarray(ways[length] / ways[length].sum(), float)


def _draw(random: np.random.Generator, n: int, longest: int, size: int) -> Ints:
    """Draw the first few of n areas in shuffled order, so many times over."""
    if n <= _FEW:
        return random.permuted(np.tile(np.arange(n), (size, 1)), axis=1)[:, :longest]
    return np.array([random.choice(n, longest, replace=False) for _ in range(size)])
