"""The figure of a year: a line over its months, the year before beside it.

A month of which there are no rows is a gap in the line, never a nought.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from geosector import language
from geosector.errors import InputError
from geosector.language import month_name, number, text
from geosector.maps.paper.sheet import (
    INK,
    SOFT,
    Page,
    Style,
    line_mm,
    plain_style,
    width_mm,
    wrapped,
)
from geosector.report.bars import FOOT, GAP, MARGIN, WIDTH, plain, stroke
from geosector.report.figures import PLAIN, listed
from geosector.report.svg import Drawn, finished

MONTHS = 12
PLOT_MM, HEAD_MM = 58.0, 9.0
LABELS_MM = 9.0  # of the months, in two lines
MOST_STEPS = 5
TICK, POINT, KEY = Style(7.5, colour=SOFT), Style(8, bold=True), Style(9)
MONTH_SIZES = (7.5, 7.0, 6.5, 6.0, 5.5)  # points; the first in which no name of a month is cut
GRID = "#dedad2"
BEFORE = "#6f6b62"  # of the year before

Counts = Sequence[int | None]


class Line(NamedTuple):
    """How a year is drawn, told apart by more than its colour."""

    colour: str
    thick: float
    dashes: tuple[float, ...]
    marker: str


def trend(
    years: Mapping[str, Counts],
    *,
    name: str,
    title: str,
    lang: str,
    colour: str = PLAIN,
) -> Drawn | None:
    """Draw the months of a year as a line, and those of the year before.

    Parameters
    ----------
    years : mapping of str to sequence
        By what the year is called in the language: a count for each of the twelve months, None
        where there are no rows. The first is the year of the report, a second the one before.
    name, title, lang, colour
        As in `geosector.report.figures.bars`.

    Returns
    -------
    Drawn or None
        None where no month has a count.

    Raises
    ------
    InputError
        Where a year has not twelve months, or there are more than two years.

    Examples
    --------
    >>> months = [5, 7, None, 3, *[None] * 8]
    >>> made = trend({"2024": months}, name="f", title="Fires", lang="en")
    >>> made.alt.startswith("Fires. 2024: 15 in all; most 7 (February); least 3 (April); no rows: ")
    True
    >>> trend({"2024": [None] * 12}, name="f", title="Fires", lang="en") is None
    True
    >>> trend({"2024": [1, 2]}, name="f", title="Fires", lang="en")
    Traceback (most recent call last):
    geosector.errors.InputError: A year has 2 counts; expected one for each of the 12 months ...
    """
    with language.speaking(lang):
        for counts in years.values():
            _check(len(counts), len(years))
        known = {
            year: counts for year, counts in years.items() if any(n is not None for n in counts)
        }
        if not known:
            return None
        looks = dict(zip(years, _looks(colour), strict=False))
        told = [_told(plain(year), counts) for year, counts in known.items()]
        foot = listed(
            [f"{plain(year)}: {_gaps(counts)}" for year, counts in known.items() if None in counts]
        )
        page = _drawn(lang, known, looks, foot)
        return finished(page, name, f"{title}. {' '.join(told)}")


def steps(most: float) -> list[int]:
    """Choose the numbers at the side: round, from 0 to beyond the greatest count.

    Examples
    --------
    >>> steps(7), steps(0), steps(9_999_999)[-1]
    ([0, 2, 4, 6, 8], [0, 1], 10000000)
    """
    step = 1
    while most > step * MOST_STEPS:
        step = next(
            size for power in range(9) for times in (1, 2, 5) if (size := times * 10**power) > step
        )
    return list(range(0, max(1, -(-int(most) // step)) * step + 1, step))


def _check(months: int, years: int) -> None:
    if months != MONTHS:
        raise InputError(
            text(
                "A year has {n} counts; expected one for each of the 12 months (None: no rows).",
                n=months,
            )
        )
    if years > 2:  # noqa: PLR2004
        raise InputError(text("{n} years were given; a figure shows at most two.", n=years))


def _looks(colour: str) -> tuple[Line, Line]:
    return Line(colour, 2.0, (), "o"), Line(BEFORE, 1.3, (4, 1.6), "s")


# --------------------------------------------------------------- what is said


def _told(year: str, counts: Counts) -> str:
    known = [(count, month) for month, count in enumerate(counts, 1) if count is not None]
    most, least = max(known, key=lambda one: (one[0], -one[1])), min(known)
    facts = [
        text("{n} in all", n=number(sum(count for count, _ in known))),
        text("most {n} ({month})", n=number(most[0]), month=month_name(most[1])),
        text("least {n} ({month})", n=number(least[0]), month=month_name(least[1])),
    ]
    if None in counts:
        facts.append(_gaps(counts))
    return f"{year}: {listed(facts)}."


def _gaps(counts: Counts) -> str:
    months = [month_name(month) for month, count in enumerate(counts, 1) if count is None]
    return text("no rows: {months}", months=listed(months))


# --------------------------------------------------------------- what is drawn


def _drawn(lang: str, years: Mapping[str, Counts], looks: Mapping[str, Line], foot: str) -> Page:
    foots = wrapped(foot, WIDTH - 2 * MARGIN, FOOT)
    tall = HEAD_MM + PLOT_MM + LABELS_MM + len(foots) * line_mm(FOOT) + MARGIN + 1
    with plain_style():
        page = Page(lang, WIDTH, tall)
    most = max(count for counts in years.values() for count in counts if count is not None)
    marks = steps(most)
    left, bottom = 16.0, HEAD_MM + PLOT_MM
    scale = (PLOT_MM - 5) / marks[-1]
    wide = (WIDTH - MARGIN - left) / MONTHS
    for mark in marks:
        y = bottom - mark * scale
        stroke(page, [[(left, y), (WIDTH - MARGIN, y)]], INK if mark == 0 else GRID, 0.6, zorder=2)
        page.write(left - GAP, y + 1, number(mark), TICK, "end")
    _months(page, left, bottom, wide)
    places = {
        year: [
            None if count is None else (left + (at + 0.5) * wide, bottom - count * scale)
            for at, count in enumerate(counts)
        ]
        for year, counts in years.items()
    }
    for year in reversed(list(years)):
        _line(page, places[year], looks[year])
    _numbers(page, years, places, looks)
    _key(page, years, looks)
    for at, line in enumerate(foots, 1):
        page.write(MARGIN, bottom + LABELS_MM + at * line_mm(FOOT) - 1, line, FOOT)
    return page


def _months(page: Page, left: float, bottom: float, wide: float) -> None:
    """Write the names of the months, in two lines where one is too long."""
    names = [month_name(month) for month in range(1, MONTHS + 1)]
    longest = {word for name in names for word in name.split()}
    style = next(
        (
            style
            for style in map(Style, MONTH_SIZES)
            if max(width_mm(word, style) for word in longest) <= wide - 0.5
        ),
        Style(MONTH_SIZES[-1]),
    )
    for at, name in enumerate(names):
        for row, line in enumerate(wrapped(name, wide - 0.5, style)[:2]):
            page.write(left + (at + 0.5) * wide, bottom + 4 + row * 3.4, line, style, "middle")


def _line(page: Page, places: list[tuple[float, float] | None], look: Line) -> None:
    """Draw a line, broken where a month is not known, and its points."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for place in places:
        if place is None:
            pieces.append([])
        else:
            pieces[-1].append(place)
    dashes = {"linestyle": (0, look.dashes)} if look.dashes else {}
    stroke(page, [piece for piece in pieces if len(piece) > 1], look.colour, look.thick, **dashes)
    for piece in pieces:
        for x, y in piece:
            page.mark(x, y, _mark(look))


