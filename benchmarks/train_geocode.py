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
from scipy.special import expit

from geosector.geocode.candidates import EVIDENCE, STANDING, Candidates, find_candidates
from geosector.geocode.gazetteer import SAME_PLACE_KM, Gazetteer, Hint, index_gazetteer
from geosector.geocode.names import is_arabic
from geosector.geocode.ranking import NOT_THERE, SIGNS, rank_candidates, trust
from geosector.geocode.ranking import worths as worths_of
from geosector.sources import read_gazetteer

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
FOLDS = 5
RIDGE = 2.0
ROUNDS, ROUNDS_AGAIN = 3, 1
# Nothing in the file was learned from review: what a person taught outweighs every likeness.
TAUGHT = {"ranking": 12.0, "trust": 4.0}
# Rivals looked at in each round: those that the round before thought likeliest.
HARDEST = 12
# Places of the small gazetteers, in which a word like no name has few rivals: what is trusted there
# has to be alike. In each, the names without an answer weigh this much of all names.
FEW, FEW_WEIGH = (10, 100, 1_000), 0.025
# Scripts that the gazetteer is left with: both, one, the other.
CONDITIONS = ("", "lat", "ar")
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
    for script, keep in zip(CONDITIONS, (everything, arabic, ~arabic), strict=True):
        index = index_gazetteer([gazetteer(script)])
        for hinted in (False, True):
            label = f"{script or 'both'}.{'hint' if hinted else 'none'}"
            asked.append(ask(label, names, index, hinted=hinted, keep=keep))
    return asked + ask_few(names)


def ask_few(names: pd.DataFrame) -> list[Asked]:
    """Ask all names of a few places drawn from the gazetteer, where most have no answer."""
    asked = []
    for count in FEW:
        index = index_gazetteer([gazetteer().sample(count, random_state=0)])
        known = np.array([index.hint(one) is not None for one in names["hint_admin1"]], bool)
        for hinted in (False, True):
            keep = known if hinted else np.ones(len(names), bool)
            label = f"few{count}.{'hint' if hinted else 'none'}"
            asked.append(ask(label, names, index, hinted=hinted, keep=keep))
    return asked


def is_few(condition: str) -> bool:
    """Say whether a condition is a gazetteer that lacks most of the places asked for."""
    return condition.startswith("few")


# --------------------------------------------------------------- ranking


class Ranking(NamedTuple):
    """Weights of `EVIDENCE` and of `STANDING`."""

    evidence: NDArray[np.float64]
    standing: NDArray[np.float64]


def first_guess() -> Ranking:
    """Give weights good enough to begin with."""
    weights = Ranking(np.zeros(len(EVIDENCE)), np.zeros(len(STANDING)))
    for name, value in (
        ("sounds", 5),
        ("core", 5),
        ("written", 5),
        ("x_skeleton", 10),
        ("x_long", 5),
    ):
        weights.evidence[EVIDENCE.index(name)] = value
    return weights


