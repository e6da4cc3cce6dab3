"""No report for partners or the public tells a sensitive place, a later day or a folder.

A table that holds each secret place in every cell goes through `geosector report`: pages, maps,
workbook, numbers and the list of problems are looked through. A second table, in which each place
lies elsewhere in its square kilometre, must give the public the same bytes; elsewhere in its cell of
20 m, partners; one that goes on after the month, both. The office's own report is looked through
likewise: there the scanner must find the places. All places are synthetic.

A page of a PDF is full of small numbers: of places that no report was given, some are "found" in it
as local metres. Such a pair stands there also when each place lies elsewhere in its square
kilometre; one that tells the place does not.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geosector import crs, report, sample
from geosector.assign import Assigner
from geosector.cli import main
from geosector.release import masks
from tests.leaks import Leak, _unpacked, leaks
from tests.test_released_files import contents, moved_in_cells

OTHERS = ("partner", "public")
SHORT = (pytest.param("partner", marks=pytest.mark.long), "public")
LANGS = "ar,kmr,ckb,en"
FOLDER = "office-of-somebody"
# Axes of two names on a map lie some metres from a place by chance; one that was written would not.
PROMISED_M = 3.0
ROWS, LATER = 24, 6
# Elsewhere in a cell of this width, a place is shown the same.
CELLS_M = {"partner": masks.WIDEST_CELL_M, "public": 1000.0}


@pytest.fixture(scope="module")
def zones() -> gpd.GeoDataFrame:
    """Cut the sample town in four."""
    whole = gpd.read_file(sample.sample_path("boundary")).union_all()
    west, south, east, north = whole.bounds
    x, y = (west + east) / 2, (south + north) / 2
    parts = [(west, south, x, y), (x, south, east, y), (west, y, x, north), (x, y, east, north)]
    shapes = [whole.intersection(shapely.box(*part)) for part in parts]
    return gpd.GeoDataFrame({"sector_id": range(1, 5), "name": "Synthetic"}, geometry=shapes, crs=4326)  # fmt: skip


def places(zones: gpd.GeoDataFrame, count: int, seed: int) -> np.ndarray:
    west, south, east, north = zones.total_bounds
    tried = np.random.default_rng(seed).uniform((west, south), (east, north), (count * 20, 2))
    tried = tried.round(5) + np.array([4.3e-6, 3.7e-6])
    return tried[shapely.contains_xy(zones.union_all().buffer(-2e-4), *tried.T)][:count]


def elsewhere(secret: np.ndarray, zones: gpd.GeoDataFrame, audience: str) -> np.ndarray:
    """Move each place within its cell and its sector, so far that it is another place."""
    homes = Assigner(zones)
    tried = np.array([moved_in_cells(secret, CELLS_M[audience], seed) for seed in range(20)])
    fair = np.array([
        (crs.distances_m(*secret.T, *moved.T) > 2 * PROMISED_M)
        & (homes.assign(*moved.T) == homes.assign(*secret.T))
        for moved in tried
    ])  # fmt: skip
    assert fair.any(axis=0).all()
    return tried[fair.argmax(axis=0), np.arange(len(secret))]


def incidents(secret: np.ndarray, later: int = 0) -> pd.DataFrame:
    """Write each place into every cell that takes words; the last rows lie after the month."""
    written = np.array([f"{y:.7f}, {x:.7f}" for x, y in secret])
    every = np.arange(len(secret))
    days = [f"2024-04-{1 + at:02d}" for at in range(len(secret) - later)]
    days += [f"2024-05-{1 + at:02d}" for at in range(later)]
    table = pd.DataFrame(
        {
            "date": days,
            "kind": np.array(["attack", "fire", "traffic"])[every % 3],
            "lat": secret[:, 1].round(7),
            "lon": secret[:, 0].round(7),
            "locality": np.array(["Synthetic North", "Synthetic South", None], object)[every % 3],
            "killed_man": every % 4,
            "narrative": written,
            "phone": "0999 000 000",
            "what else": written,
        }
    )
    for at, column in enumerate(("weapon", "cause", "place_type", "attributed_to", "vehicle")):
        table[column] = np.where(every % 5 == at, written, "shelling")
    table["locality"] = np.where(every % 7 == 5, written, table["locality"])
    return table


def made(folder: Path, rows: pd.DataFrame, zones: gpd.GeoDataFrame, audience: str, *, lang: str = "en", engine: str = "weasyprint") -> dict[str, bytes]:  # fmt: skip
    """Write the report of April by the command, from tables in a folder of the office."""
    home = folder / FOLDER
    home.mkdir(parents=True)
    rows.to_csv(home / "incidents.csv", index=False)
    zones.to_file(home / "zones.geojson")
    label = rows["narrative"][0]
    services = {"measure": "ambulance.beneficiaries", "dimension": ["total", "diagnosis"],
                "key": ["total", "other"], "label_en": ["Total", label], "count": [9, 3]}  # fmt: skip
    pd.DataFrame(services).to_csv(home / "services.csv", index=False)
    owed = {"id": ["r1"], "text": [label], "owner": ["SYN-1"], "due": ["2024-06-01"], "status": ["open"]}  # fmt: skip
    pd.DataFrame(owed).to_csv(home / "owed.csv", index=False)
    (home / "office.key").write_bytes(bytes(range(32)))
    words: list[Any] = [
        "report", home / "incidents.csv", "--month", "2024-04", "--services", home / "services.csv",
        "--recommendations", home / "owed.csv", "--sectors", home / "zones.geojson",
        "--audience", audience, "--key-file", home / "office.key", "--date", "2024-05-10",
        "--source", "SYN-OPS", "--lang", lang, "--engine", engine, "--out", folder / "out",
    ]  # fmt: skip
    assert main([str(word) for word in words]) == 0
    return contents(folder / "out")


Make = Callable[..., dict[str, bytes]]


@pytest.fixture
def make(tmp_path: Path, zones: gpd.GeoDataFrame, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Write reports without PDFs, which cost the most."""
    monkeypatch.setattr(report, "runs", lambda _engine: False)
    return lambda name, rows, audience: made(tmp_path / name, rows, zones, audience)


