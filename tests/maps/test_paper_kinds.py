"""Sheets of a map: choropleths, points, differences, water and buildings."""

from __future__ import annotations

import io
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.path import Path as Outline
from PIL import Image
from shapely.geometry import LineString, Point, Polygon, box

from geosector.language import unmarked
from geosector.maps import colours, draw_map
from geosector.maps.paper import incidents, layers, legend, twin
from geosector.maps.paper.twin import draw_paper, write_paper
from geosector.maps.saying import spoken, told

WGS84 = "EPSG:4326"
CHANGE = ("2024-04-01", "2024-04-15"), ("2024-04-16", "2024-04-30")


def scene_of(tables: Any, *, on: tuple[str, ...] = (), **options: Any) -> dict[str, Any]:
    """Make a scene in which the layers named by ``on``, and no others, are shown."""
    scene = draw_map(**{**tables._asdict(), "audience": "internal", "lang": "en", **options}).scene
    chosen = [{**layer, "shown": layer["id"] in on} for layer in scene["layers"]]
    return {**scene, "layers": chosen} if on else scene


def layer_of(scene: dict[str, Any], name: str) -> dict[str, Any]:
    return next(layer for layer in scene["layers"] if layer["id"] == name)


def lines_on(page: Any) -> list[str]:
    said = (unmarked(drawn.get_text()).strip("\u200e\u200f") for drawn in page._texts)
    return [line.replace("\u00a0", " ") for line in said]


def picture_of(page: Any) -> np.ndarray:
    """Give the map of a page, without its legend, as pixels."""
    with Image.open(io.BytesIO(page.save("png", None, {}, dpi=60))) as image:
        return np.asarray(image.convert("RGB").crop((25, 62, 520, 470))).astype(int)


def differ(one: dict[str, Any], other: dict[str, Any]) -> bool:
    maps = [picture_of(draw_paper(scene, "en", dpi=60)) for scene in (one, other)]
    return bool((maps[0] != maps[1]).any())


def crowd(tables: Any, count: int) -> Any:
    """Give many synthetic incidents of two kinds."""
    random = np.random.default_rng(1)
    places = random.uniform((37.01, 36.01), (37.19, 36.09), (count, 2))
    many = gpd.GeoDataFrame(
        {"kind": np.where(np.arange(count) % 2, "attack", "fire"), "date": ["2024-04-02"] * count},
        geometry=[*map(Point, places)], crs=WGS84,
    )  # fmt: skip
    return tables._replace(incidents=many)


# ---------------------------------------------------------------- choropleth


def test_a_choropleth_shades_its_areas_and_lists_its_classes(tables: Any) -> None:
    scene = scene_of(tables, on=("rates-sectors",))
    measure = incidents.measure_of(layer_of(scene, "rates-sectors"))
    lines = lines_on(draw_paper(scene, "en", dpi=60))
    for shade in measure["classes"]:
        assert spoken(shade["label"], "en") in lines
    for note in measure["notes"]:
        assert spoken(note, "en").split()[0] in " ".join(lines)
    assert differ(scene, scene_of(tables, on=("nothing",)))


def test_an_area_without_a_number_is_hatched(tables: Any) -> None:
    scene = scene_of(tables, on=("rates-sectors",))
    measure = incidents.measure_of(layer_of(scene, "rates-sectors"))
    before = picture_of(draw_paper(scene, "en", dpi=60))
    measure["classes"][measure["of"][0]]["colour"] = "hatched"
    assert (picture_of(draw_paper(scene, "en", dpi=60)) != before).any()
    assert incidents.shade("hatched")["hatch"]


def test_a_hole_in_an_area_is_not_shaded() -> None:
    rings = [np.array(shape.exterior.coords) for shape in (box(0, 0, 9, 9), box(3, 3, 6, 6))]
    outline = incidents.outline_around(rings)
    assert outline.contains_point((1, 1))
    assert isinstance(outline, Outline)
    whole = [Polygon(corners) for corners in outline.to_polygons()]
    assert {shape.exterior.is_ccw for shape in whole} == {True, False}


