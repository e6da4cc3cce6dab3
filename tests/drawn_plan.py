"""A synthetic plan of the two sectors of ``tests/maps/conftest.py``: a few rows of every result."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point, box

WGS84 = "EPSG:4326"
# Numbers that stand nowhere else, to be found again in every product.
SHELTERED, LEFT, CUT_OFF, GAP, WITHIN = 713.0, 287.0, 219.0, 4321.0, 641.0


def plan() -> dict[str, pd.DataFrame]:
    """Give the tables, each as its measure gives it."""
    return {**_access(), **_siting(), **_stock(), **_hot(), **_coordination()}


def _placed(columns: dict[str, list[object]], *shapes: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=WGS84)


def _access() -> dict[str, pd.DataFrame]:
    east = box(37.1, 36.0, 37.2, 36.1)
    blocks = _placed(
        {"block_id": [0, 1, 2], "sector_id": [1, 1, 2], "population": [500.0, 700.0, 800.0]},
        box(37.0, 36.0, 37.05, 36.1), box(37.05, 36.0, 37.1, 36.1), east,
    )  # fmt: skip
    reach = pd.DataFrame(
        {
            "block_id": [0, 1, 2], "sector_id": [1, 1, 2], "population": [500.0, 700.0, 800.0],
            "kind": "shelter", "facility_id": ["s1", "s1", None], "minutes": [4.0, 22.0, None],
            "metres": [300.0, 1800.0, None], "oldest_report_days": [2.0, 45.0, None],
            "known": [True, False, False],
        }
    )  # fmt: skip
    access = pd.DataFrame(
        {
            "sector_id": [1, 2], "kind": "shelter", "people": [1200.0, 800.0], "facilities": [1, 0],
            "minutes": 10.0, "within": [WITHIN, 0.0], "within_share": [WITHIN / 1200, 0.0],
            "reached": [1200.0, 0.0], "share": [1.0, 0.0], "missing": [False, True],
            "unknown": [700.0, 0.0],
        }
    )  # fmt: skip
    return {
        "blocks": blocks,
        "reach": reach,
        "access": access,
        "service_areas": _placed(
            {"facility_id": ["s1"], "kind": ["shelter"], "minutes": [10.0], "people": [WITHIN]},
            Point(37.04, 36.05).buffer(0.02),
        ),
        "cut_off": _placed(
            {"part": [1], "sector_ids": ["2"], "people": [CUT_OFF], "blocks": [3]},
            box(37.15, 36.0, 37.2, 36.05),
        ),
        "critical": _placed(
            {
                "what": ["stretch", "junction"], "name": ["Main Road", None],
                "road_class": ["primary", None], "people": [CUT_OFF, 90.0],
            },
            LineString([(37.1, 36.0), (37.1, 36.1)]), Point(37.1, 36.05),
        ),
        "routes": _placed(
            {
                "sector_id": [1, 2], "to": ["North gate", "North gate"], "minutes": [12.0, 31.0],
                "metres": [900.0, 2400.0], "oldest_report_days": [3.0, 45.0],
                "known": [True, False], "avoided": [True, False],
            },
            LineString([(37.05, 36.05), (37.1, 36.1)]), LineString([(37.15, 36.05), (37.1, 36.1)]),
        ),
        "sheltering": pd.DataFrame(
            {
                "block_id": [0, 1], "sector_id": [1, 1], "facility_id": "s1",
                "people": [500.0, SHELTERED - 500], "minutes": [4.0, 22.0], "known": [True, False],
            }
        ),
        "shelters": pd.DataFrame(
            {"facility_id": ["s1"], "capacity": [720.0], "people": [SHELTERED], "free": [7.0]}
        ),
        "left_over": pd.DataFrame(
            {
                "block_id": [1, 2], "sector_id": [1, 2], "people": [LEFT, 800.0],
                "reason": ["those in reach are full", "no open shelter near"],
            }
        ),
    }  # fmt: skip


def _siting() -> dict[str, pd.DataFrame]:
    return {
        "sites": _placed(
            {
                "id": ["c1", "s1"], "order": [1, 0], "existing": [False, True],
                "people": [800.0, 1200.0], "capacity": [900.0, 720.0], "minutes": [6.5, 9.0],
            },
            Point(37.15, 36.05), Point(37.04, 36.05),
        ),
        "served": pd.DataFrame({"demand_id": ["0"], "site_id": ["s1"], "people": [500.0]}),
        "candidates": _placed(
            {"id": ["c1", "c2"], "usable": [True, False], "reason": [None, "in a hot area"]},
            Point(37.15, 36.05), Point(37.16, 36.02),
        ),
    }  # fmt: skip


def _stock() -> dict[str, pd.DataFrame]:
    return {
        "stock_gaps": pd.DataFrame(
            {
                "sector_id": [1, 2], "item": "water", "unit": "l", "need": [18000.0, 12000.0],
                "usable": [18000.0, 12000.0 - GAP], "expired": [0.0, 50.0],
                "expires_soon": [0.0, 0.0], "gap": [0.0, GAP], "hot": [True, False],
                "cut_off": [False, True],
            }
        ),
        "transfers": pd.DataFrame(
            {
                "from_id": ["1"], "to_id": ["2"], "item": ["water"], "unit": ["l"],
                "quantity": [2000.0], "minutes": [17.0], "oldest_report_days": [45.0],
                "known": [False],
            }
        ),
        "posts": pd.DataFrame(
            {
                "sector_id": [1, 2], "role": "fire", "hours": [240.0, 120.0],
                "hours_needed": [240.0, 240.0], "share": [1.0, 0.5], "posts": [30, 30],
                "filled": [30, 20], "empty": [0, 10],
            }
        ),
        "catalogue": pd.DataFrame(
            {
                "activity": ["food"], "locality": ["North"], "month": ["2024-04"], "times": [2],
                "reached": [60], "planned": [80],
            }
        ),
    }  # fmt: skip


def _hot() -> dict[str, pd.DataFrame]:
    return {
        "hot_spots": pd.DataFrame(
            {
                "area_id": ["1", "2"], "count": [9, 1], "people": [1200.0, 800.0],
                "z": [2.61, -0.4], "p": [0.009, 0.69], "q": [0.018, 0.69], "spot": ["hot", "none"],
            }
        ),
        "trends": pd.DataFrame(
            {
                "area_id": ["1", "2"], "before": [2, 3], "after": [11, 3], "p": [0.01, 1.0],
                "q": [0.02, 1.0], "trend": ["rising", "none"],
            }
        ),
        "exposure": pd.DataFrame(
            {
                "facility_id": ["s1"], "attacks": [3], "per_km2": [1.25], "nearest_m": [140.0],
                "last_date": pd.to_datetime(["2024-04-20"]),
            }
        ),
        "black_spots": _placed(
            {
                "name": ["Main Road"], "road_class": ["primary"], "length_m": [250.0],
                "accidents": [7], "killed": [1], "injured": [9], "expected": [1.5], "q": [0.003],
            },
            LineString([(37.1, 36.02), (37.1, 36.03)]),
        ),
    }  # fmt: skip


def _coordination() -> dict[str, pd.DataFrame]:
    return {
        "who_does_what": pd.DataFrame(
            {
                "locality_id": ["n"], "locality": ["North"], "activity": ["food"],
                "organisations": [2], "names": ["One; Two"], "reached": [60], "planned": [80],
            }
        ),
        "overlaps": pd.DataFrame(
            {
                "locality_id": ["n"], "activity": ["food"], "organisation": ["One"],
                "other": ["Two"], "date_from": pd.to_datetime(["2024-04-02"]),
                "date_to": pd.to_datetime(["2024-04-20"]), "ids": ["a;b"],
            }
        ),
        "activity_gaps": pd.DataFrame(
            {
                "area_id": ["1", "2"], "activity": "food", "people": [300.0, 90.0],
                "planned": [0.0, 90.0], "reached": [0.0, 90.0], "gap": [300.0, 0.0],
            }
        ),
        "coverage": pd.DataFrame(
            {"area_id": ["1", "2"], "people": [300.0, 90.0], "reached": [0.0, 90.0],
             "ratio": [0.0, 1.0]}
        ),
        "equity": pd.DataFrame(
            {"areas": [2], "left_out": [0], "people": [390.0], "reached": [90.0],
             "ratio": [90 / 390], "gini": [0.769], "hoover": [0.769]}
        ),
        "need_scores": pd.DataFrame(
            {"area_id": ["1", "2"], "score": [0.82, None], "missing": [None, "damage"]}
        ),
        "allocation": pd.DataFrame(
            {"area_id": ["1", "2"], "people": [300.0, 90.0], "quantity": [77.0, 23.0],
             "share": [0.77, 0.23]}
        ),
        "projects": pd.DataFrame(
            {
                "locality_id": ["n"], "activity": ["well"], "status": ["ongoing"],
                "date_from": pd.to_datetime(["2024-01-02"]),
                "date_to": pd.to_datetime(["2024-03-31"]), "late": [True],
            }
        ),
        "expiring": pd.DataFrame(
            {"table": ["facilities"], "id": ["s1"], "valid_to": pd.to_datetime(["2024-05-09"]),
             "days": [9]}
        ),
        "returned": pd.DataFrame(
            {"locality_id": ["n"], "month": ["2024-04"], "people_min": [40], "people_max": [55],
             "source": ["Synthetic count"]}
        ),
        "not_reached": pd.DataFrame({"id": ["k1"], "kind": ["school"], "name": ["School A"]}),
    }  # fmt: skip
