"""The figures of a report, drawn from its tables: bars, casualties and tiles, in four languages.

A figure shows every part of a breakdown, the unspecified last and always, and states the number of
which the parts are parts. Letters are outlines, shaped as the language wants; right-to-left figures
are the mirror image of the others. What a figure shows stands in words beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from geosector import language
from geosector.language import END_ISOLATE, ISOLATE, number, percent, plural, text
from geosector.maps.paper.sheet import Page, Style, line_mm, plain_style, wrapped
from geosector.measure.coded import UNSPECIFIED
from geosector.measure.counts import all_casualties, top
from geosector.palette import INCIDENTS, INK, SOFT
from geosector.report.bars import (
    FOOT,
    GAP,
    MARGIN,
    WIDTH,
    Bar,
    Group,
    draw_bars,
    hatched,
    plain,
    stroke,
)
from geosector.report.svg import Drawn, finished

# What is not of one kind of incident; and the two fates, told apart by lightness, too.
PLAIN = "#0072B2"
FATES: Mapping[str, str] = {"killed": INK, "injured": INCIDENTS["attack"]}
PARTS = ("boy", "girl")  # of the children
MOST_BARS, ROOM_FOR = 30, 40  # where no other number is wished; on a page
SPOKEN_PARTS = 3  # named in words, and their equals
SEMICOLONS = {"ar": "؛ ", "ckb": "؛ "}
# Of the tiles.
TILE_ROW, TILE_LINES, TILE_GAP, SHARE_MM = 5, 4, 4.0, 3.2
SHARE, TILE_NAME = Style(20, bold=True), Style(9)


class Parts(NamedTuple):
    """A breakdown as it is drawn: ``rows`` in order, what is left out of it, its base."""

    rows: pd.DataFrame
    left_out: int
    left_out_count: int
    base: int | None


def bars(
    parts: pd.DataFrame,
    labels: Mapping[str, str],
    *,
    name: str,
    title: str,
    lang: str,
    colour: str = PLAIN,
    most: int = MOST_BARS,
    estimated: bool = False,
) -> Drawn | None:
    """Draw a breakdown as horizontal bars.

    Parameters
    ----------
    parts : pandas.DataFrame
        ``key, count, percent, base`` as `geosector.measure.counts.counted` gives them; where known
        ``qualifier`` (``more_than``, ``about``) and ``besides``. A missing base is stated as such.
        What the counts fall short of the base is drawn as unspecified.
    labels : mapping of str to str
        What each key is called in the language; a key that is not there is its own label.
    name : str
        The id of the figure, other than that of any other in the document.
    title : str
        What the figure shows, for those who do not see it.
    lang : str
        ``ar``, ``kmr``, ``ckb`` or ``en``.
    colour : str
        Of the bars.
    most : int
        How many parts to draw at least, ties kept (`geosector.measure.counts.top`); how many there
        are besides, and their sum, is said below.
    estimated : bool
        Whether only percentages were published: then they come first, the counts are "about", and
        without a base there are no counts.

    Returns
    -------
    Drawn or None
        None where there is nothing to draw.

    Raises
    ------
    UnknownLanguageError
        For a language that is none of the four.

    Examples
    --------
    >>> from geosector.measure.counts import counted
    >>> parts = counted(["electrical", "unspecified"], [35, 86])
    >>> made = bars(parts, {"electrical": "Electricity"}, name="f", title="Causes", lang="en")
    >>> made.lines
    ('Electricity', '35 (29%)', 'Unspecified', '86 (71%)', 'n = 121')
    >>> made.alt
    'Causes. \u2068Electricity\u2069: 35 (29%); \u2068Unspecified\u2069: 86 (71%). n = 121'
    >>> bars(parts[:0], {}, name="f", title="Causes", lang="en") is None
    True
    >>> bars(parts, {}, name="f", title="Causes", lang="de")
    Traceback (most recent call last):
    geosector.errors.UnknownLanguageError: Language 'de' is not known. Use one of: ar, kmr, ckb, en.
    """
    with language.speaking(lang):
        shown = _shown(parts, most)
        if shown.rows.empty:
            return None
        made = [
            Bar(
                _label(str(row["key"]), labels),
                _value(row, shown.base, estimated=estimated),
                float(row["count"]),
                float(row["count"]),
                row["key"] == UNSPECIFIED,
            )
            for row in shown.rows.to_dict("records")
        ]
        foot = _foot(shown, estimated=estimated)
        page = draw_bars(lang, [Group("", colour, tuple(made))], foot)
        return finished(page, name, _alt(title, shown.rows, made, foot))


def casualties(
    fates: Mapping[str, pd.DataFrame],
    labels: Mapping[str, str],
    *,
    name: str,
    title: str,
    lang: str,
    colours: Mapping[str, str] = FATES,
) -> Drawn | None:
    """Draw the killed and the injured by sex and age, all on one scale.

    Parameters
    ----------
    fates : mapping of str to pandas.DataFrame
        ``key, low, high`` as `geosector.measure.counts.count_casualties` gives them, by
        ``killed``, ``injured``. Boys and girls are drawn as parts of the children.
    labels : mapping of str to str
        What the fates and the groups are called in the language.
    name, title, lang : str
        As in `bars`.
    colours : mapping of str to str
        Of the bars, by fate.

    Returns
    -------
    Drawn or None
        None where there is nobody.

    Examples
    --------
    >>> killed = pd.DataFrame({"key": ["child", "girl"], "low": [2, 1], "high": [3, 1]})
    >>> made = casualties(
    ...     {"killed": killed}, {"killed": "Killed"}, name="f", title="People", lang="en"
    ... )
    >>> made.lines
    ('Killed: 2–3', 'child', '2–3', 'girl', '1', 'Lines: from the least to the most reported.')
    >>> casualties({"killed": killed[:0]}, {}, name="f", title="People", lang="en") is None
    True
    """
    with language.speaking(lang):
        groups, told, ranged = [], [], False
        for fate, people in fates.items():
            if people.empty:
                continue
            ordered = _in_order(people)
            made = tuple(_person(row, labels) for row in ordered.to_dict("records"))
            ranged |= any(bar.high > bar.low for bar in made)
            heading = f"{_label(fate, labels)}: {_range(*all_casualties(people))}"
            groups.append(Group(heading, colours.get(fate, PLAIN), made))
            told.append(f"{heading} ({listed([_told(bar) for bar in made if not bar.part])})")
        if not groups:
            return None
        foot = text("Lines: from the least to the most reported.") if ranged else ""
        page = draw_bars(lang, groups, foot)
        return finished(page, name, f"{title}. {listed(told)}.")


def tiles(
    parts: pd.DataFrame,
    labels: Mapping[str, str],
    *,
    name: str,
    title: str,
    lang: str,
    colour: str = PLAIN,
    estimated: bool = True,
) -> Drawn | None:
    """Draw the percentages of a breakdown as tiles: large numbers, each with a bar of its share.

    Parameters
    ----------
    parts, labels, name, title, lang, colour, estimated
        As in `bars`.

    Returns
    -------
    Drawn or None
        None where there is nothing to draw.

    Examples
    --------
    >>> parts = pd.DataFrame({"key": ["near"], "count": [47], "percent": [47], "base": [None]})
    >>> tiles(parts, {"near": "Near home"}, name="f", title="Why", lang="en").lines
    ('47%', 'Near home', 'base not given')
    >>> tiles(parts[:0], {}, name="f", title="Why", lang="en") is None
    True
    """
    with language.speaking(lang):
        shown = _shown(parts, MOST_BARS)
        if shown.rows.empty:
            return None
        made = [
            Bar(_label(str(row["key"]), labels), percent(row["percent"] / 100),
                float(row["percent"]), float(row["percent"]), row["key"] == UNSPECIFIED)
            for row in shown.rows.to_dict("records")
        ]  # fmt: skip
        foot = _foot(shown, estimated=estimated)
        page = _tiled(lang, made, colour, foot)
        return finished(page, name, _alt(title, shown.rows, made, foot))


# --------------------------------------------------------------- what is shown


def _shown(parts: pd.DataFrame, most: int) -> Parts:
    """Take the greatest parts and the remainder, which is made where the counts fall short."""
    rows = parts[parts["key"] != UNSPECIFIED]
    rest = parts[parts["key"] == UNSPECIFIED]
    bases = parts["base"].dropna() if "base" in parts else parts["count"][:0]
    base = int(bases.iloc[0]) if len(bases) else None
    short = 0 if base is None else base - int(parts["count"].sum())
    if rest.empty and short > 0:
        lacking = max(0, 100 - int(parts["percent"].sum()))
        made = {"key": [UNSPECIFIED], "count": [short], "percent": [lacking]}
        rest = pd.DataFrame(made)
    kept = top(rows, most)
    if len(kept) > ROOM_FOR:  # so many equals have no room: none of them, or the first
        greater = kept[kept["count"] > kept["count"].iloc[ROOM_FOR]]
        kept = greater if len(greater) else kept[:ROOM_FOR]
    left = rows.drop(kept.index)
    drawn = pd.concat([kept, rest[rest["count"] > 0]], ignore_index=True)
    return Parts(drawn, len(left), int(left["count"].sum()), base)


def _label(key: str, labels: Mapping[str, str]) -> str:
    if key in labels:
        return plain(labels[key])
    return text("Unspecified") if key == UNSPECIFIED else plain(key)


def _value(row: Mapping[str, Any], base: int | None, *, estimated: bool) -> str:
    """Write what stands at a bar: the count and its share, as far as they are known."""
    share, count = percent(row["percent"] / 100), number(row["count"])
    if estimated:
        return share if base is None else f"{share} ({text('about {n}', n=count)})"
    qualifier = row.get("qualifier")
    if qualifier == "more_than":
        count = text("more than {n}", n=count)
    elif qualifier == "about":
        count = text("about {n}", n=count)
    besides = row.get("besides", 0)
    if besides and not pd.isna(besides):
        count = f"{count} + {number(besides)}"
    return count if base is None else f"{count} ({share})"


def _foot(shown: Parts, *, estimated: bool) -> str:
    """Say of how many the parts are parts, and what must be known besides."""
    base = shown.base
    said = [text("base not given") if base is None else text("n = {n}", n=number(base))]
    if estimated and base is not None:
        said.append(text("only percentages were published, the counts are worked out from them"))
    if shown.left_out:
        said.append(
            plural(
                "{n} other, not drawn: {count}",
                "{n} others, not drawn, together: {count}",
                shown.left_out,
                count=number(shown.left_out_count),
            )
        )
    if "besides" in shown.rows and shown.rows["besides"].fillna(0).gt(0).any():
        said.append(text("after +: hit besides another place, under which it is counted"))
    return listed(said)


# --------------------------------------------------------------- what is said


def _alt(title: str, rows: pd.DataFrame, made: list[Bar], foot: str) -> str:
    """Say what a figure shows: its greatest parts with their equals, the remainder, the base."""
    greatest = top(rows, SPOKEN_PARTS).index
    named = [bar for at, bar in enumerate(made) if at in greatest or bar.rest]
    return f"{title}. {listed([_told(bar) for bar in named])}. {foot}"


def _told(bar: Bar) -> str:
    return f"{ISOLATE}{bar.label}{END_ISOLATE}: {bar.value}"


def listed(words: list[str]) -> str:
    """Put facts one after another.

    Examples
    --------
    >>> listed(["a", "b"])
    'a; b'
    """
    return SEMICOLONS.get(language.current(), "; ").join(words)


# --------------------------------------------------------------- people


def _in_order(people: pd.DataFrame) -> pd.DataFrame:
    """Put parts under what they are parts of, and the unspecified last."""
    order = {"man": 0, "woman": 1, "child": 2, **dict.fromkeys(PARTS, 3), UNSPECIFIED: 5}
    ranks = people["key"].map(order).fillna(4)
    return people.loc[ranks.sort_values(kind="stable").index]


def _person(row: Mapping[str, Any], labels: Mapping[str, str]) -> Bar:
    key, low, high = str(row["key"]), int(row["low"]), int(row["high"])
    unknown, part = key == UNSPECIFIED, key in PARTS
    return Bar(_label(key, labels), _range(low, high), low, high, unknown, part)


def _range(low: int, high: int) -> str:
    return number(low) if low == high else f"{number(low)}–{number(high)}"


# --------------------------------------------------------------- tiles


def _tiled(lang: str, made: list[Bar], colour: str, foot: str) -> Page:
    """Lay tiles in rows of equal width."""
    columns = -(-len(made) // -(-len(made) // TILE_ROW))
    wide = (WIDTH - 2 * MARGIN - (columns - 1) * TILE_GAP) / columns
    labels = [wrapped(bar.label, wide - 2, TILE_NAME)[:TILE_LINES] for bar in made]
    lines = max(len(one) for one in labels)
    tall = 13 + SHARE_MM + lines * line_mm(TILE_NAME) * 0.9 + 3
    rows = -(-len(made) // columns)
    foots = wrapped(foot, WIDTH - 2 * MARGIN, FOOT)
    with plain_style():
        page = Page(lang, WIDTH, 2 * MARGIN + rows * (tall + GAP) + len(foots) * line_mm(FOOT))
    for at, (bar, words) in enumerate(zip(made, labels, strict=True)):
        x = MARGIN + (at % columns) * (wide + TILE_GAP)
        y = MARGIN + (at // columns) * (tall + GAP)
        _tile(page, bar, words, colour, x, y, wide)
    y = MARGIN + rows * (tall + GAP)
    for line in foots:
        y += line_mm(FOOT)
        page.write(MARGIN, y - 1, line, FOOT)
    return page


def _tile(  # noqa: PLR0917 - private
    page: Page, bar: Bar, words: list[str], colour: str, x: float, y: float, wide: float
) -> None:
    shade = SOFT if bar.rest else colour
    page.write(x, y + 9, bar.value, SHARE._replace(colour=shade))
    page.block(x, y + 12, wide, SHARE_MM, "#f3f1ec", lw=0)
    if bar.rest:
        hatched(page, x, y + 12, wide * bar.low / 100, SHARE_MM)
    else:
        page.block(x, y + 12, wide * bar.low / 100, SHARE_MM, colour, lw=0)
    stroke(page, [[(x, y + 12), (x, y + 12 + SHARE_MM)]], INK, 0.7)
    for line_at, line in enumerate(words):
        page.write(x, y + 12 + SHARE_MM + 4.6 + line_at * line_mm(TILE_NAME) * 0.9, line, TILE_NAME)
