"""Schools, communes and other places that no awareness session has reached yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from geosector.errors import InputError
from geosector.language import text
from geosector.measure.coded import require
from geosector.measure.coordination.cells import days_in, ids_in, row_of, whole_table
from geosector.measure.coordination.gaps import read_span
from geosector.measure.coordination.overlaps import as_dates
from geosector.measure.coordination.places import each_name
from geosector.measure.coordination.reported import FAR, statuses
from geosector.measure.coordination.spelling import keys_of, spelling_key
from geosector.tables import Problem, match_value, problems_table, table

IDS = ("facility_id", "place_id", "locality_id")
COMPLETED = ("completed",)
_NO_DAY = -FAR


class NotReached(NamedTuple):
    """Places that no session has reached.

    ``table``: ``id``, ``kind``, ``name`` (missing where not stated), ``maybe`` (a session names a
    place that may be this one or another). ``reached``: ``id``, ``name``, ``sessions``, ``last``
    (day of the last one that states a day). ``problems``: sessions that name several places or
    none.
    """

    table: pd.DataFrame
    reached: pd.DataFrame
    problems: pd.DataFrame


def not_reached(
    places: pd.DataFrame,
    sessions: pd.DataFrame,
    *,
    kind: str | None = None,
    activity: Sequence[str] | None = None,
    period: str | tuple[object, object] | None = None,
    status: Sequence[str] = COMPLETED,
    file: str = "activities",
) -> NotReached:
    """Find the places that no session has reached.

    Parameters
    ----------
    places : pandas.DataFrame
        ``id`` and names (``name``, ``name_ar``, … ``names``): facilities, or communes of a
        gazetteer.
    sessions : pandas.DataFrame
        Activities: ``facility_id``, ``place_id`` or ``locality_id`` where a row says the place by
        its id; else its name in ``locality``.
    kind : str, optional
        Only places of this ``kind``, such as ``school``.
    activity : sequence of str, optional
        Which activities are such sessions, in any spelling. Default: every row is one.
    period : str or (first, last), optional
        A month, a year or two days in which a session has a day. Default: any time. A session
        without a day is then listed, and reached nobody for certain.
    status : sequence of str
        Which statuses count. A session that states none does not: nobody said that it was held.
    file : str
        What the problems call the sessions.

    Returns
    -------
    NotReached
        In order of id. A name of several places reaches none of them for certain: they stay in
        ``table`` with ``maybe``, and the session is listed.

    Raises
    ------
    MissingColumnError
        Where ``id`` of places, or ``status`` of sessions, or ``kind`` is not there.
    InputError
        Where an id is missing or stands twice, or the period is none.

    Examples
    --------
    >>> schools = pd.DataFrame({"id": ["s1", "s2", "s3", "s4"], "kind": "school",
    ...                         "name": ["Qalam", "Hibr", "Daftar", "Daftar"]})
    >>> held = pd.DataFrame({"locality": ["QALAM", "Daftar", "Hibr"],
    ...                      "status": ["completed", "completed", "cancelled"]})
    >>> found = not_reached(schools, held, kind="school")
    >>> found.table[["id", "name", "maybe"]].values.tolist()
    [['s2', 'Hibr', False], ['s3', 'Daftar', True], ['s4', 'Daftar', True]]
    >>> found.problems["given"].tolist(), found.reached["id"].tolist()
    (['Daftar'], ['s1'])
    >>> not_reached(schools, held.iloc[:0])[0]["id"].tolist()
    ['s1', 's2', 's3', 's4']
    >>> not_reached(schools.assign(id="s1"), held)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The places have an id that is missing or stands twice: 's1'. ...
    """
    listed, status = _places(places, kind), statuses(status)
    held, problems = _held(whole_table(sessions, file), activity, period, status, file)
    ids = {own: at for at, own in enumerate(listed["id"])}
    named: dict[str, set[int]] = {}
    for at in range(len(listed)):
        for key in each_name(listed.iloc[at]):
            named.setdefault(key, set()).add(at)
    times = np.zeros(len(listed), np.int64)
    last = np.full(len(listed), _NO_DAY)
    maybe = np.zeros(len(listed), bool)
    for row in held.itertuples(index=False):
        own = next((one for one in row.ids if one in ids), None)
        # An id that is of no place here may be that of the community around it.
        found = {ids[own]} if own is not None else named.get(spelling_key(row.name), set())
        if len(found) == 1:
            at = min(found)
            times[at] += 1
            last[at] = max(last[at], row.day)
            continue
        maybe[list(found)] = True
        problems.append(
            Problem(file, row_of(sessions, row.at), "locality", row.name or "",
                    text("a name of one place only, or its id"), text("left out"))
        )  # fmt: skip
    reached = times > 0
    problems.sort(key=lambda one: -1 if one.row is None else one.row)
    return NotReached(
        listed.assign(maybe=maybe)[~reached][["id", "kind", "name", "maybe"]].reset_index(
            drop=True
        ),
        listed.assign(sessions=times, last=as_dates(last))[reached][
            ["id", "name", "sessions", "last"]
        ].reset_index(drop=True),
        problems_table(problems),
    )


def _places(places: pd.DataFrame, kind: str | None) -> pd.DataFrame:
    rows = whole_table(places, "places")
    require(rows, "id", *(["kind"] if kind is not None else []), name="places")
    if kind is not None:
        rows = rows[[isinstance(one, str) and one == kind for one in rows["kind"]]]
    ids = pd.Series(ids_in(rows, "id"), rows.index, dtype="object")
    wrong = ids.isna() | ids.duplicated()
    if wrong.any():
        raise InputError(
            text(
                "The places have an id that is missing or stands twice: '{given}'. Give each an id "
                "of its own.",
                given=ids[wrong].iloc[0],
            )
        )
    made = pd.DataFrame(rows).assign(id=ids)
    for column in ("kind", "name"):
        if column not in made:
            made[column] = None
    return made.reset_index(drop=True).sort_values("id", ignore_index=True)


def _held(
    sessions: pd.DataFrame,
    activity: Sequence[str] | None,
    period: str | tuple[object, object] | None,
    status: Sequence[str],
    file: str,
) -> tuple[pd.DataFrame, list[Problem]]:
    """Keep the sessions that were held: ``at``, ``ids``, ``name``, ``day`` of each."""
    require(sessions, "status", name=file)
    first, problems = days_in(sessions, "date_from", file=file)
    last, more = days_in(sessions, "date_to", file=file)
    problems += more
    words = ids_in(sessions, "status")
    code_of = {word: match_value("activities", "status", word) for word in set(words)}
    kept = np.array([code_of[word] in status for word in words], bool)
    known_words = ", ".join(table("activities").columns["status"].values)
    problems += [
        Problem(file, row_of(sessions, at), "status", word or "",
                text("one of: {known}", known=known_words), text("left out"))
        for at, word in enumerate(words) if code_of[word] is None
    ]  # fmt: skip
    if activity is not None:
        require(sessions, "activity", name=file)
        known = keys_of({name: [] for name in activity})
        kept &= np.array([spelling_key(word) in known for word in sessions["activity"]], bool)
    begins, ends = np.where(np.isnat(first), last, first), np.where(np.isnat(last), first, last)
    if period is not None:
        span = read_span(period)
        undated = kept & np.isnat(begins)
        problems += [
            Problem(file, row_of(sessions, at), "date_from", "", text("a date such as 2024-04-30"),
                    text("left out"))
            for at in np.flatnonzero(undated).tolist()
        ]  # fmt: skip
        kept &= (begins <= np.datetime64(span.last)) & (ends >= np.datetime64(span.first))
    columns = [ids_in(sessions, column) for column in IDS]
    names = ids_in(sessions, "locality")
    at = np.flatnonzero(kept)
    return pd.DataFrame(
        {
            "at": at,
            "ids": pd.Series(
                [[own[row] for own in columns if own[row]] for row in at.tolist()], dtype="object"
            ),
            "name": pd.Series([names[row] for row in at.tolist()], dtype="object"),
            "day": np.where(np.isnat(ends), _NO_DAY, ends.astype(np.int64))[at],
        }
    ), problems
