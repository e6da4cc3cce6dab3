"""From the tables that an audience may see to a scene: which layers, and what is counted.

What a scene holds is said in `geosector.maps.layers`. Nothing here sees a table before its
release, so bounds, legends and counts cannot tell more than the layers do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geosector import crs
from geosector.assign import OUTSIDE, Assigner
from geosector.errors import InputError
from geosector.language import number as written
from geosector.language import text
from geosector.maps import basemap, heat, layers, theme, tiles, words
from geosector.maps.saying import Words, number, said
from geosector.tables import Audience

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

DELAY_DAYS = 7  # the public sees incidents older than this
CELL_M = 1000.0  # … in localities and in cells of this side
WORLD = (-180.0, -60.0, 180.0, 75.0)
GROUND = {"water": basemap.water, "buildings": basemap.buildings, "roads": basemap.roads}
# A sign lost or two figures exchanged puts a place in another country: drawn with the others, one
# such row would blur every density over a continent.
FARTHEST_M = 1e6


def make(
    seen: Mapping[str, pd.DataFrame],
    audience: Audience,
    day: dt.date | None,
    bandwidth_m: float | None,
    online: str | None = None,
) -> dict[str, Any]:
    """Make the scene of the tables that an audience may see.

    Parameters
    ----------
    seen : mapping of str to pandas.DataFrame or geopandas.GeoDataFrame
        ``incidents``, ``sectors``, ``borders``, ``roads``, ``buildings``, ``water``,
        ``facilities``, those there are, from `geosector.for_audience`.
    audience : {"internal", "partner", "public"}
    day : datetime.date or None
        Of the release.
    bandwidth_m : float or None
        As wished.
    online : str, optional
        Provider of online tiles.

    Returns
    -------
    dict
        A scene without language, title and stamp.
    """
    shapes = {name: _placed(table) for name, table in seen.items()}
    far = 0.0
    if "incidents" in shapes:
        near = _near(shapes["incidents"], shapes.get("sectors"))
        far = float(_counts(shapes["incidents"][~near], audience).sum())
        shapes["incidents"] = shapes["incidents"][near]
    drawn: list[layers.Layer] = [] if online is None else [tiles.layer(online)]
    drawn += [make(shapes[name]) for name, make in GROUND.items() if name in shapes]
    parts = []
    if "incidents" in shapes:
        parts = _parted(shapes["incidents"], audience, bandwidth_m)
        drawn += _densities(parts, words.until(day, DELAY_DAYS) if audience == "public" else None)
    if "sectors" in shapes:
        drawn.append(layers.sectors(shapes["sectors"], _sector_rows(seen, shapes, audience)))
    if "borders" in shapes:
        drawn.append(layers.borders(shapes["borders"]))
    drawn += _circles(parts, audience)
    if isinstance(seen.get("facilities"), gpd.GeoDataFrame):
        drawn += layers.facilities(shapes["facilities"])
    return {
        "audience": audience,
        "words": words.interface(),
        "bounds": _bounds(shapes),
        "layers": drawn,
        "statuses": layers.statuses(drawn),
        "notes": _notes(seen, shapes, audience, far),
    }


def _placed(table: pd.DataFrame) -> gpd.GeoDataFrame:
    """Give the rows that have a place in Web Mercator."""
    if not isinstance(table, gpd.GeoDataFrame):
        return gpd.GeoDataFrame(table.iloc[:0], geometry=[], crs=crs.WGS84)
    west, south, east, north = table.geometry.bounds.to_numpy(float).reshape(-1, 4).T
    with np.errstate(invalid="ignore"):
        there = (west >= -180) & (east <= 180) & (south >= -85) & (north <= 85)  # noqa: PLR2004
    return table[there]


def _near(incidents: gpd.GeoDataFrame, sectors: gpd.GeoDataFrame | None) -> Flags:
    """Find the incidents near the sectors, or near the middle one of all where there are none."""
    west, south, east, north = incidents.geometry.bounds.to_numpy(float).reshape(-1, 4).T
    lon, lat = (west + east) / 2, (south + north) / 2
    if not len(lon):
        return np.zeros(0, bool)
    middle = np.median(lon), np.median(lat)
    if sectors is not None and len(sectors):
        box = sectors.total_bounds
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    # Where even the corners of all are near, all are: a million distances take a second.
    corner_lon, corner_lat = (
        side.ravel() for side in np.meshgrid([np.min(lon), np.max(lon)], [np.min(lat), np.max(lat)])
    )
    if (_distances(corner_lon, corner_lat, middle) <= FARTHEST_M / 2).all():
        return np.ones(len(lon), bool)
    return _distances(lon, lat, middle) <= FARTHEST_M


def _distances(lon: Floats, lat: Floats, middle: tuple[float, float]) -> Floats:
    """Give the way in metres from each place to a middle."""
    return crs.distances_m(lon, lat, np.full(len(lon), middle[0]), np.full(len(lon), middle[1]))


def _counts(incidents: pd.DataFrame, audience: Audience) -> pd.Series:
    """Say how many incidents each row stands for: one, but for the public."""
    if audience == "public":
        return words.numbers(incidents, "count", 0.0)
    return pd.Series(1.0, index=incidents.index)


def _parted(
    incidents: gpd.GeoDataFrame, audience: Audience, bandwidth_m: float | None
) -> list[heat.Parted]:
    """Part incidents by kind, and each kind by whether its places are precise enough."""
    least = CELL_M if audience == "public" else 0.0
    if bandwidth_m is not None and bandwidth_m < least:
        raise InputError(
            text(
                "The public sees incidents in cells of {least} m, so a bandwidth of {given} m "
                "would show the cells. Give at least {least} m.",
                least=written(least),
                given=written(bandwidth_m),
            )
        )
    if incidents.empty:
        return []
    table = gpd.GeoDataFrame(
        {
            "kind": words.labels(incidents["kind"]),
            "date": incidents.get("date"),
            "locality": incidents.get("locality"),
            "radius_m": words.numbers(incidents, "radius_m", 0.0),
            "count": _counts(incidents, audience),
        },
        geometry=_middles(incidents),
        crs=crs.WGS84,
    )
    metric = crs.metric_crs(table.total_bounds)
    clouds = [heat.Cloud(kind, table[table["kind"] == kind], metric) for kind in theme.RAMPS]
    return [
        heat.part(
            cloud, max(heat.default_bandwidth(cloud), least) if bandwidth_m is None else bandwidth_m
        )
        for cloud in clouds
    ]


def _densities(parts: list[heat.Parted], period: Words | None) -> list[layers.Layer]:
    """Make the densities. Two over one another cannot be read: only the first is on."""
    drawn: list[layers.Layer] = []
    for part in parts:
        if len(part.precise.table):
            drawn.append(heat.layer(part, shown=not drawn, period=period))
    return drawn


def _circles(parts: list[heat.Parted], audience: Audience) -> list[layers.Layer]:
    """Make circles of what is too vague for a density; the public may read every count."""
    clouds = [cloud for part in parts for cloud in (part.precise, part.vague)]
    if audience != "public":
        clouds = [part.vague for part in parts]
    if not any(len(cloud.table) for cloud in clouds):
        return []
    name = (
        said("Incidents by place") if audience == "public" else said("Incidents known only roughly")
    )
    return [layers.circles(heat.by_place(clouds), name, shown=audience != "public")]


def _sector_rows(
    seen: Mapping[str, pd.DataFrame], shapes: Mapping[str, gpd.GeoDataFrame], audience: Audience
) -> dict[object, list[layers.Row]]:
    """Gather what the card of each sector tells beside the sector itself."""
    rows: dict[object, list[layers.Row]] = {sector: [] for sector in shapes["sectors"]["sector_id"]}
    # The counts of the public are by locality or cell; a sector has no share in them.
    if "incidents" in seen and audience != "public" and rows:
        counts = _sector_counts(shapes["incidents"], shapes["sectors"])
        for kind in counts.columns:
            for sector, told in rows.items():
                own = counts[kind].get(sector, 0)
                told.append([words.incident_kind(kind), number(own)])
    facilities = seen.get("facilities")
    if facilities is not None and not isinstance(facilities, gpd.GeoDataFrame):
        for sector, kind, count in _facility_counts(facilities):
            if sector in rows:
                told_count = said("withheld") if count is None else number(count)
                rows[sector].append([words.facility_kind(kind), told_count])
    return rows


def _sector_counts(incidents: gpd.GeoDataFrame, sectors: gpd.GeoDataFrame) -> pd.DataFrame:
    """Count incidents: a row for each sector that has some, a column for each kind met."""
    kinds = words.labels(incidents["kind"])
    kinds = kinds.where(kinds.isin(words.INCIDENT_KINDS), "other").to_numpy()
    zones = Assigner(sectors)
    places = _middles(incidents)
    position = zones.assign(places.x.to_numpy(float), places.y.to_numpy(float))
    inside = position != OUTSIDE
    counts = pd.crosstab(zones.keys[position[inside]], kinds[inside])
    met = [kind for kind in words.INCIDENT_KINDS if kind in set(kinds)]
    return counts.reindex(columns=met, fill_value=0)


def _facility_counts(facilities: pd.DataFrame) -> list[tuple[object, str, float | None]]:
    """Give facilities counted by sector and kind; None where a count is withheld."""
    kinds = words.labels(facilities["kind"])
    if "count" in facilities:
        counts = facilities["count"].astype("Float64")
        return [
            (sector, kind, None if pd.isna(count) else float(count))
            for sector, kind, count in zip(facilities["sector_id"], kinds, counts, strict=True)
        ]
    sizes = facilities.groupby(["sector_id", kinds.to_numpy()], sort=True).size()
    return [(sector, kind, float(size)) for (sector, kind), size in sizes.items()]


def _middles(table: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Give the points of a table, and a point of each of its areas."""
    middles = table.geometry.copy()
    areas = (middles.geom_type != "Point").to_numpy()
    if areas.any():
        middles[areas] = middles[areas].representative_point()
    return middles


