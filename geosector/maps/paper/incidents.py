"""What happened, on paper: densities, their change, choropleths and single incidents."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geosector.maps import colours, pictures, windows
from geosector.maps.encoding import unpack_lines
from geosector.maps.paper.layers import (
    LAND,
    MM_PER_PIXEL,
    POINTS_PER_PIXEL,
    Layer,
    View,
    mercator,
    outline_of,
    pieces_of,
)
from geosector.maps.paper.sheet import MM_PER_INCH, PAPER
from geosector.maps.planes import unpack_codes, unpack_places

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HATCHED = "hatched"  # where a number is not known or not shown
HATCH_COLOUR = "#8a8578"
SHADE_OPACITY = 0.72
MARK_MM = 1.9
MARK_SIDE = 10.0  # of the box in which the outline of an incident is drawn
MOST_MARKS = 2500  # beyond, incidents hide one another and become dots, as on the page
DOT_MM, MIXED = 0.7, "#555555"
# The whole world in Web Mercator, metres from edge to edge.
WORLD_M = 2 * np.pi * 6378137


# ---------------------------------------------------------------- pictures


def density(axes: Any, layer: Layer, view: View) -> None:  # noqa: ANN401, ARG001 - matplotlib
    """Draw a density where it is known."""
    picture = pictures.unpack(layer)
    share = 255 * np.clip(picture.density / picture.peak, 0, 1)
    _picture(axes, layer, np.ma.masked_where(~picture.known, share))


def difference(axes: Any, layer: Layer, view: View) -> None:  # noqa: ANN401, ARG001 - matplotlib
    """Draw where there was more and where less."""
    (steps,) = windows.unpack(layer["steps"], layer["height"], layer["width"])
    _picture(axes, layer, steps)


def _picture(axes: Any, layer: Layer, steps: Any) -> None:  # noqa: ANN401
    from matplotlib.colors import ListedColormap

    table = colours.read(layer) / 255
    (south, west), (north, east) = layer["bounds"]
    edges = mercator(np.array([[west, south], [east, north]], float))
    axes.imshow(
        steps, cmap=ListedColormap(table), vmin=0, vmax=len(table) - 1,
        extent=(*edges[:, 0], *edges[:, 1]), interpolation="bilinear",
        interpolation_stage="data", aspect="auto", zorder=2,
    )  # fmt: skip


def ramp_of(layer: Layer) -> Floats:
    """Give the colours of a layer of pictures, low to high, on land without streets."""
    from matplotlib.colors import to_rgb

    table = colours.read(layer) / 255
    return np.asarray(table[:, :3] * table[:, 3:] + np.array(to_rgb(LAND)) * (1 - table[:, 3:]))


# ---------------------------------------------------------------- choropleths


def measure_of(layer: Layer) -> dict[str, Any]:
    """Give what a choropleth shows when the page opens: its first kind and question."""
    measure: dict[str, Any] = layer["kinds"][0]["measures"][0]
    return measure


def choropleth(axes: Any, layer: Layer, view: View) -> None:  # noqa: ANN401, ARG001 - matplotlib
    """Shade areas by class."""
    from matplotlib.collections import PathCollection

    lines = unpack_lines(layer["lines"], layer["unit"])
    measure = measure_of(layer)
    rings: dict[int, list[Floats]] = {}
    for ring, area in zip(pieces_of(lines), lines.labels.tolist(), strict=True):
        rings.setdefault(area, []).append(ring)
    outlines: dict[int, list[Any]] = {}
    for area, own in rings.items():
        outlines.setdefault(measure["of"][area], []).append(outline_around(own))
    for place, paths in outlines.items():
        look = shade(measure["classes"][place]["colour"])
        axes.add_collection(PathCollection(paths, zorder=2.5, **look), autolim=False)


def outline_around(rings: list[Floats]) -> Any:  # noqa: ANN401 - a path of matplotlib
    """Make the outline of an area; what an even number of rings surrounds is a hole.

    matplotlib fills what is gone round in one direction more often than in the other, so that
    holes have to be turned.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0], [0.0, 0.0]])
    >>> outline = outline_around([square, square / 3 + 3])
    >>> len(outline.to_polygons()), outline_around([square[:1].repeat(4, axis=0)]).to_polygons()
    (2, [])
    """
    from matplotlib.path import Path

    lines = shapely.multilinestrings([shapely.linestrings(ring) for ring in rings])
    parts = shapely.orient_polygons(shapely.get_parts(shapely.build_area(lines)))
    turned = [shapely.get_coordinates(ring) for ring in shapely.get_rings(parts)]
    return Path.make_compound_path(*(Path(ring, closed=True) for ring in turned))


def shade(colour: str) -> dict[str, Any]:
    """Give matplotlib's words for the look of a class."""
    from matplotlib.colors import to_rgba

    look: dict[str, Any] = {"edgecolor": "#4a5060", "linewidth": POINTS_PER_PIXEL}
    if colour == HATCHED:
        return {**look, "facecolor": "none", "hatch": "////", "edgecolor": HATCH_COLOUR}
    return {**look, "facecolor": to_rgba(colour, SHADE_OPACITY)}


