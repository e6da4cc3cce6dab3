"""Every incident as a point: the layer, and what its card, its table and its filters tell.

The layer holds the places (`geosector.maps.planes`) and ``columns``, each with ``id``, ``label``,
``type`` and the codes of all incidents in the order of the places:

- ``names``: 0 is missing, 1 the first of ``values``, the commonest. ``counts`` (of the missing,
  then of each value) where one may filter by it; ``marks`` (colour and outline, likewise) of
  the kinds.
- ``numbers``: 0 is missing, 1 is zero, 2 is one …
- ``days``: 0 is missing, 1 is the day ``first``; ``last`` is the code of the last day,
  ``missing`` how many have none. ``precision`` holds codes, 0 where the day is
  known, 1 where only the month (whose first day is written), 2 where only the year; None where
  every day is known.

A column that the table lacks, or that is nowhere filled, is left out and costs nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector import crs
from geosector.maps import theme, words
from geosector.maps.planes import pack_codes, pack_places
from geosector.maps.saying import Words, number, said
from geosector.maps.time.periods import possible_days

Layer = dict[str, Any]
Column = dict[str, Any]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

GRID_M = 1.0  # places keep to half a metre, eastwards and northwards
# More points than this hide one another, so the layer is off until somebody asks for it.
MOST_SHOWN = 2000
# A place known no better than this is drawn hollow: no precision is invented.
ROUGH_M = 1000.0
# Different names of one column, and the letters in all of them. The ids of an office's year fit; a
# million would take ten times as much as everything else on the map.
MOST_NAMES = 25_000
MOST_TEXT = 500_000
LARGEST = 1e8  # a number beyond this is a slip
FATES = ("killed", "injured")
GROUPS = ("man", "woman", "boy", "girl", "child", "unspecified")


def layer(incidents: pd.DataFrame, lon: Floats, lat: Floats) -> Layer:
    """Make the layer of all incidents that have a place.

    Parameters
    ----------
    incidents : pandas.DataFrame
        As the audience may see them (`geosector.for_audience`): one row for each incident. Used
        are ``date, date_precision, kind, locality, weapon, cause, severity, killed_…, injured_…,
        radius_m, id``, those there are.
    lon, lat : array, shape (n,)
        Degrees, the place of each row.

    Returns
    -------
    dict
        For the scene. A place keeps to 0.5 m eastwards and northwards.

    Raises
    ------
    InputError
        Where a column of numbers holds something else.

    Examples
    --------
    >>> kinds, dates = ["fire", "attack", "fire"], ["2024-04-02", None, "2024"]
    >>> table = pd.DataFrame({"kind": kinds, "date": dates})
    >>> made = layer(table, np.array([37.0, 37.1, 37.0]), np.array([36.0, 36.1, 36.0]))
    >>> made["places"]["count"], [column["id"] for column in made["columns"]]
    (3, ['date', 'kind'])
    >>> layer(table[:0], np.array([]), np.array([]))["columns"]
    []
    >>> layer(table.assign(radius_m="near"), np.zeros(3), np.zeros(3))
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The column radius_m holds 'near'; give a number or leave it empty.
    """
    x, y = crs.world_points(lon, lat)
    places, order = pack_places(x, y, crs.world_unit(GRID_M, lat))
    made = [
        _days(incidents),
        _names(incidents, "kind", said("Kind"), filtered=True),
        _names(incidents, "locality", said("Locality")),
        _names(incidents, "weapon", said("Weapon"), filtered=True),
        _names(incidents, "cause", said("Cause"), filtered=True),
        _names(incidents, "severity", said("Severity"), filtered=True),
        *_casualties(incidents, "killed", said("Killed"), said("Killed, at most")),
        *_casualties(incidents, "injured", said("Injured"), said("Injured, at most")),
        _radii(incidents),
        _names(incidents, "id", said("Incident number")),
    ]
    there = [column for column in made if column is not None]
    columns = [column for column in there if "codes" in column]
    return {
        "kind": "points",
        "id": "points",
        "name": said("Every incident ({n})", n=number(len(incidents))),
        "shown": len(incidents) <= MOST_SHOWN,
        "notes": [
            *(
                said(
                    "Too many different entries to keep in the map: {column}",
                    column=column["label"],
                )
                for column in there
                if "codes" not in column
            ),
            *_roughly(columns),
        ],
        "places": places,
        "columns": [_packed(column, order) for column in columns],
        "rough_m": ROUGH_M,
        "plain": theme.PLAIN_MARK._asdict(),
    }


def _packed(column: Column, order: Ints) -> Column:
    """Pack the codes of a column in the order of the places."""
    told = {name: value for name, value in column.items() if name not in {"codes", "vague"}}
    if column["type"] == "days":
        vague = column["vague"]
        told["precision"] = pack_codes(vague[order]) if vague.any() else None
    return {**told, **pack_codes(column["codes"][order], even=column["type"] == "days")}


def _roughly(columns: list[Column]) -> list[Words]:
    """Say how many places are known only roughly, if any."""
    radii = [column["codes"] for column in columns if column["id"] == "radius_m"]
    rough = sum(int((codes > ROUGH_M + 1).sum()) for codes in radii)
    if not rough:
        return []
    return [
        said(
            "Hollow marks: the place is known only within more than {radius}: {n}",
            radius=words.metres(ROUGH_M),
            n=number(rough),
        )
    ]


# ------------------------------------------------------------------ names


class Ranked(NamedTuple):
    """Different names, the commonest first; how often each; of each row 0 or its name's place."""

    names: list[str]
    counts: list[int]
    codes: Ints


