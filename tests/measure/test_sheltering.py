"""Who goes to which shelter: against HiGHS on the ways found one by one. All data are synthetic."""

from __future__ import annotations

import datetime as dt
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from shapely.geometry import LineString, Point, Polygon, box

from geosector import read_roads
from geosector.errors import InputError, MissingColumnError, MissingCRSError
from geosector.measure.access.containment import self_containment
from geosector.measure.access.facilities import nearest_facilities
from geosector.measure.access.network import Network, build_network
from geosector.measure.access.travel import Travel, travel_times
from geosector.measure.sheltering.assignment import Sheltered, assign_to_shelters
from geosector.measure.sheltering.rooms import count_heads, count_rooms

X, Y, STEP, WIDE, HIGH = 500_000.0, 4_000_000.0, 72.0, 7, 4  # 72 m are one minute's walk


def streets(closed: frozenset[int] = frozenset()) -> gpd.GeoDataFrame:
    """Draw a synthetic town of 7 × 4 crossroads; some streets are closed."""
    lines = [
        LineString([at(a, b), at(a + right, b + up)])
        for right, up in ((1, 0), (0, 1))
        for a in range(WIDE - right)
        for b in range(HIGH - up)
    ]
    state = ["closed" if number in closed else "open" for number in range(len(lines))]
    return gpd.GeoDataFrame({"state": state, "state_at": "2024-03-01"}, geometry=lines, crs=32637)


def at(column: float, row: float) -> tuple[float, float]:
    return X + STEP * column, Y + STEP * row


def sectors() -> gpd.GeoDataFrame:
    """Divide the town along its middle street from south to north."""
    west = box(X - 50, Y - 50, X + 3 * STEP, Y + HIGH * STEP)
    east = box(X + 3 * STEP, Y - 50, X + WIDE * STEP, Y + HIGH * STEP)
    return gpd.GeoDataFrame({"sector_id": [1, 2]}, geometry=[west, east], crs=32637)


def people(*rows: tuple[float, float, object], **columns: object) -> gpd.GeoDataFrame:
    table = gpd.GeoDataFrame(
        {"population": [row[2] for row in rows], "block_id": range(len(rows))},
        geometry=[Point(at(*row[:2])) for row in rows],
        crs=32637,
    )
    table["sector_id"] = [1 if row[0] < 3 else 2 for row in rows]
    return table.assign(**columns)


def places(*rows: tuple[float, float, object], **columns: object) -> gpd.GeoDataFrame:
    table = gpd.GeoDataFrame(
        {"capacity": [row[2] for row in rows], "id": [f"s{number}" for number in range(len(rows))]},
        geometry=[Point(at(*row[:2])) for row in rows],
        crs=32637,
    )
    return table.assign(**columns)


@cache
def network() -> Network:
    return build_network(streets(), metric=streets().crs).network


def travel(closed: frozenset[int] = frozenset()) -> Travel:
    return travel_times(network(), streets(closed))


def plan_of(blocks, shelters, closed: frozenset[int] = frozenset(), **options) -> Sheltered:
    return assign_to_shelters(blocks, shelters, network(), travel(closed), **options)


def problems_of(plan: Sheltered) -> list[tuple[object, ...]]:
    return list(plan.problems.drop(columns="expected").itertuples(index=False, name=None))


# ------------------------------------------------------------------ the optimum

spots = st.tuples(
    st.floats(-0.4, WIDE - 0.6, allow_subnormal=False).map(lambda one: round(one, 3)),
    st.floats(-0.4, HIGH - 0.6, allow_subnormal=False).map(lambda one: round(one, 3)),
)


@st.composite
def towns(draw: st.DrawFn) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, frozenset[int]]:
    homes = draw(st.lists(st.tuples(spots, st.integers(0, 30)), min_size=1, max_size=8))
    shelters = draw(st.lists(st.tuples(spots, st.integers(0, 50)), min_size=1, max_size=4))
    closed = draw(st.frozensets(st.integers(0, 44), max_size=20))
    return (
        people(*((*spot, many) for spot, many in homes)),
        places(*((*spot, many) for spot, many in shelters)),
        closed,
    )


