"""Where to put more shelters, warehouses or field hospitals: from tables to tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from geosector import crs
from geosector.errors import InputError
from geosector.language import text
from geosector.measure.access.facilities import FARTHEST_M, find_stops, link
from geosector.measure.access.network import Network
from geosector.measure.access.travel import STALE_DAYS, Travel
from geosector.measure.coded import require
from geosector.measure.siting import candidates as sifted
from geosector.measure.siting import told
from geosector.measure.siting.choose import max_covering, p_median
from geosector.measure.siting.minutes import minutes_between
from geosector.measure.siting.places import (
    find_homes,
    find_places,
    flags_against,
    judge,
    require_enough,
    room_of,
    sector_ids,
    take_stops,
)
from geosector.tables import problems_table

Method = Literal["p_median", "covering"]

METHODS: tuple[Method, ...] = ("p_median", "covering")


class Sited(NamedTuple):
    """The sites chosen and whom they serve.

    ``sites``: ``id, order, existing, people, capacity, minutes, sector_id, reason, geometry``;
    ``order`` counts the new ones, the one that saves most first; ``minutes`` is the mean of the
    people; ``reason`` says what would speak against one that exists. ``served``: ``demand_id,
    site_id, people, minutes, metres, oldest_report_days, known, reason``; whom nobody serves has no
    site, and a reason: ``unreachable`` (no candidate reaches them), ``not_reached`` (none that was
    chosen), ``too_far`` (none within the minutes), ``full``. ``candidates``, ``demand``: the rows
    given, with ``usable, reason, chosen`` and with ``site_id, minutes``. ``figures``: what was
    sought, ``objective, bound, gap``, and what came out. ``problems``: rows left out.
    """

    sites: gpd.GeoDataFrame
    served: pd.DataFrame
    candidates: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame
    figures: Mapping[str, Any]
    problems: pd.DataFrame


def site_facilities(
    demand: gpd.GeoDataFrame,
    candidates: gpd.GeoDataFrame,
    network: Network,
    travel: Travel,
    count: int,
    *,
    method: Method = "p_median",
    minutes: float | None = None,
    existing: gpd.GeoDataFrame | None = None,
    kind: str | None = None,
    day: dt.date | None = None,
    capacities: bool = False,
    split: bool = True,
    avoid: gpd.GeoDataFrame | None = None,
    barriers: gpd.GeoDataFrame | None = None,
    away_m: float | None = None,
    sectors: gpd.GeoDataFrame | None = None,
    two_roads: bool = False,
    stale_days: float = STALE_DAYS,
    farthest_m: float = FARTHEST_M,
    seed: int = 0,
    iterations: int | None = None,
    seconds: float | None = None,
) -> Sited:
    """Choose where to put some more facilities.

    Long because of its options: each is a line of the signature and one of the work.

    Parameters
    ----------
    demand : geopandas.GeoDataFrame
        ``population``, and points or areas; ``id`` (or ``block_id``) where it is there.
    candidates : geopandas.GeoDataFrame
        Points or areas; ``id``, ``capacity`` and ``status`` where they are there.
    network, travel : Network, Travel
        The streets, on foot or by car, with what is closed.
    count : int
        How many sites besides those that exist.
    method : str
        ``p_median``: the shortest way of all people together. ``covering``: most people within
        ``minutes``.
    minutes : float, optional
        Within reach. Only for the covering, which needs it.
    existing : geopandas.GeoDataFrame, optional
        Facilities that stay; those that are not ``open`` do not count, nor those that do not hold
        on the ``day``.
    kind : str, optional
        Of these only such, by their ``kind``.
    day : datetime.date, optional
        Of the plan. Default: every facility holds, whatever its ``valid_from`` and ``valid_to``.
    capacities : bool
        Whether a site holds no more people than its ``capacity``.
    split : bool
        With capacities: whether people of one demand may go to several sites.
    avoid : geopandas.GeoDataFrame, optional
        Areas (hot cells) in which no new site may lie.
    barriers, away_m : geopandas.GeoDataFrame and float, optional
        No new site may lie nearer than ``away_m`` metres to one of these (a front line, a border).
    sectors : geopandas.GeoDataFrame, optional
        ``sector_id`` and areas: in each there is at least one site, new or existing.
    two_roads : bool
        Whether a new site must still be reached when any one stretch of street is lost.
    stale_days : float
        How old a report of a street may be.
    farthest_m : float
        From a demand or a site to its street.
    seed, iterations, seconds
        As those of `p_median`.

    Returns
    -------
    Sited
        Coordinates in EPSG:4326.

    Raises
    ------
    MissingColumnError
        Where ``population``, or ``sector_id`` of the sectors, is missing.
    MissingCRSError
        Where a table has no coordinate system.
    InputError
        Where nobody lives in ``demand``, a sector is there twice or the options do not go together.
    TooFewCandidatesError
        Where fewer candidates than ``count`` can be used, or a sector has none.
    TooLittleRoomError
        Where the sites cannot hold the people whom they reach (p-median).

    Notes
    -----
    People whom no usable site reaches are in no objective; they are listed. Those whom a candidate
    reaches, but no chosen site, count in the p-median at twice the longest way. A candidate
    that is not used is listed with the first of these reasons: ``no_place``, ``repeated_id``,
    ``damaged``, ``no_capacity``, ``off_streets``, ``in_area``, ``near_barrier``, ``one_way_in``.
    What exists is kept where such a reason holds, and the reason is told. That a site was chosen
    says nothing of the danger there.

    Examples
    --------
    A street of 720 m, ten minutes on foot, with 30 people at its west end and 10 at its east end:

    >>> import shapely
    >>> from geosector.measure.access.network import build_network
    >>> from geosector.measure.access.travel import travel_times
    >>> street = shapely.LineString([(5e5, 4e6), (500720, 4e6)])
    >>> roads = gpd.GeoDataFrame(geometry=[street], crs=32637)
    >>> network = build_network(roads).network
    >>> travel = travel_times(network, roads)
    >>> place = lambda *xs: gpd.points_from_xy(xs, [4e6] * len(xs), crs=32637)
    >>> homes = gpd.GeoDataFrame({"id": ["w", "e"], "population": [30, 10]},
    ...                          geometry=place(5e5, 500720))
    >>> yards = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=place(500072, 500648))
    >>> sited = site_facilities(homes, yards, network, travel, 1)
    >>> sited.sites[["id", "people"]].values.tolist(), round(sited.figures["objective"], 1)
    ([['a', 40.0]], 120.0)
    >>> sited.served[["demand_id", "site_id"]].values.tolist()
    [['w', 'a'], ['e', 'a']]
    >>> site_facilities(homes[:0], yards, network, travel, 1)
    Traceback (most recent call last):
    geosector.errors.InputError: Nobody lives in the demand. Give places with a population.
    >>> site_facilities(homes, yards, network, travel, 1, avoid=yards.buffer(9).to_frame())
    Traceback (most recent call last):
    geosector.errors.TooFewCandidatesError: 1 site is asked for, but 0 candidates can be used ...
    """
    _require_wish(count, method, minutes)
    sifted.require_distance(barriers, away_m)
    _require_systems(
        demand=demand, candidates=candidates, existing=existing, avoid=avoid, barriers=barriers,
        sectors=sectors,
    )  # fmt: skip
    if existing is not None and kind is not None:
        require(existing, "kind", name="existing")
        existing = existing[(existing["kind"] == kind).to_numpy()]
    homes, problems = find_homes(demand, network)
    people = homes.people
    begun = find_stops(network, travel, homes.table, farthest_m=farthest_m)
    places, more = find_places(candidates, existing, network, travel, farthest_m, day=day)
    flags = flags_against(places, network, avoid, barriers, away_m)
    if capacities:
        flags["no_capacity"] = np.isnan(room_of(places.table))
    if two_roads:
        held = sifted.with_two_ways(network, travel, begun, people, places.stops)
        flags["one_way_in"] = ~held
    areas = None if sectors is None else sector_ids(sectors)
    places = judge(places, flags, network, sectors)
    require_enough(count, places, areas)
    taken = places.usable
    links = link(network, travel, take_stops(places.stops, taken))
    costs = minutes_between(links, begun, links.nodes, travel.pace)
    room = np.nan_to_num(room_of(places.table)[taken], nan=0.0) if capacities else None
    kept = np.flatnonzero(places.existing[taken])
    wish: dict[str, Any] = {
        "fixed": kept, "capacities": room, "split": split, "seed": seed,
        "groups": None if areas is None else places.sector[taken],
        "iterations": iterations, "seconds": seconds,
    }  # fmt: skip
    if minutes is not None:
        chosen = max_covering(costs, people, count + len(kept), minutes, **wish)
    else:
        chosen = p_median(costs, people, count + len(kept), **wish)
    used = places.table["id"].to_numpy(object)[taken]
    served = told.with_ways(
        told.list_served(chosen, costs, minutes), links, begun, travel.pace, stale_days
    )
    named = told.with_names(served, homes, used)
    asked = {"method": method, "count": count, "existing": len(kept), "minutes": minutes,
             "iterations": iterations, "seconds": seconds}  # fmt: skip
    return Sited(
        told.sites_table(chosen, named, places, areas, capacities=capacities),
        told.served_table(named),
        told.candidates_table(candidates, places, chosen, areas),
        told.demand_table(demand, named),
        told.figures_of(asked, chosen, named, places),
        problems_table([*problems, *more]),
    )


def _require_systems(**tables: gpd.GeoDataFrame | None) -> None:
    for name, table in tables.items():
        if table is not None:
            crs.require_crs(table, name)


def _is_whole(given: object) -> bool:
    return isinstance(given, int | np.integer) and not isinstance(given, bool)


def _require_wish(count: int, method: str, minutes: float | None) -> None:
    if not _is_whole(count) or count < 1:
        raise InputError(
            text("{count} more sites are asked for; expected a whole number from 1.", count=count)
        )
    if method not in METHODS:
        raise InputError(
            text(
                "The method is {given}; expected one of: {known}.",
                given=method,
                known=", ".join(METHODS),
            )
        )
    if (method == "covering") != (minutes is not None):
        raise InputError(
            text("The covering needs minutes, and the p-median takes none. Give the two together.")
        )


def layers_of(sited: Sited) -> dict[str, pd.DataFrame]:
    """Name the tables of a siting as the layers of a GeoPackage."""
    return {
        "sites": sited.sites,
        "served": sited.served,
        "candidates": sited.candidates,
        "demand": sited.demand,
    }
