"""A report in a browser without a network: nothing is asked for, nothing runs, all can read it."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from geosector.report.office import Colours, Office
from geosector.report.page import render_page
from tests.products.conftest import DESKTOP, PHONE
from tests.products.hostile import HOSTILE, SURROGATE
from tests.report.documents import LANGUAGES, WORDS, document, everywhere

pytestmark = pytest.mark.browser

in_each_language = pytest.mark.parametrize("lang", LANGUAGES)
# A page of a report has no script, so that nothing in it says when it is drawn.
QUIET = {"wait": False}


@in_each_language
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_report_opens_without_a_request_and_without_a_complaint(open_page, lang, size):
    opened = open_page(render_page(document(lang)), size, **QUIET)
    assert opened.page.title() == WORDS[lang]["title"]
    assert opened.requests == []
    assert opened.complaints == []
    width = opened.page.evaluate("document.documentElement.scrollWidth")
    assert width <= size[0]


@in_each_language
def test_a_report_shuts_nobody_out(open_page, lang):
    opened = open_page(render_page(document(lang)), PHONE, **QUIET)
    found = Axe().run(opened.page)
    assert found.response["violations"] == []


def test_the_darkest_and_the_lightest_colours_of_an_office_can_be_read(open_page):
    # The lightest grey that is accepted.
    light = Colours(accent="#6d6d6d", ink="#6d6d6d", soft="#6d6d6d")
    opened = open_page(render_page(document("en"), Office(colours=light)), **QUIET)
    assert Axe().run(opened.page).response["violations"] == []


@in_each_language
def test_the_font_of_a_report_is_inside_it(open_page, lang):
    opened = open_page(render_page(document(lang)), **QUIET)
    assert opened.page.evaluate(
        "document.fonts.ready.then(() => [...document.fonts].map((one) => one.status))"
    ) == ["loaded"]


def test_hostile_text_is_shown_and_does_nothing(open_page):
    opened = open_page(render_page(everywhere(HOSTILE)), **QUIET)
    assert opened.requests == []
    assert opened.complaints == []
    assert opened.page.evaluate("window.__pwned") is None
    shown = opened.page.evaluate(
        "[...document.querySelectorAll('main section > p:first-of-type')].map((one) => one.textContent)"
    )
    plain = [SURROGATE.sub("\ufffd", text) for text in HOSTILE]
    isolates = dict.fromkeys((0x2068, 0x2069))
    readable = [text for text in plain if text.isprintable() and "\n" not in text]
    assert len(readable) > 60
    assert [text for text in readable if text.translate(isolates) not in shown] == []


@in_each_language
def test_every_link_of_the_contents_leads_to_its_section(open_page, lang):
    page = open_page(render_page(document(lang)), **QUIET).page
    for link in page.query_selector_all("nav a"):
        link.click()
        target = page.evaluate("decodeURIComponent(location.hash.slice(1))")
        heading = page.evaluate(f"document.getElementById({target!r}).textContent")
        assert heading == link.text_content()


def test_a_report_prints_with_stamp_and_number_on_every_page(open_page, tmp_path):
    from tests.report.engines import told

    page = open_page(render_page(document("ar", rows=60)), **QUIET).page
    printed = page.pdf(prefer_css_page_size=True)
    pages = int(told(tmp_path, printed, "pdfinfo").partition("Pages:")[2].split()[0])
    assert pages > 2
    for number, sign in zip(range(1, pages + 1), "١٢٣٤٥٦٧", strict=False):
        said = told(tmp_path, printed, "pdftotext", "-raw", "-f", str(number), "-l", str(number))
        assert sign in said
        assert "٢٠٢٤" in said
