"""Duplicates on a sheet: proposed to a planner, marked, and brought back into the register.

The sheet has a row for each pair of reports, with what both say. It is bound to what was seen: a
check word stands for the content of both reports, and a decision about reports that were changed
while the sheet was away is not carried out. Decisions that contradict each other are not either.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Mapping
from typing import NamedTuple

import pandas as pd

from geosector import storage
from geosector.errors import MissingColumnError
from geosector.language import LANGUAGES, percent, text
from geosector.register import apart, ledger, settling
from geosector.register.cells import Cells
from geosector.register.ledger import Edit
from geosector.register.settling import CASUALTIES
from geosector.tables import Problem, fold_label, problems_table

_LAYER = "incidents"
_TOLD = ("date", "kind", "locality", "place_type", "weapon", "reported_by", "narrative")
_LONGEST = 400  # letters of a report that are shown
_NEEDED = ("first", "second", "answer", "keep", "check")


def _headers(lang: str | None = None) -> dict[str, str]:
    """Name the columns of the sheet in a language."""
    return {
        "first": text("First report", lang),
        "second": text("Second report", lang),
        "score": text("How likely it is one event", lang),
        "reasons": text("Why", lang),
        "says_first": text("What the first one says", lang),
        "says_second": text("What the second one says", lang),
        "answer": text("Your answer", lang),
        "keep": text("Which one stays", lang),
        "check": text("Leave as it is", lang),
    }


def _answers(lang: str | None = None) -> dict[str, str]:
    return {"same": text("same", lang), "not same": text("not the same", lang)}


def _sides(lang: str | None = None) -> dict[str, str]:
    return {"first": text("the first one", lang), "second": text("the second one", lang)}


# --------------------------------------------------------------- out


def sheet_of(database: sqlite3.Connection, proposed: pd.DataFrame) -> pd.DataFrame:
    """Make the sheet of proposed pairs, under headers in the current language.

    Parameters
    ----------
    database : sqlite3.Connection
    proposed : pandas.DataFrame
        ``id_a, id_b, score, reasons``.

    Returns
    -------
    pandas.DataFrame
        One row for each pair. The report that says more is proposed to stay.
    """
    rows = []
    for pair in proposed.itertuples(index=False):
        ids = (str(pair.id_a), str(pair.id_b))
        cells = [_row(database, ledger.require(database, _LAYER, one)) for one in ids]
        fuller = "second" if len(cells[1]) > len(cells[0]) else "first"
        rows.append(
            [
                *ids, percent(float(str(pair.score))), pair.reasons, *map(_told, cells), None,
                _sides()[fuller], _check(*cells),
            ]
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(_headers().values()), dtype=object)


def write_duplicates_sheet(sheet: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write a sheet of duplicates for people to fill in.

    Parameters
    ----------
    sheet : pandas.DataFrame
        From `geosector.Register.duplicates_sheet`, in the same language.
    path : str or path
        ``.xlsx`` (answers are chosen from a list, the header stays in sight, right to left where
        the language is) or ``.csv``.

    Raises
    ------
    InputError
        Where the extension is another one.
    StorageError
        Where writing failed. The file that stood there before is whole.
    """
    headers = _headers()
    choices = {
        headers["answer"]: [*_answers().values()],
        headers["keep"]: [*_sides().values()],
    }
    storage.write_form(sheet, path, choices, layer=text("Duplicates"))


def _row(database: sqlite3.Connection, row: int) -> Cells:
    return ledger.row_of(database, _LAYER, row) or {}


def _told(cells: Cells) -> str:
    """Tell a report in one cell: what the coded columns and the text say, and how many people."""
    told = [str(cells[column]) for column in _TOLD if column in cells]
    told += [
        f"{column}: {value}"
        for column, value in cells.items()
        if column.split("_")[0] in CASUALTIES
    ]
    return " · ".join(told)[:_LONGEST]


