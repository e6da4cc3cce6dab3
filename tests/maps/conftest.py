"""A tiny synthetic place for the tests of maps.

::

    36.1 +-------+-------+        two sectors of about 9 × 11 km, side by side;
         |   1   |   2   |        a main road along the border between them,
         |  a a  #   f   |        a street through sector 1;
         |----s--#---v---|        a attack, f fire, v a fire known only within 5 km,
         |       #   w   |        s shelter, w warehouse
    36.0 +-------+-------+
        37.0    37.1    37.2
"""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

WGS84 = "EPSG:4326"


class Tables(NamedTuple):
    incidents: gpd.GeoDataFrame
    sectors: gpd.GeoDataFrame
    borders: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame


@pytest.fixture
def tables() -> Tables:
    return Tables(
        incidents=gpd.GeoDataFrame(
            {
                "id": ["1", "2", "3", "4", "5", "6"],
                "kind": ["attack", "attack", "fire", "fire", "attack", "traffic"],
                "date": pd.to_datetime(["2024-04-02"] * 3 + ["2024-04-20"] * 3),
                "locality": ["North", "North", "East", "Somewhere", "Nowhere", "East"],
                "radius_m": [50.0, 50.0, 50.0, 5000.0, 50.0, 50.0],
            },
            geometry=[
                Point(37.03, 36.06), Point(37.05, 36.06), Point(37.15, 36.06),
                Point(37.15, 36.05), None, Point(37.16, 36.06),
            ],
            crs=WGS84,
        ),
        sectors=gpd.GeoDataFrame(
            {"sector_id": [1, 2], "name": ["West", "East"], "population": [1200.0, 800.0]},
            geometry=[box(37.0, 36.0, 37.1, 36.1), box(37.1, 36.0, 37.2, 36.1)],
            crs=WGS84,
        ),
        borders=gpd.GeoDataFrame(
            {"left": [1], "right": [2], "road_class": ["primary"], "name": ["Main Road"]},
            geometry=[LineString([(37.1, 36.0), (37.1, 36.1)])],
            crs=WGS84,
        ),
        roads=gpd.GeoDataFrame(
            {"road_class": ["primary", "residential"], "name": ["Main Road", None]},
            geometry=[
                LineString([(37.1, 36.0), (37.1, 36.1)]),
                LineString([(37.0, 36.05), (37.1, 36.05)]),
            ],
            crs=WGS84,
        ),
        facilities=gpd.GeoDataFrame(
            {
                "kind": ["shelter", "warehouse"],
                "name": ["Shelter One", "Store"],
                "name_ar": ["ملجأ", None],
                "status": ["open", "damaged"],
                "capacity": [120.0, None],
                "capacity_unit": ["people", None],
            },
            geometry=[Point(37.04, 36.05), Point(37.15, 36.03)],
            crs=WGS84,
        ),
    )  # fmt: skip
