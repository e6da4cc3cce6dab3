"""What is given to a map: each table looked at before anything of it is used.

Readers such as `geosector.read_incidents` make tables in which nothing is left to say. A table
from elsewhere is refused with one sentence where it cannot be drawn; what of it can be read is
read as the readers do it, and what cannot be drawn is counted for the legend.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import InputError, MissingColumnError
from geosector.language import text
from geosector.maps import words
from geosector.maps.saying import Words, number, said
from geosector.release.columns import writable
from geosector.sources.dates import read_dates
from geosector.tables import match_columns, match_value, table

Flags = NDArray[np.bool_]

# What each table cannot be drawn without, beside its geometry.
NEEDED = {
    "incidents": ("kind", "date"),
    "sectors": ("sector_id",),
    "borders": ("left", "right"),
    "roads": ("road_class",),
    "buildings": (),
    "water": (),
    "facilities": ("kind",),
    "surveyed": (),
    "localities": ("id",),
    "boundary": (),
}
# Under which table the columns of another are described; the area surveyed has none of its own.
DESCRIBED = {"localities": "gazetteer", "surveyed": "boundary"}
CHOICES = {"incidents": ("kind",), "facilities": ("kind", "status")}
LINES = {shapely.GeometryType.LINESTRING, shapely.GeometryType.LINEARRING}
AREAS = {shapely.GeometryType.POLYGON}
# Of what the shapes of a table must be, to be drawn; of the others any place will do.
SHAPES = {
    "sectors": AREAS,
    "borders": LINES,
    "roads": LINES,
    "buildings": AREAS,
    "water": LINES | AREAS,
}
FIRST = 1000  # rows that tell whether coordinates are degrees at all
SHOWN = 5  # unknown kinds are listed up to here


class Given(NamedTuple):
    """A table that can be drawn, in EPSG:4326, and what of it cannot, for the legend."""

    table: gpd.GeoDataFrame
    notes: list[Words]
    cut: int  # texts too long for a map, cut off
    quoted: list[Words]  # notes that quote cells as they were written: for the office only


def look_at(given: object, name: str) -> Given:
    """Look at a table before it is drawn.

    Parameters
    ----------
    given : geopandas.GeoDataFrame
        Anything else is refused.
    name : str
        Which of the tables of `geosector.draw_map` it is.

    Returns
    -------
    Given
        The same rows in the same order, in EPSG:4326. Dates written as text are read, the day
        before the month where both could be; words for a kind or a status become the values of
        the table; an incident whose place is a line or an area becomes a point within it, whose
        ``radius_m`` reaches all of it.

    Raises
    ------
    MissingColumnError, MissingCRSError
        Where it lacks a column or a coordinate system.
    InputError
        Where it is no GeoDataFrame, has a column twice, or none of its shapes or coordinates can
        be drawn.

    Examples
    --------
    >>> from geosector.maps.saying import spoken
    >>> told = {"kind": ["قصف", "flood"], "date": ["١٣/٤/٢٠٢٤", "soon"]}
    >>> places = gpd.points_from_xy([37, 37], [36, 36])
    >>> incidents = gpd.GeoDataFrame(told, geometry=places, crs=4326)
    >>> read, notes, _, quoted = look_at(incidents, "incidents")
    >>> read["kind"].tolist(), str(read["date"].iloc[0].date())
    (['attack', 'flood'], '2024-04-13')
    >>> [spoken(note) for note in [*notes, *quoted]]
    ['Dates that could not be read: 1', 'Counted as other incidents: flood']
    >>> look_at(incidents.iloc[:0], "incidents").notes
    []
    >>> look_at(incidents.rename(columns={"kind": "Event type"}), "incidents")
    Traceback (most recent call last):
    ...
    geosector.errors.MissingColumnError: The table incidents lacks the column kind; it has: Event
    type, date, geometry. Rename: Event type → kind.
    """
    rows = _with_places(given, name)
    _require_columns(rows, name)
    _require_single(rows, name)
    rows, cut = _readable(rows)
    rows = crs.require_crs(rows, name)
    _require_degrees(rows, name)
    rows = crs.to_wgs84(rows)
    notes = _without_shape(rows, name)
    rows = _chosen(rows, name)
    if name != "incidents":
        return Given(rows, notes, cut, [])
    rows, more = _dated(rows)
    return Given(_as_points(rows), [*notes, *more], cut, _unknown_kinds(rows))


# ------------------------------------------------------------------ what is refused


def _with_places(given: object, name: str) -> gpd.GeoDataFrame:
    """Refuse what has no geometry, and say how it gets one."""
    if not isinstance(given, pd.DataFrame):
        raise InputError(
            text(
                "What was given as {name} is a {kind}; give a GeoDataFrame.",
                name=name,
                kind=type(given).__name__,
            )
        )
    if isinstance(given, gpd.GeoDataFrame) and given.active_geometry_name in given.columns:
        return given
    refusal = text("The table {name} has no geometry column; give a GeoDataFrame.", name=name)
    meant = {
        column: header for header, column in match_columns("gazetteer", _headers(given)).items()
    }
    if {"lon", "lat"} <= set(meant):
        refusal += " " + text(
            "Make points of its columns {lon} and {lat} with geopandas.points_from_xy.",
            lon=meant["lon"],
            lat=meant["lat"],
        )
    elif isinstance(given, gpd.GeoDataFrame):
        refusal += " " + text("Where the column has another name, say it with set_geometry.")
    raise InputError(refusal)


def _headers(rows: pd.DataFrame) -> list[str]:
    return [str(column) for column in rows.columns]


def _described(name: str) -> str:
    return DESCRIBED.get(name, name)


def _require_columns(rows: gpd.GeoDataFrame, name: str) -> None:
    """Refuse a table that lacks columns, all of them named, with what may be meant by others."""
    lacking = [column for column in NEEDED[name] if column not in rows.columns]
    if not lacking:
        return
    if len(lacking) == 1:
        refusal = text(
            "The table {name} lacks the column {column}; it has: {columns}.",
            name=name,
            column=lacking[0],
            columns=", ".join(_headers(rows)),
        )
    else:
        refusal = text(
            "The table {name} lacks the columns {lacking}; it has: {columns}.",
            name=name,
            lacking=", ".join(lacking),
            columns=", ".join(_headers(rows)),
        )
    meant = match_columns(_described(name), _headers(rows))
    renamed = [f"{header} → {column}" for header, column in meant.items() if column in lacking]
    if renamed:
        refusal += " " + text("Rename: {renamed}.", renamed=", ".join(renamed))
    inside = [str(level) for level in rows.index.names if level in lacking]
    if inside:
        refusal += " " + text("In the index: {levels}; use reset_index.", levels=", ".join(inside))
    raise MissingColumnError(refusal)


def _require_single(rows: gpd.GeoDataFrame, name: str) -> None:
    """Refuse a described column that stands twice."""
    for column in dict.fromkeys(rows.columns):
        if column not in table(_described(name)).columns and column not in NEEDED[name]:
            continue
        if isinstance(rows[column], pd.DataFrame):
            raise InputError(
                text(
                    "The table {name} has the column {column} twice. Take one away.",
                    name=name,
                    column=column,
                )
            )


def _readable(rows: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, int]:
    """Write cells that no map can hold as text that it can; count the texts that were cut off."""
    rows, cut, whole = writable(rows).copy(deep=False), 0, True
    for place in range(rows.shape[1]):
        cells = rows.iloc[:, place]
        mended, long = words.readable(cells)
        cut += long
        if mended is not cells:
            whole = False
            rows.isetitem(place, mended)
    return (rows if whole else rows.copy()), cut  # a copy lays the pieces together


def _require_degrees(rows: gpd.GeoDataFrame, name: str) -> None:
    """Refuse metres that are called degrees; a single slip is a place that is not known."""
    if not crs.in_degrees(rows):
        return
    bounds = shapely.bounds(rows.geometry.to_numpy()[:FIRST])
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    beyond = (np.abs(bounds[:, 0::2]) > 360) | (np.abs(bounds[:, 1::2]) > 90)  # noqa: PLR2004 - round the globe
    if len(bounds) and beyond.any(axis=1).all():
        raise InputError(
            text(
                "The coordinates of {name} are no degrees, though its coordinate system says so: "
                "{x}, {y}. Say the true one with set_crs.",
                name=name,
                x=float(bounds[0, 0]),
                y=float(bounds[0, 1]),
            )
        )


# ------------------------------------------------------------------ what cannot be drawn


def _without_shape(rows: gpd.GeoDataFrame, name: str) -> list[Words]:
    """Count the rows that lines or areas are wanted of and that have none; refuse where all do."""
    if name not in SHAPES or rows.empty:
        return []
    shapes = rows.geometry.to_numpy()
    parts, owners = shapely.get_parts(shapes, return_index=True)
    fit = np.isin(shapely.get_type_id(parts), [int(kind) for kind in SHAPES[name]])
    fit &= ~shapely.is_empty(parts)
    drawn = np.zeros(len(rows), bool)
    drawn[owners[fit]] = True
    there = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    if there.any() and not drawn.any():
        raise InputError(
            text(
                "The table {name} holds no shape that can be drawn, but: {given}. Give {wanted}.",
                name=name,
                given=", ".join(sorted(set(rows.geom_type[there]))),
                wanted=_wanted(name),
            )
        )
    lost = int((~drawn).sum())
    if not lost:
        return []
    return [said("Rows of {table} without a shape to draw: {n}", table=name, n=number(lost))]


def _wanted(name: str) -> str:
    if SHAPES[name] == LINES:
        return text("lines")
    return text("polygons") if SHAPES[name] == AREAS else text("polygons or lines")


def _unknown_kinds(incidents: gpd.GeoDataFrame) -> list[Words]:
    """List the kinds that are none of the table's: they are counted among the others."""
    met = set(words.labels(pd.Series(incidents["kind"].unique())))
    unknown = sorted(kind for kind in met if kind.strip() and kind not in words.INCIDENT_KINDS)
    if not unknown:
        return []
    listed = ", ".join(unknown[:SHOWN]) + (" …" if len(unknown) > SHOWN else "")
    return [said("Counted as other incidents: {kinds}", kinds=listed)]


