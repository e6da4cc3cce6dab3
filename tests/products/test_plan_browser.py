"""A plan in a real browser: shadings, lines and cards, with mouse and keyboard. Synthetic data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import box

from geosector import language
from geosector.maps import draw_map
from tests.drawn_plan import plan

pytestmark = pytest.mark.browser

ROUTES, SITES = "#gs-toggle-plan-routes", "#gs-toggle-plan-sites"


def page_of(lang: str = "en") -> str:
    sectors = gpd.GeoDataFrame(
        {"sector_id": [1, 2]},
        geometry=[box(37.0, 36.0, 37.1, 36.1), box(37.1, 36.0, 37.2, 36.1)], crs=4326,
    )  # fmt: skip
    return draw_map(sectors=sectors, plan=plan(), audience="internal", lang=lang).to_html()


def card(page: Any) -> str:
    return str(page.locator(".gs-card").last.inner_text())


def test_a_plan_opens_without_a_network_or_a_complaint(open_page: Callable[..., Any]) -> None:
    opened = open_page(page_of())
    assert opened.requests == []
    assert opened.complaints == []
    assert opened.page.locator(".gs-shaded").count() == 3
    assert opened.page.locator(".gs-hatched").count() == 1
    dashes = opened.page.evaluate(
        "[...document.querySelectorAll('.gs-line')].map(one => one.getAttribute('stroke-dasharray'))"
    )
    assert dashes.count("7 5") == 1


def test_questions_of_the_plan_are_chosen_in_the_legend(open_page: Callable[..., Any]) -> None:
    page = open_page(page_of()).page
    page.locator("#gs-toggle-plan-sectors").check()
    assert page.locator(".gs-shaded").count() == 2
    asked = page.locator("#gs-kind-plan-sectors")
    asked.select_option(label="Need against stock · water · l")
    page.locator(".gs-shaded").nth(1).click(position={"x": 20, "y": 20})
    assert "4,321" in card(page)
    asked.select_option(label="Who reaches what, by sector · Shelters · 10 minutes")
    assert "53%" in page.locator("#gs-layer-plan-sectors .gs-classes").inner_text()


def test_ways_and_sites_are_reached_with_the_keyboard(open_page: Callable[..., Any]) -> None:
    page = open_page(page_of()).page
    for shape, words in (
        (".gs-line[stroke='#0066A0']", "North gate"),
        (".gs-place", "Mean minutes"),
    ):
        page.locator(shape).first.focus()
        page.keyboard.press("Enter")
        assert words in card(page)
        page.keyboard.press("Escape")


def test_the_age_of_the_oldest_report_stands_in_the_card_of_a_way(
    open_page: Callable[..., Any],
) -> None:
    page = open_page(page_of()).page
    page.locator(".gs-line[stroke-dasharray='7 5']").focus()
    page.keyboard.press("Enter")
    assert "45, unknown" in card(page)


@pytest.mark.parametrize("lang", language.LANGUAGES)
def test_a_plan_speaks_every_language(open_page: Callable[..., Any], lang: str) -> None:
    opened = open_page(page_of(lang))
    opened.page.locator(SITES).uncheck()
    opened.page.locator(SITES).check()
    assert opened.complaints == []
    assert opened.page.locator(ROUTES).is_checked()
