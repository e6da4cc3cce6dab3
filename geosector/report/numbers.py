"""Every number of a report, once: totals and breakdowns by id, before any word is said of them.

The ids are those of ``report.json``: ``attack.responses``, ``fire.by_cause``,
``traffic.injured.by_sexage``. What the incidents tell is counted here; what the services publish is
taken as it is. Nothing is added up that may overlap: communities are counted distinct for each kind
and for all together.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import pandas as pd

from geosector.measure.coded import UNSPECIFIED
from geosector.measure.counts import (
    GROUPS,
    all_casualties,
    count_by,
    count_casualties,
    count_localities,
    count_places,
    counted,
    locality_keys,
    percentages,
)
from geosector.measure.months import Spans, months_in, spans_of, within
from geosector.measure.rates import kinds
from geosector.measure.services import (
    Breakdown,
    Contradiction,
    contradictions,
    service_breakdowns,
    service_totals,
)
from geosector.tables import FATES

# What is told of each kind of incident, and what the breakdown is called. A column that says
# nothing about a kind (no row has a word) makes no breakdown of it.
COLUMNS = {"attributed_to": "source", "weapon": "weapon", "cause": "cause", "vehicle": "vehicle"}
# What a kind must tell: a breakdown of it is shown even where every row leaves it open.
OF_KIND = {
    "attack": ("attributed_to", "weapon"),
    "fire": ("cause",),
    "traffic": ("vehicle", "cause"),
}
PARTS = ["key", "count", "percent", "base"]


class Total(NamedTuple):
    """One total: ``low`` to ``high`` (the same, but for casualties reported as a range).

    ``qualifier`` is as in the services table. ``previous`` and ``year_before`` are the same total
    of the span before and of the same span a year before, missing where there are no rows at all.
    """

    low: float
    high: float
    qualifier: str = "exact"
    previous: float | None = None
    year_before: float | None = None


class Numbers(NamedTuple):
    """All numbers of a report.

    ``breakdowns`` hold ``key, count, percent, base``; those by sex and age ``low`` and ``high`` as
    well, those by place ``besides``. ``services`` are the published breakdowns with their faults.
    ``labels`` name measures and keys as the services table does: (measure, key) → lang → word.
    ``months``, of a year only: kind → the count of each month of the year and of the year before,
    None where the table holds no row of any kind. ``rows`` are the incidents of the span,
    ``undated`` how many have no date that lies in a month. ``contradictions`` are numbers that the
    services table gives twice; ``otherwise`` holds those of its totals that the rows count
    otherwise, by id: what the rows count stands.
    """

    period: str
    spans: Spans
    totals: dict[str, Total]
    breakdowns: dict[str, pd.DataFrame]
    services: dict[str, Breakdown]
    labels: Mapping[tuple[str, str], Mapping[str, str]]
    months: Mapping[str, tuple[list[int | None], list[int | None]]]
    rows: pd.DataFrame
    undated: int
    contradictions: tuple[Contradiction, ...] = ()
    otherwise: Mapping[str, float] = MappingProxyType({})


def reckon(incidents: pd.DataFrame, period: str, services: pd.DataFrame | None = None) -> Numbers:
    """Reckon all numbers of a month or a year.

    Parameters
    ----------
    incidents : pandas.DataFrame
        Of any span, coded (`code_incidents`) and with localities told apart
        (`identify_localities`): ``kind, date`` and what else there is.
    period : str
        ``2024-04`` or ``2024``.
    services : pandas.DataFrame, optional
        As `read_services` gives it, of this period.

    Returns
    -------
    Numbers

    Raises
    ------
    InputError
        For a period that is none.
    MissingColumnError
        Where ``kind`` or ``date`` is not there.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {
    ...         "kind": ["fire", "fire", "attack"],
    ...         "date": pd.to_datetime(["2024-04-02", "2024-03-05", "2024-04-09"]),
    ...         "cause": ["electrical", "unspecified", "unspecified"],
    ...         "locality_id": ["a", "a", "b"],
    ...     }
    ... )
    >>> numbers = reckon(rows, "2024-04")
    >>> numbers.totals["fire.responses"]
    Total(low=1, high=1, qualifier='exact', previous=1, year_before=None)
    >>> numbers.totals["fire.responses.ytd2024"].low, numbers.totals["attack.communities"].low
    (2, 1)
    >>> counts_of(numbers, "fire.by_cause")
    {'electrical': 1}
    >>> reckon(rows[:0], "2024-04").totals
    {}
    """
    spans = spans_of(period)
    now, before, earlier = (
        within(incidents, span) for span in (spans.current, spans.previous, spans.year_before)
    )
    totals = _compared(_totals(now), _totals(before), _totals(earlier))
    if len(now):  # the table tells of the span, and knows the kind: then there was none
        for kind in _kinds_in(incidents):
            totals.setdefault(f"{kind}.responses", Total(0, 0))
    totals |= _to_date(within(incidents, spans.to_date), now, spans)
    places = _place_names(now)
    breakdowns: dict[str, pd.DataFrame] = {}
    for kind in _kinds_in(now):
        of_kind = (now["kind"] == kind).to_numpy()
        breakdowns |= _broken_down(kind, now[of_kind], places[of_kind])
    months = _by_month(incidents, spans, _kinds_in(now))
    breakdowns |= {f"{kind}.by_month": _in_order(months[kind][0], spans) for kind in months}
    published: dict[str, Breakdown] = {}
    labels: dict[tuple[str, str], dict[str, str]] = {}
    otherwise: dict[str, float] = {}
    if services is not None:
        for name, total in _published(services).items():
            if totals.setdefault(name, total).low != total.low:
                otherwise[name] = total.low
        published = service_breakdowns(services)
        breakdowns |= {name: found.parts for name, found in published.items()}
        labels = _labels(services)
    dated = pd.to_datetime(incidents["date"]).notna()
    vague = incidents.get("date_precision", pd.Series("day", incidents.index)) == "year"
    undated = int((~dated | vague).sum())
    twice = () if services is None else tuple(contradictions(services))
    return Numbers(
        period, spans, totals, breakdowns, published, labels, months, now, undated, twice, otherwise
    )


def counts_of(numbers: Numbers, name: str) -> dict[str, int]:
    """Give the counts of a breakdown by key, as they stand in ``report.json``."""
    parts = numbers.breakdowns[name]
    return {str(key): int(n) for key, n in zip(parts["key"], parts["count"], strict=True) if n > 0}


def summary(numbers: Numbers) -> dict[str, object]:
    """Put all numbers into the shape of ``report.json``.

    Returns
    -------
    dict
        ``period``; ``totals``: id → number (the least, where a range was reported);
        ``breakdowns``: id → key → count; ``ranges``: id → [least, most], only real ranges;
        ``qualifiers``: id → qualifier, only those that are not exact; ``estimated``: ids of
        breakdowns whose counts were worked out from published percentages; ``percent``: ids of
        those that have no base, so that what stands there are per cent; ``compared``: id →
        previous and year_before, where known.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {"kind": ["fire"], "date": pd.to_datetime(["2024-04-02"]), "killed_man_min": [1],
    ...      "killed_man_max": [2]}
    ... )
    >>> found = summary(reckon(rows, "2024-04"))
    >>> found["totals"]["fire.killed"], found["ranges"]["fire.killed"]
    (1, [1, 2])
    """
    totals = numbers.totals
    ranges = {name: [_plain(t.low), _plain(t.high)] for name, t in totals.items() if t.high > t.low}
    for name, parts in numbers.breakdowns.items():
        if "high" in parts.columns:
            wide = parts[parts["high"] > parts["low"]]
            for row in wide.itertuples():
                ranges[f"{name}.{row.key}"] = [int(str(row.low)), int(str(row.high))]
    return {
        "period": numbers.period,
        "totals": {name: _plain(total.low) for name, total in totals.items()},
        "breakdowns": {name: counts_of(numbers, name) for name in numbers.breakdowns},
        "ranges": ranges,
        "qualifiers": {n: t.qualifier for n, t in totals.items() if t.qualifier != "exact"},
        "estimated": [n for n, one in numbers.services.items() if one.estimated and one.base],
        "percent": [n for n, one in numbers.services.items() if one.estimated and not one.base],
        "compared": {
            name: {"previous": total.previous, "year_before": total.year_before}
            for name, total in totals.items()
            if total.previous is not None or total.year_before is not None
        },
    }


def _plain(number: float) -> int | float:
    return int(number) if float(number).is_integer() else number


def _published(services: pd.DataFrame) -> dict[str, Total]:
    return {
        str(row.measure): Total(float(row.count), float(row.count), str(row.qualifier))
        for row in service_totals(services).itertuples()
    }


def _kinds_in(rows: pd.DataFrame) -> list[str]:
    there = set(rows["kind"])
    return [kind for kind in kinds() if kind in there]


def _totals(rows: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Give least and most of each total of some rows."""
    found: dict[str, tuple[int, int]] = {}
    for kind in _kinds_in(rows):
        of_kind = rows[rows["kind"] == kind]
        found[f"{kind}.responses"] = (len(of_kind), len(of_kind))
        for fate in FATES:
            if _is_told(of_kind, fate):
                found[f"{kind}.{fate}"] = all_casualties(count_casualties(of_kind, fate))
        places = count_localities(of_kind)
        if places.communities:
            found[f"{kind}.communities"] = (places.communities, places.communities)
        if places.camps:
            found[f"{kind}.camps"] = (places.camps, places.camps)
    if len(rows):
        places = count_localities(rows)
        found["incidents.responses"] = (len(rows), len(rows))
        found["incidents.communities"] = (places.communities, places.communities)
        found["incidents.camps"] = (places.camps, places.camps)
    return {name: bounds for name, bounds in found.items() if bounds[1] or "camps" not in name}


