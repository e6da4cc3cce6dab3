"""Repeats of field forms: rows that belong to a row of another sheet, file or list.

Counts of casualties are added to their report. A repeat that says what happened where (its own
date, kind or place) is a row for each, with the report's facts. Any other is kept whole in one
cell of its report, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from geosector.language import text
from geosector.sources.check import without_personal
from geosector.sources.exports import plain_rows
from geosector.sources.figures import read_numbers
from geosector.sources.headers import (
    ID_HEADERS,
    PARENT_LINKS,
    column_of,
    is_about_sending,
    plain,
)
from geosector.sources.spreadsheet import row_left_out
from geosector.sources.values import is_missing, written_as
from geosector.tables import Problem, match_columns, table

_DEEPEST = 8
_PARENT = "\x00parent"  # a name that no file has


class _Repeat(NamedTuple):
    """Rows of a repeat, and for each the place of the row that it belongs to (-1: none)."""

    title: str
    cells: pd.DataFrame
    parents: list[int]


def with_repeats(
    cells: pd.DataFrame, repeats: Mapping[str, pd.DataFrame], name: str, *, file: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Bring repeats to the rows that they belong to.

    Parameters
    ----------
    cells : pandas.DataFrame
        The reports, as they stand in the file.
    repeats : mapping of str to pandas.DataFrame
        Sheets or files by their names, with ``_parent_index`` (Kobo) or ``PARENT_KEY`` (ODK).
        Repeats inside repeats are among them.
    name : str
        The table.
    file : str
        For the problems.

    Returns
    -------
    tuple = (cells, problems)
        What became of each repeat is among the problems. Where one report became several rows, the
        index counts rows from 1, and the report's own counts stay with its first row.
    """
    problems: list[Problem] = []
    # Who lies in whom; None is the report itself.
    whole: dict[str | None, pd.DataFrame] = {None: cells}
    whole.update(repeats)
    ways = {title: _way_up(title, repeats) for title in repeats}
    for title in sorted(ways, key=lambda one: len(ways[one]), reverse=True):
        above = ways[title][0]
        repeat = _Repeat(title, whole[title], _parents(whole[title], whole[above]))
        whole[above], found = _brought(whole[above], repeat, name, file)
        problems += found
    return whole[None], problems


def with_lists(
    cells: pd.DataFrame, name: str, *, file: str, depth: int = 0
) -> tuple[pd.DataFrame, list[Problem]]:
    """Bring repeats that a JSON export keeps as lists in its rows.

    Parameters
    ----------
    cells : pandas.DataFrame
        Rows of a JSON export.
    name : str
        The table.
    file : str
        For the problems.
    depth : int
        In how many lists these rows lie; deeper ones than any form has stay JSON.

    Returns
    -------
    tuple = (cells, problems)
        As `with_repeats`.
    """
    problems: list[Problem] = []
    if depth == _DEEPEST:
        return cells, problems
    for header in list(cells.columns):
        if is_about_sending(header, list(cells.columns)):
            continue
        rows: list[dict[str, Any]] = []
        parents: list[int] = []
        for place, cell in enumerate(cells[header].tolist()):
            for row in _objects(cell):
                rows.append({_inner(key, str(header)): value for key, value in row.items()})
                parents.append(place)
        if rows:
            inner = pd.json_normalize(rows).astype(object)
            inner = inner.where(inner.notna(), None)
            inner.index = pd.RangeIndex(1, len(inner) + 1)
            for column in inner.columns:
                inner[column] = [
                    json.dumps(c, ensure_ascii=False) if isinstance(c, list) else c
                    for c in inner[column].tolist()
                ]
            inner[_PARENT] = parents  # a repeat inside may make several rows of one
            inner, found = with_lists(inner, name, file=file, depth=depth + 1)
            parents = inner.pop(_PARENT).tolist()
            problems += found
            cells = cells.drop(columns=header)
            cells, found = _brought(cells, _Repeat(str(header), inner, parents), name, file)
            problems += found
    return cells, problems


