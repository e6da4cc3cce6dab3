"""Which rows name the same place: by its id, else by its name where that names one place only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.language import text
from geosector.measure.coded import require
from geosector.measure.coordination.cells import ids_in, row_of
from geosector.measure.coordination.spelling import spelling_key
from geosector.measure.localities import AREAS
from geosector.tables import Problem

Ints = NDArray[np.int64]
Units = tuple[str, ...]  # governorate, district, sub-district; "" where not stated
Place = tuple[str, str, Units]  # an id; or "", the key of a name and its units

UNITS = ("admin1", "admin2", "admin3")
NAMES = ("name", "name_ar", "name_kmr", "name_ckb", "names", "name_lat", "alt_lat", "alt_ar")


class Places(NamedTuple):
    """The place of each row.

    ``number``, shape (rows,), is the row in ``table``; -1 where no place is stated, or a name could
    be several. ``table`` has ``locality_id`` (missing where only a name is known) and ``locality``,
    the commonest spelling. ``named``: which of these each name names, by its key. ``problems``:
    rows without a place.
    """

    number: Ints
    table: pd.DataFrame
    named: dict[str, set[int]]
    problems: list[Problem]


def find_places(rows: pd.DataFrame, known: pd.DataFrame | None = None, *, file: str) -> Places:
    """Find which rows name the same place.

    Different ids are different places, whatever their names. A row without an id belongs to the
    place that its name names, as other rows or ``known`` tell; where these are several, and
    ``admin1``, ``admin2``, ``admin3`` of the row do not leave one, its place is not known.

    Parameters
    ----------
    rows : pandas.DataFrame
        With ``locality_id``, ``locality`` or both; ``admin1`` … where there are any.
    known : pandas.DataFrame, optional
        ``id`` and names, such as a gazetteer; see `spelling.Known`. Its districts and governorates
        are no localities.
    file : str
        What the problems call the table.

    Returns
    -------
    Places

    Raises
    ------
    MissingColumnError
        Where there is neither column, or ``known`` lacks ``id``.

    Examples
    --------
    >>> seen = pd.DataFrame({"locality_id": ["a", "b", None, None, None],
    ...                      "locality": ["Sarmin", "Kafr", "SARMIN", "Binnish", None]})
    >>> places = find_places(seen, file="activities")
    >>> places.number.tolist(), places.table.values.tolist()
    ([1, 2, 1, 0, -1], [[None, 'Binnish'], ['a', 'SARMIN'], ['b', 'Kafr']])
    >>> towns = pd.DataFrame({"id": ["c", "d"], "name": ["Binnish", "Sarmin"]})
    >>> find_places(seen, towns, file="activities").problems[0].given
    'SARMIN'
    >>> find_places(seen.iloc[:0], file="activities").number.tolist()
    []
    >>> find_places(seen[[]], file="activities")
    Traceback (most recent call last):
    ...
    geosector.errors.MissingColumnError: The table activities lacks the column locality; it has: .
    """
    if "locality_id" not in rows:
        require(rows, "locality", name=file)
    ids = ids_in(rows, "locality_id")
    nothing: list[str | None] = [None] * len(rows)
    words = _written(rows["locality"]) if "locality" in rows else nothing
    key_of = {word: spelling_key(word) for word in set(words)}
    keys = [key_of[word] for word in words]
    units = _units(rows)
    of_name = _ids_of_names(known)
    for own, key, where in zip(ids, keys, units, strict=True):
        if own is not None and key:
            of_name.setdefault(key, {}).setdefault(own, set()).add(where)
    loose = {(key, where) for own, key, where in zip(ids, keys, units, strict=True)
             if own is None and key}  # fmt: skip
    settled = _settled(loose, of_name)
    found = [
        (own, "", ()) if own is not None else settled.get((key, where))
        for own, key, where in zip(ids, keys, units, strict=True)
    ]
    table, number_of = _listed(found, words)
    number = np.array([-1 if place is None else number_of[place] for place in found], np.int64)
    problems = [
        _problem(rows, at, words[at], file) for at in np.flatnonzero(number < 0).tolist()
    ]  # fmt: skip
    named: dict[str, set[int]] = {}
    for key, at in {(key, at) for key, at in zip(keys, number.tolist(), strict=True)}:
        if key and at >= 0:
            named.setdefault(key, set()).add(at)
    for key, several in of_name.items():
        there = {number_of[own, "", ()] for own in several if (own, "", ()) in number_of}
        named.setdefault(key, set()).update(there)
    return Places(number, table, named, problems)


def _ids_of_names(known: pd.DataFrame | None) -> dict[str, dict[str, set[Units]]]:
    found: dict[str, dict[str, set[Units]]] = {}
    if known is None:
        return found
    require(known, "id", name="places")
    if "level" in known:
        known = known[~known["level"].isin(AREAS).to_numpy(bool)]
    ids, units = ids_in(known, "id"), _units(known)
    for column in NAMES:
        if column not in known:
            continue
        for own, words, where in zip(ids, _written(known[column]), units, strict=True):
            for word in (words or "").split("|"):
                key = spelling_key(word)
                if key and own is not None:
                    found.setdefault(key, {}).setdefault(own, set()).add(where)
    return found


def _written(cells: pd.Series) -> list[str | None]:
    stated = cells.notna().to_numpy(bool)
    return [
        str(cell) if there else None for cell, there in zip(cells.tolist(), stated, strict=True)
    ]


def _units(rows: pd.DataFrame) -> list[Units]:
    there = [unit for unit in UNITS if unit in rows]
    if not there:
        return [("",) * len(UNITS)] * len(rows)
    columns = []
    for unit in UNITS:
        words = _written(rows[unit]) if unit in rows else [None] * len(rows)
        key_of = {word: spelling_key(word) for word in set(words)}
        columns.append([key_of[word] for word in words])
    return list(zip(*columns, strict=True))


def _agree(one: Units, other: Units) -> bool:
    return all(not a or not b or a == b for a, b in zip(one, other, strict=True))


def _settled(
    loose: set[tuple[str, Units]], of_name: Mapping[str, Mapping[str, set[Units]]]
) -> dict[tuple[str, Units], Place]:
    """Give names without an id their place; those that could be several get none."""
    settled: dict[tuple[str, Units], Place] = {}
    alone: dict[str, list[Units]] = {}
    for key, where in sorted(loose):
        ids = [
            own
            for own, several in of_name.get(key, {}).items()
            if any(_agree(where, units) for units in several)
        ]
        if len(ids) == 1:
            settled[key, where] = (ids[0], "", ())
        elif not ids:
            alone.setdefault(key, []).append(where)
    for key, several in alone.items():
        # What says more than another and agrees with it may be meant by it.
        fullest = [
            where
            for where in several
            if not any(
                _agree(where, more) and sum(map(bool, more)) > sum(map(bool, where))
                for more in several
            )
        ]
        for where in several:
            meant = [full for full in fullest if _agree(where, full)]
            if len(meant) == 1:
                settled[key, where] = ("", key, meant[0])
    return settled


def _listed(
    found: list[Place | None], words: list[str | None]
) -> tuple[pd.DataFrame, dict[Place, int]]:
    """List the places in order, each by its commonest spelling."""
    spelled: dict[Place, Counter[str]] = {}
    for place, word in zip(found, words, strict=True):
        if place is not None:
            own = spelled.setdefault(place, Counter())
            if word is not None and word.strip():
                own[word.strip()] += 1
    order = sorted(spelled)
    names = [_commonest(spelled[place]) for place in order]
    ids = [place[0] or None for place in order]
    table = pd.DataFrame({"locality_id": ids, "locality": names}, dtype="object")
    return table, {place: at for at, place in enumerate(order)}


def _commonest(spellings: Counter[str]) -> str | None:
    return min(spellings, key=lambda word: (-spellings[word], word), default=None)


def _problem(rows: pd.DataFrame, at: int, word: str | None, file: str) -> Problem:
    stated = word is not None and bool(spelling_key(word))
    expected = text("a name of one place only, or its id") if stated else text("a place")
    return Problem(
        file, row_of(rows, at), "locality", (word or "").strip(), expected, text("left out")
    )


def each_name(place: pd.Series) -> Iterator[str]:
    """Give the keys of all names of a place, none of them twice.

    Examples
    --------
    >>> list(each_name(pd.Series({"name": "School 1", "name_ar": "مدرسة ١", "names": "School-1"})))
    ['school1', 'مدرسه1']
    """
    keys = [
        spelling_key(word)
        for column in NAMES
        if column in place and isinstance(place[column], str)
        for word in place[column].split("|")
    ]
    yield from dict.fromkeys(filter(None, keys))
