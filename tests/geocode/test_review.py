"""What a person must decide goes out as a sheet and comes back as decisions."""

from __future__ import annotations

import doctest
import json
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from geosector import language
from geosector.errors import InputError, MissingColumnError
from geosector.geocode import (
    apply_review,
    geocode,
    review_sheet,
    write_review_sheet,
)
from geosector.sources import read_rows

WORDS = pd.DataFrame(
    {
        "query": ["كفر زيت", "بيت نور", "كفر زيت", "Tall Akhdr", "كفر زيت", "36.51 37.52", None],
        "gov": ["", "", "", "", "West", "", ""],
    },
    index=[7, 8, 9, 10, 11, 12, 13],
)
ANSWER, COORDINATES, QUESTION = "Your answer", "Or coordinates", "Question"


@pytest.fixture
def matches(places: pd.DataFrame) -> pd.DataFrame:
    return geocode(WORDS, places, column="query", admin=["gov"])


@pytest.fixture
def sheet(matches: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    return review_sheet(matches, places)


def _row(sheet: pd.DataFrame, written: str) -> int:
    return sheet.index[sheet["As written"] == written][0]


def _apply(matches: pd.DataFrame, sheet: pd.DataFrame, places: pd.DataFrame, **options: object):
    return apply_review(matches, sheet, places, office="IDL-OPS", date="2024-05-01", **options)


def test_a_text_that_stands_in_several_rows_is_asked_once_with_its_count(
    sheet: pd.DataFrame,
) -> None:
    asked = sheet.iloc[1:]
    assert asked["As written"].tolist() == ["كفر زيت", "Tall Akhdr", "36.51 37.52"]
    assert asked["Rows"].tolist() == ["2", "1", "1"]
    assert asked[QUESTION].is_unique


def test_the_first_row_is_an_example_that_decides_nothing(
    matches: pd.DataFrame, sheet: pd.DataFrame, places: pd.DataFrame
) -> None:
    assert sheet.iloc[0][QUESTION] == "example"
    decided, problems, aliases = _apply(matches, sheet, places)
    pd.testing.assert_frame_equal(decided, matches)
    assert (len(problems), len(aliases)) == (0, 0)


def test_candidates_tell_where_they_lie(sheet: pd.DataFrame) -> None:
    row = sheet.loc[_row(sheet, "كفر زيت")]
    assert "· west ·" in row["Candidate 1"]
    assert "· east ·" in row["Candidate 2"]
    assert row["Candidate 2"].endswith("[b1]")
    assert sheet.loc[_row(sheet, "36.51 37.52")]["Candidate 1"].startswith("36.51000 N")


def test_the_chosen_candidate_is_the_place_of_every_row_that_asked(
    matches: pd.DataFrame, sheet: pd.DataFrame, places: pd.DataFrame
) -> None:
    sheet.loc[_row(sheet, "كفر زيت"), ANSWER] = "2"
    decided, problems, aliases = _apply(matches, sheet, places)
    assert decided.loc[[7, 9], "match_id"].tolist() == ["b1", "b1"]
    assert decided.loc[[7, 9], "decision"].tolist() == ["accepted"] * 2
    assert decided.loc[7, "flags"] == "ambiguous;reviewed"
    assert (decided.loc[7, "lat"], decided.loc[7, "radius_m"]) == (36.4, 1000)
    assert (decided.loc[11, "match_id"], decided.index.tolist()) == ("a2", WORDS.index.tolist())
    assert (len(problems), len(aliases)) == (0, 0)  # what homonyms bear is not learned


def test_a_new_spelling_is_learned_with_the_office_and_the_day(
    matches: pd.DataFrame, sheet: pd.DataFrame, places: pd.DataFrame
) -> None:
    row = _row(sheet, "Tall Akhdr")
    chosen = next(n for n in range(1, 6) if str(sheet.loc[row, f"Candidate {n}"]).endswith("[b5]"))
    sheet.loc[row, ANSWER] = str(chosen)
    _, _, aliases = _apply(matches, sheet, places, file="sheet.xlsx")
    assert aliases.to_numpy().tolist() == [
        ["Tall Akhdr", "b5", "IDL-OPS", "2024-05-01", "sheet.xlsx"]
    ]


def test_none_of_these_refuses_and_keeps_the_reason(
    matches: pd.DataFrame, sheet: pd.DataFrame, places: pd.DataFrame
) -> None:
    sheet.loc[_row(sheet, "Tall Akhdr"), ANSWER] = "none of these"
    decided, _, aliases = _apply(matches, sheet, places)
    row = decided.loc[10]
    assert row["decision"] == "refused"
    assert row["flags"].endswith("none_of_these;reviewed")
    assert pd.isna(row["lat"])
    assert len(aliases) == 0


@pytest.mark.parametrize("answer", [None, "none of these"])
def test_typed_coordinates_are_the_place(
    matches: pd.DataFrame, sheet: pd.DataFrame, places: pd.DataFrame, answer: str | None
) -> None:
    row = _row(sheet, "Tall Akhdr")
    sheet.loc[row, [ANSWER, COORDINATES]] = [answer, "٣٦٫٧١٢٣ ش ٣٨٫٦١٢٣ ق"]
    decided, _, _ = _apply(matches, sheet, places, area=(35.0, 35.0, 40.0, 38.0))
    assert decided.loc[10, ["lat", "lon", "level"]].tolist() == [36.7123, 38.6123, "coordinate"]
    assert pd.isna(decided.loc[10, "match_id"])


def test_a_doubtful_coordinate_is_confirmed_by_its_number(
    matches: pd.DataFrame, sheet: pd.DataFrame, places: pd.DataFrame
) -> None:
    sheet.loc[_row(sheet, "36.51 37.52"), ANSWER] = "١"
    decided, _, _ = _apply(matches, sheet, places)
    row = decided.loc[12]
    assert (row["decision"], row["lat"], row["radius_m"]) == ("accepted", 36.51, 1113.2)


@pytest.mark.parametrize(
    ("answer", "typed", "column", "expected"),
    [
        ("7", None, ANSWER, "a number from 1 to 5"),
        ("perhaps", None, ANSWER, "a number from 1 to 5"),
        ("5", None, ANSWER, "the number of a candidate in this row"),
        ("1", "36.7 N 38.6 E", COORDINATES, "a candidate or coordinates, not both"),
        (None, "somewhere", COORDINATES, "coordinates in the area"),
        (None, "51.5 N 0.1 W", COORDINATES, "coordinates in the area (outside_area)"),
        (None, "36.7123 N, 38.6123", COORDINATES, "coordinates with N and E"),
    ],
)
def test_a_cell_that_cannot_be_used_is_listed_and_the_question_stays_open(
    places: pd.DataFrame,
    answer: str | None,
    typed: str | None,
    column: str,
    expected: str,
) -> None:
    matches = geocode(WORDS, places, column="query", admin=["gov"])
    sheet = review_sheet(matches, places)
    row = _row(sheet, "Tall Akhdr")
    sheet.loc[row, "Candidate 5"] = None
    sheet.loc[row, [ANSWER, COORDINATES]] = [answer, typed]
    decided, problems, _ = _apply(matches, sheet, places)
    assert decided["decision"].tolist() == matches["decision"].tolist()
    found = problems.iloc[0]
    assert (len(problems), found["column"], found["row"]) == (1, column, row)
    assert found["expected"].startswith(expected)
    assert found["action"] == "The question stays open."


def test_a_question_of_another_table_is_listed(
    matches: pd.DataFrame, sheet: pd.DataFrame, places: pd.DataFrame
) -> None:
    sheet.loc[1, [QUESTION, ANSWER]] = ["q123", "1"]
    _, problems, _ = _apply(matches, sheet, places)
    assert problems["expected"].tolist() == ["a question about this table"]


def test_two_answers_to_one_question_leave_it_open(
    matches: pd.DataFrame, sheet: pd.DataFrame, places: pd.DataFrame
) -> None:
    row = _row(sheet, "كفر زيت")
    both = pd.concat([sheet, sheet.loc[[row]]], ignore_index=True)
    both.loc[[row, len(both) - 1], ANSWER] = ["1", "2"]
    decided, problems, _ = _apply(matches, both, places)
    assert decided.loc[7, "decision"] == "review"
    assert problems["expected"].tolist() == ["one answer to each question"]


def test_a_candidate_that_a_newer_gazetteer_lost_is_listed(
    matches: pd.DataFrame, sheet: pd.DataFrame, places: pd.DataFrame
) -> None:
    sheet.loc[_row(sheet, "كفر زيت"), ANSWER] = "2"
    _, problems, _ = _apply(matches, sheet, places[places["id"] != "b1"])
    assert problems[["given", "expected"]].to_numpy().tolist() == [
        ["b1", "a place in the gazetteer"]
    ]


def test_a_coordinate_that_is_none_any_more_is_listed(
    matches: pd.DataFrame, sheet: pd.DataFrame, places: pd.DataFrame
) -> None:
    row = _row(sheet, "كفر زيت")
    sheet.loc[row, ["Candidate 1", ANSWER]] = ["36.5 N 37.5 E [=]", "1"]
    _, problems, _ = _apply(matches, sheet, places)
    assert problems["expected"].tolist() == ["a candidate that is still known"]


def test_a_spelling_that_means_two_places_is_decided_and_not_learned(places: pd.DataFrame) -> None:
    words = pd.DataFrame({"query": ["Tall Akhdr"] * 2, "where": ["here", "there"]})
    matches = geocode(words, places, column="query", admin="where")
    sheet = review_sheet(matches, places)
    ends = {"here": "[b4]", "there": "[b5]"}
    for label, row in sheet.iloc[1:].iterrows():
        end = ends[row["Where it lies"]]
        number = next(n for n in range(1, 6) if str(row[f"Candidate {n}"]).endswith(end))
        sheet.loc[label, ANSWER] = str(number)
    decided, problems, aliases = _apply(matches, sheet, places)
    assert decided["match_id"].tolist() == ["b4", "b5"]
    assert len(aliases) == 0
    assert problems["action"].tolist() == ["The rows were decided; the spelling was not learned."]


@pytest.mark.parametrize("office", ["", "Samar Haddad", "0933123456", "سمر"])
def test_only_the_code_of_an_office_signs(
    matches: pd.DataFrame, sheet: pd.DataFrame, places: pd.DataFrame, office: str
) -> None:
    with pytest.raises(InputError, match="is not the code of an office"):
        apply_review(matches, sheet, places, office=office)


def test_a_sheet_without_its_columns_is_refused(
    matches: pd.DataFrame, sheet: pd.DataFrame, places: pd.DataFrame
) -> None:
    with pytest.raises(MissingColumnError, match="it lacks Your answer"):
        _apply(matches, sheet.drop(columns=ANSWER), places)


def test_matches_that_lost_their_columns_are_refused(
    matches: pd.DataFrame, places: pd.DataFrame
) -> None:
    with pytest.raises(InputError, match="do not say what was asked"):
        review_sheet(matches.drop(columns="gov"), places)


def test_the_date_may_come_from_the_environment(
    matches: pd.DataFrame,
    sheet: pd.DataFrame,
    places: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sheet.loc[_row(sheet, "Tall Akhdr"), ANSWER] = "1"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    _, _, aliases = apply_review(matches, sheet, places, office="IDL")
    assert aliases["decided_at"].tolist() == ["1970-01-02"]


# ------------------------------------------------------------------ the file


@pytest.mark.parametrize("code", ["en", "ar", "ckb", "kmr"])
@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_a_sheet_goes_out_and_comes_back_in_every_language(
    matches: pd.DataFrame, places: pd.DataFrame, tmp_path: Path, code: str, suffix: str
) -> None:
    file = tmp_path / f"sheet{suffix}"
    with language.speaking(code):
        sheet = review_sheet(matches, places)
        sheet.iloc[1, -2] = "2"
        write_review_sheet(sheet, file)
    back, _ = read_rows(file)
    decided, problems, _ = _apply(matches, back, places)
    assert decided.loc[7, "match_id"] == "b1"
    assert len(problems) == 0


def test_the_workbook_is_a_form(
    matches: pd.DataFrame, places: pd.DataFrame, tmp_path: Path
) -> None:
    file = tmp_path / "sheet.xlsx"
    with language.speaking("ar"):
        write_review_sheet(review_sheet(matches, places), file)
    page = load_workbook(file).active
    assert page.sheet_view.rightToLeft
    assert page.freeze_panes == "A2"
    (choice,) = page.data_validations.dataValidation
    assert choice.type == "list"
    assert choice.formula1.startswith('"1,2,3,4,5,')
    assert str(choice.sqref) == "K2:K5"
    cells = [cell for row in page.iter_rows() for cell in row]
    assert {cell.number_format for cell in cells} == {"@"}
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}


def test_a_formula_in_a_text_stays_a_text(places: pd.DataFrame, tmp_path: Path) -> None:
    words = pd.DataFrame({"query": ["=Tall Akhdr()"]})
    matches = geocode(words, places)
    sheet = review_sheet(matches.assign(decision="review"), places)
    write_review_sheet(sheet, tmp_path / "sheet.xlsx")
    write_review_sheet(sheet, tmp_path / "sheet.csv")
    page = load_workbook(tmp_path / "sheet.xlsx").active
    assert page["B3"].data_type == "s"
    assert "'=Tall" in (tmp_path / "sheet.csv").read_text(encoding="utf-8-sig")


# ------------------------------------------------------------------ hints in several columns


def test_several_columns_say_together_where_a_place_lies(places: pd.DataFrame) -> None:
    words = pd.DataFrame(
        {
            "query": ["كفر زيت"] * 4,
            "gov": ["East", "", "West", "Atlantis"],
            "district": ["", "SY91", "East", "Nowhere"],
        }
    )
    found = geocode(words, places, column="query", admin=["gov", "district"])
    assert found["match_id"].tolist() == ["b1", "b1", "a2", "a2"]
    assert found["flags"].tolist()[:2] == ["", ""]
    assert "hints_disagree" in found["flags"][2]
    assert "unknown_hint" in found["flags"][3]


def test_repeated_texts_give_equal_rows(places: pd.DataFrame) -> None:
    words = pd.DataFrame({"query": ["كفر زيت", "36.5 N 37.5 E", "x"] * 3})
    found = geocode(words, places)
    assert json.loads(found["alternatives"][0]) == json.loads(found["alternatives"][3])
    pd.testing.assert_frame_equal(found.iloc[:3], found.iloc[3:6].reset_index(drop=True))


def test_the_page_about_geocoding_shows_what_is_true() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "geocoding.md"
    failed, tried = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert tried > 0
    assert failed == 0
