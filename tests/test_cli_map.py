"""``geosector map``: what its options draw, what they refuse, and that its pages are true."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from geosector import maps, sample
from geosector.cli import main
from geosector.maps.saying import spoken
from geosector.sources import read_borders, read_localities

ROOT = Path(__file__).resolve().parents[1]
TOWN = {name: str(sample.sample_path(name)) for name in sample.FILES}
WEST, EAST = box(37.98, 35.28, 38.0, 35.32), box(38.0, 35.28, 38.02, 35.32)


@pytest.fixture(scope="module")
def placed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the incidents of the sample town, geocoded once."""
    out = tmp_path_factory.mktemp("placed") / "placed.csv"
    words = ["geocode", TOWN["incidents"], "--gazetteer", TOWN["gazetteer"]]
    assert main([*words, "--column", "locality", "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a layout of the sample town, made once."""
    out = tmp_path_factory.mktemp("layout") / "town.gpkg"
    words = ["sectors", "--boundary", TOWN["boundary"], "--roads", TOWN["roads"]]
    assert main([*words, "--count", "3", "--iterations", "5", "--out", str(out)]) == 0
    return out


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[maps.Map]:
    """Keep each map that a command draws."""
    kept: list[maps.Map] = []

    def draw(*args: Any, **options: Any) -> maps.Map:
        kept.append(maps.draw_map(*args, **options))
        return kept[-1]

    monkeypatch.setattr("geosector.cli.geosector.draw_map", draw)
    return kept


def zones(folder: Path, **columns: list[object]) -> Path:
    """Write two synthetic zones."""
    file = folder / "zones.geojson"
    table = {"id": ["w", "e"], "name": ["West", "East"], **columns}
    gpd.GeoDataFrame(table, geometry=[WEST, EAST], crs=4326).to_file(file)
    return file


def incidents(folder: Path, *dates: str) -> Path:
    """Write synthetic incidents with exact places, one for each date."""
    file = folder / "incidents.csv"
    rows = [f"{i},{day},attack,35.3{i % 9},38.00{i % 9}" for i, day in enumerate(dates)]
    file.write_text("\n".join(["id,date,kind,lat,lon", *rows]) + "\n", encoding="utf-8")
    return file


def command(file: Path, out: Path, *options: object) -> int:
    words = ["map", str(file), "--audience", "internal", "--date", "2024-05-31"]
    return main([*words, *map(str, options), "--out", str(out)])


def layers(page: maps.Map) -> dict[str, dict[str, Any]]:
    return {layer["id"]: layer for layer in page.scene["layers"]}


def notes(page: maps.Map) -> str:
    return " | ".join(spoken(note, "en") for note in page.scene["notes"])


# ------------------------------------------------------------------ what is drawn


def test_rates_are_drawn_for_zones_with_people(
    tmp_path: Path, placed: Path, drawn: list[maps.Map]
) -> None:
    file = zones(tmp_path, population=[1200, 900])
    assert command(placed, tmp_path / "m.html", "--localities", file) == 0
    layer = layers(drawn[0])["rates-localities"]
    assert [spoken(item["name"], "en") for item in layer["items"]] == ["West", "East"]
    assert [item["people"] for item in layer["items"]] == [1200, 900]
    assert len(layer["kinds"][0]["measures"]) > 1
    assert not layer["cells"]


def test_zones_without_people_are_counted_and_have_no_rate(
    tmp_path: Path, drawn: list[maps.Map]
) -> None:
    file, rows = zones(tmp_path), incidents(tmp_path, "2024-04-01", "2024-04-02")
    assert command(rows, tmp_path / "m.html", "--localities", file) == 0
    measures = layers(drawn[0])["rates-localities"]["kinds"][0]["measures"]
    assert [spoken(measure["name"], "en") for measure in measures] == ["Number of incidents"]


def test_what_geocoding_found_is_the_locality_of_an_incident(
    tmp_path: Path, placed: Path, drawn: list[maps.Map]
) -> None:
    words = ["--localities", TOWN["gazetteer"], "--boundary", TOWN["boundary"]]
    assert command(placed, tmp_path / "m.html", *words, "--densities", "none") == 0
    layer = layers(drawn[0])["rates-localities"]
    found = pd.read_csv(placed)
    inside = found["match_id"].isin([f"SYN-{n:03d}" for n in range(1, 18)])
    dated = pd.to_datetime(found["date"], errors="coerce").notna()
    attacks = int((inside & dated & (found["kind"] == "attack")).sum())
    assert sum(layer["kinds"][0]["measures"][0]["values"]) == attacks
    assert layer["shown"]
    assert layer["cells"]


def test_a_locality_id_of_the_incident_outranks_what_geocoding_found(
    tmp_path: Path, drawn: list[maps.Map]
) -> None:
    file, rows = zones(tmp_path), tmp_path / "rows.csv"
    rows.write_text(
        "date,kind,lat,lon,locality_id,match_id\n2024-04-01,fire,35.3,37.99,e,w\n", "utf-8"
    )
    assert command(rows, tmp_path / "m.html", "--localities", file) == 0
    fires = layers(drawn[0])["rates-localities"]["kinds"][0]["measures"][0]
    assert fires["values"] == [0, 1]


def test_densities_are_those_that_were_asked_for(
    tmp_path: Path, placed: Path, drawn: list[maps.Map]
) -> None:
    for given in (["all", "fire"], ["all,fire"], ["all", "--densities", "fire"]):
        assert command(placed, tmp_path / "m.html", "--densities", *given) == 0
        dense = [name for name in layers(drawn[-1]) if name.startswith("density-")]
        assert dense == ["density-all", "density-fire"]


def test_no_density_leaves_the_counts_by_sector_on(
    tmp_path: Path, placed: Path, layout: Path, drawn: list[maps.Map]
) -> None:
    words = ["--sectors", layout, "--densities", "none"]
    assert command(placed, tmp_path / "m.html", *words) == 0
    made = layers(drawn[0])
    assert made["rates-sectors"]["shown"]
    assert not any(name.startswith("density-") for name in made)
    assert made["borders"]["shown"]


def test_the_bandwidth_and_the_area_surveyed_are_in_the_legend(
    tmp_path: Path, placed: Path, drawn: list[maps.Map]
) -> None:
    words = ["--bandwidth", "900", "--surveyed", zones(tmp_path)]
    assert command(placed, tmp_path / "m.html", *words) == 0
    told = [spoken(note, "en") for note in layers(drawn[0])["density-attack"]["notes"]]
    assert any("900 m" in note for note in told)
    assert "Shown only where it was surveyed" in told


def test_the_step_is_that_of_the_slider(
    tmp_path: Path, placed: Path, drawn: list[maps.Map]
) -> None:
    assert command(placed, tmp_path / "m.html", "--step", "month") == 0
    assert len(layers(drawn[0])["frames-attack"]["frames"]) == 2


def test_the_difference_of_two_periods_is_on(
    tmp_path: Path, placed: Path, drawn: list[maps.Map]
) -> None:
    words = ["--compare", "2024-03", "2024-04-01..2024-04-15"]
    assert command(placed, tmp_path / "m.html", *words) == 0
    layer = layers(drawn[0])["difference-attack"]
    told = [spoken(note, "en") for note in layer["notes"]]
    assert layer["shown"]
    assert any(note.startswith("1 April 2024 – 15 April 2024") for note in told)


def test_the_head_says_title_and_source_and_tiles_are_there_when_asked(
    tmp_path: Path, placed: Path, drawn: list[maps.Map]
) -> None:
    words = ["--title", "<b>{{7*7}}", "--source", "Team 3", "--tiles", "OpenStreetMap.Mapnik"]
    assert command(placed, tmp_path / "m.html", *words) == 0
    assert command(placed, tmp_path / "n.html") == 0
    assert drawn[0].scene["title"] == "<b>{{7*7}}"
    assert "Source: Team 3" in [spoken(fact, "en") for fact in drawn[0].scene["stamp"]]
    page, plain = (Path(tmp_path / name).read_text("utf-8") for name in ("m.html", "n.html"))
    assert "https://tile.openstreetmap.org" in page
    assert "openstreetmap.org" not in plain
    assert "<b>{{7*7}}" not in page


@pytest.mark.parametrize("lang", ["ar", "kmr", "ckb", "en"])
@pytest.mark.parametrize("ending", ["html", "png", "pdf", "svg"])
def test_every_option_at_once_in_every_format_and_language(
    tmp_path: Path, placed: Path, layout: Path, ending: str, lang: str
) -> None:
    words = ["--sectors", layout, "--roads", TOWN["roads"], "--facilities", TOWN["facilities"]]
    words += ["--localities", TOWN["gazetteer"], "--boundary", TOWN["boundary"]]
    words += ["--surveyed", TOWN["boundary"], "--densities", "all", "attack", "--step", "week"]
    words += ["--bandwidth", "900", "--compare", "2024-03", "2024-04", "--lang", lang]
    words += ["--title", "تل المثال", "--source", "synthetic", "--tiles", "OpenStreetMap.Mapnik"]
    out = tmp_path / f"m.{ending}"
    assert command(placed, out, *words) == 0
    assert out.stat().st_size > 10_000
    assert ending not in {"png", "pdf"} or out.stat().st_size <= 500_000


def test_a_public_map_counts_by_locality_and_hides_nothing_by_mistake(
    tmp_path: Path, placed: Path, drawn: list[maps.Map]
) -> None:
    words = ["--localities", TOWN["gazetteer"], "--boundary", TOWN["boundary"]]
    words += ["--densities", "none", "--key-file", str(tmp_path / "k"), "--audience", "public"]
    assert command(placed, tmp_path / "m.html", *words) == 0
    attacks = layers(drawn[0])["rates-localities"]["kinds"][0]["measures"][0]
    assert sum(value or 0 for value in attacks["values"]) > 50
    assert "other kinds" not in notes(drawn[0])


# ------------------------------------------------------------------ what is told or refused


def test_a_wish_about_time_that_the_incidents_do_not_allow_is_told(
    tmp_path: Path, placed: Path, drawn: list[maps.Map]
) -> None:
    rows = incidents(tmp_path, "2024-04-01", "2024-04-01")
    assert command(rows, tmp_path / "m.html", "--step", "day") == 0
    assert "fewer than two periods" in notes(drawn[0])
    words = ["--bandwidth", "300", "--compare", "2024-03", "2024-04"]  # places are known to 800 m
    assert command(placed, tmp_path / "m.html", *words) == 0
    assert "are not compared" in notes(drawn[1])
    assert command(placed, tmp_path / "m.html") == 0
    assert "period" not in notes(drawn[2])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        *((["--bandwidth", given], "above 0 and up to") for given in ("0", "-5", "nan", "1e9")),
        (["--bandwidth", "wide"], "--bandwidth expects a number"),
        (["--bandwidth", "0.001"], "too small for events"),
        (["--step", "hour"], "--step expects day, week, month, year"),
        (["--densities", "flood"], "--densities expects attack, fire"),
        (["--densities", "fire", "none"], "or none alone"),
        (["--compare", "2024-04", "2024-03"], "does not come after"),
        (["--compare", "2024-03-01..2024-03-20", "2024-03-10..2024-03-31"], "without a common day"),
        (["--compare", "2024-13", "2025"], "'2024-13' is not a date"),
        (["--compare", "0000", "2024"], "'0000' is not a date"),
        (["--compare", "2024-03-20..2024-03-01", "2025"], "ends before it begins"),
        (["--compare", "..", "2025"], "--compare expects a month"),
        (["--compare", "1990", "1991"], "No incident is dated"),
        (["--compare", "2024-03"], "expected 2 arguments"),
        (["--tiles", "Nowhere.Map"], "No provider of tiles is called"),
        (["--localities", TOWN["gazetteer"]], "give the boundary"),
        (["--localities", "none.csv"], "there is no such file"),
        (["--compare", "2024-03", "2024-04", "--audience", "public"], "The public sees"),
    ],
)  # fmt: skip
def test_nonsense_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    rows = incidents(tmp_path, *(f"2024-0{month}-0{day}" for month in (3, 4) for day in (1, 2)))
    words = [*options, "--lang", "en", "--key-file", str(tmp_path / "k")]
    assert command(rows, tmp_path / "m.html", *words) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.strip().splitlines()) == 1
    assert not (tmp_path / "m.html").exists()


