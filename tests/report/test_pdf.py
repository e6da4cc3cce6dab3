"""The PDF of a report by either engine: whole, searched in every letter, the same each time."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from geosector.errors import InputError, MissingPackageError
from geosector.language import digits
from geosector.report import pdf
from geosector.report.blocks import Document, Paragraph, Section
from geosector.report.office import Logo, Office
from geosector.report.pdf import choose_engine, render_pdf
from tests.products.hostile import HOSTILE
from tests.report.documents import LANGUAGES, WORDS, document, everywhere
from tests.report.engines import each_engine, need, text_of, told

in_each_language = pytest.mark.parametrize("lang", LANGUAGES)
DAY = dt.date(2024, 5, 1)
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA"
    "WjR9awAAAABJRU5ErkJggg=="
)

ARABIC = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي"
SORANI = "ئابپتجچحخدرڕزژسشعغفڤقکگلڵمنوۆهەیێھ"


def told_of(lang: str, text: str) -> Document:
    return Document(lang, "t", "", "s", (Section("a", "a", (Paragraph(text),)),))


@each_engine
@in_each_language
def test_the_same_report_is_the_same_pdf(engine, lang):
    need(engine)
    made = [render_pdf(document(lang), date=DAY, engine=engine) for _ in range(2)]
    assert made[0] == made[1]


@each_engine
@in_each_language
def test_a_pdf_is_tagged_and_says_its_title_and_its_day(engine, lang, tmp_path):
    need(engine)
    said = told(tmp_path, render_pdf(document(lang), date=DAY, engine=engine), "pdfinfo")
    assert re.search(r"Tagged: +yes", said)
    assert WORDS[lang]["title"] in said
    assert re.search(r"CreationDate: +Wed May +1 00:00:00 2024", said)


@each_engine
@in_each_language
def test_every_word_of_a_report_is_found_in_its_pdf(engine, lang, tmp_path):
    need(engine)
    words = WORDS[lang]
    said = text_of(tmp_path, render_pdf(document(lang), engine=engine))
    parts = (words["title"], words["subtitle"], words["section"], *words["places"], words["sum"])
    # pdftotext itself turns digits and the letter that is joined to them round.
    wanted = [word for part in parts for word in re.findall(r"[^\W\d]+", part)]
    assert [word for word in wanted if word not in said] == []
    assert "2024-04-16" in said
    assert f"map.{lang}.html" in said


@each_engine
@pytest.mark.parametrize(
    ("lang", "words"),
    [("ar", ("نيسان", "إدلب")), ("ckb", ("نیسان", "ئاگرکەوتنەوە", "ڕاپۆرت")), ("kmr", ("nîsan",))],
)
def test_the_month_is_found_in_each_language(engine, lang, words, tmp_path):
    need(engine)
    said = text_of(tmp_path, render_pdf(document(lang), engine=engine))
    assert [word for word in words if word not in said] == []


@each_engine
@pytest.mark.parametrize(("lang", "letters"), [("ar", ARABIC), ("ckb", SORANI)])
def test_every_letter_is_found_in_every_place_of_a_word(engine, lang, letters, tmp_path):
    need(engine)
    # Alone, then at the beginning, in the middle and at the end, each beside a letter that joins.
    words = [word for one in letters for word in (one, f"{one}مب", f"ب{one}م", f"بم{one}")]
    said = text_of(tmp_path, render_pdf(told_of(lang, " ".join(words)), engine=engine)).split()
    assert [word for word in words if word not in said] == []


@each_engine
@pytest.mark.parametrize(
    "word", ["لا", "بلا", "لأن", "الإسعاف", "آلاف", "ڵا", "سڵاو", "گوڵان", "الله"]
)
def test_letters_that_meet_are_found(engine, word, tmp_path):
    need(engine)
    assert word in text_of(tmp_path, render_pdf(told_of("ar", word), engine=engine)).split()


@each_engine
def test_a_space_is_found_whatever_kind_of_space_came_before_it(engine, tmp_path):
    need(engine)
    made = render_pdf(told_of("en", "a\u00a0b c-d e\u2011f g-h"), engine=engine)
    assert "c-d" in text_of(tmp_path, made)


@each_engine
@in_each_language
def test_every_page_has_the_stamp_and_its_number_in_the_digits_of_the_language(
    engine, lang, tmp_path
):
    need(engine)
    made = render_pdf(document(lang, rows=90), engine=engine)
    pages = int(re.search(r"Pages: +(\d+)", told(tmp_path, made, "pdfinfo"))[1])
    assert pages > 2
    for page in range(1, pages + 1):
        said = told(tmp_path, made, "pdftotext", "-raw", "-f", str(page), "-l", str(page))
        assert WORDS[lang]["stamp"].split()[-1] in said
        assert digits(str(page), lang=lang) in said
        assert digits(str(pages), lang=lang) in said


@each_engine
def test_hostile_text_is_text(engine, tmp_path):
    need(engine)
    made = render_pdf(everywhere(HOSTILE, "en"), date=DAY, engine=engine)
    said = text_of(tmp_path, made)
    for text in ("{{7*7}}", "#{7*7}", "$x_1^2$", "<b>", "&amp;amp;", "__proto__", "<plaintext>"):
        assert text in said
    assert b"/JavaScript" not in made
    assert b"/URI" not in made
    assert b"/EmbeddedFile" not in made


@each_engine
def test_a_pdf_holds_no_path_and_no_moment_of_this_machine(engine):
    need(engine)
    made = render_pdf(document("en"), engine=engine)
    for word in (b"geosector-font", b"/tmp", b"file:", b"/CreationDate"):
        assert word not in made


@each_engine
def test_what_no_font_draws_is_a_hollow_square(engine, tmp_path):
    need(engine)
    said = text_of(tmp_path, render_pdf(told_of("en", "before 街 ♠ after"), engine=engine))
    assert "before □ ♠ after" in said


@each_engine
def test_the_office_is_in_the_pdf(engine, tmp_path):
    need(engine)
    office = Office(name={"en": "Synthetic office"}, foot={"en": "Call 113."}, logo=Logo(PIXEL))
    said = text_of(tmp_path, render_pdf(document("en"), office, engine=engine))
    assert "Synthetic office" in said
    assert "Call 113." in said


@each_engine
def test_a_figure_that_is_no_drawing_is_refused(engine):
    need(engine)
    report = everywhere(["x"])
    blocks = [
        block._replace(svg="<p>") if hasattr(block, "svg") else block
        for block in report.sections[0].blocks
    ]
    broken = report._replace(sections=(report.sections[0]._replace(blocks=tuple(blocks)),))
    with pytest.raises(InputError, match="cannot be read as SVG"):
        render_pdf(broken, engine=engine)


def test_the_day_is_that_of_the_environment_where_none_is_given(monkeypatch):
    need("typst")
    given = render_pdf(document("en"), date=DAY, engine="typst")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1714564800")
    assert render_pdf(document("en"), engine="typst") == given


def test_templates_of_an_office_are_not_left_out_in_silence(monkeypatch):
    monkeypatch.setattr(pdf, "runs", lambda engine: engine == "typst")
    office = Office("office.toml", templates=(("page.html.j2", ""),))
    with pytest.raises(
        InputError, match=r"templates of office\.toml are HTML, which only WeasyPrint"
    ):
        render_pdf(document("en"), office)


def test_the_first_engine_that_runs_is_taken(monkeypatch):
    monkeypatch.setattr(pdf, "runs", lambda _: True)
    assert choose_engine() == "weasyprint"
    assert choose_engine("typst") == "typst"
    assert choose_engine(incidents=10_000) == "typst"
    assert choose_engine("weasyprint", incidents=10_000) == "weasyprint"
    monkeypatch.setattr(pdf, "runs", lambda engine: engine == "typst")
    assert choose_engine() == "typst"
    monkeypatch.setattr(pdf, "runs", lambda engine: engine == "weasyprint")
    assert choose_engine(incidents=10_000) == "weasyprint"


def test_without_an_engine_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setattr(pdf, "runs", lambda _: False)
    with pytest.raises(MissingPackageError, match=r"A PDF needs typst, .* pip install typst"):
        choose_engine()
    with pytest.raises(MissingPackageError, match=r"needs weasyprint, .* geosector\[pdf\]"):
        choose_engine("weasyprint")


def test_an_engine_whose_library_is_missing_does_not_run(monkeypatch):
    def refuse(name):
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(pdf, "import_module", refuse)
    assert pdf.runs.__wrapped__("weasyprint") is False


def test_typst_makes_the_same_bytes_in_this_process_where_no_other_can_be_had(monkeypatch):
    need("typst")
    apart = render_pdf(document("ckb"), engine="typst")
    monkeypatch.setattr("sys.frozen", True, raising=False)
    assert render_pdf(document("ckb"), engine="typst") == apart
