"""Time and memory against the number of blocks, from 1,000 to 100,000.

Run by hand from the project root: ``python benchmarks/scale.py``. Two parts, each size in a process
of its own, so that its peak memory is its own:

- *blocks*: a synthetic town's streets → blocks and graph;
- *solver*: a synthetic grid's graph → 24 sectors within 3 %, in ``ITERATIONS`` iterations.

Prints a table and the exponent of the fit log(time) = a + b·log(blocks), where b = 1 is linear, and
draws docs/_static/partition-scale.svg: the same figures give the same bytes.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from towns import grid_graph, grid_streets

SIDES = (32, 56, 100, 178, 317)  # 1,024 to 100,489 blocks
COUNT, TOLERANCE, ITERATIONS = 24, 0.03, 20
PLOT = Path(__file__).resolve().parents[1] / "docs" / "_static" / "partition-scale.svg"
PARTS = {"blocks": "streets → blocks, graph", "solver": f"{ITERATIONS} iterations of the solver"}

Figures = dict[str, list[dict[str, float]]]


def main() -> None:
    """Measure every size, print a table, draw the plot."""
    figures: Figures = {part: [] for part in PARTS}
    print("| part | blocks | CPU s | CPU s per 1,000 blocks | peak MiB |\n|---|---|---|---|---|")
    for part, rows in figures.items():
        for side in SIDES:
            command = [sys.executable, __file__, part, str(side)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            row = json.loads(done.stdout)
            rows.append(row)
            print(
                f"| {PARTS[part]} | {row['blocks']:,} | {row['seconds']:.2f} "
                f"| {1000 * row['seconds'] / row['blocks']:.3f} | {row['mib']:.0f} |",
                flush=True,
            )
    for part, rows in figures.items():
        print(f"\n{PARTS[part]}: time grows with blocks to the power {exponent(rows):.2f}")
    draw(figures)
    print(f"\nwritten: {PLOT}")


def exponent(rows: list[dict[str, float]]) -> float:
    """Fit the slope of log(time) over log(blocks)."""
    blocks, seconds = ([row[name] for row in rows] for name in ("blocks", "seconds"))
    return float(np.polyfit(np.log(blocks), np.log(seconds), 1)[0])


def measure(part: str, side: int) -> dict[str, float]:
    """Measure one part at one size, in this process; compiling comes before and is not counted."""
    run = {"blocks": _make_blocks, "solver": _solve}[part]
    run(10)
    blocks, seconds = run(side)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"blocks": blocks, "seconds": seconds, "mib": peak}


def _make_blocks(side: int) -> tuple[int, float]:
    from geosector.partition.blocks import make_blocks
    from geosector.partition.graph import make_graph

    boundary, roads = grid_streets(side)
    start = time.process_time()
    graph = make_graph(make_blocks(boundary, roads))
    return graph.size, time.process_time() - start


def _solve(side: int) -> tuple[int, float]:
    from geosector.partition.seek import Budget
    from geosector.partition.solve import solve

    graph, people = grid_graph(side)
    count, tolerance = (COUNT, TOLERANCE) if side > 10 else (2, 0.2)  # the small one compiles
    start = time.process_time()
    solve(graph, people, count, tolerance, None, Budget(ITERATIONS))
    return graph.size, time.process_time() - start


def draw(figures: Figures) -> None:
    """Draw time and memory over blocks, on logarithmic axes."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    mpl.rcParams.update({"svg.hashsalt": "geosector", "svg.fonttype": "none", "font.size": 9})
    figure, (time_axis, memory_axis) = plt.subplots(1, 2, figsize=(7.5, 3.2), layout="constrained")
    for (part, rows), mark in zip(figures.items(), "os", strict=True):
        blocks = [row["blocks"] for row in rows]
        label = f"{PARTS[part]}: blocks^{exponent(rows):.2f}"
        time_axis.loglog(blocks, [row["seconds"] for row in rows], marker=mark, label=label)
        memory_axis.loglog(blocks, [row["mib"] for row in rows], marker=mark, label=PARTS[part])
    first = next(iter(figures.values()))
    ends = np.array([first[0]["blocks"], first[-1]["blocks"]])
    line = first[0]["seconds"] * ends / ends[0]
    time_axis.loglog(ends, line, color="grey", linestyle=":", label="linear")
    memory_axis.axhline(4096, color="grey", linestyle=":", label="4 GiB")
    time_axis.set(xlabel="blocks", ylabel="CPU seconds")
    memory_axis.set(xlabel="blocks", ylabel="peak memory, MiB")
    for axis in (time_axis, memory_axis):
        axis.legend(fontsize=7)
        axis.grid(visible=True, alpha=0.3)
    figure.savefig(PLOT, metadata={"Date": None, "Creator": "geosector"})


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
    else:
        main()
