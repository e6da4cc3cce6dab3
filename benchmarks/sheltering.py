"""People to shelters with limited room: the optimum, and how fast, beside HiGHS and network flows.

Aleppo's streets and 14,130 blocks of people (../shared/data; the people are synthetic), 300
synthetic shelters at seeded blocks with unequal capacities that come to 90, 100 and 110 % of the
people. First the whole job from tables to tables, with its memory. Then the same milliseconds of
walking for each solver: ours, HiGHS (scipy has it) and, where they are there, OR-tools' min-cost
flow and networkx' network simplex. They get the ways within 15, 20 and 30 minutes, OR-tools all;
networkx 60 shelters in the smallest window. Each says whether it sheltered as many people as we
did, in as many person-milliseconds. CPU seconds, one run each.

    python benchmarks/sheltering.py [../shared/data/aleppo]
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

from geosector import read_roads
from geosector.measure.access.network import Network, build_network
from geosector.measure.access.travel import Travel, travel_times
from geosector.measure.sheltering.assignment import assign_to_shelters
from geosector.measure.sheltering.transport import NO_WAY, allot
from geosector.measure.sheltering.trips import find_paths, milliseconds

DATA = "../shared/data/aleppo"
SHARES = (0.9, 1.0, 1.1)
HIGHS_S = 600.0  # wall seconds, after which HiGHS gives up

Costs = NDArray[np.int32]
Numbers = NDArray[np.int64]
Answer = tuple[int, float] | None  # people sheltered, person-milliseconds


def main() -> None:
    """Print the whole job, and each solver beside ours."""
    data = Path(sys.argv[1] if len(sys.argv) > 1 else DATA)
    if not data.is_dir():
        sys.exit(f"{data} is not on this machine: nothing is measured.")
    roads, _ = read_roads(data / "roads.parquet")
    network = build_network(roads).network
    travel = travel_times(network, roads)
    allot(np.ones((1, 1), np.int32), np.ones(1, int), np.ones(1, int))  # compile
    blocks = gpd.read_parquet(data / "population_all.parquet")
    print("| capacity / people | minutes | CPU s | sheltered | person-minutes | gap |")
    print("|---|---|---|---|---|---|")
    for share in SHARES:
        for minutes in (None, 15):
            whole_job(blocks, network, travel, share, minutes)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of the process, network and all: {peak:.0f} MiB\n")
    print(
        "| blocks × shelters | minutes | ways | capacity | solver | CPU s | ours | ratio | same |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    few = gpd.read_parquet(data / "population_6km.parquet")
    beside(few, 60, network, travel, 15, {"networkx": by_networkx, "HiGHS": by_highs})
    for minutes in (15, 20, 30):
        solvers: dict[str, Callable[..., Answer]] = {"OR-tools": by_ortools, "HiGHS": by_highs}
        beside(blocks, 300, network, travel, minutes, solvers)
    beside(blocks, 300, network, travel, np.inf, {"OR-tools": by_ortools})


def drawn(
    blocks: gpd.GeoDataFrame, count: int, share: float
) -> tuple[gpd.GeoDataFrame, NDArray[np.int64]]:
    """Draw synthetic shelters at blocks, more where more people live."""
    random = np.random.default_rng(8)
    people = blocks["population"].to_numpy(float)
    at = random.choice(len(blocks), count, replace=False, p=people / people.sum())
    weight = random.lognormal(0, 0.7, count)
    capacity = np.floor(weight / weight.sum() * people.sum() * share).astype(np.int64)
    shelters = gpd.GeoDataFrame(
        {"capacity": capacity}, geometry=blocks.geometry.array[at], crs=blocks.crs
    )
    return shelters, capacity


def whole_job(
    blocks: gpd.GeoDataFrame, network: Network, travel: Travel, share: float, minutes: float | None
) -> None:
    """Time the public function from tables to tables."""
    shelters, _ = drawn(blocks, 300, share)
    start = time.process_time()
    plan = assign_to_shelters(blocks, shelters, network, travel, minutes=minutes)
    spent = time.process_time() - start
    told = plan.figures
    print(
        f"| {share:.0%} | {minutes or '-'} | {spent:.2f} | {told.sheltered / told.people:.4f} "
        f"| {told.person_minutes:,.0f} | {told.gap:.1e} |",
        flush=True,
    )


def beside(  # noqa: PLR0917 - a script
    blocks: gpd.GeoDataFrame,
    count: int,
    network: Network,
    travel: Travel,
    minutes: float,
    solvers: dict[str, Callable[..., Answer]],
) -> None:
    """Give each solver the same costs, and compare."""
    people = blocks["population"].to_numpy(np.int64)
    for share in SHARES[:1] if minutes > 15 else SHARES:
        shelters, room = drawn(blocks, count, share)
        paths = find_paths(network, travel, blocks, shelters, farthest_m=500)
        cost = milliseconds(paths, seconds=minutes * 60)
        start = time.process_time()
        plan = allot(cost, people, room)
        ours = time.process_time() - start
        for name, solve in solvers.items():
            start = time.process_time()
            answer = solve(cost, people, room)
            spent = time.process_time() - start
            same = answer and (
                answer[0] == plan.people.sum() and abs(answer[1] - plan.cost) <= 1e-9 * plan.cost
            )
            said = "not finished" if answer is None else "yes" if same else f"no: {answer}"
            ways = (cost < NO_WAY).sum()
            print(
                f"| {len(blocks):,} × {count} | {minutes} | {ways:,} | {share:.0%} "
                f"| {name} | {spent:.2f} | {ours:.3f} | {spent / ours:.0f} | {said} |",
                flush=True,
            )


def by_highs(cost: Costs, people: Numbers, room: Numbers) -> Answer:
    """Solve as a linear program; being sheltered is worth more than any way."""
    block, place = np.nonzero(cost < NO_WAY)
    arc = np.arange(len(block))
    sides = csr_array(
        (np.ones(2 * len(arc)), (np.r_[block, len(people) + place], np.r_[arc, arc])),
        shape=(len(people) + len(room), len(arc)),
    )
    minutes = cost[block, place] / 60_000
    found = linprog(
        minutes - 2 * (minutes.max() + 1) * 3,  # chains of more moves pay nowhere in these cities
        A_ub=sides,
        b_ub=np.r_[people, room],
        method="highs",
        options={"time_limit": HIGHS_S},
    )
    if found.status != 0:
        return None
    return round(found.x.sum()), float(found.x @ cost[block, place])


def by_ortools(cost: Costs, people: Numbers, room: Numbers) -> Answer:
    """Solve as a min-cost flow with as much flow as there can be."""
    try:
        from ortools.graph.python.min_cost_flow import SimpleMinCostFlow
    except ModuleNotFoundError:
        return None
    block, place = np.nonzero(cost < NO_WAY)
    blocks, places = cost.shape
    source, sink = blocks + places, blocks + places + 1
    flow = SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        block, blocks + place, people[block], cost[block, place].astype(np.int64)
    )
    nothing = np.zeros(blocks, int)
    flow.add_arcs_with_capacity_and_unit_cost(
        np.full(blocks, source), np.arange(blocks), people, nothing
    )
    flow.add_arcs_with_capacity_and_unit_cost(
        blocks + np.arange(places), np.full(places, sink), room, np.zeros(places, int)
    )
    flow.set_node_supply(source, int(people.sum()))
    flow.set_node_supply(sink, -int(people.sum()))
    if flow.solve_max_flow_with_min_cost() != flow.OPTIMAL:
        return None
    gone = flow.flows(arcs)
    return int(gone.sum()), float((gone * cost[block, place].astype(np.int64)).sum())


def by_networkx(cost: Costs, people: Numbers, room: Numbers) -> Answer:
    """Solve by network simplex, with a place of no limit for who is left over."""
    try:
        import networkx as nx
    except ModuleNotFoundError:
        return None
    block, place = np.nonzero(cost < NO_WAY)
    far = 2 * (len(room) + 2) * (int(cost[block, place].max()) + 1)
    town = nx.DiGraph()
    town.add_nodes_from((f"b{at}", {"demand": -many}) for at, many in enumerate(people.tolist()))
    town.add_node("end", demand=int(people.sum()))
    arcs = zip(block.tolist(), place.tolist(), cost[block, place].tolist(), strict=True)
    town.add_edges_from((f"b{one}", f"p{other}", {"weight": ms}) for one, other, ms in arcs)
    town.add_edges_from(
        (f"p{at}", "end", {"capacity": many}) for at, many in enumerate(room.tolist())
    )
    town.add_edges_from((f"b{at}", "end", {"weight": far}) for at in range(len(people)))
    total, flow = nx.network_simplex(town)
    left = sum(flow[f"b{at}"]["end"] for at in range(len(people)))
    return int(people.sum()) - left, float(total - far * left)


if __name__ == "__main__":
    main()
