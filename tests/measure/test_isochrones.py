"""What is reached within a limit equals plain searches over streets cut into short steps."""

from __future__ import annotations

import heapq
import math
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from geosector.errors import InputError, MissingColumnError
from geosector.measure.access import around
from geosector.measure.access.areas import isochrones
from geosector.measure.access.around import find_around
from geosector.measure.access.facilities import find_stops, link, nearest_facilities
from geosector.measure.access.nearest import graph_of
from geosector.measure.access.network import build_network
from geosector.measure.access.reached import piece_lines, reached_pieces
from geosector.measure.access.travel import DRIVE, WALK, travel_times

X, Y, STEP, WIDE = 500_000.0, 4_000_000.0, 100.0, 4
PACE = 1 / 1.2
at = [(column, row) for row in range(3) for column in range(WIDE)]
PAIRS = [
    (one, other)
    for one, (x, y) in enumerate(at)
    for other, (u, v) in enumerate(at)
    if (u - x, v - y) in {(1, 0), (0, 1)}
]


def place(node: int) -> tuple[float, float]:
    return X + STEP * at[node][0], Y + STEP * at[node][1]


def town(closed: set[int], oneway: set[int] = frozenset()) -> gpd.GeoDataFrame:
    """Draw a synthetic town of 4 × 3 crossroads."""
    return gpd.GeoDataFrame(
        {
            "state": ["closed" if number in closed else "open" for number in range(len(PAIRS))],
            "oneway": ["yes" if number in oneway else "no" for number in range(len(PAIRS))],
            "road_class": "primary",
        },
        geometry=[LineString([place(end) for end in pair]) for pair in PAIRS],
        crs=32637,
    )


def plain(
    goal: Point, roads: gpd.GeoDataFrame, *, driving: bool
) -> dict[tuple[float, float], float]:
    """Search from a goal on a street, in steps of 10 m."""
    ways: dict[tuple[float, float], set[tuple[float, float]]] = {}
    for number, (one, other) in enumerate(PAIRS):
        if roads["state"].iloc[number] == "closed":
            continue
        along = np.linspace(place(one), place(other), 11).round(3)
        steps = [tuple(point) for point in along.tolist()]
        for here, there in pairwise(steps):
            ways.setdefault(there, set()).add(here)  # found from `there`: one goes on from `here`
            if not (driving and roads["oneway"].iloc[number] == "yes"):
                ways.setdefault(here, set()).add(there)
            else:
                ways.setdefault(here, set())
    found: dict[tuple[float, float], float] = {}
    waiting = [(0.0, (round(goal.x, 3), round(goal.y, 3)))]
    while waiting:
        metres, here = heapq.heappop(waiting)
        if here in found:
            continue
        found[here] = metres
        for other in ways.get(here, ()):
            heapq.heappush(waiting, (metres + 10, other))
    return found


@settings(max_examples=60, deadline=None)
@given(
    st.sets(st.integers(0, len(PAIRS) - 1), max_size=8),
    st.sets(st.integers(0, len(PAIRS) - 1), max_size=8),
    st.integers(0, len(PAIRS) - 1),
    st.integers(0, 10),
    st.sampled_from([35.0, 105.0, 245.0, 605.0]),
    st.booleans(),
)
def test_reached_streets_are_those_of_a_plain_search(  # noqa: PLR0917 - drawn
    closed, oneway, on, tenth, metres, driving
) -> None:
    roads = town(closed - {on}, oneway)
    one, other = (np.array(place(end)) for end in PAIRS[on])
    goal = Point(one + (other - one) * tenth / 10)
    network = build_network(roads, metric=roads.crs).network
    mode = DRIVE._replace(speed=36.0, speeds={}) if driving else WALK._replace(speed=36.0)
    travel = travel_times(network, roads, mode)  # 10 m a second
    facility = gpd.GeoDataFrame({"id": ["f"]}, geometry=[goal], crs=32637)
    links = link(network, travel, find_stops(network, travel, facility))
    seconds = metres / 10
    found = find_around(links.graph, links.xy, links.nodes, seconds)
    pieces = reached_pieces(links, found, seconds)
    reached = shapely.union_all(piece_lines(network, pieces))
    expected = plain(goal, roads, driving=driving)
    for number, pair in enumerate(PAIRS):
        if roads["state"].iloc[number] == "closed":
            continue
        for part in range(1, 10):  # crossroads are of several streets
            here = np.array(place(pair[0])) * (1 - part / 10) + np.array(place(pair[1])) * part / 10
            told = expected.get((round(here[0], 3), round(here[1], 3)), math.inf)
            near = reached.distance(Point(here)) < 0.01
            assert near == (told <= metres - 4), (pair, part, told)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 11), min_size=1, max_size=5), st.sets(st.integers(0, 16), max_size=6)
)
def test_blocks_have_the_minutes_that_each_facility_alone_gives_them(wells, closed) -> None:
    roads = town(closed)
    network = build_network(roads, metric=roads.crs).network
    travel = travel_times(network, roads)
    homes = gpd.GeoDataFrame(
        {"population": range(1, 13)},
        geometry=[Point(place(node)[0] + 17, place(node)[1] + 3) for node in range(12)],
        crs=32637,
    )
    points = [Point(*place(well)) for well in wells]
    facilities = gpd.GeoDataFrame({"id": range(len(wells))}, geometry=points, crs=32637)
    served = isochrones(facilities, network, travel, minutes=[2, 4], blocks=homes)
    told = {(block, well): taken for block, well, taken in served.blocks.itertuples(index=False)}
    people = served.areas.set_index(["facility_id", "minutes"])["people"]
    for well in range(len(wells)):
        alone = nearest_facilities(homes, facilities.iloc[[well]], network, travel).table
        near = alone[alone["minutes"] <= 4]
        expected = dict(zip(near["block"], near["minutes"], strict=True))
        own = {block: taken for (block, which), taken in told.items() if which == well}
        assert own == pytest.approx(expected)
        for limit in (2, 4):
            inside = alone[alone["minutes"] <= limit]["block"]
            if (well, limit) in people.index:
                assert people[well, limit] == homes.loc[inside, "population"].sum()