def test_a_step_that_no_date_is_as_precise_as_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = incidents(tmp_path, "2023", "2024")
    assert command(rows, tmp_path / "m.html", "--step", "day") == 2
    assert "no incident has a date known so well" in capsys.readouterr().err
    assert command(rows, tmp_path / "m.html", "--step", "year") == 0


def test_a_bandwidth_is_checked_also_where_there_is_no_incident(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = incidents(tmp_path)
    assert command(rows, tmp_path / "m.html", "--bandwidth", "nan") == 2
    assert "The bandwidth is nan m" in capsys.readouterr().err
    assert command(rows, tmp_path / "m.html", "--localities", zones(tmp_path)) == 0


def broken_files(folder: Path) -> dict[str, Path]:
    """Write files that no area can be read from."""
    files = {name: folder / f"{name}.{end}" for name, end in (
        ("empty", "csv"), ("bare", "csv"), ("none", "geojson"), ("metres", "geojson"),
        ("lines", "geojson"), ("lost", "shp"),
    )}  # fmt: skip
    files["empty"].write_bytes(b"")
    files["bare"].write_text("id,name,population\n1,a,5\n", encoding="utf-8")
    files["none"].write_text('{"type":"FeatureCollection","features":[]}', encoding="utf-8")
    one = {"id": ["w"], "name": ["West"]}
    metres = gpd.GeoDataFrame(one, geometry=[WEST], crs=4326).to_crs(32637)
    metres.set_crs(4326, allow_override=True).to_file(files["metres"])
    line = LineString([(37.98, 35.28), (38.0, 35.3)])
    gpd.GeoDataFrame(one, geometry=[line], crs=4326).to_file(files["lines"])
    gpd.GeoDataFrame(one, geometry=[WEST], crs=4326).to_file(files["lost"])
    files["lost"].with_suffix(".prj").unlink()
    return files


SAID = {
    "empty": "is empty",
    "bare": "no column was found for geometry",
    "none": "it has no",
    "metres": "longitude from -180 to 180",
    "lines": "",
    "lost": "--crs",
}


@pytest.mark.parametrize("option", ["--localities", "--boundary", "--surveyed"])
@pytest.mark.parametrize("name", SAID)
def test_a_file_without_areas_is_refused_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, name: str
) -> None:
    file, rows = broken_files(tmp_path)[name], incidents(tmp_path, "2024-04-01")
    assert command(rows, tmp_path / "m.html", option, file, "--lang", "en") == 2
    error = capsys.readouterr().err
    assert SAID[name] in error
    assert len(error.strip().splitlines()) == 1


