"""Four languages, each with its own direction, digits, marks, plurals and months."""

from __future__ import annotations

import datetime as dt
import re
import threading
from importlib import resources

import pytest
from babel.messages.pofile import read_po

from geosector import language
from geosector.errors import UnknownLanguageError

APRIL_16 = dt.date(2024, 4, 16)
LEVANTINE = [
    "كانون الثاني", "شباط", "آذار", "نيسان", "أيار", "حزيران",
    "تموز", "آب", "أيلول", "تشرين الأول", "تشرين الثاني", "كانون الأول",
]  # fmt: skip
SIX_FORMS = (
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : "
    "n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);"
)
HEADER = r"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: {forms}\n"
"""
ARABIC = (
    HEADER.format(forms=SIX_FORMS)
    + """
msgid "{n} sector"
msgid_plural "{n} sectors"
msgstr[0] "لا قطاعات"
msgstr[1] "قطاع واحد"
msgstr[2] "قطاعان"
msgstr[3] "{n} قطاعات"
msgstr[4] "{n} قطاعاً"
msgstr[5] "{n} قطاع"

msgid "{n} block"
msgid_plural "{n} blocks"
msgstr[0] ""
msgstr[1] ""
msgstr[2] ""
msgstr[3] ""
msgstr[4] ""
msgstr[5] ""

msgid "Read {path}."
msgstr "اقرأ {path}."

