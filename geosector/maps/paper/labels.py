"""Numbers and names of sectors on a printed map: the number stays, the name gives way."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geosector.maps.encoding import unpack_lines
from geosector.maps.paper.layers import Floats, Layer, View, mercator, spots_of
from geosector.maps.paper.sheet import POINTS_PER_MM, Page, Style, width_mm, wrapped

NUMBER_SIZES = (13.0, 11.0, 9.0, 7.5, 6.0)  # points; the first at which no number hides another
LABEL_INK, NAME_SHARE, LEAST_NAME = "#131a2b", 0.62, 5.5
CAPITAL = 0.72  # of the size of letters
MOST_LINES = 2
# Where a number may move to, in mm: the nearest first.
_STEPS = [
    (reach * np.cos(turn), reach * np.sin(turn))
    for reach in np.arange(2.0, 14.0, 2.0)
    for turn in np.arange(16) * np.pi / 8
]


class Box(NamedTuple):
    """Ground that is taken, in mm from the frame's left upper corner."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Say whether two boxes overlap."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def draw_labels(page: Page, view: View, layer: Layer, taken: list[Box]) -> list[tuple[str, str]]:
    """Write the number of each sector, and its name where there is room.

    Parameters
    ----------
    page : Page
    view : View
    layer : dict
        Of the kind ``areas``.
    taken : list of Box
        What names must not cover.

    Returns
    -------
    list of tuple
        Number and name of the sectors whose names found no room.
    """
    items = layer["items"]
    if not items:
        return []
    spots = view.millimetres(spots_of(items))
    style, boxes = _number_boxes([item["number"] for item in items], spots)
    shapes = _shapes(layer, view)
    boxes = _beside(boxes, shapes, taken)
    spots = np.array([((box.left + box.right) / 2, (box.top + box.bottom) / 2) for box in boxes])
    for item, (x, y) in zip(items, spots, strict=True):
        _write(page, view, item["number"], x, y + style.size * CAPITAL / POINTS_PER_MM / 2, style)
    small = Style(max(LEAST_NAME, style.size * NAME_SHARE), colour=LABEL_INK)
    edges = shapely.bounds(shapes)
    wide = 0.95 * (edges[:, 2] - edges[:, 0])
    used = [*taken, *boxes]
    unplaced = []
    for item, spot, box, room in zip(items, spots, boxes, wide, strict=True):
        if not item["name"]:
            continue
        lines = wrapped(item["name"], max(room, 1.0), small)
        placed = _name_box(lines, spot, box, small, view, [one for one in used if one is not box])
        if placed is None:
            unplaced.append((item["number"], " ".join(item["name"].split())))
            continue
        step = _line(small)
        for at, line in enumerate(lines):
            _write(page, view, line, spot[0], placed.top + (at + 0.78) * step, small)
        used.append(placed)
    return unplaced


def _number_boxes(numbers: list[str], spots: Floats) -> tuple[Style, list[Box]]:
    """Choose the size of the numbers and give the room that they take."""
    for size in NUMBER_SIZES:
        style = Style(size, bold=True, colour=LABEL_INK)
        tall = size / POINTS_PER_MM
        boxes = []
        for written, (x, y) in zip(numbers, spots, strict=True):
            half = width_mm(written, style) / 2 + 0.4
            boxes.append(Box(x - half, y - tall / 2, x + half, y + tall / 2))
        if not _any_meet(boxes):
            break
    return style, boxes


def _any_meet(boxes: list[Box]) -> bool:
    """Say whether any two boxes overlap.

    Examples
    --------
    >>> _any_meet([Box(0, 0, 2, 2), Box(1, 1, 3, 3)]), _any_meet([Box(0, 0, 1, 1)]), _any_meet([])
    (True, False, False)
    """
    edges = np.array(boxes, float).reshape(-1, 4)
    left, top, right, bottom = (edges[:, side] for side in range(4))
    meet = (left[:, None] < right) & (top[:, None] < bottom)
    meet &= meet.T
    return bool((meet.sum(axis=1) > 1).any())


def _shapes(layer: Layer, view: View) -> NDArray[np.object_]:
    """Give the sectors on paper, in mm from the frame's left upper corner."""
    lines = unpack_lines(layer["lines"], layer["unit"])
    places = view.millimetres(mercator(lines.coordinates))
    rings = shapely.linestrings(places, indices=np.repeat(np.arange(len(lines.sizes)), lines.sizes))
    # Where an even number of rings lies around a place, it is in a hole.
    return np.array(
        [
            shapely.build_area(shapely.multilinestrings(rings[lines.labels == owner]))
            for owner in range(len(layer["items"]))
        ],
        object,
    )


def _beside(boxes: list[Box], shapes: NDArray[np.object_], taken: list[Box]) -> list[Box]:
    """Move the numbers that lie on a symbol to the nearest free place in their sector."""
    free = list(boxes)
    for at, box in enumerate(boxes):
        others = [*taken, *free[:at], *free[at + 1 :]]
        if any(box.meets(one) for one in taken):
            moved = (
                Box(box.left + x, box.top + y, box.right + x, box.bottom + y) for x, y in _STEPS
            )
            free[at] = next(
                (
                    one
                    for one in moved
                    if shapely.contains(shapes[at], shapely.box(*one))
                    and not any(one.meets(other) for other in others)
                ),
                box,
            )
    return free


def _name_box(  # noqa: PLR0917 - private
    lines: list[str],
    spot: Floats,
    number: Box,
    style: Style,
    view: View,
    used: list[Box],
) -> Box | None:
    """Find room for a name under its number, or over it; None where there is none."""
    if not 0 < len(lines) <= MOST_LINES:
        return None
    half = max(width_mm(line, style) for line in lines) / 2 + 0.4
    tall = len(lines) * _line(style)
    for top in (number.bottom - 0.3, number.top + 0.3 - tall):
        box = Box(spot[0] - half, top, spot[0] + half, top + tall)
        frame = view.frame
        inside = box.left > 0 and box.top > 0 and box.right < frame.width
        if inside and box.bottom < frame.height and not any(box.meets(one) for one in used):
            return box
    return None


def _line(style: Style) -> float:
    return style.size * 1.25 / POINTS_PER_MM


def _write(  # noqa: PLR0917 - private
    page: Page, view: View, words: str, x: float, y: float, style: Style
) -> None:
    """Write a line around a place in the frame, in mm from its left upper corner."""
    frame = view.frame
    start = frame.x + (frame.width - x if page.mirrored else x)
    page.write(start, frame.y + y, words, style, "middle", halo=1.8, data=True)
