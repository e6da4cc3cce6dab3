"""What a loss cuts off equals taking each stretch and each junction out, one by one."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geosector.measure.access.cuts import cut_off, find_critical, find_parts
from geosector.measure.access.network import Network
from geosector.measure.access.travel import Travel


@st.composite
def towns(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]], list[int], list[int] | None]:
    """Draw a synthetic town: nodes, stretches, people at nodes, anchors."""
    nodes = draw(st.integers(1, 9))
    node = st.integers(0, nodes - 1)
    stretches = draw(st.lists(st.tuples(node, node), max_size=14))
    people = draw(st.lists(st.integers(0, 5), min_size=nodes, max_size=nodes))
    return nodes, stretches, people, draw(st.none() | st.lists(node, min_size=1, max_size=2))


def network_of(nodes: int, stretches: list[tuple[int, int]]) -> tuple[Network, Travel]:
    start, end = np.array(stretches, int).reshape(-1, 2).T
    one = np.ones(len(start))
    none = np.zeros(len(start), int)
    network = Network(
        pyproj.CRS(32637), np.zeros((nodes, 2)), start, end, one, none, none,
        np.zeros((0, 2)), np.zeros(1, int),
    )  # fmt: skip
    return network, Travel(one, one, one, one > 0, 1.0)


def parts_of(nodes: set[int], stretches: list[tuple[int, int]]) -> list[set[int]]:
    """Walk from node to node, plainly."""
    parts, left = [], set(nodes)
    while left:
        part, waiting = set(), [left.pop()]
        while waiting:
            here = waiting.pop()
            part.add(here)
            for start, end in stretches:
                for one, other in ((start, end), (end, start)):
                    if one == here and other in nodes and other not in part:
                        waiting.append(other)
        left -= part
        parts.append(part)
    return parts


def lost(nodes, stretches, without, people, anchors) -> float:
    """Count who is cut off by a loss and was not before, in the part that it falls apart."""
    gone_node, gone_stretch = without
    before = parts_of(set(range(nodes)), stretches)
    touched = {gone_node} if gone_node is not None else set(stretches[gone_stretch])
    part = next(one for one in before if touched & one)
    left = [pair for at, pair in enumerate(stretches) if at != gone_stretch]
    after = [one for one in parts_of(part - {gone_node}, left) if one <= part]
    if anchors is None:
        sums = [sum(people[node] for node in one) for one in after]
        return sum(sums) - max(sums, default=0)
    if not (part - {gone_node}) & set(anchors):
        return 0
    return sum(people[node] for one in after if not one & set(anchors) for node in one)


@settings(max_examples=500)
@given(towns())
def test_a_loss_cuts_off_who_is_parted_when_it_is_taken_out(town) -> None:
    nodes, stretches, people, anchors = town
    network, travel = network_of(nodes, stretches)
    given_anchors = None if anchors is None else np.array(anchors)
    found = find_critical(network, travel, np.array(people, float), given_anchors)
    told = dict(zip(found.stretches["stretch"], found.stretches["people"], strict=True))
    for at in range(len(stretches)):
        assert told.get(at, 0) == lost(nodes, stretches, (None, at), people, anchors)
    told = dict(zip(found.junctions["node"], found.junctions["people"], strict=True))
    for node in range(nodes):
        assert told.get(node, 0) == lost(nodes, stretches, (node, None), people, anchors)
    assert found.stretches["people"].is_monotonic_decreasing


def test_a_one_way_street_holds_nothing_together_by_car() -> None:
    network, travel = network_of(2, [(0, 1)])
    oneway = travel._replace(back=np.array([np.inf]))
    assert len(set(find_parts(network, oneway).tolist())) == 2
    assert len(set(find_parts(network, travel).tolist())) == 1


@pytest.mark.parametrize(("anchors", "expected"), [(None, [0, 1, 0]), ([1], [1, 0, 1])])
def test_who_reaches_no_anchor_is_cut_off(anchors, expected) -> None:
    given_anchors = None if anchors is None else np.array(anchors)
    found = cut_off(np.array([0, 1, 0]), np.array([1.0, 1.5, 1.0]), given_anchors)
    assert found.astype(int).tolist() == expected
