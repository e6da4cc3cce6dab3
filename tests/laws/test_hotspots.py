"""Hot spots depend on counts and neighbours alone: not on names, not on the order of rows."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geosector.measure.hotspots.chance import false_discovery
from geosector.measure.hotspots.spots import find_hot_spots, hot_areas

pytest.importorskip("esda", reason="the extra hotspots is not installed")

SIDE = 4
counts = st.lists(st.one_of(st.none(), st.integers(0, 6)), min_size=16, max_size=16)
MADE = ["z", "p", "q", "spot"]


def town(given_counts: list[int | None]) -> gpd.GeoDataFrame:
    """Draw an invented town of sixteen sectors."""
    squares = [
        shapely.box(37 + x / 100, 36 + y / 100, 37 + (x + 1) / 100, 36 + (y + 1) / 100)
        for y in range(SIDE)
        for x in range(SIDE)
    ]
    values = np.array([np.nan if one is None else one for one in given_counts], float)
    return gpd.GeoDataFrame(
        {"sector_id": range(1, 17), "count": values}, geometry=squares, crs=4326
    )


def spots(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return find_hot_spots(table, permutations=99).table


@given(counts, st.randoms())
@settings(max_examples=40, deadline=None)
def test_rows_in_are_rows_out_whatever_their_order(made: list[int | None], random) -> None:
    order = list(range(16))
    random.shuffle(order)
    one, mixed = spots(town(made)), spots(town(made).iloc[order])
    assert mixed.index.tolist() == order
    back = mixed.loc[one.index]
    assert back[["p", "q", "spot"]].equals(one[["p", "q", "spot"]])
    assert np.allclose(back["z"], one["z"], equal_nan=True)


@given(counts, st.permutations(range(100, 116)))
@settings(max_examples=40, deadline=None)
def test_other_names_change_nothing(made: list[int | None], names: list[int]) -> None:
    one, other = spots(town(made)), spots(town(made).assign(sector_id=names))
    assert one[MADE].equals(other[MADE])


@given(counts, st.integers(2, 5))
@settings(max_examples=40, deadline=None)
def test_another_unit_of_counting_changes_nothing(made: list[int | None], times: int) -> None:
    one = spots(town(made))
    other = spots(town([None if number is None else number * times for number in made]))
    assert np.allclose(one["z"], other["z"], equal_nan=True)
    assert one["p"].equals(other["p"])


@given(counts)
@settings(max_examples=40, deadline=None)
def test_every_flag_has_its_q_and_every_area_its_reason(made: list[int | None]) -> None:
    found = find_hot_spots(town(made), permutations=99)
    table = found.table
    assert np.allclose(table["q"], false_discovery(table["p"]), equal_nan=True)
    flagged = table["spot"] != "none"
    assert (table.loc[flagged, "q"] <= 0.05).all()
    assert (table["q"] <= 0.05).sum() == flagged.sum()
    missing = {str(table["sector_id"].iloc[at]) for at, one in enumerate(made) if one is None}
    assert missing <= set(found.problems["given"])
    assert len(hot_areas(table)) == (table["spot"] == "hot").sum()
