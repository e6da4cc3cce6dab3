"""The layers of a scene on paper: one function for each kind, as ``script/`` has for the page.

What is dense, such as streets, is painted on the *ground*, a picture of few colours and of stated
resolution; the rest is drawn over it as it is, so that it stays sharp and the file small. Looks are
those of the page: lengths in pixels of a screen become 1/96 inch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geosector import crs
from geosector.maps.encoding import Lines, read_shapes, unpack_lines
from geosector.maps.ground import basemap
from geosector.maps.paper.scale import Frame
from geosector.maps.paper.sheet import MM_PER_INCH, PAPER

Floats = NDArray[np.float64]
Layer = dict[str, Any]

MM_PER_PIXEL, POINTS_PER_PIXEL = MM_PER_INCH / 96, 72 / 96
LAND = "#f6f4ee"
AREA, BORDER, CIRCLE, CUT = "#22304d", "#7a1f5c", "#9b2226", "#7d1a1a"
SYMBOL_MM, SMALL_SYMBOL_MM, MANY_SYMBOLS = 4.4, 3.0, 150
SIDE = 20  # of the box in which symbols are drawn
CROSS = "M4 4 L16 16 M16 4 L4 16"
DASHES = (0, (3, 2.2))
# Metres of the equator in a pixel of the page at zoom 0.
_ZOOM_0 = 2 * np.pi * 6378137 / 256
# Paper is looked at more closely than a screen: it shows what the page shows one zoom further in.
_CLOSER = 1.0


class View(NamedTuple):
    """The piece of the world in a frame: edges in metres of Web Mercator.

    ``mercator_per_mm`` and ``m_per_mm`` say how many metres of Web Mercator and of ground, at the
    latitude of the middle, a millimetre of paper shows.
    """

    frame: Frame
    west: float
    south: float
    east: float
    north: float
    mercator_per_mm: float
    m_per_mm: float

    def zoom(self) -> float:
        """Say at which zoom the page shows as much detail."""
        return float(np.log2(_ZOOM_0 / (self.mercator_per_mm * MM_PER_PIXEL))) + _CLOSER

    def millimetres(self, spots: Floats) -> Floats:
        """Turn places in Web Mercator, shape (n, 2), into mm from the frame's left upper corner."""
        return np.asarray((spots - (self.west, self.north)) / self.mercator_per_mm * (1, -1))


def look_at(bounds: list[list[float]], frame: Frame, *, margin: float = 0.04) -> View:
    """Choose the piece of the world that shows some bounds whole.

    Parameters
    ----------
    bounds : list
        ``[[south, west], [north, east]]`` in degrees.
    frame : Frame
    margin : float
        Share of the extent that is left free on each side.

    Returns
    -------
    View

    Examples
    --------
    >>> view = look_at([[36.0, 37.0], [36.1, 37.2]], Frame(0, 0, 200, 100))
    >>> round(view.mercator_per_mm), round(view.m_per_mm, 1)
    (149, 120.4)
    >>> look_at([[36.0, 37.0], [36.0, 37.0]], Frame(0, 0, 200, 100)).mercator_per_mm
    5.0
    """
    (south, west), (north, east) = bounds
    edges = mercator(np.array([[west, south], [east, north]], float))
    span = np.maximum(np.ptp(edges, axis=0) * (1 + 2 * margin), LEAST_VIEW_M)
    scale = float(max(span[0] / frame.width, span[1] / frame.height))
    x, y = edges.mean(axis=0)
    half_x, half_y = scale * frame.width / 2, scale * frame.height / 2
    lon, lat = crs.convert_points(
        np.array([x - scale / 2, x + scale / 2]), np.array([y, y]), crs.WEB_MERCATOR, crs.WGS84
    )
    ground = float(crs.distances_m(lon[:1], lat[:1], lon[1:], lat[1:])[0])
    return View(frame, x - half_x, y - half_y, x + half_x, y + half_y, scale, ground)


LEAST_VIEW_M = 500.0


def mercator(places: Floats) -> Floats:
    """Bring longitudes and latitudes, shape (n, 2), to metres of Web Mercator."""
    x, y = crs.convert_points(places[:, 0], places[:, 1], crs.WGS84, crs.WEB_MERCATOR)
    return np.column_stack([x, y])


def spots_of(items: list[dict[str, Any]]) -> Floats:
    """Give the places of items in Web Mercator."""
    return mercator(np.array([item["at"][::-1] for item in items], float).reshape(-1, 2))


def pieces_of(lines: Lines) -> list[Floats]:
    """Give each line's places in Web Mercator."""
    return np.split(mercator(lines.coordinates), np.cumsum(lines.sizes)[:-1])


# ---------------------------------------------------------------- the ground


def _shapes(layer: Layer, *, rings: bool) -> Lines:
    """Read the shapes of the ground in degrees."""
    whole, sizes, labels = read_shapes(layer["shapes"], rings=rings)
    return Lines(np.asarray(whole * float(layer["unit"]), np.float64), sizes, labels)


