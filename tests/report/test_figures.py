"""Figures: lengths in proportion, the remainder last, the same numbers in every language."""

import re
from itertools import pairwise

import pandas as pd
import pytest
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st

from geosector import language
from geosector.language import unmarked
from geosector.measure.coded import UNSPECIFIED
from geosector.measure.counts import count_casualties, count_places, counted
from geosector.measure.services import service_breakdowns
from geosector.report import bars as drawing
from geosector.report.figures import bars, casualties, tiles
from tests.report.drawn_figures import CAUSES, LANGS, PART, REST, SVG, boxes, numbers_in, widths

LABELS = {"a": "Unknown", "b": "Electricity", "c": "Gas leak"}
HOSTILE = {
    "a": r"$x^2$ \alpha <script>alert(1)</script> & 'q' \"q\"",
    "b": "\u202eturned\u202c first\nsecond\x00\x07\ud800",
    "c": "W" * 5000,
    "d": "ز" * 5000,
    "e": "e" + "\u0301" * 500,
    "f": "--><svg onload=alert(1)>",
    "g": "街 \U0001f525",
    "h": "",
}
TOLD = {"name": "fire.by_cause", "title": "Causes of fires"}


def drawn(parts=CAUSES, labels=LABELS, lang="en", **more):
    made = bars(parts, labels, lang=lang, **{**TOLD, **more})
    assert made is not None
    return made


# ------------------------------------------------------------------ bars


@given(st.lists(st.integers(500, 10**7), min_size=1, max_size=12), st.integers(0, 10**6))
@settings(max_examples=6)
def test_lengths_are_in_proportion_to_counts_and_the_remainder_is_drawn(counts, rest):
    parts = counted([*(f"k{at}" for at in range(len(counts))), UNSPECIFIED], [*counts, rest])
    made = drawn(parts, {})
    lengths = widths(made.svg, PART) + widths(made.svg, REST)
    assert len(lengths) == len(parts)
    scale = max(lengths) / max(parts["count"])
    for length, count in zip(lengths, parts["count"], strict=True):
        assert length == pytest.approx(max(count * scale, drawing.LEAST_BAR * 72 / 25.4), abs=0.03)


def test_the_remainder_is_the_last_bar_however_large():
    made = drawn(counted(["a", UNSPECIFIED], [1, 99]))
    ((_, top, _, _),) = boxes(made.svg, REST)
    assert all(above < top for _, above, _, _ in boxes(made.svg, PART))
    assert made.lines[-3:-1] == ("Unspecified", "99 (99%)")


def test_what_parts_fall_short_of_their_base_is_drawn_as_unspecified():
    parts = pd.DataFrame({"key": ["a"], "count": [98], "percent": [81], "base": [121]})
    assert drawn(parts).lines[2:] == ("Unspecified", "23 (19%)", "n = 121")


def test_parts_that_exceed_their_base_make_no_remainder():
    parts = pd.DataFrame({"key": ["a"], "count": [130], "percent": [100], "base": [121]})
    assert widths(drawn(parts).svg, REST) == []


@pytest.mark.parametrize("lang", LANGS)
def test_every_language_carries_the_same_numbers_in_the_figure_and_in_its_words(lang):
    english, own = drawn(), drawn(lang=lang)
    for told in (lambda made: " | ".join(made.lines), lambda made: made.alt):
        assert numbers_in(told(own), lang) == numbers_in(told(english), "en")
    figures = set(numbers_in(" | ".join(own.lines), lang))
    assert (
        set(numbers_in(own.alt, lang))
        == figures
        == {"62", "51", "35", "29", "13", "11", "9", "121"}
    )


def test_right_to_left_bars_are_the_mirror_image():
    labels = {**LABELS, UNSPECIFIED: "Unspecified"}
    parts = counted(["a", "b", UNSPECIFIED], [62, 35, 13])
    with_same_words = {lang: drawn(parts, labels, lang) for lang in ("ckb", "ar")}
    for made in with_same_words.values():
        starts = {right for _, _, right, _ in boxes(made.svg, PART) + boxes(made.svg, REST)}
        assert len(starts) == 1, "they grow from the right"
    english = drawn(parts, labels)
    starts = {left for left, _, _, _ in boxes(english.svg, PART) + boxes(english.svg, REST)}
    assert len(starts) == 1, "they grow from the left"
    assert 170 / 25.4 * 72 - starts.pop() == pytest.approx(
        boxes(with_same_words["ar"].svg, PART)[0][2], abs=0.02
    )


def test_the_same_table_gives_the_same_bytes():
    assert drawn(lang="ar") == drawn(lang="ar")


