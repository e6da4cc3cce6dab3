"""Text, plural, number and date in one of the four languages.

The English sentence is the key of a gettext catalogue,
``locales/<code>/LC_MESSAGES/geosector.po``. ``text`` and ``plural`` render a sentence in the
language given, or else in the current one: the innermost ``with speaking(code)``, else the
environment's ``GEOSECTOR_LANG``, else English.

Catalogues are plain ``.po`` files, read and compiled once per process when first needed: there is
no compiled copy that could disagree with its source.
"""

from __future__ import annotations

import datetime as dt
import gettext
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import resources
from typing import Literal, NamedTuple

from geosector.errors import UnknownLanguageError

# U+2068 … U+2069 keep a file name or a number whole inside right-to-left text.
ISOLATE, END_ISOLATE = "\u2068", "\u2069"


class Language(NamedTuple):
    """What a language needs beyond its catalogue."""

    code: str
    name: str
    direction: Literal["ltr", "rtl"]
    digits: str
    decimal_mark: str
    group_mark: str
    percent: str
    minus: str
    babel: str


# Digits and marks are stated here because locale data disagree with print: Babel's default
# numbering system mixes Arabic marks with Latin digits, and browsers lack Sorani digits. The minus
# of right-to-left text carries an invisible mark that keeps it on its side of the number (CLDR).
LANGUAGES = {
    "ar": Language("ar", "العربية", "rtl", "٠١٢٣٤٥٦٧٨٩", "٫", "٬", "{}٪", "\u061c-", "ar_SY"),
    "kmr": Language("kmr", "Kurmancî", "ltr", "0123456789", ",", ".", "%{}", "-", "ku"),
    "ckb": Language("ckb", "سۆرانی", "rtl", "٠١٢٣٤٥٦٧٨٩", "٫", "٬", "{}٪", "\u200f-", "ckb"),
    "en": Language("en", "English", "ltr", "0123456789", ".", ",", "{}%", "-", "en"),
}

# A count for each form of a noun, in the order of the catalogue; elsewhere: one, and any other.
_FORMS = {"ar": (0, 1, 2, 3, 11, 100)}

_current: ContextVar[str | None] = ContextVar("geosector_language", default=None)


def language(code: str) -> Language:
    """Give the facts of a language.

    Parameters
    ----------
    code : str
        ``ar``, ``kmr``, ``ckb`` or ``en``.

    Returns
    -------
    Language
        Its own name, direction, digits and marks.

    Raises
    ------
    UnknownLanguageError
        For any other code.

    Examples
    --------
    >>> language("ckb").direction
    'rtl'
    >>> language("de")
    Traceback (most recent call last):
    ...
    geosector.errors.UnknownLanguageError: Language 'de' is not known. Use one of: ar, kmr, ckb, en.
    """
    try:
        return LANGUAGES[code]
    except KeyError:
        # In English whatever the current language: it is the current language that may be unknown.
        message = f"Language {code!r} is not known. Use one of: {', '.join(LANGUAGES)}."
        raise UnknownLanguageError(message) from None


