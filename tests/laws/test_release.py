"""Nothing is finer than its audience allows, and a mask is the same every time it is asked."""

from __future__ import annotations

import re
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog
from shapely.geometry import box

from geosector.assign import Assigner
from geosector.crs import cell_centres, distances_m
from geosector.release import for_audience, withhold, withhold_table
from geosector.release.audiences import CELLS_M

KEY = bytes(range(16))
KNOWN = {"key": KEY, "date": "2024-04-30"}
SECTORS = gpd.GeoDataFrame(
    {"sector_id": range(1, 10)},
    geometry=[
        box(37 + x / 50, 36 + y / 50, 37 + (x + 1) / 50, 36 + (y + 1) / 50)
        for y in range(3)
        for x in range(3)
    ],
    crs="EPSG:4326",
)

# Seven decimals whose last are not zero: no masked coordinate can be one of them by chance.
PLACES = st.tuples(
    st.integers(0, 5999).map(lambda i: round(37 + i / 1e5 + 3.7e-6, 7)),
    st.integers(0, 5999).map(lambda i: round(36 + i / 1e5 + 4.3e-6, 7)),
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "place": PLACES,
            "kind": st.sampled_from(["attack", "fire", "other", None]),
            "date": st.sampled_from(["2024-03-01", "2024-04-23", "2024-04-24", None]),
            "radius_m": st.sampled_from([None, 0, 40, 150, 999, 4000]),
            "locality": st.sampled_from([None, "Jinan", "Kafr", "place"]),
            "killed_man": st.sampled_from([None, 0, 1, 7]),
        }
    ),
    min_size=1,
    max_size=12,
)


def incidents(rows: list[dict]) -> gpd.GeoDataFrame:
    """Make incidents that write their place into every text that people fill in."""
    table = pd.DataFrame(rows)
    x, y = np.array(table.pop("place").tolist()).T
    written = [f"{b}, {a}" for a, b in zip(x, y, strict=True)]
    table["locality"] = table["locality"].where(table["locality"] != "place", written)
    table = table.assign(narrative=written, id=written, weapon=written, lat=y, lon=x, colour=x)
    # A coordinate may stand in any cell: in a coded one, among the dead, behind a date.
    table = table.assign(
        locality_type=written, killed_woman=x, capacity_unit=written, status=written
    )
    table["injured_man"] = written
    table["date"] = table["date"].where(
        table["kind"] != "other", "2024-03-01 " + pd.Series(written)
    )
    return gpd.GeoDataFrame(table, geometry=shapely.points(x, y), crs="EPSG:4326")


def numbers_in(table: pd.DataFrame) -> set[float]:
    """Find every number in every cell, geometry and text too, as a reader of the file would."""
    text = table.to_csv(index=False)
    if isinstance(table, gpd.GeoDataFrame):
        text += " ".join(shapely.to_wkt(table.geometry.dropna().array, rounding_precision=-1))
    return {float(number) for number in re.findall(r"\d+\.\d+", text)}


@given(ROWS)
def test_a_mask_never_leaves_its_sector_nor_exceeds_its_radius(rows):
    exact = incidents(rows)
    masked = for_audience(exact, "partner", name="incidents", sectors=SECTORS, **KNOWN)
    there = masked.geometry.notna().to_numpy()
    one, two = exact.geometry[there], masked.geometry[there]
    stated = exact["radius_m"].fillna(0)[there].to_numpy(float)
    allowed = np.where(stated > 0, np.maximum(stated, 100), 400)
    assert (distances_m(one.x, one.y, two.x, two.y) <= allowed).all()
    zones = Assigner(SECTORS)
    assert (zones.assign(one.x, one.y) == zones.assign(two.x, two.y)).all()


@given(ROWS, st.randoms(use_true_random=False))
def test_the_average_of_many_masked_exports_is_the_export(rows, random):
    """Other ids, another order, other rows beside: the same place has the same mask."""
    exact = incidents(rows)
    first = for_audience(exact, "partner", name="incidents", **KNOWN).geometry
    for month in range(3):
        order = list(range(len(exact)))
        random.shuffle(order)
        again = exact.iloc[order].assign(id=f"month {month}", narrative=None)
        masked = for_audience(again, "partner", name="incidents", **KNOWN).geometry
        assert [masked.iloc[order.index(row)] for row in range(len(exact))] == first.tolist()


