"""Counting incidents, so that every total equals the sum of its parts.

What is not known is a part of its own, ``unspecified``, always last; it is never shared out over
the others. Percentages stand beside counts and add up to 100. A place is counted once however often
it is named. Casualties that were reported as a range stay one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geosector.errors import InputError
from geosector.language import text
from geosector.measure.coded import SEVERAL, UNSPECIFIED, is_unspecified, require
from geosector.tables import FATES, fold_label

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# A child whose sex is known is a child too: the first four add up to all, the others are parts.
GROUPS = ("man", "woman", "child", UNSPECIFIED)
MINORS = ("boy", "girl", "child")
CAMP, NEIGHBOURHOOD = "camp", "neighbourhood"


class Localities(NamedTuple):
    """How many different places there are among incidents; rows without a place are ``unplaced``.

    A neighbourhood is part of a community that may be named too, so it is counted apart.
    """

    communities: int
    camps: int
    neighbourhoods: int
    unplaced: int


def count_by(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Count rows by what a column says.

    Parameters
    ----------
    rows : pandas.DataFrame
        One row for each event.
    column : str
        Its words are the keys; missing ones and those that say that nothing is known are
        ``unspecified``.

    Returns
    -------
    pandas.DataFrame
        ``key``, ``count``, ``percent`` (whole, by largest remainder, adding up to 100), ``base``
        (all rows). The greatest count first, equal ones by key, ``unspecified`` last.

    Raises
    ------
    MissingColumnError
        Where the column is not there.

    Examples
    --------
    >>> rows = pd.DataFrame({"weapon": ["drone", "drone", None, "artillery"]})
    >>> print(count_by(rows, "weapon").to_string(index=False))
            key  count  percent  base
          drone      2       50     4
      artillery      1       25     4
    unspecified      1       25     4
    >>> count_by(rows[:0], "weapon").empty
    True
    >>> count_by(rows, "cause")
    Traceback (most recent call last):
    geosector.errors.MissingColumnError: The table incidents lacks the column cause; it has: weapon.
    """
    require(rows, column)
    words = rows[column].astype(object)
    unknown = {word for word in words.dropna().unique() if is_unspecified(word)}
    keys = words.mask(words.isna() | words.isin(unknown), UNSPECIFIED)
    counts = keys.value_counts()
    return counted(list(map(str, counts.index)), counts.to_numpy(np.int64))


def counted(keys: Sequence[str], counts: ArrayLike) -> pd.DataFrame:
    """Put counts in the order of a breakdown, with percentages and their base.

    Parameters
    ----------
    keys : sequence of str
    counts : array_like of int, shape (n,)

    Returns
    -------
    pandas.DataFrame
        As `count_by` gives it. Keys without a count are left out.

    Examples
    --------
    >>> counted(["a", "unspecified", "b"], [1, 9, 2])["key"].tolist()
    ['b', 'a', 'unspecified']
    """
    number = np.asarray(counts, np.int64)
    made = pd.DataFrame({"key": np.array(keys, object), "count": number})
    made = made[made["count"] > 0]
    made["last"] = made["key"] == UNSPECIFIED
    made = made.sort_values(["last", "count", "key"], ascending=[True, False, True])
    made = made.drop(columns="last").reset_index(drop=True)
    made["percent"] = percentages(made["count"].to_numpy())
    made["base"] = int(number.sum())
    return made


def percentages(counts: ArrayLike) -> Ints:
    """Give whole percentages that add up to 100, by the method of largest remainders.

    Each share is rounded down; what is left of 100 goes, one each, to those with the largest
    fractions (A. Hamilton, 1792); of equal fractions the first in order.

    Parameters
    ----------
    counts : array_like of int, shape (n,)
        None negative.

    Returns
    -------
    ndarray of int64, shape (n,)
        All 0 where there is nothing to share.

    Raises
    ------
    InputError
        For a negative count.

    Examples
    --------
    >>> percentages([1, 1, 1]), percentages([0, 0]), percentages([])
    (array([34, 33, 33]), array([0, 0]), array([], dtype=int64))
    >>> percentages([-1])
    Traceback (most recent call last):
    geosector.errors.InputError: A count is -1; expected none below 0.
    """
    number = np.asarray(counts, np.int64)
    if (number < 0).any():
        raise InputError(
            text("A count is {given}; expected none below 0.", given=int(number.min()))
        )
    whole = int(number.sum())
    if whole == 0:
        return np.zeros(len(number), np.int64)
    shares, rests = np.divmod(number * 100, whole)
    short = 100 - int(shares.sum())
    shares[np.argsort(-rests, kind="stable")[:short]] += 1
    return shares


