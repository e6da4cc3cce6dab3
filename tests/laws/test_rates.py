"""Counts add up; a smoothed rate lies between its own and the mean; nothing withheld comes out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from geosector.measure.rates import ALL, count_by_area, rates, smooth

events = st.lists(
    st.tuples(
        st.sampled_from(["attack", "fire", "traffic", "picnic", None]),
        st.sampled_from([1, 2, 3, 99, None]),
        st.integers(0, 50),
    ),
    max_size=40,
)
areas = st.lists(
    st.tuples(st.integers(0, 500), st.one_of(st.just(0), st.integers(1, 200_000))),
    min_size=5,
    max_size=30,
)


def table(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=["kind", "sector_id", "count"], dtype="object")
    return made.astype({"sector_id": "Int64", "count": "Int64"})


@given(events)
def test_the_counts_of_areas_and_of_none_add_up_to_the_incidents(
    rows: list[tuple[object, ...]],
) -> None:
    seen = table(rows)
    single = count_by_area(seen, [1, 2, 3], area="sector_id")
    whole = single["kind"] == ALL
    assert int(single.loc[whole, "count"].sum()) == len(rows)
    assert int(single.loc[~whole, "count"].sum()) == len(rows)
    several = count_by_area(seen, [1, 2, 3], area="sector_id", count="count")
    assert int(several.loc[~whole, "count"].sum()) == sum(row[2] for row in rows)
    inside = seen["sector_id"].isin([1, 2, 3]).sum()
    assert int(single.loc[whole & single["sector_id"].notna(), "count"].sum()) == inside


@given(events)
def test_the_order_of_incidents_does_not_matter(rows: list[tuple[object, ...]]) -> None:
    one, other = (
        count_by_area(table(order), [3, 1], area="sector_id", count="count")
        for order in (rows, rows[::-1])
    )
    assert one.equals(other)


@given(areas)
def test_a_smoothed_rate_lies_between_its_own_and_the_mean(rows: list[tuple[int, int]]) -> None:
    counts, people = np.array(rows, float).T
    done = smooth(counts, people)
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = counts / people
    there = np.isfinite(done.rates)
    low, high = np.minimum(raw, done.mean), np.maximum(raw, done.mean)
    slack = 1e-9 * high[there]
    assert (done.rates[there] >= low[there] - slack).all()
    assert (done.rates[there] <= high[there] + slack).all()
    assert (there == ((people > 0) & (done.problem in {None, "no_spread"}))).all()


@given(areas)
def test_the_mean_of_smoothed_rates_by_people_stays_near_the_mean_of_all(
    rows: list[tuple[int, int]],
) -> None:
    """It is the mean where all keep the same share of their own, and strays by what differs.

    Σ n (r − m) = 0, so Σ n C (r − m) / Σ n is at most half the range of C times Σ n |r − m| / Σ n.
    """
    counts, people = np.array(rows, float).T
    done = smooth(counts, people)
    there = np.isfinite(done.rates)
    if there.any():
        own = counts[there] / people[there]
        stray = (
            np.ptp(done.trust[there]) / 2 * np.average(abs(own - done.mean), weights=people[there])
        )
        mean = np.average(done.rates[there], weights=people[there])
        assert abs(mean - done.mean) <= stray + 1e-9 * done.mean


@given(areas, st.sets(st.integers(0, 29)), st.integers(0, 10_000))
def test_a_withheld_count_gives_no_rate_and_moves_no_other(
    rows: list[tuple[int, int]], hidden: set[int], secret: int
) -> None:
    """Whatever a withheld count is, what comes out is the same."""
    withheld = np.isin(np.arange(len(rows)), list(hidden))
    people = pd.DataFrame({"id": range(len(rows)), "population": [row[1] for row in rows]})
    counts = pd.DataFrame({"id": people["id"], "kind": "fire"})
    own = pd.array([row[0] for row in rows], "Int64")
    seen = rates(counts.assign(count=pd.Series(own).mask(withheld)), people, area="id")
    other = np.where(withheld, secret, own.to_numpy(int))
    again = rates(
        counts.assign(count=pd.Series(other, dtype="Int64").mask(withheld)), people, area="id"
    )
    assert seen.equals(again)
    assert seen.loc[withheld, ["rate", "smoothed"]].isna().all(axis=None)
