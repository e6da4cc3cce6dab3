"""People in need by area and group, when several have counted them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from geosector.language import text
from geosector.measure.coded import require
from geosector.measure.coordination.cells import days_in, ids_in, numbers_in, row_of, whole_table
from geosector.measure.coordination.spelling import Same, one_spelling
from geosector.tables import Problem, problems_table


class Needs(NamedTuple):
    """People in need, and the counts that were not used.

    ``table``: one row for each area, activity and group: ``area_id``, ``activity``, ``group``
    (missing where not stated), ``people`` (the latest count; of several of one day the greatest),
    ``people_min`` (the least of these), ``sources`` (how many counts of that day). ``problems`` has
    the usual columns.
    """

    table: pd.DataFrame
    problems: pd.DataFrame


def count_needs(
    needs: pd.DataFrame, activities: Same | None = None, *, file: str = "needs"
) -> Needs:
    """Take one number for each area and group: the latest.

    Parameters
    ----------
    needs : pandas.DataFrame
        ``area_id``, ``people``; ``group``, ``date`` and ``activity`` (what is needed) where there
        are any.
    activities : mapping of str to sequence of str, optional
        Other spellings of an activity; see `spelling.Known`.
    file : str
        What the problems call the table.

    Returns
    -------
    Needs
        In order of area, activity and group. Counts of several sources are never added up: of
        those of the latest day the greatest counts, and the others are listed. A count without a
        date counts where no other has one. A missing number stays missing: it is no 0.

    Raises
    ------
    MissingColumnError
        Where ``area_id`` or ``people`` is not there.
    InputError
        Where ``needs`` is no table.

    Examples
    --------
    >>> counted = pd.DataFrame({
    ...     "area_id": [1, 1, 1, 2], "group": ["displaced", "displaced", "Displaced", "infants"],
    ...     "people": [90, 120, 100, None],
    ...     "date": ["2024-03-01", "2024-04-01", "2024-04-01", None],
    ... })
    >>> needs = count_needs(counted)
    >>> needs.table[["area_id", "group", "people", "people_min"]].values.tolist()
    [['1', 'displaced', 120.0, 100.0], ['2', 'infants', nan, nan]]
    >>> needs.problems[["row", "given"]].values.tolist()
    [[0, '90'], [2, '100']]
    >>> count_needs(counted.iloc[:0]).table.empty
    True
    >>> count_needs(counted[["people"]])
    Traceback (most recent call last):
    ...
    geosector.errors.MissingColumnError: The table needs lacks the column area_id; it has: people.
    """
    rows = whole_table(needs, file)
    require(rows, "area_id", "people", name=file)
    people, problems = numbers_in(rows, "people", file=file)
    day, of_day = days_in(rows, "date", file=file)
    problems += of_day
    areas = ids_in(rows, "area_id")
    said = {
        name: one_spelling(rows[name] if name in rows else [None] * len(rows), same)
        for name, same in (("activity", activities), ("group", None))
    }
    made = pd.DataFrame(
        {
            "area_id": pd.Series(areas, dtype="object"),
            "activity": said["activity"].number,
            "group": said["group"].number,
            "people": people,
            "day": np.where(np.isnat(day), np.iinfo(np.int64).min, day.astype(np.int64)),
        }
    )
    nowhere = made["area_id"].isna().to_numpy(bool)
    problems += [
        Problem(file, row_of(rows, at), "area_id", "", text("a row with {column}",
                column="area_id"), text("The row was left out."))
        for at in np.flatnonzero(nowhere).tolist()
    ]  # fmt: skip
    made = made[~nowhere]
    keys = ["area_id", "activity", "group"]
    latest = made[made["people"].notna()].groupby(keys)["day"].max().rename("latest")
    made = made.join(latest, on=keys)
    now = made[(made["day"] == made["latest"]) | made["latest"].isna()]
    grouped = now.groupby(keys, sort=True)["people"]
    table = grouped.agg(["max", "min", "count"]).reset_index()
    table.columns = pd.Index([*keys, "people", "people_min", "sources"])
    used = now.sort_values(["people"], ascending=False, kind="stable").drop_duplicates(keys).index
    problems += _unused(rows, made.drop(index=used), file)
    problems.sort(key=lambda one: -1 if one.row is None else one.row)
    for name, names in said.items():
        words = pd.Series([*names.names, None], dtype="object").iloc[table[name]]  # -1: the last
        table[name] = words.to_numpy(object)
    return Needs(table, problems_table(problems))


def _unused(rows: pd.DataFrame, unused: pd.DataFrame, file: str) -> list[Problem]:
    stated = unused[unused["people"].notna()]
    written = ids_in(rows, "people")
    return [
        Problem(file, row_of(rows, at), "people", written[at] or "",
                text("one count for each area and group"),
                text("The latest counts; of several, the greatest."))
        for at in stated.index.sort_values().tolist()
    ]  # fmt: skip
