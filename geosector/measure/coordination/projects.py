"""How far projects are on a given day: which are late, which contradict themselves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from geosector.language import text
from geosector.measure.coded import require
from geosector.measure.coordination.cells import one_day, row_of
from geosector.measure.coordination.overlaps import as_dates
from geosector.measure.coordination.reported import FAR, UNSTATED, compare_rows
from geosector.measure.coordination.spelling import Known
from geosector.tables import Problem, problems_table, table

LATE = ("planned", "ongoing", "suspended")  # not completed, and not given up


class Projects(NamedTuple):
    """Projects on a day.

    ``table``: one row for each row that can be used, in order: ``id``, ``locality_id``,
    ``locality``, ``activity``, ``organisation``, ``status`` (missing where not stated),
    ``date_from``, ``date_to``, ``late`` (its last day is past and it is not completed; missing
    where the status is not stated), ``late_days``, ``not_begun`` (planned, and its first day is
    past). ``problems``: rows without a place or a name, and those that contradict themselves or
    another row.
    """

    table: pd.DataFrame
    problems: pd.DataFrame


def project_status(
    activities: pd.DataFrame,
    on: object,
    known: Known | None = None,
    *,
    file: str = "activities",
) -> Projects:
    """Tell how far projects are on a day.

    Parameters
    ----------
    activities : pandas.DataFrame
        As for `overlaps.find_overlaps`, with ``status``.
    on : date or str
        The day, 2024-04-30: never the clock.
    known : Known, optional
        Which spellings are one, and where places are.
    file : str
        What the problems call the table.

    Returns
    -------
    Projects
        On the index of the input. A project is late from the day after its last one, where it is
        planned, ongoing or suspended; what is cancelled is not. Listed as contradictory: completed
        before its last day or its first, ongoing before its first, and rows of one organisation,
        activity, place and period whose statuses differ.

    Raises
    ------
    MissingColumnError
        Where a column is not there.
    InputError
        Where ``on`` is no date.

    Examples
    --------
    >>> seen = pd.DataFrame({
    ...     "organisation": "IRC", "activity": ["well", "clinic", "school"], "locality": "Sarmin",
    ...     "date_from": ["2024-01-01", "2024-03-01", "2024-06-01"],
    ...     "date_to": ["2024-03-31", "2024-04-30", None],
    ...     "status": ["ongoing", "completed", "ongoing"],
    ... })
    >>> projects = project_status(seen, "2024-04-10")
    >>> projects.table[["activity", "late", "late_days"]].values.tolist()
    [['well', True, 10], ['clinic', False, <NA>], ['school', False, <NA>]]
    >>> projects.problems[["row", "given"]].values.tolist()
    [[1, 'completed'], [2, 'ongoing']]
    >>> project_status(seen.iloc[:0], "2024-04-10").table.empty
    True
    >>> project_status(seen, "soon")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: 'soon' is not a date; write it as 2024-04-30.
    """
    day = int(one_day(on).astype(np.int64))
    require(activities, "status", name=file)
    reported = compare_rows(activities, known, file=file)
    every = reported.every.sort_values("at")
    place = reported.places.table.iloc[every["place"].to_numpy(np.int64)]
    first, last = every["first"].to_numpy(np.int64), every["last"].to_numpy(np.int64)
    status = every["status"].to_numpy(object)
    unstated = status == UNSTATED
    late = (last < day) & np.isin(status.astype(str), LATE)
    made = pd.DataFrame(
        {
            "id": every["id"].to_numpy(object),
            "locality_id": place["locality_id"].to_numpy(object),
            "locality": place["locality"].to_numpy(object),
            "activity": [reported.activities.names[at] for at in every["activity"]],
            "organisation": [reported.organisations.names[at] for at in every["organisation"]],
            "status": pd.Series(status, dtype="object").where(~unstated, None).to_numpy(object),
            "date_from": as_dates(first),
            "date_to": as_dates(last),
            "late": pd.array(late, dtype="boolean"),
            "late_days": pd.array(day - last, dtype="Int64"),
            "not_begun": (status == "planned") & (first < day) & (first > -FAR),
        },
        index=activities.index[every["at"].to_numpy(np.int64)],
    )
    made["late"] = made["late"].mask(unstated & (last < day))
    made["late_days"] = made["late_days"].mask(~late)
    apart = _contradictory(activities, every, day, file)
    kept = [one for one in reported.problems if one.expected != text("each row once")]
    listed = sorted([*kept, *apart], key=lambda one: -1 if one.row is None else one.row)
    return Projects(made, problems_table(listed))


def count_projects(projects: pd.DataFrame) -> pd.DataFrame:
    """Count projects by place and status.

    Parameters
    ----------
    projects : pandas.DataFrame
        ``table`` of `project_status`.

    Returns
    -------
    pandas.DataFrame
        One row for each place: ``locality_id``, ``locality``, a column for each status,
        ``not_stated`` and ``late``. A row that was pasted twice counts once.

    Raises
    ------
    MissingColumnError
        Where a column is not there.

    Examples
    --------
    >>> seen = pd.DataFrame({"organisation": "IRC", "activity": ["well", "school", "clinic"],
    ...                      "locality": "Sarmin", "status": ["ongoing", None, "planned"],
    ...                      "date_to": ["2024-03-31", None, None]})
    >>> counts = count_projects(project_status(seen, "2024-04-10").table)
    >>> columns = ["locality", "planned", "ongoing", "completed", "not_stated", "late"]
    >>> counts[columns].values.tolist()
    [['Sarmin', 1, 1, 0, 1, 1]]
    >>> len(count_projects(project_status(seen.iloc[:0], "2024-04-10").table))
    0
    >>> count_projects(seen)
    Traceback (most recent call last):
    ...
    geosector.errors.MissingColumnError: The table projects lacks the column locality_id; ...
    """
    keys = ["locality_id", "locality"]
    one = [*keys, "activity", "organisation", "date_from", "date_to", "status"]
    require(projects, *one, "late", name="projects")
    projects = projects.drop_duplicates(one)
    places = projects[keys].drop_duplicates().fillna("").sort_values(keys)
    at = pd.MultiIndex.from_frame(places).get_indexer(
        pd.MultiIndex.from_frame(projects[keys].fillna(""))
    )
    made = places.reset_index(drop=True)
    made = made.astype("object").where(made != "", None)
    known = table("activities").columns["status"].values  # noqa: PD011 - of Column, not of pandas
    cases = {status: (projects["status"] == status) for status in known}
    cases["not_stated"] = projects["status"].isna()
    cases["late"] = projects["late"].fillna(value=False)
    for name, case in cases.items():
        counted = np.zeros(len(made), np.int64)
        np.add.at(counted, at, case.to_numpy(bool).astype(np.int64))
        made[name] = counted
    return made


def _contradictory(
    activities: pd.DataFrame, every: pd.DataFrame, day: int, file: str
) -> list[Problem]:
    """List statuses that their dates speak against."""
    status = every["status"].to_numpy(object)
    begins, ends = every["first"].to_numpy(np.int64), every["last"].to_numpy(np.int64)
    dated_end = ends < FAR
    early = (status == "completed") & (((ends > day) & dated_end) | (begins > day))
    ahead = (status == "ongoing") & (begins > day)
    cases = (
        (early, text("a last day that is past")),
        (ahead, text("a first day that is past")),
    )
    found = []
    for case, expected in cases:
        for place in np.flatnonzero(case).tolist():
            at = int(every["at"].iloc[place])
            found.append(
                Problem(file, row_of(activities, at), "status", str(status[place]), expected,
                        text("Kept as it is."))
            )  # fmt: skip
    return found
