"""Exports of field forms that others made: every shape that KoboToolbox and ODK offer, no options."""

from __future__ import annotations

import json
import zipfile

import pandas as pd
import pytest

from geosector import make_form, read_facilities, read_incidents
from geosector.cli import main
from geosector.errors import UnreadableFileError
from geosector.sources import check_table, read_table, read_tables
from tests.phone import Shape, as_csv, exported, write

ANSWERS = [
    {
        "uuid": "synthetic-1", "kind": "attack", "date": "2026-03-07", "date_precision": "minute",
        "time": "14:35:00.000+03:00", "point": (36.2021, 37.1343, 412.0, 4.5), "locality": "تل المثال",
        "place_type": "school", "other_places": ["home", "water_station"], "killed_woman": 2,
        "injured_boy": 1,
    },
    {
        "uuid": "synthetic-2", "kind": "fire", "date": "2026-03-01", "date_precision": "month",
        "locality": "Gundê nimûne", "other_places": ["water_station"], "killed_woman": 0,
    },
]  # fmt: skip
SHAPES = {
    "names in CSV": Shape(),
    "names in XLSX": Shape("xlsx"),
    "groups with a slash": Shape(groups="/", several="both", points="kobo"),
    "groups with a full stop": Shape("xlsx", groups=".", several="both", points="kobo"),
    "groups with a hyphen between spaces": Shape(words="en", groups=" - "),
    "Arabic labels": Shape("xlsx", words="ar", groups="/", several="both", points="kobo"),
    "Kurmanji labels": Shape(words="kmr", groups="/", several="split", points="kobo"),
    "Sorani labels": Shape("xlsx", words="ckb"),
    "English labels": Shape(words="en", several="both", points="kobo"),
    "choices in columns of TRUE and FALSE": Shape(several="split", flags=("FALSE", "TRUE")),
    "ODK Central": Shape(groups="-", several="split", points="central", server="odk"),
    "ODK Central without groups": Shape(points="central", server="odk"),
    "JSON of the API": Shape("json", groups="/"),
    "GeoJSON": Shape("geojson", groups="/"),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_every_shape_of_an_export_is_read_without_options(tmp_path, shape):
    rows = exported(make_form("incidents", lang="en"), ANSWERS, shape)
    table, problems = read_incidents(write(rows, tmp_path / f"export.{shape.container}"))
    assert table["id"].tolist() == ["synthetic-1", "synthetic-2"]
    assert table["kind"].tolist() == ["attack", "fire"]
    assert table["date"].tolist() == [pd.Timestamp("2026-03-07 14:35"), pd.Timestamp("2026-03-01")]
    assert table["date_precision"].tolist() == ["minute", "month"]
    assert table["locality"].tolist() == ["تل المثال", "Gundê nimûne"]
    assert table["place_type"].iloc[0] == "school"
    assert table["other_places"].tolist() == ["home;water_station", "water_station"]
    assert table["killed_woman"].tolist() == [2, 0]
    assert table["radius_m"].iloc[0] == 4.5
    assert pd.isna(table["radius_m"].iloc[1])
    assert (table.geometry.iloc[0].y, table.geometry.iloc[0].x) == (36.2021, 37.1343)
    assert table.geometry.iloc[1] is None
    assert not [c for c in table if "submitted_by" in c or "device" in c or "user" in c]
    assert not {"start", "end", "today", "_notes", "valid_from"} & set(table.columns)
    dropped = set(problems["column"].dropna())
    sent = (
        {"DeviceID", "SubmitterName"}
        if shape.server == "odk"
        else {"_submitted_by", "start", "_notes"}
    )
    assert sent <= dropped


def test_two_places_of_one_name_in_other_programs_are_kept_apart():
    cells = pd.DataFrame(
        {
            "_uuid": ["a"],
            "where/location": ["36.2021 37.1343 0 5"],
            "report/place": ["Synthetic"],
            "date": ["2026-03-01"],
        }
    )
    rows, _ = check_table(cells, "incidents", file="x")
    assert rows["locality"].tolist() == ["Synthetic"]
    assert rows.geometry.iloc[0].wkt == "POINT (37.1343 36.2021)"
    assert (
        not rows.drop(columns="geometry")
        .astype(str)
        .map(lambda cell: "36.2021" in cell)
        .any(axis=None)
    )


def test_the_time_of_sending_is_never_the_date_of_the_incident():
    cells = pd.DataFrame(
        {"_uuid": ["a"], "_submission_time": ["2026-03-09T10:00:00"], "locality": ["Synthetic"]}
    )
    with pytest.raises(ValueError, match="no column was found for date"):
        check_table(cells, "incidents", file="x")


def test_where_the_phone_was_when_the_form_was_opened_is_dropped():
    cells = pd.DataFrame(
        {"_uuid": ["a"], "start-geopoint": ["36.1 37.1 0 5"], "_start-geopoint_latitude": ["36.1"],
         "_start-geopoint_longitude": ["37.1"], "_start-geopoint_precision": ["5"],
         "date": ["2026-03-01"], "locality": ["Synthetic"]}
    )  # fmt: skip
    rows, problems = check_table(cells, "incidents", file="x")
    assert rows.geometry.iloc[0] is None
    assert not [c for c in rows if "start" in c]
    assert "start-geopoint" in set(problems["column"])


def test_of_two_points_the_first_is_taken_and_the_other_listed_and_kept():
    cells = pd.DataFrame(
        {
            "_uuid": ["a"],
            "shelter_entrance": ["36.2021 37.1343 0 5"],
            "second": ["36.3021 37.2343 0 9"],
        }
    )
    rows, problems = check_table(cells, "facilities", file="x")
    assert rows.geometry.iloc[0].wkt == "POINT (37.1343 36.2021)"
    assert rows["second_geopoint"].tolist() == ["SRID=4326;POINT (37.2343 36.3021)"]
    assert "second" in set(problems["column"])


def test_points_of_two_versions_of_a_form_complete_each_other():
    cells = pd.DataFrame(
        {
            "_uuid": ["a", "b"],
            "v1/loc": ["36.2021 37.1343 0 5", None],
            "v2/loc": [None, "36.3021 37.2343 0 9"],
        }
    )
    rows, _ = check_table(cells, "facilities", file="x")
    assert [place.wkt for place in rows.geometry] == [
        "POINT (37.1343 36.2021)",
        "POINT (37.2343 36.3021)",
    ]
    assert rows["radius_m"].tolist() == [5, 9]


def test_versions_of_a_question_are_joined_where_never_both_were_answered():
    cells = pd.DataFrame(
        {"_uuid": ["a", "b"], "old/date": ["2026-03-01", None], "new/date": [None, "2026-03-02"],
         "locality": ["Synthetic", None], "locality_2": [None, "Synthetic 2"]}
    )  # fmt: skip
    rows, problems = check_table(cells, "incidents", file="x")
    assert rows["date"].dt.day.tolist() == [1, 2]
    assert rows["locality"].tolist() == ["Synthetic", "Synthetic 2"]
    assert (problems["action"].str.startswith("Joined with")).sum() == 2


def test_two_questions_that_were_both_answered_stay_two():
    cells = pd.DataFrame(
        {
            "_uuid": ["a"],
            "attack/date": ["2026-03-01"],
            "report/date": ["2026-03-05"],
            "locality": ["Synthetic"],
        }
    )
    rows, problems = check_table(cells, "incidents", file="x")
    assert rows["date"].dt.day.tolist() == [1]
    assert rows["report/date"].tolist() == ["2026-03-05"]
    assert "attack/date was taken; the other was kept as it is." in set(problems["action"])


def test_a_trace_is_a_line_and_a_shape_an_area():
    cells = pd.DataFrame(
        {
            "_uuid": ["a"],
            "fence": ["36.20 37.10 0 5;36.20 37.11 0 7;36.21 37.11 0 6;36.20 37.10 0 5"],
        }
    )
    rows, _ = check_table(cells, "facilities", file="x")
    assert rows.geometry.geom_type.tolist() == ["Polygon"]
    assert rows["radius_m"].tolist() == [7]
    cells = pd.DataFrame(
        {"_uuid": ["a"], "path": ["36.20 37.10 0 0;36.20 37.11 0 0;36.21 37.12 0 0"]}
    )
    rows, _ = check_table(cells, "barriers", file="x")
    assert rows.geometry.geom_type.tolist() == ["LineString"]


def test_a_point_that_cannot_be_is_listed_with_its_row():
    cells = pd.DataFrame(
        {"_uuid": ["a", "b", "c"], "date": ["2026-03-01"] * 3, "locality": ["Synthetic"] * 3,
         "loc": ["36.2021 37.1343 0 5", "96.5 37.1 0 5", "0.0 0.0 0.0 0.0"]}
    )  # fmt: skip
    rows, problems = check_table(cells, "incidents", file="x")
    assert rows.geometry.isna().tolist() == [False, True, True]
    assert set(problems.loc[problems["column"] == "geometry", "row"]) == {1, 2}


def test_reports_that_the_office_has_refused_are_listed():
    cells = pd.DataFrame(
        {"_uuid": ["a", "b"], "date": ["2026-03-01"] * 2, "locality": ["n/a", "Synthetic"],
         "_validation_status": ["Approved", "Not approved"], "lat": ["36.2", "36.3"], "lon": ["37.1", "37.1"]}
    )  # fmt: skip
    cells.index = pd.Index([5, 7])
    rows, problems = check_table(cells, "incidents", file="x")
    assert rows["locality"].tolist() == [None, "Synthetic"]
    assert problems.loc[problems["given"] == "Not approved", "row"].tolist() == [7]
    assert len(rows) == 2


def test_the_forms_own_ids_win_where_they_are_good():
    cells = pd.DataFrame(
        {"_uuid": ["a", "b"], "facility_id": ["S-1", None], "loc": ["36.2021 37.1343 0 5"] * 2}
    )
    assert check_table(cells, "facilities", file="x")[0]["id"].tolist() == ["S-1", "b"]
    doubled = cells.assign(facility_id="1", id="1").drop(columns="facility_id")
    rows, _ = check_table(doubled, "facilities", file="x")
    assert rows["id"].tolist() == ["a", "b"]
    assert rows["id_input"].tolist() == ["1", "1"]


def test_groups_tell_an_export_whose_own_columns_were_removed(tmp_path):
    file = tmp_path / "export.csv"
    file.write_text("what/date,where/locality\n2026-03-01,Synthetic\n", encoding="utf-8")
    assert read_incidents(file)[0]["locality"].tolist() == ["Synthetic"]
    assert list(read_tables(file)) == ["incidents"]


# ---------------------------------------------------------------- choices


def test_foreign_codes_in_one_cell_are_split_where_they_recur():
    cells = pd.DataFrame(
        {"_uuid": ["a", "b", "c"], "date": "2026-03-01", "locality": "Synthetic",
         "other_places": ["silo mill", "mill", "silo bridge_head"]}
    )  # fmt: skip
    rows, _ = check_table(cells, "incidents", file="x")
    assert rows["other_places"].tolist() == ["silo;mill", "mill", "silo;bridge_head"]
    cells["other_places"] = ["old market", None, "school; silo"]
    rows, _ = check_table(cells, "incidents", file="x")
    assert rows["other_places"].tolist() == ["old market", None, "school;silo"]


def test_a_kind_in_columns_is_the_one_that_was_chosen():
    cells = pd.DataFrame(
        {"_uuid": ["a", "b"], "date": "2026-03-01", "locality": "Synthetic",
         "q/kind/fire": [1, 0], "q/kind/attack": [0, 1]}
    )  # fmt: skip
    assert check_table(cells, "incidents", file="x")[0]["kind"].tolist() == ["fire", "attack"]


def test_counts_of_none_and_one_are_not_taken_for_choices():
    cells = pd.DataFrame(
        {"_uuid": ["a", "b"], "date": "2026-03-01", "locality": "Synthetic",
         "killed/men": ["0", "1"], "casualties/killed_woman": ["1", "0"]}
    )  # fmt: skip
    rows, _ = check_table(cells, "incidents", file="x")
    assert rows["killed_man"].tolist() == [0, 1]
    assert rows["killed_woman"].tolist() == [1, 0]


# ---------------------------------------------------------------- repeats

REPORTS = [
    {"date": "2026-03-01", "locality": "Synthetic A", "killed_man": "1", "_uuid": "a", "_index": 1},
    {"date": "2026-03-02", "locality": "Synthetic B", "killed_man": "", "_uuid": "b", "_index": 2},
]
DEAD = [
    {"killed_man": 2, "injured_woman": 1, "victim_name": "N. N.", "_index": 1, "_parent_table_name": "Report", "_parent_index": 1, "_submission__uuid": "a"},
    {"killed_man": 3, "injured_woman": "", "victim_name": "N. N.", "_index": 2, "_parent_table_name": "Report", "_parent_index": 1, "_submission__uuid": "a"},
    {"killed_man": 9, "injured_woman": "", "victim_name": "N. N.", "_index": 3, "_parent_table_name": "Report", "_parent_index": 8, "_submission__uuid": "z"},
]  # fmt: skip


def test_counts_of_a_repeat_are_added_to_their_report(tmp_path):
    file = write(REPORTS, tmp_path / "export.xlsx", {"casualties": DEAD})
    table, problems = read_incidents(file)
    assert table["killed_man"].tolist() == [6, pd.NA]
    assert table["injured_woman"].tolist() == [1, pd.NA]
    assert "Their counts were added to their report." in set(problems["action"])
    lost = problems[problems["expected"] == "a row that belongs to a report"]
    assert lost[["file", "row"]].to_numpy().tolist() == [["export.xlsx/casualties", 4]]
    assert "N. N." not in table.astype(str).to_csv()
    assert "victim_name" in set(problems["column"])


def test_a_repeat_of_events_is_a_row_for_each_and_the_sums_hold(tmp_path):
    events = [
        {"kind": "fire", "loc": "36.2021 37.1343 0 5", "_index": 1, "_parent_index": 1},
        {"kind": "attack", "loc": "36.3021 37.2343 0 9", "_index": 2, "_parent_index": 1},
    ]
    table, problems = read_incidents(write(REPORTS, tmp_path / "export.xlsx", {"events": events}))
    assert table["id"].tolist() == ["a-1", "a-2", "b"]
    assert table["kind"].tolist() == ["fire", "attack", "other"]
    assert table["locality"].tolist() == ["Synthetic A", "Synthetic A", "Synthetic B"]
    assert table["killed_man"].sum() == 1
    assert [None if p is None else p.wkt for p in table.geometry] == [
        "POINT (37.1343 36.2021)",
        "POINT (37.2343 36.3021)",
        None,
    ]
    assert table["radius_m"].tolist()[:2] == [5, 9]
    assert "A row for each of them, with the facts of its report." in set(problems["action"])


def test_any_other_repeat_is_kept_in_its_report(tmp_path):
    photos = [
        {"damage": "roof", "_index": 1, "_parent_index": 2},
        {"damage": "wall", "_index": 2, "_parent_index": 2},
    ]
    table, _ = read_incidents(write(REPORTS, tmp_path / "export.xlsx", {"damages": photos}))
    assert table["damages"].tolist() == [None, '[{"damage": "roof"}, {"damage": "wall"}]']
    assert len(table) == 2


def test_repeats_inside_repeats_are_added_up_to_the_report(tmp_path):
    houses = [{"storey": "2", "_index": 1, "_parent_table_name": "Report", "_parent_index": 2}]
    dead = [
        {"killed_man": 1, "_index": 1, "_parent_table_name": "houses", "_parent_index": 1},
        {"killed_man": 2, "_index": 2, "_parent_table_name": "houses", "_parent_index": 1},
    ]
    table, _ = read_incidents(
        write(REPORTS, tmp_path / "export.xlsx", {"houses": houses, "dead": dead})
    )
    assert table["killed_man"].tolist() == [1, 3]


def test_repeats_of_odk_lie_in_files_of_the_archive(tmp_path):
    reports = [
        {
            "SubmissionDate": "2026-03-09",
            "g-date": "2026-03-01",
            "g-locality": "Synthetic A",
            "KEY": "uuid:a",
        }
    ]
    dead = [
        {"g-killed_man": "1", "PARENT_KEY": "uuid:a", "KEY": "uuid:a/dead[1]"},
        {"g-killed_man": "2", "PARENT_KEY": "uuid:a", "KEY": "uuid:a/dead[2]"},
    ]
    file = tmp_path / "form.csv.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("form-dead.csv", as_csv(dead))
        archive.writestr("form.csv", as_csv(reports))
        archive.writestr("another.csv", "a,b\n1,2\n")
        archive.writestr("media/1.jpg", b"\xff\xd8\xff")
    table, problems = read_incidents(file)
    assert table["killed_man"].tolist() == [3]
    assert table["id"].tolist() == ["a"]
    assert not problems["action"].str.contains("Only form.csv was read").all()


def test_an_archive_says_which_other_files_were_passed_over(tmp_path):
    file = tmp_path / "form.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("dead.csv", "killed_man,PARENT_KEY,KEY\n1,uuid:a,uuid:a/1\n")
        archive.writestr(
            "form.csv", "date,locality,KEY,SubmitterID\n2026-03-01,Synthetic,uuid:a,5\n"
        )
        archive.writestr("other.csv", "a,b\n1,2\n")
    table, problems = read_incidents(file)
    assert table["killed_man"].tolist() == [1]
    assert problems.loc[problems["given"] == "other.csv", "action"].tolist() == [
        "Only form.csv was read."
    ]
    assert "dead.csv" not in set(
        problems.loc[problems["expected"] == "one table in the archive", "given"]
    )


def test_lists_of_the_api_are_repeats_too(tmp_path):
    reports = {
        "count": 1, "next": None, "previous": None,
        "results": [
            {"_id": 1, "_uuid": "a", "g/date": "2026-03-01", "_geolocation": [36.2021, 37.1343],
             "_validation_status": {"uid": "validation_status_not_approved", "by_whom": "synthetic_user"},
             "_attachments": [{"filename": "synthetic_user/1.jpg"}], "_submitted_by": None, "_tags": [],
             "g/dead": [{"g/dead/killed_man": "1", "g/dead/rooms": [{"g/dead/rooms/injured_man": "4"}]},
                        {"g/dead/killed_man": "2"}]}
        ],
    }  # fmt: skip
    file = tmp_path / "answer.json"
    file.write_text(json.dumps(reports), encoding="utf-8")
    table, problems = read_incidents(file)
    assert table[["killed_man", "injured_man"]].to_numpy().tolist() == [[3, 4]]
    assert table.geometry.iloc[0].wkt == "POINT (37.1343 36.2021)"
    assert "validation_status_not_approved" in set(problems["given"])
    assert "synthetic_user" not in table.astype(str).to_csv()


# ---------------------------------------------------------------- what is refused


def test_files_for_spss_are_refused_in_words(tmp_path):
    script = tmp_path / "labels.sps"
    script.write_text("VARIABLE LABELS\n kind 'Kind'.\n", encoding="utf-8")
    archive = tmp_path / "spss.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("form - English.sps", "VARIABLE LABELS\n kind 'Kind'.\n")
    for file in (script, archive):
        with pytest.raises(UnreadableFileError, match="seems to be a SPSS file, which is not read"):
            read_facilities(file)


def test_the_answer_of_a_server_without_reports_is_refused(tmp_path):
    for answer in ('{"count": 0, "results": []}', '{"count": 0}', '{"results": 3}'):
        file = tmp_path / "answer.json"
        file.write_text(answer, encoding="utf-8")
        with pytest.raises(UnreadableFileError, match="there is no row in it"):
            read_incidents(file)


def test_check_lists_what_was_dropped(tmp_path, capsys):
    rows = exported(make_form("incidents", lang="en"), ANSWERS, Shape(groups="/"))
    file = write(rows, tmp_path / "export.csv")
    assert main(["check", str(file), "--as", "incidents", "--out", str(tmp_path / "p.csv")]) == 1
    assert "2 good rows." in capsys.readouterr().out
    assert "how the report was made and sent" in (tmp_path / "p.csv").read_text(
        encoding="utf-8-sig"
    )


def test_a_table_that_is_no_export_is_not_touched():
    cells = pd.DataFrame(
        {"date": ["2026-03-01"], "locality": ["Synthetic"], "a/b": ["n/a"], "start": ["x"]}
    )
    rows, problems = check_table(cells, "incidents", file="x")
    assert rows[["a/b", "start"]].to_numpy().tolist() == [["n/a", "x"]]
    assert problems["column"].tolist() == ["kind"]


def test_an_export_without_rows_is_an_empty_table(tmp_path):
    file = tmp_path / "export.csv"
    file.write_text("_uuid,g/date,g/locality,loc\n", encoding="utf-8")
    assert read_table(file, "incidents")[0].empty


# ---------------------------------------------------------------- what must not be mistaken


def test_a_bare_pair_of_numbers_is_a_place_only_in_an_export():
    cells = pd.DataFrame(
        {"date": ["2026-03-01"], "locality": ["Synthetic"], "gps": ["37.1343 36.2021"]}
    )
    rows, _ = check_table(cells, "incidents", file="x")
    assert rows["gps"].tolist() == ["37.1343 36.2021"]
    assert rows.geometry.isna().all()
    whole = cells.assign(gps="36.2021 37.1343 410 4.5")
    assert (
        check_table(whole, "incidents", file="x")[0].geometry.iloc[0].wkt
        == "POINT (37.1343 36.2021)"
    )


def test_a_town_beside_its_point_in_columns_is_not_lost():
    cells = pd.DataFrame(
        {"_uuid": ["a"], "date": ["2026-03-01"], "location": ["Synthetic"], "_location_latitude": ["36°12'N"],
         "_location_longitude": ["37,13"], "_location_precision": ["0"]}
    )  # fmt: skip
    rows, _ = check_table(cells, "incidents", file="x")
    assert rows["locality"].tolist() == ["Synthetic"]
    assert rows.geometry.iloc[0].wkt == "POINT (37.13 36.2)"
    assert "radius_m" not in rows


def test_half_a_point_in_columns_is_listed():
    cells = pd.DataFrame(
        {"_uuid": ["a"], "date": ["2026-03-01"], "locality": ["Synthetic"], "_loc_latitude": ["36.2"],
         "_loc_longitude": [None], "_loc_precision": [None]}
    )  # fmt: skip
    rows, problems = check_table(cells, "incidents", file="x")
    assert rows.geometry.isna().all()
    assert problems.loc[problems["column"] == "geometry", "given"].tolist() == ["36.2"]


def test_days_called_start_and_end_are_answers_and_moments_are_not():
    cells = pd.DataFrame(
        {"_uuid": ["a"], "loc": ["36.2021 37.1343 0 5"], "start": ["2026-03-01"], "end": ["2026-03-09T10:00:00.000+03:00"],
         "key": ["under the mat"]}
    )  # fmt: skip
    rows, _ = check_table(cells, "facilities", file="x")
    assert rows["valid_from"].dt.day.tolist() == [1]
    assert "valid_to" not in rows
    assert rows["key"].tolist() == ["under the mat"]
    assert rows["id"].tolist() == ["a"]


def test_repeats_that_lie_in_each_other_are_listed_row_by_row(tmp_path):
    loop = {
        "a": [{"killed_man": 1, "_index": 1, "_parent_table_name": "b", "_parent_index": 9}],
        "b": [{"killed_man": 1, "_index": 1, "_parent_table_name": "a", "_parent_index": 9}],
    }
    table, problems = read_incidents(write(REPORTS, tmp_path / "export.xlsx", loop))
    assert len(table) == 2
    assert (problems["expected"] == "a row that belongs to a report").sum() == 2


def test_lists_deeper_than_any_form_stay_as_they_are(tmp_path):
    inner = [{"killed_man": "1"}]
    for _ in range(40):
        inner = [{"r": inner}]
    file = tmp_path / "answer.json"
    file.write_text(
        json.dumps([{"_uuid": "a", "date": "2026-03-01", "locality": "Synthetic", "r": inner}]),
        encoding="utf-8",
    )
    table, _ = read_incidents(file)
    assert table["r"].iloc[0].startswith("[{")


def test_a_time_that_is_none_leaves_the_date_alone():
    cells = pd.DataFrame(
        {
            "_uuid": ["a", "b"],
            "date": ["2026-03-01", "2026-03-02"],
            "locality": "Synthetic",
            "time": ["evening", "14:35"],
        }
    )
    rows, _ = check_table(cells, "incidents", file="x")
    assert rows["date_precision"].tolist() == ["day", "day"]
    assert rows["time"].tolist() == ["evening", "14:35"]
    rows, _ = check_table(
        cells.assign(time=[None, pd.Timestamp("2026-03-01 14:35").time()]), "incidents", file="x"
    )
    assert rows["date_precision"].tolist() == ["day", "minute"]


SENT = {"_uuid": ["u1", "u2"], "_submission_time": ["2026-03-02", "2026-03-02"]}
WHAT = {"date": ["2026-03-01", "2026-03-02"], "kind": ["attack", "fire"]}


def sent(**columns):
    rows, _ = check_table(pd.DataFrame({**WHAT, **columns, **SENT}, dtype=object), "incidents")
    return rows


def test_markup_and_numbers_around_the_words_of_a_question_are_not_its_words():
    cells = pd.DataFrame(
        {
            "<b>Date</b> of incident *": ["2026-03-01"],
            '2) <span style="color:red">Kind</span>': ["fire"],
            "3 **Locality**": ["Tell Nowhere"],
            "4.1 Number killed (men)": ["2"],
            "_uuid": ["u1"],
        }
    )
    rows, _ = check_table(cells, "incidents")
    assert rows[["kind", "locality", "killed_man"]].to_numpy().tolist() == [
        ["fire", "Tell Nowhere", 2]
    ]


@pytest.mark.parametrize(
    "columns",
    [
        {"_geolocation/0": ["35.93", None], "_geolocation/1": ["36.63", None]},
        {"_geolocation": ["[35.93, 36.63]", "[null, null]"]},
        {"where/point": ["35.93, 36.63, 400, 5", None]},
        {"where/point": ["POINT (36.63 35.93 400)", None]},
    ],
)
def test_a_place_is_read_however_it_was_written_down(columns):
    rows = sent(locality="T", **columns)
    assert rows.geometry.isna().tolist() == [False, True]
    assert (rows.geometry.iloc[0].x, rows.geometry.iloc[0].y) == (36.63, 35.93)


def test_words_among_places_in_words_are_listed():
    cells = pd.DataFrame(
        {"kind": "school", "spot": ["POINT (36.63 35.93)", "POINT (36.6 35.9)", "near it"],
         "_uuid": ["u1", "u2", "u3"]}
    )  # fmt: skip
    rows, problems = check_table(cells, "facilities")
    assert len(rows) == 2
    assert "near it" in problems["given"].tolist()


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ({"type": "Point", "coordinates": [36.63, 35.93, 400], "properties": {"accuracy": 5}},
         "Point"),
        ({"type": "LineString", "coordinates": [[36.63, 35.93], [36.64, 35.93]]}, "LineString"),
        ({"type": "Polygon",
          "coordinates": [[[36.63, 35.93], [36.64, 35.93], [36.64, 35.94], [36.63, 35.93]]]},
         "Polygon"),
    ],
)  # fmt: skip
def test_the_places_of_odata_are_read(tmp_path, place, kind):
    report = {"__id": "uuid:u1", "what": {"kind": "school", "name": "a"}, "where": {"spot": place}}
    path = tmp_path / "Submissions.json"
    path.write_text(json.dumps({"@odata.context": "x", "value": [report]}))
    rows, _ = read_facilities(path)
    assert rows["id"].tolist() == ["u1"]
    assert rows.geometry.geom_type.tolist() == [kind]
    assert rows.get("radius_m", pd.Series([None])).tolist() == ([5] if kind == "Point" else [None])


@pytest.mark.parametrize(
    "place",
    [
        {"type": "MultiPoint", "coordinates": [[36.63, 35.93]]},
        {"type": "Point", "coordinates": ["a", "b"]},
        {"type": "Polygon", "coordinates": [[[36, 35], [37, 35], [36, 36]], [[36, 35]]]},
        {"type": "Point", "coordinates": None},
    ],
)
def test_what_no_form_writes_is_kept_as_it_is(tmp_path, place):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"date": "2026-03-01", "locality": "T", "spot": place}]))
    rows, _ = read_incidents(path)
    assert rows["spot.type"].tolist() == [place["type"]]
