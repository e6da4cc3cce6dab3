"""The borders of a sector in words: which streets it follows, in order and by compass side.

From the tables `sectors` and `borders` to one row for each stretch of a sector's outline, walked
clockwise from its north-western corner, and to one sentence for each sector. Choices made here:

- **Sides.** The corners of an outline are its farthest points to the north-west, north-east,
  south-east and south-west; between two of them lies a side. It is called after the compass
  point (of eight) to which the straight line between its corners looks. A corner gives way to
  a place nearby where the street changes, so that no street goes round a corner for a few metres.
- **Stretches.** What follows the same street towards the same neighbour is one stretch.
- **Short pieces.** A stretch shorter than a fiftieth of the outline is not told: its metres are
  counted in ``folded_m`` of the longer stretch beside it, so that nothing is lost, and the
  sentence says how many there are. So a roundabout does not cut a street in three.
- **Names are data.** They keep their own direction (Unicode isolates), lose every sign that
  would command it, and are never translated.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector import crs
from geosector.errors import InputError, MissingColumnError
from geosector.language import (
    END_ISOLATE,
    ISOLATE,
    current,
    digits,
    number,
    speaking,
    text,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Clockwise from the north, an eighth of a turn each.
COMPASS = (
    "north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest",
)  # fmt: skip
AROUND = "around"  # one street or the city limit on all sides
INSIDE = "inside"  # round a hole, where another sector or none lies

LIMIT = "limit"
ROAD = "road"
NO_ROAD = "no_road"

# A stretch below this share of the outline is folded away.
FOLD_SHARE = 0.02
# A corner moves at most by this share of the outline, to where the street changes.
CORNER_SHARE = 0.04
# How exactly the metres of a border and of the outlines along it must agree.
AGREE_SHARE = 1e-3
# Places this near are one vertex; streets are noded a millimetre apart.
_UNITS_PER_METRE = 10_000

LONGEST_NAME = 60

COLUMNS = {
    "sector_id": "int64",
    "part": "int64",
    "side": "string",
    "order": "int64",
    "kind": "string",
    "neighbour": "Int64",
    "road_class": "string",
    "name": "string",
    "length_m": "float64",
    "folded_m": "float64",
    "sentence": "string",
}


class Stretch(NamedTuple):
    """A stretch of an outline: who lies behind it, which road it follows, how long it is.

    ``neighbour`` is -1 at the city limit. ``folded_m``: metres of short pieces beside it.
    """

    side: str
    neighbour: int
    road_class: str
    name: str
    length_m: float
    folded_m: float = 0.0

    def goes_on(self, other: Stretch) -> bool:
        """Say whether the other is the same street towards the same neighbour."""
        return self[:4] == other[:4]

    def joined(self, other: Stretch) -> Stretch:
        """Give both as one."""
        return self._replace(
            length_m=self.length_m + other.length_m, folded_m=self.folded_m + other.folded_m
        )


class _Ring(NamedTuple):
    """A ring of a sector, walked clockwise: row of the borders (-1: none) and metres by edge."""

    sector: int
    part: int
    hole: bool
    points: Floats
    row: Ints
    metres: Floats


def describe_borders(
    sectors: gpd.GeoDataFrame, borders: gpd.GeoDataFrame, *, lang: str | None = None
) -> pd.DataFrame:
    """Describe the outline of every sector by the streets that it follows.

    Parameters
    ----------
    sectors : geopandas.GeoDataFrame
        Table `sectors` of a layout: ``sector_id`` and polygons.
    borders : geopandas.GeoDataFrame
        Table `borders` of the same layout: ``left, right, road_class, name, length_m`` and lines
        with the vertices of the sectors.
    lang : str, optional
        Code of the language of ``sentence``. Default: the current one.

    Returns
    -------
    pandas.DataFrame
        One row for each stretch, clockwise from the north-west, the sectors in order of number:
        ``sector_id``; ``part`` (1 is the largest piece of the sector); ``side`` (one of the eight
        of `COMPASS`, ``around`` or ``inside``); ``order`` from 1; ``kind`` (``road``, ``no_road``,
        ``limit``); ``neighbour``, missing at the city limit; ``road_class`` and ``name``, empty
        where there is none; ``length_m``, metres along it; ``folded_m``, metres of short pieces
        beside it; ``sentence``, the stretch in words. ``length_m`` and ``folded_m`` of a sector
        add up to its outline, and without the city limit to its rows of ``borders``.

    Raises
    ------
    MissingColumnError, MissingCRSError
        Where a table lacks a column or a coordinate system.
    InputError
        Where the borders do not lie on the outlines of the sectors.

    Examples
    --------
    Two squares side by side, a named primary road between them; then one sector alone; then
    borders of another layout:

    >>> from shapely.geometry import LineString, box
    >>> squares = [box(30, 33, 30.001, 33.001), box(30.001, 33, 30.002, 33.001)]
    >>> sectors = gpd.GeoDataFrame({"sector_id": [1, 2]}, geometry=squares, crs=4326)
    >>> facts = {"left": [1], "right": [2], "road_class": ["primary"], "name": ["Thawra Street"],
    ...          "length_m": [110.9]}
    >>> line = LineString([(30.001, 33), (30.001, 33.001)])
    >>> borders = gpd.GeoDataFrame(facts, geometry=[line], crs=4326)
    >>> told = describe_borders(sectors, borders)
    >>> told.loc[told["sector_id"] == 1, ["side", "kind", "neighbour"]].values.tolist()
    [['north', 'limit', <NA>], ['east', 'road', 2], ['south', 'limit', <NA>], \
['west', 'limit', <NA>]]
    >>> describe_borders(sectors[:1], borders[:0])["side"].tolist()
    ['around']
    >>> describe_borders(sectors[:1], borders)
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The border between the sectors 1 and 2 does not lie on their ...
    """
    _require(sectors, "sectors", ("sector_id",))
    _require(borders, "borders", ("left", "right", "road_class", "name", "length_m"))
    metric = crs.metric_crs(crs.to_wgs84(sectors).total_bounds) if len(sectors) else None
    rows = []
    if metric is not None:
        facts = _border_facts(borders)
        rings = _outlines(crs.to_metres(sectors, metric), crs.to_metres(borders, metric))
        with speaking(lang or current()):
            rows = [row for ring in rings for row in _rows(ring, facts)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["order"] = table.groupby("sector_id").cumcount() + 1
    return table.astype(COLUMNS)


def tell_borders(described: pd.DataFrame, *, lang: str | None = None) -> pd.Series:
    """Say in one sentence for each sector what bounds it.

    Parameters
    ----------
    described : pandas.DataFrame
        From `describe_borders`, in whatever language.
    lang : str, optional
        Code of the language. Default: the current one.

    Returns
    -------
    pandas.Series of str
        By ``sector_id``. Names stand in Unicode isolates.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> sectors = gpd.GeoDataFrame({"sector_id": [1]}, geometry=[box(30, 33, 30.001, 33.001)],
    ...                            crs=4326)
    >>> none = gpd.GeoDataFrame({"left": [], "right": [], "road_class": [], "name": [],
    ...                          "length_m": []}, geometry=[], crs=4326)
    >>> tell_borders(describe_borders(sectors, none)).tolist()
    ['Bounded on all sides by the city limit (409 m).']
    >>> tell_borders(describe_borders(sectors[:0], none)).tolist()
    []
    """
    with speaking(lang or current()):
        told = {
            sector: _sentence(list(rows.itertuples()))
            for sector, rows in described.groupby("sector_id", sort=True)
        }
    return pd.Series(told, dtype="string", name="sentence").rename_axis("sector_id")


def tell_sides(rows: pd.DataFrame, *, lang: str | None = None) -> list[tuple[str, str]]:
    """Say for a list what bounds one sector: a heading and the words of each side.

    Parameters
    ----------
    rows : pandas.DataFrame
        The rows of one sector from `describe_borders`.
    lang : str, optional
        Code of the language. Default: the current one.

    Returns
    -------
    list of tuple of str
        ``(side, words)`` in order; the last, without a side, tells of short pieces left out.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> sectors = gpd.GeoDataFrame({"sector_id": [1]}, geometry=[box(30, 33, 30.001, 33.001)],
    ...                            crs=4326)
    >>> none = gpd.GeoDataFrame({"left": [], "right": [], "road_class": [], "name": [],
    ...                          "length_m": []}, geometry=[], crs=4326)
    >>> tell_sides(describe_borders(sectors, none))
    [('All sides', 'the city limit (409 m)')]
    >>> tell_sides(describe_borders(sectors[:0], none))
    []
    """
    with speaking(lang or current()):
        told = []
        for part in sorted(rows["part"].unique()):
            own = list(rows[rows["part"] == part].itertuples())
            for side in dict.fromkeys(row.side for row in own):
                label = (
                    _side_label(side) if part == 1 else f"{_side_label(side)} ({digits(str(part))})"
                )
                told.append((label, _streets([row for row in own if row.side == side])))
        if round(rows["folded_m"].sum()) > 0:
            told.append(("", _left_out(rows["folded_m"].sum())))
        return told


def _side_label(side: str) -> str:
    if side == AROUND:
        return text("All sides")
    if side == INSIDE:
        return text("Inside")
    words = compass_in_words(side)
    return words[:1].upper() + words[1:]


def _require(table: gpd.GeoDataFrame, name: str, columns: Iterable[str]) -> None:
    for column in columns:
        if column not in table:
            raise MissingColumnError(
                text(
                    "The table {name} lacks the column {column}; it has: {columns}.",
                    name=name,
                    column=column,
                    columns=", ".join(map(str, table.columns)),
                )
            )
    crs.require_crs(table, name)


# --------------------------------------------------------------- from geometry to rings


def _border_facts(borders: gpd.GeoDataFrame) -> pd.DataFrame:
    """Give what is known of each border, missing words as empty ones."""
    return pd.DataFrame(
        {
            "left": borders["left"].to_numpy(np.int64),
            "right": borders["right"].to_numpy(np.int64),
            "road_class": borders["road_class"].astype("string").fillna("").to_numpy(object),
            "name": borders["name"].astype("string").fillna("").str.strip().to_numpy(object),
        }
    )


def _edges(shapes: NDArray[np.object_]) -> tuple[pd.DataFrame, Floats]:
    """Cut lines into straight edges: ``shape, low, high`` (vertices by place) and metres."""
    points, shape = shapely.get_coordinates(shapes, return_index=True)
    code = _vertex(points)
    same = shape[1:] == shape[:-1]
    one, two = code[:-1][same], code[1:][same]
    edges = pd.DataFrame(
        {"shape": shape[1:][same], "low": np.minimum(one, two), "high": np.maximum(one, two)}
    )
    metres: Floats = np.hypot(*(points[1:] - points[:-1]).T)[same]
    return edges, metres


def _vertex(points: Floats) -> NDArray[np.complex128]:
    """Give each place one value, made of its coordinates, that can be sorted."""
    whole = np.rint(points * _UNITS_PER_METRE)
    return np.asarray(whole[:, 0] + 1j * whole[:, 1])


def _outlines(sectors: gpd.GeoDataFrame, borders: gpd.GeoDataFrame) -> list[_Ring]:
    """Walk the rings of all sectors and find which border each edge lies on."""
    ids = sectors["sector_id"].to_numpy(np.int64)
    order = np.argsort(ids, kind="stable")
    owner, part, hole, rings = _rings(ids[order], sectors.geometry.to_numpy()[order])
    edges, metres = _edges(rings)
    lines, row_of_line = shapely.get_parts(borders.geometry.to_numpy(), return_index=True)
    pieces, _ = _edges(lines)
    pieces["row"] = row_of_line[pieces["shape"]]
    known = pieces.drop_duplicates(["low", "high"]).drop(columns="shape")
    found = edges.merge(known, on=["low", "high"], how="left")["row"]
    row = found.fillna(-1).to_numpy(np.int64)
    metres = _agreed(row, metres, owner[edges["shape"]], borders)
    stops = np.flatnonzero(np.diff(edges["shape"])) + 1
    return [
        _Ring(
            int(owner[at]), int(part[at]), bool(hole[at]), shapely.get_coordinates(ring)[:-1], *own
        )
        for at, ring, *own in zip(
            range(len(rings)), rings, np.split(row, stops), np.split(metres, stops), strict=True
        )
    ]


def _rings(
    ids: Ints, shapes: NDArray[np.object_]
) -> tuple[Ints, Ints, NDArray[np.bool_], NDArray[np.object_]]:
    """Give every ring with its sector, the number of its part by size, and whether it is a hole."""
    parts, at = shapely.get_parts(shapes, return_index=True)
    order = np.lexsort((-np.round(shapely.area(parts), 3), at))
    parts, at = shapely.orient_polygons(parts[order], exterior_cw=True), at[order]
    first = np.searchsorted(at, at)
    rings, part = shapely.get_rings(parts, return_index=True)
    hole = np.r_[False, part[1:] == part[:-1]]
    return ids[at][part], (np.arange(len(at)) - first + 1)[part], hole, rings


def _agreed(row: Ints, metres: Floats, sector: Ints, borders: gpd.GeoDataFrame) -> Floats:
    """Scale the metres of edges to those of the table; refuse borders that lie elsewhere."""
    stated = borders["length_m"].to_numpy(float)
    on = row >= 0
    scaled = metres.copy()
    for side in ("left", "right"):
        ids = borders[side].to_numpy(np.int64)
        own = on.copy()
        own[on] = ids[row[on]] == sector[on]
        walked = np.bincount(row[own], metres[own], len(stated))
        apart = ~(np.abs(walked - stated) <= AGREE_SHARE * stated + 1 / _UNITS_PER_METRE)
        if apart.any():
            first = borders.iloc[int(np.argmax(apart))]
            raise InputError(
                text(
                    "The border between the sectors {left} and {right} does not lie on their "
                    "outlines for {length} m. Give sectors and borders of one layout.",
                    left=first["left"],
                    right=first["right"],
                    length=number(float(first["length_m"])),
                )
            )
        share = np.divide(stated, walked, out=np.ones(len(stated)), where=walked > 0)
        scaled[own] *= share[row[own]]
    return scaled


# --------------------------------------------------------------- from a ring to stretches


def _rows(ring: _Ring, facts: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Give the rows of the table for one ring."""
    for told in _stretches(ring, facts):
        kind = LIMIT if told.neighbour < 0 else ROAD if told.road_class else NO_ROAD
        yield {
            **told._asdict(),
            "sector_id": ring.sector,
            "part": ring.part,
            "order": 0,
            "kind": kind,
            "neighbour": pd.NA if told.neighbour < 0 else told.neighbour,
            "sentence": f"{_way(told)}{_towards(told.neighbour)}",
        }


