"""The whole way from boundary, roads and people to a layout of sectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import text
from geosector.partition.cells import no_cells
from geosector.partition.city import City, Given, Split, gather, prepare, tell_found
from geosector.partition.classes import (
    BARRIER_COSTS,
    DEFAULT_COSTS,
    GROUPS,
    cost_per_metre,
    shown_class,
)
from geosector.partition.describe import (
    block_table,
    border_table,
    in_degrees,
    measure_plan,
    number_sectors,
    sector_table,
)
from geosector.partition.diagnose import check_wish, diagnose_plan, wish_error
from geosector.partition.graph import BlockGraph, Parts
from geosector.partition.identity import with_names, with_numbers
from geosector.partition.plots import Plots
from geosector.partition.population import By
from geosector.partition.reach import Contiguity, Reach
from geosector.partition.rounding import measure_form
from geosector.partition.seek import Budget
from geosector.partition.solve import Ties, solve
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
from geosector.tables import Problem, problems_table


@dataclass(frozen=True)
class Layout:
    """A city in sectors.

    ``sectors``, ``borders``, ``blocks``: tables in EPSG:4326, as `geosector.tables` defines them.
    ``block_borders``: every metre between two blocks (``left, right`` are of ``block_id``) and the
    road it follows: what `adopt_layout` needs. ``summary``: what was asked and what came out, ready
    for JSON. ``problems``: what of the input could not be used as it was. ``cells``: what main
    roads enclose, in EPSG:4326 (see `geosector.partition.cells.cell_table`).

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
    cells: gpd.GeoDataFrame = field(default_factory=no_cells)


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
    contiguity: Contiguity | Reach = "borders",
    parts: Parts = "join",
    split: Split = "refuse",
    tolerance: float = 0.10,
    costs: Mapping[str, float] | None = None,
    previous: AnyLayout | None = None,
    move_price: float | None = None,
    pins: gpd.GeoDataFrame | None = None,
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
        too full ones, these are divided half-way between buildings, into plots.
    plots : {"auto", "everywhere"}
        ``"everywhere"``: divide all blocks so.
    barriers : geopandas.GeoDataFrame, optional
        Rivers, railways, front lines, walls: lines or polygons with ``kind`` and ``cost`` (of a
        metre; by default 1, of a front line 0). Sectors cross them only at open bridges.
    main_roads : geopandas.GeoDataFrame, optional
        Lines along the streets that are to count as main.
    main_names : sequence of str
        Names of streets that are to count as main.
    contiguity : {"borders", "streets"} or Reach
        Whether blocks that share a border belong together, or only those between which one gets
        over open streets (see `geosector.partition.reach`).
    parts : {"join", "refuse"}
        What to do with a boundary in several parts, and with ground that no open street or bridge
        reaches: link each to the rest, or refuse.
    split : {"refuse", "cut"}
        What to do with a block that holds more people than a sector may: refuse, and name it, or
        cut it into pieces that fit (see `geosector.partition.split`).
    tolerance : float
        Greatest deviation of a sector: the size of ``people / mean − 1``.
    costs : mapping, optional
        Cost of a metre of border by group (``main`` 1, ``tertiary`` 3, ``minor`` 10), class or
        kind of barrier.
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
    BlockOverQuotaError, TooFewBlocksError, ToleranceTooTightError, PinError
        Where no layout can meet the wish; found before solving.
    BoundaryInPartsError, CutOffError
        Where the city is in parts, or barriers cut it, and ``parts`` is ``"refuse"``.
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
    budget = make_budget(iterations, seconds)
    _check_seed(seed)
    cost_per_metre((), costs)
    given = gather(
        boundary, roads, population=population, spread=spread, buildings=buildings, plots=plots,
        barriers=barriers, main_roads=main_roads, main_names=main_names, contiguity=contiguity,
        parts=parts, split=split,
    )  # fmt: skip
    city = prepare(given, count, tolerance)
    error = wish_error(city.diagnosis, count, tolerance)
    if error is not None:
        raise error
    people = city.people.by_block
    held = hold(
        city.fabric,
        city.graph,
        people,
        Wish(count, tolerance),
        previous=previous,
        pins=pins,
        move_price=move_price,
        costs=costs,
    )
    ties = None if held is None else Ties(*held[:4])
    form = measure_form(city.fabric.blocks)
    labels = solve(city.graph, people, count, tolerance, costs, budget, seed, ties, form)
    require_kept(held, labels)
    asked = _asked(given, count, tolerance, costs, seed, budget)
    numbered = _numbered(city, labels, held)
    return _written(city, numbered, held, asked, valid_from, roads=roads, places=places)


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
    contiguity: Contiguity | Reach = "borders",
    parts: Parts = "join",
    split: Split = "refuse",
    tolerance: float = 0.10,
) -> dict[str, Any]:
    """Say what limits a city before it is divided.

    Parameters
    ----------
    boundary, roads, count, population, spread, buildings, plots, barriers, main_roads, main_names
        As in `partition_city`.
    contiguity, parts, split, tolerance
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
    given = gather(
        boundary, roads, population=population, spread=spread, buildings=buildings, plots=plots,
        barriers=barriers, main_roads=main_roads, main_names=main_names, contiguity=contiguity,
        parts=parts, split=split,
    )  # fmt: skip
    return tell_found(prepare(given, count, tolerance))


def city_cells(
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
    contiguity: Contiguity | Reach = "borders",
    parts: Parts = "join",
    split: Split = "refuse",
    tolerance: float = 0.10,
) -> gpd.GeoDataFrame:
    """Show on a map what main roads enclose, and which of these cells hold more than one sector.

    There borders must leave main roads. The same is told for main and tertiary roads together.

    Parameters
    ----------
    boundary, roads, count, population, spread, buildings, plots, barriers, main_roads, main_names
        As in `partition_city`.
    contiguity, parts, split, tolerance
        As in `partition_city`.

    Returns
    -------
    geopandas.GeoDataFrame
        In EPSG:4326, see `geosector.partition.cells.cell_table`. An impossible wish is no error.

    Examples
    --------
    Without main roads all of the ground is one cell, twice as full as a sector:

    >>> from shapely.geometry import box
    >>> boundary = gpd.GeoDataFrame(geometry=[box(30, 33, 30.002, 33.001)], crs="EPSG:4326")
    >>> none = gpd.GeoDataFrame(geometry=[], crs="EPSG:4326")
    >>> cells = city_cells(boundary, none, 2)
    >>> cells[["cut_by", "cell_id", "sectors_worth", "over_one_sector"]].values.tolist()
    [['main', 1, 2.0, True], ['main_and_tertiary', 1, 2.0, True]]
    >>> city_cells(boundary, none, 0)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The number of sectors is 0. Give a whole number of at least 1.
    """
    check_wish(count, tolerance)
    given = gather(
        boundary, roads, population=population, spread=spread, buildings=buildings, plots=plots,
        barriers=barriers, main_roads=main_roads, main_names=main_names, contiguity=contiguity,
        parts=parts, split=split,
    )  # fmt: skip
    return in_degrees(prepare(given, count, tolerance).cells(count))


def make_budget(iterations: int | None, seconds: float | None) -> Budget:
    """Check a budget.

    Examples
    --------
    >>> make_budget(None, None) == Budget()
    True
    >>> make_budget(0, None)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: iterations is 0. Give a number above 0.
    """
    asked: dict[str, object] = {"iterations": iterations, "seconds": seconds}
    for name, given in asked.items():
        if given is not None and not (isinstance(given, int | float | np.number) and given > 0):
            raise InputError(
                text("{name} is {given}. Give a number above 0.", name=name, given=given)
            )
    default = Budget()
    return Budget(default.iterations if iterations is None else int(iterations), seconds)


def _check_seed(seed: object) -> None:
    if not isinstance(seed, int | np.integer):
        raise InputError(text("seed is {given}. Give a whole number.", given=seed))


def _asked(  # noqa: PLR0917 - private, in the order of partition_city
    given: Given,
    count: int,
    tolerance: float,
    costs: Mapping[str, float] | None,
    seed: int,
    budget: Budget,
) -> dict[str, Any]:
    """Tell what was asked for; ``costs``: those that were in force."""
    of_kinds = {} if given.terrain.barriers is None else BARRIER_COSTS
    return {
        "count": int(count),
        "tolerance": float(tolerance),
        "costs": {**DEFAULT_COSTS, **of_kinds, **(costs or {})},
        "spread": given.spread.by,
        "plots": given.terrain.plots,
        "contiguity": given.terrain.reach.contiguity,
        "parts": given.parts,
        "split": given.split,
        "seed": int(seed),
        "iterations": None if budget.seconds is not None else budget.iterations,
        "seconds": budget.seconds,
    }


def _numbered(city: City, labels: NDArray[np.int32], held: Held | None) -> Numbered:
    """Give sectors numbers and names: those before, where there was a before."""
    if held is not None and held.past is not None:
        return number_anew(city.fabric, labels, held, city.people.by_block)
    sector = number_sectors(city.fabric, labels)
    return Numbered(sector, np.arange(1, int(sector.max()) + 1), None, {})


def _written(
    city: City,
    numbered: Numbered,
    held: Held | None,
    asked: dict[str, Any],
    valid_from: str | None,
    *,
    roads: gpd.GeoDataFrame,
    places: pd.DataFrame | None,
) -> Layout:
    """Write a divided city into tables."""
    fabric, people = city.fabric, city.people.by_block
    sector, numbers = numbered.sector, numbered.numbers
    borders = border_table(fabric, sector)
    sectors = sector_table(fabric, sector, people, borders)
    blocks = block_table(fabric, sector, people, city.kind)
    found = tell_found(city)
    plan = diagnose_plan(fabric, city.graph, people, sector, city.diagnosis)
    for row in plan["sectors"]:
        row["sector_id"] = int(numbers[row["sector_id"] - 1])
    return Layout(
        sectors=with_names(
            in_degrees(with_numbers(sectors, numbers)), numbered.names, roads=roads, places=places
        ),
        borders=in_degrees(with_numbers(borders, numbers)),
        blocks=in_degrees(with_numbers(blocks, numbers)),
        block_borders=block_border_table(fabric, city.passages),
        summary={
            "version": int(numbered.summary.get("version", 0)) + 1,
            "valid_from": valid_from,
            "asked": asked,
            "reached": measure_plan(fabric, sector, sectors, borders, asked["costs"]),
            **found,
            "diagnosis": plan,
            **_kept(held, numbered, people),
        },
        problems=problems_table(
            [
                *city.problems,
                *(held.problems if held else ()),
                *_useless_costs(asked["costs"], city.graph),
            ]
        ),
        cells=in_degrees(city.cells(asked["count"])),
    )


def _kept(held: Held | None, numbered: Numbered, people: NDArray[np.int64]) -> dict[str, Any]:
    """Tell what became of the layout before and of the pins, where there were any."""
    found: dict[str, Any] = {"previous": numbered.summary} if numbered.summary else {}
    return found if held is None else {**found, "pins": pins_found(held, people)}


def _useless_costs(costs: Mapping[str, float], graph: BlockGraph) -> list[Problem]:
    """List costs of what is nowhere in this city: a slip of the pen would change nothing."""
    there = {shown_class(name) for name in graph.classes} | set(GROUPS) | set(BARRIER_COSTS)
    return [
        Problem("costs", None, name, str(cost), ", ".join(sorted(there - {""})), text("left out"))
        for name, cost in costs.items()
        if name not in there
    ]
