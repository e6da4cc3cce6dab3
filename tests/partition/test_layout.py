"""From boundary, roads and people to a layout."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geosector import crs
from geosector.errors import (
    BlockOverQuotaError,
    BoundaryInPartsError,
    InputError,
    TooFewBlocksError,
)
from geosector.partition import diagnose_city, partition_city
from geosector.tables import table
from tests.drawn import draw_town
from tests.partition.towns import NINE_BLOCKS, THREE_QUARTERS, TWO_PARTS


def layout_of(picture, count, **options):
    town = draw_town(picture)
    options = {"population": town.people, "iterations": 12, **options}
    return partition_city(town.boundary, town.roads, count, **options)


@pytest.fixture(scope="module")
def nine():
    return layout_of(NINE_BLOCKS, 3)


def test_tables_have_their_columns_in_degrees(nine):
    for name in ("sectors", "borders", "blocks"):
        made = getattr(nine, name)
        assert [*made.columns] == [*table(name).columns, "geometry"]
        assert made.crs.to_epsg() == 4326


def test_sectors_are_numbered_from_one_and_hold_everybody(nine):
    assert nine.sectors["sector_id"].tolist() == [1, 2, 3]
    assert nine.sectors["name"].is_unique
    assert nine.sectors["name"].str.contains("Row|Column").all()  # after their streets
    assert nine.sectors["population"].sum() == nine.blocks["population"].sum() == 900
    assert nine.sectors["deviation"].tolist() == [0, 0, 0]


def test_sectors_are_named_after_the_places_given():
    places = draw_town(NINE_BLOCKS).people.iloc[[4]].assign(name="Souq", level="neighbourhood")
    names = layout_of(NINE_BLOCKS, 3, places=places).sectors["name"].tolist()
    assert sum(name.startswith("Souq, ") for name in names) == 1


def test_sectors_cover_the_boundary_without_overlap(nine):
    town = draw_town(NINE_BLOCKS)
    metres = crs.to_metres(nine.sectors)
    boundary = crs.to_metres(town.boundary, metres.crs).geometry[0]
    difference = shapely.union_all(metres.geometry).symmetric_difference(boundary)
    assert difference.area < 1e-6 * boundary.area
    assert shapely.coverage_is_valid(nine.sectors.geometry.values)
    assert crs.area_km2(nine.sectors) == pytest.approx(nine.sectors["area_km2"], rel=1e-6)


def test_borders_account_for_every_metre_between_sectors(nine):
    metres = crs.to_metres(nine.sectors).geometry
    inner = (metres.length.sum() - shapely.union_all(metres).length) / 2
    assert nine.borders["length_m"].sum() == pytest.approx(inner, rel=1e-6)
    assert crs.to_metres(nine.borders).length.to_numpy() == pytest.approx(
        nine.borders["length_m"], rel=1e-4
    )
    assert (nine.borders["left"] < nine.borders["right"]).all()


def test_main_border_share_is_of_inner_border():
    layout = layout_of(THREE_QUARTERS, 3)
    assert layout.sectors["main_border_share"].tolist() == [1, 1, 1]
    assert layout.summary["reached"]["main_border_share"] == 1
    assert layout.borders["road_class"].unique().tolist() == ["primary"]
    assert layout.borders["name"].tolist() == ["Column 8", "Column 16"]


def test_neighbours_in_number_are_neighbours_on_the_ground():
    layout = layout_of(
        "\n".join(["+-----" * 5 + "+", *(["| 50  " * 5 + "|", "+-----" * 5 + "+"] * 4)]), 10
    )
    pairs = set(zip(layout.borders["left"], layout.borders["right"], strict=True))
    assert all((number, number + 1) in pairs for number in range(1, 10))


def test_the_summary_is_ready_for_json_and_says_what_was_done(nine):
    summary = json.loads(json.dumps(nine.summary))
    assert summary["asked"]["count"] == summary["reached"]["sectors"] == 3
    assert summary["people"] == {
        "source": "points",
        "weight": "",
        "unit": "people",
        "inside": 900,
        "outside": 0,
        "total": 900,
        "fallbacks": {},
    }
    assert summary["diagnosis"]["feasible"]


def test_without_people_the_area_counts_and_the_summary_says_so():
    layout = layout_of(NINE_BLOCKS, 3, population=None)
    assert layout.summary["people"]["source"] == "by_area"
    assert layout.summary["people"]["unit"] == "m2"


def test_one_sector_has_no_borders():
    layout = layout_of(NINE_BLOCKS, 1)
    assert len(layout.borders) == 0
    assert layout.sectors["main_border_share"].isna().all()
    assert layout.summary["reached"]["main_border_share"] is None


def test_the_same_input_in_another_order_gives_the_same_layout(nine):
    town = draw_town(NINE_BLOCKS)
    again = partition_city(
        town.boundary, town.roads.iloc[::-1], 3, population=town.people.iloc[::-1], iterations=12
    )
    pd.testing.assert_frame_equal(nine.sectors, again.sectors)
    pd.testing.assert_frame_equal(nine.borders, again.borders)
    assert nine.summary == again.summary


def test_a_boundary_in_parts_is_joined_by_a_stated_link():
    layout = layout_of(TWO_PARTS, 2, tolerance=0.2)
    assert [link["gap_m"] for link in layout.summary["ground"]["links"]] == [100.0]


def test_a_boundary_in_parts_is_refused_where_asked():
    with pytest.raises(BoundaryInPartsError, match="lies in 2 parts"):
        layout_of(TWO_PARTS, 2, parts="refuse")


def test_fewer_blocks_than_sectors_are_refused():
    with pytest.raises(TooFewBlocksError, match="There are 9 blocks for 10 sectors"):
        layout_of(NINE_BLOCKS, 10)


def test_too_few_blocks_with_people_are_refused():
    people = draw_town(NINE_BLOCKS).people.assign(population=[100, 100, 100, *[0] * 6])
    with pytest.raises(TooFewBlocksError, match="of which 3 have people"):
        layout_of(NINE_BLOCKS, 4, population=people, tolerance=0.5)


def test_a_block_over_quota_is_named_with_what_to_do():
    people = draw_town(NINE_BLOCKS).people
    people.loc[4, "population"] = 800
    with pytest.raises(
        BlockOverQuotaError, match=r"Block 4 at 32\.998.*800 people, 1\.50 times.*to 50%.*at most 2"
    ):
        layout_of(NINE_BLOCKS, 3, population=people)


def test_the_diagnosis_of_an_impossible_wish_is_no_error():
    town = draw_town(NINE_BLOCKS)
    found = diagnose_city(town.boundary, town.roads, 10, population=town.people)
    assert not found["diagnosis"]["feasible"]
    assert "9 blocks for 10 sectors" in found["diagnosis"]["reason"]


def test_the_diagnosis_counts_people_between_main_roads():
    town = draw_town(THREE_QUARTERS)
    found = diagnose_city(town.boundary, town.roads, 4, population=town.people)
    cells = found["diagnosis"]["main_road_cells"]
    assert [cell["sectors_worth"] for cell in cells.pop("over")] == [1.3333] * 3
    assert cells == {
        "count": 3,
        "over_one_sector": 3,
        "largest_in_sectors": 1.33,
        "share_of_people_in_those": 1.0,
        "further_cuts": 3,
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 0}, "The number of sectors is 0"),
        ({"count": 2.5}, "The number of sectors is 2.5"),
        ({"tolerance": 1.5}, "The tolerance is 1.5"),
        ({"iterations": 0}, "iterations is 0. Give a number above 0"),
        ({"seconds": -1}, "seconds is -1. Give a number above 0"),
        ({"iterations": "x"}, "iterations is x. Give a number above 0"),
        ({"seed": None}, "seed is None. Give a whole number"),
        ({"costs": {"main": "cheap"}}, "The cost of 'main' is cheap"),
    ],
)
def test_options_without_meaning_are_refused(options, message):
    count = options.pop("count", 3)
    with pytest.raises(InputError, match=message):
        layout_of(NINE_BLOCKS, count, **options)


@pytest.mark.long
def test_aleppo_in_24_lawful_sectors(shared_data):
    folder = shared_data / "aleppo"
    boundary = gpd.read_file(folder / "neighbourhoods.geojson")
    roads = gpd.read_parquet(folder / "roads.parquet").rename(columns={"highway": "road_class"})
    zones = gpd.read_file(folder / "population_zones.geojson")
    layout = partition_city(boundary, roads, 24, population=zones)
    assert len(layout.sectors) == 24
    assert layout.sectors["deviation"].abs().max() <= 0.1
    assert layout.summary["people"]["total"] == 2_030_000
    ground = crs.area_km2(crs.densify(boundary.dissolve()))[0]
    assert np.isclose(layout.sectors["area_km2"].sum(), ground, rtol=1e-6)
