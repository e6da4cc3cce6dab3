"""A file under its true name is whole, and holds what the table held."""

from __future__ import annotations

import datetime as dt
import errno
import io
import json
import os
import platform
import signal
import stat
import subprocess
import sys
import textwrap
import time
import unicodedata
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import LineString, MultiPoint, Point, box

from geosector import storage
from geosector.errors import InputError, MissingCRSError, StorageError, UnreadableFileError
from geosector.language import speaking
from geosector.sources import read_rows
from geosector.storage import atomic, sheets

ROOT = Path(__file__).resolve().parents[1]
POSIX = pytest.mark.skipif(os.name != "posix", reason="permissions and signals of POSIX")


def names_in(folder):
    return sorted(file.name for file in folder.iterdir())


def leave_temporary(target, *, machine=None, process=None, age_s=0.0, ending=""):
    """Leave what a killed writer of this target would have left."""
    name = f"{atomic._label(target)}{machine or atomic._machine()}-{process}-0123abcd.tmp"
    left = target.with_name(name + target.suffix + ending)
    left.write_text("half", encoding="utf-8")
    os.utime(left, (time.time() - age_s,) * 2)
    return left


def ended_process():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


@pytest.fixture
def shelters():
    return gpd.GeoDataFrame(
        {"name": ["ملجأ", "=cmd()", None], "people": pd.array([40, None, -5], dtype="Int64")},
        geometry=[Point(37.1, 36.1), Point(37.2, 36.2), None],
        crs="EPSG:4326",
    )


@pytest.fixture
def sectors():
    return gpd.GeoDataFrame(
        {"sector_id": [1, 2], "name": ["شمال", "جنوب"]},
        geometry=[box(37, 36.1, 37.1, 36.2), box(37, 36, 37.1, 36.1)],
        crs="EPSG:4326",
    )


# ------------------------------------------------------------------ whole or not at all


def test_a_new_file_takes_its_name_and_nothing_else_stays(tmp_path):
    with storage.atomic_path(tmp_path / "a.txt") as temporary:
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".txt")
        temporary.write_text("new", encoding="utf-8")
        assert names_in(tmp_path) == [temporary.name]
    assert names_in(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("problem", [RuntimeError, KeyboardInterrupt, UnreadableFileError])
def test_an_error_midway_leaves_the_old_file_and_no_other(tmp_path, problem):
    file = tmp_path / "a.gpkg"
    file.write_text("old", encoding="utf-8")

    def write_half():
        with storage.atomic_path(file) as temporary:
            temporary.write_text("half", encoding="utf-8")
            temporary.with_name(temporary.name + "-journal").write_text("half", encoding="utf-8")
            raise problem("midway")

    with pytest.raises(problem, match="midway"):
        write_half()
    assert names_in(tmp_path) == ["a.gpkg"]
    assert file.read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_is_a_sentence_and_leaves_the_old_file(tmp_path, monkeypatch, step):
    def refuse(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    file = tmp_path / "a.txt"
    storage.write_text(file, "old")
    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), refuse)
    with pytest.raises(StorageError, match=r"a\.txt could not be written: No space left on device"):
        storage.write_text(file, "new")
    assert names_in(tmp_path) == ["a.txt"]
    assert file.read_text(encoding="utf-8") == "old"


def test_a_writer_that_writes_nothing_is_noticed(tmp_path):
    with (
        pytest.raises(StorageError, match="could not be written: No such file"),
        storage.atomic_path(tmp_path / "a.txt"),
    ):
        pass


def test_a_disk_that_cannot_force_folders_is_no_failure(tmp_path, monkeypatch):
    def refuse(_folder):
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(atomic, "_force_folder_to_disk", refuse)
    storage.write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "new"


def test_where_the_system_has_no_folders_to_force_the_file_is_written_too(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic, "POSIX", False)  # as on Windows
    storage.write_text(tmp_path / "a.txt", "new")
    assert atomic._runs(ended_process())
    assert names_in(tmp_path) == ["a.txt"]


