"""The sample town: reproducible, small, honest about being invented, and rich enough to use."""

from __future__ import annotations

import csv
import importlib.util
import json
import re
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geosector import crs, partition_city, sample
from geosector.errors import InputError

spec = importlib.util.spec_from_file_location(
    "make_synthetic_town", Path(__file__).with_name("make_synthetic_town.py")
)
maker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(maker)


@pytest.fixture(scope="module")
def roads() -> gpd.GeoDataFrame:
    return gpd.read_file(sample.sample_path("roads"))


@pytest.fixture(scope="module")
def boundary() -> gpd.GeoDataFrame:
    return gpd.read_file(sample.sample_path("boundary"))


@pytest.fixture(scope="module")
def blocks(roads, boundary) -> gpd.GeoSeries:
    ground = roads[roads["layer"].isna()].geometry.tolist()
    net = shapely.unary_union([*ground, boundary.geometry.iloc[0].exterior])
    found = [block for block in shapely.polygonize(list(net.geoms)).geoms if block.area > 5e-8]
    return gpd.GeoSeries(found, crs=boundary.crs)


def rows(name: str) -> list[dict[str, str]]:
    with sample.sample_path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sides(line: shapely.LineString) -> set[frozenset[tuple[float, ...]]]:
    return {frozenset(side) for side in pairwise(line.coords)}


def test_the_script_makes_the_committed_files_byte_for_byte():
    made = maker.town()
    assert set(made) == set(sample.FILES.values())
    for name, content in made.items():
        assert (maker.FOLDER / name).read_bytes() == content, name


def test_all_files_together_are_at_most_300_kb():
    assert sum(sample.sample_path(name).stat().st_size for name in sample.FILES) <= 300_000


def test_every_data_file_says_synthetic():
    files = [path for path in maker.FOLDER.iterdir() if path.suffix in {".csv", ".geojson"}]
    assert len(files) == len(sample.FILES)
    assert all("synthetic" in path.name for path in files)


def test_the_readme_says_that_everything_is_invented():
    text = (maker.FOLDER / "README.md").read_text(encoding="utf-8")
    assert "**invented**" in text


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match="Use one of: boundary, roads, population"):
        sample.sample_path("rivers")


def test_coordinates_have_at_most_six_decimals():
    written = sample.sample_path("roads").read_text(encoding="utf-8")
    assert not re.search(r"\d\.\d{7}", written)


def test_people_are_forty_thousand_and_live_inside_the_boundary(boundary):
    people = gpd.read_file(sample.sample_path("population"))
    assert people["population"].sum() == maker.PEOPLE == 40_000
    assert people.within(boundary.geometry.iloc[0]).all()


def test_streets_have_every_class_a_bridge_a_highway_and_roundabouts(roads):
    assert set(roads["road_class"]) == set(maker.CLASSES)
    assert (roads["layer"] == 1).equals(roads["bridge"] == "yes")
    assert (roads["layer"] == 1).sum() == 1
    assert (roads.loc[roads["road_class"] == "trunk", "oneway"] == "yes").all()
    assert set(roads.loc[roads["junction"] == "roundabout", "name"]) == {
        "دوار القلم",
        "دوار الكتاب",
    }


def test_roundabouts_run_against_the_clock(roads):
    for _, pieces in roads[roads["junction"] == "roundabout"].groupby("name"):
        centre = pieces.union_all().convex_hull.centroid
        for line in pieces.geometry:
            (x0, y0), (x1, y1) = line.coords[0], line.coords[1]
            assert (x0 - centre.x) * (y1 - y0) - (y0 - centre.y) * (x1 - x0) > 0


def test_the_bridge_begins_and_ends_on_the_road_that_it_carries(roads):
    bridge = roads.loc[roads["layer"] == 1].geometry.iloc[0]
    road = roads[(roads["layer"].isna()) & (roads["name"] == "طريق الحبر")].union_all()
    assert all(shapely.Point(end).distance(road) == 0 for end in bridge.boundary.geoms)


