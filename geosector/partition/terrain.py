"""Everything that lies on the ground of a city → the roads table that blocks are cut along.

Pure functions from roads to roads, before any block is made: which streets are main, what barriers
cut besides, and the plots of buildings where streets do not suffice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from geosector import crs
from geosector.language import text
from geosector.partition.barriers import Streets, with_barriers
from geosector.partition.blocks import Fabric, make_blocks
from geosector.partition.classes import PLOT_EDGE, is_barrier
from geosector.partition.main_roads import with_main_lines, with_main_names
from geosector.partition.plots import Plots, check_plots, plot_edges, plots_among, with_edges
from geosector.partition.reach import Flags, Reach, Shapes, check_reach
from geosector.partition.rows import text_column
from geosector.partition.strokes import propose_main_roads
from geosector.tables import Problem


class Terrain(NamedTuple):
    """What is known of the ground besides boundary and roads; all of it may be missing.

    ``barriers``: lines or areas with ``kind, cost``. ``main_roads``: lines along main roads.
    ``main_names``: names of main roads. ``buildings``: points or polygons; ``plots``: whether
    these divide blocks only where streets do not suffice (``auto``) or everywhere (``everywhere``).
    ``reach``: which streets one gets along.
    """

    barriers: gpd.GeoDataFrame | None = None
    main_roads: gpd.GeoDataFrame | None = None
    main_names: Sequence[str] = ()
    buildings: gpd.GeoDataFrame | None = None
    plots: Plots = "auto"
    reach: Reach = Reach()


class Mosaic(NamedTuple):
    """A city's blocks, and the streets that they were cut along.

    ``divided``: the pieces of ground that were divided into plots of buildings; ``plot``: shape
    (blocks,), which blocks are such plots.
    """

    fabric: Fabric
    streets: Streets
    divided: Shapes
    plot: Flags


def check_terrain(terrain: Terrain) -> None:
    """Refuse options that mean nothing, before any work.

    Examples
    --------
    >>> check_terrain(Terrain())
    >>> check_terrain(Terrain(reach=Reach("corners")))
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: contiguity is 'corners'. Use 'borders' or 'streets'.
    """
    check_reach(terrain.reach)
    check_plots(terrain.plots, terrain.buildings)


def lay_mosaic(
    boundary: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, terrain: Terrain | None = None
) -> Mosaic:
    """Cut the ground inside a boundary into blocks along streets and barriers.

    Parameters
    ----------
    boundary, roads : geopandas.GeoDataFrame
        As in `make_blocks`.
    terrain : Terrain, optional

    Returns
    -------
    Mosaic
        With plots of buildings only where ``plots`` is ``"everywhere"``; see `divide_further`.

    Raises
    ------
    MissingCRSError
        Where a table has no coordinate system.
    InputError
        Where the boundary holds no area.

    Examples
    --------
    A square of ground with a river through it:

    >>> from shapely.geometry import LineString, box
    >>> square = gpd.GeoDataFrame(geometry=[box(30, 33, 30.002, 33.001)], crs="EPSG:4326")
    >>> none = gpd.GeoDataFrame(geometry=[], crs="EPSG:4326")
    >>> line = LineString([(30.001, 32.999), (30.001, 33.002)])
    >>> river = gpd.GeoDataFrame({"kind": ["river"]}, geometry=[line], crs="EPSG:4326")
    >>> len(lay_mosaic(square, none, Terrain(river)).fabric.blocks)
    2
    >>> len(lay_mosaic(square, none).fabric.blocks)
    1
    """
    terrain = terrain or Terrain()
    streets = lay_streets(boundary, roads, terrain)
    fabric = make_blocks(boundary, streets.roads)
    mosaic = Mosaic(fabric, streets, np.zeros(0, object), np.zeros(len(fabric.blocks), bool))
    if terrain.plots == "everywhere":
        return divide_further(boundary, mosaic, terrain)
    return mosaic


def lay_streets(boundary: gpd.GeoDataFrame, roads: gpd.GeoDataFrame, terrain: Terrain) -> Streets:
    """Say which streets are main, and put barriers among them.

    Where the table has no class at all, and no names or lines say which streets are main, long
    strokes are proposed (`propose_main_roads`), and a problem says so.
    """
    crs.require_crs(boundary, text("The boundary"))
    crs.require_crs(roads, text("The roads table"))
    metric = crs.metric_crs(crs.to_wgs84(boundary).total_bounds)
    problems: list[Problem] = []
    roads = crs.densify(_without_inner_classes(roads))
    named = terrain.main_roads is not None or len(terrain.main_names) > 0
    if not named and len(roads) and not _has_classes(roads):
        roads, found = propose_main_roads(roads)
        problems += found
    if len(terrain.main_names):
        classed = with_main_names(roads, terrain.main_names)
        roads, problems = classed.roads, [*problems, *classed.problems]
    if terrain.main_roads is not None:
        classed = with_main_lines(roads, terrain.main_roads, metric)
        roads, problems = classed.roads, [*problems, *classed.problems]
    if terrain.barriers is None:
        return Streets(roads, shapely.GeometryCollection(), tuple(problems))
    streets = with_barriers(roads, terrain.barriers, metric)
    return streets._replace(problems=(*problems, *streets.problems))


def divide_further(
    boundary: gpd.GeoDataFrame,
    mosaic: Mosaic,
    terrain: Terrain,
    divided: Flags | None = None,
) -> Mosaic:
    """Divide blocks into the plots of their buildings; the same ground where there are none.

    Parameters
    ----------
    boundary : geopandas.GeoDataFrame
    mosaic : Mosaic
    terrain : Terrain
        With ``buildings``.
    divided : array of bool, shape (blocks,), optional
        Which blocks to divide. Default: all.

    Returns
    -------
    Mosaic
    """
    if terrain.buildings is None:
        return mosaic
    edges = plot_edges(mosaic.fabric, terrain.buildings, divided)
    problems = (*mosaic.streets.problems, *edges.problems)
    streets = mosaic.streets._replace(problems=problems)
    if len(edges.roads) == 0:
        return mosaic._replace(streets=streets)
    streets = streets._replace(roads=with_edges(streets.roads, edges))
    fabric = make_blocks(boundary, streets.roads)
    return Mosaic(fabric, streets, edges.ground, plots_among(fabric, edges.ground))


def cut_further(boundary: gpd.GeoDataFrame, mosaic: Mosaic, cuts: Shapes) -> Mosaic:
    """Make the blocks anew with some cuts across them.

    Parameters
    ----------
    boundary : geopandas.GeoDataFrame
    mosaic : Mosaic
    cuts : array of shapely LineString, metres
        From `geosector.partition.split`; empty to find but the streets that end inside blocks.

    Returns
    -------
    Mosaic
    """
    fabric = make_blocks(boundary, mosaic.streets.roads, cuts=cuts)
    return mosaic._replace(fabric=fabric, plot=plots_among(fabric, mosaic.divided))


def _without_inner_classes(roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Empty the classes that would pass for barriers or plots: those are ours to write."""
    if "road_class" not in roads:
        return roads
    classes = roads["road_class"].astype("string").fillna("")
    inner = classes.map(is_barrier).astype(bool) | classes.eq(PLOT_EDGE)
    return roads.assign(road_class=classes.mask(inner, "")) if inner.any() else roads


def _has_classes(roads: gpd.GeoDataFrame) -> bool:
    return bool((text_column(roads, "road_class") != "").any())
