"""Links to maps: the pin, or else the middle of the view. Nothing is fetched."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from geosector.geocode.angles import canonical, flagged, read_pair
from geosector.geocode.reading import Reading, Readings, Refusal, plain_characters

# A host is needed, so that "36.2,37.1/x" is no link.
LINK = re.compile(
    r"(?:[A-Za-z][\w.+-]*://)?(?:[\w-]+\.)+[A-Za-z]{2,}(?::\d+)?[/?#]\S*"
    r"|[a-z][a-z.+-]*://\S+|google\.navigation:\S+"
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
    "text",
    "search",
    "coords",
    "whatshere[point]",
)
_VIEWS = ("ll", "center", "cp", "map", "viewpoint", "view", "sll", "cbll")
_LON_FIRST = ("yandex.",)
# What people type stands latitude first there too.
_TYPED = ("text", "q", "query", "search")
_PREFIX = re.compile(r"^(?:loc:|ll\.|point[.:]|dropped\s+pin@?)", re.IGNORECASE)
_ROUTES = re.compile(r"[?&](?:saddr|origin|waypoints|route|rtext|from)=[^&]")
_DIRECTIONS = re.compile(r"/(?:dir|directions)/(?P<stops>[^?#]*)")
_OBJECT = re.compile(r"/(?:node|way|relation|note|changeset)/\d+")
_WORDS_ONLY = re.compile(r"(?:^|\.)(?:what3words\.com|w3w\.co|map\.what3words\.com)$")
_NAMED_PLACE = re.compile(r"/(?:place|search)/(?P<name>[^/?#@]+)")
_GEOHACK = re.compile(
    r"(?P<lat>[\d._]+_[NS])_(?P<lon>[\d._]+_[EW])(?:_.*)?|(?P<one>-?[\d.]+);(?P<two>-?[\d.]+)(?:_.*)?"
)
_FRAGMENT_PAIR = re.compile(rf"{_PAIR},{_PAIR}(?:,\d+(?:\.\d+)?z?)?")

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
    refusal = _refused(address, parts)
    if refusal is not None:
        return refusal
    lon_first = any(mark in parts.netloc for mark in _LON_FIRST)
    pins = list(dict.fromkeys(_pins(address, parts, lon_first=lon_first)))
    if pins:
        return (
            pins[0]
            if len({_rounded(pin) for pin in pins}) == 1
            else Refusal("link", "several_places")
        )
    for view in _views(address, parts, lon_first=lon_first):
        # A place is named, and only the view around it is given: its pin is somewhere in there.
        return flagged(view, "words_ignored") if _NAMED_PLACE.search(parts.path) else view
    return Refusal("link", "unknown_link")


def _refused(address: str, parts: SplitResult) -> Refusal | None:
    """Name the links that say no coordinate, or several."""
    host = parts.netloc.lower()
    if _SHORT.search(f"{host}{parts.path[:3]}".lower()):
        return Refusal("link", "short_link")
    if _WORDS_ONLY.search(host):
        return Refusal("link", "what3words")
    if "mlat" not in address and _OBJECT.search(f"{parts.path}"):
        return Refusal("link", "object_link")
    if _ROUTES.search(address) or len(_stops(address)) > 1:
        return Refusal("link", "several_places")
    return None


def _stops(address: str) -> list[str]:
    """Give the stops of a route that are written in the path of a link."""
    found = _DIRECTIONS.search(address)
    stops = [] if found is None else found["stops"].split("/")
    return [stop for stop in stops if stop and not stop.startswith(("@", "data=", "am="))]


def words_of_link(url: str) -> tuple[str, ...]:
    """Give what a link asks for in words, where a plus code may stand.

    Parameters
    ----------
    url : str

    Returns
    -------
    tuple of str
        Empty where the link has a pin in numbers, which beats all words.

    Examples
    --------
    >>> words_of_link("https://www.google.com/maps/place/WJJM%2B6H+Saraqib")
    ('WJJM+6H Saraqib', 'WJJM+6H+Saraqib')
    """
    parts = _split(url)
    if parts is None or _DATA_PIN.search(unquote(url)):
        return ()
    asked = [part for part in parts.query.split("&") if part.partition("=")[0].lower() in _PINS]
    raw = [part.partition("=")[2] for part in asked]
    raw += [found[1] for found in _PATH_PIN.finditer(parts.path)]
    if "plus.codes" in parts.netloc:
        raw.append(parts.path.strip("/").rpartition("/")[2])
    return tuple(unquote(form) for one in raw for form in (one.replace("+", " "), one))


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
    hack = _GEOHACK.fullmatch(settings.get("params", ""))
    if hack is not None:
        if hack["lat"]:
            pin = read_pair(canonical(f"{hack['lat']} {hack['lon']}".replace("_", " ")))
        else:
            pin = _pair(f"{hack['one']},{hack['two']}")
        if pin is not None:
            yield pin
            return
    asked = [(settings[key], key in _TYPED) for key in _PINS if key in settings]
    places = [found[1] for found in _PATH_PIN.finditer(parts.path)] + _stops(parts.path)
    asked += [(place.replace("+", " "), True) for place in places]
    for value, is_typed in asked:
        pin = _pair(value, lon_first=lon_first and not is_typed)
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
    if _FRAGMENT_PAIR.fullmatch(parts.fragment):
        pair = _pair(parts.fragment)
        if pair is not None:
            yield _as_view(pair, None)
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
    if readings is None or isinstance(readings, Refusal):
        return readings
    return (readings[0]._replace(flags=()),)


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
