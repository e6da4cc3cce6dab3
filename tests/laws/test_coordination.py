"""Overlaps and gaps are those of brute force; what is shared out is conserved and fair."""

from __future__ import annotations

import datetime as dt
from itertools import combinations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from geosector.measure.coordination.allocation import allocate
from geosector.measure.coordination.evenness import gini, hoover
from geosector.measure.coordination.gaps import find_gaps
from geosector.measure.coordination.need import need_scores
from geosector.measure.coordination.overlaps import find_overlaps
from geosector.measure.coordination.returned import returns_by_month
from geosector.measure.coordination.who import who_does_what

days = st.one_of(st.none(), st.integers(0, 12))
reports = st.lists(
    st.tuples(
        st.sampled_from(["A", "a.", "B", "C", None]),
        st.sampled_from(["food", "Food", "water"]),
        st.sampled_from(["p", "q"]),
        days,
        days,
        st.sampled_from(["ongoing", "planned", "cancelled", None]),
        st.one_of(st.none(), st.integers(0, 9)),
    ),
    max_size=14,
)
COLUMNS = ["organisation", "activity", "locality_id", "date_from", "date_to", "status", "reached"]
ANCIENT, ENDLESS = dt.date(1, 1, 1), dt.date(9999, 1, 1)


def table(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=COLUMNS, dtype="object")
    for column in ("date_from", "date_to"):
        made[column] = [
            None if day is None else dt.date(2024, 4, 1) + dt.timedelta(day) for day in made[column]
        ]
    return made.assign(id=[f"r{at}" for at in range(len(made))])


def usable(rows: pd.DataFrame) -> list[dict[str, object]]:
    return [
        {**row, "who": row["organisation"].lower().strip("."), "what": row["activity"].lower(),
         "first": row["date_from"] or ANCIENT, "last": row["date_to"] or ENDLESS}
        for row in rows.to_dict("records")
        if row["organisation"] is not None and row["status"] != "cancelled"
        and not (row["date_from"] and row["date_to"] and row["date_to"] < row["date_from"])
    ]  # fmt: skip


def shared(found: pd.DataFrame) -> set[frozenset[str]]:
    """Give every pair of rows of two organisations that overlaps; rows may be one of several."""
    return {
        frozenset(pair) for ids in found["ids"] for pair in combinations(sorted(ids.split("|")), 2)
    }


@given(reports)
def test_overlaps_are_those_of_brute_force(rows: list[tuple[object, ...]]) -> None:
    seen = table(rows)
    found = find_overlaps(seen)
    who = {row["id"]: row["who"] for row in usable(seen)}
    certain, possible = set(), set()
    for one, other in combinations(usable(seen), 2):
        if (one["who"] == other["who"] or one["what"] != other["what"]
                or one["locality_id"] != other["locality_id"]):  # fmt: skip
            continue
        if max(one["first"], other["first"]) <= min(one["last"], other["last"]):
            dated = all(row[end] is not None for row in (one, other)
                        for end in ("date_from", "date_to"))  # fmt: skip
            (certain if dated else possible).add(frozenset((one["id"], other["id"])))
    for expected, made in ((certain, found.table), (possible, found.possible)):
        listed = {pair for pair in shared(made) if len({who[own] for own in pair}) > 1}
        assert listed == expected


@settings(max_examples=12)  # six questions each, twice
@given(reports, st.randoms())
def test_the_order_of_rows_changes_no_answer(
    rows: list[tuple[object, ...]], random: object
) -> None:
    seen = table(rows)
    order = list(range(len(seen)))
    random.shuffle(order)
    other = seen.iloc[order]
    needs = pd.DataFrame({"area_id": ["p", "q", "p"], "activity": ["food", "water", "water"],
                          "people": [5, 9, 0]})  # fmt: skip
    for ask in (
        lambda rows: find_overlaps(rows).table,
        lambda rows: find_overlaps(rows).possible,
        lambda rows: who_does_what(rows).table,
        lambda rows: who_does_what(rows, months=True).table,
        lambda rows: find_gaps(needs, rows, period="2024-04").coverage,
        lambda rows: find_gaps(needs.iloc[::-1], rows, period="2024-04").table,
    ):
        pd.testing.assert_frame_equal(ask(seen), ask(other))


