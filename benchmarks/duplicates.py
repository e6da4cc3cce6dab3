"""Duplicates: how many retold events are found, how many proposals are right, and how fast.

There is no published set of labelled duplicates for reports of this kind, so the reports are
invented: seeded, with the ways in which offices tell one event differently (another spelling, a
place some hundred metres off, the next day, another count, half the words). What is measured here
holds for such reports, and for no others.
"""

from __future__ import annotations

import time

import geopandas as gpd
import numpy as np
import pandas as pd

from geosector import propose_duplicates

SUBJECTS = (
    "سوق",
    "مدرسة",
    "فرن",
    "مشفى",
    "مسجد",
    "مستودع",
    "حي",
    "طريق",
    "جسر",
    "مخيم",
    "حديقة",
    "مبنى",
)
ACTS = ("قصف", "غارة", "قذيفة", "انفجار", "لغم", "حريق", "حادث", "صاروخ", "اشتباك", "برميل")
THINGS = (
    "الخضار",
    "القديم",
    "الشرقي",
    "الغربي",
    "الشمالي",
    "الجنوبي",
    "الكبير",
    "المحطة",
    "القلعة",
    "البلدية",
)
SYLLABLES = (
    "با",
    "دا",
    "را",
    "زا",
    "سا",
    "شا",
    "طا",
    "عا",
    "فا",
    "قا",
    "كا",
    "لا",
    "ما",
    "نا",
    "ها",
)
SPELLINGS = str.maketrans({"ا": "أ", "ة": "ه", "ي": "ى"})


def synthetic_reports(count: int, seed: int) -> tuple[gpd.GeoDataFrame, set[tuple[str, str]]]:
    """Invent reports of which a fifth tell an event again; and the pairs that are of one event."""
    rng = np.random.default_rng(seed)
    events = [_event(rng, count) for _ in range(count - count // 5)]
    retold = rng.choice(len(events), count // 5, replace=False)
    rows = [*events, *(_told_again(events[at], rng) for at in retold)]
    names = [f"syn-{number:07}" for number in rng.permutation(len(rows))]
    table = pd.DataFrame(rows)
    truth = {
        (min(pair), max(pair))
        for pair in zip(
            [names[at] for at in retold], names[len(events):], strict=True
        )
    }  # fmt: skip
    shapes = gpd.points_from_xy(table.pop("lon"), table.pop("lat"))
    return gpd.GeoDataFrame(table.assign(id=names), geometry=shapes, crs="EPSG:4326"), truth


def _event(rng: np.random.Generator, count: int) -> dict[str, object]:
    quarter = rng.integers(60)
    words = [rng.choice(ACTS), "على", rng.choice(SUBJECTS), rng.choice(THINGS)]
    words += ["في", "".join(rng.choice(SYLLABLES, 3)), rng.choice(THINGS)]
    return {
        "lon": 37.1 + quarter % 10 / 100 + rng.normal(0, 0.002),
        "lat": 36.15 + quarter // 10 / 100 + rng.normal(0, 0.002),
        "radius_m": float(rng.choice([50, 200, 1000])),
        # As dense as a city under siege: some ten reports a day.
        "date": pd.Timestamp("2020-01-01") + pd.Timedelta(days=int(rng.integers(count // 10 + 1))),
        "kind": rng.choice(["attack", "fire", "traffic"]),
        "locality": f"synthetic {quarter}",
        "narrative": " ".join(words),
        "killed_unspecified": int(rng.poisson(1)),
    }


def _told_again(event: dict[str, object], rng: np.random.Generator) -> dict[str, object]:
    again = dict(event)
    for axis in ("lon", "lat"):
        again[axis] = float(event[axis]) + rng.normal(0, 0.003)  # type: ignore[arg-type]
    words = str(event["narrative"]).split()
    kept = [word for word in words if rng.random() > 0.3] or words
    again["narrative"] = " ".join([*kept, rng.choice(THINGS)]).translate(SPELLINGS)
    again["killed_unspecified"] = int(event["killed_unspecified"]) + int(rng.integers(3))  # type: ignore[call-overload]
    again["date"] = event["date"] + pd.Timedelta(days=int(rng.random() < 0.15))  # type: ignore[operator]
    if rng.random() < 0.1:
        again["kind"] = "other"
    return again


def main() -> None:
    """Print precision and recall at each threshold, and the seconds for 100,000 reports."""
    for seed in (1, 2, 3):
        reports, truth = synthetic_reports(10_000, seed)
        found = propose_duplicates(reports, threshold=0.05)
        pairs = list(zip(found["id_a"], found["id_b"], strict=True))
        right = np.array([pair in truth for pair in pairs])
        for threshold in (0.1, 0.3, 0.5, 0.7, 0.9):
            chosen = (found["score"] >= threshold).to_numpy()
            print(
                f"seed {seed}, threshold {threshold}: precision {right[chosen].mean():.3f}, "
                f"recall {right[chosen].sum() / len(truth):.3f}, {chosen.sum()} proposals"
            )
    reports, _ = synthetic_reports(100_000, 4)
    begin = time.process_time()
    found = propose_duplicates(reports)
    print(f"100,000 reports: {time.process_time() - begin:.1f} CPU s, {len(found)} proposals")


if __name__ == "__main__":
    main()
