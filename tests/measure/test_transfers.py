"""Plans of what to bring: own need first, earliest expiry first, nothing to who is cut off."""

from __future__ import annotations

import datetime as dt
import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geosector.errors import InputError, MissingColumnError
from geosector.measure.access.facilities import nearest_facilities
from geosector.measure.access.network import build_network
from geosector.measure.access.travel import travel_times
from geosector.measure.stock.gaps import stock_gaps
from geosector.measure.stock.minutes import minutes_between, passable_ways
from geosector.measure.stock.transfers import Transfers, plan_transfers

DAY = dt.date(2026, 11, 27)


def stock(*rows: tuple[object, ...]) -> pd.DataFrame:
    columns = ["sector_id", "quantity", "expires"]
    return pd.DataFrame(rows, columns=columns).assign(item="serum", unit="box")


def gaps(table: pd.DataFrame, needs: dict[object, float], **more: object) -> pd.DataFrame:
    need = pd.DataFrame({"sector_id": list(needs), "need": list(needs.values())})
    given = need.assign(item="serum", unit="box")
    return stock_gaps(table, given, day=DAY, **more).table


def ways(*rows: tuple[object, ...]) -> pd.DataFrame:
    columns = ["from_id", "to_id", "minutes", "oldest_report_days", "known"]
    return pd.DataFrame([(*row, 1.0, True)[:5] for row in rows], columns=columns)


def plan(table: pd.DataFrame, needs: dict[object, float], roads: pd.DataFrame, **more) -> Transfers:
    return plan_transfers(table, gaps(table, needs), roads, day=DAY, **more)


def lines(found: Transfers) -> list[list[object]]:
    return found.table[["from_id", "to_id", "quantity"]].to_numpy().tolist()


def reasons(found: Transfers) -> list[list[object]]:
    return found.unmet[["sector_id", "unmet", "reason"]].to_numpy().tolist()


ROAD = ways((1, 2, 10.0))


def test_a_sector_keeps_what_it_needs_itself() -> None:
    found = plan(stock((1, 20, None)), {1: 15, 2: 30}, ROAD)
    assert lines(found) == [[1, 2, 5]]
    assert reasons(found) == [[2, 25.0, "nothing_left"]]


def test_what_is_expired_never_moves_and_what_expires_earliest_leaves_first() -> None:
    table = stock((1, 5, "2026-11-26"), (1, 4, None), (1, 4, "2028-01-01"), (1, 3, "2026-12-01"))
    found = plan(table, {1: 1, 2: 9}, ROAD).table
    assert found["quantity"].tolist() == [3, 4, 2]
    assert found["expires"].dt.strftime("%Y-%m-%d").fillna("").tolist() == [
        "2026-12-01", "2028-01-01", "",
    ]  # fmt: skip


def test_what_expires_first_goes_the_shortest_way() -> None:
    table = stock((1, 2, "2026-12-01"), (1, 2, "2027-12-01"))
    found = plan(table, {1: 0, 2: 2, 3: 2}, ways((1, 2, 30.0), (1, 3, 5.0))).table
    assert found.set_index("to_id")["expires"].dt.year.to_dict() == {2: 2027, 3: 2026}


def test_a_cut_off_sector_gives_and_gets_nothing_and_is_said() -> None:
    table = stock((1, 20, None), (3, 20, None))
    roads = ways((1, 2, 10.0), (3, 2, 1.0), (1, 4, 1.0))
    found = plan(table, {1: 0, 2: 30, 3: 0, 4: 5}, roads, cut_off=["3", 4])
    assert lines(found) == [[1, 2, 20]]
    assert reasons(found) == [[2, 10.0, "nothing_left"], [4, 5.0, "cut_off"]]
    closed = gaps(table, {2: 30}, cut_off=[2])
    assert plan_transfers(table, closed, roads, day=DAY).unmet["reason"].tolist() == ["cut_off"]


def test_without_a_way_nothing_is_sent_and_that_is_the_reason() -> None:
    for roads in (ways((2, 1, 5.0)), ways((1, 2, np.nan)), ways((1, 2, np.inf)), ROAD[:0]):
        found = plan(stock((1, 20, None)), {1: 0, 2: 5}, roads)
        assert lines(found) == []
        assert reasons(found) == [[2, 5.0, "no_way"]]
        assert found.problems.empty


def test_where_nobody_has_anything_to_spare_nothing_is_left() -> None:
    assert reasons(plan(stock((1, 2, None)), {1: 2, 2: 5}, ROAD[:0])) == [[2, 5.0, "nothing_left"]]


def test_whole_units_move_gaps_round_up_and_what_is_spared_rounds_down() -> None:
    found = plan(stock((1, 7.9, None)), {1: 1.2, 2: 4.5}, ROAD)
    assert lines(found) == [[1, 2, 5]]
    assert found.unmet.empty
    assert lines(plan(stock((1, 2.5, None), (1, 2.5, "2027-01-01")), {1: 0, 2: 9}, ROAD)) == [
        [1, 2, 2], [1, 2, 2],
    ]  # fmt: skip
    tenths = stock(*[(1, 0.1 * 30, None)])
    assert lines(plan(tenths, {1: 0, 2: 0.1 * 3 * 10}, ROAD)) == [[1, 2, 3]]


