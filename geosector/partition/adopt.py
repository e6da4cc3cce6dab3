"""A plan edited by hand → a layout: every block decided, every number measured anew.

Planners move borders in QGIS, and no hand is exact: polygons overlap, leave gaps, lose a sector or
cut one in two. What was meant is read by rules that can be told in a sentence:

- Overlaps and gaps are settled (see `claims`): the new claim wins, and what nobody claims goes to
  the neighbour with the longest border.
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

from geosector import crs
from geosector.errors import InputError
from geosector.language import number, percent, text
from geosector.partition import noding
from geosector.partition.blocks import Fabric
from geosector.partition.city import tell_ground
from geosector.partition.claims import (
    FILE,
    NOBODY,
    Claims,
    continued,
    filled,
    most_of,
    read_claims,
    sectors_before,
    settled,
)
from geosector.partition.cut import cut_blocks
from geosector.partition.describe import (
    block_table,
    border_table,
    in_degrees,
    measure_plan,
    sector_table,
)
from geosector.partition.graph import BlockGraph, Room, make_graph
from geosector.partition.identity import kept_numbers, with_names, with_numbers
from geosector.partition.layout import Layout
from geosector.partition.overlay import overlay
from geosector.partition.pieces import joined
from geosector.partition.slivers import BlockRules
from geosector.partition.stored import (
    AnyLayout,
    Division,
    Tables,
    block_border_table,
    division_of,
    tables_of,
)
from geosector.tables import Problem, problems_table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]
Flags = NDArray[np.bool_]
HandDrawn = Literal["snap", "keep"]

# Gaps and overlaps thinner than this are the rounding of corners, no decision.
_ROUNDING_M = noding.SNAP_M


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
        ``in_pieces``, ``missing`` and ``too_small``; ``problems`` has the same as rows.

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
    division = division_of(tables)
    claims, problems = read_claims(edited, division.fabric)
    raw = overlay(division.fabric.blocks, claims.shapes)
    raw = raw.rename(columns={"new": "block", "old": "claim"})
    before = sectors_before(raw, claims, division)
    pieces = settled(raw, claims, before, division)
    if borders == "keep":
        division, claim = cut_blocks(division, pieces, claims, rules or BlockRules())
    else:
        claim = most_of(pieces, len(division.sector))
    if (claim == NOBODY).all():
        raise InputError(
            text(
                "The edited sectors cover no block of the layout. "
                "Check that both are of one city and in their right coordinate systems."
            )
        )
    graph = _graph(division, tables)
    claim = filled(graph, claim, before, division.sector)
    adopted = _numbered(division, graph, claims, claim)
    found = _decisions(adopted, claims, tables)
    return _layout(adopted, found, tables, (borders, valid_from), [*division.problems, *problems])


def _graph(division: Division, tables: Tables) -> BlockGraph:
    """Link detached parts of the city as they were linked when the layout was made."""
    asked = tables.summary.get("asked", {})
    count = int(asked.get("count", len(np.unique(division.sector))))
    mean = float(division.people.sum()) / count
    room = Room(division.people, mean, float(asked.get("tolerance", 1.0)))
    return make_graph(division.fabric, "join", room, division.passages)


# ---------------------------------------------------------------- numbers and decisions


class _Adopted(NamedTuple):
    """``sector``: 1 … N for each block, in order of ``numbers``; ``names`` by number.

    ``lost``: the claims without a number that got no block.
    """

    division: Division
    graph: BlockGraph
    sector: Ints
    numbers: Ints
    names: dict[int, str]
    lost: Ints


def _numbered(division: Division, graph: BlockGraph, claims: Claims, claim: Ints) -> _Adopted:
    """Give sectors the number stated, else by shared people, else after the last; and a name."""
    active, place = np.unique(claim, return_inverse=True)
    ids = np.unique(division.sector)
    shared = np.zeros((len(ids), len(active)))
    np.add.at(shared, (np.searchsorted(ids, division.sector), place), division.people.astype(float))
    stated = claims.sector_id[active]
    before = np.where(stated > 0, stated, continued(shared, ids, stated))
    known = np.union1d(ids, stated)
    match = np.where(before > 0, np.searchsorted(known, before), NOBODY)
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
    lost = np.setdiff1d(np.flatnonzero(claims.sector_id == 0), active)
    return _Adopted(division, graph, sector.astype(np.int64), numbers, names, lost)


def _decisions(adopted: _Adopted, claims: Claims, tables: Tables) -> dict[str, Any]:
    """List what had to be decided, ready for JSON."""
    fabric = adopted.division.fabric
    city = shapely.multipolygons(fabric.parts)
    drawn = shapely.union_all(claims.shapes)
    one, two = shapely.STRtree(claims.shapes).query(claims.shapes, predicate="intersects")
    pair = one < two
    common = shapely.intersection(claims.shapes[one[pair]], claims.shapes[two[pair]])
    moved = adopted.numbers[adopted.sector - 1] != adopted.division.sector
    people = adopted.division.people
    before = {int(one) for one in np.unique(adopted.division.sector)}
    if tables.sectors is not None:
        before |= {int(one) for one in tables.sectors["sector_id"]}
    before |= {int(one) for one in claims.sector_id if one}
    return {
        "people_moved": int(people[moved].sum()),
        "share_moved": round(float(people[moved].sum() / max(people.sum(), 1)), 6),
        "gaps": _places(shapely.difference(city, drawn), adopted),
        "overlaps": _places(shapely.union_all(common), adopted),
        "outside_m2": round(float(shapely.difference(drawn, city).area), 1),
        "in_pieces": _in_pieces(adopted),
        "missing": sorted(before - {int(one) for one in adopted.numbers}),
        "too_small": _places(shapely.union_all(claims.shapes[adopted.lost]), adopted),
    }


def _places(ground: shapely.Geometry, adopted: _Adopted) -> list[dict[str, Any]]:
    """Say of each piece of ground where it lies, how large it is, and to whom it went."""
    parts = shapely.get_parts(ground)
    parts = parts[shapely.area(parts) > 0]
    parts = parts[2 * shapely.area(parts) >= _ROUNDING_M * shapely.length(parts)]
    went = overlay(parts, adopted.division.fabric.blocks)
    went["sector"] = adopted.numbers[adopted.sector - 1][went["old"]]
    went = went.groupby(["new", "sector"], as_index=False)["area"].sum()
    went = went.sort_values(["new", "area", "sector"], ascending=[True, False, True])
    lat, lon = _degrees(parts, adopted.division.fabric)
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
    same = graph.passable & (adopted.sector[one] == adopted.sector[graph.indices])
    piece = joined(graph.size, one[same], graph.indices[same].astype(np.int64))
    first = np.unique(piece, return_index=True)[1]
    counts = np.bincount(adopted.sector[first] - 1, minlength=len(adopted.numbers))
    people = np.bincount(piece, adopted.division.people)
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
    fabric, people = adopted.division.fabric, adopted.division.people
    borders = border_table(fabric, adopted.sector)
    sectors = sector_table(fabric, adopted.sector, people, borders)
    blocks = block_table(fabric, adopted.sector, people, adopted.division.kind)
    block_borders = block_border_table(fabric, adopted.division.passages)
    names = {**tables.names, **adopted.names}
    asked = {**tables.summary.get("asked", {}), "borders": wish[0]}
    ground = {
        **tables.summary.get("ground", {}),
        **tell_ground(fabric, adopted.graph),
        "bridges": adopted.division.passages.bridges.tolist(),
    }
    stated = {"source": "points", "unit": "people", **tables.summary.get("people", {})}
    inside, outside = int(people.sum()), int(stated.get("outside", 0))
    return Layout(
        sectors=with_names(
            in_degrees(with_numbers(sectors, adopted.numbers)), names, roads=block_borders
        ),
        borders=in_degrees(with_numbers(borders, adopted.numbers)),
        blocks=in_degrees(with_numbers(blocks, adopted.numbers)),
        block_borders=block_borders,
        summary={
            "version": tables.version + 1,
            "valid_from": wish[1],
            "asked": asked,
            "reached": measure_plan(fabric, adopted.sector, sectors, borders, asked.get("costs")),
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
        Problem(FILE, None, "geometry", _where(kind, place), words,
                _went(place))
        for kind, words in expected.items()
        for place in found[kind]
    ]  # fmt: skip
    told += [
        Problem(FILE, None, "sector_id",
                text("sector {number} in {pieces} pieces, with {people} people",
                     number=one["sector_id"], pieces=number(one["pieces"]),
                     people=" + ".join(number(size) for size in one["people"])),
                text("one piece"), text("It was kept."))
        for one in found["in_pieces"]
    ]  # fmt: skip
    told += [
        Problem(FILE, None, "sector_id", text("no ground for sector {number}", number=one),
                text("every sector before, and every one drawn"),
                text("It is not in the new layout."))
        for one in found["missing"]
    ]  # fmt: skip
    told += [
        Problem(FILE, None, "geometry", _where("too_small", place), text("ground for a sector"),
                _went(place))
        for place in found["too_small"]
    ]  # fmt: skip
    tolerance = float(asked.get("tolerance", np.inf))
    far = sectors["deviation"].abs().to_numpy() > tolerance + 1e-9
    told += [
        Problem(FILE, None, "deviation",
                text("sector {number}: {deviation}", number=int(adopted.numbers[place]),
                     deviation=percent(sectors["deviation"].iloc[place], decimals=1)),
                text("at most {tolerance}", tolerance=percent(tolerance, decimals=1)),
                text("It was kept."))
        for place in np.flatnonzero(far).tolist()
    ]  # fmt: skip
    return told


def _went(place: dict[str, Any]) -> str:
    return text("It went to sector {sectors}.", sectors=", ".join(map(str, place["sectors"])))


def _where(kind: str, place: dict[str, Any]) -> str:
    facts = {
        "area": number(place["area_m2"]),
        "lat": f"{place['lat']:.5f}",
        "lon": f"{place['lon']:.5f}",
    }
    if kind == "gaps":
        return text("a gap of {area} m² at {lat}, {lon}", **facts)
    if kind == "too_small":
        return text("a sector of {area} m² at {lat}, {lon}", **facts)
    return text("an overlap of {area} m² at {lat}, {lon}", **facts)
