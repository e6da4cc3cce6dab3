"""The whole way from boundary, roads and people to a layout of sectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import text
from geosector.partition.blocks import Fabric
from geosector.partition.classes import (
    BARRIER_COSTS,
    DEFAULT_COSTS,
    GROUPS,
    MAIN,
    cost_per_metre,
    group,
    shown_class,
)
from geosector.partition.describe import (
    block_table,
    border_table,
    in_degrees,
    number_sectors,
    sector_table,
)
from geosector.partition.diagnose import check_wish, diagnose, wish_error
from geosector.partition.graph import BlockGraph, Parts, Room, make_graph
from geosector.partition.plots import Plots
from geosector.partition.population import By, People, Spread, place_people
from geosector.partition.reach import Contiguity, Passages, Reach, find_passages
from geosector.partition.solve import Budget, solve
from geosector.partition.terrain import (
    Ground,
    Terrain,
    check_terrain,
    divide_further,
    lay_ground,
)
from geosector.tables import Problem, problems_table


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
    kind: NDArray[np.object_]
    facts: dict[str, Any]
    problems: tuple[Problem, ...]


def partition_city(
    boundary: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    count: int,
    *,
    population: gpd.GeoDataFrame | None = None,
    spread: By = "area",
    buildings: gpd.GeoDataFrame | None = None,
    plots: Plots = "auto",
    barriers: gpd.GeoDataFrame | None = None,
    main_roads: gpd.GeoDataFrame | None = None,
    main_names: Sequence[str] = (),
    tolerance: float = 0.10,
    costs: Mapping[str, float] | None = None,
    parts: Parts = "join",
    contiguity: Contiguity | Reach = "borders",
    seed: int = 0,
    iterations: int | None = None,
    seconds: float | None = None,
    valid_from: str | None = None,
) -> Layout:
    """Divide a city into sectors along its main roads.

    The plan has the cheapest borders found, in metres × cost of the road that they follow, with
    exactly ``count`` sectors, each in one piece, each with people within the tolerance.

    Parameters
    ----------
    boundary : geopandas.GeoDataFrame
        Polygons, dissolved to one area. Sectors cover it.
    roads : geopandas.GeoDataFrame
        Lines with ``road_class`` (OpenStreetMap highway values), ``name``, ``layer``, ``state``.
        Where no street has a class, and nothing below says which are main, the longest strokes are
        proposed (see `geosector.partition.strokes`), and a problem says so.
    count : int
        Sectors wanted.
    population : geopandas.GeoDataFrame, optional
        Points or polygons with ``population``, or a raster as `read_population` reads it. Without
        it people are taken to be spread evenly: the column ``population`` then holds square metres
        (or what ``spread`` says), and the summary says ``by_area``.
    spread : {"area", "buildings", "streets"}
        Where inside a polygon its people live: evenly in it, in its buildings (by people, else by
        floor area), or beside its streets. A polygon without any falls back to area.
    buildings : geopandas.GeoDataFrame, optional
        Buildings or tents, polygons or points, with ``floors``, ``height_m`` or ``people`` where
        they are known. For ``spread``; and where streets enclose too few blocks for the wish, or
        too full ones, these are divided half-way between buildings.
    plots : {"auto", "everywhere"}
        ``"everywhere"``: divide all blocks so.
    barriers : geopandas.GeoDataFrame, optional
        Rivers, railways, front lines, walls: lines or polygons with ``kind`` and ``cost`` (of a
        metre; by default 1, of a front line 0). Sectors cross them only at open bridges.
    main_roads : geopandas.GeoDataFrame, optional
        Lines along the streets that are to count as main.
    main_names : sequence of str
        Names of streets that are to count as main.
    tolerance : float
        Greatest deviation of a sector: the size of ``people / mean − 1``.
    costs : mapping, optional
        Cost of a metre of border by group (``main`` 1, ``tertiary`` 3, ``minor`` 10), class or
        kind of barrier.
    parts : {"join", "refuse"}
        What to do with a boundary in several parts, and with ground that no open street or bridge
        reaches: link each to the rest, or refuse.
    contiguity : {"borders", "streets"} or Reach
        Whether blocks that share a border belong together, or only those between which one gets
        over open streets (see `geosector.partition.reach`).
    seed : int
        The same input, seed and iterations give the same layout.
    iterations : int, optional
        Rounds of the solver. Default: 400.
    seconds : float, optional
        Seconds of solving instead; the layout then depends on the machine.
    valid_from : str, optional
        Day from which the layout holds, written into the summary.

    Returns
    -------
    Layout

    Raises
    ------
    InputError
        Where a table or an option cannot be used.
    BlockOverQuotaError, TooFewBlocksError, BoundaryInPartsError, CutOffError
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
    terrain = Terrain(barriers, main_roads, tuple(main_names), buildings, plots, _reach(contiguity))
    placed = Spread(spread, buildings, roads)
    city = _prepare(boundary, roads, count, population, placed, tolerance, parts, terrain)
    error = wish_error(city.diagnosis, count, tolerance)
    if error is not None:
        raise error
    people = city.people.by_block
    labels = solve(city.graph, people, count, tolerance, costs, budget, seed)
    sector = number_sectors(city.fabric, labels)
    borders = border_table(city.fabric, sector)
    sectors = sector_table(city.fabric, sector, people, borders)
    asked = {
        "count": int(count),
        "tolerance": float(tolerance),
        "costs": _known_costs(costs, barriers),
        "parts": parts,
        "contiguity": terrain.reach.contiguity,
        "spread": spread,
        "seed": int(seed),
        "iterations": None if seconds is not None else budget.iterations,
        "seconds": seconds,
    }
    return Layout(
        sectors=in_degrees(sectors),
        borders=in_degrees(borders),
        blocks=in_degrees(block_table(city.fabric, sector, people, city.kind)),
        summary={
            "version": 1,
            "valid_from": valid_from,
            "asked": asked,
            "reached": _reached(sectors, borders, _border_cost_km(city.fabric, sector, costs)),
            **_found(city),
        },
        problems=problems_table([*city.problems, *_useless_costs(costs, city.graph)]),
    )


