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
