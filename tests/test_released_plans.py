"""No map and no report for partners or the public tells a place of a plan that was given to it.

Each product is made for the office first: there the scanner must find the places, or it would prove
nothing. All places are synthetic.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geosector import Layout, draw_map, write_report
from tests.test_released_products import DATE, KEY, OTHERS, found, known, layout, places

__all__ = ["layout"]  # a fixture of the other file


def plan_at(secret: np.ndarray) -> dict[str, pd.DataFrame]:
    """Make a plan whose every table lies at the places, and writes them into its words."""
    points, words = shapely.points(secret), [f"{y:.6f}, {x:.6f}" for x, y in secret]
    ways = [
        shapely.LineString([one, other])
        for one, other in zip(secret, np.roll(secret, 1, 0), strict=True)
    ]
    grounds = [shapely.Point(one).buffer(0.0002) for one in secret]
    facts = {
        "sector_id": "1", "area_id": "1", "people": 90.0, "usable": 700.0, "item": words,
        "name": words, "to": words, "reason": words, "id": words, "role": words, "hours": 80.0,
        "activity": words, "locality": words, "accidents": 2, "known": True, "count": 7,
        "spot": "hot", "facility_id": words, "from_id": words, "to_id": words, "capacity": 90.0,
    }  # fmt: skip
    shapes = {
        "routes": ways, "critical": ways, "black_spots": ways, "cut_off": grounds,
        "service_areas": grounds, "sites": points, "candidates": points, "exposure": points,
        "shelters": points, "left_over": points, "sheltering": points, "hot_spots": points,
        "stock_gaps": points, "posts": points, "who_does_what": points, "projects": points,
        "transfers": ways, "overlaps": points,
    }  # fmt: skip
    return {name: gpd.GeoDataFrame(facts, geometry=own, crs=4326) for name, own in shapes.items()}


@pytest.mark.parametrize("audience", ["internal", *OTHERS])
def test_no_map_tells_a_place_of_a_plan_to_others(layout: Layout, audience: str) -> None:
    secret = places(layout, 4)
    page = draw_map(
        sectors=layout.sectors, plan=plan_at(secret), audience=audience, key=KEY, date=DATE
    )
    told = found(page.to_html().encode(), secret, known(layout))
    assert bool(told) is (audience == "internal")


@pytest.mark.parametrize("audience", ["internal", *OTHERS])
def test_no_report_tells_a_place_of_a_plan_to_others(
    layout: Layout,
    audience: str,
    tmp_path: Path,
) -> None:
    secret = places(layout, 5)
    incidents = pd.DataFrame({"kind": ["fire"], "date": pd.to_datetime(["2024-04-02"])})
    made = write_report(
        incidents, "2024-04", tmp_path, audience=audience, lang=["ar", "en"], formats=["html"],
        sectors=layout.sectors, plan=plan_at(secret), key=KEY,
    )  # fmt: skip
    told = {file.name: found(file.read_bytes(), secret, known(layout)) for file in made.files}
    leaking = {name for name, some in told.items() if some}
    if audience == "internal":
        assert {"report.en.html", "report.xlsx", "report.json", "plan.en.html"} <= leaking
    else:
        assert leaking == set()
