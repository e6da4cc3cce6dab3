"""Coordinate systems: the only place where coordinates change system.

Tables travel in EPSG:4326. Metres and square kilometres come from a local transverse Mercator
projection (WGS 84, scale 1 on its own meridian) centred on the data: within 50 km of the centre
a length is off by less than 4 in 100,000, where a degree taken for a length is off by a fifth.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import cast

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from geosector.errors import InputError, MissingCRSError
from geosector.language import number, text

WGS84 = "EPSG:4326"
WEB_MERCATOR = "EPSG:3857"

# The centre is rounded so that one more shop at the edge of town does not move every coordinate.
CENTRE_STEP_DEGREES = 0.1

MAX_LON, MAX_LAT = 180.0, 90.0  # degrees

# Of a line straight in degrees, s metres long at latitude φ, the middle lies up to
# 0.136·s²·tan(φ)/R metres beside the line straight in metres: 0.014·tan(φ) m for this.
STRAIGHT_M = 800.0
EARTH_RADIUS_M = 6_371_008.8
WIDEST_CELL_M = 64_000.0  # of the fixed grid; smaller cells lie in these
_LONGEST_M = 2e7  # from pole to pole; what is longer is no place on earth


def require_crs(table: gpd.GeoDataFrame, what: str, crs: str | None = None) -> gpd.GeoDataFrame:
    """Give a table a coordinate system only where the user states one.

    Parameters
    ----------
    table : geopandas.GeoDataFrame
        Any geometries.
    what : str
        What the table is called in the message, often its file name.
    crs : str, optional
        The system that the user states (``"EPSG:32637"``). Used only where the table has none.

    Returns
    -------
    geopandas.GeoDataFrame
        The table, with a coordinate system.

    Raises
    ------
    MissingCRSError
        Where there is none and none was stated.
    InputError
        Where the stated one is not a coordinate system, the table's own is a local or a vertical
        one, or the table has no geometry.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely.geometry import Point
    >>> require_crs(gpd.GeoDataFrame(geometry=[Point(37, 36)]), "points.shp")
    Traceback (most recent call last):
    ...
    geosector.errors.MissingCRSError: points.shp has no coordinate system, and none is guessed. ...
    >>> table = require_crs(gpd.GeoDataFrame(geometry=[Point(37, 36)]), "points.shp", "EPSG:4326")
    >>> table.crs.to_epsg()
    4326
    """
    if not isinstance(table, gpd.GeoDataFrame) or table.active_geometry_name is None:
        raise InputError(text("{what} has no geometry column; give a GeoDataFrame.", what=what))
    if table.crs is not None:
        if not (table.crs.is_geographic or table.crs.is_projected):
            raise InputError(
                text(
                    "The coordinate system of {what} says nothing of where on the globe it lies: "
                    "{crs}. Give one such as EPSG:4326.",
                    what=what,
                    crs=table.crs.name,
                )
            )
        return table
    if crs is None:
        raise MissingCRSError(
            text(
                "{what} has no coordinate system, and none is guessed. "
                "State it with --crs (for example --crs EPSG:4326).",
                what=what,
            )
        )
    try:
        return cast("gpd.GeoDataFrame", table.set_crs(crs))
    except pyproj.exceptions.CRSError:
        raise InputError(
            text("'{crs}' is not a coordinate system. Give one such as EPSG:32637.", crs=crs)
        ) from None


def is_system(name: str) -> bool:
    """Say whether a name is that of a coordinate system.

    Parameters
    ----------
    name : str

    Returns
    -------
    bool

    Examples
    --------
    >>> is_system("urn:ogc:def:crs:OGC:1.3:CRS84"), is_system("EPSG:999999"), is_system("")
    (True, False, False)
    """
    try:
        pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError:
        return False
    return True


def to_wgs84(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Bring a table that has a coordinate system to EPSG:4326, the system tables travel in.

    Parameters
    ----------
    table : geopandas.GeoDataFrame
        With a coordinate system (see `require_crs`).

    Returns
    -------
    geopandas.GeoDataFrame
        Same rows, same index.

    Raises
    ------
    InputError
        Where its system cannot be converted to degrees.

    Examples
    --------
    >>> from shapely.geometry import Point
    >>> table = gpd.GeoDataFrame(geometry=[Point(286546, 3978840), None], crs="EPSG:32637")
    >>> to_wgs84(table).geometry.x.round(4).tolist()
    [36.6339, nan]
    """
    try:
        return cast("gpd.GeoDataFrame", table.to_crs(WGS84))
    except pyproj.exceptions.ProjError:  # of EPSG's 7,000 systems two dozen cannot be converted
        raise InputError(
            text(
                "Coordinates in {crs} cannot be converted to degrees. Give them in another system.",
                crs=table.crs.name,
            )
        ) from None