def current() -> str:
    """Give the code of the current language.

    Returns
    -------
    str
        Set by `speaking`, else by the environment's ``GEOSECTOR_LANG``, else ``en``.

    Examples
    --------
    >>> with speaking("ckb"):
    ...     current()
    'ckb'
    """
    code = _current.get()
    if code is None:
        code = os.environ.get("GEOSECTOR_LANG") or "en"
    return language(code).code


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Make a language the current one inside a ``with`` block, in this thread or task only.

    Parameters
    ----------
    code : str
        ``ar``, ``kmr``, ``ckb`` or ``en``.

    Raises
    ------
    UnknownLanguageError
        For any other code.

    Examples
    --------
    >>> with speaking("ar"):
    ...     number(12)
    '١٢'
    >>> with speaking("xx"):
    ...     pass
    Traceback (most recent call last):
    ...
    geosector.errors.UnknownLanguageError: Language 'xx' is not known. Use one of: ar, kmr, ckb, en.
    """
    token = _current.set(language(code).code)
    try:
        yield
    finally:
        _current.reset(token)


def text(message: str, /, lang: str | None = None, **facts: object) -> str:
    """Say a sentence in a language.

    Parameters
    ----------
    message : str
        The English sentence, a literal (so that it can be extracted for translators), with
        ``{name}`` where a fact stands. Facts are put in as they are and never parsed again.
    lang : str, optional
        Code of the language. Default: the current one.
    **facts : object
        What stands in the braces. In a right-to-left sentence each is set apart by Unicode
        isolates, so that a path or a number keeps its own order.

    Returns
    -------
    str
        The sentence; in English where the catalogue lacks it.

    Examples
    --------
    >>> text("Language: {name}", lang="en", name="{0}")
    'Language: {0}'
    """
    code = current() if lang is None else language(lang).code
    return _fill(_catalogue(code).gettext(message), code, facts)


def plural(one: str, many: str, n: int, /, lang: str | None = None, **facts: object) -> str:
    """Say a sentence whose noun agrees with a number.

    Parameters
    ----------
    one, many : str
        The English sentences for 1 and for every other number, with ``{n}`` where the number
        stands. Arabic has six forms, the others two; they are in the catalogues.
    n : int
        The number. It is printed in the digits of the language.
    lang : str, optional
        Code of the language. Default: the current one.
    **facts : object
        Further facts, as in `text`.

    Returns
    -------
    str
        The sentence.

    Examples
    --------
    >>> plural("{n} sector", "{n} sectors", 1, lang="en")
    '1 sector'
    >>> plural("{n} sector", "{n} sectors", 1024, lang="en")
    '1,024 sectors'
    """
    code = current() if lang is None else language(lang).code
    sentence = _catalogue(code).ngettext(one, many, n)
    return _fill(sentence, code, {**facts, "n": number(n, lang=code)})


def forms(one: str, many: str | None = None, /, lang: str | None = None) -> str | list[str]:
    """Give a sentence of the catalogue unfilled, for a page that fills it in itself.

    Parameters
    ----------
    one : str
        The English sentence.
    many : str, optional
        Its plural, for a sentence whose noun agrees with a number.
    lang : str, optional
        Code of the language. Default: the current one.

    Returns
    -------
    str or list of str
        The sentence with ``{name}`` where facts stand; of a counted noun every form, in the
        order of gettext: six in Arabic (0, 1, 2, 3–10, 11–99, 100 …), two in the others.

    Examples
    --------
    >>> forms("{n} sector", "{n} sectors", lang="en")
    ['{n} sector', '{n} sectors']
    >>> len(forms("{n} sector", "{n} sectors", lang="ar"))
    6
    """
    code = current() if lang is None else language(lang).code
    known = _catalogue(code)
    if many is None:
        return _prepared(known.gettext(one), code)
    return [_prepared(known.ngettext(one, many, n), code) for n in _FORMS.get(code, (1, 2))]


def unmarked(said: str) -> str:
    """Take the isolates out of a sentence: for words that are stored in a table, not shown.

    Parameters
    ----------
    said : str
        What `text` or `plural` gave.

    Returns
    -------
    str

    Examples
    --------
    >>> unmarked("\u2068A3\u2069 is closed")
    'A3 is closed'
    """
    return said.translate({ord(ISOLATE): None, ord(END_ISOLATE): None})


# What a sentence itself holds in Latin signs that right-to-left text would turn round: an option
# with its value (--parts join), the ending of a file (.gpkg), a date, a negative number.
_LATIN_RUN = re.compile(
    r"--[a-z-]+(?: [A-Za-z0-9:]+)*|(?<!\w)\.[a-z]{2,}|\d{4}-\d{2}-\d{2}|(?<!\w)-\d+"
)


@cache  # the sentences are few, and some are said once for each cell of a table
def _isolate_latin(sentence: str) -> str:
    return _LATIN_RUN.sub(rf"{ISOLATE}\g<0>{END_ISOLATE}", sentence)


def _prepared(sentence: str, code: str) -> str:
    return _isolate_latin(sentence) if LANGUAGES[code].direction == "rtl" else sentence


def _fill(sentence: str, code: str, facts: dict[str, object]) -> str:
    sentence = _prepared(sentence, code)
    if LANGUAGES[code].direction == "rtl":
        facts = {key: f"{ISOLATE}{value}{END_ISOLATE}" for key, value in facts.items()}
    return sentence.format(**facts) if facts else sentence


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    if code == "en":
        return gettext.NullTranslations()
    # Babel reads and compiles the catalogue; gettext answers from it.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    source = resources.files("geosector") / "locales" / code / "LC_MESSAGES" / "geosector.po"
    with source.open("rb") as file:
        catalogue = read_po(file, locale=LANGUAGES[code].babel, charset="utf-8")
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def digits(written: str, *, lang: str | None = None) -> str:
    """Write the Western digits of a text in the digits of a language.

    Parameters
    ----------
    written : str
        Any text.
    lang : str, optional
        Code of the language. Default: the current one.

    Returns
    -------
    str
        The same text with 0–9 exchanged, nothing else.

    Examples
    --------
    >>> digits("2024-04", lang="ar")
    '٢٠٢٤-٠٤'
    """
    own = language(current() if lang is None else lang).digits
    return written.translate(str.maketrans("0123456789", own))


def number(value: float, *, decimals: int = 0, lang: str | None = None) -> str:
    """Write a number in a language.

    Parameters
    ----------
    value : float
        The number. A missing one (NaN) is written as an em dash.
    decimals : int
        Digits after the decimal mark.
    lang : str, optional
        Code of the language. Default: the current one.

    Returns
    -------
    str
        With the digits, the decimal mark and the group mark of the language.

    Examples
    --------
    >>> number(9872.5, decimals=1, lang="ar")
    '٩٬٨٧٢٫٥'
    >>> number(9872.5, decimals=1, lang="kmr")
    '9.872,5'
    >>> number(float("nan"), lang="en")
    '—'
    """
    facts = language(current() if lang is None else lang)
    if value != value:  # noqa: PLR0124 - the only number that differs from itself is NaN
        return "—"
    marks = str.maketrans({",": facts.group_mark, ".": facts.decimal_mark, "-": facts.minus})
    # "z" writes what rounds to nothing as 0, never as -0.
    return digits(f"{value:z,.{decimals}f}".translate(marks), lang=facts.code)


def percent(share: float, *, decimals: int = 0, lang: str | None = None) -> str:
    """Write a share as a percentage in a language.

    Parameters
    ----------
    share : float
        1.0 is the whole. A missing one (NaN) is written as an em dash.
    decimals : int
        Digits after the decimal mark.
    lang : str, optional
        Code of the language. Default: the current one.

    Returns
    -------
    str
        With the percent sign where the language puts it.

    Examples
    --------
    >>> percent(0.51, lang="ar"), percent(0.51, lang="kmr"), percent(0.51, lang="en")
    ('٥١٪', '%51', '51%')
    """
    facts = language(current() if lang is None else lang)
    if share != share:  # noqa: PLR0124 - NaN: a dash has no percent sign
        return "—"
    return facts.percent.format(number(100 * share, decimals=decimals, lang=facts.code))


def date(day: dt.date, *, precision: str = "day", lang: str | None = None) -> str:
    """Write a date in a language.

    Parameters
    ----------
    day : datetime.date
        The date. Of less precise dates only the known part is written.
    precision : {"day", "month", "year"}
        How much of it is known.
    lang : str, optional
        Code of the language. Default: the current one.

    Returns
    -------
    str
        In Arabic with the Levantine month names (نيسان, not أبريل).

    Examples
    --------
    >>> import datetime
    >>> date(datetime.date(2024, 4, 16), lang="ar")
    '١٦ نيسان ٢٠٢٤'
    >>> date(datetime.date(2024, 4, 1), precision="month", lang="en")
    'April 2024'
    >>> date(datetime.date(2024, 4, 16), lang="ckb")
    '١٦ی نیسانی ٢٠٢٤'
    """
    from babel.dates import format_date

    facts = language(current() if lang is None else lang)
    if precision == "year":
        return digits(str(day.year), lang=facts.code)
    pattern = "LLLL y" if precision == "month" else "d MMMM y"
    if facts.code in {"kmr", "ckb"} and precision != "month":
        # Kurdish joins the day to its month, "16ê nîsana 2024an": Babel's own long form.
        pattern = "long"
    return digits(str(format_date(day, format=pattern, locale=facts.babel)), lang=facts.code)


def month_name(month: int, *, lang: str | None = None) -> str:
    """Name a month as it stands alone.

    Parameters
    ----------
    month : int
        1 to 12.
    lang : str, optional
        Code of the language. Default: the current one.

    Returns
    -------
    str
        In Arabic the Levantine name.

    Examples
    --------
    >>> [month_name(4, lang=code) for code in LANGUAGES]
    ['نيسان', 'nîsan', 'نیسان', 'April']
    """
    from babel.dates import format_date

    facts = language(current() if lang is None else lang)
    return str(format_date(dt.date(2000, month, 1), format="LLLL", locale=facts.babel))
