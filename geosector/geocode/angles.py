"""Latitude and longitude in degrees: decimal, with minutes, with seconds, labelled or not."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from geosector.geocode.names import words
from geosector.geocode.reading import (
    METRES_PER_DEGREE,
    Reading,
    Readings,
    Refusal,
    radius_of_digits,
)

_AXIS = {"N": "lat", "S": "lat", "LAT": "lat", "E": "lon", "W": "lon", "LON": "lon"}
_SIGN = {"S": -1.0, "W": -1.0}
_LIMIT = {"lat": 90.0, "lon": 180.0}
_SIXTY = 60

# One angle; {i} tells the two of a pair apart. ° ' " : - or a space may stand between its parts.
_ANGLE = r"""(?P<sign{i}>[+-]?)(?:
    (?P<deg{i}>\d{{1,3}})(?:\s?°\s?|:|\s|-)(?P<min{i}>\d{{1,2}})(?:\s?'\s?|:|\s|-)
        (?P<sec{i}>\d{{1,2}}(?:\.\d+)?)(?:\s?")?
  | (?P<deg_only{i}>\d{{1,3}})(?:\s?°\s?|:|\s|-)(?P<minutes{i}>\d{{1,2}}(?:\.\d+)?)(?:\s?')?
  | (?P<degrees{i}>\d{{1,3}}(?:\.\d+)?)(?:\s?°)?
)"""
_BEFORE = r"(?P<before{i}>[NSEW]|LAT|LON)\s?[:=]?\s?"
_AFTER = r"\s?(?P<after{i}>[NSEW]|LAT|LON)"
_APART = r"\s?(?:[,;/|&]|AND|و)?\s?"

_FIRST, _SECOND = (_ANGLE.format(i=i) for i in (1, 2))
_LABELLED = tuple(
    re.compile(pattern, re.VERBOSE)
    for pattern in (
        # N 35.9 E 36.6 · LAT 35.9 N, LON 36.6 E
        (
            f"{_BEFORE.format(i=1)}{_FIRST}(?:{_AFTER.format(i=1)})?{_APART}"
            f"{_BEFORE.format(i=2)}{_SECOND}(?:{_AFTER.format(i=2)})?"
        ),
        # 35.9 N 36.6 E
        f"{_FIRST}{_AFTER.format(i=1)}{_APART}{_SECOND}{_AFTER.format(i=2)}",
    )
)
_DECIMAL = r"[+-]?\d{1,3}(?:\.\d+)?"
_BARE = re.compile(
    rf"(?P<one>{_DECIMAL})\s?°?(?:\s?[,;/|&]\s?|\sAND\s|\sو\s?|\s|°\s?)(?P<two>{_DECIMAL})\s?°?"
)
_MARKED = re.compile(rf"{_FIRST}(?:\s?[,;/|&]\s?|\s|(?<=['\"])){_SECOND}", re.VERBOSE)
# What a phone's form app writes: latitude, longitude, altitude and accuracy in metres.
_GEOPOINT = re.compile(
    r"(?P<lat>[+-]?\d{1,2}\.\d{3,})\s(?P<lon>[+-]?\d{1,3}\.\d{3,})"
    r"\s-?\d{1,4}(?:\.\d+)?\s(?P<accuracy>\d{1,4}(?:\.\d+)?)"
)
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
# 36,2834,36,8500: only with enough decimals that no comma can be one between thousands.
_FOUR_PARTS = re.compile(r"([+-]?\d{1,3}),(\d{4,})\s?,\s?([+-]?\d{1,3}),(\d{4,})")
_LETTER_MARKS = re.compile(
    r"(?P<d>\d)\s?D\s?(?P<m>\d+(?:\.\d+)?)\s?M(?:\s?(?P<s>\d+(?:\.\d+)?)\s?S(?![A-Z]))?"
)


class _Angle(NamedTuple):
    """An angle, its last digit's worth in metres, and the axis and sign that a label gives it."""

    degrees: float
    radius_m: float
    axes: frozenset[str]
    signs: frozenset[float]
    sexagesimal: bool


def canonical(plain: str) -> str:
    """Put one upper-case token for each word that belongs to a coordinate, in any language.

    Parameters
    ----------
    plain : str
        From `reading.plain_characters`.

    Returns
    -------
    str
        ``LAT``, ``LON``, ``N``, ``S``, ``E``, ``W``, ``° ' "`` for words that mean them; words
        that add nothing are gone; decimal marks and numbers as they were.

    Examples
    --------
    >>> canonical("خط العرض 35.93 خط الطول: 36.63")
    'LAT 35.93 LON: 36.63'
    >>> canonical("GPS: 35.93 north")
    '35.93 N'
    """
    pattern, tokens = _word_pattern()
    replaced = pattern.sub(lambda found: tokens[found["word"]], plain.upper())
    lettered = _LETTER_MARKS.sub(_letters_to_marks, replaced)
    spaced = re.sub(r"\s+(?=[°'\"])", "", lettered)
    spaced = re.sub(r"\bX\s?[:=]\s?", "LON ", re.sub(r"\bY\s?[:=]\s?", "LAT ", spaced))
    return re.sub(r"\s+", " ", spaced).strip(" ,;:.=")


def _letters_to_marks(found: re.Match[str]) -> str:
    seconds = f'{found["s"]}"' if found["s"] else ""
    return f"{found['d']}°{found['m']}'{seconds}"


@cache
def _word_pattern() -> tuple[re.Pattern[str], dict[str, str]]:
    facts = words()
    tokens = {word.upper(): "" for word in facts["fillers"]["words"]}
    for group in ("hemispheres", "axes", "marks"):
        for token, meant in facts[group].items():
            tokens.update({word.upper(): token for word in meant})
    longest_first = sorted(tokens, key=lambda word: (-len(word), word))
    alternatives = "|".join(re.escape(word) for word in longest_first)
    # Arabic joins "and" (و) to the word after it.
    return re.compile(rf"(?<![^\W\d_])و?(?P<word>{alternatives})(?![^\W\d_])"), tokens


def read_pair(token_text: str) -> Readings | None:
    """Read a latitude and a longitude in degrees.

    Parameters
    ----------
    token_text : str
        From `canonical`. All of it must be the coordinate.

    Returns
    -------
    tuple of Reading, Refusal or None
        Two readings where nothing says which number is which: as written (latitude first), then
        swapped. ``None`` where it is no pair of angles.

    Examples
    --------
    >>> read_pair("36.84999E 36.2834N")
    (Reading(lat=36.2834, lon=36.84999, radius_m=11.13, kind='degrees', flags=()),)
    >>> read_pair("36.2N 37.1N")
    Refusal(kind='degrees', reason='two_latitudes')
    >>> read_pair("36.2") is None
    True
    """
    four = _FOUR_PARTS.fullmatch(token_text)
    if four is not None:
        return _read_as_written(f"{four[1]}.{four[2]} {four[3]}.{four[4]}")
    found = _read_as_written(token_text)
    pointed = _DECIMAL_COMMA.sub(".", token_text)
    if pointed == token_text:
        return found
    other = _read_as_written(pointed)
    if found is None or other is None or found == other:
        return found if other is None else other
    return Refusal("degrees", "ambiguous_comma")


def _read_as_written(token_text: str) -> Readings | None:
    for pattern in _LABELLED:
        labelled = pattern.fullmatch(token_text)
        if labelled is not None:
            return _labelled(_angle(labelled, 1), _angle(labelled, 2))
    point = _GEOPOINT.fullmatch(token_text)
    if point is not None:
        radius = max(radius_of_digits(point["lat"], point["lon"]), float(point["accuracy"]))
        return (Reading(float(point["lat"]), float(point["lon"]), radius, "degrees"),)
    bare = _BARE.fullmatch(token_text)
    # Two whole numbers may be anything: a date, a score, a decimal comma. Two zeros are no place.
    if bare is not None and ("." in bare["one"] + bare["two"] or _nothing(bare)):
        radius = radius_of_digits(bare["one"], bare["two"])
        return _either_order(float(bare["one"]), float(bare["two"]), radius)
    marked = _MARKED.fullmatch(token_text) if token_text.count("°") > 1 else None
    if marked is not None:
        return _unlabelled(_angle(marked, 1), _angle(marked, 2))
    return None


def _nothing(bare: re.Match[str]) -> bool:
    return float(bare["one"]) == float(bare["two"]) == 0.0


def _angle(found: re.Match[str], i: int) -> _Angle | None:
    part = {
        name[: -len(str(i))]: value
        for name, value in found.groupdict().items()
        if name.endswith(str(i)) and value
    }
    degrees = part.get("deg") or part.get("deg_only") or part["degrees"]
    minutes, seconds = part.get("min") or part.get("minutes", "0"), part.get("sec", "0")
    if float(minutes) >= _SIXTY or float(seconds) >= _SIXTY:
        return None
    if "sec" in part:
        radius = radius_of_digits(seconds, unit_m=METRES_PER_DEGREE / _SIXTY**2)
    elif "minutes" in part:
        radius = radius_of_digits(minutes, unit_m=METRES_PER_DEGREE / _SIXTY)
    else:
        radius = radius_of_digits(degrees)
    labels = [part[side] for side in ("before", "after") if side in part]
    signs = [_SIGN.get(label, 1.0) for label in labels if label not in {"LAT", "LON"}]
    if "sign" in part and part["sign"] == "-":
        signs.append(-1.0)
    return _Angle(
        degrees=float(degrees) + float(minutes) / _SIXTY + float(seconds) / _SIXTY**2,
        radius_m=radius,
        axes=frozenset(_AXIS[label] for label in labels),
        signs=frozenset(signs),
        sexagesimal="degrees" not in part,
    )


def _signed(angle: _Angle) -> float:
    return angle.degrees * min(angle.signs, default=1.0)


def _labelled(one: _Angle | None, two: _Angle | None) -> Readings | None:
    if one is None or two is None:
        return None
    if any(len(angle.axes) > 1 or len(angle.signs) > 1 for angle in (one, two)):
        return Refusal("degrees", "contradictory_labels")
    if one.axes == two.axes:
        return Refusal("degrees", "two_latitudes" if "lat" in one.axes else "two_longitudes")
    lat, lon = (one, two) if "lat" in one.axes else (two, one)
    return (Reading(_signed(lat), _signed(lon), max(one.radius_m, two.radius_m), "degrees"),)


def _unlabelled(one: _Angle | None, two: _Angle | None) -> Readings | None:
    if one is None or two is None or not (one.sexagesimal and two.sexagesimal):
        return None
    return _either_order(_signed(one), _signed(two), max(one.radius_m, two.radius_m))


def _either_order(one: float, two: float, radius_m: float) -> Readings:
    return (
        Reading(one, two, radius_m, "degrees"),
        Reading(two, one, radius_m, "degrees", ("swapped",)),
    )
