"""Who borders whom, along which roads, and where one can pass."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import BoundaryInPartsError, CutOffError, InputError
from geosector.language import number, text
from geosector.partition import kernels
from geosector.partition.blocks import Borders, Fabric
from geosector.partition.classes import cost_per_metre
from geosector.partition.pieces import joined
from geosector.partition.reach import SHARED_BORDER_M, Passages

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Parts = Literal["join", "refuse"]

_ROUNDING = 1e-9


class Link(NamedTuple):
    """A stated connection between two blocks that nothing else joins.

    ``gap_m``: metres between them; 0 where they touch, and no open street or bridge leads over
    their border. A link over a gap costs nothing to cut, one over a border what the border costs.
    """

    left: int
    right: int
    gap_m: float


class Room(NamedTuple):
    """What a sector may hold: people by block, the mean of a sector, the tolerance."""

    people: Ints
    mean: float
    tolerance: float


@dataclass(frozen=True)
class BlockGraph:
    """Blocks and their neighbours as compressed sparse rows.

    The neighbours of block ``i`` are ``indices[indptr[i]:indptr[i + 1]]``; each pair is there in
    both directions. ``metres``: shape (len(indices), len(classes)), border by road class, all 0
    for a link over a gap and for a bridge between blocks that share no border. ``classes``:
    OpenStreetMap highway values, barriers, the empty text for no road. ``passable``: shape
    (len(indices),), whether one gets from the one to the other (see `reach`): sectors must be
    connected over these pairs, while every pair with metres costs. Over the passable pairs, which
    include the links, all blocks are connected.
    """

    indptr: NDArray[np.int32]
    indices: NDArray[np.int32]
    metres: Floats
    classes: tuple[str, ...]
    links: tuple[Link, ...]
    passable: NDArray[np.bool_]

    @property
    def size(self) -> int:
        """Number of blocks."""
        return len(self.indptr) - 1


def make_graph(
    fabric: Fabric,
    parts: Parts = "join",
    room: Room | None = None,
    passages: Passages | None = None,
) -> BlockGraph:
    """Make the graph of a city's blocks, connected over passable pairs.

    Parameters
    ----------
    fabric : Fabric
        From `make_blocks`.
    parts : {"join", "refuse"}
        What to do with a boundary in several parts, and with ground that no open street or bridge
        reaches: link each to the rest, or refuse. Blocks that touch the rest of their own part in
        less than a metre are linked either way, and so is water. There is one link per part, so
        that a sector is in one piece in each part. Ground cut off is linked over its longest
        border, a part to the nearest block of the others.
    room : Room, optional
        If given, a part is linked to a block with which its people fit into a sector, where there
        is one.
    passages : Passages, optional
        From `find_passages`. Default: all neighbours are passable.

    Returns
    -------
    BlockGraph

    Raises
    ------
    BoundaryInPartsError
        Where the boundary is in parts and ``parts`` is ``"refuse"``.
    CutOffError
        Where ground is cut off by barriers, or by the lack of open streets, and ``parts`` is
        ``"refuse"``.
    """
    if parts not in ("join", "refuse"):
        raise InputError(text("parts is '{given}'. Use 'join' or 'refuse'.", given=parts))
    if parts == "refuse" and len(fabric.parts) > 1:
        raise BoundaryInPartsError(_in_parts(fabric))
    class_of_way, classes = pd.factorize(fabric.ways["road_class"])
    pairs = neighbour_metres(fabric.borders, class_of_way, len(classes))
    near = pairs.metres.sum(axis=1) >= SHARED_BORDER_M
    left, right, metres = pairs.left[near], pairs.right[near], pairs.metres[near]
    passable = np.ones(len(left), bool)
    if passages is not None:
        passable = ~np.isin(_codes(left, right), _codes(*passages.blocked.T))
        left, right = (
            np.concatenate([side, bridges])
            for side, bridges in zip((left, right), passages.bridges.T, strict=True)
        )
        metres = np.vstack([metres, np.zeros((len(passages.bridges), len(classes)))])
        passable = np.concatenate([passable, np.ones(len(passages.bridges), bool)])
    borders = _Neighbours(left, right, metres.sum(axis=1), passable)
    if parts == "refuse" and passages is not None:
        _refuse_cut_off(fabric, borders, passages.water)
    links = _links(fabric.blocks, borders, room)
    ends = np.array([link[:2] for link in links], np.int64).reshape(-1, 2)
    linked = np.isin(_codes(left, right), _codes(*ends.T))
    apart = ~np.isin(_codes(*ends.T), _codes(left, right))
    left = np.concatenate([left, ends[apart, 0]])
    right = np.concatenate([right, ends[apart, 1]])
    metres = np.vstack([metres, np.zeros((int(apart.sum()), len(classes)))])
    passable = np.concatenate([passable | linked, np.ones(int(apart.sum()), bool)])
    indptr, indices, edge = compressed(left, right, len(fabric.blocks))
    return BlockGraph(
        indptr, indices, metres[edge], tuple(map(str, classes)), links, passable[edge]
    )


def _codes(left: Ints, right: Ints) -> Ints:
    """Write each pair as one whole number."""
    code: Ints = (np.asarray(left, np.int64) << 32) + right
    return code


class NeighbourMetres(NamedTuple):
    """Metres of border between two blocks (``left`` < ``right``), one column per road class."""

    left: Ints
    right: Ints
    metres: Floats


def neighbour_metres(borders: Borders, class_of_way: Ints, classes: int) -> NeighbourMetres:
    """Sum pieces of border by pair of blocks and road class."""
    if len(borders.left) == 0:
        return NeighbourMetres(borders.left, borders.right, np.zeros((0, classes)))
    pair = np.stack([borders.left, borders.right], axis=1)
    pairs, place = np.unique(pair, axis=0, return_inverse=True)
    cell = place.ravel() * classes + class_of_way[borders.way]
    metres = np.bincount(cell, borders.metres, len(pairs) * classes).astype(float)
    return NeighbourMetres(pairs[:, 0], pairs[:, 1], metres.reshape(len(pairs), classes))


def compressed(
    left: Ints, right: Ints, size: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], Ints]:
    """Write pairs as compressed sparse rows.

    Parameters
    ----------
    left, right : array of int, shape (n,)
        Each pair once.
    size : int
        Number of blocks.

    Returns
    -------
    tuple = (indptr, indices, edge)
        ``edge``, shape (2n,): which of the n pairs stands at each place of ``indices``.

    Examples
    --------
    >>> compressed(np.array([0, 1]), np.array([1, 2]), 3)
    (array([0, 1, 3, 4], dtype=int32), array([1, 0, 2, 1], dtype=int32), array([0, 0, 1, 1]))
    """
    source, target = np.concatenate([left, right]), np.concatenate([right, left])
    order = np.lexsort((target, source))
    indptr = np.zeros(size + 1, np.int32)
    indptr[1:] = np.cumsum(np.bincount(source, minlength=size))
    edge = np.tile(np.arange(len(left)), 2)[order]
    return indptr, target[order].astype(np.int32), edge


def edge_costs(graph: BlockGraph, costs: Mapping[str, float] | None = None) -> Floats:
    """Give what cutting each pair of neighbours costs.

    Parameters
    ----------
    graph : BlockGraph
    costs : mapping, optional
        As in `geosector.partition.classes.cost_per_metre`.

    Returns
    -------
    array of float, shape (len(graph.indices),)
        Metres × cost, the same in both directions.
    """
    weights: Floats = graph.metres @ cost_per_metre(graph.classes, costs)
    return weights


def bound_groups(
    graph: BlockGraph, people: NDArray[np.number[Any]], count: int, tolerance: float
) -> NDArray[np.int32]:
    """Find the groups of blocks that every lawful plan keeps together.

    A block through which alone a piece of the city is reached takes that piece into its sector
    where the piece has too few people for a sector of its own.

    Parameters
    ----------
    graph : BlockGraph
    people : array, shape (graph.size,)
    count : int
        Sectors wanted.
    tolerance : float

    Returns
    -------
    array of int32, shape (graph.size,)
        0 … k − 1.
    """
    if count == 1:
        return np.arange(graph.size, dtype=np.int32)
    crowd = np.asarray(people, float)
    least = crowd.sum() / count * (1 - tolerance) * (1 - _ROUNDING)
    indptr, indices = passable_rows(graph)
    groups: NDArray[np.int32] = kernels.bound_together(indptr, indices, crowd, least)
    return groups


def passable_rows(graph: BlockGraph) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Give the compressed sparse rows of the passable pairs alone.

    Parameters
    ----------
    graph : BlockGraph

    Returns
    -------
    tuple = (indptr, indices)
    """
    kept = np.concatenate([[0], np.cumsum(graph.passable)])
    return kept[graph.indptr].astype(np.int32), graph.indices[graph.passable]


