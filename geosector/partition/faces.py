"""Segments → faces, and who lies on which side of every segment."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geosector.partition.noding import UNITS_PER_METRE, Segments, point_code

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

OUTSIDE = -1


class Sides(NamedTuple):
    """The sides of faces, in the order of their rings; a segment between two faces is two sides.

    ``face``: on this side. ``other``: on the other, `OUTSIDE` where there is none. ``segment``:
    row of the segments. ``left``: True where the face lies to the left of one who walks from the
    lesser end of the segment to the greater. ``after``: number of the next side of the ring, as
    one walks with the face to the left. ``metres``: length of each.
    """

    face: Ints
    other: Ints
    segment: Ints
    left: NDArray[np.bool_]
    after: Ints
    metres: Floats


def polygonize(segments: Segments) -> NDArray[np.object_]:
    """Make the polygons between noded segments; what ends inside one bounds nothing.

    Parameters
    ----------
    segments : Segments
        From `geosector.partition.noding.node`.

    Returns
    -------
    array of shapely Polygon, metres

    Examples
    --------
    >>> from geosector.partition.noding import cut_into_segments
    >>> ring = cut_into_segments(np.array([shapely.box(0, 0, 2, 1).exterior]), np.array([0]))
    >>> shapely.area(polygonize(ring)).tolist()
    [2.0]
    """
    lines = shapely.linestrings(segments.ends.reshape(-1, 2, 2) / UNITS_PER_METRE)
    faces: NDArray[np.object_] = shapely.get_parts(shapely.polygonize(lines))
    return faces


def inside(faces: NDArray[np.object_], limits: BaseGeometry) -> NDArray[np.object_]:
    """Keep the faces that lie inside an area whose outline is among their segments."""
    shapely.prepare(limits)
    kept: NDArray[np.object_] = faces[shapely.contains(limits, shapely.point_on_surface(faces))]
    return kept


def sides_of(faces: NDArray[np.object_], segments: Segments) -> Sides:
    """Find which face lies on which side of which segment, by exact coordinates.

    Parameters
    ----------
    faces : array of shapely Polygon
        Made of the segments.
    segments : Segments

    Returns
    -------
    Sides

    Examples
    --------
    >>> from geosector.partition.noding import cut_into_segments, node
    >>> lines = [shapely.box(0, 0, 2, 1).exterior, shapely.LineString([(1, 0), (1, 1)])]
    >>> segments = node(cut_into_segments(np.array(lines), np.array([1, 0])))
    >>> sides = sides_of(polygonize(segments), segments)
    >>> between = sides.other != OUTSIDE
    >>> sides.metres[between].tolist(), segments.way[sides.segment[between]].tolist()
    ([1.0, 1.0], [0, 0])
    """
    rings, face_of_ring = shapely.get_rings(faces, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    points = np.rint(xy * UNITS_PER_METRE).astype(np.int64)
    start = np.flatnonzero(ring[1:] == ring[:-1])
    ring = ring[start]
    segment, forward = _segments_between(points[start], points[start + 1], segments)
    # GEOS does not promise the sense of its rings: the face is left of a ring round it that runs
    # against the clock, and left of a ring round a hole that runs with it.
    hole = np.ones(len(rings), bool)
    hole[np.unique(face_of_ring, return_index=True)[1]] = False
    on_left = shapely.is_ccw(rings) != hole
    face = face_of_ring[ring].astype(np.int64)
    left = forward == on_left[ring]
    owner = np.full((len(segments.way), 2), OUTSIDE, np.int64)
    owner[segment, left.astype(int)] = face
    ends = segments.ends[segment]
    metres = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]) / UNITS_PER_METRE
    other = owner[segment, 1 - left.astype(int)]
    return Sides(face, other, segment, left, _next_side(ring, on_left), metres)


def _segments_between(one: Ints, two: Ints, segments: Segments) -> tuple[Ints, NDArray[np.bool_]]:
    """Look up segments by their two ends; say whether the first end given is the lesser."""
    low, high = point_code(segments.ends[:, :2]), point_code(segments.ends[:, 2:])
    nodes = np.unique(np.concatenate([low, high]))
    # Segments are sorted by their ends, so that these numbers rise.
    known = np.searchsorted(nodes, low) * len(nodes) + np.searchsorted(nodes, high)
    a = np.searchsorted(nodes, point_code(one))
    b = np.searchsorted(nodes, point_code(two))
    wanted = np.minimum(a, b) * len(nodes) + np.maximum(a, b)
    return np.searchsorted(known, wanted), a < b


def _next_side(ring: Ints, on_left: NDArray[np.bool_]) -> Ints:
    """Give the number of the side that follows each in its ring, with the face to the left."""
    count = np.bincount(ring, minlength=len(on_left))
    last = np.cumsum(count) - 1
    first = last - count + 1
    here = np.arange(len(ring))
    after = np.where(here == last[ring], first[ring], here + 1)
    before = np.where(here == first[ring], last[ring], here - 1)
    following: Ints = np.where(on_left[ring], after, before)
    return following
