"""The queue: what only a person can decide goes out as a sheet and comes back as decisions.

A sheet has one row for each distinct text with its hints, however many rows of the table hold it.
It is bound to the table by what was written, not by row numbers: rows may be added or sorted while
the sheet is away, and the gazetteer may be replaced by a newer one.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from geosector import storage
from geosector.errors import InputError, MissingColumnError
from geosector.geocode.batch import written
from geosector.geocode.coordinates import Area, read_coordinate
from geosector.geocode.gazetteer import Place, list_places
from geosector.geocode.match import radius_of
from geosector.geocode.names import normalise
from geosector.geocode.reading import Reading, plain_characters
from geosector.language import LANGUAGES, percent, text
from geosector.tables import Problem, is_office_code, problems_table
from geosector.tables import table as table_of

CANDIDATES = 5
# What an office decided is as sure as what a coordinate says.
REVIEWED_SCORE = 0.99
EXAMPLE = "example"
_ID = re.compile(r"\[(?P<id>[^\[\]]+)\]\s*$")
_POINT = "="  # stands for the id where the candidate is the coordinate that was written
# A typed coordinate with one of these flags might be another place.
_NOT_CLEAR = {"axis_order_open", "band_assumed", "label_missing", "marks_assumed", "words_ignored"}


def _headers(lang: str | None = None) -> dict[str, str]:
    """Name the columns of the sheet in a language."""
    candidates = {
        f"candidate_{number}": text("Candidate {number}", lang, number=number)
        for number in range(1, CANDIDATES + 1)
    }
    return {
        "question": text("Question", lang),
        "written": text("As written", lang),
        "context": text("Where it lies", lang),
        "rows": text("Rows", lang),
        "noticed": text("What was noticed", lang),
        **candidates,
        "answer": text("Your answer", lang),
        "coordinates": text("Or coordinates", lang),
    }


def _none_of_these(lang: str | None = None) -> str:
    return text("none of these", lang)


# --------------------------------------------------------------- out


def review_sheet(
    matches: pd.DataFrame, gazetteer: pd.DataFrame | Sequence[pd.DataFrame] = ()
) -> pd.DataFrame:
    """List what a person has to decide.

    Parameters
    ----------
    matches : DataFrame
        From `geocode`, as it gave it: its ``attrs["asked"]`` are needed.
    gazetteer : DataFrame or sequence of DataFrame, optional
        As given to `geocode`. With it, candidates tell their governorate and district.

    Returns
    -------
    DataFrame
        Texts under headers in the current language. One row for each distinct text (with its
        hints) whose decision is ``review``, most frequent first; an example row before them.
        Columns: the id of the question, the text, the hints, how many rows hold it, what was
        noticed, up to five candidates (name, where, probability, ``[id]``), and two to fill in:
        the number of a candidate or "none of these", or coordinates.

    Raises
    ------
    InputError
        Where ``matches`` does not come from `geocode`.

    Examples
    --------
    >>> from geosector.geocode import geocode
    >>> places = pd.DataFrame({"id": ["1", "2"], "name": ["Kafr Zayt"] * 2, "lat": [36.1, 36.4],
    ...                        "lon": [36.6, 38.0], "admin1": ["West", "East"]})
    >>> words = pd.DataFrame({"query": ["Kafr Zayt", "36.2 N 36.7 E", "Kafr Zayt"]})
    >>> sheet = review_sheet(geocode(words, places), places)
    >>> sheet[["As written", "Rows", "Candidate 2"]].iloc[1].tolist()
    ['Kafr Zayt', '2', 'Kafr Zayt · east · ...% [2]']
    >>> len(review_sheet(geocode(words.iloc[:0], places)))
    1
    >>> review_sheet(words)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The matches do not say what was asked. Give the table that ...
    """
    asked = _asked(matches)
    tables = [gazetteer] if isinstance(gazetteer, pd.DataFrame) else [*gazetteer]
    places = {place.id: place for place in list_places(tables)[0]}
    positions: dict[tuple[str, ...], list[int]] = {}
    for position, (query, decision) in enumerate(zip(asked, matches["decision"], strict=True)):
        if decision == "review":
            positions.setdefault(query, []).append(position)
    most_first = sorted(positions.items(), key=lambda one: -len(one[1]))
    rows = [_example_row()]
    for query, held in most_first:
        rows.append(_question_row(query, len(held), matches.iloc[held[0]], places))
    headers = _headers()
    made = pd.DataFrame(rows, columns=list(headers), dtype=object)
    return made.set_axis(list(headers.values()), axis="columns")


def write_review_sheet(sheet: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write a sheet for people to fill in.

    Parameters
    ----------
    sheet : DataFrame
        From `review_sheet`, in the same language.
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
    numbers = [str(number) for number in range(1, CANDIDATES + 1)]
    choices = {_headers()["answer"]: [*numbers, _none_of_these()]}
    storage.write_form(sheet, path, choices, layer=text("Review"))


def _asked(matches: pd.DataFrame) -> list[tuple[str, ...]]:
    columns = [str(name) for name in matches.attrs.get("asked", ())]
    if not columns or not {*columns, "decision", "alternatives"} <= set(matches.columns):
        raise InputError(
            text(
                "The matches do not say what was asked. Give the table that geocode returned, "
                "with all its columns."
            )
        )
    cells = [[written(cell) for cell in matches[column]] for column in columns]
    return list(zip(*cells, strict=True))


def _question_id(query: tuple[str, ...]) -> str:
    # A letter first, so that no spreadsheet takes it for a number.
    return "q" + hashlib.sha256("\x1f".join(query).encode("utf-8", "replace")).hexdigest()[:11]


def _example_row() -> list[str | None]:
    candidates = [text("a place"), text("another place"), *[None] * (CANDIDATES - 2)]
    return [
        EXAMPLE, text("This row only shows how"), None, None, None, *candidates, "2",
        text("or, where none is right: 35.9306 N 36.6339 E"),
    ]  # fmt: skip


def _question_row(
    query: tuple[str, ...], rows: int, match: pd.Series, places: dict[str, Place]
) -> list[str | None]:
    words, *hints = query
    candidates = [*_candidates(match, places), *[None] * CANDIDATES][:CANDIDATES]
    context = " · ".join(filter(None, hints)) or None
    return [
        _question_id(query), words, context, str(rows), str(match["flags"]) or None,
        *candidates, None, None,
    ]  # fmt: skip


def _candidates(match: pd.Series, places: dict[str, Place]) -> Iterator[str]:
    """Say what each candidate is, best first; its id stands in brackets at the end."""
    if match["level"] == "coordinate":
        yield f"{match['lat']:.5f} N {match['lon']:.5f} E [{_POINT}]"
    elif pd.notna(match["match_id"]):
        yield _told(str(match["match_id"]), str(match["match_name"]), match["score"], places)
    for one in json.loads(match["alternatives"]):
        yield _told(str(one["id"]), str(one["name"]), float(one["score"]), places)


def _told(place_id: str, name: str, score: float, places: dict[str, Place]) -> str:
    place = places.get(place_id)
    units = (place.admin1, place.admin2) if place is not None else ()
    told = [name, *filter(None, dict.fromkeys(units)), percent(score)]
    return " · ".join(told) + f" [{place_id}]"


# --------------------------------------------------------------- back


class _Decision(NamedTuple):
    """What was decided of one question; ``place_id`` is set where a spelling was learned."""

    cells: Mapping[str, object]
    flag: str
    place: Place | None = None


class _Wrong(Exception):  # noqa: N818 - never leaves this module
    """A cell that cannot be used: its column, what was given, what was expected."""

    def __init__(self, column: str, given: str, expected: str, *, contests: bool = False) -> None:
        super().__init__(column, given, expected)
        self.column, self.given, self.expected = column, given, expected
        self.contests = contests  # takes an earlier answer back


class _Desk(NamedTuple):
    """What answers are read with."""

    places: dict[str, Place]
    area: Area | None


def apply_review(
    matches: pd.DataFrame,
    sheet: pd.DataFrame,
    gazetteer: pd.DataFrame | Sequence[pd.DataFrame],
    *,
    office: str,
    date: str | None = None,
    area: Area | None = None,
    file: str = "review",
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Put the decisions of a sheet that was filled in into the matches.

    Parameters
    ----------
    matches : DataFrame
        From `geocode` on the same table (rows may have been added or sorted since).
    sheet : DataFrame
        As `review_sheet` gave it, filled in, with headers in any language; the index is the row's
        number in the file. Rows without an answer stay undecided.
    gazetteer : DataFrame or sequence of DataFrame
        Where the chosen places are looked up by id.
    office : str
        The code of the office that decided, such as ``IDL-OPS``; never the name of a person.
    date : str, optional
        When, as YYYY-MM-DD. Default: what SOURCE_DATE_EPOCH says, else none.
    area : tuple = (west, south, east, north), optional
        Typed coordinates outside are refused. Default: the area of the matches.
    file : str
        Name of the sheet, for problems and aliases.

    Returns
    -------
    tuple = (matches, problems, aliases)
        ``matches``: the same rows in order; what was decided is ``accepted`` (or ``refused`` for
        "none of these") and flagged ``reviewed``. ``problems``: every cell that could not be used.
        ``aliases``: ``written, place_id, decided_by, decided_at, source``, one row for each
        spelling that the gazetteer does not hold and that means one place only.

    Raises
    ------
    InputError
        Where ``office`` is no code, or ``matches`` does not come from `geocode`.
    MissingColumnError
        Where the sheet lacks a column.

    Examples
    --------
    >>> from geosector.geocode import geocode
    >>> places = pd.DataFrame({"id": ["1", "2"], "name": ["Kafr Zayt"] * 2, "lat": [36.1, 36.4],
    ...                        "lon": [36.6, 38.0], "admin1": ["West", "East"]})
    >>> words = pd.DataFrame({"query": ["Kafr Zayt"]})
    >>> matches = geocode(words, places)
    >>> sheet = review_sheet(matches, places)
    >>> sheet.loc[1, "Your answer"] = "2"
    >>> decided, problems, aliases = apply_review(matches, sheet, places, office="IDL-OPS")
    >>> decided[["match_id", "decision", "flags"]].iloc[0].tolist()
    ['2', 'accepted', 'ambiguous;reviewed']
    >>> len(problems), len(aliases)  # the place bears this name already: nothing was learned
    (0, 0)
    >>> apply_review(matches, sheet, places, office="Samar Haddad")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: 'Samar Haddad' is not the code of an office. Give one such as ...
    """
    _require_office(office)
    asked = _asked(matches)
    tables = [gazetteer] if isinstance(gazetteer, pd.DataFrame) else [*gazetteer]
    places, spellings = list_places(tables)
    desk = _Desk({place.id: place for place in places}, area or matches.attrs.get("area"))
    answers = _known_headers(sheet, file)
    held: dict[str, list[int]] = {}
    for position, query in enumerate(asked):
        held.setdefault(_question_id(query), []).append(position)
    decided, problems = _decisions(answers, matches, held, desk, file)
    made = _with_decisions(matches, decided, held)
    by_id = {_question_id(query): query[0] for query in asked}
    stamp = (office, _when(date), file)
    borne = {normalise(name) for names in spellings for name in names}
    aliases, unsure = _learned(decided, by_id, stamp, borne)
    return made, problems_table([*problems, *unsure]), aliases


