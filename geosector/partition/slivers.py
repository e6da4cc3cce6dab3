"""Faces on which nobody lives between the lines of one road: which they are, and who takes them.

A road drawn as two carriageways, a roundabout or a junction with slip roads encloses ground that
is no block. Left alone it would let a sector grow along a median strip. A face is a sliver where

- **thin**: its mean width 2·area/perimeter is below 8 m, or its area below 400 m² (`BlockRules`);
- **between the directions of one street**: three quarters of its outline follow one street (same
  class, same name), all of it one-way and passing the face on the same side, as the carriageways
  on both sides of a median and the ring round an island do. This knows no width: a boulevard's
  park is a median too. A street that is neither main nor tertiary, or whose name is empty so that
  two streets may look like one, must also be narrower than most blocks;
- **of the form of one**, where directions are not known: nine tenths of its outline follow one
  street, and it is round (a roundabout), or it is long, narrower than most blocks and the street
  is a main one (a median);
- **inside a junction**: a third of its outline follows slip roads (``…_link``) and nine tenths
  main roads and slip roads.

A face into which a street leads is none of the last three: somebody goes there.

"Narrower than most blocks" compares with the median of this city, "long" and "round" are pure form
(Polsby-Popper 4π·area/perimeter² up to 0.5, about four times as long as wide; from 0.9), so that
nothing depends on how wide roads are in one country.

A long sliver is first cut across at every street that reaches it from one side, and each piece
goes to the block beside it there. So nothing connects along a strip, and the border between two
sectors on both sides of a street follows one carriageway. The side taken is the one that lies
further to the north-north-east. A cut lies on the ground of the street whose strip it crosses and
is a border along that street. Every other sliver goes to the neighbour
with which it shares the longest border, to one that is no sliver where it can; where there are
only slivers, as between the paths of a camp, they join two by two until they are blocks.

Barriers and the edges of plots are no streets: what they enclose is a sliver only where it is thin.
A sliver goes across a barrier only where it has no other neighbour that is a block, lest the
barrier vanish inside one; slivers beside a barrier do not gather along it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector.partition import noding
from geosector.partition.classes import MAIN, MINOR, group, is_barrier, is_road
from geosector.partition.faces import OUTSIDE, Sides, polygonize, sides_of
from geosector.partition.noding import UNITS_PER_METRE, Segments
from geosector.partition.pieces import joined

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Parts of an outline, and forms (see the head of this file).
ONE_STREET, NEARLY_ALL, SLIP_ROADS = 0.75, 0.9, 1 / 3
LONG, ROUND = 0.5, 0.9
# The side of a street that takes its strip: no common grid of streets runs exactly this way.
_TOWARDS = np.array([np.cos(np.radians(67)), np.sin(np.radians(67))])
# A cut across a strip is no longer than this many mean widths; it moves to a vertex that is
# hardly further than the nearest point.
_LONGEST_CUT, _TO_VERTEX = 2.5, 1.25
# Borders shorter than this part of a sliver's longest are no way into a neighbour.
_LEAST_BORDER = 0.1
_BEYOND_M = 0.005


@dataclass(frozen=True)
class BlockRules:
    """When a face between streets is no block of its own but a sliver.

    ``sliver_width_m``: mean width 2·area/perimeter below which it is one.
    ``sliver_area_m2``: area below which it is one.
    """

    sliver_width_m: float = 8.0
    sliver_area_m2: float = 400.0


class Mesh(NamedTuple):
    """Faces, the segments between them, and which faces are slivers.

    ``special``: slivers for what encloses them, however large. ``street``: way that the outline
    of each follows furthest. ``across``: shape (n, 2), for long slivers the direction to the side
    that takes them, 0 for all other faces. ``barrier``: which segments are barriers.
    """

    faces: NDArray[np.object_]
    segments: Segments
    sides: Sides
    sliver: Flags
    special: Flags
    street: Ints
    across: Floats
    barrier: Flags


class Form(NamedTuple):
    """The form of faces: area, perimeter, mean width, roundness (Polsby-Popper)."""

    area: Floats
    perimeter: Floats
    width: Floats
    round: Floats


def form_of(faces: NDArray[np.object_]) -> Form:
    """Measure faces.

    Examples
    --------
    A strip of 10 × 90 m:

    >>> form = form_of(np.array([shapely.box(0, 0, 90, 10)]))
    >>> form.width.tolist(), form.round.round(2).tolist()
    ([9.0], [0.28])
    """
    area, perimeter = shapely.area(faces), shapely.length(faces)
    return Form(area, perimeter, 2 * area / perimeter, 4 * np.pi * area / perimeter**2)


def find_slivers(
    faces: NDArray[np.object_], segments: Segments, ways: pd.DataFrame, rules: BlockRules
) -> Mesh:
    """Say which faces are slivers (see the head of this file).

    Parameters
    ----------
    faces : array of shapely Polygon, metres
    segments : Segments
        Of which the faces are made.
    ways : pandas.DataFrame
        ``road_class``, ``name``; the last row is no road.
    rules : BlockRules

    Returns
    -------
    Mesh
    """
    sides, form = sides_of(faces, segments), form_of(faces)
    thin = (form.area < rules.sliver_area_m2) | (form.width < rules.sliver_width_m)
    blocks = form.width[~thin]
    narrow = form.width <= (np.median(blocks) if len(blocks) else 0.0)
    street = _chief_street(sides, segments, form, ways)
    special = _between_lines(street, form, ways, narrow)
    special |= ~thin & _in_junction(sides, segments, form, ways)
    special[special] = ~_entered(faces[special], segments, sides)
    sliver = thin | special
    strip = sliver & (form.round <= LONG)
    across = np.where(strip[:, None], _across(sides, segments, len(faces)), 0.0)
    barrier = ways["road_class"].map(is_barrier).to_numpy(bool)[segments.way]
    return Mesh(faces, segments, sides, sliver, special, street.way, across, barrier)


def _between_lines(street: _Street, form: Form, ways: pd.DataFrame, narrow: Flags) -> Flags:
    """Say which faces lie between the lines of one street."""
    groups = np.array([group(name) for name in ways["road_class"]], object)[street.way]
    named = (ways["name"] != "").to_numpy(bool)[street.way]
    follows = street.way < len(ways) - 1
    sure = named & (groups != MINOR)
    circled = follows & (street.circled >= ONE_STREET) & (sure | narrow)
    enclosed = follows & (street.share >= NEARLY_ALL) & ~street.directed
    long = (form.round <= LONG) & narrow & (groups == MAIN)
    formed = enclosed & (long | (form.round >= ROUND))
    between: Flags = circled | formed
    return between


class _Street(NamedTuple):
    """The road that the outline of each face follows furthest; a barrier counts as no road.

    ``share``: part of the outline that follows it. ``circled``: part of the outline on which it is
    one-way and passes the face on the same side. ``directed``: whether any of it is one-way.
    """

    way: Ints
    share: Floats
    circled: Floats
    directed: Flags


def _chief_street(sides: Sides, segments: Segments, form: Form, ways: pd.DataFrame) -> _Street:
    count, size = len(form.area), len(ways)
    of_way = np.where(ways["road_class"].map(is_road), np.arange(size), size - 1)
    cell, place = np.unique(
        sides.face * size + of_way[segments.way[sides.segment]], return_inverse=True
    )
    metres = np.bincount(place, sides.metres, len(cell))
    # Of a face's streets the longest; of equally long ones the most important.
    order = np.lexsort((-cell, metres, cell // size))
    last = np.flatnonzero(np.diff(cell[order] // size, append=count))
    chief = order[last]
    # 1 where one drives with the face on the left, -1 where on the right.
    turn = np.where(sides.left, 1, -1) * segments.heading[sides.segment]
    lefts = np.bincount(place, sides.metres * (turn > 0), len(cell))[chief]
    rights = np.bincount(place, sides.metres * (turn < 0), len(cell))[chief]
    return _Street(
        cell[chief] % size,
        metres[chief] / form.perimeter,
        np.maximum(lefts, rights) / form.perimeter,
        (lefts + rights) > 0,
    )


def _in_junction(sides: Sides, segments: Segments, form: Form, ways: pd.DataFrame) -> Flags:
    """Say which faces lie between slip roads and the roads that these join."""
    classes = ways["road_class"].astype(str)
    slip = classes.str.endswith("_link").to_numpy(bool)
    joined = slip | np.array([group(name) == MAIN for name in classes], bool)
    way, count = segments.way[sides.segment], len(form.area)
    slips = np.bincount(sides.face, sides.metres * slip[way], count)
    joins = np.bincount(sides.face, sides.metres * joined[way], count)
    inside: Flags = (slips >= SLIP_ROADS * form.perimeter) & (joins >= NEARLY_ALL * form.perimeter)
    return inside


def _entered(faces: NDArray[np.object_], segments: Segments, sides: Sides) -> Flags:
    """Say into which faces a street leads without bounding them."""
    entered = np.zeros(len(faces), bool)
    bounding = np.zeros(len(segments.way), bool)
    bounding[sides.segment] = True
    middles = segments.ends[~bounding].reshape(-1, 2, 2).mean(axis=1) / UNITS_PER_METRE
    _, face = shapely.STRtree(shapely.points(middles)).query(faces, predicate="contains")[::-1]
    entered[face] = True
    return entered


# ------------------------------------------------------------------ long slivers


def _across(sides: Sides, segments: Segments, count: int) -> Floats:
    """Give the direction across each face, to the side that takes strips: shape (count, 2).

    It is square to the main axis of the outline, the direction in which this is longest.
    """
    ends = segments.ends[sides.segment] / UNITS_PER_METRE
    face, metres, middle = sides.face, sides.metres, (ends[:, :2] + ends[:, 2:]) / 2
    total = np.bincount(face, metres, count)
    centre = [np.bincount(face, metres * middle[:, axis], count) / total for axis in (0, 1)]
    x, y = (middle[:, axis] - centre[axis][face] for axis in (0, 1))
    xx, yy, xy = (np.bincount(face, metres * part, count) for part in (x * x, y * y, x * y))
    axis = np.arctan2(2 * xy, xx - yy) / 2
    across = np.stack([-np.sin(axis), np.cos(axis)], axis=1)
    turned: Floats = across * np.where(across @ _TOWARDS < 0, -1, 1)[:, None]
    return turned


def _taking(mesh: Mesh) -> Flags:
    """Say which sides of long slivers lie towards the neighbours that take them."""
    sides = mesh.sides
    ends = mesh.segments.ends[sides.segment]
    # As one walks with the face to the left, the neighbour is to the right.
    step = (ends[:, 2:] - ends[:, :2]) * np.where(sides.left, 1, -1)[:, None]
    across = mesh.across[sides.face]
    taking: Flags = step[:, 1] * across[:, 0] - step[:, 0] * across[:, 1] > 0
    return taking


def cut_strips(mesh: Mesh) -> Mesh:
    """Cut long slivers across at every street that reaches them from the side that takes them.

    Parameters
    ----------
    mesh : Mesh

    Returns
    -------
    Mesh
        The pieces of a sliver are what it was.
    """
    cuts, cut = _cuts_across(mesh)
    if len(cuts) == 0:
        return mesh
    before, sides = mesh.segments, mesh.sides
    more = Segments(cuts, mesh.street[cut], np.zeros_like(cut))
    # A cut meets nothing but the outline of the face that it cuts.
    around = _bounding(mesh, cut)
    banks = _rows(before, around)
    cut_banks = noding.node_more(banks, more)
    segments = noding.together(_rows(before, ~around), cut_banks)
    solid = np.unique(before.way[mesh.barrier])
    # Only the faces that are cut, and those that a cut ends at, are made anew.
    gone = around.copy()
    gone[around] = ~noding.among(banks.ends, cut_banks.ends)
    touched = np.zeros(len(mesh.faces), bool)
    touched[cut] = True
    touched[sides.face[gone[sides.segment]]] = True
    others = _rows(before, _bounding(mesh, np.flatnonzero(touched)) & ~around)
    made = polygonize(noding.together(others, cut_banks))
    old = np.flatnonzero(touched)
    piece, parent = shapely.STRtree(mesh.faces[old]).query(
        shapely.point_on_surface(made), predicate="within"
    )
    source = np.concatenate([np.flatnonzero(~touched), old[parent]])
    faces = np.concatenate([mesh.faces[~touched], made[piece]])
    return Mesh(
        faces,
        segments,
        sides_of(faces, segments),
        mesh.sliver[source],
        mesh.special[source],
        mesh.street[source],
        mesh.across[source],
        np.isin(segments.way, solid),
    )


def _bounding(mesh: Mesh, faces: Ints) -> Flags:
    """Say which segments are sides of some faces."""
    wanted = np.zeros(len(mesh.faces), bool)
    wanted[faces] = True
    bounding = np.zeros(len(mesh.segments.way), bool)
    bounding[mesh.sides.segment[wanted[mesh.sides.face]]] = True
    return bounding


def _rows(segments: Segments, wanted: Flags) -> Segments:
    return Segments(*(column[wanted] for column in segments))


def _is_strip(mesh: Mesh) -> Flags:
    one, two = mesh.across.T
    strip: Flags = np.logical_or(one != 0, two != 0)
    return strip


def _cuts_across(mesh: Mesh) -> tuple[Ints, Ints]:
    """Give the cuts as ends in millimetres, shape (n, 4), and the face that each cuts."""
    face, start = _corners(mesh)
    banks, shapes, vertices = _banks(mesh)
    known = np.isin(face, banks)
    face, start = face[known], start[known]
    if len(face) == 0:
        return np.zeros((0, 4), np.int64), face
    here, place = shapely.points(start / UNITS_PER_METRE), np.searchsorted(banks, face)
    nearest = shapely.shortest_line(here, shapes[place])
    corner = shapely.shortest_line(here, vertices[place])
    to_vertex = shapely.length(corner) <= _TO_VERTEX * shapely.length(nearest)
    line = np.where(to_vertex, corner, nearest)
    metres = shapely.length(line)
    good = (metres > 0) & (metres <= _LONGEST_CUT * form_of(mesh.faces[face]).width)
    good[good] = shapely.contains(mesh.faces[face[good]], _inner_part(line[good]))
    stop = shapely.get_coordinates(shapely.get_point(line, -1))
    # A little beyond the bank, so that the two surely cross; what sticks out bounds nothing.
    beyond = (stop - start / UNITS_PER_METRE) / np.maximum(metres, 1)[:, None] * _BEYOND_M
    stop = np.where(to_vertex[:, None], stop, stop + beyond)
    cuts = np.hstack([start, np.rint(stop * UNITS_PER_METRE).astype(np.int64)])
    return cuts[good], face[good]


def _corners(mesh: Mesh) -> tuple[Ints, Ints]:
    """Find where the neighbour changes along the side that takes a strip: face, millimetres."""
    sides, taking = mesh.sides, _taking(mesh)
    corner = taking & taking[sides.after] & (sides.other != sides.other[sides.after])
    at = np.flatnonzero(corner)
    lines = mesh.segments.ends[sides.segment[at]]
    # Where one arrives, walking along the side with the face to the left.
    return sides.face[at], np.where(sides.left[at][:, None], lines[:, 2:], lines[:, :2])


def _banks(mesh: Mesh) -> tuple[Ints, NDArray[np.object_], NDArray[np.object_]]:
    """Give the strips, and for each the lines and the vertices of the side that does not take."""
    sides = mesh.sides
    far = np.flatnonzero(_is_strip(mesh)[sides.face] & ~_taking(mesh))
    far = far[np.argsort(sides.face[far], kind="stable")]
    banks, number = np.unique(sides.face[far], return_inverse=True)
    xy = mesh.segments.ends[sides.segment[far]].reshape(-1, 2, 2) / UNITS_PER_METRE
    lines = shapely.multilinestrings(shapely.linestrings(xy), indices=number)
    points = shapely.points(xy.reshape(-1, 2))
    return banks, lines, shapely.multipoints(points, indices=np.repeat(number, 2))


def _inner_part(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Leave away a twentieth at both ends of straight lines."""
    both = np.repeat(lines[:, None], 2, axis=1)
    points = shapely.line_interpolate_point(both, [0.05, 0.95], normalized=True)
    inner: NDArray[np.object_] = shapely.linestrings(
        shapely.get_coordinates(points).reshape(-1, 2, 2)
    )
    return inner


