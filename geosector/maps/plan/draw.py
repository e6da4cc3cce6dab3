"""From the tables of a plan to layers of a scene, and to what of them is not drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geosector import crs
from geosector.errors import InputError
from geosector.language import text
from geosector.maps import areas, layers
from geosector.maps.layers import Layer
from geosector.maps.plan import shapes
from geosector.maps.plan.areas import of_areas
from geosector.maps.plan.bands import bands
from geosector.maps.plan.words import table_name
from geosector.maps.saying import Words, joined, number, said
from geosector.release import Planned

WORLD_SPAN = 300.0  # degrees of longitude: nothing but a plan has a place
# Drawn by another table, which they belong to, or told by sums alone.
WITH_OTHERS = ("blocks", "served")


def add_plan(
    scene: dict[str, Any], planned: Planned, seen: Mapping[str, pd.DataFrame]
) -> dict[str, Any]:
    """Add what a plan tells to a scene.

    Parameters
    ----------
    scene : dict
        As `geosector.maps.scenes.make` gives it.
    planned : Planned
        As `geosector.release.for_plan` gives it.
    seen : mapping of str to pandas.DataFrame
        The other tables, as the audience may see them: ``sectors``, ``localities``, ``boundary``,
        ``facilities``, ``roads``.

    Returns
    -------
    dict
        The scene with further layers: shadings under the outlines of the sectors, then hatched
        ground, lines, places. The notes say which tables are not on the map, and which are not for
        its reader.
    """
    if scene["audience"] == "public":  # who learns nothing but what was released
        planned = planned._replace(left_out={})
    if not planned.tables and not planned.left_out:
        return scene
    tables = {name: _located(name, rows) for name, rows in planned.tables.items()}
    taken = any(one["shown"] and one["kind"] in layers.SHADING for one in scene["layers"])
    shadings, drawn, notes = _shadings(tables, seen, shown=not taken)
    over = _over(tables, seen)
    drawn |= {name for name, made in over.items() if made}
    ground = [one for one in scene["layers"] if one["kind"] in _GROUND]
    rest = [one for one in scene["layers"] if one["kind"] not in _GROUND]
    made = [*ground, *shadings, *rest, *(one for own in over.values() for one in own)]
    return {
        **scene,
        "layers": made,
        "bounds": _bounds(scene["bounds"], tables),
        "statuses": layers.statuses(made),
        "notes": [*scene["notes"], *notes, *_left(planned, drawn)],
    }


_GROUND = ("tiles", "water", "buildings", "roads")


def _located(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Bring a table of the plan to degrees; one without a system of coordinates is refused."""
    if isinstance(rows, gpd.GeoDataFrame) and rows.active_geometry_name is not None:
        return crs.to_wgs84(crs.require_crs(rows, name))
    return pd.DataFrame(rows)


def _shadings(
    tables: Mapping[str, pd.DataFrame], seen: Mapping[str, pd.DataFrame], *, shown: bool
) -> tuple[list[Layer], set[str], list[Words]]:
    """Make the shadings: minutes by block, what is told of sectors, of localities."""
    made: list[Layer] = []
    drawn: set[str] = set()
    notes: list[Words] = []
    reach, blocks = tables.get("reach"), tables.get("blocks")
    if reach is not None and isinstance(blocks, gpd.GeoDataFrame):
        _require(reach, "reach", "block_id", "kind", "minutes")
        _require(blocks, "blocks", "block_id")
        made, lost = bands(pd.DataFrame(reach), blocks, shown=shown)
        drawn |= {"reach"} if made else set()
        if lost:
            notes.append(said("Rows of blocks that are not on the map: {n}", n=number(lost)))
    for zones in _zones(seen):
        more, told = of_areas(tables, zones, shown=shown and not made)
        made += more
        drawn |= told
    return made, drawn, notes


def _require(rows: pd.DataFrame, name: str, *columns: str) -> None:
    for column in columns:
        if column not in rows.columns:
            raise InputError(
                text(
                    "The table {name} lacks the column {column}; it has: {columns}.",
                    name=name,
                    column=column,
                    columns=", ".join(str(one) for one in rows.columns),
                )
            )


