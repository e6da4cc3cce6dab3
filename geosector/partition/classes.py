"""How important a road is, and what a metre of border along it costs."""

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

# Most important first: where roads share their ground, the first of these names the border.
_RANKED = (
    *("motorway", "trunk", "primary", "secondary"),
    *("motorway_link", "trunk_link", "primary_link", "secondary_link"),
    *("tertiary", "tertiary_link", "unclassified", "residential", "living_street"),
    *("pedestrian", "road", "service", "track"),
)
_RANK = {name: rank for rank, name in enumerate(_RANKED)}
_GROUP = dict.fromkeys(_RANKED[:8], MAIN) | dict.fromkeys(("tertiary", "tertiary_link"), TERTIARY)

DEFAULT_COSTS: Mapping[str, float] = {MAIN: 1.0, TERTIARY: 3.0, MINOR: 10.0}


def rank(road_class: str) -> int:
    """Say how important a class is; 0 is the most important, all unknown classes come last.

    Examples
    --------
    >>> rank("primary") < rank("tertiary") < rank("footway")
    True
    """
    return _RANK.get(road_class, len(_RANKED))


def group(road_class: str) -> str:
    """Say which of the three groups a class is in.

    Examples
    --------
    >>> group("secondary_link"), group("tertiary"), group("residential"), group("")
    ('main', 'tertiary', 'minor', 'minor')
    """
    return _GROUP.get(road_class, MINOR)


def cost_per_metre(
    classes: Sequence[str], costs: Mapping[str, object] | None = None
) -> NDArray[np.float64]:
    """Give the cost of one metre of border along each class.

    Parameters
    ----------
    classes : sequence of str
        OpenStreetMap highway values; the empty text where a border follows no road.
    costs : mapping of str to float, optional
        Cost of a group (``main``, ``tertiary``, ``minor``) or of a class, which wins over its
        group. What is not named keeps its default: 1, 3, 10.

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
    >>> cost_per_metre(["primary"], {"main": -1})
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The cost of 'main' is -1. Give a number of at least 0.
    """
    known: dict[str, float] = dict(DEFAULT_COSTS)
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
    return np.array([known.get(name, known[group(name)]) for name in classes], float)
