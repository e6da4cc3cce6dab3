"""The tables of a plan for shelters: who goes where, what is full, who is left over, and sums.

Every person is in one of them once: people of a sector = sheltered + left over, and the capacity of
its shelters = people in them + free rooms.
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.language import text
from geosector.measure.access.containment import ON_BORDER_M
from geosector.measure.access.facilities import identities
from geosector.measure.access.network import Network
from geosector.measure.sheltering.transport import Allotted
from geosector.measure.sheltering.trips import PER_SECOND, Trips

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MINUTE = 60 * PER_SECOND


class Areas(NamedTuple):
    """The areas of sectors in metres, each sector once, the lowest number first."""

    sector_ids: pd.Index
    shapes: NDArray[np.object_]
    crs: pyproj.CRS


def find_areas(sectors: gpd.GeoDataFrame, network: Network) -> Areas:
    """Take the areas of sectors; rows without an area or a ``sector_id`` are none.

    Parameters
    ----------
    sectors : geopandas.GeoDataFrame
        ``sector_id``; several rows of one are one area.
    network : Network
        In whose metres.

    Returns
    -------
    Areas

    Examples
    --------
    >>> from geosector.measure.access.network import build_network
    >>> street = gpd.GeoDataFrame(geometry=[shapely.LineString([(5e5, 4e6), (5e5, 4e6 + 9)])])
    >>> network = build_network(street.set_crs(32637)).network
    >>> squares = [shapely.box(5e5 + a, 4e6, 5e5 + a + 9, 4e6 + 9) for a in (0, 9, 18)]
    >>> sectors = gpd.GeoDataFrame({"sector_id": [2, 1, 2]}, geometry=squares, crs=32637)
    >>> find_areas(sectors, network).sector_ids.tolist()
    [1, 2]
    """
    nowhere = sectors.geometry.isna() | sectors.geometry.is_empty
    told = (sectors["sector_id"].notna() & ~nowhere).to_numpy()
    sound = crs.to_metres(sectors[told], network.crs) if told.any() else sectors[told]
    ids = in_order(sound["sector_id"])
    of_id = pd.Index(ids, dtype=object).get_indexer(sound["sector_id"].astype(object))
    shapes = np.asarray(sound.geometry.values, object)
    whole = [shapely.union_all(shapes[of_id == at]) for at in range(len(ids))]
    return Areas(pd.Index(ids, dtype=object), np.array(whole, object), network.crs)


def in_order(sector_ids: pd.Series) -> list[object]:
    """Give each sector once, numbers and words apart, the lowest first.

    Examples
    --------
    >>> in_order(pd.Series([3, 1, None, 3]))
    [1.0, 3.0]
    >>> in_order(pd.Series([], dtype=object))
    []
    """
    found = sector_ids.dropna().astype(object).unique().tolist()
    return sorted(found, key=lambda one: (isinstance(one, str), one))


def block_ids(blocks: pd.DataFrame) -> pd.Series:
    """Give the ids of blocks, else their index.

    Examples
    --------
    >>> block_ids(pd.DataFrame({"block_id": [7, 8]})).tolist()
    [7, 8]
    >>> block_ids(pd.DataFrame({"population": [1]}, index=["a"])).tolist()
    ['a']
    """
    own: pd.Series = blocks.get("block_id", pd.Series(blocks.index.to_flat_index(), blocks.index))
    return own


def list_sheltering(
    blocks: pd.DataFrame, shelters: pd.DataFrame, plan: Allotted, ways: Trips, stale_days: float
) -> pd.DataFrame:
    """Set down who goes where: one row for the people of a block who go to the same shelter.

    Parameters
    ----------
    blocks, shelters : pandas.DataFrame
    plan : Allotted
    ways : Trips
        Of each lot of the plan.
    stale_days : float
        How old a report of a street may be.

    Returns
    -------
    pandas.DataFrame
        ``block_id, sector_id, facility_id, people, minutes, metres, oldest_report_days, known``.
    """
    age = ways.age_days
    return pd.DataFrame(
        {
            "block_id": block_ids(blocks).iloc[plan.block].to_numpy(),
            "sector_id": _sector_of(blocks).iloc[plan.block].array,
            "facility_id": identities(shelters)[plan.place],
            "people": plan.people,
            "minutes": ways.seconds / 60,
            "metres": ways.metres,
            "oldest_report_days": np.where(np.isfinite(age), age, np.nan),
            "known": age <= stale_days,
        }
    )


def list_shelters(
    shelters: gpd.GeoDataFrame, capacity: Ints, plan: Allotted, areas: Areas | None
) -> gpd.GeoDataFrame:
    """Set down how full each shelter is, and what one more room in it would do.

    Parameters
    ----------
    shelters : geopandas.GeoDataFrame
    capacity : array of int
    plan : Allotted
    areas : Areas or None
        The first of those that a shelter lies nearest to, within 1 m, is its sector. Without them
        its ``sector_id`` counts, if it has one.

    Returns
    -------
    geopandas.GeoDataFrame
        ``facility_id, sector_id, capacity, people, free, more_people, saved_minutes, geometry``,
        EPSG:4326.
    """
    people = np.zeros(len(capacity), np.int64)
    np.add.at(people, plan.place, plan.people)
    return gpd.GeoDataFrame(
        {
            "facility_id": identities(shelters),
            "sector_id": _sector_of(shelters).array if areas is None else _lies_in(shelters, areas),
            "capacity": capacity,
            "people": people,
            "free": capacity - people,
            "more_people": plan.more_people,
            "saved_minutes": plan.saved / MINUTE,
        },
        geometry=np.asarray(crs.to_wgs84(shelters).geometry.values, object),
        crs=crs.WGS84,
    )


def why_left_over(reason: str) -> str:
    """Say in words why somebody has no shelter.

    Parameters
    ----------
    reason : str
        From ``left_over``.

    Returns
    -------
    str
        In the current language; an unknown reason stays as it is.

    Examples
    --------
    >>> why_left_over("full"), why_left_over("flooded")
    ('The open shelters in reach are full.', 'flooded')
    """
    known = {
        "no_place": text("The place of the block is not known."),
        "no_sector": text("The block is in none of the sectors."),
        "no_shelter": text("There is no open shelter."),
        "no_street": text("No street that can be passed is near."),
        "out_of_reach": text("No open shelter is in reach."),
        "full": text("The open shelters in reach are full."),
    }
    return known.get(reason, reason)


def list_left_over(
    blocks: gpd.GeoDataFrame, left: Ints, reasons: NDArray[np.object_]
) -> gpd.GeoDataFrame:
    """Set down who has no shelter, where, and why.

    Parameters
    ----------
    blocks : geopandas.GeoDataFrame
    left : array of int, shape (blocks,)
        People.
    reasons : array of str, shape (blocks,)

    Returns
    -------
    geopandas.GeoDataFrame
        ``block_id, sector_id, people, reason, geometry``, EPSG:4326.
    """
    row = np.flatnonzero(left > 0)
    return gpd.GeoDataFrame(
        {
            "block_id": block_ids(blocks).iloc[row].to_numpy(),
            "sector_id": _sector_of(blocks).iloc[row].array,
            "people": left[row],
            "reason": reasons[row],
        },
        geometry=np.asarray(crs.to_wgs84(blocks).geometry.values, object)[row],
        crs=crs.WGS84,
    )


def sum_by_sector(  # noqa: PLR0917 - what a plan consists of
    blocks: pd.DataFrame,
    people: Ints,
    sheltering: pd.DataFrame,
    shelters: pd.DataFrame,
    left_over: pd.DataFrame,
    sectors: gpd.GeoDataFrame | None,
) -> pd.DataFrame:
    """Add up a plan by sector: where people live, and where the shelters lie.

    Parameters
    ----------
    blocks : pandas.DataFrame
    people : array of int, shape (blocks,)
    sheltering, shelters, left_over : pandas.DataFrame
        From the functions above.
    sectors : geopandas.GeoDataFrame or None
        In whose order. Default: the sectors of blocks and shelters, the lowest first.

    Returns
    -------
    pandas.DataFrame or geopandas.GeoDataFrame
        ``sector_id, people, sheltered, left_over, share, capacity, free, minutes, unknown``, and
        ``geometry`` in EPSG:4326 where sectors are given. ``minutes`` is the mean of the sheltered.
        A last row without ``sector_id`` holds what is in none of them, if anything is.
    """
    own = _sector_of(blocks)
    known = pd.concat([own, shelters["sector_id"]]) if len(shelters) else own
    ids = in_order(known) if sectors is None else sectors["sector_id"].dropna().unique().tolist()
    keys = pd.Index(ids, dtype=object)

    def add(sector_id: pd.Series, values: NDArray[np.number]) -> Floats:
        """Add up by sector, and last what is in none."""
        sums = np.zeros(len(keys) + 1)
        np.add.at(sums, keys.get_indexer(sector_id.astype(object)), values)
        return sums

    going = sheltering["people"].to_numpy()
    table = pd.DataFrame(
        {
            "people": add(own, people),
            "sheltered": add(sheltering["sector_id"], going),
            "left_over": add(left_over["sector_id"], left_over["people"].to_numpy()),
            "share": np.nan,
            "capacity": add(shelters["sector_id"], shelters["capacity"].to_numpy()),
            "free": add(shelters["sector_id"], shelters["free"].to_numpy()),
            "minutes": add(sheltering["sector_id"], going * sheltering["minutes"].to_numpy()),
            "unknown": add(sheltering["sector_id"], going * ~sheltering["known"].to_numpy(bool)),
        }
    )
    table["share"] = table["sheltered"] / table["people"].where(table["people"] > 0)
    table["minutes"] /= table["sheltered"].where(table["sheltered"] > 0)
    whole = ["people", "sheltered", "left_over", "capacity", "free", "unknown"]
    table[whole] = table[whole].astype(np.int64)
    table.insert(0, "sector_id", pd.Series([*ids, pd.NA], dtype=object))
    elsewhere = bool(table[["people", "capacity"]].iloc[-1].any())
    if elsewhere:
        table["sector_id"] = table["sector_id"].convert_dtypes()
    else:
        table = table.iloc[:-1].infer_objects()
    return table if sectors is None else _with_areas(table, sectors)


def _with_areas(table: pd.DataFrame, sectors: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give sums the areas of their sectors."""
    placed = crs.to_wgs84(sectors[sectors["sector_id"].notna().to_numpy()])
    shapes = placed.geometry.groupby(placed["sector_id"].astype(object)).agg(shapely.union_all)
    return gpd.GeoDataFrame(
        table,
        geometry=[shapes.get(one) for one in table["sector_id"]],
        crs=crs.WGS84,
    )


def _sector_of(rows: pd.DataFrame) -> pd.Series:
    return rows.get("sector_id", pd.Series(pd.NA, rows.index, dtype=object))


def _lies_in(shelters: gpd.GeoDataFrame, areas: Areas) -> NDArray[np.object_]:
    """Name the sector in which each shelter lies."""
    found = np.full(len(shelters), pd.NA, object)
    if not len(shelters) or not len(areas.shapes):
        return found
    points = crs.to_metres(shelters, areas.crs).representative_point().to_numpy()
    row, area = shapely.STRtree(areas.shapes).query(
        points, predicate="dwithin", distance=ON_BORDER_M
    )
    off = shapely.distance(points[row], areas.shapes[area])
    order = np.lexsort((area, off, row))
    row, area = row[order], area[order]
    first = np.append([True], row[1:] != row[:-1])[: len(row)]
    found[row[first]] = areas.sector_ids.to_numpy(object)[area[first]]
    return found
