"""What a map says: names of layers, kinds and marks, as words to be said in any language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import LANGUAGES, text, unmarked
from geosector.maps.saying import Phrase, Words, counted, day, digits, number, said, spoken

# Letters of one text. What is longer is no name: a megabyte in one cell would stop the browser.
LONGEST = 1000
INCIDENT_KINDS = ("attack", "fire", "traffic", "drowning", "other")


def interface() -> dict[str, Words]:
    """Give the words that the scripts of the page say by themselves."""
    return {
        "language": said("Language"),
        "layers": said("Layers and legend"),
        "shading": said("Shading of the ground, one at a time"),
        "no_shading": said("No shading"),
        "zoom_in": said("Zoom in"),
        "zoom_out": said("Zoom out"),
        "close": said("Close"),
        "road_class": said("Road class"),
        "m": said("{n} m"),
        "km": said("{n} km"),
        "per_km2": said("{n} per km²"),
        "under_per_km2": said("less than {n} per km²"),
        "no_data": said("no data"),
        "too_old": said(
            "This browser is too old to draw the map. Open the file in a newer one (2023 or later)."
        ),
        "tiles_missing": said("The online map cannot be reached now."),
        "failed": said("The map could not be drawn."),
        **_points(),
    }


def _points() -> dict[str, Words]:
    """Give the words of the points, of the table beside the map and of the filters."""
    return {
        "incident": said("Incident"),
        "not_stated": said("Not stated"),
        "same_place": said("Incidents at this place"),
        "here": counted("{n} incident here", "{n} incidents here", 0),
        "more": said("Not listed here: {n}. Zoom in to part them."),
        "points_dense": said(
            "Where points hide one another: in the colour of their kind, grey where kinds mix; "
            "stronger where there are more."
        ),
        "beside": said("Table and filters"),
        "beside_public": said("Table"),
        "table": said("What is in view, as a table"),
        "in_view": said("In view: {n} of {total}"),
        "passing": said("Incidents that pass the filters: {n} of {total}"),
        "passing_of_period": said("Incidents of this period that pass the filters: {n} of {total}"),
        "of_period": said(
            "Points and table, this period alone: {n} of {total} incidents of all kinds."
        ),
        "undated": said("Without a date, so in no period: {n}."),
        "vague_in_periods": said(
            "An incident whose month or year alone is known is a point in each period in which it "
            "may have been."
        ),
        "all_the_time": said("Circles and the cards of sectors still show all periods."),
        "all_periods": said("All periods"),
        "page": said("Rows {first} to {last} of {total}"),
        "previous": said("Previous rows"),
        "next": said("Next rows"),
        "nothing": said("Nothing in view."),
        "place": said("Place"),
        "sort": said("Sort by: {column}"),
        "open_row": said("Enter opens the card of a row on the map."),
        "filters": said("Filters"),
        "all": said("All"),
        "none": said("None"),
        "others": said("All others"),
        "date": said("Date"),
        "from": said("From"),
        "to": said("To"),
        "without_date": said("Without a date"),
        "vague_dates": said(
            "Of an incident whose month or year alone is known, some part must lie between the two."
        ),
        "period_of": said("{first} – {last}"),
        "clear": said("Clear filters"),
        "filters_reach": said(
            "Filters act on points and table. Densities, circles and counts still show all "
            "incidents; the density is dimmed."
        ),
    }


def time_control() -> dict[str, Words]:
    """Give the words of the slider over time."""
    return {
        "name": said("Incidents over time"),
        "kind": said("Kind"),
        "period": said("Period"),
        "all": said("All periods"),
        "play": said("Play"),
        "pause": said("Pause"),
        "previous": said("Previous period"),
        "next": said("Next period"),
        "incidents": said("Incidents"),
        "entered": said("In the density"),
        "most": said("Most in a period: {n}"),
    }


def density_name(kind: str) -> Phrase:
    """Name the density layer of a kind of incident, or of all."""
    return {
        "attack": said("Density of attacks"),
        "fire": said("Density of fires"),
        "traffic": said("Density of traffic accidents"),
        "drowning": said("Density of drownings"),
        "other": said("Density of other incidents"),
        "all": said("Density of all incidents"),
    }[kind]


def bandwidth(length: float, source: str) -> Phrase:
    """Say a bandwidth and how it was chosen (`geosector.maps.heat.Bandwidth`).

    Examples
    --------
    >>> spoken(bandwidth(500.0, "given"), "en")
    'Bandwidth (Gaussian): 500 m, as given'
    """
    h = metres(length)
    return {
        "given": said("Bandwidth (Gaussian): {bandwidth}, as given", bandwidth=h),
        "rule": said(
            "Bandwidth (Gaussian): {bandwidth}, by the normal reference rule", bandwidth=h
        ),
        "places": said(
            "Bandwidth (Gaussian): {bandwidth}, as near as three quarters of the places are known",
            bandwidth=h,
        ),
        "audience": said(
            "Bandwidth (Gaussian): {bandwidth}, the least for this audience", bandwidth=h
        ),
        "area": said(
            "Bandwidth (Gaussian): {bandwidth}, the least for so wide an area", bandwidth=h
        ),
    }[source]


def incident_kind(kind: str) -> Phrase:
    """Name a kind of incident, in the plural; an unknown one is among the others."""
    names = {
        "attack": said("Attacks"),
        "fire": said("Fires"),
        "traffic": said("Traffic accidents"),
        "drowning": said("Drownings"),
    }
    return names.get(kind) or said("Other incidents")


def incident(kind: str) -> Phrase:
    """Name one incident of a kind."""
    return {
        "attack": said("Attack"),
        "fire": said("Fire"),
        "traffic": said("Traffic accident"),
        "drowning": said("Drowning"),
        "other": said("Other incident"),
    }[kind]


def facility_kind(kind: str) -> Phrase:
    """Name a kind of facility, in the plural; an unknown one is among the others."""
    names = {
        "shelter": said("Shelters"),
        "warehouse": said("Warehouses"),
        "field_hospital": said("Field hospitals"),
        "clinic": said("Clinics"),
        "water_point": said("Water points"),
        "fire_station": said("Fire stations"),
        "school": said("Schools"),
        "protected": said("Protected facilities"),
    }
    return names.get(kind) or said("Other facilities")


def facility_status(status: str) -> Phrase:
    """Name a status of a facility."""
    return {
        "open": said("Open"),
        "closed": said("Closed"),
        "damaged": said("Damaged"),
        "planned": said("Planned"),
        "unknown": said("Not stated"),
    }[status]


def road_rank(rank: int) -> Phrase:
    """Name a rank of roads (`geosector.maps.theme.Road`)."""
    return (
        said("Motorway or trunk road"),
        said("Main road"),
        said("Secondary road"),
        said("Tertiary road"),
        said("Residential street"),
        said("Service road or track"),
        said("Path"),
    )[rank]


def metres(length: float) -> Phrase:
    """Write a length."""
    if length >= 1000:  # noqa: PLR2004 - metres in a kilometre
        return said("{n} km", n=number(length / 1000, decimals=1))
    return said("{n} m", n=number(length))


def square_kilometres(area: float) -> Phrase:
    """Write an area."""
    return said("{n} km²", n=number(area, decimals=2 if area < 10 else 0))  # noqa: PLR2004


def label(cell: object) -> str:
    """Write a cell of a table as it stands; nothing for a missing one.

    Examples
    --------
    >>> label("{{7*7}}"), label(None), label(3.0), label(float("nan"))
    ('{{7*7}}', '', '3', '')
    """
    if cell is None or bool(pd.isna(cell)):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def cells(table: pd.DataFrame, name: str) -> pd.Series:
    """Give a column, all missing where the table lacks it."""
    if name in table:
        return table[name]
    return pd.Series(np.full(len(table), None), index=table.index, dtype="object")


def labels(column: pd.Series) -> pd.Series:
    """Write the cells of a column (`label`), each different one once.

    Examples
    --------
    >>> labels(pd.Series(["a", None, "a"])).tolist()
    ['a', '', 'a']
    """
    codes, cells = pd.factorize(column)  # a missing cell has the code -1: the last label
    written = np.array([*(label(cell) for cell in cells), ""], dtype=object)
    return pd.Series(written[codes], index=column.index, dtype="object")


def readable(column: pd.Series) -> tuple[pd.Series, int]:
    """Make of the cells of a column what a map can hold; say how many texts had to be cut off.

    Lists and the like, as a file of GeoJSON may hold them, become the text that Python writes of
    them; of text longer than `LONGEST` only the beginning stays, with an ellipsis.

    Examples
    --------
    >>> readable(pd.Series(["a", None, ["b"]], dtype=object))[0].tolist()
    ['a', None, "['b']"]
    >>> cut, count = readable(pd.Series(["a" * 5000, "b"]))
    >>> [len(cell) for cell in cut], count
    ([1001, 1], 1)
    >>> readable(pd.Series([], dtype=object))[1]
    0
    """
    if isinstance(column.dtype, pd.StringDtype):
        long = (column.str.len() > LONGEST).fillna(value=False).to_numpy(bool)
    elif column.dtype == object:
        kinds: set[type[Any]] = set(map(type, column))
        listed = tuple(kind for kind in kinds if not issubclass(kind, Hashable))
        if listed:
            cells = [str(cell) if isinstance(cell, listed) else cell for cell in column]
            column = pd.Series(cells, column.index, dtype=object)
        if not listed and str not in kinds:
            return column, 0
        long = column.map(lambda cell: isinstance(cell, str) and len(cell) > LONGEST)
        long = long.to_numpy(bool)
    else:
        return column, 0
    if long.any():
        column = column.mask(long, column[long].map(shortened))
    return column, int(long.sum())


def shortened(written: str) -> str:
    """Give a text, or its beginning and an ellipsis where it is longer than `LONGEST`."""
    return written if len(written) <= LONGEST else written[:LONGEST] + "…"


def numbered(sector: object) -> Phrase:
    """Name a sector by its number."""
    return said("Sector {number}", number=in_digits(sector))


def only_numbered(sector: object, name: str) -> bool:
    """Say whether a name is but the number of the sector, in whichever language it was given.

    Examples
    --------
    >>> only_numbered(3, "Sector 3"), only_numbered(3, "Old Town")
    (True, False)
    """
    bare = unmarked(name)  # a name of another source may have kept the isolates
    return any(bare == unmarked(spoken(numbered(sector), code)) for code in LANGUAGES)


def numbers(table: pd.DataFrame, column: str, missing: float) -> pd.Series:
    """Read a column of numbers.

    Parameters
    ----------
    table : pandas.DataFrame
    column : str
        It may be lacking: then every number is missing.
    missing : float
        What stands for a missing number.

    Returns
    -------
    pandas.Series of float

    Raises
    ------
    InputError
        Where a cell holds something else: to pass over it would invent a number.

    Examples
    --------
    >>> numbers(pd.DataFrame({"radius_m": ["50", None]}), "radius_m", 0.0).tolist()
    [50.0, 0.0]
    >>> numbers(pd.DataFrame({"radius_m": ["near"]}), "radius_m", 0.0)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The column radius_m holds 'near'; give a number or leave it empty.
    """
    if column not in table:
        return pd.Series(missing, index=table.index, dtype=float)
    cells = table[column]
    if cells.dtype == object or isinstance(cells.dtype, pd.StringDtype | pd.CategoricalDtype):
        cells = cells.astype(object).map(_plain_number)
    read = pd.to_numeric(cells, errors="coerce").astype("Float64")
    endless = np.isinf(read.to_numpy(float, na_value=np.nan))
    wrong = cells[(read.isna() & cells.notna()).to_numpy() | endless]
    if len(wrong):
        raise InputError(
            text(
                "The column {column} holds '{given}'; give a number or leave it empty.",
                column=column,
                given=wrong.iloc[0],
            )
        )
    return read.fillna(missing).astype(float)


def _plain_number(cell: object) -> object:
    """Read a number written in any script's digits; nothing for a blank cell."""
    if not isinstance(cell, str):
        return cell
    try:
        return float(cell)
    except ValueError:
        return cell if cell.strip() else None


