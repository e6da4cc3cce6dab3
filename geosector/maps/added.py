"""Folium's elements, rendered without templates: text that a user adds is text.

branca compiles text that was already rendered as a template, writes popups as template literals
of JavaScript, and asks content delivery networks for scripts. Here each element of a page is given,
while it is rendered and no longer, a way of writing that does none of this.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import folium
from branca.element import Element, IFrame, MacroElement
from folium import plugins
from folium.features import ClickForMarker, CustomIcon
from folium.raster_layers import ImageOverlay, TileLayer, VideoOverlay, WmsTileLayer
from folium.template import tojavascript

from geosector.maps import assets
from geosector.maps.encoding import json_text

_AWESOME_MARKERS = "https://cdnjs.cloudflare.com/ajax/libs/Leaflet.awesome-markers/2.0.2/leaflet.awesome-markers.js"
_ARROWS = "https://cdnjs.cloudflare.com/ajax/libs/ionicons/2.0.1/png/512/arrow-move.png"
_IDENTIFIER = re.compile(r"[0-9a-f]{32}")


class Text(Element):
    """Text that stands in a page as it is."""

    def __init__(self, written: str) -> None:
        super().__init__()
        self._name = "Text"
        self.written = written

    def render(self, **_: object) -> str:
        """Give the text."""
        return self.written


class _PlainElement(MacroElement):
    """Takes the place of MacroElement among the ancestors of an element while it is rendered.

    branca's own ``render`` compiles the text it has just rendered as a new template, which runs
    what stands in ``{{ }}`` and fails at a lone ``{%``; this one adds the text as text.
    """

    def render(self, **kwargs: object) -> None:  # type: ignore[override]  # as branca
        figure = self.get_root()
        for part in ("header", "html", "script"):
            macro = self._template.module.__dict__.get(part)
            if macro is not None:
                written = Text(str(macro(self, kwargs)))
                getattr(figure, part).add_child(written, name=self.get_name())
        for child in list(self._children.values()):
            child.render(**kwargs)


class _PlainPopup:
    """Replaces folium's way of writing a popup, a template literal in which ``${ }`` runs."""

    def render(self: Any, **_: object) -> None:
        for child in self._children.values():
            child.render()
        name, parent = self.get_name(), self._parent.get_name()
        content = "".join(part.render() for part in self.html._children.values())  # noqa: SLF001
        shown = ".openPopup()" if self.show else ""
        extra = "".join(part.render() for part in self.script._children.values())  # noqa: SLF001
        # folium escapes backticks for the template literal that is not used here.
        script = (
            f"var {name} = L.popup({tojavascript(self.options)});\n"
            f"{name}.setContent({json_text(content.replace(chr(92) + '`', '`'))});\n"
            f"{parent}.bindPopup({name}){shown};\n{extra}"
        )
        self.get_root().script.add_child(Text(script), name=name)


class _PlainTooltip:
    """Replaces folium's way of writing a tooltip, for the same reason."""

    def render(self: Any, **_: object) -> None:
        style = html.escape(getattr(self, "style", None) or "")
        content = json_text(f'<div style="{style}">{self.text}</div>')
        script = f"{self._parent.get_name()}.bindTooltip({content}, {tojavascript(self.options)});"
        self.get_root().script.add_child(Text(script), name=self.get_name())


class _PlainClick:
    """Replaces the template literal in the popup of a new marker; its two names still stand."""

    popup: str

    def render(self, **kwargs: object) -> None:
        own = self.popup
        if own.startswith("`"):
            shown = json_text(own[1:-1].replace(chr(92) + "`", "`"))
            self.popup = f'{shown}.replaceAll("${{lat}}", lat).replaceAll("${{lng}}", lng)'
        try:
            super().render(**kwargs)  # type: ignore[misc]  # of the element's own class
        finally:
            self.popup = own


class _PlainShapes:
    """Keeps text of the data from ending the style of a GeoJson.

    folium takes a style that begins with ``{{`` or ends with ``}}`` for the name of a variable and
    leaves out its quotes; ``url()`` as a colour asks a server. Such an entry is left out.
    """

    def render(self, **kwargs: object) -> None:
        own = {name: vars(self)[name] for name in _STYLES if vars(self).get(name)}
        vars(self).update({name: _plain_style(function) for name, function in own.items()})
        try:
            super().render(**kwargs)  # type: ignore[misc]  # of the element's own class
        finally:
            vars(self).update(own)


_NO_STYLE = re.compile(r"^\{\{|\}\}$|url", re.IGNORECASE)
_STYLES = ("style_function", "highlight_function")


def _plain_style(function: Any) -> Any:  # noqa: ANN401 - folium's own
    def styled(feature: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value
            for name, value in function(feature).items()
            if not (isinstance(value, str) and _NO_STYLE.search(value))
        }

    return styled


class _PlainControl:
    """Keeps a layer called ``__proto__`` a layer.

    folium writes the layers as an object of JavaScript, and in one that name sets what all others
    inherit from. With a space of no width behind it, it is a name as any other.
    """

    _parent: Element

    def render(self, **kwargs: object) -> None:
        layers: list[Any] = list(self._parent._children.values())  # noqa: SLF001
        called = [one for one in layers if getattr(one, "layer_name", None) == "__proto__"]
        for one in called:
            one.layer_name += "\u200b"
        try:
            super().render(**kwargs)  # type: ignore[misc]  # of the element's own class
        finally:
            for one in called:
                one.layer_name = "__proto__"


class _PlainText:
    """Replaces the compiling of an element that was given as text."""

    _template_str: str

    def render(self, **_: object) -> str:
        return self._template_str.encode("utf-8", "replace").decode("utf-8")


class _PlainFrame:
    """Makes a frame in which nothing runs and nothing is asked for.

    folium's own holds its content in a data address, where the policy of the page does not hold.
    """

    def render(self: Any, **kwargs: object) -> str:
        held = html.escape(Element.render(self, **kwargs))
        width, high, ratio = (
            html.escape(str(one)) for one in (self.width, self.height, self.ratio)
        )
        frame = f'<iframe sandbox="" srcdoc="{held}" style="border:none;width:100%;height:100%">'
        tall = f"padding-bottom:{ratio}" if self.height is None else f"min-height:{high}"
        return f'<div style="width:{width};height:{high};{tall}">{frame}</iframe></div>'


_WRITERS = (
    (folium.Popup, _PlainPopup),
    (folium.Tooltip, _PlainTooltip),
    (ClickForMarker, _PlainClick),
    (folium.GeoJson, _PlainShapes),
    (folium.LayerControl, _PlainControl),
    (IFrame, _PlainFrame),
)


@cache
def _plain_class(own: Any) -> Any:  # noqa: ANN401
    """Make the class that an element of a class has while it is rendered."""
    writers = tuple(writer for kind, writer in _WRITERS if issubclass(own, kind))
    if own is Element:
        return type("Element", (_PlainText, Element), {"__module__": own.__module__})
    if not issubclass(own, MacroElement):
        return type(own.__name__, (*writers, own), {"__module__": own.__module__})
    ancestors = (_PlainElement,) if own is MacroElement else (own, _PlainElement)
    return type(own.__name__, (*writers, *ancestors), {"__module__": own.__module__})


@contextmanager
def plain(root: Element) -> Iterator[None]:
    """Let the elements of a page, and only they, write text instead of compiling templates.

    The class of each element is exchanged and put back: branca calls its compiler by a name in
    its own module, and changing that name would change every other map of the process. What
    elements add to one another while they are rendered is taken back too, since folium would add
    it a second time to the next page.
    """
    children = [(element, element._children.copy()) for element in _elements(root)]  # noqa: SLF001
    changed: list[tuple[Element, Any]] = [
        (element, type(element)) for element in _elements(root) if _is_written_otherwise(element)
    ]
    for element, _ in changed:
        _refuse_network(element)
    try:
        for element, own in changed:
            element.__class__ = _plain_class(own)
        yield
    finally:
        for element, own in changed:
            element.__class__ = own
        for holder, before in children:
            holder._children = before  # noqa: SLF001


def _is_written_otherwise(element: Element) -> bool:
    if type(element) is Element:
        return element._template_str is not None  # noqa: SLF001
    return isinstance(element, MacroElement | IFrame)


# What else an element makes a page ask for: the addresses of pictures, films and data.
_ASKS: tuple[tuple[Any, Any], ...] = (
    (TileLayer, lambda own: [own.tiles]),
    (WmsTileLayer, lambda own: [own.url]),
    (folium.Icon, lambda own: [] if isinstance(own, CustomIcon) else [_AWESOME_MARKERS]),
    (CustomIcon, lambda own: [own.options.get(name) for name in ("icon_url", "shadow_url")]),
    (ImageOverlay, lambda own: [own.url]),
    (VideoOverlay, lambda own: [own.video_url]),
    (plugins.FloatImage, lambda own: [own.image]),
    (plugins.ScrollZoomToggler, lambda _: [_ARROWS]),
    (folium.GeoJson, lambda own: [own.embed_link]),
)


def _refuse_network(element: Element) -> None:
    """Refuse an element that asks for what is not installed, before anything is written."""
    links = [*getattr(element, "default_js", ()), *getattr(element, "default_css", ())]
    for _, url in links:
        assets.read_link(url)
    for kind, addresses in _ASKS:
        if isinstance(element, kind):
            for address in addresses(element):
                if address and not str(address).startswith("data:"):
                    assets.read_link(str(address))


def _elements(root: Element) -> list[Element]:
    """List every element that can be reached from one, parents left out."""
    found: dict[int, Element] = {}
    todo = [root]
    while todo:
        element = todo.pop()
        if id(element) in found:
            continue
        found[id(element)] = element
        for name, value in vars(element).items():
            if name != "_parent":
                todo.extend(one for one in _several(value) if isinstance(one, Element))
    return list(found.values())


def _several(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else [value]


def number_names(root: Element, written: tuple[str, ...]) -> list[str]:
    """Exchange the random part of each element's name for its number in the page."""
    random = {element._id for element in _elements(root)}  # noqa: SLF001
    numbers: dict[str, str] = {}

    def exchange(found: re.Match[str]) -> str:
        name = found.group()
        return numbers.setdefault(name, str(len(numbers) + 1)) if name in random else name

    return [_IDENTIFIER.sub(exchange, one) for one in written]
