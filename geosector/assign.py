"""Which zone holds each point: exact, and fast for millions of points.

The plane is cut into a grid over the zones. Most cells lie inside one zone or outside all of
them, and a point there is answered by one look-up. Only cells that a border passes need
geometry, and only the borders in the cell are looked at:

1. The rings of all zones are cut into edges; an edge that two zones share, in opposite
   directions, becomes one *border* that knows the zone on its left and on its right.
2. Each border is drawn into the grid, with a margin, so that no cell that it touches is missed.
3. Along the middle line of each row the zones entered and left are summed up from the west; so
   every cell that no border touches knows its zone, whatever the order of crossings in one cell.
4. In a cell with one border the side of the border decides. In a cell with several, the same
   sum is continued from the row's middle line to the point. The side is the sign of a
   determinant; where rounding could change the sign, it is computed in integers, without error.

So the answers are those of testing every zone with GEOS ``intersects``; a point on a shared
border belongs to the zone whose key comes first. Longitude and latitude are taken as plane
coordinates, as GEOS takes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from geosector.crs import require_crs, to_wgs84
from geosector.errors import InputError, MissingColumnError, OverlapError
from geosector.language import text

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Cells = NDArray[np.int32]

OUTSIDE = -1
NO_ZONE = 2**31 - 1  # above every position

# Coordinates written with seven decimals move a vertex by up to half a unit there, so a border
# drawn twice may overlap by one unit (a centimetre) and a little: what is thinner is no overlap.
SLIVER_DEGREES = 2e-7

# About two hundred cells for each border keep most points out of cells with borders; beyond four
# million cells (16 MB) the look-up itself slows down.
CELLS_PER_BORDER = 200
MOST_CELLS = 2**22
# In cells: far above the rounding error of a cell coordinate, far below what costs time.
MARGIN = 1e-5
# A cell is never smaller than this share of the largest coordinate, so that rounding stays small.
SMALLEST_CELL = 2.0**-30
# Points handled at once: their columns stay in the processor's cache.
CHUNK = 2**16
# Pairs of point and border handled at once.
MOST_PAIRS = 2**20
# Shewchuk (1997), "Adaptive precision floating-point arithmetic": the sign of a two by two
# determinant of differences is right where its size is above this share of its two products.
SURE = 3.4e-16
# Where the products are this small they lose digits, and the share above promises nothing.
SMALLEST_PRODUCT = 1e-290
# A zone as a number that can be summed: its position + 1, and one in the upper half for counting.
ONE = 2**32


class Assigner:
    """Zones made ready to say which of them holds a point.

    Built once, asked often; the object never changes, so threads may share it, and it pickles.

    Parameters
    ----------
    zones : geopandas.GeoDataFrame
        Polygons with a coordinate system (brought to EPSG:4326), one row for each zone.
    column : str
        The column that names the zones: integers or text, each value once. The order of the
        rows does not matter: zones are put in the order of this column.

    Attributes
    ----------
    keys : array, shape (zones,)
        The values of ``column`` by position.
    bounds : array, shape (zones, 4)
        West, south, east, north of each zone by position.
    column : str
        The name of the column.

    Raises
    ------
    MissingColumnError
        Where ``column`` is not there.
    MissingCRSError
        Where the zones have no coordinate system.
    InputError
        Where there are no zones, a zone is missing, empty, invalid or not a polygon, or a key is
        missing or stands twice.
    OverlapError
        Where two zones share ground that is thicker than 2e-7 degrees (2 cm): twice its area by
        its perimeter. Thinner overlaps come from rounded coordinates; a point in one belongs to
        the zone whose key comes first.

    Notes
    -----
    The cost is one pass over the vertices to build, and then a look-up for most points; see the
    head of the module. Memory for 8,000 zones is about 30 MB, whatever the number of points.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> zones = gpd.GeoDataFrame(
    ...     {"sector_id": [2, 1]}, geometry=[box(1, 0, 2, 1), box(0, 0, 1, 1)], crs="EPSG:4326"
    ... )
    >>> assigner = Assigner(zones)
    >>> assigner.keys.tolist()
    [1, 2]
    >>> assigner.assign([0.5, 1.0, 1.5, 9.0, float("nan")], [0.5] * 5).tolist()
    [0, 0, 1, -1, -1]
    >>> assigner.assign([], []).tolist()
    []
    >>> Assigner(zones.assign(geometry=box(0, 0, 1, 1)))
    Traceback (most recent call last):
    ...
    geosector.errors.OverlapError: Zones 1 and 2 overlap, so a point there ...
    """

    def __init__(self, zones: gpd.GeoDataFrame, *, column: str = "sector_id") -> None:
        self.column = column
        self._shapes, self.keys = _ordered_zones(zones, column)
        self.bounds: Floats = shapely.bounds(self._shapes)
        borders = _borders(self._shapes)
        self._frame = _frame(borders, self.bounds)
        self._index = _index(borders, self._frame, self._shapes, self.bounds, self.keys)

    def assign(self, x: ArrayLike, y: ArrayLike) -> Cells:
        """Say which zone holds each point.

        Parameters
        ----------
        x, y : array, shape (n,)
            Longitude and latitude in degrees, EPSG:4326.

        Returns
        -------
        array of int32, shape (n,)
            Positions in `keys`; -1 outside every zone and where a coordinate is not finite.

        Raises
        ------
        InputError
            Where x and y differ in length or have more than one dimension.
        """
        lon, lat = np.asarray(x, float), np.asarray(y, float)
        if lon.shape != lat.shape or lon.ndim != 1:
            raise InputError(
                text(
                    "x has the shape {x} and y the shape {y}. Give two columns of one length.",
                    x=lon.shape,
                    y=lat.shape,
                )
            )
        answer = np.empty(len(lon), np.int32)
        for first in range(0, len(lon), CHUNK):
            part = slice(first, first + CHUNK)
            answer[part] = self._assign_chunk(lon[part], lat[part])
        return answer

    def _assign_chunk(self, x: Floats, y: Floats) -> Cells:
        frame, index = self._frame, self._index
        answer = index.grid[_cell_of(frame, x, y)]
        point = np.flatnonzero(answer < OUTSIDE)
        if not len(point):
            return answer
        cell = -2 - answer[point].astype(np.int64)
        sorts = ((cell < index.one), (cell >= index.one) & (cell < index.several))
        one, some = (np.flatnonzero(sort) for sort in sorts)
        rest = point[cell >= index.several]
        answer[point[one]] = _beside_one_border(index, cell[one], x[point[one]], y[point[one]])
        for first, last in _batches(index.entries_of(cell[some] - index.one)):
            here = point[some[first:last]]
            found, unclear = _among_borders(
                index, cell[some[first:last]] - index.one, x[here], y[here]
            )
            answer[here] = found
            rest = np.concatenate([rest, here[unclear]])
        answer[rest] = [self._ask_geos(float(x[i]), float(y[i])) for i in rest]
        return answer

    def _ask_geos(self, x: float, y: float) -> int:
        """Test the zones one by one: for the few points in or beside slivers."""
        west, south, east, north = self.bounds.T
        near = np.flatnonzero((west <= x) & (x <= east) & (south <= y) & (y <= north))
        held = near[shapely.intersects_xy(self._shapes[near], x, y)]
        return int(held[0]) if len(held) else OUTSIDE

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_shapes": shapely.to_wkb(self._shapes)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._shapes = shapely.from_wkb(state["_shapes"])


def assign(
    points: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, *, column: str = "sector_id"
) -> gpd.GeoDataFrame:
    """Write beside each point which zone holds it.

    Parameters
    ----------
    points : geopandas.GeoDataFrame
        Points with a coordinate system; rows without geometry and rows that are not points
        (a line has no single zone) stay, with the reason.
    zones : geopandas.GeoDataFrame
        Polygons with a coordinate system and ``column``; see `Assigner`.
    column : str
        The column that names the zones.

    Returns
    -------
    geopandas.GeoDataFrame
        The same rows in the same order on the same index, in EPSG:4326, with

        - ``<column>``: nullable integer, or text where the keys are text;
        - ``<column>_problem``: text, why a row has no zone; missing where it has one.

        Columns of these names in the input become ``<name>_input``.

    Raises
    ------
    MissingColumnError, MissingCRSError, InputError, OverlapError
        As `Assigner`; MissingCRSError also for points.

    Examples
    --------
    >>> from shapely.geometry import Point, box
    >>> zones = gpd.GeoDataFrame({"sector_id": [1]}, geometry=[box(0, 0, 1, 1)], crs="EPSG:4326")
    >>> points = gpd.GeoDataFrame(geometry=[Point(0.5, 1), Point(3, 3), None], crs="EPSG:4326")
    >>> assign(points, zones)[["sector_id", "sector_id_problem"]]
       sector_id                   sector_id_problem
    0          1                                <NA>
    1       <NA>  The point lies outside every zone.
    2       <NA>            The row has no geometry.
    >>> len(assign(points.iloc[:0], zones))
    0
    >>> assign(points, zones.set_crs(None, allow_override=True))
    Traceback (most recent call last):
    ...
    geosector.errors.MissingCRSError: The table of zones has no coordinate system, ...
    """
    located = to_wgs84(require_crs(points, text("The table of points")))
    assigner = Assigner(zones, column=column)
    shapes = np.asarray(located.geometry.array)
    # What is no point has no coordinates but NaN; GEOS refuses to say those of an empty point.
    x, y = np.full((2, len(shapes)), np.nan)
    whole = np.flatnonzero(~shapely.is_empty(shapes))
    x[whole], y[whole] = shapely.get_x(shapes[whole]), shapely.get_y(shapes[whole])
    position = assigner.assign(x, y)
    kind = "Int64" if assigner.keys.dtype.kind == "i" else "string"
    values = pd.array(assigner.keys[position], dtype=kind)
    values[position == OUTSIDE] = pd.NA
    problems = pd.array(_why_without(shapes, position), dtype="string")
    names = (column, f"{column}_problem")
    result = located.rename(columns=_renamed(located, names))
    for name, made in zip(names, (values, problems), strict=True):
        result[name] = pd.Series(made, index=result.index)
    return result


def _why_without(shapes: NDArray[Any], position: NDArray[np.int32]) -> NDArray[Any]:
    """Give the reason of every row that has no zone, else None."""
    why = np.full(len(shapes), None, object)
    without = position == OUTSIDE
    why[without] = text("The point lies outside every zone.")
    for kind in np.unique(shapely.get_type_id(shapes[without])):
        if kind > 0:
            of_kind = without & (shapely.get_type_id(shapes) == kind)
            name = shapes[of_kind][0].geom_type
            why[of_kind] = text("The row is a {kind}, not a point.", kind=name)
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    why[empty] = text("The row has no geometry.")
    return why


def _renamed(table: gpd.GeoDataFrame, names: tuple[str, ...]) -> dict[str, str]:
    """Give the input's columns of these names the name ``<name>_input``, numbered if taken."""
    new: dict[str, str] = {}
    for name in names:
        if name in table.columns:
            free, number = f"{name}_input", 2
            while free in table.columns:
                free, number = f"{name}_input_{number}", number + 1
            new[name] = free
    return new


