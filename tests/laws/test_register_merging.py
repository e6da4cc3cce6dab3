"""Two offices edit as they like: a merge commutes, adds nothing when repeated, and loses no row."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import geopandas as gpd
import hypothesis.strategies as st
import pandas as pd
from hypothesis import given, settings
from shapely.geometry import Point

from geosector import Register, merge_registers, propose_duplicates
from geosector.register.settling import Account, settle

IDS = st.sampled_from(["a", "b", "c"])
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from([None, "x", "y"]),
        "capacity": st.sampled_from([None, 1.0, 2.0]),
        "status": st.sampled_from([None, "open", "closed", "damaged"]),
        "colour": st.sampled_from([None, "red", "blue"]),
    },
)
EDITS = st.lists(
    st.tuples(st.sampled_from(["add", "change", "change", "undo", "purge"]), IDS, VALUES),
    max_size=4,
)
FEW = settings(max_examples=5)  # each makes a dozen files, forced to the disk


def edit(path, office, edits):
    with Register(path, office=office) as register:
        for action, row_id, values in edits:
            there = set(register.table("facilities")["id"])
            if action == "add" and row_id not in there:
                row = {"id": [row_id], **{column: [value] for column, value in values.items()}}
                register.add("facilities", gpd.GeoDataFrame(row, geometry=[Point(37, 36)],
                                                            crs="EPSG:4326"))  # fmt: skip
            elif row_id in there and action == "change":
                register.change("facilities", row_id, values)
            elif row_id in there and action == "undo":
                register.undo("facilities", row_id)
            elif row_id in there and action == "purge":
                register.purge("facilities", row_id)


def rows(path):
    with Register(path) as register:
        assert register.verify().empty
        table = register.table("facilities")
        return {
            row["id"]: {key: str(value) for key, value in row.items() if pd.notna(value)}
            for row in table.to_dict("records")
        }


def purges(path):
    with Register(path) as register:
        listed = register._database.execute("SELECT count(*) FROM changes WHERE action = 'purge'")
        return listed.fetchone()[0]


@FEW
@given(first=EDITS, one_edits=EDITS, other_edits=EDITS, later=EDITS, copied=st.booleans())
def test_a_merge_commutes_repeats_and_loses_nothing(first, one_edits, other_edits, later, copied):
    with tempfile.TemporaryDirectory() as folder:
        one, other, out, turned, again = (
            Path(folder) / f"synthetic-{name}.gpkg" for name in ("a", "b", "r", "t", "s")
        )
        edit(one, "IDL-OPS", first)
        if copied:
            shutil.copy(one, other)
        edit(one, "IDL-OPS", one_edits)
        edit(other, "ALP-OPS", other_edits)
        before = rows(one)
        merged = merge_registers(one, other, out)
        merge_registers(other, one, turned)
        assert rows(out) == rows(turned)
        assert merge_registers(out, other, again).sequence is None
        assert rows(again) == rows(out)
        if not copied and not purges(one) and not purges(other):
            assert rows(out).keys() == before.keys() | rows(other).keys()
        if merged.sequence is not None and not purges(out):
            shutil.copy(out, again)
            with Register(again, office="IDL-OPS") as register:
                register.undo_merge()
            assert rows(again) == before
        edit(turned, "ALP-OPS", later)
        merge_registers(out, turned, again)
        last = rows(again)
        merge_registers(turned, out, again)
        assert rows(again) == last == rows(turned)


CELLS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.just("a"),
        "date": st.sampled_from(["2024-01-01", "2024-01-02"]),
        "date_precision": st.sampled_from(["day", "month"]),
        "narrative": st.sampled_from(["x", "y"]),
        "killed_man_min": st.integers(0, 3),
        "killed_man_max": st.integers(3, 5),
        "killed_unspecified": st.integers(0, 5),
    },
)
MOMENTS = st.dictionaries(
    st.sampled_from(["date", "narrative", "killed_man_min"]), st.sampled_from(["1", "2"])
)


@given(one=CELLS, other=CELLS, was=st.none() | CELLS, times=st.tuples(MOMENTS, MOMENTS))
def test_whoever_is_named_first_the_rules_choose_the_same(one, other, was, times):
    accounts = (Account(one, times[0]), Account(other, times[1]))
    settled, found = settle("incidents", accounts, was)
    turned, also = settle("incidents", accounts[::-1], was)
    assert settled == turned
    assert {conflict.column for conflict in found} == {conflict.column for conflict in also}
    both = {**one, **other}
    ranged = {f"killed_{who}_{end}" for who in ("man", "unspecified") for end in ("min", "max")}
    assert all(settled[column] in (one.get(column), other.get(column), (was or {}).get(column))
               for column in settled if column not in ranged)  # fmt: skip
    assert settled.keys() <= both.keys() | ranged
    assert settled.get("killed_man_min", 0) <= settled.get("killed_man_max", 5)


@given(
    numbers=st.lists(st.integers(0, 40), min_size=1, max_size=30),
    order=st.randoms(use_true_random=False),
)
def test_proposals_do_not_depend_on_the_order_and_name_each_pair_once(numbers, order):
    table = pd.DataFrame(
        {
            "id": [f"syn-{at}" for at in range(len(numbers))],
            "date": [f"2024-01-{1 + number % 5:02}" for number in numbers],
            "narrative": [f"synthetic market road {number % 7}" for number in numbers],
            "locality": [f"place {number % 3}" for number in numbers],
        }
    )
    found = propose_duplicates(table, threshold=0.2)
    shuffled = list(range(len(numbers)))
    order.shuffle(shuffled)
    pd.testing.assert_frame_equal(found, propose_duplicates(table.iloc[shuffled], threshold=0.2))
    pairs = list(zip(found["id_a"], found["id_b"], strict=True))
    assert len({frozenset(pair) for pair in pairs}) == len(pairs)
    assert all(one < other for one, other in pairs)
    assert found["score"].between(0.2, 1).all()
