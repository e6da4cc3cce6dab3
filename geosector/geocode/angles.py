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

_AXIS = {
    "N": "lat", "S": "lat", "LAT": "lat", "Y": "lat",
    "E": "lon", "W": "lon", "O": "lon", "LON": "lon", "X": "lon",
}  # fmt: skip
# O is Ouest and Oeste to some, Ost to others.
_SIGNS = {"N": {1.0}, "S": {-1.0}, "E": {1.0}, "W": {-1.0}, "O": {1.0, -1.0}}
_SIXTY = 60

# One angle; {i} tells the two of a pair apart. ° ' " : - or a space may stand between its parts.
_ANGLE = r"""(?P<sign{i}>[+-]?)(?:
    (?P<deg{i}>\d{{1,3}})(?:\s?°\s?|:|\s|-)(?P<min{i}>\d{{1,2}})(?:\s?'\s?|:|\s|-)
        (?P<sec{i}>\d{{1,2}}(?:\.\d+)?)(?:\s?")?
  | (?P<deg_only{i}>\d{{1,3}})(?:\s?°\s?|:|\s|-)(?P<minutes{i}>\d{{1,2}}(?:\.\d+)?)(?:\s?')?
  | (?P<degrees{i}>\d{{1,3}}(?:\.\d+)?)(?:\s?°)?
)"""
_LABEL = "[NSEWOXY]|LAT|LON"
_BEFORE = rf"(?P<before{{i}}>{_LABEL})\s?[:=]?\s?"
_AFTER = rf"\s?(?P<after{{i}}>{_LABEL})"
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
        # 35.9 N 36.6 E · 35.9, N, 36.6, E
        f"{_FIRST},?{_AFTER.format(i=1)}{_APART}{_SECOND},?{_AFTER.format(i=2)}",
        # N 35.9, 36.6 E
        f"{_BEFORE.format(i=1)}{_FIRST}{_APART}(?<![\\d.]){_SECOND}{_AFTER.format(i=2)}",
    )
)
_HALF_LABELLED = re.compile(
    r"(?P<one>[+-]?\d{1,3}\.\d+)\s?°?\s?(?P<label>[NSEW])[\s,;/]+"
    r"(?P<two>[+-]?\d{1,3}\.\d+)\s?°?"
)
# LAT, LON: 35.9, 36.6
_HEADING = re.compile(
    r"\(?(?P<first>LAT|LON|Y|X)\s?[,;/&-]?\s?(?P<second>LAT|LON|Y|X)\)?[\s:=(]+(?P<pair>.*)"
)
_DECIMAL = r"[+-]?\d{1,3}(?:\.\d+)?"
_BARE = re.compile(
    rf"(?P<one>{_DECIMAL})\s?°?(?:\s?[,;/|&]\s?|\sAND\s|\sو\s?|\s|°\s?)(?P<two>{_DECIMAL})\s?°?"
)
# A dash between two numbers may be a range: only so many decimals are no measure of anything else.
_DASHED = re.compile(r"(?P<one>\d{1,3}\.\d{4,})\s?°?\s-\s(?P<two>\d{1,3}\.\d{4,})\s?°?")
_MARKED = re.compile(rf"{_FIRST}(?:\s?[,;/|&]\s?|\s|(?<=['\"])){_SECOND}", re.VERBOSE)
_UNMARKED = re.compile(
    r"[+-]?\d{1,3}(?P<by>[:\s])\d{1,2}(?:(?P=by)\d{1,2}(?:\.\d+)?|\.\d+)\s?(?P<apart>[,;/|])?\s?"
    r"[+-]?\d{1,3}(?P=by)\d{1,2}(?:(?P=by)\d{1,2}(?:\.\d+)?|\.\d+)"
)
# What a phone's form app writes: latitude, longitude, altitude and accuracy in metres.
_GEOPOINT = re.compile(
    r"(?P<lat>[+-]?\d{1,2}\.\d{3,})\s(?P<lon>[+-]?\d{1,3}\.\d{3,})"
    r"\s-?\d{1,4}(?:\.\d{1,3})?\s(?P<accuracy>\d{1,4}(?:\.\d{1,3})?)"
)
_WITH_HEIGHT = re.compile(
    r"(?P<one>[+-]?\d{1,3}\.\d{4,})\s?,\s?(?P<two>[+-]?\d{1,3}\.\d{4,})\s?,\s?"
    r"-?(?:\d{1,4}|\d{1,4}(?:\.\d+)?\s?M)"
)
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
# 36,2834,36,8500: only with enough decimals that no comma can be one between thousands.
_FOUR_PARTS = re.compile(r"([+-]?\d{1,3}),(\d{4,})\s?,\s?([+-]?\d{1,3}),(\d{4,})")

