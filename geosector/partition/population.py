"""People → blocks, so that nobody is lost: inside + outside = all, in whole people.

Points go to the block that covers them. Zones (and the cells of a raster, which are read as zones)
are shared out:

- by area, as if people lived evenly in them: people(block) = Σ people(zone) · area(zone ∩ block) /
  area(zone) (areal weighting: Goodchild and Lam, "Areal interpolation: a variant of the traditional
  spatial problem", Geo-Processing 1, 1980);
- by buildings or streets: see `dwellings`. A zone without any falls back to area, and is listed.

The ground of a zone beyond the boundary takes its share too: those people are outside. Sums are
rounded to whole people by largest remainder (Hamilton's method), so that nobody is made or lost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import InputError, MissingColumnError
from geosector.language import number, text
from geosector.partition.blocks import Fabric
from geosector.partition.dwellings import Dwellings, from_buildings, from_streets
from geosector.partition.places import Places, first_of, pairs_within, places_of, shared_ground
from geosector.partition.rows import kind_of, numbers_of, row_number
from geosector.tables import Problem, require_table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
By = Literal["area", "buildings", "streets"]
Source = Literal[
    "by_area", "points", "polygons", "points_and_polygons", "raster", "buildings", "streets"
]

# More people than the earth has are a slip of the pen, and their sum would lose whole people.
MOST_PEOPLE = 1e10

# Zones that share more than this share of the smaller one claim the same ground.
_OVERLAP_SHARE = 1e-3
# Of the boundary, or of the people of zones that cross it: less is the width of a drawn line.
_NOTABLE_SHARE = 0.01

_MARGIN_M = 50.0

_UNITS = {"area": "m2", "floor_area_m2": "m2_of_floor", "street_m": "m_of_street"}


class Spread(NamedTuple):
    """Where inside a zone its people are taken to live.

    ``by``: evenly over its ``area``, in its ``buildings``, or along its ``streets``. ``buildings``:
    polygons or points with ``floors``, ``height_m`` or ``people`` where they are known. ``roads``:
    the streets. See `dwellings` for the weights.
    """

    by: By = "area"
    buildings: gpd.GeoDataFrame | None = None
    roads: gpd.GeoDataFrame | None = None


class People(NamedTuple):
    """People by block.

    ``by_block``: shape (n,), whole people; whole units of ``unit`` where no population was given.
    ``outside``: people on ground that no block covers, or in rows without a place.
    ``weight``: what zones were shared out by: ``area``, ``floor_area_m2``, ``people``,
    ``buildings``, ``street_m``; empty where every row was a point. ``fallbacks``: what had to be
    done otherwise than asked, ready for JSON, by name; empty where nothing had.
    """

    by_block: Ints
    outside: int
    source: Source
    problems: tuple[Problem, ...]
    unit: str = "people"
    weight: str = ""
    fallbacks: Mapping[str, Any] = {}


class _Zones(NamedTuple):
    """Polygons with people, and how much of each lies in which block.

    ``pieces``: ``zone, block, area``. ``row``: each zone's position in the population table.
    """

    shapes: NDArray[np.object_]
    people: Floats
    row: Ints
    area: Floats
    pieces: pd.DataFrame


class _Shares(NamedTuple):
    """``shares``: ``block, people``; ``problems`` and ``fallbacks`` of making them."""

    shares: pd.DataFrame
    problems: list[Problem]
    fallbacks: dict[str, Any]


def place_people(
    fabric: Fabric, population: gpd.GeoDataFrame | None, spread: Spread | None = None
) -> People:
    """Bring people to blocks.

    Parameters
    ----------
    fabric : Fabric
        From `make_blocks`.
    population : geopandas.GeoDataFrame or None
        Points or polygons with ``population``, the cells of a raster among them. None: every
        block counts its square metres, or the weight of its buildings or streets.
    spread : Spread, optional
        Where inside a polygon people live. Default: evenly over its area.

    Returns
    -------
    People

    Raises
    ------
    MissingColumnError
        Where there is no column ``population``.
    InputError
        Where no one lives inside the boundary, or more people are given than the earth has.
    """
    spread = Spread() if spread is None else spread
    if population is None:
        return _unpeopled(fabric, _dwellings(fabric, spread, fabric.blocks))
    _require_people(population)
    people, problems = _checked_people(population)
    shapes = np.asarray(crs.to_metres(crs.densify(population), fabric.crs).geometry.values, object)
    places = places_of(shapes)
    zones = _zones(fabric, places, people)
    dwellings = _dwellings(fabric, spread, np.concatenate([fabric.blocks, zones.shapes]))
    in_points = _of_points(fabric, places.shapes[places.point], people[places.point])
    in_zones = _of_zones(zones, dwellings, population)
    raster = "raster" in population.attrs
    problems += _placeless(population, places, shapes)
    # Cells of a raster never overlap, and their reader has told where there are none.
    problems += [] if raster else _repeated_ground(zones, population)
    bare, notes = _bare_ground(fabric, zones, places, population)
    problems += notes
    shares = pd.concat([in_points, in_zones.shares]).sort_values(["block", "people"])
    inside = np.bincount(shares["block"], shares["people"], len(fabric.blocks))
    total = math.fsum(people)  # exact, so that the order of the rows does not matter
    whole = whole_people(np.append(inside, max(total - float(inside.sum()), 0.0)), round(total))
    if whole[:-1].sum() == 0:
        raise InputError(
            text("Nobody lives inside the boundary. Check that population and boundary match.")
        )
    return People(
        whole[:-1],
        int(whole[-1]),
        "raster" if raster else _source(places),
        (*problems, *in_zones.problems, *(() if dwellings is None else dwellings.problems)),
        "people",
        _measure(places, dwellings),
        {**_lost(places, people), **in_zones.fallbacks, **bare},
    )


def whole_people(people: Floats, total: int) -> Ints:
    """Round so that the sum is a given total: the largest remainders are rounded up.

    Of equal remainders (to a millionth) those that are rounded up are scattered over the array, so
    that not all of them lie at one end of the city: they go by the fractional part of row × golden
    ratio.

    Parameters
    ----------
    people : array of float, shape (n,)
        At least 0; together about ``total``.
    total : int

    Returns
    -------
    array of int, shape (n,)

    Examples
    --------
    >>> whole_people(np.array([1.4, 1.4, 1.2]), 4).tolist()
    [2, 1, 1]
    >>> whole_people(np.array([0.5] * 6), 3).tolist()
    [1, 0, 1, 0, 0, 1]
    >>> whole_people(np.array([]), 0).tolist()
    []
    """
    whole = np.floor(people).astype(np.int64)
    missing = total - int(whole.sum())
    scattered = np.arange(len(people)) * ((math.sqrt(5) - 1) / 2) % 1
    largest = np.lexsort((scattered, -np.round(people - whole, 6)))[: max(missing, 0)]
    whole[largest] += 1
    return whole


# ---------------------------------------------------------------- what was given


def _dwellings(fabric: Fabric, spread: Spread, ground: NDArray[np.object_]) -> Dwellings | None:
    """Make what people are spread by, as far as it lies around blocks and zones."""
    if spread.by not in get_args(By):
        raise InputError(
            text(
                "People cannot be spread by '{given}'. Use one of: {known}.",
                given=spread.by,
                known=", ".join(get_args(By)),
            )
        )
    if spread.by == "area":
        return None
    table = spread.buildings if spread.by == "buildings" else spread.roads
    if table is None:
        raise InputError(
            text(
                "People are to be spread by {given}, and no table of them was given. "
                "Give it, or spread by area.",
                given=spread.by,
            )
        )
    make = from_buildings if spread.by == "buildings" else from_streets
    # A street along the outermost edge has homes on its inner side.
    around = shapely.box(*shapely.total_bounds(ground)).buffer(_MARGIN_M)
    return make(fabric, table, around)


def _unpeopled(fabric: Fabric, dwellings: Dwellings | None) -> People:
    """Count ground, floors or metres of street in the place of people nobody has counted."""
    if dwellings is None:
        area = np.rint(shapely.area(fabric.blocks)).astype(np.int64)
        return People(area, 0, "by_area", (), _UNITS["area"], "area")
    inside = dwellings.block >= 0
    weight = np.asarray(
        np.bincount(dwellings.block[inside], dwellings.weight[inside], len(fabric.blocks)), float
    )
    whole = whole_people(weight, round(math.fsum(weight)))
    source: Source = "streets" if dwellings.measure == "street_m" else "buildings"
    if whole.sum() == 0:
        raise InputError(
            text("Nobody lives inside the boundary. Check that population and boundary match.")
        )
    unit = _UNITS.get(dwellings.measure, dwellings.measure)
    return People(whole, 0, source, dwellings.problems, unit, dwellings.measure)


def _require_people(population: gpd.GeoDataFrame) -> None:
    require_table(population, text("The population table"))
    if "population" not in population:
        raise MissingColumnError(
            text("The population table has no column 'population'. Name the column of people so.")
        )
    if list(population.columns).count("population") > 1:
        raise InputError(
            text("The population table has several columns 'population'. Keep the one that counts.")
        )
    crs.require_crs(population, text("The population table"))


def _checked_people(population: gpd.GeoDataFrame) -> tuple[Floats, list[Problem]]:
    """Give numbers of at least 0; what is missing, negative or absurd counts 0 and is listed."""
    numbers = numbers_of(population, "population", MOST_PEOPLE)
    missing = np.isnan(numbers)
    given = population["population"].astype("string").fillna("")
    problems = [
        _problem(population, row, "population", str(given.iloc[row]), "0 … 10¹⁰", "0")
        for row in np.flatnonzero(missing).tolist()
    ]
    people = np.where(missing, 0.0, numbers)
    if math.fsum(people) > MOST_PEOPLE:
        raise InputError(
            text(
                "The population adds up to {total}, more people than the earth has. "
                "Check the column 'population'.",
                total=number(math.fsum(people)),
            )
        )
    return people, problems


def _problem(  # noqa: PLR0917 - private, in the order of Problem
    table: gpd.GeoDataFrame, position: int, column: str, given: str, expected: str, action: str
) -> Problem:
    return Problem("population", row_number(table, position), column, given, expected, action)


def _source(places: Places) -> Source:
    if not places.area.any():
        return "points"
    return "points_and_polygons" if places.point.any() else "polygons"


def _measure(places: Places, dwellings: Dwellings | None) -> str:
    if not places.area.any():
        return ""
    return "area" if dwellings is None else dwellings.measure


# ---------------------------------------------------------------- points


def _of_points(fabric: Fabric, points: NDArray[np.object_], people: Floats) -> pd.DataFrame:
    """Give ``block, people`` of the points that a block covers."""
    single, row = shapely.get_parts(points, return_index=True)
    single, row = single[~shapely.is_empty(single)], row[~shapely.is_empty(single)]
    each = people[row] / np.bincount(row, minlength=len(points))[row]
    block = first_of(fabric.blocks, single)
    return pd.DataFrame({"block": block, "people": each})[block >= 0]


def _placeless(
    population: gpd.GeoDataFrame, places: Places, shapes: NDArray[np.object_]
) -> list[Problem]:
    nowhere, flat = np.flatnonzero(~(places.area | places.point)), np.flatnonzero(places.flat)
    told = [(nowhere, text("counted outside")), (flat, text("counted at its middle"))]
    return [
        _problem(population, row, "geometry", kind_of(shapes[row]), text("point, polygon"), action)
        for rows, action in told
        for row in rows.tolist()
    ]


def _lost(places: Places, people: Floats) -> dict[str, Any]:
    """Count the rows that have no place, and their people."""
    return _told("rows_without_place", people[~(places.area | places.point)])


def _told(name: str, people: Floats) -> dict[str, Any]:
    if not len(people):
        return {}
    return {name: {"rows": len(people), "people": round(math.fsum(people))}}


# ---------------------------------------------------------------- zones


def _zones(fabric: Fabric, places: Places, people: Floats) -> _Zones:
    """Cut the polygons along blocks."""
    shapes = places.shapes[places.area]
    zone, block, shared = shared_ground(shapes, fabric.blocks)
    pieces = pd.DataFrame({"zone": zone, "block": block, "area": shared})
    row = np.flatnonzero(places.area)
    return _Zones(shapes, people[row], row, shapely.area(shapes), pieces)


def _of_zones(zones: _Zones, dwellings: Dwellings | None, population: gpd.GeoDataFrame) -> _Shares:
    """Share out the people of polygons."""
    by_area = _by_area(zones)
    if dwellings is None or not len(zones.shapes):
        return _Shares(by_area[["block", "people"]], [], {})
    by_homes = _by_dwellings(zones, dwellings)
    empty = ~np.isin(np.arange(len(zones.shapes)), by_homes["zone"])
    shares = pd.concat([by_area[empty[by_area["zone"]]], by_homes[by_homes["block"] >= 0]])
    fallen = empty & (zones.people > 0)
    problems = _without_homes(zones, fallen, population)
    at_the_edge, told = _ending_at_the_boundary(zones, dwellings)
    fallbacks = _told("zones_by_area", zones.people[fallen])
    return _Shares(shares[["block", "people"]], [*problems, *at_the_edge], {**fallbacks, **told})


def _by_area(zones: _Zones) -> pd.DataFrame:
    """Give ``zone, block, people`` in proportion to area."""
    zone, area = zones.pieces["zone"].to_numpy(), zones.pieces["area"].to_numpy()
    # Pieces may exceed their zone by a rounding error, which must not make people.
    whole = np.maximum(zones.area, np.bincount(zone, area, len(zones.area)))
    return zones.pieces.assign(people=zones.people[zone] * (area / whole[zone]))


def _by_dwellings(zones: _Zones, dwellings: Dwellings) -> pd.DataFrame:
    """Give ``zone, block, people`` in proportion to weight; block -1 is outside."""
    zone, home = pairs_within(dwellings.points, zones.shapes)
    found = pd.DataFrame(
        {"zone": zone, "block": dwellings.block[home], "weight": dwellings.weight[home]}
    )
    shares = found.groupby(["zone", "block"], as_index=False)["weight"].sum()
    whole = np.bincount(shares["zone"], shares["weight"], len(zones.shapes))
    zone = shares["zone"].to_numpy()
    return shares.assign(people=zones.people[zone] * (shares["weight"] / whole[zone]))


def _without_homes(zones: _Zones, fallen: Flags, population: gpd.GeoDataFrame) -> list[Problem]:
    """List the zones that were shared out by area after all; the cells of a raster in one line."""
    expected, action = text("a building or street in it"), text("shared out by area")
    if "raster" in population.attrs and fallen.any():
        given = text(
            "{count} cells with {people} people",
            count=number(int(fallen.sum())),
            people=number(round(math.fsum(zones.people[fallen]))),
        )
        return [Problem("population", None, "geometry", given, expected, action)]
    return [
        _problem(
            population,
            int(zones.row[zone]),
            "geometry",
            text("{people} people", people=number(round(float(zones.people[zone])))),
            expected,
            action,
        )
        for zone in np.flatnonzero(fallen)
    ]


def _ending_at_the_boundary(
    zones: _Zones, dwellings: Dwellings
) -> tuple[list[Problem], dict[str, Any]]:
    """Notice buildings or streets that were cut off at the boundary although zones reach beyond.

    All people of such zones then count inside: nothing says that anybody lives beyond.
    """
    area = zones.pieces["area"].to_numpy()
    inside = np.bincount(zones.pieces["zone"], area, len(zones.area))
    crossing = (inside > 0) & (inside < (1 - _NOTABLE_SHARE) * zones.area)
    homes = _by_dwellings(
        zones._replace(shapes=zones.shapes[crossing], people=zones.people[crossing]), dwellings
    )
    beyond = homes.loc[homes["block"] < 0, "people"].sum()
    people = float(homes["people"].sum())
    if not people or beyond > _NOTABLE_SHARE * people:
        return [], {}
    given = text(
        "nothing beyond the boundary, where zones with {people} people reach",
        people=number(round(people)),
    )
    return (
        [
            Problem(
                "streets" if dwellings.measure == "street_m" else "buildings",
                None,
                "geometry",
                given,
                text("all of the ground of the zones"),
                text("all their people counted inside"),
            )
        ],
        _told("zones_cut_at_boundary", zones.people[crossing][homes["zone"].unique()]),
    )


def _repeated_ground(zones: _Zones, population: gpd.GeoDataFrame) -> list[Problem]:
    """List zones that claim the same ground: people there are counted for each of them."""
    key = shapely.to_wkb(shapely.normalize(zones.shapes))
    first = pd.Series(np.arange(len(key))).groupby(key).transform("min").to_numpy(np.int64)
    other = np.where(first < np.arange(len(key)), first, -1)
    different = np.flatnonzero(other < 0)
    shared = np.zeros(len(key))
    shared[other >= 0] = zones.area[other >= 0]
    ground = zones.shapes[different]
    one, two, area = shared_ground(ground, ground)
    later = one > two
    one, two, area = different[one[later]], different[two[later]], area[later]
    clash = area > _OVERLAP_SHARE * np.minimum(zones.area[one], zones.area[two])
    # Each with the first that it overlaps, so that a thousand overlaps are not a million lines.
    for late, early, metres in zip(one[clash], two[clash], area[clash], strict=True):
        if other[late] < 0 or early < other[late]:
            other[late], shared[late] = early, metres
    return [
        _problem(
            population,
            int(zones.row[zone]),
            "geometry",
            text(
                "{area} km² shared with row {row}",
                area=number(float(shared[zone]) / 1e6, decimals=2),
                row=row_number(population, int(zones.row[other[zone]])),
            ),
            text("no overlap"),
            text("counted for each zone"),
        )
        for zone in np.flatnonzero(other >= 0)
    ]


def _bare_ground(
    fabric: Fabric, zones: _Zones, places: Places, population: gpd.GeoDataFrame
) -> tuple[dict[str, Any], list[Problem]]:
    """Say on how much of the ground nothing says who lives there, where zones alone could."""
    problems: list[Problem] = []
    if "raster" in population.attrs:
        share = float(population.attrs["raster"].get("without_data", 0.0))
    elif places.point.any() or not len(zones.shapes):
        share = 0.0
    else:
        area = shapely.area(fabric.blocks)
        covered = np.bincount(zones.pieces["block"], zones.pieces["area"], len(area))
        ground = float(area.sum())
        share = 1 - float(np.minimum(covered, area).sum()) / ground
        given = text("{area} km² in no zone", area=number(share * ground / 1e6, decimals=2))
        done = text("nobody there")
        problems = [Problem("population", None, "geometry", given, text("zones everywhere"), done)]
    if share < _NOTABLE_SHARE:
        return {}, []
    return {"ground_without_people": round(share, 4)}, problems
