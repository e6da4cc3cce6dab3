"""Names of sectors, found on the ground and never invented.

A sector is called after what lies in it and where it lies in the city: "Old Souq, centre". It is
the most important place of a gazetteer in it, else its main street, else the sector has its number
only. The words of the place are the map's; only the compass point is translated.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import InputError
from geosector.language import LANGUAGES, current, digits, language, speaking, text, unmarked
from geosector.partition.classes import rank
from geosector.partition.words import COMPASS, compass_in_words, plain_name

Floats = NDArray[np.float64]

CENTRE = "centre"
# The middle of a city: within this share of the radius of a circle of its area.
_CENTRE_SHARE = 1 / 3
# A street is of a sector where it runs in it for this share of the side of a square of its area.
_RUN_SHARE = 0.3

# What names a part of a town, the best first. What is as large as a town names a sector only
# where several lie in the city: one alone is the city itself. Districts and above never do.
_LEVELS = ("neighbourhood", "camp", "community", "village", "locality", "")
_TOWNS = ("town", "city")

# Columns in which a name of each language is looked for, in this order.
_COLUMNS = {
    "ar": ("name_ar", "name", "name_ckb", "name_en", "name_lat"),
    "ckb": ("name_ckb", "name_ar", "name", "name_en", "name_lat"),
    "kmr": ("name_kmr", "name_en", "name_lat", "name", "name_ar"),
    "en": ("name_en", "name_lat", "name", "name_kmr", "name_ar"),
}


class _Candidate(NamedTuple):
    """A name that a sector may have, by language."""

    words: tuple[str, ...]
    shared: bool = False  # it names another sector better


def name_sectors(
    sectors: gpd.GeoDataFrame,
    *,
    roads: gpd.GeoDataFrame | None = None,
    places: pd.DataFrame | None = None,
    lang: str | None = None,
) -> pd.Series:
    """Name each sector after the ground.

    Parameters
    ----------
    sectors : geopandas.GeoDataFrame
        With ``sector_id`` and polygons.
    roads : geopandas.GeoDataFrame, optional
        Lines with ``road_class`` and ``name``. A street names the sector in which most of it
        lies, and another one only where that has no other name. It must run in it for at least
        0.3 of the side of a square of the sector's area.
    places : pandas.DataFrame or geopandas.GeoDataFrame, optional
        Table `gazetteer` (``lat``, ``lon``) or points or polygons, with ``name``, ``name_ar``, …,
        ``level`` and ``population``: neighbourhoods before camps, villages and others, the
        largest first. Names in other columns ``name_<lang>`` are used for their languages.
    lang : str, optional
        Code of the language. Default: the current one.

    Returns
    -------
    pandas.Series of str
        On the index of ``sectors``; different from each other in every language. A sector for
        which the ground has no name is called by its number.

    Raises
    ------
    InputError
        Where ``places`` has neither a geometry nor ``lat`` and ``lon``.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> squares = [box(30, 33, 30.01, 33.01), box(30.01, 33, 30.02, 33.01)]
    >>> sectors = gpd.GeoDataFrame({"sector_id": [1, 2]}, geometry=squares, crs=4326)
    >>> places = pd.DataFrame({"name": ["Old Souq"], "lat": [33.005], "lon": [30.002]})
    >>> name_sectors(sectors, places=places).tolist()
    ['Old Souq, west', 'Sector 2']
    >>> name_sectors(sectors, lang="ar").tolist()
    ['القطاع ١', 'القطاع ٢']
    >>> name_sectors(sectors, places=pd.DataFrame({"name": ["Old Souq"]}))
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The table of places has no geometry and no lat and lon. Give ...
    """
    code = language(lang or current()).code
    if len(sectors) == 0:
        return pd.Series([], index=sectors.index, dtype="string")
    metres = crs.to_metres(sectors)
    shapes = metres.geometry.to_numpy()
    ids = sectors["sector_id"].tolist()
    positions = _positions(shapes)
    found = [[] for _ in ids] if places is None else _from_places(metres, places)
    if roads is not None:
        for own, more in zip(found, _from_streets(metres, roads), strict=True):
            own.extend(more)
    chosen = _distinct(ids, positions, found)
    at = list(LANGUAGES).index(code)
    with speaking(code):
        names = [
            _by_number(number) if name is None else _placed(name.words[at], position)
            for number, name, position in zip(ids, chosen, positions, strict=True)
        ]
    return pd.Series(names, index=sectors.index, dtype="string")


def name_in(name: str, lang: str | None = None) -> str:
    """Say a name that `name_sectors` gave in another language; any other name stays as it is.

    Parameters
    ----------
    name : str
        In whichever language.
    lang : str, optional
        Code of the language. Default: the current one.

    Returns
    -------
    str

    Examples
    --------
    >>> name_in("Old Souq, north-west", "ar"), name_in("القطاع ٧", "en"), name_in("Base camp")
    ('Old Souq، الشمال الغربي', 'Sector 7', 'Base camp')
    """
    code = language(lang or current()).code
    bare = unmarked(name)
    for spoken, position in product(LANGUAGES, (*COMPASS, CENTRE)):
        with speaking(spoken):
            before, after = _placed("\0", position).split("\0")
            first, last = _by_number("\0").split("\0")
        with speaking(code):
            if after and bare.startswith(before) and bare.endswith(after) and bare != after:
                return _placed(bare[len(before) : len(bare) - len(after)], position)
            number = bare[len(first) :].removesuffix(last)
            if bare.startswith(first) and number.isdecimal():
                return _by_number(int(number))
    return name


def _by_number(number: object) -> str:
    return unmarked(text("Sector {number}", number=digits(str(number))))


def _placed(name: str, position: str) -> str:
    where = compass_in_words(position)
    return unmarked(text("{place}, {position}", place=name, position=where))


def _positions(shapes: NDArray[np.object_]) -> list[str]:
    """Say where in the city each sector lies: a compass point, or the centre."""
    area = shapely.area(shapes)
    middles = shapely.centroid(shapes)
    city = np.average(shapely.get_coordinates(middles), axis=0, weights=area)
    # A sector that goes round the centre does not lie in it.
    outside = ~shapely.contains(shapes, middles)
    middles[outside] = shapely.point_on_surface(shapes[outside])
    east, north = (shapely.get_coordinates(middles) - city).T
    radius = np.sqrt(area.sum() / np.pi)
    point = np.rint(np.degrees(np.arctan2(east, north)) / 45).astype(int) % len(COMPASS)
    inner = np.hypot(east, north) < _CENTRE_SHARE * radius
    return [CENTRE if near else COMPASS[at] for near, at in zip(inner, point, strict=True)]


def _distinct(
    ids: list[int], positions: list[str], found: list[list[_Candidate]]
) -> list[_Candidate | None]:
    """Give each sector the first of its names that no other has, in any language."""
    taken: set[tuple[int, str, str]] = set()
    chosen: list[_Candidate | None] = [None] * len(ids)
    for shared in (False, True):
        for at in sorted(range(len(ids)), key=lambda place: ids[place]):
            if chosen[at] is not None:
                continue
            for candidate in found[at]:
                keys = {(place, word, positions[at]) for place, word in enumerate(candidate.words)}
                if candidate.shared <= shared and not keys & taken:
                    chosen[at] = candidate
                    taken |= keys
                    break
    return chosen


def _words_of(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """Give the name of each row in each language, all empty where it has none."""
    columns = {
        column: [plain_name(cell) for cell in table[column]]
        for column in {name for names in _COLUMNS.values() for name in names}
        if column in table
    }
    return [
        tuple(
            next((columns[c][at] for c in _COLUMNS[code] if c in columns and columns[c][at]), "")
            for code in LANGUAGES
        )
        for at in range(len(table))
    ]


# --------------------------------------------------------------- places


def _from_places(sectors: gpd.GeoDataFrame, places: pd.DataFrame) -> list[list[_Candidate]]:
    """Give the places in each sector, the best first."""
    spots, size = _spots(places, sectors)
    words = _words_of(places)
    level = (
        places["level"].astype("string").fillna("").str.casefold().tolist()
        if "level" in places
        else [""] * len(places)
    )
    people = (
        pd.to_numeric(places["population"], errors="coerce").fillna(0).to_numpy(float)
        if "population" in places
        else np.zeros(len(places))
    )
    shapes = sectors.geometry.to_numpy()
    middles = shapely.centroid(shapes)
    place, sector = shapely.STRtree(shapes).query(spots, predicate="intersects")
    towns = {name: len({p for p in place if level[p] == name}) for name in _TOWNS}
    levels = [*_LEVELS, *(name for name in _TOWNS if towns[name] > 1)]
    gap = shapely.distance(spots[place], middles[sector])
    rows = sorted(
        (levels.index(level[p]), -people[p], -size[p], float(d), words[p], int(s))
        for p, s, d in zip(place, sector, gap, strict=True)
        if level[p] in levels and all(words[p])
    )
    found: list[list[_Candidate]] = [[] for _ in range(len(sectors))]
    for *_, name, at in rows:
        found[at].append(_Candidate(name))
    return found


def _spots(places: pd.DataFrame, sectors: gpd.GeoDataFrame) -> tuple[NDArray[np.object_], Floats]:
    """Give a point in metres for each place, and its area."""
    if isinstance(places, gpd.GeoDataFrame):
        shapes = crs.to_metres(places, sectors.crs).geometry.to_numpy()
        return shapely.point_on_surface(shapes), np.nan_to_num(shapely.area(shapes))
    if "lat" not in places or "lon" not in places:
        raise InputError(
            text(
                "The table of places has no geometry and no lat and lon. "
                "Give a table of the kind gazetteer."
            )
        )
    lon, lat = (
        pd.to_numeric(places[column], errors="coerce").to_numpy(float) for column in ("lon", "lat")
    )
    known = np.isfinite(lon) & np.isfinite(lat)
    spots = np.full(len(places), None, object)
    x, y = crs.convert_points(lon[known], lat[known], crs.WGS84, sectors.crs)
    spots[known] = shapely.points(x, y)
    return spots, np.zeros(len(places))


# --------------------------------------------------------------- streets


def _from_streets(sectors: gpd.GeoDataFrame, roads: gpd.GeoDataFrame) -> list[list[_Candidate]]:
    """Give the streets of each sector, the best first."""
    runs = pd.DataFrame(_runs(sectors, roads), columns=["words", "sector", "rank", "metres"])
    whole = runs.groupby(["words", "sector"], as_index=False).agg({"rank": "min", "metres": "sum"})
    side = np.sqrt(shapely.area(sectors.geometry.to_numpy()))
    whole = whole[whole["metres"] >= _RUN_SHARE * side[whole["sector"].to_numpy(int)]]
    whole["metres"] = whole["metres"].round(3)
    whole = whole.sort_values(["metres", "sector"], ascending=[False, True])
    whole["shared"] = whole.duplicated("words")
    whole = whole.sort_values(["rank", "metres", "words"], ascending=[True, False, True])
    found: list[list[_Candidate]] = [[] for _ in range(len(sectors))]
    for row in whole.itertuples():
        found[row.sector].append(_Candidate(row.words, bool(row.shared)))
    return found


def _runs(
    sectors: gpd.GeoDataFrame, roads: gpd.GeoDataFrame
) -> Iterator[tuple[tuple[str, ...], int, int, float]]:
    """Give the metres of each named road in each sector."""
    words = _words_of(roads)
    named = np.array([all(names) for names in words], bool)
    if not named.any() or "road_class" not in roads:
        return
    lines = crs.to_metres(crs.densify(roads[named]), sectors.crs).geometry.to_numpy()
    ranks = roads.loc[named, "road_class"].astype("string").fillna("").map(rank).tolist()
    names = [name for name in words if all(name)]
    shapes = sectors.geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    at, sector = tree.query(lines, predicate="intersects")
    metres = shapely.length(lines[at])
    # Few streets cross a border or follow one; only these are cut.
    cut = np.bincount(at, minlength=len(lines))[at] > 1
    cut |= ~np.isin(at, tree.query(lines, predicate="within")[0])
    metres[cut] = shapely.length(shapely.intersection(lines[at[cut]], shapes[sector[cut]]))
    for line, own, length in zip(at, sector, metres, strict=True):
        yield names[line], int(own), ranks[line], float(length)
