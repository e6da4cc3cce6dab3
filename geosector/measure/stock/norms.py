"""How much of each item the people of a sector need: people times a quantity for each of them.

The quantities are the planner's own, in a small table of norms. Nothing is built in: what one
person needs depends on season, place and standard, for instance 15 litres of water a day in the
Sphere Handbook (2018), water supply standard 2.1.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from typing import NamedTuple

import pandas as pd

from geosector.errors import InputError
from geosector.language import number, text
from geosector.measure.coded import require_whole
from geosector.measure.stock.given import (
    in_order,
    is_missing,
    keys_of,
    originals,
    read_days,
    read_flags,
    read_numbers,
    row_of,
    total,
)
from geosector.measure.stock.goods import good_of, spelling, unit_of
from geosector.tables import Problem, fold_label, is_total, problems_table

EVERYBODY = ""


class People(NamedTuple):
    """People of each area and group, and the rows that do not count.

    ``table``: ``area_id, group, people``. Of each area the first row, whose group is missing, is
    for everybody; ``people`` is missing where it is not known.
    """

    table: pd.DataFrame
    problems: pd.DataFrame


class Needed(NamedTuple):
    """What each sector needs, and the rows that do not count.

    ``table``: ``sector_id, item, unit, people, need``; ``need`` is missing where the number of
    people is.
    """

    table: pd.DataFrame
    problems: pd.DataFrame


def people_in_need(needs: pd.DataFrame, *, file: str = "needs") -> People:
    """Count the people of each area, once each.

    Parameters
    ----------
    needs : pandas.DataFrame
        ``area_id, people``, and where they are there ``group, date, source``.
    file : str, optional
        What the list of problems calls the table.

    Returns
    -------
    People
        Of an area and group the latest date counts; of several sources on it the greatest number;
        rows of one source and day add up, the same row twice counts once. Everybody of an area is
        its row without a group or for all groups together (total, المجموع); where there is none
        with a number, the sum of its groups. Where a group has no number, nor is that sum known.

    Raises
    ------
    MissingColumnError
        Where ``area_id`` or ``people`` is missing.

    Notes
    -----
    Groups that overlap (displaced, infants) add up to more than there are people: give a row for
    all of them together.

    Examples
    --------
    >>> needs = pd.DataFrame({"area_id": [1, 1, 1, 2], "group": ["infants", "adults", "adults", ""],
    ...                       "people": [10, 80, 90, None], "date": ["2026-11-01"] * 2
    ...                       + ["2026-11-20"] * 2})
    >>> counted = people_in_need(needs)
    >>> counted.table
       area_id    group  people
    0        1     <NA>   100.0
    1        1   adults    90.0
    2        1  infants    10.0
    3        2     <NA>     NaN
    >>> counted.problems["row"].tolist()
    [1, 3]
    >>> people_in_need(needs[:0]).table.empty
    True
    >>> people_in_need(needs[["people"]])
    Traceback (most recent call last):
    geosector.errors.MissingColumnError: The table needs lacks the column area_id; it has: people.
    """
    require_whole(needs, "area_id", "people", name=file)
    keys = keys_of(needs["area_id"])
    groups = needs["group"].tolist() if "group" in needs.columns else [None] * len(needs)
    folded = [_group(word) for word in groups]
    sources = needs["source"].tolist() if "source" in needs.columns else [None] * len(needs)
    unknown = text("taken as not known")
    counts = read_numbers(needs, "people", file=file, action=unknown)
    days = read_days(needs, "date", file=file, action=unknown)
    problems = [*counts.problems, *days.problems]
    contents = list(zip(*(map(str, needs[column]) for column in needs.columns), strict=True))
    lots: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, (key, group) in enumerate(zip(keys, folded, strict=True)):
        label = row_of(needs.index[at])
        if is_missing(needs["people"].iloc[at]):
            expected = text("a number of people")
            problems.append(Problem(file, label, "people", text("nothing"), expected, unknown))
        if key is None:
            expected = text("a row with {column}", column="area_id")
            problems.append(
                Problem(file, label, "area_id", text("nothing"), expected, text("left out"))
            )
        else:
            lots[key, group].append(at)
    found: dict[tuple[str, str], float] = {}
    for one, rows in lots.items():
        told = _Told(needs, rows, contents, counts.found.tolist(), days.found, sources)
        found[one], more = _latest(told, file)
        problems += more
    return People(_listed(found, originals(needs["area_id"]), spelling(groups, fold_label)),
                  problems_table(_in_order(problems)))  # fmt: skip


def item_needs(
    people: pd.DataFrame,
    norms: pd.DataFrame,
    *,
    days: float = 1.0,
    file: str = "norms",
) -> Needed:
    """Multiply people by what each of them needs.

    Parameters
    ----------
    people : pandas.DataFrame
        ``area_id, people`` with ``group, date, source`` where they are there (the table needs), or
        ``sector_id, population`` (the sectors or blocks of a layout, which add up).
    norms : pandas.DataFrame
        ``item, unit, per_person``; ``group`` where a quantity is for one group only; ``daily``
        (true or false) where it is for one day.
    days : float
        For how many days: multiplies what is daily.
    file : str, optional
        What the list of problems calls the norms.

    Returns
    -------
    Needed
        A row for each sector and item; ``people`` are those who count for it.

    Raises
    ------
    MissingColumnError
        Where a column is missing.
    InputError
        Where ``days`` is no number above 0.

    Notes
    -----
    need = Σ people · per_person, and · days where it is daily; over all norms of an item and unit.
    Of two norms for one item, unit and group the greater counts and both are listed.

    Examples
    --------
    2,000 people with 15 litres a day for three days, and a bag for each hundred:

    >>> sectors = pd.DataFrame({"sector_id": [1, 2], "population": [2000, None]})
    >>> norms = pd.DataFrame({"item": ["water", "medical bag"], "unit": ["litre", "bag"],
    ...                       "per_person": [15, 0.01], "daily": [True, False]})
    >>> item_needs(sectors, norms, days=3).table
       sector_id         item   unit  people     need
    0          1  medical bag    bag  2000.0     20.0
    1          1        water  litre  2000.0  90000.0
    2          2  medical bag    bag     NaN      NaN
    3          2        water  litre     NaN      NaN
    >>> item_needs(sectors[:0], norms).table.empty
    True
    >>> item_needs(sectors, norms, days=0)
    Traceback (most recent call last):
    geosector.errors.InputError: Needs are asked for 0 days; expected a number above 0.
    """
    if not (math.isfinite(days) and days > 0):
        raise InputError(
            text("Needs are asked for {days} days; expected a number above 0.", days=_short(days))
        )
    require_whole(norms, "item", "unit", "per_person", name=file)
    counted = people_in_need(_as_needs(people))
    rates, problems = _rates(norms, days, file)
    items = spelling(norms["item"], good_of)
    units = spelling(norms["unit"], unit_of)
    known: dict[str, dict[str, float]] = defaultdict(dict)
    areas = keys_of(counted.table["area_id"])
    for area, group, number_of in zip(
        areas, counted.table["group"], counted.table["people"].tolist(), strict=True
    ):
        known[str(area)][_group(group)] = number_of
    names = originals(counted.table["area_id"])
    rows = []
    for area in in_order(known):
        for item, unit in sorted({(one, other) for one, other, _ in rates}):
            of_item = {g: rate for (i, u, g), rate in rates.items() if (i, u) == (item, unit)}
            people_of = [known[area].get(group, math.nan) for group in of_item]
            # Everybody holds every group: they are counted once.
            who = people_of[list(of_item).index(EVERYBODY)] if EVERYBODY in of_item else None
            need = total(n * rate for n, rate in zip(people_of, of_item.values(), strict=True))
            rows.append(
                (
                    names[area],
                    items[item],
                    units.get(unit),
                    total(people_of) if who is None else who,
                    need,
                )
            )
    table = pd.DataFrame(rows, columns=["sector_id", "item", "unit", "people", "need"])
    table = table.astype({"people": float, "need": float})
    return Needed(table, pd.concat([counted.problems, problems_table(problems)], ignore_index=True))


class _Told(NamedTuple):
    """What the rows of one area and group tell; values are those of all rows of the table."""

    table: pd.DataFrame
    rows: list[int]
    contents: list[tuple[str, ...]]
    counts: list[float]
    days: list[dt.date | None]
    sources: list[object]


def _latest(told: _Told, file: str) -> tuple[float, list[Problem]]:
    """Take the latest count; of several sources the greatest; list the rows that do not count."""
    problems = []
    counted = [told.days[at] or dt.date.min for at in told.rows if not math.isnan(told.counts[at])]
    latest = max(counted, default=dt.date.min)
    by_source: dict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
    for at in told.rows:
        day, content = told.days[at] or dt.date.min, told.contents[at]
        source = fold_label(told.sources[at])
        if day < latest:
            problems.append(_left_out(told, at, text("the latest count"), file))
        elif content in by_source[source]:
            problems.append(_left_out(told, at, text("a row that is not there already"), file))
        elif day == latest or not counted:
            by_source[source][content] = at
    sums = {
        source: math.fsum(told.counts[at] for at in rows.values())
        for source, rows in by_source.items()
    }
    known = {source: count for source, count in sums.items() if not math.isnan(count)}
    best = max(known, key=lambda one: (known[one], one), default=None)
    if best is None:
        return math.nan, problems
    for source, rows in by_source.items():
        if source != best and source in known:
            expected = text("one number; {most} of another source counts", most=number(known[best]))
            problems += [_left_out(told, at, expected, file) for at in rows.values()]
    return known[best], problems


def _left_out(told: _Told, at: int, expected: str, file: str) -> Problem:
    return Problem(
        file,
        row_of(told.table.index[at]),
        "people",
        str(told.table["people"].iloc[at]),
        expected,
        text("left out"),
    )


def _group(word: object) -> str:
    """Fold the word for a group; all groups together are everybody."""
    return EVERYBODY if is_missing(word) or is_total(word) else fold_label(word)


def _listed(
    found: dict[tuple[str, str], float], names: dict[str, object], written: dict[str, str]
) -> pd.DataFrame:
    """Set the people of each area as a table, everybody first."""
    rows: list[tuple[object, str | None, float]] = []
    for area in in_order(key for key, _ in found):
        groups = {group: people for (key, group), people in found.items() if key == area}
        everybody = groups.pop(EVERYBODY, math.nan)
        if math.isnan(everybody) and groups:
            everybody = math.fsum(groups.values())
        rows.append((names[area], None, everybody))
        rows += [(names[area], written[group], groups[group]) for group in sorted(groups)]
    table = pd.DataFrame(rows, columns=["area_id", "group", "people"])
    return table.astype({"group": "string", "people": float})


def _as_needs(people: pd.DataFrame) -> pd.DataFrame:
    """Call the columns of sectors or blocks what they are called in the table needs."""
    if "population" in people.columns and "people" not in people.columns:
        require_whole(people, "sector_id", name="people")
        named = {"sector_id": "area_id", "population": "people"}
        # Two blocks may be alike in everything but their place: none is the other.
        return pd.DataFrame(people).rename(columns=named).assign(row=range(len(people)))
    if "sector_id" in people.columns and "area_id" not in people.columns:
        return pd.DataFrame(people).rename(columns={"sector_id": "area_id"})
    return people


def _rates(
    norms: pd.DataFrame, days: float, file: str
) -> tuple[dict[tuple[str, str, str], float], list[Problem]]:
    """Give what one person needs, by item, unit and group."""
    values = read_numbers(norms, "per_person", file=file, action=text("left out"))
    problems = list(values.problems)
    groups = norms["group"] if "group" in norms.columns else [None] * len(norms)
    daily = read_flags(norms, "daily", name=file)
    rates: dict[tuple[str, str, str], float] = {}
    for at, (item, unit, group) in enumerate(
        zip(norms["item"], norms["unit"], groups, strict=True)
    ):
        label, value = row_of(norms.index[at]), float(values.found[at])
        missing = "item" if not good_of(item) else "per_person" if math.isnan(value) else None
        if missing and not any(one.row == label for one in values.problems):
            expected = text("a row with {column}", column=missing)
            problems.append(
                Problem(file, label, missing, text("nothing"), expected, text("left out"))
            )
        if missing:
            continue
        rate = value * days if daily[at] else value
        one = (good_of(item), unit_of(unit), _group(group))
        if rates.setdefault(one, rate) != rate:
            rates[one] = max(rates[one], rate)
            problems.append(
                Problem(
                    file,
                    label,
                    "per_person",
                    str(norms["per_person"].iloc[at]),
                    text("one number for each item, unit and group"),
                    text("the greatest counts"),
                )
            )
    return rates, problems


def _short(value: float) -> str:
    return number(value, decimals=2 if value % 1 else 0)


def _in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda one: (one.row is None, one.row or 0, one.column or ""))
