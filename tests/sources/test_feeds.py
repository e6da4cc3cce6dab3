"""Public feeds: recognised by their headers, as precise as their codes, what is lost is listed.

All rows are synthetic; only the headers and the codes are those of the codebooks.
"""

from __future__ import annotations

import csv
import datetime as dt
import io

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geosector.sources import check_table, read_incidents, read_tables
from geosector.storage import write_table


def columns(headers):
    return headers.split(",")


ACLED_2023 = columns(
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,"
    "assoc_actor_1,inter1,actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,"
    "country,admin1,admin2,admin3,location,latitude,longitude,geo_precision,source,source_scale,"
    "notes,fatalities,tags,timestamp"
)
ACLED_CLASSIC = columns(
    "data_id,iso,event_id_cnty,event_id_no_cnty,event_date,year,time_precision,event_type,"
    "sub_event_type,actor1,assoc_actor_1,inter1,actor2,assoc_actor_2,inter2,interaction,region,"
    "country,admin1,admin2,admin3,location,latitude,longitude,geo_precision,source,source_scale,"
    "notes,fatalities,timestamp,iso3"
)
UCDP = columns(
    "id,relid,year,active_year,code_status,type_of_violence,conflict_dset_id,conflict_new_id,"
    "conflict_name,dyad_dset_id,dyad_new_id,dyad_name,side_a_dset_id,side_a_new_id,side_a,"
    "side_b_dset_id,side_b_new_id,side_b,number_of_sources,source_article,source_office,"
    "source_date,source_headline,source_original,where_prec,where_coordinates,where_description,"
    "adm_1,adm_2,latitude,longitude,geom_wkt,priogrid_gid,country,country_id,region,event_clarity,"
    "date_prec,date_start,date_end,deaths_a,deaths_b,deaths_civilians,deaths_unknown,best,high,"
    "low,gwnoa,gwnob"
)
MODIS = columns(
    "latitude,longitude,brightness,scan,track,acq_date,acq_time,satellite,instrument,confidence,"
    "version,bright_t31,frp,daynight,type"
)
VIIRS = columns(
    "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,version,"
    "bright_ti5,frp,daynight"
)

EVENT = {
    "event_id_cnty": "SYN1", "event_date": "2024-04-05", "time_precision": "1",
    "event_type": "Explosions/Remote violence", "sub_event_type": "Air/drone strike",
    "actor1": "Synthetic Forces", "actor2": "Civilians (Nowhere)", "admin1": "East",
    "admin2": "East District", "admin3": "Bayt Nur", "location": "Bayt Nur", "latitude": "36.6",
    "longitude": "38.2", "geo_precision": "1", "source": "Synthetic Press",
    "notes": "Invented.", "fatalities": "3",
}  # fmt: skip
DEATHS = {
    "id": "7", "type_of_violence": "3", "side_a": "Synthetic Side", "side_b": "Civilians",
    "source_article": "Synthetic Press, 2024", "source_original": "somebody", "where_prec": "1",
    "where_coordinates": "Bayt Nur town", "adm_1": "East governorate", "adm_2": "East district",
    "latitude": "36.6", "longitude": "38.2", "geom_wkt": "POINT (38.2 36.6)", "date_prec": "1",
    "date_start": "2024-04-05 00:00:00.000", "date_end": "2024-04-05 00:00:00.000",
    "deaths_unknown": "1", "best": "5", "low": "3", "high": "9",
}  # fmt: skip
PIXEL = {
    "latitude": "36.6", "longitude": "38.2", "scan": "0.39", "track": "0.36",
    "acq_date": "2024-04-05", "acq_time": "2359", "confidence": "nominal", "frp": "2.2",
    "satellite": "N", "daynight": "N",
}  # fmt: skip


def frame(headers, rows):
    return pd.DataFrame([{h: row.get(h) for h in headers} for row in rows], columns=headers)