def test_no_two_figures_share_the_name_of_a_part():
    made = [drawn(lang=lang, name=name) for lang in ("ar", "en") for name in ("one", "two")]
    names = [set(re.findall(r'id="([^"]+)"', one.svg)) for one in made]
    assert all(names)
    assert sum(map(len, names)) == len(set().union(*names))
    for one, own in zip(made, names, strict=True):
        assert set(re.findall(r'href="#([^"]+)"', one.svg)) == own


@pytest.mark.parametrize("lang", LANGS)
def test_hostile_labels_are_drawn_as_text_and_nothing_else(lang):
    parts = counted([*HOSTILE, UNSPECIFIED], range(9, 0, -1))
    made = drawn(parts, HOSTILE, lang, title="<b>\"'&\x00\ud800")
    root = ElementTree.fromstring(made.svg)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg",
        "g",
        "defs",
        "path",
        "use",
    }
    assert not re.search(r"\bon\w+=", made.svg.partition(">")[2])
    assert not re.search(r"javascript:|<!--|style=|<style|xlink", made.svg)
    assert root.get("aria-label", "").startswith("<b>\"'&")
    assert any(r"$x^2$ \alpha <script>" in line for line in made.lines)
    assert len(boxes(made.svg, PART)) == len(HOSTILE)
    assert float(root.get("height", "").removesuffix("mm")) < 120
    assert len(made.svg.encode()) < 60_000


def test_turns_of_direction_in_a_label_reach_neither_figure_nor_words():
    made = drawn(counted(["b"], [1]), HOSTILE)
    assert made.lines[0] == "turned first second"
    assert "\u202e" not in made.alt


@pytest.mark.parametrize("lang", ["ar", "kmr"])
def test_thirty_bars_of_real_length_fit_a_page_and_sixty_kilobytes(lang):
    keys = [f"قرية {'الشمال الغربي'[: at % 9]}{at}" for at in range(30)]
    made = drawn(counted([*keys, UNSPECIFIED], [*range(2000, 1970, -1), 50]), {}, lang)
    assert len(made.svg.encode()) <= 60_000
    assert float(ElementTree.fromstring(made.svg).get("height", "").removesuffix("mm")) < 250


def test_forty_long_labels_give_way_to_the_height_of_a_page():
    keys = [f"{at} " + "long words of a label " * 8 for at in range(40)]
    made = drawn(counted(keys, range(140, 100, -1)), {}, most=40)
    assert len(boxes(made.svg, PART)) == 40
    assert float(ElementTree.fromstring(made.svg).get("height", "").removesuffix("mm")) < 250


def test_what_is_not_drawn_is_counted_below():
    made = drawn(counted(list("abcde"), [9, 8, 3, 2, 2]), {}, most=2)
    assert made.lines[-1] == "n = 24; 3 others, not drawn, together: 7"
    one = drawn(counted(list("abc"), [9, 8, 3]), {}, most=2)
    assert one.lines[-1] == "n = 20; 1 other, not drawn: 3"


def test_equals_of_the_last_part_are_drawn_too_as_long_as_the_page_has_room():
    assert len(boxes(drawn(counted(list("abcd"), [9, 3, 3, 1]), {}, most=2).svg, PART)) == 3
    many = counted([f"k{at:02}" for at in range(70)], [7] + [1] * 69)
    assert len(boxes(drawn(many, {}).svg, PART)) == 1
    alike = counted([f"k{at:02}" for at in range(70)], [1] * 70)
    assert len(boxes(drawn(alike, {}).svg, PART)) == 40


def test_equals_of_the_third_are_named_in_the_words():
    alt = drawn(counted(list("abcdef"), [9, 8, 3, 3, 1, 1]), {}).alt
    assert re.findall(r"\u2068(\w)\u2069", alt) == list("abcd")


def test_a_place_that_was_hit_besides_is_shown_as_such():
    rows = pd.DataFrame({"place_type": ["school", "home"], "other_places": ["home;market", None]})
    made = drawn(count_places(rows), {})
    assert made.lines[:6] == ("home", "1 + 1 (50%)", "school", "1 (50%)", "market", "0 + 1 (0%)")
    assert made.lines[-1] == "n = 2; after +: hit besides another place, under which it is counted"


def test_qualifiers_stay_with_their_counts():
    parts = CAUSES[:2].assign(qualifier=["more_than", "about"])
    assert drawn(parts).lines[1:4:2] == ("more than 62 (51%)", "about 35 (29%)")


def test_of_published_percentages_the_counts_are_about():
    services = pd.DataFrame(
        {
            "measure": "protection.sessions",
            "dimension": ["total", "topic"],
            "key": ["total", "mines"],
            "count": [114, 75],
            "unit": ["count", "percent"],
        }
    )
    found = service_breakdowns(services)["protection.by_topic"]
    made = drawn(found.parts, {}, estimated=found.estimated)
    assert made.lines[1] == "75% (about 86)"
    assert made.lines[-1].endswith("the counts are worked out from them")
    bare = service_breakdowns(services[1:])["protection.by_topic"]
    made = drawn(bare.parts, {}, estimated=bare.estimated)
    assert made.lines[1::2] == ("75%", "25%")
    assert made.lines[-1] == "base not given"


