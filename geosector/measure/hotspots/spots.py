"""Hot spots: areas that have, together with their neighbours, more incidents than chance gives.

Gi* of A. Getis and J. K. Ord (1992, 1995), computed by esda, tested against shuffled counts, with
the false discovery rate controlled, for as many areas are tested at once.
"""

from __future__ import annotations

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
from geosector.measure.hotspots.chance import LEVEL, false_discovery, require_level
from geosector.measure.hotspots.gistar import TIE, gi_star
from geosector.measure.hotspots.neighbours import Neighbours, touching
from geosector.measure.hotspots.whereabouts import key_column
from geosector.measure.rates import FEWEST_AREAS, PER
from geosector.tables import Problem, problems_table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

PERMUTATIONS = 9_999
SMALL = 5.0  # incidents expected of an area and its neighbours: with fewer, rates leap


class HotSpots(NamedTuple):
    """Areas with what Gi* says of them, and the areas of which it says nothing."""

    table: pd.DataFrame
    problems: pd.DataFrame


def find_hot_spots(
    areas: pd.DataFrame,
    *,
    area: str = "sector_id",
    count: str = "count",
    people: str | None = None,
    neighbours: Neighbours | None = None,
    level: float = LEVEL,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> HotSpots:
    """Find the areas that stand out, together with their neighbours: hot or cold.

    Parameters
    ----------
    areas : pandas.DataFrame
        With keys in ``area`` (or ``id``), ``count`` (as `count_events` gives it; missing where it
        is withheld) and, unless ``neighbours`` are given, polygons.
    area, count : str
        Names of columns.
    people : str, optional
        Name of a column of people, missing where nobody knows: then rates per 10,000 people are
        compared. Default: counts, which are high where many people live.
    neighbours : Neighbours, optional
        From `touching`, `within_metres` or `nearest_few` of the same table. Default: touching.
    level : float
        Of the areas flagged, the share that may be chance.
    permutations : int
        How often the counts are shuffled; 0 takes p from z, as if it were normal.
    seed : int
        The same seed gives the same p.

    Returns
    -------
    HotSpots
        ``table``: the same rows with ``area_id``, ``people`` and ``rate`` (with people),
        ``neighbours`` (how many), ``z``, ``p`` (two-sided), ``q`` and ``spot`` (``hot``, ``cold``
        or ``none``). ``problems``: areas without a count or people, without a neighbour, or with
        all others for neighbours, which have no p and no q and are ``none``; with rates, how many
        areas have fewer than 5 expected incidents around them. Withheld areas count for nobody's
        neighbours.

    Raises
    ------
    InputError
        Where a count or a number of people is no number from 0, a key is missing or stands twice,
        the neighbours are of another table, or an option is out of its range.
    MissingColumnError
        Where a column is not there.
    MissingPackageError
        Where esda is not installed.

    Notes
    -----
    `gi_star` has the formula, `false_discovery` that of q.

    An area is hot for its neighbourhood: it may have few incidents itself. Hot says that more was
    *reported* there than elsewhere; ``none`` and ``cold`` say nothing of who is spared.

    Examples
    --------
    Six squares in a row; 10 incidents in each of the first two. `gi_star` has z by hand.

    >>> squares = [shapely.box(37 + i / 100, 36, 37.01 + i / 100, 36.01) for i in range(6)]
    >>> town = gpd.GeoDataFrame({"sector_id": range(1, 7), "count": [10, 10, 0, 0, 0, 0]},
    ...                         geometry=squares, crs=4326)
    >>> found = find_hot_spots(town)
    >>> found.table["z"].round(2).tolist()
    [2.24, 1.58, 0.0, -1.58, -1.58, -1.12]
    >>> find_hot_spots(town.iloc[:0]).table["spot"].tolist()
    []
    >>> find_hot_spots(town.assign(count=-1))
    Traceback (most recent call last):
    geosector.errors.InputError: The column count holds '-1'; give numbers from 0, and leave empty
    what is withheld.
    """
    require_level(level)
    _require_options(permutations, seed)
    keys = areas[key_column(areas, area)]
    counts = _numbers(areas, count)
    near = _checked(areas, neighbours)
    around = np.bincount(near.one, minlength=len(areas))
    table = areas.assign(area_id=keys.to_numpy(), neighbours=around)
    values, problems = counts, _listed(keys, np.isnan(counts), count, text("a count"))
    if people is not None:
        dwell = _numbers(areas, people)
        nobody = ~(dwell > 0)
        problems += _listed(keys, nobody & ~np.isnan(counts), people, text("people"))
        values = np.divide(counts * PER, dwell, out=np.full(len(areas), np.nan), where=~nobody)
        table = table.assign(people=dwell, rate=values)
        problems += _small(counts, dwell, near)
    usable = np.flatnonzero(~np.isnan(values))
    z, p = np.full((2, len(areas)), np.nan)
    reason = _why_untested(values[usable])
    if reason is None:
        within = _among(near, usable)
        z[usable], p[usable] = gi_star(values[usable], within, permutations=permutations, seed=seed)
        alone = np.zeros(len(areas), bool)
        alone[usable] = within.alone
        problems += _listed(keys, alone, "geometry", text("a neighbour"))
        all_near = np.zeros(len(areas), bool)
        all_near[usable] = np.isnan(z[usable])
        problems += _listed(keys, all_near, "geometry", text("an area that is no neighbour"))
    elif len(areas):
        given = number(len(usable))
        problems.append(Problem("areas", None, count, given, reason, text("not tested")))
    q = false_discovery(p)
    problems += _out_of_shufflings(p, q, level, permutations)
    flagged = np.nan_to_num(q, nan=1.0) <= level
    spot = np.select([flagged & (z > 0), flagged & (z < 0)], ["hot", "cold"], "none")
    made = table.assign(z=z, p=p, q=q, spot=pd.array(spot, dtype="string"))
    return HotSpots(made, problems_table(problems))


def hot_areas(spots: gpd.GeoDataFrame, *, around_m: float = 0.0) -> gpd.GeoDataFrame:
    """Give the ground of the hot areas, for ways that keep away from it and for banning sites.

    Parameters
    ----------
    spots : geopandas.GeoDataFrame
        From `find_hot_spots`.
    around_m : float
        Metres by which the ground is widened. Points need them.

    Returns
    -------
    geopandas.GeoDataFrame
        ``area_id``, ``z``, ``q`` and polygons, EPSG:4326, a row for each hot area, in order.
        Ground that is not in it is not called safe.

    Raises
    ------
    InputError
        Where the distance is no number from 0, or is 0 and there are points.
    MissingColumnError
        Where a column is not there.

    Examples
    --------
    >>> spots = gpd.GeoDataFrame({"area_id": [1, 2], "z": [3.0, 0.1], "q": [0.01, 0.9],
    ...                           "spot": ["hot", "none"]},
    ...                          geometry=gpd.points_from_xy([37.0, 37.1], [36.0, 36.0]), crs=4326)
    >>> ground = hot_areas(spots, around_m=1000)
    >>> ground["area_id"].tolist(), crs.area_km2(ground).round(1).tolist()
    ([1], [3.1])
    >>> len(hot_areas(spots.iloc[:0]))
    0
    >>> hot_areas(spots)
    Traceback (most recent call last):
    geosector.errors.InputError: Hot areas that are points have no ground. Give around_m, in metres.
    """
    require_whole(spots, "area_id", "z", "q", "spot", name="hot_spots")
    known = isinstance(around_m, int | float | np.number)
    if not (known and 0 <= around_m < np.inf):
        raise InputError(text("The distance is {given} m; give a number from 0.", given=around_m))
    hot = crs.require_crs(spots, "hot_spots")["spot"].isin(["hot"]).to_numpy(bool)
    columns = pd.DataFrame(spots)[["area_id", "z", "q"]][hot]
    ground = gpd.GeoDataFrame(columns, geometry=spots.geometry[hot], crs=spots.crs)
    if not hot.any():
        return crs.to_wgs84(ground)
    placed = crs.to_metres(ground)
    shapes = placed.geometry.to_numpy()
    if around_m:
        shapes = shapely.buffer(shapes, around_m)
    if (shapely.get_dimensions(shapes) < 2).any():  # noqa: PLR2004 - no polygon
        raise InputError(
            text("Hot areas that are points have no ground. Give around_m, in metres.")
        )
    return crs.to_wgs84(placed.set_geometry(gpd.GeoSeries(shapes, placed.index, placed.crs)))


# --------------------------------------------------------------- what is given


def _require_options(permutations: int, seed: int) -> None:
    for given in (permutations, seed):
        known = isinstance(given, int | np.integer)
        if not (known and given >= 0):
            raise InputError(
                text(
                    "The permutations and the seed are whole numbers from 0; {given} was given.",
                    given=given,
                )
            )


def _numbers(areas: pd.DataFrame, column: str) -> Floats:
    require_whole(areas, column, name="areas")
    given = areas[column]
    values = pd.to_numeric(given, errors="coerce").to_numpy(float, na_value=np.nan)
    wrong = given.notna().to_numpy(bool) & ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        raise InputError(
            text(
                "The column {column} holds '{given}'; give numbers from 0, and leave empty what "
                "is withheld.",
                column=column,
                given=given[wrong].iloc[0],
            )
        )
    return np.asarray(values, float)


def _checked(areas: pd.DataFrame, neighbours: Neighbours | None) -> Neighbours:
    if neighbours is None:
        return touching(areas)
    if neighbours.areas != len(areas):
        raise InputError(
            text(
                "The neighbours are those of {given} areas, and there are {n}; make them of the "
                "same table.",
                given=number(neighbours.areas),
                n=number(len(areas)),
            )
        )
    return neighbours


def _listed(keys: pd.Series, which: Flags, column: str, expected: str) -> list[Problem]:
    return [
        Problem("areas", None, column, str(key), expected, text("not tested"))
        for key in keys[which]
    ]


def _small(counts: Floats, people: Floats, near: Neighbours) -> list[Problem]:
    """Warn of rates that rest on few people: of them few incidents are expected."""
    known = ~np.isnan(counts) & (people > 0)
    dwell = np.where(known, people, 0.0)
    whole = dwell.sum()
    if not whole:
        return []
    around = dwell + np.bincount(near.one, weights=dwell[near.other], minlength=near.areas)
    few = int((known & (around * counts[known].sum() / whole < SMALL)).sum())
    if not few:
        return []
    return [
        Problem("areas", None, "rate", number(few),
                text("5 expected incidents around each area"),
                text("tested; rates of so few people leap"))
    ]  # fmt: skip


def _out_of_shufflings(p: Floats, q: Floats, level: float, permutations: int) -> list[Problem]:
    """Warn where more shufflings could have told a hot spot from chance."""
    least = 2 / (permutations + 1)
    stuck = int((np.isclose(p, least, rtol=1e-9) & (q > level)).sum()) if permutations else 0
    if not stuck:
        return []
    return [
        Problem("areas", None, "p", number(stuck), text("more permutations"),
                text("not flagged; p cannot be smaller than {p}", p=number(least, decimals=6)))
    ]  # fmt: skip


def _why_untested(values: Floats) -> str | None:
    if len(values) < FEWEST_AREAS:
        return text("five areas or more")
    if np.ptp(values) <= TIE * values.max():
        return text("areas that differ")
    return None


def _among(near: Neighbours, usable: Ints) -> Neighbours:
    """Take the neighbours among some areas, numbered anew."""
    number_of = np.full(near.areas, -1)
    number_of[usable] = np.arange(len(usable))
    one, other = number_of[near.one], number_of[near.other]
    both = (one >= 0) & (other >= 0)
    one, other = one[both], other[both]
    return Neighbours(len(usable), one, other, np.bincount(one, minlength=len(usable)) == 0)
