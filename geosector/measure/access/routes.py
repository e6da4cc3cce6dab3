"""Ways out: from each place to the nearest exit, camp or hospital, away from hot areas.

A way keeps out of the areas to avoid wherever there is one that does, however long it is; where
there is none, it is one with the fewest metres inside, and the table says how many. Each way tells
the age of the oldest report of its streets; where one was never reported, or not for 30 days, the
way is not known. No way is called safe.
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
from geosector.measure.access.facilities import (
    FARTHEST_M,
    Links,
    Stops,
    find_stops,
    identities,
    link,
    off_streets,
    open_facilities,
)
from geosector.measure.access.network import Network, stretch_lines
from geosector.measure.access.reached import Pieces, piece_lines
from geosector.measure.access.rows import row_numbers
from geosector.measure.access.travel import STALE_DAYS, Travel
from geosector.measure.access.ways import Way, find_ways
from geosector.tables import Problem, problems_table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]

_PER_MM = 0.001  # vertices nearer than this are one


class Routes(NamedTuple):
    """Ways, and the rows that could not be used.

    ``routes``: as `find_routes` tells them. ``problems``: places and areas that are left out.
    """

    routes: gpd.GeoDataFrame
    problems: pd.DataFrame


def find_routes(
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    network: Network,
    travel: Travel,
    *,
    avoid: gpd.GeoDataFrame | None = None,
    count: int = 1,
    stale_days: float = STALE_DAYS,
    farthest_m: float = FARTHEST_M,
) -> Routes:
    """Find a way from each place to the nearest destination, away from the areas to avoid.

    Parameters
    ----------
    origins : geopandas.GeoDataFrame
        ``id``, else the index names them.
    destinations : geopandas.GeoDataFrame
        ``id`` and ``status``, each of which may be missing; only ``open`` ones count.
    network, travel : Network, Travel
    avoid : geopandas.GeoDataFrame, optional
        Polygons. A street on their edge counts as inside.
    count : int
        How many ways for each place: the second shares no street with the first but those without
        which no destination is reached, and so on.
    stale_days : float
        How old a report of a street may be.
    farthest_m : float
        From a place to its street.

    Returns
    -------
    Routes
        ``from_id``, ``to`` (the destination's id), ``rank`` from 1, ``minutes``, ``metres``,
        ``oldest_report_days`` (NaN where a street was never reported), ``known``, ``avoided``
        (whether no street of the way lies in an area to avoid; missing where there is no area),
        ``inside_m`` (metres of its streets that do), ``shared_m`` (metres shared with the ways
        before it), ``geometry`` (EPSG:4326): from the place to the destination, as long as
        ``metres``. A place without any way has one row without a destination; one without a
        further way has fewer rows.

    Raises
    ------
    InputError
        Where ``count`` is less than 1.

    Notes
    -----
    Shortest ways by three numbers, each of which decides where those before it are equal: metres
    inside, metres shared, seconds. See `find_ways`.

    Examples
    --------
    Two ways around a square; a hot area lies on the shorter one:

    >>> from geosector.measure.access.network import build_network
    >>> from geosector.measure.access.travel import travel_times
    >>> x, y = 5e5, 4e6
    >>> lines = [[(x, y), (x + 100, y)], [(x, y), (x, y + 90), (x + 100, y + 90), (x + 100, y)]]
    >>> roads = gpd.GeoDataFrame(geometry=[shapely.LineString(one) for one in lines], crs=32637)
    >>> network = build_network(roads, metric=roads.crs).network
    >>> travel = travel_times(network, roads)
    >>> place = lambda east: gpd.GeoDataFrame(geometry=[shapely.Point(x + east, y)], crs=32637)
    >>> hot = gpd.GeoDataFrame(geometry=[shapely.box(x + 40, y - 5, x + 60, y + 5)], crs=32637)
    >>> way = find_routes(place(0), place(100), network, travel, avoid=hot).routes
    >>> way[["metres", "avoided", "inside_m"]].round(1).to_numpy().tolist()
    [[280.0, True, 0.0]]
    >>> find_routes(place(0)[:0], place(100), network, travel).routes.empty
    True
    >>> find_routes(place(0), place(100), network, travel, count=0)
    Traceback (most recent call last):
    geosector.errors.InputError: 0 ways are asked for; expected 1 or more.
    """
    if count < 1:
        raise InputError(
            text("{count} ways are asked for; expected 1 or more.", count=number(count))
        )
    usable, problems = open_facilities(destinations, file="exits")
    stops = find_stops(network, travel, usable, farthest_m=farthest_m)
    begun = find_stops(network, travel, origins, farthest_m=farthest_m)
    # A place is one more stop: the streets are cut there, too, and a path leads to it.
    both = Stops(*(np.concatenate(pair) for pair in zip(stops, begun, strict=True)))
    links = link(network, travel, both)
    areas, no_areas = _areas(avoid, network)
    inside = metres_inside(links, network, areas)
    goals, starts = np.split(links.nodes, [len(usable)])
    every = _each(find_ways(links, goals, starts, inside, count=count))
    ends = _points(usable, network), _points(origins, network)
    lines = [
        None
        if way is None
        else _line(way, links, network, (ends[1][at], starts[at]), (ends[0][way.to], goals[way.to]))
        for at, way, _ in every
    ]
    facts = [_facts(each, both, links, inside, len(usable)) for each in every]
    table = _table(facts, every, (identities(origins), identities(usable)), stale_days)
    if not len(areas):
        table["avoided"] = pd.array([pd.NA] * len(table), "boolean")
    routes = gpd.GeoDataFrame(table, geometry=np.array(lines, object), crs=network.crs)
    off = off_streets(usable, stops, destinations, farthest_m, file="exits")
    listed = [problems, off, _without_street(origins, begun, farthest_m), no_areas]
    return Routes(crs.to_wgs84(routes), pd.concat(listed, ignore_index=True))


class _Each(NamedTuple):
    """One way: the position of the place it begins at, the way, and those found before it."""

    origin: int
    way: Way | None
    before: list[Way]


def _each(found: list[list[Way]]) -> list[_Each]:
    """Give the ways one by one; a place without any has none."""
    every = []
    for origin, several in enumerate(found):
        every += [_Each(origin, way, several[:rank]) for rank, way in enumerate(several)]
        if not several:
            every.append(_Each(origin, None, []))
    return every


def _facts(
    each: _Each, both: Stops, links: Links, inside: Floats, destinations: int
) -> tuple[float, ...]:
    """Give the minutes, metres, age, metres inside and metres shared of a way."""
    way = each.way
    if way is None:
        return (np.nan,) * 5
    used = np.concatenate([np.zeros(0, np.int64), *(one.piece for one in each.before)])
    shared = np.isin(way.piece, used)
    age = np.nan_to_num(links.age_days[way.piece], nan=np.inf).max(initial=0.0)
    metres = links.metres[way.piece]
    off = both.off_m[destinations + each.origin] + both.off_m[way.to]
    return (
        way.seconds / 60,
        metres.sum() + off,
        age,
        inside[way.piece].sum(),
        metres[shared].sum(),
    )


def _table(
    facts: list[tuple[float, ...]],
    every: list[_Each],
    names: tuple[Shapes, Shapes],
    stale_days: float,
) -> pd.DataFrame:
    """Set ways as a table."""
    minutes, metres, age, inside, shared = np.array(facts, np.float64).reshape(-1, 5).T
    goals = np.array([*names[1], None], object)
    is_out = pd.array(inside == 0, "boolean")
    is_out[np.isnan(inside)] = pd.NA
    return pd.DataFrame(
        {
            "from_id": names[0][[each.origin for each in every]] if every else [],
            "to": goals[[-1 if each.way is None else each.way.to for each in every]]
            if every
            else [],
            "rank": np.array([len(each.before) + 1 for each in every], np.int64),
            "minutes": minutes,
            "metres": metres,
            "oldest_report_days": np.where(np.isfinite(age), age, np.nan),
            "known": age <= stale_days,
            "avoided": is_out,
            "inside_m": inside,
            "shared_m": shared,
        }
    )


def _without_street(origins: gpd.GeoDataFrame, begun: Stops, farthest_m: float) -> pd.DataFrame:
    """List the places from which no street is near."""
    numbers = row_numbers(origins)
    return problems_table(
        Problem(
            "origins",
            numbers[at],
            "geometry",
            text("no street within {metres} m that can be passed", metres=number(farthest_m)),
            text("a place on a street"),
            text("no way is found from it"),
        )
        for at in np.flatnonzero(begun.stretch < 0).tolist()
    )


# --------------------------------------------------------------- areas to avoid


def _areas(avoid: gpd.GeoDataFrame | None, network: Network) -> tuple[Shapes, pd.DataFrame]:
    """Give the areas to avoid, in metres; list the rows that are none."""
    if avoid is None or avoid.empty:
        return np.zeros(0, object), problems_table([])
    placed = crs.to_metres(crs.require_crs(avoid, "avoid"), network.crs)
    shapes = np.asarray(placed.geometry.values, object)
    sound = (shapely.get_dimensions(shapes) == 2) & (shapely.area(shapes) > 0)  # noqa: PLR2004 - areas
    numbers = row_numbers(avoid)
    problems = problems_table(
        Problem(
            "avoid",
            numbers[at],
            "geometry",
            text("nothing") if shapes[at] is None else shapes[at].geom_type,
            text("an area"),
            text("left out"),
        )
        for at in np.flatnonzero(~sound).tolist()
    )
    return shapely.make_valid(shapes[sound]), problems


def metres_inside(links: Links, network: Network, areas: Shapes) -> Floats:
    """Tell how much of each piece of street lies in some areas or on their edge.

    Parameters
    ----------
    links : Links
    network : Network
    areas : array of shapely Polygon or MultiPolygon, metres

    Returns
    -------
    array of float, shape (pieces,), metres
    """
    found = np.zeros(len(links.stretch))
    if not len(areas) or not len(found):
        return found
    whole = shapely.union_all(areas)
    shapely.prepare(whole)
    lines = stretch_lines(network, np.arange(len(network.length_m)))
    near = np.flatnonzero(shapely.intersects(whole, lines)[links.stretch])
    pieces = Pieces(near, links.stretch[near], links.begin[near], links.finish[near])
    length = shapely.length(shapely.intersection(piece_lines(network, pieces), whole))
    found[near] = length.round(6)  # a line that only touches is not inside
    return found


# --------------------------------------------------------------- drawing


def _points(places: gpd.GeoDataFrame, network: Network) -> Shapes:
    """Give the points of places, in metres."""
    there = ~(places.geometry.isna() | places.geometry.is_empty).to_numpy()
    found = np.full(len(places), None, object)
    if there.any():
        placed = crs.to_metres(places[there], network.crs)
        found[there] = placed.representative_point().to_numpy()
    return found


def _line(
    way: Way,
    links: Links,
    network: Network,
    origin: tuple[shapely.Point, int],
    goal: tuple[shapely.Point, int],
) -> shapely.LineString:
    """Draw a way from a place over its streets to its destination: points, and their nodes."""
    own = way.piece
    pieces = Pieces(own, links.stretch[own], links.begin[own], links.finish[own])
    lines = piece_lines(network, pieces)
    lines[~way.onward] = shapely.reverse(lines[~way.onward])
    streets = [shapely.get_coordinates(one) for one in lines]
    ends = [(shapely.get_coordinates(point), links.xy[[node]]) for point, node in (origin, goal)]
    return shapely.remove_repeated_points(
        shapely.LineString(np.vstack([*ends[0], *streets, *ends[1][::-1]])), _PER_MM
    )
