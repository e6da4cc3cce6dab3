"""Tables as a user of pandas really passes them: drawn, or refused with one sentence."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiPoint,
    Point,
    Polygon,
    box,
)

from geosector.errors import GeosectorError, InputError, MissingColumnError
from geosector.maps import draw_map
from geosector.maps.given import look_at
from geosector.maps.saying import spoken

WGS84 = "EPSG:4326"
PLACES = [Point(37.03, 36.06), Point(37.05, 36.06), Point(37.15, 36.06), Point(37.15, 36.05)]
SECTORS = gpd.GeoDataFrame(
    {"sector_id": [1, 2]},
    geometry=[box(37.0, 36.0, 37.1, 36.1), box(37.1, 36.0, 37.2, 36.1)],
    crs=WGS84,
)


def told(**columns: Any) -> dict[str, Any]:
    usual = {
        "kind": ["attack", "attack", "fire", "fire"],
        "date": ["2024-04-02", "2024-04-03", "2024-04-20", None],
    }
    return {**usual, **columns}


def given(shapes: Any = PLACES, **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(told(**columns), geometry=shapes, crs=WGS84)


def scene(incidents: Any, **others: Any) -> dict[str, Any]:
    return draw_map(incidents, audience="internal", lang="en", **others).scene


def points(made: dict[str, Any]) -> dict[str, Any]:
    return next(layer for layer in made["layers"] if layer["id"] == "points")


def column(made: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in points(made)["columns"] if one["id"] == name)


def notes(made: dict[str, Any]) -> list[str]:
    return [spoken(note) for note in made["notes"]]


# ------------------------------------------------------------------ drawn as they are


@pytest.mark.parametrize(
    "incidents",
    [
        given().rename_geometry("shape"),
        given().rename_geometry("shape").assign(geometry="text"),
        given().to_crs(32637),
        given().to_crs(3857),
        given([Point(place.x, place.y, 300) for place in PLACES]),
        given([MultiPoint([place]) for place in PLACES]),
        given([GeometryCollection([place]) for place in PLACES]),
        given().set_axis([0, 0, 1, 1]),
        given().set_axis(pd.MultiIndex.from_product([["a", "b"], [1, 2]])),
        given().set_axis(pd.Index(list("abcd"), name="kind")),
        given(kind=pd.Categorical(["attack", "attack", "fire", "fire"])),
        given(kind=pd.array(["attack", None, "fire", "fire"], dtype="string")),
        given(kind=pd.Categorical(["attack", None, "fire", "fire"])),
        given(killed_man=pd.array([1, None, 2, 0], dtype="Int64")),
        given(locality=[1, "1", 1.0, None]),
        given(submissions=[[1], {"a": 2}, None, "x"]),
    ],
    ids=[
        "geometry renamed", "a text called geometry", "UTM", "Web Mercator", "Z", "MultiPoint",
        "GeometryCollection", "index twice", "MultiIndex", "index called kind", "categorical",
        "string with NA", "categorical with NA", "Int64 with NA", "types mixed", "unknown lists",
    ],
)  # fmt: skip
def test_every_row_is_a_point(incidents: gpd.GeoDataFrame) -> None:
    made = scene(incidents)
    assert points(made)["places"]["count"] == 4
    assert notes(made) == []


@pytest.mark.parametrize(
    "dates",
    [
        pd.to_datetime(["2024-04-02T00:30+03:00"] * 4),
        pd.date_range("2024-04-02", periods=4, tz="Asia/Damascus"),
        pd.period_range("2024-04-02", periods=4, freq="D"),
        ["٢٠٢٤-٠٤-٠٢", "٢/٤/٢٠٢٤", "۲۰۲۴-۰۴-۰۲", "٢ نيسان ٢٠٢٤"],
        [20240402, 20240403, 20240404, 20240405],
        [dt.date(2024, 4, 2), pd.Timestamp("2024-04-02", tz="UTC"), "2024-04-02", 2024],
        np.array(["2024-04-02"] * 4, dtype="M8[D]"),
    ],
)
def test_a_date_is_read_however_it_is_written(dates: Any) -> None:
    days = column(scene(given(date=dates)), "date")
    assert days["first"] in {"2024-04-02", "2024-01-01"}
    assert days["missing"] == 0


def test_the_day_comes_before_the_month_and_doubt_is_told() -> None:
    made = scene(given(date=["02/04/2024", "03/04/2024", None, None]))
    assert column(made, "date")["first"] == "2024-04-02"
    assert notes(made) == ["Dates that could be read in two ways: 2"]


@pytest.mark.parametrize(
    ("dates", "unread"),
    [
        (["soon", "2024-04-02", "", None], 1),
        (["9999-12-31", "0001-01-01", "2024-04-02", "2024-04-02/2024-04-09"], 3),
        (pd.to_timedelta([1, 2, 3, 4], unit="D"), 4),
    ],
)
def test_dates_that_cannot_be_read_are_counted(dates: Any, unread: int) -> None:
    assert notes(scene(given(date=dates))) == [f"Dates that could not be read: {unread}"]


def test_a_period_of_a_month_is_known_to_the_month_only() -> None:
    months = pd.period_range("2024-01", periods=4, freq="M")
    assert look_at(given(date=months), "incidents").table["date_precision"].eq("month").all()


def test_the_coarser_of_what_is_said_and_what_is_written_holds() -> None:
    table = given(
        date=["2024-04", "2024-04-02", "2024", "2024-04-02"],
        date_precision=["day", "month", "month", None],
    )
    read = look_at(table, "incidents").table["date_precision"].tolist()
    assert read == ["month", "month", "year", "day"]


def test_words_for_a_kind_are_that_kind_and_others_are_listed() -> None:
    made = scene(given(kind=["Attack", "حريق", "FIRE", "flood"]))
    assert column(made, "kind")["counts"] == [0, 2, 1, 1]
    assert notes(made) == ["Counted as other incidents: flood"]


def test_kinds_that_nobody_knows_are_listed_up_to_five() -> None:
    table = gpd.GeoDataFrame(
        {"kind": list("abcdefg"), "date": "2024-04-02"}, geometry=PLACES[:1] * 7, crs=WGS84
    )
    assert notes(scene(table)) == ["Counted as other incidents: a, b, c, d, e …"]


def test_facilities_are_known_by_any_word_for_their_kind() -> None:
    facilities = gpd.GeoDataFrame(
        {"kind": ["Shelter", "shelter"], "status": ["Open", None]}, geometry=PLACES[:2], crs=WGS84
    )
    made = draw_map(facilities=facilities, audience="internal").scene
    assert [layer["id"] for layer in made["layers"]] == ["facilities-shelter"]
    assert [item["status"] for item in made["layers"][0]["items"]] == ["open", "unknown"]


def test_an_incident_along_a_line_is_no_more_precise_than_the_line_is_long() -> None:
    line = LineString([(37.0, 36.0), (37.1, 36.0)])  # 9 km
    read = look_at(given([line, PLACES[0], PLACES[1], None], radius_m=5.0), "incidents").table
    assert read.geom_type.dropna().unique().tolist() == ["Point"]
    assert 4_500 <= read["radius_m"].iloc[0] <= 9_100
    assert read["radius_m"].iloc[1:].tolist() == [5.0, 5.0, 5.0]


def test_one_incident_at_several_points_reaches_all_of_them() -> None:
    two = MultiPoint([(37.0, 36.0), (37.1, 36.0)])
    read = look_at(given([two] * 4), "incidents").table
    assert read["radius_m"].between(9_000, 9_100).all()


def test_blank_cells_and_digits_of_any_script_are_numbers() -> None:
    made = scene(given(radius_m=["٥٠", " ", "100", None]))
    assert column(made, "radius_m")["type"] == "numbers"


def test_places_that_are_none_are_counted() -> None:
    made = scene(given([None, Point(), Point(np.nan, 36), PLACES[0]]))
    assert points(made)["places"]["count"] == 1
    assert notes(made) == ["Incidents without a place, not drawn: 3"]


def test_an_empty_table_is_an_empty_map() -> None:
    assert scene(given().iloc[:0])["layers"] == []


def test_tables_in_three_systems_lie_on_one_another() -> None:
    facilities = gpd.GeoDataFrame({"kind": ["clinic"]}, geometry=PLACES[:1], crs=WGS84)
    others = {"sectors": SECTORS.to_crs(3857), "facilities": facilities.to_crs(2636)}
    made = scene(given().to_crs(32637), **others)
    clinic = made["layers"][-1]["items"][0]
    assert clinic["at"] == pytest.approx([36.06, 37.03], abs=1e-5)
    assert made["bounds"] == [[36.0, 37.0], [36.1, 37.2]]


def test_a_list_in_a_cell_is_the_text_that_python_writes_of_it() -> None:
    made = scene(given(kind=["attack", 3, None, ["fire"]], locality=[{"a": 1}, None, None, None]))
    assert "Counted as other incidents: 3" in notes(made)  # ['fire'] means fire


# ------------------------------------------------------------------ refused with one sentence

LONLAT = told(Longitude=["37.03"] * 4, Latitude=["36.06"] * 4)


@pytest.mark.parametrize(
    ("incidents", "sentence"),
    [
        (pd.DataFrame(LONLAT), "columns Longitude and Latitude with geopandas.points_from_xy"),
        (gpd.GeoDataFrame(told()), "say it with set_geometry"),
        (given().rename(columns={"geometry": "shape"}), "say it with set_geometry"),
        (pd.DataFrame(told()), "has no geometry column; give a GeoDataFrame"),
        (gpd.GeoSeries(PLACES, crs=WGS84), "is a GeoSeries; give a GeoDataFrame"),
        (PLACES, "is a list; give a GeoDataFrame"),
        ("april.csv", "is a str; give a GeoDataFrame"),
        (gpd.GeoDataFrame(), "no geometry column"),
        (gpd.GeoDataFrame(pd.concat([given(), given()[["date"]]], axis=1)), "date twice"),
        (given(date=pd.period_range("2024-01-01", periods=4, freq="W")), r"periods \(W-SUN\)"),
        (given(radius_m=[-5.0, 1, 1, 1]), "holds '-5.0'; give metres from 0"),
        (given(radius_m=[np.inf, 1, 1, 1]), "radius_m holds 'inf'"),
        (given(radius_m=["50 m", "1", "1", "1"]), "radius_m holds '50 m'"),
        (gpd.GeoDataFrame(told(), geometry=PLACES, crs=5773), "EGM96 height"),
        (given().to_crs(32637).set_crs(4326, allow_override=True), "are no degrees, though"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(incidents: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        draw_map(incidents, audience="internal", lang="en")


@pytest.mark.parametrize(
    ("incidents", "sentence"),
    [
        (given()[["geometry"]], "lacks the columns kind, date; it has: geometry"),
        (given().rename(columns={"kind": "Kind "}), "Rename: Kind  → kind"),
        (given().rename(columns={"date": "التاريخ"}), "Rename: التاريخ → date"),
        (given().set_index("date"), "In the index: date; use reset_index"),
    ],
)
def test_every_missing_column_is_named_and_what_may_be_meant(incidents: Any, sentence: str) -> None:
    with pytest.raises(MissingColumnError, match=sentence):
        draw_map(incidents, audience="internal", lang="en")


@pytest.mark.parametrize(
    ("name", "columns", "shape", "wanted"),
    [
        ("sectors", {"sector_id": [1]}, PLACES[0], "polygons"),
        ("borders", {"left": [1], "right": [2]}, box(37, 36, 37.1, 36.1), "lines"),
        ("roads", {"road_class": ["primary"]}, PLACES[0], "lines"),
        ("buildings", {}, PLACES[0], "polygons"),
        ("water", {}, PLACES[0], "polygons or lines"),
    ],
)
def test_shapes_of_another_kind_are_refused(
    name: str, columns: dict[str, Any], shape: Any, wanted: str
) -> None:
    table = gpd.GeoDataFrame(columns, geometry=[shape], crs=WGS84)
    with pytest.raises(InputError, match=f"but: {shape.geom_type}. Give {wanted}."):
        draw_map(**{name: table}, audience="internal", lang="en")


def test_rows_without_a_shape_are_counted_where_others_have_one() -> None:
    roads = gpd.GeoDataFrame(
        {"road_class": ["primary"] * 3},
        geometry=[LineString([(37, 36), (37.1, 36)]), None, Polygon()],
        crs=WGS84,
    )
    made = draw_map(roads=roads, audience="internal").scene
    assert notes(made) == ["Rows of roads without a shape to draw: 2"]


def test_an_area_surveyed_may_hold_empty_shapes_beside_whole_ones() -> None:
    surveyed = gpd.GeoDataFrame(geometry=[box(37, 36, 37.2, 36.1), Polygon()], crs=WGS84)
    assert scene(given(), surveyed=surveyed)["layers"][0]["id"] == "density-attack"


@pytest.mark.parametrize("audience", ["partner", "public"])
def test_the_public_learns_nothing_of_what_was_given_but_not_released(audience: str) -> None:
    made = draw_map(
        given(kind=["flood"] * 4, date=["soon"] * 4),
        sectors=SECTORS,
        audience=audience,
        key=b"k" * 32,
        date="2024-06-01",
        lang="en",
    ).scene
    said = "Dates that could not be read: 4" in notes(made)
    assert said == (audience == "partner")


@pytest.mark.parametrize("audience", ["internal", "public"])
@pytest.mark.parametrize("name", ["kind", "date", "locality", "radius_m"])
@pytest.mark.parametrize("cells", [[[1]] * 4, ["", 1, 2.5, True], [b"x"] * 4])
def test_whatever_a_column_holds_no_foreign_error_comes(
    audience: str, name: str, cells: list[Any]
) -> None:
    wishes = {"sectors": SECTORS, "key": b"k" * 32, "date": "2024-06-01"}
    with suppress(GeosectorError):
        draw_map(given(**{name: cells}), audience=audience, **wishes)