@settings(max_examples=50, deadline=None)
@given(towns(), st.sampled_from([None, 1.5, 3.0]))
def test_a_plan_is_the_optimum_over_the_ways_of_the_nearest(town, minutes) -> None:
    blocks, shelters, closed = town
    plan = plan_of(blocks, shelters, closed, minutes=minutes)
    ways = nearest_facilities(
        blocks, shelters, network(), travel(closed), count=len(shelters)
    ).table
    ways = ways.dropna(subset="facility_id")
    ways = ways[ways["minutes"] <= (np.inf if minutes is None else minutes)]
    demand = blocks["population"].to_numpy()
    sides = np.zeros((len(blocks) + len(shelters), len(ways)))
    sides[ways["block"], range(len(ways))] = 1
    sides[len(blocks) + ways["facility_id"].str[1:].astype(int), range(len(ways))] = 1
    limits = {"A_ub": sides, "b_ub": [*demand, *shelters["capacity"]], "method": "highs"}
    most, least = 0, 0.0
    if len(ways):
        most = round(-linprog(-np.ones(len(ways)), **limits).fun)
        least = linprog(ways["minutes"], A_eq=np.ones((1, len(ways))), b_eq=[most], **limits).fun
    assert plan.figures.sheltered == plan.sheltering["people"].sum() == most
    assert plan.figures.person_minutes == pytest.approx(least, abs=1e-4 * (1 + most))
    assert plan.figures.gap == 0
    assert plan.figures.people == demand.sum() == most + plan.left_over["people"].sum()
    assert (plan.shelters["people"] <= plan.shelters["capacity"]).all()
    each = plan.sheltering.merge(
        ways, left_on=["block_id", "facility_id"], right_on=["block", "facility_id"], how="left"
    )
    np.testing.assert_allclose(each["minutes_x"], each["minutes_y"])


