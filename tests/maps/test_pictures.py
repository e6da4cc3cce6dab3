"""A density as a picture: where it lies, what of it is known, how it is packed."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from scipy import ndimage
from shapely.geometry import Point, box

from geosector import crs
from geosector.maps import pictures
from geosector.measure import density

METRIC = crs.metric_crs((36.6, 35.9, 37.6, 36.5))


def drawn(lon: np.ndarray, lat: np.ndarray, h: float, **options: object) -> pictures.Picture:
    x, y = crs.convert_points(lon, lat, crs.WGS84, METRIC)
    return pictures.draw(density.estimate(x, y, h), METRIC, x=x, y=y, bandwidth_m=h, **options)


def pixels_of(picture: pictures.Picture, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Give row and column of places, as a browser lays the picture over the map."""
    west, south, east, north = picture.bounds
    x, y = crs.convert_points(
        np.append(lon, [west, east]), np.append(lat, [south, north]), crs.WGS84, crs.WEB_MERCATOR
    )
    height, width = picture.density.shape
    columns = (x[:-2] - x[-2]) / (x[-1] - x[-2]) * width - 0.5
    rows = (y[-1] - y[:-2]) / (y[-1] - y[-2]) * height - 0.5
    return np.stack([rows, columns])


def read(picture: pictures.Picture, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    return ndimage.map_coordinates(picture.density, pixels_of(picture, lon, lat), order=3)


def test_the_picture_tells_the_density_at_each_place_within_its_steps() -> None:
    random = np.random.default_rng(0)
    # Far from the middle of the system, where north of the grid is not north of the map.
    lon, lat = random.normal(37.5, 0.03, 400), random.normal(36.4, 0.02, 400)
    picture = pictures.unpack(pictures.pack(drawn(lon, lat, 800.0)))
    x, y = crs.convert_points(lon, lat, crs.WGS84, METRIC)
    exact = density.sample(density.estimate(x, y, 800.0), x, y)
    assert np.abs(read(picture, lon, lat) - exact).max() < 2e-3 * exact.max()


def test_pixels_are_fine_enough_for_the_bandwidth_and_square_on_the_map() -> None:
    lon, lat = np.array([36.7, 37.0]), np.array([36.0, 36.2])
    for h in (150.0, 1000.0, 20_000.0):
        picture = drawn(lon, lat, h)
        west, south, east, north = picture.bounds
        rows, columns = picture.density.shape
        corners = crs.convert_points(
            np.array([west, east]), np.array([south, north]), crs.WGS84, crs.WEB_MERCATOR
        )
        wide, high = (np.ptp(axis) for axis in corners)
        assert wide / columns == pytest.approx(high / rows)
        assert wide / columns * np.cos(np.radians(36.1)) <= h / 4 * 1.01


def test_without_a_survey_nothing_is_claimed_beyond_three_bandwidths() -> None:
    lon, lat = np.array([37.0, 37.2]), np.array([36.2, 36.2])
    picture = drawn(lon, lat, 1000.0)
    place = np.array([37.0])
    for metres, known in ((2800.0, True), (3200.0, False)):
        for direction in (0.0, 90.0, 215.0):
            at = crs.move_points(place, np.array([36.2]), np.array([direction]), np.array([metres]))
            row, column = np.rint(pixels_of(picture, *at)[:, 0]).astype(int)
            shape = picture.known.shape
            inside = 0 <= row < shape[0] and 0 <= column < shape[1]
            assert (inside and picture.known[row, column]) == known


def area(shape: object) -> object:
    table = gpd.GeoDataFrame(geometry=[shape], crs=4326)
    return crs.to_metres(crs.densify(table), METRIC).geometry.union_all()


def test_a_survey_is_known_whole_and_nothing_else() -> None:
    surveyed = box(36.95, 36.1, 37.15, 36.3)
    picture = drawn(np.array([37.0, 37.4]), np.array([36.2, 36.2]), 500.0, surveyed=area(surveyed))
    random = np.random.default_rng(0)
    lon, lat = random.uniform(36.94, 37.16, 500), random.uniform(36.09, 36.31, 500)
    rows, columns = np.rint(pixels_of(picture, lon, lat)).astype(int)
    shape = picture.known.shape
    inside = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
    known = np.zeros(500, bool)
    known[inside] = picture.known[rows[inside], columns[inside]]
    away = gpd.GeoSeries(map(Point, lon, lat)).distance(surveyed.boundary)
    clear = (away > 0.003).to_numpy()
    within = gpd.GeoSeries(map(Point, lon, lat)).within(surveyed).to_numpy()
    assert (known == within)[clear].all()


def test_the_colours_end_at_the_peak_of_what_is_shown() -> None:
    lon, lat = np.append(np.full(9, 37.4), 37.0), np.full(10, 36.2)
    picture = drawn(lon, lat, 500.0, surveyed=area(box(36.95, 36.1, 37.15, 36.3)))
    assert picture.peak == pytest.approx(1 / (2 * np.pi * 0.5**2), rel=0.02)
    empty = drawn(lon, lat, 500.0, surveyed=area(box(38.0, 36.1, 38.1, 36.3)))
    assert empty.peak > 0


def test_a_survey_too_large_for_the_bandwidth_is_shown_around_the_incidents() -> None:
    picture = drawn(np.array([37.0]), np.array([36.2]), 100.0, surveyed=area(box(34, 33, 42, 37)))
    west, south, east, north = picture.bounds
    assert max(picture.density.shape) < 100
    assert west < 37.0 < east
    assert south < 36.2 < north
    assert picture.known.all()


def test_ten_bits_packed_take_less_than_eight_plain() -> None:
    random = np.random.default_rng(0)
    picture = drawn(random.normal(37, 0.05, 3000), random.normal(36.2, 0.04, 3000), 300.0)
    packed = pictures.pack(picture)
    assert len(packed["steps"]) + len(packed["known"]) < 0.35 * picture.density.size
