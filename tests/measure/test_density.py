"""Density in incidents per km²: against direct sums, and where it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from geosector.errors import InputError
from geosector.measure import density


def direct_sum(x: np.ndarray, y: np.ndarray, at: np.ndarray, h: float) -> np.ndarray:
    """Compute the definition: incidents per km² at the given places."""
    away = (at[:, :1] - x) ** 2 + (at[:, 1:] - y) ** 2
    return np.exp(-away / (2 * h**2)).sum(axis=1) / (2 * np.pi * h**2) * 1e6


@pytest.mark.nojit
@pytest.mark.parametrize("bandwidth_m", [150.0, 300.0, 1000.0])
def test_any_place_reads_the_direct_sum_within_a_ten_thousandth_of_the_peak(
    bandwidth_m: float,
) -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(0, 3000, (2, 2000))
    places = random.normal(0, 3000, (1000, 2))
    exact = direct_sum(x, y, places, bandwidth_m)
    grid = density.estimate(x, y, bandwidth_m)
    assert np.abs(density.sample(grid, *places.T) - exact).max() < 1e-4 * exact.max()


@pytest.mark.parametrize("shift", np.linspace(0, 1, 7))
def test_one_event_is_as_wide_wherever_it_falls_between_the_nodes(shift: float) -> None:
    # A second event, as good as none, holds the grid in place at its coarsest.
    x, y = np.array([shift * 75, 60_000.0]), np.array([shift * 40, 0.0])
    grid = density.estimate(x, y, 300.0, weights=np.array([1.0, 1e-9]))
    assert grid.cell_m == 300.0 / density.CELLS_PER_BANDWIDTH
    places = np.random.default_rng(0).normal((x[0], y[0]), 400, (1000, 2))
    exact = direct_sum(x[:1], y[:1], places, 300.0)
    assert np.abs(density.sample(grid, *places.T) - exact).max() < 1.2e-4 * exact.max()


def test_nothing_is_left_where_the_kernel_is_cut() -> None:
    grid = density.estimate(np.zeros(1), np.zeros(1), 1000.0)
    reads = density.sample(grid, np.array([4900.0, 5300.0]), np.zeros(2))
    peak = grid.density.max()
    assert 0 < reads[0] < 1e-5 * peak
    assert reads[1] < 1e-9 * peak


def test_cells_are_never_coarser_than_the_bandwidth_allows() -> None:
    random = np.random.default_rng(0)
    for spread in (10, 1000, 40_000):
        x, y = random.normal(0, spread, (2, 100))
        assert density.estimate(x, y, 300.0).cell_m <= 300.0 / 4


def test_a_city_takes_a_grid_of_five_hundred_cells_along_its_longer_side() -> None:
    x, y = np.array([0.0, 14_000.0]), np.array([0.0, 12_000.0])
    rows, columns = density.estimate(x, y, 300.0).density.shape
    assert (rows, columns) == (447, 506)


def test_a_far_outlier_does_not_widen_the_bandwidth() -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(0, 1000, (2, 500))
    usual = density.choose_bandwidth(x, y)
    assert density.choose_bandwidth(np.append(x, 1e6), np.append(y, 1e6)) <= 1.1 * usual


def test_counts_at_one_place_choose_the_bandwidth_of_as_many_events() -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(0, 5000, (2, 400))
    weights = random.integers(1, 5, 400).astype(float)
    whole = weights.astype(int)
    repeated = density.choose_bandwidth(np.repeat(x, whole), np.repeat(y, whole))
    assert density.choose_bandwidth(x, y, weights) == pytest.approx(repeated, rel=0.02)


def test_quartiles_of_equal_counts_are_those_of_nearly_equal_ones() -> None:
    x = np.random.default_rng(0).normal(0, 5000, 401)
    nearly = np.ones(401) + 1e-12 * (np.arange(401) % 2)
    assert density._quartiles(x, np.full(401, 3.0)) == pytest.approx(density._quartiles(x, nearly))


@pytest.mark.parametrize("bandwidth_m", [0.0, -5.0, float("nan")])
def test_a_bandwidth_must_be_above_zero(bandwidth_m: float) -> None:
    with pytest.raises(InputError, match="give one above 0 and up to 200,000 metres"):
        density.estimate(np.zeros(1), np.zeros(1), bandwidth_m)


def test_a_place_cannot_stand_for_less_than_no_event() -> None:
    with pytest.raises(InputError, match=r"stands for .*2 events; give 0 or more"):
        density.estimate(np.zeros(2), np.zeros(2), 500.0, weights=np.array([3.0, -2.0]))


def test_a_tiny_bandwidth_for_a_wide_area_says_which_would_do() -> None:
    wide = np.array([0.0, 500_000.0])
    with pytest.raises(
        InputError, match=r"too small for events 500 km apart\. Give at least 510 m"
    ):
        density.estimate(wide, np.zeros(2), 10.0)
    assert density.estimate(wide, np.zeros(2), 510.0).total() == pytest.approx(2)


def test_whole_numbers_and_columns_of_tables_are_coordinates_too() -> None:
    table = np.array([[0, 3], [1000, 5]])
    table.flags.writeable = False
    grid = density.estimate(table[:, 0], table[:, 1], 500.0, weights=np.array([1, 2]))
    assert grid.total() == pytest.approx(3)