def _to_date(rows: pd.DataFrame, now: pd.DataFrame, spans: Spans) -> dict[str, Total]:
    """Count kinds from the start of the year, where the table holds any of the months before."""
    year, found = spans.to_date.first.year, {}
    for kind in _kinds_in(rows):
        whole, part = (int((table["kind"] == kind).sum()) for table in (rows, now))
        first_month = spans.to_date.first == spans.current.first
        if whole > part or (first_month and spans.to_date != spans.current):
            found[f"{kind}.responses.ytd{year}"] = Total(whole, whole)
    return found


def _is_told(rows: pd.DataFrame, fate: str) -> bool:
    """Tell whether any row says anything of the killed or the injured."""
    columns = [column for column in rows.columns if str(column).startswith(f"{fate}_")]
    return bool(rows[columns].notna().to_numpy().any())


def _compared(
    now: Mapping[str, tuple[int, int]],
    before: Mapping[str, tuple[int, int]],
    earlier: Mapping[str, tuple[int, int]],
) -> dict[str, Total]:
    """Set totals beside those of other spans; of what is not told there nothing is said, not 0."""
    unknown = (None, None)
    return {
        name: Total(
            low,
            high,
            previous=before.get(name, unknown)[0],
            year_before=earlier.get(name, unknown)[0],
        )
        for name, (low, high) in now.items()
    }


