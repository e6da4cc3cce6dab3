"""Between which blocks one can pass: over open streets, and over barriers only at open bridges.

What a sector must be, so that it copes when it is cut off from the rest of the city: whoever is in
one of its blocks, on foot, with a stretcher or in a vehicle, gets to every other of its blocks
without leaving it. A sector is a set of blocks joined by pairs of neighbours that are *passable*,
so all that must be said is which pairs are. A block itself counts as one place: whoever stands on a
street along it or in it has reached it, and can walk through it.

``contiguity="borders"`` (the default): two neighbours are passable unless their whole common border
is a barrier. Whether streets run there is not asked.

``contiguity="streets"``: two neighbours are passable only

- where an *open street* follows at least 1 m of their common border: on it one is at both blocks;
- or where an open street crosses their common border, whatever follows it (a motorway, a barrier,
  nothing): it leads from a place at the one block, over a point of the border, to a place at the
  other;
- or where the border is a line between the cells of buildings: open ground among houses or tents.

An *open street* has a state that is open or unknown; closed is not open, and damaged is not either,
unless `Reach` says so: a bridge that may not carry a fire engine must not hold a sector together.
Under ``streets`` it is not of a class that one neither walks along nor crosses at will (motorway,
its link, trunk; `Reach.not_walked`). Under ``borders`` every class makes a bridge.

Across a barrier, under both: an open street that crosses the line makes the blocks beside the
crossing passable; one that runs on the barrier's own ground does not. A street above or below the
ground connects the blocks at its two ends, also where these share no border. Water that is an area
is a block of its own in which nobody lives: it is entered from one bridge only, so that it never
joins two places between which one would have to swim.

A barrier that ends inside a block bounds nothing, and does not divide the block.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import Literal, NamedTuple, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from geosector import crs
from geosector.errors import InputError
from geosector.language import text
from geosector.partition.barriers import Streets
from geosector.partition.blocks import Borders, Fabric
from geosector.partition.classes import CELL_EDGE, NO_ROAD, UNCLASSIFIED, is_barrier
from geosector.partition.noding import UNITS_PER_METRE
from geosector.tables import match_value

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Shapes = NDArray[np.object_]
Pair = tuple[int, int]
Contiguity = Literal["borders", "streets"]

# Blocks that share less border than this are no neighbours: one cannot pass through a point.
SHARED_BORDER_M = 1.0

# Noding moves a street by up to a tenth of a metre.
_TOUCH_M = 0.15
# So far from a crossing one looks at which blocks the street is; nearer, all of them touch.
_STEP_M = 2.0
_LEAST_STEP_M = 0.5
_SAME_PLACE_M = 0.3
_WATER_SHARE = 0.5


class Reach(NamedTuple):
    """Which streets one gets along; see the head of this file.

    ``not_walked``: road classes that one neither walks along nor crosses, under ``streets``.
    ``damaged_is_open``: whether damaged streets and bridges can be passed.
    """

    contiguity: Contiguity = "borders"
    not_walked: tuple[str, ...] = ("motorway", "motorway_link", "trunk")
    damaged_is_open: bool = False


class Passages(NamedTuple):
    """Where one can pass other than common borders tell.

    ``blocked``: shape (n, 2), pairs of neighbours that are not passable, the lower number first.
    ``bridges``: shape (m, 2), pairs that share no border, but a bridge. ``water``: shape (blocks,),
    which blocks are a barrier's own ground. ``crossings``: places where a street crosses a barrier.
    """

    blocked: Ints
    bridges: Ints
    water: Flags
    crossings: int


class _Pairs(NamedTuple):
    """Neighbours, and which of them each piece of border is between (−1: less than a metre)."""

    pair: Ints
    of_piece: Ints


class _Span(NamedTuple):
    """A stretch of street that nothing on the ground touches between its ends.

    ``ends``: blocks at each end. ``over``: blocks of water below. ``over_barrier``: whether it
    crosses a barrier.
    """

    ends: tuple[tuple[int, ...], ...]
    over: tuple[int, ...]
    over_barrier: bool


def check_reach(reach: Reach) -> None:
    """Refuse a contiguity that does not exist.

    Examples
    --------
    >>> check_reach(Reach("streets"))
    >>> check_reach(Reach("corners"))
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: contiguity is 'corners'. Use 'borders' or 'streets'.
    """
    if reach.contiguity not in get_args(Contiguity):
        raise InputError(
            text(
                "contiguity is '{given}'. Use 'borders' or 'streets'.",
                given=reach.contiguity,
            )
        )


def find_passages(fabric: Fabric, streets: Streets, reach: Reach | None = None) -> Passages:
    """Find the neighbours that are not passable, and the bridges between blocks far apart.

    Parameters
    ----------
    fabric : Fabric
        Made from these streets.
    streets : Streets
        ``roads`` with ``road_class``, ``state`` (open, closed, damaged) and ``layer``.
    reach : Reach, optional

    Returns
    -------
    Passages
    """
    reach = reach or Reach()
    check_reach(reach)
    solid = fabric.ways["road_class"].map(is_barrier).to_numpy(bool)[fabric.borders.way]
    water = _water(fabric, streets.water)
    nothing = np.zeros((0, 2), np.int64)
    if reach.contiguity == "borders" and not solid.any():
        return Passages(nothing, nothing, water, 0)
    lines, off_ground = _open_streets(crs.to_metres(streets.roads, fabric.crs), reach)
    free = ~solid if reach.contiguity == "borders" else _walked(fabric, lines[~off_ground], solid)
    pairs = _neighbours(fabric.borders)
    passable = _free_metres(pairs, free, fabric.borders.metres) >= SHARED_BORDER_M
    wet = water[pairs.pair].any(axis=1)
    passable &= ~wet
    crossed, places = _crossed(fabric, pairs, ~passable & ~wet, solid, lines[~off_ground])
    passable |= crossed
    stretches = _stretches(lines[off_ground]) + _stretches(_wet(lines[~off_ground], streets.water))
    spans = _spans(fabric, stretches, water, _pieces(fabric.borders, np.flatnonzero(solid)))
    ways = _over_spans(spans, pairs.pair, passable)
    passable |= np.isin(_codes(pairs.pair), _codes(ways.near))
    return Passages(pairs.pair[~passable], ways.far, water, places + ways.used)


# ------------------------------------------------------------------ streets


def _open_streets(roads: gpd.GeoDataFrame, reach: Reach) -> tuple[Shapes, Flags]:
    """Give the lines of open streets, and whether each runs above or below the ground."""
    classes = _words(roads, "road_class")
    classes[classes == NO_ROAD] = UNCLASSIFIED
    barred = {"closed"} if reach.damaged_is_open else {"closed", "damaged"}
    shut = [match_value("roads", "state", word) in barred for word in _words(roads, "state")]
    usable = ~np.array(shut, bool)
    usable &= np.array([not is_barrier(name) and name != CELL_EDGE for name in classes], bool)
    if reach.contiguity == "streets":
        usable &= ~np.isin(classes.astype(str), reach.not_walked)
    shapes = shapely.force_2d(np.asarray(roads.geometry.values, object)[usable])
    lines, row = shapely.get_parts(shapes, return_index=True)
    layer = np.zeros(len(shapes))
    if "layer" in roads:
        layer = pd.to_numeric(roads["layer"], errors="coerce").fillna(0).to_numpy(float)[usable]
    keep = (shapely.get_dimensions(lines) == 1) & (shapely.length(lines) > 0)
    lines, off = lines[keep], layer[row[keep]] != 0
    # In the order of their bytes, so that the order of the rows does not matter.
    order = np.argsort(np.array(shapely.to_wkb(lines, hex=True), object), kind="stable")
    return lines[order], off[order]


def _words(table: gpd.GeoDataFrame, column: str) -> Shapes:
    if column not in table:
        return np.full(len(table), "", object)
    return np.asarray(table[column].astype("string").fillna("").str.strip(), object)


def _walked(fabric: Fabric, lines: Shapes, solid: Flags) -> Flags:
    """Say along which pieces of border an open street, or open ground, runs."""
    ends = fabric.borders.ends / UNITS_PER_METRE
    middles = shapely.points((ends[:, :2] + ends[:, 2:]) / 2)
    along = shapely.STRtree(lines).query(middles, predicate="dwithin", distance=_TOUCH_M)[0]
    edge = fabric.ways["road_class"].eq(CELL_EDGE).to_numpy(bool)
    walked: Flags = edge[fabric.borders.way]
    walked[along] = True
    walked[solid] = False
    return walked


# ------------------------------------------------------------------ borders


def _neighbours(borders: Borders) -> _Pairs:
    if len(borders.left) == 0:
        return _Pairs(np.zeros((0, 2), np.int64), np.zeros(0, np.int64))
    pair, of_piece = np.unique(
        np.stack([borders.left, borders.right], axis=1), axis=0, return_inverse=True
    )
    near = np.bincount(of_piece.ravel(), borders.metres, len(pair)) >= SHARED_BORDER_M
    number = np.where(near, np.cumsum(near) - 1, -1)
    return _Pairs(pair[near], number[of_piece.ravel()])


def _free_metres(pairs: _Pairs, free: Flags, metres: Floats) -> Floats:
    counted = free & (pairs.of_piece >= 0)
    summed: Floats = np.bincount(pairs.of_piece[counted], metres[counted], len(pairs.pair)).astype(
        float
    )
    return summed


def _solid(pairs: _Pairs, solid: Flags) -> Flags:
    """Say which pairs a barrier lies between."""
    found = np.zeros(len(pairs.pair), bool)
    found[pairs.of_piece[solid & (pairs.of_piece >= 0)]] = True
    return found


def _codes(pair: Ints) -> Ints:
    """Write each pair as one whole number."""
    code: Ints = (pair[:, 0] << 32) + pair[:, 1]
    return code


def _water(fabric: Fabric, water: BaseGeometry) -> Flags:
    """Say which blocks lie for the most part in the areas of barriers."""
    flags = np.zeros(len(fabric.blocks), bool)
    if water.is_empty:
        return flags
    shapely.prepare(water)
    near = np.flatnonzero(shapely.intersects(water, fabric.blocks))
    share = shapely.area(shapely.intersection(fabric.blocks[near], water))
    flags[near] = share > _WATER_SHARE * shapely.area(fabric.blocks[near])
    return flags


# ------------------------------------------------------------------ crossings on the ground


def _crossed(
    fabric: Fabric, pairs: _Pairs, blocked: Flags, solid: Flags, lines: Shapes
) -> tuple[Flags, int]:
    """Say which blocked pairs an open street leads between, and count the places at barriers.

    At each point where streets touch the common border, one looks a step along each of them: the
    pair is passable where one step leads to the one block and another to the other.
    """
    crossed = np.zeros(len(blocked), bool)
    shut = np.flatnonzero((pairs.of_piece >= 0) & blocked[pairs.of_piece])
    if len(shut) == 0 or len(lines) == 0:
        return crossed, 0
    pieces = _pieces(fabric.borders, shut)
    piece, points, steps, contact = _steps(lines, pieces)
    if len(steps) == 0:
        return crossed, 0
    # A street on the ground of a barrier, or of what cannot be walked, is no way across.
    barred = np.union1d(shut, np.flatnonzero(solid))
    on_it = shapely.STRtree(_pieces(fabric.borders, barred)).query(
        steps, predicate="dwithin", distance=_TOUCH_M
    )[0]
    astray = np.zeros(len(steps), bool)
    astray[on_it] = True
    step, block = shapely.STRtree(fabric.blocks).query(
        steps, predicate="dwithin", distance=_TOUCH_M
    )
    kept = ~astray[step]
    step, block = step[kept], block[kept]
    pair = pairs.of_piece[shut[piece[contact[step]]]]
    place = _places(points)[contact[step]]
    seen = pd.DataFrame({"pair": pair, "place": place})
    seen["left"] = pairs.pair[pair, 0] == block
    seen["right"] = pairs.pair[pair, 1] == block
    found = seen.groupby(["pair", "place"], as_index=False)[["left", "right"]].any()
    found = found[found["left"] & found["right"]]
    crossed[found["pair"]] = True
    at_barrier = found["place"][_solid(pairs, solid)[found["pair"]]]
    return crossed, int(at_barrier.nunique())


def _pieces(borders: Borders, which: Ints) -> Shapes:
    made: Shapes = shapely.linestrings(borders.ends[which].reshape(-1, 2, 2) / UNITS_PER_METRE)
    return made


def _steps(lines: Shapes, pieces: Shapes) -> tuple[Ints, Floats, Shapes, Ints]:
    """Find where streets touch pieces of border, and the points a step along the street from there.

    Returns
    -------
    tuple = (piece, points, steps, contact)
        For each contact its piece and its place; for each step its point and its contact.
    """
    xy, line = shapely.get_coordinates(lines, return_index=True)
    same = np.flatnonzero(line[1:] == line[:-1])
    lengths = np.hypot(*(xy[same + 1] - xy[same]).T)
    begins = np.concatenate([[0.0], np.cumsum(lengths)])[:-1]
    of_line = line[same]
    first = np.searchsorted(of_line, np.arange(len(lines)))
    begins -= begins[first][of_line]
    segments = shapely.linestrings(np.stack([xy[same], xy[same + 1]], axis=1))
    piece, segment = shapely.STRtree(segments).query(pieces, predicate="dwithin", distance=_TOUCH_M)
    shortest = shapely.shortest_line(segments[segment], pieces[piece])
    points = shapely.get_coordinates(shapely.get_point(shortest, 0))
    along = begins[segment] + np.hypot(*(points - xy[same[segment]]).T)
    owner = of_line[segment]
    steps, contact = [], []
    for room, sign in ((along, -1.0), (shapely.length(lines)[owner] - along, 1.0)):
        far = np.flatnonzero(room >= _LEAST_STEP_M)
        reach = along[far] + sign * np.minimum(room[far], _STEP_M)
        steps.append(shapely.line_interpolate_point(lines[owner[far]], reach))
        contact.append(far)
    return piece.astype(np.int64), points, np.concatenate(steps), np.concatenate(contact)


def _places(points: Floats) -> Ints:
    """Give each point the number of its place: nearer than a hand's breadth is the same."""
    pairs = cKDTree(points).query_pairs(_SAME_PLACE_M, output_type="ndarray")
    return _components(len(points), pairs[:, 0], pairs[:, 1])


