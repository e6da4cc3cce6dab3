"""What offline geocoding finds, gets wrong and leaves, on the real spellings of ../shared.

Names are judged by cross-validation over places: all spellings of a place are in one fold, and
ranking, trust and thresholds that judge a fold never saw it. Prints, without and with the
governorate: recall at 1 and 5 by script and language, also against a gazetteer that has one script
only; wrong among the accepted; accepted and right; absent places accepted (the 21 of the file, and
every other one with its place taken out of the list); the reliability of the scores; queries
per second, memory, time to build and to load; then written coordinates; then other methods,
where their packages are installed.

    python benchmarks/geocode.py [--plot docs/_static/geocode-reliability.svg] [--peers]

``benchmarks/train_geocode.py`` learns the same way and writes the weights.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from train_geocode import (
    DATA,
    FOLDS,
    Asked,
    Judged,
    Learned,
    every_condition,
    gazetteer,
    is_few,
    learn,
    names_of_others,
    ranks,
    worths,
)

from geosector.geocode import geocode, index_gazetteer, normalise
from geosector.geocode.match import match_names
from geosector.geocode.ranking import SIGNS
from geosector.geocode.stored import open_gazetteer
from geosector.sources import read_gazetteer

SYRIA = (35.5, 32.2, 42.5, 37.5)
METRES_PER_DEGREE = 111_195.0
BINS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)


def unseen_ranks(asked: Asked, names: pd.DataFrame, learned: Learned) -> NDArray[np.intp]:
    """Rank the place meant by weights that never saw it."""
    folds = names["fold"].to_numpy()[asked.rows]
    rank = np.full(len(asked.rows), 99)
    for fold in range(FOLDS):
        own = ranks(asked, worths(asked, learned.by_fold[fold]))
        rank[folds == fold] = own[folds == fold]
    return rank


def print_recall(asked: Asked, names: pd.DataFrame, learned: Learned) -> None:
    """Print recall at 1 and 5, and how often the place is a candidate at all."""
    rank = unseen_ranks(asked, names, learned)
    own = names.iloc[asked.rows]
    known = (own["answerable"] == 1).to_numpy()
    groups = {"all": known}
    for column in ("script", "lang", "exact"):
        for value in sorted(own[column].unique()):
            groups[f"{column} {value}"] = known & (own[column] == value).to_numpy()
    print(f"recall, {asked.condition}: group, names, at 1, at 5, among the candidates")
    for name, use in groups.items():
        if use.any():
            found = [f"{np.mean(rank[use] < count):7.3f}" for count in (1, 5, 99)]
            print(f"  {name:12} {int(use.sum()):5} {' '.join(found)}")


def print_decisions(told: str, judged: Judged, score: NDArray[np.float64], least: float) -> None:
    """Print what is accepted, and the reliability of the scores."""
    accepted = (score >= least) & (judged.signs[:, SIGNS.index("outside")] <= 0)
    asked, taken = judged.asked, ~judged.asked
    weight = judged.weight
    print(f"decisions, {told}: accepted from {least:.4f}")
    for label, share in (
        ("accepted and right", np.mean((accepted & judged.right)[asked])),
        ("wrong among accepted", _share(~judged.right, weight * accepted)),
        ("  of the names of the file alone", _share(~judged.right, 1.0 * (accepted & asked))),
        ("  and elsewhere than the place", _share(~judged.near, 1.0 * (accepted & asked))),
        ("absent accepted, as in the file", _share(accepted, weight * taken)),
        ("  of all that were taken out", np.mean(accepted[taken])),
        ("  without a namesake there", np.mean(accepted[taken & ~judged.namesake])),
        ("  namesakes among the taken out", np.mean(judged.namesake[taken])),
    ):
        print(f"  {label + ', %':36} {100 * float(share):6.2f}")
    print(
        f"  absent accepted, of the file         {int(np.sum(accepted & judged.absent & asked)):6}"
    )
    print("  score from, names, mean score, right")
    for low, high, count, mean, right in reliability(judged, score):
        print(f"  {low:.2f}-{high:.2f} {count:8.0f} {mean:7.3f} {right:7.3f}")


def _share(one: NDArray[np.bool_], weight: NDArray[np.float64]) -> float:
    return float(np.sum(weight * one) / np.sum(weight))


def reliability(
    judged: Judged, score: NDArray[np.float64]
) -> list[tuple[float, float, float, float, float]]:
    """Give for each range of scores: how many, their mean, and the share that is right."""
    table = []
    for low, high in pairwise(BINS):
        own = (score >= low) & ((score < high) | (high == BINS[-1]))
        if own.any():
            weight = judged.weight[own]
            mean = float(np.average(score[own], weights=weight))
            right = float(np.average(judged.right[own], weights=weight))
            table.append((low, high, float(weight.sum()), mean, right))
    return table


def plot(learned: Learned, file: Path) -> None:
    """Draw the reliability of the scores."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams["svg.hashsalt"] = "geosector"
    figure = Figure(figsize=(5, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=1)
    axes.fill_between([0, 1], [-0.05, 0.95], [0.05, 1.05], color="0.9", linewidth=0)
    for told, label, mark in (("none", "no hint", "o"), ("hint", "governorate known", "s")):
        table = reliability(learned.judged[told][0], learned.score[told])
        axes.plot([one[3] for one in table], [one[4] for one in table], mark + "-", label=label)
    axes.set(xlabel="score", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(loc="upper left", frameon=False)
    figure.savefig(file, metadata={"Date": None})


def print_speed(names: pd.DataFrame) -> None:
    """Print queries per second of CPU, times to build and to load, and memory."""
    table = gazetteer()
    before = _memory()
    started = time.process_time()
    index = index_gazetteer([table])
    built = time.process_time() - started
    hints = [index.hint(one) for one in names["hint_admin1"]]
    words = names["query"].tolist()
    match_names(words[:10], index, hints[:10])
    for told, given in (("no hint", [None] * len(words)), ("governorate", hints)):
        started = time.process_time()
        match_names(words, index, given)
        print(f"queries per second, {told:12} {len(words) / (time.process_time() - started):8.0f}")
    print(f"memory for index and matching, MiB {_memory() - before:8.0f}")
    with tempfile.TemporaryDirectory() as folder:
        open_gazetteer([table], folder)
        started = time.process_time()
        open_gazetteer([table], folder)
        loaded = time.process_time() - started
        size = next(iter(Path(folder).iterdir())).stat().st_size / 2**20
    print(f"built, s {built:.2f}; loaded, s {loaded:.2f}; file, MiB {size:.1f}")


def _memory() -> float:
    pages = Path("/proc/self/statm")
    if pages.exists():
        return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def print_coordinates() -> None:
    """Geocode the development coordinates and count."""
    written = pd.read_csv(DATA / "geocode" / "coords_dev.csv", dtype={"query": str})
    tables = [
        read_gazetteer(DATA / "syria" / file)[0]
        for file in ("gazetteer.csv", "ocha_named_points.csv")
    ]
    found = geocode(written, tables, column="query", area=SYRIA)
    north = found["lat"] - written["lat"]
    east = (found["lon"] - written["lon"]) * np.cos(np.radians(written["lat"]))
    near = METRES_PER_DEGREE * np.hypot(north, east) <= written["tolerance_m"]
    answered = found["lat"].notna()
    wanted = written["expect"] == "ok"
    print(f"coordinates: {len(written)} strings")
    print(f"  right          {int(((wanted & near) | (~wanted & ~answered)).sum()):5}")
    print(f"  missed         {int((wanted & ~answered).sum()):5}")
    print(f"  silently wrong {int((wanted & answered & ~near).sum()):5}")
    print(f"  junk accepted  {int((~wanted & answered).sum()):5}")


# --------------------------------------------------------------- other methods


def print_peers(names: pd.DataFrame, sample: int = 300) -> None:
    """Print recall at 1 and 5 without a hint of other methods, on a sample."""
    table = gazetteer()
    spelled = [
        (str(row.id), name)
        for row in table.itertuples()
        for name in [row.name, row.name_ar, *str(row.names).split("|")]
        if isinstance(name, str) and name not in {"", "None", "nan"}
    ]
    asked = names[names["answerable"] == 1].sample(sample, random_state=0)
    for label, package, method in (
        ("rapidfuzz token_sort", "rapidfuzz", _rapidfuzz("token_sort_ratio", spaces=True)),
        ("rapidfuzz ratio, no spaces", "rapidfuzz", _rapidfuzz("ratio", spaces=False)),
        ("TF-IDF 2-4-grams", "sklearn", _tfidf),
        ("hdx-python-country (one answer)", "hdx.location.adminlevel", _hdx),
    ):
        if not _is_installed(package):
            print(f"{label}: skipped, the package {package} is not installed")
            continue
        lists = method(asked["query"].tolist(), spelled)
        meant = [set(str(ids).split("|")) for ids in asked["accept_ids"]]
        at = [
            np.mean([bool(ids & set(one[:count])) for one, ids in zip(lists, meant, strict=True)])
            for count in (1, 5)
        ]
        print(f"{label}: recall at 1 {at[0]:.3f}, at 5 {at[1]:.3f}")


def _is_installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:  # of a package inside one that is missing
        return False


Peer = Callable[[list[str], list[tuple[str, str]]], list[list[str]]]


def _rapidfuzz(scorer: str, *, spaces: bool) -> Peer:
    def best(asked: list[str], spelled: list[tuple[str, str]]) -> list[list[str]]:
        from rapidfuzz import fuzz, process

        keys = [_key(name, spaces=spaces) for _, name in spelled]
        found = [
            process.extract(_key(one, spaces=spaces), keys, scorer=getattr(fuzz, scorer), limit=30)
            for one in asked
        ]
        return [list(dict.fromkeys(spelled[hit[2]][0] for hit in one)) for one in found]

    return best


def _key(name: str, *, spaces: bool) -> str:
    return normalise(name) if spaces else normalise(name).replace(" ", "")


def _tfidf(asked: list[str], spelled: list[tuple[str, str]]) -> list[list[str]]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4))
    known = grams.fit_transform([normalise(name) for _, name in spelled])
    likeness = (grams.transform([normalise(one) for one in asked]) @ known.T).toarray()
    best = np.argsort(-likeness, axis=1, kind="stable")[:, :30]
    return [list(dict.fromkeys(spelled[one][0] for one in row)) for row in best.tolist()]


