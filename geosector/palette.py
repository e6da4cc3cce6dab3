"""Colours of what geosector draws, once: for maps, sheets, and the styles inside a GeoPackage.

Colours of kinds are those of Okabe and Ito (*Color Universal Design*, 2008), some darkened for
white paper. Kinds are told apart by shape or by dashes, too, wherever these colours are used.
"""

from __future__ import annotations

from typing import NamedTuple

INCIDENTS = {
    "attack": "#D55E00",
    "fire": "#0072B2",
    "traffic": "#009E73",
    "drowning": "#56B4E9",
    "other": "#000000",
}

FACILITIES = {
    "shelter": "#0072B2",
    "warehouse": "#A8680B",
    "field_hospital": "#C0392B",
    "clinic": "#A5487C",
    "water_point": "#2C87B8",
    "fire_station": "#B84A00",
    "school": "#00795A",
    "other": "#4D4D4D",
}

DECISIONS = {"accepted": "#0072B2", "review": "#E69F00", "refused": "#D55E00"}

# Fills of neighbouring areas, light enough for any name upon them: a border tells them apart, too.
AREAS = ("#cfe3f2", "#fbe3b3", "#d3ead9", "#f4d7c6", "#e6dcec", "#eeeeea")

WATER = "#a9cbe0"
INK, SOFT, PAPER = "#1d1d1b", "#6f6b62", "#ffffff"
CLOSED, DAMAGED = "#D55E00", "#CC79A7"


class Line(NamedTuple):
    """How a line is drawn on paper: colour, width in points, dashes and gaps in widths."""

    colour: str
    width: float
    dashes: tuple[float, ...] = ()


DASHES, DOTS = (4, 1.6), (1, 1.4)
# By style, the most important first.
BORDERS = {
    "trunk": Line("#8a1c5b", 4.4),
    "primary": Line("#d55e00", 3.8),
    "secondary": Line("#e69f00", 3.4),
    "tertiary": Line("#0072b2", 2.8),
    "minor": Line("#56b4e9", 2.6),
    "water": Line("#009e73", 3.0, DASHES),
    "barrier": Line("#000000", 2.6, DASHES),
    "none": Line("#7a766d", 2.4, DOTS),
    "limit": Line("#1d1d1b", 1.8, (7, 2, 1.2, 2)),
}
# The style of a border by what it follows, links as what they link; any other class is minor.
BORDER_STYLES = {
    "motorway": "trunk", "trunk": "trunk",
    "main": "primary", "primary": "primary",
    "secondary": "secondary",
    "tertiary": "tertiary",
    "river": "water", "stream": "water", "canal": "water",
    "railway": "barrier", "rail": "barrier", "front_line": "barrier", "wall": "barrier",
    "barrier": "barrier",
    "": "none",
}  # fmt: skip

# Greys: roads stay behind what a map is about, and print.
ROADS = {
    "motorway": "#8d8a83",
    "trunk": "#8d8a83",
    "primary": "#9c998f",
    "secondary": "#aaa79d",
    "tertiary": "#b6b3a9",
    "unclassified": "#c6c3ba",
    "residential": "#ccc9c0",
    "minor": "#d3d0c8",
    "path": "#dedbd3",
}
