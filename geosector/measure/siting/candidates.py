"""Which candidates can be used, and why the others cannot."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import InputError
from geosector.language import text
from geosector.measure.access.cuts import people_at_nodes
from geosector.measure.access.doubled import find_doubled
from geosector.measure.access.facilities import Stops
from geosector.measure.access.network import Network
from geosector.measure.access.travel import Travel

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Shapes = NDArray[np.object_]

# Why a candidate cannot be used; the first that holds is told.
REASONS = (
    "no_place", "repeated_id", "damaged", "no_capacity", "off_streets", "in_area", "near_barrier",
    "one_way_in",
)  # fmt: skip


def places_of(table: gpd.GeoDataFrame, network: Network) -> Shapes:
    """Give a point of each row in metres of the network; of an area one inside it, else None."""
    points = np.full(len(table), None, object)
    there = ~(table.geometry.isna() | table.geometry.is_empty).to_numpy()
    if there.any():
        metric = crs.to_metres(table.loc[there], network.crs)
        points[there] = metric.representative_point().to_numpy()
    return points


def shapes_of(table: gpd.GeoDataFrame, network: Network) -> Shapes:
    """Give the shapes of a table in metres of the network, without those that lie nowhere."""
    there = table.loc[~(table.geometry.isna() | table.geometry.is_empty).to_numpy()]
    if there.empty:
        return np.zeros(0, object)
    shapes = np.asarray(crs.to_metres(there, network.crs).geometry.to_numpy(), object)
    found: Shapes = shapes[np.isfinite(shapely.bounds(shapes)).all(axis=1)]
    return found


def inside(points: Shapes, areas: Shapes) -> Flags:
    """Flag the points that lie in one of some areas, or on its edge."""
    found = np.zeros(len(points), bool)
    if len(points) and len(areas):
        at = shapely.STRtree(areas).query(points, predicate="intersects")[0]
        found[at] = True
    return found


def metres_to(points: Shapes, shapes: Shapes) -> Floats:
    """Measure from each point to the nearest of some shapes; infinite where there is none."""
    far = np.full(len(points), np.inf)
    there = np.flatnonzero(~pd.isna(points))
    if len(shapes) and len(there):
        pair, metres = shapely.STRtree(shapes).query_nearest(
            points[there], return_distance=True, all_matches=False
        )
        far[there[pair[0]]] = metres
    return far


def sector_of(points: Shapes, sectors: Shapes) -> Ints:
    """Find the place of the sector in which each point lies; the first on a border, -1 outside."""
    found = np.full(len(points), -1)
    if len(points) and len(sectors):
        point, sector = shapely.STRtree(sectors).query(points, predicate="intersects")
        order = np.lexsort((sector, point))[::-1]
        found[point[order]] = sector[order]
    return found


def with_two_ways(
    network: Network, travel: Travel, begun: Stops, people: Floats, at: Stops
) -> Flags:
    """Flag the places that the town's main part still reaches when any one stretch is lost.

    Parameters
    ----------
    network : Network
    travel : Travel
    begun : Stops
        Where people live.
    people : array of float
        At each of these.
    at : Stops
        Of the places to be judged.

    Returns
    -------
    array of bool

    Notes
    -----
    The main part is the one with most people of those that hold together whichever single stretch
    is lost (`find_doubled`). A place in it has two ways from everywhere in it that share no
    stretch: one comes to each end of its own.
    """
    found = find_doubled(network, travel)
    held = np.zeros(len(at.stretch), bool)
    met = np.flatnonzero(at.stretch >= 0)
    if not len(met):
        return held
    lives = people_at_nodes(network, begun, people)
    sizes = np.bincount(found.parts, minlength=1)
    by_part = np.bincount(found.parts, weights=lives, minlength=1)
    # Of parts with as many people the one of more junctions, then the first, is the main one.
    main = int(np.lexsort((-np.arange(len(sizes)), sizes, by_part))[-1])
    stretch = at.stretch[met]
    held[met] = ~found.bridges[stretch] & (found.parts[network.start[stretch]] == main)
    return held


def reasons_against(flags: dict[str, Flags], count: int) -> NDArray[np.object_]:
    """Give each candidate the first reason that holds against it, None where none does."""
    found = np.full(count, None, object)
    for reason in reversed(REASONS):
        if reason in flags:
            found[flags[reason]] = reason
    return found


def require_distance(barriers: gpd.GeoDataFrame | None, away_m: float | None) -> None:
    """Refuse barriers without a distance, a distance without barriers, and what is no distance."""
    if (barriers is None) != (away_m is None):
        raise InputError(
            text("Barriers and the metres to keep away from them go together. Give both.")
        )
    if away_m is not None and not (np.isfinite(away_m) and away_m >= 0):
        raise InputError(text("away_m is {given}; give metres, 0 or more.", given=f"{away_m:g}"))
