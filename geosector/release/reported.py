"""Incidents for a report: what may be counted and told, and from which day on.

A report shows sums and words that are codes, never a row as it came. So the casualties of a
locality are told whole; what is cut off is what no code is: narratives, unknown columns, words that
hold a place.
"""

from __future__ import annotations

import datetime as dt
from typing import TypeAlias

import geopandas as gpd
import pandas as pd

from geosector.errors import AudienceError
from geosector.language import date as written
from geosector.language import text
from geosector.release.audiences import audience_of
from geosector.release.columns import columns_seen
from geosector.release.words import without_places
from geosector.tables import AUDIENCES, Audience, table

Frame: TypeAlias = "pd.DataFrame | gpd.GeoDataFrame"

DELAY_DAYS = 7
# Counts, columns and outlines are not masked; where a key is asked for, they are given this one.
NO_KEY = bytes(range(32))


def for_report(
    rows: Frame, audience: str | None, *, last: dt.date, day: dt.date | None = None
) -> tuple[Audience, pd.DataFrame]:
    """Give the columns of incidents that a report for an audience may count and tell.

    Parameters
    ----------
    rows : pandas.DataFrame or geopandas.GeoDataFrame
        Incidents as they were read.
    audience : {"internal", "partner", "public"}
        There is no default.
    last : datetime.date
        The last day that the report tells of.
    day : datetime.date, optional
        The day of the report. Default: today; a public report of a span that is not over for seven
        days is refused, and nothing else depends on it.

    Returns
    -------
    audience, rows
        The rows without geometry; for partners and the public only known columns that are coded
        or count people, and no word that may hold a place.

    Raises
    ------
    AudienceError
        Where there is no such audience, or the public may not see the span yet.

    Examples
    --------
    >>> rows = pd.DataFrame({"kind": ["fire"], "narrative": ["by the well"], "killed_man": [1]})
    >>> for_report(rows, "public", last=dt.date(2024, 4, 30))[1].columns.tolist()
    ['kind', 'killed_man']
    >>> for_report(rows[:0], "partner", last=dt.date(2024, 4, 30))[1].empty
    True
    >>> april = dict(last=dt.date(2024, 4, 30), day=dt.date(2024, 5, 3))
    >>> for_report(rows, "public", **april)
    Traceback (most recent call last):
    geosector.errors.AudienceError: The public may see this from 7 May 2024 on, 7 days after ...
    """
    seer = audience_of(audience)
    plain = pd.DataFrame(rows)
    if seer == "internal":
        return seer, plain.drop(columns=["geometry"], errors="ignore")
    first_day = last + dt.timedelta(days=DELAY_DAYS)
    today = dt.datetime.now(tz=dt.UTC).date() if day is None else day
    if seer == "public" and today < first_day:
        raise AudienceError(
            text(
                "The public may see this from {day} on, {days} days after its end. Make the report"
                " then, or for another audience.",
                day=written(first_day),
                days=DELAY_DAYS,
            )
        )
    return seer, pd.DataFrame(columns_seen(plain, seer, "incidents"))


def problems_seen(problems: pd.DataFrame, audience: Audience, name: str) -> pd.DataFrame:
    """Give a list of problems without the cells that its reader may not see.

    Parameters
    ----------
    problems : pandas.DataFrame
        ``file, row, column, given, expected, action``.
    audience : {"internal", "partner", "public"}
    name : str
        Of which table the columns are.

    Returns
    -------
    pandas.DataFrame
        For partners and the public ``given``, ``expected`` and ``action`` are kept only where the
        column itself is for them, and holds no place.

    Examples
    --------
    >>> listed = pd.DataFrame(
    ...     {"column": ["locality", "narrative", "locality"],
    ...      "given": ["Adlib", "by the well", "35.93123, 36.64123"],
    ...      "expected": ["Idlib", None, None], "action": ["read so", None, None]}
    ... )
    >>> problems_seen(listed, "public", "incidents")["given"].fillna("").tolist()
    ['Adlib', '', '']
    >>> problems_seen(listed, "internal", "incidents")["given"].tolist()[1]
    'by the well'
    """
    if audience == "internal":
        return problems
    seers = AUDIENCES[AUDIENCES.index(audience) :]
    open_columns = [
        column.name for column in table(name).columns.values() if column.seen_by in seers
    ]
    shown = problems.copy()
    hidden = ~shown["column"].isin(open_columns) | without_places(shown["given"]).isna()
    shown.loc[hidden.to_numpy(), ["given", "action"]] = pd.NA
    shown["expected"] = without_places(shown["expected"])
    return shown