def passable_graph(graph: BlockGraph) -> BlockGraph:
    """Give the same blocks with their passable pairs alone.

    Parameters
    ----------
    graph : BlockGraph

    Returns
    -------
    BlockGraph
    """
    indptr, indices = passable_rows(graph)
    kept = graph.passable
    return replace(
        graph, indptr=indptr, indices=indices, metres=graph.metres[kept], passable=kept[kept]
    )


def _in_parts(fabric: Fabric) -> str:
    """Name the parts by area and place."""
    middles = shapely.get_coordinates(shapely.point_on_surface(fabric.parts))
    lon, lat = crs.convert_points(middles[:, 0], middles[:, 1], fabric.crs, crs.WGS84)
    order = np.argsort(-shapely.area(fabric.parts), kind="stable")
    places = "; ".join(
        f"{number(shapely.area(fabric.parts[part]) / 1e6, decimals=2)} km² "
        f"({lat[part]:.4f}, {lon[part]:.4f})"
        for part in order
    )
    return text(
        "The boundary lies in {count} parts: {places}. Give one part, or let them be joined "
        "(--parts join).",
        count=number(len(fabric.parts)),
        places=places,
    )


class _Neighbours(NamedTuple):
    """Pairs of blocks with their border in metres, and whether one can pass."""

    left: Ints
    right: Ints
    metres: Floats
    passable: NDArray[np.bool_]


