"""The live index answers as if every point had been measured."""

from __future__ import annotations

import math
import re

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from geosector import crs
from geosector.errors import InputError
from geosector.index import LiveIndex

TOWN = (37.0, 36.0, 37.2, 36.2)


@pytest.fixture
def shelters():
    """Give three shelters in a row, 0.01 degrees apart, and a fourth on the place of the first."""
    index = LiveIndex(TOWN)
    for name, lon in (("b", 37.10), ("c", 37.11), ("d", 37.12), ("a", 37.10)):
        index.insert(name, lon, 36.1)
    return index


def test_the_nearest_come_first_and_equals_in_order_of_their_ids(shelters):
    found = shelters.nearest(37.101, 36.1, k=3)
    assert [name for name, _ in found] == ["a", "b", "c"]
    assert [round(metres) for _, metres in found] == [90, 90, 810]


def test_of_equals_the_first_id_is_the_nearest(shelters):
    assert shelters.nearest(37.10, 36.1) == [("a", 0.0)]


def test_a_deleted_point_is_not_found_and_may_come_back_elsewhere(shelters):
    shelters.delete("a")
    assert "a" not in shelters
    assert len(shelters) == 3
    shelters.insert("a", 37.12, 36.1)
    assert [name for name, _ in shelters.nearest(37.12, 36.1, k=2)] == ["a", "d"]


def test_fewer_points_than_asked_for_are_all_of_them(shelters):
    assert len(shelters.nearest(37.1, 36.1, k=9)) == 4
    assert LiveIndex(TOWN).nearest(37.1, 36.1) == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda index: index.insert("a", 37.1, 36.1), "'a' is in the index already"),
        (lambda index: index.delete("z"), "'z' is not in the index"),
        (lambda index: index.nearest(37.1, 36.1, k=0), "At least 1 neighbour"),
        (lambda index: index.insert("z", math.nan, 36.1), "in degrees, not nan, 36.1"),
        (lambda index: index.insert("z", 286546, 3978840), "in degrees, not 286546, 3978840"),
        (lambda index: index.nearest(37.1, math.inf), "in degrees, not 37.1, inf"),
        (lambda index: index.insert("z", 127, 0), "on the other side of the world"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(shelters, wrong, sentence):
    with pytest.raises(InputError, match=re.escape(sentence)):
        wrong(shelters)
    assert len(shelters) == 4
    assert "z" not in shelters


# A coarse grid, so that points coincide and distances tie.
PLACES = st.tuples(st.integers(0, 8), st.integers(0, 8)).map(
    lambda at: (37 + at[0] / 40, 36 + at[1] / 40)
)
STEPS = st.lists(st.tuples(st.integers(0, 30), PLACES), max_size=60)


@given(steps=STEPS, asked=PLACES, k=st.integers(1, 8))
def test_it_equals_measuring_every_point(steps, asked, k):
    index, there = LiveIndex(TOWN), {}
    for number, place in steps:  # a number seen again goes out
        name = f"n{number}"
        if name in there:
            index.delete(name)
            del there[name]
        else:
            index.insert(name, *place)
            there[name] = place
    places = np.array([*there.values(), asked])
    x, y = crs.convert_points(places[:, 0], places[:, 1], crs.WGS84, crs.metric_crs(TOWN))
    every = sorted(
        (math.hypot(x[at] - x[-1], y[at] - y[-1]), name) for at, name in enumerate(there)
    )
    assert index.nearest(*asked, k=k) == [(name, metres) for metres, name in every[:k]]
    assert len(index) == len(there)


def test_an_index_filled_at_once_answers_like_one_filled_one_by_one():
    random = np.random.default_rng(0)
    lon, lat = random.uniform([[37], [36]], [[37.2], [36.2]], (2, 200))
    names = [f"p{number}" for number in range(200)]
    one_by_one, at_once = (LiveIndex((37, 36, 37.2, 36.2)) for _ in range(2))
    for name, x, y in zip(names, lon.tolist(), lat.tolist(), strict=True):
        one_by_one.insert(name, x, y)
    at_once.fill(names, lon, lat)
    for index in (one_by_one, at_once):
        index.delete("p7")
        index.insert("new", 37.1, 36.1)
    assert at_once.nearest(37.1, 36.1, 200) == one_by_one.nearest(37.1, 36.1, 200)
    assert len(at_once) == 200


def test_an_index_is_filled_once_and_with_points_that_are_near():
    for names, lon in ((["a", "a"], [37.0, 37.0]), (["a", "b"], [37.0, np.nan])):
        index = LiveIndex((37, 36, 37.2, 36.2))
        with pytest.raises(InputError, match="filled once"):
            index.fill(names, np.array(lon), np.array([36.0, 36.0]))
    index.fill([], np.array([]), np.array([]))
    index.fill(["a"], np.array([37.0]), np.array([36.0]))
    with pytest.raises(InputError, match="filled once"):
        index.fill(["b"], np.array([37.0]), np.array([36.0]))
