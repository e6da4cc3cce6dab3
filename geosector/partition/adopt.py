"""A plan edited by hand → a layout: every block decided, every number measured anew.

Planners move borders in QGIS, and no hand is exact: polygons overlap, leave gaps, lose a sector or
cut one in two. What was meant is read by rules that can be told in a sentence:

- Where several sectors claim the same ground, the new claim wins: the old one was only left behind.
- Ground that no sector claims goes to the neighbour with the longest common border; to the sector
  that gave it up only where there is no other.
- ``snap``: each block then goes to the sector that claims most of it. ``keep``: blocks are cut
  along the drawn line, people shared by area; a piece too thin to be a block stays with its block.

Whatever had to be decided is listed.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geosector import crs
from geosector.errors import InputError
from geosector.language import number, percent, text
from geosector.partition import noding
from geosector.partition.blocks import BlockRules, Fabric, dissolve
from geosector.partition.describe import block_table, border_table, in_degrees, sector_table
from geosector.partition.graph import BlockGraph, Room, make_graph
from geosector.partition.identity import kept_numbers, match_sectors, with_numbers
from geosector.partition.layout import Layout, ground_facts, reached
from geosector.partition.overlay import on_millimetres, overlay, whole_shares
from geosector.partition.stored import (
    AnyLayout,
    Ground,
    Tables,
    block_border_table,
    bordering,
    ground_of,
    made_fabric,
    order_of_places,
    shared_sides,
    tables_of,
)
from geosector.tables import Problem, problems_table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]
Flags = NDArray[np.bool_]
HandDrawn = Literal["snap", "keep"]

_NOBODY = -1
# Gaps and overlaps thinner than this are the rounding of corners, no decision.
_ROUNDING_M = noding.SNAP_M
# Claims to a block that differ by less than this share of it are equal.
_EQUAL_SHARE = 1e-6
# A piece belongs to whoever covers more than this share of it.
_MOST = 0.5
# Numbers of sectors above this are slips of the pen.
_MOST_NUMBER = 1e6
# What the problems call the table that was edited.
_FILE = "edited"


class _Claims(NamedTuple):
    """The edited sectors, in an order that does not depend on their rows.

    ``shapes``: metres. ``sector_id``: as given, 0 where it is missing, no whole number from 1 on,
    or given more than once. ``given``: the same, with those given more than once. ``name``: as
    given, else empty.
    """

    shapes: Shapes
    sector_id: Ints
    given: Ints
    name: NDArray[np.object_]


def adopt_layout(
    edited: gpd.GeoDataFrame,
    blocks: AnyLayout,
    *,
    borders: HandDrawn = "snap",
    rules: BlockRules | None = None,
    valid_from: str | None = None,
) -> Layout:
    """Make a layout of sectors that were edited by hand.

    Parameters
    ----------
    edited : geopandas.GeoDataFrame
        Polygons, one row for each sector, with a coordinate system; ``sector_id`` and ``name`` may
        be there. A ``sector_id`` is kept where it is a whole number from 1 on that stands in one
        row; the other rows get theirs by greatest shared population with the sectors before, and
        new numbers after the last.
    blocks : Layout, or mapping of tables by name
        The layout that was edited, or the layers of its GeoPackage. It is not changed.
    borders : {"snap", "keep"}
        Snap drawn borders to blocks (each block goes to the sector that covers most of it), or
        keep them as drawn (blocks are cut, and their people shared by area).
    rules : BlockRules, optional
        With ``keep``: which pieces are too thin to be blocks, and stay with the rest of theirs.
        So a street traced by eye stays the border.
    valid_from : str, optional
        Day from which the layout holds.

    Returns
    -------
    Layout
        Measured as `partition_city` does, version one higher. ``summary["adopted"]`` tells who
        moved and lists ``gaps``, ``overlaps`` (``lat, lon, area_m2, sectors``: to whom it went),
        ``in_pieces`` and ``missing``; ``problems`` has the same as rows.

    Raises
    ------
    InputError
        Where an option has no meaning, the layout has no blocks, or no block is covered.
    MissingCRSError
        Where a table has no coordinate system.

    Examples
    --------
    Two squares of 0.001 degrees, a sector each. The border is drawn anew through the middle of the
    second one: nothing changes by snapping, since each still covers most of its block; with
    ``keep`` the block is cut, and half of its people change sector.

    >>> from shapely.geometry import LineString, Point, box
    >>> from geosector.partition import partition_city
    >>> boundary = gpd.GeoDataFrame(geometry=[box(30, 33, 30.002, 33.001)], crs="EPSG:4326")
    >>> road = LineString([(30.001, 32.999), (30.001, 33.002)])
    >>> roads = gpd.GeoDataFrame({"road_class": ["primary"]}, geometry=[road], crs="EPSG:4326")
    >>> people = gpd.GeoDataFrame({"population": [100, 100]}, crs="EPSG:4326",
    ...                           geometry=[Point(30.0005, 33.0005), Point(30.0015, 33.0005)])
    >>> layout = partition_city(boundary, roads, 2, population=people, iterations=8)
    >>> drawn = layout.sectors.set_geometry(
    ...     [box(30, 33, 30.00149, 33.001), box(30.00149, 33, 30.002, 33.001)])
    >>> adopt_layout(drawn, layout).sectors["population"].tolist()
    [100, 100]
    >>> adopt_layout(drawn, layout, borders="keep").sectors["population"].tolist()
    [149, 51]
    >>> adopt_layout(drawn.iloc[:0], layout)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The edited sectors cover no block of the layout. ...
    """
    if borders not in get_args(HandDrawn):
        raise InputError(text("borders is '{given}'. Use 'snap' or 'keep'.", given=borders))
    tables = tables_of(blocks, text("The layout"))
    crs.require_crs(edited, text("The table of edited sectors"))
    ground = ground_of(tables)
    claims, problems = _read_claims(edited, ground.fabric)
    raw = overlay(ground.fabric.blocks, claims.shapes)
    raw = raw.rename(columns={"new": "block", "old": "claim"})
    if raw.empty:
        raise InputError(
            text(
                "The edited sectors cover no block of the layout. "
                "Check that both are of one city and in their right coordinate systems."
            )
        )
    before = _before(raw, claims, ground)
    pieces = _settled(raw, claims, before, ground)
    if borders == "keep":
        ground, claim = _cut(ground, pieces, claims, rules or BlockRules())
    else:
        claim = _most_of(pieces, len(ground.sector))
    graph = _graph(ground, tables)
    claim = _filled(graph, claim, before, ground.sector)
    adopted = _numbered(ground, graph, claims, claim)
    found = _decisions(adopted, claims, tables)
    return _layout(adopted, found, tables, (borders, valid_from), [*ground.problems, *problems])


def _graph(ground: Ground, tables: Tables) -> BlockGraph:
    """Link detached parts of the city as they were linked when the layout was made."""
    asked = tables.summary.get("asked", {})
    count = int(asked.get("count", len(np.unique(ground.sector))))
    mean = float(ground.people.sum()) / count
    return make_graph(
        ground.fabric, "join", Room(ground.people, mean, float(asked.get("tolerance", 1.0)))
    )


# ---------------------------------------------------------------- what was drawn


def _read_claims(edited: gpd.GeoDataFrame, fabric: Fabric) -> tuple[_Claims, list[Problem]]:
    """Take the polygons, and the numbers that name one sector each."""
    shapes = on_millimetres(edited, fabric.crs)
    drawn = shapely.make_valid(shapes)
    polygonal = np.array([_surface(shape) for shape in drawn], object)
    good = ~shapely.is_empty(polygonal)
    problems = [
        Problem(_FILE, int(row) + 1, "geometry",
                "" if shapes[row] is None else str(shapes[row].geom_type), text("a polygon"),
                text("The row was left out."))
        for row in np.flatnonzero(~good)
    ]  # fmt: skip
    stated = _whole_numbers(edited)
    taken, times = np.unique(stated[good], return_counts=True)
    once = taken[(times == 1) & (taken > 0)]
    sector_id = np.where(np.isin(stated, once), stated, 0)
    words = edited["sector_id"].astype("string") if "sector_id" in edited else None
    problems += [
        Problem(_FILE, int(row) + 1, "sector_id",
                "" if words is None else str(words.fillna("").iloc[row]),
                text("a whole number from 1 on that stands in one row"),
                text("The number was found by shared population."))
        for row in np.flatnonzero(good & (sector_id == 0))
    ]  # fmt: skip
    names = np.full(len(edited), "", object)
    if "name" in edited:
        names = np.asarray(edited["name"].astype("string").fillna("").str.strip(), object)
    code = shapely.to_wkb(shapely.normalize(polygonal))
    order = sorted(
        np.flatnonzero(good).tolist(),
        key=lambda row: (sector_id[row] == 0, sector_id[row], code[row], names[row]),
    )
    place = np.array(order, np.int64)
    return _Claims(polygonal[place], sector_id[place], stated[place], names[place]), problems


def _surface(shape: shapely.Geometry | None) -> shapely.Geometry:
    """Keep of a shape what has an area."""
    parts = shapely.get_parts(shape) if shape is not None else np.zeros(0, object)
    areas = [one for one in parts if one.geom_type == "Polygon" and one.area > 0]
    return areas[0] if len(areas) == 1 else shapely.MultiPolygon(areas)


def _whole_numbers(edited: gpd.GeoDataFrame) -> Ints:
    """Give ``sector_id`` where it is a whole number from 1 on, else 0."""
    if "sector_id" not in edited:
        return np.zeros(len(edited), np.int64)
    given = pd.to_numeric(edited["sector_id"], errors="coerce").to_numpy(float, na_value=np.nan)
    whole = (given >= 1) & (given < _MOST_NUMBER) & (given == np.floor(given))
    return np.where(whole, given, 0).astype(np.int64)


def _before(raw: pd.DataFrame, claims: _Claims, ground: Ground) -> Ints:
    """Say which sector before each claim continues; 0 for none."""
    area = shapely.area(ground.fabric.blocks)
    block, claim = raw["block"].to_numpy(), raw["claim"].to_numpy()
    ids = np.unique(ground.sector)
    # Where nobody lives, a little for the ground itself.
    weight = (ground.people + area / area.sum())[block] * raw["area"].to_numpy() / area[block]
    shared = np.zeros((len(ids), len(claims.shapes)))
    np.add.at(shared, (np.searchsorted(ids, ground.sector[block]), claim), weight)
    return _continued(shared, ids, claims.sector_id)


def _continued(shared: Floats, ids: Ints, stated: Ints) -> Ints:
    """Give the sector before that each continues: the one of its number, else by shared people."""
    before = np.where(np.isin(stated, ids), stated, 0)
    free, open_ids = stated == 0, ~np.isin(ids, before)
    match = match_sectors(shared[np.ix_(open_ids, free)], ids[open_ids])
    before[free] = np.where(match >= 0, np.append(ids[open_ids], 0)[match], 0)
    return before


# ---------------------------------------------------------------- who gets which ground


def _settled(raw: pd.DataFrame, claims: _Claims, before: Ints, ground: Ground) -> pd.DataFrame:
    """Settle overlaps: ``block, claim, area, shape, old``, no two pieces on the same ground.

    ``shape`` is missing where it is simply what block and claim share. ``old``: the claim is of the
    sector that had the block before.
    """
    blocks = ground.fabric.blocks
    area = shapely.area(blocks)
    pieces = raw.assign(
        shape=None, old=before[raw["claim"]] == ground.sector[raw["block"]]
    ).sort_values(["block", "old", "area", "claim"], ascending=[True, True, False, True])
    claimed = np.bincount(pieces["block"], pieces["area"], len(blocks))
    several = pieces["block"].duplicated(keep=False).to_numpy()
    fought = several & (claimed > area * (1 + _EQUAL_SHARE))[pieces["block"]]
    shapes = pieces["shape"].to_numpy(object).copy()
    areas = pieces["area"].to_numpy(float).copy()
    # New claims come first, the old one last: each takes what is left.
    left: dict[int, shapely.Geometry] = {}
    for row in np.flatnonzero(fought).tolist():
        block = int(pieces["block"].iloc[row])
        rest = left.get(block, blocks[block])
        claim = claims.shapes[int(pieces["claim"].iloc[row])]
        shapes[row] = _surface(shapely.intersection(rest, claim))
        areas[row] = shapely.area(shapes[row])
        left[block] = shapely.difference(rest, claim)
    settled = pieces.assign(shape=shapes, area=areas, share=areas / area[pieces["block"]])
    return settled[settled["share"] > _EQUAL_SHARE].reset_index(drop=True)


def _most_of(pieces: pd.DataFrame, blocks: int) -> Ints:
    """Give each block to the claim that covers most of it; of equal ones to the new one."""
    ranked = pieces.assign(share=-(pieces["share"] / _EQUAL_SHARE).round())
    first = ranked.sort_values(["block", "share", "old", "claim"]).drop_duplicates("block")
    claim = np.full(blocks, _NOBODY, np.int64)
    claim[first["block"]] = first["claim"]
    return claim


def _filled(graph: BlockGraph, claim: Ints, before: Ints, sector: Ints) -> Ints:
    """Give unclaimed blocks to the neighbour with the longest border, from the edge of the gap on.

    The sector that had a block before and gave it up gets it only where there is no other.
    """
    claim = claim.copy()
    one = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    two = graph.indices.astype(np.int64)
    metres = graph.metres.sum(axis=1)
    while (claim == _NOBODY).any():
        edge = (claim[one] == _NOBODY) & (claim[two] != _NOBODY)
        offers = pd.DataFrame(
            {"block": one[edge], "claim": claim[two[edge]], "metres": metres[edge]}
        )
        offers = offers.groupby(["block", "claim"], as_index=False)["metres"].sum()
        offers["old"] = before[offers["claim"]] == sector[offers["block"]]
        offers = offers.sort_values(
            ["block", "old", "metres", "claim"], ascending=[True, True, False, True]
        )
        first = offers.drop_duplicates("block")
        claim[first["block"]] = first["claim"]
    return claim


# ---------------------------------------------------------------- blocks cut as drawn


def _cut(
    ground: Ground, pieces: pd.DataFrame, claims: _Claims, rules: BlockRules
) -> tuple[Ground, Ints]:
    """Cut blocks along drawn borders; give the new blocks and the claim to each."""
    blocks = ground.fabric.blocks
    whole = pieces["block"][pieces["share"] >= 1 - _EQUAL_SHARE]
    parts = pieces[~pieces["block"].isin(whole)].reset_index(drop=True)
    parts["shape"] = _shapes_of(parts, blocks, claims)
    lines, host = _inside(parts, blocks)
    claim_of = _most_of(pieces, len(blocks))
    while len(lines):
        faces, origin, segments = _faces_with(ground.fabric, lines)
        cut = np.isin(origin, host) | (np.bincount(origin)[origin] > 1)
        claim = claim_of[origin]
        claim[cut] = _claim_at(faces[cut], origin[cut], parts)
        label, claim = _without_slivers(faces, origin, claim, cut, rules)
        source = origin[np.unique(label, return_index=True)[1]]
        alone = np.bincount(source)[source] == 1
        if not np.isin(host, source[alone]).any():
            return _of_pieces(ground, dissolve(faces, label), source, segments, claim)
        # Lines that cut nothing in the end leave no corner on the sides of their block.
        claim_of[source[alone]] = claim[alone]
        idle = np.isin(host, source[alone])
        lines, host = lines[~idle], host[~idle]
    return ground, claim_of


def _shapes_of(parts: pd.DataFrame, blocks: Shapes, claims: _Claims) -> Shapes:
    """Give every piece its shape."""
    shapes: Shapes = parts["shape"].to_numpy(object).copy()
    plain = np.flatnonzero([shape is None for shape in shapes])
    shared = shapely.intersection(
        blocks[parts["block"].to_numpy()[plain]],
        claims.shapes[parts["claim"].to_numpy()[plain]],
    )
    for place, shape in zip(plain, shared, strict=True):
        shapes[place] = _surface(shape)
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
    ground: Ground, blocks: Shapes, source: Ints, segments: noding.Segments, claim: Ints
) -> tuple[Ground, Ints]:
    """Make new ground of the pieces of old blocks (``source``), and put claims in its order."""
    fabric = ground.fabric
    order = order_of_places(blocks)
    blocks, source = blocks[order], source[order]
    no_road = len(fabric.ways) - 1
    known = segments.way < no_road
    lines = shapely.linestrings(segments.ends[known].reshape(-1, 2, 2) / noding.UNITS_PER_METRE)
    borders = bordering(blocks, lines, segments.way[known], no_road)
    people = whole_shares(source, shapely.area(blocks), ground.people)
    made = made_fabric(fabric.crs, blocks, borders, fabric.ways)
    return Ground(made, ground.sector[source], people, ground.problems), claim[order]


def _holder(faces: Shapes, blocks: Shapes) -> Ints:
    """Say in which block each face lies; -1 outside (in a hole of the city)."""
    face, block = shapely.STRtree(blocks).query(
        shapely.point_on_surface(faces), predicate="intersects"
    )
    holder = np.full(len(faces), _NOBODY, np.int64)
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
    claim = np.full(len(faces), _NOBODY, np.int64)
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
    label = np.arange(len(faces))
    # Faces of one block with one claim were cut apart by nothing but a line that ends inside.
    label = _joined(label, left, right, claim[left] == claim[right])
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
        merged = _joined(np.arange(count), best["one"].to_numpy(), best["two"].to_numpy())
        label = merged[label]


def _joined(label: Ints, one: Ints, two: Ints, chosen: Flags | None = None) -> Ints:
    """Give what is joined one label, 0 … k − 1."""
    if chosen is not None:
        one, two = one[chosen], two[chosen]
    link = coo_array((np.ones(len(one)), (one, two)), shape=(len(label), len(label)))
    joined: Ints = connected_components(link, directed=False)[1].astype(np.int64)
    return joined


# ---------------------------------------------------------------- numbers and decisions


class _Adopted(NamedTuple):
    """``sector``: 1 … N for each block, in order of ``numbers``; ``names`` by number."""

    ground: Ground
    graph: BlockGraph
    sector: Ints
    numbers: Ints
    names: dict[int, str]


def _numbered(ground: Ground, graph: BlockGraph, claims: _Claims, claim: Ints) -> _Adopted:
    """Give sectors the number stated, else by shared people, else after the last; and a name."""
    active, place = np.unique(claim, return_inverse=True)
    ids = np.unique(ground.sector)
    shared = np.zeros((len(ids), len(active)))
    np.add.at(shared, (np.searchsorted(ids, ground.sector), place), ground.people.astype(float))
    stated = claims.sector_id[active]
    before = np.where(stated > 0, stated, _continued(shared, ids, stated))
    known = np.union1d(ids, stated)
    match = np.where(before > 0, np.searchsorted(known, before), _NOBODY)
    number_of = kept_numbers(match, known)
    numbers = np.sort(number_of)
    # Of rows with one name, as a split leaves them, the name is that of the number.
    twice = pd.Series(claims.name[active]).duplicated(keep=False).to_numpy()
    own = ~twice | (claims.given[active] == number_of)
    names = {
        int(one): str(name)
        for one, name, is_own in zip(number_of, claims.name[active], own, strict=True)
        if name and is_own
    }
    sector = np.searchsorted(numbers, number_of[place]) + 1
    return _Adopted(ground, graph, sector.astype(np.int64), numbers, names)


def _decisions(adopted: _Adopted, claims: _Claims, tables: Tables) -> dict[str, Any]:
    """List what had to be decided, ready for JSON."""
    fabric = adopted.ground.fabric
    city = shapely.multipolygons(fabric.parts)
    drawn = shapely.union_all(claims.shapes)
    one, two = shapely.STRtree(claims.shapes).query(claims.shapes, predicate="intersects")
    pair = one < two
    common = shapely.intersection(claims.shapes[one[pair]], claims.shapes[two[pair]])
    moved = adopted.numbers[adopted.sector - 1] != adopted.ground.sector
    people = adopted.ground.people
    before = {int(one) for one in np.unique(adopted.ground.sector)}
    if tables.sectors is not None:
        before |= {int(one) for one in tables.sectors["sector_id"]}
    return {
        "people_moved": int(people[moved].sum()),
        "share_moved": round(float(people[moved].sum() / max(people.sum(), 1)), 6),
        "gaps": _places(shapely.difference(city, drawn), adopted),
        "overlaps": _places(shapely.union_all(common), adopted),
        "outside_m2": round(float(shapely.difference(drawn, city).area), 1),
        "in_pieces": _in_pieces(adopted),
        "missing": sorted(before - {int(one) for one in adopted.numbers}),
    }


def _places(ground: shapely.Geometry, adopted: _Adopted) -> list[dict[str, Any]]:
    """Say of each piece of ground where it lies, how large it is, and to whom it went."""
    parts = shapely.get_parts(ground)
    parts = parts[shapely.area(parts) > 0]
    parts = parts[2 * shapely.area(parts) >= _ROUNDING_M * shapely.length(parts)]
    went = overlay(parts, adopted.ground.fabric.blocks)
    went["sector"] = adopted.numbers[adopted.sector - 1][went["old"]]
    went = went.groupby(["new", "sector"], as_index=False)["area"].sum()
    went = went.sort_values(["new", "area", "sector"], ascending=[True, False, True])
    lat, lon = _degrees(parts, adopted.ground.fabric)
    listed = [
        {
            "lat": round(float(lat[spot]), 5),
            "lon": round(float(lon[spot]), 5),
            "area_m2": round(float(shapely.area(part)), 1),
            "sectors": [int(one) for one in went.loc[went["new"] == spot, "sector"]],
        }
        for spot, part in enumerate(parts)
    ]
    return sorted(listed, key=lambda one: (-one["area_m2"], one["lat"], one["lon"]))


def _degrees(shapes: Shapes, fabric: Fabric) -> tuple[Floats, Floats]:
    """Give latitude and longitude of a point in each."""
    xy = shapely.get_coordinates(shapely.point_on_surface(shapes))
    lon, lat = crs.convert_points(xy[:, 0], xy[:, 1], fabric.crs, crs.WGS84)
    return lat, lon


def _in_pieces(adopted: _Adopted) -> list[dict[str, Any]]:
    """List the sectors through which one cannot walk from end to end."""
    graph = adopted.graph
    one = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    same = adopted.sector[one] == adopted.sector[graph.indices]
    piece = _joined(np.arange(graph.size), one[same], graph.indices[same].astype(np.int64))
    first = np.unique(piece, return_index=True)[1]
    counts = np.bincount(adopted.sector[first] - 1, minlength=len(adopted.numbers))
    people = np.bincount(piece, adopted.ground.people)
    listed = []
    for place in np.flatnonzero(counts > 1).tolist():
        sizes = np.sort(people[adopted.sector[first] == place + 1])[::-1]
        listed.append(
            {
                "sector_id": int(adopted.numbers[place]),
                "pieces": int(counts[place]),
                "people": [int(size) for size in sizes],
            }
        )
    return listed


# ---------------------------------------------------------------- the new layout


def _layout(
    adopted: _Adopted,
    found: dict[str, Any],
    tables: Tables,
    wish: tuple[HandDrawn, str | None],
    problems: list[Problem],
) -> Layout:
    """Measure everything anew, as `partition_city` does."""
    fabric, people = adopted.ground.fabric, adopted.ground.people
    borders = border_table(fabric, adopted.sector)
    sectors = sector_table(fabric, adopted.sector, people, borders)
    blocks = block_table(fabric, adopted.sector, people)
    names = {**tables.names, **adopted.names}
    asked = {**tables.summary.get("asked", {}), "borders": wish[0]}
    ground = {
        **tables.summary.get("ground", {}),
        **ground_facts(fabric, adopted.graph),
    }
    stated = {"source": "points", "unit": "people", **tables.summary.get("people", {})}
    inside, outside = int(people.sum()), int(stated.get("outside", 0))
    return Layout(
        sectors=in_degrees(with_numbers(sectors, adopted.numbers, names)),
        borders=in_degrees(with_numbers(borders, adopted.numbers)),
        blocks=in_degrees(with_numbers(blocks, adopted.numbers)),
        block_borders=block_border_table(fabric),
        summary={
            "version": tables.version + 1,
            "valid_from": wish[1],
            "asked": asked,
            "reached": reached(sectors, borders, asked.get("costs")),
            "people": {**stated, "inside": inside, "outside": outside, "total": inside + outside},
            "ground": ground,
            "adopted": found,
        },
        problems=problems_table([*problems, *_told(found, sectors, adopted, asked)]),
    )


def _told(
    found: dict[str, Any], sectors: gpd.GeoDataFrame, adopted: _Adopted, asked: dict[str, Any]
) -> list[Problem]:
    """Write decisions as problems, for whoever reads problems.csv."""
    expected = {"gaps": text("one sector"), "overlaps": text("one sector only")}
    told = [
        Problem(_FILE, None, "geometry", _where(kind, place), words,
                text("It went to sector {sectors}.", sectors=", ".join(map(str, place["sectors"]))))
        for kind, words in expected.items()
        for place in found[kind]
    ]  # fmt: skip
    told += [
        Problem(_FILE, None, "sector_id",
                text("sector {number} in {pieces} pieces, with {people} people",
                     number=one["sector_id"], pieces=number(one["pieces"]),
                     people=" + ".join(number(size) for size in one["people"])),
                text("one piece"), text("It was kept."))
        for one in found["in_pieces"]
    ]  # fmt: skip
    told += [
        Problem(_FILE, None, "sector_id", text("no ground for sector {number}", number=one),
                text("every sector of the layout before"), text("It is no more."))
        for one in found["missing"]
    ]  # fmt: skip
    tolerance = float(asked.get("tolerance", np.inf))
    far = sectors["deviation"].abs().to_numpy() > tolerance + 1e-9
    told += [
        Problem(_FILE, None, "deviation",
                text("sector {number}: {deviation}", number=int(adopted.numbers[place]),
                     deviation=percent(sectors["deviation"].iloc[place], decimals=1)),
                text("at most {tolerance}", tolerance=percent(tolerance, decimals=1)),
                text("It was kept."))
        for place in np.flatnonzero(far).tolist()
    ]  # fmt: skip
    return told


def _where(kind: str, place: dict[str, Any]) -> str:
    facts = {
        "area": number(place["area_m2"]),
        "lat": f"{place['lat']:.5f}",
        "lon": f"{place['lon']:.5f}",
    }
    if kind == "gaps":
        return text("a gap of {area} m² at {lat}, {lon}", **facts)
    return text("an overlap of {area} m² at {lat}, {lon}", **facts)
