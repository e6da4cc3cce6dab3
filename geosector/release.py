"""What each audience may see: the only door out.

==================  ==========  ==============================  ==================================
table               internal    partner                         public
==================  ==========  ==============================  ==================================
incidents           as it is    points moved within a stated    counts by locality or cell and
                                radius; coded columns           kind, after a delay
facilities          as it is    the sector, no place or name    counts by sector and kind
population          as it is    counts by sector                refused
points              as it is    refused                         refused
matches             as it is    what was found, no place        refused
sectors, roads, …   as it is    columns that ``tables.toml``    columns that ``tables.toml`` lets
                                lets a partner see              everyone see
buildings           as it is    outlines and points; floors     outlines, nothing else
                                and height
water               as it is    the same as the public          shapes and names, of what is water
==================  ==========  ==============================  ==================================

Roads, buildings and water are the public ground of a map: where they lie is seen from the sky. What
state they are in, who lives there and what a building is called is not. Where a table of water says
what each row is, only what is water leaves the office: a front line may be among them.

Columns that geosector does not know are internal; columns that look personal are nobody's. Text
that may hold a place in digits (a coordinate, a code) is withheld. Counts of people or facilities
below a threshold are withheld together with others, so that subtraction does not give them back.

Masking is keyed and fixed: HMAC-SHA256 of the place, cut to eleven metres, says where the point
goes. So the average of many exports, of many incidents at one place, or of a row whose id has
changed, is one and the same masked point.
"""

from __future__ import annotations

import datetime as dt
import hmac
import os
import re
import secrets
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs, storage
from geosector.assign import OUTSIDE, Assigner
from geosector.errors import (
    AudienceError,
    InputError,
    MissingColumnError,
    UnreadableFileError,
)
from geosector.language import text
from geosector.tables import (
    AUDIENCES,
    Audience,
    looks_personal,
    match_columns,
    match_value,
    require_table,
    table,
)