def _broken_down(kind: str, rows: pd.DataFrame, places: pd.Series) -> dict[str, pd.DataFrame]:
    """Break the incidents of one kind down by everything that is told of them."""
    found: dict[str, pd.DataFrame] = {}
    for column, name in COLUMNS.items():
        if column in rows.columns:
            parts = count_by(rows, column)
            if column in OF_KIND.get(kind, ()) or (parts["key"] != UNSPECIFIED).any():
                found[f"{kind}.by_{name}"] = parts
    if "place_type" in rows.columns:
        found[f"{kind}.by_place"] = count_places(rows)
    if (places != UNSPECIFIED).any():
        counts = places.value_counts()
        found[f"{kind}.by_community"] = counted(list(map(str, counts.index)), counts.to_numpy())
    for fate in FATES:
        casualties = count_casualties(rows, fate)
        if len(casualties):
            found |= _by_sexage(f"{kind}.{fate}", casualties)
    return found


def _by_month(
    incidents: pd.DataFrame, spans: Spans, wanted: list[str]
) -> dict[str, tuple[list[int | None], list[int | None]]]:
    """Count kinds in each month of a year and of the year before; of a month, nothing."""
    if len(months_in(spans.current)) == 1:
        return {}
    found: dict[str, tuple[list[int | None], list[int | None]]] = {
        kind: ([], []) for kind in wanted
    }
    for year, span in enumerate((spans.current, spans.year_before)):
        for month in months_in(span):
            rows = within(incidents, month)
            for kind in wanted:
                count = int((rows["kind"] == kind).sum()) if len(rows) else None
                found[kind][year].append(count)
    return found


