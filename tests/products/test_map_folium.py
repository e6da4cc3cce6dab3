"""Folium's own layers on our map: each works with no network, or is refused by name; none runs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import folium
import numpy as np
import pytest
from branca.element import Element, IFrame
from folium import features, plugins, raster_layers, vector_layers
from folium import map as folium_map

from geosector.errors import AssetError
from geosector.maps import Map, draw_map
from tests.products.hostile import HOSTILE, RUN

pytestmark = pytest.mark.browser

HERE = [36.05, 37.05]
LINE = [[36.0, 37.0], [36.1, 37.1]]
PIXEL = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def shape(**told: Any) -> dict[str, Any]:
    place = {"type": "Point", "coordinates": HERE[::-1]}
    one = {"type": "Feature", "id": "1", "properties": {"a": 1, **told}, "geometry": place}
    return {"type": "FeatureCollection", "features": [one]}


def times() -> dict[str, Any]:
    return shape(time="2024-01-01", times=["2024-01-01"], start="2024-01-01", end="2024-02-01")


# How each class of folium.plugins is made; those not listed take no argument.
PLUGINS: dict[str, Callable[[], Any]] = {
    "AntPath": lambda: plugins.AntPath(LINE),
    "BeautifyIcon": lambda: folium.Marker(HERE, icon=plugins.BeautifyIcon()),
    "BoatMarker": lambda: plugins.BoatMarker(HERE),
    "DualMap": lambda: plugins.DualMap(location=HERE),
    "FastMarkerCluster": lambda: plugins.FastMarkerCluster(LINE),
    "FeatureGroupSubGroup": lambda: plugins.FeatureGroupSubGroup(folium.FeatureGroup()),
    "FloatImage": lambda: plugins.FloatImage("https://float.example/a.png"),
    "GroupedLayerControl": lambda: plugins.GroupedLayerControl({"a": []}),
    "HeatMap": lambda: plugins.HeatMap(LINE),
    "HeatMapWithTime": lambda: plugins.HeatMapWithTime([LINE]),
    "OverlappingMarkerSpiderfier": plugins.OverlappingMarkerSpiderfier,
    "PolyLineFromEncoded": lambda: plugins.PolyLineFromEncoded("_p~iF~ps|U"),
    "PolyLineOffset": lambda: plugins.PolyLineOffset(LINE),
    "PolyLineTextPath": lambda: plugins.PolyLineTextPath(folium.PolyLine(LINE), "a"),
    "PolygonFromEncoded": lambda: plugins.PolygonFromEncoded("_p~iF~ps|U"),
    "Realtime": lambda: plugins.Realtime("https://live.example/a"),
    "Search": lambda: plugins.Search(folium.GeoJson(shape())),
    "SemiCircle": lambda: plugins.SemiCircle(HERE, 100, 0, 90),
    "SideBySideLayers": lambda: plugins.SideBySideLayers(folium.TileLayer(), folium.TileLayer()),
    "TagFilterButton": lambda: plugins.TagFilterButton(["a"]),
    "TimeSliderChoropleth": lambda: plugins.TimeSliderChoropleth(
        shape(), {"1": {"0": {"color": "#fff", "opacity": 1}}}
    ),
    "Timeline": lambda: plugins.Timeline(times()),
    "TimestampedGeoJson": lambda: plugins.TimestampedGeoJson(times()),
    "TimestampedWmsTileLayers": lambda: plugins.TimestampedWmsTileLayers(
        folium.WmsTileLayer("https://wms.example", "a")
    ),
    "TreeLayerControl": plugins.TreeLayerControl,
    "VectorGridProtobuf": lambda: plugins.VectorGridProtobuf("https://vector.example", "a"),
}
INSTALLED = {"HeatMap"}  # whose files folium itself carries


def empty_map() -> Map:
    return draw_map(audience="internal", lang="en")


def plugin_names() -> list[str]:
    own = inspect.getmembers(plugins, inspect.isclass)
    return [name for name, kind in own if kind.__module__.startswith("folium.plugins")]


@pytest.mark.parametrize("name", plugin_names())
def test_each_plugin_of_folium_works_offline_or_is_refused_by_name(
    open_page: Callable[..., Any], name: str
) -> None:
    made = PLUGINS.get(name, getattr(plugins, name))()
    drawn = empty_map()
    drawn.add_child(made)
    if name in INSTALLED:
        opened = open_page(drawn.to_html())
        assert opened.requests == []
        # What Leaflet's own plugin for heat is advised to do is no fault of the page.
        assert [said for said in opened.complaints if "willReadFrequently" not in said] == []
    else:
        with pytest.raises(AssetError, match=r"The map would fetch \S+ from the network"):
            drawn.to_html()


@pytest.mark.parametrize(
    ("layer", "named"),
    [
        (raster_layers.ImageOverlay("https://image.example/a.png", LINE), "image.example"),
        (raster_layers.VideoOverlay("https://film.example/a.webm", LINE), "film.example"),
        (folium.Marker(HERE, icon=folium.CustomIcon("https://icon.example/a.png")), "icon.example"),
        (plugins.FloatImage("float.png"), "float.png"),
        (plugins.ScrollZoomToggler(), "arrow-move.png"),
        (plugins.Timeline(times()), "leaflet.timeline"),
    ],
)
def test_a_picture_a_film_or_a_script_from_elsewhere_is_refused_by_name(
    layer: Any, named: str
) -> None:
    drawn = empty_map()
    drawn.add_child(layer)
    with pytest.raises(AssetError, match=named):
        drawn.to_html()


def plain_layers() -> list[Any]:
    """Make one of each layer of folium that needs nothing but Leaflet."""
    group = folium.FeatureGroup(name="group")
    folium.Circle(HERE, radius=50, popup="popup", tooltip="tooltip").add_to(group)
    return [
        group,
        folium.Marker(HERE, popup="a", icon=folium.DivIcon(html="<b>icon</b>")),
        folium.Marker(HERE, icon=folium.CustomIcon(PIXEL)),
        folium.Marker(HERE, popup=folium.Popup(IFrame("<p>frame</p>", width="90", height="40"))),
        vector_layers.PolyLine(LINE), vector_layers.Polygon(LINE), vector_layers.Rectangle(LINE),
        vector_layers.CircleMarker(HERE), features.ColorLine(LINE, [0, 1], colormap=["r", "b"]),
        folium.GeoJson(shape(), tooltip=folium.GeoJsonTooltip(["a"]), popup=folium.GeoJsonPopup(["a"])),
        raster_layers.ImageOverlay(np.eye(2), LINE), plugins.FloatImage(PIXEL),
        features.LatLngPopup(), features.ClickForMarker(), folium_map.CustomPane("mine"),
        folium_map.FitBounds(LINE), folium.LayerControl(),
    ]  # fmt: skip


def test_every_layer_of_folium_that_needs_only_leaflet_is_drawn_without_a_network(
    open_page: Callable[..., Any],
) -> None:
    drawn = empty_map()
    for layer in plain_layers():
        drawn.add_child(layer)
    opened = open_page(drawn.to_html())
    page = opened.page
    assert page.locator(".leaflet-marker-icon b").inner_text() == "icon"
    assert page.locator(".leaflet-control-layers-overlays").inner_text().strip().startswith("group")
    page.evaluate("gsMap.fire('click', {latlng: L.latLng(36.02, 37.02)})")
    assert (opened.requests, opened.complaints) == ([], [])


def test_text_in_a_frame_or_an_element_is_never_run_as_a_template() -> None:
    drawn = empty_map()
    for held in (IFrame("{{7*7}}", width="9"), IFrame(Element("{% if 1 %}{% endif %}"), width="9")):
        drawn.add_child(folium.Marker(HERE, popup=folium.Popup(held)))
    page = drawn.to_html()
    assert "\\u007b{7*7}}" in page
    assert "\\u007b% if 1 %}\\u007b% endif %}" in page
    assert "frame-src" not in page


def hostile_layers(name: str) -> list[Any]:
    told = shape(name=name, colour=name)
    # branca itself refuses to make a frame of what would be a broken template.
    broken = any(tag in name for tag in ("{%", "{#"))
    held = "" if broken else IFrame(name, width="9", height="9")
    framed = [folium.Marker(HERE, popup=folium.Popup(held, lazy=True))]
    group = folium.FeatureGroup(name=name)
    folium.Circle(HERE, radius=50, popup=name, tooltip=name).add_to(group)
    styled = lambda feature: {"color": feature["properties"]["colour"], "fillColor": name}  # noqa: E731
    return [
        group,
        folium.Marker(HERE, popup=folium.Popup(name, parse_html=True), title=name, alt=name),
        *framed,
        folium.Marker(HERE, icon=folium.DivIcon(html=name)),
        folium.GeoJson(
            told, name=name, style_function=styled, highlight_function=styled,
            tooltip=folium.GeoJsonTooltip(["name"], aliases=[name]),
            popup=folium.GeoJsonPopup(["name"], aliases=[name]),
        ),
        features.ClickForMarker(name),
    ]  # fmt: skip


OPEN_ALL = """async () => {
    gsMap.fire("click", {latlng: L.latLng(36.02, 37.02)});
    const layers = [];
    gsMap.eachLayer((layer) => layers.push(layer));
    for (const layer of layers) {
        if (layer.getTooltip && layer.getTooltip()) layer.openTooltip();
        if (layer.getPopup && layer.getPopup()) { layer.fire("click"); layer.openPopup(); }
    }
    await new Promise((done) => setTimeout(done, 300));
}"""


def test_hostile_text_in_every_slot_of_folium_is_never_run(open_page: Callable[..., Any]) -> None:
    drawn = empty_map()
    for name in HOSTILE:
        for layer in hostile_layers(name):
            drawn.add_child(layer)
    folium.LayerControl().add_to(drawn)
    html = drawn.to_html()
    assert ">49" not in html
    opened = open_page(html)
    page = opened.page
    failed: dict[str, str] = {}
    page.on("requestfailed", lambda asked: failed.update({asked.url: asked.failure}))
    page.evaluate(OPEN_ALL)
    assert page.evaluate("window.__pwned ?? null") is None
    assert page.url.startswith("file:")
    # The browser tells of what its policy stops, too: nothing else was asked for.
    # A local file that a frame asks for is refused to it, since the frame has no origin.
    asked = [one for one in opened.requests if not one.startswith(("data:", "file:"))]
    assert {
        one: failed.get(one) for one in asked if "CSP" not in str(failed.get(one)).upper()
    } == {}
    # What stands in frames is stopped by the policy and the sandbox, and said to be.
    stopped = ("block", "violates", "not allowed", "refused", "sandboxed")
    assert [
        said for said in opened.complaints if not any(word in said.lower() for word in stopped)
    ] == []


@pytest.mark.parametrize(
    "html",
    [
        "<meta http-equiv=refresh content='0;url=https://refresh.example/'>",
        "<link rel=preconnect href=https://connect.example><link rel=stylesheet href=//a.example>",
        f"<iframe src='data:text/html,<script>parent.{RUN}</script>'></iframe>",
        "<iframe src=https://frame.example></iframe><object data=https://object.example></object>",
        "<img src=https://image.example/a.png><b style='background:url(//b.example/)'>b</b>",
        f"<a href='javascript:{RUN}' onclick='{RUN}'>a</a><style>*{{display:none}}</style>",
        f"<svg><use href='//use.example/#a'/><a xlink:href='javascript:{RUN}'><text>a</text></a></svg>",
    ],
)
def test_html_of_a_popup_leads_nowhere_and_asks_nobody(
    open_page: Callable[..., Any], html: str
) -> None:
    drawn = empty_map()
    folium.Marker(HERE, popup=folium.Popup(f"<i>seen</i>{html}", show=True)).add_to(drawn)
    opened = open_page(drawn.to_html())
    page = opened.page
    for link in page.locator(".leaflet-popup-content a").all():
        link.dispatch_event("click")
    page.wait_for_timeout(300)
    assert page.locator(".leaflet-popup-content i").inner_text() == "seen"
    assert page.url.startswith("file:")
    assert page.evaluate("window.__pwned ?? null") is None
    assert [one for one in opened.requests if not one.startswith("data:")] == []
