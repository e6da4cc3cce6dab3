"""Stock adds up; plans make nothing, lose nothing, and are the best that trying everything finds."""

from __future__ import annotations

import datetime as dt
import itertools
import math

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from geosector.measure.months import Span
from geosector.measure.organisation.catalogue import count_activities
from geosector.measure.organisation.committees import committee_cover
from geosector.measure.organisation.posts import count_posts
from geosector.measure.stock.gaps import stock_gaps
from geosector.measure.stock.sharing import SHARES
from geosector.measure.stock.transfers import plan_transfers

DAY = dt.date(2026, 11, 27)
SECTORS = [1, 2, 3]

quantities = st.one_of(st.integers(0, 4), st.sampled_from([0.5, 2.25]))
days = st.one_of(st.none(), st.integers(-3, 60).map(lambda day: str(DAY + dt.timedelta(day))))
lots = st.lists(
    st.tuples(st.sampled_from(SECTORS), st.sampled_from(["serum", "bag"]), quantities, days),
    max_size=7,
)
needs = st.dictionaries(
    st.tuples(st.sampled_from(SECTORS), st.sampled_from(["serum", "bag"])), quantities, max_size=6
)
roads = st.dictionaries(
    st.tuples(st.sampled_from(SECTORS), st.sampled_from(SECTORS)),
    st.one_of(st.integers(1, 9).map(float), st.just(math.inf)),
)


