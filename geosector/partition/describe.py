"""Labels → tables: numbers, names, and every metre of border with the road it follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.language import digits, text, unmarked
from geosector.partition.blocks import Fabric, dissolve
from geosector.partition.classes import MAIN, cost_per_metre, group, shown_class
from geosector.partition.noding import UNITS_PER_METRE
from geosector.partition.numbering import walk_order

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def number_sectors(fabric: Fabric, labels: NDArray[np.int32]) -> Ints:
    """Renumber sectors 1 … N so that neighbours in number are neighbours on the ground.

    The numbers follow the shortest path found through the middles of the sectors that crosses a
    border at every step; where the city's shape allows no such path, it jumps as seldom as it can.
    It begins at its north-western end.

    Parameters
    ----------
    fabric : Fabric
    labels : array of int, shape (len(fabric.blocks),)
        0 … N − 1.

    Returns
    -------
    array of int, shape (len(fabric.blocks),)
        The number of each block's sector.
    """
    count = int(labels.max()) + 1
    area = shapely.area(fabric.blocks)
    middles = shapely.get_coordinates(shapely.centroid(fabric.blocks))
    ground = np.bincount(labels, area, count)
    x, y = (np.bincount(labels, area * middles[:, axis], count) / ground for axis in (0, 1))
    left, right = labels[fabric.borders.left], labels[fabric.borders.right]
    apart = np.ones((count, count), bool)
    apart[left, right] = apart[right, left] = False
    numbers = np.empty(count, np.int64)
    numbers[walk_order(x, y, apart)] = np.arange(1, count + 1)
    return numbers[labels]


def borders_by_way(fabric: Fabric, sector: Ints) -> gpd.GeoDataFrame:
    """List every metre between two sectors by the row of `Fabric.ways` that it follows.

    Parameters
    ----------
    fabric : Fabric
    sector : array of int, shape (len(fabric.blocks),)
        Number of each block's sector.

    Returns
    -------
    geopandas.GeoDataFrame
        ``left, right, way, length_m, geometry``, in metres.
    """
    one, two = sector[fabric.borders.left], sector[fabric.borders.right]
    pieces = pd.DataFrame(
        {
            "left": np.minimum(one, two),
            "right": np.maximum(one, two),
            "way": fabric.borders.way,
            "length_m": fabric.borders.metres,
            "place": np.arange(len(one)),
        }
    )
    pieces = pieces[pieces["left"] != pieces["right"]]
    rows = pieces.groupby(["left", "right", "way"], as_index=False).agg(
        length_m=("length_m", "sum"), places=("place", list)
    )
    ends = fabric.borders.ends.reshape(-1, 2, 2) / UNITS_PER_METRE
    lines = [
        shapely.line_merge(shapely.multilinestrings(shapely.linestrings(ends[places])))
        for places in rows["places"]
    ]
    return gpd.GeoDataFrame(
        rows.drop(columns="places"), geometry=np.array(lines, object), crs=fabric.crs
    )


def border_table(fabric: Fabric, sector: Ints) -> gpd.GeoDataFrame:
    """List every metre between two sectors by the road it follows.

    Parameters
    ----------
    fabric : Fabric
    sector : array of int, shape (len(fabric.blocks),)
        Number of each block's sector.

    Returns
    -------
    geopandas.GeoDataFrame
        ``left, right, road_class, name, length_m, geometry``, in metres: one row for each road
        between two sectors; class and name are empty where the border follows no road. Where it
        follows a barrier, the class is its kind: ``river``, ``railway``, ``front_line``, ``wall``
        or ``barrier``.
    """
    rows = borders_by_way(fabric, sector)
    named = fabric.ways.iloc[rows["way"]].reset_index(drop=True)
    return gpd.GeoDataFrame(
        {
            "left": rows["left"],
            "right": rows["right"],
            "road_class": named["road_class"].map(shown_class).astype("string"),
            "name": named["name"].astype("string"),
            "length_m": rows["length_m"],
        },
        geometry=rows.geometry,
        crs=fabric.crs,
    )


def sector_table(
    fabric: Fabric, sector: Ints, people: Ints, borders: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Describe each sector.

    Parameters
    ----------
    fabric : Fabric
    sector : array of int, shape (len(fabric.blocks),)
    people : array of int, same shape
    borders : geopandas.GeoDataFrame
        From `border_table`.

    Returns
    -------
    geopandas.GeoDataFrame
        ``sector_id, name, population, deviation, area_km2, polsby_popper, main_border_share,
        geometry``, in metres. The share is of inner border; missing where a sector has none.
    """
    count = int(sector.max())
    shapes = dissolve(fabric.blocks, sector - 1)
    population = np.bincount(sector - 1, people, count).astype(np.int64)
    area, perimeter = shapely.area(shapes), shapely.length(shapes)
    main = borders["road_class"].map(group).eq(MAIN).to_numpy(bool)
    metres = borders["length_m"].to_numpy(float)
    inner, along_main = (
        sum(
            np.bincount(borders[side].to_numpy() - 1, metres * chosen, count)
            for side in ("left", "right")
        )
        for chosen in (np.ones(len(main)), main)
    )
    return gpd.GeoDataFrame(
        {
            "sector_id": np.arange(1, count + 1),
            "name": pd.array(
                [
                    unmarked(text("Sector {number}", number=digits(str(place))))
                    for place in range(1, count + 1)
                ],
                dtype="string",
            ),
            "population": population,
            "deviation": population / (population.sum() / count) - 1,
            "area_km2": area / 1e6,
            "polsby_popper": 4 * np.pi * area / perimeter**2,
            "main_border_share": np.divide(
                along_main, inner, out=np.full(count, np.nan), where=inner > 0
            ),
        },
        geometry=shapes,
        crs=fabric.crs,
    )


