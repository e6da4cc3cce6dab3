"""How evenly people in need are reached: coverage, its Gini and Hoover index, sector by sector."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geosector.errors import InputError
from geosector.language import number, text
from geosector.measure.coded import require
from geosector.measure.coordination.cells import ids_in, numbers_in, whole_table
from geosector.tables import problems_table

Floats = NDArray[np.float64]


class Coverage(NamedTuple):
    """People reached against people in need, area by area.

    ``table``: the rows given, with ``ratio`` (reached / people), ``capped`` (at most 1), ``over``
    (whether more are reached than need it) and ``no_ratio`` (why there is none: ``no_need``,
    ``need_unknown``, ``reached_unknown``). ``problems`` has the usual columns.
    """

    table: pd.DataFrame
    problems: pd.DataFrame


class Equity(NamedTuple):
    """Figures of equity, and the rows that could not be used.

    ``table``: one row for each group of areas, and a last one, with a missing key, for all:
    ``areas`` (with a ratio), ``left_out`` (without one), ``people``, ``reached``, ``ratio``
    (reached / people of all together), ``covered`` (what it is where nobody is reached beyond the
    need of an area), ``lowest`` and ``highest`` ratio of an area, ``gini``, ``hoover``.
    """

    table: pd.DataFrame
    problems: pd.DataFrame


def cover(areas: pd.DataFrame, *, file: str = "coverage") -> Coverage:
    """Set people reached against people in need.

    Parameters
    ----------
    areas : pandas.DataFrame
        ``people`` in need and ``reached``, missing where they are not known; any other columns.
        ``coverage`` of `gaps.find_gaps` is such a table.
    file : str
        What the problems call the table.

    Returns
    -------
    Coverage
        The same rows in the same order on the same index. Where several organisations reached
        people of one area, the sum may count some twice: a ratio above 1 is flagged, never cut
        off without a word, and ``capped`` stands beside it.

    Raises
    ------
    MissingColumnError
        Where ``people`` or ``reached`` is not there.
    InputError
        Where ``areas`` is no table.

    Notes
    -----
    ratio = reached / people; capped = min(ratio, 1).

    Examples
    --------
    >>> areas = pd.DataFrame({"people": [200, 100, 0, None], "reached": [50, 120, 5, 7]})
    >>> cover(areas).table[["ratio", "capped", "over", "no_ratio"]]
       ratio  capped   over      no_ratio
    0   0.25    0.25  False          <NA>
    1   1.20    1.00   True          <NA>
    2    NaN     NaN   True       no_need
    3    NaN     NaN  False  need_unknown
    >>> cover(areas.iloc[:0]).table.empty
    True
    >>> cover(areas[["people"]])
    Traceback (most recent call last):
    ...
    geosector.errors.MissingColumnError: The table coverage lacks the column reached; ...
    """
    rows = whole_table(areas, file)
    require(rows, "people", "reached", name=file)
    people, problems = numbers_in(rows, "people", file=file)
    reached, more = numbers_in(rows, "reached", file=file)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(people > 0, reached / people, np.nan)
    reasons = [
        (people == 0, "no_need"),
        (np.isnan(people), "need_unknown"),
        (np.isnan(reached), "reached_unknown"),
    ]
    why = np.select([case for case, _ in reasons], [name for _, name in reasons], "")
    made = rows.assign(
        ratio=ratio,
        capped=np.minimum(ratio, 1.0),
        over=reached > people,
        no_ratio=pd.Series(why, rows.index, dtype="string").mask(why == ""),
    )
    return Coverage(made, problems_table([*problems, *more]))


def gini(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Measure how unequal values are: 0 where all are equal, towards 1 where one has everything.

    Parameters
    ----------
    values : array, shape (n,)
        From 0: the coverage of each area.
    weights : array, shape (n,), optional
        From 0: the people who have this value. Default: 1 each.

    Returns
    -------
    float
        NaN where there is no weight, or all values are 0. Values that are missing, or whose weight
        is missing or 0, take no part.

    Raises
    ------
    InputError
        Where a value or weight is below 0 or infinite, or there are not as many of both.

    Notes
    -----
    With weights w, their sum W and the weighted mean m: ``G = Σᵢ Σⱼ wᵢ wⱼ |xᵢ − xⱼ| / (2 W² m)``.
    C. Gini, *Variabilità e mutabilità*, Bologna 1912. Computed in n log n from sorted values, as
    G = 1 − Σ wᵢ (2 Sᵢ − wᵢ xᵢ) / (W · W m), with Sᵢ the sum of wx up to i (M. O. Lorenz 1905).

    Examples
    --------
    Of two areas of as many people one is served: ``G = 2 · |1 − 0| / (2 · 4 · ½) = ½``.

    >>> gini([0, 1]), gini([0.5, 0.5]), gini([0, 1], [30, 10])
    (0.5, 0.0, 0.75)
    >>> gini([]), gini([0, 0])
    (nan, nan)
    >>> gini([1, -1])
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: A value is -1; give numbers from 0.
    """
    x, w = _paired(values, weights)
    order = np.argsort(x, kind="stable")
    x, w = x[order], w[order]
    total = float((w * x).sum())
    if not len(x) or total == 0:
        return float("nan")
    upto = np.cumsum(w * x)
    share = float((w * (2 * upto - w * x)).sum()) / (float(w.sum()) * total)
    return max(0.0, 1 - share)


