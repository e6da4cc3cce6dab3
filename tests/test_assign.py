"""Which zone holds each point.

The drawn town, in degrees; zone 4 is in two parts, and there is a hole in zone 3::

    3 +-----+-----+-----+
      |  1  |  2  |  4  |
    2 +-----+--+--+-----+
      |     3     |
    1 |   +--+    +-----+
      |   |  |    |  4  |
    0 +---+--+----+-----+   (the hole reaches from (0.5, 0.25) to (1, 1))
      0     1     2     3
"""

from __future__ import annotations

import pickle
import sys
from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from geosector.assign import CHUNK, Assigner, assign
from geosector.errors import InputError, MissingColumnError, MissingCRSError, OverlapError

HOLE = box(0.5, 0.25, 1, 1)


@pytest.fixture
def town() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"sector_id": [1, 2, 3, 4]},
        geometry=[
            box(0, 2, 1, 3),
            box(1, 2, 2, 3),
            box(0, 0, 2, 2) - HOLE,
            MultiPolygon([box(2, 2, 3, 3), box(2, 0, 3, 1)]),
        ],
        crs="EPSG:4326",
    )


def naive(zones: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Test every point against every zone with GEOS, lowest position first."""
    answer = np.full(len(x), -1)
    for position in range(len(zones) - 1, -1, -1):
        answer[shapely.intersects_xy(zones.geometry.iloc[position], x, y)] = position
    return answer


def at(*places: tuple[float, float] | None) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        geometry=[None if place is None else Point(place) for place in places], crs="EPSG:4326"
    )


def test_points_inside_are_found_and_points_outside_are_not(town):
    x = [0.5, 1.5, 0.2, 2.5, 2.5, 2.5, -1, 9]
    y = [2.5, 2.5, 0.2, 2.5, 0.5, 1.5, 0.5, 9]
    assert Assigner(town).assign(x, y).tolist() == [0, 1, 2, 3, 3, -1, -1, -1]


def test_a_hole_belongs_to_nobody_but_its_rim_does(town):
    assert Assigner(town).assign([0.75, 0.5, 1.0], [0.5, 0.5, 1.0]).tolist() == [-1, 2, 2]


def test_a_point_on_a_shared_border_goes_to_the_first_key(town):
    assert Assigner(town).assign([1, 2, 1, 2], [2.5, 2.5, 2, 2]).tolist() == [0, 1, 0, 1]


def test_the_order_of_the_zones_does_not_matter(town):
    there, back = Assigner(town), Assigner(town.iloc[::-1])
    x, y = np.meshgrid(np.arange(-0.5, 3.5, 0.25), np.arange(-0.5, 3.5, 0.25))
    assert there.keys.tolist() == back.keys.tolist() == [1, 2, 3, 4]
    assert (there.assign(x.ravel(), y.ravel()) == back.assign(x.ravel(), y.ravel())).all()


def test_missing_and_infinite_coordinates_are_in_no_zone(town):
    x = [np.nan, 0.5, np.inf, -np.inf, 1e300]
    assert Assigner(town).assign(x, [0.5, np.nan, 0.5, 0.5, -1e300]).tolist() == [-1] * 5


def test_no_points_give_no_answers(town):
    answer = Assigner(town).assign([], [])
    assert answer.shape == (0,)
    assert answer.dtype == np.int32


def test_columns_of_different_lengths_are_refused(town):
    with pytest.raises(InputError, match="Give two columns of one length"):
        Assigner(town).assign([1, 2], [1])


def test_more_points_than_a_chunk_equal_the_naive_way(town):
    random = np.random.default_rng(0)
    x, y = random.uniform(-0.2, 3.2, (2, CHUNK + 1000))
    assert (Assigner(town).assign(x, y) == naive(town, x, y)).all()


def test_many_points_in_cells_with_many_borders_are_handled_in_batches(monkeypatch):
    monkeypatch.setattr(sys.modules[Assigner.__module__], "MOST_PAIRS", 64)
    angle = np.linspace(0, 2 * np.pi, 41)
    rim = np.column_stack([np.cos(angle), np.sin(angle)])
    fans = [Polygon([(0, 0), rim[i], rim[i + 1]]) for i in range(40)]
    zones = gpd.GeoDataFrame({"sector_id": range(40)}, geometry=fans, crs="EPSG:4326")
    x, y = np.random.default_rng(1).normal(0, 0.01, (2, 500))
    assert (Assigner(zones).assign(x, y) == naive(zones, x, y)).all()


def test_points_a_hair_from_a_slanted_border_equal_the_naive_way():
    """The determinant is smaller than its rounding error: whole numbers decide."""
    corner = [(37.1, 36.1), (37.3, 36.17), (37.3, 36.4), (37.1, 36.4)]
    zones = gpd.GeoDataFrame(
        {"sector_id": [1, 2]},
        geometry=[Polygon(corner), Polygon([(37.1, 36.1), (37.3, 36.1), (37.3, 36.17)])],
        crs="EPSG:4326",
    )
    share = np.random.default_rng(2).random(3000)
    x = 37.1 + 0.2 * share
    y = 36.1 + 0.07 * share
    y = np.concatenate([y, np.nextafter(y, 0), np.nextafter(y, 99)])
    x = np.tile(x, 3)
    assert (Assigner(zones).assign(x, y) == naive(zones, x, y)).all()


def test_slivers_from_rounding_are_tolerated_and_go_to_the_first_key():
    thin = 1e-8
    zones = gpd.GeoDataFrame(
        {"sector_id": [1, 2, 3]},
        geometry=[box(0, 0, 1 + thin, 1), box(1, 0, 2, 1), box(0, 1 - thin, 2, 2)],
        crs="EPSG:4326",
    )
    random = np.random.default_rng(3)
    x = np.concatenate([1 + random.uniform(-thin, 2 * thin, 400), random.uniform(0, 2, 400)])
    y = np.concatenate([random.uniform(0, 1, 400), 1 + random.uniform(-2 * thin, thin, 400)])
    x, y = np.append(x, [1, 1 + thin, 1, 2]), np.append(y, [1, 1 - thin, 1 - thin, 1])
    assert (Assigner(zones).assign(x, y) == naive(zones, x, y)).all()


def test_a_sliver_that_reaches_far_into_a_zone_is_found_there():
    """A needle thinner than the tolerance crosses cells that its host covers whole."""
    needle = Polygon([(-1, 0.5), (0.9, 0.5 + 1e-8), (-1, 0.5 + 2e-8)])
    zones = gpd.GeoDataFrame(
        {"sector_id": [1, 2]}, geometry=[needle, box(0, 0, 1, 1)], crs="EPSG:4326"
    )
    x = np.linspace(-1, 1, 401)
    for y in (0.5, 0.5 + 1e-8, 0.5 + 1e-6):
        heights = np.full(401, y)
        assert (Assigner(zones).assign(x, heights) == naive(zones, x, heights)).all()


def test_zones_so_small_that_they_share_cells_are_told_apart():
    tiny = 1e-12
    zones = gpd.GeoDataFrame(
        {"sector_id": [1, 2, 3]},
        geometry=[box(0, 0, tiny, tiny), box(tiny, 0, 2 * tiny, tiny), box(50, 50, 60, 60)],
        crs="EPSG:4326",
    )
    x, y = np.array([0.5, 1, 1.5, 3]) * tiny, np.full(4, tiny / 2)
    assert Assigner(zones).assign(x, y).tolist() == [0, 0, 1, -1]


def test_overlapping_specks_smaller_than_the_tolerance_are_tolerated():
    speck = 1e-8
    zones = gpd.GeoDataFrame(
        {"sector_id": [1, 2]},
        geometry=[box(0, 0, speck, speck), box(0, 0, 3 * speck, speck)],
        crs="EPSG:4326",
    )
    assert Assigner(zones).assign([speck / 2, 2 * speck, 1], [speck / 2] * 3).tolist() == [0, 1, -1]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (box(0, 0, 1, 1), box(0, 0, 1, 1)),
        (box(0, 0, 1, 1), box(0.25, 0.25, 0.75, 0.75)),
        (box(0, 0, 1, 1), box(0.9999, 0, 2, 1)),
        (box(0, 0, 1, 1), box(0.5, -1, 0.50001, 2)),
        (box(0, 0, 9, 9), box(4, 4, 4.000001, 4.000001)),
    ],
    ids=["twice the same", "one within the other", "a strip", "a thin cross", "a speck"],
)
def test_overlapping_zones_are_refused_by_name(one, two):
    zones = gpd.GeoDataFrame({"name": ["b", "a"]}, geometry=[one, two], crs="EPSG:4326")
    with pytest.raises(OverlapError, match="Zones a and b overlap"):
        Assigner(zones, column="name")


@pytest.mark.parametrize(
    ("shape", "sentence"),
    [
        (None, "Zone 1 is not a polygon but: None"),
        (Polygon(), "Zone 1 is not a polygon but: POLYGON EMPTY"),
        (LineString([(0, 0), (1, 1)]), "Zone 1 is not a polygon but: LINESTRING"),
        (Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "not a valid polygon: Self-intersection"),
    ],
)
def test_zones_that_are_no_ground_are_refused_by_name(shape, sentence):
    zones = gpd.GeoDataFrame({"sector_id": [1]}, geometry=[shape], crs="EPSG:4326")
    with pytest.raises(InputError, match=sentence):
        Assigner(zones)


def test_a_table_without_the_column_or_rows_or_coordinate_system_is_refused(town):
    with pytest.raises(MissingColumnError, match=r"no column 'district'\. They have: sector_id"):
        Assigner(town, column="district")
    with pytest.raises(InputError, match="has no rows"):
        Assigner(town.iloc[:0])
    with pytest.raises(MissingCRSError, match="table of zones has no coordinate system"):
        Assigner(town.set_crs(None, allow_override=True))


def test_keys_that_are_missing_or_stand_twice_are_refused(town):
    with pytest.raises(InputError, match="A zone has no value in 'sector_id'"):
        Assigner(town.assign(sector_id=[1, 2, None, 4]))
    with pytest.raises(InputError, match="Zone 2 stands in two rows"):
        Assigner(town.assign(sector_id=[1, 2, 2, 4]))


def test_zones_in_metres_with_heights_are_brought_to_degrees(town):
    high = town.set_geometry(shapely.force_3d(town.geometry.array, 5), crs="EPSG:4326")
    metres = Assigner(high.to_crs("EPSG:3857"))
    assert metres.assign([0.5, 2.5], [2.5, 0.5]).tolist() == [0, 3]


def test_an_assigner_pickles(town):
    assigner = Assigner(town)
    again = pickle.loads(pickle.dumps(assigner))  # noqa: S301 - our own bytes
    x, y = np.random.default_rng(4).uniform(-0.2, 3.2, (2, 2000))
    assert (again.assign(x, y) == assigner.assign(x, y)).all()
    assert again.keys.tolist() == [1, 2, 3, 4]


def test_threads_may_share_an_assigner(town):
    thin = town.set_geometry(town.geometry.scale(1 + 1e-9, 1 + 1e-9))  # slivers ask GEOS, too
    assigner = Assigner(thin)
    jobs = [np.random.default_rng(seed).choice([0, 1, 2, 2.5, 3], (2, 500)) for seed in range(8)]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda job: assigner.assign(*job), jobs))
    for (x, y), answer in zip(jobs, answers, strict=True):
        assert (answer == naive(thin, x, y)).all()


def test_asking_changes_nothing_in_an_assigner(town):
    assigner = Assigner(town)
    before = pickle.dumps(assigner)
    assigner.assign([0.5, 1, 1], [2.5, 2.5, 2])
    assert pickle.dumps(assigner) == before


def test_rows_in_are_rows_out_with_a_reason_for_each_row_without_zone(town):
    points = at((0.5, 2.5), (9, 9), None, (2.5, 0.5)).assign(name=list("abcd"))
    points.index = pd.Index([7, 3, 3, 1])
    points.loc[7, "name"] = "x"
    result = assign(points, town)
    assert result.index.tolist() == [7, 3, 3, 1]
    assert result["sector_id"].tolist() == [1, pd.NA, pd.NA, 4]
    assert str(result["sector_id"].dtype) == "Int64"
    assert result["sector_id_problem"].fillna("").tolist() == [
        "",
        "The point lies outside every zone.",
        "The row has no geometry.",
        "",
    ]


def test_rows_that_are_not_points_are_refused_each_with_its_kind(town):
    shapes = [LineString([(0, 0), (1, 1)]), box(0, 0, 1, 1), Point()]
    result = assign(gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4326"), town)
    assert result["sector_id"].isna().all()
    assert result["sector_id_problem"].tolist() == [
        "The row is a LineString, not a point.",
        "The row is a Polygon, not a point.",
        "The row has no geometry.",
    ]


def test_keys_of_text_stay_text(town):
    zones = town.assign(district=["د", "ب", "ج", "ا"])
    result = assign(at((0.5, 2.5), (2, 2.5)), zones, column="district")
    assert result["district"].tolist() == ["د", "ا"]
    assert str(result["district"].dtype) == "string"


def test_columns_of_the_input_with_our_names_are_kept_under_another(town):
    points = at((0.5, 2.5)).assign(sector_id="old", sector_id_input="older")
    result = assign(points, town)
    assert result["sector_id"].tolist() == [1]
    assert result["sector_id_input"].tolist() == ["older"]
    assert result["sector_id_input_2"].tolist() == ["old"]


def test_points_in_metres_come_back_in_degrees(town):
    result = assign(at((0.5, 2.5)).to_crs("EPSG:3857"), town)
    assert result["sector_id"].tolist() == [1]
    assert result.crs.to_epsg() == 4326


def test_points_without_coordinate_system_are_refused(town):
    with pytest.raises(MissingCRSError, match="table of points has no coordinate system"):
        assign(at((0, 0)).set_crs(None, allow_override=True), town)


def test_real_neighbourhoods_that_overlap_are_refused_by_name(shared_data):
    zones = gpd.read_file(shared_data / "aleppo" / "neighbourhoods.geojson").reset_index()
    with pytest.raises(OverlapError, match="Zones 0 and 17 overlap"):
        Assigner(zones[zones.is_valid], column="index")


def test_real_neighbourhoods_mended_equal_the_naive_way(shared_data):
    zones = gpd.read_file(shared_data / "aleppo" / "neighbourhoods.geojson").reset_index()
    free = shapely.make_valid(np.asarray(zones.geometry.array))
    for row in range(1, len(free)):
        free[row] = shapely.difference(free[row], shapely.union_all(free[:row]))
    zones = zones.set_geometry(free)[["index", "geometry"]]
    zones = zones[np.isin(shapely.get_type_id(free), (3, 6)) & ~zones.is_empty]
    west, south, east, north = zones.total_bounds
    random = np.random.default_rng(5)
    x, y = random.uniform((west, south), (east, north), (20_000, 2)).T
    vertex = random.permutation(shapely.get_coordinates(zones.geometry.array))[:5000]
    x, y = np.append(x, vertex[:, 0]), np.append(y, vertex[:, 1])
    assert (Assigner(zones, column="index").assign(x, y) == naive(zones, x, y)).all()


def test_what_has_no_geometry_is_refused(town):
    with pytest.raises(InputError, match="points has no geometry column"):
        assign(pd.DataFrame({"x": [1]}), town)
    with pytest.raises(InputError, match="zones has no geometry column"):
        assign(town, pd.DataFrame({"sector_id": [1]}))
