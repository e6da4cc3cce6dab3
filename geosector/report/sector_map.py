"""The map on a sector's sheet: its borders by class of road, the streets, who lies around it.

Colours of borders are those of Okabe and Ito (*Color Universal Design*, 2008), told apart by width
and by dashes, too, so that they hold for every kind of colour blindness and in grey print.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import palette
from geosector.language import digits, text
from geosector.maps import theme, words
from geosector.maps.paper.scale import Frame, bar_length, draw_north_arrow, draw_scale_bar, plates
from geosector.maps.paper.sheet import INK, Page, Style, properties, width_mm
from geosector.partition.classes import MAIN, TERTIARY, group
from geosector.partition.words import class_in_words, plain_name

Shapes = NDArray[np.object_]

OUTSIDE, CITY, OWN = "#dedad0", "#f3f0e9", "#ffffff"
HALO, GREY = "#ffffff", "#6f6b62"
MARGIN_SHARE = 0.07  # of the sector's extent, on each side
LEAST_VIEW_M = 200.0
# Above this many metres of ground in a millimetre of paper small streets would be a grey fog.
CROWDED_M_PER_MM, CROWDED_RANK = 45.0, 4
MOST_STREET_NAMES = 16
BESIDE_MM = 2.6
# A name stands where the chord of its street is at least this share of the way along it, tried at
# these shares of the street's length.
STRAIGHT, _SHARES = 0.95, (0.5, 0.35, 0.65, 0.2, 0.8)
LABEL = Style(6.5, colour="#3b3933")

# How a border is drawn, by style: colour, width in points, dashes; the most important first.
BORDERS: dict[str, dict[str, Any]] = {
    style: {"color": look.colour, "lw": look.width}
    | ({"ls": (0, look.dashes)} if look.dashes else {})
    for style, look in palette.BORDERS.items()
}

# Shapes of matplotlib by kind of facility; the colours are those of the interactive map.
_MARKERS = {
    "shelter": "p", "warehouse": "s", "field_hospital": "P", "clinic": "X", "water_point": "o",
    "fire_station": "^", "school": "D", "other": "h",
}  # fmt: skip


def border_style(road_class: str) -> str:
    """Say in which of the styles of `BORDERS` a class is drawn.

    Examples
    --------
    >>> border_style("primary_link"), border_style("residential"), border_style("")
    ('primary', 'minor', 'none')
    """
    bare = road_class.removesuffix("_link")
    return palette.BORDER_STYLES.get(bare, "minor")


def style_name(style: str) -> str:
    """Name a style of border."""
    return {
        "trunk": text("Motorway or trunk road"),
        "primary": _capital(class_in_words("primary")),
        "secondary": _capital(class_in_words("secondary")),
        "tertiary": _capital(class_in_words("tertiary")),
        "minor": text("Other street"),
        "water": text("River or canal"),
        "barrier": text("Railway or another barrier"),
        "none": text("No road"),
        "limit": text("City limit"),
    }[style]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def symbol(kind: str) -> dict[str, Any]:
    """Give the mark of a kind of facility."""
    known = kind if kind in _MARKERS else "other"
    return {
        "marker": _MARKERS[known],
        "markersize": 8.5 if known == "shelter" else 7.0,
        "markerfacecolor": theme.SYMBOLS[known].colour,
        "markeredgecolor": HALO,
        "markeredgewidth": 0.7,
    }


class Scene(NamedTuple):
    """What an audience may see of a city, in metres; tables that are not given are empty."""

    sectors: gpd.GeoDataFrame
    borders: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame


class View(NamedTuple):
    """The piece of ground on a map, in metres, and how many of them a millimetre of paper shows."""

    west: float
    south: float
    east: float
    north: float
    m_per_mm: float


def look_at(shape: shapely.Geometry, frame: Frame) -> View:
    """Choose the piece of ground that shows a sector whole.

    Examples
    --------
    >>> look_at(shapely.box(0, 0, 930, 100), Frame(12, 40, 186, 93))
    View(west=-65.1, south=-215.05, east=995.1, north=315.05, m_per_mm=5.7)
    """
    west, south, east, north = shapely.bounds(shape)
    grow = 1 + 2 * MARGIN_SHARE
    wide, high = (max(side, LEAST_VIEW_M) * grow for side in (east - west, north - south))
    scale = max(wide / frame.width, high / frame.height)
    half = (scale * frame.width / 2, scale * frame.height / 2)
    x, y = (west + east) / 2, (south + north) / 2
    edges = (x - half[0], y - half[1], x + half[0], y + half[1], scale)
    return View(*(round(float(edge), 3) for edge in edges))


def draw_sector(page: Page, frame: Frame, scene: Scene, sector: int) -> None:
    """Draw the map of one sector."""
    ids = scene.sectors["sector_id"].to_numpy(np.int64)
    shapes: Shapes = scene.sectors.geometry.to_numpy()
    own = shapes[ids == sector][0]
    view = look_at(own, frame)
    axes = page.axes(frame.x, frame.y, frame.width, frame.height)
    axes.set_xlim(view.west, view.east)
    axes.set_ylim(view.south, view.north)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor(OUTSIDE)
    for spine in axes.spines.values():
        spine.set(color=INK, linewidth=0.8)
    window = shapely.box(view.west, view.south, view.east, view.north)
    _areas(axes, shapes, ids, sector, window)
    _streets(axes, scene.roads, view, window)
    _borders(axes, scene.borders, own, sector, window)
    bar, arrow = plates(frame, view.m_per_mm)
    covered = [_on_ground(plate, page, frame, view) for plate in (bar, arrow)]
    free = shapely.difference(
        shapely.buffer(window, -3 * view.m_per_mm), shapely.union_all(covered)
    )
    taken = [*covered, *_numbers(page, axes, shapes, ids, sector, free, view)]
    taken += _facilities(axes, scene.facilities, own)
    _street_names(page, axes, scene.roads, own, window, view, taken)
    draw_scale_bar(page, bar, bar_length(frame.width / 5, view.m_per_mm), view.m_per_mm)
    draw_north_arrow(page, arrow)


# --------------------------------------------------------------- areas and lines


def _areas(axes: Any, shapes: Shapes, ids: Any, sector: int, window: Any) -> None:  # noqa: ANN401
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    for shape, number_of in zip(shapes, ids, strict=True):
        for part in shapely.get_parts(shape):
            if not shapely.intersects(part, window):
                continue
            rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(part)]
            path = Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))
            colour = OWN if number_of == sector else CITY
            axes.add_patch(PathPatch(path, facecolor=colour, edgecolor=GREY, lw=0.7, zorder=1))


def _lines(axes: Any, shapes: Shapes, **look: Any) -> None:  # noqa: ANN401
    """Draw lines and outlines of any shapes."""
    from matplotlib.collections import LineCollection

    parts = shapely.get_parts(shapes)
    rings = shapely.get_dimensions(parts) == 2  # noqa: PLR2004 - areas
    lines = [*shapely.get_rings(parts[rings]), *parts[~rings]]
    axes.add_collection(LineCollection([shapely.get_coordinates(line) for line in lines], **look))


def _streets(axes: Any, roads: gpd.GeoDataFrame, view: View, window: Any) -> None:  # noqa: ANN401
    """Draw the streets, minor ones first and main ones last."""
    if roads.empty:
        return
    shapes = roads.geometry.to_numpy()
    near = shapely.intersects(shapes, window)
    looks = words.labels(roads["road_class"])[near].map(theme.road)
    shapes = shapes[near]
    for look in sorted(set(looks), reverse=True):
        if look.rank >= CROWDED_RANK and view.m_per_mm > CROWDED_M_PER_MM:
            continue
        chosen = shapes[(looks == look).to_numpy(bool)]
        width = 0.55 * look.width + 0.25
        style = {"colors": look.colour, "linewidths": width, "zorder": 2, "capstyle": "round"}
        _lines(axes, chosen, **style)


def _borders(
    axes: Any,  # noqa: ANN401
    borders: gpd.GeoDataFrame,
    own: Any,  # noqa: ANN401
    sector: int,
    window: Any,  # noqa: ANN401
) -> None:
    """Draw the borders of other sectors grey, then the city limit, then the sector's own."""
    shapes = borders.geometry.to_numpy()
    mine = ((borders["left"] == sector) | (borders["right"] == sector)).to_numpy(bool)
    other = shapes[~mine & shapely.intersects(shapes, window)]
    _lines(axes, other, colors=GREY, linewidths=1.3, linestyles=[(0, palette.DASHES)], zorder=3)
    limit = BORDERS["limit"]
    _lines(axes, np.array([own], object), colors=HALO, linewidths=limit["lw"] + 2, zorder=4)
    _lines(
        axes, np.array([own], object), colors=limit["color"], linewidths=limit["lw"],
        linestyles=[limit["ls"]], zorder=4,
    )  # fmt: skip
    styles = words.labels(borders["road_class"]).map(border_style).to_numpy(object)
    widest = max(look["lw"] for look in BORDERS.values()) + 2
    _lines(axes, shapes[mine], colors=HALO, linewidths=widest, zorder=5, capstyle="round")
    for style, look in reversed(BORDERS.items()):
        chosen = shapes[mine & (styles == style)]
        if len(chosen):
            dashes = {"linestyles": [look["ls"]]} if "ls" in look else {"capstyle": "round"}
            _lines(axes, chosen, colors=look["color"], linewidths=look["lw"], zorder=6, **dashes)


