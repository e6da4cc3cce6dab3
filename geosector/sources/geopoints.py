"""Places as field forms write them: ``36.2 37.1 420 4.5`` is latitude, longitude, height, accuracy.

Traces and shapes are such points with semicolons between; exports also split a point into four
columns. What is made of them is one column ``geometry`` of well-known text, which is checked as
any other geometry is; the accuracy in metres becomes ``radius_m``.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geosector.language import text
from geosector.sources.check import row_number
from geosector.sources.figures import decimal_degrees, parse_number
from geosector.sources.headers import column_of, plain
from geosector.sources.places import place_left_out
from geosector.sources.values import is_blank, is_missing, western, written_as
from geosector.tables import Problem, looks_personal

_NUMBER = r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_POINT = re.compile(rf"\s*({_NUMBER})\s+({_NUMBER})(?:\s+({_NUMBER}))?(?:\s+({_NUMBER}))?\s*")
# Nobody writes a place in whole degrees, but many write pairs of whole numbers.
_DECIMALS = re.compile(r"\s*[+-]?\d+\.\d+\s+[+-]?\d+\.\d+")
_PARTS = re.compile(
    r"(?P<stem>.+?)(?P<mark>[_\-.:/ ])(?P<part>latitude|longitude|altitude|precision|accuracy)",
    re.IGNORECASE,
)
_WELL_KNOWN = re.compile(r"\s*(?:POINT|LINESTRING|POLYGON)\s*Z?\s*\(", re.IGNORECASE)
_COMMAS = re.compile(r",\s+")
_SAMPLE = 200
# Blanks in a point with its height and accuracy. Of two bare numbers nothing tells which is first,
# unless a form wrote them.
_WHOLE = 3
_RING = 4  # points of the least ring, the first once more at its end
_FAR = 1e9  # beyond any degrees and metres
_NEAR = 1e-6  # degrees: 10 cm, below what is written


class _Place(NamedTuple):
    """What one cell says: a geometry in words, its height and accuracy in metres; or no place."""

    drawn: str | None
    altitude: float | None = None
    accuracy: float | None = None
    unread: str = ""


class _Question(NamedTuple):
    """A question for a place: its header, the cells that answer it, the columns they came from."""

    header: str
    places: list[_Place | None]
    columns: list[Any]

    def answered(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        return np.array([place is not None for place in self.places], bool)


def with_places(
    cells: pd.DataFrame, name: str, *, file: str, exported: bool
) -> tuple[pd.DataFrame, list[Problem]]:
    """Make a geometry of the places that a form asked for.

    Parameters
    ----------
    cells : DataFrame or GeoDataFrame
        As they stand in the file.
    name : str
        The table.
    file : str
        For the problems.
    exported : bool
        Whether the rows surely come from a form; elsewhere only cells of four numbers, or at least
        three columns that belong together, are taken.

    Returns
    -------
    tuple = (cells, problems)
        ``geometry`` (text, in degrees), ``radius_m`` and ``altitude_m`` where the form has them.
        Of several questions the first is the place; another one completes it where never both
        were answered, else it stays as ``<header>_geopoint`` and is listed.
    """
    if isinstance(cells, gpd.GeoDataFrame) and not exported:
        return cells, []
    questions = _split_questions(cells, exported=exported)
    taken = {column for question in questions for column in question.columns}
    for column in cells.columns:
        if column not in taken and not _is_geometry(cells, column):
            places = _places(cells[column], exported=exported)
            if places is not None:
                questions.append(_Question(str(column), places, [column]))
    questions = [one for one in _joined(questions, cells) if not looks_personal(one.header)]
    if not questions:
        return (_by_geolocation(cells) if exported else cells), []
    questions.sort(key=lambda one: min(cells.columns.get_loc(column) for column in one.columns))
    kept = cells.drop(columns=[column for one in questions for column in one.columns])
    if isinstance(cells, gpd.GeoDataFrame):
        return _beside_geometry(kept, questions, name), []
    kept, places, problems = _one_place(kept, questions, file)
    problems += [
        Problem(file, row_number(kept.index, at), "geometry", place.unread[:80],
                text("a geometry that can be read"), place_left_out())
        for at, place in enumerate(places) if place is not None and place.drawn is None
    ]  # fmt: skip
    return _with_metres(_with_geometry(kept, places), places, name), problems


def _one_place(
    kept: pd.DataFrame, questions: list[_Question], file: str
) -> tuple[pd.DataFrame, list[_Place | None], list[Problem]]:
    """Choose the place of each row: of two that were both asked and answered, the first."""
    first = next((one for one in questions if one.answered().any()), questions[0])
    problems = []
    for other in questions:
        if other is first:
            continue
        if (other.answered() & first.answered()).any():
            kept[f"{other.header}_geopoint"] = _drawn(other.places)
            problems.append(
                Problem(file, None, other.header, other.header, text("one place for each row"),
                        text("{header} was taken; the other was kept as it is.",
                             header=first.header))
            )  # fmt: skip
        else:
            whole = [a or b for a, b in zip(first.places, other.places, strict=True)]
            first = first._replace(places=whole)
    if "geometry" in kept.columns and kept["geometry"].map(_is_made).any():
        # A row of a repeat has a place of its own.
        own = [_Place(cell) if _is_made(cell) else None for cell in kept.pop("geometry")]
        first = first._replace(places=[a or b for a, b in zip(own, first.places, strict=True)])
    return kept, first.places, problems


def _with_geometry(rows: pd.DataFrame, places: list[_Place | None]) -> pd.DataFrame:
    """Write the places down; a column that has the name already keeps its cells under another."""
    rows = rows.rename(columns={"geometry": "geometry_input"})
    rows["geometry"] = pd.Series(_drawn(places), index=rows.index, dtype=object)
    return rows


def _is_made(cell: object) -> bool:
    return isinstance(cell, str) and cell.startswith("SRID=4326;")


def _is_geometry(cells: pd.DataFrame, column: object) -> bool:
    return isinstance(cells, gpd.GeoDataFrame) and column == cells.geometry.name


def _drawn(places: list[_Place | None]) -> list[str | None]:
    return [None if place is None else place.drawn for place in places]


# ---------------------------------------------------------------- one cell


def _places(column: pd.Series, *, exported: bool) -> list[_Place | None] | None:
    """Read a column of places; None where it is another column."""
    if column.dtype != object and not isinstance(column.dtype, pd.StringDtype):
        return None
    sample = list(islice((cell for cell in column.tolist() if not is_blank(cell)), _SAMPLE))
    if not sample or not all(isinstance(cell, str) for cell in sample):
        return None
    if exported and 2 * sum(_in_words(cell) for cell in sample) > len(sample):
        return [None if is_blank(cell) else _place_in_words(cell) for cell in column.tolist()]
    if not _are_places(sample, exported=exported):
        return None
    traced = [points for cell in sample for points in [_points(cell)] if points and len(points) > 1]
    closed = bool(traced) and all(
        len(points) >= _RING and points[0][:2] == points[-1][:2] for points in traced
    )
    return [None if is_blank(cell) else _place(cell, closed=closed) for cell in column.tolist()]


def _are_places(sample: list[str], *, exported: bool) -> bool:
    """Say whether most cells are places as forms write them."""
    readable = sum(_points(cell) is not None for cell in sample)
    if 2 * readable <= len(sample):
        return False
    if not exported and any(cell.count(" ") < _WHOLE for cell in map(str.strip, sample)):
        return False
    exact = sum(_DECIMALS.match(_written(cell)) is not None for cell in sample)
    return 2 * exact >= len(sample) or (exported and any(";" in cell for cell in sample))


def _written(cell: str) -> str:
    """Write a cell plainly; people who type a place put commas and blanks between its numbers."""
    return _COMMAS.sub(" ", western(cell)).strip()


def _points(cell: str) -> list[tuple[str, str, str | None, str | None]] | None:
    """Split a cell into its points; None where it is none."""
    written = _written(cell).rstrip(";")
    found = [_POINT.fullmatch(part) for part in written.split(";")]
    if not all(found):
        return None
    return [(one[1], one[2], one[3], one[4]) for one in found if one is not None]


def _place(cell: object, *, closed: bool) -> _Place:
    points = _points(cell) if isinstance(cell, str) else None
    if points is None or any(abs(float(x)) > _FAR for one in points for x in one[:2] if x):
        return _unreadable(cell)
    if len(points) == 1:
        lat, lon, altitude, accuracy = points[0]
        return _Place(
            f"SRID=4326;POINT ({lon} {lat})",
            None if altitude is None else float(altitude),
            _metres(None if accuracy is None else float(accuracy)),
        )
    pairs = ", ".join(f"{lon} {lat}" for lat, lon, _, _ in points)
    kind = f"POLYGON (({pairs}))" if closed else f"LINESTRING ({pairs})"
    measured = [_metres(float(one[3])) for one in points if one[3] is not None]
    known = [metres for metres in measured if metres is not None]
    return _Place(f"SRID=4326;{kind}", accuracy=max(known, default=None))


def _in_words(cell: object) -> bool:
    """Say whether a cell is a place as well-known text, as the OData of ODK gives it if asked."""
    return isinstance(cell, str) and _WELL_KNOWN.match(cell) is not None


def _place_in_words(cell: object) -> _Place:
    return _Place(f"SRID=4326;{cell}") if _in_words(cell) else _unreadable(cell)


def _unreadable(cell: object) -> _Place:
    return _Place(None, unread=written_as(cell).strip())


def _metres(accuracy: float | None) -> float | None:
    """Say how exact a point is: 0 was set by hand on the phone's map, and not measured."""
    return accuracy if accuracy is not None and accuracy > 0 else None