def learn_ranking(
    asked: list[Asked], names: pd.DataFrame, fold: int | None, weights: Ranking, rounds: int
) -> Ranking:
    """Fit the ranking on all folds but one (``None``: on all), beginning with some weights."""
    for _ in range(rounds):
        columns, groups, right, share = [], [], [], []
        for number, one in enumerate(asked):
            use = names["fold"].to_numpy()[one.rows] != fold
            owner = np.repeat(np.arange(len(one.rows)), np.diff(one.found.starts))
            known = np.zeros(len(one.rows), bool)
            np.logical_or.at(known, owner, one.right)
            likely = rank_in_names(one, worths(one, weights)) < HARDEST
            taken = (use & known)[owner] & (likely | one.right)
            spelled = worths_of(one.found, *weights)[1]
            columns.append(
                np.hstack([one.found.evidence[spelled[taken]], one.found.standing[taken]])
            )
            groups.append(owner[taken] + 10_000 * number)
            right.append(one.right[taken])
            share.append(np.full(taken.sum(), 1.0 if one.condition.startswith("both") else 0.5))
        start = np.concatenate([weights.evidence, weights.standing])
        solved = _fit_choice(
            np.vstack(columns),
            np.concatenate(groups),
            np.concatenate(right),
            np.concatenate(share),
            start,
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

    low, high = np.array(_bounds()).T
    found = minimize(
        loss,
        np.clip(start, low, high),
        jac=True,
        method="L-BFGS-B",
        bounds=_bounds(),
        options={"maxiter": 80},
    )
    return np.asarray(found.x)


def _bounds() -> list[tuple[float, float]]:
    """Keep every weight on the side that its meaning says, whatever a few odd labels say.

    The gazetteer's own names mix upper and lower villages up in places; a report does not.
    """
    against = {"length", "x_length", "kind_lacking", "kind_other", "qualifier_lacking", "outside"}
    at_most = {"qualifier_other": -1.0, "number_other": -1.0, "other_district": -0.5}
    at_least = {"inside_district": 0.5}
    free = {"same_script", "other_script", "other_lacking", "mean_likeness"}
    bounds = []
    for name in (*EVIDENCE, *STANDING):
        low = -np.inf if name in {*free, *against, *at_most} or "edits" in name else 0.0
        high = 0.0 if name in against or "edits" in name else np.inf
        bounds.append((at_least.get(name, low), at_most.get(name, high)))
    return bounds


def worths(asked: Asked, weights: Ranking) -> NDArray[np.float64]:
    """Give the worth of every candidate."""
    return worths_of(asked.found, *weights)[0]


def rank_in_names(asked: Asked, worth: NDArray[np.float64]) -> NDArray[np.intp]:
    """Rank the candidates of each name from the likeliest, 0."""
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


# --------------------------------------------------------------- trust

# How often a place asked for is in no gazetteer: 5 in 100 names of other sources.
ABSENT = 0.05
# Nearer than this, two entries of one name and governorate are mostly one place, measured twice:
# up to here the gazetteer has three times as many such pairs as farther away.
SAME_NAME_KM = 6.0
# A place among this many behind the first is offered.
REACH = 5
# Chosen below what is allowed, since the threshold is chosen on what it is judged by.
WRONG = {"none": 0.015, "hint": 0.0149}
ABSENT_ACCEPTED = 0.038
TRUST_RIDGE = 3.0


class Judged(NamedTuple):
    """Ranked lists and whether their first is right: the lists as found, and without the place.

    ``near``: right, or at the place meant though entered twice. ``namesake``: the first bears the
    very name, and not outside of where a hint says. ``asked``: a list as found.
    """

    rows: NDArray[np.intp]
    signs: NDArray[np.float64]
    right: NDArray[np.bool_]
    near: NDArray[np.bool_]
    absent: NDArray[np.bool_]
    namesake: NDArray[np.bool_]
    asked: NDArray[np.bool_]
    weight: NDArray[np.float64]


def judge(asked: Asked, names: pd.DataFrame, by_fold: list[Ranking]) -> Judged:
    """Rank every list by weights that never saw its place; and again without that place."""
    folds = names["fold"].to_numpy()[asked.rows]
    owner = np.repeat(np.arange(len(asked.rows)), np.diff(asked.found.starts))
    worth = np.zeros(len(owner))
    spelled = np.zeros(len(owner), np.intp)
    for fold, weights in enumerate(by_fold):
        own = folds[owner] == fold
        values, best = worths_of(asked.found, *weights)
        worth[own], spelled[own] = values[own], best[own]
    words = names["query"].iloc[asked.rows].tolist()
    ranked = rank_candidates(words, asked.found, asked.index, worth, spelled)
    right = _is_first(asked, ranked.order, asked.right)
    answerable = names["answerable"].to_numpy()[asked.rows] == 1
    if is_few(asked.condition):
        return _judge_few(asked, names, ranked.signs, right)
    there = _at_the_place(asked, names, ranked.equal)
    near = _is_first(asked, ranked.order, there) & answerable
    # Wherever the place meant is, nothing at it may be left.
    gone = np.where(there, NOT_THERE, worth)
    left = np.zeros(len(asked.rows), bool)
    np.logical_or.at(left, owner, gone > NOT_THERE)
    without = rank_candidates(words, asked.found, asked.index, gone, spelled)
    use = answerable & left
    count = int(use.sum())
    namesake = np.concatenate(
        [
            _is_first(asked, ranked.order, _named_there(asked, ranked.equal)),
            _is_first(asked, without.order, _named_there(asked, without.equal))[use],
        ]
    )
    absent = np.concatenate([~answerable, np.ones(count, bool)])
    found = np.arange(len(right) + count) < len(right)
    return Judged(
        np.concatenate([asked.rows, asked.rows[use]]),
        np.vstack([ranked.signs, without.signs[use]]),
        np.concatenate([right, np.zeros(count, bool)]),
        np.concatenate([near, np.zeros(count, bool)]),
        absent,
        namesake,
        found,
        _weights_of_lists(absent, namesake, found),
    )


def _judge_few(
    asked: Asked, names: pd.DataFrame, signs: NDArray[np.float64], right: NDArray[np.bool_]
) -> Judged:
    """Judge the lists of a small gazetteer, where most names have no answer."""
    known = {place.id for place in asked.index.places}
    answers = names["accept_ids"].iloc[asked.rows]
    absent = np.array([known.isdisjoint(str(ids).split("|")) for ids in answers], bool)
    weight = np.where(absent, FEW_WEIGH * len(names) / max(float(absent.sum()), 1.0), 1.0)
    no = np.zeros(len(absent), bool)
    return Judged(asked.rows, signs, right, right, absent, no, ~no, weight)


def _weights_of_lists(
    absent: NDArray[np.bool_], namesake: NDArray[np.bool_], found: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Weigh the lists without their place as much as places are missing, and of the same kinds.

    Of the names in the file that have no answer, hardly one finds a namesake where it should lie:
    whoever made the file left out what might have been one. Taken out at random, more would.
    """
    taken = ~found
    missing = absent & found
    share = (np.sum(namesake & missing) + 1) / (np.sum(missing) + 2)
    own = float(np.mean(namesake[taken]))
    each = ABSENT / (1 - ABSENT) * float(np.sum(found)) / max(float(np.sum(taken)), 1.0)
    like_the_file = np.where(namesake, share / max(own, 1e-9), (1 - share) / max(1 - own, 1e-9))
    return np.where(found, 1.0, each * like_the_file)


def _named_there(asked: Asked, equal: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return equal & (asked.found.standing[:, STANDING.index("outside")] <= 0)


def _is_first(
    asked: Asked, order: NDArray[np.intp], wanted: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    some = np.diff(asked.found.starts) > 0
    first = np.zeros(len(asked.rows), bool)
    first[some] = wanted[order[asked.found.starts[:-1][some]]]
    return first


def _at_the_place(asked: Asked, names: pd.DataFrame, equal: NDArray[np.bool_]) -> NDArray[np.bool_]:
    owner = np.repeat(np.arange(len(asked.rows)), np.diff(asked.found.starts))
    at = names[["lat", "lon"]].to_numpy(float)[asked.rows][owner]
    places = asked.found.places
    east = (asked.index.lon[places] - at[:, 1]) * np.cos(np.radians(at[:, 0]))
    km = 111.2 * np.hypot(asked.index.lat[places] - at[:, 0], east)
    return asked.right | (km < SAME_PLACE_KM) | (equal & (km < SAME_NAME_KM))


def learn_trust(judged: list[Judged], names: pd.DataFrame, fold: int | None) -> NDArray[np.float64]:
    """Fit the probability that the first is right, on all folds but one (``None``: on all)."""
    use = [names["fold"].to_numpy()[one.rows] != fold for one in judged]
    signs = np.vstack([one.signs[own] for one, own in zip(judged, use, strict=True)])
    right = np.concatenate([one.right[own] for one, own in zip(judged, use, strict=True)])
    # The first condition is the whole gazetteer; one that lacks a script is met less often.
    share = [1.0] + [0.15] * (len(CONDITIONS) - 1) + [1.0] * len(FEW)
    weight = np.concatenate(
        [one.weight[own] * part for one, own, part in zip(judged, use, share, strict=True)]
    )
    some = signs[:, 0] > 0
    signs, right, weight = signs[some], right[some], weight[some]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        told = signs @ weights
        value = float(np.sum(weight * (np.logaddexp(0.0, told) - right * told)))
        value += TRUST_RIDGE / 2 * float(weights[1:] @ weights[1:])
        slope = signs.T @ (weight * (expit(told) - right))
        slope[1:] += TRUST_RIDGE * weights[1:]
        return value, slope

    found = minimize(
        loss, np.zeros(len(SIGNS)), jac=True, method="L-BFGS-B", options={"maxiter": 120}
    )
    return np.asarray(found.x)


def trusted(judged: list[Judged], names: pd.DataFrame) -> NDArray[np.float64]:
    """Score the lists of the first condition by weights that never saw their place."""
    folds = names["fold"].to_numpy()[judged[0].rows]
    score = np.zeros(len(folds))
    for fold in range(FOLDS):
        own = folds == fold
        score[own] = trust(judged[0].signs[own], learn_trust(judged, names, fold))
    return score


def threshold(judged: Judged, score: NDArray[np.float64], wrong: float) -> float:
    """Find the lowest score from which on few are wrong, and few absent places are accepted."""
    barred = judged.signs[:, SIGNS.index("outside")] > 0
    order = np.argsort(-np.where(barred, -1.0, score))
    weight = judged.weight[order]
    mistakes = np.cumsum(weight * ~judged.right[order]) / np.cumsum(weight)
    absent = np.cumsum(weight * judged.absent[order]) / np.sum(weight * judged.absent[order])
    fit = np.flatnonzero((mistakes <= wrong) & (absent <= ABSENT_ACCEPTED))
    return float(score[order][fit[-1]]) if len(fit) else 1.0


def rounded(values: NDArray[np.float64], names: tuple[str, ...]) -> dict[str, float]:
    """Name weights, to four digits behind the point."""
    return {name: round(float(value), 4) for name, value in zip(names, values, strict=True)}


class Learned(NamedTuple):
    """All that was learned, and what each was judged by."""

    ranking: Ranking
    by_fold: list[Ranking]
    judged: dict[str, list[Judged]]
    score: dict[str, NDArray[np.float64]]
    written: dict[str, object]


def learn(asked: list[Asked], names: pd.DataFrame) -> Learned:
    """Learn the ranking, then trust, then the thresholds."""
    most = [one for one in asked if not is_few(one.condition)]
    ranking = learn_ranking(most, names, None, first_guess(), ROUNDS)
    by_fold = [learn_ranking(most, names, fold, ranking, ROUNDS_AGAIN) for fold in range(FOLDS)]
    return learn_the_rest(asked, names, ranking, by_fold)


def learn_the_rest(
    asked: list[Asked], names: pd.DataFrame, ranking: Ranking, by_fold: list[Ranking]
) -> Learned:
    """Learn trust and thresholds over given rankings."""
    judged = {
        told: [judge(one, names, by_fold) for one in asked if one.condition.endswith(told)]
        for told in ("none", "hint")
    }
    score = {told: trusted(lists, names) for told, lists in judged.items()}
    further = {}
    for told in judged:
        whole = next(one for one in asked if one.condition == f"both.{told}")
        rank = ranks(whole, worths(whole, ranking))
        further[told] = round(float(np.mean(rank[rank > 0] <= REACH)), 3)
    written: dict[str, object] = {
        "about": "Learned by benchmarks/train_geocode.py from names_dev.csv; read by ranking.py.",
        "ranking": {
            "evidence": rounded(ranking.evidence, EVIDENCE) | {"learned_equal": TAUGHT["ranking"]},
            "standing": rounded(ranking.standing, STANDING),
        },
        "trust": {
            told: rounded(learn_trust(lists, names, None), SIGNS)
            | {"learned_equal": TAUGHT["trust"]}
            for told, lists in judged.items()
        },
        "accept": {
            told: round(threshold(judged[told][0], score[told], WRONG[told]) + 5e-5, 4)
            for told in judged
        },
        "review": 0.25,
        "least": 0.02,
        "further": further,
    }
    return Learned(ranking, by_fold, judged, score, written)


def main() -> None:
    """Learn, and write the weights."""
    names = names_of_others()
    learned = learn(every_condition(names), names)
    target = ROOT / "geosector" / "geocode" / "weights.json"
    target.write_text(json.dumps(learned.written, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
