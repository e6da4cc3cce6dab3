"""Lines → segments that meet only at their ends, each still knowing which road it is of.

Coordinates are whole millimetres, so that whether two segments cross, touch or share their ground
is decided exactly, and equal places have equal numbers. Street ends that stop within the
snapping distance (0.1 m) of another street are taken to reach it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

Ints = NDArray[np.int64]

UNITS_PER_METRE = 1000
SNAP_M = 0.1
# Rounding a crossing to a millimetre can make a new one beside it; this dies out within a few.
_MOST_ROUNDS = 12


class Segments(NamedTuple):
    """Straight pieces of line.

    ``ends``: shape (n, 4), x1, y1, x2, y2 in millimetres, the lesser end first.
    ``way``: shape (n,), number of the road it is of; lower is more important.
    """

    ends: Ints
    way: Ints


def cut_into_segments(lines: NDArray[np.object_], way: Ints) -> Segments:
    """Take lines apart at their vertices; pieces of no length vanish, equal pieces become one.

    Parameters
    ----------
    lines : array of shapely LineString or LinearRing, metres
    way : array of int, shape (len(lines),)

    Returns
    -------
    Segments
        Sorted, so that the order and direction of the lines leave no trace. Of equal pieces the
        lowest ``way`` stays.

    Examples
    --------
    >>> lines = np.array([shapely.LineString([(0, 0), (0, 0), (1, 0)])] * 2)
    >>> cut_into_segments(lines, np.array([7, 3]))
    Segments(ends=array([[   0,    0, 1000,    0]]), way=array([3]))
    """
    xy, line = shapely.get_coordinates(lines, return_index=True)
    points = np.rint(xy * UNITS_PER_METRE).astype(np.int64)
    same_line = line[1:] == line[:-1]
    ends = np.hstack([points[:-1][same_line], points[1:][same_line]])
    return _tidied(ends, way[line[1:][same_line]])


def node(segments: Segments) -> Segments:
    """Cut segments wherever they cross, touch or overlap.

    Parameters
    ----------
    segments : Segments
        Of ground-level lines: what passes above or below must have been set aside.

    Returns
    -------
    Segments
        No two of them share more than an end.
    """
    segments = _reach_out(segments)
    fresh = np.ones(len(segments.way), bool)
    for _ in range(_MOST_ROUNDS):
        where, cuts = _cuts(segments.ends, fresh)
        if len(where) == 0:
            break
        before = segments
        segments = _split(segments, where, cuts)
        fresh = ~np.isin(_keys(segments.ends), _keys(before.ends))
    return segments


def point_code(xy: Ints) -> Ints:
    """Write both millimetre coordinates (shape (n, 2), each below 2³¹) as one whole number."""
    code: Ints = (xy[:, 0] << 32) + xy[:, 1]
    return code


def is_among(ends: Ints, others: Ints) -> NDArray[np.bool_]:
    """Say which segments are among others, by their ends.

    Examples
    --------
    >>> is_among(np.array([[0, 0, 1, 0], [0, 0, 2, 0]]), np.array([[0, 0, 2, 0]])).tolist()
    [False, True]
    """
    among: NDArray[np.bool_] = np.isin(_keys(ends), _keys(others))
    return among


def _keys(ends: Ints) -> NDArray[np.void]:
    """Give each segment one comparable key."""
    return np.ascontiguousarray(ends).view("i8,i8,i8,i8").ravel()


def _tidied(ends: Ints, way: Ints) -> Segments:
    """Order the two ends, drop what has no length, keep the best way of equal segments."""
    backward = (ends[:, 0] > ends[:, 2]) | ((ends[:, 0] == ends[:, 2]) & (ends[:, 1] > ends[:, 3]))
    ends = np.where(backward[:, None], ends[:, [2, 3, 0, 1]], ends)
    long = (ends[:, :2] != ends[:, 2:]).any(axis=1)
    ends, way = ends[long], way[long]
    order = np.lexsort((way, ends[:, 3], ends[:, 2], ends[:, 1], ends[:, 0]))
    ends, way = ends[order], way[order]
    first = np.ones(len(ends), bool)
    first[1:] = (ends[1:] != ends[:-1]).any(axis=1)
    return Segments(ends[first], way[first])


def _lines(ends: Ints) -> NDArray[np.object_]:
    made: NDArray[np.object_] = shapely.linestrings(ends.reshape(-1, 2, 2) / UNITS_PER_METRE)
    return made


def _cross(ax: Ints, ay: Ints, bx: Ints, by: Ints) -> Ints:
    return ax * by - ay * bx


def _cuts(ends: Ints, fresh: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Find where segments must be cut: numbers of segments, and a point strictly inside each."""
    lines = _lines(ends)
    one, two = shapely.STRtree(lines).query(lines[fresh])
    one = np.flatnonzero(fresh)[one]
    pair = (one < two) | ((one > two) & ~fresh[two])
    one, two = one[pair], two[pair]
    a, b = ends[one], ends[two]
    ax, ay = a[:, 2] - a[:, 0], a[:, 3] - a[:, 1]
    bx, by = b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]
    # On which side of a the two ends of b lie, and the other way round: exact whole numbers.
    b1 = _cross(ax, ay, b[:, 0] - a[:, 0], b[:, 1] - a[:, 1])
    b2 = _cross(ax, ay, b[:, 2] - a[:, 0], b[:, 3] - a[:, 1])
    a1 = _cross(bx, by, a[:, 0] - b[:, 0], a[:, 1] - b[:, 1])
    a2 = _cross(bx, by, a[:, 2] - b[:, 0], a[:, 3] - b[:, 1])
    where, cuts = [], []
    meetings = (
        (b1, one, b[:, :2]),
        (b2, one, b[:, 2:]),
        (a1, two, a[:, :2]),
        (a2, two, a[:, 2:]),
    )
    for side, host, guest in meetings:
        touching = (side == 0) & _strictly_inside(ends[host], guest)
        where.append(host[touching])
        cuts.append(guest[touching])
    proper = (np.sign(b1) * np.sign(b2) < 0) & (np.sign(a1) * np.sign(a2) < 0)
    share = a1[proper] / (a1[proper] - a2[proper]).astype(float)
    crossing = a[proper, :2] + np.rint(share[:, None] * np.c_[ax, ay][proper]).astype(np.int64)
    for host in (one[proper], two[proper]):
        inside = ~_is_end(ends[host], crossing)
        where.append(host[inside])
        cuts.append(crossing[inside])
    return np.concatenate(where), np.concatenate(cuts)


