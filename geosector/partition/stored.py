"""A layout's tables → the ground they were made of: blocks, and along which road they border.

What `partition_city` returned, or the layers of its GeoPackage, is enough to go on working: a plan
edited by hand is measured anew, and a later plan begins from it, without the streets it came from.
Beside ``sectors, borders, blocks`` a layout holds ``block_borders``: every metre between two
blocks, with the road that it follows (``left, right`` are numbers of blocks).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import InputError, MissingColumnError
from geosector.language import text
from geosector.partition import noding
from geosector.partition.blocks import Borders, Fabric, order_of_places
from geosector.partition.classes import (
    BARRIER_COSTS,
    NO_ROAD,
    barrier_class,
    own_cost,
    rank,
    shown_class,
)
from geosector.partition.describe import borders_by_way, in_degrees
from geosector.partition.overlay import on_millimetres
from geosector.partition.reach import Passages
from geosector.tables import Problem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]


class HasTables(Protocol):
    """A `Layout`."""

    @property
    def sectors(self) -> gpd.GeoDataFrame: ...  # noqa: D102 - as Layout tells

    @property
    def borders(self) -> gpd.GeoDataFrame: ...  # noqa: D102

    @property
    def blocks(self) -> gpd.GeoDataFrame: ...  # noqa: D102

    @property
    def block_borders(self) -> gpd.GeoDataFrame: ...  # noqa: D102

    @property
    def summary(self) -> dict[str, Any]: ...  # noqa: D102


# A Layout, the layers of its GeoPackage by name, or one of its tables of areas.
AnyLayout: TypeAlias = "HasTables | Mapping[str, Any] | gpd.GeoDataFrame"


class Tables(NamedTuple):
    """What is known of a layout; a table that was not given is None, a summary empty."""

    sectors: gpd.GeoDataFrame | None
    borders: gpd.GeoDataFrame | None
    blocks: gpd.GeoDataFrame | None
    block_borders: gpd.GeoDataFrame | None
    summary: Mapping[str, Any]

    @property
    def areas(self) -> gpd.GeoDataFrame:
        """The finest areas that are there: blocks, else sectors."""
        found = self.sectors if self.blocks is None else self.blocks
        assert found is not None  # noqa: S101 - tables_of refuses a layout without either
        return found

    @property
    def metric(self) -> pyproj.CRS:
        """The metric system in which the layout was made."""
        stated = self.summary.get("ground", {}).get("metric_crs")
        if stated is not None:
            return pyproj.CRS.from_user_input(stated)
        return crs.metric_crs(crs.to_wgs84(self.areas).total_bounds)

    @property
    def version(self) -> int:
        """Its number; 1 where none is stated."""
        return int(self.summary.get("version", 1))

    @property
    def names(self) -> dict[int, str]:
        """Names of sectors by ``sector_id``, as far as they are given."""
        if self.sectors is None or "name" not in self.sectors:
            return {}
        named = self.sectors[self.sectors["name"].notna()]
        ids, names = named["sector_id"], named["name"]
        return {int(number): str(name) for number, name in zip(ids, names, strict=True)}


def tables_of(layout: AnyLayout, what: str) -> Tables:
    """Find the tables of a layout, however it is given.

    Parameters
    ----------
    layout : Layout, mapping of tables by name, or geopandas.GeoDataFrame
        A single table is ``blocks`` where it has a ``block_id``, else ``sectors``. Areas need
        ``sector_id`` and ``population``.
    what : str
        What the layout is called in a message.

    Returns
    -------
    Tables

    Raises
    ------
    InputError
        Where it is no layout, or has no areas.
    MissingColumnError
        Where its areas lack a column.
    MissingCRSError
        Where its areas have no coordinate system.

    Examples
    --------
    >>> tables_of({}, "The layout before")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The layout before has neither sectors nor blocks. Give ...
    """
    if isinstance(layout, gpd.GeoDataFrame):
        given: Mapping[str, Any] = {"blocks" if "block_id" in layout else "sectors": layout}
    elif isinstance(layout, Mapping):
        given = layout
    else:
        given = {name: getattr(layout, name, None) for name in Tables._fields}
    tables = Tables(
        sectors=given.get("sectors"),
        borders=given.get("borders"),
        blocks=given.get("blocks"),
        block_borders=given.get("block_borders"),
        summary=given.get("summary") or {},
    )
    if tables.blocks is None and tables.sectors is None:
        raise InputError(
            text(
                "{what} has neither sectors nor blocks. Give a layout, or its tables by name.",
                what=what,
            )
        )
    crs.require_crs(tables.areas, what)
    for column in ("sector_id", "population"):
        if column not in tables.areas:
            raise MissingColumnError(
                text("{what} has no column '{column}'.", what=what, column=column)
            )
        if tables.areas[column].isna().any():
            raise InputError(
                text("{what} has rows without '{column}'. Fill it.", what=what, column=column)
            )
    if not len(tables.areas):
        raise InputError(text("{what} has no rows.", what=what))
    return tables


def layers_of(layout: HasTables) -> dict[str, pd.DataFrame]:
    """Give the layers of a layout's GeoPackage.

    Parameters
    ----------
    layout : Layout

    Returns
    -------
    dict
        ``sectors``, ``borders``, ``blocks``, ``block_borders``, and ``layout``: one row with
        ``version``, ``valid_from`` and the whole ``summary`` as JSON, so that a file that travels
        alone still knows what it is.
    """
    facts = {
        "version": [layout.summary["version"]],
        "valid_from": pd.array([layout.summary["valid_from"]], dtype="string"),
        "summary": [json.dumps(layout.summary, ensure_ascii=False, allow_nan=False)],
    }
    tables = {name: getattr(layout, name) for name in Tables._fields[:-1]}
    return {**tables, "layout": pd.DataFrame(facts)}


class Division(NamedTuple):
    """Blocks as they were divided: what an edit begins from.

    ``fabric``: as `make_blocks` made it. ``sector``: ``sector_id`` of each block. ``people``: of
    each block; ``kind``: block, plot or water. ``passages``: between which blocks one cannot pass.
    ``problems``: what of it could not be found.
    """

    fabric: Fabric
    sector: Ints
    people: Ints
    kind: NDArray[np.object_]
    passages: Passages
    problems: tuple[Problem, ...]


def division_of(tables: Tables) -> Division:
    """Make the blocks of a layout anew from its tables.

    Parameters
    ----------
    tables : Tables
        With ``blocks``. Their order does not matter. Classes and names of roads come from
        ``block_borders``, where it is missing from ``borders``, so that then borders inside
        sectors follow no known road; that is listed.

    Returns
    -------
    Division
    """
    if tables.blocks is None:
        raise InputError(text("The layout has no blocks. Give the file that geosector wrote."))
    metric = tables.metric
    blocks = on_millimetres(tables.blocks, metric)
    parts = shapely.get_num_geometries(blocks) == 1
    blocks[parts] = shapely.get_geometry(blocks[parts], 0)
    order = order_of_places(blocks)
    blocks = blocks[order]
    lines, way, ways = _known_roads(tables, metric)
    fabric = made_fabric(metric, blocks, bordering(blocks, lines, way, len(ways) - 1), ways)
    kind = np.full(len(blocks), "block", object)
    if "kind" in tables.blocks:
        kind = np.asarray(tables.blocks["kind"].astype("string").fillna("block"), object)[order]
    problems = []
    if tables.block_borders is None:
        problems.append(
            Problem("block_borders", None, None, "", text("the roads between blocks"),
                    text("Only the roads of the old borders between sectors are known."))
        )  # fmt: skip
    return Division(
        fabric=fabric,
        sector=tables.blocks["sector_id"].to_numpy(np.int64)[order],
        people=tables.blocks["population"].to_numpy(np.int64)[order],
        kind=kind,
        passages=_passages(tables, order, kind == "water"),
        problems=tuple(problems),
    )


def made_fabric(metric: pyproj.CRS, blocks: Shapes, borders: Borders, ways: pd.DataFrame) -> Fabric:
    """Make a fabric of blocks that are ready, as `make_blocks` does at its end."""
    return Fabric(
        crs=metric,
        blocks=blocks,
        borders=borders,
        ways=ways,
        parts=shapely.get_parts(shapely.coverage_union_all(blocks)),
        facts={},
        problems=(),
        loose=np.zeros(0, object),
    )


def _passages(tables: Tables, order: Ints, water: NDArray[np.bool_]) -> Passages:
    """Find between which blocks one cannot pass; where nothing is known, one can."""
    assert tables.blocks is not None  # noqa: S101 - the caller has looked
    place = np.argsort(order)
    ids = order
    if "block_id" in tables.blocks:
        ids = tables.blocks["block_id"].to_numpy(np.int64)[order]
        place = np.argsort(ids)
    rising = ids[place]
    found = tables.block_borders
    blocked = np.zeros((0, 2), np.int64)
    if found is not None and "passable" in found:
        shut = found[~found["passable"].fillna(value=True).astype(bool)]
        blocked = shut[["left", "right"]].drop_duplicates().to_numpy(np.int64)
    ground = tables.summary.get("ground", {})
    bridges = np.array(ground.get("bridges", []), np.int64).reshape(-1, 2)

    def placed(pairs: Ints) -> Ints:
        """Give the places of blocks for their numbers, the lesser first."""
        known = pairs[np.isin(pairs, rising).all(axis=1)]
        return np.sort(place[np.searchsorted(rising, known)], axis=1).astype(np.int64)

    return Passages(placed(blocked), placed(bridges), water, int(ground.get("crossings", 0)))


def block_border_table(fabric: Fabric, passages: Passages) -> gpd.GeoDataFrame:
    """List every metre between two blocks by the road it follows, in EPSG:4326.

    Parameters
    ----------
    fabric : Fabric
    passages : Passages
        Between which blocks one cannot pass.

    Returns
    -------
    geopandas.GeoDataFrame
        ``left, right`` (``block_id``), ``road_class, name``, ``cost`` (of a metre, where a barrier
        brings its own), ``passable`` (whether one gets from the one block to the other),
        ``length_m, geometry``.
    """
    rows = borders_by_way(fabric, np.arange(len(fabric.blocks)))
    ways = fabric.ways.iloc[rows["way"]].reset_index(drop=True)
    pairs = pd.MultiIndex.from_arrays([rows["left"], rows["right"]])
    return in_degrees(
        gpd.GeoDataFrame(
            {
                "left": rows["left"],
                "right": rows["right"],
                "road_class": ways["road_class"].map(shown_class).astype("string"),
                "name": ways["name"].astype("string"),
                "cost": ways["road_class"].map(own_cost).astype(float),
                "passable": ~pairs.isin(pd.MultiIndex.from_arrays(passages.blocked.T)),
                "length_m": rows["length_m"],
            },
            geometry=rows.geometry,
            crs=fabric.crs,
        )
    )


def _known_roads(tables: Tables, metric: pyproj.CRS) -> tuple[Shapes, Ints, pd.DataFrame]:
    """Give the lines whose road is known, the road of each, and the roads by importance."""
    table = tables.borders if tables.block_borders is None else tables.block_borders
    if table is None or not len(table):
        return np.zeros(0, object), np.zeros(0, np.int64), _ways([])
    shapes = on_millimetres(table, metric)
    lines, row = shapely.get_parts(shapes, return_index=True)
    classes, names = (
        np.asarray(table[column].astype("string").fillna(""), object)[row]
        for column in ("road_class", "name")
    )
    classes = _inner_classes(classes, table, row)
    pairs = list(zip(classes, names, strict=True))
    ways = _ways(pairs)
    number = {pair: spot for spot, pair in enumerate(ways.itertuples(index=False, name=None))}
    return lines, np.array([number[pair] for pair in pairs], np.int64), ways


def _inner_classes(classes: Shapes, table: gpd.GeoDataFrame, row: Ints) -> Shapes:
    """Write barriers as classes of road again, with the costs that are their own."""
    costs = np.full(len(row), np.nan)
    if "cost" in table:
        costs = pd.to_numeric(table["cost"], errors="coerce").to_numpy(float)[row]
    return np.array(
        [
            barrier_class(name, None if np.isnan(cost) else cost) if name in BARRIER_COSTS else name
            for name, cost in zip(classes, costs, strict=True)
        ],
        object,
    )


def _ways(pairs: list[tuple[str, str]]) -> pd.DataFrame:
    """Order roads as `make_blocks` does: the most important first, no road last."""
    known = sorted(
        set(pairs) - {(NO_ROAD, "")},
        key=lambda pair: (rank(pair[0]), pair[0], pair[1] == "", pair[1]),
    )
    return pd.DataFrame([*known, (NO_ROAD, "")], columns=["road_class", "name"])


# ---------------------------------------------------------------- common sides, exactly


class Sides(NamedTuple):
    """Straight pieces that two areas have in common.

    ``left`` < ``right``: places of the areas. ``ends``: shape (n, 4), millimetres, the lesser end
    first. ``metres``: length of each.
    """

    left: Ints
    right: Ints
    ends: Ints
    metres: Floats


def shared_sides(areas: Shapes) -> Sides:
    """Find the sides that two areas share, by exact coordinates.

    Parameters
    ----------
    areas : array of shapely Polygon or MultiPolygon, metres
        Corners on whole millimetres; every corner on a common side is in both.

    Returns
    -------
    Sides
        In order of ``left``, ``right``, ``ends``.

    Examples
    --------
    >>> from shapely import box
    >>> shared_sides(np.array([box(0, 0, 1, 1), box(1, 0, 2, 1)])).ends.tolist()
    [[1000, 0, 1000, 1000]]
    """
    polygons, area = shapely.get_parts(areas, return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    points = np.rint(xy * noding.UNITS_PER_METRE).astype(np.int64)
    along = ring[1:] == ring[:-1]
    one, two = points[:-1][along], points[1:][along]
    owner = area[polygon[ring[1:][along]]]
    swap = (one[:, 0] > two[:, 0]) | ((one[:, 0] == two[:, 0]) & (one[:, 1] > two[:, 1]))
    ends = np.hstack([np.where(swap[:, None], two, one), np.where(swap[:, None], one, two)])
    order = np.lexsort((owner, *ends.T[::-1]))
    ends, owner = ends[order], owner[order]
    pair = np.flatnonzero((ends[1:] == ends[:-1]).all(axis=1) & (owner[1:] != owner[:-1]))
    left, right, ends = owner[pair], owner[pair + 1], ends[pair]
    metres = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]) / noding.UNITS_PER_METRE
    place = np.lexsort((*ends.T[::-1], right, left))
    return Sides(left[place], right[place], ends[place], metres[place])


def bordering(blocks: Shapes, lines: Shapes, way: Ints, no_road: int) -> Borders:
    """Find along which road blocks border each other.

    Parameters
    ----------
    blocks : array of shapely Polygon, metres
    lines : array of shapely LineString, metres
        Whose corners are corners of the blocks.
    way : array of int, shape (len(lines),)
        The road of each line.
    no_road : int
        The road of what is in no line.
    """
    sides = shared_sides(blocks)
    known = noding.cut_into_segments(lines, way)
    key = pd.MultiIndex.from_arrays(known.ends.T)
    place = key.get_indexer(pd.MultiIndex.from_arrays(sides.ends.T))
    road = np.append(known.way, no_road)[place]  # −1 is the last: not found
    return Borders(sides.left, sides.right, road.astype(np.int64), sides.ends, sides.metres)
