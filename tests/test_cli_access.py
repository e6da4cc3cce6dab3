"""``geosector access``: what it writes, prints and refuses, on the sample town."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from geosector import sample
from geosector.cli import main

TOWN = {name: str(sample.sample_path(name)) for name in sample.FILES}
LAYERS = ("blocks", "sectors", "service_areas", "cut_off", "critical", "routes", "reach", "access")


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a layout of the sample town, made once."""
    out = tmp_path_factory.mktemp("layout") / "town.gpkg"
    words = ["sectors", "--boundary", TOWN["boundary"], "--roads", TOWN["roads"]]
    words += ["--population", TOWN["population"], "--count", "3", "--iterations", "5"]
    assert main([*words, "--out", str(out)]) == 0
    return out


def access(layout: Path, out: Path, *options: object) -> int:
    words = ["access", "--roads", TOWN["roads"], "--facilities", TOWN["facilities"]]
    words += ["--sectors", str(layout), "--date", "2024-05-01", "--lang", "en"]
    return main([*words, *map(str, options), "--out", str(out)])


def layer(out: Path, name: str) -> gpd.GeoDataFrame | pd.DataFrame:
    return gpd.read_file(out, layer=name)


def summary(out: Path) -> dict:
    return json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))


def places(folder: Path, name: str, *shapes: object, **columns: object) -> Path:
    """Write synthetic places."""
    file = folder / f"{name}.geojson"
    gpd.GeoDataFrame(columns, geometry=list(shapes), crs=4326).to_file(file)
    return file


def test_every_table_is_a_layer_with_a_style_and_the_file_is_stamped(layout, tmp_path, capsys):
    out = tmp_path / "access.gpkg"
    gate = places(tmp_path, "gates", Point(38.0, 35.312), id=["north"])
    assert access(layout, out, "--exits", gate) == 0
    with closing(sqlite3.connect(out)) as opened:
        names = {name for (name,) in opened.execute("select table_name from gpkg_contents")}
        styled = {name for (name,) in opened.execute("select f_table_name from layer_styles")}
        told = opened.execute("select description from gpkg_contents").fetchall()
    assert set(LAYERS) <= names
    assert styled == {"blocks", "sectors", "service_areas", "cut_off", "critical", "routes"}
    assert all("Internal" in line for (line,) in told)
    printed = capsys.readouterr().out
    assert "within_share" in printed
    assert "of 40,000 people are cut off." in printed
    assert "safe" not in printed.lower()
    figures = summary(out)
    assert (figures["audience"], figures["mode"], figures["day"]) == (
        "internal", "walk", "2024-05-01",
    )  # fmt: skip
    assert set(layer(out, "routes")["sector_id"]) == {1, 2, 3}


def test_the_figures_of_the_layers_and_the_summary_agree(layout, tmp_path):
    out = tmp_path / "access.gpkg"
    assert access(layout, out, "--minutes", "5,10") == 0
    told, reach = layer(out, "access"), layer(out, "reach")
    assert sorted(set(told["minutes"])) == [5, 10]
    for one in summary(out)["access"]:
        own = told[(told["kind"] == one["kind"]) & (told["minutes"] == one["minutes"])]
        near = reach[(reach["kind"] == one["kind"]) & (reach["minutes"] <= one["minutes"])]
        assert one["within"] == own["within"].sum() == near["population"].sum()
        assert one["people"] == 40_000


def test_closures_of_every_shape_and_state_count(layout, tmp_path, capsys):
    shut = places(
        tmp_path, "closed", LineString([(38.0, 35.28), (38.0, 35.302)]),
        box(37.985, 35.295, 37.99, 35.3), Point(38.9, 35.9), state=["closed", "damaged", None],
    )  # fmt: skip
    plain, cut = tmp_path / "plain.gpkg", tmp_path / "cut.gpkg"
    assert access(layout, plain) == 0
    assert access(layout, cut, "--closed", shut) == 0
    figures = summary(cut)
    assert figures["closed_stretches"] > 0
    assert figures["damaged_stretches"] > 0
    assert figures["cut_off_people"] >= summary(plain)["cut_off_people"]
    told = pd.read_csv(tmp_path / "problems.csv")
    assert told[["file", "row", "action"]].to_numpy().tolist() == [
        ["closures", 3, "closes nothing"]
    ]
    assert "1 problem in the input" in capsys.readouterr().err