def _components(size: int, one: Ints, two: Ints) -> Ints:
    links = coo_array((np.ones(len(one)), (one, two)), shape=(size, size))
    number: Ints = connected_components(links, directed=False)[1].astype(np.int64)
    return number


# ------------------------------------------------------------------ above, below and over water


def _wet(lines: Shapes, water: BaseGeometry) -> Shapes:
    """Cut from streets what lies in the areas of barriers."""
    if water.is_empty:
        return np.zeros(0, object)
    wet = shapely.get_parts(shapely.intersection(lines, water))
    kept: Shapes = wet[(shapely.get_dimensions(wet) == 1) & (shapely.length(wet) > _TOUCH_M)]
    return kept


def _spans(fabric: Fabric, stretches: list[Shapes], water: Flags, barriers: Shapes) -> list[_Span]:
    """Say of stretches off the ground or over water which blocks lie at their ends and below."""
    blocks, solid = shapely.STRtree(fabric.blocks), shapely.STRtree(barriers)
    spans = []
    for stretch in stretches:
        ends = [
            tuple(sorted(int(block) for block in found if not water[block]))
            for found in (
                blocks.query(end, predicate="dwithin", distance=_TOUCH_M)
                for end in _loose_ends(stretch)
            )
        ]
        whole = shapely.multilinestrings(stretch)
        below = blocks.query(whole, predicate="dwithin", distance=_TOUCH_M)
        over = tuple(sorted(int(block) for block in below if water[block]))
        crosses = len(solid.query(whole, predicate="dwithin", distance=_TOUCH_M)) > 0
        if sum(map(bool, ends)) > 1:
            spans.append(_Span(tuple(end for end in ends if end), over, crosses))
    return spans


