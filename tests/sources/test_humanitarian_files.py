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

import warnings

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import Point, box

from geosector.sources import read_gazetteer, read_points, read_population


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
