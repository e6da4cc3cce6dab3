"""Every cell that was read for what it means is listed with what it was taken for."""

from __future__ import annotations

import pandas as pd
import pytest

from geosector import read_incidents
from geosector.sources import list_readings, read_rows

HEAD = "id,kind,date,locality,killed_man\n"


def readings(folder, *lines: str) -> list[list[object]]:
    file = folder / "synthetic.csv"
    file.write_text(HEAD + "\n".join(lines), encoding="utf-8")
    rows, problems = read_incidents(file)
    found = list_readings(read_rows(file)[0], rows, "incidents", file=file.name, besides=problems)
    return found[["row", "column", "given", "expected"]].to_numpy().tolist()


def test_what_is_read_as_it_stands_is_not_listed(tmp_path) -> None:
    assert readings(tmp_path, "1,fire,2024-04-02,Sarmin,3", "2,attack,2024-04-03,,") == []


@pytest.mark.parametrize(
    ("line", "column", "given", "expected"),
    [
        ("1,حريق,2024-04-02,Sarmin,3", "kind", "حريق", "fire"),
        ("1,fire,٢ نيسان ٢٠٢٤,Sarmin,3", "date", "٢ نيسان ٢٠٢٤", "2024-04-02"),
        ("1,fire,نيسان 2024,Sarmin,3", "date", "نيسان 2024", "2024-04"),
        ("1,fire,2024-04-02,Sarmin,٣", "killed_man", "٣", "3"),
        ("1,fire,2024-04-02,Sarmin\u00a0,3", "locality", "Sarmin\u00a0", "Sarmin"),
    ],
)
def test_what_is_written_otherwise_is_listed(tmp_path, line, column, given, expected) -> None:
    assert readings(tmp_path, line) == [[2, column, given, expected]]


def test_what_is_a_problem_already_is_not_listed_twice(tmp_path) -> None:
    assert readings(tmp_path, "1,fire,2024-04-02,Sarmin,many") == []
    file = tmp_path / "synthetic.csv"
    rows, problems = read_incidents(file)
    assert isinstance(rows, pd.DataFrame)
    assert problems["column"].tolist() == ["killed_man"]
