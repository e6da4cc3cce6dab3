"""Links to maps: the pin, or else the middle of the view. Nothing is fetched."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from geosector.geocode.angles import canonical, read_pair
from geosector.geocode.reading import Reading, Readings, Refusal, plain_characters

# A host is needed, so that "36.2,37.1/x" is no link.
LINK = re.compile(
    r"(?:[A-Za-z][\w.+-]*://)?(?:[\w-]+\.)+[A-Za-z]{2,}(?::\d+)?[/?#]\S*|[a-z.]+://\?\S+|google\.navigation:\S+"
)

# Only the service knows where these lead.
_SHORT = re.compile(
    r"(?:^|\.)(?:goo\.gl|g\.co|g\.page|bit\.ly|t\.co|tinyurl\.com|osm\.org/go|binged\.it|apple\.co|maps\.app)(?:$|/)"
)
_PAIR = r"-?\d{1,3}(?:\.\d+)?"
_DATA_PIN = re.compile(rf"!3d(?P<lat>{_PAIR})!4d(?P<lon>{_PAIR})")
_PATH_PIN = re.compile(r"/(?:place|search|l|ll)/([^/?#@]+)")
_VIEW = re.compile(
    rf"@(?P<lat>{_PAIR}),(?P<lon>{_PAIR})(?:,(?P<zoom>\d+(?:\.\d+)?)(?P<unit>z|m|a)?)?"
)
_HASH_VIEW = re.compile(
    rf"(?:^|[&#])(?:map=)?(?P<zoom>\d+(?:\.\d+)?)/(?P<lat>{_PAIR})/(?P<lon>{_PAIR})"
)
# A named pair of settings beats the view; asked for in this order.
_NAMED = (
    ("mlat", "mlon"),
    ("lat", "lon"),
    ("lat", "lng"),
    ("latitude", "longitude"),
    ("lat", "long"),
)
_PINS = (
    "q",
    "query",
    "destination",
    "daddr",
    "to",
    "coordinate",
    "pt",
    "sp",
    "latlng",
    "pin",
    "loc",
    "marker",
)
_VIEWS = ("ll", "center", "cp", "map", "viewpoint", "sll", "cbll")
_LON_FIRST = ("yandex.",)
_PREFIX = re.compile(r"^(?:loc:|ll\.|point[.:]|dropped\s+pin@?)", re.IGNORECASE)
_ROUTES = re.compile(r"/dir/|[?&](?:saddr|origin|waypoints|route|rtext)=")

# At zoom 0 the world is one tile of 256 pixels; half a tile is taken for what the view shows.
_EQUATOR_M = 40_075_016.7
_HALF_TILE = 0.5


class _View(NamedTuple):
    lat: str
    lon: str
    zoom: float | None


def read_link(url: str) -> Readings:
    """Read a link to a map.

    Parameters
    ----------
    url : str
        Google, OpenStreetMap, Apple, Waze, Bing, Yandex, HERE and any link whose settings are
        called lat and lon.

    Returns
    -------
    tuple of Reading or Refusal
        The pin; without one, the middle of the view, flagged ``map_view``, with a radius of half
        a tile where the link tells the zoom.

    Examples
    --------
    >>> read_link("https://www.openstreetmap.org/?mlat=35.9&mlon=36.6#map=16/35.93/36.63")[0].lat
    35.9
    >>> read_link("https://maps.app.goo.gl/abc")
    Refusal(kind='link', reason='short_link')
    """
    address = unquote(url)
    parts = _split(address)
    if parts is None:
        return Refusal("link", "unknown_link")
    if _SHORT.search(f"{parts.netloc}{parts.path[:3]}".lower()):
        return Refusal("link", "short_link")
    if _ROUTES.search(address):
        return Refusal("link", "several_places")
    lon_first = any(mark in parts.netloc for mark in _LON_FIRST)
    pins = list(dict.fromkeys(_pins(address, parts, lon_first=lon_first)))
    if pins:
        return (
            pins[0]
            if len({_rounded(pin) for pin in pins}) == 1
            else Refusal("link", "several_places")
        )
    for view in _views(address, parts, lon_first=lon_first):
        return view
    return Refusal("link", "unknown_link")


def _split(address: str) -> SplitResult | None:
    try:
        return urlsplit(
            address
            if "://" in address or address.startswith("google.navigation")
            else f"https://{address}"
        )
    except ValueError:  # a bracket that opens an IPv6 address and never closes
        return None


def _rounded(pin: Readings) -> tuple[float, float] | None:
    # The same pin may stand twice in a link, once with fewer decimals.
    return None if isinstance(pin, Refusal) else (round(pin[0].lat, 3), round(pin[0].lon, 3))


def _settings(parts: SplitResult) -> dict[str, str]:
    query = parts.query
    if parts.scheme == "google.navigation":
        query = parts.path
    pairs = [*parse_qsl(query), *parse_qsl(parts.fragment)]
    return {key.lower(): value for key, value in reversed(pairs)}


def _pins(address: str, parts: SplitResult, *, lon_first: bool) -> Iterator[Readings]:
    data = [found.groupdict() for found in _DATA_PIN.finditer(address)]
    if data:
        yield from (_pair(f"{pin['lat']},{pin['lon']}") or () for pin in data)
        return
    settings = _settings(parts)
    for lat, lon in _NAMED:
        if lat in settings and lon in settings:
            named = _pair(f"{settings[lat]},{settings[lon]}")
            if named is not None:
                yield named
                return
    asked = [settings[key] for key in _PINS if key in settings]
    asked += [found[1].replace("+", " ") for found in _PATH_PIN.finditer(parts.path)]
    for value in asked:
        pin = _pair(value, lon_first=lon_first)
        if pin is not None:
            yield pin


def _views(address: str, parts: SplitResult, *, lon_first: bool) -> Iterator[Readings]:
    settings = _settings(parts)
    # Where nothing else is a pin, Apple's and Waze's ll is one.
    own_pin = "apple." in parts.netloc or "waze." in parts.netloc
    found = _VIEW.search(address) or _HASH_VIEW.search(parts.fragment)
    if found is not None:
        view = found.groupdict()
        zoom = (
            float(view["zoom"]) if view.get("unit", "z") in {"z", None} and view["zoom"] else None
        )
        pair = _pair(f"{view['lat']},{view['lon']}")
        if pair is not None:
            yield _as_view(pair, zoom)
    for key in _VIEWS:
        pair = _pair(settings[key], lon_first=lon_first) if key in settings else None
        if pair is not None:
            zoom_text = settings.get("z", settings.get("zoom", settings.get("lvl", "")))
            zoom = float(zoom_text) if re.fullmatch(r"\d+(?:\.\d+)?", zoom_text) else None
            yield pair if own_pin and key == "ll" else _as_view(pair, zoom)


def _pair(value: str, *, lon_first: bool = False) -> Readings | None:
    text = plain_characters(re.sub(r"\(.*\)\s*$", "", value.replace("~", ",").replace("_", ",")))
    text = _PREFIX.sub("", text)
    numbers = re.match(rf"({_PAIR})\s*,\s*({_PAIR})(?:,\d+(?:\.\d+)?z?)?(?:,[^,\d][^,]*)*$", text)
    if numbers is None:
        return read_pair(canonical(text))
    one, two = (numbers[2], numbers[1]) if lon_first else (numbers[1], numbers[2])
    readings = read_pair(f"{one}, {two}")
    # Written by a program: the order is known.
    return readings if readings is None or isinstance(readings, Refusal) else readings[:1]


def _as_view(readings: Readings, zoom: float | None) -> Readings:
    if isinstance(readings, Refusal):
        return readings
    point: Reading = readings[0]
    radius = point.radius_m
    if zoom is not None:
        metres = (
            _EQUATOR_M
            * math.cos(math.radians(max(-85.0, min(85.0, point.lat))))
            / 2.0 ** min(zoom, 30.0)
        )
        radius = max(radius, round(metres * _HALF_TILE, 2))
    return (point._replace(radius_m=radius, kind="link", flags=(*point.flags, "map_view")),)
