"""Damage that UNOSAT saw: every dress of its columns, classes never guessed, dates never too fine.

All rows are synthetic; only headers, words and codes are UNOSAT's.
"""

from __future__ import annotations

import json
import warnings
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from geosector.sources import check_table, read_incidents, read_points, read_tables
from geosector.sources.feeds.unosat import has_passes
from geosector.storage import write_table

CLASS, DAY = "Main_Damage_Site_Class", "SensorDate"


def points(rows, crs="EPSG:4326"):
    places = [Point(38.2 + n / 100, 36.6) for n in range(len(rows))]
    return gpd.GeoDataFrame(rows, geometry=places, crs="EPSG:4326").to_crs(crs)


def one(classes, days, **more):
    """Make a structure with a class and a day in each pass."""
    row = {}
    for number, (damage, day) in enumerate(zip(classes, days, strict=True), start=1):
        end = "" if number == 1 else f"_{number}"
        row |= {f"{DAY}{end}": day, f"{CLASS}{end}": damage}
    return row | more


def checked(*rows):
    return check_table(points(list(rows)), "incidents", file="synthetic")


def told(problems, column):
    return problems.loc[problems["column"] == column, "given"].tolist()


SITES = [
    one([6, 2, 1], ["2024-01-05", "2024-01-25", "2024-03-02"], Governorate="East"),
    one([1, 1, 1], ["2024-01-05", "2024-01-25", "2024-03-02"], Governorate="East"),
]