@POSIX
def test_permissions_are_those_of_any_new_file_or_of_the_one_replaced(tmp_path):
    before = os.umask(0o027)
    try:
        storage.write_text(tmp_path / "new.txt", "")
        assert stat.S_IMODE((tmp_path / "new.txt").stat().st_mode) == 0o640
        (tmp_path / "new.txt").chmod(0o604)
        storage.write_text(tmp_path / "new.txt", "again")
        assert stat.S_IMODE((tmp_path / "new.txt").stat().st_mode) == 0o604
    finally:
        os.umask(before)


@POSIX
def test_a_key_is_closed_to_others_before_anything_is_in_it(tmp_path):
    with storage.atomic_path(tmp_path / "masking.key", mode=0o600) as temporary:
        assert stat.S_IMODE(temporary.stat().st_mode) == 0o600
        temporary.write_bytes(b"secret")
    assert stat.S_IMODE((tmp_path / "masking.key").stat().st_mode) == 0o600


def test_a_write_protected_file_is_not_replaced(tmp_path, monkeypatch):
    storage.write_text(tmp_path / "a.txt", "old")
    monkeypatch.setattr(os, "access", lambda *_args: False)
    with pytest.raises(StorageError, match="is write-protected and is not replaced"):
        storage.write_text(tmp_path / "a.txt", "new")


@pytest.mark.parametrize("path", [".", os.devnull])
def test_only_files_are_replaced(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StorageError, match="is not a file and is not replaced"):
        storage.write_text(path, "new")


def test_a_folder_that_does_not_exist_is_not_made_by_a_slip(tmp_path):
    with pytest.raises(StorageError, match=r"The folder .*reprots does not exist"):
        storage.write_text(tmp_path / "reprots" / "a.txt", "new")
    assert names_in(tmp_path) == []


@POSIX
def test_a_link_stays_and_the_file_it_points_to_is_replaced(tmp_path):
    (tmp_path / "disk").mkdir()
    storage.write_text(tmp_path / "disk" / "a.txt", "old")
    (tmp_path / "latest.txt").symlink_to(tmp_path / "disk" / "a.txt")
    storage.write_text(tmp_path / "latest.txt", "new")
    assert (tmp_path / "latest.txt").is_symlink()
    assert (tmp_path / "disk" / "a.txt").read_text(encoding="utf-8") == "new"


def test_a_name_as_long_as_the_disk_takes_is_written(tmp_path):
    name = "م" * 120 + ".txt"
    storage.write_text(tmp_path / name, "new")
    assert names_in(tmp_path) == [name]


# ------------------------------------------------------------------ what killed writers left


@POSIX
def test_what_a_dead_process_left_is_removed_at_once(tmp_path):
    file, ended = tmp_path / "a.gpkg", ended_process()
    for ending in ("", "-journal", "-wal"):
        leave_temporary(file, process=ended, ending=ending)
    storage.write_text(file, "new")
    assert names_in(tmp_path) == ["a.gpkg"]


def test_what_a_living_process_writes_is_left_alone(tmp_path):
    left = leave_temporary(tmp_path / "a.gpkg", process=os.getpid())
    storage.write_text(tmp_path / "a.gpkg", "new")
    assert names_in(tmp_path) == sorted([left.name, "a.gpkg"])


@pytest.mark.parametrize(("age_s", "stays"), [(3_600, True), (90_000, False)])
def test_what_another_machine_left_is_removed_after_a_day(tmp_path, age_s, stays):
    left = leave_temporary(tmp_path / "a.gpkg", machine="0" * 8, process=1, age_s=age_s)
    storage.write_text(tmp_path / "a.gpkg", "new")
    assert left.exists() == stays


def test_what_belongs_to_another_name_is_left_alone(tmp_path):
    left = leave_temporary(tmp_path / "b.gpkg", process=1, age_s=90_000)
    storage.write_text(tmp_path / "a.gpkg", "new")
    assert left.exists()


def test_a_process_of_somebody_else_runs(monkeypatch):
    def refuse(*_args):
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert atomic._runs(1)


