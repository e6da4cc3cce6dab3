"""Drawings whose words GDAL would half understand; every place in them is synthetic."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosector.errors import UnreadableFileError
from geosector.sources import check_table, read_facilities, read_points, read_rows, read_table
from geosector.sources.dates import parse_date
from geosector.sources.figures import decimal_degrees, read_range
from geosector.sources.places import _split_pairs
from geosector.sources.written import _all_plain, _points_of_gpx, _points_of_kml
from geosector.tables import looks_personal

GPX = '<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{}</gpx>'
KML = '<?xml version="1.0" encoding="{}"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'


def mark(where, name="a"):
    return f"<Placemark><name>{name}</name><Point><coordinates>{where}</coordinates></Point></Placemark>"


@pytest.mark.parametrize("place", ['lat="35,94" lon="36.64"', 'lon="36.64"', 'lat="x" lon="36.64"'])
def test_a_waypoint_without_a_whole_number_is_refused_with_its_row(tmp_path, place):
    path = tmp_path / "a.gpx"
    path.write_text(GPX.format(f'<wpt lat="35.9" lon="36.6"/><wpt {place}/>'), encoding="utf-8")
    rows, problems = read_points(path)
    assert rows.geometry.isna().tolist() == [False, True]
    assert problems["row"].dropna().tolist() == [2]


@pytest.mark.parametrize("place", ["36,64 35,94", "36°38'E,35°56'N", "36.64;35.94"])
def test_a_placemark_without_whole_numbers_is_refused_with_its_row(tmp_path, place):
    path = tmp_path / "a.kml"
    path.write_text(KML.format("UTF-8", mark("36.6,35.9,0 ") + mark(place)), encoding="utf-8")
    rows, problems = read_points(path)
    assert rows.geometry.isna().tolist() == [False, True]
    assert problems["row"].dropna().tolist() == [2]


def test_a_kml_in_windows_1256_keeps_its_words(tmp_path):
    path = tmp_path / "a.kml"
    path.write_bytes(KML.format("windows-1256", mark("36.6,35.9", "ملجأ مثال")).encode("cp1256"))
    assert read_rows(path)[0].iloc[0].astype(str).str.contains("ملجأ مثال").any()
    path.write_bytes(KML.format("no-such", mark("36.6,35.9")).encode())
    with pytest.raises(ValueError, match="damaged"):
        read_rows(path)


def feature(number):
    return {"type": "Feature", "properties": {"id": number, "kind": "shelter"},
            "geometry": {"type": "Point", "coordinates": [36.6 + number / 100, 35.9]}}  # fmt: skip


def test_features_one_behind_the_other_are_all_read_and_told(tmp_path):
    path = tmp_path / "a.geojson"
    path.write_text("".join(json.dumps(feature(n)) for n in (1, 2, 3)), encoding="utf-8")
    rows, problems = read_facilities(path)
    assert (len(rows), problems["given"].tolist()) == (3, ["3"])
    path.write_text("\x1e" + "\n\x1e".join(json.dumps(feature(n)) for n in (1, 2)) + "\n")
    assert len(read_facilities(path)[0]) == 2


@pytest.mark.parametrize("system", [{"type": "name", "properties": {"name": "EPSG:999999"}},
                                    {"type": "link", "properties": {"href": "http://x/y.prj"}}])  # fmt: skip
def test_an_unknown_system_behind_the_features_is_refused(tmp_path, system):
    whole = {
        "type": "FeatureCollection",
        "features": [feature(n) for n in range(60)],
        "crs": system,
    }
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(whole), encoding="utf-8")
    with pytest.raises(ValueError, match="coordinate system"):
        read_facilities(path)


@pytest.mark.parametrize(
    "header",
    ["tel no", "phone2", "names_of_killed", "اسم الشهيد", "أسماء الجرحى", "رقم الموبايل", "caller",
     "navê birîndar", "hejmara telefonê", "ناوی شەهید", "ADI SOYADI", "kimlik no", "کد ملی", "نام بیمار"],
)  # fmt: skip
def test_words_for_persons_are_known_in_every_language(header):
    assert looks_personal(header)


@pytest.mark.parametrize("header", ["اسم القرية", "الشهداء", "navê gund", "street name", "cell_id"])
def test_names_of_places_and_counts_are_not_persons(header):
    assert not looks_personal(header)


@pytest.mark.parametrize(
    ("cells", "kept"),
    [(["+963933444556", "00963 944 555 666"], False), (["a@example.org", "b@example.org"], False),
     (["0933-444-556", None, "0944 555 666"], False), (["SY020301", "SY020302"], True),
     (["+963933444556", "call later", "-5"], True)],
)  # fmt: skip
def test_a_column_of_numbers_to_dial_is_dropped_whatever_its_name(cells, kept):
    rows = pd.DataFrame({"date": "2024-05-03", "locality": "Synthetic", "col7": cells})
    checked, problems = check_table(rows, "incidents")
    assert ("col7" in checked) is kept
    assert ("col7" in problems["column"].tolist()) is not kept


@pytest.mark.parametrize(
    ("written", "read"),
    [("20240504", "2024-05-04T00:00"), (20240504, "2024-05-04T00:00"), ("4.5.2024.", "2024-05-04T00:00"),
     ("2024 - 05 - 04", "2024-05-04T00:00"), ("2024/05/04م", "2024-05-04T00:00"),
     ("2024-05-04 02:30 PM", "2024-05-04T14:30"), ("2024-05-04 12:15 ص", "2024-05-04T00:15"),
     ("2024-05-04 02:30 مساءً", "2024-05-04T14:30"), ("2024-05-04 11:30 صباحاً", "2024-05-04T11:30")],
)  # fmt: skip
def test_more_dresses_of_a_date_are_read(written, read):
    assert parse_date(written).when.isoformat(timespec="minutes") == read


@pytest.mark.parametrize(
    ("written", "read"),
    [("35.94 N", 35.94), ("N35.94", 35.94), ("35 56 24 N", 35.94), ("36.64 غرب", -36.64), ("12", "12")],
)  # fmt: skip
def test_degrees_with_their_side_are_read(written, read):
    assert decimal_degrees(written) == read


@pytest.mark.parametrize("written", ["3 heta 5", "٣ بۆ ٥", "3 أو 5", "3~5", "di navbera 3 û 5 de"])
def test_ranges_in_every_language_are_read(written):
    assert read_range(written) == (3, 5)


def test_pairs_in_one_column_are_places_and_told():
    cells = pd.DataFrame({"kind": "shelter", "الإحداثيات": ["35.93, 36.63", "نهاية", None]})
    rows, problems = check_table(cells, "facilities")
    assert rows.geometry.iloc[0].wkt == "POINT (36.63 35.93)"
    assert {"الإحداثيات", "نهاية"} <= set(problems["given"])


def test_letters_that_a_program_lost_are_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "date,locality\n2024-05-03,????? ???\n2024-05-04,\ufffd\ufffdب\n2024-05-05,إدلب\n",
        encoding="utf-8",
    )
    assert read_rows(path)[1]["row"].tolist() == [2, 3]


def test_lines_as_a_whole_in_quotes_are_rows(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('"date,locality"\n"2024-05-03,""Synthetic, A"""\n', encoding="utf-8")
    assert read_rows(path)[0]["locality"].tolist() == ["Synthetic, A"]


