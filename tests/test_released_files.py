"""No file for partners or the public tells a sensitive place, in any encoding.

Every command that writes for an audience runs on the sample town, whose incidents and facilities
are moved to invented secret places; then every byte of what was written is looked through. A second
town, in which each secret lies elsewhere in its sector, its cell or its mask's cell, must give the
same bytes: that covers what no scanner can read, such as pictures. The town lies where it is, or
south of the equator and west of Greenwich. All places are synthetic.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geosector import crs, sample, storage
from geosector.assign import Assigner
from geosector.cli import main
from geosector.release import masks
from tests.leaks import leaks

DATE = sample.SAMPLE_DATE
# Farther from a secret than this, a number is what its audience may see.
PROMISED_M = masks.NEAREST_SHARE * masks.LEAST_RADIUS_M
SEEN_M = masks.NEAREST_SHARE * masks.USUAL_RADIUS_M
# What lies so near to a place that everybody knows is no leak: no secret is chosen there.
APART_M = 5.0
FACILITY_FORMATS = tuple(s for s in storage.TABLE_FORMATS if s in {".csv", ".xlsx", ".json", ".parquet", ".gpkg"})  # fmt: skip


class Town(NamedTuple):
    """Where the inputs of a run lie, and the places that no output may hold."""

    folder: Path
    layout: Path
    incidents: np.ndarray
    facilities: np.ndarray


def run(*words: object) -> None:
    assert main([str(word) for word in words]) == 0, words


SHIFTS = {"north-east": (0.0, 0.0), "south-west": (-96.417263, -69.862718)}


@pytest.fixture(scope="module", params=SHIFTS)
def layout(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layout")
    for name in ("boundary", "roads", "population"):
        table = gpd.read_file(sample.sample_path(name))
        table.geometry = table.geometry.translate(*SHIFTS[request.param])
        table.to_file(folder / f"{name}.geojson")
    out = folder / "town.gpkg"
    run(
        "sectors", "--boundary", folder / "boundary.geojson", "--roads", folder / "roads.geojson",
        "--population", folder / "population.geojson", "--count", sample.SAMPLE_COUNT,
        "--iterations", 20, "--out", out,
    )  # fmt: skip
    return out


def inside(layout: Path, count: int, seed: int) -> np.ndarray:
    """Choose places in sectors, off what everybody knows, with digits that no rounded place has."""
    area = gpd.read_file(layout, layer="sectors")
    west, south, east, north = area.total_bounds
    tried = np.random.default_rng(seed).uniform((west, south), (east, north), (40 * count, 2))
    tried = tried.round(5) + np.array([4.3e-6, 3.7e-6])
    tried = tried[Assigner(area).assign(*tried.T) >= 0]
    seen = shapely.STRtree(shapely.points(ground(layout)))
    near = seen.query(shapely.points(tried), "dwithin", distance=APART_M / 80_000)[0]
    return np.delete(tried, near, axis=0)[:count]


def town(folder: Path, layout: Path, incidents: np.ndarray, facilities: np.ndarray) -> Town:
    folder.mkdir()
    count = len(incidents)
    written = [f"{y:.7f}, {x:.7f}" for x, y in incidents]
    pd.DataFrame(
        {
            "date": [f"2024-04-{1 + row % 28:02d}" for row in range(count)],
            "kind": [("attack", "fire", "other")[row % 3] for row in range(count)],
            "lat": incidents[:, 1].round(7),
            "lon": incidents[:, 0].round(7),
            "narrative": written,
            "weapon": [written[0], *["shelling"] * (count - 1)],
            "killed_man": [row % 4 for row in range(count)],
            "phone": "0999 000 000",
        }
    ).to_csv(folder / "incidents.csv", index=False)
    kinds = ["shelter", "warehouse", "field_hospital", "school", "fire_station"]
    gpd.GeoDataFrame(
        {
            "kind": [kinds[row % len(kinds)] for row in range(len(facilities))],
            "name": [f"{y:.6f} {x:.6f}" for x, y in facilities],
            "capacity": 80,
        },
        geometry=shapely.points(facilities),
        crs="EPSG:4326",
    ).to_file(folder / "facilities.geojson")
    (folder / "office.key").write_bytes(bytes(range(32)))
    return Town(folder, layout, incidents, facilities)


def publish(given: Town, audience: str, formats: tuple[str, ...] = storage.TABLE_FORMATS,
            maps: tuple[str, ...] = (".html", ".svg", ".pdf", ".png"), run_of: str = "") -> Path:  # fmt: skip
    """Run every command that writes for an audience into one folder."""
    out = given.folder / run_of / audience
    out.mkdir(parents=True)
    common = ["--audience", audience, "--key-file", given.folder / "office.key", "--date", DATE]
    for suffix in formats:
        rows = given.folder / "incidents.csv"
        if suffix == ".gpx" and audience == "partner":  # there, every row needs a point
            rows = _with_masks(given, out)
        run("release", rows, "--as", "incidents", "--sectors",
            given.layout, *common, "--out", out / f"incidents_{suffix[1:]}{suffix}")  # fmt: skip
    for suffix in set(formats) & set(FACILITY_FORMATS):
        run("release", given.folder / "facilities.geojson", "--as", "facilities", "--sectors",
            given.layout, *common, "--out", out / f"facilities_{suffix[1:]}{suffix}")  # fmt: skip
    for suffix in maps:
        run("map", given.folder / "incidents.csv", "--sectors", given.layout, "--roads",
            given.layout.with_name("roads.geojson"), "--facilities", given.folder / "facilities.geojson",
            *common, "--out", out / f"map_{suffix[1:]}{suffix}")  # fmt: skip
    return out


def _with_masks(given: Town, out: Path) -> Path:
    """Keep the incidents that have a point for partners: those not too near to a border."""
    seen = gpd.read_file(out / "incidents_gpkg.gpkg", layer="incidents_gpkg")
    rows = pd.read_csv(given.folder / "incidents.csv")
    file = given.folder / "masked.csv"
    rows[seen.geometry.notna().to_numpy()].to_csv(file, index=False)
    return file


def ground(layout: Path) -> np.ndarray:
    """Give the corners of what everybody may see and of the boxes around it, and where words stand.

    These are the middle of a map, and the point of each sector at which its name is written.
    """
    seen = [
        *(gpd.read_file(layout.with_name(f"{name}.geojson")) for name in ("roads", "boundary")),
        *(gpd.read_file(layout, layer=name) for name in ("sectors", "borders", "blocks")),
    ]
    shapes = np.concatenate([table.to_crs(4326).geometry.to_numpy() for table in seen])
    boxes = shapely.box(*shapely.bounds(shapes).T)
    sectors = seen[2].to_crs(4326)
    middle = shapely.box(*sectors.total_bounds).centroid
    corners = shapely.get_coordinates(np.concatenate([shapes, boxes, [middle]]))
    return np.vstack([corners, crossed(*shapely.get_coordinates(sectors.representative_point()).T)])


def crossed(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Give any longitude of a list with any latitude: beside each other, they read as one place."""
    across, up = np.meshgrid(lon, lat)
    return np.column_stack([across.ravel(), up.ravel()])


