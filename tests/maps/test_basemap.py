"""Roads, buildings and water of a synthetic town: only shapes reach the page, rounded to a metre."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from geosector.maps import draw_map
from geosector.maps.encoding import pack_shapes, read_shapes
from geosector.maps.ground import basemap

pytestmark = pytest.mark.nojit

UNIT = basemap.UNIT
NONE = np.array([], np.int64)


def table(*shapes, **columns) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=4326)


def town(count: int = 300) -> gpd.GeoDataFrame:
    random = np.random.default_rng(5)
    west, south = random.uniform(37, 37.1, count), random.uniform(36, 36.1, count)
    wide = random.uniform(5e-5, 3e-4, (2, count))
    return table(
        *shapely.box(west, south, west + wide[0], south + wide[1]), name=["Shelter"] * count
    )


def areas_of(layer: dict, *, rings: bool) -> shapely.Geometry:
    points, sizes, _ = read_shapes(layer["shapes"], rings=rings)
    owners = np.repeat(np.arange(len(sizes)), sizes)
    return shapely.polygons(shapely.linearrings(points * UNIT, indices=owners))


# ------------------------------------------------------------------------- packing


@pytest.mark.parametrize("rings", [True, False])
def test_packed_shapes_are_read_back_as_they_were(*, rings: bool) -> None:
    random = np.random.default_rng(1)
    sizes = random.integers(1, 9, 50)
    points = random.integers(-(2**27), 2**27, (int(sizes.sum()), 2))
    labels = random.integers(0, 1000, 50)
    read = read_shapes(pack_shapes(points, sizes, labels, rings=rings), rings=rings)
    assert all(
        np.array_equal(one, other) for one, other in zip(read, (points, sizes, labels), strict=True)
    )


@pytest.mark.parametrize("rings", [True, False])
def test_no_shapes_are_packed_as_no_shapes(*, rings: bool) -> None:
    points, sizes, labels = read_shapes(
        pack_shapes(np.empty((0, 2), np.int64), NONE, NONE, rings=rings), rings=rings
    )
    assert (points.shape, len(sizes), len(labels)) == ((0, 2), 0, 0)


# ------------------------------------------------------------------------- roads


def test_streets_of_one_name_and_class_are_joined_and_others_never() -> None:
    layer = basemap.roads(
        table(
            LineString([(37, 36), (37.01, 36)]),
            LineString([(37.02, 36), (37.01, 36)]),
            LineString([(37.02, 36), (37.03, 36)]),
            LineString([(37.03, 36), (37.04, 36)]),
            road_class=["primary", "primary", "primary", "residential"],
            name=["A", "A", "B", "B"],
        )
    )
    points, sizes, labels = read_shapes(layer["shapes"], rings=False)
    classes = len(layer["looks"])
    named = [layer["names"][label // classes] for label in labels]
    ranks = [layer["looks"][label % classes]["rank"] for label in labels]
    assert sorted(zip(named, ranks, sizes, strict=True)) == [("A", 1, 2), ("B", 1, 2), ("B", 4, 2)]
    assert (points * UNIT).min(axis=0).tolist() == pytest.approx([37, 36])


def test_roads_keep_their_length_to_a_metre_a_bend() -> None:
    random = np.random.default_rng(2)
    walks = np.array([37.0, 36.0]) + np.cumsum(random.normal(0, 5e-4, (40, 12, 2)), axis=1)
    roads = table(*map(LineString, walks), road_class=["tertiary"] * 40)
    points, sizes, _ = read_shapes(basemap.roads(roads)["shapes"], rings=False)
    lines = shapely.linestrings(points * UNIT, indices=np.repeat(np.arange(len(sizes)), sizes))
    assert shapely.length(lines).sum() == pytest.approx(
        shapely.length(roads.geometry.to_numpy()).sum(), rel=0.02
    )
    assert (
        shapely.hausdorff_distance(
            shapely.multilinestrings(lines), shapely.multilinestrings(roads.geometry)
        )
        < 3 * UNIT
    )


def test_what_is_no_line_is_no_road_and_a_missing_name_is_none() -> None:
    parts = shapely.MultiLineString([[(37, 36), (37, 36.1)], [(38, 36), (38, 36.1)]])
    roads = table(Point(37, 36), None, parts, LineString(), road_class=["a", "b", None, "c"])
    layer = basemap.roads(roads)
    assert len(read_shapes(layer["shapes"], rings=False)[1]) == 2
    assert layer["names"] == [""]


# ------------------------------------------------------------------------- buildings


def test_of_a_building_nothing_but_its_outline_reaches_the_page() -> None:
    secret = town(20).assign(name="SecretShelter", people=77777, kind="SecretKind")
    page = draw_map(buildings=secret, audience="internal", lang="en").to_html()
    assert "Secret" not in page
    assert "77777" not in page
    assert set(basemap.buildings(secret)) == {
        "kind", "id", "name", "shown", "notes", "unit", "shapes", "from_zoom", "colour", "edge",
    }  # fmt: skip


def test_outlines_are_kept_to_a_metre_whatever_their_order() -> None:
    buildings = town()
    drawn = areas_of(basemap.buildings(buildings), rings=True)
    assert len(drawn) == len(buildings)
    assert shapely.area(drawn).sum() == pytest.approx(
        shapely.area(buildings.geometry.to_numpy()).sum(), rel=0.01
    )
    assert shapely.union_all(drawn).hausdorff_distance(buildings.union_all()) < 2 * UNIT
    turned = buildings.geometry.reverse().sample(frac=1, random_state=1)
    again = basemap.buildings(gpd.GeoDataFrame(geometry=turned, crs=4326))
    assert again["shapes"] == basemap.buildings(buildings)["shapes"]


def test_a_courtyard_goes_round_the_other_way_than_the_house() -> None:
    house = Polygon(
        box(37, 36, 37.001, 36.001).exterior, [box(37.0003, 36.0003, 37.0006, 36.0006).exterior]
    )
    points, sizes, _ = read_shapes(basemap.buildings(table(house))["shapes"], rings=True)
    first, second = np.split(points, np.cumsum(sizes)[:-1])
    turns = [shapely.is_ccw(shapely.linearrings(ring)) for ring in (first, second)]
    assert sorted(turns) == [False, True]
    assert turns[int(np.ptp(first[:, 0]) < np.ptp(second[:, 0]))]


def test_points_lines_specks_and_missing_outlines_are_no_buildings() -> None:
    speck, flat = box(37, 36, 37.000001, 36.000001), Polygon([(37, 36), (37.1, 36), (37.2, 36)])
    two = MultiPolygon([box(37, 36, 37.001, 36.001), box(38, 36, 38.001, 36.001)])
    shapes = table(
        Point(37, 36), LineString([(37, 36), (38, 36)]), speck, flat, None, Polygon(), two
    )
    assert len(areas_of(basemap.buildings(shapes), rings=True)) == 2
    assert len(read_shapes(basemap.buildings(shapes.iloc[:0])["shapes"], rings=True)[1]) == 0


# ------------------------------------------------------------------------- water


def test_water_is_areas_their_islands_and_lines() -> None:
    lake = Polygon(box(37, 36, 37.1, 36.1).exterior, [box(37.04, 36.04, 37.06, 36.06).exterior])
    layer = basemap.water(table(lake, LineString([(37, 36), (37.2, 36.2)]), Point(37, 36), None))
    _, sizes, labels = read_shapes(layer["shapes"], rings=False)
    assert labels.tolist() == [basemap.AREA, basemap.HOLE, basemap.LINE]
    assert sizes.tolist() == [4, 4, 2]


def test_the_basemap_lies_under_everything_and_water_lowest() -> None:
    roads = table(LineString([(37, 36), (37.1, 36)]), road_class=["primary"])
    lake = table(box(37, 36, 37.1, 36.1))
    sectors = table(box(37, 36, 37.1, 36.1), sector_id=[1])
    drawn = draw_map(
        sectors=sectors, roads=roads, buildings=town(5), water=lake, audience="internal"
    )
    assert [layer["id"] for layer in drawn.scene["layers"]] == [
        "water",
        "buildings",
        "roads",
        "sectors",
    ]


def test_a_map_of_water_alone_shows_the_water() -> None:
    drawn = draw_map(water=table(box(37, 36, 37.1, 36.1)), audience="public", key=bytes(32))
    assert drawn.scene["bounds"] == [[36.0, 37.0], [36.1, 37.1]]


def test_the_same_ground_is_the_same_bytes() -> None:
    first, second = (basemap.buildings(town()) for _ in range(2))
    assert first == second
