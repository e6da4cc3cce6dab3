"""Ways to all places equal those that the search for the nearest finds. All data are synthetic."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString

from geosector.measure.access.facilities import nearest_facilities
from geosector.measure.access.network import build_network
from geosector.measure.access.travel import DRIVE, WALK, travel_times
from geosector.measure.sheltering import trips
from geosector.measure.sheltering.transport import NO_WAY
from geosector.measure.sheltering.trips import find_paths, follow, milliseconds

pytestmark = pytest.mark.nojit

X, Y, SIDE = 500_000.0, 4_000_000.0, 4


def town(seed: int) -> gpd.GeoDataFrame:
    """Draw a crooked synthetic town of 4 × 4 crossroads: no two ways are equally long."""
    random = np.random.default_rng(seed)
    at = random.uniform(-30, 30, (SIDE, SIDE, 2)) + 150 * np.moveaxis(np.mgrid[:SIDE, :SIDE], 0, 2)
    pairs = [((a, b), (a + 1, b)) for a in range(SIDE - 1) for b in range(SIDE)]
    pairs += [((a, b), (a, b + 1)) for a in range(SIDE) for b in range(SIDE - 1)]
    lines = [LineString([at[one] + (X, Y), at[other] + (X, Y)]) for one, other in pairs]
    count = len(lines)
    return gpd.GeoDataFrame(
        {
            "state": random.choice(["open", "open", "open", "damaged", "closed"], count),
            "state_at": random.choice(["2024-01-01", "2024-02-20", "2024-03-01", None], count),
            "oneway": random.choice(["no", "no", "yes", "-1"], count),
        },
        geometry=lines,
        crs=32637,
    )


def scattered(count: int, random: np.random.Generator, **columns: object) -> gpd.GeoDataFrame:
    points = gpd.points_from_xy(*random.uniform((X, Y), (X + 480, Y + 480), (count, 2)).T)
    return gpd.GeoDataFrame(columns, geometry=points, crs=32637, index=range(count))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([WALK, DRIVE]))
def test_every_way_equals_that_of_the_nearest_of_all_places(seed, mode) -> None:
    roads, random = town(seed), np.random.default_rng(seed)
    network = build_network(roads, metric=roads.crs).network
    travel = travel_times(network, roads, mode)
    blocks, places = scattered(7, random), scattered(3, random, id=[0, 1, 2])
    paths = find_paths(network, travel, blocks, places, farthest_m=60)
    cost = milliseconds(paths)
    near = nearest_facilities(blocks, places, network, travel, count=3, farthest_m=60).table
    near = near.dropna(subset="facility_id")
    block, place = near["block"].to_numpy(int), near["facility_id"].to_numpy(int)
    assert sorted(zip(block, place, strict=True)) == list(
        zip(*np.nonzero(cost < NO_WAY), strict=True)
    )
    told = follow(paths, block, place, cost[block, place])
    np.testing.assert_allclose(told.seconds / 60, near["minutes"])
    np.testing.assert_allclose(told.metres, near["metres"])
    age = np.where(np.isfinite(told.age_days), told.age_days, np.nan)
    np.testing.assert_array_equal(age, near["oldest_report_days"])
    assert np.abs(cost[block, place] / 1000 - told.seconds).max(initial=0) <= 0.0005 + 1e-9


def test_a_limit_cuts_off_ways_and_changes_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    roads, random = town(5), np.random.default_rng(5)
    network = build_network(roads, metric=roads.crs).network
    travel = travel_times(network, roads)
    paths = find_paths(network, travel, scattered(30, random), scattered(6, random), farthest_m=500)
    every = milliseconds(paths)
    limit = int(np.median(every[every < NO_WAY]))
    monkeypatch.setattr(trips, "_AT_ONCE", 1)  # one place after the other
    near = milliseconds(paths, seconds=limit / 1000)
    assert (near == np.where(every <= limit, every, NO_WAY)).all()


def test_nobody_goes_anywhere_without_streets() -> None:
    roads = town(1)
    network = build_network(roads[:0], metric=roads.crs).network
    random = np.random.default_rng(1)
    travel = travel_times(network, roads[:0])
    paths = find_paths(network, travel, scattered(2, random), scattered(2, random), farthest_m=99)
    assert (milliseconds(paths) == NO_WAY).all()
    assert len(follow(paths, np.zeros(0, int), np.zeros(0, int), np.zeros(0, np.int32)).metres) == 0