Frame: TypeAlias = "pd.DataFrame | gpd.GeoDataFrame"
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Counts from 1 to one below this are small (OCHA Centre for Humanitarian Data, guidance note on
# statistical disclosure control: thresholds of 3 to 10 are usual).
SMALLEST_COUNT = 5

# An incident whose radius is not stated, or is stated as exact, is masked within this distance.
USUAL_RADIUS_M = 400.0
# No place known so roughly that its mask should leave the country: 51 km.
MOST_DOUBLINGS = 9.0
# A receiver's accuracy of a few metres is no mask. A mask reaches this far, or twice as far, four
# times …: with few sizes, one place seldom gets two masks.
LEAST_RADIUS_M = 100.0
# The masked point keeps away from the true one by this share of the radius.
NEAREST_SHARE = 0.3
# Places nearer than this (11 m) share one mask: a correction of a few metres tells nothing.
PLACE_DECIMALS = 4
# How often a masked point that fell outside its sector is thrown again, before the rest of the
# throws aim at the sector itself.
THROWS, AIMED_THROWS = 48, 80

MOST_DAYS, MOST_METRES = 36_500, 1e6  # a hundred years, a thousand kilometres
SHORTEST_KEY = 16
NEW_KEY = 32

# Kinds of facilities that the public may count by name; every other, also a missing or unknown
# one, is counted as protected.
OPEN_KINDS = ("fire_station", "school", "water_point")
PROTECTED = "protected"
PARTNER_FACILITY = ("status", "capacity", "capacity_unit", "valid_from", "valid_to")
LOCALITY = ("locality_id", "locality", "locality_type", "admin1", "admin2", "admin3")
_SURROGATE = re.compile("[\ud800-\udfff]")


def for_audience(
    rows: Frame,
    audience: str | None,
    *,
    name: str,
    sectors: gpd.GeoDataFrame | None = None,
    key: bytes | None = None,
    date: dt.date | str | None = None,
    delay_days: int = 7,
    cell_m: float = 1000.0,
) -> Frame:
    """Give what an audience may see of a table.

    Parameters
    ----------
    rows : pandas.DataFrame or geopandas.GeoDataFrame
        The table, with the column names of ``tables.toml``; geometry in any coordinate system.
    audience : {"internal", "partner", "public"}
        There is no default.
    name : str
        Which table it is: ``incidents``, ``facilities``, ``sectors``, …
    sectors : geopandas.GeoDataFrame, optional
        With ``sector_id``. Facilities and population need them for partner and public; masked
        incidents stay in their sector where they are given.
    key : bytes, optional
        The masking key (see `read_key`), at least 16 bytes; needed for masked incidents and for
        everything public.
    date : datetime.date or str, optional
        The day of the release, ``2024-04-30``; needed for public incidents. Default: the
        environment's ``SOURCE_DATE_EPOCH``, never the clock.
    delay_days : int
        Days that must have passed before the public sees an incident; of a date known only by
        month or year, since the end of it.
    cell_m : float
        Side in metres of the cells in which the public sees incidents.

    Returns
    -------
    pandas.DataFrame or geopandas.GeoDataFrame
        A new table. Geometry, where there is one, in EPSG:4326 (internal: as it came). ``attrs``
        holds ``audience``, ``date`` (ISO or None) and ``stamp``, a sentence.

        - incidents, partner: the same rows; geometry moved by at most the stated ``radius_m``
          (100 m times the greatest power of two that fits, up to 51 km; 400 m where none is
          stated; 100 m where less is stated) and rounded to what that promises. The new
          ``radius_m`` is the way moved at most plus what was stated before; where no place in the
          same sector can be found, the geometry is missing.
        - incidents, public: one row for each locality, or cell where there is none, and kind:
          ``count``, the sum of each casualty column, the centre of a cell, ``radius_m``.
        - facilities, partner: the same rows with ``sector_id``, without geometry and names.
        - facilities, public: one row for each sector and kind, ``count`` (missing where withheld)
          and ``withheld``; kinds but fire stations, schools and water points are ``protected``.
        - population, partner: one row for each sector, ``population`` and ``withheld``.

    Raises
    ------
    AudienceError
        Where the audience is not one of the three, may not see the table at all, or key, sectors
        or date are needed and missing.
    InputError
        Where ``name`` is no table, the date is none, the key is too short, ``delay_days`` is
        negative, or ``cell_m`` is below 100 m.

    Examples
    --------
    >>> from shapely.geometry import Point
    >>> attack = gpd.GeoDataFrame(
    ...     {"id": ["a"], "kind": ["attack"], "date": ["2024-04-02"], "narrative": ["by the well"]},
    ...     geometry=[Point(37.16123, 36.20234)], crs="EPSG:4326",
    ... )
    >>> known = dict(name="incidents", key=bytes(32), date="2024-04-30")
    >>> seen = for_audience(attack, "partner", **known)
    >>> seen.columns.tolist(), seen["radius_m"].tolist(), seen.geometry.iloc[0].wkt
    (['kind', 'date', 'radius_m', 'geometry'], [400.0], 'POINT (37.1625 36.2015)')
    >>> public = for_audience(attack, "public", **known)
    >>> public[["kind", "count"]].values.tolist(), public.geometry.iloc[0].wkt
    ([['attack', 1]], 'POINT (37.16249 36.20214)')
    >>> len(for_audience(attack, "public", **{**known, "date": "2024-04-05"}))
    0
    >>> for_audience(attack, None, **known)
    Traceback (most recent call last):
    ...
    geosector.errors.AudienceError: Say for whom this is: the audience is one of internal, ...
    """
    seer = _audience(audience)
    known = table(name)
    rows = _writable(require_table(rows, name))
    _require_coarse(delay_days, cell_m)
    day = release_day(date)
    if seer == "internal":
        result = rows.drop(columns=_personal(rows, tuple(known.columns)))
    else:
        _require_key(key, seer, name)
        located = _located(rows, name)
        if name == "incidents" and seer == "partner":
            result = _masked_incidents(located, sectors, cast("bytes", key))
        elif name == "incidents":
            result = _counted_incidents(located, _needed_day(day), delay_days, cell_m)
        elif name == "facilities":
            result = _facilities(located, seer, _needed_sectors(sectors, name))
        elif name == "population":
            result = _population(located, seer, sectors)
        else:
            result = _columns_seen(located, seer, name)
    result = result.copy()
    result.attrs = {
        "audience": seer,
        "date": None if day is None else day.isoformat(),
        "stamp": stamp(seer),
    }
    return result


def stamp(audience: Audience, lang: str | None = None) -> str:
    """Say for whom an output is; every output carries this sentence.

    Parameters
    ----------
    audience : {"internal", "partner", "public"}
    lang : str, optional
        Code of the language. Default: the current one.

    Returns
    -------
    str

    Raises
    ------
    AudienceError
        For any other audience.

    Examples
    --------
    >>> stamp("internal", "en")
    'Internal: do not pass on'
    """
    return {
        "internal": text("Internal: do not pass on", lang),
        "partner": text("For partners under agreement", lang),
        "public": text("Public", lang),
    }[_audience(audience)]


def read_key(path: str | os.PathLike[str]) -> bytes:
    """Read the masking key of an office, or make one where there is none.

    Parameters
    ----------
    path : str or path
        The file. A new one has 32 random bytes and may be read by its owner only.

    Returns
    -------
    bytes
        Never printed, never part of a product.

    Raises
    ------
    UnreadableFileError
        Where the file cannot be read.
    InputError
        Where it is shorter than 16 bytes.
    StorageError
        Where a new one cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first = read_key(Path(folder) / "office.key")
    ...     first == read_key(Path(folder) / "office.key"), len(first)
    (True, 32)
    """
    file = Path(path)
    try:
        key = file.read_bytes()
    except FileNotFoundError:
        key = secrets.token_bytes(NEW_KEY)
        storage.write_bytes(file, key, mode=0o600)
    except OSError as error:
        raise UnreadableFileError(
            text(
                "The masking key {file} could not be read: {reason}.",
                file=file,
                reason=error.strerror or error,
            )
        ) from error
    _require_length(key)
    return key


# --------------------------------------------------------------- what must be given


def _writable(rows: Frame) -> Frame:
    """Exchange lone surrogates, which a feed in JSON may hold and no file can, for U+FFFD."""
    torn = [
        at
        for at, kind in enumerate(rows.dtypes)
        if kind == object and any(map(_is_torn, rows.iloc[:, at]))  # noqa: E721 - a dtype of pandas
    ]
    if torn:
        rows = rows.copy(deep=False)
    for at in torn:
        whole = [
            _SURROGATE.sub("\ufffd", cell) if _is_torn(cell) else cell for cell in rows.iloc[:, at]
        ]
        rows.isetitem(at, pd.Series(whole, rows.index, dtype=object))
    return rows


def _is_torn(cell: object) -> bool:
    return isinstance(cell, str) and not cell.isascii() and bool(_SURROGATE.search(cell))


def _audience(audience: object) -> Audience:
    for known in AUDIENCES:
        if isinstance(audience, str) and audience == known:
            return known
    raise AudienceError(
        text("Say for whom this is: the audience is one of {known}.", known=", ".join(AUDIENCES))
    )


def _require_coarse(delay_days: object, cell_m: object) -> None:
    """Refuse a delay or a cell that would undo what they are for."""
    for name, given, least, most in (
        ("delay_days", delay_days, 0, MOST_DAYS),
        ("cell_m", cell_m, LEAST_RADIUS_M, MOST_METRES),
    ):
        if not isinstance(given, int | float) or not least <= given <= most:
            raise InputError(
                text(
                    "{name} is {given}. Give a number from {least} to {most}.",
                    name=name,
                    given=given,
                    least=f"{least:g}",
                    most=f"{most:g}",
                )
            )


def _require_key(key: bytes | None, audience: Audience, name: str) -> None:
    if key is not None:
        _require_length(key)
    elif audience == "public" or name == "incidents":
        raise AudienceError(
            text(
                "A release of {name} for the audience {audience} needs a masking key. Name its "
                "file with --key-file; it is made where it is missing.",
                name=name,
                audience=audience,
            )
        )


def _require_length(key: object) -> None:
    if not isinstance(key, bytes):
        raise InputError(text("The masking key is a {kind}; give bytes.", kind=type(key).__name__))
    if len(key) < SHORTEST_KEY:
        raise InputError(
            text(
                "The masking key has {n} bytes and needs at least {least}. Name a file that does "
                "not exist yet, and a key is made there.",
                n=len(key),
                least=SHORTEST_KEY,
            )
        )


def _needed_sectors(sectors: gpd.GeoDataFrame | None, name: str) -> gpd.GeoDataFrame:
    if sectors is None:
        raise AudienceError(
            text(
                "Outside your office the table {name} is shown by sector only. Give the sectors "
                "with --sectors.",
                name=name,
            )
        )
    return sectors


def release_day(date: dt.date | str | None) -> dt.date | None:
    """Read the day of a product.

    Parameters
    ----------
    date : datetime.date or str, optional
        ``2024-04-30``. Default: the environment's ``SOURCE_DATE_EPOCH``, never the clock.

    Returns
    -------
    datetime.date or None
        None where neither says it.

    Raises
    ------
    InputError
        Where it is no date.

    Examples
    --------
    >>> release_day("2024-04-30")
    datetime.date(2024, 4, 30)
    >>> release_day("30/4")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: '30/4' is not a date; write it as 2024-04-30.
    """
    if date is None:
        moment = storage.stated_moment()
        return None if moment is None else moment.date()
    with suppress(ValueError):
        if isinstance(date, dt.datetime) and date == date:  # noqa: PLR0124 - NaT is a datetime, too
            return date.date()
        if isinstance(date, dt.date) and not isinstance(date, dt.datetime):
            return date
        if isinstance(date, str):
            return dt.date.fromisoformat(date)
    raise InputError(text("'{given}' is not a date; write it as 2024-04-30.", given=date))


def _needed_day(day: dt.date | None) -> dt.date:
    if day is None:
        raise AudienceError(
            text(
                "The public sees incidents after a delay, so the day of the release must be "
                "known. Give it with --date, for example --date 2024-04-30."
            )
        )
    return day


def _located(rows: Frame, name: str) -> Frame:
    if not isinstance(rows, gpd.GeoDataFrame) or rows._geometry_column_name is None:  # noqa: SLF001 - asking raises
        return pd.DataFrame(rows)
    located = crs.to_wgs84(crs.require_crs(rows, name))
    if located.geometry.name != "geometry":
        located = located.rename(columns={"geometry": "geometry_input"})
        located = located.rename_geometry("geometry")
    return cast("gpd.GeoDataFrame", located)


# --------------------------------------------------------------- columns


def _personal(rows: Frame, known: tuple[str, ...]) -> list[str]:
    return [name for name in rows.columns if name not in known and looks_personal(name)]


def _columns_seen(rows: Frame, audience: Audience, name: str) -> Frame:
    """Keep the columns that the audience may see, and the geometry of what is drawn on maps."""
    if audience == "public" and name in {"matches", "barriers"}:
        raise _not_public(name)
    if name == "points":
        raise AudienceError(
            text(
                "What these points are is not known, so they stay in your office. "
                "Say which table it is with --as."
            )
        )
    seers = AUDIENCES[AUDIENCES.index(audience) :]
    columns = table(name).columns
    kept = [column for column in rows.columns if column in columns]
    kept = [column for column in kept if columns[column].seen_by in seers]
    rows = rows[_public_ground(rows, audience, name)]
    shown = rows[kept].copy()
    for column in kept if name in REPORTED else ():
        shown[column] = _plain(rows, name, column)
    if name in {"sectors", "gazetteer"} and "population" in kept:
        withheld = withhold(_whole(rows["population"]))
        shown["population"] = shown["population"].mask(withheld)
        if "deviation" in kept:  # it is the population, in other words
            shown["deviation"] = shown["deviation"].mask(withheld)
    if name == "borders" and audience == "public" and "road_class" in kept:
        # Where the front line runs is not for everybody, nor what it is called.
        front = shown["road_class"] == "front_line"
        for column in {"road_class", "name"} & set(kept):
            shown[column] = shown[column].mask(front)
    if name == "matches" or not isinstance(rows, gpd.GeoDataFrame):
        return pd.DataFrame(shown)
    return gpd.GeoDataFrame(shown, geometry=rows.geometry.array, crs=rows.crs)


def _public_ground(rows: Frame, audience: Audience, name: str) -> Flags:
    """Find the rows of the ground of a map that the audience may see."""
    seen = np.ones(len(rows), bool)
    if name == "water":
        seen = _is_water(rows)
    if name == "buildings" and audience == "public" and isinstance(rows, gpd.GeoDataFrame):
        # A point is not what is seen from the sky but what somebody went to and wrote down.
        seen = ~rows.geometry.geom_type.isin(["Point", "MultiPoint"]).to_numpy(bool)
    return seen


def _is_water(rows: Frame) -> Flags:
    """Find the rows that are water: all where nothing says what each is, else those said to be.

    Rivers come with what else one cannot cross, and a cell that a reader did not know is empty.
    """
    told, denied = np.zeros((2, len(rows)), bool)
    headers = [name for name in rows.columns if _tells_water(name) or _tells_barrier(name)]
    for header in headers:
        for at, word in enumerate(rows[header].tolist()):
            barrier = match_value("barriers", "kind", word)
            wet = barrier == "river" or match_value("water", "water", word) is not None
            told[at] |= wet
            if not wet and not pd.isna(word):
                denied[at] |= barrier is not None or _tells_water(header)
    return (told & ~denied) if headers else np.ones(len(rows), bool)


def _tells_water(header: object) -> bool:
    return "water" in match_columns("water", [str(header)]).values()


def _tells_barrier(header: object) -> bool:
    return "kind" in match_columns("barriers", [str(header)]).values()


# What people write in reports. Five digits in one text may be a coordinate, a grid reference or a
# telephone; a code may have more (SY020001).
REPORTED = ("incidents", "matches")
CODES = ("locality_id", "match_id")
MOST_DIGITS = 4
LONGEST_NAME = 500  # what is longer is a story, not a name
LARGEST_WHOLE = 2.0**53
# A link leads to a place whatever it looks like; three words joined by points are one (what3words).
LINK = re.compile(
    r"://|\bwww\.|\w\.[a-z]{2,}/|[^\W\d_]{3,}\.[^\W\d_]{3,}\.[^\W\d_]{3,}", re.IGNORECASE
)
# Codes of places mix letters and digits (geohash sy7r2k8, Maidenhead KM76xf12, MGRS); names and
# weapons have their digits at one end.
GRID_CODE = re.compile(r"\b(?=[0-9a-z]*(?:\d[a-z]+\d|[a-z]\d+[a-z]))[0-9a-z]{7,}\b", re.IGNORECASE)
CODE = re.compile(r"[A-Za-z]{0,3}[0-9]{1,9}")
PLUS_CODE = re.compile(r"[23456789CFGHJMPQRVWX]{2,8}\+[23456789CFGHJMPQRVWX]{0,3}", re.IGNORECASE)


def _plain(rows: Frame, name: str, column: str) -> pd.Series:
    """Keep what a column is meant to hold: a coordinate may stand in any cell of a report."""
    values, kind = rows[column], table(name).columns[column].type
    if kind == "choice":
        return _known_values(rows, name, column)
    if kind == "date":
        return values.mask(_days(values).isna())
    if kind in {"integer", "number"}:
        numbers = pd.to_numeric(values, errors="coerce")
        if kind == "number":
            return numbers
        return numbers.where((numbers % 1 == 0) & (numbers.abs() < LARGEST_WHOLE)).astype("Int64")
    return _without_places(values)


def _days(written: pd.Series) -> pd.Series:
    return pd.to_datetime(written, errors="coerce", utc=True, format="mixed").dt.tz_localize(None)


def _known_values(rows: Frame, name: str, column: str) -> pd.Series:
    """Keep the coded values of a choice; whatever else was written there is missing."""
    words = rows.get(column, pd.Series(pd.NA, rows.index)).astype("string")
    return words.where(words.isin(list(table(name).columns[column].values)))


def _without_places(column: pd.Series) -> pd.Series:
    """Withhold text that may hold a place in digits."""
    words = column.astype("string")
    is_code = column.name in CODES
    return words.mask(np.array([_may_hold_place(word, is_code=is_code) for word in words], bool))


def _may_hold_place(word: object, *, is_code: bool) -> bool:
    if not isinstance(word, str) or (is_code and CODE.fullmatch(word)):
        return False
    if len(word) > LONGEST_NAME:
        return True
    digits = sum(unicodedata.digit(letter, None) is not None for letter in word)
    if digits > MOST_DIGITS:
        return True
    return any(form.search(word) is not None for form in (PLUS_CODE, LINK, GRID_CODE))


def _whole(column: pd.Series) -> Floats:
    return np.asarray(pd.to_numeric(column, errors="coerce").fillna(0), float)


# --------------------------------------------------------------- incidents for partners


def _masked_incidents(rows: Frame, sectors: gpd.GeoDataFrame | None, key: bytes) -> Frame:
    seen = _columns_seen(pd.DataFrame(rows), "partner", "incidents")
    if not isinstance(rows, gpd.GeoDataFrame):
        return seen
    stated = pd.to_numeric(rows.get("radius_m", pd.Series(np.nan, rows.index)), errors="coerce")
    exact = stated.fillna(0).to_numpy(float)
    times = np.maximum(np.where(exact > 0, exact, USUAL_RADIUS_M) / LEAST_RADIUS_M, 1)
    moved = LEAST_RADIUS_M * 2.0 ** np.minimum(np.floor(np.log2(times)), MOST_DOUBLINGS)
    lon, lat = _middles(rows)
    masked_lon, masked_lat = _mask(lon, lat, moved, sectors, key)
    seen["radius_m"] = np.where(np.isfinite(masked_lon), moved + exact, np.nan)
    points = shapely.points(masked_lon, masked_lat)
    points[~np.isfinite(masked_lon)] = None
    return gpd.GeoDataFrame(seen, geometry=points, crs=crs.WGS84)


def _middles(rows: gpd.GeoDataFrame) -> tuple[Floats, Floats]:
    """Give a point of each geometry: longitude and latitude, NaN where there is none."""
    shapes = np.asarray(rows.geometry.array)
    there = np.flatnonzero(~(shapely.is_empty(shapes) | shapely.is_missing(shapes)))
    lon, lat = np.full((2, len(shapes)), np.nan)
    places = shapely.point_on_surface(shapes[there])
    lon[there], lat[there] = shapely.get_x(places), shapely.get_y(places)
    lost = ~(np.isfinite(lon) & np.isfinite(lat))
    lon[lost] = lat[lost] = np.nan
    return lon, lat


def _mask(
    lon: Floats, lat: Floats, radius_m: Floats, sectors: gpd.GeoDataFrame | None, key: bytes
) -> tuple[Floats, Floats]:
    """Move each point within its radius and its sector; NaN where no place was found."""
    masked_lon, masked_lat = np.full((2, len(lon)), np.nan)
    decimals = _decimals(radius_m)
    zones = None if sectors is None else Assigner(sectors)
    home = np.zeros(len(lon)) if zones is None else zones.assign(lon, lat)
    waiting = np.flatnonzero(np.isfinite(lon))
    for throw in range(THROWS + AIMED_THROWS):
        at = waiting if throw < THROWS else waiting[home[waiting] != OUTSIDE]
        if not len(at):
            break
        chance = _chances(key, lon[at], lat[at], radius_m[at], throw)
        if throw < THROWS or zones is None:
            new_lon, new_lat = _thrown(lon[at], lat[at], radius_m[at], decimals[at], chance)
        else:
            box = zones.bounds[home[at]]
            new_lon = box[:, 0] + chance[:, 0] * (box[:, 2] - box[:, 0])
            new_lat = box[:, 1] + chance[:, 1] * (box[:, 3] - box[:, 1])
        new_lon, new_lat = (_rounded(values, decimals[at]) for values in (new_lon, new_lat))
        way = crs.distances_m(lon[at], lat[at], new_lon, new_lat)
        kept = (way <= radius_m[at]) & (way > 0)
        if zones is not None:
            kept &= zones.assign(new_lon, new_lat) == home[at]
        masked_lon[at[kept]], masked_lat[at[kept]] = new_lon[kept], new_lat[kept]
        waiting = waiting[np.isnan(masked_lon[waiting])]
    return masked_lon, masked_lat


def _thrown(
    lon: Floats, lat: Floats, radius_m: Floats, decimals: Floats, chance: Floats
) -> tuple[Floats, Floats]:
    """Throw points evenly over the ring between the nearest share and the radius."""
    # Rounding the masked point and cutting the true one move by half a diagonal each.
    rounding = 80_000 * (10.0**-decimals + 10.0**-PLACE_DECIMALS)
    farthest = radius_m - rounding
    nearest = NEAREST_SHARE * radius_m
    way = np.sqrt(nearest**2 + chance[:, 1] * (farthest**2 - nearest**2))
    place = lon.round(PLACE_DECIMALS), lat.round(PLACE_DECIMALS)
    return crs.move_points(*place, 360 * chance[:, 0], way)


def _decimals(radius_m: Floats) -> Floats:
    """Say how many decimals of a degree a mask promises: 4 (11 m) for 100 m, 3 for 1 km."""
    return np.asarray(np.clip(6 - np.floor(np.log10(radius_m)), 0, 4), float)


def _rounded(values: Floats, decimals: Floats) -> Floats:
    whole = np.round(values * 10.0**decimals)
    # Divided once more in decimal, so that 37.1595 is written as 37.1595.
    return np.array(
        [round(v / 10.0**d, int(d)) for v, d in zip(whole, decimals, strict=True)], float
    )


def _chances(key: bytes, lon: Floats, lat: Floats, radius_m: Floats, throw: int) -> Floats:
    """Give two numbers from 0 to 1 for each place: always the same with the same key.

    The radius is hashed, too: two moves in one direction by different ways would give the place
    away.
    """
    rows = []
    for x, y, radius in zip(lon, lat, radius_m, strict=True):
        place = f"mask:{x:.{PLACE_DECIMALS}f}:{y:.{PLACE_DECIMALS}f}:{radius:.0f}:{throw}"
        digest = hmac.digest(key, place.encode(), "sha256")
        rows.append((int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")))
    return np.array(rows, float) / 2.0**64


# --------------------------------------------------------------- incidents for the public


def _counted_incidents(
    rows: Frame, day: dt.date, delay_days: int, cell_m: float
) -> gpd.GeoDataFrame:
    old = rows[_old_enough(rows, day, delay_days)]
    lon, lat = (
        _middles(old) if isinstance(old, gpd.GeoDataFrame) else np.full((2, len(old)), np.nan)
    )
    cell_lon, cell_lat = crs.cell_centres(lon, lat, cell_m)
    names = {column: _public_text(old, column) for column in LOCALITY}
    facts = pd.DataFrame({**names, "lon": cell_lon, "lat": cell_lat}, index=old.index)
    facts["kind"] = _known_values(old, "incidents", "kind").fillna("other")
    facts["count"] = 1
    stated = pd.to_numeric(old.get("radius_m", pd.Series(0.0, old.index)), errors="coerce")
    facts["stated"] = stated.fillna(0).to_numpy(float)
    people = [
        name for name in table("incidents").columns if name.startswith(("killed_", "injured_"))
    ]
    people = [name for name in people if name in old.columns]
    for column in people:
        facts[column] = _plain(old, "incidents", column)
    # A locality is its id; where it has none, its name in its district; without both, the cell.
    named = facts["locality_id"].notna() | facts["locality"].notna()
    place = [
        (row.locality_id,)
        if isinstance(row.locality_id, str)
        else (str(row.locality), *(str(getattr(row, unit)) for unit in LOCALITY[3:]))
        if has_name
        else (f"{row.lon:.5f}", f"{row.lat:.5f}")
        for row, has_name in zip(facts.itertuples(), named, strict=True)
    ]
    facts["place"] = [
        "\x1f".join((str(int(has)), *parts)) for has, parts in zip(named, place, strict=True)
    ]
    centres = _centres(facts, cell_m)
    groups = facts.groupby(["place", "kind"], sort=True)
    counts = groups[["count", *people]].sum(min_count=1)
    labels = facts.groupby("place")[list(LOCALITY)].agg(_first_word)
    made = counts.reset_index().join(labels, on="place").join(centres, on="place")
    points = shapely.points(made["lon"].to_numpy(float), made["lat"].to_numpy(float))
    points[made["lon"].isna().to_numpy()] = None
    columns = [*LOCALITY, "kind", "count", *people, "radius_m"]
    return gpd.GeoDataFrame(made[columns], geometry=points, crs=crs.WGS84)


def _old_enough(rows: Frame, day: dt.date, delay_days: int) -> Flags:
    """Find incidents whose last possible day lies far enough back; no date is never enough."""
    written = rows.get("date", pd.Series(pd.NaT, rows.index))
    when = _days(written)
    precision = rows.get("date_precision", pd.Series("day", rows.index)).astype("string")
    last = when.where(precision != "month", when + pd.offsets.MonthEnd(0))
    last = last.where(precision != "year", when + pd.offsets.YearEnd(0))
    limit = pd.Timestamp(day) - pd.Timedelta(days=delay_days)
    return np.asarray(last.dt.normalize() <= limit)


def _public_text(rows: Frame, column: str) -> pd.Series:
    if column not in rows.columns:
        return pd.Series(pd.NA, index=rows.index, dtype="string")
    words = _without_places(rows[column]).str.strip()
    return words.mask((words == "").fillna(value=False).astype(bool))


def _first_word(words: Iterable[object]) -> object:
    """Give the first in the order of the alphabet, so that the order of rows does not matter."""
    return min((word for word in words if isinstance(word, str)), default=pd.NA)


def _centres(facts: pd.DataFrame, cell_m: float) -> pd.DataFrame:
    """Place each group in the cell where most of it lies, with the radius that holds all of it.

    Never at the mean of its members: of few, that is a place.
    """
    placed = facts[facts["lon"].notna()]
    cells = placed.groupby(["place", "lon", "lat"], sort=True)["stated"].agg(["size", "max"])
    cells = cells.reset_index()
    order = cells.sort_values(["place", "size", "lon", "lat"], ascending=[True, False, True, True])
    chosen = order.groupby("place")[["lon", "lat"]].first()
    home = chosen.loc[cells["place"]].to_numpy(float).reshape(-1, 2)
    own = cells[["lon", "lat"]].to_numpy(float)
    way = crs.distances_m(home[:, 0], home[:, 1], own[:, 0], own[:, 1])
    # Half a diagonal of the member's cell, what was stated, up to the next hundred metres.
    cells["radius_m"] = np.ceil((way + 0.71 * cell_m + cells["max"]) / 100) * 100
    return chosen.join(cells.groupby("place")["radius_m"].max())


# --------------------------------------------------------------- facilities and people by sector


def _facilities(rows: Frame, audience: Audience, sectors: gpd.GeoDataFrame) -> pd.DataFrame:
    zones, position = _owners(rows, sectors)
    if audience == "partner":
        seen = pd.DataFrame({"sector_id": _keys_at(zones, position)}, index=rows.index)
        seen["kind"] = _known_values(rows, "facilities", "kind")
        for column in PARTNER_FACILITY:
            if column in rows.columns:
                seen[column] = _plain(rows, "facilities", column)
        return seen
    named = _known_values(rows, "facilities", "kind")
    kind = named.where(named.isin(OPEN_KINDS), PROTECTED).to_numpy(object)
    kinds = [name for name in (*OPEN_KINDS, PROTECTED) if (kind == name).any()]
    # One more row for facilities outside all sectors, where there are any.
    rows_made = len(zones.keys) + int((position == OUTSIDE).any())
    counts = np.zeros((rows_made, len(kinds)), np.int64)
    np.add.at(counts, (position, np.array([kinds.index(name) for name in kind], int)), 1)
    places = np.append(np.arange(len(zones.keys)), OUTSIDE)[:rows_made]
    made = pd.DataFrame(
        {
            "sector_id": _keys_at(zones, np.repeat(places, len(kinds))),
            "kind": np.tile(np.array(kinds, object), rows_made),
            "count": pd.array(counts.ravel(), dtype="Int64"),
            "withheld": withhold_table(counts).ravel(),
        }
    )
    made["count"] = made["count"].mask(made["withheld"])
    return made


def _population(rows: Frame, audience: Audience, sectors: gpd.GeoDataFrame | None) -> pd.DataFrame:
    if audience == "public":
        raise _not_public("population")
    if "population" not in rows.columns:
        raise MissingColumnError(
            text(
                "The table {name} lacks the column {column}; it has: {columns}.",
                name="population",
                column="population",
                columns=", ".join(str(column) for column in rows.columns),
            )
        )
    zones, position = _owners(rows, _needed_sectors(sectors, "population"))
    inside = position != OUTSIDE
    people = np.bincount(position[inside], _whole(rows["population"])[inside], len(zones.keys))
    withheld = withhold(people)
    every = np.arange(len(zones.keys))
    made = pd.DataFrame({"sector_id": _keys_at(zones, every), "population": people})
    return made.assign(population=made["population"].mask(withheld), withheld=withheld)


def _not_public(name: str) -> AudienceError:
    return AudienceError(
        text("The table {name} is not for the public. Release counts instead.", name=name)
    )


def _owners(rows: Frame, sectors: gpd.GeoDataFrame) -> tuple[Assigner, Ints]:
    """Give the position of each row's sector; -1 outside all of them and without a place."""
    zones = Assigner(sectors)
    if not isinstance(rows, gpd.GeoDataFrame):
        return zones, np.full(len(rows), OUTSIDE)
    return zones, zones.assign(*_middles(rows)).astype(np.int64)


def _keys_at(zones: Assigner, position: Ints) -> Any:  # noqa: ANN401 - a pandas array
    keys = pd.array(zones.keys[position], "Int64" if zones.keys.dtype.kind == "i" else "string")
    keys[position == OUTSIDE] = pd.NA
    return keys


# --------------------------------------------------------------- small counts


def withhold(counts: Floats | Ints, smallest: int = SMALLEST_COUNT) -> Flags:
    """Choose the counts to withhold from a list whose total may be known.

    Small counts are withheld, and then the next larger ones, until there are at least two and
    subtraction leaves each of them at least ``smallest`` possible values (their sum known, each
    at least one, since zeros are shown).

    Parameters
    ----------
    counts : array, shape (n,)
        Whole numbers, not negative.
    smallest : int
        Counts from 1 to one below this are small.

    Returns
    -------
    array of bool, shape (n,)

    Examples
    --------
    >>> withhold(np.array([0, 3, 40, 12, 90])).tolist()
    [False, True, False, True, False]
    >>> withhold(np.array([0, 40, 12])).tolist(), withhold(np.array([])).tolist()
    ([False, False, False], [])
    """
    counts = np.asarray(counts, float)
    withheld = (counts > 0) & (counts < smallest)
    if not withheld.any():
        return withheld
    for next_one in np.lexsort((np.arange(len(counts)), counts, counts == 0)):
        number = int(withheld.sum())
        if number > 1 and counts[withheld].sum() - number >= smallest - 1:
            break
        withheld[next_one] = True
    return withheld


def withhold_table(counts: Floats | Ints, smallest: int = SMALLEST_COUNT) -> Flags:
    """Choose the cells to withhold from a table whose row and column totals may be known.

    The cells withheld are those of some rows in some columns, all of them. For such a block the
    values that the totals allow are known (Fréchet's bounds): at most the lesser of the block's
    row and column total, at least their sum less the block's total. Rows and columns are added,
    greatest first, until every small cell may have at least ``smallest`` values and every other
    withheld cell at least two; failing that, all is withheld.

    Parameters
    ----------
    counts : array, shape (rows, columns)
        Whole numbers, not negative.
    smallest : int
        Counts from 1 to one below this are small.

    Returns
    -------
    array of bool, shape (rows, columns)

    Examples
    --------
    >>> withhold_table(np.array([[3, 20, 30], [40, 50, 60], [0, 10, 5]])).tolist()
    [[True, False, True], [True, False, True], [False, False, False]]
    >>> withhold_table(np.array([[3, 0], [0, 0]])).tolist()
    [[True, True], [True, True]]
    """
    counts = np.asarray(counts, float)
    if counts.ndim == 2 and counts.shape[1] == 1:  # noqa: PLR2004 - rows and one column
        return withhold(counts[:, 0], smallest)[:, None]
    small = (counts > 0) & (counts < smallest)
    rows, columns = np.asarray(small.any(axis=1)), np.asarray(small.any(axis=0))
    while small.any() and not (rows.all() and columns.all()):
        block = counts[np.ix_(rows, columns)]
        across, along, total = block.sum(axis=1)[:, None], block.sum(axis=0), block.sum()
        free = np.minimum(across, along) - np.maximum(across + along - total, 0)
        if (free >= np.where(small[np.ix_(rows, columns)], smallest - 1, 1)).all():
            break
        more_rows = np.where(rows, -1, counts[:, columns].sum(axis=1))
        more_columns = np.where(columns, -1, counts[rows].sum(axis=0))
        if columns.all() or (rows.sum() <= columns.sum() and not rows.all()):
            rows[np.argmax(more_rows)] = True
        else:
            columns[np.argmax(more_columns)] = True
    return np.outer(rows, columns)
