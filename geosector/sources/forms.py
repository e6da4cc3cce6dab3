"""Forms for phones (XLSForm, for KoboToolbox and ODK), made from the tables that read them back.

The questions are columns of ``tables.toml``, the choices its values, the labels its words, in all
four languages at once. No question is about a person, and the phone is asked for nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from geosector.errors import InputError
from geosector.language import LANGUAGES, current, language, speaking, text
from geosector.sources.exports import TIME_LABELS
from geosector.tables import Column, table

# A point is taken when it is this exact, and doubted where it is not: metres.
GOOD_ACCURACY_M, POOR_ACCURACY_M = 10, 100

_Row = dict[str, Any]


class _Form(NamedTuple):
    """Which table a form fills, of which kind its rows are, what a capacity counts."""

    table: str
    kind: str | None = None
    unit: str | None = None


FORMS: Mapping[str, _Form] = {
    "incidents": _Form("incidents"),
    "facilities": _Form("facilities"),
    "shelters": _Form("facilities", "shelter", "people"),
    "warehouses": _Form("facilities", "warehouse", "m3"),
}
_POINT = "point"  # the question for the place; any name will do
_COUNTS = tuple(
    f"{fate}_{group}"
    for fate in ("killed", "injured")
    for group in ("man", "woman", "boy", "girl", "child", "unspecified")
)
# Pages of the phone, in the order of the work.
_PAGES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "incidents": {
        "what": (
            "kind", "date", "date_precision", "time", "weapon", "attributed_to", "cause", "vehicle",
        ),
        "where": (
            _POINT, "radius_m", "locality", "locality_id", "locality_type", "admin1", "admin2",
            "admin3", "place_type", "other_places",
        ),
        "people": (*_COUNTS, "uncertain"),
        "ranges": tuple(f"{count}_{bound}" for count in _COUNTS for bound in ("min", "max")),
        "report": ("reported_by", "narrative"),
    },
    "facilities": {
        "what": (
            "kind", "name", "name_ar", "name_kmr", "name_ckb", "capacity", "capacity_unit",
            "status",
        ),
        "where": (_POINT,),
        "when": ("valid_from", "valid_to"),
    },
}  # fmt: skip
_RELEVANT = {
    "time": "${date_precision} = 'minute'",
    "weapon": "${kind} = 'attack'",
    "attributed_to": "${kind} = 'attack'",
    "cause": "${kind} = 'fire' or ${kind} = 'traffic' or ${kind} = 'other'",
    "vehicle": "${kind} = 'traffic'",
    "ranges": "${uncertain} = 'yes'",
    "capacity_unit": "${capacity} != ''",
}
_TYPES = {"text": "text", "integer": "integer", "number": "decimal", "date": "date"}


def make_form(name: str, *, lang: str | None = None) -> dict[str, pd.DataFrame]:
    """Make a form for phones whose export reads back as a table.

    Parameters
    ----------
    name : {"incidents", "facilities", "shelters", "warehouses"}
        What is reported with it. Shelters and warehouses are facilities whose kind is not asked.
    lang : {"ar", "kmr", "ckb", "en"}, optional
        The language in which the form opens; the others are in it too. Default: the current one.

    Returns
    -------
    dict of str to pandas.DataFrame
        The sheets ``survey``, ``choices`` and ``settings`` of an XLSForm, to be written with
        `geosector.storage.write_layers`. Each question has the name of its column, ``point`` asks
        for the place; ``version`` follows from the content.

    Raises
    ------
    InputError
        Where there is no such form.
    UnknownLanguageError
        Where there is no such language.

    Examples
    --------
    >>> form = make_form("shelters", lang="en")
    >>> form["survey"].query("type == 'decimal'")[["name", "constraint"]].values.tolist()
    [['capacity', '. >= 0']]
    >>> form["settings"]["default_language"].tolist()
    ['English (en)']
    >>> make_form("persons")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: 'persons' is not a form. Use one of: incidents, facilities, ...
    """
    if name not in FORMS:
        raise InputError(
            text("'{name}' is not a form. Use one of: {known}.", name=name, known=", ".join(FORMS))
        )
    code = language(lang or current()).code
    form = FORMS[name]
    survey = pd.DataFrame(_survey(form), dtype=object)
    survey = survey.reindex(columns=_in_order(survey.columns)).astype(object)
    survey = survey.where(survey.notna(), None)
    choices = pd.DataFrame(_choices(form), dtype=object)
    with speaking(code):
        title = _titles()[name]
    settings = {
        "form_title": title,
        "form_id": f"geosector_{name}",
        "version": _version(survey, choices, code),
        "default_language": _heading(code),
        "style": "pages",
    }
    return {
        "survey": survey,
        "choices": choices,
        "settings": pd.DataFrame([settings], dtype=object),
    }


def _heading(code: str) -> str:
    """Name a language as forms do: in its own words, with its code."""
    return f"{LANGUAGES[code].name} ({code})"


def _in_order(columns: Iterable[str]) -> list[str]:
    first = ["type", "name", "required", "relevant", "constraint", "calculation", "default"]
    last = ["appearance", "parameters"]
    words = [c for c in columns if c not in {*first, *last}]
    return [*first, *sorted(words, key=_place_of_words), *last]


def _place_of_words(column: str) -> tuple[int, int]:
    kind, _, heading = column.partition("::")
    kinds = ("label", "hint", "constraint_message", "required_message")
    return kinds.index(kind), [_heading(code) for code in LANGUAGES].index(heading)


def _version(survey: pd.DataFrame, choices: pd.DataFrame, code: str) -> str:
    """Tell two forms apart by what they ask: the same content is the same version."""
    written = survey.to_csv(index=False) + choices.to_csv(index=False) + code
    return hashlib.sha256(written.encode()).hexdigest()[:12]


# ---------------------------------------------------------------- questions


def _survey(form: _Form) -> list[_Row]:
    pages = _PAGES[form.table]
    rows = [{"type": "note", "name": "care", **_in_each("label", "care")}]
    for page, questions in pages.items():
        relevant = {"relevant": _RELEVANT[page]} if page in _RELEVANT else {}
        rows.append(
            {
                "type": "begin_group",
                "name": f"page_{page}",
                "appearance": "field-list",
                **relevant,
                **_in_each("label", f"page_{page}"),
            }
        )
        rows += [_question(form, question) for question in questions]
        rows.append({"type": "end_group", "name": f"page_{page}"})
    return rows


def _question(form: _Form, name: str) -> _Row:
    row: _Row = {"name": name, **_in_each("hint", name)}
    if name in _RELEVANT:
        row["relevant"] = _RELEVANT[name]
    if name == "kind" and form.kind is not None:
        return {"type": "calculate", "name": name, "calculation": f"'{form.kind}'"}
    if name in _ASKED:
        return row | _ASKED[name] | _asked_words(name) | _needed(form, name)
    column = table(form.table).columns[name]
    row |= {f"label::{_heading(code)}": column.label[code] for code in LANGUAGES}
    row |= {"type": _type(column)} | _bounds(column) | _needed(form, name)
    if name == "date_precision":
        row["default"] = "day"
    elif name == "capacity_unit" and form.unit is not None:
        row["default"] = form.unit
    elif name == "narrative":
        row["appearance"] = "multiline"
    return row


# What is asked besides the columns.
_ASKED: Mapping[str, _Row] = {
    _POINT: {
        "type": "geopoint",
        "parameters": f"capture-accuracy={GOOD_ACCURACY_M} warning-accuracy={POOR_ACCURACY_M}",
    },
    "time": {"type": "time"},
    "uncertain": {"type": "select_one yes_no"},
}


def _asked_words(name: str) -> _Row:
    if name == "time":
        return {f"label::{_heading(code)}": TIME_LABELS[code] for code in LANGUAGES}
    return _in_each("label", name)


def _type(column: Column) -> str:
    if column.choices:
        kind = "select_multiple" if column.type == "list" else "select_one"
        return f"{kind} {_list_name(column)}"
    return _TYPES[column.type]


def _list_name(column: Column) -> str:
    return "place_type" if column.name == "other_places" else column.name


def _bounds(column: Column) -> _Row:
    if column.name in {"date", "valid_from"}:
        rule, words = ". <= today()", "not_later"
    elif column.name == "valid_to":
        rule, words = "${valid_from} = '' or . >= ${valid_from}", "not_before"
    elif column.minimum is not None:
        rule, words = f". >= {column.minimum:g}", "not_less"
    else:
        return {}
    return {"constraint": rule, **_in_each("constraint_message", words)}


def _needed(form: _Form, name: str) -> _Row:
    """Say what cannot be left out: of an incident its town or its point, whichever is known."""
    facts = table(form.table)
    column = facts.columns.get(name)
    if (column is not None and column.required) or name in {"kind", "date_precision"}:
        return {"required": "yes"}
    if name == _POINT and facts.needs_one_of == ("geometry",):
        return {"required": "yes"}
    if name == "locality" and name in facts.needs_one_of:
        return {"required": f"${{{_POINT}}} = ''", **_in_each("required_message", "place_needed")}
    return {}


# ---------------------------------------------------------------- choices


def _choices(form: _Form) -> list[_Row]:
    rows: dict[tuple[str, str], _Row] = {}
    asked = {name for questions in _PAGES[form.table].values() for name in questions}
    for column in table(form.table).columns.values():
        if column.name not in asked or (column.name == "kind" and form.kind is not None):
            continue
        for value, labels in column.choices.items():
            rows[_list_name(column), value] = {
                "list_name": _list_name(column),
                "name": value,
                **{f"label::{_heading(code)}": labels[code] for code in LANGUAGES},
            }
    if "uncertain" in asked:
        for value in ("yes", "no"):
            words = _in_each("label", value)
            rows["yes_no", value] = {"list_name": "yes_no", "name": value, **words}
    return list(rows.values())


# ---------------------------------------------------------------- sentences


def _in_each(kind: str, sentence: str) -> _Row:
    """Say a sentence in each language; nothing where there is none."""
    row = {}
    for code in LANGUAGES:
        with speaking(code):
            said = (_hints() if kind == "hint" else _sentences()).get(sentence)
        if said is not None:
            row[f"{kind}::{_heading(code)}"] = said
    return row


def _titles() -> dict[str, str]:
    return {
        "incidents": text("Incident report"),
        "facilities": text("Report of a facility"),
        "shelters": text("Report of a shelter"),
        "warehouses": text("Report of a warehouse"),
    }


def _sentences() -> dict[str, str]:
    return {
        "care": text(
            "Write counts and places, never the name or the telephone number of a person. Whoever "
            "reads a place on this phone can harm those who are there: send the form as soon as "
            "you can, then delete it from the phone."
        ),
        "page_what": text("What"),
        "page_where": text("Where"),
        "page_when": text("When"),
        "page_people": text("How many people"),
        "page_ranges": text("At least and at most"),
        "page_report": text("Report"),
        _POINT: text("Point on the map"),
        "uncertain": text("Is one of these numbers uncertain?"),
        "yes": text("Yes"),
        "no": text("No"),
        "not_later": text("A day in the future cannot be reported."),
        "not_before": text("The last day cannot be before the first."),
        "not_less": text("A number below 0 is not possible."),
        "place_needed": text("Give the town or village, or a point on the map."),
    }


def _hints() -> dict[str, str]:
    return {
        _POINT: text(
            "Outdoors, wait until the accuracy is below {metres} m. Where it is not safe to stay, "
            "set the point on the map later.",
            metres=GOOD_ACCURACY_M,
        ),
        "date": text(
            "Where only the month is known, its first day; where only the year, its first day."
        ),
        "date_precision": text("How much of the date is known."),
        "radius_m": text(
            "For a point set by hand: how far from it the event may have been. Leave it empty for "
            "a point that the phone measured."
        ),
        "locality": text("As people there call it."),
        "locality_id": text("Leave it empty where you do not know it."),
        "killed_child": text("Children of whom it is not known whether boys or girls."),
        "injured_child": text("Children of whom it is not known whether boys or girls."),
        "killed_unspecified": text("People of whom nothing more is known. Count nobody twice."),
        "injured_unspecified": text("People of whom nothing more is known. Count nobody twice."),
        "reported_by": text("The office or the team, never a person."),
        "narrative": text("What happened. No names of people, no telephone numbers."),
        "name": text("As the office writes it, never the name of a person."),
        "capacity": text("How much it holds when it is empty."),
        "capacity_unit": text("For example: people, beds, m3."),
    }
