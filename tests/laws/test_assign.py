"""Assigning is single-valued and total, and the fast way equals the naive way on every point."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geosector.assign import Assigner

CORNERS = st.floats(-1, 1, allow_nan=False, width=32).map(lambda value: round(value, 3))


@st.composite
def pieces(draw: st.DrawFn) -> np.ndarray:
    """Cut a piece of ground without overlap: into rectangles, or into triangles."""
    if draw(st.booleans()):
        xs, ys = (sorted(draw(st.sets(CORNERS, min_size=2, max_size=5))) for _ in range(2))
        return np.array(
            [
                shapely.box(west, south, east, north)
                for west, east in pairwise(xs)
                for south, north in pairwise(ys)
            ]
        )
    corners = draw(st.lists(st.tuples(CORNERS, CORNERS), min_size=4, max_size=12, unique=True))
    triangles = shapely.delaunay_triangles(shapely.multipoints([*corners, (1.5, 1.25)]))
    return shapely.get_parts(triangles)


@st.composite
def towns(draw: st.DrawFn) -> gpd.GeoDataFrame:
    """Join pieces to zones at random, leave some out, and give the zones keys in any order."""
    ground = draw(pieces().filter(len))
    count = len(ground)
    label = np.array(draw(st.lists(st.integers(0, 4), min_size=count, max_size=count)))
    shift = draw(st.sampled_from([(0, 0), (37.123, 36.4567)]))
    zones = [
        shapely.transform(shapely.union_all(ground[label == name]), lambda c: c + shift)
        for name in np.unique(label[label > 0] if (label > 0).any() else label)
    ]
    keys = draw(st.permutations(range(len(zones))))
    table = gpd.GeoDataFrame({"sector_id": keys}, geometry=zones, crs="EPSG:4326")
    return table[table.is_valid.all() & ~table.is_empty]


def probes(table: gpd.GeoDataFrame, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Take points on vertices, on and a hair beside borders, inside, and around."""
    random = np.random.default_rng(seed)
    vertex = shapely.get_coordinates(table.geometry.array)
    share = random.random((len(vertex) - 1, 1))
    between = vertex[:-1] + share * (vertex[1:] - vertex[:-1])
    middle = (vertex[:-1] + vertex[1:]) / 2
    west, south, east, north = table.total_bounds
    around = random.uniform((west - 0.1, south - 0.1), (east + 0.1, north + 0.1), (200, 2))
    beside = np.nextafter(between, random.choice([-99, 99], between.shape))
    beside[np.abs(beside) < 1e-300] = 0  # there GEOS itself loses the sign
    return tuple(np.concatenate([vertex, between, middle, around, beside]).T)


def naive(table: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    answer = np.full(len(x), -1)
    for shape, key in sorted(
        zip(table.geometry, table["sector_id"], strict=True), key=lambda p: -p[1]
    ):
        answer[shapely.intersects_xy(shape, x, y)] = key
    return answer


@given(towns().filter(len), st.integers(0, 99))
def test_the_fast_way_equals_the_naive_way_on_every_point(table, seed):
    x, y = probes(table, seed)
    assigner = Assigner(table)
    position = assigner.assign(x, y)
    assert (
        np.where(position < 0, -1, assigner.keys[position]).tolist() == naive(table, x, y).tolist()
    )


@given(towns().filter(len), st.integers(0, 99))
def test_the_order_of_zones_and_points_does_not_matter(table, seed):
    x, y = probes(table, seed)
    shuffled = np.random.default_rng(seed).permutation(len(x))
    there = Assigner(table).assign(x, y)
    back = Assigner(table.iloc[::-1]).assign(x[shuffled], y[shuffled])
    assert (there[shuffled] == back).all()


@given(towns().filter(len), st.integers(0, 99))
def test_every_point_of_the_zones_has_exactly_one_zone(table, seed):
    x, y = probes(table, seed)
    position = Assigner(table).assign(x, y)
    ground = shapely.intersects_xy(np.asarray(table.geometry.array)[:, None], x, y).any(axis=0)
    assert ((position >= 0) == ground).all()


@given(towns().filter(len), st.integers(0, 99), st.sampled_from([1e-9, 3e-8]))
def test_slivers_of_rounded_coordinates_change_nothing_in_the_law(table, seed, width):
    """Each zone is redrawn with its own rounding, so borders overlap or gape by a hair."""
    random = np.random.default_rng(seed)
    moved = gpd.GeoSeries(
        [
            shapely.transform(s, lambda c: c + random.uniform(-width, width, 2))
            for s in table.geometry
        ],
        crs=table.crs,
    )
    table = table.set_geometry(moved.array)
    x, y = probes(table, seed)
    x, y = np.append(x, x + random.uniform(-width, width, len(x))), np.tile(y, 2)
    assigner = Assigner(table)
    position = assigner.assign(x, y)
    assert (
        np.where(position < 0, -1, assigner.keys[position]).tolist() == naive(table, x, y).tolist()
    )