def _objects(cell: object) -> list[dict[str, Any]]:
    if not isinstance(cell, str) or not cell.startswith("[{"):
        return []
    try:
        found = json.loads(cell)
    except ValueError:
        return []
    whole = all(isinstance(one, dict) for one in found)
    return found if whole else []


def _inner(key: str, repeat: str) -> str:
    return key.removeprefix(f"{repeat}/")


# ---------------------------------------------------------------- who belongs to whom


def _above(title: str, repeats: Mapping[str, pd.DataFrame]) -> str | None:
    """Name the repeat that a repeat lies in; None where it lies in the report itself."""
    cells = repeats[title]
    named = _column(cells, "_parent_table_name")
    if named is not None:
        parent = next((written_as(c) for c in cells[named] if not is_missing(c)), "")
        return next((one for one in repeats if one != title and _same(one, parent)), None)
    link = _column(cells, "parent_key")
    keys = set() if link is None else set(cells[link].dropna())
    for other, rows in repeats.items():
        key = _column(rows, "key")
        if other != title and key is not None and keys & set(rows[key].dropna()):
            return other
    return None


def _same(sheet: str, stated: str) -> bool:
    """Compare names of sheets, which Excel cuts at 31 letters."""
    return bool(stated) and (sheet == stated or (len(sheet) >= 28 and stated.startswith(sheet)))  # noqa: PLR2004


def _way_up(title: str, repeats: Mapping[str, pd.DataFrame]) -> list[str | None]:
    """List the repeats that a repeat lies in, the nearest first, and the report at the end."""
    way: list[str | None] = []
    above = _above(title, repeats)
    while above is not None:
        if above in way or above == title:  # repeats that lie in each other belong to no report
            return [None]
        way.append(above)
        above = _above(above, repeats)
    return [*way, None]


def _column(cells: pd.DataFrame, wanted: str) -> Any:  # noqa: ANN401 - a header
    return next((header for header in cells.columns if plain(header) == wanted), None)


def _parents(repeat: pd.DataFrame, above: pd.DataFrame) -> list[int]:
    for link, key in PARENT_LINKS:
        here, there = _column(repeat, link), _column(above, key)
        if here is None or there is None:
            continue
        places: dict[str, int] = {}
        for place, cell in enumerate(above[there].tolist()):
            places.setdefault(written_as(cell), place)
        return [-1 if is_missing(cell) else places.get(written_as(cell), -1)
                for cell in repeat[here].tolist()]  # fmt: skip
    return [-1] * len(repeat)


# ---------------------------------------------------------------- what becomes of them


def _brought(
    above: pd.DataFrame, repeat: _Repeat, name: str, file: str
) -> tuple[pd.DataFrame, list[Problem]]:
    sheet = f"{file}/{repeat.title}"
    problems = [
        Problem(sheet, int(repeat.cells.index[place]), None, "",
                text("a row that belongs to a report"), row_left_out())
        for place, parent in enumerate(repeat.parents) if parent < 0
    ]  # fmt: skip
    there = [place for place, parent in enumerate(repeat.parents) if parent >= 0]
    parents = [repeat.parents[place] for place in there]
    rows, personal = without_personal(repeat.cells.iloc[there], sheet)
    rows = rows.drop(columns=[c for c in rows.columns if is_about_sending(c, list(rows.columns))])
    # A mark of a form, so that its questions are understood as the report's are.
    rows, found = plain_rows(rows.assign(_uuid=None), name, file=sheet)
    problems += [*personal, *found]
    meant = match_columns(name, [str(column) for column in rows.columns])
    counts = {header for header, column in meant.items() if is_count(name, column)}
    if (set(meant) - counts - {"id"}) or "geometry" in rows.columns:
        joined = _each_a_row(above, rows, parents, name)
        done = text("A row for each of them, with the facts of its report.")
    else:
        joined, remarks = _counts_added(above, rows, parents, name, sheet)
        problems += remarks
        rest = rows[[c for c in rows.columns if c not in counts and not rows[c].isna().all()]]
        if len(rest.columns):
            kept = _kept(rest, parents, len(above))
            joined[repeat.title] = pd.Series(kept, index=joined.index, dtype=object)
        done = (
            text("Their counts were added to their report.")
            if counts
            else text("Kept as it is, in one cell of its report.")
        )
    expected = text("one row for each report")
    return joined, [*problems, Problem(sheet, None, None, repeat.title, expected, done)]


