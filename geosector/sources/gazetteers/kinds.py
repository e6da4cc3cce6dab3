"""Which kind of gazetteer rows are, told by their columns, and the way of each to our table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geosector.errors import InputError, MissingColumnError
from geosector.language import text
from geosector.sources.gazetteers import (
    cod,
    geonames,
    neighbourhoods,
    open_syria,
    osm_places,
    whosonfirst,
)
from geosector.sources.gazetteers.rows import (
    as_points,
    precision_m,
    unite,
    with_levels,
    with_one_list_of_names,
)
from geosector.tables import Problem, table

KINDS = ("geonames", "cod", "open_syria", "whosonfirst", "osm", "neighbourhoods", "table")
ColumnMap = Mapping[str, str | Sequence[str]]
# Columns that only a table of ours has: it was merged, and knows its sources.
_MERGED = {"source", "point_source"}


def require_kind(kind: str | None) -> None:
    """Refuse a kind of gazetteer that does not exist.

    Parameters
    ----------
    kind : str or None

    Raises
    ------
    InputError

    Examples
    --------
    >>> require_kind("cod")
    >>> require_kind("atlas")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: 'atlas' is not a kind of gazetteer. Use one of: geonames, cod, ...
    """
    if kind is not None and kind not in KINDS:
        raise InputError(
            text("'{kind}' is not a kind of gazetteer. Use one of: {known}.",
                 kind=kind, known=", ".join(KINDS))
        )  # fmt: skip


def kind_of(cells: pd.DataFrame, *, file: str, crs: str | None = None) -> str:
    """Say which kind of gazetteer rows are.

    Parameters
    ----------
    cells : pandas.DataFrame
        Headers and cells as found.
    file : str
        For messages.
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    str
        One of `KINDS`; ``table`` for everything with our columns or their synonyms.

    Examples
    --------
    >>> kind_of(pd.DataFrame({"ADM1_EN": [], "ADM1_PCODE": []}), file="a.csv")
    'cod'
    >>> kind_of(pd.DataFrame({"wof:id": []}), file="a.csv"), kind_of(pd.DataFrame(), file="a.csv")
    ('whosonfirst', 'table')
    """
    geometry = cells.geometry.name if isinstance(cells, gpd.GeoDataFrame) else None
    headers = [str(header) for header in cells.columns if header != geometry]
    told = (
        ("whosonfirst", whosonfirst.MARK in headers),
        ("geonames", geonames.MARKS.issubset(headers)),
        ("open_syria", open_syria.is_open_syria(headers)),
        ("osm", osm_places.is_osm(headers)),
        ("cod", cod.is_cod(headers)),
    )
    for kind, is_it in told:
        if is_it:
            return kind
    drawn = neighbourhoods.are_neighbourhoods(cells, file=file, crs=crs)
    return "neighbourhoods" if drawn else "table"


def under_our_names(
    cells: pd.DataFrame,
    kind: str,
    *,
    file: str,
    path: Path | None = None,
    crs: str | None = None,
) -> tuple[pd.DataFrame, list[Problem]]:
    """Bring rows of any kind under the names of the gazetteer table, ready for the check.

    Parameters
    ----------
    cells : pandas.DataFrame
        Headers and cells as found.
    kind : str
        One of `KINDS`.
    file : str
        For messages.
    path : Path, optional
        Where the file is, for the tables that lie beside it.
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    tuple = (cells, problems)
    """
    problems: list[Problem] = []
    if kind == "geonames":
        made: pd.DataFrame = geonames.from_geonames(cells, path)
    elif kind == "open_syria":
        made = open_syria.from_open_syria(cells, path)
    elif kind == "cod":
        made, problems = cod.from_cod(cells, file)
    elif kind == "whosonfirst":
        made, problems = whosonfirst.from_whosonfirst(_with_shapes(cells), file)
    elif kind == "osm":
        made, problems = osm_places.from_osm(cells, file)
    elif kind == "neighbourhoods":
        made = neighbourhoods.from_neighbourhoods(cells, file=file, crs=crs)
    else:
        made = with_one_list_of_names(cells)
        if not _MERGED.issubset(made.columns) and "source" in made.columns:
            made = made.rename(columns={"source": "source_input"})
        return made, problems
    return as_points(made, file=file, crs=crs), problems


def _with_shapes(cells: pd.DataFrame) -> gpd.GeoDataFrame:
    """Give rows of a spreadsheet a geometry to be filled from their own coordinates."""
    if isinstance(cells, gpd.GeoDataFrame):
        return cells
    return gpd.GeoDataFrame(cells, geometry=[None] * len(cells), crs="EPSG:4326")


def with_columns_mapped(cells: pd.DataFrame, columns: ColumnMap | None, file: str) -> pd.DataFrame:
    """Rename columns by the map that the user gives.

    Parameters
    ----------
    cells : pandas.DataFrame
        Headers as found.
    columns : mapping or None
        Column of the gazetteer table → header in the file, or several headers for ``names``.
    file : str
        For messages.

    Returns
    -------
    pandas.DataFrame
        A column that had the name of one of ours without meaning it is called ``…_input``.

    Raises
    ------
    InputError
        Where a name is no column of the table.
    MissingColumnError
        Where the file has no such header.

    Examples
    --------
    >>> cells = pd.DataFrame({"Ort": ["a"], "alt": ["b"], "alt2": ["c"], "name": ["no"]})
    >>> mapped = with_columns_mapped(cells, {"name": "Ort", "names": ["alt", "alt2"]}, "f.csv")
    >>> mapped.to_dict("records")
    [{'name': 'a', 'names': 'b|c', 'name_input': 'no'}]
    >>> with_columns_mapped(cells, {"name": "Stadt"}, "f.csv")
    Traceback (most recent call last):
    ...
    geosector.errors.MissingColumnError: f.csv: there is no column 'Stadt'. Its columns are: ...
    >>> with_columns_mapped(cells, {"title": "Ort"}, "f.csv")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: 'title' is no column of a gazetteer. Use one of: id, name, ...
    """
    if not columns:
        return cells
    known = table("gazetteer").columns
    wanted = {
        column: [given] if isinstance(given, str) else list(given)
        for column, given in columns.items()
    }
    for column, headers in wanted.items():
        if column not in known:
            raise InputError(
                text("'{column}' is no column of a gazetteer. Use one of: {known}.",
                     column=column, known=", ".join(known))
            )  # fmt: skip
        for header in headers:
            if header not in cells.columns:
                raise MissingColumnError(
                    text("{file}: there is no column '{column}'. Its columns are: {headers}.",
                         file=file, column=header, headers=", ".join(map(str, cells.columns)))
                )  # fmt: skip
    used = {header for headers in wanted.values() for header in headers}
    kept = {c: f"{c}_input" for c in cells.columns if c in wanted and c not in used}
    made = cells.rename(columns=kept)
    for column, headers in wanted.items():
        if len(headers) == 1:
            joined = cells[headers[0]]
        else:
            spelled = cells[headers].itertuples(index=False, name=None)
            joined = pd.Series([unite(*row) for row in spelled], cells.index, dtype=object)
        made = made.drop(columns=[h for h in headers if h in made.columns and h != column])
        made[column] = joined
    order = [kept.get(c, c) for c in cells.columns]
    first = {headers[0]: column for column, headers in wanted.items()}
    order = [first.get(str(c), c) for c in order if first.get(str(c), c) in made.columns]
    return made[[*dict.fromkeys(order), *(c for c in made.columns if c not in order)]]


def finished(
    rows: gpd.GeoDataFrame, kind: str, file: str
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Complete a checked gazetteer: levels, how precise its points are, where each row is from.

    Parameters
    ----------
    rows : GeoDataFrame
        As the check gives them.
    kind, file : str
        What the rows are and where they stood; ``file`` may be empty.

    Returns
    -------
    tuple = (rows, problems)
        A place without a name is left out and listed. ``source`` is ``kind:file``.
    """
    made, problems = with_levels(rows, file=file)
    if {"lat", "lon"} <= set(made.columns):
        found = precision_m(made["lat"].to_numpy(dtype=float), made["lon"].to_numpy(dtype=float))
        stated = made.get("precision_m", pd.Series(np.nan, made.index)).astype(float)
        made = made.assign(precision_m=stated.fillna(pd.Series(np.round(found, 1), made.index)))
    if file and not _MERGED.issubset(made.columns):
        made = made.assign(source=f"{kind}:{file}")
    own = [column for column in table("gazetteer").columns if column in made.columns]
    others = [c for c in made.columns if c not in own and c != "geometry"]
    return made[[*own, *others, "geometry"]], problems
