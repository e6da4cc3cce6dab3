"""Our own folium Map and Figure: a page that needs nothing but itself.

A plain folium page asks 15 addresses for its scripts, reads text that was already rendered as a
template a second time, so that ``{{ … }}`` in the data runs as Python, and names its parts at
random. Here scripts and styles come from installed packages, text is added as text, and the same
map is the same bytes. Any folium layer whose files are installed can still be added.
"""

from __future__ import annotations

import base64
import hashlib
import html
import os
import re
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, cast

import branca.element
import folium
from branca.element import CssLink, Element, JavascriptLink
from folium.template import Template

from geosector import storage
from geosector.errors import InputError
from geosector.language import Language, language, text
from geosector.maps import added, assets
from geosector.maps.added import Text
from geosector.maps.encoding import json_text, set_apart
from geosector.maps.saying import catalogue, counted, spoken

PAGES, SHEETS = (".html", ".htm"), (".png", ".pdf", ".svg")  # how files are called

_LEAFLET = "https://cdn.jsdelivr.net/npm/leaflet@1.9.4/dist/leaflet"


class Script(Text):
    """The content of an installed script."""


class Style(Text):
    """The content of an installed style."""


class Container(Element):
    """Head, body or script of a page: takes text as text and links as installed files."""

    def add_child(
        self, child: Element, name: str | None = None, index: int | None = None
    ) -> Element:
        """Add an element; of a template given as text only the text is kept."""
        name = name or child.get_name()
        if isinstance(child, JavascriptLink):
            child = Script(assets.read_link(child.url))
        elif isinstance(child, CssLink):
            child = Style(assets.read_link(child.url))
        elif type(child) is Element and child._template_str is not None:  # noqa: SLF001
            child = Text(child._template_str)  # noqa: SLF001
        return super().add_child(child, name=name, index=index)

    def written(self, kind: type[Text]) -> str:
        """Give the text of all children of exactly one kind, in their order."""
        children = self._children.values()
        return "\n".join(child.render() for child in children if type(child) is kind)

    def render(self, **_: object) -> str:
        """Give everything that is neither an installed script nor an installed style."""
        children = self._children.values()
        return "\n".join(
            child.render() for child in children if not isinstance(child, Script | Style)
        )


class Figure(branca.element.Figure):
    """A whole page: its language, its data, its styles and scripts, and nothing from elsewhere.

    Parameters
    ----------
    lang : str
        In which it opens: ``ar``, ``kmr``, ``ckb`` or ``en``; the reader may choose another.
    scene : dict
        What the scripts draw; see `geosector.maps.layers`.
    """

    header: Container
    html: Container
    script: Container

    def __init__(self, lang: str, scene: dict[str, Any]) -> None:
        self.heading = spoken(scene["title"], lang)
        super().__init__(height="600px", title=self.heading)
        self.language: Language = language(lang)
        self.scene = scene
        self.header, self.html, self.script = Container(), Container(), Container()
        for part in (self.header, self.html, self.script):
            part._parent = self  # noqa: SLF001

    def render(self, **_: object) -> str:
        """Write the page. The same figure gives the same text every time.

        Returns
        -------
        str
            HTML.

        Raises
        ------
        AssetError
            Where a layer asks for a file that is not installed, or for the network.
        """
        with added.plain(self):
            for child in self._children.values():
                child.render()
            written = (
                self.header.render(),
                self.html.render(),
                self.script.render(),
                self.header.written(Script),
            )
            styles = [self.header.written(Style)]
            named = added.number_names(self, written)
        head, body, code, plugins = (
            part.replace("\r\n", "\n").replace("\r", "\n") for part in named
        )
        scene, languages = catalogue(self.scene)
        scene, packed = set_apart(scene)
        data = json_text({**scene, "languages": languages})
        markers = json_text(assets.marker_images())
        scripts = [
            assets.read_guard(),
            plugins,
            f'L.Icon.Default.imagePath="";L.Icon.Default.mergeOptions({markers});',
            # Inside a script these would end it or hide its end; in a string of JavaScript the
            # escaped forms are the same text.
            re.sub("<(?=/script|!--)", r"\\x3c", code, flags=re.IGNORECASE),
            assets.read_scripts(),
        ]
        styles += [
            assets.font_face(_shown(self.heading, head, body, code, data)),
            assets.read_styles(),
        ]
        hosts = [host for layer in self.scene["layers"] for host in layer.get("hosts", ())]
        content = (head, body, data, packed)
        return _page(self.language, self.heading, styles, content, scripts, hosts=hosts)

    def _repr_html_(self, **_: object) -> str:
        """Show the page in a notebook: in a frame of its own, which reaches nothing around it.

        A notebook that is not trusted takes the frame away; then the sentence behind it is seen.
        """
        own = self.language
        untrusted = text(
            "The map is not shown because this notebook is not trusted. Trust it, or run the cell "
            "again.",
            own.code,
        )
        return (
            f'<div style="position:relative;width:{self.width};height:{self.height}">'
            f'<p lang="{own.code}" dir="{own.direction}">{html.escape(untrusted)}</p>'
            f'<iframe srcdoc="{html.escape(self.render())}" sandbox="allow-scripts" '
            f'title="{html.escape(self.heading)}" style="position:absolute;top:0;left:0;'
            'width:100%;height:100%;border:0;background:#fff"></iframe></div>'
        )


