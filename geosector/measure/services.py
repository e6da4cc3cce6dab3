"""What programmes published of their services: totals and breakdowns, and what does not add up.

A row is one published count. Rows are never added up with each other, except to see what is left of
a total: that is ``unspecified``. Where only percentages were published, counts are worked out that
round to them, and are marked as estimated; without a base the percentages stay what they are.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from geosector.measure.coded import UNSPECIFIED, require
from geosector.measure.counts import counted

TOTAL = "total"
PERCENT = "percent"
HUNDRED = 100

# Measures of which a programme has but one: their breakdowns are the programme's.
MAIN = ("beneficiaries", "people", "sessions", "operations", "activities", "survey")
# Breakdowns that are called otherwise than by their measure and dimension.
CALLED = {
    ("centres.reproductive_health", "sex_age"): "centres.reproductive.by_age",
    ("centres.survey", "why_chosen"): "centres.why_chosen",
}
DIMENSIONS = {"sex_age": "sexage"}

# What may be wrong with a breakdown.
Fault: TypeAlias = Literal["short", "over", "percent_short", "percent_over", "no_base", "remainder"]


class Breakdown(NamedTuple):
    """One breakdown of a published total.

    ``parts`` has ``key, count, percent, base`` as `count_by` gives them, ``qualifier`` and
    ``label_<lang>`` where given. ``base`` is the published total, missing where none was
    published: then ``count`` are the published per cent. ``estimated`` says that only percentages
    were published. ``published`` is the sum of the parts that were.
    """

    measure: str
    dimension: str
    parts: pd.DataFrame
    base: int | None
    estimated: bool
    published: int
    faults: tuple[Fault, ...]


def breakdown_id(measure: str, dimension: str) -> str:
    """Give the id of a breakdown: the programme and what it is broken down by.

    Examples
    --------
    >>> breakdown_id("ambulance.beneficiaries", "diagnosis"), breakdown_id("centres.pss", "sex_age")
    ('ambulance.by_diagnosis', 'centres.pss.by_sexage')
    >>> breakdown_id("centres.survey", "why_chosen")
    'centres.why_chosen'
    """
    if (measure, dimension) in CALLED:
        return CALLED[measure, dimension]
    programme, _, what = measure.partition(".")
    begin = programme if what in MAIN else measure
    return f"{begin}.by_{DIMENSIONS.get(dimension, dimension)}"


def service_totals(services: pd.DataFrame) -> pd.DataFrame:
    """Give the published totals.

    Parameters
    ----------
    services : pandas.DataFrame
        ``measure, dimension, key, count, unit, qualifier`` and ``label_<lang>``; a missing
        dimension means a total.

    Returns
    -------
    pandas.DataFrame
        ``measure, count, qualifier`` and the labels, in the order of the input; of a measure that
        is given twice the first.

    Raises
    ------
    MissingColumnError
        Where ``measure`` or ``count`` is not there.

    Examples
    --------
    >>> rows = pd.DataFrame({"measure": ["camps"], "count": [50.0], "qualifier": ["more_than"]})
    >>> service_totals(rows)[["measure", "count", "qualifier"]].to_numpy().tolist()
    [['camps', 50.0, 'more_than']]
    >>> service_totals(rows[:0]).empty
    True
    """
    rows = _complete(services)
    totals = rows[(rows["dimension"] == TOTAL).to_numpy() & (rows["unit"] != PERCENT).to_numpy()]
    kept = ["measure", "count", "qualifier", *_labels(rows)]
    return totals.drop_duplicates("measure")[kept].reset_index(drop=True)


def service_breakdowns(services: pd.DataFrame) -> dict[str, Breakdown]:
    """Give the published breakdowns, each with what is left of its total as ``unspecified``.

    Parameters
    ----------
    services : pandas.DataFrame
        As in `service_totals`.

    Returns
    -------
    dict of str to Breakdown
        By `breakdown_id`, in the order of the input; a second measure of a programme with the same
        dimension by its own name.

    Raises
    ------
    MissingColumnError
        Where ``measure`` or ``count`` is not there.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {
    ...         "measure": ["a.people"] * 3 + ["a.sessions"] * 2,
    ...         "dimension": ["total", "sex_age", "sex_age", "total", "topic"],
    ...         "key": ["total", "woman", "boy", "total", "mines"],
    ...         "count": [10, 4, 3, 114, 75],
    ...         "unit": ["count"] * 4 + ["percent"],
    ...     }
    ... )
    >>> found = service_breakdowns(rows)
    >>> found["a.by_sexage"].parts[["key", "count"]].to_numpy().tolist()
    [['woman', 4], ['boy', 3], ['unspecified', 3]]
    >>> found["a.by_topic"].parts[["key", "count"]].to_numpy().tolist()
    [['mines', 86], ['unspecified', 28]]
    >>> found["a.by_topic"].estimated, found["a.by_topic"].faults
    (True, ('percent_short',))
    >>> service_breakdowns(rows[:0])
    {}
    """
    rows = _complete(services)
    totals = service_totals(services).set_index("measure")["count"]
    parts = rows[rows["dimension"] != TOTAL]
    found = {}
    for (measure, dimension), group in parts.groupby(["measure", "dimension"], sort=False):
        base = totals.get(measure)
        name = breakdown_id(str(measure), str(dimension))
        if name in found:  # people and sessions of one programme, both by place
            name = f"{measure}.by_{DIMENSIONS.get(str(dimension), dimension)}"
        whole = None if base is None or pd.isna(base) else int(base)
        found[name] = _broken_down(str(measure), str(dimension), group, whole)
    return found


def counts_of_percentages(percent: pd.Series, base: int) -> list[int]:
    """Work out the counts that published whole percentages of a base may stand for.

    Parameters
    ----------
    percent : pandas.Series
        Whole percentages.
    base : int
        What they are of.

    Returns
    -------
    list of int
        For each the count nearest to ``percent / 100 · base``, which rounds to it wherever some
        count does (always from a base of 100 on). Where the percentages come to 100, the counts
        come to the base, by the method of largest remainders if need be; they never exceed it
        where the percentages do not exceed 100.

    Examples
    --------
    >>> counts_of_percentages(pd.Series([51, 29, 11, 9]), 121)
    [62, 35, 13, 11]
    >>> counts_of_percentages(pd.Series([51, 49]), 50), counts_of_percentages(pd.Series([]), 50)
    ([26, 24], [])
    """
    exact = percent.to_numpy(float) * base / HUNDRED
    nearest = np.floor(exact + 0.5).astype(int)
    shares = round(float(percent.sum()), 6)
    wanted = base if shares == HUNDRED else min(base, int(nearest.sum()))
    if shares > HUNDRED or int(nearest.sum()) == wanted:
        return [int(count) for count in nearest]
    counts = np.floor(exact + 1e-9).astype(int)
    order = np.argsort(counts - exact, kind="stable")
    counts[order[: wanted - int(counts.sum())]] += 1
    return [int(count) for count in counts]


class Contradiction(NamedTuple):
    """One number that is published twice, and not alike.

    ``other`` is in ``unit``: where that is per cent, it is not the share that ``number`` has.
    """

    measure: str
    dimension: str
    key: str
    number: float
    other: float
    unit: str


def contradictions(services: pd.DataFrame) -> list[Contradiction]:
    """Find numbers that are published twice, and not alike.

    Parameters
    ----------
    services : pandas.DataFrame
        As in `service_totals`.

    Returns
    -------
    list of Contradiction
        In the order of the input. A percentage beside a count agrees where it is the share of the
        measure's total within half a per cent.

    Examples
    --------
    >>> rows = pd.DataFrame({"measure": ["camps", "camps"], "count": [50, 60]})
    >>> [(one.measure, one.number, one.other, one.unit) for one in contradictions(rows)]
    [('camps', 50.0, 60.0, 'count')]
    >>> contradictions(rows[:1])
    []
    """
    rows = _complete(services)
    totals = service_totals(services).set_index("measure")["count"]
    found = []
    for (measure, dimension, key), group in rows.groupby(
        ["measure", "dimension", "key"], sort=False
    ):
        counts, shares = (
            [float(count) for count in group.loc[wanted, "count"]]
            for wanted in (group["unit"] != PERCENT, group["unit"] == PERCENT)
        )
        of = float(totals.get(measure, np.nan))
        about = str(measure), str(dimension), str(key)
        found += [
            Contradiction(*about, counts[0], n, "count") for n in counts[1:] if n != counts[0]
        ]
        if counts and of > 0:
            found += [
                Contradiction(*about, counts[0], share, PERCENT)
                for share in shares
                if abs(counts[0] * HUNDRED / of - share) > 0.5 + 1e-9  # half a unit
            ]
        elif not counts:
            found += [
                Contradiction(*about, shares[0], n, PERCENT) for n in shares[1:] if n != shares[0]
            ]
    return found


def _complete(services: pd.DataFrame) -> pd.DataFrame:
    """Fill in what a table may leave out: a total, a count, exact."""
    require(services, "measure", "count", name="services")
    rows = services[services["measure"].notna() & services["count"].notna()].copy()
    usual = {"dimension": TOTAL, "key": TOTAL, "unit": "count", "qualifier": "exact"}
    for column, value in usual.items():
        rows[column] = rows[column].fillna(value) if column in rows.columns else value
    return rows


def _labels(rows: pd.DataFrame) -> list[str]:
    return [column for column in rows.columns if str(column).startswith("label_")]


def _broken_down(measure: str, dimension: str, rows: pd.DataFrame, base: int | None) -> Breakdown:
    named = rows[(rows["key"] != UNSPECIFIED).to_numpy()]
    # Of a part that is given as a count and as a percentage, the count is the number.
    by_unit = named.assign(last=named["unit"] == PERCENT).sort_values("last", kind="stable")
    counted_too = by_unit[~by_unit["last"]]["key"]
    stated = named.loc[
        ~((named["unit"] == PERCENT) & named["key"].isin(counted_too))
    ].drop_duplicates("key")
    left = rows.loc[(rows["key"] == UNSPECIFIED).to_numpy() & (rows["unit"] != PERCENT), "count"]
    shares = (stated["unit"] == PERCENT).to_numpy()
    estimated = bool(shares.any())
    if estimated and not shares.all() and base is not None:  # some counts, some percentages
        worked_out = counts_of_percentages(stated.loc[shares, "count"], base)
        stated = stated.assign(count=stated["count"].astype(float))
        stated.loc[shares, "count"] = worked_out
        estimated = False
    published = round(float(stated["count"].sum()))
    if estimated:
        whole = base if base is not None else HUNDRED
        counts = counts_of_percentages(stated["count"], whole)
    else:
        counts = [round(float(count)) for count in stated["count"]]
        whole = base if base is not None else published + int(left.sum())
    remainder = max(whole - sum(counts), 0)
    parts = counted([*map(str, stated["key"]), UNSPECIFIED], [*counts, remainder])
    facts = stated.set_index("key")[["qualifier", *_labels(rows)]]
    parts = parts.join(facts, on="key")
    parts["base"] = pd.array([base] * len(parts), dtype="Int64")
    if estimated:
        told = {
            str(key): round(float(share))
            for key, share in zip(stated["key"], stated["count"], strict=True)
        }
        parts["percent"] = parts["key"].map(told).fillna(max(HUNDRED - published, 0)).astype(int)
    faults = _percent_faults(published, base) if estimated else _count_faults(published, base)
    if not estimated and base is not None and len(left) and int(left.sum()) != remainder:
        faults.append("remainder")
    return Breakdown(measure, dimension, parts, base, estimated, published, tuple(faults))


def _percent_faults(published: int, base: int | None) -> list[Fault]:
    found: list[Fault] = [] if base is not None else ["no_base"]
    if published != HUNDRED:
        found.append("percent_short" if published < HUNDRED else "percent_over")
    return found


def _count_faults(published: int, base: int | None) -> list[Fault]:
    if base is None:
        return ["no_base"]
    if published == base:
        return []
    return ["short" if published < base else "over"]
