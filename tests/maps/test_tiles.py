"""Online tiles: none unless asked for, one server allowed, and said so."""

from __future__ import annotations

import re

import pytest
import xyzservices.providers

from geosector.errors import InputError
from geosector.language import LANGUAGES
from geosector.maps import draw_map
from geosector.maps.ground import tiles
from geosector.maps.saying import spoken


def allowed(page: str) -> str:
    return re.search(r"img-src ([^;]*);", page).group(1)


def test_a_map_has_no_tiles_and_allows_no_server_unless_asked() -> None:
    page = draw_map(audience="internal", lang="en").to_html()
    assert allowed(page) == "data: blob:"
    assert "openstreetmap" not in page


@pytest.mark.parametrize("audience", ["internal", "partner", "public"])
def test_a_map_with_tiles_allows_exactly_their_server_and_says_so(audience: str) -> None:
    drawn = draw_map(audience=audience, lang="en", tiles="openstreetmap mapnik")
    assert allowed(drawn.to_html()) == "data: blob: https://tile.openstreetmap.org"
    (layer,) = drawn.scene["layers"]
    told = " ".join(spoken(note, "en") for note in layer["notes"])
    assert "tile.openstreetmap.org" in told
    assert "learns which place is looked at" in told
    assert spoken(layer["attribution"], "en") == "Online map: © OpenStreetMap contributors"


def test_each_subdomain_of_a_provider_is_named() -> None:
    layer = tiles.layer("OpenTopoMap")
    assert layer["hosts"] == [f"https://{part}.tile.opentopomap.org" for part in "abc"]
    assert spoken(layer["notes"][0], "en").startswith("This map asks tile.opentopomap.org")


def test_an_unknown_provider_is_refused_with_near_names() -> None:
    with pytest.raises(InputError, match=r"OpenStreatMap.*Near names: .*OpenStreetMap\.Mapnik"):
        draw_map(audience="internal", lang="en", tiles="OpenStreatMap Mapnik")
    with pytest.raises(InputError, match=r"Near names: OpenStreetMap\.Mapnik\."):
        tiles.layer("٣")


def test_a_provider_that_needs_a_key_is_refused_with_the_reason() -> None:
    with pytest.raises(InputError, match="need a key, and whoever has the map could read it"):
        tiles.layer("Thunderforest.OpenCycleMap")


def test_a_provider_without_encryption_is_refused() -> None:
    plain = next(
        name for name, one in xyzservices.providers.flatten().items()
        if not one.requires_token() and one.url.startswith("http:")
    )  # fmt: skip
    with pytest.raises(InputError, match="not an encrypted one"):
        tiles.layer(plain)


def test_no_provider_brings_markup_or_more_than_its_server_into_the_page() -> None:
    asked = 0
    for name in xyzservices.providers.flatten():
        try:
            layer = tiles.layer(name)
        except InputError:
            continue
        asked += 1
        assert all(re.fullmatch(r"https://[\w.-]+(:\d+)?", host) for host in layer["hosts"])
        assert not re.search(
            r"<\w", "".join(spoken(layer["attribution"], code) for code in LANGUAGES)
        )
        assert layer["deepest"] > 0
    assert asked > 100
