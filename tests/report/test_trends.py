"""The year: a line over its months, broken where nothing is known."""

import re
from itertools import pairwise

import pytest
from defusedxml import ElementTree

from geosector.errors import InputError
from geosector.report.trends import steps, trend
from tests.report.drawn_figures import LANGS, SVG, numbers_in

NOTHING = [None] * 12
YEAR = [91, 85, 94, 67, None, 70, 66, 120, 140, None, 88, 93]
BEFORE = [80, 85, 100, 40, 50, 60, None, None, 90, 95, 85, 30]
TOLD = {"name": "year", "title": "Attacks"}


def drawn(years, lang="en"):
    made = trend(years, lang=lang, **TOLD)
    assert made is not None
    return made


def lines_of(svg, colour):
    """Give the places of each line of a colour that is no mark, piece by piece."""
    found = []
    for path in ElementTree.fromstring(svg).iter(f"{SVG}path"):
        if path.get("stroke") == colour and path.get("id") is None:
            for piece in path.get("d", "").split("M")[1:]:
                places = [float(one) for one in re.findall(r"[\d.]+", piece)]
                found.append(list(zip(places[::2], places[1::2], strict=True)))
    return [piece for piece in found if len({x for x, _ in piece}) > 1]


def test_a_month_without_rows_is_a_gap_and_not_a_nought():
    pieces = lines_of(drawn({"2024": YEAR}).svg, "#0072b2")
    assert sorted(len(piece) for piece in pieces) == [2, 2, 4, 4]  # one of them is the key's


def test_a_month_that_stands_alone_is_a_mark():
    alone = [None, 5, *[None] * 10]
    svg = drawn({"2024": alone}).svg
    assert len(lines_of(svg, "#0072b2")) == 1  # the key's
    assert svg.count("<use") > len(drawn({"2024": alone}).lines)


def test_heights_are_in_proportion_to_counts():
    (line,) = (
        piece for piece in lines_of(drawn({"2024": [0, 10, 5, *[None] * 9]}).svg, "#0072b2")
        if len(piece) == 3
    )  # fmt: skip
    (_, zero), (_, ten), (_, five) = line
    assert zero - ten == pytest.approx(2 * (zero - five), abs=0.03)


def test_time_runs_as_the_language_is_read():
    for lang, onward in (("en", 1), ("kmr", 1), ("ar", -1), ("ckb", -1)):
        line = max(lines_of(drawn({"2024": [1] * 12}, lang).svg, "#0072b2"), key=len)
        assert len(line) == 12
        assert all((after - x) * onward > 0 for (x, _), (after, _) in pairwise(line))


@pytest.mark.parametrize("lang", LANGS)
def test_every_count_is_written_and_the_same_in_every_language(lang):
    made = drawn({"A": YEAR, "B": BEFORE}, lang)
    written = [one for line in made.lines for one in numbers_in(line, lang)]
    for counts in (YEAR, BEFORE):
        for count in counts:
            assert count is None or str(count) in written
    english = drawn({"A": YEAR, "B": BEFORE})
    assert numbers_in(made.alt, lang) == numbers_in(english.alt, "en")
    assert sorted(written) == sorted(
        one for line in english.lines for one in numbers_in(line, "en")
    )


def test_what_is_not_known_is_said_below_and_in_the_words():
    made = drawn({"2024": YEAR, "2023": [1] * 12})
    assert made.lines[-1] == "2024: no rows: May; October"
    assert (
        "2024: 914 in all; most 140 (September); least 66 (July); no rows: May; October."
        in made.alt
    )
    assert made.alt.endswith("2023: 12 in all; most 1 (January); least 1 (January).")


def test_a_year_of_which_nothing_is_known_is_left_out():
    assert "2023" not in drawn({"2024": YEAR, "2023": NOTHING}).alt
    before_only = drawn({"2024": NOTHING, "2023": YEAR})
    assert before_only.lines[-1].startswith("2023")
    assert lines_of(before_only.svg, "#6f6b62"), "it keeps the look of the year before"
    assert trend({"2024": NOTHING}, lang="en", **TOLD) is None
    assert trend({}, lang="en", **TOLD) is None


def test_three_years_and_half_a_year_are_refused():
    with pytest.raises(InputError, match="3 years were given; a figure shows at most two"):
        trend({"1": YEAR, "2": YEAR, "3": YEAR}, lang="en", **TOLD)
    with pytest.raises(InputError, match="expected one for each of the 12 months"):
        trend({"1": YEAR[:6]}, lang="en", **TOLD)


@pytest.mark.parametrize("most", [0, 1, 5, 6, 99, 101, 1234, 10**7])
def test_the_numbers_at_the_side_are_few_and_reach_beyond_the_greatest(most):
    marks = steps(most)
    assert marks[0] == 0
    assert marks[-1] >= most
    assert 2 <= len(marks) <= 6


@pytest.mark.parametrize("lang", LANGS)
def test_names_of_months_are_whole(lang):
    from geosector.language import month_name

    lines = drawn({"2024": [10**7] * 12}, lang).lines
    for month in range(1, 13):
        assert all(word in " ".join(lines).split() for word in month_name(month, lang=lang).split())


def test_hostile_names_of_years_stay_text_and_the_bytes_the_same():
    years = {"<script>$x$</script>": YEAR, "\u202e2023\n": BEFORE}
    made = drawn(years, "ar")
    assert made == drawn(years, "ar")
    assert "<script" not in made.svg
    assert len(made.svg.encode()) < 60_000