def _zones(seen: Mapping[str, pd.DataFrame]) -> list[areas.Zones]:
    """Give the areas of which a plan may tell: sectors, and localities where they are given."""
    found = []
    sectors = seen.get("sectors")
    if isinstance(sectors, gpd.GeoDataFrame) and len(sectors):
        there = sectors[~(sectors.geometry.isna() | sectors.geometry.is_empty)]
        zones = areas.sector_zones(there)
        found.append(areas.named(zones, said("The plan, by sector")))
    if "localities" in seen and len(seen["localities"]):
        zones = areas.locality_zones(seen["localities"], seen.get("boundary", sectors))
        found.append(areas.named(zones, said("The plan, by locality")))
    return found


def _over(
    tables: Mapping[str, pd.DataFrame], seen: Mapping[str, pd.DataFrame]
) -> dict[str, list[Layer]]:
    """Make what lies over the ground, the lowest first."""
    placed = _placed(tables, seen)
    made: dict[str, list[Layer]] = {}
    for name in ("cut_off", "service_areas"):
        if name in placed:
            made[name] = shapes.hatched(name, placed[name])
    roads = seen.get("roads")
    if isinstance(roads, gpd.GeoDataFrame):
        made["closed"] = shapes.closed(roads)
    for name in ("black_spots", "critical", "routes", "transfers"):
        if name in placed:
            made[name] = shapes.lines(name, placed[name])
    for name in ("critical", "candidates", "exposure", "shelters"):
        if name in placed:
            circles = shapes.circles(name, placed[name])
            if made.get(name):  # streets are on, and say most of it
                circles = [{**layer, "shown": False} for layer in circles]
            made[name] = [*made.get(name, []), *circles]
    if "sites" in placed:
        made["sites"] = shapes.sites(placed["sites"])
    return made


def _placed(
    tables: Mapping[str, pd.DataFrame], seen: Mapping[str, pd.DataFrame]
) -> dict[str, gpd.GeoDataFrame]:
    """Take the tables that have places, and give one to those that name a facility or a sector."""
    placed = {name: rows for name, rows in tables.items() if isinstance(rows, gpd.GeoDataFrame)}
    sectors = _places(seen.get("sectors"), "sector_id")
    facilities = _places(seen.get("facilities"), "id")
    if "transfers" in tables and "transfers" not in placed and (sectors or facilities):
        placed["transfers"] = shapes.transfers(tables["transfers"], sectors, facilities)
    for name in ("exposure", "shelters"):
        rows = tables.get(name)
        if rows is not None and name not in placed and "facility_id" in rows.columns and facilities:
            at = [facilities.get(str(key)) for key in rows["facility_id"]]
            placed[name] = gpd.GeoDataFrame(rows, geometry=at, crs=crs.WGS84)
    return placed


def _places(table: pd.DataFrame | None, key: str) -> dict[str, shapely.Point]:
    """Give the place of each row by what names it."""
    if not isinstance(table, gpd.GeoDataFrame) or key not in table.columns:
        return {}
    there = table[~(table.geometry.isna() | table.geometry.is_empty)]
    spots = there.geometry.representative_point()
    return dict(zip(there[key].astype(str), spots, strict=True))


def _bounds(bounds: list[list[float]], tables: Mapping[str, pd.DataFrame]) -> list[list[float]]:
    """Look at the plan where nothing else has a place."""
    (south, west), (north, east) = bounds
    placed = [rows for rows in tables.values() if isinstance(rows, gpd.GeoDataFrame)]
    boxes = [rows.total_bounds for rows in placed if rows.geometry.notna().any()]
    if east - west < WORLD_SPAN or not boxes:
        return bounds
    west, south = (float(min(box[at] for box in boxes)) for at in (0, 1))
    east, north = (float(max(box[at] for box in boxes)) for at in (2, 3))
    return [[round(south, 5), round(west, 5)], [round(north, 5), round(east, 5)]]


def _left(planned: Planned, drawn: set[str]) -> list[Words]:
    """Say which tables of the plan are not on the map, and which are not for its reader."""
    notes: list[Words] = []
    absent = [name for name in planned.tables if name not in {*drawn, *WITH_OTHERS}]
    if absent:
        notes.append(said("Of the plan, not on the map: {tables}", tables=_listed(absent)))
    if planned.left_out:
        gone = _listed(list(planned.left_out))
        notes.append(said("Of the plan, not for the readers of this map: {tables}", tables=gone))
    return notes


def _listed(names: list[str]) -> Words:
    parts: list[Words] = []
    for name in names:
        parts += [*([" · "] if parts else []), table_name(name)]
    return joined(*parts)
