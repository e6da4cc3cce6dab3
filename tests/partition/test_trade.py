"""What each tolerance costs in borders."""

import numpy as np
import pytest

from geosector.errors import BoundaryInPartsError, InputError, ToleranceNotReachedError
from geosector.partition import trade, trade_off
from tests.drawn import draw_town
from tests.partition.towns import NINE_BLOCKS, THREE_QUARTERS, TWO_PARTS

COLUMNS = [
    *("tolerance", "border_cost_km", "border_km", "main_border_share", "mean_polsby_popper"),
    *("largest_deviation", "feasible", "reason", "found_for"),
]


def curve_of(picture, count, **options):
    town = draw_town(picture)
    options = {"population": town.people, "iterations": 8, **options}
    return trade_off(town.boundary, town.roads, count, **options)


def test_each_tolerance_has_its_row_the_tightest_first():
    curve = curve_of(THREE_QUARTERS, 3, tolerances=[0.1, 0.0])
    assert [*curve.columns] == COLUMNS
    assert curve["tolerance"].tolist() == [0.0, 0.1]
    assert curve["main_border_share"].tolist() == [1, 1]
    assert curve["border_cost_km"].tolist() == [0.36, 0.36]
    assert curve["reason"].tolist() == ["", ""]


def test_a_looser_tolerance_never_costs_more():
    # At 0 % two sectors of six blocks follow 180 m of main road and 160 m of a minor street (180 m
    # straight through would cost 20 more); at 34 % a main road alone does.
    curve = curve_of(THREE_QUARTERS, 2, tolerances=[0.0, 0.1, 0.34])
    assert curve["border_cost_km"].tolist() == [1.78, 1.78, 0.18]
    assert curve["largest_deviation"].tolist() == pytest.approx([0, 0, 1 / 3])


def test_a_plan_found_for_a_tight_tolerance_serves_looser_ones(monkeypatch):
    calls = []
    real = trade.solve

    def poor_when_loose(graph, people, count, tolerance, *rest, form):
        calls.append(tolerance)
        if tolerance > 0.1:
            raise ToleranceNotReachedError("none found.")
        return real(graph, people, count, tolerance, *rest, form=form)

    monkeypatch.setattr(trade, "solve", poor_when_loose)
    curve = curve_of(NINE_BLOCKS, 3, tolerances=[0.05, 0.3])
    assert calls == [0.3, 0.05]
    assert curve["found_for"].tolist() == [0.05, 0.05]
    assert curve["feasible"].tolist() == [True, True]


def test_proven_impossible_is_told_from_not_found(monkeypatch):
    def find_none(*_, **__):
        raise ToleranceNotReachedError("none found.")

    monkeypatch.setattr(trade, "solve", find_none)
    curve = curve_of(THREE_QUARTERS, 5, tolerances=[0.1, 0.3])
    assert curve["feasible"].isna().tolist() == [False, True]
    assert curve["feasible"].iloc[0] == False  # noqa: E712 - a nullable truth
    assert "No plan of 5 sectors within 10.0% exists" in curve["reason"].iloc[0]
    assert curve["reason"].iloc[1] == "none found."
    assert np.isnan(curve["border_cost_km"]).all()


def test_the_same_input_gives_the_same_curve():
    one, two = (curve_of(NINE_BLOCKS, 3, tolerances=[0.0, 0.34]) for _ in range(2))
    assert one.equals(two)


def test_blocks_over_quota_may_be_cut_for_the_curve_too():
    curve = curve_of(NINE_BLOCKS, 12, population=None, split="cut", tolerances=[0.3])
    assert curve["feasible"].tolist() == [True]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tolerances": []}, "The tolerances are"),
        ({"tolerances": [0.1, 0.1]}, "each once"),
        ({"tolerances": [2]}, "The tolerance is 2"),
        ({"count": 0}, "The number of sectors is 0"),
        ({"iterations": -1}, "iterations is -1"),
        ({"costs": {"main": -1}}, "The cost of 'main'"),
    ],
)
def test_options_without_meaning_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        curve_of(NINE_BLOCKS, options.pop("count", 3), **options)


def test_a_boundary_in_parts_is_refused_where_asked():
    with pytest.raises(BoundaryInPartsError):
        curve_of(TWO_PARTS, 2, parts="refuse")
