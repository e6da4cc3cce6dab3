"""Numbers that are published twice, and not alike: found, told in every language, never chosen."""

from __future__ import annotations

import pandas as pd
import pytest

from geosector.measure.services import counts_of_percentages, service_breakdowns
from geosector.report.findings import find
from geosector.report.numbers import Numbers, counts_of, reckon, summary
from geosector.report.remarks import remark
from geosector.report.workbook import sheets
from geosector.storage.cells import cells_of

COLUMNS = ["measure", "dimension", "key", "count", "unit"]
FIRES = pd.DataFrame(
    {
        "kind": "fire",
        "date": pd.to_datetime(["2023-05-02", "2023-05-03"]),
        "id": ["a", "b"],
        "cause": ["electrical", "gas_leak"],
        "locality_id": ["x", "x"],
    }
)


def numbers_with(*services: tuple[object, ...], incidents: pd.DataFrame = FIRES) -> Numbers:
    table = pd.DataFrame(services, columns=COLUMNS)
    return reckon(incidents, "2023-05", table if services else None)


def codes(numbers: Numbers) -> list[tuple[str, str]]:
    return [(one.code, one.about) for one in find(numbers)]


def total(measure: str, count: float) -> tuple[object, ...]:
    return (measure, "total", "total", count, "count")


@pytest.mark.parametrize(
    ("services", "code", "about"),
    [
        ([total("a.people", 10), total("a.people", 12)], "given_twice", "a.people"),
        ([total("a.people", 10), ("a.people", "sex_age", "woman", 4, "count"),
          ("a.people", "sex_age", "woman", 5, "count"), ("a.people", "sex_age", "man", 6, "count")],
         "given_twice", "a.by_sexage"),
        ([total("a.people", 10), ("a.people", "sex_age", "woman", 4, "count"),
          ("a.people", "sex_age", "man", 6, "count"), ("a.people", "sex_age", "woman", 60, "percent")],
         "not_its_share", "a.by_sexage"),
        ([("a.survey", "why", "near", 60, "percent"), ("a.survey", "why", "near", 40, "percent"),
          ("a.survey", "why", "free", 40, "percent")], "not_its_share", "a.by_why"),
        ([total("fire.responses", 7)], "counted_otherwise", "fire.responses"),
        ([total("a.people", 10), total("a.people.ytd2023", 8)], "shrunk", "a.people.ytd2023"),
        ([total("all.camps", 9), total("a.camps", 4), total("b.camps", 5)], "added_up", "all.camps"),
    ],
)  # fmt: skip
def test_a_contradiction_is_found_and_told_in_every_language(
    services: list[tuple[object, ...]], code: str, about: str
) -> None:
    numbers = numbers_with(*services)
    assert (code, about) in codes(numbers)
    found = next(one for one in find(numbers) if one.code == code)
    for lang in ("ar", "kmr", "ckb", "en"):
        assert remark(found, numbers, lang)


def test_numbers_that_agree_are_no_findings() -> None:
    numbers = numbers_with(
        total("a.people", 10),
        total("a.people", 10),
        ("a.people", "sex_age", "woman", 4, "count"),
        ("a.people", "sex_age", "woman", 40, "percent"),
        ("a.people", "sex_age", "man", 6, "count"),
        total("fire.responses", 2),
        total("all.camps", 8),
        total("a.camps", 8),
    )
    assert codes(numbers) == []


def test_what_the_rows_count_stands_against_a_published_total() -> None:
    numbers = numbers_with(total("fire.responses", 7))
    assert summary(numbers)["totals"]["fire.responses"] == 2  # type: ignore[index]
    found = next(one for one in find(numbers) if one.code == "counted_otherwise")
    assert remark(found, numbers, "en") == (
        "Fires: the rows come to 2, the published total is 7. The rows are shown."
    )


def test_fractions_are_told_as_they_are() -> None:
    numbers = numbers_with(total("a.tonnes", 1.5), total("a.tonnes", 2.5))
    assert "as 1.5 and as 2.5" in remark(find(numbers)[0], numbers, "en")


def test_rows_that_share_an_id_and_differ_are_told() -> None:
    assert ("one_id", "") in codes(numbers_with(incidents=FIRES.assign(id="a")))
    assert "one_id" not in dict(codes(numbers_with(incidents=FIRES)))


def test_two_measures_of_a_programme_keep_a_breakdown_each() -> None:
    numbers = numbers_with(
        total("a.people", 10), ("a.people", "place", "school", 10, "count"),
        total("a.sessions", 3), ("a.sessions", "place", "camp", 3, "count"),
    )  # fmt: skip
    assert counts_of(numbers, "a.by_place") == {"school": 10}
    assert counts_of(numbers, "a.sessions.by_place") == {"camp": 3}


def test_percentages_among_counts_are_worked_out_and_counts_stay() -> None:
    numbers = numbers_with(
        total("a.people", 200), ("a.people", "place", "school", 120, "count"),
        ("a.people", "place", "camp", 40, "percent"),
    )  # fmt: skip
    assert counts_of(numbers, "a.by_place") == {"school": 120, "camp": 80}
    assert codes(numbers) == []


@pytest.mark.parametrize(
    ("shares", "base"),
    [([51, 49], 50), ([34, 33, 33], 10), ([1] * 100, 7), ([50, 50], 1), ([100], 3), ([60, 40], 0)],
)
def test_counts_worked_out_of_a_hundred_per_cent_come_to_the_base(
    shares: list[int], base: int
) -> None:
    counts = counts_of_percentages(pd.Series(shares), base)
    assert sum(counts) == base
    assert min(counts) >= 0


def test_counts_worked_out_of_less_never_exceed_the_base() -> None:
    assert sum(counts_of_percentages(pd.Series([25, 25, 25, 20]), 2)) <= 2
    assert counts_of_percentages(pd.Series([80, 40]), 10) == [8, 4]


def test_whole_numbers_of_a_sheet_are_numbers_where_some_may_be_missing() -> None:
    assert cells_of(pd.Series([3, None], dtype="Int64")) == [3, None]
    numbers = numbers_with(total("a.people", 10), ("a.people", "sex_age", "woman", 4, "count"))
    assert cells_of(sheets(numbers, ["en"])["a.by_sexage"]["base"]) == [10, 10]


def test_a_breakdown_without_a_total_is_its_own() -> None:
    rows = pd.DataFrame([("a.people", "place", "school", 3, "count")], columns=COLUMNS)
    assert service_breakdowns(rows)["a.by_place"].faults == ("no_base",)
