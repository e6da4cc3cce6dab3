"""Coordinates on a grid or in a stated system: UTM, MGRS, EPSG, WKT, GeoJSON, geo: URIs."""

from __future__ import annotations

import json
import math
import re
import warnings
from functools import cache
from urllib.parse import unquote

import numpy as np
from mgrs import MGRS
from mgrs.core import MGRSError
from pyproj.exceptions import CRSError

from geosector.crs import WGS84, convert_points
from geosector.geocode.angles import canonical, read_pair
from geosector.geocode.names import words
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

# A number in metres, its digits run together or in groups of three.
_DECIMALS = r"(?:[.,]\d{1,3}(?!\d))?"
_EAST = rf"(?P<east>0?\d{{6}}{_DECIMALS}|\d{{3}}[ ,.']\d{{3}}(?:\.\d+)?)"
_NORTH = (
    rf"(?P<north>0?\d{{7}}{_DECIMALS}|\d{{6}}{_DECIMALS}"
    r"|\d[ ,.']\d{3}[ ,.']\d{3}(?:\.\d+)?)"
)
_E, _N = (
    rf"(?:(?P<{axis}_first>{letter})[\s:=]*)?(?<![\d.]){number}(?!\d)"
    rf"(?:\s?M(?!\w))?(?:\s?M?(?P<{axis}_last>{letter})(?![A-Z]))?"
    for axis, letter, number in (("e", "E", _EAST), ("n", "N", _NORTH))
)
# E is left out of the bands: before a number it says "easting".
_ZONE = r"(?P<zone>\d{1,2})[\s,]{0,2}(?P<band>[CDF-HJ-NP-X](?![A-Z]))?"
_BY = r"[\s,;:/]+"
_ANY_BY = r"[\s,;:/]*"
UTM = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_ZONE}{_ANY_BY}{_E}{_BY}{_N}",
        rf"{_ZONE}{_ANY_BY}{_E}{_N}",
        rf"{_ZONE}{_ANY_BY}{_N}{_BY}{_E}",
        rf"{_ZONE}{_ANY_BY}{_N}{_E}",
        r"(?P<zone>\d{1,2})\s?(?P<band>[CDF-HJ-NP-X])\s?(?P<east>\d{6})(?P<north>\d{7})",
        rf"{_E}{_BY}{_N}{_BY}{_ZONE}",
        rf"{_N}{_BY}{_E}{_BY}{_ZONE}",
    )
)
MGRS_GRID = re.compile(
    r"(?:MGRS|USNG)?(?:\s?GRID)?(?:\s?REF(?:ERENCE)?)?[\s:.]*"
    r"(?P<square>\d{1,2}[\s/-]?[C-HJ-NP-X][\s/-]?[A-HJ-NP-Z][\s/-]?[A-HJ-NP-V])"
    r"[\s,/-]*(?P<east>\d+)?(?:\s?M?E)?(?:[\s,/-]+(?P<north>\d+)(?:\s?M?N)?)?"
)
_CODE = r"\(?(?:URN:OGC:DEF:CRS:)?EPSG[\s:]*(?P<code>\d{4,6})\)?"
_X = rf"(?:(?:E|X)[\s:=]*)?(?P<x>{_NUMBER})(?:\s?M?E)?"
_Y = rf"(?:(?:N|Y)[\s:=]*)?(?P<y>{_NUMBER})(?:\s?M?N)?"
_Y_NAMED = rf"(?:N|Y)[\s:=]*(?P<y>{_NUMBER})"
_X_NAMED = rf"(?:E|X)[\s:=]*(?P<x>{_NUMBER})"
EPSG = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_CODE}[\s:,;]*(?:POINT\s?)?\(?\s?(?<![\d])(?<!\d\s\d){_X}[\s,;]+{_Y}\s?\)?",
        rf"{_CODE}[\s:,;]*{_Y_NAMED}[\s,;]+{_X_NAMED}",
        rf"\(?{_X}[\s,;]+{_Y}\)?[\s,;]+{_CODE}",
    )
)
_XY = rf"(?P<x>{_NUMBER})\s(?P<y>{_NUMBER})(?:\s{_NUMBER}){{0,2}}"
WKT = re.compile(
    r"(?:SRID\s?=\s?(?P<code>\d+)\s?;\s?|<HTTP\S*CRS84>\s?)?"
    rf"(?:POINT\s?(?:ZM|Z|M)?\s?\(\s?{_XY}\s?\)|MULTIPOINT\s?(?:ZM|Z|M)?\s?\(\s?\(?\s?"
    rf"{_XY.replace('<x>', '<mx>').replace('<y>', '<my>')}\s?\)?\s?\))"
)
# A shape with more than one place, or with none.
OTHER_SHAPE = re.compile(
    r"(?:SRID\s?=\s?\d+\s?;\s?)?(?:MULTI)?(?:POINT|LINESTRING|POLYGON)\s?(?:ZM|Z|M)?\s?(?:\(.*\)|EMPTY)"
)
GEO_URI = re.compile(
    rf"GEO:(?://)?\s?(?P<lat>{_NUMBER}),\s?(?P<lon>{_NUMBER})(?:,{_NUMBER})?"
    r"(?P<settings>(?:;[\w-]+=[^;?]*)*)(?:\?(?P<query>.*))?"
)


