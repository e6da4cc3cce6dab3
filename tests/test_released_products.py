"""No sheet, page or table for partners or the public tells a sensitive place that was given to it.

A coordinate may stand in any cell; a shelter may be drawn. Each product is made for the office
first: there the scanner must find the places, or it would prove nothing. All places are synthetic.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geosector import Layout, crs, draw_map, for_audience, partition_city, storage, tables
from geosector.errors import AudienceError
from geosector.maps.paper import layers, twin
from geosector.report import sheets, write_sector_sheets
from geosector.report.sector_map import look_at
from tests.drawn import draw_town
from tests.leaks import Leak, Page, leaks
from tests.partition.towns import THREE_QUARTERS

KEY, DATE = bytes(range(32)), "2024-06-01"
MM = 72 / 25.4
# The town is small: a mask of one place may lie some metres from another, a wrong number would not.
PROMISED_M = 3.0
# Of a page on which a metre is a point, letters and middles lie around what everybody knows.
APART_M = 25.0
OTHERS = ("partner", "public")


@pytest.fixture(scope="module")
def layout() -> Layout:
    town = draw_town(THREE_QUARTERS)
    return partition_city(town.boundary, town.roads, 3, population=town.people, iterations=12)


def places(layout: Layout, seed: int, count: int = 9) -> np.ndarray:
    """Choose places in the town, off the corners and middles that everybody knows."""
    west, south, east, north = layout.sectors.total_bounds
    chosen = np.random.default_rng(seed).uniform((west, south), (east, north), (400, 2)).round(5)
    chosen += np.array([4.3e-6, 3.7e-6])
    inside = shapely.contains_xy(layout.sectors.union_all().buffer(-1e-4), *chosen.T)
    chosen = chosen[inside]
    seen = shapely.STRtree(shapely.points(known(layout)))
    near = seen.query(shapely.points(chosen), "dwithin", distance=APART_M / 90_000)[0]
    chosen = np.delete(chosen, near, axis=0)[:count]
    assert len(chosen) == count
    return chosen


def known(layout: Layout) -> np.ndarray:
    """Give the corners of what everybody may see, and the middles where names stand."""
    zones = layout.sectors.to_crs(4326).geometry
    west, south, east, north = shapely.bounds(zones.to_numpy()).T
    return np.vstack([
        shapely.get_coordinates(zones),
        shapely.get_coordinates(layout.borders.to_crs(4326).geometry),
        shapely.get_coordinates(zones.representative_point()),
        np.column_stack([(west + east) / 2, (south + north) / 2]),
    ])  # fmt: skip


def found(data: bytes, secret: np.ndarray, ground: np.ndarray, *pages: Page) -> list[Leak]:
    return leaks(data, [(x, y, PROMISED_M) for x, y in secret], known=ground, pages=pages)


# --------------------------------------------------------------- sheets of sectors


def facilities(secret: np.ndarray) -> gpd.GeoDataFrame:
    kinds = ("shelter", "warehouse", "field_hospital", "school")
    return gpd.GeoDataFrame(
        {
            "kind": [kinds[at % len(kinds)] for at in range(len(secret))],
            "name": [f"{y:.6f}, {x:.6f}" for x, y in secret],
        },
        geometry=shapely.points(secret),
        crs="EPSG:4326",
    )


def drawn_sheets(
    layout: Layout,
    secret: np.ndarray,
    audience: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    **options: Any,
) -> dict[str, tuple[bytes, list[Page]]]:
    """Write sheets; give each with where its map lies on it, as the drawing itself was told."""
    metric = crs.metric_crs(layout.sectors.to_crs(4326).total_bounds)
    frames: list[Page] = []
    draw = sheets.draw_sector

    def watched(page: Any, frame: Any, scene: Any, sector: int) -> None:
        own = scene.sectors.set_index("sector_id").geometry[sector]
        view = look_at(own, frame)
        left = page.across(frame.x) * page.width - (frame.width if page.mirrored else 0)
        edges = [left, frame.y + frame.height, left + frame.width, frame.y]
        across, down, end, top = (edge * MM for edge in edges)
        frames.append(Page(across, page.height * MM - down, end, page.height * MM - top, *view[:4], metric))  # fmt: skip
        frames.append(Page(across, down, end, top, *view[:4], metric))
        draw(page, frame, scene, sector)

    monkeypatch.setattr(sheets, "draw_sector", watched)
    written = write_sector_sheets(
        layout, folder, audience=audience, date=DATE, key=KEY,
        facilities=facilities(secret), **options,
    )  # fmt: skip
    return {file.name: (file.read_bytes(), frames) for file in written}


def at_the_middle(layout: Layout, secret: np.ndarray) -> np.ndarray:
    """Move each place to the middle of its sector."""
    zones = layout.sectors.to_crs(4326)
    homes = [int(np.flatnonzero(shapely.contains_xy(zones.geometry, *one))[0]) for one in secret]
    return shapely.get_coordinates(zones.geometry.representative_point())[homes]


@pytest.mark.long
@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("kind", ["pdf", "svg"])
def test_a_sheet_of_the_office_shows_each_facility_and_the_scanner_sees_it(
    layout: Layout,
    kind: str,
    lang: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = places(layout, 1)
    made = drawn_sheets(
        layout, secret, "internal", tmp_path, monkeypatch, lang=lang, formats=[kind]
    )
    seen = [
        one for data, pages in made.values() for one in found(data, secret, known(layout), *pages)
    ]
    assert "drawn page" in {one.kind for one in seen}
    for lon, lat in secret:
        assert any(abs(one.lon - lon) < 1e-5 and abs(one.lat - lat) < 1e-5 for one in seen)


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("audience", OTHERS)
def test_a_sheet_for_others_draws_no_facility(
    layout: Layout,
    audience: str,
    seed: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is drawn there when all facilities lie elsewhere in their sectors, letters say, is none."""
    secret = places(layout, seed)
    formats = ["pdf", "svg", "png"]
    told, elsewhere = (
        {
            name: found(data, secret, known(layout), *pages)
            for name, (data, pages) in drawn_sheets(
                layout, given, audience, tmp_path / name, monkeypatch, formats=formats
            ).items()
        }
        for name, given in (("told", secret), ("elsewhere", at_the_middle(layout, secret)))
    )
    assert len(told) == 9
    assert {name: some for name, some in told.items() if set(some) - set(elsewhere[name])} == {}


