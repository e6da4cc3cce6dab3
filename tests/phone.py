"""A phone and a server of field forms: answers to a form, exported in every shape that they offer.

The form is what `make_form` makes; what comes out follows the exports of KoboToolbox and ODK
Central. Every report is synthetic.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pandas as pd

LANGUAGES = {
    "en": "English (en)",
    "ar": "العربية (ar)",
    "kmr": "Kurmancî (kmr)",
    "ckb": "سۆرانی (ckb)",
}
POINT_PARTS = ("Latitude", "Longitude", "Altitude", "Accuracy")
SENT_BY_KOBO = {
    "start": "2026-03-09T08:00:00.000+03:00",
    "end": "2026-03-09T08:04:00.000+03:00",
    "today": "2026-03-09",
    "deviceid": "collect:synthetic",
    "phonenumber": "000",
    "username": "synthetic_user",
}
ADDED_BY_KOBO = {
    "__version__": "vSynthetic",
    "_submission_time": "2026-03-09T09:00:00",
    "_validation_status": "",
    "_notes": "a note of the office",
    "_status": "submitted_via_web",
    "_submitted_by": "synthetic_user",
    "_tags": "",
}


class Shape(NamedTuple):
    """How an export was asked for."""

    container: str = "csv"  # csv, xlsx, json, geojson
    words: str = "names"  # names, or the code of a language
    groups: str = ""  # what stands between a group and a question; "" leaves groups out
    several: str = "one"  # a choice of several: one cell, split, both
    flags: tuple[str, str] = ("0", "1")
    points: str = "one"  # one, kobo (split, with the cell), central (split, without it)
    server: str = "kobo"  # or odk


class _Question(NamedTuple):
    name: str
    header: str
    split_header: str  # for the parts of a point
    type: str
    words: Mapping[str, str]


def _questions(form: Mapping[str, pd.DataFrame], shape: Shape) -> list[_Question]:
    choices = form["choices"]
    label = None if shape.words == "names" else f"label::{LANGUAGES[shape.words]}"
    group, found = "", []
    for row in form["survey"].to_dict("records"):
        said = row["name"] if label is None or row.get(label) is None else row[label]
        kind, _, listed = row["type"].partition(" ")
        if kind == "begin_group":
            group = f"{said}{shape.groups}" if shape.groups else ""
        elif kind not in {"end_group", "note"}:
            mine = choices[choices["list_name"] == listed]
            words = dict(zip(mine["name"], mine["name" if label is None else label], strict=True))
            found.append(_Question(row["name"], group + said, f"{group}_{said}", kind, words))
    return found


def exported(
    form: Mapping[str, pd.DataFrame], answers: list[dict[str, Any]], shape: Shape
) -> list[dict[str, Any]]:
    """Write reports as an export's rows: header to cell."""
    rows = []
    for number, answer in enumerate(answers, start=1):
        row: dict[str, Any] = (
            dict(SENT_BY_KOBO)
            if shape.server == "kobo"
            else {"SubmissionDate": "2026-03-09T09:00:00.000Z"}
        )
        for question in _questions(form, shape):
            row |= _cells(question, answer.get(question.name), shape)
        if shape.server == "kobo":
            row |= {"_id": number * 7, "_uuid": answer["uuid"], **ADDED_BY_KOBO, "_index": number}
        else:
            row |= {
                "meta-instanceID": f"uuid:{answer['uuid']}", "KEY": f"uuid:{answer['uuid']}",
                "SubmitterID": "5", "SubmitterName": "synthetic_user", "AttachmentsPresent": "0",
                "AttachmentsExpected": "0", "Status": "", "ReviewState": "", "DeviceID": "collect:synthetic",
                "Edits": "0", "FormVersion": "synthetic",
            }  # fmt: skip
        rows.append(row)
    return rows


def _cells(question: _Question, answer: Any, shape: Shape) -> dict[str, Any]:
    if question.type == "geopoint":
        return _point(question, answer, shape)
    if question.type == "select_multiple":
        chosen = answer or []
        cells = {}
        if shape.several != "split" or shape.container in {"json", "geojson"}:
            cells[question.header] = " ".join(question.words[one] for one in chosen)
        if shape.several != "one" and shape.container not in {"json", "geojson"}:
            for one, word in question.words.items():
                flag = shape.flags[one in chosen] if answer else ""
                cells[f"{question.header}/{word}"] = flag
        return cells
    if question.type == "select_one" and answer is not None:
        return {question.header: question.words[answer]}
    return {question.header: "" if answer is None else answer}


def _point(question: _Question, answer: Any, shape: Shape) -> dict[str, Any]:
    whole = "" if answer is None else " ".join(str(part) for part in answer)
    if shape.points == "one":
        return {question.header: whole}
    parts = ["", "", "", ""] if answer is None else [*answer]
    if shape.points == "central":
        heads = [f"{question.header}-{part}" for part in POINT_PARTS]
        return dict(zip(heads, parts, strict=True))
    heads = [
        f"{question.split_header}_{part}"
        for part in ("latitude", "longitude", "altitude", "precision")
    ]
    return {question.header: whole, **dict(zip(heads, parts, strict=True))}


def write(
    rows: list[dict[str, Any]],
    path: Path,
    repeats: Mapping[str, list[dict[str, Any]]] | None = None,
) -> Path:
    """Write rows as a file by its ending; repeats become further sheets."""
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, cells in {"Report": rows, **(repeats or {})}.items():
            sheet = book.create_sheet(title)
            sheet.append(list(cells[0]))
            for row in cells:
                sheet.append([None if cell == "" else cell for cell in row.values()])
        book.save(path)
    elif path.suffix == ".csv":
        path.write_bytes(as_csv(rows).encode("utf-8-sig"))
    elif path.suffix == ".json":
        answered = [{key: cell for key, cell in row.items() if cell != ""} for row in rows]
        path.write_text(json.dumps(answered, ensure_ascii=False), encoding="utf-8")
    else:
        path.write_text(json.dumps(_features(rows), ensure_ascii=False), encoding="utf-8")
    return path


def as_csv(rows: list[dict[str, Any]]) -> str:
    """Write rows as the text of a CSV file."""
    written = io.StringIO()
    table = csv.DictWriter(written, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return written.getvalue()


def _features(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Make features of the cell that holds a point, which Kobo leaves among the properties."""
    features = []
    for row in rows:
        point = next(
            (cell for key, cell in row.items() if key.endswith(("point", "map")) and cell), None
        )
        parts = None if point is None else [float(part) for part in point.split()]
        geometry = (
            None
            if parts is None
            else {"type": "Point", "coordinates": [parts[1], parts[0], parts[2]]}
        )
        features.append({"type": "Feature", "geometry": geometry, "properties": row})
    return {"type": "FeatureCollection", "name": "Report", "features": features}
