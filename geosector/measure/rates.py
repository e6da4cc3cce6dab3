"""Counts of incidents by area and kind, and rates per people with the denominator beside them.

A rate of a small place leaps with a single incident, so beside the raw rate stands a smoothed
one: the empirical Bayes estimate of R. J. Marshall, *Mapping disease and mortality rates using
empirical Bayes estimators*, Applied Statistics 40 (1991), 283-294, with global moments. The raw
count is always kept.

A count that is withheld (missing) stays withheld: it gives no rate, no sum that holds it is
shown, and it takes no part in a mean, so that nothing of it can be reckoned back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geosector.errors import InputError, MissingColumnError
from geosector.language import text
from geosector.tables import table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PER = 10_000  # people
FEWEST_AREAS = 5  # a spread between fewer areas says more of chance than of them
ALL = "all"

# Why an area has no rate; why there is no smoothed rate, or that it is one and the same for all.
NoRate = Literal["outside", "withheld", "people_unknown", "no_people"]
NotSmoothed = Literal["few_areas", "none_happened", "no_spread"]


def kinds() -> tuple[str, ...]:
    """Give the kinds of incident, in the order of the table.

    Examples
    --------
    >>> kinds()
    ('attack', 'fire', 'traffic', 'drowning', 'other')
    """
    return tuple(table("incidents").columns["kind"].values)


def count_by_area(
    incidents: pd.DataFrame,
    areas: Sequence[object] | pd.Series,
    *,
    area: str,
    count: str | None = None,
) -> pd.DataFrame:
    """Count incidents by area and kind.

    Parameters
    ----------
    incidents : pandas.DataFrame
        With ``kind`` (what is no known kind is ``other``) and the column ``area``, in which the
        area of each is named or missing, as `geosector.assign` writes it.
    areas : sequence
        The key of every area, each once; the areas without incidents, too.
    area : str
        Name of the column, ``sector_id`` or ``locality_id``.
    count : str, optional
        Column that says how many incidents a row stands for; missing where that is withheld.
        Default: one.

    Returns
    -------
    pandas.DataFrame
        Columns ``<area>, kind, count``; a row for each area in the order given, and a last one,
        with a missing key, for what lies in none of them; and that for each kind and then for
        ``all`` together. ``count`` is a nullable integer: where one incident count is withheld,
        so is every sum that holds it. The counts of the areas and of none add up to the incidents.

    Raises
    ------
    MissingColumnError
        Where ``kind``, ``area`` or ``count`` is not there.
    InputError
        Where a key is missing or stands twice, or a count is negative or no whole number.

    Examples
    --------
    >>> seen = pd.DataFrame({"kind": ["attack", "attack", "fire"], "sector_id": [1, 9, None]})
    >>> counts = count_by_area(seen, [1, 2], area="sector_id")
    >>> counts[counts["kind"] == "attack"].values.tolist()
    [[1, 'attack', 1], [2, 'attack', 0], [<NA>, 'attack', 1]]
    >>> int(counts.loc[counts["kind"] == "all", "count"].sum())
    3
    >>> int(count_by_area(seen.iloc[:0], [1], area="sector_id")["count"].sum())
    0
    >>> count_by_area(seen, [1, 1], area="sector_id")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The areas have a key that is missing or stands twice. ...
    """
    _require(incidents, ("kind", area, *([] if count is None else [count])), "incidents")
    keys = _keys(areas)
    places = keys.get_indexer(pd.Index(incidents[area]))  # -1, the last row, for none of them
    known = kinds()
    kind = pd.Index(known, dtype="object").get_indexer(incidents["kind"].astype("object"))
    kind = np.where(kind < 0, known.index("other"), kind)
    counts = np.zeros((len(keys) + 1, len(known) + 1))
    weights = _weights(incidents, count)
    np.add.at(counts, (places, kind), weights)  # NaN and anything is NaN
    np.add.at(counts, (places, len(known)), weights)
    own = pd.Series([*keys.tolist(), pd.NA], dtype="object")
    shape = len(known) + 1
    made = pd.DataFrame(
        {
            area: pd.concat([own] * shape, ignore_index=True),
            "kind": np.repeat([*known, ALL], len(own)),
            "count": pd.array(counts.T.ravel(), dtype="Float64"),
        }
    )
    made["count"] = made["count"].mask(np.isnan(counts.T.ravel())).astype("Int64")
    return made


def rates(counts: pd.DataFrame, people: pd.DataFrame, *, area: str) -> pd.DataFrame:
    """Set counts against the people of their areas.

    rate = count / population · 10,000, and beside it the smoothed rate (`smooth`), over all areas
    that have both, kind by kind.

    Parameters
    ----------
    counts : pandas.DataFrame
        ``<area>, kind, count``, as `count_by_area` gives them.
    people : pandas.DataFrame
        ``<area>`` and ``population``, missing where it is not known or withheld.
    area : str
        Name of the column that names the areas.

    Returns
    -------
    pandas.DataFrame
        The same rows in the same order on the same index with ``population``, ``rate``,
        ``smoothed`` and ``mean`` (each per 10,000 people; ``mean`` is that of all areas together,
        towards which the smoothed rate is drawn), ``no_rate`` (why there is no rate: ``outside``,
        ``withheld``, ``people_unknown``, ``no_people``) and ``not_smoothed`` (``few_areas`` or
        ``none_happened`` where there is no smoothed rate, ``no_spread`` where the areas differ no
        more than by chance, so that it is the mean for all).

    Raises
    ------
    MissingColumnError
        Where a column is not there.
    InputError
        Where a number of people is negative or no number, or an area of ``people`` stands twice.

    Examples
    --------
    >>> counts = pd.DataFrame({"id": ["a", "b", "c", "d"], "kind": "fire",
    ...                        "count": pd.array([4, 0, None, 5], "Int64")})
    >>> people = pd.DataFrame({"id": ["a", "b", "c"], "population": [8000, 0, 1000]})
    >>> rates(counts, people, area="id")[["count", "population", "rate", "no_rate"]]
       count  population  rate         no_rate
    0      4      8000.0   5.0            <NA>
    1      0         0.0   NaN       no_people
    2   <NA>      1000.0   NaN        withheld
    3      5         NaN   NaN  people_unknown
    >>> len(rates(counts.iloc[:0], people, area="id"))
    0
    >>> rates(counts, people.assign(population=-1), area="id")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The column population holds '-1'; give a number of people ...
    """
    _require(counts, (area, "kind", "count"), "counts")
    _require(people, (area, "population"), "people")
    made = counts.copy()
    made["population"] = _people_of(counts[area], people, area)
    number = counts["count"].astype("Float64").to_numpy(float, na_value=np.nan)
    dwell = made["population"].to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        made["rate"] = np.where(dwell > 0, number / dwell * PER, np.nan)
    made["smoothed"], made["mean"] = np.nan, np.nan
    made["not_smoothed"] = pd.array([pd.NA] * len(made), dtype="string")
    for kind in counts["kind"].unique():
        rows = (counts["kind"] == kind).to_numpy(bool)
        smooth_one = smooth(number[rows], dwell[rows])
        made.loc[rows, "smoothed"] = smooth_one.rates * PER
        made.loc[rows, "mean"] = smooth_one.mean * PER
        made.loc[rows, "not_smoothed"] = smooth_one.problem or pd.NA
    reasons = (
        (counts[area].isna(), "outside"),
        (counts["count"].isna(), "withheld"),
        (made["population"].isna(), "people_unknown"),
        (made["population"] == 0, "no_people"),
    )
    whether = [flags.to_numpy(bool) for flags, _ in reasons]
    made["no_rate"] = pd.array(
        np.select(whether, [name for _, name in reasons], ""), dtype="string"
    )
    made["no_rate"] = made["no_rate"].mask(made["no_rate"] == "")
    columns = ["population", "rate", "smoothed", "mean", "no_rate", "not_smoothed"]
    return made[[*counts.columns, *columns]]


class Smoothing(NamedTuple):
    """Smoothed rates and how they came about.

    ``rates``, shape (n,), incidents per person, NaN where count or people are missing or there
    are no people. ``mean`` is the rate of all areas together, NaN where there is none. ``trust``,
    shape (n,), is the share of its own rate that an area keeps, 0 to 1. ``problem`` says why
    there is no smoothed rate, or ``no_spread`` where every area gets the mean; None otherwise.
    """

    rates: Floats
    mean: float
    trust: Floats
    problem: NotSmoothed | None


def smooth(counts: ArrayLike, population: ArrayLike) -> Smoothing:
    """Draw the rates of small areas towards the mean of all: empirical Bayes, global moments.

    With counts y, people n, rates r = y / n: the mean m = Σy / Σn, the spread between areas
    A = Σ n (r − m)² / Σn − m / n̄ (0 where that is negative), and each rate becomes
    m + A / (A + m / n) · (r − m). Marshall 1991, section 2.

    Parameters
    ----------
    counts : array, shape (n,)
        Incidents; NaN where withheld.
    population : array, shape (n,)
        People; NaN where not known.

    Returns
    -------
    Smoothing
        Areas without a count, or without people, take no part in it. Each smoothed rate lies
        between the raw one and the mean.

    Examples
    --------
    Large areas keep most of their own rates, the small one is drawn to the mean:

    >>> counts, people = [90, 10, 50, 50, 3], [10_000, 10_000, 10_000, 10_000, 100]
    >>> done = smooth(counts, people)
    >>> (1e4 * done.rates).round(1).tolist(), done.trust.round(2).tolist()
    ([87.9, 12.2, 50.0, 50.0, 87.9], [0.95, 0.95, 0.95, 0.95, 0.15])
    >>> smooth([1, 2], [100, 100]).problem, smooth([0] * 5, [100] * 5).problem
    ('few_areas', 'none_happened')
    >>> smooth([], []).rates.tolist()
    []
    """
    y, n = np.asarray(counts, float), np.asarray(population, float)
    usable = np.isfinite(y) & np.isfinite(n) & (n > 0)
    none = np.full(len(y), np.nan)
    total, people = float(y[usable].sum()), float(n[usable].sum())
    mean = total / people if people > 0 else np.nan
    if int(usable.sum()) < FEWEST_AREAS:
        return Smoothing(none, mean, none, "few_areas")
    if total == 0:
        return Smoothing(none, mean, none, "none_happened")
    raw = y[usable] / n[usable]
    spread = float((n[usable] * (raw - mean) ** 2).sum()) / people - mean * usable.sum() / people
    spread = max(spread, 0.0)
    trust, smoothed = none.copy(), none.copy()
    trust[usable] = spread / (spread + mean / n[usable])
    smoothed[usable] = mean + trust[usable] * (raw - mean)
    return Smoothing(smoothed, mean, trust, "no_spread" if spread == 0 else None)


# --------------------------------------------------------------- what is given


def _require(given: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    for column in columns:
        if column not in given:
            raise MissingColumnError(
                text(
                    "The table {name} lacks the column {column}; it has: {columns}.",
                    name=name,
                    column=column,
                    columns=", ".join(map(str, given.columns)),
                )
            )


def _keys(areas: Sequence[object] | pd.Series) -> pd.Index:
    keys = pd.Index(areas)
    if keys.hasnans or keys.has_duplicates:
        raise InputError(
            text(
                "The areas have a key that is missing or stands twice. Give each area a key of "
                "its own."
            )
        )
    return keys


def _weights(incidents: pd.DataFrame, count: str | None) -> Floats:
    if count is None:
        return np.ones(len(incidents))
    weights = pd.to_numeric(incidents[count], errors="coerce").astype("Float64")
    wrong = (weights.isna() & incidents[count].notna()) | (weights < 0) | (weights % 1 != 0)
    wrong = wrong.fillna(value=False)
    if wrong.any():
        raise InputError(
            text(
                "The column {column} holds '{given}'; give whole numbers from 0, and leave empty "
                "what is withheld.",
                column=count,
                given=incidents.loc[wrong.to_numpy(bool), count].iloc[0],
            )
        )
    return np.asarray(weights.to_numpy(float, na_value=np.nan), float)


def _people_of(areas: pd.Series, people: pd.DataFrame, area: str) -> Floats:
    number = pd.to_numeric(people["population"], errors="coerce").astype("Float64")
    wrong = (number.isna() & people["population"].notna()) | (number < 0) | np.isinf(number)
    wrong = wrong.fillna(value=False)
    if wrong.any():
        raise InputError(
            text(
                "The column population holds '{given}'; give a number of people from 0, or leave "
                "it empty.",
                given=people.loc[wrong.to_numpy(bool), "population"].iloc[0],
            )
        )
    keys = _keys(people[area])
    at = keys.get_indexer(pd.Index(areas))
    known = np.append(number.to_numpy(float, na_value=np.nan), np.nan)  # -1: the last one
    return np.asarray(known[at], float)
