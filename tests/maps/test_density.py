"""Density in incidents per km²: against direct sums, and where it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from geosector.errors import InputError
from geosector.maps import density


def direct_sum(x: np.ndarray, y: np.ndarray, at: np.ndarray, h: float) -> np.ndarray:
    """Compute the definition: incidents per km² at the given places."""
    away = (at[:, :1] - x) ** 2 + (at[:, 1:] - y) ** 2
    return np.exp(-away / (2 * h**2)).sum(axis=1) / (2 * np.pi * h**2) * 1e6


@pytest.mark.parametrize("bandwidth_m", [150.0, 300.0, 1000.0])
def test_the_grid_equals_the_direct_sum_within_two_thousandths_of_the_peak(
    bandwidth_m: float,
) -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(0, 3000, (2, 5000))
    grid = density.estimate(x, y, bandwidth_m)
    rows, columns = random.integers((0, 0), grid.density.shape, (200, 2)).T
    nodes = np.column_stack([grid.x0 + grid.cell_m * columns, grid.y0 + grid.cell_m * rows])
    error = np.abs(grid.density[rows, columns] - direct_sum(x, y, nodes, bandwidth_m))
    assert error.max() < 2e-3 * grid.density.max()


def test_cells_are_never_coarser_than_the_bandwidth_allows() -> None:
    random = np.random.default_rng(0)
    for spread in (10, 1000, 40_000):
        x, y = random.normal(0, spread, (2, 100))
        assert density.estimate(x, y, 300.0).cell_m <= 300.0 / 3


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


@pytest.mark.parametrize("bandwidth_m", [0.0, -5.0, float("nan")])
def test_a_bandwidth_must_be_above_zero(bandwidth_m: float) -> None:
    with pytest.raises(InputError, match="give one above 0 and up to 200,000 metres"):
        density.estimate(np.zeros(1), np.zeros(1), bandwidth_m)


def test_a_tiny_bandwidth_for_a_wide_area_says_which_would_do() -> None:
    wide = np.array([0.0, 500_000.0])
    with pytest.raises(
        InputError, match=r"too small for events 500 km apart\. Give at least 510 m"
    ):
        density.estimate(wide, np.zeros(2), 10.0)
    assert density.estimate(wide, np.zeros(2), 510.0).total() == pytest.approx(2)
