"""A sheet of paper in a language: places in mm, text that is measured, wrapped and mirrored.

Right-to-left pages are the mirror image of left-to-right ones: a place is given from the side at
which the language begins. matplotlib 3.11 shapes and orders Arabic itself; what is added here:

- Each line begins with an invisible mark of the page's direction, so that a line that begins
  with a foreign name keeps its order, and isolates cut by a line's end are closed and opened again.
- Nothing is read as a formula, so "$x$" in a name stays "$x$".
- In a PDF the letters are drawn as outlines, because matplotlib 3.11 sets shaped Arabic at wrong
  places there; behind them lies the same text invisibly, so that it can be found and copied. Marks
  above and below letters (Arabic vowels) are left out behind: matplotlib gives each sign of a
  letter with its mark the text of both, so that read back they would be doubled.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal, NamedTuple

import numpy as np

from geosector.language import END_ISOLATE, ISOLATE, language, unmarked
from geosector.maps.paper import fonts

WIDTH_MM, HEIGHT_MM = 210.0, 297.0
MM_PER_INCH, POINTS_PER_MM = 25.4, 72 / 25.4
PNG_DPI = 150
STEPS_PER_POINT, FLAT_POINTS = 20, 0.03  # 0.02 mm, 0.01 mm

Format = Literal["pdf", "png", "svg"]
FORMATS: tuple[Format, ...] = ("pdf", "png", "svg")
At = Literal["start", "middle", "end"]

INK, SOFT, PAPER = "#1d1d1b", "#5c5a55", "#ffffff"
_RIGHT_MARK, _LEFT_MARK = "\u200f", "\u200e"
_STRONG = frozenset({"L", "R", "AL"})
# A number stays in one line with the word before it ("sector 7") and with its unit ("300 m").
_NUMBER = re.compile(rf" (?={ISOLATE}?\d)|(?<=\d) (?=\w)|(?<=\d{END_ISOLATE}) (?=\w)")
# What no SVG may hold, not even escaped (XML 1.0, 2.2).
_IN_NO_FILE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Letters as they are designed, not fitted to the pixels of one screen: they are as wide in every
# format as they were measured.
_LETTERS: Any = {"text.hinting": "none"}
LINE_HEIGHT = 1.45  # of the size of the letters; Arabic needs more air than Latin


class Style(NamedTuple):
    """How text looks: size in points, weight, colour."""

    size: float = 9.0
    bold: bool = False
    colour: str = INK


@contextmanager
def plain_style() -> Iterator[None]:
    """Draw as matplotlib does by default, whatever style the user has chosen."""
    from matplotlib import style

    with style.context("default"):
        yield


class _Outlines:
    """Draws letters as outlines (a path effect of matplotlib), on a white halo where one is wanted.

    Places are rounded and flat curves become lines, by less than any printer shows: a page of
    outlines is then a third as large.
    """

    def __init__(self, halo: float = 0.0) -> None:
        self.halo = halo

    def draw_path(
        self,
        renderer: Any,  # noqa: ANN401 - matplotlib
        gc: Any,  # noqa: ANN401 - matplotlib
        path: Any,  # noqa: ANN401 - matplotlib
        transform: Any,  # noqa: ANN401 - matplotlib
        fill: Any,  # noqa: ANN401 - matplotlib
    ) -> None:
        """Draw one piece of text."""
        from matplotlib.transforms import IdentityTransform

        rounded = _plainer(transform.transform_path(path))
        if self.halo:
            edge = renderer.new_gc()
            edge.copy_properties(gc)
            edge.set_linewidth(self.halo)
            edge.set_foreground(PAPER)
            edge.set_joinstyle("round")
            renderer.draw_path(edge, rounded, IdentityTransform(), None)
            edge.restore()
        renderer.draw_path(gc, rounded, IdentityTransform(), fill)


def _plainer(outline: Any) -> Any:  # noqa: ANN401 - a path of matplotlib
    """Round the places of an outline and exchange flat curves for one or two lines."""
    from matplotlib.path import Path

    corners: list[Any] = []
    codes: list[int] = []
    pen = np.zeros(2)
    for places, code in outline.iter_segments(simplify=False):
        ends = places.reshape(-1, 2)
        if code == Path.CURVE3:
            handle, end = ends
            bow = np.abs(pen - 2 * handle + end).max() / 4  # from the curve to its chord
            if bow > 4 * FLAT_POINTS:
                ends = np.array([(pen + 2 * handle) / 3, (end + 2 * handle) / 3, end])
                kinds = [Path.CURVE4] * 3
            else:
                half = (pen + 2 * handle + end) / 4
                ends = np.array([half, end] if bow > FLAT_POINTS else [end])
                kinds = [Path.LINETO] * len(ends)
        else:
            kinds = [code] * len(ends)
        corners.extend(ends)
        codes += [int(kind) for kind in kinds]
        pen = places[-2:]
    steps = np.rint(np.array(corners).reshape(-1, 2) * STEPS_PER_POINT) / STEPS_PER_POINT
    return Path(steps, codes)


class Page:
    r"""A sheet of A4, or of another size.

    Parameters
    ----------
    lang : str
        ``ar``, ``kmr``, ``ckb`` or ``en``.
    width, height : float
        In mm.

    Examples
    --------
    >>> page = Page("en")
    >>> page.write(20, 30, "Sector 7", Style(22, bold=True))
    >>> page.save("png", None, {})[:4]
    b'\x89PNG'
    """

    def __init__(self, lang: str, width: float = WIDTH_MM, height: float = HEIGHT_MM) -> None:
        from matplotlib.figure import Figure

        self.width, self.height = width, height
        facts = language(lang)
        self.lang = facts.code
        self.mirrored = facts.direction == "rtl"
        self.figure: Any = Figure(figsize=(width / MM_PER_INCH, height / MM_PER_INCH))
        self._texts: list[Any] = []

    def across(self, x: float) -> float:
        """Turn millimetres from the side where the language begins into a share of the width."""
        return (self.width - x if self.mirrored else x) / self.width

    def axes(self, x: float, y: float, width: float, height: float) -> Any:  # noqa: ANN401
        """Give room for a drawing, in millimetres from the start and from the top."""
        left = self.width - x - width if self.mirrored else x
        box = (left / self.width, 1 - (y + height) / self.height)
        return self.figure.add_axes((*box, width / self.width, height / self.height))

    def write(
        self,
        x: float,
        y: float,
        words: str,
        style: Style | None = None,
        at: At = "start",
        *,
        halo: float = 0.0,
        data: bool = False,
    ) -> None:
        """Write one line; y is its baseline, x its start, middle or end.

        ``halo`` is the width in points of a white edge that sets letters off from a map. ``data``
        says that the line is nothing but text from a table, in whichever direction it runs.
        """
        drawn = self.figure.text(
            self.across(x),
            1 - y / self.height,
            self.marked(words, data=data),
            ha=self.aligned(at),
            va="baseline",
            parse_math=False,
            color=(style or Style()).colour,
            fontproperties=properties(style or Style()),
            zorder=30,
        )
        if halo:
            drawn.set_path_effects([_Outlines(halo)])
        self._texts.append(drawn)

    def aligned(self, at: At) -> str:
        """Say on which side of its place a line lies, in matplotlib's words."""
        if at == "middle":
            return "center"
        return "right" if (at == "end") != self.mirrored else "left"

    def marked(self, words: str, *, data: bool = False) -> str:
        """Prepare a line of text for being drawn in the direction of the page, or in its own."""
        turned = self.mirrored
        if data:
            turns = map(unicodedata.bidirectional, words)
            turned = next((turn != "L" for turn in turns if turn in _STRONG), turned)
        return (_RIGHT_MARK if turned else _LEFT_MARK) + fonts.drawable(words)

    def lines(self) -> tuple[str, ...]:
        """Give all that is written on the page, in order, without the marks of its direction.

        Examples
        --------
        >>> page = Page("ar")
        >>> page.write(20, 30, "قطاع")
        >>> page.lines()
        ('قطاع',)
        """
        return tuple(unmarked(drawn.get_text()[1:]).replace("\u00a0", " ") for drawn in self._texts)

    def paragraph(
        self, x: float, y: float, width: float, words: str, style: Style | None = None
    ) -> float:
        """Write text in lines of at most a width in mm; give the baseline after the last."""
        style = style or Style()
        for line in wrapped(words, width, style):
            self.write(x, y, line, style)
            y += line_mm(style)
        return y

    def rule(self, x: float, y: float, width: float, colour: str = INK, thick: float = 0.6) -> None:
        """Draw a line across."""
        from matplotlib.lines import Line2D

        ends = [self.across(x), self.across(x + width)]
        height = 1 - y / self.height
        self.figure.add_artist(Line2D(ends, [height, height], color=colour, lw=thick))

    def block(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: str,
        **look: Any,  # noqa: ANN401
    ) -> None:
        """Draw a filled rectangle; y is its upper edge."""
        from matplotlib.patches import Rectangle

        left = min(self.across(x), self.across(x + width))
        look = {"edgecolor": INK, "lw": 0.5, "zorder": 20, **look}
        corner = (left, 1 - (y + height) / self.height)
        size = (width / self.width, height / self.height)
        self.figure.add_artist(Rectangle(corner, *size, facecolor=colour, **look))

    def stroke(self, x: float, y: float, width: float, look: dict[str, Any]) -> None:
        """Draw a sample of a line."""
        from matplotlib.lines import Line2D

        ends = [self.across(x), self.across(x + width)]
        height = 1 - y / self.height
        drawn = Line2D(ends, [height, height], solid_capstyle="butt", **look)
        self.figure.add_artist(drawn)

    def mark(self, x: float, y: float, look: dict[str, Any]) -> None:
        """Draw a sample of a point."""
        from matplotlib.lines import Line2D

        self.figure.add_artist(
            Line2D([self.across(x)], [1 - y / self.height], linestyle="none", **look)
        )

    def save(
        self, kind: Format, day: dt.date | None, words: dict[str, str], *, dpi: int = PNG_DPI
    ) -> bytes:
        """Give the page as a file.

        Parameters
        ----------
        kind : {"pdf", "png", "svg"}
        day : datetime.date, optional
            The date in a PDF and an SVG; none without it.
        words : dict of str
            ``Title``, ``Subject``, ``Keywords``: what a PDF says about itself. The last are for
            whom it is; an SVG and a PNG have them, too.
        dpi : int
            Pixels in an inch of a PNG, and of pictures in the other formats.

        Returns
        -------
        bytes
            The same for the same page.
        """
        import matplotlib as mpl

        moment = None if day is None else dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
        named = {name: said for name, said in words.items() if name != "Subject"}
        every: dict[str, dict[str, Any]] = {
            "pdf": {**words, "Creator": "geosector", "CreationDate": moment},
            "svg": {**named, "Date": None if day is None else day.isoformat()},
            "png": {**named, "Software": None},
        }
        facts = {
            name: _IN_NO_FILE.sub("\ufffd", unmarked(fact)) if isinstance(fact, str) else fact
            for name, fact in every[kind].items()
        }
        out = io.BytesIO()
        settings = {
            **_LETTERS,
            "svg.hashsalt": "geosector",
            "svg.fonttype": "path",
            "pdf.fonttype": 42,
            "pdf.compression": 9,
        }
        with mpl.rc_context(settings):
            if kind == "pdf":
                with self._outlined():
                    self.figure.savefig(out, format=kind, dpi=dpi, metadata=facts)
            else:
                self.figure.savefig(out, format=kind, dpi=dpi, metadata=facts)
        return out.getvalue()

    @contextmanager
    def _outlined(self) -> Iterator[None]:
        """Draw letters as outlines, the text itself invisibly behind them."""
        from matplotlib.font_manager import FontProperties

        spare = fonts.families()[1]
        behind = []
        plain = [drawn for drawn in self._texts if not drawn.get_path_effects()]
        for drawn in plain:
            drawn.set_path_effects([_Outlines()])
        for drawn in self._texts:
            words = fonts.drawable(_bare(unmarked(drawn.get_text())))
            hidden = self.figure.text(
                *drawn.get_position(), words, ha=drawn.get_ha(), va="baseline", alpha=0,
                parse_math=False,
                # The spare font has one shape for each letter, from which text can be read back;
                # it is a little wider.
                fontproperties=FontProperties(family=spare, size=0.9 * drawn.get_fontsize()),
            )  # fmt: skip
            # One sign for each letter: read back, a ligature would come out the wrong way round.
            hidden.set_fontfeatures(("-rlig", "-liga"))
            behind.append(hidden)
        try:
            yield
        finally:
            for hidden in behind:
                hidden.remove()
            for drawn in plain:
                drawn.set_path_effects(None)


