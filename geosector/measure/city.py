"""Who reaches what in a city, who is cut off and how one gets out, in one step from its tables.

All figures of the step are of one network, one day and one table of closures, so that the tables
agree with each other. Nothing in them is called safe.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geosector import crs
from geosector.errors import InputError
from geosector.language import text
from geosector.measure.access.areas import WIDTH_M, isochrones, limits_of
from geosector.measure.access.containment import NEEDED, self_containment
from geosector.measure.access.facilities import (
    FARTHEST_M,
    identities,
    nearest_facilities,
    open_facilities,
)
from geosector.measure.access.losses import blocks_cut_off, critical_places, parts_cut_off
from geosector.measure.access.network import Network, build_network
from geosector.measure.access.people import people_of, without_people
from geosector.measure.access.routes import find_routes
from geosector.measure.access.rows import row_numbers
from geosector.measure.access.travel import (
    MODES,
    STALE_DAYS,
    Mode,
    Shut,
    Travel,
    shut_by,
    travel_times,
)
from geosector.measure.access.within import people_within
from geosector.measure.coded import require
from geosector.measure.sheltering.assignment import Sheltered, assign_to_shelters
from geosector.tables import Problem, problems_table

MINUTES = (5.0, 10.0, 15.0)
REACH = (
    "block_id", "sector_id", "population", "kind", "rank", "facility_id", "minutes", "metres",
    "oldest_report_days", "known",
)  # fmt: skip


class CityAccess(NamedTuple):
    """What `assess_access` finds, each a table in EPSG:4326 where it has shapes.

    ``blocks``: the blocks with ``{kind}_minutes``, ``{kind}_known`` and ``cut_off``. ``sectors``:
    the sectors with ``{kind}_share`` (who reach one inside), ``{kind}_missing``,
    ``{kind}_within`` (share within the greatest limit, anywhere) and ``cut_off`` (people).
    ``reach``, ``access``, ``service_areas``, ``cut_off``, ``critical``, ``routes``: see
    `geosector.tables`. ``sheltering``, ``shelters``, ``left_over``: as `assign_to_shelters` gives
    them; without rows where no capacity of a shelter is known. ``problems``: rows that could not
    be used. ``summary``: the figures in sum.
    """

    blocks: gpd.GeoDataFrame
    sectors: gpd.GeoDataFrame
    reach: pd.DataFrame
    access: pd.DataFrame
    service_areas: gpd.GeoDataFrame
    cut_off: gpd.GeoDataFrame
    critical: gpd.GeoDataFrame
    routes: gpd.GeoDataFrame
    sheltering: pd.DataFrame
    shelters: gpd.GeoDataFrame
    left_over: gpd.GeoDataFrame
    problems: pd.DataFrame
    summary: dict[str, Any]

    def layers(self) -> dict[str, pd.DataFrame]:
        """Give the tables by their names, as a GeoPackage holds them.

        Examples
        --------
        >>> list(CityAccess(*[None] * 13).layers())[:3]
        ['blocks', 'sectors', 'reach']
        """
        unmade = _OF_SHELTERS if self.shelters is None or self.shelters.empty else frozenset()
        return {
            name: table
            for name, table in self._asdict().items()
            if name not in _BESIDE and name not in unmade
        }


_BESIDE = frozenset({"problems", "summary"})
_OF_SHELTERS = frozenset({"sheltering", "shelters", "left_over"})


class _City(NamedTuple):
    """The tables of a city, checked, and what moving in it takes, with and without closures.

    ``numbers``: the row of each block in its file.
    """

    blocks: gpd.GeoDataFrame
    numbers: list[int | None]
    sectors: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    network: Network
    travel: Travel
    before: Travel
    shut: Shut
    problems: list[pd.DataFrame]
    mode: Mode


def assess_access(
    roads: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    sectors: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    *,
    closures: gpd.GeoDataFrame | None = None,
    mode: str | Mode = "walk",
    minutes: Sequence[float] = MINUTES,
    kinds: Sequence[str] = NEEDED,
    count: int = 1,
    day: dt.date | None = None,
    exits: gpd.GeoDataFrame | None = None,
    avoid: gpd.GeoDataFrame | None = None,
    ways: int = 2,
    shelter_minutes: float | None = None,
    stale_days: float = STALE_DAYS,
    farthest_m: float = FARTHEST_M,
    width_m: float = WIDTH_M,
) -> CityAccess:
    """Tell who reaches which facilities, who is cut off, what is critical and the ways out.

    Long because it names every table and hands each step what it needs.

    Parameters
    ----------
    roads : geopandas.GeoDataFrame
        Lines; ``road_class, name, layer, bridge, oneway, state, state_at``, each of which may be
        missing.
    facilities : geopandas.GeoDataFrame
        ``kind``; ``id, status, valid_from, valid_to`` where they are there. They may lie outside
        the sectors.
    sectors : geopandas.GeoDataFrame
        ``sector_id`` and areas.
    blocks : geopandas.GeoDataFrame
        ``sector_id``, ``population``, ``block_id`` (else the index), and areas or points.
    closures : geopandas.GeoDataFrame, optional
        Lines, areas or points that close streets, as `shut_by` takes them.
    mode : str or Mode
        ``walk``, ``drive``, or your own.
    minutes : sequence of float
        Limits for people within reach and for service areas.
    kinds : sequence of str
        Of facilities.
    count : int
        How many of the nearest facilities for each block and kind.
    day : datetime.date, optional
        Of the plan: how old reports are, and which facilities hold. Default: the latest
        ``state_at`` of the roads, and every facility holds.
    exits : geopandas.GeoDataFrame, optional
        Where people must get to: ways out, camps, hospitals. Default: the part of the city with
        most people is the town, and there are no routes.
    avoid : geopandas.GeoDataFrame, optional
        Hot areas that routes keep out of.
    ways : int
        How many routes for each sector.
    shelter_minutes : float, optional
        How far anybody goes to the shelter that is meant for them. Default: however long it takes.
    stale_days : float
        How old a report of a street may be.
    farthest_m : float
        From a block or a facility to its street.
    width_m : float
        How far beside a street a service area is drawn.

    Returns
    -------
    CityAccess

    Raises
    ------
    MissingColumnError
        Where a column that must be there is missing.
    InputError
        Where a setting makes no sense, a sector is there twice or people are no number.
    MissingCRSError
        Where a table has no coordinate system.

    Notes
    -----
    A route starts at the block nearest to the mean of where the people of its sector live. The
    formulas are told at `nearest_facilities`, `people_within`, `self_containment`, `isochrones`,
    `parts_cut_off`, `critical_places` and `find_routes`.

    Examples
    --------
    A street through two sectors; the well is in the first, and the street is closed between them:

    >>> x, y = 5e5, 4e6
    >>> streets = [shapely.LineString([(x + a, y), (x + a + 100, y)]) for a in (0, 100, 200)]
    >>> roads = gpd.GeoDataFrame(geometry=streets, crs=32637)
    >>> areas = [shapely.box(x + a, y - 50, x + a + 150, y + 50) for a in (0, 150)]
    >>> sectors = gpd.GeoDataFrame({"sector_id": [1, 2]}, geometry=areas, crs=32637)
    >>> homes = gpd.GeoDataFrame({"block_id": [0, 1], "sector_id": [1, 2], "population": [30, 70]},
    ...     geometry=gpd.points_from_xy([x + 50, x + 250], [y, y]), crs=32637)
    >>> well = gpd.GeoDataFrame({"id": ["w"], "kind": ["water_point"]},
    ...     geometry=gpd.points_from_xy([x], [y]), crs=32637)
    >>> shut = gpd.GeoDataFrame(geometry=gpd.points_from_xy([x + 150], [y]), crs=32637)
    >>> kinds = ["water_point"]
    >>> found = assess_access(roads, well, sectors, homes, kinds=kinds, minutes=[5], closures=shut)
    >>> found.access[["sector_id", "within", "share", "missing"]].to_numpy().tolist()
    [[1, 30.0, 1.0, False], [2, 0.0, 0.0, True]]
    >>> found.cut_off[["part", "sector_ids", "people"]].to_numpy().tolist()
    [[1, '1', 30.0]]
    >>> assess_access(roads, well, sectors, homes[:0], kinds=kinds).access["people"].sum()
    np.float64(0.0)
    >>> assess_access(roads, well, sectors, homes, kinds=kinds, mode="fly")
    Traceback (most recent call last):
    geosector.errors.InputError: 'fly' is no way to move. Use one of: walk, drive.
    """
    limits = limits_of(minutes)[1].tolist()
    _require_systems(
        roads=roads, facilities=facilities, sectors=sectors, blocks=blocks, closures=closures,
        exits=exits, avoid=avoid,
    )  # fmt: skip
    city = _city(roads, facilities, sectors, blocks, closures, kinds, mode, day, stale_days)
    reach, unreached = _reach(city, kinds, count, stale_days, farthest_m)
    inside = self_containment(
        city.sectors, city.blocks, city.facilities, city.network, city.travel, kinds=kinds,
        farthest_m=farthest_m,
    )  # fmt: skip
    within = inside.blocks.rename(columns={f"{kind}_minutes": f"{kind}_inside" for kind in kinds})
    nearest = reach[(reach["rank"] == 1).to_numpy()]
    access = people_within(nearest, inside.sectors, city.blocks.join(within), limits)
    served = isochrones(
        city.facilities, city.network, city.travel, minutes=limits, blocks=city.blocks,
        width_m=width_m, farthest_m=farthest_m,
    )  # fmt: skip
    gone = parts_cut_off(
        city.blocks, city.network, city.travel, exits=exits, before=city.before,
        farthest_m=farthest_m,
    )  # fmt: skip
    critical = critical_places(
        city.blocks, roads, city.network, city.travel, exits=exits, farthest_m=farthest_m
    )
    routes, no_ways = _routes(city, exits, avoid, ways, stale_days, farthest_m)
    plan = _sheltered(city, kinds, shelter_minutes, day, stale_days, farthest_m)
    told = _blocks(city, nearest, kinds, exits, farthest_m)
    problems = [
        problems_table([]), *city.problems, inside.problems, unreached, no_ways, plan.problems,
    ]  # fmt: skip
    return CityAccess(
        told,
        _sectors(city.sectors, access, told, kinds),
        _named(reach, city.blocks),
        access,
        served.areas,
        gone,
        critical,
        routes,
        *plan[:3],
        pd.concat(problems, ignore_index=True).drop_duplicates(ignore_index=True),
        _summary(city, access, told, routes, day) | _told_of(plan),
    )


# --------------------------------------------------------------- the tables given


def _city(  # noqa: PLR0917 - private
    roads: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    sectors: gpd.GeoDataFrame,
    blocks: gpd.GeoDataFrame,
    closures: gpd.GeoDataFrame | None,
    kinds: Sequence[str],
    mode: str | Mode,
    day: dt.date | None,
    stale_days: float,
) -> _City:
    """Check the tables of a city, and find what moving in it takes."""
    by = _mode(mode)
    require(sectors, "sector_id", name="sectors")
    require(blocks, "sector_id", "population", name="blocks")
    require(facilities, "kind", name="facilities")
    twice = sectors["sector_id"][sectors["sector_id"].duplicated()]
    if len(twice):
        raise InputError(
            text("Sector {sector} is there twice; expected each one once.", sector=twice.iloc[0])
        )
    numbers = row_numbers(blocks)
    kept = blocks.reset_index(drop=True)
    kept["population"] = people_of(kept)
    if "block_id" not in kept.columns:
        kept.insert(0, "block_id", blocks.index)
    rows = pd.Index(row_numbers(facilities), dtype=object)
    named = facilities.assign(id=identities(facilities)).set_axis(rows, axis="index")
    needed = named[named["kind"].isin(kinds).to_numpy()]
    usable, unplaced = open_facilities(needed, day)
    built = build_network(roads)
    before = travel_times(built.network, roads, by, day=day, stale_days=stale_days)
    none = np.zeros(len(built.network.length_m), bool)
    shut = Shut(none, none, problems_table([]))
    travel = before
    if closures is not None:
        shut = shut_by(built.network, closures)
        travel = travel_times(
            built.network, roads, by, day=day, stale_days=stale_days, closed=shut.closed,
            damaged=shut.damaged, walls=shut.walls,
        )  # fmt: skip
    problems = [
        built.problems, unplaced, shut.problems, without_people(blocks, numbers),
        _strange_blocks(kept, sectors, numbers), _doubtful_blocks(kept, numbers),
        _shared_ids(usable),
    ]  # fmt: skip
    return _City(kept, numbers, sectors, usable, built.network, travel, before, shut, problems, by)


def _require_systems(**tables: gpd.GeoDataFrame | None) -> None:
    for name, table in tables.items():
        if table is not None:
            crs.require_crs(table, name)


def _mode(mode: str | Mode) -> Mode:
    if isinstance(mode, Mode):
        return mode
    if mode not in MODES:
        raise InputError(
            text(
                "'{mode}' is no way to move. Use one of: {modes}.",
                mode=mode,
                modes=", ".join(MODES),
            )
        )
    return MODES[mode]


def _strange_blocks(
    blocks: pd.DataFrame, sectors: pd.DataFrame, numbers: list[int | None]
) -> pd.DataFrame:
    """List the blocks whose sector is not there: their people are in no sector's figures."""
    strange = ~blocks["sector_id"].isin(sectors["sector_id"]).to_numpy()
    nothing = blocks["sector_id"].isna().to_numpy()
    return problems_table(
        Problem(
            "blocks",
            numbers[at],
            "sector_id",
            text("nothing") if nothing[at] else str(blocks["sector_id"].iloc[at]),
            text("a sector of the layout"),
            text("counted in no sector"),
        )
        for at in np.flatnonzero(strange).tolist()
    )


