"""Places and codes come out of their bytes as they went in, and take as few as was promised."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geosector.maps import planes

metres = st.floats(-30_000, 30_000, allow_nan=False)
places = st.lists(st.tuples(metres, metres), max_size=60)


def clustered(count: int) -> tuple[planes.Floats, planes.Floats]:
    """Make a synthetic city of 14 × 12 km with sixty thick places."""
    random = np.random.default_rng(0)
    middles = random.uniform((1000, 1000), (13000, 11000), (60, 2))
    spread = random.uniform(100, 600, 60)
    chosen = random.choice(60, count, p=random.dirichlet(np.ones(60)))
    x, y = (middles[chosen] + random.normal(0, 1, (count, 2)) * spread[chosen, None]).T
    return x, y


@given(places, st.sampled_from([0.5, 1.0, 30.0]))
def test_places_keep_to_half_a_unit(given_places: list[tuple[float, float]], unit: float) -> None:
    x, y = np.array(given_places, float).reshape(-1, 2).T
    packed = planes.pack_places(x, y, unit)
    assert sorted(packed.order.tolist()) == list(range(len(x)))
    read_x, read_y = planes.unpack_places(packed.places)
    for read, true in ((read_x, x), (read_y, y)):
        assert np.abs(read - true[packed.order]).max(initial=0) <= 0.5 * unit + 1e-6


@given(places)
def test_the_same_places_in_another_order_are_the_same_bytes(
    given_places: list[tuple[float, float]],
) -> None:
    x, y = np.array(given_places, float).reshape(-1, 2).T
    assert planes.pack_places(x, y, 1.0).places == planes.pack_places(x[::-1], y[::-1], 1.0).places


def test_places_at_one_spot_stay_as_many() -> None:
    x, y = np.full((2, 5000), 7.0)
    packed = planes.pack_places(x, y, 1.0)
    assert packed.order.tolist() == list(range(5000))
    assert len(json.dumps(packed.places)) < 400
    assert planes.unpack_places(packed.places)[0].tolist() == [7.0] * 5000


def test_places_far_apart_come_back() -> None:
    x = np.tile([0.0, 1e9, 1e9, 1.0], 100)  # the keys of so many do not carry their rows
    packed = planes.pack_places(x, x[::-1], 1.0)
    read_x, read_y = planes.unpack_places(packed.places)
    assert read_x.tolist() == x[packed.order].tolist()
    assert read_y.tolist() == x[::-1][packed.order].tolist()


def test_a_hundred_thousand_clustered_places_take_two_bytes_each_at_most() -> None:
    packed = planes.pack_places(*clustered(100_000), 1.0)
    assert len(json.dumps(packed.places)) <= 200_000


@given(st.lists(st.integers(0, 2**20), max_size=50), st.booleans())
def test_codes_read_back(values: list[int], even: bool) -> None:  # noqa: FBT001
    codes = np.array(values, np.int64)
    packed = planes.pack_codes(codes, even=even)
    assert planes.unpack_codes(packed, len(codes)).tolist() == values


@given(st.lists(st.integers(0, 7), max_size=50))
def test_small_codes_share_a_byte(values: list[int]) -> None:
    codes = np.array([*values, 7], np.int64)
    packed = planes.pack_codes(codes)
    assert packed["group"] == 2
    assert planes.unpack_codes(packed, len(codes)).tolist() == codes.tolist()


def test_random_codes_take_hardly_more_than_their_entropy() -> None:
    random = np.random.default_rng(0)
    for most, even in ((4, False), (8, False), (365, True)):
        packed = planes.pack_codes(random.integers(0, most, 100_000), even=even)
        written = len(packed["bits"]) + sum(map(len, packed["planes"]))
        assert written <= 1.03 * np.log2(most) / 8 * 4 / 3 * 100_000


def test_codes_that_repeat_take_hardly_anything() -> None:
    packed = planes.pack_codes(np.repeat(np.arange(700), 150))
    assert sum(map(len, packed["planes"])) <= 5000
