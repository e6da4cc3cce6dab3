"""Whether a sector can be cut off and still cope: who reaches what without leaving it.

A person reaches a kind of facility inside the sector where an open facility of that kind lies in
the same sector and a way leads to it over streets of the sector, its border streets among them.
Whoever walks along a border street has not crossed it. Streets that run on beyond the border are of
no sector, unless they have a junction on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.language import text
from geosector.measure.access.facilities import (
    FARTHEST_M,
    Stops,
    find_stops,
    from_places,
    link,
    open_facilities,
)
from geosector.measure.access.nearest import find_nearest
from geosector.measure.access.network import Network, stretch_lines, take_stretches
from geosector.measure.access.people import people_of
from geosector.measure.access.rows import row_numbers
from geosector.measure.access.travel import Travel, travel_along
from geosector.measure.coded import require
from geosector.tables import Problem, problems_table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NEEDED = ("shelter", "water_point", "clinic", "warehouse")
ON_BORDER_M = 1.0  # a street this near to its sector's edge is still in it


class Contained(NamedTuple):
    """Per sector and kind what is reached inside, and per block.

    ``sectors``: ``sector_id, kind, facilities, people, reached, share, missing``; ``share`` is
    missing where nobody lives there, ``missing`` says what there is none of. ``blocks``: minutes to
    the nearest facility of each kind inside the sector, on the index of the blocks.
    ``problems``: facilities without a place.
    """

    sectors: pd.DataFrame
    blocks: pd.DataFrame
    problems: pd.DataFrame


def self_containment(
    sectors: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    network: Network,
    travel: Travel,
    *,
    kinds: Sequence[str] = NEEDED,
    minutes: float | None = None,
    farthest_m: float = FARTHEST_M,
) -> Contained:
    """Tell which share of the people of each sector reaches what they need inside it.

    Parameters
    ----------
    sectors : geopandas.GeoDataFrame
        ``sector_id`` and areas.
    blocks : geopandas.GeoDataFrame
        ``sector_id``, ``population``, and areas or points.
    facilities : geopandas.GeoDataFrame
        ``kind``, and ``status`` where it is there; only open ones count. Each is of the sector that
        it lies in; on a border, of every sector that it touches.
    network, travel : Network, Travel
    kinds : sequence of str
        What must be reached.
    minutes : float, optional
        Within how many. Default: however long it takes.
    farthest_m : float
        From a block or a facility to its street.

    Returns
    -------
    Contained

    Raises
    ------
    MissingColumnError
        Where ``sector_id``, ``population`` or ``kind`` is missing.
    InputError
        Where people are negative or no number.

    Notes
    -----
    share = (people of the blocks that reach one) / (people of the sector).

    Examples
    --------
    >>> from geosector.measure.access.network import build_network
    >>> from geosector.measure.access.travel import travel_times
    >>> x, y = 5e5, 4e6
    >>> streets = [shapely.LineString([(x + a, y), (x + a + 100, y)]) for a in (0, 100)]
    >>> roads = gpd.GeoDataFrame(geometry=streets, crs=32637)
    >>> areas = [shapely.box(x + a, y - 50, x + a + 100, y + 50) for a in (0, 100)]
    >>> sectors = gpd.GeoDataFrame({"sector_id": [1, 2]}, geometry=areas, crs=32637)
    >>> blocks = sectors.assign(population=[30, 70])
    >>> well = gpd.GeoDataFrame(
    ...     {"kind": ["water_point"]}, geometry=[shapely.Point(x + 20, y)], crs=32637
    ... )
    >>> network = build_network(roads).network
    >>> travel = travel_times(network, roads)
    >>> found = self_containment(sectors, blocks, well, network, travel, kinds=["water_point"])
    >>> found.sectors[["sector_id", "share", "missing"]].to_numpy().tolist()
    [[1, 1.0, False], [2, 0.0, True]]
    >>> self_containment(sectors[:0], blocks[:0], well, network, travel).sectors.empty
    True
    >>> self_containment(sectors, sectors, well, network, travel)
    Traceback (most recent call last):
    geosector.errors.MissingColumnError: The table blocks lacks the column population; ...
    """
    require(sectors, "sector_id", name="sectors")
    require(blocks, "sector_id", "population", name="blocks")
    require(facilities, "kind", name="facilities")
    usable, problems = open_facilities(facilities)
    usable = usable[usable["kind"].isin(kinds)]
    areas = np.asarray(crs.to_metres(sectors, network.crs).geometry.values, object)
    places = crs.to_metres(usable, network.crs).representative_point().to_numpy()
    lines = stretch_lines(network, np.arange(len(network.length_m)))
    found = pd.DataFrame(np.nan, blocks.index, [f"{kind}_minutes" for kind in kinds])
    told = []
    population = people_of(blocks)
    for sector_id, area in zip(sectors["sector_id"], areas, strict=True):
        inside = stretches_inside(lines, area)
        own_network, own_travel = take_stretches(network, inside), travel_along(travel, inside)
        there = usable[shapely.dwithin(places, area, ON_BORDER_M)]
        own = np.flatnonzero((blocks["sector_id"] == sector_id).to_numpy(bool, na_value=False))
        people = population[own]
        begun = find_stops(own_network, own_travel, blocks.iloc[own], farthest_m=farthest_m)
        for at, kind in enumerate(kinds):
            of_kind = there[there["kind"] == kind]
            taken = _minutes(own_network, own_travel, of_kind, begun, farthest_m)
            found.iloc[own, at] = taken
            reached = np.isfinite(taken) & (taken <= (np.inf if minutes is None else minutes))
            told.append((sector_id, kind, len(of_kind), people.sum(), people[reached].sum()))
    columns = ["sector_id", "kind", "facilities", "people", "reached"]
    table = pd.DataFrame(told, columns=columns)
    table["share"] = table["reached"] / table["people"].where(table["people"] > 0)
    table["missing"] = table["facilities"] == 0
    listed = pd.concat([problems, _without_area(sectors)], ignore_index=True)
    return Contained(table, found, listed)


def _without_area(sectors: gpd.GeoDataFrame) -> pd.DataFrame:
    """List the sectors of which nobody knows where they lie: nothing can be inside of them."""
    numbers = row_numbers(sectors)
    nowhere = (sectors.geometry.isna() | sectors.geometry.is_empty).to_numpy()
    return problems_table(
        Problem(
            "sectors",
            numbers[at],
            "geometry",
            text("nothing"),
            text("an area"),
            text("counted as nothing"),
        )
        for at in np.flatnonzero(nowhere).tolist()
    )


def stretches_inside(lines: NDArray[np.object_], area: shapely.Geometry | None) -> Ints:
    """Find the stretches that lie in a sector or on its border.

    Parameters
    ----------
    lines : array of shapely LineString, shape (stretches,), metres
        The stretches.
    area : shapely Polygon or MultiPolygon
        Of the sector, in the same metres.

    Returns
    -------
    array of int
        Those that leave it nowhere by more than 1 m.
    """
    if area is None or area.is_empty:
        return np.zeros(0, np.int64)
    wide = area.buffer(ON_BORDER_M)
    shapely.prepare(wide)
    return np.flatnonzero(shapely.covers(wide, lines))


def _minutes(
    network: Network,
    inside: Travel,
    facilities: gpd.GeoDataFrame,
    begun: Stops,
    farthest_m: float,
) -> Floats:
    """Give the minutes from places to the nearest of some facilities, infinite where none is."""
    links = link(network, inside, find_stops(network, inside, facilities, farthest_m=farthest_m))
    met = links.nodes[links.nodes >= 0]
    near = find_nearest(links.graph, met)
    taken: Floats = from_places(links, begun, near, inside.pace).seconds[:, 0] / 60
    return taken