def test_a_sector_of_unknown_need_spares_nothing_and_is_listed() -> None:
    found = plan(stock((1, 20, None), (3, 9, None)), {2: 5, 3: 1}, ways((1, 2, 1.0), (3, 2, 9.0)))
    assert lines(found) == [[3, 2, 5]]
    assert found.problems["given"].tolist() == ["serum: 1"]
    assert found.problems["action"].tolist() == ["spares nothing"]


def test_every_line_tells_the_age_of_the_oldest_report_and_the_quicker_way_counts() -> None:
    roads = ways((1, 2, 10.0, 40.0, False), (1, 2, 12.0, 1.0, True))
    found = plan(stock((1, 9, None)), {1: 0, 2: 3}, roads).table
    assert found[["minutes", "oldest_report_days", "known"]].to_numpy().tolist() == [
        [10, 40, False]
    ]
    sure = plan(stock((1, 9, None)), {1: 0, 2: 3}, roads, known_only=True).table
    assert sure[["minutes", "oldest_report_days", "known"]].to_numpy().tolist() == [[12, 1, True]]


def test_a_way_of_which_nothing_is_said_is_not_known() -> None:
    found = plan(stock((1, 9, None)), {1: 0, 2: 3}, ROAD[["from_id", "to_id", "minutes"]]).table
    assert found["known"].tolist() == [False]
    assert found["oldest_report_days"].isna().all()


def test_warehouses_of_a_sector_share_what_it_can_spare_and_depots_keep_their_target() -> None:
    table = pd.DataFrame(
        {"facility_id": ["a", "b", "depot"], "sector_id": [1, 1, None], "quantity": [6, 8, 10],
         "item": "serum", "unit": "box", "target": [None, None, 7]}
    )  # fmt: skip
    roads = ways(("a", 2, 1.0), ("b", 2, 2.0), ("depot", 2, 3.0), ("a", 1, 0.5))
    wanted = gaps(table, {1: 9, 2: 50}, sectors=[1, 2])
    found = plan_transfers(table, wanted, roads, day=DAY, place="facility_id")
    assert lines(found) == [["a", 2, 5], ["depot", 2, 3]]
    assert reasons(found) == [[2, 42.0, "nothing_left"]]


def test_a_facility_and_a_sector_of_one_name_are_two() -> None:
    table = stock((1, 9, None)).assign(facility_id="2")
    found = plan_transfers(table, gaps(table, {1: 0, 2: 4}), ways((2, 2, 3.0)), day=DAY,
                           place="facility_id")  # fmt: skip
    assert lines(found) == [[2, 2, 4]]


def test_stock_without_a_place_is_left_out_and_a_facility_in_two_sectors_is_refused() -> None:
    table = stock((1, 9, None), (2, 9, None), (None, 9, None)).assign(facility_id=["a", "a", None])
    wanted = gaps(table[:2], {1: 0, 2: 30})
    with pytest.raises(InputError, match="The facility a lies in the sectors 1 and 2"):
        plan_transfers(table, wanted, ROAD, day=DAY, place="facility_id")
    found = plan_transfers(table.drop(columns="facility_id"), wanted, ROAD, day=DAY)
    assert found.problems["column"].tolist() == ["sector_id"]


def test_minutes_that_are_none_are_listed() -> None:
    found = plan(stock((1, 9, None)), {1: 0, 2: 3}, ways((1, 2, -5.0), (1, 2, 8.0)))
    assert found.table["minutes"].tolist() == [8]
    assert found.problems["given"].tolist() == ["-5.0"]


def test_gaps_that_say_two_things_and_other_words_are_refused() -> None:
    table = stock((1, 9, None))
    wanted = gaps(table, {1: 0, 2: 3})
    double = pd.concat([wanted, wanted.assign(gap=wanted["gap"] + 1)])
    with pytest.raises(InputError, match="The gaps say two things of serum in sector 1"):
        plan_transfers(table, double, ROAD, day=DAY)
    with pytest.raises(InputError, match="'street' is no place of stock"):
        plan_transfers(table, wanted, ROAD, day=DAY, place="street")  # type: ignore[arg-type]
    with pytest.raises(MissingColumnError, match="gaps lacks the column gap"):
        plan_transfers(table, wanted.drop(columns="gap"), ROAD, day=DAY)


def test_units_that_differ_are_different_plans() -> None:
    table = pd.concat([stock((1, 9, None)), stock((1, 9, None)).assign(unit="crate")])
    found = plan(table.reset_index(drop=True), {1: 0, 2: 30}, ROAD)
    assert lines(found) == [[1, 2, 9]]


# --------------------------------------------------------------- ways between places


