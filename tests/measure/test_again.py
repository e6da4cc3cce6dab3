"""The nearest places over junctions alone equal those of the search over every node."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geosector.measure.access.again import line_up, nearest_again
from geosector.measure.access.nearest import find_nearest, graph_of
from geosector.measure.access.network import Network


@st.composite
def towns(draw: st.DrawFn):
    """Draw synthetic nodes, many of them between two others, with stretches and places."""
    nodes = draw(st.integers(1, 12))
    seconds = st.sampled_from([1.0, 2.0, 2.5, 7.0, math.inf])
    chain = [(node, node + 1) for node in range(nodes - 1) if draw(st.booleans())]
    node = st.integers(0, nodes - 1)
    more = draw(st.lists(st.tuples(node, node), max_size=6))
    pairs = [pair if draw(st.booleans()) else pair[::-1] for pair in [*chain, *more]]
    stretches = [(*pair, draw(seconds), draw(seconds)) for pair in pairs]
    return nodes, stretches, draw(st.lists(node, max_size=4))


@settings(max_examples=500, deadline=None)
@given(towns())
def test_the_nearest_are_those_of_a_search_over_every_node(town) -> None:
    nodes, stretches, places = town
    start, end, onward, back = np.array(stretches, float).reshape(-1, 4).T
    start, end = start.astype(int), end.astype(int)
    none = np.zeros(len(start), int)
    network = Network(
        pyproj.CRS(32637), np.zeros((nodes, 2)), start, end, np.ones(len(start)), none, none,
        np.zeros((0, 2)), np.zeros(1, int),
    )  # fmt: skip
    lined = line_up(network, np.array(places, int))
    assert sorted((lined.ahead % max(len(stretches), 1)).tolist()) == list(range(len(stretches)))
    which, seconds = nearest_again(lined, onward, back)
    same, far = nearest_again(lined, onward, onward)
    other, copied = nearest_again(lined, onward, onward.copy())
    assert far.tolist() == pytest.approx(copied.tolist())
    assert same.tolist() == other.tolist()
    zero = np.zeros(len(start))
    graph = graph_of(nodes, start, end, onward, back, zero, zero)
    plain = find_nearest(graph, np.array(places, int))
    assert seconds.tolist() == pytest.approx(plain.seconds[:, 0].tolist())
    assert ((which >= 0) == np.isfinite(seconds)).all()
    for place in range(len(places)):  # whichever of several is named is as near as any
        own = find_nearest(graph, np.array(places[place : place + 1], int)).seconds[:, 0]
        named = which == place
        assert seconds[named].tolist() == pytest.approx(own[named].tolist())