# --------------------------------------------------------------- zones checked and put in order


def _ordered_zones(zones: gpd.GeoDataFrame, column: str) -> tuple[NDArray[Any], NDArray[Any]]:
    located = to_wgs84(require_crs(zones, text("The table of zones")))
    if column not in list(zones.columns):
        raise MissingColumnError(
            text(
                "The zones have no column '{column}'. They have: {columns}.",
                column=column,
                columns=", ".join(str(name) for name in zones.columns),
            )
        )
    if not len(zones):
        raise InputError(text("The table of zones has no rows."))
    keys = _keys(located[column], column)
    order = np.argsort(keys, kind="stable")
    shapes, keys = np.asarray(located.geometry.array)[order], keys[order]
    twice = np.flatnonzero(keys[1:] == keys[:-1])
    if len(twice):
        raise InputError(
            text(
                "Zone {name} stands in two rows. Join its parts into one row (dissolve) first.",
                name=keys[twice[0]],
            )
        )
    _refuse_bad_shapes(shapes, keys)
    return shapely.force_2d(shapes), keys


def _keys(values: pd.Series, column: str) -> NDArray[Any]:
    if values.isna().any():
        raise InputError(
            text("A zone has no value in '{column}'. Give every zone a key.", column=column)
        )
    if pd.api.types.is_numeric_dtype(values) and (values == values.round()).all():
        return np.asarray(values, np.int64)
    return np.asarray([str(value) for value in values])


