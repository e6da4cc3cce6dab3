"""A layout's GeoPackage, whole: what geosector wrote, to go on working from."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from geosector.errors import InputError
from geosector.language import text
from geosector.sources.files import GPKG, Source, damaged, open_source
from geosector.sources.limits import within_memory
from geosector.sources.read import read_population, read_table
from geosector.sources.vector import every_layer
from geosector.tables import problems_table

_CHECKED = ("sectors", "borders", "blocks")


@within_memory
def read_layout(
    path: str | os.PathLike[str],
) -> tuple[Mapping[str, Any], pd.DataFrame]:
    """Read every layer of a layout.

    Parameters
    ----------
    path : str or path
        The GeoPackage that ``geosector sectors`` or ``geosector adopt`` wrote.

    Returns
    -------
    tuple = (layers, problems)
        ``sectors``, ``borders``, ``blocks``, ``block_borders`` (tables in EPSG:4326) and
        ``summary`` (a dict), as far as they are there: what `compare_layouts`, `adopt_layout` and
        ``partition_city(previous=…)`` take.

    Raises
    ------
    InputError
        Where it is no layout.
    UnreadableFileError
        Where it cannot be read.

    Examples
    --------
    >>> from geosector.sample import sample_path
    >>> read_layout(sample_path("boundary"))
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: ...: it has no layer 'blocks'. Give a GeoPackage that ...
    """
    source = open_source(path)
    layers = _layers(source)
    if "blocks" not in layers:
        raise InputError(
            text(
                "{file}: it has no layer 'blocks'. Give a GeoPackage that geosector sectors wrote.",
                file=source.name,
            )
        )
    found: dict[str, Any] = {}
    problems = []
    for name in _CHECKED:
        if name in layers:
            found[name], listed = read_table(path, name)
            problems.append(listed)
    if "block_borders" in layers:
        found["block_borders"] = _plain(source, "block_borders")
    if "layout" in layers:
        found["summary"] = _summary(_plain(source, "layout"), source)
    return found, pd.concat([problems_table([]), *problems], ignore_index=True)


@within_memory
def read_borders(
    path: str | os.PathLike[str],
) -> tuple[gpd.GeoDataFrame | None, pd.DataFrame]:
    """Read which roads the borders of a layout follow, where a file tells it.

    Parameters
    ----------
    path : str or path
        A layout, or any other file of sectors.

    Returns
    -------
    tuple = (borders, problems)
        The layer ``borders``, EPSG:4326; None where the file has no such layer.

    Raises
    ------
    UnreadableFileError
        Where the file cannot be read.
    MissingColumnError
        Where the layer lacks ``left`` or ``right``.

    Examples
    --------
    >>> from geosector.sample import sample_path
    >>> borders, problems = read_borders(sample_path("boundary"))
    >>> borders is None, len(problems)
    (True, 0)
    """
    if "borders" not in _layers(open_source(path)):
        return None, problems_table([])
    return read_table(path, "borders")


@within_memory
def read_demand(
    path: str | os.PathLike[str], *, crs: str | None = None
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Read where people are who are to be served.

    Parameters
    ----------
    path : str or path
        A layout, whose blocks count, or people as `read_population` reads them.
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    tuple = (demand, problems)
        With ``population``, EPSG:4326.

    Raises
    ------
    UnreadableFileError
        Where the file cannot be read.
    InputError
        Where the layout was made without people: its blocks hold square metres.
    MissingColumnError
        Where it tells no population.

    Examples
    --------
    >>> from geosector.sample import sample_path
    >>> demand, problems = read_demand(sample_path("population"))
    >>> "population" in demand.columns, len(problems)
    (True, 0)
    """
    source = open_source(path)
    layers = _layers(source)
    if "blocks" not in layers:
        return read_population(path, crs=crs)
    if "layout" in layers:
        require_people(_summary(_plain(source, "layout"), source), source.name)
    return read_table(path, "blocks", crs=crs)


def require_people(summary: Mapping[str, Any], file: str) -> None:
    """Refuse a layout whose blocks hold square metres in the place of people.

    Parameters
    ----------
    summary : mapping
        Of the layout, as `read_layout` gives it; an empty one tells nothing and passes.
    file : str
        Its name, for the message.

    Raises
    ------
    InputError

    Examples
    --------
    >>> require_people({"people": {"source": "points"}}, "town.gpkg")
    >>> require_people({}, "town.gpkg")
    >>> require_people({"people": {"source": "by_area"}}, "town.gpkg")
    Traceback (most recent call last):
    geosector.errors.InputError: town.gpkg was made without people: its blocks hold square ...
    """
    people = summary.get("people")
    if isinstance(people, Mapping) and people.get("source") == "by_area":
        raise InputError(
            text(
                "{file} was made without people: its blocks hold square metres. Make it with "
                "geosector sectors --population.",
                file=file,
            )
        )


def _layers(source: Source) -> set[str]:
    if source.kind != GPKG:
        return set()
    return every_layer(source)


def _plain(source: Source, layer: str) -> gpd.GeoDataFrame | pd.DataFrame:
    """Read a layer that only geosector writes, as it stands."""
    try:
        return pyogrio.read_dataframe(source.path, layer=layer)
    except (RuntimeError, ValueError) as error:
        raise damaged(source.name, str(error).splitlines()[0][:200]) from error


def _summary(rows: pd.DataFrame, source: Source) -> dict[str, Any]:
    try:
        stated = json.loads(rows["summary"].iloc[0])
    except (ValueError, LookupError, TypeError) as error:
        raise damaged(source.name, str(error)[:200]) from error
    return stated if isinstance(stated, dict) else {}
