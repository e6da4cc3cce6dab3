"""Which people go to which shelter, so that none is over its capacity and the ways are short.

A transport problem (F. L. Hitchcock, J. Math. Phys. 20, 1941), solved to its optimum by HiGHS:

    minimise Σ x_ij t_ij + M Σ u_i   where  Σ_j x_ij + u_i = people_i,  Σ_i x_ij ≤ capacity_j

x_ij people of block i go t_ij seconds to shelter j, u_i are left over. M is so great that nobody is
left over to shorten the ways of others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array

from geosector.errors import InputError
from geosector.language import text
from geosector.measure.access import (
    FARTHEST_M,
    find_stops,
    from_places,
    identities,
    link,
    open_facilities,
)
from geosector.measure.coded import require
from geosector.measure.nearest import Nearest, find_nearest
from geosector.measure.network import Network
from geosector.measure.travel import Travel
from geosector.tables import Problem, problems_table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

FIRST_CANDIDATES = 8
_LEAST = 1e-6  # people; what is less is a rounding of the solver


class Sheltered(NamedTuple):
    """Who goes where.

    ``ways``: ``block, facility_id, people, minutes``; ``shelters``: ``facility_id, capacity, people,
    free``. ``left``: ``block, people, reason`` (``full`` where shelters can be reached, ``no way``
    where none can). ``problems``: shelters that cannot count.
    """

    ways: pd.DataFrame
    shelters: pd.DataFrame
    left: pd.DataFrame
    problems: pd.DataFrame


def assign_to_shelters(
    blocks: gpd.GeoDataFrame,
    shelters: gpd.GeoDataFrame,
    network: Network,
    travel: Travel,
    *,
    farthest_m: float = FARTHEST_M,
) -> Sheltered:
    """Assign people to open shelters: as many as there is room for, over the shortest ways in all.

    Parameters
    ----------
    blocks : geopandas.GeoDataFrame
        ``population``; the index names them in the answer.
    shelters : geopandas.GeoDataFrame
        ``capacity`` in people; ``id`` and ``status`` where they are there.
    network, travel : Network, Travel
    farthest_m : float
        From a block or a shelter to its street.

    Returns
    -------
    Sheltered

    Raises
    ------
    MissingColumnError
        Where ``population`` or ``capacity`` is missing.

    Examples
    --------
    >>> import shapely
    >>> from geosector.measure.network import build_network
    >>> from geosector.measure.travel import travel_times
    >>> street = shapely.LineString([(5e5, 4e6), (500720, 4e6)])
    >>> roads = gpd.GeoDataFrame(geometry=[street], crs=32637)
    >>> network = build_network(roads).network
    >>> travel = travel_times(network, roads)
    >>> place = lambda *xs: gpd.points_from_xy(xs, [4e6] * len(xs), crs=32637)
    >>> blocks = gpd.GeoDataFrame({"population": [40, 9]}, geometry=place(5e5, 599999))
    >>> rooms = gpd.GeoDataFrame({"id": ["a", "b"], "capacity": [25, 5]})
    >>> rooms = rooms.set_geometry(place(500072, 500720))
    >>> found = assign_to_shelters(blocks, rooms, network, travel)
    >>> found.ways[["facility_id", "people"]].to_numpy().tolist()
    [['a', 25.0], ['b', 5.0]]
    >>> found.left.to_numpy().tolist()
    [[0, 10.0, 'full'], [1, 9.0, 'no way']]
    >>> assign_to_shelters(blocks[:0], rooms, network, travel).ways.empty
    True
    >>> assign_to_shelters(blocks, blocks, network, travel)
    Traceback (most recent call last):
    geosector.errors.MissingColumnError: The table shelters lacks the column capacity; it has: ...
    """
    require(blocks, "population", name="blocks")
    require(shelters, "capacity", name="shelters")
    usable, problems = open_facilities(shelters)
    capacity = pd.to_numeric(usable["capacity"], errors="coerce").to_numpy(float)
    room = np.isfinite(capacity) & (capacity >= 0)
    listed = [
        Problem(
            "shelters", None, "capacity", str(usable["capacity"].iloc[at]),
            text("a number of people"), text("left out"),
        )
        for at in np.flatnonzero(~room).tolist()
    ]  # fmt: skip
    usable, capacity = usable[room], capacity[room]
    links = link(network, travel, find_stops(network, travel, usable, farthest_m=farthest_m))
    met = np.flatnonzero(links.nodes >= 0)
    begun = find_stops(network, travel, blocks, farthest_m=farthest_m)
    people = np.nan_to_num(blocks["population"].to_numpy(float))

    def candidates(count: int) -> Nearest:
        near = find_nearest(links.graph, links.nodes[met], count)
        return from_places(links, begun, near, travel.pace)

    block, place, went, seconds = solve_assignment(people, capacity[met], candidates)
    ids = identities(usable)
    ways = pd.DataFrame(
        {
            "block": blocks.index[block],
            "facility_id": ids[met[place]],
            "people": went,
            "minutes": seconds / 60,
        }
    )
    taken = np.bincount(met[place], weights=went, minlength=len(usable))
    rooms = pd.DataFrame(
        {"facility_id": ids, "capacity": capacity, "people": taken, "free": capacity - taken}
    )
    return Sheltered(
        ways,
        rooms,
        _left(people, block, went, candidates(1).which[:, 0] >= 0, blocks.index),
        pd.concat([problems, problems_table(listed)], ignore_index=True),
    )


def _left(
    people: Floats, block: Ints, went: Floats, reaches: Flags, index: pd.Index
) -> pd.DataFrame:
    """List who has no place, and whether that is for want of room or of a way."""
    left = people - np.bincount(block, weights=went, minlength=len(people))
    rows = np.flatnonzero(left > _LEAST)
    reason = np.where(reaches[rows], "full", "no way")
    return pd.DataFrame({"block": index[rows], "people": left[rows], "reason": reason})


def solve_assignment(
    people: Floats, capacity: Floats, candidates: Callable[[int], Nearest]
) -> tuple[Ints, Ints, Floats, Floats]:
    """Solve the transport problem over as many candidates as the optimum needs.

    Parameters
    ----------
    people : array of float, shape (blocks,)
    capacity : array of float, shape (places,)
    candidates : callable
        Gives so many nearest places of each block.

    Returns
    -------
    block, place, people, seconds : arrays, one entry for each way

    Raises
    ------
    InputError
        Where the solver gives up.

    Notes
    -----
    Begun with the 8 nearest places of each block; doubled until the prices of the optimum (dual
    values) prove that no place further away would shorten anything.
    """
    count = min(FIRST_CANDIDATES, max(len(capacity), 1))
    while True:
        near = candidates(count)
        block, rank = np.nonzero((near.which >= 0) & (people > 0)[:, None])
        place, seconds = near.which[block, rank], near.seconds[block, rank]
        if not len(block):
            nothing = np.zeros(0, np.int64)
            return nothing, nothing, np.zeros(0), np.zeros(0)
        went, price, rent = _optimum(people, capacity, block, place, seconds)
        # A place beyond the candidates takes at least as long as the last one, and has some rent.
        full = near.which[:, -1] >= 0
        further = near.seconds[:, -1] + rent.min(initial=np.inf) < price - _LEAST
        if count >= len(capacity) or not (full & further & (people > 0)).any():
            kept = went > _LEAST
            return block[kept], place[kept], went[kept], seconds[kept]
        count = min(2 * count, len(capacity))


def _optimum(
    people: Floats, capacity: Floats, block: Ints, place: Ints, seconds: Floats
) -> tuple[Floats, Floats, Floats]:
    """Solve it over given ways; the price of each block and the rent of each place besides."""
    blocks, places, ways = len(people), len(capacity), len(block)
    outside = (places + 1) * (float(seconds.max()) + 1)
    cost = np.concatenate([seconds, np.full(blocks, outside)])
    way = np.arange(ways)
    everybody = coo_array(
        (
            np.ones(ways + blocks),
            (np.concatenate([block, np.arange(blocks)]), np.arange(ways + blocks)),
        ),
        shape=(blocks, ways + blocks),
    )
    room = coo_array((np.ones(ways), (place, way)), shape=(places, ways + blocks))
    solved = linprog(
        cost, A_ub=room.tocsr(), b_ub=capacity, A_eq=everybody.tocsr(), b_eq=people,
        method="highs-ds",
    )  # fmt: skip
    if solved.status != 0:
        raise InputError(
            text("The shelters cannot be assigned: {reason}", reason=str(solved.message))
        )
    return solved.x[:ways], solved.eqlin.marginals, -solved.ineqlin.marginals
