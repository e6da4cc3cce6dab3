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

from geosector.measure.access.network import Network

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_PASSING = 2  # a node with a way in and a way out gives no choice


class Lined(NamedTuple):
    """Streets of a network lined up in segments between junctions and places.

    ``size`` nodes. ``nodes``: the junctions and places; others are told by their position among
    these. ``goals``: the places, ``named`` the first position of each among those given. Steps: one
    for each stretch, segment by segment; ``ahead`` and ``behind`` are where its seconds stand in
    the seconds of all stretches onward, then back; ``first``, where each segment begins. Entries
    of the graph of segments: ``entry`` (of the segments ahead, then behind), ``target``,
    ``pointer``. Of each node inside a segment: ``inner``; the ends of the segment, ``left`` and
    ``right`` (one more than there are: an open end); its steps, from ``first_step`` to before
    ``last_step``, and the ``step`` that follows the node.
    """

    size: int
    nodes: Ints
    goals: Ints
    named: Ints
    ahead: Ints
    behind: Ints
    first: Ints
    entry: Ints
    target: Ints
    pointer: Ints
    inner: Ints
    left: Ints
    right: Ints
    first_step: Ints
    last_step: Ints
    step: Ints


def line_up(network: Network, places: Ints) -> Lined:
    """Line the streets of a network up between its junctions and some places.

    Parameters
    ----------
    network : Network
    places : array of int
        Nodes; several may be one.

    Returns
    -------
    Lined
        For `nearest_again`, under any closures.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import shapely
    >>> from geosector.measure.access.network import build_network
    >>> lines = [shapely.LineString([(x, 0), (x + 50, 0)]) for x in (0, 50)]
    >>> network = build_network(gpd.GeoDataFrame(geometry=lines, crs=32637)).network
    >>> line_up(network, np.array([2])).inner.tolist()  # both other nodes have no choice of way
    [0, 1]
    """
    count = len(network.xy)
    goals, named = np.unique(np.asarray(places, np.int64), return_index=True)
    is_goal = np.zeros(count, bool)
    is_goal[goals] = True
    node, ends, stretch = _lines(network)
    along = network.start[stretch] == node[~ends]
    breaks, begins = ends | is_goal[node], np.append([True], ends[:-1])[: len(node)]
    opens = np.flatnonzero((breaks | begins) & ~ends)
    closes = np.flatnonzero(breaks & ~begins)
    steps = np.arange(len(node)) - (np.cumsum(ends) - ends)  # before each position
    degree = np.bincount(np.concatenate([network.start, network.end]), minlength=count)
    is_kept = is_goal.copy()
    is_kept[node[opens]] = is_kept[node[closes]] = True
    is_kept &= (degree != 1) | is_goal
    nodes = np.flatnonzero(is_kept)
    number = np.full(count, len(nodes))
    number[nodes] = np.arange(len(nodes))
    left, right = number[node[opens]], number[node[closes]]
    # Turned round: what is found from a place are the ways to it.
    origin, target = np.concatenate([right, left]), np.concatenate([left, right])
    entry = np.flatnonzero((origin < len(nodes)) & (target < len(nodes)))
    entry = entry[np.argsort(origin[entry], kind="stable")]
    segment = np.cumsum(np.isin(np.arange(len(node)), opens)) - 1
    inner = np.flatnonzero(~is_kept[node])
    onward, back = stretch, stretch + len(network.length_m)
    return Lined(
        count,
        nodes,
        goals,
        named,
        np.where(along, onward, back),
        np.where(along, back, onward),
        steps[opens],
        entry,
        target[entry],
        np.searchsorted(origin[entry], np.arange(len(nodes) + 1)),
        node[inner],
        left[segment[inner]],
        right[segment[inner]],
        steps[opens][segment[inner]],
        steps[closes][segment[inner]],
        steps[inner],
    )


def _lines(network: Network) -> tuple[Ints, Flags, Ints]:
    """Walk all stretches from junction to junction.

    Gives the nodes of all lines, one line after the other; whether each is the last of its line;
    and the stretch of each step.
    """
    count, stretches = len(network.xy), len(network.length_m)
    at = np.concatenate([network.start, network.end])
    degree = np.bincount(at, minlength=count)
    order = np.argsort(at, kind="stable")
    first = np.searchsorted(at[order], np.arange(count + 1)).tolist()
    beside = (order % max(stretches, 1)).tolist()
    start, end = network.start.tolist(), network.end.tolist()
    passing = (degree == _PASSING).tolist()
    used = [False] * stretches
    node: list[int] = []
    last: list[bool] = []
    stretch: list[int] = []
    # From junctions first; what is left are rings without any.
    for begin in [*np.flatnonzero(degree != _PASSING).tolist(), *range(count)]:
        for taken in beside[first[begin] : first[begin + 1]]:
            here, step = begin, None if used[taken] else taken
            if step is None:
                continue
            while step is not None:
                used[step] = True
                node.append(here)
                last.append(False)
                stretch.append(step)
                here = end[step] if start[step] == here else start[step]
                onward = beside[first[here] : first[here + 1]] if passing[here] else []
                step = next((one for one in onward if not used[one]), None)
            node.append(here)
            last.append(True)
    return np.array(node, np.int64), np.array(last, bool), np.array(stretch, np.int64)


