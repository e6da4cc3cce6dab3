"""Lines → segments that meet only at their ends, each still knowing which road it is of.

Coordinates are whole millimetres, so that whether two segments cross, touch or share their ground
is decided exactly, and equal places have equal numbers. Street ends that stop within the
snapping distance (0.1 m) of another street are taken to reach it.

A segment that passes an end of another within 2 mm is led through it, again and again until none
does (snap rounding; J. D. Hobby 1999, iterated as by D. Halperin and E. Packer 2002). So nothing is
left between lines that were meant to be one, and every end is further from every segment than a
segment bends when its two ends go to degrees (6 mm more for one of 360 m): what is valid in metres
is valid in degrees, up to 65° north and south.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

Ints = NDArray[np.int64]

UNITS_PER_METRE = 1000
SNAP_M = 0.1
# Two lines that are one have ends within half a diagonal of a millimetre of it, and bend a little.
NEAR_MM = 2
# So much a segment bends on its way to degrees, times the square of its length: 0.136·tan(φ)/R
# at latitude φ = 65°. Lines come in stretches of at most 800 m (see `geosector.crs.densify`).
_BEND_PER_MM = 0.136 * 2.14 / 6.371e9
_LONGEST_MM = 850_000
# Every round makes segments shorter; no tangle has been seen to need a tenth of this.
_MOST_ROUNDS = 200


class Segments(NamedTuple):
    """Straight pieces of line.

    ``ends``: shape (n, 4), x1, y1, x2, y2 in millimetres, the lesser end first.
    ``way``: shape (n,), number of the road it is of; lower is more important.
    ``heading``: shape (n,), 1 where one may drive only towards the greater end, -1 where only
    towards the lesser, 0 where both ways or nobody knows.
    """

    ends: Ints
    way: Ints
    heading: Ints


def cut_into_segments(
    lines: NDArray[np.object_], way: Ints, heading: Ints | None = None
) -> Segments:
    """Take lines apart at their vertices; pieces of no length vanish, equal pieces become one.

    Parameters
    ----------
    lines : array of shapely LineString or LinearRing, metres
    way : array of int, shape (len(lines),)
    heading : array of int, shape (len(lines),), optional
        1 where one may drive only along the line, -1 where only against it, 0 (the default)
        otherwise.

    Returns
    -------
    Segments
        Sorted, so that the order of the lines leaves no trace. Of equal pieces the lowest ``way``
        stays.

    Examples
    --------
    >>> lines = np.array([shapely.LineString([(0, 0), (0, 0), (1, 0)])] * 2)
    >>> cut_into_segments(lines, np.array([7, 3]), np.array([0, -1]))
    Segments(ends=array([[   0,    0, 1000,    0]]), way=array([3]), heading=array([-1]))
    >>> cut_into_segments(lines[:0], np.array([], int)).ends.shape
    (0, 4)
    """
    xy, line = shapely.get_coordinates(lines, return_index=True)
    points = np.rint(xy * UNITS_PER_METRE).astype(np.int64)
    same_line = line[1:] == line[:-1]
    ends = np.hstack([points[:-1][same_line], points[1:][same_line]])
    owner = line[1:][same_line]
    if heading is None:
        heading = np.zeros(len(way), np.int64)
    return _tidied(ends, way[owner], heading[owner])


def node(segments: Segments) -> Segments:
    """Cut segments wherever they cross, touch, overlap, or pass an end within 2 mm.

    Parameters
    ----------
    segments : Segments
        Of ground-level lines: what passes above or below must have been set aside.

    Returns
    -------
    Segments
        No two of them share more than an end, and none passes the end of another within 2 mm.
    """
    segments = _reach_out(segments)
    return _settled(segments, np.ones(len(segments.way), bool))


def node_more(segments: Segments, more: Segments) -> Segments:
    """Add segments to noded ones and cut both where they meet.

    Parameters
    ----------
    segments : Segments
        From `node`.
    more : Segments

    Returns
    -------
    Segments
        As of `node`.
    """
    both = together(segments, more)
    return _settled(both, ~among(both.ends, segments.ends))


def together(one: Segments, two: Segments) -> Segments:
    """Put segments into one sorted table; of equal ones the lowest ``way`` stays.

    Examples
    --------
    >>> one = Segments(np.array([[5, 0, 9, 0]]), np.array([1]), np.array([0]))
    >>> two = Segments(np.array([[2, 0, 5, 0], [5, 0, 9, 0]]), np.array([4, 4]), np.array([0, 1]))
    >>> together(one, two)
    Segments(ends=array([[2, 0, 5, 0],
           [5, 0, 9, 0]]), way=array([4, 1]), heading=array([0, 0]))
    """
    return _tidied(*(np.concatenate(pair) for pair in zip(one, two, strict=True)))


def _settled(segments: Segments, fresh: NDArray[np.bool_]) -> Segments:
    """Cut until nothing is left to cut; only fresh segments may still meet others."""
    for _ in range(_MOST_ROUNDS):
        where, cuts = _cuts(segments.ends, fresh)
        if len(where) == 0:
            break
        # What is cut may come back as a piece of a longer one, and must be cut again.
        whole = np.delete(segments.ends, where, axis=0)
        segments = _split(segments, where, cuts)
        fresh = ~among(segments.ends, whole)
    return segments


def among(ends: Ints, known: Ints) -> NDArray[np.bool_]:
    """Say which segments are among known ones; both tables without doubles.

    Parameters
    ----------
    ends, known : array of int, shape (n, 4) and (m, 4)

    Returns
    -------
    array of bool, shape (n,)

    Examples
    --------
    >>> among(np.array([[0, 0, 1, 0], [0, 0, 2, 0]]), np.array([[0, 0, 2, 0]])).tolist()
    [False, True]
    """
    every = np.concatenate([known, ends])
    order = np.lexsort(every.T[::-1])
    same = (every[order][1:] == every[order][:-1]).all(axis=1)
    found = np.zeros(len(every), bool)
    found[order[1:][same]] = True  # the sort is stable: the known one comes first
    return found[len(known) :]


def point_code(xy: Ints) -> Ints:
    """Write both millimetre coordinates (shape (n, 2), each below 2³¹) as one whole number."""
    code: Ints = (xy[:, 0] << 32) + xy[:, 1]
    return code


def _tidied(ends: Ints, way: Ints, heading: Ints) -> Segments:
    """Order the two ends, drop what has no length, keep the best way of equal segments."""
    backward = (ends[:, 0] > ends[:, 2]) | ((ends[:, 0] == ends[:, 2]) & (ends[:, 1] > ends[:, 3]))
    ends = np.where(backward[:, None], ends[:, [2, 3, 0, 1]], ends)
    heading = np.where(backward, -heading, heading)
    long = (ends[:, :2] != ends[:, 2:]).any(axis=1)
    ends, way, heading = ends[long], way[long], heading[long]
    order = np.lexsort((heading, way, *ends.T[::-1]))
    ends, way, heading = ends[order], way[order], heading[order]
    first = np.ones(len(ends), bool)
    first[1:] = (ends[1:] != ends[:-1]).any(axis=1)
    return Segments(ends[first], way[first], heading[first])


def _lines(ends: Ints) -> NDArray[np.object_]:
    made: NDArray[np.object_] = shapely.linestrings(ends.reshape(-1, 2, 2) / UNITS_PER_METRE)
    return made


def _cross(ax: Ints, ay: Ints, bx: Ints, by: Ints) -> Ints:
    return ax * by - ay * bx


def _cuts(ends: Ints, fresh: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Find where segments must be cut: numbers of segments, and a point strictly inside each."""
    one, two = _neighbours(ends, fresh)
    a, b = ends[one], ends[two]
    ax, ay = a[:, 2] - a[:, 0], a[:, 3] - a[:, 1]
    bx, by = b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]
    # On which side of a the two ends of b lie, and the other way round: exact whole numbers.
    b1 = _cross(ax, ay, b[:, 0] - a[:, 0], b[:, 1] - a[:, 1])
    b2 = _cross(ax, ay, b[:, 2] - a[:, 0], b[:, 3] - a[:, 1])
    a1 = _cross(bx, by, a[:, 0] - b[:, 0], a[:, 1] - b[:, 1])
    a2 = _cross(bx, by, a[:, 2] - b[:, 0], a[:, 3] - b[:, 1])
    proper = (np.sign(b1) * np.sign(b2) < 0) & (np.sign(a1) * np.sign(a2) < 0)
    length_a, length_b = np.hypot(ax, ay), np.hypot(bx, by)
    near_a, near_b = _near(length_a) * length_a, _near(length_b) * length_b
    where, cuts = [], []
    meetings = (
        (b1, near_a, one, b[:, :2]),
        (b2, near_a, one, b[:, 2:]),
        (a1, near_b, two, a[:, :2]),
        (a2, near_b, two, a[:, 2:]),
    )
    for side, near, host, guest in meetings:
        touching = np.flatnonzero(np.abs(side) <= near)
        touching = touching[_strictly_between(ends[host[touching]], guest[touching])]
        where.append(host[touching])
        cuts.append(guest[touching])
        # Where an end will do, a crossing beside it would only leave crumbs.
        proper[touching] = False
    share = a1[proper] / (a1[proper] - a2[proper]).astype(float)
    crossing = a[proper, :2] + np.rint(share[:, None] * np.c_[ax, ay][proper]).astype(np.int64)
    for host in (one[proper], two[proper]):
        inside = ~_is_end(ends[host], crossing)
        where.append(host[inside])
        cuts.append(crossing[inside])
    return np.concatenate(where), np.concatenate(cuts)


