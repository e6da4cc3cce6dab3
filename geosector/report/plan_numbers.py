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

from geosector.maps.plan.cells import is_missing
from geosector.maps.plan.sums import flags, numbers, summed
from geosector.release import Planned

Flags = NDArray[np.bool_]

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
    >>> [total.id for total in reckon_plan(Planned({"stock_gaps": gaps}, {})).totals]
    ['stock_gaps.water.l.need', 'stock_gaps.water.l.usable', 'stock_gaps.water.l.gap']
    >>> [total.value for total in reckon_plan(Planned({"stock_gaps": gaps}, {})).totals]
    [59, 29, 30]
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
        shown = _ordered(name, summed(name, _plain(rows)))
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
    if is_missing(value):
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


def _ordered(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Sort what matters most first, then by what names a row, so that no order of input matters."""
    keys = [column for column in rows.columns if column not in _FIGURES]
    if rows.empty:
        return rows.reset_index(drop=True)
    made = {}
    first = _FIRST.get(name, "")
    if first.lstrip("-") in rows.columns:
        sign = -1 if first.startswith("-") else 1
        made["first"] = (sign * numbers(rows, first.lstrip("-"))).fillna(np.inf)
    for column in keys:
        made[f"{column}.n"] = numbers(rows, column).fillna(np.inf)
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
    {
        "people", "population", "within", "within_share", "reached", "share", "unknown",
        "facilities", "metres", "usable", "need", "gap", "expired", "expires_soon", "quantity",
        "hours", "hours_needed", "posts", "filled", "empty", "count", "z", "p", "q", "score",
        "ratio", "known", "withheld",
    }
)  # fmt: skip


# --------------------------------------------------------------- what they come to


def _totals(name: str, rows: pd.DataFrame) -> Iterator[PlanTotal]:
    """Give what a table comes to."""
    if name in _APART:
        yield from _by_part(name, rows)
        return
    if name == "equity":
        yield from _of_all(rows)
        return
    if name not in _SUMS or name in _COUNTED:
        yield PlanTotal(name, (), "count", _count(name, rows))
    for figure in _SUMS.get(name, ()):
        if figure in rows.columns:
            yield PlanTotal(name, (), figure, _sum(rows, figure))
    if name in _WAYS:
        known = flags(rows, "known") if "known" in rows.columns else pd.Series(dtype=bool)
        yield PlanTotal(name, (), "unknown", int(len(rows) - known.sum()))
    yield from _flagged(name, rows)


def _of_all(rows: pd.DataFrame) -> Iterator[PlanTotal]:
    """Give the figures of equity of all areas together, the row that holds most of them."""
    most = numbers(rows, "areas")
    for figure in ("gini", "hoover") if most.notna().any() else ():
        value = numbers(rows, figure).iloc[int(most.argmax())]
        yield PlanTotal("equity", (), figure, None if value != value else round(float(value), 6))  # noqa: PLR0124


def _flagged(name: str, rows: pd.DataFrame) -> Iterator[PlanTotal]:
    """Count the rows that are hot, cold, rising, falling, there already, late."""
    for column, values in _CODES.get(name, {}).items():
        for value in values if column in rows.columns else ():
            found = int((rows[column] == value).sum())
            yield PlanTotal(name, ((column, value),), "count", found)
    for column in _FLAGS.get(name, ()):
        if column in rows.columns:
            yield PlanTotal(name, (), column, int(flags(rows, column).sum()))


def _count(name: str, rows: pd.DataFrame) -> int | None:
    """Count the rows; of what was released in pairs, those that are a gap."""
    if name != "activity_gaps" or "withheld" not in rows.columns:
        return len(rows)
    if flags(rows, "withheld").any():
        return None
    return int((numbers(rows, "gap") != 0).sum())


_WAYS = ("routes", "transfers")  # each of them is known, or not
_APART = {
    "access": ("kind", "minutes"),
    "reach": ("kind",),
    "stock_gaps": ("item", "unit"),
    "coverage": ("activity", "group"),
    "posts": ("date_from", "date_to"),
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
    "stock_gaps": ("need", "usable", "gap"),
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
    given = numbers(rows, figure)
    return None if given.isna().any() else _whole(float(given.sum()))
