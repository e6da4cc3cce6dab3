"""What a phone says below the name of a place: its own name here, its kind, its state, its date."""

from __future__ import annotations

import pandas as pd

from geosector.language import current
from geosector.storage.cells import cells_of, written_out
from geosector.storage.words import facility_kinds, incident_kinds, states

# An invisible sign by which readers know a description that we made: it repeats other columns.
MADE_HERE = "\u2063"
# Programs show a description as a web page, some as it stands: these signs are right in both.
_HARMLESS = str.maketrans({"<": "\u2039", ">": "\u203a", "&": "\uff06"})


def descriptions(table: pd.DataFrame) -> list[str | None]:
    """Describe each place in the current language.

    Parameters
    ----------
    table : pandas.DataFrame
        What it knows of ``name_<language>``, ``kind``, ``status``, ``state``, ``date`` and
        ``locality`` is told, in this order.

    Returns
    -------
    list of str or None
        One line for each row, None where nothing is known. It ends with an invisible sign.
    """
    kinds = incident_kinds() if "date" in table.columns else facility_kinds()
    told = [
        _words(table, f"name_{current()}", {}),
        _words(table, "kind", kinds),
        _words(table, "status", states()),
        _words(table, "state", states()),
        _words(table, "date", {}),
        _words(table, "locality", {}),
    ]
    lines = [" · ".join(word for word in row if word) for row in zip(*told, strict=True)]
    return [f"{line.translate(_HARMLESS)}{MADE_HERE}" if line else None for line in lines]


def _words(table: pd.DataFrame, column: str, names: dict[str, str]) -> list[str]:
    if column not in table.columns:
        return [""] * len(table)
    written = [written_out(cell).strip() for cell in cells_of(table[column])]
    return [names.get(word, word) for word in written]
