"""Ways out are the best of all ways, and tell what they are made of."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from geosector.errors import InputError
from geosector.measure.access.facilities import find_stops, link
from geosector.measure.access.network import build_network
from geosector.measure.access.routes import find_routes
from geosector.measure.access.travel import DRIVE, travel_times
from geosector.measure.access.ways import find_ways

X, Y, STEP, WIDE = 500_000.0, 4_000_000.0, 100.0, 3
at = [(column, row) for row in range(3) for column in range(WIDE)]
PAIRS = [
    (one, other)
    for one, (x, y) in enumerate(at)
    for other, (u, v) in enumerate(at)
    if (u - x, v - y) in {(1, 0), (0, 1)}
]


def place(node: int) -> tuple[float, float]:
    return X + STEP * at[node][0], Y + STEP * at[node][1]


def town(closed: set[int] = frozenset(), oneway: set[int] = frozenset(), **columns: object):
    """Draw a synthetic town of 3 × 3 crossroads."""
    states = ["closed" if number in closed else "open" for number in range(len(PAIRS))]
    bound = ["yes" if number in oneway else "no" for number in range(len(PAIRS))]
    roads = gpd.GeoDataFrame(
        {"state": states, "oneway": bound, "road_class": "primary", **columns},
        geometry=[LineString([place(end) for end in pair]) for pair in PAIRS],
        crs=32637,
    )
    return roads, build_network(roads, metric=roads.crs).network


def points(*nodes: int) -> gpd.GeoDataFrame:
    shapes = [Point(*place(node)) for node in nodes]
    return gpd.GeoDataFrame({"id": [f"n{node}" for node in nodes]}, geometry=shapes, crs=32637)


def best(start: int, goals: set[int], open_pairs, burden) -> tuple[int, float] | None:
    """Try every way without a turn back: the burden in tenths of metres, and the metres."""
    found: list[tuple[int, float]] = []

    def go(here: int, seen: set[int], units: int, metres: float) -> None:
        if here in goals:
            found.append((units, metres))
            return
        for number, to_end in open_pairs:
            one, other = PAIRS[number] if to_end else PAIRS[number][::-1]
            if one == here and other not in seen:
                go(other, seen | {other}, units + burden[number], metres + STEP)

    go(start, {start}, 0, 0.0)
    return min(found, default=None)


@settings(max_examples=60, deadline=None)
@given(
    st.sets(st.integers(0, len(PAIRS) - 1), max_size=5),
    st.sets(st.integers(0, len(PAIRS) - 1), max_size=5),
    st.lists(st.sampled_from([0, 0, 0, 7, 300]), min_size=len(PAIRS), max_size=len(PAIRS)),
    st.integers(0, 8),
    st.sets(st.integers(0, 8), min_size=1, max_size=2),
)
def test_a_way_has_the_least_burden_and_then_the_least_seconds(
    closed, oneway, burden, start, goals
) -> None:
    roads, network = town(closed, oneway)
    travel = travel_times(network, roads, DRIVE._replace(speed=3.6, speeds={}))  # 1 m a second
    ends = points(*sorted(goals), start)
    stops = find_stops(network, travel, ends, farthest_m=0.5)
    if (stops.stretch < 0).any():
        return
    links = link(network, travel, stops)
    weights = np.array(burden, float)[network.road[links.stretch]] / 10
    # A crossroads may stand at the start or the end of another stretch: the same place.
    (ways,) = find_ways(links, links.nodes[:-1], links.nodes[-1:], weights)
    open_pairs = [
        (number, to_end)
        for number in range(len(PAIRS))
        for to_end in (True, False)
        if number not in closed and (to_end or number not in oneway)
    ]
    expected = best(start, goals, open_pairs, burden)
    if expected is None:
        assert ways == []
        return
    (way,) = ways
    assert sum(burden[network.road[links.stretch[piece]]] for piece in way.piece) == expected[0]
    assert way.seconds == pytest.approx(expected[1], abs=1e-3)


def test_a_further_way_shares_only_what_it_must() -> None:
    # Node 0 has one street left, to node 1; from there two ways lead to node 8.
    roads, network = town({PAIRS.index((0, 3))})
    told = find_routes(points(0), points(8), network, travel_times(network, roads), count=3).routes
    assert told["rank"].tolist() == [1, 2, 3][: len(told)]
    assert told["shared_m"].tolist()[:2] == pytest.approx([0, 100], abs=0.5)
    assert told["metres"].tolist()[:2] == pytest.approx([400, 400], abs=0.5)


def test_there_is_no_second_way_where_there_is_one_only() -> None:
    roads, network = town(set(range(2, len(PAIRS))))
    there = points(0), points(1)
    told = find_routes(*there, network, travel_times(network, roads), count=2).routes
    assert told["rank"].tolist() == [1]


def test_a_way_through_a_hot_area_tells_its_metres_inside() -> None:
    roads, network = town()
    hot = gpd.GeoDataFrame(geometry=[box(X - 50, Y + 40, X + 250, Y + 60)], crs=32637)
    told = find_routes(points(0), points(6), network, travel_times(network, roads), avoid=hot)
    (row,) = told.routes.to_dict("records")
    assert (row["avoided"], row["known"], row["to"]) == (False, False, "n6")
    assert row["inside_m"] == pytest.approx(20, abs=0.1)
    assert row["metres"] == pytest.approx(200, abs=0.1)


def test_the_line_is_as_long_as_the_way_and_joins_its_ends() -> None:
    roads, network = town()
    home = gpd.GeoDataFrame({"id": [1]}, geometry=[Point(X + 30, Y + 20)], crs=32637)
    gate = gpd.GeoDataFrame({"id": ["g"]}, geometry=[Point(X + 170, Y + 230)], crs=32637)
    told = find_routes(home, gate, network, travel_times(network, roads)).routes
    line = told.to_crs(32637).geometry.iloc[0]
    assert line.length == pytest.approx(told["metres"].iloc[0], abs=0.5)
    assert Point(line.coords[0]).distance(home.geometry.iloc[0]) < 0.01
    assert Point(line.coords[-1]).distance(gate.geometry.iloc[0]) < 0.01
    assert told["avoided"].isna().all()


def test_the_oldest_report_of_a_way_is_told_and_a_stale_one_is_unknown() -> None:
    days = [pd.Timestamp("2024-04-30")] * len(PAIRS)
    days[PAIRS.index((0, 1))] = pd.Timestamp("2024-03-01")
    for state_at, oldest, known in (
        (days, 60, False),
        ([pd.Timestamp("2024-04-30")] * len(PAIRS), 0, True),
        ([None, *days[1:]], math.nan, False),
    ):
        roads, network = town(state_at=state_at)
        travel = travel_times(network, roads)
        told = find_routes(points(0), points(1), network, travel).routes.iloc[0]
        assert (told["oldest_report_days"], told["known"]) == (pytest.approx(oldest, nan_ok=True),
                                                               known)  # fmt: skip


def test_places_and_areas_that_cannot_be_used_are_listed() -> None:
    roads, network = town()
    homes = points(0, 1)
    homes.loc[1, "geometry"] = Point(X, Y + 9000)
    gates = points(8, 8)
    gates.loc[1, "geometry"] = None
    avoid = gpd.GeoDataFrame(geometry=[Point(X, Y), box(0, 0, 1, 1)], crs=32637)
    found = find_routes(homes, gates, network, travel_times(network, roads), avoid=avoid)
    assert found.routes["to"].fillna("").tolist() == ["n8", ""]
    assert found.routes.geometry.isna().tolist() == [False, True]
    assert set(zip(found.problems["file"], found.problems["row"], strict=True)) == {
        ("origins", 3), ("exits", 3), ("avoid", 2),
    }  # fmt: skip


def test_without_destinations_nobody_has_a_way() -> None:
    roads, network = town()
    travel = travel_times(network, roads)
    assert find_routes(points(0), points(1)[:0], network, travel).routes["to"].isna().all()
    shut = points(1).assign(status="closed")
    assert find_routes(points(0), shut, network, travel).routes["to"].isna().all()


def test_no_ways_are_refused() -> None:
    roads, network = town()
    with pytest.raises(InputError, match="0 ways are asked for"):
        find_routes(points(0), points(1), network, travel_times(network, roads), count=0)
