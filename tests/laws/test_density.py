"""Law 5: a density integrates to the number of incidents it was made of; and its kin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosector.measure import density

metres = st.floats(-20_000, 20_000)
events = st.lists(st.tuples(metres, metres, st.integers(1, 50)), min_size=1, max_size=30)
bandwidths = st.floats(250, 5000)
Cloud = list[tuple[float, float, int]]


def columns(cloud: Cloud) -> list[np.ndarray]:
    return [np.array(column, float) for column in zip(*cloud, strict=True)]


def read(cloud: Cloud, bandwidth_m: float, at: Cloud) -> np.ndarray:
    """Read the density of some events at the places of others."""
    x, y, counts = columns(cloud)
    grid = density.estimate(x, y, bandwidth_m, weights=counts)
    return density.sample(grid, *columns(at)[:2])


@pytest.mark.nojit
@given(events, bandwidths)
def test_a_density_integrates_to_the_number_of_incidents(cloud: Cloud, bandwidth_m: float) -> None:
    x, y, counts = columns(cloud)
    grid = density.estimate(x, y, bandwidth_m, weights=counts)
    assert abs(grid.total() / counts.sum() - 1) < 1e-9


@given(events)
def test_the_order_of_incidents_does_not_matter(cloud: Cloud) -> None:
    x, y, counts = columns(cloud)
    one = density.estimate(x, y, 700.0, weights=counts)
    other = density.estimate(x[::-1], y[::-1], 700.0, weights=counts[::-1])
    assert np.allclose(one.density, other.density, atol=1e-12)


@given(events, bandwidths)
def test_a_density_is_never_negative_and_its_cells_are_fine_enough(
    cloud: Cloud, bandwidth_m: float
) -> None:
    x, y, counts = columns(cloud)
    grid = density.estimate(x, y, bandwidth_m, weights=counts)
    assert grid.density.min() >= 0
    assert density.sample(grid, *np.random.default_rng(0).uniform(-3e4, 3e4, (2, 500))).min() >= 0
    assert bandwidth_m / 10 <= grid.cell_m * (1 + 1e-12)
    assert grid.cell_m <= bandwidth_m / 4


@given(events, bandwidths, metres, metres)
def test_incidents_moved_move_the_density(
    cloud: Cloud, bandwidth_m: float, east: float, north: float
) -> None:
    moved = [(x + east, y + north, count) for x, y, count in cloud]
    still, after = read(cloud, bandwidth_m, cloud), read(moved, bandwidth_m, moved)
    assert np.allclose(still, after, atol=2e-4 * still.max())


@given(events, events, bandwidths)
def test_the_density_of_all_is_the_sum_of_the_densities_of_the_parts(
    some: Cloud, others: Cloud, bandwidth_m: float
) -> None:
    both = some + others
    whole = read(both, bandwidth_m, both)
    parts = read(some, bandwidth_m, both) + read(others, bandwidth_m, both)
    assert np.allclose(whole, parts, atol=3e-4 * whole.max())


@given(events, bandwidths)
def test_a_count_weighs_as_much_as_so_many_incidents(cloud: Cloud, bandwidth_m: float) -> None:
    x, y, counts = columns(cloud)
    often = counts.astype(int)
    one = density.estimate(x, y, bandwidth_m, weights=counts)
    other = density.estimate(np.repeat(x, often), np.repeat(y, often), bandwidth_m)
    assert np.allclose(one.density, other.density, rtol=1e-9, atol=1e-12)


@given(events, bandwidths)
def test_every_incident_lies_where_something_is_known(cloud: Cloud, bandwidth_m: float) -> None:
    x, y, counts = columns(cloud)
    grid = density.estimate(x, y, bandwidth_m, weights=counts)
    assert density.distances(grid, x, y, x, y).max() <= 1.5 * grid.cell_m
    assert read(cloud, bandwidth_m, cloud).min() > 0