# ------------------------------------------------------------------ who takes them


def absorb(mesh: Mesh, rules: BlockRules) -> Ints:
    """Give each face the number of the block that it is part of.

    Parameters
    ----------
    mesh : Mesh
    rules : BlockRules

    Returns
    -------
    array of int, shape (len(mesh.faces),)
        0 … k − 1. A sliver without neighbours is a block: no ground is lost.
    """
    sides = mesh.sides
    form = form_of(mesh.faces)
    either = ~_is_strip(mesh)[sides.face] | mesh.sliver[sides.other]
    weight = sides.metres * (_taking(mesh) | either)
    free = sides.metres * ~mesh.barrier[sides.segment]
    label = np.arange(len(mesh.faces))
    area, perimeter = form.area, form.perimeter
    solid, special = ~mesh.sliver, mesh.special
    while True:
        thin = (area < rules.sliver_area_m2) | (2 * area < rules.sliver_width_m * perimeter)
        taken = ~solid & (thin | special)
        pairs = _neighbours(sides, label, weight, free, taken)
        if len(pairs) == 0:
            return label
        chosen = _apart(_chosen(pairs, solid, area), taken)
        merged = joined(len(area), *chosen.T)
        number = int(merged.max()) + 1
        label = merged[label]
        area = np.bincount(merged, area, number).astype(float)
        between = (sides.other != OUTSIDE) & (label[sides.face] != label[sides.other])
        open_side = between | (sides.other == OUTSIDE)
        open_metres = sides.metres * open_side
        perimeter = np.bincount(label[sides.face], open_metres, number).astype(float)
        solid = np.bincount(merged, solid, number) > 0
        special = np.bincount(merged, special, number) > 0


