"""Files become checked tables: one public function for each kind of table."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geosector.errors import InputError
from geosector.language import text
from geosector.sources.boundary import as_areas
from geosector.sources.check import (
    check_rows,
    missing_columns,
    read_text,
    row_number,
    without_personal,
)
from geosector.sources.exports import plain_rows
from geosector.sources.feeds import as_incidents
from geosector.sources.files import (
    GDB,
    GPKG,
    JSON,
    PBF,
    SHP,
    TEXT,
    TIFF,
    XLSX,
    Source,
    open_source,
    shapefiles,
)
from geosector.sources.gazetteers import kinds
from geosector.sources.gazetteers.cod import is_cod
from geosector.sources.gazetteers.geonames import geonames_places, looks_like_geonames
from geosector.sources.gazetteers.osm_places import read_osm_places
from geosector.sources.gazetteers.rows import as_points
from geosector.sources.gazetteers.whosonfirst import read_bundle
from geosector.sources.headers import is_export
from geosector.sources.limits import within_memory
from geosector.sources.osm import read_osm_roads
from geosector.sources.population import shared_figures
from geosector.sources.raster import Per, read_raster
from geosector.sources.records import read_records
from geosector.sources.repeats import with_lists, with_repeats
from geosector.sources.spreadsheet import decode, read_spreadsheet, read_workbook, sheets_of
from geosector.sources.vector import best_shapefile, layer_names, read_vector, states_no_crs
from geosector.tables import Problem, match_columns, problems_table, require_table, table

AnyPath = str | os.PathLike[str]
Checked = tuple[gpd.GeoDataFrame, pd.DataFrame]


@within_memory
def read_table(path: AnyPath, name: str, *, crs: str | None = None) -> Checked:
    """Read any file as one of the tables, and list everything that is wrong with it.

    Parameters
    ----------
    path : str or path
        CSV or XLSX in any dress, GeoJSON, GeoPackage, shapefile (also zipped), KML, KMZ, GPX,
        FlatGeobuf, GeoParquet, MapInfo, DXF, a JSON list; ``.osm.pbf`` for roads. The content
        decides, not the extension.
    name : str
        The table: ``incidents``, ``facilities``, ``roads``, …
    crs : str, optional
        The coordinate system, where the file states none (``"EPSG:32637"``). A system that the
        file states wins, and that is listed.

    Returns
    -------
    tuple = (table, problems)
        ``table`` holds the good rows in EPSG:4326, a GeoDataFrame wherever something says where
        the rows are; its index is the row's number as a person counts it in the file (features
        from 1; the first row under one line of headers is 2). ``problems`` has the columns
        ``file, row, column, given, expected, action``.

    Raises
    ------
    UnreadableFileError
        Where the file as a whole cannot be read.
    MissingColumnError
        Where the table cannot be made from these columns.
    MissingCRSError
        Where coordinates have no system and none was stated.

    Examples
    --------
    >>> from geosector.sample import sample_path
    >>> facilities, problems = read_table(sample_path("facilities"), "facilities")
    >>> facilities.crs.to_epsg(), len(problems)
    (4326, 0)
    >>> read_table("no_such_file.csv", "incidents")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: no_such_file.csv: there is no such file. Check its name.
    """
    table(name)
    if name == "gazetteer":
        return read_gazetteer(path, crs=crs)
    return read_source(best_shapefile(open_source(path), name), name, crs=crs)


def read_source(source: Source, name: str, *, crs: str | None = None) -> Checked:
    """Read an opened file, or one sheet of it, as `read_table` reads a file."""
    cells, problems = _cells(source, name, crs)
    rows, found = _checked(cells, name, file=source.name, crs=crs)
    return rows, _listed([*source.problems, *problems, *found])


def check_table(
    cells: pd.DataFrame, name: str, *, file: str = "", crs: str | None = None
) -> Checked:
    """Check a table that is already loaded, as `read_table` checks a file.

    Parameters
    ----------
    cells : DataFrame or GeoDataFrame
        Any headers, any cells. It is not changed.
    name : str
        The table that it should be.
    file : str
        What the problems call it.
    crs : str, optional
        The coordinate system of its coordinates, where it states none.

    Returns
    -------
    tuple = (table, problems)
        As `read_table`; rows keep their index, and an integer index is the ``row`` of problems.

    Raises
    ------
    MissingColumnError
        Where the table cannot be made from these columns.
    MissingCRSError
        Where coordinates have no system and none was stated.

    Examples
    --------
    >>> cells = pd.DataFrame(
    ...     {"التاريخ": ["١ نيسان ٢٠٢٤", "30/02/2024"], "المكان": ["إدلب", "سرمين"]}
    ... )
    >>> rows, problems = check_table(cells, "incidents", file="sheet")
    >>> rows["date"].dt.day.tolist(), problems["given"].dropna().tolist()
    ([1], ['', '30/02/2024', ''])
    >>> check_table(cells.iloc[:0], "incidents")[0].empty
    True
    >>> check_table(cells, "facilities", file="sheet")
    Traceback (most recent call last):
    ...
    geosector.errors.MissingColumnError: sheet: no column was found for geometry. Its columns are:
    التاريخ, المكان. Rename one of them.
    """
    rows, problems = _checked(_frame(cells), name, file=file, crs=crs)
    return rows, _listed(problems)


def _frame(cells: pd.DataFrame) -> pd.DataFrame:
    """Take a GeoDataFrame whose geometry is not set for the plain rows that it is."""
    require_table(cells, text("The table"))
    if isinstance(cells, gpd.GeoDataFrame) and cells.active_geometry_name is None:
        return pd.DataFrame(cells)
    return cells


def _listed(problems: list[Problem]) -> pd.DataFrame:
    """List the problems of the file as a whole first, then those of its rows in their order."""
    return problems_table(sorted(problems, key=lambda p: (p.row is not None, p.row or 0)))


def _checked(
    cells: pd.DataFrame, name: str, *, file: str, crs: str | None
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    problems: list[Problem] = []
    if name == "boundary" and isinstance(cells, gpd.GeoDataFrame):
        cells, problems = as_areas(cells, file=file)
    elif name == "gazetteer":
        return _checked_gazetteer(cells, file=file, crs=crs)
    elif name == "incidents":
        cells, problems = as_incidents(cells, file=file)
    cells, plain = plain_rows(cells, name, file=file)
    rows, found = check_rows(cells, name, file=file, crs=crs)
    problems += [*plain, *found]
    if name == "population":
        problems += shared_figures(rows, file=file)
    return rows, problems


def _checked_gazetteer(
    cells: pd.DataFrame,
    *,
    file: str,
    path: Path | None = None,
    crs: str | None = None,
    kind: str | None = None,
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Bring a gazetteer of any kind under our names, and check it."""
    kind = kind or kinds.kind_of(cells, file=file, crs=crs)
    cells, problems = kinds.under_our_names(cells, kind, file=file, path=path, crs=crs)
    rows, found = check_rows(cells, "gazetteer", file=file, crs=crs)
    rows, more = kinds.finished(rows, kind, file)
    return rows, [*problems, *found, *more]