# ---------------------------------------------------------------- split into columns


def _split_questions(cells: pd.DataFrame, *, exported: bool) -> list[_Question]:
    """Find points that lie in columns of their own; a bare pair may be of any table."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for column in cells.columns:
        parts = _PARTS.fullmatch(str(column).strip())
        if parts is not None:
            part = parts["part"].casefold().replace("accuracy", "precision")
            found.setdefault((parts["stem"], parts["mark"]), {})[part] = column
    names = {str(column) for column in cells.columns}
    questions = []
    for (stem, mark), columns in found.items():
        header = _unsplit(stem)
        whole = exported or len(columns) > 2  # noqa: PLR2004 - more than a bare pair
        if whole and {"latitude", "longitude"} <= set(columns):
            given = header if header in names or mark == "_" else stem
            places = _places_of_parts(cells, columns)
            questions.append(_Question(given, places, list(columns.values())))
    return questions


def _unsplit(stem: str) -> str:
    """Give the question's header: Kobo puts an underscore before its name, behind the groups."""
    return re.sub(r"(^|.*[/.:]| - )_([^_].*)", r"\1\2", stem)


def _places_of_parts(cells: pd.DataFrame, columns: dict[str, Any]) -> list[_Place | None]:
    read: dict[str, list[Any]] = {part: cells[column].tolist() for part, column in columns.items()}
    nothing = [None] * len(cells)
    rows = zip(
        *(read.get(part, nothing) for part in ("latitude", "longitude", "altitude", "precision")),
        strict=True,
    )
    return [_place_of_parts(*row) for row in rows]


