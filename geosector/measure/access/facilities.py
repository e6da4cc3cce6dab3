"""Who reaches what: the nearest open facilities of every block, and who is within some minutes.

One goes from a block in a straight line to the nearest street that can be passed, along streets,
and in a straight line to the facility. What is further than 500 m from any such street is not
reached. Every way tells the age of the oldest report on it; where a street on it was never
reported, or not for 30 days, the way is not known. No way is called safe.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import InputError
from geosector.language import number, text
from geosector.measure.access.nearest import Graph, Nearest, find_nearest, graph_of, in_order
from geosector.measure.access.network import Network, stretch_lines
from geosector.measure.access.rows import row_numbers
from geosector.measure.access.travel import STALE_DAYS, Travel
from geosector.tables import Problem, problems_table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FARTHEST_M = 500.0
OPEN = "open"
_SHORTEST_S = 1e-6  # a step that takes no time is none


class Stops(NamedTuple):
    """Where places meet the streets.

    ``stretch``: the nearest that can be passed, -1 where none is near. ``share``: how far along it,
    0 at its start. ``off_m``: the way to it in a straight line.
    """

    stretch: Ints
    share: Floats
    off_m: Floats


class Links(NamedTuple):
    """Stretches of a network cut where facilities meet them, and the graph of the pieces.

    Of each piece, sorted: ``stretch`` it is of, ``begin`` and ``finish`` (shares of it), ``start``
    and ``end`` (nodes), seconds ``onward`` and ``back``, ``metres``, ``age_days``. ``nodes``: of
    each facility, -1 where it meets no street. ``xy``: of each node of the graph, metres; a
    facility is where it meets its street.
    """

    stretch: Ints
    begin: Floats
    finish: Floats
    start: Ints
    end: Ints
    onward: Floats
    back: Floats
    metres: Floats
    age_days: Floats
    nodes: Ints
    graph: Graph
    xy: Floats


class Reached(NamedTuple):
    """The nearest facilities of each block, and the rows that could not be used."""

    table: pd.DataFrame
    problems: pd.DataFrame


def find_stops(
    network: Network, travel: Travel, places: gpd.GeoDataFrame, *, farthest_m: float = FARTHEST_M
) -> Stops:
    """Find where each place meets the streets.

    Parameters
    ----------
    network : Network
    travel : Travel
        What can be passed; where there are walls, no place meets a street across one.
    places : geopandas.GeoDataFrame
        Of an area or a line, a point inside it counts.
    farthest_m : float
        From a place to its street.

    Returns
    -------
    Stops

    Examples
    --------
    >>> from geosector.measure.access.network import build_network
    >>> from geosector.measure.access.travel import travel_times
    >>> street = shapely.LineString([(5e5, 4e6), (500100, 4e6)])
    >>> roads = gpd.GeoDataFrame(geometry=[street], crs=32637)
    >>> network = build_network(roads).network
    >>> points = [shapely.Point(500025, 4e6 + 30), shapely.Point(5e5, 4e6 + 900), None]
    >>> places = gpd.GeoDataFrame(geometry=points, crs=32637)
    >>> stops = find_stops(network, travel_times(network, roads), places)
    >>> stops.stretch.tolist(), stops.share.round(2).tolist(), stops.off_m.round().tolist()
    ([0, -1, -1], [0.25, 0.0, 0.0], [30.0, inf, inf])
    """
    crs.require_crs(places, "places")
    passable = np.flatnonzero(np.isfinite(travel.onward) | np.isfinite(travel.back))
    stretch = np.full(len(places), -1)
    share, off = np.zeros(len(places)), np.full(len(places), np.inf)
    there = np.flatnonzero(~(places.geometry.isna() | places.geometry.is_empty).to_numpy())
    if not len(there) or not len(passable):
        return Stops(stretch, share, off)
    points = crs.to_metres(places.iloc[there], network.crs).representative_point().to_numpy()
    lines = stretch_lines(network, passable)
    tree = shapely.STRtree(lines)
    point, near = tree.query_nearest(points, max_distance=farthest_m, all_matches=False)
    if travel.walls is not None:
        point, near = _on_this_side(points, lines, (point, near), tree, travel.walls, farthest_m)
    row = there[point]
    stretch[row] = passable[near]
    off[row] = shapely.distance(points[point], lines[near])
    share[row] = shapely.line_locate_point(lines[near], points[point], normalized=True)
    return Stops(stretch, share, off)


def _on_this_side(  # noqa: PLR0917 - private
    points: NDArray[np.object_],
    lines: NDArray[np.object_],
    found: tuple[Ints, Ints],
    tree: shapely.STRtree,
    walls: shapely.Geometry,
    farthest_m: float,
) -> tuple[Ints, Ints]:
    """Where the straight way to the nearest street crosses a wall, take the nearest without one."""
    point, near = (np.asarray(one, np.int64).copy() for one in found)
    shapely.prepare(walls)
    crossing = shapely.intersects(walls, shapely.shortest_line(points[point], lines[near]))
    for at in np.flatnonzero(crossing).tolist():
        here = points[point[at]]
        others = tree.query(here, predicate="dwithin", distance=farthest_m)
        ways = shapely.shortest_line(here, lines[others])
        free = np.flatnonzero(~shapely.intersects(walls, ways))
        order = np.lexsort((others[free], shapely.length(ways[free])))
        near[at] = others[free[order[0]]] if len(free) else -1
    kept = near >= 0
    return point[kept], near[kept]


def link(network: Network, travel: Travel, facilities: Stops) -> Links:
    """Cut the stretches of a network where facilities meet them, and lead a path to each facility.

    Parameters
    ----------
    network : Network
    travel : Travel
    facilities : Stops

    Returns
    -------
    Links
    """
    met = np.flatnonzero(facilities.stretch >= 0)
    cuts, cut_of = np.unique(
        facilities.stretch[met] + 1j * facilities.share[met], return_inverse=True
    )
    inside = (cuts.imag > 0) & (cuts.imag < 1)
    on, share = cuts.real.astype(np.int64), cuts.imag
    node = np.where(share > 0, network.end[on], network.start[on])
    node[inside] = len(network.xy) + np.arange(inside.sum())
    count = len(network.length_m)
    stretch = np.concatenate([np.arange(count), on[inside]])
    begin = np.concatenate([np.zeros(count), share[inside]])
    start = np.concatenate([network.start, node[inside]])
    order = np.lexsort((begin, stretch))
    stretch, begin, start = stretch[order], begin[order], start[order]
    last = np.append(stretch[1:] != stretch[:-1], [True] * (count > 0))
    finish = np.where(last, 1.0, np.roll(begin, -1))
    end = np.where(last, network.end[stretch], np.roll(start, -1))
    part = finish - begin
    onward, back = travel.onward[stretch] * part, travel.back[stretch] * part
    metres = network.length_m[stretch] * part
    age = travel.age_days[stretch]
    nodes = np.full(len(facilities.stretch), -1)
    nodes[met] = len(network.xy) + inside.sum() + np.arange(len(met))
    off = facilities.off_m[met]
    path = np.maximum(off * travel.pace, _SHORTEST_S)
    graph = graph_of(
        len(network.xy) + int(inside.sum()) + len(met),
        np.concatenate([start, node[cut_of.ravel()]]),
        np.concatenate([end, nodes[met]]),
        np.concatenate([onward, path]),
        np.concatenate([back, path]),
        np.concatenate([metres, off]),
        np.concatenate([age, np.zeros(len(met))]),
    )
    cut = shapely.line_interpolate_point(
        stretch_lines(network, on[inside]), share[inside], normalized=True
    )
    xy = np.vstack([network.xy, shapely.get_coordinates(cut)])
    xy = np.vstack([xy, xy[node[cut_of.ravel()]]])
    return Links(stretch, begin, finish, start, end, onward, back, metres, age, nodes, graph, xy)


def nearest_facilities(
    blocks: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    network: Network,
    travel: Travel,
    *,
    count: int = 1,
    stale_days: float = STALE_DAYS,
    farthest_m: float = FARTHEST_M,
) -> Reached:
    """Find the nearest open facilities of every block.

    Parameters
    ----------
    blocks : geopandas.GeoDataFrame
        Blocks, houses or places; the index names them in the answer.
    facilities : geopandas.GeoDataFrame
        ``id`` and ``status``, each of which may be missing; only ``open`` ones count.
    network : Network
    travel : Travel
        On foot or by car, with what is closed.
    count : int
        How many facilities for each block.
    stale_days : float
        How old a report of a street may be.
    farthest_m : float
        From a block or a facility to its street.

    Returns
    -------
    Reached
        ``block`` (of the index), ``rank`` from 1, ``facility_id``, ``minutes``, ``metres`` of the
        quickest way, ``oldest_report_days`` (of the streets on it; NaN where one was never
        reported) and ``known`` (whether none is older than ``stale_days``). A block that reaches
        fewer facilities has fewer rows; one that reaches none has one row of rank 1 without a
        facility.

    Raises
    ------
    InputError
        Where ``count`` is less than 1.

    Examples
    --------
    >>> from geosector.measure.access.network import build_network
    >>> from geosector.measure.access.travel import travel_times
    >>> street = shapely.LineString([(5e5, 4e6), (500720, 4e6)])
    >>> roads = gpd.GeoDataFrame(geometry=[street], crs=32637)
    >>> network = build_network(roads).network
    >>> travel = travel_times(network, roads)
    >>> place = lambda *xs: gpd.points_from_xy(xs, [4e6] * len(xs), crs=32637)
    >>> shelters = gpd.GeoDataFrame(
    ...     {"id": ["a", "b"], "status": ["open", "closed"]}, geometry=place(500720, 500144)
    ... )
    >>> blocks = gpd.GeoDataFrame(geometry=place(5e5, 599999))
    >>> found = nearest_facilities(blocks, shelters, network, travel).table
    >>> found["facility_id"].fillna("").tolist(), found["minutes"].round(1).tolist()
    (['a', ''], [10.0, nan])
    >>> nearest_facilities(blocks[:0], shelters, network, travel).table.empty
    True
    >>> nearest_facilities(blocks, shelters, network, travel, count=0)
    Traceback (most recent call last):
    geosector.errors.InputError: 0 facilities are asked for; expected 1 or more.
    """
    if count < 1:
        raise InputError(
            text("{count} facilities are asked for; expected 1 or more.", count=number(count))
        )
    usable, problems = open_facilities(facilities)
    stops = find_stops(network, travel, usable, farthest_m=farthest_m)
    problems = pd.concat(
        [problems, off_streets(usable, stops, facilities, farthest_m)], ignore_index=True
    )
    links = link(network, travel, stops)
    met = np.flatnonzero(links.nodes >= 0)
    near = find_nearest(links.graph, links.nodes[met], count)
    begun = find_stops(network, travel, blocks, farthest_m=farthest_m)
    ways = from_places(links, begun, near, travel.pace)
    ids = np.array([*identities(usable)[met], None], object)[ways.which]
    return Reached(_listed(blocks.index, ways, ids, stale_days), problems)


def from_places(links: Links, stops: Stops, near: Nearest, pace: float) -> Nearest:
    """Lead the ways of nodes on to places beside the streets.

    Parameters
    ----------
    links : Links
    stops : Stops
        Where the places meet the streets.
    near : Nearest
        Of the nodes of ``links``.
    pace : float
        Seconds a metre beside the streets.

    Returns
    -------
    Nearest
        Of the places.
    """
    count = near.which.shape[1]
    found = Nearest(
        np.full((len(stops.stretch), count), -1),
        *(np.full((len(stops.stretch), count), np.inf) for _ in range(3)),
    )
    met = np.flatnonzero(stops.stretch >= 0)
    if not len(met):
        return found
    keys = links.stretch + 1j * links.begin
    piece = np.searchsorted(keys, stops.stretch[met] + 1j * stops.share[met], side="right") - 1
    share = (stops.share[met] - links.begin[piece]) / (links.finish - links.begin)[piece]
    off = stops.off_m[met]
    sides = [
        _side(near, links.start[piece], share, links.back[piece], links, piece),
        _side(near, links.end[piece], 1 - share, links.onward[piece], links, piece),
    ]
    both = in_order(sides)
    rank = np.zeros(len(met), np.int64)
    for at in range(2 * count):
        theirs = both.which[:, at]
        known = (found.which[met] == theirs[:, None]).any(axis=1)
        new = np.flatnonzero((theirs >= 0) & ~known & (rank < count))
        row = met[new], rank[new]
        found.which[row] = theirs[new]
        found.seconds[row] = both.seconds[new, at] + off[new] * pace
        found.metres[row] = both.metres[new, at] + off[new]
        found.age_days[row] = both.age_days[new, at]
        rank[new] += 1
    return found


def _side(  # noqa: PLR0917 - private
    near: Nearest, node: Ints, share: Floats, seconds: Floats, links: Links, piece: Ints
) -> Nearest:
    """Go from a place on a piece to one of its ends, and on from there."""
    moved = share > 0
    taken = np.zeros(len(share))
    taken[moved] = seconds[moved] * share[moved]
    far = near.seconds[node] + taken[:, None]
    age = np.where(moved, np.nan_to_num(links.age_days[piece], nan=np.inf), 0.0)
    return Nearest(
        np.where(np.isfinite(far), near.which[node], -1),
        far,
        near.metres[node] + (links.metres[piece] * share)[:, None],
        np.maximum(near.age_days[node], age[:, None]),
    )


def identities(table: pd.DataFrame) -> NDArray[np.object_]:
    """Give the ids of a table, else its index."""
    own = pd.Series(table.index.to_flat_index(), table.index, dtype=object)
    ids = table["id"].astype(object) if "id" in table.columns else own
    found: NDArray[np.object_] = ids.where(ids.notna(), own).to_numpy(object)
    return found


def _listed(
    index: pd.Index, ways: Nearest, ids: NDArray[np.object_], stale_days: float
) -> pd.DataFrame:
    """Set ways as a table: of each block those that there are, or one row without."""
    there = ways.which >= 0
    there[:, :1] |= ~there.any(axis=1, keepdims=True)
    block, rank = np.nonzero(there)
    age = ways.age_days[block, rank]
    reached = ways.which[block, rank] >= 0
    return pd.DataFrame(
        {
            "block": index[block],
            "rank": rank + 1,
            "facility_id": ids[block, rank],
            "minutes": np.where(reached, ways.seconds[block, rank] / 60, np.nan),
            "metres": np.where(reached, ways.metres[block, rank], np.nan),
            "oldest_report_days": np.where(np.isfinite(age), age, np.nan),
            "known": reached & (age <= stale_days),
        }
    )


def open_facilities(
    facilities: gpd.GeoDataFrame, day: dt.date | None = None, *, file: str = "facilities"
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Take the facilities that are open and have a place; list those without a place.

    Parameters
    ----------
    facilities : geopandas.GeoDataFrame
        ``status``; ``valid_from`` and ``valid_to``, the first and the last day on which the row
        holds. Each may be missing.
    day : datetime.date, optional
        Rows that do not hold on it are left out. Default: every row holds.
    file : str
        What the list of problems calls the table.

    Returns
    -------
    tuple = (open ones, problems)

    Examples
    --------
    >>> tents = gpd.GeoDataFrame(
    ...     {"status": ["open", "closed", None], "valid_to": [None, None, "2024-03-01"]},
    ...     geometry=[shapely.Point(37, 36)] * 3, crs=4326
    ... )
    >>> len(open_facilities(tents)[0]), len(open_facilities(tents, dt.date(2024, 4, 1))[0])
    (2, 1)
    """
    status = facilities.get("status", pd.Series(OPEN, facilities.index)).astype(object)
    is_open = (status.isna() | (status == OPEN)).to_numpy()
    for column, holds in (("valid_from", np.less_equal), ("valid_to", np.greater_equal)):
        if day is not None and column in facilities.columns:
            told = days_of(facilities[column])
            is_open = is_open & (told.isna() | holds(told, pd.Timestamp(day))).to_numpy()
    placed = ~(facilities.geometry.isna() | facilities.geometry.is_empty).to_numpy()
    numbers = row_numbers(facilities)
    problems = [
        Problem(
            file,
            numbers[at],
            "geometry",
            text("nothing"),
            text("a place"),
            text("left out"),
        )
        for at in np.flatnonzero(is_open & ~placed).tolist()
    ]
    return facilities[is_open & placed], problems_table(problems)


