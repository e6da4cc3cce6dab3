"""What limits a city, as numbers, on a map and in sentences."""

import json

import pytest
from shapely.geometry import box

from geosector import crs
from geosector.errors import BlockOverQuotaError, ToleranceTooTightError
from geosector.partition import city_cells, diagnose_city, partition_city
from geosector.partition.cells import no_cells
from geosector.partition.diagnose import tell_obstacle
from geosector.partition.tell import tell_diagnosis, tell_summary
from tests.drawn import draw_town
from tests.partition.towns import THREE_QUARTERS

# Main roads cut off the east: 700 people in seven blocks (840 × 90 m and so on) west of it, 200
# east. A tertiary street cuts the west in 300 and 400.
WEST_AND_EAST = """
+---+---+---+---+---+
|100!100|100H100|   |
|   !   |   H   |   |
+---+---+---+---+---+
|200!100|100H   |100|
|   !   |   H   |   |
+---+---+---+---+---+
"""


def layout_of(picture, count, **options):
    town = draw_town(picture)
    options = {"population": town.people, "iterations": 12, **options}
    return partition_city(town.boundary, town.roads, count, **options)


def found_in(picture, count, **options):
    town = draw_town(picture)
    found = diagnose_city(town.boundary, town.roads, count, population=town.people, **options)
    return found["diagnosis"]


def test_cells_are_shown_on_the_ground_at_both_levels():
    town = draw_town(WEST_AND_EAST)
    cells = city_cells(town.boundary, town.roads, 3, population=town.people)
    columns = ["cut_by", "cell_id", "population", "over_one_sector", "further_cuts", "blocks"]
    assert cells[columns].values.tolist() == [
        ["main", 1, 700, True, 2, 6],
        ["main", 2, 200, False, 0, 4],
        ["main_and_tertiary", 1, 300, False, 0, 2],
        ["main_and_tertiary", 2, 400, True, 1, 4],
        ["main_and_tertiary", 3, 200, False, 0, 4],
    ]
    assert cells["sectors_worth"].tolist() == pytest.approx([7 / 3, 2 / 3, 1, 4 / 3, 2 / 3])
    # One block is 80 × 90 m.
    assert crs.area_km2(cells).tolist() == pytest.approx(
        [0.0072 * blocks for blocks in (6, 4, 2, 4, 4)], rel=1e-3
    )
    assert cells.crs.to_epsg() == 4326


def test_the_layout_carries_the_cells_and_an_empty_table_stands_for_none():
    layout = layout_of(WEST_AND_EAST, 3)
    assert layout.cells["population"].tolist() == [700, 200, 300, 400, 200]
    assert [*no_cells().columns] == [*layout.cells.columns]


def test_full_cells_are_listed_with_their_place_the_fullest_first():
    cells = found_in(WEST_AND_EAST, 3)["main_road_cells"]
    (west,) = cells["over"]
    assert (west["cell_id"], west["population"], west["further_cuts"]) == (1, 700, 2)
    assert west["sectors_worth"] == 2.3333
    town = draw_town(WEST_AND_EAST)
    assert west["lat"] == pytest.approx(town.people.geometry.y[4], abs=3e-4)
    assert cells["further_cuts"] == 2
    assert found_in(WEST_AND_EAST, 3)["tertiary_cells"]["over_one_sector"] == 1


def test_the_diagnosis_of_a_plan_tells_unavoidable_kinds_of_border_from_others():
    layout = layout_of(THREE_QUARTERS, 4, tolerance=0.34)
    found = layout.summary["diagnosis"]
    assert json.loads(json.dumps(found)) == found
    whole = found["off_main"]
    assert whole["off_main_m"] == whole["in_full_cells_m"] + whole["elsewhere_m"]
    assert whole["border_m"] == pytest.approx(1000 * layout.summary["reached"]["border_km"], abs=1)
    share = layout.summary["reached"]["main_border_share"]
    assert whole["off_main_m"] == pytest.approx((1 - share) * whole["border_m"], abs=0.1)
    assert [row["sector_id"] for row in found["sectors"]] == [1, 2, 3, 4]


