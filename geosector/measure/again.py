"""The nearest place of every node again and again: the same streets, other closures.

Most nodes of a street map lie between two junctions, with no choice of way. They are lined up once;
then each search goes over junctions and places alone, and what lies between follows from sums. It
tells which place is nearest and how long it takes; `nearest_facilities` tells the whole way for the
plan that is chosen. `scipy.sparse.csgraph` does the searches.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geosector.measure.network import Network

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Lined(NamedTuple):
    """Streets of a network lined up between junctions.

    ``node``: the nodes of all lines, one line after the other; the junctions stand at both ends of
    a line. ``last``: whether a position is the last of its line. ``stretch`` and ``along`` of each
    step from one position to the next of a line: which stretch it is, and whether it goes from its
    start to its end. ``open_end``: of each node, whether only one stretch ends there. ``count``
    nodes.
    """

    node: Ints
    last: Flags
    stretch: Ints
    along: Flags
    open_end: Flags
    count: int


def line_up(network: Network) -> Lined:
    """Line the streets of a network up between its junctions.

    Parameters
    ----------
    network : Network

    Returns
    -------
    Lined

    Examples
    --------
    >>> import geopandas as gpd
    >>> import shapely
    >>> from geosector.measure.network import build_network
    >>> lines = [shapely.LineString([(x, 0), (x + 50, 0)]) for x in (0, 50)]
    >>> network = build_network(gpd.GeoDataFrame(geometry=lines, crs=32637)).network
    >>> line_up(network).node.tolist()
    [0, 1, 2]
    """
    count, stretches = len(network.xy), len(network.length_m)
    ends = np.concatenate([network.start, network.end])
    degree = np.bincount(ends, minlength=count)
    order = np.argsort(ends, kind="stable")
    first = np.searchsorted(ends[order], np.arange(count + 1)).tolist()
    beside = (order % max(stretches, 1)).tolist()
    start, end = network.start.tolist(), network.end.tolist()
    passing = (degree == 2).tolist()  # noqa: PLR2004 - a way in and a way out
    used = [False] * stretches
    node: list[int] = []
    last: list[bool] = []
    stretch: list[int] = []
    # From junctions first; what is left are rings without any.
    for begin in [*np.flatnonzero(degree != 2).tolist(), *range(count)]:  # noqa: PLR2004
        for taken in beside[first[begin] : first[begin + 1]]:
            if used[taken]:
                continue
            here, step = begin, taken
            while True:
                used[step] = True
                node.append(here)
                last.append(False)
                stretch.append(step)
                here = end[step] if start[step] == here else start[step]
                onward = [
                    one for one in beside[first[here] : first[here + 1]] if not used[one]
                ] if passing[here] else []  # fmt: skip
                if here == begin or not onward:
                    break
                step = onward[0]
            node.append(here)
            last.append(True)
    nodes, lasts = np.array(node, np.int64), np.array(last, bool)
    steps = np.array(stretch, np.int64)
    along = network.start[steps] == nodes[~lasts] if len(steps) else np.zeros(0, bool)
    return Lined(nodes, lasts, steps, along, degree == 1, count)


def nearest_again(
    lined: Lined, onward: Floats, back: Floats, places: Ints
) -> tuple[Ints, Floats]:
    """Find the nearest of some places for every node.

    Parameters
    ----------
    lined : Lined
        Once for a network.
    onward, back : array of float, shape (stretches,)
        Seconds, as in `Travel`: infinite where one cannot pass.
    places : array of int
        Nodes.

    Returns
    -------
    tuple = (which, seconds), each of shape (nodes,)
        The position among the places, of several at one node the first, -1 where none is reached;
        seconds from the node to it, infinite there.

    Notes
    -----
    The same answer as `find_nearest`, up to the rounding of sums: one search (Dijkstra 1959) from
    all places at once over the junctions; a node between two of them takes the better of the two.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import shapely
    >>> from geosector.measure.network import build_network
    >>> lines = [shapely.LineString([(x, 0), (x + 50, 0)]) for x in (0, 50)]
    >>> network = build_network(gpd.GeoDataFrame(geometry=lines, crs=32637)).network
    >>> lined = line_up(network)
    >>> seconds = np.array([40.0, 50.0])
    >>> which, taken = nearest_again(lined, seconds, seconds, np.array([2]))
    >>> which.tolist(), taken.tolist()
    ([0, 0, 0], [90.0, 50.0, 0.0])
    >>> shut = np.array([40.0, np.inf])
    >>> nearest_again(lined, shut, shut, np.array([2]))[1].tolist()
    [inf, inf, 0.0]
    >>> nearest_again(lined, seconds, seconds, np.array([], int))[0].tolist()
    [-1, -1, -1]
    """
    which = np.full(lined.count, -1)
    seconds = np.full(lined.count, np.inf)
    goals, first_of = np.unique(np.asarray(places, np.int64), return_index=True)
    if not len(goals):
        return which, seconds
    which[goals], seconds[goals] = first_of, 0.0
    if not len(lined.node):
        return which, seconds
    is_goal = np.zeros(lined.count, bool)
    is_goal[goals] = True
    breaks = lined.last | is_goal[lined.node]
    begins = np.append([True], lined.last[:-1])
    opens = np.flatnonzero((breaks | begins) & ~lined.last)
    closes = np.flatnonzero(breaks & ~begins)
    ahead = np.where(lined.along, onward[lined.stretch], back[lined.stretch])
    behind = np.where(lined.along, back[lined.stretch], onward[lined.stretch])
    first = opens - np.cumsum(lined.last)[opens]  # of its steps
    nodes, graph = _junctions(
        lined, is_goal, lined.node[opens], lined.node[closes],
        np.add.reduceat(ahead, first), np.add.reduceat(behind, first),
    )  # fmt: skip
    number = np.full(lined.count, len(nodes))  # of an open end nothing is known beforehand
    number[nodes] = np.arange(len(nodes))
    taken, _, source = dijkstra(
        graph, indices=number[goals], min_only=True, return_predecessors=True
    )
    nearest = np.full(len(nodes) + 1, -1)
    reached = np.flatnonzero(np.isfinite(taken))
    nearest[reached] = first_of[np.searchsorted(goals, nodes[source[reached]])]
    taken = np.append(taken, np.inf)
    segment = np.zeros(len(lined.node), np.int64)
    segment[opens] = 1
    segment = np.cumsum(segment) - 1
    left, right = opens[segment], closes[segment]
    to_left, to_right = _sums(lined, behind), _sums(lined, ahead)
    at_left, at_right = number[lined.node[left]], number[lined.node[right]]
    over_left = taken[at_left] + _between(to_left, left, np.arange(len(left)))
    over_right = taken[at_right] + _between(to_right, np.arange(len(left)), right)
    seconds[lined.node] = np.minimum(over_left, over_right)
    which[lined.node] = np.where(over_right < over_left, nearest[at_right], nearest[at_left])
    which[np.isinf(seconds)] = -1
    seconds[nodes], which[nodes] = taken[:-1], nearest[:-1]
    return which, seconds


def _junctions(  # noqa: PLR0917 - private
    lined: Lined, is_goal: Flags, left: Ints, right: Ints, ahead: Floats, behind: Floats
) -> tuple[Ints, csr_array]:
    """Make a graph of junctions and goals alone, turned round: what is found are ways to it."""
    is_kept = is_goal.copy()
    is_kept[left] = is_kept[right] = True
    is_kept &= ~lined.open_end | is_goal
    nodes = np.flatnonzero(is_kept)
    number = np.full(lined.count, -1)
    number[nodes] = np.arange(len(nodes))
    origin = number[np.concatenate([right, left])]
    target = number[np.concatenate([left, right])]
    seconds = np.concatenate([ahead, behind])
    kept = np.flatnonzero((origin >= 0) & (target >= 0) & np.isfinite(seconds))
    kept = kept[np.argsort(origin[kept])]
    sizes = np.bincount(origin[kept], minlength=len(nodes))
    pointer = np.concatenate([[0], np.cumsum(sizes)])
    return nodes, csr_array((seconds[kept], target[kept], pointer), shape=(len(nodes),) * 2)


def _sums(lined: Lined, steps: Floats) -> tuple[Floats, Ints]:
    """Sum the seconds of all steps before each position, and count those that nobody can take."""
    shut = np.isinf(steps)
    seconds, closed = np.zeros(len(lined.node)), np.zeros(len(lined.node), np.int64)
    at = np.flatnonzero(~lined.last)[: len(steps)]
    seconds[at], closed[at] = np.where(shut, 0.0, steps), shut
    return np.cumsum(seconds) - seconds, np.cumsum(closed) - closed


def _between(sums: tuple[Floats, Ints], first: Ints, last: Ints) -> Floats:
    """Give the seconds from one position of a line to another, infinite over a closed step."""
    seconds, closed = sums
    taken: Floats = seconds[last] - seconds[first]
    return np.where(closed[last] > closed[first], np.inf, taken)
