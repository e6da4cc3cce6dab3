"""Coordinates on a grid or in a stated system: UTM, MGRS, EPSG, WKT, GeoJSON, geo: URIs."""

from __future__ import annotations

import json
import math
import re

import numpy as np
from mgrs import MGRS
from mgrs.core import MGRSError
from pyproj.exceptions import CRSError

from geosector.crs import WGS84, convert_points
from geosector.geocode.angles import canonical, read_pair
from geosector.geocode.reading import (
    LEAST_RADIUS_M,
    METRES_PER_DEGREE,
    Reading,
    Readings,
    Refusal,
    radius_of_digits,
)

_NUMBER = r"-?\d+(?:\.\d+)?"
_BANDS = "CDEFGHJKLMNPQRSTUVWX"  # 8° each from 80° S; X reaches 84° N
_ZONES = 60
_EASTINGS, _NORTHINGS = (100_000.0, 900_000.0), (1.0, 10_000_000.0)  # metres

# E is left out of the bands: before a number it says "easting".
_ZONE = (
    r"(?:UTM\b)?[\s:,-]*(?:ZONE|FUSEAU|المنطقة|منطقة)?[\s:]*"
    r"(?P<zone>\d{1,2})\s?(?P<band>[CDF-HJ-NP-X])?"
)
_METRES = r"(?:\s?M(?![A-Z])|\s?M?{}(?![A-Z]))?"
_EAST = rf"(?:EASTING|E|X|LON)?[\s:=]*(?<![\d.])(?P<east>\d{{6}}(?:\.\d+)?){_METRES.format('E')}"
_NORTH = (
    rf"(?:NORTHING|N|Y|LAT)?[\s:=]*(?<![\d.])(?P<north>\d{{6,7}}(?:\.\d+)?){_METRES.format('N')}"
)
UTM = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_ZONE}[\s:,;/]*{_EAST}[\s,;/]*{_NORTH}",
        rf"(?:UTM\b)?[\s:]*{_EAST}[\s,;/]*{_NORTH}[\s,;/(]+{_ZONE}\)?",
    )
)
MGRS_GRID = re.compile(
    r"(?:MGRS\b)?[\s:]*(?P<square>\d{1,2}[\s-]?[C-HJ-NP-X][\s-]?[A-HJ-NP-Z][\s-]?[A-HJ-NP-V])"
    r"[\s,-]*(?P<east>\d+)?(?:[\s,-]+(?P<north>\d+))?"
)
EPSG = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\(?EPSG[\s:]*(?P<code>\d{{4,6}})\)?[\s:,;]+(?P<x>{_NUMBER})[\s,;]+(?P<y>{_NUMBER})",
        rf"(?P<x>{_NUMBER})[\s,;]+(?P<y>{_NUMBER})[\s,;]+\(?EPSG[\s:]*(?P<code>\d{{4,6}})\)?",
    )
)
WKT = re.compile(
    rf"(?:SRID\s?=\s?(?P<code>\d+)\s?;\s?)?POINT\s?(?:Z|M|ZM)?\s?"
    rf"\(\s?(?P<x>{_NUMBER})\s(?P<y>{_NUMBER})(?:\s{_NUMBER}){{0,2}}\s?\)"
)
GEO_URI = re.compile(
    rf"GEO:(?://)?(?P<lat>{_NUMBER}),(?P<lon>{_NUMBER})(?:,{_NUMBER})?(?P<settings>(?:;[\w-]+=[^;?]*)*)"
    r"(?:\?(?P<query>.*))?"
)


def read_utm(found: re.Match[str]) -> Readings:
    """Read a UTM zone, easting and northing.

    The letter after the zone is a latitude band (``37S`` lies at 32–40° N) or a hemisphere
    (``37S`` with a southern northing): both readings are given where both exist, the band first.

    Parameters
    ----------
    found : re.Match
        Of one of `UTM`.

    Returns
    -------
    tuple of Reading or Refusal
    """
    zone, band = int(found["zone"]), found["band"] or ""
    east, north = float(found["east"]), float(found["north"])
    inside = _EASTINGS[0] <= east <= _EASTINGS[1] and _NORTHINGS[0] <= north <= _NORTHINGS[1]
    if not (1 <= zone <= _ZONES and inside):
        return Refusal("utm", "outside_grid")
    northern, southern = (
        _projected(f"EPSG:{base + zone}", east, north, LEAST_RADIUS_M, "utm")
        for base in (32600, 32700)
    )
    kept = [
        reading
        for reading, hemisphere in ((northern, "N"), (southern, "S"))
        if reading is not None and band in {"", hemisphere, _band(reading.lat)}
    ]
    if band == "":
        kept = [reading._replace(flags=("hemisphere_open",)) for reading in kept]
    return tuple(kept) if kept else Refusal("utm", "wrong_band")