def in_degrees(table: gpd.GeoDataFrame) -> bool:
    """Say whether the coordinates of a table are longitudes and latitudes.

    Examples
    --------
    >>> in_degrees(gpd.GeoDataFrame(geometry=[], crs=4326)), in_degrees(gpd.GeoDataFrame())
    (True, False)
    >>> in_degrees(gpd.GeoDataFrame(geometry=[], crs=32637))
    False
    """
    return table.active_geometry_name is not None and bool(table.crs and table.crs.is_geographic)


def metric_crs(bounds: tuple[float, float, float, float] | NDArray[np.float64]) -> pyproj.CRS:
    """Make the local metric system of an area.

    Parameters
    ----------
    bounds : tuple = (west, south, east, north)
        Degrees, EPSG:4326.

    Returns
    -------
    pyproj.CRS
        Transverse Mercator in metres, centred on the middle of the bounds rounded to 0.1°.

    Raises
    ------
    InputError
        Where the bounds are empty, not finite, or not degrees.

    Examples
    --------
    >>> metric_crs((37.0, 36.1, 37.3, 36.3)).axis_info[0].unit_name
    'metre'
    >>> metric_crs((float("nan"),) * 4)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: There is no place in this table: every geometry is missing ...
    >>> metric_crs((286546.0, 3978840.0, 286600.0, 3978900.0))
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: These coordinates are not degrees: they reach 286,600 east and ...
    """
    west, south, east, north = (float(value) for value in bounds)
    if not np.isfinite([west, south, east, north]).all():
        raise InputError(
            text("There is no place in this table: every geometry is missing or empty.")
        )
    if max(abs(west), abs(east)) > MAX_LON or max(abs(south), abs(north)) > MAX_LAT:
        raise InputError(
            text(
                "These coordinates are not degrees: they reach {east} east and {north} north. "
                "State their system with --crs (for example --crs EPSG:32637).",
                east=number(east),
                north=number(north),
            )
        )
    lon, lat = (
        round(round(middle / CENTRE_STEP_DEGREES) * CENTRE_STEP_DEGREES, 6)
        for middle in ((west + east) / 2, (south + north) / 2)
    )
    return pyproj.CRS.from_proj4(
        f"+proj=tmerc +lat_0={lat} +lon_0={lon} +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs"
    )


def to_metres(table: gpd.GeoDataFrame, crs: pyproj.CRS | None = None) -> gpd.GeoDataFrame:
    """Bring a table to metres.

    Parameters
    ----------
    table : geopandas.GeoDataFrame
        With a coordinate system.
    crs : pyproj.CRS, optional
        The metric system to use, so that several tables share one. Default: `metric_crs` of the
        table's own bounds.

    Returns
    -------
    geopandas.GeoDataFrame
        Same rows, same index, in metres; its ``crs`` says in which system.

    Raises
    ------
    InputError
        Where no system is given and the table has no place to make one from.

    Examples
    --------
    A hundredth of a degree from west to east, at 36° north:

    >>> from shapely.geometry import LineString
    >>> table = gpd.GeoDataFrame(geometry=[LineString([(37, 36), (37.01, 36)]), None], crs=WGS84)
    >>> to_metres(table).length.round(1).tolist()
    [901.6, nan]
    """
    degrees = to_wgs84(table)
    return cast("gpd.GeoDataFrame", degrees.to_crs(crs or metric_crs(degrees.total_bounds)))


