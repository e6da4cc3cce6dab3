"""What the diagnosis proves is true of every plan, and cutting blocks loses nobody and no ground."""

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geosector import crs
from geosector.errors import InfeasibleError
from geosector.partition import diagnose_city, partition_city
from geosector.partition.blocks import make_blocks
from geosector.partition.bounds import find_obstacle, least_tolerance, make_task
from geosector.partition.graph import make_graph
from geosector.partition.population import place_people
from tests.drawn import draw_town
from tests.partition.plans import graph_of_pairs, least_deviation


@st.composite
def cities(draw):
    """Draw a connected graph of up to seven blocks, and whole people for them."""
    size = draw(st.integers(2, 7))
    tree = [(draw(st.integers(max(0, block - 3), block - 1)), block) for block in range(1, size)]
    spare = [(one, two) for two in range(size) for one in range(two) if two - one <= 3]
    pairs = {*tree, *draw(st.lists(st.sampled_from(spare), max_size=size))}
    few = st.lists(st.integers(0, 30), min_size=size, max_size=size)
    lumps = st.lists(st.sampled_from([0, 5, 50, 100, 173]), min_size=size, max_size=size)
    people = np.array(draw(few | lumps))
    people[0] += people.sum() == 0
    return graph_of_pairs(size, sorted(pairs)), people


@given(cities(), st.integers(2, 4), st.sampled_from([0.0, 0.02, 0.05, 0.1, 0.2, 0.5]))
def test_no_plan_exists_where_the_proofs_say_so(city, count, tolerance):
    graph, people = city
    task = make_task(graph, people, count)
    best = least_deviation(graph, people, count)
    if find_obstacle(task, tolerance) is not None:
        assert best > tolerance
    assert least_tolerance(task)[0] <= best + 1e-9


@st.composite
def towns(draw):
    """Draw a town of up to nine blocks, some of them joined, with people."""
    rows = []
    for row in range(3):
        across = [draw(st.sampled_from(["-----", "=====", "     "])) for _ in range(3)]
        rows.append("+" + "+".join(across if row else ["-----"] * 3) + "+")
        signs = ["|", draw(st.sampled_from("|H ")), draw(st.sampled_from("|H ")), "|"]
        cells = [f"{draw(st.integers(0, 60)):^5}" for _ in range(3)]
        rows.append(
            "".join(f"{sign}{cell}" for sign, cell in zip(signs, [*cells, ""], strict=True))
        )
        rows.append("     ".join(signs))
    return draw_town("\n".join([*rows, "+-----+-----+-----+"]))


@given(towns(), st.integers(2, 4), st.sampled_from([0.0, 0.05, 0.2]))
def test_a_drawn_town_said_to_be_impossible_has_no_plan(town, count, tolerance):
    if town.people["population"].sum() == 0:
        return
    found = diagnose_city(
        town.boundary, town.roads, count, population=town.people, tolerance=tolerance
    )["diagnosis"]
    fabric = make_blocks(town.boundary, town.roads)
    people = place_people(fabric, town.people).by_block
    best = least_deviation(make_graph(fabric), people, count)
    assert found["feasible"] or best > tolerance
    assert found["least_tolerance"] is None or found["least_tolerance"] <= best + 1e-6


@given(towns(), st.integers(2, 5))
def test_cut_blocks_cover_the_same_ground_and_hold_the_same_people(town, count):
    try:
        layout = partition_city(
            town.boundary, town.roads, count, split="cut", tolerance=0.2, iterations=6
        )
    except InfeasibleError as error:
        assert len(str(error)) > 40  # noqa: PT017 - either outcome is lawful
        return
    assert shapely.coverage_is_valid(layout.blocks.geometry.values)
    assert layout.sectors["sector_id"].tolist() == list(range(1, count + 1))
    assert layout.sectors["deviation"].abs().max() <= 0.2 + 1e-9
    metres = crs.to_metres(layout.sectors)
    boundary = shapely.union_all(crs.to_metres(town.boundary, metres.crs).geometry)
    assert np.isclose(metres.area.sum(), boundary.area, rtol=1e-6)
    assert layout.blocks["population"].sum() == layout.summary["people"]["inside"]
    inner = (metres.length.sum() - shapely.union_all(metres.geometry).length) / 2
    assert np.isclose(layout.borders["length_m"].sum(), inner, rtol=1e-6, atol=0.01)
