"""How important a road is, what a metre of border along it costs; the same for barriers.

Barriers cut the ground like roads, so they travel among them: a river whose metre costs 2 has the
class ``barrier:river:2.0``, and ``barrier:river:`` where nothing but the default is known.
`shown_class` gives what tables for people say: ``river``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import text

MAIN = "main"
TERTIARY = "tertiary"
MINOR = "minor"
GROUPS = (MAIN, TERTIARY, MINOR)

UNCLASSIFIED = "unclassified"
NO_ROAD = ""
# Lines between the plots of buildings (see `plots`): they follow no road.
PLOT_EDGE = "plot:"

# Most important first: where roads share their ground, the first of these names the border.
_RANKED = (
    *("motorway", "trunk", "primary", "secondary", MAIN),
    *("motorway_link", "trunk_link", "primary_link", "secondary_link"),
    *("tertiary", "tertiary_link", "unclassified", "residential", "living_street"),
    *("pedestrian", "road", "service", "track"),
)
_RANK = {name: rank for rank, name in enumerate(_RANKED)}
_GROUP = dict.fromkeys(_RANKED[:9], MAIN) | dict.fromkeys(("tertiary", "tertiary_link"), TERTIARY)

DEFAULT_COSTS: Mapping[str, float] = {MAIN: 1.0, TERTIARY: 3.0, MINOR: 10.0}

# What a metre of border along a barrier costs where its table does not say. What one cannot cross
# is as good a border as a main road; a front line is the best there is, since nobody's sector
# should lie on both of its sides, and costs nothing.
BARRIER_COSTS: Mapping[str, float] = {
    "river": 1.0,
    "railway": 1.0,
    "front_line": 0.0,
    "wall": 1.0,
    "barrier": 1.0,
}
_BARRIER = "barrier:"


def rank(road_class: str) -> int:
    """Say how important a class is; 0 is the most important road, all unknown classes come last.

    A barrier on the ground of a road comes before it: one cannot cross there.

    Examples
    --------
    >>> rank("barrier:river:") < rank("primary") < rank("tertiary") < rank("footway")
    True
    """
    if is_barrier(road_class):
        return -1
    return _RANK.get(road_class, len(_RANKED))


def group(road_class: str) -> str:
    """Say which of the three groups a class is in.

    Examples
    --------
    >>> group("secondary_link"), group("tertiary"), group("residential"), group("")
    ('main', 'tertiary', 'minor', 'minor')
    """
    return _GROUP.get(road_class, MINOR)


def barrier_class(kind: str, cost: float | None = None) -> str:
    """Write a barrier as a class of road.

    Examples
    --------
    >>> barrier_class("river"), barrier_class("railway", 2)
    ('barrier:river:', 'barrier:railway:2.0')
    """
    return f"{_BARRIER}{kind}:{'' if cost is None else float(cost)}"


def is_barrier(road_class: str) -> bool:
    """Say whether a class stands for a barrier.

    Examples
    --------
    >>> is_barrier(barrier_class("river")), is_barrier("primary"), is_barrier("")
    (True, False, False)
    """
    return road_class.startswith(_BARRIER)


def is_road(road_class: str) -> bool:
    """Say whether a class stands for a road: neither for a barrier nor for the edge of a plot.

    Examples
    --------
    >>> is_road("primary"), is_road(barrier_class("river")), is_road(PLOT_EDGE), is_road("")
    (True, False, False, False)
    """
    return road_class not in (NO_ROAD, PLOT_EDGE) and not is_barrier(road_class)


def own_cost(road_class: str) -> float:
    """Give the cost of a metre that a barrier brings itself; no number where it brings none.

    Examples
    --------
    >>> own_cost("barrier:river:2.0"), own_cost("barrier:river:"), own_cost("primary")
    (2.0, nan, nan)
    """
    own = road_class.split(":")[2] if is_barrier(road_class) else ""
    return float(own) if own else math.nan


def shown_class(road_class: str) -> str:
    """Give a class as tables for people have it: the kind of a barrier, nothing for a plot's edge.

    Examples
    --------
    >>> shown_class("barrier:river:2.0"), shown_class("primary"), shown_class(PLOT_EDGE)
    ('river', 'primary', '')
    """
    if is_barrier(road_class):
        return road_class.split(":")[1]
    return NO_ROAD if road_class == PLOT_EDGE else road_class


def cost_per_metre(
    classes: Sequence[str], costs: Mapping[str, object] | None = None
) -> NDArray[np.float64]:
    """Give the cost of one metre of border along each class.

    Parameters
    ----------
    classes : sequence of str
        OpenStreetMap highway values, barriers, plots; the empty text where a border follows no
        road.
    costs : mapping of str to float, optional
        Cost of a group (``main``, ``tertiary``, ``minor``) or of a class, which wins over its
        group, or of a kind of barrier. What is not named keeps its default: 1, 3, 10, and
        `BARRIER_COSTS`. The cost that a barrier brings itself wins over all.

    Returns
    -------
    array of float, shape (len(classes),)

    Raises
    ------
    InputError
        Where a cost is negative or no number.

    Examples
    --------
    >>> cost_per_metre(["primary", "tertiary", "residential", ""]).tolist()
    [1.0, 3.0, 10.0, 10.0]
    >>> cost_per_metre(["primary", "residential"], {"minor": 40, "residential": 20}).tolist()
    [1.0, 20.0]
    >>> cost_per_metre([])
    array([], dtype=float64)
    >>> barriers = ["barrier:river:", "barrier:river:2.0", "barrier:railway:"]
    >>> cost_per_metre(barriers, {"river": 5}).tolist()
    [5.0, 2.0, 1.0]
    >>> cost_per_metre(["primary"], {"main": -1})
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The cost of 'main' is -1. Give a number of at least 0.
    """
    known: dict[str, float] = {**DEFAULT_COSTS, **BARRIER_COSTS}
    for name, cost in (costs or {}).items():
        if not isinstance(cost, int | float) or not math.isfinite(cost) or cost < 0:
            raise InputError(
                text(
                    "The cost of '{name}' is {cost}. Give a number of at least 0.",
                    name=name,
                    cost=cost,
                )
            )
        known[name] = float(cost)
    return np.array([_cost(name, known) for name in classes], float)


def _cost(road_class: str, known: Mapping[str, float]) -> float:
    if is_barrier(road_class):
        _, kind, own = road_class.split(":")
        return float(own) if own else known[kind]
    return known.get(road_class, known[group(road_class)])