def _mark(look: Line) -> dict[str, Any]:
    filled = look.colour if not look.dashes else "#ffffff"
    return {
        "marker": look.marker, "markersize": 5.0, "markerfacecolor": filled,
        "markeredgecolor": look.colour, "markeredgewidth": 1.0, "zorder": 23,
    }  # fmt: skip


def _numbers(
    page: Page,
    years: Mapping[str, Counts],
    places: Mapping[str, list[tuple[float, float] | None]],
    looks: Mapping[str, Line],
) -> None:
    """Write each count at its point: of two in a month the greater above, the other below."""
    for year, counts in years.items():
        others = next((own for other, own in years.items() if other != year), [None] * MONTHS)
        for at, (count, place) in enumerate(zip(counts, places[year], strict=True)):
            if count is None or place is None:
                continue
            other = others[at]
            first = year == next(iter(years))
            above = other is None or count > other or (count == other and first)
            style = POINT._replace(colour=looks[year].colour)
            page.write(
                place[0], place[1] + (-1.8 if above else 4.2), number(count), style, "middle"
            )


def _key(page: Page, years: Mapping[str, Counts], looks: Mapping[str, Line]) -> None:
    """Say above which line is which year."""
    x = MARGIN
    for year in years:
        look, called = looks[year], plain(year)
        dashes = {"linestyle": (0, look.dashes)} if look.dashes else {}
        stroke(page, [[(x, 3.4), (x + 10, 3.4)]], look.colour, look.thick, **dashes)
        page.mark(x + 5, 3.4, _mark(look))
        page.write(x + 12, 4.6, called, KEY)
        x += 12 + width_mm(called, KEY) + 8
