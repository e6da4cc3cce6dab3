"""The density layer: which incidents enter it, what the legend says."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from geosector import crs
from geosector.maps import heat, pictures
from geosector.maps.saying import told
from geosector.measure import density

GIVEN = heat.Bandwidth(500.0, "given")


def cloud(lon: np.ndarray, lat: np.ndarray, radius_m: float = 0.0) -> heat.Cloud:
    table = pd.DataFrame(
        {
            "kind": "attack", "date": pd.Timestamp("2024-04-02"), "locality": "x",
            "radius_m": radius_m, "count": 1.0, "lon": lon, "lat": lat,
        },
        index=range(len(lon)),
    )  # fmt: skip
    metric = crs.metric_crs((36.6, 35.9, 37.6, 36.5))
    return heat.Cloud("attack", heat.placed(table, metric), metric)


def notes(layer: dict) -> list[str]:
    return told(layer["notes"], "en")


def test_incidents_vaguer_than_the_bandwidth_are_parted_and_counted() -> None:
    precise, vague = np.full(3, 37.0), np.full(2, 37.2)
    one = cloud(np.append(precise, vague), np.full(5, 36.2))
    one.table["radius_m"] = [0.0, 400.0, 500.0, 501.0, 9000.0]
    parted = heat.part(one, GIVEN)
    assert (len(parted.precise.table), len(parted.vague.table)) == (3, 2)
    layer = heat.layer(parted, shown=True)
    assert "3 incidents" in notes(layer)
    assert "Place too vague for this density: 2" in notes(layer)


def test_the_layer_holds_the_picture_it_tells_of() -> None:
    layer = heat.layer(heat.part(cloud(np.full(2, 37.0), np.full(2, 36.2)), GIVEN), shown=False)
    picture = pictures.unpack(layer)
    assert picture.density.shape == (layer["height"], layer["width"])
    assert picture.density.max() == pytest.approx(2 / (2 * np.pi * 0.5**2), rel=0.02)
    assert layer["shown"] is False


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("given", "Bandwidth (Gaussian): 500 m, as given"),
        ("rule", "Bandwidth (Gaussian): 500 m, by the normal reference rule"),
        ("audience", "Bandwidth (Gaussian): 500 m, the least for this audience"),
        ("area", "Bandwidth (Gaussian): 500 m, the least for so wide an area"),
    ],
)
def test_the_legend_says_how_the_bandwidth_was_chosen(source: str, said: str) -> None:
    parted = heat.part(cloud(np.full(2, 37.0), np.full(2, 36.2)), heat.Bandwidth(500.0, source))
    assert said in notes(heat.layer(parted, shown=True))


def test_the_legend_says_where_nothing_is_known() -> None:
    parted = heat.part(cloud(np.array([37.0, 37.3]), np.full(2, 36.2)), GIVEN)
    assert "Not known farther than 1.5 km from an incident" in notes(heat.layer(parted, shown=True))
    metric = parted.precise.metric
    west = crs.to_metres(gpd.GeoDataFrame(geometry=[box(36.9, 36.1, 37.1, 36.3)], crs=4326), metric)
    masked = notes(heat.layer(parted, shown=True, surveyed=west.geometry.union_all()))
    assert "Shown only where it was surveyed" in masked
    assert "Outside the surveyed area, not shown: 1" in masked
    assert "2 incidents" in masked


def test_the_bandwidth_chosen_is_no_finer_than_places_are_known() -> None:
    lon = np.full(9, 37.0)
    vague = cloud(lon, np.full(9, 36.2), radius_m=2500.0)
    assert heat.default_bandwidth(vague) == (2500, "places")
    assert heat.default_bandwidth(cloud(lon, np.full(9, 36.2))) == (100, "rule")
    assert heat.default_bandwidth(cloud(lon, np.full(9, 36.2)), 1000.0) == (1000, "audience")


def test_the_bandwidth_chosen_fits_a_whole_country() -> None:
    one = cloud(np.append(np.full(200, 37.0), 42.0), np.append(np.full(200, 36.2), 33.0))
    one.table["count"] = np.append(np.full(200, 1e4), 1.0)
    parted = heat.part(one, heat.default_bandwidth(one))
    assert parted.bandwidth.source == "area"
    assert heat.layer(parted, shown=True)["width"] <= density.LARGEST_SIDE


def test_no_incidents_have_the_smallest_bandwidth() -> None:
    none = np.empty(0)
    assert heat.default_bandwidth(cloud(none, none)).metres == density.SMALLEST_BANDWIDTH_M


def test_an_incident_in_two_clouds_is_one_at_its_place() -> None:
    one = cloud(np.full(3, 37.0), np.full(3, 36.2))
    every = heat.Cloud(heat.ALL, one.table, one.metric)
    assert heat.by_place([one, every])["attack"].tolist() == [3]
