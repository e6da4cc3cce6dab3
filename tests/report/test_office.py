"""What an office may change in a report, and how it hears what is wrong with its file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from geosector.errors import InputError, UnreadableFileError
from geosector.report.blocks import Paragraph
from geosector.report.office import (
    CONTRAST,
    PLAIN,
    Colours,
    Office,
    arrange,
    contrast,
    read_office,
)
from geosector.report.page import render_page
from tests.report.documents import LANGUAGES, document

EXTENDS = '{% extends "geosector/page.html.j2" %}'


@pytest.fixture
def office(tmp_path):
    """Give a function that writes an office's file, and templates beside it, and reads it."""

    def read(toml: str, template: str | None = None, known: set[str] | None = None) -> Office:
        file = tmp_path / "office.toml"
        file.write_text(toml, encoding="utf-8")
        if template is not None:
            (tmp_path / "templates").mkdir()
            (tmp_path / "templates" / "page.html.j2").write_text(template, encoding="utf-8")
        return read_office(file, known)

    return read


def test_an_empty_file_changes_nothing(office):
    assert arrange(document("en"), office("")) == document("en")
    assert office("")._replace(file="") == PLAIN


def test_the_colours_without_a_file_stand_out():
    plain = Colours()
    for colour in (plain.accent, plain.ink, plain.soft):
        assert contrast(colour, "#ffffff") >= CONTRAST
        assert contrast(colour, plain.tint) >= CONTRAST


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("colour = 1", "'colour' is not known here. Expected is one of: colours, foot"),
        ("colours = 1", r"'colours' is 1. Expected is a table: \[colours\]"),
        ("[colours]\npaper = '#000000'", "'colours.paper' is not known here"),
        ("[colours]\naccent = 'red'", "'colours.accent' is 'red'. Expected is a colour as #rrggbb"),
        ("[colours]\nsoft = '#aaaaaa'", r"'#aaaaaa'.* stands out from white 4.5 to 1; this one does 2.1"),
        ("[colours]\naccent = 3\nink = '#000000'", "'colours.accent' is 3"),
        ("[foot]\nde = 'x'", "'foot.de' is not known here. Expected is one of: ar, ckb, en, kmr"),
        ("[foot]\nen = 1", "'foot.en' is 1. Expected is text between quotation marks"),
        ("[foot]\nen = ' '", "'foot.en' is ' '"),
        ("top_places = 0", "'top_places' is 0. Expected is a whole number from 1 to 100"),
        ("top_places = true", "'top_places' is True"),
        ("[sections]\norder = 'a'", "'sections.order' is 'a'. Expected is a list of ids"),
        ("[sections]\norder = ['a', 'a']", "'sections.order' is 'a, a'"),
        ("[sections]\nleave_out = ['x']", "'sections.leave_out' is 'x'. Expected is one of: fires, notes"),
        ("[titles.x]\nen = 'X'", "'titles.x' is not known here. Expected is one of: fires, notes"),
        ("[logo]\nfile = 'none.png'", "none.png cannot be read"),
        ("[logo]\nname = 'x'", "'logo.name' is not known here"),
        ("[logo]\nfile = 'office.toml'", "Expected is a PNG or SVG picture that is whole"),
        ("templates = 'none'", "'templates' is 'none'. Expected is a folder that holds page.html.j2"),
        ("x = ", "office.toml cannot be read"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_key(office, toml, said):
    with pytest.raises(InputError, match=said) as caught:
        office(toml, known={"fires", "notes"})
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(UnreadableFileError, match=r"none\.toml cannot be read"):
        read_office(tmp_path / "none.toml")


# --------------------------------------------------------------- order and words


def test_sections_change_places_and_no_number_changes(office):
    report = document("en")
    made = arrange(report, office("[sections]\norder = ['notes']"))
    assert [part.id for part in made.sections] == ["notes", "fires"]
    assert sorted(made.sections) == sorted(report.sections)


def test_a_section_is_left_out_at_any_depth(office):
    made = arrange(document("en"), office("[sections]\nleave_out = ['causes', 'notes']"))
    assert [(part.id, part.subsections) for part in made.sections] == [("fires", ())]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_titles_and_texts_are_those_of_the_language(office, lang):
    lines = "\n".join(f"{code} = 'T {code}'" for code in LANGUAGES)
    made = arrange(document(lang), office(f"[titles.causes]\n{lines}\n[texts.fires]\n{lines}"))
    (fires, _) = made.sections
    assert fires.blocks[0] == Paragraph(f"T {lang}")
    assert fires.blocks[1:] == document(lang).sections[0].blocks
    assert fires.subsections[0].title == f"T {lang}"


@pytest.mark.parametrize("key", ["name", "foot", "titles.fires", "texts.fires"])
def test_what_is_not_said_in_a_language_is_asked_for(office, key):
    made = office(f"[{key}]\nen = 'x'")
    arrange(document("en"), made)
    with pytest.raises(InputError, match=rf"office\.toml: '{key}' is not said in 'ar'"):
        arrange(document("ar"), made)


# --------------------------------------------------------------- logo


def test_a_png_is_taken_without_what_it_tells_of_its_maker(office, tmp_path):
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("Author", "somebody synthetic")
    Image.new("RGB", (20, 10), "red").save(tmp_path / "logo.png", pnginfo=told)
    logo = office("[logo]\nfile = 'logo.png'").logo
    assert logo.address.startswith("data:image/png;base64,")
    import base64

    assert b"synthetic" not in base64.b64decode(logo.address.partition(",")[2])
    assert f'<img class="logo" src="{logo.address}" alt="">' in render_page(
        document("en"), Office(logo=logo)
    )


def test_an_svg_is_taken_without_what_could_act(office, tmp_path):
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>x()</script><path d="M0 0"/></svg>'
    (tmp_path / "logo.svg").write_text(svg, encoding="utf-8")
    import base64

    content = base64.b64decode(office("[logo]\nfile = 'logo.svg'").logo.address.partition(",")[2])
    assert content == b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0" /></svg>'


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"<html/>", b"\xff" * 2_000_000]
)
def test_what_is_no_picture_is_refused(office, tmp_path, content):
    (tmp_path / "logo.png").write_bytes(content)
    with pytest.raises(InputError, match=r"'logo\.file' is 'logo\.png'. Expected is a"):
        office("[logo]\nfile = 'logo.png'")