@given(reports, st.integers(0, 12), st.integers(0, 5))
def test_gaps_are_those_of_brute_force(
    rows: list[tuple[object, ...]], first: int, length: int
) -> None:
    seen = table(rows)
    begin = dt.date(2024, 4, 1) + dt.timedelta(first)
    end = begin + dt.timedelta(length)
    needs = pd.DataFrame(
        [(place, what) for place in ("p", "q", "z") for what in ("food", "water")],
        columns=["area_id", "activity"],
    )
    found = find_gaps(needs, seen, period=(begin, end))
    gaps, possible = set(), set()
    for place, what in needs.itertuples(index=False):
        certain = maybe = False
        for row in usable(seen):
            if (row["locality_id"], row["what"]) != (place, what):
                continue
            touches = row["first"] <= end and row["last"] >= begin
            known = [row[one] for one in ("date_from", "date_to") if row[one]]
            sure = len(known) == 2 or any(begin <= day <= end for day in known)
            certain, maybe = certain or (touches and sure), maybe or touches
        if not certain:
            (possible if maybe else gaps).add((place, what))
    for expected, made in ((gaps, found.table), (possible, found.possible)):
        assert set(zip(made["area_id"], made["activity"], strict=True)) == expected


@given(reports)
def test_people_reached_lie_between_the_greatest_and_the_sum(
    rows: list[tuple[object, ...]],
) -> None:
    made = who_does_what(table(rows)).table
    stated = made[made["reached"].notna()]
    assert (stated["reached_min"] <= stated["reached"]).all()
    assert (made["organisations"] <= made["rows"]).all()


towns = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 4), st.integers(0, 20)),
    max_size=8,
)


def areas(rows: list[tuple[int, int, int, int]]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=["people", "reached", "score", "most"])
    return made.assign(area_id=[f"t{at}" for at in range(len(made))])


@given(
    towns,
    st.integers(0, 200),
    st.sampled_from(["proportional", "equal_coverage", "priority"]),
    st.integers(1, 5),
)
def test_units_are_conserved_and_nobody_gets_more_than_the_need_or_the_limit(
    rows: list[tuple[int, int, int, int]], quantity: int, rule: str, per_unit: int
) -> None:
    given_areas = areas(rows)
    made = allocate(given_areas, quantity, rule=rule, per_unit=per_unit)
    units = made.table["quantity"].to_numpy(int)
    limit = np.minimum(made.table["need"].to_numpy(int), given_areas["most"])
    assert units.sum() + made.left == quantity
    assert (units >= 0).all()
    assert (units <= limit).all()
    assert made.left == max(0, quantity - limit.sum())
    again = allocate(given_areas.iloc[::-1], quantity, rule=rule, per_unit=per_unit).table
    assert again["quantity"].to_numpy(int)[::-1].tolist() == units.tolist()


@given(towns, st.integers(0, 200))
def test_equal_coverage_leaves_nobody_behind_for_the_good_of_one_better_served(
    rows: list[tuple[int, int, int, int]], quantity: int
) -> None:
    """Taking one unit from any area never lets a worse one be better than that area then is."""
    given_areas = areas(rows)
    made = allocate(given_areas, quantity, rule="equal_coverage").table
    people = given_areas["people"].to_numpy(int)
    had = np.minimum(given_areas["reached"], people).to_numpy(int)
    units = made["quantity"].to_numpy(int)
    top = np.minimum(made["need"].to_numpy(int), given_areas["most"].to_numpy(int))
    now = [(had[at] + units[at]) / people[at] if people[at] else 1.0 for at in range(len(people))]
    for giver in np.flatnonzero(units > 0):
        before = (had[giver] + units[giver] - 1) / people[giver]
        for taker in np.flatnonzero(units < top):
            assert before <= now[taker] + 1e-12


