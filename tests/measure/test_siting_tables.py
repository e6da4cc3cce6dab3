"""Sites from tables: rules, reasons, who is served. Every town and number here is synthetic."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geosector import crs
from geosector.errors import (
    InputError,
    MissingColumnError,
    MissingCRSError,
    TooFewCandidatesError,
)
from geosector.measure.access.network import build_network
from geosector.measure.access.travel import travel_times
from geosector.measure.siting import site_facilities, tell_figures

SYSTEM = crs.metric_crs((37.0, 36.0, 37.0, 36.0))
STEP = 72.0  # metres: one minute on foot


def grid(side: int = 5) -> gpd.GeoDataFrame:
    """Draw streets a minute apart, and one that leads away from them."""
    far = (side - 1) * STEP
    lines = [shapely.LineString([(0, at * STEP), (far, at * STEP)]) for at in range(side)]
    lines += [shapely.LineString([(at * STEP, 0), (at * STEP, far)]) for at in range(side)]
    lines.append(shapely.LineString([(far, 0), (far + 5 * STEP, 0)]))
    return gpd.GeoDataFrame({"state_at": ["2024-05-01"] * len(lines)}, geometry=lines, crs=SYSTEM)


def places(*spots: tuple[float, float] | None, **columns: object) -> gpd.GeoDataFrame:
    """Make points, in minutes from the corner."""
    points = [
        None if spot is None else shapely.Point(spot[0] * STEP, spot[1] * STEP) for spot in spots
    ]
    return gpd.GeoDataFrame(columns, geometry=points, crs=SYSTEM)


def town(roads: gpd.GeoDataFrame | None = None):
    roads = grid() if roads is None else roads
    network = build_network(roads, metric=SYSTEM).network
    return network, travel_times(network, roads)


HOMES = places(
    (0, 0), (4, 0), (0, 4), (4, 4), (2, 2), id=list("abcde"), population=[10, 20, 30, 40, 50]
)
YARDS = places((0, 1), (3, 0), (3, 4), (2, 2), (8, 0), id=list("vwxyz"))


def test_each_goes_to_the_nearest_and_minutes_are_those_of_the_grid() -> None:
    sited = site_facilities(HOMES, YARDS, *town(), 2)
    served = sited.served.set_index("demand_id")
    chosen = dict(zip(YARDS["id"], YARDS.geometry, strict=True))
    for home, point in zip(HOMES["id"], HOMES.geometry, strict=True):
        ways = {
            name: (abs(point.x - chosen[name].x) + abs(point.y - chosen[name].y)) / STEP
            for name in sited.sites["id"]
        }
        assert served.loc[home, "minutes"] == pytest.approx(min(ways.values()), abs=1e-2)
        assert served.loc[home, "site_id"] == min(ways, key=lambda name: ways[name])
    assert sited.figures["objective"] == pytest.approx((served["people"] * served["minutes"]).sum())
    assert served["known"].all()
    assert served["oldest_report_days"].eq(0).all()
    assert sited.figures["people_on_unknown_ways"] == 0


def test_rows_stay_in_order_on_their_index() -> None:
    demand, yards = (
        HOMES.set_index(pd.Index(range(10, 15))),
        YARDS.set_index(pd.Index(list("vwxyz"))),
    )
    sited = site_facilities(demand, yards, *town(), 1)
    assert sited.demand.index.tolist() == demand.index.tolist()
    assert sited.demand["id"].tolist() == demand["id"].tolist()
    assert sited.candidates.index.tolist() == yards.index.tolist()
    assert sited.candidates["id"].tolist() == yards["id"].tolist()
    assert sited.served["demand_id"].tolist() == demand["id"].tolist()


def test_the_order_of_rows_does_not_matter() -> None:
    one = site_facilities(HOMES, YARDS, *town(), 2)
    other = site_facilities(HOMES.iloc[::-1], YARDS.iloc[[2, 0, 4, 1, 3]], *town(), 2)
    assert one.sites["id"].tolist() == other.sites["id"].tolist()
    turned = other.served.set_index("demand_id")["site_id"]
    assert one.served.set_index("demand_id")["site_id"].to_dict() == turned.to_dict()
    assert one.figures == other.figures


def test_candidates_that_cannot_be_used_say_why_and_are_not_chosen() -> None:
    yards = places(
        (0, 1), (1, 0), (2, 0), (3, 0), (8, 0), (40, 40), None, (2, 3), (2, 3),
        id=["ok", "hot", "wall", "ruin", "tail", "far", "none", "twice", "twice"],
        status=["planned", None, None, "damaged", None, None, None, None, None],
    )  # fmt: skip
    hot = gpd.GeoDataFrame(geometry=[shapely.Point(STEP, 0).buffer(5)], crs=SYSTEM)
    wall = gpd.GeoDataFrame(
        geometry=[shapely.LineString([(2 * STEP, -9), (2 * STEP, -30)])], crs=SYSTEM
    )
    sited = site_facilities(
        HOMES, yards, *town(), 2, avoid=hot, barriers=wall, away_m=10, two_roads=True
    )
    reasons = sited.candidates["reason"].fillna("").tolist()
    assert reasons == [
        "", "in_area", "near_barrier", "damaged", "one_way_in", "off_streets", "no_place",
        "", "repeated_id",
    ]  # fmt: skip
    assert sorted(sited.sites["id"]) == ["ok", "twice"]
    assert (sited.problems["column"] == "id").any()
    assert sited.figures["not_usable"]["one_way_in"] == 1
    lines = tell_figures(sited.figures)
    assert "1 candidate cannot be used: cut off when one stretch of street is lost." in lines


def test_a_barrier_at_the_very_distance_still_bans() -> None:
    wall = gpd.GeoDataFrame(geometry=[shapely.Point(0, STEP - 10)], crs=SYSTEM)
    kept = site_facilities(HOMES, YARDS, *town(), 1, barriers=wall, away_m=9.9)
    banned = site_facilities(HOMES, YARDS, *town(), 1, barriers=wall, away_m=10.1)
    assert kept.candidates["usable"].tolist()[0]
    assert banned.candidates["reason"].tolist()[0] == "near_barrier"


def test_existing_sites_stay_and_say_what_is_against_them() -> None:
    there = places((0, 0), (4, 4), (9, 9), id=["old", "shut", "lost"], status=["open", "closed", "open"],
                   kind=["shelter", "shelter", "school"])  # fmt: skip
    hot = gpd.GeoDataFrame(geometry=[shapely.Point(0, 0).buffer(5)], crs=SYSTEM)
    sited = site_facilities(HOMES, YARDS, *town(), 1, existing=there, kind="shelter", avoid=hot)
    assert sited.sites["id"].tolist()[0] == "old"
    assert sited.sites["existing"].tolist() == [True, False]
    assert sited.sites["order"].isna().tolist() == [True, False]
    assert sited.sites["reason"].tolist()[0] == "in_area"
    assert sited.figures["existing"] == 1
    with pytest.raises(MissingColumnError, match="kind"):
        site_facilities(
            HOMES, YARDS, *town(), 1, existing=there.drop(columns="kind"), kind="shelter"
        )


def sectors() -> gpd.GeoDataFrame:
    halves = [
        shapely.box(-9, -9, 1.5 * STEP, 5 * STEP),
        shapely.box(1.5 * STEP, -9, 5 * STEP, 5 * STEP),
    ]
    return gpd.GeoDataFrame({"sector_id": [7, 9]}, geometry=halves, crs=SYSTEM)


def test_one_in_each_sector() -> None:
    sited = site_facilities(HOMES, YARDS, *town(), 2, sectors=sectors())
    assert set(sited.sites["sector_id"]) == {7, 9}
    assert sited.candidates["sector_id"].tolist() == [7, 9, 9, 9, None]
    free = site_facilities(HOMES, YARDS, *town(), 2)
    assert sited.figures["objective"] >= free.figures["objective"]


def test_a_sector_without_candidates_is_named() -> None:
    with pytest.raises(TooFewCandidatesError, match="in these sectors: 7"):
        site_facilities(HOMES, YARDS.iloc[1:], *town(), 2, sectors=sectors())
    with pytest.raises(TooFewCandidatesError, match="2 sectors have no site, and 1 more"):
        site_facilities(HOMES, YARDS, *town(), 1, sectors=sectors())
    there = places((0, 0), id=["old"])
    assert (
        len(site_facilities(HOMES, YARDS, *town(), 1, sectors=sectors(), existing=there).sites) == 2
    )


def test_people_who_reach_nothing_are_listed_with_a_reason() -> None:
    homes = places((0, 0), (90, 90), None, (1, 0), (2, 0), id=list("abcde"),
                   population=[10, 20, 5, -3, "many"])  # fmt: skip
    sited = site_facilities(homes, YARDS, *town(), 1)
    assert sited.problems["row"].tolist() == [4, 5, 6]
    assert sited.served["demand_id"].tolist() == ["a", "b"]
    assert sited.served["reason"].fillna("").tolist() == ["", "unreachable"]
    assert sited.figures["unserved"] == {"unreachable": 20.0}
    assert sited.figures["people"] == 30
    assert sited.demand["reason"].isna().tolist() == [True, False, True, True, True]
    assert any(
        "20 people are not served: no street leads" in line for line in tell_figures(sited.figures)
    )


def test_the_covering_says_who_is_too_far() -> None:
    sited = site_facilities(HOMES, YARDS, *town(), 1, method="covering", minutes=1.01)
    assert sited.figures["objective"] == 50
    assert set(sited.served["reason"].dropna()) == {"too_far"}
    assert sited.figures["served_share"] == pytest.approx(50 / 150)


def test_with_capacities_no_site_is_too_full() -> None:
    yards = YARDS.assign(capacity=[60, 60, 60, None, -4])
    sited = site_facilities(HOMES, yards, *town(), 3, capacities=True)
    assert sited.sites["people"].le(60 + 1e-6).all()
    assert sited.sites["people"].sum() == pytest.approx(150)
    assert sited.candidates["reason"].tolist()[3:] == ["no_capacity", "no_capacity"]
    assert sited.problems["given"].tolist() == ["-4.0"]
    split = sited.served.groupby("demand_id")["people"].sum()
    assert split.to_dict() == {"a": 10, "b": 20, "c": 30, "d": 40, "e": 50}
    full = site_facilities(
        HOMES, yards, *town(), 1, capacities=True, method="covering", minutes=9, split=False
    )
    assert "full" in full.figures["unserved"]


def test_ids_are_blocks_or_the_index_where_there_are_none() -> None:
    blocks = HOMES.drop(columns="id").assign(block_id=range(5))
    assert site_facilities(blocks, YARDS, *town(), 1).served["demand_id"].tolist() == [
        0,
        1,
        2,
        3,
        4,
    ]
    bare = YARDS.drop(columns="id").set_index(pd.Index(range(50, 55)))
    assert site_facilities(HOMES, bare, *town(), 1).sites["id"].iloc[0] in range(50, 55)


def test_an_unknown_street_is_told() -> None:
    roads = grid().drop(columns="state_at")
    sited = site_facilities(HOMES, YARDS, *town(roads), 1)
    assert sited.figures["people_on_unknown_ways"] == pytest.approx(
        sited.served.loc[~sited.served["known"], "people"].sum()
    )
    assert sited.figures["oldest_report_days"] is None


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        ({"count": 0}, InputError, "0 more sites are asked for"),
        ({"count": True}, InputError, "True more sites are asked for"),
        ({"count": 9}, TooFewCandidatesError, "5 candidates can be used .no more were given"),
        ({"method": "best"}, InputError, "The method is best"),
        ({"minutes": 5}, InputError, "The covering needs minutes"),
        ({"away_m": 5}, InputError, "Give both"),
        ({"away_m": -1, "barriers": YARDS}, InputError, "away_m is -1"),
        ({"sectors": YARDS}, MissingColumnError, "sector_id"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(words, error, said) -> None:
    words = {"count": 1, **words}
    with pytest.raises(error, match=said):
        site_facilities(HOMES, YARDS, *town(), words.pop("count"), **words)


def test_empty_tables_of_rules_change_nothing() -> None:
    none = gpd.GeoDataFrame(geometry=[], crs=SYSTEM)
    plain = site_facilities(HOMES, YARDS, *town(), 1)
    ruled = site_facilities(
        HOMES, YARDS, *town(), 1, avoid=none, barriers=none, away_m=50, existing=none
    )
    assert plain.figures == ruled.figures
    with pytest.raises(TooFewCandidatesError):
        site_facilities(HOMES, YARDS.iloc[:0], *town(), 1)


def test_no_streets_serve_nobody() -> None:
    roads = grid().iloc[:0]
    with pytest.raises(TooFewCandidatesError, match="5 off_streets"):
        site_facilities(HOMES, YARDS, *town(roads), 1)


def test_one_stretch_taken_out_still_leaves_a_way_to_sites_with_two_roads() -> None:
    roads = grid()
    sited = site_facilities(HOMES, YARDS, *town(roads), 3, two_roads=True)
    usable = dict(zip(sited.candidates["id"], sited.candidates["usable"], strict=True))
    network, travel = town(roads)
    for yard in YARDS["id"]:
        spot = YARDS[YARDS["id"] == yard]
        held = True
        for stretch in range(len(network.length_m)):
            ways = travel.onward.copy()
            ways[stretch] = np.inf
            lost = travel._replace(onward=ways, back=ways)
            try:
                found = site_facilities(HOMES, spot, network, lost, 1, farthest_m=50)
            except TooFewCandidatesError:
                held = False  # no other street is near
                continue
            held &= not found.served["site_id"].isna().any()
        assert usable[yard] == held


def test_what_exists_counts_only_on_the_days_on_which_it_holds() -> None:
    there = places((2, 1), id=["gone"], valid_to=["2024-04-30"])
    day = dt.date(2024, 5, 1)
    assert site_facilities(HOMES, YARDS, *town(), 1, existing=there).figures["existing"] == 1
    sited = site_facilities(HOMES, YARDS, *town(), 1, existing=there, day=day)
    assert sited.figures["existing"] == 0
    assert "gone" not in set(sited.sites["id"])


def test_a_capacity_in_another_unit_than_people_holds_nobody_and_is_listed() -> None:
    units = ["m³", "people", "people", None, None]
    yards = YARDS.assign(capacity=200, capacity_unit=units)
    sited = site_facilities(HOMES, yards, *town(), 1, capacities=True)
    assert sited.candidates["reason"].fillna("").tolist() == ["no_capacity", "", "", "", ""]
    told = sited.problems[["row", "column", "given", "action"]].to_numpy().tolist()
    assert told == [[2, "capacity_unit", "m³", "taken as missing"]]


def test_a_demand_with_the_id_of_another_counts_and_is_listed() -> None:
    twice = HOMES.assign(id=list("abcda"))
    sited = site_facilities(twice, YARDS, *town(), 1)
    assert sited.figures["people"] == HOMES["population"].sum()
    assert sited.problems[["row", "given"]].to_numpy().tolist() == [[6, "a"]]


def test_a_problem_names_the_row_of_the_file() -> None:
    homes = HOMES.assign(population=[10, -1, 30, 40, 50]).set_axis([4, 7, 8, 9, 10])
    yards = YARDS.assign(id=list("vwxyy")).set_axis([3, 5, 6, 11, 12])
    there = places(None, (0, 2), id=["p", "q"], capacity=[1, -5])
    sited = site_facilities(homes, yards, *town(), 1, existing=there)
    told = sited.problems[["file", "row", "column"]].to_numpy().tolist()
    assert told == [
        ["demand", 7, "population"], ["existing", 2, "geometry"], ["existing", 3, "capacity"],
        ["candidates", 12, "id"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["demand", "candidates", "existing", "avoid", "barriers", "sectors"]
)
def test_a_table_without_a_coordinate_system_is_refused_by_its_name(name: str) -> None:
    tables = {"demand": HOMES, "candidates": YARDS}
    area = HOMES[["geometry"]].assign(geometry=HOMES.buffer(900), sector_id=range(5))
    tables[name] = tables.get(name, area).set_crs(None, allow_override=True)
    more = {"away_m": 1.0} if name == "barriers" else {}
    with pytest.raises(MissingCRSError, match=name):
        site_facilities(network=town()[0], travel=town()[1], count=1, **tables, **more)


def test_a_sector_that_is_there_twice_is_refused() -> None:
    area = gpd.GeoDataFrame({"sector_id": [7, 7]}, geometry=list(HOMES.buffer(900)[:2]), crs=SYSTEM)
    with pytest.raises(InputError, match="Sector 7 is there twice"):
        site_facilities(HOMES, YARDS, *town(), 1, sectors=area)


def test_a_barrier_at_no_finite_place_keeps_nobody_away() -> None:
    shapes = [shapely.Point(np.nan, np.nan), shapely.Point(0, STEP)]
    nowhere = gpd.GeoDataFrame(geometry=shapes, crs=SYSTEM)
    sited = site_facilities(HOMES, YARDS, *town(), 1, barriers=nowhere, away_m=5)
    assert sited.candidates["reason"].fillna("").tolist() == ["near_barrier", "", "", "", ""]
