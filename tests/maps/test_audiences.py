"""Nothing in a map is finer than its audience allows, and what is left out is counted."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from geosector.errors import AudienceError, InputError
from geosector.maps import draw_map
from geosector.maps.saying import told

KEY = bytes(range(32))
RELEASE = {"key": KEY, "date": "2024-05-10", "lang": "en"}


def scene(audience: str, tables: dict[str, Any], **options: Any) -> dict[str, Any]:
    drawn = draw_map(**tables, audience=audience, **{**RELEASE, **options})
    return told(drawn.scene, "en")


def layer(made: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in made["layers"] if one["id"] == name)


@pytest.fixture
def crowd(tables: Any) -> dict[str, gpd.GeoDataFrame]:
    """Put into the tiny place forty exact attacks in a named locality of sector 1."""
    random = np.random.default_rng(0)
    exact = random.normal((37.05, 36.05), 0.004, (40, 2))
    incidents = gpd.GeoDataFrame(
        {
            "kind": "attack",
            "date": pd.date_range("2024-04-01", periods=40, freq="D"),
            "locality": "North",
            "radius_m": 0.0,
            "narrative": "told by a neighbour",
        },
        geometry=gpd.points_from_xy(*exact.T),
        crs="EPSG:4326",
    )
    return {**tables._asdict(), "incidents": incidents}


@pytest.mark.parametrize("audience", ["partner", "public"])
def test_no_exact_place_name_or_text_is_in_the_page(crowd: Any, audience: str) -> None:
    page = draw_map(**crowd, audience=audience, **RELEASE, bandwidth_m=5000).to_html()
    for exact in crowd["incidents"].geometry:
        assert f"{exact.x:.6f}" not in page
    assert "Shelter One" not in page
    assert "told by a neighbour" not in page
    assert KEY.hex() not in page


def test_a_partner_sees_masked_incidents_and_facilities_by_sector(crowd: Any) -> None:
    made = scene("partner", crowd)
    density = layer(made, "density-attack")
    assert "40 incidents" in density["notes"]
    west, east = layer(made, "sectors")["items"]
    assert west["card"]["rows"][3:] == [["Attacks", "40"], ["Shelters", "1"]]
    assert east["card"]["rows"][3:] == [["Attacks", "0"], ["Warehouses", "1"]]
    assert not [one for one in made["layers"] if one["id"].startswith("facilities")]


def test_a_bandwidth_finer_than_the_mask_draws_no_density(crowd: Any) -> None:
    made = scene("partner", crowd, bandwidth_m=100)
    assert not [one for one in made["layers"] if one["kind"] == "density"]
    assert layer(made, "circles")["name"] == "Incidents known only roughly (40)"


def test_the_public_sees_counts_by_locality_and_their_density(crowd: Any) -> None:
    made = scene("public", crowd)
    assert "Period: up to 3 May 2024" in layer(made, "density-attack")["notes"]
    # Forty days from the first of April; the last seven are too fresh.
    assert "33 incidents" in layer(made, "density-attack")["notes"]
    places = layer(made, "circles")
    assert places["shown"] is False
    assert [item["card"]["title"] for item in places["items"]] == ["North"]
    west = layer(made, "sectors")["items"][0]["card"]["rows"]
    assert [label for label, _ in west] == ["Number", "Area", "Protected facilities"]
    assert west[-1][1] == "withheld"


def test_incidents_without_a_place_are_counted_for_the_public_too(crowd: Any) -> None:
    lost = crowd["incidents"].assign(locality="Nowhere", geometry=None).head(3)
    crowd["incidents"] = pd.concat([crowd["incidents"], lost])
    assert "Incidents without a place, not drawn: 3" in scene("public", crowd)["notes"]


def test_the_bounds_of_a_public_map_are_those_of_what_it_shows(crowd: Any) -> None:
    (south, west), (north, east) = scene("public", {"incidents": crowd["incidents"]})["bounds"]
    assert (south, west) == (north, east)
    exact = crowd["incidents"].geometry
    assert not any(exact.x.round(5).eq(west) & exact.y.round(5).eq(south))


def test_the_public_cannot_be_shown_the_cells(crowd: Any) -> None:
    with pytest.raises(InputError, match="Give at least 1,000 m"):
        scene("public", crowd, bandwidth_m=300)


def test_a_facility_outside_every_sector_is_counted_for_a_partner(crowd: Any) -> None:
    crowd["facilities"].loc[0, "geometry"] = Point(40, 40)
    assert "Facilities without a place, not drawn: 1" in scene("partner", crowd)["notes"]


def test_an_internal_column_called_count_is_no_count(tables: Any) -> None:
    counted = tables.incidents.assign(count=100)
    made = scene("internal", {"incidents": counted}, bandwidth_m=500)
    assert "2 incidents" in layer(made, "density-attack")["notes"]


@pytest.mark.parametrize("lacking", ["key", "date"])
def test_the_public_needs_a_key_and_a_date(crowd: Any, lacking: str) -> None:
    with pytest.raises(AudienceError, match=lacking):
        scene("public", crowd, **{lacking: None})


def test_the_same_release_is_the_same_page(crowd: Any) -> None:
    one, other = (json.dumps(scene("partner", crowd)) for _ in range(2))
    assert one == other


def test_empty_tables_are_an_empty_map(crowd: Any) -> None:
    none = {name: table.iloc[:0] for name, table in crowd.items() if name != "sectors"}
    made = scene("internal", {**none, "sectors": crowd["sectors"]})
    assert not [one for one in made["layers"] if one["kind"] == "density"]
    assert made["notes"] == []
    nowhere = scene("internal", {**none, "sectors": crowd["sectors"].iloc[:0]})
    assert layer(nowhere, "sectors")["items"] == []
    assert nowhere["bounds"] == [[-60, -180], [75, 180]]