def tables(
    rows: list[tuple[object, ...]], wanted: dict[tuple[int, str], float]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    stock = pd.DataFrame(rows, columns=["sector_id", "item", "quantity", "expires"]).astype(object)
    stock["id"] = [str(at) for at in range(len(stock))]
    need = pd.DataFrame(
        [(*place, value) for place, value in wanted.items()], columns=["sector_id", "item", "need"]
    ).astype(object)
    return stock.assign(unit="piece"), need.assign(unit="piece")


def ways(minutes: dict[tuple[int, int], float]) -> pd.DataFrame:
    return pd.DataFrame(
        [(*pair, value) for pair, value in minutes.items()],
        columns=["from_id", "to_id", "minutes"],
    ).astype({"minutes": float})


@given(lots, needs)
@settings(max_examples=100, deadline=None)
def test_what_is_usable_and_what_is_expired_is_all_there_is(rows, wanted) -> None:
    stock, need = tables(rows, wanted)
    found = stock_gaps(stock, need, day=DAY, sectors=SECTORS).table
    assert found[["usable", "expired"]].sum().sum() == sum(row[2] for row in rows)
    known = found[found["need"].notna()]
    assert np.allclose(known["need"] + known["surplus"], known["usable"] + known["gap"])
    assert ((known["gap"] == 0) | (known["surplus"] == 0)).all()
    parts = found["expires_soon"] + found["expiry_unknown"]
    assert (parts <= found["usable"] + 1e-9).all()
    assert found[["gap", "surplus"]].isna().all(axis=1).equals(found["need"].isna())


@given(lots, needs, st.randoms())
@settings(max_examples=30, deadline=None)
def test_the_order_of_rows_does_not_matter(rows, wanted, random) -> None:
    stock, need = tables(rows, wanted)
    order = list(range(len(stock)))
    random.shuffle(order)
    for table in (stock.iloc[order], stock):
        gaps = stock_gaps(table, need[::-1], day=DAY, sectors=SECTORS).table
        assert gaps.equals(stock_gaps(stock, need, day=DAY, sectors=SECTORS).table)
        every = ways(dict.fromkeys(itertools.permutations(SECTORS, 2), 5.0))
        one, other = (
            plan_transfers(each, gaps, pairs, day=DAY, shares="max_min")
            for each, pairs in ((table, every), (stock, every[::-1]))
        )
        assert one.table.equals(other.table)
        assert one.unmet.equals(other.unmet)


@given(lots, needs, roads, st.sampled_from(SHARES), st.sets(st.sampled_from(SECTORS), max_size=1))
@settings(max_examples=80, deadline=None)
def test_a_plan_makes_nothing_and_takes_nothing_that_is_needed_or_expired(
    rows, wanted, minutes, shares, closed
) -> None:
    stock, need = tables(rows, wanted)
    gaps = stock_gaps(stock, need, day=DAY, sectors=SECTORS, cut_off=closed).table
    found = plan_transfers(stock, gaps, ways(minutes), day=DAY, shares=shares)
    moved = found.table
    assert (moved["quantity"] > 0).all()
    assert np.isfinite(moved["minutes"]).all()
    assert not set(moved["from_id"]) & closed
    assert not set(moved["to_id"]) & closed
    assert not (moved["expires"] < pd.Timestamp(DAY)).any()
    place = gaps.set_index(["sector_id", "item"])
    for (sector, item), quantity in moved.groupby(["from_id", "item"])["quantity"].sum().items():
        assert quantity <= place.loc[(sector, item), "surplus"] + 1e-9
    sent = moved.groupby(["to_id", "item"])["quantity"].sum()
    unmet = found.unmet.set_index(["sector_id", "item"])["unmet"]
    for where, gap in place["gap"].dropna().items():
        assert math.ceil(gap) == sent.get(where, 0) + unmet.get(where, 0)
    for _, line in moved.iterrows():
        assert line["minutes"] == minutes[line["from_id"], line["to_id"]]


def best_by_trying(gaps: pd.DataFrame, minutes: dict[tuple[int, int], float]) -> tuple[int, float]:
    """Try every plan of one item in whole units."""
    table = gaps.set_index("sector_id")
    spare = {one: math.floor(table.loc[one, "surplus"]) for one in SECTORS}
    lack = {one: math.ceil(table.loc[one, "gap"]) for one in SECTORS}
    pairs = [pair for pair, time in minutes.items() if math.isfinite(time) and pair[0] != pair[1]]
    tops = [range(min(spare[start], lack[end]) + 1) for start, end in pairs]
    best = (0, 0.0)
    for plan in itertools.product(*tops):
        left, got = dict.fromkeys(SECTORS, 0), dict.fromkeys(SECTORS, 0)
        for (start, end), quantity in zip(pairs, plan, strict=True):
            left[start] += quantity
            got[end] += quantity
        if all(left[one] <= spare[one] and got[one] <= lack[one] for one in SECTORS):
            time = sum(minutes[pair] * each for pair, each in zip(pairs, plan, strict=True))
            best = min(best, (-sum(plan), time))
    return best


@given(
    st.lists(st.integers(0, 5), min_size=3, max_size=3),
    st.lists(st.integers(0, 5), min_size=3, max_size=3),
    roads,
)
@settings(max_examples=60, deadline=None)
def test_a_plan_is_the_best_that_trying_everything_finds(there, wanted, minutes) -> None:
    stock, need = tables(
        [(one, "serum", each, None) for one, each in zip(SECTORS, there, strict=True)],
        {(one, "serum"): each for one, each in zip(SECTORS, wanted, strict=True)},
    )
    gaps = stock_gaps(stock, need, day=DAY, sectors=SECTORS).table
    best = best_by_trying(gaps, minutes)
    for shares in SHARES:
        moved = plan_transfers(stock, gaps, ways(minutes), day=DAY, shares=shares).table
        assert -moved["quantity"].sum() == best[0]
        if shares == "nearest" or moved["quantity"].sum() == gaps["gap"].sum():
            assert (moved["quantity"] * moved["minutes"]).sum() == best[1]


shifts = st.lists(
    st.tuples(
        st.sampled_from(SECTORS), st.sampled_from(["fire", "rescue", None]), st.integers(1, 5),
        st.integers(0, 24), st.one_of(st.none(), st.integers(0, 3)),
        st.one_of(st.none(), st.integers(0, 3)),
    ),
    max_size=12,
)  # fmt: skip


@given(shifts, st.integers(1, 24), st.randoms())
@settings(max_examples=40, deadline=None)
def test_hours_never_exceed_what_is_needed_and_equal_a_count_by_hand(rows, needed, random) -> None:
    span = Span(dt.date(2026, 11, 1), dt.date(2026, 11, 5))

    def told(order: list[tuple[object, ...]]) -> pd.DataFrame:
        table = pd.DataFrame(
            order, columns=["sector_id", "role", "day", "hours", "posts", "filled"]
        ).astype(object)
        table["date"] = [f"2026-11-{day:02}" for day in table["day"]]
        return count_posts(table, periods=span, sectors=SECTORS, hours_a_day=needed).table

    found = told(rows)
    assert found["share"].between(0, 1).all()
    assert (found["empty"].dropna() >= 0).all()
    for _, row in found.iterrows():
        role = None if row["role"] == "unspecified" else row["role"]
        by_day = [
            sum(one[3] for one in rows if (one[0], one[1], one[2]) == (row["sector_id"], role, day))
            for day in range(1, 6)
        ]
        assert row["hours"] == sum(min(hours, needed) for hours in by_day)
        assert row["days_without"] == sum(not hours for hours in by_day)
    mixed = [*rows]
    random.shuffle(mixed)
    assert told(mixed).equals(found)


served = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.sampled_from(["food", "water", None]),
        st.lists(st.sampled_from(SECTORS), max_size=3),
    ),
    max_size=8,
)  # fmt: skip