def _stretches(lines: Shapes) -> list[Shapes]:
    """Group lines that go on from each other's ends."""
    if len(lines) == 0:
        return []
    ends = np.concatenate(
        [shapely.get_coordinates(shapely.get_point(lines, place)) for place in (0, -1)]
    )
    node = _places(ends)
    line = np.tile(np.arange(len(lines)), 2)
    group = _components(len(lines) + int(node.max()) + 1, line, len(lines) + node)[: len(lines)]
    return [lines[group == number] for number in pd.unique(group)]


def _loose_ends(lines: Shapes) -> Shapes:
    """Give the ends of lines at which no other of them goes on."""
    ends = np.concatenate(
        [shapely.get_coordinates(shapely.get_point(lines, place)) for place in (0, -1)]
    )
    node = _places(ends)
    alone = np.bincount(node)[node] == 1
    loose: Shapes = shapely.points(ends[alone])
    return loose


class _Ways(NamedTuple):
    """Pairs that spans make passable: ``near`` share a border, ``far`` do not."""

    near: Ints
    far: Ints
    used: int


def _over_spans(spans: list[_Span], pair: Ints, passable: Flags) -> _Ways:
    """Join the blocks at the ends of each span, through the water below it where that is free."""
    if not spans:
        return _Ways(_rows(set()), _rows(set()), 0)
    neighbours = set(map(tuple, pair.tolist()))
    passed = set(map(tuple, pair[passable].tolist()))
    taken: set[int] = set()
    near: set[Pair] = set()
    far: set[Pair] = set()
    used = 0
    for span in spans:
        wanted = _between_ends(span.ends)
        beside = wanted & neighbours
        own = [block for block in span.over if block not in taken]
        through = _through_water(span, own, neighbours)
        if through:
            taken.update(own)
        near |= through | beside
        apart = wanted if span.over_barrier and not (through or _joined(span, beside)) else set()
        far |= apart - neighbours
        used += span.over_barrier and bool(through | (beside - passed) | apart)
    return _Ways(_rows(near), _rows(far), used)


