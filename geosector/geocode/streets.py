"""Streets by name, and the nodes where two named streets meet."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry import LineString, MultiLineString
from shapely.geometry.base import BaseGeometry
from shapely.ops import linemerge, unary_union

from geosector.crs import require_crs, to_wgs84
from geosector.errors import MissingColumnError
from geosector.geocode.gazetteer import Gazetteer, index_gazetteer
from geosector.geocode.match import match_names
from geosector.geocode.names import name_keys
from geosector.geocode.wording import tokens, vocabulary
from geosector.language import text

CROSSING_RADIUS_M = 50.0
LEAST_STREET_RADIUS_M = 150.0
# A street belongs to a town named with it when it is this near.
TOWN_REACH_KM = 12.0
# Nodes of one crossing: the corners of dual carriageways.
_CROSSING_M = 120.0
# Pieces of one name further apart than this are streets of different towns.
_APART_M = 1_500.0
_LEAST_LIKENESS = 0.75
_M_PER_DEGREE = 111_320.0
_NODE_DECIMALS = 6


class Spot(NamedTuple):
    """A street or a crossing; degrees. ``likeness``: of the names asked for to its names."""

    id: str
    name: str
    lat: float
    lon: float
    radius_m: float
    form: str
    likeness: float
    wkt: str


@dataclass(frozen=True)
class Streets:
    """Named streets: ``lines`` per name, ``nodes`` where each name's vertices lie."""

    index: Gazetteer
    names: tuple[str, ...]
    lines: tuple[BaseGeometry, ...]
    nodes: Mapping[int, frozenset[tuple[float, float]]]

    def find(self, names: Sequence[str], around: Sequence[tuple[float, float]]) -> list[Spot]:
        """Find a street, or the crossing of two.

        Parameters
        ----------
        names : sequence of str
            One or two, in any spelling, with or without a word such as "street".
        around : sequence of tuple = (lat, lon)
            Places named with it. Streets further than 12 km from all of them are not meant.

        Returns
        -------
        list of Spot
            Likeliest first, nearest first; empty where no such street, or crossing, is known.
        """
        meant = [self._named(name) for name in names]
        if len(meant) > 1:
            spots = [
                spot
                for one, like in meant[0].items()
                for other, also in meant[1].items()
                if one != other
                for spot in self._crossings(one, other, min(like, also))
            ]
        else:
            spots = [
                spot
                for found in meant
                for one, like in found.items()
                for spot in self._stretches(one, like)
            ]
        if around:
            spots = [spot for spot in spots if _nearest_km(spot, around) <= TOWN_REACH_KM]
        best = max((spot.likeness for spot in spots), default=0.0)
        kept = [spot for spot in spots if spot.likeness >= best - 0.05]
        return sorted(
            kept, key=lambda spot: (-spot.likeness, _nearest_km(spot, around), spot.lat, spot.lon)
        )

    def _named(self, name: str) -> dict[int, float]:
        plain = without_street_words(name)
        named = next(iter(self.index.named(plain).values()), ())
        if named:
            return {int(self.index.places[one].id): 1.0 for one in named}
        (verdict,) = match_names([plain], self.index, [None])
        similar = [verdict.place, *(one.place for one in verdict.alternatives)]
        alike = {int(one.id): _likeness(plain, one.name) for one in similar if one is not None}
        return {one: likeness for one, likeness in alike.items() if likeness >= _LEAST_LIKENESS}

    def _crossings(self, one: int, other: int, likeness: float) -> list[Spot]:
        shared = sorted(self.nodes[one] & self.nodes[other])
        if not shared:
            gap = shapely.shortest_line(self.lines[one], self.lines[other])
            middle = gap.interpolate(0.5, normalized=True)
            if gap.length * _M_PER_DEGREE > _CROSSING_M:
                return []
            shared = [(float(middle.x), float(middle.y))]
        name = f"{self.names[one]} × {self.names[other]}"
        return [
            Spot(
                id=f"crossing:{one}:{other}",
                name=name,
                lat=lat,
                lon=lon,
                radius_m=CROSSING_RADIUS_M,
                form="crossing",
                likeness=likeness,
                wkt="",
            )
            for lon, lat in _apart(shared, _CROSSING_M)
        ]

    def _stretches(self, one: int, likeness: float) -> list[Spot]:
        found = []
        for stretch in _towns_of(self.lines[one]):
            longest = max(_parts(stretch), key=lambda part: part.length)
            middle = longest.interpolate(0.5, normalized=True)
            reach = shapely.hausdorff_distance(middle, stretch) * _M_PER_DEGREE
            radius = round(max(LEAST_STREET_RADIUS_M, reach), 1)
            name = self.names[one]
            found.append(
                Spot(
                    id=f"street:{one}",
                    name=name,
                    lat=middle.y,
                    lon=middle.x,
                    radius_m=radius,
                    form="street",
                    likeness=likeness,
                    wkt=stretch.wkt,
                )
            )
        return found


