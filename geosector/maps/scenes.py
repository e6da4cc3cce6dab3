"""From the tables that an audience may see to a scene: which layers, and what is counted.

What a scene holds is said in `geosector.maps.layers`. Nothing here sees a table before its
release, so bounds, legends and counts cannot tell more than the layers do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geosector import crs, release
from geosector.assign import OUTSIDE, Assigner
from geosector.errors import AudienceError, InputError
from geosector.language import number as written
from geosector.language import text
from geosector.maps import areas, heat, layers, points, theme, words
from geosector.maps.ground import basemap, tiles
from geosector.maps.saying import Words, number, said
from geosector.maps.time import difference, frames
from geosector.maps.time.periods import Period
from geosector.tables import Audience

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

CELL_M = 1000.0  # the public sees incidents in localities and in cells of this side
DENSITIES = ("attack", "fire")  # drawn where no others are wished
CELLS = ("date", "date_precision", "locality")  # what a density tells of incidents as it stands
WORLD = (-180.0, -60.0, 180.0, 75.0)
# What the map shows first is where the first of these lies, else the ground.
BOUNDING = ("sectors", "boundary", "incidents", "facilities", "borders")
GROUND = {"water": basemap.water, "buildings": basemap.buildings, "roads": basemap.roads}
# A sign lost or two figures exchanged puts a place in another country: drawn with the others, one
# such row would blur every density over a continent.
FARTHEST_M = 1e6


class Wishes(NamedTuple):
    """What is wished of a map beside its tables.

    ``bandwidth_m`` is chosen for each kind where it is None; ``densities`` are kinds of incident,
    ``all`` for all together; outside ``surveyed`` (polygons, EPSG:4326) no density is shown;
    ``step`` is that of the slider over time; ``compare`` two periods whose difference is drawn;
    ``online`` a provider of tiles.
    """

    bandwidth_m: float | None = None
    densities: tuple[str, ...] = DENSITIES
    surveyed: gpd.GeoDataFrame | None = None
    step: str | None = None
    compare: tuple[Period, Period] | None = None
    online: str | None = None


class Boxes(NamedTuple):
    """Degrees around each row; of points, east is the very array of west, north that of south."""

    west: Floats
    south: Floats
    east: Floats
    north: Floats

    def only(self, rows: Flags) -> Boxes:
        """Give some of them."""
        west, south = self.west[rows], self.south[rows]
        if self.east is self.west:
            return Boxes(west, south, west, south)
        return Boxes(west, south, self.east[rows], self.north[rows])

    def around(self) -> tuple[float, float, float, float]:
        """Give the box around all; there is one at least."""
        west, south, east, north = self
        return float(west.min()), float(south.min()), float(east.max()), float(north.max())


class Placed(NamedTuple):
    """A table whose rows have a place, and where each lies."""

    table: gpd.GeoDataFrame
    boxes: Boxes

    def only(self, rows: Flags) -> Placed:
        """Give some of the rows."""
        return self if rows.all() else Placed(self.table[rows], self.boxes.only(rows))


class Middles(NamedTuple):
    """A place of each row, degrees."""

    lon: Floats
    lat: Floats


def make(
    seen: Mapping[str, pd.DataFrame], audience: Audience, day: dt.date | None, wishes: Wishes
) -> dict[str, Any]:
    """Make the scene of the tables that an audience may see.

    Parameters
    ----------
    seen : mapping of str to pandas.DataFrame or geopandas.GeoDataFrame
        ``incidents``, ``sectors``, ``borders``, ``roads``, ``buildings``, ``water``,
        ``facilities``, ``localities``, ``boundary``, those there are, from
        `geosector.for_audience`.
    audience : {"internal", "partner", "public"}
    day : datetime.date or None
        Of the release.
    wishes : Wishes

    Returns
    -------
    dict
        A scene without language, title and stamp.
    """
    placed = {name: _placed(table) for name, table in seen.items()}
    far = 0.0
    if "incidents" in placed:
        near = _near(placed["incidents"].boxes, placed.get("sectors"))
        far = float(_counts(placed["incidents"].table[~near], audience).sum())
        placed["incidents"] = _by_kind(placed["incidents"].only(near))
        middles = _middles(*placed["incidents"])
    shapes = {name: one.table for name, one in placed.items()}
    drawn: list[layers.Layer] = [] if wishes.online is None else [tiles.layer(wishes.online)]
    drawn += [draw(shapes[name]) for name, draw in GROUND.items() if name in shapes]
    parts: list[heat.Parted] = []
    unmet: list[Words] = []
    if "incidents" in shapes:
        cells = _cells(shapes["incidents"], middles, audience)
        parts = _parted(cells, wishes.densities, audience, wishes.bandwidth_m)
        period = words.until(day, release.DELAY_DAYS) if audience == "public" else None
        area = _metric_area(wishes.surveyed, parts)
        changes = _changes(parts, seen["incidents"], audience, wishes.compare, area)
        dense = _densities(parts, period, area, shown=not changes)
        covered = bool(dense or changes)
        drawn += _choropleths(seen, shapes, audience, period, shown=not covered)
        drawn += dense
        sliders = [] if audience == "public" else frames.layers(parts, wishes.step, area)
        drawn += sliders
        drawn += changes
        unmet = _unmet(wishes, audience, slid=bool(sliders), compared=bool(changes))
    if "sectors" in shapes:
        drawn.append(layers.sectors(shapes["sectors"], _sector_rows(seen, shapes, audience)))
    if "borders" in shapes:
        drawn.append(layers.borders(shapes["borders"]))
    drawn += _circles(parts, audience)
    if "incidents" in shapes:
        drawn += _points(shapes["incidents"], middles, audience)
    if isinstance(seen.get("facilities"), gpd.GeoDataFrame):
        drawn += layers.facilities(shapes["facilities"])
    return {
        "audience": audience,
        "words": words.interface(),
        "shading": list(layers.SHADING),
        "bounds": _bounds({name: one.boxes for name, one in placed.items()}),
        "layers": drawn,
        "statuses": layers.statuses(drawn),
        "notes": [*_notes(seen, shapes, wishes.densities, audience, far), *unmet],
    }


def _placed(table: pd.DataFrame) -> Placed:
    """Give the rows that have a place in Web Mercator."""
    if not isinstance(table, gpd.GeoDataFrame):
        table = gpd.GeoDataFrame(table.iloc[:0], geometry=[], crs=crs.WGS84)
    west, south, east, north = boxes = _boxes(table)
    with np.errstate(invalid="ignore"):
        there = (west >= -180) & (east <= 180) & (south >= -85) & (north <= 85)  # noqa: PLR2004
    return Placed(table, boxes).only(there)


def _near(incidents: Boxes, sectors: Placed | None) -> Flags:
    """Find the incidents near the sectors, or near the middle one of all where there are none."""
    west, south, east, north = incidents
    if not len(west):
        return np.zeros(0, bool)
    lon, lat = (west + east) / 2, (south + north) / 2
    ends = [float(np.min(lon)), float(np.max(lon))], [float(np.min(lat)), float(np.max(lat))]
    middle = (ends[0][0] + ends[0][1]) / 2, (ends[1][0] + ends[1][1]) / 2
    if sectors is not None and len(sectors.table):
        box = sectors.boxes.around()
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    # Where even the corners of all are near, all are: a million distances take a second. The
    # middle incident is as far from them as from the middle of the corners, at most twice.
    corner_lon, corner_lat = (side.ravel() for side in np.meshgrid(*ends))
    if (_distances(corner_lon, corner_lat, middle) <= FARTHEST_M / 4).all():
        return np.ones(len(lon), bool)
    if sectors is None or not len(sectors.table):
        middle = float(np.median(lon)), float(np.median(lat))
    return _distances(lon, lat, middle) <= FARTHEST_M


def _distances(lon: Floats, lat: Floats, middle: tuple[float, float]) -> Floats:
    """Give the way in metres from each place to a middle."""
    return crs.distances_m(lon, lat, np.full(len(lon), middle[0]), np.full(len(lon), middle[1]))


def _boxes(table: gpd.GeoDataFrame) -> Boxes:
    """Give west, south, east and north of each row; NaN where it has no place."""
    shapes = table.geometry.to_numpy()
    if (shapely.get_type_id(shapes) == shapely.GeometryType.POINT).all():
        places = shapely.get_coordinates(shapes)
        if len(places) == len(shapes):  # an empty point has none
            lon, lat = np.ascontiguousarray(places.T)
            return Boxes(lon, lat, lon, lat)
    return Boxes(*shapely.bounds(shapes).reshape(-1, 4).T)


def _counts(incidents: pd.DataFrame, audience: Audience) -> pd.Series:
    """Say how many incidents each row stands for: one, but for the public."""
    if audience == "public":
        return words.numbers(incidents, "count", 0.0)
    return pd.Series(1.0, index=incidents.index)


def checked_kinds(densities: Sequence[str] | None) -> tuple[str, ...]:
    """Say of which kinds of incident a density is wanted; refuse what is no kind.

    Examples
    --------
    >>> checked_kinds(None), checked_kinds([])
    (('attack', 'fire'), ())
    >>> checked_kinds(["flood"])
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: There is no density of 'flood'; give some of attack, fire, ...
    """
    if densities is None:
        return DENSITIES
    wanted = [densities] if isinstance(densities, str) else list(densities)
    for kind in wanted:
        if kind not in theme.RAMPS:
            raise InputError(
                text(
                    "There is no density of '{given}'; give some of {kinds}.",
                    given=kind,
                    kinds=", ".join(theme.RAMPS),
                )
            )
    return tuple(dict.fromkeys(wanted))


def _by_kind(incidents: Placed) -> Placed:
    """Let the kinds of incidents be categories: a million texts are compared once."""
    codes, cells = pd.factorize(incidents.table["kind"])
    kinds = pd.Categorical.from_codes(codes, pd.Index(cells))
    return incidents._replace(table=incidents.table.assign(kind=kinds))


def _kinds(incidents: pd.DataFrame) -> pd.Series:
    """Give the kind of each incident; what is none that we know is among the others."""
    codes, cells = pd.factorize(incidents["kind"])  # a missing cell has the code -1: the last kind
    known = list(words.INCIDENT_KINDS)
    labels = [words.label(cell) for cell in cells]
    at = [known.index(label if label in known else "other") for label in [*labels, "other"]]
    kinds = pd.Categorical.from_codes(np.array(at, np.int8)[codes], pd.Index(known))
    return pd.Series(kinds, index=incidents.index)


def _cells(incidents: gpd.GeoDataFrame, middles: Middles, audience: Audience) -> pd.DataFrame:
    """Give what a density needs to know of each incident."""
    told = {name: incidents[name].array for name in CELLS if name in incidents}
    return pd.DataFrame(
        {
            **told,
            "kind": _kinds(incidents).array,
            "radius_m": words.numbers(incidents, "radius_m", 0.0).array,
            "count": _counts(incidents, audience).array,
            **middles._asdict(),
        },
        copy=False,
    )


def _parted(
    incidents: pd.DataFrame,
    kinds: tuple[str, ...],
    audience: Audience,
    bandwidth_m: float | None,
) -> list[heat.Parted]:
    """Part incidents (`_cells`) by kind, and each kind by whether its places are precise enough."""
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
    west, east = incidents["lon"].min(), incidents["lon"].max()
    south, north = incidents["lat"].min(), incidents["lat"].max()
    metric = crs.metric_crs((west, south, east, north))
    table = heat.placed(incidents, metric)
    clouds = [
        heat.Cloud(kind, table if kind == heat.ALL else table[table["kind"] == kind], metric)
        for kind in kinds
    ]
    if bandwidth_m is not None:
        return [heat.part(cloud, heat.Bandwidth(bandwidth_m, "given")) for cloud in clouds]
    return [heat.part(cloud, heat.default_bandwidth(cloud, least)) for cloud in clouds]


def _metric_area(
    surveyed: gpd.GeoDataFrame | None, parts: list[heat.Parted]
) -> BaseGeometry | None:
    """Bring the area surveyed into the metric system of the incidents."""
    if surveyed is None or not parts:
        return None
    metric = parts[0].precise.metric
    area: BaseGeometry = crs.to_metres(crs.densify(surveyed), metric).geometry.union_all()
    shapely.prepare(area)
    return area


def _densities(
    parts: list[heat.Parted], period: Words | None, area: BaseGeometry | None, *, shown: bool
) -> list[layers.Layer]:
    """Make the densities. Two over one another cannot be read: at most the first is on."""
    parts = [part for part in parts if len(part.precise.table)]
    return [
        heat.layer(part, shown=shown and place == 0, period=period, surveyed=area)
        for place, part in enumerate(parts)
    ]


def _choropleths(
    seen: Mapping[str, pd.DataFrame],
    shapes: Mapping[str, gpd.GeoDataFrame],
    audience: Audience,
    period: Words | None,
    *,
    shown: bool,
) -> list[layers.Layer]:
    """Make the choropleths by locality and by sector, at most one of them on.

    The public sees counts by locality or cell: the difference between those and counts by sector
    would tell where in a locality something happened.
    """
    incidents = seen["incidents"]
    if incidents.empty:
        return []
    told = period or words.period(incidents["date"])
    drawn: list[layers.Layer] = []
    if "localities" in seen:
        zones = areas.locality_zones(seen["localities"], seen.get("boundary", seen.get("sectors")))
        placed = areas.in_localities(incidents, zones, audience)
        drawn.append(areas.layer(zones, placed, told, shown=shown))
    if len(shapes.get("sectors", ())) and audience != "public":
        zones = areas.sector_zones(shapes["sectors"])
        placed = areas.in_sectors(incidents, zones, audience)
        drawn.append(areas.layer(zones, placed, told, shown=shown and not drawn))
    return drawn


def _changes(
    parts: list[heat.Parted],
    incidents: pd.DataFrame,
    audience: Audience,
    compare: tuple[Period, Period] | None,
    area: BaseGeometry | None,
) -> list[layers.Layer]:
    """Make the difference of two periods; what the public sees has no dates, and none are made."""
    if compare is None:
        return []
    if audience == "public":
        raise AudienceError(
            text(
                "The public sees the incidents of all the time together, so no periods can be "
                "compared. Leave out compare, or draw the map for another audience."
            )
        )
    difference.require_incidents(incidents, compare)
    return difference.layers(parts, compare, area)


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


def _points(
    incidents: gpd.GeoDataFrame, middles: Middles, audience: Audience
) -> list[layers.Layer]:
    """Make the points: of whoever may see incidents one by one, masked or not; never the public."""
    if audience == "public" or incidents.empty:
        return []
    return [points.layer(incidents, middles.lon, middles.lat)]


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
    kinds = _kinds(incidents).to_numpy()
    zones = Assigner(sectors)
    places = _middles(incidents, _boxes(incidents))
    position = zones.assign(places.lon, places.lat)
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


def _middles(table: gpd.GeoDataFrame, boxes: Boxes) -> Middles:
    """Give the points of a table, and a point of each of its areas."""
    if boxes.east is boxes.west:
        return Middles(boxes.west, boxes.south)
    shapes = table.geometry.to_numpy()
    points_ = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    middles = np.where(points_, shapes, shapely.point_on_surface(shapes))
    return Middles(shapely.get_x(middles), shapely.get_y(middles))


def _notes(
    seen: Mapping[str, pd.DataFrame],
    shapes: Mapping[str, gpd.GeoDataFrame],
    drawn: tuple[str, ...],
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
        if audience == "public" and placed.sum():
            notes.append(
                said("No slider over time: the public sees the incidents of all periods together.")
            )
        # Other audiences see them as points, and localities count every kind.
        if heat.ALL not in drawn and audience == "public" and "localities" not in shapes:
            others = placed[~_kinds(shapes["incidents"]).isin(drawn)].sum()
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


def _unmet(wishes: Wishes, audience: Audience, *, slid: bool, compared: bool) -> list[Words]:
    """Say which wish about time the incidents do not allow."""
    notes: list[Words] = []
    if wishes.step is not None and audience != "public" and not slid:
        notes.append(
            said(
                "No slider over time: the densities drawn have incidents in fewer than two periods."
            )
        )
    if wishes.compare is not None and not compared:
        notes.append(
            said(
                "The two periods are not compared: none of their incidents, of the kinds drawn, "
                "has a place known as precisely as the bandwidth."
            )
        )
    return notes


def _bounds(boxes: Mapping[str, Boxes]) -> list[list[float]]:
    """Choose what the map shows first, from nothing but what is drawn."""
    for name in (*BOUNDING, *GROUND):
        if name in boxes and len(boxes[name].west):
            bounds = boxes[name].around()
            break
    else:
        bounds = WORLD
    west, south, east, north = (round(float(edge), 5) for edge in bounds)
    return [[south, west], [north, east]]
