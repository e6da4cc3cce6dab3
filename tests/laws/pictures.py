"""Random drawn towns, more varied than any planner would send."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely
from hypothesis import strategies as st

from geosector import crs
from tests.drawn import HEIGHT_M, ORIGIN, WIDTH_M, Town, draw_town, street

ACROSS = ("-----", "=====", "~~~~~", "     ", "--   ", "   ==")
DOWN = ("|", "H", "!", " ")
# Nobody, some, and a block with more people than all the others.
PEOPLE = st.sampled_from([0, 0, *range(20, 99, 7), *range(20, 99, 9), 99_999])


@st.composite
def pictures(draw, most=5):
    """Draw a grid with streets of three classes, some missing or ending blindly, and people."""
    wide, high = draw(st.integers(1, most)), draw(st.integers(1, most - 1))
    rows = []
    for row in range(high + 1):
        edge = row in (0, high)
        streets = ("-----" if edge else draw(st.sampled_from(ACROSS)) for _ in range(wide))
        rows.append("+" + "+".join(streets) + "+")
        if row < high:
            signs = ["|", *(draw(st.sampled_from(DOWN)) for _ in range(wide - 1)), "|"]
            numbers = [*(f"{draw(PEOPLE):^5}" for _ in range(wide)), ""]
            rows.append("".join(sign + cell for sign, cell in zip(signs, numbers, strict=True)))
            rows.append("     ".join(signs))
    return "\n".join(rows)


@st.composite
def towns(draw):
    """Give a town: in one or two parts, with a hole, a bridge, a loose street, lines given twice."""
    town = draw_town(draw(pictures()))
    boundary, roads, people = town
    if draw(st.booleans()):  # an island
        island = draw_town(draw(pictures(most=2)))
        away = draw(st.sampled_from([700.0, 3000.0]))
        shifted = [_moved(table, away) for table in island]
        boundary, roads, people = (
            pd.concat(pair, ignore_index=True) for pair in zip(town, shifted, strict=True)
        )
    if draw(st.booleans()):  # a lake
        hole = _rectangle(2.5, 1.5, draw(st.integers(3, 9)), 3)
        boundary = boundary.assign(
            geometry=shapely.difference(boundary.geometry.values, hole.geometry.iloc[0])
        )
    extra = [
        street((-3, 1), (40, 1.4), road_class="primary", name="Bridge", layer=1),
        street((-3, 2), (9, 2.2), road_class="secondary", name="Blind", layer=0),
        street((3, 1), (3, 1), road_class="primary", name="No length", layer=0),
        street((1, -2), (1, 20), road_class="residential", name="Tunnel", layer=-1),
        roads.iloc[: draw(st.integers(0, 3))],  # again
    ]
    chosen = [line for line in extra if draw(st.booleans())]
    roads = pd.concat([roads, *chosen], ignore_index=True)
    if draw(st.booleans()):
        roads = crs.to_metres(roads, crs.metric_crs((*ORIGIN, *ORIGIN)))
    if draw(st.booleans()):
        boundary = boundary.to_crs(draw(st.sampled_from([32636, 3857, 4326])))
    return Town(boundary, roads, people)


def _moved(table, east):
    metric = crs.metric_crs((*ORIGIN, *ORIGIN))
    shapes = crs.to_metres(table, metric)
    return crs.to_wgs84(shapes.assign(geometry=shapes.translate(east)).set_crs(metric))


def _rectangle(column, row, wide, high):
    metric = crs.metric_crs((*ORIGIN, *ORIGIN))
    shape = shapely.box(
        column * WIDTH_M, -(row + high) * HEIGHT_M, (column + wide) * WIDTH_M, -row * HEIGHT_M
    )
    return crs.to_wgs84(gpd.GeoDataFrame(geometry=[shape], crs=metric))