@settings(max_examples=30, deadline=None)
@given(towns(), st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_the_rows_changes_nothing(town, random, within) -> None:
    blocks, shelters, closed = town
    options = {"sectors": sectors(), "within_sector": within}
    one = plan_of(blocks, shelters, closed, **options)
    rows, facilities = list(range(len(blocks))), list(range(len(shelters)))
    random.shuffle(rows)
    random.shuffle(facilities)
    other = plan_of(blocks.iloc[rows], shelters.iloc[facilities], closed, **options)
    keys = ["block_id", "facility_id"]
    pd.testing.assert_frame_equal(
        *(plan.sheltering.sort_values(keys, ignore_index=True) for plan in (one, other))
    )
    for name, key in (("shelters", "facility_id"), ("left_over", "block_id")):
        first, second = (
            pd.DataFrame(getattr(plan, name).drop(columns="geometry")).sort_values(
                key, ignore_index=True
            )
            for plan in (one, other)
        )
        pd.testing.assert_frame_equal(first, second)
    pd.testing.assert_frame_equal(pd.DataFrame(one.sectors), pd.DataFrame(other.sectors))
    assert one.figures == other.figures


@settings(max_examples=30, deadline=None)
@given(towns())
def test_with_room_enough_within_a_sector_all_find_shelter_who_are_contained(town) -> None:
    blocks, shelters, closed = town
    shelters = shelters.assign(kind="shelter", capacity=10_000)
    plan = plan_of(blocks, shelters, closed, sectors=sectors(), within_sector=True)
    contained = self_containment(
        sectors(), blocks, shelters, network(), travel(closed), kinds=["shelter"]
    )
    assert plan.sectors["sheltered"].tolist() == contained.sectors["reached"].tolist()


@settings(max_examples=30, deadline=None)
@given(towns(), st.booleans(), st.sampled_from([None, 2.0]))
def test_sums_by_sector_are_those_of_the_tables(town, within, minutes) -> None:
    blocks, shelters, closed = town
    plan = plan_of(
        blocks, shelters, closed, sectors=sectors(), within_sector=within, minutes=minutes
    )
    sums = plan.sectors.set_index("sector_id")
    for sector in (1, 2):
        own = plan.sheltering[plan.sheltering["sector_id"] == sector]
        left = plan.left_over[plan.left_over["sector_id"] == sector]
        there = plan.shelters[plan.shelters["sector_id"] == sector]
        row = sums.loc[sector]
        assert row["people"] == blocks.loc[blocks["sector_id"] == sector, "population"].sum()
        assert row["sheltered"] == own["people"].sum()
        assert row["left_over"] == left["people"].sum() == row["people"] - row["sheltered"]
        assert row["capacity"] == there["capacity"].sum()
        assert row["free"] == there["free"].sum()
    whole = plan.sectors[["people", "sheltered", "left_over", "capacity", "free"]].sum()
    assert tuple(whole) == plan.figures[:5]


# ------------------------------------------------------------------ drawn by hand


def test_people_of_one_block_part_where_a_shelter_is_full() -> None:
    # Two minutes to the first shelter, four to the second.
    plan = plan_of(people((2, 0, 9)), places((0, 0, 4), (6, 0, 100)))
    assert plan.sheltering[["facility_id", "people"]].to_numpy().tolist() == [["s0", 4], ["s1", 5]]
    assert plan.sheltering["minutes"].round(6).tolist() == [2, 4]
    assert plan.sheltering["metres"].round(5).tolist() == [144, 288]
    assert plan.sheltering["oldest_report_days"].tolist() == [0, 0]
    assert plan.sheltering["known"].all()
    assert plan.shelters["saved_minutes"].tolist() == [2, 0]
    assert plan.shelters["free"].tolist() == [0, 95]
    assert plan.figures.person_minutes == plan.figures.bound == 4 * 2 + 5 * 4


def test_each_reason_to_be_left_over_is_told() -> None:
    blocks = people((0, 0, 5), (6, 3, 7), (40, 0, 3), (4, 0, 2), (1, 1, 1))
    blocks.loc[3, "sector_id"] = 99
    blocks = blocks.set_geometry([*blocks.geometry[:4], None])
    blocks.loc[4, "sector_id"] = 1
    plan = plan_of(blocks, places((0, 1, 4)), minutes=5, sectors=sectors(), within_sector=True)
    told = plan.left_over.set_index("block_id")["reason"].to_dict()
    assert told == {0: "full", 1: "no_shelter", 2: "no_shelter", 3: "no_sector", 4: "no_place"}
    anywhere = plan_of(blocks, places((0, 1, 4)), minutes=3)
    told = anywhere.left_over.set_index("block_id")["reason"].to_dict()
    assert told == {
        0: "full", 1: "out_of_reach", 2: "no_street", 3: "out_of_reach", 4: "no_place",
    }  # fmt: skip


def test_nobody_crosses_the_border_of_a_sector_but_along_it_one_may_walk() -> None:
    # The near shelter is beyond the border; the far one is of the west.
    blocks, shelters = people((2, 0, 5)), places((4, 0, 9), (0, 3, 9), (3, 3, 1))
    inside = plan_of(blocks, shelters, sectors=sectors(), within_sector=True)
    assert inside.sheltering[["facility_id", "people"]].to_numpy().tolist() == [
        ["s1", 4], ["s2", 1],
    ]  # fmt: skip
    assert plan_of(blocks, shelters).sheltering["facility_id"].tolist() == ["s0"]


def test_a_shelter_on_a_border_is_of_the_first_sector_and_open_to_both() -> None:
    blocks, border = people((2, 0, 3), (4, 0, 3)), places((3, 0, 6))
    plan = plan_of(blocks, border, sectors=sectors()[::-1], within_sector=True)
    assert plan.sectors["sector_id"].tolist() == [2, 1]
    assert plan.sectors["sheltered"].tolist() == [3, 3]
    assert plan.sectors["capacity"].tolist() == [0, 6]


def test_what_lies_in_no_sector_has_a_row_of_its_own() -> None:
    blocks = people((1, 0, 3), (5, 0, 4)).astype({"sector_id": object})
    blocks.loc[1, "sector_id"] = None
    plan = plan_of(blocks, places((1, 0, 9), (-5, 0, 2)), sectors=sectors())
    assert plan.sectors["sector_id"].isna().tolist() == [False, False, True]
    assert plan.sectors["people"].tolist() == [3, 0, 4]
    assert plan.sectors["capacity"].tolist() == [9, 0, 2]
    assert plan.sectors["share"].isna().tolist() == [False, True, False]
    assert plan.sectors.geometry.isna().tolist() == [False, False, True]


def test_without_areas_of_sectors_the_shelters_say_where_they_lie() -> None:
    shelters = places((1, 0, 9), (5, 0, 2), sector_id=[1, 7])
    plan = plan_of(people((1, 0, 3), (5, 0, 4)), shelters)
    assert plan.sectors["sector_id"].tolist() == [1, 2, 7]
    assert plan.sectors["capacity"].tolist() == [9, 0, 2]
    assert "geometry" not in plan.sectors
    bare = people((1, 0, 3)).drop(columns=["sector_id", "block_id"])
    unnamed = plan_of(bare, places((1, 0, 9)).drop(columns="id"))
    assert unnamed.shelters["facility_id"].tolist() == [0]
    assert unnamed.sectors["people"].tolist() == [3]
    assert unnamed.sectors["sector_id"].isna().all()
    assert unnamed.sheltering["block_id"].tolist() == [0]


def test_a_way_over_a_street_that_was_never_reported_is_not_known() -> None:
    never = travel_times(network(), streets().assign(state_at=None))
    plan = assign_to_shelters(people((1, 0, 3)), places((3, 0, 9)), network(), never)
    assert plan.sheltering["oldest_report_days"].isna().all()
    assert not plan.sheltering["known"].any()
    assert plan.sectors["unknown"].sum() == 3


# ------------------------------------------------------------------ rows that cannot be used


def test_shelters_that_cannot_be_used_are_listed_and_cost_no_good_row() -> None:
    shelters = places(
        (0, 0, 10), (1, 0, None), (2, 0, -3), (3, 0, "many"), (4, 0, np.inf), (5, 0, 12.7),
        (6, 0, 5), (0, 1, 5), (1, 1, 5), (2, 1, 5), (90, 1, 5),
    )  # fmt: skip
    shelters["capacity_unit"] = [
        "people",
        None,
        None,
        "",
        None,
        "أشخاص",
        "m3",
        None,
        None,
        None,
        None,
    ]
    shelters["status"] = ["open"] * 7 + ["closed", None, None, None]
    shelters["kind"] = ["shelter"] * 8 + ["warehouse", "shelter", "shelter"]
    shelters = shelters.set_geometry([*shelters.geometry[:9], None, shelters.geometry[10]])
    plan = plan_of(people((0, 0, 1)), shelters)
    assert plan.shelters["facility_id"].tolist() == ["s0", "s5", "s10"]
    assert plan.shelters["capacity"].tolist() == [10, 12, 5]
    assert problems_of(plan) == [
        ("shelters", 3, "capacity", "nothing", "left out"),
        ("shelters", 4, "capacity", "-3", "left out"),
        ("shelters", 5, "capacity", "many", "left out"),
        ("shelters", 6, "capacity", "inf", "left out"),
        ("shelters", 8, "capacity_unit", "m3", "left out"),
        ("shelters", 11, "geometry", "nothing", "left out"),
        ("shelters", 12, "geometry", "s10", "nobody is sent there"),
    ]


def test_a_shelter_outside_all_sectors_is_listed_where_people_stay_in_theirs() -> None:
    plan = plan_of(
        people((0, 0, 1)), places((0, 0, 10), (-5, 0, 10)), sectors=sectors(), within_sector=True
    )
    assert plan.problems["expected"].tolist() == ["a place in a sector"]


def test_on_a_day_only_the_rows_count_that_hold_on_it() -> None:
    shelters = places((0, 0, 1), (1, 0, 1), (2, 0, 1), (3, 0, 1))
    shelters["valid_from"] = ["2024-03-01", "2024-03-02", None, "soon"]
    shelters["valid_to"] = [None, None, "2024-03-01", "2024-02-29"]
    on_day = plan_of(people((0, 0, 9)), shelters, day=dt.date(2024, 3, 1))
    assert on_day.shelters["facility_id"].tolist() == ["s0", "s2"]
    assert len(plan_of(people((0, 0, 9)), shelters).shelters) == 4


@pytest.mark.parametrize("rows", [[0, 1], [1, 0]])
def test_of_a_shelter_listed_twice_the_smaller_capacity_counts(rows) -> None:
    shelters = places((0, 0, 10), (0, 0, 7), id="twin").iloc[rows].reset_index(drop=True)
    plan = plan_of(people((0, 0, 20)), shelters)
    assert plan.shelters["capacity"].tolist() == [7]
    (problem,) = problems_of(plan)
    assert problem[:4] == ("shelters", 2 + rows.index(0), "id", "twin")


def test_numbers_of_people_that_are_none_count_as_nobody_and_are_listed() -> None:
    blocks = people((0, 0, 2), (0, 0, None), (1, 0, -1), (1, 0, "few"), (2, 0, np.inf), (2, 0, 1))
    blocks["block_id"] = [0, 1, 2, 3, 4, 0]
    plan = plan_of(blocks, places((0, 0, 99)))
    assert plan.figures.people == plan.figures.sheltered == 3
    assert [one[1:4] for one in problems_of(plan)] == [
        (3, "population", "nothing"),
        (4, "population", "-1"),
        (5, "population", "few"),
        (6, "population", "inf"),
        (7, "block_id", "0"),
    ]


def test_rows_are_numbered_as_their_reader_did() -> None:
    shelters = places((0, 0, None), (1, 0, None))
    assert [one.row for one in count_rooms(shelters, kinds=()).problems] == [2, 3]
    read = shelters.set_axis([7, 9])
    assert [one.row for one in count_rooms(read, kinds=()).problems] == [7, 9]
    named = shelters.set_axis(["a", "b"])
    assert [one.row for one in count_rooms(named, kinds=()).problems] == [None, None]


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(st.floats(0, 1000), st.sampled_from([1, 2, 3, None])), min_size=1, max_size=30
    )
)
def test_rounding_makes_and_loses_nobody_and_moves_no_sector_by_a_person(rows) -> None:
    blocks = pd.DataFrame(rows, columns=["population", "sector_id"])
    whole = count_heads(blocks).people
    given_people = blocks["population"].to_numpy()
    assert abs(whole.sum() - given_people.sum()) <= 0.5 + 1e-6
    assert (np.abs(whole - given_people) < 1 + 1e-9).all()
    sums = (
        pd.DataFrame({"a": whole, "b": given_people})
        .groupby(blocks["sector_id"].fillna(9), dropna=False)
        .sum()
    )
    assert ((sums["a"] - sums["b"]).abs() < 1 + 1e-6).all()


