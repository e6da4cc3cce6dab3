"""UNOSAT: structures that an analyst saw damaged on satellite images, one point for each.

A file holds one pass of a satellite or several, each with a sensor date and a damage class, in
columns ``SensorDate, Main_Damage_Site_Class``, then ``SensorDate_2, Main_Damage_Site_Class_2`` and
so on. Shapefiles cut these names after ten letters and count on from there (``Main_Damag,
Main_Dam_1``; ``MainDamage`` in 2015), and exports that spell the codes out put ``d_`` before them
(``d_Main_Dam, d_Main_D_1``). All are read; where a pass has both, the words win over the numbers.

UNOSAT ships no codebook with its points. The classes and their numbers are the domain of its
geodatabases, as those who publish work on them give it: ``prs-eth/ukraine-damage-mapping-tool``
(src/constants.py, on GitHub), and the layers of the Gaza Strip on data.humdata.org.

===  ===========================================  ==================  =============
no.  UNOSAT's words                               ``damage_class``    place_type
===  ===========================================  ==================  =============
1    Destroyed                                    destroyed
2    Severe Damage                                severe
3    Moderate Damage                              moderate
4    Possible Damage                              possible
5    Impact Crater (Damage to Road)               crater              road
6    No Visible Damage                            none
7    Impact Crater (Damage to Field)              crater              field
8    Destroyed (Demolition Zone)                  destroyed
9    Suspected Phosphorus shell Attack Zone       other
10   Road Damage from Tank Passage                other               road
11   Possible Damage from adjacent impact, debris possible
12   Lava Flow                                    other
13   Damage                                       damaged
===  ===========================================  ==================  =============

Any other class is listed and left empty. ``Damage_Status`` says what changed since the pass
before, in numbers that nobody explains: it is kept, and read only where it is the one column that
may hold a class, and then in words only. ``SiteID`` is the kind of site and identifies nothing.

An image shows damage, neither its cause nor its day: every row is of the kind ``other``, and its
date is the year of the first image that shows the damage, or the month where an image of the same
month still shows none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.language import text
from geosector.sources.check import read_text, row_number
from geosector.sources.dates import read_dates
from geosector.sources.feeds.rows import noted, with_columns
from geosector.sources.values import is_missing, western, written_as
from geosector.tables import Problem

# As shapefiles cut them, and whole.
_NAMES = {"governorat": "governorate", "municipali": "municipality"}
COLUMNS = frozenset({"municipality", "settlement", *_NAMES})
_DATE_STEMS = ("sensordate", "sensdate")
_CLASS_STEMS = ("maindamagesiteclass", "maindamageclass", "maindmgcls", "maindmgclass",
                "damagesiteclass", "damageclass", "dmgcls", "dmgclass")  # fmt: skip
_STATUS_STEMS = ("damagestatus",)
# The names of shapefiles have ten letters, of which a number takes some.
_CUT = 10
_SHORTEST = {"sensordate": 7, "sensdate": 6, "damagestatus": 7, "damagesiteclass": 8,
             "damageclass": 7}  # fmt: skip
_SHORTEST_OF_OTHERS = 5
_NUMBERED = re.compile(r"(.*?)_?(\d{1,2})")
# Counted from 1970 in milliseconds, as ArcGIS writes dates into GeoJSON; 1e11 is in 1973.
_MILLISECONDS_FROM = 1e11

_NUMBERS = {
    "1": "destroyed", "2": "severe", "3": "moderate", "4": "possible", "5": "crater in road",
    "6": "none", "7": "crater in field", "8": "destroyed", "9": "other", "10": "other on road",
    "11": "possible", "12": "other", "13": "damaged",
}  # fmt: skip
_WORDS = {
    "destroyed": "destroyed",
    "destroyed structure": "destroyed",
    "destroyed (demolition zone)": "destroyed",
    "severe damage": "severe",
    "severe": "severe",
    "severely damaged": "severe",
    "moderate damage": "moderate",
    "moderate": "moderate",
    "moderately damaged": "moderate",
    "possible damage": "possible",
    "possible": "possible",
    "possibly damaged": "possible",
    "possible damage from adjacent impact, debris": "possible",
    "possible damage from adjacent impact/debris": "possible",
    "damage": "damaged",
    "damaged": "damaged",
    "no visible damage": "none",
    "no damage visible": "none",
    "impact crater (damage to road)": "crater in road",
    "impact crater (damage to field)": "crater in field",
    "suspected phosphorus shell attack zone": "other",
    "road damage from tank passage": "other on road",
    "lava flow": "other",
}
# What a class says of the place beside the damage.
_PLACED = {
    "crater in road": ("crater", "road"),
    "crater in field": ("crater", "field"),
    "other on road": ("other", "road"),
}
_UNKNOWN = "?"


class _Pass(NamedTuple):
    """One look of a satellite: its number in the file, and the columns that tell of it."""

    number: int
    classes: tuple[str, ...]
    date: str | None
    in_words_only: bool


def has_passes(headers: Iterable[object]) -> bool:
    """Say whether columns are those of damage that satellites saw.

    Parameters
    ----------
    headers : iterable of str

    Returns
    -------
    bool
        True where a sensor date and a damage class are there.

    Examples
    --------
    >>> has_passes(["SensorDate", "Main_Damag", "Damage_Sta"]), has_passes(["SensorDate"])
    (True, False)
    >>> has_passes(["damage_class", "date"]), has_passes([])
    (False, False)
    """
    found = _passes([str(header) for header in headers])
    return any(one.date for one in found) and any(one.classes for one in found)


def _passes(headers: list[str]) -> list[_Pass]:
    """Sort the columns of sensor dates and damage classes by pass."""
    dates: dict[int, str] = {}
    classes: dict[int, list[str]] = {}
    status: dict[int, list[str]] = {}
    for header in headers:
        if (number := _pass_of(header, _DATE_STEMS)) is not None:
            dates.setdefault(number, header)
        elif (number := _pass_of(header, _CLASS_STEMS)) is not None:
            classes.setdefault(number, []).append(header)
        elif (number := _pass_of(header, _STATUS_STEMS)) is not None:
            status.setdefault(number, []).append(header)
    told = classes or status
    return [
        _Pass(number, tuple(sorted(told.get(number, []), key=_spells_out)), dates.get(number),
              not classes)
        for number in sorted({*dates, *told})
    ]  # fmt: skip


def _spells_out(header: str) -> bool:
    """Put columns of words before those of numbers: False sorts first."""
    return not header.casefold().startswith("d_")


def _pass_of(header: str, stems: tuple[str, ...]) -> int | None:
    """Say of which pass a column tells, where it is called by one of these stems, cut or whole."""
    name = header.strip().casefold()
    bare = name.removeprefix("d_")
    base, number = (
        (found[1], int(found[2])) if (found := _NUMBERED.fullmatch(bare)) else (bare, None)
    )
    base = base.replace("_", "").replace(" ", "")
    if base in stems:
        return number or 1
    if len(name) != _CUT or not any(
        stem.startswith(base) and len(base) >= _SHORTEST.get(stem, _SHORTEST_OF_OTHERS)
        for stem in stems
    ):
        return None
    # Main_Damag is the first of its name, Main_Dam_1 the second.
    return 1 if number is None else number + 1


def translated(cells: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Bring damage that UNOSAT saw under the names of the incidents.

    Parameters
    ----------
    cells : pandas.DataFrame
        Under UNOSAT's own names.
    file : str
        For the problems.

    Returns
    -------
    tuple = (cells, problems)
        With ``kind`` (other), ``date, date_precision, place_type, locality``, ``damage_class`` of
        the latest pass that has one, ``damage_class_at`` (its day) and ``damage_first_seen`` (the
        day of the first pass that shows damage), beside the columns of UNOSAT. Where no pass shows
        any damage, nothing happened: such rows are left out, and counted in a problem.
    """
    cells = cells.rename(columns=_NAMES)
    passes = _passes([str(header) for header in cells.columns])
    seen, problems = _classes(cells, passes, file)
    days, unread = _days(cells, passes, file)
    seen, days = _in_order(seen, days)
    harmed = (seen != "") & (seen != "none")
    first = np.where(harmed.any(axis=1), harmed.argmax(axis=1), -1)
    latest = seen.shape[1] - 1 - (seen != "")[:, ::-1].argmax(axis=1)
    unharmed = (first < 0) & (seen != "").any(axis=1)
    first_day = _picked(_filled(days), np.maximum(first, 0))
    precision = _precision(seen, days, first, first_day)
    told = [_PLACED.get(word, (word, None)) for word in _picked(seen, latest).tolist()]
    made = with_columns(
        cells,
        {
            "kind": ["other"] * len(cells),
            "date": _written(first_day, precision),
            "date_precision": precision,
            "place_type": [place for _, place in told],
            "damage_class": [word if word not in {"", _UNKNOWN} else None for word, _ in told],
            "damage_class_at": _written(_picked(days, latest)),
            "damage_first_seen": _written(first_day),
        },
    )
    notes = _told(file, unharmed)
    return _with_locality(made)[~unharmed], [*notes, *problems, *unread]