def test_streets_hang_together_and_some_are_dead_ends(roads):
    ends = [(line.coords[0], line.coords[-1]) for line in roads.geometry]
    corners = {place for line in roads.geometry for place in line.coords}
    meets = {place: set() for place in corners}
    for number, line in enumerate(roads.geometry):
        for place in line.coords:
            meets[place].add(number)
    reached, waiting = {0}, [0]
    while waiting:
        line = roads.geometry.iloc[waiting.pop()]
        new = set().union(*(meets[place] for place in line.coords)) - reached
        reached |= new
        waiting += new
    assert len(reached) == len(roads)
    assert sum(len(meets[place]) == 1 for pair in ends for place in pair) > 20


def test_blocks_are_many_and_bounded_by_every_class_of_street(blocks, roads):
    assert 350 <= len(blocks) <= 700
    edges = {side for block in blocks for side in sides(block.exterior)}
    for road_class, lines in roads[roads["layer"].isna()].groupby("road_class"):
        if road_class != "living_street":  # these are the dead ends
            assert any(sides(line) & edges for line in lines.geometry), road_class


def test_no_block_holds_more_than_a_sector_may(blocks):
    people = gpd.read_file(sample.sample_path("population"))
    found = gpd.sjoin(people, blocks.to_frame("geometry"), predicate="within")
    quota = maker.PEOPLE / sample.SAMPLE_COUNT
    assert found.groupby("index_right")["population"].sum().max() < quota / 5


def test_the_gazetteer_has_unique_ids_and_the_town_in_its_middle():
    places = rows("gazetteer")
    assert len({place["id"] for place in places}) == len(places) == 41
    assert places[0]["name_ar"] == "تل المثال"
    assert {place["level"] for place in places} == {"town", "neighbourhood", "village"}


def test_incidents_cover_two_months_and_most_have_only_a_name():
    incidents = rows("incidents")
    assert len(incidents) == 300
    months = {
        row["date"][:7] for number, row in enumerate(incidents, 1) if number not in maker.DIRTY
    }
    assert months == {"2024-03", "2024-04"}
    assert 30 < sum(row["lat"] != "" for row in incidents) < 100
    assert {row["kind"] for row in incidents} == {"attack", "fire", "traffic", "drowning", "meteor"}


def test_the_dirty_incidents_are_where_the_readme_says():
    incidents = {row["id"]: row for row in rows("incidents")}
    text = (maker.FOLDER / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (SYN-\d{4})", text, re.MULTILINE) == [
        f"SYN-{n:04}" for n in sorted(maker.DIRTY)
    ]
    assert incidents["SYN-0040"]["date"] == "2024-02-30"
    assert float(incidents["SYN-0081"]["lat"]) == 95


def test_facilities_have_names_in_four_languages_and_unique_ids():
    collection = json.loads(sample.sample_path("facilities").read_text(encoding="utf-8"))
    facts = [one["properties"] for one in collection["features"]]
    assert len({one["id"] for one in facts}) == len(facts) == 35
    assert all(one[f"name{tail}"] for one in facts for tail in ("", "_ar", "_kmr", "_ckb"))


def test_no_street_segment_is_shorter_than_a_car(roads):
    assert roads.is_valid.all()
    assert roads.is_simple.all()
    assert crs.to_metres(roads).length.min() > 2.5


def test_the_town_divides_into_the_sectors_of_the_demo(boundary, roads):
    people = gpd.read_file(sample.sample_path("population"))
    layout = partition_city(boundary, roads, sample.SAMPLE_COUNT, population=people, iterations=4)
    assert len(layout.sectors) == sample.SAMPLE_COUNT
    assert layout.sectors["population"].sum() == maker.PEOPLE
    assert layout.sectors["deviation"].abs().max() <= 0.10
    assert layout.problems.empty
