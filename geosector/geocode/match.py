"""Names against a gazetteer: rank the candidates, then accept, leave to review, or refuse.

What ranks them and how far the first is to be trusted was learned from real spellings (`ranking`,
``weights.json``), so that a score is a probability. Accepted is a name whose score reaches the
threshold of its condition, with a hint or without one; whatever a hint speaks against, is another
kind of place, or lies beside another of the same name, is never accepted silently.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geosector.geocode.candidates import EVIDENCE, STANDING, Candidates, find_candidates
from geosector.geocode.data import read_data
from geosector.geocode.gazetteer import KM_PER_DEGREE, SAME_PLACE_KM, Gazetteer, Hint, Place
from geosector.geocode.names import name_keys, normalise
from geosector.geocode.ranking import (
    SIGNS,
    Ranked,
    rank_candidates,
    trust,
    vector,
    weights,
    worths,
)

# A homonym this many times as large as all the others together is the one that is meant.
DOMINANT_TIMES = 10.0
ALTERNATIVES = 5
# Names at once: some 25,000 spellings are compared, in 20 MB.
BATCH = 128
# A rival within this worth of the first is as likely a reading of the name.
_AMBIGUOUS_LEAD = 1.0
# A spelling that is wholly in the name, which goes on for three sounds and more: "near X".
_WHOLE, _LEFT_OVER = 0.99, 0.75
# Whatever the score, these are for a person.
_NEVER = frozenset({"hint_disagrees", "other_kind", "words_ignored"})
_PCODE = re.compile(r"(?:p ?code|pcod|code|رمز)? ?(?P<code>[a-z]{1,3} ?\d{2,})")

# Letters and digits in one word: a grid square, a licence plate, a plus code cut off.
_CODE = re.compile(r"(?=\S*[0-9])(?=\S*[A-Za-z])[0-9A-Za-z+]{3,}", re.ASCII)
# One letter four times is a finger on a key; one sound is too little to know a name by.
_HELD_KEY = re.compile(r"\S*(\w)\1{3}\S*", re.IGNORECASE)


class Alternative(NamedTuple):
    """A further candidate and why it is one: ``same_name`` or ``similar_name``.

    ``condition`` says how it was scored: its reason, and ``hint`` or ``none``.
    """

    place: Place
    score: float
    reason: str
    condition: str


class Verdict(NamedTuple):
    """What is made of one name. ``condition`` says how it was scored; see `Alternative`."""

    decision: str
    place: Place | None
    score: float
    flags: tuple[str, ...]
    alternatives: tuple[Alternative, ...]
    condition: str


def scores() -> dict[str, Any]:
    """Read what is stated, not learned: scores of codes and coordinates, radii.

    Returns
    -------
    dict
        ``scores.toml`` as it is.
    """
    return read_data("scores.toml")


def match_pcode(written: str, gazetteer: Gazetteer) -> Verdict | None:
    """Look a p-code up.

    Parameters
    ----------
    written : str
        ``C1234``, ``PCODE: C1234``, in digits of any script.
    gazetteer : Gazetteer

    Returns
    -------
    Verdict or None
        ``None`` where it is not written like a p-code. An unknown one is refused.
    """
    found = _PCODE.fullmatch(normalise(written))
    if found is None:
        return None
    places = [
        gazetteer.places[one] for one in gazetteer.pcodes.get(found["code"].replace(" ", ""), ())
    ]
    if not places:
        return Verdict("refused", None, 0.0, ("unknown_pcode",), (), "pcode")
    apart = [place for place in places[1:] if distance_km(places[0], place) > SAME_PLACE_KM]
    score = float(scores()["stated"]["pcode"]) / (1 + len(apart))
    further = tuple(
        Alternative(place, score, "same_name", "pcode") for place in apart[:ALTERNATIVES]
    )
    if apart:
        return Verdict("review", places[0], score, ("ambiguous",), further, "pcode")
    return Verdict("accepted", places[0], score, (), (), "pcode")


def match_name(name: str, gazetteer: Gazetteer, hint: Hint | None = None) -> Verdict:
    """Rank the places that one name may mean, and decide; `match_names` is faster for many.

    Parameters
    ----------
    name : str
        As written.
    gazetteer : Gazetteer
    hint : Hint, optional

    Returns
    -------
    Verdict
    """
    return match_names([name], gazetteer, [hint])[0]


def match_names(
    names: Sequence[str], index: Gazetteer, hints: Sequence[Hint | None]
) -> list[Verdict]:
    """Rank the places that names may mean, and decide.

    Parameters
    ----------
    names : sequence of str
        As written.
    index : Gazetteer
    hints : sequence of Hint or None
        One for each name: where the place should lie. A candidate outside stays one, but is
        never accepted.

    Returns
    -------
    list of Verdict
        One for each name. Refused without a place where nothing is like the name.

    Examples
    --------
    >>> import pandas as pd
    >>> from geosector.geocode import index_gazetteer
    >>> index = index_gazetteer([pd.DataFrame({
    ...     "id": ["1", "2"], "name": ["Saraqib", "Kafr Zayt"], "lat": [35.9, 36.1],
    ...     "lon": [36.8, 37.0]})])
    >>> found = match_names(["سراقب", "Zzyzx", ""], index, [None, None, None])
    >>> [one.place.id if one.place else None for one in found]
    ['1', None, None]
    >>> [one.flags for one in found[1:]]
    [('unknown_name',), ('empty',)]
    """
    verdicts: list[Verdict] = []
    for start in range(0, len(names), BATCH):
        verdicts += _match_batch(names[start : start + BATCH], index, hints[start : start + BATCH])
    return verdicts


def _match_batch(
    names: Sequence[str], index: Gazetteer, hints: Sequence[Hint | None]
) -> list[Verdict]:
    learned = weights()
    found = find_candidates(names, index, hints)
    worth, spelled = worths(
        found,
        vector(learned["ranking"]["evidence"], EVIDENCE),
        vector(learned["ranking"]["standing"], STANDING),
    )
    ranked = rank_candidates(names, found, index, worth, spelled)
    told = np.array([hint is not None for hint in hints], bool)
    score = np.where(
        told,
        trust(ranked.signs, vector(learned["trust"]["hint"], SIGNS)),
        trust(ranked.signs, vector(learned["trust"]["none"], SIGNS)),
    )
    return [
        _junk(name) if is_junk(name, index) else _verdict(row, name, float(score[row]), _List(
            found, ranked, index, hints[row]))
        for row, name in enumerate(names)
    ]  # fmt: skip


class _List(NamedTuple):
    """The ranked candidates of a batch, and the hint of the name that is looked at."""

    found: Candidates
    ranked: Ranked
    gazetteer: Gazetteer
    hint: Hint | None


def _junk(name: str) -> Verdict:
    flag = "junk" if name.strip() else "empty"
    return Verdict("refused", None, 0.0, (flag,), (), flag)


def _verdict(row: int, name: str, score: float, listed: _List) -> Verdict:
    """Decide on one name."""
    found, ranked, index, hint = listed
    own = ranked.order[found.starts[row] : found.starts[row + 1]]
    told = "none" if hint is None else "hint"
    if len(own) == 0:
        return Verdict("refused", None, 0.0, ("unknown_name",), (), f"unknown.{told}")
    best = int(own[0])
    place = index.places[found.places[best]]
    same = bool(ranked.equal[best])
    flags = _flags(row, name, own, listed)
    decision = _decision(score, told, flags)
    if decision == "refused":
        flags = (*flags, "unknown_name")
    elif not same:
        flags = (*flags, "similar_name")
    further = _alternatives(own, score, told, listed)
    shown = None if score < weights()["least"] else place
    condition = f"{'same_name' if same else 'similar_name'}.{told}"
    return Verdict(decision, shown, score, flags, further, condition)


def _decision(score: float, told: str, flags: Sequence[str]) -> str:
    learned = weights()
    if score >= learned["accept"][told] and not _NEVER.intersection(flags):
        return "accepted"
    return "review" if score >= learned["review"] else "refused"


def _flags(row: int, name: str, own: NDArray[np.intp], listed: _List) -> tuple[str, ...]:
    """Say what speaks against accepting the first candidate silently."""
    found, ranked, index, hint = listed
    best = own[0]
    place = index.places[found.places[best]]
    flags = []
    first = own[: 2 * ALTERNATIVES]
    elsewhere = ranked.equal[first] & (found.standing[first, STANDING.index("outside")] > 0)
    if agreement(place, hint) < 0 or (elsewhere.any() and not ranked.equal[best]):
        flags.append("hint_disagrees")
    spelling = found.evidence[ranked.spelled[best]]
    whole = spelling[EVIDENCE.index("within")] > _WHOLE
    if whole and spelling[EVIDENCE.index("length")] >= _LEFT_OVER and len(name.split()) > 1:
        flags.append("words_ignored")
    if not ranked.equal[best] and "other_kind" in name_keys(name):
        flags.append("other_kind")
    if ranked.signs[row, SIGNS.index("lead")] * 5.0 < _AMBIGUOUS_LEAD:
        flags.append("ambiguous")
    return tuple(flags)


def _alternatives(
    own: NDArray[np.intp], score: float, told: str, listed: _List
) -> tuple[Alternative, ...]:
    """Score what follows the first: the rest of the probability, by share.

    Of the rest, ``further`` is how often the place meant is among the candidates at all when it is
    not the first.
    """
    found, ranked, index, _ = listed
    rest = (1.0 - score) * float(weights()["further"][told])
    share = ranked.share[own]
    scale = rest / max(float(share[1:].sum()), 1e-9)
    made = []
    for position, one in enumerate(own[1 : ALTERNATIVES + 1].tolist(), start=1):
        reason = "same_name" if ranked.equal[one] else "similar_name"
        made.append(
            Alternative(
                place=index.places[found.places[one]],
                score=round(min(float(share[position]) * scale, score), 4),
                reason=reason,
                condition=f"further.{reason}.{told}",
            )
        )
    return tuple(made)


def agreement(place: Place, hint: Hint | None) -> int:
    """Say whether a place lies where a hint says.

    Parameters
    ----------
    place : Place
    hint : Hint or None

    Returns
    -------
    int
        1 inside, −1 outside, 0 where there is no hint or the gazetteer does not tell.
    """
    if hint is None or not place.admin1:
        return 0
    if place.admin1 != hint.admin1:
        return -1
    if not hint.admin2 or place.admin2 == hint.admin2:
        return 1
    return 0  # in the governorate of the district: districts' borders and spellings vary


def distance_km(one: Place, other: Place) -> float:
    """Measure between two places, near enough for telling them apart.

    Parameters
    ----------
    one, other : Place

    Returns
    -------
    float
        Kilometres, on a plane that is true at the first place's latitude.
    """
    east = (other.lon - one.lon) * math.cos(math.radians(one.lat))
    return KM_PER_DEGREE * math.hypot(other.lat - one.lat, east)


def radius_of(place: Place) -> float:
    """Say how far around its point a place reaches.

    Parameters
    ----------
    place : Place

    Returns
    -------
    float
        Metres: what its gazetteer says, else what its level is worth (``scores.toml``).
    """
    known = place.radius_m > 0
    return place.radius_m if known else float(scores()["radius_m"][place.level])


def rank(place: Place) -> int:
    """Say how important a kind of place is among places of one name.

    Parameters
    ----------
    place : Place

    Returns
    -------
    int
        2 for a city, 1 for a town, 0 for everything else.
    """
    return {"city": 2, "town": 1}.get(place.level, 0)


def is_junk(name: str, index: Gazetteer) -> bool:
    """Say whether a text is no name: hardly a letter (a phone, a date, question marks), or a code.

    Parameters
    ----------
    name : str
    index : Gazetteer

    Returns
    -------
    bool
        ``False`` for whatever the gazetteer knows by this very name.

    Examples
    --------
    >>> from geosector.geocode.gazetteer import index_gazetteer
    >>> index = index_gazetteer([])
    >>> [is_junk(text, index) for text in ("37SXX", "?", "Qqqqq", "٣ كم شمال سراقب")]
    [True, True, True, False]
    """
    letters = sum(letter.isalpha() for letter in name)
    digits = sum(letter.isdigit() for letter in name)
    hardly = letters == 0 or digits > letters
    strange = any(one.fullmatch(name.strip()) for one in (_CODE, _HELD_KEY))
    return (hardly or strange) and not index.named(name)
