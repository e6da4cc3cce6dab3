"""Tables that count all killed and, beside them, some of these by sex and age.

"Killed: 5, of whom women: 2" is five people, not seven. Where a table has both, what the parts
leave of the whole is people of whom nothing more is said; nobody is counted twice and nobody lost.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.language import text
from geosector.sources.values import Remark
from geosector.tables import CASUALTY_GROUPS

REST = "unspecified"
_ENDS = ("", "_min", "_max")


class Bounds(NamedTuple):
    """The least and the most of each row; NaN where nothing is said."""

    least: NDArray[np.float64]
    most: NDArray[np.float64]


def with_remainders(
    rows: pd.DataFrame, fate: str, whole: Bounds, *, is_certain: bool
) -> tuple[dict[str, pd.Series], list[Remark]]:
    """Turn the number of all people into the number of those of whom nothing more is said.

    Parameters
    ----------
    rows : pandas.DataFrame
        With ``killed_man`` … as they were read, ``killed_unspecified`` among them.
    fate : {"killed", "injured"}
    whole : Bounds
        What the column of all people says, row by row.
    is_certain : bool
        Whether it must be the whole, since ``killed_unspecified`` is a column of its own. If it is
        not, the numbers decide: a whole that is mostly smaller than its parts is none, but people
        besides them.

    Returns
    -------
    tuple = (values, remarks)
        New columns by name; none where the column is no whole. A row whose parts exceed the whole
        keeps its parts, and is remarked.

    Examples
    --------
    >>> rows = pd.DataFrame({"killed_woman": [2, 0, 3], "killed_child": [1, 0, 0]})
    >>> five = Bounds(np.array([5.0, 1, 2]), np.array([5.0, 1, 2]))
    >>> values, remarks = with_remainders(rows, "killed", five, is_certain=True)
    >>> values["killed_unspecified"].tolist(), [one.position for one in remarks]
    ([2, 1, 0], [0, 2])
    >>> remarks[0].action
    'Read as all: 2 of them are unspecified.'
    >>> none = Bounds(np.zeros(3), np.zeros(3))
    >>> with_remainders(rows, "killed", none, is_certain=False)  # people besides the parts
    ({}, [])
    >>> with_remainders(rows[:0], "killed", Bounds(none.least[:0], none.most[:0]), is_certain=True)
    ({}, [])
    """
    given = [group for group in CASUALTY_GROUPS if is_certain or group != REST]
    parts = _sum_of(rows, fate, given)
    said = ~np.isnan(whole.least)
    broken_down = said & (parts.most > 0)
    exceeded = broken_down & (whole.most < parts.least)
    if not is_certain and 2 * exceeded.sum() > broken_down.sum():
        besides = text("Counted besides the parts, as in most rows.")
        return {}, [
            _remark(whole, parts, place, besides)
            for place in np.flatnonzero(exceeded & (whole.most > 0)).tolist()
        ]
    if not said.any():
        return {}, []
    own = _sum_of(rows, fate, [REST]) if is_certain else Bounds(*np.zeros((2, len(rows))))
    least = own.least + np.maximum(whole.least - parts.least, 0)
    most = np.maximum(least, own.most + np.maximum(whole.most - parts.most, 0))
    changed = broken_down & (least != own.least if is_certain else least != whole.least)
    remarks = [
        _remark(
            whole,
            parts,
            place,
            text("The parts are counted.")
            if exceeded[place]
            else text("Read as all: {n} of them are unspecified.", n=f"{least[place]:.0f}"),
        )
        for place in np.flatnonzero(changed | exceeded).tolist()
    ]
    return _columns(rows, fate, said, Bounds(least, most)), remarks


def _remark(whole: Bounds, parts: Bounds, place: int, done: str) -> Remark:
    expected = text("all people, at least the {n} of the parts", n=f"{parts.least[place]:.0f}")
    return Remark(place, f"{whole.least[place]:.0f}", expected, done)


def bounds_of(rows: pd.DataFrame, column: str) -> Bounds:
    """Give what a column of people says in each row, its ranges among it.

    Examples
    --------
    >>> rows = pd.DataFrame({"killed_man": [1, None], "killed_man_min": [None, 2]})
    >>> [side.tolist() for side in bounds_of(rows, "killed_man")]
    [[1.0, 2.0], [1.0, 2.0]]
    >>> bounds_of(rows, "killed_woman").least
    array([nan, nan])
    """
    exact, low, high = (
        pd.to_numeric(rows[name], errors="coerce").to_numpy(float, na_value=np.nan)
        if (name := f"{column}{end}") in rows.columns
        else np.full(len(rows), np.nan)
        for end in _ENDS
    )
    least = np.where(np.isnan(exact), np.where(np.isnan(low), high * 0, low), exact)
    return Bounds(least, np.fmax(least, np.where(np.isnan(exact), high, exact)))


def _sum_of(rows: pd.DataFrame, fate: str, groups: list[str]) -> Bounds:
    each = [bounds_of(rows, f"{fate}_{group}") for group in groups]
    least = np.sum([np.nan_to_num(one.least) for one in each], axis=0)
    return Bounds(least, np.sum([np.nan_to_num(one.most) for one in each], axis=0))


def _columns(
    rows: pd.DataFrame, fate: str, said: NDArray[np.bool_], rest: Bounds
) -> dict[str, pd.Series]:
    """Put the rest where the whole is said: one number, or the two ends of a range."""
    wide = said & (rest.most > rest.least)
    made = {}
    for end, numbers, where in zip(
        _ENDS, (rest.least, rest.least, rest.most), (said & ~wide, wide, wide), strict=True
    ):
        name = f"{fate}_{REST}{end}"
        if name not in rows.columns and not where.any():
            continue
        old = rows.get(name, pd.Series(pd.NA, rows.index, dtype="Int64")).astype("Int64")
        new = pd.Series(numbers, rows.index).where(where).round().astype("Int64")
        made[name] = old.mask(pd.Series(said, rows.index), new)
    return made
