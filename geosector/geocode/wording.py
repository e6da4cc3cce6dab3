"""A phrase taken apart: the names in it, and the words that say how they lie to one another.

The words are data (``[phrases]`` of ``words.toml``). A name that the gazetteer knows is never
taken apart: of two readings of the same words the longer one wins, and a name of several words
wins over the words for directions, kinds and roads inside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from geosector.geocode.gazetteer import Gazetteer
from geosector.geocode.match import rank
from geosector.geocode.names import is_arabic, name_keys, normalise, words

BEARINGS = {"N": 0, "NE": 45, "E": 90, "SE": 135, "S": 180, "SW": 225, "W": 270, "NW": 315}
# The longest names of gazetteers and of our own words; longer runs are several names.
LONGEST_NAME = 5
# In a text of more words than this, names in Latin letters begin with a capital.
_SENTENCE = 7
_LEAST_NAME = 3
_LEAST_AFTER_PREFIX = 4
_TOKEN = re.compile(
    r"(?P<number>\d+(?:[.,٫]\d+)?)|(?P<word>(?:[^\W\d_]|[\u0300-\u036f'’‘`´ʼʾʿʻ\u064b-\u065f\u0640])+)"
)
_POSSESSIVE = re.compile(r"['’]s$")
_BREAKS = re.compile(r"[,،;؛:/\\|()\[\]{}<>\n\t–—•\"«»“”]|\.(?:\s|$)|\s-|-\s|\.{2,}")


class Token(NamedTuple):
    """One word or number as written. ``gap``: what stands between it and the one before."""

    text: str
    key: str
    start: int
    end: int
    gap: str
    is_number: bool


class Word(NamedTuple):
    """What a word of the phrase says.

    ``kind``: a section of ``[phrases]``, or ``number``, ``break``. ``value``: metres, degrees or
    a kind of place. ``before``, ``after``: on which side of its name it may stand.
    """

    kind: str
    value: str | float
    before: bool
    after: bool


class Item(NamedTuple):
    """A piece of a phrase: a `Word`, or a run of words that is, or holds, names (``word`` None).

    ``parts``: the run's names and remains, each with whether the gazetteer knows it.
    """

    word: Word | None
    text: str
    start: int
    end: int
    parts: tuple[tuple[str, bool], ...] = ()


@dataclass
class Lexicon:
    """What the words of phrases mean, and which runs of words a gazetteer knows as names."""

    index: Gazetteer
    known: dict[str, bool] = field(default_factory=dict)

    def knows(self, run: str, *, grammatical: bool) -> bool:
        """Say whether a run of words is a name of the gazetteer.

        Parameters
        ----------
        run : str
            Words as written.
        grammatical : bool
            The run begins or ends with a word of phrases: then only the whole of it counts, not
            what is left when a word such as "city of" is taken off.

        Returns
        -------
        bool
        """
        key = f"{run}\0{grammatical}"
        if key not in self.known:
            rules = set(self.index.named(run))
            self.known[key] = bool(rules & {"written", "article", "joined"}) or (
                not grammatical and ("sound" in rules or self._names_a_unit(run))
            )
        return self.known[key]

    def _names_a_unit(self, run: str) -> bool:
        keys = name_keys(run)
        strict = {keys[rule] for rule in ("written", "article", "joined") if rule in keys}
        return not strict.isdisjoint(self.index.units)

    def is_large(self, run: str) -> bool:
        """Say whether a name is that of a town, a city or a unit, which others lie in."""
        if self._names_a_unit(run):
            return True
        positions = next(iter(self.index.named(run).values()), ())
        return any(rank(self.index.places[one]) > 0 for one in positions)


@cache
def vocabulary() -> Mapping[tuple[str, ...], Word]:
    """Give the words of phrases.

    Returns
    -------
    mapping
        Normalised words → what they say.
    """
    section: dict[str, Any] = words()["phrases"]
    found: dict[tuple[str, ...], Word] = {}
    noise = Word("noise", "", before=True, after=True)
    found.update({_key(phrase): noise for phrase in section["noise"]["words"]})
    country = Word("break", "", before=False, after=False)
    found.update({_key(phrase): country for phrase in words()["country"]["after"]})
    for kind, group in section.items():
        if "before" in group:
            _add_group(found, kind, "", group)
    for kind, group in section["kinds"].items():
        _add_group(found, "kind", kind, group)
    for kind in ("outside", "either_side", "part"):
        _add_values(found, kind, {BEARINGS[one]: ones for one, ones in section[kind].items()})
    for kind, name in (("unit", "units"), ("distance", "lengths")):
        _add_values(found, kind, {float(one): ones for one, ones in section[name].items()})
    return found


def _add_values(
    found: dict[tuple[str, ...], Word], kind: str, phrases: Mapping[float, list[str]]
) -> None:
    for value, ones in phrases.items():
        word = Word(kind, value, before=True, after=True)
        found.update({_key(phrase): word for phrase in ones})


def _add_group(
    found: dict[tuple[str, ...], Word], kind: str, value: str, group: Mapping[str, list[str]]
) -> None:
    sides = {side: {_key(phrase) for phrase in group[side]} for side in ("before", "after")}
    for key in sorted(sides["before"] | sides["after"]):
        found[key] = Word(kind, value, key in sides["before"], key in sides["after"])


def _key(phrase: str) -> tuple[str, ...]:
    return tuple(normalise(phrase).split())


@cache
def _abbreviated() -> Mapping[str, float]:
    section = words()["phrases"]["abbreviated"]
    return {normalise(one): BEARINGS[bearing] for bearing, ones in section.items() for one in ones}


@cache
def _numbers() -> Mapping[tuple[str, ...], float]:
    section = words()["phrases"]["numbers"]
    return {
        _key(phrase): float(number.replace("_", "."))
        for number, phrases in section.items()
        for phrase in phrases
    }


@cache
def _joined() -> Mapping[str, str]:
    return {
        normalise(letter): kind
        for kind, letters in words()["phrases"]["joined"].items()
        for letter in letters
    }


@cache
def _articles() -> frozenset[str]:
    return frozenset(
        normalise(word) for group in ("apart", "joined") for word in words()["articles"][group]
    )


def tokens(written: str) -> list[Token]:
    """Cut a text into words and numbers.

    Parameters
    ----------
    written : str

    Returns
    -------
    list of Token
        Digits of any script become 0–9; ``Idlib's`` is ``Idlib``; "5km" is two.

    Examples
    --------
    >>> [(one.text, one.gap) for one in tokens("5km شرق Idlib's, Ariha")]
    [('5', ''), ('km', ''), ('شرق', ' '), ('Idlib', ' '), ('Ariha', ', ')]
    """
    found: list[Token] = []
    end = 0
    for hit in _TOKEN.finditer(written):
        text = _POSSESSIVE.sub("", hit.group())
        key = normalise(text.replace("٫", ".")) if hit["word"] else _digits(text)
        key = key.replace(" ", "")
        if key:
            gap = written[end : hit.start()]
            found.append(Token(text, key, hit.start(), hit.end(), gap, hit["number"] is not None))
            end = hit.end()
    return found


def _digits(text: str) -> str:
    whole, _, decimals = text.replace("٫", ".").replace(",", ".").partition(".")
    return ".".join(filter(None, (normalise(whole), normalise(decimals))))


def items(written: str, lexicon: Lexicon) -> list[Item]:
    """Take a phrase apart.

    Parameters
    ----------
    written : str
    lexicon : Lexicon

    Returns
    -------
    list of Item
        In the order of the text; neighbouring directions and a number with its unit are one.
    """
    cut = tokens(written)
    found: list[Item] = []
    position = 0
    sentence = len(cut) > _SENTENCE and any(one.text[0].isupper() for one in cut[1:])
    while position < len(cut):
        token = cut[position]
        if _BREAKS.search(token.gap):
            hyphen = "-" if token.gap.strip() in {"-", "–", "—", "/"} else ","
            found.append(_item(Word("break", hyphen, before=False, after=False), token, token, ""))
        size, made = _next(
            cut[position : position + LONGEST_NAME], found, lexicon, sentence=sentence
        )
        found.extend(made)
        position += size
    return list(_measured(_joined_up(found)))


def _item(word: Word | None, first: Token, last: Token, text: str) -> Item:
    return Item(word, text, first.start, last.end, ((text, False),) if word is None else ())


def _next(
    ahead: list[Token], before: list[Item], lexicon: Lexicon, *, sentence: bool
) -> tuple[int, list[Item]]:
    """Read the longest word of phrases or known name that the next tokens begin with."""
    first = ahead[0]
    if first.is_number:
        number = Word("number", float(first.key), before=True, after=False)
        return 1, [_item(number, first, first, first.text)]
    word, size = _longest_word(ahead, after_number=_after(before, {"number", "unit"}))
    name = _longest_name(ahead, lexicon, least=size + 1 if word else 1)
    if name and _is_name(ahead[:name], sentence=sentence):
        text = _text(ahead[:name])
        return name, [Item(None, text, first.start, ahead[name - 1].end, ((text, True),))]
    if word is not None:
        return size, [_item(word, first, ahead[size - 1], _text(ahead[:size]))]
    taken_off = _prefixed(ahead, lexicon, after_break=not before)
    if taken_off is not None:
        return taken_off
    if sentence and first.text[0].islower() and first.key not in _articles():
        return 1, [_item(Word("noise", "", before=True, after=True), first, first, first.text)]
    return 1, [_item(None, first, first, first.text)]


def _after(before: list[Item], kinds: set[str]) -> bool:
    return bool(before) and before[-1].word is not None and before[-1].word.kind in kinds


def _text(run: list[Token]) -> str:
    return "".join(
        token.text if number == 0 else f"{token.gap or ' '}{token.text}"
        for number, token in enumerate(run)
    )


def _together(ahead: list[Token]) -> int:
    """Count the tokens up to the next break."""
    for number, token in enumerate(ahead[1:], 1):
        if _BREAKS.search(token.gap) or token.is_number:
            return number
    return len(ahead)


def _longest_word(ahead: list[Token], *, after_number: bool) -> tuple[Word | None, int]:
    keys = [token.key for token in ahead[: _together(ahead)]]
    known = vocabulary()
    for size in range(len(keys), 0, -1):
        key = tuple(keys[:size])
        number = _numbers().get(key)
        word = known.get(key)
        if word is not None and (word.kind != "unit" or after_number):
            return word, size
        if number is not None and _unit_follows(ahead[size:]):
            return Word("number", number, before=True, after=False), size
        bare = known.get(tuple(_bare(one) for one in key))
        if bare is not None and bare.kind != "unit":
            if bare.kind == "outside" and bare.value in BEARINGS.values() and _is_adjective(key):
                bare = bare._replace(kind="part")
            return bare, size
    if (after_number or ahead[0].text.isupper()) and keys[0] in _abbreviated():
        return Word("outside", _abbreviated()[keys[0]], before=True, after=True), 1
    return None, 0


def _is_adjective(key: tuple[str, ...]) -> bool:
    """Say whether a word for a direction has an article, as "الشمالي" has."""
    return tuple(map(_bare, key)) != key


def _unit_follows(ahead: list[Token]) -> bool:
    word = vocabulary().get((ahead[0].key,)) if ahead else None
    return word is not None and word.kind == "unit"


def _bare(key: str) -> str:
    for article in words()["articles"]["joined"]:
        if key.startswith(article) and len(key) > len(article) + 1:
            return key[len(article) :]
    return key


def _longest_name(ahead: list[Token], lexicon: Lexicon, least: int) -> int:
    keys = vocabulary()
    for size in range(_together(ahead), least - 1, -1):
        run = ahead[:size]
        if size == 1 and (len(run[0].key) < _LEAST_NAME or run[0].key in _articles()):
            continue
        ends = (run[0].key, run[-1].key)
        grammatical = any((end,) in keys or (_bare(end),) in keys for end in ends)
        if grammatical and all((one.key,) in keys or (_bare(one.key),) in keys for one in run):
            continue
        if lexicon.knows(_text(run), grammatical=grammatical):
            return size
    return 0


def _is_name(run: list[Token], *, sentence: bool) -> bool:
    """Say whether known words are meant as a name: in a sentence, one has a capital letter."""
    return not sentence or any(one.text[0].isupper() or is_arabic(one.text) for one in run)


def _prefixed(
    ahead: list[Token], lexicon: Lexicon, *, after_break: bool
) -> tuple[int, list[Item]] | None:
    """Take a joined "and", "in" or "of" off a word of phrases or a known name."""
    first = ahead[0]
    kind = _joined().get(first.key[:1])
    if kind is None or (after_break and kind == "and"):
        return None
    rest = first.key[2:] if first.key[:2] == "لل" else first.key[1:]
    if len(rest) < _LEAST_NAME:
        return None
    shorter = [first._replace(key=rest, text=rest, gap=" "), *ahead[1:]]
    word, size = _longest_word(shorter, after_number=False)
    name = 0
    if len(rest) >= _LEAST_AFTER_PREFIX or kind == "and" or lexicon.index.hint(rest):
        name = _longest_name(shorter, lexicon, least=size + 1 if word else 1)
    joint = _item(Word(kind, "", before=True, after=False), first, first, first.text[:1])
    if name:
        text = _text(shorter[:name])
        known = Item(None, text, first.start, shorter[name - 1].end, ((text, True),))
        return name, [joint, known]
    if word is not None and word.kind not in {"noise", "and", "of", "in", "to"}:
        return size, [joint, _item(word, first, shorter[size - 1], _text(shorter[:size]))]
    return None


def _joined_up(found: list[Item]) -> Iterator[Item]:
    """Make one run of names and remains that stand side by side."""
    run: Item | None = None
    for item in found:
        if item.word is None and run is not None:
            text = f"{run.text} {item.text}"
            run = Item(None, text, run.start, item.end, _parts(run.parts, item.parts))
        else:
            if run is not None:
                yield run
            run = item if item.word is None else None
            if item.word is not None:
                yield item
    if run is not None:
        yield run


def _parts(
    left: tuple[tuple[str, bool], ...], right: tuple[tuple[str, bool], ...]
) -> tuple[tuple[str, bool], ...]:
    (last, known), (first, also) = left[-1], right[0]
    if known or also:
        return (*left, *right)
    return (*left[:-1], (f"{last} {first}", False), *right[1:])


def _measured(found: Iterator[Item]) -> Iterator[Item]:
    """Join a number with its unit, and one direction with the next: "شمال شرق"."""
    waiting: Item | None = None
    for item in found:
        if waiting is None:
            waiting = item
            continue
        joined = _one(waiting, item)
        if joined is None:
            yield waiting
            waiting = item
        else:
            waiting = joined
    if waiting is not None:
        yield waiting


def _one(left: Item, right: Item) -> Item | None:
    first, second = left.word, right.word
    if first is None or second is None:
        return None
    text = f"{left.text} {right.text}"
    if first.kind == "number" and second.kind == "unit":
        metres = float(first.value) * float(second.value)
        length = Word("distance", metres, before=True, after=True)
        return Item(length, text, left.start, right.end)
    sides = {"outside", "either_side", "part"}
    if first.kind in sides and second.kind in sides:
        bearing = _halfway(float(first.value), float(second.value))
        if bearing is not None:
            return Item(first._replace(value=bearing), text, left.start, right.end)
    return None


def _halfway(one: float, other: float) -> float | None:
    """Give the direction between two that are at right angles: north and east."""
    turn = (other - one) % 360
    if turn == 0:
        return one
    if turn in {90, 270}:
        return (one + (45 if turn == 90 else -45)) % 360  # noqa: PLR2004 - degrees
    return None
