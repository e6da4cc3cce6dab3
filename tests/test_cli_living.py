"""The round trip of a layout through files: divide, edit, adopt, divide anew."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from geosector import compare_layouts, read_layout, sample, storage
from geosector.cli import main
from geosector.errors import GeosectorError, UnreadableFileError
from geosector.sources import read_areas

TOWN = {name: str(sample.sample_path(name)) for name in ("boundary", "roads", "population")}
DIVIDE = ["sectors", "--boundary", TOWN["boundary"], "--roads", TOWN["roads"]]
DIVIDE += ["--population", TOWN["population"], "--count", "8", "--iterations", "20"]


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("layout") / "town.gpkg"
    assert main([*DIVIDE, "--valid-from", "2026-01-01", "--out", str(out)]) == 0
    return out


def layer_bytes(path: Path, layer: str) -> bytes:
    return gpd.read_file(path, layer=layer).to_json().encode()


def test_a_layout_holds_all_that_is_needed_to_go_on(layout: Path) -> None:
    layers, problems = read_layout(layout)
    assert [*layers] == ["sectors", "borders", "blocks", "block_borders", "summary"]
    assert layers["summary"]["valid_from"] == "2026-01-01"
    assert problems.empty
    beside = json.loads(layout.with_suffix(".json").read_text(encoding="utf-8"))
    assert layers["summary"].items() <= beside.items()


def test_an_unedited_layout_is_adopted_byte_for_byte(layout: Path, tmp_path: Path) -> None:
    before = layout.read_bytes()
    edited, out = tmp_path / "edited.gpkg", tmp_path / "new.gpkg"
    edited.write_bytes(before)
    assert main(["adopt", str(edited), "--blocks", str(layout), "--out", str(out)]) == 0
    assert layout.read_bytes() == before
    for layer in ("sectors", "borders", "blocks", "block_borders"):
        assert layer_bytes(out, layer) == layer_bytes(layout, layer)
    assert json.loads(out.with_suffix(".json").read_text("utf-8"))["version"] == 2
    assert pd.read_csv(tmp_path / "problems.csv").empty
    one = storage_of(layout, tmp_path / "one.gpkg")
    assert one == storage_of(out, tmp_path / "two.gpkg")


def storage_of(layout: Path, out: Path) -> bytes:
    """Write the layer of sectors alone, to compare files byte by byte."""
    storage.write_layers({"sectors": gpd.read_file(layout, layer="sectors")}, out)
    return out.read_bytes()


@pytest.mark.parametrize("borders", ["snap", "keep"])
def test_an_edited_layout_is_adopted_with_what_was_decided(
    layout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], borders: str
) -> None:
    sectors = gpd.read_file(layout, layer="sectors")
    west, south, east, north = sectors.geometry[0].bounds
    # Sector 1 loses a corner that nobody takes; sector 8 loses its number.
    corner = box(west, south, (west + east) / 2, (south + north) / 2)
    sectors.loc[0, "geometry"] = sectors.geometry[0].difference(corner)
    words = sectors["sector_id"].astype(object).replace(8, None)
    edited, out = tmp_path / "edited.geojson", tmp_path / "new.gpkg"
    sectors.assign(sector_id=words).rename(columns={"sector_id": "رقم القطاع"}).to_file(edited)
    command = ["adopt", str(edited), "--blocks", str(layout), "--borders", borders]
    assert main([*command, "--out", str(out), "--lang", "en"]) == 0
    layers, _ = read_layout(out)
    assert sorted(layers["sectors"]["sector_id"]) == list(range(1, 9))
    assert (
        layers["blocks"]["population"].sum() == read_layout(layout)[0]["blocks"]["population"].sum()
    )
    problems = pd.read_csv(tmp_path / "problems.csv")
    assert problems["given"].str.startswith("a gap of").any()
    assert "change sector" in capsys.readouterr().out
    moved = layers["summary"]["adopted"]["people_moved"]
    assert compare_layouts(read_layout(layout)[0], layers).summary["people_moved"] <= moved


def test_the_old_file_is_never_overwritten(
    layout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = layout.read_bytes()
    words = ["adopt", str(layout), "--blocks", str(layout), "--out", str(layout)]
    assert main([*words, "--lang", "en"]) == 2
    assert "would be replaced" in capsys.readouterr().err
    assert main([*DIVIDE, "--previous", str(layout), "--out", str(layout)]) == 2
    assert layout.read_bytes() == before


def test_a_city_is_divided_anew_from_its_layout(
    layout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new.gpkg"
    # So dear that no cheaper border is worth a move.
    words = [*DIVIDE, "--previous", str(layout), "--move-price", "100", "--lang", "en"]
    assert main([*words, "--out", str(out)]) == 0
    assert "0 people (0.0%) change sector; at 100.00 m" in capsys.readouterr().out
    assert layer_bytes(out, "sectors") == layer_bytes(layout, "sectors")
    told = json.loads(out.with_suffix(".json").read_text("utf-8"))
    assert told["version"] == 2
    assert told["previous"]["sectors_kept"] == 8


def test_pins_are_read_from_a_file_and_told(layout: Path, tmp_path: Path) -> None:
    sectors = gpd.read_file(layout, layer="sectors").sort_values("sector_id")
    spot = sectors.head(1).assign(geometry=sectors.representative_point(), name="Camp")
    pins = tmp_path / "pins.geojson"
    spot[["sector_id", "name", "geometry"]].to_file(pins)
    out = tmp_path / "new.gpkg"
    words = [*DIVIDE, "--previous", str(layout), "--pin", str(pins), "--out", str(out)]
    assert main(words) == 0
    (pin,) = json.loads(out.with_suffix(".json").read_text("utf-8"))["pins"]
    assert (pin["names"], pin["sector_id"]) == (["Camp"], 1)


def test_what_is_no_layout_is_refused_in_one_sentence(
    tmp_path: Path, layout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["adopt", str(layout), "--blocks", TOWN["boundary"], "--lang", "en"]
    assert main([*words, "--out", str(tmp_path / "x.gpkg")]) == 2
    assert "has no layer 'blocks'" in capsys.readouterr().err


def test_a_damaged_layout_is_refused(layout: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gpkg"
    broken.write_bytes(layout.read_bytes()[:5000])
    with pytest.raises(GeosectorError):
        read_layout(broken)
    layers, _ = read_layout(layout)
    odd = {"blocks": layers["blocks"], "layout": pd.DataFrame({"summary": ["no JSON"]})}
    storage.write_layers(odd, tmp_path / "odd.gpkg")
    with pytest.raises(UnreadableFileError):
        read_layout(tmp_path / "odd.gpkg")


def test_areas_keep_rows_whose_number_is_missing(tmp_path: Path) -> None:
    drawn = gpd.GeoDataFrame(
        {"Sector": ["1", None], "note": ["a", "b"]}, geometry=[box(30, 33, 31, 34)] * 2, crs=4326
    )
    drawn.to_file(tmp_path / "a.geojson")
    rows, problems = read_areas(tmp_path / "a.geojson")
    assert rows["sector_id"].fillna("").tolist() == ["1", ""]
    assert rows.crs.to_epsg() == 4326
    assert problems.empty
    pd.DataFrame({"sector_id": [1]}).to_csv(tmp_path / "b.csv", index=False)
    with pytest.raises(GeosectorError, match="geometry"):
        read_areas(tmp_path / "b.csv")
    assert np.isfinite(rows.total_bounds).all()
