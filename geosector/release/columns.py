"""Tables that leave column by column, as ``tables.toml`` says; the ground of a map."""

from __future__ import annotations

import re
from typing import TypeAlias, cast

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import AudienceError, InputError
from geosector.language import text
from geosector.release.audiences import not_public
from geosector.release.withheld import withhold
from geosector.release.words import REPORTED, as_described, plain, whole, without_made
from geosector.tables import AUDIENCES, Audience, looks_personal, match_columns, match_value, table

Frame: TypeAlias = "pd.DataFrame | gpd.GeoDataFrame"
Flags = NDArray[np.bool_]

# Tables that are shapes on a map. Of all others a place is a fact like any other, and nobody said
# who may see it: where activities took place, or what a recommendation is about, stays inside.
SHAPES = (
    "roads", "barriers", "buildings", "water", "boundary", "gazetteer", "sectors", "borders",
    "blocks",
)  # fmt: skip

_SURROGATE = re.compile("[\ud800-\udfff]")


def located(rows: Frame, name: str) -> Frame:
    """Bring a table into degrees, its places under ``geometry``."""
    if not isinstance(rows, gpd.GeoDataFrame) or rows._geometry_column_name is None:  # noqa: SLF001 - asking raises
        return pd.DataFrame(rows)
    located = crs.to_wgs84(crs.require_crs(rows, name))
    if located.geometry.name != "geometry":
        located = located.rename(columns={"geometry": "geometry_input"})
        located = located.rename_geometry("geometry")
    return cast("gpd.GeoDataFrame", located)


# --------------------------------------------------------------- columns


def writable(rows: Frame) -> Frame:
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
    # A hundred columns exchanged one by one lie in pieces; a copy lays them together.
    return rows.copy() if torn else rows


def _is_torn(cell: object) -> bool:
    return isinstance(cell, str) and not cell.isascii() and bool(_SURROGATE.search(cell))


def personal(rows: Frame, known: tuple[str, ...]) -> list[str]:
    """List the columns that look as if they were about persons."""
    return [name for name in rows.columns if name not in known and looks_personal(name)]


def require_once(rows: Frame, name: str) -> None:
    """Refuse a described column that stands twice: nobody knows which of the two may be seen."""
    known = table(name).columns
    twice = [one for one in rows.columns[rows.columns.duplicated()] if one in known]
    if twice:
        raise InputError(
            text(
                "The table {name} has the column {column} twice. Take one away.",
                name=name,
                column=twice[0],
            )
        )


def columns_seen(rows: Frame, audience: Audience, name: str) -> Frame:
    """Keep the columns that the audience may see, and the shapes of what is drawn on maps."""
    if audience == "public" and name in {"matches", "barriers"}:
        raise not_public(name)
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
    for column in kept:
        keep = plain if name in REPORTED else as_described
        shown[column] = keep(rows, name, column)
    if "id" in kept and name != "gazetteer":
        shown["id"] = without_made(shown["id"])
    if name in {"sectors", "gazetteer"} and "population" in kept:
        withheld = withhold(whole(rows["population"]))
        shown["population"] = shown["population"].mask(withheld)
        if "deviation" in kept:  # it is the population, in other words
            shown["deviation"] = shown["deviation"].mask(withheld)
    if name == "borders" and audience == "public" and "road_class" in kept:
        # Where the front line runs is not for everybody, nor what it is called.
        front = shown["road_class"] == "front_line"
        for column in {"road_class", "name"} & set(kept):
            shown[column] = shown[column].mask(front)
    if name not in SHAPES or not isinstance(rows, gpd.GeoDataFrame):
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
