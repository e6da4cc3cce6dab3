"""What is needed where, and whom it is needed for, as needs or as a list of what must be there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from geosector.errors import InputError, MissingColumnError
from geosector.language import text
from geosector.measure.coordination.cells import ids_in, whole_table
from geosector.measure.coordination.needs import count_needs
from geosector.measure.coordination.places import UNITS, Places
from geosector.measure.coordination.spelling import Known, keys_of, spelling_key
from geosector.tables import Problem

AREA = ("area_id", "locality_id", "locality")


class Wanted(NamedTuple):
    """Needs, one row for each place and activity.

    ``table``: ``area_id``, ``activity`` (missing where any counts), ``group``, ``people``,
    ``people_min``. ``places``: the names of areas that have an id, as `spelling.Known` takes
    them; None where no names are stated. ``problems``: rows that could not be used.
    """

    table: pd.DataFrame
    places: pd.DataFrame | None
    problems: list[Problem]


def read_wanted(
    needs: pd.DataFrame,
    known: Known,
    activities: pd.Series,
    answers: Mapping[str, Sequence[str]] | None = None,
) -> Wanted:
    """Read what is needed where.

    Parameters
    ----------
    needs : pandas.DataFrame
        ``area_id``, or ``locality_id``, or ``locality``; any of ``activity``, ``group``,
        ``people``, ``date``.
    known : Known
        Which spellings of activities are one.
    activities : pandas.Series
        The words for activities that are met.
    answers : mapping of str to sequence of str, optional
        The activities that answer the need of a group.

    Returns
    -------
    Wanted
        Where neither activity nor answers tell what is needed, groups of one area are one need:
        ``people`` adds them up (at most so many), ``people_min`` is the greatest of them.

    Raises
    ------
    MissingColumnError
        Where no column says where.
    InputError
        Where ``answers`` lacks a group.

    Examples
    --------
    >>> needs = pd.DataFrame({"area_id": ["a", "a"], "group": ["displaced", "infants"],
    ...                       "people": [90, 20]})
    >>> met = pd.Series(["food", "shelter"])
    >>> columns = ["area_id", "activity", "people", "people_min"]
    >>> read_wanted(needs, Known(), met).table[columns].values.tolist()
    [['a', None, 110.0, 90.0]]
    >>> answers = {"Displaced": ["shelter", "food"], "infants": []}
    >>> read_wanted(needs, Known(), met, answers).table[columns[:3]].values.tolist()
    [['a', 'food', 90.0], ['a', 'shelter', 90.0]]
    >>> read_wanted(needs.iloc[:0], Known(), met).table.empty
    True
    >>> read_wanted(needs, Known(), met, {"infants": ["milk"]})
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: No activity answers the needs of the group displaced. Name ...
    """
    rows = whole_table(needs, "needs")
    there = [column for column in AREA if column in rows]
    if not there:
        raise MissingColumnError(
            text(
                "The table {name} lacks the column {column}; it has: {columns}.",
                name="needs",
                column="area_id",
                columns=", ".join(map(str, rows.columns)),
            )
        )
    ids, *others = (ids_in(rows, column) for column in there)
    areas = pd.Series(ids, rows.index, dtype="object")
    for other in others:  # a row without an id is where its name says
        areas = areas.fillna(pd.Series(other, rows.index, dtype="object"))
    given = rows.assign(area_id=areas)
    if "people" not in given:
        given["people"] = np.nan
    if answers is not None:
        given = _answered(given, answers)
    elif "activity" not in given and "group" in given and _name_activities(
        given["group"], known, activities
    ):  # fmt: skip
        given = given.assign(activity=given["group"])
    counted = count_needs(given, known.activities)
    table = counted.table.drop(columns="sources")
    if table["activity"].isna().any():
        table = _any_activity(table)
    places = None
    if "locality" in rows and there[0] != "locality":
        kept = [unit for unit in UNITS if unit in rows]
        places = rows[kept].assign(id=ids, name=rows["locality"])
    problems = [Problem(*row) for row in counted.problems.itertuples(index=False)]
    return Wanted(table, places, problems)


def places_of(
    areas: Sequence[str], places: Places, known: pd.DataFrame | None
) -> tuple[list[int], list[Problem]]:
    """Find the place of each area among those of activities: by its id, else by its name.

    Parameters
    ----------
    areas : sequence of str
        Ids or names.
    places : Places
        Of the activities.
    known : pandas.DataFrame, optional
        Places with ``id``: what is an id there is no name.

    Returns
    -------
    tuple = (list of int, list of Problem)
        The row in ``places.table``; -1 where no activity is there, -2 where a name could be
        several, which is listed.

    Examples
    --------
    >>> from geosector.measure.coordination.places import find_places
    >>> seen = pd.DataFrame({"locality_id": ["a", "b", "c"],
    ...                      "locality": ["Kafr", "Kafr", "Sarmin"]})
    >>> there = find_places(seen, file="")
    >>> numbers, problems = places_of(["b", "SARMIN", "Kafr", "x"], there, None)
    >>> numbers, [problem.given for problem in problems]
    ([1, 2, -2, -1], ['Kafr'])
    >>> places_of([], there, None)
    ([], [])
    """
    at = {own: number for number, own in enumerate(places.table["locality_id"]) if own is not None}
    ids = set() if known is None else set(ids_in(known, "id"))
    numbers: list[int] = []
    problems: list[Problem] = []
    for area in areas:
        found = at.get(area)
        if found is None:
            named = set() if area in ids else places.named.get(spelling_key(area), set())
            found = min(named) if len(named) == 1 else -2 if named else -1
        if found == -2:  # noqa: PLR2004 - several
            problems.append(
                Problem("needs", None, "area_id", area,
                        text("a name of one place only, or its id"), text("left out"))
            )  # fmt: skip
        numbers.append(found)
    return numbers, problems


def _name_activities(groups: pd.Series, known: Known, activities: pd.Series) -> bool:
    """Tell whether groups are names of activities: needs may be stated by either."""
    canonical = keys_of(known.activities)
    met = {spelling_key(word) for word in activities.dropna().unique()}
    there = {canonical.get(key, key) for key in met} | set(canonical.values())
    keys = {spelling_key(word) for word in groups.dropna().unique()}
    return any(canonical.get(key, key) in there for key in keys if key)


def _answered(needs: pd.DataFrame, answers: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Set a row for each activity that answers a group."""
    if "group" not in needs:
        raise MissingColumnError(
            text(
                "The table {name} lacks the column {column}; it has: {columns}.",
                name="needs",
                column="group",
                columns=", ".join(map(str, needs.columns)),
            )
        )
    of_group = {spelling_key(group): list(names) for group, names in answers.items()}
    listed = []
    for group in needs["group"]:
        if spelling_key(group) not in of_group:
            raise InputError(
                text(
                    "No activity answers the needs of the group {group}. Name it in answers, with "
                    "an empty list where none does.",
                    group=group,
                )
            )
        listed.append(of_group[spelling_key(group)])
    made = needs.assign(activity=pd.Series(listed, needs.index, dtype="object"))
    made = made.explode("activity")
    return made[made["activity"].notna()]


def _any_activity(table: pd.DataFrame) -> pd.DataFrame:
    """Make the groups of an area one need, where any activity counts."""
    anything = table["activity"].isna()
    grouped = table[anything].groupby("area_id", sort=True)
    merged = pd.DataFrame(
        {
            # A sum that lacks a number would be too small: it is not known.
            "people": grouped["people"].agg(lambda people: people.sum(skipna=False)),
            "people_min": grouped["people_min"].max(),
            "group": grouped["group"].agg(
                lambda words: words.iloc[0] if len(words) == 1 else None
            ),
        }
    ).reset_index()  # fmt: skip
    merged["activity"] = None
    both = pd.concat([table[~anything], merged[table.columns]]) if len(merged) else table
    return both.sort_values(["area_id", "activity"], na_position="first", ignore_index=True)
