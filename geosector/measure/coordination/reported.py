"""Activities as organisations report them (3W, 4W), made comparable with each other.

One spelling for each organisation and activity, one place for each locality, days for periods, and
rows that were pasted twice counted once. What cannot be compared is listed with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import text
from geosector.measure.coded import require
from geosector.measure.coordination.cells import days_in, ids_in, numbers_in, row_of, whole_table
from geosector.measure.coordination.places import Places, find_places
from geosector.measure.coordination.spelling import Known, Names, one_spelling
from geosector.tables import Problem, match_value, table

Ints = NDArray[np.int64]
Days = NDArray[np.datetime64]
Flags = NDArray[np.bool_]

# An activity that is cancelled or suspended serves nobody. One of unknown status may serve.
ACTIVE = ("planned", "ongoing", "completed")
UNSTATED = ""
KEYS = ["place", "activity", "organisation", "first", "last"]
FAR = 10**7  # days: before and after every date that pandas knows


class Reported(NamedTuple):
    """Activities that can be compared.

    ``rows``, positional, one for each that is counted: ``place``, ``activity``, ``organisation``
    (numbers), ``first``, ``last`` (days since 1970; an end that is not stated is ``-FAR`` or
    ``FAR``), ``dated`` (whether both ends are known), ``status``, ``reached``, ``planned``
    (NaN where not stated), ``id`` (of all rows that are one, with ``|`` between them).
    ``every`` has the same of all rows, those of other statuses, too, before what is one was made
    one. ``places``, ``activities``, ``organisations`` say what the numbers mean. ``problems``.
    """

    rows: pd.DataFrame
    every: pd.DataFrame
    places: Places
    activities: Names
    organisations: Names
    problems: list[Problem]


def compare_rows(
    activities: pd.DataFrame,
    known: Known | None = None,
    *,
    status: Sequence[str] = ACTIVE,
    open_end: bool = False,
    file: str = "activities",
) -> Reported:
    """Make activities comparable.

    Parameters
    ----------
    activities : pandas.DataFrame
        ``organisation``, ``activity``, ``locality_id`` or ``locality`` (or both); any of ``id``,
        ``date_from``, ``date_to``, ``reached``, ``planned``, ``status``, ``admin1`` …, as
        `geosector.read_activities` gives them.
    known : Known, optional
        Which spellings are one, and where places are.
    status : sequence of str
        Which statuses count. A row that states none counts always.
    open_end : bool
        Whether a missing ``date_to`` states that the activity goes on. Otherwise its end is not
        known.
    file : str
        What the problems call the table.

    Returns
    -------
    Reported
        Rows of one organisation, activity, place and period are one row, with the greatest of
        their numbers; each but the first is listed. Undated ones are one where their numbers are
        the same, too. Where their statuses differ, they are listed as well.

    Raises
    ------
    MissingColumnError
        Where a column is not there.
    InputError
        Where a status is none, or ``activities`` is no table.

    Examples
    --------
    >>> seen = pd.DataFrame({
    ...     "organisation": ["WFP", "W.F.P.", "IRC", None], "activity": "food",
    ...     "locality": "Sarmin", "date_from": "2024-04-01", "date_to": "2024-04-30",
    ...     "reached": [50, 60, 20, 5],
    ... })
    >>> reported = compare_rows(seen)
    >>> reported.rows[["organisation", "reached", "id"]].values.tolist()
    [[0, 20.0, '2'], [1, 60.0, '0|1']]
    >>> reported.organisations.names, [problem.expected for problem in reported.problems]
    (['IRC', 'W.F.P.'], ['each row once', 'a row with organisation'])
    >>> compare_rows(seen.iloc[:0]).rows.empty
    True
    >>> compare_rows(seen, status=["done"])
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: 'done' is no status. Use one of: planned, ongoing, completed, ...
    """
    rows = whole_table(activities, file)
    require(rows, "organisation", "activity", name=file)
    status = statuses(status)
    known = known or Known()
    organisations = one_spelling(rows["organisation"], known.organisations)
    kinds = one_spelling(rows["activity"], known.activities)
    places = find_places(rows, known.places, file=file)
    stated, problems = _statuses(rows, file)
    every, wrong, more = _periods(rows, open_end=open_end, file=file)
    reached, of_reached = numbers_in(rows, "reached", file=file)
    planned, of_planned = numbers_in(rows, "planned", file=file)
    every = every.assign(
        place=places.number, activity=kinds.number, organisation=organisations.number,
        status=stated, reached=reached, planned=planned, id=_labels(rows), at=np.arange(len(rows)),
    )  # fmt: skip
    problems += [*more, *of_reached, *of_planned, *places.problems]
    usable = ~wrong & (places.number >= 0)
    for column, names in (("organisation", organisations), ("activity", kinds)):
        nameless = names.number < 0
        usable &= ~nameless
        problems += [
            Problem(file, row_of(rows, at), column, "", text("a row with {column}", column=column),
                    text("The row was left out."))
            for at in np.flatnonzero(nameless).tolist()
        ]  # fmt: skip
    every = every[usable]
    problems += _contradictory(rows, every, file)
    active = every[every["status"].isin([*status, UNSTATED]).to_numpy(bool)]
    single, repeated = _once(active)
    problems += [_repeat(rows, at, file) for at in repeated]
    problems.sort(key=lambda one: -1 if one.row is None else one.row)
    return Reported(single, every, places, kinds, organisations, problems)


def statuses(status: Sequence[str]) -> tuple[str, ...]:
    """Give statuses that count, or refuse what is none.

    Examples
    --------
    >>> statuses("ongoing"), statuses(["planned", "ongoing"])
    (('ongoing',), ('planned', 'ongoing'))
    """
    given = (status,) if isinstance(status, str) else tuple(status)
    known = tuple(table("activities").columns["status"].values)
    for one in given:
        if one not in known:
            raise InputError(
                text(
                    "'{given}' is no status. Use one of: {known}.",
                    given=one,
                    known=", ".join(known),
                )
            )
    return given


def _labels(rows: pd.DataFrame) -> list[str]:
    """Give the id of each row; its place in the index where it has none."""
    ids = ids_in(rows, "id")
    return [own or str(label) for own, label in zip(ids, rows.index.tolist(), strict=True)]


def _statuses(rows: pd.DataFrame, file: str) -> tuple[list[str], list[Problem]]:
    if "status" not in rows:
        return [UNSTATED] * len(rows), []
    words = ids_in(rows, "status")
    code_of = {word: match_value("activities", "status", word) for word in set(words)}
    known = ", ".join(table("activities").columns["status"].values)
    problems = [
        Problem(file, row_of(rows, at), "status", word, text("one of: {known}", known=known),
                text("Left without a value."))
        for at, word in enumerate(words) if word is not None and code_of[word] is None
    ]  # fmt: skip
    return [code_of[word] or UNSTATED for word in words], problems


def _periods(
    rows: pd.DataFrame, *, open_end: bool, file: str
) -> tuple[pd.DataFrame, Flags, list[Problem]]:
    first, of_first = days_in(rows, "date_from", file=file)
    last, of_last = days_in(rows, "date_to", file=file)
    no_first, no_last = np.isnat(first), np.isnat(last)
    backwards = ~no_first & ~no_last & (last < first)
    # An end that cannot be read is not stated as open.
    open_ended = no_last & open_end & ~_wrong_cells(rows, of_last)
    made = pd.DataFrame(
        {
            "first": np.where(no_first, -FAR, first.astype(np.int64)),
            "last": np.where(no_last, FAR, last.astype(np.int64)),
            "dated": ~no_first & (~no_last | open_ended),
        }
    )
    problems = [
        Problem(file, row_of(rows, at), "date_to", str(last[at]),
                text("a day not before {first}", first=str(first[at])),
                text("The row was left out."))
        for at in np.flatnonzero(backwards).tolist()
    ]  # fmt: skip
    return made, backwards, [*of_first, *of_last, *problems]


def _contradictory(rows: pd.DataFrame, every: pd.DataFrame, file: str) -> list[Problem]:
    """List rows of one organisation, activity, place and period whose statuses differ."""
    stated = every[every["status"] != UNSTATED]
    differ = stated.groupby(KEYS)["status"].transform("nunique") > 1
    return [
        Problem(file, row_of(rows, at), "status", status, text("one status for one project"),
                text("Kept as it is."))
        for at, status in stated.loc[differ, ["at", "status"]].itertuples(index=False)
    ]  # fmt: skip


def _wrong_cells(rows: pd.DataFrame, problems: Sequence[Problem]) -> Flags:
    if not problems:
        return np.zeros(len(rows), bool)
    return np.asarray(rows["date_to"].astype("string").isin([one.given for one in problems]), bool)


def _once(active: pd.DataFrame) -> tuple[pd.DataFrame, list[int]]:
    """Make rows that are one one; list the positions of those that repeat another."""
    # Undated rows may be of different months: they are one only where their numbers are.
    undated = ~active["dated"]
    apart = active.assign(
        one=active["reached"].where(undated), other=active["planned"].where(undated)
    )
    grouping = apart.groupby([*KEYS, "one", "other"], dropna=False, sort=True)
    number = np.asarray(grouping.ngroup(), np.int64)
    single = apart[[*KEYS, "dated", "reached", "planned"]].groupby(number).max()
    repeats = pd.Series(number).duplicated(keep=False).to_numpy(bool)
    ids = pd.Series(active["id"].to_numpy(object), index=number)
    joined = ids[repeats].groupby(level=0).agg(lambda several: "|".join(sorted(several)))
    single["id"] = pd.concat([ids[~repeats], joined]).reindex(single.index)
    single["status"] = active["status"].groupby(number).min()
    again = pd.Series(number).duplicated().to_numpy(bool)
    return single, active["at"].to_numpy()[again].tolist()


def _repeat(rows: pd.DataFrame, at: int, file: str) -> Problem:
    cells = [
        str(rows[column].iloc[at])
        for column in (
            "organisation",
            "activity",
            "locality",
            "locality_id",
            "date_from",
            "date_to",
        )
        if column in rows and pd.notna(rows[column].iloc[at])
    ]
    return Problem(
        file, row_of(rows, at), None, " · ".join(cells), text("each row once"),
        text("Counted once, with the greatest of its numbers."),
    )  # fmt: skip