def street(*states: str) -> gpd.GeoDataFrame:
    """Draw a synthetic street of stretches of 100 m."""
    shapes = [
        shapely.LineString([(5e5 + 100 * at, 4e6), (5e5 + 100 * (at + 1), 4e6)])
        for at in range(len(states))
    ]
    days = [f"2026-11-{20 - at:02}" for at in range(len(states))]
    return gpd.GeoDataFrame({"state": states, "state_at": days}, geometry=shapes, crs=32637)


def places(*metres: float, **columns: object) -> gpd.GeoDataFrame:
    points = gpd.points_from_xy([5e5 + at for at in metres], [4e6] * len(metres), crs=32637)
    return gpd.GeoDataFrame(columns, geometry=points)


def test_ways_between_places_equal_the_search_for_the_nearest() -> None:
    roads = street("open", "open", "open", "damaged", "open")
    network = build_network(roads).network
    travel = travel_times(network, roads, day=DAY)
    stores, homes = places(20, 330, 480, id=["a", "b", "c"]), places(130, 410, 90)
    table = minutes_between(stores, homes, network, travel).table
    for store, home in itertools.product(range(3), range(3)):
        near = nearest_facilities(homes.iloc[[home]], stores.iloc[[store]], network, travel).table
        one = table[(table["from_id"] == "abc"[store]) & (table["to_id"] == home)]
        for column in ("minutes", "metres", "oldest_report_days"):
            assert one[column].tolist() == pytest.approx(near[column].tolist())
        assert one["known"].tolist() == near["known"].tolist()


def test_what_is_closed_has_no_way_and_a_closed_store_is_no_place() -> None:
    roads = street("open", "closed", "open")
    network = build_network(roads).network
    travel = travel_times(network, roads, day=DAY)
    stores = places(20, 60, id=["a", "b"], status=["open", "closed"])
    told = minutes_between(stores, places(290, 90, sector_id=[1, 2]), network, travel)
    assert told.problems["given"].tolist() == ["closed"]
    found = told.table
    assert found["from_id"].tolist() == ["a", "a"]
    assert found["minutes"].isna().tolist() == [True, False]
    assert passable_ways(found)[0].keys() == {("a", "2")}


def test_a_place_without_a_way_to_a_street_or_without_a_place_is_said() -> None:
    roads = street("open")
    network = build_network(roads).network
    travel = travel_times(network, roads, day=DAY)
    stores = places(20, 5e4, 0, id=["a", "far", "nowhere"])
    stores.loc[2, "geometry"] = None
    found = minutes_between(stores, stores, network, travel)
    assert found.table["minutes"].isna().all()
    assert found.table[["from_id", "to_id"]].to_numpy().tolist() == [["a", "far"], ["far", "a"]]
    assert found.problems["row"].tolist() == [4]
    far = minutes_between(stores.iloc[[1]], stores.iloc[[0]], network, travel).table
    assert far["minutes"].isna().tolist() == [True]


@pytest.mark.parametrize("given", [1e19, 10**400, "9" * 400, np.array([1, 2]), [1, 2]])
def test_a_cell_that_no_store_can_hold_counts_as_nothing_and_is_listed(given: object) -> None:
    table = stock((1, 5, None), (1, 9, None))
    cells = pd.Series([given, 9], index=table.index, dtype=object)
    table = table.assign(quantity=cells)
    need = pd.DataFrame({"sector_id": [1, 2], "item": "serum", "unit": "box", "need": [0, 20]})
    found = stock_gaps(table, need, day=DAY)
    assert found.table["usable"].tolist() == [9, 0]
    assert found.problems["column"].tolist() == ["quantity"]
    ways = pd.DataFrame({"from_id": [1], "to_id": [2], "minutes": [5.0]})
    assert plan_transfers(table, found.table, ways, day=DAY).table["quantity"].tolist() == [9]


def test_minutes_that_no_clock_can_show_are_listed_and_endless_ones_lead_nowhere() -> None:
    ways = pd.DataFrame({"from_id": 1, "to_id": [2, 3, 4], "minutes": [10**400, float("inf"), 3]})
    found, problems = passable_ways(ways)
    assert list(found) == [("1", "4")]
    assert [one.row for one in problems] == [0]


def test_a_column_that_stands_twice_is_refused_in_every_table_of_a_plan() -> None:
    table = stock((1, 5, None))
    need = pd.DataFrame({"sector_id": [1, 2], "item": "serum", "unit": "box", "need": [0, 20]})
    found = stock_gaps(table, need, day=DAY).table
    ways = pd.DataFrame({"from_id": [1], "to_id": [2], "minutes": [5.0]})
    for name, whole in {"stock": table, "gaps": found, "ways": ways}.items():
        given = {"stock": table, "gaps": found, "ways": ways}
        given[name] = pd.concat([whole, whole.iloc[:, -1:]], axis=1)
        with pytest.raises(InputError, match="Take one away"):
            plan_transfers(given["stock"], given["gaps"], given["ways"], day=DAY)