def is_count(name: str, column: str) -> bool:
    """Say whether a column counts casualties, which can be added up.

    Parameters
    ----------
    name, column : str
        A table and its column.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_count("incidents", "killed_man"), is_count("facilities", "capacity")
    (True, False)
    """
    facts = table(name).columns.get(column)
    return facts is not None and facts.type == "integer" and facts.unit == "people"


def _header_for(above: pd.DataFrame, column: str, name: str) -> str | None:
    for header in above.columns:
        found = column_of(name, str(header))
        if found is not None and found[0] == column:
            return str(header)
    return None


def _counts_added(
    above: pd.DataFrame, rows: pd.DataFrame, parents: list[int], name: str, sheet: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Add counts up per report; what the report itself says is part of the sum."""
    problems: list[Problem] = []
    above = above.copy()
    for header, column in match_columns(name, [str(c) for c in rows.columns]).items():
        if not is_count(name, column):
            continue
        facts = table(name).columns[column]
        values, remarks = read_numbers(rows[header], facts)
        problems += [
            Problem(sheet, int(rows.index[one.position]), column, *one[1:]) for one in remarks
        ]
        sums = values.groupby(pd.Series(parents, index=rows.index)).sum(min_count=1)
        own = _header_for(above, column, name) or column
        before = above[own] if own in above.columns else pd.Series(None, above.index, dtype=object)
        stated, _ = read_numbers(before, facts)
        above[own] = [
            cell if place not in sums.index or pd.isna(sums[place])
            else int(sums[place]) + (0 if pd.isna(stated.iloc[place]) else int(stated.iloc[place]))
            for place, cell in enumerate(before.tolist())
        ]  # fmt: skip
    return above, problems


def _kept(rest: pd.DataFrame, parents: list[int], count: int) -> list[str | None]:
    """Write what the table has no column for as JSON, a list for each report."""
    lists: list[list[dict[str, str]]] = [[] for _ in range(count)]
    for parent, (_, row) in zip(parents, rest.iterrows(), strict=True):
        said = {
            str(header): written_as(cell) for header, cell in row.items() if not is_missing(cell)
        }
        if said:
            lists[parent].append(said)
    return [json.dumps(said, ensure_ascii=False) if said else None for said in lists]


def _each_a_row(
    above: pd.DataFrame, rows: pd.DataFrame, parents: list[int], name: str
) -> pd.DataFrame:
    """Repeat a report for each of its rows; its counts stay with the first, so that sums hold."""
    own: dict[int, list[int | None]] = {}
    for at, parent in enumerate(parents):
        own.setdefault(parent, []).append(at)
    order = [(place, at) for place in range(len(above)) for at in own.get(place, [None])]
    joined = above.iloc[[place for place, _ in order]].copy()
    joined.index = pd.RangeIndex(1, len(joined) + 1)
    repeated = pd.Series([place for place, _ in order], index=joined.index)
    again = repeated.duplicated().to_numpy()
    several = repeated.duplicated(keep=False).to_numpy()
    turn = repeated.groupby(repeated).cumcount().to_numpy()
    for header in above.columns:
        found = column_of(name, str(header))
        if found is not None and is_count(name, found[0]):
            joined.loc[again, header] = None
        if plain(header) in ID_HEADERS:
            joined[header] = [
                f"{cell}-{n + 1}" if is_one_of_several and not is_missing(cell) else cell
                for cell, is_one_of_several, n in zip(
                    joined[header].tolist(), several, turn, strict=True
                )
            ]
    for column in rows.columns:
        if rows[column].isna().all():
            continue
        own_header = _header_for(above, column, name) if column in table(name).columns else None
        cells = rows[column].tolist()
        header = own_header or (column if column not in joined.columns else f"{column}_repeat")
        before = joined[header].tolist() if header in joined.columns else [None] * len(joined)
        joined[header] = [
            old if at is None or is_missing(cells[at]) else cells[at]
            for old, (_, at) in zip(before, order, strict=True)
        ]
    return joined
