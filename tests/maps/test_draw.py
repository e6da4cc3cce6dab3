"""From tables to a scene: what is drawn, what is counted instead, what is refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from geosector.errors import (
    AudienceError,
    InputError,
    MissingColumnError,
    MissingCRSError,
    UnknownLanguageError,
)
from geosector.maps import draw_map, theme, words
from geosector.maps.encoding import read_shapes, read_varints, unpack_bytes
from geosector.maps.ground import basemap
from geosector.maps.saying import spoken, told


def scene(*tables: Any, **options: Any) -> dict[str, Any]:
    """Give what is drawn, every word said in the language of the map."""
    drawn = draw_map(*tables, **{"audience": "internal", "lang": "en", **options})
    return told(drawn.scene, drawn.get_root().language.code)


def layer(made: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in made["layers"] if one["id"] == name)


def lines(made: dict[str, Any]) -> list[tuple[int, int]]:
    """Give the label and the number of points of each packed line."""
    values, found, label = read_varints(unpack_bytes(made["lines"])).tolist(), [], 0
    while values:
        label += values[0]
        found.append((label, values[1]))
        del values[: 2 + 2 * values[1]]
    return found


def streets(made: dict[str, Any]) -> list[tuple[int, int]]:
    """Give the label and the number of points of each packed street."""
    _, sizes, labels = read_shapes(made["shapes"], rings=False)
    return list(zip(labels.tolist(), sizes.tolist(), strict=True))


def test_everything_given_becomes_layers_in_their_order(tables: Any) -> None:
    made = scene(**tables._asdict(), bandwidth_m=500)
    assert [one["id"] for one in made["layers"]] == [
        "roads", "rates-sectors", "density-attack", "density-fire", "frames-attack", "frames-fire",
        "sectors", "borders", "circles", "points", "facilities-shelter", "facilities-warehouse",
    ]  # fmt: skip
    assert [one["id"] for one in made["layers"] if not one["shown"]] == [
        "rates-sectors", "density-fire", "frames-attack", "frames-fire",
    ]  # fmt: skip
    assert made["bounds"] == [[36.0, 37.0], [36.1, 37.2]]


def test_the_card_of_a_sector_tells_people_area_and_incidents_by_kind(tables: Any) -> None:
    made = scene(tables.incidents, sectors=tables.sectors)
    west, east = layer(made, "sectors")["items"]
    assert west["card"] == {
        "title": "West",
        "rows": [
            ["Number", "1"], ["People", "1,200"], ["Area", "100 km²"], ["Attacks", "2"],
            ["Fires", "0"], ["Traffic accidents", "0"],
        ],
    }  # fmt: skip
    assert east["card"]["rows"][3:] == [
        ["Attacks", "0"],
        ["Fires", "2"],
        ["Traffic accidents", "1"],
    ]


def test_a_sector_without_incidents_people_or_name_is_still_told_of(tables: Any) -> None:
    bare = tables.sectors[["sector_id", "geometry"]]
    only_west = tables.incidents.iloc[:2]
    _, east = layer(scene(only_west, sectors=bare), "sectors")["items"]
    assert east["card"]["title"] == "Sector 2"
    assert [row[0] for row in east["card"]["rows"]] == ["Area", "Attacks"]
    assert east["card"]["rows"][1] == ["Attacks", "0"]
    cards = layer(scene(sectors=bare), "sectors")["items"]
    assert [row[0] for row in cards[0]["card"]["rows"]] == ["Area"]


def test_what_is_not_drawn_is_counted(tables: Any) -> None:
    tables.facilities.loc[0, "geometry"] = None
    assert scene(tables.incidents, facilities=tables.facilities)["notes"] == [
        "Incidents without a place, not drawn: 1",
        "Facilities without a place, not drawn: 1",
    ]


def test_a_place_that_was_only_proposed_is_counted_and_not_drawn(tables: Any) -> None:
    placed = int(tables.incidents.geometry.notna().sum())
    tables.incidents["decision"] = ["review", "accepted", None, *["accepted"] * 3]
    notes = scene(tables.incidents)["notes"]
    assert f"Incidents without a place, not drawn: {len(tables.incidents) - placed + 1}" in notes
    assert tables.incidents.geometry.notna().sum() == placed


def test_a_place_beyond_the_map_is_no_place(tables: Any) -> None:
    beyond = [Point(37, 89), Point(float("nan"), 36), Point(400, 36), Point()]
    tables.incidents.geometry = [*beyond, Point(37, 36), Point(37, 36)]
    assert "Incidents without a place, not drawn: 4" in scene(tables.incidents)["notes"]


def test_an_incident_that_covers_ground_counts_in_its_middle(tables: Any) -> None:
    tables.incidents.loc[0, "geometry"] = box(37.0, 36.05, 37.04, 36.06)
    rows = layer(scene(tables.incidents, sectors=tables.sectors), "sectors")["items"][0]["card"]
    assert ["Attacks", "2"] in rows["rows"]


def test_vague_incidents_are_circles_with_their_locality(tables: Any) -> None:
    made = layer(scene(tables.incidents, bandwidth_m=500), "circles")
    assert made["name"] == "Incidents known only roughly (1)"
    (circle,) = made["items"]
    assert circle["card"] == {
        "title": "Somewhere",
        "rows": [["Fires", "1"], ["Known within", "5.0 km"]],
    }


def test_roads_are_joined_by_class_and_name(tables: Any) -> None:
    halves = gpd.GeoDataFrame(
        {"road_class": ["residential", "residential", "trunk_link"], "name": ["A", "A", None]},
        geometry=[
            LineString([(37.0, 36.0), (37.01, 36.0)]),
            LineString([(37.01, 36.0), (37.02, 36.001)]),
            LineString([(37.0, 36.1), (37.02, 36.1)]),
        ],
        crs="EPSG:4326",
    )
    made = layer(scene(roads=halves), "roads")
    assert made["names"] == ["", "A"]
    assert [look["label"] for look in made["looks"]] == [
        "Residential street",
        "Motorway or trunk road",
    ]
    # A label is the name's place times the number of looks, and the look's place.
    assert streets(made) == [(1, 2), (2, 3)]


def test_roads_without_a_line_are_an_empty_layer() -> None:
    none = gpd.GeoDataFrame({"road_class": ["primary"]}, geometry=[None], crs="EPSG:4326")
    assert streets(layer(scene(roads=none), "roads")) == []
    assert streets(layer(scene(roads=none.iloc[:0]), "roads")) == []


def test_a_sector_named_by_its_number_is_named_once_and_in_the_language(tables: Any) -> None:
    numbered = tables.sectors.assign(name=["Sector 1", "East"])
    made = scene(sectors=numbered, lang="ckb")
    west, east = layer(made, "sectors")["items"]
    assert (west["name"], east["name"]) == ("", "East")
    assert west["card"]["title"] == spoken(words.numbered(1), "ckb")


def test_holes_and_parts_of_a_sector_keep_their_rings() -> None:
    holed = Polygon(box(0, 0, 1, 1).exterior, [box(0.2, 0.2, 0.4, 0.4).exterior])
    sectors = gpd.GeoDataFrame(
        {"sector_id": [7]}, geometry=[MultiPolygon([holed, box(2, 0, 3, 1)])], crs="EPSG:4326"
    )
    assert lines(layer(scene(sectors=sectors), "sectors")) == [(0, 5), (0, 5), (0, 5)]


def test_a_border_tells_its_sectors_its_length_and_its_road(tables: Any) -> None:
    border = layer(scene(borders=tables.borders), "borders")["items"][0]
    assert border["card"] == {
        "title": "Main Road",
        "rows": [["Between", "1 – 2"], ["Length", "11.1 km"], ["Road class", "Main road"]],
    }
    assert border["weight"] == 1 + theme.ROADS["primary"].width
    bare = tables.borders[["left", "right", "geometry"]].assign(length_m=90.0)
    card = layer(scene(borders=bare), "borders")["items"][0]["card"]
    assert card == {
        "title": "Border without a named road",
        "rows": [["Between", "1 – 2"], ["Length", "90 m"]],
    }


def test_a_facility_has_its_name_in_the_language_its_status_and_capacity(tables: Any) -> None:
    made = scene(facilities=tables.facilities, lang="ar")
    shelter = layer(made, "facilities-shelter")["items"][0]
    store = layer(made, "facilities-warehouse")["items"][0]
    assert (shelter["card"]["title"], shelter["status"]) == ("ملجأ", "open")
    assert shelter["card"]["rows"][-1][1] == "١٢٠ people"
    assert (store["card"]["title"], store["status"]) == ("Store", "damaged")
    assert [status for status, _ in made["statuses"]] == ["open", "damaged"]


def test_a_facility_of_unknown_kind_and_status_is_among_the_others(tables: Any) -> None:
    odd = tables.facilities[["kind", "geometry"]].assign(kind=["palace", None])
    made = scene(facilities=odd)
    assert [one["id"] for one in made["layers"]] == ["facilities-other"]
    assert {item["status"] for item in made["layers"][0]["items"]} == {"unknown"}
    assert made["layers"][0]["items"][0]["card"]["title"] == "Other facilities"


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("2024-04-30", True),
        (dt.date(2024, 4, 30), True),
        (dt.datetime(2024, 4, 30, 9, tzinfo=dt.UTC), True),
        (None, False),
    ],
)
def test_the_stamp_says_for_whom_as_of_when_and_from_where(
    monkeypatch: pytest.MonkeyPatch, given: Any, *, written: bool
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    stamp = scene(date=given, source="The office")["stamp"]
    assert stamp[0] == "Internal: do not pass on"
    assert ("As of 30 April 2024" in stamp) is written
    assert stamp[-1] == "Source: The office"


def test_without_a_date_the_build_epoch_is_the_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert "As of 2 January 1970" in scene()["stamp"]


def test_one_day_is_a_period_of_one_date(tables: Any) -> None:
    made = scene(tables.incidents.iloc[:3], bandwidth_m=500)
    assert "Period: 2 April 2024" in layer(made, "density-attack")["notes"]


def test_the_order_of_columns_and_the_index_do_not_matter(tables: Any) -> None:
    turned = tables.incidents.set_index(pd.Index(list("fedcba")))[tables.incidents.columns[::-1]]
    assert scene(turned, sectors=tables.sectors) == scene(tables.incidents, sectors=tables.sectors)


def test_tables_in_another_system_are_brought_over(tables: Any) -> None:
    there = {name: table.to_crs(32637) for name, table in tables._asdict().items()}
    assert scene(**there)["bounds"] == scene(**tables._asdict())["bounds"]


def test_a_capacity_in_words_is_shown_as_it_is(tables: Any) -> None:
    worded = tables.facilities.assign(capacity=["about 50", None])
    card = layer(scene(facilities=worded), "facilities-shelter")["items"][0]["card"]
    assert card["rows"][-1] == ["Capacity", "about 50 people"]


# -------------------------------------------------------------------------------- refusals


def test_a_radius_in_words_is_refused_because_it_would_count_as_exact(tables: Any) -> None:
    tables.incidents["radius_m"] = "about a mile"
    with pytest.raises(InputError, match="The column radius_m holds 'about a mile'"):
        scene(tables.incidents)


@pytest.mark.parametrize("audience", [None, "everyone"])
def test_an_audience_must_be_named(audience: Any) -> None:
    with pytest.raises(AudienceError, match="internal, partner, public"):
        draw_map(audience=audience)


@pytest.mark.parametrize(
    ("name", "column"),
    [("incidents", "kind"), ("sectors", "sector_id"), ("borders", "left"), ("roads", "road_class"),
     ("facilities", "kind")],
)  # fmt: skip
def test_a_table_without_a_needed_column_is_refused_by_name(
    tables: Any, name: str, column: str
) -> None:
    lacking = getattr(tables, name).drop(columns=column)
    with pytest.raises(MissingColumnError, match=f"The table {name} lacks the column {column}"):
        scene(**{name: lacking})


def test_a_table_without_geometry_is_refused(tables: Any) -> None:
    with pytest.raises(InputError, match="give a GeoDataFrame"):
        scene(pd.DataFrame(tables.incidents.drop(columns="geometry")))
    with pytest.raises(InputError, match="give a GeoDataFrame"):
        scene(gpd.GeoDataFrame({"kind": ["attack"], "date": ["2024-01-01"]}))


def test_a_table_without_a_coordinate_system_is_refused(tables: Any) -> None:
    with pytest.raises(MissingCRSError, match="roads has no coordinate system"):
        scene(roads=tables.roads.set_crs(None, allow_override=True))


def test_a_date_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="'yesterday' is not a date"):
        scene(date="yesterday")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    with pytest.raises(InputError, match="SOURCE_DATE_EPOCH is 'soon'"):
        scene()


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(UnknownLanguageError):
        draw_map(audience="internal", lang="de")


def test_thirty_five_thousand_roads_stay_small() -> None:
    random = np.random.default_rng(0)
    starts = random.uniform((37.0, 36.1), (37.3, 36.3), (35_000, 1, 2))
    walks = starts + np.cumsum(random.normal(0, 3e-4, (35_000, 4, 2)), axis=1)
    roads = gpd.GeoDataFrame(
        {"road_class": ["residential"] * 35_000},
        geometry=[LineString(walk) for walk in walks],
        crs="EPSG:4326",
    )
    assert len(basemap.roads(roads)["shapes"]) < 500_000


def test_an_incident_on_another_continent_is_counted_and_blurs_nothing(tables: Any) -> None:
    near = scene(tables.incidents, sectors=tables.sectors)
    stray = tables.incidents.iloc[[0]].set_geometry([Point(-37.03, 36.06)], crs="EPSG:4326")
    made = scene(pd.concat([tables.incidents, stray]), sectors=tables.sectors)
    assert layer(made, "density-attack")["notes"] == layer(near, "density-attack")["notes"]
    assert "Incidents more than 1,000 km away, not drawn: 1" in made["notes"]


def test_incidents_all_over_the_world_are_drawn_around_the_middle_one() -> None:
    places = [Point(x, y) for x in (-179, -20, 37, 179) for y in (-60, 0, 36, 80)]
    rows = {"kind": "attack", "date": "2024-04-02", "radius_m": 1e7}
    world = gpd.GeoDataFrame([rows] * len(places), geometry=places, crs="EPSG:4326")
    assert scene(world)["notes"]


def test_the_public_map_of_the_first_day_of_the_calendar_is_a_map(tables: Any) -> None:
    assert spoken(words.until(dt.date(1, 1, 1), 7)).startswith("Period: up to 1 January")
