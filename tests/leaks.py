"""Find sensitive places in the bytes of a product, however they are written.

Everything that can hold a number is turned into *views*: lists of numbers in the order in which they
stand (decimals in any digits, degrees with minutes, whole numbers and their running sums, floats of
eight and four bytes at any offset, our own packed strings, columns of tables). A place is looked
for in each view in many *systems*: degrees, degrees times 1e5 to 1e7, the square of a web map, Web
Mercator, UTM, the local metric system, the page of a drawing. Codes of grids (geohash, plus code,
MGRS, Maidenhead, quadkey, tile) are read where they stand. Zipped, deflated and base64 parts are
unpacked and looked through likewise.

What it cannot find: words ("behind the mosque"), three-word addresses, pictures of pixels,
encrypted text. Tests that move a place and compare bytes (`test_leaks.py`) cover these.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import gzip
import html
import io
import json
import re
import shutil
import sqlite3
import subprocess
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import mgrs
import numpy as np
import pyproj
from numpy.typing import NDArray
from openlocationcode import openlocationcode

from geosector import crs
from geosector.maps.encoding import (
    read_bytes,
    read_shapes,
    read_varints,
    unpack_bytes,
    unpack_lines,
)
from geosector.maps.planes import unpack_places

Floats = NDArray[np.float64]
Secret = tuple[float, float, float]

DEEPEST, MOST_BYTES, MOST_PARTS = 6, 200_000_000, 20_000
NEAR = 3  # numbers of one place have at most two others between them
NEAR_BYTES = 64
LINE = 2000  # letters of one row
DRAWN_M = 1.0  # a page is full of lines and letters: what is drawn of a place lies at the place
TIGHT_M = 3.0  # numbers farther apart are a place only if they match so well
FEW = 3000  # in a view of so few numbers, the axes of a place may stand anywhere
UNSIGNED = ("text without sign", "degrees and minutes", "compact degrees")
ANYWHERE = ("text", "<f8 apart", ">f8 apart")
METRES = 111_200.0
LONG, RUN = 100_000, 32  # bytes
MOST_AT_ONCE = 2_000_000  # numbers


class Leak(NamedTuple):
    """A place found: how it was written, in which part of the file, and the place as read."""

    kind: str
    where: str
    lon: float
    lat: float


class Page(NamedTuple):
    """Where a drawing lies on its page: corners on the page and in degrees (west, south …).

    The page is a Web Mercator map; ``left, bottom`` is its south-western corner in page units. Of
    a map in another ``system``, west … are in its metres.
    """

    left: float
    bottom: float
    right: float
    top: float
    west: float
    south: float
    east: float
    north: float
    system: object = None


class System(NamedTuple):
    """Secrets in one system: ``a`` and ``b`` in its units, and how long a unit is in metres."""

    kind: str
    a: Floats
    b: Floats
    unit_a: Floats
    unit_b: Floats


class View(NamedTuple):
    """Numbers in their order; ``at`` is where each stands, ``step`` how finely it is written."""

    kind: str
    values: Floats
    at: NDArray[np.int64]
    step: Floats
    line: NDArray[np.int64]


# ---------------------------------------------------------------- the search


def leaks(
    data: bytes,
    secrets: Sequence[Secret],
    *,
    known: Floats | None = None,
    systems: Sequence[object] = (),
    pages: Sequence[Page] = (),
) -> list[Leak]:
    """Find the secrets that ``data`` holds.

    Parameters
    ----------
    data : bytes
        Of a file of any kind.
    secrets : sequence of (lon, lat, promised_m)
        Degrees; nothing in ``data`` may tell the place nearer than ``promised_m`` metres.
    known : array, shape (n, 2), optional
        Degrees of what everybody may see (streets, sectors): a number pair that lies within 2 m
        of one of them tells nothing.
    systems : sequence, optional
        More coordinate systems to look in.
    pages : sequence of Page, optional
        Where drawings lie on their pages.

    Returns
    -------
    list of Leak
        Without repetitions.
    """
    if not len(secrets):
        return []
    search = _Search(secrets, known, systems, pages)
    search.look(data, "", 0)
    return list(dict.fromkeys(search.found))


class _Search:
    """One search: what is looked for, and what was found and unpacked so far."""

    def __init__(
        self,
        secrets: Sequence[Secret],
        known: Floats | None,
        systems: Sequence[object],
        pages: Sequence[Page],
    ) -> None:
        self.lon, self.lat, self.promised = np.array(secrets, float).T
        self.known = None if known is None else np.asarray(known, float).reshape(-1, 2)
        self.systems = [*_systems(self.lon, self.lat, systems), *_pages(self.lon, self.lat, pages)]
        # One look tells most views apart from those that hold anything.
        self.spans = [
            tuple(
                _spans(axis, self.promised / unit)
                for axis, unit in ((one.a, one.unit_a), (one.b, one.unit_b))
            )
            for one in self.systems
        ]
        self.anything = _spans(
            np.concatenate([axis for one in self.systems for axis in (one.a, one.b)]),
            np.concatenate(
                [self.promised / unit for one in self.systems for unit in (one.unit_a, one.unit_b)]
            ),
        )
        self.starts = {_geohash(x, y, 4) for x, y in zip(self.lon, self.lat, strict=True)}
        self.found: list[Leak] = []
        self.bytes = 0
        self.parts: set[int] = set()

    def look(self, data: bytes, where: str, depth: int) -> None:
        """Look through bytes, and through what is packed in them."""
        mark = hash(data)
        if len(data) < 6 or mark in self.parts or depth > DEEPEST:
            return
        self.parts.add(mark)
        self.bytes += len(data)
        if self.bytes > MOST_BYTES or len(self.parts) > MOST_PARTS:
            raise ValueError(f"{where}: more is packed in it than can be looked through")
        colours = where.rpartition("/")[2].startswith("pixels")
        if colours:
            data = _without_runs(data)
        picture = data[:8] == _PNG
        # What is packed is looked at unpacked: packed bytes are numbers only by chance.
        for view in () if picture else self.telling(_binary_views(_without_streams(data))):
            self.match(view._replace(kind=f"pixels {view.kind}") if colours else view, where)
        if data[:5] == b"%PDF-":
            for x, y in _drawn_on_pages(data):
                self.match(_point_view("drawn", x, y), where)
        for text in () if picture else _texts(data):
            self.read(text, where, depth)
        for name, part in _unpacked(data):
            self.look(part, f"{where}/{name}", depth + 1)

    def read(self, text: str, where: str, depth: int) -> None:
        links = _DATA_LINK.findall(text)  # written in base64 and in nothing else
        if links:
            text = _DATA_LINK.sub("data:", text)
            for link in dict.fromkeys(links):
                with contextlib.suppress(binascii.Error, ValueError):
                    self.look(base64.b64decode(link), f"{where}/base64", depth + 1)
        plain = _plain(text)
        for view in _text_views(plain):
            self.match(view, where)
        for kind, lon, lat, half_m in _codes(plain, self.lon, self.lat, self.starts):
            self.tell(kind, where, lon, lat, half_m)
        for view in _scene_views(text):
            self.match(view, where)
        if "<svg" in text[:2000]:
            self.match(_point_view("drawn", *_drawn_in_svg(text)), where)
        # Shapes were read by their own reader; added up otherwise they are places by chance.
        shapes = {read_bytes(token) for token in _SHAPES.findall(text)}
        for name, part in _written_bytes(text):
            self.look(part, f"{where}/{name}", depth + 1)
            if name == "base85" and part not in shapes:
                raw = part
                with contextlib.suppress(zlib.error):
                    raw = zlib.decompressobj(-15).decompress(part, 50_000_000)
                for view in _varint_views(raw):
                    self.match(view, where)

    def telling(self, views: Iterable[View]) -> Iterator[View]:
        """Keep the views that hold two numbers near any of a secret; one look goes at many."""
        for some in _together(views):
            near = np.zeros(sum(len(view.values) for view in some) + 1, np.int64)
            values = np.concatenate([view.values for view in some])
            near[1:] = np.cumsum(_is_within(values, self.anything))
            start = 0
            for view in some:
                end = start + len(view.values)
                if near[end] - near[start] > 1:
                    yield view
                start = end

    def match(self, view: View, where: str) -> None:
        """Find the secrets in a view."""
        some = np.flatnonzero(_is_within(view.values, self.anything))
        if len(some) < 2:
            return
        values = view.values[some]
        for system, spans in zip(self.systems, self.spans, strict=True):
            if not _may_be(view.kind, system.kind):
                continue
            hits = tuple(some[_is_within(values, one)] for one in spans)
            if len(hits[0]) and len(hits[1]):
                self._pairs(view, system, hits, where)

    def _pairs(self, view: View, system: System, hits: Any, where: str) -> None:
        local = system.kind == "local metres"
        finest = 0.01 if local else np.inf
        tight = {"local metres": TIGHT_M, "page": DRAWN_M}.get(system.kind, np.inf)
        axes = ((system.a, system.unit_a), (system.b, system.unit_b))
        for one, allowed in enumerate(self.promised):
            promised = min(allowed, tight)
            fair = []
            for at, (axis, unit) in zip(hits, axes, strict=True):
                off = np.abs(view.values[at] - axis[one]) * unit[one]
                step = view.step[at]
                kept = (off < promised) & (step * unit[one] / 2 <= promised) & (step <= finest)
                fair.append((at[kept], off[kept]))
            (i, off_i), (j, off_j) = fair
            if not len(i) or not len(j):
                continue
            # Partners of each number: near it, or anywhere, if both fit well.
            well = off_j < TIGHT_M
            low, high = np.searchsorted(j, i - NEAR), np.searchsorted(j, i + NEAR + 1)
            for n in np.flatnonzero((high > low) | (well.any() & (off_i < TIGHT_M))).tolist():
                k = i[n]
                partners = np.zeros(len(j), bool)
                partners[low[n] : high[n]] = True
                if "apart" in view.kind:  # the axes of two rows that follow each other are no place
                    partners &= np.abs(view.at[j] - view.at[k]) < NEAR_BYTES
                if off_i[n] < TIGHT_M:
                    same = (view.line[j] == view.line[k]) & (np.abs(view.at[j] - view.at[k]) < LINE)
                    if len(view.values) < FEW and view.kind in ANYWHERE:
                        same[:] = True
                    partners |= same & well
                if view.kind == "drawn":  # across and up; never the other way round
                    partners &= j == k + 1
                for m in j[partners & (j != k) & (np.hypot(off_i[n], off_j) < promised)].tolist():
                    pair = (view.values[k], view.values[m])
                    self._tell_pair(system, one, pair, f"{view.kind} {system.kind}", where)

    def _tell_pair(self, system: System, one: int, pair: Any, kind: str, where: str) -> None:
        east = (pair[0] - system.a[one]) * system.unit_a[one]
        north = (pair[1] - system.b[one]) * system.unit_b[one]
        if system.kind == "degrees without sign":
            east, north = east * np.sign(self.lon[one]), north * np.sign(self.lat[one])
        lon = self.lon[one] + east / METRES / np.cos(np.radians(self.lat[one]))
        lat = self.lat[one] + north / METRES
        if not self._is_known(lon, lat):
            self.found.append(Leak(kind, where, round(float(lon), 6), round(float(lat), 6)))

    def _is_known(self, lon: float, lat: float) -> bool:
        if self.known is None or not len(self.known):
            return False
        east = (self.known[:, 0] - lon) * METRES * np.cos(np.radians(lat))
        return bool((np.hypot(east, (self.known[:, 1] - lat) * METRES) < 2.0).any())

    def tell(self, kind: str, where: str, lon: float, lat: float, half_m: float) -> None:
        """Take a place that a code names, known to ``half_m`` metres."""
        east = (self.lon - lon) * METRES * np.cos(np.radians(self.lat))
        way = np.hypot(east, (self.lat - lat) * METRES)
        if ((way < self.promised) & (half_m < self.promised)).any() and not self._is_known(
            lon, lat
        ):
            self.found.append(Leak(kind, where, round(lon, 6), round(lat, 6)))


@cache
def _may_be(view: str, system: str) -> bool:  # noqa: C901, PLR0911 - a line for each kind
    """Say whether numbers of this kind are written in this system: others are chance."""
    if view == "drawn" or system == "page":  # other numbers of a page are places by chance
        return view == "drawn" and system == "page"
    if view in UNSIGNED or system == "degrees without sign":
        return view in UNSIGNED and system == "degrees without sign"
    whole = system in {"1e5", "1e6", "1e7"}
    if view.startswith("pixels "):  # of many colours some are a small number of metres
        return system != "local metres" and _may_be(view.removeprefix("pixels "), system)
    if system == "local metres":  # from an origin near by: small numbers, as there are many
        return view in {"text", "<f8", ">f8"}
    if view in {"polyline", "TWKB"}:
        return whole
    if view[1:2] == "i" and view[0] in "<>":
        return whole
    if view[1:3] == "f4" and view[0] in "<>":
        return system == "degrees" or system.startswith("UTM")
    if view[0] in "<>":
        return not whole and not system.endswith("mm")
    if view.startswith("varints"):
        return whole
    if "added up" in view:
        return whole or system == "degrees"
    return True


def _together(views: Iterable[View]) -> Iterator[list[View]]:
    """Gather views, as many as memory holds with ease."""
    some: list[View] = []
    numbers = 0
    for view in views:
        some.append(view)
        numbers += len(view.values)
        if numbers > MOST_AT_ONCE:
            yield some
            some, numbers = [], 0
    if some:
        yield some


def _spans(targets: Floats, reach: Floats) -> tuple[Floats, Floats]:
    """Give the edges of the joined intervals around numbers, in their order."""
    order = np.argsort(targets - reach)
    return (targets - reach)[order], np.maximum.accumulate((targets + reach)[order])


def _is_within(values: Floats, spans: tuple[Floats, Floats]) -> NDArray[np.bool_]:
    """Say which numbers lie in an interval; what is no number lies in none."""
    low, high = spans
    place = np.searchsorted(low, values, "right") - 1
    return (place >= 0) & (values <= high[place])


# ---------------------------------------------------------------- systems


def _systems(lon: Floats, lat: Floats, more: Sequence[object]) -> list[System]:
    across = METRES * np.cos(np.radians(lat))
    one = np.ones_like(lon)
    made = [
        System(name, lon * scale, lat * scale, across / scale, METRES / scale * one)
        for name, scale in (("degrees", 1.0), ("1e5", 1e5), ("1e6", 1e6), ("1e7", 1e7))
    ]
    made.append(System("degrees without sign", np.abs(lon), np.abs(lat), across, METRES * one))
    made.append(
        System(
            "radians",
            np.radians(lon),
            np.radians(lat),
            np.degrees(across),
            np.degrees(METRES) * one,
        )
    )
    x, y = crs.world_points(lon, lat)
    earth = 2 * np.pi * 6_378_137.0 * np.cos(np.radians(lat))
    made.append(System("world", x, y, earth, earth))
    zone = int((lon.mean() + 180) // 6) + 1
    hemisphere = 32600 if lat.mean() >= 0 else 32700
    box = np.array([lon.min(), lat.min(), lon.max(), lat.max()])
    local = crs.metric_crs(box)
    wanted: list[tuple[str, object]] = [("Web Mercator", crs.WEB_MERCATOR), ("local metres", local)]
    wanted += [
        (f"UTM {z}", f"EPSG:{hemisphere + z}") for z in (zone - 1, zone, zone + 1) if 0 < z < 61
    ]
    wanted += [(str(system), system) for system in more]
    for name, system in wanted:
        x, y = crs.convert_points(lon, lat, crs.WGS84, pyproj.CRS(system))
        stretch = np.cos(np.radians(lat)) if name == "Web Mercator" else one
        for unit, scale in (("", 1.0), (" in mm", 1e3))[: 1 if name == "local metres" else 2]:
            made.append(System(name + unit, x * scale, y * scale, stretch / scale, stretch / scale))
    return made


def _pages(lon: Floats, lat: Floats, pages: Sequence[Page]) -> list[System]:
    made = []
    for page in pages:
        if page.system is None:
            (west, east), (north, south) = crs.world_points(
                np.array([page.west, page.east]), np.array([page.north, page.south])
            )
            x, y = crs.world_points(lon, lat)
            earth = 2 * np.pi * 6_378_137.0 * np.cos(np.radians(lat))
        else:
            west, south, east, north = page[4:8]
            x, y = crs.convert_points(lon, lat, crs.WGS84, pyproj.CRS(page.system))
            earth = np.ones_like(lon)
        wide = (page.right - page.left) / (east - west)
        high = (page.top - page.bottom) / (north - south)
        made.append(
            System(
                "page", page.left + (x - west) * wide, page.bottom + (y - south) * high,
                np.abs(earth / wide), np.abs(earth / high),
            )
        )  # fmt: skip
    return made


# ---------------------------------------------------------------- numbers in text


_NUMBER = re.compile(r"[-+]?(?:\d+\.\d+|\d+|\.\d+)(?:[eE][-+]?\d{1,2}(?!\d))?")
_COMMA = re.compile(r"(?<![\d.,])[-+]?\d{1,3},\d{3,12}(?![\d]|[.,]\d)")
_DEGREES = re.compile(
    r"(?<![\d.])(\d{1,3})(?:\s*[°º˚]\s*|\s*(?:deg|d)\s*|[\s:_-]+)"
    r"(\d{1,2}(?:[.,]\d+)?)(?:\s*['′’ʹm]\s*|[\s:_-]+|\s*(?=[NSEWnsew]))"
    r"(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:[\"″”s]|''|′′)?)?"
)
# Degrees and minutes without anything between them: 3612.1408,N (NMEA), 361208N0370948E,
# +361208.4+0370948.4 (ISO 6709).
_COMPACT = re.compile(
    r"(?<![\d.])(\d{2,3})([0-5]\d)(\.\d{2,}|[0-5]\d(?:\.\d+)?)?(?=,? ?[NSEWnsew+\-/]|[^\d.]|$)"
)
_MARKS = {
    "٫": ".",
    "．": ".",
    "٬": "",
    "，": ",",
    "−": "-",
    "–": "-",
    "﹣": "-",
    "－": "-",
    "·": ".",
}
_STRIPPED = dict.fromkeys(
    map(ord, "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff")
)


def _texts(data: bytes) -> Iterator[str]:
    """Read bytes as text in the encodings that hold it."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:400].count(0) > len(data[:400]) // 4:
        for name in ("utf-16-le", "utf-16-be"):
            yield data.decode(name, "replace")
    for found in _UTF16.finditer(re.sub(rb"\\([\\()])", rb"\1", data)):
        yield found[1].decode("utf-16-be", "replace")
    if data[:5] == b"%PDF-":
        yield from _page_texts(data)
    try:
        yield data.decode("utf-8")
    except UnicodeDecodeError:
        yield data.decode("utf-8", "replace")


