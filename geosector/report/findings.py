"""What does not add up in the numbers of a report, found by looking at them, never by their names.

A finding is a code, the id of what it is about, and the numbers that show it; the words come later,
in the language of the edition. Nothing is corrected here: the report prints what was reported and
what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from geosector.measure.coded import COLUMNS as CODED
from geosector.measure.coded import SEVERAL, UNSPECIFIED, is_known
from geosector.measure.counts import locality_keys
from geosector.report.numbers import Numbers

HUNDRED = 100


class Finding(NamedTuple):
    """One thing that a reader should know of the numbers.

    ``code`` says what; ``about`` is the id of a total or breakdown (or a kind, or nothing);
    ``facts`` are the numbers, and words of the tables, that show it.
    """

    code: str
    about: str
    facts: dict[str, int | str]


def find(numbers: Numbers) -> list[Finding]:
    """Look for everything that does not add up or is left open.

    Parameters
    ----------
    numbers : Numbers
        As `reckon` gives them.

    Returns
    -------
    list of Finding
        In the order of the report, each once. Codes: ``left_open`` (rows that do not say it),
        ``short``, ``over`` (parts against their published total), ``percent_short``,
        ``percent_over``, ``no_base``, ``remainder`` (the published remainder is another),
        ``estimated`` (counts worked out from percentages), ``twice`` (two published numbers for
        one word), ``not_added`` (communities of programmes overlap), ``too_few_places`` (fewer
        places in all than in one programme), ``added_up`` (just as many as in all programmes
        together), ``given_twice``, ``not_its_share`` (a number published twice, not alike),
        ``counted_otherwise`` (a published total against the rows), ``shrunk`` (a year to date below
        its month), ``one_id`` (rows that share an id and differ), ``several_places``,
        ``camps_not_counted``, ``children_with_sex``, ``no_men``, ``mixed_ages``, ``range``,
        ``deaths_apart``, ``fires_of_attacks``, ``unknown_word``, ``silent_months``, ``undated``,
        ``unplaced``.

    Examples
    --------
    >>> import pandas as pd
    >>> from geosector.report.numbers import reckon
    >>> rows = pd.DataFrame(
    ...     {"kind": ["attack"] * 3, "date": pd.to_datetime(["2024-04-02"] * 3),
    ...      "weapon": ["drone", "drone", "unspecified"], "locality_id": ["a", "a", "b"]}
    ... )
    >>> [(one.code, one.about, one.facts) for one in find(reckon(rows, "2024-04"))]
    [('left_open', 'attack.by_weapon', {'stated': 2, 'whole': 3, 'left': 1})]
    >>> find(reckon(rows[:0], "2024-04"))
    []
    """
    return [
        *_left_open(numbers),
        *_services(numbers),
        *_twice(numbers),
        *_contradictions(numbers),
        *_coverage(numbers),
        *_places(numbers),
        *_people(numbers),
        *_months(numbers),
        *_rows(numbers),
    ]


def _left_open(numbers: Numbers) -> Iterator[Finding]:
    """Breakdowns of incidents in which some rows say nothing."""
    for name, parts in numbers.breakdowns.items():
        if name in numbers.services:
            continue
        left = int(parts.loc[(parts["key"] == UNSPECIFIED).to_numpy(), "count"].sum())
        whole = int(parts["count"].sum())
        people = "low" in parts.columns
        if left and not people and not name.endswith((".by_community", ".by_month")):
            yield Finding("left_open", name, {"stated": whole - left, "whole": whole, "left": left})


def _services(numbers: Numbers) -> Iterator[Finding]:
    """Find published breakdowns that do not come to their totals."""
    for name, found in numbers.services.items():
        facts: dict[str, int | str] = {"published": found.published}
        if found.base is not None:
            facts |= {"whole": found.base, "left": abs(found.base - found.published)}
        for fault in found.faults:
            share = fault.startswith("percent")
            yield Finding(
                fault,
                name,
                {"published": found.published, "left": abs(HUNDRED - found.published)}
                if share
                else facts,
            )
        if found.estimated and found.base is not None:
            yield Finding("estimated", name, {"whole": found.base})
        ages = [str(key) for key in found.parts["key"] if _is_part_age(str(key))]
        if found.dimension == "sex_age" and ages:
            count = found.parts.set_index("key")["count"]
            yield Finding("mixed_ages", name, {"part": ages[0], "count": int(count[ages[0]])})


def _is_part_age(key: str) -> bool:
    return "_u" in key or "under" in key


def _twice(numbers: Numbers) -> Iterator[Finding]:
    """Totals and parts of one programme that carry the same word and different numbers."""
    for name, found in numbers.services.items():
        programme = found.measure.partition(".")[0]
        parts = found.parts.set_index("key")["count"]
        for key in parts.index:
            for total, value in numbers.totals.items():
                said = total.partition(".")
                if said[0] != programme or key == UNSPECIFIED:
                    continue
                if said[2] != key and not said[2].startswith(f"{key}_"):
                    continue
                if value.low != parts[key]:
                    yield Finding(
                        "twice",
                        name,
                        {"part": str(key), "count": int(parts[key]),
                         "total": total, "other": int(value.low)},
                    )  # fmt: skip


def _contradictions(numbers: Numbers) -> Iterator[Finding]:
    """Numbers that are published twice or counted too, and not alike."""
    named = {(one.measure, one.dimension): name for name, one in numbers.services.items()}
    for one in numbers.contradictions:
        facts: dict[str, int | str] = {"number": _told(one.number), "other": _told(one.other)}
        name = named.get((one.measure, one.dimension), one.measure)
        if name in numbers.services:
            facts["part"] = one.key
        yield Finding("given_twice" if one.unit != "percent" else "not_its_share", name, facts)
    for name, stated in numbers.otherwise.items():
        facts = {"number": _told(numbers.totals[name].low), "other": _told(stated)}
        yield Finding("counted_otherwise", name, facts)
    for name, total in numbers.totals.items():
        month, _, to_date = name.rpartition(".ytd")
        if to_date and month in numbers.totals and numbers.totals[month].low > total.low:
            facts = {"number": _told(total.low), "other": _told(numbers.totals[month].low)}
            yield Finding("shrunk", name, facts)


def _told(number: float) -> int | str:
    """Write a number as it is told: whole ones as such."""
    return int(number) if float(number).is_integer() else f"{number:g}"


def _coverage(numbers: Numbers) -> Iterator[Finding]:
    """Compare counts of places by programme: they overlap and are not to be added up."""
    for unit in ("communities", "camps"):
        each = {
            name: int(total.low)
            for name, total in numbers.totals.items()
            if name.partition(".")[2] == unit and name.partition(".")[0] not in {"all", "incidents"}
        }
        overall = numbers.totals.get(f"all.{unit}")
        if overall is None or not each:
            continue
        greatest = max(each, key=lambda name: each[name])
        if each[greatest] > overall.low:
            yield Finding(
                "too_few_places",
                f"all.{unit}",
                {"overall": int(overall.low), "total": greatest, "count": each[greatest]},
            )
        elif len(each) > 1:
            yield Finding(
                "not_added" if sum(each.values()) != overall.low else "added_up",
                f"all.{unit}",
                {"overall": int(overall.low), "sum": sum(each.values()), "parts": len(each)},
            )


def _places(numbers: Numbers) -> Iterator[Finding]:
    """Events that hit several kinds of place, and camps that no count of camps knows of."""
    rows = numbers.rows
    if SEVERAL in rows.columns:
        several = rows[rows[SEVERAL].notna().to_numpy()]
        for kind, group in several.groupby("kind", sort=False):
            yield Finding("several_places", f"{kind}.by_place", {"count": len(group)})
    if "place_type" not in rows.columns:
        return
    in_camps = rows[(rows["place_type"] == "camp").to_numpy()]
    for kind, group in in_camps.groupby("kind", sort=False):
        if f"{kind}.camps" not in numbers.totals:
            yield Finding("camps_not_counted", f"{kind}.by_place", {"count": len(group)})


def _people(numbers: Numbers) -> Iterator[Finding]:
    """Sexes and ages that are told in one place and not in another, ranges, deaths by kind."""
    deaths = {}
    for name, parts in numbers.breakdowns.items():
        if not name.endswith(".by_sexage") or name in numbers.services:
            continue
        counts = parts.set_index("key")["count"]
        about, _, fate = name.removesuffix(".by_sexage").rpartition(".")
        left = int(counts.get(UNSPECIFIED, 0))
        if left and "man" not in counts:
            yield Finding("no_men", name, {"left": left, "whole": int(counts.sum())})
        sexes = numbers.breakdowns.get(f"{about}.{fate}.children.by_sex")
        if sexes is not None:
            known = sexes[sexes["key"] != UNSPECIFIED]["count"].sum()
            yield Finding(
                "children_with_sex", name, {"known": int(known), "count": int(counts["child"])}
            )
        if fate == "killed":
            deaths[about] = int(counts.sum())
        total = numbers.totals[f"{about}.{fate}"]
        if total.high > total.low:
            yield Finding(
                "range", f"{about}.{fate}", {"low": int(total.low), "high": int(total.high)}
            )
    apart = {kind: count for kind, count in deaths.items() if kind != "attack" and count}
    if "attack" in deaths and apart:
        yield Finding(
            "deaths_apart", "attack.killed", {"count": sum(apart.values()), "kinds": len(apart)}
        )
    if {"attack.responses", "fire.responses"} <= set(numbers.totals):
        yield Finding(
            "fires_of_attacks",
            "fire.responses",
            {"count": int(numbers.totals["fire.responses"].low)},
        )


def _months(numbers: Numbers) -> Iterator[Finding]:
    """Find the months of a year of which the table holds no row at all."""
    for year, _ in list(numbers.months.values())[:1]:
        silent = sum(count is None for count in year)
        if silent:
            yield Finding("silent_months", "", {"count": silent, "whole": len(year)})


def _rows(numbers: Numbers) -> Iterator[Finding]:
    """Rows that could not be counted as they should be."""
    rows = numbers.rows
    for column in CODED:
        if column not in rows.columns:
            continue
        strange = [word for word in rows[column].unique() if not is_known(column, str(word))]
        for word in sorted(map(str, strange)):
            n = int((rows[column] == word).sum())
            yield Finding("unknown_word", column, {"word": word, "count": n})
    if "id" in rows.columns:
        again = rows["id"].notna() & rows["id"].duplicated(keep=False)
        if again.any():
            yield Finding("one_id", "", {"count": int(again.sum())})
    if numbers.undated:
        yield Finding("undated", "", {"count": numbers.undated})
    if "incidents.responses" in numbers.totals:
        placed = locality_keys(rows).notna().sum()
        if placed < len(rows):
            yield Finding("unplaced", "", {"count": int(len(rows) - placed), "whole": len(rows)})
