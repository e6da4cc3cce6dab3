"""Where people need something and nobody serves them, or too few: activities against needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import text
from geosector.measure.coded import require
from geosector.measure.coordination.cells import ids_in, one_day, whole_table
from geosector.measure.coordination.reported import (
    ACTIVE,
    UNSTATED,
    Reported,
    compare_rows,
    statuses,
)
from geosector.measure.coordination.spelling import Known, keys_of, spelling_key
from geosector.measure.coordination.wanted import places_of, read_wanted
from geosector.measure.coordination.who import BETWEEN
from geosector.measure.months import Span, spans_of
from geosector.tables import Problem, problems_table

Flags = NDArray[np.bool_]

_ANY = -2  # any activity answers the need


class Gaps(NamedTuple):
    """What is needed and not done.

    ``table``: the rows of ``coverage`` that are gaps, with ``why``: ``none`` (no such activity is
    reported), ``stopped`` (only in statuses that do not count), ``outside`` (only outside the
    period), ``too_few`` (fewer people reached than asked for). ``possible``: gaps but for
    activities whose period is not known. ``coverage``: one row for each need, in order of area:
    ``area_id``, ``activity`` (missing where any counts), ``group``, ``people``, ``organisations``,
    ``names``, ``rows``, ``planned``, ``reached`` (as reported, added up: at most so many people),
    ``reached_min`` (at least so many), ``without_reached`` (rows that state no number), ``ratio``
    (reached / people), ``gap`` (people − reached: at least so many are not reached), ``gap_max``
    (people − reached_min), ``over`` (whether more are reached than need it). ``problems`` has the
    usual columns.
    """

    table: pd.DataFrame
    possible: pd.DataFrame
    coverage: pd.DataFrame
    problems: pd.DataFrame


def find_gaps(
    needs: pd.DataFrame,
    activities: pd.DataFrame,
    known: Known | None = None,
    *,
    period: str | tuple[object, object] | None = None,
    answers: Mapping[str, Sequence[str]] | None = None,
    area: str = "locality_id",
    least: float = 0.0,
    status: Sequence[str] = ACTIVE,
    open_end: bool = False,
) -> Gaps:
    """Set activities against what is needed, place by place.

    Parameters
    ----------
    needs : pandas.DataFrame
        ``area_id`` (or ``locality_id``, or ``locality``); ``activity`` where each row says what is
        needed; ``people`` and ``group`` where they are known. A list of places and activities
        that must be there is enough. Where there is no ``activity`` and a group is the name of an
        activity (food, water), groups are read as activities.
    activities : pandas.DataFrame
        As for `overlaps.find_overlaps`.
    known : Known, optional
        Which spellings are one, and where places are.
    period : str or (first, last), optional
        A month (2024-04), a year, or two days: only activities with a day in it count. Default:
        all, whatever their period.
    answers : mapping of str to sequence of str, optional
        Which activities answer the need of a group: ``{"displaced": ["shelter", "food"]}``. Each
        of them is then needed.
    area : str
        The column of the activities that ``area_id`` stands for, such as ``sector_id``.
    least : float
        The share of people, 0 to 1, that must be reached; 0: some activity is enough.
    status : sequence of str
        Which statuses count. A row that states none counts always.
    open_end : bool
        Whether a missing ``date_to`` states that the activity goes on.

    Returns
    -------
    Gaps
        A need of 0 people is no gap. A need of an unknown number of people is one, and has no
        ratio. Where an activity counts whose reached number is missing, ``reached`` may be more.

    Raises
    ------
    MissingColumnError
        Where a column is not there.
    InputError
        Where the period or a status is none, or ``least`` is not between 0 and 1.

    Examples
    --------
    >>> needs = pd.DataFrame({"area_id": ["a", "a", "b", "c"], "people": [100, 40, 50, 0],
    ...                       "activity": ["food", "water", "food", "food"]})
    >>> seen = pd.DataFrame({
    ...     "organisation": ["WFP", "IRC", "IRC"], "activity": ["Food", "food", "food"],
    ...     "locality_id": ["a", "a", "b"], "date_from": "2024-04-01", "date_to": "2024-04-30",
    ...     "reached": [60, 50, 20], "status": ["ongoing", "completed", "cancelled"],
    ... })
    >>> gaps = find_gaps(needs, seen, period="2024-04")
    >>> gaps.table[["area_id", "activity", "people", "why"]].values.tolist()
    [['a', 'water', 40.0, 'none'], ['b', 'food', 50.0, 'stopped']]
    >>> columns = ["reached_min", "reached", "ratio", "gap", "gap_max", "over"]
    >>> gaps.coverage[columns].iloc[:1].values.tolist()
    [[60.0, 110.0, 1.1, 0.0, 40.0, True]]
    >>> find_gaps(needs, seen, period="2024-05").table["why"].tolist()
    ['outside', 'none', 'stopped']
    >>> find_gaps(needs.iloc[:0], seen).table.empty, find_gaps(needs, seen.iloc[:0]).table["why"][0]
    (True, 'none')
    >>> find_gaps(needs, seen, least=60)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: least is 60; give a share from 0 to 1.
    """
    if not 0 <= least <= 1:
        raise InputError(
            text("{name} is {given}; give a share from 0 to 1.", name="least", given=least)
        )
    known, status = known or Known(), statuses(status)
    span = None if period is None else read_span(period)
    seen = _by_area(whole_table(activities, "activities"), area)
    wanted = read_wanted(needs, known, seen["activity"], answers)
    places = [table for table in (known.places, wanted.places) if table is not None]
    here = pd.concat(map(pd.DataFrame, places), ignore_index=True) if places else None
    reported = compare_rows(
        seen, known._replace(places=here), status=status, open_end=open_end
    )  # fmt: skip
    number, ambiguous = places_of(wanted.table["area_id"].tolist(), reported.places, here)
    coverage, tally = _covered(wanted.table.assign(place=number), reported, known, status, span)
    why = _why(coverage, tally, least)
    known_place = np.array(number, np.int64) != -2  # noqa: PLR2004 - a name of several places
    is_gap = (why != "") & ~(coverage["people"] == 0).to_numpy(bool) & known_place
    possible = is_gap & (tally["undated"] > 0).to_numpy(bool) & (why != "too_few")
    listed = coverage.assign(why=pd.Series(why, coverage.index, dtype="object"))
    problems = [*_nowhere(number, reported), *ambiguous, *wanted.problems, *reported.problems]
    return Gaps(
        listed[is_gap & ~possible].reset_index(drop=True),
        listed[possible].reset_index(drop=True),
        coverage,
        problems_table(problems),
    )


def read_span(period: object) -> Span:
    """Read a month, a year, or a first and a last day.

    Examples
    --------
    >>> str(read_span("2024-02").last), str(read_span(("2024-02-01", "2024-02-07")).last)
    ('2024-02-29', '2024-02-07')
    >>> read_span(("2024-02-07", "2024-02-01"))
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The period 2024-02-07 to 2024-02-01 ends before it begins.
    """
    if isinstance(period, str):
        return spans_of(period).current
    if not isinstance(period, tuple | list) or len(period) != 2:  # noqa: PLR2004 - first and last
        raise InputError(
            text(
                "A period is a month, or its first and its last day; {given} is neither.",
                given=period,
            )
        )
    first, last = (one_day(end).astype(dt.date) for end in period)
    if last < first:
        raise InputError(
            text("The period {first} to {last} ends before it begins.", first=first, last=last)
        )
    return Span(first, last)


def _by_area(activities: pd.DataFrame, area: str) -> pd.DataFrame:
    """Let the column that the needs are stated by say where each activity is."""
    require(activities, "organisation", "activity", name="activities")
    if area == "locality_id":
        return activities
    require(activities, area, name="activities")
    seen = activities.drop(columns=["locality", "locality_id"], errors="ignore")
    return seen.assign(locality_id=pd.Series(ids_in(activities, area), seen.index, dtype="object"))


def _nowhere(number: list[int], reported: Reported) -> list[Problem]:
    """Say it where no need and no activity share a place: then the ids are of two kinds."""
    if not number or not len(reported.every) or max(number) >= 0:
        return []
    expected = text("an area with at least one activity")
    return [Problem("needs", None, "area_id", "", expected, text("Kept: nothing is done there."))]


def _covered(
    wanted: pd.DataFrame, reported: Reported, known: Known, status: Sequence[str], span: Span | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Set what is done beside each need; count the rows by why they count or not."""
    canonical = keys_of(known.activities)
    keys = [spelling_key(word) for word in wanted["activity"]]
    numbers = [reported.activities.place_of.get(canonical.get(key, key), -1) for key in keys]
    wanted = wanted.assign(number=np.where(wanted["activity"].isna().to_numpy(bool), _ANY, numbers))
    within, undated, outside = _parted(reported.rows, span)
    met = _met(wanted, reported.rows[within])
    grouped = met.groupby("need", sort=True)
    everything = pd.RangeIndex(len(wanted))
    sums = grouped[["reached", "planned"]].sum(min_count=1).reindex(everything)
    single = met.drop_duplicates(["need", "organisation"]).sort_values(["need", "organisation"])
    named = pd.Series(reported.organisations.names, dtype="object").reindex(single["organisation"])
    names = single.assign(name=named.to_numpy(object)).groupby("need")["name"]
    made = wanted.drop(columns=["place", "number"]).assign(
        organisations=names.size().reindex(everything, fill_value=0),
        names=names.agg(BETWEEN.join).reindex(everything),
        rows=grouped.size().reindex(everything, fill_value=0),
        planned=sums["planned"],
        reached=sums["reached"],
        reached_min=grouped["reached"].max().reindex(everything),
    )
    made["without_reached"] = made["rows"] - grouped["reached"].count().reindex(
        everything, fill_value=0
    )
    nobody = (made["rows"] == 0).to_numpy(bool)
    for column in ("reached", "reached_min", "planned"):
        made[column] = made[column].mask(nobody, 0.0).astype(float)
    made["ratio"] = (made["reached"] / made["people"]).where(made["people"] > 0)
    made["gap"] = (made["people"] - made["reached"]).clip(lower=0)
    made["gap_max"] = (made["people"] - made["reached_min"]).clip(lower=0)
    made["over"] = (made["reached"] > made["people"]).to_numpy(bool)
    stopped = reported.every[~reported.every["status"].isin([*status, UNSTATED]).to_numpy(bool)]
    tally = pd.DataFrame(
        {
            name: _met(wanted, rows).groupby("need").size().reindex(everything, fill_value=0)
            for name, rows in (
                ("undated", reported.rows[undated]),
                ("outside", reported.rows[outside]),
                ("stopped", stopped),
            )
        }
    )
    return made, tally


