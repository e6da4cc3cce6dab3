"""Phrases to places: near X, 5 km east of X, between X and Y, X in the countryside of Y.

A text that is one name goes to `match.match_names` as it is. Everything else is taken apart
(`wording`), read as clauses (`grammar`), its names are chosen so that they fit one another
(`context`), and the clause that says most exactly where the place is decides; the others only
help to choose. Where the most exact name is unknown, the place that holds it is given with a
larger radius. How often each way of saying it holds what it says was counted
(``phrases.toml``), and that share decides between accepted and review.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
from shapely.geometry import LineString, Polygon

from geosector.crs import move_points
from geosector.geocode.context import (
    INNER_KINDS,
    STREET_KINDS,
    Candidate,
    Choice,
    Ground,
    Mention,
    Point,
    choose,
    mentions_of,
)
from geosector.geocode.data import read_data
from geosector.geocode.gazetteer import SAME_PLACE_KM, Gazetteer, Hint, Place
from geosector.geocode.grammar import Clause, clauses
from geosector.geocode.match import (
    Alternative,
    Verdict,
    agreement,
    distance_km,
    is_junk,
    match_names,
    radius_of,
)
from geosector.geocode.streets import Spot, Streets, index_streets
from geosector.geocode.wording import LONGEST_NAME, Item, Lexicon, items

WEDGE_DEGREES = 45.0
OFFSET_SHARE = 0.25
_ARC_POINTS = 9
# What a relation makes of the radius of its place.
_TIMES = {"near": 2.5, "edge": 2.0, "part": 1.0, "at": 1.0}
_FACILITY_TIMES, _ROAD_TIMES, _INNER_TIMES = 1.5, 3.0, 2.0
# Without a distance, "north of" is this far from the edge of the place.
_BESIDE_M = 1_500.0
_RURAL_M, _RURAL_AWAY_M = 8_000.0, 5_000.0
# "X, Y" where X is unknown and Y names a unit too: X lies anywhere around.
_UNKNOWN_VILLAGE_M = 20_000.0
_LEAST_ALTERNATIVES = 5
_SURE, _LIKELY = 0.9, 0.6
_WHOLE_NAME, _WHOLE_RUN, _SURE_RUN = 0.5, 0.5, 0.8
# A name may be made of these words alone, as "The Eastern Bridge" is.
_NAME_WORDS = {
    "facility",
    "kind",
    "part",
    "outside",
    "rural",
    "street",
    "crossing",
    "break",
    "edge",
}
_SHORT_NAME = 2
_UNITS = {"governorate": "admin1", "district": "admin2"}
_LEVEL_ORDER = ("street", "neighbourhood", "village", "town", "city", "admin3", "admin2", "admin1")


class Placed(NamedTuple):
    """What is made of one text: a `match.Verdict`, and where that is.

    ``lat``, ``lon`` (degrees, None where refused); ``radius_m``; ``level`` as in the table of
    matches; ``form``: the way of saying it (name, near, offset, between, …); ``wkt``: the wedge
    of an offset or the line of a between, else "".
    """

    decision: str
    place: Place | None
    score: float
    flags: tuple[str, ...]
    alternatives: tuple[Alternative, ...]
    condition: str
    lat: float | None
    lon: float | None
    radius_m: float | None
    level: str | None
    form: str
    wkt: str


class _Found(NamedTuple):
    """Where one clause puts the place."""

    clause: int
    place: Place
    lat: float
    lon: float
    radius_m: float
    level: str
    form: str
    wkt: str = ""


def counted() -> dict[str, Any]:
    """Read how often each way of saying it held.

    Returns
    -------
    dict
        ``phrases.toml`` as it is.
    """
    return read_data("phrases.toml")


def share_right(condition: str) -> float:
    """Give the probability that a place lies within the radius given, under a condition.

    Parameters
    ----------
    condition : str
        A line of ``phrases.toml``: how many were right, of how many.

    Returns
    -------
    float
        (right + 1) / (counted + 2), Laplace's rule.

    Examples
    --------
    >>> share_right("never met")
    0.5
    """
    right, of = counted()["counted"].get(condition, (0, 0))
    return float((right + 1) / (of + 2))


def place_phrases(
    written: Sequence[str],
    index: Gazetteer,
    hints: Sequence[Hint | None],
    roads: gpd.GeoDataFrame | None = None,
    previous: Sequence[object] | None = None,
) -> list[Placed]:
    """Place texts that are neither coordinates nor p-codes: names, and phrases about them.

    Parameters
    ----------
    written : sequence of str
    index : Gazetteer
    hints : sequence of Hint or None
        For each text, the governorate or district it should lie in.
    roads : GeoDataFrame, optional
        Streets with ``name``, EPSG:4326: then streets and their crossings are found.
    previous : sequence of object, optional
        For each text, the report it belongs to (``None``: none). Places found in earlier texts
        of the same report pull those of later ones.

    Returns
    -------
    list of Placed
        One for each text, in order. Refused, with the reason as a flag, where no place is named
        or none of the names is known.

    Examples
    --------
    >>> import pandas as pd
    >>> from geosector.geocode.gazetteer import index_gazetteer
    >>> towns = pd.DataFrame({"id": ["1", "2"], "name": ["Ariha", "Sarmin"], "lat": [35.8, 35.9],
    ...                       "lon": [36.6, 36.7]})
    >>> index = index_gazetteer([towns])
    >>> texts = ["5 km east of Ariha", "on the road between Ariha and Sarmin", "5 km east of"]
    >>> for one in place_phrases(texts, index, [None] * 3):
    ...     one.form, one.lat and round(one.lat, 3), one.radius_m and round(one.radius_m)
    ('offset', 35.8, 1250)
    ('between', 35.85, 7159)
    ('none', None, None)
    >>> place_phrases([], index, [])
    []
    """
    reports: Sequence[object] = [None] * len(written) if previous is None else previous
    return place_in(open_room(index, roads), written, hints, reports, {})


def open_room(index: Gazetteer, roads: gpd.GeoDataFrame | None = None) -> Room:
    """Prepare once what every text is resolved with.

    Parameters
    ----------
    index : Gazetteer
    roads : GeoDataFrame, optional
        As for `place_phrases`.

    Returns
    -------
    Room
    """
    return Room(Lexicon(index), Ground(index), None if roads is None else index_streets(roads))


def place_in(
    room: Room,
    written: Sequence[str],
    hints: Sequence[Hint | None],
    reports: Sequence[object],
    memory: dict[object, list[Point]],
) -> list[Placed]:
    """Place some texts of a longer list, as `place_phrases` does all of them.

    Parameters
    ----------
    room : Room
    written, hints, reports : sequences of one length
        Text, unit and report (``None``: none) of each.
    memory : dict
        Report → (lat, lon) of the places found in it so far; added to in place.

    Returns
    -------
    list of Placed
    """
    read = _read(written, room, hints)
    asked: dict[tuple[str, Hint | None], None] = {}
    for text, hint in zip(written, hints, strict=True):
        for name in _names_asked(text, read[text, hint], room):
            asked[name, hint] = None
    verdicts = _matched(list(asked), room.ground.index)
    found: list[Placed] = []
    made: dict[tuple[str, Hint | None], Placed] = {}
    for text, hint, report in zip(written, hints, reports, strict=True):
        earlier = memory.get(report, []) if report is not None else []
        key = (text, hint)
        if earlier or key not in made:
            placed = _placed(_Query(text, hint, tuple(earlier)), read[key], verdicts, room)
            if not earlier:
                made[key] = placed
        else:
            placed = made[key]
        found.append(placed)
        if report is not None and placed.lat is not None and placed.lon is not None:
            memory.setdefault(report, []).append((placed.lat, placed.lon))
    return found


class Room(NamedTuple):
    """What every text is resolved with."""

    lexicon: Lexicon
    ground: Ground
    streets: Streets | None


class _Query(NamedTuple):
    text: str
    hint: Hint | None
    previous: tuple[Point, ...]


class _Read(NamedTuple):
    """A text read: its clauses, and whether it is a name, or junk, rather than a phrase."""

    clauses: list[Clause]
    is_plain: bool


_Verdicts = Mapping[tuple[str, Hint | None], Verdict]


def _matched(asked: Sequence[tuple[str, Hint | None]], index: Gazetteer) -> _Verdicts:
    names, hints = [name for name, _ in asked], [hint for _, hint in asked]
    return dict(zip(asked, match_names(names, index, hints), strict=True))


# --------------------------------------------------------------- reading


def _read(
    written: Sequence[str], room: Room, hints: Sequence[Hint | None]
) -> dict[tuple[str, Hint | None], _Read]:
    """Read each distinct text once; a run of words that may be one name or several is tried."""
    queries = list(dict.fromkeys(zip(written, hints, strict=True)))
    pieces = {text: items(text, room.lexicon) for text, _ in queries}
    runs = {
        (item.text, hint): None for text, hint in queries for item in pieces[text] if _is_open(item)
    }
    tried = _matched(list(runs), room.ground.index)
    found = {}
    for text, hint in queries:
        settled = [_settled(one, hint, tried, room.lexicon) for one in pieces[text]]
        if len(settled) == 1:
            settled = [_unless_large(settled[0], room.lexicon)]
        read = clauses(settled)
        found[text, hint] = _Read(read, _is_one_name(text, read, pieces[text]))
    return found


def _is_open(item: Item) -> bool:
    """Say whether a run may be one name of which the gazetteer knows a part as another name."""
    return len(item.parts) > 1 and len(item.text.split()) <= LONGEST_NAME


def _settled(item: Item, hint: Hint | None, tried: _Verdicts, lexicon: Lexicon) -> Item:
    """Keep a run together unless a part of it is a town or a unit that the rest may lie in."""
    if not _is_open(item):
        return item
    score = tried[item.text, hint].score
    if all(is_known for _, is_known in item.parts):
        # Every part is a name of its own: only a name that is nearly sure is the whole run.
        return item._replace(parts=((item.text, False),)) if score >= _SURE_RUN else item
    large = any(is_known and lexicon.is_large(text) for text, is_known in item.parts)
    if large and score < _WHOLE_RUN:
        return item
    return item._replace(parts=((item.text, False),))


def _unless_large(item: Item, lexicon: Lexicon) -> Item:
    """Keep a text of names alone together, unless one is a town or unit: "Kafr Musa"."""
    if any(known and lexicon.is_large(text) for text, known in item.parts):
        return item
    return item._replace(parts=((item.text, False),)) if item.word is None else item


def _is_one_name(text: str, read: Sequence[Clause], pieces: Sequence[Item]) -> bool:
    """Say whether a text is one name, with nothing but a word for its kind or the country.

    So is a name that consists of such words ("The Bridge"), and what has hardly a letter.
    """
    if sum(map(str.isdigit, text)) >= sum(map(str.isalpha, text)):
        return True
    kinds = {one.word.kind for one in pieces if one.word is not None}
    if not read:
        return len(pieces) <= _SHORT_NAME and kinds <= _NAME_WORDS
    return kinds <= {"kind", "break"} and len(read) == 1 and read[0].relation == "at"


def _may_be_one_name(read: Sequence[Clause]) -> bool:
    """Say whether the words for sides may belong to the name: "Upper X", "شمالي X"."""
    if len(read) != 1 or read[0].metres is not None:
        return False
    return read[0].relation in {"part", "offset"} or (
        read[0].relation == "at" and read[0].kind == "facility"
    )


def _names_asked(text: str, read: _Read, room: Room) -> list[str]:
    names = [name for clause in read.clauses for name in clause.names]
    if _is_whole(text, read, room) or _may_be_one_name(read.clauses):
        names.append(text)
    return names


def _is_whole(text: str, read: _Read, room: Room) -> bool:
    return read.is_plain or room.lexicon.knows(text, grammatical=True)


# --------------------------------------------------------------- placing


def _placed(query: _Query, whole_read: _Read, verdicts: _Verdicts, room: Room) -> Placed:
    read = whole_read.clauses
    whole = _whole(query, whole_read, verdicts, room)
    if whole is not None:
        return named(whole)
    no_name = _why_no_name(query.text, read, room)
    if no_name:
        return _refused(no_name, None)
    mentions = mentions_of(read, lambda name: verdicts[name, query.hint], room.ground, query.hint)
    choice = choose(mentions, read, query.previous)
    spot = _on_the_streets(read, mentions, choice, query, room)
    if spot is not None:
        return spot
    found = [
        one
        for number, clause in enumerate(read)
        for one in [_where(number, clause, mentions, choice, room.ground)]
        if one is not None
    ]
    if not found:
        return _unknown(read, mentions, verdicts, query.hint)
    # Of places of one reach the smaller lies in or by the larger.
    target = min(
        _not_around_an_offset(found, read),
        key=lambda one: (one.radius_m, one.place.population, one.clause),
    )
    return _decided(_Case(query, read, mentions, choice, found), target, verdicts)


def _not_around_an_offset(found: Sequence[_Found], read: Sequence[Clause]) -> list[_Found]:
    """Leave out a name without a word of its own after an offset: "7 km west of X - Y".

    Y says where X is, and the place meant is neither.
    """
    offsets = [one.clause for one in found if read[one.clause].metres and one.form == "offset"]
    first = min(offsets, default=len(read))
    return [
        one for one in found if one.clause <= first or one.form != "at" or read[one.clause].kind
    ]


def _whole(query: _Query, read: _Read, verdicts: _Verdicts, room: Room) -> Verdict | None:
    """Give the verdict on the text as one name, where it is one.

    One of several homonyms is left to the earlier places of its report.
    """
    key = (query.text, query.hint)
    if _is_whole(query.text, read, room):
        verdict = verdicts[key]
        recalled = query.previous and "ambiguous" in verdict.flags and read.clauses
        return None if recalled else verdict
    if _may_be_one_name(read.clauses) and verdicts[key].score >= _WHOLE_NAME:
        return verdicts[key]
    return None


class _Case(NamedTuple):
    query: _Query
    read: Sequence[Clause]
    mentions: Sequence[Mention]
    choice: Choice
    found: Sequence[_Found]


def _why_no_name(text: str, read: Sequence[Clause], room: Room) -> str:
    """Give the flag of a text that names no place, or nothing."""
    if is_junk(text, room.ground.index):
        return "junk" if text.strip() else "empty"
    return "" if read else "no_place_named"


def named(verdict: Verdict) -> Placed:
    """Give the verdict on a text that is one name or one p-code.

    Parameters
    ----------
    verdict : Verdict

    Returns
    -------
    Placed
    """
    place = verdict.place
    shown = place if verdict.decision != "refused" else None
    return Placed(
        *verdict[:6],
        lat=None if shown is None else shown.lat,
        lon=None if shown is None else shown.lon,
        radius_m=None if shown is None else radius_of(shown),
        level=None if place is None else place.level,
        form="name",
        wkt="",
    )


def _refused(flag: str, place: Place | None, further: tuple[Alternative, ...] = ()) -> Placed:
    level = None if place is None else place.level
    return Placed(
        "refused", place, 0.0, (flag,), further, flag, None, None, None, level, "none", ""
    )


def _unknown(
    read: Sequence[Clause], mentions: Sequence[Mention], verdicts: _Verdicts, hint: Hint | None
) -> Placed:
    """Refuse a phrase whose names are unknown, with the likeliest of them for a person."""
    if all(clause.kind in STREET_KINDS for clause in read):
        return _refused("street_unknown", None)
    likely = max((verdicts[one.name, hint] for one in mentions), key=lambda one: one.score)
    return _refused("unknown_name", likely.place, likely.alternatives)


def _where(
    number: int, clause: Clause, mentions: Sequence[Mention], choice: Choice, ground: Ground
) -> _Found | None:
    """Say where one clause puts the place, with the candidates chosen."""
    own = [
        one
        for mention, one in zip(mentions, choice.chosen, strict=True)
        if mention.clause == number and one.place is not None
    ]
    if not own or own[0].place is None:
        return None
    place = own[0].place
    if clause.relation == "between":
        second = own[1].place if len(own) > 1 else None
        return _between(number, place, second)
    if clause.relation == "rural":
        return _rural(number, clause, own[0], place, ground)
    if clause.relation == "offset":
        return _offset(number, clause, place)
    if clause.kind in _UNITS and own[0].unit is not None:
        region = ground.region(own[0].unit, clause.bearing)
        if region is not None:
            return _Found(number, place, *region, _UNITS[clause.kind], "unit")
    radius = radius_of(place)
    if clause.relation == "within":
        radius += clause.metres or 0.0
    radius *= _TIMES.get(clause.relation, 1.0)
    form = clause.relation
    if clause.kind in {"facility", "street", "crossing"}:
        radius, form = radius * _FACILITY_TIMES, "facility"
    elif clause.kind == "road":
        radius, form = radius * _ROAD_TIMES, "road"
    return _Found(number, place, place.lat, place.lon, radius, place.level, form)


def _between(number: int, place: Place, second: Place | None) -> _Found:
    if second is None:
        radius = _RURAL_M + radius_of(place)
        return _Found(number, place, place.lat, place.lon, radius, place.level, "near")
    half = 500.0 * distance_km(place, second)
    line = LineString([(place.lon, place.lat), (second.lon, second.lat)])
    return _Found(
        clause=number,
        place=place,
        lat=(place.lat + second.lat) / 2,
        lon=(place.lon + second.lon) / 2,
        radius_m=max(half, radius_of(place), radius_of(second)),
        level=_coarser(place.level, second.level),
        form="between",
        wkt=line.wkt,
    )


def _coarser(one: str, other: str) -> str:
    return max(one, other, key=_LEVEL_ORDER.index)


def _offset(number: int, clause: Clause, place: Place) -> _Found:
    own = radius_of(place)
    bearing = clause.bearing or 0.0
    metres = clause.metres if clause.metres is not None else own + _BESIDE_M
    radius = max(OFFSET_SHARE * metres, own)
    form = "offset"
    if clause.metres is None:
        radius, form = metres, "direction"
    lat, lon = _moved(place, bearing, metres)
    wedge = _wedge(place, bearing, metres + radius)
    return _Found(number, place, lat, lon, radius, place.level, form, wedge)


def _moved(place: Place, bearing: float, metres: float) -> Point:
    lon, lat = move_points(
        np.array([place.lon]), np.array([place.lat]), np.array([bearing]), np.array([metres])
    )
    return float(lat[0]), float(lon[0])


def _wedge(place: Place, bearing: float, reach_m: float) -> str:
    """Draw the sector of 45° in a direction, from the place as far as the phrase may mean."""
    half = WEDGE_DEGREES / 2
    angles = np.linspace(bearing - half, bearing + half, _ARC_POINTS)
    start = np.full(_ARC_POINTS, place.lon), np.full(_ARC_POINTS, place.lat)
    lon, lat = move_points(*start, angles, np.full(_ARC_POINTS, reach_m))
    ring = [(place.lon, place.lat), *zip(lon.round(6).tolist(), lat.round(6).tolist(), strict=True)]
    return str(Polygon(ring).wkt)


def _rural(number: int, clause: Clause, one: Candidate, place: Place, ground: Ground) -> _Found:
    if one.unit is not None and not one.unit.admin2:
        region = ground.region(one.unit, clause.bearing)
        if region is not None:
            return _Found(number, place, *region, "admin1", "rural_unit")
    radius = max(_RURAL_M, 2 * radius_of(place))
    lat, lon = place.lat, place.lon
    if clause.bearing is not None:
        lat, lon = _moved(place, clause.bearing, _RURAL_AWAY_M)
    return _Found(number, place, lat, lon, radius, place.level, "rural")


# --------------------------------------------------------------- streets


def _on_the_streets(
    read: Sequence[Clause],
    mentions: Sequence[Mention],
    choice: Choice,
    query: _Query,
    room: Room,
) -> Placed | None:
    """Find the street or crossing that a phrase names, beside the places it names."""
    if room.streets is None:
        return None
    anchors = [
        one.place
        for mention, one in zip(mentions, choice.chosen, strict=True)
        if one.place is not None and read[mention.clause].kind not in STREET_KINDS
    ]
    points = [(one.lat, one.lon) for one in anchors] or list(query.previous)
    for clause in read:
        if clause.kind in {"street", "crossing", "road"} and clause.relation in {"at", "near"}:
            spots = room.streets.find(clause.names, points)
            if spots:
                return _at_street(spots, anchors, has_town=bool(points))
    return None


def _at_street(spots: Sequence[Spot], anchors: Sequence[Place], *, has_town: bool) -> Placed:
    best = spots[0]
    alone = len(spots) == 1
    condition = f"{best.form}.{'town' if has_town else 'none'}.{'one' if alone else 'several'}"
    score = round(best.likeness * share_right(condition), 4)
    flags = () if alone else ("ambiguous",)
    place = Place(best.id, best.name, best.lat, best.lon, "street", "", "", "", 0.0, "")
    further = [
        Alternative(
            place._replace(id=one.id, name=one.name, lat=one.lat, lon=one.lon),
            round(min(score, (1 - score) * one.likeness / len(spots)), 4),
            "other_street",
            condition,
        )
        for one in spots[1:]
    ] + [Alternative(one, 0.0, "containing", condition) for one in anchors]
    return Placed(
        "accepted" if alone and score >= counted()["decide"]["accept"] else "review",
        place, score, flags, tuple(further[:_LEAST_ALTERNATIVES]), condition,
        best.lat, best.lon, best.radius_m, "street", best.form, best.wkt,
    )  # fmt: skip


# --------------------------------------------------------------- deciding


def _decided(case: _Case, target: _Found, verdicts: _Verdicts) -> Placed:
    flags: list[str] = []
    radius, form = target.radius_m, target.form
    lost = _lost(case, target)
    if lost:
        inner = all(clause.kind in INNER_KINDS for clause in lost)
        unit = _names_a_unit(case, target)
        if form in {"at", "part", "unit"}:
            wide = radius * _INNER_TIMES
            away = max(clause.metres or 0.0 for clause in lost)
            least = (_UNKNOWN_VILLAGE_M if unit else _RURAL_M) + away
            radius = wide if inner and not away else max(wide, least)
        form = f"{form}_around" if inner else f"{form}_instead"
        flags.append("inner_unknown" if inner else "name_unknown")
    if _joined_by_and(case, target):
        flags.append("several_places")
    sure = min(
        (
            sure
            for mention, sure in zip(case.mentions, case.choice.sure, strict=True)
            if mention.clause == target.clause
        ),
        default=0.0,
    )
    if sure < _LIKELY:
        flags.append("ambiguous")
    condition = _condition(case, target, form, sure)
    score = share_right(condition)
    if "several_places" in flags:
        score /= 2
    decide = counted()["decide"]
    accepted = score >= decide["accept"]
    decision = "accepted" if accepted else "review" if score >= decide["review"] else "refused"
    shown = decision != "refused"
    return Placed(
        decision,
        target.place,
        round(score, 4),
        tuple(flags),
        _further(case, target, score, verdicts),
        condition,
        target.lat if shown else None,
        target.lon if shown else None,
        round(radius, 1) if shown else None,
        target.level,
        form,
        target.wkt,
    )


def _names_a_unit(case: _Case, target: _Found) -> bool:
    return any(
        mention.clause == target.clause and one.unit is not None
        for mention, one in zip(case.mentions, case.choice.chosen, strict=True)
    )


def _lost(case: _Case, target: _Found) -> list[Clause]:
    """List the clauses whose unknown names would have said it more exactly."""
    known = {one.clause for one in case.found}
    exact = target.form in {"at", "part"} and target.level in {"village", "neighbourhood"}
    exact = exact and not _names_a_unit(case, target)
    return [
        clause
        for number, clause in enumerate(case.read)
        if number not in known
        and clause.relation in {"at", "part", "near", "offset"}
        # "7 km west of X - Y": X unknown, Y is not where it happened.
        and (not exact or (clause.metres is not None and clause.kind not in INNER_KINDS))
    ]


def _joined_by_and(case: _Case, target: _Found) -> bool:
    """Say whether the phrase names another place beside the target: "X and Y"."""
    others = [
        one
        for one in case.found
        if one is not target
        and one.form == target.form
        and distance_km(one.place, target.place) > SAME_PLACE_KM
    ]
    linked = {number for number, clause in enumerate(case.read) if clause.link == "and"}
    pairs = {target.clause, *(one.clause for one in others)}
    return any(number in pairs and number - 1 in pairs for number in linked)


def _condition(case: _Case, target: _Found, form: str, sure: float) -> str:
    exact = all(
        one.reason == "same_name"
        for mention, one in zip(case.mentions, case.choice.chosen, strict=True)
        if mention.clause == target.clause
    )
    likely = "sure" if sure >= _SURE else "likely" if sure >= _LIKELY else "open"
    told = "none"
    if case.query.hint is not None:
        told = "inside" if agreement(target.place, case.query.hint) > 0 else "outside"
    return f"{form}.{'same' if exact else 'similar'}.{likely}.{told}"


def _further(
    case: _Case, target: _Found, score: float, verdicts: _Verdicts
) -> tuple[Alternative, ...]:
    """Collect the other readings: other places named, other bearers of the name, similar names."""
    found: dict[str, Alternative] = {}

    def add(place: Place | None, raw: float, reason: str) -> None:
        if place is not None and place != target.place and place.id not in found:
            found[place.id] = Alternative(place, min(raw, score), reason, target.form)

    for one in case.found:
        add(one.place, 0.5 * (1 - score), "also_named")
    own = [mention for mention in case.mentions if mention.clause == target.clause]
    for mention in own:
        for candidate in mention.candidates:
            add(candidate.place, 0.3 * (1 - score), candidate.reason)
    for mention in (*own, *case.mentions):
        verdict = verdicts[mention.name, case.query.hint]
        add(verdict.place, 0.2 * (1 - score), "similar_name")
        for other in verdict.alternatives:
            add(other.place, other.score * (1 - score), other.reason)
    best = sorted(found.values(), key=lambda one: -one.score)[:_LEAST_ALTERNATIVES]
    total = sum(one.score for one in best)
    scale = min(1.0, (1 - score) / total) if total else 1.0
    return tuple(one._replace(score=round(one.score * scale, 4)) for one in best)