# 355550N0363802E, 3555.837,N,03638.036,E and N355550 E0363802: no marks, the axis tells the places.
_RUN = r"\d{{4,7}}(?:\.\d+)?"
_PACKED = tuple(
    re.compile(pattern.replace("RUN", _RUN).format())
    for pattern in (
        r"(?P<one>RUN)[\s,]?(?P<axis1>[NSEW])[\s,;/-]*(?P<two>RUN)[\s,]?(?P<axis2>[NSEW])",
        r"(?P<axis1>[NSEW])\s?(?P<one>RUN)[\s,;/]*(?P<axis2>[NSEW])\s?(?P<two>RUN)",
    )
)
# ISO 6709: two digits of latitude, three of longitude, then minutes and seconds, packed.
_ISO_6709 = re.compile(
    r"(?P<one>[+-]\d{2}(?:\d{2}){0,2}(?:\.\d+)?)(?P<two>[+-]\d{3}(?:\d{2}){0,2}(?:\.\d+)?)"
    r"(?:[+-]\d{1,5}(?:\.\d+)?)?(?:CRS[\w:-]*)?/?"
)
_DEGREE_DIGITS = {"lat": {2: 2, 4: 2, 6: 2}, "lon": {3: 3, 4: 2, 5: 3, 6: 2, 7: 3}}
_WITH_MINUTES, _WITH_SECONDS = 2, 4

_LETTER_MARKS = re.compile(
    r"(?P<d>\d)\s?D\s?(?P<m>\d+(?:\.\d+)?)\s?M(?:\s?(?P<s>\d+(?:\.\d+)?)\s?S(?![A-Z]))?"
)
# The letters of the Turkish compass; the D of 35D55M is none of them.
_TURKISH = str.maketrans("KGDB", "NSEW")
_SMALLER = (
    (r"(?<=\d)°\.(?=\d)", "."),  # 35°.93
    (r"([°'])\s?(?:و|AND)\s?(?=\d+(?:\.\d+)?\s?['\"])", r"\1"),  # 35° and 55'
    (r"\s+(?=[°'\"])", ""),
    (r"\bLAT[\s.:=]*(?=[NS](?![A-Z]))", ""),  # latitude north 35.9
    (r"\bLON[\s.:=]*(?=[EWO](?![A-Z]))", ""),
    # A dash that follows a letter at once, or stands alone, is no sign.
    (r"(?<=[NSEWO])(?:-|\s-\s)(?=[\dNSEWO])", ", "),
    (r"\s+", " "),
)
_DOTTED = re.compile(r"(?<![\d.])(\d{1,3})\.(\d{1,2})\.(\d{1,2}(?:\.\d+)?)(?=\s?[NSEW])")
# With fewer, a pair without labels may be prices, times or thousands.
_FEW_DECIMALS = 4


class _Angle(NamedTuple):
    """An angle, its last digit's worth in metres, and the axis and signs that labels leave open."""

    degrees: float
    radius_m: float
    axes: frozenset[str]
    signs: frozenset[float]
    sexagesimal: bool
    plotted: bool


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
    apart = re.sub(r"\bLAT_?(?:LNG|LONG?)\b", "LAT LON", plain.upper())
    replaced = pattern.sub(lambda found: tokens[found["word"]], apart)
    lettered = _LETTER_MARKS.sub(_letters_to_marks, replaced)
    for longer, smaller in _SMALLER:
        lettered = re.sub(longer, smaller, lettered)
    return _DOTTED.sub(r"\1:\2:\3", _known_letters(lettered)).strip(" ,;:.=")


