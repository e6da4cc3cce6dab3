"""Bars on a sheet: lengths that are in proportion, the remainder last, in the language's direction.

A bar ends where what is sure ends; a line goes on from there to what may be. The remainder is grey
and hatched, so that it is known without colours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from geosector.language import unmarked
from geosector.maps.paper.sheet import (
    INK,
    SOFT,
    Page,
    Style,
    fitted,
    line_mm,
    plain_style,
    width_mm,
    wrapped,
)

WIDTH = 170.0  # mm: between the margins of a sheet of A4
MARGIN, GAP = 1.5, 1.8
LABEL_ROOM, LONGEST_LABEL = 58.0, 160
# A label has as many lines as the page has room for.
LABEL_LINES, TALLEST = (3, 2, 1), 232.0
INDENT, BETWEEN = 5.0, 4.5  # of a part; between groups
NAME, VALUE, HEADING = Style(9), Style(9, bold=True), Style(10, bold=True)
FOOT = Style(7.5, colour=SOFT)
# Height of a row and of its bar; the second where there are many.
ROWS, MANY = ((7.4, 4.8), (5.3, 3.5)), 18
LEAST_BAR = 0.25  # so that one of a million is still seen
REST, REST_LINES = "#e4e1da", "#6f6b62"
HATCH_MM = 1.8
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Bar(NamedTuple):
    """One bar: from 0 to ``low``, and a line on to ``high`` where that is more.

    ``rest`` is what is not specified; a ``part`` is counted in the bar above it, too.
    """

    label: str
    value: str
    low: float
    high: float
    rest: bool = False
    part: bool = False


class Group(NamedTuple):
    """Bars under a heading, which may be empty, in one colour."""

    heading: str
    colour: str
    bars: tuple[Bar, ...]


def plain(label: object) -> str:
    r"""Take out of a label what is no letter of it: controls, turns of direction, piled up marks.

    Examples
    --------
    >>> plain("Old\nMarket \u202etfel"), len(plain("x" * 5000)), plain(None)
    ('Old Market tfel', 161, '')
    """
    written = "" if label is None else _TURNING.sub("", str(label)[: 4 * LONGEST_LABEL])
    signs: list[str] = []
    piled = 0
    for sign in unicodedata.normalize("NFC", written):
        kind = unicodedata.category(sign)
        piled = piled + 1 if kind in {"Mn", "Me"} else 0
        if piled <= 2:  # noqa: PLR2004 - a letter with its vowel and its doubling
            signs.append(" " if kind in {"Cc", "Cs", "Zl", "Zp"} else sign)
    short = " ".join("".join(signs).split())
    return short if len(short) <= LONGEST_LABEL else short[:LONGEST_LABEL] + "…"


def draw_bars(lang: str, groups: Sequence[Group], foot: str) -> Page:
    """Draw groups of bars on one scale.

    Parameters
    ----------
    lang : str
    groups : sequence of Group
        One bar at least.
    foot : str
        What is written below: the base, and what must be known besides.

    Returns
    -------
    Page
        As high as it needs to be.

    Examples
    --------
    >>> page = draw_bars("en", [Group("", "#0072B2", (Bar("Fires", "5", 5, 5),))], "n = 5")
    >>> page.lines()
    ('Fires', '5', 'n = 5')
    """
    bars = [bar for group in groups for bar in group.bars]
    high, thick = ROWS[len(bars) > MANY]
    foots = wrapped(foot, WIDTH - 2 * MARGIN, FOOT)
    for most in LABEL_LINES:
        labels = {bar.label: _label_lines(bar.label, most) for bar in bars}
        rows = [max(high, len(labels[bar.label]) * _line(NAME) + 1.6) for bar in bars]
        if sum(rows) <= TALLEST:
            break
    heads = sum(line_mm(HEADING) + 2 for group in groups if group.heading)
    tall = 2 * MARGIN + sum(rows) + heads + len(foots) * line_mm(FOOT) + 2
    tall += BETWEEN * (len(groups) - 1)
    with plain_style():
        page = Page(lang, WIDTH, tall)
    start = MARGIN + GAP + max(width_mm(line, NAME) for lines in labels.values() for line in lines)
    start += INDENT * any(bar.part for bar in bars)
    room = WIDTH - MARGIN - start - GAP - max(width_mm(bar.value, VALUE) for bar in bars)
    scale = room / max(1e-9, *(bar.high for bar in bars))
    y, heights = MARGIN, iter(rows)
    for group in groups:
        if group.heading:
            page.write(MARGIN, y + line_mm(HEADING) - 1, group.heading, HEADING)
            y += line_mm(HEADING) + 2
        top = y
        for bar in group.bars:
            row = next(heights)
            _label(page, labels[bar.label], start - GAP, y + row / 2, part=bar.part)
            _bar(page, bar, group.colour, start, y + row / 2, thick, scale)
            y += row
        stroke(page, [[(start, top), (start, y)]], INK, 0.7)
        y += BETWEEN
    y += 1.5 - BETWEEN
    for line in foots:
        y += line_mm(FOOT)
        page.write(MARGIN, y - 1, line, FOOT)
    return page


def _bar(  # noqa: PLR0917 - private
    page: Page, bar: Bar, colour: str, x: float, middle: float, thick: float, scale: float
) -> None:
    thick *= 0.6 if bar.part else 1.0
    y, sure, most = middle - thick / 2, bar.low * scale, bar.high * scale
    if bar.low > 0:
        sure = max(sure, LEAST_BAR)
    if bar.rest:
        hatched(page, x, y, sure, thick)
    elif sure:
        look = {"alpha": 0.55} if bar.part else {}
        page.block(x, y, sure, thick, colour, lw=0, **look)
    if bar.high > bar.low:
        half = thick / 4
        ends = [[(x + at, middle - half), (x + at, middle + half)] for at in (sure, most)]
        stroke(page, [[(x + sure, middle), (x + most, middle)], *ends], INK, 1.0)
    page.write(x + max(sure, most) + GAP, middle + 1.1, bar.value, VALUE)


def hatched(page: Page, x: float, y: float, width: float, height: float) -> None:
    """Draw the bar of what is not specified: grey, with slanting lines.

    The lines are drawn as such: not every engine knows patterns.
    """
    page.block(x, y, width, height, REST, lw=0)
    lines = []
    for at in np.arange(-height, width, HATCH_MM):
        left, right = max(at, 0.0), min(at + height, width)
        if right > left:
            lines.append(
                [(x + left, y + height - (left - at)), (x + right, y + at + height - right)]
            )
    edges = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
    stroke(page, [*lines, edges], REST_LINES, 0.5)


def stroke(
    page: Page,
    lines: Iterable[Sequence[tuple[float, float]]],
    colour: str,
    thick: float,
    **look: Any,  # noqa: ANN401 - matplotlib's words
) -> None:
    """Draw lines through places in mm from the side where the language begins, and from the top."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    corners: list[tuple[float, float]] = []
    codes: list[int] = []
    for line in lines:
        corners += [(page.across(x), 1 - y / page.height) for x, y in line]
        codes += [int(Path.MOVETO), *[int(Path.LINETO)] * (len(line) - 1)]
    if not corners:
        return
    look = {"zorder": 21, "capstyle": "butt", **look}
    page.figure.add_artist(
        PathPatch(Path(corners, codes), fill=False, edgecolor=colour, lw=thick, **look)
    )


def _label_lines(label: str, most: int) -> list[str]:
    """Break a label into few lines; what has no room is cut off, visibly."""
    lines = wrapped(label, LABEL_ROOM, NAME)
    if len(lines) > most:
        rest = " ".join(map(unmarked, lines[most - 1 :]))
        lines = [*lines[: most - 1], fitted(rest, LABEL_ROOM, NAME)]
    return lines or [" "]


def _label(page: Page, lines: list[str], x: float, middle: float, *, part: bool) -> None:
    style = NAME._replace(colour=SOFT) if part else NAME
    y = middle + 1.1 - (len(lines) - 1) * _line(NAME) / 2
    for at, line in enumerate(lines):
        page.write(x, y + at * _line(NAME), line, style, "end", data=True)


def _line(style: Style) -> float:
    return 0.86 * line_mm(style)