WRITER = """
import itertools, sys
import geopandas as gpd
from shapely.geometry import Point
from geosector import storage
def table(n):
    points = [Point(37 + i / 1e4, 36) for i in range(2000)]
    return gpd.GeoDataFrame({"n": [n] * 2000}, geometry=points, crs="EPSG:4326")
storage.write_layers({"points": table(0)}, sys.argv[1])
print("ready", flush=True)
for n in itertools.count(1):
    storage.write_layers({"points": table(n)}, sys.argv[1])
"""


@POSIX
def test_a_writer_killed_at_any_moment_leaves_one_whole_file(tmp_path):
    file = tmp_path / "layout.gpkg"
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(file)]
    for wait_s in (0.0, 0.013, 0.031, 0.057):
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(wait_s)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        read = pyogrio.read_dataframe(file, layer="points")
        assert (len(read), read["n"].nunique()) == (2000, 1)
    storage.write_layers({"points": read}, file)
    assert names_in(tmp_path) == ["layout.gpkg"]


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
import geopandas as gpd
import pandas as pd
from geosector import storage
from geosector.errors import StorageError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
points = gpd.points_from_xy([n / 1e4 for n in range(9000)], [36] * 9000)
table = gpd.GeoDataFrame({"n": [str(n * 7919) for n in range(9000)]}, geometry=points, crs=4326)
folder = Path(sys.argv[1])
for suffix in storage.TABLE_FORMATS:
    storage.write_table(table.head(3), folder / f"a{suffix}")
before = {file: file.read_bytes() for file in folder.iterdir()}
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
for suffix in storage.TABLE_FORMATS:
    try:
        storage.write_table(table, folder / f"a{suffix}")
    except StorageError:
        print(suffix)
