r"""Make the built-in sample town: streets, people, places, incidents and plans, all invented.

``python tests/make_synthetic_town.py [FOLDER]`` writes the files of ``geosector/sample/`` again,
byte for byte: everything follows from SEED. Nothing here is a real town, person or event.

The town is drawn in metres around its market square and becomes degrees only when it is written::

              \      |      /
           .---\-----O-----/---.        core       irregular lanes inside the inner ring
          /  .--\----|----/--.  \       quarter    a bent grid between inner ring and ring road
         |  /   .----+----.   \  |      suburb     a looser grid outside the ring road
     ----O--|---|  core   |---|--+---   informal   irregular lanes, narrow and full of people
         |  \   '----+----'   /  |      works      large plots beside the highway
          \  '--/----|----\--'  /       fields     tracks only
           '---/-----+-----\---'
      ========/======X======\=========  O roundabout, = dual carriageway, X bridge above it
"""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import NamedTuple

import shapely
from shapely import LineString, MultiLineString, MultiPoint, Point, Polygon
from shapely.affinity import rotate, translate

SEED = 20240301
PEOPLE = 40_000
INCIDENTS = 300
LON, LAT = 38.0, 35.3  # the market square: open steppe in reality
METRES_PER_DEGREE = 111_195.0
GRID = 0.1  # metres: streets meet exactly at this step
TOGETHER = 3.0  # metres
FOLDER = Path(__file__).resolve().parents[1] / "geosector" / "sample"

CLASSES = (
    "trunk",
    "trunk_link",
    "primary",
    "secondary",
    "tertiary",
    "unclassified",
    "residential",
    "living_street",
)


class Street(NamedTuple):
    """A street before it is cut at its junctions."""

    road_class: str
    line: LineString
    name: str = ""
    name_en: str = ""
    layer: int = 0
    oneway: bool = False
    roundabout: bool = False


class Zone(NamedTuple):
    """A piece of town between main streets, and how it is built."""

    ground: str
    shape: Polygon


class Ground(NamedTuple):
    """How a kind of zone is built: spacing of its streets in metres, people per hectare."""

    spacing: tuple[float, float]
    people: float
    gone: float  # share of street pieces that were never built


GROUNDS = {
    "core": Ground((95, 95), 120, 0.04),
    "quarter": Ground((92, 158), 105, 0.08),
    "informal": Ground((80, 80), 150, 0.05),
    "suburb": Ground((104, 128), 50, 0.10),
    "works": Ground((170, 230), 3, 0.05),
    "fields": Ground((390, 520), 0.6, 0.05),
}

PARKS = ((-590, 370, 120), (640, -350, 140), (300, 900, 110))  # x, y, radius: no lanes there

# ------------------------------------------------------------------------------- main streets

RADIALS = (  # bearing from the east in degrees, class inside and outside the ring road, names
    (93, "primary", "primary", "طريق القلم", "Qalam Road"),
    (44, "secondary", "tertiary", "شارع الدواة", "Dawat Street"),
    (-4, "primary", "primary", "طريق الورق", "Waraq Road"),
    (-47, "secondary", "tertiary", "شارع المسطرة", "Mistara Street"),
    (-90, "primary", "primary", "طريق الحبر", "Hibr Road"),
    (-139, "secondary", "tertiary", "شارع الدفتر", "Daftar Street"),
    (184, "primary", "primary", "طريق الكتاب", "Kitab Road"),
    (138, "secondary", "tertiary", "شارع السطر", "Satr Street"),
)
ROUNDABOUTS = ((0, 24.0), (6, 11.0))  # radial that meets the ring road there, radius in metres
LOCAL_NAMES = (
    ("شارع الصفحة", "Safha Street"),
    ("شارع الممحاة", "Mimhat Street"),
    ("شارع الريشة", "Risha Street"),
    ("شارع الهامش", "Hamish Street"),
    ("شارع الفاصلة", "Fasila Street"),
    ("شارع النقطة", "Nuqta Street"),
    ("شارع العنوان", "Unwan Street"),
    ("شارع الغلاف", "Ghilaf Street"),
    ("شارع الفهرس", "Fihris Street"),
    ("شارع الظرف", "Zarf Street"),
    ("شارع الطابع", "Tabi Street"),
    ("شارع المحبرة", "Mihbara Street"),
    ("شارع القرطاس", "Qirtas Street"),
    ("شارع الطبشور", "Tabshur Street"),
    ("شارع اللوح", "Lawh Street"),
    ("شارع البركار", "Birkar Street"),
    ("شارع المنقلة", "Minqala Street"),
    ("شارع الحقيبة", "Haqiba Street"),
    ("شارع المجلد", "Mujallad Street"),
    ("شارع الحاشية", "Hashiya Street"),
)


def inner_ring(a: float) -> float:
    return 390 * (1 + 0.09 * math.sin(2 * a + 0.4) + 0.05 * math.cos(3 * a))


def middle_ring(a: float) -> float:
    return 810 * (1 + 0.05 * math.cos(2 * a + 0.9) + 0.03 * math.sin(3 * a))


def ring_road(a: float) -> float:
    return 1240 * (1 + 0.08 * math.cos(2 * a + 0.3) + 0.03 * math.sin(3 * a + 1))


def built_up(a: float) -> float:
    return ring_road(a) + 330 + 90 * math.sin(4 * a + 1) + 50 * math.sin(9 * a)


