"""What is cut off, on the ground: the parts of a city, its critical streets and junctions.

`cuts` finds them in the network; here they are blocks with people, lines and points with names.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.measure.access.cuts import cut_off, find_critical, find_parts, people_at_nodes
from geosector.measure.access.facilities import FARTHEST_M, Stops, find_stops
from geosector.measure.access.network import Network, stretch_lines
from geosector.measure.access.people import people_of
from geosector.measure.access.travel import Travel

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NO_STREET = 0  # the part of blocks from which no street is near


def parts_cut_off(
    blocks: gpd.GeoDataFrame,
    network: Network,
    travel: Travel,
    *,
    exits: gpd.GeoDataFrame | None = None,
    before: Travel | None = None,
    farthest_m: float = FARTHEST_M,
) -> gpd.GeoDataFrame:
    """Find the parts of a city that are cut off.

    Parameters
    ----------
    blocks : geopandas.GeoDataFrame
        ``population``, and ``sector_id`` where it is there; areas or points.
    network, travel : Network, Travel
        With what is closed.
    exits : geopandas.GeoDataFrame, optional
        Places that people must reach: ways out of the town, a hospital. Default: the part with
        most people is the town.
    before : Travel, optional
        Without the closures: to tell what they cut off from what was cut off already.
    farthest_m : float
        From a block or an exit to its street.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326: ``part`` (1 has most people; 0 are the blocks from which no street that can be
        passed is near), ``sector_ids`` (between semicolons), ``people``, ``blocks`` (how many),
        ``new`` (people whom the closures cut off; missing without ``before``), ``geometry`` (of the
        blocks). Parts where there is no block are not told.

    Raises
    ------
    MissingColumnError, InputError
        As `people_of`.

    Examples
    --------
    A street of which the middle is closed, with 30 and 70 people at its ends:

    >>> from geosector.measure.access.network import build_network
    >>> from geosector.measure.access.travel import travel_times
    >>> x, y = 5e5, 4e6
    >>> lines = [shapely.LineString([(x + a, y), (x + a + 100, y)]) for a in (0, 100, 200)]
    >>> states = {"state": ["open", "closed", "open"]}
    >>> roads = gpd.GeoDataFrame(states, geometry=lines, crs=32637)
    >>> network = build_network(roads).network
    >>> homes = gpd.GeoDataFrame({"sector_id": [1, 2], "population": [30, 70]},
    ...     geometry=gpd.points_from_xy([x, x + 300], [y, y]), crs=32637)
    >>> found = parts_cut_off(homes, network, travel_times(network, roads))
    >>> found[["part", "sector_ids", "people", "blocks"]].to_numpy().tolist()
    [[1, '1', 30.0, 1]]
    >>> parts_cut_off(homes[:0], network, travel_times(network, roads)).empty
    True
    >>> parts_cut_off(homes.drop(columns="population"), network, travel_times(network, roads))
    Traceback (most recent call last):
    geosector.errors.MissingColumnError: The table blocks lacks the column population; ...
    """
    people = people_of(blocks)
    part, lost = blocks_cut_off(blocks, network, travel, exits=exits, farthest_m=farthest_m)
    new = np.full(len(blocks), np.nan)
    if before is not None:
        was = blocks_cut_off(blocks, network, before, exits=exits, farthest_m=farthest_m)[1]
        new = people * ~was
    sectors = blocks.get("sector_id", pd.Series(None, blocks.index, dtype=object))
    rows = []
    shapes = np.zeros(0, object)
    if len(blocks):
        shapes = np.asarray(crs.to_metres(blocks, network.crs).geometry.values, object)
    for one in np.unique(part[lost]).tolist():
        own = lost & (part == one)
        named = sorted(
            sectors[own].dropna().unique().tolist(), key=lambda id_: (isinstance(id_, str), id_)
        )
        rows.append(
            {
                "part": one,
                "sector_ids": ";".join(str(each) for each in named) or None,
                "people": people[own].sum(),
                "blocks": int(own.sum()),
                "new": new[own].sum(),
                "geometry": shapely.union_all(shapes[own]),
            }
        )
    rows.sort(key=lambda row: (row["part"] == -1, -row["people"], -row["blocks"], row["part"]))
    for number, row in enumerate(rows, 1):
        row["part"] = NO_STREET if row["part"] == -1 else number
    columns = ["part", "sector_ids", "people", "blocks", "new", "geometry"]
    table = gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), crs=network.crs)
    typed = table.astype({"part": np.int64, "blocks": np.int64, "people": float, "new": float})
    return crs.to_wgs84(typed)


def blocks_cut_off(
    blocks: gpd.GeoDataFrame,
    network: Network,
    travel: Travel,
    *,
    exits: gpd.GeoDataFrame | None = None,
    farthest_m: float = FARTHEST_M,
) -> tuple[Ints, Flags]:
    """Say of each block in which part of the network it is, and whether it is cut off.

    Parameters
    ----------
    blocks, network, travel, exits, farthest_m
        As for `parts_cut_off`.

    Returns
    -------
    tuple = (part, cut off), each of shape (blocks,)
        The part is a number of `find_parts`; -1 from where no street that can be passed is near,
        and such a block is cut off.
    """
    people = people_of(blocks)
    stops = find_stops(network, travel, blocks, farthest_m=farthest_m)
    parts = find_parts(network, travel)
    anchors = exit_nodes(exits, network, travel, farthest_m)
    lost = cut_off(parts, people_at_nodes(network, stops, people), anchors)
    node = nodes_of(network, stops)
    met = node >= 0
    part, is_lost = np.full(len(blocks), -1), np.ones(len(blocks), bool)
    part[met], is_lost[met] = parts[node[met]], lost[node[met]]
    return part, is_lost


def exit_nodes(
    exits: gpd.GeoDataFrame | None,
    network: Network,
    travel: Travel,
    farthest_m: float = FARTHEST_M,
) -> Ints | None:
    """Give the nodes of exits, those near a street; None where no exits are given."""
    if exits is None:
        return None
    node = nodes_of(network, find_stops(network, travel, exits, farthest_m=farthest_m))
    return node[node >= 0]


def nodes_of(network: Network, stops: Stops) -> Ints:
    """Give the nearer end of the stretch of each stop, -1 where it has none."""
    node = np.full(len(stops.stretch), -1)
    met = stops.stretch >= 0
    own, half = stops.stretch[met], stops.share[met] < 0.5  # noqa: PLR2004 - half way
    node[met] = np.where(half, network.start[own], network.end[own])
    return node


def critical_places(
    blocks: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    network: Network,
    travel: Travel,
    *,
    exits: gpd.GeoDataFrame | None = None,
    farthest_m: float = FARTHEST_M,
) -> gpd.GeoDataFrame:
    """List the streets and junctions whose loss cuts off most people.

    Parameters
    ----------
    blocks : geopandas.GeoDataFrame
        ``population``; areas or points.
    roads : geopandas.GeoDataFrame
        The table that the network was built from: ``name`` and ``road_class`` where they are there.
    network, travel : Network, Travel
    exits : geopandas.GeoDataFrame, optional
        Places that people must reach. Default: of what falls apart, the part with most people is
        the town.
    farthest_m : float
        From a block or an exit to its street.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326, the worst first: ``what`` (stretch or junction), ``name``, ``road_class`` (of a
        junction, of its greatest street by the number of its stretches), ``people`` (whom the loss
        cuts off who are not cut off now), ``geometry``.

    Raises
    ------
    MissingColumnError, InputError
        As `people_of`.

    Notes
    -----
    Bridges and articulation points of the network, weighed by people: see `find_critical`. A street
    of several stretches is critical at each of them.

    Examples
    --------
    >>> from geosector.measure.access.network import build_network
    >>> from geosector.measure.access.travel import travel_times
    >>> x, y = 5e5, 4e6
    >>> lines = [shapely.LineString([(x + a, y), (x + a + 100, y)]) for a in (0, 100)]
    >>> roads = gpd.GeoDataFrame({"name": ["Bridge", "Market"]}, geometry=lines, crs=32637)
    >>> network = build_network(roads).network
    >>> homes = gpd.GeoDataFrame({"population": [30, 70]},
    ...     geometry=gpd.points_from_xy([x, x + 200], [y, y]), crs=32637)
    >>> found = critical_places(homes, roads, network, travel_times(network, roads))
    >>> found[["what", "name", "people"]].to_numpy().tolist()
    [['stretch', 'Bridge', 30.0], ['stretch', 'Market', 30.0], ['junction', 'Bridge', 30.0]]
    >>> critical_places(homes[:0], roads, network, travel_times(network, roads)).empty
    True
    """
    people = people_of(blocks)
    stops = find_stops(network, travel, blocks, farthest_m=farthest_m)
    anchors = exit_nodes(exits, network, travel, farthest_m)
    found = find_critical(network, travel, people_at_nodes(network, stops, people), anchors)
    stretches = found.stretches["stretch"].to_numpy(np.int64)
    nodes = found.junctions["node"].to_numpy(np.int64)
    road = np.concatenate([network.road[stretches], _road_at(network, nodes)])
    facts = {
        name: roads[name].astype(object).to_numpy(object)[road]
        if name in roads.columns
        else np.full(len(road), None, object)
        for name in ("name", "road_class")
    }
    lines, points = stretch_lines(network, stretches), shapely.points(network.xy[nodes])
    table = gpd.GeoDataFrame(
        {
            "what": np.repeat(["stretch", "junction"], [len(stretches), len(nodes)]).astype(object),
            **facts,
            "people": np.concatenate([found.stretches["people"], found.junctions["people"]]),
        },
        geometry=np.concatenate([lines, points]),
        crs=network.crs,
    )
    worst = table.sort_values("people", ascending=False, kind="stable", ignore_index=True)
    return crs.to_wgs84(worst)


def _road_at(network: Network, nodes: Ints) -> Ints:
    """Give the road that has most stretches at each node; of equals the first in the table."""
    node = np.concatenate([network.start, network.end])
    road = np.concatenate([network.road, network.road])
    there = np.isin(node, nodes)
    pairs = pd.DataFrame({"node": node[there], "road": road[there]})
    counts = pairs.value_counts().reset_index(name="times")
    most = counts.sort_values(["node", "times", "road"], ascending=[True, False, True])
    first: Ints = most.drop_duplicates("node").set_index("node")["road"].reindex(nodes).to_numpy()
    return first.astype(np.int64)
