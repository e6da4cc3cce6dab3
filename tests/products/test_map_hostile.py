"""Text from a table is text: in every slot of a page, a sheet and a frame, in every language."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

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
            points.open(i);
            const card = [...document.querySelectorAll(".gs-card")].at(-1);
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
        *((slot, SHOWN) for slot in ("area", "area, label", "border", "place", "circle", "locality")),
        *((slot, SHOWN) for slot in ("roads", "names", "names of lines", "points", "table")),
        ("title", [title]),
    ]
    assert page.evaluate(LACKING, [slots, wanted]) == {slot: [] for slot, _ in wanted}
    assert any(title in said.replace("\u2068", "").replace("\u2069", "") or title in said for said in slots["stamp"])
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