# --------------------------------------------------------------- numbers, points and names


def _halo(width: float) -> list[Any]:
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=width, foreground=HALO)]


def _numbers(  # noqa: PLR0917 - private
    page: Page,
    axes: Any,  # noqa: ANN401
    shapes: Shapes,
    ids: Any,  # noqa: ANN401
    sector: int,
    free: Any,  # noqa: ANN401
    view: View,
) -> list[shapely.Geometry]:
    """Write the number of each sector in it; give the ground that they take."""
    seen = shapely.intersection(shapes, free)
    taken = []
    for shape, number_of in zip(seen, ids, strict=True):
        parts = shapely.get_parts(shape)
        parts = parts[shapely.area(parts) > (6 * view.m_per_mm) ** 2]
        if len(parts) == 0:
            continue
        largest = parts[np.argmax(shapely.area(parts))]
        circle = shapely.maximum_inscribed_circle(largest, 2 * view.m_per_mm)
        x, y = shapely.get_coordinates(circle)[0]
        mine = number_of == sector
        style = Style(26 if mine else 13, bold=True, colour=INK if mine else GREY)
        axes.text(
            x, y, page.marked(digits(str(number_of))), ha="center", va="center", parse_math=False,
            color=style.colour, fontproperties=properties(style), path_effects=_halo(2.5), zorder=9,
        )  # fmt: skip
        reach = style.size / 4 * view.m_per_mm
        taken.append(shapely.box(x - 1.4 * reach, y - reach, x + 1.4 * reach, y + reach))
    return taken


