"""The solver equals what HiGHS proves to be the best, in ten small towns and four narrow ones."""

import numpy as np
import pytest

from geosector.partition.best import deviation
from geosector.partition.graph import edge_costs
from geosector.partition.solve import border_cost, is_whole, solve
from tests.partition.oracle import NoPlanError, best_plan
from tests.partition.small_towns import CASES, NARROW, small_town
from tests.partition.test_solve import graph_of
from tests.partition.towns import NINE_BLOCKS, TWO_PARTS


@pytest.mark.parametrize("name", [*CASES, *NARROW])
def test_no_plan_is_cheaper_than_the_one_found(name, request):
    case = (CASES | NARROW)[name]
    data = request.getfixturevalue("shared_data") / "aleppo" if case.town == "aleppo" else None
    graph, people = small_town(case, data)
    proof = best_plan(graph, edge_costs(graph), people, case.count, case.tolerance)
    # The oracle keeps the laws, and has closed its gap.
    assert graph.size <= 75
    assert is_whole(graph, proof.labels, case.count)
    assert deviation(people, proof.labels, case.count) <= case.tolerance + 1e-8
    assert proof.bound == pytest.approx(proof.cost, rel=1e-6)
    found = solve(graph, people, case.count, case.tolerance)
    assert is_whole(graph, found, case.count)
    assert deviation(people, found, case.count) <= case.tolerance + 1e-8
    assert border_cost(graph, found) == pytest.approx(proof.cost, rel=1e-6)


def test_the_oracle_knows_a_plan_that_one_can_check_by_hand():
    graph = graph_of(TWO_PARTS)
    proof = best_plan(graph, edge_costs(graph), np.full(5, 100), 2, 0.2)
    link = graph.links[0]
    assert proof.labels[link.left] == proof.labels[link.right]
    # Two minor streets of 80 m side by side, at 10 a metre.
    assert proof.cost == pytest.approx(1600, rel=1e-6)


def test_the_oracle_says_where_there_is_no_plan():
    people = np.array([100, 130, 100, 100, 100, 100, 100, 100, 100])
    graph = graph_of(NINE_BLOCKS)
    with pytest.raises(NoPlanError, match="infeasible"):
        best_plan(graph, edge_costs(graph), people, 3, 0.01)
