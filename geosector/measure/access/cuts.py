"""What is cut off, and which streets and junctions are the last ones that hold people together.

A stretch or a junction is critical where its loss parts people from the rest: bridges and
articulation points of the network (R. E. Tarjan, Depth-first search and linear graph algorithms,
SIAM J. Comput. 1, 1972), weighed by people and not by streets. Those are cut off who are on a side
without an anchor (a hospital, a way out of the town) or, where no anchors are given, on any side
but the one with most people.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geosector.errors import InputError
from geosector.language import text
from geosector.measure.access.facilities import Stops
from geosector.measure.access.network import Network
from geosector.measure.access.travel import Travel

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_Weigh: TypeAlias = Callable[[Floats, Floats], float]


class Critical(NamedTuple):
    """What each loss cuts off: ``stretch, people`` and ``node, people``, the worst first."""

    stretches: pd.DataFrame
    junctions: pd.DataFrame


def people_at_nodes(network: Network, stops: Stops, people: Floats) -> Floats:
    """Give the people at each node: those who live beside a stretch are at its nearer end.

    Parameters
    ----------
    network : Network
    stops : Stops
        Where the places of people meet the streets.
    people : array of float
        At each place. Those whose place meets no street are at no node.

    Returns
    -------
    array of float, shape (nodes,)
    """
    met = np.flatnonzero(stops.stretch >= 0)
    stretch = stops.stretch[met]
    node = np.where(stops.share[met] < 0.5, network.start[stretch], network.end[stretch])  # noqa: PLR2004 - half way
    counts = np.bincount(node, weights=people[met], minlength=len(network.xy))
    return counts.astype(np.float64)


def find_parts(network: Network, travel: Travel) -> Ints:
    """Find the parts of a network within which one gets from every node to every other.

    Parameters
    ----------
    network : Network
    travel : Travel

    Returns
    -------
    array of int, shape (nodes,)

    Notes
    -----
    Strongly connected components: a one-way street alone holds no two places together by car.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import shapely
    >>> from geosector.measure.access.network import build_network
    >>> from geosector.measure.access.travel import travel_times
    >>> lines = [[(5e5, 4e6), (500050, 4e6)], [(500050, 4e6), (500099, 4e6)]]
    >>> states = {"state": ["open", "closed"]}
    >>> roads = gpd.GeoDataFrame(states, geometry=[shapely.LineString(x) for x in lines], crs=32637)
    >>> network = build_network(roads).network
    >>> len(set(find_parts(network, travel_times(network, roads)).tolist()))
    2
    """
    onward, back = np.isfinite(travel.onward), np.isfinite(travel.back)
    start = np.concatenate([network.start[onward], network.end[back]])
    end = np.concatenate([network.end[onward], network.start[back]])
    count = len(network.xy)
    steps = coo_array((np.ones(len(start), bool), (start, end)), shape=(count, count))
    parts: Ints = connected_components(steps, connection="strong")[1].astype(np.int64)
    return parts


def cut_off(parts: Ints, people: Floats, anchors: Ints | None = None) -> Flags:
    """Say which nodes are cut off.

    Parameters
    ----------
    parts : array of int, shape (nodes,)
        From `find_parts`.
    people : array of float, shape (nodes,)
    anchors : array of int, optional
        Nodes that one must reach. Default: the part with most people is the town.

    Returns
    -------
    array of bool, shape (nodes,)

    Examples
    --------
    >>> cut_off(np.array([0, 0, 1]), np.array([5.0, 5, 3])).tolist()
    [False, False, True]
    >>> cut_off(np.array([0, 0, 1]), np.array([5.0, 5, 3]), np.array([2])).tolist()
    [True, True, False]
    >>> cut_off(np.array([], int), np.array([])).tolist()
    []
    """
    if not len(parts):
        return np.zeros(0, bool)
    town = [int(np.argmax(np.bincount(parts, weights=people)))]
    held: Flags = np.isin(parts, town if anchors is None else parts[anchors])
    return ~held


def find_critical(
    network: Network, travel: Travel, people: Floats, anchors: Ints | None = None
) -> Critical:
    """Find the stretches and junctions whose loss cuts off most people.

    Parameters
    ----------
    network : Network
    travel : Travel
        A stretch that can be passed either way holds its ends together: for people on foot.
    people : array of float, shape (nodes,)
        From `people_at_nodes`.
    anchors : array of int, optional
        Nodes that people must reach. Default: of what falls apart, the greatest part by people is
        the rest.

    Returns
    -------
    Critical
        Only losses that cut somebody off who is not cut off already. Of a junction, the people who
        live at it are not counted: they are where the damage is.

    Raises
    ------
    InputError
        Where ``people`` is not as long as the nodes.

    Examples
    --------
    A street with 10, 20 and 30 people at its nodes:

    >>> import geopandas as gpd
    >>> import shapely
    >>> from geosector.measure.access.network import build_network
    >>> from geosector.measure.access.travel import travel_times
    >>> lines = [[(5e5, 4e6), (500050, 4e6)], [(500050, 4e6), (500099, 4e6)]]
    >>> roads = gpd.GeoDataFrame(geometry=[shapely.LineString(x) for x in lines], crs=32637)
    >>> network = build_network(roads).network
    >>> order = np.argsort(network.xy[:, 0])
    >>> people = np.zeros(3)
    >>> people[order] = [10, 20, 30]
    >>> found = find_critical(network, travel_times(network, roads), people)
    >>> found.stretches["people"].tolist(), found.junctions["people"].tolist()
    ([30.0, 10.0], [10.0])
    >>> find_critical(network, travel_times(network, roads), people[:2])
    Traceback (most recent call last):
    geosector.errors.InputError: People are given for 2 nodes; the network has 3.
    """
    count = len(network.xy)
    if len(people) != count:
        raise InputError(
            text(
                "People are given for {given} nodes; the network has {count}.",
                given=len(people),
                count=count,
            )
        )
    passable = np.flatnonzero(np.isfinite(travel.onward) | np.isfinite(travel.back))
    start, end = network.start[passable], network.end[passable]
    anchored = np.zeros(count)
    if anchors is not None:
        anchored[anchors] = 1.0
    tree = _search(count, start, end)
    below = np.column_stack([people, anchored])
    for node in tree.order[::-1].tolist():
        above = tree.above[node]
        if above >= 0:
            below[above] += below[node]
    whole = below[tree.top]
    weigh = _with_anchors if anchors is not None else _without_anchors
    stretches = {
        int(passable[tree.by[node]]): weigh(below[[node]], whole[node] - below[node])
        for node in tree.order.tolist()
        if tree.above[node] >= 0 and tree.low[node] > tree.found[tree.above[node]]
    }
    junctions = _junctions(tree, below, whole, weigh)
    return Critical(_worst(stretches, "stretch"), _worst(junctions, "node"))


class _Tree(NamedTuple):
    """A search in depth.

    ``order``: nodes as they were found; ``found``: when; ``low``: the earliest found that a node or
    those below it reach beside the tree; ``above``: the node that it was found from, -1 at a top;
    ``by``: the stretch that it was found by; ``top``: of its part.
    """

    order: Ints
    found: Ints
    low: Ints
    above: Ints
    by: Ints
    top: Ints


def _search(count: int, start: Ints, end: Ints) -> _Tree:
    """Search all parts in depth, without recursion."""
    at = np.argsort(np.concatenate([start, end]), kind="stable")
    near = np.concatenate([end, start])[at].tolist()
    by_stretch = (at % len(start) if len(start) else at).tolist()
    first = np.searchsorted(np.concatenate([start, end])[at], np.arange(count + 1)).tolist()
    found, low, above, by, top = ([-1] * count for _ in range(5))
    order: list[int] = []
    following = first[:-1]
    for root in range(count):
        if found[root] >= 0:
            continue
        found[root] = low[root] = len(order)
        top[root] = root
        order.append(root)
        stack = [root]
        while stack:
            node = stack[-1]
            place = following[node]
            if place == first[node + 1]:
                stack.pop()
                if stack:
                    low[stack[-1]] = min(low[stack[-1]], low[node])
                continue
            following[node] = place + 1
            other = near[place]
            if found[other] < 0:
                found[other] = low[other] = len(order)
                above[other], by[other], top[other] = node, by_stretch[place], root
                order.append(other)
                stack.append(other)
            elif by_stretch[place] != by[node]:
                low[node] = min(low[node], found[other])
    return _Tree(*(np.array(one, np.int64) for one in (order, found, low, above, by, top)))


def _junctions(tree: _Tree, below: Floats, whole: Floats, weigh: _Weigh) -> dict[int, float]:
    """Weigh what the loss of each node parts from the rest."""
    parted: dict[int, list[int]] = {}
    for node in tree.order.tolist():
        above = tree.above[node]
        if above >= 0 and tree.low[node] >= tree.found[above]:
            parted.setdefault(int(above), []).append(node)
    own = below.copy()
    for node in tree.order.tolist():
        if tree.above[node] >= 0:
            own[tree.above[node]] -= below[node]
    found = {}
    for node, children in parted.items():
        rest = whole[node] - below[children].sum(axis=0) - own[node]
        at_top = tree.above[node] < 0
        if not at_top or len(children) > 1:
            found[node] = weigh(below[children], rest)
    return found


def _with_anchors(parts: Floats, rest: Floats) -> float:
    """Sum the people of the parts without an anchor, if there was one before."""
    every = np.vstack([parts, rest])
    if not every[:, 1].any():
        return 0.0
    return float(every[every[:, 1] == 0, 0].sum())


def _without_anchors(parts: Floats, rest: Floats) -> float:
    """Sum the people of all parts but the greatest."""
    every = np.append(parts[:, 0], rest[0])
    return float(every.sum() - every.max())


def _worst(people: dict[int, float], name: str) -> pd.DataFrame:
    table = pd.DataFrame({name: list(people), "people": list(people.values())})
    table = table.astype({name: np.int64, "people": np.float64})
    table = table[table["people"] > 0]
    return table.sort_values(["people", name], ascending=[False, True], ignore_index=True)
