"""Written coordinates, by a strict grammar: a string is one as a whole, or it is none.

`FORMS` is the grammar: each line is a pattern that must match the whole string and the function
that reads it. A string that no line matches is not a coordinate (`read_coordinate` gives
``None``), whatever numbers stand in it; one that a line matches is read or refused with a reason.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from openlocationcode import openlocationcode as plus

from geosector.geocode.angles import canonical, flagged, read_pair
from geosector.geocode.grids import (
    EPSG,
    GEO_URI,
    MGRS_GRID,
    OTHER_SHAPE,
    UTM,
    WKT,
    grid_text,
    read_epsg,
    read_geo_uri,
    read_geojson,
    read_mgrs,
    read_utm,
    read_wkt,
)
from geosector.geocode.links import LINK, read_link, words_of_link
from geosector.geocode.names import words
from geosector.geocode.reading import (
    LEAST_RADIUS_M,
    METRES_PER_DEGREE,
    Reading,
    Readings,
    Refusal,
    plain_characters,
)

__all__ = ["Reading", "Refusal", "read_coordinate"]

Area = tuple[float, float, float, float]
# What a town's name means: the points (lat, lon) it may be, none or one or several.
Towns = Callable[[str], Sequence[tuple[float, float]]]

_CODE = "23456789CFGHJMPQRVWX"
_PLUS = re.compile(
    rf"(?<![A-Z0-9+.,])(?:[{_CODE}0]{{2}}){{1,4}}\+(?:[{_CODE}]{{2,7}})?(?![A-Z0-9+])"
)
# Every form holds a digit, a link a slash, a plus code its plus.
_MAY_BE_ONE = re.compile(r"[\d/+]")
_IN_LINK = re.compile(r"[/=]")
_THREE_WORDS = re.compile(r"/{3}[^\W\d_]+(?:[.。·・][^\W\d_]+){2}")
# A code in two parts, or its plus set apart.
_PARTED = re.compile(
    rf"(?<![A-Z0-9])(?P<head>[23456789C][{_CODE}]{{3}})\s(?=[{_CODE}]{{4}}\s?\+)|(?<=[{_CODE}]{{4}})\s(?=\+[{_CODE}]{{2}})"
)
_SHORTEST = 4  # a code of two digits repeats every 5 km
_ONLY_WORDS = re.compile(r"[^\d+]*")
# 0°, 0° is what empty cells become; the open sea around it is nobody's place.
_NULL_ISLAND_DEGREES = 0.01
# Flags of readings that stand for one of two: settled where only one lies inside the area.
_OPEN = {"axis_order_open", "hemisphere_open", "band_assumed"}
_COARSE_M = 5_000.0
# The words beside a full plus code agree with it where their town is about this near.
_BESIDE_DEGREES = 0.5


class _Form(NamedTuple):
    """A line of the grammar. ``prepare`` makes the string it matches from the plain one."""

    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], Readings]
    prepare: Callable[[str], str]


def _link_alone(found: re.Match[str]) -> Readings:
    return read_link(found[0])


def _link_with_words(found: re.Match[str]) -> Readings:
    return flagged(read_link(found["link"]), "words_ignored")


def _angles(found: re.Match[str]) -> Readings:
    return read_pair(found[0]) or ()


def _geojson(found: re.Match[str]) -> Readings:
    return read_geojson(found[0]) or ()


def _no_point(_found: re.Match[str]) -> Readings:
    return Refusal("wkt", "not_a_point")


def _system_first(plain: str) -> str:
    return plain.upper().replace("::", ":")


_DATUM = re.compile(r"^\(?\s*WGS[\s-]?84\s*\)?[\s/:,]*|[\s,/]*\(?WGS[\s-]?84\)?$")


def _shouted(plain: str) -> str:
    return _DATUM.sub("", plain.upper())


def _degrees_text(plain: str) -> str:
    return canonical(_DATUM.sub("", plain.upper()))


FORMS: tuple[_Form, ...] = (
    _Form(re.compile(r"\{.*\}"), _geojson, str),
    _Form(GEO_URI, read_geo_uri, str.upper),
    _Form(LINK, _link_alone, str),
    _Form(re.compile(rf"(?:\D*\s)?(?P<link>{LINK.pattern})(?:\s\D*)?"), _link_with_words, str),
    _Form(WKT, read_wkt, str.upper),
    _Form(OTHER_SHAPE, _no_point, str.upper),
    *(_Form(pattern, read_epsg, _system_first) for pattern in EPSG),
    _Form(MGRS_GRID, read_mgrs, _shouted),
    *(_Form(pattern, read_utm, grid_text) for pattern in UTM),
    _Form(re.compile(".*"), _angles, _degrees_text),
)


def read_coordinate(
    written: str, *, area: Area | None = None, towns: Towns | None = None
) -> Reading | Refusal | None:
    """Read a written coordinate.

    Parameters
    ----------
    written : str
        Degrees (decimal, with minutes, with seconds; labelled or not; Latin, Arabic and Kurdish
        words; digits of any script), UTM, MGRS, EPSG, WKT, GeoJSON, geo: URIs, links to maps,
        plus codes.
    area : tuple = (west, south, east, north), optional
        Degrees. A coordinate outside is refused; two unlabelled numbers are exchanged, and
        flagged ``swapped``, where only that lies inside.
    towns : callable, optional
        From a name to the points (lat, lon) it may mean: the reference of a short plus code.

    Returns
    -------
    Reading, Refusal or None
        ``None`` where it is not a coordinate.

    Examples
    --------
    >>> syria = (35.5, 32.2, 42.5, 37.5)
    >>> round(read_coordinate("٣٥° ٥٥′ ٥٠″ ش ٣٦° ٣٨′ ٠٢″ ق", area=syria).lat, 6)
    35.930556
    >>> read_coordinate("41.23142, 37.05215", area=syria).flags
    ('swapped',)
    >>> read_coordinate("-36.2, 37.1", area=syria)
    Refusal(kind='degrees', reason='outside_area')
    >>> read_coordinate("0, 0.0")
    Refusal(kind='degrees', reason='null_island')
    >>> read_coordinate("0933 123 456") is None
    True
    """
    plain = plain_characters(written)
    if _THREE_WORDS.fullmatch(plain):
        return Refusal("what3words", "what3words")
    whole = _with_plus_code(plain) if _MAY_BE_ONE.search(plain) else None
    if whole is not None:
        return _choose(_plus_code(whole, towns), area)
    readings = _first_form(plain) if _MAY_BE_ONE.search(plain) else ()
    return _choose(readings, area) if readings else None


def _first_form(plain: str) -> Readings:
    for form in FORMS:
        found = form.pattern.fullmatch(form.prepare(plain))
        readings = form.read(found) if found is not None else ()
        if readings:
            return readings
    return ()


def _choose(readings: Readings, area: Area | None) -> Reading | Refusal:
    """Take the first reading that lies on the earth and in the area."""
    if isinstance(readings, Refusal):
        return readings
    kind = readings[0].kind
    real = [one for one in readings if _on_earth(one)]
    inside = [one for one in real if area is None or _inside(one, area)]
    reason = _reason_against(real, inside, area)
    if reason:
        return Refusal(kind, reason)
    chosen = inside[0]
    is_open = len({(one.lat, one.lon) for one in inside}) > 1
    flags = chosen.flags if is_open else tuple(one for one in chosen.flags if one not in _OPEN)
    if is_open and kind == "degrees" and area is not None:
        flags = (*flags, "order_assumed")
    return chosen._replace(flags=(*flags, "coarse") if chosen.radius_m > _COARSE_M else flags)


def _reason_against(real: list[Reading], inside: list[Reading], area: Area | None) -> str:
    """Say why no reading may be used, if none may."""
    is_open = len({(one.lat, one.lon) for one in inside}) > 1
    reasons = {
        "off_the_earth": not real,
        "null_island": all(max(abs(one.lat), abs(one.lon)) < _NULL_ISLAND_DEGREES for one in real),
        "outside_area": not inside,
        "hemisphere_open": is_open and "hemisphere_open" in inside[0].flags,
        # 10:30:00, 11:45:00 are times of day.
        "marks_assumed": area is None and bool(inside) and "marks_assumed" in inside[0].flags,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _on_earth(reading: Reading) -> bool:
    return abs(reading.lat) <= 90 and abs(reading.lon) <= 180  # noqa: PLR2004 - degrees


def _inside(reading: Reading, area: Area) -> bool:
    west, south, east, north = area
    return west <= reading.lon <= east and south <= reading.lat <= north


def _with_plus_code(plain: str) -> str | None:
    """Give the words with the plus code in them: the string itself, or what a link asks for."""
    if LINK.fullmatch(plain):
        return next((words for words in words_of_link(plain) if _PLUS.search(words.upper())), None)
    joined = _PARTED.sub(lambda found: found["head"] or "", plain.upper())
    if _IN_LINK.search(plain) or not _PLUS.search(joined):
        return None
    return plain if joined == plain.upper() else joined


def _plus_code(plain: str, towns: Towns | None) -> Readings:
    """Read one plus code with or without words around it."""
    codes = _PLUS.findall(plain.upper())
    before, _, after = plain.upper().partition(codes[0])
    if len(codes) > 1 or not _ONLY_WORDS.fullmatch(before + after) or not plus.isValid(codes[0]):
        return Refusal("pluscode", "not_one_code")
    # The words are cut out of the original, in its own case.
    start = len(before)
    sides = (plain[:start], plain[start + len(codes[0]) :])
    words_around = " ".join(filter(None, (_town_words(side) for side in sides)))
    points = towns(words_around) if towns is not None and words_around else ()
    if plus.isFull(codes[0]):
        cell = _cell(codes[0])
        told = not words_around or any(_beside(cell, lat, lon) for lat, lon in points)
        return (cell if told else cell._replace(flags=("words_ignored",)),)
    if codes[0].index("+") < _SHORTEST:
        return Refusal("pluscode", "code_too_short")
    if not points:
        return Refusal("pluscode", "unknown_town")
    whole = {plus.recoverNearest(codes[0], lat, lon) for lat, lon in points}
    if len(whole) > 1:
        return Refusal("pluscode", "ambiguous_town")
    return (_cell(whole.pop()),)


def _town_words(side: str) -> str:
    """Take the words that only introduce a code or its town off one side of the code."""
    bare = side.strip(" ,;:.-/()")
    return _introductions().sub("", bare).strip(" ,;:.-/()")


@cache
def _introductions() -> re.Pattern[str]:
    longest_first = sorted(words()["plus_codes"]["words"], key=lambda word: (-len(word), word))
    one = "|".join(re.escape(word) for word in longest_first)
    return re.compile(rf"^(?:(?:{one})(?:[\s:,]+|$))+", re.IGNORECASE)


def _beside(cell: Reading, lat: float, lon: float) -> bool:
    return max(abs(cell.lat - lat), abs(cell.lon - lon)) < _BESIDE_DEGREES


def _cell(code: str) -> Reading:
    area = plus.decode(code)
    lat, lon = area.latitudeCenter, area.longitudeCenter
    high = (area.latitudeHi - area.latitudeLo) / 2 * METRES_PER_DEGREE
    wide = (area.longitudeHi - area.longitudeLo) / 2 * METRES_PER_DEGREE
    corner_m = math.hypot(high, wide * math.cos(math.radians(lat)))
    return Reading(lat, lon, max(LEAST_RADIUS_M, round(corner_m, 2)), "pluscode")