def densify(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give long straight stretches more vertices, so that in another system they stay in place.

    Only vertices are converted. A limit of 25 km drawn with two of them would lie 9 m beside
    itself in the middle, at 36° north, and the streets that reach it would not.

    Parameters
    ----------
    table : geopandas.GeoDataFrame
        With a coordinate system; any geometries.

    Returns
    -------
    geopandas.GeoDataFrame
        Same rows, same index, same system, same ground; no stretch is longer than 800 m
        (in degrees, 800 m of latitude), so that it strays by a centimetre at 36°.
        What is no place on earth is left as it is.

    Examples
    --------
    >>> from shapely.geometry import LineString
    >>> line = LineString([(37, 36), (37.018, 36)])
    >>> table = gpd.GeoDataFrame(geometry=[line, LineString([(37, 36), (37.001, 36)])], crs=WGS84)
    >>> densify(table).count_coordinates().tolist()
    [4, 2]
    >>> densify(gpd.GeoDataFrame(geometry=[None, LineString()], crs=WGS84)).geometry.tolist()
    [None, <LINESTRING EMPTY>]
    """
    shapes = np.array(table.geometry.values, object)
    axis = table.crs.axis_info[0]
    metres = axis.unit_conversion_factor * (EARTH_RADIUS_M if table.crs.is_geographic else 1.0)
    lengths = shapely.length(shapes) * metres
    # A comparison with what is no number is false.
    long = (lengths > STRAIGHT_M) & (lengths < _LONGEST_M)
    areas = long & (shapely.get_dimensions(shapes) == 2)  # noqa: PLR2004 - an area
    lines = long & ~areas
    shapes[lines] = shapely.segmentize(shapes[lines], STRAIGHT_M / metres)
    for place in np.flatnonzero(areas):
        shapes[place] = _densified(shapes[place], STRAIGHT_M / metres)
    return cast(
        "gpd.GeoDataFrame", table.set_geometry(gpd.GeoSeries(shapes, table.index, table.crs))
    )


def _densified(shape: BaseGeometry, step: float) -> BaseGeometry:
    """Densify ring by ring: of an area that crosses itself, segmentize would drop a part."""
    if isinstance(shape, Polygon):
        shell, *holes = shapely.segmentize(shapely.get_rings(shape), step)
        return Polygon(shell, holes)
    if hasattr(shape, "geoms"):
        return type(shape)([_densified(part, step) for part in shape.geoms if not part.is_empty])
    return cast("BaseGeometry", shapely.segmentize(shape, step))


def convert_points(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    source: str | pyproj.CRS,
    target: str | pyproj.CRS,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bring bare coordinates from one system to another.

    Parameters
    ----------
    x, y : array, shape (n,)
        East then north (longitude then latitude where the system is geographic).
    source, target : str or pyproj.CRS
        The two systems.

    Returns
    -------
    tuple of array = (x, y), shape (n,) each
        In the target system; infinite where a point has no place in it.

    Examples
    --------
    >>> x, y = convert_points(np.array([36.63393]), np.array([35.93062]), WGS84, "EPSG:32637")
    >>> int(x[0]), int(y[0])
    (286546, 3978840)
    """
    return point_converter(source, target)(x, y)


def point_converter(
    source: str | pyproj.CRS, target: str | pyproj.CRS
) -> Callable[
    [NDArray[np.float64], NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]
]:
    """Prepare a conversion that is made many times: preparing costs far more than converting.

    Parameters
    ----------
    source, target : str or pyproj.CRS
        The two systems.

    Returns
    -------
    function
        ``(x, y) -> (x, y)``, as `convert_points`; may be shared by threads.

    Examples
    --------
    >>> convert = point_converter(WGS84, metric_crs((37.0, 36.0, 37.0, 36.0)))
    >>> x, y = convert(np.array([37.0]), np.array([36.0]))
    >>> x.round(6).tolist(), y.round(6).tolist()
    ([0.0], [0.0])
    >>> [array.tolist() for array in convert(np.array([]), np.array([]))]
    [[], []]
    """
    transformer = _transformer(source, target)

    def convert(
        x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        new_x, new_y = transformer.transform(np.asarray(x, float), np.asarray(y, float))
        return np.asarray(new_x, float), np.asarray(new_y, float)

    return convert


@lru_cache(maxsize=32)
def _transformer(source: str | pyproj.CRS, target: str | pyproj.CRS) -> pyproj.Transformer:
    for system in map(pyproj.CRS.from_user_input, (source, target)):
        if not (system.is_geographic or system.is_projected):  # heights, a building site
            raise pyproj.exceptions.CRSError(f"{system.name} is no system of places on the earth")
    try:
        return pyproj.Transformer.from_crs(source, target, always_xy=True)
    except pyproj.exceptions.ProjError as error:
        raise pyproj.exceptions.CRSError(str(error)) from error


def world_points(
    lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Place points on the square of a web map, which reaches from 0 to 1, southwards.

    Web Mercator (EPSG:3857) in closed form, ten times as fast as a general conversion:
    x = (λ + 180°) / 360°, y = 1/2 − ln tan(45° + φ/2) / 2π (J. P. Snyder, *Map Projections: A
    Working Manual*, 1987, equations 7-1 and 7-2, on the sphere). Times 256 · 2^zoom these are
    pixels.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        Degrees; latitudes within ±85.06° lie on the square.

    Returns
    -------
    tuple of array = (x, y), shape (n,) each

    Examples
    --------
    >>> x, y = world_points(np.array([0.0, 90.0]), np.array([0.0, 85.0511287798]))
    >>> x.tolist(), y.round(9).tolist()
    ([0.5, 0.75], [0.5, 0.0])
    >>> [axis.tolist() for axis in world_points(np.array([]), np.array([]))]
    [[], []]
    """
    x = (np.asarray(lon, float) + 180.0) / 360.0
    y = 0.5 - np.log(np.tan(np.pi / 4 + np.radians(lat) / 2)) / (2 * np.pi)
    return x, y


def world_unit(length_m: float, lat: NDArray[np.float64]) -> float:
    """Give a length on the square of a web map (`world_points`) that is at most so many metres.

    A map of this projection grows towards the poles, so the latitude nearest to the equator
    decides. The earth is no sphere: metres are up to 1 % longer than the sphere has them.

    Parameters
    ----------
    length_m : float
        Metres on the ground.
    lat : array, shape (n,)
        Degrees.

    Returns
    -------
    float
        In shares of the side of the square.

    Examples
    --------
    >>> round(1 / world_unit(1.0, np.array([36.0, 60.0])))  # metres around the earth at 36° N
    32748858
    >>> round(1 / world_unit(1.0, np.array([])))
    40479815
    """
    nearest = float(np.abs(lat).min(initial=90.0)) if len(lat) else 0.0
    return 0.99 * length_m / (2 * np.pi * 6_378_137.0 * float(np.cos(np.radians(nearest))))


def area_km2(table: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Measure areas.

    Parameters
    ----------
    table : geopandas.GeoDataFrame
        Polygons, with a coordinate system.

    Returns
    -------
    array, shape (n,)
        Square kilometres; 0 for empty, NaN for missing geometries.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> table = gpd.GeoDataFrame(geometry=[box(37, 36, 37.01, 36.01), None], crs=WGS84)
    >>> area_km2(table).round(3).tolist()
    [1.0, nan]
    >>> area_km2(table.head(0)).tolist()
    []
    """
    if not np.isfinite(table.total_bounds).all():  # no place at all: nothing to measure
        return np.asarray(shapely.area(table.geometry.to_numpy()), float)
    return np.asarray(to_metres(table).geometry.area, float) / 1e6


def move_points(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    azimuth: NDArray[np.float64],
    distance_m: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Move points on the ground, each by its own direction and distance.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        Degrees, EPSG:4326.
    azimuth : array, shape (n,)
        Degrees from north, clockwise.
    distance_m : array, shape (n,)
        Metres.

    Returns
    -------
    tuple of array = (lon, lat), shape (n,) each

    Examples
    --------
    >>> place = np.array([37.0]), np.array([36.0])
    >>> lon, lat = move_points(*place, np.array([90.0]), np.array([1000.0]))
    >>> lon.round(4).tolist(), distances_m(*place, lon, lat).round(3).tolist()
    ([37.0111], [1000.0])
    """
    moved = pyproj.Geod(ellps="WGS84").fwd(lon, lat, azimuth, distance_m)
    return np.asarray(moved[0], float), np.asarray(moved[1], float)


def distances_m(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    other_lon: NDArray[np.float64],
    other_lat: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Measure the way between points, along the ground.

    Parameters
    ----------
    lon, lat, other_lon, other_lat : array, shape (n,)
        Degrees, EPSG:4326.

    Returns
    -------
    array, shape (n,)
        Metres.

    Examples
    --------
    >>> one, two = np.array([37.0, 37.0]), np.array([36.0, 36.0])
    >>> distances_m(one, two, one, np.array([36.0, 36.01])).round(1).tolist()
    [0.0, 1109.6]
    """
    return np.asarray(pyproj.Geod(ellps="WGS84").inv(lon, lat, other_lon, other_lat)[2], float)


def cell_centres(
    lon: NDArray[np.float64], lat: NDArray[np.float64], cell_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the centre of the cell around each point, in one fixed grid over the whole earth.

    The grid depends on nothing but the size of its cells: the same place is always in the same
    cell, whatever else is in the table, so that two tables cannot be played off against another.

    Parameters
    ----------
    lon, lat : array, shape (n,)
        Degrees, EPSG:4326.
    cell_m : float
        Side of a cell in metres. Rows of cells have this height; the cells have this width at the
        middle of a band of 64 km, to which their row belongs (both on a sphere of 6,371,008.8 m,
        1 % off at most, to 45° of latitude). So cells of 1, 2, 4 … 64 km lie in one another:
        of two tables in cells of two sizes, the difference tells no smaller piece.

    Returns
    -------
    tuple of array = (lon, lat), shape (n,) each
        Rounded to 1e-5 degrees, a metre.

    Examples
    --------
    >>> lon, lat = cell_centres(np.array([37.1612, 37.1620]), np.array([36.2021, 36.2023]), 1000)
    >>> lon.tolist(), lat.tolist()
    ([37.16536, 37.16536], [36.20214, 36.20214])
    """
    height = float(np.degrees(cell_m / EARTH_RADIUS_M))
    middle = (np.floor(lat / height) + 0.5) * height
    band = float(np.degrees(WIDEST_CELL_M / EARTH_RADIUS_M))
    across = np.cos(np.radians((np.floor(lat / band) + 0.5) * band))
    width = height / np.maximum(across, 1e-3)
    return ((np.floor(lon / width) + 0.5) * width).round(5), middle.round(5)
