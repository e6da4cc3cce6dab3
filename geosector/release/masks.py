"""Incidents for partners: points moved within a promised radius, always the same way.

What is promised, for a place whose masks are moved by at most ``r`` metres (100 m times a power of
two; ``radius_m`` less what was stated before):

1. It is moved by at most ``r`` and at least ``at_least_m``, which is three tenths of ``r``
   (`NEAREST_SHARE`), or has no place at all.
2. It is moved the same way whenever it is asked: with any id, in any table, in any month. So are
   all places of one cell (a tenth of ``r``, at most 20 m).
3. It may still get several masks: by corrections that cross the edge of a cell, by other radii, by
   other layouts or none, by a crowd that grew. The mean of all of them, however often each is
   counted, stays at least as far away: the least ``at_least_m`` that was stated. For all masks of a
   place lie beyond one line that passes it at that distance, and what lies beyond a line has its
   mean there. Counted are corrections of up to 10 m (`CORRECTION_M`), to 45° of latitude.
4. Around the masked point at least a quarter of the ring (`LEAST_RING_SHARE`) lies in the sector.
   Where that cannot be, a place known more roughly than 400 m gets the widest ring that fits, and
   any other has no place: in a square of 100 m a side, a mask within 400 m left 10 m² to guess. So
   it is where the line of 3. lies at the sector's edge: of places in squares of 2 km a side 5 in
   100 have no point, of 1 km 12, of 500 m 28 (masks of 400 m; with 5.).
5. Of a place known to 400 m or better, a quarter of the ring (in corners, an eighth) lies in its
   sector and in the square kilometre in which the public counts it: who has both tables knows that
   it lies in both. Without this, 14 in 100 places had less than a quarter left, the least of 600
   5,600 m²; with it 6 in 100, the least 47,000 m² (by other points than the 96 that tell).

How: the line lies to a keyed side of the place, a direction that turns slowly from place to place,
by less than 7° over the way to the middle of any cell that corrections reach. The masked point is
drawn evenly from what lies beyond the line, within ``r``, and beyond it still where the line turns
so far.

What it costs: who knows true places nearby learns the side, and then the place hides in what lies
beyond the line instead of in the ring: of the circle 0.19, not 0.91, for 400 m; 0.07 for 100 m.
Measured over 200 places, the window about the side that holds nine tenths of them is 0.29 of the
turn from ten known places within 600 m, 0.35 within 1.5 km, 0.81 within 5 km. Only the mean is
promised: the rings of all masks of one place overlap in 0.46 of one ring after thirty corrections
of up to 10 m (median; 0.17 at worst), in 0.80 after masks of 100 to 800 m (0.44 at worst).

Why not otherwise. A direction for each id, independent of the place: a hundred incidents at one
place, or one whose id was made anew, have a hundred masks, whose mean is the place. A direction for
each cell, independent of its neighbours: the mean over corrections across an edge may be the place.
One direction and way that vary smoothly: a known neighbour gives the place to some metres. The same
direction for every radius: two radii give the place. Another side where a border lies on the own
one: a map in sectors and a table without them gave the place, to 2 m. A side that is common and a
keyed draw within it is between these. A line at half of ``r`` would leave 0.10 of the circle, and
no point to 9 in 100 places in squares of 2 km.
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
from geosector.assign import Assigner
from geosector.release.columns import columns_seen
from geosector.release.crowds import Crowd
from geosector.release.places import middles
from geosector.release.words import whole

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
# The masked point keeps away from the true one by this share of the radius, and so does the mean of
# all masks that a place ever gets, by this share of the least radius, …
NEAREST_SHARE = 0.3
# … also where the place is corrected by so much.
CORRECTION_M = 10.0
# Places in one cell share one mask: a correction of a few metres tells nothing. A cell is this
# share of the radius wide, and never wider than that.
CELL_SHARE, WIDEST_CELL_M = 0.1, 20.0
# Every mask of a place lies to one side of it: a keyed direction that turns slowly. It is a sum of
# waves, each of so many degrees at most, over knots so many metres apart (at the equator). Of less
# than many circles some directions would be likelier than others, with any key.
WAVES = ((180.0, 2600.0), (2880.0, 41_600.0))
# By less than this it turns from a place to the middle of a cell in which a correction may lie.
TURN = np.radians(7.0)
# Of the ring around a masked point, at least this share lies in its sector (so many points tell).
LEAST_RING_SHARE, RING_POINTS = 0.25, 96
# And, of a place that is not known more roughly, the greatest of these shares that can be had in
# the cell in which the public counts it: partners read what is public. Where there are sectors, the
# last one, nothing, is not taken.
CELL_SHARES, PUBLIC_CELL_M = (0.25, 0.125, 0.0), 1000.0
GOLDEN_ANGLE = 137.508  # degrees
ANGLES = 512  # steps by which an area is turned into an angle
# How often a masked point that fell outside its sector is thrown again.
THROWS = 128


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
    exact = np.maximum(whole(rows.get("radius_m", pd.Series(0.0, rows.index))), 0)
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
    there = np.isfinite(masked_lon)
    seen["radius_m"] = np.where(there, moved + np.ceil(exact), np.nan)
    seen["at_least_m"] = np.where(there, NEAREST_SHARE * moved, np.nan)
    points = shapely.points(masked_lon, masked_lat)
    points[~there] = None
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
    """Move each point within its radius and its sector; NaN where no place was found.

    In the corner of a cell less of the ring lies in it, whatever is thrown: then half is asked for,
    and without sectors, in the end, none.
    """
    masked_lon, masked_lat = np.full((2, len(lon)), np.nan)
    for share in CELL_SHARES if zones is None else CELL_SHARES[:-1]:
        at = np.flatnonzero(np.isnan(masked_lon) & np.isfinite(lon))
        if share < CELL_SHARES[0]:
            at = at[radius_m[at] <= USUAL_RADIUS_M]
        masked_lon[at], masked_lat[at] = _thrown(
            lon[at], lat[at], radius_m[at], share, zones=zones, key=key
        )
    return masked_lon, masked_lat


def _thrown(
    lon: Floats,
    lat: Floats,
    radius_m: Floats,
    share: float,
    *,
    zones: Assigner | None,
    key: bytes,
) -> tuple[Floats, Floats]:
    """Throw masked points until one fits, so much of its ring in the cell of the public."""
    masked_lon, masked_lat = np.full((2, len(lon)), np.nan)
    decimals = _decimals(radius_m)
    home = _homes(lon, lat, zones)
    cell = _cells(lon, lat, radius_m)
    side = _sides(key, *cell)
    public = crs.cell_centres(lon, lat, PUBLIC_CELL_M)
    waiting = np.flatnonzero(np.isfinite(lon))
    first = 0
    while len(waiting) and first < THROWS:
        # One throw, one more, two, four … at once: most places need one, those at borders many.
        more = max(first, 1)
        at, throw = np.repeat(waiting, more), np.tile(np.arange(first, first + more), len(waiting))
        chance = _chances(key, cell[0][at], cell[1][at], radius_m[at], throw)
        turned, way = _throws(radius_m[at], decimals[at], chance)
        new_lon, new_lat = crs.move_points(cell[0][at], cell[1][at], side[at] + turned, way)
        new_lon, new_lat = (_rounded(values, decimals[at]) for values in (new_lon, new_lat))
        way = crs.distances_m(lon[at], lat[at], new_lon, new_lat)
        kept = (way <= radius_m[at]) & (way >= NEAREST_SHARE * radius_m[at])
        if zones is not None:
            kept &= zones.assign(new_lon, new_lat) == home[at]
        hides = np.flatnonzero(kept)
        kept[hides] = _roomy(
            zones, new_lon[hides], new_lat[hides], radius_m[at[hides]], home[at[hides]],
            (public[0][at[hides]], public[1][at[hides]]), share,
        )  # fmt: skip
        held = np.flatnonzero(kept)
        rows, earliest = np.unique(at[held], return_index=True)
        masked_lon[rows], masked_lat[rows] = new_lon[held[earliest]], new_lat[held[earliest]]
        waiting = waiting[np.isnan(masked_lon[waiting])]
        first += more
    return masked_lon, masked_lat


def _roomy(  # noqa: PLR0917 - private
    zones: Assigner | None,
    lon: Floats,
    lat: Floats,
    radius_m: Floats,
    home: Ints,
    public: tuple[Floats, Floats],
    share: float,
) -> NDArray[np.bool_]:
    """Find masked points around which enough of the ring lies where the place may be.

    In a sector narrower than the ring, the masked point at one end would tell that the place is
    at the other; so would one beyond the edge of the cell in which the public counts it. What is
    asked depends on the masked point, the sector and that cell alone: its reader knows all three.
    """
    # Evenly over the ring, as seeds in a sunflower.
    at: Floats = np.tile(np.arange(RING_POINTS, dtype=float), len(lon))
    area = NEAREST_SHARE**2 + (1 - NEAREST_SHARE**2) * (at + 0.5) / RING_POINTS
    x, y, radius = (np.repeat(values, RING_POINTS) for values in (lon, lat, radius_m))
    way: Floats = np.asarray(np.sqrt(area) * radius, float)
    ring = crs.move_points(x, y, at * GOLDEN_ANGLE % 360, way)
    held = np.ones(len(at), bool)
    if zones is not None:
        held &= zones.assign(*ring) == np.repeat(home, RING_POINTS)
    counted = held.copy()
    for seen, own in zip(crs.cell_centres(*ring, PUBLIC_CELL_M), public, strict=True):
        counted &= seen == np.repeat(own, RING_POINTS)
    inside, counted = (one.reshape(-1, RING_POINTS).mean(axis=1) for one in (held, counted))
    fits = (counted >= share) | (radius_m > USUAL_RADIUS_M)
    return np.asarray((inside >= LEAST_RING_SHARE) & fits)


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


def _throws(radius_m: Floats, decimals: Floats, chance: Floats) -> tuple[Floats, Floats]:
    """Choose ways from the cell's centre: degrees from the side, and metres.

    They lie evenly over what is nearer than the radius and beyond the line, however that turns:
    ``way cos(angle + TURN) >= line``. The area up to an angle is half of
    ``farthest² angle - line² (tan(angle + TURN) - tan(TURN))``.
    """
    # Rounding the masked point moves it by half a diagonal, a place lies as far from the centre.
    slack = 80_000 * 10.0**-decimals + 0.715 * _cell_m(radius_m)
    line, farthest = NEAREST_SHARE * radius_m + slack + CORRECTION_M, radius_m - slack
    angle = np.empty(len(radius_m))
    for radius in np.unique(radius_m):
        at = np.flatnonzero(radius_m == radius)
        near, far = line[at[0]], farthest[at[0]]
        angles = np.linspace(0, np.arccos(near / far) - TURN, ANGLES)
        area = far**2 * angles - near**2 * (np.tan(angles + TURN) - np.tan(TURN))
        angle[at] = np.interp(np.abs(2 * chance[at, 0] - 1), area / area[-1], angles)
    nearest = line / np.cos(angle + TURN)
    way = np.sqrt(nearest**2 + chance[:, 1] * (farthest**2 - nearest**2))
    return np.degrees(np.where(chance[:, 0] < 0.5, -angle, angle)), np.asarray(way, float)  # noqa: PLR2004 - a half


def _sides(key: bytes, lon: Floats, lat: Floats) -> Floats:
    """Say to which side of a place its masks lie: degrees from north, clockwise.

    A correction that crosses the edge of a cell, a radius stated anew or a crowd that grew give a
    place another mask. Were these independent, their mean would come ever nearer to it. So the
    side is common to them and turns by few degrees over the width of a cell: numbers at the knots
    of keyed lattices, and between them by how near each is.
    """
    sides = np.full(len(lon), np.nan)
    there = np.flatnonzero(np.isfinite(lon))
    x, y = crs.world_points(lon[there], lat[there])
    sides[there] = 0.0
    for degrees, metres in WAVES:
        unit = crs.world_unit(metres, np.zeros(1))
        column, row = np.floor(x / unit).astype(int), np.floor(y / unit).astype(int)
        right, down = x / unit - column, y / unit - row
        for more_x, more_y in ((0, 0), (1, 0), (0, 1), (1, 1)):
            knots = np.column_stack([column + more_x, row + more_y])
            every, which = np.unique(knots, axis=0, return_inverse=True)
            turned = [
                hmac.digest(key, f"side:{metres:.0f}:{a}:{b}".encode(), "sha256")[:8]
                for a, b in every.tolist()
            ]
            height = np.array([int.from_bytes(one, "big") for one in turned], float) / 2.0**64
            share = (right if more_x else 1 - right) * (down if more_y else 1 - down)
            sides[there] += degrees * share * height[which.ravel()]
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


def _chances(key: bytes, lon: Floats, lat: Floats, radius_m: Floats, throw: Ints) -> Floats:
    """Give two numbers from 0 to 1 for each cell: always the same with the same key.

    The radius is hashed, too: two moves in one direction by different ways would give the place
    away.
    """
    rows = []
    for x, y, radius, turn in zip(lon, lat, radius_m, throw, strict=True):
        place = f"mask:{x:.5f}:{y:.5f}:{radius:.0f}:{turn}"
        digest = hmac.digest(key, place.encode(), "sha256")
        rows.append((int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")))
    return np.array(rows, float) / 2.0**64
