"""What is proven before anything is solved is true of every plan."""

import itertools

import numpy as np
import pytest

from geosector.partition.bounds import (
    cut_pieces,
    find_obstacle,
    least_tolerance,
    make_task,
    window,
)
from tests.partition.plans import graph_of_pairs, least_deviation


def row_of(*people):
    """Blocks in a row, each beside the next."""
    pairs = [(block, block + 1) for block in range(len(people) - 1)]
    return graph_of_pairs(len(people), pairs), np.array(people)


def ring_of(*people):
    pairs = [(block, (block + 1) % len(people)) for block in range(len(people))]
    return graph_of_pairs(len(people), [(min(p), max(p)) for p in pairs]), np.array(people)


def all_beside_all(*people):
    """Blocks each of which borders all others, so that only their people matter."""
    pairs = [*itertools.combinations(range(len(people)), 2)]
    return graph_of_pairs(len(people), pairs), np.array(people)


def gate_with(gate, *arms):
    """Block 0 and arms reached through it alone, the blocks of each arm all beside each other."""
    people, pairs = [gate], []
    for arm in arms:
        blocks = range(len(people), len(people) + len(arm))
        people += arm
        pairs += [*itertools.combinations(blocks, 2), *((0, block) for block in blocks)]
    return graph_of_pairs(len(people), pairs), np.array(people)


# City, sectors, tolerance; what proves that there is no plan, at which block; the deviation of the
# most even plan of all.
CASES = {
    "two blocks, three sectors": (row_of(10, 10), 3, 0.5, "too_few_blocks", -1, np.inf),
    "someone must live in a sector": (
        *(all_beside_all(10, 0, 10), 3, 0.5, "too_few_with_people", -1, 1.0),
    ),
    "a block of 40, where 24 is the mean": (
        *(all_beside_all(8, 40, 12, 12), 3, 0.2, "group_over_quota", 1, 40 / 24 - 1),
    ),
    "the ends of a row are too small alone": (
        *(row_of(10, 10, 10), 2, 0.3, "group_over_quota", 0, 1 / 3),
    ),
    "tens do not make two of fifteen": (*(all_beside_all(10, 10, 10), 2, 0.3, "steps", -1, 1 / 3),),
    "four blocks above half a sector, three sectors": (
        *(all_beside_all(9, 9, 8, 8), 3, 0.3, "packing", -1, 16 / (34 / 3) - 1),
    ),
    "two of 12 leave 6 for a sector of 10": (
        *(all_beside_all(12, 5, 1, 12), 3, 0.3, "covering", -1, 0.4),
    ),
    "2 lies between two of 11, and 13 is too many": (
        *(ring_of(2, 11, 9, 7, 11), 4, 0.25, "lonely", 0, 0.3),
    ),
    "arms of 16 hold one sector of 9 to 11 each: four with the gate, where five are wanted": (
        *(gate_with(2, [6, 5, 5], [6, 5, 5], [6, 5, 5]), 5, 0.1, "gate", 0, 0.4),
    ),
    "arms of 22 hold two sectors of 11 or 12, but one too many: then 10 are left for the gate": (
        *(gate_with(3, [6, 5, 6, 5], [6, 5, 6, 5]), 4, 0.1, "gate", 0, 13 / 11.75 - 1),
    ),
    "an arm of 21 leaves 8 over, with the gate of 6 one more than 13": (
        *(gate_with(6, [6, 5], [6, 5], [6, 5], [8, 5, 8]), 5, 0.1, "gate", 0, 1 / 6),
    ),
    "tens and one eleven do not make 22 to 24": (
        *(all_beside_all(10, 10, 10, 10, 11, 9, 9), 3, 0.05, "sums", -1, 1 - 18 / 23),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=[*CASES])
def test_each_proof_names_its_reason_and_every_plan_agrees(case):
    (graph, people), count, tolerance, kind, block, best = case
    task = make_task(graph, people, count)
    found = find_obstacle(task, tolerance)
    assert (found.kind, found.block) == (kind, block)
    assert least_deviation(graph, people, count) == pytest.approx(best)
    assert least_tolerance(task)[0] <= best + 1e-9


def test_a_sum_must_exist_for_each_block():
    # 33 to 35 people: 21 + 12 and 23 + 12 are such, but 16 + 16 is 32 and 16 + 21 is 37.
    city = all_beside_all(14, 23, 16, 12, 16, 21)
    assert find_obstacle(make_task(*city, 3), 0.05) == ("sums", 2)
    assert least_deviation(*city, 3) == pytest.approx(2 / 34)


def test_the_pieces_that_hang_on_a_block_are_found():
    pieces = cut_pieces(*gate_with(5, [1], [2], [3]))
    assert pieces.block.tolist() == [0, 0, 0]
    assert sorted(pieces.people.tolist()) == [1, 2, 3]
    pieces = cut_pieces(*row_of(1, 2, 3, 4))
    hanging = set(zip(pieces.block.tolist(), pieces.people.tolist(), strict=True))
    assert hanging == {(1, 1), (1, 7), (2, 3), (2, 4)}


def test_a_ring_has_no_gates():
    assert len(cut_pieces(*ring_of(1, 1, 1, 1)).block) == 0


def test_the_window_holds_whole_people_and_what_lies_on_its_edge():
    graph, people = row_of(50, 50, 50, 50)
    assert window(make_task(graph, people, 2), 0.1) == (90, 110)
    assert window(make_task(graph, people, 3), 0.1) == (60, 73)
    assert window(make_task(graph, people, 2), 0.995) == (1, 199)


def test_the_least_tolerance_is_the_next_that_whole_people_allow():
    least, because = least_tolerance(make_task(*all_beside_all(10, 10, 10), 2))
    assert least == pytest.approx(1 / 3)
    assert because.kind == "steps"
    least, because = least_tolerance(make_task(*ring_of(2, 11, 9, 7, 11), 4))
    assert (least, because) == (pytest.approx(0.3), ("lonely", 0))


def test_a_block_of_several_sectors_needs_more_than_any_tolerance():
    least, because = least_tolerance(make_task(*all_beside_all(1, 98, 1, 0), 4))
    assert least == pytest.approx(98 / 25 - 1)
    assert because == ("group_over_quota", 1)


def test_nothing_is_proven_of_one_sector_or_of_an_even_city():
    assert find_obstacle(make_task(*row_of(10, 20, 30), 1), 0.0) is None
    assert least_tolerance(make_task(*row_of(10, 20, 30), 2)) == (0.0, None)


def test_with_too_few_blocks_no_tolerance_helps():
    assert least_tolerance(make_task(*row_of(10, 20), 3))[0] == np.inf


def test_a_deep_city_is_walked_without_recursion():
    task = make_task(*row_of(*[1] * 20_000), 4)
    assert len(task.pieces.block) == 2 * 19_998
    assert find_obstacle(task, 0.0) is None
