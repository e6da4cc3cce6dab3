"""The density layers: from incidents that have a place to a picture with a legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geosector import crs
from geosector.maps import colours, pictures, theme, words
from geosector.maps.saying import Words, counted, number, said
from geosector.measure import density

Floats = NDArray[np.float64]

ALL = "all"  # the cloud of the incidents of every kind together


@dataclass(frozen=True)
class Cloud:
    """Incidents of one kind, or of all, that have a place.

    ``table`` holds columns ``kind``, ``date``, ``locality``, ``radius_m`` (0 where the place is
    exact), ``count`` (how many incidents the row stands for), ``lon`` and ``lat`` (degrees) and, in
    the metric system, ``x`` and ``y`` (`placed`).
    """

    kind: str
    table: pd.DataFrame
    metric: pyproj.CRS

    def metres(self) -> tuple[Floats, Floats]:
        """Give east and north in metres."""
        return self.table["x"].to_numpy(float), self.table["y"].to_numpy(float)

    def only(self, rows: NDArray[np.bool_]) -> Cloud:
        """Give some of the incidents."""
        if rows.all():
            return self
        return Cloud(self.kind, self.table[rows], self.metric)


def placed(table: pd.DataFrame, metric: pyproj.CRS) -> pd.DataFrame:
    """Add ``x`` and ``y``, metres, to a table of places: once, for every cloud made of it."""
    lon, lat = (table[name].to_numpy(float) for name in ("lon", "lat"))
    x, y = crs.convert_points(lon, lat, crs.WGS84, metric)
    return table.assign(x=x, y=y)


class Bandwidth(NamedTuple):
    """A bandwidth in metres and what it comes from.

    ``source`` is ``given``, ``rule`` (the normal reference rule), ``places`` (how precisely they
    are known), ``audience`` (the least it may see) or ``area`` (the least for one so wide).
    """

    metres: float
    source: str


class Parted(NamedTuple):
    """Incidents of one kind: those that enter the density, and those whose place is too vague."""

    bandwidth: Bandwidth
    precise: Cloud
    vague: Cloud


def part(cloud: Cloud, bandwidth: Bandwidth) -> Parted:
    """Part the incidents whose place is as precise as the bandwidth from those that are vaguer."""
    precise = cloud.table["radius_m"].to_numpy(float) <= bandwidth.metres
    return Parted(bandwidth, cloud.only(precise), cloud.only(~precise))


def default_bandwidth(cloud: Cloud, least_m: float = 0.0) -> Bandwidth:
    """Choose a bandwidth: by the reference rule, but no finer than the places are known.

    What is known is the radius within which three quarters of the incidents have their place, so
    that one vague report does not blur the whole map.

    Parameters
    ----------
    cloud : Cloud
    least_m : float
        What the audience may see at the finest.

    Returns
    -------
    Bandwidth
        The largest of what the rule, the places, the audience and the area ask for.
    """
    table = cloud.table
    if table.empty:
        return Bandwidth(max(density.SMALLEST_BANDWIDTH_M, least_m), "rule")
    x, y = cloud.metres()
    counts = table["count"].to_numpy(float)
    wanted = {
        "rule": density.choose_bandwidth(x, y, counts),
        "places": float(table["radius_m"].repeat(counts.astype(int)).quantile(0.75)),
        "audience": least_m,
        "area": density.smallest_bandwidth(float(max(np.ptp(x), np.ptp(y)))),
    }
    source = max(wanted, key=lambda name: wanted[name])  # the first of equals
    metres = float(np.ceil(wanted[source] / 10) * 10)
    return Bandwidth(min(metres, density.LARGEST_BANDWIDTH_M), source)


def layer(
    parted: Parted,
    *,
    shown: bool,
    period: Words | None = None,
    surveyed: BaseGeometry | None = None,
) -> dict[str, Any]:
    """Make the density layer of one kind of incident, with its legend.

    Parameters
    ----------
    parted : Parted
        With at least one incident that enters the density.
    shown : bool
        Whether the layer is on when the map opens.
    period : Words, optional
        What the legend says of the time. Default: the first and the last date.
    surveyed : shapely geometry, optional
        Where it is known whether there were incidents, in metres; elsewhere nothing is shown.
        Default: within three bandwidths of an incident.

    Returns
    -------
    dict
        For the scene.
    """
    cloud, bandwidth_m = parted.precise, parted.bandwidth.metres
    x, y = cloud.metres()
    counts = cloud.table["count"].to_numpy(float)
    grid = density.estimate(x, y, bandwidth_m, weights=counts)
    picture = pictures.draw(
        grid, cloud.metric, x=x, y=y, bandwidth_m=bandwidth_m, surveyed=surveyed
    )
    notes: list[Words] = [
        said("Incidents per km²"),
        counted("{n} incident", "{n} incidents", int(counts.sum())),
        period or words.period(cloud.table["date"]),
        words.bandwidth(bandwidth_m, parted.bandwidth.source),
        *_unseen(x, y, counts, bandwidth_m, surveyed),
    ]
    vague = int(parted.vague.table["count"].sum())
    if vague:
        notes.append(said("Place too vague for this density: {n}", n=number(vague)))
    return {
        "kind": "density",
        "id": f"density-{cloud.kind}",
        "name": words.density_name(cloud.kind),
        "shown": shown,
        **pictures.pack(picture),
        "colours": colours.pack(colours.rising(theme.RAMPS[cloud.kind])),
        "ticks": ticks(picture.peak),
        "notes": notes,
    }


def _unseen(
    x: Floats, y: Floats, counts: Floats, bandwidth_m: float, surveyed: BaseGeometry | None
) -> list[Words]:
    """Say where the density is not shown."""
    if surveyed is None:
        reach = words.metres(pictures.CLAIMED * bandwidth_m)
        return [said("Not known farther than {distance} from an incident", distance=reach)]
    outside = counts[~shapely.intersects_xy(surveyed, x, y)].sum()
    notes: list[Words] = [said("Shown only where it was surveyed")]
    if outside:
        notes.append(said("Outside the surveyed area, not shown: {n}", n=number(outside)))
    return notes


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

    An incident that is in several clouds, on the same index, counts once.

    Returns
    -------
    pandas.DataFrame
        Columns ``lon, lat, locality, radius_m`` and one of counts per kind, in a fixed order.
    """
    table = pd.concat([cloud.table for cloud in clouds])
    table = table[~table.index.duplicated()]  # in a cloud of its kind and in that of all
    rows = pd.DataFrame(
        {
            "lon": table["lon"].round(5),
            "lat": table["lat"].round(5),
            "locality": words.labels(words.cells(table, "locality")),
            "radius_m": table["radius_m"],
            "kind": table["kind"].astype(str),
            "count": table["count"],
        }
    )
    by_place = rows.groupby(["lon", "lat", "locality"], sort=True)
    counts = rows.pivot_table(
        index=["lon", "lat", "locality"], columns="kind", values="count", aggfunc="sum",
        fill_value=0,
    )  # fmt: skip
    return counts.join(by_place["radius_m"].max()).reset_index()
