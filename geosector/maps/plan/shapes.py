"""What planning found, as lines, places and hatched ground: each with a card of its numbers.

Streets whose loss cuts off people are the wider, the more people they are; a way that is not known
is dashed, and every way tells the age of its oldest report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geosector.maps import theme, words
from geosector.maps.layers import UNIT, Layer, pack_lines_of, pack_rings
from geosector.maps.plan.cells import card_rows, cell, is_true
from geosector.maps.plan.sums import flags, numbers, summed
from geosector.maps.plan.words import table_name
from geosector.maps.saying import Words, joined, number, said

Row = dict[str, Any]
Lines = NDArray[np.object_]

COLOURS = {
    "critical": "#AF4A00", "routes": "#0066A0", "black_spots": "#87216B", "transfers": "#3B6E22",
    "closed": "#7d1a1a",
}  # fmt: skip
CARDS = {
    "critical": ("what", "road_class", "people"),
    "routes": (
        "sector_id",
        "block_id",
        "to",
        "rank",
        "minutes",
        "metres",
        "oldest_report_days",
        "avoided",
        "inside_m",
    ),
    "black_spots": (
        "road_class",
        "accidents",
        "killed",
        "killed_max",
        "injured",
        "injured_max",
        "expected",
        "length_m",
        "q",
    ),
    "transfers": (
        "item",
        "quantity",
        "unit",
        "expires",
        "from_id",
        "to_id",
        "minutes",
        "oldest_report_days",
    ),
    "cut_off": ("part", "people", "new", "blocks", "sector_ids"),
    "service_areas": ("facility_id", "kind", "minutes", "people"),
    "sites": (
        "order",
        "existing",
        "people",
        "capacity",
        "minutes",
        "oldest_report_days",
        "reason",
    ),
    "candidates": ("usable", "chosen", "reason"),
    "exposure": ("facility_id", "attacks", "attacks_max", "per_km2", "nearest_m", "last_date"),
    "shelters": ("facility_id", "capacity", "people", "free"),
}
# How wide a line is at least and at most: it grows with this number of its row.
_LINES = ("LineString", "MultiLineString")
WEIGHED = {"critical": "people", "black_spots": "accidents"}
THIN, WIDE = 2.5, 8.0
SMALL_CIRCLE, WIDE_CIRCLE = 5.0, 16.0
MOST_SHAPES = 2000  # of one table; what is left then stands in the table
# Tables whose order says what matters most, and tables that are off when the map opens.
FIRST = {"critical": "people", "black_spots": "accidents", "exposure": "attacks"}
OFF = ("service_areas", "candidates", "exposure", "shelters", "transfers")
SITE = theme.Symbol(
    "#0E6E55", "M10 1 L12.6 7.2 L19 7.6 L14 12 L15.6 18.6 L10 15 L4.4 18.6 L6 12 L1 7.6 L7.4 7.2 Z"
)


def hatched(name: str, rows: gpd.GeoDataFrame) -> list[Layer]:
    """Make ground that is hatched: parts that are cut off, or outlined: what lies around places."""
    areas = _some(rows, ("Polygon", "MultiPolygon"), name)
    if areas.empty:
        return []
    items = [
        {"at": _at(place), "card": _card(name, row)}
        for place, row in zip(areas.geometry.representative_point(), _rows(areas), strict=True)
    ]
    return [
        {
            **_head(name, rows, areas),
            "kind": "hatched",
            "hatch": name == "cut_off",
            "unit": UNIT,
            "lines": pack_rings(areas.geometry.to_numpy()),
            "items": items,
        }
    ]


def lines(name: str, rows: gpd.GeoDataFrame) -> list[Layer]:
    """Make lines, each with its width and its card; those that are not known are dashed."""
    drawn = _some(cast("gpd.GeoDataFrame", summed(name, rows)), _LINES, name)
    if drawn.empty:
        return []
    weights = _grown(drawn, WEIGHED.get(name, ""), THIN, WIDE)
    known = flags(drawn, "known") if "known" in drawn.columns else drawn.geometry.notna()
    items = [
        {
            "weight": weight,
            "name": "",
            "dashed": name in {"routes", "transfers"} and not is_known,
            "card": _card(name, row),
        }
        for weight, is_known, row in zip(weights, known, _rows(drawn), strict=True)
    ]
    notes: list[Words] = []
    if any(item["dashed"] for item in items):
        notes.append(said("Dashed: a street on the way has no fresh report, the way is unknown"))
    if name in WEIGHED:
        notes.append(said("The wider, the greater the number"))
    head = _head(name, rows, drawn)
    if name == "critical":
        head["name"] = _counted(said("Streets whose loss cuts off people"), drawn)
    return [
        {
            **head,
            "kind": "lines",
            "notes": [*head["notes"], *notes],
            "unit": UNIT,
            "colour": COLOURS[name],
            "lines": pack_lines_of(drawn.geometry.to_numpy()),
            "items": items,
        }
    ]


def circles(name: str, rows: gpd.GeoDataFrame) -> list[Layer]:
    """Make circles of points, growing with the number that matters most."""
    points = _some(rows, ("Point", "MultiPoint"), name)
    if points.empty:
        return []
    radii = _grown(points, FIRST.get(name, ""), SMALL_CIRCLE, WIDE_CIRCLE)
    items = [
        {"at": _at(place), "radius": radius, "card": _card(name, row)}
        for place, radius, row in zip(
            points.geometry.representative_point(), radii, _rows(points), strict=True
        )
    ]
    head = _head(name, rows, points)
    if name == "critical":
        head["name"] = _counted(said("Junctions whose loss cuts off people"), points)
    return [{**head, "id": f"{head['id']}-points", "kind": "circles", "items": items}]


def sites(rows: gpd.GeoDataFrame) -> list[Layer]:
    """Make the sites: those that are there stand filled, proposed ones hollow and dashed."""
    points = _some(rows, ("Point", "MultiPoint", "Polygon", "MultiPolygon"), "sites")
    if points.empty:
        return []
    items = [
        {
            "at": _at(place),
            "status": "open" if is_true(row.get("existing")) else "planned",
            "card": _card("sites", row),
        }
        for place, row in zip(points.geometry.representative_point(), _rows(points), strict=True)
    ]
    return [{**_head("sites", rows, points), "kind": "places", **SITE._asdict(), "items": items}]


def closed(roads: gpd.GeoDataFrame) -> list[Layer]:
    """Make the streets that are closed or damaged, with the day of the report."""
    if "state" not in roads.columns:
        return []
    state = words.labels(roads["state"])
    shut = roads[state.isin(["closed", "damaged"]).to_numpy()]
    shut = cast("gpd.GeoDataFrame", shut[shut.geom_type.isin(["LineString", "MultiLineString"])])
    if shut.empty:
        return []
    items = [
        {
            "weight": THIN,
            "name": "",
            "dashed": row["state"] == "damaged",
            "card": {"title": _street(row), "rows": _state(row)},
        }
        for row in _rows(shut)
    ]
    notes: list[Words] = [said("Dashed: damaged")] if (state == "damaged").any() else []
    return [
        {
            "kind": "lines",
            "id": "plan-closed",
            "name": joined(said("Closed and damaged streets"), " (", number(len(items)), ")"),
            "shown": True,
            "notes": notes,
            "unit": UNIT,
            "colour": COLOURS["closed"],
            "lines": pack_lines_of(shut.geometry.to_numpy()),
            "items": items,
        }
    ]


def _street(row: Row) -> Words:
    road_class = words.label(row.get("road_class"))
    return words.label(row.get("name")) or words.road_rank(theme.road(road_class).rank)


def _state(row: Row) -> list[list[Words]]:
    """Say the state of a street, and of which day that is known."""
    told: list[list[Words]] = [[said("Status"), words.facility_status(str(row["state"]))]]
    reported = cell("roads", "last_date", {"last_date": row.get("state_at")})
    return [*told, [said("Last report"), reported]]


def transfers(
    rows: pd.DataFrame,
    sectors: Mapping[str, shapely.Point],
    facilities: Mapping[str, shapely.Point],
) -> gpd.GeoDataFrame:
    """Draw a straight line for each transfer of which both ends have a place.

    What is brought comes from a facility or a sector, and goes to a sector, or a facility.
    """
    shapes = []
    for row in _rows(rows):
        begin, end = str(row.get("from_id")), str(row.get("to_id"))
        pair = facilities.get(begin, sectors.get(begin)), sectors.get(end, facilities.get(end))
        apart = None not in pair and pair[0] != pair[1]
        shapes.append(shapely.LineString(pair) if apart else None)
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=shapes, crs=4326)


# --------------------------------------------------------------- parts of a layer


def _head(name: str, rows: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame) -> Layer:
    """Give what every layer has, and what of its table is not drawn."""
    notes: list[Words] = []
    without = int((rows.geometry.isna() | rows.geometry.is_empty).sum())
    if without:
        notes.append(said("Rows without a place, not drawn: {n}", n=number(without)))
    if len(drawn) == MOST_SHAPES:
        notes.append(said("The first {n} are drawn; the table holds all", n=number(MOST_SHAPES)))
    return {
        "id": f"plan-{name.replace('_', '-')}",
        "name": _counted(table_name(name), drawn),
        "shown": name not in OFF,
        "notes": notes,
    }


def _counted(name: Words, drawn: gpd.GeoDataFrame) -> Words:
    return joined(name, " (", number(len(drawn)), ")")


def _some(rows: gpd.GeoDataFrame, kinds: Sequence[str], name: str) -> gpd.GeoDataFrame:
    """Take the rows of a kind of shape, what matters most first, as many as a map can show."""
    own = rows[rows.geom_type.isin(kinds).to_numpy() & ~rows.geometry.is_empty.to_numpy()]
    weighed = (
        -numbers(pd.DataFrame(own), FIRST[name]) if name in FIRST else pd.Series(0.0, own.index)
    )
    order = np.lexsort((np.arange(len(own)), weighed.fillna(np.inf).to_numpy()))
    return cast("gpd.GeoDataFrame", own.iloc[order[:MOST_SHAPES]])


def _rows(table: pd.DataFrame) -> Iterator[Row]:
    plain = pd.DataFrame(table)
    geometry = [column for column in plain.columns if plain[column].dtype == "geometry"]
    yield from plain.drop(columns=geometry).to_dict("records")


def _card(name: str, row: Row) -> dict[str, Any]:
    """Make a card: the name of the row where it has one, and its numbers."""
    own = next((words.label(row[key]) for key in ("name", "id") if words.label(row.get(key))), "")
    return {"title": own or table_name(name), "rows": card_rows(name, CARDS[name], row)}


def _grown(rows: gpd.GeoDataFrame, column: str, least: float, most: float) -> list[float]:
    """Let a width grow with the square root of a number; the least where there is none."""
    given = numbers(pd.DataFrame(rows), column).clip(lower=0).fillna(0.0).to_numpy()
    top = float(given.max(initial=0.0))
    share = np.sqrt(given / top) if top else np.zeros(len(given))
    return [round(float(one), 1) for one in least + (most - least) * share]


def _at(place: shapely.Point) -> list[float]:
    return [round(place.y, 6), round(place.x, 6)]
