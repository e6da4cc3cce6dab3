"""The static twin of a map: one sheet of A4 for reports and phones, drawn from the same scene.

It draws the scene and nothing else, so it can show no more than the page does. What is on the
sheet is what is on when the page opens; what only the page can do is said in the legend.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geosector import language, release
from geosector.errors import InputError
from geosector.language import number, text
from geosector.maps.paper import incidents, layers, legend
from geosector.maps.paper.labels import Box, draw_labels
from geosector.maps.paper.layers import LAND, View, look_at
from geosector.maps.paper.scale import Frame, bar_length, draw_north_arrow, draw_scale_bar
from geosector.maps.paper.sheet import (
    FORMATS,
    HEIGHT_MM,
    INK,
    MM_PER_INCH,
    PAPER,
    SOFT,
    WIDTH_MM,
    Format,
    Page,
    Style,
    fitted,
    plain_style,
    width_mm,
)
from geosector.maps.saying import told

Pixels = NDArray[np.uint8]

WIDE, HIGH = HEIGHT_MM, WIDTH_MM  # A4 landscape
MARGIN = 9.0
MAP = Frame(MARGIN, 25.0, 213.0, 175.0)
LEGEND = Frame(227.0, 25.0, WIDE - MARGIN - 227.0, 154.0)
BAR_ROOM = 34.0  # mm
FOOT = 205.5
TITLE, FACTS, STAMP, SMALL = Style(17, bold=True), Style(9), Style(9.5, bold=True), Style(6.5)
STAMP_COLOURS = {"internal": "#9b2226", "partner": "#33415c", "public": "#1b6b4a"}
# A messenger takes it, and so does a slow line: coarser pictures are tried until the file fits.
MOST_BYTES = 500_000
# Colours of the ground, and of a whole PNG: the commonest as they are, and mixed ones.
GROUND_COLOURS, PNG_COLOURS = (7, 8), (24, 96)
STEPS = 64  # of a density, of which a PNG is sure
SMOOTH_DPI = 64  # of a density in a PDF
RESOLUTIONS = (200, 175, 150, 125, 100, 75)  # dots per inch
COARSER = (60, 50)  # of a whole map as a picture
# What is drawn as lines, areas and letters over the ground, by the kind of its layer.
OVER: dict[str, layers.Drawer] = {
    "density": incidents.density,
    "difference": incidents.difference,
    "choropleth": incidents.choropleth,
    **layers.OVER,
    "points": incidents.points,
}


def draw_paper(
    scene: dict[str, Any], lang: str, *, dpi: int = RESOLUTIONS[0], flat: bool = False
) -> Page:
    """Draw a scene on a sheet of A4, landscape.

    Parameters
    ----------
    scene : dict
        See `geosector.maps.layers`.
    lang : str
        ``ar``, ``kmr``, ``ckb`` or ``en``.
    dpi : int
        Dots per inch of the ground, which is a picture; everything over it is drawn as lines,
        areas and letters.
    flat : bool
        Whether what lies over the ground is part of that picture, too; the legend says so.
        Thousands of symbols, corners and letters take less room in this way.

    Returns
    -------
    Page
        `matplotlib.figure.Figure` is its ``figure``.

    Raises
    ------
    InputError
        For a layer of a kind that no sheet can show.

    Examples
    --------
    >>> from geosector.maps import draw_map
    >>> page = draw_paper(draw_map(audience="internal", lang="ar").scene, "ar")
    >>> page.mirrored, page.figure.get_size_inches().round(2).tolist()
    (True, [11.69, 8.27])
    """
    with language.speaking(lang), plain_style():
        said = told(scene)
        for layer in said["layers"]:
            _check_kind(layer["kind"])
        page = Page(lang, WIDE, HIGH)
        view = look_at(said["bounds"], MAP)
        unplaced = _flat(page, said, view, dpi) if flat else _map(page, said, view, dpi)
        if flat:
            flat_note = text(
                "The map is a picture of {n} dots per inch here, so that the file can be sent; the "
                "interactive map shows all of it sharp.",
                n=number(dpi),
            )
            said["notes"] = [*said["notes"], flat_note]
        if flat and unplaced:  # a legend of hundreds of names is as heavy as the map
            left = text("Names of sectors without room on the sheet: {n}", n=number(len(unplaced)))
            said["notes"], unplaced = [*said["notes"], left], []
        _head(page, said)
        legend.draw_legend(page, LEGEND, said, view, unplaced)
        _foot(page, view)
        return page


def _map(page: Page, scene: dict[str, Any], view: View, dpi: int) -> list[tuple[str, str]]:
    """Draw the map: the ground as a picture, the rest over it; give the names without room."""
    axes = page.axes(*MAP)
    _fit(axes, view)
    _framed(axes)
    shown = legend.shown(scene)
    _laid(axes, _ground(shown, view, dpi), view)
    for layer in shown:
        if layer["kind"] in OVER:
            OVER[layer["kind"]](axes, layer, view)
    _fit(axes, view)  # a picture moves the edges
    return _labels(page, shown, view)


def _flat(page: Page, scene: dict[str, Any], view: View, dpi: int) -> list[tuple[str, str]]:
    """Draw the map as one picture of few colours; give the names without room."""
    from PIL import Image

    whole = Page(page.lang, WIDE, HIGH)
    unplaced = _map(whole, scene, view, dpi)
    drawn = whole.save("png", release.release_day(None), {}, dpi=dpi)
    west, south, east, north = whole.figure.axes[0].get_position().extents
    with Image.open(io.BytesIO(drawn)) as sheet:
        wide, high = sheet.size
        edges = (west * wide, (1 - north) * high, east * wide, (1 - south) * high)
        pixels = np.asarray(sheet.convert("RGB").crop(tuple(round(edge) for edge in edges)))
    axes = page.axes(*MAP)
    few = _few_colours(pixels, _solid(scene), *PNG_COLOURS).convert("RGB")
    _laid(axes, np.asarray(few), view)
    _fit(axes, view)
    _framed(axes)
    return unplaced


def _laid(axes: Any, picture: Pixels, view: View) -> None:  # noqa: ANN401 - matplotlib
    axes.imshow(
        picture, extent=(view.west, view.east, view.south, view.north),
        interpolation="none", aspect="auto", zorder=1,
    )  # fmt: skip


def _framed(axes: Any) -> None:  # noqa: ANN401 - matplotlib
    for spine in axes.spines.values():
        spine.set(color=INK, linewidth=0.8)


def _check_kind(kind: str) -> None:
    if kind not in {*layers.GROUND, *OVER, *layers.PAGE_ONLY}:
        raise InputError(
            text(
                "A sheet cannot show a layer of the kind '{kind}'. Save the map as .html.",
                kind=kind,
            )
        )


def _fit(axes: Any, view: View) -> None:  # noqa: ANN401 - matplotlib
    axes.set_xlim(view.west, view.east)
    axes.set_ylim(view.south, view.north)
    axes.set_xticks([])
    axes.set_yticks([])


def _ground(shown: list[dict[str, Any]], view: View, dpi: int) -> Pixels:
    """Paint the dense layers as a picture of few colours, shape (rows, columns, 3)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    size = (view.frame.width / MM_PER_INCH, view.frame.height / MM_PER_INCH)
    figure = Figure(figsize=size, dpi=dpi, facecolor=LAND)
    canvas: Any = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    _fit(axes, view)
    for height, layer in enumerate(shown):
        if layer["kind"] in layers.GROUND:
            before = set(axes.get_children())
            layers.GROUND[layer["kind"]](axes, layer, view)
            for drawn in set(axes.get_children()) - before:
                drawn.set_zorder(1 + height)
    canvas.draw()
    painted = np.asarray(canvas.buffer_rgba())[..., :3]
    return np.asarray(_few_colours(painted, [LAND], *GROUND_COLOURS).convert("RGB"))