def _refuse_bad_shapes(shapes: NDArray[Any], keys: NDArray[Any]) -> None:
    polygon = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    if not polygon.all():
        bad = int(np.flatnonzero(~polygon)[0])
        what = "None" if shapes[bad] is None else shapes[bad].wkt[:40]
        raise InputError(
            text("Zone {name} is not a polygon but: {what}.", name=keys[bad], what=what)
        )
    valid = shapely.is_valid(shapes)
    if not valid.all():
        bad = int(np.flatnonzero(~valid)[0])
        raise InputError(
            text(
                "Zone {name} is not a valid polygon: {reason}. Repair it, for example with "
                "the make_valid of geopandas.",
                name=keys[bad],
                reason=shapely.is_valid_reason(shapes[bad]),
            )
        )


# --------------------------------------------------------------- rings → borders


class _Borders(NamedTuple):
    """Straight lines from a to b, each once, with the zones on both sides; -1 is no zone.

    Shape (borders,) each.
    """

    ax: Floats
    ay: Floats
    bx: Floats
    by: Floats
    left: Ints
    right: Ints


def _borders(shapes: NDArray[Any]) -> _Borders:
    """Cut the zones into edges, and make one border of each two that match."""
    ax, ay, bx, by, zone = _edges(shapes)
    # The key of an edge is the same in both directions; equal keys are then compared in full.
    key = _mixed(ax, ay) + _mixed(bx, by)
    order = np.argsort(key)
    alike = key[order[1:]] == key[order[:-1]]
    begins = np.concatenate([[True], ~alike])
    ends = np.concatenate([~alike, [True]])
    pair = np.flatnonzero(begins[:-1] & ~ends[:-1] & ends[1:])
    one, two = order[pair], order[pair + 1]
    opposite = (ax[one] == bx[two]) & (ay[one] == by[two]) & (bx[one] == ax[two])
    opposite &= by[one] == ay[two]
    one, two = one[opposite], two[opposite]
    alone = np.ones(len(zone), bool)
    alone[one] = alone[two] = False
    lone = np.flatnonzero(alone)
    kept = np.concatenate([one, lone])
    right = np.concatenate([zone[two], np.full(len(lone), OUTSIDE)])
    return _Borders(ax[kept], ay[kept], bx[kept], by[kept], zone[kept], right)


