"""Blocks that hold more people than a sector may → pieces that fit.

A park, a camp or a quarter whose streets nobody has mapped can hold more than a sector. Where the
user so chooses, such a block is cut, and the cuts become borders that follow no road:

- A street that ends inside the block is extended straight to the opposite side, where that leaves
  a fair share of the people on either side: people know that street.
- Otherwise the block is cut straight across, at right angles to its longer side, where the people
  on either side are in proportion; between points of population if there are any inside, else by
  area.
- Again and again, until no piece holds more than a chosen share of a sector.

The cuts are noded with the streets, as if they had been streets of no class: whatever holds for
blocks holds for the pieces, and people are brought to them as to any block. A block through which
alone a piece of the city is reached is cut likewise where the two together hold too many.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geosector import crs
from geosector.language import number, text
from geosector.partition.blocks import Fabric
from geosector.partition.bounds import make_task, window
from geosector.partition.diagnose import gate_of
from geosector.partition.graph import BlockGraph, bound_groups
from geosector.partition.noding import SNAP_M
from geosector.partition.slivers import BlockRules
from geosector.tables import Problem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Lines = NDArray[np.object_]

# Every round cuts all that is too full; a round more is needed where people were misjudged.
_MOST_ROUNDS = 8
# Streets inside one block that are tried as cuts: the longest.
_MOST_STREETS = 32
# Where along the block a cut is tried, as shares of its people beside the share that is wanted.
_ASIDE = (0.0, 0.05, -0.05, 0.1, -0.1)
_HALVINGS = 40


@dataclass(frozen=True)
class CutRules:
    """How a block is cut.

    ``piece_share``: pieces hold at most this share of a sector's mean people. ``street_share``: a
    street that ends inside is extended where no side holds more than 1 − this share of the people.
    ``slivers``: a piece that would be one of these is none.
    """

    piece_share: float = 0.25
    street_share: float = 0.25
    slivers: BlockRules = field(default_factory=BlockRules)


class Crowd(NamedTuple):
    """Where people are, as points: metres, shape (n, 2), and how many."""

    xy: Floats
    people: Floats


_NOBODY = Crowd(np.zeros((0, 2)), np.zeros(0))


class Built(NamedTuple):
    """A city made of streets and of the cuts so far."""

    fabric: Fabric
    people: Ints
    graph: BlockGraph


class CutBlock(NamedTuple):
    """A block that was cut: its ground, its people, its place, and into how many pieces."""

    ground: BaseGeometry
    population: int
    lat: float
    lon: float
    pieces: int


def crowd_of(population: gpd.GeoDataFrame | None, metric: pyproj.CRS) -> Crowd:
    """Give the points of a population table; polygons have none."""
    if population is None:
        return _NOBODY
    shapes = np.asarray(crs.to_metres(population, metric).geometry.values, object)
    counts = pd.to_numeric(population["population"], errors="coerce").fillna(0).to_numpy(float)
    usable = (shapely.get_type_id(shapes) == 0) & ~shapely.is_empty(shapes) & (counts > 0)
    xy = shapely.get_coordinates(shapes[usable])
    # In order of place, so that the order of the rows does not matter.
    order = np.lexsort((counts[usable], xy[:, 1], xy[:, 0]))
    return Crowd(xy[order], counts[usable][order])


def cut_to_fit(
    build: Callable[[Lines], Built],
    crowd: Callable[[pyproj.CRS], Crowd],
    count: int,
    tolerance: float,
) -> tuple[Built, list[CutBlock]]:
    """Cut what holds too many people for a sector, as far as that goes.

    Parameters
    ----------
    build : function
        Makes the city anew with some cuts (lines in metres).
    crowd : function
        Gives the points of population in a coordinate system.
    count : int
        Sectors wanted.
    tolerance : float

    Returns
    -------
    tuple = (Built, list of CutBlock)
        Blocks that cannot be cut, because all of their people are at one place or because the
        pieces would be slivers, are left whole; whether the wish can now be met, the diagnosis
        says.
    """
    rules = CutRules()
    cuts: Lines = np.zeros(0, object)
    built = build(cuts)
    places = crowd(built.fabric.crs)
    grounds: list[BaseGeometry] = []
    people: list[int] = []
    for _ in range(_MOST_ROUNDS):
        fresh: list[BaseGeometry] = []
        known = _inside(built.fabric, grounds)
        for block, most, by_area in _too_full(built, count, tolerance, rules, known):
            inside = _NOBODY if by_area else places
            lines = cut_block(built, block, inside, most, rules)
            fresh += lines
            if lines and not known[block]:
                grounds.append(built.fabric.blocks[block])
                people.append(int(built.people[block]))
        if not fresh:
            break
        cuts = np.concatenate([cuts, np.array(fresh, object)])
        built = build(cuts)
    return built, [
        _described(built, ground, crowded) for ground, crowded in zip(grounds, people, strict=True)
    ]


def _described(built: Built, ground: BaseGeometry, people: int) -> CutBlock:
    middle = shapely.get_coordinates(shapely.point_on_surface(ground))
    lon, lat = crs.convert_points(middle[:, 0], middle[:, 1], built.fabric.crs, crs.WGS84)
    pieces = int(_inside(built.fabric, [ground]).sum())
    return CutBlock(ground, people, round(float(lat[0]), 5), round(float(lon[0]), 5), pieces)


def tell_cuts(cut: list[CutBlock]) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Give the blocks that were cut as rows of the summary, and as problems of the input."""
    rows: list[dict[str, Any]] = [
        {
            "lat": block.lat,
            "lon": block.lon,
            "population": block.population,
            "pieces": block.pieces,
        }
        for block in cut
    ]
    problems = [
        Problem(
            "roads",
            None,
            "geometry",
            text(
                "one block of {people} people at {lat}, {lon}",
                people=number(block.population),
                lat=f"{block.lat:.5f}",
                lon=f"{block.lon:.5f}",
            ),
            text("at most a sector's people between streets"),
            text("cut into {pieces} pieces", pieces=number(block.pieces)),
        )
        for block in cut
    ]
    return rows, problems