def test_a_second_pair_of_coordinates_that_differs_is_told():
    cells = pd.DataFrame({"kind": ["shelter"], "lat": ["35.9"], "lon": ["36.6"]})
    told = cells.assign(latitude="10", longitude="36.6")
    rows, problems = check_table(told, "facilities")
    assert rows.geometry.iloc[0].wkt == "POINT (36.6 35.9)"
    assert problems["given"].tolist() == ["latitude"]
    assert check_table(cells.assign(latitude="35.9"), "facilities")[1].empty


# ------------------------------------------------------------------ one pass, whatever is written


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a.kml", '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>' + "<Point>" * 200_000),
        ("a.gpx", '<gpx xmlns="http://www.topografix.com/GPX/1/1">' + "<wpt " * 200_000),
    ],
)
def test_places_that_never_end_are_refused_without_a_search_for_their_ends(tmp_path, name, written):
    file = tmp_path / name
    file.write_text(written, encoding="utf-8")
    with pytest.raises(UnreadableFileError):
        read_table(file, "facilities")


def test_a_cell_too_long_for_a_place_is_no_pair_and_no_degrees():
    assert decimal_degrees("N 1" + " " * 100_000 + "x").startswith("N 1")
    cells = pd.DataFrame({"coordinates": ["36.2 " + " " * 100_000 + "x", "36.2, 37.1"]})
    split, header = _split_pairs(cells)
    assert (header, split["lat"].tolist()[1], split["lon"].tolist()[1]) == (
        "coordinates", "36.2", "37.1"
    )  # fmt: skip
    assert split["lat"].tolist()[0] == split["lon"].tolist()[0]  # as it was, to be refused


