"""Gi* of A. Getis and J. K. Ord: the statistic behind hot spots, and its p by shuffling."""

from __future__ import annotations

from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geosector.errors import MissingPackageError
from geosector.language import text
from geosector.measure.hotspots.neighbours import Neighbours

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


def gi_star(values: Floats, near: Neighbours, *, permutations: int, seed: int) -> GiStar:
    """Compute Gi* and its p.

    Parameters
    ----------
    values : array, shape (n,)
        Counts or rates, none missing, not all the same.
    near : Neighbours
        Of n areas.
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

    p shuffles the values over all areas, as the moments of z take them: twice the smaller of the
    shares of shufflings in which the neighbourhood has as much or more, and as little or less, the
    real one counted among them. Ties count for both, so that an area among zeros is no cold spot
    for that alone. Where no shuffling had as much, all of them are counted: so p of a planted hot
    spot is small enough among 20,000 cells, too.

    ``p_sim`` of esda is another p: it leaves the value of the area itself where it is (L. Anselin,
    *Local indicators of spatial association*, Geographical Analysis 27 (1995), 93-115), so that
    only the neighbours speak, and counts ties upwards only. Of 24 areas with 4 planted hot ones it
    found 24 in 100 of these, this p 52; without any, each flagged something in 2 or 3 of 100 towns.

    Examples
    --------
    Six areas in a row, 10 in each of the first two: x̄ = 20/6, s² = 200/6 − x̄² = 22.22. The first
    has W = 2: z = (20 − 2 · 20/6) / √(22.22 · (6 · 2 − 4) / 5) = 13.33 / 5.96 = 2.24. Both
    tens fall on two areas in one of 15 shufflings: p = 2 / 15.

    >>> one = np.array([0, 1, 1, 2, 2, 3, 3, 4, 4, 5])
    >>> other = np.array([1, 0, 2, 1, 3, 2, 4, 3, 5, 4])
    >>> near = Neighbours(6, one, other, np.zeros(6, bool))
    >>> x = np.array([10.0, 10.0, 0.0, 0.0, 0.0, 0.0])
    >>> found = gi_star(x, near, permutations=9999, seed=0)
    >>> found.z.round(2).tolist(), abs(float(found.p[0]) - 2 / 15) < 0.01
    ([2.24, 1.58, 0.0, -1.58, -1.58, -1.12], True)
    """
    z = _esda_z(values, near)
    if permutations:
        p = _shuffled(values, near, permutations, seed)
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


def _shuffled(values: Floats, near: Neighbours, permutations: int, seed: int) -> Floats:
    """Count the shufflings in which a neighbourhood has as much, or as little.

    One shuffling serves all areas: the sum over its first w values stands for each neighbourhood of
    w areas. So it is sorted once for all of that size.
    """
    n = near.areas
    width = np.bincount(near.one, minlength=n) + 1
    seen = values + np.bincount(near.one, weights=values[near.other], minlength=n)
    x = np.sort(values)  # so that the order of the rows decides nothing
    tie = TIE * float(np.abs(x).max())
    more, less = np.zeros((2, n), np.int64)
    widths = np.unique(width).tolist()
    random = np.random.default_rng(seed)
    done = 0
    while done < permutations:
        size = min(permutations - done, max(1, _BLOCK // (n if n <= _FEW else widths[-1])))
        sums = np.cumsum(x[_draw(random, n, widths[-1], size)], axis=1)
        for one in widths:
            same = np.flatnonzero(width == one)
            ordered = np.sort(sums[:, one - 1])
            more[same] += size - np.searchsorted(ordered, seen[same] - tie, "left")
            less[same] += np.searchsorted(ordered, seen[same] + tie, "right")
        done += size
    fewest = np.minimum(more, less)
    p = np.minimum(1.0, 2 * (fewest + 1) / (permutations + 1))
    rare = np.flatnonzero(fewest == 0)
    p[rare] = _refined(x, width[rare], seen[rare], p[rare])
    return np.asarray(p, float)


def _refined(x: Floats, width: Ints, seen: Floats, p: Floats) -> Floats:
    """Count all shufflings, where none of those drawn had as much, or as little.

    Among many areas a p that stops at the number of shufflings could never pass. Counts are whole
    numbers, so the draws of w values that sum up to s can be counted (a generating function); of
    rates, and of so many neighbours that it would be long, p stays as it is.
    """
    made = p.copy()
    if (x != np.rint(x)).any():
        return made
    values, times = np.unique(x.astype(np.int64), return_counts=True)
    shared = int(np.gcd.reduce(values)) or 1
    for one in np.unique(width).tolist():
        most = int(x[-one:].sum()) // shared
        if one > _LONGEST_EXACT or len(values) * one**2 * most > _MOST_STEPS:
            continue
        chances = _draws(values // shared, times, one, most)
        for area in np.flatnonzero(width == one).tolist():
            cut = round(float(seen[area])) // shared
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