def _mixed(x: Floats, y: Floats) -> NDArray[np.uint64]:
    """Give a point a number that is equal for equal points and otherwise hardly ever."""
    # Adding zero turns -0.0 into 0.0; the odd factors are those of splitmix64 and xxHash.
    first, second = (x + 0.0).view(np.uint64), (y + 0.0).view(np.uint64)
    mixed = first * np.uint64(0x9E3779B97F4A7C15) ^ (second + np.uint64(1)) * np.uint64(
        0xC2B2AE3D27D4EB4F
    )
    mixed ^= mixed >> np.uint64(29)
    return mixed * np.uint64(0xBF58476D1CE4E5B9)


def _edges(shapes: NDArray[Any]) -> tuple[Floats, Floats, Floats, Floats, Ints]:
    """Give every edge of every ring, directed so that its zone lies on the left."""
    _, vertices, offsets = shapely.to_ragged_array(shapes, include_z=False)
    x, y = (np.ascontiguousarray(axis) for axis in vertices.T)
    ring_start = offsets[0].astype(np.int64)
    polygon_start = offsets[1].astype(np.int64)
    rings, polygons = len(ring_start) - 1, len(polygon_start) - 1
    of_polygon = np.arange(polygons)
    if len(offsets) == 3:  # noqa: PLR2004 - multipolygons have a third level of offsets
        of_polygon = np.repeat(np.arange(len(shapes)), np.diff(offsets[2]))
    hole = np.ones(rings, bool)
    hole[polygon_start[:-1]] = False
    is_start = np.ones(len(x), bool)
    is_start[ring_start[1:] - 1] = False
    start = np.flatnonzero(is_start)
    ring = np.repeat(np.arange(rings), np.diff(ring_start) - 1)
    # Twice the signed area of each ring, from its first vertex so that little is lost.
    x0, y0 = x[ring_start[ring]], y[ring_start[ring]]
    turn = (x[start] - x0) * (y[start + 1] - y0) - (y[start] - y0) * (x[start + 1] - x0)
    backwards = (np.bincount(ring, turn, rings) < 0) != hole
    a = start + backwards[ring]
    b = start + ~backwards[ring]
    zone = np.repeat(of_polygon, np.diff(polygon_start))[ring]
    ax, ay, bx, by = x[a], y[a], x[b], y[b]
    real = (ax != bx) | (ay != by)
    return ax[real], ay[real], bx[real], by[real], zone[real]


# --------------------------------------------------------------- the grid


class _Frame(NamedTuple):
    """Where the grid lies: cells are squares of 1/scale degrees, rows from south to north.

    Two rows and columns around the zones stay free, so that what lies outside meets no border.
    """

    west: float
    south: float
    scale: float
    columns: int
    rows: int


def _frame(borders: _Borders, bounds: Floats) -> _Frame:
    west, south = bounds[:, :2].min(axis=0)
    east, north = bounds[:, 2:].max(axis=0)
    count = len(borders.left)
    cells = min(CELLS_PER_BORDER * count, MOST_CELLS)
    length = np.abs(borders.bx - borders.ax).sum() + np.abs(borders.by - borders.ay).sum()
    size = max(
        np.sqrt((east - west) * (north - south) / cells),
        max(east - west, north - south) / cells,
        length / (4 * count + MOST_PAIRS),  # many long borders would touch too many cells
        np.abs(bounds).max() * SMALLEST_CELL,
    )
    scale = 1 / float(size)
    columns, rows = int((east - west) * scale) + 5, int((north - south) * scale) + 5
    return _Frame(float(west), float(south), scale, columns, rows)


