"""The map in a real browser without a network: it opens, says what it shows, and runs nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from geosector import language
from geosector.maps import draw_map

pytestmark = pytest.mark.browser

LANGUAGES = tuple(language.LANGUAGES)
WGS84 = "EPSG:4326"
DESKTOP, PHONE = (1280, 800), (390, 760)

HOSTILE = (
    "{{7*7}}", "{{ cycler.__init__.__globals__.os.getpid() }}", "{% raw %}", "{% endraw %}",
    "{% if x %}", "{#", "${window.__pwned=1}", "`${window.__pwned=1}`", "`", "\\", "\\x3cimg src=x>",
    "\\u003cscript>window.__pwned=1\\u003c/script>", "</script><script>window.__pwned=1</script>",
    "<script>window.__pwned=1</script>", "<img src=x onerror=window.__pwned=1>",
    "<svg onload=window.__pwned=1>", "<iframe srcdoc='<script>parent.__pwned=1</script>'>",
    "<a href=javascript:window.__pwned=1>x</a>", "javascript:window.__pwned=1", "<!--", "-->", "]]>",
    "&lt;b&gt;", "&#60;b&#62;", "=cmd()|' /C calc'!A0", "'\"><b>", "a\u2028b\u2029c",
    "\u202egnp.exe\u202c", "\u2066\u2069\u200f", "'+window.__pwned=1+'", "</title></style></textarea>",
    "%3Cscript%3E", '{"__proto__":{"x":1}}', "__proto__", "constructor", "\x00\x07\x1b",
)  # fmt: skip


@pytest.fixture
def town() -> dict[str, gpd.GeoDataFrame]:
    """Make a synthetic town: four sectors of about 4.5 × 5.5 km around a crossing of main roads."""
    random = np.random.default_rng(0)
    places = random.normal((37.06, 36.04), 0.012, (200, 2))
    corners = [(37.0, 36.0), (37.05, 36.0), (37.0, 36.05), (37.05, 36.05)]
    return {
        "incidents": gpd.GeoDataFrame(
            {
                "kind": ["attack"] * 120 + ["fire"] * 80,
                "date": pd.date_range("2024-04-01", periods=200, freq="h"),
                "locality": "بلدة",
                "radius_m": [100.0] * 195 + [9000.0] * 5,
            },
            geometry=[*gpd.points_from_xy(*places[:-2].T), None, None],
            crs=WGS84,
        ),
        "sectors": gpd.GeoDataFrame(
            {"sector_id": [1, 2, 3, 4], "name": ["الغربي", "الشرقي", "North", None]},
            geometry=[box(x, y, x + 0.05, y + 0.05) for x, y in corners],
            crs=WGS84,
        ),
        "roads": gpd.GeoDataFrame(
            {"road_class": ["primary", "primary"], "name": ["شارع", "Main"]},
            geometry=[
                LineString([(37.05, 36.0), (37.05, 36.1)]),
                LineString([(37.0, 36.05), (37.1, 36.05)]),
            ],
            crs=WGS84,
        ),
        "facilities": gpd.GeoDataFrame(
            {"kind": ["shelter", "clinic"], "name": ["ملجأ", "Clinic"], "status": ["open", "closed"]},
            geometry=[Point(37.02, 36.02), Point(37.08, 36.07)],
            crs=WGS84,
        ),
    }  # fmt: skip


def drawn(town: dict[str, gpd.GeoDataFrame], lang: str, **options: Any) -> str:
    return draw_map(**town, audience="internal", lang=lang, date="2024-04-30", **options).to_html()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_map_opens_without_a_network_in_every_language(
    open_page: Callable[..., Any], town: Any, tmp_path: Path, lang: str, size: tuple[int, int]
) -> None:
    opened = open_page(drawn(town, lang), size)
    picture = tmp_path / f"map-{lang}.png"
    opened.page.screenshot(path=picture)
    assert picture.stat().st_size > 20_000
    assert opened.requests == []
    assert opened.complaints == []
    root = opened.page.locator("html")
    assert root.get_attribute("lang") == lang
    assert root.get_attribute("dir") == language.language(lang).direction


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_legend_tells_unit_number_period_and_bandwidth(
    open_page: Callable[..., Any], town: Any, lang: str
) -> None:
    page = open_page(drawn(town, lang, bandwidth_m=500)).page
    legend = page.locator("#gs-layer-density-attack").inner_text()
    assert language.text("Incidents per km²", lang=lang) in legend
    assert language.number(120, lang=lang) in legend
    assert language.digits("2024", lang=lang) in legend
    assert language.number(500, lang=lang) in legend
    notes = page.locator("#gs-panel > .gs-note").all_inner_texts()
    assert any(language.number(2, lang=lang) in note for note in notes)


def test_a_checkbox_shows_and_hides_its_layer_by_keyboard(
    open_page: Callable[..., Any], town: Any
) -> None:
    page = open_page(drawn(town, "ar")).page
    assert page.locator(".gs-area").count() == 4
    page.focus("#gs-toggle-sectors")
    page.keyboard.press("Space")
    assert page.locator(".gs-area").count() == 0
    assert page.locator(".gs-label").count() == 0
    fires = page.locator("#gs-layer-density-fire .gs-legend")
    assert fires.is_hidden()
    page.locator("#gs-toggle-density-fire").check()
    assert fires.is_visible()
    assert page.locator("img.leaflet-image-layer").count() == 1


def test_the_colours_of_a_place_are_the_same_at_every_zoom(
    open_page: Callable[..., Any], town: Any
) -> None:
    page = open_page(drawn(town, "en")).page
    source = "document.querySelector('img.leaflet-image-layer').src"
    before = page.evaluate(source)
    page.evaluate("gsMap.setZoom(16, {animate: false})")
    assert page.evaluate(source) == before


def test_a_sector_opens_its_card_by_mouse_and_by_keyboard(
    open_page: Callable[..., Any], town: Any
) -> None:
    page = open_page(drawn(town, "en")).page
    page.focus(".gs-area >> nth=2")
    page.keyboard.press("Enter")
    assert page.locator(".gs-card h2").inner_text() == "North"
    assert "Attacks" in page.locator(".gs-card dl").inner_text()
    page.keyboard.press("Escape")
    page.locator(".gs-place").first.click()
    assert page.locator(".gs-card h2").last.inner_text() == "ملجأ"


def test_a_road_tells_its_name_where_it_is_clicked(
    open_page: Callable[..., Any], town: Any
) -> None:
    page = open_page(drawn({"roads": town["roads"]}, "en")).page
    click = "({lat, lng}) => gsMap.fire('click', {latlng: L.latLng(lat, lng)})"
    page.evaluate(click, {"lat": 36.08, "lng": 37.05001})
    assert page.locator(".gs-card").inner_text().startswith("شارع")
    page.evaluate("gsMap.closePopup()")
    page.locator(".gs-card").wait_for(state="detached")
    page.evaluate(click, {"lat": 36.08, "lng": 37.03})
    assert page.locator(".gs-card").count() == 0


@pytest.mark.parametrize(("lang", "digits"), [("ckb", "٠١٢٣٤٥٦٧٨٩"), ("kmr", "0123456789")])
def test_the_scale_bar_writes_the_digits_of_the_language(
    open_page: Callable[..., Any], town: Any, lang: str, digits: str
) -> None:
    scale = open_page(drawn(town, lang)).page.locator(".gs-scale").inner_text()
    assert [letter for letter in scale if letter.isdigit()]
    assert all(letter in digits for letter in scale if letter.isdigit())


def test_a_browser_that_cannot_unpack_says_so(open_page: Callable[..., Any], town: Any) -> None:
    opened = open_page(drawn(town, "en"), before="delete window.DecompressionStream")
    assert "too old" in opened.page.locator("[role=alert]").inner_text()
    assert opened.complaints == []


def test_a_notebook_frame_works_without_a_network(open_page: Callable[..., Any], town: Any) -> None:
    shown = draw_map(**town, audience="internal", lang="ckb")._repr_html_()
    opened = open_page(f"<!DOCTYPE html><meta charset=utf-8>{shown}", wait=False)
    frame = opened.page.frames[1]
    frame.locator(".gs-area").first.wait_for()
    frame.evaluate("window.gsReady")
    assert frame.locator(".gs-area").count() == 4
    assert opened.complaints == []


# ------------------------------------------------------------------------- hostile text


def hostile_tables() -> dict[str, gpd.GeoDataFrame]:
    """Every hostile string as the name of a sector, a road, a border, a facility, a locality."""
    count, names = len(HOSTILE), list(HOSTILE)
    xs = [37 + 0.01 * at for at in range(count)]
    return {
        "incidents": gpd.GeoDataFrame(
            {
                "kind": "attack", "date": "2024-04-01", "locality": names, "radius_m": 9000.0,
                "narrative": names,
            },
            geometry=[Point(x + 0.005, 36.008) for x in xs], crs=WGS84,
        ),
        "sectors": gpd.GeoDataFrame(
            {"sector_id": range(1, count + 1), "name": names},
            geometry=[box(x, 36.0, x + 0.01, 36.01) for x in xs], crs=WGS84,
        ),
        "borders": gpd.GeoDataFrame(
            {"left": 1, "right": 2, "road_class": names, "name": names},
            geometry=[LineString([(x, 36.0), (x, 36.01)]) for x in xs], crs=WGS84,
        ),
        "roads": gpd.GeoDataFrame(
            {"road_class": "primary", "name": names},
            geometry=[LineString([(x + 0.003, 36.02), (x + 0.003, 36.03)]) for x in xs], crs=WGS84,
        ),
        "facilities": gpd.GeoDataFrame(
            {
                "kind": names, "name": names, "status": names, "capacity": 1.0,
                "capacity_unit": names,
            },
            geometry=[Point(x + 0.005, 36.005) for x in xs], crs=WGS84,
        ),
    }  # fmt: skip


OPEN_EACH = """selector => [...document.querySelectorAll(selector)].map(shape => {
    shape.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
    return [...document.querySelectorAll(".gs-card h2")].at(-1).textContent;
})"""
CLICK_EACH = """places => places.map(([lat, lng]) => {
    gsMap.fire("click", {latlng: L.latLng(lat, lng)});
    return [...document.querySelectorAll(".gs-card h2")].at(-1).textContent;
})"""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hostile_text_is_shown_as_it_is_and_never_run(
    open_page: Callable[..., Any], lang: str
) -> None:
    title = "".join(HOSTILE)
    html = draw_map(
        **hostile_tables(),
        audience="internal",
        lang=lang,
        title=title,
        source=title,
        bandwidth_m=500,
    ).to_html()
    opened = open_page(html)
    page = opened.page
    names = list(HOSTILE)
    for selector in (".gs-area", ".gs-place", ".gs-circle", ".gs-border"):
        assert sorted(page.evaluate(OPEN_EACH, selector)) == sorted(names), selector
    middles = [[36.025, 37.003 + 0.01 * at] for at in range(len(names))]
    assert page.evaluate(CLICK_EACH, middles) == names
    assert page.locator("h1").text_content() == title
    assert page.evaluate("window.__pwned") is None
    assert page.title().split() == title.split() or "{{7*7}}" in page.title()
    assert opened.requests == []
    assert opened.complaints == []


def test_hostile_text_in_added_folium_layers_is_never_run(
    open_page: Callable[..., Any], town: Any
) -> None:
    import folium

    map_ = draw_map(**town, audience="internal", lang="en")
    for text in HOSTILE:
        folium.CircleMarker([36.05, 37.05], popup=text, tooltip=text).add_to(map_)
        folium.FeatureGroup(name=text).add_to(map_)
    folium.Marker([36.05, 37.05], popup=folium.Popup("{{7*7}}{% raw %}", show=True)).add_to(map_)
    opened = open_page(map_.to_html())
    assert opened.page.locator(".leaflet-popup-content").inner_text() == "{{7*7}}{% raw %}"
    assert opened.page.evaluate("window.__pwned") is None
    assert opened.requests == []
