"""Who does what where, and when: organisations by activity, locality and month (3W, 4W)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from geosector.language import text
from geosector.measure.coded import require
from geosector.measure.coordination.overlaps import as_dates
from geosector.measure.coordination.reported import ACTIVE, FAR, compare_rows
from geosector.measure.coordination.spelling import Known
from geosector.tables import Problem, problems_table

BETWEEN = "; "


class Who(NamedTuple):
    """Who does what where, and the rows that could not be used.

    ``table``: one row for each place and activity (and month): ``locality_id``, ``locality``,
    ``activity``, ``month`` (2024-04, where months are asked for), ``organisations`` (how many),
    ``names`` (theirs, in order, ``; `` between them), ``rows``, ``reached`` and ``planned``
    (people, as reported, added up: at most so many), ``reached_min`` (at least so many: the
    greatest number of one row), ``without_reached`` (rows that state no number).
    """

    table: pd.DataFrame
    problems: pd.DataFrame


def who_does_what(
    activities: pd.DataFrame,
    known: Known | None = None,
    *,
    months: bool = False,
    status: Sequence[str] = ACTIVE,
    open_end: bool = False,
    file: str = "activities",
) -> Who:
    """Count organisations by place and activity, and by month where asked.

    Parameters
    ----------
    activities : pandas.DataFrame
        As for `overlaps.find_overlaps`; ``reached`` and ``planned`` where there are any.
    known : Known, optional
        Which spellings are one, and where places are.
    months : bool
        Whether to part the activities by the months in which they have a day. Rows whose period
        is not known, or has no end, are then listed and in no month.
    status : sequence of str
        Which statuses count. A row that states none counts always.
    open_end : bool
        Whether a missing ``date_to`` states that the activity goes on.
    file : str
        What the problems call the table.

    Returns
    -------
    Who
        A row that was pasted twice counts once. People of several rows may be the same people:
        ``reached_min`` to ``reached`` is what is known, where ``without_reached`` is 0. Numbers of
        a row that is not in one month alone cannot be parted by months: there they are missing,
        and counted in ``without_reached``.

    Raises
    ------
    MissingColumnError
        Where a column is not there.
    InputError
        Where a status is none.

    Examples
    --------
    >>> seen = pd.DataFrame({
    ...     "organisation": ["WFP", "IRC", "wfp", "IRC"],
    ...     "activity": ["food", "food", "food", "water"], "locality": "Sarmin",
    ...     "date_from": ["2024-04-01", "2024-04-10", "2024-04-01", None],
    ...     "date_to": ["2024-04-30", "2024-05-20", "2024-04-30", None],
    ...     "reached": [50, 60, 50, None],
    ... })
    >>> columns = ["activity", "organisations", "names", "reached_min", "reached"]
    >>> who_does_what(seen).table[columns].values.tolist()
    [['food', 2, 'IRC; WFP', 60.0, 110.0], ['water', 1, 'IRC', nan, nan]]
    >>> monthly = who_does_what(seen, months=True)
    >>> monthly.table[["month", "organisations", "reached", "without_reached"]].values.tolist()
    [['2024-04', 2, 50.0, 1], ['2024-05', 1, nan, 1]]
    >>> monthly.problems["expected"].tolist()
    ['each row once', 'a first and a last day']
    >>> who_does_what(seen.iloc[:0]).table.empty
    True
    >>> who_does_what(seen[["organisation"]])
    Traceback (most recent call last):
    ...
    geosector.errors.MissingColumnError: The table activities lacks the column activity; ...
    """
    reported = compare_rows(activities, known, status=status, open_end=open_end, file=file)
    rows, problems = reported.rows, list(reported.problems)
    keys = ["place", "activity"]
    if months:
        rows, more = _by_month(rows, file)
        problems += more
        keys.append("month")
    grouped = rows.groupby(keys, sort=True)
    made = grouped.agg(
        rows=("organisation", "size"),
        reached_min=("reached", "max"),
        stated=("reached", "count"),
    )
    made[["reached", "planned"]] = grouped[["reached", "planned"]].sum(min_count=1)
    made = made.reset_index()
    single = rows.drop_duplicates([*keys, "organisation"]).sort_values([*keys, "organisation"])
    named = pd.Series(reported.organisations.names, dtype="object").reindex(single["organisation"])
    per_key = single.assign(name=named.to_numpy(object)).groupby(keys, sort=True)["name"]
    place = reported.places.table.reindex(made["place"])
    made = made.assign(
        locality_id=place["locality_id"].to_numpy(object),
        locality=place["locality"].to_numpy(object),
        activity=pd.Series(reported.activities.names, dtype="object")
        .reindex(made["activity"])
        .to_numpy(object),
        organisations=per_key.size().to_numpy(np.int64),
        names=per_key.agg(BETWEEN.join).to_numpy(object),
        without_reached=made["rows"] - made["stated"],
    )
    columns = ["locality_id", "locality", "activity", *keys[2:], "organisations", "names", "rows",
               "reached", "reached_min", "planned", "without_reached"]  # fmt: skip
    return Who(made[columns], problems_table(problems))


def as_matrix(who: pd.DataFrame) -> pd.DataFrame:
    """Set out who does what where as a matrix: places down, activities across.

    Parameters
    ----------
    who : pandas.DataFrame
        ``table`` of `who_does_what`.

    Returns
    -------
    pandas.DataFrame
        ``locality_id``, ``locality`` (and ``month``), and a column for each activity: how many
        organisations; 0 where there is none.

    Raises
    ------
    MissingColumnError
        Where a column is not there.

    Examples
    --------
    >>> seen = pd.DataFrame({"organisation": ["WFP", "IRC", "IRC"], "locality": ["a", "a", "b"],
    ...                      "activity": ["food", "food", "water"]})
    >>> as_matrix(who_does_what(seen).table).values.tolist()
    [[None, 'a', 2, 0], [None, 'b', 0, 1]]
    >>> len(as_matrix(who_does_what(seen.iloc[:0]).table))
    0
    >>> as_matrix(seen)
    Traceback (most recent call last):
    ...
    geosector.errors.MissingColumnError: The table who_does_what lacks the column locality_id; ...
    """
    require(who, "locality_id", "locality", "activity", "organisations", name="who_does_what")
    keys = ["locality_id", "locality", *(["month"] if "month" in who else [])]
    rows = who[keys].drop_duplicates().reset_index(drop=True)
    at = who[keys].merge(rows.reset_index(), on=keys, how="left")["index"].to_numpy(np.int64)
    activities = pd.Index(sorted(who["activity"].unique()), dtype="object")
    counts = np.zeros((len(rows), len(activities)), np.int64)
    counts[at, activities.get_indexer(pd.Index(who["activity"]))] = who["organisations"]
    return pd.concat([rows, pd.DataFrame(counts, columns=activities)], axis=1)


def _by_month(rows: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Set a row for each month in which an activity has a day."""
    bounded = rows["dated"].to_numpy(bool) & (rows["last"] < FAR).to_numpy(bool)
    inside = rows[bounded]
    first, last = (
        as_dates(inside[name].to_numpy()).to_numpy().astype("datetime64[M]").astype(np.int64)
        for name in ("first", "last")
    )
    count = last - first + 1
    at = np.repeat(np.arange(len(inside)), count)
    month = first[at] + np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    parted = inside.iloc[at].reset_index(drop=True)
    whole = count[at] == 1
    parted["month"] = np.datetime_as_string(month.astype("datetime64[M]"))
    for figure in ("reached", "planned"):
        parted[figure] = parted[figure].where(whole)
    problems = [
        Problem(file, None, "date_to", own, text("a first and a last day"),
                text("It is in no month."))
        for own in rows.loc[~bounded, "id"].sort_values()
    ]  # fmt: skip
    return parted, problems