def block_table(
    fabric: Fabric, sector: Ints, people: Ints, kind: NDArray[np.object_]
) -> gpd.GeoDataFrame:
    """List the blocks: ``block_id, sector_id, population, kind, geometry``, in metres."""
    return gpd.GeoDataFrame(
        {
            "block_id": np.arange(len(sector)),
            "sector_id": sector,
            "population": people,
            "kind": pd.array(kind, dtype="string"),
        },
        geometry=fabric.blocks,
        crs=fabric.crs,
    )


def in_degrees(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Bring a finished table to EPSG:4326; equal vertices stay equal."""
    return crs.to_wgs84(table)


def measure_plan(
    fabric: Fabric,
    sector: Ints,
    sectors: gpd.GeoDataFrame,
    borders: gpd.GeoDataFrame,
    costs: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Tell how good a plan is: its borders, its largest deviation, its compactness.

    Parameters
    ----------
    fabric : Fabric
    sector : array of int, shape (len(fabric.blocks),)
    sectors, borders : geopandas.GeoDataFrame
        From `sector_table` and `border_table`.
    costs : mapping, optional
        As in `geosector.partition.classes.cost_per_metre`.

    Returns
    -------
    dict
        ``sectors``, ``border_km``, ``border_cost_km`` (kilometres × cost), ``main_border_share``
        (of the metres of border; None where there is no border), ``largest_deviation``,
        ``mean_polsby_popper``; ready for JSON.
    """
    metres: Floats = borders["length_m"].to_numpy(float)
    main = np.array([group(name) == MAIN for name in borders["road_class"]], bool)
    inner = float(metres.sum())
    # A barrier's own cost is known to its way alone, not to the class that tables show.
    pieces = fabric.borders
    apart = sector[pieces.left] != sector[pieces.right]
    cost = cost_per_metre(fabric.ways["road_class"].tolist(), costs)[pieces.way]
    return {
        "sectors": len(sectors),
        "border_km": round(inner / 1000, 4),
        "border_cost_km": round(float(pieces.metres[apart] @ cost[apart]) / 1000, 4),
        "main_border_share": round(float(metres[main].sum()) / inner, 4) if inner else None,
        "largest_deviation": round(float(sectors["deviation"].abs().max()), 6),
        "mean_polsby_popper": round(float(sectors["polsby_popper"].mean()), 4),
    }
