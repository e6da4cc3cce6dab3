"""Who goes to which shelter, when shelters can be full: who is left over, where, and why.

As many people as possible are sheltered, and of all such plans the one with the least walking
counts: every plan is the optimum, and tells the bound that proves it. No shelter holds more than
its capacity. People of one block may go to several shelters, and who of them goes where is theirs
to say: nothing is known of households. No way is called safe, and no shelter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import InputError
from geosector.language import number, text
from geosector.measure.access.containment import ON_BORDER_M, stretches_inside
from geosector.measure.access.facilities import FARTHEST_M, identities
from geosector.measure.access.network import Network, stretch_lines, take_stretches
from geosector.measure.access.travel import STALE_DAYS, Travel, travel_along
from geosector.measure.coded import require
from geosector.measure.sheltering.listed import (
    MINUTE,
    Areas,
    block_ids,
    find_areas,
    list_left_over,
    list_sheltering,
    list_shelters,
    sum_by_sector,
)
from geosector.measure.sheltering.rooms import Rooms, count_heads, count_rooms, in_fixed_order
from geosector.measure.sheltering.transport import NO_WAY, Allotted, allot
from geosector.measure.sheltering.trips import Paths, Trips, find_paths, follow, milliseconds
from geosector.tables import Problem, problems_table

Ints = NDArray[np.int64]
Short = NDArray[np.int32]

KINDS = ("shelter",)

# Why somebody has no shelter.
Reason = Literal["no_place", "no_sector", "no_shelter", "no_street", "out_of_reach", "full"]


class Figures(NamedTuple):
    """The plan in numbers.

    ``people`` = ``sheltered`` + ``left_over``; ``capacity`` = ``sheltered`` + ``free``.
    ``person_minutes``: of all ways together; ``bound``: what they come to at least in any plan that
    shelters as many; ``gap``: (person_minutes - bound) / bound, 0 where the plan is the optimum.
    """

    people: int
    sheltered: int
    left_over: int
    capacity: int
    free: int
    person_minutes: float
    bound: float
    gap: float


class Sheltered(NamedTuple):
    """A plan for who goes to which shelter.

    ``sheltering``: ``block_id, sector_id, facility_id, people, minutes, metres,
    oldest_report_days`` (NaN where a street on the way was never reported), ``known`` (whether no
    report is older than is allowed). ``shelters``: ``facility_id, sector_id, capacity, people,
    free, more_people`` (0 or 1: how many more one more room would take in), ``saved_minutes`` (what
    one more room would save all together; below 0 where one more person walks), ``geometry``.
    ``left_over``: ``block_id, sector_id, people, reason, geometry``. ``sectors``: ``sector_id,
    people, sheltered, left_over, share, capacity, free, minutes`` (the mean of the sheltered),
    ``unknown`` (people whose way is not known), and ``geometry`` where sectors were given; a last
    row without ``sector_id`` for what is in none. ``problems``: rows left out or changed.
    """

    sheltering: pd.DataFrame
    shelters: gpd.GeoDataFrame
    left_over: gpd.GeoDataFrame
    sectors: pd.DataFrame
    problems: pd.DataFrame
    figures: Figures


class Part(NamedTuple):
    """Blocks and shelters between which people may go, and the ways between them."""

    blocks: Ints
    shelters: Ints
    paths: Paths


def assign_to_shelters(
    blocks: gpd.GeoDataFrame,
    shelters: gpd.GeoDataFrame,
    network: Network,
    travel: Travel,
    *,
    sectors: gpd.GeoDataFrame | None = None,
    within_sector: bool = False,
    minutes: float | None = None,
    kinds: Sequence[str] = KINDS,
    day: dt.date | None = None,
    stale_days: float = STALE_DAYS,
    farthest_m: float = FARTHEST_M,
) -> Sheltered:
    """Send the people of blocks to shelters, none of which holds more than its capacity.

    Parameters
    ----------
    blocks : geopandas.GeoDataFrame
        ``population``; ``block_id`` and ``sector_id`` where they are there. Areas or points.
    shelters : geopandas.GeoDataFrame
        ``capacity`` in people; ``id, kind, status, capacity_unit, sector_id`` where they are there.
        Only open ones count.
    network : Network
    travel : Travel
        On foot or by car, with what is closed.
    sectors : geopandas.GeoDataFrame, optional
        ``sector_id`` and areas: tells in which sector a shelter lies.
    within_sector : bool
        Whether people stay in their sector, on its streets, its border streets among them. A
        shelter on a border is of every sector that it touches.
    minutes : float, optional
        How far anybody goes. Default: however long it takes.
    kinds : sequence of str
        Which kinds of facility shelter people.
    day : datetime.date, optional
        Of the plan: shelters whose ``valid_from`` is later or ``valid_to`` earlier do not count.
        Default: all that are open do.
    stale_days : float
        How old a report of a street may be.
    farthest_m : float
        From a block or a shelter to its street.

    Returns
    -------
    Sheltered
        Everybody is in ``sheltering`` or in ``left_over``, whole people, as many as were given
        (rounded). Reasons to be left over, the first that holds: ``no_place`` (the block has no
        geometry), ``no_sector`` (none of those given), ``no_shelter`` (no open one, in the sector
        where people stay in it), ``no_street`` (none that can be passed near the block),
        ``out_of_reach`` (no way, or none within ``minutes``), ``full`` (those in reach are full).

    Raises
    ------
    MissingColumnError
        Where ``population``, ``capacity`` or a ``sector_id`` that is wanted is missing.
    InputError
        Where ``minutes`` is not above 0, or people stay in sectors of which no areas are given.

    Notes
    -----
    A transportation problem, solved to the optimum in milliseconds of walking: see `transport`.
    Plans that are as good are possible; which is given does not depend on the order of the rows.

    Examples
    --------
    Eight people live 2 minutes from a shelter for five; the next is 10 minutes away:

    >>> from geosector.measure.access.network import build_network
    >>> from geosector.measure.access.travel import travel_times
    >>> street = shapely.LineString([(5e5, 4e6), (500864, 4e6)])
    >>> roads = gpd.GeoDataFrame(geometry=[street], crs=32637)
    >>> network = build_network(roads).network
    >>> travel = travel_times(network, roads)
    >>> place = lambda *xs: gpd.points_from_xy(xs, [4e6] * len(xs), crs=32637)
    >>> blocks = gpd.GeoDataFrame({"population": [8, 1]}, geometry=place(500144, 599999))
    >>> shelters = gpd.GeoDataFrame({"id": ["a", "b"], "capacity": 5}, geometry=place(5e5, 500864))
    >>> plan = assign_to_shelters(blocks, shelters, network, travel)
    >>> plan.sheltering[["facility_id", "people", "minutes"]].round(1).to_numpy().tolist()
    [['a', 5, 2.0], ['b', 3, 10.0]]
    >>> plan.left_over[["people", "reason"]].to_numpy().tolist()
    [[1, 'no_street']]
    >>> plan.shelters["saved_minutes"].round(1).tolist(), plan.figures.gap
    ([8.0, 0.0], 0.0)
    >>> plan = assign_to_shelters(blocks, shelters, network, travel, minutes=5)
    >>> plan.left_over[["people", "reason"]].to_numpy().tolist()
    [[3, 'full'], [1, 'no_street']]
    >>> assign_to_shelters(blocks[:0], shelters, network, travel).sheltering.empty
    True
    >>> assign_to_shelters(blocks, shelters, network, travel, minutes=0)
    Traceback (most recent call last):
    geosector.errors.InputError: 0 minutes are allowed for a way; expected more than 0.
    """
    _require_sound(blocks, shelters, sectors, within_sector=within_sector, minutes=minutes)
    order = _fixed_order(blocks)
    heads = count_heads(blocks, order=order)
    rooms = count_rooms(shelters, kinds=kinds, day=day)
    areas = None if sectors is None else find_areas(sectors, network)
    if within_sector and areas is not None:
        parts = _by_sector(blocks, rooms.table, areas, network, travel, farthest_m)
    else:
        paths = find_paths(network, travel, blocks, rooms.table, farthest_m=farthest_m)
        parts = [Part(np.arange(len(blocks)), np.arange(len(rooms.table)), paths)]
    cost = np.full((len(blocks), len(rooms.table)), NO_WAY, np.int32)
    for part in parts:
        limit = np.inf if minutes is None else minutes * 60
        cost[np.ix_(part.blocks, part.shelters)] = milliseconds(part.paths, seconds=limit)
    plan = _allotted(cost, heads.people, rooms.capacity, order)
    ways = _ways(plan, parts, cost)
    table = list_sheltering(blocks, rooms.table, plan, ways, stale_days)
    used = list_shelters(rooms.table, rooms.capacity, plan, areas)
    left = list_left_over(blocks, plan.left, _reasons(blocks, cost, parts))
    off = _out_of_use(rooms, parts)
    return Sheltered(
        table,
        used,
        left,
        sum_by_sector(blocks, heads.people, table, used, left, sectors),
        problems_table([*heads.problems, *rooms.problems, *off]),
        _figures(plan, heads.people, rooms.capacity),
    )


def _require_sound(
    blocks: gpd.GeoDataFrame,
    shelters: gpd.GeoDataFrame,
    sectors: gpd.GeoDataFrame | None,
    *,
    within_sector: bool,
    minutes: float | None,
) -> None:
    require(crs.require_crs(blocks, "blocks"), "population", name="blocks")
    require(crs.require_crs(shelters, "shelters"), "capacity", name="shelters")
    if sectors is not None:
        require(crs.require_crs(sectors, "sectors"), "sector_id", name="sectors")
    if minutes is not None and not minutes > 0:
        raise InputError(
            text(
                "{minutes} minutes are allowed for a way; expected more than 0.",
                minutes=number(minutes, decimals=0 if minutes == 0 else 1),
            )
        )
    if within_sector:
        require(blocks, "sector_id", name="blocks")
        if sectors is None:
            raise InputError(
                text("People stay in their sectors, whose areas are not known. Give sectors.")
            )


def _fixed_order(blocks: gpd.GeoDataFrame) -> Ints:
    """Order blocks so that the order of their rows changes nothing."""
    people = pd.to_numeric(blocks["population"], errors="coerce").to_numpy(float, na_value=np.nan)
    return in_fixed_order(blocks, people, block_ids(blocks).to_numpy(object))


def _by_sector(  # noqa: PLR0917 - private
    blocks: gpd.GeoDataFrame,
    shelters: gpd.GeoDataFrame,
    areas: Areas,
    network: Network,
    travel: Travel,
    farthest_m: float,
) -> list[Part]:
    """Part the city: the blocks, shelters and streets of each sector."""
    places = crs.to_metres(shelters, network.crs).representative_point().to_numpy()
    lines = stretch_lines(network, np.arange(len(network.length_m)))
    sector_of = areas.sector_ids.get_indexer(blocks["sector_id"].astype(object))
    parts = []
    for at, area in enumerate(areas.shapes):
        own = np.flatnonzero(sector_of == at)
        there = np.flatnonzero(shapely.dwithin(places, area, ON_BORDER_M))
        inside = stretches_inside(lines, area)
        paths = find_paths(
            take_stretches(network, inside),
            travel_along(travel, inside),
            blocks.iloc[own],
            shelters.iloc[there],
            farthest_m=farthest_m,
        )
        parts.append(Part(own, there, paths))
    return parts


def _allotted(cost: Short, people: Ints, capacity: Ints, order: Ints) -> Allotted:
    """Make the plan with the blocks in their fixed order, and name them by their rows."""
    plan = allot(cost[order], people[order], capacity)
    block = order[plan.block]
    again = np.lexsort((plan.place, block))
    left = np.zeros(len(people), np.int64)
    left[order] = plan.left
    return plan._replace(
        block=block[again], place=plan.place[again], people=plan.people[again], left=left
    )


def _ways(plan: Allotted, parts: list[Part], cost: Short) -> Trips:
    """Follow the way of each lot of people."""
    told = Trips(*(np.zeros(len(plan.block)) for _ in range(3)))
    for part in parts:
        own = np.flatnonzero(np.isin(plan.block, part.blocks))
        block, place = plan.block[own], plan.place[own]
        found = follow(
            part.paths,
            np.searchsorted(part.blocks, block),
            np.searchsorted(part.shelters, place),
            cost[block, place],
        )
        for values, new in zip(told, found, strict=True):
            values[own] = new
    return told


def _reasons(blocks: gpd.GeoDataFrame, cost: Short, parts: list[Part]) -> NDArray[np.object_]:
    """Say of each block why somebody of it would be left over."""
    why = np.full(len(blocks), "no_sector", object)
    for part in parts:
        own = part.blocks
        if not len(part.shelters):
            why[own] = "no_shelter"
            continue
        near = part.paths.begun.stretch >= 0
        reached = cost[own].min(axis=1) < NO_WAY if len(own) else near
        why[own] = np.where(near, np.where(reached, "full", "out_of_reach"), "no_street")
    why[(blocks.geometry.isna() | blocks.geometry.is_empty).to_numpy()] = "no_place"
    return why


def _out_of_use(rooms: Rooms, parts: list[Part]) -> list[Problem]:
    """List the shelters that nobody can be sent to: in no sector, or far from any street."""
    inside, met = np.zeros(len(rooms.table), bool), np.zeros(len(rooms.table), bool)
    for part in parts:
        inside[part.shelters] = True
        met[part.shelters] |= part.paths.links.nodes >= 0
    ids = identities(rooms.table)
    return [
        Problem(
            "shelters",
            rooms.rows[at],
            "geometry",
            str(ids[at]),
            text("a place near a street that can be passed")
            if inside[at]
            else text("a place in a sector"),
            text("nobody is sent there"),
        )
        for at in np.flatnonzero(~met).tolist()
    ]


def _figures(plan: Allotted, people: Ints, capacity: Ints) -> Figures:
    """Tell the plan in numbers."""
    sheltered, whole = int(plan.people.sum()), int(capacity.sum())
    return Figures(
        int(people.sum()),
        sheltered,
        int(plan.left.sum()),
        whole,
        whole - sheltered,
        plan.cost / MINUTE,
        plan.bound / MINUTE,
        (plan.cost - plan.bound) / max(plan.bound, 1),
    )
