"""Density of events in incidents per km²: pure functions from coordinates in metres to a grid.

A Gaussian kernel density estimate (B. W. Silverman, *Density Estimation for Statistics and Data
Analysis*, 1986, ch. 4), computed on a grid: events are shared out to the four nearest nodes
(linear binning: M. P. Wand, *Fast computation of multivariate kernel estimators*, 1994), then the
grid is smoothed. Sharing out is itself a smoothing with a triangular kernel of variance
cell² / 6 along each axis, so the Gaussian is made narrower by as much and the two together have
the bandwidth that was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from geosector.errors import InputError
from geosector.language import number, text

Floats = NDArray[np.float64]

CELLS_PER_BANDWIDTH = 3.0  # coarser cells cost accuracy: this keeps it within 2e-3 of the peak
FINEST_CELLS_PER_BANDWIDTH = 6.0  # finer ones add size, not information
USUAL_SIDE = 500  # cells along the longer side, where the two limits above leave the choice
LARGEST_SIDE = 3000  # a grid of this side takes 72 MB
REACH = 5.0  # the kernel is cut at this many bandwidths: 6e-7 of its mass lies beyond
SMALLEST_BANDWIDTH_M = 100.0
LARGEST_BANDWIDTH_M = 200_000.0  # a kernel of this size still fits on a map of the world


@dataclass(frozen=True)
class Grid:
    """Density on the nodes of a square grid.

    ``density`` has shape (rows, columns), incidents per km², rows from south to north; node
    (0, 0) lies at ``x0, y0`` and nodes are ``cell_m`` metres apart.
    """

    density: Floats
    x0: float
    y0: float
    cell_m: float

    def total(self) -> float:
        """Integrate the density over the ground: the number of incidents it was made of."""
        return float(self.density.sum()) * self.cell_m**2 / 1e6


def choose_bandwidth(x: Floats, y: Floats, weights: Floats | None = None) -> float:
    """Choose a bandwidth by the normal reference rule.

    h = s · n^(−1/6), Silverman 1986, equation 4.14 for two dimensions, where s² is the mean of
    the variances along x and y; in place of a standard deviation stands the interquartile range
    / 1.349 where that is smaller, so that a few far events do not blur the rest. Rounded to two
    digits, at least 100 m.

    Parameters
    ----------
    x, y : array, shape (n,)
        Metres.
    weights : array, shape (n,), optional
        Events at each point. Default: one.

    Returns
    -------
    float
        Metres.

    Examples
    --------
    64 events, spread with a standard deviation of 1000 m: n^(-1/6) is one half.

    >>> x = np.repeat([-1000.0, 1000.0], 32)
    >>> choose_bandwidth(x, np.tile([-1000.0, 1000.0], 32))
    500.0

    >>> choose_bandwidth(np.zeros(3), np.zeros(3))
    100.0
    >>> choose_bandwidth(np.array([]), np.array([]))
    100.0
    """
    counts = np.ones(len(x)) if weights is None else weights
    total = float(counts.sum())
    if total <= 1:
        return SMALLEST_BANDWIDTH_M
    variances = [_spread(axis, counts) ** 2 for axis in (x, y)]
    bandwidth = float(np.sqrt(np.mean(variances)) * total ** (-1 / 6))
    bandwidth = max(bandwidth, SMALLEST_BANDWIDTH_M)
    step = 10.0 ** (np.floor(np.log10(bandwidth)) - 1)
    return float(round(bandwidth / step) * step)


def _spread(values: Floats, weights: Floats) -> float:
    mean = np.average(values, weights=weights)
    deviation = float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))
    order = np.argsort(values, kind="stable")
    share = (np.cumsum(weights[order]) - weights[order] / 2) / weights.sum()
    low, high = np.interp([0.25, 0.75], share, values[order])
    quartiles = float(high - low) / 1.349
    return min(deviation, quartiles) if quartiles > 0 else deviation


def estimate(x: Floats, y: Floats, bandwidth_m: float, *, weights: Floats | None = None) -> Grid:
    """Estimate the density of events on a grid that holds the whole of every kernel.

    density(p) = Σ wᵢ · exp(−|p − pᵢ|² / 2h²) / 2πh², in incidents per km².

    Parameters
    ----------
    x, y : array, shape (n,)
        Metres, in a local metric system. NaN is refused: an event without a place belongs in
        the count of events not placed.
    bandwidth_m : float
        Standard deviation h of the kernel, metres.
    weights : array, shape (n,), optional
        Events at each point. Default: one.

    Returns
    -------
    Grid
        Its integral is the number of events, within 1e-4.

    Raises
    ------
    InputError
        For a missing coordinate, a bandwidth that is not above zero, and a bandwidth so small
        for so wide an area that the grid would not fit in memory.

    Examples
    --------
    One event, h = 500 m: the peak is 1 / (2π · 0.5²) = 0.64 incidents per km².

    >>> grid = estimate(np.array([0.0]), np.array([0.0]), 500.0)
    >>> round(float(grid.density.max()), 2), round(grid.total(), 4)
    (0.64, 1.0)

    >>> estimate(np.array([]), np.array([]), 500.0).total()
    0.0
    >>> estimate(np.array([np.nan]), np.array([0.0]), 500.0)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: A density needs events with a place: 1 of 1 ...
    """
    counts = np.ones(len(x)) if weights is None else weights
    _check(x, y, counts, bandwidth_m)
    if len(x) == 0:
        return Grid(np.zeros((1, 1)), 0.0, 0.0, bandwidth_m / CELLS_PER_BANDWIDTH)
    cell = _cell_size(float(max(np.ptp(x), np.ptp(y))), bandwidth_m)
    margin = REACH * bandwidth_m + cell
    x0, y0 = float(x.min()) - margin, float(y.min()) - margin
    shape = (
        int(np.ceil((float(y.max()) + margin - y0) / cell)) + 1,
        int(np.ceil((float(x.max()) + margin - x0) / cell)) + 1,
    )
    binned = _share_out((x - x0) / cell, (y - y0) / cell, counts, shape)
    sigma = np.sqrt((bandwidth_m / cell) ** 2 - 1 / 6)
    smooth = ndimage.gaussian_filter(binned, sigma, mode="constant", truncate=REACH)
    return Grid(smooth / (cell**2 / 1e6), x0, y0, cell)


def _check(x: Floats, y: Floats, counts: Floats, bandwidth_m: float) -> None:
    missing = int((~(np.isfinite(x) & np.isfinite(y) & np.isfinite(counts))).sum())
    if missing:
        raise InputError(
            text(
                "A density needs events with a place: {missing} of {n} has none. "
                "Leave it out and count it.",
                missing=number(missing),
                n=number(len(x)),
            )
        )
    if not 0 < bandwidth_m <= LARGEST_BANDWIDTH_M:
        raise InputError(
            text(
                "The bandwidth is {given} m; give one above 0 and up to {most} metres.",
                given=bandwidth_m,
                most=number(LARGEST_BANDWIDTH_M),
            )
        )


def _cell_size(extent: float, bandwidth_m: float) -> float:
    largest = bandwidth_m / CELLS_PER_BANDWIDTH
    finest = bandwidth_m / FINEST_CELLS_PER_BANDWIDTH
    side = extent + 2 * REACH * bandwidth_m
    if side / largest > LARGEST_SIDE:
        enough = extent / (LARGEST_SIDE / CELLS_PER_BANDWIDTH - 2 * REACH)
        raise InputError(
            text(
                "A bandwidth of {given} m is too small for events {extent} km apart. "
                "Give at least {enough} m, or draw a smaller area.",
                given=number(bandwidth_m),
                extent=number(extent / 1000),
                enough=number(np.ceil(enough / 10) * 10),
            )
        )
    return float(np.clip(side / USUAL_SIDE, finest, largest))


def _share_out(column: Floats, row: Floats, counts: Floats, shape: tuple[int, int]) -> Floats:
    """Share each event out to the four nodes around it, by how near they are."""
    left, low = np.floor(column).astype(np.int64), np.floor(row).astype(np.int64)
    right_share, high_share = column - left, row - low
    binned = np.zeros(shape[0] * shape[1])
    for up, row_share in ((0, 1 - high_share), (1, high_share)):
        for right, column_share in ((0, 1 - right_share), (1, right_share)):
            node = (low + up) * shape[1] + left + right
            binned += np.bincount(node, counts * row_share * column_share, minlength=len(binned))
    return binned.reshape(shape)


def sample(grid: Grid, x: Floats, y: Floats) -> Floats:
    """Read a density at places, bilinearly between nodes.

    Parameters
    ----------
    grid : Grid
    x, y : array, any shape
        Metres, in the system of the grid.

    Returns
    -------
    array, shape of x
        Incidents per km²; 0 outside the grid, where no kernel reaches.

    Examples
    --------
    >>> grid = estimate(np.array([0.0]), np.array([0.0]), 500.0)
    >>> sample(grid, np.array([0.0, 1e6]), np.array([0.0, 0.0])).round(2).tolist()
    [0.64, 0.0]
    """
    places = np.stack([(y - grid.y0) / grid.cell_m, (x - grid.x0) / grid.cell_m])
    return cast("Floats", ndimage.map_coordinates(grid.density, places, order=1, mode="constant"))
