"""Large tables: the same rows and problems as row by row, each different cell asked for once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geosector.sources import check_table, dates, evenly, figures, read_table, values
from geosector.sources.lines import Row, records
from geosector.tables import table

HEADER = ["id", "date", "kind", "locality", "lat", "lon", "killed_man", "note"]


def lines(count: int = 1500) -> list[str]:
    """Write synthetic incidents, clean but for every seventh."""
    made = [";".join(HEADER)]
    for row in range(count):
        odd = row % 7 == 3
        made.append(
            f"R{row};{'30/02/2024' if odd else '٠٣/٠٤/٢٠٢٤'};fire;synthetic {row % 9};"
            f"36,{row % 50:02d};٣٧٫{row % 40:02d};{'10-15' if odd else row % 5};{' ' if odd else 'n'}"
        )
    return made


def both_ways(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[tuple[pd.DataFrame, pd.DataFrame], tuple[pd.DataFrame, pd.DataFrame]]:
    """Read a file row by row, and as columns."""
    monkeypatch.setattr(evenly, "MANY_LINES", 10**9)
    slow = read_table(path, "incidents")
    monkeypatch.setattr(evenly, "MANY_LINES", 10)
    return slow, read_table(path, "incidents")


def assert_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[pd.DataFrame, pd.DataFrame]:
    (rows, problems), (large_rows, large_problems) = both_ways(path, monkeypatch)
    pd.testing.assert_frame_equal(rows, large_rows)
    pd.testing.assert_frame_equal(problems, large_problems)
    return large_rows, large_problems


HURT = {
    "even": [],
    "short, long, empty and blank lines": [
        (700, "R;2024-04-01"), (720, "x;" * 9 + "x"), (730, ""), (740, ";" * 7), (750, "  "),
    ],
    "the header once more": [(800, ";".join(HEADER)), (810, f" {';'.join(HEADER)} ")],
    "cells guarded against being calculated": [(820, "'=1+1" + ";2024-04-01" + ";" * 6)],
    "quotes": [(830, 'R;2024-04-01;fire;"synthetic; 1";36,1;37,1;1;n')],
    "line ends in quotes": [(835, 'R;2024-04-01;fire;"synthetic\n1";36,1;37,1;1;"n ""n"" n"')],
    "quotes in doubt": [(836, 'R;2024-04-01;fire;synth"etic;36,1;37,1;1;"n')],
    "lost letters": [(837, "R;2024-04-01;fire;???;36,1;37,1;1;????")] * 3,
    "NUL signs": [(840, "R;2024-04-01;fire;synthetic\0;36,1;37,1;1;n")],
    "the sum at the end": [(-1, "total" + ";" * 7)],
}  # fmt: skip


@pytest.mark.parametrize("hurt", HURT)
def test_a_large_file_reads_as_it_does_row_by_row(
    hurt: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = lines()
    for place, line in HURT[hurt]:
        written.insert(place if place >= 0 else len(written), line)
    for end in ("\n", "\r\n"):
        path = tmp_path / "synthetic.csv"
        path.write_bytes(end.join(written).encode())
        rows, _ = assert_same(path, monkeypatch)
        assert len(rows) >= 1286


@pytest.mark.parametrize("head", ["sep=;", "synthetic title", ""])
def test_what_stands_above_the_header_changes_nothing(
    head: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "synthetic.csv"
    path.write_text("\n".join([head, *lines()]), encoding="utf-16")
    assert_same(path, monkeypatch)


def test_every_row_of_a_large_file_keeps_its_line_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evenly, "MANY_LINES", 10)
    path = tmp_path / "synthetic.csv"
    written = lines()
    written.insert(900, "")
    path.write_text("\n".join(written), encoding="utf-8")
    rows, _ = read_table(path, "incidents")
    assert rows.loc[900, "id"] == "R898"
    assert rows.loc[903, "id"] == "R900"


@pytest.mark.parametrize(
    ("module", "parser", "column"),
    [(dates, "parse_date", "date"), (figures, "parse_number", "killed_man")],
)
def test_a_parser_is_asked_once_for_each_different_cell(
    module: Any, parser: str, column: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: Counter[str] = Counter()
    parse = getattr(module, parser)

    def counted(cell: str) -> Any:
        asked[cell] += 1
        return parse(cell)

    monkeypatch.setattr(module, parser, counted)
    cells = [line.split(";") for line in lines(400)[1:]]
    given = pd.DataFrame(cells, columns=HEADER, dtype=object)[["locality", "date", "killed_man"]]
    check_table(given, "incidents")
    assert set(asked.values()) <= {1}  # plain numbers are read at once
    assert len(asked) <= given[column].nunique()


def test_cells_of_several_types_are_told_apart() -> None:
    cells = pd.Series([1, "1", True, 1.0, None, [1], [1], 1], dtype=object)
    found = values.distinct(cells)
    assert [type(cell) for cell in found.cells[:5]] == [int, str, bool, float, type(None)]
    assert found.codes.tolist() == [0, 1, 2, 3, 4, 5, 6, 0]
    assert found.spread(found.cells).tolist() == cells.tolist()


@pytest.mark.parametrize("kind", ["float64", "Int64", "boolean", "string", "object"])
def test_every_kind_of_column_has_one_place_for_nothing(kind: str) -> None:
    cells = pd.Series([1, None, 0, None, 1], dtype="Int64")
    cells = cells.map({1: "a", 0: "b"}).astype(kind) if kind in {"string", "object"} else (
        cells.astype(kind)
    )  # fmt: skip
    found = values.distinct(cells)
    assert found.codes.tolist() == [0, 1, 2, 1, 0]
    assert values.is_missing(found.cells[1])


def test_a_column_without_rows_has_no_different_cells() -> None:
    numbers, remarks = figures.read_numbers(
        pd.Series([], dtype=object), table("incidents").columns["killed_man"]
    )
    assert len(numbers) == 0
    assert remarks == []


def test_doubtful_dates_without_proof_are_each_remarked_upon() -> None:
    found, _, remarks = dates.read_dates(pd.Series(["03/04/2024"] * 3, dtype=object))
    assert [remark.position for remark in remarks] == [0, 1, 2]
    assert found.dt.month.tolist() == [4, 4, 4]


@pytest.mark.parametrize("written", ["a,b\n" * 20, "a\0;b\n" * 2000, "a،b\n" * 2000, "a\n" * 2000])
def test_what_arrow_would_split_otherwise_is_left_to_the_reader_of_rows(
    written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evenly, "MANY_LINES", 10)
    separator = "،" if "،" in written else ";" if ";" in written else ","
    assert evenly.part(written, separator) is None


def test_a_line_longer_than_a_block_is_left_to_the_reader_of_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(evenly, "_LONGEST_LINE", 1000)
    long = "a;b\n" * 2500 + "c" * 5000 + ";d\n" + "a;b\n" * 2500
    assert evenly.part(long, ";") is None


# What a row may hold that is hard to split: quotes in and out of place, line ends, other widths.
PIECES = st.sampled_from(
    ["a", "b c", "", " ", '"q"', '"s;t"', '"two\nlines"', '"d""d"', '""', '"""x"""', 'in"ch', '"open',
     'end"', '"x" y', ' "z"', "'=1+1", "\u0645\u0643\u0627\u0646", "\n", '"\n"', '"a\n;\nb"', ";", "???"]
)  # fmt: skip


@st.composite
def hard_texts(draw: st.DrawFn) -> str:
    """Draw rows of three cells, most of them even, with a few that are not."""
    usual = st.lists(st.sampled_from(["a", '"q"', '"s;t"', '"two\nlines"', '"d""d"', "", "7"]),
                     min_size=3, max_size=3)  # fmt: skip
    rows = draw(st.lists(usual, min_size=20, max_size=60))
    for odd in draw(st.lists(st.lists(PIECES, min_size=1, max_size=4), max_size=8)):
        rows.insert(draw(st.integers(0, len(rows))), odd)
    ending = draw(st.sampled_from(["", "\n"]))
    return "\n".join(";".join(row) for row in rows) + ending


@pytest.mark.parametrize("piece", [30, 4 * 1024**2])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(written=hard_texts())
def test_even_and_other_rows_together_are_the_rows_that_are_read_one_by_one(
    piece: int, written: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evenly, "MANY_LINES", 5)
        patch.setattr(evenly, "AROUND", 2)
        patch.setattr(evenly, "_PIECE", piece)
        parted = evenly.part(written, ";")
    rows, stray = records(written.split("\n"), ";")
    if parted is None:
        return
    columns = [[known[code] for code in codes.tolist()] for known, codes in parted.columns]
    cells = dict(zip(parted.numbers.tolist(), map(list, zip(*columns, strict=True)), strict=True))
    together = sorted([*parted.others, *cells.items()])
    filled = [Row(*row) for row in together if any(cell.strip() for cell in row[1])]
    assert filled == rows
    assert parted.stray == stray


@pytest.mark.parametrize("letter", ['"', '"x', ';"', '""', "a;", "\n", '"\n', 'a"b;'])
def test_one_long_line_of_quotes_takes_no_longer_than_its_length(letter: str) -> None:
    usual = 'a;"b"\n' * 6000
    long = letter * (500_000 // len(letter))
    parted = evenly.part(usual + long + "\n" + usual, ";")
    assert parted is not None