@given(served)
@settings(max_examples=60, deadline=None)
def test_every_remit_has_none_or_one_or_several_committees_in_each_sector(rows) -> None:
    table = pd.DataFrame(
        [(name, remit, ";".join(map(str, own))) for name, remit, own in rows],
        columns=["name", "remit", "sector_ids"],
    ).astype(object)
    found = committee_cover(table, SECTORS, remits=["food", "water"])
    remits = {name: {one[1] for one in rows if one[0] == name} for name in "abc"}
    homes = {
        name: {sector for one in rows if one[0] == name for sector in one[2]} for name in "abc"
    }
    for remit, sector in itertools.product(["food", "water"], SECTORS):
        count = sum(remit in remits[name] and sector in homes[name] for name in "abc")
        lacking = (found.without == [remit, sector]).all(axis=1).any()
        several = found.overlaps[
            (found.overlaps["remit"] == remit) & (found.overlaps["sector_id"] == sector)
        ]
        assert lacking == (count == 0)
        assert several["committees"].tolist() == ([count] if count > 1 else [])
    assert committee_cover(table[::-1], SECTORS).matrix.equals(found.matrix)


events = st.lists(
    st.tuples(
        st.sampled_from(["building", "Blood-donation", "chess"]), st.sampled_from(["A", "B"]),
        st.integers(1, 12), st.one_of(st.none(), st.integers(0, 50)),
    ),
    max_size=15,
)  # fmt: skip


@given(events)
@settings(max_examples=60, deadline=None)
def test_every_activity_of_the_catalogue_counts_once_and_people_add_up(rows) -> None:
    table = pd.DataFrame(rows, columns=["activity", "locality", "month", "reached"]).astype(object)
    table["date_from"] = [f"2026-{month:02}-07" for month in table["month"]]
    names = pd.DataFrame({"activity": ["building", "blood donation"]})
    half = Span(dt.date(2026, 1, 1), dt.date(2026, 6, 30))
    found = count_activities(table, names, span=half)
    known = [one for one in rows if one[0] != "chess" and one[2] <= 6]
    assert found.table["times"].sum() == len(known)
    assert found.table["reached"].sum() == sum(one[3] or 0 for one in known)
    assert found.table["reached_unknown"].sum() == sum(one[3] is None for one in known)
    assert (found.problems["given"] == "chess").sum() == sum(one[0] == "chess" for one in rows)
    places = {one[1] for one in rows if one[0] != "chess"}
    cells = {(one[0], one[1], one[2]) for one in known}
    assert len(found.without) == 2 * 6 * len(places) - len(cells)
    assert count_activities(table[::-1], names, span=half).table.equals(found.table)