# ------------------------------------------------------------------ what is read


def _chosen(rows: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Put the values of the table for the words that mean them; other words stay."""
    for column in CHOICES.get(name, ()):
        if column not in rows.columns:
            continue
        codes, different = pd.factorize(rows[column])
        meant = [match_value(name, column, cell) or cell for cell in different]
        if meant != list(different):
            values = np.array([*meant, None], dtype=object)
            rows = rows.assign(**{column: pd.Series(values[codes], rows.index, dtype=object)})
    return rows


# The periods of pandas that a precision of dates means, and how each is written.
_PERIODS = {"D": "%Y-%m-%d", "M": "%Y-%m", "Y-DEC": "%Y", "h": "%Y-%m-%d", "min": "%Y-%m-%d"}


def _dated(incidents: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Words]]:
    """Read dates that are no dates yet, each different one once."""
    cells = incidents["date"]
    if pd.api.types.is_datetime64_any_dtype(cells):
        return incidents, []
    if isinstance(cells.dtype, pd.PeriodDtype):
        cells = _written_periods(cells)
    codes, different = pd.factorize(cells)  # a missing cell has the code -1: the last one
    read, known, remarks = read_dates(pd.Series([*_compact(different), None], dtype=object))
    dates = pd.Series(read.to_numpy()[codes], index=incidents.index)
    precision = known.to_numpy()[codes]
    if "date_precision" in incidents:
        precision = _coarser(precision, words.labels(incidents["date_precision"]).to_numpy())
    remarked = np.isin(np.arange(len(read)), [remark.position for remark in remarks])
    unread = remarked & read.isna().to_numpy()
    in_doubt = remarked & ~unread
    notes: list[Words] = []
    if lost := int(unread[codes].sum()):
        notes.append(said("Dates that could not be read: {n}", n=number(lost)))
    if unsure := int(in_doubt[codes].sum()):
        notes.append(said("Dates that could be read in two ways: {n}", n=number(unsure)))
    return incidents.assign(date=dates, date_precision=precision), notes


def _coarser(read: NDArray[np.object_], stated: NDArray[np.object_]) -> NDArray[np.object_]:
    """Take the coarser of what is said of each date and what its writing shows."""
    rank = {"minute": 1, "day": 1, "month": 2, "year": 3}
    known = [max(pair, key=lambda one: rank.get(one, 0)) for pair in zip(stated, read, strict=True)]
    return np.array(known, dtype=object)


def _compact(cells: object) -> list[object]:
    """Read 20240402, as databases write days, which would be no number of days since 1899."""
    different = cast("list[object]", list(cast("NDArray[np.object_]", cells)))
    return [
        f"{word[:4]}-{word[4:6]}-{word[6:]}" if len(word) == 8 and word.isdecimal() else cell  # noqa: PLR2004
        for cell, word in ((cell, words.label(cell).strip()) for cell in different)
    ]


def _written_periods(cells: pd.Series) -> pd.Series:
    """Write days, months and years; refuse a week, since no precision of a date means one."""
    step = str(cells.dtype).removeprefix("period[").removesuffix("]")
    if step not in _PERIODS:
        raise InputError(
            text(
                "The dates of incidents are periods ({step}); give days, months or years, or the "
                "day on which each began.",
                step=step,
            )
        )
    return cells.dt.strftime(_PERIODS[step])


def _as_points(incidents: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Make lines and areas points whose radius reaches all of them: no precision is invented."""
    radius = words.numbers(incidents, "radius_m", np.nan)
    if (radius < 0).any():
        raise InputError(
            text(
                "The column radius_m holds '{given}'; give metres from 0, or leave it empty.",
                given=float(radius[(radius < 0).to_numpy()].iloc[0]),
            )
        )
    shapes = incidents.geometry.to_numpy()
    kinds = shapely.get_type_id(shapes)
    wide = ~np.isin(kinds, [-1, shapely.GeometryType.POINT])
    wide[wide] = ~shapely.is_empty(shapes[wide])
    if not wide.any():
        return incidents
    places = incidents.geometry.copy()
    places[wide] = incidents.geometry[wide].representative_point()
    rows = cast("gpd.GeoDataFrame", incidents.set_geometry(places))
    metric = crs.metric_crs(incidents.total_bounds)
    whole = crs.to_metres(incidents[wide], metric).geometry.to_numpy()
    middle = crs.to_metres(rows[wide], metric).geometry.to_numpy()
    reach = np.full(len(rows), np.nan)
    reach[wide] = np.ceil(shapely.hausdorff_distance(whole, middle))
    return cast("gpd.GeoDataFrame", rows.assign(radius_m=np.fmax(radius.to_numpy(), reach)))


def area(surveyed: object) -> gpd.GeoDataFrame:
    """Look at the area surveyed; refuse one that is none.

    Examples
    --------
    >>> area(gpd.GeoDataFrame(geometry=[None], crs=4326))
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: What was surveyed is an area; give polygons, one at least.
    """
    rows = look_at(surveyed, "surveyed").table
    shapes = rows.geometry.to_numpy()
    rows = rows[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
    if rows.empty or not rows.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        raise InputError(text("What was surveyed is an area; give polygons, one at least."))
    return rows
