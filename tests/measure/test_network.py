"""Where drawn streets meet, what closes them, how long they take."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString, Point, box

from geosector.measure.access.cuts import find_parts
from geosector.measure.access.network import build_network, stretch_lines, take_stretches
from geosector.measure.access.travel import DRIVE, WALK, closed_by, travel_times

X, Y = 500_000.0, 4_000_000.0


def roads_of(*lines, **columns) -> gpd.GeoDataFrame:
    """Draw a synthetic town in metres."""
    shapes = [
        LineString([(X + x, Y + y) for x, y in line]) if isinstance(line, list) else line
        for line in lines
    ]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=32637)


def parts(roads: gpd.GeoDataFrame, mode=WALK) -> int:
    network = build_network(roads).network
    return len(set(find_parts(network, travel_times(network, roads, mode)).tolist()))


ACROSS, UP = [(0, 0), (100, 0)], [(50, -50), (50, 50)]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, 1),
        ({"bridge": ["", "yes"]}, 2),
        ({"layer": ["0", "1"]}, 2),
        ({"layer": [None, "-1"]}, 2),
        ({"tunnel": ["yes", "no"]}, 2),
        ({"bridge": ["yes", "yes"]}, 1),
        ({"layer": ["x", ""]}, 1),
    ],
)
def test_streets_that_cross_meet_on_one_level_only(columns, expected) -> None:
    assert parts(roads_of(ACROSS, UP, **columns)) == expected


def test_a_bridge_meets_the_streets_that_its_ends_reach() -> None:
    bridge = [(50, 0), (150, 0)]
    roads = roads_of([(0, 0), (50, 0)], bridge, [(100, -9), (100, 9)], bridge=["", "yes", ""])
    assert parts(roads) == 2


@pytest.mark.parametrize(("gap", "expected"), [(0.0, 1), (0.09, 1), (0.2, 2)])
def test_an_end_reaches_a_street_within_a_tenth_of_a_metre(gap, expected) -> None:
    assert parts(roads_of(ACROSS, [(30, gap), (30, 40)])) == expected


def test_streets_drawn_upon_each_other_meet() -> None:
    assert parts(roads_of(ACROSS, [(50, 0), (150, 0)])) == 1


def test_a_street_that_crosses_itself_is_one() -> None:
    loop = [(0, 0), (100, 0), (100, 100), (50, -50)]
    assert parts(roads_of(loop)) == 1


def test_what_is_no_line_is_listed_and_the_rest_is_there() -> None:
    both = MultiLineString([[(X, Y), (X + 9, Y)], [(X, Y + 9), (X + 9, Y + 9)]])
    built = build_network(roads_of(None, Point(X, Y), both, ACROSS))
    assert built.problems["row"].tolist() == [2, 3]
    assert sorted(set(built.network.road.tolist())) == [2, 3]


@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=4, unique=True
        ),
        min_size=1,
        max_size=6,
    )
)
def test_no_metre_of_a_street_is_lost(lines) -> None:
    roads = roads_of(*lines)
    network = build_network(roads, metric=roads.crs).network
    drawn = stretch_lines(network, np.arange(len(network.length_m)))
    assert network.length_m.sum() == pytest.approx(roads.length.sum(), abs=0.01)
    assert network.length_m == pytest.approx([line.length for line in drawn])
    for at, line in enumerate(drawn):
        ends = [network.xy[network.start[at]], network.xy[network.end[at]]]
        assert np.allclose([line.coords[0], line.coords[-1]], ends, atol=0.002)


def test_some_stretches_alone_keep_what_they_are() -> None:
    network = build_network(roads_of(ACROSS, UP)).network
    some = take_stretches(network, np.array([3, 0]))
    assert some.length_m.tolist() == network.length_m[[3, 0]].tolist()
    assert np.allclose(some.xy[some.start], network.xy[network.start[[3, 0]]])
    assert [one.wkt for one in stretch_lines(some, np.arange(2))] == [
        one.wkt for one in stretch_lines(network, np.array([3, 0]))
    ]


def test_by_car_a_one_way_street_leads_one_way_and_a_path_nowhere() -> None:
    roads = roads_of(ACROSS, [(0, 5), (100, 5)], [(0, 9), (100, 9)],
                     oneway=["yes", "-1", ""], road_class=["primary", "primary", "footway"])  # fmt: skip
    network = build_network(roads).network
    travel = travel_times(network, roads, DRIVE)
    assert np.isfinite(travel.onward).tolist() == [True, False, False]
    assert np.isfinite(travel.back).tolist() == [False, True, False]
    assert np.isfinite(travel_times(network, roads).back).all()


def test_seconds_follow_from_metres_class_and_damage() -> None:
    roads = roads_of(ACROSS, UP, road_class=["primary", "x"], state=["open", "damaged"])
    network = build_network(roads, metric=roads.crs).network
    on_foot = travel_times(network, roads)
    assert on_foot.onward == pytest.approx([50 / 1.2] * 2 + [100 / 1.2] * 2)
    by_car = travel_times(network, roads, DRIVE)
    assert by_car.onward.tolist() == [pytest.approx(4.5)] * 2 + [np.inf] * 2


def test_a_report_that_is_old_or_missing_is_not_known() -> None:
    roads = roads_of(ACROSS, [(0, 9), (9, 9)], [(0, 19), (9, 19)],
                     state_at=["2024-04-30", "2024-03-01", None])  # fmt: skip
    network = build_network(roads).network
    travel = travel_times(network, roads, day=dt.date(2024, 5, 1))
    assert travel.known.tolist() == [True, False, False]
    assert travel.age_days.tolist()[:2] == [1.0, 61.0]


def test_a_line_closes_what_it_crosses_or_follows_and_no_side_street() -> None:
    roads = roads_of(ACROSS, [(50, 0), (50, 90)], [(0, 200), (90, 200)])
    network = build_network(roads, metric=roads.crs).network

    def closed(shape) -> list[int]:
        found = closed_by(network, gpd.GeoDataFrame(geometry=[shape], crs=32637))
        return sorted({int(network.road[at]) for at in np.flatnonzero(found.stretches)})

    assert closed(LineString([(X, Y + 1), (X + 100, Y + 1)])) == [0]
    assert closed(LineString([(X + 40, Y + 30), (X + 60, Y + 31)])) == [1]
    assert closed(box(X + 80, Y + 190, X + 99, Y + 210)) == [2]
    assert closed(Point(X + 10, Y + 20)) == [0]
    assert closed(Point(X + 10, Y + 120)) == []


@settings(max_examples=40, deadline=None)
@given(st.floats(-0.4, 3.4), st.floats(-0.4, 3.4))
@example(0.0, 1.6)  # over a junction, but for the last digit
def test_a_line_through_a_town_parts_its_sides_wherever_it_runs(left, right) -> None:
    """Synthetic: 4 × 4 crossroads, 100 m apart; the line may run over junctions."""
    x, y = 5e5, 4e6
    lines = [LineString([(x + 100 * c, y + 100 * r), (x + 100 * (c + 1), y + 100 * r)])
             for r in range(4) for c in range(3)]  # fmt: skip
    lines += [LineString([(x + 100 * c, y + 100 * r), (x + 100 * c, y + 100 * (r + 1))])
              for r in range(3) for c in range(4)]  # fmt: skip
    roads = gpd.GeoDataFrame(geometry=lines, crs=32637)
    network = build_network(roads, metric=roads.crs).network
    wall = LineString([(x - 50, y + 100 * left), (x + 350, y + 100 * right)])
    closed = closed_by(network, gpd.GeoDataFrame(geometry=[wall], crs=32637)).stretches
    high = y + 100 * (left + (right - left) * (network.xy[:, 0] - x + 50) / 400)
    above = network.xy[:, 1] - high
    opposite = (above[network.start] > 1e-6) & (above[network.end] < -1e-6)
    opposite |= (above[network.end] > 1e-6) & (above[network.start] < -1e-6)
    along = abs(left - right) < 0.2  # most of it may follow a street
    assert along or not (opposite & ~closed).any()
    # Over a junction nobody gets from one side to the other, on whichever side it comes to lie.
    for junction in np.flatnonzero(np.abs(above) < 1e-6):
        begins, ends = (network.start == junction) & ~closed, (network.end == junction) & ~closed
        far = above[np.concatenate([network.end[begins], network.start[ends]])]
        assert along or not ((far > 1e-6).any() and (far < -1e-6).any())
