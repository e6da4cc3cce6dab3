"""Sheets of a map: the same layers as the page, for printers and phones, in four languages."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.textpath import TextPath
from PIL import Image
from shapely.geometry import LineString, Point, box

from geosector.errors import InputError
from geosector.language import LANGUAGES, number, unmarked
from geosector.maps import draw_map
from geosector.maps.paper import labels, layers, legend, twin
from geosector.maps.paper.scale import Frame, bar_length
from geosector.maps.paper.twin import draw_paper, write_paper
from geosector.maps.saying import spoken, told

WGS84 = "EPSG:4326"
KEY = bytes(32)
SCRIPTS = Path(twin.__file__).parents[1] / "script"
HOSTILE = "$x^2$ \\frac{1}{0} {{7*7}} <b>bold</b> %s"


def scene_of(tables: Any, **options: Any) -> dict[str, Any]:
    given = {**tables._asdict(), "audience": "internal", "lang": "en", "bandwidth_m": 500.0}
    return draw_map(**{**given, **options}).scene


def layer_of(scene: dict[str, Any], name: str) -> dict[str, Any]:
    return next(layer for layer in scene["layers"] if layer["id"] == name)


def lines_on(page: Any) -> list[str]:
    said = (unmarked(drawn.get_text()).strip("\u200e\u200f") for drawn in page._texts)
    return [line.replace("\u00a0", " ") for line in said]


def png_of(page: Any) -> bytes:
    return page.save("png", None, {}, dpi=60)


def pen_of(page: Any) -> Any:
    """Draw a page, and give what measures text on it."""
    canvas = FigureCanvasAgg(page.figure)
    with rc_context({"text.hinting": "none"}):
        canvas.draw()
    return canvas.get_renderer()


def ink_of(page: Any, drawn: Any) -> labels.Box:
    """Give the ink of a label, in mm from the left and from the top."""
    ink = TextPath((0, 0), drawn.get_text(), prop=drawn.get_fontproperties()).get_extents()
    x, y = np.multiply(drawn.get_position(), (page.width, page.height))
    half, low, high = ink.width / 2 * 25.4 / 72, ink.y0 * 25.4 / 72, ink.y1 * 25.4 / 72
    return labels.Box(x - half, page.height - y - high, x + half, page.height - y - low)


@pytest.fixture(scope="module")
def large_town() -> dict[str, Any]:
    """Draw a synthetic town of 25,000 streets and 24 sectors, at the latitude of Mosul."""
    random = np.random.default_rng(0)
    side, west, south, step = 112, 43.07, 36.28, 0.0013
    across, up = np.meshgrid(west + step * np.arange(side), south + step * np.arange(side))
    corners = np.stack([across, up], axis=-1) + random.normal(0, 6e-5, (side, side, 2))
    streets = [LineString(pair) for row in corners for pair in pairwise(row)]
    streets += [LineString(pair) for row in corners.swapaxes(0, 1) for pair in pairwise(row)]
    classes = np.where(np.arange(len(streets)) % 1554 < 111, "primary", "residential")
    wide, high = side * step / 6, side * step / 4
    cells = [
        box(west + wide * x, south + high * y, west + wide * (x + 1), south + high * (y + 1))
        for y in range(4)
        for x in range(6)
    ]
    centres = random.uniform((west, south), (west + side * step, south + side * step), (30, 2))
    spots = centres[random.integers(0, 30, 3000)] + random.normal(0, 0.006, (3000, 2))
    return draw_map(
        gpd.GeoDataFrame(
            {"kind": ["attack"] * 3000, "date": ["2024-04-02"] * 3000},
            geometry=[*map(Point, spots)],
            crs=WGS84,
        ),
        sectors=gpd.GeoDataFrame(
            {"sector_id": range(1, 25), "name": ["Synthetic quarter"] * 24},
            geometry=cells,
            crs=WGS84,
        ),
        roads=gpd.GeoDataFrame({"road_class": classes}, geometry=streets, crs=WGS84),
        audience="internal",
        lang="ar",
    ).scene


# ---------------------------------------------------------------- every layer, and no other


def test_every_kind_of_layer_that_the_page_draws_has_its_place_on_a_sheet() -> None:
    makers = "\n".join(path.read_text(encoding="utf-8") for path in sorted(SCRIPTS.glob("*.js")))
    known = {*layers.GROUND, *twin.OVER, *layers.PAGE_ONLY}
    assert set(re.findall(r"gs\.makers\.(\w+) =", makers)) <= known
    assert set(legend.SAMPLES) == {*layers.GROUND, *twin.OVER}


def test_a_layer_of_an_unknown_kind_is_refused(tables: Any) -> None:
    scene = scene_of(tables)
    scene["layers"][0]["kind"] = "hologram"
    with pytest.raises(InputError, match="A sheet cannot show a layer of the kind 'hologram'"):
        draw_paper(scene, "en")


@pytest.mark.parametrize(
    "name",
    ["roads", "density-attack", "sectors", "borders", "circles", "facilities-shelter",
     "facilities-warehouse"],
)  # fmt: skip
def test_each_layer_shows_on_the_sheet_and_in_its_legend(tables: Any, name: str) -> None:
    scene = scene_of(tables)
    (own,) = (layer for layer in scene["layers"] if layer["id"] == name)
    without = {**scene, "layers": [layer for layer in scene["layers"] if layer is not own]}
    whole, lacking = draw_paper(scene, "en", dpi=60), draw_paper(without, "en", dpi=60)
    assert spoken(own["name"], "en") in lines_on(whole)
    assert spoken(own["name"], "en") not in lines_on(lacking)
    maps = [
        Image.open(io.BytesIO(png_of(page))).crop((25, 62, 520, 470)) for page in (whole, lacking)
    ]
    assert maps[0].tobytes() != maps[1].tobytes()


def test_what_is_off_on_the_page_is_named_and_not_drawn(tables: Any) -> None:
    scene = scene_of(tables)
    lines = lines_on(draw_paper(scene, "en", dpi=60))
    assert "Density of fires" not in lines
    assert "Density of fires" in " ".join(lines).partition("Only on the interactive map: ")[2]


def test_small_streets_are_left_out_at_a_small_scale_and_the_sheet_says_so(tables: Any) -> None:
    tables.roads.loc[1, "road_class"] = "path"
    assert "Smaller streets are left out at this scale." in lines_on(
        draw_paper(scene_of(tables), "en", dpi=60)
    )


def test_the_legend_tells_unit_number_period_bandwidth_and_status(tables: Any) -> None:
    lines = lines_on(draw_paper(scene_of(tables), "en", dpi=60))
    for line in (
        "Incidents per km²", "Open", "Damaged",
        "Main road", "Incidents without a place, not drawn: 1",
    ):  # fmt: skip
        assert line in lines
    assert any(line.startswith("Period: ") for line in lines)
    assert any(line.endswith(" incidents") for line in lines)
    assert any(line.startswith("Bandwidth (Gaussian): 500 m") for line in lines)


@pytest.mark.parametrize("audience", ["partner", "public"])
def test_a_sheet_shows_nothing_that_the_audience_may_not_see(
    tables: Any, tmp_path: Path, audience: str
) -> None:
    drawn = draw_map(**tables._asdict(), audience=audience, key=KEY, date="2024-06-01", lang="en")
    for ending in ("pdf", "svg"):
        drawn.save(tmp_path / f"sheet.{ending}")
        assert b"Shelter One" not in (tmp_path / f"sheet.{ending}").read_bytes()
    lines = lines_on(draw_paper(drawn.scene, "en", dpi=60))
    assert not [line for line in lines if "Shelter One" in line or line.startswith("Shelters")]
    assert not [layer for layer in drawn.scene["layers"] if layer["kind"] == "places"]


# ---------------------------------------------------------------- geometry


@pytest.mark.parametrize("lat", [0.0, 36.3, 60.0, -45.0])
def test_the_scale_is_true_at_the_latitude_of_the_map(lat: float) -> None:
    view = layers.look_at([[lat - 0.02, 43.0], [lat + 0.02, 43.1]], Frame(0, 0, 200, 150))
    sphere = view.mercator_per_mm * np.cos(np.radians(lat))
    assert view.m_per_mm == pytest.approx(sphere, rel=4e-3)  # the earth is no sphere


def test_the_bar_is_as_long_as_it_says(tables: Any) -> None:
    scene = scene_of(tables)
    page = draw_paper(scene, "en", dpi=60)
    view = layers.look_at(scene["bounds"], twin.MAP)
    metres = bar_length(twin.BAR_ROOM, view.m_per_mm)
    halves = [
        patch.get_width() * page.width
        for patch in page.figure.artists + page.figure.patches
        if hasattr(patch, "get_height") and round(patch.get_height() * page.height, 2) == 1.4
    ]
    assert sum(halves) * view.m_per_mm == pytest.approx(metres)
    assert f"{number(metres / 1000)} km" in lines_on(page)


def test_the_map_shows_all_of_its_bounds(tables: Any) -> None:
    scene = scene_of(tables)
    view = layers.look_at(scene["bounds"], twin.MAP)
    corners = layers.mercator(np.array([bound[::-1] for bound in scene["bounds"]]))
    spots = view.millimetres(corners)
    assert (spots > 0).all()
    assert (spots < (twin.MAP.width, twin.MAP.height)).all()


# ---------------------------------------------------------------- languages


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_sheet_begins_where_its_language_begins(tables: Any, lang: str) -> None:
    scene = scene_of(tables, title="Synthetic")
    page = draw_paper(scene, lang, dpi=60)
    title = page._texts[lines_on(page).index("Synthetic")]
    assert (title.get_position()[0] > 0.5) is (LANGUAGES[lang].direction == "rtl")
    sectors = page._texts[lines_on(page).index(spoken(layer_of(scene, "sectors")["name"], lang))]
    assert (sectors.get_position()[0] > 0.5) is (LANGUAGES[lang].direction == "ltr")


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_text_of_a_pdf_can_be_read_back(tables: Any, tmp_path: Path, lang: str) -> None:
    scene = scene_of(tables, title=HOSTILE)
    (tmp_path / "sheet.pdf").write_bytes(write_paper(scene, lang, "pdf"))
    done = subprocess.run(
        ["pdftotext", "-raw", tmp_path / "sheet.pdf", "-"], capture_output=True, check=True,
        text=True, encoding="utf-8",
    )  # fmt: skip
    read = re.sub(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", done.stdout)
    words = read.split()
    for said in (
        layer_of(scene, "sectors")["name"],
        layer_of(scene, "roads")["name"],
        *scene["stamp"],
    ):
        for word in re.findall(r"\w+", unmarked(spoken(said, lang))):
            assert any(word in one for one in words), word
    assert "$x^2$" in read


@pytest.mark.parametrize("lang", ["ar", "ckb"])
def test_numbers_are_in_the_digits_of_the_language(tables: Any, lang: str) -> None:
    lines = lines_on(draw_paper(scene_of(tables), lang, dpi=60))
    assert "١" in lines  # the sector
    assert not [line for line in lines if re.fullmatch(r"[0-9]+", line)]


# ---------------------------------------------------------------- words


def test_words_from_the_data_are_never_a_formula(tables: Any) -> None:
    tables.sectors["name"] = ["$\\frac{1}{0}$", "\x00\x07 $$ \u202eevil\n\n<b>"]
    scene = scene_of(tables, title=HOSTILE, source="$\\bad$ `{{7*7}}`")
    page = draw_paper(scene, "en", dpi=60)
    png_of(page)
    lines = lines_on(page)
    for said in (HOSTILE, "Source: $\\bad$ `{{7*7}}`", "$\\frac{1}{0}$"):
        assert any(said in line for line in lines)
    assert not any(drawn.get_parse_math() for drawn in page._texts)
    assert not any(sign < " " for line in lines for sign in line)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_very_long_name_leaves_the_sheet_in_order(tables: Any, lang: str) -> None:
    tables.sectors["name"] = ["W" * 500, "شارع الثورة " * 60]
    scene = scene_of(tables, title="Very long " * 60, source="S" * 400)
    page = draw_paper(scene, lang, dpi=60)
    pen = pen_of(page)
    for drawn in page._texts:
        edges = drawn.get_window_extent(pen).transformed(page.figure.transFigure.inverted())
        assert edges.x0 > 0.01, drawn.get_text()
        assert edges.x1 < 0.99, drawn.get_text()
        assert edges.y0 > 0.0, drawn.get_text()


def test_a_legend_that_does_not_fit_says_how_much_is_missing(tables: Any) -> None:
    scene = scene_of(tables)
    scene["notes"] = [f"note {at}" for at in range(100)]
    lines = lines_on(draw_paper(scene, "en", dpi=60))
    (said,) = (line for line in lines if "more lines on the interactive map" in line)
    missing = int(re.sub(r"\D", "", said))
    assert sum(line.startswith("note") for line in lines) + missing >= 100


# ---------------------------------------------------------------- labels


def crowd(size: int) -> dict[str, Any]:
    """Synthetic sectors in a square, with names of several lengths."""
    cells = [
        box(43 + x / 100, 36 + y / 100, 43 + (x + 1) / 100, 36 + (y + 1) / 100)
        for y in range(size)
        for x in range(size)
    ]
    names = [["Short", "A name that is rather long", "شارع", None][at % 4] for at in range(size**2)]
    sectors = gpd.GeoDataFrame(
        {"sector_id": range(1, size**2 + 1), "name": names}, geometry=cells, crs=WGS84
    )
    return told(draw_map(sectors=sectors, audience="internal").scene, "en")


@pytest.mark.parametrize("size", [3, 12])
def test_numbers_stay_and_names_give_way_to_the_legend(size: int) -> None:
    scene = crowd(size)
    lines = lines_on(draw_paper(scene, "en", dpi=60))
    assert {str(at) for at in range(1, size**2 + 1)} <= set(lines)
    named = [item["name"] for item in scene["layers"][0]["items"] if item["name"]]
    page = twin.Page("en", twin.WIDE, twin.HIGH)
    view = layers.look_at(scene["bounds"], twin.MAP)
    unplaced = labels.draw_labels(page, view, scene["layers"][0], [])
    assert len(page._texts) >= size**2 + len(named) - len(unplaced)
    assert bool(unplaced) is (size == 12)


def test_no_label_lies_on_another() -> None:
    scene = crowd(7)
    page = twin.Page("en", twin.WIDE, twin.HIGH)
    view = layers.look_at(scene["bounds"], twin.MAP)
    labels.draw_labels(page, view, scene["layers"][0], [])
    boxes = [ink_of(page, drawn) for drawn in page._texts]
    assert not [
        (one, other)
        for at, one in enumerate(boxes)
        for other in boxes[at + 1 :]
        if one.meets(other)
    ]


def test_a_number_moves_off_a_symbol_but_not_out_of_its_sector(tables: Any) -> None:
    middle = tables.sectors.geometry.representative_point().iloc[:1]
    facilities = gpd.GeoDataFrame({"kind": ["school"]}, geometry=list(middle), crs=WGS84)
    scene = told(scene_of(tables, facilities=facilities), "en")
    view = layers.look_at(scene["bounds"], twin.MAP)
    (areas,) = (layer for layer in scene["layers"] if layer["kind"] == "areas")
    page = twin.Page("en", twin.WIDE, twin.HIGH)
    twin._labels(page, scene["layers"], view)
    free = twin.Page("en", twin.WIDE, twin.HIGH)
    labels.draw_labels(free, view, areas, [])
    places = [one._texts[lines_on(one).index("1")].get_position() for one in (page, free)]
    assert places[0] != places[1]
    assert np.hypot(*(np.subtract(*places) * (twin.WIDE, twin.HIGH))) < 15


def test_where_there_is_no_free_place_the_number_stays_where_it_is(tables: Any) -> None:
    scene = told(scene_of(tables), "en")
    view = layers.look_at(scene["bounds"], twin.MAP)
    (areas,) = (layer for layer in scene["layers"] if layer["kind"] == "areas")
    everywhere = [labels.Box(0, 0, 1000, 1000)]
    page = twin.Page("en", twin.WIDE, twin.HIGH)
    unplaced = labels.draw_labels(page, view, areas, everywhere)
    assert lines_on(page) == ["1", "2"]
    assert unplaced == [("1", "West"), ("2", "East")]


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("kind", ["png", "pdf", "svg"])
def test_the_same_scene_is_the_same_bytes(tables: Any, kind: str) -> None:
    scene = scene_of(tables)
    assert write_paper(scene, "ar", kind) == write_paper(scene, "ar", kind)


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_a_town_of_25000_streets_fits_into_a_message(large_town: dict[str, Any], kind: str) -> None:
    file = write_paper(large_town, "ar", kind)
    assert 50_000 < len(file) <= 500_000
    if kind == "png":
        with Image.open(io.BytesIO(file)) as image:
            assert image.mode == "P"
            assert image.info["dpi"][0] >= 99
            assert image.size[0] / image.size[1] == pytest.approx(297 / 210, rel=0.01)


def test_symbols_keep_their_colours_in_a_png(tables: Any) -> None:
    with Image.open(io.BytesIO(write_paper(scene_of(tables), "en", "png"))) as image:
        colours = {colour for _, colour in image.convert("RGB").getcolors()}
    # Shelters, the stamp of the office, paper.
    assert {(0, 114, 178), (155, 34, 38), (255, 255, 255)} <= colours


def test_a_pdf_says_when_only_where_the_build_says_it(
    tables: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    scene = scene_of(tables)
    assert b"/CreationDate" not in write_paper(scene, "en", "pdf")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert b"/CreationDate (D:19700102000000Z)" in write_paper(scene, "en", "pdf")


def test_an_unknown_format_is_refused(tables: Any) -> None:
    with pytest.raises(InputError, match="Use: pdf, png, svg"):
        write_paper(scene_of(tables), "en", "gif")


def test_a_map_is_saved_by_the_ending_of_its_name(tables: Any, tmp_path: Path) -> None:
    drawn = draw_map(**tables._asdict(), audience="internal", lang="ckb")
    starts = {"html": b"<!DOCTYPE", "PNG": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}
    for ending, start in starts.items():
        drawn.save(str(tmp_path / f"map.{ending}"))
        assert (tmp_path / f"map.{ending}").read_bytes().startswith(start)
    with pytest.raises(InputError, match=r"\.html, \.png, \.pdf, \.svg; .*another format"):
        drawn.save(tmp_path / "map.gif")


def test_layers_of_foliums_own_are_counted_in_the_legend(tables: Any) -> None:
    drawn = draw_map(**tables._asdict(), audience="internal", lang="en")
    before = drawn._sheet("svg")
    folium.LayerControl().add_to(drawn)
    assert drawn._sheet("svg") == before
    folium.Circle([36, 37], radius=100).add_to(drawn)
    assert drawn._sheet("svg") != before


def test_no_tables_are_an_empty_sheet() -> None:
    lines = lines_on(draw_paper(draw_map(audience="internal").scene, "en", dpi=60))
    assert {"Map of sectors", "Internal: do not pass on", "N"} <= set(lines)


def test_layers_without_one_item_are_drawn_as_nothing(tables: Any) -> None:
    empty = {name: table.iloc[:0] for name, table in tables._asdict().items()}
    page = draw_paper(draw_map(**empty, audience="internal").scene, "en", dpi=60)
    assert "Sectors" in lines_on(page)
    assert pd.notna(page.width)