def _notes(
    seen: Mapping[str, pd.DataFrame],
    shapes: Mapping[str, gpd.GeoDataFrame],
    audience: Audience,
    far: float,
) -> list[Words]:
    """Say what is not drawn."""
    notes: list[Words] = []
    if "incidents" in seen:
        placed = _counts(shapes["incidents"], audience)
        missing = _counts(seen["incidents"], audience).sum() - placed.sum() - far
        if missing:
            notes.append(said("Incidents without a place, not drawn: {n}", n=number(missing)))
        if far:
            notes.append(
                said(
                    "Incidents more than {km} km away, not drawn: {n}",
                    km=number(FARTHEST_M / 1000),
                    n=number(far),
                )
            )
        others = placed[~shapes["incidents"]["kind"].isin(list(theme.RAMPS))].sum()
        if others:
            notes.append(said("Incidents of other kinds, not drawn: {n}", n=number(others)))
    facilities = seen.get("facilities")
    if isinstance(facilities, gpd.GeoDataFrame):
        missing = len(facilities) - len(shapes["facilities"])
    elif facilities is not None and "count" not in facilities:
        missing = int(facilities["sector_id"].isna().sum())
    else:
        missing = 0
    if missing:
        notes.append(said("Facilities without a place, not drawn: {n}", n=number(missing)))
    return notes


def _bounds(shapes: Mapping[str, gpd.GeoDataFrame]) -> list[list[float]]:
    """Choose what the map shows first, from nothing but what is drawn."""
    for name in ("sectors", "incidents", "facilities", "borders", "roads", "buildings", "water"):
        if name in shapes and len(shapes[name]):
            bounds = shapes[name].total_bounds
            break
    else:
        bounds = np.array(WORLD)
    west, south, east, north = (round(float(edge), 5) for edge in bounds)
    return [[south, west], [north, east]]
