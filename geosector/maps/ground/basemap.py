"""The ground under the layers: roads, buildings and water from the user's own data.

Only shapes reach the page, and of roads the class and the name: what a building is called may
tell that it is a shelter. Shapes are rounded to about a metre. What is drawn at which zoom is
simplified by the page (``script/ground.js``): a corner is left out where the line without it lies
within half a pixel; water where it is smaller than two pixels; buildings are drawn from zoom 15,
those that measure two pixels or more.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector.maps import kernels, theme, words
from geosector.maps.encoding import pack_shapes
from geosector.maps.layers import UNIT, Layer
from geosector.maps.saying import said

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

BUILDINGS_FROM_ZOOM = 15
STRIP = 60  # units: buildings are written strip by strip, each from west to east
APART = 100_000_000  # units: farther than any two places
LINE, AREA, HOLE = range(3)  # what a line of water is


def roads(table: gpd.GeoDataFrame) -> Layer:
    """Make the streets, by class, drawn minor first.

    Parameters
    ----------
    table : geopandas.GeoDataFrame
        `roads`, EPSG:4326; ``name`` may be lacking. What is no line is not drawn.

    Returns
    -------
    dict
        The layer; see `geosector.maps.layers`.

    Examples
    --------
    >>> line = shapely.LineString([(37, 36), (37, 36.01)])
    >>> streets = gpd.GeoDataFrame({"road_class": ["primary"]}, geometry=[line], crs=4326)
    >>> layer = roads(streets)
    >>> layer["names"], [look["rank"] for look in layer["looks"]]
    ([''], [1])
    >>> roads(streets.iloc[:0])["looks"]
    []
    """
    classes = words.labels(table["road_class"]).to_numpy()
    called = pd.Series([None] * len(table)) if "name" not in table else table["name"]
    kind, met = pd.factorize(classes, sort=True)
    looks = sorted({theme.road(name) for name in met}, reverse=True)
    kinds = np.array([looks.index(theme.road(name)) for name in met], np.int64)[kind]
    # No array of numpy's own text, in which every name takes the room of the longest.
    name, names = pd.factorize(words.labels(called).to_numpy(), sort=True)
    # The empty name is the first of the sorted ones, where there is one.
    spoken_names = ["", *(str(one) for one in names if one)]
    name = name + (0 if len(names) and names[0] == "" else 1)
    labels = name.astype(np.int64) * max(len(looks), 1) + kinds
    lines, owners = _lines(table.geometry.to_numpy())
    whole, sizes, merged = _join_lines(lines, labels[owners])
    return {
        "kind": "roads",
        "id": "roads",
        "name": said("Roads"),
        "shown": True,
        "notes": [],
        "unit": UNIT,
        "shapes": pack_shapes(whole, sizes, merged, rings=False),
        "names": spoken_names,
        "looks": [{**look._asdict(), "label": words.road_rank(look.rank)} for look in looks],
    }


def _lines(shapes: Shapes) -> tuple[Shapes, Ints]:
    """Give the lines in shapes and the row of each; anything else is left out."""
    parts, owners = shapes, np.arange(len(shapes))
    if (shapely.get_type_id(shapes) != shapely.GeometryType.LINESTRING).any():
        parts, owners = shapely.get_parts(shapes, return_index=True)
    there = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    there &= ~shapely.is_empty(parts)
    return parts[there], owners[there].astype(np.int64)


def _join_lines(lines: Shapes, labels: Ints) -> tuple[Ints, Ints, Ints]:
    """Join streets of one label end to end, so that fewer starts are written.

    Returns
    -------
    tuple = (coordinates in units, points of each line, label of each line)
    """
    whole, sizes, labels = _rounded(lines, labels)
    starts = np.cumsum(sizes) - sizes
    lasts = starts + sizes - 1
    place = _places(whole[np.concatenate([starts, lasts])], np.tile(labels, 2))
    order, turned, chain = kernels.chain_lines(place[: len(sizes)], place[len(sizes) :])
    follows = np.diff(chain, prepend=-1) == 0
    own = sizes[order] - follows  # where lines meet, the point is written once
    step = np.where(turned, -1, 1)
    begin = np.where(turned, lasts[order], starts[order]) + step * follows
    shift = np.arange(int(own.sum())) - np.repeat(np.cumsum(own) - own, own)
    made = whole[np.repeat(begin, own) + np.repeat(step, own) * shift]
    sizes = np.bincount(chain, own).astype(np.int64)
    label = labels[order][~follows]
    # About a metre, as the rounding; where lines meet stays where it is.
    needed = kernels.needed_points(made, sizes, 1.0)
    sizes = np.bincount(np.repeat(np.arange(len(sizes)), sizes)[needed], minlength=len(sizes))
    made = made[needed]
    first = made[np.cumsum(sizes) - sizes]
    strip = np.floor(first[:, 1] * UNIT * 200)  # half a kilometre high
    by_place = np.lexsort((first[:, 0], strip, label))
    made, sizes = _reordered(made, sizes.astype(np.int64), by_place)
    return made, sizes, label[by_place]


def _rounded(lines: Shapes, labels: Ints) -> tuple[Ints, Ints, Ints]:
    """Give lines in units, without points that rounding put on the one before."""
    coordinates, of_line = shapely.get_coordinates(lines, return_index=True)
    whole = np.rint(coordinates / UNIT).astype(np.int64)
    moved = (np.diff(whole, axis=0, prepend=0) != 0).any(axis=1)
    kept = moved | (np.diff(of_line, prepend=-1) != 0)
    sizes = np.bincount(of_line[kept], minlength=len(lines)).astype(np.int64)
    kept &= (sizes > 1)[of_line]
    return whole[kept], sizes[sizes > 1], labels[sizes > 1]


def _places(ends: Ints, labels: Ints) -> Ints:
    """Give each end of a line a number: one for those of a label that lie on one another."""
    place, different = pd.factorize(ends[:, 0] * APART + ends[:, 1])
    number, _ = pd.factorize(labels * len(different) + place)
    return np.asarray(number, np.int64)


def buildings(table: gpd.GeoDataFrame) -> Layer:
    """Make the outlines of buildings, and nothing else of them.

    Parameters
    ----------
    table : geopandas.GeoDataFrame
        EPSG:4326. Points and lines are not drawn: the basemap shows no place that has no outline.

    Returns
    -------
    dict
        The layer; see `geosector.maps.layers`.

    Examples
    --------
    >>> house = shapely.box(37, 36, 37.0002, 36.0001)
    >>> table = gpd.GeoDataFrame({"name": ["Shelter"]}, geometry=[house], crs=4326)
    >>> layer = buildings(table)
    >>> "Shelter" in str(layer), layer["from_zoom"], layer["unit"]
    (False, 15, 1e-05)
    >>> len(buildings(table.iloc[:0])["shapes"]) < 20
    True
    """
    whole, sizes, _ = _rings(table.geometry.to_numpy())
    first = whole[np.cumsum(sizes) - sizes]
    # Those of as many corners together: their steps are alike.
    order = np.lexsort((first[:, 0], np.floor_divide(first[:, 1], STRIP), sizes))
    whole, sizes = _reordered(whole, sizes, order)
    return {
        "kind": "buildings",
        "id": "buildings",
        "name": said("Buildings"),
        "shown": True,
        "notes": [said("Shown when the map is near enough")],
        "unit": UNIT,
        "shapes": pack_shapes(whole, sizes, np.zeros_like(sizes), rings=True),
        "from_zoom": BUILDINGS_FROM_ZOOM,
        **theme.BUILDINGS._asdict(),
    }


def water(table: gpd.GeoDataFrame) -> Layer:
    """Make rivers, canals and lakes: areas and lines.

    Parameters
    ----------
    table : geopandas.GeoDataFrame
        EPSG:4326.

    Returns
    -------
    dict
        The layer; see `geosector.maps.layers`.

    Examples
    --------
    >>> lake = shapely.box(37, 36, 37.01, 36.01)
    >>> layer = water(gpd.GeoDataFrame(geometry=[lake, None], crs=4326))
    >>> layer["kind"], layer["colour"]
    ('water', '#a9cbe0')
    """
    shapes = table.geometry.to_numpy()
    whole, sizes, holes = _rings(shapes)
    lines, _ = _lines(shapes)
    lines = shapely.simplify(lines, UNIT, preserve_topology=False)
    along = np.rint(shapely.get_coordinates(lines) / UNIT).astype(np.int64)
    packed = pack_shapes(
        np.concatenate([whole, along]),
        np.concatenate([sizes, shapely.get_num_coordinates(lines)]).astype(np.int64),
        np.concatenate([np.where(holes, HOLE, AREA), np.full(len(lines), LINE)]).astype(np.int64),
        rings=False,
    )
    return {
        "kind": "water",
        "id": "water",
        "name": said("Water"),
        "shown": True,
        "notes": [],
        "unit": UNIT,
        "shapes": packed,
        **theme.WATER._asdict(),
    }


def _rings(shapes: Shapes) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Give the rings of areas in units, outer ones one way round, holes the other.

    Each begins at its southernmost corner; the last point, which is the first again, is left out,
    and so are points that rounding put on the one before, and rings of which no area is left.

    Returns
    -------
    tuple = (coordinates in units, points of each ring, whether it is a hole)
    """
    if (shapely.get_type_id(shapes) != shapely.GeometryType.POLYGON).any():
        shapes = shapely.get_parts(shapes)
    shapes = shapes[shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON]
    shapes = shapes[~shapely.is_empty(shapes)]
    rings, of_area = shapes, np.arange(len(shapes))
    if shapely.get_num_interior_rings(shapes).any():
        rings, of_area = shapely.get_rings(shapes, return_index=True)
    holes = np.append([False], of_area[1:] == of_area[:-1])[: len(rings)]
    sizes = shapely.get_num_coordinates(rings).astype(np.int64)
    whole, sizes, holes = kernels.turn_rings(shapely.get_coordinates(rings), sizes, holes, UNIT)
    return whole, sizes, holes


def _reordered(whole: Ints, sizes: Ints, order: Ints) -> tuple[Ints, Ints]:
    """Put rings into an order."""
    starts = np.cumsum(sizes) - sizes
    chosen = sizes[order]
    shift = starts[order] - (np.cumsum(chosen) - chosen)
    return whole[np.arange(len(whole)) + np.repeat(shift, chosen)], chosen
