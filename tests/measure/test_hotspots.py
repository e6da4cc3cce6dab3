"""Hot spots: equal to esda and to every shuffling; what cannot be tested is said, not guessed."""

from __future__ import annotations

import builtins
from itertools import combinations, permutations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geosector.errors import InputError, MissingColumnError, MissingPackageError
from geosector.measure.hotspots.gistar import gi_star
from geosector.measure.hotspots.neighbours import Neighbours, nearest_few, touching, within_metres
from geosector.measure.hotspots.spots import find_hot_spots, hot_areas
from geosector.measure.hotspots.squares import square_cells

pytest.importorskip("esda", reason="the extra hotspots is not installed")


def board(side: int, count: object, **columns: object) -> gpd.GeoDataFrame:
    """Draw an invented town of square sectors."""
    squares = [
        shapely.box(37 + x / 100, 36 + y / 100, 37 + (x + 1) / 100, 36 + (y + 1) / 100)
        for y in range(side)
        for x in range(side)
    ]
    ids = range(1, side * side + 1)
    return gpd.GeoDataFrame(
        {"sector_id": ids, "count": count, **columns}, geometry=squares, crs=4326
    )


def counts(side: int, seed: int = 1) -> np.ndarray:
    """Draw counts with a planted hot corner."""
    random = np.random.default_rng(seed)
    made = random.poisson(1.0, (side, side))
    made[:3, :3] += random.poisson(9.0, (3, 3))
    return made.ravel()


def z_by_hand(values: np.ndarray, near: Neighbours) -> np.ndarray:
    n, mean = len(values), values.mean()
    spread = np.sqrt((values**2).mean() - mean**2)
    made = []
    for area in range(n):
        around = {area, *near.other[near.one == area].tolist()}
        w = len(around)
        below = spread * np.sqrt((n * w - w**2) / (n - 1))
        made.append((values[list(around)].sum() - w * mean) / below)
    return np.array(made)