# ------------------------------------------------------------------ nothing, and refused


def test_empty_tables_give_empty_tables() -> None:
    blocks, shelters = people((0, 0, 4)), places((0, 0, 10))
    nobody = plan_of(blocks[:0], shelters, sectors=sectors())
    assert nobody.sheltering.empty
    assert nobody.left_over.empty
    assert nobody.sectors["capacity"].tolist() == [10, 0]
    nowhere = plan_of(blocks, shelters[:0], sectors=sectors(), within_sector=True)
    assert nowhere.left_over[["people", "reason"]].to_numpy().tolist() == [[4, "no_shelter"]]
    assert nowhere.shelters.empty
    neither = plan_of(blocks[:0], shelters[:0], sectors=sectors()[:0])
    assert neither.sectors.empty
    assert neither.figures.gap == 0
    assert plan_of(blocks, shelters, sectors=sectors()[:0]).sectors["people"].tolist() == [4]


def test_sectors_without_an_area_or_a_number_are_none() -> None:
    several = pd.concat([sectors(), sectors()], ignore_index=True)
    several["sector_id"] = [1, 2, 3, None]
    several = several.set_geometry([*several.geometry[:2], Polygon(), several.geometry[3]])
    plan = plan_of(people((0, 0, 4)), places((0, 0, 10)), sectors=several, within_sector=True)
    assert plan.sectors["sector_id"].tolist() == [1, 2, 3]
    assert plan.sectors["sheltered"].tolist() == [4, 0, 0]


