"""Words made codes: what an office calls its codes stays, what people write is one code."""

from __future__ import annotations

import pandas as pd
import pytest

from geosector.measure.coded import code_incidents, code_of, is_known, label_of


def coded(**columns: list[object]) -> pd.DataFrame:
    rows = pd.DataFrame({"kind": ["fire"] * len(next(iter(columns.values()))), **columns})
    return code_incidents(rows).table


def test_codes_of_the_offices_own_stay_as_they_are() -> None:
    table = coded(weapon=["cluster_munition", "landmine"], place_type=["clinic", "river"])
    assert table["weapon"].tolist() == ["cluster_munition", "landmine"]
    assert table["place_type"].tolist() == ["clinic", "river"]
    assert is_known("weapon", "landmine")
    assert not is_known("weapon", "cata_pult")


def test_small_letters_alone_prove_no_code() -> None:
    assert coded(place_type=["house", "street"])["place_type"].tolist() == ["home", "road"]


def test_one_code_in_two_forms_is_one_code() -> None:
    assert coded(cause=["gas", "gas_leak", "stove"])["cause"].tolist() == [
        "gas_leak", "gas_leak", "stove"
    ]  # fmt: skip


def test_a_code_that_is_called_otherwise_here_stands_behind_its_name() -> None:
    assert label_of("place_type", "clinic", "en") == "hospitals and clinics (clinic)"
    assert label_of("weapon", "cluster_munition", "ar") == label_of("weapon", "cluster", "ar")


@pytest.mark.parametrize(
    ("column", "word", "code"),
    [("place_type", "الغابات", "forest"), ("place_type", "Hospitals", "hospital"),
     ("weapon", "قذائف هاون", "mortar"), ("weapon", "مخلفات حرب", "uxo"), ("weapon", "لغم", "mine"),
     ("place_type", "مستودعات", "warehouse"), ("cause", "الإهمال", "negligence"),
     ("cause", "التجاوز الخاطئ", "overtaking"), ("vehicle", "Motorcycles", "motorcycle")],
)  # fmt: skip
def test_articles_and_plurals_tell_no_word_from_another(column: str, word: str, code: str) -> None:
    assert code_of(column, word) == code


def test_an_unknown_word_in_several_spellings_is_counted_once() -> None:
    table = coded(weapon=["Catapult", "catapult ", "CATAPULT", "Catapult"])
    assert set(table["weapon"]) == {"Catapult"}


@pytest.mark.parametrize("mark", [";", "؛", ",", "،", " / ", "\n"])
def test_of_several_places_in_one_cell_the_first_counts(mark: str) -> None:
    made = code_incidents(
        pd.DataFrame({"kind": ["attack"], "place_type": [f"مدرسة{mark}سوق"]}), file="a.csv"
    )
    assert made.table[["place_type", "other_places"]].to_numpy().tolist() == [["school", "market"]]
    assert made.problems["column"].tolist() == ["place_type", "place_type", "other_places"]


def test_a_comma_parts_no_place_that_is_not_known() -> None:
    assert coded(place_type=["the old mill, upper floor"])["place_type"].tolist() == [
        "the old mill, upper floor"
    ]


def test_places_besides_are_named_once_and_listed_where_they_change() -> None:
    made = code_incidents(pd.DataFrame({"kind": ["fire"], "other_places": ["home، house"]}))
    assert made.table["other_places"].tolist() == ["home"]
    assert made.problems["given"].tolist() == ["home، house"]
