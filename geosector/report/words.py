"""What a report says of its totals: counted things, and what changed.

Nouns agree with their numbers by the catalogues' plural forms. Nothing here counts: every number
comes from `Numbers` or a `Finding`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from geosector.language import date, language, number, plural, text
from geosector.measure.months import Span
from geosector.report.numbers import Numbers, Total

ISOLATE, END_ISOLATE = "\u2068", "\u2069"


def how_many(unit: str, n: int, lang: str) -> str:
    """Say how many of something, the noun in agreement with the number.

    Parameters
    ----------
    unit : str
        ``attack, fire, accident, drowning, incident, killed, injured, community, camp, man, woman,
        child, boy, girl, person, other_person, report, place``.
    n : int
    lang : str

    Examples
    --------
    >>> how_many("community", 1, "en"), how_many("killed", 0, "en"), how_many("child", 13, "en")
    ('1 community', '0 people killed', '13 children')
    """
    return NOUNS[unit](n, lang)


def span_name(span: Span, lang: str) -> str:
    """Name a month or a year.

    Examples
    --------
    >>> import datetime as dt
    >>> span_name(Span(dt.date(2024, 4, 1), dt.date(2024, 4, 30)), "en")
    'April 2024'
    """
    whole_year = span.first.month != span.last.month
    return date(span.first, precision="year" if whole_year else "month", lang=lang)


def total_value(total: Total, lang: str) -> str:
    """Write a total with its qualifier, and as a range where it is one.

    Examples
    --------
    >>> total_value(Total(50, 50, "more_than"), "en"), total_value(Total(3, 5), "en")
    ('more than 50', '3–5')
    """
    low, high = (written(value, lang) for value in (total.low, total.high))
    said = low if total.low == total.high else f"{low}–{high}"
    if total.qualifier == "more_than":
        return text("more than {n}", lang=lang, n=said)
    if total.qualifier == "about":
        return text("about {n}", lang=lang, n=said)
    return said


def change(total: Total, numbers: Numbers, lang: str) -> tuple[str, ...]:
    """Say what a total was a span and a year before, where that is known.

    Examples
    --------
    >>> import pandas as pd
    >>> from geosector.report.numbers import reckon
    >>> none = reckon(pd.DataFrame({"kind": [], "date": []}), "2024-04")
    >>> change(Total(67, 67, previous=71), none, "en")
    ('−4 against March 2024 (71)',)
    >>> change(Total(67, 67), none, "en")
    ()
    """
    said = []
    before = (
        (total.previous, numbers.spans.previous),
        (total.year_before, numbers.spans.year_before),
    )
    for value, span in dict.fromkeys(before):
        if value is None:
            continue
        facts = {"n": written(value, lang), "span": span_name(span, lang)}
        by = total.low - value
        if by == 0:
            said.append(text("as in {span} ({n})", lang=lang, **facts))
        else:
            sign = "+" if by > 0 else "−"
            amount = f"{ISOLATE}{sign}{written(abs(by), lang)}{END_ISOLATE}"
            if language(lang).direction == "ltr":
                amount = amount.strip(ISOLATE + END_ISOLATE)
            said.append(text("{by} against {span} ({n})", lang=lang, by=amount, **facts))
    return tuple(said)


def opening(kind: str, numbers: Numbers, lang: str) -> str:
    """Say in one sentence how many incidents of a kind there were, where, and who was hurt."""
    totals = numbers.totals
    n = int(totals[f"{kind}.responses"].low)
    said = [how_many(_UNITS[kind], n, lang)]
    places = totals.get(f"{kind}.communities")
    if places is not None:
        said.append(how_many("in_communities", int(places.low), lang))
    camps = totals.get(f"{kind}.camps")
    if camps is not None:
        said.append(how_many("in_camps", int(camps.low), lang))
    for fate in ("killed", "injured"):
        people = totals.get(f"{kind}.{fate}")
        if people is not None and people.low == people.high:
            said.append(how_many(fate, int(people.low), lang))
        elif people is not None:
            facts = {"low": written(people.low, lang), "high": written(people.high, lang)}
            said.append(_RANGES[fate](lang, facts))
    return text("{span}: {facts}.", lang=lang, span=span_name(numbers.spans.current, lang),
                facts=joined(said, lang))  # fmt: skip


def joined(parts: Sequence[str], lang: str) -> str:
    """Join parts as the language joins a list.

    Examples
    --------
    >>> joined(["a", "b", "c"], "en"), joined(["a"], "en"), joined([], "en")
    ('a, b and c', 'a', '')
    """
    if len(parts) < 2:  # noqa: PLR2004 - one part, or none
        return "".join(parts)
    comma = "، " if language(lang).direction == "rtl" else ", "
    return text("{first} and {last}", lang=lang, first=comma.join(parts[:-1]), last=parts[-1])


def written(value: float, lang: str) -> str:
    """Write a count, with a decimal only where it has one.

    Examples
    --------
    >>> written(1234, "en"), written(0.5, "en")
    ('1,234', '0.5')
    """
    whole = float(value).is_integer()
    return number(value, decimals=0 if whole else 1, lang=lang)


NOUNS: dict[str, Callable[[int, str], str]] = {
    "attack": lambda n, lang: plural("{n} attack", "{n} attacks", n, lang=lang),
    "fire": lambda n, lang: plural("{n} fire", "{n} fires", n, lang=lang),
    "accident": lambda n, lang: plural(
        "{n} road traffic accident", "{n} road traffic accidents", n, lang=lang
    ),
    "drowning": lambda n, lang: plural(
        "{n} drowning incident", "{n} drowning incidents", n, lang=lang
    ),
    "incident": lambda n, lang: plural("{n} incident", "{n} incidents", n, lang=lang),
    "killed": lambda n, lang: plural("{n} person killed", "{n} people killed", n, lang=lang),
    "injured": lambda n, lang: plural("{n} person injured", "{n} people injured", n, lang=lang),
    "community": lambda n, lang: plural("{n} community", "{n} communities", n, lang=lang),
    "camp": lambda n, lang: plural("{n} camp", "{n} camps", n, lang=lang),
    "in_communities": lambda n, lang: plural(
        "in {n} community", "in {n} communities", n, lang=lang
    ),
    "in_camps": lambda n, lang: plural("in {n} camp", "in {n} camps", n, lang=lang),
    "man": lambda n, lang: plural("{n} man", "{n} men", n, lang=lang),
    "woman": lambda n, lang: plural("{n} woman", "{n} women", n, lang=lang),
    "child": lambda n, lang: plural("{n} child", "{n} children", n, lang=lang),
    "boy": lambda n, lang: plural("{n} boy", "{n} boys", n, lang=lang),
    "girl": lambda n, lang: plural("{n} girl", "{n} girls", n, lang=lang),
    "person": lambda n, lang: plural("{n} person", "{n} people", n, lang=lang),
    "other_person": lambda n, lang: plural("{n} other", "{n} others", n, lang=lang),
    "row": lambda n, lang: plural("{n} row", "{n} rows", n, lang=lang),
}
_UNITS = {
    "attack": "attack",
    "fire": "fire",
    "traffic": "accident",
    "drowning": "drowning",
    "other": "incident",
}
_RANGES: dict[str, Callable[[str, dict[str, str]], str]] = {
    "killed": lambda lang, facts: text("{low} to {high} people killed", lang=lang, **facts),
    "injured": lambda lang, facts: text("{low} to {high} people injured", lang=lang, **facts),
}
