"""Learn what ranks the places that a name may mean, and when the first of them is to be trusted.

Trained on ``../shared/data/geocode/names_dev.csv`` alone, against the gazetteer beside it. Writes
``geosector/geocode/weights.json``:

    python benchmarks/train_geocode.py

Ranking is a conditional logit: the worth of a place is a sum of weights over what speaks for it
(its best spelling's evidence and its standing); the weights maximise the probability of the place
meant among its rivals, with and without the governorate, also where the gazetteer has lost one of
its scripts. Trust is a logistic model over the ranked list, fitted on rankings by weights that
never saw the place asked for, and on lists from which the place meant was taken out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize

from geosector.geocode.candidates import EVIDENCE, STANDING, Candidates, find_candidates
from geosector.geocode.gazetteer import Gazetteer, Hint, index_gazetteer
from geosector.geocode.names import is_arabic
from geosector.sources import read_gazetteer

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
FOLDS = 5
RIDGE = 2.0
ROUNDS = 4
# Rivals looked at in each round: those that the round before thought likeliest.
HARDEST = 12
_BATCH = 256


class Asked(NamedTuple):
    """Names asked of one gazetteer under one condition, with all that was found."""

    condition: str
    rows: NDArray[np.intp]  # in names_dev.csv
    index: Gazetteer
    hints: list[Hint | None]
    found: Candidates
    right: NDArray[np.bool_]  # of each candidate


def names_of_others() -> pd.DataFrame:
    """Read the names by other sources, with the fold of each: all spellings of a place in one."""
    names = pd.read_csv(DATA / "geocode" / "names_dev.csv")
    places = [
        str(row.expected_id) if row.answerable else f"{row.lat:.3f} {row.lon:.3f}"
        for row in names.itertuples()
    ]
    order = np.random.default_rng(0).permutation(sorted(set(places)))
    fold = {place: number % FOLDS for number, place in enumerate(order.tolist())}
    return names.assign(fold=[fold[place] for place in places])


def gazetteer(script: str = "") -> pd.DataFrame:
    """Read the gazetteer, whole or with the names of one script only (``lat`` or ``ar``)."""
    table = read_gazetteer(DATA / "syria" / "gazetteer.csv")[0]
    if not script:
        return table
    for column in ("name", "name_ar", "names"):
        table[column] = [_only(value, arabic=script == "ar") for value in table[column]]
    return table


def _only(value: object, *, arabic: bool) -> str:
    listed = value if isinstance(value, list) else str(value).split("|")
    kept = [str(one) for one in listed if is_arabic(str(one)) == arabic]
    return "|".join(one for one in kept if one not in {"", "None", "nan"})


def ask(
    condition: str, names: pd.DataFrame, index: Gazetteer, *, hinted: bool, keep: NDArray[np.bool_]
) -> Asked:
    """Find the candidates of all names to keep."""
    rows = np.flatnonzero(keep)
    chosen = names.iloc[rows]
    hints = [index.hint(one) if hinted else None for one in chosen["hint_admin1"]]
    words = chosen["query"].tolist()
    batches = [
        find_candidates(words[start : start + _BATCH], index, hints[start : start + _BATCH])
        for start in range(0, len(words), _BATCH)
    ]
    found = joined(batches)
    owner = np.repeat(np.arange(len(rows)), np.diff(found.starts))
    meant = [set(str(ids).split("|")) for ids in chosen["accept_ids"]]
    right = np.array(
        [
            index.places[place].id in meant[name]
            for name, place in zip(owner.tolist(), found.places.tolist(), strict=True)
        ],
        bool,
    )
    return Asked(condition, rows, index, hints, found, right)


def joined(parts: list[Candidates]) -> Candidates:
    """Put batches of candidates one after the other."""

    def offsets(starts: list[NDArray[np.intp]]) -> NDArray[np.intp]:
        whole = [np.zeros(1, np.intp)]
        for one in starts:
            whole.append(one[1:] + whole[-1][-1])
        return np.concatenate(whole)

    return Candidates(
        offsets([one.starts for one in parts]),
        np.concatenate([one.places for one in parts]),
        np.concatenate([one.standing for one in parts]),
        np.concatenate([one.evidence for one in parts]),
        offsets([one.spelling_starts for one in parts]),
    )


def every_condition(names: pd.DataFrame) -> list[Asked]:
    """Ask all names of the whole gazetteer, and those of one script of the other script's."""
    arabic = (names["script"] == "ar").to_numpy()
    everything = np.ones(len(names), bool)
    asked = []
    for script, keep in (("", everything), ("lat", arabic), ("ar", ~arabic)):
        index = index_gazetteer([gazetteer(script)])
        for hinted in (False, True):
            label = f"{script or 'both'}.{'hint' if hinted else 'none'}"
            asked.append(ask(label, names, index, hinted=hinted, keep=keep))
    return asked


