"""The gravest incidents, each told in a sentence made of coded fields, never of copied text."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from geosector.language import date, text
from geosector.measure.coded import SEVERAL, UNSPECIFIED, code_of, label_of
from geosector.measure.counts import GROUPS, casualties_of_rows, count_casualties
from geosector.report.naming import place_name
from geosector.report.numbers import Numbers
from geosector.report.words import (
    by_group,
    joined,
    listed,
    noun_of,
    sentence,
    set_apart,
    with_groups,
    written,
)
from geosector.tables import FATES, Audience

SIDES = ("low", "high")
# Kinds of place that are not told with the name of their locality outside the office.
PROTECTED = ("school", "hospital", "shelter", "civil_defence_centre")


def narratives(
    numbers: Numbers, kind: str, lang: str, *, most: int, audience: Audience
) -> tuple[str, ...]:
    """Tell the gravest incidents of a kind, each in one sentence made of its coded fields.

    Parameters
    ----------
    numbers : Numbers
    kind : str
    lang : str
    most : int
        How many, at most: those with the most killed, then injured, the earliest first among
        equals. An incident that hurt nobody is not told.
    audience : {"internal", "partner", "public"}
        To the public no school, hospital, shelter or centre of civil defence is told.

    Returns
    -------
    tuple of str
        In the order of their dates.
    """
    rows = numbers.rows[(numbers.rows["kind"] == kind).to_numpy()]
    killed, injured = (casualties_of_rows(rows, fate).to_numpy() for fate in FATES)
    weighed = [
        (-killed[at], -injured[at], rows["date"].iloc[at], at)
        for at in np.flatnonzero((killed > 0) | (injured > 0)).tolist()
    ]
    chosen = sorted(weighed)[:most]
    order = sorted(chosen, key=lambda facts: (facts[2], facts[3]))
    return tuple(_told(rows.iloc[[position]], numbers, lang, audience) for *_, position in order)


def _told(row: pd.DataFrame, numbers: Numbers, lang: str, audience: Audience) -> str:
    facts = row.iloc[0]
    kind = str(facts["kind"])
    where = facts.get("locality")
    parts = [_ONE[kind](lang)]
    if isinstance(where, str):
        place = set_apart(place_name(where, numbers, lang), lang)
        parts = [text("{what} in {place}", lang=lang, what=parts[0], place=place)]
    if kind == "attack":
        parts += _attack(facts, lang)
    hit = _hit(facts, lang, audience)
    if hit:
        parts.append(_PLACES[kind == "attack"](lang, hit))
    for fate in FATES:
        people = _people(row, fate, lang)
        if people:
            parts.append(_FATE[noun_of(kind, fate)](lang, people))
    precision = str(facts.get("date_precision", "day")).replace("minute", "day")
    when = date(pd.Timestamp(facts["date"]).date(), precision=precision, lang=lang)
    return text("{date}: {facts}.", lang=lang, date=sentence(when), facts=listed(parts, lang))


def _attack(facts: pd.Series, lang: str) -> list[str]:
    """Tell to whom an attack is attributed, and its weapon."""
    said = []
    for column, words in _OF_ATTACKS.items():
        code = facts.get(column)
        if isinstance(code, str) and code not in {UNSPECIFIED, "unknown"}:
            said.append(words(lang, label_of(column, code, lang)))
    return said


def _hit(facts: pd.Series, lang: str, audience: Audience) -> str:
    places = [str(facts.get("place_type", UNSPECIFIED))]
    if isinstance(facts.get(SEVERAL), str):
        places += str(facts[SEVERAL]).split(";")
    silent = {UNSPECIFIED, *(PROTECTED if audience == "public" else ())}
    if facts["kind"] == "traffic":
        silent.add("road")  # where else
    hit = [
        label_of("place_type", place, lang)
        for place in places
        if code_of("place_type", place) not in silent  # a table's own code for a clinic, too
    ]
    return joined(hit, lang)


def _people(row: pd.DataFrame, fate: str, lang: str) -> str:
    """Count the people of one incident, by sex and age where these are known."""
    casualties = count_casualties(row, fate).set_index("key")
    if casualties.empty:
        return ""
    low, high = (int(casualties.loc[casualties.index.isin(GROUPS), side].sum()) for side in SIDES)
    if (casualties["low"] != casualties["high"]).any():
        return f"{written(low, lang)}–{written(high, lang)}"
    groups = by_group(casualties["low"].to_dict(), lang)
    return groups[0] if len(groups) == 1 else with_groups(written(low, lang), groups, lang)


_ONE: dict[str, Callable[[str], str]] = {
    "attack": lambda lang: text("Attack", lang=lang),
    "fire": lambda lang: text("Fire", lang=lang),
    "traffic": lambda lang: text("Road traffic accident", lang=lang),
    "drowning": lambda lang: text("Drowning", lang=lang),
    "other": lambda lang: text("Incident", lang=lang),
}
_FATE: dict[str, Callable[[str, str], str]] = {
    "killed": lambda lang, people: text("killed: {people}", lang=lang, people=people),
    "injured": lambda lang, people: text("injured: {people}", lang=lang, people=people),
    "death": lambda lang, people: text("deaths: {people}", lang=lang, people=people),
    "rescued": lambda lang, people: text("rescued: {people}", lang=lang, people=people),
}
_OF_ATTACKS: dict[str, Callable[[str, str], str]] = {
    "attributed_to": lambda lang, said: text("attributed to: {source}", lang=lang, source=said),
    "weapon": lambda lang, said: text("weapon: {weapon}", lang=lang, weapon=said),
}
_PLACES: dict[bool, Callable[[str, str], str]] = {
    True: lambda lang, places: text("hit: {places}", lang=lang, places=places),
    False: lambda lang, places: text("place: {places}", lang=lang, places=places),
}
