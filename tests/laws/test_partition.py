"""Law 2: sectors cover the boundary, are exactly N, connected, and lose nobody; or an error says why."""

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geosector import crs
from geosector.errors import InfeasibleError, InputError
from geosector.partition import partition_city
from geosector.partition.blocks import make_blocks
from geosector.partition.graph import Room, make_graph
from geosector.partition.solve import is_whole
from tests.drawn import draw_town


@st.composite
def pictures(draw):
    """Draw a random town: a grid with streets of three classes, some missing, and people."""
    wide, high = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    across = st.sampled_from(["-----", "=====", "~~~~~", "     "])
    down = st.sampled_from(["|", "H", "!", " "])
    people = st.integers(0, 99).map("{:^5}".format)
    rows = []
    for row in range(high + 1):
        edge = row in (0, high)
        rows.append("+" + "+".join("-----" if edge else draw(across) for _ in range(wide)) + "+")
        if row < high:
            signs = ["|", *(draw(down) for _ in range(wide - 1)), "|"]
            numbers = [draw(people) for _ in range(wide)] + [""]
            rows.append("".join(sign + cell for sign, cell in zip(signs, numbers, strict=True)))
            rows.append("     ".join(signs))
    return "\n".join(rows)


@given(pictures(), st.integers(1, 5), st.sampled_from([0.0, 0.1, 0.3]), st.integers(0, 3))
def test_a_layout_is_lawful_or_an_error_says_why(picture, count, tolerance, seed):
    town = draw_town(picture)
    try:
        layout = partition_city(
            town.boundary,
            town.roads,
            count,
            population=town.people,
            tolerance=tolerance,
            seed=seed,
            iterations=10,
        )
    except (InfeasibleError, InputError) as error:
        assert len(str(error)) > 40  # noqa: PT017 - either outcome is lawful
        return
    sectors, blocks = layout.sectors, layout.blocks
    assert sectors["sector_id"].tolist() == list(range(1, count + 1))
    assert sectors["deviation"].abs().max() <= tolerance + 1e-9
    assert (
        sectors["population"].sum() == blocks["population"].sum() == town.people["population"].sum()
    )
    fabric = make_blocks(town.boundary, town.roads)
    people = blocks["population"].to_numpy()
    graph = make_graph(fabric, "join", Room(people, people.sum() / count, tolerance))
    assert is_whole(graph, blocks["sector_id"].to_numpy() - 1, count)
    metres = crs.to_metres(sectors)
    boundary = shapely.union_all(crs.to_metres(town.boundary, metres.crs).geometry)
    covered = shapely.union_all(metres.geometry)
    assert shapely.coverage_is_valid(sectors.geometry.values)
    assert np.isclose(metres.area.sum(), boundary.area, rtol=1e-6)
    assert covered.symmetric_difference(boundary).area < 1e-6 * boundary.area


@given(pictures(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(picture, random):
    town = draw_town(picture)
    order = list(range(len(town.roads)))
    random.shuffle(order)
    one = make_blocks(town.boundary, town.roads)
    two = make_blocks(town.boundary, town.roads.iloc[order].reset_index(drop=True))
    assert all(shapely.equals_exact(one.blocks, two.blocks, 0, normalize=True))
    assert all(np.array_equal(a, b) for a, b in zip(one.borders, two.borders, strict=True))
