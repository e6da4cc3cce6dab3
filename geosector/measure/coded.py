"""What people write for a weapon, a cause or a place, made one code, so that it can be counted.

The words are in ``codes.toml``, with what each code is called in every language. A word that is not
there is kept as it is written and counted by itself: nothing is thrown together with "other".
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, NamedTuple, cast

import pandas as pd

from geosector.errors import MissingColumnError
from geosector.language import text
from geosector.tables import Problem, fold_label, problems_table

UNSPECIFIED = "unspecified"
COLUMNS = ("place_type", "weapon", "attributed_to", "cause", "vehicle")
SEVERAL = "other_places"  # places hit besides the first, separated by semicolons
_SEPARATORS = r"\s*[;؛|]\s*"


class Coded(NamedTuple):
    """Incidents whose words are codes, and which words were changed.

    ``problems`` has the usual columns; a row whose word is a code already is not listed.
    """

    table: pd.DataFrame
    problems: pd.DataFrame


def code_incidents(incidents: pd.DataFrame, *, file: str = "incidents") -> Coded:
    """Make the words for places, weapons, sides, causes and vehicles of incidents codes.

    Parameters
    ----------
    incidents : pandas.DataFrame
        One row for each event, with ``kind``; any of ``place_type``, ``other_places``, ``weapon``,
        ``attributed_to``, ``cause``, ``vehicle``.
    file : str, optional
        What the list of changed words calls the source.

    Returns
    -------
    Coded
        The same rows on the same index. A missing word is ``unspecified``; an unknown one stays.

    Raises
    ------
    MissingColumnError
        Where ``kind`` is not there.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {"kind": "attack", "weapon": ["قذائف مدفعية", "drone", None, "catapult"]}
    ... )
    >>> coded = code_incidents(rows)
    >>> list(coded.table["weapon"])
    ['artillery', 'drone', 'unspecified', 'catapult']
    >>> list(coded.problems["given"]), list(coded.problems["expected"])
    (['قذائف مدفعية'], ['artillery'])
    >>> code_incidents(rows[:0]).table.empty
    True
    >>> code_incidents(rows[["weapon"]])
    Traceback (most recent call last):
    geosector.errors.MissingColumnError: The table incidents lacks the column kind; it has: weapon.
    """
    require(incidents, "kind")
    coded = incidents.copy()
    changed: list[Problem] = []
    for column in COLUMNS:
        if column not in coded.columns:
            coded[column] = UNSPECIFIED
            continue
        given = coded[column].astype(object)
        known = {word: code_of(column, word) for word in given.dropna().unique()}
        coded[column] = pd.Series(
            [known.get(word, UNSPECIFIED) for word in given], given.index, dtype=object
        )
        changed.extend(_changes(given, known, file))
    if SEVERAL in coded.columns:
        coded[SEVERAL] = coded[SEVERAL].map(_each_coded, na_action="ignore")
    return Coded(coded, problems_table(sorted(changed, key=lambda one: one.row or 0)))


def code_of(column: str, word: object) -> str:
    """Give the code of a word, ``unspecified`` for none, or the word itself where it is unknown.

    Examples
    --------
    >>> code_of("cause", "تماس كهربائي"), code_of("cause", " "), code_of("cause", "Lightning ")
    ('electrical', 'unspecified', 'Lightning')
    """
    written = "" if pd.isna(cast("Any", word)) else str(word).strip()
    folded = fold_label(written)
    if not folded:
        return UNSPECIFIED
    return _codes(column).get(folded, written)


def label_of(column: str, code: str, lang: str) -> str:
    """Give what a code is called in a language; an unknown word is its own label.

    Examples
    --------
    >>> label_of("weapon", "drone", "en"), label_of("weapon", "catapult", "en")
    ('drones', 'catapult')
    """
    known = _vocabulary()[column].get(code)
    return code if known is None else str(known["label"][lang])


def is_known(column: str, code: str) -> bool:
    """Tell whether a code is one of ``codes.toml``; ``unspecified`` is.

    Examples
    --------
    >>> is_known("weapon", "drone"), is_known("weapon", "catapult")
    (True, False)
    """
    return code == UNSPECIFIED or code in _vocabulary()[column]


def require(rows: pd.DataFrame, *columns: str, name: str = "incidents") -> None:
    """Refuse a table that lacks a column, naming it and what is there."""
    for column in columns:
        if column not in rows.columns:
            raise MissingColumnError(
                text(
                    "The table {name} lacks the column {column}; it has: {columns}.",
                    name=name,
                    column=column,
                    columns=", ".join(str(each) for each in rows.columns),
                )
            )


def is_unspecified(word: object) -> bool:
    """Tell whether a word says only that nothing is known.

    Examples
    --------
    >>> is_unspecified("غير محدد"), is_unspecified(None), is_unspecified("unknown")
    (True, True, False)
    """
    folded = "" if pd.isna(cast("Any", word)) else fold_label(word)
    return not folded or folded in _nothing()


def unspecified_words() -> tuple[str, ...]:
    """Give the words that say only that nothing is known.

    Examples
    --------
    >>> unspecified_words()[0]
    'unspecified'
    """
    return tuple(cast("list[str]", _vocabulary()[UNSPECIFIED]["words"]))


def _changes(given: pd.Series, known: Mapping[object, str], file: str) -> list[Problem]:
    """List each cell whose word is not its code."""
    apart = {word: code for word, code in known.items() if str(word) != code}
    cells = given[given.isin(list(apart))]
    return [
        Problem(
            file,
            row if isinstance(row, int) else None,
            str(given.name),
            str(word),
            apart[word],
            text("Counted under this code."),
        )
        for row, word in cells.items()
    ]


def _each_coded(places: object) -> str:
    words = pd.Series(str(places)).str.split(_SEPARATORS, regex=True).iloc[0]
    return ";".join(code_of("place_type", word) for word in words if word)


@cache
def _vocabulary() -> dict[str, dict[str, dict[str, Any]]]:
    source = resources.files("geosector.measure") / "codes.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def _nothing() -> frozenset[str]:
    return frozenset(fold_label(word) for word in unspecified_words())


@cache
def _codes(column: str) -> dict[str, str]:
    """Map every folded word, label and code of a column to its code; the first code wins."""
    found = dict.fromkeys(_nothing(), UNSPECIFIED)
    for code, facts in _vocabulary()[column].items():
        for word in (code, *facts["label"].values(), *facts["words"]):
            found.setdefault(fold_label(word), code)
    return found
