"""What things look like: colours, widths and shapes as data, none of it in code."""

from __future__ import annotations

from typing import NamedTuple

# Nine even stops of two perceptually uniform ramps, light to dark, that stay ordered for every
# common kind of colour blindness and in grey print: inferno and viridis reversed (S. van der Walt
# and N. Smith, matplotlib, CC0; read from branca's copy).
INFERNO = (
    "#FCFFA4", "#F6D543", "#F8870E", "#E55C30", "#C43C4E",
    "#87216B", "#5C126E", "#180C3C", "#000004",
)  # fmt: skip
VIRIDIS = (
    "#FDE725", "#B8DE29", "#55C667", "#29AF7F", "#1F968B",
    "#2D708E", "#39568C", "#482677", "#440154",
)  # fmt: skip
RAMPS = {"attack": INFERNO, "fire": VIRIDIS}


class Road(NamedTuple):
    """How a class of roads is drawn: from which zoom, how wide at zoom 14, in which colour."""

    rank: int
    from_zoom: int
    width: float
    colour: str


# Greys: the basemap stays behind the density, and prints.
MINOR = Road(5, 14, 0.7, "#d3d0c8")
PATH = Road(6, 15, 0.5, "#dedbd3")
ROADS = {
    "motorway": Road(0, 0, 3.2, "#8d8a83"),
    "trunk": Road(0, 0, 3.0, "#8d8a83"),
    "primary": Road(1, 0, 2.5, "#9c998f"),
    "secondary": Road(2, 11, 2.0, "#aaa79d"),
    "tertiary": Road(3, 12, 1.5, "#b6b3a9"),
    "unclassified": Road(4, 13, 1.0, "#c6c3ba"),
    "residential": Road(4, 13, 0.9, "#ccc9c0"),
    "living_street": MINOR,
    "service": MINOR,
    "track": MINOR,
    "road": MINOR,
    "pedestrian": PATH,
    "footway": PATH,
    "path": PATH,
    "steps": PATH,
    "cycleway": PATH,
}


def road(road_class: str) -> Road:
    """Give the look of a road class; a link looks like what it links, an unknown class minor.

    Examples
    --------
    >>> road("primary_link") == road("primary"), road("") == MINOR
    (True, True)
    """
    return ROADS.get(road_class.removesuffix("_link"), MINOR)


class Ground(NamedTuple):
    """How areas of the basemap are filled and edged."""

    colour: str
    edge: str


# Calm, and told apart by lightness alone: water is the darker one, and has a blue that no kind of
# colour blindness takes for the sand of the buildings.
BUILDINGS = Ground("#e6dfd1", "#c9bfab")
WATER = Ground("#a9cbe0", "#7fadc9")


class Symbol(NamedTuple):
    """Colour of a kind of facility and its outline as an SVG path in a box of 20 × 20."""

    colour: str
    path: str


# Told apart by shape as well as by colour (Okabe & Ito, *Color Universal Design*, 2008).
SYMBOLS = {
    "shelter": Symbol("#0072B2", "M10 2 L18 9 V18 H2 V9 Z"),
    "warehouse": Symbol("#A8680B", "M2 5 H18 V17 H2 Z"),
    "field_hospital": Symbol("#C0392B", "M7 2 H13 V7 H18 V13 H13 V18 H7 V13 H2 V7 H7 Z"),
    "clinic": Symbol("#A5487C", "M8 3 H12 V8 H17 V12 H12 V17 H8 V12 H3 V8 H8 Z"),
    "water_point": Symbol("#2C87B8", "M10 1 C13 6 16 9 16 12.5 A6 6 0 0 1 4 12.5 C4 9 7 6 10 1 Z"),
    "fire_station": Symbol("#B84A00", "M10 2 L18 17 H2 Z"),
    "school": Symbol("#00795A", "M10 2 L18 10 L10 18 L2 10 Z"),
    "other": Symbol("#4D4D4D", "M10 3 A7 7 0 1 1 9.99 3 Z"),
}
