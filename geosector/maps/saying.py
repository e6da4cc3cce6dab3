"""Words of a map before the language is chosen: said by Python or by the page, the same way.

A map holds four languages, so its scene holds no sentence but what is to be said: `Words` are
either text from the data, shown as it is, or a `Phrase` that names an English sentence and the
facts in it. `spoken` says them in Python; `catalogue` writes what ``words.js`` needs to say them
in the browser.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from geosector import language
from geosector.language import LANGUAGES

# A year and a day that cannot be taken for one another, to find their places in a written date.
_YEAR, _DAY = 2003, 19


class Phrase(dict[str, Any]):
    """What is to be said in the language of the reader; a dict ready for JSON.

    One of ``{"say": sentence, "with": facts}``, ``{"say": one, "many": many, "n": count,
    "with": facts}``, ``{"number": written}``, ``{"share": written}``,
    ``{"day": iso, "precision": …}``, ``{"digits": written}``, ``{"by": texts by language}``,
    ``{"parts": words one after another}``.
    """


Words: TypeAlias = str | Phrase


def said(sentence: str, /, **facts: Words) -> Phrase:
    """Say a sentence.

    Parameters
    ----------
    sentence : str
        The English sentence, a literal (so that it can be extracted for translators), with
        ``{name}`` where a fact stands.
    **facts : Words
        What stands in the braces.

    Returns
    -------
    Phrase

    Examples
    --------
    >>> spoken(said("Length: {n} m", n=number(1200)), "en")
    'Length: 1,200 m'
    """
    return Phrase(say=sentence, **({"with": facts} if facts else {}))


def counted(one: str, many: str, n: int, /, **facts: Words) -> Phrase:
    """Say a sentence whose noun agrees with a number, which stands at ``{n}``.

    Parameters
    ----------
    one, many : str
        The English sentences for 1 and for every other number.
    n : int
    **facts : Words
        Further facts, as in `said`.

    Returns
    -------
    Phrase

    Examples
    --------
    >>> spoken(counted("{n} incident", "{n} incidents", 3), "en")
    '3 incidents'
    """
    return Phrase(say=one, many=many, n=int(n), **({"with": facts} if facts else {}))


def number(value: float, decimals: int = 0) -> Words:
    """Say a number; a missing one (NaN) is an em dash.

    It is rounded here, so that Python and the browser write the same digits.

    Examples
    --------
    >>> number(1234.56, 1), number(float("nan"))
    ({'number': '1234.6'}, '—')
    """
    return "—" if value != value else Phrase(number=f"{value:z.{decimals}f}")  # noqa: PLR0124


def share(value: float, decimals: int = 0) -> Words:
    """Say a share as a percentage; 1.0 is the whole, a missing one (NaN) an em dash.

    Examples
    --------
    >>> spoken(share(0.515, 1), "kmr")
    '%51,5'
    """
    return "—" if value != value else Phrase(share=f"{100 * value:z.{decimals}f}")  # noqa: PLR0124


def day(date: dt.date, precision: str = "day") -> Phrase:
    """Say a date, or what of it is known: ``precision`` is ``day``, ``month`` or ``year``.

    Examples
    --------
    >>> spoken(day(dt.date(2024, 4, 16)), "ar"), spoken(day(dt.date(2024, 4, 1), "month"), "en")
    ('١٦ نيسان ٢٠٢٤', 'April 2024')
    """
    return Phrase(day=date.isoformat(), precision=precision)


def digits(written: str) -> Words:
    """Say text in which Western digits become those of the language, without group marks.

    Examples
    --------
    >>> digits("Block A"), spoken(digits("12"), "ckb")
    ('Block A', '١٢')
    """
    return Phrase(digits=written) if any("0" <= sign <= "9" for sign in written) else written


def by_language(texts: Mapping[str, str], otherwise: str) -> Words:
    """Say text that the data give in some languages, and what the others read.

    Examples
    --------
    >>> named = by_language({"ar": "ملجأ", "ckb": ""}, "Shelter One")
    >>> spoken(named, "ar"), spoken(named, "ckb"), by_language({}, "Store")
    ('ملجأ', 'Shelter One', 'Store')
    """
    own = {code: written for code, written in texts.items() if written and written != otherwise}
    return Phrase(by={**own, "": otherwise}) if own else otherwise


def joined(*parts: Words) -> Phrase:
    """Say words one after another, with nothing between them.

    Examples
    --------
    >>> spoken(joined(said("Fires"), " (", number(1200), ")"), "en")
    'Fires (1,200)'
    """
    return Phrase(parts=list(parts))


def spoken(words: Words, lang: str | None = None) -> str:
    """Say words in a language.

    Parameters
    ----------
    words : Words
        Text is said as it is.
    lang : str, optional
        Code of the language. Default: the current one.

    Returns
    -------
    str

    Raises
    ------
    UnknownLanguageError
        For a code that is none of the four.

    Examples
    --------
    >>> spoken("{{7*7}}", "ar"), spoken(number(9872.5, 1), "kmr")
    ('{{7*7}}', '9.872,5')
    >>> spoken(said("Close"), "de")
    Traceback (most recent call last):
    ...
    geosector.errors.UnknownLanguageError: Language 'de' is not known. Use one of: ar, kmr, ckb, en.
    """
    code = language.current() if lang is None else language.language(lang).code
    if isinstance(words, str):
        return words
    return next(speak(words, code) for kind, speak in _SPEAKERS.items() if kind in words)


def _sentence(words: Phrase, code: str) -> str:
    facts = {name: spoken(fact, code) for name, fact in words.get("with", {}).items()}
    # Names, not keys, in the calls: a literal there would be taken for a sentence to translate.
    one, many = words["say"], words.get("many")
    if many is None:
        return language.text(one, code, **facts)
    return language.plural(one, many, int(words["n"]), code, **facts)


def _written(number_: str, code: str) -> str:
    decimals = len(number_.partition(".")[2])
    return language.number(float(number_), decimals=decimals, lang=code)


def _date(words: Phrase, code: str) -> str:
    date = dt.date.fromisoformat(words["day"])
    return language.date(date, precision=words["precision"], lang=code)


_SPEAKERS: dict[str, Callable[[Phrase, str], str]] = {
    "say": _sentence,
    "number": lambda words, code: _written(words["number"], code),
    "share": lambda words, code: LANGUAGES[code].percent.format(_written(words["share"], code)),
    "day": _date,
    "digits": lambda words, code: language.digits(words["digits"], lang=code),
    "parts": lambda words, code: "".join(spoken(part, code) for part in words["parts"]),
    "by": lambda words, code: str(words["by"].get(code, words["by"][""])),
}


def told(value: Any, lang: str | None = None) -> Any:  # noqa: ANN401 - a tree of JSON
    """Say every phrase in a tree of dicts and lists; the rest stays as it is.

    Examples
    --------
    >>> told({"name": said("Close"), "at": [36.0, 37.0]}, "en")
    {'name': 'Close', 'at': [36.0, 37.0]}
    """
    if isinstance(value, Phrase):
        return spoken(value, lang)
    if isinstance(value, dict):
        return {name: told(one, lang) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [told(one, lang) for one in value]
    return value


def catalogue(scene: Any) -> tuple[Any, dict[str, dict[str, Any]]]:  # noqa: ANN401 - a tree of JSON
    """Part a scene from its sentences: numbers in their place, the sentences by language.

    Parameters
    ----------
    scene : dict
        With `Phrase` wherever something is to be said.

    Returns
    -------
    scene : dict
        The same; in each phrase a number stands for the sentence.
    languages : dict
        By code: ``name``, ``dir``, ``digits``, ``decimal_mark``, ``group_mark``, ``minus``,
        ``percent``, ``days`` and ``months`` (a date of each of the twelve months, with ``{d}``
        and ``{y}``), and ``sentences``: a text or, for a counted noun, its forms.

    Examples
    --------
    >>> scene, languages = catalogue({"name": said("Close")})
    >>> scene, languages["en"]["sentences"]
    ({'name': {'say': 0}}, ['Close'])
    >>> catalogue({})[1]["kmr"]["sentences"]
    []
    """
    found: dict[tuple[str, str | None], int] = {}

    def numbered(value: Any) -> Any:  # noqa: ANN401 - a tree of JSON
        if isinstance(value, dict):
            parted = {name: numbered(one) for name, one in value.items()}
            if isinstance(value, Phrase) and "say" in value:
                key = (value["say"], parted.pop("many", None))
                parted["say"] = found.setdefault(key, len(found))
            return parted
        if isinstance(value, list | tuple):
            return [numbered(one) for one in value]
        return value

    parted = numbered(scene)
    return parted, {code: _facts(code, list(found)) for code in LANGUAGES}


def _facts(code: str, sentences: list[tuple[str, str | None]]) -> dict[str, Any]:
    """Give what the browser needs to speak a language."""
    own = LANGUAGES[code]
    return {
        "name": own.name,
        "dir": own.direction,
        "digits": own.digits,
        "decimal_mark": own.decimal_mark,
        "group_mark": own.group_mark,
        "minus": own.minus,
        "percent": own.percent,
        "days": [_pattern(month, "day", code) for month in range(1, 13)],
        "months": [_pattern(month, "month", code) for month in range(1, 13)],
        "sentences": [language.forms(one, many, code) for one, many in sentences],
    }


def _pattern(month: int, precision: str, code: str) -> str:
    """Write a date with marks where the day and the year stand."""
    written = language.date(dt.date(_YEAR, month, _DAY), precision=precision, lang=code)
    year, day_ = (language.digits(str(part), lang=code) for part in (_YEAR, _DAY))
    return written.replace(year, "{y}").replace(day_, "{d}")
