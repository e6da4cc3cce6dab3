"""Online tiles, only where they are asked for: pictures of the ground from a server.

A map with tiles asks the network, and the server learns which place is looked at, and from
where. So there are none unless a name is given, the page allows exactly that server, and its
legend says so.
"""

from __future__ import annotations

import html
import re
from difflib import get_close_matches
from functools import cache
from urllib.parse import urlsplit

import xyzservices
import xyzservices.providers

from geosector.errors import InputError
from geosector.language import text
from geosector.maps.layers import Layer
from geosector.maps.saying import said

DEEPEST = 19  # zoom, where a provider states none
NEAR_NAMES = 5
FILLED_BY_LEAFLET = {"s", "x", "y", "z", "r"}


def layer(name: str) -> Layer:
    """Make the layer of tiles of a provider.

    Parameters
    ----------
    name : str
        As xyzservices calls it: ``OpenStreetMap.Mapnik``. Case, points and blanks do not matter.

    Returns
    -------
    dict
        The layer; see `geosector.maps.layers`. ``hosts`` lists what the page may ask.

    Raises
    ------
    InputError
        Where no provider is called so, or it needs a key, or cannot be asked safely.

    Examples
    --------
    >>> made = layer("OpenStreetMap.Mapnik")
    >>> made["url"], made["hosts"]
    ('https://tile.openstreetmap.org/{z}/{x}/{y}.png', ['https://tile.openstreetmap.org'])
    >>> layer("OpenStretMap.Mapnik")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: No provider of tiles is called 'OpenStretMap.Mapnik'. Near ...
    >>> layer("Thunderforest.OpenCycleMap")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: Tiles of Thunderforest.OpenCycleMap need a key, ...
    """
    provider = _provider(name)
    url = _address(provider)
    subdomains = list(provider.get("subdomains", "abc")) if "{s}" in url else []
    called = str(provider["name"])
    return {
        "kind": "tiles",
        "id": "tiles",
        "name": said("Online map: {name}", name=called),
        "shown": True,
        "notes": [
            said("This map asks {host} for pictures of the ground.", host=_host(url)),
            said(
                "Whoever runs that server learns which place is looked at, when, and from which "
                "connection. Without a network the rest of the map is still here."
            ),
        ],
        "url": url,
        "subdomains": subdomains,
        "hosts": _hosts(url, subdomains),
        "deepest": int(provider.get("max_native_zoom", provider.get("max_zoom", DEEPEST))),
        "attribution": said("Online map: {source}", source=_source(provider)),
    }


def _provider(name: object) -> xyzservices.TileProvider:
    """Find a provider by its name."""
    asked = str(name)
    by_bare_name = _known()
    found = by_bare_name.get(_bare(asked))
    if found is None:
        near = get_close_matches(_bare(asked), by_bare_name, n=NEAR_NAMES, cutoff=0.5)
        shown = [str(by_bare_name[each]["name"]) for each in near] or ["OpenStreetMap.Mapnik"]
        raise InputError(
            text(
                "No provider of tiles is called '{name}'. Near names: {known}.",
                name=asked,
                known=", ".join(shown),
            )
        )
    return found


@cache
def _known() -> dict[str, xyzservices.TileProvider]:
    """List the providers by their names, without case, points and blanks."""
    return {_bare(name): one for name, one in xyzservices.providers.flatten().items()}


def _source(provider: xyzservices.TileProvider) -> str:
    """Give whose tiles they are, as plain text: some providers state it as HTML."""
    stated = re.sub(r"<[^<>]*>", "", str(provider["attribution"]))
    return html.unescape(stated).replace("(C)", "©")


def _bare(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def _address(provider: xyzservices.TileProvider) -> str:
    """Give the address of a tile with its places for zoom, column and row."""
    name = str(provider["name"])
    if provider.requires_token():
        raise InputError(
            text(
                "Tiles of {name} need a key, and whoever has the map could read it from the file. "
                "Use a provider that needs none, for example OpenStreetMap.Mapnik.",
                name=name,
            )
        )
    url = str(provider.build_url(scale_factor="{r}", fill_subdomain=False))
    places = set(re.findall(r"\{([^{}]*)\}", url))
    host = urlsplit(url.replace("{s}", "s")).netloc
    plain = re.fullmatch(r"[a-z0-9.-]+(:\d+)?", host, re.IGNORECASE)
    if not url.startswith("https://") or not plain or not places <= FILLED_BY_LEAFLET:
        raise InputError(
            text(
                "The address of the tiles of {name} is not an encrypted one that a map can ask: "
                "{url}. Use another provider, for example OpenStreetMap.Mapnik.",
                name=name,
                url=url,
            )
        )
    return url


def _host(url: str) -> str:
    return urlsplit(url.replace("{s}.", "")).netloc


def _hosts(url: str, subdomains: list[str]) -> list[str]:
    """List the servers that an address names: what a page allows itself to ask."""
    named = [url.replace("{s}", part) for part in subdomains] or [url]
    return sorted({"https://" + urlsplit(one).netloc for one in named})
