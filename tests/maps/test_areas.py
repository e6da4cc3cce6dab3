"""Choropleths count what the audience may see, by sector and by locality, and say the rest."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, box

from geosector.errors import InputError, MissingColumnError
from geosector.maps import areas, draw_map
from geosector.maps.saying import said, spoken, told

WGS84 = "EPSG:4326"
RELEASE = {"key": bytes(range(32)), "date": "2024-05-10"}


def scene(audience: str = "internal", **options: Any) -> dict[str, Any]:
    drawn = draw_map(**{"audience": audience, "lang": "en", **RELEASE, **options})
    return told(drawn.scene, "en")


def layer(made: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in made["layers"] if one["id"] == name)


def question(made: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    (found,) = (one for one in made["kinds"] if one["name"] == kind)
    return {measure["name"]: measure for measure in found["measures"]}


def labels(measure: dict[str, Any]) -> list[str]:
    """Give the label of the class of each area."""
    return [measure["classes"][one]["label"] for one in measure["of"]]


@pytest.fixture
def strip() -> gpd.GeoDataFrame:
    """Six synthetic localities in a row, each about 1.8 × 11 km, the fourth without people."""
    return gpd.GeoDataFrame(
        {
            "id": list("abcdef"),
            "name": [f"Place {key}" for key in "abcdef"],
            "name_ar": ["مكان", *[None] * 5],
            "population": [1000, 2000, 4000, 0, 8000, 3],
        },
        geometry=[box(37 + 0.02 * at, 36, 37.02 + 0.02 * at, 36.1) for at in range(6)],
        crs=WGS84,
    )


def incidents(*counts: int, **columns: Any) -> gpd.GeoDataFrame:
    """Make so many synthetic attacks in the middle of each locality of the strip."""
    at = np.repeat(np.arange(len(counts)), counts)
    usual = {"kind": "attack", "date": "2024-04-02", "radius_m": 100.0}
    return gpd.GeoDataFrame(
        {**usual, **columns}, index=range(len(at)), crs=WGS84,
        geometry=gpd.points_from_xy(37.01 + 0.02 * at, np.full(len(at), 36.05)),
    )  # fmt: skip


# --------------------------------------------------------------- numbers


def test_a_layer_tells_count_rate_and_smoothed_rate_of_each_area(strip: Any) -> None:
    made = layer(scene(incidents=incidents(5, 2, 0, 1, 8, 1), localities=strip), "rates-localities")
    assert [item["name"] for item in made["items"]] == [f"Place {key}" for key in "abcdef"]
    assert [item["people"] for item in made["items"]] == [1000, 2000, 4000, 0, 8000, 3]
    asked = question(made, "Attacks")
    count, rate, smoothed = asked.values()
    assert count["values"] == [5, 2, 0, 1, 8, 1]
    assert rate["values"] == [50, 10, 0, None, 10, 3333.3]
    assert smoothed["values"][3] is None
    assert rate["values"][0] > smoothed["values"][0] > smoothed["values"][2] > 0
    assert labels(rate)[3] == "No people stated"
    assert labels(rate)[2] == "0.0"
    assert "17 incidents" in count["notes"]
    assert list(asked) == [
        "Number of incidents", "Per 10,000 people", "Per 10,000 people, smoothed"
    ]  # fmt: skip


def test_the_arabic_name_is_read_in_arabic(strip: Any) -> None:
    drawn = draw_map(incidents(1), localities=strip, audience="internal", lang="en")
    names = drawn.scene["layers"][0]["items"][0]["name"]
    assert [spoken(names, code) for code in ("ar", "ckb", "kmr")] == ["مكان", "مكان", "Place a"]


def test_every_kind_met_is_asked_for_and_all_together(strip: Any) -> None:
    mixed = incidents(2, 1, kind=["attack", "fire", "picnic"])
    made = layer(scene(incidents=mixed, localities=strip), "rates-localities")
    assert [one["name"] for one in made["kinds"]] == [
        "Attacks", "Fires", "Other incidents", "All incidents"
    ]  # fmt: skip
    assert question(made, "All incidents")["Number of incidents"]["values"][:3] == [2, 1, 0]
    alone = layer(scene(incidents=incidents(2), localities=strip), "rates-localities")
    assert [one["name"] for one in alone["kinds"]] == ["Attacks"]


def test_without_people_there_are_numbers_and_a_reason(strip: Any) -> None:
    bare = strip.drop(columns="population")
    made = layer(scene(incidents=incidents(2), localities=bare), "rates-localities")
    asked = question(made, "Attacks")
    assert list(asked) == ["Number of incidents"]
    assert any(note.startswith("No rates:") for note in asked["Number of incidents"]["notes"])


def test_it_is_said_why_nothing_is_smoothed(strip: Any) -> None:
    few = strip.iloc[:3]
    asked = question(
        layer(scene(incidents=incidents(2), localities=few), "rates-localities"), "Attacks"
    )
    assert list(asked) == ["Number of incidents", "Per 10,000 people"]
    notes = asked["Per 10,000 people"]["notes"]
    assert "Not smoothed: that needs 5 areas with people or more" in notes


def test_a_kind_that_met_no_people_is_not_smoothed(strip: Any) -> None:
    where = incidents(0, 0, 0, 3)
    asked = question(layer(scene(incidents=where, localities=strip), "rates-localities"), "Attacks")
    notes = asked["Per 10,000 people"]["notes"]
    assert "Not smoothed: there are no incidents in areas with people" in notes


def test_areas_that_differ_by_chance_are_said_to(strip: Any) -> None:
    even = strip.assign(population=1000)
    made = layer(scene(incidents=incidents(*[4] * 6), localities=even), "rates-localities")
    notes = question(made, "Attacks")["Per 10,000 people, smoothed"]["notes"]
    assert any("no more than by chance" in note for note in notes)


def test_no_colour_is_without_a_line_in_the_legend(strip: Any) -> None:
    made = layer(scene(incidents=incidents(5, 2, 0, 1, 8, 1), localities=strip), "rates-localities")
    for measure in question(made, "Attacks").values():
        assert set(measure["of"]) == set(range(len(measure["classes"])))
        assert len({one["colour"] for one in measure["classes"]}) == len(measure["classes"])


# --------------------------------------------------------------- which area


def test_the_id_of_an_incident_decides_before_its_place(strip: Any) -> None:
    named = incidents(2, locality_id=["f", "elsewhere"])
    named.loc[0, "geometry"] = None
    made = layer(scene(incidents=named, localities=strip), "rates-localities")
    assert question(made, "Attacks")["Number of incidents"]["values"] == [1, 0, 0, 0, 0, 1]


def test_what_is_not_counted_is_said(strip: Any) -> None:
    told_of = incidents(5, radius_m=[0.0, 9000.0, None, 0.0, 0.0])
    told_of.loc[3, "geometry"] = None
    told_of.loc[4, "geometry"] = Point(38, 36.05)
    made = layer(scene(incidents=told_of, localities=strip), "rates-localities")
    assert question(made, "Attacks")["Number of incidents"]["values"][0] == 2
    assert made["notes"] == [
        "Period: 2 April 2024",
        "Outside these areas, not counted: 1",
        "Without a place, not counted: 1",
        "Known less precisely than the area is wide, not counted: 1",
    ]


def test_sectors_count_by_place_as_their_cards_do(tables: Any) -> None:
    tables.incidents.loc[3, "radius_m"] = 9000.0
    made = scene(incidents=tables.incidents, sectors=tables.sectors)
    chart = layer(made, "rates-sectors")
    assert [item["name"] for item in chart["items"]] == ["West", "East"]
    assert question(chart, "Fires")["Number of incidents"]["values"] == [0, 2]
    assert ["Fires", "2"] in layer(made, "sectors")["items"][1]["card"]["rows"]
    assert "Of these, known less precisely than the area is wide: 1" in chart["notes"]


def test_an_incident_that_covers_ground_counts_where_its_middle_is(strip: Any) -> None:
    wide = incidents(1)
    wide.loc[0, "geometry"] = box(37.05, 36.02, 37.06, 36.03)
    made = layer(scene(incidents=wide, localities=strip), "rates-localities")
    assert question(made, "Attacks")["Number of incidents"]["values"] == [0, 0, 1, 0, 0, 0]


def test_what_has_no_place_on_the_map_is_not_counted(strip: Any) -> None:
    beyond = incidents(4)
    beyond.geometry = [Point(), Point(float("nan"), 36), None, Point(37.01, 36.05)]
    made = layer(scene(incidents=beyond, localities=strip), "rates-localities")
    assert question(made, "Attacks")["Number of incidents"]["values"][0] == 1
    assert "Without a place, not counted: 3" in made["notes"]


def test_the_order_of_rows_does_not_matter(strip: Any) -> None:
    some = incidents(5, 2, 0, 1, 8, 1)
    one = scene(incidents=some, localities=strip)
    assert one == scene(incidents=some.iloc[::-1], localities=strip)


# --------------------------------------------------------------- cells of a gazetteer


@pytest.fixture
def gazetteer() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"id": ["w", "e", "w2", "far"], "name": ["West", "East", "West again", "Far"]},
        geometry=gpd.points_from_xy([37.05, 37.15, 37.05, 39.0], [36.05] * 4), crs=WGS84,
    )  # fmt: skip


def test_cells_are_called_cells_in_legend_and_card(tables: Any, gazetteer: Any) -> None:
    made = layer(
        scene(incidents=tables.incidents, sectors=tables.sectors, localities=gazetteer),
        "rates-localities",
    )
    assert made["cells"] is True  # the page says so in each card
    assert [item["name"] for item in made["items"]] == ["West", "East"]
    assert any("Voronoi cells" in note for note in made["notes"])
    assert "Places at the point of another, counted with it: 1" in made["notes"]
    assert "Places without ground in the boundary, not used: 1" in made["notes"]


def test_an_id_merged_into_another_counts_there(tables: Any, gazetteer: Any) -> None:
    named = tables.incidents.assign(locality_id="w2")
    made = scene(incidents=named, localities=gazetteer, boundary=tables.sectors)
    counts = question(layer(made, "rates-localities"), "All incidents")["Number of incidents"]
    assert counts["values"] == [6, 0]


def test_outlines_are_not_called_cells(strip: Any) -> None:
    made = layer(scene(incidents=incidents(1), localities=strip), "rates-localities")
    assert made["cells"] is False
    assert not any("Voronoi" in note for note in made["notes"])


def test_outlines_that_overlap_are_said_to(strip: Any) -> None:
    camp = gpd.GeoDataFrame(
        {"id": ["camp"], "name": ["Camp"]},
        geometry=[box(37.009, 36.049, 37.011, 36.051)],
        crs=WGS84,
    )
    made = layer(
        scene(incidents=incidents(4, radius_m=50.0), localities=pd.concat([strip, camp])),
        "rates-localities",
    )
    assert question(made, "Attacks")["Number of incidents"]["values"] == [0] * 6 + [4]
    assert made["notes"][1:] == ["Outlines over smaller ones, where the smaller one counts: 1"]


def test_the_map_shows_the_boundary_that_was_given(tables: Any, gazetteer: Any) -> None:
    made = scene(incidents=tables.incidents, localities=gazetteer, boundary=tables.sectors)
    assert made["bounds"] == [[36.0, 37.0], [36.1, 37.2]]


def test_localities_need_an_id_and_points_a_boundary(strip: Any, gazetteer: Any) -> None:
    with pytest.raises(MissingColumnError, match="localities lacks the column id"):
        scene(incidents=incidents(1), localities=strip.drop(columns="id"))
    with pytest.raises(InputError, match="give the boundary"):
        scene(incidents=incidents(1), localities=gazetteer)


# --------------------------------------------------------------- what is on at the start


def test_one_choropleth_is_on_where_there_is_no_density(tables: Any, strip: Any) -> None:
    both = {"sectors": tables.sectors, "localities": strip}
    made = scene(incidents=incidents(3, radius_m=900.0), bandwidth_m=500, **both)
    on = [one["id"] for one in made["layers"] if one["kind"] == "choropleth" and one["shown"]]
    assert on == ["rates-localities"]
    dense = scene(incidents=incidents(3), bandwidth_m=500, **both)
    assert [one["shown"] for one in dense["layers"] if one["kind"] == "choropleth"] == [False] * 2


def test_no_incidents_are_no_choropleth(strip: Any) -> None:
    assert scene(incidents=incidents(), localities=strip)["layers"] == []


# --------------------------------------------------------------- audiences


def test_the_public_sees_the_released_counts_by_locality_and_none_by_sector(
    tables: Any, strip: Any
) -> None:
    named = incidents(5, 2, locality_id=["a"] * 5 + ["b"] * 2, locality="Place")
    named.loc[0, "date"] = "2024-05-09"  # too fresh
    made = scene("public", incidents=named, localities=strip, sectors=tables.sectors)
    asked = question(layer(made, "rates-localities"), "Attacks")
    assert asked["Number of incidents"]["values"][:2] == [4, 2]
    assert [one["id"] for one in made["layers"] if one["kind"] == "choropleth"] == [
        "rates-localities"
    ]
    assert "Period: up to 3 May 2024" in layer(made, "rates-localities")["notes"]


def test_a_few_people_are_withheld_and_give_no_rate(strip: Any) -> None:
    named = incidents(5, 2, 0, 1, 8, 1, locality_id=list("aaaaabbdeeeeeeeef"))
    made = layer(scene("public", incidents=named, localities=strip), "rates-localities")
    # Three people in the last, and one more locality, so that a total does not give them back.
    assert [item["people"] for item in made["items"]] == [None, 2000, 4000, 0, 8000, None]
    for name, measure in question(made, "Attacks").items():
        if name != "Number of incidents":
            assert measure["values"][0] is measure["values"][5] is None
            assert labels(measure)[5] == "People not known or withheld"


@pytest.mark.parametrize("audience", ["partner", "public"])
def test_a_map_is_the_same_whatever_is_withheld(strip: Any, audience: str) -> None:
    named = incidents(5, 2, 0, 1, 8, 1, locality_id=list("aaaaabbdeeeeeeeef"))
    one, other = (
        scene(
            audience, incidents=named, title="T",
            localities=strip.assign(population=[1000, 2000, 4000, 0, 8000, people]),
        )
        for people in (3, 4)
    )  # fmt: skip
    assert json.dumps(one) == json.dumps(other)


def test_few_people_of_a_sector_give_a_partner_no_rate(tables: Any) -> None:
    few = tables.sectors.assign(population=[4, 800])
    made = layer(
        scene("partner", incidents=tables.incidents, sectors=few, bandwidth_m=5000), "rates-sectors"
    )
    assert [item["people"] for item in made["items"]] == [None, None]
    assert list(question(made, "Attacks")) == ["Number of incidents"]


def test_a_withheld_count_stays_withheld_in_every_number(strip: Any) -> None:
    rows = incidents(1, 1, 1, 1, 1, 1, locality_id=list("abcdef"), kind=["attack"] * 5 + ["fire"])
    zones = areas.locality_zones(strip.assign(population=1000), None)
    scenes = []
    for hidden in (None, np.nan):
        released = rows.assign(count=pd.array([hidden, 9, 4, 1, 30, 6], "Float64"))
        placed = areas.in_localities(released, zones, "public")
        made = told(areas.layer(zones, placed, said("Period: not stated"), shown=True), "en")
        scenes.append(made)
        for kind in ("Attacks", "All incidents"):
            for measure in question(made, kind).values():
                assert measure["values"][0] is None
                assert labels(measure)[0] == "Number withheld"
                assert measure["classes"][measure["of"][0]]["colour"] == areas.HATCHED
                # Neither the total nor a note gives it back.
                assert not any(
                    "incident" in note and note[0].isdigit() for note in measure["notes"]
                )
        assert question(made, "Fires")["Number of incidents"]["values"] == [0] * 5 + [6]
    assert scenes[0] == scenes[1]


def test_a_withheld_number_outside_is_not_told(strip: Any) -> None:
    rows = incidents(1, 1).assign(count=pd.array([None, 3], "Int64"))
    rows.loc[0, "geometry"] = Point(40, 36)
    zones = areas.locality_zones(strip, None)
    placed = areas.in_localities(rows, zones, "public")
    assert "Outside these areas, not counted: withheld" in told(placed.notes, "en")


def test_partners_are_told_what_lies_at_a_masked_place(tables: Any, strip: Any) -> None:
    named = incidents(3, locality_id=["a", None, None])
    wide = strip.dissolve().assign(id="a")
    made = layer(
        scene("partner", incidents=named, localities=wide, sectors=tables.sectors),
        "rates-localities",
    )
    assert "Counted where their masked or rounded place lies: 2" in made["notes"]


def test_unknown_columns_of_localities_reach_nobody_outside(strip: Any) -> None:
    noted = strip.assign(note="kept by the old well", name_kmr="Cih")
    page = draw_map(
        incidents(5), localities=noted, audience="public", **RELEASE, bandwidth_m=2000
    ).to_html()
    assert "old well" not in page