def _doubtful_blocks(blocks: gpd.GeoDataFrame, numbers: list[int | None]) -> pd.DataFrame:
    """List the blocks without a place, and those whose id another one has, too: both count."""
    nowhere = (blocks.geometry.isna() | blocks.geometry.is_empty).to_numpy()
    ids = blocks["block_id"].astype(object)
    # As text: a list in a cell can be no key.
    again = (ids.astype(str).duplicated() & ids.notna()).to_numpy()
    place = "geometry", text("nothing"), text("a place"), text("no way is found from it")
    once = text("each block once"), text("both rows count")
    return problems_table(
        [
            *(Problem("blocks", numbers[at], *place) for at in np.flatnonzero(nowhere).tolist()),
            *(
                Problem("blocks", numbers[at], "block_id", str(ids.iloc[at]), *once)
                for at in np.flatnonzero(again).tolist()
            ),
        ]
    )


def _shared_ids(facilities: pd.DataFrame) -> pd.DataFrame:
    """List the facilities whose id another one has, too."""
    ids = pd.Series(identities(facilities))
    numbers = row_numbers(facilities)
    return problems_table(
        Problem(
            "facilities",
            numbers[at],
            "id",
            str(ids[at]),
            text("an id of its own"),
            text("kept as another facility"),
        )
        for at in np.flatnonzero(ids.duplicated().to_numpy()).tolist()
    )


