"""How exposed a facility or a site is: attacks around it, the nearest and the last one.

An attack is known within its radius. It is within r metres of a place for certain where the whole
of its circle is, and possibly where a part of it is; both numbers are given, never one between.
That nothing was reported near a place does not make it safe.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import InputError
from geosector.language import number, text
from geosector.measure import density
from geosector.measure.coded import require_whole
from geosector.measure.hotspots.events import Days, Events, Period, read_period, take_events
from geosector.measure.hotspots.whereabouts import Places, place_events
from geosector.tables import Problem, problems_table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

WITHIN_M = 500.0
_BLOCK = 2_000_000  # distances held at once
_NEVER = np.datetime64("0001-01-01", "D")


class Exposure(NamedTuple):
    """Places with the attacks around them, and the incidents and places that are left out."""

    table: gpd.GeoDataFrame
    problems: pd.DataFrame


class _Around(NamedTuple):
    """Of each place: counts, metres and days, certain and possible."""

    certain: Ints
    possible: Ints
    per_km2: Floats
    nearest: Floats
    nearest_possible: Floats
    last: Days
    last_possible: Days


def measure_exposure(
    places: gpd.GeoDataFrame,
    incidents: gpd.GeoDataFrame,
    kinds: str | Iterable[str] = "attack",
    *,
    within_m: float = WITHIN_M,
    bandwidth_m: float | None = None,
    period: Period | None = None,
) -> Exposure:
    """Count the attacks around facilities, or around sites where one may be put.

    Parameters
    ----------
    places : geopandas.GeoDataFrame
        With ``id``; of an area or a line, a point inside it counts.
    incidents : geopandas.GeoDataFrame
        With ``kind``; ``radius_m``, ``date`` and ``date_precision`` where they are known.
    kinds : str or iterable of str
        One or several of ``attack``, ``fire``, ``traffic``, ``drowning``.
    within_m : float
        Metres around each place.
    bandwidth_m : float, optional
        Of the density. Default: ``within_m``, at least 100 m.
    period : str or two dates, optional
        A month, a year, or the first and the last day. Default: all.

    Returns
    -------
    Exposure
        ``table``: the same rows with ``facility_id``; ``attacks`` (whole circle within the metres)
        and ``attacks_max`` (a part of it, too); ``per_km2``, the kernel density there of all whose
        radius is at most the bandwidth; ``nearest_m`` (one was this near, or nearer) and
        ``nearest_min_m`` (none was nearer); ``last_date``, on which or after which the last of the
        certain ones was, and ``last_date_max``, before which the last of the possible ones was, or
        on which. Missing where there is none, or no place. All hold incidents of the kinds given.
        ``problems``: what is left out; and in one row, how many are left out of the density.

    Raises
    ------
    InputError
        For another kind, a distance or bandwidth that is no number above 0, an id that is missing
        or stands twice, a period that is none.
    MissingColumnError
        Where ``id`` or ``kind`` is not there.
    MissingCRSError
        Where a table has no coordinate system.

    Notes
    -----
    With distance d and radius ρ: certain where d + ρ ≤ r, possible where d − ρ ≤ r. The density is
    Σ exp(−d² / 2h²) / 2πh² (Silverman 1986), cut at 5 h: what `density.estimate` has on its grid.

    Examples
    --------
    Attacks 30 m, 400 m and 90 m away, the last known within 5 km only: one for certain within
    200 m, perhaps two. Density with h = 200 m of the first two: (e^(−30²/2h²) + e^(−400²/2h²)) /
    2π 0.2² = 4.47 per km².

    >>> x, dates = [500030, 500400, 500090], ["2024-01-01", "2024-01-02", "2024-02-01"]
    >>> seen = gpd.GeoDataFrame({"kind": "attack", "radius_m": [0, 0, 5000], "date": dates},
    ...                         geometry=gpd.points_from_xy(x, [4e6] * 3), crs=32637)
    >>> spot = gpd.GeoDataFrame({"id": ["s"]}, geometry=[shapely.Point(5e5, 4e6)], crs=32637)
    >>> found = measure_exposure(spot, seen, within_m=200).table.iloc[0]
    >>> int(found["attacks"]), int(found["attacks_max"]), str(found["last_date"].date())
    (1, 2, '2024-01-01')
    >>> found[["per_km2", "nearest_m", "nearest_min_m"]].astype(float).round(1).tolist()
    [4.5, 30.0, 0.0]
    >>> none = measure_exposure(spot, seen.iloc[:0], within_m=200).table.iloc[0]
    >>> int(none["attacks"]), float(none["per_km2"]), float(none["nearest_m"])
    (0, 0.0, nan)
    >>> measure_exposure(spot, seen, "assault")
    Traceback (most recent call last):
    geosector.errors.InputError: The kind of incident is 'assault'; give ...
    """
    width = _require_metres(within_m, bandwidth_m)
    keys, there, problems = _placed(places)
    periods = [] if period is None else [read_period(period)]
    events = take_events(incidents, kinds, periods=periods)
    problems = [*events.problems, *problems]
    metric = (
        crs.to_metres(places.iloc[there]).crs if len(there) else crs.metric_crs((37, 36, 37, 36))
    )
    known = place_events(incidents, events.rows, metric) if len(there) else _nowhere()
    problems += known.problems
    x, y = np.full((2, len(places)), np.nan)
    if len(there):
        points = crs.to_metres(places.iloc[there], metric).representative_point()
        x[there], y[there] = points.x, points.y
    around = _look_around(x, y, events, known, within_m, width)
    problems += _rough(known, width)
    nowhere = np.isnan(x)
    table = places.assign(
        facility_id=keys.to_numpy(),
        attacks=_whole(around.certain, nowhere),
        attacks_max=_whole(around.possible, nowhere),
        per_km2=around.per_km2,
        nearest_m=around.nearest,
        nearest_min_m=around.nearest_possible,
        last_date=_dates(around.last),
        last_date_max=_dates(around.last_possible),
    )
    return Exposure(table, problems_table(problems))


# --------------------------------------------------------------- what is given


def _require_metres(within_m: float, bandwidth_m: float | None) -> float:
    known = isinstance(within_m, int | float | np.number)
    if not (known and 0 < within_m < np.inf):
        raise InputError(text("The distance is {given} m; give a number above 0.", given=within_m))
    width = max(float(within_m), density.SMALLEST_BANDWIDTH_M)
    if bandwidth_m is not None:
        density.require_bandwidth(bandwidth_m)
        width = float(bandwidth_m)
    return min(width, density.LARGEST_BANDWIDTH_M)


def _placed(places: gpd.GeoDataFrame) -> tuple[pd.Series, Ints, list[Problem]]:
    """Give the keys of places and the positions of those that are somewhere; list the others."""
    require_whole(places, "id", name="facilities")
    keys = crs.require_crs(places, "facilities")["id"]
    if keys.isna().any() or keys.duplicated().any():
        raise InputError(
            text("The places have an id that is missing or stands twice. Give each its own.")
        )
    bounds = shapely.bounds(places.geometry.to_numpy())
    there = np.isfinite(bounds).all(axis=1) if len(places) else np.zeros(0, bool)
    problems = [
        Problem("facilities", None, "geometry", str(key), text("a place"), text("left out"))
        for key in keys[~there]
    ]
    return keys, np.flatnonzero(there), problems


def _nowhere() -> Places:
    return Places(np.zeros(0), np.zeros(0), np.zeros(0), [])


# --------------------------------------------------------------- around each place


def _look_around(  # noqa: PLR0917 - in the order of their making
    x: Floats, y: Floats, events: Events, known: Places, within_m: float, bandwidth_m: float
) -> _Around:
    """Measure every distance once, some places at a time."""
    used = np.flatnonzero(~np.isnan(known.x))
    at_x, at_y, radius = known.x[used], known.y[used], known.radius_m[used]
    first, last = (_or_never(days[used]) for days in (events.first, events.last))
    fine = radius <= bandwidth_m
    peak = 1e6 / (2 * np.pi * bandwidth_m**2)
    n = len(x)
    per_km2 = np.where(np.isnan(x), np.nan, 0.0)
    certain, possible = np.zeros((2, n), np.int64)
    nearest, nearest_possible = np.full((2, n), np.nan)
    latest, latest_possible = np.full((2, n), _NEVER)
    there = np.flatnonzero(~np.isnan(x))
    step = max(1, _BLOCK // max(1, len(used)))
    for begin in range(0, len(there) if len(used) else 0, step):
        rows = there[begin : begin + step]
        away = np.hypot(x[rows, None] - at_x, y[rows, None] - at_y)
        far = np.where(fine, away, np.inf) / bandwidth_m
        row, column = np.nonzero(far <= density.REACH)
        kernel = np.exp(-(far[row, column] ** 2) / 2)
        per_km2[rows] = peak * np.bincount(row, weights=kernel, minlength=len(rows))
        surely, perhaps = away + radius, np.maximum(away - radius, 0.0)
        nearest[rows], nearest_possible[rows] = surely.min(axis=1), perhaps.min(axis=1)
        inside, maybe = surely <= within_m, perhaps <= within_m
        certain[rows], possible[rows] = inside.sum(axis=1), maybe.sum(axis=1)
        latest[rows] = np.where(inside, first, _NEVER).max(axis=1)
        latest_possible[rows] = np.where(maybe, last, _NEVER).max(axis=1)
    return _Around(certain, possible, per_km2, nearest, nearest_possible, latest, latest_possible)


def _or_never(days: Days) -> Days:
    return np.where(np.isnat(days), _NEVER, days)


def _dates(days: Days) -> pd.Series:
    return pd.to_datetime(np.where(days == _NEVER, np.datetime64("NaT"), days).astype("M8[s]"))


def _whole(counts: Ints, nowhere: NDArray[np.bool_]) -> pd.array:
    return pd.array(np.where(nowhere, np.nan, counts), dtype="Int64")


def _rough(known: Places, bandwidth_m: float) -> list[Problem]:
    rough = int((~np.isnan(known.x) & (known.radius_m > bandwidth_m)).sum())
    if not rough:
        return []
    expected = text("a radius up to {n} m", n=number(bandwidth_m))
    action = text("not in the density")
    return [Problem("incidents", None, "radius_m", number(rough), expected, action)]