@pytest.mark.parametrize("minutes", [0, -2.5, float("nan")])
def test_minutes_that_lead_nowhere_are_refused(minutes) -> None:
    with pytest.raises(InputError, match="minutes are allowed for a way; expected more than 0"):
        plan_of(people((0, 0, 4)), places((0, 0, 10)), minutes=minutes)


def test_tables_that_lack_something_are_refused_by_name() -> None:
    blocks, shelters = people((0, 0, 4)), places((0, 0, 10))
    with pytest.raises(MissingColumnError, match="blocks lacks the column population"):
        plan_of(blocks.drop(columns="population"), shelters)
    with pytest.raises(MissingColumnError, match="shelters lacks the column capacity"):
        plan_of(blocks, shelters.drop(columns="capacity"))
    with pytest.raises(MissingColumnError, match="sectors lacks the column sector_id"):
        plan_of(blocks, shelters, sectors=sectors().drop(columns="sector_id"))
    with pytest.raises(MissingColumnError, match="blocks lacks the column sector_id"):
        plan_of(blocks.drop(columns="sector_id"), shelters, sectors=sectors(), within_sector=True)
    with pytest.raises(InputError, match="whose areas are not known"):
        plan_of(blocks, shelters, within_sector=True)
    with pytest.raises(MissingCRSError):
        plan_of(blocks.set_crs(None, allow_override=True), shelters)
    with pytest.raises(InputError, match="no geometry column"):
        plan_of(pd.DataFrame(blocks.drop(columns="geometry")), shelters)