def read(tmp_path, headers, *rows):
    """Write the rows as a CSV with all headers of the feed, and read them without options."""
    written = io.StringIO()
    writer = csv.DictWriter(written, headers, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    path = tmp_path / "synthetic_feed.csv"
    path.write_text(written.getvalue(), encoding="utf-8")
    return read_incidents(path)


def told(problems, column):
    return problems.loc[problems["column"] == column, "given"].tolist()


# ---------------------------------------------------------------- ACLED


@pytest.mark.parametrize("headers", [ACLED_2023, ACLED_CLASSIC, [h.upper() for h in ACLED_CLASSIC]])
def test_an_export_of_acled_is_read_before_and_after_its_columns_changed(tmp_path, headers):
    event = {header: EVENT.get(header.casefold(), "") for header in headers}
    rows, problems = read(tmp_path, headers, event)
    row = rows.iloc[0]
    assert problems.empty
    assert row[["id", "kind", "date_precision", "locality", "weapon"]].tolist() == [
        "SYN1", "attack", "day", "Bayt Nur", "Air/drone strike",
    ]  # fmt: skip
    assert row[["admin1", "admin2", "admin3", "narrative", "reported_by"]].tolist() == [
        "East", "East District", "Bayt Nur", "Invented.", "Synthetic Press",
    ]  # fmt: skip
    assert (row["attributed_to"], row["radius_m"]) == ("Synthetic Forces", 5000.0)
    assert int(row["killed_unspecified"]) == 3
    assert row["date"] == pd.Timestamp("2024-04-05")
    assert (row.geometry.y, row.geometry.x) == (36.6, 38.2)


@pytest.mark.parametrize("code", ["2", "3", "2.0", "٣"])
def test_a_week_or_a_month_of_acled_is_no_day(tmp_path, code):
    rows, _ = read(tmp_path, ACLED_2023, EVENT | {"time_precision": code})
    assert rows["date_precision"].tolist() == ["month"]
    assert rows["date"].tolist() == [pd.Timestamp("2024-04-01")]
    assert rows["event_date"].tolist() == ["2024-04-05"]


def test_that_a_week_became_a_month_is_listed_once(tmp_path):
    week = EVENT | {"time_precision": "2"}
    _, problems = read(tmp_path, ACLED_2023, week, week | {"event_id_cnty": "SYN2"}, EVENT)
    assert told(problems, "date_precision") == ["time_precision 2 (rows: 2)"]


def test_a_capital_that_stands_for_its_region_is_no_locality(tmp_path):
    rows, problems = read(tmp_path, ACLED_2023, EVENT | {"geo_precision": "3"}, EVENT)
    assert rows["radius_m"].tolist() == [200_000.0, 5_000.0]
    assert rows["locality"].isna().tolist() == [True, False]
    assert rows["location"].tolist() == ["Bayt Nur", "Bayt Nur"]
    assert told(problems, "locality") == ["geo_precision 3 (rows: 1)"]


def test_a_row_without_coordinates_keeps_the_only_place_it_has(tmp_path):
    lost = EVENT | {"geo_precision": "3", "latitude": "", "longitude": ""}
    rows, _ = read(tmp_path, ACLED_2023, lost)
    assert rows["locality"].tolist() == ["Bayt Nur"]


@pytest.mark.parametrize(
    ("event_type", "sub", "kind", "attributed"),
    [
        ("Battles", "Armed clash", "attack", False),
        ("Violence against civilians", "Attack", "attack", True),
        ("Violence against civilians", "Abduction/forced disappearance", "other", True),
        ("Violence against civilians", "Sexual violence", "other", True),
        ("Protests", "Excessive force against protesters", "attack", False),
        ("Battle-No change of territory", "", "attack", False),
        ("Protests", "Peaceful protest", "other", False),
        ("Strategic developments", "Arrests", "other", False),
    ],
)
def test_only_one_sided_events_say_who_attacked(tmp_path, event_type, sub, kind, attributed):
    event = EVENT | {"event_type": event_type, "sub_event_type": sub}
    rows, problems = read(tmp_path, ACLED_2023, event)
    assert rows["kind"].tolist() == [kind]
    assert rows["attributed_to"].notna().tolist() == [attributed]
    assert rows["actor1"].tolist() == ["Synthetic Forces"]
    assert rows["weapon"].isna().all()
    assert bool(told(problems, "attributed_to")) is not attributed


def test_codes_that_no_codebook_has_are_listed_and_never_finer_than_the_coarsest(tmp_path):
    strange = {"event_type": "Picnic", "time_precision": "9", "geo_precision": ""}
    rows, problems = read(tmp_path, ACLED_2023, EVENT, EVENT | strange)
    assert rows.iloc[1][["kind", "date_precision", "radius_m"]].tolist() == [
        "other", "month", 200_000.0,
    ]  # fmt: skip
    listed = problems[problems["row"] == 3]
    assert dict(zip(listed["column"], listed["given"], strict=True)) == {
        "event_type": "Picnic",
        "time_precision": "9",
        "geo_precision": "",
        "id": "SYN1",
    }


def test_an_export_of_acled_cut_down_to_a_few_columns_is_read(tmp_path):
    few = ["event_id_cnty", "event_date", "event_type", "latitude", "longitude"]
    rows, problems = read(tmp_path, few, EVENT)
    assert rows["radius_m"].tolist() == [200_000.0]
    assert rows["date_precision"].tolist() == ["month"]
    assert set(problems["column"]) == {"time_precision", "geo_precision"}


@pytest.mark.parametrize(
    ("day", "precision"),
    [("2024-04-03", "year"), ("2024-04-04", "month"), ("2024-04-27", "month"),
     ("2024-04-28", "year")],
)  # fmt: skip
def test_a_week_that_may_lie_in_two_months_keeps_its_year_only(tmp_path, day, precision):
    rows, problems = read(tmp_path, ACLED_2023, EVENT | {"time_precision": "2", "event_date": day})
    assert rows["date_precision"].tolist() == [precision]
    assert told(problems, "date_precision") == ["time_precision 2 (rows: 1)"]


# ---------------------------------------------------------------- UCDP GED


def test_deaths_of_ucdp_keep_their_bounds_and_are_never_told_apart(tmp_path):
    rows, problems = read(tmp_path, UCDP, DEATHS)
    row = rows.iloc[0]
    counts = [f"killed_unspecified{end}" for end in ("", "_min", "_max")]
    assert [int(row[column]) for column in counts] == [5, 3, 9]
    assert not any(f"killed_{group}" in rows for group in ("man", "woman", "child"))
    assert row[["id", "kind", "date_precision", "locality", "admin1", "admin2"]].tolist() == [
        "7", "attack", "day", "Bayt Nur town", "East governorate", "East district",
    ]  # fmt: skip
    assert row["date"] == pd.Timestamp("2024-04-05")
    assert len(problems) == 1


def test_events_that_are_unclear_or_unchecked_are_kept_and_counted(tmp_path):
    unclear = DEATHS | {"id": "8", "event_clarity": "2", "code_status": "Check deaths"}
    rows, problems = read(tmp_path, UCDP, unclear, DEATHS | {"code_status": "Clear"})
    assert len(rows) == 2
    assert told(problems, "event_clarity") == ["event_clarity 2 (rows: 1)"]
    assert told(problems, "code_status") == ["code_status (rows: 1)"]


def test_columns_about_articles_are_dropped_and_listed(tmp_path):
    rows, problems = read(tmp_path, UCDP, DEATHS)
    assert not [column for column in rows if str(column).startswith("source_")]
    assert "somebody" not in rows.to_csv()
    assert "source_original" in problems["column"].iloc[0]


@pytest.mark.parametrize(
    ("code", "end", "precision", "date"),
    [
        ("1", "2024-04-05", "day", "2024-04-05"),
        ("2", "2024-04-08", "month", "2024-04-01"),
        ("3", "2024-05-02", "year", "2024-01-01"),
        ("4", "2024-04-30", "month", "2024-04-01"),
        ("5", "2024-12-31", "year", "2024-01-01"),
        ("6", "2024-04-05", "year", "2024-01-01"),
    ],
)
def test_a_date_of_ucdp_says_no_more_than_its_code(tmp_path, code, end, precision, date):
    rows, _ = read(tmp_path, UCDP, DEATHS | {"date_prec": code, "date_end": end})
    assert rows["date_precision"].tolist() == [precision]
    assert rows["date"].tolist() == [pd.Timestamp(date)]


@pytest.mark.parametrize(
    ("code", "radius_m", "named"),
    [("1", 5e3, True), ("2", 25e3, True), ("3", 1e5, False), ("4", 2e5, False), ("5", 2e5, False),
     ("6", 5e5, False), ("7", 5e5, False), ("8", 5e5, False)],
)  # fmt: skip
def test_a_point_of_ucdp_is_as_wide_as_its_code(tmp_path, code, radius_m, named):
    rows, problems = read(tmp_path, UCDP, DEATHS | {"where_prec": code})
    assert rows["radius_m"].tolist() == [radius_m]
    assert rows["locality"].notna().tolist() == [named]
    assert bool(told(problems, "locality")) is not named


@pytest.mark.parametrize(("code", "attributed"), [("1", False), ("2", False), ("3", True)])
def test_only_one_sided_violence_has_an_attacker(tmp_path, code, attributed):
    rows, _ = read(tmp_path, UCDP, DEATHS | {"type_of_violence": code})
    assert rows["attributed_to"].notna().tolist() == [attributed]
    assert rows["kind"].tolist() == ["attack"]


def test_a_ucdp_file_without_its_lesser_columns_is_read(tmp_path):
    few = ["id", "best", "date_start", "where_prec", "latitude", "longitude"]
    rows, _ = read(tmp_path, few, DEATHS)
    assert rows["date_precision"].tolist() == ["year"]
    assert rows["locality"].isna().all()


# ---------------------------------------------------------------- FIRMS


@pytest.mark.parametrize(
    ("headers", "pixel", "radius_m"),
    [
        (VIIRS, {}, 266.0),  # √(390² + 360²) / 2
        (VIIRS, {"scan": "", "track": ""}, 266.0),  # √(375² + 375²) / 2
        (VIIRS, {"scan": "-1", "track": "4000"}, 266.0),
        (MODIS, {"scan": "2.1", "track": "1.4", "instrument": "MODIS", "type": "0"}, 1262.0),
        (MODIS, {"scan": "", "track": "", "instrument": "MODIS", "type": "0"}, 708.0),
        (MODIS, {"scan": "", "track": "", "instrument": "", "type": "0"}, 708.0),
    ],
)
def test_a_hot_pixel_is_as_wide_as_half_its_diagonal(tmp_path, headers, pixel, radius_m):
    rows, _ = read(tmp_path, headers, PIXEL | pixel)
    assert rows["radius_m"].tolist() == [radius_m]


@pytest.mark.parametrize(
    ("time", "hour", "minute"),
    [("0", 0, 0), ("5", 0, 5), ("45", 0, 45), ("2359", 23, 59), ("10:15", 10, 15), ("٠٩٣٠", 9, 30)],
)
def test_the_time_of_the_satellite_is_read(tmp_path, time, hour, minute):
    rows, _ = read(tmp_path, VIIRS, PIXEL | {"acq_time": time})
    assert rows["date"].tolist() == [pd.Timestamp(2024, 4, 5, hour, minute)]
    assert rows["date_precision"].tolist() == ["minute"]


@pytest.mark.parametrize("time", ["2561", "noon", ""])
def test_a_time_that_is_none_leaves_the_day(tmp_path, time):
    rows, problems = read(tmp_path, VIIRS, PIXEL | {"acq_time": time})
    assert rows["date_precision"].tolist() == ["day"]
    assert len(told(problems, "acq_time")) == 1


def test_that_a_hot_pixel_is_no_report_is_listed_and_the_zone_too(tmp_path):
    rows, problems = read(tmp_path, VIIRS, PIXEL, PIXEL | {"longitude": "38.3"})
    assert rows["kind"].tolist() == ["fire", "fire"]
    assert problems["given"].tolist() == ["hot pixels (rows: 2)", "times in UTC (rows: 2)"]


@pytest.mark.parametrize(
    ("confidence", "found"),
    [("l", "low"), ("n", "nominal"), ("High", "high"), ("29", "low"), ("30", "nominal"),
     ("80", "high"), ("101", None), ("?", None)],
)  # fmt: skip
def test_low_confidence_is_kept_and_marked(tmp_path, confidence, found):
    rows, problems = read(tmp_path, VIIRS, PIXEL | {"confidence": confidence})
    cell = rows["confidence_class"].iloc[0]
    assert (None if pd.isna(cell) else cell) == found
    assert bool(told(problems, "confidence")) is (found in {None, "low"})


@pytest.mark.parametrize(("code", "kind"), [("0", "fire"), ("1", "other"), ("2", "other")])
def test_a_volcano_and_a_flare_are_no_fires(tmp_path, code, kind):
    rows, problems = read(tmp_path, MODIS, PIXEL | {"instrument": "MODIS", "type": code})
    assert rows["kind"].tolist() == [kind]
    assert ("type 1, 2, 3 (rows: 1)" in told(problems, "kind")) is (kind == "other")


def test_a_shapefile_of_firms_is_read(tmp_path):
    path = tmp_path / "synthetic_fire.shp"
    row = {name.upper(): [value] for name, value in PIXEL.items()}
    row |= {"SCAN": [0.39], "TRACK": [0.36], "ACQ_DATE": [dt.date(2024, 4, 5)]}
    shapes = gpd.GeoDataFrame(row, geometry=[shapely.Point(38.2, 36.6)], crs="EPSG:4326")
    shapes.to_file(path)
    rows, _ = read_incidents(path)
    assert rows["kind"].tolist() == ["fire"]
    assert rows["date"].tolist() == [pd.Timestamp("2024-04-05 23:59")]


# ---------------------------------------------------------------- all of them


@pytest.mark.parametrize(
    ("headers", "row"), [(ACLED_2023, EVENT), (UCDP, DEATHS), (VIIRS, PIXEL)]
)  # fmt: skip
class TestEveryFeed:
    def test_is_told_from_its_columns_alone(self, tmp_path, headers, row):
        read(tmp_path, headers, row)
        assert list(read_tables(tmp_path / "synthetic_feed.csv")) == ["incidents"]

    def test_is_read_again_as_it_was_written(self, tmp_path, headers, row):
        rows, _ = read(tmp_path, headers, row)
        write_table(rows, tmp_path / "again.csv")
        again, problems = read_incidents(tmp_path / "again.csv")
        assert problems.empty
        for column in ("id", "kind", "date", "date_precision", "radius_m"):
            assert again[column].tolist() == rows[column].tolist()

    def test_may_be_empty(self, headers, row):  # noqa: ARG002 - of the class
        rows, problems = check_table(frame(headers, []), "incidents")
        assert (len(rows), len(problems)) == (0, 0)

    def test_keeps_a_column_that_the_office_added(self, headers, row):
        rows, _ = check_table(
            frame([*headers, "weapon", "kind"], [row | {"kind": "?"}]), "incidents"
        )
        assert rows["kind_input"].tolist() == ["?"]

    def test_keeps_every_row_and_a_date_that_is_none_is_listed(self, headers, row):
        date = next(h for h in ("event_date", "date_start", "acq_date") if h in headers)
        cells = frame(headers, [row, row | {date: "soon"}])
        rows, problems = check_table(cells, "incidents")
        left = problems.loc[problems["action"] == "The row was left out.", "row"].tolist()
        assert (rows.index.tolist(), left) == ([0], [1])


def test_headers_in_two_spellings_are_read_once():
    cells = frame(VIIRS, [PIXEL]).assign(LATITUDE="1")
    rows, _ = check_table(cells, "incidents")
    assert rows.geometry.y.tolist() == [36.6]


def test_the_pixels_of_landsat_are_thirty_metres_wide(tmp_path):
    path = tmp_path / "fire_nrt_LS.csv"
    path.write_text(
        "latitude,longitude,path,row,scan,track,acq_date,acq_time,satellite,confidence,daynight\n"
        "36.6,38.2,173,35,7,9,2024-04-05,812,L9,M,D\n36.7,38.2,173,35,7,2664,2024-04-05,812,L8,L,D\n"
    )
    rows, problems = read_incidents(path)
    assert rows["radius_m"].tolist() == [22, 22]
    assert rows["confidence_class"].tolist() == ["nominal", "low"]
    assert rows["date"].dt.hour.tolist() == [8, 8]
    assert problems["given"].tolist().count("low (rows: 1)") == 1
