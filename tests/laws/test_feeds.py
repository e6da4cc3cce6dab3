"""Public feeds: no row is lost, nothing is finer than its code, the dead are never told apart."""

from __future__ import annotations

import datetime as dt
import math

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from geosector.sources import check_table

CODES = st.sampled_from(["1", "2", "3", "4", "5", "6", "7", "8", "", "x", "٢", 1, 2.0, None])
DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2030, 12, 31))
LATS = st.floats(1, 89).map(lambda lat: f"{lat:.5f}")
COUNTS = st.integers(0, 500)
# The least that each code promises: the codebook's order from fine to coarse.
FINENESS = ["minute", "day", "month", "year"]


@settings(max_examples=15)
@given(st.lists(st.tuples(DAYS, CODES, CODES, LATS), max_size=6))
def test_every_event_of_acled_is_there_and_no_finer_than_its_codes(events):
    cells = pd.DataFrame(
        [(f"S{n}", f"{day}", "Battles", t, g, lat, "38.2", "place") for n, (day, t, g, lat) in enumerate(events)],
        columns=["event_id_cnty", "event_date", "event_type", "time_precision", "geo_precision",
                 "latitude", "longitude", "location"],
    )  # fmt: skip
    rows, _ = check_table(cells, "incidents")
    assert rows["id"].tolist() == cells["event_id_cnty"].tolist()
    for (day, time, place, _), row in zip(events, rows.itertuples(), strict=True):
        assert (row.date_precision == "day") is (str(time) == "1")
        assert row.date.date() <= day
        assert row.date.year == day.year
        whole_week = {(day + dt.timedelta(days)).month for days in (-3, 3)} == {day.month}
        assert row.date_precision != "month" or str(time) not in {"2", "2.0", "٢"} or whole_week
        assert row.date_precision == "year" or row.date.month == day.month
        assert (row.radius_m == 5_000) is (str(place) == "1")


@settings(max_examples=15)
@given(st.lists(st.tuples(DAYS, st.integers(0, 40), CODES, CODES), max_size=6))
def test_an_event_of_ucdp_lies_in_the_period_that_is_left_of_its_dates(events):
    cells = pd.DataFrame(
        [(n, 1, f"{day}", f"{day + dt.timedelta(length)}", d, w, 36.6, 38.2)
         for n, (day, length, d, w) in enumerate(events)],
        columns=["id", "best", "date_start", "date_end", "date_prec", "where_prec", "latitude",
                 "longitude"],
        dtype=object,
    )  # fmt: skip
    rows, _ = check_table(cells, "incidents")
    assert len(rows) == len(events)
    for (day, length, code, _), row in zip(events, rows.itertuples(), strict=True):
        last = day + dt.timedelta(length)
        assert (row.date_precision == "day") is (str(code) == "1")
        if row.date_precision == "month":
            assert (day.year, day.month) == (last.year, last.month)


@settings(max_examples=15)
@given(st.lists(st.tuples(COUNTS, COUNTS, COUNTS).map(sorted), min_size=1, max_size=6))
def test_the_dead_of_ucdp_are_as_many_as_they_were_and_within_their_bounds(counts):
    cells = pd.DataFrame(
        [(n, "2024-04-05", 1, 1, 36.6, 38.2, low, best, high) for n, (low, best, high) in enumerate(counts)],
        columns=["id", "date_start", "date_prec", "where_prec", "latitude", "longitude", "low",
                 "best", "high"],
    )  # fmt: skip
    rows, _ = check_table(cells, "incidents")
    assert rows["killed_unspecified"].sum() == sum(best for _, best, _ in counts)
    assert (rows["killed_unspecified_min"] <= rows["killed_unspecified"]).all()
    assert (rows["killed_unspecified"] <= rows["killed_unspecified_max"]).all()
    told_apart = [c for c in rows if str(c).startswith("killed_") and "unspecified" not in c]
    assert told_apart == []


@settings(max_examples=15)
@given(st.lists(st.tuples(DAYS, st.times(), st.floats(0.3, 5), st.floats(0.3, 5)), max_size=6))
def test_a_hot_pixel_reaches_its_corners_and_keeps_its_minute(pixels):
    cells = pd.DataFrame(
        [(36.6, 38.2, day, str(int(f"{at:%H%M}")), "n", 1.0, scan, track) for day, at, scan, track in pixels],
        columns=["latitude", "longitude", "acq_date", "acq_time", "confidence", "frp", "scan",
                 "track"],
        dtype=object,
    )  # fmt: skip
    rows, _ = check_table(cells, "incidents")
    assert len(rows) == len(pixels)
    for (day, at, scan, track), row in zip(pixels, rows.itertuples(), strict=True):
        assert row.date == pd.Timestamp.combine(day, at.replace(second=0, microsecond=0))
        corner = math.hypot(scan, track) * 500
        assert corner <= row.radius_m <= corner + 1.01