def hoover(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Measure which share of all that was given would have to go elsewhere to be even.

    Parameters
    ----------
    values, weights : array, shape (n,)
        As for `gini`.

    Returns
    -------
    float
        0 to 1; NaN as for `gini`.

    Raises
    ------
    InputError
        As for `gini`.

    Notes
    -----
    ``H = Σ wᵢ |xᵢ − m| / (2 W m)``, with the weighted mean m. E. M. Hoover, *Interstate
    redistribution of population*, Journal of Economic History 1 (1941).

    Examples
    --------
    The aid of one of two equal areas is to be halved: ½.

    >>> hoover([0, 1]), hoover([1, 1, 1]), hoover([0, 1], [30, 10])
    (0.5, 0.0, 0.75)
    >>> hoover([])
    nan
    >>> hoover([1], [1, 2])
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: There are 1 values and 2 weights; give one weight for each value.
    """
    x, w = _paired(values, weights)
    total = float((w * x).sum())
    if not len(x) or total == 0:
        return float("nan")
    mean = total / float(w.sum())
    return float((w * np.abs(x - mean)).sum()) / (2 * total)


def equity(areas: pd.DataFrame, *, by: str | None = None, file: str = "coverage") -> Equity:
    """Say how evenly the people of areas are reached, in each sector and over all.

    Parameters
    ----------
    areas : pandas.DataFrame
        As for `cover`: one row for each area.
    by : str, optional
        The column that says to which sector (or district) each area belongs. Default: only the
        row for all.
    file : str
        What the problems call the table.

    Returns
    -------
    Equity
        Areas without a ratio take no part, and are counted in ``left_out``: who is not counted is
        not taken for 0. Areas without a sector count in the row for all only. Gini and Hoover are
        those of the ratio, weighted by people in need.

    Raises
    ------
    MissingColumnError
        Where a column is not there.
    InputError
        Where ``areas`` is no table.

    Notes
    -----
    ratio = Σ reached / Σ people; covered = Σ min(reached, people) / Σ people. See `gini` and
    `hoover`.

    Examples
    --------
    >>> areas = pd.DataFrame({"sector_id": [1, 1, 2, 2], "people": [100, 100, 50, None],
    ...                       "reached": [0, 120, 25, 9]})
    >>> columns = ["areas", "left_out", "ratio", "covered", "gini", "hoover"]
    >>> equity(areas, by="sector_id").table[["sector_id", *columns]].round(2)
      sector_id  areas  left_out  ratio  covered  gini  hoover
    0         1      2         0   0.60      0.5   0.5    0.50
    1         2      1         1   0.50      0.5   0.0    0.00
    2      None      3         1   0.58      0.5   0.5    0.43
    >>> equity(areas.iloc[:0]).table[columns].values.tolist()
    [[0.0, 0.0, nan, nan, nan, nan]]
    >>> equity(areas, by="district")
    Traceback (most recent call last):
    ...
    geosector.errors.MissingColumnError: The table coverage lacks the column district; ...
    """
    covered = cover(areas, file=file)
    table = covered.table
    if by is not None:
        require(table, by, name=file)
        keys = ids_in(table, by)
        names = sorted({key for key in keys if key is not None}, key=_numbers_first)
        belongs = pd.Series(keys, table.index, dtype="object")
        rows = [{by: key, **_figures(table[(belongs == key).to_numpy(bool)])} for key in names]
        made = pd.DataFrame([*rows, {by: None, **_figures(table)}])
        made[by] = made[by].astype("object").where(made[by].notna(), None)
    else:
        made = pd.DataFrame([_figures(table)])
    return Equity(made, covered.problems)


def _figures(table: pd.DataFrame) -> dict[str, float]:
    used = table[table["ratio"].notna()]
    people, reached, ratio = (
        pd.to_numeric(used[name]).to_numpy(float) for name in ("people", "reached", "ratio")
    )
    total = float(people.sum())
    return {
        "areas": len(used),
        "left_out": len(table) - len(used),
        "people": total,
        "reached": float(reached.sum()),
        "ratio": float(reached.sum()) / total if total else float("nan"),
        "covered": float(np.minimum(reached, people).sum()) / total if total else float("nan"),
        "lowest": float(ratio.min()) if len(ratio) else float("nan"),
        "highest": float(ratio.max()) if len(ratio) else float("nan"),
        "gini": gini(ratio, people),
        "hoover": hoover(ratio, people),
    }


def _numbers_first(key: str) -> tuple[int, float, str]:
    return (0, float(key), key) if key.isdecimal() else (1, 0.0, key)


def _paired(values: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats]:
    x = np.asarray(values, float)
    w = np.ones(len(x)) if weights is None else np.asarray(weights, float)
    if len(x) != len(w):
        raise InputError(
            text(
                "There are {values} values and {weights} weights; give one weight for each value.",
                values=number(len(x)),
                weights=number(len(w)),
            )
        )
    for given in (x, w):
        wrong = given[(given < 0) | np.isinf(given)]
        if len(wrong):
            raise InputError(
                text("A value is {given}; give numbers from 0.", given=f"{wrong[0]:g}")
            )
    used = np.isfinite(x) & np.isfinite(w) & (w > 0)
    return x[used], w[used]