def _cells(source: Source, name: str | None, crs: str | None) -> tuple[pd.DataFrame, list[Problem]]:
    """Load the rows of a file as they stand; that there is none is told."""
    cells, problems = _loaded(source, name, crs)
    if cells.empty and not problems:
        none = Problem(source.name, None, None, "", text("at least one row"),
                       text("Nothing was read."))  # fmt: skip
        problems = [none]
    return cells, problems


def _loaded(
    source: Source, name: str | None, crs: str | None
) -> tuple[pd.DataFrame, list[Problem]]:
    if source.kind in {TEXT, PBF} and name == "gazetteer":
        places = _places(source)
        if places is not None:
            return places
    if source.kind in {TEXT, XLSX, JSON}:
        joined = _records_joined if source.kind == JSON else _sheets_joined
        return joined(source, name)
    if source.kind == PBF:
        if name not in {"roads", None}:
            raise InputError(
                text(
                    "{file}: from OpenStreetMap extracts only roads and places are read. "
                    "Give {table} in another format.",
                    file=source.name,
                    table=name,
                )
            )
        return read_osm_roads(source)
    if source.kind == TIFF:
        if name != "population":
            raise InputError(
                text(
                    "{file}: from rasters only people are read. Give this table in another format.",
                    file=source.name,
                )
            )
        return read_raster(source, crs=crs)
    cells, problems = read_vector(source, name)
    return _in_stated_system(cells, source, problems, crs)


