"""Exports of field forms (Kobo, ODK) as plain rows: a column for each question, one for the place.

However the export was asked for: names or labels, groups before them or not, a choice of several
in one cell or in a column for each, points whole or split. Nothing that was answered is lost, and
what is dropped is listed: how the report was sent is no answer.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd

from geosector.language import text
from geosector.sources.check import row_number
from geosector.sources.geopoints import with_places
from geosector.sources.headers import (
    ID_HEADERS,
    column_of,
    cuts,
    is_about_sending,
    is_export,
    plain,
    same_question,
)
from geosector.sources.values import is_blank, is_missing, read_as, written_as
from geosector.tables import (
    Problem,
    fold_label,
    looks_personal,
    match_columns,
    match_value,
    table,
)

# The question for the time of day, as forms of geosector and others call it.
TIME_LABELS = {"en": "Time", "ar": "الوقت", "kmr": "Dem", "ckb": "کات"}
_TIMES = frozenset(
    fold_label(word) for word in (*TIME_LABELS.values(), "time of incident", "وقت الحادث", "ساعت")
)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[+-]\d{2}:?\d{2})?")
_FLAGS = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CODE = re.compile(r"[A-Za-z0-9][\w-]*", re.ASCII)
_REFUSED_BY_OFFICE = ("not approved", "not_approved", "rejected", "hasissues", "has issues")


def plain_rows(cells: pd.DataFrame, name: str, *, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Make plain rows of an export; other tables go through as they are.

    Parameters
    ----------
    cells : DataFrame or GeoDataFrame
        Headers and cells as they stand in the file.
    name : str
        The table that it should be.
    file : str
        For the problems.

    Returns
    -------
    tuple = (rows, problems)
        The same rows on the same index. Questions that mean a column of the table have its name,
        ``id`` is the report's own (``_uuid``), ``geometry`` its place as well-known text.

    Examples
    --------
    >>> cells = pd.DataFrame(
    ...     {
    ...         "what/date": ["2026-03-01"],
    ...         "where": ["36.2 37.1 400 4.5"],
    ...         "other_places/home": ["1"],
    ...         "other_places/road": ["0"],
    ...         "_uuid": ["u1"],
    ...     }
    ... )
    >>> rows, problems = plain_rows(cells, "incidents", file="export.csv")
    >>> rows[["date", "other_places", "geometry", "radius_m", "id"]].iloc[0].tolist()
    ['2026-03-01', 'home', 'SRID=4326;POINT (37.1 36.2)', 4.5, 'u1']
    >>> plain_rows(cells.iloc[:0], "incidents", file="export.csv")[0].empty
    True
    """
    headers = [str(header) for header in cells.columns]
    exported = is_export(headers, name)
    if not exported:
        return with_places(cells, name, file=file, exported=False)
    rows, grouped = _without_bare_groups(_without_marks_of_nothing(cells), name, file)
    problems = [*grouped, *_doubts_of_the_office(rows, file)]
    rows, places = with_places(rows, name, file=file, exported=True)
    rows, ids = _without_sending(rows, file)
    rows, choices = _with_choices_joined(rows, name, file)
    rows, named = _under_names(rows, name, file)
    rows = _with_time(_with_codes(rows, name))
    rows = _with_ids(rows, ids, name)
    return rows, [*problems, *places, *ids.problems, *choices, *named]


def _without_marks_of_nothing(cells: pd.DataFrame) -> pd.DataFrame:
    """Empty the cells of questions that were never asked ("n/a")."""
    rows = cells.copy()
    for column in rows.columns:
        if rows[column].dtype == object or isinstance(rows[column].dtype, pd.StringDtype):
            answered = [
                None
                if is_missing(cell) or (isinstance(cell, str) and cell.strip().casefold() == "n/a")
                else cell
                for cell in rows[column].tolist()
            ]
            rows[column] = _objects(answered, rows.index)
    return rows


def _objects(cells: list[Any], index: pd.Index) -> pd.Series:
    """Make a column of any cells, in which nothing is None."""
    return pd.Series(cells, index=index, dtype=object)


# ---------------------------------------------------------------- how it was sent


class _Sent(NamedTuple):
    ids: pd.Series
    problems: list[Problem]


