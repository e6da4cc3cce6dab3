"""Plots of buildings or tents, where streets enclose too few blocks: villages and camps.

Ground that streets do not divide is divided half-way between its buildings: each plot is what is
nearest to one building, or to a few that stand close together (Voronoi cells, after G. Voronoi,
"Nouvelles applications des paramètres continus à la théorie des formes quadratiques", Journal für
die reine und angewandte Mathematik 134, 1908). The plots are made inside each block by itself, so
that streets, barriers and the boundary go on dividing; their edges then travel among the roads
(class ``plot:``) and cut blocks like these. They cost like ground without a road.

Buildings so close that their plots would be slivers stand for one: those in one square of a grid
whose side is three sliver widths (24 m).
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import InputError
from geosector.language import text
from geosector.partition.blocks import Fabric
from geosector.partition.classes import PLOT_EDGE
from geosector.partition.rows import kind_of, row_number
from geosector.partition.slivers import BlockRules
from geosector.tables import Problem

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Shapes = NDArray[np.object_]
Plots = Literal["auto", "everywhere"]

_SLIVER_WIDTHS = 3


class PlotEdges(NamedTuple):
    """Lines between plots, in the fabric's metres, and the ground that they divide.

    ``roads``: ``road_class`` ``plot:``, ready to stand behind the roads. ``ground``: the blocks
    that were divided.
    """

    roads: gpd.GeoDataFrame
    ground: Shapes
    problems: tuple[Problem, ...]


def check_plots(plots: str, buildings: gpd.GeoDataFrame | None) -> None:
    """Refuse a way of making plots that does not exist, or that lacks its buildings.

    Examples
    --------
    >>> check_plots("auto", None)
    >>> check_plots("everywhere", None)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: plots is 'everywhere', but there are no buildings. Give them ...
    >>> check_plots("tents", None)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: plots is 'tents'. Use 'auto' or 'everywhere'.
    """
    if plots not in get_args(Plots):
        raise InputError(text("plots is '{given}'. Use 'auto' or 'everywhere'.", given=plots))
    if plots == "everywhere" and buildings is None:
        raise InputError(
            text(
                "plots is 'everywhere', but there are no buildings. Give them (--buildings), or "
                "leave it out."
            )
        )


def plot_edges(
    fabric: Fabric, buildings: gpd.GeoDataFrame, divided: Flags | None = None
) -> PlotEdges:
    """Draw the lines half-way between the buildings of blocks.

    Parameters
    ----------
    fabric : Fabric
        From `make_blocks`.
    buildings : geopandas.GeoDataFrame
        Points or polygons of buildings, or tents.
    divided : array of bool, shape (len(fabric.blocks),), optional
        Which blocks to divide. Default: all.

    Returns
    -------
    PlotEdges
        A block with buildings in fewer than two places is not divided. Rows that are neither points
        nor polygons are problems; those outside the boundary divide nothing.

    Raises
    ------
    MissingCRSError
        Where the buildings have no coordinate system.

    Examples
    --------
    A square with a tent in each half, or with one:

    >>> from shapely.geometry import Point, box
    >>> from geosector.partition.blocks import make_blocks
    >>> metric = crs.metric_crs((30, 33, 30, 33))
    >>> none = gpd.GeoDataFrame(geometry=[], crs=metric)
    >>> square = make_blocks(gpd.GeoDataFrame(geometry=[box(0, 0, 100, 100)], crs=metric), none)
    >>> tents = gpd.GeoDataFrame(geometry=[Point(20, 50), Point(80, 50)], crs=metric)
    >>> round(plot_edges(square, tents).roads.geometry.iloc[0].length, 3)
    100.0
    >>> len(plot_edges(square, tents.iloc[:1]).roads)
    0
    """
    crs.require_crs(buildings, text("The buildings table"))
    shapes = shapely.force_2d(np.asarray(buildings.geometry.values, object))
    kinds = shapely.get_dimensions(shapes)
    usable = ((kinds == 0) | (kinds == 2)) & ~shapely.is_empty(shapes)  # noqa: PLR2004 - surface
    problems = tuple(
        Problem("buildings", row_number(buildings, row), "geometry", kind_of(shapes[row]),
                text("point, polygon"), text("left out"))
        for row in np.flatnonzero(~usable).tolist()
    )  # fmt: skip
    side = _SLIVER_WIDTHS * BlockRules().sliver_width_m
    places = _places(buildings[usable], fabric) if usable.any() else np.zeros((0, 2))
    chosen = np.arange(len(fabric.blocks)) if divided is None else np.flatnonzero(divided)
    point, block = shapely.STRtree(fabric.blocks[chosen]).query(
        shapely.points(places), predicate="within"
    )
    edges, ground = [], []
    for number in np.unique(block):
        shape = fabric.blocks[chosen[number]]
        middles = _thinned(places[point[block == number]], side)
        if len(middles) > 1:
            lines = shapely.voronoi_polygons(
                shapely.multipoints(middles), extend_to=shape, only_edges=True
            )
            edges.append(shapely.intersection(lines, shape))
            ground.append(shape)
    made = gpd.GeoDataFrame(
        {"road_class": PLOT_EDGE, "name": "", "layer": 0.0},
        geometry=np.array(edges, object),
        index=range(len(edges)),
        crs=fabric.crs,
    )
    return PlotEdges(made, np.array(ground, object), problems)


def plots_among(fabric: Fabric, ground: Shapes) -> Flags:
    """Say which blocks are plots: those in ground that was divided.

    Parameters
    ----------
    fabric : Fabric
        Made with the edges among its roads.
    ground : array of polygons
        From `plot_edges`.

    Returns
    -------
    array of bool, shape (len(fabric.blocks),)
    """
    flags = np.zeros(len(fabric.blocks), bool)
    if len(ground):
        inside = shapely.point_on_surface(fabric.blocks)
        flags[shapely.STRtree(ground).query(inside, predicate="within")[0]] = True
    return flags


def with_edges(roads: gpd.GeoDataFrame, edges: PlotEdges) -> gpd.GeoDataFrame:
    """Put the edges of plots behind the roads, in the edges' metres.

    Parameters
    ----------
    roads : geopandas.GeoDataFrame
    edges : PlotEdges

    Returns
    -------
    geopandas.GeoDataFrame
    """
    streets = crs.to_metres(roads, edges.roads.crs)
    return pd.concat([streets, edges.roads], ignore_index=True) if len(streets) else edges.roads


def _places(buildings: gpd.GeoDataFrame, fabric: Fabric) -> Floats:
    """Give the middle of each building, in the fabric's metres."""
    metres = crs.to_metres(buildings, fabric.crs)
    xy: Floats = shapely.get_coordinates(shapely.centroid(np.asarray(metres.geometry, object)))
    return xy


def _thinned(places: Floats, side: float) -> Floats:
    """Let the places in each square of a grid stand for one, at their middle.

    Sorted, so that the order of the rows leaves no trace.
    """
    table = pd.DataFrame(places.round(3), columns=["x", "y"]).sort_values(["x", "y"])
    squares = np.floor(table / side).rename(columns={"x": "column", "y": "row"})
    middles = table.groupby([squares["column"], squares["row"]]).mean()
    thinned: Floats = middles.drop_duplicates().to_numpy(float)
    return thinned
