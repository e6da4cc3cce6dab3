"""What limits a city, told before anything is solved, and what a plan made of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geosector.errors import (
    BlockOverQuotaError,
    InfeasibleError,
    InputError,
    ToleranceTooTightError,
    TooFewBlocksError,
)
from geosector.language import number, percent, text
from geosector.partition.blocks import Fabric
from geosector.partition.bounds import (
    Obstacle,
    Task,
    find_obstacle,
    least_tolerance,
    make_task,
    window,
)
from geosector.partition.cells import (
    MAIN_ROADS,
    WITH_TERTIARY,
    find_cells,
    middles,
    off_main,
    sum_up,
)
from geosector.partition.graph import BlockGraph, bound_groups

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
    fabric: Fabric,
    graph: BlockGraph,
    people: Ints,
    count: int,
    tolerance: float,
    *,
    cut: bool = False,
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
    cut : bool
        Whether blocks over quota have been cut already, as far as that goes.

    Returns
    -------
    dict
        ``blocks``, ``blocks_with_people``; ``groups_with_people``: groups of blocks that every plan
        keeps together (most are single blocks); ``people_per_sector``;
        ``most_people_per_sector``, which the tolerance allows; ``fullest_group``
        (``block_id`` of its fullest block, ``blocks``, ``population``, ``sectors``, ``lat``,
        ``lon``, and ``gate``, the block through which alone the others are reached);
        ``groups_over_quota``; ``least_tolerance``: every plan deviates by at least that much, which
        does not say that one deviates by no more (None where no tolerance helps);
        ``least_tolerance_because`` (``kind``, see `geosector.partition.bounds`, and the block);
        ``obstacle``: the same for the tolerance asked for, None where nothing is proven;
        ``main_road_cells``, ``tertiary_cells``: what main roads alone, and main and tertiary roads,
        enclose (see `geosector.partition.cells.sum_up`); ``cut``, as given.
        ``feasible``: false where it is proven that the wish cannot be met, ``reason`` says why.
    """
    task = make_task(graph, people, count)
    most = max(window(task, tolerance)[1], 1)
    in_group = np.bincount(bound_groups(graph, people, count, tolerance), people)
    least, because = least_tolerance(task)
    cells, wider = (find_cells(graph, people, most, by) for by in (MAIN_ROADS, WITH_TERTIARY))
    found: dict[str, Any] = {
        "blocks": graph.size,
        "blocks_with_people": int((people > 0).sum()),
        "groups_with_people": int((in_group > 0).sum()),
        "people_per_sector": round(task.mean, 1),
        "most_people_per_sector": most,
        "fullest_group": _fullest_group(fabric, task, tolerance),
        "groups_over_quota": int((in_group > most).sum()),
        "least_tolerance": None if math.isinf(least) else _rounded_down(least),
        "least_tolerance_because": _placed(fabric, people, because),
        "obstacle": _placed(fabric, people, find_obstacle(task, tolerance)),
        "main_road_cells": sum_up(fabric, cells, people, task.mean),
        "tertiary_cells": sum_up(fabric, wider, people, task.mean),
        "cut": cut,
    }
    error = wish_error(found, count, tolerance)
    return {**found, "feasible": error is None, "reason": "" if error is None else str(error)}


def _rounded_down(tolerance: float) -> float:
    """Give six decimals that prove no more than was proven."""
    return math.floor(tolerance * 1e6 + 1e-3) / 1e6


def _rounded_up(tolerance: float) -> float:
    """Give six decimals that a plan found does keep."""
    return math.ceil(tolerance * 1e6 - 1e-3) / 1e6


def _fullest_group(fabric: Fabric, task: Task, tolerance: float) -> dict[str, Any]:
    """Describe the fullest of the groups that every plan keeps together."""
    people = task.people
    group = bound_groups(task.graph, people, task.sectors, tolerance)
    in_group = np.bincount(group, people)
    fullest = int(np.argmax(in_group))
    inside = group == fullest
    # Named by the block of the group where most of its people live.
    largest = int(np.argmax(np.where(inside, people, -1)))
    lon, lat = middles(fabric, np.array([largest]))
    return {
        "block_id": largest,
        "blocks": int(inside.sum()),
        "population": int(in_group[fullest]),
        "population_of_block": int(people[largest]),
        "sectors": round(float(in_group[fullest] / task.mean), 4),
        "lat": round(float(lat[0]), 5),
        "lon": round(float(lon[0]), 5),
        "gate": gate_of(task, inside),
    }


