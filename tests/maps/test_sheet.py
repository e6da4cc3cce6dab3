"""A page: fonts that are ours, text that is measured, wrapped and never a formula."""

import re
import shutil
import subprocess
import warnings

import pytest

from geosector.language import END_ISOLATE, ISOLATE
from geosector.maps.paper import fonts
from geosector.maps.paper.sheet import Page, Style, width_mm, wrapped


def test_fonts_come_from_installed_packages_and_never_from_the_system():
    from matplotlib.font_manager import FontProperties, findfont

    for family in fonts.families():
        for weight in ("normal", "bold"):
            path = findfont(FontProperties(family=family, weight=weight), fallback_to_default=False)
            assert "geosector-fonts-" in path
            assert ("Bold" in path) is (weight == "bold")


def test_every_letter_of_the_four_languages_can_be_drawn():
    from geosector.maps.assets import ALWAYS

    assert fonts.drawable("".join(sorted(ALWAYS))) == "".join(sorted(ALWAYS))
    assert fonts.drawable("km²") == "km²"


def test_what_no_font_has_is_a_square_and_no_warning():
    page = Page("en")
    page.write(20, 20, "街 \U0001f525")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        page.save("png", None, {})
    assert page._texts[0].get_text() == "\u200e□ □"


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
@pytest.mark.parametrize(
    ("lang", "written", "read"),
    [("ar", "حدٌّ مُغلَق", "حد مغلق"), ("kmr", "Şaredari\u0302", "Şaredarî")],
)
def test_no_letter_with_a_mark_is_doubled_in_the_text_of_a_pdf(tmp_path, lang, written, read):
    page = Page(lang)
    page.write(20, 20, written)
    file = tmp_path / "page.pdf"
    file.write_bytes(page.save("pdf", None, {}))
    done = subprocess.run(
        ["pdftotext", file, "-"], capture_output=True, check=True, text=True, encoding="utf-8"
    )
    assert re.sub(r"[\u200e\u200f\u202a-\u202e]", "", done.stdout).split() == read.split()


def test_lines_are_no_wider_than_asked():
    style = Style(9)
    lines = wrapped("one two three four five six seven " * 3, 30, style)
    assert len(lines) > 3
    assert all(width_mm(line, style) <= 30.3 for line in lines)
    assert " ".join(lines).split() == ("one two three four five six seven " * 3).split()


def test_a_word_wider_than_a_line_is_cut():
    assert "".join(wrapped("W" * 60, 20, Style(9))) == "W" * 60
    assert all(width_mm(line, Style(9)) <= 20 for line in wrapped("W" * 60, 20, Style(9)))


def test_isolates_are_closed_and_opened_again_at_the_end_of_a_line():
    lines = wrapped(f"by {ISOLATE}شارع الثورة الطويل جدا{END_ISOLATE} end", 18, Style(9))
    assert len(lines) > 1
    assert all(line.count(ISOLATE) == line.count(END_ISOLATE) for line in lines)


@pytest.mark.parametrize(
    ("words", "together"),
    [("street (primary, 1.2 km)", "1.2\u00a0km"), ("القطاع ٧", "القطاع\u00a0٧")],
)
def test_a_number_stays_with_its_unit_and_its_noun(words, together):
    assert any(together in line for line in wrapped(words, 100, Style(9)))


def test_arabic_is_shaped():
    # Joined letters are narrower than the same letters apart.
    apart = sum(width_mm(letter, Style(20)) for letter in "شارع")
    assert width_mm("شارع", Style(20)) < apart


def test_letters_of_a_pdf_are_outlines_over_hidden_text():
    page = Page("ar")
    page.write(20, 20, "القطاع ٧")
    before = len(page.figure.texts)
    pdf = page.save("pdf", None, {"Title": "t"})
    assert b"/ToUnicode" in pdf
    assert len(page.figure.texts) == before
    assert page._texts[0].get_path_effects() is None or not page._texts[0].get_path_effects()