def days(column: pd.Series) -> tuple[NDArray[np.datetime64], NDArray[np.int64]]:
    """Read a column of dates.

    Parameters
    ----------
    column : pandas.Series
        Dates, times or text; of a time with an offset the day counts that is written.

    Returns
    -------
    days : array of datetime64[D], shape (n,)
        NaT where there is none.
    vague : array of int64, shape (n,)
        0 for a day, 1 for a month written alone (2024-04), 2 for a year: of these the first day.

    Examples
    --------
    >>> found, vague = days(pd.Series(["2024-04-02T00:30+03:00", "2024-04", "2024", "soon", None]))
    >>> found.astype(str).tolist(), vague.tolist()
    (['2024-04-02', '2024-04-01', '2024-01-01', 'NaT', 'NaT'], [0, 1, 2, 0, 0])
    >>> days(pd.Series([], dtype=object))[1].tolist()
    []
    """
    codes, cells = pd.factorize(column)  # a missing cell has the code -1: the last one
    different = pd.Series(cells)
    vague = np.zeros(len(different) + 1, np.int64)
    if isinstance(different.dtype, pd.DatetimeTZDtype):
        different = different.dt.tz_localize(None)
    elif not pd.api.types.is_datetime64_dtype(different):
        written = pd.Series([label(cell).strip() for cell in different], dtype="object").astype(str)
        vague[:-1][written.str.fullmatch(r"\d{4}-\d{1,2}").to_numpy(bool)] = 1
        vague[:-1][written.str.fullmatch(r"\d{4}").to_numpy(bool)] = 2
        written = written.str.replace(r"^(\d{4}-\d{2}-\d{2})[T ].*", r"\1", regex=True)
        different = pd.to_datetime(written, errors="coerce", format="mixed", utc=True)
        different = different.dt.tz_localize(None)
    found = different.to_numpy("datetime64[D]")
    return np.append(found, np.datetime64("NaT"))[codes], vague[codes]