def gate_of(task: Task, inside: NDArray[np.bool_]) -> int:
    """Find the block through which alone the others of a bound group are reached.

    Parameters
    ----------
    task : Task
    inside : array of bool, shape (blocks,)
        Which blocks are of the group.

    Returns
    -------
    int
        Where the group is the whole city, the block that leaves the smallest pieces.
    """
    graph = task.graph
    one = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    leaving = one[inside[one] & ~inside[graph.indices]]
    if len(leaving):
        return int(leaving[0])
    gates, place = np.unique(task.pieces.block, return_inverse=True)
    if len(gates) == 0:
        return int(np.argmax(np.where(inside, task.people, -1)))
    largest = np.zeros(len(gates), np.int64)
    np.maximum.at(largest, place, task.pieces.people)
    return int(gates[np.argmin(largest)])


def _placed(fabric: Fabric, people: Ints, obstacle: Obstacle | None) -> dict[str, Any] | None:
    """Write an obstacle for JSON, with the place of its block."""
    if obstacle is None:
        return None
    if obstacle.block < 0:
        return {"kind": obstacle.kind}
    lon, lat = middles(fabric, np.array([obstacle.block]))
    return {
        "kind": obstacle.kind,
        "block_id": obstacle.block,
        "population": int(people[obstacle.block]),
        "lat": round(float(lat[0]), 5),
        "lon": round(float(lon[0]), 5),
    }


def diagnose_plan(
    fabric: Fabric, graph: BlockGraph, people: Ints, sector: Ints, found: dict[str, Any]
) -> dict[str, Any]:
    """Add to a diagnosis what a plan shows.

    Parameters
    ----------
    fabric, graph, people
        As in `diagnose`.
    sector : array of int, shape (graph.size,)
        1 … N.
    found : dict
        From `diagnose`.

    Returns
    -------
    dict
        ``found``, and ``feasible_tolerance``: ``at_least``, which every plan needs, and
        ``at_most``, which this plan keeps; ``sectors``: see `geosector.partition.cells.off_main`;
        ``off_main``: the same in all (``border_m``, ``off_main_m``, ``in_full_cells_m``,
        ``elsewhere_m``; each border once).
    """
    cells = find_cells(graph, people, found["most_people_per_sector"])
    load = np.bincount(sector - 1, people)
    reached = float(np.abs(load / (people.sum() / len(load)) - 1).max())
    rows = off_main(fabric, sector, cells)
    metres = rows.columns[rows.columns.str.endswith("_m")]
    in_all = (rows[metres].sum() / 2).round(1)
    rows[metres] = rows[metres].round(1)
    return {
        **found,
        "feasible_tolerance": {
            "at_least": found["least_tolerance"],
            "at_most": _rounded_up(reached),
        },
        "off_main": {str(name): float(value) for name, value in in_all.items()},
        "sectors": rows.to_dict("records"),
    }


def wish_error(found: dict[str, Any], count: int, tolerance: float) -> InfeasibleError | None:
    """Give the error that tells why a wish cannot be met, or None where nothing speaks against it.

    Parameters
    ----------
    found : dict
        From `diagnose`.
    count : int
    tolerance : float

    Returns
    -------
    TooFewBlocksError, BlockOverQuotaError, ToleranceTooTightError or None
    """
    obstacle = found["obstacle"]
    if obstacle is None:
        return None
    if obstacle["kind"] in {"too_few_blocks", "too_few_with_people"}:
        return _too_few(found, count)
    if obstacle["kind"] == "group_over_quota":
        return _over_quota(found, count, tolerance)
    return ToleranceTooTightError(
        text(
            "No plan of {count} sectors within {tolerance} exists, because {reason}. Every plan "
            "deviates by at least {least}: raise the tolerance to that or more, ask for another "
            "number of sectors or give more streets.",
            count=number(count),
            tolerance=percent(tolerance, decimals=1),
            reason=tell_obstacle(obstacle),
            least=percent(math.ceil(found["least_tolerance"] * 1e4 - 1e-6) / 1e4, decimals=2),
        )
    )


def _too_few(found: dict[str, Any], count: int) -> TooFewBlocksError:
    if found["groups_over_quota"] and not found["cut"]:
        return TooFewBlocksError(
            text(
                "There are {blocks} blocks for {count} sectors, and {over} of them hold more "
                "people than a sector may. Have these cut (--split cut), ask for fewer sectors or "
                "give more streets.",
                blocks=number(found["blocks"]),
                over=number(found["groups_over_quota"]),
                count=number(count),
            )
        )
    return TooFewBlocksError(
        text(
            "There are {blocks} blocks for {count} sectors, of which {enough} have people and "
            "can be divided from each other. Ask for fewer sectors (at most {enough}) or give "
            "more streets.",
            blocks=number(found["blocks"]),
            enough=number(found["groups_with_people"]),
            count=number(count),
        )
    )