_UTF16 = re.compile(rb"\xfe\xff((?:[^\xfe]{2}){3,2000})")


def _page_texts(data: bytes) -> Iterator[str]:
    """Read the words on the pages, which stand there as numbers of signs of a font."""
    if shutil.which("pdftotext"):
        read = subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=False)
        yield read.stdout.decode("utf-8", "replace")


def _plain(text: str) -> str:
    """Write digits of every script as 0 to 9, and undo what is escaped."""
    if "\\u" in text:
        text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)
    if "&" in text:
        text = html.unescape(text)
    if "%" in text:
        text = re.sub(r"(?:%[0-9a-fA-F]{2})+", lambda m: unquote(m[0], errors="replace"), text)
    if text.isascii():
        return text
    changed = dict(_STRIPPED)
    for letter in set(text):
        if not letter.isascii():
            digit = unicodedata.digit(letter, None)
            if digit is not None:
                changed[ord(letter)] = str(digit)
            elif letter in _MARKS:
                changed[ord(letter)] = _MARKS[letter]
            elif "\uff21" <= letter <= "\uff5a":  # letters of full width
                changed[ord(letter)] = unicodedata.normalize("NFKC", letter)
    return text.translate(changed)


def _text_views(text: str) -> Iterator[View]:
    breaks = np.array([m.start() for m in re.finditer("\n", text)], int)
    found = [(m.start(), m.group()) for m in _NUMBER.finditer(text)]
    if found:
        view = _text_view("text", found, breaks)
        yield view
        yield view._replace(kind="text without sign", values=np.abs(view.values))
        yield from _running(view)
    commas = [(m.start(), m.group().replace(",", ".")) for m in _COMMA.finditer(text)]
    if commas:
        yield _text_view("decimal comma", commas, breaks)
    angles = [
        (
            m.start(),
            int(m[1]),
            float((m[2]).replace(",", ".")),
            float((m[3] or "0").replace(",", ".")),
        )
        for m in _DEGREES.finditer(text)
    ]
    places, values = _compact_angles(text)
    if places:
        spots = np.array(places, int)
        yield View("compact degrees", np.array(values), spots, np.full(len(spots), 1e-5),
                   np.searchsorted(breaks, spots))  # fmt: skip
    yield from _polylines(text)
    if angles:
        at, whole, minutes, seconds = (np.array(part, float) for part in zip(*angles, strict=True))
        value = whole + minutes / 60 + seconds / 3600
        yield View("degrees and minutes", value, at.astype(int), np.full(len(at), 1e-5),
                   np.searchsorted(breaks, at))  # fmt: skip


