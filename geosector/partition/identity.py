"""Which sector of a new plan is which sector of the old one, so that its number lives on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.language import digits, text, unmarked
from geosector.partition.names import name_sectors

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Less than anybody weighs: among matches that keep equally many people, equal numbers win.
_SAME_NUMBER = 1e-6


def match_sectors(shared: Floats, before: Ints, after: Ints | None = None) -> Ints:
    """Match sectors so that together as many people as possible stay in theirs.

    Solves the assignment problem on shared people (Kuhn 1955; `scipy.optimize`).

    Parameters
    ----------
    shared : array of float, shape (len(before), new sectors)
        People that an old and a new sector have in common.
    before : array of int
        Numbers of the old sectors.
    after : array of int, optional
        Numbers of the new ones, where they have any: these decide only where nothing else does.

    Returns
    -------
    array of int, shape (new sectors,)
        Place in ``before`` of the sector that each new one continues; -1 for none.

    Examples
    --------
    >>> match_sectors(np.array([[60.0, 50.0], [0.0, 40.0]]), np.array([1, 2])).tolist()
    [0, 1]
    >>> match_sectors(np.array([[60.0, 50.0]]), np.array([1])).tolist()
    [0, -1]
    """
    from scipy.optimize import linear_sum_assignment

    gain = np.array(shared, float)
    if after is not None:
        gain += _SAME_NUMBER * (before[:, None] == after)
    old, new = linear_sum_assignment(gain, maximize=True)
    match = np.full(gain.shape[1], -1, np.int64)
    match[new] = np.where(shared[old, new] > 0, old, -1)
    return match


def kept_numbers(match: Ints, before: Ints) -> Ints:
    """Give new sectors numbers: a continued one keeps its own, the others go on after the last.

    Examples
    --------
    >>> kept_numbers(np.array([1, -1, 0, -1]), np.array([1, 7])).tolist()
    [7, 8, 1, 9]
    """
    numbers = np.where(match >= 0, before[match], 0)
    new = numbers == 0
    numbers[new] = before.max(initial=0) + np.arange(1, int(new.sum()) + 1)
    return numbers.astype(np.int64)


def default_name(number: int) -> str:
    """Name a sector that nobody named."""
    return unmarked(text("Sector {number}", number=digits(str(number))))


def with_numbers(table: gpd.GeoDataFrame, numbers: Ints) -> gpd.GeoDataFrame:
    """Write the numbers of sectors into a table that counts them 1 … N.

    Parameters
    ----------
    table : geopandas.GeoDataFrame
        With ``sector_id`` or with ``left`` and ``right``.
    numbers : array of int, shape (N,)
        In rising order: the number of each.

    Returns
    -------
    geopandas.GeoDataFrame
        The same rows.
    """
    made = table.copy()
    columns: Sequence[str] = [one for one in ("sector_id", "left", "right") if one in made]
    for column in columns:
        made[column] = numbers[made[column].to_numpy(np.int64) - 1]
    return made


def with_names(
    sectors: gpd.GeoDataFrame,
    before: Mapping[int, str] | None = None,
    *,
    roads: gpd.GeoDataFrame | None = None,
    places: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Name sectors: a name that was given before stays, the others are found on the ground.

    Parameters
    ----------
    sectors : geopandas.GeoDataFrame
    before : mapping of int to str, optional
        Names by ``sector_id``.
    roads, places
        As in `geosector.partition.names.name_sectors`.

    Returns
    -------
    geopandas.GeoDataFrame
        With ``name``. Where the ground has but a name that another sector had before, it is called
        by its number.
    """
    known = before or {}
    found = name_sectors(sectors, roads=roads, places=places)
    taken = set(known.values())
    named = sectors.copy()
    named["name"] = pd.array(
        [
            known.get(number) or (default_name(number) if name in taken else name)
            for number, name in zip(sectors["sector_id"].tolist(), found, strict=True)
        ],
        dtype="string",
    )
    return named
