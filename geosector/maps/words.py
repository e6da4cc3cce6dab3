"""What a map says: names of layers, kinds and marks in the language being spoken.

Functions, not tables: each sentence is looked up when the map is drawn.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from geosector.errors import InputError
from geosector.language import (
    LANGUAGES,
    current,
    date,
    digits,
    number,
    text,
    unmarked,
)

INCIDENT_KINDS = ("attack", "fire", "traffic", "drowning", "other")


def interface() -> dict[str, str]:
    """Give the words that ``map.js`` says by itself."""
    return {
        "layers": text("Layers and legend"),
        "zoom_in": text("Zoom in"),
        "zoom_out": text("Zoom out"),
        "close": text("Close"),
        "road_class": text("Road class"),
        "m": text("{n} m"),
        "km": text("{n} km"),
        "too_old": text(
            "This browser is too old to draw the map. Open the file in a newer one (2023 or later)."
        ),
        "failed": text("The map could not be drawn."),
    }


def density_name(kind: str) -> str:
    """Name the density layer of a kind of incident."""
    return {"attack": text("Density of attacks"), "fire": text("Density of fires")}[kind]


def incident_kind(kind: str) -> str:
    """Name a kind of incident, in the plural; an unknown one is among the others."""
    names = {
        "attack": text("Attacks"),
        "fire": text("Fires"),
        "traffic": text("Traffic accidents"),
        "drowning": text("Drownings"),
    }
    return names.get(kind) or text("Other incidents")


def facility_kind(kind: str) -> str:
    """Name a kind of facility, in the plural; an unknown one is among the others."""
    names = {
        "shelter": text("Shelters"),
        "warehouse": text("Warehouses"),
        "field_hospital": text("Field hospitals"),
        "clinic": text("Clinics"),
        "water_point": text("Water points"),
        "fire_station": text("Fire stations"),
        "school": text("Schools"),
        "protected": text("Protected facilities"),
    }
    return names.get(kind) or text("Other facilities")


def facility_status(status: str) -> str:
    """Name a status of a facility."""
    return {
        "open": text("Open"),
        "closed": text("Closed"),
        "damaged": text("Damaged"),
        "planned": text("Planned"),
        "unknown": text("Not stated"),
    }[status]


def road_rank(rank: int) -> str:
    """Name a rank of roads (`geosector.maps.theme.Road`)."""
    return (
        text("Motorway or trunk road"),
        text("Main road"),
        text("Secondary road"),
        text("Tertiary road"),
        text("Residential street"),
        text("Service road or track"),
        text("Path"),
    )[rank]


def metres(length: float) -> str:
    """Write a length."""
    if length >= 1000:  # noqa: PLR2004 - metres in a kilometre
        return text("{n} km", n=number(length / 1000, decimals=1))
    return text("{n} m", n=number(length))


def square_kilometres(area: float) -> str:
    """Write an area."""
    return text("{n} km²", n=number(area, decimals=2 if area < 10 else 0))  # noqa: PLR2004


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


def numbered(sector: object, lang: str | None = None) -> str:
    """Name a sector by its number."""
    code = current() if lang is None else lang
    return text("Sector {number}", code, number=digits(label(sector), lang=code))


def only_numbered(sector: object, name: str) -> bool:
    """Say whether a name is but the number of the sector, in whichever language it was given.

    Examples
    --------
    >>> only_numbered(3, "Sector 3"), only_numbered(3, "Old Town")
    (True, False)
    """
    bare = unmarked(name)  # a name of another source may have kept the isolates
    return any(bare == unmarked(numbered(sector, code)) for code in LANGUAGES)


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
    read = pd.to_numeric(cells, errors="coerce").astype("Float64")
    wrong = cells[(read.isna() & cells.notna()).to_numpy()]
    if len(wrong):
        raise InputError(
            text(
                "The column {column} holds '{given}'; give a number or leave it empty.",
                column=column,
                given=wrong.iloc[0],
            )
        )
    return read.fillna(missing).astype(float)


def in_digits(cell: object) -> str:
    """Write a number that is a name in the digits of the language, without group marks."""
    return digits(label(cell))


def period(dates: pd.Series) -> str:
    """Say the first and the last date of incidents.

    Examples
    --------
    >>> period(pd.Series(pd.to_datetime(["2024-04-02", "2024-04-30", None])))
    'Period: 2 April 2024 – 30 April 2024'
    >>> period(pd.Series(pd.to_datetime([None])))
    'Period: not stated'
    """
    known = pd.to_datetime(dates, errors="coerce", format="mixed").dropna()
    if known.empty:
        return text("Period: not stated")
    first, last = (date(day.date()) for day in (known.min(), known.max()))
    if first == last:
        return text("Period: {first}", first=first)
    return text("Period: {first} – {last}", first=first, last=last)


def until(day: dt.date | None, delay_days: int) -> str:
    """Say up to when the public sees incidents on a day.

    Examples
    --------
    >>> until(dt.date(2024, 4, 30), 7)
    'Period: up to 23 April 2024'
    """
    if day is None:
        return text("Period: not stated")
    first = dt.timedelta(days=day.toordinal() - 1)  # the calendar begins with the year 1
    return text("Period: up to {last}", last=date(day - min(dt.timedelta(days=delay_days), first)))


def stamp_date(day: dt.date) -> str:
    """Say as of when a map is."""
    return text("As of {date}", date=date(day))