def _compact_angles(text: str) -> tuple[list[int], list[float]]:
    at, values = [], []
    for found in _COMPACT.finditer(text):
        whole, minutes, rest = int(found[1]), float(found[2]), found[3] or ""
        if rest.startswith("."):
            minutes += float(rest)
        elif rest:
            minutes += float(rest) / 60
        at.append(found.start())
        values.append(whole + minutes / 60)
    return at, values


def _polylines(text: str) -> Iterator[View]:
    """Read encoded polylines: differences in steps of 1e-5 and 1e-6 of a degree, in letters."""
    for token in dict.fromkeys(_POLYLINE.findall(text)):
        groups, value, shift = [], 0, 0
        for letter in token:
            five = ord(letter) - 63
            value |= (five & 31) << shift
            shift += 5
            if five < 32:
                groups.append(-(value + 1 >> 1) if value & 1 else value >> 1)
                value, shift = 0, 0
        if len(groups) > 1 and max(map(abs, groups)) < 2**40:
            size = len(groups) // 2
            y, x = np.cumsum(np.array(groups[: 2 * size], float).reshape(-1, 2), axis=0).T
            yield _point_view("polyline", x, y)


_POLYLINE = re.compile(r"(?<![?-~])[?-~]{8,4000}(?![?-~])")