def days_of(column: pd.Series) -> pd.Series:
    """Read days as they are written, in the clock of the place where they were written.

    Parameters
    ----------
    column : pandas.Series

    Returns
    -------
    pandas.Series
        Midnights without a zone; missing where nothing can be read.

    Examples
    --------
    >>> midnight = pd.Series(pd.to_datetime(["2024-05-01"])).dt.tz_localize("Asia/Damascus")
    >>> days_of(midnight).dt.day.tolist(), days_of(pd.Series(["2024-05-02", None])).dt.day.tolist()
    ([1], [2.0, nan])
    """
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_localize(None)
    told = pd.to_datetime(column, errors="coerce", utc=True)
    return told.dt.tz_localize(None).dt.normalize()


def off_streets(
    usable: gpd.GeoDataFrame,
    stops: Stops,
    facilities: gpd.GeoDataFrame,
    farthest_m: float,
    *,
    file: str = "facilities",
) -> pd.DataFrame:
    """List the facilities that no street reaches.

    Parameters
    ----------
    usable : geopandas.GeoDataFrame
        From `open_facilities`.
    stops : Stops
        Of these.
    facilities : geopandas.GeoDataFrame
        The table that they were taken from.
    farthest_m : float
        From a facility to its street.
    file : str
        What the list calls the table.

    Returns
    -------
    pandas.DataFrame
        The problems.
    """
    numbers = row_numbers(facilities, usable.index)
    return problems_table(
        Problem(
            file,
            numbers[at],
            "geometry",
            text("no street within {metres} m that can be passed", metres=number(farthest_m)),
            text("a place on a street"),
            text("nobody reaches it"),
        )
        for at in np.flatnonzero(stops.stretch < 0).tolist()
    )
