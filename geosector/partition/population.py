"""People → blocks, so that nobody is lost: inside + outside = all, in whole people."""

from __future__ import annotations

from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import InputError, MissingColumnError
from geosector.language import text
from geosector.partition.blocks import Fabric
from geosector.tables import Problem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Source = Literal["by_area", "points", "polygons", "points_and_polygons"]

# Zones whose areas together exceed the ground they cover by more than this share do overlap.
_OVERLAP_SHARE = 1e-3


# More people than the earth has are a slip of the pen, and their sum would lose whole people.
MOST_PEOPLE = 1e10


class People(NamedTuple):
    """People by block.

    ``by_block``: shape (n,), whole people; square metres where ``source`` is ``by_area``.
    ``outside``: people on ground that no block covers, or in rows without a place.
    """

    by_block: Ints
    outside: int
    source: Source
    problems: tuple[Problem, ...]


def place_people(fabric: Fabric, population: gpd.GeoDataFrame | None) -> People:
    """Bring people to blocks.

    Each point goes to the block that covers it (the first of two on their border). Each polygon
    is shared out by area, also to the ground outside. The sums are then rounded to whole people
    by largest remainder, so that inside + outside is the rounded total exactly.

    Parameters
    ----------
    fabric : Fabric
        From `make_blocks`.
    population : geopandas.GeoDataFrame or None
        Points or polygons with ``population``. None: every block counts its square metres.

    Returns
    -------
    People

    Raises
    ------
    MissingColumnError
        Where there is no column ``population``.
    InputError
        Where no one lives inside the boundary.
    """
    if population is None:
        return People(np.rint(shapely.area(fabric.blocks)).astype(np.int64), 0, "by_area", ())
    if "population" not in population:
        raise MissingColumnError(
            text("The population table has no column 'population'. Name the column of people so.")
        )
    crs.require_crs(population, text("The population table"))
    people, problems = _checked_people(population)
    shapes = np.asarray(crs.to_metres(population, fabric.crs).geometry.values, object)
    dimension = shapely.get_dimensions(shapes)
    points, polygons = dimension == 0, dimension == 2  # noqa: PLR2004 - a surface
    shares = pd.concat(
        [
            _of_points(fabric, shapes[points], people[points]),
            _of_polygons(fabric, shapes[polygons], people[polygons]),
        ]
    ).sort_values(["block", "people"])
    problems += _placeless(shapes, ~(points | polygons)) + _overlaps(shapes[polygons])
    inside = np.bincount(shares["block"], shares["people"], len(fabric.blocks))
    # Summed in order of size, so that the order of the rows does not reach the last digit.
    total = float(np.sort(people).sum())
    whole = whole_people(np.append(inside, max(total - float(inside.sum()), 0.0)), round(total))
    if whole[:-1].sum() == 0:
        raise InputError(
            text("Nobody lives inside the boundary. Check that population and boundary match.")
        )
    source: Source = "points_and_polygons"
    if not polygons.any():
        source = "points"
    elif not points.any():
        source = "polygons"
    return People(whole[:-1], int(whole[-1]), source, tuple(problems))


def whole_people(people: Floats, total: int) -> Ints:
    """Round so that the sum is a given total: the largest remainders are rounded up.

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
    >>> whole_people(np.array([]), 0).tolist()
    []
    """
    whole = np.floor(people).astype(np.int64)
    missing = total - int(whole.sum())
    largest = np.argsort(whole - people, kind="stable")[: max(missing, 0)]
    whole[largest] += 1
    return whole


def _checked_people(population: gpd.GeoDataFrame) -> tuple[Floats, list[Problem]]:
    """Give numbers of at least 0; what is missing, negative or absurd counts 0 and is listed."""
    numbers = pd.to_numeric(population["population"], errors="coerce")
    numbers = numbers.to_numpy(float, na_value=np.nan)
    missing = ~((numbers >= 0) & (numbers <= MOST_PEOPLE))
    given = population["population"].astype("string").fillna("")
    problems = [
        Problem("population", int(row) + 2, "population", str(given.iloc[row]), "0 … 10¹⁰", "0")
        for row in np.flatnonzero(missing)
    ]
    return np.where(missing, 0.0, numbers), problems


def _of_points(fabric: Fabric, points: NDArray[np.object_], people: Floats) -> pd.DataFrame:
    """Give ``block, people`` of the points that a block covers."""
    single, row = shapely.get_parts(points, return_index=True)
    each = people[row] / np.bincount(row, minlength=len(points))[row]
    point, block = shapely.STRtree(fabric.blocks).query(single, predicate="intersects")
    found = pd.DataFrame({"point": point, "block": block, "people": each[point]})
    return found.sort_values(["point", "block"]).drop_duplicates("point")[["block", "people"]]


def _of_polygons(fabric: Fabric, zones: NDArray[np.object_], people: Floats) -> pd.DataFrame:
    """Give ``block, people`` of every piece that a block and a zone share."""
    zones = shapely.make_valid(zones, method="structure")
    shapely.prepare(zones)
    zone, block = shapely.STRtree(fabric.blocks).query(zones, predicate="intersects")
    area = shapely.area(fabric.blocks)[block]
    part = ~shapely.contains_properly(zones[zone], fabric.blocks[block])
    area[part] = shapely.area(shapely.intersection(zones[zone[part]], fabric.blocks[block[part]]))
    zone_area = shapely.area(zones)
    return pd.DataFrame({"block": block, "people": people[zone] * area / zone_area[zone]})


def _placeless(shapes: NDArray[np.object_], placeless: NDArray[np.bool_]) -> list[Problem]:
    return [
        Problem(
            "population",
            int(row) + 2,
            "geometry",
            "" if shapes[row] is None else str(shapes[row].geom_type),
            "point, polygon",
            "counted outside",
        )
        for row in np.flatnonzero(placeless)
    ]


def _overlaps(zones: NDArray[np.object_]) -> list[Problem]:
    """List zones that claim the same ground: people there are counted for each of them."""
    covered = float(shapely.union_all(shapely.make_valid(zones)).area)
    claimed = float(shapely.area(zones).sum())
    if claimed <= covered * (1 + _OVERLAP_SHARE):
        return []
    shared = f"{(claimed - covered) / 1e6:.2f} km²"
    return [Problem("population", None, "geometry", shared, "no overlap", "counted for each zone")]