def nearest_again(lined: Lined, onward: Floats, back: Floats) -> tuple[Ints, Floats]:
    """Find the nearest of the places for every node.

    Parameters
    ----------
    lined : Lined
        Once for a network and its places.
    onward, back : array of float, shape (stretches,)
        Seconds, as in `Travel`: infinite where one cannot pass.

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
    >>> from geosector.measure.access.network import build_network
    >>> lines = [shapely.LineString([(x, 0), (x + 50, 0)]) for x in (0, 50)]
    >>> network = build_network(gpd.GeoDataFrame(geometry=lines, crs=32637)).network
    >>> lined = line_up(network, np.array([2]))
    >>> seconds = np.array([40.0, 50.0])
    >>> which, taken = nearest_again(lined, seconds, seconds)
    >>> which.tolist(), taken.tolist()
    ([0, 0, 0], [90.0, 50.0, 0.0])
    >>> shut = np.array([40.0, np.inf])
    >>> nearest_again(lined, shut, shut)[1].tolist()
    [inf, inf, 0.0]
    >>> nearest_again(line_up(network, np.array([], int)), shut, shut)[0].tolist()
    [-1, -1, -1]
    """
    which, seconds = np.full(lined.size, -1), np.full(lined.size, np.inf)
    if not len(lined.goals):
        return which, seconds
    # On foot both ways take as long, and half of the work is done.
    ahead, behind = _steps(lined, onward, back)
    goals = np.searchsorted(lined.nodes, lined.goals)
    taken, _, source = dijkstra(
        _graph(lined, ahead, behind), indices=goals, min_only=True, return_predecessors=True
    )
    reached = np.flatnonzero(np.isfinite(taken))
    named = np.full(lined.size, -1)
    named[lined.goals] = lined.named
    nearest = np.full(len(taken) + 1, -1)  # of an open end nothing is known beforehand
    nearest[reached] = named[lined.nodes[source[reached]]]
    seconds[lined.nodes], which[lined.nodes] = taken, nearest[:-1]
    taken = np.append(taken, np.inf)
    sums = _sums(behind)
    over_left = taken[lined.left] + _between(sums, lined.first_step, lined.step)
    sums = sums if ahead is behind else _sums(ahead)
    over_right = taken[lined.right] + _between(sums, lined.step, lined.last_step)
    best = np.minimum(over_left, over_right)
    seconds[lined.inner] = best
    own = np.where(over_right < over_left, nearest[lined.right], nearest[lined.left])
    which[lined.inner] = np.where(np.isfinite(best), own, -1)
    return which, seconds


def _steps(lined: Lined, onward: Floats, back: Floats) -> tuple[Floats, Floats]:
    """Give the seconds of each step in the direction of its segment, and against it."""
    if onward is back:
        taken = onward[lined.ahead % len(onward)] if len(onward) else onward
        return taken, taken
    every = np.concatenate([onward, back])
    return every[lined.ahead], every[lined.behind]


def _graph(lined: Lined, ahead: Floats, behind: Floats) -> csr_array:
    """Make the graph of segments that can be passed."""
    nodes = len(lined.nodes)
    if not len(lined.entry):
        return csr_array((nodes, nodes))
    one = np.add.reduceat(ahead, lined.first)
    other = one if ahead is behind else np.add.reduceat(behind, lined.first)
    both = np.concatenate([one, other])[lined.entry]
    kept = np.isfinite(both)
    pointer = np.concatenate([[0], np.cumsum(kept)])[lined.pointer]
    return csr_array((both[kept], lined.target[kept], pointer), shape=(nodes, nodes))


def _sums(steps: Floats) -> tuple[Floats, Ints]:
    """Sum the steps before each one, and count those before it that nobody can take."""
    shut = np.isinf(steps)
    sums, closed = np.zeros(len(steps) + 1), np.zeros(len(steps) + 1, np.int64)
    np.cumsum(np.where(shut, 0.0, steps), out=sums[1:])
    np.cumsum(shut, out=closed[1:])
    return sums, closed


def _between(sums: tuple[Floats, Ints], first: Ints, last: Ints) -> Floats:
    """Sum steps from one to before another, infinite where nobody can take one of them."""
    seconds, closed = sums
    taken: Floats = seconds[last] - seconds[first]
    if closed[-1]:
        taken[closed[last] > closed[first]] = np.inf
    return taken