def _known_letters(lettered: str) -> str:
    """Put N S E W for the letters of a Turkish compass, where no other letter stands."""
    letters = set(re.findall(r"[^\W\d_]+", lettered))
    is_turkish = letters & {"K", "G"} and letters & {"D", "B"} and letters <= {"K", "G", "D", "B"}
    is_fine = re.search(r"\d[.,]\d|°", lettered)  # 36 K 37 D is a price or a door
    return lettered.translate(_TURKISH) if is_turkish and is_fine else lettered


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
    >>> read_pair("355550N0363802E")[0].lon == 36 + 38 / 60 + 2 / 3600
    True
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
    for pattern in _PACKED:
        run = pattern.fullmatch(token_text)
        if run is not None:
            return _packed(run)
    iso = _ISO_6709.fullmatch(token_text)
    if iso is not None:
        one, two = _run_of_digits(iso["one"], "lat"), _run_of_digits(iso["two"], "lon")
        return _labelled(one, two)
    for pattern in _LABELLED:
        labelled = pattern.fullmatch(token_text)
        if labelled is not None:
            return _labelled(_angle(labelled, 1), _angle(labelled, 2))
    heading = _HEADING.fullmatch(token_text)
    if heading is not None:
        return _headed(heading)
    return _two_numbers(token_text)


def _two_numbers(token_text: str) -> Readings | None:
    """Read a pair in which no label says which number is which."""
    for read in (_geopoint, _with_height, _half_labelled, _bare_pair, _marked_pair):
        found = read(token_text)
        if found is not None:
            return found
    return None


def _geopoint(token_text: str) -> Readings | None:
    point = _GEOPOINT.fullmatch(token_text)
    if point is None:
        return None
    radius = max(radius_of_digits(point["lat"], point["lon"]), float(point["accuracy"]))
    return (Reading(float(point["lat"]), float(point["lon"]), radius, "degrees"),)


def _with_height(token_text: str) -> Readings | None:
    """Read a pair and a height: forms write the latitude first, KML the longitude."""
    high = _WITH_HEIGHT.fullmatch(token_text)
    if high is None:
        return None
    radius = radius_of_digits(high["one"], high["two"])
    pair = _either_order(float(high["one"]), float(high["two"]), radius)
    return flagged((pair[0], pair[1]._replace(flags=())), "axis_order_open")


def _half_labelled(token_text: str) -> Readings | None:
    """Read a pair of which only the first number has its letter."""
    found = _HALF_LABELLED.fullmatch(token_text)
    if found is None:
        return None
    label = found["label"]
    one, two = float(found["one"]) * min(_SIGNS[label]), float(found["two"])
    lat, lon = (one, two) if _AXIS[label] == "lat" else (two, one)
    radius = radius_of_digits(found["one"], found["two"])
    return (Reading(lat, lon, radius, "degrees", ("label_missing",)),)


def _bare_pair(token_text: str) -> Readings | None:
    bare = _BARE.fullmatch(token_text) or _DASHED.fullmatch(token_text)
    # Two whole numbers may be anything: a date, a score, a decimal comma. Two zeros are no place.
    if bare is None or not ("." in bare["one"] + bare["two"] or _nothing(bare)):
        return None
    pair = _either_order(
        float(bare["one"]), float(bare["two"]), radius_of_digits(bare["one"], bare["two"])
    )
    few = min(len(bare[side].partition(".")[2]) for side in ("one", "two")) < _FEW_DECIMALS
    return flagged(pair, "few_decimals") if few and "°" not in token_text else pair


def _marked_pair(token_text: str) -> Readings | None:
    marked = _MARKED.fullmatch(token_text)
    pair = None if marked is None else _unlabelled(_angle(marked, 1), _angle(marked, 2))
    if pair is None or token_text.count("°") > 1:
        return pair
    plain = _UNMARKED.fullmatch(token_text)
    # 35 55 50 36 38 02 without any mark may be a telephone number.
    is_angle = plain is not None and (plain["by"] == ":" or plain["apart"] or "." in token_text)
    return flagged(pair, "marks_assumed") if is_angle else None


def flagged(readings: Readings, flag: str) -> Readings:
    """Add a flag to each reading.

    Parameters
    ----------
    readings : tuple of Reading, or Refusal
    flag : str

    Returns
    -------
    tuple of Reading, or Refusal
        A refusal as it was.
    """
    if isinstance(readings, Refusal):
        return readings
    return tuple(one._replace(flags=(*one.flags, flag)) for one in readings)


def _nothing(bare: re.Match[str]) -> bool:
    return float(bare["one"]) == float(bare["two"]) == 0.0


