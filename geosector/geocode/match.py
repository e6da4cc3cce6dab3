"""One name against a gazetteer: rank the candidates, then accept, leave to review, or refuse.

Accepted is only a name that is *written* as in the gazetteer (see `names.name_keys`) under
conditions in which such a match is nearly always right. What each condition is worth was counted
on real spellings (``scores.toml``; ``benchmarks/geocode.py`` counts again), so that a score is a
probability. Everything looser is offered to a person or as an alternative.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from geosector.geocode.gazetteer import TOWN_PEOPLE, Gazetteer, Hint, Place
from geosector.geocode.names import is_arabic, name_keys, normalise

# Two entries nearer than this are one place, entered twice or measured differently.
SAME_PLACE_KM = 3.0
# A homonym this many times as large as all the others together is the one that is meant.
DOMINANT_TIMES = 10.0
# So short a name is easily another's.
SHORT_LETTERS = 4
ALTERNATIVES = 5
SIMILAR_LOOKED_AT = 30
# What lying in the hinted unit is worth, in likeness.
HINT_LIKENESS = 0.25
_KM_PER_DEGREE = 111.2
# How like the name the most similar other name is.
_RIVAL_BINS = ((0.65, "alone"), (0.85, "near"), (math.inf, "close"))
_GROUPS = {"article": "reduced", "joined": "reduced", "generic": "reduced"}
_PCODE = re.compile(r"(?:p ?code|pcod|code|رمز)? ?(?P<code>[a-z]{1,3} ?\d{2,})")


class Alternative(NamedTuple):
    """A further candidate and why it is one: ``same_name`` or ``similar_name``.

    ``condition`` is the line of scores.toml that gave the score.
    """

    place: Place
    score: float
    reason: str
    condition: str


class Verdict(NamedTuple):
    """What is made of one name. ``condition`` is the line of scores.toml that gave the score."""

    decision: str
    place: Place | None
    score: float
    flags: tuple[str, ...]
    alternatives: tuple[Alternative, ...]
    condition: str


class _Candidate(NamedTuple):
    place: Place
    order: float
    condition: str
    reason: str


@cache
def scores() -> dict[str, Any]:
    """Read what each condition is worth.

    Returns
    -------
    dict
        ``scores.toml`` as it is.
    """
    source = resources.files("geosector") / "geocode" / "scores.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


def probability(condition: str) -> float:
    """Give the probability that a match under a condition is right.

    Parameters
    ----------
    condition : str
        A line of ``scores.toml``: how many were right, of how many.

    Returns
    -------
    float
        (right + 1) / (counted + 2), Laplace's rule, so that few cases never make a certainty.

    Examples
    --------
    >>> probability("never met")
    0.5
    """
    right, counted = scores()["counted"].get(condition, (0, 0))
    return float((right + 1) / (counted + 2))


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


def match_name(
    name: str, gazetteer: Gazetteer, similar: Sequence[Any], hint: Hint | None = None
) -> Verdict:
    """Rank the places that a name may mean, and decide.

    Parameters
    ----------
    name : str
        As written.
    gazetteer : Gazetteer
    similar : sequence of Similar
        From `Gazetteer.similar` for this name.
    hint : Hint, optional
        Where the place should lie. A candidate outside stays one, but is never accepted.

    Returns
    -------
    Verdict
        Refused without a place where nothing is like the name.
    """
    namesakes, rule = _namesakes(name, gazetteer, hint)
    places = [gazetteer.places[one] for one in namesakes]
    if not places and _is_junk(name):
        flag = "junk" if name.strip() else "empty"
        return Verdict("refused", None, 0.0, (flag,), (), flag)
    likely = _likely(gazetteer, similar, hint, skip=set(namesakes))
    if not places:
        return _unknown(likely)
    if agreement(places[0], hint) < 0:
        return _elsewhere(places, likely)
    return _known(places, likely, hint, _group(name, rule, places[0]))


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
    return _KM_PER_DEGREE * math.hypot(other.lat - one.lat, east)


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


def _is_junk(name: str) -> bool:
    """Say whether there is hardly a letter: a number, a phone, a date, question marks."""
    letters = sum(letter.isalpha() for letter in name)
    return letters == 0 or sum(letter.isdigit() for letter in name) > letters


def _namesakes(name: str, gazetteer: Gazetteer, hint: Hint | None) -> tuple[list[int], str]:
    """Give the places of this name under the strictest rule that finds any where the hint says."""
    found = gazetteer.named(name)
    for rule, positions in found.items():
        inside = [one for one in positions if agreement(gazetteer.places[one], hint) >= 0]
        if inside:
            return _largest_first(inside, gazetteer, hint), rule
    for rule, positions in found.items():
        return _largest_first(positions, gazetteer, hint), rule
    return [], ""


def _largest_first(positions: Sequence[int], gazetteer: Gazetteer, hint: Hint | None) -> list[int]:
    def order(position: int) -> tuple[int, float, int]:
        place = gazetteer.places[position]
        return (-agreement(place, hint), -place.population, position)

    return sorted(positions, key=order)


def _likely(
    gazetteer: Gazetteer, similar: Sequence[Any], hint: Hint | None, *, skip: set[int]
) -> list[_Candidate]:
    told = "none" if hint is None else "given"
    candidates = []
    for position, likeness in similar:
        if position not in skip:
            place = gazetteer.places[position]
            order = likeness + HINT_LIKENESS * agreement(place, hint)
            condition = f"similar.{min(int(max(order, 0.0) * 10), 12):02d}.{told}"
            candidates.append(_Candidate(place, order, condition, "similar_name"))
    return sorted(candidates, key=lambda one: -one.order)


def _group(name: str, rule: str, best: Place) -> str:
    """Name the kind of match: by rule, by script, whether a town is meant, or the name is short."""
    group = _GROUPS.get(rule, rule)
    if group in {"written", "reduced"} and best.population >= TOWN_PEOPLE:
        return "town"
    if group == "written" and len(name_keys(name)["joined"]) <= SHORT_LETTERS:
        group = "short"
    return f"{group}.{'ar' if is_arabic(name) else 'lat'}"


def _unknown(likely: Sequence[_Candidate]) -> Verdict:
    """Decide where no place bears the name: offer the likeliest."""
    if not likely:
        return Verdict("refused", None, 0.0, ("unknown_name",), (), "unknown")
    best = likely[0]
    score = probability(best.condition)
    decision = "review" if score >= scores()["decide"]["review_similar"] else "refused"
    flags = ("unknown_name",) if decision == "refused" else ("similar_name",)
    return Verdict(decision, best.place, score, flags, _further(likely[1:], score), best.condition)


def _elsewhere(places: Sequence[Place], likely: Sequence[_Candidate]) -> Verdict:
    """Decide where places bear the name, but none where the hint says: hardly ever what is meant.

    The likeliest name where the hint says goes first, the namesakes elsewhere behind.
    """
    namesakes = [_Candidate(place, 0.0, "outside", "same_name") for place in places]
    verdict = _unknown([*likely[: ALTERNATIVES - 1], *namesakes, *likely[ALTERNATIVES - 1 :]])
    return verdict._replace(flags=("hint_disagrees", *verdict.flags))


def _known(
    places: Sequence[Place], likely: Sequence[_Candidate], hint: Hint | None, group: str
) -> Verdict:
    """Decide where places bear the name."""
    best = places[0]
    told = "inside" if agreement(best, hint) > 0 else "none"
    rivals = [
        place
        for place in places[1:]
        if distance_km(best, place) > SAME_PLACE_KM and agreement(place, hint) >= 0
    ]
    flags = ("other_kind",) if group.startswith("other_kind") else ()
    if rivals:
        flags = (*flags, "ambiguous")
        condition = f"{_kind_of_rivals(best, rivals)}.{told}"
    else:
        condition = f"{group}.{_nearest_rival(best, likely, hint)}.{told}"
    score = probability(condition)
    decision = _decision(condition, score, told)
    further = [_Candidate(place, 2.0, f"same_name.{told}", "same_name") for place in rivals]
    return Verdict(decision, best, score, flags, _further([*further, *likely], score), condition)


def _decision(condition: str, score: float, told: str) -> str:
    decide = scores()["decide"]
    same = condition.partition(".")[0] in decide["groups"]
    if same and score >= decide["accept"][told]:
        return "accepted"
    return "review" if score >= decide["review_same"] else "refused"


def _kind_of_rivals(best: Place, rivals: Sequence[Place]) -> str:
    if best.population > 0 and best.population >= DOMINANT_TIMES * sum(
        one.population for one in rivals
    ):
        return "dominant"
    return "two" if len(rivals) == 1 else "several"


def _nearest_rival(best: Place, likely: Sequence[_Candidate], hint: Hint | None) -> str:
    likeness = max(
        (
            one.order - HINT_LIKENESS * agreement(one.place, hint)
            for one in likely
            if agreement(one.place, hint) >= 0 and distance_km(best, one.place) > SAME_PLACE_KM
        ),
        default=0.0,
    )
    return next(name for limit, name in _RIVAL_BINS if likeness < limit)


def _further(candidates: Sequence[_Candidate], best_score: float) -> tuple[Alternative, ...]:
    """Score the alternatives, so that all candidates together never exceed certainty."""
    chosen = candidates[:ALTERNATIVES]
    lines = [f"further.{one.condition}" for one in chosen]
    raw = [probability(line) for line in lines]
    scale = min(1.0, (1.0 - best_score) / total) if (total := sum(raw)) > 0 else 1.0
    made = [
        Alternative(one.place, round(min(score * scale, best_score), 4), one.reason, line)
        for one, score, line in zip(chosen, raw, lines, strict=True)
    ]
    return tuple(sorted(made, key=lambda one: -one.score))