def _parted(rows: pd.DataFrame, span: Span | None) -> tuple[Flags, Flags, Flags]:
    """Say which rows have a day in the period, which may have one, and which have none."""
    if span is None:
        every = np.ones(len(rows), bool)
        return every, ~every, ~every
    first, last = (int(np.datetime64(end, "D").astype(np.int64)) for end in span)
    touches = ((rows["first"] <= last) & (rows["last"] >= first)).to_numpy(bool)
    dated = rows["dated"].to_numpy(bool)
    # One end that lies in the period is a day in it, whatever the other.
    inside = rows["first"].between(first, last) | rows["last"].between(first, last)
    certain = touches & (dated | inside.to_numpy(bool))
    return certain, touches & ~certain, ~touches


def _met(wanted: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Join needs with the activities that answer them; ``need`` is the place in ``wanted``."""
    needs = wanted[["place", "number"]].reset_index(names="need")
    named = needs[needs["number"] != _ANY].merge(
        rows, left_on=["place", "number"], right_on=["place", "activity"]
    )
    anything = needs[needs["number"] == _ANY].merge(rows, on="place")
    return pd.concat([named, anything], ignore_index=True)


def _why(coverage: pd.DataFrame, tally: pd.DataFrame, least: float) -> NDArray[np.object_]:
    """Say why each need is a gap; nothing where it is none."""
    nobody = (coverage["rows"] == 0).to_numpy(bool)
    wanting = coverage["people"].to_numpy(float) * least
    few = ~nobody & (coverage["reached"].to_numpy(float) < wanting)
    cases = [
        (nobody & (tally["outside"] > 0).to_numpy(bool), "outside"),
        (nobody & (tally["stopped"] > 0).to_numpy(bool), "stopped"),
        (nobody, "none"),
        (few, "too_few"),
    ]
    return np.select([case for case, _ in cases], [why for _, why in cases], "").astype(object)
