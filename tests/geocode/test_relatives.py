"""One invented point in every form that people, phones and programs write; and what is no point.

``relatives.txt`` holds a form a line, all of 35.93062 N 36.63393 E; ``junk.txt`` holds what looks
like a coordinate and is none.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mgrs import MGRS
from openlocationcode import openlocationcode as plus

from geosector.crs import WGS84, convert_points
from geosector.geocode import Reading, geocode, read_coordinate

HERE = Path(__file__).parent
SYRIA = (35.5, 32.2, 42.5, 37.5)
LAT, LON = 35.93062, 36.63393
TOWN = (35.86447, 36.80591)
SURE_M = 25.0  # 1″ of latitude is 31 m, and half of it the most that rounding takes away


def _lines(name: str) -> list[str]:
    return (HERE / name).read_text(encoding="utf-8").splitlines()


def _town(name: str) -> list[tuple[float, float]]:
    return [TOWN] if name.casefold() in {"سراقب", "saraqib"} else []


def test_the_table_of_forms_agrees_with_the_libraries_of_each_grid() -> None:
    x, y = convert_points(np.array([LON]), np.array([LAT]), WGS84, "EPSG:32637")
    assert (round(x[0]), round(y[0])) == (286546, 3978840)
    assert MGRS().toMGRS(LAT, LON) == "37SBV8654678840"
    assert plus.encode(LAT, LON) == "8G7RWJJM+6H"
    assert plus.shorten("8G7RWJJM+6H", *TOWN) == "WJJM+6H"


@pytest.mark.parametrize("written", _lines("relatives.txt"))
def test_every_form_of_a_point_is_that_point(written: str) -> None:
    found = read_coordinate(written, area=SYRIA, towns=_town)
    assert isinstance(found, Reading), found
    north, east = found.lat - LAT, (found.lon - LON) * np.cos(np.radians(LAT))
    assert 111_320 * np.hypot(north, east) <= max(SURE_M, 1.2 * found.radius_m)


@pytest.mark.parametrize("written", _lines("junk.txt"))
def test_what_is_no_coordinate_of_the_area_is_never_one(written: str) -> None:
    assert not isinstance(read_coordinate(written, area=SYRIA), Reading)


@pytest.mark.parametrize(
    "written",
    [
        "36.5 37.5",
        "36,5 37,5",
        "36.50/37.25",
        "36,500 37,000",
        "36.500, 37.000",
        "36 N 37 E",
        "8G7R0000+",
        "35 55 50, 36 38 02",
        "35:55:50 36:38:02",
        "36.2834 N, 36.8512",
        "36.2834,36.8512,450",
        "EPSG:4326 36.2834 36.8512",
        "https://www.google.com/maps/place/Somewhere/@36.2512,37.1512,15z",
    ],
)
def test_what_might_be_something_else_is_for_review(written: str) -> None:
    nothing = pd.DataFrame({"id": [], "name": [], "lat": [], "lon": []})
    found = geocode(pd.DataFrame({"query": [written]}), nothing, area=SYRIA).iloc[0]
    assert (found["decision"], found["level"]) == ("review", "coordinate")


@pytest.mark.parametrize(
    ("written", "lat", "lon"),
    [
        ("36,2834 N 37,1512 O", 36.2834, 37.1512),  # Ost: Ouest lies outside
        ("X: 36.2834 Y: 41.1512", 36.2834, 41.1512),  # X and Y exchanged
        ("POINT(36.2834 41.1512)", 36.2834, 41.1512),
        ("EPSG:32637 3978840 286546", 35.930617, 36.633929),
        ("lat, lon: 36.2834, 36.8512", 36.2834, 36.8512),
        ("lon/lat 36.8512/36.2834", 36.2834, 36.8512),
        ("(lat, lon) = (36.2834, 36.8512)", 36.2834, 36.8512),
        ("36°12'30&quot;N 37&deg;08'06&quot;E", 36.208333, 37.135),
        ("٣٦ درجة و١٢ دقيقة و٣٠ ثانية شمالاً و٣٧ درجة و٨ دقائق و٦ ثوانٍ شرقاً", 36.208333, 37.135),
    ],
)
def test_what_the_area_or_a_heading_settles_is_settled(
    written: str, lat: float, lon: float
) -> None:
    found = read_coordinate(written, area=SYRIA)
    assert isinstance(found, Reading), found
    assert (round(found.lat, 6), round(found.lon, 6)) == (lat, lon)


def test_the_sea_between_two_meanings_of_o_is_refused() -> None:
    found = read_coordinate("6,2834 N 7,1512 O")
    assert not isinstance(found, Reading)


def test_times_of_day_are_no_coordinates_where_no_area_says_so() -> None:
    assert not isinstance(read_coordinate("10:30:00, 11:45:00"), Reading)
    flagged = read_coordinate("35:55:50, 36:38:02", area=SYRIA)
    assert isinstance(flagged, Reading)
    assert "marks_assumed" in flagged.flags


def test_a_band_that_may_be_a_hemisphere_is_flagged_where_no_area_tells() -> None:
    found = read_coordinate("37S 332270 4007978")
    assert isinstance(found, Reading)
    assert found.flags == ("band_assumed",)


def test_a_square_outside_its_band_is_refused() -> None:
    assert not isinstance(read_coordinate("37GBV8654678840"), Reading)


PLACES = pd.DataFrame(
    {
        "id": ["1", "2", "3"],
        "name": ["Saraqib", "Bayt Nur", "Ariha"],
        "name_ar": ["سراقب", "بيت نور", "أريحا"],
        "pcode": ["C9001", "C9002", None],
        "lat": [35.86447, 36.2, 35.8],
        "lon": [36.80591, 37.1, 36.6],
        "population": [40_000, 0, 0],
    }
)


@pytest.mark.parametrize(
    ("written", "lat", "lon"),
    [
        ("٣٥° ٥٥′ ٥٠″ ش ٣٦° ٣٨′ ٠٢″ ق", 35.930556, 36.633889),
        ("37S BV 86546 78840", 35.930621, 36.633935),
        ("WJJM+6H سراقب", 35.930562, 36.633938),
        ("https://www.google.com/maps/@35.93062,36.63393,15z", LAT, LON),
        ("https://www.openstreetmap.org/?mlat=35.93062&mlon=36.63393#map=16/35.9/36.6", LAT, LON),
        ("C9002", 36.2, 37.1),
    ],
)
def test_every_coordinate_that_the_radio_operator_writes_is_accepted(
    written: str, lat: float, lon: float
) -> None:
    found = geocode(pd.DataFrame({"query": [written]}), PLACES, area=SYRIA).iloc[0]
    assert found["decision"] == "accepted"
    assert (round(found["lat"], 6), round(found["lon"], 6)) == (lat, lon)
