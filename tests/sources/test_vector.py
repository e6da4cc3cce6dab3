"""Features from every vector format, one broken geometry at a time."""

from __future__ import annotations

import json
import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from shapely.geometry import LineString, Point, Polygon, box

from geosector.errors import (
    InputError,
    MissingColumnError,
    MissingCRSError,
    UnreadableFileError,
)
from geosector.sources import (
    read_boundary,
    read_facilities,
    read_points,
    read_population,
    read_roads,
    read_rows,
    read_sectors,
    read_table,
    read_tables,
)

ROADS = gpd.GeoDataFrame(
    {"highway": ["primary", "residential"], "name:ar": ["شارع النيل", None]},
    geometry=[LineString([(37, 36), (37.1, 36)]), LineString([(37, 36), (37, 36.1)])],
    crs="EPSG:4326",
)
ZONES = gpd.GeoDataFrame(
    {"name": ["غرب", "شرق"], "population": [10, 20]},
    geometry=[box(37, 36, 37.1, 36.1), box(37.1, 36, 37.2, 36.1)],
    crs="EPSG:4326",
)


DRIVERS = {".kml": "KML", ".tab": "MapInfo File", ".mif": "MapInfo File", ".gdb": "OpenFileGDB"}


def stored(table: gpd.GeoDataFrame, path: Path, **options: object) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if path.suffix == ".parquet":
            table.to_parquet(path)
        elif path.suffix == ".arrow":
            table.to_feather(path)
        else:
            table.to_file(path, driver=DRIVERS.get(path.suffix), **options)
    return path


def features(path: Path, shapes: list[object], **members: object) -> Path:
    collection = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"kind": "shelter", "n": n}, "geometry": shape}
            for n, shape in enumerate(shapes, start=1)
        ],
    } | members
    path.write_text(json.dumps(collection), encoding="utf-8")
    return path


def point(lon: float, lat: float) -> dict[str, object]:
    return {"type": "Point", "coordinates": [lon, lat]}


@pytest.mark.parametrize(
    "ending",
    [
        ".geojson",
        ".gpkg",
        ".shp",
        ".fgb",
        ".parquet",
        ".arrow",
        ".geojsonl",
        ".kml",
        ".tab",
        ".mif",
        ".gdb",
    ],
)
def test_roads_are_read_from_every_format(tmp_path, ending):
    table = ROADS.rename(columns={"highway": "Name"}) if ending == ".kml" else ROADS
    path = stored(table, tmp_path / f"roads{ending}")
    if ending == ".kml":
        rows, problems = read_points(path)
    else:
        rows, problems = read_roads(path)
        assert sorted(rows["road_class"]) == ["primary", "residential"]
    assert (rows.crs.to_epsg(), sorted(rows.index)) == (4326, [1, 2])
    assert shapely.length(rows.geometry).round(6).tolist() == [0.1, 0.1]
    assert problems.empty


def test_another_coordinate_system_becomes_degrees(tmp_path):
    path = stored(ROADS.to_crs("EPSG:32637"), tmp_path / "roads.gpkg")
    rows, problems = read_roads(path)
    assert np.allclose(rows.total_bounds, ROADS.total_bounds)
    assert problems.empty


