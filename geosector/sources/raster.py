"""People from a raster (GeoTIFF): each cell of the grid becomes a square with its people.

WorldPop, GHS-POP, Meta/HRSL, LandScan and Kontur give rasters of people per cell. Read as squares,
cells travel as any other zones do: shared out to blocks by area, or to the buildings in them. Only
the window around the boundary is read, so that a file of a whole continent costs no more than the
city. rasterio, which reads them, is an extra: geosector[raster].
"""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple, get_args

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geosector import crs as systems
from geosector.errors import GeosectorError, InputError, MissingPackageError
from geosector.language import number, percent, text
from geosector.sources.files import Source, damaged
from geosector.tables import Problem

Floats = NDArray[np.float64]
Per = Literal["cell", "km2"]

# 170 × 170 km in cells of 100 m, 50 × 50 km in cells of 30 m.
MAX_CELLS = 3_000_000
# One compressed piece of the file, which can only be unpacked as a whole.
MAX_PIECE_BYTES = 2**30
MOST_PEOPLE_IN_A_CELL = 1e9
# Of the boundary; less is the width of a cell at its edge.
_NOTABLE_SHARE = 0.01
# Points along each side of the boundary's frame, which is curved in another system.
_FRAME = 21


class _Grid(NamedTuple):
    """Part of a raster.

    ``values``: shape (rows, columns), NaN where there is none. ``transform``: (a, b, c, d, e, f) of
    x = a·column + b·row + c, y = d·column + e·row + f, counted from the corner of the part.
    ``unstated``: the greatest value of whole numbers, where the file does not say what marks cells
    without data: it marks them then, or stands for all that is more.
    """

    values: Floats
    transform: tuple[float, ...]
    crs: pyproj.CRS
    unstated: float | None = None


class _Window(NamedTuple):
    """``row``, ``column`` of the first cell, and how many ``rows`` and ``columns``."""

    row: int
    column: int
    rows: int
    columns: int


