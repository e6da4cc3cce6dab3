"""A register is a table that remembers: against a plain dict, whatever is done in whatever order."""

from __future__ import annotations

import copy
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from shapely.geometry import Point

from geosector import Register
from geosector.errors import ChangedMeanwhileError, InputError, UnknownRowError
from geosector.register import cells, chain

IDS = st.sampled_from(["a", "b", "ج"])
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
NAMES = st.none() | st.text(LETTERS, max_size=5)
CAPACITIES = st.none() | st.integers(0, 2**40).map(float) | st.floats(0, 1e9)


class Remembering(RuleBasedStateMachine):
    """``now`` is what the table must be; ``then[n]``, what it was after change n."""

    @initialize()
    def make(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "synthetic.gpkg"
        self.register = Register(self.path, office="IDL-OPS")
        self.now, self.then, self.added = {}, [{}], {}
        self.touched = {}  # id → sequences that can be undone
        self.head = str(self.register.head())

    def teardown(self):
        if hasattr(self, "register"):
            self.register.shut()
            self.folder.cleanup()

    def made(self, row_id=None):
        """Take note that one change was made."""
        self.then.append(copy.deepcopy(self.now))
        assert self.register.head().sequence == len(self.then) - 1
        if row_id is not None:
            self.touched.setdefault(row_id, []).append(len(self.then) - 1)

    @rule(row_id=IDS, name=NAMES, capacity=CAPACITIES)
    def add(self, row_id, name, capacity):
        row = {"name": name, "capacity": capacity}
        table = gpd.GeoDataFrame(
            {"id": [row_id], "name": [name], "capacity": [capacity]},
            geometry=[Point(37, 36)], crs="EPSG:4326",
        )  # fmt: skip
        if row_id not in self.now:
            self.register.add("facilities", table)
            self.now[row_id], self.added[row_id] = row, dict(row)
            self.made(row_id)
        elif row in (self.now[row_id], self.added[row_id]):
            self.register.add("facilities", table)
        else:
            with pytest.raises(InputError):
                self.register.add("facilities", table)

    @rule(row_id=IDS, name=NAMES, seen=CAPACITIES)
    def change_as_expected(self, row_id, name, seen):
        wanted = {"name": name, "capacity": 7.0}
        if row_id not in self.now:
            with pytest.raises(UnknownRowError):
                self.register.change("facilities", row_id, wanted)
        elif self.now[row_id] == wanted:
            self.register.change("facilities", row_id, wanted, expected={"capacity": seen})
        elif self.now[row_id]["capacity"] != seen:
            with pytest.raises(ChangedMeanwhileError):
                self.register.change("facilities", row_id, wanted, expected={"capacity": seen})
        else:
            self.register.change("facilities", row_id, wanted, expected={"capacity": seen})
            self.now[row_id] = wanted
            self.made(row_id)

    @rule(row_id=IDS, capacity=CAPACITIES)
    def change(self, row_id, capacity):
        if row_id in self.now and self.now[row_id]["capacity"] != capacity:
            self.register.change("facilities", row_id, {"capacity": capacity})
            self.now[row_id]["capacity"] = capacity
            self.made(row_id)

    @rule(row_id=IDS)
    def undo(self, row_id):
        if not self.touched.get(row_id):
            with pytest.raises(InputError):
                self.register.undo("facilities", row_id)
            return
        before = self.then[self.touched[row_id][-1] - 1].get(row_id)
        self.register.undo("facilities", row_id)
        if before is None:
            del self.now[row_id]
        else:
            self.now[row_id] = dict(before)
        self.made(row_id)

    @rule(row_id=IDS, capacity=CAPACITIES)
    def edit_outside(self, row_id, capacity):
        if row_id in self.now and self.now[row_id]["capacity"] != capacity:
            with closing(sqlite3.connect(self.path, isolation_level=None)) as database:
                database.execute(
                    "UPDATE facilities SET capacity = ? WHERE id = ?", (capacity, row_id)
                )
            assert len(self.register.verify()) == 1
            self.register.accept_outside()
            self.now[row_id]["capacity"] = capacity
            self.made(row_id)

    @rule(row_id=IDS)
    def purge(self, row_id):
        if any(row_id in state for state in self.then):
            self.register.purge("facilities", row_id)
            self.now.pop(row_id, None)
            more = self.register.head().sequence + 1 - len(self.then)
            for state in self.then:
                state.pop(row_id, None)
            self.then += [copy.deepcopy(self.now) for _ in range(more)]
            self.touched[row_id] = []

    @rule()
    def open_again(self):
        self.register.shut()
        self.register = Register(self.path, office="ALP-OPS")

    @precondition(lambda self: len(self.then) > 1)
    @rule(data=st.data())
    def look_back(self, data):
        sequence = data.draw(st.integers(0, len(self.then) - 1))
        assert told(self.register.as_of("facilities", sequence)) == self.then[sequence]

    @invariant()
    def is_what_it_should_be(self):
        if hasattr(self, "register"):
            assert told(self.register.table("facilities")) == self.now
            assert self.register.verify(head=self.head).empty
            self.head = str(self.register.head())


def told(table):
    rows = table.astype(object).where(table.notna(), None)
    return {
        row["id"]: {"name": row["name"], "capacity": row["capacity"]}
        for row in rows.to_dict("records")
    }


Remembering.TestCase.settings = settings(max_examples=8, stateful_step_count=14)
test_a_register_is_a_table_that_remembers = Remembering.TestCase


VALUES = (
    st.none() | st.text(LETTERS) | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
)
ROWS = st.none() | st.dictionaries(st.text(LETTERS, min_size=1, max_size=4), VALUES, max_size=4)


def changes(before, after):
    return chain.signed(
        chain.Change(
            1, 1, "IDL-OPS", "2026-11-27T00:00:00.000Z", "facilities", 1, "a", "change", None,
            None, before, after, chain.new_secret(), None, chain.FIRST, "",
        )
    )  # fmt: skip


@given(before=ROWS, after=ROWS, chosen=st.data())
def test_purged_in_any_order_a_change_keeps_its_hash_and_loses_its_values(before, after, chosen):
    change = changes(before, after)
    columns = sorted({*(before or {}), *(after or {})})
    first = set(chosen.draw(st.lists(st.sampled_from(columns)))) if columns else set()
    some = chain.without(change, first, and_id=False)
    every = chain.without(some, None, and_id=True)
    for left in (some, every):
        kept = chain.from_row(chain.to_row(left))
        assert chain.hash_of(kept) == change.hash
    assert chain.cells_of(every) == {}
    assert every.secret is None
    assert every.remains["salts"] == {}
    assert {column for column in (some.after or {}) if column in first} == set()


@given(before=ROWS, after=ROWS)
def test_a_change_is_read_as_it_was_written(before, after):
    change = changes(before, after)
    assert chain.from_row(chain.to_row(change)) == change


@given(
    cell=st.text(LETTERS) | st.floats() | st.integers() | st.booleans() | st.none() | st.dates()
    | st.datetimes(),
    kind=st.sampled_from(["TEXT", "INTEGER", "REAL", "BOOLEAN", "DATE", "DATETIME"]),
)  # fmt: skip
def test_a_value_that_the_file_keeps_is_the_same_when_it_is_read(cell, kind):
    try:
        kept = cells.fit(cell, kind, "column")
    except InputError:
        return
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(f"CREATE TABLE kept (value {kind})")
        database.execute("INSERT INTO kept VALUES (?)", (kept,))
        (found,) = database.execute("SELECT value FROM kept").fetchone()
    assert cells.from_file(found, kind) == kept
    assert cells.fit(found, kind, "column") == kept or kind == "TEXT"
