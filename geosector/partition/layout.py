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
from geosector.partition.identity import with_numbers
from geosector.partition.population import People, place_people
from geosector.partition.solve import Budget, solve
from geosector.partition.stored import AnyLayout, block_border_table
from geosector.partition.ties import (
    Held,
    Numbered,
    Wish,
    hold,
    number_anew,
    pins_found,
    require_kept,
)
from geosector.tables import problems_table


@dataclass(frozen=True)
class Layout:
    """A city in sectors.

    ``sectors``, ``borders``, ``blocks``: tables in EPSG:4326, as `geosector.tables` defines them.
    ``block_borders``: every metre between two blocks (``left, right`` are of ``block_id``) and the
    road it follows: what `adopt_layout` needs. ``summary``: what was asked and what came out, ready
    for JSON. ``problems``: what of the input could not be used as it was.

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
    block_borders: gpd.GeoDataFrame
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
    previous: AnyLayout | None = None,
    move_price: float | None = None,
    pins: gpd.GeoDataFrame | None = None,
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
    previous : Layout, mapping of tables by name, or geopandas.GeoDataFrame, optional
        The layout before, of the same city: its streets, blocks and number of sectors may be
        others. Its ``sector_id`` and names live on by greatest shared population, new sectors are
        numbered after its last, and the version is one higher.
    move_price : float, optional
        What it costs that a person comes into another sector than before, in weighted metres of
        border. Default: as many people as a mean sector has cost as much as the mean border of a
        sector of the layout before. The summary tells the price, who moved, and what that cost.
    pins : geopandas.GeoDataFrame, optional
        Polygons or points. Blocks that one of them touches stay together in one sector; with a
        ``sector_id``, in that sector of the layout before. ``name`` is told in messages. Where the
        blocks of a pin lie apart, the chain of fewest blocks between them stays with them.

    Returns
    -------
    Layout

    Raises
    ------
    InputError
        Where a table or an option cannot be used.
    BlockOverQuotaError, TooFewBlocksError, BoundaryInPartsError, PinError
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
    held = hold(
        city.fabric,
        city.graph,
        people,
        Wish(count, tolerance),
        np.ones(len(city.graph.indices), bool),
        previous=previous,
        pins=pins,
        move_price=move_price,
        costs=costs,
    )
    labels = solve(city.graph, people, count, tolerance, costs, budget, seed)
    require_kept(held, labels)
    asked = {
        "count": int(count),
        "tolerance": float(tolerance),
        "costs": {**DEFAULT_COSTS, **(costs or {})},
        "parts": parts,
        "seed": int(seed),
        "iterations": None if seconds is not None else budget.iterations,
        "seconds": seconds,
    }
    return _written(city, _named(city, labels, held), held, asked, valid_from)


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


def _named(city: _City, labels: NDArray[np.int32], held: Held | None) -> Numbered:
    """Give sectors numbers and names: those before, where there was a before."""
    if held is not None and held.past is not None:
        return number_anew(city.fabric, labels, held, city.people.by_block)
    sector = number_sectors(city.fabric, labels)
    return Numbered(sector, np.arange(1, int(sector.max()) + 1), None, {})


def _written(
    city: _City, named: Numbered, held: Held | None, asked: dict[str, Any], valid_from: str | None
) -> Layout:
    """Write a divided city into tables."""
    sector, people = named.sector, city.people.by_block
    borders = border_table(city.fabric, sector)
    sectors = sector_table(city.fabric, sector, people, borders)
    blocks = block_table(city.fabric, sector, people)
    return Layout(
        sectors=in_degrees(with_numbers(sectors, named.numbers, named.names)),
        borders=in_degrees(with_numbers(borders, named.numbers)),
        blocks=in_degrees(with_numbers(blocks, named.numbers)),
        block_borders=block_border_table(city.fabric),
        summary={
            "version": int(named.summary.get("version", 0)) + 1,
            "valid_from": valid_from,
            "asked": asked,
            "reached": reached(sectors, borders, asked["costs"]),
            **_found(city),
            **_kept(held, named, people),
        },
        problems=problems_table(
            [*city.fabric.problems, *city.people.problems, *(held.problems if held else ())]
        ),
    )


def _kept(held: Held | None, named: Numbered, people: NDArray[np.int64]) -> dict[str, Any]:
    """Tell what became of the layout before and of the pins, where there were any."""
    found: dict[str, Any] = {"previous": named.summary} if named.summary else {}
    return found if held is None else {**found, "pins": pins_found(held, people)}


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
        "ground": {**ground_facts(city.fabric, city.graph), **city.fabric.facts},
        "diagnosis": city.diagnosis,
    }


def ground_facts(fabric: Fabric, graph: BlockGraph) -> dict[str, Any]:
    """Tell of how many parts and blocks a city is, what links them, and in which system."""
    return {
        "boundary_parts": len(fabric.parts),
        "blocks": graph.size,
        "metric_crs": fabric.crs.to_string(),
        "links": [
            {"blocks": [link.left, link.right], "gap_m": round(link.gap_m, 1)}
            for link in graph.links
        ],
    }


def reached(
    sectors: gpd.GeoDataFrame, borders: gpd.GeoDataFrame, costs: Mapping[str, float] | None
) -> dict[str, Any]:
    """Tell how good a plan is: its borders, its largest deviation, its compactness."""
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
