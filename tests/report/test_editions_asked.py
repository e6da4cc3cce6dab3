"""Editions that are asked for."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import geosector


def test_a_language_asked_for_twice_is_written_once(tmp_path: Path) -> None:
    rows = pd.DataFrame({"kind": ["fire"], "date": pd.to_datetime(["2023-05-02"])})
    made = geosector.write_report(
        rows, "2023-05", tmp_path, audience="internal", lang=["en", "en"], formats=["html"]
    )
    assert [file.name for file in made.files].count("report.en.html") == 1
