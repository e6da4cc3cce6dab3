"""The legend of a printed map: what each layer on the sheet means, and what is not on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from geosector.language import END_ISOLATE, ISOLATE, number, plural, text
from geosector.maps.paper import incidents, layers
from geosector.maps.paper.layers import Layer, View
from geosector.maps.paper.scale import Frame
from geosector.maps.paper.sheet import INK, MM_PER_INCH, SOFT, At, Page, Style, line_mm, wrapped

Mark = Callable[[Page, float, float], None]  # draws a sample: its middle, in mm from start and top

LARGEST, SMALLEST = 8.5, 5.0  # size of letters in points
STATUS_PATH, STATUS_COLOUR = "M3 3 H17 V17 H3 Z", "#444444"
SAMPLE_MM, INDENT = 6.0, 8.0  # width of a sample; where its words begin
RAMP_MM, BETWEEN_MM = 3.0, 1.6


class Row(NamedTuple):
    """A line of the legend: its words, how they look, what stands before them."""

    words: str
    style: Style
    indent: float = 0.0
    mark: Mark | None = None
    above: float = 0.0  # room above the line, in mm
    height: float = 0.0  # instead of the height of a line, in mm


def draw_legend(
    page: Page, frame: Frame, scene: dict[str, Any], view: View, unplaced: list[tuple[str, str]]
) -> None:
    """Write the legend in letters small enough to fit.

    Parameters
    ----------
    page : Page
    frame : Frame
        The room.
    scene : dict
        In words of the language (`geosector.maps.saying.told`).
    view : View
    unplaced : list of tuple
        Number and name of the sectors whose names found no room on the map.
    """
    size = LARGEST
    rows = _rows(scene, view, frame.width, size, unplaced)
    while _height(rows) > frame.height and size > SMALLEST:
        size -= 0.25
        rows = _rows(scene, view, frame.width, size, unplaced)
    rows = _shortened(rows, frame.height, Style(size, colour=SOFT))
    y = frame.y
    for row in rows:
        y += row.above
        tall = row.height or line_mm(row.style)
        if row.mark is not None:
            row.mark(page, frame.x, y + tall / 2)
        if row.words:
            page.write(frame.x + row.indent, y + 0.72 * line_mm(row.style), row.words, row.style)
        y += tall


def _height(rows: list[Row]) -> float:
    return sum(row.above + (row.height or line_mm(row.style)) for row in rows)


def _shortened(rows: list[Row], room: float, style: Style) -> list[Row]:
    """Leave out what does not fit even in the smallest letters, and say how much it is."""
    if _height(rows) <= room:
        return rows
    keep = len(rows)
    while keep and _height(rows[:keep]) + line_mm(style) > room:
        keep -= 1
    left = len(rows) - keep
    said = plural(
        "… and {n} more line on the interactive map", "… and {n} more lines on the interactive map",
        left,
    )  # fmt: skip
    return [*rows[:keep], Row(said, style)]


def _rows(
    scene: dict[str, Any], view: View, width: float, size: float, unplaced: list[tuple[str, str]]
) -> list[Row]:
    """List the lines of the legend, the topmost layer first."""
    name, note = Style(size, bold=True), Style(size - 0.5, colour=SOFT)
    rows: list[Row] = []
    for layer in reversed(shown(scene)):
        if layer["kind"] == "buildings" and not layers.buildings_drawn(layer, view):
            continue
        mark, more = SAMPLES[layer["kind"]](layer, view, Style(size - 0.5))
        rows += _paragraph(layer["name"], width, name, mark)
        rows += [part for row in more for part in _broken(row, width)]
        if layer["kind"] == "areas":
            names = [f"{digits} {ISOLATE}{name_}{END_ISOLATE}" for digits, name_ in unplaced]
            rows += [row for line in names for row in _lines(line, width, Style(size - 1))]
        for said in _notes_of(layer):
            rows += _lines(said, width, note)
    rows += _status_rows(scene, width, Style(size - 0.5))
    for said in [*scene["notes"], *_not_here(scene, view)]:
        rows += [row._replace(above=row.above + 0.4) for row in _lines(said, width, note, 0.0)]
    return rows


def shown(scene: dict[str, Any]) -> list[Layer]:
    """List the layers of a scene that are on when the map opens: they are on the sheet."""
    return [
        layer
        for layer in scene["layers"]
        if layer["shown"] and layer["kind"] not in layers.PAGE_ONLY
    ]


def _not_here(scene: dict[str, Any], view: View) -> list[str]:
    """Say what the interactive map has and the sheet has not."""
    said = []
    there = [layer["id"] for layer in shown(scene)]
    hidden = [layer["name"] for layer in scene["layers"] if layer["id"] not in there]
    if hidden:
        said.append(text("Only on the interactive map: {names}", names=_listed(hidden)))
    roads = [layer for layer in shown(scene) if layer["kind"] == "roads"]
    looks = [look for layer in roads for look in layer["looks"]]
    if not all(layers.road_drawn(look, view) for look in looks):
        said.append(text("Smaller streets are left out at this scale."))
    houses = [layer for layer in shown(scene) if layer["kind"] == "buildings"]
    if not all(layers.buildings_drawn(layer, view) for layer in houses):
        said.append(text("Buildings are left out at this scale."))
    return said


def _notes_of(layer: Layer) -> list[str]:
    """List what the legend says of a layer; of a choropleth also of the question it answers."""
    own: list[str] = layer["notes"]
    if layer["kind"] == "buildings":  # what is said there is about zooming
        return []
    if layer["kind"] == "choropleth":
        own = [*incidents.measure_of(layer)["notes"], *own]
    return own


def _listed(names: list[str]) -> str:
    return text("; ").join(f"{ISOLATE}{name}{END_ISOLATE}" for name in names)


def _broken(row: Row, width: float) -> list[Row]:
    """Break a line that is too wide."""
    lines = wrapped(row.words, width - row.indent, row.style)
    if not lines:
        return [row]
    return [row._replace(words=lines[0]), *(Row(line, row.style, row.indent) for line in lines[1:])]


def _paragraph(words: str, width: float, style: Style, mark: Mark | None) -> list[Row]:
    """Give the lines of a layer's name, its sample before the first."""
    indent = INDENT if mark else 0.0
    lines = wrapped(words, width - indent, style) or [""]
    first = Row(lines[0], style, indent, mark, above=BETWEEN_MM)
    return [first, *(Row(line, style, indent) for line in lines[1:])]


