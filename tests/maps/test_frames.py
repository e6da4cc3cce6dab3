"""Time and difference: what the pictures hold, what is counted instead, what is refused."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from geosector import crs
from geosector.errors import AudienceError, InputError
from geosector.maps import draw_map, heat, theme, windows
from geosector.maps.saying import told
from geosector.maps.time import difference, frames, periods

METRIC = crs.metric_crs((36.9, 35.9, 37.3, 36.3))


def incidents(
    dates: Any, kind: str = "attack", *, spread: float = 0.01, seed: int = 0, **columns: Any
) -> gpd.GeoDataFrame:
    """Make synthetic incidents around one spot."""
    places = np.random.default_rng(seed).normal((37.1, 36.1), spread, (len(dates), 2))
    return gpd.GeoDataFrame(
        {"kind": kind, "date": dates, **columns},
        geometry=gpd.points_from_xy(*places.T),
        crs=crs.WGS84,
    )


def parted(table: gpd.GeoDataFrame, bandwidth_m: float = 500.0) -> heat.Parted:
    rows = {"radius_m": 0.0, "count": 1.0, "locality": "x", "date_precision": None}
    rows |= {"lon": table.geometry.x, "lat": table.geometry.y}
    filled = table.assign(
        **{name: value for name, value in rows.items() if name not in table.columns}
    )
    cloud = heat.Cloud("attack", heat.placed(filled, METRIC), METRIC)
    return heat.part(cloud, heat.Bandwidth(bandwidth_m, "given"))


def layer(table: gpd.GeoDataFrame, step: str | None = None, **options: Any) -> dict[str, Any]:
    (made,) = frames.layers([parted(table, **options)], step)
    return told(made, "en")


def pictures(made: dict[str, Any]) -> Any:
    return windows.unpack(made["steps"], made["height"], made["width"])


def column(made: dict[str, Any], name: str) -> list[Any]:
    return [frame[name] for frame in made["frames"]]


# ------------------------------------------------------------------------------------- laws


@settings(max_examples=15, deadline=None)
@given(
    days=st.lists(st.integers(0, 20), min_size=2, max_size=60),
    bandwidth_m=st.sampled_from([150.0, 500.0, 2000.0]),
)
def test_the_densities_of_the_frames_add_up_to_the_dated_incidents(
    days: list[int], bandwidth_m: float
) -> None:
    dates = pd.Timestamp("2024-04-01") + pd.to_timedelta(days, "D")
    part = parted(incidents(dates.append(pd.DatetimeIndex([pd.NaT]))), bandwidth_m)
    place = np.array([*days, -1])
    grids = frames.densities(part.precise, place, 21, bandwidth_m)
    totals = [grid.total() for grid in grids]
    assert totals == pytest.approx([days.count(day) for day in range(21)], abs=1e-4 * len(days))
    assert sum(totals) == pytest.approx(len(days), rel=1e-4)


def test_a_colour_means_the_same_density_in_every_frame() -> None:
    # At one spot, one incident on the first day, three on the second, none on the third.
    table = incidents(pd.to_datetime(["2024-04-01", *["2024-04-02"] * 3, "2024-04-04"]), spread=0)
    table.geometry = [*[Point(37.1, 36.1)] * 4, Point(37.2, 36.1)]
    made = layer(table, "day")
    steps = pictures(made).astype(int)
    assert column(made, "count") == [1, 3, 0, 1]
    peaks = steps.reshape(4, -1).max(axis=1)
    assert peaks[1] >= 240  # the pixel nearest to the peak of all
    assert np.abs(3 * steps[0] - steps[1]).max() <= 2  # a third, within the rounding of both
    assert peaks[2] == 0
    assert peaks[3] == pytest.approx(peaks[0], abs=4)


def test_the_pictures_hold_as_many_incidents_as_they_tell() -> None:
    dates = pd.date_range("2024-04-01", periods=400, freq="3h")
    made = layer(incidents(dates), "week")
    (south, west), (north, east) = made["bounds"]
    x, y = crs.convert_points(np.array([west, east]), np.array([south, north]), crs.WGS84, METRIC)
    area = np.ptp(x) * np.ptp(y) / 1e6 / (made["width"] * made["height"])
    part = parted(incidents(dates))
    place = periods.within(*periods.possible_days(part.precise.table), "week")
    grids = frames.densities(part.precise, place - place.min(), len(made["frames"]), 500.0)
    peak = max(grid.density.max() for grid in grids)
    held = pictures(made).sum(axis=(1, 2)) / frames.STEPS * peak * area
    assert held == pytest.approx(column(made, "entered"), rel=0.03)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_packed_pictures_are_the_same_again(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(*[st.integers(1, 6)] * 3))
    seed = data.draw(st.integers(0, 1000))
    steps = np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)
    assert (windows.unpack(windows.pack(steps), *shape[1:]) == steps).all()


# ------------------------------------------------------------------------------------- frames


def test_two_years_of_months_stay_below_their_limit() -> None:
    random = np.random.default_rng(0)
    centres = random.uniform((37.0, 36.0), (37.15, 36.11), (60, 2))
    places = centres[random.integers(0, 60, 20_000)] + random.normal(0, 0.004, (20_000, 2))
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(random.integers(0, 730, 20_000), "D")
    table = incidents(days).set_geometry(gpd.points_from_xy(*places.T), crs=crs.WGS84)
    made = layer(table, bandwidth_m=150.0)
    assert len(made["frames"]) == 24
    assert max(made["width"], made["height"]) > 0.9 * frames.LARGEST_FRAME
    assert len(made["steps"]) < 450_000


def test_many_frames_are_coarser_and_say_so() -> None:
    table = incidents(pd.date_range("2024-01-01", periods=90), spread=0.05)
    few, many = (layer(table, step, bandwidth_m=200.0) for step in ("month", "day"))
    assert many["width"] < few["width"]
    pixels = len(many["frames"]) * many["width"] * many["height"]
    assert pixels <= 1.03 * frames.MOST_PIXELS
    assert [note for note in many["notes"] if note.startswith("Pixel: ")]


def test_pixels_are_no_finer_than_the_bandwidth_needs() -> None:
    made = layer(incidents(pd.date_range("2024-04-01", periods=40)), bandwidth_m=900.0)
    assert "Pixel: 300 m" in made["notes"]


def test_incidents_without_a_full_date_enter_only_periods_that_hold_them() -> None:
    dates = ["2024-03-05", "2024-03-01", "2024-01-01", None, "2024-04-09"]
    precision = ["day", "month", "year", None, "minute"]
    table = incidents(dates, date_precision=precision)
    by_day, by_month = layer(table, "day"), layer(table, "month")
    assert (column(by_day, "count")[0], sum(column(by_day, "count"))) == (1, 2)
    assert "Date too vague for these periods: 3" in by_day["notes"]
    assert column(by_month, "count") == [2, 1]
    assert "Date too vague for these periods: 2" in by_month["notes"]
    assert by_month["all"] == "5 incidents"


def test_vague_places_are_in_the_bars_and_in_no_density() -> None:
    dates = pd.to_datetime(["2024-04-01", "2024-04-01", "2024-04-03"])
    made = layer(incidents(dates, radius_m=[0.0, 5000.0, 0.0]))
    assert (column(made, "count"), column(made, "entered")) == ([2, 0, 1], [1, 0, 1])
    assert column(made, "told") == [
        "2 incidents, 1 of them in the density",
        "0 incidents",
        "1 incident",
    ]
    assert "Place too vague for this density: 1" in made["notes"]


def test_a_density_without_any_date_has_no_slider_beside_one_that_has() -> None:
    dated = parted(incidents(pd.date_range("2024-04-01", periods=3)))
    undated = parted(incidents([None, None]))
    assert len(frames.layers([undated, dated], None)) == 1
    assert frames.layers([undated], None) == []
    assert frames.layers([parted(incidents(["2024-04-01"] * 3))], None) == []
    assert frames.layers([parted(incidents([]))], None) == []


def test_both_kinds_share_their_periods(tables: Any) -> None:
    scene = draw_map(tables.incidents, audience="internal", lang="en", bandwidth_m=500).scene
    both = [told(one, "en") for one in scene["layers"] if one["kind"] == "frames"]
    assert [one["id"] for one in both] == ["frames-attack", "frames-fire"]
    assert column(both[0], "name") == column(both[1], "name")
    assert sum(column(both[1], "count")) == 2
    assert [sum(column(one, "entered")) for one in both] == [2, 1]


def test_weeks_are_named_by_their_days_and_months_by_their_name() -> None:
    table = incidents(pd.to_datetime(["2024-04-03", "2024-04-20"]))
    assert column(layer(table, "week"), "name")[0] == "1 April 2024 – 7 April 2024"
    assert layer(table, "week")["name"] == "Density of attacks, by week"
    table = incidents(pd.to_datetime(["2024-04-03", "2024-05-20"]))
    assert column(layer(table, "month"), "name") == ["April 2024", "May 2024"]
    assert layer(table, "month")["ends"] == ["April 2024", "May 2024"]


@pytest.mark.parametrize(
    ("step", "problem"), [("hour", "The step is 'hour'"), ("day", "makes 10595 periods")]
)
def test_a_step_that_cannot_be_drawn_is_refused(step: str, problem: str) -> None:
    table = incidents(pd.to_datetime(["1995-04-01", "2024-04-02"]))
    with pytest.raises(InputError, match=problem):
        draw_map(table, audience="internal", step=step)


def test_one_incident_with_a_wrong_year_leaves_the_map_whole() -> None:
    made = layer(incidents(pd.to_datetime(["1904-04-01", "2024-04-02"])))
    assert len(made["frames"]) == 121


def test_where_nothing_was_surveyed_no_density_and_no_change_is_shown() -> None:
    table = two_months(20, 40)
    part = parted(table)
    x, _ = part.precise.metres()
    east = box(float(np.median(x)), -1e6, 1e6, 1e6)
    (made,) = frames.layers([part], "month", east)
    (whole,) = frames.layers([part], "month")
    shown, everything = pictures(made), pictures(whole)
    kept = (shown == everything).all(axis=(0, 1))
    assert 0 < kept.sum() < made["width"]
    assert (shown[:, :, ~kept] == 0).all(axis=(0, 1)).sum() > made["width"] / 4
    (change,) = difference.layers([part], periods.read_pair(("2024-07", "2024-08")), east)
    steps = pictures(change)[0]
    assert (steps[:, 0] == difference.HALF).all()
    assert (steps != difference.HALF).any()
    for one in (made, change):
        assert "Shown only where it was surveyed" in told(one["notes"], "en")


# ------------------------------------------------------------------------------------- public


def test_the_public_has_no_slider_and_is_told_why(tables: Any) -> None:
    drawn = draw_map(
        tables.incidents, audience="public", lang="en", key=bytes(32), date="2024-06-01"
    )
    made = told(drawn.scene, "en")
    assert not [one for one in made["layers"] if one["kind"] in {"frames", "difference"}]
    assert [note for note in made["notes"] if note.startswith("No slider over time")]


def test_the_public_cannot_compare_periods(tables: Any) -> None:
    with pytest.raises(AudienceError, match="all the time together"):
        draw_map(
            tables.incidents, audience="public", key=bytes(32), date="2024-06-01",
            compare=("2024-03", "2024-04"),
        )  # fmt: skip


def test_a_partner_has_the_slider_of_masked_places(tables: Any) -> None:
    drawn = draw_map(tables.incidents, audience="partner", key=bytes(32), bandwidth_m=2000)
    assert [one["id"] for one in drawn.scene["layers"] if one["kind"] == "frames"] == [
        "frames-attack",
        "frames-fire",
    ]


# ------------------------------------------------------------------------------------- difference


def compared(table: gpd.GeoDataFrame, *pair: Any, **options: Any) -> dict[str, Any]:
    drawn = draw_map(table, audience="internal", lang="en", compare=pair, **options)
    return told(drawn.scene, "en")


def changes(scene: dict[str, Any]) -> dict[str, Any]:
    return {one["id"]: one for one in scene["layers"] if one["kind"] == "difference"}


def two_months(before: int, after: int, months: Any = ("2024-07-05", "2024-08-05")) -> Any:
    rows = [incidents(pd.to_datetime([months[0]] * before)), incidents([])]
    rows[1] = incidents(pd.to_datetime([months[1]] * after), seed=1)
    return pd.concat(rows, ignore_index=True)


def test_the_difference_of_equal_periods_is_nothing_at_all() -> None:
    before = incidents(pd.to_datetime(["2024-07-05"] * 50))
    after = before.iloc[::-1].assign(date=pd.Timestamp("2024-08-09"))
    table = pd.concat([before, after], ignore_index=True)
    (made,) = changes(compared(table, "2024-07", "2024-08")).values()
    assert set(np.unique(pictures(made))) == {difference.HALF}
    assert made["ticks"] == [[0.5, "0"]]


@settings(max_examples=15, deadline=None)
@given(before=st.integers(0, 30), after=st.integers(1, 30))
def test_the_difference_integrates_to_the_difference_of_the_counts(before: int, after: int) -> None:
    part = parted(two_months(before, after))
    pair = periods.read_pair(("2024-07", "2024-08"))
    ends = periods.possible_days(part.precise.table)
    inside = [period.holds(*ends) for period in pair]
    both = difference.densities(part.precise, pair, inside, 500.0)
    totals = [grid.total() for grid in both]
    assert totals == pytest.approx([before, after], abs=1e-4 * (before + after))
    change = difference.subtract(*(grid.density for grid in both))
    area = both[0].cell_m ** 2 / 1e6
    assert change.sum() * area == pytest.approx(after - before, abs=1e-4 * (before + after))


def test_periods_of_different_length_are_reckoned_to_thirty_days() -> None:
    table = two_months(10, 20, ("2024-04-05", "2024-05-05"))
    part = parted(table)
    pair = periods.read_pair((("2024-04-01", "2024-04-10"), ("2024-05-01", "2024-05-20")))
    inside = [period.holds(*periods.possible_days(part.precise.table)) for period in pair]
    totals = [grid.total() for grid in difference.densities(part.precise, pair, inside, 500.0)]
    assert totals == pytest.approx([30, 30], abs=1e-2)  # one a day in both
    (made,) = changes(compared(table, *pair)).values()
    assert made["notes"][0] == "Change in incidents per km² per 30 days"


def test_the_legend_tells_unit_counts_periods_and_bandwidth() -> None:
    scene = compared(two_months(3, 5), "2024-07", "2024-08", bandwidth_m=700)
    (made,) = changes(scene).values()
    assert made["notes"] == [
        "Change in incidents per km²",
        "July 2024: 3 incidents",
        "August 2024: 5 incidents",
        "Bandwidth (Gaussian): 700 m, as given",
    ]
    assert [one["id"] for one in scene["layers"] if one["shown"]] == [
        "difference-attack", "points",
    ]  # fmt: skip


def test_the_scale_is_symmetric_about_no_change() -> None:
    table = two_months(1, 2)
    table.geometry = [Point(37.0, 36.1), *[Point(37.2, 36.1)] * 2]
    (made,) = changes(compared(table, "2024-07", "2024-08", bandwidth_m=500)).values()
    steps = pictures(made)[0].astype(int) - difference.HALF
    assert steps.max() == pytest.approx(difference.HALF, abs=2)  # the pixel nearest to the peak
    assert steps.min() == pytest.approx(-difference.HALF / 2, abs=2)
    places = [place for place, _ in made["ticks"]]
    assert np.add(places, places[::-1]) == pytest.approx(1)


def test_a_kind_met_in_one_period_only_has_a_difference_and_one_met_in_none_has_none() -> None:
    fires = incidents(pd.to_datetime(["2024-08-02"]), kind="fire")
    table = pd.concat([two_months(1, 1), fires], ignore_index=True)
    assert list(changes(compared(table, "2024-07", "2024-08"))) == [
        "difference-attack",
        "difference-fire",
    ]
    alone = pd.concat([two_months(1, 1), fires.assign(date="2024-09-01")], ignore_index=True)
    assert list(changes(compared(alone, "2024-07", "2024-08"))) == ["difference-attack"]


def test_vague_places_of_the_two_periods_are_counted() -> None:
    table = two_months(2, 2).assign(radius_m=[0.0, 9000.0, 0.0, 9000.0])
    (made,) = changes(compared(table, "2024-07", "2024-08", bandwidth_m=500)).values()
    assert "Place too vague for this density: 2" in made["notes"]


def test_where_every_place_is_too_vague_no_difference_is_drawn() -> None:
    table = two_months(2, 2).assign(radius_m=9000.0)
    assert changes(compared(table, "2024-07", "2024-08", bandwidth_m=500)) == {}


def test_a_period_without_any_incident_is_refused() -> None:
    with pytest.raises(InputError, match="No incident is dated from 2024-09-01 to 2024-09-30"):
        compared(two_months(2, 2), "2024-07", "2024-09")


# ------------------------------------------------------------------------------------- colours


def linear(colour: str) -> Any:
    values = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


# Dichromats see a plane of all colours (F. Viénot, H. Brettel, J. Mollon, 1999; linear RGB).
BLINDNESS = {
    "none": np.eye(3),
    "protan": np.array([[0.1124, 0.8876, 0], [0.1124, 0.8876, 0], [0.0040, -0.0040, 1]]),
    "deutan": np.array([[0.2928, 0.7072, 0], [0.2928, 0.7072, 0], [-0.0223, 0.0223, 1]]),
}


@pytest.mark.parametrize("seen_as", BLINDNESS)
def test_less_and_more_are_told_apart_by_every_eye(seen_as: str) -> None:
    stops = [BLINDNESS[seen_as] @ linear(colour) for colour in theme.CHANGE]
    for less, more in zip(stops[:4], stops[:4:-1], strict=True):
        assert np.linalg.norm(np.sqrt(np.clip(less, 0, 1)) - np.sqrt(np.clip(more, 0, 1))) > 0.2


def test_the_change_ramp_darkens_evenly_to_both_sides() -> None:
    light = np.array([linear(colour) @ (0.2126, 0.7152, 0.0722) for colour in theme.CHANGE])
    assert (np.diff(light[:5]) > 0).all()
    assert (np.diff(light[4:]) < 0).all()
    assert light[:4] == pytest.approx(light[:4:-1], abs=0.08)
