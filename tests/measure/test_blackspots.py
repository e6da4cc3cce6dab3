"""Black spots and pieces of road: lengths conserved, nearest by hand. All roads invented."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geosector import crs
from geosector.errors import InputError, MissingColumnError, MissingCRSError
from geosector.measure.hotspots.blackspots import find_black_spots
from geosector.measure.hotspots.chance import false_discovery, poisson_tail
from geosector.measure.hotspots.pieces import cut_roads, take_stretches

SYSTEM = crs.metric_crs((37.0, 36.0, 37.0, 36.0))


def ways(lines: list[list[tuple[float, float]]], **columns: object) -> gpd.GeoDataFrame:
    """Draw roads in metres around 37° E, 36° N."""
    made = pd.DataFrame(columns, index=range(len(lines)))
    shapes = [shapely.LineString(line) for line in lines]
    return crs.to_wgs84(gpd.GeoDataFrame(made, geometry=shapes, crs=SYSTEM))


def crashes(xy: list[tuple[float, float]], **columns: object) -> gpd.GeoDataFrame:
    made = pd.DataFrame({"kind": "traffic", **columns}, index=range(len(xy)))
    x, y = zip(*xy, strict=True) if xy else ((), ())
    return crs.to_wgs84(gpd.GeoDataFrame(made, geometry=gpd.points_from_xy(x, y), crs=SYSTEM))


lines = st.lists(
    st.lists(
        st.tuples(st.integers(-900, 900), st.integers(-900, 900)),
        min_size=2, max_size=5, unique=True,
    ),
    min_size=1, max_size=6, unique_by=lambda line: min(line, line[::-1]).__repr__(),
)  # fmt: skip


# ------------------------------------------------------------------ pieces


@given(lines, st.sampled_from([50.0, 250.0, 1000.0]), st.randoms())
@settings(max_examples=40, deadline=None)
def test_pieces_are_the_whole_road_in_any_order(drawn, length_m: float, random) -> None:
    names = [f"road {at % 2}" for at in range(len(drawn))]
    roads = ways(drawn, name=names)
    pieces = cut_roads(roads, length_m=length_m).table
    whole = sum(shapely.LineString(line).length for line in drawn)
    assert pieces["length_m"].sum() == pytest.approx(whole, rel=1e-6)
    # round(L / length) pieces: none is longer than one and a half times what was asked.
    assert pieces["length_m"].max() <= 1.5 * length_m * (1 + 1e-9)
    assert pieces["piece_id"].tolist() == list(range(len(pieces)))
    order = list(range(len(drawn)))
    random.shuffle(order)
    assert cut_roads(roads.iloc[order], length_m=length_m).table.equals(pieces)


def test_a_street_is_joined_through_its_crossings_and_cut_evenly() -> None:
    roads = ways(
        [[(0, 0), (400, 0)], [(400, 0), (800, 0)], [(400, -100), (400, 100)]],
        name=["Quds", "Quds", "Nil"], road_class="residential",
    )  # fmt: skip
    pieces = cut_roads(roads).table
    assert pieces[["name", "length_m"]].round(3).to_numpy().tolist() == [
        ["Nil", 200.0], ["Quds", 266.667], ["Quds", 266.667], ["Quds", 266.667],
    ]  # fmt: skip
    stretches = take_stretches(roads).table
    assert sorted(stretches["length_m"].round()) == [100.0, 100.0, 400.0, 400.0]


def test_another_class_or_traffic_parts_a_road() -> None:
    drawn = [[(0, 0), (100, 0)], [(100, 0), (200, 0)]]
    by_class = ways(drawn, name="Quds", road_class=["primary", "secondary"])
    assert cut_roads(by_class).table["road_class"].tolist() == ["primary", "secondary"]
    by_traffic = ways(drawn, name=[None, np.nan], vehicles=[10, 20])
    assert len(cut_roads(by_traffic).table) == 1
    parted = cut_roads(by_traffic, keep=["vehicles"]).table
    assert parted[["name", "vehicles"]].to_numpy().tolist() == [["", 10], ["", 20]]


def test_what_is_no_line_or_stands_twice_is_listed() -> None:
    roads = ways([[(0, 0), (100, 0)], [(100, 0), (0, 0)], [(0, 50), (90, 50)]], name="Quds")
    roads.loc[3] = ["Quds", None]
    roads.loc[4] = ["Quds", shapely.Point(37, 36)]
    made = cut_roads(gpd.GeoDataFrame(roads, crs=4326))
    assert sorted(made.table["length_m"].round()) == [90.0, 100.0]
    assert made.problems[["row", "given"]].to_numpy().tolist() == [
        [5, "nothing"], [6, "Point"], [3, "a line that stands twice"],
    ]  # fmt: skip


def test_what_cannot_be_cut_is_refused() -> None:
    roads = ways([[(0, 0), (100, 0)]])
    with pytest.raises(InputError, match="give a number from 10"):
        cut_roads(roads, length_m=5)
    with pytest.raises(MissingColumnError, match="roads lacks the column vehicles"):
        cut_roads(roads, keep=["vehicles"])
    with pytest.raises(MissingColumnError, match="roads lacks the column vehicles"):
        take_stretches(roads, keep=["vehicles"])
    with pytest.raises(MissingCRSError):
        cut_roads(roads.set_crs(None, allow_override=True))


# ------------------------------------------------------------------ black spots


spots = st.lists(st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000)), max_size=25)


@given(lines, spots)
@settings(max_examples=40, deadline=None)
def test_each_accident_is_on_the_nearest_piece(drawn, places: list[tuple[int, int]]) -> None:
    pieces = cut_roads(ways(drawn)).table
    found = find_black_spots(crashes(places), pieces, within_m=100)
    placed = crs.to_metres(pieces, SYSTEM).geometry.to_numpy()
    counts = np.zeros(len(pieces))
    for place in places:
        away = shapely.distance(placed, shapely.Point(place))
        if abs(away.min() - 100) < 0.01:
            return
        near = np.flatnonzero(away <= away.min() + 1e-6)
        if away.min() <= 100:
            counts[near[0]] += 1
    # Of pieces as near to the micrometre either may have it: then only the sum is compared.
    assert found.table["accidents"].sum() == counts.sum()
    assert len(found.problems) == len(places) - counts.sum()
    length = pieces["length_m"].to_numpy()
    expected = counts.sum() * length / length.sum()
    assert np.allclose(found.table["expected"], expected[found.table["piece_id"]])


def test_expected_and_q_are_over_all_pieces() -> None:
    pieces = cut_roads(ways([[(0, 0), (1000, 0)], [(0, 500), (500, 500)]], name=["a", "b"])).table
    places = [(100, 3)] * 6 + [(600, 3), (300, 498)]
    found = find_black_spots(crashes(places), pieces).table
    counts = np.zeros(6)
    counts[[found["piece_id"]]] = found["accidents"]
    p = poisson_tail(counts, np.full(6, 8 / 6))
    assert np.allclose(found["p"], np.sort(p)[: len(found)])
    assert np.allclose(found["q"], false_discovery(p)[found["piece_id"]])
    assert found["black"].tolist() == [True, False, False]
    assert found["accidents"].tolist()[0] == 6


def test_traffic_changes_what_is_expected() -> None:
    roads = ways([[(0, 0), (250, 0)], [(0, 500), (250, 500)], [(0, 900), (250, 900)]],
                 name=["a", "b", "c"], vehicles=[9000, 1000, None])  # fmt: skip
    pieces = cut_roads(roads, keep=["vehicles"]).table
    places = [(100, 0)] * 9 + [(100, 500)] + [(100, 900)] * 4
    found = find_black_spots(crashes(places), pieces, traffic="vehicles")
    table = found.table.set_index("name")
    assert table["expected"].round(6).tolist()[:2] == [9.0, 1.0]
    assert np.isnan(table.loc["c", "p"])
    assert not table.loc["c", "black"]
    assert found.problems[["column", "given", "action"]].to_numpy().tolist() == [
        ["vehicles", "2", "not tested"]
    ]
    with pytest.raises(InputError, match="holds '-3'"):
        find_black_spots(crashes(places), pieces.assign(vehicles=-3), traffic="vehicles")


def test_a_main_road_is_compared_with_main_roads() -> None:
    roads = ways([[(0, 0), (1000, 0)], [(0, 500), (1000, 500)]], road_class=["primary", "path"])
    pieces = cut_roads(roads).table
    places = [(50 + 100 * at, 0) for at in range(10)]
    among_all = find_black_spots(crashes(places), pieces).table
    alike = find_black_spots(crashes(places), pieces, alike="road_class").table
    assert np.allclose(among_all["expected"], 1.25)
    assert np.allclose(alike["expected"], 2.5)


def test_an_accident_on_a_cut_is_on_one_piece_always_the_same() -> None:
    roads = ways([[(0, 0), (250, 0)], [(250, 0), (500, 0)]], name="Quds")
    for table in (roads, roads.iloc[::-1]):
        found = find_black_spots(crashes([(250, 7)] * 3), cut_roads(table).table).table
        assert found[["piece_id", "accidents"]].to_numpy().tolist() == [[0, 3]]


def test_accidents_known_by_their_locality_are_on_no_road() -> None:
    pieces = cut_roads(ways([[(0, 0), (1000, 0)]])).table
    seen = crashes(
        [(10, 5), (20, 5), (30, 5), (40, 400), (50, 5)],
        radius_m=[0, 800, None, 0, 50], level=["street", None, "village", None, "coordinate"],
    )  # fmt: skip
    found = find_black_spots(seen, pieces)
    assert found.table["accidents"].sum() == 2
    assert found.problems[["row", "given"]].to_numpy().tolist() == [
        [3, "known within 800 m"], [4, "a locality"], [5, "a place further away"],
    ]  # fmt: skip


def test_the_killed_and_the_injured_are_summed_with_their_ranges() -> None:
    pieces = cut_roads(ways([[(0, 0), (200, 0)]])).table
    seen = crashes([(10, 5), (20, 5)], killed_man=[1, None], injured_unspecified_min=[None, 2],
                   injured_unspecified_max=[None, 4])  # fmt: skip
    row = find_black_spots(seen, pieces).table.iloc[0]
    assert row[["killed", "killed_max", "injured", "injured_max"]].tolist() == [1, 1, 2, 4]


def test_without_roads_or_accidents_there_are_no_black_spots() -> None:
    pieces = cut_roads(ways([[(0, 0), (200, 0)]])).table
    assert find_black_spots(crashes([]), pieces).table.empty
    nowhere = find_black_spots(crashes([(0, 0)]), pieces.iloc[:0])
    assert nowhere.table.empty
    assert len(nowhere.problems) == 1


def test_stretches_do_not_depend_on_the_order_of_roads() -> None:
    roads = ways([[(0, 0), (400, 0)], [(100, -100), (100, 100)], [(300, 0), (300, 90)]],
                 name=["a", "b", "c"])  # fmt: skip
    one, other = take_stretches(roads).table, take_stretches(roads.iloc[::-1]).table
    assert one.drop(columns="geometry").round(6).equals(other.drop(columns="geometry").round(6))
    assert shapely.equals_exact(one.geometry, other.geometry, 1e-9).all()


def test_what_cannot_be_used_is_refused() -> None:
    pieces, seen = cut_roads(ways([[(0, 0), (200, 0)]])).table, crashes([(0, 0)])
    with pytest.raises(InputError, match="The distance is -5 m"):
        find_black_spots(seen, pieces, within_m=-5)
    with pytest.raises(MissingColumnError, match="pieces lacks the column lanes"):
        find_black_spots(seen, pieces, alike="lanes")
    with pytest.raises(MissingColumnError, match="pieces lacks the column piece_id"):
        find_black_spots(seen, pieces.drop(columns="piece_id"))
    with pytest.raises(MissingCRSError):
        find_black_spots(seen, pieces.set_crs(None, allow_override=True))
