"""The density layers: from incidents that have a place to a picture with a legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from geosector import crs
from geosector.maps import density, theme, words
from geosector.maps.encoding import pack_bytes
from geosector.maps.saying import Words, counted, number, said

Floats = NDArray[np.float64]

LARGEST_PICTURE = 1000  # pixels along the longer side
STEPS = 255  # what a byte holds beside nothing


@dataclass(frozen=True)
class Cloud:
    """Incidents of one kind that have a place.

    ``table`` holds columns ``date``, ``radius_m`` (0 where the place is exact) and ``count``
    (how many incidents the row stands for); its geometry is points, EPSG:4326.
    """

    kind: str
    table: gpd.GeoDataFrame
    metric: pyproj.CRS

    def metres(self) -> tuple[Floats, Floats]:
        """Give east and north in metres."""
        places = self.table.geometry
        return crs.convert_points(
            places.x.to_numpy(float), places.y.to_numpy(float), crs.WGS84, self.metric
        )


@dataclass(frozen=True)
class Picture:
    """A density in even steps on the pixels of a Web Mercator picture.

    ``steps`` has shape (rows, columns), rows from north to south: 0 to 255 parts of ``peak``
    incidents per km². ``bounds`` is (west, south, east, north) in degrees.
    """

    steps: NDArray[np.uint8]
    bounds: tuple[float, float, float, float]
    peak: float


class Parted(NamedTuple):
    """Incidents of one kind: those that enter the density, and those whose place is too vague."""

    bandwidth_m: float
    precise: Cloud
    vague: Cloud


def part(cloud: Cloud, bandwidth_m: float) -> Parted:
    """Part the incidents whose place is as precise as the bandwidth from those that are vaguer."""
    precise = cloud.table["radius_m"].to_numpy(float) <= bandwidth_m
    return Parted(
        bandwidth_m,
        Cloud(cloud.kind, cloud.table[precise], cloud.metric),
        Cloud(cloud.kind, cloud.table[~precise], cloud.metric),
    )


def default_bandwidth(cloud: Cloud) -> float:
    """Choose a bandwidth: by the reference rule, but no finer than the places are known.

    What is known is the radius within which three quarters of the incidents have their place, so
    that one vague report does not blur the whole map.
    """
    table = cloud.table
    if table.empty:
        return density.SMALLEST_BANDWIDTH_M
    x, y = cloud.metres()
    chosen = density.choose_bandwidth(x, y, table["count"].to_numpy(float))
    widest = float(max(np.ptp(x), np.ptp(y)))
    fitting = widest / (density.LARGEST_SIDE / density.CELLS_PER_BANDWIDTH - 2 * density.REACH)
    known = float(table["radius_m"].repeat(table["count"].astype(int)).quantile(0.75))
    wanted = float(np.ceil(max(chosen, known, fitting) / 10) * 10)
    return min(wanted, density.LARGEST_BANDWIDTH_M)


def draw(grid: density.Grid, metric: pyproj.CRS) -> Picture:
    """Warp a density to Web Mercator and round it to steps.

    Each pixel asks the grid for the density at its own place, so the picture lies where the
    incidents are; a grid in metres laid into bounds in degrees would be off by a hundred metres.
    """
    peak = float(grid.density.max())
    seen = np.nonzero(grid.density >= peak / (2 * STEPS))
    rows, columns = ((int(axis.min()), int(axis.max())) for axis in seen)
    side_x = grid.x0 + grid.cell_m * np.linspace(columns[0] - 1, columns[1] + 1, 33)
    side_y = grid.y0 + grid.cell_m * np.linspace(rows[0] - 1, rows[1] + 1, 33)
    edge_x, edge_y = (side.ravel() for side in np.meshgrid(side_x, side_y))
    east, north = crs.convert_points(edge_x, edge_y, metric, crs.WEB_MERCATOR)
    west_m, south_m, east_m, north_m = east.min(), north.min(), east.max(), north.max()
    # Mercator metres are longer than metres on the ground by the same factor in both directions.
    stretch = (east_m - west_m) / (side_x[-1] - side_x[0])
    pixel = max(grid.cell_m * stretch, max(east_m - west_m, north_m - south_m) / LARGEST_PICTURE)
    width, height = (int(np.ceil(span / pixel)) for span in (east_m - west_m, north_m - south_m))
    pixel_x, pixel_y = np.meshgrid(
        west_m + pixel * (np.arange(width) + 0.5), north_m - pixel * (np.arange(height) + 0.5)
    )
    x, y = crs.convert_points(pixel_x.ravel(), pixel_y.ravel(), crs.WEB_MERCATOR, metric)
    values = density.sample(grid, x, y).reshape(height, width)
    lon, lat = crs.convert_points(
        np.array([west_m, west_m + pixel * width]),
        np.array([north_m - pixel * height, north_m]),
        crs.WEB_MERCATOR,
        crs.WGS84,
    )
    steps = np.rint(np.clip(values / peak, 0, 1) * STEPS).astype(np.uint8)
    return Picture(steps, (float(lon[0]), float(lat[0]), float(lon[1]), float(lat[1])), peak)


def layer(parted: Parted, *, shown: bool, period: Words | None = None) -> dict[str, Any]:
    """Make the density layer of one kind of incident, with its legend.

    Parameters
    ----------
    parted : Parted
        With at least one incident that enters the density.
    shown : bool
        Whether the layer is on when the map opens.
    period : Words, optional
        What the legend says of the time. Default: the first and the last date.

    Returns
    -------
    dict
        For the scene.
    """
    cloud, bandwidth_m = parted.precise, parted.bandwidth_m
    x, y = cloud.metres()
    counts = cloud.table["count"].to_numpy(float)
    picture = draw(density.estimate(x, y, bandwidth_m, weights=counts), cloud.metric)
    west, south, east, north = (round(edge, 7) for edge in picture.bounds)
    total = int(counts.sum())
    notes = [
        said("Incidents per km²"),
        counted("{n} incident", "{n} incidents", total),
        period or words.period(cloud.table["date"]),
        said("Bandwidth (Gaussian): {bandwidth}", bandwidth=words.metres(bandwidth_m)),
    ]
    vague = int(parted.vague.table["count"].sum())
    if vague:
        notes.append(said("Place too vague for this density: {n}", n=number(vague)))
    return {
        "kind": "density",
        "id": f"density-{cloud.kind}",
        "name": words.density_name(cloud.kind),
        "shown": shown,
        "steps": pack_bytes(picture.steps.tobytes()),
        "height": picture.steps.shape[0],
        "width": picture.steps.shape[1],
        "bounds": [[south, west], [north, east]],
        "ramp": list(theme.RAMPS[cloud.kind]),
        "ticks": ticks(picture.peak),
        "notes": notes,
    }


def ticks(peak: float) -> list[tuple[float, Words]]:
    """Choose round values for a legend from 0 to a peak.

    Parameters
    ----------
    peak : float
        Above 0.

    Returns
    -------
    list of tuple
        Share of the peak and the value as words.

    Examples
    --------
    >>> [(round(share, 2), value["number"]) for share, value in ticks(4.2)]
    [(0.0, '0'), (0.48, '2'), (0.95, '4')]
    >>> [value["number"] for share, value in ticks(0.034)]
    ['0', '0.01', '0.02', '0.03']
    """
    rough = peak / 4
    power = 10.0 ** np.floor(np.log10(rough))
    step = float(power * min(nice for nice in (1, 2, 5, 10) if nice * power >= rough))
    decimals = max(0, -int(np.floor(np.log10(step) + 1e-9)))
    values = [step * place for place in range(int(peak / step + 1e-9) + 1)]
    return [(value / peak, number(value, decimals if value else 0)) for value in values]


def by_place(clouds: list[Cloud]) -> pd.DataFrame:
    """Gather incidents by place: one row per locality and point, counts by kind.

    Returns
    -------
    pandas.DataFrame
        Columns ``lon, lat, locality, radius_m`` and one of counts per kind, in a fixed order.
    """
    rows = pd.concat(
        [
            pd.DataFrame(
                {
                    "lon": cloud.table.geometry.x.round(5),
                    "lat": cloud.table.geometry.y.round(5),
                    "locality": words.labels(cloud.table["locality"]),
                    "radius_m": cloud.table["radius_m"],
                    "kind": cloud.kind,
                    "count": cloud.table["count"],
                }
            )
            for cloud in clouds
        ]
    )
    by_place = rows.groupby(["lon", "lat", "locality"], sort=True)
    counts = rows.pivot_table(
        index=["lon", "lat", "locality"], columns="kind", values="count", aggfunc="sum",
        fill_value=0,
    )  # fmt: skip
    return counts.join(by_place["radius_m"].max()).reset_index()