# ---------------------------------------------------------------- incidents


def points(axes: Any, layer: Layer, view: View) -> None:  # noqa: ANN401 - matplotlib
    """Draw a mark for each incident, hollow where its place is known only roughly; many as dots."""
    from matplotlib.collections import PathCollection
    from matplotlib.transforms import Affine2D

    x, y = unpack_places(layer["places"])
    where = np.column_stack([(x - 0.5) * WORLD_M, (0.5 - y) * WORLD_M])
    kinds = _codes(layer, "kind")
    if len(where) > MOST_MARKS:
        _dots(axes, where, kinds, [mark["colour"] for mark in marks_of(layer)], view)
        return
    rough = _codes(layer, "radius_m") > layer["rough_m"] + 1
    inches = Affine2D().scale(MARK_MM / MM_PER_INCH) + axes.figure.dpi_scale_trans
    marks = marks_of(layer)
    for code in np.unique(kinds):
        for hollow in (False, True):
            chosen = where[(kinds == code) & (rough == hollow)]
            if len(chosen):
                path, look = mark(marks[int(code)], hollow=hollow)
                drawn = PathCollection(
                    [path], offsets=chosen, offset_transform=axes.transData, zorder=5.5, **look
                )
                drawn.set_transform(inches)
                axes.add_collection(drawn, autolim=False)


def _dots(axes: Any, where: Floats, kinds: Ints, colours: list[str], view: View) -> None:  # noqa: ANN401
    """Draw dots of a kind's colour, grey where kinds mix, the stronger the more they stand for."""
    from matplotlib.colors import to_rgb

    wide, high = (round(side / DOT_MM) for side in (view.frame.width, view.frame.height))
    column, row = np.floor(view.millimetres(where) / DOT_MM).astype(np.int64).T
    inside = (column >= 0) & (column < wide) & (row >= 0) & (row < high)
    dot, kind = (row * wide + column)[inside], kinds[inside]
    counts = np.bincount(dot, minlength=wide * high)
    least, most = np.full(wide * high, len(colours)), np.zeros(wide * high, np.int64)
    np.minimum.at(least, dot, kind)
    np.maximum.at(most, dot, kind)
    shades = np.array([*map(to_rgb, colours), to_rgb(MIXED)])
    image = np.zeros((wide * high, 4))
    image[:, :3] = shades[np.where(least == most, least, len(colours))]
    strength = np.minimum(255, 190 + 20 * np.log2(np.maximum(counts, 1))) / 255
    image[:, 3] = np.where(counts > 0, strength, 0)
    axes.imshow(
        image.reshape(high, wide, 4), extent=(view.west, view.east, view.south, view.north),
        interpolation="nearest", aspect="auto", zorder=5.5,
    )  # fmt: skip


def _codes(layer: Layer, column: str) -> NDArray[np.int64]:
    count = layer["places"]["count"]
    for own in layer["columns"]:
        if own["id"] == column:
            return unpack_codes(own, count)
    return np.zeros(count, np.int64)


def marks_of(layer: Layer) -> list[dict[str, str]]:
    """Give the mark of each code of the column of kinds; 0 is a missing kind."""
    kinds = [column for column in layer["columns"] if column["id"] == "kind"]
    return [layer["plain"], *(kinds[0]["marks"] if kinds else [])]


def mark(look: dict[str, str], *, hollow: bool = False) -> tuple[Any, dict[str, Any]]:
    """Give the outline of an incident in a box from −0.5 to 0.5, and the words for its look."""
    colour = look["colour"]
    width = 1.2 * POINTS_PER_PIXEL * MARK_MM / (MARK_SIDE * MM_PER_PIXEL)
    face, edge = ((1, 1, 1, 0.75), colour) if hollow else (colour, PAPER)
    return outline_of(look["path"], MARK_SIDE), {
        "facecolor": face, "edgecolor": edge, "linewidth": width,
    }  # fmt: skip
