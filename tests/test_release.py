"""What each audience may see.

The drawn town: four sectors of about 5.5 km a side, around 37.1 E, 36.1 N::

      +----+----+
      | 3  | 4  |
      +----+----+ 36.1
      | 1  | 2  |
      +----+----+
          37.1
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box

from geosector import language
from geosector.assign import Assigner
from geosector.crs import distances_m
from geosector.errors import AudienceError, InputError, MissingColumnError, UnreadableFileError
from geosector.release import (
    for_audience,
    read_key,
    require_no_place,
    stamp,
    stamped,
    withhold,
    withhold_table,
)

KEY = bytes(range(32))
DAY = dt.date(2024, 4, 30)


@pytest.fixture
def sectors() -> gpd.GeoDataFrame:
    corners = [(37.05, 36.05), (37.1, 36.05), (37.05, 36.1), (37.1, 36.1)]
    return gpd.GeoDataFrame(
        {
            "sector_id": [1, 2, 3, 4],
            "name": ["a", "b", "c", "d"],
            "population": [3, 900, 20, 1000],
            "deviation": [-0.9, 0.2, -0.8, 0.3],
            "planned_by": "an office",
        },
        geometry=[box(x, y, x + 0.05, y + 0.05) for x, y in corners],
        crs="EPSG:4326",
    )


def incidents(*rows: dict[str, Any]) -> gpd.GeoDataFrame:
    usual = {
        "id": "i",
        "kind": "attack",
        "date": "2024-04-02",
        "geometry": Point(37.0712345, 36.0754321),
    }
    return gpd.GeoDataFrame(
        [{**usual, **row} for row in rows], geometry="geometry", crs="EPSG:4326"
    )


def facilities(*rows: dict[str, Any]) -> gpd.GeoDataFrame:
    usual = {
        "kind": "shelter",
        "name": "القبو",
        "status": "open",
        "capacity": 80,
        "geometry": Point(37.07, 36.07),
    }
    return gpd.GeoDataFrame(
        [{**usual, **row} for row in rows], geometry="geometry", crs="EPSG:4326"
    )


def seen(rows: gpd.GeoDataFrame, audience: str, name: str = "incidents", **given: Any) -> Any:
    return for_audience(rows, audience, name=name, **{"key": KEY, "date": DAY, **given})


def ways(exact: gpd.GeoDataFrame, masked: gpd.GeoDataFrame) -> np.ndarray:
    one, two = exact.geometry, masked.geometry
    return distances_m(one.x, one.y, two.x, two.y)


# --------------------------------------------------------------- who, when, with what


@pytest.mark.parametrize("audience", [None, "", "Public", "everyone"])
def test_an_audience_that_is_missing_or_unknown_is_refused(audience):
    with pytest.raises(AudienceError, match="the audience is one of internal, partner, public"):
        seen(incidents({}), audience)


def test_a_table_that_is_none_is_refused():
    with pytest.raises(InputError, match="'people' is not a table"):
        seen(incidents({}), "internal", "people")


@pytest.mark.parametrize(("name", "audience"), [("incidents", "partner"), ("roads", "public")])
def test_masking_and_everything_public_need_a_key(name, audience):
    with pytest.raises(AudienceError, match=r"needs a masking key.*--key-file"):
        seen(incidents({}), audience, name, key=None)


def test_a_short_key_is_refused():
    with pytest.raises(InputError, match="has 3 bytes and needs at least 16"):
        seen(incidents({}), "partner", key=b"abc")


def test_public_incidents_need_the_day_of_the_release(monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    with pytest.raises(AudienceError, match="Give it with --date"):
        seen(incidents({}), "public", date=None)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1714435200")
    assert seen(incidents({}), "public", date=None).attrs["date"] == "2024-04-30"


@pytest.mark.parametrize("given", ["30.4.2024", "soon"])
def test_a_date_that_is_none_is_refused(given):
    with pytest.raises(InputError, match=f"'{given}' is not a date"):
        seen(incidents({}), "public", date=given)


@pytest.mark.parametrize("given", ["2024-04-30", DAY, dt.datetime(2024, 4, 30, 5, tzinfo=dt.UTC)])
def test_a_date_may_be_text_or_a_date(given):
    assert seen(incidents({}), "public", date=given).attrs["date"] == "2024-04-30"


def test_every_output_says_for_whom_it_is(sectors):
    for audience in ("internal", "partner", "public"):
        made = seen(sectors, audience, "sectors")
        assert made.attrs == {"audience": audience, "date": "2024-04-30", "stamp": stamp(audience)}
    assert seen(sectors, "internal", "sectors", date=None).attrs["date"] is None


def test_the_stamp_speaks_the_language_asked_for():
    assert stamp("partner", "en") == "For partners under agreement"
    with language.speaking("en"):
        assert stamp("public") == "Public"
    with pytest.raises(AudienceError, match="the audience is one of"):
        stamp("nobody")  # type: ignore[arg-type]


# --------------------------------------------------------------- the key


def test_a_new_key_is_made_for_its_owner_only_and_read_again(tmp_path):
    first = read_key(tmp_path / "office.key")
    assert len(first) == 32
    assert read_key(tmp_path / "office.key") == first
    assert read_key(tmp_path / "other.key") != first
    if os.name == "posix":
        assert (tmp_path / "office.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("held", [bytes(32), b"ab" * 16, bytes(range(256)) * 10])
def test_a_key_file_that_holds_no_key_is_refused(tmp_path: Path, held: bytes):
    """After a power cut a file may hold noughts; a table is no key, whoever has it."""
    (tmp_path / "office.key").write_bytes(held)
    with pytest.raises(InputError, match="holds no masking key"):
        read_key(tmp_path / "office.key")


def test_a_key_that_cannot_be_read_or_is_short_is_refused(tmp_path: Path):
    with pytest.raises(UnreadableFileError, match=r"The masking key .* could not be read"):
        read_key(tmp_path)
    (tmp_path / "short").write_bytes(b"x")
    with pytest.raises(InputError, match="has 1 bytes"):
        read_key(tmp_path / "short")


# --------------------------------------------------------------- columns


def test_internal_is_everything_as_it_is_but_no_persons():
    rows = incidents({"narrative": "long", "colour": "red", "phone": "0955", "reported_by": "x"})
    made = seen(rows, "internal", key=None)
    assert made.columns.tolist() == [
        "id",
        "kind",
        "date",
        "geometry",
        "narrative",
        "colour",
        "reported_by",
    ]
    assert made.geometry.iloc[0] == rows.geometry.iloc[0]
    assert made is not rows


def test_partners_see_coded_columns_and_no_free_text():
    rows = incidents(
        {
            "narrative": "long",
            "colour": "red",
            "reported_by": "x",
            "killed_man": 2,
            "weapon": "rocket",
        }
    )
    assert seen(rows, "partner").columns.tolist() == [
        "kind", "date", "killed_man", "weapon", "radius_m", "at_least_m", "geometry",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "place",
    [
        "36.20234, 37.16123", "٣٦٫٢٠٢٣٤", "36°12'08\"N", "37S CV 12345 67890", "8G8J6553+2X",
        "at 8G8J6553+", "0955123456", "3620234",
    ],
)  # fmt: skip
def test_text_that_may_hold_a_place_in_digits_is_withheld(place):
    rows = incidents({"locality": place, "weapon": f"from {place}", "locality_id": f"x {place}"})
    partner = seen(rows, "partner")
    assert partner[["locality", "weapon", "locality_id"]].isna().all(axis=None)
    assert seen(rows, "public")["locality"].isna().all()


def test_only_what_a_column_is_meant_to_hold_leaves_the_office():
    rows = incidents(
        {"kind": "attack at 36.2", "date": "at 36.20234", "killed_man": 36.5, "injured_man": 2}
    )
    made = seen(rows, "partner")
    assert made[["kind", "date", "killed_man"]].isna().all(axis=None)
    assert made["injured_man"].tolist() == [2]


def test_names_with_few_digits_and_codes_of_places_stay():
    rows = incidents({"locality": "مشروع 1070 شقة", "locality_id": "SY020001"})
    made = seen(rows, "partner")
    assert made[["locality", "locality_id"]].iloc[0].tolist() == ["مشروع 1070 شقة", "SY020001"]


def test_sectors_show_people_to_partners_but_not_small_counts(sectors):
    made = seen(sectors, "partner", "sectors")
    assert made["population"].fillna(-1).tolist() == [-1, 900, -1, 1000]
    assert made["deviation"].isna().tolist() == [True, False, True, False]
    assert "planned_by" not in made
    assert (
        seen(sectors.drop(columns="deviation"), "partner", "sectors")["population"].isna().sum()
        == 2
    )


def test_sectors_show_no_people_to_the_public(sectors):
    made = seen(sectors, "public", "sectors")
    assert made.columns.tolist() == ["sector_id", "name", "geometry"]
    assert made.geometry.geom_equals(sectors.geometry).all()


def test_roads_show_no_closures_outside():
    road = {
        "road_class": ["primary"],
        "name": ["شارع 1070"],
        "state": ["closed"],
        "state_at": [DAY],
    }
    rows = gpd.GeoDataFrame(road, geometry=[LineString([(37, 36), (37.1, 36)])], crs="EPSG:4326")
    for audience in ("partner", "public"):
        assert seen(rows, audience, "roads").columns.tolist() == ["road_class", "name", "geometry"]


def test_matches_show_partners_no_places_and_the_public_nothing():
    rows = pd.DataFrame(
        {
            "lat": [36.1],
            "lon": [37.1],
            "match_name": ["Jinan"],
            "query": ["x"],
            "match_id": ["170063"],
        }
    )
    assert seen(rows, "partner", "matches").columns.tolist() == ["match_name", "match_id"]
    with pytest.raises(AudienceError, match="matches is not for the public"):
        seen(rows, "public", "matches")


# --------------------------------------------------------------- incidents for partners


def test_masked_incidents_stay_within_their_radius_and_say_how_far():
    rows = incidents(
        {"radius_m": 250},
        {"radius_m": 5000, "geometry": Point(37.08, 36.08)},
        {"radius_m": 3, "geometry": Point(37.09, 36.08)},
        {"radius_m": None, "geometry": Point(37.06, 36.08)},
        {"radius_m": 0, "geometry": Point(37.06, 36.09)},
    )
    made = seen(rows, "partner")
    moved = [200, 3200, 100, 400, 400]
    assert made["radius_m"].tolist() == [450, 8200, 103, 400, 400]
    assert (ways(rows, made) <= moved).all()
    assert (ways(rows, made) > 0.2 * np.array(moved)).all()


def test_masked_coordinates_are_no_finer_than_the_mask():
    rows = incidents({"radius_m": 100}, {"radius_m": 2000}, {"radius_m": 20000})
    for shape, decimals in zip(seen(rows, "partner").geometry, (4, 3, 2), strict=True):
        assert (shape.x, shape.y) == (round(shape.x, decimals), round(shape.y, decimals))


def test_a_mask_is_the_same_every_time_in_any_table_order_and_with_any_id():
    rows = incidents({}, {"geometry": Point(37.06, 36.06)}, {"id": "edited", "kind": "fire"})
    made = seen(rows, "partner").geometry.tolist()
    assert seen(rows.iloc[::-1], "partner").geometry.tolist() == made[::-1]
    assert made[0] == made[2]
    assert seen(rows.iloc[:1], "partner").geometry.tolist() == made[:1]
    assert seen(rows, "partner", key=bytes(32)).geometry.tolist() != made


def test_a_correction_of_a_few_metres_gives_no_second_mask():
    rows = incidents(
        {"geometry": Point(37.07121, 36.07543)}, {"geometry": Point(37.07123, 36.07541)}
    )
    made = seen(rows, "partner").geometry
    assert made.iloc[0] == made.iloc[1]


def test_two_radii_at_one_place_are_moved_in_different_directions():
    rows = incidents({"radius_m": 200}, {"radius_m": 400})
    exact, made = rows.geometry.iloc[0], seen(rows, "partner").geometry
    angles = [np.arctan2(p.y - exact.y, p.x - exact.x) for p in made]
    assert abs(angles[0] - angles[1]) > 0.1


def test_masked_incidents_stay_in_their_sector(sectors):
    random = np.random.default_rng(0)
    places = np.column_stack([np.full(60, 37.0999), random.uniform(36.0501, 36.1499, 60)])
    rows = incidents(*({"geometry": Point(place)} for place in places))
    zones = Assigner(sectors)
    made = seen(rows, "partner", sectors=sectors)
    there = made.geometry.notna().to_numpy()  # of some, every mask would lie beyond the border
    home = zones.assign(*places.T)[there]
    assert there.mean() > 0.6
    assert (home == zones.assign(made.geometry.x[there], made.geometry.y[there])).all()
    assert (ways(rows[there], made[there]) <= 400).all()


def test_in_a_sector_smaller_than_the_radius_the_sector_is_the_mask():
    tiny = gpd.GeoDataFrame({"sector_id": [1]}, geometry=[box(37, 36, 37.0005, 36.0005)], crs=4326)
    rows = incidents({"geometry": Point(37.0001, 36.0001), "radius_m": 3000})
    made = seen(rows, "partner", sectors=tiny).geometry.iloc[0]
    assert made is None or (
        tiny.geometry.iloc[0].intersects(made) and made != rows.geometry.iloc[0]
    )


@pytest.mark.parametrize("side_m", [100, 200, 300])
def test_where_the_ring_does_not_fit_the_sector_there_is_no_place(side_m):
    """A mask at one end of a small sector would tell that the place is at the other."""
    wide, high = side_m / 90_000, side_m / 111_000
    tiny = gpd.GeoDataFrame(
        {"sector_id": [1]}, geometry=[box(37, 36, 37 + wide, 36 + high)], crs=4326
    )
    shares = np.random.default_rng(0).uniform(0, 1, (50, 2))
    rows = incidents(*({"geometry": Point(37 + x * wide, 36 + y * high)} for x, y in shares))
    assert seen(rows, "partner", sectors=tiny).geometry.isna().all()


def test_a_roughly_known_place_in_a_small_sector_has_the_widest_ring_that_fits(sectors):
    made = seen(incidents({"radius_m": 51_200}), "partner", sectors=sectors)
    assert made["radius_m"].iloc[0] - 51_200 in {1600, 3200, 6400}


def test_where_no_place_can_be_found_the_geometry_is_missing():
    sliver = Polygon([(37, 36.00003), (38, 36.00003), (38, 36.0000302)])
    thin = gpd.GeoDataFrame({"sector_id": [1]}, geometry=[sliver], crs=4326)
    rows = incidents({"geometry": Point(37.500001, 36.00003005)})
    made = seen(rows, "partner", sectors=thin)
    assert made.geometry.isna().all()
    assert made["radius_m"].isna().all()


def test_areas_are_masked_as_points_and_rows_without_place_stay():
    rows = incidents(
        {"geometry": box(37.07, 36.07, 37.071, 36.071)}, {"geometry": None}, {"geometry": Point()}
    )
    made = seen(rows, "partner")
    assert made.geometry.iloc[0].geom_type == "Point"
    assert made.geometry.iloc[1:].isna().all()
    assert len(made) == 3


def test_incidents_without_a_geometry_column_are_released_by_their_columns():
    made = seen(
        pd.DataFrame({"kind": ["fire"], "locality": ["Jinan"], "narrative": ["x"]}), "partner"
    )
    assert made.columns.tolist() == ["kind", "locality"]


def test_metres_and_other_geometry_names_are_understood():
    rows = incidents({}).to_crs("EPSG:32637").rename_geometry("place")
    assert seen(rows, "partner").geometry.iloc[0] == seen(incidents({}), "partner").geometry.iloc[0]


# --------------------------------------------------------------- incidents for the public


def test_the_public_sees_incidents_only_after_the_delay():
    days = ["2024-04-23", "2024-04-24", "2024-05-09", None, "never"]
    made = seen(incidents(*({"date": day} for day in days)), "public")
    assert made["count"].tolist() == [1]
    assert seen(incidents({"date": "2024-04-24"}), "public", delay_days=6)["count"].tolist() == [1]


@pytest.mark.parametrize(
    ("day", "precision", "shown"),
    [
        ("2024-04-01", "month", 0),
        ("2024-03-01", "month", 1),
        ("2024-01-01", "year", 0),
        ("2023-05-01", "year", 1),
    ],
)
def test_a_vague_date_counts_from_its_last_possible_day(day, precision, shown):
    made = seen(incidents({"date": day, "date_precision": precision}), "public")
    assert len(made) == shown


@pytest.mark.parametrize(
    ("written", "day", "shown"),
    [("2024-04", "2024-05-06", 0), ("2024-04", "2024-05-07", 1), ("04/2024", "2024-05-06", 0),
     ("2024", "2024-05-07", 0), ("2024", "2025-01-07", 1)],
)  # fmt: skip
def test_a_month_written_as_a_date_is_not_its_first_day(written, day, shown):
    assert len(seen(incidents({"date": written}), "public", date=day)) == shown


def test_a_precision_that_nobody_stated_is_a_day():
    rows = incidents({"date": "2024-04-02", "date_precision": None}, {"date_precision": "day"})
    assert seen(rows, "public", date="2024-04-09")["count"].tolist() == [2]


def test_dates_of_any_kind_are_understood():
    moments = [
        dt.date(2024, 4, 2),
        pd.Timestamp("2024-04-02 08:30"),
        pd.Timestamp("2024-04-02", tz="UTC"),
    ]
    for moment in moments:
        assert seen(incidents({"date": moment}), "public")["count"].sum() == 1


def test_public_incidents_are_counts_by_locality_and_kind_with_their_sums():
    rows = incidents(
        {"locality": "Jinan", "admin1": "Aleppo", "killed_man": 1, "place_type": "school"},
        {"locality": "Jinan", "admin1": "Aleppo", "killed_man": 2, "injured_child_min": 4},
        {"locality": "Jinan", "admin1": "Idlib", "killed_man": None},
        {"locality": "Jinan", "admin1": "Aleppo", "kind": "fire"},
        {"locality": "Jinan", "admin1": "Aleppo", "kind": "picnic"},
    )
    made = seen(rows, "public")
    facts = made[["locality", "admin1", "kind", "count", "killed_man"]].astype(object)
    assert facts.where(facts.notna(), None).to_numpy().tolist() == [
        ["Jinan", "Aleppo", "attack", 2, 3],
        ["Jinan", "Aleppo", "fire", 1, None],
        ["Jinan", "Aleppo", "other", 1, None],
        ["Jinan", "Idlib", "attack", 1, None],
    ]
    assert {"place_type", "date", "id"}.isdisjoint(made.columns)
    assert made["injured_child_min"].iloc[0] == 4


def test_localities_with_ids_are_told_apart_and_joined_by_them():
    rows = incidents(
        {"locality": "Jinan", "locality_id": "C1"},
        {"locality": "Jenan", "locality_id": "C1"},
        {"locality": "Jinan", "locality_id": "C2"},
    )
    made = seen(rows, "public")
    assert made[["locality_id", "locality", "count"]].to_numpy().tolist() == [
        ["C1", "Jenan", 2],
        ["C2", "Jinan", 1],
    ]


def test_incidents_without_locality_are_counted_by_cell_and_without_place_together():
    rows = incidents(
        {},
        {"geometry": Point(37.0712, 36.0755), "locality": " "},
        {"geometry": Point(37.2, 36.2)},
        {"geometry": None},
        {"geometry": None},
    )
    made = seen(rows, "public")
    assert sorted(made["count"]) == [1, 2, 2]
    assert made[made.geometry.isna()]["count"].tolist() == [2]
    assert made["radius_m"].dropna().tolist() == [800, 800]


def test_a_locality_stands_in_the_cell_of_most_of_it_and_its_radius_holds_all():
    far = Point(37.11, 36.07)
    rows = incidents(
        {"locality": "J"}, {"locality": "J", "geometry": far, "radius_m": 300}, {"locality": "J"}
    )
    made = seen(rows, "public")
    alone = seen(incidents({"locality": "J"}), "public")
    assert made.geometry.iloc[0] == alone.geometry.iloc[0]
    middle = made.geometry.iloc[0]
    way = distances_m(*(np.array([v]) for v in (middle.x, middle.y, far.x, far.y)))
    assert made["radius_m"].iloc[0] >= way[0] + 300


def test_no_public_incidents_make_an_empty_table():
    made = seen(incidents({"date": None}), "public")
    assert len(made) == 0
    assert {"kind", "count", "geometry"} <= set(made.columns)
    table = pd.DataFrame({"kind": ["fire"], "date": ["2024-04-01"]})
    assert seen(table, "public")["count"].tolist() == [1]


# --------------------------------------------------------------- facilities and people


def test_facilities_outside_the_office_need_sectors():
    for audience in ("partner", "public"):
        with pytest.raises(AudienceError, match="Give the sectors with --sectors"):
            seen(facilities({}), audience, "facilities")


def test_partners_see_the_sector_of_a_facility_and_no_place_or_name(sectors):
    rows = facilities(
        {"capacity_unit": "people", "notes": "x"},
        {
            "kind": "bakery",
            "geometry": box(37.11, 36.11, 37.12, 36.12),
            "capacity_unit": "0955123456",
        },
        {"geometry": None},
    )
    made = seen(rows, "partner", "facilities", sectors=sectors)
    assert made.columns.tolist() == ["sector_id", "kind", "status", "capacity", "capacity_unit"]
    assert made["sector_id"].fillna(-1).tolist() == [1, 4, -1]
    assert made["kind"].fillna("").tolist() == ["shelter", "", "shelter"]
    assert made["capacity_unit"].fillna("").tolist() == ["people", "", ""]
    assert not isinstance(made, gpd.GeoDataFrame)


def test_the_public_sees_counts_of_facilities_with_sensitive_kinds_together(sectors):
    many = [{}] * 6 + [{"kind": "warehouse"}] * 3 + [{"kind": None}] * 2 + [{"kind": "school"}] * 7
    made = seen(facilities(*many), "public", "facilities", sectors=sectors)
    first = made[made["sector_id"] == 1].set_index("kind")["count"]
    assert first.to_dict() == {"school": 7, "protected": 11}
    assert not made["withheld"].any()
    assert made["count"].sum() == len(many)


def test_small_counts_of_facilities_are_withheld_with_others(sectors):
    many = [{}] * 2 + [{"geometry": Point(37.12, 36.12)}] * 30
    made = seen(facilities(*many), "public", "facilities", sectors=sectors)
    assert made["withheld"].tolist() == [True, False, False, True]
    assert made["count"].isna().tolist() == made["withheld"].tolist()


def test_facilities_outside_all_sectors_are_counted_apart(sectors):
    many = [{"geometry": Point(10, 10)}] * 5 + [{}] * 5
    made = seen(facilities(*many), "public", "facilities", sectors=sectors)
    assert made["sector_id"].isna().sum() == 1
    assert made["count"].sum() == 10
    plain = pd.DataFrame({"kind": ["shelter"] * 5})
    assert seen(plain, "public", "facilities", sectors=sectors)["count"].tolist()[-1] == 5


def test_sector_names_of_text_stay_text(sectors):
    named = sectors.assign(sector_id=["ا", "ب", "ج", "د"])
    made = seen(facilities({}), "partner", "facilities", sectors=named)
    assert made["sector_id"].tolist() == ["ا"]


def test_partners_see_people_by_sector_and_the_public_does_not(sectors):
    points = [
        Point(37.06, 36.06),
        Point(37.07, 36.07),
        Point(37.12, 36.06),
        Point(37.06, 36.12),
        Point(0, 0),
    ]
    rows = gpd.GeoDataFrame({"population": [100, 200, 3, 50, 9]}, geometry=points, crs="EPSG:4326")
    made = seen(rows, "partner", "population", sectors=sectors)
    assert made["population"].fillna(-1).tolist() == [300, -1, -1, 0]
    with pytest.raises(AudienceError, match="population is not for the public"):
        seen(rows, "public", "population", sectors=sectors)
    with pytest.raises(MissingColumnError, match="lacks the column population"):
        seen(facilities({}), "partner", "population", sectors=sectors)


def test_counts_of_one_each_are_not_given_away_by_their_sum():
    """Five ones that add up to five could only be ones."""
    assert withhold(np.array([1, 1, 1, 1, 1, 0, 60])).tolist() == [True] * 5 + [False, True]


def test_a_lone_small_count_is_withheld_with_what_there_is():
    assert withhold(np.array([3])).tolist() == [True]
    assert withhold(np.array([3, 0, 0])).tolist() == [True, True, True]


def test_a_table_of_one_column_is_withheld_like_a_list():
    assert withhold_table(np.array([[3], [9], [40]])).tolist() == [[True], [True], [False]]
    assert not withhold_table(np.array([[30, 9], [40, 0]])).any()


@pytest.mark.parametrize(
    "words",
    [
        "a" * 3_000_000,
        "https://maps.app.goo.gl/AbCdEfGh",
        "goo.gl/maps/x",
        "filled.count.soap",
        "sy7r2k8q",
    ],
)
def test_a_link_or_a_grid_code_in_words_is_withheld(words):
    assert seen(incidents({"locality": words}), "partner")["locality"].isna().all()
    assert seen(incidents({"locality": words}), "public")["locality"].isna().all()


@pytest.mark.parametrize("words", ["Camp2024", "122mmGrad", "St. Mary's", "حي الـ 1070"])
def test_a_name_with_a_number_is_kept(words):
    assert seen(incidents({"locality": words}), "partner")["locality"].tolist() == [words]


@pytest.mark.parametrize("audience", ["partner", "public"])
def test_bare_points_stay_in_the_office(audience):
    with pytest.raises(AudienceError, match="stay in your office"):
        seen(incidents({}), audience, "points")


def test_what_would_undo_a_cell_or_a_delay_is_refused():
    for given in (-1, float("nan"), "7"):
        with pytest.raises(InputError, match=f"delay_days is {given}. Give a number from 0"):
            seen(incidents({}), "public", delay_days=given)


@pytest.mark.parametrize("given", [1.0, 500, 1100, 3000, 128_000, float("nan"), "1000"])
def test_cells_that_do_not_lie_in_one_another_are_refused(given):
    with pytest.raises(InputError, match=f"cell_m is {given}. Give one of 1000, 2000, 4000"):
        seen(incidents({}), "public", cell_m=given)


@pytest.mark.parametrize("given", [5, pd.NaT])
def test_a_date_of_another_kind_is_refused(given):
    with pytest.raises(InputError, match="is not a date"):
        seen(incidents({}), "public", date=given)


def test_a_key_of_text_is_refused():
    with pytest.raises(InputError, match="The masking key is a str; give bytes"):
        seen(incidents({}), "partner", key="k" * 32)


def test_what_is_no_table_is_refused():
    with pytest.raises(InputError, match="incidents is a list; give a DataFrame"):
        for_audience([], "internal", name="incidents")


def test_a_column_called_geometry_beside_the_geometry_is_left_out():
    rows = incidents({}).rename_geometry("shape").assign(geometry="37.161 36.202")
    made = seen(rows, "partner")
    assert made.geometry.name == "geometry"
    assert "geometry_input" not in made


def test_a_number_that_no_column_can_hold_is_missing():
    made = seen(incidents({"killed_man": 1e30}), "partner")
    assert made["killed_man"].isna().all()


def test_the_vaguest_place_is_masked_within_the_country():
    made = seen(incidents({"radius_m": 1e300}), "partner")
    before, after = incidents({}).geometry, made.geometry
    sides = (side.to_numpy(float) for side in (before.x, before.y, after.x, after.y))
    assert (distances_m(*sides) <= 51_200).all()


def test_front_lines_are_not_for_the_public():
    line = gpd.GeoDataFrame(
        {
            "left": [1, 1],
            "right": [2, 3],
            "road_class": ["front_line", "river"],
            "name": ["Line of contact", "Quweiq"],
        },
        geometry=[LineString([(37, 36), (37, 36.1)])] * 2,
        crs="EPSG:4326",
    )
    assert seen(line, "public", "borders")["road_class"].tolist()[1] == "river"
    assert seen(line, "public", "borders")["road_class"].isna().tolist() == [True, False]
    assert seen(line, "public", "borders")["name"].isna().tolist() == [True, False]
    assert seen(line, "partner", "borders")["road_class"].tolist() == ["front_line", "river"]
    with pytest.raises(AudienceError, match="barriers is not for the public"):
        seen(line.assign(kind="front_line"), "public", "barriers")


def test_small_numbers_of_people_in_places_are_withheld_with_others() -> None:
    """A rate and a count give back the people of a place."""
    places = gpd.GeoDataFrame(
        {"id": list("abcd"), "name": "Place", "population": [3, 900, 20, 500], "source": "the office"},
        geometry=[Point(37, 36)] * 4, crs="EPSG:4326",
    )  # fmt: skip
    inside = for_audience(places, "internal", name="gazetteer")
    assert inside["population"].tolist() == [3, 900, 20, 500]
    for audience in ("partner", "public"):
        seen = for_audience(places, audience, name="gazetteer", key=KEY)
        assert seen["population"].isna().tolist() == [True, False, True, False]


# ------------------------------------------------------------------ the ground of a map


def ground(**columns):
    house = box(37.1, 36.1, 37.101, 36.101)
    return gpd.GeoDataFrame(columns, geometry=[house] * len(next(iter(columns.values()))), crs=4326)


def test_of_buildings_the_public_sees_outlines_and_nothing_else():
    buildings = ground(
        name=["Shelter"],
        id=["way/1"],
        floors=[3],
        height_m=[9.0],
        people=[40],
        damage=["destroyed"],
    )
    assert seen(buildings, "public", "buildings").columns.tolist() == ["geometry"]
    partner = seen(buildings, "partner", "buildings").columns.tolist()
    assert partner == ["id", "floors", "height_m", "geometry"]
    assert (
        seen(buildings, "public", "buildings").geometry.iloc[0].equals(buildings.geometry.iloc[0])
    )


def test_a_building_known_as_a_point_is_not_for_the_public():
    points = gpd.GeoDataFrame(
        geometry=[Point(37, 36), box(37, 36, 37.1, 36.1), MultiPoint([(37, 36)]), None], crs=4326
    )
    assert len(seen(points, "public", "buildings")) == 2
    assert len(seen(points, "partner", "buildings")) == 4


def test_of_roads_class_and_name_are_public_and_their_state_is_not():
    road = ground(road_class=["primary"], name=["Main"], state=["damaged"], state_at=["2024-04-01"])
    for audience in ("partner", "public"):
        assert seen(road, audience, "roads").columns.tolist() == ["road_class", "name", "geometry"]


def test_among_water_what_is_no_water_stays_in_the_office():
    water = ground(
        kind=["river", "بحيرة", "Canal", "front_line", None, "railway"],
        name=["Quweiq", "b", "c", "Line of contact", "e", "f"],
        depth=[1, 2, 3, 4, 5, 6],
    )
    for audience in ("partner", "public"):
        for header in ("kind", "water", "النوع", "barrier_type"):
            shown = seen(water.rename(columns={"kind": header}), audience, "water")
            assert shown["name"].tolist() == ["Quweiq", "b", "c"]
            assert not {"depth", "kind"} & set(shown.columns)
    assert len(seen(water, "internal", "water")) == 6
    assert len(seen(water.drop(columns="kind"), "public", "water")) == 6


def test_water_of_openstreetmap_is_water_in_either_of_its_columns():
    water = ground(
        natural=["water", None, "cliff", None],
        waterway=[None, "river", None, None],
        type=["multipolygon"] * 4,
    )
    assert len(seen(water, "public", "water")) == 2


@pytest.mark.parametrize("name", ["activities", "recommendations", "services", "aliases"])
def test_a_table_that_is_no_map_shows_no_place(name):
    rows = gpd.GeoDataFrame({"id": ["A-1"]}, geometry=[Point(37.16123, 36.20234)], crs=4326)
    for audience in ("partner", "public"):
        seen = for_audience(rows, audience, name=name, key=bytes(32), date="2024-06-01")
        assert not isinstance(seen, gpd.GeoDataFrame)
        assert "geometry" not in seen


def test_a_coordinate_in_the_name_of_a_sector_is_withheld_and_numbers_of_streets_are_not():
    names = ["Shelter 36.20234, 37.16123", "Route 60, 16 November Street, 8 March Street 1963",
             "٣٦٫٢٠٢ شمال", "8G8C5526+WH", "36°12'8\"N", None]  # fmt: skip
    rows = gpd.GeoDataFrame(
        {"sector_id": range(1, 7), "name": names, "area_km2": ["1.5", "36.20234 37.16123", *"2345"]},
        geometry=[Point(37, 36).buffer(0.1)] * 6,
        crs=4326,
    )  # fmt: skip
    seen = for_audience(rows, "public", name="sectors", key=bytes(32), date="2024-06-01")
    assert seen["name"].fillna("").tolist() == ["", names[1], "", "", "", ""]
    assert seen["area_km2"].fillna(0).tolist() == [1.5, 0, 2, 3, 4, 5]


def test_an_identifier_keeps_its_digits_unless_they_are_two_coordinates():
    ids = ["way/123456789", "SY020001", "36.20234, 37.16123"]
    rows = gpd.GeoDataFrame(
        {"id": ids, "name": list("abc")}, geometry=[Point(37, 36)] * 3, crs=4326
    )
    seen = for_audience(rows, "public", name="gazetteer", key=bytes(32), date="2024-06-01")
    assert seen["id"].fillna("").tolist() == [*ids[:2], ""]


# ------------------------------------------------------------------ what no table should hold


@pytest.mark.parametrize(
    "shape",
    [Point(np.nan, 36), Point(np.inf, 36), Point(400, 36), Point(37, 95), Polygon(), MultiPoint()],
)
def test_what_lies_nowhere_on_earth_has_no_place(shape, sectors):
    """A point of what reaches to infinity was (0, 0), and its mask lay beside."""
    assert seen(incidents({"geometry": shape}), "partner").geometry.isna().all()
    assert seen(incidents({"geometry": shape}), "public").geometry.isna().all()
    made = seen(facilities({"geometry": shape}), "partner", "facilities", sectors=sectors)
    assert made["sector_id"].isna().all()


@pytest.mark.parametrize("stated", [np.inf, -np.inf, np.nan, -5, "abc"])
def test_a_radius_that_is_none_is_not_stated(stated):
    rows = incidents({"radius_m": stated})
    assert seen(rows, "partner")["radius_m"].tolist() == [400]
    assert seen(rows, "public")["radius_m"].tolist() == [800]


def test_a_latitude_in_the_cell_of_a_number_is_no_finer_than_a_kilometre(sectors):
    rows = facilities({"capacity": 36.05123}, {"capacity": "37.161234"})
    made = seen(rows, "partner", "facilities", sectors=sectors)
    assert made["capacity"].tolist() == [36.05, 37.16]
    stock = pd.DataFrame({"sector_id": ["1"], "item": ["x"], "quantity": [36.05123]})
    assert seen(stock, "partner", "stock")["quantity"].tolist() == [36.05]
    assert seen(incidents({"radius_m": 36.05123}), "partner")["radius_m"].tolist() == [137]


@pytest.mark.parametrize("people", [[-3, 50], [np.inf, 50], [-3, -4], [-50, 60]])
def test_numbers_that_are_no_counts_are_withheld_and_stop_nothing(people):
    """Below nought, the search for counts to withhold with others did not end."""
    rows = pd.DataFrame({"area_id": ["a", "b"], "group": ["x", "y"], "people": people})
    made = seen(rows, "partner", "needs")
    assert len(made) == 4
    assert not (made["people"] < 0).any()
    assert not np.isinf(made["people"]).any()


@pytest.mark.parametrize(
    "words", ["Shelter 36.20234, 37.16123", "٣٦٫٢٠٢٣٤ ٣٧٫١٦١٢٣", "36°12'08\"N", "8G8J6553+2X"]
)
def test_a_source_that_holds_a_place_reaches_nobody_outside(words, sectors):
    for audience in ("partner", "public"):
        with pytest.raises(InputError, match="holds the digits of a place"):
            stamped(seen(sectors, audience, "sectors"), words)
    assert len(stamped(seen(sectors, "internal", "sectors"), words)) == 4


@pytest.mark.parametrize(
    "words",
    ["April 2024", "20240430", "ACLED, www.acleddata.com", "CPR+ 2.500", "12.500 people", None],
)
def test_a_source_with_other_digits_is_kept(words):
    require_no_place("public", words)
