"""Cells of localities cover the boundary, do not overlap, and each holds its point."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from geosector import crs
from geosector.assign import Assigner
from geosector.measure.localities import locality_ground

WGS84 = "EPSG:4326"
HOLED = Polygon(
    [(37, 36), (37.3, 36), (37.3, 36.2), (37.16, 36.03), (37, 36.2)],
    [box(37.04, 36.02, 37.08, 36.05).exterior.coords],
)
thousandths = st.tuples(st.integers(-20, 320), st.integers(-20, 220))


@settings(max_examples=40)
@given(
    st.lists(thousandths, min_size=1, max_size=25),
    st.sampled_from([HOLED, box(37, 36, 37.3, 36.2)]),
)
def test_cells_cover_the_boundary_once_and_hold_their_points(
    places: list[tuple[int, int]], outline: Polygon
) -> None:
    places = [*places, (20, 10)]
    points = gpd.GeoDataFrame(
        {"id": range(len(places))},
        geometry=[shapely.Point(37 + x / 1000, 36 + y / 1000) for x, y in places],
        crs=WGS84,
    )
    town = gpd.GeoDataFrame(geometry=[outline], crs=WGS84)
    ground, problems = locality_ground(points, town)
    merged = [key for keys in ground["merged"] for key in keys]
    outside = len(problems) - len(merged)
    assert len(ground) + len(merged) + outside == len(places)
    shapes = ground.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    whole = crs.densify(town).geometry.iloc[0]
    assert shapely.symmetric_difference(shapely.union_all(shapes), whole).area < 1e-6 * whole.area
    zones = Assigner(ground, column="id")  # refuses overlaps
    own = points.set_index("id").loc[ground["id"]].geometry
    found = zones.assign(own.x.to_numpy(), own.y.to_numpy())
    rim = shapely.dwithin(shapely.boundary(outline), own.to_numpy(), 1e-6)
    assert (rim | (zones.keys[found] == ground["id"].to_numpy())).all()
    assert (shapely.distance(shapes, own.to_numpy()) < 1e-6).all()


@settings(max_examples=20)
@given(st.lists(thousandths, min_size=2, max_size=12, unique=True), st.randoms())
def test_the_order_of_places_does_not_matter(places: list[tuple[int, int]], chance: object) -> None:
    points = gpd.GeoDataFrame(
        {"id": range(len(places) + 1)},
        geometry=[shapely.Point(37 + x / 1000, 36 + y / 1000) for x, y in [*places, (150, 100.5)]],
        crs=WGS84,
    )
    town = gpd.GeoDataFrame(geometry=[box(37, 36, 37.3, 36.2)], crs=WGS84)
    order = list(range(len(points)))
    chance.shuffle(order)
    one = locality_ground(points, town).table.set_index("id")
    other = locality_ground(points.iloc[order], town).table.set_index("id")
    assert set(one.index) == set(other.index)
    assert np.allclose(crs.area_km2(one), crs.area_km2(other.loc[one.index]), rtol=1e-9, atol=1e-9)
