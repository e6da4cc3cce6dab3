"""The commands: what they write, what they refuse, and in which language."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, box

import geosector
from geosector import sample, sources
from geosector.cli import main

TOWN = {
    name: str(sample.sample_path(name))
    for name in ("boundary", "roads", "population", "incidents", "gazetteer", "facilities")
}


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the layout of the sample town, made once."""
    out = tmp_path_factory.mktemp("layout") / "town.gpkg"
    words = ["sectors", "--boundary", TOWN["boundary"], "--roads", TOWN["roads"]]
    words += ["--population", TOWN["population"], "--count", "8", "--iterations", "20"]
    assert main([*words, "--out", str(out)]) == 0
    return out


def test_a_missing_file_for_the_sheets_is_told_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["sectors", "--boundary", TOWN["boundary"], "--roads", TOWN["roads"], "--count", "8"]
    words += ["--sheets", str(tmp_path / "sheets"), "--audience", "internal"]
    words += ["--facilities", str(tmp_path / "none.csv"), "--out", str(tmp_path / "town.gpkg")]
    assert main(words) == 2
    assert "none.csv" in capsys.readouterr().err
    assert not (tmp_path / "town.gpkg").exists()


def test_sectors_writes_three_layers_and_a_summary(layout: Path) -> None:
    sectors = gpd.read_file(layout, layer="sectors")
    blocks = gpd.read_file(layout, layer="blocks")
    borders = gpd.read_file(layout, layer="borders")
    summary = json.loads(layout.with_suffix(".json").read_text(encoding="utf-8"))
    assert sorted(sectors["sector_id"]) == list(range(1, 9))
    assert set(blocks["sector_id"]) == set(range(1, 9))
    assert borders["length_m"].gt(0).all()
    assert summary["audience"] == "internal"
    assert (layout.parent / "problems.csv").is_file()


def test_geocode_then_assign_keep_every_row(layout: Path, tmp_path: Path) -> None:
    found, placed = tmp_path / "found.csv", tmp_path / "placed.csv"
    words = ["geocode", TOWN["incidents"], "--gazetteer", TOWN["gazetteer"]]
    assert main([*words, "--column", "locality", "--out", str(found)]) == 0
    assert main(["assign", str(found), "--sectors", str(layout), "--out", str(placed)]) == 0
    rows = pd.read_csv(TOWN["incidents"], dtype=str)
    after = pd.read_csv(placed, dtype=str)
    assert len(after) == len(rows)
    assert after["sector_id"].notna().any()


@pytest.mark.parametrize("audience", ["internal", "partner", "public"])
def test_map_is_written_for_each_audience(layout: Path, tmp_path: Path, audience: str) -> None:
    out = tmp_path / "map.html"
    words = ["map", TOWN["incidents"], "--sectors", str(layout), "--roads", TOWN["roads"]]
    words += ["--audience", audience, "--key-file", str(tmp_path / "k"), "--date", "2024-05-31"]
    assert main([*words, "--lang", "ckb", "--out", str(out)]) == 0
    assert '<html lang="ckb" dir="rtl"' in out.read_text(encoding="utf-8")


def test_the_ground_of_a_map_keeps_the_names_of_buildings(layout: Path, tmp_path: Path) -> None:
    house, river = box(36.9, 36.1, 36.91, 36.11), LineString([(36.9, 36.1), (36.95, 36.15)])
    files = [tmp_path / "houses.geojson", tmp_path / "water.geojson"]
    houses = gpd.GeoDataFrame({"name": ["ShelterSeven"]}, geometry=[house], crs=4326)
    houses.to_file(files[0])
    waters = gpd.GeoDataFrame({"kind": ["river"], "name": ["RiverOne"]}, geometry=[river], crs=4326)
    waters.to_file(files[1])
    out = tmp_path / "map.html"
    words = ["map", TOWN["incidents"], "--sectors", str(layout), "--buildings", str(files[0])]
    words += ["--water", str(files[1]), "--audience", "internal", "--out", str(out)]
    assert main(words) == 0
    page = out.read_text(encoding="utf-8")
    assert '"id":"buildings"' in page
    assert '"id":"water"' in page
    assert "ShelterSeven" not in page
    assert "RiverOne" not in page