def _inside(fabric: Fabric, grounds: list[BaseGeometry]) -> NDArray[np.bool_]:
    """Say which blocks are pieces of blocks that were cut before."""
    found = np.zeros(len(fabric.blocks), bool)
    if grounds:
        middles = shapely.point_on_surface(fabric.blocks)
        found[shapely.STRtree(middles).query(np.array(grounds, object), "contains")[1]] = True
    return found


class _Target(NamedTuple):
    """A block to cut, the most people of its pieces, and whether area alone decides where."""

    block: int
    most: float
    by_area: bool


def _too_full(
    built: Built, count: int, tolerance: float, rules: CutRules, piece: NDArray[np.bool_]
) -> list[_Target]:
    """Give what to cut: blocks over quota and pieces still too full; else gates of bound groups."""
    task = make_task(built.graph, built.people, count)
    most = window(task, tolerance)[1]
    share = rules.piece_share * task.mean
    over = built.people > most
    full = over | (piece & (built.people > share))
    targets = [_Target(int(block), share, by_area=False) for block in np.flatnonzero(full)]
    if over.any():
        return targets
    group = bound_groups(built.graph, built.people, count, tolerance)
    for crowded in np.flatnonzero(np.bincount(group, built.people) > most):
        gate = gate_of(task, group == crowded)
        if not full[gate]:
            half = float(built.people[gate]) / 2
            targets.append(_Target(gate, min(share, half), by_area=True))
    return targets


# --------------------------------------------------------------- one block


class _Block(NamedTuple):
    """A block or a piece of one: its ground, the streets inside it, the people there."""

    ground: BaseGeometry
    streets: Lines
    crowd: Crowd
    people: float


