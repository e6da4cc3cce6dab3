"""What no single loss parts, and what the worst loss costs, equal taking each stretch out."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from geosector.measure.access.doubled import find_doubled, worst_losses
from tests.measure.test_cuts import network_of, parts_of, towns


@settings(max_examples=100)
@given(towns())
def test_nodes_are_of_one_part_where_every_loss_leaves_a_way(town) -> None:
    nodes, stretches, _, _ = town
    network, travel = network_of(nodes, stretches)
    found = find_doubled(network, travel)
    whole = parts_of(set(range(nodes)), stretches)
    held = {(one, two) for part in whole for one in part for two in part}
    for at in range(len(stretches)):
        left = parts_of(set(range(nodes)), [pair for i, pair in enumerate(stretches) if i != at])
        still = {(one, two) for part in left for one in part for two in part}
        assert found.bridges[at] == (len(left) > len(whole))
        held &= still
    for one in range(nodes):
        for two in range(nodes):
            assert (found.parts[one] == found.parts[two]) == ((one, two) in held)


@settings(max_examples=100)
@given(towns())
def test_the_worst_loss_is_that_of_taking_each_stretch_out(town) -> None:
    nodes, stretches, people, _ = town
    network, travel = network_of(nodes, stretches)
    found = worst_losses(network, travel, np.array(people, float), np.arange(nodes))

    def met(node: int, ways: list[tuple[int, int]]) -> int:
        part = next(one for one in parts_of(set(range(nodes)), ways) if node in one)
        return sum(people[other] for other in part)

    for node in range(nodes):
        lost = [
            met(node, stretches) - met(node, [pair for i, pair in enumerate(stretches) if i != at])
            for at in range(len(stretches))
        ]
        assert found[node] == max(lost, default=0)
