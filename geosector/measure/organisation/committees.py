"""Which committee serves which sectors, which remits nobody has there, and which two share.

A committee is a body with a remit (medical, shelters and warehouses); no person is in the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import pandas as pd

from geosector.language import text
from geosector.measure.coded import require_whole
from geosector.measure.stock.given import (
    in_order,
    key_of,
    keys_of,
    originals,
    parts_of,
    row_of,
)
from geosector.measure.stock.goods import good_of, spelling
from geosector.tables import Problem, is_total, problems_table


class Served(NamedTuple):
    """Committees and sectors.

    ``matrix``: a row for each committee (index ``id``) and a column for each sector, true where it
    serves. ``serves``: ``id, name, remit, sector_id``, one row for each. ``without``: ``remit,
    sector_id`` of what no committee does there. ``overlaps``: ``remit, sector_id, committees, ids,
    coordinated`` where several do, and whether every two of them name each other.
    """

    matrix: pd.DataFrame
    serves: pd.DataFrame
    without: pd.DataFrame
    overlaps: pd.DataFrame
    problems: pd.DataFrame


class _Committee(NamedTuple):
    names: set[str]
    remits: set[str]
    sectors: set[str]
    beside: set[str]


def committee_cover(
    committees: pd.DataFrame,
    sectors: pd.DataFrame | Sequence[Any],
    *,
    remits: Sequence[str] | None = None,
    file: str = "committees",
) -> Served:
    """Tell which committee serves which sector, and where a remit is without one or has several.

    Parameters
    ----------
    committees : pandas.DataFrame
        ``name, remit, sector_ids``, and where they are there ``id`` and ``coordinates_with`` (ids
        or names). Of several in one cell each counts: ``1;2;5-7``; a word for all (all, الكل)
        means every sector. A committee may have several rows: what they say adds up.
    sectors : pandas.DataFrame or sequence
        ``sector_id`` of every sector, or their ids.
    remits : sequence of str, optional
        What every sector should have somebody for. Default: every remit of the table.
    file : str, optional
        What the list of problems calls the table.

    Returns
    -------
    Served
        Rows that name no committee are left out; a committee without a remit or without sectors is
        in the matrix, and listed.

    Raises
    ------
    MissingColumnError
        Where a column is missing.

    Notes
    -----
    Of R remits and N sectors, R · N = pairs with one committee + ``without`` + ``overlaps``.

    Examples
    --------
    Two committees for two remits in three sectors: two pairs lack one, and sector 2 has two for
    shelters, of which one names the other:

    >>> table = pd.DataFrame({"id": ["a", "b"], "name": ["Medical", "Shelters"],
    ...                       "remit": ["medical; shelters", "Shelters"],
    ...                       "coordinates_with": [None, "Medical"], "sector_ids": ["1-2", "2;3"]})
    >>> found = committee_cover(table, [1, 2, 3])
    >>> found.matrix.to_numpy().tolist()
    [[True, True, False], [False, True, True]]
    >>> found.without.to_numpy().tolist()
    [['medical', 3]]
    >>> found.overlaps.to_numpy().tolist()
    [['Shelters', 2, 2, 'a;b', True]]
    >>> committee_cover(table[:0], [1]).serves.empty
    True
    >>> committee_cover(table[["id"]], [1])
    Traceback (most recent call last):
    geosector.errors.MissingColumnError: The table committees lacks the column name; it has: id.
    """
    require_whole(committees, "name", "remit", "sector_ids", name=file)
    if isinstance(sectors, pd.DataFrame):
        require_whole(sectors, "sector_id", name="sectors")
    listed = list(sectors["sector_id"] if isinstance(sectors, pd.DataFrame) else sectors)
    known = in_order(key for key in keys_of(listed) if key)
    places = originals(listed)
    found, problems = _read(committees, known, file)
    spelt = spelling([*_remits_of(committees["remit"]), *(remits or [])], good_of)
    wanted = {good_of(one) for one in remits} if remits is not None else {*spelt}
    names = {key: min(one.names) for key, one in found.items()}
    ids = in_order(found)
    matrix = pd.DataFrame(
        [[sector in found[key].sectors for sector in known] for key in ids],
        pd.Index(ids, name="id", dtype=object),
        [places[sector] for sector in known],
        dtype=bool,
    )
    serves = [
        (key, names[key], spelt[remit], places[sector])
        for key in ids
        for remit in sorted(found[key].remits)
        for sector in in_order(found[key].sectors)
    ]
    without, overlaps = [], []
    for remit in sorted(wanted):
        for sector in known:
            own = [
                key for key in ids if remit in found[key].remits and sector in found[key].sectors
            ]
            if not own:
                without.append((spelt[remit], places[sector]))
            elif len(own) > 1:
                together = all(_coordinate(found, *pair) for pair in combinations(own, 2))
                overlaps.append((spelt[remit], places[sector], len(own), ";".join(own), together))
    columns = ["remit", "sector_id", "committees", "ids", "coordinated"]
    return Served(
        matrix,
        pd.DataFrame(serves, columns=["id", "name", "remit", "sector_id"]),
        pd.DataFrame(without, columns=["remit", "sector_id"]),
        pd.DataFrame(overlaps, columns=columns),
        problems_table(problems),
    )


def _read(
    committees: pd.DataFrame, known: Sequence[str], file: str
) -> tuple[dict[str, _Committee], list[Problem]]:
    """Read committees by their id, else by their name."""
    found: dict[str, _Committee] = {}
    problems: list[Problem] = []
    lacking: dict[str, dict[str, int | None]] = {"remit": {}, "sector_ids": {}}
    ids = committees["id"] if "id" in committees.columns else [None] * len(committees)
    beside = committees.get("coordinates_with", pd.Series(None, committees.index, dtype=object))
    for at, (own, name) in enumerate(zip(ids, committees["name"], strict=True)):
        label, folded = row_of(committees.index[at]), good_of(name)
        key = key_of(own) or folded
        if not key:
            expected = text("a row with {column}", column="name")
            problems.append(
                Problem(file, label, "name", text("nothing"), expected, text("left out"))
            )
            continue
        one = found.setdefault(key, _Committee(set(), set(), set(), set()))
        written = " ".join(str(name).split()) if folded else key
        if one.names and folded not in {good_of(other) for other in one.names}:
            expected = text("one name for each id; {name} has it, too", name=min(one.names))
            action = text("taken as one committee")
            problems.append(Problem(file, label, "name", written, expected, action))
        one.names.add(written)
        one.remits.update(map(good_of, _remits_of([committees["remit"].iloc[at]])))
        one.beside.update(good_of(part) for part in parts_of(beside.iloc[at]))
        for sector in parts_of(committees["sector_ids"].iloc[at]):
            if is_total(sector):
                one.sectors.update(known)
            elif sector in known:
                one.sectors.add(sector)
            else:
                expected = text("a sector of the plan")
                problems.append(
                    Problem(file, label, "sector_ids", sector, expected, text("left out"))
                )
        lacking["remit"].setdefault(key, label)
        lacking["sector_ids"].setdefault(key, label)
    for column, rows in lacking.items():
        for key, label in rows.items():
            if not (found[key].remits if column == "remit" else found[key].sectors):
                expected, action = text("a row with {column}", column=column), text("serves nobody")
                problems.append(Problem(file, label, column, text("nothing"), expected, action))
    return found, problems


def _remits_of(cells: Iterable[object]) -> list[str]:
    return [part for cell in cells for part in parts_of(cell) if good_of(part)]


def _coordinate(found: Mapping[str, _Committee], one: str, other: str) -> bool:
    """Say whether one of two committees names the other."""
    return any(
        {good_of(key), *map(good_of, found[key].names)} & found[by].beside
        for key, by in ((one, other), (other, one))
    )
