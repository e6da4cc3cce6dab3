"""Law 2 for people: inside + outside = all, in whole people, whatever is given and however spread."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geosector.errors import InputError
from geosector.partition.blocks import make_blocks
from geosector.partition.places import first_of
from geosector.partition.population import Spread, place_people, whole_people
from tests.drawn import draw_town
from tests.partition.towns import NINE_BLOCKS

TOWN = draw_town(NINE_BLOCKS)
FABRIC = make_blocks(TOWN.boundary, TOWN.roads)
WEST, SOUTH, EAST, NORTH = FABRIC.parts[0].bounds

across, up = st.floats(WEST - 200, EAST + 200), st.floats(SOUTH - 200, NORTH + 200)
spots = st.builds(shapely.Point, across, up)
boxes = st.tuples(across, up, st.floats(0, 400), st.floats(0, 400)).map(
    lambda b: shapely.box(b[0], b[1], b[0] + b[2], b[1] + b[3])
)
rings = st.lists(st.tuples(across, up), min_size=3, max_size=6).map(shapely.Polygon)
many = st.lists(spots, max_size=3).map(shapely.MultiPoint)
mixed = st.lists(st.one_of(spots, boxes, rings), max_size=3).map(shapely.GeometryCollection)
shapes = st.one_of(spots, boxes, rings, many, mixed, st.none())
figures = st.one_of(
    st.floats(0, 1e4), st.integers(0, 10**9), st.sampled_from([np.nan, -1.0, np.inf, 1e-9])
)
rows = st.lists(st.tuples(shapes, figures), min_size=1, max_size=8)
houses = st.lists(st.tuples(st.one_of(spots, boxes), st.integers(0, 9)), min_size=1, max_size=12)


def table(rows, column):
    return gpd.GeoDataFrame(
        {column: [figure for _, figure in rows]},
        geometry=np.array([shape for shape, _ in rows], object),
        crs=FABRIC.crs,
    )


@given(rows, houses, st.sampled_from(["area", "buildings", "streets"]), st.randoms())
def test_nobody_is_made_or_lost_and_the_order_of_rows_does_not_matter(rows, houses, by, random):
    def placed(rows, houses):
        spread = Spread(by, table(houses, "floors"), TOWN.roads)
        return place_people(FABRIC, table(rows, "population"), spread)

    good = [figure for _, figure in rows if 0 <= figure <= 1e10]
    try:
        people = placed(rows, houses)
    except InputError as error:
        assert "Nobody lives inside" in str(error)  # noqa: PT017 - either outcome is lawful
        return
    assert people.by_block.dtype == np.int64
    assert people.by_block.min() >= 0
    assert people.outside >= 0
    assert people.by_block.sum() + people.outside == pytest.approx(sum(good), abs=0.5000001)
    again = placed(random.sample(rows, len(rows)), random.sample(houses, len(houses)))
    assert np.array_equal(people.by_block, again.by_block)
    assert people.outside == again.outside


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60))
def test_rounding_moves_no_number_by_a_whole_person(numbers):
    people = np.array(numbers)
    whole = whole_people(people, round(people.sum()))
    assert whole.sum() == round(people.sum())
    assert np.abs(whole - people).max() < 1


@given(st.lists(boxes, min_size=1, max_size=6))
def test_sharing_out_by_area_is_the_naive_sum(zones):
    zones = [zone for zone in zones if zone.area > 1]
    if not any(zone.intersects(FABRIC.parts[0].buffer(-1)) for zone in zones):
        return
    people = place_people(FABRIC, table([(zone, 10_000) for zone in zones], "population"))
    naive = [
        sum(10_000 * zone.intersection(block).area / zone.area for zone in zones)
        for block in FABRIC.blocks
    ]
    assert np.abs(people.by_block - naive).max() < 1.001


@given(st.lists(spots, min_size=1, max_size=20))
def test_the_block_of_a_point_is_the_first_that_covers_it(points):
    found = first_of(FABRIC.blocks, np.array(points))
    naive = [
        next((n for n, block in enumerate(FABRIC.blocks) if block.covers(point)), -1)
        for point in points
    ]
    assert found.tolist() == naive
