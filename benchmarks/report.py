"""A report of many incidents in four languages, as a whole process: seconds and memory.

    python benchmarks/report.py [--incidents N] [--localities N] [--engine weasyprint|typst]

The incidents are synthetic: their places are names of ``../shared/data/syria/gazetteer.csv``, every
second one in Arabic, and everything else is drawn by lot. The services are those of April 2024.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

DATA = Path(__file__).parents[2] / "shared" / "data"
GAZETTEER = DATA / "syria" / "gazetteer.csv"
SERVICES = DATA / "april2024" / "services.csv"
LANGUAGES = "ar,kmr,ckb,en"


def main() -> None:
    """Write a synthetic table, make its report in a process of its own, say what that took."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--incidents", type=int, default=10_000)
    asked.add_argument("--localities", type=int, default=300)
    asked.add_argument("--engine", choices=("weasyprint", "typst"))
    args = asked.parse_args()
    if not GAZETTEER.exists():
        sys.exit(f"{GAZETTEER} is not here: the benchmark needs it.")
    with tempfile.TemporaryDirectory() as folder:
        table, out = Path(folder, "synthetic.csv"), Path(folder, "out")
        synthetic(args.incidents, args.localities, seed=1).to_csv(table, index=False)
        command = [
            sys.executable, "-m", "geosector", "report", str(table), "--services", str(SERVICES),
            "--gazetteer", str(GAZETTEER), "--month", "2024-04", "--audience", "public",
            "--lang", LANGUAGES, "--out", str(out),
            *([] if args.engine is None else ["--engine", args.engine]),
        ]  # fmt: skip
        begun = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        wall = time.perf_counter() - begun
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        size = sum(file.stat().st_size for file in out.iterdir())
        print(
            f"{args.incidents:,} incidents in {args.localities:,} places, {LANGUAGES}: "
            f"{wall:.1f} s, of a processor {used.ru_utime + used.ru_stime:.1f} s, "
            f"{used.ru_maxrss / 1024:.0f} MiB; {len(list(out.iterdir()))} files, "
            f"{size / 1e6:.1f} MB"
        )


def synthetic(incidents: int, localities: int, seed: int) -> pd.DataFrame:
    """Make a table of April 2024 and the months before it."""
    chance = np.random.default_rng(seed)
    named = pd.read_csv(GAZETTEER, usecols=["name_lat", "name_ar"]).dropna()
    places = named.sample(localities, random_state=seed)
    spelt = np.where(np.arange(localities) % 2, places["name_ar"], places["name_lat"])
    days = pd.Timestamp("2024-04-01") + pd.to_timedelta(chance.integers(0, 30, incidents), "D")
    return pd.DataFrame(
        {
            "id": [f"S{at:05}" for at in range(incidents)],
            "kind": chance.choice(["attack", "fire", "traffic", "drowning", "other"], incidents),
            "date": days.strftime("%Y-%m-%d"),
            "locality": chance.choice(spelt, incidents),
            "weapon": chance.choice(["drone", "artillery", "rockets", ""], incidents),
            "cause": chance.choice(["electrical", "gas_leak", "unknown", ""], incidents),
            "vehicle": chance.choice(["car", "motorcycle", ""], incidents),
            "place_type": chance.choice(["home", "school", "market", "road", ""], incidents),
            "killed_man": chance.integers(0, 2, incidents),
            "injured_child": chance.integers(0, 3, incidents),
            "narrative": "synthetic",
        }
    )


if __name__ == "__main__":
    main()
