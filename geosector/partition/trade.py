"""Tolerance against cost: what a planner pays for sectors of like population."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import InputError, ToleranceNotReachedError
from geosector.language import text
from geosector.partition.best import deviation
from geosector.partition.bounds import find_obstacle, make_task
from geosector.partition.city import City, Given, Split, gather, prepare
from geosector.partition.classes import cost_per_metre
from geosector.partition.describe import border_table, measure_plan, sector_table
from geosector.partition.diagnose import check_wish, diagnose, wish_error
from geosector.partition.graph import Parts
from geosector.partition.layout import make_budget
from geosector.partition.plots import Plots
from geosector.partition.population import By
from geosector.partition.reach import Contiguity, Reach
from geosector.partition.rounding import measure_form
from geosector.partition.seek import Budget
from geosector.partition.solve import solve
from geosector.progress import progress

TOLERANCES = (0.02, 0.03, 0.05, 0.10, 0.15)
_MEASURES = ("border_cost_km", "border_km", "main_border_share", "mean_polsby_popper")
_ROUNDING = 1e-9


class _Plan(NamedTuple):
    """A plan found: for which tolerance, how far it deviates, and its measures."""

    found_for: float
    deviation: float
    measures: dict[str, Any]


def trade_off(
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
    tolerances: Sequence[float] = TOLERANCES,
    costs: Mapping[str, float] | None = None,
    seed: int = 0,
    iterations: int | None = None,
) -> pd.DataFrame:
    """Show what each tolerance costs in borders, so that the choice between them is a choice.

    Each tolerance is solved, the loosest first. A plan found for a tight tolerance is lawful for
    every looser one, so each row is the cheapest of all plans that keep its tolerance, and the
    cost never rises with the tolerance.

    Parameters
    ----------
    boundary, roads, count, population, spread, buildings, plots, barriers, main_roads, main_names
        As in `partition_city`.
    contiguity, parts, split, costs, seed
        As in `partition_city`. Blocks are cut and parts joined once for all rows, for the
        tightest tolerance that is not proven impossible.
    tolerances : sequence of float
        Shares from 0 up to but not including 1, in any order, each once.
    iterations : int, optional
        Rounds of the solver for each tolerance. Default: 400.

    Returns
    -------
    pandas.DataFrame
        A row for each tolerance, the tightest first: ``tolerance``; ``border_cost_km`` (kilometres
        × cost), ``border_km``, ``main_border_share``, ``mean_polsby_popper``,
        ``largest_deviation``, missing where there is no plan; ``feasible``: true where a plan was
        found, false where it is proven that there is none, missing where none was found;
        ``reason``: why there is none, else empty; ``found_for``: the tolerance for which the plan
        was found.

    Raises
    ------
    InputError
        Where a table or an option cannot be used.
    BoundaryInPartsError
        Where the boundary is in parts and joining them is refused.

    Examples
    --------
    Four squares of like area in a row, the middle one of three streets a main one. Two sectors
    meet there at any tolerance; three do not exist within 10 %:

    >>> from shapely.geometry import LineString, box
    >>> boundary = gpd.GeoDataFrame(geometry=[box(30, 33, 30.004, 33.001)], crs="EPSG:4326")
    >>> lines = [LineString([(30 + k / 1000, 32.9), (30 + k / 1000, 33.1)]) for k in (1, 2, 3)]
    >>> kinds = {"road_class": ["residential", "primary", "residential"]}
    >>> roads = gpd.GeoDataFrame(kinds, geometry=lines, crs="EPSG:4326")
    >>> curve = trade_off(boundary, roads, 2, tolerances=[0.1, 0.02], iterations=8)
    >>> curve[["tolerance", "main_border_share", "feasible"]].values.tolist()
    [[0.02, 1.0, True], [0.1, 1.0, True]]
    >>> trade_off(boundary, roads, 3, tolerances=[0.1], iterations=8)["feasible"].tolist()
    [False]
    >>> trade_off(boundary, roads, 2, tolerances=[])
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The tolerances are []. Give one or more, each once.
    """
    wanted = sorted(float(tolerance) for tolerance in _checked(tolerances, count))
    budget = make_budget(iterations, None)
    cost_per_metre((), costs)
    given = gather(
        boundary, roads, population=population, spread=spread, buildings=buildings, plots=plots,
        barriers=barriers, main_roads=main_roads, main_names=main_names, contiguity=contiguity,
        parts=parts, split=split,
    )  # fmt: skip
    city = _prepared(given, count, wanted)
    plans: list[_Plan] = []
    reasons: dict[float, tuple[bool | None, str]] = {}
    with progress(len(wanted), text("Trying tolerances")) as bar:
        for tolerance in reversed(wanted):
            try:
                plans += _solved(city, count, tolerance, costs, budget, seed, reasons)
            except ToleranceNotReachedError as error:
                reasons[tolerance] = (None, str(error))
            bar.update(1)
    return pd.DataFrame([_row(tolerance, plans, reasons) for tolerance in wanted]).astype(
        {"feasible": "boolean", "reason": "string", **dict.fromkeys(_MEASURES, float)}
    )


def _checked(tolerances: Sequence[float], count: int) -> Sequence[float]:
    check_wish(count, 0.1)
    for tolerance in tolerances:
        check_wish(count, tolerance)
    if len(tolerances) == 0 or len(set(tolerances)) < len(tolerances):
        raise InputError(
            text("The tolerances are {given}. Give one or more, each once.", given=[*tolerances])
        )
    return tolerances


def _prepared(given: Given, count: int, tolerances: Sequence[float]) -> City:
    """Make the city ready for the tightest tolerance that may be met, else for the loosest."""
    for tolerance in tolerances:
        city = prepare(given, count, tolerance)
        if city.diagnosis["obstacle"] is None:
            break
    return city


def _solved(  # noqa: PLR0917 - private, each argument a different type
    city: City,
    count: int,
    tolerance: float,
    costs: Mapping[str, float] | None,
    budget: Budget,
    seed: int,
    reasons: dict[float, tuple[bool | None, str]],
) -> list[_Plan]:
    """Give the plan found for a tolerance, or note why none can be found."""
    people = city.people.by_block
    task = make_task(city.graph, people, count)
    if find_obstacle(task, tolerance) is not None:
        found = diagnose(
            city.fabric, city.graph, people, count, tolerance, cut=city.diagnosis["cut"]
        )
        reasons[tolerance] = (False, str(wish_error(found, count, tolerance)))
        return []
    form = measure_form(city.fabric.blocks)
    labels = solve(city.graph, people, count, tolerance, costs, budget, seed, form=form)
    sector = labels.astype(np.int64) + 1
    borders = border_table(city.fabric, sector)
    sectors = sector_table(city.fabric, sector, people, borders)
    measures = measure_plan(city.fabric, sector, sectors, borders, costs)
    crowd: NDArray[np.float64] = people.astype(float)
    return [_Plan(tolerance, deviation(crowd, labels, count), measures)]


def _row(
    tolerance: float, plans: list[_Plan], reasons: dict[float, tuple[bool | None, str]]
) -> dict[str, Any]:
    """Choose the cheapest plan that keeps a tolerance; of equally cheap ones the most even."""
    lawful = [plan for plan in plans if plan.deviation <= tolerance + _ROUNDING]
    if not lawful:
        feasible, reason = reasons[tolerance]
        nothing = dict.fromkeys((*_MEASURES, "largest_deviation"), np.nan)
        return {
            "tolerance": tolerance,
            **nothing,
            "feasible": feasible,
            "reason": reason,
            "found_for": np.nan,
        }
    best = min(lawful, key=lambda plan: (plan.measures["border_cost_km"], plan.deviation))
    return {
        "tolerance": tolerance,
        **{name: best.measures[name] for name in _MEASURES},
        "largest_deviation": best.deviation,
        "feasible": True,
        "reason": "",
        "found_for": best.found_for,
    }
