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
    return _SAID[found.code](found, numbers, lang)


def _left_open(found: Finding, numbers: Numbers, lang: str) -> str:
    share = percent(int(found.facts["stated"]) / int(found.facts["whole"]), lang=lang)
    return text(
        "{name}: known of {stated} of {whole} ({share}); {left} unspecified.",
        lang=lang,
        name=breakdown_name(found.about, numbers, lang),
        share=share,
        **_numbers(found, lang),
    )


def _short(found: Finding, numbers: Numbers, lang: str) -> str:
    return text(
        "{name}: the published parts come to {published} of {whole}; {left} unspecified.",
        lang=lang,
        name=breakdown_name(found.about, numbers, lang),
        **_numbers(found, lang),
    )


def _over(found: Finding, numbers: Numbers, lang: str) -> str:
    return text(
        "{name}: the published parts come to {published}, {left} more than their total {whole}.",
        lang=lang,
        name=breakdown_name(found.about, numbers, lang),
        **_numbers(found, lang),
    )


def _percentages(found: Finding, numbers: Numbers, lang: str) -> str:
    shares = {key: percent(int(found.facts[key]) / 100, lang=lang) for key in ("published", "left")}
    name = breakdown_name(found.about, numbers, lang)
    if found.code == "percent_short":
        return text(
            "{name}: the published percentages come to {published}; {left} unspecified.",
            lang=lang,
            name=name,
            **shares,
        )
    return text(
        "{name}: the published percentages come to {published}, {left} too many.",
        lang=lang,
        name=name,
        **shares,
    )


def _no_base(found: Finding, numbers: Numbers, lang: str) -> str:
    return text(
        "{name}: no total is published for these parts, so none can be checked.",
        lang=lang,
        name=breakdown_name(found.about, numbers, lang),
    )


def _remainder(found: Finding, numbers: Numbers, lang: str) -> str:
    return text(
        "{name}: the published remainder is not what is left of {whole}.",
        lang=lang,
        name=breakdown_name(found.about, numbers, lang),
        **_numbers(found, lang),
    )


def _estimated(found: Finding, numbers: Numbers, lang: str) -> str:
    return text(
        "{name}: only percentages are published; the counts are worked out from them and {whole}.",
        lang=lang,
        name=breakdown_name(found.about, numbers, lang),
        **_numbers(found, lang),
    )


def _twice(found: Finding, numbers: Numbers, lang: str) -> str:
    return text(
        "{name}: {part} is {count} there, but {total} is {other}. Is it the same unit?",
        lang=lang,
        name=breakdown_name(found.about, numbers, lang),
        part=key_name(found.about, str(found.facts["part"]), numbers, lang),
        total=total_name(str(found.facts["total"]), numbers, lang),
        **_numbers(found, lang),
    )


def _not_added(found: Finding, numbers: Numbers, lang: str) -> str:
    return text(
        "{name}: {overall} different ones. The programmes' own counts come to {sum}, since they"
        " overlap; they must not be added up.",
        lang=lang,
        name=total_name(found.about, numbers, lang),
        **_numbers(found, lang),
    )


def _too_few_places(found: Finding, numbers: Numbers, lang: str) -> str:
    return text(
        "{name}: {overall} in all are fewer than {count} in one programme ({total}).",
        lang=lang,
        name=total_name(found.about, numbers, lang),
        total=total_name(str(found.facts["total"]), numbers, lang),
        **_numbers(found, lang),
    )


def _several_places(found: Finding, numbers: Numbers, lang: str) -> str:
    return plural(
        "{name}: {n} incident hit several kinds of place and is counted once, by the first.",
        "{name}: {n} incidents hit several kinds of place and are counted once, by the first.",
        int(found.facts["count"]),
        lang=lang,
        name=breakdown_name(found.about, numbers, lang),
    )


def _camps_not_counted(found: Finding, numbers: Numbers, lang: str) -> str:
    return plural(
        "{name}: {n} incident was in a camp, but no row says which; camps are not counted.",
        "{name}: {n} incidents were in camps, but no row says which; camps are not counted.",
        int(found.facts["count"]),
        lang=lang,
        name=breakdown_name(found.about, numbers, lang),
    )