# --------------------------------------------------------------- the tables told


def _reach(
    city: _City, kinds: Sequence[str], count: int, stale_days: float, farthest_m: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find the nearest facilities of each kind for every block."""
    every, problems = [], []
    for kind in kinds:
        own = city.facilities[(city.facilities["kind"] == kind).to_numpy()]
        found = nearest_facilities(
            city.blocks, own, city.network, city.travel, count=count, stale_days=stale_days,
            farthest_m=farthest_m,
        )  # fmt: skip
        every.append(found.table.assign(kind=kind))
        problems.append(found.problems)
    if not every:
        raise InputError(text("No kind of facility is given; expected one or more."))
    return pd.concat(every, ignore_index=True), pd.concat(problems, ignore_index=True)


def _named(reach: pd.DataFrame, blocks: pd.DataFrame) -> pd.DataFrame:
    """Say of each block in ``reach`` which it is, and who lives there."""
    own = blocks[["block_id", "sector_id", "population"]].reindex(reach["block"])
    table = reach.assign(**{name: own[name].to_numpy() for name in own.columns})
    return table[list(REACH)]


def _blocks(
    city: _City,
    nearest: pd.DataFrame,
    kinds: Sequence[str],
    exits: gpd.GeoDataFrame | None,
    farthest_m: float,
) -> gpd.GeoDataFrame:
    """Set minutes to the nearest facility of each kind beside the blocks."""
    told = city.blocks.copy()
    for kind in kinds:
        own = nearest[(nearest["kind"] == kind).to_numpy()].set_index("block").reindex(told.index)
        told[f"{kind}_minutes"] = own["minutes"]
        told[f"{kind}_known"] = own["known"].astype(bool)
    told["cut_off"] = blocks_cut_off(
        city.blocks, city.network, city.travel, exits=exits, farthest_m=farthest_m
    )[1]
    return crs.to_wgs84(told)


def _sectors(
    sectors: gpd.GeoDataFrame, access: pd.DataFrame, blocks: pd.DataFrame, kinds: Sequence[str]
) -> gpd.GeoDataFrame:
    """Set the figures of the greatest limit beside the sectors."""
    told = sectors.copy()
    greatest = access[(access["minutes"] == access["minutes"].max()).to_numpy()]
    for kind in kinds:
        own = greatest[(greatest["kind"] == kind).to_numpy()].set_index("sector_id")
        own = own.reindex(told["sector_id"])
        for name, column in (
            ("share", "share"),
            ("within", "within_share"),
            ("missing", "missing"),
        ):
            told[f"{kind}_{name}"] = own[column].to_numpy()
    lost = blocks[blocks["cut_off"].to_numpy(bool)].groupby("sector_id")["population"].sum()
    told["cut_off"] = lost.reindex(told["sector_id"]).fillna(0.0).to_numpy()
    return crs.to_wgs84(told)


def _routes(  # noqa: PLR0917 - private
    city: _City,
    exits: gpd.GeoDataFrame | None,
    avoid: gpd.GeoDataFrame | None,
    ways: int,
    stale_days: float,
    farthest_m: float,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Find ways from each sector to the exits; none where no exits are given."""
    origins = sector_origins(city.sectors, city.blocks)
    goals = exits if exits is not None else origins[:0]
    found = find_routes(
        origins if exits is not None else origins[:0], goals, city.network, city.travel,
        avoid=avoid, count=ways, stale_days=stale_days, farthest_m=farthest_m,
    )  # fmt: skip
    return found.routes.rename(columns={"from_id": "sector_id"}), found.problems


def _sheltered(  # noqa: PLR0917 - private
    city: _City,
    kinds: Sequence[str],
    minutes: float | None,
    day: dt.date | None,
    stale_days: float,
    farthest_m: float,
) -> Sheltered:
    """Send people to shelters where the capacity of one is known; else nobody is sent anywhere."""
    shelters = city.facilities[(city.facilities["kind"] == "shelter").to_numpy()]
    sized = "capacity" in shelters.columns and bool(shelters["capacity"].notna().any())
    wanted = "shelter" in kinds and sized
    blocks = city.blocks.set_axis(pd.Index(city.numbers, dtype=object), axis="index")
    people = blocks if wanted else blocks[:0]
    own = shelters.assign(status="open") if sized else shelters[:0].assign(capacity=np.nan)
    return assign_to_shelters(
        people, own if wanted else own[:0], city.network, city.travel, sectors=city.sectors,
        minutes=minutes, day=day, stale_days=stale_days, farthest_m=farthest_m,
    )  # fmt: skip


def _told_of(plan: Sheltered) -> dict[str, Any]:
    """Give the figures of a plan for shelters, where there is one."""
    return {"sheltering": plan.figures._asdict()} if len(plan.shelters) else {}


def sector_origins(sectors: gpd.GeoDataFrame, blocks: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give the place from which the ways of each sector begin.

    Parameters
    ----------
    sectors : geopandas.GeoDataFrame
        ``sector_id`` and areas.
    blocks : geopandas.GeoDataFrame
        ``sector_id``, ``population``.

    Returns
    -------
    geopandas.GeoDataFrame
        ``id`` (of the sector): a point in the block nearest to the mean of where its people live;
        where nobody does, a point in the sector. EPSG:4326.

    Examples
    --------
    >>> areas = gpd.GeoDataFrame({"sector_id": [4]}, geometry=[shapely.box(0, 0, 9, 9)], crs=32637)
    >>> homes = gpd.GeoDataFrame({"sector_id": 4, "population": [1, 9]},
    ...     geometry=gpd.points_from_xy([1, 7], [1, 1]), crs=32637)
    >>> crs.to_metres(sector_origins(areas, homes), areas.crs).geometry.x.round(2).tolist()
    [7.0]
    >>> sector_origins(areas[:0], homes).empty
    True
    """
    if sectors.empty:
        return gpd.GeoDataFrame({"id": []}, geometry=[], crs="EPSG:4326")
    system = crs.to_metres(sectors).crs
    places = crs.to_metres(sectors, system).representative_point().to_numpy()
    people = people_of(blocks)
    live = (people > 0) & ~(blocks.geometry.isna() | blocks.geometry.is_empty).to_numpy()
    points = crs.to_metres(blocks, system).representative_point().to_numpy() if len(blocks) else []
    for at, sector in enumerate(sectors["sector_id"]):
        theirs = (blocks["sector_id"] == sector).to_numpy(bool, na_value=False)
        own = np.flatnonzero(theirs & live)
        if len(own):
            xy = shapely.get_coordinates(points[own])
            mean = np.average(xy, axis=0, weights=people[own])
            near = np.hypot(*(xy - mean).T)
            places[at] = points[own[np.lexsort((xy[:, 1], xy[:, 0], near.round(3)))[0]]]
    found = gpd.GeoDataFrame(
        {"id": sectors["sector_id"].to_numpy()}, geometry=places, index=sectors.index, crs=system
    )
    return crs.to_wgs84(found)


def _summary(
    city: _City, access: pd.DataFrame, blocks: pd.DataFrame, routes: pd.DataFrame,
    day: dt.date | None,
) -> dict[str, Any]:  # fmt: skip
    """Sum the figures up over all sectors."""
    figures = ["people", "within", "unknown", "reached", "reached_within"]
    whole = access.groupby(["kind", "minutes"], sort=False)[figures].sum().reset_index()
    lost = blocks["cut_off"].to_numpy(bool)
    people = blocks["population"].to_numpy(float)
    first = routes[(routes["rank"] == 1).to_numpy()]
    return {
        "mode": city.mode.name,
        "day": None if day is None else day.isoformat(),
        "people": float(people.sum()),
        "blocks": len(blocks),
        "facilities": len(city.facilities),
        "closed_stretches": int(city.shut.closed.sum()),
        "closed_m": float(city.network.length_m[city.shut.closed].sum().round(1)),
        "damaged_stretches": int(city.shut.damaged.sum()),
        "access": whole.to_dict("records"),
        "cut_off_people": float(people[lost].sum()),
        "cut_off_blocks": int(lost.sum()),
        "routes": len(first),
        "routes_without_a_way": int(first["to"].isna().sum()),
        "routes_not_known": int((first["to"].notna() & ~first["known"].astype(bool)).sum()),
    }
