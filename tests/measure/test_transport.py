"""Plans for places with limited room equal the optimum that HiGHS finds. All data are synthetic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array

from geosector.errors import InputError
from geosector.measure.sheltering.transport import NO_WAY, allot

pytestmark = pytest.mark.nojit


def optimum(cost: np.ndarray, people: np.ndarray, room: np.ndarray) -> tuple[int, float]:
    """Find with HiGHS how many find room, and then the least that their ways cost."""
    block, place = np.nonzero(cost < NO_WAY)
    if not len(block):
        return 0, 0.0
    arcs = np.arange(len(block))
    limits = csr_array(
        (np.ones(2 * len(arcs)), (np.r_[block, len(people) + place], np.r_[arcs, arcs])),
        shape=(len(people) + len(room), len(arcs)),
    )
    sides = {"A_ub": limits, "b_ub": np.r_[people, room], "method": "highs"}
    most = round(-linprog(-np.ones(len(arcs)), **sides).fun)
    least = linprog(cost[block, place], A_eq=np.ones((1, len(arcs))), b_eq=[most], **sides)
    return most, least.fun


def assert_sound(plan, cost, people, room) -> None:
    """Nobody is lost or made, no place is over-full, every way is there, and no lot is empty."""
    assert (np.bincount(plan.block, plan.people, len(people)) + plan.left == people).all()
    assert (np.bincount(plan.place, plan.people, len(room)) <= room).all()
    assert (cost[plan.block, plan.place] < NO_WAY).all()
    assert (plan.people > 0).all()


@st.composite
def cities(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    blocks, places = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    one = st.sampled_from([0, 1, 2, 3, 7, 7, 50, 1000, NO_WAY])
    cost = draw(st.lists(one, min_size=blocks * places, max_size=blocks * places))
    people = draw(st.lists(st.integers(0, 20), min_size=blocks, max_size=blocks))
    room = draw(st.lists(st.integers(0, 40), min_size=places, max_size=places))
    return np.array(cost, np.int32).reshape(blocks, places), np.array(people), np.array(room)


@settings(max_examples=120, deadline=None)
@given(cities())
def test_a_plan_is_the_optimum_of_highs_and_proves_it(city) -> None:
    cost, people, room = city
    plan = allot(cost, people, room)
    assert_sound(plan, *city)
    most, least = optimum(*city)
    assert int(plan.people.sum()) == most
    assert plan.cost == pytest.approx(least)
    assert plan.bound == plan.cost


@settings(max_examples=60, deadline=None)
@given(cities(), st.integers(0, 4))
def test_one_more_room_does_what_was_told(city, place) -> None:
    cost, people, room = city
    place %= len(room)
    plan = allot(cost, people, room)
    roomier = room + (np.arange(len(room)) == place)
    after = allot(cost, people, roomier)
    assert after.people.sum() - plan.people.sum() == plan.more_people[place]
    assert plan.cost - after.cost == plan.saved[place]


@pytest.mark.parametrize("share", [0.6, 0.95, 1.0, 1.1, 2.0])
def test_a_town_of_300_blocks_and_20_shelters_is_the_optimum(share: float) -> None:
    random = np.random.default_rng(round(share * 100))
    homes, places = random.uniform(0, 3000, (300, 2)), random.uniform(0, 3000, (20, 2))
    cost = np.rint(np.hypot(*(homes[:, None] - places).T).T * 833).astype(np.int32)
    cost[cost > 1_500_000] = NO_WAY
    people = random.integers(0, 400, 300)
    weight = random.lognormal(0, 0.8, 20)
    room = (weight / weight.sum() * people.sum() * share).astype(np.int64)
    plan = allot(cost, people, room)
    assert_sound(plan, cost, people, room)
    most, least = optimum(cost, people, room)
    assert int(plan.people.sum()) == most
    assert plan.cost == pytest.approx(least, rel=1e-9)
    assert plan.bound == plan.cost


def test_a_block_may_be_spread_over_all_places() -> None:
    cost = np.array([[1, 2, 3, 4, 5, 6]], np.int32)
    plan = allot(cost, np.array([25]), np.array([3, 3, 3, 3, 3, 3]))
    assert plan.people.tolist() == [3] * 6
    assert plan.left.tolist() == [7]
    assert plan.more_people.tolist() == [1] * 6
    assert plan.saved.tolist() == [-1, -2, -3, -4, -5, -6]


def test_sheltering_one_more_person_is_worth_any_walking() -> None:
    # The first block reaches both places, the second only the near one.
    cost = np.array([[1, 2_000_000_000], [0, NO_WAY]], np.int32)
    plan = allot(cost, np.array([1, 1]), np.array([1, 1]))
    assert plan.place.tolist() == [1, 0]
    assert plan.left.tolist() == [0, 0]
    assert plan.cost == plan.bound == 2_000_000_000


def test_millions_of_people_far_away_are_counted_exactly() -> None:
    cost = np.full((3, 2), NO_WAY - 1, np.int32)
    plan = allot(cost, np.array([10**9, 10**9, 10**9]), np.array([10**9, 10**9]))
    assert plan.left.sum() == 10**9
    assert plan.cost == plan.bound == 2 * 10**9 * (NO_WAY - 1)


def test_without_places_or_ways_everybody_is_left() -> None:
    none = allot(np.zeros((2, 0), np.int32), np.array([3, 4]), np.zeros(0, int))
    assert none.left.tolist() == [3, 4]
    assert len(none.more_people) == 0
    shut = allot(np.full((2, 1), NO_WAY, np.int32), np.array([3, 4]), np.array([9]))
    assert shut.left.tolist() == [3, 4]
    assert shut.more_people.tolist() == shut.saved.tolist() == [0]


@pytest.mark.parametrize(
    ("cost", "people", "room", "message"),
    [
        ([[-1]], [1], [1], "below 0"),
        ([[1]], [-1], [1], "below 0"),
        ([[1]], [1], [-1], "below 0"),
        ([[1, 2]], [1], [1], "1 blocks and 2 places; expected 1 and 1"),
    ],
)
def test_what_makes_no_sense_is_refused(cost, people, room, message) -> None:
    with pytest.raises(InputError, match=message):
        allot(np.array(cost, np.int32), np.array(people), np.array(room))
