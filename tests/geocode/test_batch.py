"""A table of words becomes a table of matches."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from geosector.errors import InputError, MissingColumnError
from geosector.geocode import geocode
from geosector.tables import table

ADDED = list(table("matches").columns)


def _one(words: str, places: pd.DataFrame, **options: object) -> pd.Series:
    return geocode(pd.DataFrame({"query": [words], "gov": ["East"]}), places, **options).iloc[0]


def test_the_columns_of_the_contract_follow_those_of_the_input(places: pd.DataFrame) -> None:
    words = pd.DataFrame({"lat": [1], "query": ["بيت نور"], "lat_input": [2]}, index=[7])
    found = geocode(words, places)
    assert list(found.columns) == ["lat_input_input", "query", "lat_input", *ADDED]
    assert found.index.tolist() == [7]


def test_a_name_written_as_in_the_gazetteer_is_accepted(places: pd.DataFrame) -> None:
    found = _one("بَيت نور", places)
    assert (found["decision"], found["match_id"], found["level"]) == ("accepted", "b3", "village")
    assert (found["lat"], found["lon"], found["radius_m"]) == (36.6, 38.2, 1000)
    assert found["score"] > 0.97


def test_homonyms_are_for_review_with_the_others_as_alternatives(places: pd.DataFrame) -> None:
    found = _one("كفر زيت", places)
    assert (found["decision"], found["flags"], found["match_id"]) == ("review", "ambiguous", "a2")
    first, *further = json.loads(found["alternatives"])
    assert (first["id"], first["reason"]) == ("b1", "same_name")
    assert len(further) <= 4
    assert found["score"] + first["score"] + sum(one["score"] for one in further) <= 1.0001


def test_a_hint_decides_between_homonyms(places: pd.DataFrame) -> None:
    found = _one("كفر زيت", places, admin="gov")
    assert (found["decision"], found["match_id"]) == ("accepted", "b1")


def test_the_larger_of_two_homonyms_comes_first(places: pd.DataFrame) -> None:
    found = _one("Tall Akhdar", places)
    assert (found["decision"], found["match_id"]) == ("review", "b5")


def test_a_name_that_is_elsewhere_than_the_hint_is_not_accepted(places: pd.DataFrame) -> None:
    found = _one("دار الورد", places, admin="gov")
    assert found["decision"] != "accepted"
    assert "hint_disagrees" in found["flags"]
    assert "a3" in [found["match_id"], *(one["id"] for one in json.loads(found["alternatives"]))]


def test_an_unknown_hint_is_flagged_and_ignored(places: pd.DataFrame) -> None:
    words = pd.DataFrame({"query": ["بيت نور"], "gov": ["Atlantis"]})
    found = geocode(words, places, admin="gov").iloc[0]
    assert (found["decision"], found["flags"]) == ("accepted", "unknown_hint")


def test_another_kind_of_place_is_not_accepted(places: pd.DataFrame) -> None:
    found = _one("مخيم بيت نور", places)
    assert found["decision"] != "accepted"
    assert "other_kind" in found["flags"]


@pytest.mark.parametrize(("words", "flag"), [("0933 123 456", "junk"), ("؟؟؟", "junk"), ("", "empty"), ("Zzyzx", "unknown_name"), ("36,2", "junk"), ("C9999", "unknown_pcode"), ("99XYZ1234", "junk")])  # fmt: skip
def test_what_is_no_place_is_refused_with_a_reason(
    places: pd.DataFrame, words: str, flag: str
) -> None:
    found = _one(words, places)
    assert (found["decision"], found["flags"]) == ("refused", flag)
    assert pd.isna(found["lat"])
    assert pd.isna(found["radius_m"])


@pytest.mark.parametrize("words", ["C9001", "c9001", "PCODE: C9001", "P-code C٩٠٠١"])
def test_a_pcode_is_resolved_by_the_gazetteer(places: pd.DataFrame, words: str) -> None:
    found = _one(words, places)
    assert (found["decision"], found["match_id"], found["lat"]) == ("accepted", "a4", 36.3)


def test_a_pcode_of_two_places_is_for_review(places: pd.DataFrame) -> None:
    other = pd.DataFrame(
        {"id": ["z"], "name": ["Other"], "pcode": ["C9001"], "lat": [36.9], "lon": [38.0]}
    )
    found = _one("C9001", [places, other])
    assert (found["decision"], found["flags"]) == ("review", "ambiguous")
    assert json.loads(found["alternatives"])[0]["id"] == "z"


def test_a_name_that_looks_like_a_pcode_is_still_a_name(places: pd.DataFrame) -> None:
    other = pd.DataFrame({"id": ["z"], "name": ["M45"], "lat": [36.9], "lon": [38.0]})
    assert _one("M45", [places, other])["match_id"] == "z"


def test_a_coordinate_is_accepted_at_level_coordinate(places: pd.DataFrame) -> None:
    found = _one("36.5 N 37.5 E", places)
    assert (found["decision"], found["level"], found["lat"]) == ("accepted", "coordinate", 36.5)
    assert pd.isna(found["match_id"])
    assert found["alternatives"] == "[]"


def test_a_coordinate_outside_the_gazetteers_area_is_refused(places: pd.DataFrame) -> None:
    assert _one("51.5 N 0.1 W", places)["flags"] == "outside_area"
    assert _one("51.5 N 0.1 W", places.iloc[:0])["decision"] == "accepted"


def test_a_doubtful_coordinate_is_for_review(places: pd.DataFrame) -> None:
    found = _one("here https://maps.google.com/?q=36.5123,37.5123", places)
    assert (found["decision"], found["flags"], found["score"]) == ("review", "words_ignored", 0.9)


def test_the_area_may_be_a_box_or_a_name(places: pd.DataFrame) -> None:
    inside, outside = "36.6 N 38.2 E", "36.1 N 36.6 E"
    for area in ("East", "SY91", (38.0, 36.4, 38.8, 36.9)):
        assert _one(inside, places, area=area)["decision"] == "accepted"
        assert _one(outside, places, area=area)["flags"] == "outside_area"
    assert _one("36.61 N 38.21 E", places, area="Bayt Nur")["decision"] == "accepted"
    assert _one("36.71 N 38.21 E", places, area="Bayt Nur")["decision"] == "refused"


@pytest.mark.parametrize(
    "area", [(1.0, 2.0, 3.0), (40.0, 30.0, 35.0, 35.0), (0.0, 0.0, 400.0, 1.0)]
)
def test_an_area_that_is_no_box_is_refused(places: pd.DataFrame, area: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match=r"is not a box\. Give west,south,east,north"):
        _one("x", places, area=area)


def test_an_unknown_area_is_refused(places: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="The area 'Atlantis' is not in the gazetteer"):
        _one("x", places, area="Atlantis")


@pytest.mark.parametrize(
    "words",
    ["GG2X+22 Bayt Nur", "GG2X+22 بيت نور، East", "GG2X+22 Tall Akhdar", "GG2X+22 Kafr Zayt, East"],
)
def test_the_town_of_a_short_plus_code_comes_from_the_gazetteer(
    places: pd.DataFrame, words: str
) -> None:
    assert _one(words, places)["decision"] == "accepted"


def test_the_town_of_a_short_plus_code_may_come_from_the_spare_list(places: pd.DataFrame) -> None:
    words = "GG2X+22 Saraqib"
    spare = pd.DataFrame({"id": ["s"], "name": ["Saraqib"], "lat": [36.6], "lon": [38.2]})
    assert _one(words, places)["flags"] == "unknown_town"
    assert _one(words, places, towns=spare)["decision"] == "accepted"


def test_the_column_of_words_is_found(places: pd.DataFrame) -> None:
    for name in ("query", "locality", "التجمع السكاني", "anything"):
        words = pd.DataFrame({"n": [1], name: ["بيت نور"]})
        assert geocode(words, places)["decision"].tolist() == ["accepted"]


def test_a_column_of_words_that_is_not_clear_is_asked_for(places: pd.DataFrame) -> None:
    words = pd.DataFrame({"a": ["x"], "b": ["y"]})
    with pytest.raises(InputError, match="Name it with --column; the table has: a, b"):
        geocode(words, places)
    assert len(geocode(words, places, column="b")) == 1


@pytest.mark.parametrize("option", ["column", "admin"])
def test_a_column_that_is_not_there_is_named(places: pd.DataFrame, option: str) -> None:
    with pytest.raises(
        MissingColumnError, match=r"There is no column 'place'\. The table has: query"
    ):
        geocode(pd.DataFrame({"query": ["x"]}), places, **{option: "place"})


def test_poor_coverage_of_the_builtin_gazetteer_gives_advice(places: pd.DataFrame) -> None:
    words = pd.DataFrame({"query": ["Zzyzx", "بيت نور"]})
    assert "advice" not in geocode(words, places).attrs
    places.attrs["coverage"] = "It is small. Get SY.zip."
    advice = "Names that the gazetteer does not know: 1 of 2. It is small. Get SY.zip."
    assert geocode(words, places).attrs["advice"] == advice
    assert "advice" not in geocode(words.iloc[1:], places).attrs


def test_missing_values_are_rows_too(places: pd.DataFrame) -> None:
    words = pd.DataFrame(
        {"query": pd.array(["بيت نور", None, pd.NA], dtype="string")}, index=[3, 1, 1]
    )
    found = geocode(words, places)
    assert found.index.tolist() == [3, 1, 1]
    assert found["flags"].tolist() == ["", "empty", "empty"]
    assert geocode(words.iloc[:0], places).columns.tolist() == ["query", *ADDED]


def test_numbers_as_words_are_read_as_written(places: pd.DataFrame) -> None:
    assert geocode(pd.DataFrame({"query": [36.2, 12345]}), places)["flags"].tolist() == [
        "junk",
        "junk",
    ]


@pytest.mark.parametrize("area", [5, ("a", "b", "c", "d"), ()])
def test_an_area_that_is_no_box_of_numbers_is_refused(places: pd.DataFrame, area: object) -> None:
    with pytest.raises(InputError, match="is not a box"):
        geocode(pd.DataFrame({"query": ["x"]}), places, area=area)


def test_what_is_no_table_is_refused(places: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="table is a NoneType; give a DataFrame"):
        geocode(None, places)
    with pytest.raises(InputError, match="gazetteer is a str; give a DataFrame"):
        geocode(pd.DataFrame({"query": ["x"]}), "places.csv")
