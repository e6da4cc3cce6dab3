"""The places of a siting, from the tables given: where people are, where sites are or may be."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import InputError, TooFewCandidatesError
from geosector.language import number, plural, text
from geosector.measure.access.facilities import Stops, find_stops, identities, open_facilities
from geosector.measure.access.network import Network
from geosector.measure.access.rows import row_numbers
from geosector.measure.access.travel import Travel
from geosector.measure.coded import require
from geosector.measure.sheltering.rooms import in_other_units
from geosector.measure.siting import candidates as sifted
from geosector.tables import Problem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

DAMAGED = "damaged"


class Homes(NamedTuple):
    """Where people are: rows of the demand, their places in it, their people and ids."""

    table: gpd.GeoDataFrame
    row: Ints
    people: Floats
    ids: NDArray[np.object_]


class Places(NamedTuple):
    """Candidates and existing sites in the order of the search.

    ``table``: the rows; ``existing`` and ``usable`` flags; ``reason`` against each; ``stops`` where
    they meet the streets; ``sector`` the place of its sector, -1 outside.
    """

    table: gpd.GeoDataFrame
    existing: Flags
    usable: Flags
    reason: NDArray[np.object_]
    stops: Stops
    sector: Ints


def find_homes(demand: gpd.GeoDataFrame, network: Network) -> tuple[Homes, list[Problem]]:
    """Take the rows that have a place and people; list the others.

    The rows come in an order of their places, so that the order of the table does not matter.
    """
    require(demand, "population", name="demand")
    points = sifted.places_of(demand, network)
    given = demand["population"]
    people = pd.to_numeric(given, errors="coerce").to_numpy(float, na_value=np.nan)
    wrong = ~np.isfinite(people) | (people < 0)
    nowhere = pd.isna(points)
    numbers, told = row_numbers(demand), given.notna().to_numpy()
    problems = [
        Problem(
            "demand",
            numbers[at],
            "population" if wrong[at] else "geometry",
            str(given.iloc[at]) if wrong[at] and told[at] else text("nothing"),
            text("a number of people, 0 or more") if wrong[at] else text("a place"),
            text("left out"),
        )
        for at in np.flatnonzero(wrong | nowhere).tolist()
    ]
    good = np.flatnonzero(~(wrong | nowhere))
    if not people[good].sum() > 0:
        raise InputError(text("Nobody lives in the demand. Give places with a population."))
    problems += _listed_twice(demand, good, numbers)
    ids = demand_ids(demand)
    good = good[_by_place(points[good], people[good], ids[good].astype(str))]
    return Homes(demand.iloc[good], good, people[good], ids[good]), problems


def _listed_twice(demand: pd.DataFrame, rows: Ints, numbers: list[int | None]) -> list[Problem]:
    """List the rows that count although another one has their id: perhaps they are the same."""
    name = "id" if "id" in demand.columns else "block_id"
    if name not in demand.columns:
        return []
    ids = demand[name].iloc[rows].astype(object)
    # As text: a list in a cell can be no key.
    again = (ids.astype(str).duplicated() & ids.notna()).to_numpy()
    once, both = text("an id of its own"), text("both rows count")
    return [
        Problem("demand", numbers[at], name, str(demand[name].iloc[at]), once, both)
        for at in rows[again].tolist()
    ]


def demand_ids(demand: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Give the ids of a demand: ``id``, else ``block_id``, else the index."""
    if "id" not in demand.columns and "block_id" in demand.columns:
        ids: NDArray[np.object_] = demand["block_id"].to_numpy(object)
        return ids
    return identities(demand)


def _by_place(points: sifted.Shapes, *more: Any) -> Ints:  # noqa: ANN401 - keys of any kind
    """Order rows by their places from west to east, then by what more is told of them."""
    return np.lexsort((*more[::-1], shapely.get_y(points), shapely.get_x(points)))


def find_places(
    candidates: gpd.GeoDataFrame,
    existing: gpd.GeoDataFrame | None,
    network: Network,
    travel: Travel,
    farthest_m: float,
    *,
    day: dt.date | None = None,
) -> tuple[Places, list[Problem]]:
    """Set the existing sites and the candidates beside each other, in an order of their places."""
    parts, problems = [], []
    for given, stays in ((existing, True), (candidates, False)):
        if given is None:
            continue
        table = given
        name = "existing" if stays else "candidates"
        if stays:
            table, found = open_facilities(table, day, file=name)
            problems += [Problem(*row) for row in found.itertuples(index=False)]
        part = crs.to_wgs84(table)
        part = part.set_geometry(part.geometry.rename("geometry"))
        numbers = row_numbers(given, table.index)
        ids, repeated = _ids(table, name, numbers, problems)
        of_capacity = _capacities(table, name, numbers, problems)
        parts.append(
            gpd.GeoDataFrame(
                {
                    "id": ids, "repeated": repeated, "existing": stays, "capacity": of_capacity,
                    "damaged": _is_damaged(table) & (not stays), "row": np.arange(len(table)),
                },
                geometry=np.asarray(part.geometry.to_numpy(), object), crs=part.crs,
            )
        )  # fmt: skip
    joined = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=parts[0].crs)
    points = sifted.places_of(joined, network)
    order = _by_place(points, joined["id"].astype(str).to_numpy(), joined["row"].to_numpy())
    joined = joined.iloc[order].reset_index(drop=True)
    stops = find_stops(network, travel, joined, farthest_m=farthest_m)
    none = np.zeros(len(joined), bool)
    reason = np.full(len(joined), None, object)
    places = Places(
        joined, joined["existing"].to_numpy(bool), none, reason, stops, none.astype(np.int64) - 1
    )
    return places, problems


