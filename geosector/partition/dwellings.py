"""Where inside a zone people live: in its buildings, or along its streets.

A zone says how many people it has, not where. Spreading them by area puts people into parks and
fields; buildings and streets say better where homes are (dasymetric mapping: Wright, "A method of
mapping densities of population", Geographical Review 26, 1936; Mennis, "Generating surface models
of population using dasymetric mapping", The Professional Geographer 55, 2003). Here both become
weighted points, and a zone's people are shared out in proportion to the weights that lie in it:

    people(block) = Σ over zones of people(zone) · weight(zone ∩ block) / weight(zone)

The weight of a building is its people where the table counts them; else its floor area, footprint
× floors (Lwin and Murayama, "A GIS approach to estimation of building population for micro-spatial
analysis", Transactions in GIS 13, 2009). The weight of a street is its length, half of it on each
side (Reibel and Bufalino, "Street-weighted interpolation techniques for demographic count
estimation in incompatible zone systems", Environment and Planning A 37, 2005).
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geosector import crs
from geosector.errors import InputError
from geosector.language import number, text
from geosector.partition import noding
from geosector.partition.blocks import Fabric
from geosector.partition.places import Places, first_of, places_of, shared_ground
from geosector.partition.rows import numbers_of
from geosector.tables import Problem, require_table

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

STOREY_M = 3.0  # height of a floor, where a table tells heights only
MOST_FLOORS = 200.0
MOST_HEIGHT_M = 1000.0
MOST_IN_A_BUILDING = 1e6

# A street's two sides lie this far from its middle: beyond the kerb, on the right block.
SIDE_M = 5.0
STEP_M = 25.0
# Nobody lives on these, or they are drawn where no house stands beside them.
NO_HOMES = frozenset(
    {
        "motorway", "motorway_link", "trunk", "trunk_link", "busway", "track", "path", "footway",
        "steps", "cycleway", "bridleway", "construction", "proposed", "raceway", "corridor",
    }
)  # fmt: skip


class Dwellings(NamedTuple):
    """Points where people may live.

    ``points``, ``weight``, ``block`` (-1 where no block is): shape (n,), in an order that does not
    depend on the order of the rows. ``measure``: what the weight is. ``problems``: what of the
    table could not be used as it was.
    """

    points: NDArray[np.object_]
    weight: Floats
    block: Ints
    measure: str
    problems: tuple[Problem, ...]


def from_buildings(
    fabric: Fabric, buildings: gpd.GeoDataFrame, around: BaseGeometry | None = None
) -> Dwellings:
    """Take buildings for the places where people live.

    A building that reaches into several blocks counts in each by its area there.

    Parameters
    ----------
    fabric : Fabric
        From `make_blocks`.
    buildings : geopandas.GeoDataFrame
        Polygons or points, with a coordinate system; ``people``, ``floors`` and ``height_m`` where
        they are known. With one ``people`` above 0, people are the weight of all; else floors,
        then height / 3 m, then the middle value of the floors that are known, then one floor. A
        building drawn as a point counts as large as the middle one of those drawn as areas; where
        all are points, as 1.

    Returns
    -------
    Dwellings
        ``measure``: ``people``, ``floor_area_m2`` or, of points only, ``buildings``.

    Raises
    ------
    InputError
        Where the table holds no building.
    """
    require_table(buildings, text("The buildings table"))
    crs.require_crs(buildings, text("The buildings table"))
    shapes = np.asarray(crs.to_metres(buildings, fabric.crs).geometry.values, object)
    places = places_of(shapes)
    usable = places.area | places.point
    if not usable.any():
        raise InputError(
            text("The buildings table holds no building. Give polygons or points of buildings.")
        )
    problems = _unusable(int((~usable).sum()))
    if around is not None:
        usable &= shapely.intersects(places.shapes, around)
    rows = buildings[usable]
    places = Places(
        places.shapes[usable], places.area[usable], places.point[usable], places.flat[usable]
    )
    weight, measure, notes = _weights(rows, places)
    pieces = _pieces(fabric, places, weight)
    return _sorted(pieces, measure, (*problems, *notes))


def _unusable(count: int) -> list[Problem]:
    if not count:
        return []
    given = text("{count} without a place", count=number(count))
    return [Problem("buildings", None, "geometry", given, text("point, polygon"), text("left out"))]


def _weights(buildings: gpd.GeoDataFrame, places: Places) -> tuple[Floats, str, list[Problem]]:
    """Weigh each building, say in what, and list how many had to be guessed."""
    people = numbers_of(buildings, "people", MOST_IN_A_BUILDING)
    if np.nansum(people) > 0:
        missing = np.isnan(people)
        return np.where(missing, 0.0, people), "people", _guessed("people", missing, "0")
    floors = numbers_of(buildings, "floors", MOST_FLOORS)
    floors[floors == 0] = np.nan
    height = numbers_of(buildings, "height_m", MOST_HEIGHT_M)
    from_height = np.maximum(np.rint(height / STOREY_M), 1.0)
    floors = np.where(np.isnan(floors) & (height > 0), from_height, floors)
    missing = np.isnan(floors)
    usual = 1.0 if missing.all() else float(np.median(floors[~missing]))
    # A table that tells no heights at all is weighed by footprint: nothing is guessed.
    notes = [] if missing.all() else _guessed("floors", missing, f"{usual:g}")
    floors[missing] = usual
    footprint = shapely.area(places.shapes)
    drawn = places.area
    footprint[~drawn] = float(np.median(footprint[drawn])) if drawn.any() else 1.0
    return footprint * floors, "floor_area_m2" if drawn.any() else "buildings", notes


def _guessed(column: str, missing: NDArray[np.bool_], action: str) -> list[Problem]:
    count = int(missing.sum())
    if not count:
        return []
    given = text("{count} without a usable number", count=number(count))
    return [Problem("buildings", None, column, given, "0 …", action)]


def _pieces(fabric: Fabric, places: Places, weight: Floats) -> pd.DataFrame:
    """Cut buildings along blocks: ``point, weight, block``."""
    drawn = np.flatnonzero(places.area)
    shapes = places.shapes[drawn]
    one, block, shared = shared_ground(shapes, fabric.blocks)
    area = shapely.area(shapes)
    inside = np.bincount(one, shared, len(shapes))
    rest = np.flatnonzero(area - inside > 1e-6 * area)
    share = np.concatenate([shared, (area - inside)[rest]])
    building = np.concatenate([one, rest])
    where = np.concatenate([block, np.full(len(rest), -1)])
    # Most buildings lie in one block: only the others are cut to find a point of each piece.
    points = shapely.point_on_surface(shapes)[building]
    cut = np.flatnonzero(shared < (1 - 1e-6) * area[one])
    points[cut] = shapely.point_on_surface(
        shapely.intersection(shapes[one[cut]], fabric.blocks[block[cut]])
    )
    made = pd.DataFrame(
        {
            "point": points,
            "weight": weight[drawn][building] * share / np.bincount(building, share)[building],
            "block": where,
        }
    )
    single, row = shapely.get_parts(places.shapes[places.point], return_index=True)
    each = weight[places.point] / np.maximum(np.bincount(row, minlength=places.point.sum()), 1)
    spots = pd.DataFrame(
        {"point": single, "weight": each[row], "block": first_of(fabric.blocks, single)}
    )
    return pd.concat([made, spots], ignore_index=True)


def from_streets(
    fabric: Fabric, roads: gpd.GeoDataFrame, around: BaseGeometry | None = None
) -> Dwellings:
    """Take the sides of streets for the places where people live.

    Streets are cut into pieces of at most 25 m; half the length of each counts 5 m to its left,
    half 5 m to its right. Motorways, trunk roads, tracks and ways on foot, and what lies on
    another layer than the ground, have no homes beside them.

    Parameters
    ----------
    fabric : Fabric
        From `make_blocks`.
    roads : geopandas.GeoDataFrame
        The streets, those beyond the boundary too.
    around : shapely geometry, optional
        In metres: streets that do not meet it are passed over.

    Returns
    -------
    Dwellings
        ``measure``: ``street_m``.

    Raises
    ------
    InputError
        Where no street is left.
    """
    crs.require_crs(roads, text("The roads table"))
    metres = crs.to_metres(crs.densify(roads), fabric.crs)
    homes = np.ones(len(roads), bool)
    if "road_class" in roads:
        homes &= ~roads["road_class"].astype("string").fillna("").isin(NO_HOMES).to_numpy(bool)
    if "layer" in roads:
        homes &= pd.to_numeric(roads["layer"], errors="coerce").fillna(0).eq(0).to_numpy(bool)
    lines = shapely.get_parts(shapely.force_2d(np.asarray(metres.geometry.values, object)[homes]))
    lines = lines[(shapely.get_dimensions(lines) == 1) & np.isfinite(shapely.length(lines))]
    if around is not None:
        lines = lines[shapely.intersects(lines, around)]
    # Streets that are drawn twice count once.
    cut = noding.cut_into_segments(
        shapely.segmentize(lines, STEP_M), np.zeros(len(lines), np.int64)
    )
    ends = cut.ends / noding.UNITS_PER_METRE
    run = ends[:, 2:] - ends[:, :2]
    length = np.hypot(*run.T)
    if not length.sum() > 0:
        raise InputError(
            text("No street has homes beside it. Spread people by area or by buildings.")
        )
    aside = SIDE_M * run[:, ::-1] * [-1, 1] / length[:, None]
    middle = (ends[:, :2] + ends[:, 2:]) / 2
    points = shapely.points(np.concatenate([middle + aside, middle - aside]))
    block = first_of(fabric.blocks, points)
    sides = pd.DataFrame({"point": points, "weight": np.tile(length / 2, 2), "block": block})
    return _sorted(sides, "street_m", ())


def _sorted(pieces: pd.DataFrame, measure: str, problems: tuple[Problem, ...]) -> Dwellings:
    """Bring pieces into an order of their own, so that sums do not depend on the order of rows."""
    pieces = pieces[pieces["weight"] > 0]
    points = pieces["point"].to_numpy(object)
    weight, block = pieces["weight"].to_numpy(float), pieces["block"].to_numpy(np.int64)
    order = np.lexsort((weight, shapely.get_y(points), shapely.get_x(points), block))
    return Dwellings(points[order], weight[order], block[order], measure, problems)
