"""A Chromium without a network that opens files and notes everything it asks for or complains of."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Headless in a container: no sandbox of its own, and nothing that calls home.
SWITCHES = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
DESKTOP, PHONE = (1280, 800), (390, 760)


class Opened(NamedTuple):
    """A page; the addresses it asked for, its own left out; what it complained of."""

    page: Any
    requests: list[str]
    complaints: list[str]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        missing = "no Chromium on this machine (Debian: apt-get install chromium)"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=found, args=list(SWITCHES))
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Give a function that opens a page from its HTML and waits until everything is drawn."""
    contexts = []

    def opened(
        html: str, size: tuple[int, int] = DESKTOP, *, before: str = "", wait: bool = True
    ) -> Opened:
        file = tmp_path / "map.html"
        file.write_text(html, encoding="utf-8")
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, offline=True)
        contexts.append(context)
        page = context.new_page()
        result = Opened(page, [], [])
        address = file.as_uri()
        page.on("request", lambda asked: asked.url == address or result.requests.append(asked.url))
        page.on("console", lambda said: result.complaints.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: result.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (result.complaints.append("dialog"), dialog.dismiss()))
        if before:
            page.add_init_script(before)
        page.goto(address)
        if wait:
            page.evaluate("window.gsReady")
        return result

    yield opened
    for context in contexts:
        context.close()