def _doubts_of_the_office(rows: pd.DataFrame, file: str) -> list[Problem]:
    """List the reports that somebody in the office has not accepted."""
    problems = []
    for header in rows.columns:
        if not plain(header).startswith("_validation_status") and str(header) != "ReviewState":
            continue
        for place, cell in enumerate(rows[header].tolist()):
            if any(word in written_as(cell).casefold() for word in _REFUSED_BY_OFFICE):
                problems.append(
                    Problem(file, row_number(rows.index, place), str(header), written_as(cell),
                            text("a report that the office has accepted"), text("Kept as it is."))
                )  # fmt: skip
    return problems


def _without_sending(rows: pd.DataFrame, file: str) -> tuple[pd.DataFrame, _Sent]:
    """Drop the programs' own columns, list them, and keep what identifies each report."""
    headers = list(rows.columns)
    geometry = rows.geometry.name if isinstance(rows, gpd.GeoDataFrame) else None
    ids = pd.Series(None, index=rows.index, dtype=object)
    for wanted in ID_HEADERS:
        for header in headers:
            is_own = plain(header) == wanted and not _is_an_answer(header, rows[header])
            if is_own and ids.isna().all():
                ids = rows[header].map(_bare_id).astype(object)
    gone = [
        header
        for header in headers
        if header != geometry
        and not looks_personal(header)
        and not _is_an_answer(header, rows[header])
        and (is_about_sending(header, headers) or plain(header).startswith("_validation_status"))
    ]
    problems = [
        Problem(file, None, str(header), str(header),
                text("answers, not how the report was made and sent"),
                text("Taken as the id.") if plain(header) in ID_HEADERS
                else text("The column was dropped."))
        for header in gone
        if not rows[header].isna().all()
    ]  # fmt: skip
    return rows.drop(columns=gone), _Sent(ids, problems)


def _is_an_answer(header: object, cells: pd.Series) -> bool:
    """Tell questions that are called like a program's own column: days, where it writes moments."""
    answered = [written_as(cell) for cell in cells.tolist() if not is_missing(cell)]
    if plain(header) in {"start", "end"}:
        return bool(answered) and all(_DAY.fullmatch(cell) for cell in answered)
    return plain(header) == "key" and not all(cell.startswith("uuid:") for cell in answered)


def _bare_id(cell: object) -> str | None:
    return None if is_missing(cell) else written_as(cell).strip().removeprefix("uuid:")


def _with_ids(rows: pd.DataFrame, sent: _Sent, name: str) -> pd.DataFrame:
    """Identify each row: by its own id where the form asks for a good one, else by the report's."""
    if "id" not in table(name).columns or sent.ids.isna().all():
        return rows
    own = next((c for c in rows.columns if (column_of(name, str(c)) or ("",))[0] == "id"), None)
    if own is None:
        return rows.assign(id=sent.ids)
    answered = rows[own].dropna()
    if answered.duplicated().any():
        kept = rows.rename(columns={own: "id_input" if own == "id" else own})
        return kept.assign(id=sent.ids)
    return rows.rename(columns={own: "id"}).assign(id=rows[own].where(rows[own].notna(), sent.ids))


# ---------------------------------------------------------------- choices


