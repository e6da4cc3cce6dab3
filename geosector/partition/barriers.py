"""Rivers, railways, front lines and walls → lines among the roads, so that they cut blocks.

A barrier costs by the metre like a road (`classes.BARRIER_COSTS`, or its own ``cost``); where one
gets across is found afterwards (`reach`). Choices made here:

- An area (a river's water) counts by its outline. Areas that touch are one. A line inside an area
  (the middle of the river) is left out: the outline says it already.
- Railways keep their ``layer``: a viaduct (above 0) that crosses streets and a tunnel (below 0)
  hinder nobody. All other barriers lie on the ground.
- A street above or below the ground that crosses barriers but no street of another layer is taken
  to lie on the ground there: it crosses the barrier and goes on bounding blocks on both banks.
- Where a barrier and a road share their ground exactly, the border is the barrier: a front line
  drawn along a street cannot be crossed at that street.
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geosector import crs
from geosector.language import text
from geosector.partition.classes import barrier_class
from geosector.partition.rows import kind_of, row_number, text_column
from geosector.partition.ways import read_layers
from geosector.tables import Problem, match_value

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_UNKNOWN = "barrier"
_RAILWAY = "railway"


class Streets(NamedTuple):
    """What cuts a city into blocks.

    ``roads``: with barriers (and plots) behind them. ``water``: the areas among the
    barriers, dissolved, in the city's metres; empty where there are none.
    """

    roads: gpd.GeoDataFrame
    water: BaseGeometry
    problems: tuple[Problem, ...]


def with_barriers(
    roads: gpd.GeoDataFrame, barriers: gpd.GeoDataFrame, metric: pyproj.CRS
) -> Streets:
    """Put barriers behind the roads.

    Parameters
    ----------
    roads : geopandas.GeoDataFrame
        Lines, in any system.
    barriers : geopandas.GeoDataFrame
        Lines or polygons with ``kind, cost, name, layer``, each of which may be missing.
    metric : pyproj.CRS
        The city's metres.

    Returns
    -------
    Streets
        The roads come first, the same rows in the same order; ``layer`` is 0 where a road was
        brought to the ground.

    Raises
    ------
    MissingCRSError
        Where one of the two has no coordinate system.

    Examples
    --------
    A river of water 10 m wide; then no barriers; then a point, which is none:

    >>> from shapely.geometry import LineString, Point, box
    >>> metric = crs.metric_crs((30, 33, 30, 33))
    >>> road = gpd.GeoDataFrame(
    ...     {"road_class": ["primary"]}, geometry=[LineString([(0, 0), (50, 0)])], crs=metric
    ... )
    >>> river = gpd.GeoDataFrame({"kind": ["river"]}, geometry=[box(20, -9, 30, 9)], crs=metric)
    >>> made = with_barriers(road, river, metric)
    >>> made.roads["road_class"].tolist(), round(made.water.area)
    (['primary', 'barrier:river:'], 180)
    >>> with_barriers(road, river.iloc[:0], metric).water.is_empty
    True
    >>> well = gpd.GeoDataFrame(geometry=[Point(0, 0)], crs=metric)
    >>> with_barriers(road, well, metric).problems[0].action
    'left out'
    """
    crs.require_crs(roads, text("The roads table"))
    crs.require_crs(barriers, text("The barriers table"))
    streets = crs.to_metres(crs.densify(roads), metric)
    found = crs.to_metres(crs.densify(barriers), metric)
    shapes = shapely.force_2d(np.asarray(found.geometry.values, object))
    kinds, problems = _kinds(found)
    costs, more = _costs(found)
    dimension = shapely.get_dimensions(shapes)
    usable = ((dimension == 1) | (dimension == 2)) & ~shapely.is_empty(shapes)  # noqa: PLR2004
    problems += more + _no_barriers(found, shapes, usable)
    classes = np.array(
        [barrier_class(kind, cost) for kind, cost in zip(kinds, costs, strict=True)], object
    )
    areas = usable & (dimension == 2)  # noqa: PLR2004 - a surface
    water = _dissolved(shapes[areas])
    lines = shapely.difference(shapes[usable & ~areas], water)
    outline, outline_class = _outlines(water, shapes[areas], classes[areas])
    heights = read_layers(found)[0]
    layer = np.where(np.array(kinds) == _RAILWAY, heights, 0.0)[usable & ~areas]
    names = text_column(found, "name")
    made = gpd.GeoDataFrame(
        {
            "road_class": np.concatenate([classes[usable & ~areas], outline_class]),
            "name": np.concatenate([names[usable & ~areas], _names_of(outline, shapes, names)]),
            "layer": np.concatenate([layer, np.zeros(len(outline))]),
        },
        geometry=np.concatenate([lines, outline]),
        crs=metric,
    )
    made = made[~made.geometry.is_empty]
    height, unread = read_layers(streets)
    made = made[~_overhead(made, streets, height)]
    # From here on the layer alone says how high a street lies.
    grounded = streets.assign(layer=_brought_down(streets, height, made)).drop(
        columns=["bridge", "tunnel"], errors="ignore"
    )
    return Streets(
        pd.concat([grounded, made], ignore_index=True) if len(made) else grounded,
        water,
        (*problems, *unread),
    )


def _kinds(barriers: gpd.GeoDataFrame) -> tuple[list[str], list[Problem]]:
    """Give each row's kind; what is unknown counts as a barrier and is listed."""
    if "kind" not in barriers:
        return [_UNKNOWN] * len(barriers), []
    words = text_column(barriers, "kind").tolist()
    kinds = [match_value("barriers", "kind", word) for word in words]
    problems = [
        Problem("barriers", row_number(barriers, row), "kind", words[row],
                "river, railway, front_line …", _UNKNOWN)
        for row, kind in enumerate(kinds)
        if kind is None and words[row]
    ]  # fmt: skip
    return [kind or _UNKNOWN for kind in kinds], problems


