"""Spellings learned from review, as a table that outlives every edition of a gazetteer."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from geosector import storage
from geosector.errors import MissingColumnError, UnreadableFileError
from geosector.language import text

ALIAS_COLUMNS = ("written", "place_id", "decided_by", "decided_at", "source")


def append_aliases(path: str | os.PathLike[str], decisions: pd.DataFrame) -> pd.DataFrame:
    """Add decisions to the list of learned spellings; the file is whole at every moment.

    Parameters
    ----------
    path : str or path
        A CSV; made where it is not there.
    decisions : DataFrame
        ``written, place_id, decided_by, decided_at, source``.

    Returns
    -------
    DataFrame
        The whole list as it is now in the file. A decision that stands there already is not
        added again.

    Raises
    ------
    MissingColumnError
        Where the file is a table without these columns.
    UnreadableFileError
        Where it is no table.
    StorageError
        Where writing failed. The list that stood there before is whole.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = Path(folder.name) / "aliases.csv"
    >>> decision = pd.DataFrame([["Sermin", "gn:2", "IDL-OPS", "2024-04-02", "sheet.xlsx"]],
    ...                         columns=ALIAS_COLUMNS)
    >>> len(append_aliases(file, decision)), len(append_aliases(file, decision))
    (1, 1)
    >>> folder.cleanup()
    """
    file = Path(path)
    old = _read(file) if file.exists() else pd.DataFrame(columns=list(ALIAS_COLUMNS), dtype=str)
    whole = pd.concat([old, decisions[list(ALIAS_COLUMNS)].astype(str)], ignore_index=True)
    whole = whole.drop_duplicates(keep="first", ignore_index=True)
    storage.write_table(whole, file)
    return whole


def _read(file: Path) -> pd.DataFrame:
    try:
        rows = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, OSError) as error:
        raise UnreadableFileError(
            text(
                "{path} cannot be read as a list of learned spellings. Give another file.",
                path=file,
            )
        ) from error
    missing = [column for column in ALIAS_COLUMNS if column not in rows.columns]
    if missing:
        raise MissingColumnError(
            text(
                "{path} is no list of learned spellings: it lacks {columns}. Give another file.",
                path=file,
                columns=", ".join(missing),
            )
        )
    return rows[list(ALIAS_COLUMNS)].map(storage.unguard_formula)
