"""The commands: what they write, what they refuse, and in which language."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from geosector import sample
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


def test_map_takes_no_picture_format_yet(
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
    assert set(gpd.list_layers(out)["name"]) == {"sectors", "borders", "blocks"}
    assert "population" not in gpd.read_file(out, layer="sectors").columns


def test_check_tells_clean_from_dirty_from_unreadable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", TOWN["gazetteer"], "--as", "gazetteer"]) == 0
    assert main(["check", TOWN["incidents"], "--as", "incidents"]) == 1
    assert main(["check", str(tmp_path / "none.csv"), "--as", "incidents"]) == 2
    assert "none.csv" in capsys.readouterr().err


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
    assert made == {f"demo/map/map_{who}.html" for who in ("internal", "partner", "public")}


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
