"""Drawings written out in words, made plain before GDAL reads them.

GDAL takes from a coordinate what it understands and is silent about the rest: ``35,94`` is 35 to
it, and a waypoint without a latitude does not exist. What is no number becomes ``NaN`` here, so
that the place is refused with its row; features one behind the other become one collection.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from geosector.language import text
from geosector.sources.files import GEOJSON, GPX, KML, Source
from geosector.tables import Problem

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_DECLARED = re.compile(rb"""(<\?xml[^>]*?encoding=)["']([\w.-]+)["']""")
# One pass over a text, whatever it is: nothing here looks ahead further than to the next tag.
_GPX_PLACE = re.compile(r"(<(?:\w+:)?(?:wpt|trkpt|rtept)\b)([^<>]*?)(/?>)")
_GPX_AXIS = {axis: re.compile(rf"""\b{axis}\s*=\s*(["'])(.*?)\1""") for axis in ("lat", "lon")}
_KML_TAG = re.compile(
    r"<(?:\w+:)?Point\b[^<>]*>|(?P<end></(?:\w+:)?Point>)"
    r"|(?P<open><(?:\w+:)?coordinates>)(?P<written>[^<]*)(?=<)"
)
_KML_COORDINATES = re.compile(rf"\s*{_NUMBER}\s*,\s*{_NUMBER}\s*(?:,\s*(?:{_NUMBER}\s*)?)?")
# What most programs write needs no second look: there are as many plain points as points.
_PLAIN_NUMBER = r"-?\d{1,3}(?:\.\d{1,20})?"
_PLAIN_KML = re.compile(
    rf"<Point>\s{{0,40}}<coordinates>\s{{0,40}}{_PLAIN_NUMBER},{_PLAIN_NUMBER}"
    rf"(?:,{_PLAIN_NUMBER})?\s{{0,40}}</coordinates>"
)
_GPX_POINTS = ("wpt", "trkpt", "rtept")
_PLAIN_GPX = re.compile(
    rf'<(?:wpt|trkpt|rtept) (?:lat="{_PLAIN_NUMBER}" lon="{_PLAIN_NUMBER}"'
    rf'|lon="{_PLAIN_NUMBER}" lat="{_PLAIN_NUMBER}")/?>'
)


def plainly_written(source: Source) -> tuple[Source, list[Problem]]:
    """Make the words of a KML, GPX or GeoJSON plain.

    Parameters
    ----------
    source : Source
        Of any kind; others than these are given back as they are.

    Returns
    -------
    tuple = (source, problems)
    """
    if source.kind in {KML, GPX}:
        return _plain_xml(source)
    if source.kind == GEOJSON:
        return _plain_json(source)
    return source, []


def _plain_xml(source: Source) -> tuple[Source, list[Problem]]:
    data = source.bytes()
    encoding = _encoding(data)
    try:
        written = data.decode(encoding)
    except (UnicodeError, LookupError):  # its reader says what is wrong
        return source, []
    if encoding in {"utf-8", "utf-16"} and _all_plain(written, source.kind):
        return source, []
    odd: list[str] = []
    plain = _points_of_kml(written, odd) if source.kind == KML else _points_of_gpx(written, odd)
    problems = [
        Problem(source.name, None, None, given.strip()[:80],
                text("longitude and latitude as numbers, with a decimal point"),
                text("The place was left out."))
        for given in odd
    ]  # fmt: skip
    if not odd and encoding in {"utf-8", "utf-16"}:
        return source, []
    return replace(source, data=_DECLARED.sub(rb'\1"UTF-8"', plain.encode(), count=1)), problems


def _all_plain(written: str, kind: str) -> bool:
    """Say whether all points are written as most programs write them."""
    if kind == KML:  # each begins and ends once
        return len(re.findall(r"Point\b", written)) == 2 * len(_PLAIN_KML.findall(written))
    plain = len(_PLAIN_GPX.findall(written))
    # The letters alone are counted in no time, and are most often all begins and ends.
    letters = sum(written.count(name) - written.count(f"/{name}") for name in _GPX_POINTS)
    begun = re.compile(r"(?<!/)(?:wpt|trkpt|rtept)\b")
    return plain == letters or plain == len(begun.findall(written))


def _encoding(data: bytes) -> str:
    """Give the encoding that XML declares; Windows-1256 is unknown to its readers."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    declared = _DECLARED.search(data[:400])
    return "utf-8" if declared is None else declared[2].decode("ascii").casefold()


def _points_of_gpx(written: str, odd: list[str]) -> str:
    def plain(found: re.Match[str]) -> str:
        attributes = found[2]
        for axis, pattern in _GPX_AXIS.items():
            stated = pattern.search(attributes)
            if stated is None or re.fullmatch(rf"\s*{_NUMBER}\s*", stated[2]) is None:
                attributes = f'{pattern.sub("", attributes)} {axis}="NaN"'
        if attributes != found[2]:
            odd.append(found[0])
        return f"{found[1]}{attributes}{found[3]}"

    return _GPX_PLACE.sub(plain, written)


def _points_of_kml(written: str, odd: list[str]) -> str:
    in_point = False

    def plain(found: re.Match[str]) -> str:
        nonlocal in_point
        given = found["written"]
        if given is None:  # a point begins or ends; one that is empty at once holds nothing
            in_point = found["end"] is None and not found[0].endswith("/>")
        elif in_point and given.strip() and not _KML_COORDINATES.fullmatch(given):
            odd.append(given)
            return f"{found['open']}NaN,NaN"
        return found[0]

    return _KML_TAG.sub(plain, written)


def _plain_json(source: Source) -> tuple[Source, list[Problem]]:
    data = source.bytes()
    try:
        written = data.decode("utf-8-sig")
    except UnicodeDecodeError:  # single words in another encoding are told one by one
        return source, []
    bare = written.lstrip("\ufeff \t\r\n").startswith("[")
    is_whole = written.count('"FeatureCollection"') == 1
    if not bare and (is_whole or _is_one_on_each_line(written)):
        return source, []
    values = _one_behind_the_other(written)
    if len(values) < (1 if bare else 2):  # the usual file: nothing stands behind anything
        return source, []
    lines = sum(not line.isspace() for line in written.splitlines())
    by_line = lines == len(values) and not any("features" in value for value in values)
    systems = {json.dumps(value.get("crs")) for value in values}
    if by_line or len(systems) > 1:  # GDAL itself reads one on each line
        return source, []
    features = [feature for value in values for feature in value.get("features", [value])]
    problem = Problem(
        source.name, None, None, str(len(values)), text("one collection of features"),
        text("Read as {value}.", value="FeatureCollection"),
    )  # fmt: skip
    system = {"crs": values[0]["crs"]} if values[0].get("crs") is not None else {}
    whole = json.dumps(
        {"type": "FeatureCollection", **system, "features": features}, ensure_ascii=False
    )
    return replace(source, data=whole.encode()), [problem]


def _is_one_on_each_line(written: str) -> bool:
    """Say whether each line is one feature, as GDAL itself reads them."""
    try:
        for line in written.splitlines():
            bare = line.strip(" \t\r\x1e")
            if bare and not _is_one(decoded(bare)):
                return False
    except (ValueError, RecursionError):
        return False
    return True


def decoded(line: str) -> Any:  # noqa: ANN401 - JSON is anything
    """Decode one value of JSON, with control signs in its words or not.

    Parameters
    ----------
    line : str
        One of many: without blanks around it, which most have not, it is decoded sooner.

    Returns
    -------
    object

    Raises
    ------
    ValueError
        Where it is no JSON, or more than one value.

    Examples
    --------
    >>> decoded('{"a": [1, null]}'), decoded(" 2 ")
    ({'a': [1, None]}, 2)
    >>> decoded("")
    Traceback (most recent call last):
    ...
    json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)
    """
    if line[:1] == "{":
        value, end = _DECODER.raw_decode(line)
        if end == len(line):
            return value
    return _DECODER.decode(line)


_DECODER = json.JSONDecoder(strict=False)


def _is_one(value: Any) -> bool:  # noqa: ANN401 - JSON is anything
    return isinstance(value, dict) and "features" not in value


def _one_behind_the_other(written: str) -> list[dict[str, Any]]:
    """Give the values of a text that holds several on one line; none where it is anything else."""
    decoder = json.JSONDecoder(strict=False)
    values: list[dict[str, Any]] = []
    position = 0
    try:
        while position < len(written):
            value, position = decoder.raw_decode(written, position)
            if isinstance(value, list) and not values:  # a list that has lost what is around it
                value = {"features": value}
            if not isinstance(value, dict) or not isinstance(value.get("features", []), list):
                return []
            values.append(value)
            between = re.compile(r"[\s\x1e]*").match(written, position)
            if between is not None:
                position = between.end()
    except (ValueError, RecursionError):
        return []
    return values