def _with_choices_joined(
    rows: pd.DataFrame, name: str, file: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Put a choice of several that has a column for each choice into one cell, with semicolons."""
    problems = []
    for question, choices in _split_choices(rows, name).items():
        chosen = [
            ";".join(choice for choice, flag in zip(choices.values(), flags, strict=True) if flag)
            for flags in zip(*(map(_flag, rows[h].tolist()) for h in choices), strict=True)
        ]
        before = rows[question].tolist() if question in rows.columns else [None] * len(rows)
        joined = _objects(
            [new or old or None for new, old in zip(chosen, before, strict=True)], rows.index
        )
        place = min(rows.columns.get_loc(header) for header in choices)
        rows = rows.drop(columns=list(choices))
        if question in rows.columns:
            rows[question] = joined
        else:
            rows.insert(place, question, joined)
        problems.append(
            Problem(file, None, question, ", ".join(map(str, choices))[:200],
                    text("one column for each question"),
                    text("Joined into one cell, with semicolons."))
        )  # fmt: skip
    return rows, problems


def _split_choices(rows: pd.DataFrame, name: str) -> dict[str, dict[Any, str]]:
    """Find columns of yes and no that are the choices of one question: question, header, choice."""
    found: dict[str, dict[Any, str]] = {}
    names = {str(header) for header in rows.columns}
    kinds = {column.name: column.type for column in table(name).columns.values()}
    for header in rows.columns:
        written = str(header)
        whole = column_of(name, written)
        if whole is not None and (whole[1] == written or kinds[whole[0]] in {"integer", "number"}):
            continue
        if not all(is_missing(cell) or _flag(cell) is not None for cell in rows[header].tolist()):
            continue
        for question, choice in reversed(list(cuts(written))):
            meant = (column_of(name, question) or ("",))[0]
            is_choice = kinds.get(meant) == "choice" and match_value(name, meant, choice)
            if question in names or kinds.get(meant) == "list" or is_choice:
                found.setdefault(question, {})[header] = choice
                break
    return {
        question: choices
        for question, choices in found.items()
        if rows[list(choices)].notna().any(axis=None)
    }


def _flag(cell: object) -> bool | None:
    return None if is_missing(cell) else _FLAGS.get(written_as(cell).strip().casefold())


def _with_codes(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Turn the labels of known words into their codes, and lists into cells with semicolons."""
    for column in table(name).columns.values():
        if column.name not in rows.columns or column.type not in {"text", "list"}:
            continue
        if column.type == "list":
            cells = rows[column.name].tolist()
            uses = Counter(
                word for cell in cells if not is_blank(cell) for word in str(cell).split()
            )
            rows[column.name] = _objects(
                [_list(cell, name, column.name, uses) for cell in cells], rows.index
            )
        elif column.choices:
            known = [
                cell if is_blank(cell) else match_value(name, column.name, cell) or cell
                for cell in rows[column.name].tolist()
            ]
            rows[column.name] = _objects(known, rows.index)
    return rows


def _list(cell: object, name: str, column: str, uses: Counter[str]) -> object:
    """Write the choices of one cell with semicolons: ``school home`` is two, an old market one."""
    if is_blank(cell) or not isinstance(cell, str):
        return None if is_blank(cell) else cell
    if re.search("[;؛|]", cell):
        parts = [part.strip() for part in re.split("[;؛|]", cell) if part.strip()]
    else:
        parts = _known_words(cell, name, column) or _codes(cell, uses) or [cell.strip()]
    return ";".join(match_value(name, column, part) or part for part in parts)


def _known_words(cell: str, name: str, column: str) -> list[str] | None:
    """Split labels that follow each other, whose own words have spaces between them too."""
    words, parts = cell.split(), []
    while words:
        length = next(
            (n for n in range(len(words), 0, -1)
             if match_value(name, column, " ".join(words[:n])) is not None),
            None,
        )  # fmt: skip
        if length is None:
            return None
        parts.append(" ".join(words[:length]))
        words = words[length:]
    return parts


def _codes(cell: str, uses: Counter[str]) -> list[str] | None:
    """Split names of choices: words of a program, each of which stands in another cell too."""
    words = cell.split()
    coded = all(_CODE.fullmatch(word) and ("_" in word or uses[word] > 1) for word in words)
    return words if coded else None


# ---------------------------------------------------------------- names


def _without_bare_groups(
    rows: pd.DataFrame, name: str, file: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Find columns behind a group that a bare ``_`` joins: several headers begin with it."""
    headers = [str(header) for header in rows.columns if not str(header).startswith("_")]
    meant = {found[0] for header in headers if (found := column_of(name, header)) is not None}
    meant |= _SPLIT_POINT
    names: dict[Hashable, str] = {}
    problems: list[Problem] = []
    for header in headers:
        if column_of(name, header) is not None or looks_personal(header):
            continue
        for group in (header[: sign.end()] for sign in re.finditer("_", header)):
            question = header[len(group) :]
            shared = sum(other.startswith(group) for other in headers) > 1
            column = match_columns(name, [question]).get(question)
            if shared and column is not None and column not in meant:
                meant.add(column)
                names[header] = f"{group[:-1]}/{question}"
                problems.append(
                    Problem(file, None, column, header,
                            text("a sign other than _ between group and question"),
                            read_as(column))
                )  # fmt: skip
                break
    return rows.rename(columns=names), problems


# What the parts of a point are called behind its question.
_SPLIT_POINT = frozenset({"lat", "lon", "radius_m"})


def _under_names(rows: pd.DataFrame, name: str, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Give questions the names of the table's columns; join those that are one in two versions."""
    geometry = rows.geometry.name if isinstance(rows, gpd.GeoDataFrame) else "geometry"
    meant: dict[str, list[tuple[int, int, Any]]] = {}
    for place, header in enumerate(rows.columns):
        found = None if header == geometry else column_of(name, _numbered(header, rows))
        if found is not None:
            column, ending = found
            is_empty = bool(rows[header].isna().all())
            own = fold_label(ending) == fold_label(column)
            rank = 4 * is_empty + 2 * (ending != str(header)) + (not own)
            meant.setdefault(column, []).append((rank, place, header))
    problems: list[Problem] = []
    for column, candidates in meant.items():
        first, *others = [header for _, _, header in sorted(candidates, key=lambda one: one[:2])]
        for other in others:
            rows, found_problems = _one_question(rows, first, other, file)
            problems += found_problems
        if column in rows.columns and column != first:
            rows = rows.rename(columns={column: f"{column}_input"})
        rows = rows.rename(columns={first: column})
    return rows, problems


def _numbered(header: object, rows: pd.DataFrame) -> str:
    """Give the header that a second one of the same words was told apart from by a number."""
    twice = re.fullmatch(r"(.+)_\d+", str(header))
    return twice[1] if twice is not None and twice[1] in rows.columns else str(header)


def _one_question(
    rows: pd.DataFrame,
    first: Hashable,
    other: Hashable,
    file: str,
) -> tuple[pd.DataFrame, list[Problem]]:
    """Join two columns of one question where never both were answered; else list the second."""
    if rows[other].isna().all():
        return rows.drop(columns=other), []
    both = rows[first].notna() & rows[other].notna() & (rows[first] != rows[other])
    if same_question(str(first), str(other)) and not both.any():
        rows[first] = rows[first].where(rows[first].notna(), rows[other])
        action = text("Joined with {header}.", header=first)
        rows = rows.drop(columns=other)
    else:
        action = text("{header} was taken; the other was kept as it is.", header=first)
    return rows, [
        Problem(file, None, str(other), str(other), text("one column for each question"), action)
    ]


def _with_time(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the time of day that was asked for by itself to the date."""
    if "date" not in rows.columns:
        return rows
    for header in rows.columns:
        ends = [str(header), *(after for _, after in cuts(str(header)))]
        if not any(fold_label(end) in _TIMES for end in ends):
            continue
        clocks = [_clock(cell) for cell in rows[header].tolist()]
        if any(
            c is None and not is_missing(cell) for c, cell in zip(clocks, rows[header], strict=True)
        ):
            continue
        rows["date"] = [
            date if clock is None or is_missing(date) else f"{_day(written_as(date))} {clock}"
            for date, clock in zip(rows["date"].tolist(), clocks, strict=True)
        ]
        return rows.drop(columns=header)
    return rows


def _day(written: str) -> str:
    """Leave the time out of a date that has one, which a form without a time fills with zeros."""
    iso = _DAY.match(written)
    return written if iso is None else iso[0]


def _clock(cell: object) -> str | None:
    if isinstance(cell, dt.time):
        return f"{cell:%H:%M}"
    found = _CLOCK.fullmatch(cell.strip()) if isinstance(cell, str) else None
    return None if found is None else f"{int(found[1]):02d}:{found[2]}"


def questions_in(headers: Sequence[str]) -> list[str]:
    """Give the words by which a table can be recognised: headers of exports without their groups.

    Parameters
    ----------
    headers : sequence of str

    Returns
    -------
    list of str
        The headers, and behind those of exports each ending that may be a question's own name.

    Examples
    --------
    >>> questions_in(["_uuid", "start", "what/date", "kind"])
    ['what/date', 'date', 'kind']
    >>> questions_in(["a.b"]), questions_in([])
    (['a.b'], [])
    """
    if not is_export(headers) and not any("/" in header for header in headers):
        return list(headers)
    asked = [header for header in headers if not is_about_sending(header, headers)]
    return [word for header in asked for word in (header, *(after for _, after in cuts(header)))]
