"""What a report is made of, before it is a page: sections of blocks, in one language.

Every edition (a web page, a PDF by either engine) is drawn from the same blocks, so that they
cannot differ in a number. All words and digits in them are those of the language; a value that
reads from left to right inside a sentence (a code, a date in digits) stands between U+2068 and
U+2069.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias


class Paragraph(NamedTuple):
    """One paragraph of running text."""

    text: str


class Tile(NamedTuple):
    """A key figure: the number, what it counts, and how it changed (empty where unknown)."""

    value: str
    label: str
    changes: tuple[str, ...] = ()


class Tiles(NamedTuple):
    """Key figures beside each other."""

    tiles: tuple[Tile, ...]


class Table(NamedTuple):
    """A table: ``id`` is that of its numbers in ``report.json`` (empty where it has none there).

    ``rows`` hold as many cells as ``header``; ``numeric`` says of each column whether it holds
    numbers. ``emphasis`` are the positions of rows that sum up others.
    """

    id: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    emphasis: tuple[int, ...] = ()
    note: str = ""


class Figure(NamedTuple):
    """A figure with its number and caption: ``svg`` as drawn, or empty and why in ``missing``.

    ``alt`` says in words what it shows.
    """

    id: str
    caption: str
    svg: str
    alt: str
    missing: str = ""


class Notes(NamedTuple):
    """A list of sentences of one kind each."""

    items: tuple[str, ...]


class Link(NamedTuple):
    """A link to a file beside the report."""

    text: str
    target: str


Block: TypeAlias = "Paragraph | Tiles | Table | Figure | Notes | Link"


class Section(NamedTuple):
    """A part of the report that an office may move, rename or leave out by its ``id``."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    subsections: tuple[Section, ...] = ()


class Document(NamedTuple):
    """A whole report in one language.

    ``stamp`` are the words that every page carries: audience, date, source.
    """

    lang: str
    title: str
    subtitle: str
    stamp: str
    sections: tuple[Section, ...]