def _hdx(asked: list[str], spelled: list[tuple[str, str]]) -> list[list[str]]:
    """Ask for units by name: made for a few hundred units, and gives one answer or none."""
    from hdx.location.adminlevel import AdminLevel

    units = AdminLevel()
    units.setup_from_iterable(
        {"Location": "SYR", "P-Code": f"SY{number:06}", "Name": name, "Admin Level": 1}
        for number, (_, name) in enumerate(spelled)
    )
    codes = [units.get_pcode("SYR", one)[0] for one in asked]
    return [[] if code is None else [spelled[int(code[2:])][0]] for code in codes]


def main() -> None:
    """Learn by folds, and print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--plot", type=Path, help="draw the reliability of the scores here")
    options.add_argument("--peers", action="store_true", help="measure other methods too")
    chosen = options.parse_args()
    names = names_of_others()
    print_speed(names)
    asked = every_condition(names)
    learned = learn(asked, names)
    for one in asked:
        if is_few(one.condition):
            continue
        print_recall(one, names, learned)
    accept = json.loads(json.dumps(learned.written["accept"]))
    for told in ("none", "hint"):
        print_decisions(told, learned.judged[told][0], learned.score[told], accept[told])
    if chosen.plot:
        plot(learned, chosen.plot)
    print_coordinates()
    if chosen.peers:
        print_peers(names)


if __name__ == "__main__":
    main()
