"""Workbooks read by their letters: never another cell than openpyxl reads, element by element."""

from __future__ import annotations

import datetime as dt
import io
import warnings
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geosector.errors import UnreadableFileError
from geosector.sources import read_rows, sheets, spreadsheet
from geosector.sources.sheets import Grid, read_plain

DAY_ONE = dt.datetime(1899, 1, 1)  # noqa: DTZ001 - cells have no time zone
WORDS = st.sampled_from(
    ["a", " b ", "<&>\"'", "مكان", "two\nlines", "tab\there", "x005F_x", "007", "]]", "#REF!", "=1+1",
     "'=x", "-", "True", "1e5", "\U0001f525"]
)  # fmt: skip
CELLS = st.one_of(
    st.none(), WORDS, st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(), st.datetimes(DAY_ONE, DAY_ONE + dt.timedelta(73_000)),
    st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)), st.times(), st.timedeltas(dt.timedelta(0)),
)  # fmt: skip


def stored(book: openpyxl.Workbook) -> bytes:
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def by_openpyxl(data: bytes) -> dict[str, Grid]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return spreadsheet._read_by_openpyxl(data, "x.xlsx").grids


def told_apart(grid: Grid) -> object:
    rows = [(number, [(type(v), repr(v)) for v in values]) for number, values in grid.rows]
    return rows, grid.told, grid.hidden_rows, grid.is_filled, grid.shows


def assert_alike(data: bytes) -> None:
    found = read_plain(data)
    assert found is not None
    expected = by_openpyxl(data)
    assert list(found.grids) == list(expected)
    for title, grid in found.grids.items():
        assert told_apart(grid) == told_apart(expected[title])


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(st.lists(CELLS, max_size=5), max_size=8),
    hidden=st.sets(st.integers(1, 8), max_size=2),
    epoch=st.sampled_from([openpyxl.utils.datetime.WINDOWS_EPOCH, openpyxl.utils.datetime.MAC_EPOCH]),
)  # fmt: skip
def test_what_openpyxl_writes_reads_as_openpyxl_reads_it(
    rows: list[list[object]], hidden: set[int], epoch: dt.datetime
) -> None:
    book = openpyxl.Workbook()
    book.epoch = epoch
    book.create_sheet("unseen").sheet_state = "hidden"
    for sheet in book.worksheets:
        for row in rows:
            try:
                sheet.append(row)
            except ValueError:  # days before its calendar
                return
        for number in hidden & set(range(1, len(rows) + 1)):
            sheet.row_dimensions[number].hidden = True
    try:
        data = stored(book)
    except (ValueError, OverflowError):
        return
    assert_alike(data)


SHEET = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<dimension ref='A1:Z99'/><sheetData>{}</sheetData></worksheet>"
)
TEMPLATE = openpyxl.Workbook()
TEMPLATE.active.append(["word", DAY_ONE + dt.timedelta(45_000)])  # style 1 is a day
TEMPLATE_DATA = stored(TEMPLATE)


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
WORDS_PART = (
    '<Override PartName="/xl/sharedStrings.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)


def written(
    body: str, words: str = f"<sst {MAIN}><si><t>word</t></si></sst>", sheet: str = SHEET
) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(TEMPLATE_DATA)) as old, zipfile.ZipFile(made, "w") as new:
        for name in set(old.namelist()) - {"xl/sharedStrings.xml"}:
            part = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part = sheet.format(body).encode()
            elif name == "[Content_Types].xml" and b"sharedStrings" not in part:
                part = part.replace(b"</Types>", WORDS_PART.encode())
            new.writestr(name, part)
        new.writestr("xl/sharedStrings.xml", words)
    return made.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        '<row r="1"><c r="A1"><v>1</v></c><c r="C1" t="s"><v>0</v></c></row>',
        "<row><c><v>1.5</v></c><c/><c><v>2E3</v></c></row><row><c><v>7</v></c></row>",
        '<row r="2"/><row r="4" hidden="1"><c r="A4" t="b"><v>1</v></c></row><row r="5"></row>',
        '<row r="1"><c r="A1" t="inlineStr"><is><t xml:space="preserve"> a&amp;b </t></is></c></row>',
        '<row r="1"><c r="A1" t="inlineStr"><v>3</v></c><c r="B1"><v/></c><c r="C1"><v></v></c></row>',
        '<row r="1"><c r="A1" t="str"><v>&lt;x&gt;</v></c><c r="B1" t="e"><v>#N/A</v></c></row>',
        '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>1/0</f></c></row>',
        '<row r="1"><c r="A1" t="str"><f>X</f><v>#tag</v></c><c r="B1" t="e"><f>X</f><v>#REF!</v></c></row>',
        '<row r="1"><c r="A1"><f t="shared" ref="A1:A9" si="0">B1</f><v>2</v></c></row>',
        '<row r="1"><c r="A1" s="1"><v>45383</v></c><c r="B1" s="1"><v>45383.5</v></c></row>',
        '<row r="1"><c r="A1" s="1"><v>99999999999</v></c><c r="B1" s="1"><v>0.5</v></c></row>',
        '<row r="1" spans="1:2" ht="15">\r\n<c r="A1"><v>1</v></c></row>\n',
        "",
    ],
)  # fmt: skip
def test_what_other_programs_write_reads_as_openpyxl_reads_it(body: str) -> None:
    data = written(body)
    if "\n<c" in body:  # white space between cells is left to openpyxl
        assert read_plain(data) is None
    else:
        assert_alike(data)


