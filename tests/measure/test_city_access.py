"""The tables of a city agree with each other, whatever is missing from what they are made of."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, Polygon, box

from geosector.errors import InputError, MissingColumnError, MissingCRSError
from geosector.measure.access.travel import WALK
from geosector.measure.city import CityAccess, assess_access, sector_origins

X, Y, STEP, WIDE, HIGH = 500_000.0, 4_000_000.0, 100.0, 6, 4
KINDS = ["shelter", "clinic"]


def streets() -> gpd.GeoDataFrame:
    """Draw a synthetic town of 6 × 4 crossroads."""
    lines = [
        LineString([(X + STEP * c, Y + STEP * r), (X + STEP * (c + 1), Y + STEP * r)])
        for r in range(HIGH)
        for c in range(WIDE - 1)
    ] + [
        LineString([(X + STEP * c, Y + STEP * r), (X + STEP * c, Y + STEP * (r + 1))])
        for r in range(HIGH - 1)
        for c in range(WIDE)
    ]
    named = {"name": [f"street {n}" for n in range(len(lines))], "road_class": "residential"}
    return gpd.GeoDataFrame(named, geometry=lines, crs=32637)


def blocks() -> gpd.GeoDataFrame:
    cells = [(c, r) for r in range(HIGH - 1) for c in range(WIDE - 1)]
    shapes = [
        box(X + STEP * c, Y + STEP * r, X + STEP * (c + 1), Y + STEP * (r + 1)) for c, r in cells
    ]
    table = {
        "block_id": range(len(cells)),
        "sector_id": [1 if c < 3 else 2 for c, _ in cells],
        "population": [10 + n for n in range(len(cells))],
    }
    return gpd.GeoDataFrame(table, geometry=shapes, crs=32637)


def sectors() -> gpd.GeoDataFrame:
    return blocks().dissolve("sector_id").reset_index()[["sector_id", "geometry"]]


def facilities() -> gpd.GeoDataFrame:
    table = {"id": ["s1", "s2", "c1"], "kind": ["shelter", "shelter", "clinic"]}
    points = [Point(X + 40, Y), Point(X + 460, Y + 300), Point(X + 700, Y + 100)]
    return gpd.GeoDataFrame(table, geometry=points, crs=32637)


def gates() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"id": ["east"]}, geometry=[Point(X + 500, Y + 100)], crs=32637)


def wall() -> gpd.GeoDataFrame:
    """Close every street between the second and the third column."""
    line = LineString([(X + 150, Y - 20), (X + 150, Y + 320)])
    return gpd.GeoDataFrame(geometry=[line], crs=32637)


def assess(**given: object) -> CityAccess:
    tables = {"roads": streets(), "facilities": facilities(), "sectors": sectors(),
              "blocks": blocks(), "kinds": KINDS, "minutes": [2, 4]}  # fmt: skip
    return assess_access(**(tables | given))


def test_the_figures_of_all_tables_agree() -> None:
    city = assess(closures=wall(), exits=gates())
    reach = city.reach[city.reach["rank"] == 1]
    for row in city.access.itertuples():
        own = reach[(reach["sector_id"] == row.sector_id) & (reach["kind"] == row.kind)]
        near = own[own["minutes"] <= row.minutes]
        assert row.within == near["population"].sum()
        assert row.unknown == near["population"].sum()  # no street was ever reported
        assert row.people == own["population"].sum()
        assert row.reached_within <= row.within
    wide = city.blocks.set_index("block_id")
    shelter = reach[reach["kind"] == "shelter"].set_index("block_id")["minutes"]
    pd.testing.assert_series_equal(wide["shelter_minutes"], shelter, check_names=False)
    lost = city.blocks.loc[city.blocks["cut_off"], "population"].sum()
    assert lost == city.cut_off["people"].sum() == city.summary["cut_off_people"]
    assert lost == city.sectors["cut_off"].sum() == city.cut_off["new"].sum()
    assert lost > 0
    greatest = city.access[city.access["minutes"] == 4].set_index(["sector_id", "kind"])
    told = city.sectors.set_index("sector_id")
    assert told.loc[1, "shelter_share"] == greatest.loc[(1, "shelter"), "share"]
    assert told.loc[2, "clinic_missing"]
    sums = {(one["kind"], one["minutes"]): one for one in city.summary["access"]}
    assert sums["shelter", 4.0]["within"] == greatest.xs("shelter", level="kind")["within"].sum()


def test_people_of_a_service_area_reach_that_facility_in_time() -> None:
    city = assess(count=3)
    near = city.reach[city.reach["minutes"] <= 4]
    told = city.service_areas[city.service_areas["minutes"] == 4].set_index("facility_id")["people"]
    for facility, people in told.items():
        assert people == near[near["facility_id"] == facility]["population"].sum()


def test_layers_are_all_tables_but_problems_and_summary() -> None:
    city = assess()
    assert list(city.layers()) == [
        "blocks", "sectors", "reach", "access", "service_areas", "cut_off", "critical", "routes",
    ]  # fmt: skip
    for name in ("blocks", "sectors", "service_areas", "cut_off", "critical", "routes"):
        assert city.layers()[name].crs.to_epsg() == 4326, name


def test_people_go_to_shelters_where_a_capacity_is_known() -> None:
    sized = facilities().assign(capacity=[30.0, None, 5.0])
    city = assess(facilities=sized)
    assert city.shelters[["facility_id", "people"]].to_numpy().tolist() == [["s1", 30]]
    assert city.left_over["people"].sum() == city.blocks["population"].sum() - 30
    assert city.summary["sheltering"]["left_over"] == city.left_over["people"].sum()
    assert list(city.layers())[-3:] == ["sheltering", "shelters", "left_over"]
    assert "capacity" in set(city.problems["column"])


def test_nobody_is_sent_to_a_shelter_where_shelters_are_not_asked_about() -> None:
    city = assess(facilities=facilities().assign(capacity=30), kinds=["clinic"])
    assert city.shelters.empty
    assert "sheltering" not in city.summary


def test_routes_lead_from_the_middle_of_a_sectors_people() -> None:
    city = assess(exits=gates(), ways=1)
    assert city.routes["sector_id"].tolist() == [1, 2]
    assert (city.routes["to"] == "east").all()
    assert city.summary["routes"] == 2
    assert city.summary["routes_without_a_way"] == 0
    assert city.summary["routes_not_known"] == 2
    assert assess().routes.empty


def test_the_order_of_the_rows_does_not_change_the_figures() -> None:
    given = {"closures": wall(), "exits": gates()}
    one = assess(**given)
    turned = {"roads": streets()[::-1], "facilities": facilities()[::-1],
              "blocks": blocks()[::-1], "sectors": sectors()[::-1]}  # fmt: skip
    other = assess(**given, **turned)
    columns = ["sector_id", "kind", "minutes"]
    pd.testing.assert_frame_equal(
        one.access.sort_values(columns, ignore_index=True),
        other.access.sort_values(columns, ignore_index=True),
    )
    assert one.cut_off["people"].tolist() == other.cut_off["people"].tolist()
    assert one.critical["people"].tolist() == other.critical["people"].tolist()
    keys = ["block_id", "kind"]
    pd.testing.assert_series_equal(
        one.reach.set_index(keys)["minutes"].sort_index(),
        other.reach.set_index(keys)["minutes"].sort_index(),
    )


def test_tables_in_several_systems_give_the_same_figures() -> None:
    given = {"closures": wall(), "exits": gates()}
    mixed = {
        "blocks": blocks().to_crs(4326), "facilities": facilities().to_crs(3857),
        "sectors": sectors().to_crs(32636), "closures": wall().to_crs(4326),
        "exits": gates().to_crs(3857),
    }  # fmt: skip
    one, other = assess(**given).access, assess(**mixed).access
    pd.testing.assert_frame_equal(one, other)


def test_a_damaged_street_takes_twice_as_long_on_foot() -> None:
    ruins = wall().assign(state="damaged")
    street = streets().iloc[[0]]
    home = blocks().iloc[[0]].set_geometry([Point(X + 90, Y)])
    damaged = ruins.set_geometry([LineString([(X, Y), (X + 100, Y)])])
    given = {"roads": street, "blocks": home, "sectors": sectors().iloc[[0]], "kinds": ["shelter"]}
    plain = assess(**given).reach["minutes"].iloc[0]
    slow = assess(**given, closures=damaged)
    assert slow.reach["minutes"].iloc[0] == pytest.approx(2 * plain, rel=1e-6)
    assert slow.summary["damaged_stretches"] == 1


def test_all_streets_closed_means_that_nobody_reaches_anything() -> None:
    everywhere = gpd.GeoDataFrame(geometry=[box(X - 9, Y - 9, X + 999, Y + 999)], crs=32637)
    city = assess(closures=everywhere, exits=gates())
    assert (city.access["within"] == 0).all()
    assert (city.access["reached"] == 0).all()
    assert city.cut_off[["part", "people"]].to_numpy().tolist() == [
        [0, blocks()["population"].sum()]
    ]
    assert city.routes["to"].isna().all()
    assert city.service_areas.empty
    assert city.critical.empty


def test_closures_that_match_nothing_are_listed() -> None:
    away = gpd.GeoDataFrame(geometry=[Point(X - 9000, Y), None], crs=32637)
    problems = assess(closures=away).problems
    assert problems[["file", "row", "action"]].to_numpy().tolist() == [
        ["closures", 2, "closes nothing"], ["closures", 3, "closes nothing"],
    ]  # fmt: skip


def test_a_sector_without_streets_has_nobody_who_reaches_anything_inside() -> None:
    island = box(X + 5000, Y, X + 5100, Y + 100)
    more = gpd.GeoDataFrame({"sector_id": [3]}, geometry=[island], crs=32637)
    home = gpd.GeoDataFrame(
        {"block_id": [99], "sector_id": [3], "population": [7]}, geometry=[island], crs=32637
    )
    city = assess(
        sectors=pd.concat([sectors(), more], ignore_index=True),
        blocks=pd.concat([blocks(), home], ignore_index=True),
        exits=gates(),
    )
    own = city.access[city.access["sector_id"] == 3]
    assert own["people"].tolist() == [7.0] * 4
    assert (own[["within", "reached", "share"]] == 0).all(axis=None)
    assert own["missing"].all()
    assert city.cut_off[["part", "sector_ids", "people"]].to_numpy().tolist() == [[0, "3", 7.0]]
    assert "origins" in set(city.problems["file"])


def test_a_sector_without_people_has_no_share() -> None:
    empty = blocks().assign(population=lambda t: t["population"].where(t["sector_id"] == 1, 0))
    own = assess(blocks=empty).access.query("sector_id == 2")
    assert own["within_share"].isna().all()
    assert own["share"].isna().all()


def test_blocks_without_people_count_as_nobody_and_are_listed() -> None:
    holes = blocks().assign(population=lambda t: t["population"].astype(float))
    holes.loc[4, "population"] = np.nan
    city = assess(blocks=holes)
    assert city.access["people"].notna().all()
    assert city.problems[["file", "row", "action"]].to_numpy().tolist() == [
        ["blocks", 6, "counted as 0"]
    ]


def test_facilities_of_one_id_are_both_kept_and_listed() -> None:
    twice = facilities().assign(id=["s", "s", "c1"])
    city = assess(facilities=twice)
    assert city.service_areas["facility_id"].tolist().count("s") == 4
    assert city.problems[["column", "given"]].to_numpy().tolist() == [["id", "s"]]


def test_facilities_that_cannot_be_used_are_listed_once() -> None:
    odd = pd.concat([facilities(), facilities().iloc[[0, 0]]], ignore_index=True)
    odd.loc[[3, 4], "id"] = ["far", "none"]
    odd.loc[3, "geometry"] = Point(X, Y - 9000)
    odd.loc[4, "geometry"] = None
    problems = assess(facilities=odd).problems
    assert sorted(problems[["row", "action"]].to_numpy().tolist()) == [
        [5, "nobody reaches it"], [6, "left out"],
    ]  # fmt: skip


def test_facilities_count_on_the_days_on_which_they_hold() -> None:
    dated = facilities().assign(valid_from=["2024-05-01", None, None])
    before, after = (assess(facilities=dated, day=dt.date(2024, month, 15)) for month in (4, 5))
    assert before.access.query("sector_id == 1 and kind == 'shelter'")["missing"].all()
    assert not after.access.query("sector_id == 1 and kind == 'shelter'")["missing"].any()


def test_facilities_without_an_id_are_called_by_the_index() -> None:
    bare = facilities().drop(columns="id").set_axis(["a", "b", "c"])
    assert set(assess(facilities=bare).reach["facility_id"].dropna()) == {"a", "b", "c"}


def test_blocks_of_no_sector_are_listed_and_still_reach() -> None:
    lost = blocks().assign(sector_id=lambda t: t["sector_id"].where(t.index > 0, 9))
    city = assess(blocks=lost)
    assert city.problems[["row", "given", "action"]].to_numpy().tolist() == [
        [2, "9", "counted in no sector"]
    ]
    assert len(city.blocks) == len(blocks())


def test_blocks_without_an_id_are_called_by_the_index() -> None:
    bare = blocks().drop(columns="block_id").set_axis(range(100, 115))
    assert assess(blocks=bare).reach["block_id"].min() == 100


def test_a_mode_of_ones_own_is_taken() -> None:
    fast = assess(mode=WALK._replace(name="run", speed=100.0))
    assert fast.summary["mode"] == "run"
    assert (fast.access.query("kind == 'shelter'")["within_share"] == 1).all()


def test_no_streets_at_all_leave_everybody_without() -> None:
    city = assess(roads=streets()[:0])
    assert (city.access["within"] == 0).all()
    assert city.cut_off["part"].tolist() == [0]


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"mode": "fly"}, InputError, "'fly' is no way to move"),
        ({"minutes": []}, InputError, "No limit is given"),
        ({"kinds": []}, InputError, "No kind of facility is given"),
        ({"count": 0}, InputError, "0 facilities are asked for"),
        ({"ways": 0, "exits": gates()}, InputError, "0 ways are asked for"),
        ({"blocks": blocks().drop(columns="population")}, MissingColumnError, "population"),
        ({"facilities": facilities().drop(columns="kind")}, MissingColumnError, "kind"),
        ({"sectors": sectors().iloc[[0, 0]]}, InputError, "Sector 1 is there twice"),
        ({"blocks": blocks().assign(population=-4)}, InputError, "is -4"),
        (
            {"roads": streets().set_crs(None, allow_override=True)},
            MissingCRSError,
            "coordinate system",
        ),
        (
            {"closures": wall().set_crs(None, allow_override=True)},
            MissingCRSError,
            "coordinate system",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(given, error, told) -> None:
    with pytest.raises(error, match=told):
        assess(**given)


def test_a_sector_where_nobody_lives_begins_its_ways_inside() -> None:
    nobody = blocks().assign(population=0)
    found = sector_origins(sectors(), nobody).to_crs(32637)
    assert sectors().geometry.covers(found.geometry).all()


def test_nobody_goes_straight_across_a_front_line_to_a_street() -> None:
    home = gpd.GeoDataFrame(
        {"block_id": [0], "sector_id": [1], "population": [5]},
        geometry=[Point(X + 140, Y + 50)], crs=32637,
    )  # fmt: skip
    street = streets().iloc[[1]].set_geometry([LineString([(X + 160, Y), (X + 160, Y + 100)])])
    west = streets().iloc[[0]].set_geometry([LineString([(X, Y), (X, Y + 100)])])
    roads = pd.concat([west, street], ignore_index=True)
    there = facilities().iloc[[0]].set_geometry([Point(X + 160, Y + 90)])
    given = {"roads": roads, "blocks": home, "facilities": there, "kinds": ["shelter"]}
    assert assess(**given).reach["facility_id"].tolist() == ["s1"]
    city = assess(**given, closures=wall())
    assert city.reach["facility_id"].isna().all()
    assert city.cut_off["people"].sum() == 0  # it is on the part with most people: the west street
    alone = assess(**(given | {"roads": street}), closures=wall())
    assert alone.cut_off[["part", "people"]].to_numpy().tolist() == [[0, 5]]


def test_blocks_without_a_place_or_listed_twice_cost_nobody_and_are_told() -> None:
    homes = pd.concat([blocks(), blocks()[:1]]).set_axis(range(5, 21))
    homes.loc[[6, 7], "geometry"] = [None, Polygon()]
    rooms = facilities().assign(capacity=[1000, 1000, 1])
    for places in (facilities(), rooms):
        city = assess(blocks=homes, facilities=places, exits=gates())
        told = city.problems[city.problems["file"] == "blocks"]
        assert told[["row", "column", "action"]].to_numpy().tolist() == [
            [6, "geometry", "no way is found from it"],
            [7, "geometry", "no way is found from it"],
            [20, "block_id", "both rows count"],
        ]
        assert city.summary["people"] == homes["population"].sum()
        assert city.summary["cut_off_people"] == homes.loc[[6, 7], "population"].sum()


@pytest.mark.parametrize("shape", [None, Polygon()])
def test_a_sector_without_an_area_is_listed_and_the_others_keep_their_figures(shape) -> None:
    areas = sectors()
    areas.loc[0, "geometry"] = shape
    city = assess(sectors=areas, exits=gates())
    told = city.problems[city.problems["file"] == "sectors"]
    assert told[["row", "column", "expected"]].to_numpy().tolist() == [[2, "geometry", "an area"]]
    whole = assess(exits=gates())
    pd.testing.assert_frame_equal(
        city.access[city.access["sector_id"] == 2], whole.access[whole.access["sector_id"] == 2]
    )


def test_sector_numbers_may_be_missing_in_columns_that_can_hold_nothing() -> None:
    homes = blocks().astype({"sector_id": "Int64"})
    homes.loc[0, "sector_id"] = pd.NA
    city = assess(blocks=homes, exits=gates())
    told = city.problems[city.problems["column"] == "sector_id"]
    assert told["action"].tolist() == ["counted in no sector"]
    own = city.access.drop_duplicates("sector_id")["people"].sum()
    assert own == homes["population"].sum() - homes["population"].iloc[0]


def test_numbers_and_names_of_sectors_may_stand_side_by_side() -> None:
    homes = blocks()
    homes["sector_id"] = homes["sector_id"].astype(object).replace(1, "north")
    far = gates().translate(90_000).to_frame("geometry")
    assert assess(blocks=homes, exits=far).cut_off["sector_ids"].tolist() == ["2;north"]


def test_places_may_have_an_index_of_several_levels() -> None:
    levels = pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)])
    told = assess(facilities=facilities().set_axis(levels))
    pd.testing.assert_frame_equal(told.access, assess().access)


@pytest.mark.parametrize(
    "shape", [Point(np.nan, np.nan), LineString([(np.inf, Y), (X, Y)]), LineString()]
)
def test_a_closure_at_no_finite_place_is_listed_and_the_others_close(shape) -> None:
    both = pd.concat([gpd.GeoDataFrame(geometry=[shape], crs=32637), wall()], ignore_index=True)
    city, one = assess(closures=both), assess(closures=wall())
    told = city.problems[city.problems["file"] == "closures"]
    assert told[["row", "action"]].to_numpy().tolist() == [[2, "closes nothing"]]
    pd.testing.assert_frame_equal(city.access, one.access)


def test_the_last_day_of_a_shelter_is_that_of_its_own_clock() -> None:
    last = pd.Series(pd.to_datetime(["2024-05-01"] * 3)).dt.tz_localize("Asia/Damascus")
    city = assess(facilities=facilities().assign(valid_to=last), day=dt.date(2024, 5, 1))
    assert city.summary["facilities"] == 3
