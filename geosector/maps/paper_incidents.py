"""What happened, on paper: densities, their change, choropleths and single incidents."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geosector.maps import pictures, windows
from geosector.maps.encoding import unpack_lines
from geosector.maps.paper_layers import (
    LAND,
    MM_PER_PIXEL,
    POINTS_PER_PIXEL,
    Layer,
    View,
    mercator,
    outline_of,
    pieces_of,
)
from geosector.maps.planes import unpack_codes, unpack_places
from geosector.maps.sheet import MM_PER_INCH, PAPER

Floats = NDArray[np.float64]

HATCHED = "hatched"  # where a number is not known or not shown
HATCH_COLOUR = "#8a8578"
SHADE_OPACITY = 0.72
MARK_MM = 1.9
MARK_SIDE = 10.0  # of the box in which the outline of an incident is drawn
# The whole world in Web Mercator, metres from edge to edge.
WORLD_M = 2 * np.pi * 6378137


# ---------------------------------------------------------------- pictures


def density(axes: Any, layer: Layer, view: View) -> None:  # noqa: ANN401, ARG001 - matplotlib
    """Draw a density where it is known."""
    picture = pictures.unpack(layer)
    share = 255 * np.clip(picture.density / picture.peak, 0, 1)
    _picture(axes, layer, np.ma.masked_where(~picture.known, share), palette(layer["ramp"]))


def difference(axes: Any, layer: Layer, view: View) -> None:  # noqa: ANN401, ARG001 - matplotlib
    """Draw where there was more and where less."""
    (steps,) = windows.unpack(layer["steps"], layer["height"], layer["width"])
    _picture(axes, layer, steps, diverging(layer["ramp"]))


def _picture(axes: Any, layer: Layer, steps: Any, colours: Floats) -> None:  # noqa: ANN401
    from matplotlib.colors import ListedColormap

    (south, west), (north, east) = layer["bounds"]
    edges = mercator(np.array([[west, south], [east, north]], float))
    axes.imshow(
        steps, cmap=ListedColormap(colours), vmin=0, vmax=len(colours) - 1,
        extent=(*edges[:, 0], *edges[:, 1]), interpolation="bilinear",
        interpolation_stage="data", aspect="auto", zorder=2,
    )  # fmt: skip


def palette(ramp: list[str]) -> Floats:
    """Give the colour of each of 256 steps of a density, as the page does.

    Parameters
    ----------
    ramp : list of str
        Even stops.

    Returns
    -------
    array, shape (256, 4)
        Red, green, blue, opacity, 0 to 1; the lowest steps fade into the map.

    Examples
    --------
    >>> colours = palette(["#000000", "#ff0000"])
    >>> colours[[0, 255]].round(2).tolist()
    [[0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.76]]
    """
    opacity = np.minimum(195, 30 + 5 * np.arange(256)) / 255
    opacity[0] = 0
    return np.column_stack([_stops(ramp, 256), opacity])


def diverging(ramp: list[str]) -> Floats:
    """Give the colour of each of 255 steps of a change: nothing where nothing has changed.

    Examples
    --------
    >>> colours = diverging(["#0000ff", "#ffffff", "#ff0000"])
    >>> colours[[0, 127, 254]].round(2).tolist()
    [[0.0, 0.0, 1.0, 0.84], [1.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.84]]
    """
    away = np.abs(np.arange(255) - 127)
    opacity = np.where(away, np.minimum(215, 30 + 5 * away), 0) / 255
    return np.column_stack([_stops(ramp, 255), opacity])


def _stops(ramp: list[str], count: int) -> Floats:
    from matplotlib.colors import to_rgb

    stops = np.array([to_rgb(colour) for colour in ramp])
    places = np.linspace(0, len(stops) - 1, count)
    parts = [np.interp(places, np.arange(len(stops)), stops[:, part]) for part in range(3)]
    return np.column_stack(parts)


def on_land(colours: Floats) -> Floats:
    """Give colours where they lie on land without streets, shape (n, 3)."""
    from matplotlib.colors import to_rgb

    return colours[:, :3] * colours[:, 3:] + np.array(to_rgb(LAND)) * (1 - colours[:, 3:])


def ramp_of(layer: Layer) -> Floats:
    """Give the colours of a layer of pictures, low to high, on land."""
    colours = diverging if layer["kind"] == "difference" else palette
    return on_land(colours(layer["ramp"]))


# ---------------------------------------------------------------- choropleths


def measure_of(layer: Layer) -> dict[str, Any]:
    """Give what a choropleth shows when the page opens: its first kind and question."""
    measure: dict[str, Any] = layer["kinds"][0]["measures"][0]
    return measure


def choropleth(axes: Any, layer: Layer, view: View) -> None:  # noqa: ANN401, ARG001 - matplotlib
    """Shade areas by class; what an even number of rings surrounds is a hole."""
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    lines = unpack_lines(layer["lines"], layer["unit"])
    measure = measure_of(layer)
    rings: dict[int, list[Any]] = {}
    for ring, area in zip(pieces_of(lines), lines.labels.tolist(), strict=True):
        rings.setdefault(measure["of"][area], []).append(Path(ring, closed=True))
    for place, paths in rings.items():
        look = shade(measure["classes"][place]["colour"])
        whole = [Path.make_compound_path(*paths)]
        axes.add_collection(PathCollection(whole, zorder=2.5, **look), autolim=False)


def shade(colour: str) -> dict[str, Any]:
    """Give matplotlib's words for the look of a class."""
    from matplotlib.colors import to_rgba

    look: dict[str, Any] = {"edgecolor": "#4a5060", "linewidth": POINTS_PER_PIXEL}
    if colour == HATCHED:
        return {**look, "facecolor": "none", "hatch": "////", "edgecolor": HATCH_COLOUR}
    return {**look, "facecolor": to_rgba(colour, SHADE_OPACITY)}


# ---------------------------------------------------------------- incidents


def points(axes: Any, layer: Layer, view: View) -> None:  # noqa: ANN401, ARG001 - matplotlib
    """Draw a mark for each incident, hollow where its place is known only roughly."""
    from matplotlib.collections import PathCollection
    from matplotlib.transforms import Affine2D

    x, y = unpack_places(layer["places"])
    where = np.column_stack([(x - 0.5) * WORLD_M, (0.5 - y) * WORLD_M])
    kinds = _codes(layer, "kind")
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
