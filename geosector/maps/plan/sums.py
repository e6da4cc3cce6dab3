"""Tables of a plan summed up by sector: thousands of blocks are no table to read."""

from __future__ import annotations

import pandas as pd

from geosector.maps.plan.cells import is_true

SUMMED = {
    "sheltering": (("sector_id",), ("people", "unknown", "population")),
    "left_over": (("sector_id", "reason"), ("people",)),
}


def summed(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Sum up a table of blocks; any other one, and one released as sums, stays as it is.

    Parameters
    ----------
    name : str
        Of the table.
    rows : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame
        ``reach`` by ``sector_id, kind``: ``people, reached`` (who have a way), ``unknown``;
        ``sheltering`` by sector, ``left_over`` by sector and reason, ``candidates`` by ``usable,
        reason`` with their ``count``; of the pieces of road that are black spots only these.

    Examples
    --------
    >>> homes = pd.DataFrame({"sector_id": [1, 1], "people": [30, 12], "known": [True, False]})
    >>> summed("sheltering", homes).to_numpy().tolist()
    [[1.0, 42.0, 12.0]]
    >>> summed("sheltering", homes[:0]).empty
    True
    """
    if "withheld" in rows.columns:
        return rows
    if name == "reach":
        return _reach(rows)
    if name == "candidates":
        return _reasons(rows)
    if name == "black_spots" and "black" in rows.columns:
        return rows[flags(rows, "black")]
    if name == "sheltering" and "known" in rows.columns:
        rows = rows.assign(unknown=numbers(rows, "people").where(~flags(rows, "known"), 0.0))
    by, figures = SUMMED.get(name, ((), ()))
    by = tuple(column for column in by if column in rows.columns)
    there = [figure for figure in figures if figure in rows.columns]
    if not by or not there:
        return rows
    told = rows.assign(**{figure: numbers(rows, figure) for figure in there})
    return told.groupby(list(by), dropna=False, sort=True)[there].sum().reset_index()


def _reach(rows: pd.DataFrame) -> pd.DataFrame:
    """Count the people of blocks who have a way to a facility, and those whose way is unknown."""
    rows = nearest_only(rows)
    people = numbers(rows, "population")
    has = rows["facility_id"].notna() if "facility_id" in rows.columns else people > 0
    known = flags(rows, "known") if "known" in rows.columns else has
    told = rows.assign(
        people=people, reached=people.where(has, 0.0), unknown=people.where(has & ~known, 0.0)
    )
    by = [column for column in ("sector_id", "kind") if column in rows.columns]
    figures = ["people", "reached", "unknown"]
    if not by:
        return pd.DataFrame(told[figures])
    return told.groupby(by, dropna=False, sort=True)[figures].sum().reset_index()


def _reasons(rows: pd.DataFrame) -> pd.DataFrame:
    """Count the places that were looked at by whether they are usable, and why not."""
    by = [column for column in ("usable", "reason") if column in rows.columns]
    if not by:
        return rows
    return rows.groupby(by, dropna=False, sort=True).size().rename("count").reset_index()


def nearest_only(reach: pd.DataFrame) -> pd.DataFrame:
    """Take of each block the nearest facility alone, where several are listed by ``rank``.

    Examples
    --------
    >>> nearest_only(pd.DataFrame({"block_id": [1, 1], "rank": [1, 2]}))["rank"].tolist()
    [1]
    """
    return reach[numbers(reach, "rank") == 1] if "rank" in reach.columns else reach


def numbers(rows: pd.DataFrame, column: str) -> pd.Series:
    """Read a column of numbers; NaN where it holds none, or is lacking.

    Examples
    --------
    >>> numbers(pd.DataFrame({"people": ["3", None]}), "people").tolist()
    [3.0, nan]
    """
    if column not in rows.columns:
        return pd.Series(float("nan"), rows.index, dtype=float)
    return pd.to_numeric(rows[column], errors="coerce").astype("Float64").astype(float)


def flags(rows: pd.DataFrame, column: str) -> pd.Series:
    """Read a column of flags; a missing one is not set.

    Examples
    --------
    >>> flags(pd.DataFrame({"hot": [1, None]}), "hot").tolist()
    [True, False]
    """
    return pd.Series([is_true(cell) for cell in rows[column]], rows.index, dtype=bool)
