"""The map in Firefox, another engine than the gate's: `make test-long`."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import folium
import pytest
from branca.element import IFrame

from geosector import language
from geosector.maps import draw_map
from tests.products.firefox import Firefox, firefox, found
from tests.products.hostile import hostile_town
from tests.products.test_map_browser import HOSTILE, OPEN_EACH, hostile_tables, town
from tests.products.test_map_hostile import SHOWN
from tests.products.test_map_keyboard import everything
from tests.products.test_points_browser import many

pytestmark = [pytest.mark.browser, pytest.mark.long]

LANGUAGES = tuple(language.LANGUAGES)
__all__ = ["town"]  # a fixture


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    path = found()
    if path is None:
        missing = "no Firefox on this machine (Debian: apt-get install firefox-esr)"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    with firefox(path, tmp_path_factory.mktemp("profile")) as started:
        yield started


def opened(session: Firefox, folder: Path, html: str) -> Firefox:
    file = folder / "map.html"
    file.write_text(html, encoding="utf-8")
    session.open(file.as_uri())
    session.run("await window.gsReady;")
    return session


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_map_opens_in_every_language(
    session: Firefox, town: Any, tmp_path: Path, lang: str
) -> None:
    page = opened(session, tmp_path, draw_map(**town, audience="internal", lang=lang).to_html())
    assert page.run("return document.documentElement.dir;") == language.language(lang).direction
    assert page.run("return document.querySelectorAll('.gs-area').length;") == len(town["sectors"])
    assert page.run("return performance.getEntriesByType('resource').length;") == 0
    assert page.complaints() == []


def test_the_language_can_be_changed(session: Firefox, town: Any, tmp_path: Path) -> None:
    page = opened(session, tmp_path, draw_map(**town, audience="internal", lang="en").to_html())
    page.run("gs.speak('ckb');")
    assert page.run("return document.title;") == language.text("Map of incidents", "ckb")
    assert page.run("return gs.number(1234.5, 1);") == language.number(
        1234.5, decimals=1, lang="ckb"
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hostile_text_is_shown_as_it_is_and_never_run(
    session: Firefox, tmp_path: Path, lang: str
) -> None:
    drawn = draw_map(**hostile_tables(), audience="internal", lang=lang, bandwidth_m=500)
    page = opened(session, tmp_path, drawn.to_html())
    for selector in (".gs-area", ".gs-place", ".gs-circle", ".gs-border"):
        shown = page.run(f"return ({OPEN_EACH})(arguments[0]);", selector)
        assert sorted(shown) == sorted(HOSTILE), selector
    assert page.run("return window.__pwned ?? null;") is None
    assert page.complaints() == []


def test_points_table_and_filters_work_here_too(session: Firefox, tmp_path: Path) -> None:
    html = draw_map(many(9000), audience="internal", lang="ckb", date="2026-01-01").to_html()
    page = opened(session, tmp_path, html)
    page.run("document.getElementById('gs-opener').click(); await gs.incidents.load();")
    page.run("document.querySelector('[data-column=kind] input').click();")
    page.run(
        "while (gs.incidents.passes === null || !gs.incidents.shapes.canvas?.dataset.drawn)"
        " await new Promise(requestAnimationFrame);"
    )
    assert page.run("return document.querySelectorAll('#gs-table tbody tr').length;") == 100
    press = "new KeyboardEvent('keydown', {key: 'Enter', bubbles: true})"
    page.run(f"document.querySelector('#gs-table tbody tr').dispatchEvent({press});")
    assert page.run("return document.querySelectorAll('.gs-card dl').length;") == 1
    assert page.run("return document.querySelectorAll('tr[aria-current]').length;") == 1
    assert page.complaints() == []


@pytest.mark.parametrize("lang", ["ar", "en"])
def test_every_kind_of_layer_is_drawn_and_worked_here_too(
    session: Firefox, town: Any, tmp_path: Path, lang: str
) -> None:
    page = opened(session, tmp_path, everything(town, lang))
    for toggle in page.run(
        "return [...document.querySelectorAll('.gs-layer > input')].map(one => one.id);"
    ):
        page.run(
            "const one = document.getElementById(arguments[0]); if (!one.checked) one.click();",
            toggle,
        )
        assert page.run("return document.getElementById(arguments[0]).checked;", toggle), toggle
    page.run("document.querySelector('.gs-time-next').click();")
    page.run("document.querySelector('.gs-time-next').click();")
    assert page.run("return document.querySelector('#gs-time input').value;") == "1"
    # One shading at a time: the densities were on, now an area is.
    page.run(
        "[...document.querySelectorAll('.gs-layer > input[type=radio]')]"
        ".find((one) => one.id.includes('rates')).click();"
    )
    assert page.run("return document.querySelectorAll('.gs-shaded').length;") > 0
    page.run("document.getElementById('gs-opener').click(); await gs.incidents.load();")
    page.run("gs.incidents.open(0);")
    assert page.run("return document.querySelectorAll('.gs-card dl').length;") == 1
    for other in ("ckb", "kmr", lang):
        page.run("gs.speak(arguments[0]);", other)
        assert (
            page.run("return document.documentElement.dir;") == language.language(other).direction
        )
    picture = tmp_path / "everything.png"
    page.screenshot(picture)
    assert picture.stat().st_size > 20_000
    assert page.complaints() == []


def test_a_map_is_printed_here_too(session: Firefox, town: Any, tmp_path: Path) -> None:
    page = opened(session, tmp_path, everything(town))
    page.run("window.dispatchEvent(new Event('beforeprint'));")
    assert page.run("return document.documentElement.classList.contains('gs-printing');")
    page.run("window.dispatchEvent(new Event('afterprint'));")
    printed = page.ask("WebDriver:Print", orientation="landscape", background=True)
    assert base64.b64decode(printed)[:5] == b"%PDF-"
    assert page.complaints() == []


def test_html_of_folium_popups_is_cleaned_here_too(session: Firefox, tmp_path: Path) -> None:
    drawn = draw_map(audience="internal", lang="en")
    html = (
        "<i>seen</i><meta http-equiv=refresh content='0;url=https://a.example/'>"
        "<img src=x onerror=window.__pwned=1><a href='javascript:window.__pwned=1'>a</a>"
    )
    folium.Marker([36, 37], popup=folium.Popup(html, show=True)).add_to(drawn)
    folium.Marker([36, 37], popup=folium.Popup(IFrame("<script>parent.__pwned=1</script>"))).add_to(
        drawn
    )
    page = opened(session, tmp_path, drawn.to_html())
    page.run("document.querySelector('.leaflet-popup-content a').click();")
    shown = page.run("return document.querySelector('.leaflet-popup-content').innerHTML;")
    assert "<i>seen</i><img><a>" in shown
    assert page.run("return location.protocol;") == "file:"
    assert page.run("return window.__pwned ?? null;") is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hostile_text_in_every_slot_is_never_run_here_either(
    session: Firefox, tmp_path: Path, lang: str
) -> None:
    drawn = draw_map(**hostile_town(), audience="internal", lang=lang, bandwidth_m=500)
    page = opened(session, tmp_path, drawn.to_html())
    for selector in (".gs-area", ".gs-place", ".gs-circle", ".gs-border"):
        shown = page.run(f"return ({OPEN_EACH})(arguments[0]);", selector)
        assert set(shown) >= set(SHOWN), selector
    assert page.run("return window.__pwned ?? null;") is None
    assert page.complaints() == []
