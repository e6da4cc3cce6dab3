"""The numbers of a plan, once: its tables as a report shows them, and what they come to.

The ids of the totals are those of ``report.json`` under ``plan``: ``access.shelter.reached``,
``stock_gaps.water.l.gap``. A sum of which a part is withheld or missing is missing too: what is
there alone would be taken for all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.release import Planned

Flags = NDArray[np.bool_]

# Summed up in a report: one row is a block, and thousands of them are no table to read.
SUMMED = {
    "reach": (("sector_id", "kind"), ("population",)),
    "sheltering": (("sector_id",), ("people", "unknown", "population")),
    "left_over": (("sector_id", "reason"), ("people",)),
}
LEFT_OUT = ("served", "blocks")  # nobody reads them; the sites and reach say what they come to


class PlanTotal(NamedTuple):
    """One number: of which table, of which part of it (column → value), what is counted.

    ``value`` is None where a part of it is withheld or not known.
    """

    table: str
    part: tuple[tuple[str, object], ...]
    figure: str
    value: float | None

    @property
    def id(self) -> str:
        """How ``report.json`` calls it."""
        values = [_written(value) for _, value in self.part]
        return ".".join([self.table, *values, self.figure])


class PlanNumbers(NamedTuple):
    """What a report says of a plan.

    ``totals``: what the tables come to. ``tables``: name → the rows shown, in an order of their
    own, without places. ``left_out``: name → why.
    """

    totals: tuple[PlanTotal, ...]
    tables: dict[str, pd.DataFrame]
    left_out: dict[str, str]


NO_PLAN = PlanNumbers((), {}, {})


def reckon_plan(planned: Planned) -> PlanNumbers:
    """Reckon the numbers of a plan.

    Parameters
    ----------
    planned : Planned
        As `geosector.release.for_plan` gives it.

    Returns
    -------
    PlanNumbers

    Examples
    --------
    >>> gaps = pd.DataFrame({"sector_id": ["1", "2"], "item": "water", "unit": "l",
    ...                      "need": [50, 9], "usable": [20, 9], "gap": [30, 0]})
    >>> [(total.id, total.value) for total in reckon_plan(Planned({"stock_gaps": gaps}, {})).totals]
    [('stock_gaps.water.l.need', 59), ('stock_gaps.water.l.gap', 30)]
    >>> [(total.id, total.value) for total in reckon_plan(Planned({"routes": gaps[:0]}, {})).totals]
    [('routes.count', 0), ('routes.unknown', 0)]
    >>> reckon_plan(Planned({}, {"routes": "by agreement only"})).left_out
    {'routes': 'by agreement only'}
    """
    totals: list[PlanTotal] = []
    tables: dict[str, pd.DataFrame] = {}
    for name, rows in planned.tables.items():
        if name in LEFT_OUT:
            continue
        shown = _ordered(name, _summed(name, _plain(rows)))
        tables[name] = shown
        totals += _totals(name, shown)
    return PlanNumbers(tuple(totals), tables, dict(planned.left_out))


def records(rows: pd.DataFrame) -> list[dict[str, object]]:
    """Give the rows of a table as ``report.json`` holds them: missing cells are None.

    Examples
    --------
    >>> records(pd.DataFrame({"people": [3.0, None], "hot": [True, False]}))
    [{'people': 3, 'hot': True}, {'people': None, 'hot': False}]
    """
    return [
        {str(column): _cell(value) for column, value in row.items()}
        for row in rows.to_dict("records")
    ]


def _cell(value: object) -> object:
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | float | np.integer | np.floating):
        return _whole(float(value)) if np.isfinite(float(value)) else None
    if isinstance(value, dt.date):  # a moment is one, too
        return value.isoformat()[:10]
    return str(value)


def _whole(number: float) -> float:
    return int(number) if float(number).is_integer() else round(float(number), 6)


# --------------------------------------------------------------- the rows shown


def _plain(rows: pd.DataFrame) -> pd.DataFrame:
    """Take the places away; a report tells numbers."""
    plain = pd.DataFrame(rows).reset_index(drop=True)
    return plain.drop(columns=[name for name in plain.columns if plain[name].dtype == "geometry"])


def _summed(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Sum up a table of blocks by sector; one that was released as sums is left as it is."""
    if name == "sheltering" and "known" in rows.columns:
        far = ~_flags(rows, "known")
        rows = rows.assign(unknown=_numbers(rows, "people").where(far, 0.0))
    if name == "reach":
        return _reach(rows)
    if name == "candidates":
        return _reasons(rows)
    by, figures = SUMMED.get(name, ((), ()))
    by = tuple(column for column in by if column in rows.columns)
    if not by or "withheld" in rows.columns:
        return rows
    there = [figure for figure in figures if figure in rows.columns]
    sums = rows.groupby(list(by), dropna=False, sort=True)[there].sum()
    return sums.reset_index()


def _reach(rows: pd.DataFrame) -> pd.DataFrame:
    """Count the people of blocks who have a way to a facility, and those whose way is unknown."""
    people = _numbers(rows, "population")
    has = rows["facility_id"].notna() if "facility_id" in rows.columns else people > 0
    known = _flags(rows, "known") if "known" in rows.columns else has
    told = rows.assign(
        people=people, reached=people.where(has, 0.0), unknown=people.where(has & ~known, 0.0)
    )
    by = [column for column in ("sector_id", "kind") if column in rows.columns]
    figures = ["people", "reached", "unknown"]
    if not by:
        return told[figures]
    return told.groupby(by, dropna=False, sort=True)[figures].sum().reset_index()


