"""Who reaches what inside a sector equals a plain walk over its streets."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from geosector.measure.access.containment import self_containment
from geosector.measure.access.facilities import nearest_facilities
from geosector.measure.access.network import build_network
from geosector.measure.access.travel import travel_times

X, Y, STEP, WIDE = 500_000.0, 4_000_000.0, 100.0, 5


def town(closed: set[int]) -> tuple[gpd.GeoDataFrame, list[tuple[int, int]]]:
    """Draw a synthetic town of 5 × 3 crossroads; some streets are closed."""
    at = [(column, row) for row in range(3) for column in range(WIDE)]
    pairs = [
        (one, other)
        for one, (x, y) in enumerate(at)
        for other, (u, v) in enumerate(at)
        if (u - x, v - y) in {(1, 0), (0, 1)}
    ]
    lines = [
        LineString([(X + STEP * at[end][0], Y + STEP * at[end][1]) for end in pair])
        for pair in pairs
    ]
    states = ["closed" if number in closed else "open" for number in range(len(pairs))]
    return gpd.GeoDataFrame({"state": states}, geometry=lines, crs=32637), pairs


def sectors() -> gpd.GeoDataFrame:
    """Divide it along the middle street from south to north."""
    west = box(X - 50, Y - 50, X + 2 * STEP, Y + 3 * STEP)
    east = box(X + 2 * STEP, Y - 50, X + 5 * STEP, Y + 3 * STEP)
    return gpd.GeoDataFrame({"sector_id": [1, 2]}, geometry=[west, east], crs=32637)


def points(nodes: list[int]) -> list[Point]:
    return [Point(X + STEP * (node % WIDE), Y + STEP * (node // WIDE)) for node in nodes]


def reaches(node: int, wells: set[int], pairs, open_pairs, inside: set[int]) -> bool:
    seen, waiting = set(), [node]
    while waiting:
        here = waiting.pop()
        seen.add(here)
        for at in open_pairs:
            if here in pairs[at]:
                other = sum(pairs[at]) - here
                if other in inside and other not in seen:
                    waiting.append(other)
    return bool(seen & wells)


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 21), max_size=9), st.sets(st.integers(0, 14), max_size=4))
def test_a_share_equals_a_plain_walk(closed, wells) -> None:
    roads, pairs = town(closed)
    west = {node for node in range(15) if node % WIDE <= 2}
    east = {node for node in range(15) if node % WIDE >= 2}
    network = build_network(roads, metric=roads.crs).network
    travel = travel_times(network, roads)
    blocks = gpd.GeoDataFrame(
        {"sector_id": [1 if node % WIDE < 2 else 2 for node in range(15)],
         "population": range(1, 16)},
        geometry=points(list(range(15))), crs=32637,
    )  # fmt: skip
    facilities = gpd.GeoDataFrame(
        {"kind": ["water_point"] * len(wells)}, geometry=points(sorted(wells)), crs=32637
    )
    found = self_containment(
        sectors(), blocks, facilities, network, travel, kinds=["water_point"], farthest_m=0.5
    )
    open_pairs = [at for at in range(len(pairs)) if at not in closed]
    for sector, inside, own in (
        (1, west, lambda n: n % WIDE < 2),
        (2, east, lambda n: n % WIDE >= 2),
    ):
        expected = sum(
            node + 1
            for node in range(15)
            if own(node)
            and any(node in pairs[at] and set(pairs[at]) <= inside for at in open_pairs)
            and reaches(node, _with_a_street(wells & inside, pairs, open_pairs, inside), pairs,
                        open_pairs, inside)
        )  # fmt: skip
        told = found.sectors.set_index("sector_id").loc[sector]
        assert told["reached"] == expected


def _with_a_street(wells, pairs, open_pairs, inside) -> set[int]:
    return {
        well
        for well in wells
        if any(well in pairs[at] and set(pairs[at]) <= inside for at in open_pairs)
    }


def test_minutes_decide_and_blocks_tell_theirs() -> None:
    roads, _ = town(set())
    network = build_network(roads, metric=roads.crs).network
    travel = travel_times(network, roads)
    blocks = gpd.GeoDataFrame(
        {"sector_id": [1, 1], "population": [10, 30]}, geometry=points([0, 10]), crs=32637
    )
    well = gpd.GeoDataFrame({"kind": ["clinic"]}, geometry=points([0]), crs=32637)
    found = self_containment(sectors(), blocks, well, network, travel, kinds=["clinic"], minutes=2)
    assert found.blocks["clinic_minutes"].tolist() == pytest.approx([0, 200 / 1.2 / 60], abs=1e-6)
    assert found.sectors["share"].iloc[0] == 0.25
    assert np.isnan(found.sectors["share"].iloc[1])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 14), min_size=1, max_size=6), st.integers(1, 4))
def test_the_nearest_in_a_grid_are_as_far_as_its_streets(wells, count) -> None:
    roads, _ = town(set())
    network = build_network(roads, metric=roads.crs).network
    travel = travel_times(network, roads)
    places = gpd.GeoDataFrame(geometry=points(list(range(15))), crs=32637)
    there = gpd.GeoDataFrame(geometry=points(wells), crs=32637)
    found = nearest_facilities(places, there, network, travel, count=count).table
    for node in range(15):
        far = sorted(
            STEP * (abs(node % WIDE - well % WIDE) + abs(node // WIDE - well // WIDE))
            for well in wells
        )[:count]
        told = found[found["block"] == node]
        assert told["metres"].tolist() == pytest.approx(far, abs=1e-3)
        assert told["rank"].tolist() == list(range(1, len(far) + 1))
