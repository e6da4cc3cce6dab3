"""The order in which sectors are numbered: a walk from neighbour to neighbour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geosector.partition import kernels

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# A step between sectors that share no border is dearer than any walk through the city.
JUMP_M = 1e7

# How often a walk with a jump is broken up and mended. On 300 random street-like graphs of 8 to 80
# places, every one of which a thorough search found a walk without a jump got one.
_ROUNDS, _WORK = 400, 16_000
_LEAST_TO_BREAK = 5


def walk_order(x: Floats, y: Floats, apart: NDArray[np.bool_]) -> Ints:
    """Order places so that the walk through all of them goes from neighbour to neighbour.

    A short walk is found by exchanges (2-opt and or-opt). While it jumps, it is cut at three
    places, its two middle pieces change their order, and it is shortened again; what is no worse
    is kept (iterated local search: H. Lourenço, O. Martin and T. Stützle, *Iterated Local Search*,
    2003). The cuts are the same every time.

    Parameters
    ----------
    x, y : array of float, shape (n,)
        Places, in metres.
    apart : array of bool, shape (n, n)
        Which two places are no neighbours; symmetric.

    Returns
    -------
    array of int, shape (n,)
        The places in order of the walk, which begins at its north-western end. It depends on
        the places only, not on the order in which they are given.

    Examples
    --------
    Three places in a row from east to west; then two that are no neighbours; then none:

    >>> row = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]], bool)
    >>> walk_order(np.array([200.0, 100.0, 0.0]), np.zeros(3), row).tolist()
    [2, 1, 0]
    >>> walk_order(np.array([0.0, 9.0]), np.zeros(2), np.ones((2, 2), bool)).tolist()
    [0, 1]
    >>> walk_order(np.zeros(0), np.zeros(0), np.zeros((0, 0), bool)).tolist()
    []
    """
    if len(x) == 0:
        return np.zeros(0, np.int64)
    by_place = np.lexsort((x, -np.round(y)))
    x, y, apart = x[by_place], y[by_place], apart[np.ix_(by_place, by_place)]
    steps = np.hypot(x[:, None] - x, y[:, None] - y) + JUMP_M * apart
    path = _without_jumps(kernels.shortest_walk(steps, np.arange(len(x))), steps)
    if (x[path[-1]] - y[path[-1]]) < (x[path[0]] - y[path[0]]):
        path = path[::-1]
    return np.asarray(by_place[path], np.int64)


def _without_jumps(path: Ints, steps: Floats) -> Ints:
    """Break up and mend a walk until it has no jump, or for a fixed number of rounds."""
    size = len(path)
    if size < _LEAST_TO_BREAK:
        return path
    best, length = path, _length(path, steps)
    chance = np.random.default_rng(0)
    for _ in range(min(_ROUNDS, _WORK // size)):
        if length < JUMP_M:
            break
        one, two, three = np.sort(chance.choice(np.arange(1, size), 3, replace=False))
        broken = np.concatenate([best[:one], best[two:three], best[one:two], best[three:]])
        mended = kernels.shortest_walk(steps, broken)
        reached = _length(mended, steps)
        if reached // JUMP_M <= length // JUMP_M:
            best, length = mended, reached
    return best


def _length(path: Ints, steps: Floats) -> float:
    return float(steps[path[:-1], path[1:]].sum())
