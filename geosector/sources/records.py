"""Rows from a JSON list of objects: nested facts become columns such as ``name.en``."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from geosector.errors import UnreadableFileError
from geosector.language import text
from geosector.sources.answers import part_of_more
from geosector.sources.files import Source, damaged
from geosector.sources.limits import without_collector
from geosector.tables import Problem, whole_letters


def read_records(source: Source) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a JSON list of objects.

    Parameters
    ----------
    source : Source
        Of kind ``json``.

    Returns
    -------
    tuple = (rows, problems)
        One row for each object, counted from 1; of the answer of a server (``results``, ``value``)
        its list is taken. A list of values, or of objects with a ``value``,
        is one cell with ``|`` between them; other lists are cells of JSON. A point, a line or a
        ring as GeoJSON is one cell as forms write it (``36.2 37.1 400 4.5``). That the server has
        more is a problem.

    Raises
    ------
    UnreadableFileError
        Where it is not such a list.
    """
    try:
        written = source.bytes().decode("utf-8-sig")
        with without_collector(len(written)):
            found = json.loads(written, object_pairs_hook=_in_whole_letters)
    except (ValueError, RecursionError) as error:
        raise damaged(source.name, error) from error
    answer = found
    if isinstance(found, dict):  # the answer of a server: its list of reports, and what is around
        found = found.get("results", found.get("value"))
    if not isinstance(found, list):
        raise UnreadableFileError(text("{file}: there is no row in it.", file=source.name))
    objects = [entry for entry in found if isinstance(entry, dict)]
    if not objects or len(objects) != len(found):
        raise UnreadableFileError(text("{file}: there is no row in it.", file=source.name))
    rows = pd.json_normalize(objects).astype(object)
    rows = rows.where(rows.notna(), None)
    # An object that is null in some entries leaves an empty column beside those of its parts.
    parents = {str(column).partition(".")[0] for column in rows.columns if "." in str(column)}
    rows = rows.drop(columns=[c for c in rows.columns if c in parents and rows[c].isna().all()])
    rows.index = pd.RangeIndex(1, len(rows) + 1)
    for column in rows.columns:
        rows[column] = [_joined(cell) for cell in rows[column].tolist()]
    return rows, part_of_more(answer, len(rows), source.name)


def _in_whole_letters(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make one object: JSON can spell half a letter, which no table holds."""
    return {whole_letters(key): _whole(_as_forms_write(value)) for key, value in pairs}


# How deep the lists of coordinates lie: the OData of ODK gives places so.
_DRAWN = {"Point": 0, "LineString": 1, "Polygon": 2}


def _as_forms_write(value: Any) -> Any:  # noqa: ANN401 - JSON is anything
    """Write a place of GeoJSON as a form writes it; anything else, holes too, stays as it is."""
    if not isinstance(value, dict) or "coordinates" not in value:
        return value
    points, facts = value["coordinates"], value.get("properties")
    for _ in range(1 - _DRAWN.get(value.get("type", ""), 9)):
        points = [points]
    if value.get("type") == "Polygon":
        points = points[0] if isinstance(points, list) and len(points) == 1 else None
    if value.get("type") not in _DRAWN or not _are_points(points):
        return value
    accuracy = facts.get("accuracy") if isinstance(facts, dict) else None
    exact = accuracy if _is_number(accuracy) else 0
    return ";".join(
        " ".join(map(str, (lat, lon, height[0] if height else 0, exact)))
        for lon, lat, *height in points
    )


def _are_points(points: Any) -> bool:  # noqa: ANN401 - JSON is anything
    return (
        isinstance(points, list)
        and bool(points)
        and all(
            isinstance(point, list) and len(point) in {2, 3} and all(map(_is_number, point))
            for point in points
        )
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(value: Any) -> Any:  # noqa: ANN401 - JSON is anything
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return whole_letters(value) if isinstance(value, str) else value


def _joined(cell: Any) -> Any:  # noqa: ANN401 - a cell is anything
    if not isinstance(cell, list):
        return None if cell == {} else cell
    values: list[Any] = [item.get("value") if isinstance(item, dict) else item for item in cell]
    if all(isinstance(value, str) for value in values):
        return "|".join(values)
    return json.dumps(cell, ensure_ascii=False)