def _sheets_joined(source: Source, name: str | None) -> tuple[pd.DataFrame, list[Problem]]:
    """Load a sheet, and bring the repeats of a field form to their reports."""
    if source.kind == XLSX:
        cells, problems, repeats = read_workbook(source, name)
    else:
        cells, problems = read_spreadsheet(source, name)
        repeats = {}
        for one in source.repeats if name is not None else ():
            repeats[str(one.entry)], found = read_spreadsheet(one, name)
            problems += found
    if name is None or not repeats:
        return cells, problems
    joined, found = with_repeats(cells, repeats, name, file=source.name)
    return joined, [*problems, *found]


def _records_joined(source: Source, name: str | None) -> tuple[pd.DataFrame, list[Problem]]:
    """Load a list of objects, and bring the lists inside a field form's reports to them."""
    records, problems = read_records(source)
    if name is None or not is_export(records.columns, name):
        return records, problems
    joined, found = with_lists(records, name, file=source.name)
    return joined, [*problems, *found]


def _places(source: Source) -> tuple[pd.DataFrame, list[Problem]] | None:
    """Load what only a gazetteer reads: places of an extract, a dump that has no header."""
    if source.kind == PBF:
        return read_osm_places(source), []
    lines = decode(source.bytes(), source.name)[0].splitlines()
    return geonames_places(lines, source.name) if looks_like_geonames(lines) else None


def _in_stated_system(
    cells: pd.DataFrame, source: Source, problems: list[Problem], crs: str | None
) -> tuple[pd.DataFrame, list[Problem]]:
    """Let the user state what GeoJSON leaves to convention; elsewhere the file's word stands."""
    if crs is None or not isinstance(cells, gpd.GeoDataFrame) or cells.crs is None:
        return cells, problems
    if states_no_crs(source):
        return cells.set_crs(None, allow_override=True), problems
    if cells.crs == crs:
        return cells, problems
    own = cells.crs.to_string() if cells.crs.to_epsg() is None else f"EPSG:{cells.crs.to_epsg()}"
    ignored = Problem(source.name, None, "geometry", crs, own, text("Read as {value}.", value=own))
    return cells, [*problems, ignored]


