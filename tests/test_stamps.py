"""Every file that a command writes says for whom it is, of which day and from whom.

Where its format has room, inside; beside a CSV or a list of JSON records lies a JSON that names it.
The places are those of the sample town, which is synthetic.
"""

from __future__ import annotations

import json
import re
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from defusedxml.ElementTree import fromstring, parse
from PIL import Image
from pyarrow import parquet

from geosector import Register, for_audience, sample, storage
from geosector.cli import main
from geosector.release import stamp, stamped
from geosector.storage import Stamp, stamping

DATE, SENTENCE = "2024-05-01", {name: stamp(name, "en") for name in ("internal", "partner", "public")}  # fmt: skip
LINE = Stamp("public", SENTENCE["public"], DATE, "SYN-OPS & <co>")


def run(*words: object) -> None:
    assert main([*map(str, words), "--lang", "en"]) in {0, 1}, words


def _of_layers(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as opened:
        return [row[0] for row in opened.execute("SELECT description FROM gpkg_contents")]


def _of_book(file: Path) -> list[str]:
    with zipfile.ZipFile(file) as book:
        return [fromstring(book.read("docProps/core.xml")).findtext("{*}description") or ""]


def _of_json(file: Path) -> list[str]:
    told = json.loads(file.read_bytes())
    return [told["description"]] if isinstance(told, dict) and "description" in told else []


def _of_pdf(file: Path) -> list[str]:
    found = re.search(rb"/Keywords \(((?:[^)\\]|\\.)*)\)", file.read_bytes(), re.DOTALL)
    words = b"" if found is None else re.sub(rb"\\(.)", rb"\1", found[1], flags=re.DOTALL)
    return [words.decode("utf-16" if words.startswith(b"\xfe\xff") else "latin-1")]


READERS: dict[str, Callable[[Path], list[str]]] = {
    ".csv": lambda _file: [],
    ".gpkg": _of_layers,
    ".xlsx": _of_book,
    ".json": _of_json,
    ".geojson": _of_json,
    ".parquet": lambda file: [parquet.read_schema(file).metadata.get(b"stamp", b"").decode()],
    ".kml": lambda file: [parse(file).findtext("{*}Document/{*}description") or ""],
    ".gpx": lambda file: [parse(file).findtext("{*}metadata/{*}desc") or ""],
    ".fgb": lambda file: [file.read_bytes()[:4000].decode(errors="ignore")],
    ".png": lambda file: [Image.open(file).info.get("Keywords", "")],
    ".svg": lambda file: [parse(file).findtext(".//{*}subject/{*}Bag/{*}li") or ""],
    ".html": lambda file: [file.read_text(encoding="utf-8")],
    ".pdf": _of_pdf,
}


def inside(file: Path) -> list[str]:
    """Read the stamps inside a file: one for each layer; none where it has no room for any."""
    return READERS[file.suffix](file)


def beside(folder: Path) -> dict[str, dict[str, object]]:
    """Read the stamps beside files, by the names of the files."""
    read = [json.loads(file.read_bytes()) for file in folder.glob("*.json")]
    return {one["product"]: one for one in read if isinstance(one, dict) and "product" in one}


@pytest.fixture(scope="module")
def points() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"name": ["Synthetic", "مخترع"], "count": [1, 2]},
        geometry=gpd.points_from_xy([37.25, 37.26], [36.25, 36.26]), crs=4326,
    )  # fmt: skip


@pytest.mark.parametrize("suffix", storage.TABLE_FORMATS)
def test_a_format_with_room_has_the_stamp_inside_and_the_table_reads_back_the_same(
    points: gpd.GeoDataFrame, suffix: str, tmp_path: Path
) -> None:
    plain, file = tmp_path / f"plain{suffix}", tmp_path / f"a{suffix}"
    storage.write_table(points, plain, layer="a")
    with stamping(LINE):
        storage.write_table(points, file, layer="a")
    held = inside(file)
    if suffix == ".csv":
        assert held == []
        assert file.read_bytes() == plain.read_bytes()
        return
    assert held
    assert all(LINE.line() in one for one in held)
    layer = {".gpkg": {"layer": "a"}, ".gpx": {"layer": "waypoints"}}.get(suffix, {})
    read = {".xlsx": pd.read_excel, ".parquet": gpd.read_parquet}.get(suffix, gpd.read_file)
    assert read(file, **layer).equals(read(plain, **layer))
    again = tmp_path / f"again{suffix}"
    with stamping(LINE):
        storage.write_table(points, again, layer="a")
    assert again.read_bytes() == file.read_bytes()


@pytest.mark.parametrize("audience", ["internal", "partner", "public"])
def test_what_python_released_is_stamped_wherever_it_is_written(
    points: gpd.GeoDataFrame, audience: str, tmp_path: Path
) -> None:
    rows = points.assign(kind="fire", date="2024-04-02")
    seen = for_audience(rows, audience, name="incidents", key=bytes(32), date=DATE)
    storage.write_table(stamped(seen, "SYN-OPS"), tmp_path / "a.kml")
    assert inside(tmp_path / "a.kml") == [f"{SENTENCE[audience]} · {DATE} · SYN-OPS"]


