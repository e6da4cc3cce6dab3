"""The page of a report: whole, inert, the same each time, in four languages."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from geosector.errors import InputError
from geosector.report.blocks import Document, Figure, Section, Table, Tile, Tiles
from geosector.report.office import PLAIN, Office
from geosector.report.page import (
    POLICY,
    balanced,
    beside,
    directed,
    flat,
    quoted,
    render_for_paper,
    render_page,
)
from tests.products.hostile import HOSTILE
from tests.report.documents import BARS, LANGUAGES, WORDS, document, everywhere

in_each_language = pytest.mark.parametrize("lang", LANGUAGES)


class Read(HTMLParser):
    """What a page holds: its elements with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" not in self.inside:
            self.text.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [own for name, own in self.elements if name == tag]


@in_each_language
def test_a_page_says_its_language_and_its_direction(lang):
    (root,) = Read(render_page(document(lang))).of("html")
    assert root == {"lang": lang, "dir": "rtl" if lang in {"ar", "ckb"} else "ltr"}


@in_each_language
def test_the_same_report_is_the_same_page(lang):
    assert render_page(document(lang)) == render_page(document(lang))


@in_each_language
def test_a_page_asks_for_nothing_and_runs_nothing(lang):
    read = Read(render_page(document(lang)))
    assert read.of("script") == []
    assert read.of("link") == []
    addresses = [own[name] for _, own in read.elements for name in ("href", "src") if name in own]
    assert all(one.startswith(("#", "./", "data:")) for one in addresses)
    assert {"http-equiv": "Content-Security-Policy", "content": POLICY} in read.of("meta")


@in_each_language
def test_every_cell_of_a_table_is_on_the_page_once(lang):
    report = document(lang)
    (table,) = [one for one in report.sections[0].blocks if hasattr(one, "rows")]
    read = Read(render_page(report))
    shown = "".join(read.text)
    for row in table.rows:
        assert "".join(row) in shown.replace("\n", "")
    assert [own["scope"] for own in read.of("th")] == ["col"] * 3 + ["row"] * len(table.rows)
    assert len(read.of("td")) == 2 * len(table.rows)
    assert len(read.of("caption")) == 1


@in_each_language
def test_every_section_is_reached_from_the_contents(lang):
    report = document(lang)
    read = Read(render_page(report))
    targets = [own["href"][1:] for own in read.of("a") if own["href"].startswith("#")]
    assert targets == [part.anchor for part in flat(report.sections)]
    named = [own["id"] for _, own in read.elements if "id" in own]
    assert set(targets) <= set(named)
    assert len(named) == len(set(named))


@pytest.mark.parametrize("lang", ["ar", "ckb"])
def test_codes_and_dates_are_set_apart(lang):
    page = render_page(document(lang))
    assert "<bdi>SY-01</bdi>" in page
    assert "<bdi>2024-04-16</bdi>" in page
    assert not re.search("[\u2068\u2069]", page)


def test_an_isolate_is_closed_where_its_text_ends():
    assert str(directed("a\u2068b\u2068c")) == "a<bdi>b<bdi>c</bdi></bdi>"
    assert str(directed("\u2069\u2069a")) == "a"
    assert balanced("\u2068a\u2069\u2069b") == "\u2068a\u2069b"


@in_each_language
def test_a_figure_says_what_it_shows_and_a_missing_one_why(lang):
    read = Read(render_page(document(lang)))
    (drawn,) = read.of("svg")
    assert drawn["role"] == "img"
    assert drawn["aria-label"] == WORDS[lang]["subtitle"]
    assert {"class": "missing"} in read.of("p")


@in_each_language
def test_the_stamp_is_on_every_printed_page(lang):
    page = render_page(document(lang))
    rules = page[page.index("@page{") :]
    assert quoted(WORDS[lang]["stamp"]) in rules
    assert ("arabic-indic" in rules) == (lang in {"ar", "ckb"})


def test_hostile_text_is_text():
    plain = Read(render_page(everywhere(["harmless"] * len(HOSTILE))))
    read = Read(render_page(everywhere(HOSTILE)))
    assert [tag for tag, _ in read.elements if tag != "bdi"] == [tag for tag, _ in plain.elements]
    for tag, own in read.elements:
        assert not [name for name in own if name.startswith("on")], tag
        assert "javascript:" not in (own.get("href") or "").lower()


def test_a_link_stays_beside_the_report():
    assert beside("//host.example/x") == "./host.example/x"
    assert beside("https://host.example") == "./https%3A//host.example"
    assert beside("map.ar.html#place") == "./map.ar.html#place"


def test_a_stamp_cannot_leave_its_string():
    assert set(re.findall(r"[^A-Za-z0-9 .,]", quoted("\"';}</style>\\\n@import 'x'")[1:-1])) == {
        "\\"
    }


def test_what_is_no_drawing_is_refused():
    report = Document("en", "t", "", "s", (Section("a", "A", (Figure("1", "c", "<p>", "a"),)),))
    with pytest.raises(InputError, match="cannot be read as SVG"):
        render_page(report)


def test_two_figures_share_no_name():
    figures = tuple(Figure(name, "c", BARS, "a") for name in ("1", "2"))
    read = Read(render_page(Document("en", "t", "", "s", (Section("a", "A", figures),))))
    named = [own["id"] for _, own in read.elements if "id" in own]
    assert len(named) == len(set(named))
    assert {own["id"] for own in read.of("path")} == {"figure-1-bar", "figure-2-bar"}


def test_a_page_without_sections_has_no_contents():
    assert Read(render_page(Document("en", "t", "", "s", ()))).of("nav") == []


def test_the_foot_of_an_office_is_on_the_page():
    page = render_page(document("en"), Office(foot={"en": "Call <113>."}, name={"en": "Office"}))
    assert "<p>Call &lt;113&gt;.</p>" in page
    assert '<p class="office">Office</p>' in page


def test_key_figures_on_paper_stand_in_rows_of_four() -> None:
    tiles = tuple(Tile(str(at), f"Counted {at}") for at in range(6))
    told = Document("en", "T", "", "S", (Section("a", "A", (Tiles(tiles),)),))
    page = Read(render_for_paper(told, PLAIN, "", "serif"))
    kinds = [own.get("class") for own in page.of("div")]
    assert [kinds.count(one) for one in ("row", "tile", "gap")] == [2, 6, 2]


def test_small_tables_stand_beside_each_other_and_wide_or_long_ones_do_not() -> None:
    def table(rows: int, columns: int) -> Table:
        return Table("", "T", ("h",) * columns, (("c",) * columns,) * rows, (False,) * columns)

    shown = (table(9, 3), table(10, 3), table(2, 4))
    page = Read(render_page(Document("en", "T", "", "S", (Section("a", "A", shown),))))
    classes = [own["class"] for own in page.of("div") if "table" in (own.get("class") or "")]
    assert classes == ["table short half", "table short", "table short"]


def test_a_table_that_stands_twice_is_named_once():
    table = Table("fire.by_cause", "Causes", ("", "Count"), (("gas", "1"),), (False, True))
    parts = (Section("fire", "Fires", (table,)), Section("tables", "Tables", (table,)))
    page = render_page(Document("en", "Synthetic", "", "", parts))
    assert page.count('id="table-fire.by_cause"') == 1
    assert page.count("<table") == 2
