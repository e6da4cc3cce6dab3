"""Choropleths in a real browser: asked, answered, one at a time, reached by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from geosector import language
from geosector.maps import draw_map
from geosector.maps.saying import spoken

pytestmark = pytest.mark.browser

WGS84 = "EPSG:4326"
LANGUAGES = tuple(language.LANGUAGES)
SECTORS, LOCALITIES = "#gs-toggle-rates-sectors", "#gs-toggle-rates-localities"


@pytest.fixture
def town() -> dict[str, gpd.GeoDataFrame]:
    """Make six synthetic sectors in a row, of which one has no people and one does not say."""
    at = np.repeat(np.arange(6), [5, 2, 1, 1, 8, 3])
    return {
        "incidents": gpd.GeoDataFrame(
            {"kind": ["attack"] * 15 + ["fire"] * 5, "date": "2024-04-02", "radius_m": 100.0},
            geometry=gpd.points_from_xy(37.01 + 0.02 * at, np.full(20, 36.05)),
            crs=WGS84,
        ),
        "sectors": gpd.GeoDataFrame(
            {"sector_id": range(1, 7), "population": [1000, 2000, 4000, 0, 8000, None]},
            geometry=[box(37 + 0.02 * one, 36, 37.02 + 0.02 * one, 36.1) for one in range(6)],
            crs=WGS84,
        ),
        "localities": gpd.GeoDataFrame(
            {"id": ["w", "e"], "name": ["West", "East"], "name_ar": ["الغرب", None]},
            geometry=gpd.points_from_xy([37.03, 37.09], [36.05, 36.05]),
            crs=WGS84,
        ),
    }


def drawn(town: dict[str, gpd.GeoDataFrame], lang: str = "en") -> str:
    return draw_map(**town, audience="internal", lang=lang, bandwidth_m=1000).to_html()


def fills(page: Any) -> list[str]:
    return page.evaluate(
        "[...document.querySelectorAll('.gs-shaded')].map(shape => shape.getAttribute('fill'))"
    )


def test_one_choropleth_at_a_time(open_page: Callable[..., Any], town: Any) -> None:
    opened = open_page(drawn(town))
    page = opened.page
    assert page.locator(".gs-shaded").count() == 0
    page.check(SECTORS)
    assert page.locator(".gs-shaded").count() == 6
    page.check(LOCALITIES)
    assert page.is_checked(SECTORS) is False
    assert page.locator("#gs-layer-rates-sectors .gs-legend").is_hidden()
    assert page.locator(".gs-shaded").count() == 2
    page.focus(SECTORS)
    page.keyboard.press("Space")
    assert page.is_checked(LOCALITIES) is False
    page.check("#gs-toggle-no-shading")
    assert page.locator(".gs-shaded").count() == 0
    assert opened.complaints == []
    assert opened.requests == []


def test_another_question_gives_other_colours_classes_and_cards(
    open_page: Callable[..., Any], town: Any
) -> None:
    page = open_page(drawn(town)).page
    page.check(SECTORS)
    legend = page.locator("#gs-layer-rates-sectors .gs-legend")
    counts = fills(page)
    assert "url(#gs-hatch)" not in counts
    assert counts[2] == counts[3] != counts[4]
    page.select_option("#gs-measure-rates-sectors", label="Per 10,000 people")
    rates = fills(page)
    assert rates[5] == "url(#gs-hatch)"
    assert rates != counts
    told = legend.inner_text()
    assert "No people stated" in told
    assert "People not known or withheld" in told
    page.select_option("#gs-kind-rates-sectors", label="Fires")
    page.focus(".gs-shaded >> nth=4")
    page.keyboard.press("Enter")
    card = page.locator(".gs-card").inner_text().split("\n")
    assert card[0] == "Sector 5"
    assert card[card.index("Kind of incident") + 1] == "Fires"
    assert card[card.index("Number of incidents") + 1] == "2"
    assert card[card.index("Per 10,000 people") + 1] == "2.5"
    assert card[card.index("People") + 1] == "8,000"


def test_the_choice_of_measures_is_that_of_the_kind(
    open_page: Callable[..., Any], town: Any
) -> None:
    """Fires of which no rate is known have no rate to choose."""
    town["sectors"]["population"] = [1000.0, 2000.0, 4000.0, 3000.0, None, None]
    page = open_page(drawn(town)).page
    page.check(SECTORS)
    page.select_option("#gs-kind-rates-sectors", label="Attacks")
    page.select_option("#gs-measure-rates-sectors", label="Per 10,000 people")
    options = "[...document.querySelectorAll('#gs-measure-rates-sectors option')].length"
    assert page.evaluate(options) == 2
    page.select_option("#gs-kind-rates-sectors", label="Fires")
    assert page.locator("#gs-measure-rates-sectors").input_value() == "1"


def test_a_click_on_the_ground_asks_the_choropleth_while_there_is_one(
    open_page: Callable[..., Any], town: Any
) -> None:
    page = open_page(drawn(town)).page
    page.check(SECTORS)
    at = page.evaluate("gsMap.latLngToContainerPoint([36.03, 37.05])")
    frame = page.locator(".folium-map").bounding_box()
    page.mouse.click(frame["x"] + at["x"], frame["y"] + at["y"])
    assert "Number of incidents" in page.locator(".gs-card").last.inner_text()
    page.check("#gs-toggle-no-shading")
    page.mouse.click(frame["x"] + at["x"], frame["y"] + at["y"])
    assert "Number of incidents" not in page.locator(".gs-card").last.inner_text()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_classes_are_the_same_in_every_language_and_said_in_it(
    open_page: Callable[..., Any], town: Any, lang: str
) -> None:
    made = draw_map(**town, audience="internal", lang="en", bandwidth_m=1000)
    (layer,) = (one for one in made.scene["layers"] if one["id"] == "rates-sectors")
    page = open_page(made.to_html()).page
    page.check(SECTORS)
    page.select_option("#gs-measure-rates-sectors", "1")
    before = fills(page)
    page.select_option("#gs-language", lang)
    assert fills(page) == before
    rate = layer["kinds"][0]["measures"][1]
    said = page.locator("#gs-layer-rates-sectors .gs-classes li").all_inner_texts()
    assert said == [spoken(one["label"], lang) for one in rate["classes"]]
    chosen = "document.querySelector('#gs-measure-rates-sectors').selectedOptions[0].textContent"
    assert page.evaluate(chosen) == spoken(rate["name"], lang)


def test_a_cell_says_that_it_is_no_border(open_page: Callable[..., Any], town: Any) -> None:
    page = open_page(drawn(town, "ar")).page
    page.check(LOCALITIES)
    page.focus(".gs-shaded >> nth=0")
    page.keyboard.press("Enter")
    card = page.locator(".gs-card")
    assert card.locator("h2").inner_text() == "الغرب"
    page.select_option("#gs-language", "en")
    assert "Voronoi cell of West, no administrative border" in card.inner_text()
    assert "Voronoi cells of places" in page.locator("#gs-layer-rates-localities").inner_text()


def test_hostile_names_of_localities_are_shown_as_they_are(
    open_page: Callable[..., Any], town: Any
) -> None:
    hostile = [
        "{{7*7}}</script><img src=x onerror=window.__pwned=1>",
        "${window.__pwned=1}`{% raw %}",
    ]
    town["localities"] = town["localities"].assign(name=hostile, name_ar=hostile)
    opened = open_page(drawn(town))
    page = opened.page
    page.check(LOCALITIES)
    names = page.evaluate(
        "[...document.querySelectorAll('.gs-shaded')].map(one => one.getAttribute('aria-label'))"
    )
    assert names == hostile
    page.focus(".gs-shaded >> nth=1")
    page.keyboard.press("Enter")
    assert hostile[1] in page.locator(".gs-card").inner_text()
    assert page.evaluate("window.__pwned") is None
    assert opened.complaints == []


def test_the_legend_fits_a_phone(open_page: Callable[..., Any], town: Any) -> None:
    page = open_page(drawn(town, "ckb"), (390, 760)).page
    page.locator("#gs-panel summary").click()
    page.check(SECTORS)
    panel = page.locator("#gs-panel").bounding_box()
    for select in page.locator("#gs-panel select").all():
        if select.is_visible():
            box_ = select.bounding_box()
            assert panel["x"] <= box_["x"]
            assert box_["x"] + box_["width"] <= panel["x"] + panel["width"]