@given(towns, st.integers(0, 200))
def test_what_is_proportional_is_within_one_unit_of_its_share(
    rows: list[tuple[int, int, int, int]], quantity: int
) -> None:
    made = allocate(areas(rows).drop(columns="most"), quantity, rule="proportional").table
    need = made["need"].to_numpy(int)
    share = np.minimum(1, quantity / need.sum()) * need if need.sum() else need
    assert (np.abs(made["quantity"].to_numpy(int) - share) < 1).all()


@given(
    st.lists(st.tuples(st.floats(0, 1e3), st.integers(0, 50)), max_size=12), st.floats(0.01, 100)
)
def test_inequality_lies_between_none_and_all_and_knows_no_unit(
    pairs: list[tuple[float, int]], unit: float
) -> None:
    values, weights = (np.array(column, float) for column in zip(*pairs, strict=True)) if (
        pairs
    ) else (np.zeros(0), np.zeros(0))  # fmt: skip
    if (values * weights).sum() < 1e-9:
        return
    one = gini(values, weights)
    assert 0 <= hoover(values, weights) <= one + 1e-9 <= 1 + 1e-9
    assert abs(gini(values * unit, weights) - one) < 1e-9
    # People of equal coverage may be one area or many.
    assert abs(gini(np.repeat(values, 2), np.repeat(weights / 2, 2)) - one) < 1e-9


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.integers(0, 9)), st.one_of(st.none(), st.integers(0, 9))),
        max_size=8,
    ),
    st.integers(0, 9),
)
def test_a_score_lies_between_what_its_missing_inputs_may_make_it(
    rows: list[tuple[int | None, int | None]], secret: int
) -> None:
    given_areas = pd.DataFrame(rows, columns=["x", "y"], dtype="Float64")
    bounds = {"x": (0, 9), "y": (0, 9)}
    weights = {"x": 2.0, "y": 1.0}
    made = need_scores(given_areas, weights, bounds=bounds, least_known=0.3).table
    full = need_scores(given_areas.fillna(secret), weights, bounds=bounds).table
    assert (made["score_min"] <= full["score"] + 1e-9).all()
    assert (made["score_max"] >= full["score"] - 1e-9).all()
    ranked = made[made["rank"].notna()]
    assert (ranked["rank_min"] <= ranked["rank"]).all()
    assert (ranked["rank"] <= ranked["rank_max"]).all()
    assert made["score"].isna().equals(given_areas.isna().all(axis=1))


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(1, 28), st.integers(0, 9), st.sampled_from("AB")),
        max_size=8,
    )
)
def test_returns_of_a_month_lie_between_one_count_and_all_of_one_source(
    rows: list[tuple[int, int, int, str]],
) -> None:
    seen = pd.DataFrame(rows, columns=["people", "day", "days", "source"])
    begin = pd.Timestamp("2024-05-01") + pd.to_timedelta(seen["day"] - 1, unit="D")
    seen = seen.assign(locality="x", date_from=begin,
                       date_to=begin + pd.to_timedelta(seen["days"], unit="D"))  # fmt: skip
    made = returns_by_month(seen).table
    inside = seen[seen["date_to"] < "2024-06-01"]
    assert len(made) == (1 if len(inside) else 0)
    if len(made):
        whole = inside.groupby("source")["people"]
        assert int(made["people_max"].iloc[0]) <= whole.sum().max()
        assert int(made["people_min"].iloc[0]) >= whole.max().min()
        assert int(made["people_min"].iloc[0]) <= int(made["people_max"].iloc[0])
    pd.testing.assert_frame_equal(returns_by_month(seen.iloc[::-1]).table, made)
