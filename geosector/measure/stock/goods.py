"""What goods and their units are called, made comparable: two ways to write a word are one thing.

Case, spaces, hyphens, Arabic spelling, the Arabic article and the English plural do not matter.
What tells goods apart does: the signs of blood groups, decimals and per cent. Words for a unit in
the four languages are in ``units.toml``; litres and millilitres stay two units, since nothing is
converted.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from importlib import resources
from typing import cast

from geosector.measure.stock.given import is_missing
from geosector.tables import fold_label

_ARTICLE, _LONG = "ال", 4
# Signs that tell goods apart, written out before everything but letters and digits goes.
_SIGNS = (
    (re.compile(r"[%٪]"), " percent "),
    (re.compile(r"(?<=\d)\s*[.,٫]\s*(?=\d)"), "point"),
    (re.compile(r"\+"), " plus "),
    (re.compile(r"(?<=\w)[-−–](?=\s*(?:$|[)\]]))|(?<=\w)[-−](?=\s)|\s[-−–]\s*$"), " minus "),
    (re.compile(r"<"), " below "),
    (re.compile(r">"), " above "),
)  # fmt: skip


def good_of(word: object) -> str:
    """Give what the name of an item is compared by; empty for none.

    Examples
    --------
    >>> good_of("Medical-Bags ") == good_of("medical_bag"), good_of("الماء") == good_of("ماء")
    (True, True)
    >>> good_of("blood A+") == good_of("blood A-"), good_of("saline 0.9%") == good_of("saline 9%")
    (False, False)
    >>> good_of(None)
    ''
    """
    if is_missing(word):
        return ""
    written = str(word)
    for sign, spelt in _SIGNS:
        written = sign.sub(spelt, written)
    return " ".join(_stem(one) for one in fold_label(written).split())


def unit_of(word: object) -> str:
    """Give what a unit is compared by; empty for none.

    Examples
    --------
    >>> unit_of("Litres"), unit_of("لتر"), unit_of("L."), unit_of("crates"), unit_of(None)
    ('litre', 'litre', 'litre', 'crate', '')
    >>> unit_of("ml") == unit_of("l")
    False
    """
    plain = good_of(word)
    return _units().get(plain, plain)


def spelling(words: Iterable[object], fold: Callable[[object], str]) -> dict[str, str]:
    """Choose how each thing is written: as it is most often, and of several the first by letters.

    Parameters
    ----------
    words : iterable
        As people wrote them.
    fold : callable
        `good_of` or `unit_of`.

    Returns
    -------
    dict
        What a word is compared by → how it is written.

    Examples
    --------
    >>> spelling(["Water", "water ", "water ", None], good_of)
    {'water': 'water'}
    >>> spelling([], unit_of)
    {}
    """
    counts = Counter(" ".join(str(word).split()) for word in words if not is_missing(word))
    chosen: dict[str, str] = {}
    for word in sorted(counts, key=lambda one: (-counts[one], one)):
        chosen.setdefault(fold(word), word)
    chosen.pop("", None)
    return chosen


@cache
def _units() -> dict[str, str]:
    source = resources.files("geosector.measure.stock") / "units.toml"
    known = cast("dict[str, list[str]]", tomllib.loads(source.read_text(encoding="utf-8")))
    return {good_of(word): unit for unit, words in known.items() for word in (unit, *words)}


def _stem(word: str) -> str:
    """Leave out the Arabic article and the English plural."""
    if len(word) > _LONG:
        word = word.removeprefix(_ARTICLE)
    is_plural = len(word) >= _LONG and word.isascii() and word[-1] == "s" and word[-2] != "s"
    return word[:-1] if is_plural else word
