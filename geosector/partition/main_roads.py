"""Which streets are main: as the user draws or names them, where the classes do not say it.

A street that becomes main has the class ``main``: it costs like one and counts in
``main_border_share``. A street whose class is a main one already keeps it. Nothing is demoted: to
make a class count for less, give it a cost of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.language import text
from geosector.partition.classes import MAIN, group
from geosector.partition.rows import row_number, text_column
from geosector.tables import Problem, fold_label

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Shapes = NDArray[np.object_]

# A hand-drawn line and the street it means lie this near, and run within this angle.
NEAR_M = 10.0
ALIKE_DEGREES = 20.0
# Where along a piece of street one looks whether it lies on a line.
_LOOKS = (0.25, 0.5, 0.75)


class Classed(NamedTuple):
    """Roads with classes, and what could not be followed."""

    roads: gpd.GeoDataFrame
    problems: tuple[Problem, ...]


def with_main_lines(
    roads: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, metric: pyproj.CRS
) -> Classed:
    """Make main what lies on the user's own main-road lines.

    A piece of street (from vertex to vertex) lies on a line where it is within 10 m of it at a
    quarter, half and three quarters of its length and runs within 20° of the line's direction: a
    street that only crosses the line does not.

    Parameters
    ----------
    roads, lines : geopandas.GeoDataFrame
        Lines, in any system.
    metric : pyproj.CRS
        The city's metres.

    Returns
    -------
    Classed
        ``roads`` in metres. A street that lies on a line in part becomes two rows, the second
        behind all others. A line on which no street lies is a problem.

    Raises
    ------
    MissingCRSError
        Where one of the two has no coordinate system.

    Examples
    --------
    A street along the line and one across it; no lines; a line far from all streets:

    >>> from shapely.geometry import LineString
    >>> metric = crs.metric_crs((30, 33, 30, 33))
    >>> streets = [LineString([(0, 0), (90, 0)]), LineString([(40, -50), (40, 50)])]
    >>> roads = gpd.GeoDataFrame({"road_class": ["residential"] * 2}, geometry=streets, crs=metric)
    >>> line = gpd.GeoDataFrame(geometry=[LineString([(-5, 4), (99, 4)])], crs=metric)
    >>> with_main_lines(roads, line, metric).roads["road_class"].tolist()
    ['main', 'residential']
    >>> with_main_lines(roads, line.iloc[:0], metric).roads["road_class"].tolist()
    ['residential', 'residential']
    >>> far = line.set_geometry(line.translate(0, 500))
    >>> with_main_lines(roads, far, metric).problems[0].expected
    'a line along a street'
    """
    crs.require_crs(roads, text("The roads table"))
    crs.require_crs(lines, text("The main roads table"))
    streets = crs.to_metres(roads, metric)
    drawn = np.asarray(crs.to_metres(crs.densify(lines), metric).geometry.values, object)
    guides, guide_row = _segments(shapely.force_2d(drawn))
    shapes = shapely.force_2d(np.asarray(streets.geometry.values, object))
    pieces, row = _segments(shapes)
    on_line, followed = _on_lines(pieces, guides)
    missed = np.setdiff1d(np.arange(len(drawn)), guide_row[followed])
    problems = tuple(
        Problem("main_roads", row_number(lines, place), "geometry", "",
                text("a line along a street"), text("left out"))
        for place in missed.tolist()
    )  # fmt: skip
    classes = text_column(streets, "road_class")
    touched = np.unique(row[on_line])
    promoted = touched[[group(classes[place]) != MAIN for place in touched]]
    whole = np.bincount(row[on_line], minlength=len(shapes)) == np.bincount(
        row, minlength=len(shapes)
    )
    new_shapes, extra = shapes.copy(), []
    for place in promoted:
        own = row == place
        if whole[place]:
            continue
        new_shapes[place] = _joined(pieces[own & ~on_line])
        extra.append((place, _joined(pieces[own & on_line])))
    classes[promoted[whole[promoted]]] = MAIN
    made = streets.assign(road_class=classes).set_geometry(
        gpd.GeoSeries(new_shapes, streets.index, metric)
    )
    if not extra:
        return Classed(made, problems)
    more = made.iloc[[place for place, _ in extra]].assign(road_class=MAIN)
    more = more.set_geometry(gpd.GeoSeries([line for _, line in extra], more.index, metric))
    return Classed(pd.concat([made, more], ignore_index=True), problems)


def with_main_names(roads: gpd.GeoDataFrame, names: Iterable[str]) -> Classed:
    """Make main the streets of some names.

    Parameters
    ----------
    roads : geopandas.GeoDataFrame
        With ``name``; it may be missing.
    names : iterable of str
        Case, accents and Arabic spelling do not matter; the whole name must be there.

    Returns
    -------
    Classed
        The same rows. A name that no street has is a problem.

    Examples
    --------
    >>> roads = gpd.GeoDataFrame({"name": ["شارع النيل", "Lane 4"]}, geometry=[None, None])
    >>> with_main_names(roads, ["شارع النيل"]).roads["road_class"].tolist()
    ['main', '']
    >>> with_main_names(roads, []).roads["road_class"].tolist()
    ['', '']
    >>> with_main_names(roads, ["Nile Street"]).problems[0].given
    'Nile Street'
    """
    classes = text_column(roads, "road_class")
    wanted = {fold_label(name): name for name in names}
    if "name" not in roads:
        folded = np.full(len(roads), "", object)
    else:
        folded = np.array([fold_label(name) for name in roads["name"].tolist()], object)
    for place in np.flatnonzero(np.isin(folded.astype(str), list(wanted))):
        if folded[place] and group(classes[place]) != MAIN:
            classes[place] = MAIN
    missed = sorted(set(wanted) - set(folded.tolist()))
    problems = tuple(
        Problem("roads", None, "name", wanted[name], text("the name of a street"),
                text("left out"))
        for name in missed
    )  # fmt: skip
    return Classed(roads.assign(road_class=classes), problems)


def _segments(shapes: Shapes) -> tuple[Shapes, NDArray[np.int64]]:
    """Take lines apart at their vertices; say of which row each piece is."""
    lines, row = shapely.get_parts(shapes, return_index=True)
    one_dimensional = shapely.get_dimensions(lines) == 1
    lines, row = lines[one_dimensional], row[one_dimensional]
    xy, line = shapely.get_coordinates(lines, return_index=True)
    same = np.flatnonzero((line[1:] == line[:-1]) & (xy[1:] != xy[:-1]).any(axis=1))
    made: Shapes = shapely.linestrings(np.stack([xy[same], xy[same + 1]], axis=1))
    return made, row[line[same]].astype(np.int64)


def _on_lines(pieces: Shapes, guides: Shapes) -> tuple[Flags, NDArray[np.int64]]:
    """Say which pieces lie on a guide, and which guides they follow."""
    if len(pieces) == 0 or len(guides) == 0:
        return np.zeros(len(pieces), bool), np.zeros(0, np.int64)
    tree = shapely.STRtree(guides)
    on_line = np.ones(len(pieces), bool)
    followed = []
    for share in _LOOKS:
        looks = shapely.line_interpolate_point(pieces, share, normalized=True)
        piece, guide = tree.query(looks, predicate="dwithin", distance=NEAR_M)
        alike = _between(_bearings(pieces)[piece], _bearings(guides)[guide]) <= ALIKE_DEGREES
        here = np.zeros(len(pieces), bool)
        here[piece[alike]] = True
        on_line &= here
        followed.append(np.stack([piece[alike], guide[alike]], axis=1))
    pairs = np.concatenate(followed)
    return on_line, np.unique(pairs[on_line[pairs[:, 0]], 1]).astype(np.int64)


def _bearings(segments: Shapes) -> Floats:
    ends = shapely.get_coordinates(segments).reshape(-1, 2, 2)
    east, north = (ends[:, 1] - ends[:, 0]).T
    bearings: Floats = np.degrees(np.arctan2(east, north)) % 180.0
    return bearings


def _between(one: Floats, two: Floats) -> Floats:
    """Give the angle between two directions, whichever way they are walked: 0° … 90°."""
    apart = np.abs(one - two)
    angle: Floats = np.minimum(apart, 180.0 - apart)
    return angle


def _joined(pieces: Shapes) -> shapely.Geometry:
    return shapely.line_merge(shapely.multilinestrings(pieces))