# ---------------------------------------------------------------- one pass


def _classes(
    cells: pd.DataFrame, passes: list[_Pass], file: str
) -> tuple[NDArray[np.object_], list[Problem]]:
    """Read the class of every row in every pass: "" where there is none, "?" where unknown."""
    seen = np.full((len(cells), len(passes)), "", object)
    problems = []
    for at, one in enumerate(passes):
        for column in one.classes:
            found, given = _read(cells[column], in_words_only=one.in_words_only)
            unsaid = (seen[:, at] == "") | (seen[:, at] == _UNKNOWN)
            seen[unsaid & (found != ""), at] = found[unsaid & (found != "")]
            problems += [
                _unknown(file, cells.index, place, column, given[place])
                for place in np.flatnonzero(unsaid & (found == _UNKNOWN)).tolist()
            ]
    known = [column for one in passes for column in one.classes]
    problems += [
        _unknown(file, cells.index, place, known[0], "")
        for place in np.flatnonzero((seen == "").all(axis=1)).tolist()
    ]
    return seen, problems


def _read(
    cells: pd.Series, *, in_words_only: bool
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    # Each different cell is read once: a file has a few classes, and millions of cells.
    code, different = pd.factorize(cells)
    given = ["" if is_missing(cell) else written_as(cell).strip() for cell in different.tolist()]
    found = []
    for word in given:
        folded = " ".join(western(word).casefold().split())
        number = None if in_words_only else _NUMBERS.get(folded.removesuffix(".0"))
        found.append("" if not word else number or _WORDS.get(folded, _UNKNOWN))
    # The last stands for what is missing, whose code is -1.
    return np.array([*found, ""], object)[code], np.array([*given, ""], object)[code]


def _unknown(file: str, index: pd.Index, place: int, column: str, given: str) -> Problem:
    expected = text("a damage class of UNOSAT, such as Destroyed or Severe Damage")
    return Problem(file, row_number(index, place), column, given, expected,
                   text("Left without a value."))  # fmt: skip


def _days(
    cells: pd.DataFrame, passes: list[_Pass], file: str
) -> tuple[NDArray[np.datetime64], list[Problem]]:
    """Read the day of every pass for every row; what is no date is listed."""
    days = np.full((len(cells), len(passes)), "NaT", "datetime64[D]")
    problems = []
    for at, one in enumerate(passes):
        if one.date is None:
            continue
        code, different = pd.factorize(cells[one.date])
        read = [_of_milliseconds(cell) for cell in different.tolist()]
        values, _, remarks = read_dates(pd.Series(read, dtype=object))
        known = np.append(values.to_numpy().astype("datetime64[D]"), np.datetime64("NaT"))
        days[:, at] = known[code]
        problems += [
            Problem(file, row_number(cells.index, place), one.date, *remark[1:])
            for remark in remarks
            for place in np.flatnonzero(code == remark.position).tolist()
        ]
    return days, problems


def _of_milliseconds(cell: object) -> object:
    if not isinstance(cell, int | float) or abs(cell) < _MILLISECONDS_FROM:
        return cell
    return pd.Timestamp(cell, unit="ms")


# ---------------------------------------------------------------- all passes


def _in_order(
    seen: NDArray[np.object_], days: NDArray[np.datetime64]
) -> tuple[NDArray[np.object_], NDArray[np.datetime64]]:
    """Put the passes of each row in the order of their days; one without keeps its place."""
    when = np.where(np.isnat(days), np.int64(0), days.astype("int64"))
    for at in range(1, when.shape[1]):
        unsaid = np.isnat(days[:, at])
        when[unsaid, at] = when[unsaid, at - 1]
    order = np.argsort(when, axis=1, kind="stable")
    return np.take_along_axis(seen, order, axis=1), np.take_along_axis(days, order, axis=1)


def _filled(days: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Give an image without a day that of the next: what it shows was there by then."""
    filled = days.copy()
    for at in range(days.shape[1] - 2, -1, -1):
        unsaid = np.isnat(filled[:, at])
        filled[unsaid, at] = filled[unsaid, at + 1]
    return filled


def _picked(table: NDArray[Any], columns: NDArray[np.int64]) -> NDArray[Any]:
    return table[np.arange(len(table)), columns]


def _precision(
    seen: NDArray[np.object_],
    days: NDArray[np.datetime64],
    first: NDArray[np.int64],
    first_day: NDArray[np.datetime64],
) -> list[str]:
    """Say how much is known of the date: the month where an earlier image of it shows no damage."""
    whole = np.full(len(seen), "NaT", "datetime64[D]")
    for at in range(seen.shape[1]):
        before = (seen[:, at] == "none") & (at < first)
        whole[before] = days[before, at]
    same = whole.astype("datetime64[M]") == first_day.astype("datetime64[M]")
    return ["month" if one else "year" for one in same.tolist()]


def _written(days: NDArray[np.datetime64], precision: list[str] | None = None) -> list[str | None]:
    """Write days as text, with no more than is known of them."""
    ends = {"month": 7, "year": 4}
    said = precision or ["day"] * len(days)
    return [
        None if word == "NaT" else word[: ends.get(one)]
        for word, one in zip(np.datetime_as_string(days).tolist(), said, strict=True)
    ]


def _with_locality(cells: pd.DataFrame) -> pd.DataFrame:
    """Take the settlement for the locality, or the municipality where none is named."""
    columns = [column for column in ("settlement", "municipality") if column in cells.columns]
    if not columns or "locality" in cells.columns:
        return cells
    named = read_text(cells[columns[0]]).astype(object)
    for column in columns[1:]:
        named = named.where(named.notna(), read_text(cells[column]))
    return cells.assign(locality=named)


def _told(file: str, unharmed: NDArray[np.bool_]) -> list[Problem]:
    """Say what our table cannot hold."""
    whole = partial(Problem, file, None)
    harmed = (~unharmed).tolist()
    return [
        *noted(
            harmed,
            whole(
                "kind",
                text("damage on images"),
                text("reports of what happened"),
                text("Read as {value}.", value="other"),
            ),
        ),
        *noted(
            harmed,
            whole(
                "date",
                text("days of images"),
                text("when it happened"),
                text("Read as the year of the first image that shows it, or its month where "
                     "another image shows none."),
            ),
        ),
        *noted(
            unharmed.tolist(),
            whole(
                "damage_class",
                "No Visible Damage",
                text("damage"),
                text("The rows were left out."),
            ),
        ),
    ]  # fmt: skip