@st.composite
def graphs(draw: st.DrawFn):
    """Draw synthetic nodes with places, and stretches no shorter than the straight way."""
    count = draw(st.integers(1, 8))
    part = st.integers(0, 50)
    xy = np.array(draw(st.lists(st.tuples(part, part), min_size=count, max_size=count)), float)
    node = st.integers(0, count - 1)
    seconds = st.sampled_from([1.0, 3.0, 9.0, math.inf])
    stretches = draw(st.lists(st.tuples(node, node, seconds, seconds), max_size=14))
    places = draw(st.lists(node, max_size=5))
    return xy, stretches, places, draw(st.sampled_from([0.0, 3.0, 10.0, 30.0]))


@settings(max_examples=200)
@given(graphs(), st.booleans())
def test_what_is_around_each_place_equals_a_plain_search(given_graph, small) -> None:
    xy, stretches, places, limit = given_graph
    columns = np.array(stretches, float).reshape(len(stretches), 4).T
    start, end = columns[0].astype(int), columns[1].astype(int)
    zero = np.zeros(len(stretches))
    graph = graph_of(len(xy), start, end, columns[2], columns[3], zero, zero)
    with pytest.MonkeyPatch.context() as patch:
        if small:
            patch.setattr(around, "_LARGEST", 1)
            patch.setattr(around, "_TILE", 0.1)
        found = find_around(graph, xy, np.array(places, int), limit)
    told = dict(zip(zip(found.place.tolist(), found.node.tolist(), strict=True),
                    found.seconds.tolist(), strict=True))  # fmt: skip
    expected = {}
    for number, goal in enumerate(places):
        far = dict.fromkeys(range(len(xy)), math.inf)
        far[goal] = 0.0
        for _ in xy:
            for one, other, onward, back in stretches:
                far[one] = min(far[one], far[other] + onward)
                far[other] = min(far[other], far[one] + back)
        expected |= {(number, node): s for node, s in far.items() if s <= limit}
    assert told == pytest.approx(expected)


def one_street() -> tuple:
    street = LineString([(X, Y), (X + 1000, Y)])
    roads = gpd.GeoDataFrame(geometry=[street], crs=32637)
    network = build_network(roads, metric=roads.crs).network
    return network, travel_times(network, roads)


def clinics(*xs: float) -> gpd.GeoDataFrame:
    points = [Point(X + x, Y) for x in xs]
    return gpd.GeoDataFrame({"id": range(len(xs)), "kind": "clinic"}, geometry=points, crs=32637)


def test_an_area_is_what_lies_beside_the_reached_street() -> None:
    network, travel = one_street()
    areas = isochrones(clinics(500), network, travel, metres=[100, 300], width_m=20).areas
    one, wide = areas.to_crs(32637).geometry
    assert one.bounds == pytest.approx((X + 380, Y - 20, X + 620, Y + 20), abs=0.5)
    assert wide.buffer(0.01).covers(one)
    assert wide.area == pytest.approx(600 * 40 + math.pi * 400, rel=0.01)
    assert areas["metres"].tolist() == [100, 300]
    assert areas["people"].isna().all()


def test_metres_count_the_path_to_the_street() -> None:
    network, travel = one_street()
    well = clinics(0).set_geometry([Point(X, Y + 40)])
    homes = gpd.GeoDataFrame(
        {"population": [1, 2]}, geometry=[Point(X + 59, Y), Point(X + 61, Y)], crs=32637
    )
    served = isochrones(well, network, travel, metres=[100], blocks=homes)
    assert served.blocks["metres"].tolist() == pytest.approx([99])
    assert served.areas["people"].tolist() == [1]


def test_a_facility_without_a_street_is_listed_and_has_no_area() -> None:
    network, travel = one_street()
    lonely = clinics(0, 0)
    lonely.loc[1, "geometry"] = Point(X, Y + 5000)
    served = isochrones(lonely, network, travel, minutes=[5])
    assert served.areas["facility_id"].tolist() == [0]
    assert served.problems[["row", "action"]].to_numpy().tolist() == [[3, "nobody reaches it"]]


def test_two_facilities_on_one_spot_have_the_same_area() -> None:
    network, travel = one_street()
    areas = isochrones(clinics(200, 200), network, travel, minutes=[2]).areas
    assert areas.geometry.iloc[0].equals(areas.geometry.iloc[1])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"minutes": []}, "No limit is given"),
        ({"minutes": [5, -1]}, "A limit of -1 is given"),
        ({"minutes": [float("nan")]}, "A limit of nan is given"),
        ({"minutes": [5], "metres": [5]}, "expected one of them"),
        ({"width_m": 0}, "A limit of 0 is given"),
    ],
)
def test_limits_that_make_no_sense_are_refused(options, told) -> None:
    with pytest.raises(InputError, match=told):
        isochrones(clinics(1), *one_street(), **options)


def test_blocks_without_people_are_refused() -> None:
    with pytest.raises(MissingColumnError, match="population"):
        isochrones(clinics(1), *one_street(), blocks=clinics(1))
