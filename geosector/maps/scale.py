"""Scale bar and north arrow of a printed map."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geosector.language import digits, number, text
from geosector.maps.sheet import INK, Page, Style

PAPER = "#ffffff"
KILOMETRE = 1000
BAR_SHARE = 0.2  # of the map's width, at most


class Frame(NamedTuple):
    """Where something stands on a page, in mm from the start and the top."""

    x: float
    y: float
    width: float
    height: float


def plates(frame: Frame, m_per_mm: float) -> tuple[Frame, Frame]:
    """Give the places of the scale bar and of the north arrow of a map.

    Parameters
    ----------
    frame : Frame
        Of the map.
    m_per_mm : float
        Metres of ground in a millimetre of paper.

    Returns
    -------
    tuple of Frame
        At the lower start and at the upper end.

    Examples
    --------
    >>> plates(Frame(10, 20, 100, 80), 50)
    (Frame(x=12, y=90.5, width=34.0, height=8), Frame(x=97.5, y=22, width=9, height=16.5))
    """
    wide = bar_length(frame, m_per_mm) / m_per_mm
    scale = Frame(frame.x + 2, frame.y + frame.height - 9.5, wide + 14, 8)
    return scale, Frame(frame.x + frame.width - 12.5, frame.y + 2, 9, 16.5)


def bar_length(frame: Frame, m_per_mm: float) -> float:
    """Choose the length of a scale bar: round, about a fifth of the map.

    Examples
    --------
    >>> bar_length(Frame(0, 0, 100, 80), 50), bar_length(Frame(0, 0, 100, 80), 0.02)
    (1000.0, 0.2)
    """
    return _round_length(frame.width * BAR_SHARE * m_per_mm)


def draw_scale_bar(page: Page, frame: Frame, m_per_mm: float) -> None:
    """Draw a bar of a round length at the lower start of a map."""
    plate = plates(frame, m_per_mm)[0]
    _plate(page, plate)
    metres = bar_length(frame, m_per_mm)
    half = metres / m_per_mm / 2
    x, y = plate.x + 2, plate.y + 5.5
    for part in (0, 1):
        page.block(x + part * half, y - 0.8, half, 1.4, (INK, PAPER)[part])
    small = Style(7)
    page.write(x, y - 1.9, digits("0"), small, "middle")
    page.write(x + 2 * half, y - 1.9, _length(metres), small, "middle")


def _length(metres: float) -> str:
    """Write a round length.

    Examples
    --------
    >>> _length(2000.0), _length(500.0), _length(0.2)
    ('2 km', '500 m', '0.2 m')
    """
    if metres >= KILOMETRE:
        return text("{n} km", n=number(metres / KILOMETRE))
    return text("{n} m", n=number(metres, decimals=0 if metres >= 1 else 1))


def _round_length(metres: float) -> float:
    """Give the greatest of 1, 2, 5, 10, 20, … that is no longer.

    Examples
    --------
    >>> [_round_length(length) for length in (0.4, 370, 999, 2600)]
    [0.2, 200.0, 500.0, 2000.0]
    """
    power = 10.0 ** np.floor(np.log10(metres))
    return float(round(max(step for step in (1, 2, 5) if step * power <= metres) * power, 6))


def draw_north_arrow(page: Page, frame: Frame, m_per_mm: float) -> None:
    """Draw an arrow to the north in the upper corner at the end of a map."""
    from matplotlib.patches import Polygon

    plate = plates(frame, m_per_mm)[1]
    _plate(page, plate)
    x, y = plate.x + plate.width / 2, plate.y + 2
    middle, top = page.across(x), 1 - y / page.height
    across, down = 1 / page.width, 1 / page.height
    for side, colour in ((-1, INK), (1, PAPER)):
        foot = (middle + side * 2.6 * across, top - 8 * down)
        tip = [(middle, top), foot, (middle, top - 6 * down)]
        page.figure.add_artist(Polygon(tip, facecolor=colour, edgecolor=INK, lw=0.6, zorder=20))
    page.write(x, y + 12.4, text("N"), Style(9, bold=True), "middle")


def _plate(page: Page, plate: Frame) -> None:
    """Lay a pale plate under what is written on the map."""
    page.block(*plate, PAPER, alpha=0.88, lw=0, zorder=19)