def test_problems_of_every_table_are_listed_with_file_row_and_column(tmp_path: Path) -> None:
    file, rows = tmp_path / "areas.geojson", incidents(tmp_path, "2024-04-01")
    shapes = [WEST, Point(38.01, 35.3)]
    gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=shapes, crs=4326).to_file(file)
    assert command(rows, tmp_path / "m.html", "--surveyed", file, "--boundary", file) == 0
    listed = pd.read_csv(tmp_path / "problems.csv")
    assert listed[["file", "row", "column"]].drop_duplicates().to_numpy().tolist() == [
        ["areas.geojson", 2, "geometry"]
    ]


# ------------------------------------------------------------------ reading localities


def test_localities_keep_their_outlines_repaired_and_named(tmp_path: Path) -> None:
    bow = [[37.98, 35.28], [38, 35.31], [38, 35.28], [37.98, 35.31], [37.98, 35.28]]
    feature = {
        "type": "Feature",
        "properties": {"id": "b", "population": "1,200"},
        "geometry": {"type": "Polygon", "coordinates": [bow]},
    }
    file = tmp_path / "bow.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    localities, problems = read_localities(file)
    assert localities.geometry.is_valid.all()
    assert localities.geom_type.tolist() == ["MultiPolygon"]
    assert localities[["id", "name", "population"]].to_numpy().tolist() == [["b", "b", 1200]]
    assert problems[["row", "column"]].to_numpy().tolist() == [[1, "geometry"]]


