"""Duplicates are marked on a sheet by a planner, and what was decided is not asked again."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import geopandas as gpd
import pytest

from geosector import Register, merge_registers, sources
from geosector.errors import ChangedMeanwhileError, InputError, MissingColumnError
from geosector.language import speaking
from geosector.register import write_duplicates_sheet
from geosector.register.deciding import _answers, _headers, _sides
from tests.register.conftest import synthetic_shelters


def synthetic_reports(count=3, **more):
    return gpd.GeoDataFrame(
        {
            "id": [f"r{number}" for number in range(1, count + 1)],
            "kind": "attack",
            "date": "2024-03-01",
            "date_precision": "day",
            "locality": "Synthetic village",
            "narrative": "synthetic shelling of the vegetable market",
            **more,
        },
        geometry=gpd.points_from_xy([37.1 + n / 9000 for n in range(count)], [36.1] * count),
        crs="EPSG:4326",
    )


@pytest.fixture
def reports(path):
    with Register(path, office="IDL-OPS") as made:
        made.add("incidents", synthetic_reports())
        yield made


def marked(register, answers, keep=None):
    """Fill in a sheet: (first, second) → same or not the same."""
    sheet = register.duplicates_sheet()
    headers, words = _headers(), _answers()
    for at, pair in enumerate(zip(sheet[headers["first"]], sheet[headers["second"]], strict=True)):
        if pair in answers:
            sheet.loc[at, headers["answer"]] = words[answers[pair]]
            if keep:
                sheet.loc[at, headers["keep"]] = _sides()[keep]
    return sheet


def pairs(register):
    found = register.duplicates()
    return list(zip(found["id_a"], found["id_b"], strict=True))


def ids(register):
    return register.table("incidents")["id"].tolist()


ALL = [("r1", "r2"), ("r1", "r3"), ("r2", "r3")]


def test_a_sheet_has_a_row_for_each_proposed_pair_and_nothing_answered(reports):
    sheet = reports.duplicates_sheet()
    headers = _headers()
    assert list(sheet.columns) == list(headers.values())
    assert sorted(zip(sheet[headers["first"]], sheet[headers["second"]], strict=True)) == ALL
    assert sheet[headers["answer"]].isna().all()
    assert sheet[headers["says_first"]].str.contains("vegetable market").all()


def test_an_empty_sheet_decides_nothing(reports):
    head = reports.head()
    decided = reports.decide_duplicates(reports.duplicates_sheet())
    assert (decided.merged, decided.apart, decided.before, len(decided.problems)) == (0, 0, 0, 0)
    assert reports.head() == head


def test_what_is_the_same_is_merged_and_can_be_undone(reports):
    decided = reports.decide_duplicates(marked(reports, {("r1", "r2"): "same"}))
    assert (decided.merged, decided.apart) == (1, 0)
    assert ids(reports) == ["r1", "r3"]
    assert reports.verify().empty
    reports.undo("incidents", "r2")
    assert ids(reports) == ["r1", "r2", "r3"]


def test_the_report_that_the_planner_chose_stays(reports):
    reports.decide_duplicates(marked(reports, {("r1", "r2"): "same"}, keep="second"))
    assert ids(reports) == ["r2", "r3"]


def test_three_reports_of_one_event_become_one_whichever_pairs_are_marked(reports):
    decided = reports.decide_duplicates(marked(reports, dict.fromkeys(ALL, "same")))
    assert decided.problems.empty
    assert ids(reports) == ["r1"]
    assert reports.verify().empty


def test_what_is_not_the_same_is_proposed_no_more(reports):
    decided = reports.decide_duplicates(marked(reports, {("r1", "r2"): "not same"}))
    assert (decided.merged, decided.apart) == (0, 1)
    assert sorted(pairs(reports)) == [("r1", "r3"), ("r2", "r3")]
    kept = reports.kept_apart()
    assert kept[["id_a", "id_b", "office"]].to_numpy().tolist() == [["r1", "r2", "IDL-OPS"]]
    assert reports.verify().empty
    assert reports.table("incidents").equals(reports.as_of("incidents", reports.head().sequence))


def test_the_decision_is_in_the_history_of_both_and_can_be_undone_and_redone(reports):
    reports.keep_apart("r1", "r2")
    for row in ("r1", "r2"):
        assert reports.history("incidents", row)["action"].iloc[-1] == "apart"
    reports.undo("incidents", "r2")
    assert ("r1", "r2") in pairs(reports)
    reports.undo("incidents", "r1")
    assert ("r1", "r2") not in pairs(reports)
    assert reports.verify().empty


def test_what_was_said_of_a_report_is_true_of_the_one_it_was_merged_into(reports):
    reports.keep_apart("r2", "r3")
    reports.merge_duplicates("r1", "r2")
    assert pairs(reports) == []
    assert reports.kept_apart()[["id_a", "id_b"]].to_numpy().tolist() == [["r1", "r3"]]
    reports.undo("incidents", "r2")
    assert reports.kept_apart()[["id_a", "id_b"]].to_numpy().tolist() == [["r2", "r3"]]


def test_the_same_sheet_may_be_given_again(reports):
    sheet = marked(reports, {("r1", "r2"): "same"})
    reports.decide_duplicates(sheet)
    head = reports.head()
    again = reports.decide_duplicates(sheet)
    assert (again.merged, again.before, len(again.problems)) == (0, 1, 0)
    other = marked(reports, {("r1", "r3"): "not same"})
    reports.decide_duplicates(other)
    assert reports.decide_duplicates(other).before == 1
    assert reports.head().sequence == head.sequence + 2


def test_answers_that_contradict_each_other_are_not_carried_out(reports):
    answers = dict.fromkeys(ALL[:2], "same") | {ALL[2]: "not same"}
    decided = reports.decide_duplicates(marked(reports, answers))
    assert (decided.merged, decided.apart, len(decided.problems)) == (0, 0, 3)
    assert len(ids(reports)) == 3


@pytest.mark.parametrize("how", ["changed", "outside"])
def test_reports_that_were_changed_meanwhile_are_not_merged(reports, path, how):
    sheet = marked(reports, {("r1", "r2"): "same", ("r1", "r3"): "not same"})
    if how == "changed":
        reports.change("incidents", "r2", {"narrative": "synthetic: another street"})
    else:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("UPDATE incidents SET narrative = 'x' WHERE id = 'r2'")
    decided = reports.decide_duplicates(sheet)
    assert (decided.merged, decided.apart, len(decided.problems)) == (0, 1, 1)
    assert "changed since" in decided.problems["expected"][0]


def test_what_is_kept_apart_is_not_merged_by_an_older_sheet(reports):
    sheet = marked(reports, {("r1", "r2"): "same"})
    reports.keep_apart("r1", "r2")
    decided = reports.decide_duplicates(sheet)
    assert (decided.merged, len(decided.problems)) == (0, 1)


def test_merged_reports_are_not_said_to_be_of_two_events(reports):
    sheet = marked(reports, {("r1", "r2"): "not same"})
    reports.merge_duplicates("r1", "r2")
    decided = reports.decide_duplicates(sheet)
    assert (decided.apart, len(decided.problems)) == (0, 1)


@pytest.mark.parametrize(
    ("column", "given"),
    [("answer", "perhaps"), ("keep", "neither"), ("first", "r9"), ("check", "")],
)
def test_an_answer_that_cannot_be_used_is_listed_and_the_others_count(reports, column, given):
    sheet = marked(reports, {("r1", "r2"): "same"})
    row = sheet.index[sheet[_headers()["answer"]].notna()][0]
    sheet.loc[row, _headers()[column]] = given
    decided = reports.decide_duplicates(sheet, file="sheet.csv")
    assert (decided.merged, len(decided.problems)) == (0, 1)
    assert decided.problems[["file", "row", "column"]].iloc[0].tolist() == [
        "sheet.csv", row, _headers()[column],
    ]  # fmt: skip


def test_a_sheet_of_another_kind_is_refused(reports):
    with pytest.raises(MissingColumnError, match="no sheet of duplicates"):
        reports.decide_duplicates(reports.duplicates_sheet().iloc[:, :3])


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
@pytest.mark.parametrize("lang", ["ar", "kmr", "ckb", "en"])
def test_a_sheet_goes_out_in_one_language_and_comes_back_in_another(
    reports, tmp_path, ending, lang
):
    with speaking(lang):
        write_duplicates_sheet(
            marked(reports, {("r1", "r2"): "same", ("r2", "r3"): "not same"}),
            tmp_path / f"sheet{ending}",
        )
    rows, problems = sources.read_rows(tmp_path / f"sheet{ending}")
    assert problems.empty
    decided = reports.decide_duplicates(rows)
    assert (decided.merged, decided.apart, len(decided.problems)) == (1, 1, 0)


def test_two_rows_are_needed_and_an_office(reports, path):
    with pytest.raises(InputError, match="one row"):
        reports.keep_apart("r1", "r1")
    with Register(path) as reader, pytest.raises(InputError, match="without an office"):
        reader.keep_apart("r1", "r2")


def test_an_undo_of_a_decision_about_rows_that_are_gone_is_refused(reports):
    reports.keep_apart("r1", "r2")
    sequence = reports.head().sequence
    reports.merge_duplicates("r3", "r1")
    reports.merge_duplicates("r3", "r2")
    with pytest.raises(ChangedMeanwhileError):
        reports.undo("incidents", "r2", sequence=sequence)


def test_a_purged_report_leaves_no_pair_and_the_chain_holds(reports):
    reports.keep_apart("r1", "r2")
    reports.purge("incidents", "r1")
    assert reports.kept_apart().empty
    assert reports.verify().empty


def test_decisions_come_along_when_registers_are_merged(reports, path, tmp_path):
    reports.shut()
    shutil.copy(path, tmp_path / "b.gpkg")
    with Register(tmp_path / "b.gpkg", office="ALP-OPS") as other:
        other.keep_apart("r1", "r2")
        other.keep_apart("r2", "r3")
        other.undo("incidents", "r3")
    with Register(path, office="IDL-OPS") as mine:
        mine.add("facilities", synthetic_shelters(1))
    merge_registers(path, tmp_path / "b.gpkg", tmp_path / "out.gpkg", office="IDL-OPS")
    with Register(tmp_path / "out.gpkg", office="IDL-OPS") as merged:
        assert merged.verify().empty
        assert merged.kept_apart()[["id_a", "id_b"]].to_numpy().tolist() == [["r1", "r2"]]
        assert merged.kept_apart()["sequence"].isna().all()
        merged.undo_merge()
        assert merged.kept_apart().empty
        assert merged.verify().empty


def test_a_row_that_another_program_added_can_be_kept_apart(reports, path):
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("INSERT INTO incidents (id, kind) VALUES ('q1', 'attack')")
    reports.keep_apart("q1", "r1")
    assert reports.verify().empty
    assert reports.kept_apart()["id_a"].tolist() == ["q1"]
