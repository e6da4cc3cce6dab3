"""The density as a picture: where it lies, how it is rounded, what the legend says."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geosector import crs
from geosector.maps import density, heat
from geosector.maps.encoding import unpack_bytes
from geosector.maps.saying import told


def cloud(lon: np.ndarray, lat: np.ndarray, radius_m: float = 0.0) -> heat.Cloud:
    table = gpd.GeoDataFrame(
        {"date": pd.Timestamp("2024-04-02"), "locality": "x", "radius_m": radius_m, "count": 1.0},
        index=range(len(lon)),
        geometry=gpd.points_from_xy(lon, lat),
        crs=crs.WGS84,
    )
    return heat.Cloud("attack", table, crs.metric_crs((36.6, 35.9, 37.6, 36.5)))


def values_at(picture: heat.Picture, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Read a picture as a browser places it: linearly between its corners in Web Mercator."""
    west, south, east, north = picture.bounds
    x, y = crs.convert_points(
        np.append(lon, [west, east]), np.append(lat, [south, north]), crs.WGS84, crs.WEB_MERCATOR
    )
    height, width = picture.steps.shape
    columns = (x[:-2] - x[-2]) / (x[-1] - x[-2]) * width - 0.5
    rows = (y[-1] - y[:-2]) / (y[-1] - y[-2]) * height - 0.5
    steps = picture.steps[np.rint(rows).astype(int), np.rint(columns).astype(int)]
    return steps / heat.STEPS * picture.peak


def test_the_picture_tells_the_density_at_each_place_within_its_rounding() -> None:
    random = np.random.default_rng(0)
    # Far from the middle of the system, where north of the grid is not north of the map.
    lon, lat = random.normal(37.5, 0.03, 400), random.normal(36.4, 0.02, 400)
    one = cloud(lon, lat)
    x, y = one.metres()
    grid = density.estimate(x, y, 800.0)
    picture = heat.draw(grid, one.metric)
    error = np.abs(values_at(picture, lon, lat) - density.sample(grid, x, y))
    # Half a step of 255, and half a pixel of a field that rises over a bandwidth of six cells.
    assert error.max() < 0.06 * picture.peak
    assert error.mean() < 0.02 * picture.peak


def test_the_picture_ends_where_the_density_is_below_half_a_step() -> None:
    one = cloud(np.array([37.0]), np.array([36.2]))
    picture = heat.draw(density.estimate(*one.metres(), 1000.0), one.metric)
    edges = (picture.steps[0], picture.steps[-1], picture.steps[:, 0], picture.steps[:, -1])
    assert max(edge.max() for edge in edges) <= 1
    _, south, _, north = picture.bounds
    assert (north - south) * 111 == pytest.approx(2 * 3.53, abs=0.8)  # e^(-3.53²/2) = 1/510


def test_incidents_vaguer_than_the_bandwidth_are_parted_and_counted() -> None:
    precise, vague = np.full(3, 37.0), np.full(2, 37.2)
    one = cloud(np.append(precise, vague), np.full(5, 36.2))
    one.table["radius_m"] = [0.0, 400.0, 500.0, 501.0, 9000.0]
    parted = heat.part(one, 500.0)
    assert (len(parted.precise.table), len(parted.vague.table)) == (3, 2)
    layer = told(heat.layer(parted, shown=True), "en")
    assert "3 incidents" in layer["notes"]
    assert "Place too vague for this density: 2" in layer["notes"]


def test_the_layer_holds_the_picture_it_tells_of() -> None:
    layer = heat.layer(heat.part(cloud(np.full(2, 37.0), np.full(2, 36.2)), 500.0), shown=False)
    steps = np.frombuffer(unpack_bytes(layer["steps"]), np.uint8)
    assert len(steps) == layer["width"] * layer["height"]
    assert steps.max() > 0.95 * heat.STEPS
    assert layer["shown"] is False


def test_the_bandwidth_chosen_is_no_finer_than_places_are_known() -> None:
    lon = np.full(9, 37.0)
    assert heat.default_bandwidth(cloud(lon, np.full(9, 36.2), radius_m=2500.0)) == 2500
    assert heat.default_bandwidth(cloud(lon, np.full(9, 36.2))) == 100


def test_the_bandwidth_chosen_fits_a_whole_country() -> None:
    one = cloud(np.append(np.full(200, 37.0), 42.0), np.append(np.full(200, 36.2), 33.0))
    parted = heat.part(one, heat.default_bandwidth(one))
    assert parted.bandwidth_m > 100
    assert heat.layer(parted, shown=True)["width"] <= heat.LARGEST_PICTURE


def test_no_incidents_have_the_smallest_bandwidth() -> None:
    none = np.empty(0)
    assert heat.default_bandwidth(cloud(none, none)) == density.SMALLEST_BANDWIDTH_M