def _band(lat: float) -> str:
    return _BANDS[min(max(int((lat + 80) // 8), 0), len(_BANDS) - 1)]


def read_mgrs(found: re.Match[str]) -> Readings:
    """Read an MGRS reference from 10 km to 1 m: the middle of its square.

    Parameters
    ----------
    found : re.Match
        Of `MGRS_GRID`.

    Returns
    -------
    tuple of Reading or Refusal
        The radius reaches the corners of the square.
    """
    digits = (found["east"] or "") + (found["north"] or "")
    halves_differ = found["north"] is not None and len(found["east"]) != len(found["north"])
    if len(digits) not in {2, 4, 6, 8, 10} or halves_differ:
        return Refusal("mgrs", "truncated_grid")
    half = len(digits) // 2
    east, north = digits[:half], digits[half:]
    middle = "".join(f"{part}5".ljust(5, "0")[:5] for part in (east, north))
    square = re.sub(r"[\s-]", "", found["square"])
    try:
        lat, lon = MGRS().toLatLon(square + middle)
    except MGRSError:
        return Refusal("mgrs", "outside_grid")
    side = 10.0 ** (5 - half)
    return (Reading(lat, lon, max(LEAST_RADIUS_M, round(side * math.sqrt(0.5), 2)), "mgrs"),)


def read_epsg(found: re.Match[str]) -> Readings:
    """Read two numbers in a system stated by its EPSG code, east before north.

    In EPSG:4326 people write both orders: there the order stays open and is flagged.

    Parameters
    ----------
    found : re.Match
        Of one of `EPSG`.

    Returns
    -------
    tuple of Reading or Refusal
    """
    code, x, y = int(found["code"]), found["x"], found["y"]
    if code == int(WGS84.partition(":")[2]):
        radius, flags = radius_of_digits(x, y), ("axis_order_open",)
        return (
            Reading(float(x), float(y), radius, "epsg", flags),
            Reading(float(y), float(x), radius, "epsg", flags),
        )
    return _stated(f"EPSG:{code}", x, y, "epsg")


def read_wkt(found: re.Match[str]) -> Readings:
    """Read a WKT or EWKT point: longitude before latitude, as the standard says.

    Parameters
    ----------
    found : re.Match
        Of `WKT`.

    Returns
    -------
    tuple of Reading or Refusal
    """
    x, y = found["x"], found["y"]
    if found["code"] in {None, "0", "4326"}:
        radius = radius_of_digits(x, y)
        return (
            Reading(float(y), float(x), radius, "wkt"),
            Reading(float(x), float(y), radius, "wkt", ("swapped",)),
        )
    return _stated(f"EPSG:{found['code']}", x, y, "wkt")


def read_geojson(written: str) -> Readings | None:
    """Read a GeoJSON point.

    Parameters
    ----------
    written : str

    Returns
    -------
    tuple of Reading, or None
        ``None`` where it is not a GeoJSON point.

    Examples
    --------
    >>> read_geojson('{"type": "Point", "coordinates": [36.6339, 35.9306]}')[0].lat
    35.9306
    """
    try:
        point = json.loads(written, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
    if not isinstance(point, dict) or point.get("type") != "Point":
        return None
    numbers = point.get("coordinates")
    if not isinstance(numbers, list):
        return None
    found = WKT.fullmatch(f"POINT({' '.join(str(number) for number in numbers)})")
    return None if found is None else read_wkt(found)


def read_geo_uri(found: re.Match[str]) -> Readings:
    """Read a geo: URI. A coordinate in its ``q=`` is the pin and beats the one in front.

    Parameters
    ----------
    found : re.Match
        Of `GEO_URI`.

    Returns
    -------
    tuple of Reading or Refusal
    """
    settings = dict(part.split("=", 1) for part in found["settings"].split(";") if "=" in part)
    if settings.get("CRS", "WGS84").replace("-", "") != "WGS84":
        return Refusal("geo", "unknown_system")
    asked = re.search(r"(?:^|&)Q=([^&(]*)", found["query"] or "")
    if asked is not None:
        pin = read_pair(canonical(asked[1].replace("+", " ")))
        if pin is not None:
            return pin
    lat, lon = found["lat"], found["lon"]
    radius = radius_of_digits(lat, lon)
    stated = settings.get("U", "")
    if re.fullmatch(_NUMBER, stated):
        radius = max(LEAST_RADIUS_M, float(stated))
    return (
        Reading(float(lat), float(lon), radius, "geo"),
        Reading(float(lon), float(lat), radius, "geo", ("swapped",)),
    )


def _stated(system: str, x: str, y: str, kind: str) -> Readings:
    in_degrees = abs(float(x)) <= 180 and abs(float(y)) <= 180  # noqa: PLR2004 - no grid is so near its origin
    unit_m = METRES_PER_DEGREE if in_degrees else 1.0
    try:
        reading = _projected(
            system, float(x), float(y), radius_of_digits(x, y, unit_m=unit_m), kind
        )
    except CRSError:
        return Refusal(kind, "unknown_system")
    return Refusal(kind, "outside_grid") if reading is None else (reading,)


def _projected(system: str, x: float, y: float, radius_m: float, kind: str) -> Reading | None:
    lon, lat = convert_points(np.array([x]), np.array([y]), system, WGS84)
    if not (np.isfinite(lat[0]) and np.isfinite(lon[0])):
        return None
    return Reading(float(lat[0]), float(lon[0]), radius_m, kind)
