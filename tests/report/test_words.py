"""The nouns of a report agree with their numbers, and the page for native readers is current."""

from __future__ import annotations

from pathlib import Path

import pytest

from geosector.report.words import NOUNS, how_many
from tools.agreement import NUMBERS, page

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_nouns_and_numbers_is_current() -> None:
    written = (ROOT / "docs" / "number-agreement.md").read_text(encoding="utf-8")
    assert written == page(), "run make agreement"


@pytest.mark.parametrize("noun", NOUNS)
def test_english_has_one_form_for_one_and_another_for_all_else(noun: str) -> None:
    said = {n: how_many(noun, n, "en").replace(f"{n}", "{n}") for n in NUMBERS}
    assert said[1] != said[2]
    assert {said[n] for n in NUMBERS if n != 1} == {said[2]}


@pytest.mark.parametrize("noun", NOUNS)
def test_arabic_changes_at_zero_one_two_three_eleven_and_a_hundred(noun: str) -> None:
    forms = {n: _form(noun, n) for n in NUMBERS}
    assert forms[3] == forms[10]
    assert forms[11] == forms[99] == forms[111] == forms[121]
    assert forms[100] == forms[102]
    assert len({forms[1], forms[2], forms[3]}) == 3


@pytest.mark.parametrize("lang", ["kmr", "ckb"])
@pytest.mark.parametrize("noun", NOUNS)
def test_kurdish_counts_the_singular(lang: str, noun: str) -> None:
    said = {how_many(noun, n, lang).translate(str.maketrans("", "", _DIGITS)) for n in NUMBERS[2:]}
    assert len(said) == 1


_DIGITS = "0123456789٠١٢٣٤٥٦٧٨٩.,٬"


def _form(noun: str, n: int) -> str:
    return how_many(noun, n, "ar").translate(str.maketrans("", "", _DIGITS))
