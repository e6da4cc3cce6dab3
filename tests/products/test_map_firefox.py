"""The map in Firefox, another engine than the gate's: `make test-long`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geosector import language
from geosector.maps import draw_map
from tests.products.firefox import Firefox, firefox, found
from tests.products.test_map_browser import HOSTILE, OPEN_EACH, hostile_tables, town

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
