"""Black spots: pieces of road with more accidents than their share would give by chance.

An accident belongs to the nearest road, where it is known well enough to say which. One that is
known by its locality only is not put on a road, and listed.
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
from geosector.measure.coded import require_whole
from geosector.measure.counts import casualties_of_rows
from geosector.measure.hotspots.chance import LEVEL, false_discovery, poisson_tail, require_level
from geosector.measure.hotspots.events import Period, read_period, row_problem, take_events
from geosector.measure.hotspots.whereabouts import NONE, Places, place_events
from geosector.tables import FATES, Problem, problems_table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

WITHIN_M = 50.0
_ON_STREETS = ("coordinate", "street")  # what a geocoded place must be to lie on one


class BlackSpots(NamedTuple):
    """Pieces of road with accidents, and the accidents and pieces that are left out."""

    table: gpd.GeoDataFrame
    problems: pd.DataFrame


def find_black_spots(
    incidents: gpd.GeoDataFrame,
    pieces: gpd.GeoDataFrame,
    kinds: str | Iterable[str] = "traffic",
    *,
    within_m: float = WITHIN_M,
    traffic: str | None = None,
    alike: str | None = None,
    period: Period | None = None,
    level: float = LEVEL,
) -> BlackSpots:
    """Find pieces of road with more accidents than such pieces have by chance.

    Parameters
    ----------
    incidents : geopandas.GeoDataFrame
        With ``kind``; ``radius_m``, ``level`` (of a geocoded place), ``date`` and counts of
        killed and injured where they are known.
    pieces : geopandas.GeoDataFrame
        From `cut_roads` or `take_stretches`.
    kinds : str or iterable of str
        One or several of ``attack``, ``fire``, ``traffic``, ``drowning``.
    within_m : float
        An accident is put on the nearest piece at most so far away, and only where its own radius
        is no greater.
    traffic : str, optional
        Name of a column of ``pieces``, such as vehicles a day: accidents are then expected by
        length times traffic. Default: by length.
    alike : str, optional
        Name of a column, such as ``road_class``: pieces are then compared with those of the same
        value, so that a main road does not stand out for being one. Default: with all.
    period : str or two dates, optional
        A month, a year, or the first and the last day. Default: all.
    level : float
        Of the pieces flagged, the share that may be chance.

    Returns
    -------
    BlackSpots
        ``table``: pieces with an accident, the least likely first: their columns, ``accidents``,
        ``killed``, ``killed_max``, ``injured``, ``injured_max`` (people, at least and at most),
        ``expected``, ``p``, ``q``, ``black`` (q ≤ level). The tests are those of all pieces, also
        of those without an accident. ``problems``: accidents on no piece; pieces whose traffic is
        missing or 0, which have no p, as their accidents count for no other.

    Raises
    ------
    InputError
        For another kind, a distance that is no number above 0, traffic that is no number from 0, a
        period that is none.
    MissingColumnError
        Where ``kind``, ``piece_id``, ``length_m`` or a column that is named is not there.
    MissingCRSError
        Where a table has no coordinate system.

    Notes
    -----
    expected = N · w / Σw, with N accidents on all pieces (that are alike) and w = length, or length
    × traffic; p = P(X ≥ accidents) for a Poisson X of that mean (`poisson_tail`). R. Elvik, *A
    survey of operational definitions of hazardous road locations in some European countries*,
    Accident Analysis and Prevention 40 (2008), 1830-1835: a black spot is a place with more
    accidents than similar places are expected to have; counts alone find chance and traffic.

    Examples
    --------
    Ten pieces of 250 m in a row; of 5 accidents 4 are on one of them, where 0.5 are expected:
    p = 1 − e^(−0.5) (1 + 0.5 + 0.5²/2 + 0.5³/6) = 0.00175, and q ten times that.

    >>> from geosector.measure.hotspots.pieces import cut_roads
    >>> way = shapely.LineString([(5e5, 4e6), (502500, 4e6)])
    >>> roads = gpd.GeoDataFrame({"name": ["Quds"]}, geometry=[way], crs=32637)
    >>> pieces = cut_roads(roads).table
    >>> spots = gpd.points_from_xy([500300, 500310, 500320, 500330, 501100], [4000010] * 5)
    >>> seen = gpd.GeoDataFrame({"kind": "traffic", "killed_man": [1, 0, 0, 2, 0]},
    ...                         geometry=spots, crs=32637)
    >>> found = find_black_spots(seen, pieces).table
    >>> found[["accidents", "killed", "expected", "p", "q", "black"]].round(5).values.tolist()
    [[4, 3, 0.5, 0.00175, 0.01752, True], [1, 0, 0.5, 0.39347, 1.0, False]]
    >>> len(find_black_spots(seen.iloc[:0], pieces).table)
    0
    >>> find_black_spots(seen, pieces, "smuggling")
    Traceback (most recent call last):
    geosector.errors.InputError: The kind of incident is 'smuggling'; give ...
    """
    require_level(level)
    _require_metres(within_m)
    named = [one for one in (traffic, alike) if one is not None]
    require_whole(pieces, "piece_id", "length_m", *named, name="pieces")
    crs.require_crs(pieces, "pieces")
    weights, problems = _weights(pieces, traffic)
    periods = [] if period is None else [read_period(period)]
    events = take_events(incidents, kinds, periods=periods)
    at, unplaced = _snap(incidents, events.rows, pieces, within_m)
    problems = [*events.problems, *unplaced, *problems]
    on = at != NONE
    accidents = np.bincount(at[on], minlength=len(pieces))
    expected = _expected(accidents, weights, None if alike is None else pieces[alike])
    p = np.where(np.isnan(expected), np.nan, poisson_tail(accidents, np.nan_to_num(expected)))
    q = false_discovery(p)
    table = pieces.assign(accidents=accidents)
    for fate in FATES:
        for name, least in ((fate, True), (f"{fate}_max", False)):
            people = casualties_of_rows(incidents.iloc[events.rows[on]], fate, least=least)
            table[name] = np.bincount(at[on], people, minlength=len(pieces)).astype(np.int64)
    table = table.assign(expected=expected, p=p, q=q, black=np.nan_to_num(q, nan=1.0) <= level)
    hit = table[accidents > 0].sort_values(["p", "piece_id"], kind="stable")
    return BlackSpots(hit.reset_index(drop=True), problems_table(problems))


# --------------------------------------------------------------- what is given


def _require_metres(within_m: float) -> None:
    known = isinstance(within_m, int | float | np.number)
    if not (known and 0 < within_m < np.inf):
        raise InputError(text("The distance is {given} m; give a number above 0.", given=within_m))


def _weights(pieces: gpd.GeoDataFrame, traffic: str | None) -> tuple[Floats, list[Problem]]:
    """Give what each piece's share goes by; NaN where nobody knows."""
    length = pieces["length_m"].to_numpy(float)
    if traffic is None:
        return length, []
    given = pieces[traffic]
    vehicles = pd.to_numeric(given, errors="coerce").to_numpy(float, na_value=np.nan)
    wrong = given.notna().to_numpy(bool) & ~(np.isfinite(vehicles) & (vehicles >= 0))
    if wrong.any():
        raise InputError(
            text(
                "The column {column} holds '{given}'; give numbers from 0, and leave empty what "
                "nobody knows.",
                column=traffic,
                given=given[wrong].iloc[0],
            )
        )
    unknown = ~(vehicles > 0)
    problems = [
        Problem("pieces", None, traffic, str(piece), text("traffic above 0"), text("not tested"))
        for piece in pieces["piece_id"][unknown]
    ]
    return np.where(unknown, np.nan, length * vehicles), problems


