"""Files of the humanitarian data exchanges: synthetic, with the columns that theirs have.

- Kontur Population: GeoPackage of hexagons, ``fid, h3, population, geom``, by the codebook on
  data.humdata.org/dataset/kontur-population-dataset.
- UNOSAT, comprehensive damage assessment: one point for each building and one pair of columns for
  each pass, ``SensorDate``, ``Main_Damage_Site_Class``, then ``SensorDate_2`` and so on (its
  geodatabase of the Gaza Strip on data.humdata.org; shapefiles cut names after ten letters).
- COD-AB of OCHA: ``ADM1_PCODE`` …, each beginning with that of the unit above (cod.unocha.org).
- WorldPop: GeoTIFF, one band of people in each cell of 3 seconds, EPSG:4326 (worldpop.org).
"""

from __future__ import annotations

import gzip
import warnings
import zipfile

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import Point, box

from geosector.errors import UnreadableFileError
from geosector.sources import (
    read_gazetteer,
    read_incidents,
    read_points,
    read_population,
    read_tables,
)


def hexagon(x: float, y: float, size: float = 400) -> shapely.Polygon:
    turns = np.radians(np.arange(30, 390, 60))
    return shapely.Polygon(np.column_stack([x + size * np.cos(turns), y + size * np.sin(turns)]))


def test_hexagons_of_kontur_are_people_with_their_own_ids(tmp_path):
    cells = gpd.GeoDataFrame(
        {"h3": ["882da6d9b1fffff", "882da6d9b3fffff"], "population": [12.0, 40.0]},
        geometry=[hexagon(4_141_000, 4_318_000), hexagon(4_142_000, 4_318_000)],
        crs="EPSG:3857",
    )
    cells.to_file(tmp_path / "kontur.gpkg", layer="population")
    rows, problems = read_population(tmp_path / "kontur.gpkg")
    assert rows["id"].tolist() == cells["h3"].tolist()
    assert rows["population"].tolist() == [12, 40]
    assert rows.crs.to_epsg() == 4326
    assert problems.empty


def test_cells_of_worldpop_are_people(tmp_path):
    rasterio = pytest.importorskip("rasterio")
    path = tmp_path / "syr_ppp_synthetic.tif"
    step = 3 / 3600
    with rasterio.open(
        path, "w", driver="GTiff", width=2, height=1, count=1, dtype="float32", nodata=-99999,
        crs="EPSG:4326", transform=rasterio.Affine(step, 0, 37.2, 0, -step, 36.1),
    ) as file:  # fmt: skip
        file.write(np.array([[[3.5, -99999]]], dtype="float32"))
    rows, problems = read_population(path)
    assert rows["population"].tolist() == [3.5]
    assert problems.empty


@pytest.mark.parametrize("ending", ["gpkg", "shp"])
def test_damage_points_of_unosat_are_points_with_their_classes_and_no_person(tmp_path, ending):
    points = gpd.GeoDataFrame(
        {"SiteID": [7, 8], "SensorDate": ["2024-04-01", "2024-04-01"],
         "Main_Damage_Site_Class": [1, 3], "StaffID": ["a", "b"]},
        geometry=[Point(37.2, 36.1), Point(37.21, 36.11)], crs="EPSG:4326",
    )  # fmt: skip
    path = tmp_path / f"damage_synthetic.{ending}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name of more than ten letters
        points.to_file(path)
    rows, problems = read_points(path)
    assert rows["SiteID"].tolist() == [7, 8]
    assert rows[f"{'Main_Damage_Site_Class'[: 10 if ending == 'shp' else None]}"].tolist() == [1, 3]
    assert "StaffID" not in rows.columns
    assert problems["column"].tolist() == ["StaffID"]


def units(codes: list[str]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"ADM1_EN": ["North"] * 2, "ADM1_PCODE": ["SY02"] * 2, "ADM2_EN": ["West", "East"],
         "ADM2_PCODE": codes},
        geometry=[box(37, 36, 37.1, 36.1), box(37.1, 36, 37.2, 36.1)], crs="EPSG:4326",
    )  # fmt: skip


def test_units_of_ocha_keep_their_codes(tmp_path):
    units(["SY0200", "SY0201"]).to_file(tmp_path / "cod.gpkg")
    rows, problems = read_gazetteer(tmp_path / "cod.gpkg")
    assert rows["pcode"].tolist() == ["SY0200", "SY0201"]
    assert rows["admin1_pcode"].tolist() == ["SY02", "SY02"]
    assert not problems["expected"].str.contains("p-code").any()


def test_a_code_that_does_not_begin_with_that_of_its_unit_is_listed(tmp_path):
    units(["SY0200", "SY0301"]).to_file(tmp_path / "cod.gpkg")
    rows, problems = read_gazetteer(tmp_path / "cod.gpkg")
    told = problems[problems["column"] == "ADM2_PCODE"]
    assert told[["row", "given"]].to_numpy().tolist() == [[2, "SY0301"]]
    assert rows["pcode"].tolist() == ["SY0200", "SY0301"]


# ---------------------------------------------------------------- as they are sent


def levels(path, **layers):
    for layer, frame in layers.items():
        frame.to_file(path, layer=layer)
    return path


def newer_units(**more):
    """Make units under the names that COD-AB has had since 2024."""
    return gpd.GeoDataFrame(
        {"adm1_name": ["North"] * 2, "adm1_pcode": ["SY01"] * 2,
         "adm2_name": ["West", "East"], "adm2_name1": ["غرب", "شرق"],
         "adm2_pcode": ["SY0100", "SY0101"], "lang": ["en"] * 2, "lang1": ["ar"] * 2,
         "valid_on": ["2021-01-01"] * 2, "area_sqkm": [1.0, 2.0]} | more,
        geometry=[box(37, 36, 37.1, 36.1), box(37.1, 36, 37.2, 36.1)], crs="EPSG:4326",
    )  # fmt: skip