@within_memory
def read_rows(path: AnyPath) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read any table as it stands, whatever its columns: nothing is renamed or interpreted.

    Parameters
    ----------
    path : str or path
        As for `read_table`.

    Returns
    -------
    tuple = (rows, problems)
        Cells of CSV files are text, None where empty. Columns that look as if they were about
        persons are dropped and listed. The index is the row's number in the file.

    Raises
    ------
    UnreadableFileError
        Where the file as a whole cannot be read.

    Examples
    --------
    >>> from geosector.sample import sample_path
    >>> rows, problems = read_rows(sample_path("incidents"))
    >>> rows.loc[2, "id"], len(problems)
    ('SYN-0001', 0)
    """
    source = best_shapefile(open_source(path), None)
    cells, problems = _cells(source, None, None)
    rows, personal = without_personal(cells, source.name)
    return rows, _listed([*source.problems, *problems, *personal])


def read_points(path: AnyPath, *, crs: str | None = None) -> Checked:
    """Read any rows with a place: nothing but coordinates is asked for, and no row is left out.

    Parameters
    ----------
    path : str or path
        As for `read_table`.
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    tuple = (points, problems)
        Every row, EPSG:4326; ``geometry`` is missing where the place was refused, which is listed.

    Raises
    ------
    UnreadableFileError
        Where the file as a whole cannot be read.
    MissingColumnError
        Where nothing says where the rows are.
    """
    points, problems = read_table(path, "points", crs=crs)
    if "geometry" not in points.columns:
        raise missing_columns(Path(path).name, ["lat, lon"], points)
    return points, problems


def read_boundary(path: AnyPath, *, crs: str | None = None) -> Checked:
    """Read the outline of an area: its polygons as they are, repaired where they are broken.

    Parameters
    ----------
    path : str or path
        Areas, or an outline drawn on a phone as a line (KML, GPX), which is closed.
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    tuple = (boundary, problems)
        One row for each polygon of the file, EPSG:4326, not dissolved. Repairs are listed.

    Raises
    ------
    InputError
        Where the file has no area at all, or cannot be read.

    Examples
    --------
    >>> from geosector.sample import sample_path
    >>> boundary, problems = read_boundary(sample_path("boundary"))
    >>> boundary.geom_type.tolist(), len(problems)
    (['Polygon'], 0)
    >>> read_boundary("no_such_file.gpkg")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: no_such_file.gpkg: there is no such file. Check its name.
    """
    boundary, problems = read_table(path, "boundary", crs=crs)
    if boundary.empty:
        raise InputError(
            text(
                "{file}: it has no area{why}. Give a polygon, or a line that returns to its start.",
                file=Path(path).name,
                why=_why(problems),
            )
        )
    return boundary, problems


def _why(problems: pd.DataFrame) -> str:
    """Say which geometry was refused first, where no row of a file is left."""
    refused = problems[(problems["column"] == "geometry") & problems["row"].notna()]
    if refused.empty:
        return ""
    first = refused.iloc[0]
    return text(
        " (row {row}: {given}, where {expected} was expected)",
        row=first["row"],
        given=first["given"],
        expected=first["expected"],
    )


def read_roads(path: AnyPath, *, crs: str | None = None) -> Checked:
    """Read streets.

    Parameters
    ----------
    path : str or path
        Lines in any vector format, or an OpenStreetMap extract (``.osm.pbf``).
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    tuple = (roads, problems)
        ``road_class, name, layer, bridge, oneway`` where the file has them, and the file's
        other columns; lines, EPSG:4326.

    Raises
    ------
    InputError
        Where the file cannot be read.

    Examples
    --------
    >>> from geosector.sample import sample_path
    >>> roads, problems = read_roads(sample_path("roads"))
    >>> roads.crs.to_epsg(), "road_class" in roads, len(problems)
    (4326, True, 0)
    >>> read_roads("no_such_file.gpkg")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: no_such_file.gpkg: there is no such file. Check its name.
    """
    return read_table(path, "roads", crs=crs)


def read_closures(path: AnyPath, *, crs: str | None = None) -> Checked:
    r"""Read where streets are closed or damaged.

    Parameters
    ----------
    path : str or path
        Lines, areas or points in any vector format, or a table with coordinates.
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    tuple = (closures, problems)
        ``state, state_at, state_source`` where the file has them, and its other columns; EPSG:4326.
        A row without a state is closed.

    Raises
    ------
    InputError
        Where the file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "closed.csv"
    ...     _ = file.write_text("state,lat,lon\nمقطوع,36.2,37.1\n", encoding="utf-8")
    ...     closures, problems = read_closures(file)
    >>> closures["state"].tolist(), len(problems)
    (['closed'], 0)
    >>> read_closures("no_such_file.gpkg")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: no_such_file.gpkg: there is no such file. Check its name.
    """
    return read_table(path, "closures", crs=crs)


def read_barriers(path: AnyPath, *, crs: str | None = None) -> Checked:
    """Read rivers, railways, front lines and walls.

    Parameters
    ----------
    path : str or path
        Lines, or areas such as a river's water, in any vector format.
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    tuple = (barriers, problems)
        ``kind`` (``barrier`` where it is unknown), ``cost, name, layer`` where the file has them,
        and the file's other columns; EPSG:4326.

    Raises
    ------
    InputError
        Where the file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> river = '{"type": "Feature", "properties": {"kind": "نهر"}, "geometry": {"type": '
    >>> river += '"LineString", "coordinates": [[37.1, 36.2], [37.2, 36.2]]}}'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "river.geojson"
    ...     _ = file.write_text(river, encoding="utf-8")
    ...     barriers, problems = read_barriers(file)
    >>> barriers["kind"].tolist(), len(problems)
    (['river'], 0)
    >>> read_barriers("no_such_file.gpkg")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: no_such_file.gpkg: there is no such file. Check its name.
    """
    return read_table(path, "barriers", crs=crs)


@within_memory
def read_population(
    path: AnyPath,
    *,
    crs: str | None = None,
    within: gpd.GeoDataFrame | None = None,
    per: Per = "cell",
) -> Checked:
    """Read where people live: points or areas with a count, or a raster.

    Parameters
    ----------
    path : str or path
        As for `read_table`, or a GeoTIFF, whose cells become areas (with the extra
        ``geosector[raster]``).
    crs : str, optional
        The coordinate system, where the file states none.
    within : geopandas.GeoDataFrame, optional
        The boundary. Of a raster only the cells that meet it are read; other files are read whole.
    per : {"cell", "km2"}
        What the values of a raster count: people in each cell, or people per square kilometre.

    Returns
    -------
    tuple = (population, problems)
        ``id, name, population`` (people) and the other columns, EPSG:4326. Rows that appear to
        repeat or share one figure are listed and left as they are. Of a raster ``population``
        alone, and ``attrs["raster"]`` with what was read.

    Raises
    ------
    InputError
        Where the file cannot be read.
    MissingPackageError
        Where a raster is given and rasterio is not installed.

    Examples
    --------
    >>> from geosector.sample import sample_path
    >>> people, problems = read_population(sample_path("population"))
    >>> bool((people["population"] >= 0).all()), len(problems)
    (True, 0)
    >>> read_population(sample_path("population"), per="km2")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: synthetic_town_population.geojson: only a raster counts people
    per km². ...
    >>> read_population("no_such_file.tif")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: no_such_file.tif: there is no such file. Check its name.
    """
    source = open_source(path)
    if source.kind == TIFF:
        cells, problems = read_raster(source, within=within, per=per, crs=crs)
        return cells, _listed([*source.problems, *problems])
    if per != "cell":
        raise InputError(
            text(
                "{file}: only a raster counts people per km². Give a number of people for each "
                "row, and leave that option out.",
                file=source.name,
            )
        )
    return read_table(path, "population", crs=crs)


def read_buildings(path: AnyPath, *, crs: str | None = None) -> Checked:
    """Read buildings: outlines or points.

    Parameters
    ----------
    path : str or path
        As for `read_table`.
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    tuple = (buildings, problems)
        ``id, floors, height_m, people`` where the file has them, and its other columns, EPSG:4326.

    Raises
    ------
    InputError
        Where the file cannot be read.

    Examples
    --------
    >>> read_buildings("no_such_file.gpkg")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: no_such_file.gpkg: there is no such file. Check its name.
    """
    return read_table(path, "buildings", crs=crs)


def read_facilities(path: AnyPath, *, crs: str | None = None) -> Checked:
    """Read shelters, warehouses, field hospitals and other places.

    Parameters
    ----------
    path : str or path
        As for `read_table`.
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    tuple = (facilities, problems)
        EPSG:4326. A facility of no known ``kind`` stays without one, which counts as sensitive.

    Raises
    ------
    InputError
        Where the file cannot be read.

    Examples
    --------
    >>> from geosector.sample import sample_path
    >>> facilities, problems = read_facilities(sample_path("facilities"))
    >>> facilities["kind"].iloc[0], len(problems)
    ('shelter', 0)
    >>> read_facilities("no_such_file.gpkg")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: no_such_file.gpkg: there is no such file. Check its name.
    """
    return read_table(path, "facilities", crs=crs)


def read_incidents(path: AnyPath, *, crs: str | None = None) -> Checked:
    """Read attacks, fires and accidents: counts of people, never persons.

    Parameters
    ----------
    path : str or path
        As for `read_table`. Files of ACLED, UCDP GED and NASA FIRMS are recognised by their
        columns, and are as precise as their codes say.
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    tuple = (incidents, problems)
        A GeoDataFrame, EPSG:4326, whose geometry is missing in rows that only name their
        locality. ``date`` is at the beginning of what ``date_precision`` says is known; counts
        are nullable whole numbers, missing where nothing was reported.

    Raises
    ------
    InputError
        Where the file cannot be read.

    Examples
    --------
    >>> from geosector.sample import sample_path
    >>> incidents, problems = read_incidents(sample_path("incidents"))
    >>> incidents["date_precision"].iloc[0], int(incidents["killed_man"].iloc[0])
    ('day', 0)
    >>> int(problems["row"].iloc[0]), problems["given"].iloc[0]
    (41, '2024-02-30')
    >>> read_incidents("no_such_file.gpkg")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: no_such_file.gpkg: there is no such file. Check its name.
    """
    return read_table(path, "incidents", crs=crs)


def read_services(path: AnyPath, *, crs: str | None = None) -> Checked:
    r"""Read what programmes did in a period: published counts, each with how sure it is.

    Parameters
    ----------
    path : str or path
        As for `read_table`.
    crs : str, optional
        The coordinate system of places, where there are any and the file states none.

    Returns
    -------
    tuple = (services, problems)
        A DataFrame: ``measure, dimension, key, label_<lang>, count, unit`` (``count`` or
        ``percent``) and ``qualifier`` (``exact``, ``more_than``, ``about``, ``by_difference``,
        ``published_percent``).

    Raises
    ------
    InputError
        Where the file cannot be read, or states no measure or no count.

    Examples
    --------
    >>> import tempfile
    >>> rows = "measure,key,count,unit\nfire.responses,total,62,count\nfire.responses,home,,count"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "services.csv")
    ...     _ = file.write_text(rows, encoding="utf-8")
    ...     services, problems = read_services(file)
    >>> services[["measure", "count"]].values.tolist(), problems["row"].tolist()
    ([['fire.responses', 62.0]], [3])
    >>> read_services("no_such_file.csv")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: no_such_file.csv: there is no such file. Check its name.
    """
    return read_table(path, "services", crs=crs)


def read_activities(path: AnyPath, *, crs: str | None = None) -> Checked:
    r"""Read who does what where, and when (3W, 4W).

    Parameters
    ----------
    path : str or path
        As for `read_table`.
    crs : str, optional
        The coordinate system of places, where there are any and the file states none.

    Returns
    -------
    tuple = (activities, problems)
        A DataFrame, or a GeoDataFrame in EPSG:4326 where something says where: ``id,
        organisation, cluster, activity, locality, date_from, date_to, reached, planned, status``.

    Raises
    ------
    InputError
        Where the file cannot be read, or names no organisation, activity or locality.

    Examples
    --------
    >>> import tempfile
    >>> rows = "الجهة المنفذة,النشاط,المكان,المستفيدون\nمنظمة,سلال,إدلب,١٢٠\n,مياه,سرمين,80"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "who_does_what.csv")
    ...     _ = file.write_text(rows, encoding="utf-8")
    ...     activities, problems = read_activities(file)
    >>> activities["reached"].tolist(), problems["expected"].tolist()
    ([120], ['a row with organisation'])
    >>> read_activities("no_such_file.csv")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: no_such_file.csv: there is no such file. Check its name.
    """
    return read_table(path, "activities", crs=crs)


@within_memory
def read_gazetteer(
    path: AnyPath,
    *,
    kind: str | None = None,
    columns: kinds.ColumnMap | None = None,
    crs: str | None = None,
) -> Checked:
    """Read names of places, from every kind of gazetteer.

    Parameters
    ----------
    path : str or path
        As for `read_table`; also a GeoNames dump (``SY.txt``, or the zip it comes in), an
        OpenStreetMap extract (``.osm.pbf``), a folder or an archive of Who's On First, and every
        layer of the units and places of OCHA. The content tells the kind.
    kind : {"geonames", "cod", "open_syria", "whosonfirst", "osm", "neighbourhoods", "table"}, optional
        Where the content does not tell it, or tells another.
    columns : mapping, optional
        For tables of any make: our column → header of the file, or a list of headers for
        ``names``. It is then a ``table``, unless ``kind`` says another.
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    tuple = (gazetteer, problems)
        ``id, name, name_ar, names, lat, lon, level, admin1 … population`` as far as the source
        tells them, ``radius_m`` (of areas), ``precision_m`` (of the point, by its digits),
        ``same_as`` (ids in other registers), ``source`` (``kind:file``) and the other columns;
        points, EPSG:4326. Further spellings are in ``names``, separated by ``|``.

    Raises
    ------
    InputError
        Where the file cannot be read, or there is no such kind or column.
    MissingColumnError
        Where a header of the map is not in the file.

    Examples
    --------
    >>> from geosector.sample import sample_path
    >>> places, problems = read_gazetteer(sample_path("gazetteer"))
    >>> places["level"].iloc[0], places["name_ar"].iloc[0], len(problems)
    ('town', 'تل المثال', 0)
    >>> read_gazetteer(sample_path("gazetteer"), kind="atlas")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: 'atlas' is not a kind of gazetteer. Use one of: geonames, cod, ...
    >>> read_gazetteer("no_such_file.gpkg")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: no_such_file.gpkg: there is no such file. Check its name.
    """  # noqa: E501 - the kinds on one line
    kinds.require_kind(kind)
    place = Path(os.fsdecode(path))
    if columns and kind is None:
        kind = "table"
    records = read_bundle(place) if kind in {None, "whosonfirst"} else None
    if records is not None:
        rows, found = _checked_gazetteer(
            records.cells, file=place.name, path=place, crs=crs, kind="whosonfirst"
        )
        return rows, _listed([*records.problems, *found])
    tables: list[gpd.GeoDataFrame] = []
    problems: list[Problem] = []
    layers, told = _layers_of_places(place)
    problems += told
    for source, layer in layers:
        cells, found = _cells(source, layer, crs)
        problems += [*source.problems, *found]
        others = tables or (source, layer) != layers[-1]
        if others and _is_drawn_in_lines(cells):
            problems.append(_passed_over(source, layer, text("places")))
            continue
        cells = kinds.with_columns_mapped(cells, columns, source.name)
        rows, found = _checked_gazetteer(cells, file=source.name, path=place, crs=crs, kind=kind)
        tables.append(rows)
        problems += found
    if len(tables) == 1:
        return tables[0], _listed(problems)
    whole = pd.concat(tables, ignore_index=True)
    whole, found = _once_each(whole, place.name)
    whole.index = pd.RangeIndex(1, len(whole) + 1)
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=tables[0].crs), _listed(
        [*problems, *found]
    )


def _is_drawn_in_lines(cells: pd.DataFrame) -> bool:
    """Say whether a layer is of lines only: those between units are no places."""
    if not isinstance(cells, gpd.GeoDataFrame) or cells.empty:
        return False
    drawn = shapely.get_dimensions(cells.geometry.dropna().to_numpy())
    return bool(len(drawn)) and bool((drawn == 1).all())


def _passed_over(source: Source, layer: str, expected: str) -> Problem:
    given = layer if source.kind != SHP else str(source.entry)
    return Problem(source.path.name, None, None, given, expected, text("The layer was left out."))


def _once_each(whole: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Leave out the units that a layer of points repeats beside that of their areas."""
    if not {"pcode", "level"} <= set(whole.columns):
        return whole, []
    again = whole["pcode"].notna() & whole.duplicated(["pcode", "level"])
    if not again.any():
        return whole, []
    given = text("{count} units that an earlier layer has", count=int(again.sum()))
    return whole[~again], [
        Problem(file, None, "pcode", given, text("each unit once"), text("The rows were left out."))
    ]


