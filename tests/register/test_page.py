"""The page about registers does what it says."""

from __future__ import annotations

import re
from pathlib import Path

from geosector import Register
from geosector.cli import main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "register.md"


def test_the_page_runs_from_top_to_bottom(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names = {}
    for block in blocks:
        exec(block, names)  # noqa: S102 - our own page
    assert main(["check", "register.gpkg"]) == 0
    with Register("register.gpkg") as register:
        assert len(register.table("facilities")) == 34
        assert register.table("facilities")["name_kmr"].isna().all()