def _lines(words: str, width: float, style: Style, indent: float = INDENT) -> list[Row]:
    return [Row(line, style, indent) for line in wrapped(words, width - indent, style)]


def _status_rows(scene: dict[str, Any], width: float, style: Style) -> list[Row]:
    """Tell what the look of a symbol says of the status."""
    if not any(layer["kind"] == "places" for layer in shown(scene)):
        return []
    rows = []
    for status, label in scene["statuses"]:
        mark = _symbol_mark(STATUS_PATH, STATUS_COLOUR, status)
        lines = _lines(label, width, style)
        rows += [lines[0]._replace(mark=mark), *lines[1:]]
    return [rows[0]._replace(above=BETWEEN_MM), *rows[1:]] if rows else []


# ---------------------------------------------------------------- samples


def _roads(layer: Layer, view: View, style: Style) -> tuple[Mark | None, list[Row]]:
    """Give a line for each rank of streets on the sheet, the most important first."""
    ranks: dict[str, dict[str, Any]] = {}
    for look in sorted(layer["looks"], key=lambda look: (look["rank"], -look["width"])):
        if layers.road_drawn(look, view):
            ranks.setdefault(look["label"], look)
    rows = [
        Row(label, style, INDENT, _stroke(look["colour"], layers.road_points(look, view)))
        for label, look in ranks.items()
    ]
    return None, rows


def _density(layer: Layer, view: View, style: Style) -> tuple[Mark | None, list[Row]]:  # noqa: ARG001
    small = style._replace(size=style.size - 1)
    return None, [
        Row("", style, mark=_ramp(layer), above=0.6, height=RAMP_MM),
        Row("", small, mark=_ticks(layer["ticks"], small), height=1.15 * line_mm(small)),
    ]


def _areas(layer: Layer, view: View, style: Style) -> tuple[Mark | None, list[Row]]:  # noqa: ARG001
    def mark(page: Page, x: float, y: float) -> None:
        look = {"edgecolor": layers.AREA, "lw": 1.35}
        page.block(x, y - 1.6, SAMPLE_MM, 3.2, "none", **look)

    return mark, []


def _lines_sample(layer: Layer, view: View, style: Style) -> tuple[Mark | None, list[Row]]:  # noqa: ARG001
    return _stroke(layer.get("colour", layers.BORDER), 2.0), []


def _hatched(layer: Layer, view: View, style: Style) -> tuple[Mark | None, list[Row]]:  # noqa: ARG001
    from matplotlib.path import Path

    def mark(page: Page, x: float, y: float) -> None:
        box = Path([(-0.5, -0.35), (0.5, -0.35), (0.5, 0.35), (-0.5, 0.35), (-0.5, -0.35)])
        _patch(page, x + SAMPLE_MM / 2, y, 4.0, box, layers.hatch_look(hatch=layer["hatch"]))

    return mark, []


def _circles(layer: Layer, view: View, style: Style) -> tuple[Mark | None, list[Row]]:  # noqa: ARG001
    from matplotlib.path import Path

    def mark(page: Page, x: float, y: float) -> None:
        look = layers.circle_look()
        _patch(page, x + SAMPLE_MM / 2, y, 3.4, Path.circle(radius=0.5), look)

    return mark, []


def _places(layer: Layer, view: View, style: Style) -> tuple[Mark | None, list[Row]]:  # noqa: ARG001
    return _symbol_mark(layer["path"], layer["colour"], "open"), []