def in_digits(cell: object) -> Words:
    """Write a number that is a name in the digits of the language, without group marks."""
    return digits(label(cell))


def period(dates: pd.Series) -> Phrase:
    """Say the first and the last date of incidents.

    Examples
    --------
    >>> spoken(period(pd.Series(pd.to_datetime(["2024-04-02", "2024-04-30", None]))), "en")
    'Period: 2 April 2024 – 30 April 2024'
    >>> spoken(period(pd.Series(pd.to_datetime([None]))), "en")
    'Period: not stated'
    """
    known, _ = days(dates)
    known = known[~np.isnat(known)]
    if not len(known):
        return said("Period: not stated")
    first, last = (day(at.astype(dt.date)) for at in (known.min(), known.max()))
    if first == last:
        return said("Period: {first}", first=first)
    return said("Period: {first} – {last}", first=first, last=last)


def until(at: dt.date | None, delay_days: int) -> Phrase:
    """Say up to when the public sees incidents on a day.

    Examples
    --------
    >>> spoken(until(dt.date(2024, 4, 30), 7), "en")
    'Period: up to 23 April 2024'
    """
    if at is None:
        return said("Period: not stated")
    first = dt.timedelta(days=at.toordinal() - 1)  # the calendar begins with the year 1
    return said("Period: up to {last}", last=day(at - min(dt.timedelta(days=delay_days), first)))


def stamp_date(at: dt.date) -> Phrase:
    """Say as of when a map is."""
    return said("As of {date}", date=day(at))
