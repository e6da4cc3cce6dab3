"""Sectors along main roads: geosector beside its peers on Aleppo and on a synthetic grid.

Run by hand from the project root: ``python benchmarks/partition.py [6km 12km all grid]``.
24 sectors, 3 %, costs 1/3/10; every solver is given the same graph and people. geosector runs with
five seeds; METIS takes the best lawful plan of as many seeds as fit the CPU seconds that geosector
used (median). The other peers have no budget to give: they run once, in a process of their own that
is ended after ``PATIENCE`` CPU seconds. A peer that is not installed, fails or does not finish has
a line that says so. Aleppo needs the real inputs (../shared/data).
"""

from __future__ import annotations

import multiprocessing
import random
import resource
import signal
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from towns import BLOCK_M, grid_graph

from geosector.partition.best import deviation
from geosector.partition.blocks import dissolve, make_blocks
from geosector.partition.classes import MAIN, group
from geosector.partition.graph import BlockGraph, edge_costs, make_graph
from geosector.partition.population import place_people
from geosector.partition.rounding import measure_form
from geosector.partition.seek import Budget
from geosector.partition.solve import border_cost, is_whole, solve

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "aleppo"
COUNT, TOLERANCE = 24, 0.03
SECONDS = {"6km": 10, "12km": 20, "all": 30, "grid": 30}
SEEDS = range(5)
PATIENCE = 240
GRID_SIDE = 200
FAILURES = (ImportError, RuntimeError, ValueError, LookupError, TypeError, OSError)

Labels = NDArray[np.int32]


class City(NamedTuple):
    """One case: the graph, its people, and its blocks as polygons."""

    graph: BlockGraph
    people: NDArray[np.int64]
    blocks: NDArray[np.object_]
    main: NDArray[np.bool_]


class Plan(NamedTuple):
    """What is measured of a plan."""

    cost: float
    main_share: float
    compactness: float
    deviation: float
    sectors: int
    whole: bool
    seconds: float


