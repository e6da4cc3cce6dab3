"""Law 4: a remainder is unspecified, never called men; totals equal the sum of their parts."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from geosector import language
from geosector.release import for_audience
from geosector.sources import check_table

GROUPS = ("man", "woman", "boy", "girl", "child", "unspecified")
COUNTS = st.lists(st.integers(0, 99), min_size=1, max_size=8)


@given(COUNTS, st.sampled_from(["killed", "القتلى", "kuştî", "کوژراو"]))
def test_people_of_whom_nothing_more_is_said_are_unspecified(counts: list[int], word: str) -> None:
    cells = pd.DataFrame({"kind": "fire", "date": "2024-04-01", "locality": "x", word: counts})
    rows, problems = check_table(cells, "incidents")
    assert problems.empty
    assert rows["killed_unspecified"].tolist() == counts
    assert not any(f"killed_{group}" in rows for group in GROUPS[:-1])


@given(st.lists(st.tuples(*[st.integers(0, 9)] * len(GROUPS)), min_size=1, max_size=8))
def test_public_sums_equal_the_sum_of_the_rows_group_by_group(
    people: list[tuple[int, ...]],
) -> None:
    cells = pd.DataFrame(people, columns=[f"injured_{group}" for group in GROUPS])
    places = [f"place {row % 3}" for row in range(len(people))]
    cells = cells.assign(date="2024-04-01", kind="attack", locality=places)
    rows, _ = check_table(cells, "incidents")
    seen = for_audience(rows, "public", name="incidents", key=bytes(32), date="2024-05-01")
    for group in GROUPS:
        assert seen[f"injured_{group}"].sum() == rows[f"injured_{group}"].sum()


@given(st.integers(-(10**9), 10**9), st.integers(0, 3))
def test_a_number_is_the_same_in_every_language(value: int, decimals: int) -> None:
    plain = {
        language.number(value / 1000, decimals=decimals, lang=code)
        .translate(str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789", "\u200e\u200f\u061c"))
        .translate({ord(facts.group_mark): None})
        .replace(facts.decimal_mark, ".")
        for code, facts in language.LANGUAGES.items()
    }
    assert len(plain) == 1