def diagnose_city(
    boundary: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    count: int,
    *,
    population: gpd.GeoDataFrame | None = None,
    spread: By = "area",
    buildings: gpd.GeoDataFrame | None = None,
    plots: Plots = "auto",
    barriers: gpd.GeoDataFrame | None = None,
    main_roads: gpd.GeoDataFrame | None = None,
    main_names: Sequence[str] = (),
    tolerance: float = 0.10,
    parts: Parts = "join",
    contiguity: Contiguity | Reach = "borders",
) -> dict[str, Any]:
    """Say what limits a city before it is divided.

    Parameters
    ----------
    boundary, roads, count, population, spread, buildings, plots, barriers, main_roads, main_names
        As in `partition_city`.
    tolerance, parts, contiguity
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
    terrain = Terrain(barriers, main_roads, tuple(main_names), buildings, plots, _reach(contiguity))
    placed = Spread(spread, buildings, roads)
    return _found(_prepare(boundary, roads, count, population, placed, tolerance, parts, terrain))


def _known_costs(
    costs: Mapping[str, float] | None, barriers: gpd.GeoDataFrame | None
) -> dict[str, float]:
    """Give the costs that were in force."""
    of_kinds = {} if barriers is None else BARRIER_COSTS
    return {**DEFAULT_COSTS, **of_kinds, **(costs or {})}


def _useless_costs(costs: Mapping[str, float] | None, graph: BlockGraph) -> list[Problem]:
    """List costs of what is nowhere in this city: a slip of the pen would change nothing."""
    there = {shown_class(name) for name in graph.classes} | set(GROUPS) | set(BARRIER_COSTS)
    return [
        Problem("costs", None, name, str(cost), ", ".join(sorted(there - {""})), text("left out"))
        for name, cost in (costs or {}).items()
        if name not in there
    ]


def _reach(contiguity: Contiguity | Reach) -> Reach:
    return contiguity if isinstance(contiguity, Reach) else Reach(contiguity)


def _prepare(  # noqa: PLR0917 - private, in the order of partition_city
    boundary: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    count: int,
    population: gpd.GeoDataFrame | None,
    spread: Spread,
    tolerance: float,
    parts: Parts,
    terrain: Terrain,
) -> _City:
    check_terrain(terrain)
    ground = lay_ground(boundary, roads, terrain)
    city = _settle(ground, count, population, spread, tolerance, parts, terrain.reach)
    error = wish_error(city.diagnosis, count, tolerance)
    if error is None or terrain.buildings is None or terrain.plots != "auto":
        return city
    # A block that holds more people than the tolerance leaves can make the wish fail.
    people = city.people.by_block
    large = people > tolerance * people.sum() / count
    divided = divide_further(boundary, ground, terrain, large & (city.kind != "water"))
    return _settle(divided, count, population, spread, tolerance, parts, terrain.reach)


def _settle(  # noqa: PLR0917 - private, in the order of partition_city
    ground: Ground,
    count: int,
    population: gpd.GeoDataFrame | None,
    spread: Spread,
    tolerance: float,
    parts: Parts,
    reach: Reach,
) -> _City:
    """Bring people to the blocks, and see who borders whom."""
    fabric = ground.fabric
    passages = find_passages(fabric, ground.streets, reach)
    people = place_people(fabric, population, spread)
    if people.source == "by_area":  # nobody lives on water
        people = people._replace(by_block=np.where(passages.water, 0, people.by_block))
    mean = float(people.by_block.sum()) / count
    graph = make_graph(fabric, parts, Room(people.by_block, mean, tolerance), passages)
    diagnosis = diagnose(fabric, graph, people.by_block, count, tolerance)
    kind = np.where(passages.water, "water", np.where(ground.plot, "plot", "block"))
    problems = (*ground.streets.problems, *fabric.problems, *people.problems)
    facts = _ground_facts(passages, kind)
    return _City(fabric, graph, people, diagnosis, kind.astype(object), facts, problems)


def _ground_facts(passages: Passages, kind: NDArray[np.str_]) -> dict[str, Any]:
    return {
        "plots": int((kind == "plot").sum()),
        "water": int((kind == "water").sum()),
        "crossings": passages.crossings,
        "impassable_borders": len(passages.blocked),
    }


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
    inside = int(city.people.by_block.sum())
    return {
        "people": {
            "source": city.people.source,
            "weight": city.people.weight,
            "unit": city.people.unit,
            "inside": inside,
            "outside": city.people.outside,
            "total": inside + city.people.outside,
            "fallbacks": dict(city.people.fallbacks),
        },
        "ground": {
            "boundary_parts": len(city.fabric.parts),
            "blocks": city.graph.size,
            **city.fabric.facts,
            **city.facts,
            "links": [
                {"blocks": [link.left, link.right], "gap_m": round(link.gap_m, 1)}
                for link in city.graph.links
            ],
        },
        "diagnosis": city.diagnosis,
    }


def _border_cost_km(
    fabric: Fabric, sector: NDArray[np.int64], costs: Mapping[str, float] | None
) -> float:
    """Sum the metres between sectors × their cost; a barrier's own cost is known to its way."""
    borders = fabric.borders
    cost = cost_per_metre(fabric.ways["road_class"].tolist(), costs)[borders.way]
    apart = sector[borders.left] != sector[borders.right]
    return round(float(borders.metres[apart] @ cost[apart]) / 1000, 4)


def _reached(
    sectors: gpd.GeoDataFrame, borders: gpd.GeoDataFrame, border_cost_km: float
) -> dict[str, Any]:
    """Tell how good the plan is."""
    metres: NDArray[np.float64] = borders["length_m"].to_numpy(float)
    classes = borders["road_class"].tolist()
    main = np.array([group(name) == MAIN for name in classes], bool)
    inner = float(metres.sum())
    return {
        "sectors": len(sectors),
        "border_km": round(inner / 1000, 4),
        "border_cost_km": border_cost_km,
        "main_border_share": round(float(metres[main].sum()) / inner, 4) if inner else None,
        "largest_deviation": round(float(sectors["deviation"].abs().max()), 6),
        "mean_polsby_popper": round(float(sectors["polsby_popper"].mean()), 4),
    }
