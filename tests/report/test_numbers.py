"""The numbers of a report against what the April 2024 report published, and against themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import geosector
from geosector.geocode.localities import identify_localities
from geosector.measure.coded import code_incidents
from geosector.report.findings import find
from geosector.report.numbers import Numbers, counts_of, reckon, summary
from geosector.report.remarks import remark
from geosector.report.telling import narratives
from geosector.report.words import opening

LANGS = ("ar", "kmr", "ckb", "en")
APRIL = "2024-04"


def _numbers(shared: Path, incidents: str) -> Numbers:
    table, _ = geosector.read_incidents(shared / "april2024" / incidents)
    services, _ = geosector.read_services(shared / "april2024" / "services.csv")
    told = identify_localities(table, nothing=["غير محدد"])
    return reckon(code_incidents(told.table).table, APRIL, services)


def _expected(shared: Path) -> Any:
    return json.loads((shared / "april2024" / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("incidents", ["incidents_ytd.csv", "incidents_dirty.csv"])
def test_every_published_figure_of_april_is_found(shared_data: Path, incidents: str) -> None:
    found = summary(_numbers(shared_data, incidents))
    expected = _expected(shared_data)
    compared = 0
    for total in expected["totals"]:
        late = total["id"].endswith("ytd2024") and "dirty" in incidents
        if total["scope"] == "geosector" and not late:
            assert found["totals"][total["id"]] == total["value"], total["id"]  # type: ignore[index]
            compared += 1
    for breakdown in expected["breakdowns"]:
        if breakdown["scope"] != "geosector":
            continue
        parts = found["breakdowns"][breakdown["id"]]  # type: ignore[index]
        whole = sum(parts.values())
        for item in breakdown["items"]:
            value = parts[item["key"]]
            share = breakdown["kind"] == "percent"
            assert (round(100 * value / whole) if share else value) == item["value"]
            compared += 1
    assert compared == (129 if "ytd" in incidents else 128)


def test_remainders_of_april_are_unspecified(shared_data: Path) -> None:
    found = _numbers(shared_data, "incidents_ytd.csv")
    for breakdown in _expected(shared_data)["breakdowns"]:
        if breakdown["scope"] == "geosector" and breakdown["kind"] == "count":
            parts = counts_of(found, breakdown["id"])
            others = sum(parts.values()) - sum(parts[item["key"]] for item in breakdown["items"])
            assert others == breakdown["remainder"]
            if not breakdown["id"].endswith("community"):
                assert parts.get("unspecified", 0) == breakdown["remainder"]


def test_what_does_not_add_up_in_april_is_found(shared_data: Path) -> None:
    found = {
        (one.code, one.about): one.facts for one in find(_numbers(shared_data, "incidents_ytd.csv"))
    }
    assert found["left_open", "attack.by_weapon"]["stated"] == 63
    assert found["left_open", "fire.by_place"]["stated"] == 98
    assert found["left_open", "traffic.by_cause"] == {"stated": 113, "whole": 150, "left": 37}
    assert found["left_open", "traffic.by_vehicle"]["left"] == 1
    assert found["short", "ambulance.by_diagnosis"] == {
        "published": 9011, "whole": 9872, "left": 861,
    }  # fmt: skip
    assert found["twice", "ambulance.by_diagnosis"]["count"] == 304
    assert found["percent_short", "centres.why_chosen"]["published"] == 99
    assert ("no_base", "centres.why_chosen") in found
    assert found["percent_short", "protection.by_place"]["published"] == 82
    assert found["not_added", "all.communities"]["overall"] == 457
    assert found["several_places", "attack.by_place"]["count"] == 1
    assert found["camps_not_counted", "fire.by_place"]["count"] == 15
    assert found["mixed_ages", "centres.reproductive.by_age"]["count"] == 243
    assert found["deaths_apart", "attack.killed"]["count"] == 9
    assert ("no_men", "attack.injured.by_sexage") in found
    assert ("fires_of_attacks", "fire.responses") in found


def _synthetic(rows: int, seed: int) -> pd.DataFrame:
    """Make a synthetic table of two years."""
    chance = np.random.default_rng(seed)
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(chance.integers(0, 730, rows), "D")
    return pd.DataFrame(
        {
            "kind": chance.choice(["attack", "fire", "traffic", "drowning", "other"], rows),
            "date": days,
            "locality": chance.choice(["Synthetic A", "Synthetic B", None], rows),
            "locality_type": chance.choice(["community", "camp"], rows),
            "weapon": chance.choice(["drone", "artillery", "catapult", None], rows),
            "cause": chance.choice(["unknown", "gas_leak", None], rows),
            "vehicle": chance.choice(["car", None], rows),
            "attributed_to": chance.choice(["unknown", None], rows),
            "place_type": chance.choice(["home", "school", None], rows),
            "other_places": chance.choice(["home;market", None], rows),
            "killed_woman": chance.integers(0, 2, rows),
            "injured_unspecified_min": chance.integers(0, 2, rows),
            "injured_unspecified_max": chance.integers(2, 4, rows),
        }
    )


@pytest.mark.parametrize("seed", range(5))
def test_breakdowns_of_a_synthetic_month_come_to_their_totals(seed: int) -> None:
    numbers = reckon(code_incidents(_synthetic(400, seed)).table, "2024-03")
    for name, parts in numbers.breakdowns.items():
        whole = name.rpartition(".")[0]
        if name.endswith(".children.by_sex"):
            continue
        total = numbers.totals[whole if "." in whole else f"{whole}.responses"]
        assert parts["count"].sum() == total.low
        if "high" in parts:
            assert parts["high"].sum() == total.high


def test_the_year_to_date_is_the_sum_of_its_months() -> None:
    table = code_incidents(_synthetic(600, 1)).table
    months = [reckon(table, f"2024-{month:02}") for month in range(1, 5)]
    for kind in ("attack", "fire"):
        each = [int(one.totals[f"{kind}.responses"].low) for one in months]
        assert months[-1].totals[f"{kind}.responses.ytd2024"].low == sum(each)
        assert months[-1].totals[f"{kind}.responses"].previous == each[-2]


def test_no_year_to_date_is_told_of_a_table_that_begins_with_the_month() -> None:
    table = code_incidents(_synthetic(100, 2)).table
    table = table[(table["date"] >= "2024-03-01").to_numpy()]
    assert not [name for name in reckon(table, "2024-03").totals if "ytd" in name]


def test_a_span_without_rows_is_not_compared_with_nothing() -> None:
    table = code_incidents(_synthetic(300, 3)).table
    total = reckon(table, "2023-01").totals["fire.responses"]
    assert (total.previous, total.year_before) == (None, None)


def test_every_finding_is_said_in_every_language() -> None:
    services = pd.DataFrame(
        [
            ("a.people", "total", "total", 10, "count"), ("a.people", "sex_age", "woman", 12, "count"),
            ("a.mines_cleared", "total", "total", 3, "count"), ("a.people", "topic", "mines", 7, "count"),
            ("a.people", "topic", "unspecified", 9, "count"), ("a.survey", "why", "near", 120, "percent"),
            ("all.communities", "total", "total", 2, "count"), ("a.communities", "total", "total", 5, "count"),
        ],
        columns=["measure", "dimension", "key", "count", "unit"],
    )  # fmt: skip
    rows = _synthetic(200, 4)
    rows.loc[0, "date"] = pd.NaT
    rows["killed_girl"] = 1
    numbers = reckon(code_incidents(rows).table, "2024-05", services)
    findings = find(numbers)
    assert {"over", "percent_over", "remainder", "twice", "too_few_places", "unknown_word",
            "undated", "unplaced", "range", "children_with_sex"} <= {one.code for one in findings}  # fmt: skip
    for lang in LANGS:
        for one in findings:
            said = remark(one, numbers, lang)
            assert "{" not in said
            assert said.strip()


@pytest.mark.parametrize("lang", LANGS)
def test_an_incident_is_told_from_its_codes_and_without_its_narrative(lang: str) -> None:
    rows = _synthetic(60, 5).assign(narrative="SECRET")
    numbers = reckon(code_incidents(rows).table, "2024")
    for kind in ("attack", "fire", "traffic", "drowning", "other"):
        told = narratives(numbers, kind, lang, most=3, audience="internal")
        assert 0 < len(told) <= 3
        assert "SECRET" not in "".join(told)
        assert opening(kind, numbers, lang)


def test_the_public_is_not_told_which_school_was_hit() -> None:
    rows = pd.DataFrame(
        {"kind": ["attack"], "date": pd.to_datetime(["2024-04-02"]), "locality": ["Synthetic"],
         "place_type": ["school"], "killed_woman": [1]}
    )  # fmt: skip
    numbers = reckon(code_incidents(rows).table, APRIL)
    (inside,) = narratives(numbers, "attack", "en", most=1, audience="internal")
    (outside,) = narratives(numbers, "attack", "en", most=1, audience="public")
    assert "schools" in inside
    assert "school" not in outside


def test_namesakes_are_told_apart_by_their_district() -> None:
    rows = pd.DataFrame(
        {"kind": "fire", "date": pd.to_datetime(["2024-04-02"] * 3), "locality": ["Kafr"] * 3,
         "admin3": ["North", "South", "South"]}
    )  # fmt: skip
    assert counts_of(reckon(rows, APRIL), "fire.by_community") == {
        "Kafr (South)": 2,
        "Kafr (North)": 1,
    }