def _require_office(office: str) -> None:
    if not is_office_code(office):
        raise InputError(
            text(
                "'{office}' is not the code of an office. Give one such as IDL-OPS, without "
                "blanks, never the name of a person.",
                office=office,
            )
        )


def _when(date: str | None) -> str:
    stated = storage.stated_moment()
    return date or ("" if stated is None else stated.date().isoformat())


def _known_headers(sheet: pd.DataFrame, file: str) -> pd.DataFrame:
    """Name the columns by what they are, in whatever language the sheet was written."""
    meant: dict[str, str] = {}
    for lang in LANGUAGES:
        meant.update({normalise(header): name for name, header in _headers(lang).items()})
    names = {column: meant.get(normalise(str(column)), str(column)) for column in sheet.columns}
    needed = ("question", "answer", "coordinates")
    missing = [_headers()[name] for name in needed if name not in names.values()]
    if missing:
        raise MissingColumnError(
            text(
                "{file} is no review sheet: it lacks {columns}. Give a sheet that --review wrote.",
                file=file,
                columns=", ".join(missing),
            )
        )
    return sheet.rename(columns=names)


def _cell(row: pd.Series, name: str) -> str:
    return written(row.get(name)).strip()


def _decisions(
    answers: pd.DataFrame,
    matches: pd.DataFrame,
    held: dict[str, list[int]],
    desk: _Desk,
    file: str,
) -> tuple[dict[str, _Decision], list[Problem]]:
    decided: dict[str, _Decision] = {}
    contested: set[str] = set()
    problems: list[Problem] = []
    for label, row in answers.iterrows():
        question = _cell(row, "question")
        if question == EXAMPLE or not (_cell(row, "answer") or _cell(row, "coordinates")):
            continue
        try:
            decision = _decision(row, matches, held.get(question, []), desk)
            _require_same(decided.get(question, decision), decision, _cell(row, "answer"))
        except _Wrong as wrong:
            if wrong.contests:
                contested.add(question)
            number = int(label) if isinstance(label, int) else None
            action = text("The question stays open.")
            column = _headers()[wrong.column]
            problems.append(Problem(file, number, column, wrong.given, wrong.expected, action))
        else:
            decided[question] = decision
    return {key: one for key, one in decided.items() if key not in contested}, problems


