"""Two layouts of one city side by side: who changes sector, which borders stay."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import InputError
from geosector.language import text
from geosector.partition.identity import match_sectors
from geosector.partition.noding import UNITS_PER_METRE
from geosector.partition.overlay import on_millimetres, overlay, whole_shares
from geosector.partition.stored import AnyLayout, Sides, Tables, shared_sides, tables_of

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]

_NOWHERE = -1


class Comparison(NamedTuple):
    """What changed between two layouts.

    ``sectors``: one row for each sector after, then one for each that is gone: ``sector_id``,
    ``previous_id`` (the sector that it continues), ``population``, ``previous_population``,
    ``kept``, ``gained``, ``lost`` (people). ``moves``: ``from_id, to_id, population, area_km2`` of
    everything that changes hands; ``from_id`` is missing for ground that was in no sector.
    ``summary``: the whole in numbers, ready for JSON.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely.geometry import box
    >>> sectors = gpd.GeoDataFrame({"sector_id": [1], "population": [9]},
    ...                            geometry=[box(30, 33, 30.001, 33.001)], crs="EPSG:4326")
    >>> compare_layouts(sectors, sectors.assign(sector_id=2)).summary["people_renumbered"]
    9
    """

    sectors: pd.DataFrame
    moves: pd.DataFrame
    summary: dict[str, Any]


class _Areas(NamedTuple):
    """Areas of a layout in metres, the number of the sector of each, and its people."""

    shapes: Shapes
    sector: Ints
    people: Ints


def compare_layouts(before: AnyLayout, after: AnyLayout, *, near_m: float = 1.0) -> Comparison:
    """Tell what a new layout changes for people.

    All people are those of the layout after, where they live now. A sector after continues the
    sector before with which it is matched so that as many people as possible stay (`linear sum
    assignment`): a mere change of numbers moves nobody, and is told apart (``people_renumbered``).

    Parameters
    ----------
    before, after : Layout, mapping of tables by name, or geopandas.GeoDataFrame
        Layouts, or what a GeoPackage holds: ``blocks``, else ``sectors``, with ``sector_id`` and
        ``population``; common borders with common corners, as geosector writes them. Where the
        areas of the two differ, people are taken to be spread evenly over each of them.
    near_m : float
        Metres within which a border counts as kept where the blocks differ, because a street drawn
        anew lies a little beside itself. Where the blocks are the same, borders are compared
        exactly.

    Returns
    -------
    Comparison
        The summary holds ``people_before``, ``people_after``; ``people_moved`` (who are in another
        sector than the one that continues theirs) and ``share_moved`` (of people whose ground was
        in a sector); ``people_on_new_ground``; ``people_renumbered``; ``border_before_m``,
        ``border_kept_m``, ``border_kept_share`` (old inner border that still is one; None where
        there was none); ``adjusted_rand`` (see `adjusted_rand`).

    Raises
    ------
    InputError, MissingColumnError, MissingCRSError
        Where one of the two is no layout, or the two have no ground in common.

    Examples
    --------
    Four squares of 0.001 degrees in a row, 100 people on each; sector 1 of the first two gets the
    third as well. Of 400 people 100 move; the border between the second and the third, about
    111 m, is no more. Adjusted Rand by hand: pairs of people together in both 29,800, before
    39,800, after 49,800, of 79,800 in all.

    >>> import geopandas as gpd
    >>> from shapely import box
    >>> squares = [box(30 + place / 1000, 33, 30.001 + place / 1000, 33.001) for place in range(4)]
    >>> blocks = gpd.GeoDataFrame({"block_id": range(4), "sector_id": [1, 1, 2, 2],
    ...                            "population": 100}, geometry=squares, crs="EPSG:4326")
    >>> found = compare_layouts(blocks, blocks.assign(sector_id=[1, 1, 1, 2]))
    >>> found.sectors.drop(columns="previous_population").values.tolist()
    [[1, 1, 300, 200, 100, 0], [2, 2, 100, 100, 0, 100]]
    >>> found.moves[["from_id", "to_id", "population"]].values.tolist()
    [[2, 1, 100]]
    >>> {name: found.summary[name] for name in ("people_moved", "share_moved", "adjusted_rand")}
    {'people_moved': 100, 'share_moved': 0.25, 'adjusted_rand': 0.248588}
    >>> round(found.summary["border_before_m"]), found.summary["border_kept_share"]
    (111, 0.0)
    >>> compare_layouts(blocks, blocks).summary["people_moved"]
    0
    >>> compare_layouts(blocks.iloc[:0], blocks)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The layout before has no rows.
    """
    old_tables = tables_of(before, text("The layout before"))
    new_tables = tables_of(after, text("The layout after"))
    old, new = _areas(old_tables, old_tables), _areas(new_tables, old_tables)
    pieces = _people_pieces(new, old)
    if not (pieces["old"] != _NOWHERE).any():
        raise InputError(
            text("The two layouts have no ground in common. Give two layouts of one city.")
        )
    old_ids, new_ids = np.unique(old.sector), np.unique(new.sector)
    flow = _flow(pieces, old, new)
    shared = _table_of(flow, old_ids, new_ids)
    match = match_sectors(shared, old_ids, new_ids)
    sectors = _sector_rows(flow, shared, match, old_ids, new_ids)
    kept = float(shared[match[match >= 0], np.flatnonzero(match >= 0)].sum())
    renumbered = sectors["sector_id"].ne(sectors["previous_id"]).fillna(value=False)
    same = len(old.shapes) == len(new.shapes) == len(pieces) and bool(
        (shapely.area(new.shapes)[pieces["new"]] == pieces["area"]).all()
    )
    metres, metres_kept = _borders_kept(old, new, near_m, exact=same)
    everybody, nowhere = int(new.people.sum()), int(new.people.sum()) - int(shared.sum())
    summary = {
        "sectors_before": len(old_ids),
        "sectors_after": len(new_ids),
        "people_before": int(old.people.sum()),
        "people_after": everybody,
        "people_on_new_ground": nowhere,
        "people_moved": int(shared.sum() - kept),
        "share_moved": _share(float(shared.sum()) - kept, float(shared.sum())) or 0.0,
        "people_renumbered": int(sectors.loc[renumbered, "kept"].sum()),
        "border_before_m": round(metres, 3),
        "border_kept_m": round(metres_kept, 3),
        "border_kept_share": _share(metres_kept, metres),
        "adjusted_rand": round(adjusted_rand(shared), 6),
    }
    return Comparison(sectors, _moves(flow, match, old_ids, new_ids), summary)


def adjusted_rand(shared: Floats) -> float:
    """Say how alike two divisions are: 1 for the same, about 0 for two made by chance.

    Adjusted Rand index over pairs of people: with nᵢⱼ people in sector i before and j after, row
    sums aᵢ, column sums bⱼ, n people in all, and pairs C(x) = x (x − 1) / 2,

        (Σ C(nᵢⱼ) − E) / ((Σ C(aᵢ) + Σ C(bⱼ)) / 2 − E),  E = Σ C(aᵢ) · Σ C(bⱼ) / C(n).

    Source: L. Hubert and P. Arabie, "Comparing partitions", Journal of Classification 2 (1985),
    193–218, equation 5.

    Parameters
    ----------
    shared : array, shape (sectors before, sectors after)
        People, whole.

    Returns
    -------
    float
        1 where each of both divisions leaves no choice (one sector, or one person in each).

    Examples
    --------
    >>> adjusted_rand(np.array([[2, 0], [0, 2]]))
    1.0

    Pairs together in both 1, before 2, after 3, of 6 in all; E = 1: (1 − 1) / (2.5 − 1).

    >>> adjusted_rand(np.array([[2, 0], [1, 1]])).__round__(9), adjusted_rand(np.array([[4]]))
    (0.0, 1.0)
    """

    def pairs(people: Floats) -> float:
        return float((people * (people - 1) / 2).sum())

    counts = np.asarray(shared, float)
    together = pairs(counts)
    before, after, all_pairs = (
        pairs(counts.sum(axis=1)), pairs(counts.sum(axis=0)), pairs(counts.sum(keepdims=True))
    )  # fmt: skip
    expected = before * after / all_pairs if all_pairs else 0.0
    most = (before + after) / 2
    return 1.0 if most == expected else (together - expected) / (most - expected)


def _areas(tables: Tables, first: Tables) -> _Areas:
    """Bring the areas of a layout into the metric system of the first."""
    table = tables.areas
    shapes = on_millimetres(crs.densify(table), first.metric)
    people = table["population"].to_numpy(float)
    codes = shapely.to_wkb(shapely.normalize(shapes))
    order = np.array(sorted(range(len(codes)), key=codes.__getitem__), np.int64)
    return _Areas(
        shapes[order],
        table["sector_id"].to_numpy(np.int64)[order],
        np.rint(people).astype(np.int64)[order],
    )


def _people_pieces(new: _Areas, old: _Areas) -> pd.DataFrame:
    """Cut the new areas along the old ones: ``new, old`` (-1: no old one), ``area, people``."""
    pieces = overlay(new.shapes, old.shapes)
    area = shapely.area(new.shapes)
    rest = area - np.bincount(pieces["new"], pieces["area"], len(area))
    bare = np.flatnonzero(rest > 1e-6 * area)
    nowhere = pd.DataFrame({"new": bare, "old": _NOWHERE, "area": rest[bare]})
    pieces = pd.concat([pieces, nowhere], ignore_index=True)
    group = pieces["new"].to_numpy(np.int64)
    pieces["people"] = whole_shares(group, pieces["area"].to_numpy(float), new.people)
    return pieces


def _flow(pieces: pd.DataFrame, old: _Areas, new: _Areas) -> pd.DataFrame:
    """Sum pieces by sector: ``from_id`` (0: none), ``to_id``, ``people``, ``area``."""
    came = np.append(old.sector, 0)[pieces["old"]]
    named = pieces.assign(from_id=came, to_id=new.sector[pieces["new"]])
    return named.groupby(["from_id", "to_id"], as_index=False)[["people", "area"]].sum()


def _table_of(flow: pd.DataFrame, old_ids: Ints, new_ids: Ints) -> Floats:
    """Write the people that an old and a new sector share as a table."""
    shared = np.zeros((len(old_ids), len(new_ids)))
    known = flow[flow["from_id"] != 0]
    row = np.searchsorted(old_ids, known["from_id"])
    shared[row, np.searchsorted(new_ids, known["to_id"])] = known["people"]
    return shared


def _sector_rows(
    flow: pd.DataFrame, shared: Floats, match: Ints, old_ids: Ints, new_ids: Ints
) -> pd.DataFrame:
    now = flow.groupby("to_id")["people"].sum().reindex(new_ids).to_numpy(np.int64)
    was = shared.sum(axis=1)
    found = match >= 0
    kept = np.where(found, shared[match, np.arange(len(match))], 0)
    before = np.where(found, was[match], 0)
    gone = np.setdiff1d(np.arange(len(old_ids)), match)
    none = np.zeros(len(gone))
    rows = {
        "population": [now, none],
        "previous_population": [before, was[gone]],
        "kept": [kept, none],
        "gained": [now - kept, none],
        "lost": [before - kept, was[gone]],
    }
    table = pd.DataFrame(
        {
            "sector_id": pd.array([*new_ids, *[None] * len(gone)], dtype="Int64"),
            "previous_id": pd.array(
                [*(old_ids[one] if one >= 0 else None for one in match), *old_ids[gone]],
                dtype="Int64",
            ),
        }
    )
    for name, (those, vanished) in rows.items():
        table[name] = np.concatenate([those, vanished]).astype(np.int64)
    return table


def _moves(flow: pd.DataFrame, match: Ints, old_ids: Ints, new_ids: Ints) -> pd.DataFrame:
    """List what goes to a sector that does not continue its own."""
    continued = {
        int(new): int(old_ids[old]) for new, old in zip(new_ids, match, strict=True) if old >= 0
    }
    stays = flow["from_id"].to_numpy() == flow["to_id"].map(continued).fillna(-1).to_numpy()
    moved = flow[~stays].reset_index(drop=True)
    came = moved["from_id"].astype("Int64")
    return pd.DataFrame(
        {
            "from_id": came.mask(came == 0),
            "to_id": moved["to_id"].astype("Int64"),
            "population": moved["people"].astype(np.int64),
            "area_km2": moved["area"] / 1e6,
        }
    )


def _borders_kept(old: _Areas, new: _Areas, near_m: float, *, exact: bool) -> tuple[float, float]:
    """Measure the old inner border, and what of it still is one."""
    before, after = _inner(old), _inner(new)
    metres = float(before.metres.sum())
    if exact:
        key = pd.MultiIndex.from_arrays(after.ends.T)
        still = pd.MultiIndex.from_arrays(before.ends.T).isin(key)
        return metres, float(before.metres[still].sum())
    near = shapely.buffer(shapely.union_all(_lines(after)), near_m)
    return metres, float(shapely.length(shapely.intersection(_lines(before), near)).sum())


def _inner(areas: _Areas) -> Sides:
    """Give the sides between two sectors."""
    sides = shared_sides(areas.shapes)
    between = areas.sector[sides.left] != areas.sector[sides.right]
    return Sides(*(column[between] for column in sides))


def _lines(sides: Sides) -> Shapes:
    lines: Shapes = shapely.linestrings(sides.ends.reshape(-1, 2, 2) / UNITS_PER_METRE)
    return lines


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 6) if whole else None
