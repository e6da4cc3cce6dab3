"""Where to put k sites: geosector beside spopt and HiGHS, on walking minutes of Aleppo.

Run by hand from the project root: ``python benchmarks/siting.py``, with the names of some of
spopt, median, covering, rooms and large behind it for these alone.
Streets and blocks are real (../shared/data); people are synthetic, demands and candidates are drawn
by lot. CPU seconds of this process; loops are compiled before. spopt is looked for in the Python
that SPOPT_PYTHON names (an environment of its own), else in this one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geosector.measure.access.facilities import find_stops, link
from geosector.measure.access.network import build_network
from geosector.measure.access.travel import travel_times
from geosector.measure.siting import exact, max_covering, p_median
from geosector.measure.siting.loops import Rules
from geosector.measure.siting.minutes import minutes_between

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "aleppo"
PATIENCE = 60.0
ROOMS = range(50)

Floats = NDArray[np.float64]


class Case(NamedTuple):
    """Minutes from demands to candidates, and people."""

    minutes: Floats
    people: Floats


def main(names: list[str]) -> None:
    """Print a table for each claim."""
    started = time.process_time()
    tiny = np.ones((4, 3)) + np.eye(4, 3)
    p_median(tiny, np.ones(4), 2)
    max_covering(tiny, np.ones(4), 2, 1.0)
    p_median(tiny, np.ones(4), 2, capacities=[3, 3, 3])
    print(f"loops ready: {time.process_time() - started:.1f} CPU s")
    every = {"spopt": _spopt, "median": _median, "covering": _covering, "rooms": _rooms,
             "large": _large}  # fmt: skip
    for name in names or every:
        print(f"\n## {name}\n", flush=True)
        every[name]()


def draw(demands: int, candidates: int, seed: int) -> Case:
    """Draw demands with synthetic people and candidates, and measure the minutes between them."""
    random = np.random.default_rng(seed)
    started = time.process_time()
    roads = gpd.read_parquet(DATA / "roads.parquet").rename(columns={"highway": "road_class"})
    windows = gpd.read_file(DATA / "windows.geojson")
    window = windows.loc[windows["name"] == "12km"].to_crs(roads.crs).geometry.iloc[0]
    network = build_network(roads[roads.intersects(window)]).network
    travel = travel_times(network, roads[roads.intersects(window)])
    built = time.process_time()
    middles = network.xy[random.choice(len(network.xy), demands + candidates, replace=False)]
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*middles.T), crs=network.crs)
    people = random.lognormal(4.0, 0.8, demands).round() + 1
    begun = find_stops(network, travel, points.iloc[:demands])
    links = link(network, travel, find_stops(network, travel, points.iloc[demands:]))
    minutes = minutes_between(links, begun, links.nodes, travel.pace)
    done = time.process_time()
    print(
        f"{demands} × {candidates}, seed {seed}: network of {len(network.xy)} nodes "
        f"{built - started:.1f} CPU s, minutes {done - built:.1f} CPU s, "
        f"reached {np.isfinite(minutes).mean():.1%}"
    )
    return Case(minutes, people)


def _median() -> None:
    for demands, candidates, k in ((500, 100, 10), (2000, 200, 20), (5000, 500, 25)):
        for seed in range(3):
            case = draw(demands, candidates, seed)
            _tell_median(case, k)


def _large() -> None:
    _tell_median(draw(20_000, 2_000, 0), 50)


def _tell_median(case: Case, k: int) -> None:
    started = time.process_time()
    found = p_median(case.minutes, case.people, k)
    spent = time.process_time() - started
    print(
        f"  p-median k {k}: {found.objective:.1f}, gap {found.gap:.4%}, {found.method}, "
        f"{spent:.4f} CPU s"
    )


def _covering() -> None:
    for seed in range(3):
        case = draw(5000, 500, seed)
        for reach in (8.0, 10.0, 13.0):
            _tell_covering(case, 25, reach)


def _tell_covering(case: Case, k: int, reach: float) -> None:
    """Compare our covering, alone and with HiGHS in a minute, with HiGHS alone in a minute."""
    whole = case.people.sum()
    started = time.process_time()
    found = max_covering(case.minutes, case.people, k, reach)
    spent = time.process_time() - started
    print(
        f"  covering k {k}, {reach:g} min: {found.objective / whole:.4f}, gap {found.gap:.3%}, "
        f"{found.method}, {spent:.2f} CPU s"
    )
    by_site = np.where((case.minutes <= reach).T, 0.0, case.people)
    sites = case.minutes.shape[1]
    rules = Rules(np.zeros(sites, bool), np.full(sites, -1), 0)
    started = time.process_time()
    direct = exact.cover_exactly(
        exact.pairs_of(by_site, case.people, np.arange(sites)), case.people, k, rules,
        nodes=1 << 30, seconds=PATIENCE,
    )  # fmt: skip
    spent = time.process_time() - started
    print(
        f"  HiGHS alone: {1 - direct.cost / whole:.4f}, at most {1 - direct.bound / whole:.4f}, "
        f"{spent:.1f} CPU s"
    )
    found = max_covering(case.minutes, case.people, k, reach, seconds=PATIENCE)
    print(f"  with {PATIENCE:g} s: {found.objective / whole:.4f}, gap {found.gap:.3%}", flush=True)


def _rooms() -> None:
    """Compare 50 small cases with rooms with HiGHS, and time large ones."""
    equal, within, spent, worst = 0, 0, 0.0, 0.0
    for seed in ROOMS:
        random = np.random.default_rng(seed)
        homes, sites = random.random((30, 2)), random.random((12, 2))
        minutes = np.hypot(*(homes[:, None] - sites[None]).transpose(2, 0, 1)) * 30
        people = random.integers(5, 60, 30).astype(float)
        room = people.sum() / 4 * random.uniform(0.9, 1.8, 12)
        started = time.process_time()
        found = p_median(minutes, people, 4, capacities=room, iterations=10)
        spent += time.process_time() - started
        rest = np.full(30, 1e4) * people
        by_site = (minutes * people[:, None]).T
        rules = Rules(np.zeros(12, bool), np.full(12, -1), 0)
        best = exact.choose_exactly(
            exact.pairs_of(by_site, rest, np.arange(12)), rest, 4, rules,
            people=people, room=room, split=True, nodes=1 << 30,
        )  # fmt: skip
        off = found.objective / best.cost - 1
        worst = max(worst, off)
        equal += abs(off) < 1e-6
        within += off <= found.gap + 1e-6
    print(
        f"  50 cases of 30 × 12, k 4: {equal} equal to HiGHS, {within} within their gap, "
        f"worst {worst:.4%}, {spent:.1f} CPU s in all"
    )
    for demands, candidates, k in ((500, 100, 10), (5000, 500, 25)):
        case = draw(demands, candidates, 0)
        room = np.random.default_rng(1).uniform(0.8, 1.6, candidates) * case.people.sum() / k
        started = time.process_time()
        found = p_median(case.minutes, case.people, k, capacities=room)
        spent = time.process_time() - started
        print(
            f"  with rooms, k {k}: {found.objective:.1f}, gap {found.gap:.2%}, unserved "
            f"{found.unserved:.0f}, {spent:.1f} CPU s"
        )


_PEER = """
import json, sys, time
import numpy as np
import pulp
from spopt.locate import PMedian
told = np.load(sys.argv[1])
started = time.process_time()
model = PMedian.from_cost_matrix(told["minutes"], told["people"], p_facilities=int(sys.argv[2]))
solver = pulp.PULP_CBC_CMD(msg=False)
import resource
model = model.solve(solver)
children = resource.getrusage(resource.RUSAGE_CHILDREN)
spent = time.process_time() - started + children.ru_utime + children.ru_stime
print(json.dumps([float(model.problem.objective.value()), spent]))
"""


def _spopt() -> None:
    """Let spopt solve the same 500 × 100, k 10."""
    case = draw(500, 100, 0)
    minutes = np.where(np.isfinite(case.minutes), case.minutes, 1e4)
    started = time.process_time()
    found = p_median(minutes, case.people, 10)
    spent = time.process_time() - started
    print(f"  geosector: {found.objective:.3f}, gap {found.gap:.4%}, {spent:.4f} CPU s")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "case.npz"
        np.savez(file, minutes=minutes, people=case.people)
        python = os.environ.get("SPOPT_PYTHON", sys.executable)
        done = subprocess.run(
            [python, "-c", _PEER, str(file), "10"], capture_output=True, text=True, check=False
        )
    if done.returncode:
        print(f"  spopt did not run: {done.stderr.strip().splitlines()[-1:]}")
        return
    objective, theirs = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"  spopt: {objective:.3f}, {theirs:.1f} CPU s, {theirs / spent:,.0f} times as long")


if __name__ == "__main__":
    main(sys.argv[1:])
