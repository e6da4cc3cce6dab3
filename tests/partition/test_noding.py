"""Lines become segments that meet only at their ends."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString

from geosector.partition.noding import NEAR_MM, cut_into_segments, node


def noded(*lines):
    shapes = np.array([LineString(line) for line in lines], object)
    return node(cut_into_segments(shapes, np.arange(len(lines))))


def metres(segments):
    return sorted(tuple(map(float, ends)) for ends in segments.ends / 1000)


def test_a_crossing_becomes_a_junction():
    cut = noded([(0, 0), (10, 0)], [(5, -5), (5, 5)])
    assert metres(cut) == [(0, 0, 5, 0), (5, -5, 5, 0), (5, 0, 5, 5), (5, 0, 10, 0)]


def test_a_street_that_ends_on_another_cuts_it():
    cut = noded([(0, 0), (10, 0)], [(5, 0), (5, 5)])
    assert metres(cut) == [(0, 0, 5, 0), (5, 0, 5, 5), (5, 0, 10, 0)]


@pytest.mark.parametrize("gap", [0.02, 0.09])
def test_a_street_that_stops_within_a_tenth_of_a_metre_reaches_the_other(gap):
    cut = noded([(0, 0), (10, 0)], [(5, gap), (5, 5)])
    assert (0, 0, 5, 0) in metres(cut)
    assert (5, 0, 5, gap) in metres(cut)


def test_a_street_that_stops_further_away_does_not():
    assert len(noded([(0, 0), (10, 0)], [(5, 0.2), (5, 5)]).way) == 2


def test_two_ends_within_a_tenth_of_a_metre_meet():
    assert (10, 0, 10.05, 0) in metres(noded([(0, 0), (10, 0)], [(10.05, 0), (20, 0)]))


def test_shared_ground_is_one_segment_of_the_more_important_road():
    cut = noded([(0, 0), (10, 0)], [(4, 0), (14, 0)])
    assert metres(cut) == [(0, 0, 4, 0), (4, 0, 10, 0), (10, 0, 14, 0)]
    assert cut.way.tolist() == [0, 0, 1]


def test_duplicates_and_points_leave_no_trace():
    cut = noded([(0, 0), (10, 0)], [(10, 0), (0, 0)], [(3, 3), (3, 3)])
    assert metres(cut) == [(0, 0, 10, 0)]


def test_no_segment_crosses_another_in_a_random_tangle():
    rng = np.random.default_rng(1)
    cut = noded(*rng.uniform(0, 100, (40, 2, 2)).round(1))
    lines = shapely.linestrings(cut.ends.reshape(-1, 2, 2))
    one, two = shapely.STRtree(lines).query(lines, predicate="crosses")
    assert len(one) == 0
    assert len(two) == 0


def test_the_order_and_direction_of_lines_do_not_matter():
    rng = np.random.default_rng(2)
    lines = rng.uniform(0, 50, (12, 2, 2)).round(1)
    shapes = np.array([LineString(line) for line in lines], object)
    back = np.array([LineString(line[::-1]) for line in lines[::-1]], object)
    one = node(cut_into_segments(shapes, np.arange(12)))
    two = node(cut_into_segments(back, np.arange(12)[::-1]))
    assert np.array_equal(one.ends, two.ends)
    assert np.array_equal(one.way, two.way)


# ------------------------------------------------------------------ nearly touching


def test_a_line_that_passes_an_end_within_two_millimetres_is_led_through_it():
    cut = noded([(0, 0), (10, 0)], [(4, 5), (5, 0.002), (6, 5)])
    assert {(0, 0, 5, 0.002), (5, 0.002, 10, 0)} < set(metres(cut))


def test_two_lines_drawn_for_one_leave_no_gap():
    cut = noded([(0, 0), (90, 7)], [(0, 0), (30, 2.334), (60, 4.667), (90, 7)])
    assert len(cut.way) == 3
    assert cut.way.tolist() == [0, 0, 0]


def test_a_vertex_further_than_two_millimetres_away_is_left_alone():
    assert len(noded([(0, 0), (10, 0)], [(4, 5), (5, 0.003), (6, 5)]).way) == 3


def nothing_near(segments):
    """Say whether no end lies beside any segment, and no two cross (by floats, not by numbers)."""
    lines = shapely.linestrings(segments.ends.reshape(-1, 2, 2))
    places = np.unique(segments.ends.reshape(-1, 2), axis=0)
    line, place = shapely.STRtree(shapely.points(places)).query(
        lines, predicate="dwithin", distance=NEAR_MM - 1e-6
    )
    one, two = (
        np.hypot(*(places[place] - segments.ends[line][:, ends]).T) for ends in ([0, 1], [2, 3])
    )
    beside = (one > 0) & (two > 0) & (np.maximum(one, two) < shapely.length(lines[line]) - 1e-6)
    crossing, _ = shapely.STRtree(lines).query(lines, predicate="crosses")
    return not beside.any() and len(crossing) == 0


@given(
    st.lists(st.tuples(*[st.integers(0, 40)] * 4), min_size=2, max_size=30),
    st.sampled_from([1, 10, 1000]),
    st.randoms(use_true_random=False),
)
def test_nothing_nearly_touches_in_any_tangle_and_the_order_of_lines_does_not_matter(
    tangle, stretch, chance
):
    """Draw ends in millimetres, so close together that everything nearly touches."""
    ends = np.array(tangle).reshape(-1, 2, 2) * [stretch, 1] / 1000
    mixed = chance.sample(range(len(ends)), len(ends))
    one = node(cut_into_segments(shapely.linestrings(ends), np.arange(len(ends))))
    two = node(cut_into_segments(shapely.linestrings(ends[mixed, ::-1]), np.array(mixed)))
    assert nothing_near(one)
    assert all(np.array_equal(mine, yours) for mine, yours in zip(one, two, strict=True))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("width_mm", [30, 200])
def test_cutting_comes_to_an_end_where_every_segment_has_ends_on_both_sides(seed, width_mm):
    ends = np.random.default_rng(seed).integers(0, width_mm, (56, 2, 2)) / 1000
    assert nothing_near(node(cut_into_segments(shapely.linestrings(ends), np.arange(56))))
