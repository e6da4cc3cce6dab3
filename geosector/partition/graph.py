"""Who borders whom, along which roads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geosector import crs
from geosector.errors import BoundaryInPartsError, InputError
from geosector.language import number, text
from geosector.partition import kernels
from geosector.partition.blocks import Borders, Fabric
from geosector.partition.classes import cost_per_metre

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Parts = Literal["join", "refuse"]

# Blocks that share less border than this are no neighbours: one cannot pass through a point.
SHARED_BORDER_M = 1.0

_ROUNDING = 1e-9


class Link(NamedTuple):
    """A stated connection between two blocks that share no border; it costs nothing to cut."""

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
    for a link. ``classes``: OpenStreetMap highway values, the empty text for no road.
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


def make_graph(fabric: Fabric, parts: Parts = "join", room: Room | None = None) -> BlockGraph:
    """Make the graph of a city's blocks, connected.

    Parameters
    ----------
    fabric : Fabric
        From `make_blocks`.
    parts : {"join", "refuse"}
        What to do with a boundary in several parts: link each to the nearest block of the others,
        or refuse. Blocks that touch the rest of their own part in less than a metre are linked
        either way. There is one link per part, so that a sector is in one piece in each part.
    room : Room, optional
        If given, a part is linked to the nearest block with which its people fit into a sector,
        where there is one.

    Returns
    -------
    BlockGraph

    Raises
    ------
    BoundaryInPartsError
        Where the boundary is in parts and ``parts`` is ``"refuse"``.
    """
    if parts not in ("join", "refuse"):
        raise InputError(text("parts is '{given}'. Use 'join' or 'refuse'.", given=parts))
    if parts == "refuse" and len(fabric.parts) > 1:
        raise BoundaryInPartsError(_in_parts(fabric))
    class_of_way, classes = pd.factorize(fabric.ways["road_class"])
    pairs = neighbour_metres(fabric.borders, class_of_way, len(classes))
    near = pairs.metres.sum(axis=1) >= SHARED_BORDER_M
    left, right, metres = pairs.left[near], pairs.right[near], pairs.metres[near]
    links = _links(fabric.blocks, left, right, room)
    left = np.concatenate([left, np.array([link.left for link in links], np.int64)])
    right = np.concatenate([right, np.array([link.right for link in links], np.int64)])
    metres = np.vstack([metres, np.zeros((len(links), len(classes)))])
    indptr, indices, edge = compressed(left, right, len(fabric.blocks))
    return BlockGraph(
        indptr, indices, metres[edge], tuple(map(str, classes)), links, np.ones(len(indices), bool)
    )


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
    groups: NDArray[np.int32] = kernels.bound_together(graph.indptr, graph.indices, crowd, least)
    return groups


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


def _links(
    blocks: NDArray[np.object_], left: Ints, right: Ints, room: Room | None
) -> tuple[Link, ...]:
    """Link every component to the growing whole, the nearest component first."""
    size = len(blocks)
    adjacency = coo_array((np.ones(len(left)), (left, right)), shape=(size, size))
    count, component = connected_components(adjacency, directed=False)
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
    return tuple(sorted(links))


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
