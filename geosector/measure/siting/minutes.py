"""Minutes from every demand to every candidate, along the streets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from geosector.language import text
from geosector.measure.access.facilities import Links, Stops
from geosector.progress import progress

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_AT_ONCE = 4_000_000  # numbers of a lot of searches


def minutes_between(links: Links, begun: Stops, nodes: Ints, pace: float) -> Floats:
    """Measure the way from each demand to each candidate.

    Parameters
    ----------
    links : Links
        The network, cut where the candidates meet it.
    begun : Stops
        Where the demands meet the streets.
    nodes : array of int, shape (candidates,)
        Of each candidate, from ``links.nodes``; -1 where it meets no street.
    pace : float
        Seconds a metre beside the streets.

    Returns
    -------
    array of float, shape (demands, candidates)
        Minutes of the quickest way, infinite where there is none.

    Notes
    -----
    Dijkstra's search (1959) from each candidate over the network turned round, a lot at a time.

    Examples
    --------
    A street of 720 m takes ten minutes at 1.2 m/s; one from the middle takes five:

    >>> import geopandas as gpd
    >>> import shapely
    >>> from geosector.measure.access.facilities import find_stops, link
    >>> from geosector.measure.access.network import build_network
    >>> from geosector.measure.access.travel import travel_times
    >>> street = shapely.LineString([(5e5, 4e6), (500720, 4e6)])
    >>> roads = gpd.GeoDataFrame(geometry=[street], crs=32637)
    >>> network = build_network(roads).network
    >>> travel = travel_times(network, roads)
    >>> place = lambda *xs: gpd.GeoDataFrame(
    ...     geometry=gpd.points_from_xy(xs, [4e6] * len(xs), crs=32637))
    >>> links = link(network, travel, find_stops(network, travel, place(500720, 599999)))
    >>> homes = find_stops(network, travel, place(5e5, 500360))
    >>> minutes_between(links, homes, links.nodes, travel.pace).round(1).tolist()
    [[10.0, inf], [5.0, inf]]
    >>> minutes_between(links, homes, np.zeros(0, int), travel.pace).shape
    (2, 0)
    """
    minutes = np.full((len(begun.stretch), len(nodes)), np.inf)
    met, reached = np.flatnonzero(begun.stretch >= 0), np.flatnonzero(nodes >= 0)
    if not len(met) or not len(reached):
        return minutes
    keys = links.stretch + 1j * links.begin
    at = np.searchsorted(keys, begun.stretch[met] + 1j * begun.share[met], side="right") - 1
    share = (begun.share[met] - links.begin[at]) / (links.finish - links.begin)[at]
    off = begun.off_m[met] * pace
    to_start = _part(links.back[at], share) + off
    to_end = _part(links.onward[at], 1 - share) + off
    lot = max(1, _AT_ONCE // links.graph.seconds.shape[0])
    with progress(len(reached), text("Ways")) as bar:
        for begin in range(0, len(reached), lot):
            columns = reached[begin : begin + lot]
            seconds = dijkstra(links.graph.seconds, indices=nodes[columns])
            ways = np.minimum(
                seconds[:, links.start[at]] + to_start, seconds[:, links.end[at]] + to_end
            )
            minutes[np.ix_(met, columns)] = ways.T / 60
            bar.update(len(columns))
    return minutes


def _part(seconds: Floats, share: Floats) -> Floats:
    """Give the seconds of a share of a stretch; none takes none, also of what cannot be passed."""
    taken = np.zeros(len(share))
    moved = share > 0
    taken[moved] = seconds[moved] * share[moved]
    return taken
