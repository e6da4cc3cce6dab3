"""Scripts, styles and the font come from installed packages, or there is an error that names them."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from geosector.errors import AssetError
from geosector.maps import assets

CDN = "https://cdn.jsdelivr.net"


def embedded_font(rule: str) -> TTFont:
    packed = re.search(r"base64,([^)]+)\)", rule).group(1)
    return TTFont(io.BytesIO(base64.b64decode(packed)))


@pytest.mark.parametrize(
    "url",
    [
        f"{CDN}/npm/leaflet@1.9.3/dist/leaflet.js",
        f"{CDN}/npm/leaflet@1.9.3/dist/leaflet.css",
        f"{CDN}/gh/python-visualization/folium@main/folium/templates/leaflet_heat.min.js",
    ],
)
def test_what_folium_asks_for_and_is_installed_is_read(url: str) -> None:
    content = assets.read_link(url)
    assert "leaflet" in content
    assert "sourceMappingURL" not in content
    assert "\r" not in content


@pytest.mark.parametrize(
    "url",
    [
        "https://code.jquery.com/jquery-3.7.1.min.js",
        f"{CDN}/gh/python-visualization/folium@main/folium/templates/none.js",
        "https://evil.example/?leaflet@1/leaflet.js",
        f"{CDN}/npm/leaflet@1.9.3/dist/leaflet.js?x",
    ],
)
def test_what_is_not_installed_is_named(url: str) -> None:
    with pytest.raises(AssetError, match=re.escape(url.rpartition("/")[2])):
        assets.read_link(url)


def test_a_missing_package_is_named_with_the_way_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(assets, "find_spec", lambda _: None)
    with pytest.raises(AssetError, match=r"pip install django-js-lib-leaflet"):
        assets.read_link(f"{CDN}/npm/leaflet@1.9.3/dist/leaflet.js")


def test_images_of_the_style_are_inside_it() -> None:
    style = assets.read_link(f"{CDN}/npm/leaflet@1.9.3/dist/leaflet.css")
    assert set(re.findall(r"url\((\w+:?)", style)) <= {"data:", ""}


def test_the_font_draws_arabic_sorani_kurmanji_and_both_digits() -> None:
    font = embedded_font(assets.font_face(""))
    assert set(map(ord, "ابجد ڕێۆەگچپڤ êîşûç ٠٩09()")) <= set(font.getBestCmap())
    assert "GSUB" in font


def test_the_font_holds_a_rare_character_of_the_data_only_when_asked() -> None:
    rare = "ݐ"
    assert ord(rare) not in embedded_font(assets.font_face("")).getBestCmap()
    assert ord(rare) in embedded_font(assets.font_face(rare)).getBestCmap()


def test_the_same_characters_give_the_same_font() -> None:
    first = assets.font_face("abc")
    assets._font_face.cache_clear()
    assert assets.font_face("cba中") == first


def test_the_font_of_every_page_is_made_once_and_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GEOSECTOR_CACHE", str(tmp_path))
    assets._font_face.cache_clear()
    first = assets.font_face("")
    (kept,) = tmp_path.iterdir()
    assets._font_face.cache_clear()
    monkeypatch.setattr(assets, "_cut_font", lambda _: b"cut again")
    assert assets.font_face("") == first
    damaged = bytearray(kept.read_bytes())
    damaged[100] ^= 1
    kept.write_bytes(damaged)
    monkeypatch.undo()
    monkeypatch.setenv("GEOSECTOR_CACHE", str(tmp_path))
    assets._font_face.cache_clear()
    assert assets.font_face("") == first


def test_a_font_with_rare_characters_of_the_data_is_not_left_on_the_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GEOSECTOR_CACHE", str(tmp_path))
    assets._font_face.cache_clear()
    assets.font_face("ݐ")
    assert list(tmp_path.iterdir()) == []


def test_no_text_in_our_scripts_runs_over_several_lines() -> None:
    """Lines are written into the page without their indentation."""
    for script in (Path(assets.__file__).parent / "script").glob("*.js"):
        for line in script.read_text(encoding="utf-8").splitlines():
            assert line.count("`") % 2 == 0, (script.name, line)
            assert not line.rstrip().endswith("\\"), (script.name, line)


def test_remarks_in_our_styles_fill_their_lines() -> None:
    for style in (Path(assets.__file__).parent / "style").glob("*.css"):
        for line in style.read_text(encoding="utf-8").splitlines():
            assert not line.strip().startswith("/*") or line.rstrip().endswith("*/"), line