def _ids(
    table: gpd.GeoDataFrame, name: str, numbers: list[int | None], problems: list[Problem]
) -> tuple[NDArray[np.object_], Flags]:
    """Give the ids of rows, and which of them stood before."""
    ids = identities(table)
    repeated: Flags = pd.Series(ids, dtype=object).astype(str).duplicated().to_numpy(bool)
    problems += [
        Problem(name, numbers[at], "id", str(ids[at]), text("an id of its own"),
                text("kept") if name == "existing" else text("not used"))
        for at in np.flatnonzero(repeated).tolist()
    ]  # fmt: skip
    return ids, repeated


def _capacities(
    table: gpd.GeoDataFrame, name: str, numbers: list[int | None], problems: list[Problem]
) -> Floats:
    """Give the capacities of rows, missing where there is none that counts people."""
    if "capacity" not in table.columns:
        return np.full(len(table), np.nan)
    room = pd.to_numeric(table["capacity"], errors="coerce").to_numpy(float, na_value=np.nan)
    wrong = (np.isnan(room) & table["capacity"].notna().to_numpy()) | (room < 0)
    problems += [
        Problem(name, numbers[at], "capacity", str(table["capacity"].iloc[at]),
                text("a number of people, 0 or more"), text("taken as missing"))
        for at in np.flatnonzero(wrong).tolist()
    ]  # fmt: skip
    foreign = in_other_units(table) & ~np.isnan(room)
    problems += [
        Problem(name, numbers[at], "capacity_unit", str(table["capacity_unit"].iloc[at]),
                text("people"), text("taken as missing"))
        for at in np.flatnonzero(foreign).tolist()
    ]  # fmt: skip
    return np.where(wrong | foreign, np.nan, room)


def _is_damaged(table: gpd.GeoDataFrame) -> Flags:
    if "status" not in table.columns:
        return np.zeros(len(table), bool)
    damaged: Flags = (table["status"].astype(object) == DAMAGED).to_numpy(bool)
    return damaged


def take_stops(stops: Stops, rows: Ints | Flags) -> Stops:
    """Give the stops of some places."""
    return Stops(stops.stretch[rows], stops.share[rows], stops.off_m[rows])


def room_of(table: gpd.GeoDataFrame) -> Floats:
    """Give the people whom each place can hold; missing where nobody knows."""
    room: Floats = table["capacity"].to_numpy(float)
    return room


def flags_against(
    places: Places,
    network: Network,
    avoid: gpd.GeoDataFrame | None,
    barriers: gpd.GeoDataFrame | None,
    away_m: float | None,
) -> dict[str, Flags]:
    """Flag what speaks against each place."""
    points = sifted.places_of(places.table, network)
    flags = {
        "no_place": pd.isna(points),
        "repeated_id": places.table["repeated"].to_numpy(bool),
        "damaged": places.table["damaged"].to_numpy(bool),
        "off_streets": places.stops.stretch < 0,
    }
    if avoid is not None:
        flags["in_area"] = sifted.inside(points, sifted.shapes_of(avoid, network))
    if barriers is not None and away_m is not None:
        metres = sifted.metres_to(points, sifted.shapes_of(barriers, network))
        flags["near_barrier"] = metres <= away_m
    return flags


def judge(
    places: Places, flags: dict[str, Flags], network: Network, sectors: gpd.GeoDataFrame | None
) -> Places:
    """Say which places can be used, and in which sector each lies."""
    reason = sifted.reasons_against(flags, len(places.table))
    sector = places.sector
    if sectors is not None:
        metric = crs.to_metres(sectors, network.crs).geometry.to_numpy()
        sector = sifted.sector_of(sifted.places_of(places.table, network), np.asarray(metric))
    return places._replace(reason=reason, usable=places.existing | pd.isna(reason), sector=sector)


def sector_ids(sectors: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Give the numbers of the sectors."""
    require(sectors, "sector_id", name="sectors")
    twice = sectors["sector_id"][sectors["sector_id"].duplicated()]
    if len(twice):
        raise InputError(
            text("Sector {sector} is there twice; expected each one once.", sector=twice.iloc[0])
        )
    ids: NDArray[np.object_] = sectors["sector_id"].astype(object).to_numpy()
    return ids


def require_enough(count: int, places: Places, areas: NDArray[np.object_] | None) -> None:
    """Refuse where candidates are too few, in all or in a sector; say why."""
    new = places.usable & ~places.existing
    if new.sum() < count:
        against = pd.Series(places.reason[~places.existing]).value_counts().sort_index()
        why = ", ".join(f"{number(many)} {reason}" for reason, many in against.items())
        raise TooFewCandidatesError(
            plural(
                "{n} site is asked for, but {usable} candidates can be used ({why}). Ask for "
                "fewer, or allow more.",
                "{n} sites are asked for, but {usable} candidates can be used ({why}). Ask for "
                "fewer, or allow more.",
                count,
                usable=number(int(new.sum())),
                why=why or text("no more were given"),
            )
        )
    if areas is None:
        return
    bare = ~np.isin(np.arange(len(areas)), places.sector[places.usable])
    if bare.any():
        raise TooFewCandidatesError(
            text(
                "No candidate can be used in these sectors: {sectors}. Give some there, or do "
                "without a site in each sector.",
                sectors=", ".join(map(str, areas[bare].tolist())),
            )
        )
    lacking = len(areas) - len(np.unique(places.sector[places.existing & (places.sector >= 0)]))
    if lacking > count:
        raise TooFewCandidatesError(
            text(
                "{lacking} sectors have no site, and {count} more are asked for. Ask for at least "
                "as many.",
                lacking=number(lacking),
                count=number(count),
            )
        )
