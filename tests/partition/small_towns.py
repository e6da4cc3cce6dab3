"""Small towns for which the best plan can be proven: drawn by a rule, and three of Aleppo.

The drawn ones are synthetic: a mesh of streets, shaken, with some missing, every third line a main
road, some of the rest tertiary, and people who differ from block to block.
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
from shapely.geometry import LineString, Polygon, box

from geosector.partition.blocks import make_blocks
from geosector.partition.graph import make_graph
from geosector.partition.population import place_people

UTM = 32636  # open sea at these coordinates
PLACE = np.array([500_000.0, 3_650_000.0])
SYRIA = 32637


class Case(NamedTuple):
    """What the solver is asked, and of which town."""

    town: str  # mesh, wheel, or aleppo
    size: tuple[float, ...]  # blocks across and down; spokes and rings; east, north and side in m
    seed: int
    count: int
    tolerance: float


CASES = {
    "town in two": Case("mesh", (9, 9), 6, 2, 0.03),
    "town in three": Case("mesh", (10, 8), 4, 3, 0.10),
    "town in three, narrowly": Case("mesh", (8, 9), 2, 3, 0.05),
    "town in four": Case("mesh", (9, 7), 3, 4, 0.10),
    "valley in three": Case("mesh", (24, 3), 7, 3, 0.05),
    "round town in two": Case("wheel", (12, 5), 8, 2, 0.05),
    "large round town in two": Case("wheel", (16, 5), 9, 2, 0.10),
    "Aleppo, east of the centre, in two": Case("aleppo", (1500, 0, 500), 0, 2, 0.05),
    "Aleppo, north of the centre, in two": Case("aleppo", (0, 1800, 510), 0, 2, 0.10),
    "Aleppo, south of the centre, in two": Case("aleppo", (2000, -2000, 540), 0, 2, 0.03),
}

# Few lawful plans, far from each other: a solver that moves one block at a time missed them.
NARROW = {
    "fourteen blocks in two, to a percent": Case("mesh", (4, 4), 804443, 2, 0.01),
    "sixteen blocks in four": Case("mesh", (5, 4), 116938, 4, 0.05),
    "twenty-eight blocks in four": Case("mesh", (7, 5), 510888, 4, 0.05),
    "eighteen blocks of a round town in three": Case("wheel", (6, 3), 219999, 3, 0.05),
}


def small_town(case, data=None):
    """Give the graph and the people of a case; ``data`` is the folder of real inputs."""
    if case.town == "aleppo":
        return _aleppo(case, data)
    rng = np.random.default_rng(case.seed)
    crossings = (_mesh if case.town == "mesh" else _wheel)(case.size, rng)
    boundary, roads = _streets(crossings, case.town == "wheel", rng)
    graph = make_graph(make_blocks(boundary, roads))
    return graph, np.rint(rng.lognormal(4, 0.5, graph.size)).astype(np.int64)


def _mesh(size, rng):
    """Place crossings about 100 × 80 m apart; those on the limit stay on it."""
    wide, high = size
    step = np.array([100.0, 80.0])
    at = np.stack(np.meshgrid(np.arange(wide + 1), np.arange(high + 1)), axis=-1) * step
    shake = rng.uniform(-0.25, 0.25, at.shape) * step
    shake[[0, -1], :, 1] = 0
    shake[:, [0, -1], 0] = 0
    shake[np.ix_([0, -1], [0, -1])] = 0
    return at + shake


def _wheel(size, rng):
    """Place crossings on rings 90 m apart, around a round square in the middle."""
    spokes, rings = size
    angle = np.linspace(0, 2 * np.pi, spokes + 1)
    radius = 60 + 90.0 * np.arange(rings + 1)[:, None]
    turned = angle + rng.uniform(-0.08, 0.08, (rings + 1, 1))
    return np.stack([radius * np.cos(turned), radius * np.sin(turned)], axis=-1)


def _streets(at, closed, rng):
    """Make the streets between crossings, ``at`` of shape (rows, columns, 2), and the limit."""
    at = at + PLACE
    rows, columns = at.shape[:2]
    lines, classes = [], []
    for row, column, down in np.ndindex(rows, columns, 2):
        to = (row + 1, column) if down else (row, column + 1)
        if to[0] == rows or to[1] == columns or (closed and down and to[1] == columns - 1):
            continue
        line, inner = (column, columns) if down else (row, rows), 0.1
        on_limit = line[0] in (0, line[1] - 1) and not (closed and down)
        if not on_limit and rng.random() < inner:
            continue
        lines.append(LineString([at[row, column], at[to]]))
        other = str(rng.choice(["tertiary", "residential"], p=[0.2, 0.8]))
        classes.append("primary" if line[0] % 3 == 0 else other)
    corners = [at[0, 0], at[0, -1], at[-1, -1], at[-1, 0]]
    limit = Polygon(at[-1]) if closed else Polygon(corners)
    return (
        gpd.GeoDataFrame(geometry=[limit], crs=UTM),
        gpd.GeoDataFrame({"road_class": classes}, geometry=lines, crs=UTM),
    )


def _aleppo(case, data):
    """Cut a square out of the middle window; people by its blocks (synthetic)."""
    roads = gpd.read_parquet(data / "roads.parquet").rename(columns={"highway": "road_class"})
    windows = gpd.read_file(data / "windows.geojson").to_crs(SYRIA)
    middle = windows.loc[windows["name"] == "6km"].geometry.iloc[0].centroid
    east, north, side = case.size
    x, y = middle.x + east, middle.y + north
    square = box(x - side / 2, y - side / 2, x + side / 2, y + side / 2)
    fabric = make_blocks(gpd.GeoDataFrame(geometry=[square], crs=SYRIA), roads)
    people = place_people(fabric, gpd.read_parquet(data / "population_6km.parquet"))
    return make_graph(fabric), people.by_block