def _bare(words: str) -> str:
    """Leave out the marks that are not one with their letter, as "ê" is."""
    whole = unicodedata.normalize("NFC", words)
    return "".join(sign for sign in whole if unicodedata.category(sign) != "Mn")


def properties(style: Style) -> Any:  # noqa: ANN401 - matplotlib ships no types
    """Give matplotlib's words for a style."""
    from matplotlib.font_manager import FontProperties

    weight = "bold" if style.bold else "normal"
    return FontProperties(family=fonts.families(), weight=weight, size=style.size)


def line_mm(style: Style) -> float:
    """Give the way from one line to the next."""
    return style.size * LINE_HEIGHT / POINTS_PER_MM


def width_mm(words: str, style: Style) -> float:
    """Measure text in one line.

    Examples
    --------
    >>> width_mm("", Style()), width_mm("mm", Style()) > width_mm("m", Style())
    (0.0, True)
    """
    return _width_at_100(words, style.bold) * style.size / 100 if words else 0.0


@cache
def _width_at_100(words: str, bold: bool) -> float:  # noqa: FBT001 - a key of the cache
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import RendererAgg

    style = Style(100, bold=bold)
    with rc_context(_LETTERS):
        pen: Any = RendererAgg(1, 1, 72)  # type: ignore[no-untyped-call]
        width, _, _ = pen.get_text_width_height_descent(
            fonts.drawable(words), properties(style), ismath=False
        )
    return float(width) / POINTS_PER_MM