def _near(length: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give how near an end is led through by segments of these lengths, all in millimetres."""
    near: NDArray[np.float64] = NEAR_MM + _BEND_PER_MM * np.minimum(length, _LONGEST_MM) ** 2
    return near


def _neighbours(ends: Ints, fresh: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Pair the segments whose boxes meet or nearly meet, each pair once, one of them fresh."""
    corners = ends[fresh] / UNITS_PER_METRE
    x, y = corners[:, [0, 2]], corners[:, [1, 3]]
    longest = np.hypot(*(ends[:, 2:] - ends[:, :2]).T).max(initial=0)
    near = _near(longest) / UNITS_PER_METRE
    boxes = shapely.box(
        x.min(axis=1) - near, y.min(axis=1) - near, x.max(axis=1) + near, y.max(axis=1) + near
    )
    one, two = shapely.STRtree(_lines(ends)).query(boxes)
    one = np.flatnonzero(fresh)[one]
    pair = (one < two) | ((one > two) & ~fresh[two])
    return one[pair], two[pair]


def _is_end(ends: Ints, points: Ints) -> NDArray[np.bool_]:
    first = (points == ends[:, :2]).all(axis=1)
    last = (points == ends[:, 2:]).all(axis=1)
    at_end: NDArray[np.bool_] = np.logical_or(first, last)
    return at_end


def _strictly_between(ends: Ints, points: Ints) -> NDArray[np.bool_]:
    """Say whether points beside segments cut them into two that are both shorter.

    Were a piece as long as the whole, the end cut off could cut it again, and so on for ever.
    """
    whole = _square(ends[:, 2:] - ends[:, :2])
    one, two = _square(points - ends[:, :2]), _square(ends[:, 2:] - points)
    between: NDArray[np.bool_] = (one > 0) & (two > 0) & (one < whole) & (two < whole)
    return between


def _square(steps: Ints) -> Ints:
    """Give the squared lengths of steps, shape (n, 2)."""
    square: Ints = (steps * steps).sum(axis=1)
    return square


def _split(segments: Segments, where: Ints, cuts: Ints) -> Segments:
    """Cut segments at points, in order along each."""
    ends = segments.ends
    pieces, host = _pieces(ends, where, cuts)
    # Between points on both sides of a segment a piece can be longer than it was. Then only one
    # is cut out now: as every piece is shorter than the whole, there is an end to the cutting.
    grown = host[_square(pieces[:, 2:] - pieces[:, :2]) >= _square(ends[host, 2:] - ends[host, :2])]
    if len(grown):
        where, cuts = _one_each(ends, where, cuts, np.unique(grown))
        pieces, host = _pieces(ends, where, cuts)
    kept = np.ones(len(ends), bool)
    kept[where] = False
    source = np.concatenate([np.flatnonzero(kept), host])
    return _tidied(np.vstack([ends[kept], pieces]), segments.way[source], segments.heading[source])


def _pieces(ends: Ints, where: Ints, cuts: Ints) -> tuple[Ints, Ints]:
    """Give the pieces between the points at which segments are cut, and the segment of each."""
    hit = np.unique(where)
    host = np.concatenate([where, hit, hit])
    points = np.vstack([cuts, ends[hit, :2], ends[hit, 2:]])
    start = ends[host, :2]
    along = ((points - start) * (ends[host, 2:] - start)).astype(float).sum(axis=1)
    order = np.lexsort((*points.T, along, host))
    points, host = points[order], host[order]
    same = host[1:] == host[:-1]
    return np.hstack([points[:-1][same], points[1:][same]]), host[1:][same]


def _one_each(ends: Ints, where: Ints, cuts: Ints, hosts: Ints) -> tuple[Ints, Ints]:
    """Keep of the cuts in some segments only the one nearest the middle of each."""
    few = np.isin(where, hosts)
    farther = np.maximum(
        _square(cuts[few] - ends[where[few], :2]), _square(ends[where[few], 2:] - cuts[few])
    )
    order = np.lexsort((*cuts[few].T, farther, where[few]))
    first = np.unique(where[few][order], return_index=True)[1]
    chosen = np.flatnonzero(few)[order[first]]
    kept = np.concatenate([np.flatnonzero(~few), chosen])
    return where[kept], cuts[kept]


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
        np.vstack([ends, bridged]),
        np.concatenate([segments.way, segments.way[owner[tip]]]),
        np.concatenate([segments.heading, np.zeros(len(tip), np.int64)]),
    )
    if not inside.any():
        return _tidied(*joined)
    return _split(joined, target[inside], feet_mm[inside])
