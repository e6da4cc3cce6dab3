"""A hundred exports tell no more than one: their mean keeps away from every place.

All places are synthetic. What is promised stands at the head of ``geosector.release.masks``.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely.geometry import box

from geosector.crs import distances_m
from geosector.release import for_audience
from geosector.release.masks import MEAN_SHARE, NEAREST_SHARE

KEYS = [bytes([seed]) * 16 for seed in range(3)]
MONTHS = 100
PLACES = np.random.default_rng(6).uniform((37.0, 36.0), (37.3, 36.3), (60, 2))


def export(places: NDArray[Any], key: bytes, **more: Any) -> gpd.GeoSeries:
    options = {name: more.pop(name) for name in ("sectors", "people") if name in more}
    rows = gpd.GeoDataFrame(
        {"kind": ["attack"] * len(places), "date": "2024-04-02", **more},
        geometry=shapely.points(places),
        crs="EPSG:4326",
    )
    seen = for_audience(rows, "partner", name="incidents", key=key, **options)
    return seen.geometry


def ways(shapes: gpd.GeoSeries) -> NDArray[Any]:
    return distances_m(*PLACES.T, shapes.x.to_numpy(), shapes.y.to_numpy())


def mean_ways(exports: list[gpd.GeoSeries]) -> NDArray[Any]:
    """Say how far the mean of what each place got lies from it."""
    x = np.nanmean([shapes.x for shapes in exports], axis=0)
    y = np.nanmean([shapes.y for shapes in exports], axis=0)
    return distances_m(*PLACES.T, x, y)


def moved(random: np.random.Generator, most_m: float) -> NDArray[Any]:
    angle, way = random.uniform(0, 2 * np.pi, len(PLACES)), random.uniform(0, most_m, len(PLACES))
    step = np.column_stack([np.cos(angle) / np.cos(np.radians(36)), np.sin(angle)])
    return PLACES + step * way[:, None] / 111_200


def monthly(key: bytes, places: list[NDArray[Any]], radii: NDArray[Any]) -> list[gpd.GeoSeries]:
    """Export each month; as a mask depends on nothing but its row, in one table."""
    ids = [f"{month}-{row}" for month in range(len(places)) for row in range(len(PLACES))]
    shapes = export(np.vstack(places), key, radius_m=radii, id=ids).reset_index(drop=True)
    size = len(PLACES)
    return [
        shapes.iloc[month * size : (month + 1) * size].reset_index(drop=True)
        for month in range(len(places))
    ]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("radius", [100.0, 400.0, 3200.0])
def test_corrections_of_metres_bring_the_mean_no_nearer(key: bytes, radius: float) -> None:
    random = np.random.default_rng(int(radius))
    places = [moved(random, 10.0) for _ in range(MONTHS)]
    exports = monthly(key, places, np.full(MONTHS * len(PLACES), radius))
    assert (mean_ways(exports) >= MEAN_SHARE * radius).all()


@pytest.mark.parametrize("key", KEYS)
def test_radii_stated_anew_bring_the_mean_no_nearer(key: bytes) -> None:
    random = np.random.default_rng(1)
    places = [moved(random, 10.0) for _ in range(MONTHS)]
    radii = random.choice([100.0, 250.0, 400.0, 900.0], MONTHS * len(PLACES))
    assert (mean_ways(monthly(key, places, radii)) >= MEAN_SHARE * 100).all()


def test_a_crowd_that_grows_brings_the_mean_no_nearer() -> None:
    random = np.random.default_rng(2)
    homes = shapely.points(random.uniform((37.0, 36.0), (37.3, 36.3), (3000, 2)))
    exports = [
        export(
            PLACES, KEYS[0],
            people=gpd.GeoDataFrame({"population": [float(month)] * 3000}, geometry=homes, crs=4326),
        )
        for month in range(1, MONTHS, 9)
    ]  # fmt: skip
    there = ~np.isnan([shapes.x for shapes in exports]).all(axis=0)
    assert there.mean() > 0.9
    assert (mean_ways(exports)[there] >= MEAN_SHARE * 400).all()


def test_a_table_that_grows_changes_no_mask() -> None:
    whole = export(PLACES, KEYS[0])
    for count in range(1, len(PLACES), 7):
        assert export(PLACES[:count], KEYS[0]).tolist() == whole.tolist()[:count]


def test_every_mask_of_every_layout_keeps_its_share_of_the_radius() -> None:
    """Sectors of another size each month: each export alone keeps away, as is promised."""
    for count in range(2, 12):
        edges = np.linspace(36.0, 36.3, count + 1)
        stripes = [box(37, low, 37.3, high) for low, high in pairwise(edges)]
        layout = gpd.GeoDataFrame({"sector_id": range(1, count + 1)}, geometry=stripes, crs=4326)
        shapes = export(PLACES, KEYS[0], sectors=layout)
        way = ways(shapes)
        assert np.isfinite(way).all()
        assert (way >= NEAREST_SHARE * 400).all()
        assert (way <= 400).all()


def test_layouts_that_change_away_from_places_bring_the_mean_no_nearer() -> None:
    """The exception that is stated: a border that comes to lie within the radius."""
    exports, far = [], np.ones(len(PLACES), bool)
    for count in range(1, 12):
        edges = np.linspace(36.0, 36.3, count + 1)
        stripes = [box(37, low, 37.3, high) for low, high in pairwise(edges)]
        layout = gpd.GeoDataFrame({"sector_id": range(1, count + 1)}, geometry=stripes, crs=4326)
        exports.append(export(PLACES, KEYS[0], sectors=layout))
        far &= (np.abs(PLACES[:, 1, None] - edges) > 450 / 111_000).all(axis=1)
    assert far.sum() >= 5
    assert (mean_ways(exports)[far] >= MEAN_SHARE * 400).all()