# ---------------------------------------------------------------- points


def test_a_few_points_are_marks_by_kind_and_hollow_where_their_place_is_vague(tables: Any) -> None:
    scene = scene_of(tables, on=("points",))
    lines = lines_on(draw_paper(scene, "en", dpi=60))
    assert any(line.startswith("Attack") and line.endswith("(2)") for line in lines)
    assert any("Hollow marks" in line for line in lines)
    assert differ(scene, scene_of(tables, on=("nothing",)))


def test_many_points_are_dots_and_the_legend_says_so(
    tables: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = scene_of(crowd(tables, 400), on=("points",))
    marks = picture_of(draw_paper(scene, "en", dpi=60))
    monkeypatch.setattr(incidents, "MOST_MARKS", 399)
    page = draw_paper(scene, "en", dpi=60)
    assert (picture_of(page) != marks).any()
    assert any(line.startswith("Dots: the stronger") for line in lines_on(page))


def test_a_dot_of_several_kinds_is_grey(tables: Any) -> None:
    scene = told(scene_of(tables, on=("points",)), "en")
    view = layers.look_at(scene["bounds"], twin.MAP)
    axes = twin.Page("en", twin.WIDE, twin.HIGH).axes(*twin.MAP)
    spot = np.array([[(view.west + view.east) / 2, (view.south + view.north) / 2]] * 2)
    for kinds, colour in (
        ([0, 1], (0x55, 0x55, 0x55)),
        ([1, 1], (0, 255, 0)),
        ([0, 0], (255, 0, 0)),
    ):
        incidents._dots(axes, spot, np.array(kinds), ["#ff0000", "#00ff00"], view)
        drawn = np.asarray(axes.images[-1].get_array())
        (only,) = np.argwhere(drawn[..., 3] > 0)
        assert (drawn[*only, :3] * 255).round().astype(int).tolist() == list(colour)


def test_incidents_that_state_no_kind_have_the_plain_mark(tables: Any) -> None:
    layer = told(layer_of(scene_of(tables), "points"), "en")
    layer["columns"] = [column for column in layer["columns"] if column["id"] == "date"]
    assert incidents.marks_of(layer) == [layer["plain"]]
    assert set(incidents._codes(layer, "kind")) == {0}


# ---------------------------------------------------------------- density and its change


def test_where_nothing_is_known_a_density_is_not_drawn(tables: Any) -> None:
    west = gpd.GeoDataFrame(geometry=[box(37.0, 36.0, 37.05, 36.1)], crs=WGS84)
    known = scene_of(tables, on=("density-attack",), bandwidth_m=2000)
    partly = scene_of(tables, on=("density-attack",), bandwidth_m=2000, surveyed=west)
    partly["bounds"] = known["bounds"]
    assert differ(known, partly)


def test_a_change_is_drawn_with_less_and_more(tables: Any) -> None:
    scene = scene_of(tables, on=("difference-attack",), compare=CHANGE)
    assert differ(scene, scene_of(tables, on=("nothing",)))
    table = colours.read(layer_of(scene, "difference-attack"))
    assert table.shape == (255, 4)
    land = incidents.ramp_of(layer_of(scene, "difference-attack"))[127]
    assert to_hex(land) == layers.LAND


def test_what_needs_a_screen_is_named(tables: Any) -> None:
    scene = scene_of(tables)
    scene["layers"].append({"kind": "tiles", "id": "t", "name": "Tiles of $x$", "shown": True})
    said = " ".join(lines_on(draw_paper(scene, "en", dpi=60)))
    assert "Tiles of $x$" in said.partition("Only on the interactive map: ")[2]


# ---------------------------------------------------------------- the ground


def near_town() -> dict[str, gpd.GeoDataFrame]:
    """Give a synthetic place of one street, seen from near, with a house, a lake and a canal."""
    lake = Polygon(
        box(37.0, 36.0, 37.001, 36.001).exterior, [box(37.0004, 36.0004, 37.0006, 36.0006).exterior]
    )
    return {
        "buildings": gpd.GeoDataFrame(geometry=[box(37.002, 36.0, 37.0025, 36.0005)], crs=WGS84),
        "water": gpd.GeoDataFrame(
            geometry=[lake, LineString([(37.0, 36.002), (37.003, 36.002)])], crs=WGS84
        ),
        "roads": gpd.GeoDataFrame(
            {"road_class": ["primary"]},
            geometry=[LineString([(37.0, 36.0015), (37.003, 36.0015)])], crs=WGS84,
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["buildings", "water", "roads"])
def test_water_buildings_and_roads_are_on_the_ground(name: str) -> None:
    whole = draw_map(**near_town(), audience="internal", lang="en").scene
    without = {
        **whole, "layers": [layer for layer in whole["layers"] if layer["id"] != name],
    }  # fmt: skip
    assert differ(whole, without)
    assert spoken(layer_of(whole, name)["name"], "en") in lines_on(draw_paper(whole, "en", dpi=60))


def test_an_island_in_a_lake_is_land() -> None:
    scene = draw_map(water=near_town()["water"], audience="internal", lang="en").scene
    view = layers.look_at(scene["bounds"], twin.MAP)
    painted = twin._ground(told(scene, "en")["layers"], view, 60)
    island, lake = (
        view.millimetres(layers.mercator(np.array([place])))[0] * 60 / 25.4
        for place in ((37.0005, 36.0005), (37.0002, 36.0002))
    )
    land = [int(layers.LAND[at : at + 2], 16) for at in (1, 3, 5)]
    assert painted[int(island[1]), int(island[0])].tolist() == land
    assert painted[int(lake[1]), int(lake[0])].tolist() != land


def test_buildings_that_are_too_small_are_named_as_left_out(tables: Any) -> None:
    scene = scene_of(tables, buildings=near_town()["buildings"])
    lines = lines_on(draw_paper(scene, "en", dpi=60))
    assert "Buildings" not in lines
    assert "Buildings are left out at this scale." in lines


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_everything_at_once_is_the_same_bytes_and_fits_into_a_message(
    tables: Any, kind: str
) -> None:
    scene = scene_of(crowd(tables, 2000), on=("rates-sectors", "points", "sectors", "roads"))
    one = write_paper(scene, "ckb", kind)
    assert one == write_paper(scene, "ckb", kind)
    assert len(one) <= 500_000
    assert legend.shown(scene)


def test_a_large_town_stays_below_the_limit_as_a_picture_and_the_legend_says_so() -> None:
    random = np.random.default_rng(0)
    corners = [(37 + 0.02 * x, 36 + 0.02 * y) for x in range(12) for y in range(12)]
    sectors = gpd.GeoDataFrame(
        {"sector_id": range(144), "name": [f"Synthetic quarter {at}" for at in range(144)]},
        geometry=[box(x, y, x + 0.02, y + 0.02) for x, y in corners], crs=4326,
    )  # fmt: skip
    facilities = gpd.GeoDataFrame(
        {"kind": random.choice(["clinic", "school"], 3000), "status": "damaged"},
        geometry=gpd.points_from_xy(*random.uniform((37, 36), (37.24, 36.24), (3000, 2)).T),
        crs=4326,
    )  # fmt: skip
    scene = draw_map(sectors=sectors, facilities=facilities, audience="internal").scene
    file = write_paper(scene, "en", "svg")
    assert len(file) <= twin.MOST_BYTES
    said = " ".join(lines_on(draw_paper(scene, "en", dpi=75, flat=True)))
    assert "The map is a picture of 75 dots per inch here" in said
    few = draw_map(sectors=sectors[:4], audience="internal").scene
    assert "is a picture" not in " ".join(lines_on(draw_paper(few, "en", dpi=75)))
