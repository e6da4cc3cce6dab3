"""Laws of counting: a total is the sum of its parts, whatever the table."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from geosector.measure.counts import (
    GROUPS,
    all_casualties,
    count_by,
    count_casualties,
    counted,
    percentages,
    top,
)
from geosector.measure.services import service_breakdowns

words = st.lists(st.one_of(st.none(), st.sampled_from(["a", "b", "غير محدد", "unknown", " "])))
counts = st.lists(st.integers(0, 10**9), max_size=40)


@given(words)
def test_parts_come_to_the_number_of_rows(given_words: list[str | None]) -> None:
    parts = count_by(pd.DataFrame({"x": pd.Series(given_words, dtype=object)}), "x")
    assert parts["count"].sum() == len(given_words)
    assert parts["key"].is_unique


@given(counts)
def test_percentages_come_to_a_hundred_and_are_less_than_one_off(given_counts: list[int]) -> None:
    shares = percentages(given_counts)
    whole = sum(given_counts)
    assert shares.sum() == (100 if whole else 0)
    for share, count in zip(shares, given_counts, strict=True):
        assert whole == 0 or abs(share - 100 * count / whole) < 1


@given(counts, st.integers(0, 50))
def test_top_is_the_beginning_of_the_order(given_counts: list[int], n: int) -> None:
    parts = counted([f"k{i}" for i in range(len(given_counts))], given_counts)
    best = top(parts, n)
    assert list(best["key"]) == list(parts["key"][: len(best)])
    assert len(best) <= 2 * n


people = st.integers(0, 50)
columns = [f"killed_{who}" for who in ("man", "woman", "boy", "girl", "child", "unspecified")]


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(columns, people)), min_size=1))
def test_casualties_come_to_the_sum_of_all_columns(rows: list[dict[str, int]]) -> None:
    table = pd.DataFrame(rows)
    found = count_casualties(table, "killed")
    assert all_casualties(found) == (table.to_numpy().sum(),) * 2
    assert set(found["key"]) <= {*GROUPS, "boy", "girl"}


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 1000), min_size=1),
    st.integers(0, 1000),
)
def test_a_published_total_is_its_parts_and_what_is_unspecified(
    parts: dict[str, int], left: int
) -> None:
    whole = sum(parts.values()) + left
    rows = pd.DataFrame(
        [("m.people", "total", "total", whole)]
        + [("m.people", "kind", key, count) for key, count in parts.items()],
        columns=["measure", "dimension", "key", "count"],
    )
    found = service_breakdowns(rows)["m.by_kind"]
    assert found.parts["count"].sum() == whole
    assert found.faults == (() if left == 0 else ("short",))
    unspecified = found.parts.loc[found.parts["key"] == "unspecified", "count"].sum()
    assert unspecified == left


@given(st.lists(st.integers(0, 20), min_size=1, max_size=5), st.integers(100, 100_000))
def test_counts_of_percentages_round_to_them(shares: list[int], base: int) -> None:
    rows = pd.DataFrame(
        [("m.people", "total", "total", base, "count")]
        + [("m.people", "kind", f"k{i}", share, "percent") for i, share in enumerate(shares)],
        columns=["measure", "dimension", "key", "count", "unit"],
    )
    parts = service_breakdowns(rows)["m.by_kind"].parts.set_index("key")["count"]
    for i, share in enumerate(shares):
        assert abs(100 * parts.get(f"k{i}", 0) / base - share) <= 0.5
