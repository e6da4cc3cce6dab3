"""The nearest places of every node equal those of a plain search from each place."""

from __future__ import annotations

import heapq
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geosector.measure.access.nearest import find_nearest, graph_of

Stretch = tuple[int, int, float, float, float]


@st.composite
def towns(draw: st.DrawFn) -> tuple[int, list[Stretch], list[int]]:
    """Draw synthetic stretches (start, end, seconds onward, seconds back, age) and places."""
    nodes = draw(st.integers(1, 9))
    node = st.integers(0, nodes - 1)
    seconds = st.sampled_from([1.0, 2.0, 2.5, 7.0, math.inf])
    age = st.sampled_from([0.0, 3.0, 9.0, math.nan])
    stretches = draw(st.lists(st.tuples(node, node, seconds, seconds, age), max_size=20))
    return nodes, stretches, draw(st.lists(node, max_size=6))


def search(nodes: int, stretches: list[Stretch], place: int) -> dict[int, float]:
    """Find the seconds from every node to a place, plainly."""
    ways: dict[int, list[tuple[int, float]]] = {node: [] for node in range(nodes)}
    for start, end, onward, back, _ in stretches:
        ways[end].append((start, onward))
        ways[start].append((end, back))
    found: dict[int, float] = {}
    waiting = [(0.0, place)]
    while waiting:
        so_far, node = heapq.heappop(waiting)
        if node not in found:
            found[node] = so_far
            for other, seconds in ways[node]:
                if math.isfinite(seconds):
                    heapq.heappush(waiting, (so_far + seconds, other))
    return found


def graph(nodes: int, stretches: list[Stretch]):
    columns = np.array(stretches, float).reshape(len(stretches), 5).T
    start, end = columns[0].astype(int), columns[1].astype(int)
    metres = np.where(np.isfinite(columns[2]), columns[2], columns[3])
    return graph_of(nodes, start, end, columns[2], columns[3], metres, columns[4])


@settings(max_examples=400)
@given(towns(), st.integers(1, 5))
def test_every_rank_equals_a_plain_search(town, count) -> None:
    nodes, stretches, places = town
    found = find_nearest(graph(nodes, stretches), np.array(places, int), count)
    each = [search(nodes, stretches, place) for place in places]
    for node in range(nodes):
        plain = sorted(one[node] for one in each if node in one)[:count]
        assert [s for s in found.seconds[node].tolist() if s < math.inf] == pytest.approx(plain)
        named = [which for which in found.which[node].tolist() if which >= 0]
        assert len(set(named)) == len(named) == len(plain)
        assert [each[which][node] for which in named] == pytest.approx(plain)


@given(towns(), st.integers(1, 4))
def test_an_age_is_that_of_some_stretch_or_none(town, count) -> None:
    nodes, stretches, places = town
    found = find_nearest(graph(nodes, stretches), np.array(places, int), count)
    ages = {0.0, *(math.inf if math.isnan(age) else age for *_, age in stretches)}
    assert set(found.age_days[found.which >= 0].tolist()) <= ages


def test_metres_and_the_oldest_age_are_those_of_the_quickest_way() -> None:
    chain = [(0, 1, 2.0, 2.0, 5.0), (1, 2, 2.0, 2.0, 1.0), (0, 2, 9.0, 9.0, 0.0)]
    found = find_nearest(graph(3, chain), np.array([2, 1]), 2)
    assert found.which[0].tolist() == [1, 0]
    assert found.metres[0].tolist() == [2.0, 4.0]
    assert found.age_days[0].tolist() == [5.0, 5.0]
    assert found.age_days[2].tolist() == [0.0, 1.0]


def test_of_places_at_one_node_the_first_comes_first() -> None:
    found = find_nearest(graph(2, [(0, 1, 1.0, 1.0, 0.0)]), np.array([1, 1, 1]), 2)
    assert found.which.tolist() == [[0, 1], [0, 1]]
