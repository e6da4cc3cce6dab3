"""Which rows of a table name the same locality, however it was spelled, and where it lies.

Two rows name one place where their ids agree, where a gazetteer places both at the same, or where
their names are the same but for spelling and generic words ("city of …") in the same units. What
was read otherwise than it was written is listed.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from geosector import crs
from geosector.errors import MissingColumnError
from geosector.geocode.batch import geocode
from geosector.geocode.names import name_keys, normalise
from geosector.language import text
from geosector.tables import Problem, problems_table

UNITS = ("admin1", "admin2", "admin3")
_TATWEEL = "\u0640"
_EXPLICIT = "أإآةى"  # letters that a hasty hand writes as others


class Identified(NamedTuple):
    """Incidents whose localities can be counted, what was changed, and how many were placed.

    ``table``: the rows of the input on their index; ``locality`` as most rows spell it,
    ``locality_id``, and the geometry of the gazetteer where the row had none. ``named`` rows name
    a place; ``located`` of these have a geometry.
    """

    table: gpd.GeoDataFrame
    problems: pd.DataFrame
    named: int
    located: int


def identify_localities(
    incidents: pd.DataFrame,
    gazetteer: pd.DataFrame | Sequence[pd.DataFrame] | None = None,
    *,
    nothing: Iterable[str] = (),
    file: str = "incidents",
) -> Identified:
    """Give the same locality the same id and one spelling, and place it by a gazetteer.

    Parameters
    ----------
    incidents : pandas.DataFrame
        With ``locality``; where known ``locality_id``, ``admin1`` … ``admin3``, and a geometry in
        EPSG:4326.
    gazetteer : DataFrame or sequence of DataFrame, optional
        As `read_gazetteer` gives it. What it does not place surely is told apart by its name.
    nothing : iterable of str, optional
        Words that name no place ("unspecified").
    file : str, optional
        What the list of changes calls the source.

    Returns
    -------
    Identified
        A row whose locality is one of ``nothing`` has none; it keeps its id.

    Raises
    ------
    MissingColumnError
        Where ``locality`` is not there.

    Examples
    --------
    >>> rows = pd.DataFrame({"locality": ["إدلب", "مدينة ادلب", "إدلـب", "الباب", None]})
    >>> found = identify_localities(rows)
    >>> list(found.table["locality"].dropna())
    ['إدلب', 'إدلب', 'إدلب', 'الباب']
    >>> found.table["locality_id"].nunique(), found.named, found.located
    (2, 4, 0)
    >>> list(found.problems["given"])
    ['مدينة ادلب', 'إدلـب']
    >>> identify_localities(rows[:0]).named
    0
    >>> identify_localities(rows.rename(columns={"locality": "x"}))
    Traceback (most recent call last):
    geosector.errors.MissingColumnError: The table incidents lacks the column locality; it has: x.
    """
    if "locality" not in incidents.columns:
        raise MissingColumnError(
            text(
                "The table {name} lacks the column {column}; it has: {columns}.",
                name="incidents",
                column="locality",
                columns=", ".join(str(column) for column in incidents.columns),
            )
        )
    rows = _with_geometry(incidents)
    unnamed = {normalise(word) for word in nothing}
    words = rows["locality"].astype(object)
    empty = {word for word in words.dropna().unique() if normalise(word) in {"", *unnamed}}
    words = words.mask(words.isna() | words.isin(empty), None)
    keys = _keys(rows, words)
    if gazetteer is not None:
        placed = _agreed(_placed(rows.assign(locality=words), gazetteer), keys)
        keys = keys.where(placed["match_id"].isna(), placed["match_id"])
        bare = (rows.geometry.isna() | rows.geometry.is_empty).to_numpy()
        points = gpd.GeoSeries.from_xy(placed["lon"], placed["lat"], crs=crs.WGS84)
        points[placed["lon"].isna().to_numpy()] = None
        rows.geometry = rows.geometry.where(~bare, points)
    ids = _ids(rows, keys)
    spelled = _spellings(words, ids)
    changed = words.notna() & (words != spelled)
    problems = [
        Problem(
            file,
            row if isinstance(row, int) else None,
            "locality",
            str(words.loc[row]),
            str(spelled.loc[row]),
            text("Counted as this place."),
        )
        for row in rows.index[changed.to_numpy()]
    ]
    rows = rows.assign(locality=spelled, locality_id=ids)
    named = words.notna().to_numpy()
    located = named & ~(rows.geometry.isna() | rows.geometry.is_empty).to_numpy()
    return Identified(rows, problems_table(problems), int(named.sum()), int(located.sum()))


def _with_geometry(rows: pd.DataFrame) -> gpd.GeoDataFrame:
    if isinstance(rows, gpd.GeoDataFrame):
        return rows.copy()
    return gpd.GeoDataFrame(rows.copy(), geometry=[None] * len(rows), crs=crs.WGS84)


def _keys(rows: pd.DataFrame, words: pd.Series) -> pd.Series:
    """Make the key of a name within its units; missing without a name."""
    known = {word: name_keys(word)["generic"] for word in words.dropna().unique()}
    keys = words.map(known).astype(object)
    for unit in UNITS:
        if unit in rows.columns:
            above = {word: normalise(word) for word in rows[unit].dropna().unique()}
            keys = keys + ("/" + rows[unit].map(above).fillna("").astype(object))
    return keys


def _placed(
    rows: gpd.GeoDataFrame, gazetteer: pd.DataFrame | Sequence[pd.DataFrame]
) -> pd.DataFrame:
    """Place each different name once, as surely as `geocode` accepts it."""
    told = ["locality", *(unit for unit in UNITS if unit in rows.columns)]
    names = pd.DataFrame(rows[told]).astype(object)
    different = names[names["locality"].notna()].drop_duplicates().reset_index(drop=True)
    made = ["match_id", "lat", "lon"]
    if different.empty:
        return pd.DataFrame(index=rows.index, columns=made)
    matches = geocode(different, gazetteer, column="locality", admin=told[1:] or None)
    sure = matches.set_axis(different.index).query("decision == 'accepted'")
    joined = names.merge(different.join(sure[made]), on=told, how="left", validate="many_to_one")
    return joined[made].set_axis(rows.index)


def _agreed(placed: pd.DataFrame, keys: pd.Series) -> pd.DataFrame:
    """Place all spellings of one name where the sure ones are, if these agree."""
    sure = placed.assign(key=keys).dropna(subset=["match_id", "key"])
    single = sure.drop_duplicates(["key", "match_id"]).drop_duplicates("key", keep=False)
    shared = keys.to_frame("key").join(single.set_index("key")[list(placed.columns)], on="key")
    return placed.where(placed["match_id"].notna(), shared[list(placed.columns)])


def _ids(rows: pd.DataFrame, keys: pd.Series) -> pd.Series:
    """Keep given ids; a name without one takes that of its namesakes, if they have but one."""
    given = rows.get("locality_id", pd.Series(None, rows.index, dtype=object)).astype(object)
    given = given.where(given.notna(), None)
    pairs = pd.DataFrame({"key": keys, "id": given}).dropna().drop_duplicates()
    single = pairs.drop_duplicates("key", keep=False).set_index("key")["id"]
    own = keys.map(single).where(keys.isin(single.index), keys)
    return given.where(given.notna(), own.where(keys.notna(), None))


def _spellings(words: pd.Series, ids: pd.Series) -> pd.Series:
    """Give every row the commonest spelling of its place."""
    named = pd.DataFrame({"word": words, "id": ids}).dropna()
    best: dict[Hashable, str] = {
        place: _commonest(group) for place, group in named.groupby("id", sort=False)["word"]
    }
    return ids.map(best).where(words.notna(), None)


def _commonest(spellings: pd.Series) -> str:
    """Choose among spellings without generic words: the commonest, the most explicit."""
    written = Counter(_plain(str(word)) for word in spellings)
    return min(written, key=lambda word: (-written[word], -_explicit(word), word))


@lru_cache(maxsize=4096)
def _plain(word: str) -> str:
    """Take off what is no part of a name: stretched letters, generic words before or after it."""
    words = unicodedata.normalize("NFC", word).replace(_TATWEEL, "").split()
    key = name_keys(word)["generic"]
    for first, last in ((1, None), (None, -1)):
        while len(words) > 1 and name_keys(" ".join(words[first:last]))["generic"] == key:
            words = words[first:last]
    return " ".join(words)


def _explicit(word: str) -> int:
    return sum(letter in _EXPLICIT for letter in word)
