"""The ground of localities: outlines as given, or the cells around the points of a gazetteer.

Where nobody has drawn the outline of a village, the ground nearer to its point than to any other
stands for it (G. Voronoi 1908), cut off at the boundary. Such a cell is no administrative border,
and every product that shows it says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import InputError, MissingColumnError
from geosector.language import text
from geosector.tables import Problem, problems_table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

SAME_DECIMALS = 6  # degrees: points nearer than 11 cm are one
GRID_M = 0.001  # cells are drawn to the millimetre, so that none of their corners is a splinter
SLIVER_M = 0.02  # outlines that share a strip thinner than this were meant to touch
NEAREST = "nearest"  # what a cell is, in the column `ground`
GIVEN = "outline"

# Levels of a gazetteer whose point is but the middle of an area, no place where people live.
AREAS = ("admin1", "admin2", "admin3")

POINT, SURFACE = 0, 2  # dimensions


class Localities(NamedTuple):
    """Localities with their ground, and what could not be used.

    ``table`` has one row for each locality, in the order of the input: its columns, ``merged`` (a
    tuple of the ids that were merged into it), ``ground`` (``outline`` as given, or ``nearest``:
    the Voronoi cell of its point) and polygons, EPSG:4326. ``problems`` has the usual columns.
    """

    table: gpd.GeoDataFrame
    problems: pd.DataFrame


def locality_ground(
    localities: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame | None = None
) -> Localities:
    """Give localities their ground: their outlines, or the cells of their points.

    Parameters
    ----------
    localities : geopandas.GeoDataFrame
        With ``id``, and polygons, or points as a gazetteer has them; ``name``, ``name_ar``, …,
        ``population`` and any other column are kept.
    boundary : geopandas.GeoDataFrame, optional
        Polygons: what the cells of points cover together. Needed for points; no outline is cut
        off there.

    Returns
    -------
    Localities
        Ground that two outlines claim belongs to the smaller; this is listed. Cells cover the
        boundary, do not overlap, and each holds its point. Points at one place
        (within 11 cm) are merged into the first of them, with the greatest population of theirs;
        points outside the boundary, middles of districts (``level`` is ``admin1`` … ``admin3``)
        and rows without a place are not used; all of these are listed.

    Raises
    ------
    MissingColumnError
        Where ``id`` is not there.
    MissingCRSError
        Where a table has no coordinate system.
    InputError
        Where an id is missing or stands twice, points and polygons are mixed, there are points
        and no boundary, or no locality is left.

    Examples
    --------
    >>> from shapely.geometry import Point, box
    >>> town = gpd.GeoDataFrame(geometry=[box(37.0, 36.0, 37.2, 36.1)], crs=crs.WGS84)
    >>> points = gpd.GeoDataFrame(
    ...     {"id": ["w", "e", "again", "far"], "population": [10.0, None, 30.0, 5.0]},
    ...     geometry=gpd.points_from_xy([37.05, 37.15, 37.15, 38], [36.05] * 4), crs=crs.WGS84,
    ... )
    >>> ground, problems = locality_ground(points, town)
    >>> ground[["id", "population", "merged"]].values.tolist()
    [['w', 10.0, ()], ['e', 30.0, ('again',)]]
    >>> crs.area_km2(ground).round().tolist(), problems["given"].tolist()
    ([100.0, 100.0], ['again', 'far'])
    >>> crs.area_km2(locality_ground(points.iloc[:1], town).table).round().tolist()
    [200.0]
    >>> locality_ground(points.iloc[:0], town)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: There is no locality within the boundary: 0 were given. ...
    """
    given = crs.to_wgs84(crs.require_crs(localities, "localities"))
    _require_ids(given)
    shapes = np.asarray(given.geometry.array)
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    there &= np.isfinite(shapely.bounds(shapes)).all(axis=1)
    problems = [_problem(given, row, text("a place")) for row in np.flatnonzero(~there).tolist()]
    found = set(shapely.get_dimensions(shapes[there]).tolist())
    if found == {SURFACE}:
        table, more = _outlines(cast("gpd.GeoDataFrame", given[there]))
        return Localities(table, problems_table([*problems, *more]))
    if found - {POINT} or (shapely.get_type_id(shapes[there]) > 0).any():
        raise InputError(
            text(
                "The localities are not all polygons and not all points. Give polygons, or one "
                "point for each."
            )
        )
    ground = _ground_of(boundary)
    middles = there & given.get("level", pd.Series("", given.index)).isin(AREAS).to_numpy(bool)
    expected = text("a place where people live")
    problems += [_problem(given, row, expected) for row in np.flatnonzero(middles).tolist()]
    table, more = _cells(cast("gpd.GeoDataFrame", given[there & ~middles]), ground)
    return Localities(table, problems_table([*problems, *more]))


def locality_of(
    incidents: pd.DataFrame, localities: gpd.GeoDataFrame, by_place: pd.Series | Shapes
) -> pd.Series:
    """Name the locality of each incident: by its ``locality_id``, else by its place.

    Parameters
    ----------
    incidents : pandas.DataFrame
        Its ``locality_id`` decides where it is that of a locality, or of one merged into it.
    localities : geopandas.GeoDataFrame
        From `locality_ground`.
    by_place : sequence, shape (incidents,)
        The id of the locality that holds the place of each incident, missing where none does.

    Returns
    -------
    pandas.Series
        On the index of the incidents; missing where neither tells.

    Examples
    --------
    >>> ground = gpd.GeoDataFrame({"id": ["a", "b"], "merged": [(), ("c",)]})
    >>> told = pd.DataFrame({"locality_id": ["a", "c", "elsewhere", None]})
    >>> locality_of(told, ground, ["b", "a", "b", None]).tolist()
    ['a', 'b', 'b', None]
    >>> locality_of(told.iloc[:0], ground, []).tolist()
    []
    """
    placed = pd.Series(np.asarray(by_place, object), index=incidents.index, dtype="object")
    placed = placed.where(placed.notna(), None)
    if "locality_id" not in incidents:
        return placed
    own = {key: key for key in localities["id"]}
    for key, merged in zip(localities["id"], localities["merged"], strict=True):
        own.update(dict.fromkeys(merged, key))
    named = incidents["locality_id"].astype("object").map(own)
    return named.astype("object").where(named.notna(), placed)


def reach_m(localities: gpd.GeoDataFrame) -> Floats:
    """Measure how far areas reach: the radius of a circle of the same area.

    A place that is known less precisely than this does not tell in which of the areas it lies.

    Parameters
    ----------
    localities : geopandas.GeoDataFrame
        Polygons, with a coordinate system.

    Returns
    -------
    array, shape (n,)
        Metres.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> reach_m(gpd.GeoDataFrame(geometry=[box(37, 36, 37.01, 36.01)], crs=crs.WGS84)).round()
    array([564.])
    >>> reach_m(gpd.GeoDataFrame(geometry=[], crs=crs.WGS84)).tolist()
    []
    """
    return np.asarray(1000 * np.sqrt(crs.area_km2(localities) / np.pi), float)


# --------------------------------------------------------------- what is given


def _require_ids(localities: gpd.GeoDataFrame) -> None:
    if "id" not in localities:
        raise MissingColumnError(
            text(
                "The table {name} lacks the column {column}; it has: {columns}.",
                name="localities",
                column="id",
                columns=", ".join(map(str, localities.columns)),
            )
        )
    twice = localities["id"].isna() | localities["id"].duplicated()
    if twice.any():
        raise InputError(
            text(
                "The localities have an id that is missing or stands twice: '{given}'. Give each "
                "an id of its own.",
                given=localities.loc[twice, "id"].iloc[0],
            )
        )


def _problem(localities: gpd.GeoDataFrame, row: int, expected: str) -> Problem:
    given = str(localities["id"].iloc[row])
    return Problem("localities", None, "geometry", given, expected, text("left out"))


def _labelled(
    rows: gpd.GeoDataFrame, shapes: Shapes, merged: list[tuple[object, ...]], ground: str
) -> gpd.GeoDataFrame:
    columns = rows.drop(columns=[rows.geometry.name, "merged", "ground"], errors="ignore")
    columns = pd.DataFrame(columns).assign(
        merged=pd.Series(merged, index=rows.index, dtype="object"), ground=ground
    )
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs.WGS84)


def _ground_of(boundary: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Give the polygons of a boundary, with vertices close enough to be brought to metres."""
    if boundary is None:
        raise InputError(
            text(
                "The localities are points, and their cells need an end: give the boundary, or "
                "the localities as polygons."
            )
        )
    table = crs.to_wgs84(crs.require_crs(boundary, "boundary"))
    shapes = np.asarray(table.geometry.array)
    shapes = shapes[shapely.get_dimensions(shapes) == SURFACE]
    shapes = shapes[~shapely.is_empty(shapes)]
    if not len(shapes):
        raise InputError(text("The boundary has no polygon; give the outline of the area."))
    return crs.densify(gpd.GeoDataFrame(geometry=shapes, crs=crs.WGS84))


