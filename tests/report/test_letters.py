"""In the fonts of a PDF no two letters share a glyph, and words look as the designer drew them."""

from __future__ import annotations

import io
import unicodedata

import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageChops

from geosector.maps.paper import fonts
from geosector.report.letters import FAMILY, font_files, needs_spare, spare_files
from tests.report.engines import need
from tests.report.test_pdf import ARABIC, SORANI

LETTERS = sorted(set(ARABIC + SORANI))


@pytest.fixture(scope="module")
def font() -> TTFont:
    return TTFont(io.BytesIO(font_files()["Regular"]))


def rules_of(font: TTFont, feature: str) -> dict[str, str]:
    """Give what a feature exchanges one glyph for."""
    table = font["GSUB"].table
    found: dict[str, str] = {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag == feature:
            for at in record.Feature.LookupListIndex:
                for rule in table.LookupList.Lookup[at].SubTable:
                    found |= rule.mapping
    return found


def test_no_two_signs_share_a_glyph(font):
    signs = font.getBestCmap()
    assert len(set(signs.values())) == len(signs)


@pytest.mark.parametrize("form", ["init", "medi", "fina"])
def test_no_two_letters_share_a_form(font, form):
    forms = rules_of(font, form)
    assert len(set(forms.values())) == len(forms)
    own = {font.getBestCmap()[ord(letter)] for letter in LETTERS}
    joins = {letter for letter in LETTERS if unicodedata.bidirectional(letter) == "AL"} - set("ء")
    ends = own & forms.keys()
    assert len(ends) == len(joins) if form == "fina" else 0 < len(ends) < len(joins)


def test_the_font_has_a_name_and_weights_of_its_own(font):
    assert font["name"].getDebugName(1) == FAMILY
    assert font["OS/2"].usWeightClass == 400
    assert TTFont(io.BytesIO(font_files()["Bold"]))["OS/2"].usWeightClass == 700
    assert "fvar" not in font


def test_the_spare_font_is_taken_only_where_it_is_needed():
    assert not needs_spare("ڕۆژهەڵات nîsan ٢٠٢٤ \u2068SY-01\u2069\n")
    assert needs_spare("♠")
    assert sorted(spare_files()) == ["Bold", "Regular"]


def test_words_look_as_the_designer_drew_them(tmp_path):
    need("typst")
    import typst

    pairs = [one + other for one in LETTERS for other in LETTERS]
    words = [*pairs, *(f"ب{letter}ب" for letter in LETTERS), "مُحَمَّد", "تَيِ", "بِئْر", "الأسلاك", "سڵاو"]
    drawn = []
    for name, content in (("own", font_files()["Regular"]), ("designer", _of_the_designer())):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "font.ttf").write_bytes(content)
        page = (
            f'#set page(width: 40cm, height: auto)\n#set text(font: "{FAMILY}", size: 9pt, '
            f'lang: "ar", dir: rtl, fallback: false)\n#"{" ".join(words)}"'
        )
        picture = typst.compile(
            page.encode(), root=str(folder), font_paths=[str(folder)],
            ignore_system_fonts=True, format="png", ppi=100,
        )  # fmt: skip
        drawn.append(Image.open(io.BytesIO(picture)).convert("L"))
    assert drawn[0].size == drawn[1].size
    # An edge may be a shade lighter, where a stroke and its dot are one shape and not two.
    _, most = ImageChops.difference(*drawn).getextrema()
    assert most < 16


def _of_the_designer() -> bytes:
    return fonts.renamed(fonts.noto_font("Regular"), FAMILY, "Regular")
