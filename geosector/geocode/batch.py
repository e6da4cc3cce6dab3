"""A table of words becomes a table of matches: the same rows, each with what was found."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from geosector.errors import InputError, MissingColumnError
from geosector.geocode.context import Point
from geosector.geocode.coordinates import Reading, Refusal, read_coordinate
from geosector.geocode.gazetteer import (
    KM_PER_DEGREE,
    SAME_PLACE_KM,
    Area,
    Gazetteer,
    Hint,
    Place,
    index_gazetteer,
)
from geosector.geocode.match import (
    DOMINANT_TIMES,
    Alternative,
    agreement,
    distance_km,
    match_name,
    match_pcode,
    radius_of,
    rank,
    scores,
)
from geosector.geocode.names import normalise
from geosector.geocode.phrases import Placed, Room, named, open_room, place_in
from geosector.geocode.stored import open_gazetteer
from geosector.language import number, text
from geosector.progress import progress
from geosector.tables import match_columns, require_table
from geosector.tables import table as table_of

AREA_MARGIN_DEGREES = 0.5
# From this share of unknown names on, the built-in gazetteer is too small for the table.
_MANY_UNKNOWN = 0.3
_STEP = 256
# Nobody is sent to a place that may be anywhere in a district.
_TOO_COARSE_M = 20_000.0
# A reading with one of these flags is for a person to confirm.
_DOUBTS = {
    "axis_order_open", "band_assumed", "few_decimals", "label_missing", "marks_assumed",
    "words_ignored",
}  # fmt: skip


class Query(NamedTuple):
    """The words of a row, and what its columns say about where they lie."""

    words: str
    hints: tuple[str, ...]
    report: str = ""


class _Row(NamedTuple):
    """The columns that are added, for one distinct text."""

    lat: float | None
    lon: float | None
    match_id: str | None
    match_name: str | None
    level: str | None
    score: float
    decision: str
    radius_m: float | None
    flags: str
    alternatives: str


def geocode(
    table: pd.DataFrame,
    gazetteer: pd.DataFrame | Sequence[pd.DataFrame],
    *,
    column: str | None = None,
    admin: str | Sequence[str] | None = None,
    area: Area | str | None = None,
    towns: pd.DataFrame | None = None,
    cache: str | os.PathLike[str] | None = None,
    roads: gpd.GeoDataFrame | None = None,
    report: str | None = None,
) -> pd.DataFrame:
    """Place what people wrote: coordinates in any written form, p-codes, names, phrases.

    No service is called. A coordinate must fill its whole cell (see `read_coordinate`). A name
    may be spelled in any way; a phrase ("5 km east of …", "between … and …", "…, near …") is placed
    by the names in it. Accepted is what is nearly always right, by scores that were calibrated on
    real spellings; everything else is for review, or refused.

    Parameters
    ----------
    table : DataFrame
        Any table with a column of words.
    gazetteer : DataFrame or sequence of DataFrame
        As `read_gazetteer` gives it. Several are merged, see `merge_gazetteers`: what one adds to
        a place of another (spellings, p-code, a better point) counts for both.
    column : str, optional
        The column with the words. Default: ``query``, else ``locality`` or what means it, else
        the only column of text.
    admin : str or sequence of str, optional
        Columns that name the governorate, the district, the sub-district (or its p-code) in any
        spelling, the largest first. Places elsewhere remain candidates but are not accepted. What
        one of them says is set against the others: where they name different governorates the
        first counts, and the row is flagged ``hints_disagree``.
    area : tuple = (west, south, east, north) or str, optional
        Degrees, EPSG:4326, or the name of a unit or place of the gazetteer (then the box around
        its members). Coordinates outside are refused. Default: the box around the gazetteer with
        a margin of 0.5°; none where the gazetteer is empty.
    towns : DataFrame, optional
        A gazetteer that only resolves the towns of short plus codes, where ``gazetteer`` cannot.
    cache : path, optional
        A folder for compiled gazetteers: one is read in a second instead of being made in five.
        Default: none, since a function that is asked for a table should leave no file behind.
    roads : GeoDataFrame, optional
        Streets with ``name``, EPSG:4326: then streets and their crossings are found too.
    report : str, optional
        The column that says to which report a row belongs: places found in earlier rows of the
        same report pull those of later ones.

    Returns
    -------
    DataFrame
        The rows and columns of ``table`` in order on the same index (a column whose name is one
        of these becomes ``<name>_input``), then ``lat, lon`` (degrees; missing when refused),
        ``match_id, match_name, level`` (the best candidate whatever the decision), ``score``
        (probability that it is right), ``decision`` (accepted, review, refused), ``radius_m``,
        ``flags`` (codes separated by ``;``), ``alternatives`` (a JSON list, best first).
        ``attrs["asked"]`` names the columns of the words and the hints and ``attrs["area"]`` is
        the area, for the review.
        ``attrs["advice"]`` is a sentence that names the file to obtain, where the built-in
        gazetteer was given and knows too few of the names.

    Raises
    ------
    InputError
        Where the column of words cannot be told, or the area is no box and no known name.
    MissingColumnError
        Where ``column``, ``admin`` or ``report`` is not in the table.

    Examples
    --------
    >>> places = pd.DataFrame({"id": ["1"], "name": ["Al Bab"], "name_ar": ["الباب"],
    ...                        "lat": [36.37], "lon": [37.52]})
    >>> words = pd.DataFrame({"query": ["36.2834 N, 37.5000 E", "مدينة الباب", None]})
    >>> found = geocode(words, places)
    >>> found["lat"].tolist(), found["decision"].tolist(), found["flags"].tolist()
    ([36.2834, 36.37, nan], ['accepted', 'review', 'refused'], ['', '', 'empty'])
    >>> geocode(words.iloc[:0], places)["decision"].tolist()
    []
    >>> geocode(words, places, column="place")
    Traceback (most recent call last):
    ...
    geosector.errors.MissingColumnError: There is no column 'place'. The table has: query.
    """
    require_table(table, "table")
    column = _words_column(table, column)
    told = [admin] if isinstance(admin, str) else [*(admin or ())]
    hint_columns = [table[_known_column(table, name)] for name in told]
    tables = [*gazetteer] if isinstance(gazetteer, list | tuple) else [gazetteer]
    for one in tables:
        require_table(one, "gazetteer")
    known = open_gazetteer(tables, cache)
    spare = index_gazetteer([]) if towns is None else open_gazetteer([towns], cache)
    box = _area(area, known)
    reports = [""] * len(table) if report is None else table[_known_column(table, report)]
    queries = [
        Query(written(cell), tuple(map(written, hints)), written(told_in))
        for cell, told_in, *hints in zip(table[column], reports, *hint_columns, strict=True)
    ]
    room = _Room(known, spare, box, open_room(known, roads))
    found = _resolve(list(dict.fromkeys(queries)), room)
    made = _kept_columns(table)
    columns = list(zip(*(found[query] for query in queries), strict=True)) or [()] * len(
        _Row._fields
    )
    for name, values in zip(_Row._fields, columns, strict=True):
        kind = table_of("matches").columns[name].type
        made[name] = pd.array(list(values), dtype="float64" if kind == "number" else "string")
    made.attrs["area"] = box
    kept = dict(zip(map(str, table.columns), map(str, made.columns), strict=False))
    made.attrs["asked"] = [kept[str(name)] for name in (column, *told)]
    advice = _advice(made, tables)
    if advice:
        made.attrs["advice"] = advice
    return made


class _Room(NamedTuple):
    """What every text of a table is resolved with."""

    known: Gazetteer
    spare: Gazetteer
    area: Area | None
    phrases: Room


def _resolve(queries: Sequence[Query], room: _Room) -> dict[Query, _Row]:
    """Resolve each distinct text once: coordinates and p-codes, then names and phrases."""
    found: dict[Query, _Row] = {}
    hints = {told: _hint(told, room.known) for told in dict.fromkeys(one.hints for one in queries)}
    outright: dict[str, _Row | None] = {}
    memory: dict[object, list[Point]] = {}
    with progress(len(queries), text("Geocoding")) as bar:
        for start in range(0, len(queries), _STEP):
            names = []
            step = queries[start : start + _STEP]
            for query in step:
                if query.words not in outright:
                    outright[query.words] = _written_place(query.words, room)
                row = outright[query.words]
                if row is None:
                    names.append(query)
                else:
                    found[query] = row
            placed = place_in(
                room.phrases,
                [one.words for one in names],
                [hints[one.hints].hint for one in names],
                [one.report or None for one in names],
                memory,
            )
            for query, one in zip(names, placed, strict=True):
                found[query] = _from_placed(one, hints[query.hints].flags)
            bar.update(len(step))
    return found


class _Told(NamedTuple):
    """What the columns beside a text say about where it lies."""

    hint: Hint | None
    flags: tuple[str, ...] = ()


def _hint(told: tuple[str, ...], known: Gazetteer) -> _Told:
    """Take the columns together: the finest unit that agrees with the first one known."""
    given = [one for one in told if one]
    units = [unit for unit in map(known.hint, given) if unit is not None]
    if not units:
        town = next(filter(None, map(known.hint_of_town, given)), None)
        return _Told(town, ("unknown_hint",) if given and town is None else ())
    agreeing = [unit for unit in units if unit.admin1 == units[0].admin1]
    finest = next((unit for unit in reversed(agreeing) if unit.admin2), units[0])
    return _Told(finest, ("hints_disagree",) if len(agreeing) < len(units) else ())


def _written_place(words: str, room: _Room) -> _Row | None:
    """Read what says its place outright: a coordinate or a p-code."""
    reading = read_coordinate(words, area=room.area, towns=lambda name: _town(name, room))
    if isinstance(reading, Reading):
        return _from_reading(reading)
    if isinstance(reading, Refusal):
        return _Row(None, None, None, None, None, 0.0, "refused", None, reading.reason, "[]")
    verdict = match_pcode(words, room.known)
    if verdict is None or (verdict.place is None and room.known.named(words)):
        return None
    return _from_placed(named(verdict))


def _from_reading(reading: Reading) -> _Row:
    stated = scores()["stated"]
    open_to_doubt = _DOUBTS.intersection(reading.flags) or reading.radius_m > _TOO_COARSE_M
    doubtful = open_to_doubt or "swapped" in reading.flags
    return _Row(
        lat=reading.lat,
        lon=reading.lon,
        match_id=None,
        match_name=None,
        level="coordinate",
        score=float(stated["doubtful" if doubtful else "coordinate"]),
        decision="review" if open_to_doubt else "accepted",
        radius_m=reading.radius_m,
        flags=";".join(reading.flags),
        alternatives="[]",
    )


def _from_placed(placed: Placed, more_flags: tuple[str, ...] = ()) -> _Row:
    place = placed.place
    return _Row(
        lat=placed.lat,
        lon=placed.lon,
        match_id=None if place is None else place.id,
        match_name=None if place is None else place.name,
        level=placed.level,
        score=round(placed.score, 4),
        decision=placed.decision,
        radius_m=placed.radius_m,
        flags=";".join((*placed.flags, *more_flags)),
        alternatives=_json(placed.alternatives),
    )


def _json(alternatives: Sequence[Alternative]) -> str:
    return json.dumps(
        [
            {"id": one.place.id, "name": one.place.name, "score": one.score, "reason": one.reason}
            for one in alternatives
        ],
        ensure_ascii=False,
    )


# --------------------------------------------------------------- columns


def written(value: object) -> str:
    """Give the text of a cell, empty where it is missing.

    Parameters
    ----------
    value : object

    Returns
    -------
    str

    Examples
    --------
    >>> written(36.2), written(None), written(float("nan"))
    ('36.2', '', '')
    """
    return "" if value is None or value is pd.NA or value != value else str(value)  # noqa: PLR0124 - NaN


def _known_column(table: pd.DataFrame, name: str) -> str:
    if name not in list(table.columns):
        raise MissingColumnError(
            text(
                "There is no column '{name}'. The table has: {columns}.",
                name=name,
                columns=", ".join(map(str, table.columns)),
            )
        )
    return name


def _words_column(table: pd.DataFrame, column: str | None) -> str:
    if column is not None:
        return _known_column(table, column)
    for name in ("query", "locality"):
        if name in table.columns:
            return name
    headers = [str(name) for name in table.columns]
    meant = {name: header for header, name in match_columns("incidents", headers).items()}
    if "locality" in meant:
        return meant["locality"]
    texts = [name for name in headers if pd.api.types.is_string_dtype(table[name])]
    if len(texts) == 1:
        return texts[0]
    raise InputError(
        text(
            "Which column holds the places is not clear. Name it with --column; "
            "the table has: {columns}.",
            columns=", ".join(headers),
        )
    )


def _kept_columns(table: pd.DataFrame) -> pd.DataFrame:
    taken = {str(name) for name in table.columns}
    names: dict[str, str] = {}
    for name in _Row._fields:
        if name in taken:
            new = f"{name}_input"
            while new in taken:
                new += "_input"
            names[name] = new
            taken.add(new)
    return pd.DataFrame(table).rename(columns=names)


# --------------------------------------------------------------- area and towns


def _area(area: Area | str | None, index: Gazetteer) -> Area | None:
    if area is None:
        return _widened(index.bounds())
    if isinstance(area, str):
        return _named_area(area, index)
    sides = _sides(area)
    if len(sides) != len(("west", "south", "east", "north")) or not _is_box(*sides):
        raise InputError(
            text(
                "The area {area} is not a box. Give west,south,east,north in degrees "
                "or the name of a place in the gazetteer.",
                area=",".join(f"{side:g}" for side in sides) or area,
            )
        )
    return sides[0], sides[1], sides[2], sides[3]


def _sides(area: object) -> tuple[float, ...]:
    try:
        return tuple(float(side) for side in area)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        return ()


def _is_box(west: float, south: float, east: float, north: float) -> bool:
    return -180 <= west < east <= 180 and -90 <= south < north <= 90  # noqa: PLR2004 - degrees


def _named_area(name: str, index: Gazetteer) -> Area:
    unit = index.hint(name)
    if unit is not None:
        members = [n for n, place in enumerate(index.places) if agreement(place, unit) > 0]
        bounds = index.bounds(members)
        if bounds is not None:
            return bounds
    verdict = match_name(name, index)
    if verdict.place is None or not verdict.condition.startswith("same_name"):
        raise InputError(
            text(
                "The area '{area}' is not in the gazetteer. Give west,south,east,north in degrees "
                "or the name of a place in the gazetteer.",
                area=name,
            )
        )
    reach = radius_of(verdict.place) / 1_000.0 / KM_PER_DEGREE
    lat, lon = verdict.place.lat, verdict.place.lon
    return (lon - 2 * reach, lat - 2 * reach, lon + 2 * reach, lat + 2 * reach)


def _widened(bounds: Area | None) -> Area | None:
    if bounds is None:
        return None
    west, south, east, north = bounds
    return (
        max(-180.0, west - AREA_MARGIN_DEGREES),
        max(-90.0, south - AREA_MARGIN_DEGREES),
        min(180.0, east + AREA_MARGIN_DEGREES),
        min(90.0, north + AREA_MARGIN_DEGREES),
    )


def _town(name: str, room: _Room) -> list[tuple[float, float]]:
    """Give the points that the town of a short plus code may lie at.

    Every place that sounds like it counts, so that a village written exactly so never hides the
    city that is meant; the largest decides, or nothing does.
    """
    places = [*_towns_named(name, room.known), *_towns_named(name, room.spare)]
    return [(place.lat, place.lon) for place in _meant(places)]


def _towns_named(name: str, index: Gazetteer) -> list[Place]:
    first, *context = [part for part in name.split(",") if normalise(part)] or [""]
    named = index.named(name) or index.named(first)
    positions = dict.fromkeys(one for found in named.values() for one in found)
    places = [index.places[one] for one in positions]
    for part in context:
        hint = index.hint(part)
        places = [place for place in places if agreement(place, hint) > 0] or places
    return places


def _meant(places: Sequence[Place]) -> Sequence[Place]:
    """Keep only the one of several homonyms that is a larger kind of place, or far larger.

    Entries beside the first are the same place entered twice.
    """
    if not places:
        return ()
    first = min(places, key=lambda place: (-rank(place), -place.population))
    others = [place for place in places if distance_km(first, place) > SAME_PLACE_KM]
    larger_kind = rank(first) > max((rank(place) for place in others), default=-1)
    # A town without a figure is not a town without people.
    counted = all(place.population > 0 or rank(place) == 0 for place in (first, *others))
    people = sum(place.population for place in others)
    far_larger = counted and first.population > DOMINANT_TIMES * people
    return [first] if larger_kind or far_larger else places


# --------------------------------------------------------------- advice


def _advice(matches: pd.DataFrame, tables: Sequence[pd.DataFrame]) -> str | None:
    """Say where to get a fuller gazetteer, where the built-in one knows too few of the names."""
    coverage = [str(table.attrs["coverage"]) for table in tables if "coverage" in table.attrs]
    unknown = int(matches["flags"].str.contains("unknown_name|similar_name").sum())
    if not coverage or unknown < max(1, _MANY_UNKNOWN * len(matches)):
        return None
    counted = text(
        "Names that the gazetteer does not know: {unknown} of {rows}.",
        unknown=number(unknown),
        rows=number(len(matches)),
    )
    return f"{counted} {coverage[0]}"