@pytest.mark.parametrize(("ending", "start"), [("PDF", b"%PDF-"), ("png", b"\x89PNG")])
def test_map_is_a_sheet_where_the_name_asks_for_one(
    layout: Path, tmp_path: Path, ending: str, start: bytes
) -> None:
    out = tmp_path / f"map.{ending}"
    words = ["map", TOWN["incidents"], "--sectors", str(layout), "--facilities", TOWN["facilities"]]
    words += ["--audience", "partner", "--key-file", str(tmp_path / "k"), "--date", "2024-05-31"]
    assert main([*words, "--lang", "ckb", "--out", str(out)]) == 0
    assert out.read_bytes().startswith(start)
    assert out.stat().st_size <= 500_000


def test_map_takes_no_other_format(
    layout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["map", TOWN["incidents"], "--sectors", str(layout), "--audience", "internal"]
    assert main([*words, "--out", str(tmp_path / "map.gif")]) == 2
    assert ".html" in capsys.readouterr().err


def test_public_release_without_a_key_is_refused(
    layout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["release", TOWN["facilities"], "--sectors", str(layout), "--audience", "public"]
    assert main([*words, "--out", str(tmp_path / "f.csv")]) == 2
    assert "--key-file" in capsys.readouterr().err
    assert not (tmp_path / "f.csv").exists()


def test_release_knows_the_table_from_its_columns(layout: Path, tmp_path: Path) -> None:
    out, key = tmp_path / "f.csv", tmp_path / "masking.key"
    words = ["release", TOWN["facilities"], "--sectors", str(layout), "--audience", "public"]
    assert main([*words, "--key-file", str(key), "--out", str(out)]) == 0
    written = out.read_text(encoding="utf-8-sig")
    exact = gpd.read_file(TOWN["facilities"])
    assert not any(f"{point.x:.3f}" in written for point in exact.geometry)
    assert json.loads(out.with_suffix(".json").read_text("utf-8"))["audience"] == "public"
    if os.name == "posix":
        assert key.stat().st_mode & 0o777 == 0o600


def test_release_of_a_layout_writes_every_layer(layout: Path, tmp_path: Path) -> None:
    out, key = tmp_path / "public.gpkg", tmp_path / "masking.key"
    words = ["release", str(layout), "--audience", "public", "--key-file", str(key)]
    assert main([*words, "--out", str(out)]) == 0
    assert set(gpd.list_layers(out)["name"]) == {"sectors", "borders", "blocks", "layer_styles"}
    assert "population" not in gpd.read_file(out, layer="sectors").columns


def test_check_tells_clean_from_dirty_from_unreadable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", TOWN["gazetteer"], "--as", "gazetteer"]) == 0
    assert main(["check", TOWN["incidents"], "--as", "incidents"]) == 1
    assert main(["check", str(tmp_path / "none.csv"), "--as", "incidents"]) == 2
    assert "none.csv" in capsys.readouterr().err


def test_check_recognises_a_register(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "synthetic.gpkg"
    with geosector.Register(file, office="SYN-OPS") as register:
        register.add("facilities", geosector.read_facilities(TOWN["facilities"])[0])
        head = str(register.head())
    assert main(["check", str(file)]) == 0
    assert main(["check", str(file), "--as", "facilities", "--head", head]) == 0
    assert f"The register ends with {head}" in capsys.readouterr().out
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE facilities SET capacity = 1 WHERE id = 'SYN-shelter-1'")
    listed = tmp_path / "problems.csv"
    assert main(["check", str(file), "--out", str(listed)]) == 1
    assert "synthetic.gpkg: facilities" in listed.read_text(encoding="utf-8")
    assert main(["check", str(file), "--head", "7"]) == 2
    file.write_bytes(file.read_bytes()[:9000])
    assert main(["check", str(file)]) == 2
    assert main(["check", TOWN["incidents"]]) == 2
    assert "say with --as which table it is" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sectors"], "--boundary, --roads, --count, --out"),
        (["sectors", "--count", "x", "--boundary", "b", "--roads", "r", "--out", "o"], "'x'"),
        (["assign", "a", "b", "--sectors", "s", "--out", "o"], "'b' is not an option"),
        (["map", "i", "--sectors", "s", "--audience", "all", "--out", "o"], "internal, partner"),
        (["map", "i", "--sectors", "s", "--audience"], "cannot be read"),
        (["fly"], "'fly' is not a command"),
        (["check", "x", "--lang", "de"], "Use one of: ar, kmr, ckb, en"),
        (["map", "i", "--sectors", "s", "--audience", "public", "--date", "1/2", "--out", "o"],
         "2024-04-30"),
        (["sectors", "--tolerance", "a", "--count", "1", "--boundary", "b", "--roads", "r",
          "--out", "o"], "a number"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_is_one_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.strip().splitlines()) == 1


def test_errors_and_help_follow_the_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fly", "--lang", "ar"]) == 2
    assert main(["sectors", "--help", "--lang=ar"]) == 0
    said = capsys.readouterr()
    assert "ليس" in said.err
    assert "استخدام" in said.out


def test_the_overview_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert main([]) == 2
    assert main(["--version"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in ("demo", "sectors", "geocode", "assign", "release"))


def test_an_interrupt_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("geosector.cli.sources.read_table", interrupted)
    assert main(["check", "x", "--as", "roads"]) == 130


def test_the_demo_runs_in_a_process_of_its_own_with_no_network(tmp_path: Path) -> None:
    """Blocks every socket, and speaks a console that knows no Arabic."""
    closed = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise SystemExit('a socket was opened')\n"
        "socket.socket.connect = refuse\n"
        "from geosector.cli import main\n"
        f"sys.exit(main(['demo', '--lang', 'ar', '--out', {str(tmp_path / 'demo')!r}]))\n"
    )
    env = {**os.environ, "PYTHONIOENCODING": "cp1252", "SOURCE_DATE_EPOCH": "1714521600"}
    done = subprocess.run([sys.executable, "-c", closed], env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    made = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.html")}
    assert made == {
        *(f"demo/map/map_{who}.html" for who in ("internal", "partner", "public")),
        "demo/report/report.ar.html",
        "demo/report/map.ar.html",
    }


def test_an_output_that_would_replace_an_input_is_refused(
    layout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "rows.json"
    rows.write_bytes(b'[{"lat": 35.3, "lon": 38.0}]')
    words = ["assign", str(rows), "--sectors", str(layout)]
    assert main([*words, "--out", str(tmp_path / "rows.csv")]) == 2
    assert "would be replaced" in capsys.readouterr().err
    assert main([*words, "--out", str(tmp_path / "placed.json")]) == 0
    assert (tmp_path / "placed.summary.json").is_file()


def test_a_missing_folder_is_told_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["sectors", "--boundary", "none", "--roads", "none", "--count", "2"]
    assert main([*words, "--out", str(tmp_path / "none" / "town.gpkg")]) == 2
    assert "does not exist. Make it" in capsys.readouterr().err
    assert main([*words, "--out", str(tmp_path / "town.shp")]) == 2
    assert "'.shp'" in capsys.readouterr().err


def test_a_name_that_no_file_can_have_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a\0b.csv", ""):
        assert main(["check", name, "--as", "incidents"]) == 2
        assert "expects the name of a file" in capsys.readouterr().err
    assert main(["check", "x" * 5000, "--as", "incidents"]) == 2
    assert "cannot be opened" in capsys.readouterr().err


def test_an_error_is_one_line_whatever_a_file_is_called(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(tmp_path / "a\n\x1b[31mb.csv"), "--as", "incidents"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "\x1b" not in said


def test_check_sends_no_commands_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("date,locality,kind\n2024-04-01,a,\x1b[2Jmeteor\n", encoding="utf-8")
    assert main(["check", str(rows), "--as", "incidents"]) == 1
    assert "\x1b" not in capsys.readouterr().out


def test_of_thousands_of_problems_the_first_of_each_kind_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "rows.csv"
    lines = ["date,locality,kind,killed_man", *["2024-04-01,synthetic,meteor,some"] * 700]
    rows.write_text("\n".join(lines), encoding="utf-8")
    listed = tmp_path / "listed.csv"
    assert main(["check", str(rows), "--as", "incidents"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert "1,400 problems:" in said
    assert len(said) == 1 + 1 + 2 * 50 + 1
    assert "1,300 more" in said[-1]
    assert main(["check", str(rows), "--as", "incidents", "--out", str(listed)]) == 1
    assert str(listed) in capsys.readouterr().out.splitlines()[-1]
    assert len(listed.read_text(encoding="utf-8").splitlines()) == 1401


def test_an_area_west_of_greenwich_is_no_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["geocode", TOWN["incidents"], "--gazetteer", TOWN["gazetteer"], "--column", "locality"]
    assert main([*words, "--area", "-9.5,36,-6,42", "--out", str(tmp_path / "g.csv")]) == 0
    assert main([*words, "--area", "-6,36,-9.5,42", "--out", str(tmp_path / "g.csv")]) == 2
    assert "is not a box" in capsys.readouterr().err


@pytest.mark.parametrize("moment", ["soon", "", "99999999999999999999"])
def test_a_source_date_that_is_none_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], moment: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", moment)
    assert main(["map", TOWN["incidents"], "--audience", "internal"]) == 2
    assert f"SOURCE_DATE_EPOCH is '{moment}'" in capsys.readouterr().err


def test_a_reader_who_leaves_does_not_stop_the_work(layout: Path, tmp_path: Path) -> None:
    """Standard output is a pipe that nobody reads; the list of problems is written after it."""
    words = ["assign", TOWN["incidents"], "--sectors", str(layout)]
    words = [sys.executable, "-m", "geosector", *words, "--out", str(tmp_path / "placed.csv")]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(words, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert (tmp_path / "problems.csv").is_file()


def test_what_cannot_be_written_beside_the_product_is_told_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "problems.csv").mkdir()
    words = ["sectors", "--boundary", "none", "--roads", "none", "--count", "2"]
    assert main([*words, "--out", str(tmp_path / "town.gpkg")]) == 2
    assert "problems.csv is not a file" in capsys.readouterr().err


def shelters(folder: Path) -> Path:
    rows = folder / "places.csv"
    rows.write_text("name,type,lat,lon\nA,shelter,35.299452,38.001044\n", encoding="utf-8")
    return rows


@pytest.mark.parametrize("audience", ["partner", "public"])
def test_a_list_of_shelters_is_never_taken_for_a_gazetteer(
    layout: Path, tmp_path: Path, audience: str
) -> None:
    out = tmp_path / "seen.csv"
    words = ["release", str(shelters(tmp_path)), "--sectors", str(layout), "--audience", audience]
    assert main([*words, "--key-file", str(tmp_path / "k"), "--out", str(out)]) == 0
    assert "35.29" not in out.read_text(encoding="utf-8-sig")
    assert pd.read_csv(out).columns[0] == "sector_id"


def test_problems_beside_a_product_for_others_hold_no_cells(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(
        'date,kind,locality,lat,lon\n2024-04-01,fire,a,"35,299452",338.001044\n', encoding="utf-8"
    )
    words = ["release", str(rows), "--as", "incidents", "--audience", "partner"]
    assert main([*words, "--key-file", str(tmp_path / "k"), "--out", str(tmp_path / "r.csv")]) == 0
    problems = pd.read_csv(tmp_path / "problems.csv")
    assert problems["row"].tolist() == [2]
    assert problems[["given", "action"]].isna().all(axis=None)


def test_barriers_costs_and_main_roads_reach_the_layout(tmp_path):
    out = tmp_path / "town.gpkg"
    roads = gpd.read_file(TOWN["roads"])
    west, south, east, north = roads.total_bounds
    middle = (west + east) / 2
    river = gpd.GeoDataFrame(
        {"kind": ["river"]},
        geometry=[shapely.LineString([(middle, south - 1), (middle, north + 1)])],
        crs=4326,
    )
    river.to_file(tmp_path / "river.geojson")
    roads.iloc[:1].to_file(tmp_path / "main.geojson")
    words = ["sectors", "--boundary", TOWN["boundary"], "--roads", TOWN["roads"], "--count", "2"]
    words += ["--barriers", str(tmp_path / "river.geojson"), "--cost", "river=0.5"]
    words += ["--main-roads", str(tmp_path / "main.geojson"), "--main-name", "No such street"]
    words += ["--buildings", TOWN["facilities"], "--contiguity", "streets", "--iterations", "9"]
    assert main([*words, "--cost", "minor=12", "--tolerance", "0.5", "--out", str(out)]) == 0
    summary = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    assert summary["asked"]["costs"]["river"] == 0.5
    assert summary["asked"]["costs"]["minor"] == 12
    assert summary["asked"]["contiguity"] == "streets"
    assert summary["ground"]["crossings"] > 0
    problems = pd.read_csv(tmp_path / "problems.csv")
    assert "No such street" in problems["given"].tolist()


@pytest.mark.parametrize("given", ["river", "=3", "river=wide"])
def test_a_cost_without_name_or_number_is_refused(given, capsys):
    words = ["sectors", "--boundary", "b", "--roads", "r", "--count", "2", "--out", "o.gpkg"]
    assert main([*words, "--cost", given]) == 2
    assert "--cost expects" in capsys.readouterr().err


def test_sectors_tells_what_limits_the_city_and_writes_its_cells(tmp_path, capsys):
    words = ["sectors", "--boundary", TOWN["boundary"], "--roads", TOWN["roads"], "--count", "8"]
    out, cells = tmp_path / "l.gpkg", tmp_path / "cells.geojson"
    words += ["--iterations", "8", "--split", "cut", "--cells", str(cells)]
    assert main([*words, "--out", str(out)]) == 0
    assert "Main roads enclose" in capsys.readouterr().out
    assert set(gpd.read_file(cells)["cut_by"]) == {"main", "main_and_tertiary"}
    diagnosis = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))["diagnosis"]
    assert [row["sector_id"] for row in diagnosis["sectors"]] == list(range(1, 9))


@pytest.mark.parametrize("cells", ["layout.gpkg", "layout.json", "boundary.geojson", "cells.doc"])
def test_cells_replace_neither_an_input_nor_the_layout(tmp_path, capsys, cells):
    boundary = tmp_path / "boundary.geojson"
    boundary.write_bytes(Path(TOWN["boundary"]).read_bytes())
    words = ["sectors", "--boundary", str(boundary), "--roads", TOWN["roads"], "--count", "8"]
    out = str(tmp_path / "layout.gpkg")
    assert main([*words, "--cells", str(tmp_path / cells), "--out", out]) == 2
    assert cells in capsys.readouterr().err
    assert not Path(out).exists()


def test_sectors_also_writes_a_sheet_for_each_sector(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "sectors", "--boundary", TOWN["boundary"], "--roads", TOWN["roads"], "--count", "1",
        "--places", TOWN["gazetteer"], "--facilities", TOWN["facilities"],
        "--out", str(tmp_path / "town.gpkg"), "--sheets", str(tmp_path / "sheets"),
    ]  # fmt: skip
    assert main(words) == 2
    assert "Say for whom this is" in capsys.readouterr().err
    assert not (tmp_path / "town.gpkg").exists()
    assert main([*words, "--audience", "internal", "--date", "2024-05-15"]) == 0
    assert "The sheets of the sectors are in" in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "sheets").iterdir()) == [
        f"sector_1.en.{kind}" for kind in ("pdf", "png", "svg")
    ]


# ------------------------------------------------------------------ the review queue


def test_a_review_sheet_goes_out_and_its_decisions_come_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reports, places = tmp_path / "reports.csv", tmp_path / "places.csv"
    reports.write_text("where,gov\nKafr Zayt,\nKafr Zayt,\nKafar Zet Nor,East\n", "utf-8")
    places.write_text(
        "id,name,lat,lon,admin1\na,Kafr Zayt,36.1,36.6,West\nb,Kafr Zayt,36.4,38.0,East\n"
        "c,Kafr Zayt an Nur,36.5,38.1,East\n",
        "utf-8",
    )
    sheet, aliases = tmp_path / "sheet.csv", tmp_path / "aliases.csv"
    words = ["geocode", str(reports), "--gazetteer", str(places), "--column", "where"]
    words += ["--admin", "gov", "--out", str(tmp_path / "found.csv")]
    assert main([*words, "--review", str(sheet)]) == 0
    assert "What is to be decided is in" in capsys.readouterr().out
    filled = pd.read_csv(sheet, dtype=str)
    for at, end in ((1, "[b]"), (2, "[c]")):
        numbers = [n for n in range(1, 6) if str(filled.loc[at, f"Candidate {n}"]).endswith(end)]
        filled.loc[at, "Your answer"] = str(numbers[0])
    filled.to_csv(sheet, index=False)
    words += ["--reviewed", str(sheet), "--office", "IDL-OPS", "--aliases", str(aliases)]
    assert main([*words, "--date", "2024-05-01"]) == 0
    assert "1 spelling was learned." in capsys.readouterr().out
    found = pd.read_csv(tmp_path / "found.csv", dtype=str)
    assert found["match_id"].tolist() == ["b", "b", "c"]
    assert found["decision"].tolist() == ["accepted"] * 3
    learned = pd.read_csv(aliases, dtype=str)
    assert learned.iloc[0].tolist() == ["Kafar Zet Nor", "c", "IDL-OPS", "2024-05-01", "sheet.csv"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--reviewed", "sheet.csv"], "--reviewed needs --office CODE"),
        (["--office", "IDL"], "--office goes with --reviewed SHEET"),
        (["--date", "2024-05-01"], "--date goes with --reviewed SHEET"),
        (["--review", "sheet.doc"], "'.doc' is not a format"),
    ],
)
def test_review_options_that_would_do_nothing_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    words = ["geocode", TOWN["incidents"], "--gazetteer", TOWN["gazetteer"]]
    assert main([*words, "--out", str(tmp_path / "found.csv"), *options]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "found.csv").exists()


@pytest.mark.parametrize(
    ("lang", "word"), [("en", "date"), ("ar", "صف"), ("kmr", "date"), ("ckb", "date")]
)
def test_check_tells_each_problem_in_a_line_of_its_own_and_writes_them_as_a_sheet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str, word: str
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text(
        "kind,date,locality,killed\nfire,2024-02-30,بلدة \u202eمثال,1\n"
        "fire,2024-04-01,قرية مثال,حوالي \u202e١٥\n",
        encoding="utf-8",
    )
    for sheet in ("problems.csv", "problems.xlsx"):
        words = ["check", str(rows), "--as", "incidents", "--out", str(tmp_path / sheet)]
        assert main([*words, "--lang", lang]) == 1
        said = capsys.readouterr().out
        assert len(said.splitlines()) == 2 + 3
        assert word in said
        assert "\u202e" not in said
        assert said.count("\u2068") == said.count("\u2069") > 0
        assert len(sources.read_rows(tmp_path / sheet)[0]) == 3