def _few_colours(pixels: Pixels, kept: list[str], common: int, mixed: int) -> Any:  # noqa: ANN401
    """Bring a picture to a palette of at most 256 colours.

    Parameters
    ----------
    pixels : array, shape (rows, columns, 3)
    kept : list of str
        Colours that stay as they are, as many as the two numbers leave room for.
    common : int
        How many of the most frequent colours stay, too.
    mixed : int
        How many more stand for the rest. Each colour of the rest has a say by the logarithm of
        its pixels, so that what is small is not drowned.

    Returns
    -------
    PIL.Image.Image
        Each pixel in the nearest colour of the palette.
    """
    from matplotlib.colors import to_rgb
    from PIL import Image
    from scipy.spatial import KDTree

    packed = pixels.astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    colours, at, counts = np.unique(packed, return_inverse=True, return_counts=True)
    order = np.lexsort((colours, -counts.astype(np.int64)))
    rest = order[common:]
    named = [np.rint(255 * np.array(to_rgb(colour))).astype(np.uint8) for colour in kept]
    palette = np.stack([*named[: 256 - common - mixed], *_parts(colours[order[:common]])])
    if len(rest):
        votes = np.repeat(colours[rest], 1 + np.log2(counts[rest]).astype(int))
        few = Image.fromarray(_parts(votes)[np.newaxis])
        few = few.quantize(mixed, Image.Quantize.MEDIANCUT)
        palette = np.concatenate([palette, np.array(few.getpalette(), np.uint8).reshape(-1, 3)])
    palette = np.unique(palette, axis=0)
    _, nearest = KDTree(palette.astype(float)).query(_parts(colours).astype(float))
    made = Image.fromarray(nearest[at].reshape(packed.shape).astype(np.uint8))
    made.putpalette(palette.tobytes())
    return made


