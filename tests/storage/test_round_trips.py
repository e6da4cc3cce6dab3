"""What is written is read back the same, in every format; what a format cannot carry is told."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from geosector import storage, tables
from geosector.errors import InputError
from geosector.sources import read_table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "files.md"
SHAPES = {
    "point": [Point(37.123456789, 36.1), Point(37.2, 36.987654321), Point(37.05, 36.05)],
    "line": [LineString([(37, 36), (37.1, 36.123456789)])] * 3,
    "polygon": [box(37, 36, 37.1, 36.1), box(37.1, 36, 37.2, 36.1), box(37.2, 36, 37.3, 36.1)],
}
SHAPES["any"] = SHAPES["point"]
NAMES = {"name_ar": "ملجأ «الأمل»", "name_kmr": "Stargeha Hêvî", "name_ckb": "پەناگەی هیوا"}
DATES = ["2024-04-16 08:30", "2024-04-16", "2023-12-31"]
FILLED_IN = {"kind", "name", "precision_m"}  # by readers, where they are missing
PRECISIONS = ["minute", "day", "day"]


def cell(column: tables.Column, at: int, needed: set[str]) -> object:
    """Make a synthetic cell; of the third row only what it cannot do without."""
    if column.name == "id":
        return ["007", "0012345678901234567", "٠٠٧"][at]
    if column.name == "date_precision":
        return PRECISIONS[at]
    if column.type == "date":
        return pd.Timestamp(DATES[at])
    if at == 2 and not column.required and column.name not in needed | FILLED_IN:
        return None
    if column.values:  # noqa: PD011 - a field of Column, not of pandas
        return list(column.values)[at % len(column.values)]
    least = max(column.minimum or 0, 0)
    kinds = {"integer": int(least) + at + 1, "number": least + 0.25 + at / 8, "flag": at == 0}
    words = NAMES.get(column.name, ["شارع القوتلي", "Kolana Şêx", "x"][at])
    return kinds.get(column.type, {"list": "road;home", "json": "[]"}.get(column.type, words))


def synthetic(name: str) -> gpd.GeoDataFrame:
    columns = [c for c in tables.table(name).columns.values() if c.name not in {"lat", "lon"}]
    needed = set(tables.table(name).needs_one_of[:1])
    rows = {column.name: [cell(column, at, needed) for at in range(3)] for column in columns}
    return gpd.GeoDataFrame(rows, geometry=SHAPES[tables.table(name).geometry], crs="EPSG:4326")


def words(column: pd.Series) -> list[str]:
    """Write cells so that a whole number is the same as an integer and as a decimal."""
    return [
        ""
        if pd.isna(cell)
        else str(float(cell))
        if isinstance(cell, int | float | np.number) and not isinstance(cell, bool | np.bool_)
        else str(cell)
        for cell in column.astype(object)
    ]


def farthest(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> float:
    return shapely.hausdorff_distance(one.geometry.to_numpy(), other.geometry.to_numpy()).max()


CASES = [
    (name, suffix)
    for name in tables.table_names()
    for suffix in storage.TABLE_FORMATS
    if suffix != ".gpx" or tables.table(name).geometry != "polygon"
]


@pytest.mark.parametrize(("name", "suffix"), CASES)
def test_a_table_comes_back_with_names_dates_precision_numbers_and_system(tmp_path, name, suffix):
    table = synthetic(name)
    storage.write_table(table, tmp_path / f"a{suffix}", layer=name)
    read, problems = read_table(tmp_path / f"a{suffix}", name)
    assert set(problems["given"]) <= {""}  # what the third row lacks
    written = table.drop(columns="geometry").dropna(axis="columns", how="all")
    assert {column: words(read[column]) for column in written} == {
        column: words(written[column]) for column in written
    }
    assert read.crs.to_epsg() == 4326
    assert farthest(table, read) < 1e-9


@pytest.mark.parametrize("suffix", storage.TABLE_FORMATS)
def test_metres_come_back_as_the_degrees_that_they_are(tmp_path, suffix):
    table = synthetic("facilities")
    storage.write_table(table.to_crs("EPSG:32637"), tmp_path / f"a{suffix}")
    read, _ = read_table(tmp_path / f"a{suffix}", "facilities")
    assert farthest(table, read) < 1e-8


# ------------------------------------------------------------------ stated losses


def test_the_page_on_files_tells_the_losses_of_every_format():
    told = PAGE.read_text(encoding="utf-8")
    rows = [line for line in told.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in storage.TABLE_FORMATS if f"`{name}`" in row} == set(
        storage.TABLE_FORMATS
    )


def test_gpx_refuses_areas(tmp_path):
    with pytest.raises(InputError, match="GPX takes points or lines"):
        storage.write_table(synthetic("sectors"), tmp_path / "a.gpx")


@pytest.mark.parametrize(("suffix", "has_height"), [(".csv", False), (".xlsx", False)])
def test_sheets_lose_the_height_of_points(tmp_path, suffix, has_height):
    table = gpd.GeoDataFrame({"kind": ["shelter"]}, geometry=[Point(37, 36, 400)], crs=4326)
    storage.write_table(table, tmp_path / f"a{suffix}")
    read, _ = read_table(tmp_path / f"a{suffix}", "facilities")
    assert read.geometry.has_z.tolist() == [has_height]


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [(".gpkg", "MultiPolygon"), (".fgb", "MultiPolygon"), (".geojson", "Polygon")],
)
def test_areas_of_a_layer_become_multi_part_where_the_format_states_one_kind(
    tmp_path, suffix, kind
):
    storage.write_table(synthetic("sectors"), tmp_path / f"a{suffix}", layer="sectors")
    read, _ = read_table(tmp_path / f"a{suffix}", "sectors")
    assert set(read.geometry.geom_type) == {kind}


def test_a_number_that_a_sheet_would_shorten_comes_back_as_the_text_it_became(tmp_path):
    storage.write_table(pd.DataFrame({"id": [10**17 + 1]}), tmp_path / "a.xlsx")
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").active["A2"].value == str(10**17 + 1)


def test_a_system_beside_written_shapes_is_taken_where_it_is_one_and_known(tmp_path):
    sectors = pd.DataFrame(
        {"sector_id": [1, 2], "geometry": ["POLYGON ((0 0, 9 0, 9 9, 0 0))"] * 2, "crs": ""}
    )
    for stated in (["EPSG:4326", "EPSG:32637"], ["somewhere"] * 2, [None] * 2):
        storage.write_table(sectors.assign(crs=stated), tmp_path / "a.csv")
        with pytest.raises(InputError, match="has no coordinate system"):
            read_table(tmp_path / "a.csv", "sectors")
    storage.write_table(sectors.assign(crs=["EPSG:4326", None]), tmp_path / "a.csv")
    read, _ = read_table(tmp_path / "a.csv", "sectors")
    assert (read.crs.to_epsg(), "crs" in read) == (4326, False)
