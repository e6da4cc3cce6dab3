"""What people write for a weapon, a cause or a place, made one code, so that it can be counted.

The words are in ``codes.toml``, with what each code is called in every language. A word that is not
there is kept as it is written and counted by itself: nothing is thrown together with "other".
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, NamedTuple, cast

import pandas as pd

from geosector.errors import InputError, MissingColumnError
from geosector.language import text
from geosector.tables import Problem, fold_label, problems_table, require_table

UNSPECIFIED = "unspecified"
COLUMNS = ("place_type", "weapon", "attributed_to", "cause", "vehicle")
SEVERAL = "other_places"  # places hit besides the first, separated by semicolons
_SEPARATORS = r"\s*[;؛|,،/+\n]\s*"


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
        The same rows on the same index. A missing word is ``unspecified``; an unknown one stays, in
        its commonest spelling. Columns that hold codes already (``cluster_munition``) keep them.
        Of several places in one cell the first counts, the others join ``other_places``.

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
    coded, changed = _first_place(incidents.copy(), file)
    in_codes = _columns_in_codes(coded)
    for column in COLUMNS:
        if column not in coded.columns:
            coded[column] = UNSPECIFIED
            continue
        given = coded[column].astype(object)
        words = given.dropna()
        known = _kept(column, words) if column in in_codes else _translated(column, words)
        coded[column] = pd.Series(
            [known.get(word, UNSPECIFIED) for word in given], given.index, dtype=object
        )
        changed += _changes(given, known, file)
    if SEVERAL in coded.columns:
        given = coded[SEVERAL].astype(object)
        known = {places: _each_coded(places, in_codes) for places in given.dropna().unique()}
        coded[SEVERAL] = given.map(known, na_action="ignore")
        changed += _changes(given, known, file)
    return Coded(coded, problems_table(sorted(changed, key=lambda one: one.row or 0)))


def code_of(column: str, word: object) -> str:
    """Give the code of a word, ``unspecified`` for none, or the word itself where it is unknown.

    Examples
    --------
    >>> code_of("cause", "تماس كهربائي"), code_of("cause", " "), code_of("cause", "Meteor ")
    ('electrical', 'unspecified', 'Meteor')
    """
    written = "" if pd.isna(cast("Any", word)) else str(word).strip()
    folded = fold_label(written)
    if not folded:
        return UNSPECIFIED
    return _code_by_word(column, folded) or written


def label_of(column: str, code: str, lang: str) -> str:
    """Give what a code is called in a language; an unknown word is its own label.

    A code of the table's own, which `code_incidents` kept, is called what it means; where that is
    another word, it stands behind it, since the other may be in the table as well.

    Examples
    --------
    >>> label_of("weapon", "drone", "en"), label_of("weapon", "catapult", "en")
    ('drones', 'catapult')
    >>> label_of("weapon", "cluster_munition", "en"), label_of("place_type", "clinic", "en")
    ('cluster munitions', 'hospitals and clinics (clinic)')
    """
    meant = code_of(column, code)
    known = _vocabulary()[column].get(meant)
    if known is None:
        return code
    label = str(known["label"][lang])
    return label if _is_form_of(code, meant) else f"{label} ({code})"


def is_known(column: str, code: str) -> bool:
    """Tell whether a code, or what it means, is one of ``codes.toml``; ``unspecified`` is.

    Examples
    --------
    >>> is_known("weapon", "drone"), is_known("weapon", "catapult")
    (True, False)
    """
    return code == UNSPECIFIED or code_of(column, code) in _vocabulary()[column]


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


def require_whole(rows: pd.DataFrame, *columns: str, name: str = "incidents") -> None:
    """Refuse what is no table, lacks a column, or has one twice: nobody knows which counts.

    Examples
    --------
    >>> require_whole(pd.DataFrame(columns=["item", "quantity"]), "item", name="stock")
    >>> require_whole(pd.DataFrame([[1, 2]], columns=["item", "item"]), "item", name="stock")
    Traceback (most recent call last):
    geosector.errors.InputError: The table stock has the column item twice. Take one away.
    """
    require_table(rows, name)
    if rows.columns.has_duplicates:
        raise InputError(
            text(
                "The table {name} has the column {column} twice. Take one away.",
                name=name,
                column=rows.columns[rows.columns.duplicated()][0],
            )
        )
    require(rows, *columns, name=name)


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


def _first_place(incidents: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Of several kinds of place in a cell take the first; the rest were hit besides."""
    if "place_type" not in incidents.columns:
        return incidents, []
    given = incidents["place_type"].astype(object)
    known: dict[object, str] = {}
    besides: dict[object, str] = {}
    for word in given.dropna().unique():
        parts = [part for part in re.split(_SEPARATORS, str(word)) if part.strip()]
        # A word with a comma is one word where it is known as such, or its parts are not.
        if len(parts) > 1 and not is_known("place_type", str(word)) and _are_places(parts):
            known[word], besides[word] = parts[0].strip(), ";".join(parts[1:])
    if not known:
        return incidents, []
    problems = [one._replace(action=text("The first counts; the others are kept as {column}.",
                                         column=SEVERAL))
                for one in _changes(given, known, file)]  # fmt: skip
    others = incidents.get(SEVERAL, pd.Series(None, incidents.index, dtype=object)).astype(object)
    joined = pd.Series(
        [";".join(str(one) for one in (besides.get(word), more) if isinstance(one, str)) or None
         for word, more in zip(given, others, strict=True)],
        incidents.index, dtype=object,
    )  # fmt: skip
    parted = {"place_type": given.replace(known), SEVERAL: joined}
    return incidents.assign(**parted), problems


