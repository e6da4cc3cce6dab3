"""Incidents for partners: points moved within a promised radius, always the same way."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.assign import OUTSIDE, Assigner
from geosector.release.columns import columns_seen
from geosector.release.crowds import Crowd
from geosector.release.places import middles

Frame: TypeAlias = "pd.DataFrame | gpd.GeoDataFrame"
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask: TypeAlias = Callable[[Floats, Floats, Floats], tuple[Floats, Floats]]

# An incident whose radius is not stated, or is stated as exact, is masked within this distance.
USUAL_RADIUS_M = 400.0
# No place known so roughly that its mask should leave the country: 51 km.
MOST_DOUBLINGS = 9.0
# A receiver's accuracy of a few metres is no mask. A mask reaches this far, or twice as far, four
# times …: with few sizes, one place seldom gets two masks.
LEAST_RADIUS_M = 100.0
# The masked point keeps away from the true one by this share of the radius.
NEAREST_SHARE = 0.3
# Places nearer than this (11 m) share one mask: a correction of a few metres tells nothing.
PLACE_DECIMALS = 4
# How often a masked point that fell outside its sector is thrown again, before the rest of the
# throws aim at the sector itself.
THROWS, AIMED_THROWS = 48, 80


def masked_incidents(
    rows: Frame,
    sectors: gpd.GeoDataFrame | None,
    key: bytes,
    people: gpd.GeoDataFrame | None,
    least_people: float,
) -> Frame:
    """Move incidents within their radius and their sector, and keep what is coded."""
    seen = columns_seen(pd.DataFrame(rows), "partner", "incidents")
    if not isinstance(rows, gpd.GeoDataFrame):
        return seen
    stated = pd.to_numeric(rows.get("radius_m", pd.Series(np.nan, rows.index)), errors="coerce")
    exact = stated.fillna(0).to_numpy(float)
    times = np.maximum(np.where(exact > 0, exact, USUAL_RADIUS_M) / LEAST_RADIUS_M, 1)
    moved = LEAST_RADIUS_M * 2.0 ** np.minimum(np.floor(np.log2(times)), MOST_DOUBLINGS)
    lon, lat = middles(rows)
    zones = None if sectors is None else Assigner(sectors)
    mask = partial(_mask, zones=zones, key=key)
    masked_lon, masked_lat = mask(lon, lat, moved)
    if people is not None:
        masked_lon, masked_lat, moved = _among_people(
            (lon, lat, moved), (masked_lon, masked_lat), mask=mask,
            home=_homes(lon, lat, zones), crowd=Crowd(people, zones), least=least_people,
        )  # fmt: skip
    seen["radius_m"] = np.where(np.isfinite(masked_lon), moved + exact, np.nan)
    points = shapely.points(masked_lon, masked_lat)
    points[~np.isfinite(masked_lon)] = None
    return gpd.GeoDataFrame(seen, geometry=points, crs=crs.WGS84)


def _among_people(
    places: tuple[Floats, Floats, Floats],
    masked: tuple[Floats, Floats],
    *,
    mask: Mask,
    home: Ints,
    crowd: Crowd,
    least: float,
) -> tuple[Floats, Floats, Floats]:
    """Double radii until enough people live within them; what never gets there has no place.

    They are counted around the masked point: those are the homes among which a reader must guess.
    """
    lon, lat, radius_m = places
    masked_lon, masked_lat = masked
    lonely = np.flatnonzero(np.isfinite(masked_lon))
    while len(lonely):
        found = crowd.around(masked_lon[lonely], masked_lat[lonely], radius_m[lonely], home[lonely])
        lonely = lonely[found < least]
        masked_lon[lonely] = masked_lat[lonely] = np.nan
        lonely = lonely[radius_m[lonely] < LEAST_RADIUS_M * 2.0**MOST_DOUBLINGS]
        radius_m[lonely] *= 2
        masked_lon[lonely], masked_lat[lonely] = mask(lon[lonely], lat[lonely], radius_m[lonely])
        lonely = lonely[np.isfinite(masked_lon[lonely])]
    return masked_lon, masked_lat, radius_m


def _homes(lon: Floats, lat: Floats, zones: Assigner | None) -> Ints:
    if zones is None:
        return np.zeros(len(lon), np.int64)
    return np.asarray(zones.assign(lon, lat), np.int64)


def _mask(
    lon: Floats, lat: Floats, radius_m: Floats, *, zones: Assigner | None, key: bytes
) -> tuple[Floats, Floats]:
    """Move each point within its radius and its sector; NaN where no place was found."""
    masked_lon, masked_lat = np.full((2, len(lon)), np.nan)
    decimals = _decimals(radius_m)
    home = _homes(lon, lat, zones)
    waiting = np.flatnonzero(np.isfinite(lon))
    for throw in range(THROWS + AIMED_THROWS):
        at = waiting if throw < THROWS else waiting[home[waiting] != OUTSIDE]
        if not len(at):
            break
        chance = _chances(key, lon[at], lat[at], radius_m[at], throw)
        if throw < THROWS or zones is None:
            new_lon, new_lat = _thrown(lon[at], lat[at], radius_m[at], decimals[at], chance)
        else:
            box = zones.bounds[home[at]]
            new_lon = box[:, 0] + chance[:, 0] * (box[:, 2] - box[:, 0])
            new_lat = box[:, 1] + chance[:, 1] * (box[:, 3] - box[:, 1])
        new_lon, new_lat = (_rounded(values, decimals[at]) for values in (new_lon, new_lat))
        way = crs.distances_m(lon[at], lat[at], new_lon, new_lat)
        kept = (way <= radius_m[at]) & (way > 0)
        if zones is not None:
            kept &= zones.assign(new_lon, new_lat) == home[at]
        masked_lon[at[kept]], masked_lat[at[kept]] = new_lon[kept], new_lat[kept]
        waiting = waiting[np.isnan(masked_lon[waiting])]
    return masked_lon, masked_lat


def _thrown(
    lon: Floats, lat: Floats, radius_m: Floats, decimals: Floats, chance: Floats
) -> tuple[Floats, Floats]:
    """Throw points evenly over the ring between the nearest share and the radius."""
    # Rounding the masked point and cutting the true one move by half a diagonal each.
    rounding = 80_000 * (10.0**-decimals + 10.0**-PLACE_DECIMALS)
    farthest = radius_m - rounding
    nearest = NEAREST_SHARE * radius_m
    way = np.sqrt(nearest**2 + chance[:, 1] * (farthest**2 - nearest**2))
    place = lon.round(PLACE_DECIMALS), lat.round(PLACE_DECIMALS)
    return crs.move_points(*place, 360 * chance[:, 0], way)


def _decimals(radius_m: Floats) -> Floats:
    """Say how many decimals of a degree a mask promises: 4 (11 m) for 100 m, 3 for 1 km."""
    return np.asarray(np.clip(6 - np.floor(np.log10(radius_m)), 0, 4), float)


def _rounded(values: Floats, decimals: Floats) -> Floats:
    whole = np.round(values * 10.0**decimals)
    # Divided once more in decimal, so that 37.1595 is written as 37.1595.
    return np.array(
        [round(v / 10.0**d, int(d)) for v, d in zip(whole, decimals, strict=True)], float
    )


def _chances(key: bytes, lon: Floats, lat: Floats, radius_m: Floats, throw: int) -> Floats:
    """Give two numbers from 0 to 1 for each place: always the same with the same key.

    The radius is hashed, too: two moves in one direction by different ways would give the place
    away.
    """
    rows = []
    for x, y, radius in zip(lon, lat, radius_m, strict=True):
        place = f"mask:{x:.{PLACE_DECIMALS}f}:{y:.{PLACE_DECIMALS}f}:{radius:.0f}:{throw}"
        digest = hmac.digest(key, place.encode(), "sha256")
        rows.append((int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")))
    return np.array(rows, float) / 2.0**64
