"""Every plan of a small city, as an oracle for what is proven about all of them."""

from collections.abc import Iterator

import numpy as np

from geosector.partition.graph import BlockGraph, compressed
from geosector.partition.solve import is_whole


def graph_of_pairs(size: int, pairs: list[tuple[int, int]]) -> BlockGraph:
    """Make a graph of blocks that share a metre of residential street each."""
    left, right = np.array(pairs, np.int64).reshape(-1, 2).T
    indptr, indices, _ = compressed(left, right, size)
    metres, passable = np.ones((len(indices), 1)), np.ones(len(indices), bool)
    return BlockGraph(indptr, indices, metres, ("residential",), (), passable)


def every_plan(size: int, count: int) -> Iterator[np.ndarray]:
    """Give every way to put blocks into so many sectors, none empty, connected or not."""
    label = np.zeros(size, np.int32)

    def place(block: int, used: int) -> Iterator[np.ndarray]:
        if block == size:
            if used == count:
                yield label
            return
        if size - block < count - used:
            return
        for sector in range(min(used + 1, count)):
            label[block] = sector
            yield from place(block + 1, max(used, sector + 1))

    yield from place(0, 0)


def least_deviation(graph: BlockGraph, people: np.ndarray, count: int) -> float:
    """Give the deviation of the most even plan of all; infinite where there is no plan."""
    mean = people.sum() / count
    best = np.inf
    for label in every_plan(graph.size, count):
        reached = np.abs(np.bincount(label, people, count) / mean - 1).max()
        if reached < best and is_whole(graph, label, count):
            best = float(reached)
    return best
