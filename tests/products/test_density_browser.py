"""The density in a real browser: under the cursor stands what the definition says of that place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from geosector import crs, language
from geosector.maps import colours, draw_map

pytestmark = pytest.mark.browser

LANGUAGES = tuple(language.LANGUAGES)
# Reads a density in the browser at many places, as the box under the cursor does.
READ_ALL = """async places => {
    const layer = gs.scene.layers.find((one) => one.id === "density-attack");
    const {densityAt} = await gs.makers.density(layer);
    return places.map(densityAt);
}"""
DARKEST = """async () => {
    const layer = gs.scene.layers.find((one) => one.id === "density-attack");
    const {steps, width, height} = await gs.readPicture(layer);
    const best = steps.reduce((top, step, i) => (step > steps[top] ? i : top), 0);
    const [south, north] = layer.bounds.map((corner) => L.CRS.EPSG3857.project(L.latLng(corner)));
    const at = L.point(
        south.x + (north.x - south.x) * ((best % width) + 0.5) / width,
        north.y + (south.y - north.y) * (Math.floor(best / width) + 0.5) / height,
    );
    const place = L.CRS.EPSG3857.unproject(at);
    return [place.lng, place.lat];
}"""


def incidents(lon: np.ndarray, lat: np.ndarray, kind: Any = "attack") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"kind": kind, "date": pd.Timestamp("2024-04-02"), "radius_m": 50.0},
        index=range(len(lon)),
        geometry=gpd.points_from_xy(lon, lat),
        crs=crs.WGS84,
    )


def exact(lon: np.ndarray, lat: np.ndarray, at: np.ndarray, h: float) -> np.ndarray:
    """Compute the definition on the ellipsoid: incidents per km² at places in degrees."""
    sums = [
        np.exp(-(crs.distances_m(lon, lat, np.full(len(lon), x), np.full(len(lon), y)) ** 2) / (2 * h**2)).sum()
        for x, y in at
    ]  # fmt: skip
    return np.array(sums) / (2 * np.pi * h**2) * 1e6


# The middle of a zone of UTM and its edge, where north of a grid is not north of the map.
@pytest.mark.parametrize(
    ("count", "bandwidth_m", "middle"),
    [(1, 400.0, (37.0, 36.2)), (300, 300.0, (39.0, 36.2)), (2000, 900.0, (41.9, 33.2))],
)
def test_a_thousand_places_read_the_exact_sum(
    open_page: Callable[..., Any], count: int, bandwidth_m: float, middle: tuple[float, float]
) -> None:
    random = np.random.default_rng(1)
    lon, lat = random.normal(middle, 0.03, (count, 2)).T
    near = random.integers(0, count, 1000)
    places = random.normal(np.column_stack([lon[near], lat[near]]), bandwidth_m / 111_000)
    html = draw_map(
        incidents(lon, lat), audience="internal", lang="en", bandwidth_m=bandwidth_m
    ).to_html()
    read = open_page(html).page.evaluate(READ_ALL, places[:, ::-1].tolist())
    wanted = exact(lon, lat, places, bandwidth_m)
    known = np.array([value is not None for value in read])
    assert known.mean() > 0.95
    error = np.abs(np.array(read)[known].astype(float) - wanted[known])
    assert error.max() <= 0.002 * wanted.max()


def test_the_peak_lies_where_it_is_within_a_cell(open_page: Callable[..., Any]) -> None:
    lon, lat = np.full(5, 41.93), np.full(5, 33.21)
    page = open_page(
        draw_map(incidents(lon, lat), audience="internal", lang="en", bandwidth_m=500).to_html()
    ).page
    x, y = page.evaluate(DARKEST)
    off = crs.distances_m(lon[:1], lat[:1], np.array([x]), np.array([y]))
    assert off[0] < 500 / 4


def test_outside_what_was_surveyed_there_is_no_data_and_inside_there_is_none_or_some(
    open_page: Callable[..., Any],
) -> None:
    surveyed = gpd.GeoDataFrame(geometry=[box(37.0, 36.0, 37.2, 36.2)], crs=4326)
    html = draw_map(
        incidents(np.array([37.05, 37.3]), np.array([36.1, 36.1])),
        surveyed=surveyed, audience="internal", lang="en", bandwidth_m=500,
    ).to_html()  # fmt: skip
    page = open_page(html).page
    inside, empty, outside = page.evaluate(READ_ALL, [[36.1, 37.05], [36.18, 37.18], [36.1, 37.3]])
    assert inside == pytest.approx(1 / (2 * np.pi * 0.5**2), rel=0.005)
    assert empty == 0
    assert outside is None
    legend = page.locator("#gs-layer-density-attack").inner_text()
    assert "Shown only where it was surveyed" in legend
    assert "Outside the surveyed area, not shown: 1" in legend
    alpha = """async () => {
        const layer = gs.scene.layers.find((one) => one.id === "density-attack");
        const picture = await gs.readPicture(layer);
        const drawn = gs.densityCanvas(layer, picture, await gs.coloursOf(layer));
        const {data} = drawn.getContext("2d").getImageData(0, 0, drawn.width, drawn.height);
        return picture.known.map((known, i) => (known ? 0 : data[4 * i + 3])).reduce((a, b) => a + b);
    }"""
    assert page.evaluate(alpha) == 0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_density_under_the_cursor_is_told_in_the_digits_of_the_language(
    open_page: Callable[..., Any], lang: str
) -> None:
    lon, lat = np.full(100, 37.05), np.full(100, 36.1)
    html = draw_map(incidents(lon, lat), audience="internal", lang=lang, bandwidth_m=500).to_html()
    opened = open_page(html)
    page = opened.page
    box = page.locator("#gs-readout")
    assert box.is_hidden()

    def hover(lat_: float, lng: float) -> str:
        at = page.evaluate(f"gsMap.latLngToContainerPoint([{lat_}, {lng}])")
        frame = page.locator(".folium-map").bounding_box()
        page.mouse.move(frame["x"] + at["x"], frame["y"] + at["y"])
        return box.inner_text()

    told = hover(36.1, 37.05)  # 100 / (2 π 0.5²) = 63.7
    assert language.number(64, lang=lang) in told
    assert language.text("{n} per km²", lang, n=language.number(64, lang=lang)) in told
    page.evaluate("gsMap.setZoom(10, {animate: false})")
    assert language.text("no data", lang) in hover(36.1, 37.4)
    page.locator("#gs-toggle-no-shading").check()
    hover(36.1, 37.05)
    assert box.is_hidden()
    assert opened.complaints == []


def test_two_digits_are_told_and_no_more_than_the_steps_hold(open_page: Callable[..., Any]) -> None:
    lon, lat = np.full(1000, 37.05), np.full(1000, 36.1)
    surveyed = gpd.GeoDataFrame(geometry=[box(37.0, 36.0, 37.2, 36.2)], crs=4326)
    html = draw_map(
        incidents(lon, lat), surveyed=surveyed, audience="internal", lang="en", bandwidth_m=500
    ).to_html()
    page = open_page(html).page
    told = []
    for metres in (0, 1000, 1300, 2100):
        (x,), (y,) = crs.move_points(lon[:1], lat[:1], np.array([90.0]), np.array([float(metres)]))
        page.evaluate(f"gsMap.fire('mousemove', {{latlng: L.latLng({y}, {x})}})")
        told.append(page.locator("#gs-readout dd").inner_text())
    assert told == ["640 per km²", "86 per km²", "22 per km²", "less than 0.64 per km²"]


def test_a_tap_and_a_key_tell_the_density_too(open_page: Callable[..., Any]) -> None:
    lon, lat = np.full(100, 37.05), np.full(100, 36.1)
    page = open_page(
        draw_map(incidents(lon, lat), audience="internal", lang="en", bandwidth_m=500).to_html(),
        (390, 760),
    ).page
    page.evaluate("gsMap.setView([36.1, 37.05], 12, {animate: false})")
    page.locator(".folium-map").focus()
    page.keyboard.press("+")
    assert "64 per km²" in page.locator("#gs-readout").inner_text()


def test_the_density_is_told_over_a_sector_too(open_page: Callable[..., Any]) -> None:
    lon, lat = np.full(100, 37.05), np.full(100, 36.1)
    sectors = gpd.GeoDataFrame({"sector_id": [1]}, geometry=[box(37.0, 36.0, 37.1, 36.2)], crs=4326)
    html = draw_map(
        incidents(lon, lat), sectors=sectors, audience="internal", lang="en", bandwidth_m=500
    ).to_html()
    page = open_page(html).page
    at = page.evaluate("gsMap.latLngToContainerPoint([36.1, 37.052])")
    frame = page.locator(".folium-map").bounding_box()
    page.mouse.move(frame["x"] + at["x"], frame["y"] + at["y"])
    over = page.evaluate("document.querySelector('.gs-area').matches(':hover')")
    assert over
    assert "per km²" in page.locator("#gs-readout").inner_text()


def test_densities_of_any_kind_have_each_their_own_ramp(open_page: Callable[..., Any]) -> None:
    kinds = ["attack", "fire", "traffic", "drowning", "other", "earthquake"] * 5
    random = np.random.default_rng(0)
    lon, lat = random.normal((37.05, 36.1), 0.01, (30, 2)).T
    wanted = ["all", "traffic", "drowning", "other", "attack", "fire"]
    drawn = draw_map(incidents(lon, lat, kinds), densities=wanted, audience="internal", lang="en")
    opened = open_page(drawn.to_html())
    page = opened.page
    assert opened.complaints == []
    assert "30 incidents" in page.locator("#gs-layer-density-all").inner_text()
    pictures = []
    for kind in wanted:
        page.locator(f"#gs-toggle-density-{kind}").check()
        assert page.locator("img.leaflet-image-layer").count() == 1
        pictures.append(page.locator("img.leaflet-image-layer").get_attribute("src"))
    assert len(set(pictures)) == 6
    page.locator("#gs-toggle-density-other").check()
    assert "10 incidents" in page.locator("#gs-layer-density-other").inner_text()
    swatches = page.evaluate(
        "[...document.querySelectorAll('canvas.gs-swatch')].map(one => one.toDataURL())"
    )
    assert len(set(swatches)) == 6
    page.evaluate(f"gsMap.fire('mousemove', {{latlng: L.latLng({lat[0]}, {lon[0]})}})")
    assert page.locator("#gs-readout dt").all_inner_texts() == ["Density of other incidents"]


def test_page_and_sheet_colour_by_the_same_table(open_page: Callable[..., Any]) -> None:
    table = incidents(np.array([37.05, 37.06]), np.array([36.1, 36.1])).assign(
        date=["2024-01-05", "2024-02-05"]
    )
    made = draw_map(table, audience="internal", lang="en", compare=("2024-01", "2024-02"))
    page = open_page(made.to_html()).page
    layers = [one for one in made.scene["layers"] if "colours" in one]
    assert {one["kind"] for one in layers} == {"density", "frames", "difference"}
    for layer in layers:
        own = f"gs.scene.layers.find((one) => one.id === '{layer['id']}')"
        read = page.evaluate(f"gs.coloursOf({own}).then((table) => [...table])")
        assert read == colours.read(layer).ravel().tolist()
        # Seen where the page shows them: the ramp of the legend.
        page.locator(f"#gs-toggle-{layer['id']}").check()
        shown = page.locator(f"#gs-layer-{layer['id']} .gs-ramp").evaluate(
            "bar => [...bar.getContext('2d').getImageData(0, 0, bar.width, 1).data]"
        )
        solid = colours.read(layer)[-1]
        assert np.abs(np.array(shown[-4:]) - solid).max() <= 1  # canvases multiply by opacity