def masks_of(given: Town, out: Path) -> np.ndarray:
    """Give what partners see of incidents: each mask as far as promised from its own place.

    A row of a table has two axes, a table has many: any of one with any of another may lie near a
    secret by chance, as may the mask of another incident.
    """
    seen = gpd.read_file(out / "incidents_gpkg.gpkg", layer="incidents_gpkg")
    lon, lat = seen.geometry.x.to_numpy(), seen.geometry.y.to_numpy()
    there = np.isfinite(lon)
    assert len(seen) == len(given.incidents)
    assert there.sum() > len(seen) // 2
    way = crs.distances_m(*given.incidents[there].T, lon[there], lat[there])
    assert (way >= SEEN_M).all()
    return crossed(lon[there], lat[there])


def moved_in_cells(places: np.ndarray, cell_m: float, seed: int) -> np.ndarray:
    """Move each place to somewhere else in its cell of the fixed grid, if not by much."""
    random = np.random.default_rng(seed)
    moved, home = places.copy(), np.column_stack(crs.cell_centres(*places.T, cell_m))
    for _ in range(60):
        tried = places + random.uniform(-1, 1, places.shape) * cell_m / 111_000
        same = (np.column_stack(crs.cell_centres(*tried.T, cell_m)) == home).all(axis=1)
        moved[same] = tried[same]
    return moved


