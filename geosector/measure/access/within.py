"""How many people of each sector are within some minutes of what they need.

People within reach are counted whatever is known of their way; those of them whose way has a street
that was never reported, or not for 30 days, are told apart. Nobody is called safe.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from geosector.measure.access.people import people_of
from geosector.measure.coded import require

COLUMNS = (
    "sector_id", "kind", "people", "facilities", "minutes", "within", "within_share", "reached",
    "reached_within", "share", "missing", "unknown",
)  # fmt: skip


def people_within(
    reach: pd.DataFrame,
    inside: pd.DataFrame,
    blocks: pd.DataFrame,
    minutes: Sequence[float],
) -> pd.DataFrame:
    """Count the people of each sector within some minutes of each kind of facility.

    Parameters
    ----------
    reach : pandas.DataFrame
        ``block`` (of the index of the blocks), ``kind, minutes, known``: the nearest open facility
        of each block and kind, wherever it lies; ``minutes`` are missing where none is reached.
    inside : pandas.DataFrame
        ``sector_id, kind, facilities, people, reached, share, missing`` of `self_containment`,
        without a limit; and ``{kind}_minutes`` of its blocks are columns of ``blocks``, called
        ``{kind}_inside``.
    blocks : pandas.DataFrame
        ``sector_id``, ``population``, and those columns.
    minutes : sequence of float
        The limits.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, one row a sector, kind and limit: ``within`` is the people within the minutes of
        an open one anywhere, ``unknown`` those of them whose way is not known, ``reached`` the
        people who reach one inside their sector, ``reached_within`` those of ``within`` who do so
        in that time. A share is missing where nobody lives.

    Raises
    ------
    MissingColumnError
        Where one of these columns is missing.

    Examples
    --------
    Of 30 people 10 are 4 minutes from a well and 20 are 12 minutes, on a street nobody reported:

    >>> blocks = pd.DataFrame(
    ...     {"sector_id": [1, 1], "population": [10, 20], "water_point_inside": [4.0, np.inf]}
    ... )
    >>> reach = pd.DataFrame({"block": [0, 1], "kind": "water_point", "minutes": [4.0, 12.0],
    ...                       "known": [True, False]})
    >>> inside = pd.DataFrame({"sector_id": [1], "kind": ["water_point"], "facilities": [1],
    ...     "people": [30.0], "reached": [10.0], "share": [1 / 3], "missing": [False]})
    >>> told = people_within(reach, inside, blocks, [5, 15])
    >>> told[["minutes", "within", "reached_within", "unknown"]].to_numpy().tolist()
    [[5.0, 10.0, 10.0, 0.0], [15.0, 30.0, 10.0, 20.0]]
    >>> people_within(reach[:0], inside[:0], blocks[:0], [5]).empty
    True
    >>> people_within(reach, inside, blocks.drop(columns="sector_id"), [5])
    Traceback (most recent call last):
    geosector.errors.MissingColumnError: The table blocks lacks the column sector_id; it has: ...
    """
    require(blocks, "sector_id", "population", name="blocks")
    require(reach, "block", "kind", "minutes", "known", name="reach")
    people = pd.Series(people_of(blocks), blocks.index)
    rows = reach.assign(
        people=people.reindex(reach["block"]).to_numpy(),
        sector_id=blocks["sector_id"].reindex(reach["block"]).to_numpy(),
    )
    rows["inside"] = np.nan
    for kind in rows["kind"].unique():
        own = (rows["kind"] == kind).to_numpy()
        rows.loc[own, "inside"] = blocks[f"{kind}_inside"].reindex(rows["block"][own]).to_numpy()
    every = []
    for limit in sorted(float(one) for one in minutes):
        near = rows[(rows["minutes"] <= limit).to_numpy()]
        told = inside.assign(minutes=limit)
        told["within"] = _sums(near, told)
        told["unknown"] = _sums(near[~near["known"].to_numpy(bool)], told)
        told["reached_within"] = _sums(near[(near["inside"] <= limit).to_numpy()], told)
        every.append(told)
    table = pd.concat(every, ignore_index=True) if every else inside.assign(minutes=np.nan)
    table["within_share"] = table["within"] / table["people"].where(table["people"] > 0)
    kinds = {kind: at for at, kind in enumerate(dict.fromkeys(inside["kind"]))}
    ordered = table.assign(kind_rank=table["kind"].map(kinds)).sort_values(
        ["sector_id", "kind_rank", "minutes"], kind="stable", ignore_index=True
    )
    return ordered[list(COLUMNS)].astype({"within": float, "unknown": float})


def at_greatest(access: pd.DataFrame) -> pd.DataFrame:
    """Take the rows of the greatest limit, and what fits on a terminal.

    Parameters
    ----------
    access : pandas.DataFrame
        From `people_within`.

    Returns
    -------
    pandas.DataFrame

    Examples
    --------
    >>> rows = pd.DataFrame({name: [1, 1] for name in COLUMNS}).assign(minutes=[5.0, 10.0])
    >>> at_greatest(rows)["minutes"].tolist(), len(at_greatest(rows[:0]))
    ([10.0], 0)
    """
    greatest = access[(access["minutes"] == access["minutes"].max()).to_numpy()]
    shown = greatest.drop(columns=["reached_within", "reached"])
    shares = {name: shown[name].astype(float).round(3) for name in ("within_share", "share")}
    return shown.assign(**shares).reset_index(drop=True)


def _sums(rows: pd.DataFrame, told: pd.DataFrame) -> list[float]:
    """Sum people for each sector and kind of a table."""
    sums = rows.groupby(["sector_id", "kind"])["people"].sum()
    pairs = zip(told["sector_id"], told["kind"], strict=True)
    return [float(sums.get(pair, 0.0)) for pair in pairs]
