"""Drawing rules in QML, the language in which QGIS keeps the style of a layer.

Written for QGIS 3.4 and later: the older ones read a symbol's settings as ``prop``, the newer ones
as ``Option``. SLD is left empty, since QGIS does not read it from a GeoPackage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple
from xml.etree import ElementTree as ET

from geosector import palette
from geosector.storage.cells import NOT_IN_XML

Shape = Literal["point", "line", "polygon"]
_TYPES: dict[Shape, tuple[str, str, str]] = {
    "point": ("marker", "SimpleMarker", "PointGeometry"),
    "line": ("line", "SimpleLine", "LineGeometry"),
    "polygon": ("fill", "SimpleFill", "PolygonGeometry"),
}
_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_POINTS_TO_MM = 25.4 / 72

# Numbers of QGIS: a label stands around its point, along its line, over its area.
_PLACEMENTS: dict[Shape, str] = {"point": "6", "line": "2", "polygon": "1"}
_PREFERRED = "TR,TL,BR,BL,R,L,TSR,BSR"

# QGIS opens a layer of several shapes as one layer for each, and gives all of them its one style.
_NO_AREA, _NO_LINE = "area($geometry) IS NULL", "length($geometry) IS NULL"
_OF_SHAPE: dict[Shape, str] = {
    "point": f"{_NO_AREA} AND {_NO_LINE}",
    "line": "length($geometry) IS NOT NULL",
    "polygon": "area($geometry) IS NOT NULL",
}
# What puts a point's sign on a line or an area, once and always on it.
_CARRIERS: dict[Shape, tuple[str, dict[str, str]]] = {
    "line": ("MarkerLine", {"placement": "centralpoint", "rotate": "0"}),
    "polygon": ("CentroidFill", {"point_on_surface": "1", "point_on_all_parts": "0"}),
}


class Rule(NamedTuple):
    """What is drawn how: rows that an expression of QGIS chooses, all of them where it is empty.

    ``settings`` are those of the shape, empty where it is not drawn; ``sign`` are those of a point
    that stands on a line or an area.
    """

    expression: str
    label: str
    settings: dict[str, str]
    sign: dict[str, str] | None = None


class Drawn(NamedTuple):
    """The rules for rows of one shape; ``name`` is what the legend calls them among others."""

    shape: Shape
    name: str
    rules: Sequence[Rule]


def colour(hexadecimal: str, opacity: float = 1.0) -> str:
    """Write a colour as QGIS does.

    Examples
    --------
    >>> colour("#0072B2"), colour("#000000", 0.5)
    ('0,114,178,255', '0,0,0,128')
    """
    red, green, blue = (int(hexadecimal[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},{round(255 * opacity)}"


def marker(
    shape: str, fill: str, *, size: float = 3.4, edge: str = palette.PAPER
) -> dict[str, str]:
    """Give the settings of a point; ``size`` in millimetres."""
    return {
        "name": shape, "color": colour(fill), "size": str(size), "size_unit": "MM",
        "outline_color": colour(edge), "outline_width": "0.25", "outline_width_unit": "MM",
        "outline_style": "solid", "angle": "0", "scale_method": "diameter",
    }  # fmt: skip


def line(look: palette.Line) -> dict[str, str]:
    """Give the settings of a line."""
    width = look.width * _POINTS_TO_MM
    dashes = ";".join(f"{part * width:.2f}" for part in look.dashes)
    return {
        "line_color": colour(look.colour), "line_width": f"{width:.2f}", "line_width_unit": "MM",
        "line_style": "solid", "capstyle": "flat" if dashes else "round", "joinstyle": "round",
        "use_custom_dash": "1" if dashes else "0", "customdash": dashes or "5;2",
        "customdash_unit": "MM",
    }  # fmt: skip


def fill(
    inside: str,
    *,
    opacity: float,
    edge: str = palette.INK,
    width: float = 0.3,
    style: str = "solid",
) -> dict[str, str]:
    """Give the settings of an area; ``width`` of its edge in millimetres."""
    return {
        "color": colour(inside, opacity), "style": style,
        "outline_color": colour(edge), "outline_width": str(width), "outline_width_unit": "MM",
        "outline_style": "solid" if width else "no", "joinstyle": "round",
    }  # fmt: skip


def qml(drawn: Sequence[Drawn], label: str) -> str:
    """Write the style of a layer.

    Parameters
    ----------
    drawn : sequence of Drawn
        One for each shape in the layer. Where there is one only, QGIS refuses the style for a
        layer of another shape. A row is drawn by every rule that chooses it, the last one on top.
    label : str
        Expression of QGIS for what stands beside a row; empty for nothing.

    Returns
    -------
    str
        The document, the same for the same rules.
    """
    root = ET.Element(
        "qgis",
        version="3.22.0",
        styleCategories="Symbology|Labeling",
        labelsEnabled="1" if label else "0",
    )
    renderer = ET.SubElement(
        root, "renderer-v2", type="RuleRenderer", symbollevels="0", forceraster="0"
    )
    tree = ET.SubElement(renderer, "rules", key="geosector")
    symbols = ET.SubElement(renderer, "symbols")
    count = 0
    for one in drawn:
        branch = tree if len(drawn) == 1 else _branch(tree, one)
        for rule in one.rules:
            facts = {"filter": rule.expression} if rule.expression else {}
            ET.SubElement(
                branch, "rule", facts, key=f"geosector-{count}", symbol=str(count),
                label=_in_xml(rule.label),
            )  # fmt: skip
            _symbol(symbols, str(count), one.shape, rule)
            count += 1
    if label:
        _labels(root, [one.shape for one in drawn], label)
    if len(drawn) == 1:  # a style that states no shape is taken for any
        shape = str(list(_TYPES).index(drawn[0].shape))
        ET.SubElement(root, "layerGeometryType").text = shape
    return _DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"


def _branch(tree: ET.Element, drawn: Drawn) -> ET.Element:
    """Put what is drawn of one shape under a rule that chooses rows of that shape."""
    return ET.SubElement(
        tree, "rule", filter=_OF_SHAPE[drawn.shape], key=f"geosector-{drawn.shape}",
        label=_in_xml(drawn.name),
    )  # fmt: skip


def _symbol(symbols: ET.Element, name: str, shape: Shape, rule: Rule) -> None:
    kind, drawn_by, _ = _TYPES[shape]
    layers = [(drawn_by, rule.settings)] if rule.settings else []
    symbol = _bare_symbol(symbols, name, kind, layers)
    if rule.sign is not None:
        carrier, settings = _CARRIERS[shape]
        carried = _symbol_layer(symbol, carrier, settings)
        _bare_symbol(carried, f"@{name}@{len(layers)}", "marker", [("SimpleMarker", rule.sign)])


def _bare_symbol(
    parent: ET.Element, name: str, kind: str, layers: Sequence[tuple[str, Mapping[str, str]]]
) -> ET.Element:
    symbol = ET.SubElement(
        parent, "symbol", name=name, type=kind, alpha="1", clip_to_extent="1", force_rhr="0"
    )
    for drawn_by, settings in layers:
        _symbol_layer(symbol, drawn_by, settings)
    return symbol


def _symbol_layer(symbol: ET.Element, drawn_by: str, settings: Mapping[str, str]) -> ET.Element:
    layer = ET.SubElement(
        symbol, "layer", {"class": drawn_by, "enabled": "1", "locked": "0", "pass": "0"}
    )
    options = ET.SubElement(layer, "Option", type="Map")
    for key, value in settings.items():
        ET.SubElement(options, "Option", name=key, type="QString", value=value)
    for key, value in settings.items():
        ET.SubElement(layer, "prop", k=key, v=value)
    return layer


def _labels(root: ET.Element, shapes: Sequence[Shape], label: str) -> None:
    """Add labels; where there are several shapes, each has its own way to place them."""
    if len(shapes) == 1:
        _settings(ET.SubElement(root, "labeling", type="simple"), shapes[0], label)
        return
    rules = ET.SubElement(
        ET.SubElement(root, "labeling", type="rule-based"), "rules", key="geosector-labels"
    )
    for shape in shapes:
        rule = ET.SubElement(
            rules, "rule", filter=_OF_SHAPE[shape], key=f"geosector-labels-{shape}"
        )
        _settings(rule, shape, label)


def _settings(parent: ET.Element, shape: Shape, label: str) -> None:
    """Add labels in the program's own font, which has Arabic letters wherever the system has."""
    settings = ET.SubElement(parent, "settings")
    style = ET.SubElement(
        settings, "text-style", fieldName=label, isExpression="1", fontSize="9",
        fontSizeUnit="Point", textColor=colour(palette.INK), textOpacity="1",
    )  # fmt: skip
    ET.SubElement(
        style, "text-buffer", bufferDraw="1", bufferSize="0.8", bufferSizeUnits="MM",
        bufferColor=colour(palette.PAPER), bufferOpacity="0.85",
    )  # fmt: skip
    ET.SubElement(
        settings, "placement", placement=_PLACEMENTS[shape], layerType=_TYPES[shape][2],
        predefinedPositionOrder=_PREFERRED, dist="1", distUnits="MM", offsetType="1",
        placementFlags="10", centroidInside="1", priority="5",
    )  # fmt: skip


def _in_xml(written: str) -> str:
    return NOT_IN_XML.sub("\ufffd", written)