def moved_in_sectors(layout: Path, places: np.ndarray) -> np.ndarray:
    zones = Assigner(gpd.read_file(layout, layer="sectors"))
    others = inside(layout, 400, 7)
    homes = zones.assign(*others.T)
    return np.array([others[homes == home][0] for home in zones.assign(*places.T)])


def contents(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.fixture(scope="module")
def first(layout: Path, tmp_path_factory: pytest.TempPathFactory) -> Town:
    folder = tmp_path_factory.mktemp("secret") / "town"
    return town(folder, layout, inside(layout, 24, 1), inside(layout, 10, 2))


@pytest.mark.long
@pytest.mark.parametrize("audience", ["partner", "public"])
def test_no_written_file_holds_a_secret_place(first: Town, audience: str) -> None:
    out = publish(first, audience)
    known = ground(first.layout)
    if audience == "partner":
        known = np.vstack([known, masks_of(first, out)])
    secrets = [(x, y, PROMISED_M) for x, y in (*first.incidents, *first.facilities)]
    files = contents(out)
    assert {Path(name).suffix for name in files} >= {*storage.TABLE_FORMATS, ".html", ".pdf"}
    found = {name: leaks(data, secrets, known=known) for name, data in files.items()}
    assert {name: some for name, some in found.items() if some} == {}


SHORT = (".csv", ".xlsx", ".kml", ".gpkg")


def test_the_usual_files_hold_no_secret_place(first: Town) -> None:
    """The short scan: one map, four formats; the long one has every format."""
    publish(first, "public", SHORT, (), "short")
    out = publish(first, "partner", SHORT, (".html",), "short").parent
    secrets = [(x, y, PROMISED_M) for x, y in (*first.incidents, *first.facilities)]
    masked = masks_of(first, out / "partner")
    known = np.vstack([ground(first.layout), masked])
    found = {name: leaks(data, secrets, known=known) for name, data in contents(out).items()}
    assert len(found) > 30
    assert {name: some for name, some in found.items() if some} == {}


@pytest.mark.long
@pytest.mark.parametrize("audience", ["partner", "public"])
def test_where_a_secret_lies_changes_no_byte(first: Town, audience: str, tmp_path: Path) -> None:
    """Elsewhere in its sector, in its cell, in its mask's cell: the files are the same."""
    cell = masks.WIDEST_CELL_M if audience == "partner" else 1000.0
    incidents = moved_in_cells(first.incidents, cell, 3)
    zones = Assigner(gpd.read_file(first.layout, layer="sectors"))
    across = zones.assign(*incidents.T) != zones.assign(*first.incidents.T)
    incidents[across] = first.incidents[across]  # a mask stays in the sector of its place
    facilities = moved_in_sectors(first.layout, first.facilities)
    assert (incidents != first.incidents).any()
    assert (facilities != first.facilities).any()
    formats, maps = (".csv", ".gpkg", ".parquet"), (".html", ".svg")
    one = publish(first._replace(folder=_copy(first, tmp_path / "one")), audience, formats, maps)
    again = town(tmp_path / "two", first.layout, incidents, facilities)
    other = publish(again, audience, formats, maps)
    before, after = contents(one), contents(other)
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name]] == []


def _copy(given: Town, folder: Path) -> Path:
    town(folder, given.layout, given.incidents, given.facilities)
    return folder
