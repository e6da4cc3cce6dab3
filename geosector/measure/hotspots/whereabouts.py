"""Where incidents were: in metres, within the radius that is known of them, and in which area.

An incident that names its area is counted there. Else its place decides, unless it is known less
precisely than the area is wide. Whatever is in none of the areas is listed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import InputError
from geosector.language import number, text
from geosector.measure.coded import require_whole
from geosector.measure.hotspots.events import Period, read_period, row_problem, take_events
from geosector.measure.localities import locality_of, reach_m
from geosector.tables import Problem, problems_table, require_table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NONE = -1  # the position of what lies in no area


class Places(NamedTuple):
    """Where incidents were: metres, NaN where nobody knows; and within how many metres."""

    x: Floats
    y: Floats
    radius_m: Floats
    problems: list[Problem]


class Counted(NamedTuple):
    """Areas with a count of incidents, and the incidents that are in none of the counts."""

    table: pd.DataFrame
    problems: pd.DataFrame


def place_events(incidents: pd.DataFrame, rows: Ints, metric: pyproj.CRS) -> Places:
    """Place incidents in metres; of what is no point, the circle around it stands for it.

    Parameters
    ----------
    incidents : geopandas.GeoDataFrame
        With ``radius_m`` where it is known; without it a place is exact.
    rows : array of int, shape (n,)
        Those to place.
    metric : pyproj.CRS
        In metres.

    Returns
    -------
    Places
        Listed are incidents without a place, and those whose radius is no number from 0; these have
        no place either.

    Raises
    ------
    MissingCRSError
        Where the incidents have geometries without a coordinate system.

    Examples
    --------
    >>> spots = [shapely.Point(5e5, 4e6), None, shapely.LineString([(5e5, 4e6), (500060, 4e6)])]
    >>> seen = gpd.GeoDataFrame({"radius_m": [20, 0, None]}, geometry=spots, crs=32637)
    >>> there = place_events(seen, np.arange(3), pyproj.CRS(32637))
    >>> there.x.round().tolist(), there.radius_m.round().tolist(), len(there.problems)
    ([500000.0, nan, 500030.0], [20.0, 0.0, 30.0], 1)
    """
    n = len(rows)
    x, y = np.full((2, n), np.nan)
    radius, wrong = _radius(incidents.iloc[rows])
    problems = [
        row_problem(int(rows[at]), "radius_m", str(incidents["radius_m"].iloc[rows[at]]),
                 text("metres from 0"), text("not counted"))
        for at in np.flatnonzero(wrong).tolist()
    ]  # fmt: skip
    if isinstance(incidents, gpd.GeoDataFrame) and incidents.active_geometry_name and n:
        given = crs.require_crs(incidents, "incidents").geometry.iloc[rows]
        there = np.flatnonzero(~(given.isna() | given.is_empty).to_numpy(bool) & ~wrong)
        shapes = np.array(crs.to_metres(given.iloc[there].to_frame("geometry"), metric).geometry)
        wide = np.flatnonzero(shapely.get_type_id(shapes) != shapely.GeometryType.POINT)
        own = shapely.minimum_bounding_radius(shapes[wide])
        radius[there[wide]] = np.maximum(radius[there[wide]], own)
        shapes[wide] = shapely.centroid(shapely.minimum_bounding_circle(shapes[wide]))
        x[there], y[there] = shapely.get_x(shapes), shapely.get_y(shapes)
        lost = ~(np.isfinite(x) & np.isfinite(y))
        x[lost] = y[lost] = np.nan
    problems += [
        row_problem(
            int(rows[at]), "geometry", text("nothing"), text("a place"), text("not counted")
        )
        for at in np.flatnonzero(np.isnan(x) & ~wrong).tolist()
    ]
    return Places(x, y, radius, problems)


def key_column(areas: pd.DataFrame, area: str) -> str:
    """Give the column in which areas have their keys: ``area`` itself, else ``id``.

    Raises
    ------
    MissingColumnError
        Where neither is there.
    InputError
        Where a key is missing or stands twice.

    Examples
    --------
    >>> key_column(pd.DataFrame({"id": ["a"]}), "locality_id")
    'id'
    >>> key_column(pd.DataFrame({"id": ["a", "a"]}), "locality_id")
    Traceback (most recent call last):
    geosector.errors.InputError: The areas have a key that is missing or stands twice. Give each
    area a key of its own.
    """
    column = "id" if area not in require_table(areas, "areas") and "id" in areas else area
    require_whole(areas, column, name="areas")
    if areas[column].isna().any() or areas[column].duplicated().any():
        raise InputError(
            text(
                "The areas have a key that is missing or stands twice. Give each area a key of "
                "its own."
            )
        )
    return column


def find_areas(
    incidents: pd.DataFrame, rows: Ints, areas: pd.DataFrame, *, area: str
) -> tuple[Ints, list[Problem]]:
    """Say in which area each incident is: by the area it names, else by its place.

    Parameters
    ----------
    incidents : pandas.DataFrame
        The column ``area`` decides where it names one, else the geometry.
    rows : array of int, shape (n,)
        Those to find.
    areas : pandas.DataFrame
        With keys in ``area`` or ``id``; polygons in which places are looked for.
    area : str
        ``sector_id``, ``locality_id`` or the name of any other column of keys.

    Returns
    -------
    tuple of array, shape (n,), and list of Problem
        Positions of areas, -1 for none. A place on a border is in the area whose key comes first.
        A place that is known less precisely than its area is wide (`reach_m`) is in none. Each
        incident in none is listed.

    Examples
    --------
    >>> squares = [shapely.box(37, 36, 37.01, 36.01), shapely.box(37.01, 36, 37.02, 36.01)]
    >>> town = gpd.GeoDataFrame({"sector_id": [1, 2]}, geometry=squares, crs=4326)
    >>> spots = gpd.points_from_xy([37.015, 37.005, 37.01, 40], [36.005] * 4)
    >>> seen = gpd.GeoDataFrame({"radius_m": [0, 5000, 0, 0]}, geometry=spots, crs=4326)
    >>> at, problems = find_areas(seen, np.arange(4), town, area="sector_id")
    >>> at.tolist(), [one.given for one in problems]
    ([1, -1, 0, -1], ['known within 5,000 m', 'a place in none of the areas'])
    """
    keys = areas[key_column(areas, area)]
    chosen = incidents.iloc[rows]
    at = np.full(len(rows), NONE)
    if area in chosen:
        named = chosen[area].astype("object")
        if "merged" in areas and "id" in areas and area == "locality_id":
            nowhere = np.full(len(rows), None, object)
            named = locality_of(chosen, cast("gpd.GeoDataFrame", areas), nowhere)
        at = pd.Index(keys.astype("object")).get_indexer(pd.Index(named)).astype(np.int64)
        unnamed = chosen[area].isna().to_numpy(bool) if area != "locality_id" else at == NONE
    else:
        unnamed = np.ones(len(rows), bool)
    problems: list[Problem] = []
    if unnamed.any():
        looked = np.flatnonzero(unnamed)
        at[looked], problems = _by_place(incidents, rows[looked], areas, keys)
    expected = text("one of the areas")
    problems += [
        row_problem(
            int(rows[one]), area, str(chosen[area].iloc[one]), expected, text("not counted")
        )
        for one in np.flatnonzero(~unnamed & (at == NONE)).tolist()
    ]
    return at, problems


def count_events(
    incidents: pd.DataFrame,
    areas: pd.DataFrame,
    kinds: str | Iterable[str],
    *,
    area: str = "sector_id",
    period: Period | None = None,
) -> Counted:
    """Count incidents in each area.

    Parameters
    ----------
    incidents, areas, area
        As in `find_areas`.
    kinds : str or iterable of str
        One or several of ``attack``, ``fire``, ``traffic``, ``drowning``.
    period : str or two dates, optional
        A month (``2024-04``), a year, or the first and the last day. Default: all.

    Returns
    -------
    Counted
        The areas in their order, on their index, with ``count``.

    Raises
    ------
    InputError
        For another kind, a key that is missing or stands twice, a period that is none.
    MissingColumnError
        Where ``kind``, the keys of the areas, or with a period ``date`` is not there.

    Examples
    --------
    >>> seen = pd.DataFrame({"kind": ["fire", "fire", "attack"], "sector_id": [2, 2, 2]})
    >>> town = pd.DataFrame({"sector_id": [1, 2]})
    >>> count_events(seen, town, "fire").table["count"].tolist()
    [0, 2]
    >>> count_events(seen[:0], town, "fire").table["count"].tolist()
    [0, 0]
    >>> count_events(seen, town, "theft")
    Traceback (most recent call last):
    geosector.errors.InputError: The kind of incident is 'theft'; give ...
    """
    periods = [] if period is None else [read_period(period)]
    events = take_events(incidents, kinds, periods=periods)
    at, problems = find_areas(incidents, events.rows, areas, area=area)
    counts = np.bincount(at[at != NONE], minlength=len(areas))
    table = areas.assign(count=counts.astype(np.int64))
    return Counted(table, problems_table([*events.problems, *problems]))


# --------------------------------------------------------------- one by one


def _radius(incidents: pd.DataFrame) -> tuple[Floats, Flags]:
    """Give within how many metres each place is known, and which of these numbers are none."""
    if "radius_m" not in incidents:
        return np.zeros(len(incidents)), np.zeros(len(incidents), bool)
    given = incidents["radius_m"]
    radius = pd.to_numeric(given, errors="coerce").to_numpy(float, na_value=np.nan, copy=True)
    wrong = given.notna().to_numpy(bool) & ~(np.isfinite(radius) & (radius >= 0))
    radius[~np.isfinite(radius)] = 0.0
    return radius, wrong


def _by_place(
    incidents: pd.DataFrame, rows: Ints, areas: pd.DataFrame, keys: pd.Series
) -> tuple[Ints, list[Problem]]:
    """Find the area that holds each place."""
    at = np.full(len(rows), NONE)
    if not isinstance(areas, gpd.GeoDataFrame) or not areas.active_geometry_name or areas.empty:
        nowhere = np.full(len(rows), np.nan)
        places = Places(nowhere, nowhere, np.zeros(len(rows)), [])
        shapes, reach, points = np.zeros(0, object), np.zeros(0), np.zeros(0, object)
    else:
        degrees = crs.to_wgs84(crs.require_crs(areas, "areas"))
        places = place_events(incidents, rows, crs.to_metres(degrees).crs)
        shapes, reach = degrees.geometry.to_numpy(), reach_m(areas)
        points = _points(incidents, rows, ~np.isnan(places.x))
    point, found = shapely.STRtree(shapes).query(points, predicate="intersects")
    rank = np.argsort(np.argsort(_sortable(keys), kind="stable"), kind="stable")
    order = np.lexsort((rank[found], point))
    point, firsts = np.unique(point[order], return_index=True)
    at[point] = found[order][firsts]
    inside = at != NONE
    rough = inside & (places.radius_m > np.append(reach, np.inf)[at])
    at[rough] = NONE
    problems = list(places.problems)
    listed = {one.row for one in problems}
    for one in np.flatnonzero(at == NONE).tolist():
        if int(rows[one]) + 2 in listed:
            continue
        given = text("a place in none of the areas")
        if rough[one]:
            given = text("known within {n} m", n=number(float(places.radius_m[one])))
        expected = text("one of the areas")
        problems.append(
            row_problem(int(rows[one]), "geometry", given, expected, text("not counted"))
        )
    return at, problems


def _points(incidents: pd.DataFrame, rows: Ints, there: Flags) -> NDArray[np.object_]:
    """Give a point of each incident in degrees, in which it is told which area holds it."""
    points = np.full(len(rows), None, object)
    if there.any():
        given = crs.to_wgs84(cast("gpd.GeoDataFrame", incidents.iloc[rows[there]]))
        points[there] = shapely.point_on_surface(given.geometry.to_numpy())
    return points


def _sortable(keys: pd.Series) -> Floats | NDArray[np.str_]:
    """Give keys that can be put in an order: numbers as numbers, all else as text."""
    if pd.api.types.is_numeric_dtype(keys):
        return np.asarray(keys, float)
    return np.asarray(keys.astype(str), str)