def test_kinds_and_count_are_those_asked_for(layout, tmp_path):
    out = tmp_path / "access.gpkg"
    assert access(layout, out, "--kinds", "shelter,fire_station", "--count", "3") == 0
    reach = layer(out, "reach")
    assert set(reach["kind"]) == {"shelter", "fire_station"}
    assert set(reach["rank"]) == {1, 2, 3}
    assert "fire_station_minutes" in layer(out, "blocks").columns


def test_driving_is_quicker_than_walking(layout, tmp_path):
    walk, drive = tmp_path / "walk.gpkg", tmp_path / "drive.gpkg"
    assert access(layout, walk) == 0
    assert access(layout, drive, "--mode", "drive") == 0
    assert layer(drive, "reach")["minutes"].median() < layer(walk, "reach")["minutes"].median()


def test_ways_out_keep_away_from_what_is_to_be_avoided(layout, tmp_path):
    gate = places(tmp_path, "gates", Point(38.0, 35.312), id=["north"])
    hot = places(tmp_path, "hot", box(37.99, 35.303, 37.996, 35.306))
    out = tmp_path / "access.gpkg"
    given = ("--exits", gate, "--avoid", hot, "--ways", "1", "--stale-days", "10")
    assert access(layout, out, *given) == 0
    routes = layer(out, "routes")
    assert routes["rank"].tolist() == [1, 1, 1]
    crossed = routes.to_crs(32637).intersection(gpd.read_file(hot).to_crs(32637).geometry.iloc[0])
    assert ((crossed.length < 1) == routes["avoided"].astype(bool)).all()


def test_the_same_input_gives_the_same_bytes(layout, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1714521600")
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        assert access(layout, folder / "a.gpkg") == 0
    assert (one / "a.gpkg").read_bytes() == (other / "a.gpkg").read_bytes()
    assert (one / "a.json").read_bytes() == (other / "a.json").read_bytes()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--mode", "fly"), "walk, drive"),
        (("--minutes", "soon"), "a number"),
        (("--minutes", "0"), "A limit of 0"),
        (("--kinds", "castle"), "shelter"),
        (("--count", "0"), "0 facilities are asked for"),
        (("--count", "many"), "a whole number"),
        (("--ways", "0"), "0 ways are asked for"),
        (("--closed", "nowhere.gpkg"), "there is no such file"),
        (("--stale-days", "x"), "a number"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(layout, tmp_path, capsys, options, told):
    out = tmp_path / "access.gpkg"
    assert access(layout, out, *options) == 2
    assert told in capsys.readouterr().err
    assert not out.exists()


def test_other_formats_and_files_that_are_no_layout_are_refused(layout, tmp_path, capsys):
    assert access(layout, tmp_path / "access.csv") == 2
    assert ".gpkg" in capsys.readouterr().err
    assert access(Path(TOWN["boundary"]), tmp_path / "access.gpkg") == 2
    assert "no layer 'blocks'" in capsys.readouterr().err
    bare = tmp_path / "bare.gpkg"
    gpd.read_file(layout, layer="blocks").to_file(bare, layer="blocks")
    assert access(bare, tmp_path / "access.gpkg") == 2
    assert "no layer 'sectors'" in capsys.readouterr().err


def test_a_layout_made_without_people_is_refused(tmp_path, capsys):
    bare = tmp_path / "bare.gpkg"
    words = ["sectors", "--boundary", TOWN["boundary"], "--roads", TOWN["roads"], "--count", "2"]
    assert main([*words, "--iterations", "2", "--out", str(bare)]) == 0
    assert access(bare, tmp_path / "access.gpkg") == 2
    assert "bare.gpkg was made without people" in capsys.readouterr().err


def test_the_file_of_access_is_a_layout_to_go_on_from(layout, tmp_path):
    one, other = tmp_path / "one.gpkg", tmp_path / "other.gpkg"
    assert access(layout, one) == 0
    assert access(one, other) == 0
    assert summary(one)["access"] == summary(other)["access"]
