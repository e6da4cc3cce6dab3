"""Exposure: certain and possible counts equal every circle measured. All places invented."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geosector import crs
from geosector.errors import InputError, MissingColumnError, MissingCRSError
from geosector.measure import density
from geosector.measure.hotspots.exposure import measure_exposure

SYSTEM = crs.metric_crs((37.0, 36.0, 37.0, 36.0))


def at(x: list[float], y: list[float], **columns: object) -> gpd.GeoDataFrame:
    """Place points in metres around 37° E, 36° N."""
    made = pd.DataFrame(columns, index=range(len(x)))
    table = gpd.GeoDataFrame(made, geometry=gpd.points_from_xy(x, y), crs=SYSTEM)
    return crs.to_wgs84(table)


metres = st.integers(-2000, 2000)
attacks = st.lists(
    st.tuples(metres, metres, st.sampled_from([0, 50, 300, 1000, 5000]), st.integers(1, 28)),
    max_size=12,
)


@given(attacks, st.lists(st.tuples(metres, metres), min_size=1, max_size=4), st.integers(50, 1500))
@settings(max_examples=40, deadline=None)
def test_exposure_equals_every_circle_measured(cloud, spots, within_m: int) -> None:
    x, y, radius, day = (list(column) for column in zip(*cloud, strict=True)) if cloud else [[]] * 4
    seen = at(x, y, kind="attack", radius_m=radius, date=[f"2024-01-{one:02d}" for one in day])
    places = at(*[list(axis) for axis in zip(*spots, strict=True)], id=range(len(spots)))
    found = measure_exposure(places, seen, within_m=within_m + 0.5).table
    for (px, py), (_, row) in zip(spots, found.iterrows(), strict=True):
        away = np.hypot(np.array(x) - px, np.array(y) - py)
        surely = [(a + r, d) for a, r, d in zip(away, radius, day, strict=True)]
        perhaps = [(max(a - r, 0.0), d) for a, r, d in zip(away, radius, day, strict=True)]
        # What lies within a centimetre of the ring may be on either side: coordinates are degrees.
        if any(abs(a - within_m - 0.5) < 0.01 for a, _ in [*surely, *perhaps]):
            continue
        inside = [d for a, d in surely if a <= within_m + 0.5]
        maybe = [d for a, d in perhaps if a <= within_m + 0.5]
        assert (row["attacks"], row["attacks_max"]) == (len(inside), len(maybe))
        for name, days in (("last_date", inside), ("last_date_max", maybe)):
            assert (row[name].day == max(days)) if days else pd.isna(row[name])
        for name, ranges in (("nearest_m", surely), ("nearest_min_m", perhaps)):
            if ranges:
                assert row[name] == pytest.approx(min(a for a, _ in ranges), abs=0.01)
            else:
                assert pd.isna(row[name])


def test_an_attack_known_to_five_kilometres_is_not_within_two_hundred_metres() -> None:
    seen = at([10, 20], [0, 0], kind="attack", radius_m=[5000, 0])
    found = measure_exposure(at([0], [0], id=["s"]), seen, within_m=200)
    row = found.table.iloc[0]
    assert (row["attacks"], row["attacks_max"]) == (1, 2)
    assert found.problems[["given", "action"]].to_numpy().tolist() == [["1", "not in the density"]]


def test_the_density_is_that_of_the_grid() -> None:
    random = np.random.default_rng(3)
    x, y = random.normal(0, 1500, (2, 300))
    px, py = random.uniform(-3000, 3000, (2, 50))
    found = measure_exposure(
        at(px, py, id=range(50)), at(x, y, kind="attack"), bandwidth_m=400
    ).table
    grid = density.estimate(x, y, 400.0)
    peak = float(grid.density.max())
    assert np.abs(found["per_km2"] - density.sample(grid, px, py)).max() < 2e-4 * peak


def test_many_places_at_once_are_the_same_as_some_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(3)
    places = at(*random.uniform(-900, 900, (2, 20)), id=range(20))
    seen = at(*random.uniform(-900, 900, (2, 30)), kind="attack")
    whole = measure_exposure(places, seen).table
    monkeypatch.setattr("geosector.measure.hotspots.exposure._BLOCK", 70)
    assert measure_exposure(places, seen).table.equals(whole)


def test_the_order_of_rows_does_not_matter_to_exposure() -> None:
    random = np.random.default_rng(8)
    places = at(*random.uniform(-900, 900, (2, 20)), id=range(20))
    seen = at(*random.uniform(-900, 900, (2, 30)), kind="attack", radius_m=40)
    one = measure_exposure(places, seen).table
    other = measure_exposure(places.iloc[::-1], seen.iloc[::-1]).table
    assert other.index.tolist() == one.index.tolist()[::-1]
    columns = ["attacks", "attacks_max", "nearest_m"]
    assert other.loc[one.index, columns].equals(one[columns])
    assert np.allclose(other.loc[one.index, "per_km2"], one["per_km2"])


def test_a_month_tells_the_last_date_as_a_range() -> None:
    seen = at([10], [0], kind="attack", date=["2024-02-01"], date_precision=["month"])
    row = measure_exposure(at([0], [0], id=["s"]), seen).table.iloc[0]
    assert str(row["last_date"].date()) == "2024-02-01"
    assert str(row["last_date_max"].date()) == "2024-02-29"


def test_kinds_and_periods_are_heeded() -> None:
    seen = at([10, 10, 10], [0] * 3, kind=["attack", "fire", "attack"],
              date=["2024-01-05", "2024-01-05", "2024-02-05"])  # fmt: skip
    place = at([0], [0], id=["s"])
    assert measure_exposure(place, seen, period="2024-01").table["attacks"].tolist() == [1]
    assert measure_exposure(place, seen, "fire").table["attacks"].tolist() == [1]
    both = measure_exposure(place, seen, ["fire", "attack"]).table
    assert both["attacks"].tolist() == [3]


def test_a_place_that_is_nowhere_has_nothing_and_is_listed() -> None:
    places = at([0, 0], [0, 0], id=["a", "b"])
    places.loc[1, "geometry"] = None
    found = measure_exposure(places, at([10], [0], kind="attack"))
    row = found.table.iloc[1]
    columns = ["attacks", "attacks_max", "per_km2", "nearest_m", "nearest_min_m", "last_date"]
    assert row[columns].isna().all()
    assert found.problems["given"].tolist() == ["b"]
    nowhere = measure_exposure(places.iloc[1:], at([10], [0], kind="attack"))
    assert nowhere.table["attacks"].isna().all()


def test_an_incident_without_a_place_is_listed() -> None:
    seen = at([10, 0], [0, 0], kind="attack")
    seen.loc[1, "geometry"] = None
    found = measure_exposure(at([0], [0], id=["s"]), seen)
    assert found.table["attacks"].tolist() == [1]
    assert found.problems[["row", "given"]].to_numpy().tolist() == [[3, "nothing"]]


def test_no_places_are_no_rows() -> None:
    assert measure_exposure(at([], [], id=[]), at([10], [0], kind="attack")).table.empty


def test_an_area_counts_by_a_point_inside_it() -> None:
    places = at([0], [0], id=["s"])
    yard = crs.to_wgs84(
        gpd.GeoDataFrame({"id": ["s"]}, geometry=[shapely.box(-5, -5, 5, 5)], crs=SYSTEM)
    )
    seen = at([30], [40], kind="attack")
    one, other = (measure_exposure(table, seen).table["nearest_m"] for table in (places, yard))
    assert np.allclose(one, other, atol=0.1)


def test_what_cannot_be_used_is_refused() -> None:
    place, seen = at([0], [0], id=["s"]), at([10], [0], kind="attack")
    with pytest.raises(InputError, match="The distance is 0 m"):
        measure_exposure(place, seen, within_m=0)
    with pytest.raises(InputError, match="The bandwidth is -1 m"):
        measure_exposure(place, seen, bandwidth_m=-1)
    with pytest.raises(InputError, match="missing or stands twice"):
        measure_exposure(at([0, 1], [0, 0], id=["s", "s"]), seen)
    with pytest.raises(MissingColumnError, match="facilities lacks the column id"):
        measure_exposure(place.drop(columns="id"), seen)
    with pytest.raises(MissingCRSError):
        measure_exposure(place.set_crs(None, allow_override=True), seen)