def _reasons(rows: pd.DataFrame) -> pd.DataFrame:
    """Count the places that were looked at by whether they are usable, and why not."""
    by = [column for column in ("usable", "reason") if column in rows.columns]
    if not by:
        return rows
    return rows.groupby(by, dropna=False, sort=True).size().rename("count").reset_index()


def _ordered(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Sort what matters most first, then by what names a row, so that no order of input matters."""
    keys = [column for column in rows.columns if column not in _FIGURES]
    if rows.empty:
        return rows.reset_index(drop=True)
    made = {}
    first = _FIRST.get(name, "")
    if first.lstrip("-") in rows.columns:
        sign = -1 if first.startswith("-") else 1
        made["first"] = (sign * _numbers(rows, first.lstrip("-"))).fillna(np.inf)
    for column in keys:
        numbers = pd.to_numeric(rows[column], errors="coerce")
        made[f"{column}.n"] = numbers.astype(float).fillna(np.inf)
        made[f"{column}.w"] = rows[column].astype("string").fillna("\uffff")
    order = pd.DataFrame(made, index=rows.index)
    order["rest"] = rows.astype("string").fillna("").agg("\x1f".join, axis=1)
    return rows.loc[order.sort_values(list(order.columns), kind="stable").index].reset_index(
        drop=True
    )


_FIRST = {
    "critical": "-people", "cut_off": "-people", "activity_gaps": "-gap", "need_scores": "-score",
    "black_spots": "-accidents", "exposure": "-attacks", "expiring": "days", "hot_spots": "-z",
    "sites": "order",
}  # fmt: skip
_FIGURES = frozenset(
    "people population within within_share reached share unknown facilities metres minutes usable "
    "need gap expired expires_soon quantity hours hours_needed posts filled empty count z p q score "
    "ratio known withheld".split()
)  # of these none names a row


# --------------------------------------------------------------- what they come to


def _totals(name: str, rows: pd.DataFrame) -> Iterator[PlanTotal]:
    """Give what a table comes to."""
    if name in _APART:
        yield from _by_part(name, rows)
        return
    if name not in _SUMS or name in _COUNTED:
        yield PlanTotal(name, (), "count", len(rows))
    for figure in _SUMS.get(name, ()):
        if figure in rows.columns:
            yield PlanTotal(name, (), figure, _sum(rows, figure))
    if name in _WAYS:
        known = _flags(rows, "known") if "known" in rows.columns else pd.Series(dtype=bool)
        yield PlanTotal(name, (), "unknown", int(len(rows) - known.sum()))
    for column, values in _CODES.get(name, {}).items():
        for value in values:
            if column in rows.columns:
                found = int((rows[column] == value).sum())
                yield PlanTotal(name, ((column, value),), "count", found)
    for column in _FLAGS.get(name, ()):
        if column in rows.columns:
            yield PlanTotal(name, (), column, int(_flags(rows, column).sum()))


_WAYS = ("routes", "transfers")  # each of them is known, or not
_APART = {
    "access": ("kind", "minutes"),
    "reach": ("kind",),
    "stock_gaps": ("item", "unit"),
    "allocation": ("item", "unit"),
    # Sources that counted the same people are never added up.
    "returned": ("month", "source"),
}
_SUMS: Mapping[str, tuple[str, ...]] = {
    "access": ("people", "within", "reached", "unknown"),
    "reach": ("people", "reached", "unknown"),
    "cut_off": ("people",),
    "sheltering": ("people", "unknown"),
    "shelters": ("capacity", "free"),
    "left_over": ("people",),
    "sites": ("people",),
    "stock_gaps": ("need", "gap"),
    "posts": ("hours", "hours_needed", "posts", "filled", "empty"),
    "candidates": ("count",),
    "catalogue": ("times",),
    "black_spots": ("accidents",),
    "coverage": ("people", "reached"),
    "allocation": ("quantity",),
    "returned": ("people", "people_min", "people_max"),
}
# Of these the rows are counted besides.
_COUNTED = ("cut_off", "sites", "black_spots")
_CODES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "hot_spots": {"spot": ("hot", "cold")},
    "trends": {"trend": ("rising", "falling")},
}
_FLAGS: Mapping[str, tuple[str, ...]] = {
    "sites": ("existing",),
    "projects": ("late",),
}


def _by_part(name: str, rows: pd.DataFrame) -> Iterator[PlanTotal]:
    """Sum up a table for each of its parts, such as each kind and each limit of minutes."""
    by = [one for one in _APART[name] if one in rows.columns and rows[one].notna().any()]
    groups = rows.groupby(by, dropna=False, sort=True) if by else [((), rows)]
    for key, part in groups:
        for figure in _SUMS[name]:
            if figure in part.columns:
                yield PlanTotal(name, tuple(zip(by, key, strict=True)), figure, _sum(part, figure))


def _written(key: object) -> str:
    cell = _cell(key)
    return "" if cell is None else str(cell)


def _sum(rows: pd.DataFrame, figure: str) -> float | None:
    numbers = _numbers(rows, figure)
    return None if numbers.isna().any() else _whole(float(numbers.sum()))


def _numbers(rows: pd.DataFrame, column: str) -> pd.Series:
    return pd.to_numeric(rows[column], errors="coerce").astype("Float64").astype(float)


def _flags(rows: pd.DataFrame, column: str) -> pd.Series:
    """Read flags, as Python, a file or a sheet writes them; a missing one is none."""
    return pd.Series([is_true(cell) for cell in rows[column]], rows.index, dtype=bool)


def is_true(cell: object) -> bool:
    """Say whether a flag is set, as Python, a file or a sheet writes it; a missing one is not.

    Examples
    --------
    >>> is_true(True), is_true("1"), is_true(0.0), is_true(None)
    (True, True, False, False)
    """
    return str(cell).strip().casefold() in {"true", "1", "1.0", "yes"}