def _layers_of_places(path: Path) -> tuple[list[tuple[Source, str]], list[Problem]]:
    """List what to read: every shapefile of an archive, every layer or sheet of units.

    A gazetteer that has a layer of that name, or only one, is one table.
    """
    source = open_source(path)
    if source.kind == SHP and source.entry is not None:
        return [(one, "gazetteer") for one in shapefiles(source)], []
    if source.kind in {GPKG, GDB}:
        names = layer_names(source)
        if len(names) > 1 and "gazetteer" not in names:
            return [(source, name) for name in names], []
    if source.kind == XLSX:
        sheets, others = sheets_of(source, is_cod)
        if len(sheets) > 1:
            return [(replace(source, sheet=sheet), "gazetteer") for sheet in sheets], [
                _sheets_read(source, sheets, others)
            ]
    return [(source, "gazetteer")], []


def _sheets_read(source: Source, sheets: list[str], others: list[str]) -> Problem:
    """Say that units of several sheets became one table, and which sheets were passed over."""
    read = ", ".join(sheets)
    return Problem(
        source.name, None, None, ", ".join([*sheets, *others]), text("one sheet with rows"),
        text("All of these sheets were read: {sheets}.", sheets=read) if not others
        else text("Only these sheets were read: {sheets}.", sheets=read),
    )  # fmt: skip