def _ranked(cells: pd.Series) -> Ranked:
    """Rank the cells of a column as they are written; blank ones are missing."""
    found, different = pd.factorize(cells)  # a missing cell has the code -1: the last label
    # Cells that differ only in type read the same.
    same, written = pd.factorize(np.array([words.label(cell) for cell in different], dtype=object))
    codes = np.append(same, -1)[found]
    counts = np.bincount(codes[codes >= 0], minlength=len(written))
    told = [at for at, name in enumerate(written) if name.strip()]
    order = sorted(told, key=lambda at: (-counts[at], written[at]))
    rank = np.zeros(len(written) + 1, np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    return Ranked([written[at] for at in order], [int(counts[at]) for at in order], rank[codes])


def _names(rows: pd.DataFrame, name: str, label: Words, *, filtered: bool = False) -> Column | None:
    """Make a column of names; without codes where they would take too much room."""
    if name not in rows:
        return None
    # A million ids are seen to be too many by their beginning.
    if rows[name].head(2 * MOST_NAMES).nunique() > MOST_NAMES:
        return {"id": name, "label": label}
    ranked = _ranked(rows[name])
    if not ranked.names:
        return None
    if len(ranked.names) > MOST_NAMES or sum(map(len, ranked.names)) > MOST_TEXT:
        return {"id": name, "label": label}
    values: list[Words] = list(ranked.names)
    column: Column = {"id": name, "type": "names", "label": label, "codes": ranked.codes}
    if name == "kind":
        values = [words.incident(one) if one in words.INCIDENT_KINDS else one for one in values]
        column["marks"] = _marks(ranked.names)
    if filtered:
        column["counts"] = [len(rows) - sum(ranked.counts), *ranked.counts]
    return {**column, "values": values}


def _marks(kinds: list[str]) -> list[dict[str, str]]:
    """Give colour and outline of each kind: known kinds keep theirs, others take what is left."""
    others = iter(theme.OTHER_MARKS)
    marks = [theme.MARKS.get(kind) or next(others, theme.PLAIN_MARK) for kind in kinds]
    return [mark._asdict() for mark in marks]


# ------------------------------------------------------------------ days


def _days(rows: pd.DataFrame) -> Column | None:
    """Make the column of days, with what is known of each."""
    if "date" not in rows:
        return None
    day, vague = _dated(rows)
    known = ~np.isnat(day)
    if not known.any():
        return None
    first = day[known].min()
    since = np.where(known, (day - first).astype(np.int64) + 1, 0)
    return {
        "id": "date",
        "type": "days",
        "label": said("Date"),
        "first": str(first),
        "last": int(since.max()),
        "missing": int((~known).sum()),
        "codes": since,
        "vague": vague,
    }


def _dated(rows: pd.DataFrame) -> tuple[NDArray[np.datetime64], Ints]:
    """Read days, and what of them is known: 0 the day, 1 the month, 2 the year."""
    first, last = possible_days(rows)  # as the slider over time reads them
    vague = np.zeros(len(first), np.int64)
    rough = np.flatnonzero(first < last)
    whole_year = first[rough].astype("datetime64[M]") != last[rough].astype("datetime64[M]")
    vague[rough] = np.where(whole_year, 2, 1)
    return first, vague


# ------------------------------------------------------------------ numbers


def _casualties(
    rows: pd.DataFrame, fate: str, label: Words, most_label: Words
) -> list[Column | None]:
    """Make the column of people killed or injured; a second one where ranges were reported."""
    least, most = np.full((2, len(rows)), np.nan)
    groups = [f"{fate}_{group}" for group in GROUPS]
    reported = [
        [name + end for end in ("", "_min", "_max") if name + end in rows] for name in groups
    ]
    if not any(reported):
        return []
    for names in filter(None, reported):
        spread = pd.concat([words.numbers(rows, name, np.nan) for name in names], axis=1)
        least = _plus(least, spread.min(axis=1).to_numpy(float))
        most = _plus(most, spread.max(axis=1).to_numpy(float))
    made = [_numbers(fate, label, least)]
    if np.any(most > least):
        made.append(_numbers(f"{fate}_most", most_label, most))
    return made


def _plus(total: Floats, part: Floats) -> Floats:
    """Add what is known; only where nothing is, the total is missing."""
    nothing = np.isnan(total) & np.isnan(part)
    return np.where(nothing, np.nan, np.nan_to_num(total) + np.nan_to_num(part))


def _radii(rows: pd.DataFrame) -> Column | None:
    """Make the column of radii, rounded up to whole metres; an exact place has none."""
    if "radius_m" not in rows:
        return None
    radius = words.numbers(rows, "radius_m", np.nan).to_numpy(float)
    return _numbers("radius_m", said("Known within"), np.where(radius > 0, np.ceil(radius), np.nan))


def _numbers(name: str, label: Words, values: Floats) -> Column | None:
    """Make a column of whole numbers from 0; what is none of these is missing."""
    there = (values >= 0) & (values <= LARGEST)
    if not there.any():
        return None
    codes = np.where(there, np.rint(np.where(there, values, 0)) + 1, 0).astype(np.int64)
    return {"id": name, "type": "numbers", "label": label, "codes": codes}