def _cell_of(frame: _Frame, x: Floats, y: Floats) -> Ints:
    """Give the number of each point's cell; all that is outside or NaN falls into free cells."""
    across = (x - frame.west) * frame.scale + 2
    along = (y - frame.south) * frame.scale + 2
    # fmax, unlike maximum, turns NaN into the other number.
    column = np.fmin(np.fmax(across, 0), frame.columns - 1).astype(np.int64)
    row = np.fmin(np.fmax(along, 0), frame.rows - 1).astype(np.int64)
    return np.asarray(row * frame.columns + column)


def _spread(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """List the whole numbers first … last of every item: (item, number)."""
    count = last - first + 1
    item = np.repeat(np.arange(len(first)), count)
    before = np.cumsum(count) - count
    return item, np.arange(len(item)) - (before - first)[item]


class _Lines(NamedTuple):
    """Borders in cell units, shape (borders,) each; slope is columns by row."""

    ax: Floats
    ay: Floats
    bx: Floats
    by: Floats
    slope: Floats


def _lines(borders: _Borders, frame: _Frame) -> _Lines:
    ax, bx = ((x - frame.west) * frame.scale + 2 for x in (borders.ax, borders.bx))
    ay, by = ((y - frame.south) * frame.scale + 2 for y in (borders.ay, borders.by))
    rise = by - ay
    slope = np.divide(bx - ax, rise, out=np.zeros_like(rise), where=rise != 0)
    return _Lines(ax, ay, bx, by, slope)


def _crossings(lines: _Lines, border: Ints, row: Ints) -> tuple[Flags, Ints]:
    """Say which borders cross the middle line of a row, and in which column."""
    ax, ay, bx, by, slope = (values[border] for values in lines)
    middle = row + 0.5
    crosses = (ay <= middle) != (by <= middle)
    # Held between the ends: a border that is almost level has a slope that means nothing.
    x = np.clip(ax + (middle - ay) * slope, np.minimum(ax, bx), np.maximum(ax, bx))
    return crosses, x.astype(np.int64)


def _touched(lines: _Lines, frame: _Frame) -> tuple[Ints, Ints, Ints, Ints]:
    """Draw every border into the grid.

    The ends of a border mark all cells within the margin, what is between them those within half
    of it. So a cell marked by a single border holds no end of it: the border passes right through.

    Returns
    -------
    tuple of array
        For each cell touched by a border: the cell and the border, in order of cells; for each
        row touched by a border: the border and the row.
    """
    low, high = np.minimum(lines.ay, lines.by), np.maximum(lines.ay, lines.by)
    border, row = _spread((low - MARGIN).astype(np.int64), (high + MARGIN).astype(np.int64))
    ax, ay, bx, by, slope = (values[border] for values in lines)
    west, east = np.minimum(ax, bx), np.maximum(ax, bx)
    half = MARGIN / 2
    x1 = ax + (np.maximum(low[border], row - half) - ay) * slope
    x2 = ax + (np.minimum(high[border], row + 1 + half) - ay) * slope
    x1, x2 = np.clip(x1, west, east), np.clip(x2, west, east)
    first, last = np.minimum(x1, x2) - half, np.maximum(x1, x2) + half
    for x, y in ((ax, ay), (bx, by)):
        here = ((y - MARGIN).astype(np.int64) <= row) & (row <= (y + MARGIN).astype(np.int64))
        np.minimum(first, x - MARGIN, out=first, where=here)
        np.maximum(last, x + MARGIN, out=last, where=here)
    piece, column = _spread(first.astype(np.int64), last.astype(np.int64))
    count = len(lines.ax)
    order = np.sort((row[piece] * frame.columns + column) * count + border[piece])
    cell, by_cell = np.divmod(order, count)
    return cell, by_cell, border, row


def _codes(zone: Ints) -> Ints:
    """Write zones as numbers that can be summed (see ``ONE``); nothing is 0."""
    return np.where(zone >= 0, zone + 1 + ONE, 0)


def _zones(code: Ints) -> Ints:
    """Read a sum of codes: the zone, -1 for none, -2 where there are two or more."""
    count = code // ONE
    return np.where(count == 1, code % ONE - 1, np.where(count == 0, OUTSIDE, -2))


def _filled(borders: _Borders, lines: _Lines, frame: _Frame, border: Ints, row: Ints) -> Cells:
    """Give every cell its zone on the row's middle line, east of all borders in the cell.

    Returns
    -------
    array of int32, shape (rows * columns,)
        As `_zones`.
    """
    crosses, column = _crossings(lines, border, row)
    border, cell = border[crosses], (row * frame.columns + column)[crosses]
    step = _eastward(borders, lines, border)
    order = np.argsort(cell)
    cell, total = cell[order], np.cumsum(step[order])
    length = np.diff(np.concatenate([[0], cell, [frame.rows * frame.columns]]))
    values = np.concatenate([[OUTSIDE], _zones(total)]).astype(np.int32)
    return np.repeat(values, length)


def _eastward(borders: _Borders, lines: _Lines, border: Ints) -> Ints:
    """Give the change of the sum when a border is crossed from west to east."""
    change = _codes(borders.right[border]) - _codes(borders.left[border])
    return np.where(lines.by[border] > lines.ay[border], change, -change)


# --------------------------------------------------------------- what a border cell knows


class _Index(NamedTuple):
    """The grid and what is known about the cells with borders.

    ``grid`` holds a zone, -1 for none, or -2 - c for border cell c. Border cells come in three
    sorts: c < one have one border; c < several have some; the others lie in slivers or tiny
    overlaps, and GEOS is asked.
    """

    grid: Cells  # (rows * columns,)
    one: int
    several: int
    borders: _Borders
    only: Ints  # (one,): the border
    line: Floats  # (one, 3): its normal and offset: distance = line · (x, y, 1), left positive
    sure: float  # degrees: a distance above it has the right sign
    starts: Ints  # (several - one + 1,): where the entries of a cell start
    base: Ints  # (several - one,): sum at the row's middle line, west of the cell's own borders
    least: Ints  # (several - one,): lowest zone there that may overlap another; else a high number
    border: Ints  # (entries,)
    crosses: Flags  # (entries,): the border crosses the middle line of the cell's row
    from_left: Flags  # (entries,): the sum reaches the border on its left side

    def entries_of(self, cell: Ints) -> Ints:
        return self.starts[cell + 1] - self.starts[cell]


def _index(
    borders: _Borders, frame: _Frame, shapes: NDArray[Any], bounds: Floats, keys: NDArray[Any]
) -> _Index:
    lines = _lines(borders, frame)
    cell, border, row_border, row = _touched(lines, frame)
    grid = _filled(borders, lines, frame, row_border, row)
    starts = np.flatnonzero(np.concatenate([[True], cell[1:] != cell[:-1]]))
    cells = cell[starts]
    sizes = np.diff(np.append(starts, len(cell)))
    west = grid[cells - 1].astype(np.int64)
    odd = _odd_cells(borders, border, starts, sizes, west)
    doubled = _doubled_cells(grid, cells)
    suspects = [
        _pairs_at_loose_borders(borders, border, starts, sizes),
        _pairs_in_cells(frame, np.concatenate([doubled, cells[odd]]), bounds),
    ]
    _refuse_overlaps(np.concatenate(suspects), shapes, keys)
    single = (sizes == 1) & ~odd
    some = (sizes > 1) & ~odd
    one, several = int(single.sum()), int(single.sum() + some.sum())
    entry = np.repeat(some, sizes)
    begins = np.concatenate([[0], np.cumsum(sizes[some])])
    only = border[starts[single]]
    at, of = cell[entry], border[entry]
    crosses, from_left, own = _entries(borders, lines, frame, at, of)
    base = _codes(west[some]) - np.add.reduceat(own, begins[:-1])
    least = _least_zones(borders, of, begins)
    number = np.full(len(cells), several)
    number[single] = np.arange(one)
    number[some] = np.arange(one, several)
    grid[doubled] = -2 - several
    grid[cells] = -2 - number
    line, sure = _distances(borders, only, bounds)
    index = _Index(
        grid, one, several, borders, only, line, sure, begins, base, least, of, crosses, from_left
    )
    for values in (*index, *borders):
        if isinstance(values, np.ndarray):
            values.flags.writeable = False
    return index


def _least_zones(borders: _Borders, border: Ints, starts: Ints) -> Ints:
    """Give the lowest zone of each cell with an edge that matches no other zone's edge."""
    loose = np.logical_or.reduceat(borders.right[border] == OUTSIDE, starts[:-1])
    low = _lower(borders.left[border], borders.right[border])
    return np.where(loose, np.minimum.reduceat(low, starts[:-1]), NO_ZONE)


def _odd_cells(borders: _Borders, border: Ints, starts: Ints, sizes: Ints, west: Ints) -> Flags:
    """Find cells that two zones claim, or that a zone without a border there covers whole."""
    around = np.repeat(west, sizes)
    known = (borders.left[border] == around) | (borders.right[border] == around)
    return (west < OUTSIDE) | ((west >= 0) & ~np.logical_or.reduceat(known, starts))


def _doubled_cells(grid: Cells, cells: Ints) -> Ints:
    """Find cells without borders that lie in more than one zone."""
    doubled = np.flatnonzero(grid < OUTSIDE)
    return np.setdiff1d(doubled, cells) if len(doubled) else doubled


def _entries(
    borders: _Borders, lines: _Lines, frame: _Frame, cell: Ints, border: Ints
) -> tuple[Flags, Flags, Ints]:
    """Prepare the sum from the middle line of a row to any point of a cell, for each border there.

    The way to a point goes along the row's middle line to the point's meridian, and then along
    the meridian. A border that crosses the middle line is reached on its western side; another
    one, if the meridian meets it, from below where it lies above the middle line.

    Returns
    -------
    tuple of array, shape (entries,) each
        Whether the border crosses the middle line; whether it is reached on its left; what it
        has added to the sum west of its cell (removed again, since the cell counts it itself).
    """
    row, column = np.divmod(cell, frame.columns)
    crosses, at = _crossings(lines, border, row)
    upward = lines.by[border] > lines.ay[border]
    eastward = borders.bx[border] > borders.ax[border]
    above = lines.ay[border] > row + 0.5
    from_left = np.where(crosses, upward, eastward != above)
    own = np.where(crosses & (at < column), _eastward(borders, lines, border), 0)
    return crosses, from_left, own


def _distances(borders: _Borders, border: Ints, bounds: Floats) -> tuple[Floats, float]:
    """Give each border's line as (a, b, c): a x + b y + c is the distance to its left."""
    ax, ay = borders.ax[border], borders.ay[border]
    dx, dy = borders.bx[border] - ax, borders.by[border] - ay
    length = np.hypot(dx, dy)
    normal = np.column_stack([-dy / length, dx / length])
    offset = -(normal[:, 0] * ax + normal[:, 1] * ay)
    # Five roundings of numbers below twice the largest coordinate, then doubled again.
    sure = 20 * float(np.finfo(float).eps) * float(np.abs(bounds).max())
    return np.column_stack([normal, offset]), sure


# --------------------------------------------------------------- overlaps


def _pairs_at_loose_borders(borders: _Borders, border: Ints, starts: Ints, sizes: Ints) -> Ints:
    """Pair the zones that meet in a cell with an edge that matches no other zone's edge.

    Going inwards from outside, the number of zones rises from one to two only at such an edge,
    so every overlap shows here or covers whole cells.

    Returns
    -------
    array, shape (pairs, 2)
    """
    loose = np.logical_or.reduceat(borders.right[border] == OUTSIDE, starts)
    suspect = np.repeat(loose, sizes)
    group = np.repeat(np.arange(len(starts)), sizes)[suspect]
    left, right = borders.left[border[suspect]], borders.right[border[suspect]]
    right = np.where(right == OUTSIDE, left, right)
    # Most of these cells lie at the rim of a single zone: no pair.
    begins = np.flatnonzero(np.diff(group, prepend=-1))
    low = np.minimum.reduceat(np.minimum(left, right), begins)
    high = np.maximum.reduceat(np.maximum(left, right), begins)
    mixed = np.repeat(low < high, np.diff(begins, append=len(group)))
    group = np.tile(group[mixed], 2)
    return _pairs(group, np.concatenate([left[mixed], right[mixed]]))


def _pairs(group: Ints, zone: Ints) -> Ints:
    """Pair every two zones that stand in one group."""
    if not len(group):
        return np.zeros((0, 2), np.int64)
    zones = int(zone.max()) + 1
    group, zone = np.divmod(np.unique(group * zones + zone), zones)
    last = np.cumsum(np.bincount(group))[group] - 1
    item, partner = _spread(np.arange(len(group)) + 1, last)
    return np.column_stack(np.divmod(np.unique(zone[item] * zones + zone[partner]), zones))


def _pairs_in_cells(frame: _Frame, cells: Ints, bounds: Floats) -> Ints:
    """Pair the zones whose bounds meet a cell."""
    if not len(cells):
        return np.zeros((0, 2), np.int64)
    row, column = np.divmod(cells, frame.columns)
    west = (column - 2 - MARGIN) / frame.scale + frame.west
    south = (row - 2 - MARGIN) / frame.scale + frame.south
    size = (1 + 2 * MARGIN) / frame.scale
    tree = shapely.STRtree(shapely.box(*bounds.T))
    group, zone = tree.query(shapely.box(west, south, west + size, south + size))
    return _pairs(group, zone)


def _refuse_overlaps(pairs: Ints, shapes: NDArray[Any], keys: NDArray[Any]) -> None:
    shared = shapely.intersection(shapes[pairs[:, 0]], shapes[pairs[:, 1]])
    parts, pair = shapely.get_parts(shared, return_index=True)
    thick = np.flatnonzero(2 * shapely.area(parts) > SLIVER_DEGREES * shapely.length(parts))
    if len(thick):
        one, two = pairs[pair[thick[0]]]
        raise OverlapError(
            text(
                "Zones {one} and {two} overlap, so a point there would have two answers. "
                "Cut one of them back.",
                one=keys[one],
                two=keys[two],
            )
        )


# --------------------------------------------------------------- points in border cells


def _beside_one_border(index: _Index, cell: Ints, x: Floats, y: Floats) -> Ints:
    line = index.line[cell]
    distance = line[:, 0] * x + line[:, 1] * y + line[:, 2]
    border = index.only[cell]
    left, right = index.borders.left[border], index.borders.right[border]
    answer = np.where(distance > 0, left, right)
    close = np.flatnonzero(np.abs(distance) <= index.sure)
    if len(close):
        side = _side(index.borders, border[close], x[close], y[close])
        left, right = left[close], right[close]
        answer[close] = np.where(side > 0, left, np.where(side < 0, right, _lower(left, right)))
    return answer


def _lower(left: Ints, right: Ints) -> Ints:
    return np.where(right == OUTSIDE, left, np.minimum(left, right))


def _among_borders(index: _Index, cell: Ints, x: Floats, y: Floats) -> tuple[Ints, Flags]:
    """Continue the sum to points in cells with several borders.

    Returns
    -------
    tuple of array, shape (points,) each
        The zone; whether GEOS must be asked after all: two zones claim the point, or it lies on
        a border and a lower zone in its cell may overlap that border.
    """
    start = index.starts[cell]
    point, entry = _spread(start, index.starts[cell + 1] - 1)
    border = index.border[entry]
    ax, ay, bx, by = (values[border] for values in index.borders[:4])
    left, right = index.borders.left[border], index.borders.right[border]
    px, py = x[point], y[point]
    side = _side(index.borders, border, px, py)
    met = (ax <= px) != (bx <= px)  # the point's meridian meets the border
    from_left = index.from_left[entry]
    passed = index.crosses[entry] & (ax <= px)
    to_left = np.where(met, side > 0, from_left != passed)
    change = _codes(left) - _codes(right)
    change = np.where(to_left == from_left, 0, np.where(to_left, change, -change))
    first = np.concatenate([[0], np.cumsum(index.entries_of(cell))[:-1]])
    found = _zones(index.base[cell] + np.add.reduceat(change, first))
    on = (side == 0) & (np.minimum(ax, bx) <= px) & (px <= np.maximum(ax, bx))
    on &= (np.minimum(ay, by) <= py) & (py <= np.maximum(ay, by))
    lowest = np.minimum.reduceat(np.where(on, _lower(left, right), NO_ZONE), first)
    on_border = lowest < NO_ZONE
    unclear = (found < OUTSIDE) | (on_border & (index.least[cell] < lowest))
    return np.where(on_border, lowest, found), unclear


def _batches(sizes: Ints) -> Iterator[tuple[int, int]]:
    """Cut a list into runs whose sizes add up to about ``MOST_PAIRS`` at most."""
    if not len(sizes):
        return
    total = np.cumsum(sizes)
    cuts = np.searchsorted(total, np.arange(MOST_PAIRS, total[-1], MOST_PAIRS), side="right")
    edges = np.unique(np.concatenate([[0], cuts, [len(sizes)]]))
    yield from zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)