assert {file: file.read_bytes() for file in folder.iterdir()} == before
"""


@POSIX
def test_a_disk_that_is_full_midway_keeps_the_old_file_in_every_format(tmp_path):
    command = [sys.executable, "-c", textwrap.dedent(FULL_DISK), str(tmp_path)]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, encoding="utf-8", cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == list(storage.TABLE_FORMATS)


# ------------------------------------------------------------------ folders, text, JSON


def test_a_folder_is_made_with_those_above_it(tmp_path):
    assert storage.make_folder(tmp_path / "a" / "b").is_dir()
    assert storage.make_folder(tmp_path / "a" / "b").is_dir()


def test_a_folder_that_is_a_file_is_a_sentence(tmp_path):
    storage.write_text(tmp_path / "a", "")
    with pytest.raises(StorageError, match=r"The folder .*a could not be made: File exists"):
        storage.make_folder(tmp_path / "a")


def test_text_is_utf8_with_its_own_line_ends(tmp_path):
    storage.write_text(tmp_path / "a.txt", "سطر\nrow\r\n")
    assert (tmp_path / "a.txt").read_bytes() == "سطر\nrow\r\n".encode()


def test_json_takes_numpy_and_dates_and_keeps_the_order_of_keys(tmp_path):
    value = {
        "z": np.int64(1),
        "a": [np.float64(0.5), dt.date(2024, 4, 16)],
        "s": {"b", "a"},
        "ا": np.arange(2),
    }
    storage.write_json(tmp_path / "a.json", value)
    written = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert json.loads(written) == {"z": 1, "a": [0.5, "2024-04-16"], "s": ["a", "b"], "ا": [0, 1]}
    assert written.startswith('{\n  "z"')
    assert written.endswith("}\n")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_json_refuses_what_it_has_no_word_for(tmp_path, value):
    with pytest.raises(InputError, match=r"a\.json cannot hold this value"):
        storage.write_json(tmp_path / "a.json", {"x": value})
    assert names_in(tmp_path) == []


# ------------------------------------------------------------------ formulas


@pytest.mark.parametrize(
    "written",
    [
        "=cmd()",
        "+cmd|' /C calc'!A0",
        "-2+3+cmd()",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1+1",
        "＝1",
        "'=x",
        "- item",
        "\u200f=1+1",
        "\ufeff=1",
        " \u200b\u2066\ufe0f@x",
        "\u2800\u3164=1",
        "'\u200f=1",
    ],
)
def test_what_would_be_calculated_is_guarded(written):
    assert storage.guard_formula(written) == f"'{written}"
    assert storage.unguard_formula(f"'{written}") == written


@pytest.mark.parametrize(
    "written",
    ["", "-5", "+5.25", "-٥", "-1,234.5", "-1e-5", "-12%", "+963944123456", "+963 944 123 456", "+963-944-123456",
     "-33.5, -70.2", "-", "--", "2024-04-16", "text", "'quoted'", "'-5", "a=b", "نص",
     "\u200f-5", "\u202a+963944123456\u202c", "\u200fنص", "\u200f'=1"],
)  # fmt: skip
def test_what_only_looks_like_it_stays(written):
    assert storage.guard_formula(written) == written
    assert storage.unguard_formula(written) == written


def test_no_sign_that_nobody_sees_hides_a_formula():
    drawn = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
    drawn |= {"\U000110bd", "\U000110cd"}
    hidden = [
        sign
        for sign in map(chr, range(0x110000))
        if unicodedata.category(sign) in {"Cc", "Cf", "Zs", "Zl", "Zp"} and sign not in drawn
    ]
    assert [sign for sign in hidden if storage.guard_formula(f"{sign}=1")[0] != "'"] == []


def test_a_hidden_formula_comes_back_from_every_sheet_as_it_was(tmp_path):
    cells = ["\u200f=1+1", "\ufeff=1", "\u200f-5", "+963944123456", "-5"]
    for ending in ("csv", "xlsx"):
        storage.write_table(pd.DataFrame({"a": cells, "b": "x"}), tmp_path / f"a.{ending}")
        assert read_rows(tmp_path / f"a.{ending}")[0]["a"].tolist() == cells


# ------------------------------------------------------------------ tables


def csv_lines(file):
    return file.read_text(encoding="utf-8-sig").splitlines()


def test_csv_has_a_mark_for_excel_and_guards_texts_and_headers(tmp_path, shelters):
    storage.write_table(shelters.rename(columns={"name": "=name"}), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf'=name,people,lat,lon\n")
    assert csv_lines(tmp_path / "a.csv")[1:] == ["ملجأ,40,36.1,37.1", "'=cmd(),,36.2,37.2", ",-5,,"]


def test_a_row_of_one_missing_cell_is_still_a_row(tmp_path):
    storage.write_table(pd.DataFrame({"a": ["x", None, "y"]}), tmp_path / "a.csv")
    assert len(pd.read_csv(tmp_path / "a.csv")) == 3


def test_other_shapes_are_wkt_in_csv(tmp_path, sectors):
    storage.write_table(sectors.head(1), tmp_path / "a.csv")
    assert csv_lines(tmp_path / "a.csv")[1].startswith('1,شمال,"POLYGON ((37.1 36.1, ')


def test_a_column_that_clashes_with_the_place_is_kept_unless_it_says_the_same(tmp_path, shelters):
    shelters["lat"] = [36.1, 36.2, None]
    shelters["lon"] = ["east", None, None]
    storage.write_table(shelters, tmp_path / "a.csv")
    assert csv_lines(tmp_path / "a.csv")[:2] == [
        "name,people,lon_input,lat,lon",
        "ملجأ,40,east,36.1,37.1",
    ]


def test_cells_of_every_kind_are_written_plainly(tmp_path):
    cells = [True, 3, 0.1, {"a": ["ب"]}, ("x",), dt.date(2024, 4, 16), pd.Timestamp("2024-04-16 08:30"),
             dt.time(8, 30), Point(1, 2), np.float32(0.5), pd.NaT, pd.Period("2024-04"), 10**20]  # fmt: skip
    storage.write_table(pd.DataFrame({"a": pd.Series(cells, dtype="object")}), tmp_path / "a.csv")
    assert pd.read_csv(tmp_path / "a.csv", dtype=str, keep_default_na=False)["a"].tolist() == [
        "True", "3", "0.1", '{"a": ["ب"]}', '["x"]', "2024-04-16", "2024-04-16T08:30:00",
        "08:30:00", "POINT (1 2)", "0.5", "", "2024-04", "100000000000000000000",
    ]  # fmt: skip


def test_days_are_written_as_days(tmp_path):
    days = pd.DataFrame({"date": pd.to_datetime(["2024-04-16", None])})
    storage.write_table(days, tmp_path / "a.csv")
    assert csv_lines(tmp_path / "a.csv") == ["date", "2024-04-16", '""']


def test_columns_of_one_name_are_told_apart(tmp_path):
    table = pd.DataFrame([[1, 2, 3]], columns=["a", "a", ""])
    storage.write_table(table, tmp_path / "a.csv")
    assert csv_lines(tmp_path / "a.csv")[0] == "a,a_2,column"


def cells_of(file, sheet=0):
    return [list(row) for row in openpyxl.load_workbook(file).worksheets[sheet].iter_rows()]


def test_a_cell_of_a_workbook_is_text_whatever_it_looks_like(tmp_path):
    texts = ["=cmd()", "#N/A", "+963944123456", "a\x07b", "x\r\ny"]
    storage.write_table(pd.DataFrame({"=a": texts}), tmp_path / "a.xlsx")
    (head,), *rows = cells_of(tmp_path / "a.xlsx")
    assert (head.value, head.data_type) == ("=a", "s")
    assert [cell.value for (cell,) in rows] == [*texts[:3], "a\ufffdb", "x\ny"]
    assert {cell.data_type for (cell,) in rows} == {"s"}
    assert [bool(cell.quotePrefix) for (cell,) in rows] == [True, False, False, False, False]


def test_a_workbook_keeps_numbers_and_dates_and_what_would_lose_digits_as_text(tmp_path):
    noon = pd.Timestamp("2024-04-16 12:00")
    cells = [
        None,
        3,
        0.5,
        True,
        dt.date(2024, 4, 16),
        noon,
        noon.tz_localize("UTC"),
        dt.date(1850, 1, 1),
        10**17,
        float("inf"),
    ]
    storage.write_table(pd.DataFrame({"a": pd.Series(cells, dtype="object")}), tmp_path / "a.xlsx")
    read = [cell.value for (cell,) in cells_of(tmp_path / "a.xlsx")[1:]]
    assert read == [
        *(None, 3, 0.5, True),
        *(pd.Timestamp("2024-04-16"), noon, "2024-04-16T12:00:00+00:00"),
        *("1850-01-01", str(10**17), "inf"),
    ]


@pytest.mark.parametrize(("code", "runs_left"), [("ar", True), ("kmr", False)])
def test_a_sheet_runs_as_the_language_does(tmp_path, code, runs_left):
    with speaking(code):
        storage.write_table(pd.DataFrame({"a": [1]}), tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert bool(sheet.sheet_view.rightToLeft) is runs_left


def test_a_text_longer_than_a_cell_is_refused_not_cut(tmp_path):
    with pytest.raises(InputError, match=r"a\.xlsx cannot hold this table: a sheet ends at"):
        storage.write_table(pd.DataFrame({"a": ["x" * 32_768]}), tmp_path / "a.xlsx")


def test_more_rows_than_a_sheet_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sheets, "_SHEET_ROWS", 3)
    with pytest.raises(InputError, match="a sheet ends at 3 rows"):
        storage.write_table(pd.DataFrame({"a": [1, 2, 3]}), tmp_path / "a.xlsx")


def test_sheets_get_names_that_excel_takes_and_can_tell_apart(tmp_path):
    table = pd.DataFrame({"a": [1]})
    storage.write_layers({"a/b": table, "A:B": table, "x" * 40: table}, tmp_path / "a.xlsx")
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames == ["a_b", "A_B_2", "x" * 28]


@pytest.mark.parametrize("suffix", [s for s in storage.TABLE_FORMATS if s != ".gpx"])
def test_every_format_keeps_the_rows_in_order_and_the_places(tmp_path, shelters, suffix):
    file = tmp_path / f"a{suffix.upper()}"
    storage.write_table(shelters.to_crs("EPSG:32637").set_index(np.array([4, 2, 9])), file)
    if suffix in {".csv", ".xlsx"}:
        read = pd.read_csv(file) if suffix == ".csv" else pd.read_excel(file)
        read = gpd.GeoDataFrame(read, geometry=gpd.points_from_xy(read["lon"], read["lat"]))
    else:
        read = (
            gpd.read_parquet(file)
            if suffix == ".parquet"
            else pyogrio.read_dataframe(file, layer=pyogrio.list_layers(file)[0][0])
        )
        assert read.crs.to_epsg() == 4326
    assert [None if pd.isna(n) else int(n) for n in read["people"]] == [40, None, -5]
    assert read.geometry.x.round(6).tolist()[:2] == [37.1, 37.2]
    assert len(read) == 3


@pytest.mark.parametrize("suffix", storage.TABLE_FORMATS)
def test_the_same_table_gives_the_same_bytes(tmp_path, shelters, suffix, monkeypatch):
    table = shelters.dropna(subset="geometry")
    storage.write_table(table, tmp_path / f"a{suffix}", layer="shelters")
    first = (tmp_path / f"a{suffix}").read_bytes()
    monkeypatch.setattr(time, "time", lambda: 4e9)
    storage.write_table(table, tmp_path / f"b{suffix}", layer="shelters")
    assert (tmp_path / f"b{suffix}").read_bytes() == first


def test_a_table_without_shapes_is_records_in_json_and_a_plain_layer(tmp_path):
    table = pd.DataFrame({"a": ["=x", None], "n": [1.5, np.inf]})
    storage.write_table(table, tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == [
        {"a": "=x", "n": 1.5}, {"a": None, "n": None},
    ]  # fmt: skip
    storage.write_table(table.head(1), tmp_path / "a.gpkg")
    assert pyogrio.list_layers(tmp_path / "a.gpkg").tolist() == [["a", None]]


def test_a_table_whose_shapes_were_taken_away_is_a_plain_table(tmp_path):
    storage.write_table(gpd.GeoDataFrame({"a": [1]}), tmp_path / "a.csv")
    assert csv_lines(tmp_path / "a.csv") == ["a", "1"]


@pytest.mark.parametrize("suffix", [".fgb", ".kml", ".gpx"])
def test_formats_of_places_refuse_a_table_without(tmp_path, suffix):
    with pytest.raises(InputError, match="it has no coordinates"):
        storage.write_table(pd.DataFrame({"a": [1]}), tmp_path / f"a{suffix}")


def test_gpx_takes_points_or_lines_but_not_areas(tmp_path, sectors):
    line = gpd.GeoDataFrame({"name": ["x"]}, geometry=[LineString([(37, 36), (38, 36)])], crs=4326)
    storage.write_table(line, tmp_path / "a.gpx")
    assert pyogrio.read_dataframe(tmp_path / "a.gpx", layer="tracks")["name"].tolist() == ["x"]
    with pytest.raises(InputError, match="GPX takes points or lines"):
        storage.write_table(sectors, tmp_path / "b.gpx")


def test_shapes_without_a_system_are_refused(tmp_path, sectors):
    with pytest.raises(MissingCRSError, match=r"a\.csv has no coordinate system"):
        storage.write_table(sectors.set_crs(None, allow_override=True), tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["a.doc", "a"])
def test_an_unknown_format_is_refused_with_those_that_are_known(tmp_path, name):
    with pytest.raises(InputError, match=r"is not a format .* Use one of: \.csv, \.xlsx, \.gpkg"):
        storage.write_table(pd.DataFrame({"a": [1]}), tmp_path / name)


def test_nothing_attached_to_a_table_goes_out_with_it(tmp_path, sectors):
    sectors.attrs["note"] = "only-for-us"
    storage.write_table(sectors, tmp_path / "a.parquet")
    assert b"only-for-us" not in (tmp_path / "a.parquet").read_bytes()
    assert sectors.attrs == {"note": "only-for-us"}


def test_columns_that_cannot_be_one_type_become_text(tmp_path):
    made = gpd.GeoDataFrame(
        {
            "mixed": pd.Series([1, "x"], dtype="object"),
            "flags": pd.Series([True, None], dtype="object"),
            "whole": pd.Series([1, None], dtype="object"),
            "long": pd.Series([10**20, 1], dtype="object"),
            "half": np.array([0.5, 1], dtype="float16"),
            "second": gpd.GeoSeries([Point(1, 2), None]),
        },
        geometry=[Point(0, 0), Point(1, 1)],
        crs="EPSG:4326",
    )
    storage.write_table(made, tmp_path / "a.parquet")
    read = gpd.read_parquet(tmp_path / "a.parquet")
    assert read["mixed"].tolist() == ["1", "x"]
    assert [str(read[name].dtype) for name in ("flags", "whole", "half")] == [
        "boolean",
        "Int64",
        "float32",
    ]
    assert read["long"].tolist() == [str(10**20), "1"]
    assert read["second"][0] == "POINT (1 2)"


# ------------------------------------------------------------------ layers


def test_layers_open_with_their_kind_their_system_and_an_index(tmp_path, sectors):
    borders = gpd.GeoDataFrame({"left": [], "right": []}, geometry=[], crs="EPSG:4326").astype(
        {"left": int}
    )
    layers = {"sectors": sectors, "borders": borders, "summary": pd.DataFrame({"key": ["count"]})}
    storage.write_layers(layers, tmp_path / "a.gpkg")
    assert pyogrio.list_layers(tmp_path / "a.gpkg").tolist() == [
        ["sectors", "MultiPolygon"], ["borders", "MultiLineString"], ["summary", None],
        ["layer_styles", None],
    ]  # fmt: skip
    for layer in ("sectors", "borders"):
        facts = pyogrio.read_info(tmp_path / "a.gpkg", layer=layer)
        assert facts["crs"] == "EPSG:4326"
        assert facts["capabilities"]["fast_spatial_filter"]
    assert pyogrio.read_info(tmp_path / "a.gpkg", layer="borders")["fields"].tolist() == [
        "left",
        "right",
    ]


def test_columns_named_like_those_of_the_format_are_kept(tmp_path, sectors):
    table = sectors.assign(fid=["x", "y"], geom=[1, 2], Name=["a", "b"])
    storage.write_layers({"sectors": table}, tmp_path / "a.gpkg")
    read = pyogrio.read_dataframe(tmp_path / "a.gpkg", layer="sectors")
    assert read.columns.tolist() == ["sector_id", "name", "fid", "geom", "Name_2", "geometry"]
    assert read["fid"].tolist() == ["x", "y"]


@pytest.mark.parametrize(
    ("shapes", "kind"),
    [
        ([Point(0, 0), None], "Point"),
        ([Point(0, 0), MultiPoint([(1, 1)])], "MultiPoint"),
        ([Point(0, 0, 5)], "Point Z"),
        ([box(0, 0, 1, 1), Point(0, 0)], "Unknown"),
        ([None], "Unknown"),
    ],
)
def test_a_layer_states_the_kind_of_its_shapes(tmp_path, shapes, kind):
    table = gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4326")
    storage.write_layers({"anything": table}, tmp_path / "a.gpkg")
    assert pyogrio.read_info(tmp_path / "a.gpkg", layer="anything")["geometry_type"] == kind


def test_layers_of_the_same_content_are_the_same_bytes(tmp_path, sectors):
    layers = {"sectors": sectors, "blocks": sectors.head(0)}
    storage.write_layers(layers, tmp_path / "a.gpkg")
    storage.write_layers(layers, tmp_path / "b.gpkg")
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()


def test_the_clock_of_gdal_is_given_back(tmp_path, sectors):
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2001-02-03T04:05:06.000Z"})
    try:
        storage.write_layers({"sectors": sectors}, tmp_path / "a.gpkg")
        assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") == "2001-02-03T04:05:06.000Z"
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def test_the_date_in_a_file_is_the_stated_one(tmp_path, sectors, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1713225600")  # 16 April 2024
    storage.write_layers({"sectors": sectors}, tmp_path / "a.gpkg")
    assert b"2024-04-16T00:00:00.000Z" in (tmp_path / "a.gpkg").read_bytes()
    storage.write_table(pd.DataFrame({"a": [1]}), tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        assert {entry.date_time for entry in book.infolist()} == {(2024, 4, 16, 0, 0, 0)}
        assert b"2024-04-16T00:00:00Z" in book.read("docProps/core.xml")


def test_a_date_that_is_none_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(InputError, match="SOURCE_DATE_EPOCH is 'yesterday'"):
        storage.write_table(pd.DataFrame({"a": [1]}), tmp_path / "a.xlsx")


def test_layers_go_into_formats_that_have_layers(tmp_path, sectors):
    with pytest.raises(InputError, match=r"is not a format .* Use one of: \.gpkg, \.xlsx"):
        storage.write_layers({"sectors": sectors}, tmp_path / "a.geojson")


def test_what_the_driver_cannot_do_is_a_sentence(tmp_path, sectors, monkeypatch):
    def refuse(*_args, **_options):
        raise pyogrio.errors.DataSourceError("disk quota")

    monkeypatch.setattr(pyogrio, "write_dataframe", refuse)
    with pytest.raises(StorageError, match=r"a\.gpkg could not be written: disk quota"):
        storage.write_layers({"sectors": sectors}, tmp_path / "a.gpkg")
    assert names_in(tmp_path) == []


def test_a_workbook_is_whole_in_memory_before_it_is_written(tmp_path):
    storage.write_table(pd.DataFrame({"a": [1]}), tmp_path / "a.xlsx")
    assert zipfile.ZipFile(io.BytesIO((tmp_path / "a.xlsx").read_bytes())).testzip() is None


@pytest.mark.parametrize("ending", [".gpkg", ".parquet", ".csv"])
def test_a_table_without_columns_is_refused_or_written(tmp_path, ending):
    file = tmp_path / f"empty{ending}"
    if ending == ".gpkg":
        with pytest.raises(InputError, match="it has no columns"):
            storage.write_table(pd.DataFrame(index=[1]), file)
    else:
        storage.write_table(pd.DataFrame(index=[1]), file)
    assert names_in(tmp_path) == ([] if ending == ".gpkg" else [file.name])


@POSIX
def test_a_name_with_a_line_end_is_written_and_leaves_nothing_behind(tmp_path):
    table = gpd.GeoDataFrame({"a": [1]}, geometry=[Point(37, 36)], crs="EPSG:4326")
    storage.write_table(table, tmp_path / "a\nb.gpkg")
    assert names_in(tmp_path) == ["a\nb.gpkg"]


def test_a_folder_that_may_not_be_written_is_told_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(StorageError, match="Permission denied"):
        storage.require_writable(tmp_path / "layout.gpkg", [".gpkg"])


@pytest.mark.parametrize("chosen", ["", "/proc/none"])
def test_what_cannot_be_kept_is_made_each_time(
    monkeypatch: pytest.MonkeyPatch, chosen: str
) -> None:
    monkeypatch.setenv("GEOSECTOR_CACHE", chosen)
    made: list[int] = []
    for _ in range(2):
        assert storage.remembered("one", lambda: made.append(1) or b"made") == b"made"
    assert made == [1, 1]


@pytest.mark.parametrize(
    ("system", "part"), [("Windows", "AppData"), ("Darwin", "Library"), ("Linux", ".cache")]
)
def test_what_is_made_once_is_kept_where_the_system_keeps_such_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: str, part: str
) -> None:
    for name in ("GEOSECTOR_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setattr(platform, "system", lambda: system)
    storage.remembered("one", lambda: b"made")
    (kept,) = tmp_path.rglob("one")
    assert part in kept.parts
    assert kept.parent.name == "geosector"