def _costs(barriers: gpd.GeoDataFrame) -> tuple[list[float | None], list[Problem]]:
    """Give each row's own cost, None where it has none or an impossible one, which is listed."""
    if "cost" not in barriers:
        return [None] * len(barriers), []
    costs = pd.to_numeric(barriers["cost"], errors="coerce").to_numpy(float, na_value=np.nan)
    usable = np.isfinite(costs) & (costs >= 0)
    given = text_column(barriers, "cost").tolist()
    problems = [
        Problem("barriers", row_number(barriers, row), "cost", given[row], "0 …",
                text("the cost of its kind"))
        for row in np.flatnonzero(~usable).tolist()
        if given[row]
    ]  # fmt: skip
    return [
        float(cost) if good else None for cost, good in zip(costs, usable, strict=True)
    ], problems


def _no_barriers(
    barriers: gpd.GeoDataFrame, shapes: NDArray[np.object_], usable: Flags
) -> list[Problem]:
    return [
        Problem("barriers", row_number(barriers, row), "geometry", kind_of(shapes[row]),
                text("line, polygon"), text("left out"))
        for row in np.flatnonzero(~usable).tolist()
    ]  # fmt: skip


def _dissolved(areas: NDArray[np.object_]) -> BaseGeometry:
    """Unite areas, in the order of their bytes, so that the order of the rows does not matter."""
    repaired = [shapely.normalize(shapely.make_valid(area)) for area in areas]
    return shapely.union_all(shapely.from_wkb(sorted(shapely.to_wkb(repaired))))


def _outlines(
    water: BaseGeometry, areas: NDArray[np.object_], classes: NDArray[np.object_]
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Give the outline of each dissolved area, and the class of the largest area it is made of."""
    parts = shapely.get_parts(water)
    parts = parts[shapely.get_dimensions(parts) == 2]  # noqa: PLR2004 - a surface
    if len(parts) == 0:
        return np.zeros(0, object), np.zeros(0, object)
    part, area = shapely.STRtree(areas).query(parts, predicate="intersects")
    order = np.lexsort((classes[area].astype(str), -shapely.area(areas[area]), part))
    first = np.unique(part[order], return_index=True)[1]
    return shapely.boundary(parts), classes[area[order][first]]


def _names_of(
    outlines: NDArray[np.object_], shapes: NDArray[np.object_], names: NDArray[np.object_]
) -> NDArray[np.object_]:
    """Give each outline the first name, in their order, among the areas it is made of."""
    found = np.full(len(outlines), "", object)
    area, outline = shapely.STRtree(outlines).query(shapes, predicate="intersects")
    surface = (shapely.get_dimensions(shapes[area]) == 2) & (names[area] != "")  # noqa: PLR2004
    for one, place in zip(area[surface].tolist(), outline[surface].tolist(), strict=True):
        found[place] = min(found[place] or names[one], names[one])
    return found


def _overhead(barriers: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, height: Floats) -> Flags:
    """Say which barriers pass over streets: viaducts."""
    overhead = np.zeros(len(barriers), bool)
    above = np.flatnonzero(barriers["layer"].to_numpy(float) > 0)
    lines = np.asarray(barriers.geometry.values, object)[above]
    one, two = shapely.STRtree(np.asarray(roads.geometry.values, object)).query(
        lines, predicate="crosses"
    )
    overhead[above[one[height[two] < barriers["layer"].to_numpy(float)[above[one]]]]] = True
    return overhead


def _brought_down(roads: gpd.GeoDataFrame, height: Floats, barriers: gpd.GeoDataFrame) -> Floats:
    """Give the layer of each road; 0 where it crosses barriers but no road of another layer."""
    layer = height.copy()
    shapes = np.asarray(roads.geometry.values, object)
    off = np.flatnonzero(layer != 0)
    across = shapely.STRtree(np.asarray(barriers.geometry.values, object))
    over = np.unique(across.query(shapes[off], predicate="intersects")[0])
    one, two = shapely.STRtree(shapes).query(shapes[off], predicate="crosses")
    apart = np.unique(one[layer[off[one]] != layer[two]])
    layer[off[np.setdiff1d(over, apart)]] = 0.0
    return layer