@within_memory
def read_localities(path: AnyPath, *, crs: str | None = None) -> Checked:
    """Read localities to count in: their outlines as they are, or the points of a gazetteer.

    Parameters
    ----------
    path : str or path
        As for `read_table`: polygons, or points of any kind of gazetteer.
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    tuple = (localities, problems)
        ``id, name, name_ar, …, population`` as far as the file has them, and its other columns,
        EPSG:4326. One without a name is called by its id; an id that is missing, or stands twice,
        is made from the content.

    Raises
    ------
    InputError
        Where the file cannot be read, or no row of it is a locality.
    MissingColumnError
        Where nothing says where the rows are.

    Examples
    --------
    >>> from geosector.sample import sample_path
    >>> localities, problems = read_localities(sample_path("gazetteer"))
    >>> localities.geom_type.unique().tolist(), len(problems)
    (['Point'], 0)
    >>> places, problems = read_localities(sample_path("population"))  # they have no names
    >>> bool((places["name"] == places["id"]).all()), len(problems)
    (True, 0)
    >>> read_localities("no_such_file.gpkg")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: no_such_file.gpkg: there is no such file. Check its name.
    """
    source = open_source(path)
    cells, problems = _cells(source, _locality_layer(source), crs)
    # A gazetteer knows points only: outlines are checked here, and put back in the end.
    drawn, repairs = _checked(cells, "points", file=source.name, crs=crs)
    outlined = _has_outlines(cells) or _has_outlines(drawn)
    if outlined:
        cells, problems = drawn, [*problems, *repairs]
    kind = kinds.kind_of(cells, file=source.name, crs=crs)
    if kind == "table":
        cells = as_points(cells, file=source.name, crs=crs)
    cells, more = kinds.under_our_names(cells, kind, file=source.name, path=Path(path), crs=crs)
    cells, shared = _without_shared_ids(cells, source.name)
    rows, found = check_rows(cells, "gazetteer", file=source.name, crs=crs)
    told = {problem.row for problem in shared}
    found = [one for one in found if one.column != "id" or one.row not in told]
    rows, unnamed = kinds.finished(_named_by_id(rows), kind, source.name)
    listed = _listed([*source.problems, *problems, *more, *shared, *found, *unnamed])
    if rows.empty:
        raise InputError(
            text(
                "{file}: it has no locality{why}. Give polygons, or points of a gazetteer.",
                file=source.name,
                why=_why(listed),
            )
        )
    if outlined:
        rows = rows.set_geometry(drawn.geometry.reindex(rows.index))
    return rows, listed