def main(names: list[str]) -> None:
    """Print a table per case."""
    for name in names:
        city = _grid() if name == "grid" else _aleppo(name)
        if city is None:
            continue
        compile_budget = Budget(2)  # compiles, once per installation: not measured
        solve(city.graph, city.people, COUNT, 0.5, None, compile_budget)
        print(
            "| solver | sectors | whole | deviation | cost km | main | PP | CPU s | cost / ours |\n"
            "|---|---|---|---|---|---|---|---|---|"
        )
        plans = [_ours(city, SECONDS[name], seed) for seed in SEEDS]
        costs = [plan.cost for plan in plans]
        ours = sorted(plans, key=lambda plan: plan.cost)[len(plans) // 2]
        spread = (max(costs) - min(costs)) / ours.cost
        print(_row("geosector, median", ours, ours.cost))
        seconds = statistics.median(plan.seconds for plan in plans)
        for peer, solver in PEERS.items():
            print(_row(peer, _apart(solver, city, seconds), ours.cost), flush=True)
        seeds = " ".join(f"{cost:.1f}" for cost in costs)
        print(f"\nseeds of geosector: {seeds}; spread {spread:.1%} of the median\n", flush=True)


def _aleppo(name: str) -> City | None:
    """Make a window of Aleppo into blocks and graph, and print how long it took."""
    if not DATA.is_dir():
        print(f"## {name}\n\nskipped: the real inputs (../shared/data) are not here\n")
        return None
    roads = gpd.read_parquet(DATA / "roads.parquet").rename(columns={"highway": "road_class"})
    windows = gpd.read_file(DATA / "windows.geojson")
    start = time.process_time()
    fabric = make_blocks(windows[windows["name"] == name], roads)
    graph = make_graph(fabric)
    spent = time.process_time() - start
    people = place_people(fabric, gpd.read_parquet(DATA / f"population_{name}.parquet")).by_block
    print(f"## Aleppo {name}: {graph.size} blocks and graph in {spent:.1f} CPU s\n")
    return City(graph, people, fabric.blocks, _main(graph))


def _grid() -> City:
    graph, people = grid_graph(GRID_SIDE)
    row, column = np.divmod(np.arange(graph.size), GRID_SIDE) * np.array([[BLOCK_M], [BLOCK_M]])
    blocks = shapely.box(column, row, column + BLOCK_M, row + BLOCK_M)
    print(f"## Synthetic grid: {graph.size} blocks\n")
    return City(graph, people, blocks, _main(graph))


def _main(graph: BlockGraph) -> NDArray[np.bool_]:
    return np.array([group(name) == MAIN for name in graph.classes], bool)


def _ours(city: City, seconds: float, seed: int) -> Plan:
    start = time.process_time()
    budget = Budget(seconds=seconds)
    form = measure_form(city.blocks)
    labels = solve(city.graph, city.people, COUNT, TOLERANCE, None, budget, seed, form=form)
    return _measured(city, labels, time.process_time() - start)


def _measured(city: City, labels: Labels, seconds: float) -> Plan:
    """Measure a plan, whoever made it, with the measures of the library."""
    graph = city.graph
    labels = np.unique(labels, return_inverse=True)[1].astype(np.int32)
    one = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    cut = labels[one] != labels[graph.indices]
    metres = graph.metres[cut].sum(axis=0)
    shapes = dissolve(city.blocks, labels.astype(np.int64))
    compactness = 4 * np.pi * shapely.area(shapes) / shapely.length(shapes) ** 2
    cost = border_cost(graph, labels)
    return Plan(
        cost / 1000,
        float(metres[city.main].sum() / metres.sum()),
        float(compactness.mean()),
        deviation(city.people.astype(float), labels, COUNT),
        int(labels.max()) + 1,
        is_whole(graph, labels, COUNT),
        seconds,
    )


def _row(name: str, plan: Plan | str, ours: float) -> str:
    if isinstance(plan, str):
        return f"| {name} | {plan} | | | | | | | |"
    return (
        f"| {name} | {plan.sectors} | {'yes' if plan.whole else 'no'} | {plan.deviation:.1%} "
        f"| {plan.cost:.1f} | {plan.main_share:.1%} | {plan.compactness:.3f} | {plan.seconds:.1f} "
        f"| {plan.cost / ours:.2f} |"
    )


def _apart(solver: Callable[[City, float], Labels], city: City, seconds: float) -> Plan | str:
    """Run a peer in a process of its own, so that it may fail or be ended."""
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    process = fork.Process(target=_peer, args=(solver, city, seconds, theirs))
    process.start()
    theirs.close()
    try:
        answer = ours.recv()
    except EOFError:
        process.join()
        if process.exitcode == -signal.SIGXCPU:
            return f"not finished in {PATIENCE} CPU s"
        return f"failed: its process ended with {process.exitcode}"
    process.join()
    return answer if isinstance(answer, str) else _measured(city, *answer)


def _peer(
    solver: Callable[[City, float], Labels], city: City, seconds: float, out: Connection
) -> None:
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE, resource.RLIM_INFINITY))
    start = time.process_time()
    try:
        labels = solver(city, seconds)
        out.send((np.asarray(labels, np.int32), time.process_time() - start))
    except FAILURES as error:
        first = (str(error).splitlines() or [""])[0].replace("|", "/")
        out.send(f"{type(error).__name__}: {first[:90]}")


def _metis(city: City, seconds: float) -> Labels:
    """Give METIS's cheapest plan within the tolerance, else its most even one."""
    import pymetis

    graph, people = city.graph, city.people
    weights = np.maximum(np.rint(edge_costs(graph)), 1).astype(int)
    best, best_rating = np.zeros(graph.size, np.int32), (True, np.inf)
    start, seed = time.process_time(), 0
    while seed == 0 or time.process_time() - start < seconds:
        options = pymetis.Options(seed=seed, contig=1, ufactor=int(1000 * TOLERANCE))
        _, parts = pymetis.part_graph(
            COUNT,
            pymetis.CSRAdjacency(graph.indptr, graph.indices),
            vweights=people,
            eweights=weights,
            options=options,
            recursive=False,
        )
        labels = np.asarray(parts, np.int32)
        missed = deviation(people.astype(float), labels, COUNT)
        lawful = missed <= TOLERANCE and is_whole(graph, labels, COUNT)
        cost = border_cost(graph, labels)
        rating = (not lawful, cost if lawful else missed)
        if rating < best_rating:
            best, best_rating = labels, rating
        seed += 1
    return best


