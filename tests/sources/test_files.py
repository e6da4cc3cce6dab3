"""What a file is, before anything opens it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from geosector.errors import UnreadableFileError
from geosector.sources import files, read_table
from geosector.sources.files import open_source

ROWS = "id,date,locality\n1,2024-04-01,إدلب\n"


def zipped(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"%PDF-1.4", "PDF"), (b"\xd0\xcf\x11\xe0\xa1\xb1", "XLS"), (b"\x89PNG\r\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"), (b"\x1f\x8b\x08", "gzip"), (b"<html><body>", "HTML"),
        (b"<OGRVRTDataSource>", "OGRVRTDataSource"), (b'{"type": "gdal_streamed_alg"}', "JSON"),
        (b"\x01\x02\x03\x00\x04\x05\x06", "binary"), (b"\x01ab\xff\xfe" * 20, "binary"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_called_by_its_name(tmp_path, head, kind):
    path = tmp_path / "incidents.csv"
    path.write_bytes(head)
    with pytest.raises(UnreadableFileError, match=kind):
        open_source(path)


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\x00" * 99])
def test_an_empty_file_is_called_empty(tmp_path, content):
    path = tmp_path / "incidents.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=r"incidents\.csv: the file is empty"):
        open_source(path)


def test_a_folder_and_a_name_that_cannot_be_are_refused(tmp_path):
    with pytest.raises(UnreadableFileError, match="this is a folder"):
        open_source(tmp_path)
    with pytest.raises(UnreadableFileError, match="cannot be opened"):
        open_source(f"{tmp_path}/nul\x00byte.csv")
    (tmp_path / "city.gdb").mkdir()
    assert open_source(tmp_path / "city.gdb").kind == "gdb"


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 10)
    path = tmp_path / "rows.csv"
    path.write_text(ROWS, encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="larger than 0 GiB"):
        open_source(path)


@pytest.mark.parametrize(
    "start",
    [
        b'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "b">]><kml/>',
        b'<?xml version="1.0"?><kml>' + b" " * 70_000 + b"<!ENTITY a>",
        '\ufeff<?xml version="1.0"?><!DOCTYPE x><gpx/>'.encode("utf-16-le"),
        b"<!-- a --><!DOCTYPE gpx SYSTEM 'file:///etc/passwd'><gpx/>",
    ],
)
def test_xml_with_definitions_of_its_own_is_refused(tmp_path, start):
    path = tmp_path / "outline.kml"
    path.write_bytes(start)
    with pytest.raises(UnreadableFileError, match="not safe to open"):
        open_source(path)


def test_an_archive_that_expands_without_end_is_refused(tmp_path):
    path = zipped(tmp_path / "bomb.zip", {"rows.csv": b"0" * 30_000_000})
    with pytest.raises(UnreadableFileError, match=r"would unpack to 1 files and 28 MB"):
        open_source(path)


def test_an_archive_of_too_many_files_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_ENTRIES", 2)
    path = zipped(tmp_path / "many.zip", {f"{n}.csv": b"a" for n in range(3)})
    with pytest.raises(UnreadableFileError, match="would unpack to 3 files"):
        open_source(path)


def test_an_entry_that_climbs_out_of_the_archive_is_not_opened(tmp_path):
    path = zipped(
        tmp_path / "a.zip",
        {"../../rows.csv": b"x", "C:\\rows.csv": b"x", "rows.csv": ROWS.encode()},
    )
    source = open_source(path)
    assert (source.name, source.kind) == ("a.zip/rows.csv", "text")
    assert [problem.given for problem in source.problems] == ["../../rows.csv", "C:\\rows.csv"]
    assert {problem.action for problem in source.problems} == {"This entry was not opened."}


def test_other_tables_of_an_archive_are_listed(tmp_path):
    entries = {"b/rows.csv": ROWS.encode(), "c.csv": b"x", "__MACOSX/d.csv": b"x", ".e.csv": b"x"}
    rows, problems = read_table(zipped(tmp_path / "a.zip", entries), "incidents")
    assert len(rows) == 1
    assert problems["given"].tolist() == ["c.csv", ""]
    assert problems["action"].tolist()[0] == "Only b/rows.csv was read."


def test_an_archive_without_a_table_is_refused(tmp_path):
    with pytest.raises(UnreadableFileError, match="ZIP file"):
        open_source(zipped(tmp_path / "a.zip", {"photo.jpg": b"\xff\xd8"}))


def test_an_archive_inside_an_archive_is_refused(tmp_path):
    inner = zipped(tmp_path / "inner.zip", {"rows.csv": ROWS.encode()}).read_bytes()
    with pytest.raises(UnreadableFileError, match="an archive inside an archive"):
        open_source(zipped(tmp_path / "a.zip", {"rows.csv": inner}))


@pytest.mark.parametrize("cut", [20, 60])
def test_a_damaged_archive_is_refused(tmp_path, cut):
    path = zipped(tmp_path / "a.zip", {"rows.csv": ROWS.encode()})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(UnreadableFileError, match="damaged"):
        open_source(path)


def test_an_entry_that_is_not_what_its_header_says_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", {"rows.csv": ROWS.encode()})
    path.write_bytes(
        path.read_bytes().replace(len(ROWS.encode()).to_bytes(4, "little"), b"\x05\x00\x00\x00")
    )
    with pytest.raises(UnreadableFileError, match="damaged"):
        open_source(path)


def test_a_kml_inside_a_kmz_is_examined_as_well(tmp_path):
    path = zipped(tmp_path / "a.kmz", {"doc.kml": b"<!DOCTYPE kml><kml/>"})
    with pytest.raises(UnreadableFileError, match="not safe"):
        open_source(path)


def test_the_document_of_a_kmz_comes_first(tmp_path):
    path = zipped(tmp_path / "a.kmz", {"a.kml": b"<kml/>", "doc.kml": b"<kml/>"})
    assert open_source(path).entry == "doc.kml"


def test_a_workbook_with_definitions_of_its_own_is_refused(tmp_path):
    path = zipped(tmp_path / "a.xlsx", {"xl/workbook.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"})
    with pytest.raises(UnreadableFileError, match="not safe"):
        open_source(path)


@pytest.mark.parametrize(
    ("name", "start", "kind"),
    [("a.mif", b"VERSION 300\n", "mapinfo"), ("a.dxf", b"0\nSECTION\n", "dxf"),
     ("a.csv", b"MZ_ID,x\n1,2\n", "text"), ("a", "id,م\n".encode("utf-16-be"), "text"),
     ("a.csv", "id,م\n".encode("utf-16"), "text"), ("a.csv", b"a,b\n1,2\n\x00\x00\x00", "text"),
     ("a.json", b'[{"type": "city"}]', "json"), ("a.txt", b'{"type":"FeatureCollection"}', "geojson")],
)  # fmt: skip
def test_the_content_decides_and_the_name_helps(name, start, kind):
    assert files.identify(start, name) == kind
