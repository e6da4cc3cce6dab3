"""Words are said the same way in four languages, and sentences travel apart from their facts."""

from __future__ import annotations

import datetime as dt

import pytest

from geosector import language
from geosector.errors import UnknownLanguageError
from geosector.maps.saying import (
    by_language,
    catalogue,
    counted,
    day,
    digits,
    joined,
    number,
    said,
    share,
    spoken,
    told,
)


def test_text_of_the_data_is_said_as_it_is_in_every_language() -> None:
    hostile = "{n}{{7*7}}</script>"
    assert {spoken(hostile, code) for code in language.LANGUAGES} == {hostile}


def test_a_fact_is_never_parsed_again() -> None:
    phrase = said("Source: {source}", source="{source}")
    assert spoken(phrase, "en") == "Source: {source}"


def test_a_missing_number_is_a_dash_and_a_rounded_nothing_has_no_sign() -> None:
    assert number(float("nan")) == share(float("nan")) == "—"
    assert spoken(number(-0.04, 1), "en") == "0.0"


def test_the_forms_of_arabic_follow_the_number() -> None:
    said_of = [counted("{n} incident", "{n} incidents", n) for n in (1, 2, 3, 11)]
    nouns = {spoken(one, "ar").split()[-1] for one in said_of}
    assert len(nouns) == len(said_of)


def test_each_sentence_is_written_once_however_often_it_is_said() -> None:
    scene, languages = catalogue(
        [said("Close"), {"name": said("Close")}, counted("{n} incident", "{n} incidents", 2)]
    )
    assert scene == [{"say": 0}, {"name": {"say": 0}}, {"say": 1, "n": 2}]
    assert all(len(facts["sentences"]) == 2 for facts in languages.values())
    assert len(languages["ar"]["sentences"][1]) == 6


def test_dates_have_a_pattern_for_each_month_of_each_language() -> None:
    for code, facts in catalogue({})[1].items():
        for month in range(1, 13):
            written = facts["days"][month - 1].replace("{d}", language.digits("7", lang=code))
            written = written.replace("{y}", language.digits("1999", lang=code))
            assert written == language.date(dt.date(1999, month, 7), lang=code)


def test_a_tree_is_told_in_one_language() -> None:
    tree = {"rows": [[said("Close"), digits("A1")], (joined("x", number(2)),)], "at": 1.5}
    assert told(tree, "en") == {"rows": [["Close", "A1"], ["x2"]], "at": 1.5}


def test_a_name_of_one_language_is_read_in_it_alone() -> None:
    named = by_language({"ar": "مستودع", "kmr": "Store"}, "Store")
    assert named == {"by": {"ar": "مستودع", "": "Store"}}
    assert [spoken(named, code) for code in ("ar", "kmr")] == ["مستودع", "Store"]


def test_an_unknown_language_is_refused_even_for_text() -> None:
    with pytest.raises(UnknownLanguageError):
        spoken(day(dt.date(2024, 4, 1)), "de")