@pytest.mark.parametrize(
    "body",
    [
        "<row><!-- a --><c><v>1</v></c></row>",
        "<row><c><v><![CDATA[1]]></v></c></row>",
        '<row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>',
        '<row r="2"/><row r="1"/>',
        '<row><c t="d"><v>2024-04-01</v></c></row>',
        '<row><c t="s"><v>99</v></c></row>',
        "<row><c><v>ten</v></c></row>",
        "<row><c><v>&#49;</v></c></row>",
        "<row><c><is><r><t>rich</t></r></is></c></row>",
        "<x:row/>",
        "words",
        '<row r="0"/>',
        '<row><c><f t="array" ref="A1">1</f></c></row>',
    ],
)
def test_whatever_is_unusual_is_left_to_openpyxl(body: str) -> None:
    assert read_plain(written(body)) is None


@pytest.mark.parametrize(
    "sheet",
    [
        SHEET.replace("UTF-8", "UTF-16"),
        SHEET.replace(' xmlns="', ' xmlns:x="'),
        SHEET.replace("</sheetData>", ""),
        SHEET.replace("</worksheet>", ""),
    ],
)
def test_a_sheet_in_another_dress_is_left_to_openpyxl(sheet: str) -> None:
    assert read_plain(written("<row/>", sheet=sheet)) is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("<sst {}><si><t>a</t></si><si><t/></si></sst>", ["a", ""]),
        ('<sst {} count="1"><si><t xml:space="preserve"> a</t></si>\n</sst>', [" a"]),
        ("<sst {}><si><r><t>rich</t></r></si></sst>", None),
        ("<words/>", None),
        ("<sst {}><si><t>a</t></si><!-- b --></sst>", None),
    ],
)
def test_shared_words_are_plain_or_left_to_openpyxl(words: str, expected: list[str] | None) -> None:
    body = "".join(f'<row><c t="s"><v>{n}</v></c></row>' for n in range(len(expected or [1])))
    data = written(body, words.format(MAIN))
    if expected is None:
        assert read_plain(data) is None
    else:
        assert [values for _, values in read_plain(data).grids["Sheet"].rows] == [
            [word] for word in expected
        ]
        assert_alike(data)


def test_a_sheet_in_pieces_is_the_sheet_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 200))
    whole = read_plain(written(body))
    monkeypatch.setattr(sheets, "_PIECE", 10)
    assert read_plain(written(body)).grids == whole.grids
    assert len(whole.grids["Sheet"].rows) == 199


