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
- or where the border is a line between the plots of buildings: open ground among houses or tents.

An *open street* has a state that is open or unknown; closed is not open, and damaged is not either,
unless `Reach` says so: a bridge that may not carry a fire engine must not hold a sector together.
Over a front line only a street whose state is *stated* as open leads: nobody is sent there because
nothing is known (`Reach.stated_across`).
Under ``streets`` it is not of a class that one neither walks along nor crosses at will (motorway,
its link, trunk; `Reach.not_walked`). Under ``borders`` every class makes a bridge.

Across a barrier, under both: an open street that crosses the line makes the blocks beside the
crossing passable; one that runs on the barrier's own ground does not. A street above or below the
ground connects the blocks at its ends; where these share no border, the nearest two of them. Water
that is an area is a block of its own in which nobody lives: it is entered from one bridge only, so
that it never joins two places between which one would have to swim.

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
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from geosector import crs
from geosector.errors import InputError
from geosector.language import text
from geosector.partition.barriers import Streets
from geosector.partition.blocks import Borders, Fabric
from geosector.partition.classes import NO_ROAD, PLOT_EDGE, UNCLASSIFIED, is_barrier, shown_class
from geosector.partition.noding import UNITS_PER_METRE
from geosector.partition.pieces import joined
from geosector.partition.rows import text_column
from geosector.partition.ways import read_layers
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
    ``damaged_is_open``: whether damaged streets and bridges can be passed. ``stated_across``: kinds
    of barrier over which a street leads only if its state is stated as open.

    Examples
    --------
    >>> Reach("streets", damaged_is_open=True)._replace(stated_across=()).contiguity
    'streets'
    """

    contiguity: Contiguity = "borders"
    not_walked: tuple[str, ...] = ("motorway", "motorway_link", "trunk")
    damaged_is_open: bool = False
    stated_across: tuple[str, ...] = ("front_line",)


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


class _Open(NamedTuple):
    """Lines of open streets: which are off the ground, and which are stated to be open."""

    lines: Shapes
    off_ground: Flags
    stated: Flags

    def only(self, which: Flags) -> _Open:
        """Give some of them."""
        return _Open(self.lines[which], self.off_ground[which], self.stated[which])


class _Solid(NamedTuple):
    """Which pieces of border are barriers, and which of these only a stated street leads over."""

    barrier: Flags
    strict: Flags


class _Pairs(NamedTuple):
    """Neighbours, and which of them each piece of border is between (−1: less than a metre)."""

    pair: Ints
    of_piece: Ints


class _Span(NamedTuple):
    """A stretch of street that nothing on the ground touches between its ends.

    ``ends``: blocks at each end. ``over``: blocks of water below. ``far``: where it crosses a
    barrier, the pairs that it joins if they do not share a border.
    """

    ends: tuple[tuple[int, ...], ...]
    over: tuple[int, ...]
    far: frozenset[Pair] | None


def reach_of(contiguity: Contiguity | Reach) -> Reach:
    """Give the rules of passing that a short word stands for.

    Examples
    --------
    >>> reach_of("streets").contiguity
    'streets'
    """
    return contiguity if isinstance(contiguity, Reach) else Reach(contiguity)


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
    solid = _barriers(fabric, reach)
    water = _water(fabric, streets.water)
    nothing = np.zeros((0, 2), np.int64)
    if reach.contiguity == "borders" and not solid.barrier.any():
        return Passages(nothing, nothing, water, 0)
    open_streets = _open_streets(crs.to_metres(streets.roads, fabric.crs), reach)
    ground = open_streets.only(~open_streets.off_ground)
    above = open_streets.only(open_streets.off_ground)
    free = ~solid.barrier
    if reach.contiguity == "streets":
        free &= _walked(fabric, ground.lines)
    pairs = _neighbours(fabric.borders)
    passable = _free_metres(pairs, free, fabric.borders.metres) >= SHARED_BORDER_M
    wet = water[pairs.pair].any(axis=1)
    passable &= ~wet
    crossed, places = _crossed(fabric, pairs, ~passable & ~wet, solid, ground)
    passable |= crossed
    stretches = _stretches(above) + _stretches(_wet(ground, streets.water))
    spans = _spans(fabric, stretches, water, solid)
    ways = _over_spans(spans, pairs.pair, passable)
    passable |= np.isin(_codes(pairs.pair), _codes(ways.near))
    return Passages(pairs.pair[~passable], ways.far, water, places + ways.used)


# ------------------------------------------------------------------ streets


def _barriers(fabric: Fabric, reach: Reach) -> _Solid:
    names = fabric.ways["road_class"]
    barrier = names.map(is_barrier).to_numpy(bool)
    strict = barrier & names.map(shown_class).isin(reach.stated_across).to_numpy(bool)
    return _Solid(barrier[fabric.borders.way], strict[fabric.borders.way])


def _open_streets(roads: gpd.GeoDataFrame, reach: Reach) -> _Open:
    """Give the lines of open streets."""
    classes = text_column(roads, "road_class")
    classes[classes == NO_ROAD] = UNCLASSIFIED
    barred = {"closed"} if reach.damaged_is_open else {"closed", "damaged"}
    states = [match_value("roads", "state", word) for word in text_column(roads, "state")]
    usable = ~np.array([state in barred for state in states], bool)
    usable &= np.array([not is_barrier(name) and name != PLOT_EDGE for name in classes], bool)
    if reach.contiguity == "streets":
        usable &= ~np.isin(classes.astype(str), reach.not_walked)
    shapes = shapely.force_2d(np.asarray(roads.geometry.values, object)[usable])
    lines, row = shapely.get_parts(shapes, return_index=True)
    layer = read_layers(roads)[0][usable]
    keep = (shapely.get_dimensions(lines) == 1) & (shapely.length(lines) > 0)
    stated = np.array([state is not None for state in states], bool)[usable]
    lines, off, stated = lines[keep], layer[row[keep]] != 0, stated[row[keep]]
    # In the order of their bytes, so that the order of the rows does not matter.
    order = np.argsort(np.array(shapely.to_wkb(lines, hex=True), object), kind="stable")
    return _Open(lines[order], off[order], stated[order])


def _walked(fabric: Fabric, lines: Shapes) -> Flags:
    """Say along which pieces of border an open street, or open ground, runs."""
    ends = fabric.borders.ends / UNITS_PER_METRE
    middles = shapely.points((ends[:, :2] + ends[:, 2:]) / 2)
    along = shapely.STRtree(lines).query(middles, predicate="dwithin", distance=_TOUCH_M)[0]
    edge = fabric.ways["road_class"].eq(PLOT_EDGE).to_numpy(bool)
    walked: Flags = edge[fabric.borders.way]
    walked[along] = True
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
    fabric: Fabric, pairs: _Pairs, blocked: Flags, solid: _Solid, streets: _Open
) -> tuple[Flags, int]:
    """Say which blocked pairs an open street leads between, and count the places at barriers.

    At each point where streets touch the common border, one looks a step along each of them: the
    pair is passable where one step leads to the one block and another to the other.
    """
    crossed = np.zeros(len(blocked), bool)
    shut = np.flatnonzero((pairs.of_piece >= 0) & blocked[pairs.of_piece])
    if len(shut) == 0 or len(streets.lines) == 0:
        return crossed, 0
    met = _contacts(streets.lines, _pieces(fabric.borders, shut))
    trusted = streets.stated[met.line] | ~solid.strict[shut[met.piece]]
    met = met.only(trusted)
    steps, contact = _steps(streets.lines, met)
    if len(steps) == 0:
        return crossed, 0
    # A street on the ground of a barrier, or of what cannot be walked, is no way across.
    barred = np.union1d(shut, np.flatnonzero(solid.barrier))
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
    pair = pairs.of_piece[shut[met.piece[contact[step]]]]
    place = _places(met.point)[contact[step]]
    seen = pd.DataFrame({"pair": pair, "place": place})
    seen["left"] = pairs.pair[pair, 0] == block
    seen["right"] = pairs.pair[pair, 1] == block
    found = seen.groupby(["pair", "place"], as_index=False)[["left", "right"]].any()
    found = found[found["left"] & found["right"]]
    crossed[found["pair"]] = True
    at_barrier = found["place"][_solid(pairs, solid.barrier)[found["pair"]]]
    return crossed, int(at_barrier.nunique())


def _pieces(borders: Borders, which: Ints) -> Shapes:
    made: Shapes = shapely.linestrings(borders.ends[which].reshape(-1, 2, 2) / UNITS_PER_METRE)
    return made


class _Contacts(NamedTuple):
    """Where streets touch pieces of border: the piece, the street, how far along it, the point."""

    piece: Ints
    line: Ints
    along: Floats
    point: Floats

    def only(self, which: Flags) -> _Contacts:
        """Give some of them."""
        return _Contacts(self.piece[which], self.line[which], self.along[which], self.point[which])


def _contacts(lines: Shapes, pieces: Shapes) -> _Contacts:
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
    return _Contacts(piece.astype(np.int64), of_line[segment], along, points)


def _steps(lines: Shapes, met: _Contacts) -> tuple[Shapes, Ints]:
    """Give the points a step along each street, either way, and the contact each is from."""
    steps, contact = [], []
    for room, sign in ((met.along, -1.0), (shapely.length(lines)[met.line] - met.along, 1.0)):
        far = np.flatnonzero(room >= _LEAST_STEP_M)
        reach = met.along[far] + sign * np.minimum(room[far], _STEP_M)
        steps.append(shapely.line_interpolate_point(lines[met.line[far]], reach))
        contact.append(far)
    return np.concatenate(steps), np.concatenate(contact)


def _places(points: Floats) -> Ints:
    """Give each point the number of its place: nearer than a hand's breadth is the same."""
    pairs = cKDTree(points).query_pairs(_SAME_PLACE_M, output_type="ndarray")
    return joined(len(points), pairs[:, 0], pairs[:, 1])


