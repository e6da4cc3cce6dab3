"""Cells: what main roads alone enclose, and which cells no single sector can hold.

Barriers enclose as main roads do: a river is as good a border as any street.
Where a cell holds more people than a sector may, its sectors are divided inside it, and there
borders must leave main roads. That is a fact of the city, not a fault of a plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.partition.blocks import Fabric, dissolve
from geosector.partition.classes import MAIN, TERTIARY, group, is_barrier
from geosector.partition.graph import BlockGraph
from geosector.partition.pieces import joined
from geosector.partition.reach import SHARED_BORDER_M

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# What cells are cut by: main roads alone, then the next class with them.
MAIN_ROADS = "main"
WITH_TERTIARY = "main_and_tertiary"
CUT_BY: Mapping[str, tuple[str, ...]] = {MAIN_ROADS: (MAIN,), WITH_TERTIARY: (MAIN, TERTIARY)}

COLUMNS = (
    "cut_by",
    "cell_id",
    "population",
    "sectors_worth",
    "over_one_sector",
    "further_cuts",
    "blocks",
)


class Cells(NamedTuple):
    """The cells of a city at one level.

    ``of_block``: shape (blocks,), 0 … k − 1, numbered by their first block. ``people``,
    ``blocks``, ``over`` (more people than a sector may hold) and ``further_cuts``: shape (k,).
    ``further_cuts``: p people in sectors of at most q are in ⌈p/q⌉ sectors or more, and so many
    less one borders between sectors run inside the cell, each off the roads that enclose it.
    """

    of_block: NDArray[np.int64]
    people: Ints
    blocks: Ints
    over: NDArray[np.bool_]
    further_cuts: Ints


def find_cells(graph: BlockGraph, people: Ints, most: int, cut_by: str = MAIN_ROADS) -> Cells:
    """Find what the roads of some classes alone enclose.

    Parameters
    ----------
    graph : BlockGraph
    people : array of int, shape (graph.size,)
    most : int
        The most people that a sector may hold; at least 1.
    cut_by : {"main", "main_and_tertiary"}

    Returns
    -------
    Cells
        Two neighbours are in one cell where at least a metre of their border follows none of
        these roads, and no barrier. A link between parts of the city joins no cells: its border
        has no metres.
    """
    off = np.array([not _cuts(name, cut_by) for name in graph.classes], float)
    one = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    open_to = graph.metres @ off >= SHARED_BORDER_M
    of_block = joined(graph.size, one[open_to], graph.indices[open_to].astype(np.int64))
    count = int(of_block.max()) + 1
    inside = np.bincount(of_block, people, count).astype(np.int64)
    blocks = np.bincount(of_block, minlength=count).astype(np.int64)
    # A cell has no more sectors inside than blocks, where no plan exists either.
    cuts = np.maximum(-(-inside // most) - 1, 0)
    return Cells(of_block, inside, blocks, inside > most, np.minimum(cuts, blocks - 1))


def _cuts(road_class: str, cut_by: str) -> bool:
    return group(road_class) in CUT_BY[cut_by] or is_barrier(road_class)


def cell_table(
    fabric: Fabric, graph: BlockGraph, people: Ints, mean: float, most: int
) -> gpd.GeoDataFrame:
    """List the cells of both levels with their ground, so that a map shows which are too full.

    Parameters
    ----------
    fabric, graph
        From `make_blocks` and `make_graph`.
    people : array of int, shape (graph.size,)
    mean : float
        People per sector.
    most : int
        The most people that a sector may hold.

    Returns
    -------
    geopandas.GeoDataFrame
        ``cut_by`` (main, main_and_tertiary), ``cell_id`` (1 … k at each level), ``population``,
        ``sectors_worth`` (people / mean), ``over_one_sector``, ``further_cuts`` (borders between
        sectors that must run inside, at least), ``blocks``, ``geometry``; in metres.
    """
    levels = []
    for cut_by in CUT_BY:
        cells = find_cells(graph, people, most, cut_by)
        columns = {
            "cut_by": pd.array([cut_by] * len(cells.people), dtype="string"),
            "cell_id": np.arange(1, len(cells.people) + 1),
            "population": cells.people,
            "sectors_worth": cells.people / mean,
            "over_one_sector": cells.over,
            "further_cuts": cells.further_cuts,
            "blocks": cells.blocks,
        }
        ground = dissolve(fabric.blocks, cells.of_block)
        levels.append(gpd.GeoDataFrame(columns, geometry=ground, crs=fabric.crs))
    return gpd.GeoDataFrame(pd.concat(levels, ignore_index=True))


def no_cells() -> gpd.GeoDataFrame:
    """Give an empty table of cells, for layouts whose streets are not known.

    Examples
    --------
    >>> len(no_cells()), no_cells().crs.to_epsg()
    (0, 4326)
    """
    return gpd.GeoDataFrame(columns=[*COLUMNS], geometry=[], crs=crs.WGS84)


def sum_up(fabric: Fabric, cells: Cells, people: Ints, mean: float) -> dict[str, Any]:
    """Tell in numbers which cells are too full, the fullest first; ready for JSON.

    Returns
    -------
    dict
        ``count``, ``over_one_sector`` (cells), ``largest_in_sectors``,
        ``share_of_people_in_those``, ``further_cuts`` (in all), ``over`` (a list: ``cell_id``,
        ``population``, ``sectors_worth``, ``further_cuts``, ``blocks``, and ``lat``, ``lon`` of its
        fullest block).
    """
    over = np.flatnonzero(cells.over)
    over = over[np.argsort(-cells.people[over], kind="stable")]
    fullest = np.lexsort((np.arange(len(people)), -people, cells.of_block))
    first = np.searchsorted(cells.of_block[fullest], over)
    lon, lat = middles(fabric, fullest[first])
    return {
        "count": len(cells.people),
        "over_one_sector": len(over),
        "largest_in_sectors": round(float(cells.people.max() / mean), 2),
        "share_of_people_in_those": round(float(cells.people[over].sum() / people.sum()), 4),
        "further_cuts": int(cells.further_cuts.sum()),
        "over": [
            {
                "cell_id": int(cell) + 1,
                "population": int(cells.people[cell]),
                "sectors_worth": round(float(cells.people[cell] / mean), 4),
                "further_cuts": int(cells.further_cuts[cell]),
                "blocks": int(cells.blocks[cell]),
                "lat": round(float(lat[place]), 5),
                "lon": round(float(lon[place]), 5),
            }
            for place, cell in enumerate(over)
        ],
    }


def off_main(fabric: Fabric, sector: Ints, cells: Cells) -> pd.DataFrame:
    """Say of each sector how much of its border leaves main roads, and why.

    Parameters
    ----------
    fabric : Fabric
    sector : array of int, shape (len(fabric.blocks),)
        1 … N.
    cells : Cells
        Of main roads alone.

    Returns
    -------
    pandas.DataFrame
        For each sector ``sector_id``; ``border_m``, all of its border with other sectors;
        ``off_main_m``, what of it follows neither main road nor barrier; ``in_full_cells_m``, what
        of that lies inside cells that no single sector can hold (that borders run there cannot be
        avoided, where they run can); ``elsewhere_m``, the rest; ``full_cells``, the numbers of
        those cells.
    """
    left, right = fabric.borders.left, fabric.borders.right
    inner = sector[left] != sector[right]
    main_way = np.array([_cuts(name, MAIN_ROADS) for name in fabric.ways["road_class"]], bool)
    cell = cells.of_block[left]
    off = inner & ~main_way[fabric.borders.way]
    full = off & (cell == cells.of_block[right]) & cells.over[cell]
    count = int(sector.max())
    sides = np.concatenate([sector[left], sector[right]]) - 1

    def metres(which: NDArray[np.bool_]) -> Floats:
        """Sum a choice of pieces of border by sector; each counts on both of its sides."""
        both = np.tile(which, 2)
        here = np.tile(fabric.borders.metres, 2)[both]
        return np.bincount(sides[both], here, count).astype(float)

    leaving, inside = metres(off), metres(full)
    both = np.tile(full, 2)
    met = sorted(set(zip(sides[both].tolist(), np.tile(cell, 2)[both].tolist(), strict=True)))
    return pd.DataFrame(
        {
            "sector_id": np.arange(1, count + 1),
            "border_m": metres(inner),
            "off_main_m": leaving,
            "in_full_cells_m": inside,
            "elsewhere_m": leaving - inside,
            "full_cells": [[one + 1 for at, one in met if at == place] for place in range(count)],
        }
    )


def middles(fabric: Fabric, blocks: Ints) -> tuple[Floats, Floats]:
    """Give a point inside each of some blocks: longitudes and latitudes."""
    inside = shapely.get_coordinates(shapely.point_on_surface(fabric.blocks[blocks]))
    lon, lat = crs.convert_points(inside[:, 0], inside[:, 1], fabric.crs, crs.WGS84)
    return lon, lat
