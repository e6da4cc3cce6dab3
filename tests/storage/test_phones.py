"""On a phone a place says its name, its kind, its state and its date, in the language asked for."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from defusedxml import ElementTree
from shapely.geometry import Point

from geosector import for_audience, storage
from geosector.language import speaking
from geosector.sources import read_facilities, read_incidents

SHELTERS = gpd.GeoDataFrame(
    {
        "id": ["007", "b", "c"],
        "kind": ["shelter", "clinic", "x"],
        "status": ["open", "closed", None],
        "name": ["A", "B", "C"],
        "name_ar": ["ملجأ", None, "<b>&amp;</b>"],
        "description": ["<script>alert(1)</script>", None, None],
    },
    geometry=[Point(37.123456, 36.654321)] * 3,
    crs="EPSG:4326",
)
INCIDENTS = gpd.GeoDataFrame(
    {"kind": ["fire"], "date": pd.to_datetime(["2024-04-16"]), "locality": ["إدلب"]},
    geometry=[Point(37, 36)],
    crs="EPSG:4326",
)


def told(table, file, code):
    with speaking(code):
        storage.write_table(table, file)
    element = {".kml": "description", ".gpx": "desc"}[file.suffix]
    places = ElementTree.parse(file).iter()
    return [
        (place.findtext("{*}name"), (place.findtext(f"{{*}}{element}") or "").rstrip("\u2063"))
        for place in places
        if place.tag.endswith(("}Placemark", "}wpt"))
    ]


@pytest.mark.parametrize("suffix", [".kml", ".gpx"])
def test_a_place_is_described_in_the_language(tmp_path, suffix):
    file = tmp_path / f"a{suffix}"
    assert told(SHELTERS, file, "en") == [
        ("A", "Shelters · Open"), ("B", "Clinics · Closed"), ("C", "x"),
    ]  # fmt: skip
    assert told(SHELTERS, file, "ar")[0] == ("A", "ملجأ · ملاجئ · مفتوح")
    assert told(INCIDENTS, file, "en") == [(None, "Fires · 2024-04-16 · إدلب")]


@pytest.mark.parametrize("suffix", [".kml", ".gpx"])
def test_a_description_is_never_markup(tmp_path, suffix):
    described = " ".join(words for _, words in told(SHELTERS, tmp_path / f"a{suffix}", "ar"))
    assert not set("<>&") & set(described)
    assert "alert" not in described


@pytest.mark.parametrize("suffix", [".kml", ".gpx"])
def test_our_own_description_is_not_read_as_a_narrative(tmp_path, suffix):
    told(INCIDENTS, tmp_path / f"a{suffix}", "en")
    assert "narrative" not in read_incidents(tmp_path / f"a{suffix}")[0]


def test_a_description_of_somebody_else_is_a_narrative(tmp_path):
    told(INCIDENTS, tmp_path / "a.kml", "en")
    theirs = (tmp_path / "a.kml").read_text(encoding="utf-8").replace("\u2063", "")
    (tmp_path / "b.kml").write_text(theirs, encoding="utf-8")
    read, _ = read_incidents(tmp_path / "b.kml")
    assert read["narrative"].tolist() == ["Fires · 2024-04-16 · إدلب"]


def test_of_a_place_of_which_nothing_is_known_nothing_is_told(tmp_path):
    bare = gpd.GeoDataFrame({"a": [1]}, geometry=[Point(37, 36)], crs="EPSG:4326")
    assert told(bare, tmp_path / "a.kml", "en") == [(None, "")]


def test_gpx_gives_back_zeros_and_long_numbers(tmp_path):
    storage.write_table(
        SHELTERS.assign(id=["007", "1234567890123456789", None]), tmp_path / "a.gpx"
    )
    assert read_facilities(tmp_path / "a.gpx")[0]["id"].tolist()[:2] == [
        "007", "1234567890123456789",
    ]  # fmt: skip


@pytest.mark.parametrize("suffix", [".kml", ".gpx"])
@pytest.mark.parametrize("audience", ["partner", "public"])
def test_what_goes_to_a_phone_through_release_holds_no_exact_place(tmp_path, suffix, audience):
    sectors = gpd.GeoDataFrame(
        {"sector_id": [1], "name": ["x"]},
        geometry=[Point(37.12, 36.65).buffer(0.05)],
        crs="EPSG:4326",
    )
    seen = for_audience(
        SHELTERS, audience, name="facilities", sectors=sectors, key=bytes(32), date="2024-05-15"
    )
    if not isinstance(seen, gpd.GeoDataFrame):
        storage.write_table(seen, tmp_path / "a.csv")
        written = (tmp_path / "a.csv").read_text(encoding="utf-8-sig")
    else:
        points = seen.assign(geometry=seen.geometry.representative_point())
        storage.write_table(points, tmp_path / f"a{suffix}")
        written = (tmp_path / f"a{suffix}").read_text(encoding="utf-8")
    assert "37.123" not in written
    assert "36.654" not in written
