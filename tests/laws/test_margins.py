"""No withheld count can be worked out from all totals: a linear programme over random tables.

All tables are synthetic. The totals of places and of parts are taken as known, in each period and
over all of them; counts are known to be whole and not negative, and what is shown is known.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from numpy.typing import NDArray
from scipy.optimize import linprog
from shapely.geometry import box

from geosector.release import SMALLEST_COUNT, for_audience, withhold, withhold_table

KEY = bytes(range(32))
TABLES = range(100)


def width(totals: NDArray[Any], counts: NDArray[Any], held: NDArray[Any], cell: int) -> float:
    """Give the width of what the totals allow a withheld cell to be."""
    known = totals[:, held]
    cost = np.zeros(int(held.sum()))
    cost[np.flatnonzero(np.flatnonzero(held) == cell)[0]] = 1
    right = known @ counts[held]
    low, high = (linprog(sign * cost, A_eq=known, b_eq=right).fun for sign in (1, -1))
    return -high - low


def random_counts(seed: int, *, shape: tuple[int, ...] | None = None) -> NDArray[Any]:
    random = np.random.default_rng(seed)
    shape = shape or tuple(random.integers(2, 6, 2))
    few, many = random.integers(0, 9, shape), random.integers(0, 200, shape)
    return np.where(random.random(shape) < random.uniform(0.1, 0.9), few, many)


def both_totals(rows: int, columns: int) -> NDArray[Any]:
    return np.vstack(
        [np.kron(np.eye(rows), np.ones(columns)), np.kron(np.ones(rows), np.eye(columns))]
    )


def assert_hidden(
    counts: NDArray[Any], held: NDArray[Any], totals: NDArray[Any], lots: NDArray[Any] | None = None
) -> None:
    """Every small count may have as many values as promised, every other withheld one two.

    Where a whole table or period (of the numbers in ``lots``) is withheld, geosector shows nothing
    of it, and what totals from elsewhere tell is not in its hands.
    """
    lots = np.zeros(len(counts), int) if lots is None else lots
    free = np.array([held[lots == lot].all() for lot in lots], bool)
    small = (counts > 0) & (counts < SMALLEST_COUNT)
    assert held[small].all()
    for cell in np.flatnonzero(held & ~free):
        least = SMALLEST_COUNT - 1 if small[cell] else 1
        assert width(totals, counts, held, cell) >= least - 1e-6


@pytest.mark.parametrize("seed", TABLES)
def test_no_withheld_count_of_a_random_list_follows_from_its_total(seed: int) -> None:
    counts = random_counts(seed, shape=(2 + seed % 9,))
    assert_hidden(counts, withhold(counts), np.ones((1, len(counts))))


@pytest.mark.parametrize("seed", TABLES)
def test_no_withheld_cell_of_a_random_table_follows_from_its_totals(seed: int) -> None:
    counts = random_counts(seed)
    held = withhold_table(counts)
    assert_hidden(counts.ravel(), held.ravel(), both_totals(*counts.shape))


def needs(counts: NDArray[Any]) -> pd.DataFrame:
    """Write counts of shape (areas, groups, days) as rows."""
    area, group, day = (axis.ravel() for axis in np.indices(counts.shape))
    return pd.DataFrame(
        {
            "area_id": [f"a{one}" for one in area],
            "group": [f"g{one}" for one in group],
            "date": [f"2024-04-{1 + one:02d}" for one in day],
            "people": counts.ravel(),
        }
    )


def released(rows: pd.DataFrame, name: str = "needs") -> pd.DataFrame:
    return for_audience(rows, "partner", name=name, key=KEY, date="2024-05-30")


@pytest.mark.parametrize("seed", TABLES)
def test_no_withheld_need_follows_from_totals_in_a_period_or_over_all(seed: int) -> None:
    shape = tuple(np.random.default_rng(seed).integers(2, 4, 3))
    counts = random_counts(seed, shape=shape)
    seen = released(needs(counts)).sort_values(["area_id", "group", "date"])
    held = seen["withheld"].to_numpy(bool)
    areas, groups, days = (np.eye(size) for size in shape)
    every = [np.ones((1, size)) for size in shape]
    totals = np.vstack(
        [
            np.kron(np.kron(areas, every[1]), days), np.kron(np.kron(every[0], groups), days),
            np.kron(np.kron(areas, every[1]), every[2]),
            np.kron(np.kron(every[0], groups), every[2]),
        ]
    )  # fmt: skip
    assert_hidden(counts.ravel(), held, totals, np.indices(shape)[2].ravel())


@pytest.mark.parametrize("seed", range(20))
def test_a_later_period_shows_nothing_that_was_withheld_before(seed: int) -> None:
    counts = random_counts(seed, shape=(3, 3, 4))
    before = released(needs(counts[:, :, :3]))
    after = released(needs(counts))
    both = before.merge(after, on=["area_id", "group", "date"], suffixes=("", "_after"))
    assert len(both) == 27
    assert (both["withheld"] == both["withheld_after"]).all()


@pytest.mark.parametrize("seed", TABLES)
def test_no_withheld_stock_follows_from_the_totals_of_two_figures(seed: int) -> None:
    one, two = (random_counts(seed + more, shape=(3, 4)) for more in (0, 1000))
    sector, item = (axis.ravel() for axis in np.indices(one.shape))
    rows = pd.DataFrame(
        {
            "sector_id": sector.astype(str), "item": [f"i{one}" for one in item],
            "quantity": one.ravel(), "target": two.ravel(),
        }
    )  # fmt: skip
    held = released(rows, "stock")["withheld"].to_numpy(bool)
    for counts in (one, two):
        assert_hidden(counts.ravel(), held, both_totals(3, 4))


@pytest.mark.parametrize("seed", TABLES)
def test_no_withheld_count_of_facilities_follows_from_totals(seed: int) -> None:
    kinds = ["school", "water_point", "shelter"]
    counts = random_counts(seed, shape=(4, 3)) % 30
    sector, kind = (axis.ravel() for axis in np.indices(counts.shape))
    rows = gpd.GeoDataFrame(
        {"kind": np.repeat(np.array(kinds)[kind], counts.ravel())},
        geometry=np.repeat(shapely.points(sector + 0.5, np.full(12, 0.5)), counts.ravel()),
        crs=4326,
    )
    sectors = gpd.GeoDataFrame(
        {"sector_id": range(4)}, geometry=[box(x, 0, x + 1, 1) for x in range(4)], crs=4326
    )
    seen = for_audience(
        rows, "public", name="facilities", sectors=sectors, key=KEY, date="2024-04-30"
    )
    table = seen.pivot_table(aggfunc="first", index="sector_id", columns="kind", values="withheld")
    names = {"shelter": "protected"}
    here = [names.get(one, one) for one in kinds if names.get(one, one) in table]
    held = table[here].to_numpy(bool)
    counts = counts[:, [names.get(one, one) in table for one in kinds]]
    assert_hidden(counts.ravel(), held.ravel(), both_totals(*counts.shape))


@pytest.mark.parametrize("seed", TABLES)
def test_no_need_withheld_from_partners_follows_from_what_the_public_sees(seed: int) -> None:
    random = np.random.default_rng(seed)
    counts = random_counts(seed, shape=(5, 3))
    unit = random.integers(0, 3, 5)
    area, group = (axis.ravel() for axis in np.indices(counts.shape))
    rows = needs(counts[:, :, None]).assign(admin1=[f"n{unit[one]}" for one in area])
    held = released(rows)["withheld"].to_numpy(bool)
    public = for_audience(rows, "public", name="needs", key=KEY, date="2024-05-30")
    told = public[~public["withheld"]]
    totals = np.array(
        [
            (unit[area] == int(one[1:])) & (group == int(part[1:]))
            for one, part in zip(told["admin1"], told["group"], strict=True)
        ],
        float,
    ).reshape(-1, counts.size)
    small = (counts.ravel() > 0) & (counts.ravel() < SMALLEST_COUNT)
    within = [cell for cell in np.flatnonzero(small) if totals[:, cell].any()]
    assert held[small].all()
    for cell in within:
        assert width(totals, counts.ravel(), held, cell) >= SMALLEST_COUNT - 1 - 1e-6


def written(counts: NDArray[Any], name: str) -> pd.DataFrame:
    """Write counts of shape (governorates, areas, parts) as the rows of a table."""
    unit, area, part = (axis.ravel() for axis in np.indices(counts.shape))
    numbers = {
        "stock": ("sector_id", "item", "quantity"), "needs": ("area_id", "group", "people"),
        "returns": ("locality_id", "source", "people"), "shifts": ("sector_id", "role", "hours"),
    }  # fmt: skip
    place, of, figure = numbers[name]
    return pd.DataFrame(
        {
            "admin1": [f"n{one}" for one in unit],
            place: [f"s{one}{two}" for one, two in zip(unit, area, strict=True)],
            of: [f"p{one}" for one in part],
            figure: counts.ravel(),
        }
    )


@pytest.mark.parametrize("seed", TABLES)
@pytest.mark.parametrize(
    "name",
    [
        "needs",
        *(pytest.param(name, marks=pytest.mark.long) for name in ("stock", "returns", "shifts")),
    ],
)
def test_what_the_public_misses_follows_from_no_total_of_the_country(name: str, seed: int) -> None:
    """Totals of each governorate and of each part over all of them; some cells are small."""
    counts = random_counts(seed, shape=(3, 1, 3))
    seen = for_audience(written(counts, name), "public", name=name, key=KEY, date="2024-05-30")
    assert_hidden(counts.ravel(), seen["withheld"].to_numpy(bool), both_totals(3, 3))


@pytest.mark.parametrize("seed", TABLES)
def test_what_partners_miss_follows_from_no_level_of_totals(seed: int) -> None:
    """Totals of areas, of parts in each governorate, of parts in the country, and of all."""
    counts = random_counts(seed, shape=(2, 3, 3))
    seen = released(written(counts, "needs"))
    held = seen["withheld"].to_numpy(bool)
    units, areas, parts = (np.eye(size) for size in counts.shape)
    every = [np.ones((1, size)) for size in counts.shape]
    totals = np.vstack(
        [
            np.kron(np.kron(units, areas), every[2]), np.kron(np.kron(units, every[1]), parts),
            np.kron(np.kron(every[0], every[1]), parts),
            np.kron(np.kron(units, every[1]), every[2]),
        ]
    )  # fmt: skip
    assert_hidden(counts.ravel(), held, totals, np.indices(counts.shape)[0].ravel())


@pytest.mark.parametrize("word", ["total", "All", "المجموع", "giştî", "کۆی گشتی"])
@pytest.mark.parametrize("seed", range(20))
def test_a_total_among_the_groups_gives_no_group_back(word: str, seed: int) -> None:
    """Men, women and children, and a row of all of them in each area, known from elsewhere."""
    counts = random_counts(seed, shape=(4, 3))
    counts[:, 0] += 40  # so that no total is small
    whole = np.column_stack([counts, counts.sum(axis=1)])
    area, group = (axis.ravel() for axis in np.indices(whole.shape))
    names = np.array(["men", "women", "children", word])[group]
    rows = pd.DataFrame(
        {"area_id": [f"a{one}" for one in area], "group": names, "people": whole.ravel()}
    )
    seen = released(rows)
    parts = seen[seen["group"] != word].sort_values(["area_id", "group"])
    counts = counts[:, np.argsort(["men", "women", "children"])]
    assert not seen.loc[seen["group"] == word, "withheld"].any()
    assert_hidden(counts.ravel(), parts["withheld"].to_numpy(bool), both_totals(4, 3))


@pytest.mark.parametrize("seed", range(20))
def test_a_later_month_of_activities_shows_nothing_that_was_withheld_before(seed: int) -> None:
    counts = random_counts(seed, shape=(3, 3, 3))
    month, place, kind = (axis.ravel() for axis in np.indices(counts.shape))
    rows = pd.DataFrame(
        {
            "activity": [f"k{one}" for one in kind], "locality": [f"l{one}" for one in place],
            "date_from": [f"2024-0{1 + one}-05" for one in month], "reached": counts.ravel(),
        }
    )  # fmt: skip
    before = released(rows[rows["date_from"] < "2024-03"], "activities")
    after = released(rows, "activities")
    assert before["withheld"].tolist() == after.loc[before.index, "withheld"].tolist()
    for one in range(3):
        held = after["withheld"].to_numpy(bool)[month == one]
        assert_hidden(counts[one].ravel(), held, both_totals(3, 3))


@pytest.mark.parametrize("seed", TABLES)
def test_no_small_number_reached_or_left_follows_from_the_totals_of_a_plan(seed: int) -> None:
    """Of people in need, of those reached and of those left all totals are known."""
    random = np.random.default_rng(seed)
    people = random_counts(seed, shape=(4, 3))
    reached = np.floor(people * random.choice([0, 0.02, 0.5, 0.98, 1], people.shape)).astype(int)
    area, activity = (axis.ravel() for axis in np.indices(people.shape))
    rows = pd.DataFrame(
        {
            "area_id": [f"a{one}" for one in area], "activity": [f"b{one}" for one in activity],
            "people": people.ravel(), "reached": reached.ravel(),
        }
    )  # fmt: skip
    for name in ("coverage", "activity_gaps"):
        made = released(rows, name).sort_values(["area_id", "activity"])
        held = made["withheld"].to_numpy(bool)
        if held.all():
            continue  # nothing of it is shown
        # A great number that is withheld beside a small one may be worked out; it tells nothing.
        for counts in (one.ravel() for one in (people, reached, people - reached)):
            small = (counts > 0) & (counts < SMALLEST_COUNT)
            assert held[small].all()
            for cell in np.flatnonzero(small):
                assert width(both_totals(4, 3), counts, held, cell) >= SMALLEST_COUNT - 1 - 1e-6


@pytest.mark.parametrize("seed", TABLES)
def test_nobody_left_without_a_shelter_follows_from_who_lives_in_a_sector(seed: int) -> None:
    random = np.random.default_rng(seed)
    count = int(random.integers(2, 7))
    people = random.integers(20, 900, count)
    inside = np.floor(people * random.choice([0, 0.01, 0.5, 0.99, 1], count)).astype(int)
    rows = pd.DataFrame({"sector_id": range(count), "people": inside, "known": True})
    sectors = gpd.GeoDataFrame(
        {"sector_id": range(count), "population": people},
        geometry=[box(x, 0, x + 1, 1) for x in range(count)], crs=4326,
    )  # fmt: skip
    seen = for_audience(rows, "partner", name="sheltering", sectors=sectors)
    held = seen["withheld"].to_numpy(bool)
    for counts in (inside, people - inside):
        assert_hidden(counts, held, np.ones((1, count)))
