"""Which tables a file holds."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike

import geopandas as gpd
import pandas as pd

from geosector.sources.exports import questions_in
from geosector.sources.feeds import is_feed
from geosector.sources.files import GPKG, open_source
from geosector.sources.read import read_rows, read_table
from geosector.sources.vector import every_layer
from geosector.tables import recognise, table_names


def read_tables(
    path: str | PathLike[str], name: str | None = None, *, crs: str | None = None
) -> Mapping[str, tuple[gpd.GeoDataFrame, pd.DataFrame]]:
    """Read every table of a file: the layers of a layout, or the one table of any other file.

    Parameters
    ----------
    path : str or path
        As for `read_table`.
    name : str, optional
        The table to read. Default: in a GeoPackage the layers that are called like tables, such
        as ``sectors, borders, blocks``; in any other file the table that its columns tell.
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    mapping
        Name of the table → ``(table, problems)`` as `read_table` gives them.

    Raises
    ------
    InputError
        Where the columns do not tell which table it is, or the file cannot be read.

    Examples
    --------
    >>> from geosector.sample import sample_path
    >>> list(read_tables(sample_path("facilities")))
    ['facilities']
    """
    names = [name] if name is not None else _names_in(path)
    return {one: read_table(path, one, crs=crs) for one in names}


def _names_in(path: str | PathLike[str]) -> list[str]:
    source = open_source(path)
    if source.kind == GPKG:
        layers = every_layer(source)
        named = [one for one in table_names() if one in layers]
        if named:
            return named
    rows, _ = read_rows(path)
    if is_feed(rows.columns):
        return ["incidents"]
    return [recognise(questions_in([str(header) for header in rows.columns]))]
