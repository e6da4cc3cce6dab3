"""How many people each block has and each shelter holds: whole numbers, and what has none.

A number that cannot be used is never guessed: the row is listed and takes no part.
"""

from __future__ import annotations

import datetime as dt
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
from geosector.measure.access.facilities import OPEN, days_of, identities
from geosector.measure.access.rows import row_numbers
from geosector.tables import Problem, fold_label

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_MOST = 1e9  # more people than this are no number of people of one place
_PEOPLE = frozenset(
    fold_label(word)
    for word in (
        "people", "persons", "person", "individuals", "heads", "شخص", "أشخاص", "الأشخاص", "فرد",
        "أفراد", "نفر", "نسمة", "kes", "kesan", "mirov", "کەس", "کەسان",
    )
)  # fmt: skip


class Heads(NamedTuple):
    """People of each block, whole numbers on the rows of the table, and what was wrong."""

    people: Ints
    problems: list[Problem]


class Rooms(NamedTuple):
    """Open shelters with a place and a capacity in whole people, and what was left out.

    ``rows``: the number of each in its file.
    """

    table: gpd.GeoDataFrame
    rows: list[int | None]
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
    read, rows = _numbers(blocks["population"]), row_numbers(blocks, blocks.index)
    nobody = text("counted as nobody")
    problems = _each(np.isnan(read), "blocks", rows, blocks["population"], _expected(), nobody)
    if "block_id" in blocks.columns:
        ids = blocks["block_id"]
        again = (ids.duplicated() & ids.notna()).to_numpy()
        once, both = text("each block once"), text("both rows count")
        problems += _each(again, "blocks", rows, ids, once, both)
    people = np.nan_to_num(read)
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


def count_rooms(
    shelters: gpd.GeoDataFrame, *, kinds: Sequence[str], day: dt.date | None = None
) -> Rooms:
    """Take the open shelters whose capacity is a number of people.

    Parameters
    ----------
    shelters : geopandas.GeoDataFrame
        ``capacity``; and ``id``, ``kind``, ``status``, ``capacity_unit``, ``valid_from`` and
        ``valid_to`` where they are there.
    kinds : sequence of str
        Which kinds of facility count, where ``kind`` is there.
    day : datetime.date, optional
        Rows that do not hold on it do not count. Default: every row holds.

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
    wanted = shelters
    if "kind" in shelters.columns:
        wanted = shelters[shelters["kind"].isin(kinds).to_numpy()]
    wanted = wanted[_is_open(wanted, day)]
    rows = row_numbers(shelters, wanted.index)
    nowhere = (wanted.geometry.isna() | wanted.geometry.is_empty).to_numpy()
    foreign, capacity = in_other_units(wanted), _numbers(wanted["capacity"])
    left_out = text("left out")
    problems = [
        *_each(nowhere, "shelters", rows, wanted.geometry, text("a place"), left_out),
        *_each(foreign, "shelters", rows, wanted.get("capacity_unit"), text("people"), left_out),
        *_each(np.isnan(capacity), "shelters", rows, wanted["capacity"], _expected(), left_out),
    ]
    sound = np.flatnonzero(np.isfinite(capacity) & ~foreign & ~nowhere)
    ids = identities(wanted)[sound]
    at = sound[in_fixed_order(wanted.iloc[sound], capacity[sound], ids)]
    again = _again(wanted.iloc[at], capacity[at])
    twice = np.isin(np.arange(len(wanted)), at[again])
    problems += _each(
        twice, "shelters", rows, wanted.get("id"), text("each shelter once"),
        text("left out; the row with the smallest capacity counts"),
    )  # fmt: skip
    at = at[~again]
    return Rooms(
        wanted.iloc[at],
        [rows[one] for one in at],
        np.floor(capacity[at]).astype(np.int64),
        sorted(problems, key=lambda one: one.row or 0),
    )


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
    points = crs.to_wgs84(places).representative_point().to_numpy().astype(object)
    points[shapely.is_empty(points)] = None  # it has no coordinates to be asked for
    named = np.array([str(one) for one in ids], str) if len(ids) else np.zeros(0, str)
    found: Ints = np.lexsort((named, values, shapely.get_y(points), shapely.get_x(points)))
    return found


def _is_open(shelters: pd.DataFrame, day: dt.date | None) -> Flags:
    """Say which shelters are open, on a day where one is given."""
    status = shelters.get("status", pd.Series(OPEN, shelters.index)).astype(object)
    found: Flags = (status.isna() | (status == OPEN)).to_numpy(bool, copy=True)
    for column, holds in (("valid_from", np.less_equal), ("valid_to", np.greater_equal)):
        if day is not None and column in shelters.columns:
            days = days_of(shelters[column])
            found &= (days.isna() | holds(days, pd.Timestamp(day))).to_numpy(bool)
    return found


def _numbers(column: pd.Series) -> Floats:
    """Read numbers of people; what is none is NaN."""
    read: Floats = pd.to_numeric(column, errors="coerce").to_numpy(
        float, na_value=np.nan, copy=True
    )
    read[~((read >= 0) & (read <= _MOST))] = np.nan
    return read


def _expected() -> str:
    return text("a number of people, 0 to {most}", most=number(_MOST))


def _each(
    wrong: Flags, file: str, rows: list[int | None], given: pd.Series | None, *said: str
) -> list[Problem]:
    """List the rows that are wrong: what was given, what is expected, what was done."""
    if given is None:
        return []
    values = given.astype(object)
    nothing = values.isna().to_numpy()  # of the column: a list in a cell is something
    return [
        Problem(
            file,
            rows[at],
            str(given.name),
            text("nothing") if nothing[at] else str(values.iloc[at]),
            *said,
        )
        for at in np.flatnonzero(wrong).tolist()
    ]


def in_other_units(shelters: pd.DataFrame) -> Flags:
    """Say which capacities are in something else than people.

    Parameters
    ----------
    shelters : pandas.DataFrame
        ``capacity_unit`` where it is there; a row without one counts people.

    Returns
    -------
    array of bool, shape (shelters,)

    Examples
    --------
    >>> in_other_units(pd.DataFrame({"capacity_unit": ["people", "m3", None]})).tolist()
    [False, True, False]
    >>> in_other_units(pd.DataFrame(index=[0])).tolist()
    [False]
    """
    if "capacity_unit" not in shelters.columns:
        return np.zeros(len(shelters), bool)
    units = shelters["capacity_unit"].astype(object)
    return np.array(
        [
            known and fold_label(unit) not in _PEOPLE and bool(str(unit).strip())
            for unit, known in zip(units, units.notna(), strict=True)
        ],
        bool,
    )


def _again(shelters: pd.DataFrame, capacity: Floats) -> Flags:
    """Say which rows have the id of another one that holds fewer people, or comes before."""
    if "id" not in shelters.columns:
        return np.zeros(len(shelters), bool)
    by_size = np.argsort(capacity, kind="stable")
    ids = shelters["id"].iloc[by_size]
    again = np.zeros(len(shelters), bool)
    again[by_size] = (ids.duplicated() & ids.notna()).to_numpy()
    return again
