"""Synthetic towns of any size: as a graph, or as streets to be made into blocks."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geosector.partition.graph import BlockGraph, compressed

BLOCK_M = 80.0
MAIN_EVERY = 10
LOST = 0.15  # share of main-road metres that are minor instead
UTM = 32636
PLACE = 500_000.0, 3_650_000.0


def grid_graph(side: int, seed: int = 0) -> tuple[BlockGraph, NDArray[np.int64]]:
    """Give the graph and people of side × side blocks of 80 m, every tenth line a main road.

    15 % of the main roads' metres are at random minor. People are densest in the middle and differ
    by 35 % from block to block.
    """
    rng = np.random.default_rng(seed)
    block = np.arange(side * side).reshape(side, side)
    left = np.concatenate([block[:, :-1].ravel(), block[:-1].ravel()])
    right = np.concatenate([block[:, 1:].ravel(), block[1:].ravel()])
    line = np.concatenate([np.tile(np.arange(1, side), side), np.repeat(np.arange(1, side), side)])
    main = (line % MAIN_EVERY == 0) & (rng.random(len(line)) >= LOST)
    metres = np.stack([main, ~main], axis=1) * BLOCK_M
    indptr, indices, edge = compressed(left, right, side * side)
    classes = ("primary", "residential")
    passable = np.ones(len(indices), bool)
    graph = BlockGraph(indptr, indices, metres[edge], classes, (), passable)
    away = np.hypot(*(np.indices((side, side)) / side - 0.5)).ravel()
    people = np.exp(-3 * away) * rng.lognormal(4, 0.35, side * side)
    return graph, np.rint(people).astype(np.int64)


def grid_streets(side: int, seed: int = 0) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Give boundary and roads of a shaken town of about side × side blocks."""
    rng = np.random.default_rng(seed)
    at = np.stack(np.meshgrid(np.arange(side + 1), np.arange(side + 1)), axis=-1) * BLOCK_M
    at = at + rng.uniform(-0.2, 0.2, at.shape) * BLOCK_M
    at[[0, -1], :, 1] = np.array([0, side * BLOCK_M])[:, None]
    at[:, [0, -1], 0] = np.array([0, side * BLOCK_M])
    at[np.ix_([0, -1], [0, -1])] = np.array([[[0, 0], [1, 0]], [[0, 1], [1, 1]]]) * side * BLOCK_M
    at = at + PLACE
    across = np.stack([at[:, :-1], at[:, 1:]], axis=2).reshape(-1, 2, 2)
    down = np.stack([at[:-1], at[1:]], axis=2).reshape(-1, 2, 2)
    line = np.concatenate(
        [np.repeat(np.arange(side + 1), side), np.tile(np.arange(side + 1), side)]
    )
    main = (line % MAIN_EVERY == 0) & (rng.random(len(line)) >= LOST)
    roads = gpd.GeoDataFrame(
        {"road_class": np.where(main, "primary", "residential")},
        geometry=shapely.linestrings(np.concatenate([across, down])),
        crs=UTM,
    )
    east, north = PLACE
    limit = shapely.box(east, north, east + side * BLOCK_M, north + side * BLOCK_M)
    return gpd.GeoDataFrame(geometry=[limit], crs=UTM), roads
