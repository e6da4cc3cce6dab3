"""How a layer of a GeoPackage looks when QGIS opens it: by what it is, in the current language.

A layer is known by its columns, whatever the file is called: incidents by kind, facilities by kind
and state, matches by decision, borders and roads by class, sectors in fills that part neighbours,
the layers of `geosector access` by minutes and people.
Any other layer of points, lines or areas is drawn plainly. A layer may hold several shapes: each of
them has its own rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from geosector import palette, tables
from geosector.language import current, text
from geosector.storage.qml import Drawn, Rule, Shape, fill, line, marker, qml
from geosector.storage.reach_styles import reach_look
from geosector.storage.words import facility_kinds, incident_kinds, states

STYLES_LAYER = "layer_styles"  # where QGIS looks for them
# Beyond, a legend of one line for each area helps nobody, and all areas look alike.
_MOST_AREAS = 200


class Style(NamedTuple):
    """A style by its name in the current language, and the rules for one kind of shape."""

    name: str
    rules: Sequence[Rule]
    label: str = ""


def layer_style(layer: str, table: gpd.GeoDataFrame) -> tuple[str, str]:
    """Choose the style of a layer.

    Parameters
    ----------
    layer : str
        Its name: an empty layer that is a table of geosector has that table's kind of shape.
    table : geopandas.GeoDataFrame
        As it is written.

    Returns
    -------
    tuple of str = (name, document)
        The name in the current language, and QML.

    Examples
    --------
    >>> reports = gpd.GeoDataFrame({"kind": ["fire"], "date": ["2024-03-01"]},
    ...                            geometry=gpd.points_from_xy([37.1], [36.1]), crs="EPSG:4326")
    >>> name, document = layer_style("incidents", reports)
    >>> name, document.startswith("<!DOCTYPE qgis")
    ('Incidents by kind', True)
    >>> layer_style("anything", reports.iloc[:0][["geometry"]])[0]
    'Points'
    """
    found = [(shape, _style(shape, table)) for shape in _shapes(layer, table)]
    drawn = [Drawn(shape, _plural_names()[shape], style.rules) for shape, style in found]
    most = found[0][1]
    return most.name, qml(drawn, most.label)


def _style(shape: Shape, table: gpd.GeoDataFrame) -> Style:
    columns = set(table.columns)
    of_access = reach_look(shape, table)
    if of_access is not None:
        return Style(*of_access)
    made = next(
        (make(shape, table) for of, needed, make in _MAKERS if shape in of and needed <= columns),
        None,
    )
    return made or _plain_style(shape, table)


def styles_table(
    layers: Iterable[tuple[str, str, gpd.GeoDataFrame]], moment: pd.Timestamp
) -> pd.DataFrame:
    """Make the table in which QGIS looks for styles.

    Parameters
    ----------
    layers : iterable of (layer, name of its geometry column, table)
    moment : pandas.Timestamp
        When they were made, as the file tells it.

    Returns
    -------
    pandas.DataFrame
        One row for each layer, as QGIS itself writes it.
    """
    rows = []
    for layer, geometry, table in layers:
        name, document = layer_style(layer, table)
        rows.append(
            {
                "f_table_catalog": "", "f_table_schema": "", "f_table_name": layer,
                "f_geometry_column": geometry, "styleName": name, "styleQML": document,
                "styleSLD": "", "useAsDefault": True, "description": name, "owner": "", "ui": None,
                "update_time": moment,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _shapes(layer: str, table: gpd.GeoDataFrame) -> list[Shape]:
    """Say which shapes the rows are, that of most rows first."""
    shapes: dict[str, Shape] = {"Point": "point", "LineString": "line", "Polygon": "polygon"}
    kinds = table.geometry.geom_type.dropna().str.removeprefix("Multi")
    known = kinds[kinds.isin(shapes)].value_counts()
    if len(known):
        most_first = sorted(sorted(known.index), key=lambda kind: -int(known[kind]))
        return [shapes[kind] for kind in most_first]
    stated = tables.table(layer).geometry if layer in tables.table_names() else "any"
    return ["point" if stated == "any" else stated]


def _plural_names() -> dict[Shape, str]:
    return {"point": text("Points"), "line": text("Lines"), "polygon": text("Areas")}


# --------------------------------------------------------------- expressions of QGIS


def _column(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _value(value: object) -> str:
    if isinstance(value, int | np.integer):
        return str(value)
    return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"


def _among(expression: str, values: Iterable[object]) -> str:
    return f"{expression} IN ({', '.join(_value(value) for value in values)})"


def _rest(expression: str, values: Iterable[object]) -> str:
    return f"{expression} IS NULL OR NOT {_among(expression, values)}"


def _names(table: pd.DataFrame, *instead: str) -> str:
    """Name a row in the current language where its table does, else by its name, else a number."""
    here = [name for name in (f"name_{current()}", "name", *instead) if name in table.columns]
    return f"coalesce({', '.join(_named(name) for name in here)}, '')" if here else ""


def _named(name: str) -> str:
    return f"nullif(to_string({_column(name)}), '')"


# --------------------------------------------------------------- what has a place

# Shapes of QGIS: no two kinds are told apart by colour alone.
_INCIDENT_MARKERS = {
    "attack": "triangle",
    "fire": "square",
    "traffic": "diamond",
    "drowning": "pentagon",
    "other": "cross_fill",
}
_FACILITY_MARKERS = {
    "shelter": "pentagon",
    "warehouse": "square",
    "field_hospital": "cross_fill",
    "clinic": "star",
    "water_point": "circle",
    "fire_station": "triangle",
    "school": "diamond",
    "other": "hexagon",
}
_DECISION_MARKERS = {"accepted": "circle", "review": "triangle", "refused": "square"}


def _kinds(
    shape: Shape,
    names: dict[str, str],
    looks: tuple[dict[str, str], dict[str, str]],
    column: str,
) -> list[Rule]:
    """Make a rule for each kind; the kind ``other`` takes every other word and no word, too.

    ``looks`` are the colours and the markers. A line or an area is drawn in the colour of its kind,
    and carries the marker.
    """
    told = [kind for kind in names if kind != "other"]
    colours, markers = looks
    return [
        _signed(
            shape,
            _rest(_column(column), told) if kind == "other" else _among(_column(column), [kind]),
            name,
            marker(markers[kind], colours[kind]),
            colours[kind],
        )
        for kind, name in names.items()
    ]


def _signed(
    shape: Shape, expression: str, name: str, sign: dict[str, str], tint: str | None = None
) -> Rule:
    """Draw rows as a sign; of a line or an area, its shape under it where there is a tint."""
    if shape == "point":
        return Rule(expression, name, sign)
    if tint is None:
        return Rule(expression, name, {}, sign)
    look = (
        line(palette.Line(tint, 2.0))
        if shape == "line"
        else fill(tint, opacity=0.35, edge=tint, width=0.4)
    )
    return Rule(expression, name, look, sign)


def _incidents(shape: Shape, _table: gpd.GeoDataFrame) -> Style:
    looks = (palette.INCIDENTS, _INCIDENT_MARKERS)
    return Style(text("Incidents by kind"), _kinds(shape, incident_kinds(), looks, "kind"))


def _facilities(shape: Shape, table: gpd.GeoDataFrame) -> Style:
    looks = (palette.FACILITIES, _FACILITY_MARKERS)
    rules = _kinds(shape, facility_kinds(), looks, "kind")
    if "status" in table.columns:  # drawn over the kind
        rules += [
            _signed(
                shape,
                _among(_column("status"), [status]),
                name,
                marker(drawn, palette.PAPER, size=size, edge=palette.INK)
                | {"outline_width": "0.5"},
            )
            for status, name, drawn, size in (
                ("closed", states()["closed"], "cross2", 4.4),
                ("damaged", states()["damaged"], "line", 5.0),
                ("planned", states()["planned"], "circle", 1.4),
            )
        ]
    return Style(text("Facilities by kind and state"), rules, _names(table))


def _matches(_shape: Shape, table: gpd.GeoDataFrame) -> Style:
    names = {
        "accepted": text("Accepted"),
        "review": text("To be reviewed"),
        "refused": text("Refused"),
    }
    rules = _kinds("point", names, (palette.DECISIONS, _DECISION_MARKERS), "decision")
    label = _named("match_name") if "match_name" in table.columns else ""
    return Style(text("Matches by decision"), rules, label)


# --------------------------------------------------------------- lines


def _borders(_shape: Shape, table: gpd.GeoDataFrame) -> Style:
    names = {
        "trunk": text("Motorway or trunk road"),
        "primary": _capital(text("primary road")),
        "secondary": _capital(text("secondary road")),
        "tertiary": _capital(text("tertiary road")),
        "minor": text("Other street"),
        "water": text("River or canal"),
        "barrier": text("Railway or another barrier"),
        "none": text("No road"),
    }
    rules = []
    for style, name in names.items():
        classes = [given for given, drawn in palette.BORDER_STYLES.items() if drawn == style]
        rules.append(Rule(_class_among(classes), name, line(palette.BORDERS[style])))
    return Style(text("Borders by what they follow"), rules, _names(table))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _class_among(classes: Sequence[str]) -> str:
    """Choose a class of road and its links; no class in particular: all that have no style."""
    bare = f"regexp_replace(coalesce({_column('road_class')}, ''), '_link$', '')"
    return _among(bare, classes) if classes else _rest(bare, palette.BORDER_STYLES)


def _roads(_shape: Shape, table: gpd.GeoDataFrame) -> Style:
    bare = f"regexp_replace(coalesce({_column('road_class')}, ''), '_link$', '')"
    ranks = (
        (("motorway", "trunk"), text("Motorway or trunk road"), 3.0),
        (("primary", "main"), text("Main road"), 2.5),
        (("secondary",), text("Secondary road"), 2.0),
        (("tertiary",), text("Tertiary road"), 1.5),
    )
    told = [name for classes, _, _ in ranks for name in classes]
    smaller = Rule(
        _rest(bare, told), text("Other street"), line(palette.Line(palette.ROADS["minor"], 0.9))
    )
    rules = [
        Rule(_among(bare, classes), name, line(palette.Line(palette.ROADS[classes[0]], width)))
        for classes, name, width in ranks
    ]
    looks = (
        ("closed", states()["closed"], palette.Line(palette.CLOSED, 2.4, palette.DASHES)),
        ("damaged", states()["damaged"], palette.Line(palette.DAMAGED, 2.4, palette.DOTS)),
    )
    drawn_over = [
        Rule(_among(_column("state"), [state]), name, line(look))
        for state, name, look in looks
        if "state" in table.columns
    ]
    return Style(text("Roads by class"), [*reversed(rules), smaller, *drawn_over], _names(table))


# --------------------------------------------------------------- areas


def _sectors(_shape: Shape, table: gpd.GeoDataFrame) -> Style:
    label = _names(table, "sector_id")
    numbers = table["sector_id"]
    if numbers.nunique() > _MOST_AREAS:
        return Style(text("Sectors"), [_area("", text("Sectors"), palette.AREAS[0])], label)
    words = table["name"].fillna("").astype(str) if "name" in table.columns else numbers.astype(str)
    rules = [
        _area(_among(_column("sector_id"), [number]), word or str(number), palette.AREAS[tint])
        for number, word, tint in zip(numbers, words, _tints(table.geometry), strict=True)
        if not pd.isna(number)
    ]
    return Style(text("Sectors"), rules, label)


def _area(expression: str, name: str, tint: str) -> Rule:
    return Rule(expression, name, fill(tint, opacity=0.6, width=0.8))


def _tints(areas: gpd.GeoSeries) -> list[int]:
    """Give neighbours different tints: each area in turn the first that no neighbour has yet."""
    pairs = areas.sindex.query(areas, predicate="intersects")
    beside: dict[int, set[int]] = {at: set() for at in range(len(areas))}
    for one, other in pairs.T.tolist():
        beside[one].add(other)
    tints: list[int] = []
    for at in range(len(areas)):
        taken = [tints[other] for other in beside[at] if other < at]
        tints.append(min(range(len(palette.AREAS)), key=lambda tint: (taken.count(tint), tint)))
    return tints


def _blocks(_shape: Shape, table: gpd.GeoDataFrame) -> Style:
    looks = {
        "block": (text("Blocks"), fill(palette.PAPER, opacity=0.15, edge=palette.SOFT, width=0.15)),
        "plot": (
            text("Plots of buildings"),
            fill(palette.AREAS[1], opacity=0.4, edge=palette.SOFT, width=0.15),
        ),
        "water": (text("Water"), fill(palette.WATER, opacity=1.0, edge=palette.SOFT, width=0.15)),
    }
    kind = _column("kind")
    rules = [
        Rule(
            _rest(kind, ["plot", "water"]) if key == "block" else _among(kind, [key]),
            name,
            settings,
        )
        for key, (name, settings) in looks.items()
    ]
    if "kind" not in table.columns:
        rules = [Rule("", *looks["block"])]
    return Style(text("Blocks"), rules)


# --------------------------------------------------------------- where sites are proposed


def _sites(_shape: Shape, _table: gpd.GeoDataFrame) -> Style:
    existing = _column("existing")
    rules = [
        Rule(
            f"NOT coalesce({existing}, 0)",
            text("Proposed sites, in their order"),
            marker("pentagon", palette.FACILITIES["shelter"], size=5.0),
        ),
        Rule(
            f"coalesce({existing}, 0)",
            text("Sites that exist"),
            marker("circle", palette.FACILITIES["other"], size=4.0),
        ),
    ]
    return Style(text("Proposed sites"), rules, f"coalesce({_named('order')}, '')")


def _candidates(shape: Shape, _table: gpd.GeoDataFrame) -> Style:
    usable, chosen = (f"coalesce({_column(name)}, 0)" for name in ("usable", "chosen"))
    rules = [
        _signed(shape, expression, name, marker(drawn, tint, size=3.0, edge=palette.INK), tint)
        for expression, name, drawn, tint in (
            (chosen, text("Chosen"), "pentagon", palette.FACILITIES["shelter"]),
            (f"{usable} AND NOT {chosen}", text("Not chosen"), "circle", palette.PAPER),
            (f"NOT {usable}", text("Cannot be used"), "cross2", palette.CLOSED),
        )
    ]
    return Style(text("Candidates"), rules)


def _demand(shape: Shape, _table: gpd.GeoDataFrame) -> Style:
    reason = _named("reason")
    rules = [
        _signed(shape, expression, name, marker(drawn, tint, size=2.4, edge=palette.SOFT), tint)
        for expression, name, drawn, tint in (
            (f"{reason} IS NULL", text("Served"), "circle", palette.AREAS[0]),
            (f"{reason} IS NOT NULL", text("Not served"), "triangle", palette.CLOSED),
        )
    ]
    return Style(text("Who is served"), rules)


# --------------------------------------------------------------- any other layer


def _plain_style(shape: Shape, table: gpd.GeoDataFrame) -> Style:
    name, settings = {
        "point": (text("Points"), marker("circle", palette.FACILITIES["shelter"], size=2.6)),
        "line": (text("Lines"), line(palette.Line(palette.FACILITIES["shelter"], 1.6))),
        "polygon": (text("Areas"), fill(palette.AREAS[0], opacity=0.4)),
    }[shape]
    return Style(name, [Rule("", name, settings)], _names(table))


# The first that fits: for which shapes, which columns it needs, what makes the style. A line or an
# area with a kind may be anything (a barrier, a block): only with a state or a day it is known.
_Maker = Callable[[Shape, gpd.GeoDataFrame], Style]
_MAKERS: tuple[tuple[frozenset[Shape], frozenset[str], _Maker], ...] = (
    (frozenset({"point"}), frozenset({"order", "existing"}), _sites),
    (frozenset({"point", "line", "polygon"}), frozenset({"usable", "chosen"}), _candidates),
    (frozenset({"point", "line", "polygon"}), frozenset({"site_id", "served"}), _demand),
    (frozenset({"point"}), frozenset({"decision", "match_id"}), _matches),
    (frozenset({"line"}), frozenset({"road_class", "left", "right"}), _borders),
    (frozenset({"line"}), frozenset({"road_class"}), _roads),
    (frozenset({"polygon"}), frozenset({"block_id"}), _blocks),
    (frozenset({"polygon"}), frozenset({"sector_id"}), _sectors),
    (frozenset({"point", "line", "polygon"}), frozenset({"kind", "date"}), _incidents),
    (frozenset({"point", "line", "polygon"}), frozenset({"kind", "status"}), _facilities),
    (frozenset({"point"}), frozenset({"kind"}), _facilities),
)
