"""What libraries lose without a word is read, or listed with its row."""

from __future__ import annotations

from dataclasses import asdict

import geopandas as gpd
import pandas as pd
import pyproj
import shapely

from geosector.sources import read_table
from geosector.sources.answers import part_of_more
from geosector.sources.geopackage import count_of, drawn_in, others_in
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
