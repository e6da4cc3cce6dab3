"""Square cells over a city: areas of one size, where sectors and localities differ."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geosector import crs
from geosector.errors import InputError
from geosector.language import number, text

MOST_CELLS = 1_000_000


def square_cells(ground: gpd.GeoDataFrame, cell_m: float) -> gpd.GeoDataFrame:
    """Cut the ground into squares.

    Parameters
    ----------
    ground : geopandas.GeoDataFrame
        The boundary, or sectors: polygons in any coordinate system.
    cell_m : float
        Side of a square, metres.

    Returns
    -------
    geopandas.GeoDataFrame
        ``cell_id`` (``<column>_<row>`` in a grid of the local metric system, so that the same
        ground gives the same cells) and squares, EPSG:4326, from west to east and south to north;
        all that share ground with it, whole.

    Raises
    ------
    InputError
        Where the side is no number above 0, or makes more than a million cells.
    MissingCRSError
        Where there is no coordinate system.

    Examples
    --------
    >>> town = gpd.GeoDataFrame(geometry=[shapely.box(37.0, 36.0, 37.02, 36.01)], crs=4326)
    >>> cells = square_cells(town, 1000)
    >>> len(cells), cells["cell_id"].iloc[0], crs.area_km2(cells).round(2).tolist()[0]
    (4, '0_0', 1.0)
    >>> len(square_cells(town.iloc[:0], 1000))
    0
    >>> square_cells(town, 0)
    Traceback (most recent call last):
    geosector.errors.InputError: The side of a cell is 0 m; give a number above 0.
    """
    known = isinstance(cell_m, int | float | np.number)
    if not (known and 0 < cell_m < np.inf):
        raise InputError(
            text("The side of a cell is {given} m; give a number above 0.", given=cell_m)
        )
    given = crs.require_crs(ground, "boundary")
    shapes = given.geometry[~(given.geometry.isna() | given.geometry.is_empty)]
    if not len(shapes):
        return gpd.GeoDataFrame({"cell_id": np.array([], object)}, geometry=[], crs=crs.WGS84)
    placed = crs.to_metres(crs.densify(gpd.GeoDataFrame(geometry=shapes.array, crs=given.crs)))
    whole = shapely.union_all(shapely.make_valid(placed.geometry.to_numpy()))
    west, south, east, north = np.floor(np.array(whole.bounds) / cell_m).astype(np.int64).tolist()
    count = (east - west + 1) * (north - south + 1)
    if count > MOST_CELLS:
        raise InputError(
            text(
                "Cells of {given} m make {n} of this ground; give a longer side.",
                given=number(float(cell_m)),
                n=number(count),
            )
        )
    column, row = (
        axis.T.ravel() for axis in np.meshgrid(
            np.arange(west, east + 1), np.arange(south, north + 1)
        )
    )  # fmt: skip
    squares = shapely.box(column * cell_m, row * cell_m, (column + 1) * cell_m, (row + 1) * cell_m)
    shapely.prepare(whole)
    shared = shapely.intersects(whole, squares) & ~shapely.touches(whole, squares)
    names = [f"{x}_{y}" for x, y in zip(column[shared], row[shared], strict=True)]
    cells = gpd.GeoDataFrame({"cell_id": names}, geometry=squares[shared], crs=placed.crs)
    return crs.to_wgs84(cells)