def _stretches(ring: _Ring, facts: pd.DataFrame) -> list[Stretch]:
    """Cut a ring into stretches, folded, from its north-western corner clockwise."""
    way = _ways(ring, facts)
    changes = np.flatnonzero(way != np.roll(way, 1))
    if len(changes) == 0:
        side = np.full(len(way), INSIDE if ring.hole else AROUND, object)
        start = 0
    elif ring.hole:
        side = np.full(len(way), INSIDE, object)
        start = int(changes[0])
    else:
        side, start = _sides(ring, changes)
    walk = ((start + np.arange(len(way))) % len(way)).tolist()
    single = [
        Stretch(str(side[at]), *_facts_of(ring, facts, at), float(ring.metres[at])) for at in walk
    ]
    return _folded(_merged(single), FOLD_SHARE * float(ring.metres.sum()))


def _ways(ring: _Ring, facts: pd.DataFrame) -> Ints:
    """Give a number to what each edge follows, and towards whom."""
    keys = [_facts_of(ring, facts, at) for at in range(len(ring.row))]
    number_of = {key: place for place, key in enumerate(sorted(set(keys)))}
    return np.array([number_of[key] for key in keys], np.int64)


def _facts_of(ring: _Ring, facts: pd.DataFrame, at: int) -> tuple[int, str, str]:
    """Give neighbour, class and name of one edge."""
    row = int(ring.row[at])
    if row < 0:
        return -1, "", ""
    left, right, road_class, name = facts.iloc[row]
    return int(right if left == ring.sector else left), road_class, name