def test_an_id_that_stands_twice_names_no_locality(tmp_path: Path) -> None:
    localities, problems = read_localities(zones(tmp_path, id=["1", "1"]))
    assert localities["id"].is_unique
    assert "1" not in set(localities["id"])
    assert problems["column"].tolist() == ["id", "id"]


def test_outlines_may_be_written_in_a_cell(tmp_path: Path) -> None:
    file = tmp_path / "zones.csv"
    file.write_text(f'id,name,geometry\nw,West,"{WEST.wkt}"\n', encoding="utf-8")
    localities, _ = read_localities(file, crs="EPSG:4326")
    assert localities.geometry.iloc[0].equals(WEST)


def test_a_layer_of_localities_is_found_among_others(tmp_path: Path, layout: Path) -> None:
    file = tmp_path / "many.gpkg"
    points = gpd.GeoDataFrame({"name": ["p"]}, geometry=[Point(38, 35.3)], crs=4326)
    points.to_file(file, layer="wells")
    areas = gpd.GeoDataFrame({"id": ["w"], "name": ["West"]}, geometry=[WEST], crs=4326)
    areas.to_file(file, layer="localities")
    assert read_localities(file)[0]["name"].tolist() == ["West"]
    assert len(read_localities(layout)[0]) == 3


def test_borders_are_those_of_the_layout(layout: Path) -> None:
    borders, problems = read_borders(layout)
    assert borders is not None
    assert {"left", "right", "road_class"} <= set(borders.columns)
    assert problems.empty


# ------------------------------------------------------------------ the pages


@pytest.mark.parametrize("page", ["maps", "density", "rates"])
def test_the_commands_of_a_page_run_on_the_sample(
    tmp_path: Path, placed: Path, layout: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.chdir(tmp_path)
    files = {
        "april.csv": placed, "incidents.csv": placed, "placed.csv": placed, "town.gpkg": layout,
        "roads.geojson": TOWN["roads"], "boundary.geojson": TOWN["boundary"],
        "district.geojson": TOWN["boundary"], "villages.csv": TOWN["gazetteer"],
    }  # fmt: skip
    for name, source in files.items():
        shutil.copy(source, name)
    shown = (ROOT / "docs" / "how-to" / f"{page}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", shown, re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    assert lines
    for line in lines:
        program, *words = shlex.split(line)
        assert program == "geosector"
        assert main(words) == 0
        assert Path(words[words.index("--out") + 1]).is_file()