def _text_view(kind: str, found: list[tuple[int, str]], breaks: NDArray[np.int64]) -> View:
    at = np.array([place for place, _ in found], int)
    values = np.array([float(word) for _, word in found])
    step = np.array(
        [10.0 ** -(len(word.split(".")[1]) if "." in word and "e" not in word.lower() else
                   (9 if "e" in word.lower() else 0)) for _, word in found]
    )  # fmt: skip
    return View(kind, values, at, step, np.searchsorted(breaks, at))


def _running(view: View) -> Iterator[View]:
    """Add up runs of numbers that stand close together, one by one and in pairs."""
    if len(view.values) < 2:
        return
    cuts = np.flatnonzero(np.diff(view.at) > 24) + 1
    for run in np.split(np.arange(len(view.values)), cuts):
        if len(run) >= 4:
            part = View(*(field[run] if not isinstance(field, str) else field for field in view))
            yield from _sums(part)


def _sums(part: View) -> Iterator[View]:
    values = part.values
    with np.errstate(over="ignore", invalid="ignore"):
        yield part._replace(kind=f"{part.kind}, added up", values=np.cumsum(values))
        for start in (0, 1, 2):
            paired = values.copy()
            paired[start::2] = np.cumsum(values[start::2])
            paired[start + 1 :: 2] = np.cumsum(values[start + 1 :: 2])
            yield part._replace(kind=f"{part.kind}, added up in pairs", values=paired)