def _roads(axes: Any, layer: Layer, view: View) -> None:  # noqa: ANN401 - matplotlib
    from matplotlib.collections import LineCollection

    lines = _shapes(layer, rings=False)
    if not len(lines.sizes):
        return
    pieces, kinds = pieces_of(lines), lines.labels % len(layer["looks"])
    for look in range(len(layer["looks"])):
        if road_drawn(layer["looks"][look], view):
            chosen = [pieces[at] for at in np.flatnonzero(kinds == look)]
            width = road_points(layer["looks"][look], view)
            colour = layer["looks"][look]["colour"]
            drawn = LineCollection(chosen, colors=colour, linewidths=width, capstyle="round")
            axes.add_collection(drawn, autolim=False)


def _buildings(axes: Any, layer: Layer, view: View) -> None:  # noqa: ANN401 - matplotlib
    from matplotlib.collections import PolyCollection

    rings = _shapes(layer, rings=True)
    if len(rings.sizes) and buildings_drawn(layer, view):
        look = {"facecolors": layer["colour"], "edgecolors": layer["edge"], "linewidths": 0.3}
        axes.add_collection(PolyCollection(pieces_of(rings), **look), autolim=False)


def buildings_drawn(layer: Layer, view: View) -> bool:
    """Say whether buildings are drawn at the scale of the sheet."""
    return bool(view.zoom() >= layer["from_zoom"])


def _water(axes: Any, layer: Layer, view: View) -> None:  # noqa: ANN401, ARG001 - matplotlib
    from matplotlib.collections import LineCollection, PathCollection
    from matplotlib.path import Path

    shapes = _shapes(layer, rings=False)
    if not len(shapes.sizes):
        return
    pieces = pieces_of(shapes)
    rings = [
        Path(np.vstack([piece, piece[:1]]), closed=True)
        for piece, kind in zip(pieces, shapes.labels, strict=True)
        if kind != basemap.LINE
    ]
    if rings:  # outer rings go one way round and holes the other
        whole = PathCollection([Path.make_compound_path(*rings)], facecolor=layer["colour"], lw=0)
        axes.add_collection(whole, autolim=False)
    lines = [pieces[at] for at in np.flatnonzero(shapes.labels == basemap.LINE)]
    drawn = LineCollection(lines, colors=layer["edge"], linewidths=1.5 * POINTS_PER_PIXEL)
    axes.add_collection(drawn, autolim=False)


def road_drawn(look: dict[str, Any], view: View) -> bool:
    """Say whether streets of a class are drawn at the scale of the sheet."""
    return bool(view.zoom() >= look["from_zoom"])


def road_points(look: dict[str, Any], view: View) -> float:
    """Give the width of a class of streets in points; the page's rule (``basemap.js``)."""
    pixels = min(14.0, max(0.4, look["width"] * 1.4 ** (view.zoom() - 14)))
    return float(pixels * POINTS_PER_PIXEL)


# ---------------------------------------------------------------- over the ground


def _areas(axes: Any, layer: Layer, view: View) -> None:  # noqa: ANN401, ARG001 - matplotlib
    _outline(axes, layer, AREA, 1.8)


def _outline(axes: Any, layer: Layer, colour: str, pixels: float) -> None:  # noqa: ANN401
    from matplotlib.collections import LineCollection

    lines = unpack_lines(layer["lines"], layer["unit"])
    if len(lines.sizes):
        width = pixels * POINTS_PER_PIXEL
        look: dict[str, Any] = {"colors": colour, "linewidths": width, "joinstyle": "round"}
        axes.add_collection(LineCollection(pieces_of(lines), zorder=3, **look), autolim=False)


def _lines(axes: Any, layer: Layer, view: View) -> None:  # noqa: ANN401, ARG001 - matplotlib
    from matplotlib.collections import LineCollection

    lines = unpack_lines(layer["lines"], layer["unit"])
    if len(lines.sizes):
        weights = np.array([item["weight"] for item in layer["items"]], float)[lines.labels]
        dashed = np.array([item.get("dashed", False) for item in layer["items"]])[lines.labels]
        look: dict[str, Any] = {
            "colors": layer.get("colour", BORDER), "linewidths": weights * POINTS_PER_PIXEL,
            "linestyles": [DASHES if one else "solid" for one in dashed.tolist()],
        }  # fmt: skip
        if not dashed.any():
            look["capstyle"] = "round"
        axes.add_collection(LineCollection(pieces_of(lines), zorder=4, **look), autolim=False)


def _hatched(axes: Any, layer: Layer, view: View) -> None:  # noqa: ANN401, ARG001 - matplotlib
    """Hatch ground that is cut off, and outline what lies around places."""
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    rings = unpack_lines(layer["lines"], layer["unit"])
    if not len(rings.sizes):
        return
    paths = [Path(np.vstack([piece, piece[:1]]), closed=True) for piece in pieces_of(rings)]
    drawn = PathCollection(paths, zorder=2.8, **hatch_look(hatch=layer["hatch"]))
    axes.add_collection(drawn, autolim=False)


def hatch_look(*, hatch: bool) -> dict[str, Any]:
    """Give matplotlib's words for the look of ground that is cut off, or of an outline."""
    look = {"facecolor": "none", "edgecolor": CUT, "linewidth": 1.2, "linestyle": DASHES}
    return {**look, "hatch": "\\\\\\\\"} if hatch else look