def _headed(heading: re.Match[str]) -> Readings | None:
    """Read a pair under a heading that tells the order: LAT, LON: 35.9, 36.6."""
    first, second = heading["first"], heading["second"]
    pair = _two_numbers(heading["pair"].strip("() "))
    if pair is None or isinstance(pair, Refusal) or _AXIS[first] == _AXIS[second]:
        return pair
    return (pair[0] if _AXIS[first] == "lat" else pair[1]._replace(flags=pair[0].flags),)


def _packed(run: re.Match[str]) -> Readings | None:
    angles = []
    for number, label in ((run["one"], run["axis1"]), (run["two"], run["axis2"])):
        angle = _run_of_digits(number, _AXIS[label])
        if angle is None:
            return None
        angles.append(angle._replace(signs=frozenset(_SIGNS[label])))
    return _labelled(angles[0], angles[1])


def _run_of_digits(run: str, axis: str) -> _Angle | None:
    """Read degrees, minutes and seconds that stand without marks: 355550, 03638.036, +35.93."""
    whole, _, decimals = run.lstrip("+-").partition(".")
    long = _DEGREE_DIGITS[axis].get(len(whole))
    if long is None:
        return None
    further, point = len(whole) - long, f".{decimals}" if decimals else ""
    degrees, minutes, seconds = whole[:long], whole[long : long + 2], whole[long + 2 :]
    parts = {
        0: (degrees + point, "0", "0"),
        _WITH_MINUTES: (degrees, minutes + point, "0"),
        _WITH_SECONDS: (degrees, minutes, seconds + point),
    }[further]
    scale = {0: 1, _WITH_MINUTES: _SIXTY, _WITH_SECONDS: _SIXTY**2}[further]
    if float(parts[1]) >= _SIXTY or float(parts[2]) >= _SIXTY:
        return None
    return _Angle(
        degrees=sum(float(part) / _SIXTY**power for power, part in enumerate(parts)),
        radius_m=radius_of_digits(f"0{point}", unit_m=METRES_PER_DEGREE / scale),
        axes=frozenset({axis}),
        signs=frozenset({-1.0 if run.startswith("-") else 1.0}),
        sexagesimal=further > 0,
        plotted=False,
    )


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
    signs = [_SIGNS[label] for label in labels if label in _SIGNS]
    if part.get("sign") == "-":
        signs.append({-1.0})
    return _Angle(
        degrees=float(degrees) + float(minutes) / _SIXTY + float(seconds) / _SIXTY**2,
        radius_m=radius,
        axes=frozenset(_AXIS[label] for label in labels),
        signs=frozenset(set.intersection(*signs)) if signs else frozenset({1.0}),
        sexagesimal="degrees" not in part,
        plotted=bool({"X", "Y"}.intersection(labels)),
    )


def _signed(angle: _Angle) -> float:
    return angle.degrees * min(angle.signs)


def _labelled(one: _Angle | None, two: _Angle | None) -> Readings | None:
    if one is None or two is None:
        return None
    if any(len(angle.axes) > 1 or not angle.signs for angle in (one, two)):
        return Refusal("degrees", "contradictory_labels")
    if one.axes == two.axes:
        return Refusal("degrees", "two_latitudes" if "lat" in one.axes else "two_longitudes")
    lat, lon = (one, two) if "lat" in one.axes else (two, one)
    radius = max(one.radius_m, two.radius_m)
    doubts = ("hemisphere_open",) if len(lon.signs) > 1 else ()
    if radius >= METRES_PER_DEGREE:  # 36 N 37 E may count anything
        doubts = (*doubts, "few_decimals")
    found = tuple(
        Reading(_signed(lat), lon.degrees * sign, radius, "degrees", doubts)
        for sign in sorted(lon.signs, reverse=True)
    )
    if one.plotted and two.plotted:  # X and Y are often exchanged
        return (*found, Reading(_signed(lon), _signed(lat), radius, "degrees", ("swapped",)))
    return found


def _unlabelled(one: _Angle | None, two: _Angle | None) -> Readings | None:
    if one is None or two is None or not (one.sexagesimal and two.sexagesimal):
        return None
    return _either_order(_signed(one), _signed(two), max(one.radius_m, two.radius_m))


def _either_order(one: float, two: float, radius_m: float) -> tuple[Reading, Reading]:
    return (
        Reading(one, two, radius_m, "degrees"),
        Reading(two, one, radius_m, "degrees", ("swapped",)),
    )