def _in_order(counts: list[int | None], spans: Spans) -> pd.DataFrame:
    """Set the months of a year as a breakdown, in the order of the calendar."""
    months = [month.first.isoformat()[:7] for month in months_in(spans.current)]
    told = [(month, n) for month, n in zip(months, counts, strict=True) if n is not None]
    parts = pd.DataFrame(told, columns=["key", "count"])
    return parts.assign(percent=percentages(parts["count"]), base=int(parts["count"].sum()))


def _place_names(rows: pd.DataFrame) -> pd.Series:
    """Name the place of each row. Without a name it is unspecified; namesakes carry their district.

    A place has the same name in the breakdowns of all kinds.
    """
    keys = locality_keys(rows)
    names = rows.get("locality", pd.Series(None, rows.index, dtype=object)).astype(object)
    facts = pd.DataFrame({"key": keys, "name": names}).dropna()
    name_of = facts.drop_duplicates("key").set_index("key")["name"]
    shared = name_of[name_of.duplicated(keep=False)].index
    for unit in ("admin3", "admin2", "admin1"):
        if unit in rows.columns and len(shared):
            above = pd.DataFrame({"key": keys, "unit": rows[unit]}).dropna()
            above = above.drop_duplicates("key").set_index("key")["unit"].reindex(shared).dropna()
            name_of.update(name_of.reindex(above.index) + " (" + above.astype(object) + ")")
            shared = name_of[name_of.duplicated(keep=False)].index
    if len(shared):
        name_of.update(name_of.reindex(shared) + " (" + pd.Series(shared, shared) + ")")
    return keys.map(name_of).astype(object).fillna(UNSPECIFIED)


def _by_sexage(total: str, casualties: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Break casualties down: all by group, and children by sex where that is known of any."""
    whole = casualties[casualties["key"].isin(GROUPS)]
    found = {f"{total}.by_sexage": _with_bounds(whole)}
    sexes = casualties[casualties["key"].isin(("boy", "girl"))]
    if len(sexes):
        children = casualties[casualties["key"] == "child"].iloc[0]
        rest = pd.DataFrame(
            {
                "key": [UNSPECIFIED],
                "low": [int(children["low"] - sexes["low"].sum())],
                "high": [int(children["high"] - sexes["high"].sum())],
            }
        )
        found[f"{total}.children.by_sex"] = _with_bounds(pd.concat([sexes, rest]))
    return found


def _with_bounds(casualties: pd.DataFrame) -> pd.DataFrame:
    """Make a breakdown of least numbers, with both bounds beside, in the order of the groups."""
    shown = casualties[casualties["high"] > 0].reset_index(drop=True)
    parts = counted(list(shown["key"]), shown["low"].to_numpy())
    return (
        shown.merge(parts, on="key", how="left")
        .fillna({"count": 0, "percent": 0})
        .astype({"count": int, "percent": int})
        .assign(base=int(shown["low"].sum()))
    )


def _labels(services: pd.DataFrame) -> dict[tuple[str, str], dict[str, str]]:
    """Collect what the services table calls its measures and keys."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    columns = [column for column in services.columns if str(column).startswith("label_")]
    for row in services.to_dict("records"):
        words = {
            str(column).removeprefix("label_"): str(row[column])
            for column in columns
            if isinstance(row[column], str)
        }
        key = row.get("key")
        found.setdefault(
            (str(row["measure"]), str(key) if isinstance(key, str) else "total"), words
        )
    return found