def top(counts: pd.DataFrame, n: int) -> pd.DataFrame:
    """Give the greatest parts of a breakdown; all that are equal to the last one are kept.

    Parameters
    ----------
    counts : pandas.DataFrame
        As `count_by` gives it.
    n : int
        How many, at least; more where there are ties, unless the ties would double them: then the
        last group of equals is left out whole.

    Returns
    -------
    pandas.DataFrame
        Rows of the input without ``unspecified``.

    Examples
    --------
    >>> counts = counted(["a", "b", "c", "d", "unspecified"], [5, 3, 3, 1, 9])
    >>> top(counts, 2)["key"].tolist(), top(counts, 0)["key"].tolist()
    (['a', 'b', 'c'], [])
    """
    named = counts[counts["key"] != UNSPECIFIED]
    if n <= 0 or len(named) <= n:
        return named[: max(n, 0)]
    least = named["count"].iloc[n - 1]
    kept = named[named["count"] >= least]
    if len(kept) > 2 * n and (named["count"] > least).any():
        return named[named["count"] > least]
    return kept[: 2 * n]


def count_places(rows: pd.DataFrame) -> pd.DataFrame:
    """Count kinds of place: each event once by its first place, and how many hit it besides.

    Parameters
    ----------
    rows : pandas.DataFrame
        With ``place_type`` and, where there are any, ``other_places`` separated by semicolons.

    Returns
    -------
    pandas.DataFrame
        As `count_by`, and ``besides``: events that hit such a place too, counted elsewhere by
        their first one. Kinds that were hit only besides have the count 0.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {"place_type": ["school", "home"], "other_places": ["home;market", None]}
    ... )
    >>> counts = count_places(rows)
    >>> dict(zip(counts["key"], zip(counts["count"], counts["besides"])))
    {'home': (1, 1), 'school': (1, 0), 'market': (0, 1)}
    """
    first = count_by(rows, "place_type")
    besides: dict[str, int] = {}
    if SEVERAL in rows.columns:
        told = rows[rows[SEVERAL].notna().to_numpy()]
        for place, others in zip(told["place_type"], told[SEVERAL], strict=True):
            for word in {word.strip() for word in str(others).split(";")} - {str(place), ""}:
                besides[word] = besides.get(word, 0) + 1
    first["besides"] = first["key"].map(besides).fillna(0).astype(np.int64)
    only = sorted(set(besides) - set(first["key"]))
    base = len(rows)
    more = [{"key": key, "count": 0, "percent": 0, "base": base, "besides": besides[key]}
            for key in only]  # fmt: skip
    if not more:
        return first
    named = first["key"] != UNSPECIFIED
    return pd.concat([first[named], pd.DataFrame(more), first[~named]], ignore_index=True)


def count_casualties(rows: pd.DataFrame, fate: str) -> pd.DataFrame:
    """Add up the killed or the injured by sex and age.

    Parameters
    ----------
    rows : pandas.DataFrame
        With any of ``killed_man`` … ``killed_unspecified`` (or ``injured_…``) and ``…_min``,
        ``…_max`` where a range was reported. A missing number adds nothing.
    fate : {"killed", "injured"}

    Returns
    -------
    pandas.DataFrame
        ``key``, ``low``, ``high``: ``man``, ``woman``, ``child`` (of either or unknown sex) and
        ``unspecified`` add up to all; ``boy``, ``girl`` are those children whose sex is known.
        Men are only those who were reported as men. Rows of nobody are left out.

    Raises
    ------
    InputError
        For another fate.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {"killed_girl": [2, 0], "killed_unspecified_min": [1, None],
    ...      "killed_unspecified_max": [3, None]}
    ... )
    >>> print(count_casualties(rows, "killed").to_string(index=False))
            key  low  high
          child    2     2
    unspecified    1     3
           girl    2     2
    >>> count_casualties(rows, "injured").empty
    True
    >>> count_casualties(rows, "missing")
    Traceback (most recent call last):
    geosector.errors.InputError: There are no counts of missing; expected killed or injured.
    """
    if fate not in FATES:
        raise InputError(
            text("There are no counts of {given}; expected killed or injured.", given=fate)
        )
    sums = {group: _bounds(rows, f"{fate}_{group}") for group in ("man", "woman", *MINORS)}
    sums[UNSPECIFIED] = _bounds(rows, f"{fate}_{UNSPECIFIED}")
    children = np.sum([sums[group] for group in MINORS], axis=0)
    parts = {**{group: sums[group] for group in GROUPS}, "child": children}
    made = {**parts, "boy": sums["boy"], "girl": sums["girl"]}
    listed = [(key, int(low), int(high)) for key, (low, high) in made.items() if high > 0]
    return pd.DataFrame(listed, columns=["key", "low", "high"])