def told(files: dict[str, bytes], secret: np.ndarray, zones: gpd.GeoDataFrame) -> dict[str, list[Leak]]:  # fmt: skip
    secrets = [(x, y, PROMISED_M) for x, y in secret]
    known = shapely.get_coordinates(zones.geometry)
    found = {name: leaks(data, secrets, known=known) for name, data in files.items()}
    return {name: some for name, some in found.items() if some}


def holds(data: bytes, word: bytes, depth: int = 0) -> bool:
    """Say whether a file holds a word, packed or not."""
    return word in data or (
        depth < 3 and any(holds(part, word, depth + 1) for _, part in _unpacked(data))
    )


@pytest.mark.parametrize("audience", SHORT)
def test_a_report_for_others_holds_no_secret_place_and_no_folder(
    make: Make, zones: gpd.GeoDataFrame, audience: str
) -> None:
    secret = places(zones, ROWS, 1)
    files = make("one", incidents(secret), audience)
    assert set(files) == {"report.en.html", "map.en.html", "report.xlsx", "report.json", "problems.csv"}  # fmt: skip
    assert told(files, secret, zones) == {}
    assert [name for name, data in files.items() if holds(data, FOLDER.encode())] == []


@pytest.mark.long
def test_the_report_of_the_office_has_the_places_so_the_scan_would_find_them(
    make: Make, zones: gpd.GeoDataFrame
) -> None:
    secret = places(zones, 8, 1)
    seen = told(make("one", incidents(secret), "internal"), secret, zones)
    assert set(seen) >= {"map.en.html", "report.xlsx"}


@pytest.mark.parametrize("audience", SHORT)
def test_where_a_place_lies_in_its_cell_changes_no_byte_of_a_report(
    make: Make, zones: gpd.GeoDataFrame, audience: str
) -> None:
    secret = places(zones, ROWS, 2)
    moved = elsewhere(secret, zones, audience)
    one, other = (make(name, incidents(given), audience) for name, given in (("one", secret), ("other", moved)))  # fmt: skip
    assert [name for name in one if one[name] != other[name]] == []


@pytest.mark.parametrize("audience", SHORT)
def test_what_happened_after_the_month_changes_no_byte_of_a_report(
    make: Make, zones: gpd.GeoDataFrame, audience: str
) -> None:
    rows = incidents(places(zones, ROWS, 4), LATER)
    one, other = (make(name, given, audience) for name, given in (("one", rows), ("other", rows[:-LATER])))  # fmt: skip
    assert [name for name in one if one[name] != other[name]] == []


@pytest.mark.long
@pytest.mark.parametrize(("engine", "lang"), [("weasyprint", LANGS), ("typst", "ar")])
@pytest.mark.parametrize("audience", OTHERS)
def test_no_edition_of_a_report_holds_a_secret_place_in_any_format(
    tmp_path: Path, zones: gpd.GeoDataFrame, audience: str, engine: str, lang: str
) -> None:
    """What the scanner reads also when all places lie elsewhere in their square km is chance."""
    secret = places(zones, ROWS, 5)
    one, other = (
        made(tmp_path / name, incidents(given), zones, audience, lang=lang, engine=engine)
        for name, given in (("one", secret), ("other", elsewhere(secret, zones, audience)))
    )
    assert len([name for name in one if name.endswith(".pdf")]) == len(lang.split(","))
    assert [name for name in one if one[name] != other[name]] == []
    assert [name for name, data in one.items() if holds(data, FOLDER.encode())] == []
    found = told(one, secret, zones)
    if found:
        far = incidents(elsewhere(secret, zones, "public"))
        read = made(tmp_path / "far", far, zones, audience, lang=lang, engine=engine)
        chance = told(read, secret, zones)
        found = {name: pairs(some) - pairs(chance.get(name, [])) for name, some in found.items()}
    assert {name: some for name, some in found.items() if some} == {}


def pairs(found: list[Leak]) -> set[tuple[str, float, float]]:
    """Leave out where in the file each stands: a stream before it may be longer."""
    return {(one.kind, one.lon, one.lat) for one in found}