def cut_block(
    built: Built, block: int, places: Crowd, most: float, rules: CutRules
) -> list[BaseGeometry]:
    """Find the lines that cut a block into pieces of at most so many people.

    Parameters
    ----------
    built : Built
    block : int
    places : Crowd
        Points of population in the metres of the fabric; where none is inside the block, its
        people are taken to be spread evenly.
    most : float
        People per piece.
    rules : CutRules

    Returns
    -------
    list of shapely LineString
        Empty where the block cannot be cut.
    """
    ground = built.fabric.blocks[block]
    loose = built.fabric.loose
    shapely.prepare(ground)
    near = np.sort(shapely.STRtree(loose).query(ground, "intersects"))
    streets = loose[near][shapely.contains(ground, shapely.centroid(loose[near]))]
    here = shapely.intersects_xy(ground, places.xy[:, 0], places.xy[:, 1])
    crowd = Crowd(places.xy[here], places.people[here])
    whole = _Block(ground, streets, crowd, float(built.people[block]))
    lines: list[BaseGeometry] = []
    waiting = [whole]
    while waiting:
        piece = waiting.pop()
        parts = math.ceil(piece.people / most - 1e-9) if most > 0 else 2 - bool(lines)
        cut = _best_cut(piece, parts, rules) if parts > 1 else None
        if cut is not None:
            lines += list(cut.lines)
            waiting += cut.pieces
    return lines


class _Cut(NamedTuple):
    lines: Lines
    pieces: list[_Block]


def _best_cut(block: _Block, parts: int, rules: CutRules) -> _Cut | None:
    """Extend a street that ends inside where that is fair; else cut straight across."""
    fair = []
    for line in _extensions(block):
        cut = _with_lines(block, np.array([line], object))
        fullest = _fullest(cut)
        if fullest <= (1 - rules.street_share) * block.people and not _has_sliver(cut, rules):
            fair.append((fullest, cut))
    if fair:
        return min(fair, key=lambda pair: pair[0])[1]
    share = (parts // 2) / parts
    for across in (False, True):
        usable = None
        for aside in _ASIDE:
            lines = _straight(block, share + aside, across=across)
            if len(lines) == 0:
                continue
            cut = _with_lines(block, lines)
            if len(cut.pieces) < 2 or _fullest(cut) >= block.people > 0:  # noqa: PLR2004 - a half
                continue
            if not _has_sliver(cut, rules):
                return cut
            usable = usable or cut
        if usable is not None and _large_pieces(usable, rules) > 1:
            return usable
    return None


def _fullest(cut: _Cut) -> float:
    return max(piece.people for piece in cut.pieces)


def _is_sliver(ground: BaseGeometry, rules: BlockRules) -> bool:
    return bool(
        ground.area < rules.sliver_area_m2 or 2 * ground.area < rules.sliver_width_m * ground.length
    )


def _large_pieces(cut: _Cut, rules: CutRules) -> int:
    return sum(not _is_sliver(piece.ground, rules.slivers) for piece in cut.pieces)


def _has_sliver(cut: _Cut, rules: CutRules) -> bool:
    return _large_pieces(cut, rules) < len(cut.pieces)


def _with_lines(block: _Block, lines: Lines) -> _Cut:
    """Take a block apart along lines and its own streets, and share out its people."""
    rings = shapely.get_rings(block.ground)
    network = shapely.union_all(np.concatenate([rings, block.streets, lines]))
    faces = shapely.get_parts(shapely.polygonize([network]))
    faces = faces[shapely.contains(block.ground, shapely.point_on_surface(faces))]
    pieces = []
    area, crowded = float(shapely.area(faces).sum()), float(block.crowd.people.sum())
    for face in faces:
        shapely.prepare(face)
        here = shapely.contains_xy(face, block.crowd.xy[:, 0], block.crowd.xy[:, 1])
        crowd = Crowd(block.crowd.xy[here], block.crowd.people[here])
        share = float(crowd.people.sum()) / crowded if crowded else face.area / area
        streets = block.streets
        if len(streets):
            streets = streets[shapely.contains(face, shapely.centroid(streets))]
        pieces.append(_Block(face, streets, crowd, block.people * share))
    return _Cut(lines, pieces)


def _extensions(block: _Block) -> list[BaseGeometry]:
    """Lead each street that ends inside straight on to the other side of the block."""
    if len(block.streets) == 0:
        return []
    merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(block.streets)))
    merged = merged[np.argsort(-shapely.length(merged), kind="stable")[:_MOST_STREETS]]
    ends = np.array([xy for line in merged for xy in (line.coords[0], line.coords[-1])])
    codes, times = np.unique(np.round(ends, 3), axis=0, return_counts=True)
    alone = {tuple(code) for code in codes[times == 1].tolist()}
    outline = block.ground.boundary
    west, south, east, north = block.ground.bounds
    far = math.hypot(east - west, north - south)
    found = []
    for line in merged:
        for coords in (np.array(line.coords), np.array(line.coords)[::-1]):
            tip, before = coords[-1], coords[-2]
            inside = outline.distance(shapely.Point(tip)) > SNAP_M
            if not inside or tuple(np.round(tip, 3).tolist()) not in alone:
                continue
            ahead = (tip - before) / np.hypot(*(tip - before))
            ray = shapely.LineString([tip, tip + far * ahead])
            hits = shapely.get_coordinates(shapely.intersection(ray, outline))
            if len(hits):
                nearest = hits[np.argmin(np.hypot(*(hits - tip).T))]
                found.append(shapely.LineString([tip, nearest]))
    return found


