"""The loops over every corner of a basemap, compiled once per installation by numba."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

_CORNERS = 3  # of the least area


@njit(cache=True)
def varint_bytes(values: Ints) -> Bytes:
    """Write whole numbers as zigzag LEB128 (`geosector.maps.encoding.varints`).

    Examples
    --------
    >>> varint_bytes(np.array([0, -1, 300])).tolist()
    [0, 1, 216, 4]
    """
    size = 0
    for value in values:
        rest = np.uint64((value << 1) ^ (value >> 63))
        size += 1
        while rest >= np.uint64(128):
            rest >>= np.uint64(7)
            size += 1
    out = np.empty(size, np.uint8)
    at = 0
    for value in values:
        rest = np.uint64((value << 1) ^ (value >> 63))
        while rest >= np.uint64(128):
            out[at] = np.uint8((rest & np.uint64(127)) | np.uint64(128))
            rest >>= np.uint64(7)
            at += 1
        out[at] = np.uint8(rest)
        at += 1
    return out


@njit(cache=True)
def digits_of_words(words: NDArray[np.uint32], digits: Bytes) -> Bytes:
    """Write each word as five digits, the highest first.

    Examples
    --------
    >>> digits_of_words(np.array([12345], np.uint32), np.arange(85, dtype=np.uint8)).tolist()
    [0, 0, 1, 60, 20]
    """
    base = np.uint32(len(digits))
    out = np.empty(5 * len(words), np.uint8)
    for at in range(len(words)):
        rest = words[at]
        for place in range(5 * at + 4, 5 * at - 1, -1):
            higher = rest // base
            out[place] = digits[rest - higher * base]
            rest = higher
    return out


@njit(cache=True)
def steps_by_place(whole: Ints, sizes: Ints, rings: bool) -> Ints:  # noqa: FBT001 - compiled
    """Give the steps of shapes as `geosector.maps.encoding.pack_shapes` writes them.

    Examples
    --------
    >>> line = np.array([[0, 0], [5, 1], [10, 2]])
    >>> steps_by_place(line, np.array([3]), False).tolist()
    [5, 1, 0, 0]
    """
    most = 0
    for size in sizes:
        most = max(most, size)
    # Where the next step to the second points is written, to the third ones, …
    free = np.zeros(most + 1, np.int64)
    for size in sizes:
        free[size] += 1
    longer = 0
    for place in range(most, 0, -1):
        has = free[place]
        free[place] = longer  # how many shapes have a point at this place, counted from 0
        longer += has
    start = 0
    for place in range(1, most + 1):
        longer = free[place]
        free[place] = start
        start += longer
    out = np.empty(2 * start, np.int64)
    first = 0
    for size in sizes:
        for place in range(1, size):
            at = first + place
            for axis in range(2):
                step = whole[at, axis] - whole[at - 1, axis]
                if rings and place > _CORNERS - 1:
                    step += whole[at - 2, axis] - whole[at - 3, axis]
                elif not rings and place > 1:
                    step -= whole[at - 1, axis] - whole[at - 2, axis]
                out[2 * free[place] + axis] = step
            free[place] += 1
        first += size
    return out


@njit(cache=True)
def turn_rings(coordinates: Floats, sizes: Ints, holes: Flags, unit: float) -> Any:  # noqa: ANN401
    """Round closed rings and turn them (`geosector.maps.ground.basemap`).

    Parameters
    ----------
    coordinates : array, shape (points, 2)
        Degrees; the last point of each ring is its first again.
    sizes : array of int64, shape (rings,)
        Points of each ring.
    holes : array of bool, shape (rings,)
    unit : float
        Degrees.

    Returns
    -------
    tuple = (coordinates in units, points of each ring that is left, whether it is a hole)

    Examples
    --------
    >>> square = np.array([[0.0, 2.0], [2.0, 2.0], [2.0, 0.0], [0.0, 0.0], [0.0, 2.0]])
    >>> turned, sizes, _ = turn_rings(square, np.array([5]), np.array([False]), 1.0)
    >>> turned.tolist(), sizes.tolist()
    ([[0, 0], [2, 0], [2, 2], [0, 2]], [4])
    """
    whole = np.empty((len(coordinates), 2), np.int64)
    corners = np.empty((len(coordinates), 2), np.int64)  # of one ring
    left = np.empty(len(sizes), np.int64)
    kinds = np.empty(len(sizes), np.bool_)
    rings, end, first = 0, 0, 0
    for ring in range(len(sizes)):
        count = 0
        for at in range(first, first + sizes[ring]):
            east = np.int64(np.rint(coordinates[at, 0] / unit))
            north = np.int64(np.rint(coordinates[at, 1] / unit))
            if count and east == corners[count - 1, 0] and north == corners[count - 1, 1]:
                continue
            corners[count] = east, north
            count += 1
        first += sizes[ring]
        while count > 1 and (corners[count - 1] == corners[0]).all():
            count -= 1
        twice_area = np.int64(0)
        lowest = 0
        for at in range(count):
            after = (at + 1) % count
            east, north = corners[at] - corners[0]
            next_east, next_north = corners[after] - corners[0]
            twice_area += east * next_north - next_east * north
            south = corners[at, 1] - corners[lowest, 1]
            if south < 0 or (south == 0 and corners[at, 0] < corners[lowest, 0]):
                lowest = at
        if count < _CORNERS or twice_area == 0:
            continue
        way = -1 if (twice_area < 0) != holes[ring] else 1
        for at in range(count):
            whole[end] = corners[(lowest + way * at) % count]
            end += 1
        left[rings] = count
        kinds[rings] = holes[ring]
        rings += 1
    return whole[:end].copy(), left[:rings].copy(), kinds[:rings].copy()


@njit(cache=True)
def _meetings(start: Ints, end: Ints) -> Any:  # noqa: ANN401 - a tuple of arrays
    """Count the ends that meet at each place; give the first line of them and the last."""
    places = 0
    for line in range(len(start)):
        places = max(places, start[line] + 1, end[line] + 1)
    meeting = np.zeros(places, np.int64)
    first, second = np.empty(places, np.int64), np.empty(places, np.int64)
    for line in range(len(start)):
        for place in (start[line], end[line]):
            if meeting[place] == 0:
                first[place] = line
            second[place] = line
            meeting[place] += 1
    return meeting, first, second


@njit(cache=True)
def chain_lines(start: Ints, end: Ints) -> Any:  # noqa: ANN401 - a tuple of arrays
    """Chain lines where exactly two ends meet.

    Parameters
    ----------
    start, end : array of int64, shape (lines,)
        The places at which each line begins and ends, numbered from 0.

    Returns
    -------
    tuple = (lines one after another, whether each is turned round, the chain of each)
        A chain goes the way of the first of its lines.

    Examples
    --------
    Of three lines the first ends where the third does, turned round; the second stands alone.

    >>> lines, turned, chain = chain_lines(np.array([0, 5, 2]), np.array([1, 6, 1]))
    >>> lines.tolist(), turned.tolist(), chain.tolist()
    ([0, 2, 1], [False, True, False], [0, 0, 1])
    """
    count = len(start)
    meeting, first, second = _meetings(start, end)
    lines, turned = np.empty(count, np.int64), np.empty(count, np.bool_)
    chain, done = np.empty(count, np.int64), np.zeros(count, np.bool_)
    chains, at = 0, 0
    for given in range(count):
        if done[given]:
            continue
        # Back to where the chain begins, or once round.
        line, place = given, start[given]
        while meeting[place] == 2:  # noqa: PLR2004 - of one line and of another
            other = first[place] if second[place] == line else second[place]
            if other in (line, given):
                break
            line, place = other, end[other] if start[other] == place else start[other]
        backward = line != given and start[line] != place
        while not done[line]:
            done[line] = True
            lines[at], turned[at], chain[at] = line, backward, chains
            at += 1
            place = start[line] if backward else end[line]
            if meeting[place] != 2:  # noqa: PLR2004
                break
            line = first[place] if second[place] == line else second[place]
            backward = start[line] != place
        chains += 1
    return lines, turned, chain


@njit(cache=True)
def needed_points(whole: Ints, sizes: Ints, tolerance: float) -> Flags:
    """Find the points that lines need so that none left out is farther from them than a tolerance.

    The way of U. Ramer (1972) and of D. Douglas and T. Peucker (1973).

    Examples
    --------
    >>> line = np.array([[0, 0], [5, 1], [10, 0], [10, 9]])
    >>> needed_points(line, np.array([4]), 1.0).tolist()
    [True, False, True, True]
    """
    needed = np.zeros(len(whole), np.bool_)
    todo = np.empty((len(whole) + 1, 2), np.int64)
    first = 0
    for size in sizes:
        needed[first] = needed[first + size - 1] = True
        todo[0] = first, first + size - 1
        waiting = 1
        while waiting:
            waiting -= 1
            a, b = todo[waiting]
            across, up = whole[b] - whole[a]
            length = across * across + up * up
            worst, middle = tolerance * tolerance, -1
            for at in range(a + 1, b):
                east, north = whole[at] - whole[a]
                along = 0.0
                if length:
                    along = min(max((east * across + north * up) / length, 0.0), 1.0)
                away = (east - along * across) ** 2 + (north - along * up) ** 2
                if away > worst:
                    worst, middle = away, at
            if middle >= 0:
                needed[middle] = True
                todo[waiting] = a, middle
                todo[waiting + 1] = middle, b
                waiting += 2
        first += size
    return needed
