"""The colour of each step of a picture: a table in the layer, which page and sheet both read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geosector.maps.encoding import pack_bytes, unpack_bytes

Colours = NDArray[np.uint8]

STEPS = 256  # of a density; the last of a change, which has as many to both sides, is left out
FAINT, DENSER = 30, 5  # opacity of the first step, and how much denser the next is, of 255
DENSEST, DENSEST_CHANGE = 195, 215  # the map is seen through


def rising(ramp: Sequence[str]) -> Colours:
    """Give the colour of each step of a density: nothing at 0, then denser.

    Parameters
    ----------
    ramp : sequence of str
        Even stops, as #RRGGBB, low to high.

    Returns
    -------
    array of uint8, shape (256, 4)
        Red, green, blue, opacity.

    Examples
    --------
    >>> rising(["#000000", "#ff0000"])[[0, 1, 255]].tolist()
    [[0, 0, 0, 0], [1, 0, 0, 35], [255, 0, 0, 195]]
    """
    away = np.arange(STEPS)
    return _table(ramp, away, DENSEST)


def diverging(ramp: Sequence[str]) -> Colours:
    """Give the colour of each step of a change: nothing in the middle, denser to both sides.

    Parameters
    ----------
    ramp : sequence of str
        Even stops, as #RRGGBB, from less to more.

    Returns
    -------
    array of uint8, shape (255, 4)
        Red, green, blue, opacity.

    Examples
    --------
    >>> diverging(["#0000ff", "#ffffff", "#ff0000"])[[0, 127, 254]].tolist()
    [[0, 0, 255, 215], [255, 255, 255, 0], [255, 0, 0, 215]]
    """
    away = np.abs(np.arange(STEPS - 1) - (STEPS // 2 - 1))
    return _table(ramp, away, DENSEST_CHANGE)


def _table(ramp: Sequence[str], away: NDArray[np.int64], densest: int) -> Colours:
    stops = np.array([list(bytes.fromhex(colour.removeprefix("#"))) for colour in ramp])
    places = np.linspace(0, len(stops) - 1, len(away))
    parts = [np.interp(places, np.arange(len(stops)), stops[:, part]) for part in range(3)]
    opacity = np.where(away, np.minimum(densest, FAINT + DENSER * away), 0)
    table: Colours = np.rint(np.column_stack([*parts, opacity])).astype(np.uint8)
    return table


def pack(table: Colours) -> str:
    """Pack a table for a layer.

    Examples
    --------
    >>> read({"colours": pack(rising(["#000000", "#ff0000"]))}).shape
    (256, 4)
    """
    return pack_bytes(table.tobytes())


def read(layer: dict[str, Any]) -> Colours:
    """Read the table of a layer: shape (steps, 4), red, green, blue, opacity."""
    return np.frombuffer(unpack_bytes(layer["colours"]), np.uint8).reshape(-1, 4)
