"""Figures that stand for more than one row."""

from __future__ import annotations

import pandas as pd

from geosector.sources.population import shared_figures


def listed(names: list[str | None], people: list[float]) -> list[int | None]:
    rows = pd.DataFrame({"name": names, "population": people}, index=range(1, len(names) + 1))
    return [problem.row for problem in shared_figures(rows, file="zones.csv")]


def test_a_whole_repeated_in_its_parts_is_listed():
    assert listed(["هنانو", "السريان", "هنانو"], [135, 352, 135]) == [3]


def test_one_figure_under_two_names_that_share_a_telling_word_is_listed():
    names = ["خدمات النيرب", "خدمات باب النيرب", "خدمات هنانو", "خدمات السريان"]
    assert listed(names, [220, 220, 220, 220]) == [2]


def test_equal_figures_of_different_places_are_not_listed():
    assert listed(["Block 1", "Block 2", "Block 3", "Block 4"], [100, 100, 100, 100]) == []
    assert listed(["a", None, None], [0, 5, 5]) == []


def test_the_same_name_with_another_figure_is_not_listed():
    assert listed(["هنانو", "هنانو"], [135, 136]) == []


def test_rows_without_names_are_not_listed():
    assert shared_figures(pd.DataFrame({"population": [1.0, 1.0]}), file="a") == []
