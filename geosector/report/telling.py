"""The gravest incidents, each told in a sentence made of coded fields, never of copied text."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from geosector.language import date, language, text
from geosector.measure.coded import SEVERAL, UNSPECIFIED, code_of, label_of
from geosector.measure.counts import FATES, GROUPS, casualties_of_rows, count_casualties
from geosector.report.numbers import Numbers
from geosector.report.words import how_many, joined, written
from geosector.tables import Audience

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
    return tuple(_told(rows.iloc[[position]], lang, audience) for *_, position in order)


def _told(row: pd.DataFrame, lang: str, audience: Audience) -> str:
    facts = row.iloc[0]
    kind = str(facts["kind"])
    where = facts.get("locality")
    what = _ONE[kind](lang)
    named = isinstance(where, str)
    parts = [text("{what} in {place}", lang=lang, what=what, place=where) if named else what]
    weapon = facts.get("weapon")
    if kind == "attack" and isinstance(weapon, str) and weapon != UNSPECIFIED:
        said = label_of("weapon", weapon, lang)
        parts.append(text("weapon: {weapon}", lang=lang, weapon=said))
    places = [str(facts.get("place_type", UNSPECIFIED))]
    if isinstance(facts.get(SEVERAL), str):
        places += str(facts[SEVERAL]).split(";")
    silent = {UNSPECIFIED, *(PROTECTED if audience == "public" else ())}
    hit = [
        label_of("place_type", place, lang)
        for place in places
        if code_of("place_type", place) not in silent  # a table's own code for a clinic, too
    ]
    if hit:
        parts.append(text("hit: {places}", lang=lang, places=joined(hit, lang)))
    for fate in ("killed", "injured"):
        people = _people(row, fate, lang)
        if people:
            parts.append(_FATE[fate](lang, people))
    precision = str(facts.get("date_precision", "day")).replace("minute", "day")
    when = date(pd.Timestamp(facts["date"]).date(), precision=precision, lang=lang)
    semicolon = "; " if language(lang).direction == "ltr" else "؛ "
    return text("{date}: {facts}.", lang=lang, date=when, facts=semicolon.join(parts))


def _people(row: pd.DataFrame, fate: str, lang: str) -> str:
    """Count the people of one incident by sex and age; children whose sex is known as such."""
    casualties = count_casualties(row, fate).set_index("key")
    if casualties.empty:
        return ""
    if (casualties["low"] != casualties["high"]).any():
        whole = casualties[casualties.index.isin(GROUPS)]
        low, high = (written(int(whole[side].sum()), lang) for side in ("low", "high"))
        return f"{low}–{high}"
    counts = casualties["low"].to_dict()
    children = counts.get("child", 0) - counts.get("boy", 0) - counts.get("girl", 0)
    order = {key: counts.get(key, 0) for key in ("man", "woman", "boy", "girl")}
    order |= {"child": children, "other_person": counts.get(UNSPECIFIED, 0)}
    only_unknown = not any(n for key, n in order.items() if key != "other_person")
    said = [
        how_many("person" if key == "other_person" and only_unknown else key, int(n), lang)
        for key, n in order.items()
        if n > 0
    ]
    return joined(said, lang)


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
}