# --------------------------------------------------------------- ranking


class Ranking(NamedTuple):
    """Weights of `EVIDENCE` and of `STANDING`."""

    evidence: NDArray[np.float64]
    standing: NDArray[np.float64]


def best_spellings(asked: Asked, weights: Ranking) -> NDArray[np.intp]:
    """Give the spelling that speaks most for each candidate."""
    worth = asked.found.evidence @ weights.evidence.astype(np.float32)
    starts = asked.found.spelling_starts[:-1]
    highest = np.maximum.reduceat(worth, starts)
    counts = np.diff(asked.found.spelling_starts)
    at = np.flatnonzero(worth == np.repeat(highest, counts))
    owner = np.repeat(np.arange(len(starts)), counts)[at]
    return at[np.searchsorted(owner, np.arange(len(starts)))]


def learn_ranking(asked: list[Asked], names: pd.DataFrame, fold: int | None) -> Ranking:
    """Fit the ranking on all folds but one (``None``: on all)."""
    weights = Ranking(np.zeros(len(EVIDENCE)), np.zeros(len(STANDING)))
    for name, value in (("sounds", 5), ("core", 5), ("written", 5), ("x_skeleton", 10), ("x_long", 5)):
        weights.evidence[EVIDENCE.index(name)] = value
    for _ in range(ROUNDS):
        columns, groups, right, share = [], [], [], []
        for number, one in enumerate(asked):
            use = names["fold"].to_numpy()[one.rows] != fold
            owner = np.repeat(np.arange(len(one.rows)), np.diff(one.found.starts))
            known = np.zeros(len(one.rows), bool)
            np.logical_or.at(known, owner, one.right)
            likely = rank_in_names(one, worths(one, weights)) < HARDEST
            taken = (use & known)[owner] & (likely | one.right)
            spelled = best_spellings(one, weights)
            columns.append(
                np.hstack([one.found.evidence[spelled[taken]], one.found.standing[taken]])
            )
            groups.append(owner[taken] + 10_000 * number)
            right.append(one.right[taken])
            share.append(np.full(taken.sum(), 1.0 if one.condition.startswith("both") else 0.5))
        start = np.concatenate([weights.evidence, weights.standing])
        solved = _fit_choice(
            np.vstack(columns), np.concatenate(groups), np.concatenate(right), np.concatenate(share), start
        )
        weights = Ranking(solved[: len(EVIDENCE)], solved[len(EVIDENCE) :])
    return weights


def _fit_choice(
    columns: NDArray[np.float32],
    groups: NDArray[np.intp],
    right: NDArray[np.bool_],
    share: NDArray[np.float64],
    start: NDArray[np.float64],
) -> NDArray[np.float64]:
    first = np.flatnonzero(np.concatenate([[True], groups[1:] != groups[:-1]]))
    counts = np.diff(np.append(first, len(groups)))
    weight = share[first]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        worth = (columns @ weights.astype(np.float32)).astype(float)
        worth -= np.repeat(np.maximum.reduceat(worth, first), counts)
        raised = np.exp(worth)
        whole = np.add.reduceat(raised, first)
        meant = np.maximum(np.add.reduceat(np.where(right, raised, 0.0), first), 1e-12)
        slope = raised / np.repeat(whole / weight, counts)
        slope -= np.where(right, raised, 0.0) / np.repeat(meant / weight, counts)
        value = float(np.sum(weight * (np.log(whole) - np.log(meant))))
        gradient = columns.T @ slope.astype(np.float32) + RIDGE * weights
        return value + RIDGE / 2 * float(weights @ weights), gradient.astype(float)

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 80})
    return np.asarray(found.x)


def worths(asked: Asked, weights: Ranking) -> NDArray[np.float64]:
    """Give the worth of every candidate."""
    spelled = best_spellings(asked, weights)
    return (
        asked.found.evidence[spelled] @ weights.evidence + asked.found.standing @ weights.standing
    )


def rank_in_names(asked: Asked, worth: NDArray[np.float64]) -> NDArray[np.intp]:
    """Number the candidates of each name from the likeliest, 0."""
    owner = np.repeat(np.arange(len(asked.rows)), np.diff(asked.found.starts))
    order = np.lexsort((-worth, owner))
    rank = np.empty(len(owner), np.intp)
    rank[order] = np.arange(len(owner)) - asked.found.starts[owner]
    return rank


def ranks(asked: Asked, worth: NDArray[np.float64]) -> NDArray[np.intp]:
    """Give the rank of the first right candidate of each name (99 where there is none)."""
    owner = np.repeat(np.arange(len(asked.rows)), np.diff(asked.found.starts))
    best = np.full(len(asked.rows), 99)
    np.minimum.at(best, owner, np.where(asked.right, rank_in_names(asked, worth), 99))
    return best