# ---------------------------------------------------------------- numbers in bytes


def _binary_views(data: bytes) -> Iterator[View]:
    for kind, size in (("f8", 8), ("f4", 4), ("i4", 4), ("i8", 8)):
        for order in "<>":
            for offset in range(size):
                count = (len(data) - offset) // size
                if count < 1:
                    continue
                raw = np.frombuffer(data, f"{order}{kind}", count, offset)
                with np.errstate(invalid="ignore", over="ignore"):
                    values = raw.astype(float)
                at = np.arange(count) * size + offset
                lines = np.zeros(count, int)
                yield View(f"{order}{kind}", values, at, np.zeros(count), lines)
    yield from _apart(data)


def _without_runs(data: bytes) -> bytes:
    """Shorten runs of one byte, as the paper of a picture: no word of interest is so long."""
    if len(data) < LONG:
        return data
    raw = np.frombuffer(data, np.uint8)
    place = np.arange(len(raw))
    begins = np.where(np.diff(raw, prepend=raw[:1]) != 0, place, 0)
    return raw[place - np.maximum.accumulate(begins) < RUN].tobytes()


def _apart(data: bytes) -> Iterator[View]:
    """Floats of eight bytes whose two axes stand at different offsets, as in records."""
    for order in "<>":
        at, values = [], []
        for offset in range(8):
            count = (len(data) - offset) // 8
            if count < 1:
                continue
            raw = np.frombuffer(data, f"{order}f8", count, offset)
            fair = np.flatnonzero((np.abs(raw) > 1e-3) & (np.abs(raw) < 3e7))
            at.append(fair * 8 + offset)
            values.append(raw[fair])
        if at:
            place = np.concatenate(at)
            way = np.argsort(place, kind="stable")
            yield View(f"{order}f8 apart", np.concatenate(values)[way], place[way],
                       np.zeros(len(place)), np.zeros(len(place), int))  # fmt: skip


def _varint_views(raw: bytes) -> Iterator[View]:
    if not raw or len(raw) > 20_000_000 or raw[-1] > 127:
        return
    with contextlib.suppress(ValueError, IndexError):
        values = read_varints(raw).astype(float)
        at = np.arange(len(values))
        view = View("varints", values, at, np.zeros(len(at)), np.zeros(len(at), int))
        yield view
        yield from _sums(view)


# ---------------------------------------------------------------- our scenes


def _scene_views(text: str) -> Iterator[View]:
    """Read the layers of a map: places, lines, shapes."""
    if '"tiles"' not in text and '"unit"' not in text:
        return
    for value in _json_values(text):
        for holder in _dicts(value):
            yield from _layer_views(holder)


def _json_values(text: str) -> Iterator[Any]:
    pieces = re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL) or [text]
    decoder = json.JSONDecoder()
    for piece in pieces:
        at = piece.find("{")
        tries = 0
        while at >= 0 and tries < 200:
            tries += 1
            try:
                value, end = decoder.raw_decode(piece, at)
            except ValueError:
                end = at + 1
            else:
                yield value
            at = piece.find("{", end)


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from _dicts(inner)


def _layer_views(holder: dict[str, Any]) -> Iterator[View]:
    broken = (ValueError, IndexError, KeyError, TypeError, zlib.error)
    if {"tiles", "steps", "far", "bits"} <= set(holder):
        with contextlib.suppress(*broken):
            yield _point_view("packed places", *unpack_places(holder))
    unit = holder.get("unit")
    if isinstance(unit, int | float) and isinstance(holder.get("lines"), str):
        with contextlib.suppress(*broken):
            yield _point_view("packed lines", *unpack_lines(holder["lines"], unit).coordinates.T)
    if isinstance(unit, int | float) and isinstance(holder.get("shapes"), str):
        kind = holder.get("kind")
        for rings in (False, True) if kind is None else (kind == "buildings",):
            with contextlib.suppress(*broken):
                points = read_shapes(holder["shapes"], rings=rings)[0]
                yield _point_view("packed shapes", *(points * float(unit)).T)


def _point_view(kind: str, x: Floats, y: Floats) -> View:
    """Set points apart, so that no number of one goes with a number of the next."""
    count = len(x)
    values = np.full((count, NEAR + 2), 1e300)
    values[:, 0], values[:, 1] = x, y
    lines = np.repeat(np.arange(count), NEAR + 2)
    size = values.size
    return View(kind, values.ravel(), np.arange(size) * LINE, np.zeros(size), lines)


# ---------------------------------------------------------------- codes of grids