def _parts(packed: NDArray[np.uint32]) -> Pixels:
    """Give red, green and blue of colours written as one number."""
    return np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=-1).astype(np.uint8)


def _labels(page: Page, shown: list[dict[str, Any]], view: View) -> list[tuple[str, str]]:
    """Write numbers and names of sectors; give those whose names found no room."""
    taken = []
    for layer in shown:
        if layer["kind"] == "places":
            half = layers.symbol_mm(layer) / 2
            for x, y in view.millimetres(layers.spots_of(layer["items"])):
                taken.append(Box(x - half, y - half, x + half, y + half))
    unplaced = []
    for layer in shown:
        if layer["kind"] == "areas":
            unplaced += draw_labels(page, view, layer, taken)
    return unplaced


def _head(page: Page, scene: dict[str, Any]) -> None:
    """Write the title at the start, the audience's stamp at the end, date and source below."""
    stamp, *facts = scene["stamp"]
    wide = width_mm(stamp, STAMP) + 8
    end = WIDE - MARGIN
    page.block(end - wide, 8.5, wide, 7.5, STAMP_COLOURS[scene["audience"]], lw=0)
    white = STAMP._replace(colour=PAPER)
    page.write(end - wide / 2, 13.4, stamp, white, "middle")
    title = " ".join(scene["title"].split())
    page.write(MARGIN, 15, fitted(title, WIDE - 2 * MARGIN - wide - 6, TITLE), TITLE, data=True)
    x = MARGIN
    for fact in facts:
        line = fitted(" ".join(fact.split()), end - x, FACTS)
        page.write(x, 21.3, line, FACTS)
        x += width_mm(line, FACTS) + 8


def _foot(page: Page, view: View) -> None:
    """Draw scale bar and north arrow under the legend; say how the map is projected."""
    top = LEGEND.y + LEGEND.height + 4
    length = bar_length(BAR_ROOM, view.m_per_mm)
    bar = Frame(LEGEND.x + 12, top + 7, length / view.m_per_mm + 14, 8)
    draw_scale_bar(page, bar, length, view.m_per_mm)
    draw_north_arrow(page, Frame(LEGEND.x, top, 9, 16.5))
    soft = SMALL._replace(colour=SOFT)
    ratio = float(f"{view.m_per_mm * 1000:.2g}")
    said = text("Web Mercator, about 1:{n} on A4", n=number(ratio))
    page.write(MARGIN, FOOT, said, soft)


