"""The index over tables of places."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point

from geosector.geocode import Gazetteer, index_gazetteer
from geosector.geocode.gazetteer import Hint


def test_a_name_is_found_in_either_script(index: Gazetteer) -> None:
    assert index.named("Dar al-Ward")["written"] == index.named("دار الورد")["written"] == (2,)


def test_further_spellings_are_names_too(index: Gazetteer) -> None:
    assert index.named("Daret el Werd")["written"] == (2,)


def test_homonyms_are_kept_apart(index: Gazetteer) -> None:
    assert index.named("كفر زيت")["written"] == (1, 4)


def test_a_pcode_is_found_in_its_own_index(index: Gazetteer) -> None:
    assert index.pcodes["c9001"] == (3,)


def test_levels_come_from_codes_words_and_people(index: Gazetteer) -> None:
    levels = {place.id: place.level for place in index.places}
    assert (levels["a1"], levels["b5"], levels["b4"]) == ("city", "town", "village")
    assert levels["b6"] == "neighbourhood"


def test_a_later_table_completes_a_place(places: pd.DataFrame) -> None:
    later = pd.DataFrame(
        {
            "id": ["b3", "c1"],
            "name": ["Beit Noor", "New"],
            "pcode": ["C7", ""],
            "lat": [36.6, 36.9],
            "lon": [38.2, 38.9],
        }
    )
    index = index_gazetteer([places, later])
    assert len(index.places) == len(places) + 1
    assert index.places[index.named("Beit Noor")["written"][0]].id == "b3"
    assert index.pcodes["c7"] == index.named("Bayt Nur")["written"]
    assert index.places[-1].name == "New"


def test_a_pcode_stands_in_for_a_missing_id() -> None:
    index = index_gazetteer(
        [
            pd.DataFrame(
                {"pcode": ["C1", "C2"], "name": ["A", None], "lat": [36, 36.1], "lon": [37, 37]}
            )
        ]
    )
    assert [(place.id, place.name) for place in index.places] == [("C1", "A"), ("C2", "C2")]


def test_point_geometries_stand_in_for_lat_and_lon() -> None:
    table = gpd.GeoDataFrame(
        {"name": ["A"], "names": [["B", "C"]]}, geometry=[Point(37, 36)], crs="EPSG:4326"
    )
    index = index_gazetteer([table])
    assert index.bounds() == (37, 36, 37, 36)
    assert index.named("c")["written"] == (0,)


def test_rows_without_a_name_or_a_position_are_left_out() -> None:
    table = pd.DataFrame(
        {"name": ["A", "", "C", "D"], "lat": [None, 36, 136, 36], "lon": [37, 37, 37, 37]}
    )
    assert [place.name for place in index_gazetteer([table]).places] == ["D"]


def test_an_empty_gazetteer_knows_nothing() -> None:
    index = index_gazetteer([pd.DataFrame()])
    assert index.bounds() is None
    assert index.named("A") == {}


def test_a_learned_spelling_is_a_name_of_its_place(places: pd.DataFrame) -> None:
    places["names_learned"] = ["", "", "", "", "", "", "Nur House|بيت النور", "", "", ""]
    index = index_gazetteer([places])
    assert index.named("Nur House")["written"] == (6,)
    assert index.spellings.learned.sum() == 2


def test_learned_spellings_of_several_tables_add_up(places: pd.DataFrame) -> None:
    tables = [
        pd.DataFrame(
            {
                "id": ["b3"],
                "name": ["Bayt Nur"],
                "names_learned": [name],
                "lat": [36.6],
                "lon": [38.2],
            }
        )
        for name in ("Nur House", "Noor")
    ]
    index = index_gazetteer([places, *tables])
    assert index.named("Noor")["written"] == index.named("Nur House")["written"] == (6,)
    assert index.spellings.learned.sum() == 2


def test_a_hint_is_a_name_or_a_code_of_any_level(index: Gazetteer) -> None:
    assert index.hint("West") == index.hint("SY90") == index.hint("sy9003") == Hint("west", "")
    assert index.hint("Nowhere") is None
    assert index.hint("XX99") is None


def test_the_name_of_a_town_stands_in_for_its_governorate(index: Gazetteer) -> None:
    assert index.hint("المدينة الكبرى") is None
    assert index.hint_of_town("المدينة الكبرى") == Hint("west", "")
    assert index.hint_of_town("Bayt Nur") is None


def test_a_district_is_a_hint_within_its_governorate() -> None:
    table = pd.DataFrame(
        {
            "name": ["A"],
            "admin1": ["Aleppo"],
            "admin1_pcode": ["SY02"],
            "admin2": ["A'zaz"],
            "lat": [36.5],
            "lon": [37.0],
        }
    )
    index = index_gazetteer([table])
    assert index.hint("Aʿzāz") == Hint("aleppo", "azaz")
    assert index.hint("محافظة حلب") == index.hint("Heleb") == Hint("aleppo", "")


def test_a_hint_may_be_spelled_freely_where_its_consonants_tell() -> None:
    table = pd.DataFrame(
        {"name": ["A", "B"], "admin1": ["Hasakah", "Hama"], "lat": [36.5, 35], "lon": [40.0, 37]}
    )
    index = index_gazetteer([table])
    assert index.hint("El-Hassake") == Hint("hasakah", "")
    assert index.hint("Hm") is None


def test_a_subdistrict_of_the_gazetteer_is_a_hint() -> None:
    table = pd.DataFrame(
        {
            "name": ["Zaytan", "A"],
            "level": ["admin3", "village"],
            "admin1": ["West", "East"],
            "admin2": ["Qist", ""],
            "lat": [36.5, 35],
            "lon": [40.0, 37],
        }
    )
    index = index_gazetteer([table])
    assert index.hint("زيتان") is None
    assert index.hint("Zaytan") == Hint("west", "qist")
