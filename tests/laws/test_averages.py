"""A hundred exports tell no more than one: their mean keeps away from every place.

All places are synthetic. What is promised stands at the head of ``geosector.release.masks``.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely.geometry import box

from geosector.assign import Assigner
from geosector.crs import cell_centres, distances_m, move_points
from geosector.release import for_audience
from geosector.release.masks import NEAREST_SHARE

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
    assert (mean_ways(exports) >= NEAREST_SHARE * radius).all()


@pytest.mark.parametrize("key", KEYS)
def test_radii_stated_anew_bring_the_mean_no_nearer(key: bytes) -> None:
    random = np.random.default_rng(1)
    places = [moved(random, 10.0) for _ in range(MONTHS)]
    radii = random.choice([100.0, 250.0, 400.0, 900.0], MONTHS * len(PLACES))
    assert (mean_ways(monthly(key, places, radii)) >= NEAREST_SHARE * 100).all()


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
    assert (mean_ways(exports)[there] >= NEAREST_SHARE * 400).all()


def test_a_table_that_grows_changes_no_mask() -> None:
    whole = export(PLACES, KEYS[0])
    for count in range(1, len(PLACES), 7):
        assert export(PLACES[:count], KEYS[0]).tolist() == whole.tolist()[:count]


def layouts(counts: tuple[int, ...]) -> list[gpd.GeoDataFrame]:
    """Cut the town into more and more sectors."""
    made = []
    for count in counts:
        lows = [(37 + x * 0.3 / count, 36 + y * 0.3 / count) for x, y in np.ndindex(count, count)]
        squares = [box(x, y, x + 0.3 / count, y + 0.3 / count) for x, y in lows]
        made.append(
            gpd.GeoDataFrame({"sector_id": range(len(squares))}, geometry=squares, crs=4326)
        )
    return made


@pytest.mark.parametrize("key", KEYS)
def test_layouts_that_change_bring_the_mean_no_nearer(key: bytes) -> None:
    """Without sectors, and with ever smaller ones, whose borders come to lie right at places."""
    exports = [
        export(PLACES, key),
        *(export(PLACES, key, sectors=one) for one in layouts((1, 2, 5, 11))),
    ]
    for shapes in exports:
        there = shapes.notna().to_numpy()
        assert (ways(shapes)[there] >= NEAREST_SHARE * 400).all()
        assert (ways(shapes)[there] <= 400).all()
    assert (mean_ways(exports) >= NEAREST_SHARE * 400).all()


def test_places_on_a_border_have_a_mean_no_nearer() -> None:
    """Corrections put them to either side, radii and layouts change: all of it together."""
    random = np.random.default_rng(4)
    cut = layouts((3, 4, 5, 6, 7))
    border = PLACES.copy()
    border[:, 0] = 37.1  # between sectors of two of the layouts
    exports, least = [], np.full(len(PLACES), np.inf)
    for month in range(MONTHS // 3):
        angle, way = random.uniform(0, 2 * np.pi, len(PLACES)), random.uniform(0, 10, len(PLACES))
        step = np.column_stack([np.cos(angle) / np.cos(np.radians(36)), np.sin(angle)])
        places, radii = border + step * way[:, None] / 111_400, random.choice([200.0, 400, 900], 60)
        exports.append(export(places, KEYS[1], radius_m=radii, sectors=cut[month % 5]))
        least = np.fmin(least, np.where(exports[-1].isna(), np.inf, np.minimum(radii, 800)))
    x = np.nanmean([shapes.x for shapes in exports], axis=0)
    y = np.nanmean([shapes.y for shapes in exports], axis=0)
    there = np.isfinite(x)
    assert there.mean() > 0.8
    assert (distances_m(*border.T, x, y)[there] >= (NEAREST_SHARE * least)[there]).all()


@pytest.mark.parametrize("count", [2, 30])
def test_the_mean_of_the_worst_months_is_no_nearer(count: int) -> None:
    """Whoever has many exports may choose among them: the two masks whose middle lies nearest."""
    random = np.random.default_rng(count)
    exports = monthly(
        KEYS[0], [moved(random, 10.0) for _ in range(count)], np.full(count * 60, 400.0)
    )
    x, y = (np.array([getattr(shapes, side) for shapes in exports]) for side in "xy")
    for one in range(count):
        middle = (x + x[one]) / 2, (y + y[one]) / 2
        wide, high = np.broadcast_to(PLACES[:, 0], x.shape), np.broadcast_to(PLACES[:, 1], y.shape)
        way = distances_m(*(side.ravel() for side in (wide, high, *middle)))
        assert (way >= NEAREST_SHARE * 400).all()


@pytest.mark.parametrize("key", KEYS)
def test_no_direction_is_likelier_than_another(key: bytes) -> None:
    """Else a stranger could move all masks back by what they were moved by in the mean."""
    places = np.random.default_rng(8).uniform((36.0, 35.0), (38.0, 37.0), (4000, 2))
    shapes = export(places, key)
    east = (shapes.x - places[:, 0]) * np.cos(np.radians(36)) * 111_300
    north = (shapes.y - places[:, 1]) * 111_000
    assert np.hypot(east.mean(), north.mean()) < 0.05 * 400


@pytest.mark.parametrize("count", [0, 11])
def test_who_reads_the_public_table_too_must_guess_in_an_eighth_of_the_ring(count: int) -> None:
    """A place lies in the ring around its mask and in its square kilometre, where it is counted."""
    sectors = layouts((count,))[0] if count else None
    random = np.random.default_rng(9)
    places = random.uniform((37.0, 36.0), (37.3, 36.3), (120, 2))
    shapes = export(places, KEYS[0], sectors=sectors)
    there = np.flatnonzero(shapes.notna())
    ring, turn = (
        np.sqrt(random.uniform(NEAREST_SHARE**2, 1, 900)) * 400,
        random.uniform(0, 360, 900),
    )
    left = []
    for one in there:
        around = move_points(
            *np.repeat([[shapes[one].x], [shapes[one].y]], 900, axis=1), turn, ring
        )
        own = cell_centres(*places[[one]].T, 1000)
        held = np.all(
            [a == b for a, b in zip(cell_centres(*around, 1000), own, strict=True)], axis=0
        )
        if sectors is not None:
            zones = Assigner(sectors)
            held &= zones.assign(*around) == zones.assign(*places[[one]].T)
        left.append(held.mean())
    assert len(there) > (0.7 if count else 0.99) * len(places)
    assert min(left) > 0.07  # an eighth, as well as 96 points there and 900 here measure it
    assert np.mean(np.array(left) > 0.22) > 0.85


def test_what_is_promised_stands_in_each_row() -> None:
    rows = gpd.GeoDataFrame(
        {"kind": "attack", "radius_m": [None, 0.0, 3.0, 250.0, 5000.0]},
        geometry=shapely.points(PLACES[:5]), crs=4326,
    )  # fmt: skip
    seen = for_audience(rows, "partner", name="incidents", key=KEYS[0])
    assert seen["at_least_m"].tolist() == [120, 120, 30, 60, 960]
    way = distances_m(*PLACES[:5].T, seen.geometry.x.to_numpy(), seen.geometry.y.to_numpy())
    assert (way >= seen["at_least_m"]).all()
