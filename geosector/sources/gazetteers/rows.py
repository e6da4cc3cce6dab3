"""What gazetteers of every kind share: spellings by script, levels, areas as points, precision.

Before the check, the columns that hold further spellings are joined into ``names`` and feature
codes are left for the check to read as levels; after it, a place without a name is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector.crs import area_km2, require_crs
from geosector.language import text
from geosector.sources.check import row_number
from geosector.sources.figures import read_numbers
from geosector.sources.spreadsheet import row_left_out
from geosector.sources.values import is_missing, written_as
from geosector.tables import Problem, fold_label, match_columns, match_value, table

# What a populated place is called where its source gives people but no kind: residents, from on.
LEVEL_BY_POPULATION = ((100_000, "city"), (10_000, "town"), (0, "village"))
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
# Letters of Persian, Urdu and Kurdish: an Arabic name has none of them.
_NOT_ARABIC = re.compile(r"[پچژگڤکیۆێەڕڵھۀے]")
# OCHA codes: a country's two letters, then two digits for each level.
_PCODE = re.compile(r"[A-Z]{2}((?:\d\d){1,3})")
_POLYGONS = (3, 6)
# A minute of arc, and the last digit of degrees with n decimals, on the ground: metres.
_M_PER_DEGREE = 111_200.0
_MOST_DECIMALS = 6


# ---------------------------------------------------------------- names


def unite(*cells: object) -> str | None:
    """Unite spellings, each once, in their order.

    Parameters
    ----------
    cells : object
        Spellings, or several separated by ``|``; missing cells do not count.

    Returns
    -------
    str or None
        Separated by ``|``; None where there is none.

    Examples
    --------
    >>> unite("Idlib", "Edlib|Idlib", None, " إدلب ")
    'Idlib|Edlib|إدلب'
    >>> unite(None, "") is None
    True
    """
    spellings = dict.fromkeys(
        part.strip() for cell in cells if not is_missing(cell) for part in str(cell).split("|")
    )
    spellings.pop("", None)
    return "|".join(spellings) or None


def by_script(
    latin: Iterable[object], arabic: Iterable[object], others: Iterable[object] = ()
) -> dict[str, str | None]:
    """Say which spelling is the name in Latin letters, which in Arabic, and which are further.

    Parameters
    ----------
    latin, arabic : iterable
        Spellings that the source gives for it, the best first; one in another script counts
        among the others.
    others : iterable
        Further spellings in any script; the first that fits fills what is missing.

    Returns
    -------
    dict
        ``name, name_ar, names``. A name with letters that only Persian, Urdu and Kurdish have is
        never ``name_ar``.

    Examples
    --------
    >>> by_script(["Kobane"], [], ["Kobanê", "کۆبانی", "عين العرب"])
    {'name': 'Kobane', 'name_ar': 'عين العرب', 'names': 'Kobanê|کۆبانی'}
    >>> by_script([], [])
    {'name': None, 'name_ar': None, 'names': None}
    """
    every = (unite(*latin, *arabic, *others) or "").split("|")
    name = next((one for one in every if _LATIN.search(one)), None)
    name_ar = next(
        (one for one in every if _ARABIC.search(one) and not _NOT_ARABIC.search(one)), None
    )
    further = [one for one in every if one not in (name, name_ar)]
    return {"name": name, "name_ar": name_ar, "names": "|".join(further) or None}


def level_by_people(population: object) -> str:
    """Call a populated place by its residents; an unknown number makes a village.

    Parameters
    ----------
    population : object
        A number, or nothing.

    Returns
    -------
    str
        ``city, town`` or ``village``.

    Examples
    --------
    >>> [level_by_people(people) for people in (2_000_000, 20_000, 30, None, "?")]
    ['city', 'town', 'village', 'village', 'village']
    """
    try:
        people = 0.0 if is_missing(population) else float(str(population))
    except ValueError:
        people = 0.0
    return next((level for least, level in LEVEL_BY_POPULATION if people >= least), "village")


# ---------------------------------------------------------------- before the check


def with_one_list_of_names(cells: pd.DataFrame) -> pd.DataFrame:
    """Join every column of further spellings into ``names``; use a p-code where there is no id.

    Parameters
    ----------
    cells : pandas.DataFrame
        Headers and cells as found.

    Returns
    -------
    pandas.DataFrame
        Same rows; the joined columns are gone, ``names`` has their spellings separated by ``|``,
        each once.

    Examples
    --------
    >>> cells = pd.DataFrame({"en": ["Idlib"], "alt_lat": ["Edlib|Idleb"], "alt_ar": ["ادلب"]})
    >>> with_one_list_of_names(cells)["names"].tolist()
    ['Edlib|Idleb|ادلب']
    >>> with_one_list_of_names(cells.iloc[:0])["names"].tolist()
    []
    """
    geometry = cells.geometry.name if isinstance(cells, gpd.GeoDataFrame) else None
    headers = [str(header) for header in cells.columns if header != geometry]
    meaning = match_columns("gazetteer", headers)
    columns = table("gazetteer").columns
    spellings = {
        fold_label(word) for c in ("names", "name", "name_ar") for word in columns[c].synonyms
    }
    further = [
        header
        for header in headers
        if meaning.get(header) == "names"
        or (header not in meaning and fold_label(header) in spellings)
    ]
    if further:
        joined = [_joined(row) for row in cells[further].itertuples(index=False, name=None)]
        cells = cells.drop(columns=further).assign(
            names=pd.Series(joined, index=cells.index, dtype="object")
        )
    if "level" in meaning.values():
        header = next(header for header, column in meaning.items() if column == "level")
        cells = cells.assign(**{header: _with_size(cells, header, meaning)})
    if "id" not in meaning.values() and "pcode" in meaning.values():
        pcode = next(header for header, column in meaning.items() if column == "pcode")
        cells = cells.assign(id=cells[pcode])
    return cells


def _with_size(cells: pd.DataFrame, level: str, meaning: dict[str, str]) -> pd.Series:
    """Call a "populated place" (PPL), which says nothing of size, by its population."""
    words = cells[level].astype(object)
    open_kind = words.map(fold_label) == "ppl"
    people = next((header for header, column in meaning.items() if column == "population"), None)
    if people is None or not open_kind.any():
        return words
    residents, _ = read_numbers(cells[people], table("gazetteer").columns["population"])
    for least, name in reversed(LEVEL_BY_POPULATION):
        words = words.mask(open_kind & (residents >= least), name)
    return words


def _joined(cells: Iterable[Any]) -> str | None:
    """Join spellings; GeoNames separates them by commas, we by upright bars."""
    spellings: dict[str, None] = {}
    for cell in cells:
        if is_missing(cell):
            continue
        written = written_as(cell)
        separator = "," if "," in written and "|" not in written else "|"
        spellings.update(dict.fromkeys(part.strip() for part in written.split(separator)))
    spellings.pop("", None)
    return "|".join(spellings) or None


# ---------------------------------------------------------------- where


def as_points(cells: pd.DataFrame, *, file: str, crs: str | None) -> pd.DataFrame:
    """Make a point inside of each area, and keep how far the area reaches.

    Parameters
    ----------
    cells : pandas.DataFrame
        With areas as geometry, or without any.
    file : str
        For messages.
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    pandas.DataFrame
        Areas without a fault are points inside themselves (faulty ones are left for the check
        to repair), and ``radius_m`` is √(area / π), in metres, where it is not given.

    Raises
    ------
    MissingCRSError
        Where coordinates have no system and none was stated.

    Examples
    --------
    >>> square = shapely.box(37, 36, 37.02, 36.016)
    >>> cells = gpd.GeoDataFrame({"name": ["a"]}, geometry=[square], crs="EPSG:4326")
    >>> places = as_points(cells, file="a.geojson", crs=None)
    >>> places.geometry.geom_type.tolist(), places["radius_m"].round(-1).tolist()
    (['Point'], [1010.0])
    """
    if not isinstance(cells, gpd.GeoDataFrame):
        return cells
    areas = np.isin(shapely.get_type_id(cells.geometry.to_numpy()), _POLYGONS)
    if not areas.any():
        return cells
    placed = require_crs(cells, file, crs)
    radius = np.full(len(placed), np.nan)
    radius[areas] = 1000 * np.sqrt(area_km2(placed[areas]) / np.pi)
    if "radius_m" in placed.columns:
        stated = pd.to_numeric(placed["radius_m"], errors="coerce").to_numpy(dtype=float)
        radius = np.where(np.isnan(stated), radius, stated)
    shapes = placed.geometry.to_numpy().copy()
    whole = areas & shapely.is_valid(shapes)
    shapes[whole] = shapely.point_on_surface(shapes[whole])
    return placed.set_geometry(gpd.GeoSeries(shapes, placed.index, placed.crs)).assign(
        radius_m=np.round(radius, 0)
    )


def precision_m(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Say how far off points may be, by the digits that both coordinates were written with.

    Parameters
    ----------
    lat, lon : array, shape (n,)
        Degrees.

    Returns
    -------
    array, shape (n,)
        Half of the last digit, in metres: 926 for whole minutes of arc, 556 for two decimals of a
        degree, 0.06 for six or more; missing for missing points.

    Examples
    --------
    >>> precision_m(np.array([36.28333, 36.28, 36.201234]), np.array([36.51667, 37.5, 37.1])).round(1).tolist()
    [926.7, 556.0, 0.1]
    """  # noqa: E501 - a doctest
    both = np.stack([np.asarray(lat, float), np.asarray(lon, float)])
    decimals = np.full(both.shape[1], _MOST_DECIMALS)
    for digits in range(_MOST_DECIMALS - 1, -1, -1):
        fits = np.all(np.abs(both - np.round(both, digits)) < 1e-9, axis=0)  # noqa: PLR2004
        decimals[fits] = digits
    # A minute is 0.01666…°: written with n decimals it is off by half of the last at most.
    off = np.abs(both * 60 - np.round(both * 60)) / 60
    minutes = np.all(off <= 0.5001 * 10.0 ** -np.clip(decimals, 4, _MOST_DECIMALS), axis=0)
    digits_m = 10.0**-decimals
    found = np.where(minutes, np.maximum(digits_m, 1 / 60), digits_m) * _M_PER_DEGREE / 2
    return np.where(np.isnan(both).any(axis=0), np.nan, found)


