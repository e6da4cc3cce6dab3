"""Hot spots: `find_hot_spots` against esda alone, in one run.

Areas: squares, with a planted hot corner; 999 shufflings. esda takes neighbours from libpysal, and
p from its own shuffling, whose first call compiles: that is told apart, since it comes in every
process. CPU seconds of the process, median of three, in turn. Goal: parity, within a hundredth of
a second.

    python benchmarks/hotspots.py
"""

from __future__ import annotations

import sys
import time
import warnings
from statistics import median

import geopandas as gpd
import numpy as np
import shapely

from geosector.measure.hotspots.spots import find_hot_spots

SIDES = {24: (6, 4), 500: (25, 20), 8000: (100, 80)}
ROUNDS, PERMUTATIONS = 3, 999


def main() -> None:
    """Print a line for each number of areas; exit 1 where we are slower than esda."""
    begin = time.process_time()
    from esda.getisord import G_Local
    from libpysal.graph import Graph

    print(f"import of esda: {time.process_time() - begin:.2f} CPU s")

    def peer(areas: gpd.GeoDataFrame) -> np.ndarray:
        near = Graph.build_contiguity(areas, rook=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = G_Local(
                areas["count"].to_numpy(float), near, transform="B", star=True,
                permutations=PERMUTATIONS, n_jobs=1, seed=0, keep_simulations=False,
            )  # fmt: skip
        return np.asarray(found.Zs)

    begin = time.process_time()
    peer(town(6, 4))
    print(f"first call of esda, which compiles: {time.process_time() - begin:.2f} CPU s")
    begin = time.process_time()
    find_hot_spots(town(6, 4), permutations=PERMUTATIONS)
    print(f"first call of ours: {time.process_time() - begin:.2f} CPU s")
    print("areas    ours    esda  | esda / ours | z differs by | ours, 9,999 shufflings")
    passed = True
    for count, sides in SIDES.items():
        areas = town(*sides)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            begin = time.process_time()
            found = find_hot_spots(areas, permutations=PERMUTATIONS).table
            middle = time.process_time()
            z = peer(areas)
            ours.append(middle - begin)
            theirs.append(time.process_time() - middle)
        begin = time.process_time()
        find_hot_spots(areas)
        long = time.process_time() - begin
        off = float(np.abs(found["z"] - z).max())
        ratio = median(theirs) / median(ours)
        print(
            f"{count:5d} {median(ours):7.3f} {median(theirs):7.3f}  | {ratio:11.2f} | "
            f"{off:12.1e} | {long:.3f}"
        )
        passed &= median(ours) <= median(theirs) + 0.01 and off < 1e-9
    sys.exit(0 if passed else 1)


def town(width: int, height: int) -> gpd.GeoDataFrame:
    """Draw an invented town of square areas with a hot corner."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(width), np.arange(height)))
    squares = shapely.box(5e5 + 300 * x, 4e6 + 300 * y, 5e5 + 300 * (x + 1), 4e6 + 300 * (y + 1))
    counts = np.random.default_rng(0).poisson(1.0 + 6.0 * ((x < width / 5) & (y < height / 5)))
    return gpd.GeoDataFrame(
        {"sector_id": np.arange(len(x)), "count": counts}, geometry=squares, crs=32637
    )


if __name__ == "__main__":
    main()
