"""What expires, or has: mandates, permits, medicines, facilities, anything with a last day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from geosector.errors import InputError
from geosector.language import number, text
from geosector.measure.coordination.cells import days_in, ids_in, one_day, whole_table
from geosector.tables import problems_table

LAST_DAYS = ("valid_to", "date_to", "expires")


class Expiring(NamedTuple):
    """What expires within some days, and what cannot be told.

    ``table``: ``table``, ``id`` (the place in the index where it has none), ``column``,
    ``valid_to``, ``days`` (left after the day asked for; 0 on the last one, below 0 where it is
    past), the soonest first. ``undated``: ``table``, ``rows``, ``without`` (rows that state no
    last day: it is not known that they have none). ``problems`` has the usual columns.
    """

    table: pd.DataFrame
    undated: pd.DataFrame
    problems: pd.DataFrame


def find_expiring(
    tables: Mapping[str, pd.DataFrame],
    on: object,
    within: int,
    *,
    columns: Sequence[str] = LAST_DAYS,
) -> Expiring:
    """Find what expires within some days of a day, and what has expired.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        Any tables by their names, with any of ``columns``.
    on : date or str
        The day, 2024-04-30: never the clock.
    within : int
        Days, from 0.
    columns : sequence of str
        Which columns hold a last day.

    Returns
    -------
    Expiring

    Raises
    ------
    InputError
        Where ``on`` is no date, ``within`` is below 0, or a table has none of the columns.

    Notes
    -----
    days = last day − day. What is valid to the 30th is valid on the 30th: 0 days are left.

    Examples
    --------
    >>> mandates = pd.DataFrame({"id": ["m1", "m2", "m3", "m4"],
    ...                          "valid_to": ["2024-05-10", "2024-04-29", "2025-01-10", None]})
    >>> expiring = find_expiring({"mandates": mandates}, "2024-04-30", 30)
    >>> expiring.table[["table", "id", "days"]].values.tolist()
    [['mandates', 'm2', -1], ['mandates', 'm1', 10]]
    >>> expiring.undated.values.tolist()
    [['mandates', 4, 1]]
    >>> find_expiring({"mandates": mandates.iloc[:0]}, "2024-04-30", 30).table.empty
    True
    >>> find_expiring({"mandates": mandates[["id"]]}, "2024-04-30", 30)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The table mandates has none of the columns valid_to, date_to, ...
    """
    day = one_day(on)
    if within < 0:
        raise InputError(
            text(
                "{name} is {given}; give a whole number from {least}.",
                name="within",
                given=within,
                least=number(0),
            )
        )
    found, undated, problems = [], [], []
    for name, rows in tables.items():
        whole_table(rows, name)
        there = [column for column in columns if column in rows]
        if not there:
            raise InputError(
                text(
                    "The table {name} has none of the columns {wanted}; it has: {columns}.",
                    name=name,
                    wanted=", ".join(columns),
                    columns=", ".join(map(str, rows.columns)),
                )
            )
        ids = [
            own or str(label)
            for own, label in zip(ids_in(rows, "id"), rows.index.tolist(), strict=True)
        ]
        stated = np.zeros(len(rows), bool)
        for column in there:
            last, wrong = days_in(rows, column, file=name)
            problems += wrong
            stated |= ~np.isnat(last)
            left = (last - day).astype(np.int64)
            soon = ~np.isnat(last) & (left <= within)
            found += [
                (name, ids[at], column, pd.Timestamp(last[at]), int(left[at]))
                for at in np.flatnonzero(soon).tolist()
            ]
        undated.append((name, len(rows), int((~stated).sum())))
    found.sort(key=lambda one: (one[4], one[0], one[1], one[2]))
    return Expiring(
        pd.DataFrame(found, columns=["table", "id", "column", "valid_to", "days"]),
        pd.DataFrame(undated, columns=["table", "rows", "without"]),
        problems_table(problems),
    )
