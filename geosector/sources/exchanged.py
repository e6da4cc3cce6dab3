"""Latitude and longitude exchanged in a whole table: what can be known of it, and what cannot.

A table whose rows are all exchanged has no others to lie apart from. In Syria latitudes (32–37.4)
and longitudes (35.7–42.4) overlap, so the numbers alone may fit both ways. Two things tell: a row
names a place that is known and lies where its numbers do the other way round; or all places lie
outside the country and, the other way round, inside it. Nothing is mended, for neither is proof:
it is told. A table of places that have no known names, and fit the country both ways, tells
nothing, nor does one of another country without known names.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector.language import text
from geosector.sources.outliers import shown
from geosector.sources.values import Remark, distinct, written_as
from geosector.tables import fold_label

# Where latitude and longitude of the country may be told for each other, in degrees.
_LEAST, _MOST = 31.0, 43.0
# One place and its numbers: as near as its quarters, and not in another district.
_NEAR_DEGREES, _APART_DEGREES = 0.1, 0.3
_MOST_OF_THEM = 0.9
_NAMING = ("locality", "name", "name_ar")


class Doubts(NamedTuple):
    """Rows whose own place name says otherwise, and what is said of the table as a whole."""

    remarks: list[Remark]
    notes: list[tuple[str, str, str]]


def exchanged_places(rows: pd.DataFrame, geometries: NDArray[np.object_]) -> Doubts:
    """Tell of points that would lie where they should, were latitude and longitude exchanged.

    Parameters
    ----------
    rows : DataFrame
        Columns under the names of the table; ``locality`` or ``name`` is looked up in the built-in
        gazetteer.
    geometries : numpy.ndarray of shapely.Geometry
        In degrees, one for each row; other kinds than points are passed over.

    Returns
    -------
    tuple = (remarks, notes)
        By row, where its place is known by name; for the table as a whole, where all lie outside
        Syria and would lie inside. Nothing where neither is so.

    Examples
    --------
    >>> rows = pd.DataFrame({"locality": ["إدلب", "سرمين"]})
    >>> exchanged = shapely.points([(35.93, 36.63), (35.90, 36.73)])
    >>> [remark.position for remark in exchanged_places(rows, exchanged).remarks]
    [0, 1]
    >>> len(exchanged_places(rows, exchanged).notes)
    1
    >>> exchanged_places(rows, shapely.points([(36.63, 35.93), (36.73, 35.90)]))
    Doubts(remarks=[], notes=[])
    >>> exchanged_places(rows.iloc[:0], shapely.points(np.empty((0, 2))))
    Doubts(remarks=[], notes=[])
    """
    at = np.flatnonzero(shapely.get_type_id(geometries) == 0)
    at = at[~shapely.is_empty(geometries[at])]
    places = shapely.get_coordinates(geometries[at])
    may = ((places > _LEAST) & (places < _MOST)).all(axis=1)
    may &= np.abs(places[:, 0] - places[:, 1]) > _NEAR_DEGREES
    if not may.any():
        return Doubts([], [])
    named = _named_elsewhere(rows, at[may], places[may])
    remarks = [
        Remark(place, shown(geometries[place]), text("latitude and longitude in their order"),
               text("Kept as it is: exchanged, it would lie at {name}.", name=name))
        for place, name in named.items()
    ]  # fmt: skip
    return Doubts(remarks, _outside(places) if may.all() else [])


def _named_elsewhere(
    rows: pd.DataFrame, at: NDArray[np.intp], places: NDArray[np.float64]
) -> dict[int, str]:
    """Find rows whose place name is known, and lies at their numbers the other way round."""
    column = next((one for one in _NAMING if one in rows.columns), None)
    if column is None:
        return {}
    known = _known_places()
    cells = distinct(rows[column].iloc[at])
    found = {}
    words = cells.each(lambda cell: fold_label(written_as(cell)))
    for code, place in zip(cells.codes.tolist(), range(len(at)), strict=True):
        namesakes = known.get(words[code] or "")
        if namesakes is None:
            continue
        here, there = (np.abs(namesakes - way).max(axis=1).min()
                       for way in (places[place], places[place, ::-1]))  # fmt: skip
        if there < _NEAR_DEGREES and here > _APART_DEGREES:
            found[int(at[place])] = written_as(cells.cells[code])
    return found


def _outside(places: NDArray[np.float64]) -> list[tuple[str, str, str]]:
    country = _country()
    own, other = (shapely.contains_xy(country, *way.T) for way in (places, places[:, ::-1]))
    if not other.all() or (~own).mean() < _MOST_OF_THEM:
        return []
    given = text("{count} of {all} places", count=int((~own).sum()), all=len(places))
    return [
        (given, text("latitude and longitude in their order"),
         text("Kept as it is: exchanged, they would lie in Syria, and as they are outside of it."))
    ]  # fmt: skip


@lru_cache(maxsize=1)
def _country() -> Any:  # noqa: ANN401 - any shapely geometry
    from geosector.sources.registry import read_registered  # it reads files, as this does for it

    return shapely.union_all(read_registered("syria_country_ne50m").geometry.to_numpy())


@lru_cache(maxsize=1)
def _known_places() -> dict[str, NDArray[np.float64]]:
    """Give the places of each name: longitude and latitude."""
    from geosector.sources.gazetteers.builtin import default_gazetteer

    found: dict[str, list[tuple[float, float]]] = {}
    for place in default_gazetteer().itertuples():
        spelled = {place.name, place.name_ar, *str(place.names or "").split("|")}
        for name in {fold_label(one) for one in spelled if one} - {""}:
            found.setdefault(name, []).append((place.lon, place.lat))
    return {name: np.array(where) for name, where in found.items()}
