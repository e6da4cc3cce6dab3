"""Labels → tables: numbers, names, and every metre of border with the road it follows."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.language import digits, text, unmarked
from geosector.partition.blocks import Fabric, dissolve
from geosector.partition.classes import MAIN, group
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
        between two sectors; class and name are empty where the border follows no road.
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
    named = fabric.ways.iloc[rows["way"]].reset_index(drop=True)
    return gpd.GeoDataFrame(
        {
            "left": rows["left"],
            "right": rows["right"],
            "road_class": named["road_class"].astype("string"),
            "name": named["name"].astype("string"),
            "length_m": rows["length_m"],
        },
        geometry=np.array(lines, object),
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


def block_table(fabric: Fabric, sector: Ints, people: Ints) -> gpd.GeoDataFrame:
    """List the blocks: ``block_id, sector_id, population, geometry``, in metres."""
    return gpd.GeoDataFrame(
        {"block_id": np.arange(len(sector)), "sector_id": sector, "population": people},
        geometry=fabric.blocks,
        crs=fabric.crs,
    )


def in_degrees(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Bring a finished table to EPSG:4326; equal vertices stay equal."""
    return crs.to_wgs84(table)