def states_level(word: object) -> str | None:
    """Say which level a word or a code means.

    Parameters
    ----------
    word : object
        A word in any language of the table, a GeoNames code, a value of place=*.

    Returns
    -------
    str or None

    Examples
    --------
    >>> states_level("hamlet"), states_level("ناحية"), states_level("river"), states_level(None)
    ('village', 'admin3', None, None)
    """
    return match_value("gazetteer", "level", word)


# ---------------------------------------------------------------- after the check


def with_levels(rows: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Fill levels that the source leaves open, and leave out places without a name.

    Parameters
    ----------
    rows : pandas.DataFrame
        A checked gazetteer.
    file : str
        For the problems.

    Returns
    -------
    tuple = (rows, problems)
        A missing level is taken from an OCHA code of an administrative unit (two digits for each
        level); otherwise it stays missing.
    """
    for column in ("name", "name_ar", "names", "level"):
        if column not in rows.columns:
            rows = rows.assign(**{column: pd.Series(None, index=rows.index, dtype="object")})
    nameless = (rows["name"].isna() & rows["name_ar"].isna() & rows["names"].isna()).to_numpy()
    problems = [
        Problem(file, row_number(rows.index, place), "name", "",
                text("a row with {column}", column="name / name_ar"), row_left_out())
        for place in np.flatnonzero(nameless).tolist()
    ]  # fmt: skip
    levels = rows["level"].astype(object).where(rows["level"].notna(), None)
    if "pcode" in rows.columns:
        codes = rows["pcode"].map(_level_of_code, na_action="ignore").astype(object)
        levels = levels.where(levels.notna(), codes)
    rows = rows.assign(level=levels.where(levels.notna(), None))
    own = [column for column in table("gazetteer").columns if column in rows.columns]
    others = [column for column in rows.columns if column not in own and column != "geometry"]
    return rows.loc[~nameless, [*own, *others, "geometry"]], problems


def _level_of_code(code: str) -> str | None:
    found = _PCODE.fullmatch(code)
    return f"admin{len(found[1]) // 2}" if found else None