@cache
def _grid_words() -> tuple[re.Pattern[str], dict[str, str]]:
    facts = words()["grid"]
    tokens = {
        word.upper(): "" if letter == "drop" else letter
        for letter, meant in facts.items()
        for word in meant
    }
    longest_first = sorted(tokens, key=lambda word: (-len(word), word))
    alternatives = "|".join(re.escape(word) for word in longest_first)
    return re.compile(rf"(?<![^\W\d_])(?P<word>{alternatives})(?![^\W\d_])"), tokens


def grid_text(plain: str) -> str:
    """Put the letters E, N and S for the words of a grid reference; leave out what adds nothing.

    Parameters
    ----------
    plain : str
        From `reading.plain_characters`.

    Returns
    -------
    str

    Examples
    --------
    >>> grid_text("UTM zone 37N, Easting: 286546 (Northing) 3978840")
    '37N, E: 286546 N 3978840'
    """
    pattern, tokens = _grid_words()
    replaced = pattern.sub(lambda found: tokens[found["word"]], plain.upper())
    return re.sub(r"\s+", " ", re.sub(r"[()]", " ", replaced)).strip(" ,;:/=.")


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
    east, north = _metres(found["east"]), _metres(found["north"])
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
    elif len(kept) > 1:  # 37S: the band of Syria, or the southern half of the earth
        kept = [reading._replace(flags=("band_assumed",)) for reading in kept]
    return tuple(kept) if kept else Refusal("utm", "wrong_band")


def _metres(written: str) -> float:
    """Read metres: a comma or point before three digits groups them, where it stands for that."""
    grouped = re.fullmatch(r"\d{1,3}(?:([ ,.'])\d{3})+(\.\d+)?", written)
    if grouped is not None:
        whole, point, decimals = written.partition(".") if grouped[2] else (written, "", "")
        return float(re.sub(r"[ ,.']", "", whole) + point + decimals)
    return float(written.replace(",", "."))


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
    east, north = found["east"] or "", found["north"] or ""
    digits = east + north
    halves_differ = north != "" and len(east) != len(north)
    if len(digits) not in {2, 4, 6, 8, 10} or halves_differ:
        return Refusal("mgrs", "truncated_grid")
    half = len(digits) // 2
    east, north = digits[:half], digits[half:]
    middle = "".join(f"{part}5".ljust(5, "0")[:5] for part in (east, north))
    square = re.sub(r"[\s/-]", "", found["square"])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            lat, lon = MGRS().toLatLon(square + middle)
    except MGRSError:
        return Refusal("mgrs", "outside_grid")
    except RuntimeWarning:  # the square does not lie in its band
        return Refusal("mgrs", "wrong_band")
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
    return _with_exchanged(f"EPSG:{code}", x, y, found[0])


def _with_exchanged(system: str, x: str, y: str, written: str) -> Readings:
    """Read east before north; unlabelled, north before east too, flagged."""
    stated = _stated(system, x, y, "epsg")
    exchanged = _stated(system, y, x, "epsg")
    if re.search(r"[ENXY](?![A-Z])", written.replace("EPSG", "")) or isinstance(exchanged, Refusal):
        return stated
    exchanged = (exchanged[0]._replace(flags=("swapped",)),)
    return exchanged if isinstance(stated, Refusal) else (*stated, *exchanged)


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
    x, y = found["x"] or found["mx"], found["y"] or found["my"]
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
        # Programs print objects with single quotes too.
        value = json.loads(written.replace("'", '"'), parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return _loose_object(written)
    if isinstance(value, dict) and "type" not in value:
        return _loose_object(written)
    point = _the_point(value)
    if point is None:
        return Refusal("geojson", "not_a_point") if isinstance(value, dict) else None
    found = WKT.fullmatch(f"POINT({' '.join(point)})")
    return None if found is None else read_wkt(found)


def _loose_object(written: str) -> Readings | None:
    """Read {lat: 35.9, lng: 36.6}, with or without quotes."""
    inner = written.strip("{} ")
    return (
        None
        if re.search(r"[{}\[\]]", inner)
        else read_pair(canonical(inner.replace('"', "").replace("'", "")))
    )


def _the_point(value: object) -> list[str] | None:
    """Find the numbers of the only point of a GeoJSON object: bare, a feature, one of one."""
    if not isinstance(value, dict):
        return None
    kind = value.get("type")
    if kind == "Feature":
        return _the_point(value.get("geometry"))
    if kind == "FeatureCollection":
        features = value.get("features")
        if not isinstance(features, list) or len(features) != 1:
            return None
        return _the_point(features[0])
    numbers = value.get("coordinates")
    if kind == "MultiPoint" and isinstance(numbers, list) and len(numbers) == 1:
        kind, numbers = "Point", numbers[0]
    if kind != "Point" or not isinstance(numbers, list):
        return None
    return [number for number in numbers if isinstance(number, str)]


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
        pin = read_pair(canonical(unquote(asked[1]).replace("+", " ")))
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
