"""A density as a picture: warped to the map, masked, rounded to steps, packed and read back.

The picture keeps the whole field in 1,024 steps of the square root of the density, beside a mask of
what is known. Steps of the root are fine where the density is low: a value of a thousandth of the
peak is read within 3 %, any value within 1e-3 of the peak. Only the mixed second differences of the
steps are written: in a smooth field most are 0, so that ten bits so packed take less than eight
plain ones (a city of 1,000,000 incidents on 447 × 506 pixels: 57 kB, and 79 kB plain).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geosector.maps import windows
from geosector.maps.encoding import pack_bytes, read_varints, unpack_bytes, varints
from geosector.measure import density

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Box = tuple[float, float, float, float]

CLAIMED = 3.0  # bandwidths: farther from every incident nothing is said, where no survey is given
STEPS = 1023
USUAL_SIDE = 500  # pixels along the longer side, between the two limits below
FINEST_PIXELS_PER_BANDWIDTH = 8.0
PIXELS_PER_BANDWIDTH = 4.0
FAST = 6  # level of zlib: in a tenth of the time of 9, and 7 % longer


@dataclass(frozen=True)
class Picture:
    """A density on the pixels of a Web Mercator picture.

    ``density`` has shape (rows, columns), incidents per km², rows from north to south; ``known``
    of the same shape says where it is shown. ``bounds`` is (west, south, east, north) in degrees,
    of the outer edges. Colours end at ``peak``, incidents per km².
    """

    density: Floats
    known: Flags
    bounds: Box
    peak: float


def draw(
    grid: density.Grid,
    metric: pyproj.CRS,
    *,
    x: Floats,
    y: Floats,
    bandwidth_m: float,
    surveyed: BaseGeometry | None = None,
) -> Picture:
    """Warp a density to Web Mercator and mask it.

    Each pixel asks the grid for the density at its own place, so the picture lies where the
    incidents are; a grid in metres laid into bounds in degrees would be off by a hundred metres.

    Parameters
    ----------
    grid : geosector.measure.density.Grid
    metric : pyproj.CRS
        The system of the grid.
    x, y : array, shape (n,)
        Metres: the events that the density was made of, one at least.
    bandwidth_m : float
        Of the density.
    surveyed : shapely geometry, optional
        Polygons in the system of the grid: what lies outside is not known, what lies inside is,
        also where there was no incident. Default: known is what lies within 3 bandwidths of an
        incident, to about half a cell of the grid.

    Returns
    -------
    Picture
        Of all that is known. Of a survey too large for a picture with enough pixels for the
        bandwidth, only what lies within 5 bandwidths of the incidents.
    """
    reach = CLAIMED * bandwidth_m
    box = (x.min() - reach, y.min() - reach, x.max() + reach, y.max() + reach)
    if surveyed is not None:
        box = _box(surveyed, grid, bandwidth_m)
    window = windows.lay_out(box, metric, _pixel_m(box, bandwidth_m))
    values = density.sample(grid, window.x, window.y)
    if surveyed is None:
        known = density.distances(grid, x, y, window.x, window.y) <= reach
    else:
        known = window.inside(surveyed)
    peak = float(values.max(where=known, initial=0.0)) or float(grid.density.max())
    return Picture(values, known, window.bounds, peak)


def _pixel_m(box: Box, bandwidth_m: float) -> float:
    west, south, east, north = box
    limits = bandwidth_m / FINEST_PIXELS_PER_BANDWIDTH, bandwidth_m / PIXELS_PER_BANDWIDTH
    return float(np.clip(max(east - west, north - south) / USUAL_SIDE, *limits))


def _box(surveyed: BaseGeometry, grid: density.Grid, bandwidth_m: float) -> Box:
    west, south, east, north = surveyed.bounds
    if max(east - west, north - south) <= density.LARGEST_SIDE * bandwidth_m / PIXELS_PER_BANDWIDTH:
        return west, south, east, north
    rows, columns = grid.density.shape
    return (
        max(west, grid.x0),
        max(south, grid.y0),
        min(east, grid.x0 + columns * grid.cell_m),
        min(north, grid.y0 + rows * grid.cell_m),
    )


def pack(picture: Picture) -> dict[str, Any]:
    """Pack a picture into the entries of a layer that hold it.

    Returns
    -------
    dict
        ``steps``: mixed second differences of the steps, row by row (`varints`); ``known``:
        lengths of runs, row by row, the first of what is not known; ``height, width``;
        ``bounds`` as Leaflet takes them; ``peak``; ``levels``, the step of the peak. A step
        stands for peak · (step / levels)² incidents per km².

    Examples
    --------
    >>> packed = pack(Picture(np.ones((2, 2)), np.ones((2, 2), bool), (37.0, 36.0, 38.0, 37.0), 1))
    >>> read_varints(unpack_bytes(packed["steps"])).tolist()
    [1023, 0, 0, 0]
    >>> read_varints(unpack_bytes(packed["known"])).tolist()
    [0, 4]
    """
    west, south, east, north = (round(edge, 7) for edge in picture.bounds)
    steps = np.rint(np.sqrt(picture.density / picture.peak) * STEPS).astype(np.int64)
    differences = np.diff(np.diff(steps, axis=0, prepend=0), axis=1, prepend=0)
    flags = picture.known.ravel()
    turns = np.flatnonzero(np.diff(flags, prepend=False))
    runs = np.diff(np.concatenate([[0], turns, [flags.size]]))
    height, width = steps.shape
    return {
        "steps": pack_bytes(varints(differences.ravel()), FAST),
        "known": pack_bytes(varints(runs), FAST),
        "height": height,
        "width": width,
        "bounds": [[south, west], [north, east]],
        "peak": float(f"{picture.peak:.6g}"),
        "levels": STEPS,
    }


def unpack(layer: dict[str, Any]) -> Picture:
    """Undo `pack`: give the picture of a density layer, as far as its steps tell it.

    Examples
    --------
    >>> field = np.array([[0.0, 0.25], [1.0, 4.0]])
    >>> known = np.array([[False, True], [True, True]])
    >>> picture = unpack(pack(Picture(field, known, (37.0, 36.0, 38.0, 37.0), 4.0)))
    >>> picture.density.round(2).tolist(), picture.known.tolist()
    ([[0.0, 0.25], [1.0, 4.0]], [[False, True], [True, True]])
    """
    shape = layer["height"], layer["width"]
    differences = read_varints(unpack_bytes(layer["steps"])).reshape(shape)
    steps = differences.cumsum(axis=0).cumsum(axis=1)
    runs = read_varints(unpack_bytes(layer["known"]))
    known = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(shape)
    (south, west), (north, east) = layer["bounds"]
    values = layer["peak"] * (steps / layer["levels"]) ** 2
    return Picture(values, known, (west, south, east, north), layer["peak"])
