"""What can be done with a register from the command line."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from geosector import Register, merge_registers
from geosector.cli import main
from geosector.register import deciding
from tests.register.conftest import synthetic_shelters
from tests.register.old import version_in, write_version_1
from tests.register.test_deciding import synthetic_reports

SIGNED = ["--office", "SYN-OPS"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with Register(tmp_path / "synthetic.gpkg", office="SYN-OPS") as register:
        register.add("facilities", synthetic_shelters())
        register.add("incidents", synthetic_reports())
    return tmp_path / "synthetic.gpkg"


def ids(file: Path, name: str) -> list[str]:
    with Register(file) as register:
        assert register.verify().empty
        return register.table(name)["id"].tolist()


def test_near_prints_and_writes_the_nearest_open_shelters(file, tmp_path, capsys):
    out = tmp_path / "near.csv"
    words = ["register", str(file), "near", "--at", "37.1,36.1", "--kind", "shelter"]
    assert main([*words, "--count", "2", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert said.index("syn-1") < said.index("syn-2")
    assert "syn-3" not in said
    assert pd.read_csv(out)["id"].tolist() == ["syn-1", "syn-2"]
    assert pd.read_csv(out)["distance_m"].round().tolist() == [90, 180]


def test_near_looks_at_the_state_and_the_day_and_says_where_there_is_none(file, capsys):
    with Register(file, office="SYN-OPS") as register:
        register.close("facilities", "syn-1", day="2026-11-01")
    words = ["register", str(file), "near", "--at", "37.1,36.1"]
    assert main(words) == 0
    assert "syn-2" in capsys.readouterr().out
    assert main([*words, "--status", "any", "--date", "2026-10-01"]) == 0
    assert "syn-1" in capsys.readouterr().out
    assert main([*words, "--kind", "warehouse"]) == 1
    assert "no such facility" in capsys.readouterr().out


def test_duplicates_go_out_marked_and_come_back(file, tmp_path, capsys):
    sheet = tmp_path / "pairs.csv"
    assert main(["register", str(file), "duplicates", "--out", str(sheet)]) == 0
    assert "3 pairs" in capsys.readouterr().out
    rows = pd.read_csv(sheet, dtype=str)
    answer = deciding._headers()["answer"]
    rows[answer] = rows[answer].astype(object)
    rows.loc[0, answer], rows.loc[1, answer], rows.loc[2, answer] = "same", "not the same", "?"
    rows.to_csv(sheet, index=False)
    problems = tmp_path / "problems.csv"
    words = ["register", str(file), "decide", "--sheet", str(sheet), *SIGNED]
    assert main([*words, "--out", str(problems)]) == 1
    said = capsys.readouterr().out
    assert "1 merged, 1 kept apart, 0 decided before" in said
    assert len(pd.read_csv(problems)) == 1
    assert len(ids(file, "incidents")) == 2
    assert main(["register", str(file), "duplicates", "--out", str(sheet)]) == 0
    assert len(pd.read_csv(sheet)) == 0


def test_a_sheet_without_wrong_answers_ends_with_0(file, tmp_path):
    sheet = tmp_path / "pairs.xlsx"
    assert main(["register", str(file), "duplicates", "--threshold", "0.1",
                 "--out", str(sheet)]) == 0  # fmt: skip
    assert main(["register", str(file), "decide", "--sheet", str(sheet), *SIGNED]) == 0


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_sheet_on_which_no_pair_was_proposed_ends_with_0(file, tmp_path, capsys, ending):
    sheet, listed = tmp_path / f"pairs{ending}", tmp_path / "problems.csv"
    words = ["register", str(file)]
    assert main([*words, "duplicates", "--threshold", "1", "--out", str(sheet)]) == 0
    assert "0 pairs" in capsys.readouterr().out
    assert main([*words, "decide", "--sheet", str(sheet), "--out", str(listed), *SIGNED]) == 0
    assert capsys.readouterr().out == f"{sheet.name} has no pairs: there was nothing to decide.\n"
    assert len(pd.read_csv(listed)) == 0
    sheet.write_text("", encoding="utf-8")
    assert main([*words, "decide", "--sheet", str(sheet), *SIGNED]) == 2


def test_history_shows_what_undo_takes_back(file, tmp_path, capsys):
    with Register(file, office="SYN-OPS") as register:
        first = register.change("facilities", "syn-1", {"capacity": 7})
        register.change("facilities", "syn-1", {"name": "Synthetic"})
    row = ["--as", "facilities", "--id", "syn-1"]
    out = tmp_path / "history.csv"
    assert main(["register", str(file), "history", *row, "--out", str(out)]) == 0
    assert "capacity" in capsys.readouterr().out
    assert first in pd.read_csv(out)["sequence"].tolist()
    words = ["register", str(file), "undo", *row, *SIGNED]
    assert main([*words, "--change", str(first)]) == 0
    assert main(words) == 0
    with Register(file) as register:
        assert register.table("facilities")["capacity"].tolist() == [7, 20, 30]


def test_a_merge_of_registers_is_taken_back(file, tmp_path):
    with Register(tmp_path / "b.gpkg", office="ALP-OPS") as other:
        other.add("facilities", synthetic_shelters(1, begin=9))
    merge_registers(file, tmp_path / "b.gpkg", tmp_path / "r.gpkg", office="SYN-OPS")
    assert "syn-9" in ids(tmp_path / "r.gpkg", "facilities")
    assert main(["register", str(tmp_path / "r.gpkg"), "unmerge", *SIGNED]) == 0
    assert "syn-9" not in ids(tmp_path / "r.gpkg", "facilities")
    assert main(["register", str(tmp_path / "r.gpkg"), "unmerge", *SIGNED]) == 2


def test_what_other_programs_changed_is_accepted(file, capsys):
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("UPDATE facilities SET capacity = 1 WHERE id = 'syn-1'")
    assert main(["check", str(file)]) == 1
    capsys.readouterr()
    assert main(["register", str(file), "accept", *SIGNED]) == 0
    assert "1 change was written down" in capsys.readouterr().out
    assert main(["check", str(file)]) == 0
    assert main(["register", str(file), "accept", *SIGNED]) == 0
    assert "nothing to write down" in capsys.readouterr().out


def test_the_layers_are_styled_in_a_language(file, capsys):
    assert main(["register", str(file), "style", *SIGNED, "--lang", "en"]) == 0
    assert "2 layers" in capsys.readouterr().out
    assert ids(file, "facilities")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["near"], "near cannot do without --at"),
        (["near", "--at", "37.1"], "such as 37.1,36.1"),
        (["near", "--at", "37,36,3"], "such as 37.1,36.1"),
        (["near", "--at", "37,96"], "in degrees"),
        (["near", "--at", "37,36", "--kind", "hotel"], "shelter"),
        (["near", "--at", "37,36", *SIGNED], "--office does not go with near"),
        (["undo", "--as", "incidents", "--id", "r1"], "undo cannot do without --office"),
        (["undo", "--as", "incidents", "--id", "r9", *SIGNED], "no such change"),
        (["undo", "--as", "stock", "--id", "r9", *SIGNED], "facilities, incidents"),
        (["accept", "--office", "Samar Haddad"], "not the code of an office"),
        (["decide", "--sheet", "none.csv", *SIGNED], "none.csv"),
        (["duplicates", "--out", "pairs.parquet"], ".parquet"),
        (["duplicates", "--out", "p.csv", "--threshold", "2"], "from 0 to 1"),
        (["sell"], "near"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_ends_with_2(
    file, monkeypatch, capsys, words, said
):
    monkeypatch.chdir(file.parent)
    before = file.read_bytes()
    assert main(["register", str(file), *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.strip().splitlines()) == 1
    assert file.read_bytes() == before


@pytest.mark.parametrize("content", [None, b"", b"id,kind\n1,shelter\n"])
def test_what_is_no_register_is_refused_and_not_made_one(tmp_path, capsys, content):
    file = tmp_path / "other.gpkg"
    if content is not None:
        file.write_bytes(content)
    for words in (["near", "--at", "37,36"], ["style", *SIGNED]):
        assert main(["register", str(file), *words]) == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
    if content:
        assert file.read_bytes() == content
    assert file.exists() == (content is not None)


def test_questions_leave_a_register_of_version_1_as_it_is_and_a_change_migrates_it(tmp_path):
    old = write_version_1(tmp_path / "old.gpkg")
    assert main(["register", str(old), "near", "--at", "37.1,36.1"]) == 0
    assert main(["register", str(old), "duplicates", "--out", str(tmp_path / "p.csv")]) == 0
    assert version_in(old) == "1"
    assert main(["register", str(old), "accept", *SIGNED]) == 0
    assert version_in(old) == "2"
    assert main(["check", str(old)]) == 0


def test_a_sheet_of_duplicates_never_replaces_the_register(file, capsys):
    assert main(["register", str(file), "duplicates", "--out", str(file)]) == 2
    assert "Write elsewhere" in capsys.readouterr().err