def _sides(ring: _Ring, changes: Ints) -> tuple[NDArray[np.object_], int]:
    """Name the side on which each edge of a clockwise ring lies, and give the edge to begin at."""
    corners = _corners(ring, changes)
    size = len(ring.row)
    side = np.full(size, "", object)
    names = []
    for one, two in zip(corners, np.roll(corners, -1), strict=True):
        stretch = (one + np.arange((two - one) % size)) % size
        if len(stretch) == 0:
            continue
        east, north = ring.points[two] - ring.points[one]
        # Clockwise, the outside lies to the left of the way.
        bearing = np.degrees(np.arctan2(-north, east))
        name = COMPASS[int(np.rint(bearing / 45)) % len(COMPASS)]
        side[stretch] = name
        names.append((name, int(one)))
    # Where the last side has the name of the first, the walk begins with it.
    start = names[0][1]
    for name, one in reversed(names):
        if name != names[0][0]:
            break
        start = one
    return side, start


def _corners(ring: _Ring, changes: Ints) -> Ints:
    """Find the vertices at the four corners, clockwise from the north-west."""
    east, north = ring.points.T
    farthest = np.array(
        [np.argmax(reach) for reach in (north - east, north + east, east - north, -north - east)]
    )
    ways = np.r_[0.0, np.cumsum(ring.metres)]
    whole = ways[-1]
    along = (ways[farthest] - ways[farthest[0]]) % whole
    moved = np.empty(4)
    places = (ways[changes] - ways[farthest[0]]) % whole
    for corner in range(4):
        gap = (places - along[corner] + whole / 2) % whole - whole / 2
        nearest = int(np.argmin(np.abs(gap)))
        near = abs(gap[nearest]) <= CORNER_SHARE * whole
        moved[corner] = along[corner] + (gap[nearest] if near else 0.0)
    moved = np.maximum.accumulate(moved)
    moved = np.minimum(moved, moved[0] + whole)
    back = (moved + ways[farthest[0]]) % whole
    at = np.searchsorted(ways[:-1], back - 0.5 / _UNITS_PER_METRE) % len(ring.row)
    return np.asarray(at, np.int64)