def _require_same(earlier: _Decision, later: _Decision, answer: str) -> None:
    if earlier != later:
        raise _Wrong("answer", answer, text("one answer to each question"), contests=True)


def _decision(
    row: pd.Series, matches: pd.DataFrame, positions: Sequence[int], desk: _Desk
) -> _Decision:
    """Read one answer: a number, "none of these", coordinates, or both of the latter."""
    if not positions:
        raise _Wrong("question", _cell(row, "question"), text("a question about this table"))
    answer, typed = _cell(row, "answer"), _cell(row, "coordinates")
    number = _number(answer)
    if typed and number is not None:
        raise _Wrong("coordinates", typed, text("a candidate or coordinates, not both"))
    if typed:
        return _typed(typed, desk)
    if number is None:
        refused = {"lat": None, "lon": None, "radius_m": None, "score": 0.0, "decision": "refused"}
        return _Decision(refused, "none_of_these")
    shown = _cell(row, f"candidate_{number}")
    found = _ID.search(shown)
    if found is None:
        raise _Wrong("answer", answer, text("the number of a candidate in this row"))
    if found["id"] == _POINT:
        kept = {"score": REVIEWED_SCORE, "decision": "accepted"}
        if matches["level"].iloc[positions[0]] != "coordinate":
            raise _Wrong("answer", answer, text("a candidate that is still known"))
        return _Decision(kept, "")
    place = desk.places.get(found["id"])
    if place is None:
        raise _Wrong("answer", found["id"], text("a place in the gazetteer"))
    return _Decision(_of_place(place), "", place)


