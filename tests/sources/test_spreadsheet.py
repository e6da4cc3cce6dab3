"""Rows from CSV and Excel in every dress in which field offices send them."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from geosector.errors import MissingColumnError, UnreadableFileError
from geosector.sources import read_incidents, read_rows, read_table
from geosector.storage import write_table

ARABIC = "التاريخ;التجمع السكاني;قتلى نساء\n١ نيسان ٢٠٢٤;سرمين;١\n٢ نيسان ٢٠٢٤;كفرانتين;\n"


def written(folder: Path, content: str, encoding: str = "utf-8") -> Path:
    path = folder / "rows.csv"
    path.write_bytes(content.encode(encoding))
    return path


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1256"]
)
def test_arabic_is_read_in_every_encoding_of_the_field(tmp_path, encoding):
    # Windows-1256 has no Arabic digits.
    content = ARABIC.translate(str.maketrans("٠١٢٤", "0124")) if encoding == "cp1256" else ARABIC
    rows, problems = read_incidents(written(tmp_path, content, encoding))
    assert rows["locality"].tolist() == ["سرمين", "كفرانتين"]
    assert rows["killed_woman"].tolist() == [1, pd.NA]
    assert problems["column"].tolist() == ["kind"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "،", "؛"])
def test_any_separator_is_found(tmp_path, separator):
    content = "date,locality,narrative\n2024-04-01,سرمين,a b\n2024-04-02,x,\n".replace(
        ",", separator
    )
    rows, _ = read_incidents(written(tmp_path, content))
    assert rows["locality"].tolist() == ["سرمين", "x"]


def test_the_line_for_excel_names_the_separator(tmp_path):
    rows, _ = read_rows(written(tmp_path, "sep=|\na|b\n1,2|3,4\n"))
    assert rows.to_dict("index") == {3: {"a": "1,2", "b": "3,4"}}


def test_a_guessed_encoding_is_told(tmp_path):
    rows, problems = read_rows(written(tmp_path, "cih,x\nŞewat gundê çêl,1\n", "cp1254"))
    assert len(rows) == 1
    assert problems["expected"].tolist() == ["text in UTF-8"]


def test_one_pasted_line_does_not_spoil_the_others(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes("a,b\nسرمين,1\n".encode() + "إدلب,2\n".encode("cp1256"))
    rows, problems = read_rows(path)
    assert rows["a"].tolist() == ["سرمين", "إدلب"]
    assert problems[["row", "action"]].to_numpy().tolist() == [[3, "Read as Windows-1256."]]


def test_rows_keep_their_number_across_titles_and_blank_lines(tmp_path):
    content = "تقرير نيسان;;\n\ndate;locality;kind\n;;\n2024-04-01;a;fire\n\n2024-04-02;b;fire\n"
    rows, problems = read_incidents(written(tmp_path, content))
    assert (rows.index.tolist(), len(problems)) == ([5, 7], 0)


def test_a_second_header_is_not_a_row(tmp_path):
    content = "date,locality,kind\nالتاريخ,المكان,النوع\n#date,#loc,#type\n2024-04-01,a,fire\n"
    rows, problems = read_incidents(written(tmp_path, content))
    assert (rows.index.tolist(), len(problems)) == ([4], 0)


def test_a_header_pasted_once_more_is_left_out_and_listed(tmp_path):
    content = "date,locality,kind\n2024-04-01,a,fire\ndate,locality,kind\n2024-04-02,b,fire\n"
    rows, problems = read_incidents(written(tmp_path, content))
    assert rows.index.tolist() == [2, 4]
    assert problems[["row", "action"]].to_numpy().tolist() == [[3, "The row was left out."]]


def test_a_row_with_cells_too_many_is_left_out_and_with_too_few_is_filled(tmp_path):
    rows, problems = read_rows(written(tmp_path, "a,b\n1,2\n1,2,3\n1\n1,2,,\n"))
    assert rows["b"].tolist() == ["2", None, "2"]
    assert problems[["row", "given", "action"]].to_numpy().tolist() == [
        [3, "3", "The row was left out."],
        [4, "1", "Left empty."],
    ]


def test_a_cell_may_hold_line_breaks_and_separators(tmp_path):
    rows, problems = read_rows(written(tmp_path, 'a,b\n"one,\r\ntwo",2\n3,4\n'))
    assert rows["a"].to_dict() == {2: "one,\ntwo", 3: "3"}
    assert problems.empty


@pytest.mark.parametrize(
    "stray", ['"x,2\n3,4\n5,6\n', '"x,2\n3,4\n"5,6\n', '"x,2\n' + "3,4\n" * 150 + "5,6\n",
              '"x,2\n' + "3,4\n" * 90 + "z" * 140_000 + ",4\n5,6\n"]
)  # fmt: skip
def test_a_quote_never_closed_costs_no_other_row(tmp_path, stray):
    rows, problems = read_rows(written(tmp_path, "a,b\n" + stray))
    assert len(rows) == stray.count("\n")
    assert problems["row"].tolist()[0] == 2
    assert problems["action"].tolist()[0] == "The quotes were read as ordinary signs."


def test_columns_without_or_with_the_same_label_are_told_apart(tmp_path):
    rows, _ = read_rows(written(tmp_path, "a,a,,\n1,2,3,\n"))
    assert rows.columns.tolist() == ["a", "a_2", "column_3"]


def test_a_header_alone_is_an_empty_table_and_that_is_told(tmp_path):
    rows, problems = read_incidents(written(tmp_path, "date,locality,kind\n"))
    assert (len(rows), rows.crs.to_epsg()) == (0, 4326)
    assert problems["expected"].tolist() == ["at least one row"]


def test_hostile_text_is_text(tmp_path):
    hostile = [
        "{{7*7}}",
        "{% raw %}",
        "</script>",
        "${alert(1)}",
        "\\x3cimg",
        "`ls`",
        "=cmd()",
        "'=1+1",
    ]
    given = pd.DataFrame({"locality": hostile, "date": "2024-04-01", "kind": "fire"})
    path = tmp_path / "rows.csv"
    write_table(given, path)
    rows, problems = read_incidents(path)
    assert rows["locality"].tolist() == hostile
    assert problems.empty


def test_personal_columns_are_dropped_and_their_cells_never_shown(tmp_path):
    content = "date,locality,kind,contact_phone,اسم المصاب\n2024-04-01,a,fire,0944,أحمد\n"
    for read in (read_incidents, read_rows):
        rows, problems = read(written(tmp_path, content))
        assert not {"contact_phone", "اسم المصاب"} & set(rows.columns)
        assert problems["given"].tolist() == ["contact_phone", "اسم المصاب"]
        assert "0944" not in problems.to_csv()


# ---------------------------------------------------------------- Excel


def workbook(folder: Path, sheets: dict[str, list[list[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    path = folder / "rows.xlsx"
    book.save(path)
    return path


def test_a_workbook_is_read_with_its_row_numbers(tmp_path):
    rows = [["Report"], [], ["التاريخ", "المكان", "قتلى رجال"], [pd.Timestamp("2024-04-01"), "a", 2], [],
            ["2024-04", "b", "١٠-١٥"]]  # fmt: skip
    table, problems = read_table(workbook(tmp_path, {"x": rows}), "incidents")
    assert table.index.tolist() == [4, 6]
    assert table["date_precision"].tolist() == ["day", "month"]
    assert table["killed_man_min"].tolist() == [pd.NA, 10]
    assert problems["given"].tolist() == ["", "١٠-١٥"]


def test_the_sheet_that_knows_the_table_is_read_and_the_others_are_listed(tmp_path):
    sheets = {
        "notes": [["remember", "this"]],
        "data": [["date", "locality", "kind"], ["2024", "a", "fire"]],
        "empty": [],
    }
    rows, problems = read_table(workbook(tmp_path, sheets), "incidents")
    assert rows["locality"].tolist() == ["a"]
    assert problems[["given", "action"]].to_numpy().tolist() == [
        ["notes", "Only the sheet data was read."]
    ]


def test_a_formula_is_never_evaluated(tmp_path):
    path = workbook(tmp_path, {"x": [["a", "b"], ["=1+1", "x"], ["#REF!", "y"]]})
    rows, problems = read_rows(path)
    assert rows["a"].tolist() == [None, None]
    assert problems[["row", "given", "action"]].to_numpy().tolist() == [
        [2, "=1+1", "Left empty."],
        [3, "#REF!", "Left empty."],
    ]


def test_the_stored_value_of_a_formula_is_taken():
    from geosector.sources.spreadsheet import _Cell, _cell_value

    assert _cell_value(_Cell("=1+1", formula=True, error=False), 2) == (2, None)
    assert _cell_value(_Cell("=1/0", formula=True, error=False), "#DIV/0!")[0] is None


def test_a_workbook_without_rows_and_a_damaged_one_are_refused(tmp_path):
    with pytest.raises(UnreadableFileError, match="there is no row in it"):
        read_rows(workbook(tmp_path, {"x": []}))
    path = workbook(tmp_path, {"x": [["a"]]})
    import zipfile

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<broken")
    with pytest.raises(UnreadableFileError, match="damaged"):
        read_rows(path)


def test_a_workbook_inside_a_zip_is_read(tmp_path):
    import zipfile

    path = workbook(tmp_path, {"x": [["a", "b"], [1, 2]]})
    with zipfile.ZipFile(tmp_path / "rows.zip", "w") as archive:
        archive.write(path, "rows.xlsx")
    assert read_rows(tmp_path / "rows.zip")[0].to_dict("index") == {2: {"a": 1, "b": 2}}


def test_a_quote_never_closed_in_the_header_costs_no_row(tmp_path):
    lines = "".join(f"2024-04-{day:02d},p{day},fire\n" for day in range(1, 21))
    rows, problems = read_incidents(written(tmp_path, f'date,"locality,kind\n{lines}'))
    assert len(rows) == 20
    assert problems["row"].tolist() == [1]


def test_a_header_over_two_lines_is_one_header(tmp_path):
    rows, problems = read_incidents(
        written(tmp_path, '"Date of\nincident","locality",kind\n2024-04-01,a,fire\n')
    )
    assert (len(rows), len(problems)) == (1, 0)


def test_a_cell_of_any_length_is_read(tmp_path):
    rows, _ = read_incidents(
        written(tmp_path, f"date,locality,kind\n2024-04-01,{'a' * 200_000},fire\n")
    )
    assert rows["locality"].str.len().tolist() == [200_000]


def test_a_row_with_thousands_of_cells_is_left_out(tmp_path):
    content = f"date,locality,kind\n2024-04-01{',b' * 20_000}\n2024-04-02,b,fire\n"
    rows, problems = read_incidents(written(tmp_path, content))
    assert rows.index.tolist() == [3]
    assert problems["given"].tolist() == ["20001"]


def test_the_older_arabic_standard_is_read_and_told(tmp_path):
    content = "التاريخ,المكان,نوع الحادث\n2024-04-01,كفر قرية فوقانية,قصف\n"
    rows, problems = read_incidents(written(tmp_path, content, "iso8859-6"))
    assert rows["locality"].tolist() == ["كفر قرية فوقانية"]
    assert problems["action"].tolist() == ["Read as ISO-8859-6."]


def test_a_header_far_down_is_found_where_nothing_above_it_knows_a_column(tmp_path):
    lines = "note\n" * 60 + "date,locality,kind\n2024-04-01,a,fire\n"
    rows, problems = read_incidents(written(tmp_path, lines))
    assert (rows.index.tolist(), len(problems)) == ([62], 0)


def test_a_list_with_blanks_between_its_words_is_a_table(tmp_path):
    rows, problems = read_incidents(
        written(tmp_path, "a title\ndate  locality kind\n2024-04-01 a  fire\n2024-04-02 b fire\n")
    )
    assert (rows["locality"].tolist(), rows.index.tolist()) == (["a", "b"], [3, 4])
    assert len(problems) == 0


def test_columns_of_a_printed_list_begin_where_every_line_is_blank_before_them(tmp_path):
    content = (
        "id date       locality     kind\n"
        "1  2024-04-01 Tell Nowhere fire\n"
        "22            Bayt Nur     attack\n"
    )
    rows, problems = read_incidents(written(tmp_path, content))
    assert rows[["locality", "kind"]].to_numpy().tolist() == [["Tell Nowhere", "fire"]]
    assert problems["row"].tolist() == [3]


def test_lines_of_words_are_no_table_of_blanks(tmp_path):
    path = written(tmp_path, "a report\nof what happened on that date\n")
    with pytest.raises(MissingColumnError):
        read_incidents(path)


@pytest.mark.parametrize("separator", [";", ","])
def test_a_geometry_without_quotes_is_one_cell(tmp_path, separator):
    shape = "SRID=4326;POLYGON ((37 36, 38 36, 38 37, 37 36))"
    content = separator.join(["name", "geometry", "x"]) + "\n"
    content += separator.join(["a", shape, "1"]) + "\n"
    rows, problems = read_table(written(tmp_path, content), "boundary")
    assert rows.geometry.iloc[0].area == 0.5
    assert (rows["x"].tolist(), len(problems)) == (["1"], 0)


def rewritten(path: Path, change) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {name: change(archive.read(name)) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("word", [b"NaN", b"INF", b"-Infinity", b"1.#QNAN"])
def test_a_number_that_is_none_costs_its_own_cell(tmp_path, word):
    sheet = [["kind", "lat", "lon"], ["school", 36.2, 37.125], ["school", 36.3, 37.2]]
    path = rewritten(
        workbook(tmp_path, {"a": sheet}),
        lambda data: data.replace(b"<v>37.125<", b"<v>" + word + b"<"),
    )
    rows, problems = read_table(path, "facilities")
    assert rows.index.tolist() == [3]
    assert set(problems["row"]) == {2}


def test_a_strict_workbook_is_read_as_any_other(tmp_path):
    def strict(data: bytes) -> bytes:
        for usual, name in (
            (b"spreadsheetml/2006/main", b"spreadsheetml/main"),
            (b"officeDocument/2006/relationships", b"officeDocument/relationships"),
        ):
            data = data.replace(
                b"http://schemas.openxmlformats.org/" + usual, b"http://purl.oclc.org/ooxml/" + name
            )
        return data

    sheet = [["date", "locality", "kind"], ["2024-04-01", "a", "fire"]]
    rows, problems = read_incidents(rewritten(workbook(tmp_path, {"a": sheet}), strict))
    assert (rows["locality"].tolist(), len(problems)) == (["a"], 0)


def test_what_openpyxl_says_to_programmers_is_not_said_to_planners(tmp_path):
    sheet = [["date", "locality"], [99999999, "a"]]
    path = workbook(tmp_path, {"a": sheet})
    book = openpyxl.load_workbook(path)
    book.active["A2"].number_format = "yyyy-mm-dd"
    book.save(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, problems = read_incidents(path)
    assert problems["row"].dropna().tolist()[0] == 2