def _straight(block: _Block, share: float, *, across: bool) -> Lines:
    """Cut at right angles to the longer side (or to the shorter), with a share on the first side.

    Between two points of population, or where the share of the area is reached. Gives the pieces
    of the straight line that lie inside the block; none where all points are at one place.
    """
    frame = shapely.get_coordinates(shapely.minimum_rotated_rectangle(block.ground))[:3]
    sides = np.diff(frame, axis=0)
    order = np.argsort(-np.hypot(*sides.T), kind="stable")
    along = sides[order[1 if across else 0]]
    along = along / np.hypot(*along)
    if along[0] < 0 or (along[0] == 0 and along[1] < 0):
        along = -along
    beside = np.array([-along[1], along[0]])
    if len(block.crowd.people):
        place = _between_points(block.crowd, along, share)
    else:
        place = _at_share_of_area(block.ground, along, beside, share)
    if place is None:
        return np.zeros(0, object)
    middle = shapely.get_coordinates(shapely.centroid(block.ground))[0]
    reach = np.hypot(*np.ptp(frame, axis=0)) * 2
    start = middle + (place - middle @ along) * along
    line = shapely.LineString([start - reach * beside, start + reach * beside])
    inside = shapely.get_parts(shapely.intersection(line, block.ground))
    lines: Lines = inside[shapely.length(inside) > SNAP_M]
    return lines


def _between_points(crowd: Crowd, along: Floats, share: float) -> float | None:
    """Give the middle of the gap between points that leaves the share nearest to the wanted."""
    spots = crowd.xy @ along
    order = np.argsort(spots, kind="stable")
    spots, people = spots[order], crowd.people[order]
    gaps = np.flatnonzero(np.diff(spots) > 2 * SNAP_M)
    if len(gaps) == 0:
        return None
    before = np.cumsum(people)[gaps] / people.sum()
    gap = gaps[np.argmin(np.abs(before - share))]
    return float((spots[gap] + spots[gap + 1]) / 2)


def _at_share_of_area(ground: BaseGeometry, along: Floats, beside: Floats, share: float) -> float:
    """Halve until the part of the block before the cut has the wanted share of its area."""
    corners = shapely.get_coordinates(ground)
    low, high = float((corners @ along).min()), float((corners @ along).max())
    left, right = float((corners @ beside).min()) - 1, float((corners @ beside).max()) + 1
    begin = low - 1
    for _ in range(_HALVINGS):
        place = (low + high) / 2
        frame = [(begin, left), (place, left), (place, right), (begin, right)]
        half = shapely.Polygon([x * along + y * beside for x, y in frame])
        if shapely.intersection(ground, half).area < share * ground.area:
            low = place
        else:
            high = place
    return (low + high) / 2