def test_metres_off_main_roads_are_counted_where_they_lie():
    town = """
+---+---+---+---+
|100H100|100H100|
|   H   |   H   |
+---+---+---+---+
|100H100|100H100|
|   H   |   H   |
+---+---+---+---+
"""
    layout = layout_of(town, 2, tolerance=0.0)
    found = layout.summary["diagnosis"]
    # No cell holds more than a sector. 180 m on main roads and 160 m (2 blocks) across two cells
    # cost 180 + 1,600, less than 180 m straight through the middle cell.
    assert found["main_road_cells"]["over_one_sector"] == 0
    assert found["off_main"] == {
        "border_m": 340.0,
        "off_main_m": 160.0,
        "in_full_cells_m": 0.0,
        "elsewhere_m": 160.0,
    }
    layout = layout_of(town, 4, tolerance=0.0)
    for row in layout.summary["diagnosis"]["sectors"]:
        assert row["full_cells"] in ([], [2])
        assert row["elsewhere_m"] <= row["off_main_m"] <= row["border_m"]


def test_the_feasible_tolerance_lies_between_what_is_proven_and_what_was_found():
    town = draw_town(THREE_QUARTERS)
    people = town.people.assign(population=[100, 130, *[100] * 10])
    layout = partition_city(town.boundary, town.roads, 3, population=people, iterations=12)
    between = layout.summary["diagnosis"]["feasible_tolerance"]
    # Where the mean is 410, the sector with the 130 has 430 and the others 400.
    assert between == {"at_least": 0.04878, "at_most": 0.048781}  # 20 / 410


def test_a_tolerance_proven_too_tight_is_refused_before_solving(monkeypatch):
    from geosector.partition import layout

    monkeypatch.delattr(layout, "solve")
    with pytest.raises(
        ToleranceTooTightError,
        match=r"No plan of 5 sectors within 10\.0% exists, because whole blocks.*at least 25\.00%",
    ):
        layout_of(THREE_QUARTERS, 5)


def test_what_is_reached_through_one_block_is_told_from_a_block_on_its_own():
    # The north-western corner is reached through its southern neighbour alone.
    town = draw_town("""
+---+   +---+---+
|300|   |100|100|
|   |   |   |   |
+---+---+---+---+
|300|100|100|100|
|   |   |   |   |
+---+---+---+---+
""")
    metres = crs.to_metres(town.boundary)
    west, _, _, north = metres.total_bounds
    notch = box(west + 80, north - 90, west + 160, north)
    boundary = crs.to_wgs84(metres.assign(geometry=[metres.geometry[0].difference(notch)]))
    with pytest.raises(BlockOverQuotaError, match="with what is reached only through it"):
        partition_city(boundary, town.roads, 2, population=town.people, tolerance=0.05)


@pytest.mark.parametrize("kind", ["steps", "packing", "covering", "lonely", "gate", "sums"])
def test_every_obstacle_has_its_sentence(kind):
    named = {"kind": kind, "block_id": 7, "lat": 33.0, "lon": 30.0}
    assert len(tell_obstacle(named)) > 40
    assert ("7 at 33.00000, 30.00000" in tell_obstacle(named)) == (
        kind in {"lonely", "gate", "sums"}
    )
    if kind == "sums":
        assert "no choice of blocks" in tell_obstacle({"kind": kind})


def test_a_layout_says_where_borders_must_leave_main_roads():
    told = tell_summary(layout_of(WEST_AND_EAST, 3).summary)
    assert "Main roads enclose 2 cells; 1 of them, with 78% of the people, hold more than one" in (
        " ".join(told)
    )
    assert "There borders must leave main roads, at least 2 times." in told
    assert "With tertiary roads, 1 cell still holds more than one sector." in told
    assert any(line.startswith("Off main roads: 0.") for line in told)


def test_an_impossible_wish_is_told_with_the_tolerance_that_every_plan_needs():
    told = tell_diagnosis(found_in(THREE_QUARTERS, 5))
    assert "Every plan for this city deviates by at least 25.0%." in told
    assert told[-1].startswith("No plan of 5 sectors within 10.0% exists")


def test_where_nothing_limits_a_city_nothing_is_said():
    assert tell_diagnosis(found_in(THREE_QUARTERS, 3)) == []
