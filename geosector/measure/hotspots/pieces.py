"""Roads in pieces, on which accidents can be counted: of one length, or from crossing to crossing.

The pieces and their order depend on the ground alone, not on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import InputError
from geosector.language import text
from geosector.measure.access.network import build_network, stretch_lines
from geosector.measure.coded import require_whole
from geosector.tables import Problem, problems_table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]

PIECE_M = 250.0
SHORTEST_M = 10.0
_NAMES = ("name", "road_class")


class Pieces(NamedTuple):
    """Pieces of road, and the rows of the roads that are in none of them."""

    table: gpd.GeoDataFrame
    problems: pd.DataFrame


def cut_roads(
    roads: gpd.GeoDataFrame, *, length_m: float = PIECE_M, keep: Sequence[str] = ()
) -> Pieces:
    """Join what has one name and one class, and cut it into pieces of nearly equal length.

    Parameters
    ----------
    roads : geopandas.GeoDataFrame
        Lines in any coordinate system; ``name`` and ``road_class`` where they are known.
    length_m : float
        Of a piece, 10 m or more. A road of length L becomes round(L / length_m) equal pieces, one
        at least.
    keep : sequence of str
        Further columns, such as one of traffic: where they differ, a road is not joined.

    Returns
    -------
    Pieces
        ``table``: ``piece_id`` (0 …), ``name``, ``road_class``, what is kept, ``length_m``, and
        lines, EPSG:4326. A road is joined where exactly two ends of it meet. Rows that are no
        lines, and lines that stand twice, are listed.

    Raises
    ------
    InputError
        Where the length is no number from 10.
    MissingColumnError
        Where a column to keep is not there.
    MissingCRSError
        Where there is no coordinate system.

    Examples
    --------
    Two rows of one road, 700 m together, are three pieces of 233 m:

    >>> ways = [shapely.LineString([(0, 0), (300, 0)]), shapely.LineString([(300, 0), (700, 0)])]
    >>> moved = [shapely.transform(way, lambda xy: xy + [5e5, 4e6]) for way in ways]
    >>> roads = gpd.GeoDataFrame({"name": ["Quds", "Quds"]}, geometry=moved, crs=32637)
    >>> cut_roads(roads).table[["name", "length_m"]].round().values.tolist()
    [['Quds', 233.0], ['Quds', 233.0], ['Quds', 233.0]]
    >>> len(cut_roads(roads.iloc[:0]).table)
    0
    >>> cut_roads(roads, length_m=0)
    Traceback (most recent call last):
    geosector.errors.InputError: The length of a piece is 0 m; give a number from 10.
    """
    known = isinstance(length_m, int | float | np.number)
    if not (known and SHORTEST_M <= length_m < np.inf):
        raise InputError(
            text("The length of a piece is {given} m; give a number from 10.", given=length_m)
        )
    require_whole(roads, *keep, name="roads")
    lines, rows, problems = _lines(roads)
    columns = [*_NAMES, *keep]
    said = _columns(roads, columns).iloc[rows].reset_index(drop=True)
    if not len(rows):
        return Pieces(_table(said, lines, crs.WGS84), problems_table(problems))
    system = crs.to_metres(roads.iloc[rows]).crs
    group = said.groupby(columns, sort=True, dropna=False).ngroup().to_numpy()
    merged, of_group = _merged(lines, group)
    pieces, of_line = _cut(merged, length_m)
    firsts = pd.Series(np.arange(len(group))).groupby(group).first().to_numpy()
    told = said.iloc[firsts[of_group[of_line]]].reset_index(drop=True)
    return Pieces(_table(told, pieces, system), problems_table(problems))


def take_stretches(roads: gpd.GeoDataFrame, *, keep: Sequence[str] = ()) -> Pieces:
    """Take roads from crossing to crossing.

    Parameters
    ----------
    roads, keep
        As in `cut_roads`; what `build_network` heeds is heeded.

    Returns
    -------
    Pieces
        As in `cut_roads`.

    Raises
    ------
    InputError
        Where the roads have no coordinate system.
    MissingColumnError
        Where a column to keep is not there.

    Examples
    --------
    >>> ways = [[(0, 0), (200, 0)], [(100, -50), (100, 50)]]
    >>> moved = [shapely.LineString(np.add(way, [5e5, 4e6])) for way in ways]
    >>> roads = gpd.GeoDataFrame({"name": ["Quds", None]}, geometry=moved, crs=32637)
    >>> take_stretches(roads).table["length_m"].round().tolist()
    [100.0, 50.0, 50.0, 100.0]
    >>> len(take_stretches(roads.iloc[:0]).table)
    0
    """
    require_whole(roads, *keep, name="roads")
    network, problems = build_network(crs.require_crs(roads, "roads"))
    lines = shapely.normalize(stretch_lines(network, np.arange(len(network.road))))
    order = _by_place(lines)
    said = _columns(roads, [*_NAMES, *keep]).iloc[network.road[order]].reset_index(drop=True)
    return Pieces(_table(said, lines[order], network.crs), problems)


# --------------------------------------------------------------- lines


def _lines(roads: gpd.GeoDataFrame) -> tuple[Shapes, Ints, list[Problem]]:
    """Give single lines in metres, in an order of their own, and their rows; list the others."""
    given = crs.require_crs(roads, "roads").geometry.to_numpy()
    sound = (shapely.get_dimensions(given) == 1) & (shapely.length(given) > 0)
    sound &= np.isfinite(shapely.bounds(given)).all(axis=1) if len(given) else sound
    problems = [
        Problem("roads", row + 2, "geometry",
                text("nothing") if given[row] is None else given[row].geom_type,
                text("a line"), text("left out"))
        for row in np.flatnonzero(~sound).tolist()
    ]  # fmt: skip
    rows = np.flatnonzero(sound)
    if not len(rows):
        return np.zeros(0, object), rows, problems
    placed = crs.to_metres(roads.iloc[rows]).geometry.to_numpy()
    lines, part_of = shapely.get_parts(shapely.force_2d(placed), return_index=True)
    rows = rows[part_of]
    lines = shapely.normalize(lines)
    said = _columns(roads, _NAMES).iloc[rows].astype(str).agg("\n".join, axis=1).to_numpy(str)
    order = _by_place(lines, said)
    lines, rows, said = lines[order], rows[order], said[order]
    again = np.zeros(len(lines), bool)
    again[1:] = shapely.equals_exact(lines[1:], lines[:-1]) & (said[1:] == said[:-1])
    problems += [
        Problem("roads", int(row) + 2, "geometry", text("a line that stands twice"),
                text("each road once"), text("left out"))
        for row in sorted(rows[again])
    ]  # fmt: skip
    return lines[~again], rows[~again], problems


def _by_place(lines: Shapes, said: NDArray[np.str_] | None = None) -> Ints:
    """Put lines in an order that depends on where they lie, then on what is said of them."""
    middles = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    starts = shapely.get_point(lines, 0)
    keys = [
        shapely.length(lines), shapely.get_x(middles), shapely.get_y(middles),
        shapely.get_y(starts), *shapely.bounds(lines).reshape(-1, 4)[:, ::-1].T,
    ]  # fmt: skip
    words = [] if said is None else [np.unique(said, return_inverse=True)[1]]
    return np.lexsort((*words, *keys))


def _merged(lines: Shapes, group: Ints) -> tuple[Shapes, Ints]:
    """Join the lines of each group end to end."""
    order = np.argsort(group, kind="stable")
    whole = shapely.multilinestrings(lines[order], indices=group[order])
    parts, of_group = shapely.get_parts(shapely.line_merge(whole), return_index=True)
    parts = shapely.normalize(parts)
    placed = _by_place(parts)
    placed = placed[np.argsort(of_group[placed], kind="stable")]
    return parts[placed], of_group[placed]


def _cut(lines: Shapes, length_m: float) -> tuple[Shapes, Ints]:
    """Cut each line into equal pieces; say of which line each is."""
    lengths = shapely.length(lines)
    counts = np.maximum(np.rint(lengths / length_m), 1).astype(np.int64)
    line = np.repeat(np.arange(len(lines)), counts - 1)
    number = np.arange(len(line)) - np.repeat(np.cumsum(counts - 1) - (counts - 1), counts - 1) + 1
    cut_at = number * lengths[line] / counts[line]
    cuts = shapely.get_coordinates(shapely.line_interpolate_point(lines[line], cut_at))
    xy, of_line = shapely.get_coordinates(lines, return_index=True)
    steps = np.hypot(*np.diff(xy, axis=0).T)
    steps[of_line[1:] != of_line[:-1]] = 0.0
    along = np.concatenate([[0.0], np.cumsum(steps)])
    position = along - along[np.searchsorted(of_line, np.arange(len(lines)))][of_line]
    # Each cut is the end of one piece and the start of the next.
    every_xy = np.vstack([xy, cuts, cuts])
    every_line = np.concatenate([of_line, line, line])
    every_at = np.concatenate([position, cut_at, cut_at])
    starts = np.repeat([0, 0, 1], [len(xy), len(cuts), len(cuts)])
    order = np.lexsort((starts, every_at, every_line))
    begins = starts[order] == 1
    begins[1:] |= every_line[order][1:] != every_line[order][:-1]
    piece = np.cumsum(begins)
    pieces: Shapes = shapely.linestrings(every_xy[order], indices=piece)
    return pieces, np.repeat(np.arange(len(lines)), counts)


def _columns(roads: gpd.GeoDataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Give columns of the roads; names that nobody knows are empty."""
    table = pd.DataFrame(roads)
    made = {name: table[name] if name in table else pd.Series("", roads.index) for name in names}
    shown = pd.DataFrame(made, index=roads.index)
    for name in _NAMES:
        shown[name] = shown[name].astype("object").map(lambda one: "" if pd.isna(one) else str(one))
    return shown


def _table(said: pd.DataFrame, lines: Shapes, system: object) -> gpd.GeoDataFrame:
    made = said.assign(length_m=shapely.length(lines))
    made.insert(0, "piece_id", np.arange(len(lines)))
    return crs.to_wgs84(gpd.GeoDataFrame(made, geometry=lines, crs=system))