def all_casualties(casualties: pd.DataFrame) -> tuple[int, int]:
    """Give how many there are in all, at least and at most.

    Examples
    --------
    >>> all_casualties(pd.DataFrame({"key": ["child", "girl"], "low": [2, 2], "high": [3, 2]}))
    (2, 3)
    """
    whole = casualties[casualties["key"].isin(GROUPS)]
    return int(whole["low"].sum()), int(whole["high"].sum())


def locality_keys(rows: pd.DataFrame) -> pd.Series:
    r"""Tell places apart: by their id, else by their name in its district.

    Parameters
    ----------
    rows : pandas.DataFrame
        With any of ``locality_id``, ``locality``, ``admin1`` … ``admin3``.

    Returns
    -------
    pandas.Series of object
        On the index of the rows; missing where no place is named.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {"locality_id": ["a", None, None], "locality": ["A", "Idlib", "not specified"]}
    ... )
    >>> locality_keys(rows).tolist()
    ['a', '\x1fidlib', None]
    """
    nothing = pd.Series(None, rows.index, dtype=object)
    ids = rows.get("locality_id", nothing).astype(object)
    names = rows.get("locality", nothing).astype(object)
    unknown = [word for word in names.dropna().unique() if is_unspecified(word)]
    names = names.mask(names.isin(unknown))
    folded = {word: fold_label(word) for word in names.dropna().unique()}
    keys = names.map(folded).astype(object)
    for unit in ("admin1", "admin2", "admin3"):
        if unit in rows.columns:
            above = rows[unit].astype(object).map(fold_label)
            above = above.astype(object).replace("", np.nan).radd("\x1f")
            keys = keys.str.cat(above, na_rep="").where(keys.notna())
    keys = ("\x1f" + keys).where(keys.notna())
    return ids.where(ids.notna(), keys).where(ids.notna() | keys.notna(), None)


def count_localities(rows: pd.DataFrame) -> Localities:
    """Count different communities, camps and neighbourhoods; never add such counts up.

    Parameters
    ----------
    rows : pandas.DataFrame
        As in `locality_keys`, and ``locality_type``; without it every place is a community.

    Returns
    -------
    Localities

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {"locality_id": ["a", "a", "b", None], "locality_type": [None, None, "camp", None]}
    ... )
    >>> count_localities(rows)
    Localities(communities=1, camps=1, neighbourhoods=0, unplaced=1)
    """
    keys = locality_keys(rows)
    kinds = rows.get("locality_type", pd.Series(None, rows.index, dtype=object))
    placed = pd.DataFrame({"key": keys, "kind": kinds})[keys.notna().to_numpy()]
    # A place is a camp where any of its rows says so.
    camps = set(placed.loc[(placed["kind"] == CAMP).to_numpy(), "key"])
    quarters = set(placed.loc[(placed["kind"] == NEIGHBOURHOOD).to_numpy(), "key"]) - camps
    communities = set(placed["key"]) - camps - quarters
    return Localities(len(communities), len(camps), len(quarters), int(keys.isna().sum()))


def casualties_of_rows(rows: pd.DataFrame, fate: str, *, least: bool = False) -> pd.Series:
    """Give how many people each incident killed or injured, at most or at least.

    Parameters
    ----------
    rows : pandas.DataFrame
        As in `count_casualties`.
    fate : {"killed", "injured"}
    least : bool
        Whether of a range the lower end counts. Default: the upper one.

    Returns
    -------
    pandas.Series of int
        On the index of the rows.

    Examples
    --------
    >>> rows = pd.DataFrame({"killed_man": [1, None], "killed_child_max": [None, 3]})
    >>> casualties_of_rows(rows, "killed").tolist()
    [1, 3]
    >>> casualties_of_rows(rows, "killed", least=True).tolist()
    [1, 0]
    """
    groups = ("man", "woman", *MINORS, UNSPECIFIED)
    people = [_each(rows, f"{fate}_{group}")[0 if least else 1] for group in groups]
    return pd.Series(np.sum(people, axis=0), rows.index).astype(int)


def _bounds(rows: pd.DataFrame, column: str) -> tuple[int, int]:
    """Add up a column of people: its exact numbers, and the bounds of its ranges."""
    least, most = _each(rows, column)
    return int(least.sum()), int(most.sum())


def _each(rows: pd.DataFrame, column: str) -> tuple[Floats, Floats]:
    """Give the bounds of each row of a column of people; a missing number adds nothing."""
    exact, low, high = (
        pd.to_numeric(rows[f"{column}{end}"], errors="coerce").to_numpy(float, na_value=np.nan)
        if f"{column}{end}" in rows.columns
        else np.full(len(rows), np.nan)
        for end in ("", "_min", "_max")
    )
    least = np.nan_to_num(np.where(np.isnan(exact), low, exact))
    most = np.where(np.isnan(exact), high, exact)
    return least, np.maximum(least, np.nan_to_num(most))