_GEOHASH_DIGITS = "0123456789bcdefghjkmnpqrstuvwxyz"
_GEOHASH = re.compile(r"(?<![0-9A-Za-z])[0-9b-hjkmnp-zB-HJKMNP-Z]{5,13}(?![0-9A-Za-z])")
_PLUS = re.compile(
    r"(?<![0-9A-Za-z])[23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,7}", re.IGNORECASE
)
_MGRS = re.compile(
    r"(?<![0-9A-Za-z])\d{1,2}\s?[C-HJ-NP-X]\s?[A-HJ-NP-Z]{2}\s?\d{2,5}\s?\d{2,5}(?!\d)",
    re.IGNORECASE,
)
_MAIDENHEAD = re.compile(
    r"(?<![0-9A-Za-z])[A-R]{2}\d{2}[A-X]{2}\d{2}(?:[A-X]{2}(?:\d{2})?)?(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_QUADKEY = re.compile(r"(?<!\d)[0-3]{13,24}(?!\d)")
_TILE = re.compile(r"(?<!\d)(\d{2})[/,](\d{3,8})[/,](\d{3,8})(?!\d)")


def _codes(
    text: str, lon: Floats, lat: Floats, starts: set[str]
) -> Iterator[tuple[str, float, float, float]]:
    """Read codes of places near the secrets: kind, longitude, latitude, half a cell in metres."""
    for token in set(_GEOHASH.findall(text)):
        if token[:4].lower() in starts:
            yield "geohash", *_from_geohash(token.lower())
    for token in set(_PLUS.findall(text)):
        yield from _from_plus(token.upper(), lon, lat)
    reader = mgrs.MGRS()
    for token in set(_MGRS.findall(text)):
        digits = re.sub(r"\s", "", token).upper()
        easting = re.sub(r"^\d+[A-Z]+", "", digits)
        if len(easting) % 2 == 0:
            with contextlib.suppress(mgrs.core.MGRSError):
                y, x = reader.toLatLon(digits)
                half = 10.0 ** (5 - len(easting) // 2) / 2
                yield "MGRS", x + half / METRES, y + half / METRES, half
    for token in set(_MAIDENHEAD.findall(text)):
        yield "Maidenhead", *_from_maidenhead(token.upper())
    for token in set(_QUADKEY.findall(text)):
        x = int("".join(str(int(digit) & 1) for digit in token), 2)
        y = int("".join(str(int(digit) >> 1) for digit in token), 2)
        yield "quadkey", *_from_tile(len(token), x, y)
    for zoom, x, y in set(_TILE.findall(text)):
        if 13 <= int(zoom) <= 24 and max(int(x), int(y)) < 2 ** int(zoom):
            yield "tile", *_from_tile(int(zoom), int(x), int(y))


def _geohash(lon: float, lat: float, length: int) -> str:
    spans = [[-180.0, 180.0], [-90.0, 90.0]]
    bits = []
    for place in range(5 * length):
        span, value = spans[place % 2], (lon, lat)[place % 2]
        middle = sum(span) / 2
        bits.append(int(value >= middle))
        span[0 if value >= middle else 1] = middle
    return "".join(
        _GEOHASH_DIGITS[int("".join(map(str, bits[at : at + 5])), 2)]
        for at in range(0, len(bits), 5)
    )


def _from_geohash(code: str) -> tuple[float, float, float]:
    spans = [[-180.0, 180.0], [-90.0, 90.0]]
    place = 0
    for letter in code:
        for bit in f"{_GEOHASH_DIGITS.index(letter):05b}":
            spans[place % 2][0 if bit == "1" else 1] = sum(spans[place % 2]) / 2
            place += 1
    half = (spans[1][1] - spans[1][0]) / 2 * METRES
    return sum(spans[0]) / 2, sum(spans[1]) / 2, half


def _from_plus(code: str, lon: Floats, lat: Floats) -> Iterator[tuple[str, float, float, float]]:
    every = [code]
    if openlocationcode.isShort(code):
        places = {
            (round(x, 1), round(y, 1)) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)
        }
        every = [openlocationcode.recoverNearest(code, y, x) for x, y in places]
    for full in every:
        if openlocationcode.isFull(full):
            area = openlocationcode.decode(full)
            half = (area.latitudeHi - area.latitudeLo) / 2 * METRES
            yield "plus code", area.longitudeCenter, area.latitudeCenter, half


def _from_maidenhead(code: str) -> tuple[float, float, float]:
    lon, lat, size = -180.0, -90.0, 20.0
    for at, base in enumerate((18, 10, 24, 10, 24, 10)[: len(code) // 2]):
        letters = code[2 * at : 2 * at + 2]
        size = 20.0 if at == 0 else size / base
        first, second = (ord(one) - (48 if one.isdigit() else 65) for one in letters)
        lon, lat = lon + first * size, lat + second * size / 2
    return lon + size / 2, lat + size / 4, size / 4 * METRES


def _from_tile(zoom: int, x: int, y: int) -> tuple[float, float, float]:
    lon = (x + 0.5) / 2**zoom * 360 - 180
    lat = float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (y + 0.5) / 2**zoom)))))
    return lon, lat, 40_075_017 * float(np.cos(np.radians(lat))) / 2**zoom / 2


# ---------------------------------------------------------------- what is packed


_DATA_LINK = re.compile(r"data:[\w/+.;=-]*;base64,\s*([A-Za-z0-9+/\s]{12,}={0,2})")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_BASE32 = re.compile(r"(?<![A-Z2-7])[A-Z2-7]{16,}={0,6}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){8,}")
_BASE85 = re.compile(r'"([0-9A-Za-z!#$%()*+,\-./:;=?@\[\]^_|~]{10,})"')
_SHAPES = re.compile(r'"(?:shapes|lines)": ?"([0-9A-Za-z!#$%()*+,\-./:;=?@\[\]^_|~]*)"')
_B85 = re.compile(r'"([0-9A-Za-z!#$%&()*+\-;<=>?@^_`{|}~]{10,})"')
_ASCII85 = re.compile(r"<~(.+?)~>", re.DOTALL)


def _written_bytes(text: str) -> Iterator[tuple[str, bytes]]:
    """Read bytes that are written as text."""
    for token in dict.fromkeys(_HEX.findall(text)):
        yield "hex", bytes.fromhex(token)
    for token in dict.fromkeys(_BASE64.findall(text)):
        bare = token.rstrip("=").replace("-", "+").replace("_", "/")
        with contextlib.suppress(binascii.Error, ValueError):
            yield "base64", base64.b64decode(bare[: len(bare) - (len(bare) % 4 == 1)] + "==")
    for token in dict.fromkeys(_BASE32.findall(text)):
        bare = token.rstrip("=")
        with contextlib.suppress(binascii.Error, ValueError):
            yield "base32", base64.b32decode(bare + "=" * (-len(bare) % 8))
    for token in dict.fromkeys(_BASE85.findall(text)):
        yield "base85", read_bytes(token)
        with contextlib.suppress(ValueError, zlib.error):
            yield "packed", unpack_bytes(token)
    for token in dict.fromkeys(_B85.findall(text)):
        with contextlib.suppress(ValueError):
            yield "b85", base64.b85decode(token)
    for token in _ASCII85.findall(text):
        with contextlib.suppress(ValueError):
            yield "ascii85", base64.a85decode(token)


