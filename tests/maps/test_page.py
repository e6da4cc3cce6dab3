"""Our folium Map and Figure: whole pages, the same bytes, and no text run as a template."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import re
from pathlib import Path
from typing import Any

import folium
import pytest
from folium.plugins import HeatMap, MarkerCluster

from geosector import language
from geosector.errors import AssetError, StorageError
from geosector.maps import Map, draw_map

HOSTILE = "{{7*7}}{% raw %}{% if %}`${1+1}</script><script>"


def empty_map() -> Map:
    return draw_map(audience="internal", lang="en")


def scene(page: str) -> dict[str, Any]:
    written = re.search(r'<script type="application/json" id="gs-scene">(.*?)</script>', page)
    return json.loads(written.group(1))


def test_an_empty_map_with_its_font_is_small() -> None:
    assert len(empty_map().to_html().encode()) <= 350_000


def test_a_page_names_no_address_that_it_would_fetch() -> None:
    page = empty_map().to_html()
    assert not re.findall(
        r"""(?:src|href)\s*=\s*["'](?!data:)""", page.partition("L.Icon")[0][:2000]
    )
    assert "cdn." not in page


@pytest.mark.parametrize(("lang", "direction"), [("ar", "rtl"), ("kmr", "ltr"), ("ckb", "rtl")])
def test_a_page_says_its_language_and_direction(lang: str, direction: str) -> None:
    page = draw_map(audience="internal", lang=lang).to_html()
    assert f'<html lang="{lang}" dir="{direction}">' in page


def test_the_policy_allows_exactly_the_scripts_of_the_page() -> None:
    page = empty_map().to_html()
    allowed = set(re.findall(r"'sha256-([^']+)'", page))
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    digests = {
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts
    }
    assert digests == allowed
    assert "default-src 'none'" in page
    assert "connect-src 'none'" in page


def with_layers() -> Map:
    drawn = empty_map()
    drawn.add_child(folium.Circle([36, 37], radius=100, popup=HOSTILE, tooltip=HOSTILE))
    folium.Marker(
        [36, 37], popup=folium.Popup(HOSTILE, parse_html=True, lazy=True, show=True)
    ).add_to(drawn)
    group = folium.FeatureGroup(name=HOSTILE).add_to(drawn)
    place = {"type": "Point", "coordinates": [37, 36]}
    shape = {"type": "Feature", "properties": {"a": HOSTILE}, "geometry": place}
    shapes = {"type": "FeatureCollection", "features": [shape]}
    folium.GeoJson(shapes, tooltip=folium.GeoJsonTooltip(["a"])).add_to(group)
    HeatMap([[36, 37]]).add_to(drawn)
    drawn.keep_in_front(group)
    folium.LayerControl().add_to(drawn)
    return drawn


def test_no_text_of_an_added_folium_layer_is_run_as_a_template() -> None:
    page = with_layers().to_html()
    assert ">49" not in page
    # The templates of the popup, the tooltip, the name of the group and the shape are all there.
    assert page.count("7*7") >= 4


def test_an_added_layer_cannot_end_the_script_it_stands_in() -> None:
    page = with_layers().to_html()
    assert page.count("<script>") == page.count("</script>") - 1 == 5


def test_the_same_map_is_the_same_bytes_made_twice_and_written_twice() -> None:
    drawn = with_layers()
    assert drawn.to_html() == drawn.to_html() == with_layers().to_html()


def test_writing_a_page_leaves_folium_objects_as_they_were() -> None:
    circle = folium.Circle([36, 37], radius=100, popup="text")
    empty_map().add_child(circle)
    names = list(circle._children)
    circle.get_root().render()
    assert type(circle) is folium.Circle
    assert list(circle._children) == names


def test_an_element_added_as_text_stays_text() -> None:
    drawn = empty_map()
    drawn.get_root().html.add_child(folium.Element("<p>{{7*7}}</p>"))
    assert "<p>{{7*7}}</p>" in drawn.to_html()


@pytest.mark.parametrize(
    ("layer", "named"),
    [
        (folium.TileLayer(), "tile.openstreetmap.org"),
        (folium.WmsTileLayer("https://wms.example.org", layers="a"), "wms.example.org"),
        (MarkerCluster(), "markercluster"),
        (folium.Marker([36, 37], icon=folium.Icon()), "awesome-markers"),
    ],
)
def test_a_layer_that_needs_the_network_is_refused_by_name(layer: Any, named: str) -> None:
    drawn = empty_map()
    drawn.add_child(layer)
    with pytest.raises(AssetError, match=named):
        drawn.to_html()


def test_the_title_is_text(tmp_path: Path) -> None:
    page = draw_map(audience="internal", title="</title><b>{{7*7}}\ud800").to_html()
    assert "<title>&lt;/title&gt;&lt;b&gt;{{7*7}}?</title>" in page
    assert scene(page)["title"] == "</title><b>{{7*7}}\ud800"


def test_save_writes_the_page_to_a_path_or_an_open_file(tmp_path: Path) -> None:
    drawn = empty_map()
    for name in (tmp_path / "one.html", str(tmp_path / "two.html"), bytes(tmp_path / "three.html")):
        drawn.save(name)
    opened = io.BytesIO()
    drawn.save(opened, close_file=False)
    written = {path.read_bytes() for path in tmp_path.iterdir()} | {opened.getvalue()}
    assert written == {drawn.to_html().encode()}
    drawn.save(opened)
    assert opened.closed


def test_save_into_a_missing_folder_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        empty_map().save(tmp_path / "none" / "map.html")


def test_a_notebook_shows_the_page_in_a_frame_of_its_own() -> None:
    drawn = empty_map()
    shown = drawn._repr_html_()
    assert 'sandbox="allow-scripts"' in shown
    assert html.unescape(re.search(r'srcdoc="([^"]*)"', shown).group(1)) == drawn.to_html()


def test_a_notebook_that_takes_the_frame_away_still_says_why() -> None:
    shown = draw_map(audience="internal", lang="ar")._repr_html_()
    left = re.sub(r"<iframe.*?</iframe>", "", shown, flags=re.DOTALL)
    assert 'dir="rtl"' in left
    assert language.text(
        "The map is not shown because this notebook is not trusted. Trust it, or run the cell "
        "again.",
        "ar",
    ) in html.unescape(left)


def test_the_frame_of_a_notebook_has_a_height_a_title_and_the_language() -> None:
    shown = draw_map(audience="internal", lang="ar", title='"</iframe><b>')._repr_html_()
    assert re.match(r'<div style="position:relative;width:100%;height:600px">', shown)
    assert 'title="&quot;&lt;/iframe&gt;&lt;b&gt;"' in shown
    assert '<html lang="ar" dir="rtl">' in html.unescape(shown)
    assert shown.count("<iframe") == shown.count("</iframe>") == 1


def test_the_frame_of_a_notebook_may_run_scripts_and_nothing_else() -> None:
    sandbox = re.search(r'sandbox="([^"]*)"', empty_map()._repr_html_())
    assert sandbox.group(1) == "allow-scripts"  # no cookies, keys or pages of the notebook