def _check(first: Cells, second: Cells) -> str:
    """Give a word for the content of two reports; a letter first, so that it is no number."""
    written = json.dumps([first, second], sort_keys=True).encode()
    return "r" + hashlib.sha256(written).hexdigest()[:15]


# --------------------------------------------------------------- back


class Decided(NamedTuple):
    """What came of a sheet: pairs merged, kept apart, done before; and what was not done."""

    merged: int
    apart: int
    before: int
    problems: pd.DataFrame


class _Answer(NamedTuple):
    """One decision of a sheet."""

    number: int | None  # of its row in the file
    ids: tuple[str, str]
    is_same: bool
    keeps_first: bool
    check: str


class _Wrong(Exception):  # noqa: N818 - never leaves this module
    """A decision that cannot be carried out: its column, what was given, what was expected."""

    def __init__(self, column: str, given: str, expected: str) -> None:
        super().__init__(column, given, expected)
        self.column, self.given, self.expected = column, given, expected


class _Planned(NamedTuple):
    answer: _Answer
    rows: tuple[int, int]


def decide(database: sqlite3.Connection, office: str, sheet: pd.DataFrame, file: str) -> Decided:
    """Carry out the decisions of a sheet; inside a transaction of the caller.

    Parameters
    ----------
    database : sqlite3.Connection
    office : str
        Who signs.
    sheet : pandas.DataFrame
        As `sheet_of` made it, filled in, with headers in any language; the index is the row's
        number in the file.
    file : str
        Name of the sheet, for problems.

    Returns
    -------
    Decided

    Raises
    ------
    MissingColumnError
        Where the sheet lacks a column.
    """
    answers, problems = _read(sheet, file)
    answers, found = _without_contradictions(answers, file)
    problems += found
    known = {(one.first, one.second) for one in apart.kept_apart(database)}
    planned, before = [], 0
    for answer in answers:
        try:  # all of them as the sheet saw them, before the first one is carried out
            rows = _rows(database, answer, known)
        except _Wrong as wrong:
            problems.append(_problem(wrong, answer.number, file))
        else:
            before += rows is None
            planned += [] if rows is None else [_Planned(answer, rows)]
    # A pair may stand on the sheet twice.
    once = {(one.answer.is_same, frozenset(one.rows)): one for one in planned}
    merged = [_carry_out(database, office, one) for one in once.values()]
    counts = (sum(merged), len(merged) - sum(merged), before)
    return Decided(*counts, problems_table(sorted(problems, key=lambda one: one.row or 0)))


def _problem(wrong: _Wrong, number: int | None, file: str) -> Problem:
    action = text("The pair stays undecided.")
    return Problem(file, number, _headers()[wrong.column], wrong.given, wrong.expected, action)


def _read(sheet: pd.DataFrame, file: str) -> tuple[list[_Answer], list[Problem]]:
    named = _known_headers(sheet, file)
    answers, problems = [], []
    for label, row in named.iterrows():
        cells = {name: _cell(row[name]) for name in _NEEDED}
        if not cells["answer"]:
            continue
        number = int(label) if isinstance(label, int) else None
        try:
            answers.append(_answer(cells, number))
        except _Wrong as wrong:
            problems.append(_problem(wrong, number, file))
    return answers, problems


def _known_headers(sheet: pd.DataFrame, file: str) -> pd.DataFrame:
    """Name the columns by what they are, in whatever language the sheet was written."""
    meant = {
        fold_label(header): name for lang in LANGUAGES for name, header in _headers(lang).items()
    }
    names = {column: meant.get(fold_label(column), str(column)) for column in sheet.columns}
    missing = [_headers()[name] for name in _NEEDED if name not in names.values()]
    if missing:
        raise MissingColumnError(
            text(
                "{file} is no sheet of duplicates: it lacks {columns}. Give a sheet that geosector "
                "wrote.",
                file=file,
                columns=", ".join(missing),
            )
        )
    return sheet.rename(columns=names)


def _cell(cell: object) -> str:
    return "" if cell is None or cell is pd.NA or cell != cell else str(cell).strip()  # noqa: PLR0124


