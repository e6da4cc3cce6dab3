"""The pieces of a phrase become clauses: each a name, and how the place lies to it.

A small grammar, read once from the start to the end::

    phrase   = clause { (break | in | and | nothing) clause }
    clause   = { before } name { after }  |  between name and name  |  crossing name and name
    before   = near | edge | distance | direction [of] | rural | road | street | facility | kind
    after    = rural | road | street | facility | kind | "vicinity" | direction of a countryside

What stands before a name waits for it; what may stand after a name, and directly follows one,
belongs to that name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from geosector.geocode.names import is_arabic
from geosector.geocode.wording import Item, Word

_SIDES = {"outside", "either_side", "part"}
_KINDS = {"kind", "facility", "street", "crossing", "road"}
_PAIRS = {"between", "crossing"}


@dataclass
class Clause:
    """One name (two for ``between`` and a crossing) and how the place lies to it.

    ``relation``: at, near, edge, within, offset, between, rural, part. ``kind``: the word for the
    kind of place, or "". ``metres``, ``bearing``: of an offset; a bearing also of a countryside
    and a part. ``link``: how it follows the clause before: break, hyphen, in, and, next or "".
    """

    names: list[str]
    relation: str = "at"
    kind: str = ""
    metres: float | None = None
    bearing: float | None = None
    link: str = ""


@dataclass
class _Waiting:
    """What has been read and belongs to a name that is still to come."""

    relation: str = ""
    kind: str = ""
    metres: float | None = None
    bearing: float | None = None
    side: str = ""
    of: bool = False
    spare_name: str = ""

    def is_empty(self) -> bool:
        return self == _Waiting()


@dataclass
class _Reading:
    clauses: list[Clause] = field(default_factory=list)
    waiting: _Waiting = field(default_factory=_Waiting)
    link: str = ""
    touching: bool = False
    second: bool = False
    from_seen: bool = False


def clauses(items: Sequence[Item]) -> list[Clause]:
    """Read the clauses of a phrase.

    Parameters
    ----------
    items : sequence of Item
        As `wording.items` gives them.

    Returns
    -------
    list of Clause
        In the order of the text. Empty where nothing is named.

    Examples
    --------
    >>> from geosector.geocode.gazetteer import index_gazetteer
    >>> from geosector.geocode.wording import Lexicon, items
    >>> words = Lexicon(index_gazetteer([]))
    >>> clauses(items("5 km east of Ariha", words))
    [Clause(names=['Ariha'], relation='offset', kind='', metres=5000.0, bearing=90.0, link='')]
    >>> [(one.names, one.kind) for one in clauses(items("X neighbourhood, Y city", words))]
    [(['X'], 'neighbourhood'), (['Y'], 'city')]
    >>> clauses(items("5 km east of", words))
    []
    """
    reading = _Reading()
    for number, item in enumerate(items):
        if item.word is None:
            for text, _ in item.parts:
                _name(reading, text, items[number + 1 :])
                reading.link = "next"
        else:
            _word(reading, item, item.word, items[number + 1 :])
    return _finished(reading)


# --------------------------------------------------------------- words


def _word(reading: _Reading, item: Item, word: Word, ahead: Sequence[Item]) -> None:
    if word.kind in _SIDES:
        _side(reading, item, word, ahead)
    elif word.kind == "distance":
        reading.waiting.metres = float(word.value)
        reading.touching = False
    elif word.kind in _KINDS | {"near", "edge", "rural"}:
        _modifier(reading, item, word, ahead)
    else:
        _joint(reading, word)
        reading.touching = False


def _joint(reading: _Reading, word: Word) -> None:
    """Read what stands between clauses: breaks, in, of, and, to, between."""
    waiting = reading.waiting
    if word.kind in {"break", "in"}:
        if waiting.kind == "facility":
            reading.waiting = _Waiting()
        if reading.link != "in":
            reading.link = "hyphen" if word.value == "-" else word.kind
    elif word.kind == "of":
        waiting.of = True
        reading.from_seen = True
    elif word.kind in {"and", "to"}:
        last = reading.clauses[-1] if reading.clauses else None
        pair = last is not None and (
            last.relation in _PAIRS
            or last.kind == "crossing"
            or (word.kind == "to" and last.kind == "road")
        )
        if pair and last is not None and len(last.names) == 1:
            reading.second = True
        elif last is not None:
            reading.link = word.kind
    elif word.kind == "between":
        waiting.relation = "between"


def _side(reading: _Reading, item: Item, word: Word, ahead: Sequence[Item]) -> None:
    last = reading.clauses[-1] if reading.clauses and reading.touching else None
    named_next = bool(ahead) and (ahead[0].word is None or ahead[0].word.kind in {"of", "rural"})
    arabic = is_arabic(item.text)
    if last is not None and last.relation == "rural" and (word.kind == "part" or not named_next):
        last.bearing = float(word.value)
    elif last is not None and word.kind == "part" and arabic and not named_next:
        last.relation, last.bearing = "part", float(word.value)
    else:
        reading.waiting.bearing = float(word.value)
        reading.waiting.side = word.kind


def _modifier(reading: _Reading, item: Item, word: Word, ahead: Sequence[Item]) -> None:
    """Read a word for a kind of place, a road, a countryside or nearness."""
    waiting = reading.waiting
    alone = waiting.is_empty() or (word.kind == "rural" and _only_a_side(waiting))
    if reading.touching and word.after and alone and reading.clauses:
        _attach(reading, word)
        return
    if waiting.spare_name and word.kind in {"street", "crossing"} and word.after:
        _name(reading, waiting.spare_name, ahead)  # "Station Street"
        if reading.clauses[-1].kind != "crossing":
            reading.clauses[-1].kind = word.kind
        return
    if reading.second and word.kind == "street":
        return
    reading.touching = False
    if not word.before:
        return
    if word.kind in {"near", "edge", "rural"}:
        waiting.relation = waiting.relation or word.kind
    elif waiting.kind != "crossing":
        if word.kind == "facility":
            waiting.spare_name = item.text
            if waiting.kind == "street" or reading.second:
                _name(reading, item.text, ahead)  # "شارع المحطة"
                return
        waiting.kind = _kind_of(waiting, word)


def _kind_of(waiting: _Waiting, word: Word) -> str:
    """Name the kind of what comes; a road to a village stays a road: "طريق قرية تبنة - جاسم"."""
    if waiting.kind == "road" and word.kind == "kind":
        return waiting.kind
    return str(word.value) or word.kind


def _only_a_side(waiting: _Waiting) -> bool:
    return waiting == _Waiting(bearing=waiting.bearing, side=waiting.side)


def _attach(reading: _Reading, word: Word) -> None:
    """Give a word to the name that it directly follows."""
    last = reading.clauses[-1]
    before = reading.clauses[-2] if len(reading.clauses) > 1 else None
    pair = before is not None and before.relation == "at" and last.relation == "at"
    if before is not None and pair and word.kind == "road" and last.link in {
        "hyphen", "to", "next", "and",
    }:  # fmt: skip
        reading.clauses[-2:] = [_pair(before, last, "between", "road")]
    elif before is not None and pair and word.kind == "crossing" and last.link in {
        "and", "hyphen",
    }:  # fmt: skip
        reading.clauses[-2:] = [_pair(before, last, "at", "crossing")]
    elif word.kind in {"near", "edge"}:
        last.relation = word.kind if last.relation == "at" else last.relation
    elif word.kind == "rural":
        side = reading.waiting.bearing
        last.relation, last.bearing = "rural", last.bearing if side is None else side
        reading.waiting = _Waiting()
    elif last.kind != "crossing":
        if before is not None and last.link == "and" and word.kind == "street":
            before.kind = before.kind or "street"
        last.kind = str(word.value) or word.kind


def _pair(one: Clause, other: Clause, relation: str, kind: str) -> Clause:
    return Clause([*one.names, *other.names], relation, kind, link=one.link)


# --------------------------------------------------------------- names


def _name(reading: _Reading, text: str, ahead: Sequence[Item]) -> None:
    last = reading.clauses[-1] if reading.clauses else None
    if last is not None and len(last.names) == 1 and _is_second(reading, last, ahead):
        last.names.append(text)
        if last.kind == "road":
            last.relation = "between"
    else:
        reading.clauses.append(_clause(reading, text))
    reading.waiting, reading.link = _Waiting(), ""
    reading.touching, reading.second = True, False


def _is_second(reading: _Reading, last: Clause, ahead: Sequence[Item]) -> bool:
    if reading.second:
        return True
    waiting = reading.waiting
    if waiting.metres is not None or waiting.bearing is not None or waiting.relation:
        return False
    still = any(one.word is not None and one.word.kind in {"and", "to"} for one in ahead)
    if last.relation == "between" and not still:
        return reading.link in {"hyphen", "break", "next"}
    return last.kind == "road" and last.relation == "at" and reading.link in {"hyphen", "next"}


def _clause(reading: _Reading, text: str) -> Clause:
    waiting = reading.waiting
    relation = waiting.relation
    if not relation and waiting.bearing is not None:
        outside = (
            waiting.metres is not None
            or waiting.side == "outside"
            or (waiting.side == "either_side" and waiting.of)
        )
        relation = "offset" if outside else "part"
    if waiting.metres is not None and waiting.bearing is None:
        relation = "within"
    elif waiting.metres is not None and relation in {"near", "edge", "part"}:
        relation = "offset"
    return Clause(
        names=[text],
        relation=relation or "at",
        kind=waiting.kind,
        metres=waiting.metres,
        bearing=waiting.bearing,
        link=reading.link if reading.clauses else "",
    )


def _finished(reading: _Reading) -> list[Clause]:
    """Give what is left waiting at the end to the last clause: "شرق سرمين ب ٥ كم"."""
    found, waiting = reading.clauses, reading.waiting
    if found:
        last = found[-1]
        if waiting.metres is not None and last.metres is None:
            if last.relation == "offset":
                last.metres = waiting.metres
            elif last.relation in {"at", "near"} and waiting.bearing is not None:
                last.relation, last.metres = "offset", waiting.metres
                last.bearing = waiting.bearing
    for clause in found:
        if clause.relation == "between" and len(clause.names) == 1:
            clause.relation = "near"
        if clause.kind == "crossing" and len(clause.names) == 1:
            clause.kind = "facility"
    return found