def _neighbours(
    sides: Sides, label: Ints, weight: Floats, free: Floats, taken: Flags
) -> pd.DataFrame:
    """Sum for each block to be taken, and each neighbour, what they share.

    ``free``: metres of each side that are no barrier. Where a block has a neighbour across free
    metres, only these count.
    """
    inner = sides.other != OUTSIDE
    one, two = label[sides.face[inner]], label[sides.other[inner]]
    wanted = (one != two) & taken[one]
    table = pd.DataFrame(
        {
            "one": one[wanted],
            "two": two[wanted],
            "weight": weight[inner][wanted],
            "metres": sides.metres[inner][wanted],
            "free": free[inner][wanted],
        }
    )
    table["free_weight"] = table["weight"].where(table["free"] > 0, 0.0)
    pairs = table.groupby(["one", "two"], as_index=False).sum()
    shut = pairs["free"] < pairs["metres"]
    if not shut.any():
        return pairs
    beside = shut.groupby(pairs["one"]).transform("any")
    pairs.loc[beside & taken[pairs["two"]], "free"] = 0.0
    opened = pairs.groupby("one")["free"].transform("max") > 0
    pairs["metres"] = pairs["metres"].mask(opened, pairs["free"])
    pairs["weight"] = pairs["weight"].mask(opened, pairs["free_weight"])
    return pairs


def _chosen(pairs: pd.DataFrame, solid: Flags, area: Floats) -> Ints:
    """Choose one neighbour for each block to be taken: shape (n, 2)."""
    longest = pairs.groupby("one")["metres"].transform("max")
    pairs = pairs[pairs["metres"] >= _LEAST_BORDER * longest]
    one, two = pairs["one"].to_numpy(np.int64), pairs["two"].to_numpy(np.int64)
    # Of equally good neighbours the smallest; then in no order that runs along a row of blocks.
    mixed = (np.minimum(one, two) * 2654435761 + np.maximum(one, two) * 40503) % 2**32
    weight, metres = pairs["weight"].round(3), pairs["metres"].round(3)
    order = np.lexsort((mixed, area[two].round(), -metres, -weight, ~solid[two], one))
    first = order[np.unique(one[order], return_index=True)[1]]
    return np.stack([one[first], two[first]], axis=1)


def _apart(chosen: Ints, taken: Flags) -> Ints:
    """Leave out choices that would make a chain, so that a row of slivers joins two by two."""
    one, two = chosen.T
    choice = np.full(len(taken), OUTSIDE, np.int64)
    choice[one] = two
    free = ~taken[two] | (choice[two] == one)
    return chosen[free] if free.any() else chosen