def test_a_planted_hot_corner_is_found_and_nothing_else() -> None:
    found = find_hot_spots(board(10, counts(10))).table
    hot = found.loc[found["spot"] == "hot", "sector_id"].tolist()
    assert {1, 2, 11, 12, 13, 21, 22} <= set(hot)
    # A neighbour of the corner is hot for its neighbourhood; beyond that nothing is.
    assert {(one - 1) // 10 for one in hot} <= {0, 1, 2, 3}
    assert {(one - 1) % 10 for one in hot} <= {0, 1, 2, 3}


def test_z_is_the_formula_of_getis_and_ord() -> None:
    town = board(7, counts(7))
    for near in (touching(town), within_metres(town, 1500), nearest_few(town, 4)):
        found = find_hot_spots(town, neighbours=near, permutations=99).table
        assert np.allclose(found["z"], z_by_hand(town["count"].to_numpy(float), near))


def esda_of(values: np.ndarray, near: Neighbours, **options: object):
    from esda.getisord import G_Local
    from libpysal.graph import Graph

    graph = Graph.from_arrays(near.one, near.other, np.ones(len(near.one)))
    return G_Local(values, graph, transform="B", star=True, **options)


def test_z_is_that_of_esda() -> None:
    values, near = counts(12).astype(float), touching(board(12, 0))
    ours = gi_star(values, near, permutations=0, seed=0)
    assert np.allclose(ours.z, esda_of(values, near, permutations=0).Zs)


def test_p_is_the_share_of_all_shufflings_with_as_much() -> None:
    values = np.array([5.0, 2.0, 0.0, 0.0, 1.0, 3.0])
    one = np.array([0, 0, 1, 2, 3, 3, 3, 4, 5])
    other = np.array([1, 5, 0, 3, 2, 4, 5, 3, 0])
    near = Neighbours(6, one, other, np.zeros(6, bool))
    found = gi_star(values, near, permutations=200_000, seed=3)
    orders = np.array(list(permutations(values)))
    for area in range(6):
        around = [area, *other[one == area].tolist()]
        sums = orders[:, around].sum(axis=1)
        seen = values[around].sum()
        p = min(1.0, 2 * min((sums >= seen).mean(), (sums <= seen).mean()))
        assert found.p[area] == pytest.approx(p, abs=0.01)


def test_where_no_shuffling_had_as_much_all_of_them_are_counted() -> None:
    random = np.random.default_rng(6)
    values = random.integers(0, 3, 12).astype(float)
    values[:3] = [7, 8, 9]
    one, other = np.array([0, 0, 5, 6, 7]), np.array([1, 2, 6, 7, 8])
    near = Neighbours(12, one, other, np.bincount(one, minlength=12) == 0)
    found = gi_star(values, near, permutations=1, seed=0).p
    draws = np.array(list(combinations(values, 3))).sum(axis=1)
    assert found[0] == pytest.approx(2 * (draws >= 24).mean())


def test_a_small_hot_spot_among_many_cells_is_found() -> None:
    made = np.zeros((120, 120), int)
    made[::10, ::10] = 1
    made[40:42, 40:42] = 9
    town = board(120, made.ravel())
    found = find_hot_spots(town)
    hot = np.flatnonzero(found.table["spot"] == "hot")
    assert {40 * 120 + 40, 41 * 120 + 41} <= set(hot.tolist())
    assert set(hot // 120) <= set(range(39, 43))
    # Rates are not counted out: there p stops at the number of shufflings, which is said.
    rates = find_hot_spots(town.assign(people=np.linspace(900, 1100, 14_400)), people="people")
    assert "more permutations" in set(rates.problems["expected"])
    assert rates.table["spot"].eq("none").all()


def test_an_area_among_zeros_is_no_cold_spot_for_that_alone() -> None:
    made = np.zeros(100, int)
    made[:4] = 1
    found = find_hot_spots(board(10, made)).table
    assert (found["spot"] != "cold").all()
    assert found["p"].iloc[-1] > 0.5


def test_the_order_of_rows_does_not_matter() -> None:
    town = board(8, counts(8))
    mixed = town.sample(frac=1.0, random_state=4)
    one = find_hot_spots(town, permutations=499).table.set_index("sector_id")
    other = find_hot_spots(mixed, permutations=499).table
    assert other.index.equals(mixed.index)
    other = other.set_index("sector_id").loc[one.index]
    assert other["p"].tolist() == one["p"].tolist()
    assert np.allclose(other["z"], one["z"])
    assert other["spot"].tolist() == one["spot"].tolist()


def test_other_names_of_the_areas_change_nothing() -> None:
    town = board(6, counts(6))
    named = town.assign(sector_id=[f"حي {99 - one}" for one in range(36)])
    one, other = (find_hot_spots(table, permutations=499).table for table in (town, named))
    assert one[["z", "p", "q"]].equals(other[["z", "p", "q"]])
    assert other["area_id"].tolist() == named["sector_id"].tolist()


def test_the_same_seed_gives_the_same_p_and_another_one_nearly_so() -> None:
    town = board(6, counts(6))
    first, again, other = (find_hot_spots(town, seed=seed).table["p"] for seed in (7, 7, 8))
    assert first.equals(again)
    assert not first.equals(other)
    assert (first - other).abs().max() < 0.05


def test_many_shufflings_at_once_are_the_same_as_some_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = board(6, counts(6))
    whole = find_hot_spots(town, permutations=500).table["p"]
    monkeypatch.setattr("geosector.measure.hotspots.gistar._BLOCK", 130)
    assert find_hot_spots(town, permutations=500).table["p"].equals(whole)


def test_many_areas_are_drawn_one_by_one_with_the_same_chances(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = board(6, counts(6))
    whole = find_hot_spots(town).table["p"]
    monkeypatch.setattr("geosector.measure.hotspots.gistar._FEW", 0)
    assert (find_hot_spots(town).table["p"] - whole).abs().max() < 0.05


def test_without_shuffling_p_is_that_of_a_normal_z() -> None:
    from scipy.stats import norm

    found = find_hot_spots(board(6, counts(6)), permutations=0).table
    assert np.allclose(found["p"], 2 * norm.sf(found["z"].abs()))


def test_rates_are_compared_where_people_are_given() -> None:
    town = board(5, 10, people=[1000.0] * 25)
    town.loc[[0, 1, 5, 6], "people"] = 100.0
    found = find_hot_spots(town, people="people")
    assert found.table["rate"].iloc[[0, 2]].tolist() == [1000.0, 100.0]
    assert found.table["spot"].iloc[0] == "hot"
    assert find_hot_spots(town).table["spot"].eq("none").all()


def test_rates_of_few_people_carry_a_warning() -> None:
    few = board(5, [1, *[0] * 24], people=50.0)
    problems = find_hot_spots(few, people="people").problems
    assert problems["given"].tolist() == ["25"]
    assert problems["action"].tolist() == ["tested; rates of so few people leap"]
    assert find_hot_spots(board(5, counts(5)), people="count").problems["column"].ne("rate").all()


def test_areas_without_a_count_or_people_are_listed_and_are_nobodys_neighbours() -> None:
    made = pd.array(counts(5), dtype="Int64")
    made[0] = pd.NA
    people = np.full(25, 1000.0)
    people[[3, 4]] = [np.nan, 0.0]
    found = find_hot_spots(board(5, made, people=people), people="people")
    table = found.table.set_index("sector_id")
    assert table.loc[[1, 4, 5], ["z", "p", "q"]].isna().all(axis=None)
    assert table.loc[[1, 4, 5], "spot"].eq("none").all()
    assert table.drop(index=[1, 4, 5])["p"].notna().all()
    listed = found.problems[found.problems["action"] == "not tested"]
    assert listed[["column", "given"]].to_numpy().tolist() == [
        ["count", "1"], ["people", "4"], ["people", "5"],
    ]  # fmt: skip


def test_an_area_alone_has_a_z_and_no_p() -> None:
    town = board(5, counts(5))
    far = gpd.GeoDataFrame(
        {"sector_id": [99], "count": [50]}, geometry=[shapely.box(38, 36, 38.01, 36.01)], crs=4326
    )
    found = find_hot_spots(pd.concat([town, far], ignore_index=True))
    last = found.table.iloc[-1]
    assert last["z"] > 3
    assert np.isnan(last["p"])
    assert last["spot"] == "none"
    assert found.problems[["given", "expected"]].to_numpy().tolist() == [["99", "a neighbour"]]


def test_an_area_that_all_others_touch_is_not_tested() -> None:
    found = find_hot_spots(board(3, [9, 1, 2, 3, 4, 5, 6, 7, 8]))
    assert np.isnan(found.table["z"].iloc[4])
    assert found.table["p"].isna().tolist() == [False] * 4 + [True] + [False] * 4
    assert found.problems[["given", "expected"]].to_numpy().tolist() == [
        ["5", "an area that is no neighbour"]
    ]


@pytest.mark.parametrize(
    ("count", "expected"), [([0] * 9, "areas that differ"), ([5] * 9, "areas that differ")]
)
def test_where_all_areas_are_the_same_nothing_is_tested(count: list[int], expected: str) -> None:
    found = find_hot_spots(board(3, count))
    assert found.table["spot"].eq("none").all()
    assert found.problems["expected"].tolist() == [expected]


def test_fewer_than_five_areas_are_not_tested() -> None:
    found = find_hot_spots(board(2, [9, 0, 0, 0]))
    assert found.table[["z", "p", "q"]].isna().all(axis=None)
    assert found.problems["expected"].tolist() == ["five areas or more"]


@pytest.mark.parametrize("wrong", [-1, np.inf, "many"])
def test_a_count_that_is_none_is_refused(wrong: object) -> None:
    town = board(3, pd.Series([*[1] * 8, wrong], dtype="object"))
    with pytest.raises(InputError, match=f"holds '{wrong}'"):
        find_hot_spots(town)


def test_options_out_of_their_range_are_refused() -> None:
    town = board(3, range(9))
    with pytest.raises(InputError, match="whole numbers from 0; -1 was given"):
        find_hot_spots(town, permutations=-1)
    with pytest.raises(InputError, match=r"whole numbers from 0; 0\.5 was given"):
        find_hot_spots(town, seed=0.5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="share between 0 and 1"):
        find_hot_spots(town, level=5)
    with pytest.raises(InputError, match="those of 9 areas, and there are 4"):
        find_hot_spots(board(2, 1), neighbours=touching(town))
    with pytest.raises(MissingColumnError, match="lacks the column count"):
        find_hot_spots(town.drop(columns="count"))
    with pytest.raises(InputError, match="missing or stands twice"):
        find_hot_spots(town.assign(sector_id=1))


def test_points_are_tested_by_their_nearest() -> None:
    middles = board(6, counts(6))
    middles = middles.set_geometry(
        gpd.GeoSeries(shapely.centroid(middles.geometry.to_numpy()), crs=4326)
    )
    found = find_hot_spots(middles, neighbours=nearest_few(middles, 5)).table
    assert found["spot"].iloc[0] == "hot"
    with pytest.raises(InputError, match="there is a Point"):
        find_hot_spots(middles)


def test_a_plain_table_is_tested_with_neighbours_of_its_own() -> None:
    town = board(6, counts(6))
    plain = pd.DataFrame(town.drop(columns="geometry"))
    found = find_hot_spots(plain, neighbours=touching(town)).table
    assert found["z"].equals(find_hot_spots(town).table["z"])


def test_where_esda_is_not_installed_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = builtins.__import__

    def refuse(name: str, *args: object, **more: object) -> object:
        if name.split(".", maxsplit=1)[0] in {"esda", "libpysal"}:
            raise ImportError(name)
        return usual(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingPackageError, match=r"pip install geosector\[hotspots\]"):
        find_hot_spots(board(3, range(9)))


def test_hot_ground_is_that_of_hot_areas_widened() -> None:
    spots = find_hot_spots(board(10, counts(10))).table
    ground = hot_areas(spots)
    hot = spots[spots["spot"] == "hot"]
    assert ground["area_id"].tolist() == hot["area_id"].tolist()
    assert ground.geometry.geom_equals_exact(hot.geometry, 1e-9).all()
    wide = hot_areas(spots, around_m=100)
    assert shapely.covers(wide.geometry.to_numpy(), hot.geometry.to_numpy()).all()
    with pytest.raises(InputError, match="give a number from 0"):
        hot_areas(spots, around_m=-1)
    with pytest.raises(InputError, match="give a DataFrame"):
        hot_areas(None)  # type: ignore[arg-type]
    with pytest.raises(MissingColumnError, match="lacks the column area_id"):
        hot_areas(board(2, 1))


def test_cells_are_squares_that_cover_the_ground() -> None:
    town = board(2, 1)
    cells = square_cells(town, 300)
    assert cells["cell_id"].is_unique
    whole = shapely.union_all(cells.geometry.to_numpy())
    assert shapely.covers(whole.buffer(1e-9), shapely.union_all(town.geometry.to_numpy()))
    assert len(touching(cells).one) > 4 * len(cells)
    with pytest.raises(InputError, match="give a longer side"):
        square_cells(town, 0.5)
    with pytest.raises(InputError, match="give a number above 0"):
        square_cells(town, float("inf"))


def test_the_same_ground_gives_the_same_cells() -> None:
    town = board(3, 1)
    mixed = square_cells(town.iloc[::-1], 500)
    assert square_cells(town, 500).equals(mixed)
