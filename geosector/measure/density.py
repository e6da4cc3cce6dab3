"""Density of events in incidents per km²: pure functions from coordinates in metres to a grid.

A Gaussian kernel density estimate (B. W. Silverman, *Density Estimation for Statistics and Data
Analysis*, 1986, ch. 4), computed on a grid: each event is shared out to the sixteen nearest nodes,
then the grid is smoothed along its rows and its columns. Shares are those of the cubic B-spline
(I. J. Schoenberg, 1946). With the usual shares by nearness alone (linear binning: M. P. Wand,
*Fast computation of multivariate kernel estimators*, 1994) an event in the middle of a cell is
smoothed more than one on a node; the spline smooths every event alike, by a variance of cell² / 3
along each axis, so the Gaussian is made narrower by as much and the two together have the bandwidth
that was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import ndimage

from geosector.errors import InputError
from geosector.language import number, text

Floats = NDArray[np.float64]

CELLS_PER_BANDWIDTH = 4.0  # coarser cells cost accuracy: this keeps it within 1e-4 of the peak
FINEST_CELLS_PER_BANDWIDTH = 10.0  # finer ones add size, not information
USUAL_SIDE = 500  # cells along the longer side, where the two limits above leave the choice
LARGEST_SIDE = 4000  # a grid of this side takes 128 MB
SPLINE_VARIANCE = 1 / 3  # of the cubic B-spline, in cells²
SPLINE_REACH = 2  # cells from an event to the farthest node that has a share in it
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
    low, high = _quartiles(values, weights)
    quartiles = float(high - low) / 1.349
    return min(deviation, quartiles) if quartiles > 0 else deviation


def _quartiles(values: Floats, weights: Floats) -> Floats:
    if (weights == weights[0]).all():  # the same without sorting a million of them
        return np.quantile(values, [0.25, 0.75], method="hazen")
    order = np.argsort(values, kind="stable")
    share = (np.cumsum(weights[order]) - weights[order] / 2) / weights.sum()
    return np.interp([0.25, 0.75], share, values[order])


def estimate(
    x: Floats,
    y: Floats,
    bandwidth_m: float,
    *,
    weights: Floats | None = None,
    side: int = USUAL_SIDE,
) -> Grid:
    """Estimate the density of events on a grid that holds the whole of every kernel.

    density(p) = Σ wᵢ · exp(−|p − pᵢ|² / 2h²) / 2πh², in incidents per km². The kernel is cut
    where it has 4e-6 of its height, 5 bandwidths away.

    Parameters
    ----------
    x, y : array, shape (n,)
        Metres, in a local metric system. NaN is refused: an event without a place belongs in
        the count of events not placed.
    bandwidth_m : float
        Standard deviation h of the kernel, metres.
    weights : array, shape (n,), optional
        Events at each point, 0 or more. Default: one.
    side : int
        Nodes along the longer side of the events, where the limits below leave the choice; 1 gives
        the coarsest grid that is exact enough, for many small pictures.

    Returns
    -------
    Grid
        Nodes are a fourth to a tenth of the bandwidth apart. Never negative; within 1e-4 of the
        peak of the sum above, read at any place by `sample`; its integral is the number of
        events, within 1e-4.

    Raises
    ------
    InputError
        For a missing coordinate, a weight below 0, a bandwidth that is not above zero, and a
        bandwidth so small for so wide an area that the grid would not fit in memory.

    Examples
    --------
    One event, h = 500 m: the peak is 1 / (2π · 0.5²) = 0.6366 incidents per km².

    >>> grid = estimate(np.array([0.0]), np.array([0.0]), 500.0)
    >>> round(float(grid.density.max()), 4), round(grid.total(), 4)
    (0.6366, 1.0)

    >>> estimate(np.array([]), np.array([]), 500.0).total()
    0.0
    >>> estimate(np.array([np.nan]), np.array([0.0]), 500.0)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: A density needs events with a place: 1 of 1 ...
    """
    # Columns of tables may be locked against writing, which a compiled loop takes for another type.
    given = np.ones(len(x)) if weights is None else weights
    east, north, counts = (np.require(axis, np.float64, ["C", "W"]) for axis in (x, y, given))
    _check(east, north, counts, bandwidth_m)
    if len(east) == 0:
        return Grid(np.zeros((1, 1)), 0.0, 0.0, bandwidth_m / CELLS_PER_BANDWIDTH)
    cell = _cell_size(float(max(np.ptp(east), np.ptp(north))), bandwidth_m, side)
    reach = int(np.ceil(REACH * bandwidth_m / cell))
    margin = reach + SPLINE_REACH
    x0, y0 = float(east.min()) - margin * cell, float(north.min()) - margin * cell
    rows, columns = (
        int((float(axis.max()) - start) / cell) + margin + 1
        for axis, start in ((north, y0), (east, x0))
    )
    shared = np.zeros((rows, columns))
    _share_out(east, north, counts, x0, y0, cell, shared)
    variance = (bandwidth_m / cell) ** 2 - SPLINE_VARIANCE
    kernel = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * variance))
    kernel /= kernel.sum() * cell / 1e3
    for axis in (0, 1):
        shared = ndimage.correlate1d(shared, kernel, axis, mode="constant")
    return Grid(shared, x0, y0, cell)


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
    if counts.min(initial=0.0) < 0:
        raise InputError(
            text(
                "A place of a density stands for {given} events; give 0 or more.",
                given=number(float(counts.min())),
            )
        )
    require_bandwidth(bandwidth_m)


def require_bandwidth(bandwidth_m: float) -> None:
    """Refuse a bandwidth that is none.

    Parameters
    ----------
    bandwidth_m : float
        Metres.

    Raises
    ------
    InputError
        Where it is no number above 0, or above 200 km.

    Examples
    --------
    >>> require_bandwidth(500)
    >>> require_bandwidth(float("nan"))
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The bandwidth is nan m; give one above 0 and up to 200,000 metres.
    """
    known = isinstance(bandwidth_m, int | float | np.number)
    if not (known and 0 < bandwidth_m <= LARGEST_BANDWIDTH_M):
        raise InputError(
            text(
                "The bandwidth is {given} m; give one above 0 and up to {most} metres.",
                given=bandwidth_m,
                most=number(LARGEST_BANDWIDTH_M),
            )
        )


def _cell_size(extent: float, bandwidth_m: float, side: int) -> float:
    largest = bandwidth_m / CELLS_PER_BANDWIDTH
    finest = bandwidth_m / FINEST_CELLS_PER_BANDWIDTH
    whole = extent + 2 * REACH * bandwidth_m
    if whole / largest > LARGEST_SIDE:
        raise InputError(
            text(
                "A bandwidth of {given} m is too small for events {extent} km apart. "
                "Give at least {enough} m, or draw a smaller area.",
                given=number(bandwidth_m),
                extent=number(extent / 1000),
                enough=number(smallest_bandwidth(extent)),
            )
        )
    return float(np.clip(whole / side, finest, largest))


def smallest_bandwidth(extent_m: float) -> float:
    """Give the smallest bandwidth whose grid fits in memory.

    Parameters
    ----------
    extent_m : float
        The longer side of the area that holds the events, metres.

    Returns
    -------
    float
        Metres, a multiple of 10.

    Examples
    --------
    >>> smallest_bandwidth(500_000.0), smallest_bandwidth(0.0)
    (510.0, 0.0)
    """
    enough = extent_m / (LARGEST_SIDE / CELLS_PER_BANDWIDTH - 2 * REACH)
    return float(np.ceil(enough / 10) * 10)


@njit(
    "void(float64[::1], float64[::1], float64[::1], float64, float64, float64, float64[:, ::1])",
    cache=True,
)
def _share_out(  # noqa: PLR0917 - compiled functions take plain arrays, by place
    x: Floats, y: Floats, counts: Floats, x0: float, y0: float, cell: float, grid: Floats
) -> None:
    """Share each event out to sixteen nodes, by the cubic B-spline.

    Compiled: sixteen sums by numpy, each over all events, take five times as long.
    """
    for event in range(len(x)):
        u = (x[event] - x0) / cell
        v = (y[event] - y0) / cell
        left = int(u)
        low = int(v)
        a = u - left
        b = v - low
        a0 = (1 - a) ** 3 / 6
        a3 = a**3 / 6
        a1 = 2 / 3 - a * a + 3 * a3
        a2 = 1 - a0 - a1 - a3
        b0 = (1 - b) ** 3 / 6
        b3 = b**3 / 6
        b1 = 2 / 3 - b * b + 3 * b3
        for up, share in enumerate((b0, b1, 1 - b0 - b1 - b3, b3)):
            row = grid[low - 1 + up]
            events = counts[event] * share
            row[left - 1] += events * a0
            row[left] += events * a1
            row[left + 1] += events * a2
            row[left + 2] += events * a3


def sample(grid: Grid, x: Floats, y: Floats) -> Floats:
    """Read a density at places: by the cubic spline through the nodes, never below 0.

    Between nodes a fourth of a bandwidth apart the spline is off by 1e-4 of the peak at most;
    reading linearly would be off by 2e-2.

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
    >>> sample(grid, np.array([0.0, 1e6]), np.array([0.0, 0.0])).round(4).tolist()
    [0.6366, 0.0]
    >>> sample(grid, np.array([]), np.array([])).tolist()
    []
    """
    places = np.stack([(y - grid.y0) / grid.cell_m, (x - grid.x0) / grid.cell_m])
    read = ndimage.map_coordinates(grid.density, places, order=3, mode="constant")
    return cast("Floats", np.maximum(read, 0.0))


def distances(grid: Grid, x: Floats, y: Floats, to_x: Floats, to_y: Floats) -> Floats:
    """Measure how far places are from the nearest event.

    Parameters
    ----------
    grid : Grid
        Of the events.
    x, y : array, shape (n,)
        The events, metres, in the system of the grid; one at least.
    to_x, to_y : array, any shape
        The places.

    Returns
    -------
    array, shape of to_x
        Metres, within a cell of the grid: events count as lying on the nearest node. Infinite
        outside the grid.

    Examples
    --------
    >>> x, y = np.array([0.0]), np.array([0.0])
    >>> grid = estimate(x, y, 500.0)
    >>> distances(grid, x, y, np.array([300.0, 1e6]), np.array([400.0, 0.0])).round().tolist()
    [500.0, inf]
    """
    empty = np.ones(grid.density.shape, bool)
    row, column = (
        np.rint((axis - start) / grid.cell_m).astype(np.int64)
        for axis, start in ((y, grid.y0), (x, grid.x0))
    )
    empty[row, column] = False
    away = ndimage.distance_transform_edt(empty) * grid.cell_m
    places = np.stack([(to_y - grid.y0) / grid.cell_m, (to_x - grid.x0) / grid.cell_m])
    read = ndimage.map_coordinates(away, places, order=1, mode="constant", cval=np.inf)
    return cast("Floats", read)
