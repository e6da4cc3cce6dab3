"""A workbook edited by somebody and saved, a CSV opened in a spreadsheet: nothing has changed."""

from __future__ import annotations

import csv

import openpyxl
import pandas as pd
import pytest

from geosector import storage
from geosector.sources import read_incidents

WORDS = {
    "id": ["007", "00123", "12345678901234567890", "1E5", "MAR1"],
    "locality": ["إدلب", "-5", "+963944123456", "=cmd()", "-33.5, -70.2"],
    "weapon": ["1/2", "TRUE", "@x", "٠٠٧", "0,5"],
}
TABLE = pd.DataFrame(
    {
        **WORDS,
        "kind": "fire",
        "date": pd.to_datetime(
            ["2024-04-16", "2024-04-16", "2024-12-01", "2024-01-12", "2023-02-28"]
        ),
        "killed_unspecified": [0, 1, 2, 3, 4],
        "change": [-5, -0.5, 0, 1e-7, 123456789012345],
    }
)


@pytest.fixture
def book(tmp_path):
    storage.write_table(TABLE, tmp_path / "a.xlsx", layer="incidents")
    return tmp_path / "a.xlsx"


def test_a_workbook_that_was_opened_and_saved_reads_the_same(book, tmp_path):
    before, _ = read_incidents(book)
    opened = openpyxl.load_workbook(book)
    opened.active["A1"].comment = None
    opened.save(tmp_path / "b.xlsx")
    after, problems = read_incidents(tmp_path / "b.xlsx")
    assert problems.empty
    pd.testing.assert_frame_equal(before, after)
    for name, words in WORDS.items():
        assert after[name].tolist() == words
    assert after["date"].tolist() == TABLE["date"].tolist()
    assert after["date_precision"].tolist() == ["day"] * 5
    assert after["change"].astype(float).tolist() == TABLE["change"].tolist()


def test_no_cell_of_a_workbook_calculates(book):
    cells = [cell for row in openpyxl.load_workbook(book).active.iter_rows() for cell in row]
    assert "f" not in {cell.data_type for cell in cells}


def test_cells_that_look_like_numbers_stay_text_when_somebody_edits_them(book):
    sheet = openpyxl.load_workbook(book).active
    formats = {cell.value: cell.number_format for row in sheet.iter_rows() for cell in row}
    assert {formats[word] for word in ("007", "1E5", "MAR1", "TRUE", "٠٠٧", "+963944123456")} == {
        "@"
    }
    assert formats["إدلب"] == "General"


def test_a_csv_changes_no_number_and_no_telephone(tmp_path):
    storage.write_table(TABLE, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["id"] for row in rows] == WORDS["id"]
    assert [row["locality"] for row in rows] == [
        "إدلب", "-5", "+963944123456", "'=cmd()", "-33.5, -70.2",
    ]  # fmt: skip
    assert rows[0]["change"] == "-5.0"
    assert rows[0]["date"] == "2024-04-16"