def write_paper(scene: dict[str, Any], lang: str, kind: str) -> bytes:
    """Draw a scene on a sheet and give it as a file that a messenger takes.

    Parameters
    ----------
    scene : dict
        See `geosector.maps.layers`.
    lang : str
        ``ar``, ``kmr``, ``ckb`` or ``en``.
    kind : {"png", "pdf", "svg"}

    Returns
    -------
    bytes
        The same for the same scene. At most 500 kB: where lines, symbols and letters of the map
        take more, they become part of its picture, and the legend says so.

    Raises
    ------
    InputError
        For another kind, and for a layer that no sheet can show.

    Examples
    --------
    >>> from geosector.maps import draw_map
    >>> scene = draw_map(audience="internal").scene
    >>> write_paper(scene, "en", "pdf")[:5]
    b'%PDF-'
    >>> write_paper(scene, "en", "gif")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: A map cannot be written as 'gif'. Use: pdf, png, svg.
    """
    if kind not in FORMATS:
        known = ", ".join(FORMATS)
        raise InputError(
            text("A map cannot be written as '{given}'. Use: {known}.", given=kind, known=known)
        )
    file = _written(scene, lang, kind, flat=False)
    if len(file) > MOST_BYTES and kind != "png":  # which is one picture anyway
        file = _written(scene, lang, kind, flat=True)
    return file


def _written(scene: dict[str, Any], lang: str, kind: Format, *, flat: bool) -> bytes:
    """Draw at the finest resolution whose file is not too large, else at the coarsest.

    Files grow with the resolution, so halving what is left finds it in three trials.
    """

    def drawn(dpi: int) -> bytes:
        page = draw_paper(scene, lang, dpi=dpi, flat=flat)
        return _saved(page, kind, told(scene, lang), dpi)

    finest, *between, coarsest = (*RESOLUTIONS, *COARSER) if flat else RESOLUTIONS
    file = drawn(finest)
    if len(file) <= MOST_BYTES:
        return file
    last = drawn(coarsest)
    if len(last) > MOST_BYTES:  # it is not the ground that takes the room
        return last
    while between:
        middle = len(between) // 2
        file = drawn(between[middle])
        if len(file) <= MOST_BYTES:
            last, between = file, between[:middle]
        else:
            between = between[middle + 1 :]
    return last


def _solid(scene: dict[str, Any]) -> list[str]:
    """List the colours that mean something: of symbols, lines, and steps of density on land."""
    from matplotlib.colors import to_hex

    shown = legend.shown(scene)
    own = [layer["colour"] for layer in shown if layer["kind"] == "places"]
    own += [look["colour"] for layer in shown for look in layer.get("looks", [])]
    for layer in shown:
        if layer["kind"] in {"density", "difference"}:
            own += [to_hex(step) for step in incidents.ramp_of(layer)[:: 256 // STEPS]]
        if layer["kind"] == "points":
            own += [mark["colour"] for mark in incidents.marks_of(layer)]
    own += [layer["colour"] for layer in shown if layer["kind"] == "lines" and "colour" in layer]
    lines = [layers.AREA, layers.BORDER, layers.CIRCLE, layers.CUT, INK, SOFT]
    return [PAPER, LAND, STAMP_COLOURS[scene["audience"]], *lines, *dict.fromkeys(own)]


def _saved(page: Page, kind: Format, scene: dict[str, Any], dpi: int) -> bytes:
    from PIL import Image, PngImagePlugin

    facts = {"Title": scene["title"], "Keywords": " · ".join(scene["stamp"])}
    file = page.save(
        kind, release.release_day(None), facts, dpi=dpi if kind == "png" else SMOOTH_DPI
    )
    if kind != "png":
        return file
    with Image.open(io.BytesIO(file)) as whole:
        few = _few_colours(np.asarray(whole.convert("RGB")), _solid(scene), *PNG_COLOURS)
        told_ = PngImagePlugin.PngInfo()
        for name in facts:
            told_.add_itxt(name, whole.info.get(name, ""))
    out = io.BytesIO()
    few.save(out, "png", optimize=True, dpi=(dpi, dpi), pnginfo=told_)
    return out.getvalue()