def _merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    merged: list[Stretch] = []
    for stretch in stretches:
        if merged and merged[-1].goes_on(stretch):
            merged[-1] = merged[-1].joined(stretch)
        else:
            merged.append(stretch)
    return merged


def _folded(stretches: list[Stretch], least: float) -> list[Stretch]:
    """Fold the shortest stretch into the longer one beside it, until none is too short."""
    left = list(stretches)
    while len(left) > 1:
        at = min(range(len(left)), key=lambda place: (left[place].length_m, place))
        short = left[at]
        if short.length_m >= least:
            break
        beside = [place for place in (at - 1, at + 1) if 0 <= place < len(left)]
        home = max(beside, key=lambda p: (left[p].side == short.side, left[p].length_m, -p))
        more = left[home].folded_m + short.length_m + short.folded_m
        left[home] = left[home]._replace(folded_m=more)
        del left[at]
        left = _merged(left)
    return left


# --------------------------------------------------------------- from stretches to words


def plain_name(name: object) -> str:
    r"""Write a name from a table so that it can stand in a sentence of another script.

    Parameters
    ----------
    name : object
        A cell; missing is the empty text.

    Returns
    -------
    str
        One line, at most 60 letters, without signs that command the direction of writing.

    Examples
    --------
    >>> plain_name("  Thawra\n Street \u202e"), plain_name(None), len(plain_name("a" * 99))
    ('Thawra Street', '', 60)
    """
    if name is None or bool(pd.isna(name)):
        return ""
    spaced = " ".join(str(name).split())
    # The joiners of Kurdish and Persian are kept: they are part of the spelling.
    kept = "".join(
        sign
        for sign in spaced
        if sign in "\u200c\u200d" or unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co"}
    ).strip()
    return kept if len(kept) <= LONGEST_NAME else kept[: LONGEST_NAME - 1].rstrip() + "…"


