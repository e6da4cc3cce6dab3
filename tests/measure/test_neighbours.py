"""Neighbours of areas: equal to every pair measured by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geosector.errors import InputError, MissingCRSError
from geosector.measure.hotspots.neighbours import Neighbours, nearest_few, touching, within_metres

UTM = 32637
places = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=25, unique=True
)


def points(xy: list[tuple[int, int]]) -> gpd.GeoDataFrame:
    shapes = [shapely.Point(5e5 + 100 * x, 4e6 + 100 * y) for x, y in xy]
    return gpd.GeoDataFrame(geometry=shapes, crs=UTM)


def pairs(near: Neighbours) -> set[tuple[int, int]]:
    return set(zip(near.one.tolist(), near.other.tolist(), strict=True))


@given(places)
@settings(max_examples=40)
def test_within_a_distance_are_all_that_measure_so(xy: list[tuple[int, int]]) -> None:
    at = np.array(xy) * 100.0
    away = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    # Distances on the lattice jump from 728 to 762 m, more than UTM's scale is off.
    expected = {(i, j) for i, j in np.argwhere(away < 745).tolist() if i != j}
    assert pairs(within_metres(points(xy), 745.0)) == expected


@given(places, st.integers(1, 5))
@settings(max_examples=40)
def test_the_nearest_few_are_no_further_than_any_other(
    xy: list[tuple[int, int]], count: int
) -> None:
    at = np.array(xy) * 100.0
    away = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    np.fill_diagonal(away, np.inf)
    last = np.sort(away, axis=1)[:, min(count, len(xy) - 1) - 1]
    expected = {(i, j) for i, j in np.argwhere(away <= last[:, None] + 1e-6).tolist()}
    assert pairs(nearest_few(points(xy), count)) == expected


@given(places, st.randoms())
@settings(max_examples=20)
def test_the_order_of_rows_does_not_matter_to_neighbours(xy: list[tuple[int, int]], random) -> None:
    order = list(range(len(xy)))
    random.shuffle(order)
    table = points(xy)
    for find in (lambda one: within_metres(one, 450.0), lambda one: nearest_few(one, 2)):
        moved = {(order[i], order[j]) for i, j in pairs(find(table.iloc[order]))}
        assert moved == pairs(find(table))


def test_squares_of_a_board_touch_as_a_queen_moves() -> None:
    squares = [
        shapely.box(5e5 + 100 * x, 4e6 + 100 * y, 5e5 + 100 * (x + 1), 4e6 + 100 * (y + 1))
        for x in range(4)
        for y in range(4)
    ]
    near = touching(gpd.GeoDataFrame(geometry=squares, crs=UTM))
    assert np.bincount(near.one).tolist() == [3, 5, 5, 3, 5, 8, 8, 5, 5, 8, 8, 5, 3, 5, 5, 3]
    assert not near.alone.any()


def test_borders_that_miss_each_other_by_a_hand_touch_and_a_river_parts() -> None:
    squares = [shapely.box(5e5 + x, 4e6, 5e5 + x + 100, 4e6 + 100) for x in (0, 100.3, 260)]
    near = touching(gpd.GeoDataFrame(geometry=squares, crs=UTM))
    assert pairs(near) == {(0, 1), (1, 0)}
    assert near.alone.tolist() == [False, False, True]


def test_a_row_without_ground_is_nobodys_neighbour() -> None:
    square = shapely.box(5e5, 4e6, 500100, 4000100)
    table = gpd.GeoDataFrame(geometry=[square, None, square, shapely.Polygon()], crs=UTM)
    for near in (touching(table), within_metres(table, 10), nearest_few(table, 3)):
        assert pairs(near) == {(0, 2), (2, 0)}
        assert near.areas == 4


def test_a_table_of_nothing_has_no_neighbours() -> None:
    nothing = gpd.GeoDataFrame(geometry=[None, None], crs=4326)
    for near in (touching(nothing), within_metres(nothing, 10), nearest_few(nothing, 3)):
        assert near.alone.tolist() == [True, True]


def test_neighbours_need_a_coordinate_system_and_metres() -> None:
    with pytest.raises(MissingCRSError):
        touching(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)]))
    with pytest.raises(InputError, match="give a number above 0"):
        within_metres(points([(0, 0), (1, 1)]), float("nan"))
    with pytest.raises(InputError, match="give a whole number from 1"):
        nearest_few(points([(0, 0), (1, 1)]), 1.5)  # type: ignore[arg-type]


def test_a_distance_that_joins_everything_to_everything_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("geosector.measure.hotspots.neighbours.MOST_PAIRS", 3)
    with pytest.raises(InputError, match="makes 4 pairs of neighbours"):
        within_metres(points([(0, 0), (1, 1)]), 1000)