def _facilities(axes: Any, facilities: gpd.GeoDataFrame, own: Any) -> list[Any]:  # noqa: ANN401
    """Mark the facilities in the sector; give the ground that they take."""
    if facilities.empty:
        return []
    spots = facilities.geometry.to_numpy()
    inside = ~shapely.is_missing(spots) & shapely.intersects(spots, own)
    kinds = words.labels(facilities["kind"]).to_numpy(object)
    taken = []
    for spot, kind in zip(spots[inside], kinds[inside], strict=True):
        x, y = shapely.get_coordinates(shapely.point_on_surface(spot))[0]
        axes.plot([x], [y], linestyle="none", zorder=10, **symbol(kind))
        taken.append(shapely.Point(x, y))
    return taken


def _street_names(  # noqa: PLR0917 - private
    page: Page,
    axes: Any,  # noqa: ANN401
    roads: gpd.GeoDataFrame,
    own: Any,  # noqa: ANN401
    window: Any,  # noqa: ANN401
    view: View,
    taken: list[Any],
) -> None:
    """Write names along main streets, the longest first, where they have room.

    The name of a street that is a border stands beside it, outside: it does not hide the colour.
    """
    written = 0
    for name, line in _named_lines(roads, window):
        if written == MOST_STREET_NAMES:
            break
        found = _room_for(line, width_mm(name, LABEL) * view.m_per_mm, own, window, view, taken)
        if found is None:
            continue
        x, y, angle, room = found
        axes.text(
            x, y, page.marked(name), rotation=np.degrees(angle), rotation_mode="anchor",
            ha="center", va="center_baseline", parse_math=False, color=LABEL.colour,
            fontproperties=properties(LABEL), path_effects=_halo(2.0), zorder=8,
        )  # fmt: skip
        taken.append(room)
        written += 1


