"""Sectors along main roads: geosector beside METIS on the three windows of Aleppo.

Run by hand from the project root: ``python benchmarks/partition.py [6km 12km all]``. Needs the
real inputs (../shared/data) and, for the peer, pymetis. Both solve the same graph: 24 sectors,
3 %, costs 1/3/10. METIS takes the best feasible of as many seeds as fit the same CPU seconds.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geosector.partition import kernels
from geosector.partition.blocks import Fabric, make_blocks
from geosector.partition.describe import border_table, sector_table
from geosector.partition.graph import BlockGraph, edge_costs, make_graph
from geosector.partition.population import place_people
from geosector.partition.solve import Budget, deviation, is_whole, solve

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "aleppo"
COUNT, TOLERANCE = 24, 0.03
SECONDS = {"6km": 10, "12km": 20, "all": 30}


def main(names: list[str]) -> None:
    """Print one line per window and solver."""
    roads = gpd.read_parquet(DATA / "roads.parquet").rename(columns={"highway": "road_class"})
    windows = gpd.read_file(DATA / "windows.geojson")
    for name in names:
        start = time.process_time()
        fabric = make_blocks(windows[windows["name"] == name], roads)
        graph = make_graph(fabric)
        people = place_people(
            fabric, gpd.read_parquet(DATA / f"population_{name}.parquet")
        ).by_block
        print(f"{name}: {graph.size} blocks and graph in {time.process_time() - start:.1f} CPU s")
        solve(graph, people, COUNT, 0.5, None, Budget(2))  # compiles, once per installation
        start = time.process_time()
        ours = solve(graph, people, COUNT, TOLERANCE, None, Budget(seconds=SECONDS[name]))
        spent = time.process_time() - start
        cost = show("geosector", fabric, graph, people, ours, spent)
        peer, spent = metis(graph, people, spent)
        if peer is not None:
            other = show("METIS", fabric, graph, people, peer, spent)
            print(f"  ratio {cost / other:.3f}")


def metis(
    graph: BlockGraph, people: NDArray[np.int64], seconds: float
) -> tuple[NDArray[np.int32] | None, float]:
    """Give METIS's cheapest plan within the tolerance, else its most even one."""
    try:
        import pymetis
    except ImportError:
        print("  pymetis is not installed: no peer to compare with")
        return None, 0.0
    weights = np.maximum(np.rint(edge_costs(graph)), 1).astype(int)
    best, best_rating = None, (True, np.inf)
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
        rating = (not lawful, cut_km(graph, labels) if lawful else missed)
        if rating < best_rating:
            best, best_rating = labels, rating
        seed += 1
    return best, time.process_time() - start


def cut_km(graph: BlockGraph, labels: NDArray[np.int32]) -> float:
    """Give the border cost in weighted kilometres."""
    return border_cost(graph, labels) / 1000


def show(  # noqa: PLR0917 - one line of a printed table
    name: str,
    fabric: Fabric,
    graph: BlockGraph,
    people: NDArray[np.int64],
    labels: NDArray[np.int32],
    seconds: float,
) -> float:
    """Print a plan's measures; give its cost."""
    sector = labels.astype(np.int64) + 1
    borders = border_table(fabric, sector)
    sectors = sector_table(fabric, sector, people, borders)
    main_road = borders["road_class"].str.match("(motorway|trunk|primary|secondary)")
    share = borders.loc[main_road, "length_m"].sum() / borders["length_m"].sum()
    cost = cut_km(graph, labels)
    whole = is_whole(graph, labels, COUNT)
    print(
        f"  {name:10} cost {cost:7.1f}  main {share:.1%}  PP {sectors['polsby_popper'].mean():.3f}"
        f"  deviation {sectors['deviation'].abs().max():.2%}  whole {whole}"
        f"  {seconds:.1f} CPU s"
    )
    return cost


if __name__ == "__main__":
    main(sys.argv[1:] or list(SECONDS))
