"""Laws 7 and 8: a file is whole, and text from a table stays that text in every format."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import geopandas as gpd
import hypothesis.strategies as st
import openpyxl
import pandas as pd
import pyogrio
import pytest
from defusedxml import ElementTree
from hypothesis import example, given
from shapely.geometry import Point

from geosector import storage
from geosector.storage import formulas

HOSTILE = [
    "{{7*7}}", "{% raw %}", "</script>", "${alert(1)}", "\\x3cimg", "`x`", "=cmd()", "+cmd|'!A0",
    "@SUM(A1)", "-1+1", "<b>&amp;</b>", "]]>", "<![CDATA[x]]>", '{"a": 1}', "[1]", "'=x", "''", " ",
    " نص\u200f ", "NULL", "nan", "true", "1e5", "007", "a\tb", 'say "x";', "x\ny", "\u202eabc",
]  # fmt: skip
GDAL = "{http://osgeo.org/gdal}"
# Every letter that files can hold: the rest is named in the docstring of write_table.
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
PRINTED = st.characters(exclude_categories=["Cs", "Cc", "Cn"])
TEXTS = st.lists(st.sampled_from(HOSTILE) | st.text(LETTERS), min_size=1, max_size=6)
XML_TEXTS = st.lists(st.sampled_from(HOSTILE) | st.text(PRINTED), min_size=1, max_size=6)


def written_and_read(texts, suffix, read):
    table = gpd.GeoDataFrame(
        {"number": range(len(texts)), "words": pd.Series(texts, dtype="object")},
        geometry=[Point(37, 36)] * len(texts),
        crs="EPSG:4326",
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"hostile{suffix}"
        storage.write_table(table, file)
        return read(file)


def read_csv(file):
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return [storage.unguard_formula(row["words"]) for row in csv.DictReader(opened)]


def read_xlsx(file):
    rows = openpyxl.load_workbook(file).active.iter_rows(min_row=2)
    return [row[1].value or "" for row in rows]


def read_shapes(file):
    return pyogrio.read_dataframe(file, layer=pyogrio.list_layers(file)[0][0])["words"].tolist()


def read_parquet(file):
    return gpd.read_parquet(file)["words"].tolist()


READERS = {
    ".csv": read_csv,
    ".gpkg": read_shapes,
    ".geojson": read_shapes,
    ".json": read_shapes,
    ".fgb": read_shapes,
    ".parquet": read_parquet,
}


@pytest.mark.parametrize("suffix", READERS)
@given(texts=TEXTS)
@example(texts=HOSTILE)
def test_text_comes_back_as_it_was(suffix, texts):
    assert written_and_read(texts, suffix, READERS[suffix]) == texts


@given(texts=XML_TEXTS)
@example(texts=HOSTILE)
def test_text_comes_back_from_a_workbook_as_it_was(texts):
    assert written_and_read(texts, ".xlsx", read_xlsx) == texts


@given(texts=XML_TEXTS)
@example(texts=HOSTILE)
def test_text_comes_back_from_kml_but_for_blanks_around_it(texts):
    read = written_and_read(texts, ".kml", read_shapes)
    assert [(text or "").strip() for text in read] == [text.strip() for text in texts]


def read_gpx(file):
    # Not by GDAL, which leaves line ends out when it reads.
    return [found.text or "" for found in ElementTree.parse(file).iter(f"{GDAL}words")]


@given(texts=XML_TEXTS)
@example(texts=HOSTILE)
def test_text_comes_back_from_gpx_with_a_blank_before_an_angle_bracket(texts):
    read = written_and_read(texts, ".gpx", read_gpx)
    assert read == [f" {text}" if text.startswith("<") else text for text in texts]


@given(text=st.text(LETTERS) | st.sampled_from(HOSTILE) | st.text("'=+-@ \t5x"))
def test_no_guarded_text_would_be_calculated_and_none_is_lost(text):
    guarded = storage.guard_formula(text)
    assert storage.unguard_formula(guarded) == text
    assert guarded in {text, f"'{text}"}
    harmless = formulas._HARMLESS.fullmatch(text)
    assert harmless or not guarded.lstrip().startswith(("=", "+", "-", "@"))


def stop_here(failure):
    if failure is not None:
        raise failure


@given(old=st.binary(), new=st.binary(), stop=st.integers(0, 40), kept=st.booleans())
def test_whoever_looks_sees_the_old_file_or_the_new_one(old, new, stop, kept):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "register.gpkg"
        if kept:
            storage.write_bytes(file, old)
        before = file.read_bytes() if file.exists() else None
        failure = None if stop >= len(new) else RuntimeError("the writer failed midway")
        try:
            with storage.atomic_path(file) as temporary:
                temporary.write_bytes(new[:stop])
                assert (file.read_bytes() if file.exists() else None) == before
                stop_here(failure)
        except RuntimeError:
            assert (file.read_bytes() if file.exists() else None) == before
        else:
            assert file.read_bytes() == new
        assert [left.name for left in Path(folder).iterdir()] == ["register.gpkg"] * file.exists()
