"""What a new plan owes to the one before, and which blocks must stay together.

Roads are cut, districts empty and fill: a city is divided anew, but nobody should change sector
without need. Each block has a *home*, the sector it was in; who leaves it is charged for in the
solver's own coin, metres of border × cost. *Pins* (a camp, a hospital compound) hold the blocks
that they touch together, or in one sector of the layout before.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from geosector import crs
from geosector.errors import InputError, PinError
from geosector.language import number, text
from geosector.partition.blocks import Fabric
from geosector.partition.describe import number_sectors
from geosector.partition.graph import BlockGraph, edge_costs
from geosector.partition.identity import kept_numbers, match_sectors
from geosector.partition.overlay import on_millimetres, overlay
from geosector.partition.pieces import joined
from geosector.partition.reach import SHARED_BORDER_M
from geosector.partition.rows import kind_of, row_number, text_column
from geosector.partition.stored import AnyLayout, tables_of
from geosector.tables import Problem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Shapes = NDArray[np.object_]

FREE = -1
_ROUNDING = 1e-9
# A pin also touches a block of which it holds this share, or which holds this share of it.
_MOST = 0.5


class Past(NamedTuple):
    """The layout before, seen from today's blocks.

    ``ids``: its sectors, rising. ``home``: shape (blocks,), the place in ``ids`` of the sector that
    each block was in; -1 on new ground. ``names``: by ``sector_id``.
    """

    ids: Ints
    home: Ints
    names: Mapping[int, str]
    version: int


class Pin(NamedTuple):
    """One thing that must not be parted.

    ``name``: as given, else its row. ``blocks``: those it touches. ``sector_id``: the sector of the
    layout before that it is pinned to; 0 for any.
    """

    name: str
    blocks: tuple[int, ...]
    sector_id: int


class Group(NamedTuple):
    """Pins that have blocks in common, with the ``chain`` of blocks that joins theirs."""

    names: tuple[str, ...]
    blocks: tuple[int, ...]
    chain: tuple[int, ...]
    sector_id: int


class Wish(NamedTuple):
    """How many sectors, and how unlike they may be."""

    sectors: int
    tolerance: float


class Held(NamedTuple):
    """What the solver must keep, by block and by label 0 … count - 1.

    ``together``: number of the group that must share a sector; ``home``: label of the sector that
    the block was in; ``fixed``: label that it must have; each -1 where it is free. ``price``:
    weighted metres of border for each person who is not at home. The first four are what the
    solver takes, in its order. ``label_ids``: the sector before that each label stands for, 0 for
    a new one.
    """

    together: Ints
    home: Ints
    price: float
    fixed: Ints
    label_ids: Ints
    past: Past | None
    groups: tuple[Group, ...]
    problems: tuple[Problem, ...]


# ---------------------------------------------------------------- the layout before


def past_of(previous: AnyLayout, fabric: Fabric) -> Past:
    """Find the home of each block: the sector before that held most of its people.

    Parameters
    ----------
    previous : Layout, mapping of tables by name, or geopandas.GeoDataFrame
        Its blocks may be others: people are taken to be spread evenly over each of them. Where
        nobody lived, the area decides.
    fabric : Fabric
        Today's blocks.

    Returns
    -------
    Past

    Raises
    ------
    InputError
        Where it is no layout, or has no ground in common with today's.
    """
    tables = tables_of(previous, text("The previous layout"))
    shapes = on_millimetres(crs.densify(tables.areas), fabric.crs)
    sector = tables.areas["sector_id"].to_numpy(np.int64)
    ids, place = np.unique(sector, return_inverse=True)
    pieces = overlay(fabric.blocks, shapes)
    if pieces.empty:
        raise InputError(
            text(
                "The previous layout has no ground in common with the boundary. "
                "Give a layout of the same city."
            )
        )
    old = pieces["old"].to_numpy()
    people = tables.areas["population"].to_numpy(float)[old]
    area = pieces["area"].to_numpy(float)
    held = pieces.assign(place=place[old], people=people * area / shapely.area(shapes)[old])
    held = held.groupby(["new", "place"], as_index=False)[["people", "area"]].sum()
    # Sums of shares differ in their last digits: what is equal must be equal.
    held[["people", "area"]] = held[["people", "area"]].round(6)
    held = held.sort_values(
        ["new", "people", "area", "place"], ascending=[True, False, False, True]
    )
    first = held.drop_duplicates("new")
    home = np.full(len(fabric.blocks), FREE, np.int64)
    home[first["new"]] = first["place"]
    return Past(ids.astype(np.int64), home, tables.names, tables.version)


def default_price(
    graph: BlockGraph, home: Ints, people: Ints, costs: Mapping[str, float] | None = None
) -> float:
    """Give the price of moving a person where none is stated.

    To move as many people as a mean sector has costs as much as the mean border of a sector of the
    layout before: twice the cost of its inner borders, by all people. So it needs no unit of its
    own, and fits any city: a block changes sector where it brings in more border than its people
    are of a sector.

    Parameters
    ----------
    graph : BlockGraph
    home : array of int, shape (graph.size,)
        Sector before of each block, -1 for none.
    people : array of int, shape (graph.size,)
    costs : mapping, optional
        As in `geosector.partition.classes.cost_per_metre`.

    Returns
    -------
    float
        Weighted metres of border by person; 0 where there was no inner border.
    """
    one = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    two = graph.indices
    parted = (home[one] != home[two]) & (home[one] != FREE) & (home[two] != FREE)
    both_ways = float(edge_costs(graph, costs)[parted].sum())
    return both_ways / max(float(people.sum()), 1.0)


# ---------------------------------------------------------------- pins


def read_pins(pins: gpd.GeoDataFrame, fabric: Fabric) -> tuple[list[Pin], list[Problem]]:
    """Find the blocks that pins touch.

    A polygon touches a block where their common ground is at least 1 m wide on average (twice its
    area by its perimeter), or most of one of the two; a point touches the block it lies in.

    Parameters
    ----------
    pins : geopandas.GeoDataFrame
        Polygons or points, with a coordinate system; ``name`` and ``sector_id`` may be there.
    fabric : Fabric

    Returns
    -------
    tuple = (pins, problems)
        In an order that does not depend on the rows. Rows of another kind, and pins outside the
        city, are left out and listed.
    """
    crs.require_crs(pins, text("The table of pins"))
    shapes = on_millimetres(crs.densify(pins), fabric.crs)
    blocks = _touched(shapes, fabric.blocks)
    names = _names(pins)
    found, problems = [], []
    for row, shape in enumerate(shapes):
        if shapely.get_dimensions(shape) not in {0, 2}:
            problems.append(
                Problem("pins", row_number(pins, row), "geometry", kind_of(shape),
                        text("a polygon or a point"), text("The row was left out."))
            )  # fmt: skip
        elif not blocks[row]:
            problems.append(
                Problem("pins", row_number(pins, row), "geometry", names[row],
                        text("a place inside the boundary"), text("The row was left out."))
            )  # fmt: skip
        else:
            found.append(Pin(names[row], blocks[row], _sector_asked(pins, row, names[row])))
    return sorted(found), problems


def _names(pins: gpd.GeoDataFrame) -> list[str]:
    return [
        name or text("row {number}", number=row_number(pins, row))
        for row, name in enumerate(text_column(pins, "name"))
    ]


def _sector_asked(pins: gpd.GeoDataFrame, row: int, name: str) -> int:
    """Give the sector that a pin asks for; 0 for any."""
    if "sector_id" not in pins or pd.isna(pins["sector_id"].iloc[row]):
        return 0
    given = pins["sector_id"].iloc[row]
    asked = pd.to_numeric(given, errors="coerce")
    if not (asked >= 1 and asked == math.floor(asked)):
        raise PinError(
            text(
                "Pin {name} asks for sector '{given}'. Give the number of a sector of the previous "
                "layout, or none.",
                name=name,
                given=given,
            )
        )
    return int(asked)


def _touched(shapes: Shapes, blocks: Shapes) -> list[tuple[int, ...]]:
    """List the blocks that each shape touches."""
    touched: list[set[int]] = [set() for _ in shapes]
    tree = shapely.STRtree(blocks)
    surfaces = np.flatnonzero(shapely.get_dimensions(shapes) == 2)  # noqa: PLR2004 - a surface
    areas = shapely.make_valid(shapes[surfaces])
    place, block = tree.query(areas, predicate="intersects")
    common = shapely.intersection(areas[place], blocks[block])
    ground = shapely.area(common)
    rim = np.maximum(shapely.length(common), np.finfo(float).tiny)
    wide = 2 * ground >= SHARED_BORDER_M * rim
    most = ground >= _MOST * np.minimum(shapely.area(areas)[place], shapely.area(blocks)[block])
    real = (ground > 0) & (wide | most)
    for spot, one in zip(surfaces[place[real]], block[real], strict=True):
        touched[spot].add(int(one))
    spots = np.flatnonzero(shapely.get_dimensions(shapes) == 0)
    points, owner = shapely.get_parts(shapes[spots], return_index=True)
    point, block = tree.query(points, predicate="intersects")
    first = pd.DataFrame({"point": point, "block": block}).groupby("point")["block"].min()
    for spot, one in first.items():
        touched[spots[owner[spot]]].add(int(one))
    return [tuple(sorted(some)) for some in touched]


def make_groups(pins: list[Pin], graph: BlockGraph, open_pairs: Flags, people: Ints) -> list[Group]:
    """Gather pins that share blocks, and join what lies apart.

    Where the blocks of a group are not connected, the chain of fewest blocks between them is added
    (of equally short ones that with fewest people), because a sector is in one piece. It does not
    lead through blocks of other groups.

    Parameters
    ----------
    pins : list of Pin
    graph : BlockGraph
    open_pairs : array of bool, shape (len(graph.indices),)
        Whether one can go from one block to the other.
    people : array of int, shape (graph.size,)

    Returns
    -------
    list of Group
        In order of their first block.

    Raises
    ------
    PinError
        Where pins on one block ask for different sectors, or no chain joins a group.
    """
    one = np.array([pin.blocks[0] for pin in pins for _ in pin.blocks], np.int64)
    two = np.array([block for pin in pins for block in pin.blocks], np.int64)
    member = joined(graph.size, one, two)
    gathered: dict[int, list[Pin]] = {}
    for pin in pins:
        gathered.setdefault(int(member[pin.blocks[0]]), []).append(pin)
    loose = [_group(some) for some in gathered.values()]
    loose.sort(key=lambda group: group.blocks)
    taken = {block for group in loose for block in group.blocks}
    groups = []
    for group in loose:
        whole = _connected(group, graph, open_pairs, people, taken - set(group.blocks))
        taken |= set(whole.chain)
        groups.append(whole)
    return groups


def _group(pins: list[Pin]) -> Group:
    asked = {pin.sector_id: pin.name for pin in pins if pin.sector_id}
    if len(asked) > 1:
        (one, first), (two, second) = sorted(asked.items())[:2]
        raise PinError(
            text(
                "Pins {first} and {second} share blocks, but one asks for sector {one} and the "
                "other for sector {two}. Draw them apart, or give both one sector.",
                first=first,
                second=second,
                one=one,
                two=two,
            )
        )
    blocks = sorted({block for pin in pins for block in pin.blocks})
    return Group(tuple(pin.name for pin in pins), tuple(blocks), (), next(iter(asked), 0))


def _connected(
    group: Group, graph: BlockGraph, open_pairs: Flags, people: Ints, closed: set[int]
) -> Group:
    """Add to a group the shortest chains of blocks that make it one piece."""
    source = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    target = graph.indices.astype(np.int64)
    barred = np.zeros(graph.size, bool)
    barred[list(closed)] = True
    usable = open_pairs & ~barred[source] & ~barred[target]
    # A step costs one block; people only decide between chains of as many blocks.
    step = 1 + people[target] / (float(people.sum()) + 1)
    ways = coo_array(
        (step[usable], (source[usable], target[usable])), shape=(graph.size,) * 2
    ).tocsr()
    blocks = set(group.blocks)
    while True:
        inside = np.zeros(graph.size, bool)
        inside[list(blocks)] = True
        held = open_pairs & inside[source] & inside[target]
        piece = joined(graph.size, source[held], target[held])
        start = piece == piece[min(blocks)]
        rest = np.flatnonzero(inside & ~start)
        if not len(rest):
            chain = tuple(sorted(blocks - set(group.blocks)))
            return group._replace(chain=chain)
        far, before, _ = dijkstra(
            ways, indices=np.flatnonzero(start), min_only=True, return_predecessors=True
        )
        # From the piece, the step into the pin itself is the same for all.
        nearest = int(rest[np.argmin(far[rest])])
        if not np.isfinite(far[nearest]):
            raise PinError(
                text(
                    "The blocks of pin {name} lie apart, and no way through free blocks joins "
                    "them. Draw it in one piece, or give up one of the pins between.",
                    name=", ".join(group.names),
                )
            )
        while not start[nearest]:
            blocks.add(nearest)
            nearest = int(before[nearest])


# ---------------------------------------------------------------- what the solver must keep


def hold(
    fabric: Fabric,
    graph: BlockGraph,
    people: Ints,
    wish: Wish,
    *,
    previous: AnyLayout | None = None,
    pins: gpd.GeoDataFrame | None = None,
    move_price: float | None = None,
    costs: Mapping[str, float] | None = None,
) -> Held | None:
    """Turn a previous layout and pins into what the solver must keep.

    Parameters
    ----------
    fabric, graph, people
        The city: people by block, shape (graph.size,).
    wish : Wish
    previous, pins, move_price, costs
        As in `partition_city`. Of more sectors before than are wanted now, those with most people
        live on, and those that a pin asks for.

    Returns
    -------
    Held or None
        None where there is neither a previous layout nor a pin.

    Raises
    ------
    PinError
        Where pins cannot be kept; found before solving.
    InputError, MissingCRSError
        Where a table or the price cannot be used.
    """
    if move_price is not None and not _is_price(move_price):
        raise InputError(
            text(
                "The price of moving a person is {given}. Give metres of border, at least 0.",
                given=move_price,
            )
        )
    if previous is None and move_price is not None:
        raise InputError(
            text("A price of moving people needs a previous layout (--previous). Give both.")
        )
    if previous is None and pins is None:
        return None
    past = None if previous is None else past_of(previous, fabric)
    found, problems = ([], []) if pins is None else read_pins(pins, fabric)
    groups = make_groups(found, graph, graph.passable, people)
    _require_known(groups, past)
    _require_room(groups, people, wish)
    together = np.full(graph.size, FREE, np.int64)
    asked = np.zeros(graph.size, np.int64)
    for place, group in enumerate(groups):
        held = [*group.blocks, *group.chain]
        together[held] = place
        asked[held] = group.sector_id
    home = np.full(graph.size, FREE, np.int64)
    label_ids = np.zeros(wish.sectors, np.int64)
    price = 0.0
    if past is not None:
        label_ids = _labels(past, people, np.unique(asked[asked > 0]), wish)
        label_of = {int(one): label for label, one in enumerate(label_ids) if one}
        labels = np.array([label_of.get(int(one), FREE) for one in past.ids] + [FREE], np.int64)
        home = labels[past.home]
        price = default_price(graph, past.home, people, costs) if move_price is None else move_price
    fixed = np.full(graph.size, FREE, np.int64)
    for label, one in enumerate(label_ids):
        fixed[(asked == one) & (one > 0)] = label
    return Held(
        together, home, float(price), fixed, label_ids, past, tuple(groups), tuple(problems)
    )


def _is_price(given: object) -> bool:
    return isinstance(given, int | float) and math.isfinite(given) and given >= 0


def _require_known(groups: list[Group], past: Past | None) -> None:
    known = set() if past is None else {int(one) for one in past.ids}
    for group in groups:
        if group.sector_id and group.sector_id not in known:
            raise PinError(
                text(
                    "Pin {name} asks for sector {number}, which the previous layout does not have. "
                    "Its sectors are: {known}.",
                    name=", ".join(group.names),
                    number=group.sector_id,
                    known=", ".join(map(str, sorted(known))) or "–",
                )
            )


def _require_room(groups: list[Group], people: Ints, wish: Wish) -> None:
    """Refuse what is more than a sector may hold, and pins that leave too few pieces."""
    limit = float(people.sum()) / wish.sectors * (1 + wish.tolerance)
    units: dict[tuple[str, int], list[Group]] = {}
    for place, group in enumerate(groups):
        key = ("sector", group.sector_id) if group.sector_id else ("group", place)
        units.setdefault(key, []).append(group)
    left = len(people)
    for held in units.values():
        blocks = [block for group in held for block in (*group.blocks, *group.chain)]
        left -= len(blocks) - 1
        inside = int(people[blocks].sum())
        if inside > limit * (1 + _ROUNDING):
            raise PinError(
                text(
                    "Pinned together by {names} are {people} people; a sector may hold {limit}. "
                    "Raise the tolerance, ask for fewer sectors, or give up a pin.",
                    names=", ".join(name for group in held for name in group.names),
                    people=number(inside),
                    limit=number(math.floor(limit)),
                )
            )
    if groups and left < wish.sectors:
        raise PinError(
            text(
                "With these pins there are {left} blocks and groups of blocks for {count} sectors. "
                "Give up a pin, or ask for fewer sectors.",
                left=number(left),
                count=number(wish.sectors),
            )
        )


def _labels(past: Past, people: Ints, asked: Ints, wish: Wish) -> Ints:
    """Say which sector before each label stands for: those pinned, then those with most people."""
    if len(asked) > wish.sectors:
        raise PinError(
            text(
                "Pins ask for {asked} sectors, but only {count} are wanted. Ask for more sectors, "
                "or give up a pin.",
                asked=number(len(asked)),
                count=number(wish.sectors),
            )
        )
    there = past.home != FREE
    inside = np.bincount(past.home[there], people[there], len(past.ids))
    order = np.lexsort((past.ids, -inside, ~np.isin(past.ids, asked)))
    chosen = np.sort(past.ids[order[: wish.sectors]])
    return np.concatenate([chosen, np.zeros(wish.sectors - len(chosen), np.int64)])


# ---------------------------------------------------------------- after solving


def require_kept(held: Held | None, labels: NDArray[np.int32]) -> None:
    """Check a plan against the pins, whatever the solver believes.

    Raises
    ------
    PinError
        Where it parts a group, or two sectors that pins ask for share one.
    """
    if held is None:
        return
    owner: dict[int, int] = {}
    for group in held.groups:
        found = {int(label) for label in labels[[*group.blocks, *group.chain]]}
        one = min(found)
        rival = owner.setdefault(one, group.sector_id) if group.sector_id else group.sector_id
        mine = [label for label, asked in owner.items() if asked == group.sector_id != 0]
        if len(found) > 1 or rival != group.sector_id or len(mine) > 1:
            raise PinError(
                text(
                    "No plan was found that keeps pin {name}. Give more iterations, raise the "
                    "tolerance, or give up a pin.",
                    name=", ".join(group.names),
                )
            )


class Numbered(NamedTuple):
    """``sector``: 1 … N for each block, in order of ``numbers``; ``numbers``: their ``sector_id``.

    ``names``: by ``sector_id``; None leaves them as they are. ``summary``: what became of the
    layout before, ready for JSON.
    """

    sector: Ints
    numbers: Ints
    names: Mapping[int, str] | None
    summary: dict[str, Any]


def number_anew(fabric: Fabric, labels: NDArray[np.int32], held: Held, people: Ints) -> Numbered:
    """Give sectors their numbers: those before live on by shared people, new ones follow.

    Parameters
    ----------
    fabric : Fabric
    labels : array of int, shape (blocks,)
    held : Held
        With a past.
    people : array of int, shape (blocks,)

    Returns
    -------
    Numbered
    """
    past = held.past
    assert past is not None  # noqa: S101 - the caller asks only then
    walk = number_sectors(fabric, labels)
    there = past.home != FREE
    area = shapely.area(fabric.blocks)
    # Where nobody lives, a little for the ground itself.
    weight = people + area / area.sum()
    shared = np.zeros((len(past.ids), int(walk.max())))
    np.add.at(shared, (past.home[there], walk[there] - 1), weight[there])
    pinned = {
        int(np.searchsorted(past.ids, group.sector_id)): int(walk[group.blocks[0]]) - 1
        for group in held.groups
        if group.sector_id
    }
    match = np.full(shared.shape[1], FREE, np.int64)
    match[list(pinned.values())] = list(pinned)
    old = np.setdiff1d(np.arange(len(past.ids)), list(pinned))
    new = np.setdiff1d(np.arange(shared.shape[1]), list(pinned.values()))
    rest = match_sectors(shared[np.ix_(old, new)], past.ids[old])
    match[new] = np.where(rest >= 0, np.append(old, FREE)[rest], FREE)
    number_of = kept_numbers(match, past.ids)
    numbers = np.sort(number_of)
    final = number_of[walk - 1]
    moved = there & (np.append(past.ids, 0)[past.home] != final)
    gone = int(people[moved].sum())
    summary = {
        "version": past.version,
        "sectors": len(past.ids),
        "sectors_kept": int((match >= 0).sum()),
        "people_moved": gone,
        "share_moved": round(gone / max(int(people[there].sum()), 1), 6),
        "move_price": round(held.price, 6),
        "move_cost_km": round(held.price * gone / 1000, 4),
    }
    sector = np.searchsorted(numbers, final) + 1
    return Numbered(sector.astype(np.int64), numbers, past.names, summary)


def pins_found(held: Held, people: Ints) -> list[dict[str, Any]]:
    """List the groups of pinned blocks, ready for JSON."""
    return [
        {
            "names": list(group.names),
            "blocks": list(group.blocks),
            "joined_by": list(group.chain),
            "population": int(people[[*group.blocks, *group.chain]].sum()),
            "sector_id": group.sector_id or None,
        }
        for group in held.groups
    ]
