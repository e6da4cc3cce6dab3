"""Outlines as people draw them on a phone: lines that come back to where they began.

An outline drawn as a line becomes an area; where it was not quite closed, it is closed and that
is listed. A line whose ends lie far apart is no outline.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geosector.language import percent, text
from geosector.sources.check import row_number
from geosector.tables import Problem

# Ends nearer than this share of the outline's length are taken for one place.
MAX_GAP_SHARE = 0.1
_LINES = (1, 2, 5)


def as_areas(features: gpd.GeoDataFrame, *, file: str) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Turn outlines drawn as lines into areas.

    Parameters
    ----------
    features : GeoDataFrame
        Any geometries in any system; areas stay as they are.
    file : str
        For the problems.

    Returns
    -------
    tuple = (features, problems)
        Same rows, same index. A line that is no outline stays a line: the check leaves it out.

    Examples
    --------
    >>> from shapely import LineString
    >>> drawn = gpd.GeoDataFrame(geometry=[LineString([(0, 0), (9, 0), (9, 9), (0, 9), (0, 0.5)])])
    >>> areas, problems = as_areas(drawn, file="outline.kml")
    >>> areas.geometry.iloc[0].geom_type, problems[0].action
    ('Polygon', 'The outline was closed.')
    >>> as_areas(drawn.iloc[:0], file="outline.kml")[1]
    []
    """
    geometries = features.geometry.to_numpy().copy()
    problems = []
    for place in np.flatnonzero(np.isin(shapely.get_type_id(geometries), _LINES)).tolist():
        ring = _one_line(geometries[place])
        if ring is None or len(ring.coords) < 3 or ring.length == 0:  # noqa: PLR2004 - corners of an area
            continue
        ends = shapely.points(np.asarray(ring.coords)[[0, -1]])
        gap = float(shapely.distance(*ends)) / ring.length
        if gap > MAX_GAP_SHARE:
            continue
        corners = np.asarray(ring.coords)
        if gap > 0:
            problems.append(
                Problem(file, row_number(features.index, place), "geometry",
                        text("an outline with a gap of {share} of its length",
                             share=percent(gap, decimals=1)),
                        text("a closed outline"), text("The outline was closed."))
            )  # fmt: skip
            corners = np.vstack([corners, corners[:1]])
        if len(corners) > 3:  # noqa: PLR2004 - a triangle has its first corner twice
            geometries[place] = shapely.Polygon(corners)
    return features.set_geometry(gpd.GeoSeries(geometries, features.index, features.crs)), problems


def _one_line(drawn: Any) -> Any:  # noqa: ANN401 - any shapely line
    """Join the pieces of a track; None where they do not join."""
    flat = shapely.force_2d(drawn)
    if flat.geom_type == "LinearRing":
        return shapely.LineString(flat.coords)
    merged = shapely.line_merge(flat) if flat.geom_type == "MultiLineString" else flat
    return merged if merged.geom_type == "LineString" else None
