"""The whole way from boundary, roads and people to a layout of sectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import text
from geosector.partition.blocks import Fabric, make_blocks
from geosector.partition.classes import DEFAULT_COSTS, MAIN, cost_per_metre, group
from geosector.partition.describe import (
    block_table,
    border_table,
    in_degrees,
    number_sectors,
    sector_table,
)
from geosector.partition.diagnose import check_wish, diagnose, wish_error
from geosector.partition.graph import BlockGraph, Parts, Room, make_graph
from geosector.partition.names import name_sectors
from geosector.partition.population import People, place_people
from geosector.partition.solve import Budget, solve
from geosector.tables import problems_table


@dataclass(frozen=True)
class Layout:
    """A city in sectors.

    ``sectors``, ``borders``, ``blocks``: tables in EPSG:4326, as `geosector.tables` defines them.
    ``summary``: what was asked and what came out, ready for JSON. ``problems``: what of the input
    could not be used as it was.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> boundary = gpd.GeoDataFrame(geometry=[box(30, 33, 30.002, 33.001)], crs="EPSG:4326")
    >>> none = gpd.GeoDataFrame(geometry=[], crs="EPSG:4326")
    >>> layout = partition_city(boundary, none, 1)
    >>> len(layout.sectors), len(layout.borders), len(layout.blocks)
    (1, 0, 1)
    """

    sectors: gpd.GeoDataFrame
    borders: gpd.GeoDataFrame
    blocks: gpd.GeoDataFrame
    summary: dict[str, Any]
    problems: pd.DataFrame


class _City(NamedTuple):
    """A city made ready for dividing."""

    fabric: Fabric
    graph: BlockGraph
    people: People
    diagnosis: dict[str, Any]


def partition_city(
    boundary: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    count: int,
    *,
    population: gpd.GeoDataFrame | None = None,
    tolerance: float = 0.10,
    costs: Mapping[str, float] | None = None,
    parts: Parts = "join",
    seed: int = 0,
    iterations: int | None = None,
    seconds: float | None = None,
    valid_from: str | None = None,
    places: pd.DataFrame | None = None,
) -> Layout:
    """Divide a city into sectors along its main roads.

    The plan has the cheapest borders found, in metres × cost of the road that they follow, with
    exactly ``count`` sectors, each in one piece, each with people within the tolerance.

    Parameters
    ----------
    boundary : geopandas.GeoDataFrame
        Polygons, dissolved to one area. Sectors cover it.
    roads : geopandas.GeoDataFrame
        Lines with ``road_class`` (OpenStreetMap highway values), ``name``, ``layer``.
    count : int
        Sectors wanted.
    population : geopandas.GeoDataFrame, optional
        Points or polygons with ``population``. Without it people are taken to be spread evenly:
        the column ``population`` then holds square metres, and the summary says ``by_area``.
    tolerance : float
        Greatest deviation of a sector: the size of ``people / mean − 1``.
    costs : mapping, optional
        Cost of a metre of border by group (``main`` 1, ``tertiary`` 3, ``minor`` 10) or class.
    parts : {"join", "refuse"}
        What to do with a boundary in several parts: link each to its nearest block, or refuse.
    seed : int
        The same input, seed and iterations give the same layout.
    iterations : int, optional
        Rounds of the solver. Default: 400.
    seconds : float, optional
        Seconds of solving instead; the layout then depends on the machine.
    valid_from : str, optional
        Day from which the layout holds, written into the summary.
    places : pandas.DataFrame or geopandas.GeoDataFrame, optional
        Table `gazetteer`: neighbourhoods after which sectors are named. Without it they are named
        after their main streets (see `geosector.partition.names.name_sectors`).

    Returns
    -------
    Layout

    Raises
    ------
    InputError
        Where a table or an option cannot be used.
    BlockOverQuotaError, TooFewBlocksError, BoundaryInPartsError
        Where no layout can meet the wish; found before solving.
    ToleranceNotReachedError
        Where the solver found none.

    Examples
    --------
    Two squares of 0.001 degrees side by side, a primary road between them; then without roads,
    one sector; then two sectors of one block:

    >>> from shapely.geometry import LineString, box
    >>> boundary = gpd.GeoDataFrame(geometry=[box(30, 33, 30.002, 33.001)], crs="EPSG:4326")
    >>> road = LineString([(30.001, 32.999), (30.001, 33.002)])
    >>> roads = gpd.GeoDataFrame({"road_class": ["primary"]}, geometry=[road], crs="EPSG:4326")
    >>> layout = partition_city(boundary, roads, 2, iterations=8)
    >>> layout.borders[["left", "right", "road_class"]].values.tolist()
    [[1, 2, 'primary']]
    >>> len(partition_city(boundary, roads.iloc[:0], 1).sectors)
    1
    >>> partition_city(boundary, roads.iloc[:0], 2)
    Traceback (most recent call last):
    ...
    geosector.errors.TooFewBlocksError: There are 1 blocks for 2 sectors, ...
    """
    check_wish(count, tolerance)
    budget = _budget(iterations, seconds)
    if not isinstance(seed, int | np.integer):
        raise InputError(text("seed is {given}. Give a whole number.", given=seed))
    cost_per_metre((), costs)
    city = _prepare(boundary, roads, count, population, tolerance, parts)
    error = wish_error(city.diagnosis, count, tolerance)
    if error is not None:
        raise error
    people = city.people.by_block
    labels = solve(city.graph, people, count, tolerance, costs, budget, seed)
    sector = number_sectors(city.fabric, labels)
    borders = border_table(city.fabric, sector)
    sectors = sector_table(city.fabric, sector, people, borders)
    sectors["name"] = name_sectors(sectors, roads=roads, places=places)
    asked = {
        "count": int(count),
        "tolerance": float(tolerance),
        "costs": {**DEFAULT_COSTS, **(costs or {})},
        "parts": parts,
        "seed": int(seed),
        "iterations": None if seconds is not None else budget.iterations,
        "seconds": seconds,
    }
    return Layout(
        sectors=in_degrees(sectors),
        borders=in_degrees(borders),
        blocks=in_degrees(block_table(city.fabric, sector, people)),
        summary={
            "version": 1,
            "valid_from": valid_from,
            "asked": asked,
            "reached": _reached(sectors, borders, costs),
            **_found(city),
        },
        problems=problems_table([*city.fabric.problems, *city.people.problems]),
    )


def diagnose_city(
    boundary: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    count: int,
    *,
    population: gpd.GeoDataFrame | None = None,
    tolerance: float = 0.10,
    parts: Parts = "join",
) -> dict[str, Any]:
    """Say what limits a city before it is divided.

    Parameters
    ----------
    boundary, roads, count, population, tolerance, parts
        As in `partition_city`.

    Returns
    -------
    dict
        ``diagnosis`` (see `geosector.partition.diagnose.diagnose`), ``people``, ``ground``; ready
        for JSON. An impossible wish is no error here: ``diagnosis["feasible"]`` is false.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> boundary = gpd.GeoDataFrame(geometry=[box(30, 33, 30.002, 33.001)], crs="EPSG:4326")
    >>> none = gpd.GeoDataFrame(geometry=[], crs="EPSG:4326")
    >>> diagnose_city(boundary, none, 2)["diagnosis"]["feasible"]
    False
    >>> diagnose_city(boundary, none, 0)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The number of sectors is 0. Give a whole number of at least 1.
    """
    check_wish(count, tolerance)
    return _found(_prepare(boundary, roads, count, population, tolerance, parts))


def _prepare(  # noqa: PLR0917 - private, in the order of partition_city
    boundary: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    count: int,
    population: gpd.GeoDataFrame | None,
    tolerance: float,
    parts: Parts,
) -> _City:
    fabric = make_blocks(boundary, roads)
    people = place_people(fabric, population)
    mean = float(people.by_block.sum()) / count
    graph = make_graph(fabric, parts, Room(people.by_block, mean, tolerance))
    diagnosis = diagnose(fabric, graph, people.by_block, count, tolerance)
    return _City(fabric, graph, people, diagnosis)


def _budget(iterations: int | None, seconds: float | None) -> Budget:
    asked: dict[str, object] = {"iterations": iterations, "seconds": seconds}
    for name, given in asked.items():
        if given is not None and not (isinstance(given, int | float | np.number) and given > 0):
            raise InputError(
                text("{name} is {given}. Give a number above 0.", name=name, given=given)
            )
    default = Budget()
    return Budget(default.iterations if iterations is None else int(iterations), seconds)


def _found(city: _City) -> dict[str, Any]:
    """Tell what the input was found to be."""
    by_area = city.people.source == "by_area"
    inside = int(city.people.by_block.sum())
    return {
        "people": {
            "source": city.people.source,
            "unit": "m2" if by_area else "people",
            "inside": inside,
            "outside": city.people.outside,
            "total": inside + city.people.outside,
        },
        "ground": {
            "boundary_parts": len(city.fabric.parts),
            "blocks": city.graph.size,
            **city.fabric.facts,
            "links": [
                {"blocks": [link.left, link.right], "gap_m": round(link.gap_m, 1)}
                for link in city.graph.links
            ],
        },
        "diagnosis": city.diagnosis,
    }


def _reached(
    sectors: gpd.GeoDataFrame, borders: gpd.GeoDataFrame, costs: Mapping[str, float] | None
) -> dict[str, Any]:
    """Tell how good the plan is."""
    metres: NDArray[np.float64] = borders["length_m"].to_numpy(float)
    classes = borders["road_class"].tolist()
    main = np.array([group(name) == MAIN for name in classes], bool)
    inner = float(metres.sum())
    return {
        "sectors": len(sectors),
        "border_km": round(inner / 1000, 4),
        "border_cost_km": round(float(metres @ cost_per_metre(classes, costs)) / 1000, 4),
        "main_border_share": round(float(metres[main].sum()) / inner, 4) if inner else None,
        "largest_deviation": round(float(sectors["deviation"].abs().max()), 6),
        "mean_polsby_popper": round(float(sectors["polsby_popper"].mean()), 4),
    }