# --------------------------------------------------------------- which side, without error


def _side(borders: _Borders, border: Ints, x: Floats, y: Floats) -> NDArray[np.int8]:
    """Say on which side of a border each point lies: 1 left, -1 right, 0 exactly on its line."""
    ax, ay, bx, by = (values[border] for values in borders[:4])
    one, two = (bx - ax) * (y - ay), (by - ay) * (x - ax)
    determinant = one - two
    side = np.sign(determinant).astype(np.int8)
    unsure = np.abs(determinant) <= SURE * (np.abs(one) + np.abs(two)) + SMALLEST_PRODUCT
    end = ((x == ax) & (y == ay)) | ((x == bx) & (y == by))
    on = end | ((ay == by) & (y == ay)) | ((ax == bx) & (x == ax))
    side[on] = 0
    exact = np.flatnonzero(unsure & ~on)
    if len(exact):
        side[exact] = _exact_sides(*(values[exact] for values in (ax, ay, bx, by, x, y)))
    return side


def _exact_sides(*coordinates: Floats) -> list[int]:
    """Compute the sign of the determinant in whole numbers.

    Parameters
    ----------
    *coordinates : array, shape (n,) each
        ax, ay, bx, by, x, y; each is a whole multiple of one power of two.
    """
    fraction, exponent = np.frexp(np.stack(coordinates, axis=1))
    digits = np.ldexp(fraction, 53).astype(np.int64).tolist()
    shifts = (exponent - exponent.min(axis=1, keepdims=True)).tolist()
    sides = []
    for row, shift in zip(digits, shifts, strict=True):
        ax, ay, bx, by, x, y = (value << by for value, by in zip(row, shift, strict=True))
        determinant = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        sides.append((determinant > 0) - (determinant < 0))
    return sides
