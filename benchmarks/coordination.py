"""Overlaps and gaps in 4W tables: fifty of each planted among 20,000 rows, found, none invented.

Synthetic tables in five dresses (ids, names, Arabic, both, half of the rows without an id), with
near misses: periods that touch but share no day, one organisation twice, what was given up,
another place of the same name, rows pasted twice. CPU seconds of the process, median of five, from
the table to the answer.

    python benchmarks/coordination.py
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from geosector.measure.coordination.gaps import find_gaps
from geosector.measure.coordination.overlaps import find_overlaps
from tests.planted import DRESSES, planted

ROUNDS = 5
GOAL_S = 1.0
PERIOD = ("2023-12-01", "2026-12-31")


def main() -> None:
    """Print one line for each dress; exit 1 where something is missed, invented or slow."""
    print("dress    rows | overlaps missed invented | gaps missed invented |  CPU s of both")
    passed = True
    for dress in DRESSES:
        made = planted(1, dress=dress)
        found, seconds = timed(lambda made=made: find_overlaps(made.activities))
        gaps, of_gaps = timed(
            lambda made=made: find_gaps(made.needs, made.activities, period=PERIOD)
        )
        pairs = {frozenset(ids.split("|")) for ids in found.table["ids"]}
        unmet = set(zip(gaps.table["area_id"], gaps.table["activity"], strict=True))
        counts = (
            len(made.overlaps - pairs), len(pairs - made.overlaps),
            len(made.gaps - unmet), len(unmet - made.gaps),
        )  # fmt: skip
        print(
            f"{dress:7} {len(made.activities):5d} | {len(made.overlaps):8d} {counts[0]:6d}"
            f" {counts[1]:8d} | {len(made.gaps):4d} {counts[2]:6d} {counts[3]:8d} |"
            f" {seconds:6.2f} {of_gaps:6.2f}"
        )
        passed &= not any(counts) and max(seconds, of_gaps) < GOAL_S
    sys.exit(0 if passed else 1)


def timed(call: Callable[[], object]) -> tuple[object, float]:
    """Give what a call gives and the median of its CPU seconds."""
    seconds = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        given = call()
        seconds.append(time.process_time() - begin)
    return given, median(seconds)


if __name__ == "__main__":
    main()