def _place_of_parts(lat: object, lon: object, altitude: object, accuracy: object) -> _Place | None:
    if is_blank(lat) and is_blank(lon):
        return None
    y, x = _number(lat), _number(lon)
    if x is None or y is None or max(abs(x), abs(y)) > _FAR:
        return _unreadable(f"{written_as(lat)} {written_as(lon)}")
    return _Place(f"SRID=4326;POINT ({x!r} {y!r})", _number(altitude), _metres(_number(accuracy)))


def _number(cell: object) -> float | None:
    if isinstance(cell, int | float | np.number) and not is_missing(cell):
        return float(cell)
    if not isinstance(cell, str) or is_blank(cell):
        return None
    degrees = decimal_degrees(cell)
    return degrees if isinstance(degrees, float) else parse_number(cell).value


def _joined(questions: list[_Question], cells: pd.DataFrame) -> list[_Question]:
    """Put the cell and the columns of one question together."""
    joined: dict[str, _Question] = {}
    for question in questions:
        other = joined.get(question.header)
        if other is not None:
            places = [a or b for a, b in zip(other.places, question.places, strict=True)]
            columns = [*other.columns, *question.columns]
            joined[question.header] = _Question(question.header, places, columns)
        else:
            joined[question.header] = question
    for header, question in joined.items():  # a cell that was never filled beside its columns
        is_left = header in cells.columns and header not in question.columns
        if is_left and cells[header].map(is_blank).all():
            question.columns.append(header)
    return list(joined.values())


