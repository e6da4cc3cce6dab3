"""The ground of localities: as it was drawn, or the cells around points, and called so."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import MultiPolygon, Point, Polygon, box

from geosector import crs
from geosector.assign import Assigner
from geosector.errors import InputError, MissingColumnError, MissingCRSError
from geosector.measure.localities import locality_ground, locality_of

WGS84 = "EPSG:4326"
TOWN = gpd.GeoDataFrame(geometry=[box(37.0, 36.0, 37.2, 36.1)], crs=WGS84)


def points(*places: tuple[float, float], **columns: Any) -> gpd.GeoDataFrame:
    ids = [f"p{at}" for at in range(len(places))]
    shapes = [Point(place) for place in places]
    return gpd.GeoDataFrame({"id": ids, **columns}, geometry=shapes, crs=WGS84)


def test_outlines_are_kept_as_they_are() -> None:
    drawn = gpd.GeoDataFrame(
        {"id": [1, 2], "name": ["West", None]},
        geometry=[box(37, 36, 37.1, 36.1), box(37.1, 36, 37.3, 36.1)],
        crs=WGS84,
    )
    ground, problems = locality_ground(drawn)
    assert ground.geometry.tolist() == drawn.geometry.tolist()
    assert ground["ground"].tolist() == ["outline"] * 2
    assert len(problems) == 0


def test_ground_that_two_outlines_claim_belongs_to_the_smaller() -> None:
    drawn = gpd.GeoDataFrame(
        {"id": ["town", "camp", "rim", "twin"]},
        geometry=[
            box(37, 36, 37.1, 36.1), box(37.04, 36.04, 37.05, 36.05), box(37.0999, 36, 37.15, 36.1),
            box(37.04, 36.04, 37.05, 36.05),
        ],
        crs=WGS84,
    )  # fmt: skip
    ground, problems = locality_ground(drawn)
    assert ground["id"].tolist() == ["town", "camp", "rim"]  # the twin has no ground left
    town, camp, rim = ground.geometry
    assert camp.equals(drawn.geometry[1])
    assert rim.equals(drawn.geometry[2])
    assert town.intersection(camp).area == town.intersection(rim).area == 0
    assert problems["given"].tolist() == ["town", "twin"]
    Assigner(ground, column="id")


def test_outlines_that_touch_as_neighbours_do_are_not_cut() -> None:
    drawn = gpd.GeoDataFrame(
        {"id": [1, 2]},
        geometry=[box(37, 36, 37.1, 36.1), box(37.1 - 1e-7, 36, 37.2, 36.1)],
        crs=WGS84,
    )
    ground, problems = locality_ground(drawn)
    assert ground.geometry.tolist() == drawn.geometry.tolist()
    assert len(problems) == 0


def test_cells_are_called_so_and_keep_every_column() -> None:
    given = points((37.05, 36.05), (37.15, 36.05), name=["A", "B"], name_ar=["أ", None])
    ground, _ = locality_ground(given, TOWN)
    assert ground["ground"].tolist() == ["nearest"] * 2
    assert ground["name"].tolist() == ["A", "B"]
    assert ground.total_bounds.round(6).tolist() == [37.0, 36.0, 37.2, 36.1]


def test_a_line_half_way_is_half_way_in_metres() -> None:
    ground, _ = locality_ground(points((37.02, 36.02), (37.18, 36.09)), TOWN)
    shared = shapely.intersection(*ground.geometry)
    x, y = shapely.get_coordinates(shared).T
    ways = [
        crs.distances_m(x, y, np.full(len(x), lon), np.full(len(x), lat))
        for lon, lat in ((37.02, 36.02), (37.18, 36.09))
    ]
    assert len(x) > 2
    assert np.allclose(*ways, atol=0.5)


def test_points_at_one_place_are_one_locality_with_the_greatest_population() -> None:
    same = (37.05, 36.05)
    given = points(same, (37.15, 36.05), same, same, population=[5, 7, None, 9])
    ground, problems = locality_ground(given, TOWN)
    assert ground["id"].tolist() == ["p0", "p1"]
    assert ground["merged"].tolist() == [("p2", "p3"), ()]
    assert ground["population"].tolist() == [9, 7]
    assert problems["given"].tolist() == ["p2", "p3"]


def test_what_cannot_be_a_locality_is_listed() -> None:
    given = points(
        (37.05, 36.05),
        (38, 36.05),
        (0, 0),
        (37.1, 36.05),
        level=["village", "town", "town", "admin2"],
    )
    given.loc[2, "geometry"] = None
    ground, problems = locality_ground(given, TOWN)
    assert ground["id"].tolist() == ["p0"]
    assert dict(zip(problems["given"], problems["expected"], strict=True)) == {
        "p2": "a place",
        "p3": "a place where people live",
        "p1": "a place within the boundary",
    }


def test_a_point_on_the_boundary_is_within_it() -> None:
    assert len(locality_ground(points((37.0, 36.0), (37.1, 36.1)), TOWN).table) == 2


def test_a_cell_in_two_parts_belongs_to_its_point() -> None:
    horseshoe = Polygon(
        [
            (37, 36),
            (37.3, 36),
            (37.3, 36.2),
            (37.2, 36.2),
            (37.2, 36.05),
            (37.1, 36.05),
            (37.1, 36.2),
            (37, 36.2),
        ]
    )
    town = gpd.GeoDataFrame(geometry=[horseshoe], crs=WGS84)
    ground, _ = locality_ground(points((37.05, 36.19), (37.15, 36.02)), town)
    north, south = ground.geometry
    assert isinstance(north, MultiPolygon)
    assert north.covers(Point(37.25, 36.19))
    assert south.covers(Point(37.15, 36.02))


def test_the_boundary_may_be_in_parts_and_in_metres() -> None:
    parts = gpd.GeoDataFrame(
        geometry=[box(37.0, 36.0, 37.1, 36.1), box(37.2, 36.0, 37.3, 36.1)], crs=WGS84
    )
    ground, _ = locality_ground(points((37.05, 36.05)), crs.to_metres(parts))
    assert np.allclose(crs.area_km2(ground).sum(), crs.area_km2(parts).sum(), rtol=1e-5)


def test_an_incident_belongs_to_its_own_locality_before_its_place() -> None:
    ground, _ = locality_ground(points((37.05, 36.05), (37.15, 36.05)), TOWN)
    told = pd.DataFrame({"locality_id": ["p1", None, "elsewhere"]}, index=[5, 6, 7])
    found = locality_of(told, ground, ["p0", "p0", None])
    assert found.index.tolist() == [5, 6, 7]
    assert found.tolist() == ["p1", "p0", None]
    assert locality_of(told[[]], ground, ["p0", "p0", None]).tolist() == ["p0", "p0", None]


# --------------------------------------------------------------- refusals


def test_points_without_a_boundary_are_refused() -> None:
    with pytest.raises(InputError, match="give the boundary"):
        locality_ground(points((37, 36)))


@pytest.mark.parametrize("shape", [Point(37, 36), Polygon()])
def test_a_boundary_without_ground_is_refused(shape: Any) -> None:
    nothing = gpd.GeoDataFrame(geometry=[shape], crs=WGS84)
    with pytest.raises(InputError, match="has no polygon"):
        locality_ground(points((37, 36)), nothing)


def test_no_locality_within_the_boundary_is_refused() -> None:
    with pytest.raises(InputError, match="no locality within the boundary: 1 were given"):
        locality_ground(points((40, 40)), TOWN)


def test_points_and_outlines_together_are_refused() -> None:
    mixed = points((37.05, 36.05), (37.15, 36.05))
    mixed.loc[0, "geometry"] = box(37, 36, 37.1, 36.1)
    with pytest.raises(InputError, match="not all polygons and not all points"):
        locality_ground(mixed, TOWN)


@pytest.mark.parametrize("ids", [["a", "a"], ["a", None]])
def test_an_id_must_be_one_of_its_own(ids: list[Any]) -> None:
    with pytest.raises(InputError, match="an id that is missing or stands twice"):
        locality_ground(points((37.05, 36.05), (37.15, 36.05)).assign(id=ids), TOWN)


def test_a_table_must_have_an_id_and_a_coordinate_system() -> None:
    given = points((37.05, 36.05))
    with pytest.raises(MissingColumnError, match="localities lacks the column id"):
        locality_ground(given.drop(columns="id"), TOWN)
    with pytest.raises(MissingCRSError, match="localities has no coordinate system"):
        locality_ground(given.set_crs(None, allow_override=True), TOWN)
    with pytest.raises(MissingCRSError, match="boundary has no coordinate system"):
        locality_ground(given, TOWN.set_crs(None, allow_override=True))