def isolated(name: object) -> str:
    """Set a name from a table apart, so that its direction does not touch the sentence.

    Examples
    --------
    >>> isolated("Thawra Street") == "\u2068Thawra Street\u2069"
    True
    """
    return f"{ISOLATE}{plain_name(name)}{END_ISOLATE}"


def metres_in_words(length: float) -> str:
    """Write a length: whole metres below a kilometre, then kilometres with one decimal.

    Examples
    --------
    >>> metres_in_words(300.4), metres_in_words(1234), metres_in_words(999.7)
    ('300 m', '1.2 km', '1.0 km')
    """
    if round(length) >= 1000:  # noqa: PLR2004 - metres in a kilometre
        return text("{n} km", n=number(length / 1000, decimals=1))
    return text("{n} m", n=number(length))


def class_in_words(road_class: str) -> str:
    """Name a class of roads or a kind of barrier.

    Parameters
    ----------
    road_class : str
        An OpenStreetMap highway value, or the kind of a barrier: ``river``, ``railway``, …

    Returns
    -------
    str

    Examples
    --------
    >>> class_in_words("primary"), class_in_words("primary_link"), class_in_words("odd")
    ('primary road', 'link of a primary road', 'street of unknown class')
    """
    return _CLASSES.get(road_class, _unknown)()