def town_limit(a: float) -> float:
    wave = 0.06 * math.cos(2 * a + 0.5) + 0.05 * math.sin(3 * a + 2) + 0.02 * math.cos(5 * a)
    south = 0.22 * math.exp(2.5 * (math.cos(a + 1.65) - 1))  # the works beyond the highway
    return 1810 * (1 + wave + south)


def highway(x: float) -> float:
    return -1490 + 70 * math.sin(x / 900 + 0.6)


def around(
    radius: Callable[[float], float], start: float, stop: float, step: float
) -> list[tuple[float, float]]:
    count = round((stop - start) / step)
    angles = [math.radians(start + (stop - start) * i / count) for i in range(count + 1)]
    return [(radius(a) * math.cos(a), radius(a) * math.sin(a)) for a in angles]


def disc(radius: Callable[[float], float], step: float) -> Polygon:
    return Polygon(around(radius, 0, 360, step)[:-1])


def radial(bearing: float) -> LineString:
    points = []
    for r in range(300, 2301, 100):
        a = math.radians(bearing) + 0.06 * math.sin(r / 330 + bearing)
        points.append((r * math.cos(a), r * math.sin(a)))
    return LineString(points)


def radials(core: Polygon, square: Polygon, limit: Polygon) -> list[Street]:
    """Draw the radials, and the four streets that lead them through the core to the square."""
    ring = disc(ring_road, 4)
    streets = []
    for number, (bearing, inside, outside, name, name_en) in enumerate(RADIALS):
        line = radial(bearing).difference(core).intersection(limit)
        streets.append(Street(inside, line.intersection(ring), name, name_en))
        streets.append(Street(outside, line.difference(ring), name, name_en))
        if number % 2 == 0:
            x, y = line.coords[0]
            bend = (x / 2 + 0.06 * y, y / 2 - 0.06 * x)
            souq = number % 4 == 0
            streets.append(
                Street(
                    "secondary" if souq else "tertiary",
                    LineString([(0, 0), bend, (x, y)]).difference(square),
                    "شارع السوق" if souq else "شارع المكتبة",
                    "Souq Street" if souq else "Maktaba Street",
                )
            )
    return streets


