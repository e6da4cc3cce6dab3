"""Coordinates change system in one place, and lengths are metres."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod
from pyproj.exceptions import CRSError
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from geosector import crs
from geosector.errors import InputError, MissingCRSError

EAST_STREET = LineString([(37.10, 36.20), (37.15, 36.20)])


def points(*places, system=crs.WGS84):
    return gpd.GeoDataFrame({"row": range(len(places))}, geometry=list(places), crs=system)


def test_no_system_is_guessed():
    with pytest.raises(
        MissingCRSError, match=r"points\.shp has no coordinate system, and none is guessed"
    ):
        crs.require_crs(points(Point(37, 36), system=None), "points.shp")


def test_a_stated_system_fills_a_gap_and_changes_nothing_else():
    assert (
        crs.require_crs(points(Point(1, 2), system=None), "x", "EPSG:32637").crs.to_epsg() == 32637
    )
    assert crs.require_crs(points(Point(37, 36)), "x", "EPSG:32637").crs.to_epsg() == 4326


def test_a_stated_system_must_be_one():
    with pytest.raises(InputError, match="'EPSG:0' is not a coordinate system"):
        crs.require_crs(points(Point(1, 2), system=None), "x", "EPSG:0")


def test_a_length_in_metres_agrees_with_the_ellipsoid():
    street = gpd.GeoDataFrame(geometry=[EAST_STREET], crs=crs.WGS84)
    true = Geod(ellps="WGS84").geometry_length(EAST_STREET)
    assert crs.to_metres(street).length[0] == pytest.approx(true, rel=1e-4)


def test_fifty_kilometres_away_a_length_is_off_by_less_than_it_says():
    far = LineString([(37.60, 36.2), (37.60, 36.3)])
    local = crs.metric_crs((37.0, 36.2, 37.1, 36.3))
    metres = crs.to_metres(gpd.GeoDataFrame(geometry=[far], crs=crs.WGS84), local).length[0]
    assert metres == pytest.approx(Geod(ellps="WGS84").geometry_length(far), rel=4e-5)


def test_one_more_shop_at_the_edge_does_not_move_the_centre():
    one = crs.metric_crs((37.0, 36.14, 37.36, 36.3))
    assert one == crs.metric_crs((37.0, 36.14, 37.37, 36.3))


def test_two_tables_share_a_system_where_it_is_given():
    local = crs.metric_crs((37, 36, 37, 36))
    assert crs.to_metres(points(Point(39, 35)), local).crs == local


def test_no_place_is_no_centre():
    with pytest.raises(InputError, match="There is no place in this table"):
        crs.to_metres(points())


@pytest.mark.parametrize(
    "bounds", [(286546, 3978840, 286600, 3978900), (0, 95, 1, 96), (-190, 0, -181, 1)]
)
def test_metres_said_to_be_degrees_are_noticed(bounds):
    with pytest.raises(InputError, match="These coordinates are not degrees"):
        crs.metric_crs(bounds)


def test_rows_keep_their_order_and_index():
    table = points(Point(37, 36), None, Point(38, 36)).set_index(np.array([5, 3, 9]))
    back = crs.to_wgs84(crs.to_metres(table))
    assert back.index.tolist() == [5, 3, 9]
    assert back.geometry.isna().tolist() == [False, True, False]
    assert back.geometry.x.dropna().round(9).tolist() == [37.0, 38.0]


def test_bare_coordinates_go_there_and_back():
    lon, lat = np.array([36.6, 37.2]), np.array([35.9, 36.2])
    there = crs.convert_points(lon, lat, crs.WGS84, "EPSG:32637")
    back = crs.convert_points(*there, "EPSG:32637", crs.WGS84)
    np.testing.assert_allclose(back, (lon, lat), atol=1e-9)


def test_an_area_is_square_kilometres_nothing_for_empty_and_nan_for_missing():
    table = gpd.GeoDataFrame(geometry=[box(37, 36, 37.1, 36.1), Point(), None], crs=crs.WGS84)
    true = Geod(ellps="WGS84").geometry_area_perimeter(box(37, 36, 37.1, 36.1))[0] / 1e6
    np.testing.assert_allclose(crs.area_km2(table), [abs(true), 0, np.nan], rtol=1e-4)


def test_a_table_without_places_has_no_area():
    assert np.isnan(crs.area_km2(points(None))).all()
    assert crs.area_km2(points()).size == 0


@pytest.mark.parametrize("given", [pd.DataFrame(), gpd.GeoDataFrame({"a": [1]}), None])
def test_a_table_without_geometry_is_refused(given):
    with pytest.raises(InputError, match="roads has no geometry column"):
        crs.require_crs(given, "roads")


# ------------------------------------------------------------------ straight lines


@pytest.mark.parametrize("system", ["EPSG:4326", "EPSG:32637", "EPSG:3857", "EPSG:2227"])
def test_a_densified_line_lies_where_it_did_in_its_own_system(system):
    ends = gpd.GeoDataFrame(geometry=[Point(37.0, 36.0), Point(37.3, 36.1)], crs=crs.WGS84)
    corners = ends.to_crs(system).geometry
    line = LineString(corners.tolist())
    table = gpd.GeoDataFrame(geometry=[line, line.interpolate(0.5, normalized=True)], crs=system)
    metric = crs.metric_crs((37.0, 36.0, 37.3, 36.1))
    middle = crs.to_metres(table, metric).geometry[1]
    dense = crs.to_metres(crs.densify(table), metric).geometry[0]
    assert dense.distance(middle) < 0.01
    assert np.hypot(*np.diff(dense.coords, axis=0).T).max() < 801


def test_densifying_keeps_rows_index_columns_and_what_is_no_place():
    shapes = [
        Polygon([(37, 36), (37.01, 36), (37.01, 36.01)]),
        None,
        Point(37, 36),
        LineString([(37, 36), (np.inf, 36)]),
        LineString([(286546, 3978840), (386546, 3978840)]),
    ]
    table = gpd.GeoDataFrame({"name": list("abcde")}, geometry=shapes, crs=crs.WGS84)
    table = table.set_index(np.array([5, 3, 9, 1, 2]))
    dense = crs.densify(table)
    assert dense.index.tolist() == [5, 3, 9, 1, 2]
    assert dense["name"].tolist() == list("abcde")
    assert dense.crs == table.crs
    assert dense.count_coordinates().tolist() == [7, 0, 1, 2, 2]
    assert table.count_coordinates().tolist() == [4, 0, 1, 2, 2]


def test_densifying_an_area_that_crosses_itself_keeps_all_of_it():
    bow = Polygon([(37, 36), (37.1, 36.1), (37.1, 36), (37, 36.1)])
    both = MultiPolygon([bow, box(38, 36, 38.1, 36.1)])
    dense = crs.densify(gpd.GeoDataFrame(geometry=[bow, both], crs=crs.WGS84)).geometry
    assert shapely.length(dense.to_numpy()) == pytest.approx([bow.length, both.length])
    assert dense.geom_type.tolist() == ["Polygon", "MultiPolygon"]


def test_a_system_that_proj_cannot_convert_is_refused_with_a_sentence():
    faroe = gpd.GeoDataFrame(geometry=[Point(1, 2)], crs=3173)
    with pytest.raises(InputError, match="cannot be converted to degrees"):
        crs.to_wgs84(faroe)


@pytest.mark.parametrize("system", ["EPSG:3173", "EPSG:5773", "EPSG:4978"])
def test_points_in_a_system_of_no_places_are_not_taken_for_degrees(system):
    with pytest.raises(CRSError):
        crs.convert_points(np.array([36.0]), np.array([37.0]), system, crs.WGS84)