def _between_ends(ends: tuple[tuple[int, ...], ...]) -> set[Pair]:
    """Pair each block at an end with those at the other ends."""
    return {
        _ordered(one, two)
        for some, others in combinations(ends, 2)
        for one, two in product(some, others)
        if one != two
    }


def _joined(span: _Span, beside: set[Pair]) -> bool:
    """Say whether pairs of neighbours lead from each end of a span to every other."""
    links = [
        (a, b)
        for (a, some), (b, others) in combinations(enumerate(span.ends), 2)
        if set(some) & set(others) or _between_ends((some, others)) & beside
    ]
    both = np.array(links, np.int64).reshape(-1, 2)
    return bool(np.ptp(_components(len(span.ends), both[:, 0], both[:, 1])) == 0)


def _through_water(span: _Span, own: list[int], neighbours: set[Pair]) -> set[Pair]:
    """Pair water with the blocks at a span's ends; nothing where it does not reach every end."""
    shores = [
        {_ordered(block, wet) for block in end for wet in own} & neighbours for end in span.ends
    ]
    if not all(shores):
        return set()
    return set.union(*shores, {_ordered(*two) for two in combinations(own, 2)} & neighbours)


def _ordered(one: int, two: int) -> Pair:
    return (one, two) if one < two else (two, one)


def _rows(pairs: set[Pair]) -> Ints:
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)