# Two rows of one shape, and then one that differs from it.
ALIKE = (
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" s="3"><v>1.5</v></c></row>'
    '<row r="2"><c r="A2" t="s"><v>1</v></c><c r="C2" s="3"><v>-7</v></c></row>'
)
PERCENT = '<row r="{0}" note="5%"><c r="A{0}"><v>1</v></c></row>'
AND_THEN = [
    '<row r="3"><c r="A3" t="s"><v>1</v></c><c r="C3" s="2"><v>8</v></c></row>',
    '<row r="3" hidden="1"><c r="A3" t="s"><v>1</v></c><c r="C3" s="3"><v>8</v></c></row>',
    '<row r="3"><c r="A3" t="s"><v>1</v></c><c r="C3" s="3"><v></v></c></row>',
    '<row r="3"><c r="A3" t="s"><v></v></c><c r="C3" s="3"></c></row>',
    '<row r="3"><c r="A3" t="s"><v>1</v></c><c r="C4" s="3"><v>8</v></c></row>',
    '<row><c r="A3" t="s"><v>1</v></c><c r="C3" s="3"><v>8</v></c></row>',
    '<row r="3"/><row r="4"><c r="A4" t="s"><v>1</v></c><c r="C4" s="3"><v>8</v></c></row>',
    '<row r="2"><c r="A2" t="s"><v>1</v></c><c r="C2" s="3"><v>8</v></c></row>',
    '<row r="03"><c r="A03" t="s"><v>1</v></c><c r="C03" s="3"><v>8</v></c></row>',
    '<row r="3"><c r="A3" t="s"><v>1</v></c><c r="C3" s="3"><v>eight</v></c></row>',
    '<row r="3"><c r="A3" t="s"><v>9</v></c><c r="C3" s="3"><v>8</v></c></row>',
    '<row r="3"><c r="A3" t="s"></v>1<v></c><c r="C3" s="3"><v>8</v></c></row>',
    '<row r="3"><c r="A3" t="s"><v>1<f>1</f></v></c><c r="C3" s="3"><v>8</v></c></row>',
    '<row r="3"><c r="A3" t="s"><v>1</v></v></c><c r="C3" s="3"><v>8</v></c></row>',
    PERCENT.format(3) + PERCENT.format(4),
]  # fmt: skip
TWO_WORDS = "<sst {}><si><t>a</t></si><si><t>b</t></si></sst>"


@pytest.mark.parametrize("then", AND_THEN)
def test_rows_of_one_shape_are_read_as_each_by_itself(
    then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = written(ALIKE + then, TWO_WORDS.format(MAIN))
    found = read_plain(data)
    monkeypatch.setattr(sheets._Reader, "_read_alike", lambda *_: None)
    each = read_plain(data)
    assert (found is None) == (each is None)
    if each is not None:
        assert told_apart(found.grids["Sheet"]) == told_apart(each.grids["Sheet"])


def test_a_day_beyond_the_calendar_is_told_in_rows_of_one_shape_too() -> None:
    book = openpyxl.Workbook()
    for _ in range(3):
        book.active.append([dt.date(2024, 4, 1), "synthetic"])
    with zipfile.ZipFile(io.BytesIO(stored(book))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    before, last = parts[sheet].rsplit(b"45383", 1)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, part in (parts | {sheet: before + b"99999999" + last}).items():
            archive.writestr(name, part)
    grid = read_plain(made.getvalue()).grids["Sheet"]
    assert [row[0] for _, row in grid.rows] == [dt.datetime(2024, 4, 1)] * 2 + [None]  # noqa: DTZ001
    assert [one.number for one in grid.told] == [3]


def test_an_archive_that_names_a_part_twice_is_left_to_openpyxl() -> None:
    made = io.BytesIO(TEMPLATE_DATA)
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(made, "a") as archive:
        archive.writestr("xl/styles.xml", "<x/>")
    assert read_plain(made.getvalue()) is None


def test_a_large_workbook_in_an_unusual_dress_is_refused_by_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheet, "MOST_BY_ELEMENT", 0)
    path = tmp_path / "synthetic.xlsx"
    path.write_bytes(written("<row><!-- a --></row>"))
    with pytest.raises(UnreadableFileError, match="Save it once more with Excel or LibreOffice"):
        read_rows(path)


@pytest.mark.parametrize("letters", ["<row/>", "<c", '<c r="A1">', "<row", "&amp;", " ", "<v>"])
def test_five_megabytes_of_one_thing_are_read_or_left_at_once(letters: str) -> None:
    body = letters * (5_000_000 // len(letters))
    read_plain(written(body))
    read_plain(written(f"<row><c><v>{body}</v></c></row>"))
