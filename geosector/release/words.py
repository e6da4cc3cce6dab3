"""What a cell may say outside: a coordinate may stand in any cell of a report."""

from __future__ import annotations

import re
import unicodedata
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.errors import InputError
from geosector.language import text
from geosector.tables import Audience, table

Frame: TypeAlias = "pd.DataFrame | gpd.GeoDataFrame"
Floats = NDArray[np.float64]

# telephone; a code may have more (SY020001).
REPORTED = (
    "incidents", "matches", "activities", "recommendations", "catalogue", "who_does_what",
    "overlaps", "projects", "need_scores", "hot_spots", "trends",
)  # fmt: skip
CODES = ("locality_id", "match_id")
MOST_DIGITS = 4
LONGEST_NAME = 500  # what is longer is a story, not a name
LARGEST_WHOLE = 2.0**53
DECIMALS = 2  # of a number: no finer than a kilometre, if it is a latitude in a wrong cell
# A link leads to a place whatever it looks like; three words joined by points are one (what3words).
LINK = re.compile(
    r"://|\bwww\.|\w\.[a-z]{2,}/|[^\W\d_]{3,}\.[^\W\d_]{3,}\.[^\W\d_]{3,}", re.IGNORECASE
)
# Codes of places mix letters and digits (geohash sy7r2k8, Maidenhead KM76xf12, MGRS); names and
# weapons have their digits at one end.
GRID_CODE = re.compile(r"\b(?=[0-9a-z]*(?:\d[a-z]+\d|[a-z]\d+[a-z]))[0-9a-z]{7,}\b", re.IGNORECASE)
CODE = re.compile(r"[A-Za-z]{0,3}[0-9]{1,9}")
# A coordinate in the name of a street or a sector, which has digits of other kinds, too: decimals
# of a degree, degrees with minutes, metres of a map.
COORDINATE = re.compile(r"\d[.,٫]\d{3}|\d\s*[°º˚]\s*\d|(?<![A-Za-z\d])\d{6}")
TWO_COORDINATES = re.compile(r"\d[.,٫]\d{3}.*\d[.,٫]\d{3}", re.DOTALL)
# What identifies a row or says whose it is has many digits of its own.
IDENTIFYING = ("id", "code", "source", "same_as", "sha256")
MADE_ID = re.compile(r"[0-9a-f]{12}(?:-[0-9]+)?")  # tables.content_ids
# In a title or the name of a source, which say years, streets and links of their own.
CERTAIN = re.compile(
    r"\d[.,٫]\d{3}.*\d[.,٫]\d{3}|\d\s*[°º˚]\s*\d|[23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,3}",
    re.IGNORECASE | re.DOTALL,
)
PLUS_CODE = re.compile(r"[23456789CFGHJMPQRVWX]{2,8}\+[23456789CFGHJMPQRVWX]{0,3}", re.IGNORECASE)


def require_no_place(audience: Audience, *told: object) -> None:
    """Refuse a title or a source that holds a place in digits, where others will read it.

    Such words go into a product as they are: nobody may take something out of them unseen.

    Parameters
    ----------
    audience : {"internal", "partner", "public"}
    *told : object
        Texts; missing ones are None.

    Raises
    ------
    InputError
        Where one of them holds a coordinate or a code of a place.

    Examples
    --------
    >>> require_no_place("public", "Incidents in April 2024", None)
    >>> require_no_place("internal", "Shelter at 36.20234, 37.16123")
    >>> require_no_place("public", "Shelter at 36.20234, 37.16123")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The title or the source holds the digits of a place. Others ...
    """
    if audience != "internal" and any(CERTAIN.search(str(words)) for words in told if words):
        raise InputError(
            text(
                "The title or the source holds the digits of a place. Others will read it: "
                "leave them out."
            )
        )


def plain(rows: Frame, name: str, column: str) -> pd.Series:
    """Keep what a column is meant to hold: a coordinate may stand in any cell of a report."""
    values, kind = rows[column], table(name).columns[column].type
    if kind == "choice":
        return known_values(rows, name, column)
    if kind == "date":
        return values.mask(days(values).isna())
    if kind in {"integer", "number"}:
        numbers = _numbers(values)
        if kind == "number":
            return numbers.round(DECIMALS)
        return numbers.where((numbers % 1 == 0) & (numbers.abs() < LARGEST_WHOLE)).astype("Int64")
    return without_places(values)


def as_described(rows: Frame, name: str, column: str) -> pd.Series:
    """Keep what a column of a map is meant to hold: numbers in numbers, no coordinate in a name."""
    values, kind = rows[column], table(name).columns[column].type
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return values
    if kind in {"integer", "number", "date"}:
        return plain(rows, name, column)
    forms: tuple[re.Pattern[str], ...] = (COORDINATE, PLUS_CODE, LINK, GRID_CODE)
    if column.endswith(IDENTIFYING):
        forms = (TWO_COORDINATES,)
    codes, different = pd.factorize(values.astype("string"))
    told = [
        isinstance(word, str) and any(form.search(word) is not None for form in forms)
        for word in different
    ]
    places = np.array([*told, False], bool)[codes]  # a missing cell has the code -1: the last one
    return values.mask(places) if places.any() else values


def days(written: pd.Series) -> pd.Series:
    """Read dates of any kind; NaT where there is none."""
    return pd.to_datetime(written, errors="coerce", utc=True, format="mixed").dt.tz_localize(None)


def known_values(rows: Frame, name: str, column: str) -> pd.Series:
    """Keep the coded values of a choice; whatever else was written there is missing."""
    words = rows.get(column, pd.Series(pd.NA, rows.index)).astype("string")
    return words.where(words.isin(list(table(name).columns[column].values)))


def without_places(column: pd.Series) -> pd.Series:
    """Withhold text that may hold a place in digits."""
    words = column.astype("string")
    is_code = column.name in CODES
    return words.mask(np.array([_may_hold_place(word, is_code=is_code) for word in words], bool))


def without_made(ids: pd.Series) -> pd.Series:
    """Withhold ids that geosector made from the content of a row.

    They are digests without a key: whoever guesses the row, place by place, can try them out.
    """
    words = ids.astype("string")
    return words.mask(words.str.fullmatch(MADE_ID.pattern).fillna(value=False).astype(bool))


def _may_hold_place(word: object, *, is_code: bool) -> bool:
    if not isinstance(word, str) or (is_code and CODE.fullmatch(word)):
        return False
    if len(word) > LONGEST_NAME:
        return True
    digits = sum(unicodedata.digit(letter, None) is not None for letter in word)
    if digits > MOST_DIGITS:
        return True
    return any(form.search(word) is not None for form in (PLUS_CODE, LINK, GRID_CODE))


def _numbers(column: pd.Series) -> pd.Series:
    try:
        return pd.to_numeric(column, errors="coerce")
    except OverflowError:  # a whole number of more than 300 digits is none
        return pd.to_numeric(column.map(str), errors="coerce")


def whole(column: pd.Series) -> Floats:
    """Read numbers, zero where there is none or one without end."""
    numbers = np.asarray(_numbers(column), float)
    return np.where(np.isfinite(numbers), numbers, 0.0)
