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
from geosector.release.incidents import old_enough
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
        The rows without geometry; for partners and the public only rows of ``last`` and before,
        and known columns that are coded or count people, and no word that may hold a place.

    Raises
    ------
    AudienceError
        Where there is no such audience, or the public may not see the span yet.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {"kind": "fire", "date": ["2024-04-02", "2024-05-01"], "narrative": "by the well"}
    ... )
    >>> for_report(rows, "public", last=dt.date(2024, 4, 30))[1].astype(str).values.tolist()
    [['fire', '2024-04-02']]
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
    told = plain[old_enough(plain, last, 0)]
    return seer, pd.DataFrame(columns_seen(told, seer, "incidents"))


def problems_told(
    problems: pd.DataFrame, audience: Audience, *, file: str, rows: pd.Index, told: pd.Index
) -> pd.DataFrame:
    """Leave out of a list of problems what is about days that a report does not tell of.

    Parameters
    ----------
    problems : pandas.DataFrame
        ``file, row, column, given, expected, action``.
    audience : {"internal", "partner", "public"}
    file : str
        What the list calls the table of incidents.
    rows, told : pandas.Index
        The numbers of its rows that could be read, and of those that `for_report` gave.

    Returns
    -------
    pandas.DataFrame
        To the office all problems. To others none of a row that the report does not tell of; of a
        row that could not be read, nobody knows the day: its cells are left out.

    Examples
    --------
    >>> listed = pd.DataFrame(
    ...     {"file": "a.csv", "row": [2, 3, 4], "given": "Adlib", "expected": "Idlib", "action": ""}
    ... )
    >>> known = dict(file="a.csv", rows=pd.Index([2, 3]), told=pd.Index([2]))
    >>> seen = problems_told(listed, "public", **known)
    >>> seen["row"].tolist(), seen["given"].fillna("").tolist()
    ([2, 4], ['Adlib', ''])
    >>> len(problems_told(listed, "internal", **known))
    3
    >>> len(problems_told(listed[:0], "public", **known))
    0
    """
    if audience == "internal":
        return problems
    of_row = (problems["file"] == file).to_numpy(bool) & problems["row"].notna().to_numpy(bool)
    read, seen = problems["row"].isin(rows).to_numpy(), problems["row"].isin(told).to_numpy()
    shown = problems.astype({"given": "string", "action": "string"})
    shown.loc[of_row & ~read, ["given", "action"]] = pd.NA
    return shown[~(of_row & read & ~seen)].reset_index(drop=True)


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
