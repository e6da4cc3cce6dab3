"""Parts that are cut off and critical places agree with taking streets away, one by one."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from geosector.errors import InputError, MissingColumnError
from geosector.measure.access.losses import critical_places, parts_cut_off
from geosector.measure.access.network import build_network
from geosector.measure.access.people import people_of
from geosector.measure.access.travel import travel_times

X, Y, STEP, WIDE = 500_000.0, 4_000_000.0, 100.0, 3
at = [(column, row) for row in range(3) for column in range(WIDE)]
PAIRS = [
    (one, other)
    for one, (x, y) in enumerate(at)
    for other, (u, v) in enumerate(at)
    if (u - x, v - y) in {(1, 0), (0, 1)}
]


def place(node: int) -> Point:
    return Point(X + STEP * at[node][0], Y + STEP * at[node][1])


def town(closed: set[int]) -> gpd.GeoDataFrame:
    """Draw a synthetic town of 3 × 3 crossroads."""
    states = ["closed" if number in closed else "open" for number in range(len(PAIRS))]
    names = [f"street {number}" for number in range(len(PAIRS))]
    lines = [LineString([place(one), place(other)]) for one, other in PAIRS]
    return gpd.GeoDataFrame({"state": states, "name": names}, geometry=lines, crs=32637)


def homes(people: list[int]) -> gpd.GeoDataFrame:
    shapes = [place(node) for node in range(9)]
    table = {"population": people, "sector_id": [1 + at[node][0] for node in range(9)]}
    return gpd.GeoDataFrame(table, geometry=shapes, crs=32637)


def parts(pairs: list[tuple[int, int]], nodes: set[int]) -> list[set[int]]:
    """Walk from crossroads to crossroads, plainly."""
    found = []
    left = set(nodes)
    while left:
        part, waiting = set(), [min(left)]
        while waiting:
            here = waiting.pop()
            part.add(here)
            waiting += [
                other for pair in pairs for other in pair
                if here in pair and other not in part and other in nodes
            ]  # fmt: skip
        found.append(part)
        left -= part
    return found


PEOPLE = st.lists(st.sampled_from([1, 2, 4, 8, 16, 32, 64, 128, 256]), min_size=9, max_size=9,
                  unique=True)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.sets(st.integers(0, len(PAIRS) - 1), max_size=9), PEOPLE)
def test_parts_are_those_of_a_plain_walk(closed, people) -> None:
    roads = town(closed)
    network = build_network(roads, metric=roads.crs).network
    travel, before = (
        travel_times(network, roads),
        travel_times(network, roads.drop(columns="state")),
    )
    found = parts_cut_off(homes(people), network, travel, before=before, farthest_m=0.5)
    pairs = [pair for number, pair in enumerate(PAIRS) if number not in closed]
    on_streets = {node for pair in pairs for node in pair}
    every = parts(pairs, on_streets)
    town_part = max(every, key=lambda part: sum(people[node] for node in part), default=set())
    expected = {sum(people[node] for node in part) for part in every if part is not town_part}
    told = found[found["part"] > 0]
    assert set(told["people"]) == expected
    assert told["people"].is_monotonic_decreasing
    assert (told["new"] == told["people"]).all()
    without = [people[node] for node in range(9) if node not in on_streets]
    assert found.loc[found["part"] == 0, "people"].sum() == sum(without)
    assert found["blocks"].sum() == 9 - len(town_part)


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, len(PAIRS) - 1), max_size=6), PEOPLE)
def test_a_critical_street_cuts_off_whom_a_plain_walk_no_longer_finds(closed, people) -> None:
    roads = town(closed)
    network = build_network(roads, metric=roads.crs).network
    found = critical_places(
        homes(people), roads, network, travel_times(network, roads), farthest_m=0.5
    )
    told = found[found["what"] == "stretch"].set_index("name")["people"].to_dict()
    pairs = {number: pair for number, pair in enumerate(PAIRS) if number not in closed}
    expected = {}
    for number, pair in pairs.items():
        left = [other for at_number, other in pairs.items() if at_number != number]
        nodes = {node for one in pairs.values() for node in one}
        whole = next(part for part in parts(list(pairs.values()), nodes) if pair[0] in part)
        after = [part for part in parts(left, nodes) if part <= whole]
        sums = [sum(people[node] for node in part) for part in after]
        if sum(sums) > max(sums):
            expected[f"street {number}"] = sum(sums) - max(sums)
    assert told == expected
    assert found["people"].is_monotonic_decreasing


def test_who_reaches_no_exit_is_cut_off() -> None:
    roads = town({PAIRS.index(pair) for pair in ((0, 3), (1, 4), (2, 5))})
    network = build_network(roads, metric=roads.crs).network
    travel = travel_times(network, roads)
    gate = gpd.GeoDataFrame(geometry=[place(0)], crs=32637)
    found = parts_cut_off(homes([1] * 9), network, travel, exits=gate)
    assert found[["people", "sector_ids", "blocks"]].to_numpy().tolist() == [[6, "1;2;3", 6]]
    assert found["new"].isna().all() or (found["new"] == 0).all()
    far = gpd.GeoDataFrame(geometry=[Point(X, Y - 9000)], crs=32637)
    assert parts_cut_off(homes([1] * 9), network, travel, exits=far)["people"].sum() == 9


def test_a_part_is_drawn_as_its_blocks() -> None:
    roads = town({number for number, pair in enumerate(PAIRS) if 8 in pair})
    network = build_network(roads, metric=roads.crs).network
    areas = homes([1] * 9).set_geometry(
        [box(place(n).x - 10, place(n).y - 10, place(n).x + 10, place(n).y + 10) for n in range(9)]
    )
    found = parts_cut_off(areas, network, travel_times(network, roads), farthest_m=5)
    assert found["part"].tolist() == [0]
    assert found.to_crs(32637).geometry.iloc[0].equals_exact(areas.geometry.iloc[8], 0.01) or (
        found.to_crs(32637).geometry.iloc[0].symmetric_difference(areas.geometry.iloc[8]).area < 1
    )


def test_a_junction_is_named_after_the_street_with_most_stretches() -> None:
    lines = [[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(100, 0), (100, 90)]]
    roads = gpd.GeoDataFrame(
        {"name": ["side", "side", "market"]},
        geometry=[LineString([(X + x, Y + y) for x, y in line]) for line in lines], crs=32637,
    )  # fmt: skip
    roads = pd.concat([roads, roads.iloc[:1]], ignore_index=True)
    network = build_network(roads, metric=roads.crs).network
    people = gpd.GeoDataFrame(
        {"population": [5, 9]}, geometry=[Point(X + 200, Y), Point(X + 100, Y + 90)], crs=32637
    )
    found = critical_places(people, roads, network, travel_times(network, roads))
    junction = found[found["what"] == "junction"]
    assert junction[["name", "people"]].to_numpy().tolist() == [["side", 5.0]]
    assert junction["road_class"].isna().all()


@pytest.mark.parametrize("bad", [-1, float("inf"), "many"])
def test_people_that_are_no_number_are_refused(bad) -> None:
    with pytest.raises(InputError, match=f"The population of a block is {bad}"):
        people_of(pd.DataFrame({"population": [1, bad]}, dtype=object))


def test_people_must_be_there() -> None:
    with pytest.raises(MissingColumnError, match="population"):
        people_of(pd.DataFrame({"a": []}))
