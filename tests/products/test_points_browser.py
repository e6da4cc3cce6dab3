"""Points, table and filters in a real browser: what went in is what is read, by mouse and by keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from geosector import language
from geosector.maps import draw_map
from tests.products.test_map_browser import HOSTILE, LANGUAGES, PHONE, WGS84

pytestmark = pytest.mark.browser

Open = Callable[..., Any]

READ = """async () => {
    const incidents = await gs.incidents.load();
    return Array.from({length: incidents.count}, (_, i) => {
        const {lat, lng} = incidents.latlng(i);
        const said = (name) => { const told = incidents.value(name, i); return told && gs.say(told); };
        return [lat, lng, ...["id", "kind", "date", "weapon", "locality", "killed"].map(said)];
    });
}"""
TICKED = "[data-column={}] label:has-text('{}') input"


def many(count: int, seed: int = 0) -> gpd.GeoDataFrame:
    """Make synthetic incidents around a crossing."""
    random = np.random.default_rng(seed)
    return gpd.GeoDataFrame(
        {
            "id": [f"S-{at}" for at in range(count)],
            "kind": random.choice(["attack", "fire", "traffic"], count, p=[0.6, 0.3, 0.1]),
            "date": pd.Timestamp("2024-04-01") + pd.to_timedelta(random.integers(0, 400, count), "D"),
            "weapon": random.choice(["مدفعية", "drone", None], count),
            "locality": random.choice(["بلدة", "Qamişlo"], count),
            "killed_man": random.integers(0, 400, count),
        },
        geometry=gpd.points_from_xy(*random.normal((37.06, 36.04), 0.012, (count, 2)).T),
        crs=WGS84,
    )  # fmt: skip


def drawn(incidents: gpd.GeoDataFrame, lang: str = "en", audience: str = "internal") -> str:
    key = bytes(range(32))
    return draw_map(incidents, audience=audience, lang=lang, date="2026-01-01", key=key).to_html()


def open_table(page: Any) -> None:
    page.focus("#gs-opener")
    page.keyboard.press("Enter")
    page.locator("#gs-table tbody tr").first.wait_for()


def passing(page: Any) -> str:
    return str(page.locator("#gs-passing").inner_text())


def test_what_was_packed_is_read_back(open_page: Open) -> None:
    incidents = many(3000)
    opened = open_page(drawn(incidents))
    read = pd.DataFrame(
        opened.page.evaluate(READ),
        columns=["lat", "lon", "id", "kind", "date", "weapon", "locality", "killed"],
    ).set_index("id")
    true = incidents.set_index("id").loc[read.index]
    north = (read["lat"] - true.geometry.y) * 111_000
    east = (read["lon"] - true.geometry.x) * 90_000
    assert max(north.abs().max(), east.abs().max()) <= 0.5
    assert (read["date"] == [language.date(day.date(), lang="en") for day in true["date"]]).all()
    assert read["weapon"].equals(true["weapon"].where(true["weapon"].notna(), None))
    assert (read["killed"].astype(int) == true["killed_man"]).all()
    assert set(zip(read["kind"], true["kind"], strict=True)) == {
        ("Attack", "attack"), ("Fire", "fire"), ("Traffic accident", "traffic"),
    }  # fmt: skip
    assert opened.complaints == []


def test_filters_count_what_passes_and_the_table_follows(open_page: Open) -> None:
    incidents = many(500)
    page = open_page(drawn(incidents)).page
    open_table(page)
    page.locator("#gs-filters summary").click()
    assert passing(page) == "Incidents that pass the filters: 500 of 500"
    page.locator(TICKED.format("kind", "Fire")).uncheck()
    left = incidents[incidents["kind"] != "fire"]
    assert passing(page) == f"Incidents that pass the filters: {len(left)} of 500"
    page.locator(TICKED.format("weapon", "Not stated")).uncheck()
    left = left[left["weapon"].notna()]
    page.fill("#gs-from", "2024-05-01")
    page.fill("#gs-to", "2024-06-15")
    left = left[left["date"].between("2024-05-01", "2024-06-15")]
    page.wait_for_function("n => gs.incidents.passing === n", arg=len(left))
    assert page.locator(".gs-live").inner_text() == passing(page)
    assert page.locator("#gs-table tbody tr").count() == len(left)
    assert page.locator(".gs-reach").is_visible()
    page.click("#gs-clear")
    page.wait_for_function("gs.incidents.passing === 500")
    assert page.locator(".gs-reach").is_hidden()
    page.locator("[data-column=kind] button", has_text="None").click()
    page.wait_for_function("gs.incidents.passing === 0")
    assert page.locator(".gs-nothing").is_visible()


def test_rare_names_share_a_box_and_grades_stand_in_their_order(open_page: Open) -> None:
    incidents = many(240).assign(
        cause=[f"c{at % 120}" for at in range(240)], severity=[at % 3 % 2 + 1 for at in range(240)]
    )
    page = open_page(drawn(incidents)).page
    open_table(page)
    page.locator("#gs-filters summary").click()
    assert page.locator("[data-column=cause] input").count() == 101
    page.locator(TICKED.format("cause", "All others")).uncheck()
    page.wait_for_function("gs.incidents.passing === 200")
    grades = page.locator("[data-column=severity] label bdi").all_inner_texts()
    assert grades == ["1", "160", "2", "80"]


def test_a_date_known_by_month_passes_where_a_part_of_it_does(open_page: Open) -> None:
    incidents = many(4).assign(date=["2024-04", "2024", "2024-04-10", None])
    page = open_page(drawn(incidents)).page
    open_table(page)
    page.locator("#gs-filters summary").click()
    for first, count in (
        ("2024-04-10", 4),
        ("2024-04-30", 3),
        ("2024-05-01", 2),
        ("2025-01-01", 1),
    ):
        page.fill("#gs-from", first)
        page.wait_for_function("n => gs.incidents.passing === n", arg=count)
    page.locator("#gs-undated").uncheck()
    page.wait_for_function("gs.incidents.passing === 0")


@pytest.mark.parametrize("lang", ["en", "ckb"])
def test_a_row_leads_to_its_point_and_back_by_keys_alone(open_page: Open, lang: str) -> None:
    incidents = many(250)
    opened = open_page(drawn(incidents, lang))
    page = opened.page
    open_table(page)
    page.focus("#gs-table tbody tr[tabindex='0']")
    page.keyboard.press("ArrowDown")
    row = page.evaluate("Number(document.activeElement.dataset.row)")
    page.keyboard.press("Enter")
    card = page.locator(".gs-card")
    assert page.evaluate(f"gs.incidents.value('id', {row})") in card.inner_text()
    assert page.evaluate(f"gsMap.getBounds().pad(-0.15).contains(gs.incidents.latlng({row}))")
    focused = "Number(document.activeElement.dataset.row)"
    page.wait_for_function(f"{focused} === {row}")
    assert page.locator("tr[aria-current=true]").get_attribute("data-row") == str(row)
    page.keyboard.press("Escape")
    card.wait_for(state="detached")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) != row
    assert opened.complaints == []


def test_a_click_on_a_point_above_a_sector_opens_its_card_and_marks_its_row(
    open_page: Open,
) -> None:
    incidents = many(250)
    incidents.loc[0, "geometry"] = Point(37.12, 36.09)
    sectors = gpd.GeoDataFrame(
        {"sector_id": [1]}, geometry=[Point(37.06, 36.04).buffer(0.2)], crs=WGS84
    )
    html = draw_map(incidents, sectors=sectors, audience="internal", lang="en").to_html()
    page = open_page(html).page
    open_table(page)
    at = page.evaluate(
        "gsMap.setView([36.09, 37.12], 14, {animate: false}).latLngToContainerPoint([36.09, 37.12])"
    )
    box = page.locator(".folium-map").bounding_box()
    page.mouse.click(box["x"] + at["x"] + 3, box["y"] + at["y"])
    page.locator(".gs-card").wait_for()
    assert "S-0" in page.locator(".gs-card").inner_text()
    marked = page.locator("tr[aria-current=true]")
    marked.wait_for()
    assert "S-0" in marked.inner_text()
    page.mouse.click(box["x"] + at["x"] + 40, box["y"] + at["y"])
    page.wait_for_function(
        "[...document.querySelectorAll('.gs-card h2')].some(h => h.textContent.includes('Sector'))"
    )


def test_incidents_at_one_place_are_counted_and_listed(open_page: Open) -> None:
    incidents = many(30)
    incidents.loc[:11, "geometry"] = Point(37.2, 36.2)
    page = open_page(drawn(incidents)).page
    page.evaluate("gsMap.fire('click', {latlng: L.latLng(36.2, 37.2)})")
    page.locator(".gs-several").wait_for()
    assert page.locator(".gs-card h2").inner_text() == "12 incidents here"
    assert page.locator(".gs-several button").count() == 10
    assert "2" in page.locator(".gs-card p").inner_text()
    page.locator(".gs-several button").first.focus()
    page.keyboard.press("Enter")
    page.locator(".gs-card dl").wait_for()
    assert "Incidents at this place\n12" in page.locator(".gs-card dl").last.inner_text()


def test_the_table_is_paged_and_sorted_by_buttons_in_its_head(open_page: Open) -> None:
    incidents = many(250)
    page = open_page(drawn(incidents)).page
    open_table(page)
    head = page.locator("#gs-table th[scope=col]").first
    first = page.locator("#gs-table tbody th[scope=row]").first
    assert head.get_attribute("aria-sort") == "descending"
    assert first.inner_text() == language.date(incidents["date"].max().date(), lang="en")
    head.locator("button").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#gs-table th[aria-sort=ascending]")
    assert first.inner_text() == language.date(incidents["date"].min().date(), lang="en")
    assert page.locator(".gs-pager p").inner_text() == "Rows 1 to 100 of 250"
    for rows in ("101 to 200", "201 to 250"):
        page.locator(".gs-pager button", has_text="Next").click()
        assert page.locator(".gs-pager p").inner_text() == f"Rows {rows} of 250"
    assert page.locator("#gs-table tbody tr").count() == 50
    assert page.locator(".gs-pager button", has_text="Next").is_disabled()
    page.locator("#gs-table th button", has_text="Kind").click()
    page.wait_for_function("document.querySelectorAll('#gs-table tbody tr').length === 100")
    kinds = page.locator("#gs-table tbody td:nth-child(2)").all_inner_texts()
    assert kinds == sorted(kinds)


def test_the_table_lists_what_is_in_view(open_page: Open) -> None:
    incidents = many(50)
    incidents.loc[0, "geometry"] = Point(37.5, 36.5)
    page = open_page(drawn(incidents)).page
    open_table(page)
    page.evaluate("gsMap.setView([36.5, 37.5], 15, {animate: false})")
    page.wait_for_function("document.querySelectorAll('#gs-table tbody tr').length === 1")
    assert "S-0" in page.locator("#gs-table tbody").inner_text()


def test_many_points_wait_for_a_filter_and_are_drawn_by_their_count(open_page: Open) -> None:
    opened = open_page(drawn(many(20_000)))
    page = opened.page
    assert page.locator("canvas.gs-points").count() == 0
    open_table(page)
    page.locator("#gs-filters summary").click()
    page.locator(TICKED.format("kind", "Fire")).uncheck()
    page.wait_for_selector("canvas.gs-points[data-drawn=counts]")
    assert page.locator("#gs-toggle-points").is_checked()
    page.locator("[data-column=kind] button", has_text="None").click()
    page.wait_for_selector("canvas.gs-points[data-drawn='0']")
    assert opened.complaints == []


def test_on_a_phone_the_table_opens_below_the_map(open_page: Open) -> None:
    opened = open_page(drawn(many(250), "ar"), PHONE)
    page = opened.page
    open_table(page)
    above, below = (page.locator(one).bounding_box() for one in (".folium-map", "#gs-beside"))
    assert below["y"] >= above["y"] + above["height"] - 1
    assert above["height"] > 200
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    assert opened.complaints == []


def test_table_and_filters_change_the_language_with_the_page(open_page: Open) -> None:
    page = open_page(drawn(many(250))).page
    open_table(page)
    page.select_option("#gs-language", "ar")
    page.wait_for_function(
        "document.querySelector('#gs-table tbody th').textContent.includes('٢٠٢٥')"
    )
    assert (
        page.locator("#gs-beside").evaluate("panel => getComputedStyle(panel).direction") == "rtl"
    )
    assert "٢٥٠" in page.locator(".gs-pager p").inner_text()


def test_the_public_gets_a_table_of_places_and_no_point(open_page: Open) -> None:
    incidents = many(200)
    opened = open_page(drawn(incidents, audience="public"))
    page = opened.page
    assert page.evaluate("gs.incidents === undefined")
    page.locator("#gs-toggle-circles").check()
    open_table(page)
    assert sorted(page.locator("#gs-table tbody th").all_inner_texts()) == ["Qamişlo", "بلدة"]
    page.focus("#gs-table tbody tr")
    page.keyboard.press("Enter")
    title = page.locator(".gs-card h2").inner_text()
    assert title in page.locator("tr[aria-current=true]").inner_text()
    assert page.locator("#gs-filters").count() == 0
    assert opened.complaints == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hostile_text_is_shown_as_it_is_in_card_table_and_filters(
    open_page: Open, lang: str
) -> None:
    names = list(HOSTILE)
    columns = ("kind", "weapon", "cause", "severity", "locality", "id")
    incidents = gpd.GeoDataFrame(
        {**dict.fromkeys(columns, names), "date": names, "date_precision": names},
        geometry=[Point(37 + 0.01 * at, 36) for at in range(len(names))],
        crs=WGS84,
    )
    opened = open_page(drawn(incidents, lang))
    page = opened.page
    open_table(page)
    shown = [name for name in names if name.strip()]
    for column in range(1, len(columns) + 1):
        cells = page.locator(f"#gs-table tbody tr > :nth-child({column})")
        assert sorted(filter(None, cells.all_text_contents())) == sorted(shown)
    for column in columns[:4]:
        labels = page.locator(f"[data-column={column}] label bdi")
        assert set(shown) <= set(labels.all_text_contents())
    cards = page.evaluate(
        """async () => { const one = await gs.incidents.load();
        return Array.from({length: one.count}, (_, i) => { one.open(i);
            const card = [...document.querySelectorAll(".gs-card")].at(-1);
            return [...card.querySelectorAll("h2, dd")].map((cell) => cell.textContent); }); }"""
    )
    assert sorted(title for title, *_ in cards if title in shown) == sorted(shown)
    assert page.evaluate("window.__pwned") is None
    assert opened.requests == []
    assert opened.complaints == []