def _no_men(found: Finding, numbers: Numbers, lang: str) -> str:
    return text(
        "{name}: {left} of {whole} are unspecified. No row reports men, so nobody is called a man.",
        lang=lang,
        name=breakdown_name(found.about, numbers, lang),
        **_numbers(found, lang),
    )


def _children_with_sex(found: Finding, numbers: Numbers, lang: str) -> str:
    return text(
        "{name}: of {count} children the rows give the sex of {known}.",
        lang=lang,
        name=breakdown_name(found.about, numbers, lang),
        **_numbers(found, lang),
    )


def _mixed_ages(found: Finding, numbers: Numbers, lang: str) -> str:
    return text(
        "{name}: the total holds {count} {part}.",
        lang=lang,
        name=breakdown_name(found.about, numbers, lang),
        part=key_name(found.about, str(found.facts["part"]), numbers, lang),
        **_numbers(found, lang),
    )


def _range(found: Finding, numbers: Numbers, lang: str) -> str:
    return text(
        "{name}: sources differ, from {low} to {high}; tables and figures show the least.",
        lang=lang,
        name=total_name(found.about, numbers, lang),
        **_numbers(found, lang),
    )


def _deaths_apart(found: Finding, _: Numbers, lang: str) -> str:
    return plural(
        "{n} death in other incidents is not among those killed in attacks.",
        "{n} deaths in other incidents are not among those killed in attacks.",
        int(found.facts["count"]),
        lang=lang,
    )


def _fires_of_attacks(found: Finding, _: Numbers, lang: str) -> str:
    return plural(
        "The rows do not say whether the {n} fire was caused by an attack and counted there, too.",
        "The rows do not say which of the {n} fires attacks caused and were counted there, too.",
        int(found.facts["count"]),
        lang=lang,
    )


def _unknown_word(found: Finding, _: Numbers, lang: str) -> str:
    return plural(
        "The word “{word}” ({column}) is not in the list; it is counted by itself ({n} row).",
        "The word “{word}” ({column}) is not in the list; it is counted by itself ({n} rows).",
        int(found.facts["count"]),
        lang=lang,
        word=found.facts["word"],
        column=found.about,
    )


def _silent_months(found: Finding, _: Numbers, lang: str) -> str:
    return plural(
        "Of {n} month of the year the table holds no row; the year's totals lack it.",
        "Of {n} months of the year the table holds no row; the year's totals lack them.",
        int(found.facts["count"]),
        lang=lang,
    )


def _undated(found: Finding, _: Numbers, lang: str) -> str:
    return plural(
        "{n} row has no date that lies in one month; it is in no month's count.",
        "{n} rows have no date that lies in one month; they are in no month's count.",
        int(found.facts["count"]),
        lang=lang,
    )


def _unplaced(found: Finding, _: Numbers, lang: str) -> str:
    return plural(
        "{n} of {whole} rows names no place.",
        "{n} of {whole} rows name no place.",
        int(found.facts["count"]),
        lang=lang,
        whole=number(int(found.facts["whole"]), lang=lang),
    )


def _numbers(found: Finding, lang: str) -> dict[str, str]:
    return {
        key: number(value, lang=lang)
        for key, value in found.facts.items()
        if isinstance(value, int)
    }


_SAID: dict[str, Callable[[Finding, Numbers, str], str]] = {
    "left_open": _left_open,
    "short": _short,
    "over": _over,
    "percent_short": _percentages,
    "percent_over": _percentages,
    "no_base": _no_base,
    "remainder": _remainder,
    "estimated": _estimated,
    "twice": _twice,
    "not_added": _not_added,
    "too_few_places": _too_few_places,
    "several_places": _several_places,
    "camps_not_counted": _camps_not_counted,
    "no_men": _no_men,
    "children_with_sex": _children_with_sex,
    "mixed_ages": _mixed_ages,
    "range": _range,
    "deaths_apart": _deaths_apart,
    "fires_of_attacks": _fires_of_attacks,
    "unknown_word": _unknown_word,
    "silent_months": _silent_months,
    "undated": _undated,
    "unplaced": _unplaced,
}