def _components(size: int, pairs: _Neighbours) -> Ints:
    """Give each block the number of the piece of ground that passable pairs join it to."""
    return joined(size, pairs.left[pairs.passable], pairs.right[pairs.passable])


def _refuse_cut_off(fabric: Fabric, pairs: _Neighbours, water: NDArray[np.bool_]) -> None:
    """Raise where ground that is no water cannot be reached from the rest."""
    component = _components(len(fabric.blocks), pairs)
    whole = _components(len(fabric.blocks), pairs._replace(passable=np.ones_like(pairs.passable)))
    land = np.unique(component[~water])
    if len(land) <= len(np.unique(whole[~water])):
        return
    area = np.bincount(component, shapely.area(fabric.blocks) * ~water)
    second = np.flatnonzero((component == land[np.argsort(-area[land])[1]]) & ~water)[0]
    middle = shapely.get_coordinates(shapely.point_on_surface(fabric.blocks[second]))
    lon, lat = crs.convert_points(middle[:, 0], middle[:, 1], fabric.crs, crs.WGS84)
    raise CutOffError(
        text(
            "No open street or bridge joins the {count} pieces into which barriers and closed "
            "streets cut the city, one of them at {lat}, {lon}. Open one, or let the pieces be "
            "joined (--parts join).",
            count=number(len(land)),
            lat=f"{lat[0]:.4f}",
            lon=f"{lon[0]:.4f}",
        )
    )


def _links(blocks: NDArray[np.object_], pairs: _Neighbours, room: Room | None) -> tuple[Link, ...]:
    """Link every component to the growing whole: first over borders, then the nearest first."""
    size = len(blocks)
    component = _components(size, pairs)
    count = int(component.max()) + 1
    ground = np.bincount(component, shapely.area(blocks), count).astype(float)
    links = _over_borders(component, ground, pairs, room)
    joined_pairs = pairs._replace(
        left=np.concatenate([pairs.left, [link.left for link in links]]).astype(np.int64),
        right=np.concatenate([pairs.right, [link.right for link in links]]).astype(np.int64),
        passable=np.concatenate([pairs.passable, np.ones(len(links), bool)]),
    )
    component = _components(size, joined_pairs)
    links += _over_gaps(blocks, component, room)
    return tuple(sorted(links))


