"""Incidents for partners: points moved within a promised radius, always the same way.

What is promised, for a place whose masks are moved by at most ``r`` metres:

1. It is moved by at most ``r`` and at least ``0.3 r`` (`NEAREST_SHARE`), or has no place at all.
2. It is moved the same way whenever it is asked: with any id, in any table, in any month. So are
   all places of one cell (a tenth of ``r``, at most 20 m).
3. It may still get several masks: by corrections that cross the edge of a cell, by other radii, by
   a crowd that grew. The mean of all of them, however often each is counted, stays at least
   ``0.1 r`` (`MEAN_SHARE`) of the least ``r`` away, because they all lie to one keyed side of the
   place: each within 45° of a direction that turns by less than 22° over corrections of up to 10 m
   (to 45° of latitude). Along the middle of these, 112° apart at most, each reaches at least
   cos 56° of its length.
4. The exception: a place whose side lies outside its sector is moved to another side. Where a
   layout changes so that a border comes to lie there, that place gets one more mask, and of the
   mean of the two only 1. is promised for each. Keep the layout, or leave the sectors out.

5. Around the masked point at least a quarter of the ring (`LEAST_RING_SHARE`) lies in the sector.
   Where that cannot be, a place known more roughly than 400 m gets the widest ring that fits, and
   any other has no place: in a square of 100 m a side, a mask within 400 m left 10 m² to guess.

What it costs: who knows true places nearby learns the side. Measured over 200 places with masks of
400 m, the window about the side that holds nine tenths of them is 0.25 of the circle from ten known
places within 200 m, 0.34 within 600 m, 0.61 within 1.5 km. Only the mean is promised: the rings of
all masks of one place overlap in 0.42 of one ring after thirty corrections of up to 10 m (median;
0.19 at worst), in 0.70 after masks of 100 to 800 m (0.12 at worst).

Why not otherwise. A direction for each id, independent of the place: a hundred incidents at one
place, or one whose id was made anew, have a hundred masks, whose mean is the place. A direction for
each cell, independent of its neighbours: the mean over corrections across an edge may be the place.
One direction and way that vary smoothly: a known neighbour gives the place to some metres. A side
that is common and a keyed draw within it is between these; none of them is better in all respects.
"""

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
# The masked point keeps away from the true one by this share of the radius, …
NEAREST_SHARE = 0.3
# … and so does the mean of all masks that a place ever gets, by this share of the least radius.
MEAN_SHARE = 0.1
# Places in one cell share one mask: a correction of a few metres tells nothing. A cell is this
# share of the radius wide, and never wider than that.
CELL_SHARE, WIDEST_CELL_M = 0.1, 20.0
# Every mask of a place lies to one side of it: within this many degrees of a keyed direction …
SIDE = 45.0
# … that turns slowly, over knots so many metres apart (at the equator).
TURN_M = 1250.0
# Of the ring around a masked point, at least this share lies in its sector (so many points tell).
LEAST_RING_SHARE, RING_POINTS = 0.25, 96
GOLDEN_ANGLE = 137.508  # degrees
# How often a masked point that fell outside its sector is thrown again: to its own side; then to
# any side, as at a border that lies on its side; then anywhere in the sector.
THROWS, FREE_THROWS, AIMED_THROWS = 48, 48, 80


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
    # A place known roughly, in a sector narrower than its ring: the widest ring that fits.
    tight = _unplaced(lon, masked_lon, moved)
    while len(tight):
        moved[tight] /= 2
        masked_lon[tight], masked_lat[tight] = mask(lon[tight], lat[tight], moved[tight])
        tight = _unplaced(lon, masked_lon, moved)
    if people is not None:
        masked_lon, masked_lat, moved = _among_people(
            (lon, lat, moved), (masked_lon, masked_lat), mask=mask,
            home=_homes(lon, lat, zones), crowd=Crowd(people, zones), least=least_people,
        )  # fmt: skip
    seen["radius_m"] = np.where(np.isfinite(masked_lon), moved + exact, np.nan)
    points = shapely.points(masked_lon, masked_lat)
    points[~np.isfinite(masked_lon)] = None
    return gpd.GeoDataFrame(seen, geometry=points, crs=crs.WGS84)