#, fuzzy
msgid "Stop."
msgstr "ابدأ."
"""
)


@pytest.fixture
def arabic(tmp_path, monkeypatch):
    """Put a tiny Arabic catalogue in the place of the real one."""
    folder = tmp_path / "locales" / "ar" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "geosector.po").write_text(ARABIC, encoding="utf-8")
    monkeypatch.setattr(language.resources, "files", lambda _package: tmp_path)
    language._catalogue.cache_clear()
    yield
    language._catalogue.cache_clear()


def bare(sentence):
    """Take the invisible marks away."""
    return re.sub("[\u2068\u2069\u061c\u200f]", "", sentence)


@pytest.mark.parametrize(
    ("code", "direction", "name"),
    [
        ("ar", "rtl", "العربية"),
        ("kmr", "ltr", "Kurmancî"),
        ("ckb", "rtl", "سۆرانی"),
        ("en", "ltr", "English"),
    ],
)
def test_each_language_has_its_direction_and_its_own_name(code, direction, name):
    assert language.language(code)[:3] == (code, name, direction)


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("ar", "١٬٢٣٤٬٥٦٧٫٨٩"),
        ("kmr", "1.234.567,89"),
        ("ckb", "١٬٢٣٤٬٥٦٧٫٨٩"),
        ("en", "1,234,567.89"),
    ],
)
def test_a_number_has_the_digits_and_marks_of_its_language(code, written):
    assert language.number(1_234_567.89, decimals=2, lang=code) == written


@pytest.mark.parametrize(
    ("code", "written"), [("ar", "٥١٫٥٪"), ("kmr", "%51,5"), ("ckb", "٥١٫٥٪"), ("en", "51.5%")]
)
def test_the_percent_sign_stands_where_the_language_puts_it(code, written):
    assert language.percent(0.515, decimals=1, lang=code) == written


@pytest.mark.parametrize(
    ("code", "written"), [("ar", "\u061c-٥"), ("kmr", "-5"), ("ckb", "\u200f-٥"), ("en", "-5")]
)
def test_the_minus_stays_on_its_side_of_the_number(code, written):
    assert language.number(-5, lang=code) == written


def test_what_rounds_to_nothing_is_not_minus_nothing():
    assert language.number(-0.2, lang="en") == "0"


@pytest.mark.parametrize("code", language.LANGUAGES)
def test_a_missing_number_is_a_dash(code):
    assert language.number(float("nan"), lang=code) == "—"
    assert language.percent(float("nan"), lang=code) == "—"


@pytest.mark.parametrize("month", range(1, 13))
def test_arabic_months_are_levantine(month):
    assert (
        language.date(dt.date(2024, month, 1), precision="month", lang="ar")
        == f"{LEVANTINE[month - 1]} ٢٠٢٤"
    )


@pytest.mark.parametrize(
    ("code", "day", "month", "year"),
    [
        ("ar", "١٦ نيسان ٢٠٢٤", "نيسان ٢٠٢٤", "٢٠٢٤"),
        ("kmr", "16ê nîsana 2024an", "nîsan 2024", "2024"),
        ("ckb", "١٦ی نیسانی ٢٠٢٤", "نیسان ٢٠٢٤", "٢٠٢٤"),
        ("en", "16 April 2024", "April 2024", "2024"),
    ],
)
def test_a_date_is_written_as_precisely_as_it_is_known(code, day, month, year):
    written = [
        language.date(APRIL_16, precision=known, lang=code) for known in ("day", "month", "year")
    ]
    assert written == [day, month, year]


def test_only_western_digits_change():
    assert language.digits("A-12/٣", lang="ar") == "A-١٢/٣"
    assert language.digits("A-12/٣", lang="kmr") == "A-12/٣"


def test_a_fact_is_never_parsed_again():
    assert language.text("Name: {name}", lang="en", name="{0} {name} %s") == "Name: {0} {name} %s"


@pytest.mark.usefixtures("arabic")
def test_a_fact_is_set_apart_in_right_to_left_text():
    assert language.text("Read {path}.", lang="ar", path="a/b.csv") == "اقرأ \u2068a/b.csv\u2069."


@pytest.mark.usefixtures("arabic")
@pytest.mark.parametrize(
    ("n", "sentence"),
    [
        (0, "لا قطاعات"), (1, "قطاع واحد"), (2, "قطاعان"), (3, "٣ قطاعات"), (10, "١٠ قطاعات"),
        (11, "١١ قطاعاً"), (99, "٩٩ قطاعاً"), (100, "١٠٠ قطاع"), (102, "١٠٢ قطاع"),
        (111, "١١١ قطاعاً"), (121, "١٢١ قطاعاً"), (1003, "١٬٠٠٣ قطاعات"),
    ],
)  # fmt: skip
def test_arabic_nouns_agree_with_their_number(n, sentence):
    assert bare(language.plural("{n} sector", "{n} sectors", n, lang="ar")) == sentence


@pytest.mark.usefixtures("arabic")
def test_what_is_not_translated_or_in_doubt_is_said_in_english():
    assert language.text("Not translated.", lang="ar") == "Not translated."
    assert language.text("Stop.", lang="ar") == "Stop."
    assert bare(language.plural("{n} block", "{n} blocks", 5, lang="ar")) == "٥ blocks"


def test_the_innermost_with_wins_then_the_environment_then_english(monkeypatch):
    assert language.current() == "en"
    monkeypatch.setenv("GEOSECTOR_LANG", "kmr")
    assert language.current() == "kmr"
    with language.speaking("ar"):
        with language.speaking("ckb"):
            assert language.current() == "ckb"
        assert language.current() == "ar"
    assert language.current() == "kmr"


def test_another_thread_keeps_its_own_language():
    heard = []
    with language.speaking("ar"):
        thread = threading.Thread(target=lambda: heard.append(language.current()))
        thread.start()
        thread.join()
    assert heard == ["en"]


def test_an_unknown_language_is_named(monkeypatch):
    monkeypatch.setenv("GEOSECTOR_LANG", "xx")
    with pytest.raises(
        UnknownLanguageError, match=r"'xx' is not known. Use one of: ar, kmr, ckb, en"
    ):
        language.text("Hello.")


@pytest.mark.parametrize("code", ["ar", "kmr", "ckb"])
def test_every_catalogue_has_its_plural_rule_and_keeps_the_facts_of_each_sentence(code):
    source = resources.files("geosector") / "locales" / code / "LC_MESSAGES" / "geosector.po"
    with source.open("rb") as file:
        catalogue = read_po(file, charset="utf-8")
    assert catalogue.num_plurals == (6 if code == "ar" else 2)
    for message in catalogue:
        one, many = message.id if isinstance(message.id, tuple) else (message.id, message.id)
        facts = set(re.findall(r"\{(\w+)\}", f"{one} {many}"))
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        for sentence in filter(None, said):
            # A form for exactly one or two may leave the number out; nothing may be added.
            assert (
                message.id == ""
                or facts - {"n"} <= set(re.findall(r"\{(\w+)\}", sentence)) <= facts
            )


@pytest.mark.parametrize(
    ("n", "form"),
    [
        (0, 0),
        (1, 1),
        (2, 2),
        (3, 3),
        (10, 3),
        (11, 4),
        (99, 4),
        (100, 5),
        (102, 5),
        (111, 4),
        (121, 4),
    ],
)
def test_the_arabic_catalogue_chooses_the_right_form(n, form):
    language._catalogue.cache_clear()
    assert language._catalogue("ar").plural(n) == form


def test_months_have_the_names_that_people_use():
    assert [language.month_name(month, lang="ar") for month in (1, 4, 12)] == [
        "كانون الثاني",
        "نيسان",
        "كانون الأول",
    ]
    assert language.month_name(4, lang="ckb") == "نیسان"
