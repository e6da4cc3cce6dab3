"""Scale bar and north arrow of a printed map."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geosector.language import digits, number, text
from geosector.maps.paper.sheet import INK, PAPER, Page, Style

KILOMETRE = 1000


class Frame(NamedTuple):
    """Where something stands on a page, in mm from the start and the top."""

    x: float
    y: float
    width: float
    height: float


def plates(frame: Frame, m_per_mm: float) -> tuple[Frame, Frame]:
    """Give the places of the scale bar and of the north arrow on a map.

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
    wide = bar_length(frame.width / 5, m_per_mm) / m_per_mm
    scale = Frame(frame.x + 2, frame.y + frame.height - 9.5, wide + 14, 8)
    return scale, Frame(frame.x + frame.width - 12.5, frame.y + 2, 9, 16.5)


def bar_length(room: float, m_per_mm: float) -> float:
    """Choose a length for a scale bar: the longest round one that fits.

    Parameters
    ----------
    room : float
        Millimetres of paper.
    m_per_mm : float
        Metres of ground in a millimetre of paper.

    Returns
    -------
    float
        Metres of ground: 1, 2 or 5 times a power of ten.

    Examples
    --------
    >>> [bar_length(10, scale) for scale in (0.04, 37, 99.9, 260)]
    [0.2, 200.0, 500.0, 2000.0]
    """
    most = room * m_per_mm
    power = 10.0 ** np.floor(np.log10(most))
    return float(round(max(step for step in (1, 2, 5) if step * power <= most) * power, 6))


def draw_scale_bar(page: Page, plate: Frame, metres: float, m_per_mm: float) -> None:
    """Draw a bar as long as some metres of ground."""
    _plate(page, plate)
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


def draw_north_arrow(page: Page, plate: Frame) -> None:
    """Draw an arrow to the north."""
    from matplotlib.patches import Polygon

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