def _locality_layer(source: Source) -> str:
    """Say which layer of a file holds localities."""
    layers = layer_names(source) if source.kind in {GPKG, GDB} else []
    named = (name for name in ("localities", "gazetteer", "sectors") if name in layers)
    return next(named, "gazetteer")


def _has_outlines(rows: pd.DataFrame) -> bool:
    if not isinstance(rows, gpd.GeoDataFrame):
        return False
    return bool((shapely.get_dimensions(rows.geometry.to_numpy()) > 0).any())


def _without_shared_ids(places: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Take away ids that stand twice: they do not tell which of the places is meant."""
    geometry = places.geometry.name if isinstance(places, gpd.GeoDataFrame) else None
    meant = match_columns("gazetteer", [str(h) for h in places.columns if h != geometry])
    header = next((header for header, column in meant.items() if column == "id"), None)
    if header is None:
        return places, []
    ids = read_text(places[header]).astype(object)
    twice = ids.duplicated(keep=False) & ids.notna()
    problems = [
        Problem(file, row_number(places.index, place), "id", str(ids.iloc[place]),
                text("an id of its own"), text("Made from the content."))
        for place in np.flatnonzero(twice).tolist()
    ]  # fmt: skip
    return places.assign(**{header: ids.mask(twice, None)}), problems


def _named_by_id(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Call a place without any name by its id."""
    spelled = [column for column in ("name", "name_ar", "names") if column in places.columns]
    nameless = places[spelled].isna().all(axis=1)
    name = places.get("name", pd.Series(None, index=places.index, dtype="object"))
    return places.assign(name=name.astype(object).where(~nameless, places["id"]))


def read_sectors(path: AnyPath, *, crs: str | None = None) -> Checked:
    """Read the sectors of a layout.

    Parameters
    ----------
    path : str or path
        A layout (the layer ``sectors`` of its GeoPackage), or any polygons with a ``sector_id``.
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    tuple = (sectors, problems)
        EPSG:4326.

    Raises
    ------
    InputError
        Where the file cannot be read, or no row of it is a sector.
    """
    sectors, problems = read_table(path, "sectors", crs=crs)
    if sectors.empty:
        raise InputError(
            text(
                "{file}: it has no sector. Each needs an area and a whole sector_id, 1 or more.",
                file=Path(path).name,
            )
        )
    return sectors, problems


@within_memory
def read_areas(path: AnyPath, *, crs: str | None = None) -> Checked:
    """Read places that may name a sector: sectors edited by hand, or pins.

    Parameters
    ----------
    path : str or path
        As for `read_table`. Of several layers that one called ``sectors``.
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    tuple = (areas, problems)
        Every row, EPSG:4326, with ``sector_id`` and ``name`` as they stand where a header means
        one of them: a number that is wrong or missing costs no row.

    Raises
    ------
    UnreadableFileError
        Where the file as a whole cannot be read.
    MissingColumnError
        Where nothing says where the rows are.
    """
    source = open_source(path)
    cells, problems = _cells(source, "sectors", crs)
    meant = match_columns("sectors", [str(header) for header in cells.columns])
    named = {header: column for header, column in meant.items() if column in {"sector_id", "name"}}
    rows, found = _checked(cells.rename(columns=named), "points", file=source.name, crs=crs)
    if not isinstance(rows, gpd.GeoDataFrame):
        raise missing_columns(source.name, ["geometry"], cells)
    return rows, _listed([*source.problems, *problems, *found])
