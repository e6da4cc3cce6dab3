"""What libraries lose without a word is read, or listed with its row."""

from __future__ import annotations

import re
import struct
import warnings
import zipfile
from dataclasses import asdict

import geopandas as gpd
import pandas as pd
import pyproj
import pytest
import shapely

from geosector.errors import MissingColumnError, UnreadableFileError
from geosector.sources import read_table
from geosector.sources.answers import part_of_more
from geosector.sources.geopackage import count_of, drawn_in, others_in
from geosector.sources.limits import MOST_FEATURES
from geosector.sources.vector import Source
from tests.hostile_files import faults, hostile_files, passed_over_without_a_word
from tests.read_hostile_files import read


def test_each_of_the_files_comes_to_what_was_promised(tmp_path):
    files = hostile_files(tmp_path, [passed_over_without_a_word])
    found = {file.path: faults(file, read(asdict(file))) for file in files}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}
    assert len(files) >= 20


def test_a_file_that_sqlite_does_not_open_is_left_to_gdal(tmp_path):
    path = tmp_path / "synthetic.gpkg"
    path.write_bytes(b"SQLite format 3\x00" + bytes(84))
    for source in (Source(path, "gpkg"), Source(path, "gpkg", path.read_bytes())):
        assert count_of(source, "places") is None
        assert (others_in(source, "places"), drawn_in(source, "places", {0})) == ({}, {})


def test_the_next_page_is_told_where_the_number_of_all_is_unknown():
    links = {"links": [{"rel": "next", "href": "https://synthetic.invalid"}]}
    (problem,) = part_of_more(links, 8, "synthetic.json")
    assert problem.given == "8 rows, and a next page"


def test_a_system_in_the_newer_well_known_text_is_read(tmp_path):
    path = tmp_path / "synthetic.shp"
    points = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(37.2, 36.1)], crs=4326)
    points.to_crs(32637).to_file(path)
    path.with_suffix(".prj").write_text(pyproj.CRS(32637).to_wkt("WKT2_2019"), "utf-8")
    rows, problems = read_table(path, "points")
    assert shapely.get_coordinates(rows.geometry).round(6).tolist() == [[37.2, 36.1]]
    assert problems.empty


def test_words_of_two_scripts_in_one_are_told(tmp_path):
    path = tmp_path / "synthetic.shp"
    places = ["سرمين", "إدلب", "أريحا"]
    spots = [shapely.Point(37 + n / 10, 36.1) for n in range(3)]
    gpd.GeoDataFrame({"name": places}, geometry=spots, crs=4326).to_file(path, encoding="cp1256")
    path.with_suffix(".cpg").unlink()
    _, sound = read_table(path, "points")
    attributes = path.with_suffix(".dbf").read_bytes()
    for place in places:
        attributes = attributes.replace(place.encode("cp1256"), place.encode("iso8859_6"))
    path.with_suffix(".dbf").write_bytes(attributes)
    _, problems = read_table(path, "points")
    assert sound.empty
    assert problems["column"].tolist() == ["name"]


def test_a_number_of_exact_decimals_is_a_number(tmp_path):
    from decimal import Decimal

    path = tmp_path / "synthetic.parquet"
    cells = {"name": ["a", "b"], "lat": [Decimal("36.5"), Decimal(36)], "lon": [37.5, 37.0]}
    pd.DataFrame(cells).to_parquet(path)
    rows, _ = read_table(path, "points")
    assert rows.geometry.y.tolist() == [36.5, 36.0]


def test_telephone_numbers_inside_fragments_and_without_their_first_nought_are_dropped(tmp_path):
    path = tmp_path / "synthetic.csv"
    lines = [
        f"36.{n},37.{n},<gpxx:Phone>+96394412345{n}</gpxx:Phone>,94412345{n}" for n in (1, 2, 3)
    ]
    path.write_text("\n".join(["lat,lon,more,other", *lines]), "utf-8")
    rows, problems = read_table(path, "points")
    assert not {"more", "other"} & set(rows.columns)
    assert set(problems["column"].dropna()) >= {"more", "other"}