def wrapped(words: str, width: float, style: Style) -> list[str]:
    """Break text into lines of at most a width in mm.

    Parameters
    ----------
    words : str
        It may hold isolates: one that a line's end cuts is closed there and opened again.
    width : float
        In mm. A word that is wider is cut.
    style : Style

    Returns
    -------
    list of str

    Examples
    --------
    >>> wrapped("one two", 10, Style(9)), wrapped("", 10, Style(9))
    (['one', 'two'], [])
    """
    space = width_mm("m m", style) - 2 * width_mm("m", style)
    lines: list[list[str]] = []
    used = width + 1.0
    whole = _NUMBER.sub("\u00a0", " ".join(words.split())).split(" ")
    for word in (piece for one in whole if one for piece in _cut(one, width, style)):
        wide = width_mm(word, style)
        if used + space + wide > width:
            lines.append([])
            used = -space
        lines[-1].append(word)
        used += space + wide
    return _closed([" ".join(line) for line in lines])


def fitted(line: str, width: float, style: Style) -> str:
    """Cut a line that is wider than some mm, and say so by an ellipsis.

    Examples
    --------
    >>> fitted("Sector 7", 40, Style(9)), fitted("W" * 40, 10, Style(9))
    ('Sector 7', 'WW…')
    """
    if width_mm(line, style) <= width:
        return line
    least, most = 0, len(line)
    while least < most:
        keep = (least + most + 1) // 2
        if width_mm(line[:keep] + "…", style) <= width:
            least = keep
        else:
            most = keep - 1
    return line[: max(least, 1)].rstrip() + "…"


def _cut(word: str, width: float, style: Style) -> list[str]:
    """Cut a word that is wider than a line."""
    pieces = [word]
    while len(pieces[-1]) > 1 and width_mm(pieces[-1], style) > width:
        last = pieces.pop()
        keep = max(1, int(len(last) * width / width_mm(last, style)) - 1)
        pieces += [last[:keep], last[keep:]]
    return pieces


def _closed(lines: list[str]) -> list[str]:
    """Close the isolates that are open at the end of a line and open them in the next."""
    closed, depth = [], 0
    for line in lines:
        begin = ISOLATE * depth
        depth = max(0, depth + line.count(ISOLATE) - line.count(END_ISOLATE))
        closed.append(f"{begin}{line}{END_ISOLATE * depth}")
    return closed
