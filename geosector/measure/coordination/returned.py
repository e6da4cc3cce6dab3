"""People who came back, by locality and month: each source by itself, never added to another."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from geosector.language import text
from geosector.measure.coded import require
from geosector.measure.coordination.cells import days_in, numbers_in, row_of, whole_table
from geosector.measure.coordination.places import find_places
from geosector.measure.coordination.spelling import one_spelling
from geosector.measure.coordination.who import BETWEEN
from geosector.tables import Problem, problems_table


class Returned(NamedTuple):
    """Returns by locality and month, and the rows that could not be used.

    ``table``: ``locality_id``, ``locality``, ``month`` (2024-04), ``people`` (where all that is
    known is one number, else missing), ``people_min``, ``people_max``, ``source`` (names, ``; ``
    between them), ``sources`` (how many). ``problems`` has the usual columns.
    """

    table: pd.DataFrame
    problems: pd.DataFrame


def returns_by_month(
    returns: pd.DataFrame, places: pd.DataFrame | None = None, *, file: str = "returns"
) -> Returned:
    """Count returns by locality and month.

    Parameters
    ----------
    returns : pandas.DataFrame
        ``people``, ``date_from``, ``locality_id`` or ``locality`` (or both); ``date_to`` and
        ``source`` where there are any.
    places : pandas.DataFrame, optional
        ``id`` and names, such as a gazetteer.
    file : str
        What the problems call the table.

    Returns
    -------
    Returned
        What one source counted in periods of a month that share no day is added up. Where its
        periods share days, some people may be counted twice: the greatest count is the least that
        came back, the sum the most. Several sources: the least and the greatest of them. A count
        of more than one month cannot be parted; it is listed and in no month, and so is one
        without a first day, or without a number. A row that was pasted twice counts once.

    Raises
    ------
    MissingColumnError
        Where a column is not there.
    InputError
        Where ``returns`` is no table.

    Examples
    --------
    >>> seen = pd.DataFrame({
    ...     "locality": ["Sarmin", "Sarmin", "SARMIN", "Kafr"], "people": [20, 30, 80, 5],
    ...     "date_from": ["2024-04-01", "2024-04-15", "2024-04-01", "2024-04-20"],
    ...     "date_to": ["2024-04-14", "2024-04-30", "2024-04-30", "2024-05-20"],
    ...     "source": ["council", "council", "IOM", "IOM"],
    ... })
    >>> returned = returns_by_month(seen)
    >>> columns = ["locality", "month", "people", "people_min", "people_max", "source"]
    >>> returned.table[columns].values.tolist()
    [['Sarmin', '2024-04', <NA>, 50, 80, 'IOM; council']]
    >>> returned.problems[["row", "expected"]].values.tolist()
    [[3, 'a first and a last day in one month']]
    >>> returns_by_month(seen.iloc[:0]).table.empty
    True
    >>> returns_by_month(seen[["locality"]])
    Traceback (most recent call last):
    ...
    geosector.errors.MissingColumnError: The table returns lacks the column people; it has: ...
    """
    rows = whole_table(returns, file)
    require(rows, "people", "date_from", name=file)
    found = find_places(rows, places, file=file)
    people, problems = numbers_in(rows, "people", file=file)
    first, of_first = days_in(rows, "date_from", file=file)
    last, of_last = days_in(rows, "date_to", file=file)
    last = np.where(np.isnat(last), first, last)
    sources = one_spelling(rows["source"] if "source" in rows else [None] * len(rows))
    month = first.astype("datetime64[M]")
    inside = ~np.isnat(first) & (month == last.astype("datetime64[M]")) & (last >= first)
    unknown = np.isnan(people)
    expected = text("a first and a last day in one month")
    problems += [*of_first, *of_last, *found.problems]
    problems += [
        Problem(file, row_of(rows, at), "date_to", "", expected, text("It is in no month."))
        for at in np.flatnonzero(~inside).tolist()
    ]
    problems += [
        Problem(file, row_of(rows, at), "people", "", text("a number"), text("It is in no month."))
        for at in np.flatnonzero(unknown & inside).tolist()
    ]
    counts = pd.DataFrame(
        {"place": found.number, "month": month.astype(np.int64), "source": sources.number,
         "first": first.astype(np.int64), "last": last.astype(np.int64), "people": people}
    )[inside & ~unknown & (found.number >= 0)]  # fmt: skip
    same = ["place", "month", "source", "first", "last"]
    again = counts.index[counts.duplicated([*same, "people"])]
    problems += [
        Problem(file, row_of(rows, at), None, "", text("each row once"),
                text("Counted once, with the greatest of its numbers."))
        for at in again.tolist()
    ]  # fmt: skip
    made = _months(_by_source(counts.drop(index=again)), sources.names)
    place = found.table.iloc[made["place"].to_numpy(np.int64)]
    made = made.assign(
        locality_id=place["locality_id"].to_numpy(object),
        locality=place["locality"].to_numpy(object),
    )
    columns = ["locality_id", "locality", "month", "people", "people_min", "people_max", "source",
               "sources"]  # fmt: skip
    problems.sort(key=lambda one: -1 if one.row is None else one.row)
    return Returned(made[columns], problems_table(problems))


def _by_source(counts: pd.DataFrame) -> pd.DataFrame:
    """Add up what one source counted in a month; where days are shared, give a range."""
    ordered = counts.sort_values(["place", "month", "source", "first", "last", "people"])
    keys = ["place", "month", "source"]
    ended = ordered.groupby(keys)["last"].cummax().groupby([ordered[key] for key in keys]).shift()
    shares = (ordered["first"] <= ended).to_numpy(bool)
    grouped = ordered.assign(shares=shares).groupby(keys, sort=True)
    made = grouped.agg(total=("people", "sum"), most=("people", "max"), shares=("shares", "any"))
    made["least"] = made["most"].where(made["shares"], made["total"])
    return made.reset_index()


def _months(by_source: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Set sources of one place and month beside each other."""
    words = pd.Series([*names, ""], dtype="object").iloc[by_source["source"]]  # -1: the last
    grouped = by_source.assign(word=words.to_numpy(object)).groupby(["place", "month"], sort=True)
    made = grouped.agg(
        people_min=("least", "min"), people_max=("total", "max"), sources=("source", "size"),
        source=("word", lambda several: BETWEEN.join(filter(None, several)) or None),
    ).reset_index()  # fmt: skip
    for column in ("people_min", "people_max"):
        made[column] = made[column].round().astype("Int64")
    made["people"] = made["people_min"].where(made["people_min"] == made["people_max"])
    made["month"] = np.datetime_as_string(made["month"].to_numpy().astype("datetime64[M]"))
    return made
