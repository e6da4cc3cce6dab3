"""Outlines as people draw them on a phone."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import LinearRing, LineString, MultiLineString, Polygon, box

from geosector.errors import InputError
from geosector.sources import check_table, read_boundary
from geosector.sources.boundary import as_areas

KML = (
    '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>'
    "<name>حلب</name><LineString><coordinates>{}</coordinates></LineString></Placemark></Document></kml>"
)


def drawn(shape: object) -> tuple[object, list[str]]:
    features = gpd.GeoDataFrame(geometry=[shape], crs="EPSG:4326")
    areas, problems = as_areas(features, file="outline.kml")
    return areas.geometry.iloc[0], [problem.action for problem in problems]


def test_an_outline_drawn_on_a_phone_is_read(tmp_path):
    path = tmp_path / "outline.kml"
    path.write_text(
        KML.format("37,36,0 37.1,36,0 37.1,36.1,0 37,36.1,0 37,36.005,0"), encoding="utf-8"
    )
    rows, problems = read_boundary(path)
    assert rows.geometry.iloc[0].equals(
        Polygon([(37, 36), (37.1, 36), (37.1, 36.1), (37, 36.1), (37, 36.005)])
    )
    assert rows["name"].tolist() == ["حلب"]
    assert problems[["row", "given", "action"]].to_numpy().tolist() == [
        [1, "an outline with a gap of 1.3% of its length", "The outline was closed."]
    ]


def test_an_outline_that_crosses_itself_is_repaired(tmp_path):
    path = tmp_path / "outline.kml"
    path.write_text(KML.format("37,36 37.1,36.1 37.1,36 37,36.1 37,36"), encoding="utf-8")
    rows, problems = read_boundary(path)
    assert rows.geometry.is_valid.all()
    assert rows.geometry.iloc[0].area == pytest.approx(0.005)
    assert problems["action"].tolist() == ["Repaired."]


def test_a_line_whose_ends_lie_far_apart_is_no_outline(tmp_path):
    path = tmp_path / "outline.kml"
    path.write_text(KML.format("37,36 37.1,36 37.2,36.1"), encoding="utf-8")
    with pytest.raises(InputError, match=r"outline\.kml: it has no area"):
        read_boundary(path)


def test_a_closed_line_becomes_an_area_without_a_word():
    corners = [(0, 0), (1, 0), (1, 1), (0, 0)]
    for shape in (LineString(corners), LinearRing(corners)):
        area, actions = drawn(shape)
        assert area.equals(Polygon(corners))
        assert actions == []


def test_pieces_of_a_track_that_join_are_one_outline():
    area, _ = drawn(MultiLineString([[(0, 0), (1, 0), (1, 1)], [(1, 1), (0, 1), (0, 0)]]))
    assert area.equals(box(0, 0, 1, 1))


@pytest.mark.parametrize(
    "shape",
    [
        MultiLineString([[(0, 0), (1, 0)], [(5, 5), (6, 6)]]),
        LineString([(0, 0), (1, 0)]),
        LineString([(0, 0), (1, 0), (0, 0)]),
        LineString([(0, 0), (0, 0), (0, 0)]),
    ],
)
def test_what_is_no_outline_stays_a_line_and_is_left_out(shape):
    kept, actions = drawn(shape)
    assert (kept.equals_exact(shape), actions) == (True, [])
    rows, problems = check_table(gpd.GeoDataFrame(geometry=[shape], crs="EPSG:4326"), "boundary")
    assert rows.empty
    assert "The row was left out." in problems["action"].tolist()


def test_areas_stay_as_they_are():
    area, actions = drawn(box(0, 0, 1, 1))
    assert (area.equals(box(0, 0, 1, 1)), actions) == (True, [])