def _unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:  # noqa: C901 - one step a format
    """Unpack archives, deflated streams, databases and tables."""
    if data[:4] == b"PK\x03\x04" or b"PK\x05\x06" in data[-70_000:]:
        with contextlib.suppress(zipfile.BadZipFile, NotImplementedError, RuntimeError):
            archive = zipfile.ZipFile(io.BytesIO(data))
            yield "comment", archive.comment
            for entry in archive.infolist():
                yield "entry", entry.filename.encode() + b"\n" + entry.extra + entry.comment
                yield entry.filename, archive.read(entry)
    if data[:2] == b"\x1f\x8b":
        with contextlib.suppress(OSError, EOFError, zlib.error):
            yield "gzip", gzip.decompress(data)
    for at, _, part in _streams(data):
        if len(part) > 5:
            yield f"{'pixels' if _of_picture(data, at) else 'zlib'}@{at}", part
    if data[:8] == _PNG:
        yield from _chunks(data)
    with contextlib.suppress(zlib.error):
        stream = zlib.decompressobj(-15)
        part = stream.decompress(data, 50_000_000)
        if stream.eof and len(part) > 5 and len(stream.unused_data) < 8:
            yield "deflate", part
    if data[:16] == b"SQLite format 3\0":
        yield from _database(data)
    for magic, suffix in ((b"PAR1", ".parquet"), (b"fgb\x03", ".fgb")):
        if data[:4] == magic:
            yield from _table(data, suffix)


_PNG = b"\x89PNG\r\n\x1a\n"


def _streams(data: bytes) -> Iterator[tuple[int, int | None, bytes]]:
    """Find what zlib has packed: where it begins, where it ends if it is whole, what it holds."""
    if data[:8] == _PNG:  # its pixels may go over many chunks
        return
    for found in re.finditer(rb"[\x08\x18\x28\x38\x48\x58\x68\x78][\x01\x5e\x9c\xda]", data):
        at = found.start()
        if int.from_bytes(data[at : at + 2], "big") % 31 == 0:
            with contextlib.suppress(zlib.error):
                stream = zlib.decompressobj()
                part = stream.decompress(data[at:], 50_000_000)
                end = len(data) - len(stream.unused_data) if stream.eof else None
                yield at, end, part


def _without_streams(data: bytes) -> bytes:
    """Blank what is packed and whole (its checksum says so)."""
    plain = bytearray(data)
    for at, end, _ in _streams(data):
        if end is not None and end - at > 64:
            plain[at:end] = bytes(end - at)
    return bytes(plain)


def _of_picture(data: bytes, at: int) -> bool:
    """Say whether a stream of a PDF holds the pixels of a picture."""
    return b"/Image" in data[max(0, at - 400) : at].rpartition(b" obj")[2]