def test_the_newer_names_of_units_are_read(tmp_path):
    newer_units().to_file(tmp_path / "cod.geojson")
    rows, problems = read_gazetteer(tmp_path / "cod.geojson")
    assert rows[["name", "name_ar", "pcode", "level", "admin1"]].to_numpy().tolist() == [
        ["West", "غرب", "SY0100", "admin2", "North"],
        ["East", "شرق", "SY0101", "admin2", "North"],
    ]
    assert {"valid_on", "area_sqkm"} <= set(rows.columns)
    assert problems.empty


def test_the_language_of_a_name_is_the_one_that_the_file_states(tmp_path):
    french = newer_units(adm2_name=["Ouest", "Est"], lang=["fr"] * 2,
                         adm2_name1=["West", "East"], lang1=["en"] * 2)  # fmt: skip
    french.to_file(tmp_path / "cod.geojson")
    rows, _ = read_gazetteer(tmp_path / "cod.geojson")
    assert rows[["name", "names"]].to_numpy().tolist() == [["West", "Ouest"], ["East", "Est"]]


def test_lines_between_units_are_no_places_and_points_of_units_no_second_ones(tmp_path):
    lines = gpd.GeoDataFrame({"left_pcod": ["SY0100"], "name": ["x"]},
                             geometry=[shapely.LineString([(37.1, 36), (37.1, 36.1)])],
                             crs="EPSG:4326")  # fmt: skip
    dots = newer_units().drop(columns=["adm1_name"])
    dots["geometry"] = shapely.point_on_surface(dots.geometry.to_numpy())
    path = levels(tmp_path / "cod.gpkg", syr_admin2=newer_units(), syr_adminlines=lines,
                  syr_adminpoints=dots)  # fmt: skip
    rows, problems = read_gazetteer(path)
    assert rows["pcode"].tolist() == ["SY0100", "SY0101"]
    assert rows.index.tolist() == [1, 2]
    assert {"syr_adminlines", "2 units that an earlier layer has"} <= set(problems["given"])


def test_layers_without_codes_are_all_read(tmp_path):
    named = [
        gpd.GeoDataFrame({"name": [name]}, geometry=[Point(37, 36)], crs="EPSG:4326")
        for name in ("Bayt Nur", "Tell Nur")
    ]
    rows, _ = read_gazetteer(levels(tmp_path / "two.gpkg", a=named[0], b=named[1]))
    assert rows["name"].tolist() == ["Bayt Nur", "Tell Nur"]


def test_people_of_kontur_are_read_as_they_are_sent(tmp_path):
    cells = gpd.GeoDataFrame(
        {"h3": ["882da6d9b1fffff"], "population": [12.0]},
        geometry=[hexagon(4_141_000, 4_318_000)], crs="EPSG:3857",
    )  # fmt: skip
    cells.to_file(tmp_path / "kontur.gpkg", layer="population")
    sent = tmp_path / "kontur_population_SY.gpkg.gz"
    sent.write_bytes(gzip.compress((tmp_path / "kontur.gpkg").read_bytes(), mtime=0))
    rows, problems = read_population(sent)
    assert rows["population"].tolist() == [12]
    assert problems.empty
    assert list(read_tables(sent, "population")) == ["population"]


def test_a_gzip_that_would_unpack_to_too_much_is_refused(tmp_path):
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(bytes(40 * 1024**2)))
    with pytest.raises(UnreadableFileError, match="not safe to open"):
        read_population(tmp_path / "bomb.csv.gz")


@pytest.mark.parametrize("cut", [3, 40])
def test_a_gzip_that_is_cut_is_called_damaged(tmp_path, cut):
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"lat,lon,people\n36,37,1\n" * 9)[:cut])
    with pytest.raises(UnreadableFileError, match="gzip"):
        read_population(tmp_path / "cut.csv.gz")


def test_a_geodatabase_in_an_archive_is_read(tmp_path):
    folder = tmp_path / "SYN_damage.gdb"
    gpd.GeoDataFrame(
        {"SensorDate": ["2024-04-01"], "Main_Damage_Site_Class": np.array([2], "int32")},
        geometry=[Point(37.2, 36.1)], crs="EPSG:4326",
    ).to_file(folder, driver="OpenFileGDB", layer="Damage_Sites")  # fmt: skip
    with zipfile.ZipFile(tmp_path / "damage.gdb.zip", "w") as archive:
        for part in sorted(folder.iterdir()):
            archive.write(part, f"SYN_damage.gdb/{part.name}")
    rows, _ = read_incidents(tmp_path / "damage.gdb.zip")
    assert rows["damage_class"].tolist() == ["severe"]


def test_whole_numbers_at_their_end_are_no_people(tmp_path):
    rasterio = pytest.importorskip("rasterio")
    path = tmp_path / "syr_ppp_synthetic.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=3, height=1, count=1, dtype="uint16", crs="EPSG:4326",
        transform=rasterio.Affine(3 / 3600, 0, 37.2, 0, -3 / 3600, 36.1),
    ) as file:  # fmt: skip
        file.write(np.array([[[7, 65535, 0]]], dtype="uint16"))
    rows, problems = read_population(path)
    assert rows["population"].tolist() == [7]
    assert problems["given"].tolist() == ["1 cells such as 65535"]