def _ground(layer: Layer, view: View, style: Style) -> tuple[Mark | None, list[Row]]:  # noqa: ARG001
    def mark(page: Page, x: float, y: float) -> None:
        page.block(x, y - 1.3, SAMPLE_MM, 2.6, layer["colour"], edgecolor=layer["edge"], lw=0.6)

    return mark, []


def _choropleth(layer: Layer, view: View, style: Style) -> tuple[Mark | None, list[Row]]:  # noqa: ARG001
    """Name the question that is answered, then each class."""
    measure = incidents.measure_of(layer)
    question = f"{layer['kinds'][0]['name']} · {measure['name']}"
    classes = [
        Row(own["label"], style, INDENT, _shade(own["colour"])) for own in measure["classes"]
    ]
    return None, [Row(question, style, INDENT), *classes]


def _shade(colour: str) -> Mark:
    def mark(page: Page, x: float, y: float) -> None:
        from matplotlib.path import Path

        box = Path([(-0.5, -0.35), (0.5, -0.35), (0.5, 0.35), (-0.5, 0.35), (-0.5, -0.35)])
        _patch(page, x + SAMPLE_MM / 2, y, 4.0, box, incidents.shade(colour))

    return mark


def _points(layer: Layer, view: View, style: Style) -> tuple[Mark | None, list[Row]]:  # noqa: ARG001
    """Give a line for each kind of incident, the commonest first."""
    kinds = [column for column in layer["columns"] if column["id"] == "kind"]
    names = kinds[0]["values"] if kinds else []
    marks = incidents.marks_of(layer)[1:]
    counts = kinds[0]["counts"][1:] if kinds else []
    rows = [
        Row(f"{name} ({number(count)})", style, INDENT, _incident(look))
        for name, count, look in zip(names, counts, marks, strict=True)
    ]
    if layer["places"]["count"] > incidents.MOST_MARKS:
        said = text("Dots: the stronger, the more incidents; grey where kinds mix.")
        rows.append(Row(said, style._replace(colour=SOFT), INDENT))
    return None, rows


def _incident(look: dict[str, str]) -> Mark:
    def mark(page: Page, x: float, y: float) -> None:
        outline, drawn = incidents.mark(look)
        _patch(page, x + SAMPLE_MM / 2, y, incidents.MARK_MM, outline, drawn)

    return mark


Sample = Callable[[Layer, View, Style], tuple[Mark | None, list[Row]]]
SAMPLES: dict[str, Sample] = {
    "water": _ground, "buildings": _ground, "roads": _roads, "choropleth": _choropleth,
    "density": _density, "difference": _density, "areas": _areas, "lines": _lines_sample,
    "circles": _circles, "points": _points, "places": _places, "hatched": _hatched,
}  # fmt: skip


def _stroke(colour: str, points: float) -> Mark:
    def mark(page: Page, x: float, y: float) -> None:
        page.stroke(x, y, SAMPLE_MM, {"color": colour, "lw": points})

    return mark


def _symbol_mark(path: str, colour: str, status: str) -> Mark:
    def mark(page: Page, x: float, y: float) -> None:
        size = layers.SMALL_SYMBOL_MM
        for outline, look in layers.symbol(path, colour, status, size):
            _patch(page, x + SAMPLE_MM / 2, y, size, outline, look)

    return mark


def _patch(  # noqa: PLR0917 - private
    page: Page,
    x: float,
    y: float,
    size: float,
    outline: Any,  # noqa: ANN401
    look: dict[str, Any],
) -> None:
    """Draw an outline in a box from −0.5 to 0.5 on the page, its middle in mm from the start."""
    from matplotlib.patches import PathPatch
    from matplotlib.transforms import Affine2D

    left = page.across(x) * page.width
    place = Affine2D().scale(size).translate(left, page.height - y).scale(1 / MM_PER_INCH)
    drawn = PathPatch(outline, zorder=25, **look)
    drawn.set_transform(place + page.figure.dpi_scale_trans)
    page.figure.add_artist(drawn)


def _ramp(layer: Layer) -> Mark:
    """Draw the colours of a picture from low to high, on land without streets."""

    def mark(page: Page, x: float, y: float) -> None:
        axes = page.axes(x, y - RAMP_MM / 2, RAMP_WIDTH, RAMP_MM)
        axes.set_xticks([])
        axes.set_yticks([])
        for spine in axes.spines.values():
            spine.set(color=SOFT, linewidth=0.4)
        solid = incidents.ramp_of(layer)
        solid = solid[::-1] if page.mirrored else solid
        axes.imshow(solid[np.newaxis], aspect="auto", interpolation="none")

    return mark


RAMP_WIDTH = 52.0


def _ticks(ticks: list[tuple[float, str]], style: Style) -> Mark:
    def mark(page: Page, x: float, y: float) -> None:
        for share, label in ticks:
            at: At = "middle" if share else "start"
            page.write(x + share * RAMP_WIDTH, y + 0.4 * line_mm(style), label, style, at)
            page.block(
                x + share * RAMP_WIDTH - 0.1, y - 0.575 * line_mm(style), 0.2, 0.7, INK, lw=0
            )

    return mark