def test_a_point_of_a_drawing_ends_before_the_line_behind_it():
    odd: list[str] = []
    drawn = (
        "<Point/><LineString><coordinates>1,2 3,4</coordinates></LineString>"
        "<Point><coordinates>1;2</coordinates></Point>"
        "<LineString><coordinates>1,2 3,4</coordinates></LineString>"
    )
    assert _points_of_kml(drawn, odd) == drawn.replace("1;2", "NaN,NaN")
    assert odd == ["1;2"]


def test_a_list_of_features_without_its_collection_is_read(tmp_path):
    feature = {"type": "Feature", "properties": {"kind": "school"},
               "geometry": {"type": "Point", "coordinates": [37.1, 36.2]}}  # fmt: skip
    path = tmp_path / "a.json"
    path.write_text(json.dumps([feature, feature | {"properties": {"kind": "clinic"}}]))
    rows, problems = read_facilities(path)
    assert rows["kind"].tolist() == ["school", "clinic"]
    assert problems["action"].tolist() == ["Read as FeatureCollection."]


def test_a_geojson_in_windows_1256_is_read_and_told(tmp_path):
    feature = {"type": "Feature", "properties": {"kind": "school", "name": "مدرسة"},
               "geometry": {"type": "Point", "coordinates": [37.1, 36.2]}}  # fmt: skip
    path = tmp_path / "a.geojson"
    path.write_bytes(json.dumps(feature, ensure_ascii=False).encode("cp1256"))
    rows, problems = read_facilities(path)
    assert rows["name"].tolist() == ["مدرسة"]
    assert problems["given"].tolist() == ["Windows-1256"]


POINTS_OF_KML = st.sampled_from(
    [mark("36.6,35.9"), mark("36.6,35.9,0"), mark(" 36.6,35.9\n"), mark("36,6 35,9"), mark("a"),
     "<Point/>", "<Point\n><coordinates>x</coordinates></Point\n>", "<kml:Point></kml:Point>",
     "<LineString><coordinates>1,1 2,2</coordinates></LineString>", "Point", mark("+1e1,2")]
)  # fmt: skip
POINTS_OF_GPX = st.sampled_from(
    ['<wpt lat="35.9" lon="36.6"/>', '<trkpt lon="36.6" lat="35.9"></trkpt>', '<wpt lat="35,9" lon="1"/>',
     '<wpt lon="1"/>', "<rtept\nlat='1' lon='2'/>", '<gpx:wpt lat="x" lon="1"/>', "wpt", '<wpt lat="1" lon="2" id="a"/>']
)  # fmt: skip


@given(
    kml=st.lists(POINTS_OF_KML, max_size=4).map("".join),
    gpx=st.lists(POINTS_OF_GPX, max_size=4).map("".join),
)
def test_what_needs_no_second_look_would_not_be_changed_by_it(kml: str, gpx: str) -> None:
    for written, kind, look in ((kml, "kml", _points_of_kml), (gpx, "gpx", _points_of_gpx)):
        odd: list[str] = []
        if _all_plain(written, kind):
            assert look(written, odd) == written
            assert odd == []


