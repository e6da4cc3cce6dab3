"""How long the ways between places are: from each of some places to each of others.

One search of the network for each place at the end of a way. Every way tells the age of the oldest
report on it; where a street on it was never reported, or not for 30 days, the way is not known.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import text
from geosector.measure.access.facilities import (
    FARTHEST_M,
    OPEN,
    Stops,
    find_stops,
    link,
    open_facilities,
)
from geosector.measure.access.nearest import find_nearest
from geosector.measure.access.network import Network
from geosector.measure.access.travel import STALE_DAYS, Travel
from geosector.measure.coded import require_whole
from geosector.measure.stock.given import is_missing, keys_of, read_flags, read_numbers
from geosector.tables import Problem, problems_table

Floats = NDArray[np.float64]


class Ways(NamedTuple):
    """The quickest way of each pair of places, and the places that are closed or nowhere.

    ``table``: ``from_id, to_id, minutes, metres, oldest_report_days, known``; minutes and metres
    are missing where no way leads.
    """

    table: pd.DataFrame
    problems: pd.DataFrame


class Way(NamedTuple):
    """One way: how long it takes, and how old its oldest report is (NaN where there is none)."""

    minutes: float
    days: float
    known: bool


def minutes_between(
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    network: Network,
    travel: Travel,
    *,
    stale_days: float = STALE_DAYS,
    farthest_m: float = FARTHEST_M,
) -> Ways:
    """Find the quickest way from each place to each other.

    Parameters
    ----------
    origins, destinations : geopandas.GeoDataFrame
        Places with ``id``, or ``sector_id`` where there is no id, or else named by their index.
        Where there is a ``status``, only open ones count. Of an area a point inside it counts.
    network : Network
    travel : Travel
        On foot or by car, with what is closed.
    stale_days : float
        How old a report of a street may be.
    farthest_m : float
        From a place to its street.

    Returns
    -------
    Ways
        A row for each origin and destination, but not from a place to itself.
        ``oldest_report_days`` is missing where a street on the way was never reported; ``known``
        says whether no report is older than ``stale_days``.

    Raises
    ------
    InputError
        Where an id stands twice.

    Notes
    -----
    minutes = Σ seconds of the stretches on the quickest way / 60, with the straight ways from a
    place to its street at the pace of the mode (E. W. Dijkstra, A note on two problems in connexion
    with graphs, Numer. Math. 1, 1959). Below, 720 m at 1.2 m/s are 600 s, 10 minutes.

    Examples
    --------
    >>> import shapely
    >>> from geosector.measure.access.network import build_network
    >>> from geosector.measure.access.travel import travel_times
    >>> street = shapely.LineString([(5e5, 4e6), (500720, 4e6)])
    >>> roads = gpd.GeoDataFrame(geometry=[street], crs=32637)
    >>> network = build_network(roads).network
    >>> travel = travel_times(network, roads)
    >>> place = lambda *xs: gpd.points_from_xy(xs, [4e6] * len(xs), crs=32637)
    >>> stores = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=place(5e5, 500360))
    >>> sectors = gpd.GeoDataFrame({"sector_id": [1, 2]}, geometry=place(500720, 599999))
    >>> minutes_between(stores, sectors, network, travel).table.iloc[:, :3].round(1)
      from_id to_id  minutes
    0       a     1     10.0
    1       a     2      NaN
    2       b     1      5.0
    3       b     2      NaN
    >>> minutes_between(stores[:0], sectors, network, travel).table.empty
    True
    >>> minutes_between(stores.assign(id="a"), sectors, network, travel)
    Traceback (most recent call last):
    geosector.errors.InputError: The id a stands twice; give each place an id of its own.
    """
    begun, first = open_facilities(origins)
    ended, second = open_facilities(destinations)
    names = [_ids(begun), _ids(ended)]
    stops = [find_stops(network, travel, one, farthest_m=farthest_m) for one in (begun, ended)]
    links = link(network, travel, _both(*stops))
    starts, ends = links.nodes[: len(begun)], links.nodes[len(begun) :]
    shape = (len(begun), len(ended))
    seconds, metres, ages = np.full(shape, np.inf), np.full(shape, np.inf), np.full(shape, np.inf)
    met = starts >= 0
    for at in np.flatnonzero(ends >= 0).tolist() if met.any() else []:
        found = find_nearest(links.graph, ends[[at]])
        for values, own in (
            (seconds, found.seconds),
            (metres, found.metres),
            (ages, found.age_days),
        ):
            values[met, at] = own[starts[met], 0]
    origin, target = (one.ravel() for one in np.indices(shape))
    reached, age = np.isfinite(seconds.ravel()), ages.ravel()
    table = pd.DataFrame(
        {
            "from_id": names[0][origin],
            "to_id": names[1][target],
            "minutes": np.where(reached, seconds.ravel() / 60, np.nan),
            "metres": np.where(reached, metres.ravel(), np.nan),
            "oldest_report_days": np.where(reached & np.isfinite(age), age, np.nan),
            "known": reached & (age <= stale_days),
        }
    )
    others = (table["from_id"] != table["to_id"]).to_numpy(bool)
    listed = [first, second, _closed(origins), _closed(destinations)]
    problems = pd.concat(listed, ignore_index=True).drop_duplicates(ignore_index=True)
    return Ways(table[others].reset_index(drop=True), problems)


def passable_ways(
    ways: pd.DataFrame, *, known_only: bool = False
) -> tuple[dict[tuple[str, str], Way], list[Problem]]:
    """Give the quickest way of each pair of places that has one.

    Parameters
    ----------
    ways : pandas.DataFrame
        ``from_id, to_id, minutes``, and ``oldest_report_days, known`` where they are there.
    known_only : bool
        Whether a way counts only if it is known.

    Returns
    -------
    tuple = (ways, problems)
        By the keys of both places. Without ``minutes``, or with infinite ones, no way leads.

    Raises
    ------
    MissingColumnError
        Where a column is missing.

    Examples
    --------
    >>> ways = pd.DataFrame({"from_id": ["a", "a", "a"], "to_id": [1, 1, 2],
    ...                      "minutes": [9.0, 7.0, float("inf")], "known": True})
    >>> passable_ways(ways)[0]
    {('a', '1'): Way(minutes=7.0, days=nan, known=True)}
    >>> passable_ways(ways[:0])[0]
    {}
    """
    require_whole(ways, "from_id", "to_id", "minutes", name="ways")
    endless = [str(cell).strip() in {"inf", "Infinity"} for cell in ways["minutes"].tolist()]
    limited = ways.assign(
        minutes=ways["minutes"].astype(object).mask(np.array(endless, bool), None)
    )
    minutes = read_numbers(limited, "minutes", file="ways", action=text("left out"))
    days = read_numbers(ways, "oldest_report_days", file="ways", action=text("taken as not known"))
    known = read_flags(ways, "known", name="ways")
    found: dict[tuple[str, str], Way] = {}
    pairs = zip(keys_of(ways["from_id"]), keys_of(ways["to_id"]), strict=True)
    for at, (start, end) in enumerate(pairs):
        if start is None or end is None or math.isnan(minutes.found[at]):
            continue
        way = Way(float(minutes.found[at]), float(days.found[at]), bool(known[at]))
        if known_only and not way.known:
            continue
        if (start, end) not in found or way.minutes < found[start, end].minutes:
            found[start, end] = way
    return found, [*minutes.problems, *days.problems]


def _closed(places: gpd.GeoDataFrame) -> pd.DataFrame:
    """List the places that are not open: nobody should think that they were forgotten."""
    status = places.get("status", pd.Series(OPEN, places.index)).astype(object).tolist()
    return problems_table(
        Problem("places", at + 2, "status", str(one), OPEN, text("left out"))
        for at, one in enumerate(status)
        if not is_missing(one) and one != OPEN
    )


def _ids(places: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Name places by their id, else by their sector, else by the index."""
    column = next((name for name in ("id", "sector_id") if name in places.columns), None)
    ids = pd.Series(places.index if column is None else places[column], dtype=object)
    twice = ids[ids.duplicated()]
    if len(twice):
        raise InputError(
            text("The id {id} stands twice; give each place an id of its own.", id=twice.iloc[0])
        )
    return np.array([*ids, None], object)[:-1]


def _both(one: Stops, other: Stops) -> Stops:
    return Stops(*(np.concatenate(pair) for pair in zip(one, other, strict=True)))