@pytest.mark.parametrize("audience", OTHERS)
def test_where_a_facility_lies_in_its_sector_changes_no_pixel_of_a_sheet(
    layout: Layout,
    audience: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = places(layout, 1)
    others = at_the_middle(layout, secret)
    one, other = (
        drawn_sheets(layout, given, audience, tmp_path / name, monkeypatch, formats=["png", "pdf"])
        for name, given in (("one", secret), ("other", others))
    )
    assert {name: data for name, (data, _) in one.items()} == {
        name: data for name, (data, _) in other.items()
    }


# --------------------------------------------------------------- maps and their twins


def incidents(secret: np.ndarray, **more: Any) -> gpd.GeoDataFrame:
    written = [f"{y:.6f}, {x:.6f}" for x, y in secret]
    told = {"kind": "attack", "date": "2024-04-02", "narrative": written, "weapon": written, **more}
    return gpd.GeoDataFrame(told, index=range(len(secret)), geometry=shapely.points(secret), crs=4326)  # fmt: skip


def twin_page(scene: dict[str, Any], lang: str) -> list[Page]:
    """Say where the map lies on its sheet."""
    page = twin.Page(lang, twin.WIDE, twin.HIGH)
    view = layers.look_at(scene["bounds"], twin.MAP)
    left = page.across(twin.MAP.x) * page.width - (twin.MAP.width if page.mirrored else 0)
    across, end = left * MM, (left + twin.MAP.width) * MM
    down, top = (twin.MAP.y + twin.MAP.height) * MM, twin.MAP.y * MM
    high = twin.HIGH * MM
    edges = (view.west, view.south, view.east, view.north, crs.WEB_MERCATOR)
    return [
        Page(across, high - down, end, high - top, *edges),
        Page(across, down, end, top, *edges),
    ]


@pytest.mark.long
@pytest.mark.parametrize("lang", ["en", "ckb"])
def test_no_map_shows_others_an_incident_or_a_shelter(
    layout: Layout,
    lang: str,
    tmp_path: Path,
) -> None:
    secret, ground = places(layout, 4, 20), known(layout)
    for audience in ("internal", *OTHERS):
        drawn = draw_map(
            incidents(secret[:12]), sectors=layout.sectors, borders=layout.borders,
            facilities=facilities(secret[12:]), audience=audience, key=KEY, date=DATE, lang=lang,
        )  # fmt: skip
        pages = twin_page(drawn.scene, lang)
        parts = {"html": drawn.to_html().encode(), "cell": drawn._repr_html_().encode()}
        for kind in ("svg", "pdf"):
            drawn.save(tmp_path / f"{audience}.{kind}")
            parts[kind] = (tmp_path / f"{audience}.{kind}").read_bytes()
        told = {name: found(data, secret, ground, *pages) for name, data in parts.items()}
        assert {name for name, some in told.items() if some} == (
            set(parts) if audience == "internal" else set()
        ), told


@pytest.mark.parametrize("audience", OTHERS)
@pytest.mark.parametrize("column", ["kind", "date", "locality", "date_precision"])
def test_a_coordinate_in_a_cell_reaches_no_legend(
    layout: Layout,
    audience: str,
    column: str,
) -> None:
    secret = places(layout, 5)
    rows = incidents(secret)
    rows[column] = [f"{y:.6f}, {x:.6f}" for x, y in secret]
    drawn = draw_map(rows, sectors=layout.sectors, audience=audience, key=KEY, date=DATE)
    assert found(drawn.to_html().encode(), secret, known(layout)) == []


# --------------------------------------------------------------- tables


GROUND = (
    "roads", "barriers", "buildings", "water", "boundary", "gazetteer", "sectors", "borders",
    "blocks",
)  # fmt: skip


def full(name: str, secret: np.ndarray, *, fair: bool) -> gpd.GeoDataFrame:
    """Write the place of each row into every column; fair rows hold in coded ones what they may."""
    written = [f"{y:.6f}, {x:.6f}" for x, y in secret]
    columns: dict[str, Any] = {"unknown": written}
    for column, facts in tables.table(name).columns.items():
        word = next(iter(facts.values), None)
        usual = {"choice": word, "integer": 800, "number": 800, "flag": True}
        coded = fair and facts.type in usual
        columns[column] = [usual[facts.type]] * len(secret) if coded else written
        if facts.type == "date":
            columns[column] = ["2024-04-02"] * len(secret)
    shapes = shapely.points(secret)
    if name in GROUND:  # where it lies is known; what is written of it is not
        shapes = shapely.points(secret.round(2))
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")


@pytest.mark.long
@pytest.mark.parametrize("fair", [True, False], ids=["fair", "every cell"])
@pytest.mark.parametrize("audience", OTHERS)
@pytest.mark.parametrize("name", tables.table_names())
def test_no_column_of_no_table_passes_a_coordinate_on(
    layout: Layout,
    name: str,
    audience: str,
    fair: bool,  # noqa: FBT001 - a parameter of pytest
    tmp_path: Path,
) -> None:
    secret = places(layout, 6)
    rows = full(name, secret, fair=fair)
    try:
        seen = for_audience(rows, audience, name=name, sectors=layout.sectors, key=KEY, date=DATE)
    except AudienceError:
        assert name in {"points", "population", "matches", "barriers", *tables.RESULTS}
        return
    if seen.columns.empty:  # what an office learned or recommends is its own
        assert name in {"aliases", "closures", "recommendations", "committees", *tables.RESULTS}
        return
    for suffix in (".csv", ".gpkg", ".parquet"):
        storage.write_table(seen, tmp_path / f"seen{suffix}")
    files = sorted(tmp_path.iterdir())
    assert files
    assert not [file for file in files if file.name.endswith(("-wal", "-shm", "-journal", ".tmp"))]
    told = {file.name: found(file.read_bytes(), secret, known(layout)) for file in files}
    assert {name: some for name, some in told.items() if some} == {}