def highway_streets(limit: Polygon) -> list[Street]:
    """Draw both carriageways and the four slip roads of the junction at the bridge."""
    name = ("طريق السهب السريع", "Steppe Highway")
    streets = []
    for side in (1, -1):  # one drives on the right: the northern carriageway leads west
        points = [(x, highway(x) + side * 3) for x in range(-2400, 2401, 160)]
        line = LineString(points[::-1] if side > 0 else points)
        streets.append(Street("trunk", line.intersection(limit), *name, oneway=True))
        for end in (1, -1):
            start = line.interpolate(line.project(Point(end * 250, highway(end * 250))))
            level = highway(0) + side * 110
            stop = radial(-90).intersection(LineString([(-300, level), (300, level)]))
            bend = (stop.x + end * 22, highway(0) + side * 16)
            curve = [
                tuple(
                    (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c
                    for a, b, c in zip(start.coords[0], bend, stop.coords[0], strict=True)
                )
                for t in (i / 8 for i in range(9))
            ]
            streets.append(Street("trunk_link", LineString(curve[:: side * end]), oneway=True))
    return streets


def with_bridge(streets: list[Street]) -> list[Street]:
    """Lift the road that crosses the highway above it."""
    xs = range(-400, 401, 80)
    under = Polygon(
        [(x, highway(x) - 34) for x in xs] + [(x, highway(x) + 34) for x in reversed(xs)]
    )
    result = []
    for street in streets:
        if street.name == "طريق الحبر" and street.line.crosses(under):
            result.append(street._replace(line=street.line.difference(under)))
            result.append(street._replace(line=street.line.intersection(under), layer=1))
        else:
            result.append(street)
    return result


def main_streets(limit: Polygon) -> list[Street]:
    """Draw the square, the rings, the radials, the highway with its bridge and the roundabouts."""
    core, ring = disc(inner_ring, 9), disc(ring_road, 4)
    square = rotate(shapely.box(-38, -26, 38, 26), 9)
    streets = [
        Street("primary", LineString(ring.exterior), "الطريق الدائري", "Ring Road"),
        Street("secondary", LineString(core.exterior), "شارع السور", "Sur Street"),
        Street(
            "tertiary", LineString(around(middle_ring, 45, 313, 5)), "شارع الحلقة", "Halqa Street"
        ),
        Street("tertiary", LineString(square.exterior), "ساحة السوق", "Souq Square"),
        *radials(core, square, limit),
        *highway_streets(limit),
    ]
    for number, radius in ROUNDABOUTS:
        centre = radial(RADIALS[number][0]).intersection(ring.exterior)
        island = Polygon(
            [
                (
                    centre.x + radius * math.cos(i * math.pi / 8),
                    centre.y + radius * math.sin(i * math.pi / 8),
                )
                for i in range(16)
            ]
        )
        streets = [street._replace(line=street.line.difference(island)) for street in streets]
        name, name_en = RADIALS[number][3:]
        streets.append(
            Street(
                "primary",
                LineString(island.exterior),
                name.replace("طريق", "دوار"),
                name_en.replace("Road", "Roundabout"),
                oneway=True,
                roundabout=True,
            )
        )
    return with_bridge(streets)


# ------------------------------------------------------------------------------- local streets


def ground_of(place: Point) -> str:
    """Say how the town is built at a place."""
    a, r = math.atan2(place.y, place.x), math.hypot(place.x, place.y)
    degrees = math.degrees(a) % 360
    if place.y < highway(place.x):
        return "works" if abs(place.x) < 900 else "fields"
    if r < inner_ring(a):
        return "core"
    if r < ring_road(a):
        return "informal" if 270 < degrees < 313 and r > middle_ring(a) else "quarter"
    if 130 < degrees < 186:
        return "informal"
    return "suburb" if degrees < 130 or degrees > 313 else "fields"


def zones(streets: Iterable[Street], limit: Polygon) -> list[Zone]:
    lines = [street.line for street in streets if not street.layer]
    net = shapely.unary_union([*lines, limit.exterior], grid_size=GRID)
    shapes = [
        shape
        for shape in shapely.polygonize(list(net.geoms)).geoms
        if 2 * shape.area / shape.length > 30
    ]
    shapes.sort(key=lambda shape: (round(shape.centroid.x), round(shape.centroid.y)))
    return [Zone(ground_of(shape.representative_point()), shape) for shape in shapes]


def bent(x: float, y: float) -> tuple[float, float]:
    """Bend straight streets a little, everywhere in the same way."""
    return (
        x + 16 * math.sin(y / 260 + 0.5) + 7 * math.sin(x / 140),
        y + 16 * math.sin(x / 290 + 1.1) + 6 * math.sin(y / 120 + x / 400),
    )


def near(place: tuple[float, ...]) -> tuple[float, ...]:
    return round(place[0], 1), round(place[1], 1)


def parts(line: shapely.Geometry) -> list[LineString]:
    found = [
        part
        for part in shapely.get_parts(line)
        if part.geom_type == "LineString" and not part.is_empty
    ]
    return sorted(found, key=lambda part: [near(place) for place in part.coords])


def grid_streets(zone: Zone, names: list[tuple[str, str]], random: Random) -> list[Street]:
    """Lay two families of streets across a zone, the middle one of the first a named collector."""
    ground = GROUNDS[zone.ground]
    centre = zone.shape.representative_point()
    angle = math.degrees(math.atan2(centre.y, centre.x)) + random.uniform(-14, 14)
    reach = math.hypot(
        *(b - a for a, b in zip(zone.shape.bounds[:2], zone.shape.bounds[2:], strict=True))
    )
    inside = zone.shape.buffer(-0.36 * min(ground.spacing))
    streets = []
    for family, spacing in enumerate(ground.spacing):
        offset, number = random.uniform(-0.5, 0.5) * spacing - 20 * spacing, -20
        while offset < reach:
            steps = range(-int(reach), int(reach) + 60, 60)
            flat = rotate(
                LineString([(step, offset) for step in steps]), angle + 90 * family, origin=(0, 0)
            )
            moved = translate(flat, centre.x, centre.y)
            line = LineString([bent(x, y) for x, y in moved.coords]).simplify(1.2)
            collector = number % 6 == 0 and not family and zone.ground in ("quarter", "suburb")
            name = names[int(random.random() * len(names))] if collector else ("", "")
            road_class = class_of(zone.ground, collector=collector)
            streets += [
                Street(road_class, part, *name)
                for part in parts(line.intersection(zone.shape))
                if part.intersection(inside).length > max(45, 0.5 * part.length)
            ]
            offset += spacing * random.uniform(0.84, 1.16)
            number += 1
    return streets


def class_of(ground: str, *, collector: bool) -> str:
    if collector:
        return "tertiary"
    return "unclassified" if ground in ("works", "fields") else "residential"


def lanes(zone: Zone, random: Random) -> list[Street]:
    """Lay irregular lanes across a zone, with dead ends between them."""
    step = GROUNDS[zone.ground].spacing[0]
    west, south, east, north = zone.shape.buffer(2 * step).bounds
    seeds = [
        (x + random.uniform(-0.4, 0.4) * step, y + random.uniform(-0.4, 0.4) * step)
        for x in range(int(west), int(east), int(step))
        for y in range(int(south), int(north), int(step * 1.12))
    ]
    edges = shapely.voronoi_polygons(MultiPoint(seeds), only_edges=True)
    inside = zone.shape.buffer(-0.3 * step)
    streets = []
    for edge in parts(shapely.normalize(shapely.node(edges))):
        for part in parts(edge.intersection(zone.shape)):
            if part.intersection(inside).length >= min(12, 0.5 * part.length):
                blind = part.length > 70 and random.random() < 0.3
                streets += [Street("residential", part)]
                streets += [Street("living_street", dead_end(part, random))] if blind else []
    return streets


def dead_end(lane: LineString, random: Random) -> LineString:
    (x0, y0), (x1, y1) = lane.coords[0], lane.coords[-1]
    start = lane.interpolate(random.uniform(0.35, 0.65), normalized=True)
    reach = random.choice((-1, 1)) * random.uniform(22, 34) / lane.length
    return LineString(
        [(start.x, start.y), (start.x - (y1 - y0) * reach, start.y + (x1 - x0) * reach)]
    )


def local_streets(town: Iterable[Zone], random: Random) -> list[Street]:
    edge = disc(built_up, 3)
    streets = []
    for zone in town:
        shape = (
            zone.shape.intersection(edge) if zone.ground in ("suburb", "informal") else zone.shape
        )
        for part in sorted(shapely.get_parts(shape), key=lambda part: part.bounds):
            if part.geom_type != "Polygon" or 2 * part.area / part.length < 30:
                continue
            if zone.ground in ("core", "informal"):
                streets += lanes(Zone(zone.ground, part), random)
            else:
                streets += grid_streets(Zone(zone.ground, part), list(LOCAL_NAMES), random)
    return streets


# ------------------------------------------------------------------------------- the network


def junction_pieces(streets: list[Street], random: Random) -> list[tuple[int, LineString]]:
    """Cut the streets where they meet; a piece belongs to the greatest street it lies on.

    Gives pieces with the number of their street. Some minor ones were never built.
    """
    flat = {number: street for number, street in enumerate(streets) if not street.layer}
    numbers = list(flat)
    net = shapely.unary_union([street.line for street in flat.values()], grid_size=GRID)
    tree = shapely.STRtree([street.line for street in flat.values()])
    pieces = []
    for piece in parts(net):
        middle = piece.interpolate(0.5, normalized=True)
        under = [numbers[i] for i in tree.query(middle, predicate="dwithin", distance=0.4)]
        owner = min(under, key=lambda i: (CLASSES.index(streets[i].road_class), i))
        minor = CLASSES.index(streets[owner].road_class) >= CLASSES.index("residential")
        park = any(math.dist(place, middle.coords[0]) < radius for *place, radius in PARKS)
        built = random.random() >= GROUNDS[ground_of(middle)].gone and not park
        if built or not minor:
            pieces.append((owner, along(piece, streets[owner].line)))
    above = {n: street.line for n, street in enumerate(streets) if street.layer}
    return [*pieces, *((n, shapely.set_precision(line, GRID)) for n, line in above.items())]


def along(piece: LineString, street: LineString) -> LineString:
    """Turn a piece the way its street runs."""
    a, b = (street.project(piece.interpolate(share, normalized=True)) for share in (0.48, 0.52))
    return piece if a < b else piece.reverse()


def tidied(pieces: list[tuple[int, LineString]]) -> list[tuple[int, LineString]]:
    """Draw junctions together that lie within TOGETHER metres of each other along a street."""
    moved: dict[tuple[float, ...], tuple[float, ...]] = {}

    def home(place: tuple[float, ...]) -> tuple[float, ...]:
        place = near(place)
        while place in moved:
            place = moved[place]
        return place

    short = [line for _, line in pieces if line.length < TOGETHER]
    for line in short:
        a, b = home(line.coords[0]), home(line.coords[-1])
        if a != b:
            moved[max(a, b)] = min(a, b)
    result = []
    for owner, line in pieces:
        if line.length >= TOGETHER:
            first, *between, last = line.simplify(0.3).coords
            result.append((owner, LineString([home(first), *between, home(last)])))
    return result


def connected(pieces: list[tuple[int, LineString]]) -> list[tuple[int, LineString]]:
    """Keep the pieces that can be reached from the first street, the ring road."""
    ends = [{near(line.coords[0]), near(line.coords[-1])} for _, line in pieces]
    at = defaultdict(list)
    for n, places in enumerate(ends):
        for place in places:
            at[place].append(n)
    waiting = [n for n, (owner, _) in enumerate(pieces) if not owner]
    reached = set(waiting)
    while waiting:
        for place in ends[waiting.pop()]:
            waiting += [n for n in at[place] if n not in reached]
            reached.update(at[place])
    return [piece for n, piece in enumerate(pieces) if n in reached]


def segments(streets: list[Street], pieces: list[tuple[int, LineString]]) -> list[Street]:
    """Join the pieces of each street, keeping a vertex at every junction.

    A main street stays cut where it meets another main street, a minor one is left whole.
    """
    owners, owned = defaultdict(set), defaultdict(list)
    for owner, line in pieces:
        owned[owner].append(line)
        if CLASSES.index(streets[owner].road_class) < CLASSES.index("unclassified"):
            for end in (line.coords[0], line.coords[-1]):
                owners[end].add(owner)
    stops = {end for end, numbers in owners.items() if len(numbers) > 1}
    result = [
        streets[owner]._replace(line=part)
        for owner, lines in sorted(owned.items())
        for whole in parts(shapely.line_merge(MultiLineString(lines), directed=True))
        for part in cut(whole, stops)
    ]
    return sorted(result, key=lambda street: CLASSES.index(street.road_class))


def cut(line: LineString, stops: set[tuple[float, ...]]) -> list[LineString]:
    coords = list(line.coords)
    marks = [i for i in range(1, len(coords) - 1) if coords[i] in stops]
    marks = [0, *marks, len(coords) - 1]
    return [LineString(coords[a : b + 1]) for a, b in pairwise(marks)]


# ------------------------------------------------------------------------------- people


def blocks(pieces: Iterable[Street], limit: Polygon) -> list[Polygon]:
    lines = [piece.line for piece in pieces if not piece.layer]
    net = shapely.unary_union([*lines, limit.exterior], grid_size=GRID)
    found = shapely.polygonize(list(net.geoms)).geoms
    return sorted(found, key=lambda block: block.representative_point().coords[0])


def people(town: Iterable[Polygon], random: Random) -> list[tuple[Point, int]]:
    """Spread the people over the blocks; shares are rounded so that the total is exact."""
    places, weights = [], []
    for block in town:
        place = block.representative_point()
        ground = ground_of(place)
        hectares = min(block.area, 30_000 if ground != "fields" else 300_000) / 10_000
        if block.area > 900 and 2 * block.area / block.length > 12:
            places.append(place)
            weights.append(GROUNDS[ground].people * hectares * math.exp(random.gauss(0, 0.3)))
    scale = PEOPLE / sum(weights)
    counts = [int(weight * scale) for weight in weights]
    rest = sorted(range(len(counts)), key=lambda i: (counts[i] - weights[i] * scale, i))
    for i in rest[: PEOPLE - sum(counts)]:
        counts[i] += 1
    return [(place, count) for place, count in zip(places, counts, strict=True) if count]


# ------------------------------------------------------------------------------- places

TOWN = ("تل المثال", "Tall al-Mithal")
ADMIN1 = "Al-Namudhaj"
NEIGHBOURHOODS = (  # names, further spellings, bearing, metres from the square
    ("السوق القديم", "As-Suq al-Qadim", "حي السوق القديم|Old Souq", 40, 120),
    ("باب الدواة", "Bab ad-Dawat", "حي باب الدواة|Bab Dawat", 130, 260),
    ("حارة الوراقين", "Harat al-Warraqin", "حي الوراقين|الوراقين", 215, 240),
    ("القلم الشرقي", "Al-Qalam ash-Sharqi", "حي القلم الشرقي|East Qalam", 68, 800),
    ("القلم الغربي", "Al-Qalam al-Gharbi", "حي القلم الغربي|West Qalam", 115, 800),
    ("المحبرة", "Al-Mihbara", "حي المحبرة", 20, 830),
    ("المسطرة", "Al-Mistara", "حي المسطرة", -25, 800),
    ("الحبر", "Al-Hibr", "حي الحبر", -70, 640),
    ("الهامش", "Al-Hamish", "حي الهامش|العشوائيات الجنوبية", -65, 1000),
    ("الدفتر", "Ad-Daftar", "حي الدفتر", -115, 780),
    ("الفهرس", "Al-Fihris", "حي الفهرس", 205, 800),
    ("الكتاب", "Al-Kitab", "حي الكتاب", 160, 820),
    ("السطر", "As-Satr", "حي السطر", 150, 1450),
    ("ضاحية الورق", "Dahiyat al-Waraq", "حي الورق", 15, 1500),
    ("ضاحية القلم", "Dahiyat al-Qalam", "الضاحية الشمالية", 75, 1450),
    ("المنطقة الصناعية", "Al-Mintaqa as-Sinaiya", "الصناعة", -88, 1750),
)
VILLAGES = (  # names, further spellings, bearing, metres from the square, people
    ("كفر الدفتر", "Kafr ad-Daftar", "كفردفتر", 52, 5200, 2100),
    ("بئر الحبر", "Bir al-Hibr", "بير الحبر", -75, 6100, 1400),
    ("عين الورق", "Ayn al-Waraq", "عين ورق", 5, 7400, 3200),
    ("خربة المسطرة", "Khirbat al-Mistara", "خربة مسطرة", -31, 8300, 420),
    ("رسم السطر", "Rasm as-Satr", "رسم سطر", 147, 5900, 760),
    ("تل الممحاة", "Tall al-Mimhat", "تل ممحاة", 118, 9400, 530),
    ("دير المحبرة", "Dayr al-Mihbara", "دير محبرة", 171, 6800, 1850),
    ("قصر الورقة", "Qasr al-Waraqa", "قصر ورقة", 196, 10300, 690),
    ("مزرعة الطبشور", "Mazraat at-Tabshur", "مزرعة طبشور", -128, 5400, 260),
    ("أم الأقلام", "Umm al-Aqlam", "ام الاقلام", 84, 7900, 1120),
    ("الريشة الكبيرة", "Ar-Risha al-Kabira", "الريشه الكبيره", 33, 11800, 980),
    ("الريشة الصغيرة", "Ar-Risha as-Saghira", "الريشه الصغيره", 37, 13100, 310),
    ("بركة المداد", "Birkat al-Midad", "بركة مداد", -52, 10900, 880),
    ("حوض القرطاس", "Hawd al-Qirtas", "حوض قرطاس", -100, 9800, 450),
    ("تلة الفاصلة", "Tallat al-Fasila", "تلة فاصلة", 223, 8700, 370),
    ("وادي النقطة", "Wadi an-Nuqta", "وادي نقطة", 240, 12100, 290),
    ("كفر الغلاف", "Kafr al-Ghilaf", "كفرغلاف", 101, 13600, 1640),
    ("جسر البركار", "Jisr al-Birkar", "جسر بركار", 12, 15200, 740),
    ("خان الطوابع", "Khan at-Tawabi", "خان طوابع", -14, 12600, 1290),
    ("نبع اللوح", "Nab al-Lawh", "نبع لوح", 159, 14100, 560),
    ("مشرفة الظرف", "Mushrifat az-Zarf", "مشرفة ظرف", 181, 15900, 410),
    ("سد الحاشية", "Sadd al-Hashiya", "سد حاشية", -149, 14600, 180),
    ("تل الفهارس", "Tall al-Faharis", "تل فهارس", 64, 16300, 350),
    ("مخيم المنقلة", "Mukhayyam al-Minqala", "مخيم منقلة", -112, 3600, 4300),
)


def places() -> list[dict[str, object]]:
    rows = [row("town", (*TOWN, "تلّ المثال|Tal Mithal", 0, 0, PEOPLE))]
    rows += [row("neighbourhood", (*facts, "")) for facts in NEIGHBOURHOODS]
    rows += [row("village", facts) for facts in VILLAGES]
    return [{"id": f"SYN-{number:03}", **facts} for number, facts in enumerate(rows, 1)]


def row(level: str, facts: tuple) -> dict[str, object]:
    name_ar, name, names, bearing, metres, count = facts
    a = math.radians(bearing)
    lon, lat = degrees(metres * math.cos(a), metres * math.sin(a))
    return {
        "name": name,
        "name_ar": name_ar,
        "names": names,
        "lat": lat,
        "lon": lon,
        "level": level,
        "admin1": ADMIN1,
        "population": count,
    }


# ------------------------------------------------------------------------------- incidents

KINDS = (("attack", 34), ("fire", 38), ("traffic", 25), ("drowning", 3))
WHERE = {
    "attack": ("home", "road", "school", "market", "field"),
    "fire": ("home", "shop", "field", "warehouse", "tent"),
    "traffic": ("road",),
    "drowning": ("reservoir", "well"),
}
WEAPONS = ("artillery", "rocket", "drone", "mine", "unspecified")
CAUSES = ("electrical", "stove", "fuel", "unknown")
VEHICLES = ("car", "motorcycle", "truck", "minibus")
FATES = ("killed", "injured")
GROUPS = ("man", "woman", "boy", "girl", "unspecified")
DIRTY = {  # row number: what is wrong with it
    40: {"date": "2024-02-30"},
    81: {"lat": 95.0, "lon": 38.004},
    122: {"kind": "meteor"},
    163: {"date": "٢٠٢٤-٠٤-٠٣", "injured_man": "٣"},
    204: {"killed_man": -1},
    245: {"locality": "", "lat": "", "lon": ""},
    286: {"locality": "قرية بلا اسم", "lat": "", "lon": ""},
}


def incidents(homes: list[tuple[Point, int]], random: Random) -> list[dict[str, object]]:
    """Invent what was reported, in the order of the days; DIRTY rows come as offices send them."""
    days = sorted(int(random.random() * 61) for _ in range(INCIDENTS))
    crowd = [place for place, count in homes for _ in range(count // 25)]
    rows = []
    for number, day in enumerate(days, 1):
        kind = pick([name for name, weight in KINDS for _ in range(weight)], random)
        facts = {"id": f"SYN-{number:04}", "date": f"2024-{3 + day // 31:02}-{day % 31 + 1:02}"}
        facts |= {"kind": kind, "locality": locality(random), "admin1": ADMIN1}
        facts |= {"lat": "", "lon": "", "place_type": pick(WHERE[kind], random)}
        facts["weapon"] = pick(WEAPONS, random) if kind == "attack" else ""
        facts["cause"] = pick(CAUSES, random) if kind == "fire" else ""
        facts["vehicle"] = pick(VEHICLES, random) if kind == "traffic" else ""
        facts |= casualties(kind, random)
        facts["reported_by"] = f"synthetic team {1 + int(random.random() * 4)}"
        if random.random() < 0.2:
            home = pick(crowd, random)
            x, y = home.x + random.gauss(0, 40), home.y + random.gauss(0, 40)
            facts["lon"], facts["lat"] = degrees(x, y)
            facts["locality"] = min(NEIGHBOURHOODS, key=lambda place: apart(place, x, y))[0]
        rows.append(facts | DIRTY.get(number, {}))
    return rows


def apart(place: tuple, x: float, y: float) -> float:
    *_, bearing, metres = place
    a = math.radians(bearing)
    return math.dist((metres * math.cos(a), metres * math.sin(a)), (x, y))


def pick(options: Iterable, random: Random):
    options = list(options)
    return options[int(random.random() * len(options))]


def locality(random: Random) -> str:
    """Name a place as an office would: with or without its kind, with another spelling at times."""
    if random.random() < 0.68:
        name, _, others, *_ = pick(NEIGHBOURHOODS, random)
        quarter = name if " " in name else f"حي {name}"
        return pick((name, name, quarter, others.split("|")[0]), random)
    name, _, others, *_ = pick(VILLAGES, random)
    return pick((name, name, name, others), random)


def casualties(kind: str, random: Random) -> dict[str, object]:
    """Count the people hurt, group by group; most events hurt nobody."""
    harm = {"attack": (0.22, 0.45), "fire": (0.03, 0.12), "traffic": (0.07, 0.7)}
    likely = harm.get(kind, (0.8, 0.1))
    counts: dict[str, object] = {}
    for fate, chance in zip(FATES, likely, strict=True):
        for group, share in zip(GROUPS, (0.6, 0.3, 0.25, 0.2, 0.12), strict=True):
            hit = random.random() < chance * share
            counts[f"{fate}_{group}"] = 1 + int(random.expovariate(1.1)) if hit else 0
    return counts


# ------------------------------------------------------------------------------- facilities

FACILITIES = (  # kind, how many, names in en, ar, kmr, ckb, capacity, unit
    ("shelter", 9, "Shelter", "ملجأ", "Stargeh", "پەناگە", 250, "people"),
    ("warehouse", 4, "Warehouse", "مستودع", "Embar", "کۆگا", 600, "m3"),
    (
        "field_hospital",
        2,
        "Field hospital",
        "مشفى ميداني",
        "Nexweşxaneya meydanî",
        "نەخۆشخانەی مەیدانی",
        30,
        "beds",
    ),
    ("clinic", 5, "Clinic", "مستوصف", "Klînîk", "بنکەی تەندروستی", 80, "people per day"),
    ("water_point", 7, "Water point", "نقطة مياه", "Xala avê", "خاڵی ئاو", 40, "m3"),
    (
        "fire_station",
        2,
        "Fire station",
        "مركز إطفاء",
        "Agirkuj",
        "بنکەی ئاگرکوژاندنەوە",
        3,
        "engines",
    ),
    ("school", 6, "School", "مدرسة", "Dibistan", "قوتابخانە", 400, "pupils"),
)
STATUS = ("open", "open", "open", "open", "open", "damaged", "closed", "planned")


def facilities(homes: list[tuple[Point, int]], random: Random) -> list[dict[str, object]]:
    """Place facilities where people live, each beside another block."""
    free = [place for place, count in homes if count > 30]
    features = []
    for kind, many, en, ar, kmr, ckb, size, unit in FACILITIES:
        for number in range(1, many + 1):
            place = free.pop(int(random.random() * len(free)))
            status = "open" if number == 1 else pick(STATUS, random)
            facts = {
                "id": f"SYN-{kind}-{number}",
                "kind": kind,
                "name": f"{en} {number}",
                "name_ar": f"{ar} {number}",
                "name_kmr": f"{kmr} {number}",
                "name_ckb": f"{ckb} {number}",
                "capacity": max(1, round(size * random.uniform(0.6, 1.5))),
                "capacity_unit": unit,
                "status": status,
            }
            features.append(feature(facts, "Point", degrees(place.x, place.y)))
    return features


# ------------------------------------------------------------------------------- plans

PLAN_SEED = SEED + 1  # of its own, so that the town stays as it is when plans are added
SECTORS = 8  # as the demo divides the town
CLOSURES = (  # state, day of the report, who reported
    ("closed", "2024-05-13", "road patrol"),
    ("closed", "2024-05-10", "road patrol"),
    ("closed", "2024-05-14", "services office"),
    ("closed", "2024-01-20", "services office"),  # stale: nobody has been there since
    ("damaged", "2024-05-12", "road patrol"),
    ("damaged", "2024-02-28", "services office"),  # stale
)
# When a street was last seen: main streets lately, of lanes some long ago or never.
LANES = ("unclassified", "residential", "living_street")
SEEN = ("2024-05-12", *("2024-05-06",) * 14, *("2024-04-28",) * 8, "2024-01-15", "")
CANDIDATES = 24
STOCK = (  # item, unit, wanted for 1,000 people
    ("medical bag", "bag", 2),
    ("drinking water", "litre", 3000),
    ("food basket", "basket", 40),
)
EXPIRES = ("2024-05-01", "2024-05-28", "2024-08-31", "2024-12-31", "2025-06-30", "")
NEEDS = (("displaced", 0.12), ("infants", 0.03), ("chronically ill", 0.05))  # group, share
ACTIVITIES = (  # cluster, activity
    ("health", "mobile clinic"),
    ("water", "water trucking"),
    ("food", "food baskets"),
    ("protection", "awareness session"),
)
OFFICES = ("Services Office", "Relief Office", "Medical Office", "Education Office")
ROLES = (("fire", 24.0, 6), ("ambulance", 24.0, 8), ("night watch", 10.0, 4))  # hours, posts


def closures(network: list[Street], random: Random) -> list[dict[str, object]]:
    """Close some pieces of larger streets: damaged, or not passable at all."""
    larger = [one for one in network if one.road_class in {"primary", "secondary", "tertiary"}]
    features = []
    for state, day, who in CLOSURES:
        piece = larger.pop(int(random.random() * len(larger)))
        facts: dict[str, object] = {"road_class": piece.road_class, "name": piece.name}
        facts |= {"state": state, "state_at": day, "state_source": who}
        line = [degrees(x, y) for x, y in piece.line.coords]
        features.append(feature(facts, "LineString", line))
    return features


def candidates(homes: list[tuple[Point, int]], random: Random) -> list[dict[str, object]]:
    """Name buildings that could become shelters."""
    free = [place for place, count in homes if count > 30]
    features = []
    for number in range(1, CANDIDATES + 1):
        place = free.pop(int(random.random() * len(free)))
        facts: dict[str, object] = {
            "id": f"SYN-candidate-{number}",
            "kind": "shelter",
            "name": f"Candidate {number}",
            "name_ar": f"مرشح {number}",
            "capacity": 50 * round(random.uniform(4, 16)),
            "capacity_unit": "people",
            "status": "planned",
        }
        features.append(feature(facts, "Point", degrees(place.x, place.y)))
    return features


def stock(random: Random) -> list[dict[str, object]]:
    """Fill the warehouses and some sectors; some of it is out of date, some sectors have none."""
    rows: list[dict[str, object]] = []
    places = [("facility_id", f"SYN-warehouse-{number}") for number in (1, 2, 3)]
    places += [("sector_id", number) for number in range(1, SECTORS + 1)]
    for column, place in places:
        for item, unit, per_thousand in STOCK:
            if column == "sector_id" and random.random() < 0.3:
                continue
            wanted = per_thousand * PEOPLE / 1000 / SECTORS
            share = random.uniform(0.4, 1.5) if column == "facility_id" else random.uniform(0, 1.2)
            rows.append(
                {
                    "id": f"SYN-stock-{len(rows) + 1:03}",
                    "facility_id": place if column == "facility_id" else "",
                    "sector_id": place if column == "sector_id" else "",
                    "item": item,
                    "quantity": round(wanted * share),
                    "unit": unit,
                    "target": round(wanted) if column == "sector_id" else "",
                    "expires": pick(EXPIRES, random),
                }
            )
    return rows


def needs(random: Random) -> list[dict[str, object]]:
    """Count people in need by sector and group; two counts were never made."""
    rows: list[dict[str, object]] = [
        {
            "area_id": number,
            "group": group,
            "people": round(PEOPLE / SECTORS * share * random.uniform(0.5, 1.6)),
            "source": "Relief Office",
            "date": "2024-04-20",
        }
        for number in range(1, SECTORS + 1)
        for group, share in NEEDS
    ]
    del rows[17], rows[4]
    return rows


def activities(random: Random) -> list[dict[str, object]]:
    """Say who did what where in April; now and then two did the same, and some places had none."""
    rows: list[dict[str, object]] = []
    for number in range(len(NEIGHBOURHOODS)):
        for cluster, activity in ACTIVITIES:
            doing = [who for who in OFFICES if random.random() < 0.2]
            for who in doing:
                start = 1 + int(random.random() * 20)
                planned = 10 * round(random.uniform(5, 60))
                status = pick(("completed", "completed", "ongoing", "cancelled"), random)
                rows.append(
                    {
                        "id": f"SYN-activity-{len(rows) + 1:03}",
                        "organisation": who,
                        "cluster": cluster,
                        "activity": activity,
                        "locality": NEIGHBOURHOODS[number][1],
                        "locality_id": f"SYN-{number + 2:03}",
                        "date_from": f"2024-04-{start:02}",
                        "date_to": f"2024-04-{start + int(random.random() * 10):02}",
                        "planned": planned,
                        "reached": round(planned * random.uniform(0.6, 1.1))
                        if status == "completed"
                        else "",
                        "status": status,
                    }
                )
    return rows


def shifts(random: Random) -> list[dict[str, object]]:
    """Count hours and posts by sector and role on one day; some roles are nobody's."""
    return [
        {
            "sector_id": number,
            "role": role,
            "date": "2024-04-30",
            "hours": round(hours * random.uniform(0.3, 1), 1),
            "posts": posts,
            "filled": round(posts * random.uniform(0.2, 1)),
        }
        for number in range(1, SECTORS + 1)
        for role, hours, posts in ROLES
        if random.random() < 0.85
    ]


# ------------------------------------------------------------------------------- writing


def degrees(x: float, y: float) -> tuple[float, float]:
    """Turn metres into degrees; nothing a town grows into is as round as its plan."""
    x, y = (
        x + 105 * math.sin(y / 610 + 0.3) + 55 * math.sin(x / 480 + y / 900),
        y + 95 * math.sin(x / 560 + 1.9) + 50 * math.sin(y / 430 - x / 1100),
    )
    across = METRES_PER_DEGREE * math.cos(math.radians(LAT))
    return round(LON + x / across, 6), round(LAT + y / METRES_PER_DEGREE, 6)


def feature(facts: dict[str, object], kind: str, coordinates: object) -> dict[str, object]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": facts, "geometry": geometry}


def collection(name: str, features: list[dict[str, object]]) -> bytes:
    """Write features one to a line, so that a difference can be read."""
    head = f'{{"type":"FeatureCollection","name":"{name}","features":[\n'
    lines = ",\n".join(
        json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in features
    )
    return f"{head}{lines}\n]}}\n".encode()


def sheet(rows: list[dict[str, object]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def street_feature(piece: Street, seen: str) -> dict[str, object]:
    facts: dict[str, object] = {"road_class": piece.road_class}
    if seen:
        facts["state_at"] = seen
    if piece.name:
        facts |= {"name": piece.name, "name_en": piece.name_en}
    if piece.layer:
        facts |= {"layer": piece.layer, "bridge": "yes"}
    if piece.oneway:
        facts["oneway"] = "yes"
    if piece.roundabout:
        facts["junction"] = "roundabout"
    return feature(facts, "LineString", [degrees(x, y) for x, y in piece.line.coords])


def town() -> dict[str, bytes]:
    """Make every file of the sample: its name and its content."""
    random = Random(SEED)  # noqa: S311, a town, not a secret
    limit = disc(town_limit, 3)
    main = main_streets(limit)
    streets = [*main, *local_streets(zones(main, limit), random)]
    pieces = connected(tidied(junction_pieces(streets, random)))
    network = segments(streets, pieces)
    homes = people(blocks(network, limit), random)
    facts = {"name": TOWN[1], "name_ar": TOWN[0], "note": "invented"}
    ring = [degrees(x, y) for x, y in limit.exterior.coords]
    patrol = Random(PLAN_SEED + 1)  # noqa: S311, as above
    living = [feature({"population": n}, "Point", degrees(p.x, p.y)) for p, n in homes]
    files = {
        "boundary.geojson": [feature(facts, "Polygon", [ring])],
        "roads.geojson": [
            street_feature(piece, pick(SEEN, patrol) if piece.road_class in LANES else SEEN[0])
            for piece in network
        ],
        "population.geojson": living,
        "facilities.geojson": facilities(homes, random),
    }
    known = incidents(homes, random)
    plan = Random(PLAN_SEED)  # noqa: S311, as above
    files |= {
        "closures.geojson": closures(network, plan),
        "candidates.geojson": candidates(homes, plan),
    }
    named = {
        f"synthetic_town_{name}": collection(f"synthetic_town_{name.split('.')[0]}", features)
        for name, features in files.items()
    }
    named["synthetic_town_gazetteer.csv"] = sheet(places())
    named["synthetic_town_incidents.csv"] = sheet(known)
    for what, make in (("stock", stock), ("needs", needs), ("activities", activities)):
        named[f"synthetic_town_{what}.csv"] = sheet(make(plan))
    named["synthetic_town_shifts.csv"] = sheet(shifts(plan))
    return named


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in town().items():
        (folder / name).write_bytes(content)