# --------------------------------------------------------------- templates


def test_a_template_changes_one_block(office):
    template = (
        EXTENDS + "{% block foot %}<footer>{{ document.stamp|said }} <hr></footer>{% endblock %}"
    )
    page = render_page(document("en"), office("templates = 'templates'", template))
    assert "<footer>Public · 1 May 2024 · synthetic register <hr></footer>" in page
    assert "<table" in page


def test_text_stays_text_in_a_template_of_an_office(office):
    template = EXTENDS + "{% block cover %}<h1>{{ document.title }}</h1>{% endblock %}"
    report = document("en")._replace(title="<b>{{ 7*7 }}</b>")
    page = render_page(report, office("templates = 'templates'", template))
    assert "<h1>&lt;b&gt;{{ 7*7 }}&lt;/b&gt;</h1>" in page


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (
            "{% autoescape false %}{{ document.title }}{% endautoescape %}",
            "cannot turn the escaping",
        ),
        (
            "{{ document.title|safe }}",
            "1: the filter 'safe' is not known; known are anchor, beside",
        ),
        ("{{ document.title|attr('x') }}", "the filter 'attr' is not known"),
        ("{% block x %}", "page.html.j2 cannot be read: 1: "),
        ("{{ ", "page.html.j2 cannot be read: 1: "),
    ],
)
def test_a_template_that_would_write_markup_is_refused(office, template, said):
    with pytest.raises(UnreadableFileError, match=re.escape(said)):
        office("templates = 'templates'", template)


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__ }}", "{{ cycler.__init__ }}", "{{ document._replace(title='x') }}",
        "{{ render_page.__globals__ }}", "{% include '../office.toml' %}", "{{ range(3) }}",
        "{% for part in parts %}{{ part.blocks.append(1) }}{% endfor %}", "{{ 1 / 0 }}",
        "{{ nothing.at.all }}", "{{ 3|said }}", "{{ 'x' is unknown }}",
    ],
)  # fmt: skip
def test_a_template_reaches_nothing_but_the_report(office, template):
    made = office("templates = 'templates'", template)
    with pytest.raises(InputError, match=r"The template .* cannot be filled in"):
        render_page(document("en"), made)


def test_a_template_that_is_not_text_is_refused(office, tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html.j2").write_bytes(b"\xff\xfe")
    with pytest.raises(UnreadableFileError, match=r"page\.html\.j2 cannot be read"):
        office("templates = 'templates'")


def test_the_file_may_stand_anywhere(tmp_path):
    folder = tmp_path / "مكتب"
    folder.mkdir()
    file = folder / "office.toml"
    file.write_text("\ufefftop_places = 3", encoding="utf-8")
    assert read_office(Path(file)).top_places == 3