@given(ROWS, st.sampled_from(["incidents", "facilities"]), st.sampled_from(["partner", "public"]))
def test_no_output_holds_an_exact_coordinate_anywhere(rows, name, audience):
    exact = incidents(rows)
    seen = for_audience(exact, audience, name=name, sectors=SECTORS, **KNOWN)
    places = {*exact.geometry.x, *exact.geometry.y}
    assert not places & numbers_in(seen)


@given(ROWS)
def test_public_counts_add_up_to_the_eligible_rows(rows):
    exact = incidents(rows)
    seen = for_audience(exact, "public", name="incidents", **KNOWN)
    eligible = exact[exact["date"].isin(["2024-03-01", "2024-04-23"])]
    assert seen["killed_woman"].isna().all()
    assert seen["count"].sum() == len(eligible)
    assert seen["killed_man"].sum() == eligible["killed_man"].astype(float).sum()


@given(ROWS)
def test_the_public_sees_nothing_of_where_in_its_cell_an_incident_lies(rows):
    """Every incident is put elsewhere in its cell: the output does not change."""
    exact = incidents(rows).assign(locality=None)
    x, y = cell_centres(exact.geometry.x.to_numpy(), exact.geometry.y.to_numpy(), 1000)
    moved = exact.set_geometry(shapely.points(x + 1e-3, y - 1e-3), crs=exact.crs)
    before, after = (
        for_audience(table, "public", name="incidents", **KNOWN) for table in (exact, moved)
    )
    pd.testing.assert_frame_equal(pd.DataFrame(before), pd.DataFrame(after))


@given(st.floats(-179.0, 179.0), st.floats(-80.0, 80.0))
def test_cells_of_two_sizes_lie_in_one_another(lon, lat):
    """Else the difference of two tables would tell the count of a sliver."""
    places = np.array([lon, lat]) + np.random.default_rng(0).uniform(-0.05, 0.05, (200, 2))
    cells = [np.column_stack(cell_centres(*places.T, side)) for side in CELLS_M]
    for small, large in pairwise(cells):
        both = {(*one, *two) for one, two in zip(small.tolist(), large.tolist(), strict=True)}
        assert len(both) == len({one[:2] for one in both})


@given(ROWS)
def test_rows_for_partners_are_the_rows_in_order(rows):
    exact = incidents(rows).set_index(pd.Index(range(7, 7 + len(rows))))
    for name in ("incidents", "facilities"):
        seen = for_audience(exact, "partner", name=name, sectors=SECTORS, **KNOWN)
        assert seen.index.tolist() == exact.index.tolist()


def freedom(counts: np.ndarray, withheld: np.ndarray, totals: np.ndarray, cell: int) -> float:
    """Give the width of what a linear programme can say of a withheld cell from the totals."""
    cost = np.zeros(withheld.sum())
    cost[cell] = 1
    known = totals[:, withheld.ravel()]
    right = known @ counts.ravel()[withheld.ravel()]
    low, high = (linprog(sign * cost, A_eq=known, b_eq=right).fun for sign in (1, -1))
    return -high - low


@given(st.lists(st.integers(0, 30), min_size=2, max_size=8))
def test_no_withheld_count_of_a_list_follows_from_the_total(counts):
    counts = np.array(counts)
    withheld = withhold(counts)
    assert withheld[(counts > 0) & (counts < 5)].all()
    if withheld.any() and not withheld.all():
        total = np.ones((1, len(counts)))
        for cell in range(withheld.sum()):
            assert freedom(counts, withheld, total, cell) > 0.5


@given(st.integers(2, 4), st.integers(2, 4), st.data())
def test_no_withheld_cell_of_a_table_follows_from_its_margins(rows, columns, data):
    size = rows * columns
    cells = data.draw(st.lists(st.integers(0, 30), min_size=size, max_size=size))
    counts = np.array(cells).reshape(rows, columns)
    withheld = withhold_table(counts)
    assert withheld[(counts > 0) & (counts < 5)].all()
    if withheld.any() and not withheld.all():
        across = np.kron(np.eye(rows), np.ones(columns))
        along = np.kron(np.ones(rows), np.eye(columns))
        for cell in range(withheld.sum()):
            assert freedom(counts, withheld, np.vstack([across, along]), cell) > 0.5
