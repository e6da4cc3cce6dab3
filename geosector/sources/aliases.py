"""Spellings learned from review: what was written, and the place that an office decided it means.

The list is a table of its own (CSV), so that it outlives every new edition of a gazetteer and can
be carried from office to office. Offices sign with a code; the name of a person is refused.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from geosector import storage
from geosector.errors import InputError
from geosector.language import text
from geosector.sources.check import row_number
from geosector.sources.read import check_table, read_table
from geosector.sources.spreadsheet import row_left_out
from geosector.sources.values import value_left_out
from geosector.tables import (
    Problem,
    fold_label,
    is_office_code,
    problems_table,
    require_table,
    table,
)

AnyPath = str | os.PathLike[str]
COLUMNS = tuple(table("aliases").columns)


def read_aliases(path: AnyPath) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the list of learned spellings.

    Parameters
    ----------
    path : str or path
        A table with ``written, place_id`` and, if known, ``decided_by, decided_at, source``. A
        list that is not there yet is empty.

    Returns
    -------
    tuple = (aliases, problems)
        ``written, place_id, decided_by, decided_at, source`` in the order of the file. A code of
        an office that might be a name of a person is left out and listed.

    Raises
    ------
    InputError
        Where the file cannot be read or has other columns.

    Examples
    --------
    >>> aliases, problems = read_aliases("not_yet_there.csv")
    >>> aliases.columns.tolist(), len(aliases), len(problems)
    (['written', 'place_id', 'decided_by', 'decided_at', 'source'], 0, 0)
    """
    place = Path(os.fsdecode(path))
    if not place.exists():
        return _ordered(pd.DataFrame(columns=list(COLUMNS))), problems_table([])
    rows, problems = read_table(place, "aliases")
    rows, found = _with_codes_only(_ordered(rows), place.name)
    return rows, pd.concat([problems, problems_table(found)], ignore_index=True)


def _ordered(rows: pd.DataFrame) -> pd.DataFrame:
    made = pd.DataFrame(index=rows.index)
    for column in COLUMNS:
        if column == "decided_at":
            made[column] = pd.to_datetime(rows.get(column, pd.Series(pd.NaT, rows.index)))
        else:
            cells = rows.get(column, pd.Series(None, rows.index, dtype=object))
            made[column] = cells.astype(object).where(cells.notna(), None)
    return made