# ------------------------------------------------------------------ above, below and over water


def _wet(streets: _Open, water: BaseGeometry) -> _Open:
    """Cut from streets what lies in the areas of barriers."""
    wet, line = shapely.get_parts(shapely.intersection(streets.lines, water), return_index=True)
    kept = (shapely.get_dimensions(wet) == 1) & (shapely.length(wet) > _TOUCH_M)
    line = line[kept]
    return _Open(wet[kept], streets.off_ground[line], streets.stated[line])


def _spans(fabric: Fabric, stretches: list[_Open], water: Flags, solid: _Solid) -> list[_Span]:
    """Say of stretches off the ground or over water which blocks lie at their ends and below.

    Left out is what does not lead from one end to another, or over a front line without a word
    that it is open.
    """
    blocks = shapely.STRtree(fabric.blocks)
    barrier, strict = (
        shapely.STRtree(_pieces(fabric.borders, np.flatnonzero(which))) for which in solid
    )
    spans = []
    for stretch in stretches:
        whole = shapely.multilinestrings(stretch.lines)
        ends = [
            tuple(sorted(int(block) for block in _near(blocks, end) if not water[block]))
            for end in _loose_ends(stretch.lines)
        ]
        ends = [end for end in ends if end]
        if len(ends) < 2 or (len(_near(strict, whole)) and not stretch.stated.all()):  # noqa: PLR2004
            continue
        over = tuple(sorted(int(block) for block in _near(blocks, whole) if water[block]))
        far = _far_pairs(fabric.blocks, ends, barrier) if len(_near(barrier, whole)) else None
        spans.append(_Span(tuple(ends), over, far))
    return spans