def _is_end(ends: Ints, points: Ints) -> NDArray[np.bool_]:
    first = (points == ends[:, :2]).all(axis=1)
    last = (points == ends[:, 2:]).all(axis=1)
    at_end: NDArray[np.bool_] = np.logical_or(first, last)
    return at_end


def _strictly_inside(ends: Ints, points: Ints) -> NDArray[np.bool_]:
    """Say whether points on the segment's line lie within it, its ends excepted."""
    low = np.minimum(ends[:, :2], ends[:, 2:])
    high = np.maximum(ends[:, :2], ends[:, 2:])
    between = ((points >= low) & (points <= high)).all(axis=1)
    inside: NDArray[np.bool_] = np.logical_and(between, ~_is_end(ends, points))
    return inside


def _split(segments: Segments, where: Ints, cuts: Ints) -> Segments:
    """Cut segments at points, in order along each."""
    ends = segments.ends
    hit = np.unique(where)
    chain_of = np.concatenate([where, hit, hit])
    points = np.vstack([cuts, ends[hit, :2], ends[hit, 2:]])
    start = ends[chain_of, :2]
    along = ((points - start) * (ends[chain_of, 2:] - start)).astype(float).sum(axis=1)
    order = np.lexsort((along, chain_of))
    points, chain_of = points[order], chain_of[order]
    same = chain_of[1:] == chain_of[:-1]
    pieces = np.hstack([points[:-1][same], points[1:][same]])
    kept = np.ones(len(ends), bool)
    kept[hit] = False
    return _tidied(
        np.vstack([ends[kept], pieces]),
        np.concatenate([segments.way[kept], segments.way[chain_of[1:][same]]]),
    )


def _reach_out(segments: Segments) -> Segments:
    """Join street ends that stop within the snapping distance of another street to it."""
    ends = segments.ends
    codes = np.concatenate([point_code(ends[:, :2]), point_code(ends[:, 2:])])
    _, first, count = np.unique(codes, return_index=True, return_counts=True)
    loose = first[count == 1]
    if len(loose) == 0:
        return segments
    owner = loose % len(ends)
    tips = np.where((loose < len(ends))[:, None], ends[owner, :2], ends[owner, 2:])
    points = shapely.points(tips / UNITS_PER_METRE)
    lines = _lines(ends)
    tip, target = shapely.STRtree(lines).query(points, predicate="dwithin", distance=SNAP_M)
    other = target != owner[tip]
    tip, target = tip[other], target[other]
    if len(tip) == 0:
        return segments
    # The nearest of several, by lowest number where they are equally near.
    order = np.lexsort((target, shapely.distance(points[tip], lines[target]), tip))
    tip, target = tip[order], target[order]
    nearest = np.unique(tip, return_index=True)[1]
    tip, target = tip[nearest], target[nearest]
    reach = shapely.line_locate_point(lines[target], points[tip])
    feet = shapely.get_coordinates(shapely.line_interpolate_point(lines[target], reach))
    feet_mm = np.rint(feet * UNITS_PER_METRE).astype(np.int64)
    inside = ~_is_end(ends[target], feet_mm)
    bridged = np.hstack([tips[tip], feet_mm])
    joined = Segments(
        np.vstack([ends, bridged]), np.concatenate([segments.way, segments.way[owner[tip]]])
    )
    if not inside.any():
        return _tidied(*joined)
    return _split(joined, target[inside], feet_mm[inside])