def _answer(cells: Mapping[str, str], number: int | None) -> _Answer:
    told = _meant(cells["answer"], _answers)
    if told is None:
        raise _Wrong("answer", cells["answer"], ", ".join(_answers().values()))
    side = _meant(cells["keep"], _sides)
    if side is None and told == "same":
        raise _Wrong("keep", cells["keep"], ", ".join(_sides().values()))
    ids = (cells["first"], cells["second"])
    return _Answer(number, ids, told == "same", side != "second", cells["check"])


def _meant(cell: str, words: Callable[[str | None], dict[str, str]]) -> str | None:
    """Find what a word means, in whatever language it was chosen."""
    meant = {fold_label(word): key for lang in LANGUAGES for key, word in words(lang).items()}
    return meant.get(fold_label(cell))


def _without_contradictions(
    answers: list[_Answer], file: str
) -> tuple[list[_Answer], list[Problem]]:
    """Leave out groups of reports that the sheet calls both one event and two."""
    heads: dict[str, str] = {}

    def head(name: str) -> str:
        while name in heads:
            name = heads[name]
        return name

    for one in answers:
        if one.is_same and head(one.ids[0]) != head(one.ids[1]):
            heads[head(one.ids[0])] = head(one.ids[1])
    broken = {
        head(one.ids[0])
        for one in answers
        if not one.is_same and head(one.ids[0]) == head(one.ids[1])
    }
    wrong = [one for one in answers if broken & {head(name) for name in one.ids}]
    problems = [
        _problem(
            _Wrong("answer", " = ".join(one.ids) if one.is_same else " ≠ ".join(one.ids),
                   text("answers that do not contradict each other")),
            one.number, file,
        )
        for one in wrong
    ]  # fmt: skip
    return [one for one in answers if one not in wrong], problems


def _rows(
    database: sqlite3.Connection, answer: _Answer, known: set[tuple[str, str]]
) -> tuple[int, int] | None:
    """Give the rows of a pair as the sheet saw it; None where the decision stands already."""
    rows = []
    for column, name in zip(("first", "second"), answer.ids, strict=True):
        row = ledger.last_known(database, _LAYER, name)
        here = None if row is None else apart.stands_for(database, row)
        if here is None:
            raise _Wrong(column, name, text("a report that is in the register"))
        rows.append(here)
    first, second = rows
    if answer.is_same and first == second and answer.ids[0] != answer.ids[1]:
        return None
    if first == second:
        raise _Wrong("answer", " = ".join(answer.ids), text("two reports that were not merged"))
    cells = [_row(database, row) for row in rows]
    pair = sorted(str(one.get("id")) for one in cells)
    if (pair[0], pair[1]) in known:
        if not answer.is_same:
            return None
        raise _Wrong("answer", " = ".join(pair), text("two reports that nobody keeps apart"))
    if answer.check != _check(*cells):
        raise _Wrong(
            "check", answer.check, text("reports that were not changed since the sheet was made")
        )
    return first, second


def _carry_out(database: sqlite3.Connection, office: str, planned: _Planned) -> bool:
    """Merge or keep apart; say whether it was a merge."""
    rows = [apart.stands_for(database, row) or row for row in planned.rows]
    first, second = rows
    if not planned.answer.is_same:
        apart.keep_apart(database, office, (first, second))
        return False
    if first != second:  # a longer way round may have joined them before
        keep, drop = (first, second) if planned.answer.keeps_first else (second, first)
        merge_rows(database, office, keep, drop)
    return True


def merge_rows(database: sqlite3.Connection, office: str, keep: int, drop: int) -> int:
    """Merge two reports of one event; inside a transaction of the caller.

    Returns
    -------
    int
        Sequence of the change that takes one of them out.
    """
    completed = settling.completed(_row(database, keep), _row(database, drop))
    edits = [
        Edit(_LAYER, keep, "merge", completed),
        Edit(_LAYER, drop, "merge", None, detail={"into": keep}),
    ]
    return ledger.record(database, office, edits)[-1]
