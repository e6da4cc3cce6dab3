"""What was drawn by hand, and who gets which ground.

- Where several sectors claim the same ground, the new claim wins: the old one was only left behind.
- Ground that no sector claims goes to the neighbour with the longest common border; to the sector
  that gave it up only where there is no other.
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.language import text
from geosector.partition.blocks import Fabric
from geosector.partition.graph import BlockGraph
from geosector.partition.identity import match_sectors
from geosector.partition.overlay import on_millimetres
from geosector.partition.rows import kind_of, row_number, text_column
from geosector.partition.stored import Division
from geosector.tables import Problem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]

NOBODY = -1
# Claims to a block that differ by less than this share of it are equal.
EQUAL_SHARE = 1e-6
# A claim to less of a block is a slip of the hand.
_LEAST_SHARE = 0.01
# What the problems call the table that was edited.
FILE = "edited"
# Numbers of sectors above this are slips of the pen.
_MOST_NUMBER = 1e6


class Claims(NamedTuple):
    """The edited sectors, in an order that does not depend on their rows.

    ``shapes``: metres. ``sector_id``: as given, 0 where it is missing, no whole number from 1 on,
    or given more than once. ``given``: the same, with those given more than once. ``name``: as
    given, else empty.
    """

    shapes: Shapes
    sector_id: Ints
    given: Ints
    name: NDArray[np.object_]


def read_claims(edited: gpd.GeoDataFrame, fabric: Fabric) -> tuple[Claims, list[Problem]]:
    """Take the polygons, and the numbers that name one sector each."""
    shapes = on_millimetres(crs.densify(edited), fabric.crs)
    drawn = shapely.make_valid(shapes)
    polygonal = np.array([surface(shape) for shape in drawn], object)
    good = ~shapely.is_empty(polygonal)
    problems = [
        Problem(FILE, row_number(edited, row), "geometry", kind_of(shapes[row]), text("a polygon"),
                text("The row was left out."))
        for row in np.flatnonzero(~good).tolist()
    ]  # fmt: skip
    stated = _whole_numbers(edited)
    taken, times = np.unique(stated[good], return_counts=True)
    once = taken[(times == 1) & (taken > 0)]
    sector_id = np.where(np.isin(stated, once), stated, 0)
    words = text_column(edited, "sector_id")
    problems += [
        Problem(FILE, row_number(edited, row), "sector_id", words[row],
                text("a whole number from 1 on that stands in one row"),
                text("The number was found by shared population."))
        for row in np.flatnonzero(good & (sector_id == 0)).tolist()
    ]  # fmt: skip
    names = text_column(edited, "name")
    code = shapely.to_wkb(shapely.normalize(polygonal))
    order = sorted(
        np.flatnonzero(good).tolist(),
        key=lambda row: (sector_id[row] == 0, sector_id[row], code[row], names[row]),
    )
    place = np.array(order, np.int64)
    return Claims(polygonal[place], sector_id[place], stated[place], names[place]), problems


def surface(shape: shapely.Geometry | None) -> shapely.Geometry:
    """Keep of a shape what has an area."""
    parts = shapely.get_parts(shape) if shape is not None else np.zeros(0, object)
    areas = [one for one in parts if one.geom_type == "Polygon" and one.area > 0]
    return areas[0] if len(areas) == 1 else shapely.MultiPolygon(areas)


def _whole_numbers(edited: gpd.GeoDataFrame) -> Ints:
    """Give ``sector_id`` where it is a whole number from 1 on, else 0."""
    if "sector_id" not in edited:
        return np.zeros(len(edited), np.int64)
    given = pd.to_numeric(edited["sector_id"], errors="coerce").to_numpy(float, na_value=np.nan)
    whole = (given >= 1) & (given < _MOST_NUMBER) & (given == np.floor(given))
    return np.where(whole, given, 0).astype(np.int64)


def sectors_before(raw: pd.DataFrame, claims: Claims, division: Division) -> Ints:
    """Say which sector before each claim continues; 0 for none.

    Parameters
    ----------
    raw : pandas.DataFrame
        ``block, claim, area`` (m²): what each claim covers of each block.
    claims : Claims
    division : Division

    Returns
    -------
    array of int, shape (claims,)
    """
    area = shapely.area(division.fabric.blocks)
    block, claim = raw["block"].to_numpy(), raw["claim"].to_numpy()
    ids = np.unique(division.sector)
    # Where nobody lives, a little for the ground itself.
    weight = (division.people + area / area.sum())[block] * raw["area"].to_numpy() / area[block]
    shared = np.zeros((len(ids), len(claims.shapes)))
    np.add.at(shared, (np.searchsorted(ids, division.sector[block]), claim), weight)
    return continued(shared, ids, claims.sector_id)


def continued(shared: Floats, ids: Ints, stated: Ints) -> Ints:
    """Give the sector before that each continues: the one of its number, else by shared people.

    Parameters
    ----------
    shared : array of float, shape (len(ids), n)
        People.
    ids : array of int
        Numbers of the sectors before.
    stated : array of int, shape (n,)
        Numbers as given, 0 for none.

    Returns
    -------
    array of int, shape (n,)
        A number of ``ids``; 0 for none.

    Examples
    --------
    >>> shared = np.array([[9.0, 1.0, 0.0], [0.0, 5.0, 5.0]])
    >>> continued(shared, np.array([1, 2]), np.array([2, 0, 7])).tolist()
    [2, 1, 0]
    """
    before = np.where(np.isin(stated, ids), stated, 0)
    free, open_ids = stated == 0, ~np.isin(ids, before)
    match = match_sectors(shared[np.ix_(open_ids, free)], ids[open_ids])
    before[free] = np.where(match >= 0, np.append(ids[open_ids], 0)[match], 0)
    return before


def settled(raw: pd.DataFrame, claims: Claims, before: Ints, division: Division) -> pd.DataFrame:
    """Settle overlaps: ``block, claim, area, shape, old``, no two pieces on the same ground.

    ``shape`` is missing where it is simply what block and claim share. ``old``: the claim is of the
    sector that had the block before.
    """
    blocks = division.fabric.blocks
    area = shapely.area(blocks)
    pieces = raw.assign(
        shape=None, old=before[raw["claim"]] == division.sector[raw["block"]]
    ).sort_values(["block", "old", "area", "claim"], ascending=[True, True, False, True])
    claimed = np.bincount(pieces["block"], pieces["area"], len(blocks))
    several = pieces["block"].duplicated(keep=False).to_numpy()
    fought = several & (claimed > area * (1 + EQUAL_SHARE))[pieces["block"]]
    shapes = pieces["shape"].to_numpy(object).copy()
    areas = pieces["area"].to_numpy(float).copy()
    # New claims come first, the old one last: each takes what is left.
    left: dict[int, shapely.Geometry] = {}
    for row in np.flatnonzero(fought).tolist():
        block = int(pieces["block"].iloc[row])
        rest = left.get(block, blocks[block])
        claim = claims.shapes[int(pieces["claim"].iloc[row])]
        shapes[row] = surface(shapely.intersection(rest, claim))
        areas[row] = shapely.area(shapes[row])
        left[block] = shapely.difference(rest, claim)
    settled = pieces.assign(shape=shapes, area=areas, share=areas / area[pieces["block"]])
    return settled[settled["share"] > EQUAL_SHARE].reset_index(drop=True)


def most_of(pieces: pd.DataFrame, blocks: int) -> Ints:
    """Give each block to the claim that covers most of it; of equal ones to the new one.

    Parameters
    ----------
    pieces : pandas.DataFrame
        From `settled`.
    blocks : int
        Number of blocks.

    Returns
    -------
    array of int, shape (blocks,)
        Place of the claim; -1 where nobody claims a hundredth of the block.
    """
    ranked = pieces[pieces["share"] >= _LEAST_SHARE]
    ranked = ranked.assign(share=-(ranked["share"] / EQUAL_SHARE).round())
    first = ranked.sort_values(["block", "share", "old", "claim"]).drop_duplicates("block")
    claim = np.full(blocks, NOBODY, np.int64)
    claim[first["block"]] = first["claim"]
    return claim


def filled(graph: BlockGraph, claim: Ints, before: Ints, sector: Ints) -> Ints:
    """Give unclaimed blocks to the neighbour with the longest border, from the edge of the gap on.

    The sector that had a block before and gave it up gets it only where there is no other.

    Parameters
    ----------
    graph : BlockGraph
        Connected.
    claim : array of int, shape (graph.size,)
        Place of the claim to each block, -1 for none; not -1 everywhere.
    before : array of int, shape (claims,)
        From `sectors_before`.
    sector : array of int, shape (graph.size,)
        The sector before of each block.

    Returns
    -------
    array of int, shape (graph.size,)
        Without -1.
    """
    claim = claim.copy()
    one = np.repeat(np.arange(graph.size), np.diff(graph.indptr))
    two = graph.indices.astype(np.int64)
    metres = graph.metres.sum(axis=1)
    while (claim == NOBODY).any():
        edge = (claim[one] == NOBODY) & (claim[two] != NOBODY)
        offers = pd.DataFrame(
            {"block": one[edge], "claim": claim[two[edge]], "metres": metres[edge]}
        )
        offers = offers.groupby(["block", "claim"], as_index=False)["metres"].sum()
        offers["old"] = before[offers["claim"]] == sector[offers["block"]]
        offers = offers.sort_values(
            ["block", "old", "metres", "claim"], ascending=[True, True, False, True]
        )
        first = offers.drop_duplicates("block")
        claim[first["block"]] = first["claim"]
    return claim
