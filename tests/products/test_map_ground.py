"""What lies under and around the layers of a map, in a real browser: basemap, tiles, paper, phone."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from geosector import language
from geosector.maps import draw_map
from geosector.maps.encoding import read_shapes
from geosector.maps.ground import basemap

pytestmark = pytest.mark.browser

LANGUAGES = tuple(language.LANGUAGES)
DESKTOP, PHONE = (1280, 800), (390, 760)
TARGET = 24  # pixels: what a finger hits (WCAG 2.2, 2.5.8)


def table(shapes: Any, **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=4326)


@pytest.fixture
def town() -> dict[str, gpd.GeoDataFrame]:
    """Make a synthetic town with every kind of layer."""
    random = np.random.default_rng(0)
    west, south = random.uniform(37.0, 37.1, 400), random.uniform(36.0, 36.1, 400)
    places = random.normal((37.05, 36.05), 0.012, (120, 2))
    corners = [(37.0, 36.0), (37.05, 36.0), (37.0, 36.05), (37.05, 36.05)]
    across = [
        LineString([(37.05, 36.0), (37.05, 36.1)]),
        LineString([(37.0, 36.05), (37.1, 36.05)]),
    ]
    return {
        "incidents": table(
            gpd.points_from_xy(*places.T), kind=["attack"] * 70 + ["fire"] * 50,
            date=[f"2024-04-0{1 + day % 3}" for day in range(120)],
            locality="بلدة", radius_m=[100.0] * 115 + [9000.0] * 5,
        ),
        "sectors": table(
            [box(x, y, x + 0.05, y + 0.05) for x, y in corners], sector_id=[1, 2, 3, 4],
            name=["الغربي", "الشرقي", "North", None],
        ),
        "borders": table(across, left=[1, 1], right=[2, 3], road_class="primary", name=["شارع النهر", "Main Road"]),
        "roads": table(across, road_class="primary", name=["شارع النهر", "Main Road"]),
        "buildings": table(shapely.box(west, south, west + 2e-4, south + 1.5e-4)),
        "water": table([box(37.01, 36.01, 37.02, 36.012), box(37.08, 36.08, 37.08001, 36.08001),
                        LineString([(37.0, 36.02), (37.1, 36.03)])]),
        "facilities": table(
            [Point(37.02, 36.02), Point(37.08, 36.07)], kind=["shelter", "clinic"], name=["ملجأ", "Clinic"],
            status=["open", "damaged"],
        ),
    }  # fmt: skip


def page_of(town: dict[str, gpd.GeoDataFrame], lang: str = "en", **options: Any) -> str:
    drawn = draw_map(**town, audience="internal", lang=lang, date="2024-04-30", **options)
    return drawn.to_html()


# ------------------------------------------------------------------------- basemap


@pytest.mark.parametrize("kind", ["roads", "buildings", "water"])
def test_the_browser_reads_the_shapes_that_were_packed(
    open_page: Callable[..., Any], town: Any, kind: str
) -> None:
    page = open_page(page_of({kind: town[kind]})).page
    rings = kind == "buildings"
    read = page.evaluate(
        """async rings => {
            const read = await gs.readShapes(gs.scene.layers[0].shapes, rings);
            return [[...read.points], [...read.starts], [...read.labels]];
        }""",
        rings,
    )
    layer = getattr(basemap, kind)(town[kind])
    points, sizes, labels = read_shapes(layer["shapes"], rings=rings)
    assert read == [points.ravel().tolist(), [0, *np.cumsum(sizes).tolist()], labels.tolist()]


PAINTED = """pane => [...document.querySelectorAll(`.leaflet-gs-${pane}-pane canvas`)].reduce(
    (sum, tile) => sum + tile.getContext("2d").getImageData(0, 0, tile.width, tile.height)
        .data.filter((value, i) => i % 4 === 3 && value).length, 0)"""


def test_buildings_are_drawn_from_zoom_15_and_of_two_pixels(
    open_page: Callable[..., Any], town: Any
) -> None:
    shed = table([box(37.05, 36.05, 37.05003, 36.05003)])  # three metres: a pixel at zoom 15
    for buildings, seen in (
        (town["buildings"], [14, False, 15, True]),
        (shed, [15, False, 18, True]),
    ):
        page = open_page(page_of({"buildings": buildings})).page
        for zoom, painted in (seen[:2], seen[2:]):
            page.evaluate("zoom => gsMap.setView([36.05, 37.05], zoom, {animate: false})", zoom)
            page.wait_for_timeout(400)
            assert (page.evaluate(PAINTED, "buildings") > 0) is painted, zoom


def test_small_water_and_bends_below_half_a_pixel_are_left_out(
    open_page: Callable[..., Any], town: Any
) -> None:
    bent = LineString([(37, 36), (37.01, 36.0001), (37.02, 36)])  # 11 m beside the straight line
    page = open_page(
        page_of({"water": town["water"], "roads": table([bent], road_class=["primary"])})
    ).page
    needed, sizes = page.evaluate(
        """async () => {
            const [water, roads] = gs.scene.layers;
            const lines = await gs.readGround(roads.shapes, roads.unit, false);
            const areas = await gs.readGround(water.shapes, water.unit, false);
            lines.prepare(0);
            return [[...lines.from], [...areas.labels].map((_, i) => areas.size(i) * 256 * 2 ** 12)];
        }"""
    )
    # Half a pixel is 11 m where a pixel is 22 m: between zoom 12 (31 m) and 13 (15 m).
    assert needed == [0, 13, 0]
    assert sorted(size >= 2 for size in sizes) == [False, True, True]


def test_a_shape_is_found_in_every_square_that_it_touches(open_page: Callable[..., Any]) -> None:
    random = np.random.default_rng(3)
    walks = np.array([37.0, 36.0]) + np.cumsum(random.normal(0, 0.01, (60, 4, 2)), axis=1)
    far = LineString([(20, 30), (60, 45)])
    roads = table(
        [*map(LineString, walks), far], road_class="primary", name=[str(i) for i in range(61)]
    )
    page = open_page(page_of({"roads": roads})).page
    assert (
        page.evaluate(
            """async () => {
            const layer = gs.scene.layers[0];
            const ground = await gs.readGround(layer.shapes, layer.unit, false);
            const boxes = [...ground.labels].map((_, i) => {
                ground.prepare(i);
                const own = ground.world.subarray(2 * ground.starts[i], 2 * ground.starts[i + 1]);
                const x = own.filter((_, at) => at % 2 === 0), y = own.filter((_, at) => at % 2);
                return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
            });
            const look = (west, south, east, north) => {
                const [x0, y0, x1, y1] = [gs.worldX(west), gs.worldY(north), gs.worldX(east), gs.worldY(south)];
                const naive = boxes.flatMap(([a, b, c, d], i) => c >= x0 && a <= x1 && d >= y0 && b <= y1 ? [i] : []);
                return JSON.stringify(ground.near(x0, y0, x1, y1)) === JSON.stringify(naive) && naive.length;
            };
            return [look(36.99, 35.99, 37.01, 36.01), look(37, 36, 37.001, 36.001), look(-180, -80, 180, 80)];
        }"""
        )[2]
        == 61
    )


# ------------------------------------------------------------------------- online tiles


def test_online_tiles_are_asked_of_one_server_and_their_absence_is_quiet(
    open_page: Callable[..., Any], town: Any
) -> None:
    opened = open_page(page_of(town, tiles="OpenStreetMap.Mapnik"))
    opened.page.locator("#gs-layer-tiles [role=status]").wait_for(state="visible")
    assert opened.requests
    assert all(
        asked.startswith(("https://tile.openstreetmap.org/", "data:")) for asked in opened.requests
    )
    assert all("Failed to load resource" in said for said in opened.complaints)
    assert (
        opened.page.locator(".gs-source").inner_text() == "Online map: © OpenStreetMap contributors"
    )
    tile = opened.page.locator(".leaflet-tile-pane img").first
    assert tile.get_attribute("referrerpolicy") == "strict-origin-when-cross-origin"
    opened.page.locator("#gs-toggle-tiles").uncheck()
    assert opened.page.locator(".gs-source").is_hidden()


def test_tiles_that_come_are_shown_and_nothing_is_said(
    browser: Any, town: Any, tmp_path: Path
) -> None:
    file = tmp_path / "map.html"
    file.write_text(page_of(town, tiles="OpenStreetMap.Mapnik"), encoding="utf-8")
    dot = b'<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"/>'
    page = browser.new_context(viewport={"width": 800, "height": 600}).new_page()
    answer = {"content_type": "image/svg+xml", "body": dot}
    page.route("**/*.png", lambda route: route.fulfill(**answer))
    page.goto(file.as_uri())
    page.evaluate("window.gsReady")
    page.locator("img.leaflet-tile-loaded").first.wait_for(state="attached")
    assert page.locator("#gs-layer-tiles [role=status]").is_hidden()
    page.context.close()


# ------------------------------------------------------------------------- names


def shown_names(page: Any, selector: str) -> list[str]:
    return page.evaluate(
        "s => [...document.querySelectorAll(s)].filter(e => e.offsetWidth && e.style.visibility !== 'hidden')"
        ".map(e => e.textContent)", selector,
    )  # fmt: skip


def test_a_border_shows_the_name_of_its_road_where_there_is_room(
    open_page: Callable[..., Any], town: Any
) -> None:
    page = open_page(page_of({name: town[name] for name in ("sectors", "borders")})).page
    assert shown_names(page, ".gs-line-name") == ["شارع النهر", "Main Road"]
    page.evaluate("gsMap.setZoom(8, {animate: false})")
    page.wait_for_timeout(200)
    assert shown_names(page, ".gs-line-name") == []
    page.evaluate("gsMap.setZoom(13, {animate: false})")
    page.locator("#gs-toggle-borders").uncheck()
    assert page.locator(".gs-line-name").count() == 0


def test_no_name_on_the_map_covers_another(open_page: Callable[..., Any]) -> None:
    xs = [37 + 0.0002 * at for at in range(40)]
    borders = table(
        [LineString([(x, 36), (x, 36.1)]) for x in xs],
        left=1,
        right=2,
        name=[f"Road number {x}" for x in xs],
    )
    page = open_page(page_of({"borders": borders})).page
    boxes = page.evaluate(
        "[...document.querySelectorAll('.gs-line-name')].filter(e => e.style.visibility !== 'hidden')"
        ".map(e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; })"
    )
    assert 3 <= len(boxes) < 40
    shapes = [box(*one) for one in boxes]
    assert not any(a.intersects(b) for i, a in enumerate(shapes) for b in shapes[:i])


# ------------------------------------------------------------------------- paper


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_map_prints_on_one_landscape_page_that_can_be_searched(
    open_page: Callable[..., Any], town: Any, tmp_path: Path, lang: str
) -> None:
    page = open_page(page_of(town, lang, source="Office 7"), PHONE).page
    view = page.evaluate("[gsMap.getZoom(), document.getElementById('gs-panel').open]")
    paper = tmp_path / "map.pdf"
    page.pdf(path=paper, prefer_css_page_size=True, print_background=True)
    raw = paper.read_bytes()
    assert raw.count(b"/Type /Page\n") + raw.count(b"/Type /Page/") == 1 or b"/Count 1" in raw
    if shutil.which("pdftotext"):
        wide = subprocess.run(["pdfinfo", paper], capture_output=True, text=True, check=True).stdout
        assert "841.9" in wide.split("Page size:")[1].split("x")[0]
        told = subprocess.run(
            ["pdftotext", paper, "-"], capture_output=True, text=True, check=True
        ).stdout
        assert "Office 7" in told
        assert language.number(2024, lang=lang).replace(",", "")[-1] in told
        assert ("Clinic" in told) or ("North" in told)
    # What was on the screen is there again.
    assert page.evaluate("[gsMap.getZoom(), document.getElementById('gs-panel').open]") == view
    assert page.locator(".leaflet-control #gs-panel, .leaflet-control#gs-panel").count() == 1


def test_on_paper_the_legend_is_open_and_the_controls_are_gone(
    open_page: Callable[..., Any], town: Any
) -> None:
    page = open_page(page_of(town), PHONE).page
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    for gone in (
        ".leaflet-control-zoom",
        ".gs-language",
        "#gs-toggle-sectors",
        "#gs-layer-density-fire",
        "#gs-shading > legend",
        "#gs-toggle-no-shading + label",
    ):
        assert page.locator(gone).is_hidden(), gone
    for there in ("h1", ".gs-stamp", ".gs-scale", "#gs-layer-density-attack .gs-ramp"):
        assert page.locator(there).is_visible(), there
    whole = page.evaluate("gsMap.getBounds().contains(gs.scene.bounds)")
    sheet = page.evaluate(
        "['.folium-map', '#gs-panel'].map(s => { const b = document.querySelector(s).getBoundingClientRect();"
        " return [b.right, b.bottom]; })"
    )
    assert whole
    assert all(
        right <= 277 / 25.4 * 96 + 1 and bottom <= 190 / 25.4 * 96 + 1 for right, bottom in sheet
    )


# ------------------------------------------------------------------------- phone


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_phone_shows_the_whole_heading_and_no_wider_page(
    open_page: Callable[..., Any], town: Any, lang: str
) -> None:
    page = open_page(
        page_of(town, lang, title="A long heading of a map of a synthetic town " * 2), PHONE
    ).page
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    assert page.locator("#gs-panel").evaluate("panel => panel.open") is False
    over = page.evaluate(
        "['h1', '.gs-stamp', '.gs-language'].map(s => document.querySelector(s).getBoundingClientRect())"
        ".map(b => [b.left, b.top, b.right, b.bottom])"
    )
    shapes = [box(*one).buffer(-0.5) for one in over]
    assert not any(a.intersects(b) for i, a in enumerate(shapes) for b in shapes[:i])
    page.locator("#gs-panel summary").click()
    panel = page.locator("#gs-panel").bounding_box()
    assert panel["y"] + panel["height"] <= PHONE[1]


def test_fingers_hit_every_control(browser: Any, town: Any, tmp_path: Path) -> None:
    file = tmp_path / "map.html"
    file.write_text(page_of(town), encoding="utf-8")
    size = {"width": PHONE[0], "height": PHONE[1]}
    context = browser.new_context(viewport=size, has_touch=True, is_mobile=True, offline=True)
    page = context.new_page()
    page.goto(file.as_uri())
    page.evaluate("window.gsReady")
    page.locator("#gs-panel summary").tap()
    sizes = page.evaluate(
        "[...document.querySelectorAll('a, summary, select, input, .gs-place')].filter(e => e.offsetParent)"
        ".map(e => { const b = e.getBoundingClientRect(); return [e.className, b.width, b.height]; })"
    )
    assert len(sizes) > 10
    assert [one for one in sizes if min(one[1:]) < TARGET] == []
    context.close()


# ------------------------------------------------------------------------- axe


def axe() -> str:
    """Read axe-core from its package."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None:
        missing = "axe-playwright-python is not installed (dependency group test)"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    folder = Path(next(iter(found.submodule_search_locations)))
    return (folder / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("size", "shading"), [(DESKTOP, "rates-sectors"), (PHONE, "frames-attack")],
    ids=["desktop", "phone"],
)  # fmt: skip
@pytest.mark.parametrize("lang", LANGUAGES)
def test_axe_finds_nothing_serious_with_every_layer_shown(
    open_page: Callable[..., Any], town: Any, lang: str, size: tuple[int, int], shading: str
) -> None:
    source = axe()
    page = open_page(page_of(town, lang), size).page
    page.focus("#gs-opener")
    page.keyboard.press("Enter")
    page.locator("#gs-table tbody tr").first.wait_for()
    page.evaluate("document.getElementById('gs-panel').open = true")
    for toggle in page.locator(".gs-layer > input").all():
        toggle.check()
    page.locator(f"#gs-toggle-{shading}").check()
    page.focus(".gs-place >> nth=0")
    page.keyboard.press("Enter")
    page.locator(".gs-card").wait_for()
    page.wait_for_timeout(300)  # until the card has faded in: half-way its colours are pale
    # Given to the debugger, not to the page: the page's own policy stays as strict as it is.
    page.evaluate(source)
    found = page.evaluate(
        """axe.run(document, {
            runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
            // Where a place lies is not ours to choose (WCAG 2.2, 2.5.8, the exception "essential").
            rules: {"target-size": {selector: "*:not(.gs-place)"}},
        }).then(({violations}) => violations.map(({id, impact, nodes}) =>
            [impact, id, nodes.map(({html}) => html.slice(0, 200))]))"""
    )
    assert [one for one in found if one[0] in ("serious", "critical")] == []


def test_every_control_can_be_reached_and_shows_where_the_focus_is(
    open_page: Callable[..., Any], town: Any
) -> None:
    page = open_page(page_of(town)).page
    page.locator("body").focus()
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(
            """() => {
                const at = document.activeElement, look = getComputedStyle(at);
                const marked = look.outlineStyle !== "none" || look.strokeWidth === "4px";
                return [at.id || at.className.baseVal || at.className || at.tagName, marked];
            }"""
        ))  # fmt: skip
    names = [str(name) for name, _ in reached]
    wanted = [
        "gs-language",
        "leaflet-control-zoom-in",
        "SUMMARY",
        "gs-toggle-sectors",
        "gs-area",
        "gs-place",
    ]
    assert all(any(want in name for name in names) for want in wanted), names
    assert [name for name, marked in reached if not marked and name != "BODY"] == []
