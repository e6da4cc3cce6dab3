"""A density as a picture: warped to the map, masked, rounded to steps, packed and read back.

The picture keeps the whole field in 1,024 steps of the square root of the density, beside a mask of
what is known. Steps of the root are fine where the density is low: a value of a thousandth of the
peak is read within 3 %, any value within 1e-3 of the peak. Only the mixed second differences of the
steps are written: in a smooth field most are 0, so that ten bits so packed take less than eight
plain ones (a city of 1,000,000 incidents on 447 × 506 pixels: 57 kB, and 79 kB plain).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from geosector import crs
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
LATTICE = 65  # places along each side that are converted exactly; those between lie within a metre


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


class _Pixels(NamedTuple):
    """Pixels of a Web Mercator picture, and where the middle of each lies in metres."""

    bounds: Box
    x: Floats
    y: Floats


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
    window = (x.min() - reach, y.min() - reach, x.max() + reach, y.max() + reach)
    if surveyed is not None:
        window = _window(surveyed, grid, bandwidth_m)
    pixels = _pixels(window, metric, bandwidth_m)
    values = density.sample(grid, pixels.x, pixels.y)
    if surveyed is None:
        known = density.distances(grid, x, y, pixels.x, pixels.y) <= reach
    else:
        shapely.prepare(surveyed)
        known = shapely.intersects_xy(surveyed, pixels.x, pixels.y)
    peak = float(values.max(where=known, initial=0.0)) or float(grid.density.max())
    return Picture(values, known, pixels.bounds, peak)


def _window(surveyed: BaseGeometry, grid: density.Grid, bandwidth_m: float) -> Box:
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


def _pixels(window: Box, metric: pyproj.CRS, bandwidth_m: float) -> _Pixels:
    """Lay pixels over a window given in metres."""
    west, south, east, north = window
    side_x, side_y = np.linspace(west, east, LATTICE), np.linspace(south, north, LATTICE)
    edge_x, edge_y = (side.ravel() for side in np.meshgrid(side_x, side_y))
    mercator = crs.convert_points(edge_x, edge_y, metric, crs.WEB_MERCATOR)
    (west_m, east_m), (south_m, north_m) = ((axis.min(), axis.max()) for axis in mercator)
    # Mercator metres are longer than metres on the ground by the same factor in both directions.
    stretch = (east_m - west_m) / (east - west)
    limits = bandwidth_m / FINEST_PIXELS_PER_BANDWIDTH, bandwidth_m / PIXELS_PER_BANDWIDTH
    pixel = stretch * float(np.clip(max(east - west, north - south) / USUAL_SIDE, *limits))
    width, height = (int(np.ceil(span / pixel)) for span in (east_m - west_m, north_m - south_m))
    column, row = (np.linspace(0.5, count - 0.5, LATTICE) for count in (width, height))
    at_x, at_y = np.meshgrid(west_m + pixel * column, north_m - pixel * row)
    exact = crs.convert_points(at_x.ravel(), at_y.ravel(), crs.WEB_MERCATOR, metric)
    x, y = (_between(axis.reshape(LATTICE, LATTICE), height, width) for axis in exact)
    lon, lat = crs.convert_points(
        np.array([west_m, west_m + pixel * width]),
        np.array([north_m - pixel * height, north_m]),
        crs.WEB_MERCATOR,
        crs.WGS84,
    )
    return _Pixels((float(lon[0]), float(lat[0]), float(lon[1]), float(lat[1])), x, y)


def _between(lattice: Floats, height: int, width: int) -> Floats:
    """Read a lattice that spans a picture at every pixel, linearly."""
    ends = (lattice.shape[0] - 1, lattice.shape[1] - 1)
    rows, columns = (
        np.linspace(0, end, count) for end, count in zip(ends, (height, width), strict=True)
    )
    places = np.meshgrid(rows, columns, indexing="ij")
    return np.asarray(ndimage.map_coordinates(lattice, places, order=1, mode="nearest"))


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
