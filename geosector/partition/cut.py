"""Blocks cut along lines drawn by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector.partition import noding
from geosector.partition.blocks import Fabric, dissolve, order_of_places
from geosector.partition.claims import EQUAL_SHARE, NOBODY, Claims, most_of, surface
from geosector.partition.overlay import whole_shares
from geosector.partition.pieces import joined
from geosector.partition.reach import Passages
from geosector.partition.slivers import BlockRules
from geosector.partition.stored import (
    Division,
    bordering,
    made_fabric,
    shared_sides,
)

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]
Flags = NDArray[np.bool_]

# A piece belongs to whoever covers more than this share of it.
_MOST = 0.5


def cut_blocks(
    division: Division, pieces: pd.DataFrame, claims: Claims, rules: BlockRules
) -> tuple[Division, Ints]:
    """Cut blocks along drawn borders.

    Parameters
    ----------
    division : Division
        The blocks as they are.
    pieces : pandas.DataFrame
        From `geosector.partition.claims.settled`.
    claims : Claims
    rules : BlockRules
        Which pieces are too thin to be blocks, and stay with the rest of theirs.

    Returns
    -------
    tuple = (division, claim)
        The new blocks, people shared by area and as many as before; the place of the claim to
        each, -1 for none.
    """
    blocks = division.fabric.blocks
    whole = pieces["block"][pieces["share"] >= 1 - EQUAL_SHARE]
    parts = pieces[~pieces["block"].isin(whole)].reset_index(drop=True)
    parts["shape"] = _shapes_of(parts, blocks, claims)
    lines, host = _inside(parts, blocks)
    claim_of = most_of(pieces, len(blocks))
    while len(lines):
        faces, origin, segments = _faces_with(division.fabric, lines)
        cut = np.isin(origin, host) | (np.bincount(origin)[origin] > 1)
        claim = claim_of[origin]
        claim[cut] = _claim_at(faces[cut], origin[cut], parts)
        label, claim = _without_slivers(faces, origin, claim, cut, rules)
        source = origin[np.unique(label, return_index=True)[1]]
        alone = np.bincount(source)[source] == 1
        if not np.isin(host, source[alone]).any():
            return _of_pieces(division, dissolve(faces, label), source, segments, claim)
        # Lines that cut nothing in the end leave no corner on the sides of their block.
        claim_of[source[alone]] = claim[alone]
        idle = np.isin(host, source[alone])
        lines, host = lines[~idle], host[~idle]
    return division, claim_of


def _shapes_of(parts: pd.DataFrame, blocks: Shapes, claims: Claims) -> Shapes:
    """Give every piece its shape."""
    shapes: Shapes = parts["shape"].to_numpy(object).copy()
    plain = np.flatnonzero([shape is None for shape in shapes])
    shared = shapely.intersection(
        blocks[parts["block"].to_numpy()[plain]],
        claims.shapes[parts["claim"].to_numpy()[plain]],
    )
    for place, shape in zip(plain, shared, strict=True):
        shapes[place] = surface(shape)
    return shapes


def _inside(parts: pd.DataFrame, blocks: Shapes) -> tuple[Shapes, Ints]:
    """Give the drawn lines that run inside a block, and which block each is in.

    They end a little before its sides, which noding joins them to: a line along a side cuts
    nothing.
    """
    host = parts["block"].to_numpy(np.int64)
    inside = shapely.buffer(blocks[host], -noding.SNAP_M / 2)
    outlines = shapely.boundary(parts["shape"].to_numpy(object))
    drawn, part = shapely.get_parts(shapely.intersection(outlines, inside), return_index=True)
    long = shapely.length(drawn) > 0
    return drawn[long], host[part[long]]


def _faces_with(fabric: Fabric, drawn: Shapes) -> tuple[Shapes, Ints, noding.Segments]:
    """Cut the ground along the sides of blocks and along drawn lines: faces, the block of each."""
    no_road = len(fabric.ways) - 1
    sides = fabric.borders.ends.reshape(-1, 2, 2) / noding.UNITS_PER_METRE
    rings = shapely.get_rings(shapely.get_parts(fabric.blocks))
    lines = np.concatenate([shapely.linestrings(sides), rings, drawn])
    way = np.concatenate([fabric.borders.way, np.full(len(rings) + len(drawn), no_road)])
    segments = noding.node(noding.cut_into_segments(lines, way))
    ends = segments.ends.reshape(-1, 2, 2) / noding.UNITS_PER_METRE
    faces = shapely.get_parts(shapely.polygonize(shapely.linestrings(ends)))
    origin = _holder(faces, fabric.blocks)
    return faces[origin >= 0], origin[origin >= 0], segments


def _of_pieces(
    division: Division, blocks: Shapes, source: Ints, segments: noding.Segments, claim: Ints
) -> tuple[Division, Ints]:
    """Make a division of the pieces of old blocks (``source``), and put claims in its order."""
    fabric = division.fabric
    order = order_of_places(blocks)
    blocks, source = blocks[order], source[order]
    no_road = len(fabric.ways) - 1
    known = segments.way < no_road
    lines = shapely.linestrings(segments.ends[known].reshape(-1, 2, 2) / noding.UNITS_PER_METRE)
    borders = bordering(blocks, lines, segments.way[known], no_road)
    people = whole_shares(source, shapely.area(blocks), division.people)
    made = made_fabric(fabric.crs, blocks, borders, fabric.ways)
    kind = division.kind[source]
    passages = _passages_of(division.passages, made, source)
    new = Division(made, division.sector[source], people, kind, passages, division.problems)
    return new, claim[order]


def _passages_of(passages: Passages, made: Fabric, source: Ints) -> Passages:
    """Say where one can pass between pieces: as between their blocks, and within one everywhere."""
    pairs = np.unique(np.stack([made.borders.left, made.borders.right], axis=1), axis=0)
    origin = np.sort(source[pairs], axis=1)
    shut = pd.MultiIndex.from_arrays(origin.T).isin(pd.MultiIndex.from_arrays(passages.blocked.T))
    # A bridge to a block that was cut leads to its largest piece.
    largest = np.lexsort((-shapely.area(made.blocks), source))
    piece = largest[np.unique(source[largest], return_index=True)[1]]
    bridges = np.sort(piece[passages.bridges], axis=1).reshape(-1, 2)
    return Passages(pairs[shut], bridges, passages.water[source], passages.crossings)


def _holder(faces: Shapes, blocks: Shapes) -> Ints:
    """Say in which block each face lies; -1 outside (in a hole of the city)."""
    face, block = shapely.STRtree(blocks).query(
        shapely.point_on_surface(faces), predicate="intersects"
    )
    holder = np.full(len(faces), NOBODY, np.int64)
    holder[face[::-1]] = block[::-1]
    return holder


def _claim_at(faces: Shapes, origin: Ints, parts: pd.DataFrame) -> Ints:
    """Say to whom the faces of cut blocks belong: whoever covers most of each, if anybody."""
    shapes = parts["shape"].to_numpy(object)
    face, part = shapely.STRtree(shapes).query(faces, predicate="intersects")
    here = origin[face] == parts["block"].to_numpy()[part]
    face, part = face[here], part[here]
    shared = shapely.area(shapely.intersection(faces[face], shapes[part]))
    most = shared > _MOST * shapely.area(faces)[face]
    claim = np.full(len(faces), NOBODY, np.int64)
    claim[face[most]] = parts["claim"].to_numpy()[part[most]]
    return claim


def _without_slivers(
    faces: Shapes, origin: Ints, claim: Ints, cut: Flags, rules: BlockRules
) -> tuple[Ints, Ints]:
    """Join pieces too thin to be blocks to the rest of theirs: a label per face, a claim per label.

    A joined piece goes to the piece of its block with the longest common side; the larger one says
    whose it is.
    """
    sides = shared_sides(faces)
    within = (origin[sides.left] == origin[sides.right]) & cut[sides.left]
    left, right, metres = sides.left[within], sides.right[within], sides.metres[within]
    # Faces of one block with one claim were cut apart by nothing but a line that ends inside.
    same = claim[left] == claim[right]
    label = joined(len(faces), left[same], right[same])
    while True:
        count = int(label.max()) + 1
        area = np.bincount(label, shapely.area(faces), count)
        rim = np.bincount(label, shapely.length(faces), count)
        inner = label[left] == label[right]
        rim -= 2 * np.bincount(label[left[inner]], metres[inner], count)
        largest = np.lexsort((np.arange(len(faces)), shapely.area(faces), label))
        last = np.append(np.flatnonzero(np.diff(label[largest])), len(faces) - 1)
        owner = claim[largest[last]]
        thin = (area < rules.sliver_area_m2) | (2 * area < rules.sliver_width_m * rim)
        pairs = pd.DataFrame(
            {
                "one": np.concatenate([label[left], label[right]]),
                "two": np.concatenate([label[right], label[left]]),
                "metres": np.tile(metres, 2),
            }
        )
        pairs = pairs[(pairs["one"] != pairs["two"]) & thin[pairs["one"]]]
        if pairs.empty:
            return label, owner
        pairs = pairs.groupby(["one", "two"], as_index=False)["metres"].sum()
        pairs = pairs.sort_values(["one", "metres", "two"], ascending=[True, False, True])
        best = pairs.drop_duplicates("one")
        merged = joined(count, best["one"].to_numpy(), best["two"].to_numpy())
        label = merged[label]
