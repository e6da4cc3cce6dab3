"""Where two organisations report the same activity at the same place on the same days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import number, text
from geosector.measure.coordination.reported import ACTIVE, FAR, Reported, compare_rows
from geosector.measure.coordination.spelling import Known
from geosector.tables import problems_table

Ints = NDArray[np.int64]

MOST = 500_000  # pairs: a list that nobody reads, and more than fits beside other work
_AT_ONCE = 1_000_000  # pairs looked at together
COLUMNS = (
    "locality_id", "locality", "activity", "organisation", "other", "date_from", "date_to", "days",
    "status", "other_status", "ids",
)  # fmt: skip


class Overlaps(NamedTuple):
    """Overlaps, what may be one, and the rows that could not be compared.

    ``table``: one row for each pair of rows of two organisations: ``locality_id``, ``locality``,
    ``activity``, ``organisation``, ``other``, ``date_from`` and ``date_to`` (the first and last
    day that both have; missing where neither has an end), ``days`` (how many these are),
    ``status``, ``other_status``, ``ids`` (of the rows, with ``|`` between them).
    ``possible``: the same columns of pairs of which one period at least is not known; the dates
    are those between which the common days lie, as far as they are stated.
    ``problems`` has the usual columns.
    """

    table: pd.DataFrame
    possible: pd.DataFrame
    problems: pd.DataFrame


def find_overlaps(
    activities: pd.DataFrame,
    known: Known | None = None,
    *,
    status: Sequence[str] = ACTIVE,
    open_end: bool = False,
    file: str = "activities",
) -> Overlaps:
    """Find overlaps: one activity, one place, two organisations, at least one common day.

    Parameters
    ----------
    activities : pandas.DataFrame
        ``organisation``, ``activity``, ``locality_id`` or ``locality`` (or both); any of ``id``,
        ``date_from``, ``date_to``, ``status``, as `geosector.read_activities` gives them.
    known : Known, optional
        Which spellings of organisations and activities are one, and where places are.
    status : sequence of str
        Which statuses count: what is cancelled or suspended overlaps with nothing, unless it is
        named here. A row that states none counts always.
    open_end : bool
        Whether a missing ``date_to`` states that the activity goes on.
    file : str
        What the problems call the table.

    Returns
    -------
    Overlaps
        In order of place, activity and organisation. The order of the input does not matter.

    Raises
    ------
    MissingColumnError
        Where a column is not there.
    InputError
        Where a status is none, or there are more than half a million pairs: then a name such as
        "project" stands for many activities.

    Notes
    -----
    Periods hold their first and last day: what ends on the 14th and what begins on the 15th share
    none. Pairs are found by sorting periods by their first day; with n rows and m pairs of one
    place and activity that takes O(n log n + m).

    Examples
    --------
    >>> seen = pd.DataFrame({
    ...     "id": ["a", "b", "c", "d", "e"], "organisation": ["WFP", "IRC", "irc", "DRC", "WFP"],
    ...     "activity": ["Food", "food", "FOOD", "food", "food"], "locality_id": "Sarmin",
    ...     "date_from": ["2024-04-01", "2024-04-10", "2024-05-01", "2024-04-30", "2024-04-12"],
    ...     "date_to": ["2024-04-14", "2024-04-20", "2024-05-31", None, "2024-04-13"],
    ...     "status": ["ongoing", None, "planned", "ongoing", "cancelled"],
    ... })
    >>> overlaps = find_overlaps(seen)
    >>> overlaps.table[["organisation", "other", "days", "ids"]].values.tolist()
    [['IRC', 'WFP', 5, 'a|b']]
    >>> overlaps.possible[["organisation", "other", "ids"]].values.tolist()
    [['DRC', 'IRC', 'c|d']]
    >>> find_overlaps(seen, open_end=True).table["ids"].tolist()
    ['c|d', 'a|b']
    >>> find_overlaps(seen.iloc[:0]).table.empty
    True
    >>> find_overlaps(seen.drop(columns="activity"))
    Traceback (most recent call last):
    ...
    geosector.errors.MissingColumnError: The table activities lacks the column activity; ...
    """
    reported = compare_rows(activities, known, status=status, open_end=open_end, file=file)
    rows = reported.rows.sort_values(
        ["place", "activity", "first", "last", "organisation", "id"], ignore_index=True
    )
    one, other = _pairs(rows)
    dated = rows["dated"].to_numpy(bool)
    certain = dated[one] & dated[other]
    return Overlaps(
        _described(reported, rows, one[certain], other[certain]),
        _described(reported, rows, one[~certain], other[~certain]),
        problems_table(reported.problems),
    )


def _pairs(rows: pd.DataFrame) -> tuple[Ints, Ints]:
    """Find the pairs of rows of two organisations with a common day: rows sorted by first day."""
    group = rows.groupby(["place", "activity"], sort=True).ngroup().to_numpy(np.int64)
    first, last = (rows[name].to_numpy(np.int64) for name in ("first", "last"))
    organisation = rows["organisation"].to_numpy(np.int64)
    width = 4 * FAR
    # Later rows of the same place and activity that begin before this one ends.
    until = np.searchsorted(group * width + first, group * width + last, side="right")
    after = np.arange(1, len(rows) + 1)
    count = np.maximum(until - after, 0)
    ends = np.cumsum(count)
    found: list[tuple[Ints, Ints]] = []
    total = begin = 0
    while begin < len(rows):
        before = ends[begin] - count[begin]
        stop = max(int(np.searchsorted(ends, before + _AT_ONCE, side="right")), begin + 1)
        here = count[begin:stop]
        one = np.repeat(np.arange(begin, stop), here)
        other = after[one] + np.arange(len(one)) - np.repeat(np.cumsum(here) - here, here)
        differ = organisation[one] != organisation[other]
        found.append((one[differ], other[differ]))
        total += int(differ.sum())
        if total > MOST:
            raise InputError(
                text(
                    "There are more than {n} overlaps: one name seems to stand for many "
                    "activities or places. Give finer names.",
                    n=number(MOST),
                )
            )
        begin = stop
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate([one for one, _ in found]), np.concatenate([two for _, two in found])


def _described(reported: Reported, rows: pd.DataFrame, one: Ints, other: Ints) -> pd.DataFrame:
    """Write pairs in words, the organisation that is first in order first."""
    swap = rows["organisation"].to_numpy()[one] > rows["organisation"].to_numpy()[other]
    left = rows.iloc[np.where(swap, other, one)].reset_index(drop=True)
    right = rows.iloc[np.where(swap, one, other)].reset_index(drop=True)
    first = np.maximum(left["first"].to_numpy(), right["first"].to_numpy())
    last = np.minimum(left["last"].to_numpy(), right["last"].to_numpy())
    place = reported.places.table.iloc[left["place"].to_numpy(np.int64)]
    named = pd.Series(reported.organisations.names, dtype="object")
    called = pd.Series(reported.activities.names, dtype="object")
    open_ended = (first == -FAR) | (last == FAR)
    made = pd.DataFrame(
        {
            "locality_id": place["locality_id"].to_numpy(object),
            "locality": place["locality"].to_numpy(object),
            "activity": called.reindex(left["activity"]).to_numpy(object),
            "organisation": named.reindex(left["organisation"]).to_numpy(object),
            "other": named.reindex(right["organisation"]).to_numpy(object),
            "date_from": as_dates(first),
            "date_to": as_dates(last),
            "days": pd.array(last - first + 1, dtype="Int64"),
            "status": left["status"].to_numpy(object),
            "other_status": right["status"].to_numpy(object),
            "ids": [
                "|".join(sorted({*one.split("|"), *two.split("|")}))
                for one, two in zip(left["id"], right["id"], strict=True)
            ],
        }
    )
    made["days"] = made["days"].mask(open_ended)
    for column in ("status", "other_status"):
        made[column] = made[column].astype("object").where(made[column] != "", None)
    order = pd.DataFrame(
        {"place": left["place"], "activity": left["activity"], "one": left["organisation"],
         "two": right["organisation"], "first": first, "last": last, "ids": made["ids"]}
    ).sort_values(["place", "activity", "one", "two", "first", "last", "ids"])  # fmt: skip
    return made.iloc[order.index.to_numpy()].reset_index(drop=True)[list(COLUMNS)]


def as_dates(days: Ints) -> pd.DatetimeIndex:
    """Write days since 1970 as dates; an end that is not stated is missing.

    Examples
    --------
    >>> as_dates(np.array([19_724, FAR])).tolist()
    [Timestamp('2024-01-02 00:00:00'), NaT]
    """
    dates = np.asarray(days, np.int64).astype("datetime64[D]").astype("datetime64[s]")
    dates[np.abs(days) == FAR] = np.datetime64("NaT")
    return pd.DatetimeIndex(dates)