def _unknown() -> str:
    return text("street of unknown class")


# Functions, because each is said in the language of the moment.
_CLASSES = {
    "motorway": lambda: text("motorway"),
    "trunk": lambda: text("trunk road"),
    "primary": lambda: text("primary road"),
    "secondary": lambda: text("secondary road"),
    "main": lambda: text("main road"),
    "tertiary": lambda: text("tertiary road"),
    "motorway_link": lambda: text("link of a motorway"),
    "trunk_link": lambda: text("link of a trunk road"),
    "primary_link": lambda: text("link of a primary road"),
    "secondary_link": lambda: text("link of a secondary road"),
    "tertiary_link": lambda: text("link of a tertiary road"),
    "unclassified": lambda: text("minor road"),
    "residential": lambda: text("residential street"),
    "living_street": lambda: text("living street"),
    "pedestrian": lambda: text("pedestrian street"),
    "service": lambda: text("service road"),
    "track": lambda: text("dirt track"),
    "footway": lambda: text("footpath"),
    "path": lambda: text("footpath"),
    "steps": lambda: text("steps"),
    "cycleway": lambda: text("cycle path"),
    "river": lambda: text("river"),
    "stream": lambda: text("stream"),
    "canal": lambda: text("canal"),
    "railway": lambda: text("railway"),
    "rail": lambda: text("railway"),
    "front_line": lambda: text("front line"),
    "wall": lambda: text("wall"),
    "barrier": lambda: text("barrier"),
}


def compass_in_words(side: str) -> str:
    """Name a compass point, or the middle.

    Examples
    --------
    >>> compass_in_words("northwest"), compass_in_words("centre")
    ('north-west', 'centre')
    """
    return {
        "north": text("north"),
        "northeast": text("north-east"),
        "east": text("east"),
        "southeast": text("south-east"),
        "south": text("south"),
        "southwest": text("south-west"),
        "west": text("west"),
        "northwest": text("north-west"),
        "centre": text("centre"),
    }[side]