def test_a_breakdown_without_a_base_shows_counts_and_no_shares():
    made = drawn(CAUSES.drop(columns="base"))
    assert made.lines[1] == "62"
    assert made.lines[-1] == "base not given"


def test_the_colour_is_the_callers():
    assert len(boxes(drawn(colour="#123456").svg, "#123456")) == 3


def test_nothing_makes_no_figure():
    assert bars(CAUSES[:0], {}, lang="ar", **TOLD) is None
    assert tiles(CAUSES[:0], {}, lang="ar", **TOLD) is None
    assert casualties({"killed": count_casualties(CAUSES, "killed")}, {}, lang="ar", **TOLD) is None


# ------------------------------------------------------------------ people


def people(**counts):
    rows = pd.DataFrame({name: [count] for name, count in counts.items()})
    return {fate: count_casualties(rows, fate) for fate in ("killed", "injured")}


def test_children_whose_sex_is_known_are_parts_of_the_children():
    found = people(killed_girl=2, killed_woman=1, killed_unspecified=1, injured_man=3)
    made = casualties(found, {"girl": "girls"}, lang="en", **TOLD)
    assert made.lines == (
        "killed: 4", "woman", "1", "child", "2", "girls", "2", "Unspecified", "1",
        "injured: 3", "man", "3",
    )  # fmt: skip
    assert unmarked(made.alt) == (
        "Causes of fires. killed: 4 (woman: 1; child: 2; Unspecified: 1); injured: 3 (man: 3)."
    )


def test_killed_and_injured_share_one_scale():
    made = casualties(people(killed_man=10, injured_man=40), {}, lang="en", **TOLD)
    (killed,) = widths(made.svg, "#1d1d1b")
    (injured,) = widths(made.svg, "#d55e00")
    assert injured == pytest.approx(4 * killed, rel=0.01)


def test_a_range_is_a_bar_to_what_is_sure_and_a_line_to_what_may_be():
    found = people(killed_man_min=2, killed_man_max=8, killed_woman=8)
    made = casualties(found, {}, lang="en", **TOLD)
    low, high = widths(made.svg, "#1d1d1b")
    assert high == pytest.approx(4 * low, rel=0.01)
    assert made.lines[1:4] == ("man", "2–8", "woman")
    assert made.lines[-1] == "Lines: from the least to the most reported."
    whiskers = [
        path.get("d", "") for path in ElementTree.fromstring(made.svg).iter(f"{SVG}path")
        if path.get("stroke") == "#1d1d1b" and path.get("stroke-width") is None
    ]  # fmt: skip
    assert any(
        max(float(one) for one in re.findall(r"[ML] ([\d.]+)", path))
        == pytest.approx(boxes(made.svg, "#1d1d1b")[1][2], abs=0.05)
        for path in whiskers
    )


@pytest.mark.parametrize("lang", LANGS)
def test_people_are_the_same_numbers_in_every_language(lang):
    found = people(killed_man_min=2, killed_man_max=8, injured_child=1200)
    made = casualties(found, {}, lang=lang, **TOLD)
    assert sorted(numbers_in(" | ".join(made.lines), lang)) == ["1200", "1200", "2", "2", "8", "8"]


# ------------------------------------------------------------------ tiles


def test_tiles_show_shares_as_numbers_and_as_bars():
    parts = counted([*"abcd", UNSPECIFIED], [47, 30, 13, 9, 1])
    made = tiles(parts, {"a": "Good services"}, lang="kmr", estimated=False, **TOLD)
    assert made.lines[:2] == ("%47", "Good services")
    assert made.lines[-1] == "n = 100"
    lengths = widths(made.svg, PART)
    assert [round(47 * one / lengths[0]) for one in lengths] == [47, 30, 13, 9]
    assert len(widths(made.svg, REST)) == 1


@pytest.mark.parametrize("count", [1, 5, 6, 13])
def test_tiles_lie_in_rows_of_equals(count):
    parts = counted([f"k{at}" for at in range(count)], range(100, 100 - count, -1))
    made = tiles(parts, {}, lang="ar", estimated=False, **TOLD)
    rows = {}
    for left, top, _, _ in boxes(made.svg, "#f3f1ec"):
        rows.setdefault(top, []).append(left)
    sizes = [len(row) for _, row in sorted(rows.items())]
    assert sum(sizes) == count
    assert max(sizes) <= 5
    assert all(above >= below for above, below in pairwise(sizes))


# ------------------------------------------------------------------ words


def test_a_language_that_is_not_known_is_refused():
    with pytest.raises(language.UnknownLanguageError):
        bars(CAUSES, {}, lang="de", **TOLD)
