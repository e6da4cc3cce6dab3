"""A score of need for each locality, from inputs and weights that you state.

A score is a way to order places, no number of people. What it rests on stands beside it: each
input, how much of the weight is known, between which ranks a place lies where weights or missing
inputs differ.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import text
from geosector.measure.coded import require
from geosector.measure.coordination.cells import is_number, numbers_in, row_of, whole_table
from geosector.tables import Problem, problems_table

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class NeedScores(NamedTuple):
    """Scores of need, and what in the inputs could not be used.

    ``table``: the rows given, with ``score`` (0 to 1, missing where too little is known),
    ``score_min`` and ``score_max`` (where each missing input is the lowest or the highest),
    ``rank`` (1 is the greatest need; equal scores have one rank), ``rank_min`` and ``rank_max``
    (where each weight is smaller or greater by the share ``vary``), ``known`` (share of the
    weight) and ``missing`` (the inputs that are, with ``|`` between them).
    """

    table: pd.DataFrame
    problems: pd.DataFrame


def need_scores(
    areas: pd.DataFrame,
    weights: Mapping[str, float],
    *,
    less_is_more: Collection[str] = (),
    bounds: Mapping[str, tuple[float, float]] | None = None,
    least_known: float = 0.5,
    vary: float = 0.2,
    file: str = "areas",
) -> NeedScores:
    """Score the need of areas.

    Parameters
    ----------
    areas : pandas.DataFrame
        One row for each area, with a column of numbers for each input; missing where not known.
    weights : mapping of str to float
        The inputs and how much each counts, above 0. They need not add up to 1.
    less_is_more : collection of str
        Inputs of which less means more need, such as litres of water a person.
    bounds : mapping of str to (low, high), optional
        Between which numbers an input goes from no need to the greatest; beyond them it is cut
        off. Default: its lowest and highest here, so that scores of two months cannot be
        compared.
    least_known : float
        The share of the weight, 0 to 1, that must be known for a score.
    vary : float
        By which share, 0 to 1, each weight is made smaller and greater to see whether ranks hold.
    file : str
        What the problems call the table.

    Returns
    -------
    NeedScores
        The same rows in the same order on the same index. A missing input is never 0: the score
        is the mean of what is known, ``missing`` says so, ``score_min`` and ``score_max`` say
        what it may be. An input that is one and the same everywhere tells no area from another:
        it is listed and takes no part.

    Raises
    ------
    MissingColumnError
        Where an input is not there.
    InputError
        Where there are no weights, one is not above 0, bounds are not in order, or a share is not
        between 0 and 1.

    Notes
    -----
    Each input is scaled to s = (x − low) / (high − low), or 1 − s where less is more; score =
    Σ w s / Σ w over the inputs that are known. Linear aggregation of min–max scaled indicators,
    and the test of weights: OECD and JRC, *Handbook on constructing composite indicators*, 2008.

    Examples
    --------
    Of c nothing but people is known, 2 of 3 parts of the weight: (5 − 0) / (10 − 0) = 0.5.

    >>> areas = pd.DataFrame({"area_id": list("abc"), "people": [10, 0, 5],
    ...                       "litres": [20, 5, None]})
    >>> scores = need_scores(areas, {"people": 2, "litres": 1}, less_is_more=["litres"])
    >>> scores.table[["area_id", "score", "rank", "known", "missing"]].round(2).values.tolist()
    [['a', 0.67, 1, 1.0, ''], ['b', 0.33, 3, 1.0, ''], ['c', 0.5, 2, 0.67, 'litres']]
    >>> scores.table[["score_min", "score_max"]].round(2).values.tolist()[2]
    [0.33, 0.67]
    >>> need_scores(areas.iloc[:0], {"people": 1}).table.empty
    True
    >>> need_scores(areas, {"people": -1})
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The weight of people is -1; give a number above 0.
    """
    rows = whole_table(areas, file)
    _require_shares(least_known=least_known, vary=vary)
    limits = bounds or {}
    _require_weights(rows, weights, [*less_is_more, *limits], file)
    problems: list[Problem] = []
    scaled, used = [], []
    for name in weights:
        values, wrong = numbers_in(rows, name, file=file, below_zero=True)
        problems += wrong
        low, high = _bounds(name, values, limits)
        if len(values) and np.isfinite(low) and low == high:
            problems.append(
                Problem(file, None, name, f"{low:g}", text("numbers that differ"), text("left out"))
            )
            continue
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.clip((values - low) / (high - low), 0, 1)
        scaled.append(1 - share if name in less_is_more else share)
        used.append(name)
    matrix = np.column_stack(scaled) if scaled else np.zeros((len(rows), 0))
    weight = np.array([float(weights[name]) for name in used])
    score, known = _score(matrix, weight, least_known)
    lowest, highest = _ranks_when_varied(matrix, weight, least_known, vary)
    there = ~np.isnan(matrix)
    total = weight.sum()
    with np.errstate(invalid="ignore"):
        least = np.where(there, matrix, 0) @ weight / total
        most = np.where(there, matrix, 1) @ weight / total
    unscored = np.isnan(score)
    problems += [
        Problem(file, row_of(rows, at), None, "", text("more inputs that are known"),
                text("Left without a value."))
        for at in np.flatnonzero(unscored).tolist()
    ]  # fmt: skip
    made = rows.assign(
        score=score,
        score_min=least,
        score_max=most,
        rank=pd.array(ranks_of(score), dtype="Int64"),
        rank_min=pd.array(lowest, dtype="Int64"),
        rank_max=pd.array(highest, dtype="Int64"),
        known=known,
        missing=["|".join(np.array(used, object)[~row]) for row in there],
    )
    return NeedScores(made, problems_table(problems))


def _require_shares(**shares: float) -> None:
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise InputError(
                text("{name} is {given}; give a share from 0 to 1.", name=name, given=f"{share:g}")
            )


def _require_weights(
    rows: pd.DataFrame, weights: Mapping[str, float], named: list[str], file: str
) -> None:
    if not weights:
        raise InputError(text("No input has a weight; name at least one."))
    for name, weight in weights.items():
        require(rows, name, name=file)
        if not is_number(weight) or not 0 < weight < float("inf"):
            raise InputError(
                text(
                    "The weight of {name} is {given}; give a number above 0.",
                    name=name,
                    given=weight,
                )
            )
    for name in named:
        if name not in weights:
            raise InputError(
                text(
                    "{name} is no input; the inputs are: {known}.",
                    name=name,
                    known=", ".join(weights),
                )
            )


def _bounds(
    name: str, values: Floats, limits: Mapping[str, tuple[float, float]]
) -> tuple[float, float]:
    if name in limits:
        low, high = limits[name]
        if not -np.inf < low < high < np.inf:
            raise InputError(
                text(
                    "The bounds of {name} are {low} and {high}; give a lower and a higher number.",
                    name=name,
                    low=f"{low:g}",
                    high=f"{high:g}",
                )
            )
        return low, high
    there = values[~np.isnan(values)]
    return (float(there.min()), float(there.max())) if len(there) else (np.nan, np.nan)


def _score(matrix: Floats, weight: Floats, least_known: float) -> tuple[Floats, Floats]:
    there = ~np.isnan(matrix)
    held = there @ weight
    with np.errstate(invalid="ignore", divide="ignore"):
        score = np.where(there, matrix, 0) @ weight / held
        known = held / weight.sum()
    return np.where((known >= least_known - 1e-12) & (held > 0), score, np.nan), known


def ranks_of(score: Floats) -> list[int | None]:
    """Rank from the greatest; equal ones share the best rank, and rounding parts none.

    Examples
    --------
    >>> ranks_of(np.array([0.5, 0.9, np.nan, 0.5]))
    [2, 1, None, 2]
    """
    rounded = np.round(score, 12)
    order = np.sort(-rounded[~np.isnan(rounded)])
    return [None if np.isnan(one) else int(np.searchsorted(order, -one)) + 1 for one in rounded]


def _ranks_when_varied(
    matrix: Floats, weight: Floats, least_known: float, vary: float
) -> tuple[list[int | None], list[int | None]]:
    """Rank again with each weight in turn smaller and greater by a share."""
    # Who has a score is decided by the stated weights.
    score, _ = _score(matrix, weight, least_known)
    ranked = [ranks_of(score)]
    for at in range(len(weight)):
        for factor in (1 - vary, 1 + vary):
            varied = weight.copy()
            varied[at] *= factor
            again, _ = _score(matrix, varied, 0.0)
            ranked.append(ranks_of(np.where(np.isnan(score), np.nan, again)))
    spans = list(zip(*ranked, strict=True))
    lowest = [None if None in span else min(one for one in span if one) for span in spans]
    highest = [None if None in span else max(one for one in span if one) for span in spans]
    return lowest, highest
