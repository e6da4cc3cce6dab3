"""What does not add up, in words: one sentence for each finding, with the numbers that show it."""

from __future__ import annotations

from collections.abc import Callable

from geosector.language import number, percent, plural, text
from geosector.report.findings import Finding
from geosector.report.naming import breakdown_name, key_name, total_name
from geosector.report.numbers import Numbers


def remark(found: Finding, numbers: Numbers, lang: str) -> str:
    """Say what was found, in one sentence with its numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> from geosector.report.numbers import reckon
    >>> none = reckon(pd.DataFrame({"kind": [], "date": []}), "2024-04")
    >>> found = Finding("left_open", "attack.by_weapon", {"stated": 63, "whole": 67, "left": 4})
    >>> remark(found, none, "en")
    'Responses to attacks, by weapon: known of 63 of 67 (94%); 4 unspecified.'
    """
    n = found.facts.get("count", 0)
    return _SAID[found.code](int(n), lang, _facts(found, numbers, lang))


# What these are about is a total; all others are about a breakdown.
_OF_TOTALS = ("not_added", "added_up", "too_few_places", "range", "counted_otherwise", "shrunk")
# Of these the numbers are per cent.
_SHARES = ("percent_short", "percent_over")


def _facts(found: Finding, numbers: Numbers, lang: str) -> dict[str, str]:
    """Write what a sentence may name: numbers and shares in digits, parts and totals by name."""
    given = found.facts
    facts = {
        key: percent(value / 100, lang=lang) if found.code in _SHARES else number(value, lang=lang)
        for key, value in given.items()
        if isinstance(value, int)
    }
    if "stated" in given:
        facts["share"] = percent(int(given["stated"]) / int(given["whole"]), lang=lang)
    facts |= {
        key: str(given[key]) for key in ("number", "other") if isinstance(given.get(key), str)
    }
    if "." in found.about:
        is_total = found.code in _OF_TOTALS or found.about not in numbers.breakdowns
        named = total_name if is_total and found.about in numbers.totals else breakdown_name
        facts["name"] = named(found.about, numbers, lang)
    else:
        facts |= {"column": found.about, "word": str(given.get("word", ""))}
    if "part" in given:
        facts["part"] = key_name(found.about, str(given["part"]), numbers, lang)
    if "total" in given:
        facts["total"] = total_name(str(given["total"]), numbers, lang)
    return facts


