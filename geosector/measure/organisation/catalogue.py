"""How often what an office does took place: its own catalogue of activities, by place and month.

The catalogue is the office's: a name for each activity and the words that people write for it.
Nothing is built in, so nothing is sorted by faith or politics. An activity that is not in it is
listed; it is thrown together with no other.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

import pandas as pd

from geosector.errors import InputError
from geosector.language import text
from geosector.measure.coded import require_whole
from geosector.measure.months import Span
from geosector.measure.stock.given import (
    is_missing,
    key_of,
    keys_of,
    originals,
    parts_of,
    read_days,
    read_numbers,
    row_of,
    total,
)
from geosector.measure.stock.goods import good_of
from geosector.tables import Problem, fold_label, match_value, problems_table

_Cell: TypeAlias = tuple[str, str, str]  # activity, place, month
WORDS = ("en", "ar", "kmr", "ckb", "synonyms")
COLUMNS = (
    "activity", "locality_id", "locality", "month", "times", "reached", "planned",
    "reached_unknown",
)  # fmt: skip
PLANNED, CANCELLED = "planned", "cancelled"


class Counted(NamedTuple):
    """Activities by place and month, and the rows that do not count.

    ``table``: ``activity, locality_id, locality, month, times, reached, planned,
    reached_unknown``. ``without``: ``activity, locality_id, locality, month``, where none was
    going on.
    """

    table: pd.DataFrame
    without: pd.DataFrame
    problems: pd.DataFrame


class _Entry(NamedTuple):
    """One activity of the catalogue: its name, and the months of the year in which it is due."""

    name: str
    months: frozenset[int]


class _Act(NamedTuple):
    activity: str
    place: str
    first: dt.date
    last: dt.date
    status: str | None
    reached: float
    planned: float


def count_activities(
    activities: pd.DataFrame,
    catalogue: pd.DataFrame,
    *,
    span: Span,
    localities: pd.DataFrame | None = None,
    file: str = "activities",
) -> Counted:
    """Count activities by place and month.

    Parameters
    ----------
    activities : pandas.DataFrame
        ``activity, date_from``, and ``locality_id`` or ``locality``; where they are there
        ``date_to, reached, planned, status, id``.
    catalogue : pandas.DataFrame
        ``activity``: the name of each; ``en, ar, kmr, ckb, synonyms``, words for it, several in
        one cell separated by semicolons; ``months``, the months of the year in which it is due
        (``10-11``), where not all are. Each column but the first may be missing.
    span : Span
        The first and the last day, whole months.
    localities : pandas.DataFrame, optional
        ``locality_id`` and ``locality`` of all places that should have them. Default: those of the
        activities that count.
    file : str, optional
        What the list of problems calls the activities.

    Returns
    -------
    Counted
        An activity counts once, in the month of its first day; in ``without`` it is going on until
        its last. ``times`` are those that took place: planned ones add to ``planned`` only,
        cancelled ones to nothing. ``reached`` adds up what is known and is missing where nothing
        is; ``reached_unknown`` of them give no number. Who was reached twice counts twice.

    Raises
    ------
    MissingColumnError
        Where a column is missing.
    InputError
        Where a word means two activities of the catalogue, or months are none.

    Examples
    --------
    Two harvest days in October with 30 people and an unknown number; none in the second place:

    >>> catalogue = pd.DataFrame({"activity": ["olive harvest"], "ar": ["قطاف الزيتون"],
    ...                           "months": ["10"]})
    >>> activities = pd.DataFrame({"activity": ["Olive harvest", "قطاف الزيتون", "chess"],
    ...                            "locality": "A", "date_from": "2026-10-03",
    ...                            "reached": [30, None, 8]})
    >>> autumn = Span(dt.date(2026, 9, 1), dt.date(2026, 11, 30))
    >>> places = pd.DataFrame({"locality": ["A", "B"]})
    >>> found = count_activities(activities, catalogue, span=autumn, localities=places)
    >>> found.table[["activity", "locality", "month", "times", "reached", "reached_unknown"]]
            activity locality    month  times  reached  reached_unknown
    0  olive harvest        A  2026-10      2       30                1
    >>> found.without[["locality", "month"]].to_numpy().tolist()
    [['B', '2026-10']]
    >>> found.problems[["row", "given"]].to_numpy().tolist()
    [[2, 'chess']]
    >>> count_activities(activities[:0], catalogue, span=autumn).table.empty
    True
    >>> count_activities(activities, pd.concat([catalogue, catalogue.assign(activity="picnic")]),
    ...                  span=autumn)
    Traceback (most recent call last):
    geosector.errors.InputError: The word قطاف الزيتون means olive harvest and picnic; give ...
    """
    require_whole(activities, "activity", "date_from", name=file)
    if "locality_id" not in activities.columns:
        require_whole(activities, "locality", name=file)
    require_whole(catalogue, "activity", name="catalogue")
    if localities is not None:
        require_whole(localities, name="localities")
    entries, words, unnamed = _catalogue(catalogue)
    places = _Places(activities, localities)
    acts, problems = _acts(activities, words, places, file)
    months = [str(month) for month in pd.period_range(span.first, span.last, freq="M")]
    cells: dict[_Cell, list[_Act]] = defaultdict(list)
    busy: set[_Cell] = set()
    for act in acts:
        if span.first <= act.first <= span.last:
            cells[act.activity, act.place, f"{act.first:%Y-%m}"].append(act)
        if act.status != PLANNED:
            busy.update((act.activity, act.place, month) for month in _months(act, months))
    rows = [
        (entries[activity].name, *places.named(place), month, *_sums(cells[activity, place, month]))
        for activity, place, month in sorted(cells, key=lambda one: (
            list(entries).index(one[0]), places.rank(one[1]), one[2]))
    ]  # fmt: skip
    listed = places.listed if localities is not None else {act.place for act in acts}
    without = [
        (entry.name, *places.named(place), month)
        for activity, entry in entries.items()
        for place in sorted(listed, key=places.rank)
        for month in months
        if int(month[-2:]) in entry.months and (activity, place, month) not in busy
    ]
    table = pd.DataFrame(rows, columns=COLUMNS).astype(
        {"times": "int64", "reached": "Int64", "planned": "Int64", "reached_unknown": "int64"}
    )
    return Counted(
        table, pd.DataFrame(without, columns=COLUMNS[:4]), problems_table([*unnamed, *problems])
    )


def _sums(acts: list[_Act]) -> tuple[int, float | None, float | None, int]:
    """Add up one cell: times, reached, planned, and how many give no number of reached."""
    held = [act for act in acts if act.status != PLANNED]
    reached = [act.reached for act in held if not math.isnan(act.reached)]
    planned = [act.planned for act in acts if not math.isnan(act.planned)]
    return (
        len(held),
        total(reached) if reached else None,
        total(planned) if planned else None,
        len(held) - len(reached),
    )


def _months(act: _Act, months: list[str]) -> Iterator[str]:
    """Give the months of the span in which an activity is going on."""
    first, last = f"{act.first:%Y-%m}", f"{act.last:%Y-%m}"
    return (month for month in months if first <= month <= last)


# --------------------------------------------------------------- what is given


def _catalogue(
    catalogue: pd.DataFrame,
) -> tuple[dict[str, _Entry], dict[str, str], list[Problem]]:
    """Read the catalogue: its activities, and which activity each word means."""
    entries: dict[str, _Entry] = {}
    words: dict[str, str] = {}
    unnamed: list[Problem] = []
    for at, name in enumerate(catalogue["activity"].tolist()):
        own = good_of(name)
        if not own:
            label, expected = (
                row_of(catalogue.index[at]),
                text("a row with {column}", column="activity"),
            )
            unnamed.append(
                Problem("catalogue", label, "activity", text("nothing"), expected, text("left out"))
            )
            continue
        row = catalogue.iloc[at]
        months = parts_of(row["months"]) if "months" in catalogue.columns else []
        wrong = [one for one in months if not one.isdecimal() or not 1 <= int(one) <= 12]  # noqa: PLR2004
        if wrong:
            raise InputError(
                text(
                    "The months of {activity} are '{given}'; expected numbers from 1 to 12, such "
                    "as 10-11.",
                    activity=name,
                    given=row["months"],
                )
            )
        entries.setdefault(
            own, _Entry(str(name).strip(), frozenset(map(int, months)) or frozenset(range(1, 13)))
        )
        given = [part for column in WORDS if column in catalogue.columns
                 for part in parts_of(row[column])]  # fmt: skip
        for word in filter(good_of, (name, *given)):
            if words.setdefault(good_of(word), own) != own:
                raise InputError(
                    text(
                        "The word {word} means {one} and {other}; give each word one activity.",
                        word=word,
                        one=entries[words[good_of(word)]].name,
                        other=name,
                    )
                )
    return entries, words, unnamed


class _Places:
    """Places by their id, else by their name; a name without an id is the one id that has it."""

    def __init__(self, activities: pd.DataFrame, localities: pd.DataFrame | None) -> None:
        """Read the ids and names of both tables."""
        both = [one for one in (localities, activities) if one is not None]
        pairs = [_pairs(one) for one in both]
        self.ids = originals([own for table in pairs for own, _ in table])
        self.names: dict[str, str] = {}
        named: dict[str, set[str]] = defaultdict(set)
        for own, name in (pair for table in pairs for pair in table):
            key = key_of(own)
            if key is not None:
                named[fold_label(name)].add(key)
        self.only = {name: keys.copy().pop() for name, keys in named.items() if len(keys) == 1}
        for own, name in (pair for table in pairs for pair in table):
            place = self.of(own, name)
            if place and not is_missing(name):
                written = str(name).strip()
                self.names[place] = min(self.names.get(place, written), written)
        self.listed = {self.of(*pair) for pair in pairs[0]} - {""}

    def of(self, own: object, name: object) -> str:
        """Give what a place is compared by; empty where nothing says it."""
        key = key_of(own)
        folded = fold_label(name)
        key = self.only.get(folded) if key is None and folded else key
        return f"id {key}" if key is not None else f"name {folded}" if folded else ""

    def named(self, place: str) -> tuple[Any, str | None]:
        """Give the id and the name of a place."""
        return self.ids.get(place.removeprefix("id ")), self.names.get(place)

    def rank(self, place: str) -> tuple[str, str]:
        """Set places in order: by name, then by id."""
        return self.names.get(place, ""), place


def _pairs(rows: pd.DataFrame) -> list[tuple[Any, Any]]:
    empty = [None] * len(rows)
    ids = rows["locality_id"].tolist() if "locality_id" in rows.columns else empty
    names = rows["locality"].tolist() if "locality" in rows.columns else empty
    return list(zip(ids, names, strict=True))


def _acts(
    activities: pd.DataFrame, words: Mapping[str, str], places: _Places, file: str
) -> tuple[list[_Act], list[Problem]]:
    """Read what took place or will; list the rows that cannot be used."""
    left_out, unknown = text("left out"), text("taken as not known")
    first = read_days(activities, "date_from", file=file, action=left_out)
    last = read_days(activities, "date_to", file=file, action=text("the first day counts"))
    reached = read_numbers(activities, "reached", file=file, action=unknown, whole=True)
    planned = read_numbers(activities, "planned", file=file, action=unknown, whole=True)
    problems = [*first.problems, *last.problems, *reached.problems, *planned.problems]
    contents = list(zip(*(map(str, activities[one]) for one in activities.columns), strict=True))
    ids = keys_of(activities["id"]) if "id" in activities.columns else [None] * len(activities)
    seen: set[tuple[str, ...]] = set()
    seen_ids: set[str | None] = set()
    acts = []
    for at, (place, word) in enumerate(
        zip(_pairs(activities), activities["activity"], strict=True)
    ):
        label, start, end = row_of(activities.index[at]), first.found[at], last.found[at]
        where = places.of(*place)
        status = _status(activities, at)
        lacks = next(
            (column for column, there in (("activity", not is_missing(word)), ("locality", where),
             ("date_from", start or any(p.row == label for p in first.problems))) if not there),
            None,
        )  # fmt: skip
        if lacks:
            expected = text("a row with {column}", column=lacks)
            problems.append(Problem(file, label, lacks, text("nothing"), expected, left_out))
        elif good_of(word) not in words:
            expected = text("an activity of the catalogue")
            problems.append(Problem(file, label, "activity", str(word), expected, left_out))
        elif contents[at] in seen and ids[at]:
            expected = text("a row that is not there already")
            problems.append(Problem(file, label, "id", str(ids[at]), expected, left_out))
        elif start and status != CANCELLED:
            twice = "id" if ids[at] in seen_ids else "activity" if contents[at] in seen else None
            if twice:
                given = str(ids[at]) if twice == "id" else str(word)
                expected, action = text("an id of its own"), text("counted besides; give ids")
                problems.append(Problem(file, label, twice, given, expected, action))
            if end and end < start:
                expected = text("a day not before {first}", first=start)
                action = text("the first day counts")
                problems.append(Problem(file, label, "date_to", str(end), expected, action))
            figures = float(reached.found[at]), float(planned.found[at])
            ended = max(end or start, start)
            acts.append(_Act(words[good_of(word)], where, start, ended, status, *figures))
        seen.add(contents[at])
        seen_ids |= {ids[at]} - {None}
    return acts, problems


def _status(activities: pd.DataFrame, at: int) -> str | None:
    if "status" not in activities.columns:
        return None
    return match_value("activities", "status", activities["status"].iloc[at])