def test_the_plan_for_the_streets_of_aleppo_is_proven(shared_data) -> None:
    roads, _ = read_roads(shared_data / "aleppo" / "roads.parquet")
    blocks = gpd.read_parquet(shared_data / "aleppo" / "population_all.parquet")  # synthetic people
    random = np.random.default_rng(8)
    homes = blocks["population"].to_numpy(float)
    spot = random.choice(len(blocks), 300, replace=False, p=homes / homes.sum())
    size = random.lognormal(0, 0.7, 300)
    shelters = gpd.GeoDataFrame(
        {"capacity": np.floor(size / size.sum() * homes.sum() * 0.9)},
        geometry=blocks.geometry.array[spot],
        crs=blocks.crs,
    )
    streets_of = build_network(roads).network
    plan = assign_to_shelters(
        blocks, shelters, streets_of, travel_times(streets_of, roads), minutes=15
    )
    assert plan.figures.gap == 0
    assert plan.figures.people == homes.sum()
    assert (plan.shelters["people"] <= plan.shelters["capacity"]).all()
    assert plan.sheltering["minutes"].max() <= 15 + 1e-9
    left = plan.left_over.groupby("reason")["people"].sum()
    assert set(left.index) == {"full", "no_street", "out_of_reach"}
    assert plan.figures.sheltered == homes.sum() - left.sum()