# ---------------------------------------------------------------- where else a place is


def _by_geolocation(cells: pd.DataFrame) -> pd.DataFrame:
    """Take ``_geolocation``, Kobo's copy of the first point, where no question has one."""
    if isinstance(cells, gpd.GeoDataFrame):
        return cells
    named = {plain(column): column for column in cells.columns}
    if {"_geolocation/0", "_geolocation/1"} <= set(named):
        axes = {"latitude": named["_geolocation/0"], "longitude": named["_geolocation/1"]}
        drawn = _drawn(_places_of_parts(cells, axes))
    elif "_geolocation" in named:
        drawn = [_geolocation(cell) for cell in cells[named["_geolocation"]].tolist()]
    else:
        return cells
    if not any(drawn):
        return cells
    return cells.assign(geometry=pd.Series(drawn, index=cells.index, dtype=object))


def _geolocation(cell: object) -> str | None:
    try:
        pair = json.loads(cell) if isinstance(cell, str) else None
    except ValueError:
        return None
    known = isinstance(pair, list) and len(pair) == 2 and None not in pair  # noqa: PLR2004
    return f"SRID=4326;POINT ({pair[1]} {pair[0]})" if known and pair else None


def _beside_geometry(kept: pd.DataFrame, questions: list[_Question], name: str) -> gpd.GeoDataFrame:
    """Keep what the points say beside a geometry: how exact it is, where they are the same."""
    own = kept.geometry.to_numpy()
    for question in questions:
        words = [((place and place.drawn) or "").partition(";")[2] or None
                 for place in question.places]  # fmt: skip
        drawn = shapely.from_wkt(words, on_invalid="ignore")
        same = shapely.dwithin(own, drawn, _NEAR)
        if same.any() or not question.answered().any():
            places = [p if s else None for p, s in zip(question.places, same, strict=True)]
            kept = _with_metres(kept, places, name)
        else:
            kept[f"{question.header}_geopoint"] = _drawn(question.places)
    return kept


def _with_metres(rows: pd.DataFrame, places: list[_Place | None], name: str) -> pd.DataFrame:
    """Add accuracy and height; what the form itself asked for stands."""
    accuracy = [None if place is None else place.accuracy for place in places]
    altitude = [None if place is None else place.altitude for place in places]
    if any(metres is not None for metres in accuracy):
        stated = [
            str(column)
            for column in rows.columns
            if (column_of(name, str(column)) or ("",))[0] == "radius_m"
        ]
        column = stated[0] if stated else "radius_m"
        before = rows[column].tolist() if column in rows.columns else [None] * len(rows)
        rows[column] = pd.Series(
            [b if a is None or not is_blank(b) else a
             for a, b in zip(accuracy, before, strict=True)],
            index=rows.index, dtype=object,
        )  # fmt: skip
    if any(altitude):  # 0 is what phones write where they know none
        rows["altitude_m"] = pd.Series(altitude, index=rows.index, dtype=object)
    return rows
