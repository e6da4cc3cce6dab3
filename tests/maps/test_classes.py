"""Few classes, cut where the values leave gaps; shades that stay ordered."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosector.maps import theme
from geosector.maps.classes import MOST, classify

values = st.lists(st.one_of(st.integers(0, 40).map(float), st.just(float("nan"))), max_size=14)


def spread(above: np.ndarray, of: np.ndarray) -> float:
    return sum(((above[of == one] - above[of == one].mean()) ** 2).sum() for one in set(of))


@given(values)
def test_every_value_is_within_the_limits_of_its_class_and_a_missing_one_is_in_none(
    given_: list[float],
) -> None:
    limits, of = classify(given_)
    assert len(limits) <= MOST + 1
    for value, one in zip(given_, of, strict=True):
        assert one == -1 if np.isnan(value) else limits[one][0] <= value <= limits[one][1]
    edges = [edge for limit in limits for edge in limit]
    assert edges == sorted(edges)
    assert set(of) - {-1} == set(range(len(limits)))


@given(st.lists(st.integers(1, 60), min_size=1, max_size=11), st.integers(1, 4))
def test_no_other_cuts_leave_a_lesser_spread(given_: list[int], most: int) -> None:
    above = np.sort(np.array(given_, float))
    distinct = np.unique(above)
    cut = spread(above, classify(above, most).of)
    cuts = combinations(distinct[1:], min(most, len(distinct)) - 1)
    best = min(spread(above, np.searchsorted(one, above, side="right")) for one in cuts)
    assert cut == pytest.approx(best, abs=1e-9)


def test_nothing_is_a_class_of_its_own() -> None:
    assert classify([0, 0, 1]).limits == [(0.0, 0.0), (1.0, 1.0)]
    assert classify([0, 0]).of.tolist() == [0, 0]
    assert classify([]).limits == []


def test_a_large_number_beside_small_ones_keeps_its_class() -> None:
    assert classify([1e9, 1e9 + 1, 1, 2, 3, 4, 5, 6, 7], most=2).of.tolist() == [1, 1, *[0] * 7]


def luminance(colour: str) -> float:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2


@pytest.mark.parametrize("kind", ["attack", "fire", "traffic", "all"])
@pytest.mark.parametrize("classes", range(1, MOST + 1))
def test_shades_darken_from_class_to_class(kind: str, classes: int) -> None:
    """So that they stay in order for every kind of colour blindness and in grey print."""
    shades = theme.shades(kind, classes)
    lights = [luminance(shade) for shade in [theme.NOTHING, *shades]]
    assert len(set(shades)) == classes
    assert all((one + 0.05) / (other + 0.05) > 1.2 for one, other in pairwise(lights))
