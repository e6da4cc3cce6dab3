"""Law 2 in the system that tables travel in: what covers the ground in metres covers it in degrees."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.affinity import affine_transform
from shapely.geometry import LineString, box

from geosector import crs
from geosector.partition.blocks import dissolve, make_blocks
from tests.drawn import ORIGIN, draw_town
from tests.laws.test_partition import pictures

TWO_BLOCKS = """
+-----+-----+-----+
|     |           |
|     |           |
+-----+-----+-----+
"""


def laid(table, turn, latitude):
    """Turn and shear a drawn town, and lay it down at another latitude."""
    home = crs.metric_crs((*ORIGIN, *ORIGIN))
    there = crs.metric_crs((ORIGIN[0], latitude, ORIGIN[0], latitude))
    metres = crs.to_metres(table, home)
    shapes = [affine_transform(shape, [*np.ravel(turn), 0, 0]) for shape in metres.geometry]
    return crs.to_wgs84(metres.set_geometry(shapes).set_crs(there, allow_override=True))


def in_degrees(fabric, shapes):
    return crs.to_wgs84(gpd.GeoDataFrame(geometry=shapes, crs=fabric.crs)).geometry.to_numpy()


def covers(shapes):
    return shapely.is_valid(shapes).all() and shapely.coverage_is_valid(shapes)


def rotation(degrees, shear=0.0, scale=1.0):
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return scale * turn @ np.array([[1, shear], [0, 1]])


@given(
    pictures(),
    st.builds(
        rotation,
        st.integers(1, 89),
        st.sampled_from([0.0, 0.5, -2.0]),
        st.sampled_from([1.0, 0.2, 3.0]),
    ),
    st.sampled_from([36.0, 0.0, -36.0, 65.0]),
    st.randoms(use_true_random=False),
)
def test_blocks_and_any_sectors_of_them_cover_a_town_in_degrees(picture, turn, latitude, chance):
    town = draw_town(picture)
    boundary = laid(town.boundary, turn, latitude)
    fabric = make_blocks(boundary, laid(town.roads, turn, latitude))
    blocks = in_degrees(fabric, fabric.blocks)
    assert covers(blocks)
    assert shapely.area(blocks).sum() == pytest.approx(boundary.geometry[0].area, rel=1e-3)
    labels = [chance.randrange(3) for _ in blocks]
    label = np.unique(labels, return_inverse=True)[1]
    assert covers(in_degrees(fabric, dissolve(fabric.blocks, label)))


@pytest.mark.parametrize("degrees", range(0, 90, 5))
def test_a_turned_town_has_the_blocks_of_the_straight_one(degrees):
    town = draw_town(TWO_BLOCKS)
    turn = rotation(degrees)
    fabric = make_blocks(laid(town.boundary, turn, 36), laid(town.roads, turn, 36))
    assert shapely.area(fabric.blocks) == pytest.approx([120 * 90, 240 * 90], rel=1e-4)
    assert covers(in_degrees(fabric, fabric.blocks))


def test_streets_reach_a_limit_of_four_corners_that_is_25_km_long():
    west, south, east, north = 36.9, 35.9, 37.2, 36.1
    across = [[(west, y), (east, y)] for y in (35.95, 36.0, 36.05)]
    down = [
        [(x, one), (x, two)]
        for x in (36.95, 37.03, 37.15)
        for one, two in pairwise([south, 35.95, 36.0, 36.05, north])
    ]
    boundary = gpd.GeoDataFrame(geometry=[box(west, south, east, north)], crs=crs.WGS84)
    roads = gpd.GeoDataFrame(geometry=[LineString(line) for line in across + down], crs=crs.WGS84)
    fabric = make_blocks(boundary, roads)
    assert len(fabric.blocks) == 16
    blocks = in_degrees(fabric, fabric.blocks)
    assert covers(blocks)
    assert shapely.area(blocks).sum() == pytest.approx(0.06, rel=1e-7)
    # A ten-millionth of a degree is a centimetre.
    beyond = shapely.difference(shapely.union_all(blocks), boundary.geometry[0].buffer(1e-7))
    assert beyond.is_empty
