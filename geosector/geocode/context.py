"""Which of its homonyms each name of a phrase means: those that fit one another.

Every name has candidates: the places that bear it, those with a similar name, and "none of
these". A choice of one candidate for each name weighs

    Σ ln P(written so | candidate) + importance + hint + earlier places + Σ nearness of each pair

and the heaviest choice wins. Nearness of a pair is −distance / reach, where the reach grows with
the kind of place, and places inside a unit that the phrase names count as near it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from geosector.geocode.gazetteer import SAME_PLACE_KM, Gazetteer, Hint, Place
from geosector.geocode.grammar import Clause
from geosector.geocode.match import Verdict, agreement, distance_km, rank
from geosector.geocode.names import is_arabic, name_keys, normalise, words

Point = tuple[float, float]


# ln P(written so | place) by the strictest rule that finds it; a similar name has its own score.
_WRITTEN = {
    "written": 0.0, "article": -0.02, "joined": -0.05, "generic": -0.05, "sound": -0.6,
    "other_kind": -0.9,
}  # fmt: skip
_ENDING = -0.2
_SIMILAR = -0.3
_LEAST_SIMILAR = 0.02
# "None of these": dear for the name of a town, cheap for a quarter, street or hospital, which
# gazetteers seldom hold.
_UNKNOWN, _UNKNOWN_INNER, _UNKNOWN_PAIR, _NOTHING_KNOWN = -2.6, -0.9, -0.8, -3.0
INNER_KINDS = frozenset(
    {"neighbourhood", "facility", "street", "road", "camp", "crossing", "district"}
)
# A street is never a town of its name.
STREET_KINDS = frozenset({"street", "crossing"})
_IMPORTANCE = 0.25
_OUTSIDE_HINT, _HINT_UNTOLD = -2.5, -0.4
_PAIR_REACH_KM, _LIST_REACH_KM, _RURAL_REACH_KM = 30.0, 10.0, 25.0
_LEVEL_REACH_KM = {"city": 8.0, "town": 4.0}
_FARTHEST, _IN_UNIT, _WRONG_SIDE = -5.0, -0.5, -0.8
_PREVIOUS_REACH_KM, _PREVIOUS_FARTHEST = 40.0, -1.5
_MOST_HOMONYMS, _MOST_CANDIDATES, _BEAM, _MOST_MENTIONS = 24, 16, 24, 7


class Candidate(NamedTuple):
    """A place that a name may mean; ``place`` None: none of these. ``unit``: what it names too."""

    place: Place | None
    weight: float
    reason: str
    unit: Hint | None = None


class Mention(NamedTuple):
    """One name of a clause (its number in the phrase) with its candidates."""

    clause: int
    name: str
    candidates: tuple[Candidate, ...]


class Choice(NamedTuple):
    """The candidates chosen, one for each mention, and how sure each is (0 to 1)."""

    chosen: tuple[Candidate, ...]
    sure: tuple[float, ...]


@dataclass
class Ground:
    """A gazetteer with what phrases ask of it: the seat and the members of a unit."""

    index: Gazetteer
    seats: dict[Hint, Place | None] = field(default_factory=dict)
    regions: dict[tuple[Hint, float | None], tuple[float, float, float] | None] = field(
        default_factory=dict
    )
    units: dict[str, Hint | None] = field(default_factory=dict)

    def unit(self, name: str) -> Hint | None:
        """Give the unit that a name is the name of, as `Gazetteer.unit` does; remembered."""
        if name not in self.units:
            # A place that bears the name is not a unit that only sounds like it.
            strict = {name_keys(name).get(rule) for rule in ("written", "article", "joined")}
            if strict.isdisjoint(self.index.units) and self.index.named(name):
                self.units[name] = None
                return None
            shorter = "" if is_arabic(name) else _without_ending(name)
            self.units[name] = self.index.unit(name) or (
                self.index.unit(shorter) if shorter else None
            )
        return self.units[name]

    def members(self, unit: Hint) -> list[Place]:
        """Give the places of a unit."""
        return [place for place in self.index.places if agreement(place, unit) > 0]

    def seat(self, unit: Hint) -> Place | None:
        """Give the place that a unit is named after, else its largest.

        Parameters
        ----------
        unit : Hint

        Returns
        -------
        Place or None
            ``None`` where the gazetteer has no place in the unit.
        """
        if unit not in self.seats:
            names = [unit.admin2] if unit.admin2 else _other_names(unit.admin1)
            positions = {
                one for name in names for found in self.index.named(name).values() for one in found
            }
            named = [self.index.places[one] for one in sorted(positions)]
            inside = [place for place in named if agreement(place, unit) > 0]
            towns = [place for place in inside if rank(place) > 0] or inside
            self.seats[unit] = max(
                towns or self.members(unit), key=lambda place: place.population, default=None
            )
        return self.seats[unit]

    def region(self, unit: Hint, bearing: float | None) -> tuple[float, float, float] | None:
        """Give the middle of a unit, or of the part of it in one direction from its seat.

        Parameters
        ----------
        unit : Hint
        bearing : float or None
            Degrees. ``None``: the whole unit.

        Returns
        -------
        tuple = (lat, lon, radius_m) or None
            The median place and the distance within which nine of ten places lie.
        """
        key = (unit, bearing)
        if key not in self.regions:
            self.regions[key] = _middle(self.members(unit), self.seat(unit), bearing)
        return self.regions[key]


def _other_names(admin1: str) -> list[str]:
    for known in words()["governorates"]["words"]:
        if admin1 in {normalise(word) for word in known}:
            return [str(word) for word in known]
    return [admin1]


def _middle(
    places: Sequence[Place], seat: Place | None, bearing: float | None
) -> tuple[float, float, float] | None:
    if seat is None:
        return None
    if bearing is not None:
        ahead = [one for one in places if turn(bearing_between(seat, one), bearing) <= 45.0]  # noqa: PLR2004 - degrees: half a quadrant on either side
        places = [one for one in ahead if one is not seat] or [seat]
    lat = float(np.median([place.lat for place in places]))
    lon = float(np.median([place.lon for place in places]))
    middle = seat._replace(lat=lat, lon=lon)
    reach = float(np.percentile([distance_km(middle, place) for place in places], 90))
    return lat, lon, max(1000.0 * reach, 5000.0)


def bearing_between(one: Place, other: Place) -> float:
    """Give the direction from one place to another.

    Parameters
    ----------
    one, other : Place

    Returns
    -------
    float
        Degrees from north, clockwise.
    """
    east = (other.lon - one.lon) * math.cos(math.radians(one.lat))
    return math.degrees(math.atan2(east, other.lat - one.lat)) % 360.0


def turn(one: float, other: float) -> float:
    """Give the angle between two directions.

    Examples
    --------
    >>> turn(350.0, 10.0)
    20.0
    """
    return abs((one - other + 180.0) % 360.0 - 180.0)


# --------------------------------------------------------------- candidates


def candidates(
    name: str,
    clause: Clause,
    verdict: Verdict,
    ground: Ground,
    hint: Hint | None,
    *,
    alone: bool = False,
) -> tuple[Candidate, ...]:
    """Collect the places that a name of a phrase may mean.

    Parameters
    ----------
    name : str
    clause : Clause
        That the name stands in.
    verdict : Verdict
        Of `match.match_names` on the name.
    ground : Ground
    hint : Hint or None
        Where the place should lie.
    alone : bool
        The phrase has no other clause: "X hospital" then means the hospital of the town X.

    Returns
    -------
    tuple of Candidate
        Heaviest first, then "none of these".
    """
    if clause.kind in STREET_KINDS:
        return (Candidate(None, 0.0, "unknown"),)
    found: dict[Place, Candidate] = {}
    unit = None if clause.kind in INNER_KINDS - {"road", "district"} else ground.unit(name)
    seat = None if unit is None else ground.seat(unit)
    if seat is not None:
        found[seat] = Candidate(seat, 0.0, "same_name", unit)
    for place, weight in _namesakes(name, ground.index, hint):
        found.setdefault(place, Candidate(place, weight, "same_name"))
    inner = not alone and (
        clause.kind in INNER_KINDS - {"district"} or (clause.kind == "district" and unit is None)
    )
    # What a name alone is refused for, a phrase must not make a place of.
    if not inner and verdict.decision != "refused":
        likely: list[tuple[Place | None, float]] = [(verdict.place, verdict.score)]
        likely += [(other.place, other.score) for other in verdict.alternatives]
        for like, score in likely:
            if like is not None:
                weight = _SIMILAR + math.log(max(score, _LEAST_SIMILAR))
                found.setdefault(like, Candidate(like, weight, "similar_name"))
    told = [one._replace(weight=one.weight + _prior(one.place, hint)) for one in found.values()]
    told.sort(key=lambda one: -one.weight)
    unknown = Candidate(None, _UNKNOWN_INNER if inner else _UNKNOWN, "unknown")
    return (*told[:_MOST_CANDIDATES], unknown)


def _namesakes(name: str, index: Gazetteer, hint: Hint | None) -> list[tuple[Place, float]]:
    named = index.named(name)
    less = 0.0
    if not named and not is_arabic(name):
        shorter = _without_ending(name)
        named, less = (index.named(shorter), _ENDING) if shorter else ({}, 0.0)
    found: dict[int, float] = {}
    for rule, positions in named.items():
        for position in positions:
            found.setdefault(position, _WRITTEN.get(rule, _ENDING) + less)
    order = sorted(
        found,
        key=lambda one: (
            -agreement(index.places[one], hint),
            -found[one],
            -index.places[one].population,
            one,
        ),
    )
    return [(index.places[one], found[one]) for one in order[:_MOST_HOMONYMS]]


def _without_ending(name: str) -> str:
    for ending in sorted(words()["phrases"]["endings"]["words"], key=len, reverse=True):
        if name.endswith(ending):
            return name.removesuffix(ending)
    return ""


def _prior(place: Place | None, hint: Hint | None) -> float:
    if place is None:
        return 0.0
    agrees = agreement(place, hint)
    told = 0.0
    if hint is not None and agrees <= 0:
        told = _OUTSIDE_HINT if agrees < 0 else _HINT_UNTOLD
    return _IMPORTANCE * rank(place) + told


# --------------------------------------------------------------- the choice


class _Partial(NamedTuple):
    chosen: tuple[Candidate, ...]
    weight: float


def choose(
    mentions: Sequence[Mention], clauses: Sequence[Clause], previous: Sequence[Point] = ()
) -> Choice:
    """Choose the candidates that fit one another best.

    Parameters
    ----------
    mentions : sequence of Mention
    clauses : sequence of Clause
    previous : sequence of tuple = (lat, lon), optional
        Places of earlier rows of the same report: they pull, but decide nothing alone.

    Returns
    -------
    Choice
        Sure is the share of all weights that agrees on a place, to 3 km.
    """
    partials = [_Partial((), 0.0)]
    for number, mention in enumerate(mentions):
        pulls = _pulls(number, mentions, clauses)
        grown = [
            _Partial(
                (*partial.chosen, one),
                partial.weight + own + sum(pull(partial.chosen, one) for pull in pulls),
            )
            for one, own in _weighed(mention, previous)
            for partial in partials
        ]
        last = number == len(mentions) - 1
        grown.sort(key=lambda partial: -partial.weight)
        partials = grown if last else grown[:_BEAM]
    best = partials[0]
    shares = [math.exp(partial.weight - best.weight) for partial in partials]
    total = sum(shares)
    sure = [
        sum(
            share
            for share, partial in zip(shares, partials, strict=True)
            if _same(partial.chosen[number].place, one.place)
        )
        / total
        for number, one in enumerate(best.chosen)
    ]
    return Choice(best.chosen, tuple(sure))


def _weighed(mention: Mention, previous: Sequence[Point]) -> list[tuple[Candidate, float]]:
    return [(one, one.weight + _recalled(one.place, previous)) for one in mention.candidates]


def _recalled(place: Place | None, previous: Sequence[Point]) -> float:
    if place is None or not previous:
        return 0.0 if not previous else _PREVIOUS_FARTHEST
    nearest = min(distance_km(place, place._replace(lat=lat, lon=lon)) for lat, lon in previous)
    return max(-nearest / _PREVIOUS_REACH_KM, _PREVIOUS_FARTHEST)


def _same(one: Place | None, other: Place | None) -> bool:
    if one is None or other is None:
        return one is other
    return one is other or distance_km(one, other) <= SAME_PLACE_KM


_Pull = Callable[[tuple[Candidate, ...], Candidate], float]


def _pulls(number: int, mentions: Sequence[Mention], clauses: Sequence[Clause]) -> list[_Pull]:
    own = clauses[mentions[number].clause]

    def pull_to(earlier: int) -> _Pull:
        other = clauses[mentions[earlier].clause]
        return lambda chosen, one: nearness(chosen[earlier], other, one, own)

    return [pull_to(earlier) for earlier in range(number)]


def nearness(one: Candidate, clause: Clause, other: Candidate, further: Clause) -> float:
    """Weigh how well two candidates of one phrase fit each other.

    Parameters
    ----------
    one, other : Candidate
    clause, further : Clause
        That they stand in.

    Returns
    -------
    float
        At most 0; 0 for the same spot.
    """
    if one.place is None or other.place is None:
        return _UNKNOWN_PAIR if one.place is not other.place else _NOTHING_KNOWN
    reach = _PAIR_REACH_KM if clause is further else _LIST_REACH_KM
    if clause is not further:
        reach += max(_level_reach(one, clause), _level_reach(other, further))
    pull = max(-distance_km(one.place, other.place) / reach, _FARTHEST)
    for inner, outer, side in ((one, other, further), (other, one, clause)):
        inside = outer.unit is not None and agreement(inner.place, outer.unit) > 0  # type: ignore[arg-type]
        if inside:
            pull = max(pull, _IN_UNIT)
        if side.bearing is not None and side.relation in {"rural", "offset"}:
            seen = bearing_between(outer.place, inner.place)  # type: ignore[arg-type]
            pull += _WRONG_SIDE if turn(seen, side.bearing) > 90.0 else 0.0  # noqa: PLR2004 - degrees
    return pull


def _level_reach(one: Candidate, clause: Clause) -> float:
    reach = _LEVEL_REACH_KM.get(one.place.level, 0.0) if one.place is not None else 0.0
    if clause.relation == "rural":
        reach += _RURAL_REACH_KM
    return reach + (clause.metres or 0.0) / 1000.0


def mentions_of(
    clauses: Sequence[Clause],
    verdicts: Callable[[str], Verdict],
    ground: Ground,
    hint: Hint | None,
) -> list[Mention]:
    """Give the names of a phrase with their candidates, at most seven.

    Parameters
    ----------
    clauses : sequence of Clause
    verdicts : callable
        Name → verdict.
    ground : Ground
    hint : Hint or None

    Returns
    -------
    list of Mention
    """
    alone = len(clauses) == 1
    named: Iterable[tuple[int, Clause, str]] = (
        (number, clause, name) for number, clause in enumerate(clauses) for name in clause.names
    )
    return [
        Mention(number, name, candidates(name, clause, verdicts(name), ground, hint, alone=alone))
        for number, clause, name in list(named)[:_MOST_MENTIONS]
    ]