def _near(tree: shapely.STRtree, shape: BaseGeometry) -> Ints:
    found: Ints = tree.query(shape, predicate="dwithin", distance=_TOUCH_M)
    return found


def _far_pairs(
    blocks: Shapes, ends: list[tuple[int, ...]], barrier: shapely.STRtree
) -> frozenset[Pair]:
    """Join all ends of a stretch by the nearest blocks; keep the pairs with a barrier between."""
    gaps = []
    for (a, some), (b, others) in combinations(enumerate(ends), 2):
        pairs = sorted(_between_ends((some, others)))
        if pairs:
            one, two = np.array(pairs).T
            apart = shapely.distance(blocks[one], blocks[two]).round(3)
            nearest = int(np.argmin(apart))
            gaps.append((float(apart[nearest]), pairs[nearest], a, b))
    joined = list(range(len(ends)))
    kept: set[Pair] = set()
    for _, pair, a, b in sorted(gaps):
        if joined[a] != joined[b]:
            joined = [joined[a] if group == joined[b] else group for group in joined]
            if len(_near(barrier, shapely.shortest_line(*blocks[list(pair)]))):
                kept.add(pair)
    return frozenset(kept)


def _stretches(streets: _Open) -> list[_Open]:
    """Group lines that go on from each other's ends."""
    lines = streets.lines
    if len(lines) == 0:
        return []
    ends = np.concatenate(
        [shapely.get_coordinates(shapely.get_point(lines, place)) for place in (0, -1)]
    )
    node = _places(ends)
    line = np.tile(np.arange(len(lines)), 2)
    group = joined(len(lines) + int(node.max()) + 1, line, len(lines) + node)[: len(lines)]
    return [streets.only(group == number) for number in pd.unique(group)]


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
        apart = span.far or frozenset()
        if through or _joined(span, beside):
            apart = frozenset()
        far |= apart - neighbours
        used += span.far is not None and bool(through | (beside - passed) | apart)
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
    return bool(np.ptp(joined(len(span.ends), both[:, 0], both[:, 1])) == 0)


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
