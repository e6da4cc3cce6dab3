"""Everything on a map by keyboard alone: Tab, Enter, Space, arrows, Escape; and axe with all open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString

from geosector.maps import draw_map
from tests.products.test_map_browser import DESKTOP, PHONE, town
from tests.products.test_map_ground import axe

pytestmark = pytest.mark.browser

__all__ = ["town"]  # a fixture
FOCUS = """() => {
    const at = document.activeElement, look = getComputedStyle(at);
    const seen = look.outlineStyle !== "none" && look.outlineWidth !== "0px";
    const box = at.getBoundingClientRect();
    return {
        tag: at.tagName, id: at.id, looks: String(at.className.baseVal ?? at.className),
        marked: seen || look.strokeWidth === "4px", row: at.dataset ? at.dataset.row : null,
        inside: at.closest("#gs-time") ? "time" : at.closest(".leaflet-popup") ? "card" : "",
        size: [box.width, box.height],
    };
}"""
MOST_STOPS = 150


def everything(town: dict[str, gpd.GeoDataFrame], lang: str = "en") -> str:
    """Draw a synthetic town with every kind of layer."""
    incidents = town["incidents"]
    dates = pd.date_range("2024-01-01", periods=len(incidents), freq="D")
    incidents = incidents.assign(date=dates, weapon="shelling", cause="unknown")
    borders = gpd.GeoDataFrame(
        {"left": [1], "right": [2], "road_class": ["primary"], "name": ["Main"]},
        geometry=[LineString([(37.05, 36.0), (37.05, 36.05)])],
        crs=4326,
    )
    drawn = draw_map(
        **{**town, "incidents": incidents}, borders=borders, audience="internal", lang=lang,
        step="month", compare=("2024-02", "2024-03"), date="2024-12-31", source="synthetic",
    )  # fmt: skip
    return drawn.to_html()


def tab_to(page: Any, wanted: str, key: str = "Tab") -> dict[str, Any]:
    """Press Tab until the focus is on what a selector finds; say what has it."""
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        at = page.evaluate(FOCUS)
        assert at["marked"] or at["tag"] in {"BODY", "HTML"}, at
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return at
    raise AssertionError(f"{wanted} is not reached by {key}")


def test_every_part_is_reached_and_worked_by_keys_alone(
    open_page: Callable[..., Any], town: Any
) -> None:
    opened = open_page(everything(town))
    page = opened.page
    tab_to(page, "#gs-language")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.documentElement.lang") == "ckb"
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.documentElement.lang") == "en"

    tab_to(page, ".gs-panel > summary")
    page.keyboard.press("Enter")
    assert not page.evaluate("document.getElementById('gs-panel').open")
    page.keyboard.press("Enter")
    assert page.evaluate("document.getElementById('gs-panel').open")
    tab_to(page, "#gs-toggle-sectors")
    page.keyboard.press("Space")
    assert page.locator(".gs-area").count() == 0
    page.keyboard.press("Space")
    assert page.locator(".gs-area").count() == 4

    tab_to(page, "#gs-time input[type=range]")
    page.keyboard.press("ArrowRight")
    assert page.locator("#gs-time input[type=range]").input_value() == "1"
    tab_to(page, ".gs-time-play")
    page.keyboard.press("Enter")
    assert page.locator(".gs-time-play").get_attribute("aria-label") == "Pause"
    page.keyboard.press("Enter")
    assert page.locator(".gs-time-play").get_attribute("aria-label") == "Play"
    tab_to(page, ".gs-time-next")
    page.keyboard.press("Enter")

    tab_to(page, "#gs-opener")
    page.keyboard.press("Enter")
    tab_to(page, "#gs-table tbody tr")
    page.keyboard.press("ArrowDown")
    row = page.evaluate(FOCUS)["row"]
    page.keyboard.press("Enter")
    assert page.locator(".gs-card").count() == 1
    assert page.evaluate(FOCUS)["row"] == row
    page.keyboard.press("Escape")
    page.locator(".gs-card").wait_for(state="detached")
    assert page.evaluate(FOCUS)["row"] == row
    assert (opened.requests, opened.complaints) == ([], [])


@pytest.mark.parametrize("kind", ["gs-area", "gs-place", "gs-border", "gs-circle"])
@pytest.mark.parametrize("close", ["Escape", "button"])
def test_a_card_opens_and_closes_by_keys_and_the_focus_comes_back(
    open_page: Callable[..., Any], town: Any, kind: str, close: str
) -> None:
    page = open_page(everything(town)).page
    tab_to(page, f".{kind}")
    page.keyboard.press("Enter")
    page.locator(".gs-card").wait_for()
    if close == "button":
        tab_to(page, ".leaflet-popup-close-button")
        page.keyboard.press("Enter")
    else:
        page.keyboard.press("Escape")
    page.locator(".gs-card").wait_for(state="detached")
    assert kind in page.evaluate(FOCUS)["looks"]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_tab_goes_through_the_whole_page_both_ways_and_is_caught_nowhere(
    open_page: Callable[..., Any], town: Any, size: tuple[int, int]
) -> None:
    page = open_page(everything(town), size).page
    page.evaluate("document.getElementById('gs-opener').click()")
    page.locator("#gs-table tbody tr").first.wait_for()
    for key in ("Tab", "Shift+Tab"):
        page.evaluate("document.activeElement.blur()")
        tab_to(page, "#gs-language", key)
        stops = 0
        for _ in range(MOST_STOPS):
            page.keyboard.press(key)
            stops += 1
            if page.evaluate("['BODY', 'HTML'].includes(document.activeElement.tagName)"):
                break
            if page.evaluate("document.activeElement.id === 'gs-language'"):
                break
        assert stops < MOST_STOPS


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("lang", ["ar", "en"])
def test_axe_finds_nothing_serious_with_slider_table_filters_and_a_card_open(
    open_page: Callable[..., Any], town: Any, lang: str, size: tuple[int, int]
) -> None:
    source = axe()
    page = open_page(everything(town, lang), size).page
    page.evaluate("document.getElementById('gs-opener').click()")
    page.locator("#gs-table tbody tr").first.wait_for()
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.evaluate(
        "document.querySelectorAll('.gs-layer > input').forEach(one => one.checked || one.click())"
    )
    page.evaluate("document.querySelector('.gs-time-next').click()")
    page.evaluate("gs.incidents.load().then(() => gs.incidents.open(0))")
    page.wait_for_timeout(400)
    page.evaluate(source)
    found = page.evaluate(
        """axe.run(document, {rules: {"target-size": {selector: "*:not(.gs-place)"}}})
        .then(({violations}) => violations.map(({id, impact, nodes}) =>
            [impact, id, nodes.map(({html}) => html.slice(0, 200))]))"""
    )
    assert [one for one in found if one[0] in ("serious", "critical")] == []