_SAID: dict[str, Callable[[int, str, dict[str, str]], str]] = {
    "left_open": lambda _, lang, facts: text(
        "{name}: known of {stated} of {whole} ({share}); {left} unspecified.", lang, **facts
    ),
    "short": lambda _, lang, facts: text(
        "{name}: the published parts come to {published} of {whole}; {left} unspecified.",
        lang,
        **facts,
    ),
    "over": lambda _, lang, facts: text(
        "{name}: the published parts come to {published}, {left} more than their total {whole}.",
        lang,
        **facts,
    ),
    "percent_short": lambda _, lang, facts: text(
        "{name}: the published percentages come to {published}; {left} unspecified.",
        lang,
        **facts,
    ),
    "percent_over": lambda _, lang, facts: text(
        "{name}: the published percentages come to {published}, {left} too many.",
        lang,
        **facts,
    ),
    "no_base": lambda _, lang, facts: text(
        "{name}: no total is published for these parts, so none can be checked.", lang, **facts
    ),
    "remainder": lambda _, lang, facts: text(
        "{name}: the published remainder is not what is left of {whole}.", lang, **facts
    ),
    "estimated": lambda _, lang, facts: text(
        "{name}: only percentages are published; the counts are worked out from them and {whole}.",
        lang,
        **facts,
    ),
    "twice": lambda _, lang, facts: text(
        "{name}: {part} is {count} there, but {total} is {other}. Is it the same unit?",
        lang,
        **facts,
    ),
    "not_added": lambda _, lang, facts: text(
        "{name}: {overall} different ones. The programmes' own counts come to {sum}, since they"
        " overlap; they must not be added up.",
        lang,
        **facts,
    ),
    "added_up": lambda _, lang, facts: text(
        "{name}: {overall} is just what the programmes' own counts come to. Were they added up?"
        " A place that several of them reach must count once.",
        lang,
        **facts,
    ),
    "given_twice": lambda _, lang, facts: (
        text("{name}: {part} is given twice, as {number} and as {other}.", lang, **facts)
        if "part" in facts
        else text("{name}: given twice, as {number} and as {other}.", lang, **facts)
    ),
    "not_its_share": lambda _, lang, facts: text(
        "{name}: {part} is {number}, but is published as {other} per cent too.", lang, **facts
    ),
    "counted_otherwise": lambda _, lang, facts: text(
        "{name}: the rows come to {number}, the published total is {other}. The rows are shown.",
        lang,
        **facts,
    ),
    "shrunk": lambda _, lang, facts: text(
        "{name}: {number} in the year to date is less than {other} in this month alone.",
        lang,
        **facts,
    ),
    "one_id": lambda n, lang, facts: plural(
        "{n} row shares its number with another and says something else; each is counted.",
        "{n} rows share their numbers and say different things; each is counted.",
        n,
        lang,
        **facts,
    ),
    "too_few_places": lambda _, lang, facts: text(
        "{name}: {overall} in all are fewer than {count} in one programme ({total}).", lang, **facts
    ),
    "several_places": lambda n, lang, facts: plural(
        "{name}: {n} incident hit several kinds of place and is counted once, by the first.",
        "{name}: {n} incidents hit several kinds of place and are counted once, by the first.",
        n,
        lang,
        **facts,
    ),
    "camps_not_counted": lambda n, lang, facts: plural(
        "{name}: {n} incident was in a camp, but no row says which; camps are not counted.",
        "{name}: {n} incidents were in camps, but no row says which; camps are not counted.",
        n,
        lang,
        **facts,
    ),
    "no_men": lambda _, lang, facts: text(
        "{name}: {left} of {whole} are unspecified. No row reports men, so nobody is called a man.",
        lang,
        **facts,
    ),
    "children_with_sex": lambda _, lang, facts: text(
        "{name}: of {count} children the rows give the sex of {known}.", lang, **facts
    ),
    "mixed_ages": lambda _, lang, facts: text(
        "{name}: the total holds {count} {part}.", lang, **facts
    ),
    "range": lambda _, lang, facts: text(
        "{name}: sources differ, from {low} to {high}; tables and figures show the least.",
        lang,
        **facts,
    ),
    "deaths_apart": lambda n, lang, facts: plural(
        "{n} death in other incidents is not among those killed in attacks.",
        "{n} deaths in other incidents are not among those killed in attacks.",
        n,
        lang,
        **facts,
    ),
    "fires_of_attacks": lambda n, lang, facts: plural(
        "The rows do not say whether the {n} fire was caused by an attack and counted there, too.",
        "The rows do not say which of the {n} fires attacks caused and were counted there, too.",
        n,
        lang,
        **facts,
    ),
    "unknown_word": lambda n, lang, facts: plural(
        "The word “{word}” ({column}) is not in the list; it is counted by itself ({n} row).",
        "The word “{word}” ({column}) is not in the list; it is counted by itself ({n} rows).",
        n,
        lang,
        **facts,
    ),
    "silent_months": lambda n, lang, facts: plural(
        "Of {n} month of the year the table holds no row; the year's totals lack it.",
        "Of {n} months of the year the table holds no row; the year's totals lack them.",
        n,
        lang,
        **facts,
    ),
    "undated": lambda n, lang, facts: plural(
        "{n} row has no date that lies in one month; it is in no month's count.",
        "{n} rows have no date that lies in one month; they are in no month's count.",
        n,
        lang,
        **facts,
    ),
    "unplaced": lambda n, lang, facts: plural(
        "{n} of {whole} rows names no place.",
        "{n} of {whole} rows name no place.",
        n,
        lang,
        **facts,
    ),
}
