"""How long it takes along every stretch of a network, on foot or by car, with what is closed.

A state that was reported more than 30 days before the day of the plan, or never, is unknown. What
was closed or damaged when last seen counts as that still; what was open counts as passable, and
every answer tells how old its oldest report is. Nothing here is called safe.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import InputError
from geosector.language import text
from geosector.measure.access.network import Network, stretch_lines
from geosector.measure.access.rows import row_numbers
from geosector.tables import Problem, problems_table

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Days = NDArray[np.float64]

STALE_DAYS = 30
NEAR_CLOSURE_M = 5.0  # a line drawn by hand lies this near to the street it means
ALONG_CLOSURE_M = 20.0  # so much of a street beside a closure closes it, or most of a shorter one
MOST_OF_IT = 0.6
POINT_REACH_M = 30.0  # a point closes the nearest street, if it is this near


class Mode(NamedTuple):
    """A way to move: ``speeds`` in km/h by class of road, ``speed`` of all others.

    0 km/h: not at all. ``damaged``: the share of its speed that is left on a damaged road.
    ``oneway``: whether one-way streets bind.
    """

    name: str
    speed: float
    speeds: Mapping[str, float] = MappingProxyType({})
    damaged: float = 0.0
    oneway: bool = False


# People cross a street at 1.2 m/s (Highway Capacity Manual 2000, chapter 18).
WALK = Mode("walk", 1.2 * 3.6, damaged=0.5)
# Speeds in a town; on ways made for feet there are no cars.
DRIVE = Mode(
    "drive",
    20.0,
    MappingProxyType(
        {
            "motorway": 80.0, "trunk": 60.0, "primary": 40.0, "secondary": 35.0, "tertiary": 30.0,
            "motorway_link": 40.0, "trunk_link": 40.0, "primary_link": 30.0,
            "secondary_link": 30.0, "tertiary_link": 30.0, "footway": 0.0, "steps": 0.0,
            "path": 0.0, "pedestrian": 0.0, "cycleway": 0.0, "corridor": 0.0, "bridleway": 0.0,
        }
    ),
    oneway=True,
)  # fmt: skip
MODES = MappingProxyType({mode.name: mode for mode in (WALK, DRIVE)})


class Travel(NamedTuple):
    """What moving along each stretch takes.

    ``onward``, ``back``: seconds from its start to its end, and the other way; infinite where one
    cannot pass. ``age_days``: how long before the day of the plan its state was reported; NaN where
    never. ``known``: whether that is recent. ``pace``: seconds a metre where there is no street.
    ``walls``: lines that nobody crosses there, in metres of the network, such as a front line.
    """

    onward: Floats
    back: Floats
    age_days: Days
    known: Flags
    pace: float
    walls: shapely.Geometry | None = None


def travel_times(
    network: Network,
    roads: pd.DataFrame,
    mode: Mode = WALK,
    *,
    day: dt.date | None = None,
    stale_days: float = STALE_DAYS,
    closed: Flags | None = None,
    damaged: Flags | None = None,
    walls: shapely.Geometry | None = None,
) -> Travel:
    """Tell how long each stretch takes.

    Parameters
    ----------
    network : Network
        From `build_network` of the same roads.
    roads : pandas.DataFrame
        ``road_class``, ``state`` (open, closed, damaged), ``state_at`` (dates), each of which may
        be missing.
    mode : Mode
        `WALK`, `DRIVE`, or your own.
    day : datetime.date, optional
        Of the plan. Default: the latest ``state_at``.
    stale_days : float
        How old a report may be.
    closed : array of bool, shape (stretches,), optional
        What is closed besides, from `closed_by`.
    damaged : array of bool, shape (stretches,), optional
        What is damaged besides, likewise.
    walls : shapely geometry, optional
        Lines that nobody crosses beside the streets either, from `shut_by`.

    Returns
    -------
    Travel

    Raises
    ------
    InputError
        Where the mode has no speed, or the network is not of these roads.

    Notes
    -----
    A stretch of L metres takes 3.6 L / v seconds at v km/h.

    Examples
    --------
    >>> from shapely.geometry import LineString
    >>> from geosector.measure.access.network import build_network
    >>> lines = [[(5e5, 4e6), (500012, 4e6)], [(5e5, 4e6), (5e5, 4e6 + 9)]]
    >>> roads = gpd.GeoDataFrame(
    ...     {"state": ["open", "closed"]}, geometry=[LineString(one) for one in lines], crs=32637
    ... )
    >>> network = build_network(roads).network
    >>> travel_times(network, roads).onward.round(1).tolist()
    [10.0, inf]
    >>> travel_times(network, roads, WALK._replace(speed=0))
    Traceback (most recent call last):
    geosector.errors.InputError: walk moves at 0 km/h; expected a speed above 0.
    """
    if not mode.speed > 0:
        raise InputError(
            text(
                "{mode} moves at {speed} km/h; expected a speed above 0.",
                mode=mode.name,
                speed=f"{mode.speed:g}",
            )
        )
    if len(network.road) and network.road.max() >= len(roads):
        raise InputError(
            text("The network is not of these roads. Give the table that it was built from.")
        )
    rows = roads.iloc[network.road]
    classes = rows.get("road_class", pd.Series(None, rows.index, dtype=object)).astype(object)
    speed = classes.map(dict(mode.speeds)).fillna(mode.speed).to_numpy(float, copy=True)
    state = rows.get("state", pd.Series(None, rows.index, dtype=object)).astype(object)
    is_damaged = (state == "damaged").to_numpy()
    speed[is_damaged if damaged is None else is_damaged | damaged] *= mode.damaged
    speed[(state == "closed").to_numpy()] = 0.0
    if closed is not None:
        speed[closed] = 0.0
    with np.errstate(divide="ignore"):
        seconds = np.where(speed > 0, 3.6 * network.length_m / speed, np.inf)
    onward, back = seconds, seconds
    if mode.oneway:
        onward = np.where(network.heading < 0, np.inf, seconds)
        back = np.where(network.heading > 0, np.inf, seconds)
    age = _ages(rows, day)
    return Travel(onward, back, age, age <= stale_days, 3.6 / mode.speed, walls)


def travel_along(travel: Travel, stretches: NDArray[np.int64]) -> Travel:
    """Give what moving along some stretches takes, as `take_stretches` takes them."""
    return Travel(
        travel.onward[stretches],
        travel.back[stretches],
        travel.age_days[stretches],
        travel.known[stretches],
        travel.pace,
        travel.walls,
    )


def _ages(rows: pd.DataFrame, day: dt.date | None) -> Days:
    """Give the days between the report of a state and the day of the plan."""
    if "state_at" not in rows.columns:
        return np.full(len(rows), np.nan)
    told = pd.to_datetime(rows["state_at"], errors="coerce", utc=True).dt.tz_localize(None)
    if day is None and told.isna().all():
        return np.full(len(rows), np.nan)
    last = told.max() if day is None else pd.Timestamp(day)
    if pd.isna(last):  # nothing was ever reported
        return np.full(len(rows), np.nan)
    ages: Days = ((last.normalize() - told.dt.normalize()) / pd.Timedelta(days=1)).to_numpy(float)
    return ages


class Shut(NamedTuple):
    """Which stretches a table of closures closes and damages, and the rows that do neither.

    ``walls``: the closed lines that do not follow streets, None where there is none.
    """

    closed: Flags
    damaged: Flags
    problems: pd.DataFrame
    walls: shapely.Geometry | None = None


def shut_by(network: Network, closures: gpd.GeoDataFrame) -> Shut:
    """Find the stretches that closures close or damage, by the state of each.

    Parameters
    ----------
    network : Network
    closures : geopandas.GeoDataFrame
        Lines, areas or points, as `closed_by` takes them; ``state`` (closed, damaged), where it is
        there. Without a state a row closes.

    Returns
    -------
    Shut
        A row that is open changes nothing and is listed.

    Examples
    --------
    >>> from shapely.geometry import LineString, Point
    >>> from geosector.measure.access.network import build_network
    >>> lines = [LineString([(0, y), (99, y)]) for y in (0, 50, 100)]
    >>> network = build_network(gpd.GeoDataFrame(geometry=lines, crs=32637)).network
    >>> x, y = network.xy.min(axis=0)
    >>> points = gpd.GeoDataFrame({"state": ["damaged", None, "open"]},
    ...     geometry=[Point(x + 9, y + up) for up in (0, 50, 100)], crs=network.crs)
    >>> found = shut_by(network, points)
    >>> found.closed.tolist(), found.damaged.tolist(), found.problems["action"].tolist()
    ([False, True, False], [True, False, False], ['closes nothing'])
    >>> int(shut_by(network, points[:0]).closed.sum())
    0
    """
    closures = closures.set_axis(pd.Index(row_numbers(closures), dtype=object), axis="index")
    told = closures.get("state", pd.Series(None, closures.index, dtype=object)).astype(object)
    state = told.map(lambda one: str(one).strip().lower(), na_action="ignore")
    closing = closures[(state.isna() | (state == "closed")).to_numpy()]
    shut = closed_by(network, closing)
    hurt = closed_by(network, closures[(state == "damaged").to_numpy()])
    strange = np.flatnonzero((state.notna() & ~state.isin(["closed", "damaged"])).to_numpy())
    others = problems_table(
        Problem(
            "closures",
            closures.index[at],
            "state",
            str(told.iloc[at]),
            text("closed, damaged or nothing"),
            text("closes nothing"),
        )
        for at in strange.tolist()
    )
    listed = pd.concat([shut.problems, hurt.problems, others], ignore_index=True)
    return Shut(shut.stretches, hurt.stretches, listed, _walls(network, closing))


def _walls(network: Network, closing: gpd.GeoDataFrame) -> shapely.Geometry | None:
    """Join the lines that do not follow streets."""
    if closing.empty or not len(network.length_m):
        return None
    shapes = _placed(closing, network)
    lines = stretch_lines(network, np.arange(len(network.length_m)))
    tree = shapely.STRtree(lines)
    walls = [
        shape
        for shape in shapes[shapely.get_dimensions(shapes) == 1]
        if not _follows(shape, lines[tree.query(shape.buffer(NEAR_CLOSURE_M), "intersects")])
    ]
    return shapely.union_all(walls) if walls else None


def _placed(closures: gpd.GeoDataFrame, network: Network) -> NDArray[np.object_]:
    """Give closures in metres of the network; what has a coordinate that is no number is none."""
    shapes = np.array(crs.to_metres(closures, network.crs).geometry.values, object)
    shapes[~np.isfinite(shapely.bounds(shapes)).all(axis=1)] = None
    return shapes


class Closed(NamedTuple):
    """Which stretches are closed, and the rows that close none."""

    stretches: Flags
    problems: pd.DataFrame


def closed_by(network: Network, closures: gpd.GeoDataFrame) -> Closed:
    """Find the stretches that closures close.

    Parameters
    ----------
    network : Network
    closures : geopandas.GeoDataFrame
        An area closes every stretch that enters it; a line those that it meets or lies along (where
        most of it follows streets, not the mouths of their side streets); a point the nearest
        within 30 m.

    Returns
    -------
    Closed

    Examples
    --------
    >>> from shapely.geometry import LineString, Point, box
    >>> from geosector.measure.access.network import build_network
    >>> roads = gpd.GeoDataFrame(
    ...     geometry=[LineString([(0, y), (99, y)]) for y in (0, 50, 100, 500)], crs=32637
    ... )
    >>> network = build_network(roads).network
    >>> metric = lambda shapes: gpd.GeoDataFrame(geometry=shapes, crs=network.crs)
    >>> x, y = network.xy.min(axis=0)
    >>> shapes = [box(x, y - 9, x + 9, y + 9), LineString([(x, y + 51), (x + 90, y + 52)]),
    ...           Point(x + 3, y + 99), Point(x, y + 300)]
    >>> found = closed_by(network, metric(shapes))
    >>> found.stretches.tolist(), found.problems["row"].tolist()
    ([True, True, True, False], [5])
    >>> int(closed_by(network, metric([])).stretches.sum())
    0
    """
    crs.require_crs(closures, "closures")
    found = np.zeros(len(network.length_m), bool)
    closing: list[Problem] = []
    if closures.empty or not len(found):
        return Closed(found, problems_table([]))
    shapes = _placed(closures, network)
    lines = stretch_lines(network, np.arange(len(found)))
    tree = shapely.STRtree(lines)
    for row, shape in zip(row_numbers(closures), shapes, strict=True):
        hit = _hit(shape, lines, tree)
        found[hit] = True
        if not len(hit):
            closing.append(
                Problem(
                    "closures",
                    row,
                    "geometry",
                    text("nothing") if shape is None else shape.geom_type,
                    text("a place on a street"),
                    text("closes nothing"),
                )
            )
    return Closed(found, problems_table(closing))


def _hit(
    shape: shapely.Geometry | None, lines: NDArray[np.object_], tree: shapely.STRtree
) -> NDArray[np.int64]:
    """Find the lines that one shape closes."""
    none = np.zeros(0, np.int64)
    if shape is None or shape.is_empty:
        return none
    dimension = shapely.get_dimensions(shape)
    if dimension == 0:
        nearest = tree.query_nearest(shape, max_distance=POINT_REACH_M, all_matches=False)
        return np.asarray(nearest, np.int64).ravel()
    if dimension > 1:
        return np.asarray(tree.query(shape, predicate="intersects"), np.int64)
    beside = np.asarray(tree.query(shape.buffer(NEAR_CLOSURE_M), predicate="intersects"), np.int64)
    along = _along(shape, lines[beside])
    met = shapely.intersects(lines[beside], shape)
    # A line drawn along streets meets the mouths of their side streets, which stay open. A front
    # line, which goes its own way, closes all that it meets, junctions too.
    where = shapely.intersection(lines[beside], shape)
    at_mouth = _follows(shape, lines[beside]) & (
        shapely.distance(where, shapely.boundary(lines[beside])) <= NEAR_CLOSURE_M
    )
    found: NDArray[np.int64] = beside[along | (met & ~at_mouth)]
    return found


def _along(shape: shapely.Geometry, lines: NDArray[np.object_]) -> Flags:
    """Say which streets a line lies along."""
    near = shapely.length(shapely.intersection(lines, shape.buffer(NEAR_CLOSURE_M)))
    along: Flags = (near > ALONG_CLOSURE_M) | (near > MOST_OF_IT * shapely.length(lines))
    return along


def _follows(shape: shapely.Geometry, lines: NDArray[np.object_]) -> bool:
    """Say whether most of a line lies along streets."""
    street = shapely.union_all(lines[_along(shape, lines)]).buffer(NEAR_CLOSURE_M)
    return bool(shapely.intersection(shape, street).length > MOST_OF_IT * shape.length)