def test_a_shapefile_without_a_system_is_refused_until_one_is_stated(tmp_path):
    path = stored(ROADS.to_crs("EPSG:32637"), tmp_path / "roads.shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(MissingCRSError, match=r"roads\.shp has no coordinate system"):
        read_roads(path)
    rows, _ = read_roads(path, crs="EPSG:32637")
    assert np.allclose(rows.total_bounds, ROADS.total_bounds)


def test_the_system_of_the_file_wins_and_that_is_listed(tmp_path):
    path = stored(ROADS, tmp_path / "roads.gpkg")
    assert read_roads(path, crs="EPSG:4326")[1].empty
    rows, problems = read_roads(path, crs="EPSG:32637")
    assert np.allclose(rows.total_bounds, ROADS.total_bounds)
    assert problems["action"].tolist() == ["Read as EPSG:4326."]


def test_metres_in_a_geojson_without_a_system_are_refused_row_by_row_until_it_is_stated(tmp_path):
    path = features(tmp_path / "a.geojson", [point(286546, 3978840), point(37, 36)])
    rows, problems = read_facilities(path)
    assert rows["n"].tolist() == [2]
    assert problems["row"].tolist() == [1, 1]
    assert problems["action"].tolist()[-1] == "The row was left out."
    rows, _ = read_facilities(path, crs="EPSG:32637")
    assert rows.geometry.iloc[0].distance(Point(36.63393, 35.93062)) < 1e-4


@pytest.mark.parametrize("words", ["utf-8", "cp1256"])
def test_a_shapefile_that_leaves_its_encoding_open_is_read_in_arabic(tmp_path, words):
    path = stored(ZONES, tmp_path / "zones.shp", encoding=words)
    path.with_suffix(".cpg").unlink()
    attributes = bytearray(path.with_suffix(".dbf").read_bytes())
    attributes[29] = 0
    path.with_suffix(".dbf").write_bytes(bytes(attributes))
    assert read_population(path)[0]["name"].tolist() == ["غرب", "شرق"]


def test_a_shapefile_alone_is_refused_with_its_companions_named(tmp_path):
    path = stored(ZONES, tmp_path / "zones.shp")
    for ending in (".shx", ".dbf"):
        path.with_suffix(ending).unlink()
    with pytest.raises(UnreadableFileError, match=r"Bring its \.shp, \.shx, \.dbf"):
        read_population(path)


def test_a_zipped_shapefile_is_read_where_it_lies(tmp_path):
    path = stored(ZONES, tmp_path / "zones.shp")
    with zipfile.ZipFile(tmp_path / "zones.zip", "w") as archive:
        for ending in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
            archive.write(path.with_suffix(ending), f"data/zones{ending}")
    rows, problems = read_population(tmp_path / "zones.zip")
    assert (rows["name"].tolist(), len(problems)) == (["غرب", "شرق"], 0)


@pytest.mark.parametrize("ending", [".gpkg", ".parquet", ".fgb"])
def test_a_zipped_file_is_read_without_unpacking_it(tmp_path, ending):
    path = stored(ZONES, tmp_path / f"zones{ending}")
    with zipfile.ZipFile(tmp_path / "zones.zip", "w") as archive:
        archive.write(path, path.name)
    rows, _ = read_population(tmp_path / "zones.zip")
    assert sorted(rows["population"]) == [10, 20]


def test_the_layer_with_the_name_of_the_table_is_read(tmp_path):
    path = tmp_path / "layout.gpkg"
    stored(ROADS, path, layer="borders")
    stored(ZONES.assign(sector_id=[1, 2]), path, layer="sectors")
    rows, problems = read_sectors(path)
    assert (rows["sector_id"].tolist(), len(problems)) == ([1, 2], 0)


def test_the_layer_whose_geometry_fits_is_read_and_the_other_is_listed(tmp_path):
    path = tmp_path / "city.gpkg"
    stored(ROADS, path, layer="lines")
    stored(ZONES, path, layer="areas")
    rows, problems = read_boundary(path)
    assert len(rows) == 2
    assert problems[["given", "action"]].to_numpy().tolist() == [
        ["lines", "Only the layer areas was read."]
    ]


def test_the_folders_of_a_kml_are_one_table(tmp_path):
    folders = "".join(
        f"<Folder><name>{name}</name><Placemark><name>{name}</name><Point><coordinates>{lon},36"
        "</coordinates></Point></Placemark></Folder>"
        for name, lon in (("one", 37), ("two", 38))
    )
    path = tmp_path / "places.kml"
    path.write_text(
        f'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{folders}</Document></kml>',
        encoding="utf-8",
    )
    rows, problems = read_facilities(path)
    assert (rows["name"].tolist(), rows.geometry.x.tolist()) == (["one", "two"], [37, 38])
    assert problems["action"].unique().tolist() == [
        "Kept without a kind, and treated as sensitive."
    ]


def test_the_track_of_a_gpx_is_one_line(tmp_path):
    points = "".join(f'<trkpt lat="36.{n}" lon="37.{n}"/>' for n in range(3))
    path = tmp_path / "track.gpx"
    path.write_text(
        f'<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{points}</trkseg></trk></gpx>',
        encoding="utf-8",
    )
    rows, _ = read_roads(path)
    assert shapely.get_num_coordinates(rows.geometry.iloc[0]) == 3


# ---------------------------------------------------------------- broken geometries


def test_places_that_cannot_be_are_left_out_and_listed(tmp_path):
    shapes = [point(37, 95), point(0, 0), None, point(37, 36), {"type": "Point", "coordinates": []}]
    rows, problems = read_facilities(features(tmp_path / "a.geojson", shapes))
    assert rows["n"].tolist() == [4]
    left_out = problems[problems["action"] == "The row was left out."]
    assert left_out["row"].tolist() == [1, 2, 3, 5]
    assert problems["expected"].str.contains("lost coordinates").sum() == 1


def test_a_ring_left_open_is_closed_and_a_bow_tie_is_repaired(tmp_path):
    bow_tie = Polygon([(37, 36), (37.1, 36.1), (37.1, 36), (37, 36.1)])
    rows, problems = read_boundary(
        stored(ZONES.assign(geometry=[bow_tie, ZONES.geometry[1]]), tmp_path / "a.gpkg")
    )
    assert rows.geometry.is_valid.all()
    assert rows.geometry.iloc[0].area == pytest.approx(0.005)
    assert problems[["row", "action"]].to_numpy().tolist() == [[1, "Repaired."]]
    ring = {"type": "Polygon", "coordinates": [[[37, 36], [37.1, 36], [37.1, 36.1], [37, 36.1]]]}
    rows, _ = read_boundary(features(tmp_path / "b.geojson", [ring]))
    assert rows.geometry.iloc[0].area == pytest.approx(0.01)


def test_bytes_that_are_no_geometry_cost_their_own_row(tmp_path):
    path = stored(ZONES, tmp_path / "zones.parquet")
    table = pq.read_table(path)
    shapes = table.column("geometry").to_pylist()
    # An open ring of three points, and bytes that say nothing.
    open_ring = bytes.fromhex("010300000001000000" + "03000000") + np.array(
        [37, 36, 37.1, 36, 37.1, 36.1]
    ).tobytes()  # fmt: skip
    broken = pa.array([open_ring, b"\x01\x02", shapes[0], None], pa.binary())
    three = pa.table(
        {
            "name": ["ring", "nothing", "good", "none"],
            "population": [1, 2, 3, 4],
            "geometry": broken,
        }
    )
    pq.write_table(three.replace_schema_metadata(table.schema.metadata), path)
    rows, problems = read_population(path)
    assert rows["name"].tolist() == ["ring", "good"]
    assert rows.geometry.iloc[0].area == pytest.approx(0.005)
    assert problems.loc[problems["action"] == "The row was left out.", "row"].tolist() == [2, 4]


def test_a_geometry_that_gdal_cannot_draw_costs_its_own_row(tmp_path):
    path = stored(ZONES, tmp_path / "zones.gpkg")
    import sqlite3

    with sqlite3.connect(path) as book:
        blob = bytearray(book.execute("SELECT geom FROM zones WHERE fid=1").fetchone()[0])
        start = bytes(blob).index(bytes.fromhex("01030000000100000005000000"))
        # Two points make no ring.
        broken = (
            bytes(blob[:start])
            + bytes.fromhex("01030000000100000002000000")
            + bytes(blob[start + 13 : start + 45])
        )
        for trigger in book.execute(
            "SELECT name FROM sqlite_master WHERE type='trigger'"
        ).fetchall():
            book.execute(f'DROP TRIGGER "{trigger[0]}"')
        book.execute("UPDATE zones SET geom=? WHERE fid=1", (broken,))
    book.close()
    rows, problems = read_population(path)
    assert rows["name"].tolist() == ["شرق"]
    assert "The row was left out." in problems["action"].tolist()


def test_areas_among_roads_are_left_out_and_listed(tmp_path):
    mixed = pd.concat([ROADS, ZONES.iloc[:1]], ignore_index=True)
    rows, problems = read_roads(stored(mixed, tmp_path / "roads.geojson"))
    assert len(rows) == 2
    assert problems[["row", "given", "expected"]].to_numpy().tolist()[0] == [3, "Polygon", "lines"]


def test_areas_of_a_gazetteer_become_points_inside(tmp_path):
    rows, problems = read_table(stored(ZONES, tmp_path / "zones.geojson"), "gazetteer")
    assert rows.geometry.within(ZONES.geometry.set_axis(rows.index)).all()
    assert np.allclose(rows["lat"], rows.geometry.y)
    assert problems["action"].tolist() == ["A point inside each was taken."]


def test_heights_are_dropped_without_a_word(tmp_path):
    high = gpd.GeoDataFrame({"kind": ["clinic"]}, geometry=[Point(37, 36, 400)], crs="EPSG:4326")
    rows, problems = read_facilities(stored(high, tmp_path / "a.parquet"))
    assert not rows.has_z.any()
    assert problems.empty


# ---------------------------------------------------------------- files as a whole


@pytest.mark.parametrize("ending", [".gpkg", ".parquet", ".fgb", ".geojson", ".arrow"])
def test_a_torn_file_is_refused(tmp_path, ending):
    path = stored(ZONES, tmp_path / f"zones{ending}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(UnreadableFileError, match=r"zones.*damaged"):
        read_population(path)


def test_a_parquet_file_without_geometry_is_rows(tmp_path):
    path = tmp_path / "rows.parquet"
    pd.DataFrame({"lat": [36.0], "lon": [37.0], "people": [5]}).to_parquet(path)
    rows, _ = read_population(path)
    assert (rows.geometry.x.tolist(), rows["population"].tolist()) == ([37], [5])


def test_lists_in_cells_become_text(tmp_path):
    path = features(tmp_path / "a.geojson", [point(37, 36)])
    content = json.loads(path.read_text(encoding="utf-8"))
    content["features"][0]["properties"]["tags"] = ["a", "b"]
    path.write_text(json.dumps(content), encoding="utf-8")
    assert read_facilities(path)[0]["tags"].tolist()[0].replace(" ", "") == '["a","b"]'


def test_what_gdal_complains_of_is_listed(tmp_path):
    path = features(
        tmp_path / "a.geojson", [point(37, 36), {"type": "Point", "coordinates": ["x", "y"]}]
    )
    rows, problems = read_facilities(path)
    assert rows["n"].tolist() == [1]
    assert 2 in problems["row"].tolist()


def test_points_without_coordinates_are_refused(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(MissingColumnError, match=r"rows\.csv: no column was found for lat, lon"):
        read_points(path)


def test_points_without_a_place_stay(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,lat,lon\n1,36,37\n2,,\n3,95,37\n4,36,\n", encoding="utf-8")
    rows, problems = read_points(path)
    assert rows["a"].tolist() == ["1", "2", "3", "4"]
    assert rows.geometry.notna().tolist() == [True, False, False, False]
    assert problems["row"].tolist() == [3, 4, 5]


def test_rows_are_given_as_they_stand(tmp_path):
    rows, problems = read_rows(stored(ROADS, tmp_path / "roads.geojson"))
    assert rows.columns.tolist() == ["highway", "name:ar", "geometry"]
    assert problems.empty


def test_a_json_list_is_rows(tmp_path):
    path = tmp_path / "places.json"
    places = [
        {"id": "a", "name": {"en": "Idlib", "ar": "إدلب"}, "aliases": [{"value": "Edlib"}, {"value": "ادلب"}],
         "centroid": {"latitude": 35.9, "longitude": 36.6}, "externalIds": {"ochaPcode": "SY07"}, "parts": [{"x": 1}]},
        {"id": "b", "name": {"en": "Nowhere"}, "centroid": None, "population": {"value": 5}},
    ]  # fmt: skip
    path.write_text(json.dumps(places), encoding="utf-8")
    rows, problems = read_table(path, "gazetteer")
    assert rows[["id", "name_ar", "names", "level", "parts"]].to_numpy().tolist() == [
        ["a", "إدلب", "Edlib|ادلب", "admin1", '[{"x": 1}]']
    ]
    assert problems["row"].tolist() == [2]


@pytest.mark.parametrize(("content", "message"), [("[1, 2]", "no row in it"), ("[{", "damaged")])
def test_another_json_is_refused(tmp_path, content, message):
    path = tmp_path / "places.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=message):
        read_table(path, "gazetteer")


def test_a_shapefile_without_attributes_is_only_shapes(tmp_path):
    path = stored(ROADS, tmp_path / "roads.shp")
    for ending in (".dbf", ".cpg"):
        path.with_suffix(ending).unlink()
    rows, _ = read_roads(path)
    assert shapely.length(rows.geometry).round(6).tolist() == [0.1, 0.1]


def test_bytes_in_cells_become_text(tmp_path):
    path = tmp_path / "rows.parquet"
    pd.DataFrame({"lat": [36.0], "lon": [37.0], "people": [5], "note": [b"x"]}).to_parquet(path)
    assert read_population(path)[0]["note"].tolist() == ["x"]


def test_a_layer_without_geometry_is_rows(tmp_path):
    import pyogrio

    path = tmp_path / "rows.gpkg"
    pyogrio.write_dataframe(pd.DataFrame({"lat": [36.0], "lon": [37.0], "people": [5]}), path)
    assert read_population(path)[0]["population"].tolist() == [5]


@pytest.mark.parametrize(
    "ending", [".csv", ".xlsx", ".gpkg", ".geojson", ".parquet", ".fgb", ".kml", ".json"]
)
def test_what_is_written_is_read_again(tmp_path, ending):
    from geosector.sources import read_incidents
    from geosector.storage import write_table

    given = pd.DataFrame(
        {"id": ["1", "02"], "kind": ["fire", "attack"], "date": ["2024-04", "2024-04-16"], "locality": ["إدلب", "=cmd()"],
         "lat": ["36", "95"], "lon": ["37", "37"], "killed_man": ["1", None], "narrative": ["a\nb", "{{7*7}}"]}
    )  # fmt: skip
    given.to_csv(tmp_path / "given.csv", index=False)
    first, listed = read_incidents(tmp_path / "given.csv")
    assert listed["given"].tolist() == ["95"]
    write_table(first, tmp_path / f"rows{ending}")
    again, problems = read_incidents(tmp_path / f"rows{ending}")
    assert problems.empty
    assert again.columns.tolist() == first.columns.tolist()
    for column in first.columns:
        assert again[column].isna().tolist() == first[column].isna().tolist()
        assert again[column].dropna().tolist() == first[column].dropna().tolist()


def test_a_feature_that_is_passed_over_is_listed(tmp_path):
    path = features(tmp_path / "a.geojson", [point(37, 36), point(37, 36), point(38, 36)])
    path.write_text(
        path.read_text(encoding="utf-8").replace('"Feature"', '"Faeture"', 1), encoding="utf-8"
    )
    rows, problems = read_facilities(path)
    assert rows.index.tolist() == [2, 3]
    assert problems[["row", "action"]].to_numpy().tolist() == [[1, "The row was left out."]]


@pytest.mark.parametrize("ending", [".geojson", ".gpkg", ".fgb"])
def test_a_word_in_another_encoding_costs_nothing(tmp_path, ending):
    zones = ZONES.assign(name=["غربXY", "شرق"])
    path = stored(zones, tmp_path / f"zones{ending}")
    path.write_bytes(path.read_bytes().replace("غربXY".encode(), b"\xdb\xd1\xc8XYzab"[:8]))
    rows, problems = read_population(path)
    assert sorted(rows["name"]) == ["شرق", "غربXYzab"]
    assert problems[["given", "action"]].to_numpy().tolist() == [
        ["غربXYzab", "Read as Windows-1256."]
    ]


def test_features_that_cannot_be_told_apart_are_counted(tmp_path):
    from geosector.sources.files import open_source
    from geosector.sources.vector import _feature_numbers

    source = open_source(features(tmp_path / "a.geojson", [point(37, 36), point(38, 36)]))
    numbers, problems = _feature_numbers(source, pd.DataFrame(index=[0]))
    assert (list(numbers), [problem.given for problem in problems]) == ([1], ["1 of 2 features"])


@pytest.mark.parametrize("facts", ["{}", "["])
def test_a_parquet_file_whose_geometry_says_nothing_of_itself_is_refused(tmp_path, facts):
    path = stored(ZONES, tmp_path / "zones.parquet")
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({"geo": facts}), path)
    with pytest.raises(MissingCRSError, match="no coordinate system"):
        read_population(path)
    assert len(read_population(path, crs="EPSG:4326")[0]) == len(ZONES)


def test_geojson_in_a_system_that_nobody_knows_is_refused(tmp_path):
    file = stored(ROADS, tmp_path / "roads.geojson")
    known = json.loads(file.read_text(encoding="utf-8"))
    for system in ("EPSG:999999", "urn:of:our:own"):
        stated = {"type": "name", "properties": {"name": system}}
        file.write_text(json.dumps({"type": known["type"], "crs": stated, **known}
                                   | {"crs": stated}), encoding="utf-8")  # fmt: skip
        with pytest.raises(MissingCRSError, match="none is guessed"):
            read_roads(file)
        assert len(read_roads(file, crs="EPSG:4326")[0]) == 2


def test_a_layout_without_a_sector_is_refused(tmp_path):
    file = stored(ZONES.assign(sector_id=["A1", "A2"]), tmp_path / "zones.gpkg")
    with pytest.raises(InputError, match=r"it has no sector\. Each needs an area and a whole"):
        read_sectors(file)


def test_a_damaged_layout_is_refused_when_its_tables_are_looked_for(tmp_path):
    file = tmp_path / "layout.gpkg"
    file.write_bytes(b"SQLite format 3\x00" + bytes(2000))
    with pytest.raises(UnreadableFileError, match="damaged or not what its name says"):
        read_tables(file)


def test_half_letters_in_json_are_written_as_unknown(tmp_path):
    file = tmp_path / "rows.json"
    file.write_text('[{"name": "\\ud800x", "tags": ["\\udfff"], "lat": 36, "lon": 37}]')
    rows, _ = read_points(file)
    assert rows[["name", "tags"]].iloc[0].tolist() == ["\ufffdx", "\ufffd"]