def test_most_drawings_need_no_second_look() -> None:
    assert _all_plain(KML.format("UTF-8", mark("36.6,35.9,0") + mark("36.6,35.9")), "kml")
    assert _all_plain(GPX.format('<wpt lat="35.9" lon="36.6"><name>a</name></wpt>'), "gpx")


@pytest.mark.parametrize(
    "content",
    [
        mark("36.6,35.9", "a") + "<Folder>" + mark("36.7,35.9", "b") + "</Folder>",
        "<Folder>" + mark("36.6,35.9", "a") + mark("36.7,35.9", "b") + "</Folder>",
        "<Folder/><Folder>" + mark("36.6,35.9", "a") + mark("36.7,35.9", "b") + "</Folder>",
        "<Document>" + mark("36.6,35.9", "a") + "</Document>" + mark("36.7,35.9", "b"),
        "<!-- <Placemark> -->" + mark("36.6,35.9", "a") + mark("36.7,35.9", "b"),
        "<Folder><Folder/>" + mark("36.6,35.9", "a") + mark("36.7,35.9", "b") + "</Folder>",
    ],
)
def test_every_place_of_a_kml_is_read_wherever_it_stands(tmp_path, content):
    path = tmp_path / "a.kml"
    path.write_text(KML.format("UTF-8", content), encoding="utf-8")
    rows, _ = read_points(path)
    assert sorted(rows["Name" if "Name" in rows else "name"]) == ["a", "b"]


def test_the_layers_of_a_gpx_that_hold_something_are_read(tmp_path):
    path = tmp_path / "a.gpx"
    track = '<trk><name>t</name><trkseg><trkpt lat="35" lon="36"/><trkpt lat="35.1" lon="36"/></trkseg></trk>'
    route = '<rte><name>r</name><rtept lat="35" lon="36"/><rtept lat="35.1" lon="36"/></rte>'
    path.write_text(GPX.format(f'<wpt lat="35.9" lon="36.6"/>{route}{track}'), encoding="utf-8")
    assert read_rows(path)[0].geom_type.tolist() == ["Point", "LineString", "MultiLineString"]
    assert len(read_table(path, "roads")[0]) == 2
    path.write_text(GPX.format(""), encoding="utf-8")
    assert read_rows(path)[0].empty


@pytest.mark.parametrize(
    ("properties", "names"),
    [('"a": 1, "b": {"c": 1}', []), ('"a": 1, "a": 2', ["a"]), ('"a" :1, "a" :2', ["a"]), ('"t": "x\\":y"', [])],
)  # fmt: skip
@pytest.mark.parametrize("on_lines", [True, False])
def test_names_given_twice_are_found_however_they_are_written(
    tmp_path, properties, names, on_lines
):
    point = '"geometry": {"type": "Point", "coordinates": [36, 35]}'
    one = f'{{"type": "Feature", "properties": {{{properties}}}, {point}}}'
    path = tmp_path / "a.geojson"
    whole = f'{{"type": "FeatureCollection", "features": [{one}, {one}]}}'
    path.write_text(f"{one}\n{one}\n" if on_lines else whole, encoding="utf-8")
    _, problems = read_rows(path)
    twice = problems[problems["expected"] == "each name once"]
    assert twice["given"].tolist() == names * 2
    assert twice["row"].tolist() == [1, 2] * len(names)


@pytest.mark.parametrize("letters", [" ", "1,", "1, ", "<Point>", "<coordinates>", "-", "<wpt "])
def test_five_megabytes_of_one_thing_in_a_drawing_are_looked_at_once(letters: str) -> None:
    many = letters * (5_000_000 // len(letters))
    for written in (many, f"<Point><coordinates>1,1{many}x</coordinates></Point>"):
        for kind in ("kml", "gpx"):
            _all_plain(written, kind)
        _points_of_kml(written, [])
