"""What offline geocoding finds, gets wrong and leaves, on the real spellings of ../shared.

Prints, for names without and with the governorate: accepted, wrong among the accepted, recall at
1 and 5, unanswerable names accepted, queries per second; for written coordinates: right, missed,
silently wrong, junk accepted. With ``--count`` it prints the table ``[counted]`` of
``geosector/geocode/scores.toml`` instead: how many matches under each condition were right.

    python benchmarks/geocode.py [--count]
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from geosector.geocode import geocode, index_gazetteer
from geosector.geocode.match import SAME_PLACE_KM, SIMILAR_LOOKED_AT, distance_km, match_name
from geosector.sources import read_gazetteer

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SYRIA = (35.5, 32.2, 42.5, 37.5)
METRES_PER_DEGREE = 111_195.0


def gazetteers() -> list[pd.DataFrame]:
    """Read the two gazetteers of ../shared."""
    files = ("gazetteer.csv", "ocha_named_points.csv")
    return [read_gazetteer(DATA / "syria" / file)[0] for file in files]


def count() -> None:
    """Print how often each condition was right on the development names.

    Right is the expected place, or one so near to it that it is the same place entered twice.
    """
    names = pd.read_csv(DATA / "geocode" / "names_dev.csv")
    index = index_gazetteer(gazetteers()[:1])
    similar = index.similar(list(names["query"]), SIMILAR_LOOKED_AT)
    by_id = {place.id: place for place in index.places}
    right: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    for row, like in zip(names.itertuples(), similar, strict=True):
        accepted = set(str(row.accept_ids).split("|"))
        expected = by_id.get(row.expected_id)
        for hint in (None, index.hint(row.hint_admin1)):
            verdict = match_name(row.query, index, like, hint)
            seen = [(verdict.condition, verdict.place)]
            seen += [(other.condition, other.place) for other in verdict.alternatives]
            for condition, place in seen:
                counted[condition] += 1
                right[condition] += place is not None and (
                    place.id in accepted
                    or (expected is not None and distance_km(place, expected) <= SAME_PLACE_KM)
                )
    for condition in sorted(counted):
        print(f'"{condition}" = [{right[condition]}, {counted[condition]}]')


def names_measured(admin: str | None) -> dict[str, float]:
    """Geocode the development names, without or with the governorate, and count."""
    names = pd.read_csv(DATA / "geocode" / "names_dev.csv")
    places = gazetteers()[:1]
    started = time.process_time()
    index_gazetteer(places)
    built = time.process_time()
    found = geocode(names, places, column="query", admin=admin)
    seconds = time.process_time() - built - (built - started)
    meant = [set(str(ids).split("|")) for ids in names["accept_ids"]]
    right = np.array(
        [found_id in ids for found_id, ids in zip(found["match_id"], meant, strict=True)]
    )
    five = np.array(
        [
            bool(ids & {found_id, *(one["id"] for one in json.loads(further)[:4])})
            for found_id, further, ids in zip(
                found["match_id"].fillna(""), found["alternatives"], meant, strict=True
            )
        ]
    )
    accepted = (found["decision"] == "accepted").to_numpy(bool)
    answerable = (names["answerable"] == 1).to_numpy()
    arabic = (names["script"] == "ar").to_numpy()
    return {
        "accepted": int(accepted.sum()),
        "wrong among accepted, %": 100 * float((accepted & ~right).sum() / accepted.sum()),
        "accepted and right, %": 100 * float((accepted & right).mean()),
        "unanswerable accepted": int((accepted & ~answerable).sum()),
        "unanswerable": int((~answerable).sum()),
        "recall@1 Arabic": float(right[arabic & answerable].mean()),
        "recall@1 Latin": float(right[~arabic & answerable].mean()),
        "recall@5": float(five[answerable].mean()),
        "mean score - share right, accepted": float(
            (found["score"][accepted]).mean() - right[accepted].mean()
        ),
        "queries per second of CPU": len(names) / seconds,
        "index built, s of CPU": built - started,
    }


def coordinates_measured() -> dict[str, int]:
    """Geocode the development coordinates and count."""
    written = pd.read_csv(DATA / "geocode" / "coords_dev.csv", dtype={"query": str})
    found = geocode(written, gazetteers(), column="query", area=SYRIA)
    north = found["lat"] - written["lat"]
    east = (found["lon"] - written["lon"]) * np.cos(np.radians(written["lat"]))
    near = METRES_PER_DEGREE * np.hypot(north, east) <= written["tolerance_m"]
    answered = found["lat"].notna()
    wanted = written["expect"] == "ok"
    return {
        "strings": len(written),
        "right": int(((wanted & near) | (~wanted & ~answered)).sum()),
        "missed": int((wanted & ~answered).sum()),
        "silently wrong": int((wanted & answered & ~near).sum()),
        "junk accepted": int((~wanted & answered).sum()),
    }


def main() -> None:
    """Count, or print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", action="store_true")
    if options.parse_args().count:
        count()
        return
    measured = {
        "names, no hint": names_measured(None),
        "names, governorate": names_measured("hint_admin1"),
        "coordinates": coordinates_measured(),
    }
    for what, figures in measured.items():
        print(what)
        for name, value in figures.items():
            print(
                f"  {name:36} {value:10.3f}"
                if isinstance(value, float)
                else f"  {name:36} {value:6}"
            )


if __name__ == "__main__":
    main()
