"""The engines that make PDFs, for tests: skipped at home where one does not run, never in CI."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from geosector.report.pdf import ENGINES, Engine, runs

NEEDS = {
    "weasyprint": "WeasyPrint with Pango (Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0)",
    "typst": "Typst (pip install typst)",
}

each_engine = pytest.mark.parametrize("engine", ENGINES)


def need(engine: Engine) -> None:
    if not runs(engine):
        absent(f"{NEEDS[engine]} does not run on this machine")


def absent(reason: str) -> None:
    """Skip where something is not installed; CI installs everything, so there it is a failure."""
    pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


def told(folder: Path, pdf: bytes, tool: str, *words: str) -> str:
    """Give what a tool of poppler says of a PDF."""
    if shutil.which(tool) is None:
        absent(f"no {tool} on this machine (Debian: apt-get install poppler-utils)")
    file = folder / "report.pdf"
    file.write_bytes(pdf)
    target = ["-"] if tool == "pdftotext" else []
    done = subprocess.run(
        [tool, *words, str(file), *target],
        check=True, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    return done.stdout


def text_of(folder: Path, pdf: bytes) -> str:
    """Give the text of a PDF, without marks of direction and with single spaces."""
    said = told(folder, pdf, "pdftotext", "-raw")
    marks = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F))
    return " ".join(said.translate(marks).split())