def _way(told: Any) -> str:  # noqa: ANN401 - a Stretch or a row of the table
    """Say along what a stretch goes, and for how long."""
    length = metres_in_words(told.length_m)
    name = plain_name(told.name)
    if pd.isna(told.neighbour) or told.neighbour < 0:
        return _put(text("the city limit ({length})"), length=length)
    if not told.road_class:
        return _put(text("open ground without a road ({length})"), length=length)
    kind = class_in_words(told.road_class)
    if name:
        return _put(
            text("{name} ({kind}, {length})"), name=isolated(name), kind=kind, length=length
        )
    return _put(text("an unnamed {kind} ({length})"), kind=kind, length=length)


def _towards(neighbour: object) -> str:
    if pd.isna(neighbour) or neighbour < 0:  # type: ignore[operator]
        return ""
    return _put(text(", towards sector {number}"), number=digits(str(neighbour)))


def _sentence(rows: list[Any]) -> str:
    """Say the stretches of one sector."""
    sentences = []
    for part in sorted({row.part for row in rows}):
        own = [row for row in rows if row.part == part]
        sides = list(dict.fromkeys(row.side for row in own))
        clauses = text("; ").join(
            _clause(side, [row for row in own if row.side == side]) for side in sides
        )
        if part == 1:
            sentences.append(_put(text("Bounded {sides}."), sides=clauses))
        else:
            sentences.append(_put(text("A detached part is bounded {sides}."), sides=clauses))
    folded = sum(row.folded_m for row in rows)
    if round(folded) > 0:
        sentences.append(_left_out(folded))
    return " ".join(sentences)


def _same_street(one: Any, two: Any) -> bool:  # noqa: ANN401 - rows of the table
    """Say whether a named street goes on; of unnamed ones nobody knows."""
    return bool(two.name and one.road_class == two.road_class and one.name == two.name)


def _onward(row: Any) -> str:  # noqa: ANN401 - a row of the table
    return _put(text("further along it ({length})"), length=metres_in_words(row.length_m))


def _left_out(metres: float) -> str:
    said = text("Short pieces left out: {length} in all.")
    return _put(said, length=metres_in_words(metres))


def _streets(rows: list[Any]) -> str:
    """Say stretches one after the other: a neighbour is named once for all towards it."""
    said = ""
    for at, row in enumerate(rows):
        last = at + 1 == len(rows) or not _same(rows[at + 1].neighbour, row.neighbour)
        more = _onward(row) if at and _same_street(rows[at - 1], row) else _way(row)
        more += _towards(row.neighbour) if last else ""
        said = _put(text("{first}, then {more}"), first=said, more=more) if said else more
    return said


def _clause(side: str, rows: list[Any]) -> str:
    """Say one side in a sentence."""
    sentence = {
        "north": text("in the north by {streets}"),
        "northeast": text("in the north-east by {streets}"),
        "east": text("in the east by {streets}"),
        "southeast": text("in the south-east by {streets}"),
        "south": text("in the south by {streets}"),
        "southwest": text("in the south-west by {streets}"),
        "west": text("in the west by {streets}"),
        "northwest": text("in the north-west by {streets}"),
        AROUND: text("on all sides by {streets}"),
        INSIDE: text("inside by {streets}"),
    }[side]
    return _put(sentence, streets=_streets(rows))


def _same(one: object, two: object) -> bool:
    if pd.isna(one) or pd.isna(two):
        return bool(pd.isna(one) and pd.isna(two))
    return bool(one == two)


def _put(sentence: str, **parts: str) -> str:
    """Put phrases into a sentence of the same language.

    Unlike facts (see `geosector.language.text`) they are not isolated: a phrase that begins with
    a name in another script would turn its own order round.
    """
    return sentence.format(**parts)
