"""Incidents that count: four kinds, whole days, places within their radius. All data invented."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geosector.errors import InputError, MissingColumnError, MissingCRSError
from geosector.measure.hotspots.events import (
    KINDS,
    days_in,
    possible_days,
    read_period,
    require_kinds,
    take_events,
)
from geosector.measure.hotspots.whereabouts import count_events, find_areas, key_column
from geosector.measure.rates import count_by_area, kinds


def town(**columns: object) -> gpd.GeoDataFrame:
    """Draw two invented sectors, a kilometre each."""
    squares = [shapely.box(37, 36, 37.01, 36.01), shapely.box(37.01, 36, 37.02, 36.01)]
    return gpd.GeoDataFrame({"sector_id": [2, 1], **columns}, geometry=squares, crs=4326)


def seen(lon: list[float | None], **columns: object) -> gpd.GeoDataFrame:
    shapes = [None if one is None else shapely.Point(one, 36.005) for one in lon]
    return gpd.GeoDataFrame({"kind": ["attack"] * len(lon), **columns}, geometry=shapes, crs=4326)


# ------------------------------------------------------------------ kinds


@pytest.mark.parametrize("kind", ["other", "crime", "theft", "arrest", "person", "Attack", ""])
def test_nothing_but_the_four_kinds_is_taken(kind: str) -> None:
    with pytest.raises(InputError, match=r"nothing here takes persons or crimes\."):
        require_kinds(kind)


@pytest.mark.parametrize("kinds", [[], None, 7])
def test_no_kind_at_all_is_refused(kinds: object) -> None:
    with pytest.raises(InputError, match="nothing here takes persons or crimes"):
        require_kinds(kinds)  # type: ignore[arg-type]


def test_the_four_kinds_are_those_of_the_table_but_other() -> None:
    assert [*KINDS, "other"] == list(kinds())


def test_a_kind_that_is_none_of_ours_is_listed_and_not_counted() -> None:
    rows = pd.DataFrame({"kind": ["fire", "theft", "other", None]})
    events = take_events(rows, "fire")
    assert events.rows.tolist() == [0]
    assert [(one.row, one.given, one.action) for one in events.problems] == [
        (3, "theft", "not counted")
    ]


# ------------------------------------------------------------------ days


def test_a_date_known_by_its_month_lies_in_a_period_that_holds_the_month() -> None:
    rows = pd.DataFrame(
        {
            "kind": "fire",
            "date": pd.to_datetime(["2024-04-30", "2024-04-01", "2024-01-01", None, "2024-05-01"]),
            "date_precision": ["day", "month", "year", None, "minute"],
        }
    )
    april = take_events(rows, "fire", periods=[read_period("2024-04")])
    assert april.rows.tolist() == [0, 1]
    assert [(one.row, one.given) for one in april.problems] == [(4, "2024-01-01"), (5, "nothing")]
    assert take_events(rows, "fire", periods=[read_period("2024")]).rows.tolist() == [0, 1, 2, 4]
    days = take_events(rows, "fire", periods=[read_period(("2024-04-02", "2024-04-30"))])
    assert days.rows.tolist() == [0]


def test_days_are_read_from_text_and_from_dates() -> None:
    written = ["2024-04", "2024", "2024-04-02T23:30:00+03:00", "soon", None, dt.date(2024, 5, 6)]
    first, last = possible_days(pd.DataFrame({"date": pd.Series(written, dtype="object")}))
    assert first.astype(str).tolist() == [
        "2024-04-01", "2024-01-01", "2024-04-02", "NaT", "NaT", "2024-05-06",
    ]  # fmt: skip
    assert last.astype(str).tolist()[:2] == ["2024-04-30", "2024-12-31"]
    unstated = pd.DataFrame({"date": ["2024-04-02"], "date_precision": pd.array([pd.NA], "string")})
    assert possible_days(unstated)[1].astype(str).tolist() == ["2024-04-02"]
    zoned = pd.DataFrame({"date": pd.to_datetime(["2024-04-02T23:30+03:00"])})
    assert possible_days(zoned)[0].astype(str).tolist() == ["2024-04-02"]


def test_a_table_without_dates_is_taken_whole_and_not_by_periods() -> None:
    rows = pd.DataFrame({"kind": ["fire"]})
    assert np.isnat(take_events(rows, "fire").first).all()
    with pytest.raises(MissingColumnError, match="lacks the column date"):
        take_events(rows, "fire", periods=[read_period("2024")])


def test_periods_are_read_in_every_form() -> None:
    assert days_in(read_period("2024")) == 366
    assert days_in(read_period((dt.date(2024, 1, 1), pd.Timestamp("2024-01-07 12:00")))) == 7
    assert read_period(read_period("2024-02")) == read_period("2024-02")
    with pytest.raises(InputError, match="'spring' is not a date"):
        read_period(("spring", "2024-01-01"))
    with pytest.raises(InputError, match="A period is a month"):
        read_period(2024)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="2024-13 is no month"):
        read_period("2024-13")


# ------------------------------------------------------------------ ids


def test_an_id_that_stands_twice_counts_once_whatever_the_order() -> None:
    rows = pd.DataFrame(
        {"id": ["a", "a", "b", None, None], "kind": "fire", "sector_id": [1, 2, 2, 2, 2]}
    )
    one, other = take_events(rows, "fire"), take_events(rows[::-1], "fire")
    assert rows.iloc[one.rows]["sector_id"].tolist() == [1, 2, 2, 2]
    assert sorted(rows[::-1].iloc[other.rows]["sector_id"]) == [1, 2, 2, 2]
    assert [(problem.row, problem.given) for problem in one.problems] == [(3, "a")]


def test_an_id_twice_among_other_kinds_costs_nothing() -> None:
    rows = pd.DataFrame({"id": ["a", "a"], "kind": ["attack", "fire"]})
    assert take_events(rows, "fire").rows.tolist() == [1]


# ------------------------------------------------------------------ areas


def test_the_area_that_an_incident_names_comes_before_its_place() -> None:
    rows = seen([37.005, 37.005, 37.005], sector_id=pd.array([1, None, 7], "Int64"))
    at, problems = find_areas(rows, np.arange(3), town(), area="sector_id")
    assert at.tolist() == [1, 0, -1]
    assert [(one.row, one.column, one.given) for one in problems] == [(4, "sector_id", "7")]


def test_counts_are_those_of_count_by_area() -> None:
    rows = pd.DataFrame({"kind": ["fire", "attack", "fire", "fire"], "sector_id": [1, 1, 2, None]})
    peer = count_by_area(rows, [2, 1], area="sector_id")
    peer = peer[(peer["kind"] == "fire") & peer["sector_id"].notna()]
    counted = count_events(rows, pd.DataFrame({"sector_id": [2, 1]}), "fire")
    assert counted.table["count"].tolist() == peer["count"].tolist() == [1, 1]
    assert counted.problems["row"].tolist() == [5]


def test_a_place_on_a_border_is_in_the_area_whose_key_comes_first() -> None:
    for areas in (town(), town().iloc[::-1]):
        at, _ = find_areas(seen([37.01]), np.arange(1), areas, area="sector_id")
        assert areas["sector_id"].iloc[at[0]] == 1


def test_a_place_known_less_precisely_than_its_area_is_wide_is_in_none() -> None:
    rows = seen([37.005, 37.005, 37.005], radius_m=[500, 600, "wide"])
    at, problems = find_areas(rows, np.arange(3), town(), area="sector_id")
    assert at.tolist() == [0, -1, -1]
    assert [(one.row, one.given) for one in problems] == [(4, "wide"), (3, "known within 600 m")]


@pytest.mark.parametrize("wrong", [-1.0, np.inf])
def test_a_radius_that_is_none_leaves_the_place_unknown(wrong: float) -> None:
    at, problems = find_areas(
        seen([37.005], radius_m=[wrong]), np.arange(1), town(), area="sector_id"
    )
    assert at.tolist() == [-1]
    assert [one.column for one in problems] == ["radius_m"]


def test_localities_are_named_by_id_or_by_one_that_was_merged_into_them() -> None:
    places = town(id=["a", "b"], merged=[(), ("old",)]).drop(columns="sector_id")
    rows = seen([None, None, 37.005, None], locality_id=["b", "old", None, "elsewhere"])
    at, problems = find_areas(rows, np.arange(4), places, area="locality_id")
    assert at.tolist() == [1, 1, 0, -1]
    assert [one.row for one in problems] == [5]


def test_a_table_of_areas_without_ground_places_nothing() -> None:
    areas = pd.DataFrame({"sector_id": [1]})
    at, problems = find_areas(seen([37.005]), np.arange(1), areas, area="sector_id")
    assert at.tolist() == [-1]
    assert len(problems) == 1


def test_a_line_or_an_area_is_placed_by_a_point_in_it() -> None:
    street = shapely.LineString([(37.001, 36.005), (37.004, 36.005)])
    rows = gpd.GeoDataFrame({"kind": ["attack"]}, geometry=[street], crs=4326)
    assert find_areas(rows, np.arange(1), town(), area="sector_id")[0].tolist() == [0]


def test_incidents_with_places_need_a_coordinate_system() -> None:
    rows = seen([37.005]).set_crs(None, allow_override=True)
    with pytest.raises(MissingCRSError):
        find_areas(rows, np.arange(1), town(), area="sector_id")


def test_empty_tables_are_counted_as_nothing() -> None:
    assert count_events(seen([]), town(), "attack").table["count"].tolist() == [0, 0]
    assert count_events(seen([37.005]), town().iloc[:0], "attack").table.empty
    assert len(count_events(seen([37.005]), town().iloc[:0], "attack").problems) == 1


def test_keys_of_areas_are_needed_once_each() -> None:
    assert key_column(town(), "sector_id") == "sector_id"
    with pytest.raises(MissingColumnError, match="areas lacks the column cell_id"):
        key_column(town(), "cell_id")
    with pytest.raises(InputError, match="missing or stands twice"):
        key_column(town(id=["a", None]), "locality_id")
    with pytest.raises(InputError, match="give a DataFrame"):
        key_column(None, "sector_id")  # type: ignore[arg-type]