# --------------------------------------------------------------- on the road


def _snap(
    incidents: gpd.GeoDataFrame, rows: Ints, pieces: gpd.GeoDataFrame, within_m: float
) -> tuple[Ints, list[Problem]]:
    """Put each accident on the nearest piece; of some as near, on that with the first number."""
    at = np.full(len(rows), NONE)
    if not len(pieces):
        places = Places(at * np.nan, at * np.nan, np.zeros(len(rows)), [])
        lines = np.zeros(0, object)
    else:
        placed = crs.to_metres(pieces)
        places, lines = place_events(incidents, rows, placed.crs), placed.geometry.to_numpy()
    rough = places.radius_m > within_m
    coarse = np.zeros(len(rows), bool)
    if "level" in incidents:
        level = incidents["level"].iloc[rows]
        coarse = (level.notna() & ~level.isin(_ON_STREETS)).to_numpy(bool)
    use = np.flatnonzero(~(np.isnan(places.x) | rough | coarse))
    order = np.argsort(pieces["piece_id"].to_numpy(), kind="stable")
    point, near = shapely.STRtree(lines[order]).query_nearest(
        shapely.points(places.x[use], places.y[use]), max_distance=within_m, all_matches=True
    )
    first = np.lexsort((near, point))
    point, firsts = np.unique(point[first], return_index=True)
    at[use[point]] = order[near[first][firsts]]
    problems = list(places.problems)
    listed = {problem.row for problem in problems}
    expected = text("a place within {n} m of a road", n=number(float(within_m)))
    for one in np.flatnonzero(at == NONE).tolist():
        if int(rows[one]) + 2 in listed:
            continue
        given = text("a place further away")
        if rough[one]:
            given = text("known within {n} m", n=number(float(places.radius_m[one])))
        elif coarse[one]:
            given = text("a locality")
        problems.append(
            row_problem(int(rows[one]), "geometry", given, expected, text("not counted"))
        )
    return at, problems


def _expected(accidents: Ints, weights: Floats, alike: pd.Series | None) -> Floats:
    """Share the accidents out by weight, among pieces that are alike."""
    group = np.zeros(len(accidents), np.int64)
    if alike is not None:
        group = pd.factorize(alike.astype("object"), use_na_sentinel=False)[0]
    known = ~np.isnan(weights)
    size = int(group.max(initial=-1)) + 1
    whole = np.bincount(group[known], weights[known], minlength=size)
    number_of = np.bincount(group[known], accidents[known], minlength=size)
    expected = np.full(len(accidents), np.nan)
    expected[known] = number_of[group[known]] * weights[known] / whole[group[known]]
    return expected
