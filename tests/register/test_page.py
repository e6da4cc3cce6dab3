"""The page about registers does what it says."""

from __future__ import annotations

import re
from pathlib import Path

from geosector import Register, read_facilities
from geosector.cli import main
from geosector.sample import sample_path

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


def test_the_page_about_merging_runs_from_top_to_bottom(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stick").mkdir()
    shelters, _ = read_facilities(sample_path("facilities"))
    for place, capacity in (("register.gpkg", 240), ("stick/register.gpkg", 230)):
        with Register(place, office="IDL-OPS") as register:
            register.add("facilities", shelters)
            register.change("facilities", "SYN-shelter-1", {"capacity": capacity})
    page = PAGE.with_name("register-merge.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"```sh\ngeosector (.*?)\n```", page)
    assert main(command.split()) == 0
    names = {}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL)[::2]:
        exec(block, names)  # noqa: S102 - our own page
    with Register("joined.gpkg") as register:
        assert register.conflicts()[["kept", "decided"]].to_numpy().tolist() == [["250.0", True]]
