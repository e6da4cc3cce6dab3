"""What the tests of the register lean on: invented shelters, and an empty register."""

from __future__ import annotations

import geopandas as gpd
import pytest

from geosector import Register


def synthetic_shelters(count=3, begin=1):
    numbers = range(begin, begin + count)
    return gpd.GeoDataFrame(
        {
            "id": [f"syn-{number}" for number in numbers],
            "kind": "shelter",
            "name": [f"Synthetic shelter {number}" for number in numbers],
            "name_ar": "ملجأ مُختلَق",
            "capacity": [10.0 * number for number in numbers],
            "status": "open",
        },
        geometry=gpd.points_from_xy(
            [37.1 + number / 1000 for number in numbers], [36.1 for _ in numbers]
        ),
        crs="EPSG:4326",
    )


@pytest.fixture
def shelters():
    return synthetic_shelters()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "synthetic.gpkg"


@pytest.fixture
def register(path, shelters):
    with Register(path, office="IDL-OPS") as made:
        made.add("facilities", shelters)
        yield made
