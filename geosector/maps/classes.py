"""Classes of a choropleth: few, and cut where the values themselves leave gaps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST = 5  # beside the class of nothing: more shades of one colour are not told apart


class Classes(NamedTuple):
    """Values put into classes.

    ``limits`` are the least and the greatest value of each class, classes rising; ``of``, shape
    (n,), is the class of each value, -1 where the value is missing.
    """

    limits: list[tuple[float, float]]
    of: Ints


def classify(values: ArrayLike, most: int = MOST) -> Classes:
    """Put values into natural classes; zero is a class of its own.

    The values above zero are cut so that the squared distances to the mean of their class are
    least (W. D. Fisher, *On grouping for maximum homogeneity*, 1958; in maps known as Jenks
    natural breaks). It is exact: no start is drawn by lot. Missing values have no part in it.

    Parameters
    ----------
    values : array, shape (n,)
        From 0, as they are shown (rounded); NaN where one is missing.
    most : int
        Greatest number of classes above zero.

    Returns
    -------
    Classes

    Examples
    --------
    >>> classify([0, 1, 2, 2, 10, 11, 50, np.nan], most=3)
    Classes(limits=[(0.0, 0.0), (1.0, 2.0), (10.0, 11.0), (50.0, 50.0)], of=array([ 0,  1,  1,  1,  2,  2,  3, -1]))
    >>> classify([np.nan]).limits
    []
    """  # noqa: E501 - as Python writes it
    given = np.asarray(values, float)
    there = np.isfinite(given)
    steps, weights = np.unique(given[there & (given > 0)], return_counts=True)
    starts = _cuts(steps, weights.astype(float), most)
    limits = [(0.0, 0.0)] if (given[there] == 0).any() else []
    limits += [
        (float(steps[first]), float(steps[after - 1]))
        for first, after in zip(starts, [*starts, len(steps)][1:], strict=True)
    ]
    lows = np.array([low for low, _ in limits])
    of = np.searchsorted(lows, given, side="right") - 1
    return Classes(limits, np.where(there, of, -1).astype(np.int64))


def _cuts(steps: Floats, weights: Floats, most: int) -> list[int]:
    """Give where each class starts among rising values, so that the spread within is least."""
    n = len(steps)
    if n <= most:
        return list(range(n))
    middle = steps - np.average(steps, weights=weights)  # so that squares lose no digits
    count, total, square = (
        np.concatenate([[0.0], np.cumsum(weights * middle**power)]) for power in range(3)
    )

    def spread(first: Ints, after: int) -> Floats:
        """Sum the squared distances within values[first:after], for every first."""
        own = total[after] - total[first]
        return np.asarray(square[after] - square[first] - own**2 / (count[after] - count[first]))

    least = np.full((most + 1, n + 1), np.inf)  # of the first values in so many classes
    least[0, 0] = 0.0
    start = np.zeros((most + 1, n + 1), np.int64)
    for classes in range(1, most + 1):
        for after in range(classes, n + 1):
            first = np.arange(classes - 1, after)
            sums = least[classes - 1, first] + spread(first, after)
            best = int(np.argmin(sums))
            least[classes, after], start[classes, after] = sums[best], first[best]
    cuts, after = [], n
    for classes in range(most, 0, -1):
        after = int(start[classes, after])
        cuts.append(after)
    return cuts[::-1]