def _over_borders(
    component: Ints, ground: Floats, pairs: _Neighbours, room: Room | None
) -> list[Link]:
    """Link what is cut off over its longest border to what it was cut off from."""
    shut = np.flatnonzero(~pairs.passable & (component[pairs.left] != component[pairs.right]))
    if len(shut) == 0:
        return []
    left, right, metres = pairs.left[shut], pairs.right[shut], pairs.metres[shut]
    of_component: dict[int, list[int]] = {}
    for place, sides in enumerate(zip(component[left], component[right], strict=True)):
        for side in sides:
            of_component.setdefault(int(side), []).append(place)
    links: list[Link] = []
    joined = np.zeros(len(ground), bool)
    # From the largest piece outwards, the longest border first; each piece of the city by itself.
    for start in np.argsort(-ground, kind="stable").tolist():
        if joined[start] or start not in of_component:
            continue
        joined[start] = True
        queue = [(-metres[place], place) for place in of_component[start]]
        heapq.heapify(queue)
        while queue:
            place = heapq.heappop(queue)[1]
            sides = component[left[place]], component[right[place]]
            outer = [int(side) for side in sides if not joined[side]]
            if not outer:
                continue
            places = np.array(
                [
                    own
                    for own in of_component[outer[0]]
                    if joined[component[left[own]]] or joined[component[right[own]]]
                ]
            )
            own_side = component[left[places]] == outer[0]
            inner = np.where(own_side, right[places], left[places])
            whole = joined[component]
            fits = _fitting(component == outer[0], whole, room)[inner]
            chosen = places[np.lexsort((places, -metres[places], ~fits))[0]]
            links.append(Link(int(left[chosen]), int(right[chosen]), 0.0))
            joined[outer[0]] = True
            for own in of_component[outer[0]]:
                heapq.heappush(queue, (-metres[own], own))
    return links


def _over_gaps(blocks: NDArray[np.object_], component: Ints, room: Room | None) -> list[Link]:
    """Link what lies apart to the nearest block, the nearest first."""
    count = int(component.max()) + 1
    links: list[Link] = []
    joined = component == np.argmax(np.bincount(component, shapely.area(blocks), count))
    gap = np.full(count, np.inf)
    latest = joined
    for _ in range(count - 1):
        gaps, away, _ = _nearest(blocks, ~joined, latest)
        np.minimum.at(gap, component[away], gaps)
        gap[component[joined]] = np.inf
        latest = component == np.argmin(gap)
        gaps, one, two = _nearest(blocks, latest, _fitting(latest, joined, room))
        chosen = np.lexsort((two, one, gaps))[0]
        pair = sorted((int(one[chosen]), int(two[chosen])))
        links.append(Link(pair[0], pair[1], float(gaps[chosen])))
        joined = joined | latest
    return links


def _nearest(
    blocks: NDArray[np.object_], these: NDArray[np.bool_], those: NDArray[np.bool_]
) -> tuple[Floats, Ints, Ints]:
    """Give, for each of these blocks, the gap to the nearest of those, itself and that one."""
    one, two = np.flatnonzero(these), np.flatnonzero(those)
    (place, found), gaps = shapely.STRtree(blocks[two]).query_nearest(
        blocks[one], return_distance=True
    )
    return gaps, one[place], two[found]


def _fitting(
    part: NDArray[np.bool_], joined: NDArray[np.bool_], room: Room | None
) -> NDArray[np.bool_]:
    """Say to which blocks a part may be linked so that its people fit into sectors.

    The part holds as many whole sectors as it can; the rest must fit into one with the block.
    """
    if room is None:
        return joined
    people = room.people[part].sum() / room.mean
    low, high = 1 - room.tolerance, 1 + room.tolerance
    whole = np.ceil(people / high)
    if whole * low <= people:
        return joined
    rest = people - np.floor(people / high) * high
    fits = joined & (room.people / room.mean + rest <= high)
    return fits if fits.any() else joined
