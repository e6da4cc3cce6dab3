"""Incidents for the public: counts by locality or cell and kind, after a delay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.release.places import middles
from geosector.release.words import days, known_values, plain, whole, without_places
from geosector.tables import table

Frame: TypeAlias = "pd.DataFrame | gpd.GeoDataFrame"
Flags = NDArray[np.bool_]

# How a day is written that nobody knew.
VAGUE = {
    "month": r"\s*\d{4}\s*[-/.]\s*\d{1,2}\s*|\s*\d{1,2}\s*[-/.]\s*\d{4}\s*",
    "year": r"\s*\d{4}(?:\.0)?\s*",
}
LOCALITY = ("locality_id", "locality", "locality_type", "admin1", "admin2", "admin3")


def counted_incidents(
    rows: Frame, day: dt.date, delay_days: int, cell_m: float
) -> gpd.GeoDataFrame:
    """Count incidents by locality or cell and kind."""
    old = rows[old_enough(rows, day, delay_days)]
    lon, lat = middles(old) if isinstance(old, gpd.GeoDataFrame) else np.full((2, len(old)), np.nan)
    cell_lon, cell_lat = crs.cell_centres(lon, lat, cell_m)
    names = {column: _public_text(old, column) for column in LOCALITY}
    facts = pd.DataFrame({**names, "lon": cell_lon, "lat": cell_lat}, index=old.index)
    facts["kind"] = known_values(old, "incidents", "kind").fillna("other")
    facts["count"] = 1
    facts["stated"] = np.maximum(whole(old.get("radius_m", pd.Series(0.0, old.index))), 0)
    people = [
        name for name in table("incidents").columns if name.startswith(("killed_", "injured_"))
    ]
    people = [name for name in people if name in old.columns]
    for column in people:
        facts[column] = plain(old, "incidents", column)
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


def old_enough(rows: Frame, day: dt.date, delay_days: int) -> Flags:
    """Find incidents whose last possible day lies far enough back; no date is never enough.

    A date written as a month or a year is one, whatever its precision is said to be.
    """
    written = rows.get("date", pd.Series(pd.NaT, rows.index))
    when = days(written)
    precision = rows.get("date_precision", pd.Series("day", rows.index)).astype("string")
    precision, words = precision.fillna("day"), written.astype("string")
    for vague, form in VAGUE.items():
        precision = precision.mask(words.str.fullmatch(form).fillna(value=False), vague)
    last = when.where(precision != "month", when + pd.offsets.MonthEnd(0))
    last = last.where(precision != "year", when + pd.offsets.YearEnd(0))
    limit = pd.Timestamp(day) - pd.Timedelta(days=delay_days)
    return np.asarray(last.dt.normalize() <= limit)


def _public_text(rows: Frame, column: str) -> pd.Series:
    if column not in rows.columns:
        return pd.Series(pd.NA, index=rows.index, dtype="string")
    words = without_places(rows[column]).str.strip()
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
