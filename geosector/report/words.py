"""What a report says of its totals: counted things, and what changed.

Nouns agree with their numbers by the catalogues' plural forms. Nothing here counts: every number
comes from `Numbers` or a `Finding`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from unicodedata import bidirectional

from geosector.language import date, language, number, plural, text
from geosector.measure.coded import UNSPECIFIED
from geosector.measure.months import Span
from geosector.report.numbers import Numbers, Total
from geosector.tables import FATES

ISOLATE, END_ISOLATE = "\u2068", "\u2069"


def how_many(unit: str, n: int, lang: str) -> str:
    """Say how many of something, the noun in agreement with the number.

    Parameters
    ----------
    unit : str
        ``attack, fire, accident, drowning, incident, killed, injured, death, rescued, community,
        camp, man, woman, child, boy, girl, person, other_person, row``.
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
    span = sentence(span_name(numbers.spans.current, lang))
    facts = told_of(kind, numbers, lang)
    return text("{span}: {facts}.", lang=lang, span=span, facts=facts)


def told_of(kind: str, numbers: Numbers, lang: str) -> str:
    """Say how many incidents of a kind there were, where, and who was hurt, without a span.

    Who was hurt stands with sex and age, as far as they are known; nobody is not told.

    Examples
    --------
    >>> import pandas as pd
    >>> from geosector.report.numbers import reckon
    >>> rows = pd.DataFrame(
    ...     {"kind": ["fire"] * 2, "date": pd.to_datetime(["2024-04-02"] * 2),
    ...      "locality_id": ["a", "b"], "injured_woman": [1, 0], "injured_unspecified": [0, 2]}
    ... )
    >>> told_of("fire", reckon(rows, "2024-04"), "en")
    '2 fires, in 2 communities; 3 people injured (1 woman and 2 others)'
    """
    totals = numbers.totals
    where = [how_many(_UNITS[kind], int(totals[f"{kind}.responses"].low), lang)]
    for unit, noun in (("communities", "in_communities"), ("camps", "in_camps")):
        if f"{kind}.{unit}" in totals:
            where.append(how_many(noun, int(totals[f"{kind}.{unit}"].low), lang))
    said = [_comma(lang).join(where)]
    for fate in FATES:
        people = totals.get(f"{kind}.{fate}")
        if people is not None and people.high > 0:
            said.append(_hurt(kind, fate, numbers, lang))
    return listed(said, lang)


def _hurt(kind: str, fate: str, numbers: Numbers, lang: str) -> str:
    people = numbers.totals[f"{kind}.{fate}"]
    noun = noun_of(kind, fate)
    if people.low < people.high:
        facts = {"low": written(people.low, lang), "high": written(people.high, lang)}
        return _RANGES[noun](lang, facts)
    counts = _by_key(numbers, f"{kind}.{fate}.by_sexage")
    sexes = _by_key(numbers, f"{kind}.{fate}.children.by_sex")
    counts |= {sex: sexes.get(sex, 0) for sex in ("boy", "girl")}
    return with_groups(how_many(noun, int(people.low), lang), by_group(counts, lang), lang)


def _by_key(numbers: Numbers, name: str) -> dict[str, int]:
    parts = numbers.breakdowns.get(name)
    if parts is None:
        return {}
    return {str(key): int(n) for key, n in zip(parts["key"], parts["count"], strict=True)}


def noun_of(kind: str, fate: str) -> str:
    """Choose what the people of a kind of incident are called: killed, dead, injured, rescued.

    Examples
    --------
    >>> noun_of("attack", "killed"), noun_of("fire", "killed"), noun_of("drowning", "injured")
    ('killed', 'death', 'rescued')
    """
    if fate == "killed":
        return "killed" if kind == "attack" else "death"
    return "rescued" if kind == "drowning" else "injured"


def by_group(counts: Mapping[str, int], lang: str) -> list[str]:
    """Say how many people of each sex and age; nothing where it is known of none of them.

    Parameters
    ----------
    counts : mapping of str to int
        ``man, woman, child, boy, girl, unspecified``; boys and girls are children, too.
    lang : str

    Examples
    --------
    >>> by_group({"woman": 1, "child": 2, "girl": 2, "unspecified": 1}, "en")
    ['1 woman', '2 girls', '1 other']
    >>> by_group({"unspecified": 4}, "en")
    []
    """
    children = counts.get("child", 0) - counts.get("boy", 0) - counts.get("girl", 0)
    order = {key: counts.get(key, 0) for key in ("man", "woman", "boy", "girl")}
    order |= {"child": children, "other_person": counts.get(UNSPECIFIED, 0)}
    told = {key: n for key, n in order.items() if n > 0}
    if not told.keys() - {"other_person"}:
        return []
    return [how_many(key, n, lang) for key, n in told.items()]


def with_groups(whole: str, groups: Sequence[str], lang: str) -> str:
    """Put the groups of people behind how many they are.

    Examples
    --------
    >>> with_groups("4 people killed", ["1 woman", "3 girls"], "en"), with_groups("4", [], "en")
    ('4 people killed (1 woman and 3 girls)', '4')
    """
    return f"{whole} ({joined(groups, lang)})" if groups else whole


def listed(parts: Sequence[str], lang: str) -> str:
    """Put facts one after another, with the semicolon of the language.

    Examples
    --------
    >>> listed(["a", "b"], "en"), listed(["a", "b"], "ar")
    ('a; b', 'a؛ b')
    """
    return ("; " if language(lang).direction == "ltr" else "؛ ").join(parts)


def set_apart(name: str, lang: str) -> str:
    """Isolate a name whose letters run against the language, and no other.

    An isolate within an isolate says nothing of the direction of the outer one, so a name in the
    letters of the language stays free.

    Examples
    --------
    >>> set_apart("إدلب", "ar"), set_apart("Idlib", "en")
    ('إدلب', 'Idlib')
    >>> set_apart("إدلب", "en") == ISOLATE + "إدلب" + END_ISOLATE
    True
    """
    strong = next((sign for sign in name if sign.isalpha()), "")
    runs = "rtl" if bidirectional(strong or "a") in {"R", "AL"} else "ltr"
    return name if runs == language(lang).direction else f"{ISOLATE}{name}{END_ISOLATE}"


def sentence(words: str) -> str:
    """Begin a sentence with a capital letter, where the script has them.

    Examples
    --------
    >>> sentence("nîsan 2024"), sentence("نيسان"), sentence("")
    ('Nîsan 2024', 'نيسان', '')
    """
    return words[:1].upper() + words[1:]


def joined(parts: Sequence[str], lang: str) -> str:
    """Join parts as the language joins a list.

    Examples
    --------
    >>> joined(["a", "b", "c"], "en"), joined(["a"], "en"), joined([], "en")
    ('a, b and c', 'a', '')
    """
    if len(parts) < 2:  # noqa: PLR2004 - one part, or none
        return "".join(parts)
    first = _comma(lang).join(parts[:-1])
    return text("{first} and {last}", lang=lang, first=first, last=parts[-1])


def _comma(lang: str) -> str:
    return "، " if language(lang).direction == "rtl" else ", "


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
    "death": lambda n, lang: plural("{n} death", "{n} deaths", n, lang=lang),
    "rescued": lambda n, lang: plural("{n} person rescued", "{n} people rescued", n, lang=lang),
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
    "death": lambda lang, facts: text("{low} to {high} deaths", lang=lang, **facts),
    "rescued": lambda lang, facts: text("{low} to {high} people rescued", lang=lang, **facts),
}
