"""Minutes to the nearest facility of each kind, by block: a choropleth of bands.

Blocks of one sector and one band are one area, so that thousands of them are drawn, read and passed
through with a key. A way that is not known has no minutes; what they would be if every street could
be passed is another question, which the legend asks by that name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector.maps import theme
from geosector.maps.areas import HATCHED
from geosector.maps.layers import Layer
from geosector.maps.plan.areas import key_of, shading
from geosector.maps.plan.cells import cell
from geosector.maps.plan.sums import flags, nearest_only, numbers
from geosector.maps.plan.words import column_name, table_name
from geosector.maps.saying import Words, joined, number, said

Ints = NDArray[np.int64]

BANDS = (5.0, 10.0, 15.0, 30.0)  # minutes; then what is beyond them, no way, unknown
NO_WAY, UNKNOWN = len(BANDS) + 1, len(BANDS) + 2


def bands(reach: pd.DataFrame, blocks: gpd.GeoDataFrame, *, shown: bool) -> tuple[list[Layer], int]:
    """Make a choropleth of the minutes to the nearest facility of each kind.

    Parameters
    ----------
    reach : pandas.DataFrame
        ``block_id, kind, minutes``; and ``sector_id, population, oldest_report_days, known``,
        where there.
    blocks : geopandas.GeoDataFrame
        ``block_id`` and areas.
    shown : bool
        Whether the first one is on when the map opens.

    Returns
    -------
    layers, lost : list of dict, int
        One layer a kind; how many rows have no block to be drawn in.
    """
    ground = blocks[~(blocks.geometry.isna() | blocks.geometry.is_empty)]
    rows = nearest_only(reach)
    at = pd.Index([key_of(key) for key in ground["block_id"]]).get_indexer(
        pd.Index([key_of(key) for key in rows["block_id"]])
    )
    rows = rows.assign(at=at, band=_band(rows), unknown=_is_unknown(rows))
    made: list[Layer] = []
    for kind, own in rows[at >= 0].groupby("kind", sort=True):
        made.append(_layer(str(kind), own, ground, shown=shown and not made))
    return made, int((at < 0).sum())


def _band(rows: pd.DataFrame) -> Ints:
    """Give each row the number of its band."""
    minutes = numbers(rows, "minutes").to_numpy()
    has = np.isfinite(minutes)
    band = np.searchsorted(np.array(BANDS), np.where(has, minutes, np.inf))
    return np.where(has, band, NO_WAY)


def _is_unknown(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Find the ways on which a street has no fresh report."""
    has = np.isfinite(numbers(rows, "minutes").to_numpy())
    known = flags(rows, "known").to_numpy() if "known" in rows.columns else has
    return np.asarray(has & ~known)


def _layer(kind: str, rows: pd.DataFrame, ground: gpd.GeoDataFrame, *, shown: bool) -> Layer:
    by = [name for name in ("sector_id", "band", "unknown") if name in rows.columns]
    groups = [own for _, own in rows.groupby(by, dropna=False, sort=True)]
    places = [ground.geometry.iloc[np.unique(own["at"])].union_all() for own in groups]
    first = [own.iloc[0] for own in groups]
    fastest = [int(row["band"]) for row in first]
    honest = [UNKNOWN if row["unknown"] else int(row["band"]) for row in first]
    measures = [_measure(said("Minutes"), honest)]
    if honest != fastest:
        measures.append(_measure(said("Minutes, if every street can be passed"), fastest))
    title = joined(table_name("reach"), " · ", cell("reach", "kind", {"kind": kind}))
    question = {"name": title, "measures": measures, "rows": [_told(own) for own in groups]}
    names = [_name(row, band) for row, band in zip(first, honest, strict=True)]
    table = gpd.GeoDataFrame(geometry=places, crs=ground.crs)
    note = said("A way on which a street has no fresh report is unknown.")
    return shading(f"plan-reach-{kind}", title, (table, names), [question], [note], shown=shown)


def _measure(name: Words, of: list[int]) -> dict[str, Any]:
    """Put areas into the classes of their bands."""
    met = sorted(set(of))
    looks = [*theme.shades("plan", len(BANDS) + 1), theme.NO_PEOPLE, HATCHED]
    return {
        "name": name,
        "notes": [],
        "decimals": 0,
        "share": False,
        "values": [None] * len(of),
        "classes": [{"colour": looks[band], "label": _band_name(band)} for band in met],
        "of": [met.index(band) for band in of],
    }


def _told(own: pd.DataFrame) -> list[list[Words]]:
    """Tell of an area how many live there, and how old the oldest report on their ways is."""
    people = number(numbers(own, "population").sum())
    rows = [[column_name("reach", "people"), people], [said("Blocks"), number(len(own))]]
    age = numbers(own, "oldest_report_days")
    if (own["band"] < NO_WAY).all() and "oldest_report_days" in own.columns:
        oldest: Mapping[str, object] = {
            "oldest_report_days": None if age.isna().any() else float(age.max()),
            "known": not bool(own["unknown"].any()),
        }
        told = cell("reach", "oldest_report_days", oldest)
        rows.append([column_name("reach", "oldest_report_days"), told])
    return rows


def _name(row: pd.Series, band: int) -> Words:
    label = _band_name(band)
    if "sector_id" not in row.index:
        return label
    sector = cell("reach", "sector_id", {"sector_id": row["sector_id"]})
    return joined(said("Sector {number}", number=sector), " · ", label)


def _band_name(band: int) -> Words:
    if band == UNKNOWN:
        return said("Way unknown")
    if band == NO_WAY:
        return said("No way to one")
    if band == len(BANDS):
        return said("More than {n} minutes", n=number(BANDS[-1]))
    low = 0.0 if band == 0 else BANDS[band - 1]
    return said("{low} to {high} minutes", low=number(low), high=number(BANDS[band]))
