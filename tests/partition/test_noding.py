"""Lines become segments that meet only at their ends."""

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString

from geosector.partition.noding import cut_into_segments, node


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