def _page(
    spoken: Language,
    title: str,
    styles: list[str],
    content: tuple[str, str, str, list[str]],
    scripts: list[str],
    *,
    hosts: list[str],
) -> str:
    """Put a page together.

    ``content`` is what goes into the head, the body and the data, and what is packed; ``hosts`` are
    the servers from which it may show pictures.
    """
    head, body, data, packed = content
    allowed = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        f"img-src {' '.join(['data:', 'blob:', *hosts])}; "
        f"font-src data:; media-src data:; connect-src 'none'; base-uri 'none'; "
        "form-action 'none'"
    )
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="{spoken.code}" dir="{spoken.direction}">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{html.escape(title)}</title>",
        *(f"<style>{style}</style>" for style in styles),
        head,
        "</head>",
        "<body>",
        body,
        f'<script type="application/json" id="gs-scene">{data}</script>',
        *(
            f'<script type="text/plain" id="gs-packed-{at}">{one}</script>'
            for at, one in enumerate(packed)
        ),
        *(f"<script>{script}</script>" for script in scripts),
        "</body>",
        "</html>",
        "",
    ]
    # A lone surrogate has no UTF-8; in the data it is already escaped.
    return "\n".join(parts).encode("utf-8", "replace").decode("utf-8")


def _digest(script: str) -> str:
    content = script.encode("utf-8", "replace")
    return base64.b64encode(hashlib.sha256(content).digest()).decode("ascii")


def _shown(*written: str) -> str:
    r"""Give the characters that a page may show, those written as \uXXXX in JSON too."""
    whole = "".join(written)
    escaped = re.findall(r"\\u([0-9a-fA-F]{4})", whole)
    return whole + "".join(chr(int(code, 16)) for code in escaped)


class Map(folium.Map):
    """A folium map that opens with no network, in four languages, and runs nothing from its data.

    Made by `geosector.draw_map`. Folium's own layers can be added as to any folium map.

    Parameters
    ----------
    lang : str
        In which it opens: ``ar``, ``kmr``, ``ckb`` or ``en``; the reader may choose another.
    scene : dict
        What the scripts draw; see `geosector.maps.layers`.
    """

    default_js = [("leaflet", _LEAFLET + ".js")]  # noqa: RUF012 - folium's own declaration
    default_css = [("leaflet_css", _LEAFLET + ".css")]  # noqa: RUF012 - folium's own declaration

    _template = Template("""
        {% macro html(this, kwargs) %}
            <div class="folium-map" dir="ltr" id={{ this.get_name()|tojson }}></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
                center: {{ this.location|tojson }},
                ...{{ this.options|tojavascript }}
            });
            window.gsMap = {{ this.get_name() }};
            {%- if this.objects_to_stay_in_front %}
            window.addEventListener("load", function () {
                {%- for obj in this.objects_to_stay_in_front %}
                {{ obj.get_name() }}.bringToFront();
                {%- endfor %}
            });
            {%- endif %}
        {% endmacro %}
    """)

    def __init__(self, lang: str, scene: dict[str, Any]) -> None:
        (south, west), (north, east) = scene["bounds"]
        super().__init__(
            location=[(south + north) / 2, (west + east) / 2],
            tiles=None,
            zoom_control=False,  # ours stands in the corner and the language of the reader
            zoom_start=12,
            maxZoom=19,
            zoomSnap=0.5,
            attributionControl=False,
        )
        Figure(lang, scene).add_child(self)

    @property
    def scene(self) -> dict[str, Any]:
        """What is drawn, before the language is chosen; see `geosector.maps.layers`."""
        return self._page().scene

    def to_html(self) -> str:
        """Write the map as one HTML page.

        Returns
        -------
        str
            A page that opens with no network. The same map gives the same text.
        """
        return self._page().render()

    def _page(self) -> Figure:
        return cast("Figure", self.get_root())

    def save(
        self,
        outfile: str | bytes | PathLike[str] | BinaryIO,
        close_file: bool = True,  # noqa: FBT001, FBT002 - folium's own signature
        **_: object,
    ) -> None:
        """Write the map to a file, whole or not at all.

        Parameters
        ----------
        outfile : path or binary file
            Where to write: the interactive page to a path that ends in ``.html`` and to a file
            given open, a sheet of A4 to one that ends in ``.png``, ``.pdf`` or ``.svg``
            (`geosector.maps.paper.twin`), in the language in which the page opens.
        close_file : bool
            Whether a file given open is closed afterwards.

        Raises
        ------
        InputError
            Where the name asks for another format.
        StorageError
            Where it cannot be written; an older file of that name is left as it was.
        """
        if isinstance(outfile, str | bytes | PathLike):
            path = os.fsdecode(outfile)
            ending = Path(path).suffix.lower()
            if ending in PAGES:
                storage.write_text(path, self.to_html())
            elif ending in SHEETS:
                storage.write_bytes(path, self._sheet(ending[1:]))
            else:
                raise InputError(
                    text(
                        "A map is written as {known}; '{file}' asks for another format.",
                        known=", ".join((PAGES[0], *SHEETS)),
                        file=path,
                    )
                )
            return
        outfile.write(self.to_html().encode("utf-8"))
        if close_file:
            outfile.close()

    def _sheet(self, kind: str) -> bytes:
        """Draw the scene on paper, where layers of folium's own are only counted."""
        from geosector.maps.paper.twin import write_paper

        added = [one for one in self._children.values() if not isinstance(one, folium.LayerControl)]
        scene = self.scene
        if added:
            told = counted(
                "{n} layer that was added by hand is only on the interactive map",
                "{n} layers that were added by hand are only on the interactive map",
                len(added),
            )
            scene = {**scene, "notes": [*scene["notes"], told]}
        return write_paper(scene, self._page().language.code, kind)

    def _repr_html_(self, **_: object) -> str:
        return self._page()._repr_html_()
