"""Any rows against the definition of a table."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from geosector.errors import InputError, MissingColumnError, MissingCRSError
from geosector.sources import check_table

ONE = {"date": ["2024-04-01"], "locality": ["إدلب"], "kind": ["fire"], "id": ["a"]}


def incidents(**columns: list[object]) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    given = {
        name: values * len(next(iter(columns.values()))) for name, values in ONE.items()
    } | columns
    if "id" not in columns:
        given["id"] = [str(n) for n in range(len(given["date"]))]
    return check_table(pd.DataFrame(given, dtype=object), "incidents", file="sheet")


def test_a_clean_table_has_no_problems_and_keeps_its_index():
    given = pd.DataFrame(ONE, index=[7])
    rows, problems = check_table(given, "incidents", file="sheet")
    assert (rows.index.tolist(), len(problems), rows.crs.to_epsg()) == ([7], 0, 4326)
    assert given.columns.tolist() == list(ONE)


def test_columns_of_the_table_come_first_and_unknown_ones_are_kept():
    rows, _ = incidents(colour=["red"])
    assert rows.columns.tolist() == [
        "id",
        "kind",
        "date",
        "date_precision",
        "locality",
        "colour",
        "geometry",
    ]


def test_rows_with_a_text_index_are_counted_from_one():
    given = pd.DataFrame({**ONE, "date": ["30/02/2024"]}, index=["x"])
    _, problems = check_table(given, "incidents", file="sheet")
    assert problems["row"].tolist() == [1, 1]


def test_a_row_without_its_required_cells_is_left_out_and_listed():
    rows, problems = incidents(date=["2024-04-01", None, "2024"], locality=["a", "b", " "])
    assert rows["locality"].tolist() == ["a"]
    assert problems[["row", "column", "expected", "action"]].to_numpy().tolist() == [
        [1, "date", "a row with date", "The row was left out."],
        [2, "locality", "a row with locality / geometry", "The row was left out."],
    ]


def test_a_place_makes_up_for_a_locality():
    rows, problems = incidents(locality=[None, None], lat=["36.2", "95"], lon=["37.1", "37"])
    assert rows.geometry.tolist() == [Point(37.1, 36.2)]
    assert problems["row"].tolist() == [1, 1]


def test_a_locality_makes_up_for_a_place():
    rows, problems = incidents(Latitude=["95"], longitude=["37"], locality=["إدلب"])
    assert rows.geometry.isna().all()
    assert problems[["given", "expected"]].to_numpy().tolist() == [
        ["95", "a number from -90 to 90"]
    ]


def test_missing_and_unknown_kinds_of_incident_are_other():
    rows, problems = incidents(kind=["fire", None, "picnic", "قصف"])
    assert rows["kind"].tolist() == ["fire", "other", "other", "attack"]
    assert problems[["row", "given", "action"]].to_numpy().tolist() == [
        [1, "", "Read as other."],
        [2, "picnic", "Read as other."],
    ]


def test_facilities_without_a_kind_stay_without_one():
    given = pd.DataFrame({"kind": ["clinic", "castle"], "lat": [36, 36], "lon": [37, 38]})
    rows, problems = check_table(given, "facilities", file="sheet")
    assert rows["kind"].tolist() == ["clinic", None]
    assert problems["action"].tolist() == ["Kept without a kind, and treated as sensitive."]
    rows, problems = check_table(given.drop(columns="kind"), "facilities", file="sheet")
    assert rows["kind"].isna().all()
    assert problems["row"].isna().tolist() == [True]


def test_other_choices_that_are_unknown_are_left_out():
    rows, problems = incidents(locality_type=["camp", "castle", None])
    assert rows["locality_type"].tolist() == ["camp", None, None]
    assert problems["given"].tolist() == ["castle"]


def test_ids_are_made_from_the_content_whatever_its_dress():
    columns = {"التاريخ": ["١ نيسان ٢٠٢٤"], "المكان": ["إدلب "], "النوع": ["حريق"]}
    arabic, problems = check_table(pd.DataFrame(columns), "incidents")
    english, _ = check_table(pd.DataFrame(ONE).drop(columns="id"), "incidents")
    assert arabic["id"].tolist() == english["id"].tolist()
    assert problems.empty


def test_single_missing_ids_and_repeated_ones_are_listed():
    rows, problems = incidents(id=["a", None, "a", 7.0], killed_man=[1, 0, 2, 0])
    assert rows["id"].is_unique is False
    assert rows["id"].tolist()[3] == "7"
    assert problems[["row", "given", "action"]].to_numpy().tolist() == [
        [1, "", f"Made from the content: {rows['id'][1]}."],
        [2, "a", "Kept as it is."],
    ]


def test_a_row_that_stands_twice_word_for_word_under_its_id_counts_once():
    rows, problems = incidents(id=["a", "b", "a", "a"], locality=["x", "y", "x ", "z"])
    assert rows["locality"].tolist() == ["x", "y", "z"]
    assert problems[["row", "given", "action"]].to_numpy().tolist() == [
        [2, "a", "The row was left out."],
        [3, "a", "Kept as it is."],
    ]


def test_two_rows_alike_without_ids_may_be_two_events():
    rows, _ = incidents(id=[None, None])
    assert (len(rows), rows["id"].is_unique) == (2, True)


def test_a_bare_killed_is_unspecified_and_a_range_has_two_ends():
    rows, problems = incidents(killed=["3", "١٠-١٥", "4"])
    assert rows["killed_unspecified"].tolist() == [3, pd.NA, 4]
    assert rows["killed_unspecified_min"].tolist() == [pd.NA, 10, pd.NA]
    assert rows["killed_unspecified_max"].tolist() == [pd.NA, 15, pd.NA]
    assert problems["action"].tolist() == ["Read as at least 10 and at most 15."]


def test_a_range_does_not_overwrite_ends_that_are_given():
    rows, _ = incidents(killed_man=["10-15"], killed_man_min=["11"], killed_man_max=[None])
    assert rows[["killed_man_min", "killed_man_max"]].to_numpy().tolist() == [[11, 15]]


def test_the_coarser_precision_counts():
    rows, problems = incidents(
        date=["2024-04", "2024-04-05", "2024-04-05", "2024-04-05 10:30", "x"],
        date_precision=["day", "month", None, "day", "day"],
    )
    assert rows["date_precision"].tolist() == ["month", "month", "day", "day"]
    assert problems[["row", "given"]].to_numpy().tolist() == [
        [0, "2024-04 (day)"],
        [4, "x"],
        [4, ""],
    ]


def test_an_unknown_precision_is_read_from_the_date_and_listed():
    rows, problems = incidents(date_precision=["roughly"])
    assert rows["date_precision"].tolist() == ["day"]
    assert problems["given"].tolist() == ["roughly"]


def test_a_missing_column_is_an_error_that_names_what_there_is():
    with pytest.raises(
        MissingColumnError, match=r"sheet: no column was found for date\..*locality, kind, id"
    ):
        check_table(pd.DataFrame(ONE).drop(columns="date"), "incidents", file="sheet")
    with pytest.raises(MissingColumnError, match="locality, geometry"):
        check_table(pd.DataFrame({"date": ["2024"]}), "incidents")


def test_a_name_that_is_no_table_is_refused():
    with pytest.raises(InputError, match="'people' is not a table"):
        check_table(pd.DataFrame(), "people")


def test_a_clash_keeps_both_columns():
    given = gpd.GeoDataFrame(
        {"geometry": ["a word"], "kind": ["school"], "id": ["s"]}
    ).assign(shape=[Point(37, 36)]).set_geometry("shape", crs="EPSG:4326")  # fmt: skip
    rows, problems = check_table(given, "facilities")
    assert rows["geometry_input"].tolist() == ["a word"]
    assert rows.geometry.name == "geometry"
    assert problems.empty
    given = pd.DataFrame({"geometry": ["a word"], "lat": [36], "lon": [37], "kind": ["school"]})
    assert check_table(given, "facilities")[0]["geometry_input"].tolist() == ["a word"]


def test_x_and_y_without_a_system_are_refused_and_with_one_converted():
    given = pd.DataFrame({"x": [286546], "y": [3978840], "kind": ["school"]})
    with pytest.raises(MissingCRSError, match="sheet has no coordinate system"):
        check_table(given, "facilities", file="sheet")
    rows, problems = check_table(given, "facilities", file="sheet", crs="EPSG:32637")
    assert rows.geometry.iloc[0].distance(Point(36.63393, 35.93062)) < 1e-4
    assert problems.empty


def test_coordinates_of_a_field_form_are_found_by_their_ending():
    given = pd.DataFrame(
        {"_place_latitude": ["٣٦٫٢"], "_place_longitude": ["37,1"], "kind": ["school"]}
    )
    assert check_table(given, "facilities")[0].geometry.tolist() == [Point(37.1, 36.2)]


def test_geometries_in_words_are_read():
    given = pd.DataFrame({"wkt": ["SRID=4326;POINT (37 36)", "POINT (1", None], "kind": "school"})
    rows, problems = check_table(given, "facilities")
    assert rows.geometry.tolist() == [Point(37, 36)]
    assert problems["row"].tolist() == [1, 1, 2]
    with pytest.raises(MissingCRSError):
        check_table(pd.DataFrame({"wkt": ["POINT (37 36)"]}), "facilities")


def test_coordinates_that_are_not_finite_are_left_out():
    shapes = [
        LineString([(37, 36), (np.inf, 36)]),
        LineString([(37, 36), (38, 36)]),
        LineString([(1, 1), (1, 1)]),
    ]
    given = gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4326")
    rows, problems = check_table(given, "roads")
    assert rows.index.tolist() == [1]
    assert set(problems["row"]) == {0, 2}


def test_parts_that_fit_are_kept_of_a_collection():
    from shapely.geometry import GeometryCollection

    mixed = GeometryCollection([box(37, 36, 38, 37), LineString([(37, 36), (40, 36)])])
    lines = GeometryCollection([LineString([(37, 36), (40, 36)])])
    given = gpd.GeoDataFrame(geometry=[mixed, lines], crs="EPSG:4326")
    rows, problems = check_table(given, "boundary")
    assert rows.geometry.geom_type.tolist() == ["Polygon"]
    assert problems["expected"].tolist() == ["areas", "a row with geometry"]


@pytest.mark.parametrize(
    ("name", "word"), [("gazetteer", "points"), ("facilities", "points, lines or areas")]
)
def test_what_kind_of_geometry_was_expected_is_said(name, word):
    from geosector.sources.places import _kind_words
    from geosector.tables import table

    assert _kind_words(table(name).geometry) == word


def test_a_long_geometry_is_shown_in_part():
    far = LineString([(200 + n, 36) for n in range(30)])
    _, problems = check_table(gpd.GeoDataFrame(geometry=[far], crs="EPSG:4326"), "roads")
    assert problems["given"].iloc[0].endswith("…")


def test_text_columns_of_arrow_and_whole_numbers_become_text():
    given = pd.DataFrame(
        {
            "name": pd.Series([" a ", " "], dtype="string"),
            "id": [1, 2],
            "lat": [36, 36],
            "lon": [37, 38],
            "kind": "school",
        }
    )
    rows, _ = check_table(given, "facilities")
    assert rows["name"].isna().tolist() == [False, True]
    assert rows[["id", "name"]].iloc[0].tolist() == ["1", "a"]


def test_nothing_is_left_of_an_empty_table_but_its_columns():
    rows, problems = check_table(pd.DataFrame(ONE).iloc[:0], "incidents")
    assert (len(rows), len(problems), rows.columns.tolist()[-1]) == (0, 0, "geometry")
    assert check_table(pd.DataFrame({"lat": [], "lon": []}), "facilities")[1].empty


def test_repeated_labels_of_an_index_are_no_matter():
    given = pd.DataFrame(
        {"date": ["2024", "x", "2023"], "locality": ["a", "b", "c"], "kind": "fire"},
        index=[1, 1, 1],
    )
    rows, problems = check_table(given, "incidents")
    assert (rows["locality"].tolist(), rows.index.tolist()) == (["a", "c"], [1, 1])
    assert problems["row"].tolist() == [1, 1]


def test_coordinates_in_columns_are_no_road():
    with pytest.raises(MissingColumnError, match="geometry"):
        check_table(pd.DataFrame({"lat": [36], "lon": [37], "highway": ["primary"]}), "roads")


def test_a_facility_is_true_between_two_days():
    given = pd.DataFrame(
        {"kind": ["school"], "lat": [36], "lon": [37], "valid_from": ["2024-04"], "valid_to": ["x"]}
    )
    rows, problems = check_table(given, "facilities")
    assert rows["valid_from"].tolist() == [pd.Timestamp("2024-04-01")]
    assert problems[["column", "given"]].to_numpy().tolist() == [["valid_to", "x"]]


def test_degrees_minutes_and_seconds_are_coordinates():
    given = pd.DataFrame(
        {"lat": ["36°12'36\"N", "36°72'"], "lon": ["37° 9.6' E", "37"], "kind": "school"}
    )
    rows, problems = check_table(given, "facilities")
    assert rows.geometry.tolist() == [Point(37.16, 36.21)]
    assert problems["given"].tolist() == ["36°72'", ""]


def test_latitude_and_longitude_stand_in_where_no_geometry_is_written():
    rows, problems = incidents(
        geometry=["SRID=4326;POINT (37 36)", None, None], lat=["1", "36.5", "95"], lon=[1, 37.5, 37]
    )
    assert rows.geometry.iloc[:2].to_wkt().tolist() == ["POINT (37 36)", "POINT (37.5 36.5)"]
    assert rows.geometry.isna().tolist() == [False, False, True]
    assert problems["given"].tolist() == ["95"]


def test_what_is_no_table_is_refused():
    with pytest.raises(InputError, match="The table is a NoneType; give a DataFrame"):
        check_table(None, "incidents")


def test_a_geodataframe_without_its_geometry_is_read_as_rows():
    rows, problems = check_table(gpd.GeoDataFrame(ONE), "incidents", file="sheet")
    assert (len(rows), len(problems)) == (1, 0)


@pytest.mark.parametrize(
    ("lat", "lon", "expected"),
    [
        ("0", "36.64", "0 is where lost ones go"),
        ("-35.94", "36.64", "the sign of its half"),
        ("52.5", "13.4", "nearer to the others"),
        ("36", "37", "finer than whole degrees"),
        ("36.64", "36.64", "not one of them twice"),
    ],
)
def test_a_place_that_is_hardly_meant_is_kept_and_listed(lat, lon, expected):
    given = pd.DataFrame({"lat": ["35.93", lat, "35.95"], "lon": ["36.63", lon, "36.65"]})
    rows, problems = check_table(given.assign(kind="school"), "facilities")
    assert rows.geometry.y.tolist() == [35.93, float(lat), 35.95]
    assert problems["row"].tolist() == [1]
    assert expected in problems["expected"].iloc[0]


def test_a_table_of_whole_degrees_or_of_the_world_has_no_doubtful_places():
    coarse = pd.DataFrame({"lat": [36, 37, 38], "lon": [37, 38, 39], "kind": "school"})
    wide = pd.DataFrame({"lat": [36.2, -12.1, 52.5], "lon": [37.1, 77.5, 13.4], "kind": "school"})
    assert len(check_table(coarse, "facilities")[1]) == len(check_table(wide, "facilities")[1]) == 0


def test_a_point_without_a_place_is_kept_and_listed():
    drawn = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=[Point(37.1, 36.2), None], crs=4326)
    rows, problems = check_table(drawn, "points")
    assert len(rows) == 2
    assert problems[["row", "column", "action"]].to_numpy().tolist() == [
        [1, "geometry", "Kept without a place."]
    ]


def test_what_lasts_to_a_month_lasts_to_its_end_and_this_is_listed() -> None:
    cells = pd.DataFrame(
        {"organisation": "a", "activity": "x", "locality": "y", "date_from": "2024-02",
         "date_to": ["2024-02", "2024", "2024-02-03", None]}
    )  # fmt: skip
    rows, problems = check_table(cells, "activities", file="a.csv")
    ends = rows["date_to"].dt.strftime("%Y-%m-%d").tolist()
    assert ends[:3] == ["2024-02-29", "2024-12-31", "2024-02-03"]
    assert pd.isna(ends[3])
    assert rows["date_from"].dt.day.tolist() == [1] * 4
    assert problems["action"].tolist() == [
        "Read as 2024-02-29.",
        "Read as 2024-12-31.",
    ]
