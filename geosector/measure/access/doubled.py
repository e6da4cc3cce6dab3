"""What holds together whichever single stretch of street is lost, and what the worst loss costs.

Two ways without a common stretch lead between places that no single loss parts (K. Menger, 1927).
The stretches whose loss parts anybody are the bridges of the network (R. E. Tarjan, Depth-first
search and linear graph algorithms, SIAM J. Comput. 1, 1972).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geosector.measure.access.cuts import _search
from geosector.measure.access.network import Network
from geosector.measure.access.travel import Travel

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Doubled(NamedTuple):
    """What no loss of one stretch parts.

    ``parts``: shape (nodes,), nodes of one number have two ways to each other with no stretch in
    common. ``bridges``: shape (stretches,), whether a stretch is the only way between two of them,
    or cannot be passed.
    """

    parts: Ints
    bridges: Flags


def find_doubled(network: Network, travel: Travel) -> Doubled:
    """Find the parts of a network that hold together whichever single stretch is lost.

    Parameters
    ----------
    network : Network
    travel : Travel
        A stretch that can be passed either way holds its ends together: for people on foot.

    Returns
    -------
    Doubled

    Notes
    -----
    Two-edge-connected components: what is left when all bridges (Tarjan 1972) are taken out. That
    there are two ways without a common stretch is K. Menger's theorem (1927).

    Examples
    --------
    A triangle and a street that leads away from it:

    >>> import geopandas as gpd
    >>> import shapely
    >>> from geosector.measure.access.network import build_network
    >>> from geosector.measure.access.travel import travel_times
    >>> x, y = 5e5, 4e6
    >>> rings = [[(x, y), (x + 50, y), (x, y + 50), (x, y)], [(x + 50, y), (x + 99, y)]]
    >>> roads = gpd.GeoDataFrame(geometry=[shapely.LineString(one) for one in rings], crs=32637)
    >>> network = build_network(roads).network
    >>> found = find_doubled(network, travel_times(network, roads))
    >>> found.bridges[network.road == 1].tolist(), bool(found.bridges[network.road == 0].any())
    ([True], False)
    >>> len(set(found.parts[network.start[network.road == 0]].tolist()))
    1
    >>> none = build_network(roads[:0]).network
    >>> find_doubled(none, travel_times(none, roads[:0])).parts.tolist()
    []
    """
    count = len(network.xy)
    passable = np.flatnonzero(np.isfinite(travel.onward) | np.isfinite(travel.back))
    tree = _search(count, network.start[passable], network.end[passable])
    bridges = np.ones(len(network.start), bool)
    bridges[passable] = False
    lower = np.flatnonzero(tree.above >= 0)
    lower = lower[tree.low[lower] > tree.found[tree.above[lower]]]
    bridges[passable[tree.by[lower]]] = True
    kept = ~bridges
    steps = coo_array(
        (np.ones(kept.sum(), bool), (network.start[kept], network.end[kept])), shape=(count, count)
    )
    parts = connected_components(steps, directed=False)[1] if count else np.zeros(0)
    return Doubled(parts.astype(np.int64), bridges)


def worst_losses(network: Network, travel: Travel, people: Floats, nodes: Ints) -> Floats:
    """Give the people whom the loss of one stretch, the worst, parts from each of some nodes.

    Parameters
    ----------
    network : Network
    travel : Travel
        A stretch that can be passed either way holds its ends together: for people on foot.
    people : array of float, shape (nodes of the network,)
        From `people_at_nodes`.
    nodes : array of int, shape (places,)
        Where the places are.

    Returns
    -------
    array of float, shape (places,)
        0 where every loss leaves a way from everybody who had one.

    Examples
    --------
    A street with 10, 20 and 30 people at its nodes: whoever is at the west end loses 50.

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
    >>> worst_losses(network, travel_times(network, roads), people, order).tolist()
    [50.0, 30.0, 30.0]
    >>> worst_losses(network, travel_times(network, roads), people, np.zeros(0, int)).tolist()
    []
    """
    count = len(network.xy)
    passable = np.flatnonzero(np.isfinite(travel.onward) | np.isfinite(travel.back))
    tree = _search(count, network.start[passable], network.end[passable])
    below, size = people.astype(np.float64).copy(), np.ones(count, np.int64)
    for node in tree.order[::-1].tolist():
        above = tree.above[node]
        if above >= 0:
            below[above] += below[node]
            size[above] += size[node]
    whole = below[tree.top]
    lower = np.flatnonzero(tree.above >= 0)
    lower = lower[tree.low[lower] > tree.found[tree.above[lower]]]
    losses = np.zeros(len(nodes))
    for at, node in enumerate(nodes.tolist()):
        own = lower[tree.top[lower] == tree.top[node]]
        under = (tree.found[own] <= tree.found[node]) & (
            tree.found[node] < tree.found[own] + size[own]
        )
        parted = np.where(under, whole[own] - below[own], below[own])
        losses[at] = parted.max(initial=0.0)
    return losses