def write_shapefile(frame, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names of more than ten letters
        frame.to_file(path)


def zipped(folder, path):
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(folder.iterdir()):
            archive.write(part, part.name)
    return path


def written(tmp_path, dress):
    area = gpd.GeoDataFrame({"area": ["x"]}, geometry=[box(38, 36, 39, 37)], crs="EPSG:4326")
    if dress == "geojson":
        points(SITES).to_file(tmp_path / "damage.geojson")
        return tmp_path / "damage.geojson"
    if dress == "gpkg":
        area.to_file(tmp_path / "damage.gpkg", layer="Analysis_Extent")
        points(SITES, "EPSG:3857").to_file(tmp_path / "damage.gpkg", layer="Damage_Sites")
        return tmp_path / "damage.gpkg"
    folder = tmp_path / "parts"
    folder.mkdir()
    area.to_file(folder / "SYN_AOI.shp")
    write_shapefile(points(SITES, "EPSG:3857"), folder / "SYN_DA.shp")
    return zipped(folder, tmp_path / "damage.zip")


@pytest.mark.parametrize("dress", ["geojson", "gpkg", "zip"])
def test_a_file_of_unosat_is_read_without_options(tmp_path, dress):
    path = written(tmp_path, dress)
    rows, _ = read_incidents(path)
    assert rows["kind"].tolist() == ["other", "other"]
    assert rows["damage_class"].tolist() == ["destroyed", "destroyed"]
    assert rows["damage_first_seen"].tolist() == ["2024-01-25", "2024-01-05"]
    assert rows["damage_class_at"].tolist() == ["2024-03-02"] * 2
    assert rows["date_precision"].tolist() == ["month", "year"]
    assert rows["admin1"].tolist() == ["East", "East"]
    assert np.allclose(rows.geometry.x, [38.2, 38.21])
    assert list(read_tables(path)) == ["incidents"]


def test_what_lies_beside_the_damage_is_listed(tmp_path):
    _, problems = read_incidents(written(tmp_path, "zip"))
    assert "SYN_AOI.shp" in problems["given"].tolist()
    assert "Only SYN_DA.shp was read." in problems["action"].tolist()


@pytest.mark.parametrize(
    "headers",
    [
        # Aleppo 2015, a shapefile; Mariupol 2022, one with its codes spelt out.
        ["SensorDate", "MainDamage", "SensorDa_1", "Main_Dam_1"],
        ["SensorDate", "d_Main_Dam", "SensorDa_1", "d_Main_D_1"],
        ["SensorDate", "Main_Damag", "SensorDa_1", "Main_Dam_1"],
        ["SENSORDATE", "MAIN_DAMAGE_SITE_CLASS", "SENSORDATE_2", "MAIN_DAMAGE_SITE_CLASS_2"],
        ["SensDate_1", "DmgCls_1", "SensDate_2", "DmgCls_2"],
    ],
)
def test_every_spelling_of_its_columns_is_known(headers):
    cells = points([dict(zip(headers, ["2024-01-05", "No Visible Damage", "2024-01-25",
                                       "Severe Damage"], strict=True))])  # fmt: skip
    rows, _ = check_table(cells, "incidents")
    assert rows["damage_class"].tolist() == ["severe"]
    assert rows["date"].tolist() == [pd.Timestamp("2024-01-01")]
    assert rows["date_precision"].tolist() == ["month"]


def test_the_tenth_pass_and_the_eleventh_of_a_shapefile_are_told_apart():
    headers = {"SensorDate": "2024-01-05", "Main_Damag": 6, "SensorDa_9": "2024-02-05",
               "Main_Dam_9": 3, "SensorD_10": "2024-03-05", "Main_Da_10": 1}  # fmt: skip
    rows, _ = check_table(points([headers]), "incidents")
    assert rows[["damage_class", "damage_first_seen"]].to_numpy().tolist() == [
        ["destroyed", "2024-02-05"]
    ]


@pytest.mark.parametrize(
    ("code", "words", "damage", "place"),
    [
        (1, "Destroyed", "destroyed", None),
        (2, "Severe Damage", "severe", None),
        (3, "Moderate Damage", "moderate", None),
        (4, "Possible Damage", "possible", None),
        (5, "Impact Crater (Damage to Road)", "crater", "road"),
        (7, "Impact Crater (Damage to Field)", "crater", "field"),
        (8, "Destroyed (Demolition Zone)", "destroyed", None),
        (9, "Suspected Phosphorus shell Attack Zone", "other", None),
        (10, "Road Damage from Tank Passage", "other", "road"),
        (11, "Possible Damage from adjacent impact, debris", "possible", None),
        (12, "Lava Flow", "other", None),
        (13, "Damage", "damaged", None),
    ],
)
def test_numbers_and_words_of_a_class_mean_the_same(code, words, damage, place):
    spellings = [code, float(code), f" {code} ", words, words.upper()]
    rows, problems = checked(*(one([each], ["2024-01-05"]) for each in spellings))
    assert rows["damage_class"].tolist() == [damage] * 5
    assert [None if pd.isna(each) else each for each in rows["place_type"]] == [place] * 5
    assert told(problems, CLASS) == []


@pytest.mark.parametrize("strange", [0, 14, 99, "Collapsed", "Dommages", "Damage?", "12a"])
def test_a_class_that_unosat_does_not_have_is_listed_and_never_guessed(strange):
    rows, problems = checked(one([strange], ["2024-01-05"]))
    assert rows["damage_class"].isna().tolist() == [True]
    assert told(problems, CLASS) == [str(strange)]


def test_an_unknown_class_of_the_latest_pass_is_not_filled_from_an_earlier_one():
    rows, problems = checked(one([3, "Collapsed"], ["2024-01-05", "2024-02-05"]))
    assert rows["damage_class"].isna().tolist() == [True]
    assert told(problems, f"{CLASS}_2") == ["Collapsed"]


def test_a_structure_without_any_class_is_listed():
    rows, problems = checked(one([None, None], ["2024-01-05", "2024-02-05"]), SITES[1])
    assert rows["damage_class"].isna().tolist() == [True, False]
    assert problems[problems["column"] == CLASS]["row"].tolist() == [0]


def test_words_win_over_numbers_where_a_pass_has_both():
    row = {"SensorDate": "2024-01-05", "Main_Damag": 3, "d_Main_Dam": "Destroyed"}
    rows, problems = check_table(points([row]), "incidents")
    assert rows["damage_class"].tolist() == ["destroyed"]
    assert told(problems, "Main_Damag") == []


def test_where_nothing_was_damaged_nothing_happened():
    rows, problems = checked(
        one([6, 6], ["2024-01-05", "2024-02-05"]),
        one([3, 6], ["2024-01-05", "2024-02-05"]),
    )
    assert rows["damage_class"].tolist() == ["none"]
    assert told(problems, "damage_class") == ["No Visible Damage (rows: 1)"]


@pytest.mark.parametrize(
    ("classes", "days", "date", "precision"),
    [
        ([1], ["2024-04-05"], "2024-01-01", "year"),
        ([None, 1], ["2024-04-01", "2024-04-20"], "2024-01-01", "year"),
        ([6, 1], ["2024-04-01", "2024-04-20"], "2024-04-01", "month"),
        ([6, 1], ["2024-03-31", "2024-04-20"], "2024-01-01", "year"),
        ([1, 6], ["2024-04-20", "2024-04-01"], "2024-04-01", "month"),  # out of order
        ([6, 1, 1], ["2024-04-01", None, "2024-04-20"], "2024-04-01", "month"),
    ],
)
def test_a_date_says_no_more_than_the_images_do(classes, days, date, precision):
    rows, _ = checked(one(classes, days))
    assert rows["date"].tolist() == [pd.Timestamp(date)]
    assert rows["date_precision"].tolist() == [precision]


def test_a_structure_without_any_day_is_left_out_and_listed():
    rows, problems = checked(one([1], [None]), SITES[1])
    assert len(rows) == 1
    assert problems[problems["column"] == "date"]["row"].dropna().tolist() == [0]


def test_a_day_that_is_none_is_listed():
    rows, problems = checked(one([1, 1], ["soon", "2024-02-05"]))
    assert rows["damage_first_seen"].tolist() == ["2024-02-05"]
    assert told(problems, DAY) == ["soon"]


def test_days_in_milliseconds_are_read(tmp_path):
    collection = json.loads(points([SITES[1]]).to_json())
    collection["features"][0]["properties"][DAY] = 1_697_500_800_000
    path = tmp_path / "served.geojson"
    path.write_text(json.dumps(collection), encoding="utf-8")
    rows, _ = read_incidents(path)
    assert rows["damage_first_seen"].tolist() == ["2023-10-17"]


def test_the_status_is_a_change_and_no_class_unless_it_says_so_in_words():
    rows, problems = check_table(
        points([{"SensorDate": "2024-01-05", "Damage_Sta": each} for each in ("Destroyed", 1)]),
        "incidents",
    )
    assert [None if pd.isna(each) else each for each in rows["damage_class"]] == ["destroyed", None]
    assert told(problems, "Damage_Sta") == ["1"]


@pytest.mark.parametrize(
    ("columns", "locality"),
    [
        ({"Settlement": "Bayt Nur"}, "Bayt Nur"),
        ({"Settlement": None, "Municipality": "Bayt Nur"}, "Bayt Nur"),
        ({"Municipali": "Bayt Nur"}, "Bayt Nur"),
        ({"Municipality": "Bayt Nur", "locality": "Tell Nur"}, "Tell Nur"),
    ],
)
def test_the_settlement_is_the_locality(columns, locality):
    rows, _ = checked(SITES[1] | columns)
    assert rows["locality"].tolist() == [locality]


@pytest.mark.parametrize("header", ["Analyst", "d_Analyst", "StaffID"])
def test_who_looked_at_the_image_is_dropped_and_listed(header):
    rows, problems = checked(SITES[1] | {header: "somebody"})
    assert "somebody" not in rows.to_csv()
    assert told(problems, header) == [header]


def test_damage_is_points_too(tmp_path):
    rows, _ = read_points(written(tmp_path, "zip"))
    assert rows.geom_type.tolist() == ["Point", "Point"]


def test_damage_is_read_again_as_it_was_written(tmp_path):
    rows, _ = checked(*SITES)
    write_table(rows, tmp_path / "again.gpkg")
    again, problems = read_incidents(tmp_path / "again.gpkg")
    assert problems.empty
    for column in ("id", "kind", "date", "date_precision", "damage_class", "damage_first_seen"):
        assert again[column].tolist() == rows[column].tolist()


def test_damage_may_be_empty():
    rows, problems = check_table(points(SITES).iloc[:0], "incidents")
    assert (len(rows), len(problems)) == (0, 0)


@pytest.mark.parametrize(
    "headers",
    [["SensorDate", "SensorID"], ["Main_Damag"], ["SensorDate", "Main_Descr"], ["date", "damage"]],
)
def test_other_columns_are_not_taken_for_damage(headers):
    assert not has_passes(headers)


CLASSES = st.sampled_from([None, 1, 2, 3, 4, 6, 11, 99, "Destroyed", "No Visible Damage"])
DAYS = st.dates(pd.Timestamp("2014-01-01").date(), pd.Timestamp("2030-12-31").date())


@settings(max_examples=30)
@given(st.lists(st.tuples(st.lists(CLASSES, min_size=3, max_size=3),
                          st.lists(DAYS, min_size=3, max_size=3)), min_size=1, max_size=5))  # fmt: skip
def test_every_structure_is_there_unless_no_image_shows_damage(sites):
    rows, _ = checked(*(one(classes, [str(d) for d in days]) for classes, days in sites))
    unharmed = [
        any(classes) and all(each in {None, 6, "No Visible Damage"} for each in classes)
        for classes, _ in sites
    ]
    assert rows.index.tolist() == [n for n, out in enumerate(unharmed) if not out]
    for number, row in rows.iterrows():
        # By the day of its date's period, some image showed it.
        assert row["date"] <= pd.Timestamp(row["damage_first_seen"])
        assert row["date_precision"] in {"month", "year"}
        assert pd.Timestamp(row["damage_first_seen"]).date() in sites[number][1]