def _room_for(  # noqa: PLR0917 - private
    line: Any,  # noqa: ANN401
    reach: float,
    own: Any,  # noqa: ANN401
    window: Any,  # noqa: ANN401
    view: View,
    taken: list[Any],
) -> tuple[float, float, float, Any] | None:
    """Find middle, angle and ground for a name on a line; None where there is no room."""
    outline = shapely.boundary(own)
    for x, y, angle in _straight_places(line, reach):
        spots = [(x, y)]
        if shapely.distance(outline, shapely.Point(x, y)) < view.m_per_mm:
            aside = BESIDE_MM * view.m_per_mm * np.array([-np.sin(angle), np.cos(angle)])
            spots = [(x + aside[0], y + aside[1]), (x - aside[0], y - aside[1])]
        spot = max(spots, key=lambda one: shapely.distance(own, shapely.Point(one)))
        half = np.array([np.cos(angle), np.sin(angle)]) * reach / 2
        spine = shapely.LineString([spot - half, spot + half])
        room = spine.buffer(1.7 * view.m_per_mm)
        free = shapely.contains(window, room) and not shapely.intersects(outline, room)
        if free and not shapely.intersects(np.array(taken), room).any():
            return float(spot[0]), float(spot[1]), angle, room
    return None


def _named_lines(roads: gpd.GeoDataFrame, window: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
    """Give the longest piece of each named street of some importance in the window."""
    if roads.empty or "name" not in roads:
        return []
    names = roads["name"].map(plain_name).to_numpy(object)
    classes = words.labels(roads["road_class"])
    worth = classes.map(group).isin([MAIN, TERTIARY]).to_numpy(bool) & (names != "")
    shapes = roads.geometry.to_numpy()
    worth &= shapely.intersects(shapes, window)
    pieces = pd.Series(shapely.intersection(shapes[worth], window)).groupby(names[worth])
    found = []
    for name, own in pieces:
        parts = shapely.get_parts(shapely.line_merge(shapely.union_all(own.to_numpy())))
        parts = parts[shapely.get_dimensions(parts) == 1]
        if len(parts):
            found.append((str(name), parts[np.argmax(shapely.length(parts))]))
    return sorted(found, key=lambda pair: (-round(pair[1].length, 3), pair[0]))


def _straight_places(line: Any, reach: float) -> list[tuple[float, float, float]]:  # noqa: ANN401
    """List where a name fits on a line, middle and angle: where it is nearly straight."""
    length = shapely.length(line)
    places = []
    for share in _SHARES if length >= reach else ():
        middle = min(max(share * length, reach / 2), length - reach / 2)
        ends = shapely.line_interpolate_point(line, [middle - reach / 2, middle + reach / 2])
        (x0, y0), (x1, y1) = shapely.get_coordinates(ends)
        if np.hypot(x1 - x0, y1 - y0) >= STRAIGHT * reach:
            angle = np.arctan2(y1 - y0, x1 - x0)
            upright = (angle + np.pi / 2) % np.pi - np.pi / 2
            places.append((float((x0 + x1) / 2), float((y0 + y1) / 2), float(upright)))
    return places


# --------------------------------------------------------------- what stands on the map


def _on_ground(plate: Frame, page: Page, frame: Frame, view: View) -> shapely.Geometry:
    """Give the ground under a plate."""
    left = plate.x - frame.x
    if page.mirrored:
        left = frame.width - left - plate.width
    top = view.north - (plate.y - frame.y) * view.m_per_mm
    west = view.west + left * view.m_per_mm
    return shapely.box(
        west, top - plate.height * view.m_per_mm, west + plate.width * view.m_per_mm, top
    )
