"""Names are ranked, and accepted, left to review or refused."""

from __future__ import annotations

import json
from importlib import resources

import numpy as np
import pandas as pd
import pytest

from geosector.geocode import Gazetteer, index_gazetteer
from geosector.geocode.candidates import EVIDENCE, STANDING, find_candidates
from geosector.geocode.gazetteer import Hint
from geosector.geocode.match import Verdict, match_name, match_names
from geosector.geocode.ranking import (
    NOT_THERE,
    SIGNS,
    rank_candidates,
    weights,
    worths,
)

EAST, WEST = Hint("east", ""), Hint("west", "")


def _id(verdict: Verdict) -> str | None:
    return verdict.place.id if verdict.place else None


def test_every_name_gets_a_verdict_in_order(index: Gazetteer) -> None:
    words = ["بيت نور", "", "Umm el Hajar", "0933 123 456"] * 150
    found = match_names(words, index, [None] * len(words))
    assert [_id(one) for one in found] == ["b3", None, "b2", None] * 150


def test_many_names_at_once_fare_as_one_by_one(index: Gazetteer) -> None:
    words, hints = ["Kafr Zait", "Deir Nur", "دار الورد"], [EAST, None, WEST]
    together = match_names(words, index, hints)
    apart = [match_name(word, index, hint) for word, hint in zip(words, hints, strict=True)]
    for one, other in zip(together, apart, strict=True):
        assert (_id(one), one.decision, one.flags) == (_id(other), other.decision, other.flags)
        assert one.score == pytest.approx(other.score, abs=1e-4)


def test_no_names_have_no_verdicts(index: Gazetteer) -> None:
    assert match_names([], index, []) == []


def test_an_empty_gazetteer_refuses(index: Gazetteer) -> None:
    found = match_name("بيت نور", index_gazetteer([]))
    assert (found.decision, found.place, found.flags) == ("refused", None, ("unknown_name",))


def test_at_least_four_further_places_are_offered(index: Gazetteer) -> None:
    found = match_name("Kafr Nur", index)
    scores = [one.score for one in found.alternatives]
    assert len(scores) >= 4
    assert scores == sorted(scores, reverse=True)
    assert found.score >= scores[0]
    assert found.score + sum(scores) <= 1.001


def test_a_hint_reorders_and_does_not_remove(index: Gazetteer) -> None:
    for hint, expected in ((EAST, "b1"), (WEST, "a2")):
        found = match_name("كفر زيت", index, hint)
        assert _id(found) == expected
        assert {"a2", "b1"} <= {expected, *(one.place.id for one in found.alternatives)}


@pytest.mark.parametrize("name", ["دار الورد", "Dar al-Ward"])
def test_a_name_elsewhere_than_the_hint_is_never_accepted_silently(
    index: Gazetteer, name: str
) -> None:
    found = match_name(name, index, EAST)
    assert found.decision != "accepted"
    assert "hint_disagrees" in found.flags


def test_a_latin_gazetteer_answers_arabic_words(places: pd.DataFrame) -> None:
    index = index_gazetteer([places.assign(name_ar="")])
    assert [_id(match_name(one, index)) for one in ("أم الحجر", "دار الورد")] == ["b2", "a3"]


def test_an_arabic_gazetteer_answers_latin_words(places: pd.DataFrame) -> None:
    index = index_gazetteer([places.assign(name="", names="")])
    found = [_id(match_name(one, index)) for one in ("Oum el-Hajar", "Dar al Werd")]
    assert found == ["b2", "a3"]


def test_north_and_south_are_different_places() -> None:
    table = pd.DataFrame(
        {
            "id": ["n", "s"],
            "name": ["Zaytan Shamali", "Zaytan Janubi"],
            "lat": [36.0, 36.1],
            "lon": [37.0, 37.0],
        }
    )
    index = index_gazetteer([table])
    words = {"زيتان الشمالي": "n", "South Zaytan": "s", "Zeitan Başûr": "s"}
    assert {word: _id(match_name(word, index)) for word in words} == words


def test_what_a_person_taught_outranks_likeness(places: pd.DataFrame) -> None:
    places["names_learned"] = ["", "", "", "", "", "Bayt Nuur", "", "", "", ""]
    index = index_gazetteer([places])
    assert _id(match_name("Bayt Nuur", index)) == "b2"
    assert _id(match_name("Bayt Nur", index)) == "b3"


def test_a_hint_finds_a_place_behind_many_more_alike_elsewhere() -> None:
    count = 60
    table = pd.DataFrame(
        {
            "id": [*map(str, range(count)), "here"],
            "name": [*(["Kafr Zaytun"] * count), "Kfar Zeitoune"],
            "lat": [33.0 + 0.05 * number for number in range(count + 1)],
            "lon": [37.0] * (count + 1),
            "admin1": [*(["West"] * count), "East"],
        }
    )
    assert _id(match_name("Kafr Zaytun", index_gazetteer([table]), EAST)) == "here"


def test_of_two_villages_alike_in_one_script_the_other_script_tells() -> None:
    table = pd.DataFrame(
        {
            "id": ["other", "same"],
            "name": ["Wadi Tamr", "Nurista"],
            "name_ar": ["نورستا", "نورستا"],
            "lat": [36.0, 36.5],
            "lon": [37.0, 37.0],
        }
    )
    index = index_gazetteer([table])
    assert _id(match_name("نورستا", index)) == "same"


@pytest.mark.parametrize("hint", [None, EAST])
@pytest.mark.parametrize(
    "word", ["Blorp", "Xyzzy", "Qwfpgj", "Lorem", "asdfgh", "بلورب", "ققصثض", "ظظطكم"]
)
def test_a_word_like_no_name_is_not_trusted_in_a_short_list(
    index: Gazetteer, word: str, hint: Hint | None
) -> None:
    found = match_name(word, index, hint)
    assert found.decision != "accepted"
    assert found.score < 0.6


def test_a_list_ranked_without_a_candidate_knows_nothing_of_it(index: Gazetteer) -> None:
    found = find_candidates(["Kafr Zayt"], index, [None])
    worth, spelled = worths(found, np.ones(len(EVIDENCE)), np.zeros(len(STANDING)))
    equals = SIGNS.index("equals")
    whole = rank_candidates(["Kafr Zayt"], found, index, worth, spelled)
    worth[whole.order[1]] = NOT_THERE
    less = rank_candidates(["Kafr Zayt"], found, index, worth, spelled)
    assert whole.signs[0, equals] > 0
    assert less.signs[0, equals] == 0
    assert less.share[whole.order[1]] == 0


def test_the_weights_can_be_read_and_name_what_they_weigh() -> None:
    file = resources.files("geosector") / "geocode" / "weights.json"
    learned = json.loads(file.read_text(encoding="utf-8"))
    assert learned == weights()
    assert set(learned["ranking"]["evidence"]) == set(EVIDENCE)
    assert set(learned["ranking"]["standing"]) == set(STANDING)
    assert all(set(learned["trust"][told]) == set(SIGNS) for told in ("none", "hint"))
    assert all(0.5 < learned["accept"][told] <= 1 for told in ("none", "hint"))
