"""The slider over time and the difference of two periods, in a real browser without a network."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geosector import language
from geosector.maps import draw_map

pytestmark = pytest.mark.browser

LANGUAGES = tuple(language.LANGUAGES)
PHONE = (390, 760)
# Every second of playing takes a hundredth; what was asked for is kept.
HURRIED = """
const set = window.setInterval;
window.paces = [];
window.setInterval = (step, pace) => { window.paces.push(pace); return set(step, pace / 100); };
"""
STILL = "window.matchMedia = (asked) => ({ matches: asked.includes('reduced-motion: reduce') });"


@pytest.fixture
def months() -> gpd.GeoDataFrame:
    """Make synthetic attacks of five months and fires of three, each month at its own spot."""
    attacks = {1: 12, 2: 30, 3: 9, 4: 0, 5: 21}
    rows = [
        {"kind": kind, "date": f"2024-{month:02}-05", "x": 37 + 0.03 * month, "radius_m": 0.0}
        for kind, counts in (("attack", attacks), ("fire", {1: 4, 2: 6, 3: 5}))
        for month, count in counts.items()
        for _ in range(count)
    ]
    table = pd.DataFrame(rows)
    table["y"] = 36.1 + np.random.default_rng(0).normal(0, 0.004, len(table))
    points = gpd.points_from_xy(table.pop("x"), table.pop("y"))
    return gpd.GeoDataFrame(table, geometry=points, crs=4326)


def drawn(months: gpd.GeoDataFrame, lang: str = "en", **options: Any) -> str:
    made = draw_map(
        months, audience="internal", lang=lang, step="month", bandwidth_m=900, **options
    )
    return made.to_html()


def now(page: Any) -> str:
    return str(page.locator(".gs-time-now").inner_text())


# What is drawn at the middle of a month's spot, as red, green, blue and opacity.
COLOUR = """month => {
    const picture = document.querySelector(".leaflet-image-layer");
    const canvas = document.createElement("canvas");
    const [width, height] = [picture.naturalWidth || picture.width, picture.naturalHeight || picture.height];
    [canvas.width, canvas.height] = [width, height];
    const layer = gs.scene.layers.find(({ id }) => id === "frames-attack");
    const [[south, west], [north, east]] = layer.bounds;
    const x = Math.round(width * (37 + 0.03 * month - west) / (east - west) - 0.5);
    const y = Math.round(height * (north - 36.1) / (north - south) - 0.5);
    const context = canvas.getContext("2d");
    context.drawImage(picture, 0, 0);
    return [...context.getImageData(x, y, 1, 1).data];
}"""


def test_the_slider_is_moved_by_keyboard_and_each_frame_is_drawn(
    open_page: Callable[..., Any], months: Any
) -> None:
    opened = open_page(drawn(months))
    page = opened.page
    assert now(page).split() == ["All", "periods", "72", "incidents"]
    page.focus("#gs-time input")
    for key, name, month in (
        ("ArrowRight", "February 2024 30 incidents", 2),
        ("End", "May 2024 21 incidents", 5),
        ("ArrowLeft", "April 2024 0 incidents", None),
        ("Home", "January 2024 12 incidents", 1),
    ):
        page.keyboard.press(key)
        shown = f'.leaflet-image-layer[aria-label$="{name.rsplit(" ", 2)[0]}"]'
        page.locator(shown).wait_for(state="attached")
        assert " ".join(now(page).split()) == name
        seen = [spot for spot in range(1, 6) if page.evaluate(COLOUR, spot)[3] > 60]
        assert seen == ([month] if month else [])
        assert page.locator(".gs-bar-now").count() == 1
    assert page.locator("#gs-time input").get_attribute("aria-valuetext").startswith("January 2024")
    assert opened.requests == opened.complaints == []


def test_colours_are_on_one_scale_in_all_frames(open_page: Callable[..., Any], months: Any) -> None:
    page = open_page(drawn(months)).page
    steps = page.evaluate(
        """async () => {
            const layer = gs.scene.layers.find(({ id }) => id === "frames-attack");
            const bytes = await gs.unpack(layer.steps);
            return layer.frames.map((_, at) =>
                Math.max(...gs.stepsOf(bytes, layer.width, layer.height, at)));
        }"""
    )
    assert steps[1] > 240
    assert np.array(steps) / steps[1] == pytest.approx(np.array([12, 30, 9, 0, 21]) / 30, abs=0.12)


def test_playing_goes_through_all_periods_and_stops_at_the_last(
    open_page: Callable[..., Any], months: Any
) -> None:
    opened = open_page(drawn(months), before=HURRIED)
    page = opened.page
    assert page.evaluate("paces") == []  # nothing plays by itself
    page.focus(".gs-time-play")
    page.keyboard.press("Enter")
    page.locator(".gs-time-now", has_text="May 2024").wait_for()
    page.locator(".gs-time-play[aria-label=Play]").wait_for()
    assert page.evaluate("paces[0]") >= 1000
    page.wait_for_timeout(60)
    assert "May 2024" in now(page)
    assert opened.complaints == []


def test_playing_is_paused_by_the_same_key_and_by_moving_the_slider(
    open_page: Callable[..., Any], months: Any
) -> None:
    page = open_page(drawn(months)).page
    play = page.locator(".gs-time-play")
    play.focus()
    page.keyboard.press("Enter")
    assert "January 2024" in now(page)
    assert play.get_attribute("aria-label") == "Pause"
    page.keyboard.press("Enter")
    assert play.get_attribute("aria-label") == "Play"
    page.keyboard.press("Enter")
    page.focus("#gs-time input")
    page.keyboard.press("End")
    assert play.get_attribute("aria-label") == "Play"
    page.keyboard.press("Home")
    page.wait_for_timeout(1400)  # longer than a period is shown
    assert "January 2024" in now(page)


def test_who_wants_less_motion_gets_a_slower_pace(
    open_page: Callable[..., Any], months: Any
) -> None:
    page = open_page(drawn(months), before=HURRIED + STILL).page
    page.click(".gs-time-play")
    assert page.evaluate("paces[0]") >= 3000


def test_a_period_takes_the_place_of_the_whole_and_gives_it_back(
    open_page: Callable[..., Any], months: Any
) -> None:
    page = open_page(drawn(months)).page
    whole, by_month = (page.locator(f"#gs-toggle-{name}-attack") for name in ("density", "frames"))
    assert (whole.is_checked(), by_month.is_checked()) == (True, False)
    page.click(".gs-time-next")
    assert (whole.is_checked(), by_month.is_checked()) == (False, True)
    assert page.locator("#gs-layer-frames-attack .gs-legend").is_visible()
    page.click(".gs-time-all")
    assert (whole.is_checked(), by_month.is_checked()) == (True, False)
    assert "All periods" in now(page)
    by_month.check()
    assert "January 2024" in now(page)
    whole.check()
    assert "All periods" in now(page)
    page.click(".gs-time-previous")
    assert "May 2024" in now(page)
    page.locator("#gs-toggle-no-shading").check()
    assert "All periods" in now(page)
    assert page.locator(".leaflet-image-layer").count() == 0


def test_the_kind_is_chosen_in_the_control_and_in_the_list_of_layers(
    open_page: Callable[..., Any], months: Any
) -> None:
    page = open_page(drawn(months)).page
    page.select_option(".gs-time-kind", label="Density of fires")
    assert "15 incidents" in now(page)
    assert page.locator("#gs-toggle-density-fire").is_checked()
    assert not page.locator("#gs-toggle-density-attack").is_checked()
    page.locator(".gs-bar").nth(1).click()
    assert " ".join(now(page).split()) == "February 2024 6 incidents"
    page.locator("#gs-toggle-frames-attack").check()
    assert " ".join(now(page).split()) == "February 2024 30 incidents"
    assert page.locator(".gs-time-kind").input_value() == "0"
    assert not page.locator("#gs-toggle-frames-fire").is_checked()
    page.select_option(".gs-time-kind", label="Density of fires")
    assert page.locator("#gs-toggle-frames-fire").is_checked()
    assert page.locator(".leaflet-image-layer").count() == 1


def test_the_bars_are_a_table_for_who_does_not_see_them(
    open_page: Callable[..., Any], months: Any
) -> None:
    months.loc[0, "radius_m"] = 5000.0
    page = open_page(drawn(months)).page
    table = page.locator(".gs-time-table table")
    assert table.locator("caption").text_content() == "Density of attacks"
    rows = [row.split("\n") for row in table.locator("tr").all_inner_texts()]
    assert [cell.strip() for cell in "\t".join(rows[1]).split("\t")] == ["January 2024", "12", "11"]
    assert len(rows) == 6
    assert page.locator(".gs-bar title").nth(1).text_content() == "February 2024: 30 incidents"


@pytest.mark.parametrize("first", LANGUAGES)
def test_the_language_changes_digits_months_and_the_way_time_runs(
    open_page: Callable[..., Any], months: Any, first: str
) -> None:
    opened = open_page(drawn(months, first))
    page = opened.page
    page.click(".gs-time-next")
    for code in [*LANGUAGES, first]:
        page.select_option("#gs-language", code)
        month = language.date(dt.date(2024, 1, 1), precision="month", lang=code)
        assert month in now(page)
        assert language.number(12, lang=code) in now(page)
        assert page.locator("#gs-time input").get_attribute("aria-valuetext").startswith(month)
        bars = page.locator(".gs-bar")
        left = bars.nth(0).bounding_box()["x"] < bars.nth(4).bounding_box()["x"]
        assert left == (language.language(code).direction == "ltr")
        at_end = page.locator("#gs-time").bounding_box()["x"] > 640
        assert at_end == left
    assert opened.complaints == []


@pytest.mark.parametrize(("lang", "onward"), [("ar", "ArrowLeft"), ("en", "ArrowRight")])
def test_arrows_go_the_way_that_time_runs(
    open_page: Callable[..., Any], months: Any, lang: str, onward: str
) -> None:
    page = open_page(drawn(months, lang)).page
    page.focus("#gs-time input")
    page.keyboard.press(onward)
    assert language.number(30, lang=lang) in now(page)
    page.keyboard.press("ArrowUp")
    assert page.locator("#gs-time input").input_value() == "2"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_phone_opens_the_control_by_its_heading(
    open_page: Callable[..., Any], months: Any, lang: str
) -> None:
    opened = open_page(drawn(months, lang), PHONE)
    page = opened.page
    assert page.locator("#gs-time input").is_hidden()
    page.focus("#gs-time summary")
    page.keyboard.press("Enter")
    assert page.locator("#gs-time input").is_visible()
    for key in ("Tab", "ArrowUp", "Tab", "Tab", "Tab"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.className") == "gs-time-next"
    box, scale = (page.locator(name).bounding_box() for name in ("#gs-time", ".gs-scale"))
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert box["x"] >= scale["x"] + scale["width"] or box["x"] + box["width"] <= scale["x"]
    assert opened.complaints == []


def test_the_list_of_layers_ends_above_the_control(
    open_page: Callable[..., Any], months: Any
) -> None:
    page = open_page(drawn(months, compare=("2024-01", "2024-02"))).page
    for box in page.locator("#gs-panel input").all():
        box.check()
    panel, time = (page.locator(name).bounding_box() for name in ("#gs-panel", "#gs-time"))
    assert panel["y"] + panel["height"] <= time["y"]


def test_hostile_dates_and_kinds_are_never_run(open_page: Callable[..., Any]) -> None:
    text = "<img src=x onerror=window.__pwned=1>{{7*7}}"
    table = gpd.GeoDataFrame(
        {"kind": "attack", "date": ["2024-01-01", "2024-01-03", text], "date_precision": text},
        geometry=gpd.points_from_xy([37.0] * 3, [36.0] * 3), crs=4326,
    )  # fmt: skip
    opened = open_page(draw_map(table, audience="internal", lang="en").to_html())
    opened.page.click(".gs-time-next")
    assert opened.page.evaluate("window.__pwned") is None
    assert opened.requests == opened.complaints == []


def test_the_public_has_no_slider(open_page: Callable[..., Any], months: Any) -> None:
    made = draw_map(months, audience="public", lang="en", key=bytes(32), date="2025-01-01")
    opened = open_page(made.to_html())
    assert opened.page.locator("#gs-time").count() == 0
    assert "No slider over time" in opened.page.locator("#gs-panel").inner_text()
    assert opened.complaints == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_difference_shows_less_and_more_with_its_legend(
    open_page: Callable[..., Any], months: Any, lang: str
) -> None:
    opened = open_page(drawn(months, lang, compare=("2024-02", "2024-05")))
    page = opened.page
    legend = page.locator("#gs-layer-difference-attack")
    told = legend.inner_text()
    for month, count in ((2, 30), (5, 21)):
        date = language.date(dt.date(2024, month, 1), precision="month", lang=lang)
        assert date in told
        assert language.number(count, lang=lang) in told
    assert language.text("Change in incidents per km² per {n} days", lang=lang, n=language.number(30, lang=lang)) in told  # fmt: skip
    assert page.locator("img.leaflet-image-layer").count() == 1
    less, more, neither = (
        page.evaluate(COLOUR.replace("frames-attack", "difference-attack"), month)
        for month in (2, 5, 1)
    )
    assert less[2] > less[0] + 50  # blue
    assert more[0] > more[2] + 50  # orange
    assert neither[3] <= 60
    assert opened.complaints == []


# ------------------------------------------------------------------------- points and table


@pytest.fixture
def dated() -> gpd.GeoDataFrame:
    """Make synthetic incidents known by day, month and year, and one without a date."""
    dates = [
        "2024-01-31",
        "2024-02-01",
        "2024-02-29",
        "2024-03",
        "2024",
        "2023",
        None,
        "2024-03-15",
    ]
    table = pd.DataFrame({"id": [f"S-{at}" for at in range(len(dates))], "date": dates})
    table["kind"] = ["attack", "attack", "fire", "fire", "attack", "attack", "attack", "attack"]
    points = gpd.points_from_xy(37 + 0.01 * table.index, [36.0] * len(table))
    return gpd.GeoDataFrame(table, geometry=points, crs=4326)


SHOWN = """() => Array.from({length: gs.incidents.count}, (_, i) => i)
    .filter((i) => gs.incidents.shows(i)).map((i) => gs.incidents.value("id", i)).sort()"""


def shown(page: Any, count: int) -> list[str]:
    page.wait_for_function("n => gs.incidents.passing === n", arg=count)
    page.evaluate("gs.incidents.load('id')")
    return [str(one) for one in page.evaluate(SHOWN)]


def test_points_and_table_show_what_may_have_been_in_the_period(
    open_page: Callable[..., Any], dated: Any
) -> None:
    opened = open_page(drawn(dated))
    page = opened.page
    page.click("#gs-opener")
    page.locator("#gs-table tbody tr").first.wait_for()
    for key, there in (
        ("Home", [0, 4]),
        ("ArrowRight", [1, 2, 4]),
        ("ArrowRight", [3, 4, 7]),
    ):
        page.focus("#gs-time input")
        page.keyboard.press(key)
        if key == "Home":
            page.click(".gs-time-next")
        assert shown(page, len(there)) == [f"S-{at}" for at in there]
        assert page.locator("canvas.gs-points").get_attribute("data-drawn") == str(len(there))
        listed = page.locator("#gs-table tbody tr td:last-child").all_inner_texts()
        assert sorted(listed) == [f"S-{at}" for at in there]
    page.click(".gs-time-all")
    assert len(shown(page, 8)) == 8
    assert opened.complaints == []


def test_the_period_is_told_to_ear_and_eye_with_what_has_no_date(
    open_page: Callable[..., Any], dated: Any
) -> None:
    page = open_page(drawn(dated)).page
    told = page.locator(".gs-time-points[role=status]")
    assert told.is_hidden()
    page.click(".gs-time-next")
    said = (
        "Points and table, this period alone: 2 of 8 incidents of all kinds. "
        "Without a date, so in no period: 1."
    )
    told.wait_for()
    assert told.inner_text() == said
    page.click("#gs-opener")
    for place in ("#gs-layer-points", "#gs-beside"):
        line = page.locator(f"{place} .gs-period")
        assert line.text_content().startswith(f"January 2024 {said}")
        assert "whose month or year alone is known" in line.text_content()
    page.select_option("#gs-language", "ar")
    assert (
        language.date(dt.date(2024, 1, 1), precision="month", lang="ar")
        in page.locator("#gs-beside .gs-period").inner_text()
    )


def test_filters_and_period_hold_together_and_each_is_undone_alone(
    open_page: Callable[..., Any], dated: Any
) -> None:
    page = open_page(drawn(dated)).page
    page.click("#gs-opener")
    page.locator("#gs-filters summary").click()
    page.locator("[data-column=kind] label:has-text('Fire') input").uncheck()
    assert shown(page, 6)
    page.locator(".gs-time-next").click()
    page.locator(".gs-time-next").click()
    assert shown(page, 2) == ["S-1", "S-4"]
    passing = page.locator("#gs-passing")
    assert passing.inner_text() == "Incidents of this period that pass the filters: 2 of 8"
    page.click("#gs-clear")
    assert shown(page, 3) == ["S-1", "S-2", "S-4"]
    page.focus("#gs-all-periods")
    page.keyboard.press("Enter")
    assert len(shown(page, 8)) == 8
    assert page.locator("#gs-beside .gs-period").is_hidden()
    assert page.locator("#gs-toggle-density-attack").is_checked()


def test_facilities_and_circles_stay_while_points_follow(
    open_page: Callable[..., Any], dated: Any
) -> None:
    dated["radius_m"] = [0.0] * 7 + [5000.0]
    clinics = gpd.GeoDataFrame(
        {"kind": ["clinic"]}, geometry=gpd.points_from_xy([37.02], [36.01]), crs=4326
    )
    page = open_page(drawn(dated, facilities=clinics)).page
    drawn_before = page.locator("path.gs-circle, .gs-place").count()
    page.click(".gs-time-next")
    shown(page, 2)
    assert page.locator("path.gs-circle, .gs-place").count() == drawn_before >= 2
    said = page.locator("#gs-layer-points .gs-period").inner_text()
    assert "Circles and the cards of sectors still show all periods." in said


def test_whoever_leaves_the_slider_by_the_list_of_layers_sees_all_points_again(
    open_page: Callable[..., Any], dated: Any
) -> None:
    page = open_page(drawn(dated)).page
    page.click(".gs-time-next")
    shown(page, 2)
    page.locator("#gs-toggle-no-shading").check()
    assert len(shown(page, 8)) == 8
    page.locator("#gs-toggle-frames-attack").check()
    shown(page, 2)


# ------------------------------------------------------------------------- one shading at a time


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_one_shading_is_on_and_arrows_go_from_one_to_the_next(
    open_page: Callable[..., Any], months: Any, lang: str
) -> None:
    opened = open_page(drawn(months, lang, compare=("2024-01", "2024-02")))
    page = opened.page
    group = page.locator("fieldset#gs-shading")
    assert group.locator("legend").inner_text() == language.text(
        "Shading of the ground, one at a time", lang
    )
    radios = [one.get_attribute("id") for one in group.locator("input[type=radio]").all()]
    on = "[...document.querySelectorAll('#gs-shading input:checked')].map(one => one.id)"
    laid = ".leaflet-gs-density-pane > *, .gs-shaded"
    (first,) = page.evaluate(on)
    assert first == "gs-toggle-difference-attack"
    page.focus(f"#{first}")
    seen = []
    for _ in radios:
        page.keyboard.press("ArrowDown")
        (now_on,) = page.evaluate(on)
        seen.append(now_on)
        assert page.locator(laid).count() == (0 if now_on == "gs-toggle-no-shading" else 1)
    assert sorted(seen) == sorted(radios)
    assert len(radios) == 7
    assert opened.complaints == []