def shapefile_of(path, cells, **options):
    spots = [shapely.Point(37 + n / 10, 36.1) for n in range(len(next(iter(cells.values()))))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that headers are cut
        gpd.GeoDataFrame(cells, geometry=spots, crs=4326).to_file(path, **options)
    return path


def test_a_header_that_was_cut_is_read_where_one_column_begins_so_and_listed(tmp_path):
    cells = {"date": ["2026-03-01"], "killed_unspecified": [2], "injured_man": [1]}
    path = shapefile_of(tmp_path / "synthetic.shp", cells)
    rows, problems = read_table(path, "incidents")
    assert rows["killed_unspecified"].tolist() == [2]
    told = problems.set_index("given")["action"]
    assert told["killed_uns"] == "Read as killed_unspecified."
    assert told["injured_ma"] == "Kept as it is."  # or "injured max"
    assert "injured_man" not in rows.columns


def test_a_header_that_was_cut_beside_its_whole_one_is_listed(tmp_path):
    cells = {"date": ["2026-03-01"], "killed": [2], "killed_unspecified": [5]}
    path = shapefile_of(tmp_path / "synthetic.shp", cells)
    rows, problems = read_table(path, "incidents")
    assert rows["killed_unspecified"].tolist() == [2]
    assert problems.set_index("given")["action"]["killed_uns"] == "Kept as it is."


@pytest.mark.parametrize("encoding", ["utf-8", "cp1256"])
@pytest.mark.parametrize("stated", [True, False])
def test_arabic_headers_that_were_cut_are_read_with_a_code_page_and_without(
    tmp_path, encoding, stated
):
    cells = {"تاريخ الحادث": ["2026-03-01"], "التجمع السكاني": ["سرمين"], "عدد القتلى": [2]}
    path = shapefile_of(tmp_path / "synthetic.shp", cells, encoding=encoding)
    if not stated:
        path.with_suffix(".cpg").unlink()
    rows, problems = read_table(path, "incidents")
    assert rows["date"].dt.day.tolist() == [1]
    assert rows["locality"].tolist() == ["سرمين"]
    # In UTF-8 the last may be the dead or the injured, of whatever age: that is said.
    is_told = problems["given"].str.startswith("عدد ا").any()
    assert is_told or rows["killed_unspecified"].tolist() == [2]


def test_a_system_in_two_bytes_for_each_letter_is_read(tmp_path):
    path = tmp_path / "synthetic.shp"
    points = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(37.2, 36.1)], crs=4326)
    points.to_crs(32637).to_file(path)
    system = path.with_suffix(".prj")
    system.write_bytes(system.read_text("ascii").encode("utf-16"))
    rows, problems = read_table(path, "points")
    assert shapely.get_coordinates(rows.geometry).round(6).tolist() == [[37.2, 36.1]]
    assert problems.empty


def test_half_a_sign_is_told_and_two_halves_are_one(tmp_path):
    path = tmp_path / "synthetic.csv"
    words = "name,lat,lon\nAr\ud800iha,36.1,37.2\n\ud83d\ude00,36.2,37.3\n"
    path.write_bytes(words.encode("utf-8", "surrogatepass"))
    rows, problems = read_table(path, "points")
    assert rows["name"].tolist() == ["Ar\ufffdiha", "\U0001f600"]
    assert problems["row"].tolist() == [2]


def test_a_group_joined_by_a_bare_underscore_is_told_from_its_question(tmp_path):
    path = tmp_path / "synthetic.csv"
    path.write_text(
        "site_locality,site_note,site_contact_name,date,_uuid,_submission_time\n"
        "Sarmin,x,y,2026-03-01,u1,2026-03-02\n",
        "utf-8",
    )
    rows, problems = read_table(path, "incidents")
    assert rows["locality"].tolist() == ["Sarmin"]
    assert problems.set_index("given")["action"]["site_locality"] == "Read as locality."


def test_a_shared_word_with_a_number_below_0_is_refused(tmp_path):
    path = tmp_path / "synthetic.xlsx"
    pd.DataFrame({"name": ["a"], "lat": [36.5], "lon": [37.5]}).to_excel(path, index=False)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    cell = re.compile(rb'(<c r="A2"[^>]*?)(?: t="\w+")?>.*?</c>')
    parts[sheet] = cell.sub(rb'\1 t="s"><v>-1</v></c>', parts[sheet])
    parts["xl/sharedStrings.xml"] = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b"<si><t>name</t></si></sst>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    with pytest.raises(UnreadableFileError, match="below 0"):
        read_table(path, "points")


def test_rows_that_are_marked_as_deleted_are_told(tmp_path):
    path = shapefile_of(tmp_path / "synthetic.shp", {"name": ["a", "b", "c"]})
    attributes = bytearray(path.with_suffix(".dbf").read_bytes())
    begin, width = struct.unpack_from("<HH", attributes, 8)
    attributes[begin + width] = ord("*")
    path.with_suffix(".dbf").write_bytes(attributes)
    rows, problems = read_table(path, "points")
    assert rows["name"].tolist() == ["a", "c"]
    assert problems["given"].tolist() == ["1 of 3 features"]


def test_a_sheet_as_wide_as_they_come_is_told_in_a_sentence_of_some_length(tmp_path):
    path = tmp_path / "synthetic.csv"
    path.write_text(",".join(f"c{n}" for n in range(16_000)), "utf-8")
    with pytest.raises(MissingColumnError, match=r"c99, …\. Rename") as refused:
        read_table(path, "incidents")
    assert len(str(refused.value)) < 1000


def test_more_features_than_are_read_in_a_short_time_are_refused(tmp_path):
    path = tmp_path / "synthetic.geojson"
    feature = '{"type":"Feature","properties":{},"geometry":null}\n'
    path.write_text(feature * (MOST_FEATURES + 1), "utf-8")
    with pytest.raises(UnreadableFileError, match="1000001 features"):
        read_table(path, "points")