def _are_places(parts: list[str]) -> bool:
    return all(is_known("place_type", part) and not is_unspecified(part) for part in parts)


_CODE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


def _columns_in_codes(incidents: pd.DataFrame) -> frozenset[str]:
    """Say which columns hold codes: small letters, an underscore between words, nothing else.

    Codes are an office's own and stay as they are. A lone ``house`` may be a word as well as a
    code, so somewhere among these columns an underscore must prove it.
    """
    words = {
        column: [
            str(word)
            for word in incidents[column].dropna().unique()
            if not is_unspecified(word)
        ]
        for column in COLUMNS
        if column in incidents.columns
    }  # fmt: skip
    shaped = {column for column, found in words.items() if all(map(_CODE.fullmatch, found))}
    is_proven = any("_" in word for column in shaped for word in words[column])
    return frozenset(shaped if is_proven else ())


def _kept(column: str, words: pd.Series) -> dict[object, str]:
    """Keep codes as they are, but for nothing, and for one code in two forms (gas, gas_leak)."""
    own = {word: code_of(column, word) for word in words.unique()}
    forms = Counter(code for word, code in own.items() if _is_form_of(word, code))
    return {
        word: code if code == UNSPECIFIED or (forms[code] > 1 and _is_form_of(word, code))
        else str(word)
        for word, code in own.items()
    }  # fmt: skip


def _is_form_of(word: object, code: str) -> bool:
    return not set(fold_label(word).split()).isdisjoint(code.split("_"))


def _translated(column: str, words: pd.Series) -> dict[object, str]:
    """Give the code of each word; one that is unknown, in two spellings, takes the commoner one."""
    counts = words.value_counts()
    known: dict[object, str] = {}
    spellings: dict[str, str] = {}
    for word in sorted(counts.index, key=lambda one: (-counts[one], str(one))):
        code = code_of(column, word)
        known[word] = (
            code if is_known(column, code) else spellings.setdefault(fold_label(code), code)
        )
    return known


def _each_coded(places: object, in_codes: frozenset[str]) -> str:
    """Code each of several kinds of place; none of them twice."""
    words = [word.strip() for word in re.split(_SEPARATORS, str(places)) if word.strip()]
    is_code = "place_type" in in_codes and all(map(_CODE.fullmatch, words))
    return ";".join(dict.fromkeys(w if is_code else code_of("place_type", w) for w in words))


@cache
def _vocabulary() -> dict[str, dict[str, dict[str, Any]]]:
    source = resources.files("geosector.measure") / "codes.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def _nothing() -> frozenset[str]:
    return frozenset(fold_label(word) for word in unspecified_words())


def _code_by_word(column: str, folded: str) -> str | None:
    """Find the code of a folded word: as it is known, else without its articles and plurals."""
    found = _codes(column).get(folded)
    return found or _codes_of_stems(column).get(_stem(folded))


@cache
def _codes(column: str) -> dict[str, str]:
    """Map every folded word, label and code of a column to its code; the first code wins."""
    found = dict.fromkeys(_nothing(), UNSPECIFIED)
    for code, facts in _vocabulary()[column].items():
        for word in (code, *facts["label"].values(), *facts["words"]):
            found.setdefault(fold_label(word), code)
    return found


@cache
def _codes_of_stems(column: str) -> dict[str, str]:
    """Map stems to codes; a stem that two codes share tells nothing."""
    found: dict[str, set[str]] = {}
    for word, code in _codes(column).items():
        found.setdefault(_stem(word), set()).add(code)
    return {stem: codes.pop() for stem, codes in found.items() if len(codes) == 1}


_ARTICLE, _LONG = "ال", 4


def _stem(folded: str) -> str:
    """Leave out what tells no word from another: the Arabic article, the English plural."""
    words = (word.removeprefix(_ARTICLE) if len(word) > _LONG else word for word in folded.split())
    return " ".join(
        word[:-1] if len(word) >= _LONG and word.isascii() and word[-1] == "s" and word[-2] != "s"
        else word
        for word in words
    )  # fmt: skip
