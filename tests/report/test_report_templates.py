"""The three examples of docs/how-to/report-templates.md do what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geosector.report.office import Office, arrange, read_office
from geosector.report.page import render_page
from geosector.report.pdf import render_pdf
from tests.report.documents import LANGUAGES, document
from tests.report.engines import need, text_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "report-templates.md"
SECTIONS = {"fires", "causes", "notes"}
NAMED = re.compile(
    r"^```\w+\n(?:#|<!--|\{#) (\S+)(?: -->| #\})?\n(.*?)^```", re.MULTILINE | re.DOTALL
)


def example(number: int, folder: Path) -> Office:
    """Write the files of one example as the page shows them, and read them."""
    section = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[number]
    for name, content in NAMED.findall(section):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return read_office(folder / "office.toml", SECTIONS)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_shows_name_logo_and_colours(lang, tmp_path):
    office = example(1, tmp_path)
    page = render_page(arrange(document(lang), office), office)
    assert f'<p class="office">{office.name[lang]}</p>' in page
    assert '<img class="logo" src="data:image/svg+xml;base64,' in page
    assert "--accent:#7a1f3d" in page


@pytest.mark.parametrize("lang", ["ar", "en"])
def test_the_second_changes_order_titles_and_texts(lang, tmp_path):
    office = example(2, tmp_path)
    made = arrange(document(lang), office)
    assert office.top_places == 5
    assert [part.id for part in made.sections] == ["notes", "fires"]
    assert made.sections[1].subsections == ()
    page = render_page(made, office)
    for words in (office.titles["fires"], office.texts["fires"], office.foot):
        assert words[lang] in page


def test_the_third_overrides_a_block(tmp_path):
    office = example(3, tmp_path)
    page = render_page(document("en"), office)
    assert "<p>Report of April 2024 on a synthetic town · 3</p>\n</footer>" in page


@pytest.mark.parametrize("number", [1, 2, 3])
def test_weasyprint_draws_every_example(number, tmp_path):
    need("weasyprint")
    office = example(number, tmp_path)
    made = render_pdf(arrange(document("en"), office), office, engine="weasyprint")
    said = text_of(tmp_path, made)
    wanted = ("Civil defence of a synthetic town", "Questions: the office", "synthetic town · 3")
    assert wanted[number - 1] in said


@pytest.mark.parametrize("number", [1, 2])
def test_typst_draws_the_first_two(number, tmp_path):
    need("typst")
    office = example(number, tmp_path)
    made = render_pdf(arrange(document("en"), office), office, engine="typst")
    wanted = ("Civil defence of a synthetic town", "Questions: the office")
    assert wanted[number - 1] in text_of(tmp_path, made)
