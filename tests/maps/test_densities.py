"""Which densities a map draws, and where they are shown."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import Point, box

from geosector.errors import InputError, MissingCRSError
from geosector.maps import draw_map, layers, pictures
from geosector.maps.layers import SHADING
from geosector.maps.paper import legend
from geosector.maps.saying import told


def scene(tables: Any, **options: Any) -> dict[str, Any]:
    return draw_map(tables.incidents, audience="internal", lang="en", **options).scene


def densities(made: dict[str, Any]) -> list[str]:
    return [layer["id"] for layer in made["layers"] if layer["kind"] == "density"]


def test_attacks_and_fires_are_drawn_where_nothing_else_is_wished(tables: Any) -> None:
    made = scene(tables)
    assert densities(made) == ["density-attack", "density-fire"]
    assert not any("other kinds" in note for note in told(made["notes"], "en"))  # but as points


def test_any_kind_is_drawn_on_wish_and_the_first_is_on(tables: Any) -> None:
    made = scene(tables, densities=["traffic", "drowning", "attack", "traffic"])
    assert densities(made) == ["density-traffic", "density-attack"]  # nobody drowned
    shown = [layer["shown"] for layer in made["layers"] if layer["kind"] == "density"]
    assert shown == [True, False]


def test_the_public_which_sees_no_points_reads_how_many_are_of_other_kinds(tables: Any) -> None:
    wishes = {"audience": "public", "key": bytes(32), "date": "2024-06-01", "lang": "en"}
    made = draw_map(tables.incidents, **wishes).scene
    assert "Incidents of other kinds, not drawn: 1" in told(made["notes"], "en")


def test_all_incidents_together_leave_no_other_kind(tables: Any) -> None:
    made = scene(tables, densities=["all"], bandwidth_m=500)
    (layer,) = (layer for layer in made["layers"] if layer["kind"] == "density")
    assert "4 incidents" in told(layer["notes"], "en")
    assert "Place too vague for this density: 1" in told(layer["notes"], "en")
    assert not any("other kinds" in note for note in told(made["notes"], "en"))


def test_a_vague_incident_of_two_densities_is_one_circle(tables: Any) -> None:
    made = scene(tables, densities=["all", "fire"], bandwidth_m=500)
    (circles,) = (layer for layer in made["layers"] if layer["kind"] == "circles")
    assert told(circles["name"], "en") == "Incidents known only roughly (1)"


def test_no_density_is_drawn_where_none_is_wished(tables: Any) -> None:
    assert densities(scene(tables, densities=[])) == []


def test_a_kind_that_is_none_is_refused(tables: Any) -> None:
    with pytest.raises(InputError, match=r"no density of 'flood'; give some of attack, fire, "):
        scene(tables, densities=["attack", "flood"])


def test_a_kind_may_be_given_by_itself(tables: Any) -> None:
    assert densities(scene(tables, densities="fire")) == ["density-fire"]


def test_a_survey_masks_every_density(tables: Any) -> None:
    surveyed = gpd.GeoDataFrame(geometry=[box(37.0, 36.0, 37.1, 36.1), None], crs=4326)
    made = scene(tables, surveyed=surveyed.to_crs("EPSG:32637"))
    for layer in made["layers"]:
        if layer["kind"] == "density":
            (_, west), (_, east) = layer["bounds"]
            assert west == pytest.approx(37.0, abs=0.005)
            assert east == pytest.approx(37.1, abs=0.005)
            assert pictures.unpack(layer).known.mean() > 0.9
            assert "Shown only where it was surveyed" in told(layer["notes"], "en")


@pytest.mark.parametrize("shapes", [[Point(37, 36)], [None], []])
def test_a_survey_without_an_area_is_refused(tables: Any, shapes: list[Any]) -> None:
    with pytest.raises(InputError, match="What was surveyed is an area; give polygons"):
        scene(tables, surveyed=gpd.GeoDataFrame(geometry=shapes, crs=4326))


def test_a_survey_without_a_coordinate_system_is_refused(tables: Any) -> None:
    with pytest.raises(MissingCRSError, match="surveyed has no coordinate system"):
        scene(tables, surveyed=gpd.GeoDataFrame(geometry=[box(37, 36, 37.1, 36.1)]))


@pytest.mark.parametrize("wishes", [
    {}, {"densities": []}, {"compare": ("2024-01", "2024-06")}, {"densities": ["drowning"]},
    {"bandwidth_m": 1.0}, {"audience": "public", "key": bytes(32), "date": "2025-01-01"},
])  # fmt: skip
def test_one_shading_is_on_when_the_map_opens(wishes: dict[str, Any]) -> None:
    table = gpd.GeoDataFrame(
        {"kind": "attack", "date": ["2024-01-05", "2024-06-05", None], "radius_m": 90.0},
        geometry=gpd.points_from_xy([37.02, 37.03, 37.04], [36.02, 36.03, 36.04]), crs=4326,
    )  # fmt: skip
    ground = {"sector_id": [1], "id": ["a"]}
    areas = gpd.GeoDataFrame(ground, geometry=[box(37, 36, 37.1, 36.1)], crs=4326)
    given = {"audience": "internal", "sectors": areas, "localities": areas, **wishes}
    made = draw_map(table, **given).scene
    assert made["shading"] == list(layers.SHADING)
    on = [layer["id"] for layer in made["layers"] if layer["kind"] in SHADING and layer["shown"]]
    assert len(on) == 1
    assert [one["id"] for one in legend.shown(made) if one["kind"] in SHADING] == on