def read_raster(
    source: Source,
    *,
    within: gpd.GeoDataFrame | None = None,
    per: Per = "cell",
    crs: str | None = None,
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Read the people of a GeoTIFF.

    Parameters
    ----------
    source : Source
        Of kind ``tiff``.
    within : geopandas.GeoDataFrame, optional
        Polygons: only cells that meet them are read.
    per : {"cell", "km2"}
        What the values count: people in each cell, or people per square kilometre.
    crs : str, optional
        The coordinate system, where the file states none.

    Returns
    -------
    tuple = (cells, problems)
        ``population``, ``geometry`` of the cells with people, EPSG:4326, row by row from the top;
        the index counts from 1. ``attrs["raster"]`` says how many cells were read (``rows``,
        ``columns``) and which share of ``within`` has no value (``without_data``). Cells without
        data, or below 0, hold nobody, and are listed.

    Raises
    ------
    MissingPackageError
        Where rasterio is not installed.
    UnreadableFileError
        Where the file is damaged.
    MissingCRSError
        Where it has no coordinate system and none was stated.
    InputError
        Where it is a picture, has no place, does not reach the boundary, or is too large.
    """
    if per not in get_args(Per):
        raise InputError(
            text(
                "People cannot be counted per '{given}'. Use one of: {known}.",
                given=per,
                known=", ".join(get_args(Per)),
            )
        )
    area = None if within is None else _area(within)
    grid, problems = _read(source, area, crs)
    values, found = _checked(grid, source.name)
    outlines = _outlines(grid, source.name)
    people = values > 0
    if area is not None:
        shapely.prepare(area)
        people[people] = shapely.intersects(area, outlines[people])
    cells = gpd.GeoDataFrame(
        {"population": values[people]}, geometry=outlines[people], crs=systems.WGS84
    )
    if per == "km2":
        cells["population"] *= systems.area_km2(cells)
    cells.index += 1
    missing = 0.0 if area is None else _without_data(area, grid, outlines)
    cells.attrs["raster"] = {
        "rows": grid.values.shape[0],
        "columns": grid.values.shape[1],
        "without_data": round(missing, 4),
    }
    return cells, [*problems, *found, *_holes(source.name, missing)]


def _area(within: gpd.GeoDataFrame) -> BaseGeometry:
    systems.require_crs(within, text("The boundary"))
    shapes = np.asarray(systems.to_wgs84(within).geometry.values, object)
    shapes = shapes[(shapely.get_dimensions(shapes) == 2) & ~shapely.is_empty(shapes)]  # noqa: PLR2004 - a surface
    area = shapely.union_all(shapely.make_valid(shapely.force_2d(shapes)))
    if not area.area > 0:
        raise InputError(text("The boundary holds no area. Give at least one polygon."))
    return area


# ---------------------------------------------------------------- the file


def _rasterio() -> tuple[Any, tuple[type[Exception], ...]]:
    """Give rasterio, and every error that it, GDAL and PROJ raise."""
    try:
        import rasterio
        from rasterio._err import CPLE_BaseError
        from rasterio.errors import RasterioError
    except ImportError as error:
        raise MissingPackageError(
            text("Rasters are read by the package rasterio. Install it: pip install {extra}.",
                 extra="geosector[raster]")
        ) from error  # fmt: skip
    return rasterio, (
        RasterioError, CPLE_BaseError, pyproj.exceptions.ProjError, OSError, ValueError,
        ArithmeticError, MemoryError,
    )  # fmt: skip


class _Complaints(logging.Handler):
    """What GDAL says of a file while it reads on."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def _opened(source: Source, complaints: _Complaints) -> Iterator[Any]:
    """Open a GeoTIFF and nothing else: other formats of GDAL may point elsewhere."""
    rasterio, broken = _rasterio()
    log = logging.getLogger("rasterio")
    log.addHandler(complaints)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            if source.data is None:
                with rasterio.open(source.path.absolute(), driver="GTiff") as dataset:
                    yield dataset
            else:
                with (
                    rasterio.MemoryFile(source.data) as file,
                    file.open(driver="GTiff") as dataset,
                ):
                    yield dataset
    except GeosectorError:
        raise
    except broken as error:
        said = str(error).splitlines() or [type(error).__name__]
        raise damaged(source.name, said[0][:200]) from error
    finally:
        log.removeHandler(complaints)


def _faults(complaints: _Complaints, file: str) -> list[Problem]:
    """List what GDAL complained about, each once."""
    return [
        Problem(file, None, None, said[:200], text("a file without faults"),
                text("Read as far as possible."))
        for said in sorted(set(complaints.said))
    ]  # fmt: skip


def _read(
    source: Source, area: BaseGeometry | None, crs: str | None
) -> tuple[_Grid, list[Problem]]:
    """Read the first band, as much of it as lies around the area."""
    complaints = _Complaints()
    with _opened(source, complaints) as dataset:
        _require_counts(dataset, source.name)
        system, problems = _system(dataset, source.name, crs)
        transform = _transform(dataset, source.name)
        whole = _Window(0, 0, dataset.height, dataset.width)
        window = whole if area is None else _around(area, whole, transform, system, source.name)
        _require_small(dataset, window, source.name)
        row, column, rows, columns = window
        box = ((row, row + rows), (column, column + columns))
        band = dataset.read(1, window=box, masked=True, out_dtype="float64")
        values = band.filled(np.nan) * dataset.scales[0] + dataset.offsets[0]
        unstated = _unstated(dataset)
        if dataset.count > 1:
            given = text("{count} bands", count=number(dataset.count))
            problems.append(
                Problem(source.name, None, None, given, text("one band"),
                        text("Only the first was read."))
            )  # fmt: skip
    a, b, c, d, e, f = transform
    moved = (a, b, a * column + b * row + c, d, e, d * column + e * row + f)
    return _Grid(values, moved, system, unstated), [
        *problems,
        *_faults(complaints, source.name),
    ]


def _require_counts(dataset: Any, file: str) -> None:  # noqa: ANN401 - rasterio ships no types
    """Refuse pictures and what else holds no numbers of people."""
    colours = {"red", "green", "blue", "palette", "cyan", "magenta"}
    kinds = {interpretation.name for interpretation in dataset.colorinterp}
    if kinds & colours or np.dtype(dataset.dtypes[0]).kind not in "iuf":
        raise InputError(
            text("{file}: this is a picture, not a raster of people. Give one whose cells hold "
                 "people.", file=file)
        )  # fmt: skip


def _system(dataset: Any, file: str, stated: str | None) -> tuple[pyproj.CRS, list[Problem]]:  # noqa: ANN401
    """Take the file's own system; else the one stated, or refuse to guess."""
    own = None if not dataset.crs else dataset.crs.to_wkt()
    nowhere = gpd.GeoDataFrame(geometry=[], crs=own)
    system = systems.require_crs(nowhere, file, stated).crs
    if own is None or stated is None or system == stated:
        return system, []
    name = f"EPSG:{system.to_epsg()}" if system.to_epsg() else system.name
    return system, [
        Problem(file, None, "geometry", stated, name, text("Read as {value}.", value=name))
    ]


def _unstated(dataset: Any) -> float | None:  # noqa: ANN401
    kind = np.dtype(dataset.dtypes[0])
    if kind.kind == "f" or dataset.nodata is not None:
        return None
    return float(np.iinfo(kind).max) * float(dataset.scales[0]) + float(dataset.offsets[0])


def _transform(dataset: Any, file: str) -> tuple[float, ...]:  # noqa: ANN401
    a, b, c, d, e, f = (float(term) for term in tuple(dataset.transform)[:6])
    size = a * e - b * d
    unplaced = dataset.transform.is_identity
    if unplaced or not math.isfinite(a + b + c + d + e + f) or size == 0:
        raise InputError(
            text("{file}: nothing says where on the ground its cells are. Give a GeoTIFF with its "
                 "place.", file=file)
        )  # fmt: skip
    return a, b, c, d, e, f


def _around(
    area: BaseGeometry, whole: _Window, transform: tuple[float, ...], system: pyproj.CRS, file: str
) -> _Window:
    """Find the cells around an area, one more on each side."""
    west, south, east, north = area.bounds
    lon, lat = np.meshgrid(np.linspace(west, east, _FRAME), np.linspace(south, north, _FRAME))
    x, y = systems.convert_points(lon.ravel(), lat.ravel(), systems.WGS84, system)
    a, b, c, d, e, f = transform
    size = a * e - b * d
    column = (e * (x - c) - b * (y - f)) / size
    row = (a * (y - f) - d * (x - c)) / size
    there = np.isfinite(column) & np.isfinite(row)
    first, last = [0, 0], [0, 0]
    if there.any():
        first = [max(math.floor(each[there].min()) - 1, 0) for each in (row, column)]
        ends = (whole.rows, whole.columns)
        last = [
            min(math.ceil(each[there].max()) + 1, end)
            for each, end in zip((row, column), ends, strict=True)
        ]
    if last[0] <= first[0] or last[1] <= first[1]:
        raise InputError(
            text("{file}: this raster does not reach the boundary. Check that both are of the same "
                 "place.", file=file)
        )  # fmt: skip
    return _Window(first[0], first[1], last[0] - first[0], last[1] - first[1])


def _require_small(dataset: Any, window: _Window, file: str) -> None:  # noqa: ANN401
    piece = math.prod(dataset.block_shapes[0]) * np.dtype(dataset.dtypes[0]).itemsize
    if window.rows * window.columns <= MAX_CELLS and piece <= MAX_PIECE_BYTES:
        return
    raise InputError(
        text(
            "{file}: {cells} cells of this raster would be read, and at most {most} can be. Give "
            "the boundary with it, or cut out the part you need.",
            file=file,
            cells=number(max(window.rows * window.columns, math.prod(dataset.block_shapes[0]))),
            most=number(MAX_CELLS),
        )
    )


# ---------------------------------------------------------------- the cells


def _checked(grid: _Grid, file: str) -> tuple[Floats, list[Problem]]:
    """Give people by cell, in one row: what is no number, negative or absurd counts 0."""
    given_values = flat = grid.values.ravel()
    with np.errstate(invalid="ignore"):
        absurd = np.isinf(flat) | (flat < 0) | (flat > MOST_PEOPLE_IN_A_CELL)
    if grid.unstated is not None:
        absurd |= flat == grid.unstated
    flat = np.where(np.isnan(flat) | absurd, 0.0, flat)
    if not absurd.any():
        return flat, []
    given = text(
        "{count} cells such as {value}",
        count=number(int(absurd.sum())),
        value=f"{given_values[absurd][0]:g}",
    )
    return flat, [Problem(file, None, "population", given, text("a number of people"), "0")]


def _outlines(grid: _Grid, file: str) -> NDArray[np.object_]:
    """Draw every cell in degrees; neighbours share their corners exactly."""
    rows, columns = grid.values.shape
    row, column = (each.ravel() for each in np.mgrid[0 : rows + 1, 0 : columns + 1].astype(float))
    a, b, c, d, e, f = grid.transform
    try:
        lon, lat = systems.convert_points(
            a * column + b * row + c, d * column + e * row + f, grid.crs, systems.WGS84
        )
    except pyproj.exceptions.ProjError as error:
        raise damaged(file, error) from error
    corner = np.arange((rows + 1) * (columns + 1)).reshape(rows + 1, columns + 1)
    ring = np.stack([corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]], axis=-1)
    ring = ring.reshape(-1, 4)[:, [0, 1, 2, 3, 0]]
    outlines = np.full(len(ring), None, object)
    there = np.isfinite(lon[ring] + lat[ring]).all(axis=1)
    outlines[there] = shapely.polygons(np.stack([lon[ring], lat[ring]], axis=-1)[there])
    return outlines


def _without_data(area: BaseGeometry, grid: _Grid, outlines: NDArray[np.object_]) -> float:
    """Measure the share of an area where the raster has no value, or has ended."""
    known = ~np.isnan(grid.values.ravel())
    met = np.flatnonzero(known)[shapely.intersects(area, outlines[known])]
    inside = shapely.covers(area, outlines[met])
    covered = float(shapely.area(outlines[met[inside]]).sum())
    covered += float(shapely.area(shapely.intersection(area, outlines[met[~inside]])).sum())
    return max(1 - covered / float(area.area), 0.0)


def _holes(file: str, missing: float) -> list[Problem]:
    if missing < _NOTABLE_SHARE:
        return []
    given = text("no data on {share} of the boundary", share=percent(missing, decimals=1))
    return [Problem(file, None, "population", given, text("data everywhere"), text("nobody there"))]