def _over_quota(found: dict[str, Any], count: int, tolerance: float) -> BlockOverQuotaError:
    """Name the block, and say what helps: cutting, or what else once it has been tried."""
    fullest = found["fullest_group"]
    # A block that is too full on its own is named on its own, whatever hangs on it.
    alone = fullest["blocks"] == 1 or (
        fullest["population_of_block"] > found["most_people_per_sector"]
    )
    people = fullest["population_of_block" if alone else "population"]
    share = fullest["sectors"] * people / fullest["population"]
    facts: dict[str, Any] = {
        "block": fullest["block_id"],
        "lat": f"{fullest['lat']:.5f}",
        "lon": f"{fullest['lon']:.5f}",
        "people": number(people),
        "sectors": number(share, decimals=2),
        "over": number(found["groups_over_quota"]),
        "raised": percent(math.ceil(round(100 * (fullest["sectors"] - 1), 6)) / 100),
        "most": number(math.floor(count * (1 + tolerance) / fullest["sectors"])),
    }
    if alone:
        what = text(
            "Block {block} at {lat}, {lon} holds {people} people, {sectors} times the mean of a "
            "sector, and {over} such blocks hold more than the tolerance allows.",
            **facts,
        )
    else:
        what = text(
            "Block {block} at {lat}, {lon}, with what is reached only through it or with it "
            "through another block, holds {people} people, {sectors} times the mean of a sector, "
            "and {over} such groups of blocks hold more than the tolerance allows.",
            **facts,
        )
    if fullest["sectors"] < 2:  # noqa: PLR2004 - a tolerance of 100 %, which none may be
        otherwise = text(
            "Or raise the tolerance to {raised}, or ask for fewer sectors (at most {most}).",
            **facts,
        )
    else:
        otherwise = text("Or ask for fewer sectors (at most {most}).", **facts)
    return BlockOverQuotaError(f"{what} {_what_helps(alone=alone, cut=found['cut'])} {otherwise}")


def _what_helps(*, alone: bool, cut: bool) -> str:
    """Offer to cut, or say what else helps where cutting has been tried."""
    if alone and not cut:
        return text("Have it cut (--split cut).")
    if alone:
        return text(
            "It cannot be cut, because its people are given at one place or it is too small: give "
            "them as a polygon or as several points."
        )
    if not cut:
        return text(
            "Have the block that alone connects them cut (--split cut), or give a street or a "
            "bridge that reaches them another way."
        )
    return text(
        "Cutting the block that alone connects them does not help: give a street or a bridge that "
        "reaches them another way."
    )


def tell_obstacle(obstacle: dict[str, Any]) -> str:
    """Say in the current language why no plan exists, as the end of a sentence.

    Examples
    --------
    >>> tell_obstacle({"kind": "packing"})
    'too many blocks are so full that no two of them fit into one sector'
    >>> tell_obstacle({"kind": "lonely", "block_id": 3, "lat": 33.0, "lon": 30.0})[:40]
    'block 3 at 33.00000, 30.00000 has too fe'
    """
    place: dict[str, Any] = {"block": "", "lat": "", "lon": ""}
    named = "block_id" in obstacle
    if named:
        place = {
            "block": obstacle["block_id"],
            "lat": f"{obstacle['lat']:.5f}",
            "lon": f"{obstacle['lon']:.5f}",
        }
    told = {
        "steps": text("whole blocks and whole people cannot be shared out so evenly"),
        "packing": text("too many blocks are so full that no two of them fit into one sector"),
        "covering": text(
            "the fullest blocks hold so many people that others are left with too few"
        ),
        "lonely": text(
            "block {block} at {lat}, {lon} has too few people for a sector and none of its "
            "neighbours fits into one with it",
            **place,
        ),
        "gate": text(
            "the pieces of the city that only block {block} at {lat}, {lon} connects do not make "
            "whole sectors",
            **place,
        ),
        "sums": text("no other blocks make up a sector with block {block} at {lat}, {lon}", **place)
        if named
        else text("no choice of blocks adds up to the people of a sector"),
    }
    return told[obstacle["kind"]]