def test_a_table_that_nobody_released_has_no_stamp(
    points: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    for suffix in set(storage.TABLE_FORMATS) - {".fgb"}:
        storage.write_table(points, tmp_path / f"a{suffix}")
        assert not any(inside(tmp_path / f"a{suffix}"))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run every command that writes for the office, each list and sheet that it offers, too."""
    out = tmp_path_factory.mktemp("office")
    town = {name: sample.sample_path(name) for name in ("boundary", "roads", "population", "incidents", "facilities", "gazetteer")}  # fmt: skip
    run("sectors", "--boundary", town["boundary"], "--roads", town["roads"], "--population",
        town["population"], "--count", 3, "--iterations", 3, "--date", DATE, "--cells",
        out / "cells.geojson", "--audience", "public", "--key-file", out / "office.key",
        "--sheets", out / "sheets", "--out", out / "town.gpkg")  # fmt: skip
    run("adopt", out / "town.gpkg", "--blocks", out / "town.gpkg", "--out", out / "adopted.gpkg")
    run("geocode", town["incidents"], "--gazetteer", town["gazetteer"], "--column", "locality",
        "--review", out / "review.xlsx", "--out", out / "geocoded.csv")  # fmt: skip
    run("assign", out / "geocoded.csv", "--sectors", out / "town.gpkg", "--out", out / "placed.fgb")
    for name, rows in (("one", slice(0, 4)), ("two", slice(2, 6))):
        with Register(out / f"{name}.gpkg", office=f"SYN-{name.upper()}") as register:
            places = gpd.read_file(town["facilities"]).iloc[rows].assign(status="open")
            register.add("facilities", places)
            first = str(places["id"].iloc[0])
    run("merge", out / "one.gpkg", out / "two.gpkg", "--out", out / "merged.gpkg")
    run("register", out / "two.gpkg", "near", "--at", "37.2,36.2", "--count", 2, "--out", out / "near.gpx")  # fmt: skip
    run("register", out / "two.gpkg", "history", "--as", "facilities", "--id", first, "--out", out / "history.xlsx")  # fmt: skip
    run("register", out / "two.gpkg", "duplicates", "--out", out / "pairs.xlsx")
    run("check", town["incidents"], "--as", "incidents", "--out", out / "wrong.csv")
    run(
        "map", town["incidents"], "--audience", "internal", "--date", DATE, "--out", out / "map.svg"
    )
    run("release", town["incidents"], "--as", "incidents", "--audience", "internal", "--date", DATE,
        "--out", out / "told.parquet")  # fmt: skip
    return out


REGISTERS = {"one.gpkg", "two.gpkg", "merged.gpkg"}  # they live on; what is passed on is released


def test_every_file_for_the_office_says_so_inside_or_beside_it(office: Path) -> None:
    told = beside(office)
    files = {file.name for file in office.iterdir() if file.is_file()}
    expected = {
        "town.gpkg", "cells.geojson", "adopted.gpkg", "geocoded.csv", "review.xlsx", "placed.fgb",
        "merged.gpkg", "merged.conflicts.csv", "near.gpx", "history.xlsx", "pairs.xlsx",
        "wrong.csv", "map.svg", "told.parquet", "problems.csv",
    }  # fmt: skip
    assert files >= expected
    for name in sorted(expected):
        held = [] if name in REGISTERS else inside(office / name)
        assert all(SENTENCE["internal"] in one for one in held), name
        assert held or SENTENCE["internal"] == told[name]["stamp"], name
    assert {name for name in files if name.endswith((".gpkg", ".csv"))} <= expected | REGISTERS


def test_what_lies_beside_a_file_of_the_office_has_audience_date_and_source(office: Path) -> None:
    for name, one in beside(office).items():
        assert one["audience"] == "internal", name
        assert pd.Timestamp(str(one["date"])), name
        assert one["source"], name
        assert "/" not in str(one["source"]), name


def test_sheets_of_sectors_say_for_whom_they_are(office: Path) -> None:
    sheets = [file for file in (office / "sheets").iterdir() if file.suffix in {".pdf", ".svg", ".png"}]  # fmt: skip
    assert sheets
    for file in sheets:
        assert all(SENTENCE["public"] in one for one in inside(file)), file.name


@pytest.mark.parametrize("audience", ["partner", "public"])
def test_every_file_for_others_says_so_inside_or_beside_it(
    office: Path, audience: str, tmp_path: Path
) -> None:
    common = ["--audience", audience, "--key-file", office / "office.key", "--date", DATE,
              "--source", "SYN-OPS", "--out"]  # fmt: skip
    rows = sample.sample_path("incidents")
    for suffix in storage.TABLE_FORMATS:
        if suffix != ".gpx":  # every row needs a point there
            run("release", rows, "--as", "incidents", *common, tmp_path / f"of_{suffix[1:]}{suffix}")  # fmt: skip
    for suffix in (".html", ".svg", ".png", ".pdf"):
        run("map", rows, *common, tmp_path / f"map{suffix}")
    told = beside(tmp_path)
    line = f"{SENTENCE[audience]} · {DATE} · SYN-OPS"
    for file in tmp_path.iterdir():
        if file.name.startswith("map"):
            assert all(SENTENCE[audience] in one for one in inside(file)), file.name
        elif told.get(file.name) or file.suffix != ".json":
            assert all(line in one for one in inside(file)), file.name
            assert told[file.name]["stamp"] == SENTENCE[audience]
            assert (told[file.name]["date"], told[file.name]["source"]) == (DATE, "SYN-OPS")