def _with_codes_only(rows: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    codes = rows["decided_by"].tolist()
    strange = [
        place for place, code in enumerate(codes) if code is not None and not is_office_code(code)
    ]
    # What stands there is not repeated: it may be the name of a person.
    problems = [
        Problem(file, row_number(rows.index, place), "decided_by", "…",
                text("the code of an office"), value_left_out())
        for place in strange
    ]  # fmt: skip
    kept = [None if place in set(strange) else code for place, code in enumerate(codes)]
    return rows.assign(decided_by=pd.Series(kept, rows.index, dtype=object)), problems


def append_aliases(path: AnyPath, decisions: pd.DataFrame) -> pd.DataFrame:
    """Add decisions to the list of learned spellings; the file is whole at every moment.

    Parameters
    ----------
    path : str or path
        A CSV or any format of `storage.write_table`; made where it is not there.
    decisions : DataFrame
        ``written, place_id, decided_by, decided_at`` and, if known, ``source``.

    Returns
    -------
    DataFrame
        The whole list as it is now in the file. A decision that stands there already, word for
        word, is not added again; older decisions stay, as history.

    Raises
    ------
    InputError
        Where a decision lacks its words or place, or is signed by something else than the code of
        an office. Nothing is written then.
    MissingColumnError
        Where a column is missing.
    StorageError
        Where writing failed. The list that stood there before is whole.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "aliases.csv"
    >>> decision = pd.DataFrame({"written": ["Sarmin el-Ashrafiye"], "place_id": ["gn:171"],
    ...                          "decided_by": ["IDL-OPS"], "decided_at": ["2024-04-02"]})
    >>> len(append_aliases(path, decision)), len(append_aliases(path, decision))
    (1, 1)
    >>> append_aliases(path, decision.assign(decided_by="Samar Haddad"))
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: decided_by must be the code of an office such as IDL-OPS, ...
    >>> folder.cleanup()
    """
    require_table(decisions, "decisions")
    if not decisions["decided_by"].map(is_office_code).all() if "decided_by" in decisions else True:
        raise InputError(
            text(
                "decided_by must be the code of an office such as IDL-OPS, without blanks, never "
                "the name of a person. Write the code in every row."
            )
        )
    new, problems = check_table(decisions, "aliases", file="decisions")
    left = problems.loc[problems["action"] == row_left_out()]
    if len(left):
        raise InputError(
            text(
                "A decision lacks {column}. Fill it in every row.",
                column=str(left["column"].iloc[0]),
            )
        )
    old, _ = read_aliases(path)
    new = _ordered(new)
    # An empty list has no types to go by.
    whole = new if old.empty else pd.concat([old, new], ignore_index=True)
    whole = whole.drop_duplicates(keep="first").reset_index(drop=True)
    # A day without a time stays a day.
    days = whole["decided_at"].dt.strftime("%Y-%m-%dT%H:%M:%S").str.removesuffix("T00:00:00")
    written = whole.assign(decided_at=days)
    storage.write_table(written, path)
    return whole


def with_learned_names(
    gazetteer: pd.DataFrame, aliases: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the places of a gazetteer the spellings that were decided to mean them.

    Parameters
    ----------
    gazetteer : DataFrame
        As `read_gazetteer` or `merge_gazetteers` gives it.
    aliases : DataFrame
        As `read_aliases` gives it. Of several decisions on one spelling the latest holds, and of
        equally late ones the last in the list.

    Returns
    -------
    tuple = (gazetteer, problems)
        The same rows with ``names_learned``, separated by ``|``. A place is found by its ``id``,
        its ``pcode``, or an id in ``same_as``: decisions survive a merger. What is decided for a
        place that is not here is listed.

    Examples
    --------
    >>> places = pd.DataFrame({"id": ["gn:171", "gn:2"], "name": ["Sarmin", "Binnish"]})
    >>> aliases = pd.DataFrame({"written": ["Sermin", "sermin", "Nowhere"],
    ...                         "place_id": ["gn:2", "gn:171", "gn:9"],
    ...                         "decided_at": pd.to_datetime(["2024-04-01", "2024-05-01", None])})
    >>> learned, problems = with_learned_names(places, aliases)
    >>> learned["names_learned"].tolist(), problems["given"].tolist()
    (['sermin', None], ['gn:9'])
    """
    require_table(gazetteer, "gazetteer")
    require_table(aliases, "aliases")
    holders = _holders(gazetteer)
    names: dict[int, dict[str, None]] = {}
    problems = []
    for label, decision in _in_force(aliases).iterrows():
        place = holders.get(str(decision["place_id"]))
        if place is None:
            problems.append(
                Problem("", int(label) if isinstance(label, int) else None, "place_id",
                        str(decision["place_id"]), text("the id of a place in the gazetteer"),
                        text("The spelling was not learned."))
            )  # fmt: skip
        else:
            names.setdefault(place, {})[str(decision["written"]).replace("|", " ")] = None
    earlier = gazetteer.get("names_learned", pd.Series(None, gazetteer.index, dtype=object))
    joined = [_joined(old, names.get(place, {})) for place, old in enumerate(earlier.tolist())]
    learned = pd.Series(joined, gazetteer.index, dtype=object)
    return gazetteer.assign(names_learned=learned), problems_table(problems)


def _joined(old: object, new: Mapping[str, None]) -> str | None:
    before = old.split("|") if isinstance(old, str) else []
    return "|".join(dict.fromkeys([*filter(None, before), *new])) or None


def _holders(gazetteer: pd.DataFrame) -> dict[str, int]:
    """Say at which place every id stands: its own first, then p-codes, then those of registers."""
    found: dict[str, int] = {}
    for column in ("id", "pcode", "same_as"):
        for place, cell in enumerate(gazetteer[column].tolist() if column in gazetteer else []):
            for code in str(cell).split("|") if isinstance(cell, str) else ():
                found.setdefault(code, place)
                found.setdefault(code.removeprefix("pcode:").rpartition("#")[2], place)
    return found


def _in_force(aliases: pd.DataFrame) -> pd.DataFrame:
    """Keep, of the decisions on one spelling, the latest."""
    decided = aliases.get("decided_at", pd.Series(pd.NaT, aliases.index))
    ranked = aliases.assign(
        _at=pd.to_datetime(decided), _key=[fold_label(one) for one in aliases["written"]]
    )
    latest = ranked.sort_values("_at", kind="stable", na_position="first").drop_duplicates(
        "_key", keep="last"
    )
    return latest.sort_index()