def _circles(axes: Any, layer: Layer, view: View) -> None:  # noqa: ANN401 - matplotlib
    from matplotlib.collections import EllipseCollection

    if layer["items"]:
        wide = [2 * item["radius"] * MM_PER_PIXEL * view.mercator_per_mm for item in layer["items"]]
        drawn = EllipseCollection(
            wide, wide, np.zeros(len(wide)), units="xy", offsets=spots_of(layer["items"]),
            offset_transform=axes.transData, zorder=5, **circle_look(),
        )  # fmt: skip
        axes.add_collection(drawn, autolim=False)


def circle_look() -> dict[str, Any]:
    """Give matplotlib's words for the look of a circle."""
    from matplotlib.colors import to_rgba

    width = 2 * POINTS_PER_PIXEL
    look = {"facecolor": to_rgba(CIRCLE, 0.12), "edgecolor": CIRCLE}
    return {**look, "linewidth": width, "linestyle": DASHES}


def _places(axes: Any, layer: Layer, view: View) -> None:  # noqa: ANN401, ARG001 - matplotlib
    from matplotlib.collections import PathCollection
    from matplotlib.transforms import Affine2D

    where = spots_of(layer["items"])
    statuses = np.array([item["status"] for item in layer["items"]], object)
    size = symbol_mm(layer)
    inches = Affine2D().scale(size / MM_PER_INCH) + axes.figure.dpi_scale_trans
    for status in sorted(set(statuses)):
        chosen = where[statuses == status]
        for path, look in symbol(layer["path"], layer["colour"], status, size):
            drawn = PathCollection(
                [path], offsets=chosen, offset_transform=axes.transData, zorder=6, **look
            )
            drawn.set_transform(inches)
            axes.add_collection(drawn, autolim=False)


def symbol_mm(layer: Layer) -> float:
    """Give the size of the symbols of a layer: small ones where there are many."""
    return SMALL_SYMBOL_MM if len(layer["items"]) > MANY_SYMBOLS else SYMBOL_MM


def symbol(path: str, colour: str, status: str, size: float) -> list[tuple[Any, dict[str, Any]]]:
    """Give the outlines of a symbol, each with its look, lowest first.

    Parameters
    ----------
    path : str
        An SVG path in a box of 20 × 20.
    colour : str
    status : str
        As on the page: closed and planned ones are hollow, planned ones dashed, damaged ones
        crossed out, those of unknown status pale.
    size : float
        In mm.

    Returns
    -------
    list of tuple
        A `matplotlib.path.Path` in a box from −0.5 to 0.5 and the words for its look.
    """
    from matplotlib.colors import to_rgba

    point = size / MM_PER_INCH * 72 / SIDE  # of the box's units in points
    outline = outline_of(path)
    fill = {"closed": PAPER, "planned": PAPER, "unknown": to_rgba(colour, 0.35)}.get(status, colour)
    edge: dict[str, Any] = {"facecolor": fill, "edgecolor": colour, "linewidth": 1.8 * point}
    if status == "planned":
        edge["linestyle"] = (0, (1.5, 1.2))
    parts = [
        (outline, {"facecolor": PAPER, "edgecolor": PAPER, "linewidth": 5 * point}),
        (outline, edge),
    ]
    if status == "damaged":
        cross = {"facecolor": "none", "edgecolor": PAPER, "linewidth": 2.4 * point}
        parts.append((outline_of(CROSS), cross))
    return parts


def outline_of(path: str, side: float = SIDE) -> Any:  # noqa: ANN401 - matplotlib ships no types
    """Turn an SVG path in a square box into one of matplotlib around the middle.

    Examples
    --------
    >>> outline_of("M2 5 H18 V17 Z").vertices[:3].round(2).tolist()
    [[-0.4, 0.25], [0.4, 0.25], [0.4, -0.35]]
    """
    from fontTools.pens.recordingPen import RecordingPen
    from fontTools.svgLib.path import parse_path
    from matplotlib.path import Path

    pen = RecordingPen()
    parse_path(path, pen)
    codes = {"moveTo": Path.MOVETO, "lineTo": Path.LINETO, "curveTo": Path.CURVE4}
    corners: list[tuple[float, float]] = []
    kinds = []
    for name, points in pen.value:
        if name in codes:
            corners += points
            kinds += [codes[name]] * len(points)
        elif name == "closePath":
            corners.append((0, 0))  # matplotlib passes over the place of an end
            kinds.append(Path.CLOSEPOLY)
    return Path((np.array(corners, float) - side / 2) * (1 / side, -1 / side), kinds)


Drawer = Callable[[Any, Layer, View], None]
GROUND: dict[str, Drawer] = {"water": _water, "buildings": _buildings, "roads": _roads}
OVER: dict[str, Drawer] = {
    "areas": _areas, "hatched": _hatched, "lines": _lines, "circles": _circles, "places": _places,
}  # fmt: skip
# What needs a screen or a network: the legend of a sheet names it.
PAGE_ONLY = ("frames", "tiles")
