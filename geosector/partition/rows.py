"""What a row of somebody's table says, in words for the list of problems and in numbers."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]


def row_number(table: gpd.GeoDataFrame, position: int) -> int:
    """Say which row of its file a row of a table was, as a person counts there.

    Parameters
    ----------
    table : geopandas.GeoDataFrame
        Tables from the readers carry the number on their index; of others the rows are counted
        under one line of headers, so that the first is 2.
    position : int

    Returns
    -------
    int

    Examples
    --------
    >>> read = gpd.GeoDataFrame({"population": [5, 6]}, index=[1, 4])
    >>> row_number(read, 1), row_number(read.reset_index(), 1)
    (4, 3)
    """
    numbered = pd.api.types.is_integer_dtype(table.index) and table.index.min() >= 1
    return int(table.index[position]) if numbered else position + 2


def kind_of(shape: BaseGeometry | None) -> str:
    """Name the kind of a geometry; empty where it is missing.

    Examples
    --------
    >>> from shapely import Point
    >>> kind_of(Point(1, 1)), kind_of(None)
    ('Point', '')
    """
    return "" if shape is None else str(shape.geom_type)


def text_column(table: pd.DataFrame, column: str) -> NDArray[np.object_]:
    """Give a column as text without space around it.

    Parameters
    ----------
    table : pandas.DataFrame
    column : str

    Returns
    -------
    array of str, shape (len(table),)
        A copy; empty where a cell or the whole column is missing.

    Examples
    --------
    >>> streets = pd.DataFrame({"name": [" Nile ", None, 26]})
    >>> text_column(streets, "name").tolist(), text_column(streets, "layer").tolist()
    (['Nile', '', '26'], ['', '', ''])
    """
    if column not in table:
        return np.full(len(table), "", object)
    return np.array(table[column].astype("string").fillna("").str.strip(), object)


def numbers_of(table: pd.DataFrame, column: str, most: float) -> Floats:
    """Give a column as numbers, NaN where a cell is empty, no number, negative or beyond reason.

    Parameters
    ----------
    table : pandas.DataFrame
    column : str
        May be missing: then all are NaN.
    most : float
        The largest number to believe.

    Returns
    -------
    array of float, shape (len(table),)

    Examples
    --------
    >>> floors = pd.DataFrame({"floors": ["3", None, -1, 4000, "tall"]})
    >>> numbers_of(floors, "floors", 200).tolist()
    [3.0, nan, nan, nan, nan]
    >>> numbers_of(floors, "height_m", 900).tolist()
    [nan, nan, nan, nan, nan]
    """
    if column not in table:
        return np.full(len(table), np.nan)
    given = table[column]
    if given.dtype == object:  # whole numbers may be too large for a float
        given = given.map(lambda cell: cell if not isinstance(cell, int) or cell <= most else None)
    cells: Any = pd.to_numeric(given, errors="coerce")
    numbers: Floats = cells.to_numpy(float, na_value=np.nan)
    return np.where((numbers >= 0) & (numbers <= most), numbers, np.nan)