def _number(answer: str) -> int | None:
    """Read the number of a candidate; None for "none of these" in any language, or for nothing."""
    plain = plain_characters(answer).removesuffix(".0")
    if plain.isdecimal() and 1 <= int(plain) <= CANDIDATES:
        return int(plain)
    nothing = {normalise(_none_of_these(code)) for code in LANGUAGES}
    if answer and normalise(answer) not in nothing:
        raise _Wrong(
            "answer",
            answer,
            text("a number from 1 to 5, or “{nothing}”", nothing=_none_of_these()),
        )
    return None


def _typed(typed: str, desk: _Desk) -> _Decision:
    reading = read_coordinate(typed, area=desk.area)
    if not isinstance(reading, Reading):
        reason = "" if reading is None else f" ({reading.reason})"
        raise _Wrong("coordinates", typed, text("coordinates in the area") + reason)
    if _NOT_CLEAR.intersection(reading.flags):
        raise _Wrong("coordinates", typed, text("coordinates with N and E, such as 35.9 N 36.6 E"))
    values = {
        "lat": reading.lat,
        "lon": reading.lon,
        "match_id": None,
        "match_name": None,
        "level": "coordinate",
        "score": REVIEWED_SCORE,
        "decision": "accepted",
        "radius_m": reading.radius_m,
    }
    return _Decision(values, "swapped" if "swapped" in reading.flags else "")


def _of_place(place: Place) -> dict[str, object]:
    return {
        "lat": place.lat,
        "lon": place.lon,
        "match_id": place.id,
        "match_name": place.name,
        "level": place.level,
        "score": REVIEWED_SCORE,
        "decision": "accepted",
        "radius_m": radius_of(place),
    }


def _with_decisions(
    matches: pd.DataFrame, decided: dict[str, _Decision], held: dict[str, list[int]]
) -> pd.DataFrame:
    made = matches.copy()
    columns = {name: made[name].tolist() for name in (*_of_place_names(), "flags")}
    for question, decision in decided.items():
        for position in held[question]:
            for name, value in decision.cells.items():
                columns[name][position] = value
            flags = [*str(columns["flags"][position]).split(";"), decision.flag, "reviewed"]
            columns["flags"][position] = ";".join(dict.fromkeys(filter(None, flags)))
    for name, values in columns.items():
        made[name] = pd.array(values, dtype=matches[name].dtype)
    made.attrs = dict(matches.attrs)
    return made


def _of_place_names() -> tuple[str, ...]:
    return ("lat", "lon", "match_id", "match_name", "level", "score", "decision", "radius_m")


def _learned(
    decided: dict[str, _Decision],
    words: dict[str, str],
    stamp: tuple[str, str, str],
    borne: set[str],
) -> tuple[pd.DataFrame, list[Problem]]:
    """List the spellings that were decided for one place each and that no place bears yet.

    ``borne``: the spellings of all places, as `normalise` gives them. What homonyms bear stays
    theirs: in the next row it may mean the other one.
    """
    meant: dict[str, dict[str, str]] = {}
    for question, decision in decided.items():
        if decision.place is not None and decision.place.id:
            spelling = words[question]
            meant.setdefault(normalise(spelling), {})[decision.place.id] = spelling
    rows, problems = [], []
    for key, places in meant.items():
        place_id, spelling = next(iter(places.items()))
        if len(places) > 1:
            problems.append(
                Problem(
                    stamp[-1],
                    None,
                    _headers()["written"],
                    spelling,
                    text("one place for each spelling"),
                    text("The rows were decided; the spelling was not learned."),
                )
            )
        elif not key or key not in borne:
            rows.append((spelling, place_id, *stamp))
    return pd.DataFrame(rows, columns=list(table_of("aliases").columns), dtype=object), problems
