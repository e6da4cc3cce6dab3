"""The browser says words as Python says them, and says them again in another language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import box

from geosector import language
from geosector.maps import draw_map
from geosector.maps.saying import (
    by_language,
    catalogue,
    counted,
    day,
    digits,
    joined,
    number,
    said,
    share,
    spoken,
)

pytestmark = pytest.mark.browser
LANGUAGES = list(language.LANGUAGES)

SAID = [
    "{n} ${1} A12",
    *(number(value, decimals) for value in (0, -0.4, 7, 999.5, 1234567.891, -4321.5) for decimals in (0, 2)),
    *(counted("{n} incident", "{n} incidents", n) for n in (0, 1, 2, 3, 10, 11, 99, 100, 102, 103, 1111)),
    *(day(dt.date(2024, month, 3), precision) for month in range(1, 13) for precision in ("day", "month", "year")),
    said("Source: {source}", source="{source} $& $1"),
    said("Bandwidth (Gaussian): {bandwidth}", bandwidth=said("{n} km", n=number(1.25, 1))),
    share(0.514, 1), digits("B7"), joined(said("Fires"), " (", number(1200), ")"),
    by_language({"ar": "ملجأ", "kmr": ""}, "Shelter"),
]  # fmt: skip


def test_the_browser_says_what_python_says(open_page: Callable[..., Any]) -> None:
    made = draw_map(audience="internal", lang="en")
    made.scene["said"] = SAID
    page = open_page(made.to_html()).page
    for code in LANGUAGES:
        page.evaluate("code => gs.speak(code)", code)
        assert page.evaluate("gs.scene.said.map(gs.say)") == [spoken(one, code) for one in SAID]


def test_numbers_of_the_page_itself_are_written_as_in_python(open_page: Callable[..., Any]) -> None:
    page = open_page(draw_map(audience="internal", lang="en").to_html()).page
    for code in LANGUAGES:
        page.evaluate("code => gs.speak(code)", code)
        for value, decimals in ((0.26, 1), (-1234.06, 1), (1e6, 0), (-0.001, 2)):
            written = page.evaluate(f"gs.number({value}, {decimals})")
            assert written == language.number(value, decimals=decimals, lang=code)


@pytest.mark.parametrize("first", LANGUAGES)
def test_a_reader_may_change_the_language_and_back(
    open_page: Callable[..., Any], first: str
) -> None:
    sectors = gpd.GeoDataFrame(
        {"sector_id": [1, 2], "population": [1500, 2500]},
        geometry=[box(37, 36, 37.1, 36.1), box(37.1, 36, 37.2, 36.1)],
        crs=4326,
    )
    opened = open_page(draw_map(sectors=sectors, audience="internal", lang=first).to_html())
    page = opened.page
    page.focus(".gs-area >> nth=0")
    page.keyboard.press("Enter")
    before = page.locator("body").inner_text()
    for code in [*LANGUAGES, first]:
        page.select_option("#gs-language", code)
        own = language.language(code)
        assert page.locator("html").get_attribute("dir") == own.direction
        assert page.locator("html").get_attribute("lang") == code
        assert (
            language.text("Layers and legend", lang=code) in page.locator("#gs-panel").inner_text()
        )
        assert language.number(1500, lang=code) in page.locator(".gs-card").inner_text()
        panel = page.locator("#gs-panel").bounding_box()
        assert (panel["x"] < 640) == (own.direction == "rtl")
    assert page.locator("body").inner_text() == before
    assert opened.complaints == []


def test_what_was_away_when_the_language_changed_speaks_it_when_it_is_back(
    open_page: Callable[..., Any],
) -> None:
    sectors = gpd.GeoDataFrame({"sector_id": [7]}, geometry=[box(37, 36, 37.1, 36.1)], crs=4326)
    page = open_page(draw_map(sectors=sectors, audience="internal", lang="en").to_html()).page
    page.locator("#gs-toggle-sectors").uncheck()
    page.select_option("#gs-language", "ar")
    page.locator("#gs-toggle-sectors").check()
    assert page.locator(".gs-label").inner_text() == "٧"
    assert page.locator(".gs-area").get_attribute("aria-label").endswith("٧\u2069")


def test_the_catalogue_of_a_page_holds_every_language() -> None:
    _, languages = catalogue(draw_map(audience="internal", lang="en").scene)
    assert list(languages) == LANGUAGES