def _unplaced(lon: Floats, masked_lon: Floats, moved: Floats) -> Ints:
    return np.flatnonzero(np.isnan(masked_lon) & np.isfinite(lon) & (moved > USUAL_RADIUS_M))


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

    They are counted in the ring around the masked point: those are the homes among which a reader
    must guess.
    """
    lon, lat, radius_m = places
    masked_lon, masked_lat = masked
    lonely = np.flatnonzero(np.isfinite(masked_lon))
    while len(lonely):
        found = crowd.around(
            masked_lon[lonely], masked_lat[lonely], radius_m[lonely], home[lonely],
            nearest=NEAREST_SHARE,
        )  # fmt: skip
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
    cell = _cells(lon, lat, radius_m)
    side = _sides(key, *cell)
    waiting = np.flatnonzero(np.isfinite(lon))
    for throw in range(THROWS + FREE_THROWS + AIMED_THROWS):
        aimed = zones is not None and throw >= THROWS + FREE_THROWS
        at = waiting[home[waiting] != OUTSIDE] if aimed else waiting
        if not len(at):
            break
        chance = _chances(key, cell[0][at], cell[1][at], radius_m[at], throw)
        if zones is not None and aimed:
            box = zones.bounds[home[at]]
            new_lon = box[:, 0] + chance[:, 0] * (box[:, 2] - box[:, 0])
            new_lat = box[:, 1] + chance[:, 1] * (box[:, 3] - box[:, 1])
        else:
            spread = SIDE if throw < THROWS else 180.0
            azimuth = side[at] + spread * (2 * chance[:, 0] - 1)
            way = _ways(radius_m[at], decimals[at], chance[:, 1])
            new_lon, new_lat = crs.move_points(cell[0][at], cell[1][at], azimuth, way)
        new_lon, new_lat = (_rounded(values, decimals[at]) for values in (new_lon, new_lat))
        way = crs.distances_m(lon[at], lat[at], new_lon, new_lat)
        kept = (way <= radius_m[at]) & (way >= NEAREST_SHARE * radius_m[at])
        if zones is not None:
            kept &= zones.assign(new_lon, new_lat) == home[at]
            hides = np.flatnonzero(kept)
            kept[hides] = _roomy(
                zones, new_lon[hides], new_lat[hides], radius_m[at[hides]], home[at[hides]]
            )
        masked_lon[at[kept]], masked_lat[at[kept]] = new_lon[kept], new_lat[kept]
        waiting = waiting[np.isnan(masked_lon[waiting])]
    return masked_lon, masked_lat


def _roomy(
    zones: Assigner, lon: Floats, lat: Floats, radius_m: Floats, home: Ints
) -> NDArray[np.bool_]:
    """Find masked points around which enough of the ring lies in their sector.

    In a sector narrower than the ring, the masked point at one end would tell that the place is
    at the other. What is asked depends on the masked point alone, so the answer tells nothing.
    """
    # Evenly over the ring, as seeds in a sunflower.
    at: Floats = np.tile(np.arange(RING_POINTS, dtype=float), len(lon))
    share = NEAREST_SHARE**2 + (1 - NEAREST_SHARE**2) * (at + 0.5) / RING_POINTS
    x, y, radius = (np.repeat(values, RING_POINTS) for values in (lon, lat, radius_m))
    way: Floats = np.asarray(np.sqrt(share) * radius, float)
    held = zones.assign(*crs.move_points(x, y, at * GOLDEN_ANGLE % 360, way))
    held = held == np.repeat(home, RING_POINTS)
    inside = held.reshape(-1, RING_POINTS).sum(axis=1)
    return np.asarray(inside >= LEAST_RING_SHARE * RING_POINTS)


def _cells(lon: Floats, lat: Floats, radius_m: Floats) -> tuple[Floats, Floats]:
    """Give the centre of each place's cell: all places in it share one mask."""
    cell_lon, cell_lat = np.full((2, len(lon)), np.nan)
    for radius in np.unique(radius_m):
        at = np.flatnonzero((radius_m == radius) & np.isfinite(lon))
        cell_lon[at], cell_lat[at] = crs.cell_centres(
            lon[at], lat[at], float(min(CELL_SHARE * radius, WIDEST_CELL_M))
        )
    return cell_lon, cell_lat


def _cell_m(radius_m: Floats) -> Floats:
    return np.minimum(CELL_SHARE * radius_m, WIDEST_CELL_M)


def _ways(radius_m: Floats, decimals: Floats, chance: Floats) -> Floats:
    """Choose ways from the cell's centre evenly over a ring.

    It is so narrow that every place of the cell is moved by at least the nearest share of the
    radius and by at most the radius.
    """
    # Rounding the masked point moves it by half a diagonal, a place lies as far from the centre.
    slack = 80_000 * 10.0**-decimals + 0.715 * _cell_m(radius_m)
    nearest, farthest = NEAREST_SHARE * radius_m + slack, radius_m - slack
    return np.asarray(np.sqrt(nearest**2 + chance * (farthest**2 - nearest**2)), float)


def _sides(key: bytes, lon: Floats, lat: Floats) -> Floats:
    """Say to which side of a place its masks lie: degrees from north, clockwise.

    A correction that crosses the edge of a cell, a radius stated anew or a crowd that grew give a
    place another mask. Were these independent, their mean would come ever nearer to it. So the
    side is common to them and turns by few degrees over the width of a cell: numbers at the knots
    of a keyed lattice, and between them by how near each is.
    """
    sides = np.full(len(lon), np.nan)
    there = np.flatnonzero(np.isfinite(lon))
    x, y = crs.world_points(lon[there], lat[there])
    unit = crs.world_unit(TURN_M, np.zeros(1))
    column, row = np.floor(x / unit).astype(int), np.floor(y / unit).astype(int)
    right, down = x / unit - column, y / unit - row
    sides[there] = 0.0
    for more_x, more_y in ((0, 0), (1, 0), (0, 1), (1, 1)):
        knots = np.column_stack([column + more_x, row + more_y])
        every, which = np.unique(knots, axis=0, return_inverse=True)
        turned = [
            int.from_bytes(hmac.digest(key, f"side:{a}:{b}".encode(), "sha256")[:8], "big")
            for a, b in every.tolist()
        ]
        share = (right if more_x else 1 - right) * (down if more_y else 1 - down)
        sides[there] += 360 * share * (np.array(turned, float) / 2.0**64)[which.ravel()]
    return sides


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
    """Give two numbers from 0 to 1 for each cell: always the same with the same key.

    The radius is hashed, too: two moves in one direction by different ways would give the place
    away.
    """
    rows = []
    for x, y, radius in zip(lon, lat, radius_m, strict=True):
        place = f"mask:{x:.5f}:{y:.5f}:{radius:.0f}:{throw}"
        digest = hmac.digest(key, place.encode(), "sha256")
        rows.append((int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")))
    return np.array(rows, float) / 2.0**64
