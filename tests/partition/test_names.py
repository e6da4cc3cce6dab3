"""Names of sectors come from the ground."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from geosector.errors import InputError
from geosector.language import LANGUAGES, language
from geosector.partition.names import name_in, name_sectors

# A city of 3 × 3 sectors, a hundredth of a degree wide, in the open sea.
GRID = [box(30 + c / 100, 33 + r / 100, 30.01 + c / 100, 33.01 + r / 100) for r in range(3) for c in range(3)]  # fmt: skip
SECTORS = gpd.GeoDataFrame({"sector_id": range(1, 10)}, geometry=GRID, crs=4326)


def spot(sector):
    return GRID[sector - 1].centroid


def places_of(*rows):
    table = pd.DataFrame([row[1:] for row in rows], columns=["name", "level", "population"])
    return gpd.GeoDataFrame(table, geometry=[spot(row[0]) for row in rows], crs=4326)


def roads_of(*rows):
    facts = pd.DataFrame([row[:2] for row in rows], columns=["road_class", "name"])
    return gpd.GeoDataFrame(facts, geometry=[LineString(row[2]) for row in rows], crs=4326)


def test_a_sector_is_called_after_its_neighbourhood_and_where_it_lies():
    names = name_sectors(
        SECTORS, places=places_of((5, "Souq", "neighbourhood", 9), (9, "Hill", "village", 9))
    )
    assert names[4] == "Souq, centre"
    assert names[8] == "Hill, north-east"
    assert names[0] == "Sector 1"


def test_a_neighbourhood_comes_before_a_village_and_the_larger_before_the_smaller():
    places = places_of(
        (1, "Village", "village", 900), (1, "Small", "neighbourhood", 5),
        (1, "Large", "neighbourhood", 50),
    )  # fmt: skip
    assert name_sectors(SECTORS, places=places)[0] == "Large, south-west"


def test_the_city_itself_names_no_sector_but_one_of_several_towns_does():
    alone = places_of((5, "Aleppo", "city", 9), (1, "Governorate", "admin1", 9))
    assert name_sectors(SECTORS, places=alone).tolist()[4] == "Sector 5"
    towns = places_of((5, "One", "town", 9), (1, "Two", "town", 9))
    assert name_sectors(SECTORS, places=towns)[0] == "Two, south-west"


def test_two_places_of_one_name_and_side_are_not_confused():
    places = places_of(
        (1, "Nil", "village", 9), (1, "Souq", "village", 1), (3, "Nil", "village", 9)
    )
    split = SECTORS.assign(geometry=[*GRID[:1], box(30.011, 33, 30.012, 33.001), *GRID[2:]])
    names = name_sectors(split, places=places)
    assert names.is_unique
    assert {"Nil, south-west", "Nil, south-east"} <= set(names)


def test_a_street_names_the_sector_that_holds_most_of_it():
    roads = roads_of(("primary", "Long Road", [(30.001, 33.005), (30.013, 33.005)]))
    names = name_sectors(SECTORS, roads=roads)
    assert names.tolist()[:2] == ["Long Road, south-west", "Sector 2"]


def test_a_street_is_shared_only_where_there_is_no_other_name():
    roads = roads_of(
        ("primary", "Long Road", [(30.001, 33.005), (30.019, 33.005)]),
        ("residential", "Lane", [(30.012, 33.001), (30.012, 33.009)]),
    )
    names = name_sectors(SECTORS, roads=roads)
    assert sorted(names.tolist()[:2]) in (
        ["Lane, south", "Long Road, south-west"],
        ["Long Road, south", "Long Road, south-west"],
    )


def test_a_stub_of_a_motorway_names_nothing():
    roads = roads_of(
        ("motorway", "M1", [(30.001, 33.001), (30.0012, 33.001)]),
        ("tertiary", "Nil Street", [(30.001, 33.002), (30.009, 33.002)]),
    )
    assert name_sectors(SECTORS, roads=roads)[0] == "Nil Street, south-west"


def test_streets_without_names_or_classes_name_nothing():
    roads = roads_of(("primary", None, [(30.001, 33.005), (30.009, 33.005)]))
    assert name_sectors(SECTORS, roads=roads)[0] == "Sector 1"
    assert name_sectors(SECTORS, roads=roads.drop(columns="road_class"))[0] == "Sector 1"


def test_a_name_in_the_language_is_preferred_and_none_is_invented():
    places = places_of((5, "Souq", "village", 1)).assign(name_ar="السوق")
    assert name_sectors(SECTORS, places=places, lang="ar")[4] == "السوق، الوسط"
    assert name_sectors(SECTORS, places=places, lang="kmr")[4] == "Souq, navend"
    assert (
        name_sectors(SECTORS, places=places.drop(columns="name"), lang="en")[4] == "السوق, centre"
    )


def test_a_table_with_lat_and_lon_will_do():
    places = pd.DataFrame({"name": ["Souq", "Lost"], "lat": [33.015, None], "lon": [30.015, 30]})
    assert name_sectors(SECTORS, places=places)[4] == "Souq, centre"
    with pytest.raises(InputError, match="no geometry and no lat and lon"):
        name_sectors(SECTORS, places=places.drop(columns="lat"))


def test_polygons_name_the_sector_in_which_they_lie_the_largest_first():
    hoods = gpd.GeoDataFrame(
        {"name": ["Small", "Large"]},
        geometry=[spot(5).buffer(0.001), spot(5).buffer(0.003)],
        crs=4326,
    )
    assert name_sectors(SECTORS, places=hoods)[4] == "Large, centre"


def test_a_sector_round_the_centre_does_not_lie_in_it():
    ring = box(30, 33, 30.03, 33.03).difference(box(30.01, 33.01, 30.02, 33.02))
    city = gpd.GeoDataFrame({"sector_id": [1, 2]}, geometry=[GRID[4], ring], crs=4326)
    places = gpd.GeoDataFrame({"name": ["A"]}, geometry=[Point(30.002, 33.002)], crs=4326)
    assert "centre" not in name_sectors(city, places=places)[1]


def test_names_are_data():
    places = places_of((5, "\u202e<b>{x}</b>\n$y$", "village", 1))
    assert name_sectors(SECTORS, places=places)[4] == "<b>{x}</b> $y$, centre"


def test_the_order_of_rows_does_not_matter():
    places = places_of((5, "B", "village", 1), (5, "A", "village", 1), (1, "A", "village", 1))
    names = name_sectors(SECTORS, places=places)
    again = name_sectors(SECTORS.iloc[::-1], places=places.iloc[::-1]).sort_index()
    pd.testing.assert_series_equal(names, again)


def test_no_sectors_have_no_names():
    assert name_sectors(SECTORS[:0], places=places_of((5, "A", "village", 1))).empty


@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize("code", LANGUAGES)
def test_a_name_is_said_in_another_language(spoken, code):
    places = places_of((5, "Souq", "village", 1), (9, "Hill", "village", 1))
    made = name_sectors(SECTORS, places=places, lang=spoken)
    wanted = name_sectors(SECTORS, places=places, lang=code)
    assert [name_in(name, code) for name in made] == wanted.tolist()


def test_a_name_given_by_people_stays():
    assert name_in("White Helmets, sector north", "ar") == "White Helmets, sector north"
    assert name_in("Sector north", language("ar").code) == "Sector north"
