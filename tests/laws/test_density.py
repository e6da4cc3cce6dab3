"""Law 5: a density integrates to the number of incidents it was made of."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geosector.maps import density

metres = st.floats(-20_000, 20_000)
events = st.lists(st.tuples(metres, metres, st.integers(1, 50)), min_size=1, max_size=30)


@given(events, st.floats(50, 5000))
def test_a_density_integrates_to_the_number_of_incidents(
    cloud: list[tuple[float, float, int]], bandwidth_m: float
) -> None:
    x, y, counts = (np.array(column, float) for column in zip(*cloud, strict=True))
    grid = density.estimate(x, y, bandwidth_m, weights=counts)
    assert abs(grid.total() / counts.sum() - 1) < 1e-4


@given(events)
def test_the_order_of_incidents_does_not_matter(cloud: list[tuple[float, float, int]]) -> None:
    x, y, counts = (np.array(column, float) for column in zip(*cloud, strict=True))
    one = density.estimate(x, y, 700.0, weights=counts)
    other = density.estimate(x[::-1], y[::-1], 700.0, weights=counts[::-1])
    assert np.allclose(one.density, other.density, atol=1e-12)