def index_streets(roads: gpd.GeoDataFrame) -> Streets:
    """Make an index of the named streets of a road table.

    Parameters
    ----------
    roads : GeoDataFrame
        Lines with ``name``; further columns that begin with ``name_`` hold more spellings.

    Returns
    -------
    Streets

    Raises
    ------
    MissingColumnError
        Where there is no column ``name``.

    Examples
    --------
    >>> roads = gpd.GeoDataFrame(
    ...     {"name": ["Thawra Street", "Station Street", None]},
    ...     geometry=[LineString([(37.0, 36.0), (37.001, 36.0), (37.002, 36.0)]),
    ...               LineString([(37.001, 36.0), (37.001, 36.001)]),
    ...               LineString([(37.1, 36.0), (37.2, 36.0)])], crs="EPSG:4326")
    >>> spot, = index_streets(roads).find(["Thawra", "Station"], [])
    >>> spot.lat, spot.lon, spot.radius_m
    (36.0, 37.001, 50.0)
    >>> index_streets(roads).find(["Nowhere street"], [])
    []
    >>> index_streets(roads[["geometry"]])
    Traceback (most recent call last):
    ...
    geosector.errors.MissingColumnError: The road table has no column 'name': streets are not found.
    """
    if "name" not in roads.columns:
        raise MissingColumnError(
            text("The road table has no column 'name': streets are not found.")
        )
    known = to_wgs84(require_crs(roads, "roads"))
    known = known[[isinstance(name, str) and bool(name.strip()) for name in known["name"]]]
    more = [column for column in known.columns if str(column).startswith("name_")]
    pieces: dict[str, list[BaseGeometry]] = defaultdict(list)
    spellings: dict[str, set[str]] = defaultdict(set)
    for row in known[["name", *more, "geometry"]].itertuples(index=False):
        name, shape = str(row[0]), row[-1]
        if shape is not None and not shape.is_empty:
            pieces[name].append(shape)
            spellings[name].update(str(one) for one in row[1:-1] if isinstance(one, str))
    names = tuple(sorted(pieces))
    table = pd.DataFrame(
        {
            "id": [str(number) for number in range(len(names))],
            "name": [without_street_words(name) for name in names],
            "names": [
                "|".join(sorted(map(without_street_words, spellings[name]))) for name in names
            ],
            "lat": 0.0,
            "lon": 0.0,
        }
    )
    return Streets(
        index=index_gazetteer([table]),
        names=names,
        lines=tuple(unary_union(pieces[name]) for name in names),
        nodes={number: _vertices(pieces[name]) for number, name in enumerate(names)},
    )


def without_street_words(name: str) -> str:
    """Take words such as "street" off a name.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
        The name as it is, where nothing would be left.

    Examples
    --------
    >>> without_street_words("Thawra Street"), without_street_words("شارع الثورة")
    ('Thawra', 'الثورة')
    """
    known = vocabulary()
    kept = [
        token.text
        for token in tokens(name)
        if (word := known.get((token.key,))) is None or word.kind != "street"
    ]
    return " ".join(kept) or name


def _likeness(name: str, other: str) -> float:
    """Compare two names by their letters: 1 for the same, 0 for none in common."""
    key, other_key = (name_keys(one).get("sound", "") for one in (name, other))
    return round(float(SequenceMatcher(None, key, other_key, autojunk=False).ratio()), 3)


def _vertices(shapes: Sequence[BaseGeometry]) -> frozenset[tuple[float, float]]:
    return frozenset(
        (round(float(x), _NODE_DECIMALS), round(float(y), _NODE_DECIMALS))
        for shape in shapes
        for x, y in shapely.get_coordinates(shape)
    )


def _parts(shape: BaseGeometry) -> list[LineString]:
    merged = linemerge(shape) if isinstance(shape, MultiLineString) else shape
    return [part for part in getattr(merged, "geoms", [merged]) if part.length > 0] or [merged]


def _towns_of(shape: BaseGeometry) -> list[BaseGeometry]:
    """Keep apart the streets of one name in different towns."""
    parts = _parts(shape)
    areas = unary_union([part.buffer(_APART_M / 2 / _M_PER_DEGREE) for part in parts])
    return [
        unary_union([part for part in parts if part.intersects(area)])
        for area in getattr(areas, "geoms", [areas])
    ]


def _apart(points: Sequence[tuple[float, float]], metres: float) -> list[tuple[float, float]]:
    """Give one point for those within some metres of one another."""
    kept: list[tuple[float, float]] = []
    for lon, lat in points:
        if all(1000.0 * _km(lat, lon, y, x) > metres for x, y in kept):
            kept.append((lon, lat))
    return kept


def _km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    east = (other_lon - lon) * math.cos(math.radians(lat))
    return _M_PER_DEGREE / 1000.0 * math.hypot(other_lat - lat, east)


def _nearest_km(spot: Spot, around: Sequence[tuple[float, float]]) -> float:
    return min((_km(spot.lat, spot.lon, lat, lon) for lat, lon in around), default=0.0)
