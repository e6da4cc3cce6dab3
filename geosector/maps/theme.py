"""What things look like: colours, widths and shapes as data, none of it in code."""

from __future__ import annotations

from typing import NamedTuple

from geosector import palette

# Nine even stops of perceptually uniform ramps, light to dark, that stay ordered for every common
# kind of colour blindness and in grey print: inferno, viridis, plasma, cividis and magma reversed
# (S. van der Walt and N. Smith; J. Nuñez, C. Anderton and R. Renslow; matplotlib, CC0).
INFERNO = (
    "#FCFFA4", "#F6D543", "#F8870E", "#E55C30", "#C43C4E",
    "#87216B", "#5C126E", "#180C3C", "#000004",
)  # fmt: skip
VIRIDIS = (
    "#FDE725", "#B8DE29", "#55C667", "#29AF7F", "#1F968B",
    "#2D708E", "#39568C", "#482677", "#440154",
)  # fmt: skip
PLASMA = (
    "#F0F921", "#FDC328", "#F89441", "#E56B5D", "#CB4679",
    "#A82296", "#7D03A8", "#4B03A1", "#0D0887",
)  # fmt: skip
# Cividis reversed, made so that those with and without colour blindness see the same (J. Nuñez,
# C. Anderton and R. Renslow, *Optimizing colormaps*, 2018; matplotlib, CC0).
CIVIDIS = (
    "#FEE838", "#DDC858", "#BBAD6D", "#9A9376", "#7C7B78",
    "#60646F", "#424E6C", "#18376F", "#00224E",
)  # fmt: skip
MAGMA = (
    "#FCFDBF", "#FEC287", "#FB8761", "#E55064", "#B5367A",
    "#812581", "#4F127B", "#1C1044", "#000004",
)  # fmt: skip
GREYS = (
    "#F2F2F2", "#D6D6D6", "#BABABA", "#9E9E9E", "#828282",
    "#666666", "#4A4A4A", "#2E2E2E", "#121212",
)  # fmt: skip
RAMPS = {  # of the density of each kind of incident, and of all together
    "attack": INFERNO,
    "fire": VIRIDIS,
    "traffic": PLASMA,
    "drowning": CIVIDIS,
    "other": GREYS,
    "all": MAGMA,
}

NOTHING = "#FFFFFF"  # a count or rate of zero: no shade of anything
NO_PEOPLE = "#C9C7C1"


def shades(kind: str, classes: int) -> list[str]:
    """Choose a shade for each class of a choropleth, light to dark.

    Parameters
    ----------
    kind : str
        Of incident.
    classes : int
        0 to 7.

    Returns
    -------
    list of str
        Even stops of a ramp without its ends: the lightest looks like nothing, and under the
        darkest roads and labels would be lost.

    Examples
    --------
    >>> shades("attack", 2), shades("all", 0)
    (['#F8870E', '#5C126E'], [])
    """
    ramp = RAMPS.get(kind, CIVIDIS)[1:-1]
    step = len(ramp) / max(classes, 1)
    return [ramp[int(step * (place + 0.5))] for place in range(classes)]


# Less to more, in even stops: two hues that every common kind of colour blindness tells apart
# (the blue and the vermilion of Okabe & Ito), as dark at the same distance from no change.
CHANGE = (
    "#003A5C", "#0066A0", "#4C9CCB", "#A9CFE6", "#F4F3EF",
    "#F5C6A0", "#DE8544", "#AF4A00", "#5C2600",
)  # fmt: skip


class Road(NamedTuple):
    """How a class of roads is drawn: from which zoom, how wide at zoom 14, in which colour."""

    rank: int
    from_zoom: int
    width: float
    colour: str


# Greys: the basemap stays behind the density, and prints.
MINOR = Road(5, 14, 0.7, palette.ROADS["minor"])
PATH = Road(6, 15, 0.5, palette.ROADS["path"])
ROADS = {
    "motorway": Road(0, 0, 3.2, palette.ROADS["motorway"]),
    "trunk": Road(0, 0, 3.0, palette.ROADS["trunk"]),
    "primary": Road(1, 0, 2.5, palette.ROADS["primary"]),
    "secondary": Road(2, 11, 2.0, palette.ROADS["secondary"]),
    "tertiary": Road(3, 12, 1.5, palette.ROADS["tertiary"]),
    "unclassified": Road(4, 13, 1.0, palette.ROADS["unclassified"]),
    "residential": Road(4, 13, 0.9, palette.ROADS["residential"]),
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
WATER = Ground(palette.WATER, "#7fadc9")


class Symbol(NamedTuple):
    """Colour of a kind of facility and its outline as an SVG path in a box of 20 × 20."""

    colour: str
    path: str


# Told apart by shape as well as by colour (Okabe & Ito, *Color Universal Design*, 2008).
SYMBOLS = {
    "shelter": Symbol(palette.FACILITIES["shelter"], "M10 2 L18 9 V18 H2 V9 Z"),
    "warehouse": Symbol(palette.FACILITIES["warehouse"], "M2 5 H18 V17 H2 Z"),
    "field_hospital": Symbol(
        palette.FACILITIES["field_hospital"], "M7 2 H13 V7 H18 V13 H13 V18 H7 V13 H2 V7 H7 Z"
    ),
    "clinic": Symbol(palette.FACILITIES["clinic"], "M8 3 H12 V8 H17 V12 H12 V17 H8 V12 H3 V8 H8 Z"),
    "water_point": Symbol(
        palette.FACILITIES["water_point"],
        "M10 1 C13 6 16 9 16 12.5 A6 6 0 0 1 4 12.5 C4 9 7 6 10 1 Z",
    ),
    "fire_station": Symbol(palette.FACILITIES["fire_station"], "M10 2 L18 17 H2 Z"),
    "school": Symbol(palette.FACILITIES["school"], "M10 2 L18 10 L10 18 L2 10 Z"),
    "other": Symbol(palette.FACILITIES["other"], "M10 3 A7 7 0 1 1 9.99 3 Z"),
}


class Mark(NamedTuple):
    """Colour of a kind of incident and its outline as an SVG path in a box of 10 × 10."""

    colour: str
    path: str


# The eight colours of Okabe and Ito (as above), each with an outline of its own, so that neither
# colour-blind eyes nor a grey print mix two kinds up.
MARKS = {
    "attack": Mark(palette.INCIDENTS["attack"], "M5 0.5 L9.5 9 H0.5 Z"),
    "fire": Mark(palette.INCIDENTS["fire"], "M1 1 H9 V9 H1 Z"),
    "traffic": Mark(palette.INCIDENTS["traffic"], "M5 0 L10 5 L5 10 L0 5 Z"),
    "drowning": Mark(palette.INCIDENTS["drowning"], "M0.5 1 H9.5 L5 9.5 Z"),
    "other": Mark(
        palette.INCIDENTS["other"], "M3.5 0 H6.5 V3.5 H10 V6.5 H6.5 V10 H3.5 V6.5 H0 V3.5 H3.5 Z"
    ),
}
OTHER_MARKS = (
    Mark("#CC79A7", "M5 0 L9.8 3.5 L8 9.2 H2 L0.2 3.5 Z"),
    Mark("#E69F00", "M2.5 0.7 H7.5 L10 5 L7.5 9.3 H2.5 L0 5 Z"),
    Mark("#F0E442", "M0.5 0.5 L5 3 L9.5 0.5 L7 5 L9.5 9.5 L5 7 L0.5 9.5 L3 5 Z"),
)
PLAIN_MARK = Mark("#6B6B6B", "M5 1 A4 4 0 1 1 4.99 1 Z")
