"""Every incident is a point: what is known of it, no more, in the order of the places."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from geosector.errors import InputError
from geosector.maps import draw_map, points
from geosector.maps.planes import unpack_codes, unpack_places
from geosector.maps.saying import spoken

KEY = bytes(range(32))


def made_of(table: dict[str, Any]) -> dict[str, Any]:
    frame = pd.DataFrame(table)
    places = 37 + 0.01 * np.arange(len(frame))
    return points.layer(frame, places, np.full(len(frame), 36.0))


def codes_of(layer: dict[str, Any], name: str) -> list[int]:
    column = next(column for column in layer["columns"] if column["id"] == name)
    return unpack_codes(column, layer["places"]["count"]).tolist()


def column_of(layer: dict[str, Any], name: str) -> dict[str, Any]:
    return next(column for column in layer["columns"] if column["id"] == name)


def ground_metres(lon: Any, lat: Any, layer: dict[str, Any]) -> tuple[Any, Any]:
    x, y = unpack_places(layer["places"])
    read_lon = x * 360 - 180
    read_lat = np.degrees(2 * np.arctan(np.exp((0.5 - y) * 2 * np.pi)) - np.pi / 2)
    order = np.lexsort((read_lon, read_lat))
    true = np.lexsort((lon, lat))
    east = np.radians(read_lon[order] - lon[true]) * 6_378_137 * np.cos(np.radians(lat[true]))
    return east, np.radians(read_lat[order] - lat[true]) * 6_378_137


@pytest.mark.parametrize("south", [0.0, 36.0, -55.0])
def test_a_place_keeps_to_half_a_metre_on_the_ground(south: float) -> None:
    lat = south + 0.0005 * np.arange(300)  # 55 m apart, so that their order is plain
    lon = np.random.default_rng(0).uniform(37, 37.1, 300)
    made = points.layer(pd.DataFrame({"kind": ["fire"] * 300}), lon, lat)
    for way in ground_metres(lon, lat, made):
        assert np.abs(way).max() <= 0.502  # the sphere of this test is 0.4 % off
        assert np.abs(way).max() > 0.2


def test_names_are_coded_the_commonest_first_and_blanks_are_missing() -> None:
    made = made_of({"weapon": ["b", "a", None, "a", " ", "c"]})
    weapon = column_of(made, "weapon")
    assert weapon["values"] == ["a", "b", "c"]
    assert weapon["counts"] == [2, 2, 1, 1]
    assert codes_of(made, "weapon") == [2, 1, 0, 1, 0, 3]


def test_known_kinds_are_said_in_the_language_and_others_as_they_stand() -> None:
    kinds = column_of(made_of({"kind": ["fire", "mine", "fire"]}), "kind")
    assert [spoken(value, "en") for value in kinds["values"]] == ["Fire", "mine"]
    assert kinds["marks"][0] != kinds["marks"][1]


def test_a_ninth_unknown_kind_has_the_plain_mark() -> None:
    kinds = column_of(made_of({"kind": [f"k{at}" for at in range(9)]}), "kind")
    assert len({tuple(mark.items()) for mark in kinds["marks"]}) == 4
    assert kinds["marks"][-1] == points.theme.PLAIN_MARK._asdict()


def test_days_count_from_the_first_and_a_missing_day_is_none() -> None:
    made = made_of({"date": ["2024-04-03", None, "2024-04-01T13:00", "not a date"]})
    date = column_of(made, "date")
    assert (date["first"], date["last"], date["missing"]) == ("2024-04-01", 3, 2)
    assert codes_of(made, "date") == [3, 0, 1, 0]
    assert date["precision"] is None


def test_a_month_and_a_year_are_no_days() -> None:
    made = made_of(
        {
            "date": ["2024-04-17", "2024-04", "2023", "2024-02-29"],
            "date_precision": ["month", None, None, "minute"],
        }
    )
    date = column_of(made, "date")
    assert date["first"] == "2023-01-01"
    assert unpack_codes(date["precision"], 4).tolist() == [1, 1, 2, 0]
    april = codes_of(made, "date")[0]
    assert codes_of(made, "date")[:3] == [april, april, 1]


@pytest.mark.parametrize("zone", [None, "Asia/Damascus"])
def test_a_day_is_the_day_as_it_was_written(zone: str | None) -> None:
    dates = pd.Series(pd.to_datetime(["2024-04-02 00:30", "2024-04-01 23:30"])).dt.tz_localize(zone)
    made = points.layer(pd.DataFrame({"date": dates}), np.array([37.0, 37.1]), np.zeros(2))
    assert codes_of(made, "date") == [2, 1]


def test_a_time_with_an_offset_is_on_the_day_that_is_written() -> None:
    made = made_of({"date": ["2024-04-02T00:30:00.000+03:00", "2024-04-01T23:30:00Z"]})
    assert codes_of(made, "date") == [2, 1]


def test_people_are_added_up_and_where_nothing_is_known_nothing_is_said() -> None:
    made = made_of(
        {
            "killed_man": [1, None, 0],
            "killed_child": [2, None, None],
            "killed_woman_min": [None, None, 1],
            "killed_woman_max": [None, None, 4],
        }
    )
    assert codes_of(made, "killed") == [4, 0, 2]  # 0 is missing, 1 is none
    assert codes_of(made, "killed_most") == [4, 0, 5]
    assert not [column for column in made["columns"] if column["id"].startswith("injured")]


def test_a_radius_is_rounded_up_and_an_exact_place_has_none() -> None:
    made = made_of({"radius_m": [0.0, 49.2, None, 5000.0]})
    assert codes_of(made, "radius_m") == [0, 51, 0, 5001]
    assert [spoken(note, "en") for note in made["notes"]] == [
        "Hollow marks: the place is known only within more than 1.0 km: 1"
    ]


def test_a_column_of_numbers_with_text_is_refused() -> None:
    with pytest.raises(InputError, match="killed_man holds 'many'"):
        made_of({"killed_man": ["many"]})


def test_columns_that_say_nothing_cost_nothing() -> None:
    assert (
        made_of({"kind": [None], "date": [None], "radius_m": [0], "weapon": [""]})["columns"] == []
    )


def test_a_thousand_names_fit_and_more_ids_than_can_be_read_are_left_out_and_named() -> None:
    count = points.MOST_NAMES + 1
    table = {"locality": [f"قرية {at % 1000}" for at in range(count)], "id": range(count)}
    made = made_of(table)
    assert [column["id"] for column in made["columns"]] == ["locality"]
    assert len(column_of(made, "locality")["values"]) == 1000
    (note,) = made["notes"]
    assert spoken(note, "en").endswith("Incident number")


def test_long_stories_in_place_of_names_are_left_out_and_named() -> None:
    made = made_of({"cause": [str(at) * 600 for at in range(1000)]})
    assert made["columns"] == []
    assert len(made["notes"]) == 1


def test_few_points_are_shown_and_many_wait_to_be_asked_for() -> None:
    for count, shown in ((points.MOST_SHOWN, True), (points.MOST_SHOWN + 1, False)):
        assert made_of({"kind": ["fire"] * count})["shown"] is shown


def test_a_hundred_thousand_incidents_are_planes_not_rows() -> None:
    random = np.random.default_rng(0)
    count = 100_000
    table = pd.DataFrame(
        {
            "kind": random.choice(["attack", "fire", "traffic", "other"], count),
            "severity": random.integers(1, 5, count),
            "date": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(random.integers(0, 365, count), "D"),
        }
    )
    lon, lat = random.normal((37.1, 36.2), 0.02, (count, 2)).T
    assert len(json.dumps(points.layer(table, lon, lat))) <= 4.6 * count


# ------------------------------------------------------------------ who sees points


@pytest.fixture
def crowd() -> gpd.GeoDataFrame:
    """Make forty exact synthetic attacks in a named locality."""
    exact = np.random.default_rng(0).normal((37.05, 36.05), 0.004, (40, 2))
    return gpd.GeoDataFrame(
        {
            "id": [f"INC-{at}" for at in range(40)],
            "kind": "attack",
            "date": "2024-04-01",
            "locality": "North",
            "narrative": "told by a neighbour",
        },
        geometry=gpd.points_from_xy(*exact.T),
        crs="EPSG:4326",
    )


def scene(incidents: gpd.GeoDataFrame, audience: str) -> dict[str, Any]:
    drawn = draw_map(incidents, audience=audience, key=KEY, date="2024-05-10", lang="en")
    return drawn.scene


def test_the_public_map_holds_no_point(crowd: gpd.GeoDataFrame) -> None:
    made = scene(crowd, "public")
    assert [layer for layer in made["layers"] if layer["kind"] == "points"] == []
    assert "INC-" not in json.dumps(made)


def test_a_partner_sees_points_as_masked_and_no_id(crowd: gpd.GeoDataFrame) -> None:
    made = next(one for one in scene(crowd, "partner")["layers"] if one["kind"] == "points")
    assert "id" not in [column["id"] for column in made["columns"]]
    assert set(codes_of(made, "radius_m")) == {401}
    x, _ = unpack_places(made["places"])
    exact_x = np.sort((crowd.geometry.x.to_numpy() + 180) / 360)
    assert np.abs(np.sort(x) - exact_x).max() > 1e-6


def test_incidents_without_a_place_are_no_points(crowd: gpd.GeoDataFrame) -> None:
    crowd.loc[0, "geometry"] = None
    crowd.loc[1, "geometry"] = Point(-100, 10)
    made = next(one for one in scene(crowd, "internal")["layers"] if one["kind"] == "points")
    assert made["places"]["count"] == 38


def test_no_incidents_are_no_layer(crowd: gpd.GeoDataFrame) -> None:
    assert scene(crowd[:0], "internal")["layers"] == []
