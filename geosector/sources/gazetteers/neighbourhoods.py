"""Neighbourhoods drawn as areas: a point inside, how far they reach, the city around them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geosector.crs import area_km2, require_crs
from geosector.sources.gazetteers.rows import states_level, with_one_list_of_names
from geosector.sources.values import is_missing, written_as
from geosector.tables import fold_label, match_columns

# A circle of this radius is a large quarter; units of administration are larger.
LARGEST_M = 4_000.0
_CITY = frozenset(
    {"city", "town", "city name", "town name", "parent", "parent name", "municipality", "city en",
     "city ar", "مدينة", "المدينة", "bajar", "شار"}
)  # fmt: skip
_TOWNS = frozenset({"city", "town"})


def are_neighbourhoods(cells: pd.DataFrame, *, file: str, crs: str | None) -> bool:
    """Say whether rows are areas of the size of neighbourhoods, without a level of their own.

    Parameters
    ----------
    cells : pandas.DataFrame
        As found.
    file : str
        For messages.
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    bool
        True where every shape is an area, no column tells a level, and half of the areas or more
        are no larger than a circle of 4 km.
    """
    if not isinstance(cells, gpd.GeoDataFrame) or cells.empty:
        return False
    shapes = cells.geometry.to_numpy()
    areas = shapely.get_dimensions(shapes) == 2  # noqa: PLR2004
    if not areas[~shapely.is_missing(shapes)].all() or not areas.any():
        return False
    headers = [str(header) for header in cells.columns if header != cells.geometry.name]
    if {"level", "pcode"} & set(match_columns("gazetteer", headers).values()):
        return False
    sizes = area_km2(require_crs(cells, file, crs)[areas])
    return float(np.median(sizes)) <= np.pi * (LARGEST_M / 1000) ** 2


def from_neighbourhoods(cells: pd.DataFrame, *, file: str, crs: str | None) -> pd.DataFrame:
    """Bring neighbourhoods under our names.

    Parameters
    ----------
    cells : pandas.DataFrame
        With any headers that the table knows; ``neighbourhood_id``, ``hay_name`` and the like
        are understood too.
    file, crs : str
        For messages; the coordinate system, where the file states none.

    Returns
    -------
    pandas.DataFrame
        ``level`` is ``neighbourhood`` but where a column says city or town: such an area is the
        parent of those that lie in it. Otherwise ``parent`` comes from a column that names the
        city. What has neither gets the city nearest to it when gazetteers are merged.
    """
    geometry = cells.geometry.name if isinstance(cells, gpd.GeoDataFrame) else None
    renamed = {}
    for header in cells.columns:
        folded = fold_label(header)
        for word in ("neighbourhood", "neighborhood", "quarter", "hay", "hai", "district", "hood"):
            if header != geometry and folded.startswith(f"{word} "):
                renamed[header] = folded.removeprefix(f"{word} ").replace(" ", "_")
            elif header != geometry and folded == word and word.startswith(("neigh", "quarter")):
                renamed[header] = "name"
    free = {old: new for old, new in renamed.items() if new not in cells.columns}
    known = cells.rename(columns=_first_of_each(free))
    city = next((h for h in known.columns if h != geometry and fold_label(h) in _CITY), None)
    meant = match_columns("gazetteer", [str(h) for h in known.columns if h != geometry])
    stated = next((header for header, column in meant.items() if column == "level"), None)
    levels = ["neighbourhood"] * len(known)
    if stated is not None:
        found = [states_level(cell) for cell in known[stated]]
        levels = [one if one in _TOWNS else "neighbourhood" for one in found]
        known = known.drop(columns=[stated])
    known = known.assign(level=levels)
    if city is not None and city in known.columns:
        named = [None if is_missing(cell) else written_as(cell) for cell in known[city]]
        known = known.drop(columns=[city]).assign(parent=named)
    if isinstance(known, gpd.GeoDataFrame):
        known = _with_containers(require_crs(known, file, crs))
    return with_one_list_of_names(known)


def _first_of_each(names: dict[object, str]) -> dict[object, str]:
    taken: set[str] = set()
    kept = {}
    for old, new in names.items():
        if new not in taken:
            kept[old] = new
            taken.add(new)
    return kept


def _with_containers(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Name the city that a neighbourhood lies in, where the file has its area too."""
    shapes = places.geometry.to_numpy()
    towns = np.flatnonzero(
        places["level"].isin(_TOWNS).to_numpy() & (shapely.get_dimensions(shapes) == 2)  # noqa: PLR2004
    )
    headers = [str(h) for h in places.columns if h != places.geometry.name]
    meant = match_columns("gazetteer", headers)
    named = {column: header for header, column in meant.items()}
    if not len(towns) or not {"name", "name_ar"} & set(named):
        return places
    inside = shapely.point_on_surface(np.where(shapely.is_valid(shapes), shapes, None))
    tree = shapely.STRtree(shapes[towns])
    parent = (
        places["parent"].astype(object)
        if "parent" in places.columns
        else pd.Series(None, places.index, dtype=object)
    )
    ids = pd.Series(None, places.index, dtype=object)
    for place, town in sorted(
        zip(*(pair.tolist() for pair in tree.query(inside, predicate="within")), strict=True)
    ):
        if place in towns.tolist():
            continue
        row = places.iloc[int(towns[town])]
        name = next(row[named[c]] for c in ("name", "name_ar") if c in named)
        if is_missing(parent.iloc[place]):
            parent.iloc[place] = name
        if "id" in named and is_missing(ids.iloc[place]):
            ids.iloc[place] = written_as(row[named["id"]])
    return places.assign(parent=parent, parent_id=ids)