def _chunks(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Take a PNG apart: its pixels, what is told of it, and what stands behind its end."""
    at, packed = 8, b""
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        content = data[at + 8 : at + 8 + size]
        at += 12 + size
        if kind == b"IDAT":
            packed += content
        else:
            yield f"chunk {kind.decode('latin-1')}", content
        if kind == b"IEND":
            break
    yield "behind the end", data[at:]
    with contextlib.suppress(zlib.error):
        yield "pixels", zlib.decompressobj().decompress(packed, 100_000_000)


def _database(data: bytes) -> Iterator[tuple[str, bytes]]:
    connection = sqlite3.connect(":memory:")
    with contextlib.suppress(sqlite3.DatabaseError):
        connection.deserialize(data)
        names = [
            row[0]
            for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        for name in names:
            with contextlib.suppress(sqlite3.DatabaseError):  # a virtual table of an extension
                rows = connection.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608
                lines = [
                    "\t".join("" if isinstance(c, bytes) else str(c) for c in row) for row in rows
                ]
                yield f"table {name}", "\n".join(lines).encode("utf-8", "replace")
                for cell in (c for row in rows for c in row if isinstance(c, bytes)):
                    yield f"blob in {name}", cell
    connection.close()


def _table(data: bytes, suffix: str) -> Iterator[tuple[str, bytes]]:
    """Read a table of a packed format with its own reader: cells, blobs and what is told of it."""
    if suffix == ".parquet":
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(io.BytesIO(data))
        told = table.schema.metadata or {}
        yield "metadata", b"\n".join(key + b"=" + value for key, value in told.items())
        columns = [column.to_pylist() for column in table.columns]
    else:
        import pyogrio

        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"t{suffix}"
            file.write_bytes(data)
            frame = pyogrio.read_dataframe(file)
        yield "shapes", "\n".join(frame.geometry.dropna().to_wkt()).encode()
        columns = [frame[name].tolist() for name in frame.columns if name != "geometry"]
    rows = zip(*columns, strict=True)
    lines = ["\t".join("" if isinstance(c, bytes) else str(c) for c in row) for row in rows]
    yield "rows", "\n".join(lines).encode("utf-8", "replace")
    for cell in (c for column in columns for c in column if isinstance(c, bytes)):
        yield "blob", cell


# ---------------------------------------------------------------- what is drawn

_PDF_TOKEN = re.compile(
    rb"\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]*>|/?[A-Za-z'\"*][\w'*\-]*|[-+]?[\d.]+"
)
_SVG_TOKEN = re.compile(r"[A-Za-z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_SVG_MOVE = re.compile(r"(translate|scale|matrix|rotate)\(([^)]*)\)")
_CORNERS = {"m": 1, "l": 1, "c": 3, "v": 2, "y": 2}


def _drawn_on_pages(data: bytes) -> Iterator[tuple[Floats, Floats]]:
    """Follow each stream of a PDF: where lines end, marks stand and shapes have their middle."""
    for at, _, part in _streams(data):
        if not _of_picture(data, at) and len(part) < 20_000_000:
            drawn = _drawn_by(part)
            if len(drawn):
                yield drawn[:, 0], drawn[:, 1]


def _drawn_by(stream: bytes) -> Floats:  # noqa: C901, PLR0912 - a branch for each operator
    """Interpret the operators that draw paths, marks and words."""
    now, stack, words = np.eye(3), [], np.eye(3)
    operands: list[float] = []
    places: list[Any] = []
    path: list[Any] = []
    for token in _PDF_TOKEN.findall(stream):
        if token[:1] in b"+-.0123456789":
            with contextlib.suppress(ValueError):
                operands.append(float(token))
            continue
        if token[:1] in b"/(<":
            continue
        word, given = token.decode("latin-1"), operands
        operands = []
        if word == "q":
            stack.append(now)
        elif word == "Q" and stack:
            now = stack.pop()
        elif word in {"cm", "Tm"} and len(given) >= 6:
            a, b, c, d, e, f = given[-6:]
            made = np.array([[a, b, 0], [c, d, 0], [e, f, 1]])
            if word == "cm":
                now = made @ now
            else:
                words = made
                places.append((words @ now)[2, :2])
        elif word == "BT":
            words = np.eye(3)
        elif word in {"Td", "TD"} and len(given) >= 2:
            words = np.array([[1, 0, 0], [0, 1, 0], [given[-2], given[-1], 1]]) @ words
            places.append((words @ now)[2, :2])
        elif word == "Do":
            places.append(now[2, :2])
        elif word in _CORNERS and len(given) >= 2:
            if word == "m" and path:
                places += _with_middle(path)
                path = []
            path.append(np.array([given[-2], given[-1], 1.0]) @ now)
        elif word == "re" and len(given) >= 4:
            x, y, w, h = given[-4:]
            places += _with_middle([np.array([*p, 1.0]) @ now for p in ((x, y), (x + w, y + h))])
        elif path and word in {"S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "n"}:
            places += _with_middle(path)
            path = []
    return np.array([place[:2] for place in places], float).reshape(-1, 2)


def _with_middle(path: Sequence[Any]) -> list[Any]:
    """Add to the corners of a shape the middle of its box and of its corners."""
    corners = np.array([corner[:2] for corner in path])
    return [*corners, (corners.min(axis=0) + corners.max(axis=0)) / 2, corners.mean(axis=0)]


def _drawn_in_svg(text: str) -> tuple[Floats, Floats]:
    from xml.etree import ElementTree as ET

    places: list[Any] = []
    with contextlib.suppress(ET.ParseError):
        _draw_element(ET.fromstring(text), np.eye(3), places)  # noqa: S314 - our own file
    x, y = np.array(places, float).reshape(-1, 2).T
    return x, y


def _draw_element(element: Any, above: Floats, places: list[Any]) -> None:
    now = above
    for kind, numbers in _SVG_MOVE.findall(element.get("transform", "")):
        now = _svg_matrix(kind, [float(n) for n in _NUMBER.findall(numbers)]) @ now
    own = _svg_shapes(element)
    for path in own:
        moved = [np.array([x, y, 1.0]) @ now for x, y in path]
        places += [place[:2] for place in _with_middle(moved)]
    for child in element:
        _draw_element(child, now, places)


def _svg_matrix(kind: str, n: list[float]) -> Floats:
    if kind == "matrix":
        return np.array([[n[0], n[1], 0], [n[2], n[3], 0], [n[4], n[5], 1]])
    if kind == "translate":
        return np.array([[1, 0, 0], [0, 1, 0], [n[0], n[1] if len(n) > 1 else 0, 1]])
    if kind == "scale":
        return np.diag([n[0], n[1] if len(n) > 1 else n[0], 1.0])
    cos, sin = np.cos(np.radians(n[0])), np.sin(np.radians(n[0]))
    return np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])


def _svg_shapes(element: Any) -> list[list[tuple[float, float]]]:
    """Give the corners of an element: of each piece of a path, of a box, of a mark."""
    name = element.tag.rpartition("}")[2]
    if name == "path":
        return _svg_path(element.get("d", ""))
    if name in {"polyline", "polygon"}:
        n = [float(one) for one in _NUMBER.findall(element.get("points", ""))]
        return [list(zip(n[::2], n[1::2], strict=False))] if n else []
    with contextlib.suppress(ValueError):
        x, y = (float(element.get(c) or element.get(f"c{c}") or "nan") for c in "xy")
        if np.isfinite(x) and np.isfinite(y):
            w, h = (float(element.get(c, "0")) for c in ("width", "height"))
            return [[(x, y), (x + w, y + h)]]
    return []


def _svg_path(told: str) -> list[list[tuple[float, float]]]:
    """Follow a path of absolute and relative commands."""
    takes = {"M": 2, "L": 2, "T": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "A": 7}
    pieces: list[list[tuple[float, float]]] = []
    x = y = 0.0
    command, given = "", []
    for word in _SVG_TOKEN.findall(told):
        if word.isalpha():
            command, given = word, []
            if word in "zZ" and pieces:
                x, y = pieces[-1][0]
            continue
        given.append(float(word))
        kind = command.upper()
        if len(given) < takes.get(kind, 99):
            continue
        from_x, from_y = (x, y) if command.islower() else (0.0, 0.0)
        if kind == "H":
            x = from_x + given[0]
        elif kind == "V":
            y = from_y + given[0]
        else:
            x, y = from_x + given[-2], from_y + given[-1]
        given = []
        if kind == "M" or not pieces:
            pieces.append([])
            command = "l" if command == "m" else "L" if command == "M" else command
        pieces[-1].append((x, y))
    return pieces