def _gerrychain(city: City, _seconds: float) -> Labels:
    """Grow a random plan that would rather not leave what main roads enclose."""
    import networkx as nx
    from gerrychain import Graph
    from gerrychain.partition.initial_partition_generators import recursive_tree_part
    from gerrychain.tree import bipartition_tree

    one, two = _pairs(city.graph)
    cells = _cells(city)
    net = nx.Graph()
    for block in range(city.graph.size):
        net.add_node(block, people=int(city.people[block]), cell=int(cells[block]))
    net.add_edges_from(zip(one.tolist(), two.tolist(), strict=True))
    random.seed(0)
    plan = recursive_tree_part(
        Graph.from_networkx(net),
        range(COUNT),
        city.people.sum() / COUNT,
        "people",
        TOLERANCE,
        bipartition_tree_fn=partial(
            bipartition_tree, region_surcharge={"cell": 1.0}, max_attempts=5000
        ),
        rng=0,
    )
    return np.array([plan[block] for block in range(city.graph.size)], np.int32)


def _ward(city: City, _seconds: float) -> Labels:
    """Give spopt's spatially constrained Ward clusters of place and people."""
    from libpysal.graph import Graph
    from spopt.region import WardSpatial

    table = _attributes(city)
    graph = city.graph
    # In the order of the blocks, which spopt takes for granted.
    one = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    contiguity = Graph.from_arrays(one, graph.indices.astype(np.int64), np.ones(len(one)))
    model = WardSpatial(table, contiguity.to_W(), ["x", "y"], COUNT)
    model.solve()
    return np.asarray(model.labels_, np.int32)


def _skater(city: City, _seconds: float) -> Labels:
    import pygeoda

    table = pygeoda.open(_attributes(city))
    least = city.people.sum() / COUNT * (1 - TOLERANCE)
    found = pygeoda.skater(
        COUNT,
        pygeoda.rook_weights(table),
        table[["x", "y"]],
        bound_variable=table["people"],
        min_bound=float(least),
    )
    return np.asarray(found["Clusters"], np.int32)


def _maxp(city: City, _seconds: float) -> Labels:
    import pygeoda

    table = pygeoda.open(_attributes(city))
    least = city.people.sum() / COUNT * (1 - TOLERANCE)
    found = pygeoda.maxp_greedy(
        pygeoda.rook_weights(table), table[["x", "y"]], table["people"], float(least)
    )
    return np.asarray(found["Clusters"], np.int32)


def _attributes(city: City) -> gpd.GeoDataFrame:
    """Give the blocks as the tools for regions take them: place and people."""
    middles = shapely.get_coordinates(shapely.centroid(city.blocks))
    return gpd.GeoDataFrame(
        {"x": middles[:, 0], "y": middles[:, 1], "people": city.people.astype(float)},
        geometry=city.blocks,
    )


def _pairs(graph: BlockGraph) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    one = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    once = one < graph.indices
    return one[once], graph.indices[once].astype(np.int64)


def _cells(city: City) -> NDArray[np.int32]:
    """Find what main roads enclose."""
    graph = city.graph
    one = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    free = graph.metres @ (~city.main).astype(float) >= 1
    links = coo_array(
        (np.ones(int(free.sum())), (one[free], graph.indices[free])),
        shape=(graph.size, graph.size),
    )
    cells: NDArray[np.int32] = connected_components(links, directed=False)[1]
    return cells


PEERS: dict[str, Callable[[City, float], Labels]] = {
    "METIS, best of seeds": _metis,
    "gerrychain, surcharge": _gerrychain,
    "spopt Ward": _ward,
    "pygeoda skater": _skater,
    "pygeoda maxp": _maxp,
}


if __name__ == "__main__":
    main(sys.argv[1:] or list(SECONDS))
