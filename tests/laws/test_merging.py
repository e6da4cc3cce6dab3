"""Merging loses no place, does not depend on the order of the files, and is done once."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from geosector.geocode.merging import merge_gazetteers

NAMES = ["Synth", "al-Synth", "Synth Gharbi", "Synth Sharqi", "Sinth", "تل", "التل"]
COLUMNS = [
    "name", "names", "lat", "lon", "level", "pcode", "same_as", "admin1", "admin1_pcode", "precision_m",
]  # fmt: skip
PLACE = st.fixed_dictionaries(
    {
        "name": st.sampled_from(NAMES),
        "names": st.sampled_from(["", "Synth", "Synth|تل"]),
        "lat": st.sampled_from([36.0, 36.005, 36.01, 36.03, 36.05, 37.0]),
        "lon": st.sampled_from([37.0, 37.002, 37.03]),
        "level": st.sampled_from(["village", "city", "neighbourhood", "admin1", None]),
        "pcode": st.sampled_from([None, None, None, "C1", "C2"]),
        "same_as": st.sampled_from([None, None, "wd:Q1", "gn:1", "gn:2"]),
        "admin1": st.sampled_from([None, "Prov", "Land"]),
        "admin1_pcode": st.sampled_from([None, "XA01", "XA02"]),
        "precision_m": st.sampled_from([0.1, 5.0, 900.0]),
    }
)
FILES = st.lists(st.lists(PLACE, max_size=5), min_size=1, max_size=3)


def tables_of(files: list[list[dict[str, object]]]) -> list[pd.DataFrame]:
    kinds = ("geonames", "cod", "osm")
    made = []
    for number, rows in enumerate(files):
        table = pd.DataFrame(rows, columns=COLUMNS)
        table["id"] = [f"f{number}:{place}" for place in range(len(rows))]
        table["source"] = f"{kinds[number]}:f{number}"
        made.append(table)
    return made


def partition(members: pd.DataFrame) -> set[frozenset[str]]:
    return {frozenset(rows["row_id"]) for _, rows in members.groupby("place_id")}


@given(FILES)
def test_every_row_is_in_exactly_one_place(files):
    tables = tables_of(files)
    places, members = merge_gazetteers(tables)
    given_ids = [one for table in tables for one in table["id"]]
    assert sorted(members["row_id"]) == sorted(given_ids)
    assert set(members["place_id"]) == set(places["id"])
    assert places["id"].is_unique
    for own, rows in members.groupby("place_id"):
        assert rows["table"].is_unique, own


@given(FILES)
def test_the_order_of_the_files_does_not_change_what_is_one_place(files):
    tables = tables_of(files)
    _, members = merge_gazetteers(tables)
    _, turned = merge_gazetteers(tables[::-1])
    assert partition(members) == partition(turned)


@given(FILES)
def test_what_was_merged_stays_as_it_is(files):
    places, _ = merge_gazetteers(tables_of(files))
    again, _ = merge_gazetteers([places])
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(places), check_dtype=False)


@given(FILES)
def test_a_file_given_twice_changes_nothing(files):
    tables = tables_of(files)
    _, members = merge_gazetteers(tables)
    _, twice = merge_gazetteers([*tables, tables[0]])
    assert partition(twice) == partition(members)


@given(FILES)
def test_no_spelling_is_lost(files):
    tables = tables_of(files)
    places, members = merge_gazetteers(tables)
    known = {
        row["id"]: {row["name"], row["name_ar"], *str(row["names"] or "").split("|")}
        for row in places.to_dict("records")
    }
    of = members.set_index("row_id")["place_id"]
    for table in tables:
        for row in table.to_dict("records"):
            spellings = {row["name"], *filter(None, row["names"].split("|"))}
            assert spellings <= known[of[row["id"]]]
