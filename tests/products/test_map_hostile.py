"""Text from a table is text: in every slot of a page, a sheet and a frame, in every language."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.dom import minidom

import pytest
from PIL import Image

from geosector import language
from geosector.maps import draw_map
from tests.products.hostile import HOSTILE, SURROGATE, hostile_town

pytestmark = pytest.mark.browser

LANGUAGES = tuple(language.LANGUAGES)
# A lone surrogate can stand in no file; what is shown in its place is what browsers show for it.
SHOWN = sorted(SURROGATE.sub("\ufffd", name) for name in HOSTILE)
KEY = bytes(range(32))

# Everything that a page shows, by the slot it stands in.
READ = """async () => {
    const texts = (selector) => [...document.querySelectorAll(selector)].map((one) => one.textContent);
    const opened = (selector) => [...document.querySelectorAll(selector)].map((shape) => {
        shape.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
        const cards = [...document.querySelectorAll(".gs-card")];
        const own = (tag) => [...cards.at(-1).querySelectorAll(tag)].map((one) => one.textContent);
        return {title: own("h2")[0], values: own("dd"), label: shape.getAttribute("aria-label")};
    });
    const slots = {};
    const keep = (slot, shown) => {
        slots[slot] = shown.map(({title}) => title);
        slots[`${slot}, values`] = shown.flatMap(({values}) => values);
        slots[`${slot}, label`] = shown.map(({label}) => label);
    };
    for (const toggle of document.querySelectorAll(".gs-layer > input")) {
        if (!toggle.checked) toggle.click();
    }
    for (const kind of ["area", "border", "place", "circle", "shaded"]) keep(kind, opened(`.gs-${kind}`));
    slots.names = texts(".gs-label span");
    slots["names of lines"] = texts(".gs-line-name");
    const roads = gs.scene.layers.find(({id}) => id === "roads");
    slots.roads = roads ? roads.names : [];
    const localities = document.getElementById("gs-toggle-rates-localities");
    if (localities && !localities.checked) localities.click();
    keep("locality", opened(".gs-shaded"));
    const points = gs.incidents;
    if (points) {
        await points.load();
        for (let i = 0; i < points.count; i++) {
            const card = gs.cardContent(points.card(i));
            const rows = [card.querySelector("h2"), ...card.querySelectorAll("dd")];
            (slots.points ||= []).push(...rows.map((one) => one.textContent));
        }
        slots.filters = texts(".gs-boxes label > span:first-of-type");
    }
    gsMap.closePopup();
    const opener = document.getElementById("gs-opener");
    if (opener) {
        opener.click();
        await new Promise((done) => setTimeout(done, 300));
        const next = [...document.querySelectorAll(".gs-pager button")].at(-1);
        slots.table = texts("#gs-table tbody th, #gs-table tbody td");
        while (!next.disabled) {
            next.click();
            slots.table.push(...texts("#gs-table tbody th, #gs-table tbody td"));
        }
    }
    slots.title = texts("h1");
    slots.stamp = texts(".gs-stamp span");
    return slots;
}"""
# Which of some texts are nowhere in a slot; compared in the page, where any text can be held.
LACKING = """([slots, wanted]) => Object.fromEntries(wanted.map(([slot, texts]) =>
    [slot, texts.filter((text) => !slots[slot].includes(text))]))"""


def page_of(lang: str, audience: str = "internal", **options: Any) -> str:
    town = hostile_town()
    drawn = draw_map(
        **town,
        audience=audience,
        lang=lang,
        key=None if audience == "internal" else KEY,
        date="2024-06-01",
        **options,
    )
    return drawn.to_html()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_hostile_text_is_shown_as_it_is_in_every_slot_and_nothing_runs(
    open_page: Callable[..., Any], lang: str
) -> None:
    part = SHOWN[LANGUAGES.index(lang) :: len(LANGUAGES)]
    title = "".join(part)
    opened = open_page(page_of(lang, title=title, source=title, bandwidth_m=500))
    page = opened.page
    slots = page.evaluate(READ)
    page.evaluate("gs.speak('ar')")
    page.evaluate("gs.speak('en')")
    filtered = [name for name in SHOWN if name in set(slots["filters"])]
    assert len(filtered) >= min(100, len(SHOWN))
    wanted = [
        *(
            (slot, SHOWN)
            for slot in ("area", "area, label", "border", "place", "circle", "locality")
        ),
        *((slot, SHOWN) for slot in ("roads", "names", "names of lines", "points", "table")),
        ("title", [title]),
    ]
    assert page.evaluate(LACKING, [slots, wanted]) == {slot: [] for slot, _ in wanted}
    assert any(
        title in said.replace("\u2068", "").replace("\u2069", "") or title in said
        for said in slots["stamp"]
    )
    assert page.evaluate("window.__pwned ?? null") is None
    assert opened.requests == []
    assert opened.complaints == []


@pytest.mark.parametrize("audience", ["partner", "public"])
def test_nothing_runs_for_audiences_that_see_less(
    open_page: Callable[..., Any], audience: str
) -> None:
    opened = open_page(page_of("ckb", audience))
    opened.page.evaluate(READ)
    assert opened.page.evaluate("window.__pwned ?? null") is None
    assert opened.requests == []
    assert opened.complaints == []


@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_hostile_text_leaves_a_sheet_whole(kind: str, tmp_path: Path) -> None:
    title = "".join(HOSTILE[::3])
    drawn = draw_map(**hostile_town(), audience="internal", title=title, source=title, lang="ckb")
    file = tmp_path / f"map.{kind}"
    drawn.save(file)
    if kind == "svg":
        elements = minidom.parse(str(file)).getElementsByTagName("*")  # noqa: S318 - ours
        assert not {one.tagName for one in elements} & {"script", "foreignObject", "a", "animate"}
        told = [pair for one in elements for pair in one.attributes.items()]
        assert not [name for name, _ in told if name.lower().startswith("on")]
        links = [value for name, value in told if name.endswith("href")]
        assert all(link.startswith(("#", "data:image/png")) for link in links)
    elif kind == "pdf":
        assert not re.search(rb"/(JavaScript|JS|URI|Launch|OpenAction)\b", file.read_bytes())
    else:
        with Image.open(file) as picture:
            picture.load()


def test_hostile_text_stays_text_in_the_frame_of_a_notebook(open_page: Callable[..., Any]) -> None:
    title = "".join(SHOWN[::3])
    drawn = draw_map(**hostile_town(SHOWN[::3]), audience="internal", title=title, lang="ar")
    opened = open_page(f"<!DOCTYPE html><meta charset=utf-8>{drawn._repr_html_()}", wait=False)
    frame = opened.page.frames[1]
    frame.locator(".gs-area").first.wait_for()
    frame.evaluate("window.gsReady")
    assert frame.evaluate("title => document.querySelector('h1').textContent === title", title)
    assert [one.evaluate("window.__pwned ?? null") for one in opened.page.frames] == [None, None]
    assert set(opened.requests) <= {"about:srcdoc"}
    assert opened.complaints == []


def test_a_megabyte_of_text_is_cut_off_and_the_map_says_so(open_page: Callable[..., Any]) -> None:
    long = "<b>" * 350_000
    names = tuple(f"{at} {long}" for at in range(4))
    opened = open_page(draw_map(**hostile_town(names), audience="internal", lang="en").to_html())
    assert len(opened.page.content()) < 2_000_000
    notes = opened.page.locator("#gs-panel > .gs-note").all_inner_texts()
    assert any("Texts of more than 1,000 letters" in note for note in notes)
    opened.page.focus(".gs-area >> nth=0")
    opened.page.keyboard.press("Enter")
    assert opened.page.locator(".gs-card h2").inner_text() == names[0][:1000] + "…"
    assert opened.complaints == []
