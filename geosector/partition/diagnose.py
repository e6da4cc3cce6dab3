"""What limits a city, told before anything is solved."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geosector import crs
from geosector.errors import BlockOverQuotaError, InputError, TooFewBlocksError
from geosector.language import number, percent, text
from geosector.partition.blocks import Fabric
from geosector.partition.classes import MAIN, group
from geosector.partition.graph import BlockGraph, bound_groups
from geosector.partition.reach import SHARED_BORDER_M

Ints = NDArray[np.int64]


def check_wish(count: object, tolerance: object) -> None:
    """Refuse a number of sectors or a tolerance that means nothing.

    Raises
    ------
    InputError

    Examples
    --------
    >>> check_wish(24, 0.1)
    >>> check_wish(0, 0.1)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The number of sectors is 0. Give a whole number of at least 1.
    >>> check_wish(4, 10)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The tolerance is 10. Give a share between 0 and 1, such as 0.10.
    """
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 1:
        raise InputError(
            text(
                "The number of sectors is {given}. Give a whole number of at least 1.", given=count
            )
        )
    if not isinstance(tolerance, int | float) or not 0 <= tolerance < 1:
        raise InputError(
            text(
                "The tolerance is {given}. Give a share between 0 and 1, such as 0.10.",
                given=tolerance,
            )
        )


def diagnose(
    fabric: Fabric, graph: BlockGraph, people: Ints, count: int, tolerance: float
) -> dict[str, Any]:
    """Say what limits a city: too few blocks, too large a block, too full a cell of main roads.

    Parameters
    ----------
    fabric, graph
        From `make_blocks` and `make_graph`.
    people : array of int, shape (graph.size,)
    count : int
        Sectors wanted.
    tolerance : float

    Returns
    -------
    dict
        ``blocks``, ``blocks_with_people``; ``groups_with_people``: groups of blocks that every plan
        keeps together (most are single blocks); ``people_per_sector``; ``fullest_group``
        (``block_id`` of its fullest block, ``blocks``, ``population``, ``sectors``, ``lat``,
        ``lon``); ``groups_over_quota``; ``least_tolerance``: no plan can do better, for that group
        alone; ``main_road_cells``: what main roads alone enclose (``count``; ``over_one_sector``:
        there, borders must leave main roads; ``largest_in_sectors``;
        ``share_of_people_in_those``).
        ``feasible``: false where the wish cannot be met, ``reason`` says why.
    """
    mean = people.sum() / count
    limit = mean * (1 + tolerance)
    group_of = bound_groups(graph, people, count, tolerance)
    in_group = np.bincount(group_of, people)
    fullest = int(np.argmax(in_group))
    # Named by the block of the group where most of its people live.
    largest = int(np.argmax(np.where(group_of == fullest, people, -1)))
    middle = shapely.get_coordinates(shapely.point_on_surface(fabric.blocks[largest]))
    lon, lat = crs.convert_points(middle[:, 0], middle[:, 1], fabric.crs, crs.WGS84)
    in_cell = np.bincount(_main_road_cells(graph), people)
    over = np.sort(in_cell[in_cell > limit])[::-1]
    fullest_sectors = float(in_group[fullest] / mean)
    found: dict[str, Any] = {
        "blocks": graph.size,
        "blocks_with_people": int((people > 0).sum()),
        "groups_with_people": int((in_group > 0).sum()),
        "people_per_sector": round(float(mean), 1),
        "fullest_group": {
            "block_id": largest,
            "blocks": int((group_of == fullest).sum()),
            "population": int(in_group[fullest]),
            "sectors": round(fullest_sectors, 4),
            "lat": round(float(lat[0]), 5),
            "lon": round(float(lon[0]), 5),
        },
        "groups_over_quota": int((in_group > limit * (1 + 1e-9)).sum()),
        "least_tolerance": max(round(fullest_sectors - 1, 4), 0.0),
        "main_road_cells": {
            "count": len(in_cell),
            "over_one_sector": len(over),
            "largest_in_sectors": round(float(in_cell.max() / mean), 2),
            "share_of_people_in_those": round(float(over.sum() / people.sum()), 4),
        },
    }
    error = wish_error(found, count, tolerance)
    return {**found, "feasible": error is None, "reason": "" if error is None else str(error)}


def wish_error(
    found: dict[str, Any], count: int, tolerance: float
) -> TooFewBlocksError | BlockOverQuotaError | None:
    """Give the error that tells why a wish cannot be met, or None where nothing speaks against it.

    Parameters
    ----------
    found : dict
        From `diagnose`.
    count : int
    tolerance : float
    """
    enough = found["groups_with_people"]
    quota_kept = found["groups_over_quota"] == 0
    if found["blocks"] < count or (quota_kept and enough < count):
        return TooFewBlocksError(
            text(
                "There are {blocks} blocks for {count} sectors, of which {enough} have people and "
                "can be divided from each other. Ask for fewer sectors (at most {enough}) or give "
                "more streets.",
                blocks=number(found["blocks"]),
                enough=number(enough),
                count=number(count),
            )
        )
    if quota_kept:
        return None
    fullest = found["fullest_group"]
    raised = math.ceil(round(100 * (fullest["sectors"] - 1), 6)) / 100
    most = math.floor(count * (1 + tolerance) / fullest["sectors"])
    return BlockOverQuotaError(
        text(
            "Block {block} at {lat}, {lon}, with what is reached only through it, holds {people} "
            "people, {sectors} times the mean of a sector, and {over} such blocks hold more than "
            "the tolerance allows. Split it with a street, raise the tolerance to {raised}, or ask "
            "for fewer sectors (at most {most}).",
            block=fullest["block_id"],
            lat=f"{fullest['lat']:.5f}",
            lon=f"{fullest['lon']:.5f}",
            people=number(fullest["population"]),
            sectors=number(fullest["sectors"], decimals=2),
            over=number(found["groups_over_quota"]),
            raised=percent(raised),
            most=number(most),
        )
    )


def _main_road_cells(graph: BlockGraph) -> NDArray[np.int32]:
    """Find the pieces of ground that main roads alone enclose: a number for each block."""
    passable = np.array([group(name) != MAIN for name in graph.classes])
    one = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    open_border = graph.metres @ passable.astype(float) >= SHARED_BORDER_M
    link = coo_array(
        (np.ones(int(open_border.sum())), (one[open_border], graph.indices[open_border])),
        shape=(graph.size, graph.size),
    )
    cells: NDArray[np.int32] = connected_components(link, directed=False)[1]
    return cells
