"""Every sentence is there in every language, with the same facts in it."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from geosector import language

PACKAGE = Path(language.__file__).parent
TRANSLATED = [code for code in language.LANGUAGES if code != "en"]
# The counts at which Arabic changes its form, and their neighbours.
COUNTS = (0, 1, 2, 3, 10, 11, 99, 100, 102, 111, 121)


def sentences() -> set[str | tuple[str, ...]]:
    """Find every sentence said in the package."""
    found = extract_from_dir(
        PACKAGE,
        method_map=[("**.py", "python")],
        keywords={"text": None, "plural": (1, 2), "said": None, "counted": (1, 2)},
    )
    return {message for _, _, message, _, _ in found}


def literals() -> set[str]:
    """Find the first literal of every call that says something, as Python itself reads it."""
    calls = (
        node
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args
    )
    return {
        call.args[0].value
        for call in calls
        if call.func.id in {"text", "plural", "said"}  # type: ignore[attr-defined]
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def catalogue(code: str) -> Catalog:
    path = PACKAGE / "locales" / code / "LC_MESSAGES" / "geosector.po"
    with path.open("rb") as file:
        return read_po(file, locale=language.LANGUAGES[code].babel)


def facts(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_no_sentence_is_overlooked_by_the_extractor() -> None:
    """A variable called like one of the functions, among its arguments, hides a sentence."""
    seen = {one[0] if isinstance(one, tuple) else one for one in sentences()}
    assert literals() - seen == set()


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_sentence_is_translated(code: str) -> None:
    known = catalogue(code)
    missing = []
    for message in sentences():
        entry = known.get(message[0] if isinstance(message, tuple) else message)
        if entry is None or entry.fuzzy or not all(_strings(entry.string)):
            missing.append(message)
    assert missing == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_holds_the_facts_of_its_sentence(code: str) -> None:
    for entry in catalogue(code):
        if not entry.id:
            continue
        wanted = facts(_strings(entry.id)[-1])
        for translated in _strings(entry.string):
            # In Arabic the dual and the singular need no numeral beside the noun.
            assert facts(translated) | {"n"} == wanted | {"n"}, (entry.id, translated)
            assert facts(translated) <= wanted, (entry.id, translated)


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_translation_is_left_over(code: str) -> None:
    said = {message[0] if isinstance(message, tuple) else message for message in sentences()}
    kept = {_strings(entry.id)[0] for entry in catalogue(code) if entry.id}
    assert kept - said == set()


@pytest.mark.parametrize("code", TRANSLATED)
@pytest.mark.parametrize("n", COUNTS)
def test_a_number_is_said_in_the_digits_of_the_language(code: str, n: int) -> None:
    said = language.plural("{n} good row.", "{n} good rows.", n, lang=code)
    assert "{" not in said
    if n > 2:
        assert language.number(n, lang=code) in said


def _strings(value: str | tuple[str, ...] | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
