"""How many people each block has and each shelter holds: whole numbers, and what has none.

A number that cannot be used is never guessed: the row is listed and takes no part.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.language import number, text
from geosector.measure.access import identities, open_facilities
from geosector.tables import Problem, fold_label

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_ROW = "__row"
_MOST = 1e9  # more people than this are no number of people of one place
_PEOPLE = frozenset(
    fold_label(word)
    for word in (
        "people", "persons", "person", "individuals", "شخص", "أشخاص", "نسمة", "kes", "kesan", "کەس",
    )
)  # fmt: skip


class Heads(NamedTuple):
    """People of each block, whole numbers on the rows of the table, and what was wrong."""

    people: Ints
    problems: list[Problem]


class Rooms(NamedTuple):
    """Open shelters with a place and a capacity in whole people, and what was left out.

    ``row``: where each stood in the table given, from 0.
    """

    table: gpd.GeoDataFrame
    row: Ints
    capacity: Ints
    problems: list[Problem]


def count_heads(blocks: pd.DataFrame, *, order: Ints | None = None) -> Heads:
    """Round the people of blocks to whole people, so that nobody is made or lost.

    Parameters
    ----------
    blocks : pandas.DataFrame
        ``population``, and ``sector_id`` and ``block_id`` where they are there.
    order : array of int, shape (blocks,), optional
        Which of blocks with equal remainders is rounded up first. Default: as they stand.

    Returns
    -------
    Heads
        The whole city is rounded, then what its sectors get, then their blocks: a sector is never
        more than one person off. Missing numbers, words, numbers below 0 and endless ones count as
        nobody and are listed; of a block that is listed twice, both rows count, and it is listed.

    Notes
    -----
    Largest remainders (Hamilton's method): all are rounded down, and those with the largest
    remainders get one more until the sum is right.

    Examples
    --------
    >>> heads = count_heads(pd.DataFrame({"population": [1.4, 1.4, 1.2, None]}))
    >>> heads.people.tolist(), [problem.row for problem in heads.problems]
    ([2, 1, 1, 0], [5])
    >>> by_sector = pd.DataFrame({"population": [0.5] * 4, "sector_id": [1, 1, 2, 2]})
    >>> count_heads(by_sector).people.tolist()
    [1, 0, 1, 0]
    >>> count_heads(by_sector[:0]).people.tolist()
    []
    """
    people, problems = _numbers(blocks["population"], "blocks", text("counted as nobody"))
    people = np.nan_to_num(people)
    if "block_id" in blocks.columns:
        ids = blocks["block_id"]
        problems += [
            Problem(
                "blocks", row + 2, "block_id", str(ids.iloc[row]), text("each block once"),
                text("both rows count"),
            )
            for row in np.flatnonzero(ids.duplicated() & ids.notna()).tolist()
        ]  # fmt: skip
    order = np.arange(len(people)) if order is None else order
    sectors = blocks.get("sector_id", pd.Series(0, blocks.index)).astype(object)
    code, names = pd.factorize(sectors.iloc[order], use_na_sentinel=False)
    own = [order[code == one] for one in range(len(names))]
    # fsum, so that the order of the rows does not change a sum.
    sums = np.array([math.fsum(people[rows]) for rows in own])
    whole = np.zeros(len(people), np.int64)
    for rows, total in zip(own, _whole(sums).tolist(), strict=True):
        whole[rows] = _whole(people[rows], total)
    return Heads(whole, problems)


def _whole(values: Floats, total: int | None = None) -> Ints:
    """Round by largest remainders to a total, that of the values where none is given."""
    rounded = np.floor(values).astype(np.int64)
    wanted = math.floor(math.fsum(values) + 0.5) if total is None else total
    largest = np.argsort(-np.round(values - rounded, 6), kind="stable")
    rounded[largest[: wanted - int(rounded.sum())]] += 1
    return rounded


def count_rooms(shelters: gpd.GeoDataFrame, *, kinds: Sequence[str]) -> Rooms:
    """Take the open shelters whose capacity is a number of people.

    Parameters
    ----------
    shelters : geopandas.GeoDataFrame
        ``capacity``; and ``id``, ``kind``, ``status``, ``capacity_unit`` where they are there.
    kinds : sequence of str
        Which kinds of facility count, where ``kind`` is there.

    Returns
    -------
    Rooms
        In an order that does not depend on that of the rows. What is closed is left out; what has
        no place, or a capacity that is missing, no number of people or in another unit, is left out
        and listed. Parts of a person are cut off. Of several rows with one ``id`` the one with the
        smallest capacity counts.

    Examples
    --------
    >>> shelters = gpd.GeoDataFrame(
    ...     {"id": list("abcc"), "capacity": [50, None, 80, 60], "capacity_unit": "people"},
    ...     geometry=gpd.points_from_xy([37, 37, 37, 37], [36, 36, 36, 36], crs=4326),
    ... )
    >>> rooms = count_rooms(shelters, kinds=["shelter"])
    >>> rooms.table["id"].tolist(), rooms.capacity.tolist()
    (['a', 'c'], [50, 60])
    >>> [(problem.row, problem.given) for problem in rooms.problems]
    [(3, 'nothing'), (4, 'c')]
    >>> count_rooms(shelters[:0], kinds=["shelter"]).capacity.tolist()
    []
    """
    placed = shelters.assign(**{_ROW: np.arange(len(shelters))})
    if "kind" in placed.columns:
        placed = placed[placed["kind"].isin(kinds).to_numpy()]
    row_of = placed[_ROW].to_numpy() + 2
    usable, unplaced = open_facilities(placed)
    problems = [
        Problem("shelters", int(row_of[row - 2]), *told)
        for row, *told in unplaced.drop(columns="file").itertuples(index=False)
    ]
    capacity, no_numbers = _numbers(
        usable["capacity"], "shelters", text("left out"), usable[_ROW].to_numpy()
    )
    foreign = _foreign(usable)
    problems += no_numbers
    problems += [
        Problem(
            "shelters",
            int(usable[_ROW].iloc[at]) + 2,
            "capacity_unit",
            str(usable["capacity_unit"].iloc[at]),
            text("people"),
            text("left out"),
        )
        for at in np.flatnonzero(foreign).tolist()
    ]
    sound = np.flatnonzero(np.isfinite(capacity) & ~foreign)
    usable, capacity = usable.iloc[sound], capacity[sound]
    order = in_fixed_order(usable, capacity, identities(usable))
    usable, capacity = usable.iloc[order], capacity[order]
    kept, twice = _once(usable, capacity)
    listed = sorted([*problems, *twice], key=lambda one: one.row or 0)
    table, row = usable.iloc[kept].drop(columns=_ROW), usable[_ROW].to_numpy(np.int64)[kept]
    return Rooms(table, row, np.floor(capacity[kept]).astype(np.int64), listed)


def in_fixed_order(places: gpd.GeoDataFrame, values: Floats, ids: NDArray[np.object_]) -> Ints:
    """Order rows by where they lie, what they have and what they are called.

    Parameters
    ----------
    places : geopandas.GeoDataFrame
    values : array of float
    ids : array

    Returns
    -------
    array of int
        Positions of the rows: the same rows come in the same order, however they stood.

    Examples
    --------
    >>> places = gpd.GeoDataFrame(geometry=gpd.points_from_xy([2, 1, 1], [0, 0, 0]), crs=4326)
    >>> in_fixed_order(places, np.array([5.0, 9.0, 3.0]), np.array(["a", "b", "c"])).tolist()
    [2, 1, 0]
    """
    points = crs.to_wgs84(places).representative_point().to_numpy()
    named = np.array([str(one) for one in ids], str) if len(ids) else np.zeros(0, str)
    found: Ints = np.lexsort((named, values, shapely.get_y(points), shapely.get_x(points)))
    return found


def _numbers(
    column: pd.Series, file: str, action: str, rows: Ints | None = None
) -> tuple[Floats, list[Problem]]:
    """Read numbers of people; what is none is NaN and listed."""
    rows = np.arange(len(column)) if rows is None else rows
    read = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan, copy=True)
    bad = ~((read >= 0) & (read <= _MOST))
    given = column.astype(object)
    problems = [
        Problem(
            file,
            int(rows[at]) + 2,
            str(column.name),
            text("nothing") if pd.isna(given.iloc[at]) else str(given.iloc[at]),
            text("a number of people, 0 to {most}", most=number(_MOST)),
            action,
        )
        for at in np.flatnonzero(bad).tolist()
    ]
    read[bad] = np.nan
    return read, problems


def _foreign(shelters: pd.DataFrame) -> NDArray[np.bool_]:
    """Say which capacities are in something else than people."""
    if "capacity_unit" not in shelters.columns:
        return np.zeros(len(shelters), bool)
    return np.array(
        [
            not pd.isna(unit) and fold_label(unit) not in _PEOPLE and bool(str(unit).strip())
            for unit in shelters["capacity_unit"].astype(object)
        ],
        bool,
    )


def _once(shelters: pd.DataFrame, capacity: Floats) -> tuple[Ints, list[Problem]]:
    """Keep of several rows with one id the one with the smallest capacity; list the others."""
    if "id" not in shelters.columns:
        return np.arange(len(shelters)), []
    ids = shelters["id"].reset_index(drop=True)
    by_size = np.argsort(capacity, kind="stable")
    again = (ids.iloc[by_size].duplicated() & ids.iloc[by_size].notna()).to_numpy()
    problems = [
        Problem(
            "shelters",
            int(shelters[_ROW].iloc[at]) + 2,
            "id",
            str(ids.iloc[at]),
            text("each shelter once"),
            text("left out; the row with the smallest capacity counts"),
        )
        for at in np.sort(by_size[again]).tolist()
    ]
    return np.sort(by_size[~again]), problems