# --------------------------------------------------------------- outlines


def _outlines(localities: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Give each outline the ground that no smaller one claims: a point has one locality.

    Outlines drawn by hand overlap along their rims, and a camp may lie in the ground of a village.
    """
    shapes = np.array(localities.geometry.array, object)
    metric = crs.metric_crs(localities.total_bounds)
    plans = crs.to_metres(localities, metric).geometry.to_numpy()
    usable = np.flatnonzero(shapely.is_valid(shapes))  # who counts in the others refuses them
    first, second = shapely.STRtree(plans[usable]).query(plans[usable], predicate="intersects")
    first, second = usable[first], usable[second]
    size = shapely.area(plans)
    larger = (size[first] > size[second]) | ((size[first] == size[second]) & (first > second))
    first, second = first[larger], second[larger]
    parts, pair = shapely.get_parts(
        shapely.intersection(plans[first], plans[second]), return_index=True
    )
    wide = 2 * shapely.area(parts) > SLIVER_M * shapely.length(parts)
    thick = np.isin(np.arange(len(first)), pair[wide])
    problems = []
    for row in np.unique(first[thick]).tolist():
        others = second[thick & (first == row)]
        shapes[row] = shapely.difference(shapes[row], shapely.union_all(shapes[others]))
        problems.append(
            Problem(
                "localities", None, "geometry", str(localities["id"].iloc[row]),
                text("ground of its own"), text("ground shared is that of the smaller"),
            )
        )  # fmt: skip
    kept = ~shapely.is_empty(shapes)
    rows = cast("gpd.GeoDataFrame", localities[kept])
    return _labelled(rows, shapes[kept], [()] * int(kept.sum()), GIVEN), problems


# --------------------------------------------------------------- cells


def _cells(
    points: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Cut the ground within the boundary into the cells of the points inside it."""
    metric = crs.metric_crs(boundary.total_bounds)
    ground = shapely.union_all(
        shapely.make_valid(crs.to_metres(boundary, metric).geometry.to_numpy())
    )
    places = crs.to_metres(points, metric).geometry.to_numpy()
    shapely.prepare(ground)
    inside = np.flatnonzero(shapely.intersects(ground, places))
    outside = np.setdiff1d(np.arange(len(points)), inside)
    if not len(inside):
        raise InputError(
            text(
                "There is no locality within the boundary: {n} were given. Give those of the "
                "area, or the boundary that they lie in.",
                n=len(points),
            )
        )
    firsts, first_of = _merged(points, inside)
    later = inside[first_of != inside]
    merged = [tuple(points["id"].iloc[inside[first_of == first]])[1:] for first in firsts]
    cells = _nearest_ground(places[firsts], ground)
    table = points.iloc[firsts].copy()
    if "population" in table:
        people = pd.to_numeric(points["population"].iloc[inside], errors="coerce")
        table["population"] = people.groupby(first_of).max().to_numpy(float)
    degrees = crs.to_wgs84(gpd.GeoDataFrame(geometry=cells, crs=metric)).geometry.to_numpy()
    problems = [
        *(_problem(points, row, text("a place of its own")) for row in later.tolist()),
        *(_problem(points, row, text("a place within the boundary")) for row in outside.tolist()),
    ]
    return _labelled(table, degrees, merged, NEAREST), problems


def _merged(points: gpd.GeoDataFrame, inside: Ints) -> tuple[Ints, Ints]:
    """Give the first row at each place, and for each row inside the first one at its place."""
    here = points.geometry.iloc[inside]
    place = pd.MultiIndex.from_arrays(
        [here.x.round(SAME_DECIMALS).to_numpy(), here.y.round(SAME_DECIMALS).to_numpy()]
    )
    codes = pd.factorize(place)[0]
    firsts = inside[np.unique(codes, return_index=True)[1]]
    return firsts, firsts[codes]


def _nearest_ground(places: Shapes, ground: shapely.Geometry) -> Shapes:
    """Give the part of the ground that is nearest to each place.

    The lines half-way between places and the rim of the ground are cut at each other once, so
    that two cells have the very same points along the line between them.
    """
    lines = [shapely.boundary(ground)]
    if len(places) > 1:
        half_way = shapely.voronoi_polygons(
            shapely.multipoints(places), extend_to=ground, only_edges=True
        )
        # Straight in metres is not quite straight in degrees, in which the cells will travel.
        lines.append(shapely.segmentize(half_way, crs.STRAIGHT_M))
    cut = shapely.union_all(lines, grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(cut)))
    middles = shapely.point_on_surface(faces)
    faces = faces[shapely.intersects(ground, middles)]
    owner = shapely.STRtree(places).nearest(shapely.point_on_surface(faces))
    return np.array(list(_united(faces, owner, len(places))), object)


def _united(faces: Shapes, owner: Ints, n: int) -> Iterator[shapely.Geometry]:
    for place in range(n):
        own = faces[owner == place]
        yield own[0] if len(own) == 1 else shapely.union_all(own)
